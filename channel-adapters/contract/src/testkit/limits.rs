//! Point 9: how much a message holds.

use bytes::Bytes;

use super::checklist::Part;
use super::harness::{SendHarness, WebhookHarness, has_none, numbered, refused, sent};
use super::secrecy::seen;
use super::webhooks::message;
use crate::capabilities::{AttachmentLimit, LengthLimit};
use crate::failure::{ChannelFailure, FailureClass};
use crate::outbound::{Outbound, OutboundAttachment};

/// One picture to the eye, seven characters to a computer.
const FAMILY: &str = "👩‍👩‍👧‍👦";

/// Point 9: what fits arrives whole to the last byte, one more is refused and never cut; files of no bytes and of
/// senseless types do no harm in either direction.
pub async fn limits_are_kept(webhooks: &dyn WebhookHarness, sending: &dyn SendHarness) {
    // A platform whose files are fetched by address needs a way in the contract to fetch them.
    has_none(sending, Part::MediaByAddress);
    match sending.channel().capabilities().text {
        Some(limit) => texts_up_to(sending, limit).await,
        None => whole(sending, &with_text(sending, format!("{}{FAMILY}", "🧥".repeat(50_000)))).await,
    }
    match sending.channel().capabilities().attachments {
        Some(limit) => files_up_to(sending, limit).await,
        None => refused(sending, &with_files(sending, vec![file(1)]), FailureClass::Content, "a file").await,
    }
    let empty = message(webhooks, &webhooks.with_an_empty_file()).attachments;
    assert!(empty.iter().any(|file| file.content.is_empty()), "a file of no bytes is a file");
}

async fn texts_up_to(harness: &dyn SendHarness, limit: LengthLimit) {
    for piece in ["x", "ü", "🧥"] {
        let text = piece.repeat(limit.most / limit.measure(piece));
        let rest = "x".repeat(limit.most - limit.measure(&text));
        whole(harness, &with_text(harness, format!("{text}{rest}"))).await;
        let over = with_text(harness, format!("{text}{rest}x"));
        refused(harness, &over, FailureClass::Content, "a text above the limit").await;
    }
    let border = format!("{}{FAMILY}", "x".repeat(limit.most.saturating_sub(limit.measure(FAMILY))));
    whole(harness, &with_text(harness, border.clone())).await;
    let over = with_text(harness, format!("x{border}"));
    refused(harness, &over, FailureClass::Content, "a picture across the border").await;
}

async fn files_up_to(harness: &dyn SendHarness, limit: AttachmentLimit) {
    let senseless = OutboundAttachment { content_type: "no type\r\nat all".to_owned(), ..file(3) };
    for odd in [file(0), senseless] {
        whole_or_refused(harness, &with_files(harness, vec![odd])).await;
    }
    whole(harness, &with_files(harness, vec![file(1); limit.count])).await;
    let over = with_files(harness, vec![file(1); limit.count + 1]);
    refused(harness, &over, FailureClass::Content, "too many files").await;
    let size = usize::try_from(limit.total_bytes).unwrap_or(usize::MAX);
    let over = with_files(harness, vec![file(size / 2), file(size - size / 2 + 1)]);
    refused(harness, &over, FailureClass::Content, "files that are too large").await;
    whole(harness, &with_files(harness, vec![file(size / 2), file(size - size / 2)])).await;
}

async fn whole(harness: &dyn SendHarness, message: &Outbound) {
    let (_, taken) = sent(harness, message, "what is within the limits").await;
    let files: Vec<&Bytes> = message.attachments.iter().map(|file| &file.content).collect();
    assert!(taken.text.contains(&message.text), "a text of {} bytes arrives whole", message.text.len());
    assert!(taken.files.iter().eq(files), "files arrive whole");
}

async fn whole_or_refused(harness: &dyn SendHarness, message: &Outbound) {
    let before = harness.taken().await;
    let outcome = harness.send(message).await;
    seen(&outcome);
    match outcome {
        Ok(_) => {
            let files = harness.last_taken().await.map(|taken| taken.files).unwrap_or_default();
            assert!(files.iter().eq(message.attachments.iter().map(|file| &file.content)), "files arrive whole");
        }
        Err(ChannelFailure::Refused { class: FailureClass::Content, .. }) => {
            assert_eq!(harness.taken().await, before, "what is refused is not sent");
        }
        Err(failure) => panic!("an odd file is sent or refused, but gave {failure:?}"),
    }
}

fn with_text(harness: &dyn SendHarness, text: String) -> Outbound {
    Outbound { text, ..numbered(harness, 50) }
}

fn with_files(harness: &dyn SendHarness, attachments: Vec<OutboundAttachment>) -> Outbound {
    Outbound { attachments, ..numbered(harness, 51) }
}

fn file(size: usize) -> OutboundAttachment {
    OutboundAttachment {
        name: "file.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        content: vec![b'x'; size].into(),
    }
}
