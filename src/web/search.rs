//! Conversations found by words, names and numbers.

pub mod find;

use askama::Template;

use crate::model::conversation::Conversation;
use crate::web::conversations::row::Rows;
use crate::web::filters;
use crate::web::format::counted;
use crate::web::page::Page;
use crate::web::parts::Empty;

/// `GET /search?q=`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "search/page.html")]
pub struct SearchPage {
    page: Page,
    words: String,
    said: String,
    rows: Rows,
    empty: Option<Empty>,
}

impl SearchPage {
    /// What was found for `words`, best first.
    pub fn new(page: Page, words: &str, found: &[Conversation]) -> Self {
        let words = words.trim();
        let empty = match (words.is_empty(), found.is_empty()) {
            (true, _) => {
                Some(Empty::new("What are you looking for?", "A name, an address, an order number, any words."))
            }
            (false, true) => Some(
                Empty::new(format!("Nothing for “{words}”"), "Try fewer words, or the order number.")
                    .with_link("Look at everything", "/inbox?view=all"),
            ),
            (false, false) => None,
        };
        Self {
            rows: Rows::new(&page, found, None, None),
            page,
            words: words.to_owned(),
            said: if empty.is_some() { String::new() } else { counted(found.len(), "conversation", "conversations") },
            empty,
        }
    }
}
