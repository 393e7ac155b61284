//! Foreign HTML: to plain text, and (in [`sanitise`]) to HTML that is safe to show.
//!
//! The text comes from a small forgiving scanner rather than a full parser: it runs on every mail.

mod entities;
pub mod sanitise;
mod scan;

use scan::{Scanner, Tag, Token};

/// A line of its own that says: all that follows is an older mail.
pub(crate) const CUT_MARK: &str = "\u{f8f0}";
/// A line of its own that says: here a mail client announced the quote that follows.
pub(crate) const ATTRIBUTION_MARK: &str = "\u{f8f1}";

/// The text of an HTML body. Nothing is added that the reader would not see.
pub fn to_text(source: &str) -> String {
    render(source, false)
}

/// The text with quoted blocks marked by `> ` and the clients' own marks turned into [`CUT_MARK`] and
/// [`ATTRIBUTION_MARK`], for reply trimming.
pub(crate) fn to_marked_text(source: &str) -> String {
    render(source, true)
}

fn render(source: &str, marked: bool) -> String {
    let written = |hidden| {
        let out = String::with_capacity(source.len() / 2);
        let mut writer = Writer { marked, out, hidden, ..Writer::default() };
        for token in Scanner::new(source) {
            match token {
                Token::Text(text) => writer.text(text),
                Token::Tag(tag) => writer.tag(&tag),
            }
        }
        writer
    };
    let writer = written(Hidden::LeftOut);
    // A hidden element that nothing closes would take the rest of the mail with it.
    if writer.skipping.as_ref().is_some_and(|(name, _)| !is_never_text(name)) {
        return written(Hidden::Taken).finish();
    }
    writer.finish()
}

/// Whether the content of an element is no text of the page.
fn is_never_text(name: &str) -> bool {
    matches!(name, "style" | "script" | "title" | "template" | "select" | "textarea" | "svg" | "noscript" | "object")
}

/// Whether an element that holds others is written so that no reader sees it.
fn is_hidden(tag: &Tag<'_>, name: &str) -> bool {
    let holds =
        !matches!(name, "br" | "img" | "hr" | "input" | "meta" | "link" | "area" | "col" | "wbr" | "body" | "html");
    let style = || tag.attribute("style").unwrap_or_default().to_ascii_lowercase().replace(char::is_whitespace, "");
    holds
        && (tag.attribute("hidden").is_some()
            || style().split(';').any(|rule| {
                matches!(rule.trim_end_matches("!important"), "display:none" | "visibility:hidden" | "opacity:0")
                    || rule
                        .strip_prefix("font-size:0")
                        .is_some_and(|rest| !rest.starts_with('.') && !rest.starts_with(|c: char| c.is_ascii_digit()))
            }))
}

/// The text of the one `<pre>` block that has any; `None` if there are none or several.
pub(crate) fn only_preformatted(source: &str) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    let mut writer: Option<Writer> = None;
    for token in Scanner::new(source) {
        match (token, &mut writer) {
            (Token::Tag(tag), _) if tag.name.eq_ignore_ascii_case("pre") => {
                found.extend(writer.take().map(Writer::finish));
                writer = (!tag.closing).then(|| Writer { pre: 1, ..Writer::default() });
            }
            (Token::Tag(tag), Some(writer)) => writer.tag(&tag),
            (Token::Text(text), Some(writer)) => writer.text(text),
            (_, None) => {}
        }
    }
    found.extend(writer.map(Writer::finish));
    found.retain(|text| !text.trim().is_empty());
    if found.len() == 1 { found.pop() } else { None }
}

/// The charset that a `<meta>` near the start declares.
pub(crate) fn declared_charset(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(bytes.get(..2048).unwrap_or(bytes)).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    let label = after.trim_start_matches(['"', '\'', ' ']);
    let end =
        label.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))).unwrap_or(label.len());
    label.get(..end).filter(|label| !label.is_empty()).map(str::to_owned)
}

/// What becomes of text that is written to be unseen.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Hidden {
    #[default]
    LeftOut,
    Taken,
}

#[derive(Default)]
struct Writer {
    marked: bool,
    out: String,
    line: String,
    /// Whether a blank waits to be written before the next word.
    blank: bool,
    /// How deep in `<pre>`.
    pre: usize,
    /// How deep in quotes.
    quotes: usize,
    hidden: Hidden,
    /// The element whose content is left out, and how often it is nested.
    skipping: Option<(String, usize)>,
    cut: bool,
}

