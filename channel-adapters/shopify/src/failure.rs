//! What an answer of Shopify means for the desk; pure.
//!
//! The difference between reading and acting is the heart of it: a read that failed is repeated, an action whose fate is not
//! known is never repeated blindly. Shopify says much of it inside of an answer with status 200.

use channel_contract::failure::{ChannelFailure, ParseError};
use channel_contract::http::{Answer, Effect};
use channel_contract::orders::OrderFailure;
use channel_contract::wire::{self, list, text};
use serde_json::Value;

use crate::budget;
use crate::wire::{at, word};

/// How Shopify is called in words for people.
pub(crate) const WHO: &str = "Shopify";

/// The longest sentence of Shopify's that is shown, in characters.
const LONGEST_SENTENCE: usize = 300;

/// Fields that an app may not be let see, and without which an order is still told rightly.
const MAY_BE_HIDDEN: [&str; 7] =
    ["customer", "email", "phone", "shippingAddress", "returns", "fulfillmentOrders", "cancellation"];

pub(crate) fn retry(reason: &str) -> OrderFailure {
    OrderFailure::Retry { after: None, reason: reason.to_owned() }
}

pub(crate) fn refused(reason: impl Into<String>) -> OrderFailure {
    OrderFailure::Refused { reason: reason.into() }
}

pub(crate) fn unknown(reason: &str) -> OrderFailure {
    OrderFailure::Unknown { reason: reason.to_owned() }
}

fn reconnect(reason: &str) -> OrderFailure {
    OrderFailure::Reconnect { reason: reason.to_owned() }
}

/// Trouble within Shopify.
fn trouble(effect: Effect) -> OrderFailure {
    match effect {
        Effect::Reads => retry("Shopify has a moment of trouble."),
        Effect::Writes => unknown("Shopify had trouble with the action, so its fate is not known."),
    }
}

/// A call that broke on the way, in the words of an action.
pub(crate) fn broken(failure: ChannelFailure) -> OrderFailure {
    match failure {
        ChannelFailure::Unknown { .. } => {
            unknown("The connection to Shopify broke before it answered, so the action’s fate is not known.")
        }
        failure => failure.into(),
    }
}

/// What an answer with status 200 holds; nothing of it is judged yet.
pub(crate) fn document(answer: &Answer, effect: Effect) -> Result<Value, OrderFailure> {
    if answer.status != 200 {
        return Err(by_status(answer, effect));
    }
    wire::document(&answer.body).map_err(|ParseError(_)| unreadable(effect))
}

/// The data of a document.
pub(crate) fn data(body: &Value, effect: Effect) -> Result<Value, OrderFailure> {
    let weighs = |error: &&Value| effect == Effect::Writes || !may_pass(error);
    if let Some(error) = list(body, "errors").iter().find(weighs) {
        return Err(of_error(error, body, effect));
    }
    match body.get("data") {
        Some(data) if data.is_object() => Ok(data.clone()),
        _ => Err(unreadable(effect)),
    }
}

fn unreadable(effect: Effect) -> OrderFailure {
    match effect {
        Effect::Reads => retry("Shopify answered something that cannot be read."),
        Effect::Writes => unknown("Shopify took the action, but its answer could not be read."),
    }
}

fn code(error: &Value) -> String {
    word(error, &["extensions", "code"])
}

/// Whether an error only hides a field that may be hidden.
fn may_pass(error: &Value) -> bool {
    let mut path = list(error, "path").iter().filter_map(Value::as_str);
    code(error) == "ACCESS_DENIED" && path.any(|step| MAY_BE_HIDDEN.contains(&step))
}

