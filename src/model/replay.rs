//! A replay: what the agent would have done in cases of before under a draft of the policy, beside what it would do under the
//! one in force. Both are reckoned anew, so that nothing but the draft makes a difference.

use serde::{Deserialize, Serialize};

use super::order::{Currency, Money};
use super::teammate::Role;
use super::text_enum::text_enum;
use super::{AgentRunId, BrandId, Json, ReplayId, Ts, VersionId};

text_enum! {
    /// Where a replay stands.
    ReplayState {
        /// Waits or is under way.
        Running = "running",
        /// All cases are counted.
        Done = "done",
        /// Somebody stopped it; what was counted stays.
        Stopped = "stopped",
    }
}

text_enum! {
    /// How a case ends.
    Ended {
        /// The reply goes out alone.
        Sent = "sent",
        /// The reply waits for a yes.
        Waits = "waits",
        /// A person takes it.
        Person = "person",
        /// Nothing is said.
        Nothing = "nothing",
    }
}

/// What a shop is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What is done with which order.
    pub what: String,
    /// For people.
    pub label: String,
    /// What it gives away, money or goods.
    pub worth: Option<Money>,
}

/// What a case comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// How it ends.
    pub ended: Ended,
    /// Whose yes it waits for.
    pub needs: Option<Role>,
    /// Why.
    pub why: Vec<String>,
    /// What shops are asked for.
    pub asked: Vec<Asked>,
    /// What the customer reads.
    pub text: String,
}

impl Weighed {
    /// A case that ends so, with nothing said and nothing asked for.
    pub fn alone(ended: Ended) -> Self {
        Self { ended, needs: None, why: Vec::new(), asked: Vec::new(), text: String::new() }
    }
}

/// A case under the policy in force and under the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// In force.
    pub before: Weighed,
    /// The draft.
    pub after: Weighed,
}

impl Compared {
    /// Whether somebody else decides. Other words for why are no other decision.
    pub fn decides_otherwise(&self) -> bool {
        (self.before.ended, self.before.needs) != (self.after.ended, self.after.needs)
    }

    /// Whether shops are asked for something else.
    pub fn acts_otherwise(&self) -> bool {
        self.before.asked != self.after.asked
    }

    /// Whether the customer reads something else.
    pub fn says_otherwise(&self) -> bool {
        self.before.text != self.after.text
    }

    /// Whether anything is otherwise.
    pub fn is_otherwise(&self) -> bool {
        self.decides_otherwise() || self.acts_otherwise() || self.says_otherwise()
    }
}

/// A number under the policy in force and under the draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// In force.
    pub before: i64,
    /// The draft.
    pub after: i64,
}

impl Sides {
    /// How much more it is under the draft.
    pub fn more(self) -> i64 {
        self.after.saturating_sub(self.before)
    }
}

/// What is given away in a currency. Currencies are never added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The currency.
    pub currency: Currency,
    /// In its smallest unit: by the agent alone.
    pub alone: Sides,
    /// Once people say yes.
    pub asked: Sides,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Cases that were looked at.
    pub cases: i64,
    /// Those of which it cannot be told.
    pub untold: i64,
    /// Those in which anything is otherwise.
    pub changed: i64,
    /// Those in which somebody else decides.
    pub decisions: i64,
    /// Those in which shops are asked for something else.
    pub actions: i64,
    /// Those in which the customer reads something else.
    pub replies: i64,
    /// Those that are answered without a person.
    pub alone: Sides,
    /// What is given away.
    pub moved: Vec<Moved>,
}

impl Tally {
    /// Counts a case; nothing where it cannot be told.
    pub fn add(&mut self, case: Option<&Compared>) {
        self.cases += 1;
        let Some(case) = case else {
            self.untold += 1;
            return;
        };
        self.changed += i64::from(case.is_otherwise());
        self.decisions += i64::from(case.decides_otherwise());
        self.actions += i64::from(case.acts_otherwise());
        self.replies += i64::from(case.says_otherwise());
        self.alone.before += i64::from(case.before.ended == Ended::Sent);
        self.alone.after += i64::from(case.after.ended == Ended::Sent);
        self.give(&case.before, |sides| &mut sides.before);
        self.give(&case.after, |sides| &mut sides.after);
    }

    /// Cases in which nothing is otherwise.
    pub fn same(&self) -> i64 {
        self.cases - self.untold - self.changed
    }

