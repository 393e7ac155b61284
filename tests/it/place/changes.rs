//! What is told of messages that are placed, or not yet.

use std::collections::VecDeque;

use channel_contract::inbound::{
    Changed, Identity, Inbound, InboundEvent, MessageChange, Renaming, StatusUpdate, Trust, Watermark,
};
use channel_contract::outbound::DeliveryState;
use proptest::prelude::*;
use resolute::inbox::place::{Batch, Received};
use resolute::model::Ts;
use resolute::model::channel::Channel;
use resolute::model::conversation::ConversationStatus;
use resolute::model::event::EventKind;
use resolute::model::message::Delivery;
use resolute::model::message_change::MessageChanges;

use super::mails::{Mail, mail};
use super::world::{World, kinds};
use crate::support::cast::{at, email};

const SOFIE: &str = "sofie@example.com";
const STRANGER: &str = "mallory@example.net";

fn told(key: &str, second: i64, event: InboundEvent) -> Inbound {
    Inbound { external_id: key.to_owned(), occurred_at: Some(at(second).datetime()), event }
}

/// Something happens to the message `id`, so many seconds after the clock stands.
fn change(key: &str, id: &str, by: Option<&str>, second: i64, what: Changed) -> Inbound {
    let change = MessageChange { message_ids: vec![id.to_owned()], by: by.map(email), what };
    told(key, second, InboundEvent::Change(change))
}

fn edit(key: &str, by: &str, second: i64, text: &str) -> Inbound {
    change(key, "<1>", Some(by), second, Changed::Edited(text.to_owned()))
}

/// In the chat, in one batch.
fn place(world: &mut World, events: Vec<Inbound>) -> Batch {
    let received = chat(world, events);
    world.place(&[received])
}

fn chat(world: &World, events: Vec<Inbound>) -> Received {
    let channel: Channel = world.cast.chat.clone();
    world.received(&channel, events)
}

/// In a chat nothing has a subject.
fn said(id: &str, text: &str) -> Mail {
    let mut said = mail(id, SOFIE).says(text);
    said.message.subject = String::new();
    said
}

fn first() -> Inbound {
    said("<1>", "Where is my lamp?").inbound()
}

fn words(world: &World) -> String {
    world.words_of(world.message_of("<1>").expect("it is placed"))
}

#[test]
fn what_waits_says_something_else_and_the_agent_looks_again() {
    for together in [true, false] {
        let mut world = World::new();
        let edited = edit("e", SOFIE, 9, "Where is my chair?");
        let batch = if together {
            place(&mut world, vec![first(), edited])
        } else {
            place(&mut world, vec![first()]);
            place(&mut world, vec![edited])
        };
        assert_eq!(words(&world), "Where is my chair?");
        let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
        assert_eq!((talk.revision, talk.unread, talk.status), (2, true, ConversationStatus::Open));
        assert_eq!(talk.gist, "Where is my chair?");
        assert_eq!(world.conversations[0].subject, "Where is my chair?", "it was called by the first words");
        assert_eq!(world.conversations[0].due_at, Some(at(600)), "the clock runs on");
        assert_eq!((batch.reworded.len(), batch.taken_back.len(), batch.jobs.len()), (1, 0, 1));
        assert_eq!(kinds(&batch).last(), Some(&EventKind::MessageChanged));
        let changes = world.changes_of("<1>");
        assert_eq!((changes.original.as_deref(), changes.edited_at()), (Some("Where is my lamp?"), Some(at(9))));
    }
}

#[test]
fn nobody_changes_the_words_of_another() {
    let mut world = World::new();
    place(&mut world, vec![first()]);
    let ours = mail("<2>", "help@fjell.example").to(&[SOFIE]).replies_to(&["<1>"]).sent().inbound();
    place(&mut world, vec![ours]);
    for (id, by) in [("<1>", Some(STRANGER)), ("<1>", None), ("<1>", Some("")), ("<2>", Some(SOFIE))] {
        for what in [Changed::Edited("I owe you all".into()), Changed::Deleted] {
            let batch = place(&mut world, vec![change("c", id, by, 9, what)]);
            assert!(batch.changed.is_empty() && batch.events.is_empty(), "{id} {by:?}");
        }
    }
    let batch = place(&mut world, vec![change("s", "<1>", Some(STRANGER), 9, Changed::Reacted("👍".into()))]);
    assert!(batch.changed.is_empty(), "who has no part in it puts no sign on it either");
    // The account itself, in another client.
    place(&mut world, vec![change("c", "<2>", None, 9, Changed::Edited("Tomorrow.".into()))]);
    assert_eq!(world.words_of(world.message_of("<2>").unwrap()), "Tomorrow.");
}

