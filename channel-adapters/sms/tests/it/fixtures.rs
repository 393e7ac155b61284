//! Each kind of delivery, and what is read from it.

use std::fmt::Write as _;

use channel_contract::MessageChannel as _;
use channel_contract::inbound::{FileContent, Inbound, InboundEvent, RawItem, RawOrigin};
use channel_sms::list_twilio;

use crate::fixtures;
use crate::number::Number;

#[tokio::test]
async fn each_kind_is_read() {
    let number = Number::start(std::time::Duration::from_secs(1)).await;
    let channel = number.with(number.of(|account| account.messaging_service = "MG01".to_owned()));
    let mut table = String::new();
    for (name, body) in fixtures() {
        writeln!(table, "== {name}").unwrap();
        for listed in list_twilio(&body).unwrap() {
            writeln!(table, "listed {}", serde_json::to_string(&listed).unwrap()).unwrap();
        }
        let item = RawItem { external_id: "item".to_owned(), origin: RawOrigin::Webhook, body: body.into() };
        for event in channel.parse(&item).unwrap() {
            writeln!(table, "{}", described(&event)).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

fn described(inbound: &Inbound) -> String {
    let mut out = format!("{}: ", inbound.external_id);
    match &inbound.event {
        InboundEvent::Message(message) => {
            let (sender, name) = (&message.sender.value, &message.sender_name);
            let thread = message.thread.thread_id.as_deref().unwrap_or_default();
            assert!(thread.len() == 32 && !thread.contains('+'), "a thread has an id and names no number");
            let (trust, automatic, text) = (message.trust, message.automatic, &message.visible_text);
            write!(out, "{sender} ({name}), {trust:?}, {automatic:?}: {text:?}").unwrap();
            for file in &message.attachments {
                let FileContent::Elsewhere(place) = &file.content else { panic!("no file comes inside") };
                write!(out, ", file {:?} {} {}", file.name, file.content_type, place.key).unwrap();
            }
        }
        InboundEvent::Status(status) => {
            write!(out, "{:?} is {:?}, {:?}", status.message_ids, status.state, status.reason).unwrap();
        }
        other => write!(out, "{other:?}").unwrap(),
    }
    out
}
