//! What an article may be: its title, its text, and its name in addresses.

use unicode_normalization::UnicodeNormalization as _;

/// Longest title, in characters.
pub const TITLE: usize = 120;
/// Longest text, in characters.
pub const BODY: usize = 50_000;
/// Most lines of a text: its versions are compared line by line.
pub const LINES: usize = 1_000;
/// How much of a text is told where only its beginning is shown, in characters.
pub const BEGINNING: usize = 200;
/// Longest name in addresses.
const SLUG: usize = 60;

/// What keeps a text from being kept, by field.
pub fn problems(title: &str, body: &str) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    if title.trim().is_empty() {
        problems.push(("title", "An article needs a title.".to_owned()));
    }
    if title.chars().count() > TITLE {
        problems.push(("title", format!("Write the title in {TITLE} characters or fewer.")));
    }
    if body.chars().count() > BODY || body.lines().count() > LINES {
        let words = format!("An article has at most {BODY} characters and {LINES} lines. Make two of it.");
        problems.push(("body", words));
    }
    problems
}

/// What keeps a text from customers, by field: one that is half written may be kept.
pub fn problems_before_publishing(title: &str, body: &str) -> Vec<(&'static str, String)> {
    let mut problems = problems(title, body);
    if body.trim().is_empty() {
        problems.push(("body", "Customers would find an empty page. Write the text first.".to_owned()));
    }
    problems
}

/// A title as it is kept.
pub fn one_line(typed: &str) -> String {
    typed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text as it is kept: line ends of one kind, no blanks behind lines.
pub fn tidy(typed: &str) -> String {
    let lines: Vec<&str> = typed.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// A title as part of an address: `returns-and-refunds`. Empty where no letter of it can stand there.
pub fn slug(title: &str) -> String {
    let spelled = title.replace('ß', "ss").replace('ø', "o").replace('æ', "ae").replace('ł', "l");
    let letters = spelled.nfd().filter(|c| c.is_ascii() || c.is_alphanumeric()).flat_map(char::to_lowercase);
    let mut slug = String::new();
    for c in letters {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= SLUG {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Whether it can stand in an address as it is.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty() && slug(text) == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name_in_addresses() {
        assert_eq!(slug("Returns & refunds: how?"), "returns-refunds-how");
        assert_eq!(slug("Größe ändern – Café"), "grosse-andern-cafe");
        assert_eq!(slug("返品について"), "");
        assert_eq!(slug(&"ab ".repeat(60)).len(), 59);
        assert!(is_slug("returns-2") && !is_slug("Returns") && !is_slug("") && !is_slug("a.md") && !is_slug("a--b"));
    }

    #[test]
    fn a_half_written_text_is_kept_and_not_shown() {
        assert!(problems("Returns", "").is_empty());
        assert_eq!(problems_before_publishing("Returns", " \n")[0].0, "body");
        assert_eq!(problems(" ", "x")[0].0, "title");
        assert_eq!(problems(&"é".repeat(TITLE + 1), &"\n".repeat(LINES + 1)).len(), 2);
        assert!(problems(&"é".repeat(TITLE), &"é".repeat(BODY)).is_empty());
    }
}
