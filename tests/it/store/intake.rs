//! Received messages: many rows in one statement, and every value as it was.

use channel_contract::outbound::FilledTemplate;
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::message::{Automatic, Delivery, Direction, MessageAuthor, Trust};
use resolute::model::{ConversationId, Json, RawEventId};
use resolute::store::intake::{
    self, BrandIdentity, ChannelKey, ConversationRow, NewAttachment, NewContact, NewEvent, NewKey, NewMessage,
    OrderMention,
};
use resolute::store::raw_events::NewRawEvent;
use resolute::store::{Db, attachments, contacts, conversation_counts, conversations, events, messages, raw_events};
use serde_json::json;

use crate::support::cast::{Cast, NOW, at, email, put};
use crate::support::stores::{number_of, on_both, write};

const WILD: &str = "Grüße 😀 \"quoted\" 'single' \\back\\ \\u0000 {json} $1 ; --\n\tnew line \u{202e}";

async fn stored(db: &Db, id: ConversationId) -> ConversationRow {
    ConversationRow::from(&conversations::find(db, id).await.unwrap().unwrap())
}

fn shown(row: &impl std::fmt::Debug) -> String {
    format!("{row:#?}")
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

async fn raw_event(db: &Db, cast: &Cast) -> RawEventId {
    let event = NewRawEvent {
        id: cast.clock.new_id(),
        job_id: cast.clock.new_id(),
        channel_id: cast.mail.id,
        external_id: "uid".into(),
        origin: "inbox",
        body: bytes::Bytes::from_static(b"x"),
        received_at: NOW,
    };
    write(db, async |tx| raw_events::insert(tx, std::slice::from_ref(&event)).await).await;
    event.id
}

fn filled_template() -> FilledTemplate {
    FilledTemplate {
        name: "late_parcel".into(),
        language: "en_US".into(),
        places: vec!["1".into(), "2".into()],
        values: vec![WILD.into(), String::new()],
    }
}

fn full_message(cast: &Cast, talk: &ConversationRow, raw: RawEventId) -> NewMessage {
    NewMessage {
        direction: Direction::Outbound,
        author: MessageAuthor::Teammate,
        teammate_id: Some(cast.sam.id),
        sender_name: WILD.into(),
        sender_address: "'\"@example.com".into(),
        reply_to: "other@example.com".into(),
        recipients: vec![WILD.into(), String::new()],
        subject: WILD.into(),
        full_text: WILD.into(),
        html: Some(format!("<p>{WILD}</p>")),
        delivery: Some(Delivery::Unknown),
        external_id: WILD.into(),
        in_reply_to: Some(WILD.into()),
        automatic: Automatic::AutoReply,
        trust: Trust::Failed,
        raw_event_id: Some(raw),
        draft_id: Some(cast.clock.new_id()),
        send_at: Some(at(1)),
        kept_due_at: Some(at(4)),
        written_at: Some(at(1)),
        created_at: at(2),
        sent_at: Some(at(3)),
        template: Some(filled_template()),
        choices: vec![WILD.into()],
        ..cast.message(talk, WILD)
    }
}

/// A message with the names of the stored one, in its order.
fn as_stored(new: &NewMessage, seq: i64) -> String {
    shown(&resolute::model::message::Message {
        seq,
        id: new.id,
        conversation_id: new.conversation_id,
        channel_id: new.channel_id,
        direction: new.direction,
        author: new.author,
        teammate_id: new.teammate_id,
        contact_id: new.contact_id,
        sender_name: new.sender_name.clone(),
        sender_address: new.sender_address.clone(),
        reply_to: new.reply_to.clone(),
        recipients: Json(new.recipients.clone()),
        subject: new.subject.clone(),
        body: new.body.clone(),
        full_text: new.full_text.clone(),
        html: new.html.clone(),
        delivery: new.delivery,
        delivery_reason: String::new(),
        external_id: new.external_id.clone(),
        in_reply_to: new.in_reply_to.clone(),
        automatic: new.automatic,
        trust: new.trust,
        draft_id: new.draft_id,
        send_at: new.send_at,
        written_at: new.written_at,
        created_at: new.created_at,
        sent_at: new.sent_at,
        changes: None,
        template: new.template.clone().map(Json),
        choices: Json(new.choices.clone()),
        parts: 1,
        parts_sent: 0,
    })
}

#[tokio::test]
async fn a_message_comes_back_as_it_was_written() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let raw = raw_event(&db, &cast).await;
        let talk = cast.conversation(1);
        let full = full_message(&cast, &talk, raw);
        let empty = NewMessage { contact_id: None, subject: String::new(), ..cast.message(&talk, "") };
        put(&db, &[talk], &[full.clone(), empty.clone()]).await;
        for new in [&full, &empty] {
            let found = messages::find(&db, new.id).await.unwrap().unwrap();
            assert_eq!(shown(&found), as_stored(new, found.seq));
        }
        assert_eq!(number_of(&db, "select count(*) from messages where raw_event_id is not null").await, 1);
        for (new, due) in [(&full, Some(at(4))), (&empty, None)] {
            assert_eq!(write(&db, async |tx| messages::due_before(tx, new.id).await).await, due);
        }
    })
    .await;
}

