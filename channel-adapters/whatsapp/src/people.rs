//! Who is meant: the id that WhatsApp gives a customer for this business, and the phone number beside it.

use std::collections::HashMap;

use channel_contract::inbound::Identity;
use channel_contract::wire::{self, Items, Word};

use crate::wire::{Contact, Profile};

/// What a customer is called by the id of WhatsApp's, or by the phone number where there is no other.
pub(crate) const USER: &str = "whatsapp_user";
/// What a phone number in international form is called.
pub(crate) const PHONE: &str = "phone";

/// Who stands beside the messages of a delivery: found by their words, for there may be as many as messages.
#[derive(Default)]
pub(crate) struct Contacts {
    all: Vec<Contact>,
    by_number: HashMap<String, usize>,
    by_id: HashMap<String, usize>,
}

impl Contacts {
    pub(crate) fn of(items: &Items) -> Self {
        let mut found = Self { all: items.read().collect(), ..Self::default() };
        for (at, contact) in found.all.iter().enumerate() {
            for (word, places) in [(&contact.wa_id, &mut found.by_number), (&contact.user_id, &mut found.by_id)] {
                if let Some(word) = word.owned() {
                    places.entry(word).or_insert(at);
                }
            }
        }
        found
    }

    /// The first who has this number or id.
    fn find(&self, phone: &Word, user_id: &Word) -> Option<&Contact> {
        if let (None, None, [only]) = (phone.given(), user_id.given(), self.all.as_slice()) {
            // A message that names nobody is of the one who stands beside it.
            return Some(only);
        }
        let places = [(&self.by_number, phone), (&self.by_id, user_id), (&self.by_id, phone)];
        let at = places.into_iter().filter_map(|(places, word)| places.get(word.given()?)).min()?;
        self.all.get(*at)
    }
}

/// The other side of a message.
#[derive(Clone, Default)]
pub(crate) struct Person {
    /// The id by which they are known, `""` if the platform names nobody.
    pub(crate) key: String,
    /// The digits of the phone number.
    pub(crate) phone: Option<String>,
    /// The shown name, `""` if none.
    pub(crate) name: String,
}

impl Person {
    /// The person whom a message names by phone number and id; `contacts` stand beside it and may know more.
    pub(crate) fn of(phone: &Word, user_id: &Word, contacts: &Contacts) -> Self {
        let nobody = Contact::default();
        let contact = contacts.find(phone, user_id).unwrap_or(&nobody);
        let words = [user_id, &contact.user_id, phone, &contact.wa_id];
        let given = || words.into_iter().filter_map(Word::given);
        let key = given().find(|word| is_user_id(word)).or_else(|| given().next());
        let name = contact.profile.get().map(shown_name).unwrap_or_default();
        Self {
            key: key.unwrap_or_default().to_owned(),
            phone: given().find(|word| is_phone(word)).map(ToOwned::to_owned),
            name,
        }
    }

    pub(crate) fn identity(&self) -> Identity {
        user(&self.key)
    }

    pub(crate) fn also_known_as(&self) -> Vec<Identity> {
        self.phone.iter().map(|digits| phone(digits)).collect()
    }

    /// What the thread with them is called where a delivery names nothing but their phone number, and this one does more.
    pub(crate) fn thread_by_phone(&self, number: &str) -> Option<String> {
        thread_of(number, self.phone.as_ref().filter(|digits| **digits != self.key)?)
    }
}

fn shown_name(profile: &Profile) -> String {
    let username = || profile.username.given().map(|name| format!("@{name}"));
    profile.name.owned().or_else(username).unwrap_or_default()
}

/// A customer by the id under which they are known.
pub(crate) fn user(key: &str) -> Identity {
    Identity { kind: USER.to_owned(), value: key.to_owned() }
}

/// A phone number by its digits.
pub(crate) fn phone(digits: &str) -> Identity {
    Identity { kind: PHONE.to_owned(), value: format!("+{digits}") }
}

/// Whether a word is an id that WhatsApp gives a customer for a business: `DE.77812`, `US.ENT.1234`.
pub(crate) fn is_user_id(word: &str) -> bool {
    let Some((country, rest)) = word.split_once('.') else { return false };
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && rest.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a word is the digits of a phone number with its country.
pub(crate) fn is_phone(word: &str) -> bool {
    (1..=20).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The one thread with a customer. A hash, for what is printed for a log names the thread, and the id of a customer may be
/// a phone number.
pub(crate) fn thread_of(number: &str, key: &str) -> Option<String> {
    (!key.is_empty()).then(|| format!("whatsapp:{}", wire::short_name(format!("{number}\n{key}").as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_numbers_are_told_apart() {
        for word in ["DE.77812", "US.ENT.11815799212886844830", "US.aZ09"] {
            assert!(is_user_id(word) && !is_phone(word), "{word}");
        }
        for word in ["49151000", "5678"] {
            assert!(is_phone(word) && !is_user_id(word), "{word}");
        }
        for word in ["", "DE.", ".1", "de.77", "DEU.77", "DE.7/7", "DE.7..7", "+49151", "491 51", "bla"] {
            assert!(!is_user_id(word) && !is_phone(word), "{word}");
        }
    }

    #[test]
    fn a_thread_is_the_same_each_time_and_tells_nothing() {
        let thread = thread_of("111", "49151000");
        assert_eq!(thread, thread_of("111", "49151000"));
        assert_ne!(thread, thread_of("112", "49151000"));
        assert!(thread.is_some_and(|thread| !thread.contains("49151000")));
        assert_eq!(thread_of("111", ""), None);
    }
}
