//! Files in the panel: drawn for both sides, and not lost where they do not get through at once.

use fantoccini::Locator;
use serde_json::{Value, json};

use super::talk::{conversations, messages};
use super::who::jwt;
use super::windows::Windows;
use crate::composer_files::{PHOTO, form, post_multipart};
use crate::support::chromium::{NARROW, WIDE};
use crate::support::setup::IDENTITY_SECRET;

const PAPER: &[u8] = b"%PDF-1.4\n1 0 obj <<>> endobj";
/// Files that the desk gave back: pictures that are drawn, and what can be saved.
const DRAWN: &str = "return [...document.querySelectorAll('.message')].flatMap((message) => { \
    const mine = message.classList.contains('mine'); \
    const pictures = [...message.querySelectorAll('a[href*=\"/files/\"] > img')].filter((one) => one.naturalWidth > 0); \
    const papers = [...message.querySelectorAll('a[download][href*=\"/files/\"]')]; \
    return [...pictures.map((one) => [mine, one.alt]), ...papers.map((one) => [mine, one.textContent])]; })";
const FAILED: &str = "return document.querySelectorAll('.fate.bad').length";
/// Why files were not taken, and whether they can go once more.
const CAUSES: &str = "return [...document.querySelectorAll('.fate.bad')].map((fate) => \
    [fate.firstChild.textContent.replace(/ · $/, ''), Boolean(fate.querySelector('button'))])";
const WAITS: &str = "return document.querySelector('.waits .fate')?.textContent ?? ''";
const TRANSIT: &str = "return document.querySelectorAll('.waits').length";
/// The names of what the frame keeps.
const KEPT: &str = "const done = arguments[0]; \
    const opening = indexedDB.open(`resolute:${JSON.parse(document.body.dataset.setting).channel}`); \
    opening.onsuccess = () => { const all = opening.result.transaction('files').objectStore('files').getAll(); \
    all.onsuccess = () => { opening.result.close(); done(all.result.map((one) => one.file.name)); }; }";
/// From now on a file takes too long.
const LATE: &str = "const ask = fetch; window.fetch = (to, how) => \
    String(to).includes('/files?') ? Promise.resolve(new Response('', { status: 408 })) : ask(to, how)";
/// From now on nothing is heard of a file that was sent.
const HANGS: &str = "const ask = fetch; window.fetch = (to, how) => \
    String(to).includes('/files?') ? new Promise(() => {}) : ask(to, how)";

impl Windows {
    /// Chooses a file with this name and content.
    async fn choose(&self, name: &str, content: &[u8]) {
        let path = self.desk.data.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        self.customer.find(Locator::Id("file")).await.unwrap().send_keys(path.to_str().unwrap()).await.unwrap();
    }

    async fn until_drawn(&self, files: &Value) {
        self.until(&files.to_string(), async || self.ask(DRAWN).await == *files).await;
    }

    async fn until_kept(&self, names: &[&str]) {
        let kept = async || self.customer.execute_async(KEPT, Vec::new()).await.unwrap_or_default() == json!(names);
        self.until(&format!("{names:?} kept"), kept).await;
    }

    /// The same in whatever order.
    async fn until_kept_all(&self, names: &[&str]) {
        let kept = async || {
            let kept = self.customer.execute_async(KEPT, Vec::new()).await.unwrap_or_default();
            kept.as_array().is_some_and(|kept| kept.len() == names.len())
                && names.iter().all(|name| kept.to_string().contains(name))
        };
        self.until(&format!("{names:?} kept"), kept).await;
    }

    async fn until_nothing_waits(&self) {
        self.until("an empty way", async || self.ask(TRANSIT).await == 0 && self.ask(FAILED).await == 0).await;
    }

