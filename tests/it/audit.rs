//! The audit log as people and programs fill it, and its page.

use resolute::app::Desk;
use resolute::inbox::approve;
use resolute::model::audit::AuditEntry;
use resolute::model::job::JobKind;
use resolute::model::teammate::Role;
use resolute::store::audit::{self, Filter};
use resolute::store::jobs::{self, Lease, NewJob};
use resolute::store::{conversations, macros};

use crate::mail_path::{drafted, waiting};
use crate::support::cast::Cast;
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::setup::EMAIL;
use crate::support::stores::write;

/// Everything that was recorded, oldest first, as `actor action subject`.
async fn recorded(desk: &Desk) -> Vec<String> {
    let mut entries = audit::list(&desk.db, &Filter::default(), None, 100).await.unwrap();
    entries.reverse();
    entries
        .iter()
        .map(|entry: &AuditEntry| format!("{} {} {}", entry.actor_kind, entry.action, entry.subject_kind))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_are_recorded_without_the_address() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        assert_eq!(desk.sign_in().await.status, 303);
        let wrong = [("email", EMAIL), ("password", "a guess")];
        assert_eq!(desk.client().post_form("/session", &wrong).await.unwrap().status, 422);
        let nobody = [("email", "nobody@fjord.example"), ("password", "a guess")];
        assert_eq!(desk.client().post_form("/session", &nobody).await.unwrap().status, 422);
        let mut browser = desk.browser().await;
        taken(&mut browser, "/session/deletion", &[]).await;
        assert_eq!(
            recorded(&desk.desk).await,
            [
                "teammate signed_in teammate",
                "system sign_in_failed teammate",
                "teammate signed_in teammate",
                "teammate signed_out teammate",
            ]
        );
        let all = format!("{:?}", audit::list(&desk.desk.db, &Filter::default(), None, 100).await.unwrap());
        assert!(!all.contains("fjord.example"), "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_over_and_changing_a_channel_are_recorded() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let row = cast.open(&desk.desk.db, 7).await;
        approve::take_over(&desk.desk.inbox(), row.id, &cast.sam).await.unwrap();
        let talk = conversations::find(&desk.desk.db, row.id).await.unwrap().unwrap();
        let filter = Filter { subject: talk.number.to_string(), ..Filter::default() };
        assert_eq!(audit::list(&desk.desk.db, &filter, None, 9).await.unwrap().len(), 1);

        let mut browser = desk.browser().await;
        let pause = format!("/channels/{}/pause", desk.setup.channel);
        for _ in 0..2 {
            taken(&mut browser, &pause, &[]).await;
        }
        taken(&mut browser, &format!("{pause}/deletion"), &[]).await;
        assert_eq!(
            recorded(&desk.desk).await,
            [
                "teammate taken_over conversation",
                "teammate signed_in teammate",
                "teammate channel_paused channel",
                "teammate channel_resumed channel",
            ],
            "what changes nothing is not recorded"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn macros_of_the_team_and_work_that_is_tried_again_are_recorded() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let mut browser = desk.browser().await;
        let refund = |name: &'static str, shared: &'static str| {
            [("name", name), ("shared", shared), ("text_en", "You get it back."), ("order", "refund_all")]
        };
        taken(&mut browser, "/macros", &refund("Mine", "mine")).await;
        taken(&mut browser, "/macros", &refund("Refund", "team")).await;
        let all = macros::list(db, desk.setup.brand, desk.setup.teammate).await.unwrap();
        let of = |name: &str| format!("/macros/{}", all.iter().find(|one| one.name == name).unwrap().id);
        for name in ["Refund", "Refund all"] {
            taken(&mut browser, &of("Refund"), &refund(name, "team")).await;
        }
        for name in ["Refund", "Mine"] {
            taken(&mut browser, &format!("{}/deletion", of(name)), &[]).await;
        }

        let work = NewJob::about(desk.desk.clock.new_id(), JobKind::ReadName, "channel", &desk.setup.channel, MONDAY);
        let lease = Lease { id: desk.desk.clock.new_id(), until: MONDAY };
        write(db, async |tx| {
            jobs::enqueue(tx, std::slice::from_ref(&work)).await?;
            for job in jobs::claim(tx, JobKind::ReadName, lease, MONDAY, 1).await? {
                jobs::bury(tx, &job, lease.id, "nobody is there").await?;
            }
            Ok(())
        })
        .await;
        for _ in 0..2 {
            send(&mut browser, &format!("/jobs/{}/attempts", work.id), &[]).await;
        }
        assert_eq!(
            recorded(&desk.desk).await[1..],
            [
                "teammate macro_saved macro",
                "teammate macro_saved macro",
                "teammate macro_deleted macro",
                "teammate work_retried work",
            ],
            "one of one's own is not, nor what changes nothing"
        );
        let entries = format!("{:?}", audit::list(db, &Filter::default(), None, 9).await.unwrap());
        assert!(entries.contains("refund_all") && !entries.contains("You get it back"), "{entries}");
        let shown = page(&mut browser, "/audit").await;
        assert!(shown.contains("Deleted a macro of the team") && shown.contains("Tried work again"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_says_whether_a_program_made_it() {
    for engine in Engine::all() {
        let desk = Box::pin(drafted(engine)).await;
        let id = waiting(&desk).await;
        let path = format!("/api/v1/approvals/{id}/rejection");
        let answer =
            desk.api().post_json(&path, &serde_json::json!({ "reason": "Sofie's phone is 123" })).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(recorded(&desk.desk).await, ["token approval_rejected conversation"]);
        let entries = format!("{:?}", audit::list(&desk.desk.db, &Filter::default(), None, 9).await.unwrap());
        assert!(!entries.contains("phone"), "{entries}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_narrows_and_verifies_for_admins_alone() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        assert_eq!(cast.sam.role, Role::Teammate);
        assert_eq!(desk.browser_of(cast.sam.id).await.get("/audit").await.unwrap().status, 403);

        let mut browser = desk.browser().await;
        assert!(browser.get("/settings").await.unwrap().text().contains("href=\"/audit\""));
        let shown = browser.get("/audit").await.unwrap();
        assert_eq!(shown.status, 200);
        assert_eq!(shown.text().matches("Signed in</td>").count(), 2);
        let own = browser.get(&format!("/audit?actor={}", cast.sam.id)).await.unwrap().text();
        assert_eq!(own.matches("Signed in</td>").count(), 1);
        let none = browser.get("/audit?subject=%234812").await.unwrap().text();
        assert!(none.contains("Nothing matches"), "{none}");
        let verified = send(&mut browser, "/audit/verifications", &[]).await;
        assert!(verified.text().contains("All 2 entries are as they were written."), "{}", verified.text());
    }
}
