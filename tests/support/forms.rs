//! Forms of the desk's pages, sent as a browser sends them.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::desk::TestDesk;
use super::http::{Answer, Client};

/// Sends a form with the token that pages carry.
pub(crate) async fn send(browser: &mut Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = value_of(&browser.get("/account").await.expect("an answer").text(), "csrf");
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend_from_slice(fields);
    browser.post_form(path, &all).await.expect("an answer")
}

/// Sends a form that must be taken.
pub(crate) async fn taken(browser: &mut Client, path: &str, fields: &[(&str, &str)]) {
    let answer = send(browser, path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.text());
}

/// The page at a path, which must be there.
pub(crate) async fn page(browser: &mut Client, path: &str) -> String {
    let answer = browser.get(path).await.expect("an answer");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// What the first field of this name holds, hidden ones included: the token of a page's forms is its `csrf`.
pub(crate) fn value_of(page: &str, name: &str) -> String {
    let first = values_of(page, name).into_iter().next();
    first.unwrap_or_else(|| panic!("no field “{name}” in:\n{page}"))
}

/// What all fields of this name hold, in the order of the page.
pub(crate) fn values_of(page: &str, name: &str) -> Vec<String> {
    let start = format!("name=\"{name}\" value=\"");
    page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// What the next page will say on top: `b` for bad or `i` for good, and the words; `""` when it says nothing.
pub(crate) fn said(answer: &Answer) -> String {
    let mut cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let notice = cookies.find_map(|(_, value)| value.strip_prefix("resolute_notice=")).unwrap_or_default();
    let words = URL_SAFE_NO_PAD.decode(notice.split(';').next().unwrap_or_default()).expect("a notice");
    String::from_utf8(words).expect("words")
}

/// Signs somebody in through the form, as a browser of this kind; gives their browser.
pub(crate) async fn signed_in(desk: &TestDesk, email: &str, password: &str, zone: &str) -> (Client, Answer) {
    let fields = [("email", email), ("password", password), ("browser_zone", zone)];
    let mut client = desk.client().with("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/141.0");
    let answer = client.post_form("/session", &fields).await.expect("an answer");
    assert_eq!(answer.status, 303, "{}", answer.text());
    (desk.client().with("cookie", &session_of(&answer)), answer)
}

/// Signs somebody in through the form of a running program; gives their browser.
pub(crate) async fn signed_in_at(address: SocketAddr, email: &str, password: &str) -> Client {
    let fields = [("email", email), ("password", password)];
    let answer = Client::new(address).post_form("/session", &fields).await.expect("an answer");
    assert_eq!(answer.status, 303, "{}", answer.text());
    Client::new(address).with("cookie", &session_of(&answer))
}

/// The session that a sign-in gave, as a browser sends it.
pub(crate) fn session_of(answer: &Answer) -> String {
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let session = cookies.map(|(_, value)| value).find(|value| value.starts_with("resolute_session="));
    session.and_then(|value| value.split(';').next()).expect("a session").to_owned()
}
