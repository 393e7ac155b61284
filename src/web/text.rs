//! Foreign text as safe HTML: escaped, in paragraphs, with links that lead where they say.

use std::fmt;

use askama::filters::{Escaper, Html as HtmlEscaper, HtmlSafe};
use url::Url;

/// HTML that was made here from escaped text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

impl Html {
    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Plain text as paragraphs: blank lines part them, single line ends stay, web addresses become links. Each runs in the
/// direction of its own words.
pub fn paragraphs(text: &str) -> Html {
    beginning(text, usize::MAX).html
}

/// The beginning of a text, and whether there is more of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beginning {
    /// Its paragraphs.
    pub html: Html,
    /// Whether the text goes on.
    pub goes_on: bool,
}

/// As [`paragraphs`], up to about so many bytes of HTML: what a few bytes are shown with can be ten times as long.
pub fn beginning(text: &str, most: usize) -> Beginning {
    let mut html = String::with_capacity(text.len().min(most) + 16);
    let mut lines_of_paragraph = 0_usize;
    let mut goes_on = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            close(&mut html, &mut lines_of_paragraph);
            continue;
        }
        if html.len() >= most {
            goes_on = true;
            break;
        }
        html.push_str(if lines_of_paragraph == 0 { "<p dir=\"auto\">" } else { "<br>" });
        lines_of_paragraph += 1;
        goes_on = push_pieces(&mut html, line, most);
        if goes_on {
            break;
        }
    }
    close(&mut html, &mut lines_of_paragraph);
    Beginning { html: Html(html), goes_on }
}

/// A line, piece by piece until there are `most` bytes; whether something of it is left out.
fn push_pieces(html: &mut String, line: &str, most: usize) -> bool {
    let mut rest = line;
    while !rest.is_empty() {
        if html.len() >= most {
            return true;
        }
        let (piece, after) = rest.split_at(piece_length(rest));
        push_line(html, piece);
        rest = after;
    }
    false
}

/// How much of a line is looked through at once, if possible up to a blank: a line full of addresses is looked through
/// for each of them.
fn piece_length(line: &str) -> usize {
    const PIECE: usize = 2_048;
    if line.len() <= PIECE {
        return line.len();
    }
    let end = (1..=PIECE).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(line.len());
    let piece = line.get(..end).unwrap_or(line);
    piece.rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(end)
}

fn close(html: &mut String, lines_of_paragraph: &mut usize) {
    if *lines_of_paragraph > 0 {
        html.push_str("</p>");
    }
    *lines_of_paragraph = 0;
}

/// One line: words that are web addresses as links, all else escaped.
fn push_line(html: &mut String, line: &str) {
    let mut rest = line;
    while let Some(start) = address_start(rest) {
        let (before, from_address) = rest.split_at(start);
        let (address, after) = from_address.split_at(address_length(from_address));
        push_words(html, before);
        match Url::parse(address) {
            Ok(url) if url.host_str().is_some() && url.username().is_empty() => push_link(html, &url, address),
            _ => push_escaped(html, address),
        }
        rest = after;
    }
    push_words(html, rest);
}

/// Text without addresses: numbers of orders stay whole, all else escaped.
pub(super) fn push_words(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some((before, number, after)) = first_number(rest) {
        push_escaped(html, before);
        html.push_str("<bdi class=\"nowrap\">");
        push_escaped(html, number);
        html.push_str("</bdi>");
        rest = after;
    }
    push_escaped(html, rest);
}

/// The first word that looks like the number of an order, `FJ-10023` or `#1082`, with what stands before and behind it.
fn first_number(text: &str) -> Option<(&str, &str, &str)> {
    let belongs = |c: char| c.is_alphanumeric() || c == '-' || c == '#';
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find(belongs)?;
        let tail = text.get(start..)?;
        let length = tail.find(|c| !belongs(c)).unwrap_or(tail.len());
        let word = tail.get(..length)?.trim_end_matches('-');
        if is_number(word) {
            return Some((text.get(..start)?, word, tail.get(word.len()..)?));
        }
        from = start + length;
    }
}

fn is_number(word: &str) -> bool {
    const LONGEST: usize = 24;
    let begins_with_digit = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let parts = word.trim_start_matches('#');
    let has_number =
        word.starts_with('#') && begins_with_digit(parts) || parts.split('-').skip(1).any(begins_with_digit);
    word.is_ascii() && word.len() <= LONGEST && !parts.starts_with('-') && has_number
}

