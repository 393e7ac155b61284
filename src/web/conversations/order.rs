//! An order beside the conversation: lines, money, parcels, what can be done.

use askama::Template;
use time::OffsetDateTime;

use crate::commerce::precondition::refused_kind;
use crate::model::Ts;
use crate::model::draft::DraftDocument;
use crate::model::order::{
    ActionKind, Discount, Entry, EntryKind, KnownOrder, LineItem, Money, Order, OrderAction, Shipment, ShipmentStatus,
    days_late,
};
use crate::web::filters;
use crate::web::format::{Reader, capital, decimal, money};
use crate::web::page::Page;
use crate::web::parts::{Badge, When, fragments};
use crate::web::words::{action_word, order_status_word, shipment_words};

fragments!(OrderCard);

/// What a teammate asks for with the form, in the order of the buttons; a way back is offered on the timeline.
pub(super) const BY_FORM: [ActionKind; 10] = [
    ActionKind::Refund,
    ActionKind::Replace,
    ActionKind::Return,
    ActionKind::Cancel,
    ActionKind::ChangeAddress,
    ActionKind::Exchange,
    ActionKind::ChangeItems,
    ActionKind::DiscountCode,
    ActionKind::Resend,
    ActionKind::Note,
];
/// How many of them are always there.
const USUAL: usize = 5;
/// So many lines of an order stand there at once.
const SHOWN: usize = 10;
/// Fewer than so many are not folded away behind them.
const WORTH_FOLDING: usize = 3;

/// An order. Id: `order-{number of the card}`.
#[derive(Debug, Template)]
#[template(path = "conversations/order.html")]
pub struct OrderCard {
    place: usize,
    number: String,
    source: String,
    status: &'static str,
    read: When,
    stale: bool,
    lines: Vec<LineView>,
    /// How many of them stand there at once; the others are folded.
    shown: usize,
    more: usize,
    shipping: Option<String>,
    paid_by: String,
    total: String,
    money_back: Vec<String>,
    codes: Vec<String>,
    returns: Vec<String>,
    parcels: Vec<ParcelView>,
    actions: Vec<ActionChoice>,
}

#[derive(Debug)]
struct LineView {
    title: String,
    price: String,
    about: String,
    proposed: Option<Badge>,
}

#[derive(Debug)]
struct ParcelView {
    name: String,
    state: String,
    badge: Option<Badge>,
    way: Vec<bool>,
    heard: String,
    about: String,
    tracking: Option<(String, String)>,
}

#[derive(Debug)]
struct ActionChoice {
    word: &'static str,
    href: String,
    refused: Option<String>,
}

impl OrderCard {
    /// The order, as it stands in conversation `number`. The draft marks the lines that it would act on.
    pub fn new(page: &Page, number: i64, place: usize, known: &KnownOrder, draft: Option<&DraftDocument>) -> Self {
        let order = &known.order;
        let (lines, shown) = folded(order.lines.iter().map(|line| line_view(order, line, draft)).collect());
        Self {
            place,
            number: order.number.clone(),
            source: known.source_name.clone(),
            status: order_status_word(order.status),
            read: When::ago(page.reader, known.read_at),
            stale: page.reader.now.since(known.read_at).as_secs() > 600,
            more: lines.len().saturating_sub(shown),
            lines,
            shown,
            shipping: (order.shipping_price.minor != 0).then(|| decimal(order.shipping_price)),
            paid_by: order.payments.last().map_or("Total".to_owned(), |payment| format!("Paid, {}", payment.method)),
            total: money(order.total),
            money_back: order.refunds.iter().map(|refund| refunded(page.reader, refund.amount, refund.at)).collect(),
            codes: order.entries.iter().filter_map(|entry| code_line(page.reader, entry)).collect(),
            returns: order.returns.iter().map(|back| format!("Return {}", return_word(back.status))).collect(),
            parcels: parcels(page.reader, order),
            actions: action_choices(number, known),
        }
    }
}

impl OrderCard {
    /// The order as it was at a moment: nothing is asked for from there.
    pub(in crate::web) fn of_then(page: &Page, place: usize, known: &KnownOrder, then: Ts) -> Self {
        let page = Page { reader: Reader { now: then, ..page.reader }, ..page.clone() };
        Self { actions: Vec::new(), ..Self::new(&page, 0, place, known, None) }
    }
}

