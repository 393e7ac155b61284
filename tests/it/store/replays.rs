//! The newest replay of a brand: counted until it is over, with cases that go with what their runs looked at.

use resolute::model::draft::{Draft, DraftState};
use resolute::model::replay::{Compared, Ended, ReplayState, Tally, Weighed};
use resolute::model::{AgentRunId, Ts};
use resolute::store::intake::ConversationRow;
use resolute::store::run_inputs::{self, RunInputs};
use resolute::store::{Db, drafts, replays};

use super::drafts::{draft, run};
use crate::support::cast::{Cast, at};
use crate::support::drafts::new_replay;
use crate::support::stores::{on_both, write};

/// A run of a conversation of which it is kept what it looked at.
async fn kept(db: &Db, cast: &Cast, talk: &ConversationRow, taken_at: Ts) -> AgentRunId {
    let run_id = run(db, cast, talk).await.id;
    let inputs = RunInputs { run_id, inputs: vec![1], taken_at };
    write(db, async |tx| run_inputs::insert(tx, &inputs).await).await;
    run_id
}

#[tokio::test]
async fn a_replay_is_counted_until_it_is_over_and_the_next_one_takes_its_place() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let runs = [kept(&db, &cast, &talk, at(1)).await, kept(&db, &cast, &talk, at(2)).await];
        let first = new_replay(&cast.clock, cast.brand.id);
        write(&db, async |tx| replays::insert(tx, &first).await).await;
        assert!(write(&db, async |tx| replays::begin(tx, first.id, 14, 2).await).await);
        let compared = Compared { before: Weighed::alone(Ended::Sent), after: Weighed::alone(Ended::Person) };
        let mut tally = Tally::default();
        tally.add(Some(&compared));
        assert!(write(&db, async |tx| replays::count(tx, first.id, &tally).await).await);
        let forgotten: AgentRunId = cast.clock.new_id();
        for run in [runs[0], runs[1], forgotten] {
            write(&db, async |tx| replays::insert_case(tx, first.id, run, &compared).await).await;
        }
        let known = replays::newest(&db, cast.brand.id).await.unwrap().expect("a replay");
        assert_eq!((known.against, known.total, &known.tally.0, &known.document), (14, 2, &tally, &first.document));
        assert_eq!((known.revision, known.ended_at), (first.revision, None));
        let cases = replays::list_cases(&db, first.id).await.unwrap();
        assert_eq!(cases.iter().map(|case| case.run_id).collect::<Vec<_>>(), [runs[1], runs[0]], "the newest first");
        assert_eq!((cases[0].number, cases[0].taken_at, &cases[0].document.0), (1, at(2), &compared));

        // What a run looked at takes its case along.
        write(&db, async |tx| run_inputs::forget_older(tx, at(2), 9).await).await;
        assert_eq!(replays::list_cases(&db, first.id).await.unwrap().len(), 1);

        let end = async |state| write(&db, async |tx| replays::end(tx, first.id, state, at(9)).await).await;
        assert!(end(ReplayState::Stopped).await);
        assert!(!end(ReplayState::Done).await, "it was over");
        assert!(!write(&db, async |tx| replays::count(tx, first.id, &Tally::default()).await).await);
        assert!(!write(&db, async |tx| replays::begin(tx, first.id, 15, 9).await).await);
        let over = replays::find(&db, first.id).await.unwrap().expect("it is kept");
        assert_eq!((over.state, over.ended_at, &over.tally.0), (ReplayState::Stopped, Some(at(9)), &tally));
        assert_eq!(replays::list_cases(&db, first.id).await.unwrap().len(), 1, "what was counted is kept");

        let next = new_replay(&cast.clock, cast.brand.id);
        write(&db, async |tx| replays::insert(tx, &next).await).await;
        assert!(replays::find(&db, first.id).await.unwrap().is_none());
        assert_eq!(replays::newest(&db, cast.brand.id).await.unwrap().map(|replay| replay.id), Some(next.id));
        assert!(replays::list_cases(&db, first.id).await.unwrap().is_empty());
        // One that was cut off counts from nothing.
        write(&db, async |tx| replays::count(tx, next.id, &tally).await).await;
        write(&db, async |tx| replays::insert_case(tx, next.id, runs[1], &compared).await).await;
        assert!(write(&db, async |tx| replays::begin(tx, next.id, 14, 2).await).await);
        let anew = replays::find(&db, next.id).await.unwrap().expect("it is kept");
        assert_eq!((anew.tally.0, replays::list_cases(&db, next.id).await.unwrap().len()), (Tally::default(), 0));
    })
    .await;
}

#[tokio::test]
async fn the_runs_of_the_last_conversations_are_replayed_and_none_in_whose_place_another_answers() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let [first, second, third] = [cast.open(&db, 1).await, cast.open(&db, 2).await, cast.open(&db, 3).await];
        let superseded = async |talk: &ConversationRow, second: i64| {
            let run = run(&db, &cast, talk).await;
            let inputs = RunInputs { run_id: run.id, inputs: vec![1], taken_at: at(second) };
            let old = Draft { state: DraftState::Superseded, ..draft(&cast, &run) };
            write(&db, async |tx| {
                run_inputs::insert(tx, &inputs).await?;
                drafts::insert(tx, &old).await
            })
            .await;
            run.id
        };
        kept(&db, &cast, &first, at(1)).await;
        superseded(&second, 2).await;
        let answered = kept(&db, &cast, &second, at(3)).await;
        // A teammate answered in its place, and no run.
        let by_hand = superseded(&third, 4).await;
        let listed = async |brand, conversations, most| {
            let runs = run_inputs::list_of_last(&db, brand, conversations, most).await.unwrap();
            runs.into_iter().map(|run| run.run_id).collect::<Vec<_>>()
        };
        assert_eq!(listed(cast.brand.id, 2, 9).await, [by_hand, answered]);
        assert_eq!(listed(cast.brand.id, 9, 9).await.len(), 3);
        assert_eq!(listed(cast.brand.id, 9, 1).await, [by_hand]);
        assert!(listed(cast.clock.new_id(), 9, 9).await.is_empty(), "of another brand");
    })
    .await;
}
