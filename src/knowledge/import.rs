//! What is brought in from elsewhere: how a file or a page is read as an article, and what may become of it. Nothing of it is
//! shown to customers before somebody publishes it.

use url::Url;

use super::article::{self, slug, tidy};
use super::{markdown, web_page};

/// Most files of one import.
pub const FILES: usize = 50;
/// Most bytes of its files together.
pub const FILE_BYTES: u64 = 10_000_000;
/// Most pages of one import.
pub const PAGES: usize = 20;
/// Most bytes of a page.
pub const PAGE_BYTES: u64 = 2_000_000;
/// Longest address of a page, in bytes.
const ADDRESS: usize = 1_000;

/// A text that may become an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The title.
    pub title: String,
    /// The text, as Markdown.
    pub body: String,
    /// What its name in addresses would be; `""` where nothing of it can stand there.
    pub name: String,
}

impl Found {
    /// A text under a name of its own, or one that is made from its title; an error says why it cannot be an article.
    fn new(title: &str, body: &str, name: &str) -> Result<Self, String> {
        let (title, body) = (article::one_line(title), tidy(body));
        let name = if name.is_empty() || is_in_each_folder(name) { slug(&title) } else { name.to_owned() };
        if let Some((_, words)) = article::problems(&title, &body).into_iter().next() {
            return Err(words);
        }
        if body.trim().is_empty() {
            return Err("Nothing stands below its title.".to_owned());
        }
        Ok(Self { title, body, name })
    }
}

/// Files of these names lie in each folder, each with another text.
fn is_in_each_folder(name: &str) -> bool {
    matches!(name, "index" | "readme")
}

/// Whether what comes from here is the article that came from here before. Else its title says which it is.
pub fn is_the_same_again(source: &str) -> bool {
    let (stem, _) = source.rsplit_once('.').unwrap_or((source, ""));
    !is_in_each_folder(&slug(stem))
}

/// The article in a Markdown file, whose first line is its title.
pub fn file(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let text = web_page::decoded(bytes, "charset=utf-8");
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if text.contains('\0') {
        return Err("It is no text. Articles are imported from Markdown files.".to_owned());
    }
    if matches!(ending.to_ascii_lowercase().as_str(), "html" | "htm") {
        return Err("It is a page and no Markdown. Import it by its address.".to_owned());
    }
    let (named, rest) = front_matter(&text);
    let titled = markdown::titled(rest).or_else(|| named.map(|title| (title, rest)));
    let (title, body) = titled.ok_or_else(|| {
        "It does not begin with its title. Write “# ” and the title as its first line, and import it again.".to_owned()
    })?;
    Found::new(&title, body, &slug(stem))
}

/// The article on a page of the web, or in a Markdown file that lies there.
pub fn page(address: &Url, bytes: &[u8], content_type: &str) -> Result<Found, String> {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "text/html" | "application/xhtml+xml" | "" => {}
        "text/markdown" | "text/x-markdown" | "text/plain" => {
            let last = address.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
            return file(last, bytes);
        }
        _ => return Err("There is no page at this address, but a file of another kind.".to_owned()),
    }
    let read = web_page::read(&web_page::decoded(bytes, content_type), address);
    let (title, body) =
        read.ok_or("The page has more parts than the desk has room for. Copy its text into an article by hand.")?;
    if body.is_empty() {
        let words = "The page holds no text of its own: its browser makes it. Copy the text into an article by hand.";
        return Err(words.to_owned());
    }
    if title.is_empty() {
        return Err("The page has no heading and no title. Copy its text into an article by hand.".to_owned());
    }
    Found::new(&title, &body, "")
}

/// What some generators write above a text, between two lines of `---`: its title, and what follows.
fn front_matter(text: &str) -> (Option<String>, &str) {
    let text = text.trim_start_matches('\u{feff}');
    let matter = text.strip_prefix("---").filter(|rest| rest.starts_with(['\n', '\r']));
    let Some((matter, rest)) = matter.and_then(|rest| rest.split_once("\n---")) else { return (None, text) };
    let Some((_, rest)) = rest.split_once('\n').filter(|(end, _)| end.trim().is_empty()) else { return (None, text) };
    let title = matter.lines().find_map(|line| line.strip_prefix("title:"));
    let title = title.map(|title| title.trim().trim_matches(['"', '\'']).to_owned());
    (title.filter(|title| !title.is_empty()), rest.trim_start_matches(['\r', '\n']))
}

/// The addresses of pages, one a line, each once; an error says what is wrong with which.
pub fn addresses(typed: &str) -> Result<Vec<Url>, String> {
    let mut found: Vec<Url> = Vec::new();
    for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let spelled = if line.contains("://") { line.to_owned() } else { format!("https://{line}") };
        let url = Url::parse(&spelled).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some_and(|host| host.contains(['.', ':']))
                && url.username().is_empty()
        });
        let Some(mut url) = url.filter(|url| url.as_str().len() <= ADDRESS) else {
            let shown: String = line.chars().take(100).collect();
            return Err(format!("“{shown}” is no address of a page. Write each as https://shop.example/returns."));
        };
        url.set_fragment(None);
        if !found.contains(&url) {
            found.push(url);
        }
    }
    if found.len() > PAGES {
        return Err(format!(
            "{} pages are more than the {PAGES} that are imported at once. Take some out and import them afterwards.",
            found.len()
        ));
    }
    Ok(found)
}

/// The newest text of an article in a language.
#[derive(Clone, Copy, Debug)]
pub struct Newest<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its text.
    pub body: &'a str,
    /// Whether customers could ever read it.
    pub was_published: bool,
    /// Whether an import wrote it.
    pub was_imported: bool,
}

