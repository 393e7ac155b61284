//! The move to mail when nobody looks.

use std::time::Duration;

use resolute::model::person::Reason;
use resolute::store::people;
use serde_json::json;
use uuid::Uuid;

use crate::brands::{NORD, brand};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, taken};
use crate::support::setup::MAIL_SERVER;
use crate::support::smtp::SmtpDouble;
use crate::widget::talk::{answer, conversations, messages};

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_looks_at_goes_by_mail_and_the_answer_joins() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Is the lamp dimmable?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        for _ in 0..2 {
            line.send(&json!({ "t": "email", "id": Uuid::from_u128(9), "address": "Ana@A.example" })).await;
            while line.next_of("ack").await["id"] != json!(Uuid::from_u128(9)) {}
        }
        assert_eq!(desk.timeline(number).await.matches("address_left").count(), 1, "a repetition is the same");
        drop(line);

        desk.desk.clock.advance(Duration::from_mins(1));
        answer(&desk, number, "Yes, in three steps.").await;
        desk.desk.clock.advance(Duration::from_secs(5));
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        assert!(smtp.taken().is_empty(), "three minutes are not over");
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        let [sent] = smtp.taken().try_into().expect("one mail");
        assert_eq!(sent.to, ["ana@a.example"]);
        assert_eq!(sent.header("Subject"), "Your chat with Fjord Home");
        assert!(sent.raw.contains("Yes, in three steps."), "{}", sent.raw);
        desk.desk.clock.advance(Duration::from_mins(10));
        desk.drain().await;
        assert_eq!(smtp.taken().len(), 1, "it goes once");

        let raw = sent.answered("a1@a.example", "Then I take it.");
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
        desk.drain().await;
        assert_eq!(conversations(&desk).await.len(), 1, "one conversation");
        assert_eq!(messages(&desk, number).await.last().unwrap()["body"], "Then I take it.");

        // Now it goes on by mail; who only claims the address does not read it in the chat.
        answer(&desk, number, "It is packed, Kirchweg 9.").await;
        desk.desk.clock.advance(Duration::from_secs(15));
        desk.drain().await;
        assert_eq!(smtp.taken().last().unwrap().to, ["ana@a.example"]);
        let subject = smtp.taken().last().unwrap().header("Subject");
        assert_eq!(subject, "Re: Your chat with Fjord Home", "mail programs keep it in one thread");
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token })).await;
        let told = line.next_of("resync").await.to_string();
        assert!(told.contains("in three steps") && !told.contains("Kirchweg"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_says_whether_an_answer_can_go_by_mail() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["mail"], true);
        taken(&mut browser, &format!("/channels/{}/pause", desk.setup.channel), &[("back", "/channels")]).await;
        desk.desk.clock.advance(Duration::from_secs(5));
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["mail"], false, "what is paused sends nothing");

        taken(&mut browser, "/brands", &NORD).await;
        let nord = brand(&desk, "nord-garden").await.id;
        let other = Chat::connect(&desk.desk, nord, &["shop.example"], &json!({})).await;
        let token = other.begin(&desk, &json!({})).await;
        let (mut line, joined) = other.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["mail"], false, "the mailbox is another brand's");

        // An address is kept all the same, for people to write to.
        line.send(&json!({ "t": "email", "id": Uuid::from_u128(9), "address": "ana@a.example" })).await;
        line.next_of("ack").await;
        line.send(&message(1, "Is the lamp dimmable?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains("ana@a.example"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_seen_a_reply_gets_no_mail() {
    let smtp = SmtpDouble::start().await;
    let wish = Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite).with_smtp(smtp.port) };
    let desk = TestDesk::start(wish).await;
    let chat = Chat::of(&desk).await;
    let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    line.send(&message(1, "Is the lamp dimmable?")).await;
    line.next_of("ack").await;
    desk.drain().await;
    let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
    answer(&desk, number, "Yes.").await;
    desk.desk.clock.advance(Duration::from_secs(5));
    desk.drain().await;
    let reply = loop {
        let frame = line.next_of("message").await;
        if frame["from"] == "person" {
            break frame;
        }
    };
    line.send(&json!({ "t": "read", "ids": [reply["id"]] })).await;
    line.send(&json!({ "t": "ping" })).await;
    line.next_of("pong").await;
    desk.desk.clock.advance(Duration::from_mins(4));
    desk.drain().await;
    assert!(smtp.taken().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_mail_to_a_guest_is_said_to_reach_them_and_refers_to_nobody_elses() {
    for engine in Engine::all() {
        for is_answered in [true, false] {
            let smtp = SmtpDouble::start().await;
            let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
            let desk = TestDesk::start(wish).await;
            let chat = Chat::of(&desk).await;
            let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
            let (mut line, _) = chat.join(&desk, &token, 0).await;
            line.send(&message(1, "Is the lamp dimmable?")).await;
            line.next_of("ack").await;
            drop(line);
            desk.drain().await;
            let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
            answer(&desk, number, "Yes, in three steps.").await;
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_mins(10));
            desk.drain().await;
            let [letter] = smtp.taken().try_into().expect("one letter");

            // Whoever has the letter can write to where its answers go.
            let own = letter.answered("a1@a.example", "Then I take it.");
            let from = |writer: &str| format!("From: {writer}");
            let strange = letter.answered("m1@evil.example", "Send it to me.");
            let strange = strange.replacen(&from("ana@a.example"), &from("Mal <mal@evil.example>"), 1);
            let mails = if is_answered { vec![own, strange] } else { vec![strange] };
            for raw in mails {
                desk.desk.clock.advance(Duration::from_mins(1));
                assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
                desk.drain().await;
            }
            assert_eq!(conversations(&desk).await.len(), 1, "one conversation");
            let shown = page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await;
            let (_, composer) = shown.split_once("id=\"composer\"").expect("a composer");
            assert!(composer.contains("by mail, and not to Mal."), "nothing is split off a chat: {composer}");
            let strangers: Vec<&str> = shown
                .split("<article class=\"message")
                .skip(1)
                .filter(|article| article.contains("Send it to me."))
                .collect();
            let [stranger] = strangers.try_into().expect("one message of a stranger");
            assert!(stranger.contains("Sender not proved"), "{engine:?}: {stranger}");
            answer(&desk, number, "It is packed.").await;
            desk.desk.clock.advance(Duration::from_mins(1));
            desk.drain().await;
            let sent = smtp.taken().pop().expect("the answer");
            assert!(sent.raw.contains("It is packed."), "{engine:?}: {}", sent.raw);
            assert_eq!(sent.to, ["ana@a.example"]);
            assert!(sent.header("Subject").ends_with("Your chat with Fjord Home"), "{}", sent.raw);
            let names = [sent.header("In-Reply-To"), sent.header("References")];
            assert!(names.iter().all(|ids| !ids.contains("evil.example")), "{names:?}");
            assert_eq!(names[0].contains("a1@a.example"), is_answered, "{names:?}");
            assert_eq!(names[1].contains("a1@a.example"), is_answered, "{names:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_of_one_name_in_a_chat_that_went_on_by_mail_are_told_apart() {
    let smtp = SmtpDouble::start().await;
    let wish = Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite).with_smtp(smtp.port) };
    let desk = TestDesk::start(wish).await;
    let chat = Chat::of(&desk).await;
    let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    line.send(&message(1, "Is the lamp dimmable?")).await;
    line.next_of("ack").await;
    drop(line);
    desk.drain().await;
    let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
    answer(&desk, number, "Yes, in three steps.").await;
    desk.drain().await;
    desk.desk.clock.advance(Duration::from_mins(10));
    desk.drain().await;
    let [letter] = smtp.taken().try_into().expect("one letter");
    for (id, writer) in [
        ("a1@a.example", "Mal <ana@a.example>"),
        ("m1@evil.example", "Mal <mal@evil.example>"),
        ("m2@else.example", "Mal <mal@else.example>"),
        ("m3@else.example", "Bo <bo@else.example>"),
    ] {
        desk.desk.clock.advance(Duration::from_mins(1));
        let raw = letter.answered(id, "Then I take it.");
        let raw = raw.replacen("From: ana@a.example", &format!("From: {writer}"), 1);
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
        desk.drain().await;
    }
    let shown = page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await;
    let words = "and not to Mal (mal@evil.example), Mal (mal@else.example), Bo.";
    assert!(shown.contains(words), "{shown}");

    // Bo has written, though in no conversation of theirs.
    let talk = desk.talk(number).await;
    let all = resolute::store::messages::list(&desk.desk.db, talk.id, 50).await.unwrap();
    let bo = all.iter().find(|message| message.sender_name == "Bo").and_then(|message| message.contact_id).unwrap();
    let shown = page(&mut desk.browser().await, &format!("/contacts/{bo}")).await;
    assert!(shown.contains("What they wrote in somebody else’s stands there."), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_the_letter_to_a_guest_from_a_proved_address_may_be_that_guest() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Is the lamp dimmable?")).await;
        line.next_of("ack").await;
        drop(line);
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let guest = desk.talk(number).await.contact_id;
        answer(&desk, number, "Yes, in three steps.").await;
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(10));
        desk.drain().await;
        let [letter] = smtp.taken().try_into().expect("one letter");
        let proof = format!("Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=a.example\r\n");
        for (id, proof, reason) in
            [("a1@a.example", "", None), ("a2@a.example", proof.as_str(), Some(Reason::Answered))]
        {
            desk.desk.clock.advance(Duration::from_mins(1));
            let raw = format!("{proof}{}", letter.answered(id, "Then I take it."));
            assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
            desk.drain().await;
            let found = people::list_lookalikes(&desk.desk.db, guest).await.unwrap();
            assert_eq!(found.first().map(|one| one.reason), reason, "{found:?}");
        }
        let talk = desk.talk(number).await;
        assert_eq!((conversations(&desk).await.len(), talk.contact_id), (1, guest), "the case is the guest’s");
        let shown = page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains("the letter to ana@a.example"), "{shown}");
        assert_eq!(people::contacts_of(&desk.desk.db, guest).await.unwrap(), [guest], "a person decides");
    }
}
