//! A teammate acts on an order: `GET /conversations/{number}/actions/new?kind=`.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::other_items::{is_untouched, other_items, shown};
use crate::commerce::precondition::{documents, precondition, refused_kind};
use crate::model::action::{goods_value, worth_of};
use crate::model::draft::ProposedAction;
use crate::model::order::{
    ActionKind, Address, Discount, Document, KnownOrder, LineChange, LineQuantity, Money, Order, OrderAction,
    RefundKind,
};
use crate::model::{ActionId, Ts};
use crate::web::action_words::{document_word, refund_kind_word};
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::format::{capital, money, typed_amount};
use crate::web::page::Page;
use crate::web::parts::Notice;
use crate::web::words::{action_icon, action_word};

/// The form. It posts `id` (the same form twice is one action), `kind`, `source_id`, `order_id`, `amount` (refund), `line_{id}` = how many (refund, return,
/// replace, exchange, other items), `sku_{id}` = what is wanted in its place (exchange, other items), `was_{id}` = what the line held
/// when the form was opened (other items), `gives_back` (refund),
/// `document`, `discount`, `unit` and `expires` (code), `text` (note), `reason`, and the address fields `name`, `line1`, `line2`,
/// `postal_code`, `city`, `region`, `country`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "conversations/action_form.html")]
pub struct ActionForm {
    page: Page,
    id: ActionId,
    number: i64,
    back: String,
    kind: ActionKind,
    source_id: String,
    order_id: String,
    order_number: String,
    currency: String,
    refundable: String,
    /// The same as a number.
    left: Money,
    lines: Vec<Line>,
    amount: String,
    reason: String,
    address: Address,
    documents: Vec<Document>,
    /// What was typed into the fields that only one kind has.
    typed: BTreeMap<String, String>,
    refused: Option<Notice>,
}

/// How long a code counts where nobody says otherwise.
const CODE_DAYS: u64 = 30;

#[derive(Debug)]
struct Line {
    id: String,
    title: String,
    variant: String,
    price: String,
    /// In minor units.
    minor: i64,
    most: u32,
    chosen: u32,
    /// The stock-keeping unit that is wanted in its place.
    wanted: String,
    /// What it holds as the form shows it.
    shown: String,
}

impl ActionForm {
    /// An empty form for an action on an order.
    pub fn new(page: Page, number: i64, id: ActionId, kind: ActionKind, known: &KnownOrder) -> Self {
        let order = &known.order;
        let open: Vec<_> = order.lines.iter().filter(|line| line.current > 0).collect();
        // Of a single piece nobody has to say that it is meant.
        let single = matches!(open.as_slice(), [only] if only.current == 1);
        let changes = kind == ActionKind::ChangeItems;
        let lines = open.into_iter().map(|line| Line {
            id: line.id.clone(),
            title: line.title.clone(),
            variant: line.variant.clone(),
            price: line.unit_price.to_string(),
            minor: line.unit_price.minor,
            most: if changes { MOST_PIECES } else { line.current },
            chosen: if changes { line.current } else { u32::from(single) },
            wanted: if changes { line.sku.clone() } else { String::new() },
            shown: shown(line),
        });
        let until = page.reader.now.plus(Duration::from_hours(24 * CODE_DAYS)).datetime().date();
        let mut form = Self {
            id,
            number,
            back: page.inbox.clone().unwrap_or_default().conversation_href(number),
            page,
            kind,
            source_id: known.source_id.to_string(),
            order_id: order.id.clone(),
            order_number: order.number.clone(),
            currency: order.currency().code().to_owned(),
            refundable: order.refundable().to_string(),
            left: order.refundable(),
            lines: lines.collect(),
            amount: String::new(),
            reason: String::new(),
            address: order.shipping_address.clone(),
            documents: documents(order),
            typed: BTreeMap::from([("expires".to_owned(), until.to_string())]),
            refused: refused_kind(order, kind).map(|refusal| Notice::warn("This cannot be done now.", refusal.words)),
        };
        form.amount = form.cost();
        form
    }

    /// What the chosen items cost, as far as it can be given back; `""` where none is chosen.
    fn cost(&self) -> String {
        let chosen = self.lines.iter().map(|line| line.minor.saturating_mul(i64::from(line.chosen)));
        let cost = chosen.fold(0_i64, i64::saturating_add).min(self.left.minor);
        if cost > 0 { Money::new(cost, self.left.currency).decimal() } else { String::new() }
    }