fn refunded(reader: Reader, amount: Money, at: OffsetDateTime) -> String {
    format!("Refunded {}, {}", money(amount), reader.ago(Ts::from_datetime(at)))
}

/// `10 % off with SORRY-1, until Fri 20 Nov`.
fn code_line(reader: Reader, entry: &Entry) -> Option<String> {
    let EntryKind::Code { code, discount, expires_at } = &entry.what else { return None };
    let off = match discount {
        Discount::Percent(percent) => format!("{percent} %"),
        Discount::Amount(amount) => money(*amount),
    };
    Some(format!("{off} off with {code}, until {}", reader.far_day(Ts::from_datetime(*expires_at))))
}

fn return_word(status: channel_contract::orders::ReturnStatus) -> &'static str {
    use channel_contract::orders::ReturnStatus;
    match status {
        ReturnStatus::Open => "opened, the goods are with the customer",
        ReturnStatus::InTransit => "on its way back",
        ReturnStatus::Received => "received",
        ReturnStatus::Closed => "closed",
    }
}

fn line_view(order: &Order, line: &LineItem, draft: Option<&DraftDocument>) -> LineView {
    let parcel = order.shipments.iter().position(|parcel| parcel.lines.iter().any(|inside| inside.line_id == line.id));
    let about = [
        line.variant.clone(),
        line.current.to_string(),
        parcel.map(|place| format!("parcel {}", place + 1)).unwrap_or_default(),
    ];
    let price = line.unit_price.times(line.current.max(1)).unwrap_or(line.unit_price);
    LineView {
        title: line.title.clone(),
        price: decimal(price),
        about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
        proposed: draft.and_then(|draft| proposed(order, &line.id, draft)),
    }
}

/// The first lines, and those that a draft names where they are few, before the others; and how many these are.
fn folded(lines: Vec<LineView>) -> (Vec<LineView>, usize) {
    if lines.len() < SHOWN + WORTH_FOLDING {
        let all = lines.len();
        return (lines, all);
    }
    let few_are_named = lines.iter().filter(|line| line.proposed.is_some()).count() <= SHOWN;
    let stays = |(place, line): &(usize, LineView)| *place < SHOWN || (few_are_named && line.proposed.is_some());
    let (first, rest): (Vec<_>, Vec<_>) = lines.into_iter().enumerate().partition(stays);
    let shown = first.len();
    (first.into_iter().chain(rest).map(|(_, line)| line).collect(), shown)
}

fn proposed(order: &Order, line: &str, draft: &DraftDocument) -> Option<Badge> {
    let here = draft.actions.iter().filter(|action| action.order_id == order.id);
    let touches = |action: &OrderAction| match action {
        OrderAction::Refund { lines, .. } | OrderAction::Return { lines, .. } | OrderAction::Replace { lines, .. } => {
            lines.iter().any(|wanted| wanted.line_id == line)
        }
        OrderAction::Exchange { changes, .. } | OrderAction::ChangeItems { changes, .. } => {
            changes.iter().any(|wanted| wanted.line_id == line)
        }
        OrderAction::Cancel { .. } => true,
        OrderAction::ChangeAddress { .. }
        | OrderAction::Resend { .. }
        | OrderAction::DiscountCode { .. }
        | OrderAction::Note { .. }
        | OrderAction::CancelReturn { .. }
        | OrderAction::VoidCode { .. }
        | OrderAction::ChangePayment { .. } => false,
    };
    let action = here.map(|proposed| &proposed.action).find(|action| touches(action))?;
    Some(Badge::new("proposed", format!("{} proposed", action_word(action.kind()).to_lowercase())))
}

fn parcels(reader: Reader, order: &Order) -> Vec<ParcelView> {
    let many = order.shipments.len();
    order.shipments.iter().enumerate().map(|(place, parcel)| parcel_view(reader, parcel, place + 1, many)).collect()
}

