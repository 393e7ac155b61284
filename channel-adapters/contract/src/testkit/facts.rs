//! Point 15: what metrics and the state of a channel are made of.

use super::checklist::Part;
use super::harness::{SendHarness, WebhookHarness, given, why};
use super::secrecy::seen;
use super::webhooks::{bodies, events};
use crate::failure::ChannelFailure;

/// Point 15: events say when they happened, a check passes on a sound connection and finds each way in which it can be
/// broken, and the failure names its class.
pub async fn facts_for_metrics_are_told(webhooks: &dyn WebhookHarness, sending: &dyn SendHarness) {
    let times = bodies(webhooks).iter().flat_map(|body| events(webhooks, body)).find_map(|event| event.occurred_at);
    given(webhooks, Part::OccurredAt, times);
    assert_eq!(sending.channel().check().await, Ok(()), "a sound connection passes");
    if why(sending, Part::Quota).is_none() {
        let quota = sending.channel().health().quota;
        let is_told = quota.iter().any(|quota| quota.of > 0 && !quota.name.is_empty());
        assert!(is_told, "what is left is told after a check: {quota:?}");
    }
    let broken = sending.broken().await;
    assert!(!broken.is_empty(), "every connection can be broken");
    for broken in broken {
        let outcome = broken.channel.check().await;
        seen(&outcome);
        let class = outcome.as_ref().err().map(ChannelFailure::class);
        assert_eq!(class, Some(broken.class), "{}: {outcome:?}", broken.what);
        let words = outcome.err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(words.contains(' '), "{}: a person reads what happened: {words}", broken.what);
    }
}
