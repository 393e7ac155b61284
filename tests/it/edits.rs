//! What two people change at once: nothing is overwritten unseen, and no text is lost.

use resolute::model::approval::ApprovalState;
use resolute::model::event::EventKind;
use resolute::model::message::Direction;
use resolute::model::teammate::Role;
use resolute::model::{Ts, VersionId};
use resolute::store::approvals::{self, Decided};
use resolute::store::versions::{self, Kind};
use resolute::store::{composer_texts, messages};

use super::store::approvals::pending;
use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::http::{Answer, Client};
use crate::support::stores::{happened, tags_of, write};

/// A second person of the team, in their own browser.
async fn other_manager(desk: &TestDesk) -> Client {
    desk.browser_of(desk.joined("Ole", Role::Manager).await).await
}

fn refused(answer: &Answer) -> bool {
    said(answer).starts_with('b')
}

async fn draft(desk: &TestDesk) -> (VersionId, Ts, i64) {
    let draft = versions::draft(&desk.desk.db, Kind::Voice, desk.setup.brand).await.unwrap().unwrap();
    (draft.id, draft.created_at, draft.document.0["warmth"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_one_draft_by_two_people_do_not_overwrite_each_other() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (mut mara, mut ole) = (desk.browser().await, other_manager(&desk).await);
        let none = value_of(&page(&mut mara, "/voices").await, "revision");
        taken(&mut mara, "/voices/draft", &[("revision", &none), ("warmth", "11")]).await;
        assert_eq!(draft(&desk).await.2, 11);
        let late = send(&mut ole, "/voices/draft", &[("revision", &none), ("warmth", "99")]).await;
        assert!(refused(&late), "{:?}", late.headers);
        assert_eq!(draft(&desk).await.2, 11, "what was not seen is not overwritten");

        let seen = value_of(&page(&mut ole, "/voices").await, "revision");
        taken(&mut ole, "/voices/draft", &[("revision", &seen), ("warmth", "22")]).await;
        assert_eq!(draft(&desk).await.2, 22);
        let publication = [("revision", seen.as_str()), ("summary", "what Mara looked at")];
        assert!(refused(&send(&mut mara, "/voices/publication", &publication).await));
        let in_force = async || {
            versions::in_force(&desk.desk.db, Kind::Voice, desk.setup.brand, desk.desk.clock.now())
                .await
                .unwrap()
                .unwrap()
        };
        assert_eq!(in_force().await.version, 1);
        let now = value_of(&page(&mut mara, "/voices").await, "revision");
        let publication = [("revision", now.as_str()), ("summary", "as it is"), ("effective_from", "2001-01-01T08:00")];
        assert!(!refused(&send(&mut mara, "/voices/publication", &publication).await));
        let published = in_force().await;
        assert_eq!((published.version, published.document.0["warmth"].as_i64()), (2, Some(22)));
        assert_eq!(published.effective_from, Some(desk.desk.clock.now()), "never before it was published");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_a_policy_by_two_people_do_not_overwrite_each_other() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (mut mara, mut ole) = (desk.browser().await, other_manager(&desk).await);
    let shown = page(&mut mara, "/policies").await;
    let none = value_of(&shown, "revision");
    let field = shown.split("type=\"number\"").nth(1).and_then(|rest| rest.split("name=\"").nth(1));
    let name = field.and_then(|rest| rest.split('"').next()).unwrap_or("returns.days").to_owned();
    let fields = [("revision", none.as_str()), (name.as_str(), "13")];
    let first = send(&mut mara, "/policies/draft", &fields).await;
    assert_eq!(first.status, 303, "{name}: {}", first.text());
    let late = send(&mut ole, "/policies/draft", &[("revision", none.as_str()), (name.as_str(), "14")]).await;
    assert!(refused(&late), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_come_too_late_are_kept_in_the_composer() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let talk = cast.open(db, 7).await;
        let approval = pending(db, &cast, &talk, NOW).await;
        let decided = Decided {
            state: ApprovalState::Rejected,
            by: cast.sam.id,
            at: NOW,
            took_us: None,
            reason: "",
            final_text: None,
        };
        write(db, async |tx| approvals::decide(tx, approval.id, &decided).await).await;
        let mut mara = desk.browser().await;
        let kept = async || composer_texts::find(db, talk.id, desk.setup.teammate).await.unwrap().reply.unwrap().body;
        for (text, all) in [("My own words.", "My own words."), ("Others.", "My own words.\n\nOthers.")] {
            let answer = send(&mut mara, &format!("/approvals/{}/edit", approval.id), &[("body", text)]).await;
            assert_eq!(answer.status, 303, "{}", answer.text());
            assert_eq!(answer.header("location"), Some("/conversations/7"));
            assert!(refused(&answer));
            assert_eq!(kept().await, all);
        }
        assert!(page(&mut mara, "/conversations/7").await.contains("My own words."));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_approvals_sent_twice_are_one_reply_and_say_so() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let mut mara = desk.browser().await;
        let talk = cast.open(db, 7).await;
        let approval = pending(db, &cast, &talk, NOW).await;
        let own = [("body", "In my own words.")];
        let first = send(&mut mara, &format!("/approvals/{}/edit", approval.id), &own).await;
        assert_eq!((first.status, refused(&first)), (303, false));
        for (path, fields) in [("edit", &own[..]), ("acceptance", &[]), ("rejection", &[])] {
            let again = send(&mut mara, &format!("/approvals/{}/{path}", approval.id), fields).await;
            let shown = said(&again);
            assert!(shown.contains("approved already") && !shown.contains("Nothing was sent"), "{path}: {shown}");
            let kept = composer_texts::find(db, talk.id, desk.setup.teammate).await.unwrap().reply;
            assert!(kept.is_none_or(|text| text.body.is_empty()), "what went out is not left in the composer");
            let sent = messages::list(db, talk.id, 50).await.unwrap();
            assert_eq!(sent.iter().filter(|message| message.direction == Direction::Outbound).count(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_pages_through_all_drafts_that_wait() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        for number in 1..=5 {
            let talk = cast.open(db, number).await;
            pending(db, &cast, &talk, at(number)).await;
        }
        let (mut path, mut numbers) = ("/api/v1/approvals?limit=2".to_owned(), Vec::new());
        for size in [2, 2, 1] {
            let shown = desk.api_get(&path).await;
            let items = shown["items"].as_array().unwrap();
            assert_eq!(items.len(), size);
            numbers.extend(items.iter().map(|item| item["conversation"].as_i64().unwrap()));
            path = format!("/api/v1/approvals?limit=2&cursor={}", shown["next_cursor"].as_str().unwrap_or("none"));
        }
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert_eq!(desk.api().get(&path).await.unwrap().status, 422, "the last page leads nowhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_are_refused_lead_back_to_the_conversation_with_words() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    let mut mara = desk.browser().await;
    for (change, field, words) in [
        ("merges", ("source", "#999"), "There is no conversation #999"),
        ("merges", ("source", "the other one"), "Write the number"),
        ("snooze", ("until", "someday"), "Choose until when"),
        ("assignment", ("teammate_id", "nobody"), "Choose a person"),
        ("tags", ("add", "<b>\u{0}"), "tag"),
    ] {
        let answer = send(&mut mara, &format!("/conversations/7/{change}"), &[field]).await;
        assert_eq!(answer.status, 303, "{change}: {}", answer.text());
        assert_eq!(answer.header("location"), Some("/conversations/7?view=all"), "{change}");
        let shown = said(&answer);
        assert!(shown.starts_with('b') && shown.contains(words), "{change}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_there_already_is_no_news() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let row = cast.open(&desk.desk.db, 7).await;
        let mut mara = desk.browser().await;
        for change in ["add", "add", "remove", "remove", "add"] {
            let answer = send(&mut mara, "/conversations/7/tags", &[(change, "Big sale")]).await;
            assert_eq!(answer.status, 303, "{}", answer.text());
        }
        let tagged = happened(&desk.desk.db, row.id).await;
        let tagged = tagged.iter().filter(|event| event.kind == EventKind::Tagged).count();
        assert_eq!(tagged, 3, "put on, taken off, put on");
        assert_eq!(tags_of(&desk.desk.db, row.id).await, ["big-sale"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_number_finds_its_conversation_and_the_order() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        for number in [1_082, 9] {
            cast.open(&desk.desk.db, number).await;
        }
        let mut mara = desk.browser().await;
        for words in ["1082", "%231082", "%201082%20"] {
            let answer = mara.get(&format!("/search?q={words}")).await.unwrap();
            assert_eq!(answer.header("location"), Some("/conversations/1082?view=all"), "{words}");
        }
        let about = cast.message(&cast.open(&desk.desk.db, 10).await, "Where is my order FJ-1082?");
        put(&desk.desk.db, &[], &[about]).await;
        let shown = mara.get("/search?q=1082").await.unwrap().text();
        let (named, order) = (shown.find("id=\"row-1082\""), shown.find("id=\"row-10\""));
        assert!(named.is_some() && named < order, "{shown}");
        assert_eq!(mara.get("/search?q=77").await.unwrap().status, 200, "nobody has it");
    }
}
