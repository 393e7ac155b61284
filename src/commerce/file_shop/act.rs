//! What each action changes in the records. Pure: it works on copies, and a refusal leaves nothing behind.

use std::collections::BTreeMap;

use channel_contract::orders::{LineChange, LineQuantity, OrderAction};

use super::facts::{address_record, return_id};
use super::records::{
    CANCELLED, CHANGED, Cents, EXCHANGE, ItemRecord, MethodRecord, OrderRecord, ProductRecord, RETURN, Transaction,
    TransactionRecord, UserRecord, VariantRecord,
};

/// The reasons for which the shop cancels.
const REASONS: [&str; 2] = ["no longer needed", "ordered by mistake"];

/// An order and its buyer, as they are to be.
pub(super) struct Desk<'a> {
    pub(super) order: OrderRecord,
    pub(super) user: UserRecord,
    /// All products, by their ids.
    pub(super) products: &'a BTreeMap<String, ProductRecord>,
}

/// A variant that takes the place of an item.
struct Swap<'a> {
    place: usize,
    variant: &'a VariantRecord,
}

impl<'a> Desk<'a> {
    /// Does it, and says what came of it; or why the shop does not.
    pub(super) fn act(&mut self, action: &OrderAction) -> Result<String, String> {
        if let Some(reason) = super::facts::refused(&self.order, action.kind()) {
            return Err(reason);
        }
        match action {
            OrderAction::Cancel { reason } => self.cancel(reason),
            OrderAction::ChangeAddress { address } => {
                self.order.address = address_record(address);
                Ok(self.order.order_id.clone())
            }
            OrderAction::ChangePayment { method } => self.pay_with(method),
            OrderAction::Return { lines, settled_by, .. } => self.take_back(lines, settled_by.as_deref()),
            OrderAction::ChangeItems { changes, settled_by, .. } => self.change(changes, settled_by.as_deref()),
            OrderAction::Exchange { changes, settled_by, .. } => self.exchange(changes, settled_by.as_deref()),
            _ => Err("The shop does not offer this.".to_owned()),
        }
    }

    fn cancel(&mut self, reason: &str) -> Result<String, String> {
        if !REASONS.contains(&reason) {
            return Err(format!("The shop cancels for these reasons: {}.", REASONS.join(", ")));
        }
        let paid = |entry: &&TransactionRecord| entry.transaction_type == Transaction::Payment;
        let back: Vec<TransactionRecord> = self.order.payment_history.iter().filter(paid).cloned().collect();
        for payment in back {
            self.transact(Transaction::Refund, payment.amount, &payment.payment_method_id);
        }
        CANCELLED.clone_into(&mut self.order.status);
        self.order.cancel_reason = Some(reason.to_owned());
        Ok(self.order.order_id.clone())
    }

    /// Takes money or gives it back; what is on a gift card changes at once.
    fn transact(&mut self, kind: Transaction, amount: Cents, method: &str) {
        let by = if kind == Transaction::Payment { -amount.0 } else { amount.0 };
        self.order.payment_history.push(TransactionRecord {
            transaction_type: kind,
            amount,
            payment_method_id: method.to_owned(),
        });
        if let Some(balance) = self.user.payment_methods.get_mut(method).and_then(|method| method.balance.as_mut()) {
            balance.0 = balance.0.saturating_add(by);
        }
    }

    fn method(&self, id: &str) -> Result<&MethodRecord, String> {
        self.user.payment_methods.get(id).ok_or_else(|| format!("The buyer has no way to pay called {id}."))
    }

    /// The way to pay that was named, or the one with which it was paid.
    fn settles(&self, named: Option<&str>) -> Result<MethodRecord, String> {
        self.method(named.unwrap_or_else(|| self.order.paid_with())).cloned()
    }

    fn pay_with(&mut self, method: &str) -> Result<String, String> {
        let method = self.method(method)?.clone();
        let [paid] = self.order.payment_history.as_slice() else {
            return Err("The payment was changed already.".to_owned());
        };
        let paid = paid.clone();
        if paid.payment_method_id == method.id {
            return Err("It is paid that way already.".to_owned());
        }
        covers(&method, paid.amount)?;
        self.transact(Transaction::Payment, paid.amount, &method.id);
        self.transact(Transaction::Refund, paid.amount, &paid.payment_method_id);
        Ok(self.order.order_id.clone())
    }

