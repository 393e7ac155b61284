//! `resolute backup FILE`, `resolute restore FILE`

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::backup::Manifest;
use crate::backup::restore::{self, Target};
use crate::backup::write::{self, Source};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::files::Files;

/// So many of the files that are not there are named in an error.
const MOST_NAMED: usize = 10;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The archive to write, such as `resolute-2026-11-23.tar.gz`.
    file: PathBuf,
    /// Also keeps the secret key in the archive: whoever has it then reads every saved password.
    #[arg(long)]
    with_key: bool,
}

impl Backup {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let db = super::open_store(config).await?;
        write::check_schema(&db).await?;
        let key = if self.with_key { Some(secret_key(config)?) } else { None };
        let files = Files::at(&config.data_dir.join("files"));
        let source = Source { db, files, key, clock: Clock::system() };
        let manifest = Box::pin(write::write(&source, &self.file, &super::tell)).await?;
        source.db.close().await;
        super::say(&format!("{} holds {}.", self.file.display(), counts(&manifest)));
        super::say(if self.with_key {
            "The secret key is in it: keep the archive as safe as the passwords of your channels."
        } else {
            "The secret key is not in it. Saved passwords of channels and shops open with that key only: keep a copy of \
             it in another place."
        });
        anyhow::ensure!(manifest.lost.is_empty(), lost_words(&manifest.lost, source.files.folder()));
        Ok(())
    }
}

/// What is said where files are named and not there.
fn lost_words(lost: &[String], folder: &Path) -> String {
    let (first, more) = lost.split_at(lost.len().min(MOST_NAMED));
    let named = first.join(", ");
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!(
        "files that messages name are not in {}, so the archive lacks them: {named}{more}. It holds everything else. Look \
         whether an older archive has them, and put them back there",
        folder.display()
    )
}

fn secret_key(config: &Config) -> anyhow::Result<String> {
    match config.secret_key.expose() {
        "" => {
            let file = config.data_dir.join("secret.key");
            std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
        }
        key => Ok(key.to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The archive.
    file: PathBuf,
}

impl Restore {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let target = Target { data_dir: config.data_dir.clone(), server: config.database_url.expose().to_owned() };
        let manifest = Box::pin(restore::restore(&self.file, &target, &super::tell)).await?;
        super::say(&format!("Restored as of {}: {}.", manifest.made_at, counts(&manifest)));
        if !manifest.lost.is_empty() {
            super::say(&format!(
                "Files that messages name and that were not there when the backup was made: {}. They cannot be opened; \
                 everything else is restored.",
                manifest.lost.len()
            ));
        }
        if !manifest.has_key() && config.secret_key.is_empty() && !config.data_dir.join("secret.key").exists() {
            super::say(&format!(
                "The archive has no secret key. Put the old desk's secret.key into {}, or set RESOLUTE_SECRET_KEY, \
                 before the first start; without it every channel and shop must be connected again.",
                config.data_dir.display()
            ));
        }
        Ok(())
    }
}

fn counts(manifest: &Manifest) -> String {
    format!(
        "{} conversations, {} messages, {} contacts, {} files, {} audit entries ({})",
        manifest.rows("conversations"),
        manifest.rows("messages"),
        manifest.rows("contacts"),
        manifest.files.count,
        manifest.rows("audit_log"),
        manifest.engine
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_archive_lacks_is_named_as_far_as_a_line_goes() {
        let lost: Vec<String> = (0..12).map(|number| format!("ab/{number}")).collect();
        let words = lost_words(&lost[..1], Path::new("/srv/files"));
        assert!(words.contains("not in /srv/files, so the archive lacks them: ab/0. It holds"), "{words}");
        assert!(lost_words(&lost, Path::new("/srv/files")).contains("ab/9 and 2 more. It holds"));
    }
}
