//! Restoring a backup into an empty place: everything is unpacked beside it and proved before anything counts.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::GzDecoder;
use tempfile::TempDir;

use super::write::engine;
use super::{DATABASE, FILES, FORMAT, FileSums, Hashing, KEY, MANIFEST, Manifest, Part, Report, SQLITE_FILE};
use crate::store::backup::{self, postgres};
use crate::store::files::sync_folder;
use crate::store::search::rebuild;
use crate::store::{Db, Tx};

/// Largest manifest that is believed.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;

/// What lies in the root of a volume from the beginning.
const LOST_AND_FOUND: &str = "lost+found";

/// Where to.
#[derive(Clone, Debug)]
pub struct Target {
    /// The data folder; nothing but a key may be in it, and what every volume has.
    pub data_dir: PathBuf,
    /// The server's address; `""` for a SQLite file in the data folder.
    pub server: String,
}

/// Restores an archive. A failure leaves the place as empty as it was.
pub async fn restore(from: &Path, to: &Target, report: Report<'_>) -> anyhow::Result<Manifest> {
    let archive = File::open(from).with_context(|| format!("{} cannot be opened", from.display()))?;
    let made = !to.data_dir.exists();
    let restored = restore_into(archive, to, report).await;
    if restored.is_err() && made {
        // It was made for this; what came into it otherwise keeps it.
        let _ = fs::remove_dir(&to.data_dir);
    }
    restored
}

async fn restore_into(archive: File, to: &Target, report: Report<'_>) -> anyhow::Result<Manifest> {
    fs::create_dir_all(&to.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", to.data_dir.display()))?;
    is_free(&to.data_dir)?;
    let server = match to.server.as_str() {
        "" => None,
        url => Some(Db::open(url).await?),
    };
    if let Some(db) = &server {
        anyhow::ensure!(backup::is_empty(db).await?, "the database has tables already; restore into an empty one");
    }
    report("unpacking and checking");
    let staging = tempfile::Builder::new().prefix(".restore-").tempdir_in(&to.data_dir)?;
    let manifest = unpack(archive, staging.path()).context("the archive is damaged or not one of ours")?;
    fits(&manifest, server.as_ref())?;
    same_key(&manifest, staging.path(), &to.data_dir)?;
    report("filling the database");
    if let Some(db) = &server {
        let tx = fill(db, &manifest, staging.path()).await?;
        move_in(&staging, &to.data_dir, Some(tx)).await?;
        db.close().await;
    } else {
        bring_up_to_date(&staging.path().join(SQLITE_FILE), report).await?;
        move_in(&staging, &to.data_dir, None).await?;
    }
    Ok(manifest)
}

fn is_free(data_dir: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(data_dir)? {
        let name = entry?.file_name();
        anyhow::ensure!(
            name == KEY || name == LOST_AND_FOUND,
            "the data folder {} is in use ({} is in it); restore into an empty one",
            data_dir.display(),
            name.display()
        );
    }
    Ok(())
}

/// Unpacks everything, and proves it by the manifest.
fn unpack(archive: File, staging: &Path) -> anyhow::Result<Manifest> {
    let mut tar = tar::Archive::new(GzDecoder::new(io::BufReader::with_capacity(1 << 20, archive)));
    let (mut parts, mut sums, mut manifest) = (Vec::new(), FileSums::default(), None);
    for entry in tar.entries()? {
        let entry = entry?;
        let name = entry.path()?.to_str().context("a part has a strange name")?.to_owned();
        anyhow::ensure!(is_ours(&name), "a part has a strange name");
        if name == MANIFEST {
            let mut text = String::new();
            entry.take(LARGEST_MANIFEST).read_to_string(&mut text)?;
            manifest = Some(serde_json::from_str::<Manifest>(&text)?);
            break;
        }
        let part = write_out(entry, &name, &staging.join(&name))?;
        if name.starts_with(FILES) { sums.add(&part) } else { parts.push(part) }
    }
    // The packing has a checksum of its own behind the end, which covers the manifest too.
    io::copy(&mut tar.into_inner(), &mut io::sink())?;
    let manifest = manifest.context("its end is missing")?;
    anyhow::ensure!(manifest.format == FORMAT, "it has a form that this version does not know");
    anyhow::ensure!(manifest.parts == parts, "a part of the database is not what was written");
    anyhow::ensure!(manifest.files == sums.sum(), "a file is missing or not what was written");
    Ok(manifest)
}

/// Names that a backup has; none of them leads out of the folder.
fn is_ours(name: &str) -> bool {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match (name, name.strip_prefix(DATABASE), name.strip_prefix(FILES)) {
        (MANIFEST | KEY | SQLITE_FILE, ..) => true,
        (_, Some(table), _) => plain(table),
        (_, _, Some(key)) => key.split('/').all(plain),
        _ => false,
    }
}

fn write_out(entry: impl Read, name: &str, to: &Path) -> anyhow::Result<Part> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().write(true).create_new(true).open(to)?;
    let mut hashing = Hashing::new(entry);
    io::copy(&mut hashing, &mut file)?;
    file.sync_all()?;
    Ok(hashing.part(name))
}

