//! Deliveries that were turned away because they are not signed as the account signs: a wrong secret in its settings shows
//! nowhere else. Counted since the account has the secrets that it has, and forgotten with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::channel::Channel;
use crate::model::{ChannelId, Ts};

/// What was turned away at the address of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// How many deliveries.
    pub number: usize,
    /// When the last of them came.
    pub last_at: Ts,
    /// Since when the same secrets count; `None` when they never changed.
    since: Option<Ts>,
    /// Whether another one was taken since then.
    is_taken: bool,
}

impl TurnedAway {
    /// Whether nothing else came since the same secrets count.
    pub fn is_all(self, channel: &Channel) -> bool {
        let is_since = |at: Ts| self.since.is_none_or(|since| at >= since);
        let has_come_in = channel.last_inbound_at.is_some_and(is_since);
        !self.is_taken && !has_come_in
    }
}

/// What came at the address of an account.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    since: Option<Ts>,
    is_taken: bool,
    refused: usize,
    refused_at: Option<Ts>,
}

/// What came at the addresses of all accounts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Deliveries {
    came: Arc<Mutex<HashMap<ChannelId, Came>>>,
}

impl Deliveries {
    /// One was taken of an account whose secrets count since then.
    pub(super) fn take(&self, id: ChannelId, since: Option<Ts>) {
        self.change(id, since, |came| came.is_taken = true);
    }

    /// One was turned away.
    pub(super) fn turn_away(&self, id: ChannelId, since: Option<Ts>, at: Ts) {
        self.change(id, since, |came| {
            came.refused = came.refused.saturating_add(1);
            came.refused_at = Some(at);
        });
    }

    fn change(&self, id: ChannelId, since: Option<Ts>, change: impl FnOnce(&mut Came)) {
        let mut all = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        let came = all.entry(id).or_default();
        if came.since != since {
            *came = Came { since, ..Came::default() };
        }
        change(came);
    }

    /// What was turned away of an account whose secrets count since then; `None` where nothing was.
    pub(super) fn turned_away(&self, id: ChannelId, since: Option<Ts>) -> Option<TurnedAway> {
        let all = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        let came = all.get(&id).filter(|came| came.since == since)?;
        Some(TurnedAway { number: came.refused, last_at: came.refused_at?, since, is_taken: came.is_taken })
    }
}
