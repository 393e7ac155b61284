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
use crate::model::identity_check::{CheckState, IdentityCheck, WrittenCode, codes_in, without_codes};
use crate::model::message::{Automatic, Direction, Trust};
use crate::model::{ConversationId, MessageId, Ts};
use crate::store::intake::{BrandIdentity, ConversationRow, NewIdentity, NewMessage, key_of};
use crate::store::{self, Tx, identity_checks, people};

/// What a message with codes does to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// One of them is the code.
    Right,
    /// None is, and so many wrong ones came by now.
    Wrong(i64),
    /// None is, and no other one is looked at.
    TooOften,
    /// The time is over.
    TooLate,
}

impl Answer {
    /// No more codes are compared than may still come: who writes a thousand of them has tried some.
    fn of(check: &IdentityCheck, codes: &[WrittenCode], at: Ts, is_it: impl Fn(&str) -> bool) -> Self {
        if check.sent_at.is_none_or(|sent| at > sent.plus(LASTS)) {
            return Self::TooLate;
        }
        let mut tries = check.tries;
        for code in codes {
            if tries >= TRIES {
                break;
            }
            if is_it(&code.digits) {
                return Self::Right;
            }
            tries += 1;
        }
        if tries >= TRIES { Self::TooOften } else { Self::Wrong(tries) }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Right => "proved",
            Self::Wrong(_) => "wrong",
            Self::TooOften => "too_often",
            Self::TooLate => "too_late",
        }
    }
}

/// Reads the codes in what came in, before it is written: only from the customer who was asked, in the conversation in which they
/// were, in their own words of this message and where its platform does not deny that it is theirs. Whoever brings the right one
/// has the order's address from now on. No code is kept in a text. Within the turn to place messages.
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
    for mut check in identity_checks::list_sent(tx, &places).await? {
        for place in 0..batch.messages.len() {
            let Some(message) = batch.messages.get_mut(place) else { break };
            let codes = codes_in(&message.body, &check.order_number);
            let is_there = message.conversation_id == check.conversation_id && may_bring(message) && !codes.is_empty();
            let Some(writer) = message.contact_id.filter(|_| is_there) else { continue };
            if !people::are_one(tx, check.contact_id, writer).await? {
                continue;
            }
            let answer = Answer::of(&check, &codes, message.created_at, |code| {
                let hash = hash_of(connections, check.id, code).unwrap_or_default();
                !hash.is_empty() && bool::from(hash.as_bytes().ct_eq(check.code_hash.as_bytes()))
            });
            let id = message.id;
            hide(message, &codes, &mut batch.conversations, &check);
            let data = json!({ "what": answer.word(), "order": check.order_number });
            let about = (check.brand_id, check.conversation_id);
            batch.events.push(event_of(clock, about, EventKind::IdentityChecked, "system", data));
            if let Answer::Wrong(tries) = answer {
                identity_checks::set_tries(tx, check.id, tries, id).await?;
                check.tries = tries;
                continue;
            }
            if answer == Answer::Right {
                own_address(clock, tx, batch, &check).await?;
            }
            end(tx, &check, answer, id).await?;
            break;
        }
    }
    Ok(())
}

async fn end(tx: &mut Tx, check: &IdentityCheck, answer: Answer, message: MessageId) -> store::Result<()> {
    let state = match answer {
        Answer::Right => CheckState::Proved,
        Answer::TooLate => CheckState::Expired,
        Answer::Wrong(_) | Answer::TooOften => CheckState::Failed,
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

/// Takes the codes out of a message, and out of what its conversation shows of it.
fn hide(message: &mut NewMessage, codes: &[WrittenCode], rows: &mut [ConversationRow], check: &IdentityCheck) {
    let before = gist_of(&message.body);
    message.body = without_codes(&message.body, codes);
    for text in [&mut message.full_text, &mut message.subject] {
        *text = without_codes(text, &codes_in(text, &check.order_number));
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

    fn answer(tries: i64, text: &str, at: Ts) -> Answer {
        Answer::of(&check(tries), &codes_in(text, ""), at, |code| code == "482913")
    }

    #[test]
    fn a_code_counts_for_a_while_and_few_are_compared() {
        let in_time = Ts(0).plus(LASTS);
        assert_eq!(answer(0, "482 913", in_time), Answer::Right);
        assert_eq!(answer(0, "482 913", in_time.plus(std::time::Duration::from_micros(1))), Answer::TooLate);
        assert_eq!(answer(0, "111111", in_time), Answer::Wrong(1));
        assert_eq!(answer(0, "111111, 222222 and 482913", in_time), Answer::Right);
        assert_eq!(answer(TRIES - 1, "111111", in_time), Answer::TooOften);
        assert_eq!(answer(TRIES - 2, "111111, 222222 and 482913", in_time), Answer::TooOften);
        let many: Vec<String> = (0..1_000_000).step_by(1_000).map(|code| format!("{code:06}")).collect();
        assert_eq!(answer(0, &format!("{} 482913", many.join(", ")), in_time), Answer::TooOften);
    }
}
