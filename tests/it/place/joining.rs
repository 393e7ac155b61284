//! Which conversation a message continues.

use channel_contract::inbound::{Automatic, StatusUpdate};
use channel_contract::outbound::DeliveryState;
use resolute::model::ConversationId;
use resolute::model::conversation::ConversationStatus;
use resolute::model::event::EventKind;
use resolute::model::message::{Direction, MessageAuthor};
use uuid::Uuid;

use super::mails::mail;
use super::world::{World, kinds};
use crate::support::cast::{NOW, at, email};

const SOFIE: &str = "sofie@example.com";
const STRANGER: &str = "mallory@example.net";

#[test]
fn a_first_message_opens_a_conversation() {
    let mut world = World::new();
    let batch = world.receive(&[mail("<1>", SOFIE).to(&["Partner@example.com"]).with_file("a.txt", b"abc")]);
    let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
    assert_eq!((talk.number, talk.revision, talk.unread), (0, 1, true));
    assert_eq!((talk.status, talk.due_at), (ConversationStatus::Open, Some(at(8 * 3_600))));
    assert_eq!((talk.channel_id, talk.channel_kind.as_str()), (world.cast.mail.id, "email"));
    assert_eq!((talk.subject.as_str(), talk.gist.as_str()), ("Where is it?", "Where is my order?"));
    assert_eq!((talk.contact_name.as_str(), talk.last_inbound_at), ("Sofie Keller", Some(NOW)));
    assert_eq!(talk.participants, [SOFIE, "partner@example.com"]);

    let [contact] = batch.contacts.as_slice() else { panic!("one contact") };
    assert_eq!((contact.value.as_str(), contact.name.as_str(), contact.proved), (SOFIE, "Sofie Keller", false));
    let [message] = batch.messages.as_slice() else { panic!("one message") };
    assert_eq!((message.direction, message.author), (Direction::Inbound, MessageAuthor::Contact));
    assert_eq!((message.contact_id, message.delivery, message.sent_at), (Some(contact.id), None, None));
    assert_eq!((message.body.as_str(), message.full_text.as_str()), ("Where is my order?", ""));
    assert_eq!((batch.keys.len(), batch.keys[0].key.as_str()), (1, "<1>"));
    let [file] = batch.attachments.as_slice() else { panic!("one file") };
    assert_eq!((file.message_id, file.size, file.position, file.name.as_str()), (message.id, 3, 0, "a.txt"));
    assert_eq!(kinds(&batch), [EventKind::MessageReceived]);
    assert_eq!(batch.events[0].data["new"], true);
}

#[test]
fn an_answer_joins_by_id() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let batch = world.receive(&[mail("<2>", SOFIE).replies_to(&["<unknown>", "<1>"]).says("Still nothing")]);
    assert_eq!(world.home_of("<2>"), world.home_of("<1>"));
    assert!(batch.contacts.is_empty(), "she is known");
    let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
    assert_eq!((talk.revision, talk.gist.as_str(), talk.subject.as_str()), (2, "Still nothing", "Where is it?"));
    assert_eq!(batch.messages[0].in_reply_to.as_deref(), Some("<unknown>"));
    assert_eq!(batch.events[0].data["new"], false);
}

#[test]
fn a_stranger_does_not_join_by_id() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let batch = world.receive(&[mail("<2>", STRANGER).replies_to(&["<1>"])]);
    let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
    assert_ne!(Some(talk.id), world.home_of("<1>"));
    assert_eq!(talk.participants, [STRANGER], "nothing of the other conversation is in it");
    assert_ne!(talk.contact_id, world.conversations[0].contact_id);
    assert_eq!(world.conversations[0].revision, 1, "the other conversation does not change");
}

#[test]
fn who_was_written_to_may_answer() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE).to(&["partner@example.com"])]);
    world.receive(&[mail("<2>", "Partner@Example.com").replies_to(&["<1>"])]);
    assert_eq!(world.home_of("<2>"), world.home_of("<1>"));
}

