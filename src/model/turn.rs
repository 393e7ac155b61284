//! Whose turn it is: what asks for an answer, what is one, and what has had none.

use super::Ts;
use super::message::{Automatic, Delivery, Direction, Message, MessageAuthor};

/// What a message says of whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Turn {
    /// Which way it went.
    pub direction: Direction,
    /// By whom.
    pub author: MessageAuthor,
    /// Whether a machine wrote it.
    pub automatic: Automatic,
    /// Where it is, outbound only.
    pub delivery: Option<Delivery>,
    /// Whether it passes the customer by.
    pub aside: bool,
    /// When it was written or came in.
    pub created_at: Ts,
}

impl Turn {
    /// Whether a customer, or whoever else is in the case, wrote it. An automatic answer to what was sent changes nothing in a conversation.
    pub fn is_by_customer(&self) -> bool {
        self.direction == Direction::Inbound && self.automatic != Automatic::AutoReply
    }

    /// Whether it answers a customer: a person or the agent says something, and it left or is to leave by itself. The
    /// desk's own words, that nobody is there or that a person looks at it, answer nobody.
    pub fn is_answer(&self) -> bool {
        self.direction == Direction::Outbound
            && self.automatic == Automatic::No
            && self.author != MessageAuthor::System
            && !matches!(self.delivery, Some(Delivery::Held | Delivery::Cancelled | Delivery::Failed))
    }
}

impl From<&Message> for Turn {
    fn from(message: &Message) -> Self {
        Self {
            direction: message.direction,
            author: message.author,
            automatic: message.automatic,
            delivery: message.delivery,
            aside: message.aside,
            created_at: message.created_at,
        }
    }
}

/// The first word of a customer that had no answer, of turns in their order. What passes the customer by answers only what did.
pub fn first_unanswered(turns: impl IntoIterator<Item = Turn>) -> Option<Turn> {
    let (mut asked, mut asked_aside): (Option<Turn>, Option<Turn>) = (None, None);
    for turn in turns {
        if turn.is_answer() {
            asked_aside = None;
            asked = asked.filter(|_| turn.aside);
        } else if turn.is_by_customer() {
            (if turn.aside { &mut asked_aside } else { &mut asked }).get_or_insert(turn);
        }
    }
    asked.into_iter().chain(asked_aside).min_by_key(|turn| turn.created_at)
}

/// Whether somebody waits who had no answer.
pub fn is_waited_for(turns: &[Turn]) -> bool {
    first_unanswered(turns.iter().copied()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(at: i64) -> Turn {
        Turn {
            direction: Direction::Inbound,
            author: MessageAuthor::Contact,
            automatic: Automatic::No,
            delivery: None,
            aside: false,
            created_at: Ts(at),
        }
    }

    fn said(author: MessageAuthor, delivery: Option<Delivery>) -> Turn {
        Turn { direction: Direction::Outbound, author, delivery, ..asked(50) }
    }

    #[test]
    fn only_what_a_person_or_the_agent_says_and_what_leaves_is_an_answer() {
        use Delivery::{Cancelled, Delivered, Failed, Held, Queued, Read, Sending, Sent, Unknown};
        let waits = |said: Turn| first_unanswered([asked(1), asked(2), said]).map(|turn| turn.created_at.0);
        for author in [MessageAuthor::Teammate, MessageAuthor::Agent] {
            for left in [Queued, Sending, Unknown, Sent, Delivered, Read] {
                assert_eq!(waits(said(author, Some(left))), None, "{author} {left}");
            }
            assert_eq!(waits(said(author, None)), None, "written in another program");
            for stayed in [Held, Cancelled, Failed] {
                assert_eq!(waits(said(author, Some(stayed))), Some(1), "{author} {stayed}");
            }
        }
        assert_eq!(waits(said(MessageAuthor::System, Some(Sent))), Some(1), "that nobody is there");
        assert_eq!(waits(Turn { automatic: Automatic::AutoReply, ..said(MessageAuthor::Teammate, None) }), Some(1));
    }

    #[test]
    fn what_passes_the_customer_by_answers_only_what_did() {
        let aside = |turn: Turn| Turn { aside: true, ..turn };
        let answer = said(MessageAuthor::Teammate, Some(Delivery::Sent));
        let waits = |turns: &[Turn]| first_unanswered(turns.iter().copied()).map(|turn| turn.created_at.0);
        assert_eq!(waits(&[asked(1), aside(answer)]), Some(1), "the customer has heard nothing");
        assert_eq!(waits(&[asked(1), aside(asked(2)), aside(answer)]), Some(1));
        assert_eq!(waits(&[aside(asked(1)), asked(2), aside(answer)]), Some(2));
        assert_eq!(waits(&[aside(asked(1)), aside(answer)]), None, "who asked so is answered so");
        assert_eq!(waits(&[aside(asked(1)), asked(2)]), Some(1));
        assert_eq!(waits(&[asked(1), aside(asked(2)), answer]), None);
    }

    #[test]
    fn whoever_writes_behind_an_answer_waits_anew() {
        let answer = said(MessageAuthor::Teammate, Some(Delivery::Sent));
        let waits = |turns: &[Turn]| first_unanswered(turns.iter().copied()).map(|turn| turn.created_at.0);
        assert_eq!(waits(&[]), None);
        assert_eq!(waits(&[asked(1), answer, asked(60), asked(70)]), Some(60));
        let machine = Turn { automatic: Automatic::AutoReply, ..asked(60) };
        assert_eq!(waits(&[asked(1), answer, machine]), None, "a machine waits for nothing");
    }
}
