//! What notifications of each topic are read as.

use std::fmt::Write as _;
use std::time::Duration;

use channel_contract::channel::MessageChannel as _;
use channel_contract::inbound::{FileContent, InboundEvent, RawItem, RawOrigin};

use crate::fixtures::all;
use crate::shop::Shop;

/// An event in one line.
fn line(event: &InboundEvent) -> String {
    match event {
        InboundEvent::Message(message) => {
            let mut line = format!(
                "{:?} {:?} {:?} {} says {:?} under {:?} in {:?}",
                message.writer,
                message.trust,
                message.automatic,
                message.sender.value,
                message.visible_text,
                message.subject,
                message.thread.thread_id
            );
            for file in &message.attachments {
                let FileContent::Elsewhere(place) = &file.content else { panic!("no file comes inside") };
                let _ = write!(line, ", {} {} at {}", file.name, file.content_type, place.key);
            }
            for to in &message.recipients {
                let _ = write!(line, ", to {}", to.value);
            }
            line
        }
        InboundEvent::Erasure(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("{}:{}", name.kind, name.value)).collect();
            format!("Erasure of {}", names.join(" "))
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn each_topic_is_read_as_what_it_is() {
    let shop = Shop::start(Duration::from_secs(30)).await;
    let mut told = String::new();
    for (name, body) in all() {
        let item = RawItem { external_id: "x".to_owned(), origin: RawOrigin::Webhook, body };
        for event in shop.channel.parse(&item).unwrap() {
            let at = event.occurred_at.map(|at| at.to_string()).unwrap_or_default();
            let _ = writeln!(told, "{name}\n  {} at {at}\n  {}", event.external_id, line(&event.event));
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_listing_tells_the_same_in_neutral_words() {
    let mut told = String::new();
    for (name, body) in all() {
        for listed in channel_ebay::list(&body).unwrap() {
            let _ = writeln!(told, "{name}: {}", serde_json::to_string(&listed).unwrap());
        }
    }
    insta::assert_snapshot!(told);
    assert!(channel_ebay::list(b"<GetOrdersResponse/>").is_err());
}