fn of_error(error: &Value, body: &Value, effect: Effect) -> OrderFailure {
    let words = sentence(&text(error, &["message"]));
    match code(error).as_str() {
        "THROTTLED" => OrderFailure::Retry {
            after: Some(budget::wait(body)),
            reason: "Shopify takes no more calls for the moment.".to_owned(),
        },
        "IDEMPOTENCY_CONCURRENT_REQUEST" => under_way(),
        "ACCESS_DENIED" => refused(format!("Shopify does not let the app do this: {words}")),
        "SHOP_INACTIVE" => reconnect("The shop is closed at Shopify. Open it again there; nothing is lost meanwhile."),
        "MAX_COST_EXCEEDED" | "BAD_REQUEST" | "INVALID_VARIABLE" => {
            refused(format!("Shopify refuses the call: {words}"))
        }
        // What is written wrong is found before anything is done, and has a code in small letters.
        code if code.starts_with(|first: char| first.is_ascii_lowercase()) => {
            refused(format!("Shopify does not know this call: {words}"))
        }
        _ => trouble(effect),
    }
}

/// The same key is at work.
fn under_way() -> OrderFailure {
    retry("Shopify is still at work on this action.")
}

fn by_status(answer: &Answer, effect: Effect) -> OrderFailure {
    let after = answer.retry_after;
    let later = |reason: &str| OrderFailure::Retry { after, reason: reason.to_owned() };
    match answer.status {
        401 => {
            reconnect("Shopify no longer takes the access to this shop. Connect it again; nothing is lost meanwhile.")
        }
        402 => reconnect("The shop is frozen at Shopify until its bill is paid; nothing is lost meanwhile."),
        403 => reconnect("Shopify does not let the app into this shop. Connect it again; nothing is lost meanwhile."),
        404 => reconnect("There is no shop at this address. Look at the shop’s address and the version."),
        423 => reconnect("The shop is locked at Shopify. Open it there; nothing is lost meanwhile."),
        // What stands before Shopify answers these too when it breaks off in the middle; only Shopify itself names a time.
        408 | 503 if effect == Effect::Writes && after.is_none() => trouble(effect),
        408 | 425 | 429 | 430 | 503 => later("Shopify takes no more calls for the moment."),
        300..=399 => refused("Shopify sends us to another address: look at the shop’s address."),
        500.. => match effect {
            Effect::Reads => later("Shopify has a moment of trouble."),
            Effect::Writes => trouble(effect),
        },
        status => refused(format!("Shopify refuses the call (error {status}).")),
    }
}

/// What Shopify has against what it was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Objection {
    codes: Vec<String>,
    words: String,
}

impl Objection {
    /// That of a payload, under the first of these names that holds one.
    pub(crate) fn of(payload: &Value, names: &[&str]) -> Option<Self> {
        let errors = names.iter().map(|name| list(payload, name)).find(|errors| !errors.is_empty())?;
        let words: Vec<String> = errors.iter().map(|error| text(error, &["message"])).collect();
        Some(Self {
            codes: errors.iter().map(|error| text(error, &["code"])).collect(),
            words: sentence(&words.join(" ")),
        })
    }

    pub(crate) fn is(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    /// As a failure. Where an action carries its key, Shopify says so in words alone.
    pub(crate) fn failure(self) -> OrderFailure {
        let words = self.words.to_lowercase();
        if self.is("IDEMPOTENCY_CONCURRENT_REQUEST") || words.contains("currently in progress") {
            under_way()
        } else if self.is("IDEMPOTENCY_KEY_PARAMETER_MISMATCH") || words.contains("same idempotency key") {
            unknown("Shopify knows the key of this action from an earlier attempt, so its fate is not known.")
        } else {
            refused(format!("Shopify refuses this: {}", self.words))
        }
    }
}

/// Words of Shopify on one line, with an end.
fn sentence(words: &str) -> String {
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_SENTENCE).collect();
    let line = line.trim();
    match line.chars().last() {
        None => "no reason was given.".to_owned(),
        Some('.' | '!' | '?' | '…') => line.to_owned(),
        Some(_) => format!("{line}."),
    }
}

/// The payload of an action, if Shopify has nothing against it. An action that says neither has a fate that is not known.
pub(crate) fn payload<'v>(data: &'v Value, name: &str, errors: &[&str]) -> Result<&'v Value, OrderFailure> {
    let payload = at(data, &[name]);
    if let Some(objection) = Objection::of(payload, errors) {
        return Err(objection.failure());
    }
    if payload.is_object() { Ok(payload) } else { Err(unreadable(Effect::Writes)) }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
