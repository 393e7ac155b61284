//! Contacts that are one person: what speaks for it, and what was made of it.

use channel_contract::inbound::{MACHINE, OPERATOR};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{BrandId, ContactId, ContactMergeId, Json, TeammateId, Ts};

text_enum! {
    /// What speaks for two contacts being one person.
    Reason {
        /// An order of the one is known under a name of the other.
        Order = "order",
        /// A platform says that a name of the other is one of theirs too.
        Vouched = "vouched",
        /// A guest of the chat says that a proved address of the other is theirs.
        Said = "said",
        /// The letter to the address that a guest of the chat left was answered from there.
        Answered = "answered",
    }
}

/// A contact, and the one that stands for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Kin {
    /// The contact.
    pub contact_id: ContactId,
    /// The one that stands for the person, which may be the same.
    pub person_id: ContactId,
}

/// Whether two contacts are one person; `kin` are those of both persons.
pub fn is_one(kin: &[Kin], one: ContactId, other: ContactId) -> bool {
    let person = |contact: ContactId| {
        kin.iter().find(|known| known.contact_id == contact).map_or(contact, |known| known.person_id)
    };
    person(one) == person(other)
}

/// Two contacts that became one person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ContactMerge {
    /// Id.
    pub id: ContactMergeId,
    /// Whose customers.
    pub brand_id: BrandId,
    /// The one who went, standing for the person until then.
    pub source_id: ContactId,
    /// The one who stands for both.
    pub target_id: ContactId,
    /// All who were one person with the one who went.
    pub moved: Json<Vec<ContactId>>,
    /// Who said so; nobody where both had proved the same name.
    pub teammate_id: Option<TeammateId>,
    /// When.
    pub created_at: Ts,
    /// When it was taken back.
    pub undone_at: Option<Ts>,
}

/// Somebody who may be the same person, and why.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lookalike {
    /// Who.
    pub contact_id: ContactId,
    /// Their name as last seen.
    pub name: String,
    /// What speaks for it.
    pub reason: Reason,
    /// The order's number, the kind of the name, or the address.
    pub detail: String,
    /// Whether it proves it; else it is a hint.
    pub proof: bool,
}

/// Whether a kind of name is one that a marketplace gives: it keeps to itself who that is.
pub fn is_masked(kind: &str) -> bool {
    matches!(kind, "amazon_buyer" | "ebay_user") || kind.starts_with("marketplace_")
}

/// Whether a kind of name is that of a platform itself, its operator or one of its machines: nobody who buys.
pub fn is_platforms(kind: &str) -> bool {
    matches!(kind, OPERATOR | MACHINE)
}

/// A phone number as names hold it: digits behind a plus. `None` where the country is not told.
pub fn phone_of(written: &str) -> Option<String> {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let written = written.trim();
    let whole = if written.starts_with('+') { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    whole.filter(|digits| digits.len() >= 7).map(|digits| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_marketplace_gives_are_masked() {
        for kind in ["amazon_buyer", "ebay_user", "marketplace_user", "marketplace_operator"] {
            assert!(is_masked(kind), "{kind}");
        }
        for kind in ["email", "phone", "whatsapp_user", "chat_visitor", "telegram"] {
            assert!(!is_masked(kind), "{kind}");
        }
        assert!(is_platforms("marketplace_operator") && is_platforms("marketplace_machine"));
        assert!(!is_platforms("marketplace_user") && !is_platforms("email"));
    }

    #[test]
    fn a_phone_number_has_its_country_or_is_none() {
        assert_eq!(phone_of("+49 151 2345678").as_deref(), Some("+491512345678"));
        assert_eq!(phone_of("0049 (151) 234-5678").as_deref(), Some("+491512345678"));
        for written in ["0151 2345678", "+49", "", "none"] {
            assert_eq!(phone_of(written), None, "{written}");
        }
    }
}
