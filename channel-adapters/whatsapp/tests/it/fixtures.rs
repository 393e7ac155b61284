//! What the adapter reads from each fixture, as text snapshots.

use std::fmt::Write as _;

use channel_contract::MessageChannel as _;
use channel_contract::inbound::{
    Changed, FileContent, Identity, Inbound, InboundEvent, InboundMessage, RawItem, RawOrigin,
};

use crate::account::offline;
use crate::fixtures;

fn shown(identity: &Identity) -> String {
    format!("{} {}", identity.kind, identity.value)
}

fn describe(inbound: &Inbound) -> String {
    let at = inbound.occurred_at.map_or_else(|| "-".to_owned(), |at| at.unix_timestamp().to_string());
    let what = match &inbound.event {
        InboundEvent::Message(message) => describe_message(message),
        InboundEvent::Status(status) => {
            let reason = status.reason.as_deref().unwrap_or_default();
            format!("{:?} {:?} {reason}", status.state, status.message_ids)
        }
        InboundEvent::Change(change) => {
            let by = change.by.as_ref().map_or_else(|| "the account".to_owned(), shown);
            let what = match &change.what {
                Changed::Edited(text) => format!("edited to {text:?}"),
                Changed::Deleted => "deleted".to_owned(),
                Changed::Reacted(sign) => format!("reacted {sign}"),
                Changed::Unreacted => "unreacted".to_owned(),
            };
            format!("{:?} {what} by {by}", change.message_ids)
        }
        InboundEvent::Renamed(renaming) => format!("{} is now {}", shown(&renaming.old), shown(&renaming.new)),
        InboundEvent::Account(news) => format!("{:?}: {}", news.what, news.words),
        InboundEvent::Order(news) => format!("{news:?}"),
        InboundEvent::Erasure(who) => format!("erasure: {who:?}"),
        InboundEvent::Consent(consent) => {
            let who: Vec<String> = consent.who.iter().map(shown).collect();
            format!("consent of {who:?}: {}", consent.given)
        }
        InboundEvent::Ignored(why) => format!("ignored: {why}"),
    };
    format!("{} @ {at}\n    {}\n", inbound.external_id, what.trim_end().replace('\n', "\n    "))
}

fn describe_message(message: &InboundMessage) -> String {
    let mut out = String::new();
    let others: Vec<String> = message.also_known_as.iter().chain(&message.recipients).map(shown).collect();
    let sender = shown(&message.sender);
    writeln!(out, "{:?} {sender} {:?} {others:?} {:?}", message.writer, message.sender_name, message.trust).unwrap();
    let thread = message.thread.thread_id.as_deref().unwrap_or("none");
    writeln!(out, "answers {:?} in {thread}", message.thread.message_ids).unwrap();
    if let Some(choice) = &message.choice {
        writeln!(out, "pressed {:?} {:?}", choice.title, choice.payload).unwrap();
    }
    for file in &message.attachments {
        let FileContent::Elsewhere(reference) = &file.content else { panic!("files lie on the platform") };
        writeln!(out, "file {:?} {} {} {:?}", file.name, file.content_type, reference.key, reference.sha256).unwrap();
    }
    writeln!(out, "says {}", message.visible_text).unwrap();
    if message.text != message.visible_text {
        writeln!(out, "whole {}", message.text).unwrap();
    }
    out
}

#[test]
fn every_fixture_is_read_as_recorded() {
    for (name, body) in fixtures() {
        let item = RawItem { external_id: "delivery".to_owned(), origin: RawOrigin::Webhook, body: body.into() };
        let events = offline().parse(&item).unwrap();
        let text: String = events.iter().map(describe).collect();
        let listed = channel_whatsapp::list(&item.body).unwrap();
        let lines: Vec<String> = listed.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        insta::with_settings!({ snapshot_suffix => name, omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("webhook", format!("{text}--- listed\n{}", lines.join("\n")));
        });
    }
}

#[test]
fn what_is_no_delivery_of_whatsapp_is_refused_without_its_words() {
    for body in [r#"{"object":"page","entry":[{"my":"secret wish"}]}"#, r#"["my secret wish"]"#, "my secret wish"] {
        let item = RawItem {
            external_id: "delivery".to_owned(),
            origin: RawOrigin::Webhook,
            body: body.to_owned().into_bytes().into(),
        };
        let error = offline().parse(&item).unwrap_err();
        assert!(!error.to_string().contains("wish"), "{error}");
        assert!(channel_whatsapp::list(body.as_bytes()).is_err());
    }
}
