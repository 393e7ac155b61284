//! What leaves, as the platform takes it.

use channel_contract::MessageChannel as _;
use channel_contract::capabilities::Capabilities;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{Choice, Identity};
use channel_contract::outbound::{Author, Outbound, OutboundAttachment, Reaction, Reconciliation};
use channel_contract::testkit::{Harness as _, SendHarness as _};
use channel_meta::MetaSettings;
use channel_meta::settings::Secret;
use platform_doubles::Fault;
use platform_doubles::meta::{Door, error, trouble_behind};
use serde_json::json;
use time::Duration;
use uuid::Uuid;

use crate::stage::{CUSTOMER, NOW, Stage};

const DOORS: [Door; 3] = [Door::Page, Door::BehindPage, Door::Instagram];

fn file(name: &str, content_type: &str) -> OutboundAttachment {
    OutboundAttachment { name: name.to_owned(), content_type: content_type.to_owned(), content: "bytes".into() }
}

fn class<T>(outcome: Result<T, ChannelFailure>) -> Option<FailureClass> {
    outcome.err().map(|failure| failure.class())
}

#[tokio::test]
async fn after_a_day_people_answer_and_no_machine_does() {
    for door in DOORS {
        let stage = Stage::start(door, 5).await;
        let later = NOW + Duration::days(2);
        stage.meta().set_now(later);
        let late = Outbound { now: later, ..stage.message() };
        for author in [Author::Agent, Author::System, Author::Approved] {
            let outcome = stage.channel.send(&Outbound { author, ..late.clone() }).await;
            assert_eq!(class(outcome), Some(FailureClass::Window), "{author:?}");
            // Where the desk does not know when the customer wrote, the platform decides, and a machine never has the tag.
            let blind = Outbound { author, last_inbound_at: None, ..late.clone() };
            assert_eq!(class(stage.channel.send(&blind).await), Some(FailureClass::Window), "{author:?}");
        }
        assert!(stage.meta().sent().is_empty());
        stage.channel.send(&Outbound { author: Author::Teammate, ..late.clone() }).await.unwrap();
        assert_eq!(stage.meta().sent()[0].tag, "HUMAN_AGENT");
        let week = NOW + Duration::days(7);
        let over = Outbound { now: week, author: Author::Teammate, ..late.clone() };
        assert_eq!(class(stage.channel.send(&over).await), Some(FailureClass::Window));
        let settings = MetaSettings { human_agent: false, ..stage.settings.clone() };
        let without = stage.over(settings);
        let refused = without.send(&Outbound { author: Author::Teammate, ..late }).await;
        assert_eq!(class(refused), Some(FailureClass::Window), "only where Meta has granted it");
    }
}

#[tokio::test]
async fn within_a_day_nothing_is_tagged() {
    let stage = Stage::start(Door::Page, 5).await;
    for author in [Author::Agent, Author::Teammate] {
        stage.channel.send(&Outbound { author, ..stage.message() }).await.unwrap();
    }
    assert!(stage.meta().sent().iter().all(|sent| sent.tag.is_empty()));
}

#[tokio::test]
async fn a_reply_with_files_leaves_in_parts_that_are_found_again() {
    for door in DOORS {
        let stage = Stage::start(door, 5).await;
        let files = vec![file("cup.png", "image/png"), file("bill.pdf", "application/pdf")];
        let message = Outbound { attachments: files, command_id: Uuid::from_u128(7), ..stage.message() };
        let parts = stage.channel.split(&message);
        let mut receipts = Vec::new();
        for part in &parts {
            receipts.push(stage.channel.send(part).await.unwrap());
        }
        let sent = stage.meta().sent();
        let kinds: Vec<&str> = sent.iter().map(|sent| sent.file.as_ref().map_or("text", |file| &file.kind)).collect();
        assert_eq!(kinds, ["text", "image", "file"]);
        let names: Vec<&str> = sent.iter().filter_map(|sent| Some(sent.file.as_ref()?.name.as_str())).collect();
        assert_eq!(names, ["cup.png", "bill.pdf"]);
        for ((part, receipt), sent) in parts.iter().zip(&receipts).zip(&sent) {
            assert_eq!(sent.metadata, part.command_id.to_string());
            assert_eq!((&receipt.external_id, &receipt.also_known_as), (&sent.mid, &vec![sent.metadata.clone()]));
            let found = stage.channel.reconcile(part).await.unwrap();
            assert_eq!(found, Reconciliation::Sent(receipt.clone()), "each part is found by itself");
        }
    }
}

