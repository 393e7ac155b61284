//! Durable work.

use std::collections::HashSet;
use std::time::Duration;

use resolute::clock::Clock;
use resolute::model::job::{Job, JobKind, JobState};
use resolute::model::{JobId, Ts};
use resolute::store::jobs::{self, JobCounts, Lease, NewJob};
use resolute::store::{Db, Error};
use serde_json::json;

use crate::support::cast::{NOW, at};
use crate::support::stores::{on_both, on_postgres, write};

fn job(clock: &Clock, run_at: Ts, dedup_key: Option<&str>) -> NewJob {
    NewJob {
        id: clock.new_id(),
        kind: JobKind::AgentRun,
        payload: json!({ "conversation": "é 'quoted' \"twice\" 😀" }),
        dedup_key: dedup_key.map(ToOwned::to_owned),
        run_at,
        conversation_id: None,
        created_at: NOW,
    }
}

async fn enqueue(db: &Db, new: &[NewJob]) {
    write(db, async |tx| jobs::enqueue(tx, new).await).await;
}

fn lease(clock: &Clock) -> Lease {
    Lease { id: clock.new_id(), until: at(90) }
}

async fn claim(db: &Db, lease: Lease, most: i64) -> Vec<Job> {
    write(db, async |tx| jobs::claim(tx, JobKind::AgentRun, lease, NOW, most).await).await
}

fn ids(jobs: &[Job]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

#[tokio::test]
async fn due_jobs_of_a_kind_are_claimed_oldest_first() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let (newer, older, later) = (job(&clock, at(-1), None), job(&clock, at(-9), None), job(&clock, at(1), None));
        let other_kind = NewJob { kind: JobKind::Deliver, ..job(&clock, at(-20), None) };
        assert!(!jobs::is_due(&db, JobKind::AgentRun, NOW).await.unwrap());
        enqueue(&db, &[newer.clone(), older.clone(), later.clone(), other_kind]).await;
        assert!(jobs::is_due(&db, JobKind::AgentRun, NOW).await.unwrap());
        assert!(!jobs::is_due(&db, JobKind::Poll, NOW).await.unwrap());

        let claimed = claim(&db, lease(&clock), 9).await;
        assert_eq!(ids(&claimed), [older.id, newer.id]);
        let first = &claimed[0];
        assert_eq!((first.attempts, first.state, first.run_at), (1, JobState::Running, at(-9)));
        assert_eq!(first.payload.0, older.payload);
        assert_eq!(first.field::<String>("conversation").unwrap(), "é 'quoted' \"twice\" 😀");
        assert_eq!(first.field::<String>("message"), None);
        assert!(claim(&db, lease(&clock), 9).await.is_empty(), "a claimed job is claimed once");
        assert!(!jobs::is_due(&db, JobKind::AgentRun, NOW).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_claim_takes_no_more_than_it_asked_for() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let all: Vec<NewJob> = (0..50).map(|second| job(&clock, at(-second), None)).collect();
        enqueue(&db, &all).await;
        assert_eq!(claim(&db, lease(&clock), 7).await.len(), 7);
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 43, running: 7, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn two_claimers_never_share_a_job() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let all: Vec<NewJob> = (0..120).map(|second| job(&clock, at(-second), None)).collect();
        enqueue(&db, &all).await;
        let claimers: Vec<_> = (0..4)
            .map(|_| {
                let (db, clock) = (db.clone(), clock.clone());
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let claimed = claim(&db, lease(&clock), 5).await;
                        if claimed.is_empty() && !jobs::is_due(&db, JobKind::AgentRun, NOW).await.unwrap() {
                            return mine;
                        }
                        mine.extend(ids(&claimed));
                    }
                })
            })
            .collect();
        let mut taken = Vec::new();
        for claimer in claimers {
            taken.extend(claimer.await.unwrap());
        }
        assert_eq!(taken.len(), 120);
        assert_eq!(taken.into_iter().collect::<HashSet<_>>().len(), 120);
    })
    .await;
}

