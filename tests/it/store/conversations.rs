//! One conversation and its changes.

use resolute::model::answer_times::Clocks;
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::model::window::Window;
use resolute::model::{ConversationId, Json};
use resolute::store::intake::ConversationRow;
use resolute::store::{Db, Error, conversations};

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{on_both, tags_of, write};

async fn find(db: &Db, id: ConversationId) -> Conversation {
    conversations::find(db, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_conversation_is_found_by_id_and_number() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.open(&db, 1_017).await;
        assert_eq!(find(&db, row.id).await.number, 1_017);
        assert_eq!(conversations::find_by_number(&db, 1_017).await.unwrap().unwrap().id, row.id);
        assert!(conversations::find_by_number(&db, 1).await.unwrap().is_none());
        assert!(conversations::find(&db, cast.clock.new_id()).await.unwrap().is_none());
        let mut tx = db.begin().await.unwrap();
        assert_eq!(conversations::lock(&mut tx, row.id).await.unwrap().number, 1_017);
        let nobody = conversations::lock(&mut tx, cast.clock.new_id()).await;
        assert!(matches!(nobody, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn every_change_is_kept() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.open(&db, 1).await;
        let before = find(&db, row.id).await;
        let changed = Conversation {
            channel_id: cast.chat.id,
            gist: "Wants 'money' back 😀".into(),
            status: ConversationStatus::Snoozed,
            assignee_id: Some(cast.noor.id),
            intent: Some("refund".into()),
            language: "da".into(),
            order_number: Some("FJ-20417".into()),
            proposal: Some("Refund 42.00".into()),
            proposal_tone: "warn".into(),
            needs_approval: true,
            agent_state: AgentState::Drafted,
            taken_over: true,
            unread: false,
            participants: Json(vec!["a@example.com".into(), "ü".into()]),
            snoozed_until: Some(at(5)),
            due_at: None,
            last_message_at: at(6),
            last_written_at: Some(at(12)),
            revision: 7,
            resolved_at: Some(at(8)),
            clocks: Clocks {
                answering_since: Some(at(1)),
                first_answered_at: Some(at(2)),
                resolving_since: Some(at(3)),
                resolution_due_at: Some(at(4)),
            },
            window: Window { reply_until: Some(at(9)), people_until: Some(at(10)), wanted_by: Some(at(11)) },
            ..before.clone()
        };
        write(&db, async |tx| conversations::update(tx, &changed).await).await;
        assert_eq!(format!("{:#?}", find(&db, row.id).await), format!("{changed:#?}"));
        // And back to nothing.
        write(&db, async |tx| conversations::update(tx, &before).await).await;
        assert_eq!(format!("{:#?}", find(&db, row.id).await), format!("{before:#?}"));
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_a_locked_conversation() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.open(&db, 1).await;
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (db, id) = (db.clone(), row.id);
                tokio::spawn(async move {
                    write(&db, async |tx| {
                        let mut talk = conversations::lock(tx, id).await?;
                        talk.revision += 1;
                        conversations::update(tx, &talk).await
                    })
                    .await;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(find(&db, row.id).await.revision, 11);
    })
    .await;
}

#[tokio::test]
async fn looking_at_it_and_the_state_of_the_agent() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.open(&db, 1).await;
        let other = cast.open(&db, 2).await;
        assert!(write(&db, async |tx| conversations::set_read(tx, row.id).await).await);
        assert!(!write(&db, async |tx| conversations::set_read(tx, row.id).await).await, "it was read already");
        write(&db, async |tx| conversations::set_agent_state(tx, row.id, AgentState::HandedOff).await).await;
        let now = find(&db, row.id).await;
        assert_eq!((now.unread, now.agent_state), (false, AgentState::HandedOff));
        let untouched = find(&db, other.id).await;
        assert_eq!((untouched.unread, untouched.agent_state), (true, AgentState::Idle));
    })
    .await;
}

#[tokio::test]
async fn tags_are_there_once_and_by_name() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (row, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        for tag in ["vip", "broken", "vip"] {
            write(&db, async |tx| conversations::add_tag(tx, row.id, tag, NOW).await).await;
        }
        write(&db, async |tx| conversations::add_tag(tx, other.id, "vip", NOW).await).await;
        assert_eq!(tags_of(&db, row.id).await, ["broken", "vip"]);
        write(&db, async |tx| conversations::remove_tag(tx, row.id, "vip").await).await;
        write(&db, async |tx| conversations::remove_tag(tx, row.id, "never there").await).await;
        assert_eq!(tags_of(&db, row.id).await, ["broken"]);
        assert_eq!(tags_of(&db, other.id).await, ["vip"]);
    })
    .await;
}

#[tokio::test]
async fn sleepers_are_woken_when_their_time_has_come() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let snoozed = ConversationStatus::Snoozed;
        let rows: Vec<ConversationRow> =
            (1..=3).map(|number| ConversationRow { status: snoozed, ..cast.conversation(number) }).collect();
        put(&db, &rows, &[]).await;
        for (row, until) in rows.iter().zip([Some(at(-1)), Some(NOW), Some(at(1))]) {
            let mut talk = find(&db, row.id).await;
            talk.snoozed_until = until;
            write(&db, async |tx| conversations::update(tx, &talk).await).await;
        }
        let due = conversations::list_due_snoozed(&db, NOW, None).await.unwrap();
        assert_eq!(due.iter().map(|talk| talk.number).collect::<Vec<_>>(), [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn however_many_sleepers_are_due_each_is_reached() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=150)
            .map(|number| ConversationRow { status: ConversationStatus::Snoozed, ..cast.conversation(number) })
            .collect();
        put(&db, &rows, &[]).await;
        write(&db, async |tx| {
            for row in &rows {
                let mut talk = conversations::lock(tx, row.id).await?;
                // Many sleep until the same morning.
                talk.snoozed_until = Some(at(-row.number / 50));
                conversations::update(tx, &talk).await?;
            }
            Ok(())
        })
        .await;
        let first = conversations::list_due_snoozed(&db, NOW, None).await.unwrap();
        let last = first.last().expect("a page of them");
        let behind = last.snoozed_until.map(|until| (until, last.id));
        let rest = conversations::list_due_snoozed(&db, NOW, behind).await.unwrap();
        let mut all: Vec<i64> = first.iter().chain(&rest).map(|talk| talk.number).collect();
        all.sort_unstable();
        assert_eq!((first.len(), all), (100, (1..=150).collect::<Vec<_>>()));
    })
    .await;
}

#[tokio::test]
async fn a_number_is_given_once() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        cast.open(&db, 1).await;
        let mut tx = db.begin().await.unwrap();
        let twice = resolute::store::intake::upsert_conversations(&mut tx, &[cast.conversation(1)]).await;
        assert!(matches!(twice, Err(Error::Duplicate)));
    })
    .await;
}
