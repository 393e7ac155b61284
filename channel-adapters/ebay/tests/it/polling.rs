//! What polling finds: conversations of many pages, own messages, readers, and what happens to orders.

use std::time::Duration;

use channel_contract::channel::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{Automatic, FileContent, InboundEvent, OrderHappening, Trust, Writer};
use channel_contract::outbound::DeliveryState;
use channel_ebay::settings::{EbaySettings, Polling};
use platform_doubles::ebay::Media;
use platform_doubles::{Fault, Response};
use serde_json::json;
use time::Duration as Span;

use crate::shop::{BUYER, LISTING, Shop, messages, news};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_message_says_who_wrote_what_about_which_order() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let (order, _) = (ebay.buy(BUYER, LISTING), ebay.buy("bob", LISTING));
    let media =
        Media { name: "cup.png".to_owned(), kind: "IMAGE".to_owned(), address: "https://files.example/cup".to_owned() };
    let id = ebay.write_with(BUYER, LISTING, "It is broken", vec![media]);
    let (items, _) = shop.poll(None).await;
    let message = messages(shop.read(&items)).remove(0);
    assert_eq!((message.sender.kind.as_str(), message.sender.value.as_str()), ("ebay_user", BUYER));
    assert_eq!((message.writer, message.trust, message.automatic), (Writer::Contact, Trust::Proved, Automatic::No));
    assert_eq!((message.visible_text.as_str(), message.own_ids.as_slice()), ("It is broken", [id.clone()].as_slice()));
    assert_eq!(message.thread.thread_id, Some(ebay.conversation_of(&id)));
    assert_eq!(message.thread.order_numbers, [order], "a listing has many buyers: only their own order counts");
    let FileContent::Elsewhere(place) = &message.attachments[0].content else { panic!("the file lies elsewhere") };
    assert_eq!(
        (place.key.as_str(), message.attachments[0].content_type.as_str()),
        ("https://files.example/cup", "image/png")
    );
}

#[tokio::test]
async fn a_purchase_from_before_the_channel_is_known_for_as_long_as_one_can_write_about_it() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let orders = || shop.ebay.calls().into_iter().filter(|call| call.path.ends_with("/order")).count();
    let order = ebay.buy(BUYER, LISTING);
    for number in 0..450 {
        ebay.buy(&format!("buyer_{number}"), LISTING);
    }
    let begun = ebay.now();
    let mut cursor = None;
    for (days, known) in [(60, vec![order.clone()]), (89, vec![order]), (92, Vec::new())] {
        ebay.set_now(begun + Span::days(days));
        ebay.write(BUYER, LISTING, "Where is it?");
        let before = orders();
        let (items, next) = shop.poll(cursor).await;
        let named = messages(shop.read(&items)).pop().unwrap().thread.order_numbers;
        assert_eq!(named, known, "{days} days after it was bought");
        let most = if days == 60 { 129 } else { 1 };
        assert!(orders() - before <= most, "{days}: earlier orders are read once, with few calls");
        cursor = Some(next);
    }
}

#[tokio::test]
async fn orders_that_cannot_be_read_back_hold_up_no_message() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let order = ebay.buy(BUYER, LISTING);
    ebay.set_now(ebay.now() + Span::days(30));
    let busy = Response::json(429, &json!({ "errors": [{ "errorId": 2_001 }] })).with("retry-after", "60");
    // The search for what has changed is the first call of the two.
    shop.ebay.misbehave("GET", "/sell/fulfillment/v1/order", Fault::Answer(busy), 2);
    ebay.write(BUYER, LISTING, "Where is it?");
    let polled = shop.channel.poll(None).await.unwrap();
    let said = messages(shop.read(&polled.items));
    assert_eq!((said[0].thread.order_numbers.len(), polled.trouble), (0, None));
    ebay.set_now(ebay.now() + Span::minutes(2));
    ebay.write(BUYER, LISTING, "And now?");
    let (items, _) = shop.poll(Some(polled.cursor)).await;
    assert_eq!(
        messages(shop.read(&items)).pop().unwrap().thread.order_numbers,
        [order],
        "they are read a little later"
    );
}

