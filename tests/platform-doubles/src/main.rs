//! Runs the doubles of all platforms on this machine, until Ctrl-C.
//!
//! `platform-doubles [control=PORT] [NAME=PORT ...]`: what is not given a port takes a free one. Prints one JSON document:
//! the address of the control (`control.rs` says what it takes), and each platform with its address and the settings that
//! connect a channel of the desk to it.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use platform_doubles::Double;
use platform_doubles::control::Control;
use platform_doubles::together::{NAMES, Together};
use serde_json::{Value, json};
use time::OffsetDateTime;

#[tokio::main]
async fn main() -> ExitCode {
    let Some(ports) = ports(std::env::args().skip(1)) else {
        let names = NAMES.join(", ");
        let _ = writeln!(std::io::stderr(), "usage: platform-doubles [control=PORT] [NAME=PORT ...]\nnames: {names}");
        return ExitCode::from(2);
    };
    match run(&ports).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "The doubles cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The ports by name; `None` where an argument is none.
fn ports(arguments: impl Iterator<Item = String>) -> Option<BTreeMap<String, u16>> {
    let port = |argument: String| {
        let (name, port) = argument.split_once('=')?;
        let is_known = name == "control" || NAMES.contains(&name);
        is_known.then_some((name.to_owned(), port.parse().ok()?))
    };
    arguments.map(port).collect()
}

async fn run(ports: &BTreeMap<String, u16>) -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
    let together = Arc::new(Together::start(ports, now()).await?);
    let at = SocketAddr::from(([127, 0, 0, 1], ports.get("control").copied().unwrap_or_default()));
    let control = Double::start_at(Control::new(together.clone(), http), at).await?;
    let mut unprinted = Some(json!({ "control": control.url(), "platforms": together.listing() }));
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let ended = tokio::signal::ctrl_c();
    tokio::pin!(ended);
    loop {
        // The end is looked for first: who has read the document may ask for it at once.
        tokio::select! {
            biased;
            end = &mut ended => return Ok(end?),
            _ = seconds.tick() => {
                together.set_time(now());
                if let Some(document) = unprinted.take() {
                    print(&document)?;
                }
            }
        }
    }
}

fn print(document: &Value) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string_pretty(document)?)?;
    Ok(out.flush()?)
}

#[expect(clippy::disallowed_methods, reason = "the doubles of a running program go by the machine's clock")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
