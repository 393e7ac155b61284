//! Prints what the parser reads from each mail file, one JSON object a line.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        serde_json::to_writer(&mut out, &channel_email::report::report(&file, &bytes))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
