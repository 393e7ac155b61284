//! Messages and the keys that lead to them.

use channel_contract::outbound::FilledTemplate;
use resolute::model::message::{Automatic, Delivery, Direction, MessageAuthor, Trust};
use resolute::model::{ConversationId, Json, RawEventId};
use resolute::store::intake::{self, ChannelKey, ConversationRow, NewKey, NewMessage};
use resolute::store::raw_events::NewRawEvent;
use resolute::store::{Db, conversation_counts, messages, raw_events};

use super::{WILD, shown};
use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{number_of, on_both, write};

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
        machine_worded: true,
        by_program: true,
        aside: true,
        thread: Some(WILD.into()),
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
        machine_worded: new.machine_worded,
        by_program: new.by_program,
        aside: new.aside,
        thread: new.thread.clone(),
        to_contact_id: new.to_contact_id,
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