#[tokio::test]
async fn a_file_that_does_not_arrive_is_tried_again_and_sends_nothing() {
    let stage = Stage::start(Door::Page, 1).await;
    let message = Outbound { text: String::new(), attachments: vec![file("cup.png", "image/png")], ..stage.message() };
    for fault in [Fault::ResetAfterBody, Fault::HangAfterBody, Fault::Answer(error(400, 100, 2_018_047, false))] {
        stage.double.misbehave("POST", "/message_attachments", fault, 1);
        let outcome = stage.channel.send(&message).await;
        assert!(matches!(outcome, Err(ChannelFailure::Retry { .. })), "nobody saw it: {outcome:?}");
    }
    assert!(stage.meta().sent().is_empty());
    stage.channel.send(&message).await.unwrap();
    assert_eq!(stage.meta().sent().len(), 1);
}

#[tokio::test]
async fn choices_are_quick_replies_below_the_last_part() {
    let stage = Stage::start(Door::Page, 5).await;
    let choice = |title: &str| Choice { title: title.to_owned(), payload: String::new() };
    let asks = |choices: Vec<Choice>| Outbound { choices, ..stage.message() };
    let most = vec![choice(&"x".repeat(20)); 13];
    stage.channel.send(&asks(most.clone())).await.unwrap();
    assert_eq!(stage.meta().sent()[0].quick_replies.len(), 13);
    for wrong in [[most, vec![choice("x")]].concat(), vec![choice(&"x".repeat(21))]] {
        assert_eq!(class(stage.channel.send(&asks(wrong)).await), Some(FailureClass::Content));
    }
    let with_file = Outbound { attachments: vec![file("cup.png", "image/png")], ..asks(vec![choice("Yes")]) };
    for part in stage.channel.split(&with_file) {
        stage.channel.send(&part).await.unwrap();
    }
    let last = stage.meta().sent().pop().unwrap();
    assert_eq!((last.quick_replies, last.file.is_none()), (vec!["Yes".to_owned()], true));
}

#[tokio::test]
async fn a_heart_is_put_on_a_message_on_instagram_alone() {
    for door in DOORS {
        let stage = Stage::start(door, 5).await;
        let on = |message_id: &str, sign: &str| Reaction {
            to: stage.message().to,
            thread_id: None,
            message_id: message_id.to_owned(),
            sign: sign.to_owned(),
        };
        assert_eq!(stage.channel.signs_on("m_1"), stage.channel.signs());
        if stage.channel.signs().is_empty() {
            assert_eq!(class(stage.channel.react(&on("m_1", "❤️")).await), Some(FailureClass::Content));
            continue;
        }
        stage.channel.react(&on("m_1", "❤️")).await.unwrap();
        assert_eq!(stage.meta().hearts(), ["m_1"]);
        stage.channel.react(&on("m_1", "")).await.unwrap();
        assert!(stage.meta().hearts().is_empty());
        assert!(stage.channel.signs_on("comment:17_4").is_empty(), "what is refused is not offered");
        assert_eq!(class(stage.channel.react(&on("comment:17_4", "❤️")).await), Some(FailureClass::Content));
        assert!(stage.meta().sent().is_empty());
    }
}