#[tokio::test]
async fn what_is_new_comes_once_and_costs_one_call_where_nothing_is() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    for number in 0..130 {
        ebay.write(&format!("buyer_{number}"), LISTING, &format!("Message {number}"));
    }
    let (items, cursor) = shop.poll(None).await;
    let said: Vec<String> = messages(shop.read(&items)).into_iter().map(|message| message.visible_text).collect();
    let expected: std::collections::BTreeSet<String> = (0..130).map(|number| format!("Message {number}")).collect();
    assert_eq!(said.iter().cloned().collect::<std::collections::BTreeSet<_>>(), expected);
    let reads = || shop.ebay.calls().into_iter().filter(|call| call.path.contains("/conversation/")).count();
    assert_eq!(reads(), 130, "each conversation was read once");
    ebay.set_now(ebay.now() + Span::hours(2));
    let (_, cursor) = shop.poll(Some(cursor)).await;
    let before = reads();
    assert_eq!(before, 260, "and once more, for what comes late");
    ebay.write("buyer_5", LISTING, "And now?");
    let (items, cursor) = shop.poll(Some(cursor)).await;
    assert_eq!(messages(shop.read(&items)).last().unwrap().visible_text, "And now?");
    assert_eq!(reads(), before + 1);
    let (items, _) = shop.poll(Some(cursor)).await;
    assert!(items.is_empty());
    assert_eq!(reads(), before + 1);
}

#[tokio::test]
async fn a_long_conversation_is_read_back_to_what_is_known() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    ebay.write(BUYER, LISTING, "Message 0");
    let (_, cursor) = shop.poll(None).await;
    ebay.set_now(ebay.now() + Span::hours(5));
    for number in 1..=120 {
        ebay.write(BUYER, LISTING, &format!("Message {number}"));
    }
    let (items, _) = shop.poll(Some(cursor)).await;
    let said: Vec<String> = messages(shop.read(&items)).into_iter().map(|message| message.visible_text).collect();
    let expected: Vec<String> = (1..=120).map(|number| format!("Message {number}")).collect();
    assert_eq!(said, expected, "in the order in which they were written");
}

#[tokio::test]
async fn an_old_conversation_with_something_new_is_found_whatever_its_time_is() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    ebay.go_by_beginning();
    ebay.write(BUYER, LISTING, "Where is it?");
    let (_, cursor) = shop.poll(None).await;
    ebay.set_now(ebay.now() + Span::days(9));
    ebay.write("bob", LISTING, "Hello");
    let (_, cursor) = shop.poll(Some(cursor)).await;
    ebay.write(BUYER, LISTING, "It is still not here");
    let (items, _) = shop.poll(Some(cursor)).await;
    assert_eq!(messages(shop.read(&items)).last().unwrap().visible_text, "It is still not here");
}

#[tokio::test]
async fn one_conversation_that_cannot_be_read_holds_up_no_other() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let lost = ebay.write("bob", LISTING, "From Bob");
    ebay.write(BUYER, LISTING, "From Ann");
    let path = format!("/conversation/{}", ebay.conversation_of(&lost));
    // It is asked for twice: among those since then, and among the newest.
    shop.ebay.misbehave("GET", &path, Fault::Answer(Response::status(500)), 2);
    let polled = shop.channel.poll(None).await.unwrap();
    assert!(matches!(polled.trouble, Some(ChannelFailure::Retry { class: FailureClass::Temporary, .. })));
    assert_eq!(messages(shop.read(&polled.items))[0].visible_text, "From Ann");
    let (items, _) = shop.poll(Some(polled.cursor)).await;
    assert_eq!(messages(shop.read(&items))[0].visible_text, "From Bob", "it is read as soon as it can be");
}

#[tokio::test]
async fn a_message_that_ebay_shows_late_is_found_and_costs_few_calls() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    ebay.write(BUYER, LISTING, "Where is it?");
    let (_, mut cursor) = shop.poll(None).await;
    let late = ebay.show_late(BUYER, LISTING, "It was blue", Span::minutes(10));
    let (mut found, begun) = (Vec::new(), ebay.now());
    while ebay.now() < begun + Span::hours(3) {
        ebay.set_now(ebay.now() + Span::minutes(1));
        let (items, next) = shop.poll(Some(cursor)).await;
        found.extend(messages(shop.read(&items)).into_iter().flat_map(|message| message.own_ids));
        cursor = next;
    }
    assert!(found.contains(&late), "{found:?}");
    let reads = shop.ebay.calls().into_iter().filter(|call| call.path.contains("/conversation/")).count();
    assert_eq!(reads, 3, "it is read when it is found, and twice while something may come late");
}

