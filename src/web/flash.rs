//! A word for the next page, after a form was taken or refused: carried in a cookie that the next page removes.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::error::{Error, Result};
use super::parts::Notice;

/// A form that only says where to go back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    /// Within the desk.
    pub back: String,
}

/// A form without fields of its own: all it says is that it came from a page of ours.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Nothing {}

const COOKIE: &str = "resolute_notice";

/// A redirect to `back` (only within the desk), with nothing to say.
pub fn back_to(back: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, local(back))).finish()
}

/// A redirect to `back`, and what happened.
pub fn back_with(back: &str, tone: Tone, words: &str) -> HttpResponse {
    let tone = if tone == Tone::Bad { "b" } else { "i" };
    let value = URL_SAFE_NO_PAD.encode(format!("{tone}{words}"));
    let cookie = Cookie::build(COOKIE, value).path("/").http_only(true).same_site(SameSite::Lax).finish();
    HttpResponse::SeeOther().insert_header((header::LOCATION, local(back))).cookie(cookie).finish()
}

/// After a change: back to the page, with the reason when a person can mend it.
pub fn settled<T>(back: &str, done: &str, outcome: Result<T>) -> Result<HttpResponse> {
    match outcome {
        Ok(_) if done.is_empty() => Ok(back_to(back)),
        Ok(_) => Ok(back_with(back, Tone::Info, done)),
        Err(Error::Invalid(words) | Error::Conflict(words) | Error::Forbidden(words) | Error::Unavailable(words)) => {
            Ok(back_with(back, Tone::Bad, &words))
        }
        Err(error) => Err(error),
    }
}

/// How a word sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It worked.
    Info,
    /// It did not.
    Bad,
}

/// What the page before left to say.
pub fn take(request: &HttpRequest) -> Option<Notice> {
    let cookie = request.cookie(COOKIE)?;
    let bytes = URL_SAFE_NO_PAD.decode(cookie.value()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let words: String = text.chars().skip(1).take(600).collect();
    match text.chars().next()? {
        'b' => Some(Notice::bad("Not done.", words)),
        _ => Some(Notice::info("Done.", words)),
    }
}

/// The cookie that removes the word.
pub fn spent() -> Cookie<'static> {
    let mut cookie = Cookie::build(COOKIE, "").path("/").finish();
    cookie.make_removal();
    cookie
}

/// An address within the desk; anything else leads to the inbox.
fn local(back: &str) -> String {
    let is_local =
        back.starts_with('/') && !back.starts_with("//") && !back.contains('\\') && !back.chars().any(char::is_control);
    if is_local { back.to_owned() } else { "/inbox".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn a_form_never_leads_out_of_the_desk() {
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nset-cookie: x"] {
            assert_eq!(local(foreign), "/inbox", "{foreign}");
        }
        assert_eq!(local("/approvals?x=1"), "/approvals?x=1");
    }
}
