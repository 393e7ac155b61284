//! What eBay's rules keep out of messages: ways to reach people elsewhere. Links are kept out by the desk itself.

/// What of the rules a text breaks, in words for whoever wrote it.
pub(crate) fn breach(text: &str) -> Option<&'static str> {
    if text.split_whitespace().any(is_mail_address) {
        return Some("eBay takes no mail addresses in messages.");
    }
    has_phone_number(text).then_some("eBay takes no phone numbers in messages.")
}

fn is_mail_address(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let Some((name, host)) = bare.split_once('@') else { return false };
    let parts: Vec<&str> = host.split('.').collect();
    !name.is_empty() && parts.len() > 1 && parts.iter().all(|part| !part.is_empty() && !part.contains('@'))
}

/// A number with the code of its country; other rows of digits are numbers of orders and parcels.
fn has_phone_number(text: &str) -> bool {
    text.split('+').skip(1).any(|behind| {
        let number = behind.chars().take_while(|c| c.is_ascii_digit() || " ()-./".contains(*c));
        number.filter(char::is_ascii_digit).count() >= 9
    })
}

#[cfg(test)]
mod tests {
    use super::breach;

    #[test]
    fn ways_to_reach_people_elsewhere_are_kept_out() {
        for text in ["Write to ann@shop.example!", "(help@shop.co.uk)", "Call +49 (151) 772-04421", "+4915177204421"] {
            assert!(breach(text).is_some(), "{text}");
        }
        for text in [
            "It left today.",
            "Order 12-34567-89012, parcel 00340434161094",
            "2 @ 3.50 each",
            "Size 40+ is 12 cm",
            "user@name",
            "",
        ] {
            assert_eq!(breach(text), None, "{text}");
        }
    }
}