    /// With what was sent, and what is wrong about it.
    #[must_use]
    pub fn refused(mut self, reason: &str, sent: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| sent.get(name).cloned().unwrap_or_default();
        let is_typed = |line: &&mut Line| self.kind != ActionKind::ChangeItems || !is_untouched(sent, &line.id);
        for line in self.lines.iter_mut().filter(is_typed) {
            line.chosen = text(&format!("line_{}", line.id)).parse().unwrap_or(0);
            line.wanted = text(&format!("sku_{}", line.id));
        }
        (self.amount, self.reason) = (text("amount"), text("reason"));
        if self.kind == ActionKind::ChangeAddress {
            self.address = address_of(sent);
        }
        self.typed.clone_from(sent);
        self.refused = Some(Notice::bad("Nothing was done.", reason));
        self
    }

    fn encoded(&self) -> String {
        self.page.inbox.clone().unwrap_or_default().encoded()
    }

    fn title(&self) -> String {
        format!("{}, order {}", action_word(self.kind), self.order_number)
    }

    fn icon(&self) -> &'static str {
        action_icon(self.kind)
    }

    /// The whole that can be given back, as it is typed.
    fn example(&self) -> &str {
        self.refundable.split(' ').next().unwrap_or_default()
    }

    fn takes_lines(&self) -> bool {
        matches!(self.kind, ActionKind::Refund | ActionKind::Return | ActionKind::Replace) || self.takes_variants()
    }

    fn takes_variants(&self) -> bool {
        matches!(self.kind, ActionKind::Exchange | ActionKind::ChangeItems)
    }

    fn takes_reason(&self) -> bool {
        needs_reason(self.kind)
    }

    /// What was typed into a field.
    fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    /// What can be sent again: value, words, whether it is chosen.
    fn document_choices(&self) -> Vec<(&'static str, String, bool)> {
        let choice = |document: &Document| {
            (document.as_str(), capital(document_word(*document)), self.typed("document") == document.as_str())
        };
        self.documents.iter().map(choice).collect()
    }

    /// What a refund can say beside its items and its amount: value, words, whether it is chosen.
    fn refund_choices(&self) -> [(&'static str, String, bool); 3] {
        [RefundKind::Shipping, RefundKind::Goodwill, RefundKind::Full]
            .map(|kind| (kind.as_str(), capital(refund_kind_word(kind)), self.typed("gives_back") == kind.as_str()))
    }

    fn address_fields(&self) -> [(&'static str, &'static str, &str, bool); 7] {
        let address = &self.address;
        [
            ("name", "Name", &address.name, true),
            ("line1", "Street and number", &address.line1, true),
            ("line2", "More", &address.line2, false),
            ("postal_code", "Postal code", &address.postal_code, true),
            ("city", "Town", &address.city, true),
            ("region", "Region", &address.region, false),
            ("country", "Country, two letters", &address.country, true),
        ]
    }
}

/// The most pieces of a line that the form takes.
const MOST_PIECES: u32 = 999;

fn needs_reason(kind: ActionKind) -> bool {
    !matches!(kind, ActionKind::ChangeAddress | ActionKind::Resend | ActionKind::Note)
}

/// The address as it was sent.
pub(super) fn address_of(sent: &BTreeMap<String, String>) -> Address {
    let text = |name: &str| sent.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    Address {
        name: text("name"),
        line1: text("line1"),
        line2: text("line2"),
        postal_code: text("postal_code"),
        city: text("city"),
        region: text("region"),
        country: text("country").to_uppercase(),
    }
}

