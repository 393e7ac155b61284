//! Contact data in a text that is to leave: a marketplace that forbids it punishes the shop for it.

/// The least digits of a number that is dialled from abroad.
const DIGITS: usize = 8;

/// What a text holds that leads a customer away from the marketplace, each in a sentence for a person.
pub(crate) fn objections(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if has_link(text) {
        found.push("This marketplace takes no links.".to_owned());
    }
    if has_address(text) {
        found.push("This marketplace takes no e-mail addresses.".to_owned());
    }
    if has_number(text) {
        found.push("This marketplace takes no telephone numbers.".to_owned());
    }
    found
}

fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["http://", "https://", "www."].iter().any(|mark| lower.contains(mark))
}

fn has_address(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let Some((name, host)) = word.split_once('@') else { return false };
        let begins = host.chars().next().is_some_and(char::is_alphanumeric);
        let dotted = host.split_once('.').is_some_and(|(_, end)| end.starts_with(char::is_alphanumeric));
        name.ends_with(char::is_alphanumeric) && begins && dotted
    })
}

/// Numbers of orders, parcels and articles are digits too, so only the form for calls from abroad counts.
fn has_number(text: &str) -> bool {
    text.split('+').skip(1).any(|behind| {
        let number = behind.chars().take_while(|c| c.is_ascii_digit() || " ()-/.".contains(*c));
        number.filter(char::is_ascii_digit).count() >= DIGITS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_away_is_named_and_numbers_of_orders_are_not() {
        for text in
            ["See https://x.example", "WWW.x.example", "to ann@x.example.", "(ann@x.example)", "+48 22 123-45-67"]
        {
            assert_eq!(objections(text).len(), 1, "{text}");
        }
        assert_eq!(objections("www.x.example, ann@x.example or +49 (171) 5557812").len(), 3);
        for text in ["", "@ home", "2 @ 3.50", "me@home", "Order 00340434161094", "20+5", "1 + 22 = 23", "a@.b", "@b.c"]
        {
            assert!(objections(text).is_empty(), "{text}");
        }
    }
}
