//! What is pushed, and what it is read as.

use std::fmt::Write as _;

use channel_contract::MessageChannel as _;
use channel_contract::failure::VerifyError;
use channel_contract::inbound::{
    Changed, FileContent, Inbound, InboundEvent, InboundMessage, MessageChange, RawItem, RawOrigin, StatusUpdate, Trust,
};
use channel_contract::outbound::DeliveryState;
use channel_meta::settings::Secret;
use platform_doubles::meta::{Door, Meta, escaped};
use serde_json::{Value, json};

use crate::stage::{APP, CUSTOMER, INSTAGRAM, NOW, PAGE, account, reader, reader_of, request, settings};

const COMMAND: &str = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000";

fn parsed(door: Door, document: &Value) -> Vec<Inbound> {
    let item = RawItem { external_id: "x".to_owned(), origin: RawOrigin::Webhook, body: escaped(document) };
    reader(door).parse(&item).unwrap()
}

fn one(door: Door, element: &Value) -> Inbound {
    let meta = Meta::new(account(door), NOW);
    let events = parsed(door, &meta.request(std::slice::from_ref(element)));
    let [event] = <[Inbound; 1]>::try_from(events).unwrap();
    event
}

fn message_of(inbound: Inbound) -> InboundMessage {
    inbound.event.into_message().unwrap()
}

/// An event as text, everything that the desk sees of it.
fn shown(inbound: &Inbound) -> String {
    let what = match &inbound.event {
        InboundEvent::Message(message) => shown_message(message),
        InboundEvent::Status(StatusUpdate { message_ids, state, until, and_before, .. }) => {
            let before = if *and_before { " and all before" } else { "" };
            let until = until.as_ref().map(|until| format!(" to {} until {}", until.recipient.value, until.at));
            format!("{state:?} {message_ids:?}{before}{}", until.unwrap_or_default())
        }
        InboundEvent::Change(MessageChange { message_ids, by, what }) => {
            let by = by.as_ref().map_or("the account", |by| by.value.as_str());
            let what = match what {
                Changed::Edited(text) => format!("edited to {text:?}"),
                Changed::Deleted => "deleted".to_owned(),
                Changed::Reacted(sign) => format!("signed {sign}"),
                Changed::Unreacted => "sign taken off".to_owned(),
            };
            format!("{message_ids:?} {what} by {by}")
        }
        InboundEvent::Account(news) => format!("{:?}: {}", news.what, news.words),
        InboundEvent::Ignored(why) => format!("ignored: {why}"),
        other => format!("{other:?}"),
    };
    let id = match inbound.external_id.split_once(':') {
        Some(("event", _)) => "event:…",
        _ => inbound.external_id.as_str(),
    };
    let at = inbound.occurred_at.map(|at| at.to_string()).unwrap_or_default();
    format!("  {id} @ {at}\n  {what}\n")
}

fn shown_message(message: &InboundMessage) -> String {
    let mut text = format!("{:?} {}:{}", message.writer, message.sender.kind, message.sender.value);
    let to: Vec<&str> = message.recipients.iter().map(|to| to.value.as_str()).collect();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = write!(text, "\n    {name} {value}");
        }
    };
    line("name", message.sender_name.clone());
    line("to", to.join(", "));
    line("thread", message.thread.thread_id.clone().unwrap_or_default());
    line("answers", message.thread.message_ids.join(", "));
    line("says", format!("{:?}", message.visible_text));
    line("whole", if message.text == message.visible_text { String::new() } else { format!("{:?}", message.text) });
    for file in &message.attachments {
        let FileContent::Elsewhere(reference) = &file.content else { panic!("a file lies elsewhere") };
        line("file", format!("{} {} {}", file.name, file.content_type, reference.key));
    }
    let pressed = message.choice.as_ref().map(|choice| format!("{:?} {:?}", choice.title, choice.payload));
    line("pressed", pressed.unwrap_or_default());
    line("trust", if message.trust == Trust::Proved { String::new() } else { format!("{:?}", message.trust) });
    text
}

