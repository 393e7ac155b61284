//! The policy as it is changed on screen: a field, the examples that it breaks, publishing.

use std::time::Duration;

use resolute::model::teammate::Role;
use resolute::store::versions::{self, Kind};

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::http::Client;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_breaks_examples_is_settled_on_the_page_and_published() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (db, mut browser) = (&desk.desk.db, desk.browser().await);
        let in_force =
            async || versions::in_force(db, Kind::Policy, desk.setup.brand, desk.desk.clock.now()).await.unwrap();
        let before = in_force().await.map_or(0, |version| version.version);

        taken(&mut browser, "/policies/draft", &[("section", "0"), ("returns.window_days", "14")]).await;
        let shown = page(&mut browser, "/policies").await;
        assert!(shown.contains("Day 30: take back: expected “alone”, now “refuse”"), "{shown}");
        assert!(shown.contains("name=\"expect\" value=\"0\"") && shown.contains("name=\"remove\" value=\"0\""));
        let elsewhere = page(&mut browser, "/policies?section=1").await;
        assert!(elsewhere.contains("An example of another rule no longer holds."), "{elsewhere}");

        taken(&mut browser, "/policies/publication", &[("summary", "Two weeks")]).await;
        assert_eq!(in_force().await.map_or(0, |version| version.version), before, "an example still fails");

        taken(&mut browser, "/policies/draft/examples", &[("section", "0"), ("expect", "0")]).await;
        let settled = page(&mut browser, "/policies").await;
        assert!(settled.contains("Day 30: refuse") && !settled.contains("Expect this now"), "{settled}");
        taken(&mut browser, "/policies/publication", &[("summary", "Two weeks")]).await;
        let now = in_force().await.unwrap();
        assert!(now.version > before);
        assert_eq!(now.document.0["returns"]["window_days"], 14);
        assert_eq!(now.document.0["examples"][0]["expects"], "refuse");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_example_can_be_removed_and_a_missing_one_changes_nothing() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (db, mut browser) = (&desk.desk.db, desk.browser().await);
        let draft = async || versions::draft(db, Kind::Policy, desk.setup.brand).await.unwrap();
        taken(&mut browser, "/policies/draft/examples", &[("expect", "99")]).await;
        assert!(draft().await.is_none());
        taken(&mut browser, "/policies/draft", &[("damaged.autonomy", "after_approval")]).await;
        let kept = draft().await.unwrap().document.0["examples"].as_array().unwrap().len();
        let answer = send(&mut browser, "/policies/draft/examples", &[("remove", "2"), ("section", "0")]).await;
        assert_eq!(answer.status, 303);
        let left = draft().await.unwrap().document.0["examples"].as_array().unwrap().clone();
        assert_eq!(left.len(), kept - 1);
        assert!(left.iter().all(|example| example["says"] != "Cup 19.90, photo: refund alone"));
        taken(&mut browser, "/policies/publication", &[("summary", "Ask first")]).await;
        assert!(draft().await.is_none(), "published");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_the_policy_reads_it() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut manager = desk.browser().await;
        let reader = desk.joined("Ole", Role::Teammate).await;
        let mut reader = desk.browser_of(reader).await;
        for days in ["14", "13"] {
            taken(&mut manager, "/policies/draft", &[("section", "0"), ("returns.window_days", days)]).await;
            if days == "14" {
                taken(&mut manager, "/policies/draft/examples", &[("section", "0"), ("expect", "0")]).await;
            }
            taken(&mut manager, "/policies/publication", &[("summary", days)]).await;
            desk.desk.clock.advance(Duration::from_mins(1));
        }
        taken(&mut manager, "/policies/draft", &[("section", "0"), ("returns.window_days", "30")]).await;
        let all = versions::list(&desk.desk.db, Kind::Policy, desk.setup.brand).await.unwrap();
        let old = all.iter().find(|version| version.published && version.summary == "14").expect("an old version");
        let (home, old) = ("/policies".to_owned(), format!("/policies/{}", old.version));

        let tools =
            ["returns.window_days\"", "Keep as a draft", "Throw the draft", "Publish from", "Expect this", "Roll back"];
        let seen = async |browser: &mut Client| page(browser, &home).await + &page(browser, &old).await;
        let (full, read) = (seen(&mut manager).await, seen(&mut reader).await);
        for tool in tools {
            assert_eq!((full.contains(tool), read.contains(tool)), (true, false), "{tool}");
        }
        assert!(read.contains("Only managers and admins change the policy.") && read.contains("<b>30</b>"), "{read}");
        assert!(!full.contains("Only managers and admins"));
        let answer = send(&mut reader, "/policies/draft", &[("section", "0"), ("returns.window_days", "9")]).await;
        assert_eq!(answer.status, 403);
    }
}
