//! The replay of the policy: what its draft would have done in cases of before, counted, stopped and looked into.

use std::env;
use std::time::{Duration, Instant};

use resolute::model::brand::AgentLevel;
use resolute::model::order::Currency;
use resolute::model::replay::{Moved, Replay, ReplayState, Sides};
use resolute::model::teammate::Role;
use resolute::store::run_inputs::{self, RunInputs};
use resolute::store::{agent_runs, replays};

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::done_run;
use crate::support::forms::{page, said, send, taken};
use crate::support::setup::{MAIL_SERVER, open_demo_shop};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;

/// What a customer asks for whose order costs 89.00 EUR and was not sent.
const CANCEL: &str = "Please cancel my order FJ-20428.";
const WHERE: &str = "Where is my order FJ-20422?";
const NOBODY_BELOW: (&str, &str) = ("cancel.alone_up_to", "1.00");

/// A desk whose agent answered both alone.
async fn answered(engine: Engine, smtp: &SmtpDouble) -> TestDesk {
    let wish = Wish { agent_level: AgentLevel::Auto, may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
    let desk = TestDesk::start(wish).await;
    open_demo_shop(&desk.desk, desk.setup.brand).await;
    for (id, text) in [("a", CANCEL), ("b", WHERE)] {
        let mail = format!(
            "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=example.org\r\n\
             From: Elena Rossi <elena.rossi@example.org>\r\nTo: help@fjord.example\r\nMessage-ID: <{id}@x.example>\r\n\
             Subject: My order, {id}\r\n\r\n{text}\r\n"
        );
        assert_eq!(desk.post_mail(mail.as_bytes()).await.status, 200);
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_secs(1));
    }
    desk
}

async fn newest(desk: &TestDesk) -> Replay {
    replays::newest(&desk.desk.db, desk.setup.brand).await.unwrap().expect("a replay")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_cap_is_replayed_and_says_which_cases_would_have_waited() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = Box::pin(answered(engine, &smtp)).await;
        let sam = desk.joined("Sam", Role::Teammate).await;
        let (mut browser, mut sam) = (desk.browser().await, desk.browser_of(sam).await);
        let refused = send(&mut browser, "/replays", &[("conversations", "500")]).await;
        assert!(said(&refused).contains("there is no draft"), "{}", said(&refused));
        taken(&mut browser, "/policies/draft", &[("section", "0"), NOBODY_BELOW]).await;
        let refused = send(&mut browser, "/replays", &[("conversations", "7")]).await;
        assert!(said(&refused).contains("choose from what the list offers"), "{}", said(&refused));
        assert_eq!(send(&mut sam, "/replays", &[("conversations", "500")]).await.status, 403);
        assert!(page(&mut browser, "/policies").await.contains("action=\"/replays\""));
        assert!(!page(&mut sam, "/policies").await.contains("action=\"/replays\""));

        desk.drain().await;
        let left = smtp.taken().len();
        taken(&mut browser, "/replays", &[("conversations", "500")]).await;
        let waits = page(&mut browser, "/policies").await;
        assert!(waits.contains("Cases: 0") && waits.contains("Stop, keep what is counted"), "{waits}");
        desk.drain().await;
        let replay = newest(&desk).await;
        let tally = &replay.tally.0;
        assert_eq!((replay.state, replay.total, replay.against), (ReplayState::Done, 2, 1));
        assert_eq!((tally.cases, tally.same(), tally.untold, tally.changed), (2, 1, 0, 1), "{tally:?}");
        assert_eq!((tally.decisions, tally.actions, tally.alone.more()), (1, 0, -1), "{tally:?}");
        let (alone, asked) = (Sides { before: 8_900, after: 0 }, Sides { before: 0, after: 8_900 });
        assert_eq!(tally.moved, [Moved { currency: Currency::EUR, alone, asked }]);
        assert_eq!(smtp.taken().len(), left, "nothing is sent for it");

        for browser in [&mut browser, &mut sam] {
            let shown = page(browser, "/policies").await;
            for part in ["under this draft, against version 1.", "<p class=\"big\">-89.00 EUR</p>", "1 fewer"] {
                assert!(shown.contains(part), "{part} is not in: {shown}");
            }
        }
        let cases = format!("/replays/{}", replay.id);
        let shown = page(&mut sam, &cases).await;
        for part in ["The agent answers alone", "The reply waits for", "cancels more than", "FJ-20428"] {
            assert!(shown.contains(part), "{part} is not in: {shown}");
        }
        assert!(!shown.contains("FJ-20422"), "what stays the same is not listed: {shown}");
        assert!(page(&mut sam, &format!("{cases}?what=decisions")).await.contains("FJ-20428"));
        assert!(page(&mut sam, &format!("{cases}?what=actions")).await.contains("No difference here"));

        taken(&mut browser, "/policies/draft", &[("section", "0"), ("cancel.alone_up_to", "2.00")]).await;
        let changed = page(&mut browser, "/policies/replay").await;
        assert!(changed.contains("an earlier draft, changed since"), "{changed}");
        taken(&mut browser, "/policies/draft/deletion", &[]).await;
        let gone = page(&mut browser, "/policies").await;
        assert!(gone.contains("a draft that was thrown away") && !gone.contains("action=\"/replays\""), "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_stopped_counts_no_further_and_the_next_one_takes_its_place() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = Box::pin(answered(engine, &smtp)).await;
        let sam = desk.joined("Sam", Role::Teammate).await;
        let (mut browser, mut sam) = (desk.browser().await, desk.browser_of(sam).await);
        taken(&mut browser, "/policies/draft", &[("section", "0"), NOBODY_BELOW]).await;
        taken(&mut browser, "/replays", &[("conversations", "100")]).await;
        let first = newest(&desk).await;
        let cancellation = format!("/replays/{}/cancellation", first.id);
        assert_eq!(send(&mut sam, &cancellation, &[]).await.status, 403);
        for words in ["The replay is stopped.", "The replay was over before."] {
            let answer = send(&mut browser, &cancellation, &[]).await;
            assert!(answer.status == 303 && said(&answer).contains(words), "{}", said(&answer));
        }
        desk.drain().await;
        let stopped = newest(&desk).await;
        assert_eq!((stopped.state, stopped.tally.0.cases), (ReplayState::Stopped, 0));
        let shown = page(&mut browser, "/policies").await;
        assert!(shown.contains("It was stopped.") && shown.contains("action=\"/replays\""), "{shown}");

        taken(&mut browser, "/replays", &[("conversations", "100")]).await;
        desk.drain().await;
        let next = newest(&desk).await;
        assert_eq!((next.state, next.tally.0.cases), (ReplayState::Done, 2));
        assert_eq!(send(&mut browser, &cancellation, &[]).await.status, 404, "another took its place");
        assert_eq!(page(&mut browser, "/policies/replay/tools").await.matches("<form").count(), 1);
    }
}

