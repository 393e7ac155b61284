//! What a kept run comes to under other documents, as replays compare it.

use super::built_in::BuiltIn;
use super::kept::Kept;
use super::outcome::{Mode, Outcome, RunResult};
use super::run::run;
use super::snapshot::Snapshot;
use crate::clock::Clock;
use crate::commerce::shops::Shops;
use crate::model::replay::{Asked, Ended, Weighed};

/// What a kept run comes to over a snapshot of it, by the built-in engine; nothing where that needs of a shop what was not
/// asked then.
pub async fn weighed(kept: &Kept, snapshot: &Snapshot, clock: &Clock) -> Option<Weighed> {
    let shops = Shops::repeating(kept.shops.clone(), clock.clone());
    let result = run(snapshot, &shops, &BuiltIn).await;
    (!shops.lack()).then(|| of(result))
}

fn of(result: RunResult) -> Weighed {
    match result.outcome {
        Outcome::Reply { draft, mode, needs, .. } => {
            let (ended, needs, why) = match mode {
                Mode::Send => (Ended::Sent, None, vec![draft.why.clone()]),
                Mode::Approve(reasons) => (Ended::Waits, Some(needs), reasons),
            };
            let asked = draft.actions.iter().map(|action| Asked {
                what: action.as_shown(),
                label: action.label.clone(),
                worth: action.worth,
            });
            Weighed { ended, needs, why: said(why), asked: asked.collect(), text: draft.text() }
        }
        Outcome::HandOff { reason, .. } => {
            let text = result.notice.unwrap_or_default();
            Weighed { why: said(vec![reason]), text, ..Weighed::alone(Ended::Person) }
        }
        Outcome::Nothing { reason, .. } => Weighed { why: said(vec![reason]), ..Weighed::alone(Ended::Nothing) },
    }
}

fn said(mut why: Vec<String>) -> Vec<String> {
    why.retain(|words| !words.is_empty());
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commerce::recorded::Recording;

    async fn ended(text: &str, shops: Recording) -> Option<Ended> {
        let snapshot = Snapshot::alone(text);
        let outcome = Outcome::Nothing { reason: String::new(), resolve: false };
        let kept = Kept::of(&snapshot, shops, None, &outcome);
        let weighed = Box::pin(weighed(&kept, &snapshot, &Clock::fixed(snapshot.now))).await?;
        Some(weighed.ended)
    }

    #[tokio::test]
    async fn what_a_shop_was_not_asked_cannot_be_told() {
        let no_shop = Recording { is_empty: true, ..Recording::default() };
        assert!(ended("Where is my order FJ-20417?", no_shop).await.is_some());
        assert_eq!(ended("Where is my order FJ-20417?", Recording::default()).await, None);
    }
}