#[tokio::test]
async fn a_conversation_that_was_refused_is_read_as_soon_as_it_is_given_out() {
    for status in [403, 404] {
        let shop = Shop::start(PATIENCE).await;
        let ebay = &shop.ebay.platform;
        let known = ebay.write(BUYER, LISTING, "Hello");
        let (_, mut cursor) = shop.poll(None).await;
        ebay.set_now(ebay.now() + Span::hours(2));
        let path = format!("/conversation/{}", ebay.conversation_of(&known));
        shop.ebay.misbehave("GET", &path, Fault::Answer(Response::status(status)), usize::MAX);
        ebay.write(BUYER, LISTING, "Where is it?");
        ebay.set_now(ebay.now() + Span::minutes(40));
        let last = ebay.write(BUYER, LISTING, "It is still not here");
        // Others go on meanwhile, so that what was read moves on.
        let mut found = Vec::new();
        for minute in 0..60 {
            ebay.write(&format!("buyer_{minute}"), LISTING, "Hello");
            ebay.set_now(ebay.now() + Span::minutes(1));
            let (items, next) = shop.poll(Some(cursor)).await;
            found.extend(messages(shop.read(&items)));
            cursor = next;
        }
        let of_ann = |message: &&channel_contract::inbound::InboundMessage| message.sender.value == BUYER;
        let mut said: Vec<String> = found.iter().filter(of_ann).flat_map(|message| message.own_ids.clone()).collect();
        said.dedup();
        assert_eq!(said, [last], "{status}: what the listing tells is shown");
        shop.ebay.behave();
        ebay.set_now(ebay.now() + Span::minutes(10));
        let (items, _) = shop.poll(Some(cursor)).await;
        let texts: Vec<String> = messages(shop.read(&items))
            .into_iter()
            .filter(|message| message.sender.value == BUYER)
            .map(|message| message.visible_text)
            .collect();
        assert!(texts.contains(&"Where is it?".to_owned()), "{status}: {texts:?}");
    }
}

#[tokio::test]
async fn conversations_that_cannot_be_read_for_days_keep_no_other_away_and_end() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    ebay.write(BUYER, LISTING, "From Ann");
    for number in 0..3 {
        let id = ebay.write(&format!("broken_{number}"), LISTING, "Lost");
        let path = format!("/conversation/{}", ebay.conversation_of(&id));
        shop.ebay.misbehave("GET", &path, Fault::Answer(Response::status(500)), usize::MAX);
    }
    let (mut cursor, mut texts, mut troubled) = (None, Vec::new(), 0);
    for _ in 0..3 {
        let polled = shop.channel.poll(cursor.as_ref()).await.unwrap();
        texts.extend(messages(shop.read(&polled.items)).into_iter().map(|message| message.visible_text));
        cursor = Some(polled.cursor);
        ebay.set_now(ebay.now() + Span::minutes(1));
    }
    assert_eq!(texts, ["From Ann"], "those behind them are read");
    for _ in 0..(4 * 24) {
        ebay.set_now(ebay.now() + Span::hours(1));
        let polled = shop.channel.poll(cursor.as_ref()).await.unwrap();
        texts.extend(messages(shop.read(&polled.items)).into_iter().map(|message| message.visible_text));
        troubled += usize::from(polled.trouble.is_some());
        cursor = Some(polled.cursor);
    }
    assert_eq!(texts, ["From Ann", "Lost", "Lost", "Lost"], "what the listing tells of them comes in the end");
    assert!(troubled < 80, "then nobody waits for them any more");
}

