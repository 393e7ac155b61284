//! A page of the web as an article: the headings, paragraphs, lists, quotes and code of its main part as our Markdown. What
//! leads elsewhere, asks for something or runs is left out, and so are pictures.

mod pieces;
mod runs;

use std::mem;
use std::rc::Rc;

use encoding_rs::{Encoding, UTF_8};
use url::Url;

use self::pieces::{Piece, pieces};
use self::runs::{LONGEST, Look, Run, markdown, paragraph, plain};

/// How far into a page its encoding is looked for, in bytes.
const HEAD: usize = 1_024;
/// So deep elements are told apart; what lies deeper belongs to the one above it.
const DEEP: usize = 200;
/// Longest address of a link, in bytes.
const ADDRESS: usize = 700;

/// Each begins a line of its own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "thead",
    "tfoot",
    "title",
    "tr",
    "ul",
];
/// They hold nothing and have no end.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// What they hold is not the page's text.
const LEFT_OUT: &[&str] = &[
    "audio", "button", "canvas", "dialog", "footer", "iframe", "label", "math", "nav", "noembed", "noframes",
    "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "video", "xmp",
];
/// The same by what an element is for.
const ROLES: &[&str] = &["alertdialog", "banner", "contentinfo", "dialog", "menu", "navigation", "search"];

/// Title and text of a page at an address; without a title where it has none. Nothing where it is more than the desk has room for.
pub(super) fn read(page: &str, address: &Url) -> Option<(String, String)> {
    let mut reading = Reading::of(address);
    for piece in pieces(page)? {
        match piece {
            Piece::Begin { name, role, href } => reading.begin(name, &role, &href),
            Piece::End(name) => reading.end(&name),
            Piece::Words(words) => reading.words(words),
        }
        if reading.length > LONGEST {
            return None;
        }
    }
    reading.end_block();
    let title = plain(&reading.title);
    (reading.length <= LONGEST).then(|| titled(main_part(reading.blocks, reading.articles), title))
}

/// The text of a page as it came, by what its server or the page itself says of its letters.
pub(super) fn decoded(bytes: &[u8], content_type: &str) -> String {
    let head = String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes));
    let label = charset(content_type).or_else(|| charset(&head));
    let encoding = label.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

fn charset(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (_, label) = text.split_once("charset=")?;
    let label = label.trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | ':'));
    label.get(..end.unwrap_or(label.len())).map(str::to_owned)
}

/// Where in its page something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Elsewhere,
    Article(usize),
    Main,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Heading(usize),
    Paragraph,
    Item { is_numbered: bool, goes_on: bool },
    Quote,
    Code,
    Rule,
}

/// A block of the page, as Markdown without the marks of its kind.
#[derive(Clone, Debug)]
struct Block {
    kind: Kind,
    text: String,
    words: String,
    place: Place,
}

/// An element that has begun.
#[derive(Debug)]
struct Open {
    name: String,
    address: Option<Rc<str>>,
    place: Place,
    is_left_out: bool,
    /// Whether a block of it is there already.
    has_block: bool,
}

struct Reading<'a> {
    address: &'a Url,
    /// What links go on from, where the page says so.
    base: Option<Url>,
    open: Vec<Open>,
    /// How many elements have begun below the deepest that is told apart.
    deeper: usize,
    runs: Vec<Run>,
    blocks: Vec<Block>,
    /// How long they are together, in bytes.
    length: usize,
    articles: usize,
    title: Vec<Run>,
}

impl<'a> Reading<'a> {
    fn of(address: &'a Url) -> Self {
        let (open, runs, blocks, title) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { address, base: None, open, deeper: 0, runs, blocks, length: 0, articles: 0, title }
    }

    fn place(&self) -> Place {
        self.open.last().map_or(Place::Elsewhere, |open| open.place)
    }

