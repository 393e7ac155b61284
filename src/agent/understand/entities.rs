//! Facts named in a message: order numbers, tracking numbers, amounts, dates, addresses and the like.
//!
//! Everything is found by pattern and neighbouring words, never guessed: what the desk does with a number is checked
//! against the order source later.

use regex::Regex;
use serde::Serialize;

use super::entity_patterns::{
    ACCOUNT_TYPE, ACCOUNT_WORD, ADDRESS, BARE_NUMBER, DATES, DELIVERY_WORD, EMAIL, HONORIFIC, INVOICE, INVOICE_FROM,
    MONEY, NAME_AFTER, NEAR_INVOICE, NEAR_ORDER, NEAR_OTHER, NEAR_REFUND, ORDER_BY_WORD, ORDER_FORMATS, QUANTITY, SKU,
    TRACKING,
};
use super::intent::Intent;
use super::places;

/// What kind of fact an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// Number of an order.
    OrderId,
    /// Number of an invoice.
    InvoiceId,
    /// Number of a shipment at a carrier.
    TrackingNumber,
    /// Stock keeping unit of an article.
    Sku,
    /// Money with its currency, as written.
    Amount,
    /// The number of an amount that is to be paid back.
    RefundAmount,
    /// A date, as written.
    Date,
    /// An e-mail address.
    Email,
    /// Street, postal code and city in one.
    PostalAddress,
    /// How many pieces.
    Quantity,
    /// Tier of a customer account.
    AccountType,
    /// Name of a person.
    PersonName,
    /// City asked about for delivery.
    DeliveryCity,
    /// Country asked about for delivery.
    DeliveryCountry,
}

/// A fact with its place in the text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entity {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// The fact as written, without the words around it.
    pub value: String,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A brand's own number formats, compiled once.
#[derive(Debug, Clone, Default)]
pub struct Formats {
    /// Patterns of order numbers; each match is an order number wherever it stands.
    pub order_numbers: Vec<Regex>,
    /// Patterns of article numbers.
    pub skus: Vec<Regex>,
}

/// All facts of a text, by position; at most one per place.
///
/// The intent tells what a number without a word beside it is, and helps where that word is misspelt.
pub fn entities(text: &str, formats: &Formats, intent: Option<Intent>) -> Vec<Entity> {
    let text = beginning(text);
    let mut found = Found { text, entities: Vec::new() };
    found.all(&EMAIL, EntityKind::Email, 0);
    for pattern in &formats.order_numbers {
        found.all(pattern, EntityKind::OrderId, 0);
    }
    for pattern in &formats.skus {
        found.all(pattern, EntityKind::Sku, 0);
    }
    found.all(&INVOICE, EntityKind::InvoiceId, 1);
    for pattern in &*ORDER_FORMATS {
        found.all(pattern, EntityKind::OrderId, 0);
    }
    found.all(&SKU, EntityKind::Sku, 1);
    for pattern in &*TRACKING {
        found.all(pattern, EntityKind::TrackingNumber, 1);
    }
    found.all(&ORDER_BY_WORD, EntityKind::OrderId, 1);
    found.all(&ADDRESS, EntityKind::PostalAddress, 0);
    money(&mut found, intent);
    for pattern in &*DATES {
        found.all(pattern, EntityKind::Date, 0);
    }
    bare_numbers(&mut found, intent);
    found.all(&QUANTITY, EntityKind::Quantity, 1);
    account_types(&mut found, intent);
    people(&mut found, intent);
    delivery_places(&mut found, intent);
    found.entities.sort_by_key(|entity| entity.start);
    found.entities
}

struct Found<'text> {
    text: &'text str,
    entities: Vec<Entity>,
}

impl Found<'_> {
    /// Adds what a group of a pattern matches, unless something is known at that place.
    fn all(&mut self, pattern: &Regex, kind: EntityKind, group: usize) {
        for captures in pattern.captures_iter(self.text) {
            if let Some(part) = captures.get(group) {
                self.add(kind, part.start(), part.end());
            }
        }
    }

    fn add(&mut self, kind: EntityKind, start: usize, end: usize) {
        let taken = self.entities.iter().any(|entity| start < entity.end && entity.start < end);
        let value = self.text.get(start..end).unwrap_or_default().trim();
        if !taken && !value.is_empty() {
            self.entities.push(Entity { kind, value: value.to_owned(), start, end });
        }
    }
}

