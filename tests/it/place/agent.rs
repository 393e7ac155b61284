//! What a message does to its conversation, and when the agent is called.

use channel_contract::inbound::{Automatic, FileContent, FileReference, Trust};
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::{ConversationId, Ts};

use super::mails::mail;
use super::world::{DEBOUNCE, World, kinds};
use crate::support::cast::{NOW, at};

const SOFIE: &str = "sofie@example.com";

/// A world in which Sofie has written once.
fn asked() -> (World, ConversationId) {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let home = world.home_of("<1>").unwrap();
    (world, home)
}

fn resolve(world: &mut World, home: ConversationId) {
    let talk = world.talk(home);
    talk.status = ConversationStatus::Resolved;
    talk.resolved_at = Some(NOW);
    talk.agent_state = AgentState::Idle;
    talk.unread = false;
    talk.due_at = None;
}

#[test]
fn the_agent_is_called_after_a_moment_of_quiet() {
    let mut world = World::new();
    let batch = world.receive(&[mail("<1>", SOFIE)]);
    let [job] = batch.jobs.as_slice() else { panic!("one job") };
    let home = world.home_of("<1>").unwrap();
    assert_eq!((job.kind, job.run_at, job.conversation_id), (JobKind::AgentRun, NOW.plus(DEBOUNCE), Some(home)));
    assert_eq!(job.dedup_key, Some(home.to_string()));
    assert_eq!(job.payload["conversation"], home.to_string());
    assert_eq!(batch.conversations[0].agent_state, AgentState::Writing);
}

#[test]
fn the_agent_is_not_called_where_the_brand_has_switched_it_off() {
    let mut world = World::new();
    world.cast.brand.agent_level = AgentLevel::Off;
    let batch = world.receive(&[mail("<1>", SOFIE)]);
    assert!(batch.jobs.is_empty());
    assert_eq!(batch.conversations[0].agent_state, AgentState::Idle);
}

#[test]
fn an_answer_opens_a_resolved_conversation_again() {
    let (mut world, home) = asked();
    resolve(&mut world, home);
    world.cast.clock.advance(std::time::Duration::from_mins(1));
    let batch = world.receive(&[mail("<2>", SOFIE).replies_to(&["<1>"])]);
    let talk = world.talk(home);
    assert_eq!((talk.status, talk.resolved_at, talk.unread), (ConversationStatus::Open, None, true));
    assert_eq!(talk.due_at, Some(at(60 + 8 * 3_600)));
    assert_eq!((talk.last_message_at, talk.last_inbound_at), (at(60), Some(at(60))));
    assert_eq!(batch.jobs.len(), 1);
}

#[test]
fn a_second_question_does_not_move_the_time_of_the_answer() {
    let (mut world, home) = asked();
    let due: Option<Ts> = world.talk(home).due_at;
    world.cast.clock.advance(std::time::Duration::from_mins(10));
    world.receive(&[mail("<2>", SOFIE).replies_to(&["<1>"])]);
    assert_eq!(world.talk(home).due_at, due);
}

#[test]
fn an_automatic_answer_neither_opens_anything_nor_calls_the_agent() {
    let (mut world, home) = asked();
    resolve(&mut world, home);
    let away = mail("<2>", SOFIE).replies_to(&["<1>"]).automatic(Automatic::AutoReply).says("I am away");
    let batch = world.receive(&[away]);
    assert_eq!(batch.messages.len(), 1, "it is shown");
    assert_eq!(batch.messages[0].automatic, Automatic::AutoReply.into());
    assert!(batch.jobs.is_empty());
    let talk = world.talk(home);
    assert_eq!((talk.status, talk.resolved_at, talk.unread), (ConversationStatus::Resolved, Some(NOW), false));
    assert_eq!((talk.revision, talk.gist.as_str()), (1, "Where is my order?"), "a draft for it stays good");
}

#[test]
fn what_a_program_of_the_shop_sends_answers_nobody() {
    for automatic in [Automatic::AutoReply, Automatic::Bulk] {
        let (mut world, home) = asked();
        let before = world.talk(home).clone();
        let shipped = mail("<2>", "help@fjell.example").to(&[SOFIE]).replies_to(&["<1>"]).sent().automatic(automatic);
        let batch = world.receive(&[shipped.says("Your parcel is on its way")]);
        assert_eq!(batch.messages.len(), 1, "it is shown");
        assert!(batch.answered_elsewhere.is_empty());
        let after = world.talk(home);
        assert_eq!((after.due_at, after.status, after.revision), (before.due_at, before.status, before.revision));
        assert_eq!((after.clocks, after.agent_state), (before.clocks, before.agent_state));
    }
}

