//! Three shops of one brand, each behind a double that misbehaves once with every order.

use platform_doubles::http_orders::{self, HttpOrders};
use platform_doubles::shopify::{Line, Shopify, TOKEN, Wish};
use platform_doubles::woocommerce::{HOOK_SECRET, KEY, SECRET, WooCommerce};
use platform_doubles::{Double, Fault, Response};
use rand::Rng as _;
use rand::rngs::StdRng;
use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::model::order::{
    Address, Discount, Document, LineChange, LineQuantity, Money, Order, OrderAction, OrderSourceRow, RefundKind,
};
use resolute::model::{BrandId, Json, OrderSourceId};
use resolute::store::order_sources;
use serde_json::{Value, json};
use time::macros::datetime;

use crate::support::setup::demo_shop;
use crate::support::stores::write;

/// Where an order of this test is sent in place of where it was.
const ELSEWHERE: &str = "Neuer Weg 7";
/// How long a slow answer takes that still comes in time, in milliseconds.
const SLOW: u64 = 300;

/// A shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum House {
    Own,
    Shopify,
    WooCommerce,
}

/// What is asked of a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Goodwill,
    Shipping,
    Lines,
    Full,
    Cancel,
    Return,
    Replacement,
    Address,
    Exchange,
    Items,
    Code,
    Note,
    Document,
}

use Wanted::{
    Address as NewAddress, Cancel, Code, Document as Paper, Exchange, Full, Goodwill, Items, Lines, Note, Replacement,
    Return, Shipping,
};

impl House {
    const ALL: [Self; 3] = [Self::Own, Self::Shopify, Self::WooCommerce];

    /// What it does.
    fn offers(self) -> &'static [Wanted] {
        match self {
            Self::Own => &[
                Goodwill,
                Shipping,
                Lines,
                Full,
                Cancel,
                Return,
                Replacement,
                NewAddress,
                Exchange,
                Items,
                Code,
                Note,
                Paper,
            ],
            Self::Shopify => &[Goodwill, Shipping, Lines, Full, Cancel, Return, Replacement, NewAddress],
            Self::WooCommerce => &[Goodwill, Shipping, Lines, Full, Cancel, Replacement, NewAddress],
        }
    }
}

impl Wanted {
    /// Whether the order must have left before.
    fn comes_behind(self) -> bool {
        matches!(self, Return | Replacement | Exchange)
    }

    /// Whether money goes back with it.
    pub(super) fn moves_money(self) -> bool {
        matches!(self, Goodwill | Shipping | Lines | Full | Cancel)
    }

    /// Whether it is a state of the order, which cannot be there twice.
    pub(super) fn is_state(self) -> bool {
        matches!(self, Cancel | NewAddress | Items)
    }

    /// The action, for an order as it stands.
    pub(super) fn action(self, order: &Order) -> OrderAction {
        let reason = || "Asked for.".to_owned();
        let line = order.lines.first().expect("a line");
        let one = || vec![LineQuantity { line_id: line.id.clone(), quantity: 1 }];
        let change = |sku: &str| vec![LineChange { line_id: line.id.clone(), quantity: 1, sku: sku.to_owned() }];
        let refund =
            |amount: Money, lines, gives_back| OrderAction::Refund { amount, lines, reason: reason(), gives_back };
        match self {
            Goodwill => refund(Money::new(500, order.currency()), Vec::new(), Some(RefundKind::Goodwill)),
            Shipping => refund(order.shipping_price, Vec::new(), Some(RefundKind::Shipping)),
            Lines => refund(line.unit_price, one(), None),
            Full => refund(order.refundable(), Vec::new(), Some(RefundKind::Full)),
            Cancel => OrderAction::Cancel { reason: reason() },
            Return => OrderAction::Return { lines: one(), reason: reason(), settled_by: None },
            Replacement => OrderAction::Replace { lines: one(), reason: reason() },
            NewAddress => OrderAction::ChangeAddress {
                address: Address { line1: ELSEWHERE.to_owned(), ..order.shipping_address.clone() },
            },
            Exchange => OrderAction::Exchange { changes: change("CUP-RED"), reason: reason(), settled_by: None },
            Items => OrderAction::ChangeItems { changes: change(&line.sku), reason: reason(), settled_by: None },
            Code => OrderAction::DiscountCode {
                discount: Discount::Percent(10),
                expires_at: datetime!(2027-06-30 23:59:59 UTC),
                reason: reason(),
            },
            Note => OrderAction::Note { text: "Calls back.".to_owned() },
            Paper => OrderAction::Resend { document: Document::Invoice },
        }
    }
}