    fn take_back(&mut self, lines: &[LineQuantity], named: Option<&str>) -> Result<String, String> {
        let method = self.settles(named)?;
        if !method.is_gift_card() && method.id != self.order.paid_with() {
            return Err("Money goes back the way it was paid, or to a gift card.".to_owned());
        }
        let mut items = Vec::new();
        for place in self.places(lines.iter().map(|line| (line.line_id.as_str(), line.quantity)))? {
            items.extend(self.order.items.get(place).map(|item| item.item_id.clone()));
        }
        if items.is_empty() {
            return Err("No product was named.".to_owned());
        }
        items.sort();
        RETURN.clone_into(&mut self.order.status);
        self.order.return_items = Some(items);
        self.order.return_payment_method_id = Some(method.id);
        Ok(return_id(&self.order))
    }

    fn change(&mut self, changes: &[LineChange], named: Option<&str>) -> Result<String, String> {
        let swaps = self.swaps(changes)?;
        let old = |swap: &Swap<'_>| self.order.items.get(swap.place);
        if swaps.iter().any(|swap| old(swap).is_some_and(|item| item.item_id == swap.variant.item_id)) {
            return Err("That is what the order holds.".to_owned());
        }
        let method = self.settles(named)?;
        let difference = self.difference(&swaps);
        covers(&method, Cents(difference))?;
        let kind = if difference > 0 { Transaction::Payment } else { Transaction::Refund };
        self.transact(kind, Cents(difference.saturating_abs()), &method.id);
        for swap in swaps {
            if let Some(item) = self.order.items.get_mut(swap.place) {
                *item = ItemRecord {
                    item_id: swap.variant.item_id.clone(),
                    price: swap.variant.price,
                    options: swap.variant.options.clone(),
                    ..item.clone()
                };
            }
        }
        CHANGED.clone_into(&mut self.order.status);
        Ok(self.order.order_id.clone())
    }

    /// No money moves until the goods are back.
    fn exchange(&mut self, changes: &[LineChange], named: Option<&str>) -> Result<String, String> {
        let swaps = self.swaps(changes)?;
        let method = self.settles(named)?;
        let difference = self.difference(&swaps);
        covers(&method, Cents(difference))?;
        let old = swaps.iter().filter_map(|swap| self.order.items.get(swap.place)).map(|item| item.item_id.clone());
        let mut old: Vec<String> = old.collect();
        let mut new: Vec<String> = swaps.iter().map(|swap| swap.variant.item_id.clone()).collect();
        old.sort();
        new.sort();
        EXCHANGE.clone_into(&mut self.order.status);
        self.order.exchange_items = Some(old);
        self.order.exchange_new_items = Some(new);
        self.order.exchange_payment_method_id = Some(method.id);
        self.order.exchange_price_difference = Some(Cents(difference));
        Ok(return_id(&self.order))
    }

    /// Where in the order lines stand, each of which holds one piece.
    fn places<'b>(&self, lines: impl Iterator<Item = (&'b str, u32)>) -> Result<Vec<usize>, String> {
        let mut places = Vec::new();
        for (line_id, quantity) in lines {
            let place = line_id.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let is_there = |place: &usize| *place < self.order.items.len() && quantity == 1 && !places.contains(place);
            let there = place.filter(is_there);
            places.push(there.ok_or_else(|| "The order does not hold this product.".to_owned())?);
        }
        Ok(places)
    }

    fn swaps(&self, changes: &[LineChange]) -> Result<Vec<Swap<'a>>, String> {
        if changes.is_empty() {
            return Err("No product was named.".to_owned());
        }
        let places = self.places(changes.iter().map(|change| (change.line_id.as_str(), change.quantity)))?;
        let swap = |(place, change): (usize, &LineChange)| {
            let product = self.order.items.get(place).and_then(|item| self.products.get(&item.product_id));
            let variant = product.and_then(|product| product.variants.get(&change.sku));
            let variant = variant.ok_or_else(|| format!("{} is no variant of what was ordered.", change.sku))?;
            if !variant.available {
                return Err(format!("{} is not available.", change.sku));
            }
            Ok(Swap { place, variant })
        };
        places.into_iter().zip(changes).map(swap).collect()
    }

    /// What the new items cost more, in cents.
    fn difference(&self, swaps: &[Swap<'_>]) -> i64 {
        let more = |swap: &Swap<'_>| {
            let old = self.order.items.get(swap.place).map_or(0, |item| item.price.0);
            swap.variant.price.0.saturating_sub(old)
        };
        swaps.iter().map(more).fold(0, i64::saturating_add)
    }
}

/// Whether what is on a gift card is enough.
fn covers(method: &MethodRecord, amount: Cents) -> Result<(), String> {
    match method.balance {
        Some(balance) if balance < amount => Err("The gift card does not cover it.".to_owned()),
        _ => Ok(()),
    }
}
