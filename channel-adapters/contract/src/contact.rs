//! Ways out of a marketplace in a text that is to leave: links, mail addresses and phone numbers. Marketplaces forbid them, and
//! punish the shop. Pure; nothing that is found is quoted.

mod phone;

use std::sync::LazyLock;

use regex::Regex;

/// A link as browsers read it: up to what ends its host and port, with the name to sign in with that may stand before.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:https?:[/\\]+|www\.)([^\s/\\?#<>\x22'()]+)|\b((?:[a-z0-9-]+\.)+[a-z]{2,10})/[^\s]").ok()
});
/// A host without anything around it, with an ending that is no word of a language.
static BARE_HOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b((?:[a-z0-9-]{2,}\.)+(?:com|net|org|info|shop|store|biz|online|eu|co\.uk|de|fr|nl|pl))\b").ok()
});
/// The last part of a host begins with a letter: `2 @ 3.50` is a price.
static MAIL_ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let dot = r"(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)";
    let at = r"\s?(?:@|\(at\)|\[at\]|\{at\})\s?";
    Regex::new(&format!(r"(?i)[a-z0-9._%+-]+{at}[a-z0-9-]+(?:{dot}[a-z0-9-]+)*{dot}[a-z][a-z0-9-]+")).ok()
});

/// A way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A link, or the name of a host.
    Link,
    /// A mail address, however it is written.
    MailAddress,
    /// A phone number; numbers of orders, parcels, days and prices are none.
    Phone,
}

impl Way {
    /// What it is called in a sentence, as many.
    pub fn words(self) -> &'static str {
        match self {
            Self::Link => "links",
            Self::MailAddress => "mail addresses",
            Self::Phone => "phone numbers",
        }
    }
}

/// The ways out that a text holds, each once. Links may lead to the hosts that are `allowed`, in lower case, and to all that
/// is below them.
pub fn ways(text: &str, allowed: &[String]) -> Vec<Way> {
    let rest = MAIL_ADDRESS.as_ref().map_or(text.into(), |address| address.replace_all(text, " "));
    let found = [
        (Way::MailAddress, rest != text),
        (Way::Link, leads_elsewhere(&rest, allowed)),
        (Way::Phone, phone::has_number(&rest)),
    ];
    found.into_iter().filter(|(_, is_there)| *is_there).map(|(way, _)| way).collect()
}

/// The same as sentences for whoever writes it. `platform` names it in words for people.
pub fn objections(text: &str, platform: &str, allowed: &[String]) -> Vec<String> {
    let sentence = |way: Way| format!("{platform} takes no {} in messages. Leave it out.", way.words());
    ways(text, allowed).into_iter().map(sentence).collect()
}

fn leads_elsewhere(text: &str, allowed: &[String]) -> bool {
    let mut hosts: Vec<&str> = Vec::new();
    if let Some(link) = LINK.as_ref() {
        hosts.extend(
            link.captures_iter(text).filter_map(|found| found.get(1).or(found.get(2))).map(|host| host.as_str()),
        );
    }
    if let Some(bare) = BARE_HOST.as_ref() {
        hosts.extend(bare.captures_iter(text).filter_map(|found| found.get(1)).map(|host| host.as_str()));
    }
    hosts.into_iter().any(|host| !is_allowed(host, allowed))
}

fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let place = host.trim_matches(['.', ',', ';', '!', '[', ']']).to_lowercase();
    let (host, port) = place.split_once(':').unwrap_or((place.as_str(), ""));
    // A name before the host is one to sign in with, and leads the eye astray.
    port.bytes().all(|byte| byte.is_ascii_digit())
        && !host.contains('@')
        && allowed
            .iter()
            .any(|known| host.strip_suffix(known.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Way> {
        ways(text, &["amazon.de".to_owned(), "dhl.example".to_owned()])
    }

    #[test]
    fn plain_answers_pass() {
        for text in [
            "",
            "Your order 303-1234567-7654321 left on 05.11.2026 at 10:30 and arrives by Friday.",
            "Die Sendungsnummer ist 00340434161094042557. Sie erhalten 12,99 EUR zurück, z.B. am 1.12.2026.",
            "You can follow it at https://www.amazon.de/track?id=1 or www.track.dhl.example/12.",
            "It is here: https://www.amazon.de:443/track, [https://amazon.de], https://amazon.de: see below.",
            "We are sorry.It was late, but e.g. Monday is fine. No.1 of 2.",
            "注文番号は250-1234567-7654321です。",
            "Size 42/44, item B0ABCDEF12, 2 x 10.5 cm, voucher of Amazon's.",
            "Order 12-34567-89012, parcel 00340434161094",
            "2 @ 3.50 each, size 40+ is 12 cm, user@name, me@home, 20+5, 1 + 22 = 23, a@.b, @b.c",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn links_lead_to_allowed_hosts_alone() {
        for text in [
            "See https://shop.example/returns",
            "See WWW.shop.example now",
            "See shop.example/returns",
            "See fjord-shop.com.",
            "See HTTPS://AMAZON.DE.EVIL.EXAMPLE/x",
            "See https://notamazon.de/",
            "See https://amazon.de:@evil.example/",
            "See https://amazon.de:a!@evil.example/",
            "See https://amazon.de:x@203.0.113.9/",
            "See https://amazon.de:x!@localhost",
            r"See https://evil.example\.amazon.de/",
            r"See https:\\evil.example",
            "See https:/evil.example",
            "See https://[2001:db8::1]/",
        ] {
            assert_eq!(found(text), [Way::Link], "{text}");
        }
    }

    #[test]
    fn addresses_are_found_however_they_are_written() {
        for text in [
            "Write to help@shop.example!",
            "(help@shop.co.uk)",
            "help (at) shop.example",
            "help[at]shop[dot]example",
            "a.b+c@mail.shop.com",
            "https://amazon.de@evil.example/",
        ] {
            assert_eq!(found(text), [Way::MailAddress], "{text}");
        }
    }

    #[test]
    fn each_way_is_named_once_and_nothing_is_quoted() {
        let text = "www.x.example, www.y.example, ann@x.example or +49 (171) 5557812";
        let sentences = objections(text, "The market", &[]);
        assert_eq!(sentences.len(), 3, "{sentences:?}");
        assert!(sentences.iter().all(|words| !words.contains("x.example") && !words.contains("171")));
        assert_eq!(objections("See www.x.example", "The market", &["x.example".to_owned()]), Vec::<String>::new());
    }
}
