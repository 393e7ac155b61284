//! What this process counts of itself, as text that Prometheus reads.
//!
//! Labels are words of our own and route templates: never an address, a name or a number of a customer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Messages whose bytes are durable, before they are read.
pub static INTAKE_ACCEPTED: Counter =
    Counter::new("resolute_intake_accepted_total", "Raw messages stored and acknowledged", "");
/// Messages read into conversations, or set aside.
pub static INTAKE_PROCESSED: Counter =
    Counter::new("resolute_intake_processed_total", "Raw messages read, by outcome", "outcome");
/// Steps of outgoing messages.
pub static DELIVERIES: Counter =
    Counter::new("resolute_deliveries_total", "Outgoing messages that reached a state", "state");
/// Runs of the agent.
pub static AGENT_RUNS: Counter = Counter::new("resolute_agent_runs_total", "Runs of the agent, by outcome", "outcome");
/// Calls to the language model that gave nothing usable.
pub static LLM_ERRORS: Counter =
    Counter::new("resolute_llm_errors_total", "Failed calls to the language model, by reason", "reason");
/// Open feeds of live pages.
pub static LIVE_CONNECTIONS: Gauge = Gauge::new("resolute_live_connections", "Open feeds of live pages");
/// Answers of the web server.
pub static HTTP: Latencies = Latencies::new();

/// Upper bounds of the classes of latency, in microseconds.
const CLASSES: [u64; 10] = [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// Counts up, by one label.
#[derive(Debug)]
pub struct Counter {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    values: Mutex<BTreeMap<&'static str, u64>>,
}

impl Counter {
    const fn new(name: &'static str, help: &'static str, label: &'static str) -> Self {
        Self { name, help, label, values: Mutex::new(BTreeMap::new()) }
    }

    /// Counts `number` more under a word; `""` for a counter without a label.
    pub fn add(&self, word: &'static str, number: usize) {
        *held(&self.values).entry(word).or_default() += u64::try_from(number).unwrap_or(0);
    }

    fn write(&self, text: &mut String) {
        head(text, self.name, self.help, "counter");
        let values = held(&self.values);
        if values.is_empty() && self.label.is_empty() {
            line(text, self.name, &[], 0);
        }
        for (word, value) in values.iter() {
            let labels: &[(&str, &str)] = if self.label.is_empty() { &[] } else { &[(self.label, word)] };
            line(text, self.name, labels, value);
        }
    }
}

/// Goes up and down.
#[derive(Debug)]
pub struct Gauge {
    name: &'static str,
    help: &'static str,
    value: AtomicI64,
}

impl Gauge {
    const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, value: AtomicI64::new(0) }
    }

    /// Counts one more until what is returned is dropped.
    pub fn one_more(&'static self) -> One {
        self.value.fetch_add(1, Ordering::Relaxed);
        One(self)
    }

    fn write(&self, text: &mut String) {
        head(text, self.name, self.help, "gauge");
        line(text, self.name, &[], self.value.load(Ordering::Relaxed));
    }
}

/// One of what a gauge counts.
#[derive(Debug)]
pub struct One(&'static Gauge);

impl Drop for One {
    fn drop(&mut self) {
        self.0.value.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Method, route template, class of the status.
type Route = (String, String, u16);

/// How long answers took, by route template.
#[derive(Debug)]
pub struct Latencies {
    routes: Mutex<BTreeMap<Route, Latency>>,
}

#[derive(Clone, Debug, Default)]
struct Latency {
    classes: [u64; CLASSES.len()],
    count: u64,
    micros: u64,
}

impl Latencies {
    const fn new() -> Self {
        Self { routes: Mutex::new(BTreeMap::new()) }
    }

    /// Notes an answer. `route` is a template such as `/conversations/{number}`.
    pub fn note(&self, method: &str, route: &str, status: u16, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut routes = held(&self.routes);
        let latency = routes.entry((method.to_owned(), route.to_owned(), status / 100)).or_default();
        latency.count += 1;
        latency.micros = latency.micros.saturating_add(micros);
        let place = CLASSES.partition_point(|bound| *bound < micros);
        if let Some(class) = latency.classes.get_mut(place) {
            *class += 1;
        }
    }

    fn write(&self, text: &mut String) {
        const NAME: &str = "resolute_http_seconds";
        head(text, NAME, "Time to the head of an answer, by route template", "histogram");
        for ((method, route, class), latency) in held(&self.routes).iter() {
            let status = format!("{class}xx");
            let own = [("method", method.as_str()), ("route", route.as_str()), ("status", status.as_str())];
            let mut below = 0;
            for (bound, count) in CLASSES.iter().zip(latency.classes) {
                below += count;
                let bound = seconds(*bound);
                let labels = [own.as_slice(), &[("le", bound.as_str())]].concat();
                line(text, "resolute_http_seconds_bucket", &labels, below);
            }
            let labels = [own.as_slice(), &[("le", "+Inf")]].concat();
            line(text, "resolute_http_seconds_bucket", &labels, latency.count);
            line(text, "resolute_http_seconds_sum", &own, seconds(latency.micros));
            line(text, "resolute_http_seconds_count", &own, latency.count);
        }
    }
}

/// Everything that this process counted.
pub fn render() -> String {
    let mut text = String::with_capacity(8 * 1024);
    for counter in [&INTAKE_ACCEPTED, &INTAKE_PROCESSED, &DELIVERIES, &AGENT_RUNS, &LLM_ERRORS] {
        counter.write(&mut text);
    }
    LIVE_CONNECTIONS.write(&mut text);
    HTTP.write(&mut text);
    text
}

/// The lines before the values of a metric.
pub fn head(text: &mut String, name: &str, help: &str, kind: &str) {
    // Writing to a text cannot fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

/// One value with its labels.
pub fn line(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(text, "{name}{labels} {value}");
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_summed_and_labels_are_escaped() {
        let latencies = Latencies::new();
        for millis in [1, 3, 30, 9_000] {
            latencies.note("GET", "/a\"b", 204, Duration::from_millis(millis));
        }
        let mut text = String::new();
        latencies.write(&mut text);
        for expected in [
            "le=\"0.001\"} 1\n",
            "le=\"0.005\"} 2\n",
            "le=\"0.05\"} 3\n",
            "le=\"5\"} 3\n",
            "le=\"+Inf\"} 4\n",
            "resolute_http_seconds_sum{method=\"GET\",route=\"/a\\\"b\",status=\"2xx\"} 9.034\n",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
    }

    #[test]
    fn a_gauge_falls_when_what_it_counts_is_gone() {
        static GAUGE: Gauge = Gauge::new("g", "x");
        let one = GAUGE.one_more();
        let other = GAUGE.one_more();
        drop(one);
        let mut text = String::new();
        GAUGE.write(&mut text);
        assert!(text.ends_with("g 1\n"), "{text}");
        drop(other);
    }
}
