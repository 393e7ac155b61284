//! What the agent's runs are at, for the customers who wait for their answers, in this process. Never stored: it is over
//! with the run.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::model::ConversationId;
use crate::model::agent_run::Stage;

/// How many changes a slow reader may lag behind.
const BEHIND: usize = 1_024;

/// A run went on, or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose customer waits.
    pub conversation: ConversationId,
    /// What the run is at; nothing when there is nothing to tell of it any more.
    pub stage: Option<Stage>,
}

#[derive(Debug)]
struct Run {
    number: u64,
    stage: Option<Stage>,
}

/// Runs that are under way. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Progress {
    runs: Arc<Mutex<HashMap<ConversationId, Run>>>,
    begun: Arc<AtomicU64>,
    changed: broadcast::Sender<Change>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { runs: Arc::default(), begun: Arc::default(), changed: broadcast::channel(BEHIND).0 }
    }
}

impl Progress {
    /// A run begins: of several of one conversation only the newest is told of. It is over when the result is dropped.
    pub fn begin(&self, conversation: ConversationId) -> Told {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        self.held().insert(conversation, Run { number, stage: None });
        Told { progress: self.clone(), conversation, number }
    }

    /// What the run of a conversation is at.
    pub fn of(&self, conversation: ConversationId) -> Option<Stage> {
        self.held().get(&conversation).and_then(|run| run.stage)
    }

    /// What changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changed.subscribe()
    }

    fn say(&self, conversation: ConversationId, stage: Option<Stage>) {
        // Nobody may be listening.
        let _ = self.changed.send(Change { conversation, stage });
    }

    fn held(&self) -> MutexGuard<'_, HashMap<ConversationId, Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that is told of.
#[derive(Debug)]
pub struct Told {
    progress: Progress,
    conversation: ConversationId,
    number: u64,
}

impl Told {
    /// What the run is at now.
    pub fn tell(&self, stage: Option<Stage>) {
        let mut runs = self.progress.held();
        let own = runs.get_mut(&self.conversation).filter(|run| run.number == self.number && run.stage != stage);
        let Some(run) = own else { return };
        run.stage = stage;
        drop(runs);
        self.progress.say(self.conversation, stage);
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let mut runs = self.progress.held();
        let is_newest = runs.get(&self.conversation).is_some_and(|run| run.number == self.number);
        if is_newest {
            runs.remove(&self.conversation);
        }
        drop(runs);
        if is_newest {
            self.progress.say(self.conversation, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_of_until_it_is_over_and_the_newest_counts() {
        let progress = Progress::default();
        let mut news = progress.changes();
        let mut stages = || std::iter::from_fn(|| news.try_recv().ok().map(|change| change.stage)).collect::<Vec<_>>();
        let talk = ConversationId::from(uuid::Uuid::from_u128(1));
        let first = progress.begin(talk);
        first.tell(Some(Stage::Reading));
        first.tell(Some(Stage::Reading));
        assert_eq!((progress.of(talk), stages()), (Some(Stage::Reading), vec![Some(Stage::Reading)]));

        let second = progress.begin(talk);
        second.tell(Some(Stage::Writing));
        first.tell(Some(Stage::LookingUp));
        drop(first);
        assert_eq!((progress.of(talk), stages()), (Some(Stage::Writing), vec![Some(Stage::Writing)]));
        second.tell(None);
        assert_eq!((progress.of(talk), stages()), (None, vec![None]));
        drop(second);
        assert_eq!((progress.held().len(), stages()), (0, vec![None]));
    }
}
