//! What keeps machines from answering each other.

use std::sync::Arc;
use std::time::Duration;

use resolute::inbox::settle::{Finished, Proposal, Returned, Understood, settle};
use resolute::inbox::{care, merge};
use resolute::model::RawEventId;
use resolute::model::agent_run::{AgentRun, HandOffPacket};
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::message::Trust;
use resolute::model::teammate::Role;
use resolute::policy::Policy;
use resolute::store::raw_events::{self, NewRawEvent};
use resolute::store::{Db, approvals, brands, conversations, messages, teammates, voice_scores};
use serde_json::json;

use crate::mail_path::answer;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::{done_run, saying};
use crate::support::forms::page;
use crate::support::setup::MAIL_SERVER;
use crate::support::smtp::SmtpDouble;
use crate::support::stand::Stand;

/// A mail of somebody.
pub(crate) fn mail(number: usize, from: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: help@fjord.example\r\nSubject: Where is FJ-20417?\r\nMessage-ID: <{number}@robot.example>\r\n\
         \r\nThis is mail {number}.\r\n"
    )
    .into_bytes()
}

async fn newest(desk: &TestDesk) -> Conversation {
    desk.drain().await;
    desk.newest().await
}

/// The agent returns something that may go out by itself.
pub(crate) async fn agent_returns(desk: &TestDesk, talk: &Conversation, result: Returned) {
    Box::pin(agent_settles(desk, talk, result)).await;
    desk.drain().await;
    desk.desk.clock.advance(Duration::from_mins(1));
}

/// The same, and nothing has left yet.
pub(crate) async fn agent_settles(desk: &TestDesk, talk: &Conversation, result: Returned) {
    let inbox = desk.desk.inbox();
    let run = AgentRun { outcome: None, ..done_run(&desk.desk.clock, talk) };
    let finished = Finished { run, understood: Understood::default(), result };
    let mut tx = desk.desk.db.begin().await.unwrap();
    // Only what is returned here may go out alone: the mails themselves call no agent.
    let brand = brands::get_in(&mut tx, talk.brand_id).await.unwrap();
    brands::update(&mut tx, &Brand { agent_level: AgentLevel::Auto, ..brand.clone() }).await.unwrap();
    assert!(settle(&inbox, &mut tx, &finished).await.unwrap(), "nothing came in between");
    brands::update(&mut tx, &brand).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) fn reply() -> Returned {
    Returned::Reply(Box::new(Proposal {
        document: saying("It is on its way."),
        intent: "where_is_order".to_owned(),
        language: "en".to_owned(),
        confidence: 0.9,
        reasons: Vec::new(),
        needs: Role::Teammate,
        likeness: "a".to_owned(),
        disclosure: None,
        policy: Arc::new(Policy::default()),
    }))
}

pub(crate) fn hand_over() -> Returned {
    Returned::HandOff {
        reason: "Not clear.".to_owned(),
        packet: HandOffPacket::default(),
        notice: Some("A colleague looks at it.".to_owned()),
    }
}

