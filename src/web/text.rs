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

/// Plain text as paragraphs: blank lines part them, single line ends stay, web addresses become links.
pub fn paragraphs(text: &str) -> Html {
    let mut html = String::with_capacity(text.len() + 16);
    let mut lines_of_paragraph = 0_usize;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            close(&mut html, &mut lines_of_paragraph);
            continue;
        }
        html.push_str(if lines_of_paragraph == 0 { "<p>" } else { "<br>" });
        lines_of_paragraph += 1;
        push_line(&mut html, line);
    }
    close(&mut html, &mut lines_of_paragraph);
    Html(html)
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
        push_escaped(html, before);
        match Url::parse(address) {
            Ok(url) if url.host_str().is_some() && url.username().is_empty() => push_link(html, &url, address),
            _ => push_escaped(html, address),
        }
        rest = after;
    }
    push_escaped(html, rest);
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
        assert_eq!(html("Hi,\r\none\n\n\ntwo\n"), "<p>Hi,<br>one</p><p>two</p>");
        assert_eq!(html(" \n\n"), "");
    }

    #[test]
    fn web_addresses_become_links_and_nothing_else_does() {
        assert_eq!(
            html("See https://fjordline.example/track?n=1&m=2."),
            "<p>See <a href=\"https://fjordline.example/track?n=1&#38;m=2\" rel=\"noopener noreferrer nofollow\" \
             target=\"_blank\">https://fjordline.example/track?n=1&#38;m=2</a>.</p>"
        );
        for plain in ["javascript:alert(1)", "http://", "https:// x", "ftp://a.example", "data:text/html,x"] {
            assert!(!html(plain).contains("<a"), "{plain}");
        }
        // A name before the host reads like another shop.
        assert!(!html("https://shop.example@evil.example/").contains("<a"));
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
                !["p>", "/p>", "br>", "/a>", "a href=\"http"].iter().any(|tag| piece.starts_with(tag))
            });
            prop_assert_eq!(left, None);
        }
    }
}
