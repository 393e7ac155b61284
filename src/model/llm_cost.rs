//! What calls of a language model cost, and how much they may cost in a month.

use time::Time;

use super::Ts;

/// The kind under which reading counts: what is asked for is known only behind it.
pub const READING: &str = "reading";
/// The kind of a limit that all kinds of a brand share.
pub const ALL_KINDS: &str = "";

/// What calls came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Cost {
    /// How many.
    pub calls: i64,
    /// Tokens read.
    pub prompt_tokens: i64,
    /// Tokens written.
    pub completion_tokens: i64,
    /// Money, in millionths of the currency's unit.
    pub micros: i64,
}

impl Cost {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_add(other.completion_tokens),
            micros: self.micros.saturating_add(other.micros),
        }
    }

    /// What this is more than the other; below zero where it is less.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(other.calls),
            prompt_tokens: self.prompt_tokens.saturating_sub(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_sub(other.completion_tokens),
            micros: self.micros.saturating_sub(other.micros),
        }
    }
}

/// What the calls for one kind of request came to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KindCost {
    /// An intent, or [`READING`].
    pub kind: String,
    /// What they came to.
    #[sqlx(flatten)]
    pub cost: Cost,
}

/// How much the calls of a month may cost.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Limit {
    /// An intent, [`READING`] or [`ALL_KINDS`].
    pub kind: String,
    /// In millionths of the currency's unit.
    pub micros: i64,
}

/// The first moment of a month, in UTC.
pub fn month_of(at: Ts) -> Ts {
    at.datetime().replace_day(1).map_or(at, |first| Ts::from_datetime(first.replace_time(Time::MIDNIGHT)))
}

/// What was spent of a month under a kind, or under [`ALL_KINDS`].
pub fn spent(costs: &[KindCost], kind: &str) -> Cost {
    let counted = costs.iter().filter(|row| kind == ALL_KINDS || row.kind == kind);
    counted.map(|row| row.cost).fold(Cost::default(), Cost::plus)
}

/// The limit below which a call of this kind has no room that may cost `most`. What costs nothing always has.
pub fn reached<'l>(limits: &'l [Limit], costs: &[KindCost], kind: &str, most: Cost) -> Option<&'l Limit> {
    let counts = |limit: &&Limit| limit.kind == ALL_KINDS || limit.kind == kind;
    let is_too_much = |limit: &&Limit| spent(costs, &limit.kind).plus(most).micros > limit.micros;
    limits.iter().filter(|_| most.micros > 0).filter(counts).find(is_too_much)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(micros: i64) -> Cost {
        Cost { micros, ..Cost::default() }
    }

    #[test]
    fn a_month_begins_on_its_first_day_in_utc() {
        // In November 2026, at the end of the year, and as December begins.
        for (at, begins) in [
            (1_795_424_400_000_000, 1_793_491_200_000_000),
            (1_798_761_599_999_999, 1_796_083_200_000_000),
            (1_796_083_200_000_000, 1_796_083_200_000_000),
        ] {
            assert_eq!(month_of(Ts(at)), Ts(begins), "{at}");
        }
    }

    #[test]
    fn a_call_has_room_where_it_fits_below_each_limit_at_its_dearest() {
        let limit = |kind: &str, micros| Limit { kind: kind.to_owned(), micros };
        let limits = [limit(ALL_KINDS, 100), limit("thanks", 30), limit("stock", 0)];
        let cost = |kind: &str, of| KindCost { kind: kind.to_owned(), cost: micros(of) };
        let costs = [cost(READING, 60), cost("thanks", 25)];
        let asked = |kind, most| reached(&limits, &costs, kind, micros(most)).map(|limit| limit.kind.as_str());
        assert_eq!((asked(READING, 15), asked(READING, 16)), (None, Some(ALL_KINDS)));
        assert_eq!((asked("thanks", 5), asked("thanks", 6)), (None, Some("thanks")));
        assert_eq!((asked("stock", 1), asked("stock", 0)), (Some("stock"), None), "what is free is never too much");
        assert_eq!(reached(&[], &costs, "thanks", micros(i64::MAX)), None);
    }

    #[test]
    fn what_was_paid_ahead_is_put_right_in_either_direction() {
        let most = Cost { calls: 1, prompt_tokens: 90, completion_tokens: 40, micros: 50 };
        let was = Cost { calls: 1, prompt_tokens: 100, completion_tokens: 4, micros: 20 };
        assert_eq!(most.plus(was.minus(most)), was);
    }
}
