//! How what happens is pushed to the desk: late, twice, out of order, forged.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::sleep;

use crate::hooks::{Delivery, Hooks};
use crate::together::Happened;

/// Nobody waits longer for one push, in milliseconds.
const LONGEST: u64 = 600_000;
/// Nobody wants one thing pushed more often.
const MOST: usize = 1_000;

/// How it is pushed; as it says nothing, once, in order, at once and as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Manner {
    /// How often each.
    times: usize,
    /// How long before each.
    delay_ms: u64,
    order: Order,
    forged: Option<Forged>,
}

impl Default for Manner {
    fn default() -> Self {
        Self { times: 1, delay_ms: 0, order: Order::AsWritten, forged: None }
    }
}

/// In which order.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    AsWritten,
    Reversed,
}

/// What is wrong with a push that is not the platform's.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Forged {
    /// The signature, or the word that stands in its place.
    Signature,
    /// There is none.
    Unsigned,
    /// A byte of the body is another than was signed.
    Body,
    /// The second half of the body is missing.
    Cut,
}

impl Manner {
    /// Pushes all of it, and gives the statuses of the answers in the order of the pushes; `None` without an answer.
    pub(super) async fn push(
        &self,
        http: &reqwest::Client,
        happened: &[Happened],
    ) -> Result<Vec<Option<u16>>, &'static str> {
        if self.times > MOST || self.delay_ms > LONGEST {
            return Err("`times` is no more than 1000, and `delay_ms` no more than ten minutes.");
        }
        let mut once: Vec<&Happened> = happened.iter().collect();
        if self.order == Order::Reversed {
            once.reverse();
        }
        let mut answered = Vec::new();
        for happened in std::iter::repeat_n(once, self.times).flatten() {
            let Some(delivery) = &happened.delivery else { continue };
            sleep(Duration::from_millis(self.delay_ms)).await;
            let delivery = self.forged.map_or_else(|| delivery.clone(), |forged| altered(delivery, forged));
            answered.push(Hooks::to(http.clone(), happened.to.as_str()).push(&delivery).await);
        }
        Ok(answered)
    }
}

/// A delivery as somebody else would make it. Its last header is the signature, as each platform writes its deliveries.
fn altered(delivery: &Delivery, forged: Forged) -> Delivery {
    let Delivery { mut headers, body } = delivery.clone();
    let half = body.len() / 2;
    let body = match forged {
        Forged::Signature => {
            if let Some((_, signature)) = headers.last_mut() {
                let at = signature.chars().count() * 3 / 4;
                let sign = |(place, sign)| if place == at { other(sign) } else { sign };
                *signature = signature.chars().enumerate().map(sign).collect();
            }
            body
        }
        Forged::Unsigned => {
            headers.pop();
            body
        }
        Forged::Body => body.iter().enumerate().map(|(at, byte)| if at == half { byte ^ 1 } else { *byte }).collect(),
        Forged::Cut => body.slice(..half),
    };
    Delivery { headers, body }
}

/// Another sign, which stands in signatures too.
fn other(sign: char) -> char {
    if sign == '0' { '1' } else { '0' }
}