#[tokio::test]
async fn a_comment_is_answered_in_private() {
    for door in DOORS {
        let stage = Stage::start(door, 5).await;
        stage.meta().commented("17_4", CUSTOMER);
        // A week is long, for machines too.
        let later = NOW + Duration::days(6);
        stage.meta().set_now(later);
        let thread = Some("comment:17_4".to_owned());
        let ids = vec!["comment:17_4".to_owned()];
        let message = Outbound { thread_id: thread, references: ids, now: later, ..stage.message() };
        let picture = Outbound { attachments: vec![file("cup.png", "image/png")], ..message.clone() };
        assert_eq!(class(stage.send(&picture).await), Some(FailureClass::Content));
        assert!(stage.meta().sent().is_empty(), "nothing of what does not go as one text");
        let limits = stage.channel.capabilities_in(message.thread_id.as_deref());
        assert_eq!((limits.attachments, limits.admit(&message)), (None, Ok(())), "what is shown is what is done");

        // On a page who comments has another id than who reads a message.
        let by_writer = Outbound { to: vec!["the-writer".to_owned()], ..message.clone() };
        let receipt = stage.channel.send(&by_writer).await.unwrap();
        assert_eq!(stage.meta().sent()[0].to, "17_4");
        // The desk keeps what the receipt says of the thread; nothing else is left after a restart.
        let thread = receipt.also_known_as.iter().find_map(|name| name.strip_prefix("thread:").map(str::to_owned));
        assert_eq!(thread.as_deref(), Some("comment:17_4:9001"));
        // Meta takes one answer to a comment: the next goes to the person, who has answered by then.
        stage.meta().wrote(CUSTOMER, later);
        let next = Outbound { last_inbound_at: Some(later), thread_id: thread, ..by_writer };
        stage.restarted().send(&next).await.unwrap();
        assert_eq!(stage.meta().sent()[1].to, CUSTOMER, "by the id that Meta named");
        let limits = stage.channel.capabilities_in(next.thread_id.as_deref());
        let waits = Capabilities { in_private: true, ..stage.channel.capabilities() };
        assert_eq!(limits, waits, "what is shown is what is done: files, and a day from their answer");
        let are_public = ["comment:17_4", "17_4", "m_1"].map(|id| stage.channel.is_public(id));
        assert_eq!(are_public, [true, true, false]);
        for part in stage.channel.split(&Outbound { attachments: picture.attachments.clone(), ..next.clone() }) {
            stage.restarted().send(&part).await.unwrap();
        }
        assert!(stage.meta().sent()[3].file.is_some());
        let found = stage.restarted().reconcile(&Outbound { command_id: Uuid::from_u128(9), ..next.clone() }).await;
        assert!(!matches!(found, Ok(Reconciliation::NotSent)), "it looks where it went: {found:?}");
        // An answer that was found by its news has no receipt that says who got it.
        let known = vec!["comment:17_4".to_owned(), receipt.external_id];
        let without = Outbound {
            references: known,
            to: vec![CUSTOMER.to_owned()],
            thread_id: Some("comment:17_4".to_owned()),
            ..next
        };
        stage.restarted().send(&without).await.unwrap();
        assert_eq!(stage.meta().sent().last().unwrap().to, CUSTOMER, "by what follows the comment");

        stage.meta().commented("17_5", CUSTOMER);
        let late = later + Duration::days(7);
        stage.meta().set_now(late);
        let over = Outbound { thread_id: Some("comment:17_5".to_owned()), now: late, ..message };
        assert_eq!(class(stage.channel.send(&over).await), Some(FailureClass::Window));
    }
}

#[tokio::test]
async fn an_answer_to_a_comment_that_is_found_again_says_who_got_it() {
    let stage = Stage::start(Door::BehindPage, 5).await;
    stage.meta().commented("17_4", CUSTOMER);
    let message = Outbound { thread_id: Some("comment:17_4".to_owned()), ..stage.message() };
    stage.double.misbehave("POST", "/messages", trouble_behind(500), 1);
    let outcome = stage.channel.send(&message).await;
    assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "{outcome:?}");
    let found = stage.restarted().reconcile(&message).await.unwrap();
    let Reconciliation::Sent(receipt) = found else { panic!("{found:?}") };
    assert_eq!(receipt.external_id, stage.meta().sent()[0].mid);
    assert!(receipt.also_known_as.contains(&"thread:comment:17_4:9001".to_owned()), "{receipt:?}");
    let goes_on = stage.channel.goes_on("comment:17_4:9001").expect("their own thread");
    assert_eq!(goes_on.reader.value, "9001");
    assert!(receipt.also_known_as.contains(&format!("thread:{}", goes_on.thread_id)), "{receipt:?}");
    assert_eq!(receipt.thread(), Some("comment:17_4:9001"), "that is where the answer is");
    assert_eq!([stage.channel.goes_on("comment:17_4"), stage.channel.goes_on(&goes_on.thread_id)], [None, None]);
}