/// Why a person is asked about the waiting draft of a conversation.
async fn reasons(db: &Db, talk: &Conversation) -> Vec<String> {
    let pending = approvals::pending_of(db, talk.id).await.unwrap();
    pending.map(|approval| approval.reasons.0).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_that_answers_every_answer_ends_at_a_person() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        for number in 0..8 {
            assert_eq!(desk.post_mail(&mail(number, "robot@robot.example")).await.status, 200);
            let talk = newest(&desk).await;
            Box::pin(agent_returns(&desk, &talk, reply())).await;
        }
        assert_eq!(smtp.taken().len(), 5);
        assert!(smtp.taken().iter().all(|sent| sent.header("Auto-Submitted") == "auto-replied"));
        let talk = newest(&desk).await;
        assert!(reasons(&desk.desk.db, &talk).await[0].contains("without a person"));

        // The next day it is a customer again.
        desk.desk.clock.advance(Duration::from_hours(25));
        assert_eq!(desk.post_mail(&mail(9, "robot@robot.example")).await.status, 200);
        let talk = newest(&desk).await;
        Box::pin(agent_returns(&desk, &talk, reply())).await;
        assert_eq!(smtp.taken().len(), 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_buyer_is_no_address_of_a_machine() {
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["ebay"]).await;
        let (desk, line) = (&stand.desk, stand.line());
        for (number, name) in ["bouncehouse24", "postmaster_x"].into_iter().enumerate() {
            stand.pass(Duration::from_secs(10)).await;
            stand.platforms.together.ebay().write(name, &format!("11000000000{number}"), "Where is it?");
            stand.look(line).await;
            let talk = newest(desk).await;
            assert_eq!(messages::list(&desk.desk.db, talk.id, 1).await.unwrap()[0].sender_address, name);
            Box::pin(agent_returns(desk, &talk, reply())).await;
            let asks = reasons(&desk.desk.db, &talk).await;
            assert_eq!(asks, ["eBay takes replies from people only. A person has to send it."], "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_alone_sends_nothing() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let db = &desk.desk.db;
        let mut talks = Vec::new();
        for (number, from) in [(1, "ann@post.example"), (2, "bea@post.example")] {
            assert_eq!(desk.post_mail(&mail(number, from)).await.status, 200);
            talks.push(newest(&desk).await);
            desk.desk.clock.advance(Duration::from_mins(1));
        }
        let teammate = teammates::find(db, desk.setup.teammate).await.unwrap().unwrap();
        let both = (talks[0].id, talks[1].id);
        merge::merge(&desk.desk.inbox(), both, true, &teammate).await.unwrap();
        let target = talks[1].number;
        for result in [reply(), hand_over()] {
            let talk = desk.talk(target).await;
            Box::pin(agent_returns(&desk, &talk, result)).await;
            assert!(smtp.taken().is_empty(), "{:?}", smtp.taken());
        }
        let talk = desk.talk(target).await;
        Box::pin(agent_returns(&desk, &talk, reply())).await;
        assert_eq!(reasons(db, &talk).await, ["two conversations were merged"]);

        let more = "In-Reply-To: <2@robot.example>\r\n";
        let raw = crate::mail_path::mail("c@post.example", "bea@post.example", "Where is it?", more, "Still nothing.");
        assert_eq!(desk.post_mail(&raw).await.status, 200);
        let talk = newest(&desk).await;
        assert_eq!(talk.number, target);
        Box::pin(agent_returns(&desk, &talk, reply())).await;
        assert_eq!(smtp.taken().len(), 1, "who has written since waits for an answer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_by_itself_to_spam_and_to_those_who_take_no_replies() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        assert_eq!(desk.post_mail(&mail(1, "no-reply@shop.example")).await.status, 200);
        let machine = newest(&desk).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        let raw = NewRawEvent {
            id: desk.desk.clock.new_id::<RawEventId>(),
            job_id: desk.desk.clock.new_id(),
            channel_id: desk.setup.channel,
            external_id: "2@robot.example".to_owned(),
            origin: "junk",
            body: mail(2, "friend@spam.example").into(),
            received_at: desk.desk.clock.now(),
        };
        let mut tx = desk.desk.db.begin().await.unwrap();
        raw_events::insert(&mut tx, &[raw]).await.unwrap();
        tx.commit().await.unwrap();
        let spam = newest(&desk).await;
        assert_ne!(spam.id, machine.id);
        desk.desk.clock.advance(Duration::from_mins(1));
        let checked = format!("Authentication-Results: {MAIL_SERVER}; dmarc=fail header.from=post.example\r\n");
        let forged = [checked.as_bytes(), &mail(3, "sofie@post.example")].concat();
        assert_eq!(desk.post_mail(&forged).await.status, 200);
        let forged = newest(&desk).await;
        assert_eq!(messages::list(&desk.desk.db, forged.id, 1).await.unwrap()[0].trust, Trust::Failed);
        for talk in [&machine, &spam, &forged] {
            Box::pin(agent_returns(&desk, talk, hand_over())).await;
            let talk = conversations::find(&desk.desk.db, talk.id).await.unwrap().unwrap();
            Box::pin(agent_returns(&desk, &talk, reply())).await;
            assert!(!reasons(&desk.desk.db, &talk).await.is_empty(), "a person may still send it");
        }
        assert!(smtp.taken().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_by_itself_to_a_mail_without_an_address() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        assert_eq!(desk.post_mail(&mail(1, "Sofie Keller <>")).await.status, 200);
        let talk = newest(&desk).await;
        Box::pin(agent_returns(&desk, &talk, hand_over())).await;
        let history = messages::list(&desk.desk.db, talk.id, 9).await.unwrap();
        assert_eq!(history.len(), 1, "no notice is written that could never leave: {history:?}");
        assert!(smtp.taken().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_not_told_that_a_person_answers_is_told_with_the_next_word() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let more =
            |number| [b"In-Reply-To: <1@robot.example>\r\n", mail(number, "sofie@post.example").as_slice()].concat();
        let silent = Returned::HandOff {
            reason: "The model is away.".to_owned(),
            packet: HandOffPacket::default(),
            notice: None,
        };
        for (number, result, told) in [(1, silent, 0), (2, hand_over(), 1), (3, hand_over(), 1)] {
            assert_eq!(desk.post_mail(&more(number)).await.status, 200);
            let talk = newest(&desk).await;
            Box::pin(agent_returns(&desk, &talk, result)).await;
            assert_eq!(smtp.taken().len(), told, "mail {number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_told_once_that_a_person_answers_until_one_has() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let told = || smtp.taken().iter().filter(|sent| sent.raw.contains("A colleague looks at it.")).count();
        let more =
            |number| [b"In-Reply-To: <1@robot.example>\r\n", mail(number, "sofie@post.example").as_slice()].concat();
        for number in 1..=3 {
            assert_eq!(desk.post_mail(&more(number)).await.status, 200);
            let talk = newest(&desk).await;
            Box::pin(agent_returns(&desk, &talk, hand_over())).await;
            assert_eq!(told(), 1, "mail {number}");
        }
        let talk = newest(&desk).await;
        let timeline = desk.timeline(talk.number).await;
        let asked = timeline.lines().filter(|line| line.starts_with("event") && line.contains("handed_off"));
        assert_eq!(asked.count(), 1, "{timeline}");
        let since = desk.desk.clock.now().minus(Duration::from_hours(1));
        let writers = voice_scores::writers(&desk.desk.db, desk.setup.brand, since).await.unwrap();
        let scored: Vec<_> = writers.iter().map(|writer| (writer.teammate_id, writer.replies)).collect();
        assert_eq!(scored, [(None, 1)], "what the desk says by itself is scored like a reply of the agent");

        let path = format!("/api/v1/conversations/{}/messages", talk.number);
        let posted = desk.api().post_json(&path, &json!({ "body": "It left today." })).await.unwrap();
        assert_eq!(posted.status, 201, "{}", posted.text());
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(1));
        assert_eq!(desk.post_mail(&more(4)).await.status, 200);
        let talk = newest(&desk).await;
        Box::pin(agent_returns(&desk, &talk, hand_over())).await;
        assert_eq!(told(), 2, "what comes after an answer is another matter");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_teammate_has_answered_by_hand_the_agent_sends_nothing_alone_until_the_case_is_done() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let db = &desk.desk.db;
        let by_the_agent = || smtp.taken().iter().filter(|sent| sent.raw.contains("It is on its way.")).count();
        let more =
            |number| [b"In-Reply-To: <1@robot.example>\r\n", mail(number, "sofie@post.example").as_slice()].concat();
        let teammate = teammates::find(db, desk.setup.teammate).await.unwrap().unwrap();
        for (number, sent) in [(1, 1), (2, 1), (3, 2)] {
            assert_eq!(desk.post_mail(&more(number)).await.status, 200);
            let talk = newest(&desk).await;
            Box::pin(agent_returns(&desk, &talk, reply())).await;
            assert_eq!(by_the_agent(), sent, "mail {number}");
            let asked: &[&str] = if number == 2 { &["a teammate has answered here by hand"] } else { &[] };
            assert_eq!(reasons(db, &talk).await, asked, "mail {number}");
            match number {
                1 => answer(&desk, talk.number, "I look for it.").await,
                _ => care::resolve(&desk.desk.inbox(), talk.id, &teammate, None).await.unwrap(),
            }
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_mins(1));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_the_provider_answers_waits_for_a_person_and_for_no_machine() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &["sms"]).await;
        let number = stand.asks(stand.line(), 1, "CANCEL").await;
        for _ in 0..2 {
            stand.pass(Duration::from_mins(5)).await;
        }
        let talk = stand.desk.talk(number).await;
        assert_eq!(
            (talk.status, talk.unread),
            (ConversationStatus::Open, true),
            "{}",
            stand.desk.timeline(number).await
        );
        assert!(stand.platforms.sent(stand.line()).is_empty());
        let path = format!("/conversations/{number}?view=all");
        let shown = page(&mut stand.desk.browser().await, &path).await;
        assert!(shown.contains("Answered by the provider") && !shown.contains("Sent to many at once"), "{shown}");
    }
}