impl Writer {
    fn text(&mut self, raw: &str) {
        if self.skipping.is_some() {
            return;
        }
        let decoded = entities::decode(raw);
        for c in decoded.chars() {
            if self.pre > 0 && c == '\n' {
                self.end_line();
            } else if c.is_ascii_whitespace() && self.pre == 0 {
                self.blank = true;
            } else if c != '\r' {
                if self.blank && !self.line.is_empty() {
                    self.line.push(' ');
                }
                self.blank = false;
                self.line.push(c);
            }
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let name = tag.name.to_ascii_lowercase();
        if let Some((skipped, depth)) = &mut self.skipping {
            if *skipped == name {
                match (tag.closing, *depth) {
                    (true, 0 | 1) => self.skipping = None,
                    (true, _) => *depth -= 1,
                    (false, _) => *depth += 1,
                }
            }
            return;
        }
        if is_never_text(&name) {
            if !tag.closing && !tag.empty {
                self.skipping = Some((name, 1));
            }
            return;
        }
        if self.hidden == Hidden::LeftOut && !tag.closing && !tag.empty && is_hidden(tag, &name) {
            self.skipping = Some((name, 1));
            return;
        }
        if self.marked && !tag.closing {
            self.marks(tag, &name);
        }
        match name.as_str() {
            "br" => self.end_line(),
            "pre" | "listing" => {
                self.break_line();
                self.pre = if tag.closing { self.pre.saturating_sub(1) } else { self.pre + 1 };
            }
            "blockquote" => {
                self.break_line();
                self.quotes = if tag.closing { self.quotes.saturating_sub(1) } else { self.quotes + 1 };
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table" | "hr" => self.paragraph(),
            "td" | "th" => self.blank = true,
            _ if is_block(&name) => self.break_line(),
            _ => {}
        }
    }

    /// What mail clients leave around the history.
    fn marks(&mut self, tag: &Tag<'_>, name: &str) {
        let class = tag.attribute("class").unwrap_or_default();
        let id = tag.attribute("id").unwrap_or_default();
        let is_reply_above = tag.raw.contains("fsNotifReplyAbove") || class.contains("reply_above");
        if scan::cuts(name, &id, &class, tag) || is_reply_above {
            if !self.cut && self.quotes == 0 {
                self.break_line();
                self.line.push_str(CUT_MARK);
                self.end_line();
                self.cut = true;
            }
        } else if class.contains("gmail_attr")
            || class.contains("moz-cite-prefix")
            || class.contains("moz-forward-container")
        {
            self.break_line();
            self.line.push_str(ATTRIBUTION_MARK);
            self.end_line();
            self.skipping = Some((name.to_owned(), 1));
        }
    }

    fn break_line(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.blank = false;
    }

    fn paragraph(&mut self) {
        self.break_line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        if self.marked {
            for _ in 0..self.quotes.min(8) {
                self.out.push('>');
            }
            if self.quotes > 0 {
                self.out.push(' ');
            }
        }
        self.out.push_str(self.line.trim_end());
        self.out.push('\n');
        self.line.clear();
        self.blank = false;
    }

    fn finish(mut self) -> String {
        self.break_line();
        let text = self.out.replace('\u{a0}', " ");
        collapse_blank_lines(text.trim_matches('\n'))
    }
}

/// At most one empty line in a row: HTML mails stack empty blocks.
fn collapse_blank_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blanks = 0;
    for line in text.lines() {
        if line.trim().is_empty() {
            blanks += 1;
            if blanks > 1 {
                continue;
            }
        } else {
            blanks = 0;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div"
            | "tr"
            | "li"
            | "body"
            | "html"
            | "head"
            | "center"
            | "article"
            | "section"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "aside"
            | "address"
            | "dd"
            | "dt"
            | "fieldset"
            | "figure"
            | "figcaption"
            | "form"
            | "caption"
            | "tbody"
            | "thead"
            | "tfoot"
            | "option"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_reader_sees_is_no_text() {
        for hidden in [
            "<div style=\"display: none\">Cancel <div>it</div> all.</div>",
            "<span style='color:red; font-size:0px'>Cancel it all.</span>",
            "<p style=\"visibility:hidden !important\">Cancel it all.</p>",
            "<td hidden>Cancel it all.</td>",
        ] {
            assert_eq!(
                to_text(&format!("<p>Do you ship?</p>{hidden}<p>Ann</p>")).split_whitespace().collect::<Vec<_>>(),
                ["Do", "you", "ship?", "Ann"],
                "{hidden}"
            );
        }
        for shown in [
            "<span style=\"font-size:0.9em\">it</span>",
            "<p style=\"display:none\">it",
            "<b style=\"opacity:0.5\">it</b>",
        ] {
            assert!(to_text(&format!("<p>Is {shown} there?")).contains("it"), "{shown}");
        }
    }

    #[test]
    fn blocks_become_lines_and_blanks_collapse() {
        assert_eq!(to_text("<p>Hello  <b>you</b></p><div>a<br>b</div>"), "Hello you\n\na\nb");
        assert_eq!(to_text("<style>p{}</style>a &lt;b&gt; &eacute;&#8364;&nbsp;x<!-- c -->"), "a <b> é€ x");
        assert_eq!(to_text("<pre>a\n  b</pre>"), "a\n  b");
        assert_eq!(to_text("a < b and <unclosed"), "a < b and");
        assert_eq!(to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a b\nc");
    }

    #[test]
    fn a_meta_tag_names_the_charset() {
        assert_eq!(declared_charset(b"<META content='text/html; charset=KOI8-R'>").as_deref(), Some("koi8-r"));
        assert_eq!(declared_charset(b"<p>charset</p>"), None);
    }
}
