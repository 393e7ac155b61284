//! Who sees a message, the customer, the operator or both, and the names of those on this marketplace.
//!
//! The desk knows a message of the operator by an id that says to whom it was written, and gives that id back when it
//! answers: so an answer to what the operator wrote to both reaches both. Whoever the desk names is reached in any case.

use channel_contract::inbound::Identity;

use crate::settings::MiraklSettings;

/// Who sees a message beside the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The customer.
    Customer,
    /// The operator alone.
    Operator,
    /// Both.
    Both,
}

const MARKS: [(Audience, &str); 2] = [(Audience::Operator, ":operator"), (Audience::Both, ":both")];

impl Audience {
    /// The id of a message that belongs to this audience.
    pub(crate) fn mark(self, id: &str) -> String {
        let mark = MARKS.iter().find(|(audience, _)| *audience == self).map_or("", |(_, mark)| mark);
        format!("{id}{mark}")
    }

    /// To whom a message belongs, by the id under which the desk knows it, and its id on the marketplace.
    pub(crate) fn of(id: &str) -> (Self, &str) {
        let marked = MARKS.iter().find_map(|(audience, mark)| Some((*audience, id.strip_suffix(mark)?)));
        marked.unwrap_or((Self::Customer, id))
    }
}

/// A message's id on the marketplace.
pub(crate) fn bare(id: &str) -> &str {
    Audience::of(id).1
}

/// A customer of the marketplace.
pub(crate) fn customer(settings: &MiraklSettings, id: &str) -> Identity {
    identity("marketplace_user", format!("{}/customer/{id}", settings.scope()))
}

/// A customer whom the marketplace names in this thread alone.
pub(crate) fn customer_of_thread(settings: &MiraklSettings, thread: &str) -> Identity {
    let value = if thread.is_empty() { String::new() } else { format!("{}/thread/{thread}", settings.scope()) };
    identity("marketplace_user", value)
}

/// The operator of the marketplace.
pub(crate) fn operator(settings: &MiraklSettings) -> Identity {
    identity("marketplace_operator", format!("{}/operator", settings.scope()))
}

fn identity(kind: &str, value: String) -> Identity {
    Identity { kind: kind.to_owned(), value }
}

/// Whom a name that the desk kept stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Party<'n> {
    /// The customer, with the id where the marketplace gave one.
    Customer(Option<&'n str>),
    /// The operator.
    Operator,
}

/// Whom a name stands for; `None` for one of another marketplace.
pub(crate) fn party<'n>(settings: &MiraklSettings, name: &'n str) -> Option<Party<'n>> {
    let within = name.strip_prefix(&settings.scope())?.strip_prefix('/')?;
    match within.split_once('/') {
        None if within == "operator" => Some(Party::Operator),
        Some(("customer", id)) => Some(Party::Customer(Some(id))),
        Some(("thread", _)) => Some(Party::Customer(None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_whose_the_message_is() {
        for audience in [Audience::Customer, Audience::Operator, Audience::Both] {
            assert_eq!(Audience::of(&audience.mark("m-1")), (audience, "m-1"));
        }
        assert_eq!(bare("m-1:both"), "m-1");
    }

    #[test]
    fn names_count_on_their_own_marketplace_alone() {
        let settings = |operator: &str| MiraklSettings { operator: operator.to_owned(), ..MiraklSettings::default() };
        let (one, other) = (settings("one"), settings("on"));
        let name = customer(&one, "operator").value;
        assert_eq!(party(&one, &name), Some(Party::Customer(Some("operator"))));
        assert_eq!(party(&other, &name), None);
        assert_eq!(party(&one, &operator(&one).value), Some(Party::Operator));
        assert_eq!(party(&one, &customer_of_thread(&one, "t/1").value), Some(Party::Customer(None)));
        assert_eq!(party(&one, "ann@customer.example"), None);
        assert_eq!(customer_of_thread(&one, "").value, "", "who is not named is nobody");
    }
}