#[tokio::test]
async fn own_messages_come_back_under_the_id_of_their_receipt_and_not_at_once() {
    let shop = Shop::with(PATIENCE, |settings| EbaySettings {
        polling: Polling { own_after_seconds: 120, ..settings.polling },
        ..settings
    })
    .await;
    let ebay = &shop.ebay.platform;
    let asked = ebay.write(BUYER, LISTING, "Where is it?");
    let (_, cursor) = shop.poll(None).await;
    let receipt = shop.channel.send(&shop.answer_to(&asked, "It left today.")).await.unwrap();
    ebay.write(BUYER, LISTING, "Thank you");
    let (items, cursor) = shop.poll(Some(cursor)).await;
    let said = messages(shop.read(&items));
    assert!(said.iter().all(|message| message.writer == Writer::Contact), "its receipt may not be stored yet");
    assert_eq!(said.last().unwrap().visible_text, "Thank you", "the buyer's own words wait for nothing");
    ebay.set_now(ebay.now() + Span::minutes(3));
    let (items, _) = shop.poll(Some(cursor)).await;
    let own = messages(shop.read(&items)).into_iter().find(|message| message.writer == Writer::Teammate).unwrap();
    assert_eq!(own.own_ids, [receipt.external_id]);
    assert_eq!(own.recipients[0].value, BUYER);
}

#[tokio::test]
async fn what_a_teammate_writes_on_ebay_is_seen() {
    let shop = Shop::start(PATIENCE).await;
    shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    shop.ebay.platform.answer_on_ebay(BUYER, LISTING, "On its way");
    let (items, _) = shop.poll(None).await;
    let said = messages(shop.read(&items));
    assert_eq!((said[1].writer, said[1].visible_text.as_str()), (Writer::Teammate, "On its way"));
    assert_eq!(said[0].thread.thread_id, said[1].thread.thread_id);
}

#[tokio::test]
async fn a_buyer_who_reads_is_told_once() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let asked = ebay.write(BUYER, LISTING, "Where is it?");
    let receipt = shop.channel.send(&shop.answer_to(&asked, "It left today.")).await.unwrap();
    let (items, cursor) = shop.poll(None).await;
    let read = |items: &[_]| {
        let events = shop.read(items).into_iter();
        events.filter_map(|inbound| inbound.event.into_status()).collect::<Vec<_>>()
    };
    assert!(read(&items).is_empty(), "the buyer has not read it");
    // Long after it, when other conversations are the newest.
    ebay.set_now(ebay.now() + Span::days(1));
    ebay.write("bob", LISTING, "Hello");
    ebay.read_by_buyer(&receipt.external_id);
    let (items, cursor) = shop.poll(Some(cursor)).await;
    let told = read(&items);
    assert_eq!((told.len(), told[0].state), (1, DeliveryState::Read));
    assert_eq!(told[0].message_ids, [receipt.external_id]);
    let (items, _) = shop.poll(Some(cursor)).await;
    assert!(read(&items).is_empty(), "once is enough");
}

#[tokio::test]
async fn what_ebay_itself_writes_is_shown_only_where_it_is_wanted() {
    for wanted in [true, false] {
        let shop = Shop::with(PATIENCE, |settings| EbaySettings {
            polling: Polling { from_ebay: wanted, ..settings.polling },
            ..settings
        })
        .await;
        shop.ebay.platform.write_as_ebay("<p>Your fees</p><p>fell</p>");
        let (items, _) = shop.poll(None).await;
        let said: Vec<_> = messages(shop.read(&items));
        assert_eq!(said.len(), usize::from(wanted));
        assert!(said.iter().all(|message| message.automatic == Automatic::Bulk && message.text == "Your fees\nfell"));
    }
}

