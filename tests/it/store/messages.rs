//! Messages of a conversation and their way to the customer.

use resolute::model::MessageId;
use resolute::model::message::{Automatic, Delivery, Direction, Message};
use resolute::store::intake::{self, ConversationRow, NewContact, NewKey, NewMessage};
use resolute::store::{Error, Reader, messages};

use crate::support::cast::{Cast, at, put};
use crate::support::stores::{on_both, write};

fn outbound(cast: &Cast, talk: &ConversationRow, delivery: Delivery, body: &str) -> NewMessage {
    NewMessage {
        direction: Direction::Outbound,
        delivery: Some(delivery),
        external_id: format!("<{body}>"),
        ..cast.message(talk, body)
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body.as_str()).collect()
}

#[tokio::test]
async fn the_newest_messages_are_shown_oldest_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.conversation(1), cast.conversation(2));
        let new = ["a", "b", "c"].map(|body| cast.message(&talk, body));
        put(&db, &[talk.clone(), other.clone()], &new).await;
        put(&db, &[], &[cast.message(&other, "d")]).await;
        assert_eq!(bodies(&messages::list(&db, talk.id, 9).await.unwrap()), ["a", "b", "c"]);
        assert_eq!(bodies(&messages::list(&db, talk.id, 2).await.unwrap()), ["b", "c"]);
        assert!(messages::find(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn what_leaves_or_left_without_a_word_is_listed_by_its_channel() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let unsure = [Delivery::Queued, Delivery::Sending, Delivery::Held, Delivery::Unknown, Delivery::Failed];
        let known = [Delivery::Sent, Delivery::Delivered, Delivery::Read, Delivery::Cancelled];
        let mut new = vec![cast.message(&talk, "a customer's")];
        new.extend(unsure.into_iter().chain(known).map(|state| outbound(&cast, &talk, state, &format!("{state:?}"))));
        put(&db, std::slice::from_ref(&talk), &new).await;
        let mut listed = messages::list_unsure(&db, talk.channel_id).await.unwrap();
        listed.sort();
        assert_eq!(listed, ["Failed", "Held", "Queued", "Sending", "Unknown"]);
        let other = if talk.channel_id == cast.mail.id { cast.chat.id } else { cast.mail.id };
        assert!(messages::list_unsure(&db, other).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_overtakes_is_read_as_it_was_written_and_never_before_an_answer() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let place = (talk.id, talk.channel_id);
        let came = |second: i64, written: i64, body: &str| NewMessage {
            external_id: body.to_owned(),
            written_at: Some(at(written)),
            created_at: at(second),
            ..cast.message(&talk, body)
        };
        let answer = NewMessage { created_at: at(30), ..outbound(&cast, &talk, Delivery::Sent, "answer") };
        let new = [came(10, 9, "b"), came(20, 8, "a"), answer, came(40, 2, "d"), came(50, 1, "c")];
        put(&db, std::slice::from_ref(&talk), &new).await;
        let read = messages::list(&db, talk.id, 9).await.unwrap();
        assert_eq!(bodies(&read), ["a", "b", "answer", "c", "d"]);
        assert_eq!(bodies(&messages::list(&db, talk.id, 4).await.unwrap()), ["a", "answer", "c", "d"], "the last four");
        let [first, second] = [&new[0], &new[4]].map(|new| read.iter().find(|one| one.id == new.id).unwrap().seq);
        assert_eq!(bodies(&messages::list_before(&db, talk.id, second, 9).await.unwrap()), ["a", "b", "answer", "d"]);
        assert!(messages::list_before(&db, talk.id, first, 9).await.unwrap().is_empty());
        let all = write(&db, async |tx| messages::list_in(tx, talk.id).await).await;
        assert_eq!(bodies(&all), ["a", "b", "answer", "c", "d"]);
        let behind = write(&db, async |tx| messages::list_behind(tx, talk.id, first).await).await;
        assert_eq!(bodies(&behind), ["a", "answer", "d", "c"], "in the order in which it came");

        let last = messages::last_written(&mut Reader::Db(&db), place, None).await.unwrap().unwrap();
        assert_eq!((last.external_id.as_str(), last.written_at), ("d", at(9)), "“b” was written last, and is answered");
        let same = write(&db, async |tx| messages::last_written(&mut Reader::Tx(tx), place, None).await).await;
        assert_eq!(same, Some(last));
        let undated = NewMessage { external_id: "e".into(), created_at: at(60), ..cast.message(&talk, "e") };
        put(&db, &[], &[undated]).await;
        let last = messages::last_written(&mut Reader::Db(&db), place, None).await.unwrap().unwrap();
        assert_eq!((last.external_id.as_str(), last.written_at), ("e", at(60)), "it was written when it came");
        assert_eq!(messages::last_written(&mut Reader::Db(&db), (talk.id, cast.chat.id), None).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_customer_is_answered_where_they_wrote_last_by_hand_and_in_the_thread() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let place = (talk.id, talk.channel_id);
        let address = async |thread: Option<&str>| {
            let found = messages::answer_address(&mut Reader::Db(&db), place, thread).await.unwrap();
            let same = write(&db, async |tx| messages::answer_address(&mut Reader::Tx(tx), place, thread).await).await;
            assert_eq!(same, found);
            found
        };
        let came = |second: i64, from: &str| NewMessage {
            sender_address: from.to_owned(),
            created_at: at(second),
            ..cast.message(&talk, from)
        };
        put(&db, std::slice::from_ref(&talk), &[]).await;
        assert_eq!(address(None).await, None, "nobody has written");
        let by_machine = |second: i64, from: &str| NewMessage { automatic: Automatic::Bulk, ..came(second, from) };
        put(&db, &[], &[by_machine(1, "notice"), NewMessage { contact_id: None, ..came(2, "stranger") }]).await;
        assert_eq!(address(None).await.as_deref(), Some("notice"), "others are not who is answered");
        let in_thread = NewMessage { thread: Some("77".into()), reply_to: "masked".into(), ..came(3, "sofie") };
        put(&db, &[], &[in_thread, came(4, "elsewhere"), by_machine(5, "notice")]).await;
        assert_eq!(address(Some("77")).await.as_deref(), Some("masked"));
        assert_eq!(address(None).await.as_deref(), Some("elsewhere"));
    })
    .await;
}

#[tokio::test]
async fn a_conversation_goes_on_with_its_customer_in_the_thread_in_which_they_wrote_last() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let place = (talk.id, talk.channel_id);
        let ole = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "telegram_user".into(),
            value: "88".into(),
            proved: true,
            created_at: at(0),
        };
        let stranger = ole.id;
        write(&db, async |tx| intake::insert_contacts(tx, &[ole]).await).await;
        let said = |second: i64, thread: &str| NewMessage {
            thread: Some(thread.to_owned()),
            external_id: format!("{thread}:{second}"),
            created_at: at(second),
            ..cast.message(&talk, thread)
        };
        let is_in = async |expected: &str| {
            let found = messages::thread_of(&mut Reader::Db(&db), place).await.unwrap();
            assert_eq!(found.as_deref(), Some(expected));
            let same = write(&db, async |tx| messages::thread_of(&mut Reader::Tx(tx), place).await).await;
            assert_eq!(same, found);
            let last = messages::last_written(&mut Reader::Db(&db), place, found.as_deref()).await.unwrap().unwrap();
            let same =
                write(&db, async |tx| messages::last_written(&mut Reader::Tx(tx), place, found.as_deref()).await);
            assert_eq!(same.await.as_ref(), Some(&last));
            last.external_id
        };
        put(&db, std::slice::from_ref(&talk), &[]).await;
        assert_eq!(messages::thread_of(&mut Reader::Db(&db), place).await.unwrap(), None);
        let by_ole = NewMessage { contact_id: Some(stranger), ..said(2, "oles") };
        put(&db, &[], &[by_ole]).await;
        assert_eq!(messages::thread_of(&mut Reader::Db(&db), place).await.unwrap(), None, "the customer has none yet");
        put(&db, &[], &[said(1, "first")]).await;
        assert_eq!(is_in("first").await, "first:1");

        put(&db, &[], &[said(4, "second"), NewMessage { automatic: Automatic::AutoReply, ..said(5, "first") }]).await;
        assert_eq!(is_in("second").await, "second:4", "a machine's receipt moves nothing");
        let answer = |second: i64| NewMessage {
            contact_id: None,
            sender_address: String::new(),
            to_contact_id: Some(cast.sofie),
            created_at: at(second),
            ..outbound(&cast, &talk, Delivery::Sent, "answer")
        };
        let late = NewMessage { written_at: Some(at(3)), ..said(7, "first") };
        put(&db, &[], &[answer(6), late]).await;
        assert_eq!(is_in("first").await, "first:7", "what waits is answered, however early it was written");

        let private = answer(8);
        put(&db, &[], std::slice::from_ref(&private)).await;
        write(&db, async |tx| messages::set_thread(tx, private.id, "private").await).await;
        assert_eq!(is_in("first").await, "first:7", "it only went there");
        let key = NewKey {
            channel_id: talk.channel_id,
            key: "thread:private".into(),
            message_id: private.id,
            conversation_id: talk.id,
        };
        write(&db, async |tx| intake::insert_keys(tx, &[key]).await).await;
        assert_eq!(is_in("private").await, "first:7", "it began one, in which nobody has written yet");
        put(&db, &[], &[said(9, "first")]).await;
        assert_eq!(is_in("first").await, "first:9");
    })
    .await;
}