/// Everything that happens, by name.
fn everything(meta: &Meta) -> Vec<(&'static str, Value)> {
    let file = |what: &str, url: &str| meta.attachment(CUSTOMER, "m_1", what, &json!({ "url": url, "title": "Title" }));
    let said = |message: Value| meta.happens(CUSTOMER, "message", &message);
    let place = json!({ "coordinates": { "lat": 53.55, "long": 9.99 } });
    let card = json!({ "template_type": "generic", "elements": [{ "title": "Stoneware cup" }] });
    let link = json!([{ "type": "fallback", "title": "The cup", "url": "https://shop.example/cup", "payload": null }]);
    let ad = json!({ "source": "ADS", "type": "OPEN_THREAD", "ads_context_data": { "ad_title": "Cups" } });
    let several = json!([
        { "type": "image", "payload": { "url": "https://cdn.example/1.png" } },
        { "type": "file", "payload": { "url": "https://cdn.example/Invoice%207.pdf?sig=1" } },
    ]);
    let owner = |id: &str| json!({ "new_owner_app_id": id, "previous_owner_app_id": "9" });
    vec![
        ("a text", meta.text(CUSTOMER, "m_1", "Grüße 🧥")),
        ("an answer", meta.reply(CUSTOMER, "m_1", "That one", "m_0")),
        ("a picture", file("image", "https://cdn.example/i.jpg?sig=1")),
        ("a video", file("video", "https://cdn.example/v")),
        ("a recording", file("audio", "https://cdn.example/a.mp4")),
        ("a file without its address", meta.attachment(CUSTOMER, "m_1", "file", &Value::Null)),
        ("several files and a text", said(json!({ "mid": "m_1", "text": "Both", "attachments": several }))),
        ("a sticker", file("sticker", "https://cdn.example/s.png")),
        ("a place", meta.attachment(CUSTOMER, "m_1", "location", &place)),
        ("a link", said(json!({ "mid": "m_1", "text": "See", "attachments": link }))),
        ("a card", meta.attachment(CUSTOMER, "m_1", "template", &card)),
        ("a reel", file("ig_reel", "https://cdn.example/r.mp4")),
        ("a post", file("share", "https://cdn.example/p.jpg")),
        ("a heart", meta.attachment(CUSTOMER, "m_1", "like_heart", &Value::Null)),
        ("something seen once", meta.attachment(CUSTOMER, "m_1", "ephemeral", &Value::Null)),
        (
            "a mention in a story",
            meta.attachment(CUSTOMER, "m_1", "story_mention", &json!({ "url": "https://cdn.example/s" })),
        ),
        (
            "a story",
            meta.attachment(CUSTOMER, "m_1", "ig_story", &json!({ "story_media_url": "https://cdn.example/s.jpg" })),
        ),
        ("an answer to a story", meta.story_reply(CUSTOMER, "m_1", "How much?", "https://cdn.example/story")),
        ("an unknown attachment", meta.attachment(CUSTOMER, "m_1", "hologram", &json!({}))),
        ("a message without anything", said(json!({ "mid": "m_1" }))),
        ("what cannot be handed on", meta.unsupported(CUSTOMER, "m_1")),
        ("a quick reply", meta.quick_reply(CUSTOMER, "m_1", "Yes", "ANSWER_YES")),
        ("a postback", meta.postback(CUSTOMER, "m_1", "Start", "GET_STARTED")),
        ("a postback without an id", meta.happens(CUSTOMER, "postback", &json!({ "title": "Start", "payload": "S" }))),
        ("a message from an advertisement", said(json!({ "mid": "m_1", "text": "Hello", "referral": ad }))),
        ("a way in", meta.happens(CUSTOMER, "referral", &json!({ "ref": "flyer", "source": "SHORTLINK" }))),
        ("an agreement", meta.happens(CUSTOMER, "optin", &json!({ "type": "notification_messages" }))),
        ("a sign", meta.reaction(CUSTOMER, "m_0", "❤")),
        (
            "a sign in a word",
            meta.happens(CUSTOMER, "reaction", &json!({ "mid": "m_0", "action": "react", "reaction": "wow" })),
        ),
        ("no sign any more", meta.reaction(CUSTOMER, "m_0", "")),
        ("an edit", meta.edit(CUSTOMER, "m_1", "Hello!", 2)),
        ("a message taken back", meta.unsend(CUSTOMER, "m_1")),
        ("an arrival until", meta.happens(CUSTOMER, "delivery", &json!({ "watermark": "1648581633369" }))),
        ("a look", meta.read(CUSTOMER, "m_0")),
        ("a look at nothing", meta.happens(CUSTOMER, "read", &json!({}))),
        ("a reply in another client", meta.written_elsewhere(CUSTOMER, "m_2", "From the app")),
        ("taken over by another program", meta.taken_over(CUSTOMER, "77")),
        ("given to the desk", meta.happens(CUSTOMER, "pass_thread_control", &owner(APP))),
        ("asked for by another program", meta.happens(CUSTOMER, "request_thread_control", &owner("77"))),
        ("a block", meta.happens(CUSTOMER, "policy_enforcement", &json!({ "action": "block", "reason": "r" }))),
        ("the end of a block", meta.happens(CUSTOMER, "policy_enforcement", &json!({ "action": "unblock" }))),
        ("a rule", meta.happens(CUSTOMER, "policy_enforcement", &json!({ "action": "warn", "reason": "r" }))),
        ("a rule without a word", meta.happens(CUSTOMER, "policy_enforcement", &json!({ "action": null }))),
        ("something unknown", meta.happens(CUSTOMER, "hologram", &json!({}))),
    ]
}

