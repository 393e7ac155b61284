//! Money back, the way it was paid. Shopify suggests from which payments; its key makes the same refund once, and the mark in
//! the note finds it after the day for which Shopify keeps keys.

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{ActionReceipt, LineQuantity, Order, OrderFailure};
use channel_contract::wire::{list, text};
use serde_json::{Value, json};

use crate::client::Client;
use crate::documents::{REFUND, SUGGESTION};
use crate::failure::{payload, refused, unknown};
use crate::mark::noted;
use crate::money::paid;
use crate::wire::{at, global, number_in, word};

/// What is given back, for what and why.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) amount: Money,
    pub(crate) lines: &'a [LineQuantity],
    pub(crate) reason: &'a str,
    pub(crate) key: &'a str,
}

/// Refunds part of an order.
pub(crate) async fn perform(client: &Client, order: &Order, wish: Wish<'_>) -> Result<ActionReceipt, OrderFailure> {
    let left = order.refundable();
    if wish.amount.currency != left.currency {
        return Err(refused(format!("The order was paid in {}, not in {}.", left.currency, wish.amount.currency)));
    }
    if wish.amount.minor > left.minor {
        return Err(refused(format!("{} is more than the {left} that can still be refunded.", wish.amount)));
    }
    let Some(id) = global("Order", &order.id) else { return Err(refused("This is no order of Shopify’s.")) };
    let lines = lines(wish.lines)?;
    let asked = json!({ "id": id, "lines": lines, "named": !lines.is_empty() });
    let suggested = client.read(SUGGESTION, asked).await?;
    let suggested = at(&suggested, &["order"]);
    let Some(transactions) = divided(wish.amount, &id, at(suggested, &["all"])) else {
        return Err(refused(format!("Shopify does not give {} back to the ways in which it was paid.", wish.amount)));
    };
    let mut input = json!({
        "orderId": id, "note": noted(wish.reason, wish.key), "notify": false,
        "currency": wish.amount.currency.code(), "transactions": transactions,
    });
    // Lines are named where the amount is what they cost: less than that is no reason to take them for given back.
    if is_worth(at(suggested, &["part"]), wish.amount)
        && let Some(fields) = input.as_object_mut()
    {
        fields.insert("refundLineItems".to_owned(), lines.into());
    }
    let answer = client.write(REFUND, json!({ "input": input, "key": wish.key })).await?;
    let refund = at(payload(&answer, "refundCreate", &["userErrors"])?, &["refund"]);
    let reference = number_in(&word(refund, &["id"])).to_owned();
    if reference.is_empty() {
        return Err(unknown("Shopify took the refund and did not say which one it is."));
    }
    let complete = paid(refund, "totalRefundedSet", wish.amount.currency) == Ok(Some(wish.amount));
    Ok(ActionReceipt { reference, complete })
}

fn lines(named: &[LineQuantity]) -> Result<Vec<Value>, OrderFailure> {
    let input = |line: &LineQuantity| {
        let id = global("LineItem", &line.line_id)?;
        Some(json!({ "lineItemId": id, "quantity": line.quantity, "restockType": "NO_RESTOCK" }))
    };
    let named = named.iter().filter(|line| line.quantity > 0);
    let lines: Option<Vec<Value>> = named.map(input).collect();
    lines.ok_or_else(|| refused("The order does not hold this product any more."))
}

/// An amount over the payments that Shopify suggests: one that covers it alone, else one after the other. `None` where they do
/// not cover it.
fn divided(amount: Money, order: &str, suggestion: &Value) -> Option<Vec<Value>> {
    let covers = |payment: &&Value| refundable(payment, amount.currency) >= amount.minor;
    let all = list(suggestion, "suggestedTransactions");
    let mut payments: Vec<&Value> = all.iter().find(covers).into_iter().collect();
    if payments.is_empty() {
        payments = all.iter().collect();
    }
    let mut left = amount.minor;
    let mut parts = Vec::new();
    for payment in payments {
        let part = refundable(payment, amount.currency).min(left);
        if part > 0 {
            left -= part;
            parts.push(json!({
                "orderId": order, "parentId": text(at(payment, &["parentTransaction"]), &["id"]),
                "gateway": text(payment, &["gateway"]), "kind": "REFUND",
                "amount": Money::new(part, amount.currency).decimal(),
            }));
        }
    }
    (left == 0).then_some(parts)
}

/// How much a payment gives back at most.
fn refundable(payment: &Value, currency: Currency) -> i64 {
    let of = |name: &str| paid(payment, name, currency).ok().flatten().map(|amount| amount.minor);
    of("maximumRefundableSet").or_else(|| of("amountSet")).unwrap_or_default()
}

fn is_worth(suggestion: &Value, amount: Money) -> bool {
    paid(suggestion, "amountSet", amount.currency) == Ok(Some(amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag(amount: &str) -> Value {
        json!({ "presentmentMoney": { "amount": amount, "currencyCode": "EUR" } })
    }

    fn parts(minor: i64) -> Option<Vec<(String, String)>> {
        let suggestion = json!({ "suggestedTransactions": [
            { "gateway": "gift_card", "parentTransaction": { "id": "t1" }, "maximumRefundableSet": bag("10.00") },
            { "gateway": "shopify_payments", "parentTransaction": { "id": "t2" }, "amountSet": bag("58.90") },
            { "gateway": "manual", "parentTransaction": null, "maximumRefundableSet": bag("0.00") },
        ] });
        let parts = divided(Money::new(minor, Currency::EUR), "o1", &suggestion)?;
        Some(parts.iter().map(|part| (text(part, &["gateway"]), text(part, &["amount"]))).collect())
    }

    #[test]
    fn an_amount_comes_from_one_payment_or_from_several() {
        let part = |gateway: &str, amount: &str| (gateway.to_owned(), amount.to_owned());
        assert_eq!(parts(900), Some(vec![part("gift_card", "9.00")]));
        assert_eq!(parts(5_000), Some(vec![part("shopify_payments", "50.00")]), "one that covers it alone");
        assert_eq!(parts(6_890), Some(vec![part("gift_card", "10.00"), part("shopify_payments", "58.90")]));
        assert_eq!(parts(6_891), None);
    }

    #[test]
    fn lines_are_given_back_whole_or_not_named() {
        let amount = Money::new(1_250, Currency::EUR);
        assert!(is_worth(&json!({ "amountSet": bag("12.5") }), amount));
        for other in [json!({ "amountSet": bag("39.00") }), json!(null), json!({})] {
            assert!(!is_worth(&other, amount), "{other}");
        }
    }
}
