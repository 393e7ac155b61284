//! What an answer of the shop means for the desk; pure.
//!
//! The difference between reading and acting is the heart of it: a read that failed is repeated, an action whose fate is
//! not known is never repeated blindly.

use std::time::Duration;

use channel_contract::orders::OrderFailure;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::wire::read_reason;

/// The longest wait that a shop can ask for.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// More bytes than we take.
    TooLarge,
    /// The connection broke, or ran out of time, in the middle.
    Broken,
}

/// An answer of the shop.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Result<Vec<u8>, BodyFault>,
    /// Whether the shop sent us elsewhere on the way.
    pub(crate) redirected: bool,
}

impl Answer {
    fn reason(&self) -> Option<String> {
        self.body.as_deref().ok().and_then(read_reason)
    }
}

pub(crate) fn retry(reason: &str) -> OrderFailure {
    OrderFailure::Retry { after: None, reason: reason.to_owned() }
}

pub(crate) fn refused(reason: impl Into<String>) -> OrderFailure {
    OrderFailure::Refused { reason: reason.into() }
}

pub(crate) fn unknown(reason: &str) -> OrderFailure {
    OrderFailure::Unknown { reason: reason.to_owned() }
}

fn reconnect() -> OrderFailure {
    OrderFailure::Reconnect { reason: "The shop refuses our signature: check the secret of the connection.".to_owned() }
}

fn fate_not_known(status: u16) -> OrderFailure {
    unknown(&format!("The shop had trouble with the action (status {status}), so its fate is not known."))
}

/// The body of a read: `None` for 404.
pub(crate) fn read_body(answer: Answer) -> Result<Option<Vec<u8>>, OrderFailure> {
    let after = answer.retry_after;
    match answer.status {
        200 => match answer.body {
            Ok(body) => Ok(Some(body)),
            Err(BodyFault::TooLarge) => Err(refused("The shop's answer is larger than the desk takes.")),
            Err(BodyFault::Broken) => Err(retry("The shop's answer broke off.")),
        },
        404 => Ok(None),
        401 | 403 => Err(reconnect()),
        429 => Err(OrderFailure::Retry { after, reason: "The shop asks us to call less often.".to_owned() }),
        408 | 425 | 500.. => {
            Err(OrderFailure::Retry { after, reason: format!("The shop has trouble (status {}).", answer.status) })
        }
        300..=399 => Err(refused("The shop sends us to another address: check the address of the connection.")),
        status => Err(refused(
            answer.reason().unwrap_or_else(|| format!("The shop refuses to answer the question (status {status}).")),
        )),
    }
}

/// The body of an action that was taken, and whether it is done. Statuses that leave open whether something happened
/// become `Unknown`.
pub(crate) fn action_body(answer: Answer) -> Result<(Vec<u8>, bool), OrderFailure> {
    if answer.redirected {
        return Err(unknown("The shop sent the action to another address, so its fate is not known."));
    }
    let after = answer.retry_after;
    match answer.status {
        200 | 202 => match answer.body {
            Ok(body) => Ok((body, answer.status == 200)),
            Err(_) => Err(unknown("The shop took the action, but its answer could not be read.")),
        },
        409 => {
            let default = || "The order has changed in the shop.".to_owned();
            Err(OrderFailure::Changed { reason: answer.reason().unwrap_or_else(default) })
        }
        401 | 403 => Err(reconnect()),
        404 => {
            Err(refused(answer.reason().unwrap_or_else(|| "The shop does not offer this for the order.".to_owned())))
        }
        // A proxy answers 408 and 503 too when the shop breaks off in the middle; only the shop itself names a time.
        408 | 503 if after.is_none() => Err(fate_not_known(answer.status)),
        // Nothing was done: the same key may come again.
        408 | 425 | 429 | 503 => {
            Err(OrderFailure::Retry { after, reason: "The shop asks us to try later.".to_owned() })
        }
        400..=499 => Err(refused(
            answer.reason().unwrap_or_else(|| "The shop refuses the action and gives no reason.".to_owned()),
        )),
        status => Err(fate_not_known(status)),
    }
}

/// Reads `Retry-After`: seconds or a date.
pub(crate) fn retry_after(header: &str, now: OffsetDateTime) -> Option<Duration> {
    let header = header.trim();
    let wait = if let Ok(seconds) = header.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let at = OffsetDateTime::parse(header, &Rfc2822).ok()?;
        Duration::try_from(at - now).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_has_a_limit() {
        let now = OffsetDateTime::from_unix_timestamp(1_445_412_420).unwrap();
        for (header, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(60)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("99999999999", Some(86_400)),
            ("99999999999999999999999", None),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now).map(|wait| wait.as_secs()), seconds, "{header}");
        }
    }
}
