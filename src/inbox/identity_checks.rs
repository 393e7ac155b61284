//! Who asks shows that an order is theirs: a code goes to the address on the order, as its shop has it, and whoever brings it to
//! the same conversation has that mailbox. Of a code nothing is kept but a keyed hash.

mod answers;

use std::time::Duration;

use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::Outbound;
use serde_json::json;
use uuid::Uuid;

pub(super) use answers::take;

use super::connections::Connections;
use super::notify::{Mailed, REFUSED, mailbox_of, why_shut};
use super::outgoing::{Reply, put_on_its_way};
use super::{Inbox, InboxError, admission, sending};
use crate::clock::Clock;
use crate::model::channel::{Channel, is_marketplace, letterbox};
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::identity_check::{CheckState, IdentityCheck, masked};
use crate::model::job::JobKind;
use crate::model::message::Delivery;
use crate::model::order::KnownOrder;
use crate::model::standing::{Answered, Standing};
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, IdentityCheckId, MessageId, OrderSourceId, Ts};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Tx, brands, channels, conversations, drafts, identity_checks, intake, messages};
use crate::vault::VaultError;
use crate::voice::locale::{locale, locale_with_texts};
use crate::voice::texts;

/// How long a code counts.
pub const LASTS: Duration = Duration::from_mins(15);
/// After so many wrong ones it does not count any more.
pub const TRIES: i64 = 5;
/// So many codes go out for one order within [`ORDER`].
const PER_ORDER: i64 = 3;
const ORDER: Duration = Duration::from_hours(1);
/// So many codes go out from one conversation within [`DAY`].
const PER_CASE: i64 = 5;
/// So many codes go out to one address within [`DAY`], on whatever order.
const PER_ADDRESS: i64 = 6;
/// For so long the codes to an address are counted.
pub const DAY: Duration = Duration::from_hours(24);
/// A code that did not come is waited for so long: what comes behind its time is told to be late.
pub const WAITED: Duration = Duration::from_hours(1);
const NO_KEY: &str =
    "The desk's key cannot be used, so no code was sent. Ask whoever runs the desk to run `resolute doctor`.";
/// So many codes there are.
const CODES: u64 = 1_000_000;

/// Why no code can be sent for an order, in words.
pub(super) async fn refusal(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    known: &KnownOrder,
) -> store::Result<Option<String>> {
    if conversation.channel_kind.parse().is_ok_and(is_marketplace) {
        let words =
            "On a marketplace the platform says whose order it is, and nothing is sent elsewhere. No code was sent.";
        return Ok(Some(words.to_owned()));
    }
    let number = &known.order.number;
    if !known.order.buyer.email.contains('@') {
        return Ok(Some(format!(
            "The shop shows no mail address on order {number}, so no code was sent. Ask for what only its buyer knows, and \
             compare it with the order yourself."
        )));
    }
    if mailbox_of(inbox, conversation.brand_id).await?.is_none() {
        let words = "No mailbox of this brand works, so no code was sent. Connect one under Channels, or ask for what only the \
                     buyer knows.";
        return Ok(Some(words.to_owned()));
    }
    let now = inbox.clock.now();
    if is_too_many(tx, (known.source_id, &known.order.id), now).await? {
        return Ok(Some(format!(
            "{PER_ORDER} codes went to the address of order {number} within an hour, so no other one was sent. Wait, or ask for \
             what only its buyer knows."
        )));
    }
    let Ok(key) = address_key(&inbox.connections, &known.order.buyer.email) else { return Ok(Some(NO_KEY.to_owned())) };
    if identity_checks::count_of_address(tx, &key, now.minus(DAY)).await? >= PER_ADDRESS {
        return Ok(Some(format!(
            "{PER_ADDRESS} codes went to the mail address of order {number} within a day, so no other one was sent. Wait until \
             tomorrow, or ask for what only its buyer knows."
        )));
    }
    let sent = identity_checks::count_of_conversation(tx, conversation.id, now.minus(DAY)).await?;
    Ok((sent >= PER_CASE).then(|| {
        format!(
            "{PER_CASE} codes were asked for in this conversation within a day, so no other one was sent. Ask for what only the \
             buyer knows."
        )
    }))
}

