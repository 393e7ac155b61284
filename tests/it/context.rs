//! The panel beside a conversation: what was read last at once, the shop only when somebody asks.

use resolute::model::brand::AgentLevel;
use resolute::model::conversation::AgentState;
use resolute::model::order::{KnownOrder, MatchedBy, OrderSourceRow};
use resolute::store::{order_sources, orders};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, taken};
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
    let shop = MockServer::start().await;
    let desk = TestDesk::start(Wish::exact(engine)).await;
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
async fn an_order_is_shown_as_last_read_until_somebody_reads_again() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        Mock::given(path("/orders/ord_1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(order("open")))
            .up_to_n_times(1)
            .mount(&shop)
            .await;
        let source = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
        let known: KnownOrder = source.get_order(row.id, "ord_1").await.unwrap().unwrap();
        let talk = desk.talk(7).await;
        write(&desk.desk.db, async |tx| {
            orders::save(tx, &known).await?;
            orders::link(tx, talk.id, &known, MatchedBy::Number, MONDAY).await
        })
        .await;
        desk.desk.clock.advance(std::time::Duration::from_hours(3));
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
        desk.desk.clock.advance(std::time::Duration::from_mins(1));
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
