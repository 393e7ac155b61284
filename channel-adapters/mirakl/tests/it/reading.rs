//! What threads say, as events of the desk.

use bytes::Bytes;
use channel_contract::MessageChannel as _;
use channel_contract::inbound::{FileContent, Inbound, InboundEvent, InboundMessage, Trust, Writer};
use channel_mirakl::{MiraklChannel, MiraklSettings, items, list};
use platform_doubles::mirakl::{Mirakl, Who};
use serde_json::{Value, json};

use crate::marketplace::{ANN, KEY, page_with, reader, start_of_time};

fn channel(settings: MiraklSettings) -> MiraklChannel {
    reader(MiraklSettings { operator: "market".to_owned(), ..settings })
}

fn events(page: &[u8], settings: MiraklSettings) -> Vec<Inbound> {
    let channel = channel(settings);
    items(page).unwrap().iter().flat_map(|item| channel.parse(item).unwrap()).collect()
}

fn messages(page: &[u8]) -> Vec<InboundMessage> {
    events(page, MiraklSettings::default()).into_iter().filter_map(|event| event.event.into_message()).collect()
}

fn shown(event: &Inbound) -> Value {
    let at = event.occurred_at.map(|at| (at - start_of_time()).whole_seconds());
    let what = match &event.event {
        InboundEvent::Message(message) => json!({
            "writer": message.writer,
            "sender": message.sender,
            "sender_name": message.sender_name,
            "recipients": message.recipients,
            "subject": message.subject,
            "text": message.text,
            "own_ids": message.own_ids,
            "answers": message.thread.message_ids,
            "thread": message.thread.thread_id,
            "orders": message.thread.order_numbers,
            "trust": message.trust,
            "files": message.attachments.iter().map(|file| {
                let key = match &file.content {
                    FileContent::Elsewhere(reference) => reference.key.clone(),
                    FileContent::Here(_) => "here".to_owned(),
                };
                json!([file.name, file.content_type, key])
            }).collect::<Vec<_>>(),
        }),
        InboundEvent::Order(news) => json!({
            "order": news.order_number,
            "what": news.what,
            "due_after": news.due_at.zip(event.occurred_at).map(|(due, at)| (due - at).whole_seconds()),
            "words": news.words,
            "thread": news.thread.thread_id,
        }),
        other => json!(format!("{other:?}")),
    };
    json!({ "id": event.external_id, "after": at, "event": what })
}

/// A thread in which everybody writes.
fn talk() -> Value {
    let market = Mirakl::new(KEY, start_of_time());
    let thread = market.open("O-1042-A", ANN);
    let picture = ("C:\\pictures\\cup.PNG", Bytes::from_static(b"\x89PNG"));
    market.says(&thread, Who::Customer, "My cup is broken.", &[picture]);
    market.says(&thread, Who::OperatorToShop, "This customer is often late with returns.", &[]);
    market.says(&thread, Who::Operator, "We look into it.", &[]);
    market.says(&thread, Who::Shop, "We send a new one.", &[("label.pdf", Bytes::from_static(b"%PDF"))]);
    market.says(&thread, Who::ShopToOperator, "Thank you for telling us.", &[]);
    market.says(&thread, Who::Customer, "Thank you!", &[]);
    market.page_of(&[&thread])
}

#[test]
fn everybody_in_a_thread_is_who_they_are() {
    let settings = MiraklSettings { answer_within_hours: Some(24), ..MiraklSettings::default() };
    let events: Vec<Value> = events(talk().to_string().as_bytes(), settings).iter().map(shown).collect();
    insta::assert_json_snapshot!("thread", events);
}

#[test]
fn the_command_line_shows_the_same_messages() {
    insta::assert_json_snapshot!("listed", list(talk().to_string().as_bytes()).unwrap());
    let thread = talk()["data"][0].to_string();
    assert_eq!(list(thread.as_bytes()), list(talk().to_string().as_bytes()), "one thread alone is read too");
    assert_eq!(list(b"{}"), Ok(Vec::new()));
    assert!(list(b"no answer").is_err());
}

#[test]
fn a_customer_is_known_by_the_marketplace_and_its_id_alone() {
    let sender = |change: &dyn Fn(&mut Value)| {
        let message = messages(&page_with(change)).remove(0);
        (message.sender.value, message.trust)
    };
    let two = json!([{ "type": "CUSTOMER", "id": "c-17", "display_name": "Ann Berg" },
                     { "type": "CUSTOMER", "id": "c-18", "display_name": "Bob" }]);
    let named = |id: &str| (format!("market/customer/{id}"), Trust::Proved);
    let of_thread = ("market/thread/thread-00000001".to_owned(), Trust::Claimed);
    assert_eq!(sender(&|_| {}), named("c-17"));
    assert_eq!(sender(&|thread| thread["authorized_participants"] = two.clone()), named("c-17"), "by the name");
    let same_name = |thread: &mut Value| {
        thread["authorized_participants"] = two.clone();
        thread["authorized_participants"][1]["display_name"] = "Ann Berg".into();
    };
    assert_eq!(sender(&same_name), of_thread, "two of one name are not told apart");
    let company = |thread: &mut Value| {
        same_name(thread);
        thread["messages"][0]["from"]["organization_details"] = json!({ "type": "CUSTOMER", "id": "c-18" });
    };
    assert_eq!(sender(&company), named("c-18"), "whom the writer stands for");
    let nobody = |thread: &mut Value| {
        thread["authorized_participants"] = Value::Null;
        thread["current_participants"] = Value::Null;
        thread["id"] = Value::Null;
    };
    assert_eq!(sender(&nobody), (String::new(), Trust::Claimed), "who is not named is nobody");
}

#[test]
fn what_the_shop_wrote_elsewhere_belongs_to_its_customer() {
    let written = messages(talk().to_string().as_bytes());
    let by_shop: Vec<&InboundMessage> = written.iter().filter(|message| message.writer == Writer::Teammate).collect();
    let first = |message: &InboundMessage| message.recipients.first().map(|party| party.value.clone());
    assert_eq!(first(by_shop[0]).as_deref(), Some("market/customer/c-17"));
    assert_eq!(first(by_shop[1]).as_deref(), Some("market/operator"), "what the operator was told is the operator's");
    let unaddressed = page_with(|thread| {
        thread["messages"][0]["from"]["type"] = "SHOP_USER".into();
        thread["messages"][0]["to"] = Value::Null;
    });
    assert_eq!(first(&messages(&unaddressed)[0]).as_deref(), Some("market/customer/c-17"));
}

#[test]
fn topics_are_words() {
    let subject = |topic: Value| messages(&page_with(|thread| thread["topic"] = topic)).remove(0).subject;
    assert_eq!(subject(json!({ "type": "REASON_CODE", "value": "WHERE_IS_MY_ORDER" })), "Where is my order");
    assert_eq!(subject(json!({ "type": "FREE_TEXT", "value": " Broken cup " })), "Broken cup");
    assert_eq!(subject(Value::Null), "");
}