#[tokio::test]
async fn finishing_deletes_and_a_lost_lease_is_told() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, None), job(&clock, NOW, None)]).await;
        let mine = lease(&clock);
        let claimed = ids(&claim(&db, mine, 2).await);
        let stranger = clock.new_id();
        assert!(!write(&db, async |tx| jobs::finish(tx, &claimed, stranger).await).await);
        assert_eq!(jobs::counts(&db).await.unwrap().running, 2, "a stranger ends nothing");
        assert!(write(&db, async |tx| jobs::finish(tx, &claimed[..1], mine.id).await).await);
        assert!(!write(&db, async |tx| jobs::finish(tx, &claimed, mine.id).await).await, "one was gone already");
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts::default());
    })
    .await;
}

#[tokio::test]
async fn a_waiting_job_is_only_moved_by_another_of_its_key() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let first = job(&clock, at(-5), Some("a"));
        enqueue(&db, &[first.clone(), job(&clock, at(-4), Some("b"))]).await;
        let again = NewJob { payload: json!({ "instruction": "shorter" }), ..job(&clock, at(30), Some("a")) };
        enqueue(&db, &[again]).await;
        assert_eq!(jobs::counts(&db).await.unwrap().ready, 2);
        assert!(jobs::list_keys(&db, JobKind::AgentRun).await.unwrap().contains("a"));
        assert!(jobs::list_keys(&db, JobKind::Deliver).await.unwrap().is_empty());
        assert_eq!(claim(&db, lease(&clock), 9).await.len(), 1, "the moved one is no longer due");

        let mut later = db.begin().await.unwrap();
        let moved = jobs::claim(&mut later, JobKind::AgentRun, lease(&clock), at(60), 9).await.unwrap();
        assert_eq!(ids(&moved), [first.id]);
        assert_eq!(moved[0].field::<String>("instruction").unwrap(), "shorter");
        drop(later);
        // A running job does not take in new work: what it looked at may be old by now.
        enqueue(&db, &[job(&clock, NOW, Some("b"))]).await;
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 2, running: 1, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_not_put_off_and_not_claimed_before_what_it_is_to_look_at_is_there() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let first = job(&clock, at(-5), Some("a"));
        enqueue(&db, std::slice::from_ref(&first)).await;
        for (asked, due) in [(at(30), at(-5)), (at(-9), at(-9))] {
            let again = job(&clock, asked, Some("a"));
            write(&db, async |tx| jobs::enqueue_no_later(tx, &again).await).await;
            assert_eq!(jobs::next_at(&db, JobKind::AgentRun).await.unwrap(), Some(due));
        }
        assert_eq!(ids(&claim(&db, lease(&clock), 9).await), [first.id]);
    })
    .await;
    // SQLite has one writer.
    on_postgres(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, at(-5), Some("a"))]).await;
        let mut open = db.begin().await.unwrap();
        jobs::enqueue_no_later(&mut open, &job(&clock, NOW, Some("a"))).await.unwrap();
        assert!(claim(&db, lease(&clock), 9).await.is_empty(), "it would not see what is about to be there");
        open.commit().await.unwrap();
        assert_eq!(claim(&db, lease(&clock), 9).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn one_batch_may_hold_a_key_twice() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let last = NewJob { payload: json!({ "turn": "last" }), ..job(&clock, at(-2), Some("a")) };
        enqueue(&db, &[job(&clock, at(-3), Some("a")), job(&clock, at(-3), None), job(&clock, at(-3), None), last])
            .await;
        let claimed = claim(&db, lease(&clock), 9).await;
        assert_eq!(claimed.len(), 3);
        assert_eq!(claimed[2].field::<String>("turn").unwrap(), "last");
    })
    .await;
}

#[tokio::test]
async fn a_retried_job_comes_back_later_with_its_error_and_attempts() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, Some("a"))]).await;
        let mine = lease(&clock);
        let claimed = claim(&db, mine, 1).await.remove(0);
        write(&db, async |tx| jobs::retry(tx, &claimed, mine.id, at(5), "no answer \0 yet").await).await;
        assert!(claim(&db, lease(&clock), 1).await.is_empty());
        let mut tx = db.begin().await.unwrap();
        let again = jobs::claim(&mut tx, JobKind::AgentRun, lease(&clock), at(5), 1).await.unwrap().remove(0);
        assert_eq!((again.id, again.attempts, again.last_error.as_str()), (claimed.id, 2, "no answer  yet"));
    })
    .await;
}

