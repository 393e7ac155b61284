//! Runs the doubles of all platforms on this machine, until Ctrl-C.
//!
//! `platform-doubles [control=PORT] [NAME=PORT ...]`: what is not given a port takes a free one. Prints one JSON document:
//! the address of the control (`control.rs` says what it takes), and each platform with its address and the settings that
//! connect a channel of the desk to it.
//!
//! `platform-doubles demo [...]` starts the desk's demo beside them, which connects an account on each platform and lets
//! customers write there; both end together.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::{ExitCode, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use platform_doubles::Double;
use platform_doubles::control::Control;
use platform_doubles::together::{NAMES, Together};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::process::{Child, Command};

/// How long the demo has to come to its end.
const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let with_demo = arguments.next_if(|first| first == "demo").is_some();
    let Some(ports) = ports(arguments) else {
        let names = NAMES.join(", ");
        let usage = "usage: platform-doubles [demo] [control=PORT] [NAME=PORT ...]";
        let _ = writeln!(std::io::stderr(), "{usage}\nnames: {names}");
        return ExitCode::from(2);
    };
    match run(&ports, with_demo).await {
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

async fn run(ports: &BTreeMap<String, u16>, with_demo: bool) -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
    let together = Arc::new(Together::start(ports, now()).await?);
    let at = SocketAddr::from(([127, 0, 0, 1], ports.get("control").copied().unwrap_or_default()));
    let control = Double::start_at(Control::new(together.clone(), http), at).await?;
    let mut demo = if with_demo { Some(demo(&control.url())?) } else { None };
    let document = json!({ "control": control.url(), "platforms": together.listing() });
    let mut unprinted = Some(document).filter(|_| !with_demo);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let ended = tokio::signal::ctrl_c();
    tokio::pin!(ended);
    loop {
        // The end is looked for first: who has read the document may ask for it at once.
        tokio::select! {
            biased;
            end = &mut ended => {
                if let Some(demo) = &mut demo {
                    // A terminal has told it, too.
                    let _ = tokio::time::timeout(PATIENCE, demo.wait()).await;
                }
                return Ok(end?);
            }
            end = end_of(&mut demo) => {
                let end = end?;
                return if end.success() { Ok(()) } else { Err(format!("the demo has ended: {end}").into()) };
            }
            _ = seconds.tick() => {
                together.set_time(now());
                if let Some(document) = unprinted.take() {
                    print(&document)?;
                }
            }
        }
    }
}

/// Starts the demo, as Cargo does that runs this program.
fn demo(control: &str) -> io::Result<Child> {
    let mut demo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    demo.arg("run");
    if !cfg!(debug_assertions) {
        demo.arg("--release");
    }
    demo.args(["--package", "resolute", "--", "serve", "--demo", "--platforms", control]).kill_on_drop(true).spawn()
}

/// Waits for the end of the demo; without one, for ever.
async fn end_of(demo: &mut Option<Child>) -> io::Result<ExitStatus> {
    match demo {
        Some(demo) => demo.wait().await,
        None => std::future::pending().await,
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
