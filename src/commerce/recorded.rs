//! What shops answered, kept so that the same questions get the same answers again without asking anybody.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use channel_contract::orders::{OrderFailure, OrderQuery, Product};
use serde::{Deserialize, Serialize};

use crate::model::OrderSourceId;
use crate::model::order::KnownOrder;

/// A question to the shops, and what they said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Orders.
    Orders {
        /// Which ones.
        query: OrderQuery,
        /// What was found.
        found: Result<Vec<KnownOrder>, OrderFailure>,
    },
    /// Products.
    Products {
        /// Of which shop; `None` for all of them.
        shop: Option<OrderSourceId>,
        /// What was looked for.
        words: String,
        /// What was found.
        found: Result<Vec<Product>, OrderFailure>,
    },
}

/// All that shops were asked, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Whether there was no shop to ask.
    pub is_empty: bool,
    /// The questions with their answers.
    pub answers: Vec<Answer>,
}

type Answers = Arc<Mutex<Vec<Answer>>>;

/// What shops are going to answer, as far as they have.
#[derive(Debug)]
pub struct Recorder {
    is_empty: bool,
    answers: Answers,
}

impl Recorder {
    /// Everything up to now.
    pub fn recording(&self) -> Recording {
        Recording { is_empty: self.is_empty, answers: held(&self.answers).clone() }
    }
}

/// What stands between whoever asks and the shops.
#[derive(Clone, Debug, Default)]
pub(super) enum Tape {
    /// Nothing.
    #[default]
    None,
    /// What they say is kept.
    Records(Answers),
    /// They are not asked: what was kept answers.
    Repeats {
        /// Whether there was no shop to ask.
        is_empty: bool,
        /// What was kept and not said again yet.
        answers: Answers,
        /// Whether something was asked that was not asked then.
        lacks: Arc<AtomicBool>,
    },
}

impl Tape {
    /// One that keeps what is said from now on.
    pub(super) fn recording(is_empty: bool) -> (Self, Recorder) {
        let answers = Answers::default();
        (Self::Records(Arc::clone(&answers)), Recorder { is_empty, answers })
    }

    /// One that says again what was kept.
    pub(super) fn repeating(recording: Recording) -> Self {
        Self::Repeats {
            is_empty: recording.is_empty,
            answers: Arc::new(Mutex::new(recording.answers)),
            lacks: Arc::default(),
        }
    }

    /// Whether something was asked that what was kept does not answer.
    pub(super) fn lacks(&self) -> bool {
        matches!(self, Self::Repeats { lacks, .. } if lacks.load(Ordering::Relaxed))
    }

    /// Whether there was no shop to ask, where what was kept answers.
    pub(super) fn is_empty(&self) -> Option<bool> {
        match self {
            Self::Repeats { is_empty, .. } => Some(*is_empty),
            Self::None | Self::Records(_) => None,
        }
    }

    /// The orders that were found then, where what was kept answers.
    pub(super) fn orders(&self, query: &OrderQuery) -> Option<Result<Vec<KnownOrder>, OrderFailure>> {
        let Self::Repeats { answers, lacks, .. } = self else { return None };
        let is_asked = |answer: &Answer| matches!(answer, Answer::Orders { query: asked, .. } if asked == query);
        match next(answers, is_asked) {
            Some(Answer::Orders { found, .. }) => Some(found),
            _ => Some(Err(not_kept(lacks))),
        }
    }

    /// The products that were found then, where what was kept answers.
    pub(super) fn products(
        &self,
        of: Option<OrderSourceId>,
        looked_for: &str,
    ) -> Option<Result<Vec<Product>, OrderFailure>> {
        let Self::Repeats { answers, lacks, .. } = self else { return None };
        let is_asked = |answer: &Answer| match answer {
            Answer::Products { shop, words, .. } => *shop == of && words == looked_for,
            Answer::Orders { .. } => false,
        };
        match next(answers, is_asked) {
            Some(Answer::Products { found, .. }) => Some(found),
            _ => Some(Err(not_kept(lacks))),
        }
    }

    /// Keeps an answer, where they are kept.
    pub(super) fn keep(&self, answer: impl FnOnce() -> Answer) {
        if let Self::Records(answers) = self {
            held(answers).push(answer());
        }
    }
}

/// The next answer to a question. The last one is given again to whoever asks more often than was asked then.
fn next(answers: &Answers, is_asked: impl Fn(&Answer) -> bool) -> Option<Answer> {
    let mut left = held(answers);
    let place = left.iter().position(&is_asked)?;
    let is_last = !left.iter().skip(place + 1).any(is_asked);
    if is_last { left.get(place).cloned() } else { Some(left.remove(place)) }
}

fn not_kept(lacks: &AtomicBool) -> OrderFailure {
    lacks.store(true, Ordering::Relaxed);
    OrderFailure::Unknown { reason: "The shop was not asked for this then.".to_owned() }
}

fn held(answers: &Answers) -> MutexGuard<'_, Vec<Answer>> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn number(number: &str) -> OrderQuery {
        OrderQuery::Number(number.to_owned())
    }

    fn down(reason: &str) -> OrderFailure {
        OrderFailure::Retry { after: None, reason: reason.to_owned() }
    }

    #[test]
    fn each_question_gets_the_answers_that_it_got_in_their_order() {
        let (tape, recorder) = Tape::recording(false);
        assert_eq!(tape.orders(&number("1")), None, "the shops are asked");
        let shop = OrderSourceId(Uuid::from_u128(9));
        tape.keep(|| Answer::Orders { query: number("1"), found: Err(down("first")) });
        tape.keep(|| Answer::Orders { query: number("2"), found: Ok(Vec::new()) });
        tape.keep(|| Answer::Orders { query: number("1"), found: Err(down("second")) });
        tape.keep(|| Answer::Products { shop: Some(shop), words: "mug".to_owned(), found: Ok(Vec::new()) });
        let kept = serde_json::to_string(&recorder.recording()).unwrap();
        let again = Tape::repeating(serde_json::from_str(&kept).unwrap());
        assert_eq!(again.is_empty(), Some(false));
        for expected in ["first", "second", "second"] {
            assert_eq!(again.orders(&number("1")), Some(Err(down(expected))));
        }
        assert_eq!(again.orders(&number("2")), Some(Ok(Vec::new())));
        assert_eq!(again.products(Some(shop), "mug"), Some(Ok(Vec::new())));
        assert!(!again.lacks());
    }

    #[test]
    fn what_was_not_asked_then_is_a_failure_and_not_nothing() {
        for asks_for_orders in [true, false] {
            let tape = Tape::repeating(Recording::default());
            assert!(!tape.lacks());
            if asks_for_orders {
                assert!(matches!(tape.orders(&number("1")), Some(Err(OrderFailure::Unknown { .. }))));
            } else {
                assert!(matches!(tape.products(None, "mug"), Some(Err(OrderFailure::Unknown { .. }))));
            }
            assert!(tape.clone().lacks(), "it is told, and of whoever shares it");
        }
    }
}
