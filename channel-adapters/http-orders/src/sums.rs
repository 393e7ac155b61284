//! Whether the amounts of an order add up. Where they do not, nothing that moves money is offered: a wrong amount would be
//! given back as it stands. Pure.

use channel_contract::money::Money;
use channel_contract::orders::{ActionKind, LineItem, Order};

use crate::convert::Warnings;

/// Why nothing that moves money is done.
const DOES_NOT_ADD_UP: &str =
    "The amounts of this order do not add up in the shop. Look at it there before money is moved.";

/// What moves money.
const MOVES_MONEY: [ActionKind; 5] =
    [ActionKind::Cancel, ActionKind::Refund, ActionKind::Exchange, ActionKind::ChangeItems, ActionKind::ChangePayment];

/// Amounts and quantities that do not add up. The total may be that of the order as placed or as it is now.
pub(crate) fn check(order: &Order, warnings: &mut Warnings) {
    let sum_of = |quantity: fn(&LineItem) -> u32| {
        let lines = order.lines.iter().map(|line| line.unit_price.times(quantity(line)));
        let sum = lines
            .chain([Ok(order.shipping_price)])
            .try_fold(Money::zero(order.currency()), |sum, amount| sum.plus(amount?));
        sum.ok()
    };
    let adds_up = [sum_of(|line| line.ordered), sum_of(|line| line.current)].contains(&Some(order.total));
    warnings.note_if(!adds_up, "lines and shipping do not add up to the total");
    let paid = Money::sum(order.payments.iter().map(|payment| payment.amount), order.currency());
    let over_refunded = !paid.is_ok_and(|paid| order.refunded().minor <= paid.minor);
    warnings.note_if(over_refunded, "more was refunded than was paid");
    let too_many = order.lines.iter().any(|line| line.current > line.ordered || line.fulfilled > line.ordered);
    warnings.note_if(too_many, "a line has more pieces than were ordered");
    let mut named = order.shipments.iter().flat_map(|parcel| &parcel.lines);
    let stray = named.any(|entry| order.line(&entry.line_id).is_none());
    warnings.note_if(stray, "a parcel names a line that the order does not have");
}

/// Refuses what would move money where money has moved and its amounts leave a doubt.
pub(crate) fn refuse_in_doubt(order: &mut Order) {
    if (order.payments.is_empty() && order.refunds.is_empty()) || !is_in_doubt(order) {
        return;
    }
    for allowed in order.actions.iter_mut().filter(|allowed| MOVES_MONEY.contains(&allowed.kind)) {
        allowed.refused_because.get_or_insert_with(|| DOES_NOT_ADD_UP.to_owned());
    }
}

/// Less may have been paid than an order costs, but not more be kept, and not more be given back than was taken.
fn is_in_doubt(order: &Order) -> bool {
    let paid: i128 = order.payments.iter().map(|payment| i128::from(payment.amount.minor)).sum();
    let given_back: i128 = order.refunds.iter().map(|refund| i128::from(refund.amount.minor)).sum();
    if given_back > paid {
        return true;
    }
    // What an exchange costs more or less stands in no line.
    let is_exchanged = order.returns.iter().any(|back| !back.exchange.is_empty());
    // Of an order without lines nothing says what makes up its total.
    if is_exchanged || order.lines.is_empty() {
        return false;
    }
    let total = i128::from(order.total.minor);
    let makes = [makes(order, |line| line.ordered), makes(order, |line| line.current)];
    // The price of one piece is rounded.
    let rounding: i128 = order.lines.iter().map(|line| i128::from(line.ordered.max(line.current))).sum();
    let most = makes.into_iter().chain([total]).max().unwrap_or(total);
    let adds_up = makes.into_iter().any(|sum| (sum - total).abs() <= rounding);
    !adds_up || paid - given_back > most + rounding
}

