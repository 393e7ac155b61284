//! The lines about orders: what was done, promised and shown, and how parcels do.

use serde::Deserialize as _;
use serde_json::Value;

use super::{fact_of, fact_or};
use crate::model::matter::MatterKind;
use crate::model::order::{Document, ShipmentStatus};
use crate::model::resolution::Outcome;
use crate::web::action_words::{action_asked_word, action_done_word, document_word};
use crate::web::format::amounts;
use crate::web::words::shipment_words;

/// What of an order its customer should hear.
pub(super) fn matter_line(data: &Value) -> String {
    let order = fact_of(data, "order");
    fact_of(data, "matter").parse::<MatterKind>().map_or_else(|_| format!("news of {order}"), |kind| kind.words(&order))
}

/// How a parcel is doing, with the carrier's last words and who passes them on.
pub(super) fn parcel_line(data: &Value) -> String {
    let status = data.get("status").and_then(|status| ShipmentStatus::deserialize(status).ok());
    let word = status.map_or("no news", |status| shipment_words(status).0);
    let scan = [fact_of(data, "scan"), fact_of(data, "place")];
    let scan = scan.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let scan = if scan.is_empty() { scan } else { format!(" ({scan})") };
    format!("Parcel of {}: {word}{scan}, says {}", fact_of(data, "order"), fact_of(data, "by"))
}

/// What became of a closed case, with what shops show of what was promised.
pub(super) fn judged_line(data: &Value) -> (&'static str, String) {
    let days = data.get("days").and_then(Value::as_u64).unwrap_or_default();
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let promises: Vec<&Value> = data.get("promises").and_then(Value::as_array).into_iter().flatten().collect();
    let is_missing = |promise: &&&Value| !fact_of(promise, "shows").is_empty();
    match fact_of(data, "outcome").parse() {
        Ok(Outcome::Verified) => {
            let shown: Vec<String> = promises.iter().map(|promise| action_line(promise)).collect();
            ("tick", format!("Verified: nobody came back for {days}, and the shop shows it. {}", shown.join("; ")))
        }
        Ok(Outcome::Confirmed) => ("tick", format!("Confirmed: the customer says so, and nobody came back for {days}")),
        Ok(Outcome::Unmet) => {
            let one = |promise: &&Value| format!("{} (it shows {})", asked_line(promise), fact_of(promise, "shows"));
            let missing: Vec<String> = promises.iter().filter(is_missing).map(one).collect();
            ("warn", format!("The shop does not show what was promised: {}", missing.join("; ")))
        }
        Ok(Outcome::Returned) => ("return", format!("Not solved: the customer came back within {days}")),
        Ok(Outcome::Reopened) => ("inbox", format!("Not solved: it was opened again within {days}")),
        Ok(Outcome::Silent | Outcome::Open) | Err(_) => ("tick", format!("Silent: nobody came back for {days}")),
    }
}

/// What became of a code that is to show whose an order is.
pub(super) fn check_line(who: &str, data: &Value) -> String {
    let order = fact_of(data, "order");
    match fact_of(data, "what").as_str() {
        "asked" => format!("{who} asked for a code that goes to the address of order {order}"),
        "proved" => format!("The customer brought the code: they have the address of order {order}"),
        "wrong" => format!("The customer wrote a wrong code for order {order}"),
        "too_often" => format!("Wrong codes came too often: nothing shows that order {order} is theirs"),
        "elsewhere" => {
            format!(
                "A code for order {order} came after its conversation was merged and shows nothing: ask for another one"
            )
        }
        "unsure" => format!(
            "Nobody can tell whether the code for order {order} left: if the customer has none, ask for another one"
        ),
        "too_late" => format!("A code came too late: nothing shows that order {order} is theirs"),
        _ => format!(
            "No code was sent to the address of order {order}: {}",
            fact_or(data, "reason", "no reason is known")
        ),
    }
}

/// `Refunded 42.00 EUR, order FJ-20417`: an action in the past, because it was read back from the shop.
pub(super) fn action_line(data: &Value) -> String {
    line(action_done_word(&fact_of(data, "action")), data)
}

/// `refund 42.00 EUR, order FJ-20417`: an action that is still to come.
pub(super) fn asked_line(data: &Value) -> String {
    line(&action_asked_word(&fact_of(data, "action")), data)
}

/// What is done to an order, with how much, or which document.
fn line(action: &str, data: &Value) -> String {
    let order = fact_of(data, "order");
    let said = [amounts(&fact_of(data, "amount")), fact_of(data, "share")];
    let whole = match said.into_iter().find(|said| !said.is_empty()) {
        None => format!("{action} order {order}"),
        Some(much) => format!("{action} {much}, order {order}"),
    };
    let sent = fact_of(data, "document");
    match Document::ALL.into_iter().find(|document| document.as_str() == sent) {
        None => whole,
        Some(document) => format!("{whole}: {}", document_word(document)),
    }
}