/// `RESOLUTE_REPLAYS` says of how many; 1 000 and more are held to their time.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_cases_take_less_than_half_a_minute() {
    let wanted: u32 = env::var("RESOLUTE_REPLAYS").map_or(30, |text| text.parse().expect("a number"));
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = Box::pin(answered(engine, &smtp)).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        let known = run_inputs::list_of_last(db, desk.setup.brand, 9, 9).await.unwrap();
        let kept = run_inputs::find(db, known.last().expect("a run").run_id).await.unwrap().expect("it is kept");
        let talk = desk.newest().await;
        write(db, async |tx| {
            for _ in 0..wanted {
                let run = done_run(clock, &talk);
                agent_runs::insert(tx, &run).await?;
                run_inputs::insert(tx, &RunInputs { run_id: run.id, ..kept.clone() }).await?;
            }
            Ok(())
        })
        .await;
        let mut browser = desk.browser().await;
        taken(&mut browser, "/policies/draft", &[("section", "0"), NOBODY_BELOW]).await;
        taken(&mut browser, "/replays", &[("conversations", "1000")]).await;
        let begun = Instant::now();
        desk.drain().await;
        let took = begun.elapsed();
        let tally = newest(&desk).await.tally.0;
        assert_eq!((tally.cases, tally.untold), (i64::from(wanted) + 2, 0));
        assert_eq!(tally.changed, i64::from(wanted) + 1, "the oldest case, again and again");
        let listed = replays::list_cases(db, newest(&desk).await.id).await.unwrap().len();
        assert_eq!(i64::try_from(listed).unwrap(), tally.changed.min(200));
        eprintln!("{engine:?}: {} cases in {took:?}", tally.cases);
        assert!(wanted < 1_000 || took < Duration::from_secs(30), "{took:?}");
    }
}