#[tokio::test]
async fn a_postponed_job_forgets_what_went_wrong_before() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, None)]).await;
        let mine = lease(&clock);
        let failed = claim(&db, mine, 1).await.remove(0);
        write(&db, async |tx| jobs::retry(tx, &failed, mine.id, NOW, "no answer").await).await;
        let mine = lease(&clock);
        let claimed = claim(&db, mine, 1).await.remove(0);
        assert_eq!(claimed.attempts, 2);
        write(&db, async |tx| jobs::postpone(tx, &claimed, mine.id, NOW, "paused").await).await;
        let other = lease(&clock);
        let again = claim(&db, other, 1).await.remove(0);
        assert_eq!((again.attempts, again.last_error.as_str()), (1, "paused"));
        // Its lease is another's by now.
        write(&db, async |tx| jobs::postpone(tx, &claimed, mine.id, at(9), "paused").await).await;
        let running = jobs::list_running(&db).await.unwrap();
        assert_eq!((running.len(), running[0].attempts), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_retry_gives_way_to_the_same_work_that_waits_already() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, Some("a"))]).await;
        let mine = lease(&clock);
        let claimed = claim(&db, mine, 1).await.remove(0);
        let newer = job(&clock, at(3), Some("a"));
        enqueue(&db, std::slice::from_ref(&newer)).await;

        // Who lost the lease changes nothing.
        write(&db, async |tx| jobs::retry(tx, &claimed, clock.new_id(), at(5), "late").await).await;
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 1, running: 1, dead: 0 });
        write(&db, async |tx| jobs::retry(tx, &claimed, mine.id, at(5), "late").await).await;
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 1, running: 0, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn a_buried_job_waits_for_a_person() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, Some("a"))]).await;
        let mine = lease(&clock);
        let claimed = claim(&db, mine, 1).await.remove(0);
        write(&db, async |tx| jobs::bury(tx, &claimed, clock.new_id(), "not mine").await).await;
        assert!(jobs::list_dead(&db).await.unwrap().is_empty());
        assert!(!write(&db, async |tx| jobs::revive(tx, claimed.id, NOW).await).await, "it is not dead");
        write(&db, async |tx| jobs::bury(tx, &claimed, mine.id, "gone \0 for good").await).await;
        let dead = jobs::list_dead(&db).await.unwrap();
        assert_eq!((dead.len(), dead[0].last_error.as_str()), (1, "gone  for good"));
        assert!(claim(&db, lease(&clock), 1).await.is_empty());
        assert!(jobs::list_keys(&db, JobKind::AgentRun).await.unwrap().is_empty(), "nobody works on it");

        assert!(write(&db, async |tx| jobs::revive(tx, claimed.id, NOW).await).await);
        assert_eq!(claim(&db, lease(&clock), 1).await[0].attempts, 1);
        assert!(!write(&db, async |tx| jobs::revive(tx, clock.new_id(), NOW).await).await);
    })
    .await;
}

#[tokio::test]
async fn reviving_gives_way_to_the_same_work_but_only_when_dead() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, Some("a"))]).await;
        let mine = lease(&clock);
        let claimed = claim(&db, mine, 1).await.remove(0);
        enqueue(&db, &[job(&clock, at(3), Some("a"))]).await;
        assert!(!write(&db, async |tx| jobs::revive(tx, claimed.id, NOW).await).await);
        assert_eq!(jobs::counts(&db).await.unwrap().running, 1, "a running job is not touched");
        write(&db, async |tx| jobs::bury(tx, &claimed, mine.id, "x").await).await;
        write(&db, async |tx| jobs::revive(tx, claimed.id, NOW).await).await;
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 1, running: 0, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn jobs_of_a_vanished_holder_come_back() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, None), job(&clock, NOW, Some("a"))]).await;
        let mine = lease(&clock);
        let claimed = ids(&claim(&db, mine, 2).await);
        let release = async |now: Ts| write(&db, async |tx| jobs::release_expired(tx, now).await).await;
        assert_eq!(release(at(90)).await, 0, "the lease lasts until its last moment");
        let longer = Lease { until: at(200), ..mine };
        assert_eq!(write(&db, async |tx| jobs::extend(tx, longer).await).await, 2);
        assert_eq!(release(at(100)).await, 0);
        assert_eq!(release(at(201)).await, 2);
        assert!(!write(&db, async |tx| jobs::finish(tx, &claimed, mine.id).await).await, "the lease is lost");
        assert_eq!(jobs::counts(&db).await.unwrap().ready, 2);
    })
    .await;
}

