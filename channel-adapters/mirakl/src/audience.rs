//! The names of those who read and write on this marketplace: its customers and its operator.

use channel_contract::inbound::{Identity, OPERATOR};

use crate::settings::MiraklSettings;

/// What stood behind the ids of the operator's messages that were kept before.
const MARKS: [&str; 2] = [":operator", ":both"];

/// A message's id on the marketplace.
pub(crate) fn bare(id: &str) -> &str {
    MARKS.iter().find_map(|mark| id.strip_suffix(mark)).unwrap_or(id)
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
    identity(OPERATOR, format!("{}/operator", settings.scope()))
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
    fn an_id_that_was_kept_before_is_that_of_the_marketplace() {
        for kept in ["m-1", "m-1:operator", "m-1:both"] {
            assert_eq!(bare(kept), "m-1");
        }
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
