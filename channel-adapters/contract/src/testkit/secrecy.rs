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
        let around = written.lines().find(|line| line.contains(word));
        assert!(around.is_none(), "“{word}” is printed in: {around:?}");
    }
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