    fn is_left_out(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_left_out)
    }

    fn is_within(&self, names: &[&str]) -> bool {
        self.open.iter().any(|open| names.contains(&open.name.as_str()))
    }

    fn begin(&mut self, name: String, role: &str, href: &str) {
        if is_block(&name) {
            self.end_block();
        }
        self.end_implied(&name);
        match name.as_str() {
            "br" => self.words(" ".to_owned()),
            "base" if self.base.is_none() && !href.is_empty() => self.base = self.address.join(href).ok(),
            "hr" if !self.is_left_out() => self.push_block(Kind::Rule, String::new(), String::new()),
            "td" | "th" if self.runs.iter().any(|run| !run.words.trim().is_empty()) => self.words(" | ".to_owned()),
            _ => {}
        }
        if VOID.contains(&name.as_str()) {
            return;
        }
        if self.open.len() >= DEEP {
            self.deeper += 1;
            return;
        }
        let place = match (self.place(), name.as_str(), role) {
            (_, "main", _) | (_, _, "main") => Place::Main,
            (Place::Elsewhere, "article", _) => {
                self.articles += 1;
                Place::Article(self.articles)
            }
            (place, ..) => place,
        };
        let is_beside =
            place == Place::Elsewhere && (matches!(name.as_str(), "header" | "aside") || role == "complementary");
        let is_left_out = self.is_left_out() || is_beside || LEFT_OUT.contains(&name.as_str()) || ROLES.contains(&role);
        let address = if name == "a" { self.target(href) } else { None };
        self.open.push(Open { name, address, place, is_left_out, has_block: false });
    }

    fn target(&self, href: &str) -> Option<Rc<str>> {
        target(self.base.as_ref().unwrap_or(self.address), href).map(Rc::from)
    }

    /// Ends what ends where another element of its kind begins.
    fn end_implied(&mut self, name: &str) {
        let (ended, bounds): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "tr" => (&["tr"], &["table"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            _ if is_block(name) => (&["p"], &["table", "li", "blockquote", "div", "section"]),
            _ => return,
        };
        let from = self.open.iter().rposition(|open| ended.contains(&open.name.as_str()));
        let bound = self.open.iter().rposition(|open| bounds.contains(&open.name.as_str()));
        if let Some(from) = from.filter(|from| bound.is_none_or(|bound| bound < *from)) {
            self.open.truncate(from);
        }
    }

    fn end(&mut self, name: &str) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        if self.open.iter().skip(at).any(|open| is_block(&open.name)) {
            self.end_block();
        }
        self.open.truncate(at);
    }

    fn words(&mut self, words: String) {
        if self.is_left_out() {
            return;
        }
        let look = Look {
            is_strong: self.is_within(&["strong", "b"]),
            is_slanted: self.is_within(&["em", "i"]),
            is_code: self.is_within(&["code", "kbd", "samp", "tt"]),
            address: self.open.iter().rev().find_map(|open| open.address.clone()),
        };
        if self.open.last().is_some_and(|open| open.name == "title") {
            self.title.push(Run { words, look });
        } else {
            self.runs.push(Run { words, look });
        }
    }

    /// What was said since the last block is one, of the kind of the nearest element that has a kind.
    fn end_block(&mut self) {
        let runs = mem::take(&mut self.runs);
        let words = plain(&runs);
        if words.is_empty() {
            return;
        }
        let kind = self.kind();
        let text = match kind {
            Kind::Code => code(&runs),
            Kind::Heading(_) => markdown(&without_looks(&runs)),
            Kind::Paragraph | Kind::Item { .. } | Kind::Quote | Kind::Rule => markdown(&runs),
        };
        self.push_block(kind, text, words);
    }

    fn kind(&mut self) -> Kind {
        let is_numbered = self.open.iter().rev().find(|open| matches!(open.name.as_str(), "ul" | "ol"));
        let is_numbered = is_numbered.is_some_and(|list| list.name == "ol");
        let found = self.open.iter_mut().rev().find_map(|open| match open.name.as_str() {
            "h1" => Some(Kind::Heading(1)),
            "h2" => Some(Kind::Heading(2)),
            "h3" | "h4" | "h5" | "h6" | "summary" => Some(Kind::Heading(3)),
            "pre" => Some(Kind::Code),
            "blockquote" => Some(Kind::Quote),
            "li" => Some(Kind::Item { is_numbered, goes_on: mem::replace(&mut open.has_block, true) }),
            "tr" => Some(Kind::Item { is_numbered: false, goes_on: mem::replace(&mut open.has_block, true) }),
            _ => None,
        });
        found.unwrap_or(Kind::Paragraph)
    }

    fn push_block(&mut self, kind: Kind, text: String, words: String) {
        self.length += text.len();
        self.blocks.push(Block { kind, text, words, place: self.place() });
    }
}

fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
}

