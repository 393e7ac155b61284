//! An action takes effect in a shop, once for all we can know.
//!
//! The order is read before anything is done; the shop gets the same idempotency key on every attempt; and only an
//! effect that shows when the order is read back counts as done. In doubt the answer is [`Performance::Unknown`].

use std::time::Duration;

use channel_contract::effect_visible;
use channel_contract::orders::{ActionCommand, ActionKind, ActionReceipt, Order, OrderFailure, OrderQuery};

use super::precondition::precondition;
use super::shops::Shops;
use crate::model::OrderSourceId;
use crate::model::action::Action;
use crate::model::order::KnownOrder;

/// How long to wait before each look at the order.
const LOOKS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_millis(750),
    Duration::from_millis(1_500),
    Duration::from_secs(3),
];
/// When to look again for what a shop took but does not show.
const LOOK_AGAIN: Duration = Duration::from_secs(20);
/// When to try again on a connection that a person must renew.
const RENEWED: Duration = Duration::from_mins(1);

/// What came of an attempt.
#[derive(Clone, Debug)]
pub enum Performance {
    /// The effect shows in the shop.
    Performed {
        /// The shop's id of what came of it; `""` if only the effect tells.
        reference: String,
        /// The order in which it shows: for a replacement that is an order of its own, that order.
        order: Box<KnownOrder>,
    },
    /// The shop does not do it, and nothing was done: a person decides.
    Refused {
        /// Why.
        reason: String,
    },
    /// Something that may pass, and this attempt did nothing: the same call again.
    Retry {
        /// How long to wait, if somebody named a time.
        after: Option<Duration>,
        /// What happened.
        reason: String,
        /// Whether the shop itself says that nothing was done: what stands before it can say so too, of what it has not seen.
        is_sure: bool,
    },
    /// It may have taken effect, and nothing shows: the same call again, which looks first.
    Unknown {
        /// How long to wait before that, if it is known.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
}

/// Reads the order of an action that no attempt has touched; what came instead, when that does not work.
pub async fn read_before(action: &Action, shops: &Shops) -> Result<KnownOrder, Performance> {
    Attempt::of(action, shops, &LOOKS).before().await
}

/// Performs a command behind which no job stands, as a job would do it first.
pub async fn perform_command(shop: OrderSourceId, command: ActionCommand, shops: &Shops) -> Performance {
    let attempt = Attempt { shops, shop, command, looks: &LOOKS };
    match attempt.before().await {
        Ok(before) => attempt.first(&before.order).await,
        Err(performance) => performance,
    }
}

/// Performs an action for the first time. `before` is the order as [`read_before`] gave it.
pub async fn perform_first(action: &Action, before: &Order, shops: &Shops) -> Performance {
    Attempt::of(action, shops, &LOOKS).first(before).await
}

/// Performs an action after an attempt that was cut off. `before` is the order as it was read before the first attempt; it
/// tells what is new.
pub async fn perform_again(action: &Action, before: Option<&Order>, shops: &Shops) -> Performance {
    Attempt::of(action, shops, &LOOKS).again(before).await.unwrap_or_else(failed_read)
}

/// One attempt at an action.
struct Attempt<'a> {
    shops: &'a Shops,
    shop: OrderSourceId,
    command: ActionCommand,
    looks: &'a [Duration],
}

impl<'a> Attempt<'a> {
    fn of(action: &Action, shops: &'a Shops, looks: &'a [Duration]) -> Self {
        let command = ActionCommand {
            idempotency_key: action.idempotency_key.clone(),
            order_id: action.order_id.clone(),
            action: action.document.0.clone(),
        };
        Self { shops, shop: action.order_source_id, command, looks }
    }

    async fn before(&self) -> Result<KnownOrder, Performance> {
        match self.read().await {
            Ok(Some(order)) => Ok(order),
            Ok(None) => Err(Performance::Refused { reason: "The shop does not know this order any more.".to_owned() }),
            Err(failure) => Err(failed_read(failure)),
        }
    }

    /// Nothing was sent to the shop yet.
    async fn first(&self, before: &Order) -> Performance {
        if let Some(reason) = precondition(before, &self.command.action) {
            return Performance::Refused { reason };
        }
        match self.send().await {
            Ok(receipt) => self.await_effect(before, receipt).await,
            Err(OrderFailure::Unknown { reason }) => self.look_for(before, "", Doubt::Unknown(reason)).await,
            Err(OrderFailure::Refused { reason }) => Performance::Refused { reason },
            Err(failure) => not_done(failure),
        }
    }

    /// An earlier attempt was cut off, so anything may have happened: look first, then ask with the same key. What the
    /// order would allow now says nothing, because the effect itself may be what forbids it.
    async fn again(&self, known: Option<&Order>) -> Result<Performance, OrderFailure> {
        let Some(now) = self.read().await? else {
            let reason = "The shop does not know this order any more.".to_owned();
            return Ok(Performance::Unknown { after: None, reason });
        };
        if let Some(known) = known
            && !self.may_show_half()
            && self.shows(known, &now.order, "")
        {
            return Ok(Performance::Performed { reference: String::new(), order: Box::new(now) });
        }
        Ok(match self.send().await {
            Ok(receipt) => {
                let Some(after) = self.read().await? else { return Ok(unseen()) };
                // What bears the reference was made by this key and no other: without it, the order is as before.
                let before = without(after.order, &receipt.reference);
                self.await_effect(&before, receipt).await
            }
            Err(OrderFailure::Unknown { reason }) => {
                self.look_for(known.unwrap_or(&now.order), "", Doubt::Unknown(reason)).await
            }
            Err(OrderFailure::Refused { reason }) => {
                self.look_for(known.unwrap_or(&now.order), "", Doubt::Refused(reason)).await
            }
            Err(failure) => not_done(failure),
        })
    }

