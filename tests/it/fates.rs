//! What becomes of what was sent, between the doubles of platforms and the desk: found by whom it went to, kept while it is on
//! its way, and told of each part.

mod account;
mod attempts;
mod comments;
mod machines;
mod named;

use std::time::Duration;

use resolute::inbox::merge;
use resolute::store::teammates;

use crate::composer_files::{form, post_multipart};
use crate::mail_path::{answer, last_message, receive, sofies_mail};
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::platforms::Trouble;
use crate::support::stand::{QUESTION, Stand};

async fn stand(engine: Engine, name: &'static str) -> Stand {
    Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[name]).await
}

/// The same with a customer's question; gives the number of its conversation.
async fn asked(engine: Engine, name: &'static str) -> (Stand, i64) {
    let stand = Box::pin(stand(engine, name)).await;
    let number = stand.asks(stand.line(), 1, QUESTION).await;
    (stand, number)
}

/// A question on WhatsApp, and a reply of two parts: the platform's answer to the first one was cut off.
async fn cut_off(engine: Engine) -> (Stand, i64) {
    let (stand, number) = Box::pin(asked(engine, "whatsapp")).await;
    assert!(stand.platforms.misbehave(stand.line(), Trouble::CutAnswer));
    answer_with_sound(&stand, number).await;
    stand.desk.drain().await;
    (stand, number)
}

/// Where the last message of a conversation is.
async fn delivery(stand: &Stand, number: i64) -> String {
    last_message(&stand.desk, number).await["delivery"].as_str().expect("it was sent").to_owned()
}

/// A person sends the last message once more.
async fn again(stand: &Stand, number: i64) {
    let id = last_message(&stand.desk, number).await["id"].as_str().expect("an id").to_owned();
    taken(&mut stand.desk.browser().await, &format!("/messages/{id}/attempts"), &[]).await;
    stand.desk.drain().await;
}

/// A reply of two parts on the channel.
async fn answer_with_sound(stand: &Stand, number: i64) {
    let body = form(&[("body", "Listen to this.")], &[("note.mp3", "audio/mpeg", b"ID3 a note".as_slice())]);
    let path = format!("/api/v1/conversations/{number}/messages");
    let posted = post_multipart(&mut stand.desk.api(), &path, &body).await;
    assert_eq!(posted.status, 201, "{}", posted.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_is_found_in_a_case_that_mail_began() {
    for engine in Engine::all() {
        let (stand, asked) = asked(engine, "messenger").await;
        let desk = &stand.desk;
        answer(desk, asked, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!(delivery(&stand, asked).await, "sent");

        let began = receive(desk, &sofies_mail()).await;
        let both = (desk.talk(asked).await.id, desk.talk(began).await.id);
        let by = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        merge::merge(&desk.desk.inbox(), both, true, &by).await.unwrap();
        assert!(stand.hears(stand.line(), 0, "read").await);
        let shown = desk.api_get(&format!("/api/v1/conversations/{began}")).await;
        let all = shown["messages"].as_array().unwrap();
        let reply = all.iter().find(|message| message["body"] == "It left in the morning.").expect("the reply");
        assert_eq!(reply["delivery"], "read", "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_while_it_is_on_its_way_is_read_once_it_is_known_to_have_left() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "messenger").await;
        assert!(stand.platforms.misbehave(stand.line(), Trouble::CutAnswer));
        answer(&stand.desk, number, "It left in the morning.").await;
        stand.desk.drain().await;
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(stand.line()).len()), ("unknown", 1));
        assert!(stand.hears(stand.line(), 0, "read").await);
        assert_eq!(delivery(&stand, number).await, "unknown", "nobody knows yet that it left before that");
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(stand.line()).len()), ("read", 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_reply_leaves_by_itself_once_its_first_part_is_known_to_be_there() {
    for engine in Engine::all() {
        let (stand, number) = cut_off(engine).await;
        let line = stand.line();
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(line).len()), ("held", 1));

        assert!(stand.hears(line, 0, "delivered").await);
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(line).len()), ("sent", 2));
        for (place, word, whole) in [(1, "read", "delivered"), (0, "read", "read")] {
            assert!(stand.hears(line, place, word).await);
            assert_eq!(delivery(&stand, number).await, whole);
        }
        stand.pass(Duration::from_hours(1)).await;
        assert_eq!(stand.platforms.sent(line).len(), 2, "nothing leaves twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_part_that_did_not_arrive_is_told_as_that() {
    for engine in Engine::all() {
        let (stand, number) = cut_off(engine).await;
        let line = stand.line();
        assert!(stand.hears(line, 0, "failed").await);
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(line).len()), ("failed", 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_which_the_customer_has_a_part_is_not_taken_back() {
    for engine in Engine::all() {
        let stand = stand(engine, "whatsapp").await;
        let line = stand.line();
        for (person, failed, words, left_again) in [(1, 1, "Only a part was sent.", 1), (2, 0, "Not sent.", 2)] {
            let number = stand.asks(line, person, QUESTION).await;
            let before = stand.platforms.sent(line).len();
            answer_with_sound(&stand, number).await;
            stand.pass(Duration::from_mins(1)).await;
            assert_eq!(stand.platforms.sent(line).len(), before + 2);
            assert!(stand.hears(line, before + 1 - failed, "delivered").await);
            assert!(stand.hears(line, before + failed, "failed").await);
            assert_eq!(delivery(&stand, number).await, "failed");

            let mut browser = stand.desk.browser().await;
            let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
            assert!(shown.contains(words), "{shown}");
            assert_eq!(shown.contains("1 of 2 parts has left.") && shown.contains("Send the rest"), failed == 1);
            let id = last_message(&stand.desk, number).await["id"].as_str().expect("an id").to_owned();
            let back = send(&mut browser, &format!("/messages/{id}/cancellation"), &[]).await;
            assert!(said(&back).contains("A part of it is with the customer already"), "{}", said(&back));
            assert_eq!(delivery(&stand, number).await, "failed", "it stays what it is");

            again(&stand, number).await;
            stand.pass(Duration::from_secs(10)).await;
            assert_eq!(stand.platforms.sent(line).len(), before + 2 + left_again);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_read_a_reply_has_read_its_parts_and_what_was_sent_before() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "instagram").await;
        let (line, desk) = (stand.line(), &stand.desk);
        answer(desk, number, "I look into it.").await;
        stand.pass(Duration::from_secs(10)).await;
        answer_with_sound(&stand, number).await;
        stand.pass(Duration::from_secs(10)).await;
        answer(desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!(stand.platforms.sent(line).len(), 4, "the second reply has two parts");
        let fates = async || {
            let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
            let messages = shown["messages"].as_array().expect("messages").clone();
            let ours = messages.iter().filter(|message| message["direction"] == "outbound");
            ours.map(|message| message["delivery"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert!(stand.hears(line, 2, "read").await);
        assert_eq!(fates().await, ["read", "read", "sent"]);
        assert!(stand.hears(line, 3, "read").await);
        assert_eq!(fates().await, ["read", "read", "read"]);
    }
}
