//! Point 11: who writes.

use super::checklist::Part;
use super::harness::{WebhookHarness, given, why};
use super::secrecy::seen;
use super::webhooks::message_of;
use crate::channel::{MessageChannel, NameScope, WebhookRequest};
use crate::inbound::{Identity, InboundMessage, Trust};

/// Point 11: who says who they are is not proved, a wrong proof proves nothing, and a person on two connections has two
/// ids where ids are the platform's own.
pub fn claims_prove_nothing(harness: &dyn WebhookHarness) {
    let channel = harness.channel();
    let claimed = read(harness, channel, &harness.claimed()).unwrap_or_else(|| panic!("a claim is a message"));
    assert_ne!(claimed.trust, Trust::Proved, "a claim is no proof");
    assert_eq!(claimed.reply_to, None, "a claim leads no answer elsewhere");
    let forged = read(harness, channel, &harness.forged());
    assert!(forged.is_none_or(|message| message.trust != Trust::Proved), "a wrong proof proves nothing");
    let proved = given(harness, Part::Proof, harness.proved()).and_then(|request| read(harness, channel, &request));
    assert!(proved.as_ref().is_none_or(|message| message.trust == Trust::Proved), "a proof is one");
    if let Some((other, request)) = given(harness, Part::OwnIds, harness.elsewhere()) {
        let elsewhere = read(harness, &*other, &request).unwrap_or_else(|| panic!("who writes there is read"));
        let here = named(channel, &proved.unwrap_or(claimed));
        assert_ne!(named(&*other, &elsewhere), here, "an id of one connection names nobody on another");
    }
}

/// Whom a message names, and where that name counts.
fn named(channel: &dyn MessageChannel, message: &InboundMessage) -> (Option<NameScope>, Identity) {
    let sender = message.sender.clone();
    (channel.name_scope().filter(|scope| scope.kind == sender.kind), sender)
}

fn read(
    harness: &dyn WebhookHarness,
    channel: &dyn MessageChannel,
    request: &WebhookRequest,
) -> Option<InboundMessage> {
    let is_polled = why(harness, Part::Push).is_some();
    let items = if is_polled { harness.items(&request.body) } else { channel.verify(request).ok()? };
    let events = items.iter().flat_map(|item| channel.parse(item).unwrap_or_default());
    let message = events.into_iter().find_map(message_of);
    seen(&message);
    message
}