#[test]
fn ids_are_a_channels_own() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let chat = world.cast.chat.clone();
    let batch = world.receive_at(&chat, &[mail("<1>", SOFIE)]);
    assert_eq!((batch.messages.len(), batch.conversations.len()), (1, 1));
    assert_eq!(world.conversations.len(), 2);
}

#[test]
fn the_platforms_own_thread_joins_whoever_writes_and_only_there() {
    let mut world = World::new();
    let chat = world.cast.chat.clone();
    world.receive_at(&chat, &[mail("<1>", SOFIE).in_thread("t"), mail("<2>", SOFIE).in_thread("t")]);
    world.receive_at(&chat, &[mail("<3>", STRANGER).in_thread("t"), mail("<4>", SOFIE).in_thread("u")]);
    let home = world.home_of("<1>");
    assert_eq!([world.home_of("<2>"), world.home_of("<3>")], [home, home]);
    assert_ne!(world.home_of("<4>"), home);
    world.receive(&[mail("<5>", SOFIE).in_thread("t")]);
    assert_ne!(world.home_of("<5>"), home, "a thread is a channel's own");
    let again = world.receive_at(&chat, &[mail("<1>", SOFIE).in_thread("t")]);
    assert!(again.messages.is_empty(), "a repetition is the same message");
}

#[test]
fn a_signed_token_joins_and_notes_who_is_new() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let home = world.home_of("<1>").unwrap();
    let batch = world.receive(&[mail("<2>", "sofie@work.example").with_token(home)]);
    assert_eq!(world.home_of("<2>"), Some(home));
    assert_eq!(kinds(&batch), [EventKind::ParticipantJoined, EventKind::MessageReceived]);
    assert_eq!(world.talk(home).participants.0, [SOFIE, "sofie@work.example"]);
    // Known by now: by id alone, and without another note.
    let batch = world.receive(&[mail("<3>", "sofie@work.example").replies_to(&["<1>"])]);
    assert_eq!(world.home_of("<3>"), Some(home));
    assert_eq!(kinds(&batch), [EventKind::MessageReceived]);
    let batch = world.receive(&[mail("<4>", SOFIE).with_token(home)]);
    assert_eq!(kinds(&batch), [EventKind::MessageReceived]);
}

#[test]
fn a_token_of_nothing_or_of_another_brand_opens_a_conversation() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let home = world.home_of("<1>").unwrap();
    world.receive(&[mail("<2>", STRANGER).with_token(ConversationId(Uuid::nil()))]);
    assert_ne!(world.home_of("<2>"), Some(home));
    world.talk(home).brand_id = world.cast.clock.new_id();
    world.receive(&[mail("<3>", SOFIE).with_token(home).replies_to(&["<1>"])]);
    assert_ne!(world.home_of("<3>"), Some(home));
}

#[test]
fn the_order_number_joins_for_the_same_sender_only() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let home = world.home_of("<1>").unwrap();
    world.talk(home).order_number = Some("FJ-20417".into());
    world.receive(&[mail("<2>", STRANGER).says("About fj-20417: where is it?")]);
    assert_ne!(world.home_of("<2>"), Some(home));
    world.receive(&[mail("<3>", SOFIE).says("About fj-20417: where is it?")]);
    assert_eq!(world.home_of("<3>"), Some(home));
    world.receive(&[mail("<4>", SOFIE).says("About FJ-20418")]);
    assert_ne!(world.home_of("<4>"), Some(home), "another order is another matter");

    let chat = world.cast.chat.clone();
    world.receive_at(&chat, &[mail("<5>", SOFIE).says("FJ-20417")]);
    assert_ne!(world.home_of("<5>"), Some(home), "an answer goes out where the question came in");
    world.talk(home).status = ConversationStatus::Resolved;
    world.receive(&[mail("<6>", SOFIE).says("FJ-20417")]);
    assert_ne!(world.home_of("<6>"), Some(home), "what is resolved is resolved");
}