/// Why an article is left as it is, if it is: what a teammate wrote and has not published is never covered.
pub fn left(found: &Found, newest: &Newest<'_>) -> Option<&'static str> {
    if found.title == newest.title && found.body == newest.body {
        return Some("The same text is there already.");
    }
    (!newest.was_published && !newest.was_imported)
        .then_some("A teammate has written a draft of it that is not published. Publish that first, then import again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(title: &str, body: &str, name: &str) -> Found {
        Found { title: title.to_owned(), body: body.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_file_is_an_article_under_its_own_name() {
        assert_eq!(
            file("Sizes.md", b"# Your *size*\r\n\r\nIt fits. \r\n"),
            Ok(found("Your size", "It fits.", "sizes"))
        );
        assert_eq!(file("index.md", "\u{feff}# Größe\nx".as_bytes()), Ok(found("Größe", "x", "grosse")));
        let matter = b"---\nlayout: help\ntitle: \"Gift: cards\"\n---\n\nThey last.\n";
        assert_eq!(file("gift-cards.markdown", matter), Ok(found("Gift: cards", "They last.", "gift-cards")));
        let both = b"---\ntitle: Short\n---\n# Long title\nx";
        assert_eq!(file("a.md", both), Ok(found("Long title", "x", "a")));
        assert_eq!(file("返品.md", "# Returns\nx".as_bytes()).unwrap().name, "returns");
        for (name, bytes, words) in [
            ("a.md", "No title", "Write “# ” and the title"),
            ("a.md", "# Only", "Nothing stands below"),
            ("a.md", "# A\0", "no text"),
            ("a.HTML", "<h1>A</h1>", "by its address"),
            ("a.md", "---\nno end", "Write “# ”"),
        ] {
            let refused = file(name, bytes.as_bytes()).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
        let long = format!("# {}\nx", "é".repeat(article::TITLE + 1));
        assert!(file("a.md", long.as_bytes()).unwrap_err().contains("120 characters"));
    }

    #[test]
    fn a_file_that_lies_in_each_folder_is_known_by_its_title_alone() {
        assert!(!is_the_same_again("index.md") && !is_the_same_again("README.markdown"));
        assert!(is_the_same_again("returns.md") && is_the_same_again("返品.md"));
        assert!(is_the_same_again("https://shop.example/help/index.md"));
    }

    #[test]
    fn a_page_is_an_article_under_its_title() {
        let url = Url::parse("https://shop.example/help/returns.md").unwrap();
        let html = b"<main><h1>Returns &amp; refunds</h1><p>Within <b>30 days</b>.</main>";
        let article = found("Returns & refunds", "Within **30 days**.", "returns-refunds");
        assert_eq!(page(&url, html, "text/html; charset=utf-8"), Ok(article));
        assert_eq!(page(&url, b"# Returns\nx", "text/markdown"), Ok(found("Returns", "x", "returns")));
        for (bytes, kind, words) in [
            ("<div id=app></div><script>go()</script>", "text/html", "no text of its own"),
            ("<p>Words", "text/html", "no heading"),
            ("%PDF", "application/pdf", "another kind"),
        ] {
            let refused = page(&url, bytes.as_bytes(), kind).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
    }

    #[test]
    fn a_page_that_would_take_all_room_or_time_is_refused_at_once() {
        let url = Url::parse("https://shop.example/").unwrap();
        let begun = std::time::Instant::now();
        let attributes: Vec<_> = (0..300_000).map(|number| format!("{number:x}")).collect();
        let address = "a".repeat(600);
        for html in [
            format!("<p {}>x", attributes.join(" ")),
            format!("<p {}>x", attributes.join("=''")),
            format!("<h1><a href=/{address}>{}", "x<r>".repeat(400_000)),
            format!("<p><a href=/{address}>{}", "x<b>y</b>".repeat(30_000)),
        ] {
            let refused = page(&url, html.as_bytes(), "text/html").unwrap_err();
            assert!(refused.contains("more parts than the desk has room for"), "{refused}");
        }
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        let path = "M1.5 2".repeat(9_000);
        let drawn = format!("<svg><path d=\"{path}\"></svg><!-- {path} --><h1>Returns</h1>Within 30 days.");
        assert!(page(&url, drawn.as_bytes(), "text/html").is_ok(), "a drawing is no reason");
    }

    #[test]
    fn addresses_are_read_line_by_line_each_once() {
        let read = addresses(" https://shop.example/a#x \n\nshop.example/b\r\nhttps://shop.example/a\n").unwrap();
        let read: Vec<_> = read.iter().map(Url::as_str).collect();
        assert_eq!(read, ["https://shop.example/a", "https://shop.example/b"]);
        for wrong in
            ["ftp://shop.example/", "returns", "https://me@shop.example/", "javascript:alert(1)", "a b.example"]
        {
            let refused = addresses(wrong).unwrap_err();
            assert!(refused.contains(&format!("“{wrong}” is no address")), "{refused}");
        }
        let many: Vec<_> = (0..=PAGES).map(|page| format!("https://shop.example/{page}")).collect();
        assert!(addresses(&many.join("\n")).unwrap_err().starts_with("21 pages"));
        assert_eq!(addresses(" \n"), Ok(Vec::new()));
    }

    #[test]
    fn a_teammates_draft_is_never_covered() {
        let text = found("Returns", "30 days", "returns");
        let newest = |body, was_published, was_imported| Newest { title: "Returns", body, was_published, was_imported };
        assert!(left(&text, &newest("30 days", true, false)).unwrap().contains("same text"));
        assert!(left(&text, &newest("60 days", false, false)).unwrap().contains("draft"));
        assert_eq!(left(&text, &newest("60 days", true, false)), None);
        assert_eq!(left(&text, &newest("60 days", false, true)), None);
    }
}
