//! Address lists: mailboxes, groups, comments, and the broken forms that real mails carry.

use std::fmt;

use crate::{charset, header, limits, words};

/// A person or a machine in a header: a shown name and an address, either of which may be empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// The shown name, decoded; `""` if none.
    pub name: String,
    /// The address as written; `""` if none.
    pub address: String,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

/// Reads a header value with addresses; groups are opened.
pub(crate) fn parse_list(value: &[u8], hint: Option<&str>) -> Vec<Mailbox> {
    let text = charset::guess(&header::unfold(value), hint);
    let mut reader = Reader { found: Vec::new(), item: Item::default() };
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        if reader.found.len() >= limits::ADDRESSES {
            break;
        }
        rest = reader.step(rest, first);
    }
    reader.finish();
    reader.found
}

/// One address on its way.
#[derive(Default)]
struct Item {
    /// Words and quoted strings before the address.
    words: Vec<String>,
    comment: String,
    address: Option<String>,
}

struct Reader {
    found: Vec<Mailbox>,
    item: Item,
}

impl Reader {
    /// Reads one token from the start of `rest`; gives what follows.
    fn step<'a>(&mut self, rest: &'a str, first: char) -> &'a str {
        let tail = rest.get(first.len_utf8()..).unwrap_or_default();
        match first {
            '"' => {
                // A quote that is never closed is no quote.
                let Some((text, after)) = quoted(tail) else { return tail };
                self.item.words.push(text);
                after
            }
            '(' => {
                let (text, tail) = comment(tail);
                if self.item.comment.is_empty() {
                    self.item.comment = text;
                }
                tail
            }
            '<' => {
                let (inside, tail) = angle(tail);
                let address = clean(inside);
                if self.item.address.is_none() || !address.is_empty() {
                    self.item.address = Some(address);
                }
                tail
            }
            ',' | ';' => {
                self.finish();
                tail
            }
            // The end of a group's name; a colon inside a name (`Re: x`) is followed by more of the same item.
            ':' if !self.item.words.is_empty() && self.item.address.is_none() => {
                self.item = Item::default();
                tail
            }
            _ if first.is_whitespace() => tail,
            _ => {
                let length = word_length(rest);
                let (word, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
                self.item.words.push(word.to_owned());
                tail
            }
        }
    }

    fn finish(&mut self) {
        let mut item = std::mem::take(&mut self.item);
        if item.address.is_none() {
            if let Some(at) = item.words.iter().position(|word| looks_like_address(word)) {
                item.address = Some(clean(&item.words.remove(at)));
            } else if item.words.is_empty() && item.comment.is_empty() {
                return;
            }
        }
        let mut name = words::decode_text(&item.words.join(" "));
        if name.trim().is_empty() {
            name = words::decode_text(&item.comment);
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        self.found.push(Mailbox { name, address: item.address.unwrap_or_default() });
    }
}

/// How long the bare word at the start of `rest` is. An encoded word counts as one word even with blanks and commas.
fn word_length(rest: &str) -> usize {
    if rest.starts_with("=?") {
        let mut from = 2;
        for _ in 0..2 {
            let Some(at) = rest.get(from..).and_then(|part| part.find('?')) else { return plain_length(rest) };
            from += at + 1;
        }
        if from < 80
            && let Some(end) = rest.get(from..).and_then(|part| part.find("?="))
        {
            return from + end + 2;
        }
    }
    plain_length(rest)
}

fn plain_length(rest: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '(' | '<' | ',' | ';' | ':');
    // The first character belongs to the word whatever it is.
    rest.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(rest.len(), |(at, _)| at)
}

/// The text up to the closing quote, and what follows; `None` if it is never closed.
fn quoted(tail: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = tail.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '"' {
            return Some((out, tail.get(at + 1..).unwrap_or_default()));
        }
        if c == '\\' {
            out.extend(chars.next().map(|(_, escaped)| escaped));
        } else {
            out.push(c);
        }
    }
    None
}

/// A comment, which may nest.
fn comment(tail: &str) -> (String, &str) {
    let mut out = String::new();
    let mut depth = 1_usize;
    let mut chars = tail.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(|(_, escaped)| escaped)),
            ')' if depth == 1 => return (out, tail.get(at + 1..).unwrap_or_default()),
            ')' => {
                depth -= 1;
                out.push(c);
            }
            '(' => {
                depth += 1;
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    (out, "")
}

/// What stands between `<` and `>`; without a `>` up to the next blank or comma.
fn angle(tail: &str) -> (&str, &str) {
    match tail.find('>') {
        Some(at) => {
            let (inside, rest) = tail.split_at(at);
            (inside, rest.get(1..).unwrap_or_default())
        }
        None => tail.split_at(tail.find([' ', ',', ';']).unwrap_or(tail.len())),
    }
}

/// The address without brackets, quotes, routes and blanks.
fn clean(text: &str) -> String {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '\''));
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    // A source route: `@relay.example:user@shop.example`.
    let text = match text.split_once(':') {
        Some((route, rest)) if route.starts_with('@') => rest,
        _ => text,
    };
    let text = if text.contains("=?") { words::decode_text(text) } else { text.to_owned() };
    if text.starts_with('"') { text } else { without_comments(&text).split_whitespace().collect() }
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        out.push_str(before);
        rest = comment(after).1;
    }
    out.push_str(rest);
    out
}

fn looks_like_address(word: &str) -> bool {
    let word = word.trim_matches(['<', '>', '\'']);
    word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()) && !word.contains("=?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parse_list(text.as_bytes(), None).into_iter().map(|found| (found.name, found.address)).collect()
    }

    fn one(name: &str, address: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), address.to_owned())]
    }

    #[test]
    fn ordinary_and_old_forms() {
        assert_eq!(read("Ann <ann@a.example>"), one("Ann", "ann@a.example"));
        assert_eq!(read("\"Doe, Ann\" <ann@a.example>"), one("Doe, Ann", "ann@a.example"));
        assert_eq!(read("ann@a.example (Ann (the first) Doe)"), one("Ann (the first) Doe", "ann@a.example"));
        assert_eq!(read("ann@a.example"), one("", "ann@a.example"));
        assert_eq!(read("Ann <ann@a.example"), one("Ann", "ann@a.example"));
        assert_eq!(read("=?utf-8?Q?Doe,_Ann?= <ann@a.example>"), one("Doe, Ann", "ann@a.example"));
    }

    #[test]
    fn groups_are_opened() {
        assert_eq!(
            read("Friends: a@a.example, Bo <b@b.example>;, c@c.example"),
            [one("", "a@a.example"), one("Bo", "b@b.example"), one("", "c@c.example")].concat()
        );
        assert_eq!(read("undisclosed-recipients:;"), Vec::new());
    }

    #[test]
    fn broken_forms_do_not_lose_the_address() {
        assert_eq!(read("<@relay.example:ann@a.example>"), one("", "ann@a.example"));
        assert_eq!(read("\"Ann <ann@a.example>"), one("Ann", "ann@a.example"));
        assert_eq!(read("Pete (a \\) b) <pete(his account)@silly.example(host)>"), one("Pete", "pete@silly.example"));
        assert_eq!(read("< ann@a.example >"), one("", "ann@a.example"));
        assert_eq!(read(",,;"), Vec::new());
    }
}
