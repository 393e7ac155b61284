//! Foreign HTML made safe for a sandboxed frame: no scripts, forms, drawings or styles that reach outside, and nothing
//! loaded from elsewhere until the reader asks for it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::scan::{Scanner, Token};

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(cleaner);

/// Safe HTML: remote images are blocked (their address waits in `data-remote-src`), `cid:` images keep their source for
/// the page to map, links open outside without telling where they were.
pub fn sanitise(source: &str) -> String {
    if is_bomb(source) {
        let text = super::to_text(source).replace('&', "&amp;").replace('<', "&lt;");
        return format!("<pre>{text}</pre>");
    }
    let clean = CLEANER.clean(source).to_string();
    if clean.contains("<img") { block_remote(&clean) } else { clean }
}

/// Whether a full parser would take far longer than the page is worth: its cost grows with size times nesting.
fn is_bomb(source: &str) -> bool {
    const CLOSED_BY_OTHERS: [&str; 16] =
        ["br", "img", "hr", "p", "li", "td", "tr", "th", "dd", "dt", "meta", "link", "input", "col", "option", "wbr"];
    let mut depth = 0_usize;
    for token in Scanner::new(source) {
        let Token::Tag(tag) = token else { continue };
        if tag.empty || CLOSED_BY_OTHERS.iter().any(|name| tag.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        depth = if tag.closing { depth.saturating_sub(1) } else { depth + 1 };
        if depth > 1_000 {
            return true;
        }
    }
    source.len() > crate::limits::TEXT_BYTES
}

fn cleaner() -> Builder<'static> {
    let mut builder = Builder::default();
    let styles = [
        "color",
        "background-color",
        "font-weight",
        "font-style",
        "font-size",
        "font-family",
        "text-align",
        "text-decoration",
        "line-height",
        "margin",
        "margin-top",
        "margin-bottom",
        "margin-left",
        "margin-right",
        "padding",
        "padding-top",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "border",
        "border-top",
        "border-bottom",
        "border-left",
        "border-right",
        "border-color",
        "border-collapse",
        "width",
        "max-width",
        "height",
        "vertical-align",
        "white-space",
        "list-style-type",
    ];
    builder
        .add_tags(["font", "center", "u", "big", "tt"])
        .rm_tags(["map", "area"])
        .add_generic_attributes(["style", "dir", "align", "valign", "bgcolor", "width", "height"])
        .add_tag_attributes("font", ["color", "face", "size"])
        .add_tag_attributes("table", ["border", "cellpadding", "cellspacing"])
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "svg", "math", "iframe", "object", "noscript", "template", "textarea",
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_values(HashMap::from([("a", HashMap::from([("target", "_blank")]))]))
        .filter_style_properties(HashSet::from(styles))
        .attribute_filter(keep_attribute);
    builder
}

/// A style may not load anything, whatever its property.
fn keep_attribute<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let lower = || value.to_ascii_lowercase();
    match (element, attribute) {
        (_, "style") => {
            let lower = lower();
            let reaches_out =
                ["url", "image", "expression", "@", "\\", "attr(", "var("].iter().any(|word| lower.contains(word));
            (!reaches_out).then_some(Cow::Borrowed(value))
        }
        // `cid:` is for pictures only.
        ("a", "href") => (!lower().trim_start().starts_with("cid:")).then_some(Cow::Borrowed(value)),
        (_, "cite" | "longdesc") => None,
        _ => Some(Cow::Borrowed(value)),
    }
}

/// Moves the source of remote images away. Works on the cleaner's own output, whose form is known: attributes in double
/// quotes, `<`, `>` and `"` escaped in values.
fn block_remote(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len() + 64);
    let mut rest = clean;
    while let Some(at) = rest.find("<img") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        for (number, piece) in tag.split(" src=\"").enumerate() {
            if number > 0 {
                let kept = piece.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:"));
                out.push_str(if kept { " src=\"" } else { " data-remote-src=\"" });
            }
            out.push_str(piece);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_active_is_left() {
        let hostile = "<script>x()</script><svg onload=x()><form action=/x><input></form><p onclick=x() style=\"color:red;position:fixed\">a</p>\
                       <a href=\"javascript:x()\">b</a><iframe src=//e.example></iframe><div style=\"background:url(http://e.example)\">c</div>";
        let safe = sanitise(hostile);
        for word in ["script", "svg", "form", "input", "onclick", "position", "iframe", "url("] {
            assert!(!safe.contains(word), "{word} in {safe}");
        }
        assert!(safe.contains("color:red"), "{safe}");
    }

    #[test]
    fn remote_images_wait_and_inline_ones_stay() {
        let safe = sanitise(
            "<img src=\"https://t.example/p.gif?a=1&b=2\" alt=x><img src=cid:one@x><img src=\"data:image/png;base64,AA\">",
        );
        assert!(safe.contains("data-remote-src=\"https://t.example/p.gif?a=1&amp;b=2\""), "{safe}");
        assert!(safe.contains(" src=\"cid:one@x\""), "{safe}");
        assert!(!safe.contains("data:image"), "{safe}");
    }

    #[test]
    fn a_bomb_is_shown_as_text() {
        let bomb = format!("{}deep &lt;b&gt;", "<div>".repeat(200_000));
        assert_eq!(sanitise(&bomb), "<pre>deep &lt;b></pre>");
    }

    #[test]
    fn links_open_outside() {
        let safe = sanitise("<a href=\"https://shop.example/\">x</a>");
        assert!(safe.contains("rel=\"noopener noreferrer nofollow\"") && safe.contains("target=\"_blank\""), "{safe}");
    }
}