#[tokio::test]
async fn without_threads_an_answer_refers_to_what_its_customer_wrote() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let place = (talk.id, talk.channel_id);
        let ole = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "email".into(),
            value: "ole@example.com".into(),
            proved: true,
            created_at: at(0),
        };
        let stranger = ole.id;
        write(&db, async |tx| intake::insert_contacts(tx, &[ole]).await).await;
        let said = |second: i64, id: &str| NewMessage {
            external_id: id.to_owned(),
            created_at: at(second),
            ..cast.message(&talk, id)
        };
        let by_ole = NewMessage { contact_id: Some(stranger), ..said(1, "oles") };
        put(&db, std::slice::from_ref(&talk), &[by_ole]).await;
        let refers_to = async || {
            let last = messages::last_written(&mut Reader::Db(&db), place, None).await.unwrap().unwrap();
            let same = write(&db, async |tx| messages::last_written(&mut Reader::Tx(tx), place, None).await).await;
            assert_eq!(same.as_ref(), Some(&last));
            let written = messages::list_written(&mut Reader::Db(&db), place).await.unwrap();
            (last.external_id, messages::thread_ids(&db, talk.id, talk.channel_id).await.unwrap(), written.len())
        };
        let nobody_else = ("oles".to_owned(), vec!["oles".to_owned()], 0);
        assert_eq!(refers_to().await, nobody_else, "the customer has never written there");

        let to = |contact, id: &str| NewMessage {
            contact_id: None,
            to_contact_id: Some(contact),
            external_id: id.to_owned(),
            ..outbound(&cast, &talk, Delivery::Sent, id)
        };
        let later = NewMessage { contact_id: Some(stranger), ..said(9, "oles again") };
        put(&db, &[], &[said(2, "hers"), to(cast.sofie, "to her"), to(stranger, "to him"), later]).await;
        let hers = ("hers".to_owned(), vec!["hers".to_owned(), "to her".to_owned()], 1);
        assert_eq!(refers_to().await, hers, "whoever else wrote last");
        assert!(!messages::is_alone_on(&db, talk.id, talk.channel_id).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn the_way_of_a_message_is_noted() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let new = outbound(&cast, &talk, Delivery::Queued, "hello");
        put(&db, std::slice::from_ref(&talk), std::slice::from_ref(&new)).await;
        write(&db, async |tx| messages::set_delivery(tx, new.id, Delivery::Held, "the 'server' \0 said no").await)
            .await;
        let held = messages::find(&db, new.id).await.unwrap().unwrap();
        assert_eq!(held.delivery, Some(Delivery::Held));
        assert_eq!(held.delivery_reason, "the 'server'  said no");
        write(&db, async |tx| messages::set_sent(tx, new.id, "<id@example.com>", at(10)).await).await;
        let mut tx = db.begin().await.unwrap();
        let sent = messages::lock(&mut tx, new.id).await.unwrap();
        assert_eq!((sent.delivery, sent.sent_at), (Some(Delivery::Sent), Some(at(10))));
        assert_eq!((sent.external_id.as_str(), sent.delivery_reason.as_str()), ("<id@example.com>", ""));
        let nobody: MessageId = cast.clock.new_id();
        assert!(matches!(messages::lock(&mut tx, nobody).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn an_answer_refers_to_what_the_customer_has() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let inbound = NewMessage { external_id: "<in>".into(), ..cast.message(&talk, "in") };
        let mut new = vec![inbound, cast.message(&talk, "without an id")];
        for delivery in Delivery::ALL {
            new.push(outbound(&cast, &talk, *delivery, delivery.as_str()));
        }
        put(&db, std::slice::from_ref(&talk), &new).await;
        assert_eq!(
            messages::thread_ids(&db, talk.id, talk.channel_id).await.unwrap(),
            ["<in>", "<sent>", "<delivered>", "<read>"]
        );

        let many: Vec<NewMessage> = (0..40)
            .map(|number| NewMessage { external_id: format!("<{number}>"), ..cast.message(&talk, "x") })
            .collect();
        put(&db, &[], &many).await;
        let ids = messages::thread_ids(&db, talk.id, talk.channel_id).await.unwrap();
        assert_eq!((ids.len(), ids[0].as_str(), ids[29].as_str()), (30, "<10>", "<39>"));
    })
    .await;
}

#[tokio::test]
async fn the_last_reply_that_can_be_taken_back_is_ones_own_and_still_here() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let reply = |who, delivery, send_at| NewMessage {
            teammate_id: Some(who),
            send_at: Some(at(send_at)),
            ..outbound(&cast, &talk, delivery, "reply")
        };
        let new = [
            reply(cast.sam.id, Delivery::Queued, 9),
            reply(cast.sam.id, Delivery::Queued, 9),
            reply(cast.sam.id, Delivery::Queued, 0),
            reply(cast.sam.id, Delivery::Sending, 9),
            reply(cast.sam.id, Delivery::Cancelled, 9),
            reply(cast.noor.id, Delivery::Queued, 9),
        ];
        put(&db, std::slice::from_ref(&talk), &new).await;
        let found = async |who, seconds| messages::last_undoable(&db, who, at(seconds)).await.unwrap();
        assert_eq!(found(cast.sam.id, 0).await, Some(new[1].id), "of two in one moment the second");
        assert_eq!(found(cast.noor.id, 0).await, Some(new[5].id));
        assert_eq!(found(cast.sam.id, 9).await, None, "its time is over");
        assert_eq!(found(cast.clock.new_id(), 0).await, None);
    })
    .await;
}
