//! What was written while nothing was pushed, read back from conversations.

use std::collections::BTreeSet;

use channel_contract::MessageChannel as _;
use channel_contract::channel::Cursor;
use channel_contract::failure::ChannelFailure;
use channel_contract::gap::Gap;
use channel_contract::inbound::{Inbound, InboundMessage, RawItem, Writer};
use channel_contract::testkit::SendHarness as _;
use platform_doubles::meta::Door;
use platform_doubles::{Fault, Response};
use time::Duration;

use crate::stage::{CUSTOMER, NOW, Stage};

const DOORS: [Door; 3] = [Door::Page, Door::BehindPage, Door::Instagram];

fn gap() -> Gap {
    Gap { since: NOW - Duration::minutes(30), unsure: Vec::new() }
}

/// Reads on to the end, and gives what came and what a person should know of.
async fn read(stage: &Stage, gap: &Gap, mut place: Option<Cursor>) -> (Vec<RawItem>, Option<String>) {
    let (mut items, mut warning) = (Vec::new(), None);
    loop {
        let page = stage.channel.missed(gap, place.as_ref()).await.unwrap();
        items.extend(page.items);
        warning = warning.or(page.warning);
        if !page.more {
            return (items, warning);
        }
        place = Some(page.cursor);
    }
}

fn events(stage: &Stage, items: &[RawItem]) -> Vec<Inbound> {
    items.iter().flat_map(|item| stage.channel.parse(item).unwrap()).collect()
}

fn messages(stage: &Stage, items: &[RawItem]) -> Vec<InboundMessage> {
    events(stage, items).into_iter().filter_map(|inbound| inbound.event.into_message()).collect()
}

fn texts(messages: &[InboundMessage]) -> Vec<&str> {
    messages.iter().map(|message| message.visible_text.as_str()).collect()
}

#[tokio::test]
async fn what_is_read_back_is_what_would_have_been_pushed() {
    for door in DOORS {
        let stage = Stage::start(door, 5).await;
        let pushed = stage.meta().says("9002", "m_7", "Is it warm?");
        stage.meta().set_now(NOW + Duration::minutes(1));
        let elsewhere = stage.meta().writes_elsewhere("9002", "It is.");
        stage.meta().set_now(NOW + Duration::minutes(10));
        let (items, warning) = read(&stage, &gap(), None).await;
        let pushed = events(&stage, &[stage.item(&stage.meta().request(&[pushed]))]);
        let read = events(&stage, &items);
        assert!(read.contains(&pushed[0]), "{door:?}: {read:?}");
        let messages = messages(&stage, &items);
        assert_eq!((texts(&messages), warning), (vec!["Is it warm?", "It is."], None), "{door:?}");
        let own = &messages[1];
        assert_eq!((own.writer, own.recipients[0].value.as_str()), (Writer::Teammate, "9002"));
        assert_eq!(own.own_ids, [elsewhere]);
        assert_eq!(own.thread, messages[0].thread);
    }
}

#[tokio::test]
async fn what_may_be_a_reply_of_the_desk_is_not_read_back_as_another_one() {
    let stage = Stage::start(Door::Page, 5).await;
    let sent = stage.message();
    stage.channel.send(&sent).await.unwrap();
    stage.meta().writes_elsewhere(CUSTOMER, "Ask us again.");
    let (items, _) = read(&stage, &gap(), None).await;
    assert!(messages(&stage, &items).is_empty(), "its sending may not be answered yet");
    stage.meta().set_now(NOW + Duration::minutes(10));
    let unsure = Gap { unsure: vec![sent.text.clone()], ..gap() };
    let (items, _) = read(&stage, &unsure, None).await;
    assert_eq!(texts(&messages(&stage, &items)), ["Ask us again."]);
    let (items, _) = read(&stage, &gap(), None).await;
    let known = stage.meta().sent()[0].mid.clone();
    assert!(messages(&stage, &items).iter().any(|message| message.own_ids == [known.clone()]), "the desk knows its id");
}

#[tokio::test]
async fn conversations_that_change_places_while_pages_are_turned_are_all_read() {
    let stage = Stage::start(Door::Page, 5).await;
    let says = |number: usize, text: &str| {
        stage.meta().set_now(stage.meta().now() + Duration::SECOND);
        stage.meta().says(&(8_000 + number).to_string(), &format!("m_{number}_{text}"), text);
    };
    for number in 0..24 {
        says(number, "First");
    }
    let first = stage.channel.missed(&gap(), None).await.unwrap();
    assert!(first.more);
    // One that has not been reached goes to the beginning of the list.
    says(3, "Second");
    stage.double.misbehave("GET", "/conversations", Fault::Answer(Response::status(503)), 1);
    let broken = stage.channel.missed(&gap(), Some(&first.cursor)).await;
    assert!(matches!(broken, Err(ChannelFailure::Retry { .. })), "{broken:?}");
    let (items, _) = read(&stage, &gap(), Some(first.cursor)).await;
    let ids = |items: &[RawItem]| -> BTreeSet<String> {
        messages(&stage, items).into_iter().flat_map(|message| message.own_ids).collect()
    };
    let found: BTreeSet<String> = ids(&first.items).union(&ids(&items)).cloned().collect();
    assert_eq!(found.len(), 25, "{found:?}");
}

#[tokio::test]
async fn a_long_conversation_is_read_as_far_as_it_is_shown_and_an_old_one_is_not() {
    for (door, expected) in [(Door::Page, 45), (Door::BehindPage, 20)] {
        let stage = Stage::start(door, 5).await;
        stage.meta().set_now(NOW - Duration::hours(9));
        stage.meta().says("9003", "m_old", "Long ago");
        stage.meta().says(CUSTOMER, "m_before", "Before");
        for number in 0..45 {
            stage.meta().set_now(NOW + Duration::seconds(number));
            stage.meta().says(CUSTOMER, &format!("m_{number}"), "And?");
        }
        let (items, warning) = read(&stage, &gap(), None).await;
        let messages = messages(&stage, &items);
        assert_eq!((messages.len(), warning.is_some()), (expected, expected < 45), "{door:?}");
        assert!(texts(&messages).iter().all(|text| *text == "And?"));
    }
}
