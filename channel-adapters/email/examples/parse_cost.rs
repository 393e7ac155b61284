//! Measures what reading one mail costs: `parse_cost FILE...` prints microseconds a mail. The best of many rounds counts,
//! so that other work on the machine does not.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 300;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        let parse = best(|| drop(black_box(channel_email::parse(black_box(&bytes)))));
        let html = channel_email::parse(&bytes).html;
        let sanitise = best(|| drop(black_box(html.as_deref().map(channel_email::html::sanitise::sanitise))));
        let (parse, sanitise) = (parse.as_micros(), sanitise.as_micros());
        writeln!(out, "{:>8} bytes  parse {parse:>7} us  sanitise {sanitise:>7} us  {file}", bytes.len())?;
    }
    Ok(())
}

fn best(work: impl Fn()) -> Duration {
    let once = |_| {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..ROUNDS).map(once).min().unwrap_or_default()
}
