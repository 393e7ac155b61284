//! A person lets a reply leave once more: what is told of the first attempt says nothing of that one.

use std::time::Duration;

use platform_doubles::{Fault, Response};
use resolute::inbox::deliver::{self, Next};
use resolute::model::channel::ChannelState;
use serde_json::json;

use super::{again, asked, delivery};
use crate::mail_path::{answer, last_message};
use crate::support::desk::Engine;
use crate::support::platforms::{Told, Trouble};
use crate::support::stand::QUESTION;

#[tokio::test(flavor = "multi_thread")]
async fn late_news_of_a_first_attempt_says_nothing_of_the_one_that_a_person_asked_for() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "whatsapp").await;
        let line = stand.line();
        answer(&stand.desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        let late = ["sent", "failed"].map(|word| stand.platforms.tells(line, 0, word));
        assert!(stand.hears(line, 0, "failed").await);
        assert_eq!(delivery(&stand, number).await, "failed");

        stand.pass(Duration::from_secs(10)).await;
        assert!(stand.platforms.misbehave(line, Trouble::Limited));
        again(&stand, number).await;
        for told in late {
            let Told::Pushed(path, news) = told else { panic!("the platform pushes it") };
            stand.push(&path, &news).await;
            stand.desk.drain().await;
            assert_eq!(delivery(&stand, number).await, "queued", "it has not left again");
        }
        stand.pass(Duration::from_mins(2)).await;
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(line).len()), ("sent", 2));
        assert!(stand.hears(line, 1, "failed").await);
        assert_eq!(delivery(&stand, number).await, "failed", "what becomes of the later one counts");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_time_is_told_an_attempt_is_known_by_its_id() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "sms").await;
        let twilio = stand.platforms.together.twilio();
        assert!(stand.platforms.misbehave(stand.line(), Trouble::CutAnswer));
        answer(&stand.desk, number, "It left in the morning.").await;
        for _ in 0..3 {
            stand.pass(Duration::from_secs(30)).await;
        }
        assert_eq!((delivery(&stand, number).await.as_str(), twilio.sent().len()), ("held", 1), "nobody can tell");
        again(&stand, number).await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!((delivery(&stand, number).await.as_str(), twilio.sent().len()), ("sent", 2));
        for (place, state) in [(0, "sent"), (1, "failed")] {
            let (url, told) = twilio.status(&twilio.sent()[place].sid, "undelivered", Some(30_003));
            let path = url.find("/webhooks").map(|at| &url[at..]).expect("an address of the desk");
            stand.push(path, &told).await;
            stand.desk.drain().await;
            assert_eq!(delivery(&stand, number).await, state, "the attempt at {place} did not arrive");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_opted_out_is_not_written_to_until_they_write_again() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "sms").await;
        let twilio = stand.platforms.together.twilio();
        answer(&stand.desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        let (url, told) = twilio.status(&twilio.sent()[0].sid, "failed", Some(21_610));
        let path = url.find("/webhooks").map(|at| &url[at..]).expect("an address of the desk");
        stand.push(path, &told).await;
        stand.desk.drain().await;
        assert_eq!(delivery(&stand, number).await, "failed");
        let api = format!("/api/v1/conversations/{number}/messages");
        let refused = stand.desk.api().post_json(&api, &json!({ "body": "And it is there." })).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains("has written STOP"), "{}", refused.text());

        stand.pass(Duration::from_secs(10)).await;
        assert_eq!(stand.asks(stand.line(), 1, "START").await, number);
        answer(&stand.desk, number, "And it is there.").await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!((delivery(&stand, number).await.as_str(), twilio.sent().len()), ("sent", 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_says_when_it_takes_more_is_asked_then_and_for_one_reply() {
    for engine in Engine::all() {
        let (stand, first) = asked(engine, "whatsapp").await;
        let second = stand.asks(stand.line(), 2, QUESTION).await;
        let whatsapp = &stand.platforms.together;
        let limited = Fault::Answer(Response::json(429, &json!({})).with("retry-after", "3"));
        assert!(whatsapp.misbehave("whatsapp", "POST", "/messages", limited, 3));
        let taken = || {
            let calls = whatsapp.calls("whatsapp").expect("a double");
            calls.iter().filter(|call| call.starts_with("POST ") && call.contains("/messages")).count()
        };
        let before = taken();
        for number in [first, second] {
            answer(&stand.desk, number, "It left in the morning.").await;
        }
        stand.pass(Duration::from_secs(10)).await;
        for refused in 1..=3 {
            // Where both tried, the platform would have refused three times one turn before, and taken one.
            let both = (delivery(&stand, first).await, delivery(&stand, second).await);
            assert_eq!(both, ("queued".into(), "queued".into()), "one tries, and the other waits for that: {refused}");
            stand.pass(Duration::from_secs(6)).await;
        }
        assert_eq!(taken() - before, 2, "each leaves once");
        assert_eq!((delivery(&stand, first).await, delivery(&stand, second).await), ("sent".into(), "sent".into()));
        assert_eq!(stand.channel(stand.line()).await.state, ChannelState::Connected, "a moment is no alarm");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reply_that_is_put_off_for_hours_counts_its_attempts_though_others_get_through() {
    for engine in Engine::all() {
        let (stand, first) = asked(engine, "whatsapp").await;
        let second = stand.asks(stand.line(), 2, QUESTION).await;
        let inbox = stand.desk.desk.inbox();
        let tries = async |number: i64| {
            let id = last_message(&stand.desk, number).await["id"].as_str().expect("an id").parse().expect("an id");
            deliver::deliver(&inbox, id, 1).await.expect("a try")
        };
        answer(&stand.desk, first, "It left in the morning.").await;
        for hours in 0..=4 {
            assert!(stand.platforms.misbehave(stand.line(), Trouble::Limited));
            let next = tries(first).await;
            assert_eq!(matches!(next, Next::Retry { .. }), hours == 4, "after {hours} hours");
            assert!(matches!(next, Next::Retry { .. } | Next::Turn(..)));
            stand.desk.desk.clock.advance(Duration::from_hours(1));
            answer(&stand.desk, second, "It left in the morning.").await;
            let Next::Done(tx) = tries(second).await else { panic!("another one leaves") };
            tx.commit().await.expect("it is sent");
        }
        assert_eq!(stand.channel(stand.line()).await.state, ChannelState::Connected, "it is about one reply alone");
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!(delivery(&stand, first).await, "sent");
    }
}
