//! The panel beside a conversation: what was read last at once, the shop only when somebody asks.

use std::time::Duration;

use resolute::channels::live_chat::visitor::VISITOR;
use resolute::model::brand::AgentLevel;
use resolute::model::channel::Channel;
use resolute::model::conversation::AgentState;
use resolute::model::order::{KnownOrder, MatchedBy, OrderSourceRow};
use resolute::model::teammate::Role;
use resolute::model::{ContactId, Json, MessageId};
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage, NewTold};
use resolute::store::{brands, channels, order_sources, orders};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use wiremock::matchers::{any, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::cast::{Cast, new_channel, put};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::Client;
use crate::support::stores::write;

pub(crate) const SECRET: &str = "a secret of the shop";

pub(crate) fn order(status: &str) -> Value {
    let money = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    json!({
        "id": "ord_1", "number": "FJ-20417", "status": status, "placed_at": "2026-11-18T08:12:00Z",
        "buyer": { "name": "Sofie Keller", "email": "sofie@example.com" },
        "shipping_address": { "name": "Sofie Keller", "line1": "Hafenweg 3", "postal_code": "20457", "city": "Hamburg", "country": "DE" },
        "lines": [{ "id": "l1", "sku": "CUP", "title": "Stoneware cup", "ordered": 1, "current": 1, "fulfilled": 0, "unit_price": money("12.50") }],
        "shipping_price": money("0.00"), "total": money("12.50"),
    })
}

/// A desk with one conversation, and a shop over HTTP that counts who asks.
pub(crate) async fn desk(engine: Engine) -> (TestDesk, MockServer, OrderSourceRow) {
    Box::pin(desk_with(Wish::exact(engine))).await
}

/// The same as a test wishes it.
pub(crate) async fn desk_with(wish: Wish) -> (TestDesk, MockServer, OrderSourceRow) {
    let shop = MockServer::start().await;
    let desk = Box::pin(TestDesk::start(wish)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let mut talk = cast.conversation(7);
    (talk.brand_id, talk.channel_id) = (desk.setup.brand, desk.setup.channel);
    let message = cast.message(&talk, "Where is my order?");
    put(&desk.desk.db, std::slice::from_ref(&talk), &[message]).await;
    let row = OrderSourceRow {
        id: desk.desk.clock.new_id(),
        brand_id: desk.setup.brand,
        name: "Counting shop".to_owned(),
        settings: json!({ "base_url": shop.uri() }).into(),
        ..cast.shop.clone()
    };
    let sealed = desk.desk.shops.seal(row.id, &json!({ "secret": SECRET })).unwrap();
    write(&desk.desk.db, async |tx| order_sources::insert(tx, &row, sealed, MONDAY).await).await;
    (desk, shop, row)
}

/// The shop's order is read, and is the one of the conversation.
pub(crate) async fn linked(desk: &TestDesk, row: &OrderSourceRow) {
    let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
    let known: KnownOrder = shops.get_order(row.id, "ord_1").await.unwrap().unwrap();
    let talk = desk.talk(7).await;
    write(&desk.desk.db, async |tx| {
        orders::save(tx, &known).await?;
        orders::link(tx, talk.id, &known, MatchedBy::Number, MONDAY).await
    })
    .await;
}

async fn asked(shop: &MockServer) -> usize {
    shop.received_requests().await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_never_asks_the_shop_and_its_panel_does_after_it() {
    for engine in Engine::all() {
        let (desk, shop, _) = desk(engine).await;
        let found = ResponseTemplate::new(200).set_body_json(json!({ "orders": [order("open")], "next_cursor": null }));
        Mock::given(path("/orders")).respond_with(found).mount(&shop).await;
        let mut browser = desk.browser().await;
        for address in ["/conversations/7", "/conversations/7/context", "/inbox?view=all"] {
            let shown = page(&mut browser, address).await;
            assert!(shown.contains("hx-get=\"/conversations/7/candidates"), "{shown}");
        }
        assert_eq!(asked(&shop).await, 0);
        for address in ["/conversations/7/candidates", "/conversations/7?find=1"] {
            let shown = page(&mut browser, address).await;
            assert!(shown.contains("Which order is it?") && shown.contains("FJ-20417"), "{shown}");
        }
        assert_eq!(asked(&shop).await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_order_the_first_lines_stand_there_and_what_can_be_done_below_them() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        let mut long = order("open");
        let line = |number: usize| {
            let mut line = order("open")["lines"][0].clone();
            (line["id"], line["title"]) = (json!(format!("l{number}")), json!(format!("Thing {number}.")));
            line
        };
        long["lines"] = (1..=500).map(line).collect();
        Mock::given(path("/orders/ord_1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(long))
            .mount(&shop)
            .await;
        linked(&desk, &row).await;
        let shown = page(&mut desk.browser().await, "/conversations/7/context").await;
        let (before, behind) = shown.split_once("<summary>490 more</summary>").expect("they are folded");
        assert!(before.contains("Thing 10.") && !before.contains("Thing 11."), "{before}");
        let (rest, below) = behind.split_once("</details>").unwrap();
        assert!(rest.contains("Thing 11.") && rest.contains("Thing 500."));
        assert!(below.contains("class=\"total\"") && below.contains("order-actions"), "{below}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_hangs_keeps_no_page_waiting() {
    const PATIENCE: Duration = Duration::from_secs(20);
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        let one = ResponseTemplate::new(200).set_body_json(order("open"));
        Mock::given(path("/orders/ord_1")).respond_with(one).up_to_n_times(1).mount(&shop).await;
        linked(&desk, &row).await;
        let hangs = ResponseTemplate::new(200).set_delay(Duration::from_hours(1));
        Mock::given(any()).respond_with(hangs).mount(&shop).await;
        let before = asked(&shop).await;
        let (mut reading, mut browser) = (desk.browser().await, desk.browser().await);
        let live = tokio::spawn(async move {
            let back = [("back", "/conversations/7")];
            send(&mut reading, "/conversations/7/order-readings", &back).await.status
        });
        timeout(PATIENCE, async {
            while asked(&shop).await == before {
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("somebody reads the order again");
        for address in ["/conversations/7", "/conversations/7/context", "/inbox?view=all"] {
            let shown = timeout(PATIENCE, page(&mut browser, address)).await.expect("the page does not wait");
            assert!(shown.contains("Stoneware cup"), "{address} shows what was read last: {shown}");
        }
        assert!(!live.is_finished(), "the shop was still being read");
        assert_eq!(timeout(PATIENCE, live).await.expect("whoever asked waits no longer").unwrap(), 303);
        let shown = page(&mut browser, "/conversations/7/context").await;
        assert!(shown.contains("Stoneware cup"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_shown_as_last_read_until_somebody_reads_again() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        Mock::given(path("/orders/ord_1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(order("open")))
            .up_to_n_times(1)
            .mount(&shop)
            .await;
        linked(&desk, &row).await;
        desk.desk.clock.advance(Duration::from_hours(3));
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/conversations/7").await;
        assert!(
            shown.contains("not sent yet") && shown.contains("Read again") && shown.contains("badge warn"),
            "{shown}"
        );
        assert_eq!(asked(&shop).await, 1, "only the reading above");

        Mock::given(path("/orders/ord_1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(order("cancelled")))
            .up_to_n_times(1)
            .mount(&shop)
            .await;
        taken(&mut browser, "/conversations/7/order-readings", &[("back", "/conversations/7")]).await;
        let shown = page(&mut browser, "/conversations/7/context").await;
        assert!(shown.contains("cancelled") && !shown.contains("not sent yet"), "{shown}");

        // A shop that fails changes nothing on the page.
        Mock::given(path("/orders/ord_1")).respond_with(ResponseTemplate::new(500)).mount(&shop).await;
        taken(&mut browser, "/conversations/7/order-readings", &[("back", "/conversations/7")]).await;
        assert_eq!(page(&mut browser, "/conversations/7/context").await, shown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_that_a_mail_names_is_shown_though_a_person_answers() {
    for engine in Engine::all() {
        let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, ..Wish::exact(engine) };
        let desk = TestDesk::start(wish).await;
        let shop = MockServer::start().await;
        let found = ResponseTemplate::new(200).set_body_json(json!({ "orders": [order("open")], "next_cursor": null }));
        Mock::given(path("/orders")).respond_with(found).mount(&shop).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let row = OrderSourceRow {
            id: desk.desk.clock.new_id(),
            brand_id: desk.setup.brand,
            name: "Shop".to_owned(),
            settings: json!({ "base_url": shop.uri() }).into(),
            ..cast.shop.clone()
        };
        let sealed = desk.desk.shops.seal(row.id, &json!({ "secret": SECRET })).unwrap();
        write(&desk.desk.db, async |tx| order_sources::insert(tx, &row, sealed, MONDAY).await).await;
        let mail = "From: Sofie Keller <sofie@example.com>\r\nTo: help@fjord.example\r\nSubject: My cup\r\n\
            Message-ID: <k1@example.com>\r\n\r\nI want to talk to a person about my order FJ-20417, not to a machine.\r\n";
        assert_eq!(desk.post_mail(mail.as_bytes()).await.status, 200);
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        let talk = desk.newest().await;
        assert_eq!((talk.agent_state, talk.needs_approval), (AgentState::HandedOff, false));
        assert_eq!(talk.order_number.as_deref(), Some("FJ-20417"));
        let linked = orders::list_of(&desk.desk.db, talk.id).await.unwrap();
        assert_eq!(linked.len(), 1);
        let shown = page(&mut desk.browser().await, &format!("/conversations/{}", talk.number)).await;
        assert!(shown.contains("Stoneware cup"), "{shown}");
    }
}

/// A visitor of the chat for whom nobody vouches writes this, in conversation 8.
async fn guest(desk: &TestDesk, text: &str) {
    let cast = Cast::new();
    let id: ContactId = desk.desk.clock.new_id();
    let contact = NewContact {
        id,
        brand_id: desk.setup.brand,
        name: "Somebody".into(),
        kind: VISITOR.into(),
        value: desk.desk.clock.new_id::<MessageId>().to_string(),
        proved: false,
        created_at: MONDAY,
    };
    write(&desk.desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
    let talk = ConversationRow {
        id: desk.desk.clock.new_id(),
        brand_id: desk.setup.brand,
        channel_id: desk.setup.channel,
        contact_id: id,
        ..cast.conversation(8)
    };
    let message = NewMessage { id: desk.desk.clock.new_id(), contact_id: Some(id), ..cast.message(&talk, text) };
    put(&desk.desk.db, std::slice::from_ref(&talk), &[message]).await;
}

/// The shop has one order, and finds it by its number alone.
async fn knows_a_number(shop: &MockServer) {
    let found =
        |orders: Value| ResponseTemplate::new(200).set_body_json(json!({ "orders": orders, "next_cursor": null }));
    let one = found(json!([order("open")]));
    Mock::given(path("/orders")).and(query_param("number", "FJ-20417")).respond_with(one).mount(shop).await;
    Mock::given(path("/orders")).respond_with(found(json!([]))).with_priority(9).mount(shop).await;
    let read = ResponseTemplate::new(200).set_body_json(order("open"));
    Mock::given(path("/orders/ord_1")).respond_with(read).mount(shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_a_stranger_names_is_told_from_none_and_nothing_of_it_is_shown() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        knows_a_number(&shop).await;
        guest(&desk, "Where is my parcel? It is order FJ-20417.").await;
        let mut browser = desk.browser().await;
        let panel = page(&mut browser, "/conversations/8/context").await;
        assert!(panel.contains("hx-get=\"/conversations/8/candidates"), "the number is something to ask by: {panel}");
        assert_eq!(asked(&shop).await, 0);
        for address in ["/conversations/8/candidates", "/conversations/8?find=1"] {
            let shown = page(&mut browser, address).await;
            assert!(shown.contains("<bdi>FJ-20417</bdi> exists, and nothing shows that it is theirs."), "{shown}");
            assert!(!shown.contains("No order found") && !shown.contains("Which order is it?"), "{shown}");
            for secret in ["Stoneware", "Hafenweg", "sofie@example.com", "12.50"] {
                assert!(!panel_of(&shown).contains(secret), "{secret}: {shown}");
            }
        }
        let order = format!("{}:ord_1", row.id);
        taken(&mut browser, "/conversations/8/orders", &[("order", order.as_str()), ("back", "/conversations/8")])
            .await;
        let shown = page(&mut browser, "/conversations/8/context").await;
        assert!(shown.contains("Stoneware cup"), "a teammate may look: {shown}");
        let said = desk.api_get("/api/v1/conversations/8").await["messages"].as_array().unwrap().len();
        assert_eq!(said, 1, "and the visitor is told nothing");
    }
}

/// A buyer on eBay names this order, as eBay itself does, in conversation 9; gives the channel.
async fn named_on_ebay(desk: &TestDesk, number: &str) -> Channel {
    let (cast, clock) = (Cast::new(), &desk.desk.clock);
    let ebay = Channel {
        id: clock.new_id(),
        brand_id: desk.setup.brand,
        kind: "ebay".into(),
        address: "fjell-shop".into(),
        settings: Json(json!({})),
        ..cast.mail.clone()
    };
    let buyer: ContactId = clock.new_id();
    let contact = NewContact {
        id: buyer,
        brand_id: desk.setup.brand,
        name: "sk_1984".into(),
        kind: "ebay_user".into(),
        value: "sk_1984".into(),
        proved: true,
        created_at: MONDAY,
    };
    let talk = ConversationRow {
        id: clock.new_id(),
        brand_id: desk.setup.brand,
        channel_id: ebay.id,
        channel_kind: ebay.kind.clone(),
        contact_id: buyer,
        ..cast.conversation(9)
    };
    let told = NewTold {
        channel_id: ebay.id,
        order_number: number.into(),
        conversation_id: talk.id,
        contact_id: buyer,
        created_at: MONDAY,
    };
    let asked = NewMessage {
        id: clock.new_id(),
        channel_id: ebay.id,
        contact_id: Some(buyer),
        ..cast.message(&talk, &format!("Where is {number}?"))
    };
    let db = &desk.desk.db;
    write(db, async |tx| {
        channels::insert(tx, &new_channel(&ebay)).await?;
        intake::insert_contacts(tx, &[contact]).await
    })
    .await;
    put(db, std::slice::from_ref(&talk), &[asked]).await;
    write(db, async |tx| intake::insert_told(tx, &[told]).await).await;
    ebay
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_a_marketplace_names_is_its_buyers_in_each_shop_that_has_its_orders() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        knows_a_number(&shop).await;
        let ebay = named_on_ebay(&desk, "FJ-20417").await;
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/conversations/9/candidates").await;
        assert!(shown.contains("exists, and nothing shows that it is theirs."), "another shop’s number: {shown}");

        let settings = json!({ "base_url": shop.uri(), "market": ebay.id });
        let bound = OrderSourceRow { settings: settings.into(), ..row };
        let sealed = desk.desk.shops.seal(bound.id, &json!({ "secret": SECRET })).unwrap();
        write(&desk.desk.db, async |tx| order_sources::update(tx, &bound, sealed).await).await;
        let shown = page(&mut browser, "/conversations/9/candidates").await;
        assert!(shown.contains("Which order is it?") && shown.contains("Stoneware cup"), "{shown}");
        assert!(!shown.contains("exists, and"), "{shown}");
    }
}

/// The panel in a page: beside it stand other conversations.
fn panel_of(shown: &str) -> &str {
    shown.split("id=\"context\"").nth(1).unwrap_or_else(|| panic!("no panel: {shown}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_looked_for_is_not_called_missing() {
    for engine in Engine::all() {
        let (desk, shop, _) = desk(engine).await;
        knows_a_number(&shop).await;
        guest(&desk, "Do you sell tents?").await;
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/conversations/8?find=1").await;
        assert!(shown.contains("No order is known yet") && !shown.contains("No order found"), "{shown}");
        assert_eq!(asked(&shop).await, 0, "there was nothing to ask by");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_no_order_has_is_said_to_lead_nowhere() {
    for engine in Engine::all() {
        let (desk, shop, _) = desk(engine).await;
        knows_a_number(&shop).await;
        guest(&desk, "Where is FJ-99999?").await;
        let shown = page(&mut desk.browser().await, "/conversations/8/candidates").await;
        assert!(shown.contains("No order found for this customer") && !shown.contains("exists, and"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_who_names_their_order_is_offered_it() {
    for engine in Engine::all() {
        let (desk, shop, _) = desk(engine).await;
        knows_a_number(&shop).await;
        let cast = Cast::new();
        let talk = desk.talk(7).await;
        let more = NewMessage {
            id: desk.desk.clock.new_id(),
            conversation_id: talk.id,
            channel_id: talk.channel_id,
            contact_id: Some(talk.contact_id),
            ..cast.message(&cast.conversation(7), "It is FJ-20417")
        };
        put(&desk.desk.db, &[], &[more]).await;
        let shown = page(&mut desk.browser().await, "/conversations/7/candidates").await;
        assert!(shown.contains("Which order is it?") && !shown.contains("exists, and"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_a_conversation_is_seen_beside_it() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        cast.open(db, 7).await;
        let kim = desk.joined("Kim <b>", Role::Teammate).await;
        let (mut mara, mut noor) = (desk.browser().await, desk.browser_of(cast.noor.id).await);
        let mut third = desk.browser_of(kim).await;
        for path in ["/conversations/7", "/conversations/7/context"] {
            assert!(!page(&mut mara, path).await.contains("id=\"followers\""), "nobody follows it yet");
        }
        for browser in [&mut third, &mut mara, &mut noor] {
            taken(browser, "/conversations/7/followers", &[("back", "/conversations/7")]).await;
        }
        for path in ["/conversations/7", "/conversations/7/context"] {
            assert_eq!(followers(&page(&mut mara, path).await), ["You", "Kim &#60;b&#62;", "Noor"], "{path}");
            assert_eq!(followers(&page(&mut noor, path).await), ["You", "Kim &#60;b&#62;", "Mara Lind"], "{path}");
        }
        let mut sam = desk.browser_of(cast.sam.id).await;
        assert_eq!(followers(&page(&mut sam, "/conversations/7").await), ["Kim &#60;b&#62;", "Mara Lind", "Noor"]);
        taken(&mut noor, "/conversations/7/followers/deletion", &[("back", "/conversations/7")]).await;
        taken(&mut mara, &format!("/teammates/{kim}/suspension"), &[]).await;
        assert_eq!(followers(&page(&mut mara, "/conversations/7").await), ["You"], "who left hears of nothing");
    }
}

/// Who the panel says follows it.
fn followers(page: &str) -> Vec<String> {
    let section = page.split("id=\"followers\"").nth(1).and_then(|rest| rest.split("</section>").next());
    let names = section.unwrap_or_default().split("<bdi>").skip(1);
    names.filter_map(|rest| rest.split("</bdi>").next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_order_is_taken_off_and_another_one_put_in_its_place() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        let mut other = order("open");
        (other["id"], other["number"]) = (json!("ord_3"), json!("FJ-20419"));
        other["buyer"]["email"] = json!("jo@x.example");
        let found = |orders: &[&Value]| {
            ResponseTemplate::new(200).set_body_json(json!({ "orders": orders, "next_cursor": null }))
        };
        let first = order("open");
        let theirs: Vec<Value> = (14..22)
            .map(|day| {
                let mut one = order("open");
                let number = format!("FJ-204{day}");
                (one["id"], one["number"]) = (json!(number), json!(number));
                one["placed_at"] = json!(format!("2026-11-{day}T08:12:00Z"));
                one
            })
            .collect();
        for (name, value, orders) in [
            ("number", "FJ-20417", vec![&first]),
            ("email", "sofie@example.com", theirs.iter().collect()),
            ("email", "jo@x.example", vec![&other]),
            ("email", "none@x.example", vec![]),
        ] {
            let asked = Mock::given(path("/orders")).and(query_param(name, value));
            asked.respond_with(found(&orders)).mount(&shop).await;
        }
        let mut browser = desk.browser().await;
        let find = async |browser: &mut Client, number: &str| {
            let fields = [("number", number), ("back", "/conversations/7")];
            said(&send(browser, "/conversations/7/orders", &fields).await)
        };
        assert!(find(&mut browser, "FJ-20417").await.is_empty());
        let shown = page(&mut browser, "/conversations/7").await;
        let linked = format!("value=\"{}:ord_1\"", row.id);
        assert!(shown.contains("About another order?") && shown.contains(&linked), "{shown}");

        for (address, words) in [
            (
                "sofie@example.com",
                "Write the number of the one that it is about: FJ-20421, FJ-20420, FJ-20419, FJ-20418, FJ-20417 and 3 more.",
            ),
            ("none@x.example", "No order is under “none@x.example”"),
        ] {
            let shown = find(&mut browser, address).await;
            assert!(shown.starts_with('b') && shown.contains(words), "{shown}");
        }
        assert!(find(&mut browser, " jo@x.example ").await.is_empty());
        let numbers = async || {
            let known = orders::list_of(&desk.desk.db, desk.talk(7).await.id).await.unwrap();
            let mut numbers: Vec<String> = known.into_iter().map(|known| known.order.number).collect();
            numbers.sort();
            numbers
        };
        assert_eq!(numbers().await, ["FJ-20417", "FJ-20419"]);
        assert_eq!(desk.talk(7).await.order_number.as_deref(), Some("FJ-20419"));

        let off = async |browser: &mut Client, id: &str| {
            let order = format!("{}:{id}", row.id);
            let fields = [("order", order.as_str()), ("back", "/conversations/7")];
            taken(browser, "/conversations/7/orders/deletion", &fields).await;
        };
        off(&mut browser, "ord_3").await;
        assert_eq!(numbers().await, ["FJ-20417"]);
        assert_eq!(desk.talk(7).await.order_number.as_deref(), Some("FJ-20417"), "what is left is what it is about");
        for _ in 0..2 {
            off(&mut browser, "ord_1").await;
        }
        assert_eq!(desk.talk(7).await.order_number, None);
        let shown = page(&mut browser, "/conversations/7").await;
        assert_eq!(shown.matches("took off order").count(), 2, "once each: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_two_shops_have_is_asked_about() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        let outlet = MockServer::start().await;
        let mut tent = order("open");
        (tent["id"], tent["lines"][0]["title"]) = (json!("o_9"), json!("Fell tent"));
        let mut reads = Vec::new();
        for (server, id, one) in [(&shop, "ord_1", order("open")), (&outlet, "o_9", tent)] {
            let found = ResponseTemplate::new(200).set_body_json(json!({ "orders": [&one], "next_cursor": null }));
            Mock::given(path("/orders")).and(query_param("number", "FJ-20417")).respond_with(found).mount(server).await;
            reads.push((server, format!("/orders/{id}"), one));
        }
        let second = OrderSourceRow {
            id: desk.desk.clock.new_id(),
            name: "The outlet".to_owned(),
            settings: json!({ "base_url": outlet.uri() }).into(),
            ..row.clone()
        };
        let sealed = desk.desk.shops.seal(second.id, &json!({ "secret": SECRET })).unwrap();
        write(&desk.desk.db, async |tx| order_sources::insert(tx, &second, sealed, MONDAY).await).await;

        let mut browser = desk.browser().await;
        let fields = [("number", "FJ-20417"), ("back", "/conversations/7?view=all")];
        let asked = send(&mut browser, "/conversations/7/orders", &fields).await;
        assert!(said(&asked).contains("Several orders have the number “FJ-20417”"), "{}", said(&asked));
        let linked = async || orders::list_of(&desk.desk.db, desk.talk(7).await.id).await.unwrap();
        assert!(linked().await.is_empty() && desk.talk(7).await.order_number.is_none(), "nobody chose yet");
        let there = asked.header("location").unwrap().split('#').next().unwrap().to_owned();
        // What was found is offered, whether the shops answer by now or not.
        for server in [&shop, &outlet] {
            server.reset().await;
        }
        let beside = there.replace("/conversations/7?", "/conversations/7/context?");
        assert_ne!(beside, there);
        for address in [&there, &beside] {
            let shown = page(&mut browser, address).await;
            for part in ["Which of them is it?", "Counting shop: Stoneware cup", "The outlet: Fell tent"] {
                assert!(shown.contains(part), "{part}: {shown}");
            }
        }

        let brands = brands::list(&desk.desk.db).await.unwrap();
        let other = brands.iter().find(|brand| brand.id != row.brand_id).expect("another brand");
        let mut moved = second.clone();
        moved.brand_id = other.id;
        moved.id = desk.desk.clock.new_id();
        let sealed = desk.desk.shops.seal(moved.id, &json!({ "secret": SECRET })).unwrap();
        let mut foreign =
            orders::find_of_brand(&desk.desk.db, row.brand_id, (second.id, "o_9")).await.unwrap().unwrap();
        foreign.source_id = moved.id;
        write(&desk.desk.db, async |tx| {
            order_sources::insert(tx, &moved, sealed, MONDAY).await?;
            orders::save(tx, &foreign).await
        })
        .await;
        let address = there.replace(&second.id.to_string(), &moved.id.to_string());
        assert_ne!(address, there);
        let shown = page(&mut browser, &address).await;
        assert!(!shown.contains("The outlet: Fell tent"), "it is another brand's: {shown}");
        for (server, place, one) in reads {
            let read = ResponseTemplate::new(200).set_body_json(&one);
            Mock::given(path(place)).respond_with(read).mount(server).await;
        }

        let chosen = format!("{}:o_9", second.id);
        let fields = [("order", chosen.as_str()), ("back", "/conversations/7?view=all")];
        assert!(said(&send(&mut browser, "/conversations/7/orders", &fields).await).is_empty());
        let [known] = linked().await.try_into().expect("one order");
        assert_eq!((known.source_id, known.order.id.as_str()), (second.id, "o_9"));
        let shown = page(&mut browser, "/conversations/7?view=all").await;
        assert!(shown.contains("Fell tent") && !shown.contains("Which of them is it?"), "{shown}");
    }
}