/// The fields of the form by which a teammate asks for it.
pub(super) fn fields_of(action: &OrderAction) -> Vec<(String, String)> {
    let mut fields = vec![("kind".to_owned(), action.kind().as_str().to_owned())];
    let mut add = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    add("reason", "Asked for.");
    match action {
        OrderAction::Refund { amount, lines, gives_back, .. } => {
            add("amount", &amount.decimal());
            add("gives_back", gives_back.map_or("", RefundKind::as_str));
            for line in lines {
                add(&format!("line_{}", line.line_id), &line.quantity.to_string());
            }
        }
        OrderAction::Return { lines, .. } | OrderAction::Replace { lines, .. } => {
            for line in lines {
                add(&format!("line_{}", line.line_id), &line.quantity.to_string());
            }
        }
        OrderAction::Exchange { changes, .. } | OrderAction::ChangeItems { changes, .. } => {
            for change in changes {
                add(&format!("line_{}", change.line_id), &change.quantity.to_string());
                add(&format!("sku_{}", change.line_id), &change.sku);
            }
        }
        OrderAction::ChangeAddress { address } => {
            let place = [
                ("name", &address.name),
                ("line1", &address.line1),
                ("line2", &address.line2),
                ("postal_code", &address.postal_code),
                ("city", &address.city),
                ("region", &address.region),
                ("country", &address.country),
            ];
            for (name, value) in place {
                add(name, value);
            }
        }
        OrderAction::DiscountCode { .. } => {
            for (name, value) in [("discount", "10"), ("unit", "percent"), ("expires", "2027-06-30")] {
                add(name, value);
            }
        }
        OrderAction::Note { text } => add("text", text),
        OrderAction::Resend { document } => add("document", document.as_str()),
        OrderAction::Cancel { .. }
        | OrderAction::ChangePayment { .. }
        | OrderAction::CancelReturn { .. }
        | OrderAction::VoidCode { .. } => {}
    }
    fields
}

/// An order that somebody bought, and what is asked of its shop.
#[derive(Clone, Debug)]
pub(super) struct Bought {
    pub(super) house: House,
    pub(super) wanted: Wanted,
    /// The shop's id of it.
    pub(super) id: String,
    pub(super) email: String,
}

/// What a shop holds of an order that the desk has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// How often it took effect.
    pub(super) times: i64,
    /// The money that went back.
    pub(super) cents: i64,
}

/// The shops.
pub(super) struct Shops {
    own: Double<HttpOrders>,
    shopify: Double<Shopify>,
    woocommerce: Double<WooCommerce>,
    ids: [OrderSourceId; 3],
}

impl Shops {
    /// Connects them to a brand.
    pub(super) async fn connect(desk: &Desk, brand: BrandId) -> Self {
        let now = Clock::system().now();
        let own = Double::start(HttpOrders::default()).await.unwrap();
        let shopify = Double::start(Shopify::default()).await.unwrap();
        let woocommerce = Double::start(WooCommerce::new(now.datetime())).await.unwrap();
        let ids = [desk.clock.new_id(), desk.clock.new_id(), desk.clock.new_id()];
        let rows = [
            ("http", json!({ "base_url": own.url() }), json!({ "secret": http_orders::SECRET })),
            ("shopify", json!({ "shop": shopify.url() }), json!({ "access_token": TOKEN })),
            (
                "woocommerce",
                json!({ "base_url": woocommerce.url() }),
                json!({ "consumer_key": KEY, "consumer_secret": SECRET, "secret": HOOK_SECRET }),
            ),
        ];
        for (id, (kind, settings, secrets)) in ids.into_iter().zip(rows) {
            let row = OrderSourceRow {
                kind: kind.to_owned(),
                name: kind.to_owned(),
                settings: Json(settings),
                ..demo_shop(brand, id)
            };
            let sealed = desk.shops.seal(id, &secrets).unwrap();
            write(&desk.db, async |tx| order_sources::insert(tx, &row, sealed, now).await).await;
        }
        desk.shops.forget(brand);
        Self { own, shopify, woocommerce, ids }
    }

