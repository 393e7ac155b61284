//! What the platform tells of the connection itself: kept beside the settings, so that it is known after a restart.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::settings::WhatsappSettings;

#[derive(Clone, PartialEq, Eq)]
struct Told {
    token_ends_at: i64,
    shown_number: String,
}

/// What was told, and whether the settings do not hold it yet.
pub(crate) struct Learned(Mutex<(Told, bool)>);

impl Learned {
    /// As the settings hold it.
    pub(crate) fn of(settings: &WhatsappSettings) -> Self {
        let told = Told { token_ends_at: settings.token_ends_at, shown_number: settings.shown_number.clone() };
        Self(Mutex::new((told, false)))
    }

    /// The token ends then, in seconds since 1970; 0: never.
    pub(crate) fn note_end(&self, token_ends_at: i64) {
        self.note(|told| Told { token_ends_at, ..told });
    }

    /// The number is shown so.
    pub(crate) fn note_number(&self, shown: &str) {
        if !shown.is_empty() {
            self.note(|told| Told { shown_number: shown.to_owned(), ..told });
        }
    }

    fn note(&self, change: impl FnOnce(Told) -> Told) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = change(kept.0.clone());
        if kept.0 != told {
            *kept = (told, true);
        }
    }

    /// When the token ends, as far as that is known.
    pub(crate) fn token_ends_at(&self) -> Option<OffsetDateTime> {
        let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner).0.token_ends_at;
        OffsetDateTime::from_unix_timestamp(ends).ok().filter(|_| ends > 0)
    }

    /// What the settings do not hold yet, in their shape, once.
    pub(crate) fn take_news(&self) -> Option<Value> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = std::mem::take(&mut kept.1);
        is_news.then(|| json!({ "token_ends_at": kept.0.token_ends_at, "shown_number": kept.0.shown_number }))
    }
}