async fn is_too_many(tx: &mut Tx, order: (OrderSourceId, &str), now: Ts) -> store::Result<bool> {
    Ok(identity_checks::count_of_order(tx, order, now.minus(ORDER)).await? >= PER_ORDER)
}

/// Has a code sent to the address of an order when the message leaves that tells the customer so. Another one that was asked for
/// in the conversation does not count any more. The caller holds the conversation and commits.
pub(super) async fn ask(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    known: &KnownOrder,
    (message, send_at, actor): (MessageId, Ts, &str),
) -> Result<(), InboxError> {
    identity_checks::withdraw(tx, conversation.id).await?;
    if let Some(words) = refusal(inbox, tx, conversation, known).await? {
        return Err(InboxError::Conflict(words));
    }
    let now = inbox.clock.now();
    let check = IdentityCheck {
        id: inbox.clock.new_id(),
        brand_id: conversation.brand_id,
        conversation_id: conversation.id,
        contact_id: conversation.contact_id,
        order_source_id: known.source_id,
        order_id: known.order.id.clone(),
        order_number: known.order.number.clone(),
        address: known.order.buyer.email.trim().to_lowercase(),
        state: CheckState::Asked,
        message_id: message,
        code_hash: String::new(),
        tries: 0,
        answer_id: None,
        created_at: now,
        sent_at: None,
    };
    let key = address_key(&inbox.connections, &check.address).map_err(|_| InboxError::Conflict(NO_KEY.to_owned()))?;
    identity_checks::insert(tx, &check, &key).await?;
    let job = NewJob {
        conversation_id: Some(conversation.id),
        dedup_key: Some(check.id.to_string()),
        ..NewJob::about(inbox.clock.new_id(), JobKind::SendCode, "check", &check.id, send_at.max(now))
    };
    jobs::enqueue(tx, &[job]).await?;
    let data = json!({ "what": "asked", "order": check.order_number });
    intake::insert_events(tx, &[inbox.event(conversation, EventKind::IdentityChecked, actor, data)]).await?;
    Ok(())
}

/// A teammate has a code sent to the address of an order, and the customer told so where they write.
pub async fn ask_by_hand(
    inbox: &Inbox,
    id: ConversationId,
    known: &KnownOrder,
    by: &Teammate,
) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    if is_under_way(&mut tx, &conversation, known).await? {
        return Ok(());
    }
    let to = masked(&known.order.buyer.email);
    let text = words_for(&mut tx, &conversation).await?.told.replace("{to}", &to);
    if !Box::pin(admission::takes_notice(inbox, &mut tx, &conversation, &text)).await? {
        let words = "The customer cannot be told on this channel now, so no code was sent. See below the reply what keeps it, or \
                     choose another channel.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    let draft = drafts::current_in(&mut tx, conversation.id).await?;
    let message: MessageId = inbox.clock.new_id();
    let before = Standing::of(&conversation, draft.map(|draft| draft.id));
    let answered = Answered { message, from: None, before };
    let reply = Reply {
        id: message,
        text: &text,
        teammate: Some(by),
        draft: None,
        instead_of: Some(&answered),
        actions: &[],
        files: &[],
        choices: &[],
        template: None,
        machine_worded: true,
        program: false,
        readers: None,
    };
    Box::pin(put_on_its_way(inbox, &mut tx, &mut conversation, &reply)).await?;
    let send_at = inbox.clock.now().plus(inbox.undo);
    Box::pin(ask(inbox, &mut tx, &conversation, known, (message, send_at, &by.name))).await?;
    tx.commit().await?;
    inbox.wake.deliveries();
    inbox.wake.job(JobKind::SendCode);
    inbox.wake.event();
    Ok(())
}

