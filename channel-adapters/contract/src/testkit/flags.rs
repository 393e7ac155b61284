//! Point 14: what a channel says it can do.

use super::harness::{SendHarness, WebhookHarness, numbered, refused, sent};
use super::news::status_of;
use super::webhooks::message;
use crate::failure::FailureClass;
use crate::outbound::{DeliveryState, Outbound};

/// Point 14: each flag that says yes has a message that passes, each that says no a clean refusal. Length, files, windows
/// and machines are shown by points 8 and 9.
pub async fn capabilities_are_true(webhooks: &dyn WebhookHarness, sending: &dyn SendHarness) {
    let capabilities = sending.channel().capabilities();
    let rich = message(webhooks, &webhooks.rich());
    assert_eq!(rich.html.is_some(), capabilities.html, "HTML is kept where the channel says so");

    let titled = Outbound { subject: "A title".to_owned(), ..numbered(sending, 60) };
    let (_, taken) = sent(sending, &titled, "a message with a subject").await;
    assert!(!capabilities.subject || taken.subject == "A title", "a subject arrives where there are subjects");

    let first = Outbound { in_reply_to: None, references: Vec::new(), ..numbered(sending, 61) };
    allowed(sending, capabilities.can_initiate, &first, "a message that answers nothing").await;

    let text = "See https://shop.example/returns for more.".to_owned();
    let linked = Outbound { text, ..numbered(sending, 62) };
    allowed(sending, capabilities.links, &linked, "a link").await;

    receipts_come_as_said(sending, capabilities.read_receipts, DeliveryState::Read).await;
    if capabilities.delivered_receipts {
        receipts_come_as_said(sending, true, DeliveryState::Delivered).await;
    }
}

async fn allowed(harness: &dyn SendHarness, may: bool, message: &Outbound, what: &str) {
    if may {
        let (_, taken) = sent(harness, message, what).await;
        assert!(taken.text.contains(&message.text), "{what} arrives whole");
    } else {
        refused(harness, message, FailureClass::Policy, what).await;
    }
}

async fn receipts_come_as_said(harness: &dyn SendHarness, said: bool, state: DeliveryState) {
    let (_, taken) = sent(harness, &numbered(harness, 63), "a plain message").await;
    let told = harness.news(&taken.id, state).map(|item| status_of(harness, &item).state);
    assert_eq!(told, said.then_some(state), "receipts come as the channel says");
}
