//! Channels whose platform refuses to let the desk in: one reply at a time knocks, ever less often, and the others wait.
//! Forgotten with the process, which then knocks once more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::Receipt;

use crate::model::channel::{Channel, ChannelState};
use crate::model::{ChannelId, Ts};

/// How long the first refusal keeps everything waiting; each further one twice as long as the one before.
const SHORTEST: Duration = Duration::from_secs(30);
/// The longest wait: a password that was set right again is noticed by then.
const LONGEST: Duration = Duration::from_mins(30);

/// Whether the platform may not have let the desk in at all, whatever the message.
pub(super) fn is_shut_out(outcome: &Result<Receipt, ChannelFailure>) -> bool {
    use ChannelFailure::{Reconnect, Refused};
    matches!(outcome, Err(Reconnect { .. } | Refused { class: FailureClass::Permission, .. }))
}

#[derive(Clone, Copy, Debug)]
struct Refused {
    pause: Duration,
    until: Ts,
}

/// The refusing channels. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals {
    refused: Arc<Mutex<HashMap<ChannelId, Refused>>>,
}

impl Refusals {
    /// Whether a reply must wait before it knocks at this channel.
    pub(super) fn keep_waiting(&self, channel: &Channel, now: Ts) -> bool {
        channel.state != ChannelState::Connected && self.refused().get(&channel.id).is_some_and(|at| now < at.until)
    }

    /// Whether a reply may knock now: of those that wait, the first that asks. Where people see that the channel works,
    /// everybody may.
    pub(super) fn may_knock(&self, channel: &Channel, now: Ts) -> bool {
        let mut refused = self.refused();
        if channel.state == ChannelState::Connected {
            refused.remove(&channel.id);
            return true;
        }
        let Some(at) = refused.get_mut(&channel.id) else { return true };
        if now < at.until {
            return false;
        }
        at.pause = (at.pause * 2).min(LONGEST);
        at.until = now.plus(at.pause);
        true
    }

    /// The platform let nobody in.
    pub(super) fn note(&self, id: ChannelId, now: Ts) {
        self.refused().entry(id).or_insert(Refused { pause: SHORTEST, until: now.plus(SHORTEST) });
    }

    /// The platform let somebody in, whatever it said to the message.
    pub(super) fn end(&self, id: ChannelId) {
        self.refused().remove(&id);
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<ChannelId, Refused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