/// What lines and delivery cost together.
fn makes(order: &Order, quantity: fn(&LineItem) -> u32) -> i128 {
    let lines = order.lines.iter().map(|line| i128::from(line.unit_price.minor) * i128::from(quantity(line)));
    lines.sum::<i128>() + i128::from(order.shipping_price.minor)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::convert::read_order;

    fn money(amount: &str) -> Value {
        json!({ "amount": amount, "currency": "EUR" })
    }

    fn moved(id: &str, amount: &str) -> Value {
        json!({ "id": id, "method": "card", "amount": money(amount), "at": "2026-11-18T08:12:05Z" })
    }

    /// Two cups of 12.50 and delivery for 4.90, paid, with all that moves money and a note on offer.
    fn order(change: impl FnOnce(&mut Value)) -> Order {
        let kinds = ["cancel", "refund", "exchange", "items", "payment", "return", "note"];
        let mut order = json!({
            "id": "o1", "number": "FJ-1", "status": "open", "placed_at": "2026-11-18T08:12:00Z",
            "lines": [{ "id": "l1", "sku": "CUP", "title": "Cup", "ordered": 2, "current": 2, "fulfilled": 0,
                        "unit_price": money("12.50") }],
            "shipping_price": money("4.90"), "total": money("29.90"), "payments": [moved("p1", "29.90")],
            "refunds": [], "shipments": [], "returns": [],
            "actions_allowed": kinds.map(|kind| json!({ "kind": kind })),
        });
        change(&mut order);
        read_order(order).unwrap().0
    }

    fn refused(order: &Order) -> Vec<ActionKind> {
        let in_doubt = order.actions.iter().filter(|allowed| allowed.refused_because.is_some());
        in_doubt.map(|allowed| allowed.kind).collect()
    }

    #[test]
    fn where_amounts_do_not_add_up_nothing_moves_money() {
        let doubtful: [fn(&mut Value); 5] = [
            |order| order["total"] = money("999.00"),
            |order| order["total"] = money("29.93"),
            |order| order["payments"] = json!([moved("p1", "29.90"), moved("p2", "29.90")]),
            |order| order["refunds"] = json!([moved("r1", "29.91")]),
            |order| (order["payments"], order["refunds"]) = (json!([]), json!([moved("r1", "5.00")])),
        ];
        for change in doubtful {
            let order = order(change);
            let kinds = refused(&order);
            assert!(MOVES_MONEY.iter().all(|kind| kinds.contains(kind)) && kinds.len() == 5, "{order:?}");
            assert_eq!(order.refusal(ActionKind::Refund).as_deref(), Some(DOES_NOT_ADD_UP));
        }
        let told = order(|order| {
            order["total"] = money("999.00");
            order["actions_allowed"] = json!([{ "kind": "cancel", "refused_because": "It has left." }]);
        });
        assert_eq!(told.refusal(ActionKind::Cancel).as_deref(), Some("It has left."));
    }

    #[test]
    fn what_can_be_so_is_no_doubt() {
        let fine: [fn(&mut Value); 9] = [
            |_| {},
            |order| order["total"] = money("29.92"),
            |order| order["refunds"] = json!([moved("r1", "29.90")]),
            |order| order["payments"] = json!([moved("p1", "10.00")]),
            |order| (order["total"], order["payments"]) = (money("999.00"), json!([])),
            // One cup was taken out; its price is still to go back.
            |order| (order["lines"][0]["current"], order["total"]) = (json!(1), money("17.40")),
            // It is paid another way.
            |order| {
                order["payments"] = json!([moved("p1", "29.90"), moved("p2", "29.90")]);
                order["refunds"] = json!([moved("r1", "29.90")]);
            },
            // Something dearer is sent for what comes back.
            |order| {
                (order["total"], order["payments"]) =
                    (money("39.90"), json!([moved("p1", "29.90"), moved("p2", "10.00")]));
                let exchange = json!([{ "sku": "POT", "quantity": 1 }]);
                order["returns"] = json!([{ "id": "b1", "status": "open", "lines": [], "exchange": exchange }]);
            },
            // A discount is a line.
            |order| {
                let discount = json!({ "id": "l2", "title": "Ten off", "ordered": 1, "unit_price": money("-10.00") });
                order["lines"].as_array_mut().unwrap().push(discount);
                (order["total"], order["payments"]) = (money("19.90"), json!([moved("p1", "19.90")]));
            },
        ];
        for change in fine {
            let order = order(change);
            assert_eq!(refused(&order), [], "{order:?}");
        }
    }
}
