//! Point 15: what metrics and the state of a channel are made of.

use super::checklist::Part;
use super::harness::{SendHarness, WebhookHarness, given, has_none};
use super::secrecy::seen;
use super::webhooks::events;
use crate::failure::ChannelFailure;

/// Point 15: events say when they happened, a check passes on a sound connection and finds each way in which it can be
/// broken, and the failure names its class.
pub async fn facts_for_metrics_are_told(webhooks: &dyn WebhookHarness, sending: &dyn SendHarness) {
    let times = webhooks.bodies().iter().flat_map(|body| events(webhooks, body)).find_map(|event| event.occurred_at);
    given(webhooks, Part::OccurredAt, times);
    // A platform that tells what is left needs a place for it in the contract.
    has_none(sending, Part::Quota);
    assert_eq!(sending.channel().check().await, Ok(()), "a sound connection passes");
    for broken in sending.broken().await {
        let outcome = broken.channel.check().await;
        seen(&outcome);
        let class = outcome.as_ref().err().map(ChannelFailure::class);
        assert_eq!(class, Some(broken.class), "{}: {outcome:?}", broken.what);
        let words = outcome.err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(words.contains(' '), "{}: a person reads what happened: {words}", broken.what);
    }
}
