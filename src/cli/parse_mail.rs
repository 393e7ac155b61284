//! `resolute parse-mail FILE...`

use std::path::PathBuf;

pub(super) fn run(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut unread = 0;
    for file in files {
        match std::fs::read(file) {
            Ok(bytes) => {
                let report = crate::channels::mail_report(&file.display().to_string(), &bytes);
                super::say(&serde_json::to_string(&report)?);
            }
            Err(error) => {
                tracing::error!(%error, file = %file.display(), "the file cannot be read");
                unread += 1;
            }
        }
    }
    anyhow::ensure!(unread == 0, "{unread} of {} files could not be read", files.len());
    Ok(())
}