#[test]
fn a_bulk_mail_never_calls_the_agent() {
    let (mut world, _) = asked();
    let list = mail("<2>", "news@list.example").automatic(Automatic::Bulk);
    let batch = world.receive(&[list, mail("<3>", SOFIE).replies_to(&["<1>"]).automatic(Automatic::Bulk)]);
    assert_eq!(batch.messages.len(), 2);
    assert!(batch.jobs.is_empty());
    assert!(batch.messages.iter().all(|message| message.automatic == Automatic::Bulk.into()));
}

#[test]
fn what_a_machine_begins_is_kept_and_shown_and_is_no_work() {
    for automatic in [Automatic::AutoReply, Automatic::Bulk] {
        let mut world = World::new();
        let batch = world.receive(&[mail("<1>", SOFIE).automatic(automatic)]);
        assert!(batch.jobs.is_empty());
        let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
        assert_eq!((talk.status, talk.agent_state), (ConversationStatus::Resolved, AgentState::Idle));
        assert_eq!((talk.due_at, talk.unread, talk.resolved_at), (None, false, Some(NOW)));
        assert_eq!(kinds(&batch), [EventKind::MessageReceived, EventKind::Resolved]);
        // Whoever answers there is heard.
        let batch = world.receive(&[mail("<2>", SOFIE).replies_to(&["<1>"])]);
        assert_eq!((batch.conversations[0].status, batch.jobs.len()), (ConversationStatus::Open, 1));
    }
}

#[test]
fn a_mass_mail_about_an_order_is_work() {
    let mut world = World::new();
    let relayed = mail("<1>", SOFIE).automatic(Automatic::Bulk).says("A question about order FJ-20417");
    let batch = world.receive(&[relayed]);
    assert_eq!(batch.conversations[0].status, ConversationStatus::Open);
    assert!(batch.conversations[0].due_at.is_some() && batch.jobs.is_empty());
}

#[test]
fn what_comes_from_another_mailbox_of_the_desk_is_answered_by_no_machine() {
    let mut world = World::new();
    let batch = world.receive(&[mail("<1>", "trade@fjell.example")]);
    assert!(batch.jobs.is_empty());
    assert_eq!(batch.conversations[0].status, ConversationStatus::Open, "a person sees it");
}

#[test]
fn what_a_teammate_sent_elsewhere_answers_the_conversation() {
    let (mut world, home) = asked();
    let sent = mail("<2>", "help@fjell.example").to(&[SOFIE]).replies_to(&["<1>"]).sent();
    let batch = world.receive(&[sent]);
    let talk = world.talk(home).clone();
    assert_eq!((talk.status, talk.due_at, talk.agent_state), (ConversationStatus::Waiting, None, AgentState::Idle));
    assert_eq!((talk.revision, talk.gist.as_str()), (2, "Where is my order?"));
    assert_eq!(batch.answered_elsewhere, [home], "waiting drafts are void");
    assert!(batch.jobs.is_empty());
    let [message] = batch.messages.as_slice() else { panic!("one message") };
    assert_eq!((message.direction, message.author), (Direction::Outbound, MessageAuthor::Teammate));
    assert_eq!((message.delivery, message.sent_at, message.contact_id), (Some(Delivery::Sent), Some(NOW), None));
    assert_eq!(kinds(&batch), [EventKind::MessageQueued]);
    assert!(batch.contacts.is_empty(), "the customer is the one who was written to");
}

#[test]
fn an_answer_in_the_same_batch_needs_no_agent() {
    let mut world = World::new();
    let sent = mail("<2>", "help@fjell.example").to(&[SOFIE]).replies_to(&["<1>"]).sent();
    let batch = world.receive(&[mail("<1>", SOFIE), sent.clone()]);
    assert_eq!(batch.conversations.len(), 1);
    assert_eq!(batch.conversations[0].status, ConversationStatus::Waiting);
    assert!(batch.jobs.is_empty(), "nobody waits for an answer");
    let batch = world.receive(&[mail("<3>", SOFIE).replies_to(&["<2>"]), mail("<4>", SOFIE)]);
    assert_eq!(batch.jobs.len(), 2, "but the next question has one");
}

