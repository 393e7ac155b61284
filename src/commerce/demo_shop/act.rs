//! What the shop does with an order: every effect in one transaction with the key that asked for it.

use std::collections::BTreeMap;
use std::time::Duration;

use channel_contract::orders::{
    ActionCommand, ActionReceipt, LineChange, LineQuantity, OrderAction, OrderFailure, ReturnStatus, SkuQuantity,
};

use super::facts::Held;
use super::progress::hours;
use super::{DemoShop, items, refusals, route, store_failure};
use crate::model::Ts;
use crate::store::demo_shop::{
    self as rows, LineRow, Lookup, NewOrder, NewRows, PerformedRow, ProductRow, RefundRow, ReturnPlan, ReturnRow,
    ShipmentRow, StockMove,
};
use crate::store::{Error, Reader, Tx};

/// A bank takes its time; a card shows the refund at once.
const BANK_TRANSFER_SHOWS: Duration = Duration::from_secs(4);

/// What an action made.
struct Effect {
    reference: String,
    shows_at: Ts,
}

impl DemoShop {
    /// Does what is asked, or gives what came of it when it was asked before.
    pub(super) async fn act(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        let wanted = serde_json::to_string(&command.action).map_err(|error| refused(error.to_string()))?;
        let mut tx = self.db.begin().await.map_err(store_failure)?;
        rows::lock(&mut tx, self.source).await.map_err(store_failure)?;
        if let Some(first) = self.performed(&mut Reader::Tx(&mut tx), command).await? {
            return receipt(&first, command, &wanted);
        }
        let done = self.do_once(&mut tx, command, wanted.clone()).await;
        let performed = match done {
            Err(Stop::Store(Error::Duplicate)) => {
                // Somebody else was quicker with the same key.
                drop(tx);
                let first = self.performed(&mut Reader::Db(&self.db), command).await?;
                let first = first.ok_or_else(|| store_failure(Error::Duplicate))?;
                return receipt(&first, command, &wanted);
            }
            Err(Stop::Store(error)) => return Err(store_failure(error)),
            Err(Stop::Refused(reason)) => return Err(refused(reason)),
            Ok(performed) => performed,
        };
        // A commit whose answer is lost may have happened.
        tx.commit().await.map_err(|error| OrderFailure::Unknown { reason: error.to_string() })?;
        receipt(&performed, command, &wanted)
    }

    async fn performed(
        &self,
        reader: &mut Reader<'_>,
        command: &ActionCommand,
    ) -> Result<Option<PerformedRow>, OrderFailure> {
        rows::find_performed(reader, self.source, &command.idempotency_key).await.map_err(store_failure)
    }

    async fn do_once(&self, tx: &mut Tx, command: &ActionCommand, wanted: String) -> Result<PerformedRow, Stop> {
        let now = self.clock.now();
        let mut reader = Reader::Tx(tx);
        let Some(held) = self.held(&mut reader, &Lookup::Id(command.order_id.clone())).await?.into_iter().next() else {
            return Err(Stop::Refused("There is no such order.".to_owned()));
        };
        let products = self.shelf(&mut reader).await?;
        let kind = command.action.kind();
        let refusal = held.order(&products, now).refusal(kind);
        if let Some(reason) = refusal.or_else(|| refusals::of(&held, &products, &command.action, now)) {
            return Err(Stop::Refused(reason));
        }
        let effect = self.apply(tx, &held, &products, &command.action, now).await?;
        let performed = PerformedRow {
            idempotency_key: command.idempotency_key.clone(),
            order_id: command.order_id.clone(),
            command: wanted,
            reference: effect.reference,
            performed_at: now,
            shows_at: effect.shows_at,
        };
        rows::insert_performed(tx, self.source, &performed).await?;
        rows::touch(tx, self.source, &command.order_id, now).await?;
        Ok(performed)
    }

