//! The secret before the one with which a platform signs what it pushes: it counts for a while after it was replaced, or until
//! somebody ends it. A chat's own adapter knows when.

use channel_contract::guide::{at, take_out};
use serde_json::Value;

use crate::channels::guide_of;
use crate::model::Ts;
use crate::model::channel::Channel;

/// The secret before the one in use, as it stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    /// Until when it counts.
    pub until: Ts,
    /// Whether it does.
    pub counts: bool,
}

impl Former {
    /// That of an account, if these secrets of it hold one.
    pub fn of(channel: &Channel, secrets: &Value, now: Ts) -> Option<Self> {
        let is_kept = |path: &str| at(secrets, path).and_then(Value::as_str).is_some_and(|secret| !secret.is_empty());
        let until = channel.former_until();
        guide_of(channel)?.former_secrets().any(is_kept).then_some(Self { until, counts: now < until })
    }

    /// Whether it counts, or not, as it did.
    pub fn is_as_before(self, now: Ts) -> bool {
        self.counts == (now < self.until)
    }

    /// Leaves it out of what the adapter of an account is built from.
    pub fn take_out_of(channel: &Channel, secrets: &mut Value) {
        if let Some(guide) = guide_of(channel) {
            for path in guide.former_secrets() {
                take_out(secrets, path);
            }
        }
    }
}
