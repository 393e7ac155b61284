//! Each kind of delivery, and what is read from it.

use std::fmt::Write as _;

use channel_contract::MessageChannel as _;
use channel_contract::inbound::{Changed, FileContent, Inbound, InboundEvent, InboundMessage};
use channel_line::list;
use time::OffsetDateTime;

use crate::account::{Shop, item};
use crate::fixtures;

#[tokio::test]
async fn each_kind_is_read() {
    let shop = Shop::start(std::time::Duration::from_secs(1)).await;
    let mut table = String::new();
    for (name, body) in fixtures() {
        writeln!(table, "== {name}").unwrap();
        for listed in list(&body).unwrap() {
            writeln!(table, "listed {}", serde_json::to_string(&listed).unwrap()).unwrap();
        }
        for event in shop.channel.parse(&item(body.into())).unwrap() {
            writeln!(table, "{}", described(&event)).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

fn described(inbound: &Inbound) -> String {
    let at = inbound.occurred_at.map(OffsetDateTime::unix_timestamp).unwrap_or_default();
    let event = match &inbound.event {
        InboundEvent::Message(message) => described_message(message),
        InboundEvent::Change(change) => {
            assert!(change.what == Changed::Deleted);
            let by = change.by.as_ref().map(|by| &by.value);
            format!("{:?} taken back by {by:?}", change.message_ids)
        }
        InboundEvent::Account(news) => format!("{:?}: {}", news.what, news.words),
        other => format!("{other:?}"),
    };
    format!("{} at {at}: {event}", inbound.external_id)
}

fn described_message(message: &InboundMessage) -> String {
    let mut out = format!(
        "{:?} in {:?} answers {:?}, ids {:?}, {:?}: {:?}",
        message.sender.value,
        message.thread.thread_id.as_deref().unwrap_or_default(),
        message.thread.message_ids,
        message.own_ids,
        message.trust,
        message.visible_text,
    );
    if message.text != message.visible_text {
        write!(out, ", whole {:?}", message.text).unwrap();
    }
    if let Some(choice) = &message.choice {
        write!(out, ", pressed {:?} for {:?}", choice.title, choice.payload).unwrap();
    }
    for file in &message.attachments {
        let FileContent::Elsewhere(place) = &file.content else { panic!("no file comes inside") };
        write!(out, ", file {:?} {} {} {:?}", file.name, file.content_type, place.key, place.size).unwrap();
    }
    out
}