/// Whether this place can take it.
fn fits(manifest: &Manifest, server: Option<&Db>) -> anyhow::Result<()> {
    let here = server.map_or("sqlite", engine);
    anyhow::ensure!(
        manifest.engine == here,
        "this is a backup of a desk on {}, and this desk is set to {here}: {}",
        manifest.engine,
        if here == "sqlite" { "set DATABASE_URL to an empty PostgreSQL database" } else { "unset DATABASE_URL" }
    );
    let known = backup::newest_schema(server.is_some());
    anyhow::ensure!(
        manifest.schema <= known,
        "the backup is of version {}, which is newer than this program",
        manifest.version
    );
    Ok(())
}

fn same_key(manifest: &Manifest, staging: &Path, data_dir: &Path) -> anyhow::Result<()> {
    let there = data_dir.join(KEY);
    if manifest.has_key() && there.exists() {
        let same = fs::read_to_string(staging.join(KEY))?.trim() == fs::read_to_string(&there)?.trim();
        anyhow::ensure!(same, "{} holds another key than the backup; move it away first", there.display());
    }
    Ok(())
}

async fn fill(db: &Db, manifest: &Manifest, staging: &Path) -> anyhow::Result<Tx> {
    let Db::Postgres { write: pool, .. } = db else { anyhow::bail!("a server is needed") };
    let open = |table: &backup::Table| File::open(staging.join(DATABASE).join(&table.name));
    Ok(postgres::load(pool, manifest.schema, &manifest.tables, open).await?)
}

async fn bring_up_to_date(file: &Path, report: Report<'_>) -> anyhow::Result<()> {
    let db = Db::connect(&format!("sqlite://{}", file.display())).await?;
    let migrated = async {
        db.migrate().await?;
        rebuild::find_gap(&db).await
    };
    let gap = migrated.await;
    db.close().await;
    if gap?.is_some() {
        report("the search index is rebuilt when the desk runs; until then older messages may not be found");
    }
    Ok(())
}

/// Gives everything its place, the database last. What was moved goes again when a later step fails.
async fn move_in(staging: &TempDir, data_dir: &Path, filled: Option<Tx>) -> anyhow::Result<()> {
    let mut moved = Vec::new();
    let done = match move_all(staging.path(), data_dir, &mut moved) {
        Ok(()) => match filled {
            Some(tx) => tx.commit().await.map_err(Into::into),
            None => Ok(()),
        },
        Err(error) => Err(error.into()),
    };
    if done.is_err() {
        for path in moved {
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if let Err(error) = gone {
                tracing::warn!(%error, path = %path.display(), "a restored part could not be taken away again");
            }
        }
    }
    done
}

fn move_all(staging: &Path, data_dir: &Path, moved: &mut Vec<PathBuf>) -> io::Result<()> {
    let files = staging.join("files");
    if files.exists() {
        // The bytes are on disk; so are their names, before the database that names them gets its place.
        for folder in folders_of(&files)? {
            sync_folder(&folder)?;
        }
    }
    for (part, name) in [("files", "files"), (KEY, KEY), (SQLITE_FILE, "resolute.db")] {
        let (from, to) = (staging.join(part), data_dir.join(name));
        if from.exists() && !to.exists() {
            fs::rename(&from, &to)?;
            moved.push(to);
        }
    }
    sync_folder(data_dir)
}

/// A folder and all in it, the inner ones first.
fn folders_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.extend(folders_of(&path)?);
        }
    }
    folders.push(folder.to_owned());
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{folders_of, is_ours};

    #[test]
    fn names_in_every_folder_of_files_are_made_durable_the_inner_ones_first() {
        let staging = tempfile::tempdir().unwrap();
        let files = staging.path().join("files");
        for part in ["ab", "cd"] {
            fs::create_dir_all(files.join(part)).unwrap();
            fs::write(files.join(part).join("01"), "x").unwrap();
        }
        let mut folders = folders_of(&files).unwrap();
        assert_eq!(folders.pop(), Some(files.clone()));
        folders.sort();
        assert_eq!(folders, [files.join("ab"), files.join("cd")]);
    }

    #[test]
    fn a_name_that_leads_out_is_not_ours() {
        for ours in ["manifest.json", "secret.key", "database/resolute.db", "database/messages", "files/ab/cd01"] {
            assert!(is_ours(ours), "{ours}");
        }
        for strange in ["../x", "/etc/passwd", "files/../../x", "database/../x", "files//x", "other", "database/", ""] {
            assert!(!is_ours(strange), "{strange}");
        }
    }
}