#[tokio::test]
async fn two_runs_of_one_key_come_back_as_one() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        // New work arrived while the first was running, was claimed too, and then the process died.
        enqueue(&db, &[job(&clock, NOW, Some("a"))]).await;
        claim(&db, lease(&clock), 1).await;
        enqueue(&db, &[job(&clock, NOW, Some("a")), job(&clock, NOW, None)]).await;
        assert_eq!(claim(&db, lease(&clock), 2).await.len(), 2);
        write(&db, async |tx| jobs::release_all(tx, at(1)).await).await;
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 2, running: 0, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn a_released_job_gives_way_to_the_same_work_that_waits_already() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        enqueue(&db, &[job(&clock, NOW, Some("a"))]).await;
        claim(&db, lease(&clock), 1).await;
        enqueue(&db, &[job(&clock, at(500), Some("a"))]).await;
        write(&db, async |tx| jobs::release_all(tx, at(1)).await).await;
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 1, running: 0, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn long_work_shows_how_far_it_is() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let conversation = clock.new_id();
        let new = NewJob { conversation_id: Some(conversation), ..job(&clock, NOW, None) };
        enqueue(&db, std::slice::from_ref(&new)).await;
        claim(&db, lease(&clock), 1).await;
        write(&db, async |tx| jobs::progress(tx, new.id, 3, 10).await).await;
        let running = jobs::list_running(&db).await.unwrap();
        assert_eq!((running[0].done, running[0].total, running[0].conversation_id), (3, 10, Some(conversation)));
    })
    .await;
}

#[tokio::test]
async fn the_oldest_unread_message_is_known() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        assert_eq!(jobs::oldest_unread(&db).await.unwrap(), None);
        let came = |at: Ts| NewJob { kind: JobKind::Receive, created_at: at, ..job(&clock, at, None) };
        let oldest = came(at(-7));
        let other = NewJob { created_at: at(-50), ..job(&clock, at(-50), None) };
        enqueue(&db, &[came(at(-3)), oldest.clone(), other]).await;
        assert_eq!(jobs::oldest_unread(&db).await.unwrap(), Some(at(-7)));
        write(&db, async |tx| jobs::put_off_unclaimed(tx, &[oldest.id], at(30), "its channel is broken").await).await;
        assert_eq!(jobs::oldest_unread(&db).await.unwrap(), Some(at(-7)), "what is put off is as old as before");
    })
    .await;
}

#[tokio::test]
async fn a_rolled_back_job_never_was() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let new = job(&clock, NOW, None);
        let mut tx = db.begin().await.unwrap();
        jobs::enqueue(&mut tx, std::slice::from_ref(&new)).await.unwrap();
        drop(tx);
        write(&db, async |tx| jobs::enqueue(tx, &[]).await).await;
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts::default());
        enqueue(&db, std::slice::from_ref(&new)).await;
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(jobs::enqueue(&mut tx, &[new]).await, Err(Error::Duplicate)));
    })
    .await;
}

#[test]
fn waiting_grows_and_jitter_is_bounded() {
    let waits: Vec<u64> = (0..7).map(|attempts| jobs::backoff(attempts, 0.0).as_secs()).collect();
    assert_eq!(waits, [5, 5, 30, 120, 600, 3_600, 3_600]);
    assert_eq!(jobs::backoff(1, 1.0), Duration::from_secs(6));
    assert_eq!(jobs::backoff(1, 99.0), Duration::from_secs(6));
    assert_eq!(jobs::backoff(1, -1.0), Duration::from_secs(5));
}

#[test]
fn a_job_about_one_thing_names_it() {
    let clock = Clock::fixed(NOW);
    let message: JobId = clock.new_id();
    let new = NewJob::about(clock.new_id(), JobKind::Deliver, "message", &message, NOW);
    assert_eq!(new.payload, json!({ "message": message.to_string() }));
    assert_eq!((new.dedup_key, new.run_at), (None, NOW));
}

