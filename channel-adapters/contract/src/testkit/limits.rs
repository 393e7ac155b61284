//! Point 9: how much a message holds.

use bytes::Bytes;

use super::checklist::{MediaFault, Part};
use super::harness::{MediaHarness, SendHarness, WebhookHarness, given, numbered, refused, sent};
use super::secrecy::seen;
use super::webhooks::{message, message_of};
use crate::capabilities::{AttachmentLimit, FileLimit, LengthLimit};
use crate::failure::{ChannelFailure, FailureClass};
use crate::inbound::{FileContent, InboundAttachment};
use crate::outbound::{Outbound, OutboundAttachment};

/// One picture to the eye, seven characters to a computer.
const FAMILY: &str = "👩‍👩‍👧‍👦";

/// Point 9: what fits arrives whole to the last byte, one more is refused and never cut; files of no bytes and of
/// senseless types do no harm in either direction.
pub async fn limits_are_kept(webhooks: &dyn WebhookHarness, sending: &dyn SendHarness) {
    match sending.channel().capabilities().text {
        Some(limit) => texts_up_to(sending, limit).await,
        None => whole(sending, &with_text(sending, format!("{}{FAMILY}", "🧥".repeat(50_000)))).await,
    }
    let least = sending.channel().capabilities().least_text;
    if let Some(fewer) = least.checked_sub(1) {
        whole(sending, &with_text(sending, "ü".repeat(least))).await;
        let short = with_text(sending, format!(" {} ", "ü".repeat(fewer)));
        refused(sending, &short, FailureClass::Content, "a text below the least").await;
    }
    match sending.channel().capabilities().attachments {
        Some(limit) => files_up_to(sending, limit).await,
        None => {
            refused(sending, &with_files(sending, vec![file("text/plain", 1)]), FailureClass::Content, "a file").await;
        }
    }
    let Some(body) = given(webhooks, Part::FilesInside, webhooks.with_an_empty_file()) else { return };
    let is_empty = |file: &InboundAttachment| file.content == FileContent::Here(Bytes::new());
    assert!(message(webhooks, &body).attachments.iter().any(is_empty), "a file of no bytes is a file");
}

/// Point 9: what lies on the platform is fetched whole and is what the message named; what is gone, too large, another
/// file than was told, or leads elsewhere is refused with the right failure, and the address inside the network is never
/// asked.
pub async fn files_are_fetched(harness: &dyn MediaHarness) {
    let fetch = async |fault: Option<MediaFault>, most: u64| {
        let item = harness.with_a_file(fault).await;
        let events = harness.channel().parse(&item).unwrap_or_default();
        let message = events.into_iter().find_map(message_of);
        let file = message.and_then(|message| message.attachments.into_iter().next());
        let Some(FileContent::Elsewhere(reference)) = file.map(|file| file.content) else {
            panic!("a file that lies on the platform is read as a reference");
        };
        let outcome = harness.channel().fetch(&reference, most).await;
        seen(&(&reference, &outcome));
        outcome
    };
    let size = u64::try_from(MediaFault::FILE.len()).unwrap_or(u64::MAX);
    let whole = fetch(None, size).await.unwrap_or_else(|failure| panic!("a file is fetched: {failure:?}"));
    assert_eq!(whole.content, MediaFault::FILE, "a file arrives whole");
    let large = fetch(None, size - 1).await;
    assert!(matches!(large, Err(ChannelFailure::Refused { class: FailureClass::Content, .. })), "too large: {large:?}");
    for fault in MediaFault::ALL {
        if given(harness, Part::Media(fault), harness.has(fault).then_some(())).is_none() {
            continue;
        }
        let outcome = fetch(Some(fault), size).await;
        let right = match fault {
            MediaFault::Gone | MediaFault::Elsewhere | MediaFault::Inside | MediaFault::Altered => {
                matches!(outcome, Err(ChannelFailure::Refused { .. }))
            }
            MediaFault::Late => matches!(outcome, Err(ChannelFailure::Retry { .. })),
            MediaFault::Empty => outcome.as_ref().is_ok_and(|file| file.content.is_empty()),
        };
        assert!(right, "{fault:?} gave {outcome:?}");
    }
    assert_eq!(harness.asked_inside().await, 0, "nothing inside the network is asked");
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
    let file = |size| file_of(&limit, size);
    let senseless = OutboundAttachment { content_type: "no type\r\nat all".to_owned(), ..file(3) };
    whole_or_refused(harness, &with_files(harness, vec![senseless])).await;
    let with_an_empty_one = Outbound { attachments: vec![file(1), file(0)], ..with_text(harness, text_of(harness)) };
    let empty = [Some(with_files(harness, vec![file(0)])), (limit.count > 1).then_some(with_an_empty_one)];
    for message in empty.into_iter().flatten() {
        if limit.empty {
            whole(harness, &message).await;
        } else {
            refused(harness, &message, FailureClass::Content, "an empty file").await;
        }
    }
    whole(harness, &with_files(harness, vec![file(1); limit.count])).await;
    let over = with_files(harness, vec![file(1); limit.count + 1]);
    refused(harness, &over, FailureClass::Content, "too many files").await;
    let size = usize::try_from(limit.total_bytes).unwrap_or(usize::MAX);
    let over = with_files(harness, vec![file(size / 2), file(size - size / 2 + 1)]);
    refused(harness, &over, FailureClass::Content, "files that are too large").await;
    whole(harness, &with_files(harness, vec![file(size / 2), file(size - size / 2)])).await;
    files_of_each_sort(harness, limit).await;
}

