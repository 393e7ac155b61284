//! What is marked within a line: bold, slanted, code, links. No mark lies within another of its kind, so none lie deep.

use url::Url;

/// How far behind a mark its end is looked for, in bytes.
const NEAR: usize = 1_000;

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Words as they are.
    Text(&'a str),
    /// Bold; marked itself.
    Strong(&'a str),
    /// Slanted; marked itself.
    Emphasis(&'a str),
    /// As it is typed.
    Code(&'a str),
    /// Leads somewhere.
    Link {
        /// What is shown.
        words: &'a str,
        /// Where to; not escaped.
        address: String,
    },
}

/// The parts of a text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut shown, mut at) = (0, 0);
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let (before, rest) = text.split_at(at);
        let Some((piece, length)) = marked(first, rest, before.chars().next_back()) else {
            at += first.len_utf8();
            continue;
        };
        push_text(&mut pieces, text.get(shown..at));
        pieces.push(piece);
        at += length;
        shown = at;
    }
    push_text(&mut pieces, text.get(shown..));
    pieces
}

fn push_text<'a>(pieces: &mut Vec<Piece<'a>>, words: Option<&'a str>) {
    pieces.extend(words.filter(|words| !words.is_empty()).map(Piece::Text));
}

/// What begins here, and how many bytes it takes.
fn marked(first: char, rest: &str, before: Option<char>) -> Option<(Piece<'_>, usize)> {
    let is_within_word = before.is_some_and(char::is_alphanumeric);
    match first {
        '\\' => {
            let next = rest.get(1..2)?;
            next.chars().all(|c| c.is_ascii_punctuation()).then_some((Piece::Text(next), 2))
        }
        '`' => enclosed(rest, "`").map(|(inner, length)| (Piece::Code(inner), length)),
        '*' => {
            let strong = enclosed(rest, "**").map(|(inner, length)| (Piece::Strong(inner), length));
            strong.or_else(|| enclosed(rest, "*").map(|(inner, length)| (Piece::Emphasis(inner), length)))
        }
        '_' if !is_within_word => {
            let (inner, length) = enclosed(rest, "_")?;
            let goes_on = rest.get(length..)?.starts_with(char::is_alphanumeric);
            (!goes_on).then_some((Piece::Emphasis(inner), length))
        }
        '!' => link(rest.get(1..)?).map(|(piece, length)| (piece, length + 1)),
        '[' => link(rest),
        'h' if !is_within_word => address(rest),
        _ => None,
    }
}

fn near(text: &str) -> &str {
    text.get(..text.floor_char_boundary(NEAR)).unwrap_or(text)
}

/// What stands between two marks, close to both.
fn enclosed<'a>(rest: &'a str, mark: &str) -> Option<(&'a str, usize)> {
    let inside = near(rest.strip_prefix(mark)?);
    let inner = inside.get(..inside.find(mark)?)?;
    let is_close =
        !inner.is_empty() && !inner.starts_with(char::is_whitespace) && !inner.ends_with(char::is_whitespace);
    is_close.then_some((inner, inner.len() + 2 * mark.len()))
}

/// `[words](address)`.
fn link(rest: &str) -> Option<(Piece<'_>, usize)> {
    let (words, after) = near(rest.strip_prefix('[')?).split_once("](")?;
    let (target, _) = after.split_once(')')?;
    if words.trim().is_empty() || words.contains(['[', ']']) {
        return None;
    }
    let address = safe(target.trim())?;
    Some((Piece::Link { words, address }, words.len() + target.len() + "[]()".len()))
}

/// An address that is written out. It does not end in the mark that ends its sentence.
fn address(rest: &str) -> Option<(Piece<'_>, usize)> {
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return None;
    }
    let rest = near(rest);
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '*' | '`')).unwrap_or(rest.len());
    let words = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '_', '”', '’']);
    Some((Piece::Link { words, address: safe(words)? }, words.len()))
}

/// An address that may be followed: the web, a mail, a call, another article. A name before the host reads like another shop.
fn safe(target: &str) -> Option<String> {
    let within = target.strip_prefix("/help/");
    if within.is_some_and(|path| !path.contains('\\') && !path.chars().any(|c| c.is_control() || c.is_whitespace())) {
        return Some(target.to_owned());
    }
    let url = Url::parse(target).ok()?;
    let is_safe = match url.scheme() {
        "http" | "https" => url.host_str().is_some() && url.username().is_empty() && url.password().is_none(),
        "mailto" | "tel" => true,
        _ => false,
    };
    is_safe.then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_without_an_end_are_words() {
        for text in ["**a", "*a", "_a", "`a", "[a](b", "[a]", "a * b * c", "****", "__", "a_b_", "[](tel:1)"] {
            let words: String = pieces(text)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(words) => *words,
                    other => panic!("{text}: {other:?}"),
                })
                .collect();
            assert_eq!(words, text);
        }
    }

    #[test]
    fn nothing_stands_before_the_host_of_a_link() {
        for address in ["https://kim@host.example", "https://:word@host.example", "https://kim:word@host.example"] {
            assert_eq!(safe(address), None, "{address}");
        }
        assert!(safe("https://host.example/@kim").is_some());
    }

    #[test]
    fn a_link_begins_at_the_bracket_next_to_it() {
        let found = pieces("[a] and [b](tel:112)");
        let link = Piece::Link { words: "b", address: "tel:112".to_owned() };
        assert_eq!(found, [Piece::Text("[a] and "), link]);
    }
}