#[test]
fn what_was_taken_back_is_said_no_longer_and_ends_nothing() {
    let mut world = World::new();
    place(&mut world, vec![first()]);
    let batch = place(&mut world, vec![change("d", "<1>", Some(SOFIE), 9, Changed::Deleted)]);
    assert_eq!(words(&world), "");
    let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
    assert_eq!((talk.status, talk.due_at, talk.revision), (ConversationStatus::Open, Some(at(600)), 2));
    assert_eq!(talk.gist, "(Took a message back)");
    assert_eq!(world.conversations[0].subject, "", "its words are in no title");
    assert_eq!((batch.taken_back.len(), batch.reworded.len()), (1, 0));
    assert_eq!(batch.events[0].data["what"], "taken_back");
    // The next words give it a title again.
    let next = said("<2>", "Where is my chair?").replies_to(&["<1>"]).inbound();
    let batch = place(&mut world, vec![next, edit("e", SOFIE, 3, "a late word")]);
    assert_eq!((words(&world).as_str(), world.conversations[0].subject.as_str()), ("", "Where is my chair?"));
    assert!(batch.events.iter().all(|event| event.kind != EventKind::MessageChanged), "nobody sees a difference");
}

#[test]
fn what_is_answered_is_shown_and_asks_for_nothing() {
    let mut world = World::new();
    let ours = mail("<2>", "help@fjell.example").to(&[SOFIE]).replies_to(&["<1>"]).sent().inbound();
    place(&mut world, vec![first(), ours]);
    let batch = place(&mut world, vec![edit("e", SOFIE, 9, "Where is my chair?")]);
    assert!(batch.jobs.is_empty() && batch.reworded.is_empty());
    let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
    assert_eq!((talk.status, talk.unread), (ConversationStatus::Waiting, true));
    assert_eq!(words(&world), "Where is my chair?");
}

#[test]
fn a_sign_wakes_nobody() {
    let mut world = World::new();
    place(&mut world, vec![first()]);
    let batch = place(&mut world, vec![change("s", "<1>", Some(SOFIE), 9, Changed::Reacted("👍".into()))]);
    assert!(batch.conversations.is_empty() && batch.jobs.is_empty() && batch.reworded.is_empty());
    let [event] = batch.events.as_slice() else { panic!("one event") };
    assert_eq!((event.kind, event.actor.as_str()), (EventKind::MessageChanged, "Sofie Keller"));
    assert_eq!((event.data["what"].as_str(), event.data["sign"].as_str()), (Some("sign"), Some("👍")));
    // One a person: the other one goes, and ours stands beside it.
    place(&mut world, vec![change("t", "<1>", Some(SOFIE), 10, Changed::Reacted("❤".into()))]);
    place(&mut world, vec![change("u", "<1>", None, 11, Changed::Reacted("🙏".into()))]);
    let changes = world.changes_of("<1>");
    let shown: Vec<_> = changes.shown_signs().map(|sign| (sign.sign.as_str(), sign.name.as_str())).collect();
    assert_eq!(shown, [("❤", "Sofie Keller"), ("🙏", "Fjell & Sons")]);
    let batch = place(&mut world, vec![change("v", "<1>", Some(SOFIE), 12, Changed::Unreacted)]);
    let data = &batch.events[0].data;
    assert_eq!((data["what"].as_str(), data["sign"].as_str()), (Some("sign_off"), Some("❤")));
    assert_eq!(world.changes_of("<1>").shown_signs().count(), 1);
    assert_eq!(words(&world), "Where is my lamp?");
}

#[test]
fn a_message_that_comes_once_more_is_the_one_that_was_changed() {
    let mut world = World::new();
    place(&mut world, vec![first()]);
    place(&mut world, vec![edit("e", SOFIE, 9, "Where is my chair?")]);
    assert!(place(&mut world, vec![first()]).messages.is_empty());
    place(&mut world, vec![change("d", "<1>", Some(SOFIE), 10, Changed::Deleted)]);
    assert!(place(&mut world, vec![first()]).messages.is_empty());
}

/// Places these in order, and once more what waited, as soon as it can be placed.
fn settle(world: &mut World, batches: Vec<Vec<Received>>) {
    let all: Vec<Received> = batches.iter().flatten().cloned().collect();
    let mut queue: VecDeque<Vec<Received>> = batches.into();
    while let Some(batch) = queue.pop_front() {
        let placed = world.place(&batch);
        let called = world.called_back(&placed);
        let again: Vec<Received> = all.iter().filter(|one| called.contains(&one.raw_event_id)).cloned().collect();
        if !again.is_empty() {
            queue.push_back(again);
        }
    }
}