fn money(found: &mut Found<'_>, intent: Option<Intent>) {
    let text = found.text;
    let is_refund = matches!(intent, Some(Intent::RefundRequest | Intent::RefundStatus));
    for captures in MONEY.captures_iter(text) {
        let (Some(whole), Some(number)) = (captures.get(0), captures.name("after").or(captures.name("before"))) else {
            continue;
        };
        if is_refund || NEAR_REFUND.is_match(around(text, whole.start(), whole.end(), 70)) {
            found.add(EntityKind::RefundAmount, number.start(), number.end());
        } else {
            found.add(EntityKind::Amount, whole.start(), whole.end());
        }
    }
}

/// Long numbers without a mark of their own: an order when the text speaks of one, an invoice likewise.
fn bare_numbers(found: &mut Found<'_>, intent: Option<Intent>) {
    let text = found.text;
    for number in BARE_NUMBER.find_iter(text) {
        let near = around(text, number.start(), number.end(), 60);
        let before = around(text, number.start(), number.start(), 20);
        if is_of_telephone(text, number.start()) || is_postal_code(text, number.start(), number.end()) {
            continue;
        }
        if NEAR_INVOICE.is_match(near) || intent == Some(Intent::Invoice) {
            found.add(EntityKind::InvoiceId, number.start(), number.end());
        } else if (NEAR_ORDER.is_match(near) || intent.is_some_and(is_about_an_order)) && !NEAR_OTHER.is_match(before) {
            found.add(EntityKind::OrderId, number.start(), number.end());
        }
    }
}

/// Whether the digits there belong to a telephone number on a line of its own.
fn is_of_telephone(text: &str, place: usize) -> bool {
    const DIGITS: usize = 9;
    /// “Telephone”, “Mobile”.
    const LETTERS: usize = 10;
    let (before, after) = text.split_at(floor(text, place));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..before.len() + after.find('\n').unwrap_or(after.len())).unwrap_or_default();
    let count = |is: fn(char) -> bool| line.chars().filter(|c| is(*c)).count();
    let begins = line.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+').starts_with(['0', '+']);
    begins && !line.contains('#') && count(|c| c.is_ascii_digit()) >= DIGITS && count(char::is_alphabetic) <= LETTERS
}

/// Whether the five digits there stand before the name of a place: `10115 Berlin`.
fn is_postal_code(text: &str, start: usize, end: usize) -> bool {
    const DIGITS: usize = 5;
    let is_bare = end - start == DIGITS && !text.get(start..).unwrap_or_default().starts_with('#');
    let mut after = text.get(end..).unwrap_or_default().chars();
    is_bare && after.next() == Some(' ') && after.next().is_some_and(char::is_uppercase)
}

fn is_about_an_order(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::WhereIsMyOrder
            | Intent::LateOrLost
            | Intent::DamagedOrWrongItem
            | Intent::ReturnItem
            | Intent::Exchange
            | Intent::CancelOrder
            | Intent::ChangeAddress
            | Intent::ChangeItems
    )
}

fn account_types(found: &mut Found<'_>, intent: Option<Intent>) {
    let text = found.text;
    for captures in ACCOUNT_TYPE.captures_iter(text) {
        let Some(tier) = captures.name("loose").or(captures.name("strict")) else { continue };
        let follows = text.get(tier.end()..).unwrap_or_default();
        let near = ACCOUNT_WORD.is_match(follows.get(..floor(follows, 24)).unwrap_or_default());
        if near || intent == Some(Intent::Account) {
            found.add(EntityKind::AccountType, tier.start(), tier.end());
        }
    }
}

fn people(found: &mut Found<'_>, intent: Option<Intent>) {
    found.all(&HONORIFIC, EntityKind::PersonName, 1);
    let text = found.text;
    for captures in NAME_AFTER.captures_iter(text) {
        if let Some(name) = captures.get(1).filter(|name| !places::is_place(name.as_str())) {
            found.add(EntityKind::PersonName, name.start(), name.end());
        }
    }
    if intent == Some(Intent::Invoice) || NEAR_INVOICE.is_match(text) {
        for captures in INVOICE_FROM.captures_iter(text) {
            if let Some(name) = captures.get(1).filter(|name| is_lower_case_name(name.as_str())) {
                found.add(EntityKind::PersonName, name.start(), name.end());
            }
        }
    }
}

