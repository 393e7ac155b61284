//! The conformance tests that every adapter passes.
//!
//! An adapter's test hands over a harness and calls the functions one by one; each fails with a sentence that says what
//! the contract asks. Nothing here knows a platform.

#![expect(clippy::missing_panics_doc, reason = "these are assertions: to panic is how a test fails")]

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;

use crate::channel::{MessageChannel, WebhookRequest};
use crate::failure::{ChannelFailure, FailureClass, VerifyError};
use crate::inbound::{Inbound, RawItem};
use crate::outbound::{Outbound, OutboundAttachment};

/// How an adapter's test makes webhook requests.
pub trait WebhookHarness {
    /// The adapter.
    fn channel(&self) -> &dyn MessageChannel;

    /// Bodies as the platform sends them.
    fn bodies(&self) -> Vec<Bytes>;

    /// A request with this body that is signed as the platform would.
    fn signed(&self, body: Bytes) -> WebhookRequest;

    /// The same request without its signature or secret.
    fn unsigned(&self, body: Bytes) -> WebhookRequest;

    /// The same request with a wrong signature or secret.
    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest;

    /// Whether the signature covers the body; a secret in the address does not.
    fn signature_covers_body(&self) -> bool {
        true
    }
}

/// Right, missing and wrong signatures, and a body altered by one bit.
pub fn signatures_are_checked(harness: &dyn WebhookHarness) {
    let channel = harness.channel();
    for body in harness.bodies() {
        let right = channel.verify(&harness.signed(body.clone()));
        assert!(right.as_ref().is_ok_and(|items| !items.is_empty()), "a rightly signed request gives items: {right:?}");
        assert_eq!(channel.verify(&harness.unsigned(body.clone())), Err(VerifyError::Missing), "no signature");
        assert_eq!(
            channel.verify(&harness.wrongly_signed(body.clone())),
            Err(VerifyError::Mismatch),
            "a wrong signature"
        );
        if harness.signature_covers_body() {
            for at in places(body.len()) {
                let mut request = harness.signed(body.clone());
                request.body = altered(&body, at);
                assert_eq!(channel.verify(&request), Err(VerifyError::Mismatch), "a body altered at byte {at}");
            }
        }
    }
}

/// The same delivery, three times and in any order, always has the same keys, and keys are not empty.
pub fn duplicates_have_the_same_keys(harness: &dyn WebhookHarness) {
    let keys = |body: &Bytes| -> Vec<String> {
        let items = harness.channel().verify(&harness.signed(body.clone())).unwrap_or_default();
        items.into_iter().map(|item| item.external_id).collect()
    };
    let bodies = harness.bodies();
    let first: Vec<Vec<String>> = bodies.iter().map(keys).collect();
    let mut again: Vec<Vec<String>> = bodies.iter().rev().map(keys).collect();
    again.reverse();
    assert_eq!(first, again, "a second delivery has the keys of the first");
    for keys in first {
        let different: HashSet<&String> = keys.iter().collect();
        assert_eq!(different.len(), keys.len(), "the items of one request have different keys: {keys:?}");
        assert!(keys.iter().all(|key| !key.is_empty()), "no key is empty");
    }
}

/// Reading a stored item again gives the same events.
pub fn reading_again_gives_the_same(harness: &dyn WebhookHarness) {
    for body in harness.bodies() {
        for item in harness.channel().verify(&harness.signed(body)).unwrap_or_default() {
            let first = harness.channel().parse(&item);
            assert_eq!(first, harness.channel().parse(&item), "reading is pure");
            let events = first.unwrap_or_default();
            assert!(events.iter().all(|event| !event.external_id.is_empty()), "no event is without a key");
        }
    }
}

/// Cut, garbled and senseless bodies never panic, and leave what comes beside them as it was.
pub fn hostile_bytes_do_no_harm(harness: &dyn WebhookHarness) {
    let bodies = harness.bodies();
    let read = |body: &Bytes| -> Vec<Vec<Inbound>> {
        let items = harness.channel().verify(&harness.signed(body.clone())).unwrap_or_default();
        items.iter().map(|item| harness.channel().parse(item).unwrap_or_default()).collect()
    };
    let before: Vec<Vec<Vec<Inbound>>> = bodies.iter().map(read).collect();
    for body in &bodies {
        for hostile in hostile_versions(body) {
            read(&hostile);
            // A poller hands over bytes that no webhook has looked at.
            let item =
                RawItem { external_id: "hostile".to_owned(), origin: crate::inbound::RawOrigin::Inbox, body: hostile };
            let _ = harness.channel().parse(&item);
        }
    }
    let after: Vec<Vec<Vec<Inbound>>> = bodies.iter().map(read).collect();
    assert_eq!(before, after, "what is well formed is read as before");
}

fn places(length: usize) -> Vec<usize> {
    let mut found: Vec<usize> =
        [0, length / 3, length / 2, length.saturating_sub(1)].into_iter().filter(|at| *at < length).collect();
    found.dedup();
    found
}

fn altered(body: &Bytes, at: usize) -> Bytes {
    body.iter().enumerate().map(|(place, byte)| if place == at { byte ^ 1 } else { *byte }).collect()
}