/// Whether a code for this order is about to leave, and the customer is told so: who asks twice has asked once.
async fn is_under_way(tx: &mut Tx, conversation: &Conversation, known: &KnownOrder) -> Result<bool, InboxError> {
    let Some(check) = identity_checks::find_asked(tx, conversation.id).await? else { return Ok(false) };
    let told = messages::find_in(tx, check.message_id).await?.and_then(|message| message.delivery);
    let is_this = (check.order_source_id, &check.order_id) == (known.source_id, &known.order.id);
    if told.is_none_or(|told| matches!(told, Delivery::Held | Delivery::Cancelled | Delivery::Failed)) {
        return Ok(false);
    }
    if !is_this && told == Some(Delivery::Queued) {
        return Err(InboxError::Conflict(format!(
            "A code for order {} is about to go, and the customer is told so. That stays, and no other one was sent. Take that \
             message back, or wait until it has left; then ask again.",
            check.order_number
        )));
    }
    Ok(is_this)
}

/// What is said of a code, as the customer writes, where there are texts in that language.
async fn words_for(tx: &mut Tx, conversation: &Conversation) -> store::Result<texts::CodeWords> {
    let brand = brands::get_in(tx, conversation.brand_id).await?;
    let language = locale_with_texts(&conversation.language).unwrap_or_else(|| locale(&brand.locale));
    Ok(texts::code(language.code))
}

/// Sends the mail with a code, once: one that was cut off in between is not repeated, and teammates see it. A new code is made
/// for each attempt, and only its hash is kept.
pub async fn send(inbox: &Inbox, id: IdentityCheckId) -> store::Result<Mailed> {
    let check = match identity_checks::find(&inbox.db, id).await? {
        Some(check) if check.state == CheckState::Asked => check,
        // The attempt before got as far as the mail, and nothing tells what became of it.
        Some(check) if check.state == CheckState::Sent => return Ok(Mailed::Done(doubt(inbox, &check).await?)),
        _ => return Ok(Mailed::Done(inbox.db.begin().await?)),
    };
    let told = messages::find(&inbox.db, check.message_id).await?.and_then(|message| message.delivery);
    match told {
        Some(Delivery::Held) => return Ok(Mailed::Waits("what tells the customer of it is held".to_owned())),
        None | Some(Delivery::Cancelled | Delivery::Failed) => {
            let mut tx = inbox.db.begin().await?;
            identity_checks::end(&mut tx, id, CheckState::Withdrawn, None).await?;
            return Ok(Mailed::Done(tx));
        }
        Some(_) => {}
    }
    let all = channels::list(&inbox.db).await?;
    let Some(mailbox) = letterbox(&all, check.brand_id) else {
        return Ok(Mailed::Done(give_up(inbox, &check, "there is no mailbox").await?));
    };
    let now = inbox.clock.now();
    if let Some(why) = why_shut(inbox, mailbox, now) {
        return Ok(Mailed::Waits(why.to_owned()));
    }
    let connection = match inbox.connections.get(mailbox.id).await {
        Ok(connection) => connection,
        Err(error) => return Ok(Mailed::Retry(error.to_string())),
    };
    let code = match new_code(&inbox.clock, &inbox.connections) {
        Ok(code) => code,
        Err(error) => return Ok(Mailed::Retry(error.to_string())),
    };
    let keyed = (hash_of(&inbox.connections, id, &code), address_key(&inbox.connections, &check.address));
    let (Ok(hash), Ok(key)) = keyed else {
        return Ok(Mailed::Retry("the key of the desk cannot be used".to_owned()));
    };
    let mut tx = inbox.db.begin().await?;
    // Whoever else sends one for this order waits until it is counted.
    intake::lock(&mut tx).await?;
    if !identity_checks::set_sent(&mut tx, id, &hash, now).await? {
        return Ok(Mailed::Done(tx));
    }
    let conversation = conversations::lock(&mut tx, check.conversation_id).await?;
    let words = words_for(&mut tx, &conversation).await?;
    if identity_checks::count_of_order(&mut tx, (check.order_source_id, &check.order_id), now.minus(ORDER)).await?
        > PER_ORDER
    {
        drop(tx);
        return Ok(Mailed::Done(give_up(inbox, &check, "too many were sent for this order within an hour").await?));
    }
    if identity_checks::count_of_address(&mut tx, &key, now.minus(DAY)).await? > PER_ADDRESS {
        drop(tx);
        return Ok(Mailed::Done(give_up(inbox, &check, "too many were sent to its address within a day").await?));
    }
    if !inbox.connections.refusals.may_knock(mailbox, now) {
        return Ok(Mailed::Waits(REFUSED.to_owned()));
    }
    tx.commit().await?;
    let outcome = connection.adapter.send(&letter(&check, &code, words, (&connection.brand.name, now))).await;
    inbox.connections.keep_renewed(&connection).await;
    if !matches!(outcome, Err(ChannelFailure::Reconnect { .. })) {
        inbox.connections.refusals.end(mailbox.id);
    }
    Box::pin(settle(inbox, &check, mailbox, outcome.map(|_| ()))).await
}