fn parcel_view(reader: Reader, parcel: &Shipment, place: usize, many: usize) -> ParcelView {
    let (word, behind) = shipment_words(parcel.status);
    let late = parcel.promised.filter(|_| parcel.is_late(reader.now.datetime()));
    let delivered = parcel.delivered_at.map(|at| format!("delivered {}", reader.short_day(Ts::from_datetime(at))));
    let badge = match (late, parcel.status) {
        (_, ShipmentStatus::Exception) => Some(Badge::new("bad", "Carrier reports trouble").with_icon("warn")),
        (Some(_), _) => Some(Badge::new("warn", lateness(days_late(parcel, reader.now.datetime()))).with_icon("warn")),
        _ => None,
    };
    ParcelView {
        name: if many > 1 { format!("Parcel {place} of {many}") } else { "Parcel".to_owned() },
        state: if badge.is_none() { delivered.unwrap_or_else(|| word.to_owned()) } else { String::new() },
        badge,
        way: (0..4).map(|stretch| stretch < behind).collect(),
        heard: capital(word),
        about: about_parcel(reader, parcel),
        tracking: (!parcel.tracking_number.is_empty() && parcel.delivered_at.is_none())
            .then(|| (parcel.tracking_number.clone(), safe_link(&parcel.tracking_url))),
    }
}

fn lateness(days: i64) -> String {
    match days {
        0 => "late".to_owned(),
        1 => "1 day late".to_owned(),
        days => format!("{days} days late"),
    }
}

fn about_parcel(reader: Reader, parcel: &Shipment) -> String {
    let heard = parcel.heard.as_ref().map(|heard| format!("{}, {}", heard.by, reader.ago(Ts::from_datetime(heard.at))));
    if parcel.delivered_at.is_some() {
        return heard.unwrap_or_default();
    }
    let promised = parcel.promised.map(|window| format!("Promised {}", reader.short_day(Ts::from_datetime(window.to))));
    let last = parcel.events.last().map(|scan| {
        let place = if scan.place.is_empty() { String::new() } else { format!(" {}", scan.place) };
        format!("{}{place}, {}", scan.text, reader.ago(Ts::from_datetime(scan.at)))
    });
    let expected = parcel.heard.as_ref().zip(parcel.estimated).map(|(heard, window)| {
        let by = if heard.estimated_by.is_empty() { "the shop" } else { heard.estimated_by.as_str() };
        format!("Expected {}, says {by}", reader.short_day(Ts::from_datetime(window.to)))
    });
    [promised, expected, last, heard].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A link from the shop, if it leads to the web.
fn safe_link(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => url.to_string(),
        _ => String::new(),
    }
}

/// What the shop does now first, what it refuses after it. What few shops do stands there only where this one does it.
fn action_choices(number: i64, known: &KnownOrder) -> Vec<ActionChoice> {
    let listed = |kind: &ActionKind| known.order.actions.iter().any(|allowed| allowed.kind == *kind);
    let all = BY_FORM;
    let (usual, others) = all.split_at(USUAL);
    let kinds = usual.iter().chain(others.iter().filter(|kind| listed(kind)));
    let mut choices: Vec<ActionChoice> = kinds.map(|kind| action_choice(number, known, *kind)).collect();
    choices.sort_by_key(|choice| choice.refused.is_some());
    choices
}

fn action_choice(number: i64, known: &KnownOrder, kind: ActionKind) -> ActionChoice {
    let order: String = url::form_urlencoded::byte_serialize(known.order.id.as_bytes()).collect();
    let query = format!("kind={}&source={}&order={order}", kind.as_str(), known.source_id);
    ActionChoice {
        word: action_word(kind),
        href: format!("/conversations/{number}/actions/new?{query}"),
        refused: refused_kind(&known.order, kind).map(|refusal| refusal.words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize, named: &[usize]) -> Vec<LineView> {
        let line = |place: usize| LineView {
            title: place.to_string(),
            price: String::new(),
            about: String::new(),
            proposed: named.contains(&place).then(|| Badge::new("proposed", "refund proposed")),
        };
        (1..=count).map(line).collect()
    }

    #[test]
    fn a_long_order_shows_its_first_lines_and_those_that_a_draft_names() {
        let shown = |count: usize, named: &[usize]| {
            let (all, shown) = folded(lines(count, named));
            assert_eq!(all.len(), count);
            all.into_iter().take(shown).map(|line| line.title.parse().unwrap()).collect::<Vec<usize>>()
        };
        let first: Vec<usize> = (1..=10).collect();
        assert_eq!(shown(12, &[]).len(), 12, "two more are shown, not folded");
        assert_eq!(shown(13, &[]), first);
        assert_eq!(shown(500, &[2, 77]), [first.clone(), vec![77]].concat());
        let all: Vec<usize> = (1..=500).collect();
        assert_eq!(shown(500, &all), first, "where all are meant, none is told apart");
    }
}
