//! What is special about the mail webhook.

use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use channel_email::{EmailChannel, EmailSettings};

use crate::settings;

pub(crate) fn request(body: Bytes, secret: Option<&str>) -> WebhookRequest {
    WebhookRequest {
        headers: vec![("content-type".to_owned(), "message/rfc822".to_owned())],
        query: secret.map(|secret| ("secret".to_owned(), secret.to_owned())).into_iter().collect(),
        url: String::new(),
        body,
        received_at: time::OffsetDateTime::UNIX_EPOCH,
    }
}

#[test]
fn the_secret_may_stand_in_a_header() {
    let mut asked = request(Bytes::from_static(b"From: a@a.example\n\nx"), None);
    asked.headers.push(("x-resolute-secret".to_owned(), "hook-secret".to_owned()));
    assert_eq!(EmailChannel::new(settings()).verify(&asked).unwrap().len(), 1);
}

#[test]
fn a_channel_without_a_secret_takes_nothing() {
    let open =
        EmailChannel::new(EmailSettings { webhook_secret: channel_email::settings::Secret::default(), ..settings() });
    assert_eq!(open.verify(&request(Bytes::from_static(b"x"), Some(""))), Err(VerifyError::Mismatch));
}

#[test]
fn large_and_foreign_bodies_are_refused() {
    let small = EmailChannel::new(EmailSettings { most_bytes: 1_000, ..settings() });
    let refused = small.verify(&request(Bytes::from(vec![b'x'; 1_001]), Some("hook-secret")));
    assert_eq!(refused, Err(VerifyError::TooLarge { limit: 1_000 }));
    let mut form = request(Bytes::from_static(b"a=b"), Some("hook-secret"));
    form.headers.clear();
    assert!(matches!(small.verify(&form), Err(VerifyError::Malformed(_))));
    let empty = request(Bytes::from_static(b"\r\n"), Some("hook-secret"));
    assert!(matches!(small.verify(&empty), Err(VerifyError::Malformed(_))));
}
