//! Point 13: what is written down while everything else runs.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Point 13: runs `everything` and holds that none of the `private` words stands in what is logged meanwhile, at any
/// level. The functions of the testkit log whatever they see as a program would print it: requests, items, events,
/// messages, receipts and failures; `settings` are printed too.
pub async fn nothing_leaks(private: &[&str], settings: &(dyn fmt::Debug + Sync), everything: impl Future<Output = ()>) {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    seen(settings);
    everything.await;
    drop(guard);
    let written = log.0.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(
        written.contains("WebhookRequest") && written.contains("InboundMessage"),
        "requests and events are printed"
    );
    assert!(written.contains("Outbound") && written.contains("Refused"), "messages and failures are printed");
    for word in private {
        let around = forms(word).into_iter().find_map(|form| around(&written, &form));
        assert!(around.is_none(), "“{word}” is printed in: {around:?}");
    }
}

/// How a word may stand in a log: as it is, and as values that are printed and documents write it.
fn forms(word: &str) -> [String; 3] {
    let quoted = [format!("{word:?}"), serde_json::Value::from(word).to_string()];
    let [printed, written] = quoted.map(|quoted| quoted.trim_matches('"').to_owned());
    [word.to_owned(), printed, written]
}

/// The lines in which a word stands.
fn around<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let at = text.find(word)?;
    let begins = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let behind = at + word.len();
    let ends = text.get(behind..)?.find('\n').map_or(text.len(), |end| behind + end);
    text.get(begins..ends)
}

/// Logs a value as a careless program would.
pub(super) fn seen(value: &dyn fmt::Debug) {
    tracing::debug!(?value, "seen");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn write(&self, record: impl FnOnce(&mut Line<'_>)) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record(&mut Line(&mut text));
        text.push('\n');
    }
}

struct Line<'t>(&'t mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(|line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write(|line| values.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write(|line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_it_is_written() {
        let word = "a \"secret\"\nin two lines";
        for text in [format!("x\ny {word} z\n"), format!("y {word:?} z"), serde_json::json!({ "y": word }).to_string()]
        {
            let found = forms(word).iter().find_map(|form| around(&text, form).map(ToOwned::to_owned));
            assert!(found.is_some_and(|found| found.contains('y') && !found.contains('x')), "{text}");
        }
        assert!(forms(word).iter().all(|form| around("a secret", form).is_none()));
    }
}
