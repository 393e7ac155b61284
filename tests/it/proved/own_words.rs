//! Where only a person may answer by now, nothing leaves that a machine wrote, whoever says yes to it.

use std::time::Duration;

use resolute::model::brand::AgentLevel;
use resolute::model::draft::Draft;
use resolute::store::drafts;
use serde_json::json;

use crate::mail_path::{answer, last_message, waiting};
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::write;

const PEOPLE_ONLY: &str = "only a person may answer by now, in words of their own";

/// A desk with a page that Meta lets people answer for seven days.
async fn granted(engine: Engine) -> Stand {
    let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, ..Wish::exact(engine) };
    let stand = Box::pin(Stand::start(wish, &["messenger"])).await;
    stand.connects_with(stand.line(), &[("human_agent", "yes")]).await;
    stand
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machines_words_do_not_leave_as_a_persons() {
    for engine in Engine::all() {
        Box::pin(refused(engine)).await;
    }
}

async fn refused(engine: Engine) {
    let stand = granted(engine).await;
    let (desk, line) = (&stand.desk, stand.line());
    let number = stand.asks(line, 1, QUESTION).await;
    let approval = waiting(desk).await;
    let drafted = desk.api_get("/api/v1/approvals").await["items"][0]["text"].as_str().unwrap().to_owned();
    stand.pass(Duration::from_hours(25)).await;

    let mut browser = desk.browser().await;
    for path in [format!("/approvals/{approval}"), format!("/conversations/{number}?view=all")] {
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains(PEOPLE_ONLY) && shown.contains("edit=1#draft"), "{shown}");
        assert!(!shown.contains("Approve and send"), "{shown}");
    }
    let back = ("back", "/approvals");
    let words = said(&send(&mut browser, &format!("/approvals/{approval}/acceptance"), &[back]).await);
    assert!(words.starts_with('b') && words.contains(PEOPLE_ONLY), "{words}");
    assert!(words.ends_with("Nothing was sent. The draft is kept."), "{words}");
    let words = said(&send(&mut browser, "/approvals/acceptance", &[("ids", approval.as_str())]).await);
    assert!(words.contains("0 replies are on their way. 1 were left"), "{words}");
    let blanks = drafted.replace(' ', "  ");
    let edit = format!("/approvals/{approval}/edit");
    let words = said(&send(&mut browser, &edit, &[("body", blanks.as_str()), back]).await);
    assert!(words.contains(PEOPLE_ONLY) && words.ends_with("Your version is kept."), "{words}");
    let answers = format!("/conversations/{number}/messages");
    let words = said(&send(&mut browser, &answers, &[("body", drafted.as_str()), back]).await);
    assert!(words.starts_with('b') && words.contains(PEOPLE_ONLY), "what the draft says, sent by hand: {words}");

    let acceptance = format!("/api/v1/approvals/{approval}/acceptance");
    let own = json!({ "text": "I have looked for it: it comes tomorrow." });
    let message = json!({ "body": "I have looked for it: it comes tomorrow." });
    for (path, body) in [(&acceptance, json!({})), (&acceptance, own), (&format!("/api/v1{answers}"), message)] {
        let refused = desk.api().post_json(path, &body).await.unwrap();
        let words = refused.text();
        assert!(refused.status == 422 && words.contains(PEOPLE_ONLY), "a program is no person: {path} {words}");
    }
    stand.pass(Duration::from_mins(5)).await;
    assert!(stand.platforms.sent(line).is_empty(), "nothing left");
    assert_eq!(waiting(desk).await, approval, "the draft still waits");

    let theirs = format!("{drafted}\n\nI keep an eye on it myself.");
    taken(&mut browser, &edit, &[("body", theirs.as_str()), back]).await;
    stand.pass(Duration::from_mins(5)).await;
    assert_eq!(last_message(desk, number).await["delivery"], "sent");
    taken(&mut browser, &answers, &[("body", "It is at your door."), back]).await;
    stand.pass(Duration::from_mins(5)).await;
    let sent = stand.platforms.together.messenger().sent();
    let tags: Vec<&str> = sent.iter().map(|sent| sent.tag.as_str()).collect();
    assert_eq!(tags, ["HUMAN_AGENT", "HUMAN_AGENT"], "a person's words leave");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_people_may_answer_for_longer_is_known_of_open_cases_as_soon_as_that_is_set() {
    for engine in Engine::all() {
        let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, ..Wish::exact(engine) };
        let stand = Box::pin(Stand::start(wish, &["messenger"])).await;
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        let path = format!("/api/v1/conversations/{number}");
        let until = async || {
            let talk = stand.desk.api_get(&path).await;
            (talk["reply_until"].clone(), talk["people_until"].clone())
        };
        let (reply_until, people_until) = until().await;
        assert!(reply_until.is_string() && people_until.is_null(), "{reply_until} {people_until}");
        stand.pass(Duration::from_hours(25)).await;
        stand.connects_with(stand.line(), &[("human_agent", "yes")]).await;
        let (kept, longer) = until().await;
        assert!(kept == reply_until && longer.is_string(), "{kept} {longer}");

        stand.pass(Duration::from_hours(1)).await;
        stand.connects_with(stand.line(), &[("human_agent", "no")]).await;
        assert_eq!(until().await, (reply_until, json!(null)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_draft_that_another_one_followed_are_a_machines_until_somebody_answers() {
    for engine in Engine::all() {
        Box::pin(followed(engine)).await;
    }
}

async fn followed(engine: Engine) {
    let stand = granted(engine).await;
    let (desk, line) = (&stand.desk, stand.line());
    let (db, clock) = (&desk.desk.db, &desk.desk.clock);
    let number = stand.asks(line, 1, QUESTION).await;
    let talk = desk.talk(number).await;
    let first = drafts::current(db, talk.id).await.unwrap().expect("a draft");
    let drafted = first.document.0.text();
    stand.pass(Duration::from_mins(1)).await;
    let mut second = Draft { id: clock.new_id(), created_at: clock.now(), ..first };
    for sentence in &mut second.document.0.sentences {
        sentence.text.push_str(" Indeed.");
    }
    write(db, async |tx| {
        drafts::supersede(tx, talk.id).await?;
        drafts::insert(tx, &second).await
    })
    .await;
    stand.pass(Duration::from_hours(25)).await;

    let mut browser = desk.browser().await;
    let answers = format!("/conversations/{number}/messages");
    let back = ("back", "/inbox");
    for text in [&drafted, &second.document.0.text()] {
        let words = said(&send(&mut browser, &answers, &[("body", text.as_str()), back]).await);
        assert!(words.starts_with('b') && words.contains(PEOPLE_ONLY), "{text}: {words}");
    }
    for text in ["It is at your door.", drafted.as_str()] {
        taken(&mut browser, &answers, &[("body", text), back]).await;
        stand.pass(Duration::from_mins(5)).await;
        assert_eq!(last_message(desk, number).await["delivery"], "sent", "{text}");
    }
    let sent = stand.platforms.together.messenger().sent();
    assert_eq!(sent.len(), 2, "what was drafted before the last answer is anybody's to say");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_in_time_and_leaves_too_late_is_held() {
    for engine in Engine::all() {
        Box::pin(held(engine)).await;
    }
}

async fn held(engine: Engine) {
    let stand = granted(engine).await;
    let (desk, line) = (&stand.desk, stand.line());
    let mut browser = desk.browser().await;
    let drafted = stand.asks(line, 1, QUESTION).await;
    let approval = waiting(desk).await;
    let by_program = stand.asks(line, 2, "Do you have it in red?").await;
    let by_hand = stand.asks(line, 3, "Do you have it in blue?").await;
    taken(&mut browser, &format!("/approvals/{approval}/acceptance"), &[("back", "/approvals")]).await;
    answer(desk, by_program, "No, in blue.").await;
    let answers = format!("/conversations/{by_hand}/messages");
    taken(&mut browser, &answers, &[("body", "Yes, we have."), ("back", "/inbox")]).await;

    stand.pass(Duration::from_hours(25)).await;
    for number in [drafted, by_program] {
        let reply = last_message(desk, number).await;
        assert_eq!(reply["delivery"], "held", "{reply}");
        let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains(PEOPLE_ONLY), "{shown}");
    }
    assert_eq!(last_message(desk, by_hand).await["delivery"], "sent", "a person wrote it");
    let sent = stand.platforms.together.messenger().sent();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].tag.as_str(), sent[0].text.as_str()), ("HUMAN_AGENT", "Yes, we have."));
}