#[tokio::test]
async fn a_message_that_was_taken_before_the_trouble_is_never_sent_twice() {
    for door in DOORS {
        let stage = Stage::start(door, 5).await;
        for status in [500, 502, 504] {
            let (before, message) = (stage.meta().sent().len(), stage.message());
            stage.double.misbehave("POST", "/messages", trouble_behind(status), 1);
            let outcome = stage.channel.send(&message).await;
            assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "{status}: {outcome:?}");
            let found = stage.channel.reconcile(&message).await.unwrap();
            assert!(matches!(found, Reconciliation::Sent(_)), "{status}: {found:?}");
            assert_eq!(stage.meta().sent().len(), before + 1, "it was taken");
        }
    }
}

#[tokio::test]
async fn every_call_proves_that_it_knows_the_secret_of_the_app() {
    let stage = Stage::start(Door::Page, 5).await;
    let other = MetaSettings { app_secret: Secret::new("another-secret"), ..stage.settings.clone() };
    let outcome = stage.over(other).send(&stage.message()).await;
    assert_eq!(class(outcome), Some(FailureClass::Content));
    assert!(stage.meta().sent().is_empty());
    stage.channel.send(&stage.message()).await.unwrap();
    let calls = stage.double.calls();
    let call = calls.last().unwrap();
    assert!(!call.query("appsecret_proof").is_empty() && call.query("access_token").is_empty());
}

#[tokio::test]
async fn somebody_is_called_as_their_profile_says() {
    let whom = |value: &str| Identity { kind: "anything".to_owned(), value: value.to_owned() };
    for (door, profile, name) in [
        (Door::Page, json!({ "first_name": "Ana", "last_name": "Lind", "username": "other" }), "Ana Lind"),
        (Door::Page, json!({ "first_name": "Ana" }), "Ana"),
        (Door::BehindPage, json!({ "name": "Ana of Bergen", "username": "ana.b" }), "Ana of Bergen"),
        (Door::Instagram, json!({ "username": "ana.b" }), "@ana.b"),
    ] {
        let stage = Stage::start(door, 5).await;
        assert!(stage.channel.tells_names());
        stage.meta().known_as("9000001", profile);
        assert_eq!(stage.channel.name_of(&whom("9000001")).await, Ok(Some(name.to_owned())));
        // Who does not agree to be known is no trouble of the account.
        assert_eq!(stage.channel.name_of(&whom("9000002")).await, Ok(None));
        let calls = stage.double.calls().len();
        for odd in ["", "../me", "9000001?fields=email"] {
            assert_eq!(stage.channel.name_of(&whom(odd)).await, Ok(None), "{odd}");
        }
        assert_eq!(stage.double.calls().len(), calls, "nothing but an id is asked for");
    }
}

#[tokio::test]
async fn an_answer_without_an_id_is_no_receipt() {
    let stage = Stage::start(Door::Page, 5).await;
    let odd = platform_doubles::Response::json(200, &json!({ "ok": true }));
    stage.double.misbehave("POST", "/messages", Fault::Answer(odd), 1);
    let outcome = stage.channel.send(&stage.message()).await;
    assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "{outcome:?}");
}

#[tokio::test]
async fn who_never_wrote_cannot_be_told_of() {
    let stage = Stage::start(Door::Page, 5).await;
    let stranger = Outbound { to: vec!["404".to_owned()], ..stage.message() };
    assert_eq!(class(stage.channel.send(&stranger).await), Some(FailureClass::Recipient));
    assert_eq!(stage.channel.reconcile(&stranger).await, Ok(Reconciliation::CannotTell));
    let known = Outbound { to: vec![CUSTOMER.to_owned()], ..stage.message() };
    assert_eq!(stage.channel.reconcile(&known).await, Ok(Reconciliation::NotSent));
}

#[tokio::test]
async fn a_page_that_is_barred_for_a_while_keeps_its_messages() {
    let stage = Stage::start(Door::Page, 5).await;
    stage.double.misbehave("POST", "/messages", Fault::Answer(error(400, 10, 1_893_063, false)), 1);
    let outcome = stage.channel.send(&stage.message()).await;
    let Err(ChannelFailure::Retry { class, after, .. }) = outcome else { panic!("{outcome:?} is the end") };
    assert!(class == FailureClass::Policy && after.is_some());
}
