//! A teammate acts on an order: `GET /conversations/{number}/actions/new?kind=`.

use std::collections::BTreeMap;

use askama::Template;

use crate::model::ActionId;
use crate::model::action::{goods_value, worth_of};
use crate::model::draft::ProposedAction;
use crate::model::order::{ActionKind, Address, KnownOrder, LineQuantity, Money, OrderAction};
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::format::{money, typed_amount};
use crate::web::page::Page;
use crate::web::parts::Notice;
use crate::web::words::{action_icon, action_word};

/// The form. It posts `id` (the same form twice is one action), `kind`, `source_id`, `order_id`, `amount` (refund), `line_{id}` = how many (refund, return,
/// replace), `reason`, and the address fields `name`, `line1`, `line2`, `postal_code`, `city`, `region`, `country`.
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
    refused: Option<Notice>,
}

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
}

impl ActionForm {
    /// An empty form for an action on an order.
    pub fn new(page: Page, number: i64, id: ActionId, kind: ActionKind, known: &KnownOrder) -> Self {
        let order = &known.order;
        let open: Vec<_> = order.lines.iter().filter(|line| line.current > 0).collect();
        // Of a single piece nobody has to say that it is meant.
        let single = matches!(open.as_slice(), [only] if only.current == 1);
        let lines = open.into_iter().map(|line| Line {
            id: line.id.clone(),
            title: line.title.clone(),
            variant: line.variant.clone(),
            price: line.unit_price.to_string(),
            minor: line.unit_price.minor,
            most: line.current,
            chosen: u32::from(single),
        });
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
            refused: order.refusal(kind).map(|reason| Notice::warn("The shop will not do this now.", reason)),
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
        for line in &mut self.lines {
            line.chosen = text(&format!("line_{}", line.id)).parse().unwrap_or(0);
        }
        (self.amount, self.reason) = (text("amount"), text("reason"));
        if self.kind == ActionKind::ChangeAddress {
            self.address = address_of(sent);
        }
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
        matches!(self.kind, ActionKind::Refund | ActionKind::Return | ActionKind::Replace)
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
    form: &BTreeMap<String, String>,
) -> Result<ProposedAction> {
    let invalid = |words: &str| Error::Invalid(words.to_owned());
    let text = |name: &str| form.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let order = &known.order;
    if let Some(refusal) = order.refusal(kind) {
        return Err(Error::Conflict(refusal));
    }
    let asked = order.lines.iter().filter_map(|line| {
        let quantity: u32 = form.get(&format!("line_{}", line.id))?.parse().ok()?;
        (quantity > 0).then_some((line, quantity))
    });
    let mut lines = Vec::new();
    for (line, quantity) in asked {
        if quantity > line.current {
            return Err(Error::Invalid(format!("Only {} of {} are in the order.", line.current, line.title)));
        }
        lines.push(LineQuantity { line_id: line.id.clone(), quantity });
    }
    let reason = text("reason");
    if reason.is_empty() && kind != ActionKind::ChangeAddress {
        return Err(invalid("Say why. The reason stands in the timeline and in the shop."));
    }
    let action = match kind {
        ActionKind::Cancel => OrderAction::Cancel { reason },
        ActionKind::Refund => {
            let written = text("amount");
            let amount = if written.is_empty() && !lines.is_empty() {
                goods_value(order, &lines)
                    .map(|cost| Money::new(cost.minor.min(order.refundable().minor), cost.currency))
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
            OrderAction::Refund { amount, lines, reason }
        }
        ActionKind::Return | ActionKind::Replace if lines.is_empty() => {
            return Err(invalid("Choose at least one item."));
        }
        ActionKind::Return => OrderAction::Return { lines, reason },
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
    };
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