#[tokio::test]
async fn three_hundred_rows_of_everything_travel_in_one_batch() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows: Vec<ConversationRow> = (1..=300).map(|number| cast.conversation(number)).collect();
        let new: Vec<NewMessage> = rows.iter().map(|row| cast.message(row, &format!("Text {}", row.number))).collect();
        put(&db, &rows, &new).await;
        let keys: Vec<NewKey> = new
            .iter()
            .map(|message| NewKey {
                channel_id: cast.mail.id,
                key: format!("<{}@example.com>", message.id),
                message_id: message.id,
                conversation_id: message.conversation_id,
            })
            .collect();
        write(&db, async |tx| intake::insert_keys(tx, &keys).await).await;
        assert_eq!(conversation_counts::all(&db).await.unwrap(), 300);
        assert_eq!(number_of(&db, "select count(*) from messages").await, 300);

        // In the order of the batch: the number of a message says which came first.
        let first = messages::find(&db, new[0].id).await.unwrap().unwrap().seq;
        for (place, message) in (first..).zip(&new) {
            assert_eq!(messages::find(&db, message.id).await.unwrap().unwrap().seq, place);
        }
        let wanted: Vec<ChannelKey> =
            keys.iter().map(|key| ChannelKey { channel_id: key.channel_id, key: key.key.clone() }).collect();
        let ids: Vec<ConversationId> = rows.iter().map(|row| row.id).collect();
        let (found, talks) = write(&db, async |tx| {
            Ok((intake::find_keys(tx, &wanted).await?, intake::find_conversations(tx, &ids).await?))
        })
        .await;
        assert_eq!((found.len(), talks.len()), (300, 300));
    })
    .await;
}

#[tokio::test]
async fn nothing_to_write_or_to_find_is_fine() {
    on_both(async |db| {
        write(&db, async |tx| {
            intake::lock(tx).await?;
            intake::insert_contacts(tx, &[]).await?;
            intake::upsert_conversations(tx, &[]).await?;
            intake::insert_messages(tx, &[]).await?;
            intake::insert_keys(tx, &[]).await?;
            intake::insert_attachments(tx, &[]).await?;
            intake::insert_events(tx, &[]).await?;
            assert!(intake::find_keys(tx, &[]).await?.is_empty());
            assert!(intake::find_contacts(tx, &[]).await?.is_empty());
            assert!(intake::find_conversations(tx, &[]).await?.is_empty());
            assert!(intake::find_targets(tx, &[]).await?.is_empty());
            assert!(intake::find_by_order(tx, &[]).await?.is_empty());
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_key_leads_to_the_first_message_that_had_it() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let (first, second) = (cast.message(&talk, "1"), cast.message(&talk, "2"));
        put(&db, std::slice::from_ref(&talk), &[first.clone(), second.clone()]).await;
        let key = |message: &NewMessage, key: &str| NewKey {
            channel_id: cast.mail.id,
            key: key.to_owned(),
            message_id: message.id,
            conversation_id: talk.id,
        };
        let keys = [key(&first, WILD), key(&second, WILD), key(&second, "NUL\0here")];
        write(&db, async |tx| intake::insert_keys(tx, &keys).await).await;
        write(&db, async |tx| intake::insert_keys(tx, &[key(&second, WILD)]).await).await;
        let ask = |channel_id, key: &str| ChannelKey { channel_id, key: key.to_owned() };
        let wanted =
            [ask(cast.mail.id, WILD), ask(cast.chat.id, WILD), ask(cast.mail.id, "none"), ask(cast.mail.id, "NULhere")];
        let mut found = write(&db, async |tx| intake::find_keys(tx, &wanted).await).await;
        found.sort_by_key(|target| target.message_id);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].message_id, found[0].conversation_id), (first.id, talk.id));
        assert_eq!((found[0].channel_id, found[0].key.as_str()), (cast.mail.id, WILD));
        assert_eq!(found[1].message_id, second.id);
    })
    .await;
}

#[tokio::test]
async fn contacts_are_found_by_their_identity() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let new = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: WILD.into(),
            kind: "phone".into(),
            value: "+4915112345678".into(),
            proved: false,
            created_at: at(4),
        };
        let nameless = NewContact { id: cast.clock.new_id(), value: String::new(), ..new.clone() };
        write(&db, async |tx| intake::insert_contacts(tx, &[new.clone(), nameless.clone()]).await).await;
        let contact = contacts::get(&db, new.id).await.unwrap();
        assert_eq!((contact.name.as_str(), contact.brand_id, contact.created_at), (WILD, cast.brand.id, at(4)));
        assert_eq!(contact.locale, "");
        let identities = contacts::identities(&db, new.id).await.unwrap();
        assert_eq!(identities.len(), 1);
        assert_eq!((identities[0].value.as_str(), identities[0].proved), ("+4915112345678", false));
        assert!(contacts::identities(&db, cast.sofie).await.unwrap()[0].proved);
        assert!(contacts::get(&db, cast.clock.new_id()).await.is_err());
        assert!(contacts::identities(&db, nameless.id).await.unwrap().is_empty(), "nothing names this one");

        let wanted = [
            BrandIdentity::new(cast.brand.id, &email(" Sofie@Example.com ")),
            BrandIdentity { brand_id: cast.brand.id, kind: "email".into(), value: "+4915112345678".into() },
            BrandIdentity { brand_id: cast.clock.new_id(), kind: "email".into(), value: "sofie@example.com".into() },
        ];
        let found = write(&db, async |tx| intake::find_contacts(tx, &wanted).await).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].contact_id, found[0].name.as_str()), (cast.sofie, "Sofie Keller"));
        assert_eq!((found[0].kind.as_str(), found[0].value.as_str()), ("email", "sofie@example.com"));
    })
    .await;
}

