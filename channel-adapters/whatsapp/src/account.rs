//! News of the account: what each means for the connection, in words for a person.

use channel_contract::inbound::{AccountChange, AccountNews};
use serde_json::Value;

use crate::failure;
use crate::wire::Trouble;

/// The longest word of the platform that is shown, in characters.
const LONGEST_WORD: usize = 200;

/// What a change of a field of the account means; `None` for fields that are of no use to a desk. `app` is the id of the
/// app that receives the webhooks, `""` if it is not known.
pub(crate) fn news(field: &str, value: &Value, app: &str) -> Option<AccountNews> {
    let (what, words) = match field {
        "account_update" => account_update(value, app)?,
        "account_review_update" => reviewed(value),
        "account_alerts" => alert(value),
        "phone_number_quality_update" => quality(value),
        "phone_number_name_update" => {
            let (name, decision) = (word(value, "/requested_verified_name"), word(value, "/decision"));
            (AccountChange::Note, format!("The name “{name}” of the number: {decision}."))
        }
        "business_username_updates" => {
            let (name, status) = (word(value, "/username"), word(value, "/status"));
            (AccountChange::Note, format!("The user name “{name}” of the number: {status}."))
        }
        "business_capability_update" => {
            (AccountChange::Note, "WhatsApp changed how many customers may be written to first.".to_owned())
        }
        "security" => (AccountChange::Note, format!("The two-step PIN of the number: {}.", word(value, "/event"))),
        "message_template_status_update"
        | "message_template_quality_update"
        | "message_template_components_update"
        | "template_category_update" => (template_change(field, value), template(field, value)),
        _ => return None,
    };
    Some(AccountNews { what, words })
}

/// What went wrong at the platform and is about no message.
pub(crate) fn trouble(errors: &[Trouble]) -> AccountNews {
    let words: Vec<String> = errors.iter().map(failure::words).collect();
    let what = errors.iter().find_map(failure::for_the_account).unwrap_or(AccountChange::Note);
    AccountNews { what, words: words.join(" ") }
}

/// What is wrong with the account, where that is why a message failed: the next ones would fail as well.
pub(crate) fn behind(errors: &[Trouble]) -> Option<AccountNews> {
    let told = |what: AccountChange| {
        let is_it = |trouble: &&Trouble| failure::behind_a_message(trouble) == Some(what);
        let words: Vec<String> = errors.iter().filter(is_it).map(failure::words).collect();
        (!words.is_empty()).then(|| AccountNews { what, words: words.join(" ") })
    };
    told(AccountChange::Suspended).or_else(|| told(AccountChange::Doubted))
}

fn account_update(value: &Value, app: &str) -> Option<(AccountChange, String)> {
    let event = word(value, "/event");
    let gone = word(value, "/waba_info/partner_app_id");
    Some(match event.as_str() {
        "ACCOUNT_DELETED" => (AccountChange::Suspended, "The WhatsApp account was deleted.".to_owned()),
        "ACCOUNT_OFFBOARDED" => {
            (AccountChange::Reconnect, "The WhatsApp account was taken off the platform. Connect it again.".to_owned())
        }
        "PARTNER_APP_UNINSTALLED" if !app.is_empty() && !gone.is_empty() && app != gone => {
            (AccountChange::Note, "Another app was taken off the WhatsApp account.".to_owned())
        }
        "PARTNER_APP_UNINSTALLED" | "PARTNER_REMOVED" => {
            (AccountChange::Reconnect, "Access to the WhatsApp account was taken back. Connect it again.".to_owned())
        }
        "ACCOUNT_RECONNECTED" => (AccountChange::Reconnected, "The WhatsApp account is connected again.".to_owned()),
        "DISABLED_UPDATE" => banned(&word(value, "/ban_info/waba_ban_state")),
        "ACCOUNT_RESTRICTION" => {
            let kinds = value.pointer("/restriction_info").and_then(Value::as_array).into_iter().flatten();
            let kinds: Vec<String> = kinds.map(|kind| word(kind, "/restriction_type")).collect();
            (AccountChange::Warned, format!("WhatsApp restricts the account: {}.", kinds.join(", ")))
        }
        "ACCOUNT_VIOLATION" => {
            let kind = word(value, "/violation_info/violation_type");
            (AccountChange::Warned, format!("WhatsApp says that the account broke a rule: {kind}."))
        }
        "" => return None,
        _ => (AccountChange::Note, format!("WhatsApp tells of the account: {event}.")),
    })
}

fn banned(state: &str) -> (AccountChange, String) {
    match state {
        "SCHEDULE_FOR_DISABLE" => (AccountChange::Warned, "WhatsApp is going to disable the account.".to_owned()),
        "REINSTATE" => (AccountChange::Restored, "WhatsApp has enabled the account again.".to_owned()),
        _ => (AccountChange::Suspended, "WhatsApp has disabled the account.".to_owned()),
    }
}

fn reviewed(value: &Value) -> (AccountChange, String) {
    let decision = word(value, "/decision");
    let what = if decision == "REJECTED" { AccountChange::Warned } else { AccountChange::Note };
    (what, format!("WhatsApp reviewed the account: {decision}."))
}

fn alert(value: &Value) -> (AccountChange, String) {
    // The fields lie in the value itself, or in a part of it.
    let inner = value.pointer("/alert_info").unwrap_or(value);
    let what = match word(inner, "/alert_severity").as_str() {
        "CRITICAL" => AccountChange::Warned,
        _ => AccountChange::Note,
    };
    let (kind, description) = (word(inner, "/alert_type"), word(inner, "/alert_description"));
    (what, format!("WhatsApp warns of the account: {} {description}", if kind.is_empty() { "an alert" } else { &kind }))
}

fn quality(value: &Value) -> (AccountChange, String) {
    let event = word(value, "/event");
    let limit = word(value, "/current_limit");
    let limit = if limit.is_empty() { limit } else { format!(" Customers written to first in a day: {limit}.") };
    match event.as_str() {
        "FLAGGED" => (AccountChange::Restricted, format!("WhatsApp rates the quality of the number as low.{limit}")),
        "DOWNGRADE" => (AccountChange::Restricted, format!("WhatsApp lowered the limit of the number.{limit}")),
        "UNFLAGGED" => (AccountChange::Eased, format!("The quality of the number is good again.{limit}")),
        _ => (AccountChange::Note, format!("WhatsApp tells of the number: {event}.{limit}")),
    }
}

/// Whether a template is lost by a change, at least for now.
fn template_change(field: &str, value: &Value) -> AccountChange {
    let is_lost = matches!(word(value, "/event").as_str(), "REJECTED" | "PAUSED" | "DISABLED" | "PENDING_DELETION");
    if field == "message_template_status_update" && is_lost {
        AccountChange::TemplateLost
    } else {
        AccountChange::Templates
    }
}

fn template(field: &str, value: &Value) -> String {
    let name = word(value, "/message_template_name");
    let language = word(value, "/message_template_language");
    let about = match field {
        "message_template_status_update" => {
            let reason = word(value, "/reason");
            let reason = if matches!(reason.as_str(), "" | "NONE") { String::new() } else { format!(", {reason}") };
            format!("{}{reason}", word(value, "/event"))
        }
        "message_template_quality_update" => format!("quality {}", word(value, "/new_quality_score")),
        "template_category_update" => format!("category {}", word(value, "/new_category")),
        _ => "changed".to_owned(),
    };
    format!("The template “{name}” ({language}): {about}.")
}

/// A word of the platform, without what would spoil a line.
fn word(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).cloned().unwrap_or_default();
    let text = match found {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORD).collect()
}
