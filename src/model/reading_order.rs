//! The order in which people read what was said, where deliveries overtake each other.
//!
//! What customers wrote between two messages of ours stands in the order in which they wrote it. What came in behind an answer
//! stays behind it, whenever it was written: a clock that is off never puts an answer before its question.

use super::Ts;
use super::conversation::ConversationStatus;
use super::message::{Direction, Message};

/// Puts messages that are in the order of their arrival into that in which they are read.
pub fn put_in_order(messages: &mut [Message]) {
    for run in messages.chunk_by_mut(stand_together) {
        if run.first().is_some_and(is_inbound) {
            run.sort_by_key(|message| (message.written(), message.seq));
        }
    }
}

/// Where messages in the order in which they are read stand among what happened meanwhile: one that came late stands with what
/// it was written before.
pub fn moments(messages: &[Message]) -> Vec<Ts> {
    let mut moments = Vec::with_capacity(messages.len());
    for run in messages.chunk_by(stand_together) {
        let mut earliest = Ts(i64::MAX);
        let mut of_run: Vec<Ts> = Vec::with_capacity(run.len());
        for message in run.iter().rev() {
            earliest = if is_inbound(message) { earliest.min(message.created_at) } else { message.created_at };
            of_run.push(earliest);
        }
        moments.extend(of_run.into_iter().rev());
    }
    moments
}

/// Whether something was written, as its platform says, before what the customer wrote `last`, and nobody has answered since,
/// as far as the standing of their conversation tells.
pub fn is_late(status: ConversationStatus, last: Option<Ts>, written_at: Option<Ts>) -> bool {
    status == ConversationStatus::Open && last.zip(written_at).is_some_and(|(last, written)| written < last)
}

fn stand_together(one: &Message, next: &Message) -> bool {
    one.direction == next.direction
}

fn is_inbound(message: &Message) -> bool {
    message.direction == Direction::Inbound
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use crate::model::message::{Automatic, Delivery, MessageAuthor, Trust};
    use uuid::Uuid;

    /// What came at this moment; outbound where it says nothing of when it was written.
    fn came(seq: i64, direction: Direction, written_at: Option<i64>) -> Message {
        let ours = direction == Direction::Outbound;
        Message {
            seq,
            id: Uuid::nil().into(),
            conversation_id: Uuid::nil().into(),
            channel_id: Uuid::nil().into(),
            direction,
            author: if ours { MessageAuthor::Teammate } else { MessageAuthor::Contact },
            teammate_id: None,
            contact_id: None,
            sender_name: String::new(),
            sender_address: String::new(),
            reply_to: String::new(),
            recipients: Json(Vec::new()),
            subject: String::new(),
            body: String::new(),
            full_text: String::new(),
            html: None,
            delivery: ours.then_some(Delivery::Sent),
            delivery_reason: String::new(),
            external_id: String::new(),
            in_reply_to: None,
            automatic: Automatic::No,
            trust: Trust::Proved,
            draft_id: None,
            send_at: None,
            written_at: written_at.map(Ts),
            created_at: Ts(seq * 10),
            sent_at: None,
            changes: None,
            template: None,
            choices: Json(Vec::new()),
            parts: 1,
            parts_sent: 0,
            machine_worded: false,
            by_program: false,
            aside: false,
            thread: None,
            to_contact_id: None,
        }
    }

    fn theirs(seq: i64, written_at: i64) -> Message {
        came(seq, Direction::Inbound, Some(written_at))
    }

    fn ours(seq: i64) -> Message {
        came(seq, Direction::Outbound, None)
    }

    /// The numbers of messages in the order in which they are read, each with where it stands in time.
    fn read(mut messages: Vec<Message>) -> Vec<(i64, i64)> {
        put_in_order(&mut messages);
        let moments = moments(&messages);
        messages.iter().zip(moments).map(|(message, at)| (message.seq, at.0)).collect()
    }

    #[test]
    fn what_stands_together_is_read_as_it_was_written() {
        assert_eq!(read(vec![theirs(1, 9), theirs(2, 8), theirs(3, 7)]), [(3, 10), (2, 10), (1, 10)]);
        assert_eq!(read(vec![theirs(1, 5), theirs(2, 5), theirs(3, 4)]), [(3, 10), (1, 10), (2, 20)], "in one moment");
        assert_eq!(read(vec![theirs(1, 1), theirs(2, 2)]), [(1, 10), (2, 20)]);
        assert!(read(Vec::new()).is_empty());
    }

    #[test]
    fn nothing_gets_before_an_answer_or_behind_it() {
        let said = vec![theirs(1, 9), theirs(2, 8), ours(3), theirs(4, 1), theirs(5, 0), ours(6), ours(7)];
        assert_eq!(read(said), [(2, 10), (1, 10), (3, 30), (5, 40), (4, 40), (6, 60), (7, 70)]);
    }

    #[test]
    fn what_nobody_dates_was_written_when_it_came() {
        let mail = came(2, Direction::Inbound, None);
        assert_eq!(read(vec![theirs(1, 9), mail.clone(), theirs(3, 19)]), [(1, 10), (3, 20), (2, 20)]);
        assert_eq!(read(vec![theirs(1, 9), mail, theirs(3, 21)]), [(1, 10), (2, 20), (3, 30)]);
    }

    #[test]
    fn late_is_what_was_written_before_something_that_waits() {
        use ConversationStatus::{Open, Resolved, Snoozed, Waiting};
        let late = |status, last: Option<i64>, written: Option<i64>| is_late(status, last.map(Ts), written.map(Ts));
        assert!(late(Open, Some(5), Some(4)));
        assert!(!late(Open, Some(5), Some(5)) && !late(Open, None, Some(5)) && !late(Open, Some(5), None));
        for status in [Resolved, Snoozed, Waiting] {
            assert!(!late(status, Some(5), Some(4)), "{status}");
        }
    }
}
