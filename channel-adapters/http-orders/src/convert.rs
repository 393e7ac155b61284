//! From the documented JSON to the contract's orders; pure.
//!
//! What is odd but harmless becomes a warning: a fixed sentence, so that it can be logged without customer data. What
//! would make the desk tell or refund something wrong (no total, a refund without an amount, two currencies) makes this
//! one order unreadable.

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{
    Address, AllowedAction, Buyer, Discount, Document, Entry, EntryKind, LineItem, LineQuantity, MethodKind, Order,
    Payment, PaymentMethod, Product, Refund, Return, Shipment, SkuQuantity, TrackingEvent, Window,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::statuses::{order_status, return_status, shipment_status};
use crate::sums;
use crate::wire::{
    List, Text, WireAddress, WireAllowed, WireBuyer, WireEntry, WireLine, WireMethod, WireMoney, WireOrder,
    WireProduct, WireQuantity, WireReturn, WireShipment, WireWindow, action_kind,
};

/// Why an entry cannot be read. A fixed sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// What was odd about an entry that could be read. Fixed sentences, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Warnings(pub(crate) Vec<&'static str>);

impl Warnings {
    pub(crate) fn note(&mut self, sentence: &'static str) {
        if !self.0.contains(&sentence) {
            self.0.push(sentence);
        }
    }

    pub(crate) fn note_if(&mut self, odd: bool, sentence: &'static str) {
        if odd {
            self.note(sentence);
        }
    }
}

/// Reads one order.
pub(crate) fn read_order(value: Value) -> Result<(Order, Warnings), Unreadable> {
    let wire: WireOrder = typed(value)?;
    let mut warnings = Warnings::default();
    let id = required(wire.id, "the order has no id")?;
    let number = wire.number.map(|text| text.0).filter(|number| !number.is_empty()).unwrap_or_else(|| id.clone());
    let placed_at = moment(wire.placed_at, &mut warnings).ok_or(Unreadable("the order has no time of placing"))?;
    let updated_at = moment(wire.updated_at, &mut warnings).unwrap_or(placed_at);
    let total = positive(wire.total, None)?.ok_or(Unreadable("the order has no total"))?;
    let currency = total.currency;
    let shipping_price = positive(wire.shipping_price, Some(currency))?.unwrap_or(Money::zero(currency));
    let lines = entries(wire.lines, &mut warnings, |line, _| read_line(line, currency))?;
    let payments = entries(wire.payments, &mut warnings, |payment, warnings| {
        let amount = positive(payment.amount, Some(currency))?.ok_or(Unreadable("a payment has no amount"))?;
        let at = moment(payment.at, warnings).unwrap_or(placed_at);
        Ok(Payment { id: text(payment.id), method: text(payment.method), amount, at })
    })?;
    // A refund that went missing here would be paid a second time.
    let refunds = entries(wire.refunds, &mut warnings, |refund, warnings| {
        let amount = positive(refund.amount, Some(currency))?.ok_or(Unreadable("a refund has no amount"))?;
        let at = moment(refund.at, warnings).unwrap_or(updated_at);
        Ok(Refund { id: text(refund.id), amount, method: text(refund.method), reason: text(refund.reason), at })
    })?;
    let shipments = entries(wire.shipments, &mut warnings, read_shipment)?;
    let returns = entries(wire.returns, &mut warnings, |back, warnings| read_return(back, updated_at, warnings))?;
    let told = entries(wire.entries, &mut warnings, |entry, warnings| {
        Ok(read_entry(entry, (currency, updated_at), warnings))
    })?;
    let actions = read_actions(wire.actions_allowed, &mut warnings)?;
    let status = order_status(&text(wire.status), &lines, &shipments, &mut warnings);
    let mut order = Order {
        id,
        number,
        status,
        placed_at,
        updated_at,
        buyer: read_buyer(wire.buyer.unwrap_or_default(), currency, &mut warnings)?,
        shipping_address: read_address(wire.shipping_address.unwrap_or_default()),
        lines,
        shipping_price,
        total,
        payments,
        refunds,
        shipments,
        returns,
        entries: told.into_iter().flatten().collect(),
        invoice_url: web_address(wire.invoice_url, &mut warnings),
        actions,
    };
    sums::check(&order, &mut warnings);
    sums::refuse_in_doubt(&mut order);
    Ok((order, warnings))
}

/// Reads one product.
pub(crate) fn read_product(value: Value) -> Result<Product, Unreadable> {
    let wire: WireProduct = typed(value)?;
    let sku = required(wire.sku, "the product has no SKU")?;
    let price = positive(wire.price, None)?.ok_or(Unreadable("the product has no price"))?;
    Ok(Product {
        sku,
        title: text(wire.title),
        variant: text(wire.variant),
        description: text(wire.description),
        price,
        in_stock: wire.in_stock,
        restock_at: moment(wire.restock_at, &mut Warnings::default()),
    })
}

/// The reason of serde is left out: it may quote the customer's data.
fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Unreadable> {
    serde_json::from_value(value).map_err(|_| Unreadable("a field has another type than documented"))
}

fn text(value: Option<Text>) -> String {
    value.unwrap_or_default().0
}

fn required(value: Option<Text>, missing: &'static str) -> Result<String, Unreadable> {
    let value = text(value);
    if value.is_empty() { Err(Unreadable(missing)) } else { Ok(value) }
}

/// Reads every entry that is not null.
fn entries<W, T>(
    list: List<W>,
    warnings: &mut Warnings,
    mut read: impl FnMut(W, &mut Warnings) -> Result<T, Unreadable>,
) -> Result<Vec<T>, Unreadable> {
    let mut read_entries = Vec::new();
    for entry in list.unwrap_or_default() {
        match entry {
            Some(entry) => read_entries.push(read(entry, warnings)?),
            None => warnings.note("a list holds null"),
        }
    }
    Ok(read_entries)
}

/// A moment in UTC; one that cannot be read counts as not given.
fn moment(value: Option<Text>, warnings: &mut Warnings) -> Option<OffsetDateTime> {
    let value = text(value);
    if value.is_empty() {
        return None;
    }
    // The last day of year 9999 may not fit another offset.
    let parsed = OffsetDateTime::parse(&value, &Rfc3339).ok();
    let moment = parsed.and_then(|moment| moment.checked_to_offset(UtcOffset::UTC));
    warnings.note_if(moment.is_none(), "a time is not RFC 3339");
    moment
}

/// An amount as the shop wrote it, in the order's currency if one is given.
fn money(value: Option<WireMoney>, expected: Option<Currency>) -> Result<Option<Money>, Unreadable> {
    let Some(WireMoney { amount: Some(amount), currency }) = value else { return Ok(None) };
    let currency: Currency = match currency {
        Some(code) => code.parse().map_err(|_| Unreadable("a currency is not an ISO 4217 code"))?,
        None => return Err(Unreadable("an amount has no currency")),
    };
    if expected.is_some_and(|expected| expected != currency) {
        return Err(Unreadable("the order mixes currencies"));
    }
    let unreadable = |_| Unreadable("an amount is not a decimal number of its currency");
    Money::parse_decimal(&amount, currency).map(Some).map_err(unreadable)
}

fn positive(value: Option<WireMoney>, expected: Option<Currency>) -> Result<Option<Money>, Unreadable> {
    match money(value, expected)? {
        Some(amount) if amount.minor < 0 => Err(Unreadable("an amount is negative")),
        amount => Ok(amount),
    }
}

fn read_buyer(buyer: WireBuyer, currency: Currency, warnings: &mut Warnings) -> Result<Buyer, Unreadable> {
    let methods = entries(buyer.methods, warnings, |method, _| Ok(read_method(method, currency)))?;
    Ok(Buyer {
        id: text(buyer.id),
        name: text(buyer.name),
        email: text(buyer.email),
        phone: text(buyer.phone),
        methods: methods.into_iter().flatten().collect(),
    })
}

/// A way to pay; one without an id cannot be named and is left out.
fn read_method(method: WireMethod, currency: Currency) -> Option<PaymentMethod> {
    let id = text(method.id);
    let kind = match text(method.kind).as_str() {
        "card" => MethodKind::Card,
        "gift_card" => MethodKind::GiftCard,
        _ => MethodKind::Other,
    };
    // A balance in another currency covers nothing that is known.
    let balance = positive(method.balance, Some(currency)).unwrap_or(Some(Money::zero(currency)));
    (!id.is_empty()).then(|| PaymentMethod {
        id,
        kind,
        name: text(method.name),
        brand: text(method.brand),
        ending: text(method.ending),
        balance,
    })
}

fn read_address(address: WireAddress) -> Address {
    Address {
        name: text(address.name),
        line1: text(address.line1),
        line2: text(address.line2),
        postal_code: text(address.postal_code),
        city: text(address.city),
        region: text(address.region),
        country: text(address.country),
    }
}

fn read_line(line: WireLine, currency: Currency) -> Result<LineItem, Unreadable> {
    let ordered = line.ordered.ok_or(Unreadable("a line has no quantity"))?;
    Ok(LineItem {
        id: required(line.id, "a line has no id")?,
        sku: text(line.sku),
        title: text(line.title),
        variant: text(line.variant),
        ordered,
        current: line.current.unwrap_or(ordered),
        fulfilled: line.fulfilled.unwrap_or(0),
        // A line may be a discount, so it may be negative.
        unit_price: money(line.unit_price, Some(currency))?.ok_or(Unreadable("a line has no price"))?,
    })
}

fn read_quantities(list: List<WireQuantity>, warnings: &mut Warnings) -> Result<Vec<LineQuantity>, Unreadable> {
    entries(list, warnings, |entry, _| {
        let quantity = entry.quantity.ok_or(Unreadable("a parcel or return has a line without a quantity"))?;
        Ok(LineQuantity { line_id: text(entry.line_id), quantity })
    })
}

fn read_shipment(parcel: WireShipment, warnings: &mut Warnings) -> Result<Shipment, Unreadable> {
    let shipped_at = moment(parcel.shipped_at, warnings);
    let delivered_at = moment(parcel.delivered_at, warnings);
    let lines = read_quantities(parcel.lines, warnings)?;
    let mut events = entries(parcel.events, warnings, |event, warnings| {
        // A scan without a time says nothing that could be told.
        let at = moment(event.at, warnings);
        Ok(at.map(|at| TrackingEvent { at, text: text(event.text), place: text(event.place) }))
    })?;
    events.sort_by_key(|event| event.as_ref().map(|event| event.at));
    Ok(Shipment {
        id: text(parcel.id),
        carrier: text(parcel.carrier),
        tracking_number: text(parcel.tracking_number),
        tracking_url: web_address(parcel.tracking_url, warnings),
        status: shipment_status(&text(parcel.status), shipped_at.is_some(), delivered_at.is_some(), warnings),
        shipped_at,
        promised: window(parcel.promised, warnings),
        estimated: window(parcel.estimated, warnings),
        delivered_at,
        lines,
        events: events.into_iter().flatten().collect(),
        heard: None,
    })
}

/// A window; one end alone stands for both, because a promise "by Friday" has no beginning.
fn window(window: Option<WireWindow>, warnings: &mut Warnings) -> Option<Window> {
    let window = window?;
    let (from, to) = (moment(window.from, warnings), moment(window.to, warnings));
    let to = to.or(from)?;
    Some(Window { from: from.unwrap_or(to).min(to), to })
}

fn read_return(back: WireReturn, updated_at: OffsetDateTime, warnings: &mut Warnings) -> Result<Return, Unreadable> {
    Ok(Return {
        id: text(back.id),
        status: return_status(&text(back.status), warnings),
        lines: read_quantities(back.lines, warnings)?,
        reason: text(back.reason),
        label_url: web_address(back.label_url, warnings),
        opened_at: moment(back.opened_at, warnings).unwrap_or(updated_at),
        exchange: entries(back.exchange, warnings, |goods, _| {
            let quantity = goods.quantity.ok_or(Unreadable("an exchange has goods without a quantity"))?;
            Ok(SkuQuantity { sku: text(goods.sku), quantity })
        })?,
    })
}

/// What was done beside goods and money. A kind that we do not know, or one that lacks what it is about, is left out.
fn read_entry(
    entry: WireEntry,
    (currency, updated_at): (Currency, OffsetDateTime),
    warnings: &mut Warnings,
) -> Option<Entry> {
    let what = match text(entry.kind).as_str() {
        "sent" => {
            let name = text(entry.document);
            let document = Document::ALL.into_iter().find(|document| document.as_str() == name);
            document.map(|document| EntryKind::Sent { document })
        }
        "code" => {
            let amount = positive(entry.amount, Some(currency)).ok().flatten().map(Discount::Amount);
            let percent = entry.percent.and_then(|percent| u8::try_from(percent.as_u64()?).ok());
            let expires_at = moment(entry.expires_at, warnings);
            let discount = percent.map(Discount::Percent).or(amount);
            let code = text(entry.code);
            discount.zip(expires_at).map(|(discount, expires_at)| EntryKind::Code { code, discount, expires_at })
        }
        "note" => Some(EntryKind::Note { text: text(entry.text) }),
        "items_changed" => Some(EntryKind::ItemsChanged),
        _ => None,
    };
    warnings.note_if(what.is_none(), "an entry is not one of the documented ones");
    let at = moment(entry.at, warnings).unwrap_or(updated_at);
    let id = text(entry.id);
    what.map(|what| Entry { id, at, what })
}

/// Kinds that we do not know are left out: what is not listed is refused.
fn read_actions(list: List<WireAllowed>, warnings: &mut Warnings) -> Result<Vec<AllowedAction>, Unreadable> {
    let known = entries(list, warnings, |allowed, _| {
        let kind = action_kind(&text(allowed.kind));
        let refused_because = allowed.refused_because.map(|reason| reason.0).filter(|reason| !reason.is_empty());
        Ok(kind.map(|kind| AllowedAction { kind, refused_because }))
    })?;
    Ok(known.into_iter().flatten().collect())
}

/// A link goes to customers, so it is a web address or nothing.
fn web_address(value: Option<Text>, warnings: &mut Warnings) -> String {
    let value = text(value);
    let is_web = url::Url::parse(&value).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    warnings.note_if(!is_web && !value.is_empty(), "a link is not a web address");
    if is_web { value } else { String::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The JSON examples of the merchant's contract, in the order of the page.
    fn documented() -> Vec<Value> {
        let page = include_str!("lib.rs").lines().filter_map(|line| line.strip_prefix("//!"));
        let page = page.collect::<Vec<_>>().join("\n");
        let blocks = page.split("```json").skip(1).filter_map(|rest| rest.split("```").next());
        blocks.map(|block| serde_json::from_str(block).unwrap()).collect()
    }

    fn warnings_after(change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
        let mut order = documented()[0]["orders"][0].clone();
        change(&mut order);
        read_order(order).unwrap().1.0
    }

    #[test]
    fn the_documented_examples_are_read_without_a_warning() {
        let examples = documented();
        assert_eq!(examples.len(), 4);
        let (order, warnings) = read_order(examples[0]["orders"][0].clone()).unwrap();
        assert_eq!(warnings, Warnings::default());
        assert_eq!((order.number.as_str(), order.total.minor, order.lines.len()), ("FJ-20417", 6890, 2));
        assert_eq!(order.actions.iter().filter(|action| action.refused_because.is_none()).count(), 3);
        assert_eq!(read_product(examples[1]["products"][0].clone()).unwrap().price.minor, 3900);
        assert!(crate::hook::parse(examples[3].to_string().as_bytes()).is_ok());
    }

    #[test]
    fn the_total_may_be_the_one_before_or_after_changes() {
        assert!(warnings_after(|order| order["lines"][0]["current"] = json!(1)).is_empty());
        let reduced = warnings_after(|order| {
            order["lines"][0]["current"] = json!(1);
            order["total"]["amount"] = json!("56.40");
        });
        assert!(reduced.is_empty(), "{reduced:?}");
        let odd = warnings_after(|order| order["total"]["amount"] = json!("56.41"));
        assert_eq!(odd, ["lines and shipping do not add up to the total"]);
    }

    #[test]
    fn what_is_odd_is_reported_once_and_without_data() {
        let odd = warnings_after(|order| {
            order["status"] = json!("mara@example.org");
            order["total"]["amount"] = json!("70.00");
            order["refunds"] = json!([null, null, {"amount": {"amount": "99.00", "currency": "EUR"}}]);
            order["lines"][0]["fulfilled"] = json!(9);
            order["shipments"][0]["lines"] = json!([{"line_id": "l9", "quantity": 1}]);
            order["shipments"][0]["shipped_at"] = json!("Friday");
            order["invoice_url"] = json!("data:text/html,mara");
        });
        assert_eq!(
            odd,
            [
                "a list holds null",
                "a time is not RFC 3339",
                "the order's status is not one of the documented ones",
                "a link is not a web address",
                "lines and shipping do not add up to the total",
                "more was refunded than was paid",
                "a line has more pieces than were ordered",
                "a parcel names a line that the order does not have",
            ]
        );
    }
}
