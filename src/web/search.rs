//! Conversations found by words, names and numbers.

pub mod find;

use askama::Template;

use crate::store::search::Found;
use crate::web::conversations::row::Rows;
use crate::web::filters;
use crate::web::format::counted;
use crate::web::page::Page;
use crate::web::parts::Empty;

/// `GET /search?q=&cursor=`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "search/page.html")]
pub struct SearchPage {
    page: Page,
    words: String,
    said: String,
    rows: Rows,
    empty: Option<Empty>,
    /// Where earlier hits are.
    next: Option<String>,
    /// The first page, seen from a later one.
    first: Option<String>,
}

impl SearchPage {
    /// What was found for `words`, newest first; `later`: on a page behind the first.
    pub fn new(page: Page, words: &str, found: &Found, later: bool) -> Self {
        let words = words.trim();
        let here = format!("/search?q={}", encoded(words));
        let none = found.conversations.is_empty() && found.next.is_none();
        let empty = match (words.is_empty(), none, later) {
            (true, ..) => {
                Some(Empty::new("What are you looking for?", "A name, an address, an order number, any words."))
            }
            (false, true, true) => Some(Empty::new("Nothing earlier", format!("That was all for “{words}”."))),
            (false, true, false) => Some(
                Empty::new(format!("Nothing for “{words}”"), "Try fewer words, or the order number.")
                    .with_link("Look at everything", "/inbox?view=all"),
            ),
            (false, false, _) => None,
        };
        let number = counted(found.conversations.len(), "conversation", "conversations");
        Self {
            rows: Rows::whole(&page, &found.conversations).without_ticks(),
            page,
            said: match (&empty, &found.next, later) {
                (Some(_), ..) => String::new(),
                (None, None, false) => format!("{number} found"),
                (None, Some(_), false) => format!("More than {number} found, newest first"),
                (None, Some(_), true) => format!("{number} further back, and more before them"),
                (None, None, true) => format!("The last {number} found"),
            },
            empty,
            next: found.next.map(|cursor| format!("{here}&cursor={cursor}")),
            first: later.then_some(here),
            words: words.to_owned(),
        }
    }
}

fn encoded(words: &str) -> String {
    url::form_urlencoded::byte_serialize(words.as_bytes()).collect()
}
