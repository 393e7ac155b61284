//! What customers write as the code that they were sent, as it comes in.

use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::{LASTS, TRIES, hash_of};
use crate::clock::Clock;
use crate::inbox::connections::Connections;
use crate::inbox::event_of;
use crate::inbox::people::Vouched;
use crate::inbox::place::Batch;
use crate::model::conversation::gist_of;
use crate::model::event::EventKind;
use crate::model::identity_check::{
    CheckState, IdentityCheck, WrittenCode, codes_in, is_nothing_but_a_code, without_codes, without_quotes,
};
use crate::model::message::{Automatic, Direction, Trust};
use crate::model::{ConversationId, MessageId, Ts};
use crate::store::identity_checks::SentCheck;
use crate::store::intake::{BrandIdentity, ConversationRow, NewIdentity, NewMessage, key_of};
use crate::store::{self, Tx, identity_checks, orders, people};

/// What a message with codes does to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer<'c> {
    /// This one of them is the code.
    Right(&'c str),
    /// None is, and so many wrong ones came by now.
    Wrong(i64),
    /// None is, and no other one is looked at.
    TooOften,
    /// This one is, and its time is over.
    TooLate(&'c str),
    /// This one is, and its conversation went into another one.
    Elsewhere(&'c str),
}

impl<'c> Answer<'c> {
    /// No more codes are compared than may still come: who writes a thousand of them has tried some. Where the code counts no
    /// more, any other number is no answer to it.
    fn of(
        check: &IdentityCheck,
        codes: &'c [WrittenCode],
        (home, at): (ConversationId, Ts),
        is_it: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let is_late = check.sent_at.is_none_or(|sent| at > sent.plus(LASTS));
        let is_elsewhere = home != check.conversation_id;
        let counts = !is_late && !is_elsewhere;
        let mut tries = if counts { check.tries } else { 0 };
        for code in codes {
            if tries >= TRIES {
                break;
            }
            if is_it(&code.digits) {
                let code = code.digits.as_str();
                return Some(match (is_elsewhere, is_late) {
                    (true, _) => Self::Elsewhere(code),
                    (false, true) => Self::TooLate(code),
                    (false, false) => Self::Right(code),
                });
            }
            tries += 1;
        }
        counts.then_some(if tries >= TRIES { Self::TooOften } else { Self::Wrong(tries) })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Right(_) => "proved",
            Self::Wrong(_) => "wrong",
            Self::TooOften => "too_often",
            Self::TooLate(_) => "too_late",
            Self::Elsewhere(_) => "elsewhere",
        }
    }

    /// What is taken out of the text: the code itself, or what looks like it and is all that was written. A number among other
    /// words may be what the customer wants to say.
    fn hides(self, codes: &'c [WrittenCode], text: &str) -> Option<&'c str> {
        match self {
            Self::Right(code) | Self::TooLate(code) | Self::Elsewhere(code) => Some(code),
            Self::Wrong(_) | Self::TooOften => {
                codes.first().filter(|_| is_nothing_but_a_code(text)).map(|code| code.digits.as_str())
            }
        }
    }
}

/// Reads the codes in what came in, before it is written: only from the customer who was asked, in the conversation in which they
/// were, in their own words of this message and where its platform does not deny that it is theirs. Whoever brings the right one
/// has the order's address from now on. No code is kept in a text. Each number that is compared is a try, whatever stands around
/// it; numbers of the customer's orders are not compared. Within the turn to place messages.
pub(in crate::inbox) async fn take(
    connections: &Connections,
    clock: &Clock,
    tx: &mut Tx,
    batch: &mut Batch,
) -> store::Result<()> {
    let places: Vec<ConversationId> =
        batch.messages.iter().filter(|message| may_bring(message)).map(|message| message.conversation_id).collect();
    if places.is_empty() {
        return Ok(());
    }
    for SentCheck { mut check, home } in identity_checks::list_sent(tx, &places).await? {
        let mut besides = orders::list_numbers_of(tx, check.contact_id).await?;
        besides.push(check.order_number.clone());
        for place in 0..batch.messages.len() {
            let Some(message) = batch.messages.get_mut(place) else { break };
            if batch.only_quoted.contains(&message.id) {
                continue;
            }
            let codes = codes_in(&without_quotes(&message.body), &besides);
            let is_there = message.conversation_id == home && may_bring(message) && !codes.is_empty();
            let Some(writer) = message.contact_id.filter(|_| is_there) else { continue };
            if !people::are_one(tx, check.contact_id, writer).await? {
                continue;
            }
            let answer = Answer::of(&check, &codes, (home, message.created_at), |code| {
                let hash = hash_of(connections, check.id, code).unwrap_or_default();
                !hash.is_empty() && bool::from(hash.as_bytes().ct_eq(check.code_hash.as_bytes()))
            });
            let Some(answer) = answer else { continue };
            let id = message.id;
            let is_meant = !matches!(answer, Answer::Wrong(_)) || is_nothing_but_a_code(first_line(&message.body));
            if let Some(code) = answer.hides(&codes, &message.body) {
                hide(message, code, &mut batch.conversations);
            }
            if is_meant {
                let data = json!({ "what": answer.word(), "order": check.order_number });
                batch.events.push(event_of(clock, (check.brand_id, home), EventKind::IdentityChecked, "system", data));
            }
            if let Answer::Wrong(tries) = answer {
                identity_checks::set_tries(tx, check.id, tries, is_meant.then_some(id)).await?;
                check.tries = tries;
                continue;
            }
            if matches!(answer, Answer::Right(_)) {
                own_address(clock, tx, batch, &check).await?;
            }
            end(tx, &check, answer, id).await?;
            break;
        }
    }
    Ok(())
}

async fn end(tx: &mut Tx, check: &IdentityCheck, answer: Answer<'_>, message: MessageId) -> store::Result<()> {
    let state = match answer {
        Answer::Right(_) => CheckState::Proved,
        Answer::TooLate(_) => CheckState::Expired,
        Answer::Wrong(_) | Answer::TooOften => CheckState::Failed,
        Answer::Elsewhere(_) => CheckState::Withdrawn,
    };
    identity_checks::end(tx, check.id, state, Some(message)).await?;
    Ok(())
}

/// Whether a message may bring a code at all: a person wrote it, and nobody denies who.
fn may_bring(message: &NewMessage) -> bool {
    message.direction == Direction::Inbound
        && message.automatic == Automatic::No
        && message.trust != Trust::Failed
        && message.body.chars().any(char::is_numeric)
}

fn first_line(text: &str) -> &str {
    text.trim_start().lines().next().unwrap_or_default()
}

/// Takes a code out of a message, and out of what its conversation shows of it.
fn hide(message: &mut NewMessage, code: &str, rows: &mut [ConversationRow]) {
    let before = gist_of(&message.body);
    for text in [&mut message.body, &mut message.full_text, &mut message.subject] {
        let mut codes = codes_in(text, &[]);
        codes.retain(|written| written.digits == code);
        *text = without_codes(text, &codes);
    }
    // What it looked like may hold it in pieces.
    message.html = None;
    for row in rows.iter_mut().filter(|row| row.id == message.conversation_id && row.gist == before) {
        row.gist = gist_of(&message.body);
    }
}

/// Who brings the code has the address: it is a name of theirs from now on, or speaks for being one person with who has it.
async fn own_address(clock: &Clock, tx: &mut Tx, batch: &mut Batch, check: &IdentityCheck) -> store::Result<()> {
    let name = BrandIdentity { brand_id: check.brand_id, kind: "email".to_owned(), value: key_of(&check.address) };
    let holders = people::list_holders(tx, std::slice::from_ref(&name)).await?;
    match holders.first() {
        Some(holder) if holder.contact_id == check.contact_id => batch.proved.push(name),
        Some(_) => batch.vouched.push(Vouched { contact: check.contact_id, name }),
        None => batch.names.push(NewIdentity {
            id: check.contact_id,
            brand_id: name.brand_id,
            kind: name.kind,
            value: name.value,
            proved: true,
            created_at: clock.now(),
        }),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn check(tries: i64) -> IdentityCheck {
        let nil = Uuid::nil();
        IdentityCheck {
            id: nil.into(),
            brand_id: nil.into(),
            conversation_id: nil.into(),
            contact_id: nil.into(),
            order_source_id: nil.into(),
            order_id: String::new(),
            order_number: "FJ-20417".to_owned(),
            address: String::new(),
            state: CheckState::Sent,
            message_id: nil.into(),
            code_hash: String::new(),
            tries,
            answer_id: None,
            created_at: Ts(0),
            sent_at: Some(Ts(0)),
        }
    }

    /// What a text does in the conversation with this number, whose check is the one with none.
    fn answer_in(home: u128, tries: i64, text: &str, at: Ts) -> Option<String> {
        let codes = codes_in(text, &[]);
        let home = (ConversationId::from(Uuid::from_u128(home)), at);
        Answer::of(&check(tries), &codes, home, |code| code == "482913").map(|answer| format!("{answer:?}"))
    }

    fn answer(tries: i64, text: &str, at: Ts) -> String {
        answer_in(0, tries, text, at).unwrap_or_default()
    }

    #[test]
    fn a_code_counts_for_a_while_and_few_are_compared() {
        let (right, too_often) = ("Right(\"482913\")", "TooOften");
        let in_time = Ts(0).plus(LASTS);
        assert_eq!(answer(0, "482 913", in_time), right);
        assert_eq!(answer(0, "111111", in_time), "Wrong(1)");
        assert_eq!(answer(0, "111111, 222222 and 482913", in_time), right);
        assert_eq!(answer(TRIES - 1, "111111", in_time), too_often);
        assert_eq!(answer(TRIES - 2, "111111, 222222 and 482913", in_time), too_often);
        let many: Vec<String> = (0..1_000_000).step_by(1_000).map(|code| format!("{code:06}")).collect();
        assert_eq!(answer(0, &format!("{} 482913", many.join(", ")), in_time), too_often);
    }

    #[test]
    fn where_a_code_counts_no_more_only_the_code_itself_is_an_answer() {
        let (in_time, late) = (Ts(0).plus(LASTS), Ts(1).plus(LASTS));
        assert_eq!(answer(0, "482 913", late), "TooLate(\"482913\")");
        assert_eq!(answer_in(0, TRIES - 1, "Please send it to 560034 Bangalore", late), None);
        assert_eq!(answer_in(1, 0, "482 913", in_time).as_deref(), Some("Elsewhere(\"482913\")"));
        assert_eq!(answer_in(1, 0, "482 914", in_time), None);
    }

    #[test]
    fn what_is_hidden_is_the_code_or_all_that_was_written() {
        let hidden = |answer: Answer<'static>, text: &str| {
            let codes = codes_in(text, &[]);
            answer.hides(&codes, text).map(str::to_owned)
        };
        let right = Answer::Right("482913");
        assert_eq!(hidden(right, "560034 Bangalore, and 482913").as_deref(), Some("482913"));
        assert_eq!(hidden(Answer::Wrong(1), "482914").as_deref(), Some("482914"));
        assert_eq!(hidden(Answer::Wrong(1), "Please send it to 560034 Bangalore"), None);
    }
}