/// The action that a form asks for, checked against the order as last read.
pub(super) fn proposed(
    kind: ActionKind,
    known: &KnownOrder,
    (form, now): (&BTreeMap<String, String>, Ts),
) -> Result<ProposedAction> {
    let invalid = |words: &str| Error::Invalid(words.to_owned());
    let text = |name: &str| form.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let order = &known.order;
    if let Some(refusal) = refused_kind(order, kind) {
        return Err(Error::Conflict(refusal.words));
    }
    let asked = order.lines.iter().filter_map(|line| {
        let quantity: u32 = form.get(&format!("line_{}", line.id))?.parse().ok()?;
        (quantity > 0).then_some((line, quantity))
    });
    let mut lines = Vec::new();
    for (line, quantity) in asked {
        if quantity > line.current && kind != ActionKind::ChangeItems {
            return Err(Error::Invalid(format!("Only {} of {} are in the order.", line.current, line.title)));
        }
        lines.push(LineQuantity { line_id: line.id.clone(), quantity });
    }
    let reason = text("reason");
    if reason.is_empty() && needs_reason(kind) {
        return Err(invalid("Say why. The reason stands in the timeline and in the shop."));
    }
    let action = match kind {
        ActionKind::Cancel => OrderAction::Cancel { reason },
        ActionKind::Refund => {
            let gives_back = RefundKind::ALL.into_iter().find(|kind| kind.as_str() == text("gives_back"));
            let written = text("amount");
            let amount = if written.is_empty() {
                unwritten(order, &lines, gives_back)
            } else {
                typed_amount(&written, order.currency())
            };
            let amount = amount.ok_or_else(|| invalid("Write the amount as on the invoice, such as 42.00."))?;
            if amount.minor <= 0 {
                return Err(invalid("Write an amount above nothing."));
            }
            if amount.minor > order.refundable().minor {
                return Err(Error::Invalid(format!("At most {} can be refunded.", money(order.refundable()))));
            }
            OrderAction::Refund { amount, lines, reason, gives_back }
        }
        ActionKind::Return | ActionKind::Replace if lines.is_empty() => {
            return Err(invalid("Choose at least one item."));
        }
        ActionKind::Return => OrderAction::Return { lines, reason, settled_by: None },
        ActionKind::Replace => OrderAction::Replace { lines, reason },
        ActionKind::ChangeAddress => {
            let address = address_of(form);
            if address.name.is_empty()
                || address.line1.is_empty()
                || address.city.is_empty()
                || address.country.len() != 2
            {
                return Err(invalid("Name, street, town and a two-letter country are needed."));
            }
            OrderAction::ChangeAddress { address }
        }
        ActionKind::Exchange => OrderAction::Exchange { changes: exchanged(lines, form), reason, settled_by: None },
        ActionKind::ChangeItems => {
            OrderAction::ChangeItems { changes: other_items(order, form)?, reason, settled_by: None }
        }
        ActionKind::Resend => {
            let document = Document::ALL.into_iter().find(|document| document.as_str() == text("document"));
            OrderAction::Resend { document: document.ok_or_else(|| invalid("Choose what is sent again."))? }
        }
        ActionKind::DiscountCode => {
            let (discount, expires_at) = code_of(order, form, now)?;
            OrderAction::DiscountCode { discount, expires_at, reason }
        }
        ActionKind::Note => OrderAction::Note { text: text("text") },
        ActionKind::CancelReturn | ActionKind::VoidCode | ActionKind::ChangePayment => return Err(Error::NotFound),
    };
    if let Some(refusal) = precondition(order, &action) {
        return Err(Error::Invalid(refusal));
    }
    Ok(ProposedAction {
        source_id: known.source_id,
        order_id: order.id.clone(),
        order_number: order.number.clone(),
        label: action_word(kind).to_owned(),
        worth: worth_of(&action, order),
        action,
        problem: None,
    })
}

/// What is given back where no amount was written.
fn unwritten(order: &Order, lines: &[LineQuantity], gives_back: Option<RefundKind>) -> Option<Money> {
    let left = order.refundable();
    let cost = match gives_back {
        Some(RefundKind::Full) => Some(left),
        Some(RefundKind::Shipping) => Some(order.shipping_price),
        _ if lines.is_empty() => None,
        _ => goods_value(order, lines),
    };
    cost.map(|cost| Money::new(cost.minor.min(left.minor), cost.currency))
}

pub(super) fn sku_in(form: &BTreeMap<String, String>, line: &str) -> String {
    form.get(&format!("sku_{line}")).map(|sku| sku.trim().to_owned()).unwrap_or_default()
}

fn exchanged(lines: Vec<LineQuantity>, form: &BTreeMap<String, String>) -> Vec<LineChange> {
    let change = |line: LineQuantity| {
        let sku = sku_in(form, &line.line_id);
        LineChange { line_id: line.line_id, quantity: line.quantity, sku }
    };
    lines.into_iter().map(change).collect()
}

