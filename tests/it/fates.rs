//! What becomes of what was sent, between the doubles of platforms and the desk: found by whom it went to, kept while it is on
//! its way, and told of each part.

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use platform_doubles::Delivery;
use resolute::inbox::merge;
use resolute::model::brand::AgentLevel;
use resolute::model::channel::ChannelState;
use resolute::model::conversation::Conversation;
use resolute::store::{channels, conversations, teammates};

use crate::composer_files::{form, post_multipart};
use crate::mail_path::{answer, last_message, receive, sofies_mail};
use crate::support::desk::{Engine, Wish};
use crate::support::drafts::{put_before_a_person, saying};
use crate::support::forms::{page, said, send, taken};
use crate::support::platforms::{Told, Trouble};
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::write;

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
async fn a_bill_that_is_not_paid_parks_what_waits_and_is_an_alarm() {
    for engine in Engine::all() {
        let stand = stand(engine, "whatsapp").await;
        let (line, whatsapp) = (stand.line(), stand.platforms.together.whatsapp());
        let number = stand.asks(line, 1, QUESTION).await;
        answer(&stand.desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        let fate = whatsapp.fate(&whatsapp.sent()[0].id, "failed", Some(131_042));
        stand.push(&line.path, &whatsapp.signed(whatsapp.envelope(&[fate]))).await;
        stand.desk.drain().await;
        assert_eq!(delivery(&stand, number).await, "failed");
        assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention);
        let shown = page(&mut stand.desk.browser().await, "/inbox").await;
        assert!(shown.contains("WhatsApp takes no messages until its bill can be paid."), "{shown}");

        answer(&stand.desk, number, "And it comes tomorrow.").await;
        stand.pass(Duration::from_mins(2)).await;
        assert_eq!(delivery(&stand, number).await, "queued", "the next one waits, and does not fail");
        // A pause that ends is no word of the platform's.
        let mut browser = stand.desk.browser().await;
        let pause = format!("/channels/{}/pause", line.channel);
        for path in [pause.clone(), format!("{pause}/deletion")] {
            taken(&mut browser, &path, &[]).await;
        }
        stand.pass(Duration::from_mins(2)).await;
        assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention);
        assert_eq!(delivery(&stand, number).await, "queued", "still");
        assert_eq!(stand.platforms.sent(line).len(), 1);
        stand.connects_again(line).await;
        for _ in 0..8 {
            stand.pass(Duration::from_secs(30)).await;
        }
        assert_eq!((delivery(&stand, number).await.as_str(), stand.platforms.sent(line).len()), ("sent", 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_that_was_paid_is_not_unpaid_by_what_is_told_late() {
    for engine in Engine::all() {
        for is_checked in [false, true] {
            let stand = Box::pin(stand(engine, "whatsapp")).await;
            let (line, whatsapp) = (stand.line(), stand.platforms.together.whatsapp());
            let number = stand.asks(line, 1, QUESTION).await;
            for text in ["It left in the morning.", "It comes tomorrow.", "Is all well now?"] {
                answer(&stand.desk, number, text).await;
                stand.pass(Duration::from_secs(10)).await;
            }
            let sent = whatsapp.sent();
            let unpaid = |place: usize| {
                let fate = whatsapp.fate(&sent[place].id, "failed", Some(131_042));
                whatsapp.signed(whatsapp.envelope(&[fate]))
            };
            let hears = async |told: Delivery| {
                stand.push(&line.path, &told).await;
                stand.desk.drain().await;
                stand.channel(line).await.state
            };
            assert_eq!(hears(unpaid(0)).await, ChannelState::NeedsAttention);
            stand.pass(Duration::from_mins(1)).await;
            let late = unpaid(1);
            stand.pass(Duration::from_mins(1)).await;
            if is_checked {
                let path = format!("/channels/{}/checks", line.channel);
                taken(&mut stand.desk.browser().await, &path, &[("back", "/channels")]).await;
            } else {
                stand.connects_again(line).await;
            }
            stand.pass(Duration::from_mins(1)).await;
            assert_eq!(hears(late).await, ChannelState::Connected, "checked: {is_checked}");
            assert_eq!(hears(unpaid(2)).await, ChannelState::NeedsAttention, "what happens from then on counts");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_comment_can_be_answered_for_a_week() {
    for engine in Engine::all() {
        let stand = stand(engine, "messenger").await;
        let (line, meta) = (stand.line(), stand.platforms.together.messenger());
        stand.pass(Duration::from_secs(10)).await;
        meta.commented("17_4", "9000007");
        let comment = meta.comment("9000007", "17_4", "Ana Lind", "Is the lamp bright?");
        stand.push(&line.path, &meta.delivery(&meta.entries(&[("changes", &[comment])]))).await;
        stand.desk.drain().await;
        let number = stand.desk.newest().await.number;
        stand.pass(Duration::from_hours(6 * 24)).await;
        let shown = page(&mut stand.desk.browser().await, &format!("/conversations/{number}?view=all")).await;
        assert!(!shown.contains("name=\"upload\""), "no file goes with an answer to a comment: {shown}");
        answer(&stand.desk, number, "As bright as the day.").await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!((delivery(&stand, number).await, stand.platforms.sent(line).len()), ("sent".to_owned(), 1));
        // That was the one answer: Meta takes the next when the person has answered, however early it is.
        let waits = "takes one private answer to a public comment, and it has left.";
        let mut browser = stand.desk.browser().await;
        let here = format!("/conversations/{number}?view=all");
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains("The private answer to this comment has left.") && !shown.contains("left to answer"));
        let path = format!("/conversations/{number}/messages");
        let refused = said(&send(&mut browser, &path, &[("body", "And warm."), ("back", "/inbox")]).await);
        assert!(refused.starts_with('b') && refused.contains(waits), "{refused}");
        let body = serde_json::json!({ "body": "And warm." });
        let early = stand.desk.api().post_json(&format!("/api/v1{path}"), &body).await.unwrap();
        assert!(early.status == 422 && early.text().contains(waits), "{}", early.text());
        let talk = stand.desk.talk(number).await;
        let approval = put_before_a_person(&stand.desk, &talk, saying("And warm.")).await;
        let drafted = Conversation { needs_approval: true, ..talk };
        write(&stand.desk.desk.db, async |tx| conversations::update(tx, &drafted).await).await;
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains(waits), "the agent's draft waits for them too: {shown}");
        let accepted = format!("/approvals/{approval}/acceptance");
        let refused = said(&send(&mut browser, &accepted, &[("back", "/approvals")]).await);
        assert!(refused.contains(waits) && refused.ends_with("The draft is kept."), "{refused}");
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!(stand.platforms.sent(line).len(), 1, "nothing left");

        meta.wrote("9000007", stand.desk.desk.clock.now().datetime());
        let private = meta.reply("9000007", "m_private", "And is it warm?", &meta.sent()[0].mid);
        stand.push(&line.path, &meta.delivery(&meta.request(&[private]))).await;
        stand.desk.drain().await;
        assert_eq!(stand.desk.newest().await.number, number);
        answer(&stand.desk, number, "As warm as the sun.").await;
        stand.pass(Duration::from_secs(10)).await;
        let sent = meta.sent();
        assert_eq!((delivery(&stand, number).await.as_str(), sent.len()), ("sent", 2));
        assert_eq!((sent[1].to.as_str(), sent[1].text.as_str()), ("9000007", "As warm as the sun."));
    }
}

/// Customer 9000007 writes on the page in private, and answers nothing by name.
async fn writes_plainly(stand: &Stand, id: &str, text: &str) {
    let (line, meta) = (stand.line(), stand.platforms.together.messenger());
    stand.pass(Duration::from_secs(10)).await;
    meta.wrote("9000007", stand.desk.desk.clock.now().datetime());
    stand.push(&line.path, &meta.delivery(&meta.request(&[meta.text("9000007", id, text)]))).await;
    stand.desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_the_private_answer_to_a_comment_plainly_is_answered_there() {
    for engine in Engine::all() {
        // On a page who comments may have another id than who reads the answer, and may have written in private before.
        for (in_public, wrote_before) in [("9000007", false), ("8000007", false), ("9000007", true), ("8000007", true)]
        {
            let stand = stand(engine, "messenger").await;
            let (line, meta, desk) = (stand.line(), stand.platforms.together.messenger(), &stand.desk);
            let mut before = None;
            if wrote_before {
                writes_plainly(&stand, "m_before", "Do you have lamps?").await;
                before = Some(desk.newest().await.number);
            }
            stand.pass(Duration::from_secs(10)).await;
            meta.commented("17_4", "9000007");
            let comment = meta.comment(in_public, "17_4", "Ana Lind", "Is the lamp bright?");
            stand.push(&line.path, &meta.delivery(&meta.entries(&[("changes", &[comment])]))).await;
            desk.drain().await;
            let number = desk.newest().await.number;
            assert_ne!(Some(number), before);
            answer(desk, number, "As bright as the day.").await;
            stand.pass(Duration::from_secs(10)).await;
            let here = format!("/conversations/{number}?view=all");
            let waits = "The private answer to this comment has left.";
            assert!(page(&mut desk.browser().await, &here).await.contains(waits));

            writes_plainly(&stand, "m_private", "And is it warm?").await;
            assert_eq!(desk.newest().await.number, before.unwrap_or(number), "{in_public}, before: {wrote_before}");
            let shown = page(&mut desk.browser().await, &here).await;
            assert!(!shown.contains(waits), "{in_public}, before: {wrote_before}: {shown}");
            if !wrote_before {
                let now = desk.desk.clock.now();
                assert!(desk.talk(number).await.window.reply_until.is_some_and(|until| until > now));
            }
            answer(desk, number, "As warm as the sun.").await;
            stand.pass(Duration::from_secs(10)).await;
            let sent = meta.sent();
            assert_eq!((delivery(&stand, number).await.as_str(), sent.len()), ("sent", 2));
            assert_eq!((sent[1].to.as_str(), sent[1].text.as_str()), ("9000007", "As warm as the sun."));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_answers_to_a_public_comment_that_wait_at_once_the_second_does_not_leave() {
    for engine in Engine::all() {
        let stand = stand(engine, "messenger").await;
        let (line, meta) = (stand.line(), stand.platforms.together.messenger());
        stand.pass(Duration::from_secs(10)).await;
        meta.commented("17_4", "9000007");
        let comment = meta.comment("9000007", "17_4", "Ana Lind", "Is the lamp bright?");
        stand.push(&line.path, &meta.delivery(&meta.entries(&[("changes", &[comment])]))).await;
        stand.desk.drain().await;
        let number = stand.desk.newest().await.number;
        for text in ["As bright as the day.", "And warm."] {
            answer(&stand.desk, number, text).await;
        }
        for _ in 0..2 {
            stand.pass(Duration::from_secs(10)).await;
        }
        assert_eq!(stand.platforms.sent(line), ["As bright as the day."], "{engine:?}");
        assert_eq!(delivery(&stand, number).await, "held", "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_in_private_behind_a_public_comment_is_answered_as_in_private() {
    for engine in Engine::all() {
        let stand = stand(engine, "instagram").await;
        let (line, meta, desk) = (stand.line(), stand.platforms.together.instagram(), &stand.desk);
        let number = stand.asks(line, 1, QUESTION).await;
        let talk = desk.talk(number).await.id;
        stand.pass(Duration::from_secs(10)).await;
        meta.commented("17_4", "9000001");
        let comment = meta.comment("9000001", "17_4", "ana", "And is the lamp bright?");
        stand.push(&line.path, &meta.delivery(&meta.entries(&[("changes", &[comment])]))).await;
        desk.drain().await;
        let by = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        let beside = desk.newest().await;
        assert_ne!(beside.number, number, "a comment is a conversation of its own");
        merge::merge(&desk.desk.inbox(), (beside.id, talk), false, &by).await.unwrap();
        let path = format!("/conversations/{number}?view=all");
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(!shown.contains("name=\"upload\""), "the comment was last: {shown}");
        assert_eq!(shown.matches("aria-label=\"Put ❤️ on the message").count(), 1, "not on the comment: {shown}");

        stand.pass(Duration::from_secs(10)).await;
        stand.brings(line, &stand.platforms.says(line, 1, "I listen to you here.")).await;
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(shown.contains("name=\"upload\""), "{shown}");
        assert_eq!(shown.matches("aria-label=\"Put ❤️ on the message").count(), 2, "{shown}");
        answer_with_sound(&stand, number).await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!((delivery(&stand, number).await, stand.platforms.sent(line).len()), ("sent".to_owned(), 2));
    }
}

/// Time enough for the agent to wait for further words, and to answer.
async fn thinks(stand: &Stand) {
    for _ in 0..2 {
        stand.pass(Duration::from_mins(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_another_program_answers_nothing_is_said_by_machine_and_people_are_told() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &["messenger"]).await;
        let (line, meta, desk) = (stand.line(), stand.platforms.together.messenger(), &stand.desk);
        let standby = [meta.text("9000008", "m_elsewhere", "I want to speak to a lawyer.")];
        stand.push(&line.path, &meta.delivery(&meta.entries(&[("standby", &standby)]))).await;
        thinks(&stand).await;
        let number = desk.newest().await.number;
        assert!(stand.platforms.sent(line).is_empty(), "nothing leaves by itself");
        let timeline = desk.timeline(number).await;
        assert!(!timeline.contains("handed_off"), "{timeline}");
        let path = format!("/conversations/{number}?view=all");
        let told = "Another program answers here at the moment";
        assert!(page(&mut desk.browser().await, &path).await.contains(told));

        // A person asks for a draft all the same: it leaves by their word alone.
        taken(&mut desk.browser().await, &format!("/conversations/{number}/agent-runs"), &[]).await;
        thinks(&stand).await;
        assert!(stand.platforms.sent(line).is_empty(), "{}", desk.timeline(number).await);
        // It is given back: the next word is the agent's again.
        meta.wrote("9000008", desk.desk.clock.now().datetime());
        let back = meta.text("9000008", "m_back", "I want to speak to a lawyer!");
        stand.push(&line.path, &meta.delivery(&meta.request(&[back]))).await;
        thinks(&stand).await;
        assert_eq!(stand.platforms.sent(line).len(), 1, "{}", desk.timeline(number).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_line_too_no_machine_answers_beside_another_program() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &["line"]).await;
        let (line, platform, desk) = (stand.line(), stand.platforms.together.line(), &stand.desk);
        let person = format!("U{:032}", 7001);
        let writes = async |text: &str| {
            stand.pass(Duration::from_secs(10)).await;
            let event = platform.said(&person, &serde_json::json!({ "type": "text", "text": text }));
            stand.push(&line.path, &platform.delivery(&[event])).await;
            thinks(&stand).await;
        };
        platform.stand_by(true);
        writes("I want to speak to a lawyer.").await;
        let number = desk.newest().await.number;
        assert!(platform.sent().is_empty(), "{}", desk.timeline(number).await);
        let shown = page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains("Another program answers here at the moment"), "{shown}");

        platform.stand_by(false);
        writes("I want to speak to a lawyer!").await;
        assert_eq!(platform.sent().len(), 1, "{}", desk.timeline(number).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_called_as_their_profile_says_and_nothing_waits_for_it() {
    for engine in Engine::all() {
        let stand = stand(engine, "messenger").await;
        let (line, meta, desk) = (stand.line(), stand.platforms.together.messenger(), &stand.desk);
        meta.known_as("9000009", serde_json::json!({ "first_name": "Ana", "last_name": "Lind" }));
        let writes = async |customer: &str, mid: &str, text: &str| {
            let said = meta.text(customer, mid, text);
            stand.push(&line.path, &meta.delivery(&meta.request(&[said]))).await;
            stand.pass(Duration::from_secs(10)).await;
            desk.newest().await
        };
        let named = writes("9000009", "m_named", "Where is it?").await;
        assert_eq!(named.contact_name, "Ana Lind");
        writes("9000009", "m_later", "Are you there?").await;
        let path = format!("/conversations/{}?view=all", named.number);
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(
            shown.matches("Message from Ana Lind").count() >= 2 && !shown.contains("Message from 9000009"),
            "{shown}"
        );

        // Who does not agree to be known is answered all the same.
        let hidden = writes("9000010", "m_hidden", "And mine?").await;
        assert_eq!(hidden.contact_name, "9000010");
        // Written by a person in Messenger itself, who is not named.
        let elsewhere = meta.written_elsewhere("9000009", "m_theirs", "It left today.");
        stand.push(&line.path, &meta.delivery(&meta.request(&[elsewhere]))).await;
        stand.pass(Duration::from_secs(10)).await;
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(shown.contains("Message from Somebody of your team"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_that_a_platform_names_stands_in_the_panel() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl").await;
        let number = stand.asks(stand.line(), 1, "Does it work with a lid?").await;
        let order = stand.desk.talk(number).await.order_number.expect("the marketplace names an order");
        let panel = page(&mut stand.desk.browser().await, &format!("/conversations/{number}/context")).await;
        assert!(panel.contains(&format!("{order}</bdi> is not in the desk")), "{panel}");
        assert!(!panel.contains("no order number was named"), "{panel}");
        let channels = page(&mut stand.desk.browser().await, "/channels").await;
        assert!(!channels.contains("/webhooks/mirakl/"), "nothing is pushed there: {channels}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_lets_nobody_in_is_shown_in_the_place_of_an_earlier_trouble() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "sms").await;
        let (line, desk) = (stand.line(), &stand.desk);
        let channel = stand.channel(line).await.id;
        let earlier = "Twilio sends what customers write to this number somewhere else.";
        let state = ChannelState::NeedsAttention;
        write(&desk.desk.db, async |tx| channels::set_state(tx, channel, state, earlier).await).await;
        desk.desk.connections.forget(channel);
        let inbox = page(&mut desk.browser().await, "/inbox").await;
        assert!(inbox.contains(earlier) && inbox.contains("Replies are tried all the same"), "{inbox}");
        assert!(!inbox.contains("messages wait"), "what is pushed elsewhere does not wait: {inbox}");

        assert!(stand.platforms.together.let_in("sms", false));
        answer(desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        let now = stand.channel(line).await;
        assert_eq!(now.state, state);
        assert!(!now.state_reason.is_empty() && !now.state_reason.contains("somewhere else"), "{}", now.state_reason);
        let timeline = desk.timeline(number).await;
        assert!(timeline.contains("delivery_changed"), "an open page is told: {timeline}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_beside_the_messages_is_not_told_as_theirs() {
    for engine in Engine::all() {
        let (stand, _) = asked(engine, "mirakl").await;
        let desk = &stand.desk;
        let channel = stand.channel(stand.line()).await.id;
        let trouble = ChannelFailure::refused(FailureClass::Permission, "The queue of order news may not be read.");
        for (failure, is_beside) in [(trouble.clone(), false), (trouble.beside("news of orders"), true)] {
            let (state, words) = (ChannelState::NeedsAttention, failure.to_string());
            write(&desk.desk.db, async |tx| channels::set_state(tx, channel, state, &words).await).await;
            let inbox = page(&mut desk.browser().await, "/inbox").await;
            assert!(inbox.contains(&words), "{inbox}");
            assert_eq!(inbox.contains("messages wait until it works again"), !is_beside, "{inbox}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_leaves_though_its_account_asks_for_a_look() {
    for engine in Engine::all() {
        let (stand, number) = asked(engine, "sms").await;
        let desk = &stand.desk;
        let channel = stand.channel(stand.line()).await.id;
        let trouble = "Twilio sends what customers write to this number somewhere else.";
        let state = ChannelState::NeedsAttention;
        write(&desk.desk.db, async |tx| channels::set_state(tx, channel, state, trouble).await).await;
        desk.desk.connections.forget(channel);
        answer(desk, number, "It left in the morning.").await;
        stand.pass(Duration::from_secs(10)).await;
        assert_eq!(delivery(&stand, number).await, "sent");
        assert_eq!(stand.channel(stand.line()).await.state, state, "that it left does not end the trouble");
        let inbox = page(&mut desk.browser().await, "/inbox").await;
        let alarm = format!("{trouble} Replies are tried all the same");
        assert!(inbox.contains(&alarm) && !inbox.contains("Replies wait"), "{inbox}");
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