/// "from anna freeman" is a name, "from last month" and "from the shop" are not.
fn is_lower_case_name(words: &str) -> bool {
    const FIRST_NAMES: &[&str] = &[
        "anna", "david", "john", "mary", "maria", "james", "robert", "michael", "peter", "paul", "linda", "susan",
        "sarah", "karen", "lisa", "laura", "thomas", "daniel", "mark", "george", "emma", "julia", "kevin", "brian",
        "alice", "jane", "jack", "tom", "henry", "william", "richard", "charles", "joseph", "andrew", "emily",
        "olivia", "sophia", "lucy", "helen", "diana", "martin", "simon", "adam", "eric", "frank", "scott", "steven",
        "amy", "rachel", "kate",
    ];
    let first = words.split_whitespace().next().unwrap_or_default().to_lowercase();
    FIRST_NAMES.contains(&first.as_str())
}

fn delivery_places(found: &mut Found<'_>, intent: Option<Intent>) {
    let text = found.text;
    if intent != Some(Intent::DeliveryTime) && !DELIVERY_WORD.is_match(text) {
        return;
    }
    for place in places::find(text) {
        let kind = if place.is_country { EntityKind::DeliveryCountry } else { EntityKind::DeliveryCity };
        found.add(kind, place.start, place.end);
    }
}

/// The text within so many bytes of a place.
fn around(text: &str, start: usize, end: usize, reach: usize) -> &str {
    let from = floor(text, start.saturating_sub(reach));
    let to = floor(text, (end + reach).min(text.len()));
    text.get(from..to).unwrap_or_default()
}