/// What a code takes off, and until when: it counts to the end of its day, which is not over yet.
fn code_of(order: &Order, form: &BTreeMap<String, String>, now: Ts) -> Result<(Discount, OffsetDateTime)> {
    let text = |name: &str| form.get(name).map(|value| value.trim()).unwrap_or_default();
    let discount = if text("unit") == "amount" {
        typed_amount(text("discount"), order.currency()).map(Discount::Amount)
    } else {
        text("discount").trim_end_matches('%').trim().parse().ok().map(Discount::Percent)
    };
    let wrong = |words: &str| Error::Invalid(words.to_owned());
    let discount = discount.ok_or_else(|| wrong("Write what the code takes off, such as 10."))?;
    let until = OffsetDateTime::parse(&format!("{}T23:59:59Z", text("expires")), &Rfc3339);
    let until = until.map_err(|_| wrong("Write until which day the code counts."))?;
    if until <= now.datetime() {
        return Err(wrong(
            "That day is over, so the code would count for nothing. Choose a day that is still to come.",
        ));
    }
    Ok((discount, until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commerce::test_order::{order, unsent};
    use crate::model::OrderSourceId;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-12-01 12:00 UTC);

    fn asked(kind: ActionKind, fields: &[(&str, &str)]) -> std::result::Result<OrderAction, String> {
        let known = KnownOrder {
            source_id: OrderSourceId(uuid::Uuid::nil()),
            source_name: "Shop".to_owned(),
            order: unsent(),
            read_at: Ts(0),
        };
        let form = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        match proposed(kind, &known, (&form, Ts::from_datetime(NOW))) {
            Ok(proposed) => Ok(proposed.action),
            Err(Error::Invalid(words) | Error::Conflict(words)) => Err(words),
            Err(error) => panic!("{error:?}"),
        }
    }

    fn change(quantity: u32, sku: &str) -> Vec<LineChange> {
        vec![LineChange { line_id: "l1".to_owned(), quantity, sku: sku.to_owned() }]
    }

    #[test]
    fn a_form_asks_for_exactly_what_was_typed() {
        let reason = || "Asked for.".to_owned();
        let exchange = [("line_l1", "1"), ("sku_l1", " JACKET-L "), ("line_l2", "0"), ("reason", "Asked for.")];
        assert_eq!(
            asked(ActionKind::Exchange, &exchange),
            Ok(OrderAction::Exchange { changes: change(1, "JACKET-L"), reason: reason(), settled_by: None })
        );
        let items =
            [("line_l1", "2"), ("sku_l1", ""), ("line_l2", "1"), ("sku_l2", "GAITERS"), ("reason", "Asked for.")];
        assert_eq!(
            asked(ActionKind::ChangeItems, &items),
            Ok(OrderAction::ChangeItems { changes: change(2, "JACKET"), reason: reason(), settled_by: None })
        );
        let resend = asked(ActionKind::Resend, &[("document", "invoice")]);
        assert_eq!(resend, Ok(OrderAction::Resend { document: Document::Invoice }));
        let note = asked(ActionKind::Note, &[("text", " Calls back. ")]);
        assert_eq!(note, Ok(OrderAction::Note { text: "Calls back.".to_owned() }));
        let code = |unit, discount| {
            let fields = [("unit", unit), ("discount", discount), ("expires", "2026-12-24"), ("reason", "Asked for.")];
            asked(ActionKind::DiscountCode, &fields)
        };
        let expires_at = time::macros::datetime!(2026-12-24 23:59:59 UTC);
        let tenth = OrderAction::DiscountCode { discount: Discount::Percent(10), expires_at, reason: reason() };
        assert_eq!(code("percent", "10 %"), Ok(tenth));
        let five = Discount::Amount(Money::new(500, order().currency()));
        let five = OrderAction::DiscountCode { discount: five, expires_at, reason: reason() };
        assert_eq!(code("amount", "5.00"), Ok(five));
    }

    #[test]
    fn what_cannot_be_asked_for_says_why() {
        let refused = |kind, fields: &[(&str, &str)], start: &str| {
            let words = asked(kind, fields).unwrap_err();
            assert!(words.starts_with(start), "{kind:?}: “{words}”");
        };
        refused(ActionKind::Exchange, &[("line_l1", "1"), ("reason", "x")], "It is not said which variant");
        let same = [("line_l1", "1"), ("sku_l1", "JACKET"), ("line_l2", "1"), ("sku_l2", "GAITERS"), ("reason", "x")];
        refused(ActionKind::ChangeItems, &same, "No product was named.");
        refused(ActionKind::Resend, &[("document", "return_label")], "The order has no return");
        refused(ActionKind::Resend, &[], "Choose what is sent");
        refused(ActionKind::Note, &[("text", " ")], "There is nothing to note");
        let code = [("unit", "percent"), ("discount", "300"), ("expires", "2026-12-24"), ("reason", "x")];
        refused(ActionKind::DiscountCode, &code, "Write what the code takes off");
        let code = [("unit", "percent"), ("discount", "10"), ("expires", "soon"), ("reason", "x")];
        refused(ActionKind::DiscountCode, &code, "Write until which day");
        for day in ["2020-01-01", "2026-11-30"] {
            let code = [("unit", "percent"), ("discount", "10"), ("expires", day), ("reason", "x")];
            refused(ActionKind::DiscountCode, &code, "That day is over");
        }
        let today = [("unit", "percent"), ("discount", "10"), ("expires", "2026-12-01"), ("reason", "x")];
        assert!(asked(ActionKind::DiscountCode, &today).is_ok(), "it counts until the end of its day");
    }

    #[test]
    fn a_refund_of_shipping_or_of_everything_needs_no_amount() {
        let refund = |gives_back| {
            let action = asked(ActionKind::Refund, &[("gives_back", gives_back), ("reason", "late")]);
            action.map(|action| (action.amount().map(|amount| amount.minor), action.refund_kind(order().refundable())))
        };
        assert_eq!(refund("full"), Ok((Some(33_100), Some(RefundKind::Full))));
        assert_eq!(refund("shipping"), Err("Write an amount above nothing.".to_owned()), "shipping was free");
        assert_eq!(refund("goodwill"), Err("Write the amount as on the invoice, such as 42.00.".to_owned()));
    }
}