    async fn apply(
        &self,
        tx: &mut Tx,
        held: &Held,
        products: &BTreeMap<String, ProductRow>,
        action: &OrderAction,
        now: Ts,
    ) -> Result<Effect, Stop> {
        match action {
            OrderAction::Cancel { reason } => self.cancel(tx, held, reason, now).await,
            OrderAction::Refund { amount, reason, .. } => {
                let refund = new_refund(held, amount.minor, reason, now);
                let effect = Effect { reference: refund.id.clone(), shows_at: refund.posted_at };
                rows::insert(tx, self.source, &NewRows { refunds: vec![refund], ..NewRows::default() }).await?;
                Ok(effect)
            }
            OrderAction::Return { lines, reason, .. } => {
                self.open_return(tx, new_return(held, lines, reason, Vec::new(), now), now).await
            }
            OrderAction::Replace { lines, .. } => self.replace(tx, held, lines, now).await,
            OrderAction::ChangeAddress { address } => {
                rows::set_address(tx, self.source, &held.order.id, address).await?;
                Ok(Effect { reference: held.order.number.clone(), shows_at: now })
            }
            OrderAction::Exchange { changes, reason, .. } => {
                let (back, sent) = (items::come_back(changes), items::sent_for(changes));
                let taken = sent.iter().map(|goods| reserved(goods, -1)).collect::<Vec<_>>();
                rows::move_stock(tx, self.source, &taken).await?;
                self.open_return(tx, new_return(held, &back, reason, sent, now), now).await
            }
            OrderAction::ChangeItems { changes, reason, .. } => {
                self.change_items(tx, held, products, (changes.as_slice(), reason.as_str()), now).await
            }
            // What was done stands in what was asked.
            OrderAction::Resend { .. } => Ok(entry(held, "ML", now)),
            OrderAction::DiscountCode { .. } => Ok(entry(held, "SORRY", now)),
            OrderAction::Note { .. } => Ok(entry(held, "NT", now)),
            OrderAction::CancelReturn { return_id, .. } => self.call_off(tx, held, return_id, now).await,
            OrderAction::VoidCode { entry_id, .. } => Ok(Effect { reference: entry_id.clone(), shows_at: now }),
            OrderAction::ChangePayment { .. } => Err(Stop::Refused(refusals::PAID_AS_IT_IS.to_owned())),
        }
    }

    async fn open_return(&self, tx: &mut Tx, row: ReturnRow, now: Ts) -> Result<Effect, Stop> {
        let effect = Effect { reference: row.id.clone(), shows_at: now };
        rows::insert(tx, self.source, &NewRows { returns: vec![row], ..NewRows::default() }).await?;
        Ok(effect)
    }

    /// Puts what an exchange had reserved back on the shelf.
    async fn call_off(&self, tx: &mut Tx, held: &Held, return_id: &str, now: Ts) -> Result<Effect, Stop> {
        let off = held.returns.iter().filter(|row| row.id == return_id);
        let back: Vec<StockMove> =
            off.flat_map(|row| row.plan.exchange.iter().map(|goods| reserved(goods, 1))).collect();
        rows::move_stock(tx, self.source, &back).await?;
        rows::delete_return(tx, self.source, &held.order.id, return_id).await?;
        Ok(Effect { reference: return_id.to_owned(), shows_at: now })
    }

    /// Packs other goods and gives back what they cost less.
    async fn change_items(
        &self,
        tx: &mut Tx,
        held: &Held,
        products: &BTreeMap<String, ProductRow>,
        (changes, reason): (&[LineChange], &str),
        now: Ts,
    ) -> Result<Effect, Stop> {
        let lines = items::all_changed(held, products, changes).unwrap_or_default();
        for line in &lines {
            rows::set_line(tx, self.source, line).await?;
        }
        for parcel in items::repacked(held, &lines) {
            rows::set_plan(tx, self.source, &parcel).await?;
        }
        rows::move_stock(tx, self.source, &items::moves(held, &lines)).await?;
        let back = items::saved(held, &lines).min(held.left_to_refund());
        if back <= 0 {
            return Ok(Effect { reference: held.order.number.clone(), shows_at: now });
        }
        let refund = new_refund(held, back, reason, now);
        let effect = Effect { reference: held.order.number.clone(), shows_at: refund.posted_at };
        rows::insert(tx, self.source, &NewRows { refunds: vec![refund], ..NewRows::default() }).await?;
        Ok(effect)
    }

    /// Stops the order, gives back what is left of the money and puts the goods back on the shelf.
    async fn cancel(&self, tx: &mut Tx, held: &Held, reason: &str, now: Ts) -> Result<Effect, Stop> {
        rows::set_cancelled(tx, self.source, &held.order.id, now).await?;
        let back: Vec<StockMove> =
            held.lines.iter().map(|line| StockMove { sku: line.sku.clone(), quantity: line.quantity }).collect();
        rows::move_stock(tx, self.source, &back).await?;
        let left = held.left_to_refund();
        if left == 0 {
            return Ok(Effect { reference: held.order.number.clone(), shows_at: now });
        }
        let refund = new_refund(held, left, reason, now);
        let effect = Effect { reference: refund.id.clone(), shows_at: refund.posted_at };
        rows::insert(tx, self.source, &NewRows { refunds: vec![refund], ..NewRows::default() }).await?;
        Ok(effect)
    }

