//! A thread of the marketplace.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Who writes, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The customer, to the shop.
    Customer,
    /// The operator, to the shop and the customer.
    Operator,
    /// The operator, to the shop alone.
    OperatorToShop,
    /// The shop, to the customer.
    Shop,
    /// The shop, to the operator alone.
    ShopToOperator,
    /// The shop, to the customer and the operator.
    ShopToBoth,
}

/// A thread with its messages, oldest first.
pub(super) struct Thread {
    pub(super) id: String,
    /// The order that it is about, `""` where it is about none.
    pub(super) order: String,
    /// The customers who may take part: ids and names.
    pub(super) customers: Vec<(String, String)>,
    pub(super) topic: String,
    pub(super) updated: OffsetDateTime,
    pub(super) messages: Vec<Value>,
    created: OffsetDateTime,
    awaits: Option<OffsetDateTime>,
}

impl Thread {
    pub(super) fn new(
        id: &str,
        order: &str,
        customers: Vec<(String, String)>,
        topic: &str,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            id: id.to_owned(),
            order: order.to_owned(),
            customers,
            topic: topic.to_owned(),
            updated: now,
            messages: Vec::new(),
            created: now,
            awaits: None,
        }
    }

    /// The API's word for what it is about.
    pub(super) fn kind(&self) -> &'static str {
        if self.order.is_empty() { "SELLER_OPERATOR" } else { "MMP_ORDER" }
    }

    /// How many files its messages have.
    pub(super) fn files(&self) -> usize {
        self.messages.iter().map(|message| written(message, "attachments").len()).sum()
    }

    pub(super) fn add(&mut self, id: &str, who: Who, text: &str, files: Vec<Value>, now: OffsetDateTime) {
        let customer = self.customers.first().cloned().unwrap_or_default();
        let shop = json!({ "type": "SHOP", "id": "2001", "display_name": "Fjord" });
        let buyer = json!({ "type": "CUSTOMER", "id": customer.0, "display_name": customer.1 });
        let operator = json!({ "type": "OPERATOR", "display_name": "Market" });
        let (from, to) = match who {
            Who::Customer => (json!({ "type": "CUSTOMER_USER", "display_name": customer.1 }), vec![shop]),
            Who::Operator | Who::OperatorToShop => {
                let to = if who == Who::Operator { vec![shop, buyer] } else { vec![shop] };
                let from = json!({ "type": "OPERATOR_USER", "display_name": "Ole", "organization_details": operator });
                (from, to)
            }
            Who::Shop | Who::ShopToOperator | Who::ShopToBoth => {
                let to = match who {
                    Who::ShopToOperator => vec![operator],
                    Who::ShopToBoth => vec![buyer, operator],
                    _ => vec![buyer],
                };
                (json!({ "type": "SHOP_USER", "display_name": "Sam of Fjord", "organization_details": shop }), to)
            }
        };
        self.awaits = (from.get("type") != Some(&json!("SHOP_USER"))).then_some(now);
        self.updated = now;
        let mut message = json!({ "id": id, "body": text, "date_created": moment(now), "from": from, "to": to });
        if let Some(fields) = message.as_object_mut().filter(|_| !files.is_empty()) {
            fields.insert("attachments".to_owned(), files.into());
        }
        self.messages.push(message);
    }

    /// As the API shows it, with the last messages.
    pub(super) fn shown(&self, messages: usize) -> Value {
        let shop = json!({ "type": "SHOP", "id": "2001", "display_name": "Fjord" });
        let customers =
            self.customers.iter().map(|(id, name)| json!({ "type": "CUSTOMER", "id": id, "display_name": name }));
        let participants: Vec<Value> = std::iter::once(shop).chain(customers).collect();
        let skipped = self.messages.len().saturating_sub(messages);
        let shown: Vec<&Value> = self.messages.iter().skip(skipped).collect();
        let last = self.messages.last();
        let part = |name: &str| last.and_then(|message| message.get(name)).cloned().unwrap_or_default();
        let entity = json!({ "type": self.kind(), "id": self.order, "label": self.order });
        let topic_kind = if self.topic.contains('_') { "REASON_CODE" } else { "FREE_TEXT" };
        json!({
            "id": self.id,
            "authorized_participants": participants,
            "current_participants": participants,
            "date_created": moment(self.created),
            "date_updated": moment(self.updated),
            "entities": if self.order.is_empty() { json!([]) } else { json!([entity]) },
            "messages": shown,
            "metadata": {
                "last_message_date": part("date_created"),
                "last_sender": part("from"),
                "shop_reply_needed_since": self.awaits.map(moment),
                "total_count": self.messages.len(),
            },
            "no_store_reply_needed": [],
            "topic": { "type": topic_kind, "value": self.topic },
        })
    }
}

/// The elements of a list.
pub(super) fn written<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
