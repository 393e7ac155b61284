//! Texts that are kept as they are typed, on several devices of one person: none is overwritten unseen.

use std::time::Duration;

use resolute::model::conversation::{AgentState, Conversation};
use resolute::model::{ApprovalId, NoteId};
use resolute::store::{approvals, composer_texts, conversations, draft_texts, drafts};

use super::store::approvals::pending;
use crate::support::cast::{Cast, NOW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::Client;
use crate::support::stores::{number_of, write};

const HERE: &str = "/conversations/7?view=all";

/// The revision that the first text of a page goes on from.
fn revision_of(page: &str) -> String {
    let rest = page.split("data-revision=\"").nth(1).unwrap_or_else(|| panic!("no text is kept in:\n{page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// What the desk answers a page that wants a text to be kept: the status, its revision, and the text that is there.
async fn keep(device: &mut Client, path: &str, (body, revision): (&str, &str)) -> (u16, String, String) {
    let answer = send(device, path, &[("body", body), ("revision", revision)]).await;
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let word = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    (answer.status, word("revision"), word("body"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_device_wrote_meanwhile_stays_until_somebody_chooses() {
    const KEEPS: &str = "/conversations/7/draft-text";
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let talk = cast.open(db, 7).await;
        let kept =
            async || composer_texts::find(db, talk.id, desk.setup.teammate).await.unwrap().reply.map(|text| text.body);
        let (mut desktop, mut phone) = (desk.browser().await, desk.browser().await);
        for device in [&mut desktop, &mut phone] {
            assert_eq!(revision_of(&page(device, HERE).await), "", "nothing is kept yet");
        }
        let (status, first, _) = keep(&mut desktop, KEEPS, ("Dear Sofie", "")).await;
        assert!(status == 200 && !first.is_empty());
        let asked = keep(&mut phone, KEEPS, ("Hello", "")).await;
        assert_eq!(asked, (409, first.clone(), "Dear Sofie".to_owned()));
        assert_eq!(kept().await.as_deref(), Some("Dear Sofie"));

        // Whoever has seen it goes on from it.
        assert_eq!(revision_of(&page(&mut phone, HERE).await), first);
        let (status, second, _) = keep(&mut phone, KEEPS, ("Dear Sofie, hello", &first)).await;
        assert!(status == 200 && second != first);
        let asked = keep(&mut desktop, KEEPS, ("Dear Sofie Keller", &first)).await;
        assert_eq!(asked, (409, second.clone(), "Dear Sofie, hello".to_owned()));
        let again = keep(&mut desktop, KEEPS, ("Dear Sofie, hello", &first)).await;
        assert_eq!(again, (200, second.clone(), String::new()), "the same text is no other one");

        // What was sent is not there again because another device still has it.
        taken(&mut phone, "/conversations/7/messages", &[("body", "Dear Sofie, hello")]).await;
        assert_eq!(
            keep(&mut desktop, KEEPS, ("Dear Sofie, hello you", &second)).await,
            (409, String::new(), String::new())
        );
        assert_eq!(kept().await, None);
        assert_eq!(keep(&mut desktop, KEEPS, ("Yours", "now")).await.0, 409, "no revision of ours");
        let mut noor = desk.browser_of(cast.noor.id).await;
        assert_eq!(keep(&mut noor, KEEPS, ("Mine", "")).await.0, 200, "it is nobody else’s text");
        let foreign = desktop.post_form(KEEPS, &[("body", "Not from our page"), ("revision", "")]).await.unwrap();
        assert_eq!((foreign.status, kept().await), (403, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reply_and_note_are_kept_each_by_itself_and_the_last_one_is_shown() {
    const KEEPS: &str = "/conversations/7/draft-text";
    const NOTING: &str = "class=\"composer is-note\"";
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let talk = cast.open(db, 7).await;
        let kept = async || {
            let texts = composer_texts::find(db, talk.id, desk.setup.teammate).await.unwrap();
            [texts.reply, texts.note].map(|text| text.map(|text| text.body).unwrap_or_default())
        };
        let (mut desktop, mut phone) = (desk.browser().await, desk.browser().await);
        assert_eq!(send(&mut desktop, KEEPS, &[("body", "Dear Sofie"), ("revision", "")]).await.status, 200);
        desk.desk.clock.advance(Duration::from_secs(1));
        let note = [("body", "Looks like a fraud"), ("note", "1"), ("revision", "")];
        assert_eq!(send(&mut desktop, KEEPS, &note).await.status, 200, "no other text was changed");
        assert_eq!(kept().await, ["Dear Sofie", "Looks like a fraud"]);

        let shown = page(&mut phone, HERE).await;
        assert!(shown.contains(NOTING) && shown.contains("Looks like a fraud</textarea>"), "{shown}");
        assert!(shown.contains(" hidden disabled>Dear Sofie</textarea>"), "only what is shown is sent: {shown}");
        for (asked, is_note) in [("reply", false), ("note", true)] {
            let shown = page(&mut phone, &format!("{HERE}&compose={asked}")).await;
            assert_eq!(shown.contains(NOTING), is_note, "{asked}");
        }
        let late = [("body", "Mine"), ("note", "1"), ("revision", "")];
        assert_eq!(send(&mut phone, KEEPS, &late).await.json()["body"], "Looks like a fraud");

        taken(&mut phone, "/conversations/7/notes", &[("body", "Looks like a fraud")]).await;
        assert_eq!(kept().await, ["Dear Sofie", ""], "the reply goes on");
        assert!(!page(&mut desktop, HERE).await.contains(NOTING));
        assert_eq!(send(&mut desktop, KEEPS, &[("body", "Ask Tom"), ("note", "1")]).await.status, 200);
        taken(&mut phone, "/conversations/7/messages", &[("body", "Dear Sofie, hello")]).await;
        assert_eq!(kept().await, ["", "Ask Tom"], "the note goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_is_not_taken_stands_in_its_field_again() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let talk = cast.open(db, 7).await;
        let mut browser = desk.browser().await;
        let long = "Long story. ".repeat(1_700);
        let id = desk.desk.clock.new_id::<NoteId>().to_string();
        taken(&mut browser, "/conversations/7/notes", &[("id", id.as_str()), ("body", "Called her."), ("back", HERE)])
            .await;
        for (body, why) in [(long.as_str(), "at most 20000"), ("Called her again.", "sent before with another text")] {
            let refused =
                send(&mut browser, "/conversations/7/notes", &[("id", id.as_str()), ("body", body), ("back", HERE)])
                    .await;
            assert_eq!(refused.header("location"), Some(HERE));
            let words = said(&refused);
            assert!(words.contains(why) && words.ends_with("Your note is kept in its field."), "{words}");
            let note = composer_texts::find(db, talk.id, desk.setup.teammate).await.unwrap().note.unwrap();
            assert_eq!(note.body, body);
            let shown = page(&mut browser, HERE).await;
            assert!(shown.contains("composer is-note") && shown.contains(&format!("{body}</textarea>")), "{why}");
        }
        let empty = send(&mut browser, "/conversations/7/notes", &[("body", " "), ("back", HERE)]).await;
        assert!(said(&empty).ends_with("Write something first."), "{}", said(&empty));
        assert!(page(&mut browser, HERE).await.contains("Called her again.</textarea>"), "what was kept stays");
    }
}

/// Conversation 7 with a draft that waits; its approval.
pub(crate) async fn drafted(desk: &TestDesk, cast: &Cast) -> ApprovalId {
    let db = &desk.desk.db;
    let talk = cast.open(db, 7).await;
    let approval = pending(db, cast, &talk, NOW).await;
    let row = conversations::find(db, talk.id).await.unwrap().unwrap();
    let drafted = Conversation { needs_approval: true, agent_state: AgentState::Drafted, ..row };
    write(db, async |tx| conversations::update(tx, &drafted).await).await;
    approval.id
}

async fn kept_versions(desk: &TestDesk) -> i64 {
    number_of(&desk.desk.db, "select count(*) from draft_texts").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_a_draft_is_there_on_every_device_of_its_writer_and_nowhere_else() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let approval = drafted(&desk, &cast).await;
        let keeps = format!("/approvals/{approval}/draft-text");
        let cards = [HERE.to_owned(), format!("/approvals/{approval}")];
        let edits = [format!("{HERE}&edit=1"), format!("/approvals/{approval}?edit=1")];
        let (mut desktop, mut phone) = (desk.browser().await, desk.browser().await);
        let draft = approvals::find(db, approval).await.unwrap().unwrap().draft_id;
        let written = drafts::find(db, draft).await.unwrap().unwrap().document.0.text();
        for edit in &edits {
            assert_eq!(revision_of(&page(&mut phone, edit).await), "");
        }

        let (status, first, _) = keep(&mut desktop, &keeps, ("My own <b>words", "")).await;
        assert!(status == 200 && !first.is_empty());
        for (card, edit) in cards.iter().zip(&edits) {
            let shown = page(&mut phone, edit).await;
            assert!(shown.contains("My own &#60;b&#62;words</textarea>"), "{shown}");
            assert_eq!(revision_of(&shown), first);
            let shown = page(&mut phone, card).await;
            assert!(shown.contains("Your own version is kept") && !shown.contains("My own"), "{shown}");
        }
        let mut noor = desk.browser_of(cast.noor.id).await;
        for path in cards.iter().chain(&edits) {
            let shown = page(&mut noor, path).await;
            assert!(!shown.contains("My own") && !shown.contains("Your own version"), "{shown}");
        }

        let asked = keep(&mut phone, &keeps, ("Hello", "")).await;
        assert_eq!(asked, (409, first.clone(), "My own <b>words".to_owned()));
        taken(&mut phone, &format!("{keeps}/deletion"), &[("back", HERE)]).await;
        assert_eq!(kept_versions(&desk).await, 0, "the draft is as it was");
        let asked = keep(&mut desktop, &keeps, ("My own words, more", &first)).await;
        assert_eq!(asked, (409, String::new(), written), "so another device hears of it");
        assert_eq!(keep(&mut desktop, &keeps, ("Mine", "")).await.0, 200);

        let foreign = desktop.post_form(&keeps, &[("body", "Not from our page")]).await.unwrap();
        assert_eq!(foreign.status, 403);
        let nowhere = format!("/approvals/{}/draft-text", cast.clock.new_id::<ApprovalId>());
        assert_eq!(keep(&mut desktop, &nowhere, ("Mine", "")).await.0, 404);
        let longer = "é".repeat(100_001);
        assert_eq!(send(&mut desktop, &keeps, &[("body", &longer)]).await.status, 200);
        let kept = draft_texts::find(db, draft, desk.setup.teammate).await.unwrap().unwrap();
        assert_eq!(kept.body.chars().count(), 100_000, "nobody fills the disk by typing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_a_draft_goes_when_it_is_decided() {
    for engine in Engine::all() {
        for decision in ["edit", "acceptance", "rejection", "takeover"] {
            let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
            let cast = Cast::stored(&desk.desk.db).await;
            let approval = drafted(&desk, &cast).await;
            let keeps = format!("/approvals/{approval}/draft-text");
            let (mut desktop, mut phone) = (desk.browser().await, desk.browser().await);
            let mut noor = desk.browser_of(cast.noor.id).await;
            let (status, revision, _) = keep(&mut desktop, &keeps, ("Mine", "")).await;
            assert_eq!((status, keep(&mut noor, &keeps, ("Noor’s", "")).await.0), (200, 200));
            let fields = [("body", "What goes out"), ("reason", "no"), ("keep_0", "1")];
            taken(&mut phone, &format!("/approvals/{approval}/{decision}"), &fields).await;
            assert_eq!(kept_versions(&desk).await, 0, "{decision}");
            assert_eq!(keep(&mut desktop, &keeps, ("Mine, later", &revision)).await.0, 410, "{decision}");
            assert_eq!(kept_versions(&desk).await, 0, "{decision}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_may_not_be_sent_is_there_with_the_next_edit() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let approval = drafted(&desk, &cast).await;
        // A manager decides this one.
        let mut sam = desk.browser_of(cast.sam.id).await;
        taken(&mut sam, &format!("/approvals/{approval}/edit"), &[("body", "Sam’s own")]).await;
        let draft = approvals::find(&desk.desk.db, approval).await.unwrap().unwrap().draft_id;
        let kept = draft_texts::find(&desk.desk.db, draft, cast.sam.id).await.unwrap();
        assert_eq!(kept.map(|text| text.body).as_deref(), Some("Sam’s own"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_is_kept_forgets_nothing_that_another_device_wrote_on() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let talk = cast.open(db, 7).await;
        let keeps = "/conversations/7/draft-text";
        let mut mara = desk.browser().await;
        let begun = [("body", "Ask Tom"), ("note", "1"), ("revision", "")];
        let kept = send(&mut mara, keeps, &begun).await;
        let said: serde_json::Value = serde_json::from_slice(&kept.body).unwrap();
        let first = said["revision"].as_str().unwrap().to_owned();
        let on = [("body", "Ask Tom about the blue one"), ("note", "1"), ("revision", first.as_str())];
        assert_eq!(send(&mut mara, keeps, &on).await.status, 200);
        let note = [("body", "Ask Tom"), ("note_revision", first.as_str()), ("back", HERE)];
        taken(&mut mara, "/conversations/7/notes", &note).await;
        let there = composer_texts::find(db, talk.id, desk.setup.teammate).await.unwrap().note;
        assert_eq!(there.map(|text| text.body).as_deref(), Some("Ask Tom about the blue one"));
    }
}