    async fn send(&self) -> Result<ActionReceipt, OrderFailure> {
        match self.shops.get(self.shop) {
            Some(shop) => shop.source.perform(&self.command).await,
            None => Err(OrderFailure::Reconnect { reason: "This shop is no longer connected.".to_owned() }),
        }
    }

    async fn read(&self) -> Result<Option<KnownOrder>, OrderFailure> {
        self.shops.get_order(self.shop, &self.command.order_id).await
    }

    async fn await_effect(&self, before: &Order, receipt: ActionReceipt) -> Performance {
        self.look_for(before, &receipt.reference, Doubt::Taken).await
    }

    /// Whether half of it looks like all of it: a cancellation is two steps where the shop gives the money back first, and an
    /// order whose money is back counts as cancelled. Only the shop's answer to the same key tells that nothing is left to do.
    fn may_show_half(&self) -> bool {
        self.command.action.kind() == ActionKind::Cancel
    }

    /// Looks a few times whether the effect shows.
    async fn look_for(&self, before: &Order, reference: &str, doubt: Doubt) -> Performance {
        let doubt = match doubt {
            Doubt::Unknown(reason) if self.may_show_half() => return Performance::Unknown { after: None, reason },
            doubt => doubt,
        };
        for pause in self.looks {
            tokio::time::sleep(*pause).await;
            // A read that fails is a look that saw nothing.
            if let Ok(Some(order)) = self.look(before, reference).await {
                return Performance::Performed { reference: reference.to_owned(), order: Box::new(order) };
            }
        }
        match doubt {
            Doubt::Taken => unseen(),
            Doubt::Unknown(reason) => Performance::Unknown { after: None, reason },
            Doubt::Refused(reason) => Performance::Refused { reason },
        }
    }

    /// The order in which the effect shows, if it does.
    async fn look(&self, before: &Order, reference: &str) -> Result<Option<KnownOrder>, OrderFailure> {
        let order = self.read().await?.filter(|after| self.shows(before, &after.order, reference));
        if order.is_some() || self.command.action.kind() != ActionKind::Replace || reference.is_empty() {
            return Ok(order);
        }
        let found = self.shops.find(&OrderQuery::Number(reference.to_owned())).await?;
        let own = found.into_iter().filter(|after| after.source_id == self.shop);
        Ok(own.into_iter().find(|after| self.shows(before, &after.order, reference)))
    }

    fn shows(&self, before: &Order, after: &Order, reference: &str) -> bool {
        effect_visible(&self.command.action, before, after, reference)
    }
}

/// What is to be said if no look sees the effect.
enum Doubt {
    /// The shop took it.
    Taken,
    /// The answer was lost.
    Unknown(String),
    /// The shop refused, perhaps because the effect is already there.
    Refused(String),
}

fn unseen() -> Performance {
    let reason = "The shop took it, but the order does not show it yet.".to_owned();
    Performance::Unknown { after: Some(LOOK_AGAIN), reason }
}

/// The order without what bears this reference.
fn without(mut order: Order, reference: &str) -> Order {
    if !reference.is_empty() {
        order.refunds.retain(|refund| refund.id != reference);
        order.returns.retain(|opened| opened.id != reference);
        order.shipments.retain(|parcel| parcel.id != reference);
        order.entries.retain(|entry| entry.id != reference);
    }
    order
}

/// A call that did nothing.
fn not_done(failure: OrderFailure) -> Performance {
    match failure {
        // Only the shop itself names a time.
        OrderFailure::Retry { after, reason } => Performance::Retry { after, reason, is_sure: after.is_some() },
        OrderFailure::Reconnect { reason } => Performance::Retry { after: Some(RENEWED), reason, is_sure: true },
        // The next attempt reads the order again.
        OrderFailure::Changed { reason } => Performance::Retry { after: None, reason, is_sure: true },
        OrderFailure::Refused { reason } => Performance::Refused { reason },
        OrderFailure::Unknown { reason } => Performance::Unknown { after: None, reason },
    }
}

/// A read that failed; nothing was sent.
fn failed_read(failure: OrderFailure) -> Performance {
    match failure {
        OrderFailure::Retry { after, reason } => Performance::Retry { after, reason, is_sure: true },
        // A read that fails is not a no, whatever the shop calls it.
        OrderFailure::Refused { reason } | OrderFailure::Unknown { reason } => {
            Performance::Retry { after: None, reason, is_sure: true }
        }
        failure => not_done(failure),
    }
}

#[cfg(test)]
#[path = "perform_tests.rs"]
mod tests;
