//! Runs of the agent, and its hand-overs.

use resolute::model::Json;
use resolute::model::agent_run::{AgentRun, HandOff, HandOffPacket, RunState};
use resolute::store::agent_runs;

use super::drafts::{new_run, run};
use crate::support::cast::{Cast, at};
use crate::support::drafts::handed_off;
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn a_run_comes_back_as_it_was() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let full = run(&db, &cast, &talk).await;
        assert_eq!(format!("{:#?}", agent_runs::find(&db, full.id).await.unwrap().unwrap()), format!("{full:#?}"));
        let empty = AgentRun {
            state: RunState::Running,
            outcome: None,
            finished_at: None,
            duration_us: None,
            started_at: at(-1),
            ..new_run(&cast, &talk)
        };
        write(&db, async |tx| agent_runs::insert(tx, &empty).await).await;
        assert_eq!(format!("{:#?}", agent_runs::find(&db, empty.id).await.unwrap().unwrap()), format!("{empty:#?}"));
        assert_eq!(agent_runs::latest(&db, talk.id).await.unwrap().unwrap().id, full.id);
        assert!(agent_runs::latest(&db, cast.clock.new_id()).await.unwrap().is_none());
        assert!(agent_runs::find(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn of_two_runs_in_one_moment_the_second_is_the_latest() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let (first, second) = (new_run(&cast, &talk), new_run(&cast, &talk));
        write(&db, async |tx| {
            agent_runs::insert(tx, &first).await?;
            agent_runs::insert(tx, &second).await
        })
        .await;
        assert_eq!(agent_runs::latest(&db, talk.id).await.unwrap().unwrap().id, second.id);
    })
    .await;
}

#[tokio::test]
async fn the_latest_hand_over_says_why() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let run = run(&db, &cast, &talk).await;
        assert!(agent_runs::latest_hand_off(&db, talk.id).await.unwrap().is_none());
        let packet =
            HandOffPacket { wants: "a refund é".into(), facts: vec!["paid".into()], ..HandOffPacket::default() };
        let of_run = |reason| HandOff { created_at: at(2), ..handed_off(&cast.clock, &run, reason, packet.clone()) };
        let first = HandOff { untold: "they were told\0 before".into(), ..of_run("earlier") };
        let second =
            HandOff { told: Json(vec![cast.sam.id]), notice_id: Some(cast.clock.new_id()), ..of_run("unsure") };
        for hand_off in [&first, &second] {
            write(&db, async |tx| agent_runs::insert_hand_off(tx, hand_off).await).await;
            let stored = HandOff { untold: hand_off.untold.replace('\0', ""), ..hand_off.clone() };
            let found = agent_runs::latest_hand_off(&db, talk.id).await.unwrap().unwrap();
            assert_eq!(format!("{found:#?}"), format!("{stored:#?}"));
        }
    })
    .await;
}
