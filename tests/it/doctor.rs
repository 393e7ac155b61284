//! `resolute doctor`: what is wrong and how to mend it, beside a desk at work.

use std::path::Path;
use std::process::{Command, Output};

use resolute::config::Config;
use resolute::doctor::{self, Finding, State};
use resolute::store::{Db, channels, jobs};
use serde_json::json;

use crate::brands::{NORD, brand};
use crate::support::chat::Chat;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::taken;
use crate::support::program::built;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{sqlite_url, write};

async fn examine(desk: &TestDesk) -> Vec<Finding> {
    Box::pin(doctor::examine(&desk.desk.config, &desk.desk.clock)).await
}

fn of<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.check == check).unwrap_or_else(|| panic!("{check} in {findings:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_works_has_nothing_bad() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let findings = examine(&desk).await;
        let database = of(&findings, "database");
        // The server of the tests is fast and forgetful, which must show.
        let expected = if engine == Engine::Sqlite { "WAL" } else { "fsync = off" };
        assert!(database.words.contains(expected), "{database:?}");
        let bad = findings.iter().filter(|found| found.state == State::Bad && *found != database);
        assert_eq!(bad.collect::<Vec<_>>(), Vec::<&Finding>::new());
        for check in ["data folder", "secret key", "tables", "channel Help", "work", "messages set aside"] {
            assert_eq!(of(&findings, check).state, State::Ok, "{check}");
        }
        assert!(findings.iter().filter(|finding| finding.state != State::Ok).all(|finding| !finding.mend.is_empty()));
        assert_eq!(desk.client().get("/health/ready").await.unwrap().status, 200, "the desk runs on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_work_is_named() {
    for engine in Engine::all() {
        // Nobody listens on this port.
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }.with_smtp(1)).await;
        let db = &desk.desk.db;
        let mail = b"From: a@post.example\r\nMessage-ID: <1@post.example>\r\n\r\nHi\r\n";
        assert_eq!(desk.post_mail(mail).await.status, 200);
        desk.desk.clock.advance(std::time::Duration::from_mins(11));
        let findings = examine(&desk).await;
        assert_eq!(of(&findings, "channel Help").state, State::Bad);
        assert_eq!(of(&findings, "work").state, State::Bad);
        assert_eq!(jobs::counts(db).await.unwrap().ready, 1, "nothing was taken up");

        let paused = resolute::model::channel::ChannelState::Paused;
        write(db, async |tx| channels::set_state(tx, desk.setup.channel, paused, "").await).await;
        assert_eq!(of(&examine(&desk).await, "channel Help").state, State::Warn);

        std::fs::write(desk.data.folder.path().join("secret.key"), "not a key").unwrap();
        let findings = examine(&desk).await;
        assert_eq!(of(&findings, "secret key").state, State::Bad);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_whose_senders_nobody_proves_is_named() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let id = desk.setup.channel;
        for (seen, words) in [("", "is not known"), ("mx.provider.example", "mx.provider.example")] {
            let settings = serde_json::json!({ "authserv_id": "", "authserv_id_seen": seen });
            write(&desk.desk.db, async |tx| channels::add_settings(tx, id, &settings).await).await;
            let findings = examine(&desk).await;
            let found = of(&findings, "channel Help");
            assert_eq!(found.state, State::Warn);
            assert!(found.words.contains(words) && found.mend.contains(&format!("/channels/{id}")), "{found:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_cannot_be_written_is_named_with_its_mend() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_url(folder.path());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    db.close().await;
    // Not even the owner of the machine makes files there.
    std::os::unix::fs::symlink("/proc", folder.path().join("files")).unwrap();
    let database_url = serde_json::from_value(format!("{url}?mode=ro").into()).unwrap();
    let config = Config { data_dir: folder.path().to_owned(), database_url, ..Config::default() };
    let findings = Box::pin(doctor::examine(&config, &resolute::clock::Clock::system())).await;
    for (check, file) in [("database", "resolute.db"), ("data folder", "files")] {
        let found = of(&findings, check);
        assert_eq!(found.state, State::Bad, "{found:?}");
        let path = folder.path().join(file).display().to_string();
        assert!(found.words.contains(&path) && found.mend.contains("Give the folder"), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_without_a_mailbox_behind_it_is_named() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        taken(&mut desk.browser().await, "/brands", &NORD).await;
        Chat::of(&desk).await;
        Chat::connect(&desk.desk, brand(&desk, "nord-garden").await.id, &["nord.example"], &json!({})).await;
        let findings = examine(&desk).await;
        let mut chats: Vec<&Finding> = findings.iter().filter(|found| found.check == "channel Shop chat").collect();
        chats.sort_unstable_by_key(|found| found.state);
        let states: Vec<State> = chats.iter().map(|found| found.state).collect();
        assert_eq!(states, [State::Ok, State::Warn], "{chats:?}");
        assert!(chats[1].words.contains("no mailbox") && chats[1].mend.contains("/channels/new"), "{chats:?}");
    }
}

#[tokio::test]
async fn nothing_is_made_where_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().join("none"), ..Config::default() };
    let findings = Box::pin(doctor::examine(&config, &resolute::clock::Clock::system())).await;
    assert_eq!(of(&findings, "data folder").state, State::Bad);
    assert_eq!(of(&findings, "database").state, State::Bad);
    assert!(!config.data_dir.exists());
}

fn resolute(data_dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(built());
    command.args(arguments);
    run_in(data_dir, command)
}

fn run_in(data_dir: &Path, mut command: Command) -> Output {
    // What the tests are told by such variables is no setting of the program.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RESOLUTE_")) {
        command.env_remove(name);
    }
    command
        .current_dir(data_dir)
        .env("RESOLUTE_DATA_DIR", data_dir)
        .env("RESOLUTE_LOG", "error")
        .env_remove("DATABASE_URL")
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_database_that_cannot_be_opened_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("resolute.db")).unwrap();
    for arguments in [&["migrate"][..], &["serve", "--role", "worker"], &["audit", "verify"]] {
        let output = resolute(folder.path(), arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("it is a folder, not a file. Move it away"), "{error}");
        assert_eq!((error.matches("resolute.db").count(), error.matches("folder, not").count()), (1, 1), "{error}");
    }
    let found = text(&resolute(folder.path(), &["doctor"]).stdout);
    assert!(found.lines().any(|line| line.starts_with("bad   database: ") && line.contains("-> Move it")), "{found}");
}

