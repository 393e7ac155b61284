//! The tags and words of a page, in their order, as a browser tells them apart.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

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

/// The parts of a page.
pub(super) fn pieces(page: &str) -> Vec<Piece> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(page));
    let tokenizer = Tokenizer::new(Found::default(), TokenizerOpts::default());
    // It stops before the end only where its sink asks for that.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.pieces.take()
}

#[derive(Default)]
struct Found {
    pieces: RefCell<Vec<Piece>>,
}

impl TokenSink for Found {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut pieces = self.pieces.borrow_mut();
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
                pieces.push(Piece::Words(words.to_string()));
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
        let found = pieces("<A HREF='/x?a&amp;b' role=Main>A &lt;b&gt; é</a><script>if (a</b>) {}</script>");
        let begin = |name: &str, role: &str, href: &str| Piece::Begin {
            name: name.to_owned(),
            role: role.to_owned(),
            href: href.to_owned(),
        };
        let words: String = found
            .iter()
            .filter_map(|piece| match piece {
                Piece::Words(words) => Some(words.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(words, "A <b> éif (a</b>) {}");
        assert_eq!(found.first(), Some(&begin("a", "main", "/x?a&b")));
        assert!(found.contains(&begin("script", "", "")));
        assert_eq!(found.last(), Some(&Piece::End("script".to_owned())));
    }
}
