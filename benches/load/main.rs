//! How much the desk carries on this machine, beside what the machine itself can do. See `docs/PERFORMANCE.md`.
//!
//!   cargo bench --bench load -- intake --mails 20000
//!
//! It starts the release program on a fresh folder, seeds it through the webhook as a mail server would, and prints a
//! Markdown table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    dead_code,
    reason = "a measuring program stops at the first surprise, prints, and rounds its figures"
)]

#[path = "../../tests/support/http.rs"]
mod http;
#[path = "../../tests/support/mails.rs"]
mod mails;
#[path = "../../tests/support/ports.rs"]
mod ports;
#[path = "../../tests/support/program.rs"]
mod program;
#[path = "../../tests/support/setup.rs"]
mod setup;
#[path = "../../tests/support/socket.rs"]
mod socket;

mod chats;
mod figures;
mod intake;
mod lists;
mod machine;
mod panel;
mod stage;
mod webhooks;

use std::time::Duration;

use clap::{Parser, ValueEnum};
use figures::Table;
use stage::{Options, Stage};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Mails in: acknowledged and fully processed.
    Intake,
    /// Mails in at a steady pace.
    Steady,
    /// What a platform pushes, at a steady pace.
    Webhooks,
    /// Lists, conversations, search and replies over a filled desk.
    Lists,
    /// The panel with the order of a conversation, as last read, over a filled desk.
    Panel,
    /// Many open chats.
    Chats,
    /// From the start of the process to ready.
    Start,
    /// Memory at rest.
    Idle,
    /// From a stored message to the stored draft.
    Draft,
    /// All of these.
    All,
}

#[derive(Debug, Parser)]
struct Arguments {
    mode: Mode,
    #[command(flatten)]
    options: Options,
    /// What cargo gives to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(arguments));
}

async fn run(Arguments { mode, options, .. }: Arguments) {
    let wants = |asked: Mode| mode == asked || mode == Mode::All;
    let mut table = Table::default();
    table.note(&options.describe());
    machine::measure(&options, &mut table).await;
    if wants(Mode::Intake) {
        let mut stage = Stage::new(&options, false).await;
        intake::measure(&mut stage, &options, &mut table).await;
    }
    if wants(Mode::Steady) {
        let mut stage = Stage::new(&options, false).await;
        intake::steady(&mut stage, &options, &mut table).await;
    }
    if wants(Mode::Webhooks) {
        let mut stage = Stage::new(&options, false).await;
        webhooks::measure(&mut stage, &options, &mut table).await;
    }
    if [Mode::Lists, Mode::Start, Mode::Idle, Mode::Panel].into_iter().any(wants) {
        let mut stage = Stage::new(&options, false).await;
        if wants(Mode::Start) {
            lists::start(&mut stage, "start on an empty desk", &mut table).await;
        }
        if wants(Mode::Idle) {
            idle(&mut stage, "memory at rest, empty desk", &mut table).await;
        }
        intake::fill(&stage, &options).await;
        if wants(Mode::Lists) {
            lists::measure(&mut stage, &options, &mut table).await;
            lists::beside(&mut stage, &options, &mut table).await;
        }
        if wants(Mode::Start) {
            lists::start(&mut stage, "start on that desk after SIGKILL", &mut table).await;
        }
        if wants(Mode::Idle) {
            idle(&mut stage, "memory at rest, that desk", &mut table).await;
        }
        if wants(Mode::Panel) {
            panel::measure(&stage, &options, &mut table).await;
        }
    }
    if wants(Mode::Draft) {
        let mut stage = Stage::new(&options, true).await;
        intake::drafts(&mut stage, &options, &mut table).await;
        intake::many_drafts(&mut stage, &options, &mut table).await;
    }
    if wants(Mode::Chats) {
        let mut stage = Stage::new(&options, false).await;
        chats::measure(&mut stage, &options, &mut table).await;
    }
    table.print();
}

/// Resident memory after half a minute without work.
async fn idle(stage: &mut Stage, what: &str, table: &mut Table) {
    stage.restart().await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    table.row(what, format!("{:.1} MiB", stage.program().resident() as f64 / 1024.0), "<= 40 MiB");
}
