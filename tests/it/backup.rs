//! Backup beside a desk at work, and restore into an empty place, on both engines.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use resolute::backup::Manifest;
use resolute::backup::restore::{self, Target};
use resolute::backup::write::{self, Source};
use resolute::store::files::Files;
use resolute::store::{Db, audit, conversation_counts};
use tempfile::TempDir;

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::postgres::{self, Database};
use crate::support::stores::{number_of, sqlite_url, text_of};

const FILE: &[u8] = b"a small photo";

fn mail(number: usize) -> Vec<u8> {
    // The file as base64.
    mail_with(number, "YSBzbWFsbCBwaG90bw==")
}

fn mail_with(number: usize, file: &str) -> Vec<u8> {
    format!(
        "From: c{number}@post.example\r\nTo: help@fjord.example\r\nSubject: Case {number}\r\n\
         Message-ID: <m{number}@post.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello {number}\r\n\
         --b\r\nContent-Type: image/png; name=\"p.png\"\r\nContent-Disposition: attachment; filename=\"p.png\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{file}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// A place to restore into.
struct Place {
    folder: TempDir,
    database: Option<Database>,
}

impl Place {
    async fn new(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Database::empty(&postgres::server().unwrap()).await),
        };
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn target(&self) -> Target {
        let server = self.database.as_ref().map_or_else(String::new, |database| database.url.clone());
        Target { data_dir: self.data_dir(), server }
    }

    async fn open(&self) -> Db {
        let url = self.database.as_ref().map_or_else(|| sqlite_url(&self.data_dir()), |database| database.url.clone());
        Db::connect(&url).await.unwrap()
    }

    /// Whether nothing was left behind.
    async fn is_empty(&self) -> bool {
        let no_files = std::fs::read_dir(self.data_dir()).is_ok_and(|mut files| files.next().is_none());
        let no_tables = match &self.database {
            None => true,
            Some(_) => resolute::store::backup::is_empty(&self.open().await).await.unwrap(),
        };
        (no_files || !self.data_dir().exists()) && no_tables
    }
}

/// As the command does: over connections of its own.
async fn back_up(desk: &TestDesk, to: &Path, key: Option<&str>) -> anyhow::Result<Manifest> {
    let source = Source {
        db: Db::connect(&desk.desk.config.database()).await?,
        files: Files::at(&desk.data.folder.path().join("files")),
        key: key.map(ToOwned::to_owned),
        clock: resolute::clock::Clock::system(),
    };
    let written = Box::pin(write::write(&source, to, &|_| ())).await;
    source.db.close().await;
    written
}

async fn restored(from: &Path, place: &Place) -> anyhow::Result<Manifest> {
    Box::pin(restore::restore(from, &place.target(), &|_| ())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_holds_everything_that_was_acknowledged_before_it() {
    for engine in Engine::all() {
        let desk = Arc::new(TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await);
        desk.sign_in().await;
        for number in 0..20 {
            assert_eq!(desk.post_mail(&mail(number)).await.status, 200);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (writer, ended) = (Arc::clone(&desk), Arc::clone(&stop));
        let load = tokio::spawn(async move {
            let mut number = 20;
            while !ended.load(Ordering::Relaxed) {
                assert_eq!(writer.post_mail(&mail(number)).await.status, 200);
                number += 1;
            }
            number
        });
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("desk.tar.gz");
        let manifest = back_up(&desk, &archive, None).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        assert!(load.await.unwrap() >= 20);
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["desk.tar.gz"], "nothing but the archive is left");

        let place = Place::new(engine).await;
        assert_eq!(restored(&archive, &place).await.unwrap(), manifest);
        let db = place.open().await;
        db.migrate().await.unwrap();
        for (table, count) in [
            ("raw_events", number_of(&db, "select count(*) from raw_events").await),
            ("messages", number_of(&db, "select count(*) from messages").await),
            ("jobs", number_of(&db, "select count(*) from jobs").await),
            ("conversation_counts", number_of(&db, "select count(*) from conversation_counts").await),
            ("events", number_of(&db, "select count(*) from events").await),
            ("audit_log", number_of(&db, "select count(*) from audit_log").await),
        ] {
            assert_eq!(u64::try_from(count).unwrap(), manifest.rows(table), "{table} on {engine:?}");
        }
        let keys = match &db {
            Db::Sqlite { read, .. } => {
                sqlx::query_scalar("select external_id from raw_events")
                    .fetch_all(&mut *read.get().await.unwrap())
                    .await
            }
            Db::Postgres { write: pool, .. } => {
                sqlx::query_scalar("select external_id from raw_events").fetch_all(pool).await
            }
        };
        let keys: BTreeSet<String> = keys.unwrap().into_iter().collect();
        assert!(keys.len() >= 20);
        for number in 0..20 {
            let key = resolute::channels::mail_key(&mail(number));
            assert!(keys.contains(&key), "mail {number} was acknowledged before the backup began");
        }
        // What is named is there.
        let files = Files::local(&place.data_dir().join("files")).unwrap();
        if let Some(key) = text_of(&db, "select storage_key from attachments limit 1").await {
            assert_eq!(files.get(&key).await.unwrap(), FILE);
        }
        let verdict = audit::verify(&db).await.unwrap();
        assert_eq!(verdict.flaw, None);
        assert!(verdict.chain.seq >= 1);
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_desk_goes_on_where_it_was() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        assert_eq!(desk.post_mail(&mail(1)).await.status, 200);
        desk.drain().await;
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("desk.tar.gz");
        let key = std::fs::read_to_string(desk.data.folder.path().join("secret.key")).unwrap();
        let manifest = back_up(&desk, &archive, Some(&key)).await.unwrap();
        assert!(manifest.has_key());

        let place = Place::new(engine).await;
        restored(&archive, &place).await.unwrap();
        let mut config = desk.data.config(desk.address);
        config.data_dir = place.data_dir();
        let url = place.database.as_ref().map_or("", |database| &database.url);
        config.database_url = serde_json::from_value(url.into()).unwrap();
        let again = crate::support::setup::open(config, desk.desk.clock.clone()).await;
        assert_eq!(conversation_counts::all(&again.db).await.unwrap(), 1);
        // Its key opens the saved secrets, and counted columns go on behind what came.
        assert!(again.connections.get(desk.setup.channel).await.is_ok());
        let raw = channel_contract::RawItem {
            external_id: "2".into(),
            origin: channel_contract::inbound::RawOrigin::Webhook,
            body: mail(2).into(),
        };
        again.intake.record(desk.setup.channel, vec![raw], None).await.unwrap();
        resolute::jobs::drain(&again).await.unwrap();
        assert_eq!(conversation_counts::all(&again.db).await.unwrap(), 2);
        assert_eq!(
            text_of(&again.db, "select state from raw_events where external_id = '2'").await.unwrap(),
            "processed"
        );
        again.db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_is_refused_and_leaves_nothing() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        assert_eq!(desk.post_mail(&mail(1)).await.status, 200);
        desk.drain().await;
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("desk.tar.gz");
        back_up(&desk, &whole, None).await.unwrap();
        let packed = std::fs::read(&whole).unwrap();
        let unpack = |bytes: &[u8]| {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).map(|_| plain)
        };
        let plain = unpack(&packed).unwrap();

        let repack = |bytes: &[u8]| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        };
        let photo = plain.windows(FILE.len()).position(|window| window == FILE).expect("the photo is in it");
        let changed = |place: usize| {
            let mut bytes = plain.clone();
            bytes[place] ^= 1;
            repack(&bytes)
        };
        let flip = |place: usize| {
            let mut bytes = packed.clone();
            bytes[place] ^= 1;
            bytes
        };
        // Where pages are empty a bit may flip and mean the same.
        let flip_behind = |place: usize| {
            let differs = |bytes: &Vec<u8>| !unpack(bytes).is_ok_and(|found| found == plain);
            (place..packed.len()).map(flip).find(differs).unwrap()
        };
        let damaged = [
            ("half of it", packed[..packed.len() / 2].to_vec()),
            ("a flipped bit", flip_behind(packed.len() / 2)),
            ("a changed manifest", flip_behind(packed.len() - 400)),
            ("no end", packed[..packed.len() - 4].to_vec()),
            ("a changed database", changed(600)),
            ("a changed photo", changed(photo)),
            ("another file", b"not an archive".to_vec()),
        ];
        for (what, bytes) in damaged {
            let file = folder.path().join("damaged.tar.gz");
            std::fs::write(&file, bytes).unwrap();
            let place = Place::new(engine).await;
            let refused = restored(&file, &place).await;
            assert!(refused.is_err(), "{what} on {engine:?}");
            assert!(place.is_empty().await, "{what} left something on {engine:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_use_is_refused_and_stays_as_it_was() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("desk.tar.gz");
        back_up(&desk, &archive, Some(&"ab".repeat(32))).await.unwrap();
        let again = back_up(&desk, &archive, None).await.unwrap_err();
        assert!(again.to_string().contains("is there already"), "{again}");

        let place = Place::new(engine).await;
        // As in the root of a volume.
        std::fs::create_dir_all(place.data_dir().join("lost+found")).unwrap();
        std::fs::write(place.data_dir().join("notes.txt"), "mine").unwrap();
        let refused = restored(&archive, &place).await.unwrap_err();
        assert!(refused.to_string().contains("notes.txt"), "{refused}");
        std::fs::remove_file(place.data_dir().join("notes.txt")).unwrap();
        std::fs::write(place.data_dir().join("secret.key"), "cd".repeat(32)).unwrap();
        let refused = restored(&archive, &place).await.unwrap_err();
        assert!(refused.to_string().contains("another key"), "{refused}");
        std::fs::write(place.data_dir().join("secret.key"), "ab".repeat(32)).unwrap();
        restored(&archive, &place).await.unwrap();
        assert!(restored(&archive, &place).await.is_err(), "now it is in use");
        if engine == Engine::Postgres {
            let other = Place { folder: tempfile::tempdir().unwrap(), database: place.database };
            let refused = restored(&archive, &other).await.unwrap_err();
            assert!(refused.to_string().contains("has tables already"), "{refused}");
            let sqlite = Place::new(Engine::Sqlite).await;
            let refused = restored(&archive, &sqlite).await.unwrap_err();
            assert!(refused.to_string().contains("backup of a desk on postgres"), "{refused}");
            assert!(sqlite.is_empty().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_forgotten_meanwhile_is_passed_over() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let folder = desk.data.folder.path().join("files");
        let files = Files::local(&folder).unwrap();
        // What they hold is not what they are called, so each is told of as it is read.
        let keys = [Files::key_of(b"one"), Files::key_of(b"two")];
        for key in &keys {
            files.put(key, "neither".into()).await.unwrap();
        }
        let source = Source {
            db: Db::connect(&desk.desk.config.database()).await.unwrap(),
            files,
            key: None,
            clock: resolute::clock::Clock::system(),
        };
        let forget_the_other = |words: &str| {
            if words.contains("damaged") {
                for key in keys.iter().filter(|key| !words.contains(key.as_str())) {
                    std::fs::remove_file(folder.join(key)).unwrap();
                }
            }
        };
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("desk.tar.gz");
        let manifest = Box::pin(write::write(&source, &archive, &forget_the_other)).await.unwrap();
        source.db.close().await;
        assert_eq!(manifest.files.count, 1);
        let place = Place::new(engine).await;
        assert_eq!(restored(&archive, &place).await.unwrap(), manifest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_named_and_not_there_is_said_and_without_their_folder_there_is_no_backup() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        // The other one holds “another photo”.
        for raw in [mail(1), mail_with(2, "YW5vdGhlciBwaG90bw==")] {
            assert_eq!(desk.post_mail(&raw).await.status, 200);
        }
        desk.drain().await;
        let files = desk.data.folder.path().join("files");
        let key = Files::key_of(FILE);
        std::fs::remove_file(files.join(&key)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("desk.tar.gz");
        let manifest = back_up(&desk, &archive, None).await.unwrap();
        assert_eq!((manifest.files.count, &manifest.lost), (1, &vec![key]));
        let place = Place::new(engine).await;
        assert_eq!(restored(&archive, &place).await.unwrap(), manifest);

        std::fs::remove_file(files.join(Files::key_of(b"another photo"))).unwrap();
        let without = folder.path().join("without.tar.gz");
        let manifest = back_up(&desk, &without, None).await.unwrap();
        assert_eq!((manifest.files.count, manifest.lost.len()), (0, 2), "all that is left");
        let place = Place::new(engine).await;
        assert_eq!(restored(&without, &place).await.unwrap(), manifest);

        let elsewhere = desk.data.folder.path().join("elsewhere");
        std::fs::rename(&files, &elsewhere).unwrap();
        let second = folder.path().join("second.tar.gz");
        let refused = back_up(&desk, &second, None).await.unwrap_err().to_string();
        assert!(refused.starts_with("none of the files that messages name (2) is in"), "{refused}");
        assert!(!second.exists() && !files.exists(), "nothing was made");
        std::fs::create_dir_all(files.join("lost")).unwrap();
        assert_eq!(back_up(&desk, &second, None).await.unwrap().lost.len(), 2, "as the words say");
    }
}
