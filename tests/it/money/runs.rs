//! Runs of the agent that something overtook while they were under way.

use std::time::Duration;

use resolute::inbox::approve;
use resolute::inbox::place::agent_job;
use resolute::inbox::settle::{Finished, Returned};
use resolute::model::Ts;
use resolute::model::agent_run::HandOffPacket;
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::{AgentState, Conversation};
use resolute::model::job::{Job, JobKind};
use resolute::policy::Policy;
use resolute::store::conversations;
use resolute::store::jobs::{self, Lease};
use resolute::store::versions::{self, Kind, NewVersion};

use super::world::World;
use crate::support::desk::Engine;
use crate::support::stores::write;

/// The run that waits for the agent is taken by a worker, a second later.
async fn taken(world: &World) -> (Job, Lease) {
    let clock = &world.inbox.clock;
    clock.advance(Duration::from_secs(1));
    let lease = Lease { id: clock.new_id(), until: clock.now().plus(Duration::from_secs(15)) };
    let claimed =
        write(&world.inbox.db, async |tx| jobs::claim(tx, JobKind::AgentRun, lease, clock.now(), 1).await).await;
    let [job] = claimed.try_into().expect("a run waits");
    (job, lease)
}

/// What a run came to that began at `began`, and that nobody need look at.
fn run(world: &World, talk: &Conversation, began: Ts, instruction: &str) -> Finished {
    let mut finished = world.reply(talk, vec![], &[]);
    finished.run.started_at = began;
    instruction.clone_into(&mut finished.run.instruction);
    finished
}

#[tokio::test]
async fn a_run_gives_way_to_one_that_a_teammate_asked_for_meanwhile() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (talk, began) = (world.talk(7).await, world.inbox.clock.now());
        world.inbox.clock.advance(Duration::from_secs(1));
        approve::write_again(&world.inbox, talk.id, &world.cast.sam, "Shorter").await.unwrap();
        assert!(!world.settle(&run(&world, &talk, began, "")).await, "another one waits");
        assert_eq!(world.now(talk.id).await.agent_state, AgentState::Writing);

        let (job, lease) = taken(&world).await;
        assert_eq!(job.text("instruction"), "Shorter");
        assert!(!world.settle(&run(&world, &talk, began, "")).await, "another one is under way");
        assert!(!jobs::is_due(&world.inbox.db, JobKind::AgentRun, world.inbox.clock.now()).await.unwrap());

        write(&world.inbox.db, async |tx| jobs::finish(tx, &[job.id], lease.id).await).await;
        let mut asked = world.reply(&talk, vec![], &["written again as a teammate asked"]);
        "Shorter".clone_into(&mut asked.run.instruction);
        assert!(world.settle(&asked).await);
        let draft = world.pending(&talk).await.expect("it waits for the teammate");
        assert!(!world.settle(&run(&world, &talk, began, "")).await, "another one is done");
        assert_eq!(world.pending(&talk).await.map(|approval| approval.id), Some(draft.id), "the draft stays");
        assert!(world.ours(&talk).await.is_empty(), "nothing goes out under their hands");
        assert!(!jobs::is_due(&world.inbox.db, JobKind::AgentRun, world.inbox.clock.now()).await.unwrap());
    }
}

#[tokio::test]
async fn an_older_run_that_is_under_way_stops_no_newer_one() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        approve::write_again(&world.inbox, talk.id, &world.cast.sam, "").await.unwrap();
        taken(&world).await;
        world.inbox.clock.advance(Duration::from_secs(1));
        assert!(world.settle(&world.reply(&talk, vec![], &["ask"])).await);
    }
}

#[tokio::test]
async fn what_a_teammate_asked_of_an_overtaken_run_is_asked_of_the_next_one() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (clock, db) = (&world.inbox.clock, &world.inbox.db);
        for (number, begins, own, expected) in
            [(7, false, "", "Shorter"), (8, false, "Longer", "Longer"), (9, true, "", "Shorter")]
        {
            let (talk, began) = (world.talk(number).await, clock.now());
            // The customer writes while the run is under way.
            let mut overtaken = run(&world, &talk, began, "Shorter");
            overtaken.run.revision -= 1;
            clock.advance(Duration::from_secs(1));
            write(db, async |tx| jobs::enqueue(tx, &[agent_job(clock, talk.id, clock.now(), own)]).await).await;
            if begins {
                taken(&world).await;
            }
            assert!(!world.settle(&overtaken).await);
            let (next, _) = taken(&world).await;
            assert_eq!((next.conversation_id, next.text("instruction").as_str()), (Some(talk.id), expected));
        }
    }
}

