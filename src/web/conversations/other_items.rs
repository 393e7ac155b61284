//! What a teammate changes in the lines of an order that was not sent: what they typed, and not what somebody else changed since
//! the form was opened.

use std::collections::BTreeMap;

use super::action_form::sku_in;
use crate::model::order::{LineChange, LineItem, Order};
use crate::web::error::{Error, Result};

/// How many pieces of what.
type Goods = (u32, String);

/// What a line holds as the form shows it, which the form sends along as `was_{id}`.
pub(super) fn shown(line: &LineItem) -> String {
    format!("{} {}", line.current, line.sku)
}

fn was(form: &BTreeMap<String, String>, line: &str) -> Option<Goods> {
    let (quantity, sku) = form.get(&format!("was_{line}"))?.split_once(' ')?;
    Some((quantity.parse().ok()?, sku.to_owned()))
}

/// What is typed for a line; of the same goods where none are named.
fn typed(form: &BTreeMap<String, String>, line: &str, same: &str) -> Option<Goods> {
    let quantity = form.get(&format!("line_{line}"))?.trim().parse().ok()?;
    let written = sku_in(form, line);
    Some((quantity, if written.is_empty() { same.to_owned() } else { written }))
}

/// Whether a line was left as the form showed it.
pub(super) fn is_untouched(form: &BTreeMap<String, String>, line: &str) -> bool {
    was(form, line).is_some_and(|was| typed(form, line, &was.1).is_some_and(|typed| typed == was))
}

/// The lines that hold something else then. Where a line that is changed holds by now what the form did not show, nobody knows
/// what is meant.
pub(super) fn other_items(order: &Order, form: &BTreeMap<String, String>) -> Result<Vec<LineChange>> {
    let mut lines = form.keys().filter_map(|name| name.strip_prefix("was_"));
    if lines.any(|line| order.line(line).is_none() && !is_untouched(form, line)) {
        return Err(Error::Conflict(
            "An item that you changed was taken out of the order meanwhile. Look at what the order holds now and send it again."
                .to_owned(),
        ));
    }
    let mut changes = Vec::new();
    for line in &order.lines {
        let holds: Goods = (line.current, line.sku.clone());
        let was = match was(form, &line.id) {
            Some(was) => was,
            None if line.current > 0 => holds.clone(),
            None => continue,
        };
        let Some(typed) = typed(form, &line.id, &was.1).filter(|typed| *typed != was) else { continue };
        if was != holds {
            return Err(Error::Conflict(format!(
                "{} was changed meanwhile: the order holds {} × {} now. Look at what you typed and send it again.",
                line.title, line.current, line.sku
            )));
        }
        let (quantity, sku) = typed;
        changes.push(LineChange { line_id: line.id.clone(), quantity, sku });
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commerce::test_order::unsent;

    /// A form that was opened over the order as it was placed, with what is typed for its lines.
    fn form(jacket: (&str, &str), gaiters: (&str, &str)) -> BTreeMap<String, String> {
        let placed = unsent();
        let mut form: BTreeMap<String, String> =
            placed.lines.iter().map(|line| (format!("was_{}", line.id), shown(line))).collect();
        for (line, (quantity, sku)) in [("l1", jacket), ("l2", gaiters)] {
            form.insert(format!("line_{line}"), quantity.to_owned());
            form.insert(format!("sku_{line}"), sku.to_owned());
        }
        form
    }

    fn change(line: &str, quantity: u32, sku: &str) -> LineChange {
        LineChange { line_id: line.to_owned(), quantity, sku: sku.to_owned() }
    }

    #[test]
    fn only_what_was_typed_is_changed() {
        // A colleague has taken two more jackets, in L, while the form was open.
        let mut now = unsent();
        now.lines[0].current = 3;
        now.lines[0].sku = "JACKET-L".to_owned();
        let gaiters = form(("1", "JACKET"), ("2", ""));
        assert_eq!(other_items(&now, &gaiters).unwrap(), [change("l2", 2, "GAITERS")]);
        assert!(is_untouched(&gaiters, "l1") && !is_untouched(&gaiters, "l2"));
        assert_eq!(other_items(&now, &form(("1", "JACKET"), ("1", "GAITERS"))).unwrap(), []);
        assert_eq!(other_items(&unsent(), &form(("0", ""), ("1", ""))).unwrap(), [change("l1", 0, "JACKET")]);
    }

    #[test]
    fn who_changes_what_somebody_else_changed_is_told() {
        let refused = |now: &Order, form: &BTreeMap<String, String>| match other_items(now, form) {
            Err(Error::Conflict(words)) => words,
            other => panic!("{other:?}"),
        };
        let mut now = unsent();
        now.lines[0].current = 3;
        let jacket = form(("2", "JACKET"), ("1", "GAITERS"));
        assert!(refused(&now, &jacket).starts_with("Jacket was changed meanwhile: the order holds 3 × JACKET now."));
        now.lines[0].current = 0;
        assert!(refused(&now, &jacket).contains("holds 0 × JACKET"));
        now.lines.remove(0);
        assert!(refused(&now, &jacket).starts_with("An item that you changed was taken out"));
        assert_eq!(other_items(&now, &form(("1", "JACKET"), ("1", "GAITERS"))).unwrap(), []);
    }
}