#[test]
fn an_answer_in_the_same_batch_leaves_the_customers_file_to_be_fetched() {
    let mut world = World::new();
    let mut asked = mail("<1>", SOFIE).with_file("buckle.png", b"");
    let reference = FileReference { key: "media 1".into(), sha256: None, size: None };
    asked.message.attachments[0].content = FileContent::Elsewhere(reference);
    let sent = mail("<2>", "help@fjell.example").to(&[SOFIE]).replies_to(&["<1>"]).sent();
    let batch = world.receive(&[asked, sent]);
    assert_eq!(batch.jobs.iter().map(|job| job.kind).collect::<Vec<_>>(), [JobKind::FetchFile]);
}

#[test]
fn a_teammate_may_begin_a_conversation_and_the_customer_goes_on() {
    let mut world = World::new();
    let sent = mail("<1>", "help@fjell.example").to(&[SOFIE]).says("Your parcel is late").sent();
    let batch = world.receive(&[sent]);
    let [talk] = batch.conversations.as_slice() else { panic!("one conversation") };
    assert_eq!(
        (talk.status, talk.unread, talk.gist.as_str()),
        (ConversationStatus::Waiting, false, "Your parcel is late")
    );
    assert_eq!((talk.last_inbound_at, talk.contact_name.as_str()), (None, SOFIE), "her own name is not known yet");
    world.receive(&[mail("<2>", SOFIE).replies_to(&["<1>"])]);
    assert_eq!(world.home_of("<2>"), world.home_of("<1>"));
}

#[test]
fn a_sent_mail_without_recipients_makes_no_customer_of_the_shop() {
    let mut world = World::new();
    let sent = |id: &str| mail(id, "help@fjell.example").sent();
    let batch = world.receive(&[sent("<1>"), sent("<2>")]);
    assert_eq!(batch.contacts.len(), 2);
    assert!(batch.contacts.iter().all(|contact| contact.value.is_empty() && contact.name == "Unknown recipient"));
}

#[test]
fn who_took_over_is_left_alone_until_it_is_resolved() {
    let (mut world, home) = asked();
    world.talk(home).taken_over = true;
    world.talk(home).agent_state = AgentState::Idle;
    let batch = world.receive(&[mail("<2>", SOFIE).replies_to(&["<1>"])]);
    assert!(batch.jobs.is_empty());
    assert_eq!(world.talk(home).agent_state, AgentState::Idle);
    resolve(&mut world, home);
    let batch = world.receive(&[mail("<3>", SOFIE).replies_to(&["<1>"]), mail("<4>", SOFIE).replies_to(&["<1>"])]);
    assert_eq!(batch.jobs.len(), 1);
    assert!(!world.talk(home).taken_over);
}

#[test]
fn how_well_a_sender_is_proved_is_kept() {
    let mut world = World::new();
    for (id, from, trust) in [
        ("<1>", "a@example.com", Trust::Proved),
        ("<2>", "b@example.com", Trust::Claimed),
        ("<3>", "c@example.com", Trust::Failed),
    ] {
        let mut mail = mail(id, from);
        mail.message.trust = trust;
        let batch = world.receive(&[mail]);
        assert_eq!(batch.messages[0].trust, trust.into());
        assert_eq!(batch.contacts[0].proved, trust == Trust::Proved);
    }
}

#[test]
fn who_is_known_can_be_proved_later_but_not_by_what_we_wrote_to_them() {
    let mut world = World::new();
    world.receive(&[mail("<1>", SOFIE)]);
    let mut proved = mail("<2>", SOFIE);
    proved.message.trust = Trust::Proved;
    let batch = world.receive(&[proved]);
    assert!(batch.contacts.is_empty());
    assert_eq!(batch.proved.iter().map(|identity| identity.value.as_str()).collect::<Vec<_>>(), [SOFIE]);

    let mut sent = mail("<3>", "help@fjell.example").to(&["new@example.com"]).sent();
    sent.message.trust = Trust::Proved;
    let batch = world.receive(&[sent]);
    assert!(batch.proved.is_empty() && !batch.contacts[0].proved);
}
