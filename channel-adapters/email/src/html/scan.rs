//! A forgiving HTML scanner: tags and texts in order, in one pass.

use super::entities;

/// A piece of HTML.
pub(crate) enum Token<'a> {
    /// Text between tags, entities still in it.
    Text(&'a str),
    /// A tag.
    Tag(Tag<'a>),
}

/// A tag with its raw attributes.
pub(crate) struct Tag<'a> {
    /// The name as written.
    pub(crate) name: &'a str,
    /// Whether it is an end tag.
    pub(crate) closing: bool,
    /// Whether it closes itself.
    pub(crate) empty: bool,
    /// Everything after the name.
    pub(crate) raw: &'a str,
}

impl Tag<'_> {
    /// An attribute's decoded value; `name` in lower case.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.raw;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            let after = after.trim_start();
            let (value, after) = match after.strip_prefix('=') {
                Some(value) => split_value(value.trim_start()),
                None => ("", after),
            };
            if key.eq_ignore_ascii_case(name) {
                return Some(entities::decode(value).into_owned());
            }
            // A lone `=` must not stop the walk.
            rest = if after.len() == rest.len() { rest.get(1..).unwrap_or_default() } else { after };
        }
    }
}

fn split_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            return inside.split_once(quote).unwrap_or((inside, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len()))
}

/// Whether the history begins at this element.
pub(crate) fn cuts(name: &str, id: &str, class: &str, tag: &Tag<'_>) -> bool {
    const IDS: [&str; 13] = [
        "stopSpelling",
        "zwchr",
        "origbody",
        "mail-editor-reference-message",
        "appendonsend",
        "divRplyFwdMsg",
        "OLK_SRC_BODY_SECTION",
        "reply-intro",
        "isForwardContent",
        "isReplyContent",
        "mail-editor-reference-message-container",
        "oriMsgHtmlSeperator",
        "replySplit",
    ];
    const CLASSES: [&str; 8] = [
        "yahoo_quoted",
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",
        "OutlookMessageHeader",
        "front-blockquote",
        "ms-outlook-mobile-reference-message",
        "WordSection1-quoted",
    ];
    // Clients of the receiving side prefix foreign ids (`x_divRplyFwdMsg`).
    if IDS.iter().any(|mark| id.ends_with(mark)) || CLASSES.iter().any(|mark| class.contains(mark)) {
        return true;
    }
    let named = tag.attribute("name").unwrap_or_default();
    if matches!(named.as_str(), "quote" | "messageReplySection" | "quoted-content") && name != "a" {
        return true;
    }
    if name != "div" {
        return false;
    }
    let style = tag.attribute("style").unwrap_or_default().to_ascii_lowercase();
    let line_above = style.contains("border:none") && style.contains("border-top:solid") && style.contains("padding:3");
    // The rule above the original in QQ Mail.
    line_above || tag.attribute("data-marker").is_some_and(|marker| marker == "__QUOTED_TEXT__")
}

/// Walks over HTML.
pub(crate) struct Scanner<'a> {
    rest: &'a str,
    /// The element whose content is raw text (`style`, `script`).
    raw_text: Option<&'static str>,
    /// Set once no further `-->` exists, so that a page full of open comments is not searched again and again.
    no_comment_end: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self { rest: source, raw_text: None, no_comment_end: false }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Skips a comment, a doctype or a processing instruction.
    fn skip_declaration(&mut self) {
        if self.rest.starts_with("<!--") && !self.no_comment_end {
            match self.rest.get(2..).and_then(|rest| rest.find("-->")) {
                Some(end) => {
                    self.take(end + 5);
                    return;
                }
                None => self.no_comment_end = true,
            }
        }
        let end = self.rest.find('>').map_or(self.rest.len(), |end| end + 1);
        self.take(end);
    }

    fn tag(&mut self) -> Tag<'a> {
        let end = tag_end(self.rest);
        let whole = self.take(end);
        let inner = whole.strip_prefix('<').unwrap_or(whole);
        let inner = inner.strip_suffix('>').unwrap_or(inner);
        let (closing, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let name_end = inner.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inner.len());
        let (name, raw) = inner.split_at(name_end);
        if !closing {
            self.raw_text = ["style", "script"].into_iter().find(|known| name.eq_ignore_ascii_case(known));
        }
        Tag { name, closing, empty: raw.trim_end().ends_with('/'), raw }
    }

    /// The raw text of a `style` or `script`, which ends only with its own end tag.
    fn raw_text(&mut self, name: &str) -> &'a str {
        let mut from = 0;
        while let Some(at) = self.rest.get(from..).and_then(|rest| rest.find("</")) {
            let start = from + at;
            let found = self.rest.get(start + 2..start + 2 + name.len());
            if found.is_some_and(|found| found.eq_ignore_ascii_case(name)) {
                return self.take(start);
            }
            from = start + 2;
        }
        self.take(self.rest.len())
    }
}

/// Where the tag at the start of `rest` ends; a `>` inside a quoted value does not end it.
fn tag_end(rest: &str) -> usize {
    let mut quote: Option<u8> = None;
    let mut last = b' ';
    for (at, byte) in rest.bytes().enumerate().take(16 * 1024) {
        match quote {
            Some(open) if open == byte => quote = None,
            None if byte == b'>' => return at + 1,
            None if matches!(byte, b'"' | b'\'') && last == b'=' => quote = Some(byte),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    // A quote that never ends: take the first `>` whatever it stands in.
    rest.bytes().take(16 * 1024).position(|byte| byte == b'>').map_or(rest.len(), |at| at + 1)
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if let Some(name) = self.raw_text.take() {
                let text = self.raw_text(name);
                if !text.is_empty() {
                    return Some(Token::Text(text));
                }
                continue;
            }
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                return Some(Token::Text(self.take(end)));
            }
            match self.rest.as_bytes().get(1) {
                Some(b'!' | b'?') => self.skip_declaration(),
                Some(b'/' | b'a'..=b'z' | b'A'..=b'Z') => return Some(Token::Tag(self.tag())),
                _ => return Some(Token::Text(self.take(1))),
            }
        }
    }
}
