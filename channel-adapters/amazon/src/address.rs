//! Addresses on Amazon: buyers behind their masks, and Amazon's machines.

use channel_contract::inbound::Identity;
use uuid::Uuid;

use crate::settings::AmazonSettings;

/// The kind of identity that a masked buyer is. It is no mail address: only this seller's approved sender may write there.
pub const BUYER: &str = "amazon_buyer";

/// A buyer's mask: the same for all mails between a buyer and a seller.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Alias {
    name: String,
    domain: String,
    /// The case that stands behind a plus in addresses to answer to.
    pub(crate) case: Option<Uuid>,
}

impl Alias {
    /// Reads an address; `None` where it is no buyer's.
    pub(crate) fn read(address: &str, settings: &AmazonSettings) -> Option<Self> {
        let address = address.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        if !is_relay(domain, settings) {
            return None;
        }
        let (name, case) = local.split_once('+').map_or((local, ""), |(name, case)| (name, case));
        let is_word =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        let case = Uuid::parse_str(case).ok();
        (is_word && !is_machine(name, settings)).then(|| Self {
            name: name.to_owned(),
            domain: domain.to_owned(),
            case,
        })
    }

    /// The address without the case: the same in every mail of the buyer.
    pub(crate) fn address(&self) -> String {
        format!("{}@{}", self.name, self.domain)
    }

    /// Who it is.
    pub(crate) fn identity(&self) -> Identity {
        Identity { kind: BUYER.to_owned(), value: self.address() }
    }

    /// The address to answer to: with the case, where it has one.
    pub(crate) fn answer_address(&self) -> String {
        match self.case {
            Some(case) => format!("{}+{case}@{}", self.name, self.domain),
            None => self.address(),
        }
    }

    /// What follows `amazon.` in the marketplace's address.
    pub(crate) fn ending(&self) -> &str {
        self.domain.split_once("amazon.").map_or("", |(_, ending)| ending)
    }

    /// Whether it is the same buyer's, with or without a case.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        (&self.name, &self.domain) == (&other.name, &other.domain)
    }
}

/// Whether an address is Amazon's own, or that of a machine in its relay.
pub(crate) fn is_amazons(address: &str, settings: &AmazonSettings) -> bool {
    let address = address.trim().to_lowercase();
    address.rsplit_once('@').is_some_and(|(_, domain)| is_amazon(domain, settings))
        && Alias::read(&address, settings).is_none()
}

/// Whether a domain is Amazon's.
pub(crate) fn is_amazon(domain: &str, settings: &AmazonSettings) -> bool {
    let domain = domain.to_ascii_lowercase();
    settings.marketplaces.iter().any(|marketplace| {
        let own = domain.strip_suffix(&marketplace.ending).and_then(|rest| rest.strip_suffix("amazon."));
        own.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// Buyers that a text names, each once.
pub(crate) fn in_text(text: &str, settings: &AmazonSettings) -> Vec<Alias> {
    let mut found: Vec<Alias> = Vec::new();
    let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+'));
    let named = text.split(ends).filter(|word| word.contains("@marketplace.")).take(20);
    for alias in named.filter_map(|word| Alias::read(word.trim_matches('.'), settings)) {
        if !found.contains(&alias) {
            found.push(alias);
        }
    }
    found
}

fn is_relay(domain: &str, settings: &AmazonSettings) -> bool {
    let ending = domain.strip_prefix("marketplace.amazon.");
    ending.is_some_and(|ending| settings.marketplaces.iter().any(|marketplace| marketplace.ending == ending))
}

fn is_machine(name: &str, settings: &AmazonSettings) -> bool {
    settings.machines.iter().any(|machine| name.starts_with(machine.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Option<Alias> {
        Alias::read(address, &AmazonSettings::default())
    }

    #[test]
    fn a_case_does_not_change_who_somebody_is() {
        let bare = read("K3x9Vq@Marketplace.Amazon.co.uk").unwrap();
        let in_case = read("k3x9vq+0f8fad5b-d9cb-469f-a165-70867728950e@marketplace.amazon.co.uk").unwrap();
        assert_eq!(bare.identity(), in_case.identity());
        assert!(bare.is_of(&in_case) && bare != in_case);
        assert_eq!(bare.answer_address(), "k3x9vq@marketplace.amazon.co.uk");
        assert_eq!(in_case.answer_address(), "k3x9vq+0f8fad5b-d9cb-469f-a165-70867728950e@marketplace.amazon.co.uk");
        assert_eq!((bare.case, bare.ending()), (None, "co.uk"));
        assert_eq!(read("k3x9vq+label@marketplace.amazon.de").unwrap().case, None, "not every plus is a case");
    }

    #[test]
    fn buyers_machines_and_strangers_are_told_apart() {
        for none in [
            "k3x9vq@marketplace.amazon.evil.example",
            "k3x9vq@amazon.de",
            "k3x9vq@marketplace.amazon.de.evil.example",
            "no-reply@marketplace.amazon.de",
            "@marketplace.amazon.de",
            "k3\"x@marketplace.amazon.de",
            "",
        ] {
            assert!(read(none).is_none(), "{none}");
        }
        let amazons = |address: &str| is_amazons(address, &AmazonSettings::default());
        for own in ["donotreply@amazon.de", "x@payments.amazon.com", "no-reply@marketplace.amazon.fr"] {
            assert!(amazons(own), "{own}");
        }
        for other in ["k3x9vq@marketplace.amazon.de", "x@notamazon.de", "x@amazon.de.evil.example", "x@amazon.example"]
        {
            assert!(!amazons(other), "{other}");
        }
    }

    #[test]
    fn buyers_are_found_in_texts() {
        let text = "To: <a1@marketplace.amazon.de>, again a1@marketplace.amazon.de. and b@shop.example";
        let found = in_text(text, &AmazonSettings::default());
        assert_eq!(found.iter().map(Alias::address).collect::<Vec<_>>(), ["a1@marketplace.amazon.de"]);
    }
}
