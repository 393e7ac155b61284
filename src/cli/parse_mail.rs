//! `resolute parse-mail FILE...`

use std::path::PathBuf;

pub(super) fn run(files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files {
        let bytes = std::fs::read(file).unwrap_or_default();
        let report = crate::channels::mail_report(&file.display().to_string(), &bytes);
        super::say(&serde_json::to_string(&report)?);
    }
    Ok(())
}
