//! Measures what reading one mail costs: `parse_cost FILE...` prints microseconds a mail, averaged over many rounds.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mails: Vec<(String, Vec<u8>)> =
        std::env::args().skip(1).filter_map(|file| std::fs::read(&file).ok().map(|bytes| (file, bytes))).collect();
    let rounds: u32 = 200;
    let mut out = std::io::stdout().lock();
    for (file, bytes) in &mails {
        let started = Instant::now();
        for _ in 0..rounds {
            black_box(channel_email::parse(black_box(bytes)));
        }
        let parse = started.elapsed() / rounds;
        let mail = channel_email::parse(bytes);
        let started = Instant::now();
        for _ in 0..rounds {
            black_box(mail.html.as_deref().map(channel_email::html::sanitise::sanitise));
        }
        let sanitise = started.elapsed() / rounds;
        writeln!(
            out,
            "{:>8} bytes  parse {:>7} us  sanitise {:>7} us  {file}",
            bytes.len(),
            parse.as_micros(),
            sanitise.as_micros()
        )?;
    }
    Ok(())
}
