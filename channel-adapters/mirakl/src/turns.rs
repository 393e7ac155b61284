//! Orders that are asked for one by one, no more often than the operator's rules of use allow.

use std::time::Duration;

use channel_contract::Order;
use channel_contract::failure::{ChannelFailure, FailureClass};
use time::OffsetDateTime;
use tokio::sync::Mutex;

/// What came of asking for an order.
type Told = Result<Option<Order>, ChannelFailure>;

/// An order that was asked for.
struct Asked {
    number: String,
    at: OffsetDateTime,
    /// `None` while it is asked for, and where nobody waited for the answer.
    told: Option<Told>,
}

/// When an order was asked for last, and what was told.
#[derive(Default)]
pub(crate) struct Turns(Mutex<Option<Asked>>);

impl Turns {
    /// What `ask` brings, if so much time has passed since the last one; before that what was told of the same order, and when
    /// the next turn comes where nothing was, and for another one. `name` is the marketplace's.
    pub(crate) async fn take(
        &self,
        number: &str,
        name: &str,
        (now, every): (OffsetDateTime, Duration),
        ask: impl Future<Output = Told>,
    ) -> Told {
        let mut last = self.0.lock().await;
        if let Some(asked) = last.as_ref()
            && let Some(left) = left_of(every, asked.at, now)
        {
            return match &asked.told {
                Some(told) if asked.number.eq_ignore_ascii_case(number) && is_told(told) => told.clone(),
                _ => Err(too_early(name, every, left)),
            };
        }
        // Noted before: a question whose answer nobody waited for was one too.
        let asked = last.insert(Asked { number: number.to_owned(), at: now, told: None });
        let told = Box::pin(ask).await;
        asked.told = Some(told.clone());
        told
    }
}

/// Whether an answer says something of the order: trouble on the way says nothing, and is over perhaps.
fn is_told(told: &Told) -> bool {
    !matches!(told, Err(ChannelFailure::Retry { .. } | ChannelFailure::Unknown { .. }))
}

/// How long it is until the next turn; `None` once it has come, and where a clock was set back.
fn left_of(every: Duration, last: OffsetDateTime, now: OffsetDateTime) -> Option<Duration> {
    let passed = Duration::try_from(now - last).ok()?;
    every.checked_sub(passed).filter(|left| !left.is_zero())
}

fn too_early(name: &str, every: Duration, left: Duration) -> ChannelFailure {
    // Whoever comes back after so many seconds is not too early once more.
    let (every, seconds) = (every.as_secs(), left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0)));
    ChannelFailure::Retry {
        class: FailureClass::Rate,
        after: Some(left),
        reason: format!(
            "{name} lets one order be read in {every} s, and one was just asked for. Look again in {seconds} s."
        ),
    }
}
