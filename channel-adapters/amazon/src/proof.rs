//! Whether a mail really comes from Amazon: by what our own receiving server found, and nothing else.

use channel_contract::inbound::Trust;
use channel_email::ParsedMail;

use crate::address;
use crate::settings::AmazonSettings;

/// How well Amazon is proved as the sender of a mail that says it is: by its signature, by the server that handed it in,
/// or by its policy. Only the topmost results count, under the name of our own server: what stands below may be the
/// sender's.
pub(crate) fn of(mail: &ParsedMail, settings: &AmazonSettings) -> Trust {
    let own = &settings.mail.authserv_id;
    let is_own = |results: &&String| {
        let server = results.split([';', ' ', '\t']).next().unwrap_or_default();
        !own.is_empty() && server.eq_ignore_ascii_case(own)
    };
    let Some(results) = mail.authentication_results.first().filter(is_own) else { return Trust::Claimed };
    let results = without_comments(&results.to_ascii_lowercase());
    let methods: Vec<&str> = results.split(';').skip(1).map(str::trim).collect();
    if methods.iter().any(|method| verdict(method, "dmarc") == Some("fail")) {
        return Trust::Failed;
    }
    let proves = |method: &&str| {
        let signed_by = |name: &str, keys: &[&str]| {
            verdict(method, name) == Some("pass") && keys.iter().any(|key| names_amazon(method, key, settings))
        };
        signed_by("dkim", &["header.d", "header.i"])
            || signed_by("spf", &["smtp.mailfrom"])
            || signed_by("dmarc", &["header.from"])
    };
    let one_author = mail.from.len() == 1;
    if one_author && methods.iter().any(proves) { Trust::Proved } else { Trust::Claimed }
}

/// What a method found.
fn verdict<'m>(method: &'m str, name: &str) -> Option<&'m str> {
    let (found, verdict) = method.split_ascii_whitespace().next()?.split_once('=')?;
    (found == name).then_some(verdict)
}

/// Whether the domain that a method names is Amazon's.
fn names_amazon(method: &str, key: &str, settings: &AmazonSettings) -> bool {
    let mut values =
        method.split_ascii_whitespace().filter_map(|word| word.split_once('=')).filter(|(found, _)| *found == key);
    values.next().is_some_and(|(_, value)| {
        let value = value.trim_matches('"');
        address::is_amazon(value.rsplit('@').next().unwrap_or_default(), settings)
    })
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use channel_email::EmailSettings;

    use super::*;

    fn trust(lines: &str) -> Trust {
        let mail = EmailSettings { authserv_id: "mx.desk.example".to_owned(), ..EmailSettings::default() };
        let settings = AmazonSettings { mail, ..AmazonSettings::default() };
        let mail = format!("{lines}From: a1@marketplace.amazon.de\n\nx");
        of(&channel_email::parse(mail.as_bytes()), &settings)
    }

    #[test]
    fn amazon_is_proved_by_any_of_its_domains() {
        for results in [
            "dkim=pass header.i=@amazon.de header.s=x",
            "spf=none; dkim=pass (2048 bit) header.d=marketplace.amazon.de",
            "spf=pass smtp.mailfrom=20261101@bounces.amazon.com",
            "dmarc=pass (p=reject) header.from=marketplace.amazon.de",
        ] {
            let line = format!("Authentication-Results: MX.desk.example; {results}\n");
            assert_eq!(trust(&line), Trust::Proved, "{results}");
        }
    }

    #[test]
    fn others_prove_nothing() {
        for results in [
            "mx.desk.example; dkim=pass header.d=evil.example",
            "mx.desk.example; dkim=pass header.d=amazon.de.evil.example",
            "mx.desk.example; dkim=fail header.d=amazon.de",
            "mx.desk.example; dkim=pass (header.d=amazon.de) header.d=evil.example",
            "mx.desk.example; dkim=pass header.d=evil.example header.d=amazon.de",
            "evil.example; dkim=pass header.d=amazon.de",
            "mx.desk.example; none",
        ] {
            assert_eq!(trust(&format!("Authentication-Results: {results}\n")), Trust::Claimed, "{results}");
        }
        assert_eq!(trust(""), Trust::Claimed);
        let below = "Authentication-Results: mx.desk.example; none\n\
                     Authentication-Results: mx.desk.example; dkim=pass header.d=amazon.de\n";
        assert_eq!(trust(below), Trust::Claimed, "below the topmost");
        let two = "Authentication-Results: mx.desk.example; dkim=pass header.d=amazon.de\nFrom: b@evil.example\n";
        assert_eq!(trust(two), Trust::Claimed, "two authors");
        let failed = "Authentication-Results: mx.desk.example; dkim=pass header.d=amazon.de; dmarc=fail\n";
        assert_eq!(trust(failed), Trust::Failed);
    }
}
