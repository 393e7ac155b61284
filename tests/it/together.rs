//! Several processes on one folder: the work of the one is not taken by the other, and commands find the desk.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::program::{Launch, built};

fn resolute(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(built())
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("RESOLUTE_DATA_DIR")
        .env("RESOLUTE_LOG", "error")
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn together_one_process_works_on_a_file_and_the_next_one_says_so() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let held = desk.desk.take_up_work().await.unwrap();
    assert!(held.is_some());
    let folder = desk.data.folder.path();
    let second = Command::new(built())
        .args(["serve", "--role", "worker"])
        .current_dir(folder)
        .env("RESOLUTE_DATA_DIR", folder)
        .env_remove("DATABASE_URL")
        .output()
        .expect("the program runs");
    assert!(!second.status.success());
    let words = text(&second.stderr);
    assert!(words.contains("--role web") && words.contains("already"), "{words}");
    let refused = desk.desk.take_up_work().await.unwrap_err().to_string();
    assert!(refused.contains("already"), "{refused}");
    drop(held);
    assert!(desk.desk.take_up_work().await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn together_commands_find_the_demo_beside_them_and_make_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lost = resolute(folder.path(), &["channel", "list"]);
    assert!(!lost.status.success());
    assert!(text(&lost.stderr).contains("RESOLUTE_DATA_DIR"), "{}", text(&lost.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");

    let data_dir = folder.path().join("resolute-demo");
    std::fs::create_dir(&data_dir).unwrap();
    let launch = Launch::of(data_dir);
    let mut running = launch.start_with(&["--demo"]);
    running.ready().await;
    let listed = resolute(folder.path(), &["channel", "list"]);
    let (out, told) = (text(&listed.stdout), text(&listed.stderr));
    assert!(out.contains(&format!("http://{}/webhooks/", launch.address())), "{out}{told}");
    let pushed_to_chats = out.contains("/webhooks/live_chat/");
    assert!(out.contains("live_chat  ") && !pushed_to_chats, "a chat has no webhook: {out}");
    assert!(told.contains("resolute-demo"), "{told}");
    assert!(!folder.path().join("resolute-data").exists());
}
