//! The line in a real browser: where no socket gets through, where a line is dead without saying so, and where the desk
//! begins anew. Nothing is lost either way, and nothing is there twice.

use std::fs;
use std::path::{Path, PathBuf};

use resolute::config::ChatConfig;

use super::talk::{answer, conversations, messages};
use super::windows::Windows;
use crate::support::desk::Wish;

/// Notes with which codes sockets close.
const CODES: &str = "window.codes = []; window.WebSocket = class extends WebSocket {
    constructor(...all) { super(...all); this.addEventListener('close', (event) => codes.push(event.code)); } };";
const TRANSIT: &str = "return document.querySelectorAll('.waits').length";
/// The desk is told to end, and begins anew.
const RESTARTS: &str = "return codes.includes(1012)";

/// Keeps the sockets of the chat. A proxy refuses the next stream, once it is told to.
const PROXIED: &str = "window.lines = [];
    window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); lines.push(this); } };
    { const passed = fetch; window.fetch = (address, ...more) => {
        if (!window.refuses || !String(address).includes('/feed')) return passed(address, ...more);
        window.refuses = false;
        return Promise.resolve(new Response('Not by this way.', { status: 403 })); }; }";
/// Notes how long it is waited until the line is opened again, where chance is what the test says.
const WAITS: &str = "window.waits = []; window.chance = 0.5; Math.random = () => chance;
    { const later = setTimeout; window.setTimeout = (act, wait, ...more) => {
        if (act.name === 'connect') waits.push(wait);
        return later(act, wait, ...more); }; }";
/// The line says that the session does not hold, though it does.
const OVER: &str = "lines.at(-1).dispatchEvent(new CloseEvent('close', { code: 4001 }))";

/// The files of the desk's database in a folder.
fn database_in(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("resolute.db")).collect()
}