fn story() -> Vec<Inbound> {
    let sign = |key, second, what| change(key, "<1>", Some(SOFIE), second, what);
    vec![
        first(),
        edit("e1", SOFIE, 1, "Where is my chair?"),
        edit("e2", SOFIE, 2, "Where is my table?"),
        edit("x", STRANGER, 3, "I owe you all."),
        sign("s1", 4, Changed::Reacted("👍".into())),
        sign("s2", 5, Changed::Reacted("❤".into())),
        change("s3", "<1>", None, 6, Changed::Reacted("🙏".into())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_way_changes_come_the_same_is_shown(
        order in Just((0..7).chain(0..7).collect::<Vec<usize>>()).prop_shuffle(),
        cuts in prop::collection::vec(1_usize..5, 1..8),
        taken_back in any::<bool>(),
    ) {
        let mut world = World::new();
        let mut events = story();
        if taken_back {
            events[3] = change("d", "<1>", Some(SOFIE), 7, Changed::Deleted);
        }
        let received: Vec<Received> =
            order.iter().map(|place| chat(&world, vec![events[*place].clone()])).collect();
        let (mut batches, mut rest) = (Vec::new(), received.as_slice());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            batches.push(now.to_vec());
            rest = later;
        }
        settle(&mut world, batches);
        let changes: MessageChanges = world.changes_of("<1>");
        prop_assert_eq!(world.conversations.len(), 1);
        prop_assert_eq!(words(&world), if taken_back { "" } else { "Where is my table?" });
        prop_assert_eq!(changes.original.as_deref(), Some("Where is my lamp?"));
        let edits: Vec<(Ts, &str)> = changes.edits.iter().map(|edit| (edit.at, edit.text.as_str())).collect();
        prop_assert_eq!(edits, [(at(1), "Where is my chair?"), (at(2), "Where is my table?")]);
        let signs: Vec<&str> = changes.shown_signs().map(|sign| sign.sign.as_str()).collect();
        prop_assert!(signs.contains(&"❤") && signs.contains(&"🙏") && signs.len() == 2, "{:?}", signs);
        prop_assert_eq!(changes.taken_back_at, taken_back.then(|| at(7)));
    }
}

fn status(ids: &[&str], until: Option<Watermark>) -> Inbound {
    let status = StatusUpdate {
        message_ids: ids.iter().map(ToString::to_string).collect(),
        state: DeliveryState::Read,
        until,
        and_before: false,
        reason: None,
        recipients: Vec::new(),
        report: None,
    };
    told("status", 5, InboundEvent::Status(status))
}

#[test]
fn news_of_what_is_not_known_yet_waits_under_every_id() {
    let mut world = World::new();
    let batch = place(&mut world, vec![status(&["<1>", "", "command"], None)]);
    let waits: Vec<&str> = batch.early.iter().map(|news| news.key.as_str()).collect();
    assert_eq!((waits, batch.statuses.len()), (vec!["<1>", "command"], 0));
    let batch = place(&mut world, vec![first()]);
    assert_eq!(world.called_back(&batch).len(), 1);
    let batch = place(&mut world, vec![status(&["<1>", "command"], None)]);
    let [(_, _, news)] = batch.statuses.as_slice() else { panic!("it is found") };
    assert_eq!((news.ids.as_slice(), news.at), (&["command".to_owned()][..], at(5)));
    assert!(batch.early.is_empty());
    // Behind what it is about, or before it, in one batch.
    let second = mail("<2>", SOFIE).inbound();
    let batch = place(&mut world, vec![status(&["<2>"], None), second]);
    assert_eq!((batch.statuses.len(), batch.early.len()), (1, 0));
}

#[test]
fn a_watermark_is_about_whoever_is_known() {
    let mut world = World::new();
    place(&mut world, vec![first()]);
    let until = |who: &str| Some(Watermark { recipient: email(who), at: at(60).datetime() });
    let batch = place(&mut world, vec![status(&[], until(SOFIE)), status(&[], until(STRANGER))]);
    let [reach] = batch.reached.as_slice() else { panic!("one is known") };
    assert_eq!((reach.channel_id, reach.state, reach.until), (world.cast.chat.id, Delivery::Read, at(61)));
    assert_eq!(reach.contact_id, world.conversations[0].contact_id);
    assert!(batch.early.is_empty() && batch.statuses.is_empty());
}

fn phone(digits: &str) -> Identity {
    Identity { kind: "phone".into(), value: format!("+{digits}") }
}

/// The platform vouches for the sender, and for this number beside the name.
fn vouched(id: &str, from: &str, digits: &str) -> Mail {
    let mut mail = mail(id, from);
    mail.message.trust = Trust::Proved;
    mail.message.also_known_as = vec![phone(digits)];
    mail
}

#[test]
fn names_that_a_platform_vouches_for_are_added() {
    let mut world = World::new();
    let batch = place(&mut world, vec![vouched("<1>", SOFIE, "49151").inbound()]);
    let [name] = batch.names.as_slice() else { panic!("one name") };
    assert_eq!((name.id, name.value.as_str(), name.proved), (batch.contacts[0].id, "+49151", true));
    assert_eq!(kinds(&batch), [EventKind::MessageReceived], "of somebody new it is nothing to tell");
    let again = place(&mut world, vec![vouched("<2>", SOFIE, "49151").inbound()]);
    assert!(again.names.is_empty());
    let another = place(&mut world, vec![vouched("<3>", SOFIE, "49152").inbound()]);
    assert_eq!((another.names.len(), kinds(&another)[0]), (1, EventKind::AlsoKnownAs));
    // Whoever only says so has no other name by it.
    let mut claimed = vouched("<4>", "noor@example.com", "49153");
    claimed.message.trust = Trust::Claimed;
    assert!(place(&mut world, vec![claimed.inbound()]).names.is_empty());
}

#[test]
fn a_name_of_another_customer_stays_theirs() {
    let mut world = World::new();
    let batch = place(&mut world, vec![vouched("<1>", SOFIE, "49151").inbound()]);
    let sofie = batch.contacts[0].id;
    let batch = place(&mut world, vec![vouched("<2>", "noor@example.com", "49151").inbound()]);
    assert!(batch.names.is_empty());
    assert_ne!(batch.contacts[0].id, sofie);
    let told: Vec<_> = batch.events.iter().filter(|event| event.kind == EventKind::AlsoKnownAs).collect();
    assert_eq!((told.len(), told[0].data["other"].as_str()), (1, Some(sofie.to_string().as_str())));
    let next = vouched("<3>", "noor@example.com", "49151").replies_to(&["<2>"]).inbound();
    let next = place(&mut world, vec![next]);
    assert_eq!(kinds(&next), [EventKind::MessageReceived], "once a conversation is enough");
}

#[test]
fn who_goes_by_another_name_is_the_same_customer() {
    let mut world = World::new();
    place(&mut world, vec![first()]);
    let sofie = world.conversations[0].contact_id;
    let renamed = |old: &str, new: &str| {
        told("r", 5, InboundEvent::Renamed(Renaming { old: email(old), new: email(new), threads: None }))
    };
    let batch = place(&mut world, vec![renamed(SOFIE, "sofie.k@example.com")]);
    let [name] = batch.names.as_slice() else { panic!("one name") };
    assert_eq!((name.id, batch.events[0].kind), (sofie, EventKind::AlsoKnownAs));
    assert_eq!(batch.events[0].conversation_id, Some(world.conversations[0].id));
    let next = mail("<2>", "sofie.k@example.com").replies_to(&["<1>"]).inbound();
    let batch = place(&mut world, vec![next, edit("e", "sofie.k@example.com", 9, "Where is my chair?")]);
    assert!(batch.contacts.is_empty() && world.conversations.len() == 1);
    assert_eq!(words(&world), "Where is my chair?", "it is the writer, by another name");
    // Of somebody unknown there is nothing to know.
    let batch = place(&mut world, vec![renamed(STRANGER, "mal@example.net")]);
    assert!(batch.names.is_empty() && batch.events.is_empty());
}

#[test]
fn who_is_masked_never_gets_another_name() {
    let mut world = World::new();
    for kind in ["amazon", "ebay", "mirakl"] {
        world.cast.chat.kind = kind.to_owned();
        let renamed = Renaming { old: email(SOFIE), new: phone("49152"), threads: None };
        let batch = place(
            &mut world,
            vec![vouched(&format!("<{kind}>"), SOFIE, "49151").inbound(), told("r", 5, InboundEvent::Renamed(renamed))],
        );
        assert!(batch.names.is_empty(), "{kind}");
        assert_eq!(batch.messages.len(), 1, "what they write is taken in all the same");
    }
}