/// The lines as they are; a line that would end the block is changed.
fn code(runs: &[Run]) -> String {
    let text: String = runs.iter().map(|run| run.words.as_str()).collect();
    text.trim_matches(['\n', '\r']).replace("```", "'''")
}

/// Only where they lead stays.
fn without_looks(runs: &[Run]) -> Vec<Run> {
    let bare = |run: &Run| Run {
        words: run.words.clone(),
        look: Look { address: run.look.address.clone(), ..Look::default() },
    };
    runs.iter().map(bare).collect()
}

/// Where a link leads, as it can stand in Markdown; nothing for places within the page and what is no address of the web, of a
/// mail or of a call.
fn target(page: &Url, href: &str) -> Option<String> {
    let href = href.trim();
    let url = page.join(href).ok().filter(|_| !href.is_empty() && !href.starts_with('#'))?;
    let is_safe = match url.scheme() {
        "http" | "https" => url.host_str().is_some() && url.username().is_empty(),
        "mailto" | "tel" => true,
        _ => false,
    };
    let address = url.as_str().replace('(', "%28").replace(')', "%29");
    (is_safe && address.len() <= ADDRESS).then_some(address)
}

/// The blocks of the main part: what the page says is main, else its only article, else all.
fn main_part(blocks: Vec<Block>, articles: usize) -> Vec<Block> {
    let has = |place: Place| blocks.iter().any(|block| block.place == place);
    let only = match articles {
        _ if has(Place::Main) => Some(Place::Main),
        1 if has(Place::Article(1)) => Some(Place::Article(1)),
        _ => None,
    };
    blocks.into_iter().filter(|block| only.is_none_or(|place| block.place == place)).collect()
}

/// Title and text. The title is the first heading of the first level, with nothing above it, or the heading that the text begins
/// with, else the one that the page gives itself.
fn titled(mut blocks: Vec<Block>, own: String) -> (String, String) {
    let first = blocks.iter().position(|block| block.kind == Kind::Heading(1));
    let begins = blocks.iter().position(|block| block.kind != Kind::Rule);
    let begins = begins.filter(|at| blocks.get(*at).is_some_and(|block| matches!(block.kind, Kind::Heading(_))));
    let Some(at) = first.or(begins) else { return (own, written(&blocks)) };
    let rest = blocks.split_off(at);
    let title = rest.first().map(|block| block.words.clone()).unwrap_or_default();
    (title, written(rest.get(1..).unwrap_or_default()))
}

