//! What shops show of things that were promised: read long after they were done.

use channel_contract::effects::{Trace, still_visible};
use channel_contract::orders::OrderFailure;

use super::shops::Shops;
use crate::model::Ts;
use crate::model::action::{Action, Promised};
use crate::model::order::{KnownOrder, Order, OrderAction, OrderStatus};
use crate::model::resolution::Promise;

/// What was read for a promise.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What the shop shows of it.
    pub promise: Promise,
    /// The orders as they are now.
    pub orders: Vec<KnownOrder>,
}

/// Those of a case's actions that are to show, which stand in the order in which they were asked for: a later address, later
/// items or a cancellation take the place of what was asked for before.
pub fn to_show(all: Vec<Promised>, now: Ts) -> Vec<Promised> {
    let replaced: Vec<bool> = all
        .iter()
        .enumerate()
        .map(|(place, one)| all.iter().skip(place + 1).any(|later| takes_the_place(&later.action, &one.action)))
        .collect();
    all.into_iter()
        .zip(replaced)
        .filter(|(one, replaced)| !replaced && !is_over(&one.action.document.0, now))
        .map(|(one, _)| one)
        .collect()
}

fn takes_the_place(later: &Action, earlier: &Action) -> bool {
    let is_same_order = later.order_source_id == earlier.order_source_id && later.order_id == earlier.order_id;
    let (later, earlier) = (&later.document.0, &earlier.document.0);
    let changes = matches!(earlier, OrderAction::ChangeAddress { .. } | OrderAction::ChangeItems { .. });
    is_same_order && changes && (later.kind() == earlier.kind() || matches!(later, OrderAction::Cancel { .. }))
}

/// Shops leave out codes whose time is over.
fn is_over(action: &OrderAction, now: Ts) -> bool {
    matches!(action, OrderAction::DiscountCode { expires_at, .. } if Ts::from_datetime(*expires_at) <= now)
}

/// Reads in its shop what was promised.
pub async fn read(promised: &Promised, shops: &Shops) -> Result<Reading, OrderFailure> {
    let action = &promised.action;
    let said = |shows: Option<String>, orders| Reading { promise: promise_of(action, shows), orders };
    let Some(trace) = &promised.trace else {
        return Ok(said(Some("that it was not done yet".to_owned()), Vec::new()));
    };
    let trace = &trace.0;
    let Some(original) = shops.get_order(action.order_source_id, &action.order_id).await? else {
        return Ok(said(Some("no such order any more".to_owned()), Vec::new()));
    };
    let own = if trace.order_id == action.order_id {
        None
    } else {
        match shops.get_order(action.order_source_id, &trace.order_id).await? {
            Some(own) => Some(own),
            None => return Ok(said(Some("no order for it any more".to_owned()), vec![original])),
        }
    };
    let lacking = missing(action, trace, &original.order, own.as_ref().map_or(&original.order, |own| &own.order));
    Ok(said(lacking, std::iter::once(original).chain(own).collect()))
}

fn promise_of(action: &Action, shows: Option<String>) -> Promise {
    Promise {
        action: action.document.0.kind().as_str().to_owned(),
        order: action.order_number.clone(),
        amount: action.document.0.amount().map(|amount| amount.to_string()),
        shows,
    }
}

/// What an order shows in place of an effect; `None` where it shows it.
fn missing(action: &Action, trace: &Trace, original: &Order, now: &Order) -> Option<String> {
    let asked = &action.document.0;
    if still_visible(asked, (original, now), trace, &action.reference) {
        return None;
    }
    let words = match asked {
        OrderAction::Refund { .. } if now.refunded().minor == 0 => "no refund",
        OrderAction::Refund { .. } => return Some(format!("other refunds, of {} in all", now.refunded())),
        OrderAction::Cancel { .. } if now.status == OrderStatus::Cancelled => "that not all the money is back",
        OrderAction::Cancel { .. } => "that it is not cancelled",
        OrderAction::Return { .. } => "no such return",
        OrderAction::Exchange { .. } => "no such exchange",
        OrderAction::Replace { .. } => "nothing that was sent again",
        OrderAction::ChangeAddress { .. } => "another address",
        OrderAction::ChangeItems { .. } => "other items",
        OrderAction::ChangePayment { .. } => "another way to pay",
        OrderAction::Resend { .. } => "no such document",
        OrderAction::DiscountCode { .. } => "no such code",
        OrderAction::Note { .. } => "no such note",
        OrderAction::CancelReturn { .. } => "that the return is open",
        OrderAction::VoidCode { .. } => "that the code counts",
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::commerce::test_order::order;
    use crate::model::Json;
    use crate::model::action::ActionState;
    use crate::model::order::{Currency, Discount, Money};

    fn promised(document: OrderAction) -> Promised {
        let id = Uuid::nil();
        let action = Action {
            id: id.into(),
            conversation_id: id.into(),
            draft_id: None,
            message_id: None,
            order_source_id: id.into(),
            order_id: "o1".into(),
            order_number: "FJ-1".into(),
            document: Json(document),
            state: ActionState::Performed,
            idempotency_key: String::new(),
            reference: "r1".into(),
            error: String::new(),
            created_at: Ts(0),
            performed_at: None,
        };
        Promised { action, trace: Some(Json(Trace::default())) }
    }

    fn kinds(all: Vec<OrderAction>) -> Vec<&'static str> {
        let shown = to_show(all.into_iter().map(promised).collect(), Ts(10_000_000));
        shown.iter().map(|one| one.action.document.0.kind().as_str()).collect()
    }

    #[test]
    fn what_was_asked_for_anew_is_all_that_has_to_show() {
        let address = || OrderAction::ChangeAddress { address: crate::model::order::Address::default() };
        let cancel = || OrderAction::Cancel { reason: String::new() };
        let refund = || OrderAction::Refund {
            amount: Money::new(500, Currency::EUR),
            lines: Vec::new(),
            reason: String::new(),
            gives_back: None,
        };
        assert_eq!(kinds(vec![address(), refund(), address()]), ["refund", "change_address"]);
        assert_eq!(kinds(vec![address(), refund(), cancel()]), ["refund", "cancel"]);
        assert_eq!(kinds(vec![cancel(), refund(), refund()]), ["cancel", "refund", "refund"]);
        let code = |seconds: i64| OrderAction::DiscountCode {
            discount: Discount::Percent(10),
            expires_at: time::OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds),
            reason: String::new(),
        };
        assert_eq!(kinds(vec![code(10), code(11)]), ["discount_code"], "one of them ended");
    }

    #[test]
    fn what_nobody_can_tell_and_what_cannot_be_known_again_is_unseen() {
        let cancel = || promised(OrderAction::Cancel { reason: String::new() });
        let in_state = |state: ActionState, trace: Option<Trace>| {
            let mut one = cancel();
            (one.action.state, one.trace) = (state, trace.map(Json));
            one.is_unseen()
        };
        assert!(in_state(ActionState::Unknown, None) && in_state(ActionState::Performed, None));
        assert!(!cancel().is_unseen() && !in_state(ActionState::Approved, None), "it is not done yet, and that shows");
    }

    #[test]
    fn what_is_missing_is_said_in_words() {
        let cancelled = promised(OrderAction::Cancel { reason: String::new() });
        let open = order();
        let shown = missing(&cancelled.action, &Trace::default(), &open, &open);
        assert_eq!(shown.as_deref(), Some("that it is not cancelled"));
        assert_eq!(
            json!(promise_of(&cancelled.action, shown)),
            json!({ "action": "cancel", "order": "FJ-1", "amount": null, "shows": "that it is not cancelled" })
        );
    }
}
