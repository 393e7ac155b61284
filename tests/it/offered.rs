//! Files that platforms fetch from the desk: they leave with an address, which whoever has it can ask for a while.

use std::time::Duration;

use platform_doubles::ebay::Media;
use resolute::model::Ts;
use resolute::store::files::Files;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::composer_files::{PHOTO, form, post_multipart};
use crate::support::desk::{Engine, Wish};
use crate::support::forms::page;
use crate::support::http::Answer;
use crate::support::stand::{QUESTION, Stand};

const ORIGIN: &str = "https://desk.example";
const LABEL: (&str, &str, &[u8]) = ("label.pdf", "application/pdf", b"%PDF-1.7 a label");
const PICTURE: (&str, &str, &[u8]) = ("buckle.png", "image/png", PHOTO);
const DAY: Duration = Duration::from_hours(24);

/// A desk that the outside reaches there, with an account at eBay and one at LINE; and what a customer of each has asked.
async fn asked(engine: Engine, public_url: &str) -> (Stand, [i64; 2]) {
    let wish = Wish { public_url: public_url.to_owned(), may_leave_work: true, ..Wish::exact(engine) };
    let stand = Box::pin(Stand::start(wish, &["ebay", "line"])).await;
    let on_ebay = stand.asks(&stand.lines[0], 1, QUESTION).await;
    let on_line = stand.asks(&stand.lines[1], 2, QUESTION).await;
    (stand, [on_ebay, on_line])
}

/// A program answers with a file.
async fn answers(stand: &Stand, number: i64, file: (&str, &str, &[u8])) -> Answer {
    let path = format!("/api/v1/conversations/{number}/messages");
    post_multipart(&mut stand.desk.api(), &path, &form(&[("body", "Here it is.")], &[file])).await
}

/// What a platform gets at an address: it has no session, and nothing but the address.
async fn fetched(stand: &Stand, address: &str) -> Answer {
    let path = address.strip_prefix(ORIGIN).expect("an address of the desk");
    stand.desk.client().get(path).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_leaves_on_ebay_and_a_picture_on_line_and_both_are_fetched() {
    for engine in Engine::all() {
        Box::pin(leave(engine)).await;
    }
}

async fn leave(engine: Engine) {
    let (stand, [on_ebay, on_line]) = asked(engine, ORIGIN).await;
    for (number, file) in [(on_ebay, LABEL), (on_line, PICTURE)] {
        let posted = answers(&stand, number, file).await;
        assert_eq!(posted.status, 201, "{}", posted.text());
    }
    stand.desk.drain().await;
    let Media { name, kind, address: label } = stand.platforms.together.ebay().sent().remove(0).media.remove(0);
    assert_eq!((name.as_str(), kind.as_str()), ("label.pdf", "PDF"));
    let picture = stand.platforms.together.line().sent().remove(0).pictures.remove(0);

    for (address, (name, content_type, content), shown) in
        [(&label, LABEL, "attachment"), (&picture, PICTURE, "inline")]
    {
        let answer = fetched(&stand, address).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, content), "{name}");
        assert_eq!(answer.header("content-type"), Some(content_type));
        let disposition = format!("{shown}; filename*=UTF-8''{name}");
        assert_eq!(answer.header("content-disposition"), Some(disposition.as_str()));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        assert_eq!(answer.header("set-cookie"), None);
        let head = head_of(&stand, address).await;
        assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{name}: {head}");
    }
    let inside = label.len() - 20;
    let other = if label[inside..].starts_with('A') { "B" } else { "A" };
    let mut altered = label.clone();
    altered.replace_range(inside..=inside, other);
    for forged in [altered, format!("{label}A")] {
        assert_eq!(fetched(&stand, &forged).await.status, 404, "no other address opens anything: {forged}");
    }

    let clock = &stand.desk.desk.clock;
    clock.advance(DAY);
    assert_eq!((fetched(&stand, &label).await.status, fetched(&stand, &picture).await.status), (200, 200));
    clock.advance(30 * DAY);
    assert_eq!(fetched(&stand, &label).await.status, 404, "eBay has had its time");
    assert_eq!(fetched(&stand, &picture).await.status, 200, "a customer of LINE may look only now");
    let gone = stand.desk.desk.files.delete_older(&Files::key_of(PHOTO), Ts(i64::MAX)).await;
    assert!(gone.expect("the folder answers"));
    assert_eq!(fetched(&stand, &picture).await.status, 404, "what is erased is not shown any more");
}

/// What a platform hears that only asks whether something is there.
async fn head_of(stand: &Stand, address: &str) -> String {
    let path = address.strip_prefix(ORIGIN).expect("an address of the desk");
    let mut stream = TcpStream::connect(stand.desk.address).await.expect("the desk listens");
    let request = format!("HEAD {path} HTTP/1.1\r\nhost: desk\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_https_address_it_is_said_why_no_files_go() {
    let (stand, numbers) = asked(Engine::Sqlite, "").await;
    let mut browser = stand.desk.browser().await;
    let ways = ["write what it says into the text.", "put a link into the text."];
    for (number, way) in numbers.into_iter().zip(ways) {
        let answer = answers(&stand, number, PICTURE).await;
        let words = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        let why = "this desk has no address on the web that begins with https://.";
        assert!(answer.status == 422 && words.contains(why), "{words}");
        assert!(words.ends_with(&format!("Until then {way} Nothing was sent.")), "{words}");

        let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains(why) && !shown.contains("data-attach="), "{shown}");
    }
    for line in &stand.lines {
        assert!(stand.platforms.sent(line).is_empty(), "{}", line.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_attach_a_file_is_sent_to_a_link_only_where_it_is_allowed() {
    let (stand, numbers) = asked(Engine::Sqlite, ORIGIN).await;
    let mut browser = stand.desk.browser().await;
    let ways = ["write what it says into the text.", "put a link into the text."];
    for (number, way) in numbers.into_iter().zip(ways) {
        let answer = answers(&stand, number, ("cup.zip", "application/zip", b"PK")).await;
        let words = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(words.ends_with(&format!("Save it as one of them, or {way} Nothing was sent.")), "{words}");

        let path = format!("/api/v1/conversations/{number}/messages");
        let many = form(&[("body", "Here they are.")], &[PICTURE; 6]);
        let answer = post_multipart(&mut stand.desk.api(), &path, &many).await;
        let words = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 422 && words.contains("A message here takes up to"), "{words}");
        assert!(words.contains(&format!("Leave one out, make it smaller, or {way}")), "{words}");

        let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains(&format!("data-smaller=\"Make it smaller, or {way}\"")), "{shown}");
    }
}