fn hostile_versions(body: &Bytes) -> Vec<Bytes> {
    let mut found = vec![
        Bytes::new(),
        Bytes::from_static(b"\0"),
        Bytes::from_static(b"\xff\xfe\xfd"),
        Bytes::from(vec![b'['; 5_000]),
        Bytes::from(vec![b'{'; 5_000]),
        Bytes::from_static(b"null"),
        Bytes::from_static(b"[null,{},\"\"]"),
    ];
    let step = (body.len() / 40).max(1);
    for end in (0..body.len()).step_by(step) {
        found.push(body.slice(..end));
        found.push(altered(body, end));
        let (before, after) = (body.slice(..end), body.slice(end..));
        found.push([&before[..], b"\0\0", &after[..]].concat().into());
    }
    found
}

/// What a platform double does with the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refuses for now.
    Temporary,
    /// Refuses for good.
    Permanent,
    /// Refuses the credential.
    Credential,
    /// Closes the connection before it has seen the message.
    ResetBeforeBody,
    /// Takes the message and closes the connection without an answer.
    ResetAfterBody,
    /// Takes the message and never answers.
    HangAfterBody,
}

/// How an adapter's test sends to a double of the platform.
#[async_trait]
pub trait SendHarness: Sync {
    /// The adapter, connected to the double.
    fn channel(&self) -> &dyn MessageChannel;

    /// A message that the platform takes.
    fn message(&self) -> Outbound;

    /// Tells the double how to treat the next message; `false` if the platform has no such fault.
    async fn misbehave(&self, fault: Fault) -> bool;

    /// The ids of the messages that the double has taken, in order.
    async fn taken(&self) -> Vec<String>;
}

/// A message that is taken once is there once, under the id that the receipt names.
pub async fn a_message_is_sent_once(harness: &dyn SendHarness) {
    let before = harness.taken().await.len();
    let message = harness.message();
    let receipt =
        harness.channel().send(&message).await.unwrap_or_else(|failure| panic_with("a plain message", &failure));
    let taken = harness.taken().await;
    assert_eq!(taken.len(), before + 1, "one message is sent once");
    assert_eq!(taken.last(), Some(&receipt.external_id), "the receipt names what the platform holds");
}

/// Each fault becomes the failure that says what to do next.
pub async fn faults_say_what_to_do_next(harness: &dyn SendHarness) {
    use Fault::{Credential, HangAfterBody, Permanent, ResetAfterBody, ResetBeforeBody, Temporary};
    for fault in [Temporary, Permanent, Credential, ResetBeforeBody, ResetAfterBody, HangAfterBody] {
        if !harness.misbehave(fault).await {
            continue;
        }
        let outcome = harness.channel().send(&harness.message()).await;
        let right = matches!(
            (&outcome, fault),
            (Err(ChannelFailure::Retry { .. }), Temporary | ResetBeforeBody)
                | (Err(ChannelFailure::Refused { .. }), Permanent)
                | (Err(ChannelFailure::Reconnect { .. }), Credential)
                | (Err(ChannelFailure::Unknown { .. }), ResetAfterBody | HangAfterBody)
        );
        assert!(right, "after {fault:?} came {outcome:?}");
    }
}

/// The same command sent again names the same message, so that the other side can drop the second.
pub async fn a_repetition_names_the_same_message(harness: &dyn SendHarness) {
    if harness.misbehave(Fault::ResetAfterBody).await {
        let first = harness.channel().send(&harness.message()).await;
        assert!(matches!(first, Err(ChannelFailure::Unknown { .. })), "a lost answer is unknown: {first:?}");
    }
    let one = harness
        .channel()
        .send(&harness.message())
        .await
        .unwrap_or_else(|failure| panic_with("the repetition", &failure));
    let other = harness
        .channel()
        .send(&harness.message())
        .await
        .unwrap_or_else(|failure| panic_with("the repetition", &failure));
    assert_eq!(one.external_id, other.external_id, "one command, one id");
    let taken: HashSet<String> = harness.taken().await.into_iter().collect();
    assert!(taken.contains(&one.external_id), "the platform holds it under that id");
}

/// What the capabilities exclude is refused cleanly, before anything is sent.
pub async fn capabilities_are_kept(harness: &dyn SendHarness) {
    let capabilities = harness.channel().capabilities();
    let before = harness.taken().await.len();
    if let Some(limit) = capabilities.text {
        let message = Outbound { text: "x".repeat(limit.most + 1), ..harness.message() };
        refused_for_content(harness, &message, "a text above the limit").await;
    }
    let (count, bytes) = capabilities.attachments.map_or((0, 0), |limit| (limit.count, limit.total_bytes));
    let many = vec![file(1); count + 1];
    refused_for_content(harness, &Outbound { attachments: many, ..harness.message() }, "too many files").await;
    if let Ok(size) = usize::try_from(bytes)
        && size > 0
    {
        let large = vec![file(size + 1)];
        refused_for_content(harness, &Outbound { attachments: large, ..harness.message() }, "files that are too large")
            .await;
    }
    assert_eq!(harness.taken().await.len(), before, "what is refused is not sent");
}

async fn refused_for_content(harness: &dyn SendHarness, message: &Outbound, what: &str) {
    let outcome = harness.channel().send(message).await;
    let right = matches!(&outcome, Err(ChannelFailure::Refused { class: FailureClass::Content, .. }));
    assert!(right, "{what} must be refused for its content, but gave {outcome:?}");
}

fn file(size: usize) -> OutboundAttachment {
    OutboundAttachment {
        name: "file.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        content: vec![b'x'; size].into(),
    }
}

#[expect(clippy::panic, reason = "to panic is how a test fails")]
fn panic_with(what: &str, failure: &ChannelFailure) -> ! {
    panic!("{what} was not sent: {failure:?}")
}
