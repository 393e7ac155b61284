//! Figures: percentiles, and the table that is printed at the end.

use std::time::Duration;

/// Times of single requests.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that `share` (0 to 1) of the requests stayed below.
    pub(crate) fn at(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        let place = (self.0.len() as f64 * share) as usize;
        self.0.get(place.min(self.0.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    /// `p50 1.2 ms, p99 3.4 ms`
    pub(crate) fn words(&mut self) -> String {
        format!("p50 {}, p99 {}", milliseconds(self.at(0.5)), milliseconds(self.at(0.99)))
    }
}

/// A time for reading.
pub(crate) fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1_000.0;
    if milliseconds < 10.0 { format!("{milliseconds:.2} ms") } else { format!("{milliseconds:.0} ms") }
}

/// What was measured, in the order it was.
#[derive(Default)]
pub(crate) struct Table {
    notes: Vec<String>,
    rows: Vec<[String; 3]>,
}

impl Table {
    /// A line above the table.
    pub(crate) fn note(&mut self, line: &str) {
        println!("{line}");
        self.notes.push(line.to_owned());
    }

    /// A row; shown at once, for those who wait.
    pub(crate) fn row(&mut self, what: &str, measured: impl Into<String>, target: &str) {
        let measured = measured.into();
        println!("{what}: {measured}");
        self.rows.push([what.to_owned(), measured, target.to_owned()]);
    }

    pub(crate) fn print(&self) {
        println!();
        for note in &self.notes {
            println!("{note}\n");
        }
        println!("| what | measured | target |\n|---|---|---|");
        for [what, measured, target] in &self.rows {
            println!("| {what} | {measured} | {target} |");
        }
    }
}