#[tokio::test]
async fn unclaimed_jobs_are_listed_oldest_first_and_ended_once() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let (newer, older, later) = (job(&clock, at(-1), None), job(&clock, at(-9), None), job(&clock, at(1), None));
        enqueue(&db, &[newer.clone(), older.clone(), later]).await;
        let due = async |most| ids(&jobs::list_due(&db, JobKind::AgentRun, NOW, most).await.unwrap());
        assert_eq!(due(9).await, [older.id, newer.id]);
        assert_eq!(due(1).await, [older.id]);
        assert!(jobs::list_due(&db, JobKind::Deliver, NOW, 9).await.unwrap().is_empty());
        assert!(write(&db, async |tx| jobs::finish_unclaimed(tx, &[older.id]).await).await);
        assert!(!write(&db, async |tx| jobs::finish_unclaimed(tx, &[older.id]).await).await, "it was ended before");
        claim(&db, lease(&clock), 1).await;
        assert!(!write(&db, async |tx| jobs::finish_unclaimed(tx, &[newer.id]).await).await, "it is claimed");
        assert_eq!(jobs::counts(&db).await.unwrap(), JobCounts { ready: 1, running: 1, dead: 0 });
    })
    .await;
}

/// A run of the agent with what a teammate asked for, `""` if nothing, as `place::agent_job` puts it down.
fn look(clock: &Clock, run_at: Ts, instruction: &str) -> NewJob {
    let mut payload = json!({ "conversation": "c" });
    if !instruction.is_empty() {
        payload["instruction"] = json!(instruction);
    }
    NewJob { payload, ..job(clock, run_at, Some("c")) }
}

/// What the one waiting job is asked for; it is done then.
async fn asked(db: &Db, clock: &Clock) -> String {
    let held = lease(clock);
    let [waiting] = claim(db, held, 9).await.try_into().expect("one job waits");
    assert!(write(db, async |tx| jobs::finish(tx, &[waiting.id], held.id).await).await);
    assert_eq!(waiting.text("conversation"), "c");
    waiting.text("instruction")
}

#[tokio::test]
async fn work_put_down_again_keeps_what_only_the_waiting_one_names() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        for instruction in ["shorter", "", "offer é 'blue' 😀", ""] {
            enqueue(&db, &[look(&clock, at(-1), instruction)]).await;
        }
        assert_eq!(asked(&db, &clock).await, "offer é 'blue' 😀");
    })
    .await;
}

#[tokio::test]
async fn running_work_that_joins_waiting_work_hands_over_what_only_it_names() {
    on_both(async |db| {
        for newer in ["", "longer"] {
            for ending in ["retry", "postpone", "expire", "revive"] {
                let clock = Clock::fixed(NOW);
                enqueue(&db, &[look(&clock, at(-1), "shorter")]).await;
                let held = Lease { id: clock.new_id(), until: at(-1) };
                let [running] = claim(&db, held, 1).await.try_into().unwrap();
                if ending == "revive" {
                    write(&db, async |tx| jobs::bury(tx, &running, held.id, "broken").await).await;
                }
                enqueue(&db, &[look(&clock, at(-1), newer)]).await;
                write(&db, async |tx| match ending {
                    "retry" => jobs::retry(tx, &running, held.id, NOW, "busy").await,
                    "postpone" => jobs::postpone(tx, &running, held.id, NOW, "moved on").await,
                    "expire" => jobs::release_expired(tx, NOW).await.map(drop),
                    _ => jobs::revive(tx, running.id, NOW).await.map(drop),
                })
                .await;
                let expected = if newer.is_empty() { "shorter" } else { newer };
                assert_eq!(asked(&db, &clock).await, expected, "{ending}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_vanished_holders_of_the_same_work_the_newest_word_counts() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        for instruction in ["first", "second", ""] {
            enqueue(&db, &[look(&clock, at(-1), instruction)]).await;
            assert_eq!(claim(&db, Lease { id: clock.new_id(), until: at(-1) }, 1).await.len(), 1);
        }
        write(&db, async |tx| jobs::release_expired(tx, NOW).await).await;
        assert_eq!(asked(&db, &clock).await, "second");
    })
    .await;
}