#[test]
fn everything_is_read() {
    for (door, name) in [(Door::Page, "messenger"), (Door::Instagram, "instagram")] {
        let meta = Meta::new(account(door), NOW);
        let mut text = String::new();
        for (what, element) in everything(&meta) {
            let _ = writeln!(text, "{what}\n{}", shown(&one(door, &element)));
        }
        let comment = meta.comment(CUSTOMER, "17_4", "ana.k", "Is it warm?");
        let events = parsed(door, &meta.entries(&[("changes", &[comment])]));
        let _ = writeln!(text, "a comment\n{}", shown(&events[0]));
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn one_event_that_comes_on_two_ways_is_one() {
    let key = |standby: bool, meta: &Meta| {
        let list = if standby { "standby" } else { "messaging" };
        let element = meta.text(CUSTOMER, "m_1", "Hello");
        parsed(Door::Instagram, &meta.entries(&[(list, &[element])])).remove(0)
    };
    let by_itself = Meta::new(account(Door::Instagram), NOW);
    let behind_page = Meta::new(account(Door::BehindPage), NOW + time::Duration::seconds(1));
    let (one, other) = (key(false, &by_itself), key(true, &behind_page));
    assert_eq!(one.external_id, "m_1");
    assert_eq!(one.external_id, other.external_id);
}

#[test]
fn a_second_app_signs_with_its_own_secret() {
    let meta = Meta::new(account(Door::Instagram), NOW);
    let body = escaped(&meta.request(&[meta.text(CUSTOMER, "m_1", "Hello")]));
    let delivery = request(meta.signed(body, "secret-of-the-second-app"));
    let mut both = settings(Door::Instagram, "https://graph.example");
    assert!(reader(Door::Instagram).verify(&delivery).is_err());
    both.linked_app_secret = Secret::new("secret-of-the-second-app");
    assert!(reader_of(both).verify(&delivery).is_ok());
}

#[test]
fn an_echo_finds_its_message_by_the_command() {
    let echo = |message: Value| {
        let sides = json!({ "sender": { "id": PAGE }, "recipient": { "id": CUSTOMER }, "message": message });
        one(Door::Page, &sides).event
    };
    let own = echo(json!({ "mid": "m_9", "text": "x", "is_echo": true, "app_id": 3001, "metadata": COMMAND }));
    let status = own.into_status().unwrap();
    assert_eq!(status.message_ids, ["m_9", COMMAND]);
    assert_eq!(status.state, DeliveryState::Sent);
    let without_command = echo(json!({ "mid": "m_9", "text": "x", "is_echo": true, "app_id": APP }));
    assert!(matches!(without_command, InboundEvent::Ignored(_)));
    // The word of another program is its own.
    let other = echo(json!({ "mid": "m_9", "text": "x", "is_echo": true, "app_id": "77", "metadata": COMMAND }));
    assert!(other.into_message().is_some());
    let deleted = one(
        Door::Page,
        &json!({
            "sender": { "id": PAGE }, "recipient": { "id": CUSTOMER },
            "message": { "mid": "m_9", "is_echo": true, "is_deleted": true },
        }),
    );
    assert_eq!(shown(&deleted).trim(), "deleted:m_9 @ \n  [\"m_9\"] deleted by the account");
}

#[test]
fn what_is_of_another_account_or_product_is_not_ours() {
    let ignored = |door: Door, document: &Value| {
        let events = parsed(door, document);
        assert!(
            !events.is_empty() && events.iter().all(|one| matches!(one.event, InboundEvent::Ignored(_))),
            "{events:?}"
        );
    };
    let page = Meta::new(account(Door::Page), NOW);
    let instagram = Meta::new(account(Door::Instagram), NOW);
    let of = |meta: &Meta| meta.request(&[meta.text(CUSTOMER, "m_1", "Hello")]);
    ignored(Door::Instagram, &of(&page));
    ignored(Door::Page, &of(&instagram));
    let mut other = account(Door::Page);
    other.page_id = "1002".to_owned();
    ignored(Door::Page, &of(&Meta::new(other, NOW)));
    // What the account wrote to another one of the same app is told in an entry of that one.
    let to_them =
        json!({ "sender": { "id": PAGE }, "recipient": { "id": "1002" }, "message": { "mid": "m_1", "text": "Hi" } });
    ignored(Door::Page, &json!({ "object": "page", "entry": [{ "id": "1002", "messaging": [to_them] }] }));
    ignored(Door::Page, &json!({ "object": "permissions", "entry": [{ "id": PAGE, "changes": [] }] }));
    ignored(Door::Page, &json!({ "object": "page", "entry": [] }));
}

#[test]
fn a_test_of_the_dashboard_is_read_like_the_real_thing() {
    let meta = Meta::new(account(Door::Instagram), NOW);
    let value = meta.text(CUSTOMER, "m_1", "Hello");
    let change = json!({ "field": "messages", "value": value });
    let events = parsed(Door::Instagram, &meta.entries(&[("changes", &[change])]));
    let message = message_of(events.into_iter().next().unwrap());
    assert_eq!((message.visible_text.as_str(), message.sender.value.as_str()), ("Hello", CUSTOMER));
}

#[test]
fn the_account_does_not_write_to_itself() {
    let meta = Meta::new(account(Door::Instagram), NOW);
    let own = meta.comment(INSTAGRAM, "17_5", "the.shop", "Thank you!");
    let events = parsed(Door::Instagram, &meta.entries(&[("changes", &[own])]));
    assert!(matches!(events[0].event, InboundEvent::Ignored(_)));
}

#[test]
fn a_comment_may_change_and_go() {
    let meta = Meta::new(account(Door::Page), NOW);
    let changed = |verb: &str| {
        let mut comment = meta.comment(CUSTOMER, "17_4", "Ana", "Is it warm?");
        comment["value"]["verb"] = json!(verb);
        let mut events = parsed(Door::Page, &meta.entries(&[("changes", &[comment])]));
        events.remove(0).event
    };
    let InboundEvent::Change(edited) = changed("edited") else { panic!("an edit is a change") };
    assert!(edited.message_ids == ["17_4"] && edited.what == Changed::Edited("Is it warm?".to_owned()));
    let InboundEvent::Change(removed) = changed("remove") else { panic!("a removal is a change") };
    assert!(removed.what == Changed::Deleted, "a removal takes the comment back");
    let InboundEvent::Message(written) = changed("add") else { panic!("a comment is a message") };
    assert_eq!(written.own_ids, ["17_4"], "changes find the comment");
}

#[test]
fn several_arrivals_are_told_one_by_one() {
    let meta = Meta::new(account(Door::Page), NOW);
    let what = json!({ "mids": ["m_1", "m_2"], "watermark": 1_648_581_633_369_i64 });
    let events = parsed(Door::Page, &meta.request(&[meta.happens(CUSTOMER, "delivery", &what)]));
    let ids: Vec<&str> = events.iter().map(|event| event.external_id.as_str()).collect();
    assert_eq!(ids, ["delivered:m_1", "delivered:m_2"]);
}

#[test]
fn a_request_that_is_too_large_is_refused_before_it_is_hashed() {
    let meta = Meta::new(account(Door::Page), NOW);
    let body = vec![b' '; 10 * 1024 * 1024].into();
    let verified = reader(Door::Page).verify(&request(meta.signed(body, "app-secret")));
    assert!(matches!(verified, Err(VerifyError::TooLarge { .. })));
}