    fn give(&mut self, weighed: &Weighed, side: impl Fn(&mut Sides) -> &mut i64) {
        for worth in weighed.asked.iter().filter_map(|asked| asked.worth) {
            let is_it = |moved: &Moved| moved.currency == worth.currency;
            if !self.moved.iter().any(is_it) {
                let (alone, asked) = (Sides::default(), Sides::default());
                self.moved.push(Moved { currency: worth.currency, alone, asked });
            }
            if let Some(moved) = self.moved.iter_mut().find(|moved| is_it(moved)) {
                let sum = side(if weighed.ended == Ended::Sent { &mut moved.alone } else { &mut moved.asked });
                *sum = sum.saturating_add(worth.minor);
            }
        }
    }
}

/// A replay as stored: the newest of its brand.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Replay {
    /// Id.
    pub id: ReplayId,
    /// Whose.
    pub brand_id: BrandId,
    /// The version that was the draft.
    pub version_id: VersionId,
    /// Its number.
    pub version: i64,
    /// When the draft was changed last before.
    pub revision: Ts,
    /// What it said.
    pub document: Json<serde_json::Value>,
    /// The version in force that it is held against; 0 until it begins.
    pub against: i64,
    /// Of how many conversations.
    pub wanted: i64,
    /// How many cases these are; 0 until it begins.
    pub total: i64,
    /// Where it stands.
    pub state: ReplayState,
    /// What was counted.
    pub tally: Json<Tally>,
    /// When it was asked for.
    pub begun_at: Ts,
    /// When it ended.
    pub ended_at: Option<Ts>,
}

/// A case in which something is otherwise.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReplayCase {
    /// The run of before.
    pub run_id: AgentRunId,
    /// The number of its conversation.
    pub number: i64,
    /// Whose conversation it is.
    pub contact_name: String,
    /// When the agent ran.
    pub taken_at: Ts,
    /// Both sides.
    pub document: Json<Compared>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refund(ended: Ended, minor: i64, currency: Currency) -> Weighed {
        let asked = vec![Asked {
            what: format!("refund {minor}"),
            label: "Refund".to_owned(),
            worth: Some(Money::new(minor, currency)),
        }];
        Weighed { asked, text: "It is on its way.".to_owned(), ..Weighed::alone(ended) }
    }

    #[test]
    fn who_decides_what_is_done_and_what_is_said_are_told_apart() {
        let before = refund(Ended::Waits, 4_200, Currency::EUR);
        let told = |after: Weighed| {
            let case = Compared { before: before.clone(), after };
            (case.decides_otherwise(), case.acts_otherwise(), case.says_otherwise(), case.is_otherwise())
        };
        assert_eq!(told(before.clone()), (false, false, false, false));
        let other_words = Weighed { why: vec!["over 30.00 EUR".to_owned()], ..before.clone() };
        assert_eq!(told(other_words), (false, false, false, false));
        assert_eq!(told(Weighed { ended: Ended::Sent, ..before.clone() }), (true, false, false, true));
        assert_eq!(told(Weighed { needs: Some(Role::Manager), ..before.clone() }), (true, false, false, true));
        assert_eq!(told(Weighed { asked: Vec::new(), ..before.clone() }), (false, true, false, true));
        assert_eq!(told(Weighed { text: String::new(), ..before.clone() }), (false, false, true, true));
    }

    #[test]
    fn money_is_counted_by_currency_and_by_who_gives_it() {
        let pounds: Currency = "GBP".parse().unwrap();
        let mut tally = Tally::default();
        for case in [
            Some(Compared {
                before: refund(Ended::Waits, 4_200, Currency::EUR),
                after: refund(Ended::Sent, 4_200, Currency::EUR),
            }),
            Some(Compared { before: refund(Ended::Sent, 500, pounds), after: refund(Ended::Sent, 700, pounds) }),
            Some(Compared { before: Weighed::alone(Ended::Nothing), after: Weighed::alone(Ended::Nothing) }),
            None,
        ] {
            tally.add(case.as_ref());
        }
        let sides = |before, after| Sides { before, after };
        let euros = Moved { currency: Currency::EUR, alone: sides(0, 4_200), asked: sides(4_200, 0) };
        let in_pounds = Moved { currency: pounds, alone: sides(500, 700), asked: sides(0, 0) };
        let expected = Tally {
            cases: 4,
            untold: 1,
            changed: 2,
            decisions: 1,
            actions: 1,
            replies: 0,
            alone: sides(1, 2),
            moved: vec![euros, in_pounds],
        };
        assert_eq!((tally.same(), tally.alone.more()), (1, 1));
        assert_eq!(tally, expected);
    }
}
