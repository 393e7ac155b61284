//! Public comments, and the private answers to them.

use std::time::Duration;

use resolute::inbox::merge;
use resolute::model::conversation::Conversation;
use resolute::store::{conversations, teammates};

use super::{answer_with_sound, delivery, stand};
use crate::mail_path::answer;
use crate::support::desk::Engine;
use crate::support::drafts::{put_before_a_person, saying};
use crate::support::forms::{page, said, send};
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::write;

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
