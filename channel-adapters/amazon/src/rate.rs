//! How often which calls may be made: Amazon gives each seller, application and operation a bucket of calls that fills at
//! a steady rate. Pure: the time is handed in, and who has to wait is told how long.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A bucket as Amazon's documentation writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How long it takes until there is one call more, in milliseconds.
    pub every_millis: u64,
    /// How many calls it holds.
    pub burst: u32,
}

impl Plan {
    fn every(self) -> Duration {
        Duration::from_millis(self.every_millis)
    }

    fn whole(self) -> Duration {
        self.every().saturating_mul(self.burst.max(1))
    }
}

/// The operations that have a bucket of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Asks what may be said about an order.
    MessagingActions,
    /// Asks for the buyer's language.
    MessagingAttributes,
    /// Says something about an order.
    MessagingSend,
    /// Asks whether a review may be asked for.
    SolicitationActions,
    /// Asks for a review.
    SolicitationSend,
    /// Reads an order.
    Order,
    /// Reads or sets up notifications.
    Notifications,
    /// Prepares a file.
    Uploads,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::MessagingActions,
        Self::MessagingAttributes,
        Self::MessagingSend,
        Self::SolicitationActions,
        Self::SolicitationSend,
        Self::Order,
        Self::Notifications,
        Self::Uploads,
    ];

    /// Its name in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessagingActions => "messaging_actions",
            Self::MessagingAttributes => "messaging_attributes",
            Self::MessagingSend => "messaging_send",
            Self::SolicitationActions => "solicitation_actions",
            Self::SolicitationSend => "solicitation_send",
            Self::Order => "order",
            Self::Notifications => "notifications",
            Self::Uploads => "uploads",
        }
    }

    /// What Amazon's documentation says.
    pub fn usual(self) -> Plan {
        match self {
            Self::Order => Plan { every_millis: 2_000, burst: 30 },
            Self::Uploads => Plan { every_millis: 100, burst: 10 },
            _ => Plan { every_millis: 1_000, burst: 5 },
        }
    }
}

/// One bucket, by the moment at which it is full again.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    full_at: OffsetDateTime,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { full_at: OffsetDateTime::UNIX_EPOCH }
    }
}

impl Bucket {
    /// Takes one call out, perhaps before it is there: the answer is how long to wait for it. Who would have to wait longer
    /// than `patience` takes none, and the answer is when to come again.
    pub fn take(&mut self, plan: Plan, now: OffsetDateTime, patience: Duration) -> Result<Duration, Duration> {
        let full_at = self.full_at.max(now).saturating_add(signed(plan.every()));
        let behind = Duration::try_from(full_at - now).unwrap_or_default();
        let wait = behind.saturating_sub(plan.whole());
        if wait > patience {
            return Err(wait);
        }
        self.full_at = full_at;
        Ok(wait)
    }

    /// Amazon says that nothing is left: whatever we counted, it is empty.
    pub fn empty(&mut self, plan: Plan, now: OffsetDateTime) {
        self.full_at = self.full_at.max(now.saturating_add(signed(plan.whole())));
    }
}

/// The buckets of one connection.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    buckets: BTreeMap<Operation, Bucket>,
    /// What Amazon told of the rate, where it differs from what was known.
    told: BTreeMap<Operation, Plan>,
}

impl Buckets {
    /// Takes one call out of the bucket of an operation.
    pub(crate) fn take(
        &mut self,
        operation: Operation,
        own: &BTreeMap<String, Plan>,
        now: OffsetDateTime,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let plan = self.plan(operation, own);
        self.buckets.entry(operation).or_default().take(plan, now, patience)
    }

    /// Notes that Amazon refused a call for there were too many; gives how long to wait.
    pub(crate) fn refused(
        &mut self,
        operation: Operation,
        own: &BTreeMap<String, Plan>,
        now: OffsetDateTime,
    ) -> Duration {
        let plan = self.plan(operation, own);
        self.buckets.entry(operation).or_default().empty(plan, now);
        plan.every()
    }

    /// Notes the rate that Amazon tells with an answer, in calls a second.
    pub(crate) fn learn(&mut self, operation: Operation, own: &BTreeMap<String, Plan>, per_second: &str) {
        let rate = per_second.trim().parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate > 0.0);
        let every = rate.and_then(|rate| Duration::try_from_secs_f64(rate.recip()).ok());
        let millis = every.and_then(|every| u64::try_from(every.as_millis()).ok());
        if let Some(every_millis) = millis {
            let plan = Plan { every_millis: every_millis.max(1), ..self.plan(operation, own) };
            self.told.insert(operation, plan);
        }
    }

    fn plan(&self, operation: Operation, own: &BTreeMap<String, Plan>) -> Plan {
        let told = self.told.get(&operation).or_else(|| own.get(operation.as_str()));
        told.copied().unwrap_or_else(|| operation.usual())
    }
}

fn signed(duration: Duration) -> time::Duration {
    time::Duration::try_from(duration).unwrap_or(time::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const PLAN: Plan = Plan { every_millis: 1_000, burst: 5 };

    fn after(seconds: u64) -> OffsetDateTime {
        NOW + Duration::from_secs(seconds)
    }

    #[test]
    fn a_bucket_holds_its_burst_and_fills_steadily() {
        let mut bucket = Bucket::default();
        for _ in 0..5 {
            assert_eq!(bucket.take(PLAN, NOW, Duration::ZERO), Ok(Duration::ZERO));
        }
        assert_eq!(bucket.take(PLAN, NOW, Duration::ZERO), Err(Duration::from_secs(1)));
        assert_eq!(bucket.take(PLAN, after(1), Duration::ZERO), Ok(Duration::ZERO), "who was refused took none");
        assert_eq!(bucket.take(PLAN, after(1), Duration::ZERO), Err(Duration::from_secs(1)));
        for _ in 0..5 {
            assert_eq!(bucket.take(PLAN, after(100), Duration::ZERO), Ok(Duration::ZERO));
        }
        assert!(bucket.take(PLAN, after(100), Duration::ZERO).is_err(), "more than the burst is never saved up");
    }

    #[test]
    fn who_waits_stands_in_a_row() {
        let mut bucket = Bucket::default();
        let waits: Vec<_> =
            (0..8).map(|_| bucket.take(PLAN, NOW, Duration::from_secs(2)).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [Ok(0), Ok(0), Ok(0), Ok(0), Ok(0), Ok(1), Ok(2), Err(Duration::from_secs(3))]);
    }

    #[test]
    fn amazons_word_counts_more_than_ours() {
        let (mut buckets, mut own) = (Buckets::default(), BTreeMap::new());
        let take = |buckets: &mut Buckets, own: &BTreeMap<String, Plan>| {
            buckets.take(Operation::Order, own, NOW, Duration::ZERO)
        };
        own.insert("order".to_owned(), Plan { every_millis: 10_000, burst: 2 });
        assert_eq!([take(&mut buckets, &own), take(&mut buckets, &own)], [Ok(Duration::ZERO); 2]);
        assert_eq!(take(&mut buckets, &own), Err(Duration::from_secs(10)));
        for odd in ["", "0", "-1", "NaN", "inf", "many", "1e-300"] {
            buckets.learn(Operation::Order, &own, odd);
        }
        buckets.learn(Operation::Order, &own, " 0.0056 ");
        let mut buckets = Buckets { buckets: BTreeMap::new(), ..buckets };
        assert_eq!(buckets.refused(Operation::Order, &own, NOW), Duration::from_millis(178_571));
        assert!(take(&mut buckets, &own).is_err(), "what Amazon calls empty is");
    }
}
