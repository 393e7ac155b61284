//! `resolute parse-webhook`: what the adapter of a platform reads of stored webhooks.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::channels::{self, Listed};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The platform: whatsapp, messenger, instagram, telegram, line, twilio, messagebird, ebay
    kind: String,
    /// Bodies of webhooks as they came, a file each
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// A file's line.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a Path,
    events: Vec<Listed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let list = channels::reader(&args.kind)?;
    for file in &args.files {
        let read = std::fs::read(file).map_err(|error| error.to_string());
        let listed = read.and_then(|body| list(&body).map_err(|error| error.to_string()));
        let (events, error) = match listed {
            Ok(events) if events.is_empty() => (events, Some("there is no event in it".to_owned())),
            Ok(events) => (events, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        super::say(&serde_json::to_string(&Line { file, events, error })?);
    }
    Ok(())
}