    /// The files that came to the desk, by name.
    async fn files_at_desk(&self, number: i64) -> Vec<String> {
        let said = messages(&self.desk, number).await;
        let files = said.iter().filter_map(|one| one["attachments"].as_array()).flatten();
        files.map(|file| file["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The shop's page once more.
    async fn reload(&self) {
        self.leave().await;
        self.customer.goto("about:blank").await.unwrap();
        self.wire.mend();
        self.go_shopping().await;
    }

    async fn first_talk(&self) -> i64 {
        self.until("the conversation", async || !conversations(&self.desk).await.is_empty()).await;
        conversations(&self.desk).await[0]["number"].as_i64().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_papers_of_both_sides_are_drawn() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.choose("buckle.png", PHOTO).await;
    windows.until_drawn(&json!([[true, "buckle.png"]])).await;
    windows.choose("list.pdf", PAPER).await;
    windows.until_drawn(&json!([[true, "buckle.png"], [true, "list.pdf"]])).await;
    windows.until_nothing_waits().await;
    windows.until_kept(&[]).await;
    let number = windows.first_talk().await;
    assert_eq!(windows.files_at_desk(number).await, ["buckle.png", "list.pdf"]);

    let files = [("strap.png", "image/png", PHOTO), ("label.pdf", "application/pdf", PAPER)];
    let body = form(&[("body", "Like this one?")], &files);
    let path = format!("/api/v1/conversations/{number}/messages");
    let sent = post_multipart(&mut windows.desk.api(), &path, &body).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let all = json!([[true, "buckle.png"], [true, "list.pdf"], [false, "strap.png"], [false, "label.pdf"]]);
    windows.until_drawn(&all).await;
    windows.until_told("Like this one?").await;
    for (size, dark, name) in [(WIDE, false, "chat-files-wide-light"), (NARROW, true, "chat-files-narrow-dark")] {
        windows.customer.resize(size).await;
        windows.customer.set_dark(dark).await;
        windows.customer.check_accessibility().await;
        windows.customer.save_screenshot(name).await;
    }

    // What is saved is what was sent, and nothing that a browser would run.
    let address = "return document.querySelector('.message:not(.mine) a[download]').getAttribute('href')";
    let address = windows.ask(address).await.as_str().unwrap().to_owned();
    let saved = windows.desk.client().get(&address).await.unwrap();
    assert_eq!((saved.status, &saved.body[..]), (200, PAPER));
    assert!(saved.header("content-disposition").unwrap().starts_with("attachment"));
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_did_not_get_through_is_there_on_the_next_page_and_sent_once() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.write("Which of these is it?").await;
    let number = windows.first_talk().await;
    windows.until_nothing_waits().await;

    // It finds no line and waits, and goes by itself from the next page.
    windows.wire.cut();
    windows.choose("lamp.txt", b"It is the blue one.").await;
    windows.until("the file that waits", async || windows.ask(WAITS).await == "Waits for the line").await;
    assert_eq!(windows.ask(FAILED).await, 0);
    windows.until_kept(&["lamp.txt"]).await;
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-file-waits").await;
    assert_eq!(windows.files_at_desk(number).await, Vec::<String>::new());
    windows.reload().await;
    windows.until_drawn(&json!([[true, "lamp.txt"]])).await;
    windows.until_nothing_waits().await;
    windows.until_kept(&[]).await;

    // The page is left while another is under way: it goes on by itself.
    windows.ask(HANGS).await;
    windows.choose("rug.txt", b"It is the red one.").await;
    windows.until_kept(&["rug.txt"]).await;
    windows.reload().await;
    windows.until_drawn(&json!([[true, "lamp.txt"], [true, "rug.txt"]])).await;
    windows.until_nothing_waits().await;
    windows.until_kept(&[]).await;
    windows.reload().await;
    windows.until_drawn(&json!([[true, "lamp.txt"], [true, "rug.txt"]])).await;
    assert_eq!(windows.files_at_desk(number).await, ["lamp.txt", "rug.txt"]);

    // Who signs out leaves nothing behind.
    windows.ask(HANGS).await;
    windows.choose("secret.txt", b"Nobody else's.").await;
    windows.until_kept(&["secret.txt"]).await;
    windows.leave().await;
    windows.ask("resolute('reset')").await;
    let gone = "return !document.querySelector(':root > div').shadowRoot.querySelector('iframe')";
    windows.until("the end of the frame", async || windows.ask(gone).await == true).await;
    windows.go_shopping().await;
    windows.until_kept(&[]).await;
    assert_eq!(windows.log().await, "");

    // What a stranger chose is the customer's own, once the shop vouches for them.
    windows.ask(HANGS).await;
    windows.choose("mat.txt", b"It is the green one.").await;
    windows.until_kept(&["mat.txt"]).await;
    let user = json!({ "jwt": jwt(IDENTITY_SECRET, "17", "") });
    let queue = format!("window.resolute = Object.assign(() => {{}}, {{ q: [['setUser', {user}]] }})");
    windows.customer.before_pages(&queue).await;
    windows.reload().await;
    windows.until_drawn(&json!([[true, "mat.txt"]])).await;
    windows.until_kept(&[]).await;
    let talks = conversations(&windows.desk).await;
    let own = talks.iter().map(|row| row["number"].as_i64().unwrap()).find(|other| *other != number).unwrap();
    assert_eq!(windows.files_at_desk(own).await, ["mat.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_the_line_goes_in_the_order_in_which_it_was_written() {
    /// What the visitor wrote, from top to bottom.
    const MINE: &str = "return [...document.querySelectorAll('.message.mine')].map((message) => \
        (message.querySelector('.message-text') ?? message.querySelector('a')).textContent)";
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.write("Which of these is it?").await;
    let number = windows.first_talk().await;
    windows.until_nothing_waits().await;

    windows.wire.cut();
    windows.write("I have two.").await;
    windows.until_told("I have two.").await;
    windows.choose("lamp.txt", b"It is the blue one.").await;
    windows.until_kept(&["lamp.txt"]).await;
    windows.write("That was the lamp.").await;
    windows.until_told("That was the lamp.").await;
    windows.choose("rug.txt", b"It is the red one.").await;
    windows.until_kept_all(&["lamp.txt", "rug.txt"]).await;
    windows.write("And that the rug.").await;
    windows.until_told("And that the rug.").await;
    windows.reload().await;
    windows.until_kept(&[]).await;
    windows.until_nothing_waits().await;
    let order =
        ["Which of these is it?", "I have two.", "lamp.txt", "That was the lamp.", "rug.txt", "And that the rug."];
    windows.until("all of it at the desk", async || messages(&windows.desk, number).await.len() == order.len()).await;
    let said = messages(&windows.desk, number).await;
    let at_desk = said.iter().map(|one| {
        let file = one["attachments"][0]["name"].as_str();
        file.unwrap_or_else(|| one["body"].as_str().unwrap())
    });
    assert_eq!(at_desk.collect::<Vec<_>>(), order);
    windows.until("the same order in the panel", async || windows.ask(MINE).await == json!(order)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_taken_says_why_and_goes_again_only_where_that_may_help() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    let causes = async |wanted: &Value| {
        windows.until(&wanted.to_string(), async || windows.ask(CAUSES).await == *wanted).await;
    };
    let kind = json!(["Not taken: only pictures, PDF or text", false]);
    let empty = json!(["The file is empty", false]);
    let large = json!(["Too large: at most 10 MB", false]);
    windows.choose("page.txt", b"<html><script>").await;
    causes(&json!([kind])).await;
    windows.choose("nothing.txt", b"").await;
    causes(&json!([kind, empty])).await;
    windows.choose("film.txt", &vec![b'a'; 10 * 1024 * 1024 + 1]).await;
    causes(&json!([kind, empty, large])).await;
    windows.until_kept(&[]).await;

    // What took too long is kept, also for the next page, and may get through the next time.
    windows.ask(LATE).await;
    windows.choose("lamp.txt", b"It is the blue one.").await;
    let late = json!(["It took too long: a smaller file may get through", true]);
    causes(&json!([kind, empty, large, late])).await;
    windows.until_kept(&["lamp.txt"]).await;
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-files-refused").await;
    windows.reload().await;
    causes(&json!([late])).await;
    windows.ask("document.querySelector('.fate.bad button').click()").await;
    windows.until_drawn(&json!([[true, "lamp.txt"]])).await;
    windows.until_nothing_waits().await;
    windows.until_kept(&[]).await;
    let number = windows.first_talk().await;
    assert_eq!(windows.files_at_desk(number).await, ["lamp.txt"]);
}