#[test]
fn the_address_is_that_at_which_the_desk_listens() {
    let folder = tempfile::tempdir().unwrap();
    // As a desk says that was started with `--listen`.
    std::fs::write(folder.path().join("address"), "127.0.0.1:9123").unwrap();
    let found = text(&resolute(folder.path(), &["doctor"]).stdout);
    assert!(found.contains("configuration: reached at http://127.0.0.1:9123"), "{found}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_takes_nothing_more_is_bad_though_files_can_be_made() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(resolute(folder.path(), &["migrate"]).status.code(), Some(0));
    // No file may grow, as on a full disk: what is written fails, what is made does not.
    let mut full = Command::new("sh");
    full.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" doctor"]).arg(built());
    let output = run_in(folder.path(), full);
    let found = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{found}{}", text(&output.stderr));
    let line = found.lines().find(|line| line.contains("data folder: ")).unwrap_or_else(|| panic!("{found}"));
    assert!(line.starts_with("bad ") && line.contains("cannot be written") && line.contains("-> Make room"), "{line}");
}

#[test]
fn the_operators_commands_answer_with_words_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let run = |arguments: &[&str]| {
        let output = resolute(&data, arguments);
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };

    let (code, out, _) = run(&["doctor", "--json"]);
    assert_eq!(code, Some(1), "{out}");
    let findings: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["state"] == "bad"), "{findings}");
    let (code, _, error) = run(&["audit", "verify"]);
    assert_eq!((code, error.contains("there is no database at")), (Some(1), true), "{error}");

    let (code, out, _) = run(&["migrate"]);
    assert_eq!((code, out.contains("from version 0 to version")), (Some(0), true), "{out}");
    assert!(run(&["migrate"]).1.contains("up to date"));

    let (code, out, _) = run(&["user", "add", "Ida@shop.example", "--name", "Ida", "--role", "admin"]);
    assert_eq!((code, out.starts_with("ida@shop.example signs in with the password ")), (Some(0), true), "{out}");
    let (code, _, error) = run(&["user", "add", "ida@shop.example", "--name", "Ida"]);
    assert_eq!((code, error.contains("signs in as ida@shop.example already")), (Some(1), true), "{error}");
    assert_eq!(run(&["user", "add", "ida", "--name", "Ida"]).0, Some(1));
    assert_eq!(run(&["user", "reset", "ida@shop.example"]).0, Some(0));
    assert_eq!(run(&["user", "reset", "ole@shop.example"]).0, Some(1));
    let (code, out, _) = run(&["token", "create", "--user", "ida@shop.example"]);
    assert_eq!((code, out.trim().len()), (Some(0), 64), "{out}");
    assert_eq!(run(&["channel", "list", "--json"]).1.trim(), "[]");

    let (code, out, _) = run(&["audit", "verify"]);
    assert_eq!((code, out.contains("holds: 3 entries")), (Some(0), true), "{out}");

    let archive = folder.path().join("desk.tar.gz");
    let (code, out, error) = run(&["backup", archive.to_str().unwrap()]);
    assert_eq!((code, out.contains("The secret key is not in it")), (Some(0), true), "{out}{error}");
    let (code, _, error) = run(&["restore", archive.to_str().unwrap()]);
    assert_eq!((code, error.contains("is in use")), (Some(1), true), "{error}");
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let output = resolute(&elsewhere, &["restore", archive.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("The archive has no secret key"), "{}", text(&output.stdout));
    assert_eq!(resolute(&elsewhere, &["audit", "verify"]).status.code(), Some(0));
}
