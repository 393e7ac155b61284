//! What the adapter reads from each fixture, as text snapshots.

use std::fmt::Write as _;

use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::inbound::{InboundEvent, InboundMessage, RawItem, RawOrigin, StatusUpdate, Writer};
use channel_email::{EmailChannel, key};

use crate::{fixtures, settings};

fn read(body: &[u8], origin: RawOrigin) -> InboundEvent {
    let item = RawItem { external_id: key::external_id(body), origin, body: Bytes::copy_from_slice(body) };
    let events = EmailChannel::new(settings()).parse(&item).unwrap();
    assert_eq!(events.len(), 1);
    events.into_iter().next().unwrap().event
}

#[expect(clippy::panic, reason = "to panic is how a test fails")]
fn describe(event: &InboundEvent) -> String {
    match event {
        InboundEvent::Message(message) => describe_message(message),
        InboundEvent::Status(status) => {
            let shown = status.report.as_deref().map(describe_message).unwrap_or_default();
            format!("{}{shown}", describe_status(status))
        }
        InboundEvent::Ignored(why) => format!("Ignored(\n    {why:?},\n)"),
        other => panic!("a mail is never {other:?}"),
    }
}

fn describe_status(status: &StatusUpdate) -> String {
    let StatusUpdate { message_ids, state, reason, recipients, .. } = status;
    let people: Vec<&str> = recipients.iter().map(|identity| identity.value.as_str()).collect();
    format!("{state:?} {message_ids:?} for {people:?}: {}\n", reason.as_deref().unwrap_or_default())
}

fn describe_message(message: &InboundMessage) -> String {
    let mut out = String::new();
    let people: Vec<&str> = message.recipients.iter().map(|identity| identity.value.as_str()).collect();
    writeln!(
        out,
        "from: {:?} {} ({:?}, {:?}, automatic {:?})",
        message.sender_name, message.sender.value, message.writer, message.trust, message.automatic
    )
    .unwrap();
    writeln!(out, "others: {people:?}").unwrap();
    writeln!(out, "subject: {}", message.subject).unwrap();
    writeln!(out, "ids: {:?} answers {:?}", message.own_ids, message.thread.message_ids).unwrap();
    for file in &message.attachments {
        let place = if file.inline { "inline" } else { "file" };
        writeln!(out, "{place}: {:?} {} {:?} {:?}", file.name, file.content_type, file.content_id, file.content)
            .unwrap();
    }
    writeln!(out, "--- text\n{}\n--- visible\n{}", message.text.trim_end(), message.visible_text).unwrap();
    if let Some(html) = &message.html {
        writeln!(out, "--- html\n{}", html.trim_end()).unwrap();
    }
    out
}

#[test]
fn every_fixture_is_read_as_recorded() {
    for (name, body) in fixtures() {
        insta::with_settings!({ snapshot_suffix => name, omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("mail", describe(&read(&body, RawOrigin::Inbox)));
        });
    }
}

#[test]
fn the_folder_of_sent_mail_makes_the_writer_a_teammate() {
    let mail = b"From: Support <support@shop.example>\nTo: ann@customer.example\nMessage-ID: <x@outlook.example>\n\nHello Ann\n";
    let InboundEvent::Message(message) = read(mail, RawOrigin::Sent) else {
        panic!("a mail that a teammate sent is a message")
    };
    assert_eq!(message.writer, Writer::Teammate);
    assert_eq!(message.recipients.len(), 1);
    let own = [b"X-Resolute-Loop: channel-1\n", &mail[..]].concat();
    assert_eq!(read(&own, RawOrigin::Sent), InboundEvent::Ignored("own_copy"));
}