#[tokio::test]
async fn an_identity_stays_with_the_contact_who_had_it_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let second = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Somebody".into(),
            kind: "email".into(),
            value: "sofie@example.com".into(),
            proved: false,
            created_at: at(4),
        };
        write(&db, async |tx| intake::insert_contacts(tx, std::slice::from_ref(&second)).await).await;
        assert!(contacts::identities(&db, second.id).await.unwrap().is_empty());
        assert!(contacts::identities(&db, cast.sofie).await.unwrap()[0].proved);
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

#[tokio::test]
async fn numbers_are_given_once_even_to_two_at_a_time() {
    on_both(async |db| {
        assert_eq!(write(&db, async |tx| intake::reserve_numbers(tx, 3).await).await, 1_001);
        assert_eq!(write(&db, async |tx| intake::reserve_numbers(tx, 1).await).await, 1_004);
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { write(&db, async |tx| intake::reserve_numbers(tx, 2).await).await })
            })
            .collect();
        let mut given = Vec::new();
        for task in tasks {
            given.push(task.await.unwrap());
        }
        given.sort_unstable();
        assert_eq!(given, [1_005, 1_007, 1_009, 1_011, 1_013, 1_015, 1_017, 1_019]);
    })
    .await;
}

#[tokio::test]
async fn attachments_come_back_in_order_with_their_conversation() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let (first, second) = (cast.message(&talk, "1"), cast.message(&talk, "2"));
        put(&db, std::slice::from_ref(&talk), &[first.clone(), second.clone()]).await;
        let file = |message: &NewMessage, position: i64| NewAttachment {
            id: cast.clock.new_id(),
            message_id: message.id,
            position,
            name: WILD.into(),
            content_type: "image/png".into(),
            size: 5_000_000_000,
            content_id: (position == 1).then(|| WILD.to_owned()),
            inline: position == 1,
            storage_key: "ab/cdef".into(),
            reference: None,
        };
        let files = [file(&first, 1), file(&first, 0), file(&second, 0)];
        write(&db, async |tx| intake::insert_attachments(tx, &files).await).await;
        let listed = attachments::list(&db, &[first.id]).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [files[1].id, files[0].id]);
        assert_eq!(attachments::list(&db, &[first.id, second.id]).await.unwrap().len(), 3);
        assert!(attachments::list(&db, &[]).await.unwrap().is_empty());
        let one = attachments::find(&db, files[0].id).await.unwrap().unwrap();
        assert_eq!((one.name.as_str(), one.content_id.as_deref(), one.inline), (WILD, Some(WILD), true));
        assert_eq!((one.size, one.position, one.storage_key.as_str()), (5_000_000_000, 1, "ab/cdef"));
        assert_eq!((listed[0].content_id.as_deref(), listed[0].inline), (None, false));
        assert!(attachments::find(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn events_keep_their_facts() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let data = json!({ "text": WILD, "list": [1, 2.5, null, true], "deep": { "a": {} } });
        let event = |conversation_id| NewEvent {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            conversation_id,
            kind: EventKind::NoteAdded,
            actor: WILD.into(),
            data: data.clone(),
            at: at(3),
        };
        let new = [event(Some(talk.id)), event(None)];
        write(&db, async |tx| intake::insert_events(tx, &new).await).await;
        let found = events::list(&db, talk.id, 10).await.unwrap();
        assert_eq!(found.len(), 1);
        let found = &found[0];
        assert_eq!(
            (found.id, found.kind, found.actor.as_str(), found.at),
            (new[0].id, EventKind::NoteAdded, WILD, at(3))
        );
        assert_eq!(found.data.0, data);
        assert_eq!(found.brand_id, cast.brand.id);
    })
    .await;
}

#[tokio::test]
async fn one_receiver_has_the_turn_at_a_time() {
    on_both(async |db| {
        let inside = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (db, inside) = (db.clone(), inside.clone());
                tokio::spawn(async move {
                    let tx = intake::Turn::take(&db).await.unwrap().begin().await.unwrap();
                    let others = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    tx.commit().await.unwrap();
                    others
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 0);
        }
        // Who vanishes leaves nothing to wait for.
        drop(intake::Turn::take(&db).await.unwrap());
        intake::Turn::take(&db).await.unwrap().begin().await.unwrap().commit().await.unwrap();
    })
    .await;
}