fn address_start(text: &str) -> Option<usize> {
    let first = |scheme| text.find(scheme);
    match (first("https://"), first("http://")) {
        (Some(secure), Some(plain)) => Some(secure.min(plain)),
        (secure, plain) => secure.or(plain),
    }
}

/// An address ends at white space or a bracket, and not in the mark that ends the sentence.
fn address_length(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(text.len());
    let address = text.get(..end).unwrap_or_default();
    address.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '”', '’']).len()
}

/// The link shows what was written; the address is the parsed one, so that both name the same place.
fn push_link(html: &mut String, url: &Url, written: &str) {
    html.push_str("<a href=\"");
    push_escaped(html, url.as_str());
    html.push_str("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
    push_escaped(html, written);
    html.push_str("</a>");
}

fn push_escaped(html: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = HtmlEscaper.write_escaped_str(html, text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(text: &str) -> String {
        paragraphs(text).to_string()
    }

    #[test]
    fn blank_lines_part_paragraphs_and_line_ends_stay() {
        assert_eq!(html("Hi,\r\none\n\n\ntwo\n"), "<p dir=\"auto\">Hi,<br>one</p><p dir=\"auto\">two</p>");
        assert_eq!(html(" \n\n"), "");
    }

    #[test]
    fn a_text_that_is_too_long_has_a_beginning() {
        let short = "Hi,\n\nwhere is it?\n\n\n";
        assert_eq!(beginning(short, 60), Beginning { html: paragraphs(short), goes_on: false });
        for long in ["&\n\n", "https://a.example ", "<", "a-1 ", "é"].map(|text| text.repeat(60_000)) {
            let Beginning { html, goes_on } = beginning(&long, 50_000);
            let html = html.to_string();
            assert!(goes_on && (50_000..80_000).contains(&html.len()), "{}", html.len());
            assert!(html.ends_with("</p>") && html.matches("<p").count() == html.matches("</p>").count());
        }
        // A line is looked through in pieces, which nobody sees.
        let one = "Order FJ-10023 at https://a.example/x.";
        let shown = html(one).replace("<p dir=\"auto\">", "").replace("</p>", "");
        let all = |one: &str| vec![one; 200].join(" ");
        assert_eq!(html(&all(one)), format!("<p dir=\"auto\">{}</p>", all(&shown)));
    }

    #[test]
    fn web_addresses_become_links_and_nothing_else_does() {
        assert_eq!(
            html("See https://fjordline.example/track?n=1&m=2."),
            "<p dir=\"auto\">See <a href=\"https://fjordline.example/track?n=1&#38;m=2\" rel=\"noopener noreferrer nofollow\" \
             target=\"_blank\">https://fjordline.example/track?n=1&#38;m=2</a>.</p>"
        );
        for plain in ["javascript:alert(1)", "http://", "https:// x", "ftp://a.example", "data:text/html,x"] {
            assert!(!html(plain).contains("<a"), "{plain}");
        }
        // A name before the host reads like another shop.
        assert!(!html("https://shop.example@evil.example/").contains("<a"));
    }

    #[test]
    fn numbers_of_orders_stay_whole() {
        let whole = |number| format!("<bdi class=\"nowrap\">{number}</bdi>");
        assert_eq!(
            html("Order FJ-10023 (#1082, FJ-10024-)."),
            format!("<p dir=\"auto\">Order {} ({}, {}-).</p>", whole("FJ-10023"), whole("#1082"), whole("FJ-10024"))
        );
        for plain in ["T-shirt", "-5 degrees", "# 1", "a-b", "née-5", "https://shop.example/FJ-10023", "--1"] {
            assert!(!html(plain).contains("<bdi"), "{plain}");
        }
        assert!(!html(&format!("FJ-{}", "1".repeat(40))).contains("<bdi"), "what fits no line may break");
    }

    #[test]
    fn hostile_text_stays_text() {
        let shown = html("<script>alert(1)</script> https://x.example/\"onmouseover=\"alert(1) <img src=x onerror=y>");
        assert!(!shown.contains("<script") && !shown.contains("<img") && !shown.contains("\"onmouseover"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_text_gives_only_our_own_tags(text in "(?s).{0,200}", address in "https?://[ -~]{0,40}") {
            let shown = html(&format!("{text}{address}{text}"));
            let left = shown.split('<').skip(1).find(|piece| {
                !["p dir=\"auto\">", "/p>", "br>", "/a>", "a href=\"http", "bdi class=\"nowrap\">", "/bdi>"].iter().any(|tag| piece.starts_with(tag))
            });
            prop_assert_eq!(left, None);
        }
    }
}
