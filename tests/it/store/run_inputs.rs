//! What runs looked at: kept with the run, listed from the oldest, forgotten in parts.

use resolute::model::{AgentRunId, Ts};
use resolute::store::run_inputs::{self, RunInputs};
use uuid::Uuid;

use super::drafts::run;
use crate::support::cast::{Cast, at};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn what_runs_looked_at_is_listed_page_by_page_and_the_oldest_is_forgotten_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let mut kept = Vec::new();
        for second in [1, 1, 2] {
            let run_id = run(&db, &cast, &talk).await.id;
            let new = RunInputs { run_id, inputs: vec![0, 255, 7], taken_at: at(second) };
            write(&db, async |tx| run_inputs::insert(tx, &new).await).await;
            kept.push(new);
        }
        assert_eq!(run_inputs::find(&db, kept[2].run_id).await.unwrap().as_ref(), Some(&kept[2]));
        assert_eq!(run_inputs::find(&db, cast.clock.new_id()).await.unwrap(), None);

        let (mut behind, mut found) = ((Ts(0), AgentRunId(Uuid::nil())), Vec::new());
        while let Some(one) = run_inputs::list_behind(&db, behind, 1).await.unwrap().first() {
            assert_eq!((one.brand_id, one.conversation_id, one.number), (cast.brand.id, talk.id, 1));
            behind = (one.taken_at, one.run_id);
            found.push(one.run_id);
        }
        assert_eq!(found, kept.iter().map(|kept| kept.run_id).collect::<Vec<_>>());

        let forget =
            async |before: Ts, most: i64| write(&db, async |tx| run_inputs::forget_older(tx, before, most).await).await;
        assert_eq!(forget(at(2), 1).await, 1);
        assert_eq!(forget(at(2), 9).await, 1);
        assert_eq!(forget(at(2), 9).await, 0, "a run is kept until its moment is over");
        let left = run_inputs::list_behind(&db, (Ts(0), AgentRunId(Uuid::nil())), 9).await.unwrap();
        assert_eq!(left.iter().map(|left| left.run_id).collect::<Vec<_>>(), [kept[2].run_id]);
    })
    .await;
}