#[tokio::test]
async fn what_buyers_open_is_news_of_their_order_with_its_time() {
    use OrderHappening::{CancelRequested, ClaimClosed, ClaimOpened, Created, ReturnOpened, Shipped};
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let order = ebay.buy(BUYER, LISTING);
    let back = ebay.open_return(&order, BUYER);
    let lost = ebay.open_inquiry(LISTING, "9001", "bob");
    let cancelling = ebay.ask_to_cancel("12-00002-00077", BUYER);
    let (items, cursor) = shop.poll(None).await;
    let told: Vec<_> = news(shop.read(&items))
        .into_iter()
        .map(|(key, news)| (key, news.order_number, news.what, news.due_at.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            (format!("order:{order}:created"), order.clone(), Created, true),
            (format!("return:{back}:opened"), order.clone(), ReturnOpened, true),
            (format!("inquiry:{lost}:opened"), format!("{LISTING}-9001"), ClaimOpened, true),
            (format!("cancellation:{cancelling}:requested"), "12-00002-00077".to_owned(), CancelRequested, true),
        ]
    );
    let stored: String = items.iter().map(|item| String::from_utf8_lossy(&item.body).into_owned()).collect();
    assert!(!stored.contains("Ann of the Buyers"), "addresses of buyers are not kept");

    let (items, cursor) = shop.poll(Some(cursor)).await;
    assert!(items.is_empty(), "what stands where it stood is no news");
    ebay.change_order(&order, &json!({ "orderFulfillmentStatus": "FULFILLED" }));
    ebay.change_case(&lost, &json!({ "inquiryStatusEnum": "CLOSED" }));
    let (items, _) = shop.poll(Some(cursor)).await;
    let what: Vec<OrderHappening> = news(shop.read(&items)).into_iter().map(|(_, news)| news.what).collect();
    assert!(what.contains(&Shipped) && what.contains(&ClaimClosed), "{what:?}");
}

#[tokio::test]
async fn more_rows_than_a_page_are_found_by_halving_their_time() {
    let shop = Shop::start(PATIENCE).await;
    for number in 0..450 {
        shop.ebay.platform.open_return(&format!("12-{number:05}-00077"), BUYER);
    }
    let (items, _) = shop.poll(None).await;
    let keys: std::collections::BTreeSet<String> = items.iter().map(|item| item.external_id.clone()).collect();
    assert_eq!(keys.len(), 450);
}

#[tokio::test]
async fn a_search_that_ebay_takes_away_holds_up_nothing() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    ebay.withdraw_search("inquiry");
    ebay.open_return("12-00001-00077", BUYER);
    ebay.write(BUYER, LISTING, "Hello");
    let polled = shop.channel.poll(None).await.unwrap();
    assert_eq!((polled.items.len(), polled.trouble.clone()), (2, None));
    assert!(polled.warning.unwrap().contains("no search for each inquiry"));
    let again = shop.channel.poll(Some(&polled.cursor)).await.unwrap();
    assert_eq!(again.warning, None, "it is not asked again today");
}

#[tokio::test]
async fn too_many_searches_rest_and_messages_go_on() {
    let shop = Shop::start(PATIENCE).await;
    shop.ebay.platform.write(BUYER, LISTING, "Hello");
    let limited = Response::json(429, &json!({ "error": [{ "errorId": 2_001 }] })).with("retry-after", "60");
    shop.ebay.misbehave("GET", "/post-order/", Fault::Answer(limited), 1);
    let polled = shop.channel.poll(None).await.unwrap();
    assert_eq!((polled.items.len(), polled.trouble), (1, None));
    assert!(polled.warning.is_some());
}

#[tokio::test]
async fn a_grant_taken_back_ends_the_poll_and_moves_nothing() {
    let shop = Shop::start(PATIENCE).await;
    shop.ebay.platform.write(BUYER, LISTING, "Hello");
    shop.ebay.platform.set_granting(platform_doubles::ebay::Granting::Refuses);
    let refused = shop.channel.poll(None).await;
    assert!(matches!(refused, Err(ChannelFailure::Reconnect { .. })), "{refused:?}");
    shop.ebay.platform.set_granting(platform_doubles::ebay::Granting::Grants);
    let (items, _) = shop.poll(None).await;
    assert_eq!(messages(shop.read(&items))[0].visible_text, "Hello");
}

#[tokio::test]
async fn access_that_ended_early_is_renewed_without_a_word() {
    let shop = Shop::start(PATIENCE).await;
    shop.poll(None).await;
    shop.ebay.platform.end_access();
    shop.ebay.platform.write(BUYER, LISTING, "Hello");
    let (items, _) = shop.poll(None).await;
    assert!(matches!(shop.read(&items)[0].event, InboundEvent::Message(_)));
    assert_eq!(shop.ebay.platform.renewals(), 2);
}