/// What became of the mail.
async fn settle(
    inbox: &Inbox,
    check: &IdentityCheck,
    mailbox: &Channel,
    outcome: Result<(), ChannelFailure>,
) -> store::Result<Mailed> {
    let failure = match outcome {
        Ok(()) => {
            let mut tx = inbox.db.begin().await?;
            sending::worked(inbox, &mut tx, mailbox).await?;
            return Ok(Mailed::Done(tx));
        }
        // It may have arrived: then its code is to count.
        Err(ChannelFailure::Unknown { .. }) => return Ok(Mailed::Done(doubt(inbox, check).await?)),
        Err(failure @ (ChannelFailure::Retry { .. } | ChannelFailure::Reconnect { .. })) => failure,
        Err(failure) => {
            tracing::warn!(%failure, check = %check.id, "a code could not be mailed");
            return Ok(Mailed::Done(give_up(inbox, check, "the address took no mail").await?));
        }
    };
    let mut tx = inbox.db.begin().await?;
    identity_checks::set_unsent(&mut tx, check.id).await?;
    tx.commit().await?;
    if let ChannelFailure::Reconnect { reason } = &failure {
        sending::refused(inbox, mailbox.id, reason).await?;
        return Ok(Mailed::Waits(reason.clone()));
    }
    Ok(Mailed::Retry(failure.to_string()))
}

/// No code is sent, and teammates see why. The caller commits.
pub async fn give_up(inbox: &Inbox, check: &IdentityCheck, why: &str) -> store::Result<Tx> {
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, check.conversation_id).await?;
    if identity_checks::end(&mut tx, check.id, CheckState::Withdrawn, None).await? {
        let data = json!({ "what": "unsent", "order": check.order_number, "reason": why });
        intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::IdentityChecked, "system", data)])
            .await?;
    }
    Ok(tx)
}

/// Nobody can tell whether the code left: it counts if it comes, and teammates see it. The caller commits.
async fn doubt(inbox: &Inbox, check: &IdentityCheck) -> store::Result<Tx> {
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, check.conversation_id).await?;
    let data = json!({ "what": "unsure", "order": check.order_number });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::IdentityChecked, "system", data)]).await?;
    Ok(tx)
}

/// The mail: a letter of its own, so that an answer to it continues no conversation and proves nothing.
fn letter(check: &IdentityCheck, code: &str, words: texts::CodeWords, (brand, now): (&str, Ts)) -> Outbound {
    let fill =
        |text: &str| text.replace("{code}", code).replace("{order}", &check.order_number).replace("{brand}", brand);
    Outbound {
        to: vec![check.address.clone()],
        from_name: brand.to_owned(),
        subject: fill(words.subject),
        text: fill(words.mail),
        ..Outbound::letter(check.id.0, now.datetime())
    }
}

/// Six digits that nobody can foresee without the key.
fn new_code(clock: &Clock, connections: &Connections) -> Result<String, VaultError> {
    let id: Uuid = clock.new_id();
    let mark = connections.mark("code", &id.to_string())?;
    let number = mark.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    Ok(format!("{:06}", number % CODES))
}

/// By what codes to an address are counted once the address itself is forgotten.
fn address_key(connections: &Connections, address: &str) -> Result<String, VaultError> {
    Ok(hex::encode(connections.mark("address of codes", &address.trim().to_lowercase())?))
}

fn hash_of(connections: &Connections, check: IdentityCheckId, code: &str) -> Result<String, VaultError> {
    Ok(hex::encode(connections.mark(&format!("identity check:{check}"), code)?))
}