    pub(super) fn id_of(&self, house: House) -> OrderSourceId {
        match house {
            House::Own => self.ids[0],
            House::Shopify => self.ids[1],
            House::WooCommerce => self.ids[2],
        }
    }

    /// Somebody buys something of which something is asked later.
    pub(super) fn buy(&self, place: usize) -> Bought {
        let house = House::ALL[place % House::ALL.len()];
        let offers = house.offers();
        let wanted = offers[(place / House::ALL.len()) % offers.len()];
        let email = format!("buyer{place}@post.example");
        let id = match house {
            House::Own => {
                let id = format!("own-{place:06}");
                self.own.platform.buy(&id, &email, wanted.comes_behind());
                id
            }
            House::Shopify => {
                let line = |sku, quantity, cents| Line { sku, quantity, cents };
                let lines = vec![line("CUP", 2, 1_250), line("POT", 1, 3_900)];
                let id = self.shopify.platform.buy(&Wish { email: email.clone(), phone: String::new(), lines });
                if wanted.comes_behind() {
                    self.shopify.platform.ship(&id, &format!("0034{place:010}"));
                }
                id
            }
            House::WooCommerce => {
                let id = self.woocommerce.platform.buy("", &email);
                if wanted.comes_behind() {
                    self.woocommerce.platform.change(id, &json!({ "status": "completed" }));
                }
                id.to_string()
            }
        };
        Bought { house, wanted, id, email }
    }

    /// Puts a fault before one of the next calls about an order.
    pub(super) fn trouble(&self, bought: &Bought, random: &mut StdRng) {
        let (reads, fault) = fault(random);
        let id = &bought.id;
        match bought.house {
            House::Own => {
                let path = if reads { format!("/orders/{id}") } else { format!("/orders/{id}/actions/") };
                self.own.misbehave(if reads { "GET" } else { "POST" }, &path, fault, 1);
            }
            House::Shopify => {
                let (order, kind) = (format!("gid://shopify/Order/{id}\""), if reads { "query " } else { "mutation " });
                self.shopify.misbehave_about(&[&order, kind], keyed(fault));
            }
            House::WooCommerce => {
                // The shop has no keys: goods that may be on their way wait for a person, as the last test of its adapter says.
                let fault = if bought.wanted == Replacement { unheard(fault) } else { keyed(fault) };
                match (reads, bought.wanted) {
                    (true, _) => self.woocommerce.misbehave("GET", &format!("/orders/{id}"), fault, 1),
                    (false, NewAddress) => self.woocommerce.misbehave("PUT", &format!("/orders/{id}"), fault, 1),
                    (false, Replacement) => self.woocommerce.misbehave_about(&["_resolute_key", &bought.email], fault),
                    (false, _) => self.woocommerce.misbehave("POST", &format!("/orders/{id}/refunds"), fault, 1),
                }
            }
        }
    }

    /// All behave from now on.
    pub(super) fn behave(&self) {
        self.own.behave();
        self.shopify.behave();
        self.woocommerce.behave();
    }

    /// How often they were called since this was asked last.
    pub(super) fn calls(&self) -> usize {
        self.own.forget_calls() + self.shopify.forget_calls() + self.woocommerce.forget_calls()
    }