/// The last character boundary at or before a byte position.
fn floor(text: &str, position: usize) -> usize {
    let position = position.min(text.len());
    (0..=position).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

/// Facts stand in the first pages; a megabyte of text must not cost a second.
fn beginning(text: &str) -> &str {
    text.get(..floor(text, 20_000)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: EntityKind, text: &str) -> Vec<String> {
        let all = entities(text, &Formats::default(), None);
        all.into_iter().filter(|entity| entity.kind == kind).map(|entity| entity.value).collect()
    }

    #[test]
    fn order_numbers_in_many_shapes() {
        let orders = |text| of(EntityKind::OrderId, text);
        assert_eq!(orders("Where is FJ-20417?"), ["FJ-20417"]);
        assert_eq!(orders("cancel #W6067464 and #W5442520"), ["#W6067464", "#W5442520"]);
        assert_eq!(orders("Amazon 113-1234567-1234567 never came"), ["113-1234567-1234567"]);
        assert_eq!(orders("Meine Bestellung 8841203 fehlt"), ["8841203"]);
        assert_eq!(orders("ma commande n° 8841203 ?"), ["8841203"]);
        assert_eq!(orders("mi pedido número 8841203"), ["8841203"]);
        assert_eq!(orders("il mio ordine 8841203"), ["8841203"]);
        assert_eq!(orders("zamówienie nr 8841203"), ["8841203"]);
        assert_eq!(orders("bestelling 8841203"), ["8841203"]);
        assert_eq!(orders("call me on 01512345678 about my order"), [""; 0]);
        assert_eq!(orders("I ordered two hats in 2024"), [""; 0]);
    }

    #[test]
    fn the_intent_helps_where_the_word_is_misspelt() {
        let kinds = |text: &str, intent| -> Vec<_> {
            entities(text, &Formats::default(), Some(intent)).into_iter().map(|entity| entity.kind).collect()
        };
        assert_eq!(kinds("stop ordxr 5550123", Intent::CancelOrder), [EntityKind::OrderId]);
        assert_eq!(kinds("my invxce #4411", Intent::Invoice), [EntityKind::InvoiceId]);
        assert_eq!(kinds("make mine a Goldaccount", Intent::Account), [EntityKind::AccountType]);
        assert_eq!(kinds("is 5550123 in yet", Intent::Stock), []);
    }

    #[test]
    fn brand_formats_come_first() {
        let formats = Formats {
            order_numbers: vec![Regex::new(r"\bHUT\d{3}\b").unwrap()],
            skus: vec![Regex::new(r"\bCAP-[A-Z]{3}-\d\d\b").unwrap()],
        };
        let found = entities("HUT123 has the wrong CAP-RED-07", &formats, None);
        let kinds: Vec<_> = found.iter().map(|entity| (entity.kind, entity.value.as_str())).collect();
        assert_eq!(kinds, [(EntityKind::OrderId, "HUT123"), (EntityKind::Sku, "CAP-RED-07")]);
    }

    #[test]
    fn invoices_tracking_and_addresses_of_mail() {
        assert_eq!(of(EntityKind::InvoiceId, "send me invoice #90210"), ["#90210"]);
        assert_eq!(of(EntityKind::InvoiceId, "Rechnung RE-20240017 bitte"), ["RE-20240017"]);
        assert_eq!(of(EntityKind::TrackingNumber, "UPS 1Z999AA10123456784 stuck"), ["1Z999AA10123456784"]);
        assert_eq!(of(EntityKind::TrackingNumber, "Sendungsnummer 00340434161094015902"), ["00340434161094015902"]);
        assert_eq!(of(EntityKind::TrackingNumber, "parcel RR123456785DE"), ["RR123456785DE"]);
        assert_eq!(
            of(EntityKind::Email, "write to jane.doe+shop@mail.example, please"),
            ["jane.doe+shop@mail.example"]
        );
    }

    #[test]
    fn money_dates_and_quantities() {
        assert_eq!(of(EntityKind::Amount, "The hat costs €1.299,00 or 45 CHF"), ["€1.299,00", "45 CHF"]);
        assert_eq!(of(EntityKind::RefundAmount, "please refund $1,250.50 to me"), ["1,250.50"]);
        assert_eq!(of(EntityKind::RefundAmount, "reimburse 75 dollars"), ["75"]);
        assert_eq!(
            of(EntityKind::Date, "ordered on 3 May 2025, due 2025-05-09 or 12.05.2025"),
            ["3 May 2025", "2025-05-09", "12.05.2025"]
        );
        assert_eq!(of(EntityKind::Date, "am 4. März bestellt"), ["4. März"]);
        assert_eq!(of(EntityKind::Quantity, "I got 2 pairs and 12 Stück"), ["2", "12"]);
    }

    #[test]
    fn postal_addresses_of_several_countries() {
        for text in [
            "Lindenweg 5, 50667 Köln",
            "Calle Mayor 3, 28013 Madrid",
            "12 rue des Lilas, 69003 Lyon",
            "12 Mill Lane, Leeds LS1 4AB",
            "101 Highway Street, Suite 4, Austin, TX 78701",
            "ul. Długa 7, 00-238 Warszawa",
            "Keizersgracht 101, 1015 CJ Amsterdam",
        ] {
            let found = of(EntityKind::PostalAddress, &format!("Please send it to\n{text}\nThank you"));
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains(text.rsplit(' ').next().unwrap()), "{text}: {found:?}");
        }
    }

    #[test]
    fn telephones_and_customers_have_numbers_too() {
        for text in [
            "Where is my parcel?\nThanks, Robin\n0171 5557812",
            "Where is my parcel?\nTel. +49 30 5557812",
            "Where is my parcel? My customer number is 20113.",
            "Where is my order? I live in 10115 Berlin.",
        ] {
            assert_eq!(of(EntityKind::OrderId, text), [""; 0], "{text}");
        }
        assert_eq!(of(EntityKind::OrderId, "My order, it is 55578. Where is it?"), ["55578"]);
        assert_eq!(of(EntityKind::OrderId, "Where is it, my order was #1001 Thanks"), ["#1001"]);
        assert_eq!(of(EntityKind::OrderId, "Where is my order 5557812?"), ["5557812"]);
    }

    #[test]
    fn people_accounts_and_places() {
        assert_eq!(of(EntityKind::AccountType, "close my Platinum account"), ["Platinum"]);
        assert_eq!(of(EntityKind::AccountType, "a free account please"), ["free"]);
        assert_eq!(of(EntityKind::AccountType, "is delivery free?"), [""; 0]);
        assert_eq!(of(EntityKind::PersonName, "the bill from Mrs. Taylor"), ["Mrs. Taylor"]);
        assert_eq!(of(EntityKind::PersonName, "get the invoice from Rosa Klein"), ["Rosa Klein"]);
        assert_eq!(of(EntityKind::DeliveryCity, "do you deliver to Oslo?"), ["Oslo"]);
        assert_eq!(of(EntityKind::DeliveryCountry, "can I order from Peru"), ["Peru"]);
        assert_eq!(of(EntityKind::DeliveryCountry, "my trip to Peru was nice"), [""; 0]);
    }
}