    /// Sends goods again as an order of its own that costs nothing.
    async fn replace(&self, tx: &mut Tx, held: &Held, lines: &[LineQuantity], now: Ts) -> Result<Effect, Stop> {
        let serial = rows::last_serial(tx, self.source).await?.saturating_add(1);
        let new = replacement(held, lines, serial, now);
        let taken: Vec<StockMove> =
            new.lines.iter().map(|line| StockMove { sku: line.sku.clone(), quantity: -line.quantity }).collect();
        rows::insert(tx, self.source, &new).await?;
        rows::move_stock(tx, self.source, &taken).await?;
        Ok(Effect { reference: number_of(serial), shows_at: now })
    }
}

/// Why nothing was done.
enum Stop {
    Refused(String),
    Store(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// The number that people use.
pub(super) fn number_of(serial: i64) -> String {
    format!("FJ-{serial}")
}

fn refused(reason: impl Into<String>) -> OrderFailure {
    OrderFailure::Refused { reason: reason.into() }
}

/// The first answer again, unless the key was used for something else.
fn receipt(first: &PerformedRow, command: &ActionCommand, wanted: &str) -> Result<ActionReceipt, OrderFailure> {
    if first.order_id != command.order_id || first.command != wanted {
        return Err(refused("This key was used for another action before."));
    }
    Ok(ActionReceipt { reference: first.reference.clone(), complete: first.shows_at <= first.performed_at })
}

fn new_refund(held: &Held, amount_minor: i64, reason: &str, now: Ts) -> RefundRow {
    let method = held.payments.first().map(|payment| payment.method.clone()).unwrap_or_default();
    let posted_at = if method == "bank transfer" { now.plus(BANK_TRANSFER_SHOWS) } else { now };
    RefundRow {
        order_id: held.order.id.clone(),
        id: format!("RF-{}-{}", held.order.serial, held.refunds.len().saturating_add(1)),
        amount_minor,
        method,
        reason: reason.to_owned(),
        asked_at: now,
        posted_at,
    }
}

/// What is told by the action alone.
fn entry(held: &Held, prefix: &str, now: Ts) -> Effect {
    let place = held.performed.len().saturating_add(1);
    Effect { reference: format!("{prefix}-{}-{place}", held.order.serial), shows_at: now }
}

/// Goods that wait for an exchange: off the shelf (-1), or back on it (1).
fn reserved(goods: &SkuQuantity, sign: i64) -> StockMove {
    StockMove { sku: goods.sku.clone(), quantity: i64::from(goods.quantity).saturating_mul(sign) }
}

fn new_return(held: &Held, lines: &[LineQuantity], reason: &str, exchange: Vec<SkuQuantity>, now: Ts) -> ReturnRow {
    let plan = ReturnPlan {
        lines: lines.iter().filter(|line| line.quantity > 0).cloned().collect(),
        reason: reason.to_owned(),
        opened_at: now,
        steps: vec![(now.plus(hours(40)), ReturnStatus::InTransit), (now.plus(hours(112)), ReturnStatus::Received)],
        exchange,
    };
    ReturnRow {
        order_id: held.order.id.clone(),
        id: format!(
            "RT-{}-{}",
            held.order.serial,
            held.returns.len().saturating_add(held.called_off()).saturating_add(1)
        ),
        plan: plan.into(),
    }
}

fn replacement(held: &Held, asked: &[LineQuantity], serial: i64, now: Ts) -> NewRows {
    let id = format!("ord_{serial}");
    let mut lines = Vec::new();
    for (position, wish) in (1_i64..).zip(asked.iter().filter(|wish| wish.quantity > 0)) {
        let Some(line) = held.lines.iter().find(|line| line.id == wish.line_id) else { continue };
        lines.push(LineRow {
            order_id: id.clone(),
            id: format!("{serial}-{position}"),
            position,
            quantity: i64::from(wish.quantity),
            unit_minor: 0,
            ..line.clone()
        });
    }
    let carrier = route::carrier_for(&held.order.address.country);
    let all: Vec<LineQuantity> = lines.iter().map(line_quantity).collect();
    let plan = route::Route::new(carrier, &held.order.address.city, all).leaving(now.plus(hours(18)), 52).plan();
    NewRows {
        orders: vec![NewOrder {
            id: id.clone(),
            number: number_of(serial),
            serial,
            customer_id: held.order.customer_id.clone(),
            placed_at: now,
            updated_at: now,
            cancelled_at: None,
            address: held.order.address.0.clone(),
            shipping_minor: 0,
            currency: held.order.currency.clone(),
        }],
        lines,
        shipments: vec![ShipmentRow {
            order_id: id,
            id: format!("shp_{serial}_1"),
            tracking_number: route::tracking_number(carrier, serial, 1),
            plan: plan.into(),
        }],
        ..NewRows::default()
    }
}

/// All of a line.
pub(super) fn line_quantity(line: &LineRow) -> LineQuantity {
    LineQuantity { line_id: line.id.clone(), quantity: line.wanted() }
}