    /// What the shop holds; `None` where only [`Shops::sent_again`] can tell.
    pub(super) fn held(&self, bought: &Bought) -> Option<Held> {
        let Bought { house, wanted, id, .. } = bought;
        match house {
            House::Own => {
                let effects = self.own.platform.effects_on(id);
                let times = i64::try_from(effects.len()).unwrap();
                Some(Held { times, cents: effects.iter().map(|effect| effect.cents).sum() })
            }
            _ if *wanted == Replacement => None,
            House::Shopify => {
                let order = self.shopify.platform.order(id);
                let refunds = list(&order, "/refunds");
                let cents =
                    refunds.iter().map(|refund| cents(refund, "/totalRefundedSet/presentmentMoney/amount")).sum();
                let is_cancelled = order.get("cancelledAt").is_some_and(|at| !at.is_null());
                let times = match wanted {
                    Cancel => i64::from(is_cancelled),
                    Return => count(&list(&order, "/returns/nodes")),
                    NewAddress => is_elsewhere(&order, "/shippingAddress/address1"),
                    _ => count(&refunds),
                };
                Some(Held { times, cents })
            }
            House::WooCommerce => {
                let number: u64 = id.parse().unwrap();
                let order = self.woocommerce.platform.order(number);
                let refunds = self.woocommerce.platform.refunds(number);
                let cents = refunds.iter().map(|refund| cents(refund, "/amount")).sum();
                let times = match wanted {
                    Cancel => i64::from(order.get("status") == Some(&json!("cancelled"))),
                    NewAddress => is_elsewhere(&order, "/shipping/address_1"),
                    _ => count(&refunds),
                };
                Some(Held { times, cents })
            }
        }
    }

    /// How many orders there are at Shopify and WooCommerce beside those that somebody bought: goods that were sent again.
    pub(super) fn sent_again(&self, all: &[Bought]) -> i64 {
        let bought = all.iter().filter(|bought| bought.house != House::Own).count();
        i64::try_from(self.shopify.platform.count() + self.woocommerce.platform.count() - bought).unwrap()
    }
}

/// A fault, and whether it meets a reading. After each of them the desk comes through at its next attempt.
fn fault(random: &mut StdRng) -> (bool, Fault) {
    let busy = || Fault::Answer(Response::status(429).with("retry-after", "1"));
    match random.random_range(0..20) {
        0..=2 => (false, Fault::ResetAfterBody),
        3..=5 => (false, Fault::BreakOffAfterBody),
        6 => (false, Fault::AnswerAfterBody(Response::status(502))),
        7 => (false, Fault::AnswerAfterBody(Response::status(503))),
        8 => (false, Fault::HangAfterBody),
        9 => (false, Fault::Slow(std::time::Duration::from_millis(SLOW))),
        10..=11 => (false, Fault::Twice),
        12..=13 => (false, busy()),
        14 => (false, Fault::LoseAfterBody),
        15 => (false, Fault::ResetBeforeBody),
        16 => (true, Fault::ResetBeforeBody),
        17 => (true, Fault::Answer(Response::status(503))),
        18 => (true, Fault::BreakOffAfterBody),
        _ => (true, Fault::HangAfterBody),
    }
}

/// A call is brought twice only where each has a key: the others have nothing by which they would know it.
fn keyed(fault: Fault) -> Fault {
    if matches!(fault, Fault::Twice) { Fault::ResetAfterBody } else { fault }
}

/// The same without those behind which nobody can tell whether goods are on their way.
fn unheard(fault: Fault) -> Fault {
    if matches!(fault, Fault::LoseAfterBody | Fault::ResetBeforeBody) { Fault::ResetAfterBody } else { keyed(fault) }
}

fn list(value: &Value, pointer: &str) -> Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn count(all: &[Value]) -> i64 {
    i64::try_from(all.len()).unwrap()
}

/// A decimal in cents.
fn cents(value: &Value, pointer: &str) -> i64 {
    let written = value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (whole, part) = written.split_once('.').unwrap_or((written, ""));
    let part: String = part.chars().take(2).collect();
    format!("{whole}{part:0<2}").parse().unwrap()
}

fn is_elsewhere(order: &Value, pointer: &str) -> i64 {
    i64::from(order.pointer(pointer) == Some(&json!(ELSEWHERE)))
}
