//! Conversations that messages begin and go on.

use resolute::model::ConversationId;
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::store::intake::{self, ConversationRow, OrderMention};
use resolute::store::{Db, conversations};

use super::{WILD, shown};
use crate::support::cast::{Cast, at, put};
use crate::support::stores::{on_both, write};

async fn stored(db: &Db, id: ConversationId) -> ConversationRow {
    ConversationRow::from(&conversations::find(db, id).await.unwrap().unwrap())
}

#[tokio::test]
async fn a_conversation_comes_back_as_it_was_written() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let full = ConversationRow {
            subject: WILD.into(),
            gist: WILD.into(),
            contact_name: WILD.into(),
            participants: vec![WILD.into(), "a@example.com".into()],
            agent_state: AgentState::Writing,
            last_inbound_at: Some(at(-1)),
            last_written_at: Some(at(-2)),
            resolved_at: Some(at(7)),
            ..cast.conversation(1)
        };
        let empty = ConversationRow {
            due_at: None,
            last_inbound_at: None,
            unread: false,
            participants: Vec::new(),
            subject: String::new(),
            ..cast.conversation(i64::MAX)
        };
        put(&db, &[full.clone(), empty.clone()], &[]).await;
        assert_eq!(shown(&stored(&db, full.id).await), shown(&full));
        assert_eq!(shown(&stored(&db, empty.id).await), shown(&empty));
    })
    .await;
}

#[tokio::test]
async fn writing_a_conversation_again_keeps_what_teammates_and_the_agent_set() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.conversation(1);
        put(&db, std::slice::from_ref(&row), &[]).await;
        let mut kept = conversations::find(&db, row.id).await.unwrap().unwrap();
        kept.assignee_id = Some(cast.sam.id);
        kept.intent = Some("refund".into());
        kept.language = "de".into();
        kept.order_number = Some("FJ-1".into());
        kept.proposal = Some("Refund 42.00".into());
        kept.proposal_tone = "warn".into();
        kept.needs_approval = true;
        kept.taken_over = true;
        kept.status = ConversationStatus::Snoozed;
        kept.snoozed_until = Some(at(500));
        write(&db, async |tx| conversations::update(tx, &kept).await).await;

        // An automatic answer comes in: it sleeps on.
        let asleep = ConversationRow { status: ConversationStatus::Snoozed, last_message_at: at(1), ..row.clone() };
        put(&db, &[asleep], &[]).await;
        let now = conversations::find(&db, row.id).await.unwrap().unwrap();
        assert_eq!((now.snoozed_until, now.last_message_at), (Some(at(500)), at(1)));

        let changed = ConversationRow {
            channel_id: cast.chat.id,
            channel_kind: cast.chat.kind.clone(),
            gist: "Still nothing".into(),
            status: ConversationStatus::Open,
            agent_state: AgentState::Writing,
            unread: false,
            participants: vec!["b@example.com".into()],
            due_at: Some(at(9)),
            last_message_at: at(2),
            last_inbound_at: Some(at(2)),
            last_written_at: Some(at(1)),
            revision: 2,
            // These never change.
            number: 99,
            subject: "another".into(),
            ..row.clone()
        };
        put(&db, std::slice::from_ref(&changed), &[]).await;
        let now = conversations::find(&db, row.id).await.unwrap().unwrap();
        let expected = ConversationRow { number: 1, subject: row.subject, contact_name: row.contact_name, ..changed };
        assert_eq!(shown(&ConversationRow::from(&now)), shown(&expected));
        assert_eq!(now.snoozed_until, None, "a message wakes it");
        assert_eq!((now.assignee_id, now.taken_over, now.needs_approval), (Some(cast.sam.id), true, true));
        assert_eq!((now.intent.as_deref(), now.order_number.as_deref()), (Some("refund"), Some("FJ-1")));
        assert_eq!((now.proposal.as_deref(), now.proposal_tone.as_str()), (Some("Refund 42.00"), "warn"));
        assert_eq!(now.language, "de");
    })
    .await;
}

#[tokio::test]
async fn a_take_over_ends_when_a_resolved_conversation_opens_again() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.conversation(1);
        put(&db, std::slice::from_ref(&row), &[]).await;
        let mut taken = conversations::find(&db, row.id).await.unwrap().unwrap();
        taken.taken_over = true;
        taken.resolved_at = Some(at(5));
        write(&db, async |tx| conversations::update(tx, &taken).await).await;
        put(&db, &[ConversationRow { resolved_at: Some(at(5)), ..row.clone() }], &[]).await;
        assert!(conversations::find(&db, row.id).await.unwrap().unwrap().taken_over);
        put(&db, std::slice::from_ref(&row), &[]).await;
        let now = conversations::find(&db, row.id).await.unwrap().unwrap();
        assert_eq!((now.taken_over, now.resolved_at), (false, None));
    })
    .await;
}

#[tokio::test]
async fn unresolved_conversations_are_found_by_their_order_newest_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=4)
            .map(|number| ConversationRow { last_message_at: at(number), ..cast.conversation(number) })
            .collect();
        put(&db, &rows, &[]).await;
        for (row, order) in rows.iter().zip(["FJ-1", "FJ-1", "FJ-1", "FJ-2"]) {
            let mut about = conversations::find(&db, row.id).await.unwrap().unwrap();
            about.order_number = Some(order.into());
            if row.number == 3 {
                about.status = ConversationStatus::Resolved;
            }
            write(&db, async |tx| conversations::update(tx, &about).await).await;
        }
        let mention = |brand_id| OrderMention { brand_id, order_number: "FJ-1".into() };
        let wanted = [mention(cast.brand.id), mention(cast.clock.new_id())];
        let found = write(&db, async |tx| intake::find_by_order(tx, &wanted).await).await;
        assert_eq!(found, [rows[1].id, rows[0].id]);
    })
    .await;
}