/// One of each type arrives, and the largest of each sort; one byte more and what is of no sort are refused.
async fn files_of_each_sort(harness: &dyn SendHarness, limit: AttachmentLimit) {
    for FileLimit { sort, most } in limit.sorts() {
        for kind in sort.types {
            whole(harness, &with_files(harness, vec![file(kind, 1)])).await;
        }
        let (kind, size) = (sort.types.first().unwrap_or(&""), usize::try_from(most).unwrap_or(usize::MAX));
        whole(harness, &with_files(harness, vec![file(kind, size)])).await;
        let over =
            Outbound { attachments: vec![file(kind, 1), file(kind, size + 1)], ..with_text(harness, text_of(harness)) };
        refused(harness, &over, FailureClass::Content, "a file that is too large for its kind").await;
    }
    if limit.sorts().next().is_some() {
        let odd = file("application/x-msdownload", 3);
        let mixed = Outbound { attachments: vec![file_of(&limit, 1), odd], ..with_text(harness, text_of(harness)) };
        refused(harness, &mixed, FailureClass::Content, "a file of a kind that is not taken").await;
    }
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

/// A text that takes a call of its own, where the platform puts short ones below files.
fn text_of(harness: &dyn SendHarness) -> String {
    let long = "x".repeat(1_500);
    let fits = harness.channel().capabilities().text.is_none_or(|limit| limit.allows(&long));
    if fits { long } else { "Hello".to_owned() }
}

fn with_text(harness: &dyn SendHarness, text: String) -> Outbound {
    Outbound { text, ..numbered(harness, 50) }
}

fn with_files(harness: &dyn SendHarness, attachments: Vec<OutboundAttachment>) -> Outbound {
    Outbound { attachments, ..numbered(harness, 51) }
}

/// A file of the sort of which the channel takes the largest.
fn file_of(limit: &AttachmentLimit, size: usize) -> OutboundAttachment {
    let largest = limit.sorts().max_by_key(|one| one.most);
    file(largest.and_then(|one| one.sort.types.first()).unwrap_or(&"text/plain"), size)
}

/// A file of this type, or of one of the family.
fn file(kind: &str, size: usize) -> OutboundAttachment {
    OutboundAttachment {
        name: "file.txt".to_owned(),
        content_type: kind.replace('*', "mp4"),
        content: vec![b'x'; size].into(),
    }
}
