//! Mails that a marketplace passes on: around the buyer's few words stands the marketplace's own page.

use crate::html;
use crate::mail::Mailbox;

/// The words of the buyer in a relayed mail; `None` when it is no such mail, or its form is unknown.
pub(crate) fn buyer_text(from: &[Mailbox], plain: &str, html: Option<&str>) -> Option<String> {
    let relayed = from.iter().any(|mailbox| {
        let domain = mailbox.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        domain.to_ascii_lowercase().starts_with("marketplace.amazon.")
    });
    if relayed { words_within(plain, html) } else { None }
}

/// The words of the buyer inside of the marketplace's page: the one block that is set as it was typed, or what stands
/// between two rulers. `None` where the page has another form.
pub fn words_within(plain: &str, html: Option<&str>) -> Option<String> {
    let found = html.and_then(html::only_preformatted).or_else(|| between_rulers(plain))?;
    let found = found.trim();
    (!found.is_empty()).then(|| found.to_owned())
}

/// The text between the first two lines of the form `------ words ------`, whatever the language of the words.
fn between_rulers(plain: &str) -> Option<String> {
    let is_ruler = |line: &str| {
        let line = line.trim();
        let words = line.trim_matches(['-', ' ']);
        line.starts_with("-----") && line.ends_with("---") && words.chars().any(char::is_alphabetic)
    };
    let mut lines = plain.lines().skip_while(|line| !is_ruler(line)).skip(1).peekable();
    lines.peek()?;
    let mut found = Vec::new();
    for line in lines {
        if is_ruler(line) {
            return Some(found.join("\n"));
        }
        found.push(line);
    }
    None
}

#[cfg(test)]
mod tests {
    fn visible(mail: &str) -> String {
        crate::parse(mail.as_bytes()).visible_text
    }

    #[test]
    fn only_the_words_of_the_buyer_are_shown() {
        let from = "From: Ann <abc123@marketplace.amazon.de>\n";
        let page = "Content-Type: text/html\n\n<table><tr><td>Order 1</td></tr></table><pre>Wo ist\nmein Paket?</pre><p>Footer</p>";
        assert_eq!(visible(&format!("{from}{page}")), "Wo ist\nmein Paket?");
        let rulers = "\nBestellung 1\n\n------------- Nachricht: -------------\n\nWo ist es?\n\n------------- Ende -------------\nFooter\n";
        assert_eq!(visible(&format!("{from}{rulers}")), "Wo ist es?");
        assert!(visible(&format!("From: x@y.example\n{page}")).contains("Footer"));
        assert!(visible(&format!("{from}\nSomething of another form\n")).contains("another form"));
    }
}