#[test]
fn two_mails_of_one_thread_in_one_batch_share_a_conversation() {
    let mut world = World::new();
    let batch = world.receive(&[mail("<1>", SOFIE), mail("<2>", SOFIE).replies_to(&["<1>"])]);
    assert_eq!((batch.conversations.len(), batch.contacts.len(), batch.messages.len()), (1, 1, 2));
    assert_eq!(batch.conversations[0].revision, 2);
    assert_eq!(batch.jobs.len(), 1, "the agent looks once, when both are there");
    let both = world.receive(&[mail("<3>", STRANGER), mail("<4>", STRANGER)]);
    assert_eq!((both.conversations.len(), both.contacts.len()), (2, 1), "two matters of one person");
}

#[test]
fn a_message_under_any_known_id_is_passed_over() {
    let mut world = World::new();
    let mut first = mail("<1>", SOFIE);
    first.message.own_ids.push("<alias>".into());
    world.receive(&[first.clone()]);
    let mut aliased = mail("<other>", SOFIE);
    aliased.message.own_ids = vec!["<new>".into(), "<alias>".into()];
    let batch = world.receive(&[first.clone(), aliased, mail("<alias>", SOFIE)]);
    assert!(batch.messages.is_empty() && batch.conversations.is_empty() && batch.events.is_empty());
    assert!(batch.jobs.is_empty() && batch.keys.is_empty() && batch.contacts.is_empty());
    let batch = world.receive(&[mail("<2>", SOFIE), mail("<2>", SOFIE)]);
    assert_eq!(batch.messages.len(), 1, "twice in one batch");
}

#[test]
fn an_empty_id_ties_nothing_together() {
    let mut world = World::new();
    let mut anonymous = mail("<1>", SOFIE);
    anonymous.message.own_ids = vec![String::new(), "\0".into()];
    world.receive(&[anonymous.clone()]);
    anonymous.id = "<2>".into();
    anonymous.message.thread.message_ids = vec![String::new()];
    let batch = world.receive(&[anonymous]);
    assert_eq!(batch.messages.len(), 1, "no message is taken for another one");
    assert_ne!(world.home_of("<2>"), world.home_of("<1>"));
}

#[test]
fn senders_without_an_address_are_not_one_person() {
    let mut world = World::new();
    let batch = world.receive(&[mail("<1>", ""), mail("<2>", "")]);
    assert_eq!(batch.contacts.len(), 2);
    let home = world.home_of("<1>").unwrap();
    world.talk(home).order_number = Some("FJ-20417".into());
    world.receive(&[mail("<3>", "").replies_to(&["<1>"]), mail("<4>", "").says("FJ-20417")]);
    assert_ne!(world.home_of("<3>"), Some(home));
    assert_ne!(world.home_of("<4>"), Some(home));
    assert!(world.talk(home).participants.0.is_empty());
}

#[test]
fn a_conversation_has_at_most_fifty_participants() {
    let mut world = World::new();
    let many: Vec<String> = (0..80).map(|number| format!("p{number}@example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    world.receive(&[mail("<1>", SOFIE).to(&many)]);
    let home = world.home_of("<1>").unwrap();
    assert_eq!(world.talk(home).participants.0.len(), 50);
    assert_eq!(world.talk(home).participants.0[0], SOFIE);
    world.receive(&[mail("<2>", "p10@example.com").replies_to(&["<1>"])]);
    assert_eq!(world.home_of("<2>"), Some(home));
    world.receive(&[mail("<3>", "p79@example.com").replies_to(&["<1>"])]);
    assert_ne!(world.home_of("<3>"), Some(home));
    assert_eq!(world.talk(home).participants.0.len(), 50);
}

#[test]
fn news_about_a_message_reaches_it() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let batch = world.report(&["<none>", "<1>"], DeliveryState::Failed, Some("no \0 such mailbox"));
    let [(message, conversation, status)] = batch.statuses.as_slice() else { panic!("one report") };
    assert_eq!((Some(*message), Some(*conversation)), (world.message_of("<1>"), world.home_of("<1>")));
    assert_eq!((status.state, status.reason.as_str()), (DeliveryState::Failed, "no  such mailbox"));
    assert!(batch.messages.is_empty() && batch.conversations.is_empty());
    assert!(world.report(&["<none>"], DeliveryState::Read, None).statuses.is_empty());
    let read = world.report(&["<1>"], DeliveryState::Read, None);
    assert_eq!(read.statuses[0].2.state, DeliveryState::Read);
}

/// A bounce as mail brings it: anybody can write one.
fn bounce(about: &str, recipient: &str) -> StatusUpdate {
    let report =
        mail("bounce", "mailer-daemon@relay.example").says("It did not arrive.").automatic(Automatic::AutoReply);
    StatusUpdate {
        message_ids: vec![about.to_owned()],
        state: DeliveryState::Failed,
        until: None,
        and_before: false,
        reason: None,
        recipients: vec![email(recipient)],
        report: Some(Box::new(report.message)),
    }
}

#[test]
fn a_bounce_counts_only_for_whom_the_message_went_to() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let batch = world.report_of(bounce("<1>", SOFIE));
    assert_eq!((batch.statuses.len(), batch.messages.len()), (1, 0));
    let forged = world.report_of(bounce("<1>", "somebody@else.example"));
    assert!(forged.statuses.is_empty());
    assert_eq!(forged.messages.len(), 1, "it is shown all the same");
}

