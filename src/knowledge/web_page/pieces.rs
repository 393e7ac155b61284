//! The tags and words of a page, in their order, as a browser tells them apart, and no more than the desk has room and time for.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// Most parts of a page.
const PIECES: usize = 200_000;
/// Each attribute of a tag is held against all before it; so often at most.
const COMPARED: usize = 200_000_000;
/// Behind one of these the next attribute begins.
const ENDS: [char; 8] = [' ', '\t', '\n', '\r', '\u{c}', '/', '"', '\''];

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `<a href="">`
    Begin {
        /// In small letters.
        name: String,
        /// What the element is for, as its page says; mostly empty.
        role: String,
        /// Where it leads.
        href: String,
    },
    /// `</a>`
    End(String),
    /// What stands between tags.
    Words(String),
}

/// The parts of a page; nothing where they are too many.
pub(super) fn pieces(page: &str) -> Option<Vec<Piece>> {
    let input = BufferQueue::default();
    let tokenizer = Tokenizer::new(Found::default(), TokenizerOpts::default());
    // Attributes of the tag that is read may be so many, and were held against each other so often.
    let (mut attributes, mut compared) = (0, 0);
    for part in page.split_inclusive(ENDS) {
        input.push_back(StrTendril::from_slice(part));
        // It stops before the end only where its sink asks for that.
        let _ = tokenizer.feed(&input);
        attributes = if tokenizer.sink.went_on.take() { 0 } else { attributes + 1 };
        compared += attributes;
        if compared > COMPARED || tokenizer.sink.pieces.borrow().len() > PIECES {
            return None;
        }
    }
    tokenizer.end();
    Some(tokenizer.sink.pieces.take())
}

#[derive(Default)]
struct Found {
    pieces: RefCell<Vec<Piece>>,
    /// Whether something was read to its end.
    went_on: Cell<bool>,
}

impl TokenSink for Found {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        // What is wrong within a tag does not end it.
        if !matches!(token, Token::ParseError(_)) {
            self.went_on.set(true);
        }
        let mut pieces = self.pieces.borrow_mut();
        if pieces.len() > PIECES {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let of = |wanted: &str| {
                    let found = tag.attrs.iter().find(|attribute| *attribute.name.local == *wanted);
                    found.map(|attribute| attribute.value.to_string()).unwrap_or_default()
                };
                let name = tag.name.to_string();
                let raw = raw(&name);
                pieces.push(Piece::Begin { name, role: of("role").to_ascii_lowercase(), href: of("href") });
                raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
            }
            Token::TagToken(tag) => {
                pieces.push(Piece::End(tag.name.to_string()));
                TokenSinkResult::Continue
            }
            Token::CharacterTokens(words) => {
                match pieces.last_mut() {
                    Some(Piece::Words(before)) => before.push_str(&words),
                    _ => pieces.push(Piece::Words(words.to_string())),
                }
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

/// In these, tags are words until their own end.
fn raw(name: &str) -> Option<RawKind> {
    match name {
        "title" | "textarea" => Some(RawKind::Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "script" => Some(RawKind::ScriptData),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_falls_into_tags_and_words() {
        let found = pieces("<A HREF='/x?a&amp;b' role=Main>A &lt;b&gt; é</a><script>if (a</b>) {}</script>").unwrap();
        let begin = |name: &str, role: &str, href: &str| Piece::Begin {
            name: name.to_owned(),
            role: role.to_owned(),
            href: href.to_owned(),
        };
        let words = found.iter().filter_map(|piece| match piece {
            Piece::Words(words) => Some(words.as_str()),
            _ => None,
        });
        assert_eq!(words.collect::<Vec<_>>(), ["A <b> é", "if (a</b>) {}"]);
        assert_eq!(found.first(), Some(&begin("a", "main", "/x?a&b")));
        assert!(found.contains(&begin("script", "", "")));
        assert_eq!(found.last(), Some(&Piece::End("script".to_owned())));
    }
}