/// Puts the database of one folder in place of that of another.
fn copy_database(from: &Path, to: &Path) {
    for old in database_in(to) {
        fs::remove_file(old).unwrap();
    }
    for file in database_in(from) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

impl Windows {
    /// The desk ends; once something was done with the folder of its data, it begins anew.
    async fn begin_anew_after(&mut self, work: impl FnOnce(&Path)) {
        self.desk.stop().await;
        self.desk.desk.db.close().await;
        work(self.desk.data.folder.path());
        self.desk.start_again().await;
        self.wire.lead_to(self.desk.address);
    }

    pub(super) async fn until_last_is_read(&self, number: i64) {
        let last = async || messages(&self.desk, number).await.pop().unwrap()["delivery"].clone();
        self.until("the mark", async || last().await == "read").await;
    }

    /// Writes, and waits until the desk has it; gives the conversation.
    pub(super) async fn begin_with(&self, text: &str) -> i64 {
        self.write(text).await;
        self.until("the conversation", async || !conversations(&self.desk).await.is_empty()).await;
        let number = conversations(&self.desk).await[0]["number"].as_i64().unwrap();
        self.until(text, async || self.count_at_desk(number, text).await == 1).await;
        number
    }

    async fn count_at_desk(&self, number: i64, text: &str) -> usize {
        messages(&self.desk, number).await.iter().filter(|one| one["body"] == text).count()
    }

    /// Waits until both sides have all of it, and holds them to having it once.
    async fn until_all_is_there(&self, number: i64, texts: &[&str]) {
        for text in texts {
            self.until_told(text).await;
            self.until(text, async || self.count_at_desk(number, text).await > 0).await;
        }
        self.until("the acknowledgements", async || self.ask(TRANSIT).await == 0).await;
        let shown = self.log().await;
        for text in texts {
            assert_eq!(shown.matches(text).count(), 1, "{text} in: {shown}");
            assert_eq!(self.count_at_desk(number, text).await, 1, "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_socket_gets_through_a_stream_does_and_a_dead_one_is_given_up() {
    let quick = |wish: Wish| Wish { chat: ChatConfig { ping_seconds: 1, ..wish.chat }, ..wish };
    let Some(windows) = Windows::with("en", quick).await else { return };
    windows.wire.refuse_sockets();
    // The desk beats once a second, the widget gives up after a minute of its own.
    windows.customer.hasten(10).await;
    windows.go_shopping().await;
    let number = windows.begin_with("Is the lamp dimmable?").await;
    answer(&windows.desk, number, "Yes, in three steps.").await;
    windows.until_told("Yes, in three steps.").await;

    // Nothing comes through any more, and nobody says so.
    windows.wire.stall();
    windows.write("And in blue?").await;
    answer(&windows.desk, number, "Do you want the blue one?").await;
    let all = ["Is the lamp dimmable?", "Yes, in three steps.", "And in blue?", "Do you want the blue one?"];
    windows.until_all_is_there(number, &all).await;

    // It goes on.
    windows.write("I take it").await;
    windows.until_all_is_there(number, &["I take it"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_holds_is_let_go_by_no_word_of_a_line_and_one_that_does_not_is() {
    const FORGED: &str = "const slot = Object.keys(localStorage)[0];
        localStorage[slot] = JSON.stringify({ ...JSON.parse(localStorage[slot]), token: 'x.y' })";
    let quick = |wish: Wish| Wish { chat: ChatConfig { ping_seconds: 1, ..wish.chat }, ..wish };
    let Some(windows) = Windows::with("en", quick).await else { return };
    windows.customer.before_pages(PROXIED).await;
    windows.customer.hasten(10).await;
    windows.go_shopping().await;
    let number = windows.begin_with("Is the lamp dimmable?").await;
    windows.ask(OVER).await;
    windows.write("And in blue?").await;
    windows.until_all_is_there(number, &["Is the lamp dimmable?", "And in blue?"]).await;

    // Behind a proxy that lets no socket through, and not each stream.
    windows.wire.refuse_sockets();
    windows.ask("window.refuses = true").await;
    windows.wire.cut();
    windows.wire.mend();
    windows.until("the refusal", async || windows.ask("return window.refuses").await == false).await;
    windows.write("I take it").await;
    windows.until_all_is_there(number, &["Is the lamp dimmable?", "And in blue?", "I take it"]).await;
    assert_eq!(conversations(&windows.desk).await.len(), 1);

    // Who comes with a session that the desk has never given out is a new visitor.
    windows.leave().await;
    windows.ask(FORGED).await;
    windows.go_shopping().await;
    windows.write("Hello?").await;
    windows.until("the next visitor", async || conversations(&windows.desk).await.len() == 2).await;
    assert_eq!(windows.count_at_desk(number, "Hello?").await, 0);
    windows.until("what is theirs", async || windows.log().await.contains("Hello?")).await;
    assert!(!windows.log().await.contains("And in blue?"), "{}", windows.log().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_broke_in_the_same_moment_come_back_in_different_ones() {
    const SHORTEST: f64 = 500.0;
    let Some(windows) = Windows::open("en").await else { return };
    windows.customer.before_pages(WAITS).await;
    windows.go_shopping().await;
    let number = windows.begin_with("Is the lamp dimmable?").await;
    let mut first = Vec::new();
    for (chance, text) in [(0.1, "And in blue?"), (0.9, "Or in green?")] {
        windows.ask(&format!("window.chance = {chance}; waits.length = 0")).await;
        windows.wire.cut();
        windows.until("the first wait", async || windows.ask("return waits.length > 0").await == true).await;
        first.push(windows.ask("return waits[0]").await.as_f64().unwrap());
        windows.wire.mend();
        windows.write(text).await;
        windows.until_all_is_there(number, &[text]).await;
    }
    assert!(first[0] > SHORTEST && first[1] > first[0] + 300.0, "{first:?} ms: one that is lucky waits for less");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_begins_anew_says_so_and_nothing_is_lost() {
    let Some(mut windows) = Windows::open("en").await else { return };
    windows.customer.before_pages(CODES).await;
    windows.go_shopping().await;
    let number = windows.begin_with("Is the lamp dimmable?").await;
    answer(&windows.desk, number, "Yes, in three steps.").await;
    windows.write("And in blue?").await;
    windows.desk.stop().await;
    windows.until("the end of the line", async || windows.ask(RESTARTS).await == true).await;
    windows.write("Are you there?").await;
    windows.write("I wait").await;
    windows.desk.start_again().await;
    windows.wire.lead_to(windows.desk.address);
    answer(&windows.desk, number, "Here I am again.").await;
    let all = [
        "Is the lamp dimmable?",
        "Yes, in three steps.",
        "And in blue?",
        "Are you there?",
        "I wait",
        "Here I am again.",
    ];
    windows.until_all_is_there(number, &all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_open_over_a_restore_shows_what_is_said_after_it() {
    const MARK: &str = "return JSON.parse(Object.values(localStorage)[0]).read";
    let Some(mut windows) = Windows::open("en").await else { return };
    let backup = tempfile::tempdir().unwrap();
    windows.go_shopping().await;
    let number = windows.begin_with("Is the lamp dimmable?").await;
    windows.begin_anew_after(|data| copy_database(data, backup.path())).await;

    // All of this is lost, and its numbers are given out once more.
    for text in
        ["Yes, in three steps.", "Do you want the blue one?", "It is here until Friday.", "Are you still there?"]
    {
        answer(&windows.desk, number, text).await;
        windows.until_told(text).await;
    }
    windows.until_last_is_read(number).await;
    windows.leave().await;
    let before = windows.ask(MARK).await.as_i64().unwrap();
    windows.begin_anew_after(|data| copy_database(backup.path(), data)).await;
    answer(&windows.desk, number, "Here I am again.").await;
    windows.enter().await;
    windows.until_told("Here I am again.").await;
    let shown = windows.log().await;
    assert!(shown.contains("Is the lamp dimmable?") && !shown.contains("Are you still there?"), "{shown}");
    windows.until_last_is_read(number).await;
    windows.leave().await;
    let is_less = async || windows.ask(MARK).await.as_i64().is_some_and(|mark| mark < before);
    windows.until("the mark on the shop's page", is_less).await;
}
