//! The words of what eBay itself writes: its news to sellers is HTML.

/// Elements whose content is nothing to read.
const SILENT: [&str; 4] = ["style", "script", "head", "title"];
/// Elements that begin a line.
const LINES: [&str; 9] = ["br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"];

/// The words of a text that may be HTML, and the text as it is where it is none.
pub(crate) fn plain(text: &str) -> String {
    if !text.contains("</") && !text.contains("<br") {
        return text.to_owned();
    }
    let (mut words, mut rest, mut silent) = (String::new(), text, String::new());
    while let Some((before, after)) = rest.split_once('<') {
        if silent.is_empty() {
            words.push_str(before);
        }
        let (tag, behind) = after.split_once('>').unwrap_or((after, ""));
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        if tag.starts_with('/') && name == silent {
            silent.clear();
        } else if silent.is_empty() && SILENT.contains(&name.as_str()) && !tag.starts_with('/') {
            silent = name;
        } else if LINES.contains(&name.as_str()) {
            words.push('\n');
        }
        rest = behind;
    }
    if silent.is_empty() {
        words.push_str(rest);
    }
    tidy(&unescaped(&words))
}

fn unescaped(text: &str) -> String {
    let pairs = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    pairs.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// One blank between words, and no empty lines.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_are_left_of_html_and_plain_text_stays() {
        let html = "<html><head><style>p { color: red }</style></head><body><p>Your  fees</p><div>fell &amp; rose.<br/>\
                    Bye</body></html>";
        assert_eq!(plain(html), "Your fees\nfell & rose.\nBye");
        assert_eq!(plain("1 < 2 &amp; 3"), "1 < 2 &amp; 3");
        assert_eq!(plain("a</p"), "a");
    }
}