#[tokio::test]
async fn what_was_asked_for_last_counts_though_it_has_begun() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (clock, db) = (&world.inbox.clock, &world.inbox.db);
        let talk = world.talk(7).await;
        let mut overtaken = run(&world, &talk, clock.now(), "Shorter");
        overtaken.run.revision -= 1;
        clock.advance(Duration::from_secs(1));
        approve::write_again(&world.inbox, talk.id, &world.cast.sam, "Longer").await.unwrap();
        taken(&world).await;
        assert!(!world.settle(&overtaken).await);
        assert!(!jobs::is_due(db, JobKind::AgentRun, clock.now()).await.unwrap(), "the one under way is left alone");
    }
}

#[tokio::test]
async fn a_run_goes_as_far_as_the_agent_may_go_when_it_ends() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        for (number, level) in [(7, AgentLevel::Auto), (8, AgentLevel::Approve), (9, AgentLevel::Off)] {
            let talk = world.talk(number).await;
            let finished = world.reply(&talk, vec![], &[]);
            world.agent_may(level).await;
            assert_eq!(world.settle(&finished).await, level != AgentLevel::Off);
            assert_eq!(world.ours(&talk).await.len(), usize::from(level == AgentLevel::Auto), "{level}");
            let reasons = world.pending(&talk).await.map(|approval| approval.reasons.0);
            let asks = || vec!["every draft of this brand is read by a person".to_owned()];
            assert_eq!(reasons, (level == AgentLevel::Approve).then(asks), "{level}");
        }
    }
}

#[tokio::test]
async fn who_is_handed_over_is_told_so_only_where_the_agent_may_write() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        for (number, level, told) in [(7, AgentLevel::Auto, 1), (8, AgentLevel::Approve, 0)] {
            let talk = world.talk(number).await;
            let mut finished = world.reply(&talk, vec![], &[]);
            finished.result = Returned::HandOff {
                reason: "Not clear.".to_owned(),
                packet: HandOffPacket::default(),
                notice: Some("A colleague looks at it.".to_owned()),
            };
            world.agent_may(level).await;
            assert!(world.settle(&finished).await);
            assert_eq!(world.now(talk.id).await.agent_state, AgentState::HandedOff);
            assert_eq!(world.ours(&talk).await.len(), told, "{level}");
        }
    }
}

#[tokio::test]
async fn a_run_that_is_switched_off_while_it_writes_leaves_nothing_behind() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (talk, db) = (world.talk(7).await, &world.inbox.db);
        write(db, async |tx| conversations::set_agent_state(tx, talk.id, AgentState::Writing).await).await;
        let mut finished = world.reply(&talk, vec![], &[]);
        // Even one that something overtook does not look again.
        finished.run.revision -= 1;
        world.agent_may(AgentLevel::Off).await;
        assert!(!world.settle(&finished).await);
        assert_eq!(world.now(talk.id).await.agent_state, AgentState::Idle);
        assert!(!jobs::is_due(db, JobKind::AgentRun, world.inbox.clock.now()).await.unwrap());
    }
}

#[tokio::test]
async fn what_was_written_under_another_policy_waits_for_a_person() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let finished = world.reply(&talk, vec![], &[]);
        let now = world.inbox.clock.now();
        let newer = NewVersion {
            id: world.inbox.clock.new_id(),
            brand_id: talk.brand_id,
            document: serde_json::to_value(Policy::default()).unwrap(),
            summary: "Stricter".to_owned(),
            author_id: None,
            effective_from: Some(now),
            created_at: now,
        };
        write(&world.inbox.db, async |tx| versions::insert(tx, Kind::Policy, &newer).await).await;
        assert!(world.settle(&finished).await);
        assert!(world.ours(&talk).await.is_empty());
        let asked = world.pending(&talk).await.expect("it waits");
        assert_eq!(asked.reasons.0, ["the policy was changed while this was written"]);
    }
}
