//! What the marketplace answers, read field by field: what is missing, unknown or of another type never spoils the rest.

pub(crate) use channel_contract::wire::{document, fingerprint, list, moment, text};
use serde_json::Value;
use time::OffsetDateTime;

/// The word for the shop's own people as writers of a message.
pub(crate) const SHOP_USER: &str = "SHOP_USER";
/// The word for customers as writers of a message.
pub(crate) const CUSTOMER_USER: &str = "CUSTOMER_USER";
/// The word for a customer who takes part in a thread.
pub(crate) const CUSTOMER: &str = "CUSTOMER";
/// The word for the operator who takes part in a thread.
pub(crate) const OPERATOR: &str = "OPERATOR";

/// A moment in seconds since 1970; 0 where there is none.
pub(crate) fn seconds(value: &Value, name: &str) -> i64 {
    moment(value, &[name]).map_or(0, OffsetDateTime::unix_timestamp)
}

/// Whoever takes part in a thread.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Participant {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Participant {
    fn read(value: &Value) -> Self {
        Self { kind: text(value, &["type"]), id: text(value, &["id"]), name: text(value, &["display_name"]) }
    }

    fn list(value: &Value, name: &str) -> Vec<Self> {
        list(value, name).iter().map(Self::read).collect()
    }
}

/// A file of a message.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A message of a thread.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) at: Option<OffsetDateTime>,
    /// The marketplace's word for whose person wrote.
    pub(crate) writer: String,
    pub(crate) writer_name: String,
    /// Whom the writer stands for, where the marketplace says it.
    pub(crate) writer_of: Option<Participant>,
    pub(crate) to: Vec<Participant>,
    pub(crate) files: Vec<File>,
}

impl Message {
    pub(crate) fn read(value: &Value) -> Self {
        let from = value.get("from").unwrap_or(&Value::Null);
        let file = |file: &Value| File { id: text(file, &["id"]), name: text(file, &["name"]) };
        Self {
            id: text(value, &["id"]),
            body: text(value, &["body"]),
            at: moment(value, &["date_created"]),
            writer: text(from, &["type"]),
            writer_name: text(from, &["display_name"]),
            writer_of: from.get("organization_details").filter(|found| found.is_object()).map(Participant::read),
            to: Participant::list(value, "to"),
            files: list(value, "attachments").iter().map(file).filter(|file| !file.id.is_empty()).collect(),
        }
    }

    /// Whether it was written to this kind of participant.
    pub(crate) fn is_to(&self, kind: &str) -> bool {
        self.to.iter().any(|participant| participant.kind == kind)
    }
}

/// What a thread says beside its messages.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) id: String,
    pub(crate) topic: String,
    /// What it is about: the marketplace's word, the id and the name.
    pub(crate) entities: Vec<Entity>,
    /// The customers who take part, as far as they have an id.
    pub(crate) customers: Vec<Participant>,
    /// Since when the customer waits for the shop.
    pub(crate) awaits_since: Option<OffsetDateTime>,
}

/// What a thread is about.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) label: String,
}

impl Thread {
    pub(crate) fn read(value: &Value) -> Self {
        let entity = |entity: &Value| Entity {
            kind: text(entity, &["type"]),
            id: text(entity, &["id"]),
            label: text(entity, &["label"]),
        };
        let metadata = value.get("metadata").unwrap_or(&Value::Null);
        let mut customers: Vec<Participant> = Vec::new();
        for name in ["authorized_participants", "current_participants"] {
            for found in Participant::list(value, name) {
                let is_new = customers.iter().all(|known| known.id != found.id);
                if found.kind == CUSTOMER && !found.id.is_empty() && is_new {
                    customers.push(found);
                }
            }
        }
        Self {
            id: text(value, &["id"]),
            topic: value.get("topic").map(|topic| text(topic, &["value"])).unwrap_or_default(),
            entities: list(value, "entities").iter().map(entity).collect(),
            customers,
            awaits_since: moment(metadata, &["shop_reply_needed_since"]),
        }
    }

    /// The numbers of the orders that it is about, as the marketplace writes them.
    pub(crate) fn order_numbers(&self) -> Vec<String> {
        let orders = self.entities.iter().filter(|entity| entity.kind.ends_with("ORDER"));
        let mut numbers: Vec<String> = Vec::new();
        for number in orders.flat_map(|order| [&order.id, &order.label]) {
            let is_number = !number.is_empty() && !number.contains(char::is_whitespace);
            if is_number && !numbers.contains(number) {
                numbers.push(number.clone());
            }
        }
        numbers
    }
}

/// A code in words for people: `RETURN_BROKEN_ITEM` is “Return broken item”. What is no code stays as it is.
pub(crate) fn in_words(code: &str) -> String {
    let is_code = code.contains('_') && code.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    if !is_code {
        return code.to_owned();
    }
    let words = code.replace('_', " ").to_lowercase();
    let mut letters = words.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_another_type_is_as_if_it_were_missing() {
        let odd = json!({ "id": 7, "body": null, "date_created": 3, "from": "me", "to": { "type": "SHOP" },
                          "attachments": [null, { "id": "f1", "name": ["a"] }, "x"] });
        let message = Message::read(&odd);
        assert_eq!((message.id.as_str(), message.body.as_str(), message.at), ("7", "", None));
        let files: Vec<(&str, &str)> =
            message.files.iter().map(|file| (file.id.as_str(), file.name.as_str())).collect();
        assert_eq!(files, [("f1", "")]);
        assert!(message.to.is_empty() && message.writer.is_empty() && message.writer_of.is_none());
        assert_eq!(Thread::read(&json!([1])).order_numbers(), Vec::<String>::new());
    }

    #[test]
    fn orders_are_named_once_and_offers_are_none() {
        let thread = Thread::read(&json!({ "entities": [
            { "type": "MMP_ORDER", "id": "O-1-A", "label": "O-1" }, { "type": "MMP_ORDER", "id": "O-1", "label": "The lamp" },
            { "type": "MMP_OFFER", "id": "77", "label": "Lamp" }, null,
        ] }));
        assert_eq!(thread.order_numbers(), ["O-1-A", "O-1"]);
    }

    #[test]
    fn codes_become_words_and_words_stay() {
        assert_eq!(in_words("WHERE_IS_MY_ORDER"), "Where is my order");
        for word in ["Where is my order?", "LAMP", "", "_", "Ü_A"] {
            let trimmed = if word == "_" { "" } else { word };
            assert_eq!(in_words(word), trimmed);
        }
    }
}
