//! What a person sees when a page cannot be shown.

use askama::Template;

use crate::web::filters;

/// A page without the desk around it: it needs neither a session nor the database. A page that asked through htmx
/// shows only its words and keeps what was typed.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "errors/page.html")]
pub struct ErrorPage {
    head: &'static str,
    words: String,
}

impl ErrorPage {
    /// For an HTTP status, with words for a person.
    pub fn new(status: u16, words: impl Into<String>) -> Self {
        let head = match status {
            400 => "This cannot be read",
            403 => "You may not do this",
            404 => "Nothing here",
            410 => "This link has ended",
            409 => "Somebody was faster",
            422 => "Not possible as given",
            429 => "Too many attempts",
            503 => "Not available right now",
            _ => "Something went wrong",
        };
        Self { head, words: words.into() }
    }
}
