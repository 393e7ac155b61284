//! The agent is stopped on its page or by another process, everybody reads so, and it goes on.

use std::time::Duration;

use resolute::inbox::{Inbox, approve, brakes as stops};
use resolute::model::message::Delivery;
use resolute::model::teammate::Role;
use resolute::store::audit::{self, Filter};
use resolute::store::fates::{self, Part};
use resolute::store::{Reader, approvals, brakes, messages, teammates};

use crate::locks::opened_elsewhere;
use crate::restraint::{agent_settles, mail, reply};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::everything_stopped;
use crate::support::forms::{page, said, send, taken};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;

const STOP: [(&str, &str); 4] =
    [("intent", "return_item"), ("channel", "email"), ("action", "refund"), ("reason", "Wrong carrier.")];
const WORDS: &str = "Refunds for “Return” by mail";

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_stops_the_agent_everybody_reads_so_and_it_goes_on() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let (manager, teammate) = (desk.joined("Noor", Role::Manager).await, desk.joined("Sam", Role::Teammate).await);
        let (mut noor, mut sam) = (desk.browser_of(manager).await, desk.browser_of(teammate).await);
        assert!(page(&mut noor, "/autonomy").await.contains("The agent is not stopped."));
        assert_eq!(send(&mut sam, "/brakes", &STOP).await.status, 403);

        let refused = send(&mut noor, "/brakes", &[("intent", "return_item"), ("reason", " ")]).await;
        let shown = refused.text();
        assert_eq!(refused.status, 422);
        assert!(shown.contains("Write why. Nothing is stopped yet."), "{shown}");
        assert!(shown.contains("<option value=\"return_item\" selected>"), "what was chosen is kept: {shown}");
        let made_up = send(&mut noor, "/brakes", &[("intent", "nonsense"), ("reason", "Why")]).await;
        assert!(made_up.status == 422 && made_up.text().contains("Nothing is stopped"), "{}", made_up.text());
        assert!(brakes::list_in_force(&mut Reader::Db(db)).await.unwrap().is_empty());

        for _ in 0..2 {
            let answer = send(&mut noor, "/brakes", &STOP).await;
            assert_eq!(answer.status, 303);
            assert!(said(&answer).contains("The agent is stopped there."));
        }
        let held = brakes::list_in_force(&mut Reader::Db(db)).await.unwrap();
        assert_eq!(held.len(), 1, "the same twice is one");
        for (browser, may) in [(&mut noor, true), (&mut sam, false)] {
            let shown = page(browser, "/inbox").await;
            assert!(shown.contains(WORDS) && shown.contains("Wrong carrier. What it would do alone there"), "{shown}");
            assert_eq!(shown.contains("<a class=\"button\" href=\"/autonomy\">"), may);
            assert!(page(browser, "/alarms").await.contains(WORDS), "open pages draw it anew");
        }
        let shown = page(&mut noor, "/autonomy").await;
        assert!(shown.contains(&format!("aria-label=\"Let it go on: {WORDS}\"")), "{shown}");

        let release = format!("/brakes/{}/deletion", held[0].id);
        assert_eq!(send(&mut sam, &release, &[]).await.status, 403);
        for _ in 0..2 {
            taken(&mut noor, &release, &[]).await;
        }
        assert!(!page(&mut sam, "/inbox").await.contains("The agent is stopped"));
        let shown = page(&mut noor, "/autonomy").await;
        assert!(shown.contains("The agent is not stopped.") && shown.contains(WORDS), "{shown}");
        let entries = audit::list(db, &Filter::default(), None, 100).await.unwrap();
        let told = entries.iter().filter(|entry| entry.subject_kind == "brake").map(|entry| entry.action.as_str());
        assert_eq!(told.collect::<Vec<_>>(), ["agent_released", "agent_stopped"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_stops_has_left_before_or_is_a_persons() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        let mut talks = Vec::new();
        for number in 0..12 {
            assert_eq!(desk.post_mail(&mail(number, &format!("ann{number}@post.example"))).await.status, 200);
            desk.drain().await;
            talks.push(desk.newest().await);
            clock.advance(Duration::from_secs(1));
        }
        for talk in &talks {
            Box::pin(agent_settles(&desk, talk, reply())).await;
        }
        let mara = teammates::find(db, desk.setup.teammate).await.unwrap().unwrap();
        let elsewhere = Inbox { db: opened_elsewhere(&desk).await, ..desk.desk.inbox() };
        let stop = async {
            stops::stop(&elsewhere, &everything_stopped(clock), &mara).await.unwrap();
            stops::call_back(&elsewhere).await.unwrap();
        };
        tokio::join!(desk.drain(), stop);

        let left = smtp.taken().len();
        clock.advance(Duration::from_secs(1));
        desk.drain().await;
        assert_eq!(smtp.taken().len(), left, "nothing leaves afterwards");
        let mut sent = 0;
        for talk in &talks {
            let all = messages::list(db, talk.id, 10).await.unwrap();
            let [delivery] = all.iter().filter_map(|message| message.delivery).collect::<Vec<_>>().try_into().unwrap();
            let waits = approvals::pending_of(db, talk.id).await.unwrap().is_some();
            sent += usize::from(!waits);
            assert_eq!(delivery, if waits { Delivery::Cancelled } else { Delivery::Sent });
        }
        assert_eq!(sent, left, "each has left once or is a person's");
        elsewhere.db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_which_a_part_has_arrived_leaves_whole_whoever_stops_the_agent_or_takes_over() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        assert_eq!(desk.post_mail(&mail(1, "ann@post.example")).await.status, 200);
        desk.drain().await;
        let talk = desk.newest().await;
        Box::pin(agent_settles(&desk, &talk, reply())).await;
        let queued = async || {
            let all = messages::list(db, talk.id, 10).await.unwrap();
            all.into_iter().find(|message| message.delivery == Some(Delivery::Queued)).map(|message| message.id)
        };
        let id = queued().await.unwrap();
        // Its outcome was open, and its echo comes before the next try.
        let part = Part { message_id: id, number: 0, external_id: "part-1".to_owned(), state: Delivery::Sent };
        write(db, async |tx| fates::take_part(tx, &part).await).await;

        let mara = teammates::find(db, desk.setup.teammate).await.unwrap().unwrap();
        stops::stop(&desk.desk.inbox(), &everything_stopped(clock), &mara).await.unwrap();
        assert_eq!(stops::call_back(&desk.desk.inbox()).await.unwrap(), 0);
        assert_eq!(queued().await, Some(id));
        approve::take_over(&desk.desk.inbox(), talk.id, &mara).await.unwrap();
        assert_eq!(queued().await, Some(id), "the rest of it is not kept back");
    }
}
