//! Reply tokens: each answers one message, once, and within about a minute of it. They are kept in the memory of the process
//! that took the delivery; where none is at hand the answer is pushed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

use crate::read::Told;

/// How long after the delivery a token is used. LINE promises a minute, and a call takes its time.
pub(crate) const FRESH: Duration = Duration::seconds(50);

/// The tokens that may still be used, each with when it came, by the key of the event that it answers.
#[derive(Default)]
pub(crate) struct ReplyTokens(Mutex<HashMap<String, (String, OffsetDateTime)>>);

impl ReplyTokens {
    /// Keeps the tokens of what customers said, and forgets those that are over.
    pub(crate) fn keep(&self, told: &[Told], now: OffsetDateTime) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (_, at)| now - *at < FRESH);
        for Told { key, event } in told {
            // A delivery that is repeated is late, and nobody knows by how much.
            let is_repeated = event.delivery_context.get().is_some_and(|context| context.is_redelivery.is_set());
            let is_said = matches!(event.kind.as_str(), "message" | "postback") && !event.is_public();
            if let Some(token) = event.reply_token.owned().filter(|_| is_said && !is_repeated) {
                kept.insert(key.clone(), (token, now));
            }
        }
    }

    /// The token that answers an event, where it can still be used. It is given once.
    pub(crate) fn take(&self, key: &str, now: OffsetDateTime) -> Option<String> {
        let (token, at) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key)?;
        (now - at < FRESH).then_some(token)
    }
}