/// The blocks as a text.
fn written(blocks: &[Block]) -> String {
    let mut text = String::new();
    let (mut number, mut was_item) = (0, false);
    for block in blocks {
        let is_item = matches!(block.kind, Kind::Item { .. });
        if !text.is_empty() {
            text.push_str(if is_item && was_item { "\n" } else { "\n\n" });
        }
        match block.kind {
            Kind::Item { goes_on: true, .. } if was_item => {}
            Kind::Item { is_numbered: true, .. } => number += 1,
            _ => number = 0,
        }
        let line = match block.kind {
            Kind::Heading(level) => format!("{} {}", if level > 2 { "###" } else { "##" }, block.text),
            Kind::Paragraph => paragraph(&block.text),
            Kind::Item { goes_on: true, .. } if was_item => format!("  {}", paragraph(&block.text)),
            Kind::Item { is_numbered: true, .. } => format!("{number}. {}", block.text),
            Kind::Item { is_numbered: false, .. } => format!("- {}", block.text),
            Kind::Quote => format!("> {}", block.text),
            Kind::Code => format!("```\n{}\n```", block.text),
            Kind::Rule => "---".to_owned(),
        };
        text.push_str(&line);
        was_item = is_item;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(page: &str) -> (String, String) {
        read(page, &Url::parse("https://shop.example/help/returns?a=1").unwrap()).unwrap()
    }

    fn text(page: &str) -> String {
        of(page).1
    }

    #[test]
    fn the_main_part_becomes_markdown_and_what_is_around_it_is_left_out() {
        let page = "<!doctype html><html><head><title>Returns – Shop</title><style>p { }</style><script>var a = '<p>no</p>';</script></head>
            <body><header><a href=/>Shop</a></header><nav><ul><li>Home</ul></nav>
            <div role=main><p>Help &gt; Returns</p><h1>Return an <em>order</em></h1>
            <p>You have <b>30 days</b>, <i>free</i>.<br>See <a href='../terms(1)'>our terms</a> or <a href='#x'>below</a>.
            <h2>How</h2><ol><li>Print <code>the_form</code><li><p>Send it</p><p>by post</p></ol>
            <ul><li>No shoes<ul><li>nor boots</ul><li>1. no</ul>
            <blockquote><p>Keep it</p></blockquote><pre><code>a  b
 * c</code></pre><hr><table><tr><th>Where<th>Price<tr><td>Germany<td>4.90 €</table>
            <button>Was this helpful?</button><script>track()</script></div>
            <footer>© Shop</footer></body>";
        let (title, body) = of(page);
        assert_eq!(title, "Return an order");
        assert_eq!(
            body,
            "You have **30 days**, *free*. See [our terms](https://shop.example/terms%281%29) or below.\n\n## How\n\n\
             1. Print `the_form`\n2. Send it\n  by post\n- No shoes\n- nor boots\n- 1. no\n\n> Keep it\n\n\
             ```\na  b\n * c\n```\n\n---\n\n- Where | Price\n- Germany | 4.90 €"
        );
    }

    #[test]
    fn what_is_main_says_the_page_or_its_only_article() {
        assert_eq!(text("<h1>Shop</h1><article><h1>Gift cards</h1>They last.</article><p>More"), "They last.");
        let two = "<article><h2>One</h2>a</article><article><h2>Two</h2>b</article>";
        assert_eq!(of(two), ("One".to_owned(), "a\n\n## Two\n\nb".to_owned()));
        let main = "<aside>Beside</aside><main><article><header><h1>Cards</h1></header>They <aside>Note</aside></article></main><p>x";
        assert_eq!(of(main), ("Cards".to_owned(), "They\n\nNote".to_owned()));
        assert_eq!(
            text("<main><nav>a &gt; b</nav><h1>T</h1><details><summary>Why?</summary>So.</details></main>"),
            "### Why?\n\nSo."
        );
    }

    #[test]
    fn the_title_is_the_first_heading_or_the_one_that_the_page_has_itself() {
        assert_eq!(of("<title> A &amp; b </title><p>Words<h2>Later</h2>c").0, "A & b");
        assert_eq!(of("<title>A</title><hr><h3>Cards</h3>c"), ("Cards".to_owned(), "c".to_owned()));
        assert_eq!(of("<p>Words"), (String::new(), "Words".to_owned()));
        assert_eq!(
            of("<svg><title>Icon</title></svg><h1><a href=/x>Cards</a></h1>"),
            ("Cards".to_owned(), String::new())
        );
    }

    #[test]
    fn only_addresses_that_may_be_followed_become_links() {
        for (href, shown) in [
            ("javascript:alert(1)", "x"),
            ("data:text/html,y", "x"),
            ("https://a@b.example/", "x"),
            ("", "x"),
            ("mailto:help@shop.example", "[x](mailto:help@shop.example)"),
            ("/a b", "[x](https://shop.example/a%20b)"),
            ("//other.example/x", "[x](https://other.example/x)"),
        ] {
            assert_eq!(text(&format!("<p><a href=\"{href}\">x</a>")), shown, "{href}");
        }
    }

    #[test]
    fn links_go_on_from_where_the_page_says() {
        let page = "<base target=_blank><base href=/de/><base href=/no/><p><a href=terms>x</a> <a href=/y>y</a>";
        assert_eq!(text(page), "[x](https://shop.example/de/terms) [y](https://shop.example/y)");
    }

    #[test]
    fn letters_are_read_as_the_server_or_the_page_says() {
        assert_eq!(decoded(b"caf\xe9", "text/html; charset=ISO-8859-1"), "café");
        assert_eq!(decoded(b"<meta charset='windows-1252'>caf\xe9", "text/html"), "<meta charset='windows-1252'>café");
        assert_eq!(decoded("\u{feff}café".as_bytes(), ""), "café");
        assert_eq!(decoded(b"caf\xe9", "text/html; charset=nonsense"), "caf\u{fffd}");
    }

    #[test]
    fn deep_and_broken_pages_are_read_in_time() {
        let begun = std::time::Instant::now();
        for piece in
            ["<div>", "<b>", "<li>", "</div>", "<p><a href=x>", "<table><tr><td>", "<blockquote>x", "<", "<!--", "&#"]
        {
            let (_, body) = of(&piece.repeat(300_000 / piece.len()));
            assert!(body.len() < 2_000_000, "{piece}");
        }
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
