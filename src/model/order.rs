//! Orders as the desk knows them: the contract's types, and which order a conversation is about.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use regex::Regex;
use time::{OffsetDateTime, UtcOffset};

pub use channel_contract::money::{Currency, Money};
pub use channel_contract::orders::{
    ActionKind, Address, AllowedAction, Buyer, Discount, Document, Entry, EntryKind, LineChange, LineItem,
    LineQuantity, MethodKind, Order, OrderAction, OrderFailure, OrderQuery, OrderStatus, Payment, PaymentMethod,
    Product, Refund, RefundKind, Return, ReturnStatus, Shipment, ShipmentStatus, SkuQuantity, TrackingEvent, Window,
};

use super::former_secret::former_until;
use super::text_enum::text_enum;
use super::{BrandId, OrderSourceId, Ts};

text_enum! {
    /// How an order was matched to a conversation.
    MatchedBy {
        /// The customer named the number, and the order is theirs.
        Number = "number",
        /// The only order that fits under the customer's proved address.
        Contact = "contact",
        /// A tracking number that the customer named.
        Tracking = "tracking",
        /// The marketplace names it for what was written there.
        Platform = "platform",
        /// A teammate chose it.
        Teammate = "teammate",
        /// A teammate took it off: it is none of the conversation's, and only a person links it again.
        Refused = "refused",
    }
}

/// A connected shop. Secrets are not part of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrderSourceRow {
    /// Id.
    pub id: OrderSourceId,
    /// Whose.
    pub brand_id: BrandId,
    /// `demo`, `http`, ...
    pub kind: String,
    /// Name as shown.
    pub name: String,
    /// Settings without secrets.
    pub settings: sqlx::types::Json<serde_json::Value>,
    /// `connected`, `paused`, `needs_attention`.
    pub state: String,
    /// Why not, in words.
    pub state_reason: String,
    /// The last successful read.
    pub last_read_at: Option<Ts>,
}

impl OrderSourceRow {
    /// Until when the secret before the one in use counts, where there is one.
    pub fn former_until(&self) -> Ts {
        former_until(&self.settings.0)
    }
}

/// An order as last read, with where and when.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct KnownOrder {
    /// The shop it is from.
    pub source_id: OrderSourceId,
    /// The shop's name as shown.
    pub source_name: String,
    /// The order.
    pub order: Order,
    /// When its shop was asked for it.
    pub read_at: Ts,
}

/// For so many lines of an order it is asked whether the shop has them.
const MOST_LINES: usize = 4;

/// The lines of an order that still have to be sent, and that a shop can be asked for.
pub fn awaited(order: &Order) -> Vec<&LineItem> {
    if !matches!(order.status, OrderStatus::Open | OrderStatus::PartlyShipped) {
        return Vec::new();
    }
    let open = order.lines.iter().filter(|line| line.current > line.fulfilled && !line.sku.is_empty());
    open.take(MOST_LINES).collect()
}

/// Days after the promised day in UTC, as drafts and pages count them; negative before it, and 0 for what was
/// delivered or never promised.
pub fn days_late(parcel: &Shipment, now: OffsetDateTime) -> i64 {
    let day = |moment: OffsetDateTime| moment.to_offset(UtcOffset::UTC).date();
    match parcel.promised {
        Some(window) if parcel.delivered_at.is_none() && parcel.status != ShipmentStatus::Delivered => {
            (day(now) - day(window.to)).whole_days()
        }
        _ => 0,
    }
}

/// Order numbers named in a text, as the shop writes them, first named first. `pattern` is the brand's own regular
/// expression; without one, the usual shape of letters, a dash and digits (`FJ-20417`) counts.
pub fn order_numbers(text: &str, pattern: &str) -> Vec<String> {
    let Some(regex) = order_shape(pattern) else { return Vec::new() };
    let mut numbers = Vec::new();
    for found in regex.find_iter(text) {
        let number = found.as_str().to_uppercase();
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// What finds order numbers: the brand's own pattern, or the usual shape.
pub fn order_shape(pattern: &str) -> Option<Regex> {
    // ASCII only: a Unicode word boundary is some hundred times slower in a text with accents.
    const USUAL: &str = r"(?i-u)\b[a-z]{1,5}-[0-9]{4,9}\b";
    let own = if pattern.is_empty() { None } else { compiled(pattern) };
    own.or_else(|| compiled(USUAL))
}

/// Whether a text can find order numbers: empty for the usual shapes, or a pattern that matches something.
pub fn is_order_pattern(pattern: &str) -> bool {
    const LONGEST: usize = 200;
    pattern.is_empty() || (pattern.len() <= LONGEST && Regex::new(pattern).is_ok_and(|regex| !regex.is_match("")))
}

/// A pattern ready for use; each is compiled once, for it runs over every message.
fn compiled(pattern: &str) -> Option<Regex> {
    /// More than an installation has brands; what is beyond is forgotten and compiled anew.
    const KEPT: usize = 200;
    static COMPILED: LazyLock<RwLock<HashMap<String, Option<Regex>>>> = LazyLock::new(RwLock::default);
    if let Some(known) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return known.clone();
    }
    let regex = Regex::new(pattern).ok();
    let mut kept = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        kept.clear();
    }
    kept.insert(pattern.to_owned(), regex.clone());
    regex
}

#[cfg(test)]
mod tests {
    use super::{is_order_pattern, order_numbers};

    #[test]
    fn order_numbers_are_found_once_and_in_the_shops_writing() {
        assert_eq!(order_numbers("re fj-20417, FJ-20417 and FJ-20418!", ""), ["FJ-20417", "FJ-20418"]);
        assert_eq!(order_numbers("order #W123456", r"#W\d{6}"), ["#W123456"]);
        assert_eq!(order_numbers("für fj-20417 — größe", "("), ["FJ-20417"]);
        assert!(order_numbers("call 0151-77204421 or co-op", "").is_empty());
    }

    #[test]
    fn a_pattern_must_find_something() {
        assert!(is_order_pattern("") && is_order_pattern(r"#W\d{6}"));
        for wrong in ["(", "x*", &"a".repeat(201)] {
            assert!(!is_order_pattern(wrong), "{wrong}");
        }
    }
}
