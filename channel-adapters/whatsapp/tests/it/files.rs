//! Files, up and down, beyond what the testkit asks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::FileReference;
use channel_contract::outbound::{Outbound, OutboundAttachment};
use channel_contract::testkit::SendHarness as _;
use platform_doubles::Fault;
use platform_doubles::whatsapp::error;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::account::{NOW, Number};

/// A hash as WhatsApp writes it.
pub(crate) fn base64_hash(content: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(content))
}

pub(crate) fn file(name: &str, content_type: &str, content: &'static [u8]) -> OutboundAttachment {
    OutboundAttachment { name: name.to_owned(), content_type: content_type.to_owned(), content: content.into() }
}

#[tokio::test]
async fn a_file_that_breaks_on_its_way_up_is_tried_again_and_no_message_left() {
    let number = Number::start(1).await;
    let message = Outbound { attachments: vec![file("cup.png", "image/png", b"\x89PNG")], ..number.message() };
    for fault in [Fault::ResetAfterBody, Fault::LoseAfterBody, Fault::HangAfterBody] {
        number.double.misbehave("POST", "/media", fault, 1);
        let outcome = number.channel.send(&message).await;
        assert!(matches!(outcome, Err(ChannelFailure::Retry { .. })), "{outcome:?}");
    }
    assert!(number.platform().sent().is_empty());
    assert!(number.channel.send(&message).await.is_ok());
}

#[tokio::test]
async fn a_kind_of_file_that_is_not_taken_is_refused_before_the_message() {
    let number = Number::start(5).await;
    let message = Outbound { attachments: vec![file("a.zip", "application/zip", b"PK")], ..number.message() };
    let outcome = number.channel.send(&message).await;
    assert!(matches!(outcome, Err(ChannelFailure::Refused { class: FailureClass::Content, .. })), "{outcome:?}");
    assert!(number.platform().sent().is_empty());
}

#[tokio::test]
async fn a_file_is_found_at_any_time_as_long_as_the_platform_keeps_it() {
    let number = Number::start(5).await;
    let key = number.platform().put_file("image/png", bytes::Bytes::from_static(b"\x89PNG"));
    let reference = FileReference { key, sha256: None, size: None };
    let day = 24 * 60 * 60;
    for later in [0, 600, 7 * day] {
        number.platform().set_time(NOW + later);
        let file = number.channel.fetch(&reference, 100).await.unwrap();
        assert_eq!((&file.content[..], file.content_type.as_str()), (&b"\x89PNG"[..], "image/png"));
    }
    number.platform().set_time(NOW + 8 * day);
    let outcome = number.channel.fetch(&reference, 100).await;
    assert!(matches!(outcome, Err(ChannelFailure::Refused { class: FailureClass::Content, .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_key_that_leads_elsewhere_is_asked_of_nobody() {
    let number = Number::start(5).await;
    for key in ["", "..", "../700001/message_templates", "1?fields=x", "a/b", "ü"] {
        let reference = FileReference { key: key.to_owned(), sha256: None, size: None };
        let outcome = number.channel.fetch(&reference, 100).await;
        assert!(matches!(outcome, Err(ChannelFailure::Refused { .. })), "{key}: {outcome:?}");
    }
    assert!(number.double.calls().is_empty());
}

#[tokio::test]
async fn a_file_that_the_token_may_not_read_now_is_not_said_to_be_gone() {
    let number = Number::start(5).await;
    let key = number.platform().put_file("image/png", bytes::Bytes::from_static(b"\x89PNG"));
    let reference = FileReference { key: key.clone(), sha256: None, size: None };
    let refusals = [
        error(403, 10, "(#10) Application does not have permission for this action"),
        error(400, 200, "(#200) Permissions error"),
        platform_doubles::Response::status(403),
    ];
    for refusal in refusals {
        number.double.misbehave("GET", &key, Fault::Answer(refusal), 1);
        let outcome = number.channel.fetch(&reference, 100).await;
        let is_told = matches!(&outcome, Err(ChannelFailure::Refused { class: FailureClass::Permission, .. }));
        assert!(is_told, "{outcome:?}");
    }
    // WhatsApp says the same of what is gone and of what the token may not see: the number tells them apart.
    let unknown = json!({ "error": { "code": 100, "error_subcode": 33, "message": "(#100) Unsupported get request" } });
    let unknown = || Fault::Answer(platform_doubles::Response::json(400, &unknown));
    number.double.misbehave("GET", "", unknown(), 2);
    let outcome = number.channel.fetch(&reference, 100).await;
    assert!(matches!(outcome, Err(ChannelFailure::Refused { class: FailureClass::Permission, .. })), "{outcome:?}");
    number.double.misbehave("GET", &key, unknown(), 1);
    let outcome = number.channel.fetch(&reference, 100).await;
    assert!(matches!(outcome, Err(ChannelFailure::Refused { class: FailureClass::Content, .. })), "{outcome:?}");
    assert!(number.channel.fetch(&reference, 100).await.is_ok());
}
