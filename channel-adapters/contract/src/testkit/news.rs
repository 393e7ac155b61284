//! Points 5 and 12: what the platform tells of our own messages, and what machines write.

use super::checklist::{Fault, Part};
use super::harness::{Harness, SendHarness, WebhookHarness, faulty, given, numbered, sent, sent_again, why};
use super::secrecy::seen;
use super::webhooks::message;
use crate::failure::ChannelFailure;
use crate::inbound::{InboundEvent, RawItem, StatusUpdate};
use crate::outbound::{DeliveryState, Outbound, Receipt, Reconciliation};

const STATES: [DeliveryState; 3] = [DeliveryState::Delivered, DeliveryState::Read, DeliveryState::Failed];

/// Point 5: news finds its message, also before the answer to the sending came, and news of the unknown is kept.
pub async fn news_finds_its_message(harness: &dyn SendHarness) {
    let message = numbered(harness, 1);
    let (receipt, taken) = sent(harness, &message, "a plain message").await;
    let told: Vec<(DeliveryState, RawItem)> =
        STATES.into_iter().filter_map(|state| Some((state, harness.news(&taken.id, state)?))).collect();
    given(harness, Part::News, (!told.is_empty()).then_some(()));
    for (state, item) in told {
        let status = status_of(harness, &item);
        assert_eq!(status.state, state, "news says where the message is");
        assert!(
            reaches(&status, &receipt, &message),
            "news names the message by an id of the receipt, or all until then"
        );
    }
    news_may_come_before_the_answer(harness).await;
    for item in STATES.into_iter().filter_map(|state| harness.news("nobody-knows-it@elsewhere.example", state)) {
        let status = status_of(harness, &item);
        let is_about_something = !status.message_ids.is_empty() || status.until.is_some();
        assert!(is_about_something, "news of the unknown says about what it is");
    }
}

async fn news_may_come_before_the_answer(harness: &dyn SendHarness) {
    let message = numbered(harness, 2);
    if !faulty(harness, Fault::ResetAfterBody).await {
        return;
    }
    let unanswered = harness.send(&message).await;
    assert!(matches!(unanswered, Err(ChannelFailure::Unknown { .. })), "a lost answer is unknown: {unanswered:?}");
    let held = harness.last_taken().await.map(|taken| taken.id).unwrap_or_default();
    let early: Vec<StatusUpdate> = STATES
        .into_iter()
        .filter_map(|state| harness.news(&held, state))
        .map(|item| status_of(harness, &item))
        .collect();
    let shows_none = why(harness, Part::Echo).is_some();
    assert!(echoes_are_ours(harness).await || shows_none, "an echo is known before the answer");
    if let Some(receipt) = found_again(harness, &message).await {
        let all_reach = early.iter().all(|status| reaches(status, &receipt, &message));
        assert!(all_reach, "early news names what the receipt names later");
    }
}

/// The receipt of a message whose answer was lost: had by sending it once more where the other side knows it by its id, and
/// else by asking.
async fn found_again(harness: &dyn SendHarness, message: &Outbound) -> Option<Receipt> {
    if why(harness, Part::Repetition).is_none() {
        return Some(sent_again(harness, message, "the same message once more").await.0);
    }
    match harness.channel().reconcile(message).await {
        Ok(Reconciliation::Sent(receipt)) => Some(receipt),
        Ok(Reconciliation::CannotTell) if why(harness, Part::Reconciliation).is_some() => None,
        found => panic!("what was taken is found, but asking gave {found:?}"),
    }
}

/// Point 12: what the desk has sent is known when it comes back, and what a machine wrote is marked.
pub async fn own_and_automatic_messages_are_known(webhooks: &dyn WebhookHarness, sending: &dyn SendHarness) {
    sent(sending, &numbered(sending, 3), "a plain message").await;
    given(sending, Part::Echo, echoes_are_ours(sending).await.then_some(()));
    let automatic = webhooks.automatic();
    given(webhooks, Part::Automatic, (!automatic.is_empty()).then_some(()));
    for (body, kind) in automatic {
        assert_eq!(message(webhooks, &body).automatic, kind, "a machine wrote it");
    }
}

/// Whether there are echoes; each must be known as one.
async fn echoes_are_ours(harness: &dyn SendHarness) -> bool {
    let echoes = harness.echoes().await;
    for item in &echoes {
        let events = harness.channel().parse(item).unwrap_or_default();
        seen(&events);
        let ours = events.iter().all(|inbound| is_of_our_own(&inbound.event));
        assert!(ours && !events.is_empty(), "an own message that comes back is no news: {events:?}");
    }
    !echoes.is_empty()
}

/// Nothing, or the word that a message of ours was taken.
fn is_of_our_own(event: &InboundEvent) -> bool {
    match event {
        InboundEvent::Ignored(_) => true,
        InboundEvent::Status(status) => status.state == DeliveryState::Sent && !status.message_ids.is_empty(),
        _ => false,
    }
}

/// The status that an item tells.
pub(super) fn status_of(harness: &dyn Harness, item: &RawItem) -> StatusUpdate {
    let events = harness.channel().parse(item).unwrap_or_default();
    seen(&events);
    let found = events.into_iter().find_map(|inbound| inbound.event.into_status());
    found.unwrap_or_else(|| panic!("news must be read as a status"))
}

/// Whether news is about a message: it names it, or everything to its recipient until then.
fn reaches(status: &StatusUpdate, receipt: &Receipt, message: &Outbound) -> bool {
    let names = status.message_ids.iter().any(|id| *id == receipt.external_id || receipt.also_known_as.contains(id));
    let until = status.until.as_ref();
    names || until.is_some_and(|until| message.to.contains(&until.recipient.value) && message.now <= until.at)
}
