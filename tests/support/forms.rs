//! Forms of the desk's pages, sent as a browser sends them.

use super::desk::TestDesk;
use super::http::{Answer, Client};

/// Sends a form with the token that pages carry.
pub(crate) async fn send(browser: &mut Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = token(&browser.get("/account").await.expect("an answer").text());
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

/// The token of the forms of a page.
fn token(page: &str) -> String {
    let behind = page.split("name=\"csrf\" value=\"").nth(1).expect("a form");
    behind.split('"').next().expect("a token").to_owned()
}

/// Signs somebody in through the form, as a browser of this kind; gives their browser.
pub(crate) async fn signed_in(desk: &TestDesk, email: &str, password: &str, zone: &str) -> (Client, Answer) {
    let fields = [("email", email), ("password", password), ("browser_zone", zone)];
    let mut client = desk.client().with("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/141.0");
    let answer = client.post_form("/session", &fields).await.expect("an answer");
    assert_eq!(answer.status, 303, "{}", answer.text());
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let session = cookies.map(|(_, value)| value).find(|value| value.starts_with("resolute_session="));
    let session = session.and_then(|value| value.split(';').next()).expect("a session").to_owned();
    (desk.client().with("cookie", &session), answer)
}
