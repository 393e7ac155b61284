//! Points 5 and 12: what the platform tells of our own messages, and what machines write.

use super::checklist::{Fault, Part};
use super::harness::{Harness, SendHarness, WebhookHarness, faulty, given, numbered, sent, why};
use super::secrecy::seen;
use super::webhooks::message;
use crate::failure::ChannelFailure;
use crate::inbound::{InboundEvent, RawItem, StatusUpdate};
use crate::outbound::{DeliveryState, Receipt};

const STATES: [DeliveryState; 3] = [DeliveryState::Delivered, DeliveryState::Read, DeliveryState::Failed];

/// Point 5: news finds its message, also before the answer to the sending came, and news of the unknown is kept.
pub async fn news_finds_its_message(harness: &dyn SendHarness) {
    let (receipt, taken) = sent(harness, &numbered(harness, 1), "a plain message").await;
    let told: Vec<(DeliveryState, RawItem)> =
        STATES.into_iter().filter_map(|state| Some((state, harness.news(&taken.id, state)?))).collect();
    given(harness, Part::News, (!told.is_empty()).then_some(()));
    for (state, item) in told {
        let status = status_of(harness, &item);
        assert_eq!(status.state, state, "news says where the message is");
        assert!(names(&status, &receipt), "news names the message by an id of the receipt");
    }
    news_may_come_before_the_answer(harness).await;
    for item in STATES.into_iter().filter_map(|state| harness.news("nobody-knows-it@elsewhere.example", state)) {
        assert!(!status_of(harness, &item).message_ids.is_empty(), "news of the unknown says about what it is");
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
    let (receipt, _) = sent(harness, &message, "the same message once more").await;
    assert!(early.iter().all(|status| names(status, &receipt)), "early news names what the receipt names later");
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
        let ours = events.iter().all(|inbound| matches!(inbound.event, InboundEvent::Ignored(_)));
        assert!(ours && !events.is_empty(), "an own message that comes back is no news: {events:?}");
    }
    !echoes.is_empty()
}

/// The status that an item tells.
pub(super) fn status_of(harness: &dyn Harness, item: &RawItem) -> StatusUpdate {
    let events = harness.channel().parse(item).unwrap_or_default();
    seen(&events);
    let found = events.into_iter().find_map(|inbound| inbound.event.into_status());
    found.unwrap_or_else(|| panic!("news must be read as a status"))
}

fn names(status: &StatusUpdate, receipt: &Receipt) -> bool {
    status.message_ids.iter().any(|id| *id == receipt.external_id || receipt.also_known_as.contains(id))
}