#[test]
fn a_bounce_of_something_unknown_is_kept_and_seen() {
    let mut world = World::new();
    let batch = world.report_of(bounce("<nobody knows>", SOFIE));
    let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
    assert_eq!((talk.status, talk.due_at, talk.unread), (ConversationStatus::Resolved, None, false));
    assert_eq!(batch.messages[0].body, "It did not arrive.");
    assert!(batch.jobs.is_empty());
}

#[test]
fn the_same_message_on_another_way_is_placed_once() {
    for together in [true, false] {
        let mut world = World::new();
        let first = || mail("<1>", SOFIE).says("It is torn.\r\nPlease help.").with_file("a.txt", b"one\r\ntwo");
        // Line ends, blanks and the line ends of a text file differ by the way.
        let again = || mail("<1>", SOFIE).says("It is torn.\n Please help. ").with_file("a.txt", b"one\ntwo");
        let placed = if together {
            world.receive(&[first(), again()]).messages.len()
        } else {
            world.receive(&[first()]).messages.len() + world.receive(&[again()]).messages.len()
        };
        assert_eq!(placed, 1);
        assert!(world.receive(&[first(), again().sent()]).messages.is_empty());
    }
}

#[test]
fn an_id_used_again_for_something_else_loses_nothing() {
    let others = || {
        let first = || mail("<1>", SOFIE);
        let mut subject = first();
        subject.message.subject = "Another matter".into();
        [first().says("Other words"), first().with_file("b.txt", b"b"), mail("<1>", STRANGER), subject]
    };
    for other in others() {
        for together in [true, false] {
            let mut world = World::new();
            let mut batch = if together {
                world.receive(&[mail("<1>", SOFIE), other.clone()])
            } else {
                world.receive(&[mail("<1>", SOFIE)]);
                world.receive(std::slice::from_ref(&other))
            };
            let placed = batch.messages.pop().expect("it is placed");
            assert_eq!(batch.messages.len(), usize::from(together));
            assert_eq!((placed.external_id.as_str(), &placed.body), ("<1>", &other.message.visible_text));
            assert!(batch.keys.iter().all(|key| key.message_id != placed.id), "the id stays with the first");
        }
    }
}

#[test]
fn files_of_the_same_name_are_told_apart_by_their_bytes() {
    let photo = |content: &'static [u8]| {
        let mut mail = mail("<1>", SOFIE).says("").with_file("image0.jpeg", content);
        mail.message.attachments[0].content_type = "image/jpeg".into();
        mail
    };
    let mut world = World::new();
    world.receive(&[photo(b"torn")]);
    assert!(world.receive(&[photo(b"torn")]).messages.is_empty());
    assert_eq!(world.receive(&[photo(b"label")]).messages.len(), 1);
}
