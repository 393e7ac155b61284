//! A code to the address of an order, from the question to what it opens, and what it never opens.

use std::time::Duration;

use resolute::inbox::notify::Mailed;
use resolute::inbox::{InboxError, identity_checks as checks, merge};
use resolute::jobs::upkeep;
use resolute::model::brand::AgentLevel;
use resolute::model::event::{Event, EventKind};
use resolute::model::identity_check::{CheckState, IdentityCheck};
use resolute::model::order::{KnownOrder, OrderQuery, OrderStatus};
use resolute::store::versions::{self, Kind, NewVersion};
use resolute::store::{events, identity_checks, people, teammates};
use serde_json::json;

use crate::brands::shop;
use crate::mail_path::{last_message, mail, receive};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{said, send};
use crate::support::setup::MAIL_SERVER;
use crate::support::smtp::{SmtpDouble, Taken};
use crate::support::stores::write;

/// An order of Oliver Grant’s that has not left.
const NUMBER: &str = "FJ-20427";
const OWNER: &str = "oliver.grant@example.net";
/// Under which address he writes.
const PRIVATE: &str = "oliver@private.example";

async fn desk(engine: Engine, level: AgentLevel, smtp: &SmtpDouble) -> TestDesk {
    let wish = Wish { agent_level: level, may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
    let desk = TestDesk::start(wish).await;
    shop(&desk, desk.setup.brand).await;
    desk.desk.clock.advance(Duration::from_mins(1));
    desk
}

async fn order(desk: &TestDesk) -> KnownOrder {
    let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
    shops.find(&OrderQuery::Number(NUMBER.to_owned())).await.unwrap().remove(0)
}

/// Somebody writes from the private address in their conversation.
async fn writes(desk: &TestDesk, id: &str, more: &str, text: &str) -> i64 {
    desk.desk.clock.advance(Duration::from_secs(20));
    let raw = mail(&format!("{id}@private.example"), PRIVATE, "My order", more, text);
    Box::pin(receive(desk, &raw)).await
}

/// The same, as an answer within it.
async fn answers(desk: &TestDesk, id: &str, more: &str, text: &str) -> i64 {
    writes(desk, id, &format!("In-Reply-To: <m1@private.example>\r\n{more}"), text).await
}

/// A teammate asks for a code; what the page says then.
async fn asks(desk: &TestDesk, number: i64) -> String {
    let (known, mut browser) = (order(desk).await, desk.browser().await);
    let named = format!("{}:{}", known.source_id, known.order.id);
    let answer = send(&mut browser, &format!("/conversations/{number}/identity-checks"), &[("order", &named)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    desk.drain().await;
    said(&answer)
}

/// The newest mail to the order's address, and the code in it.
fn code_in(smtp: &SmtpDouble) -> (Taken, String) {
    let all = smtp.taken();
    let mail = all.into_iter().rfind(|mail| mail.to == [OWNER]).expect("a mail to the order's address");
    let code = mail.body().split("Your code: ").nth(1).and_then(|rest| rest.get(..6)).expect("a code").to_owned();
    (mail, code)
}

async fn newest(desk: &TestDesk, number: i64) -> IdentityCheck {
    identity_checks::list_of(&desk.desk.db, desk.talk(number).await.id).await.unwrap().remove(0)
}

/// What the timeline tells of checks.
async fn noted(desk: &TestDesk, number: i64) -> Vec<Event> {
    let talk = desk.talk(number).await;
    let kind = EventKind::IdentityChecked;
    write(&desk.desk.db, async |tx| events::list_of_kind(tx, talk.id, kind, talk.created_at).await).await
}

fn what(told: &[Event]) -> Vec<&str> {
    told.iter().map(|event| event.data.0["what"].as_str().unwrap()).collect()
}

/// Another code than this.
fn not(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_brings_the_code_to_a_teammate_has_the_address_of_the_order() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Off, &smtp).await;
        let number = writes(&desk, "m1", "", "Please cancel FJ-20427.").await;
        assert!(asks(&desk, number).await.starts_with('i'));
        let told = last_message(&desk, number).await["body"].as_str().unwrap().to_owned();
        assert!(told.contains("o…@e…") && !told.contains("grant"), "{told}");
        let (letter, code) = code_in(&smtp);
        assert!(!letter.header("Subject").contains(&code) && letter.body().contains(NUMBER), "{}", letter.raw);
        let check = newest(&desk, number).await;
        assert_eq!((check.state, check.address.as_str()), (CheckState::Sent, OWNER));
        assert!(!check.code_hash.contains(&code));

        let (first, second) = code.split_at(3);
        answers(&desk, "m2", "", &format!("Hello, my code is {first} {second}. Thanks!")).await;
        assert_eq!(last_message(&desk, number).await["body"], "Hello, my code is ••••••. Thanks!");
        let talk = desk.talk(number).await;
        assert!(!talk.gist.contains(first), "{}", talk.gist);
        let check = newest(&desk, number).await;
        assert_eq!((check.state, check.code_hash.as_str(), check.address.as_str()), (CheckState::Proved, "", ""));
        let names = people::identities(&desk.desk.db, talk.contact_id).await.unwrap();
        assert!(names.iter().any(|name| name.value == OWNER && name.proved), "{names:?}");
        let told = noted(&desk, number).await;
        assert_eq!(what(&told), ["asked", "proved"], "{engine:?}");
        assert!(told.iter().all(|event| !event.data.0.to_string().contains(&code)));
        let shown = desk.timeline(number).await;
        assert!(!shown.contains(&code) && !shown.contains(&format!("{first} {second}")), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_again_before_the_code_leaves_has_asked_once() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Off, &smtp).await;
        let number = writes(&desk, "m1", "", "Please cancel FJ-20427.").await;
        let (known, talk) = (order(&desk).await, desk.talk(number).await.id);
        let by = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        let inbox = desk.desk.inbox();
        for _ in 0..3 {
            Box::pin(checks::ask_by_hand(&inbox, talk, &known, &by)).await.unwrap();
        }
        let mut other = known.clone();
        "another".clone_into(&mut other.order.id);
        let refused = Box::pin(checks::ask_by_hand(&inbox, talk, &other, &by)).await;
        assert!(matches!(&refused, Err(InboxError::Conflict(words)) if words.contains(NUMBER)), "{refused:?}");
        desk.drain().await;
        let mails = |to: &str| smtp.taken().into_iter().filter(|mail| mail.to == [to]).count();
        assert_eq!((mails(PRIVATE), mails(OWNER)), (1, 1), "{engine:?}");
        assert_eq!(what(&noted(&desk, number).await), ["asked"]);
        assert_eq!(newest(&desk, number).await.state, CheckState::Sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_from_elsewhere_or_from_somebody_else_proves_nothing() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Off, &smtp).await;
        let number = writes(&desk, "m1", &format!("Cc: {OWNER}\r\n"), "Please cancel FJ-20427.").await;
        asks(&desk, number).await;
        let (letter, code) = code_in(&smtp);
        let untouched = async |why: &str| {
            let check = newest(&desk, number).await;
            assert_eq!((check.state, check.tries), (CheckState::Sent, 0), "{engine:?}: {why}");
        };
        writes(&desk, "other", "", &code).await;
        untouched("another conversation of the same writer").await;
        let answer = letter.answered("o1@example.com", &format!("What is this? {code}"));
        assert_ne!(Box::pin(receive(&desk, answer.as_bytes())).await, number);
        untouched("an answer to the letter, by the owner of the address").await;
        let joins = "In-Reply-To: <m1@private.example>\r\n";
        let raw = mail("o2@example.com", OWNER, "Re: My order", joins, &format!("I got {code}, what is it?"));
        Box::pin(receive(&desk, &raw)).await;
        untouched("the owner of the address, who is in copy").await;
        let quoted = format!("No idea.\r\n\r\nOn Mon, 23 Nov 2026 at 10:00, Fjord wrote:\r\n> Your code: {code}");
        answers(&desk, "m3", "", &quoted).await;
        untouched("a quoted mail").await;
        for (id, alone) in [
            ("q1", format!("\r\nOn Mon, 23 Nov 2026 at 10:00, Olga wrote:\r\n> Your code: {code}")),
            ("q2", format!("-----Original Message-----\r\nYour code: {code}")),
            ("q3", format!("See here:\r\n> Your code: {code}\r\nIs this it?")),
        ] {
            answers(&desk, id, "", &alone).await;
            untouched("a quoted or forwarded mail without a code of their own").await;
        }
        answers(&desk, "m4", "Auto-Submitted: auto-replied\r\n", &format!("I am away. {code}")).await;
        untouched("a machine").await;
        let denied = format!("Authentication-Results: {MAIL_SERVER}; dmarc=fail header.from=private.example\r\n");
        answers(&desk, "m5", &denied, &code).await;
        untouched("a forged sender").await;
        answers(&desk, "m6", &format!("Reply-To: {OWNER}\r\n"), "Answer me at my other address.").await;
        untouched("another address for answers").await;
        answers(&desk, "m7", "", &code).await;
        assert_eq!(newest(&desk, number).await.state, CheckState::Proved, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_and_late_codes_end_it_and_no_more_than_some_are_sent() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Off, &smtp).await;
        let number = writes(&desk, "m1", "", "Please cancel FJ-20427.").await;
        asks(&desk, number).await;
        let (_, code) = code_in(&smtp);
        for place in 0..5 {
            answers(&desk, &format!("wrong{place}"), "", &not(&code)).await;
        }
        assert_eq!(newest(&desk, number).await.state, CheckState::Failed);
        answers(&desk, "right", "", &code).await;
        assert_eq!(newest(&desk, number).await.state, CheckState::Failed, "{engine:?}");

        asks(&desk, number).await;
        let (_, code) = code_in(&smtp);
        desk.desk.clock.advance(Duration::from_mins(15));
        answers(&desk, "late", "", &code).await;
        assert_eq!(newest(&desk, number).await.state, CheckState::Expired, "{engine:?}");

        asks(&desk, number).await;
        let (_, before) = code_in(&smtp);
        let words = asks(&desk, number).await;
        assert!(words.starts_with('b') && words.contains("3 codes went to the address"), "{words}");
        let to_owner = smtp.taken().into_iter().filter(|mail| mail.to == [OWNER]).count();
        assert_eq!(to_owner, 3, "{engine:?}");
        answers(&desk, "still", "", &before).await;
        assert_eq!(newest(&desk, number).await.state, CheckState::Proved, "what was refused ends nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_no_code_stays_in_what_the_customer_wrote() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Off, &smtp).await;
        let number = writes(&desk, "m1", "", "Please cancel FJ-20427.").await;
        asks(&desk, number).await;
        let (_, code) = code_in(&smtp);
        let address = "Please send it to 560034 Bangalore, if it is not cancelled.";
        answers(&desk, "m2", "", address).await;
        assert_eq!(last_message(&desk, number).await["body"], address);
        let check = newest(&desk, number).await;
        assert_eq!((check.state, check.tries, check.answer_id), (CheckState::Sent, 1, None), "{engine:?}: a try");
        answers(&desk, "m3", "", &not(&code)).await;
        assert_eq!(last_message(&desk, number).await["body"], "••••••", "it is all that was written");
        assert!(newest(&desk, number).await.answer_id.is_some());

        desk.desk.clock.advance(Duration::from_mins(16));
        answers(&desk, "m4", "", "560034").await;
        assert_eq!(last_message(&desk, number).await["body"], "560034", "no code is waited for");
        assert_eq!(newest(&desk, number).await.state, CheckState::Sent);
        desk.desk.clock.advance(Duration::from_hours(1));
        upkeep::look_after(&desk.desk).await.unwrap();
        assert_eq!(newest(&desk, number).await.state, CheckState::Expired, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_few_codes_a_day_and_a_code_that_may_have_left_is_told() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Off, &smtp).await;
        for place in 0..6 {
            let number = writes(&desk, &format!("c{place}"), "", "Please cancel it.").await;
            let words = asks(&desk, number).await;
            assert!(words.starts_with('i'), "{words}");
            desk.desk.clock.advance(Duration::from_hours(1));
        }
        let number = writes(&desk, "c6", "", "Please cancel it.").await;
        let words = asks(&desk, number).await;
        assert!(words.starts_with('b') && words.contains("6 codes went to the mail address"), "{words}");

        desk.desk.clock.advance(Duration::from_hours(24));
        let number = writes(&desk, "c7", "", "Please cancel it.").await;
        asks(&desk, number).await;
        // Its job was cut off before its end, and runs again.
        let (check, before) = (newest(&desk, number).await, smtp.taken().len());
        let again = Box::pin(checks::send(&desk.desk.inbox(), check.id)).await.unwrap();
        let Mailed::Done(tx) = again else { panic!("{again:?}") };
        tx.commit().await.unwrap();
        assert_eq!((smtp.taken().len(), newest(&desk, number).await), (before, check), "no second mail leaves");
        assert_eq!(what(&noted(&desk, number).await), ["asked", "unsure"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_comes_behind_a_merge_is_hidden_and_shows_nothing() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Off, &smtp).await;
        let target = writes(&desk, "m0", "", "Where is my parcel?").await;
        let number = writes(&desk, "m1", "", "Please cancel FJ-20427.").await;
        asks(&desk, number).await;
        let (_, code) = code_in(&smtp);
        let (source, into) = (desk.talk(number).await.id, desk.talk(target).await.id);
        let by = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        merge::merge(&desk.desk.inbox(), (source, into), true, &by).await.unwrap();
        assert_eq!(answers(&desk, "m2", "", &format!("My code is {code}")).await, target);
        assert_eq!(last_message(&desk, target).await["body"], "My code is ••••••");
        let all = identity_checks::list_of(&desk.desk.db, source).await.unwrap();
        assert_eq!(all[0].state, CheckState::Withdrawn, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_goes_on_with_what_was_asked_once_the_code_is_there() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = desk(engine, AgentLevel::Auto, &smtp).await;
        let now = desk.desk.clock.now();
        let version = NewVersion {
            id: desk.desk.clock.new_id(),
            brand_id: desk.setup.brand,
            document: json!({ "proving": { "code": "at_once" } }),
            summary: "Codes".to_owned(),
            author_id: None,
            effective_from: Some(now),
            created_at: now,
        };
        write(&desk.desk.db, async |tx| versions::insert(tx, Kind::Policy, &version).await).await;
        let proof = format!("Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=private.example\r\n");
        let number = writes(&desk, "m1", &proof, "Please cancel my order FJ-20427.").await;
        assert_eq!(order(&desk).await.order.status, OrderStatus::Open);
        let (_, code) = code_in(&smtp);
        answers(&desk, "m2", &proof, &format!("My code is {code}")).await;
        assert_eq!(order(&desk).await.order.status, OrderStatus::Cancelled, "{}", desk.timeline(number).await);
    }
}
