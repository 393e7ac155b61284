//! What was not seen in the chat goes by mail: to an address that a visitor names, so to anybody.

use std::time::Duration;

use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::ConversationStatus;
use resolute::store::{brands, channels};
use serde_json::json;
use uuid::Uuid;

use super::talk::{answer, conversations, messages};
use crate::brands::{NORD, brand};
use crate::composer_files::{PHOTO, form, post_multipart};
use crate::mail_path::last_message;
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, taken};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;

/// A visitor names the address, asks and leaves; a teammate answers, and nobody looks.
async fn visit(desk: &TestDesk, chat: &Chat, visitor: i64, address: &str) {
    visit_asking(desk, chat, (visitor, address), "Is it in stock?").await;
}

async fn visit_asking(desk: &TestDesk, chat: &Chat, who: (i64, &str), question: &str) {
    let number = ask_and_leave(desk, chat, who, question).await;
    answer(desk, number, "Yes, it is.").await;
    nobody_looks(desk).await;
}

async fn nobody_looks(desk: &TestDesk) {
    desk.drain().await;
    desk.desk.clock.advance(Duration::from_mins(10));
    desk.drain().await;
}

/// Gives the number of the conversation.
async fn ask_and_leave(desk: &TestDesk, chat: &Chat, (visitor, address): (i64, &str), question: &str) -> i64 {
    let token = chat.begin(desk, &json!({})).await;
    let (mut line, _) = chat.join(desk, &token, 0).await;
    let id = Uuid::from_u128(visitor.unsigned_abs().into());
    line.send(&json!({ "t": "email", "id": Uuid::from_u128(u128::MAX), "address": address })).await;
    line.send(&json!({ "t": "message", "id": id, "text": question })).await;
    while line.next_of("ack").await["id"] != json!(id) {}
    drop(line);
    desk.drain().await;
    conversations(desk).await[0]["number"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_many_visitors_name_gets_no_more_than_five_letters_a_day() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        for visitor in 1..=7 {
            let address = if visitor % 2 == 0 { "Somebody@else.example" } else { "somebody@else.example" };
            visit(&desk, &chat, visitor, address).await;
        }
        assert_eq!(conversations(&desk).await.len(), 7);
        assert_eq!(smtp.taken().len(), 5, "the sixth and the seventh are not sent");

        // They wait for a person, who may know whose the address is.
        let mut held = Vec::new();
        for row in conversations(&desk).await {
            let last = messages(&desk, row["number"].as_i64().unwrap()).await.pop().unwrap();
            if last["delivery"] == "held" {
                assert_eq!(row["status"], "open", "{row}");
                let (reason, body) = (last["delivery_reason"].as_str().unwrap(), last["body"].as_str().unwrap());
                assert!(reason.starts_with("5 letters") && body.contains("Yes, it is."), "{last}");
                held.push(last["id"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(held.len(), 2);
        taken(&mut desk.browser().await, &format!("/messages/{}/attempts", held[0]), &[]).await;
        desk.drain().await;
        assert_eq!(smtp.taken().len(), 6, "a person sends it");

        desk.desk.clock.advance(Duration::from_hours(24));
        visit(&desk, &chat, 8, "somebody@else.example").await;
        assert_eq!(smtp.taken().len(), 7, "the next day begins anew");
    }
}

/// The visitor comes once more, and goes again.
async fn ask(desk: &TestDesk, chat: &Chat, token: &str, (id, question): (u128, &str)) {
    let (mut line, _) = chat.join(desk, token, 0).await;
    line.send(&message(id, question)).await;
    while line.next_of("ack").await["id"] != json!(Uuid::from_u128(id)) {}
    drop(line);
    desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_nobody_saw_goes_by_mail_whatever_else_left_since() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
        ask(&desk, &chat, &token, (1, "Is it in stock?")).await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Yes, it is.").await;
        nobody_looks(&desk).await;
        let [letter] = smtp.taken().try_into().expect("one letter");

        // Nobody looks at the next one either, and then they talk about something else by mail.
        ask(&desk, &chat, &token, (2, "And in blue?")).await;
        answer(&desk, number, "In blue too.").await;
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_secs(20));
        let raw = letter.answered("a1@a.example", "What does it cost?");
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
        desk.drain().await;
        answer(&desk, number, "It costs 40 EUR.").await;
        nobody_looks(&desk).await;
        let [_, mail, letter] = smtp.taken().try_into().expect("a mail and another letter");
        assert!(mail.raw.contains("It costs 40 EUR."), "{}", mail.raw);
        assert!(letter.raw.contains("In blue too.") && !letter.raw.contains("Yes, it is."), "{}", letter.raw);
        nobody_looks(&desk).await;
        assert_eq!(smtp.taken().len(), 3, "it goes once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn further_replies_put_no_letter_off_and_what_was_looked_at_brings_none_sooner() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
        ask(&desk, &chat, &token, (1, "Is it in stock?")).await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let letters_after = async |wait: Duration| {
            desk.desk.clock.advance(wait);
            desk.drain().await;
            smtp.taken().len()
        };
        let say = async |text: &str| {
            answer(&desk, number, text).await;
            desk.drain().await;
        };
        say("Yes, it is.").await;
        assert_eq!(letters_after(Duration::from_mins(2)).await, 0);
        say("In blue too.").await;
        assert_eq!(letters_after(Duration::from_mins(2)).await, 1, "three minutes after the first of them");
        let letter = smtp.taken().remove(0);
        assert!(letter.raw.contains("Yes, it is.") && letter.raw.contains("In blue too."), "{}", letter.raw);

        say("And in red.").await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        let seen = messages(&desk, number).await.pop().unwrap()["id"].clone();
        line.send(&json!({ "t": "read", "id": Uuid::from_u128(2), "ids": [seen] })).await;
        line.next_of("ack").await;
        drop(line);
        assert_eq!(letters_after(Duration::from_mins(2)).await, 1);
        say("Shall I keep one?").await;
        assert_eq!(letters_after(Duration::from_mins(2)).await, 1, "it has waited for two minutes");
        assert_eq!(letters_after(Duration::from_mins(1)).await, 2);
        let letter = smtp.taken().remove(1);
        assert!(letter.raw.contains("Shall I keep one?") && !letter.raw.contains("And in red."), "{}", letter.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_letter_does_not_hold_goes_with_another() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let number = ask_and_leave(&desk, &chat, (1, "ana@a.example"), "Which lamps are in stock?").await;
        let replies: Vec<String> = (1..=52).map(|lamp| format!("Lamp {lamp}.")).collect();
        for text in &replies {
            answer(&desk, number, text).await;
        }
        nobody_looks(&desk).await;
        let letters = smtp.taken();
        assert_eq!(letters.len(), 2);
        for text in &replies {
            assert_eq!(letters.iter().filter(|letter| letter.raw.contains(text)).count(), 1, "{text}");
        }
        nobody_looks(&desk).await;
        assert_eq!(smtp.taken().len(), 2, "each goes once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_no_mailbox_can_bring_says_so_until_it_is_seen() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        taken(&mut browser, "/brands", &NORD).await;
        let nord = brand(&desk, "nord-garden").await.id;
        let chat = Chat::connect(&desk.desk, nord, &["shop.example"], &json!({})).await;
        let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
        ask(&desk, &chat, &token, (1, "Is it in stock?")).await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Yes, it is.").await;
        nobody_looks(&desk).await;
        let last = async || messages(&desk, number).await.pop().unwrap();
        let reply = last().await;
        assert_eq!(reply["delivery"], "sent");
        assert!(reply["delivery_reason"].as_str().unwrap().contains("no mailbox"), "{reply}");
        let at_the_reply = format!("/conversations/{number}?view=all");
        assert!(page(&mut browser, &at_the_reply).await.contains("Not seen yet."));

        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&json!({ "t": "read", "id": Uuid::from_u128(2), "ids": [reply["id"]] })).await;
        line.next_of("ack").await;
        desk.drain().await;
        let reply = last().await;
        assert_eq!((&reply["delivery"], &reply["delivery_reason"]), (&json!("read"), &json!("")));
        assert!(!page(&mut browser, &at_the_reply).await.contains("Not seen yet."));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_waits_for_a_mailbox_that_is_paused() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let mut browser = desk.browser().await;
        let pause = format!("/channels/{}/pause", desk.setup.channel);
        taken(&mut browser, &pause, &[("back", "/channels")]).await;
        visit(&desk, &chat, 1, "ana@a.example").await;
        assert!(smtp.taken().is_empty(), "nothing leaves a paused mailbox");
        taken(&mut browser, &format!("{pause}/deletion"), &[("back", "/channels")]).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        let [sent] = smtp.taken().try_into().expect("one letter");
        assert!(sent.raw.contains("Yes, it is."), "{}", sent.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_does_not_leave_once_all_of_it_was_read_in_the_chat() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let mut browser = desk.browser().await;
        let pause = format!("/channels/{}/pause", desk.setup.channel);
        taken(&mut browser, &pause, &[("back", "/channels")]).await;
        let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
        ask(&desk, &chat, &token, (1, "Is it in stock?")).await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Yes, it is.").await;
        nobody_looks(&desk).await;
        let letter = last_message(&desk, number).await;
        assert_eq!(letter["delivery"], "queued", "it waits for the mailbox");

        // The customer comes back and reads it there.
        let all = messages(&desk, number).await;
        let reply = all.iter().find(|message| message["body"] == "Yes, it is.").expect("the reply");
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&json!({ "t": "read", "id": Uuid::from_u128(2), "ids": [reply["id"]] })).await;
        line.next_of("ack").await;
        drop(line);
        desk.drain().await;
        taken(&mut browser, &format!("{pause}/deletion"), &[("back", "/channels")]).await;
        nobody_looks(&desk).await;
        assert!(smtp.taken().is_empty(), "there is nothing to bring");
        let all = messages(&desk, number).await;
        let now = all.iter().find(|message| message["id"] == letter["id"]).expect("the letter");
        assert_eq!(now["delivery"], "cancelled");
        assert!(now["delivery_reason"].as_str().unwrap().contains("has read all of it"), "{now}");

        // What is said after that goes as ever.
        answer(&desk, number, "It ships today.").await;
        nobody_looks(&desk).await;
        let [sent] = smtp.taken().try_into().expect("one letter");
        assert!(sent.raw.contains("It ships today.") && !sent.raw.contains("Yes, it is."), "{}", sent.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_waits_is_neither_taken_back_by_the_next_answer_nor_keeps_it_waiting() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let mut browser = desk.browser().await;
        let pause = format!("/channels/{}/pause", desk.setup.channel);
        taken(&mut browser, &pause, &[("back", "/channels")]).await;
        let number = ask_and_leave(&desk, &chat, (1, "ana@a.example"), "Is it in stock?").await;
        answer(&desk, number, "Yes, it is.").await;
        nobody_looks(&desk).await;
        answer(&desk, number, "It ships today.").await;
        desk.drain().await;
        let all = messages(&desk, number).await;
        let second = all.iter().find(|message| message["body"] == "It ships today.").expect("the second answer");
        assert_eq!(second["delivery"], "sent", "it is in the chat at once");
        nobody_looks(&desk).await;
        assert!(smtp.taken().is_empty(), "nothing leaves a paused mailbox");

        taken(&mut browser, &format!("{pause}/deletion"), &[("back", "/channels")]).await;
        for _ in 0..2 {
            desk.desk.clock.advance(Duration::from_mins(1));
            desk.drain().await;
        }
        let sent: Vec<String> = smtp.taken().into_iter().map(|mail| mail.raw).collect();
        for words in ["Yes, it is.", "It ships today."] {
            assert_eq!(sent.iter().filter(|mail| mail.contains(words)).count(), 1, "{words}: {sent:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_whose_letter_waits_is_ended_with_others_and_is_marked_as_spam() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }.with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let mut browser = desk.browser().await;
        let pause = format!("/channels/{}/pause", desk.setup.channel);
        taken(&mut browser, &pause, &[("back", "/channels")]).await;
        for (visitor, address) in [(1, "ana@a.example"), (2, "bob@b.example")] {
            let number = ask_and_leave(&desk, &chat, (visitor, address), "Is it in stock?").await;
            answer(&desk, number, "Yes, it is.").await;
            nobody_looks(&desk).await;
            assert_eq!(last_message(&desk, number).await["delivery"], "queued", "the letter waits for the mailbox");
            if visitor == 1 {
                let ticked = format!("{number}-{}", desk.talk(number).await.revision);
                let fields = [("pick", ticked.as_str()), ("do", "resolve"), ("back", "/inbox?view=all")];
                taken(&mut browser, "/inbox/changes", &fields).await;
            } else {
                taken(&mut browser, &format!("/conversations/{number}/spam"), &[("back", "/inbox")]).await;
            }
            assert_eq!(desk.talk(number).await.status, ConversationStatus::Resolved, "{visitor}");
            assert_eq!(last_message(&desk, number).await["delivery"], "queued", "it leaves all the same");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_the_chat_does_not_wait_for_a_mail_that_cannot_leave() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }.with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let mut browser = desk.browser().await;
        let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
        ask(&desk, &chat, &token, (1, "Is it in stock?")).await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Yes, it is.").await;
        nobody_looks(&desk).await;
        let [letter] = smtp.taken().try_into().expect("one letter");
        let raw = letter.answered("a1@a.example", "What does it cost?");
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
        desk.drain().await;

        // It goes on by mail, whose mailbox lets nothing out, and then the customer is back in the chat.
        let pause = format!("/channels/{}/pause", desk.setup.channel);
        taken(&mut browser, &pause, &[("back", "/channels")]).await;
        let replies = format!("/conversations/{number}/messages");
        taken(&mut browser, &replies, &[("body", "It costs 40 EUR."), ("back", "/inbox")]).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        ask(&desk, &chat, &token, (2, "And in blue?")).await;
        taken(&mut browser, &replies, &[("body", "In blue too."), ("back", "/inbox")]).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        let all = messages(&desk, number).await;
        let delivery = |text: &str| all.iter().find(|message| message["body"] == text).expect(text)["delivery"].clone();
        assert_eq!((delivery("It costs 40 EUR."), delivery("In blue too.")), (json!("queued"), json!("sent")));

        taken(&mut browser, &format!("{pause}/deletion"), &[("back", "/channels")]).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        nobody_looks(&desk).await;
        let sent = smtp.taken().iter().filter(|mail| mail.raw.contains("It costs 40 EUR.")).count();
        assert_eq!(sent, 1, "the mail leaves with its mailbox");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_written_as_the_customer_writes_else_as_the_brand_does() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, ..Wish::exact(engine) };
        let desk = TestDesk::start(wish.with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        visit_asking(&desk, &chat, (1, "ana@a.example"), "Hallo, wo ist meine Bestellung? Danke im Voraus!").await;
        let [german] = smtp.taken().try_into().expect("one letter");
        assert_eq!(german.header("Subject"), "Ihr Chat mit Fjord Home");
        for words in ["Das kam, nachdem Sie den Chat verlassen hatten:", "Antworten Sie einfach auf diese E-Mail"] {
            assert!(german.raw.contains(words), "{}", german.raw);
        }
        assert!(german.raw.contains("Mara:") && !german.raw.contains("Lind"), "as in the chat: {}", german.raw);

        // Nobody has understood yet what language this is in.
        let brand = brands::get(&desk.desk.db, desk.setup.brand).await.unwrap();
        let dutch = Brand { agent_level: AgentLevel::Off, locale: "nl-BE".to_owned(), ..brand };
        write(&desk.desk.db, async |tx| brands::update(tx, &dutch).await).await;
        visit_asking(&desk, &chat, (2, "bob@b.example"), "Is it in stock?").await;
        assert_eq!(smtp.taken().last().unwrap().header("Subject"), "Uw chat met Fjord Home");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_reply_that_nobody_saw_go_with_the_letter() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let number = ask_and_leave(&desk, &chat, (1, "ana@a.example"), "How does it look?").await;
        let path = format!("/api/v1/conversations/{number}/messages");
        for (text, name) in [("Like this.", "front.png"), ("And from behind.", "back.png")] {
            let reply = form(&[("body", text)], &[(name, "image/png", PHOTO)]);
            let posted = post_multipart(&mut desk.api(), &path, &reply).await;
            assert_eq!(posted.status, 201, "{}", posted.text());
            desk.drain().await;
        }
        nobody_looks(&desk).await;
        let [sent] = smtp.taken().try_into().expect("one letter");
        let mail = channel_email::parse(sent.raw.as_bytes());
        let files: Vec<_> = mail.attachments.iter().map(|file| (file.name.as_str(), file.content.len())).collect();
        assert_eq!(files, [("front.png", PHOTO.len()), ("back.png", PHOTO.len())]);
        assert!(sent.raw.contains("Like this.") && sent.raw.contains("And from behind."), "{}", sent.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_waits_for_a_mended_mailbox_says_of_its_files_what_is_true() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let chat = Chat::of(&desk).await;
        let number = ask_and_leave(&desk, &chat, (1, "ana@a.example"), "How does it look?").await;
        let path = format!("/api/v1/conversations/{number}/messages");
        let reply = form(&[("body", "Like this.")], &[("front.png", "image/png", PHOTO)]);
        assert_eq!(post_multipart(&mut desk.api(), &path, &reply).await.status, 201);
        desk.drain().await;

        // The mailbox was connected under another key.
        let (db, mailbox) = (&desk.desk.db, desk.setup.channel);
        let settings = channels::find(db, mailbox).await.unwrap().unwrap().settings.0;
        let sealed = channels::secrets(db, mailbox).await.unwrap();
        let renew = async |secrets: Vec<u8>| {
            let now = desk.desk.clock.now();
            write(db, async |tx| channels::renew_secrets(tx, mailbox, &settings, secrets, now).await).await;
        };
        renew(b"sealed elsewhere".to_vec()).await;
        nobody_looks(&desk).await;
        assert!(smtp.taken().is_empty(), "it cannot leave");
        renew(sealed).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        let letter = last_message(&desk, number).await["id"].as_str().unwrap().to_owned();
        taken(&mut desk.browser().await, &format!("/messages/{letter}/attempts"), &[]).await;
        desk.drain().await;

        let [sent] = smtp.taken().try_into().expect("one letter");
        let mail = channel_email::parse(sent.raw.as_bytes());
        let files: Vec<_> = mail.attachments.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(files, ["front.png"]);
        assert!(mail.text.contains("Like this.") && !mail.text.contains("still in the chat"), "{}", mail.text);
    }
}
