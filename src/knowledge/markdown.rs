//! The Markdown of articles: headings, paragraphs, lists, quotes, code, rules; bold, slanted, code and links within. Nothing
//! else of a text becomes HTML, and lists do not lie within each other.

mod pieces;

use std::fmt;

use askama::filters::{Escaper as _, Html as HtmlEscaper, HtmlSafe};

use self::pieces::{Piece, pieces};

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

/// A part of a text; its lines as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Block<'a> {
    Heading { level: usize, words: &'a str },
    Paragraph(Vec<&'a str>),
    List { numbered: bool, items: Vec<Vec<&'a str>> },
    Quote(Vec<&'a str>),
    Code(Vec<&'a str>),
    Rule,
}

/// The text as HTML. The title of an article stands above it, so its own headings begin at the second level.
pub fn html(body: &str) -> Html {
    let mut html = String::with_capacity(body.len() + body.len() / 4);
    let mut has_chapter = false;
    for block in blocks(body) {
        match block {
            Block::Heading { level, words } => {
                // No heading without one of the level above it.
                let tag = if level > 2 && has_chapter { "h3" } else { "h2" };
                has_chapter = true;
                push_element(&mut html, tag, &[words]);
            }
            Block::Paragraph(lines) => push_element(&mut html, "p", &lines),
            Block::List { numbered, items } => {
                let tag = if numbered { "ol" } else { "ul" };
                push_all(&mut html, &["<", tag, ">"]);
                for lines in &items {
                    push_element(&mut html, "li", lines);
                }
                push_all(&mut html, &["</", tag, ">"]);
            }
            Block::Quote(lines) => {
                html.push_str("<blockquote>");
                push_element(&mut html, "p", &lines);
                html.push_str("</blockquote>");
            }
            Block::Code(lines) => {
                html.push_str("<pre tabindex=\"0\"><code>");
                push_escaped(&mut html, &lines.join("\n"));
                html.push_str("</code></pre>");
            }
            Block::Rule => html.push_str("<hr>"),
        }
    }
    Html(html)
}

/// What a text begins with: the words of its first paragraph, at most so many characters.
pub fn beginning(body: &str, most: usize) -> String {
    let first = blocks(body).into_iter().find_map(|block| match block {
        Block::Paragraph(lines) => Some(lines.join(" ")),
        _ => None,
    });
    let words = plain(&first.unwrap_or_default());
    let Some((end, _)) = words.char_indices().nth(most) else { return words };
    let cut = words.get(..end).unwrap_or_default();
    let whole = cut.rfind(char::is_whitespace).and_then(|at| cut.get(..at)).unwrap_or(cut);
    format!("{}…", whole.trim_end())
}

/// A text whose first line is a heading, as that heading and the rest: files of articles begin so.
pub fn titled(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (_, words) = heading(first.trim_end())?;
    Some((plain(words), rest.trim_start_matches(['\r', '\n'])))
}

/// The words of a line, without its marks.
fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    push_plain(&mut words, text);
    words
}

fn push_plain(words: &mut String, text: &str) {
    for piece in pieces(text) {
        match piece {
            Piece::Text(inner) | Piece::Code(inner) | Piece::Link { words: inner, .. } => words.push_str(inner),
            Piece::Strong(inner) | Piece::Emphasis(inner) => push_plain(words, inner),
        }
    }
}

fn blocks(body: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = body.lines().map(str::trim_end);
    // A blank line ends what it stands behind.
    let mut is_open = false;
    while let Some(line) = lines.next() {
        let words = line.trim_start();
        let is_indented = words.len() < line.len();
        if words.is_empty() {
            is_open = false;
        } else if words.starts_with("```") {
            blocks.push(Block::Code(lines.by_ref().take_while(|line| line.trim_start() != "```").collect()));
            is_open = false;
        } else if let Some((level, words)) = heading(words) {
            blocks.push(Block::Heading { level, words });
            is_open = false;
        } else if is_rule(words) {
            blocks.push(Block::Rule);
            is_open = false;
        } else if let Some((numbered, item)) = item(words) {
            push_item(&mut blocks, numbered, item);
            is_open = true;
        } else {
            push_words(&mut blocks, words, (is_open, is_indented));
            is_open = true;
        }
    }
    blocks
}

/// One more item, of the list before it where that is of its kind.
fn push_item<'a>(blocks: &mut Vec<Block<'a>>, numbered: bool, item: &'a str) {
    match blocks.last_mut() {
        Some(Block::List { numbered: same, items }) if *same == numbered => items.push(vec![item]),
        _ => blocks.push(Block::List { numbered, items: vec![vec![item]] }),
    }
}

/// A line of words: it goes on what is open, or begins a paragraph or a quote.
fn push_words<'a>(blocks: &mut Vec<Block<'a>>, words: &'a str, (is_open, is_indented): (bool, bool)) {
    let quoted = words.strip_prefix('>').map(str::trim_start);
    match (blocks.last_mut(), quoted) {
        (Some(Block::Quote(lines)), Some(words)) if is_open => lines.push(words),
        (_, Some(words)) => blocks.push(Block::Quote(vec![words])),
        (Some(Block::Paragraph(lines) | Block::Quote(lines)), None) if is_open => lines.push(words),
        (Some(Block::List { items, .. }), None) if is_open || is_indented => match items.last_mut() {
            Some(lines) => lines.push(words),
            None => items.push(vec![words]),
        },
        (_, None) => blocks.push(Block::Paragraph(vec![words])),
    }
}

/// `## Words`, with the number of its marks.
fn heading(line: &str) -> Option<(usize, &str)> {
    let words = line.trim_start_matches('#');
    let level = line.len() - words.len();
    let words = words.strip_prefix([' ', '\t'])?.trim();
    let closed = words.trim_end_matches('#');
    let words = if closed.ends_with(' ') { closed.trim_end() } else { words };
    ((1..=6).contains(&level) && !words.is_empty()).then_some((level, words))
}

/// `---`, `***` or `___`, and longer ones.
fn is_rule(line: &str) -> bool {
    line.len() >= 3 && ["-", "*", "_"].iter().any(|mark| line.trim_matches(|c: char| mark.contains(c)).is_empty())
}

/// `- words` or `1. words`: whether it is numbered, and the words.
fn item(line: &str) -> Option<(bool, &str)> {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = line.len() - digits.len();
    let (numbered, rest) = match number {
        0 => (false, line.strip_prefix(['-', '*', '+'])?),
        1..=9 => (true, digits.strip_prefix(['.', ')'])?),
        _ => return None,
    };
    let words = rest.strip_prefix([' ', '\t'])?.trim_start();
    (!words.is_empty()).then_some((numbered, words))
}

/// An element with lines of words; each runs in the direction of its own.
fn push_element(html: &mut String, tag: &str, lines: &[&str]) {
    push_all(html, &["<", tag, " dir=\"auto\">"]);
    push_pieces(html, &lines.join("\n"));
    push_all(html, &["</", tag, ">"]);
}

fn push_pieces(html: &mut String, text: &str) {
    for piece in pieces(text) {
        match piece {
            Piece::Text(words) => push_escaped(html, words),
            Piece::Strong(inner) => push_marked(html, "strong", inner),
            Piece::Emphasis(inner) => push_marked(html, "em", inner),
            Piece::Code(words) => {
                html.push_str("<code>");
                push_escaped(html, words);
                html.push_str("</code>");
            }
            Piece::Link { words, address } => {
                html.push_str("<a href=\"");
                push_escaped(html, &address);
                html.push_str("\" rel=\"noopener\">");
                push_escaped(html, words);
                html.push_str("</a>");
            }
        }
    }
}

fn push_marked(html: &mut String, tag: &str, inner: &str) {
    push_all(html, &["<", tag, ">"]);
    push_pieces(html, inner);
    push_all(html, &["</", tag, ">"]);
}

fn push_all(html: &mut String, parts: &[&str]) {
    html.extend(parts.iter().copied());
}

fn push_escaped(html: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = HtmlEscaper.write_escaped_str(html, text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(body: &str) -> String {
        html(body).to_string()
    }

    #[test]
    fn blocks_become_their_elements() {
        assert_eq!(
            shown("# Why C#\nWithin 30 days.\nFree."),
            "<h2 dir=\"auto\">Why C#</h2><p dir=\"auto\">Within 30 days.\nFree.</p>"
        );
        assert_eq!(
            shown("### Deep\n## Two\n### Three ###"),
            "<h2 dir=\"auto\">Deep</h2><h2 dir=\"auto\">Two</h2><h3 dir=\"auto\">Three</h3>"
        );
        assert_eq!(
            shown("- one\n  goes on\n    - two\n\n- three\n\n1. first\n2) second"),
            "<ul><li dir=\"auto\">one\ngoes on</li><li dir=\"auto\">two</li><li dir=\"auto\">three</li></ul>\
             <ol><li dir=\"auto\">first</li><li dir=\"auto\">second</li></ol>"
        );
        assert_eq!(
            shown("> said\n> so\n\nAnd on"),
            "<blockquote><p dir=\"auto\">said\nso</p></blockquote><p dir=\"auto\">And on</p>"
        );
        assert_eq!(
            shown("```\n# no <b>\n\n- no\n```\n***"),
            "<pre tabindex=\"0\"><code># no &#60;b&#62;\n\n- no</code></pre><hr>"
        );
        assert_eq!(shown("#5 of 7\n-5 degrees"), "<p dir=\"auto\">#5 of 7\n-5 degrees</p>");
        assert!(html(" \n\n").is_empty());
    }

    #[test]
    fn words_within_a_line_are_marked() {
        assert_eq!(
            shown("**Free *for* all**, `a < b`, 2 * 3 * 4, snake_case_name, \\*no\\*"),
            "<p dir=\"auto\"><strong>Free <em>for</em> all</strong>, <code>a &#60; b</code>, 2 * 3 * 4, snake_case_name, *no*</p>"
        );
        let link = |address: &str, words: &str| {
            format!("<p dir=\"auto\"><a href=\"{address}\" rel=\"noopener\">{words}</a></p>")
        };
        assert_eq!(
            shown("[our shop](https://shop.example/a?b=1&c=2)"),
            link("https://shop.example/a?b=1&#38;c=2", "our shop")
        );
        assert_eq!(shown("[another](/help/fjell/en/returns)"), link("/help/fjell/en/returns", "another"));
        assert_eq!(shown("[us](mailto:help@shop.example)"), link("mailto:help@shop.example", "us"));
        assert_eq!(shown("![A map](https://shop.example/map.png)"), link("https://shop.example/map.png", "A map"));
        assert_eq!(
            shown("See https://shop.example/x."),
            "<p dir=\"auto\">See <a href=\"https://shop.example/x\" rel=\"noopener\">https://shop.example/x</a>.</p>"
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "[x]( JavaScript:alert(1))",
            "[x](data:text/html,y)",
            "[x](//evil.example)",
            "[x](/\\evil.example)",
            "[x](https://shop.example@evil.example/)",
            "![x](x onerror=alert(1))",
            "<img src=x onerror=y>",
            "[x](https://a.example/\"onmouseover=\"alert(1))",
        ] {
            let shown = shown(hostile);
            assert!(!shown.contains("<script") && !shown.contains("<img") && !shown.contains("\"onmouse"), "{shown}");
            assert!(!shown.contains("href") || shown.contains("href=\"https://a.example/"), "{shown}");
        }
    }

    #[test]
    fn deep_and_endless_marks_are_shown_in_time() {
        let begun = std::time::Instant::now();
        for piece in ["[", "**", "*a ", "> ", "`", "![", "](", "- ", "  - x\n", "http://", "_", "```\n"] {
            let long = shown(&piece.repeat(60_000 / piece.len()));
            assert!(long.len() < 60_000 * 20, "{piece}");
        }
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }

    #[test]
    fn an_article_begins_with_its_first_words() {
        let body = "# Returns\n\n- a list\n\nYou have **30 days**, see [the form](https://a.example). It is free.";
        assert_eq!(beginning(body, 200), "You have 30 days, see the form. It is free.");
        assert_eq!(beginning(body, 20), "You have 30 days,…");
        assert_eq!(beginning("# Only\n- this", 20), "");
    }

    #[test]
    fn a_file_begins_with_its_title() {
        assert_eq!(titled("\u{feff}\n# My *own* title\r\n\r\nText"), Some(("My own title".to_owned(), "Text")));
        assert_eq!(titled("## Two"), Some(("Two".to_owned(), "")));
        assert_eq!(titled("No title"), None);
    }

    proptest! {
        #[test]
        fn any_text_gives_only_our_own_tags(text in "(?s)[#>*_`\\[\\]()!\\-<a\" \n]{0,200}", address in "https?://[ -~]{0,40}") {
            let shown = shown(&format!("{text}{address}\n[x]({address}){text}"));
            let ours = ["h2", "h3", "p", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "strong", "em", "a"];
            for piece in shown.split('<').skip(1) {
                let name = piece.trim_start_matches('/').split(['>', ' ']).next().unwrap_or_default();
                prop_assert!(ours.contains(&name), "{}", shown);
            }
            prop_assert_eq!(shown.matches("<strong>").count(), shown.matches("</strong>").count());
        }
    }
}
