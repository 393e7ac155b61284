//! Orders of marketplaces, as their own order interfaces give them: in the panel, for the agent, and as news from a queue.

use std::time::Duration;

use platform_doubles::amazon::Order;
use platform_doubles::amazon::notifications::OrderChange;
use platform_doubles::{Fault, Response};
use resolute::commerce::markets::KIND;
use resolute::model::Json;
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::AgentState;
use resolute::model::job::JobKind;
use resolute::model::order::OrderSourceRow;
use resolute::store::{jobs, order_sources};
use serde_json::{Value, json};

use crate::mail_path::{last_message, mail, receive, sofies_mail};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::platforms::{Line, Platforms};
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::write;

/// What the first customer of the marketplace has bought.
const BOUGHT: &str = "FJ-1-A";
/// After how much time a marketplace on Mirakl lets the next order be read.
const TURN: Duration = Duration::from_secs(61);
/// What the buyer on Amazon has bought.
const ON_AMAZON: &str = "303-1234567-7654321";

fn wish(engine: Engine, agent_level: AgentLevel) -> Wish {
    Wish { agent_level, may_leave_work: true, ..Wish::exact(engine) }
}

/// The order on the marketplace, which left with this tracking number.
fn order(tracking: &str) -> Value {
    order_of(BOUGHT, tracking)
}

/// An order on the marketplace with this number, which left with this tracking number.
pub(crate) fn order_of(number: &str, tracking: &str) -> Value {
    json!({
        "order_id": number, "created_date": "2026-11-20T10:00:00Z", "last_updated_date": "2026-11-21T10:00:00Z",
        "order_state": "SHIPPED", "currency_iso_code": "EUR", "shipping_price": 4.9, "total_price": 29.9,
        "shipping_company": "DHL", "shipping_tracking": tracking,
        "delivery_date": { "earliest": "2026-11-23T00:00:00Z", "latest": "2026-11-27T00:00:00Z" },
        "customer": { "customer_id": "c-1", "firstname": "Ann", "lastname": "Berg", "shipping_address": {
            "street_1": "Weg 1", "zip_code": "24103", "city": "Kiel", "country_iso_code": "DEU" } },
        "order_lines": [{ "order_line_id": format!("{number}-1"), "product_title": "Stoneware cup", "quantity": 2,
            "price_unit": 12.5, "order_line_state": "SHIPPED", "shipped_date": "2026-11-21T09:00:00Z" }],
    })
}

/// The orders of a conversation.
async fn orders(stand: &Stand, number: i64) -> Vec<Value> {
    let shown = stand.desk.api_get(&format!("/api/v1/conversations/{number}")).await;
    shown["orders"].as_array().cloned().unwrap_or_default()
}

async fn panel(stand: &Stand, number: i64, below: &str) -> String {
    page(&mut stand.desk.browser().await, &format!("/conversations/{number}{below}")).await
}

/// The orders of a channel's marketplace are read, as they are once its page was saved.
async fn reads_orders(stand: &Stand, line: &Line) {
    let source = OrderSourceRow {
        id: stand.desk.desk.clock.new_id(),
        brand_id: stand.desk.setup.brand,
        kind: KIND.to_owned(),
        name: "Amazon".to_owned(),
        settings: Json(json!({ "market": line.channel })),
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    let now = stand.desk.desk.clock.now();
    write(&stand.desk.desk.db, async |tx| order_sources::insert(tx, &source, Vec::new(), now).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_a_marketplace_is_read_there_and_stands_in_the_panel() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &["mirakl"]).await;
        let market = stand.platforms.together.mirakl();
        market.put_order(order("0034-1"));
        for _ in 0..2 {
            stand.connects_again(stand.line()).await;
        }
        let shops = order_sources::list(&stand.desk.desk.db).await.unwrap();
        assert_eq!(shops.iter().filter(|shop| shop.kind == KIND).count(), 1, "it is begun once");
        let listed = page(&mut stand.desk.browser().await, "/order-sources").await;
        assert!(listed.contains("The marketplace’s own orders, only to be read"), "{listed}");
        stand.connects_with(stand.line(), &[("name", "The northern market")]).await;
        let listed = page(&mut stand.desk.browser().await, "/order-sources").await;
        assert!(listed.contains("The northern market"), "it is called as its channel is: {listed}");

        let number = stand.asks(stand.line(), 1, QUESTION).await;
        let [known] = orders(&stand, number).await.try_into().expect("one order");
        assert_eq!(known["order"]["number"], BOUGHT);
        let shown = panel(&stand, number, "/context").await;
        assert!(shown.contains("Stoneware cup") && shown.contains("0034-1"), "{shown}");

        // Read again it is as it is there by now; trouble is said, and what was read stays.
        market.put_order(order("0034-2"));
        stand.pass(TURN).await;
        let readings = format!("/conversations/{number}/order-readings");
        let mut browser = stand.desk.browser().await;
        taken(&mut browser, &readings, &[("back", "/inbox")]).await;
        assert!(panel(&stand, number, "/context").await.contains("0034-2"));
        stand.pass(TURN).await;
        let busy = Fault::Answer(Response::status(503));
        assert!(stand.platforms.together.misbehave("mirakl", "GET", "/orders", busy, 1));
        let told = said(&send(&mut browser, &readings, &[("back", "/inbox")]).await);
        assert!(told.contains("What was read last is shown."), "{told}");
        assert!(panel(&stand, number, "/context").await.contains("0034-2"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketplace_that_does_not_give_an_order_says_why_in_the_panel() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &["mirakl"]).await;
        stand.connects_again(stand.line()).await;
        let mut bare = order("0034");
        bare["currency_iso_code"] = Value::Null;
        stand.platforms.together.mirakl().put_order(bare);
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        assert!(orders(&stand, number).await.is_empty());
        let shown = panel(&stand, number, "/context").await;
        assert!(shown.contains("/candidates?"), "it is asked behind the page: {shown}");
        let found = panel(&stand, number, "/candidates").await;
        assert!(found.contains("tells too little of this order to show it now."), "{found}");
        stand.platforms.together.mirakl().put_order(order("0034"));
        stand.pass(TURN).await;
        let found = panel(&stand, number, "/candidates").await;
        assert!(found.contains("Which order is it?") && found.contains("Stoneware cup"), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_number_without_an_answer_hides_no_other_one_in_the_panel() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &["mirakl"]).await;
        stand.connects_with(stand.line(), &[("one_order_every_seconds", "0")]).await;
        let mut other = order("0034");
        other["order_id"] = json!("FJ-20419");
        stand.platforms.together.mirakl().put_order(other);
        let number = stand.asks(stand.line(), 1, "Where are my orders FJ-20418 and FJ-20419?").await;
        let busy = Fault::Answer(Response::status(503));
        assert!(stand.platforms.together.misbehave("mirakl", "GET", "/orders", busy, 1));
        let found = panel(&stand, number, "/candidates").await;
        for words in ["Order <bdi>FJ-20419</bdi> exists", "The shop does not answer."] {
            assert!(found.contains(words), "{words}: {found}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_named_while_the_access_is_over_is_read_once_it_is_back() {
    for engine in Engine::all() {
        for by_hand in [true, false] {
            let stand = Stand::start(wish(engine, AgentLevel::Off), &["mirakl"]).await;
            stand.connects_again(stand.line()).await;
            stand.platforms.together.mirakl().put_order(order("0034"));
            stand.pass(Duration::from_secs(10)).await;
            stand.platforms.says(stand.line(), 1, QUESTION);
            stand.look(stand.line()).await;
            let over = Fault::Answer(Response::status(401));
            assert!(stand.platforms.together.misbehave("mirakl", "GET", "/orders", over, 1));
            stand.desk.drain().await;
            let number = stand.desk.newest().await.number;
            assert!(orders(&stand, number).await.is_empty());
            if by_hand {
                stand.connects_again(stand.line()).await;
                stand.desk.drain().await;
            } else {
                stand.pass(Duration::from_mins(5)).await;
            }
            let read = orders(&stand, number).await;
            assert_eq!(read.first().map(|known| &known["order"]["number"]), Some(&json!(BOUGHT)), "{by_hand}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_answers_from_the_order_that_the_marketplace_names() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Approve), &["mirakl"]).await;
        stand.connects_again(stand.line()).await;
        stand.platforms.together.mirakl().put_order(order("0034"));
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        let shown = stand.desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        let rests_on = &shown["draft"]["document"]["orders"];
        assert_eq!(rests_on[0]["order"]["number"], BOUGHT, "{}", shown["draft"]);
    }
}

/// The next turn at the marketplace comes, and somebody else takes it; then everything that is due is done.
async fn turn_is_taken(stand: &Stand, turn: Duration) {
    let desk = &stand.desk.desk;
    desk.clock.advance(turn);
    stand.platforms.set_time(desk.clock.now().datetime());
    let connection = desk.connections.get(stand.line().channel).await.unwrap();
    assert_eq!(connection.adapter.order("FJ-9-A").await, Ok(None));
    stand.desk.drain().await;
}

/// The agent's only draft is accepted.
async fn accept(stand: &Stand) {
    let pending = stand.desk.api_get("/api/v1/approvals").await;
    let approval = pending["items"][0]["id"].as_str().expect("a draft waits").to_owned();
    let path = format!("/api/v1/approvals/{approval}/acceptance");
    let accepted: Value = stand.desk.api().post_json(&path, &json!({})).await.unwrap().json();
    assert!(accepted["message"].is_string(), "{accepted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_waits_for_its_turn_however_often_another_one_takes_it() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &["mirakl"]).await;
        stand.connects_again(stand.line()).await;
        stand.platforms.together.mirakl().put_order(order_of("FJ-2-A", "0035"));
        stand.asks(stand.line(), 1, QUESTION).await;
        let number = stand.asks(stand.line(), 2, QUESTION).await;
        // More often than a reading that fails is tried.
        for _ in 0..12 {
            turn_is_taken(&stand, TURN).await;
            assert!(orders(&stand, number).await.is_empty());
        }
        stand.pass(TURN).await;
        let [known] = orders(&stand, number).await.try_into().expect("one order");
        assert_eq!(known["order"]["number"], "FJ-2-A");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_fails_at_each_turn_is_given_up() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &["mirakl"]).await;
        stand.connects_again(stand.line()).await;
        stand.pass(Duration::from_secs(10)).await;
        stand.platforms.says(stand.line(), 1, QUESTION);
        stand.look(stand.line()).await;
        let busy = Fault::Answer(Response::status(503));
        assert!(stand.platforms.together.misbehave("mirakl", "GET", "/orders", busy, 1_000));
        stand.desk.drain().await;
        // It comes too early at first, and that forgets nothing of what went wrong.
        let (soon, late) = (Duration::from_secs(30), Duration::from_mins(73));
        for span in std::iter::repeat_n(soon, 20).chain(std::iter::repeat_n(late, 7)) {
            stand.pass(span).await;
        }
        let dead = jobs::list_dead(&stand.desk.desk.db).await.unwrap();
        assert_eq!(dead.iter().map(|job| job.kind).collect::<Vec<_>>(), [JobKind::ReadOrder]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_waits_for_the_turn_of_its_order() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Approve), &["mirakl"]).await;
        stand.connects_again(stand.line()).await;
        stand.platforms.together.mirakl().put_order(order("0034"));
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        accept(&stand).await;
        // More often than a shop that does not answer is asked.
        for _ in 0..6 {
            turn_is_taken(&stand, TURN).await;
            let waits = last_message(&stand.desk, number).await;
            assert_eq!(waits["delivery"], "queued", "{waits}");
        }
        assert!(stand.platforms.sent(stand.line()).is_empty());
        stand.pass(TURN).await;
        let left = last_message(&stand.desk, number).await;
        assert_eq!(left["delivery"], "sent", "{left}");
        assert_eq!(stand.platforms.sent(stand.line()).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_whose_order_has_no_turn_for_hours_is_a_persons() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Approve), &["mirakl"]).await;
        stand.connects_with(stand.line(), &[("one_order_every_seconds", "3600")]).await;
        stand.platforms.together.mirakl().put_order(order("0034"));
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        accept(&stand).await;
        let mut hours = 0;
        while last_message(&stand.desk, number).await["delivery"] == "queued" {
            turn_is_taken(&stand, Duration::from_secs(3_601)).await;
            hours += 1;
            assert!(hours < 12, "it is held at some time");
        }
        assert!(hours > 4, "it waited {hours} hours alone");
        assert_eq!(last_message(&stand.desk, number).await["delivery"], "held");
        assert!(stand.platforms.sent(stand.line()).is_empty());
    }
}

/// How often the marketplace was asked for an order.
fn readings(stand: &Stand) -> usize {
    let calls = stand.platforms.together.calls("mirakl").expect("it is there");
    calls.iter().filter(|call| call.starts_with("GET") && call.contains("/orders")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketplace_is_not_asked_for_what_a_mail_names_unless_a_person_looks_for_it() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Approve), &["mirakl"]).await;
        stand.connects_again(stand.line()).await;
        stand.platforms.together.mirakl().put_order(order("0034"));
        let before = readings(&stand);
        let text = format!("Where is my order {BOUGHT}? FJ-20417 has not come either.");
        let raw = mail("s1@post.example", "Sofie Lind <sofie@post.example>", "My order FJ-20417", "", &text);
        let number = receive(&stand.desk, &raw).await;
        panel(&stand, number, "/candidates").await;
        assert_eq!(readings(&stand), before, "neither the agent nor the panel asks there");

        let mut browser = stand.desk.browser().await;
        let path = format!("/conversations/{number}/orders");
        taken(&mut browser, &path, &[("number", BOUGHT), ("back", "/inbox")]).await;
        let [known] = orders(&stand, number).await.try_into().expect("one order");
        assert_eq!(known["order"]["number"], BOUGHT);
        assert_eq!(readings(&stand), before + 1);

        // What it names itself it is asked for.
        let asked = stand.asks(stand.line(), 1, QUESTION).await;
        assert_eq!(orders(&stand, asked).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketplace_is_no_shop_for_what_comes_by_mail() {
    for engine in Engine::all() {
        let platforms = Platforms::start(MONDAY.datetime()).await;
        let desk = TestDesk::start(wish(engine, AgentLevel::Approve)).await;
        let line = platforms.connect(&desk.desk, desk.setup.brand, "mirakl").await;
        let stand = Stand { desk, platforms, lines: vec![line] };
        stand.connects_again(stand.line()).await;
        let number = receive(&stand.desk, &sofies_mail()).await;
        let shown = stand.desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        assert!(shown["draft"].is_null(), "nothing is asked back of which nothing can be looked up: {shown}");
        assert_eq!(stand.desk.talk(number).await.agent_state, AgentState::HandedOff);

        stand.platforms.together.mirakl().put_order(order("0034"));
        let asked = stand.asks(stand.line(), 1, QUESTION).await;
        assert!(panel(&stand, asked, "/context").await.contains("Stoneware cup"), "there it is one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_on_ebay_is_read_there() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &["ebay"]).await;
        stand.connects_again(stand.line()).await;
        let ebay = stand.platforms.together.ebay();
        // What the first customer asks about.
        let bought = ebay.buy("buyer_1", "110000000001");
        ebay.ship(&bought, "0034");
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        let [known] = orders(&stand, number).await.try_into().expect("one order");
        assert_eq!(known["order"]["number"], bought);
        let shown = panel(&stand, number, "/context").await;
        assert!(shown.contains("Stoneware cup") && shown.contains("0034"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_on_amazon_without_access_to_orders_is_asked_for_none() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &["amazon"]).await;
        // An upgrade makes a shop of an account without knowing its secrets.
        reads_orders(&stand, stand.line()).await;
        let asked = stand.platforms.says_about(stand.line(), 1, Some(ON_AMAZON), QUESTION);
        stand.brings(stand.line(), &asked).await;
        let number = stand.desk.newest().await.number;
        let shown = panel(&stand, number, "/candidates").await;
        assert!(shown.contains(ON_AMAZON) && !shown.contains("The shop does not answer."), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_amazon_puts_into_the_queue_stands_in_the_conversation() {
    for engine in Engine::all() {
        let stand = Stand::start(wish(engine, AgentLevel::Off), &[]).await;
        let (desk, amazon) = (&stand.desk, stand.platforms.together.amazon());
        let line = stand.platforms.connect_seller(&desk.desk, desk.setup.brand).await;
        reads_orders(&stand, &line).await;
        amazon.put_order(Order {
            number: ON_AMAZON.to_owned(),
            marketplace: "A1F83G8C2ARO7P".to_owned(),
            locale: "en-GB".to_owned(),
            actions: std::collections::BTreeSet::new(),
        });
        let price = json!({ "amount": "15.50", "currencyCode": "GBP" });
        let details = |status: &str| {
            json!({
                "createdTime": "2026-11-20T10:00:00Z", "lastUpdatedTime": "2026-11-21T10:00:00Z",
                "orderItems": [{ "orderItemId": "1", "quantityOrdered": 2,
                    "product": { "title": "Blue cup", "price": { "unitPrice": price } } }],
                "fulfillment": { "fulfillmentStatus": status },
            })
        };
        amazon.describe_order(ON_AMAZON, details("UNSHIPPED"));
        // The check of the channel has Amazon tell of orders.
        let mut browser = desk.browser().await;
        taken(&mut browser, &format!("/channels/{}/checks", line.channel), &[("back", "/channels")]).await;
        assert!(amazon.subscribed().0.is_some());

        stand.pass(Duration::from_secs(10)).await;
        let asked = stand.platforms.says_about(&line, 1, Some(ON_AMAZON), QUESTION);
        stand.brings(&line, &asked).await;
        let number = desk.newest().await.number;
        let [known] = orders(&stand, number).await.try_into().expect("one order");
        assert_eq!((&known["order"]["number"], &known["order"]["status"]), (&json!(ON_AMAZON), &json!("open")));

        amazon.describe_order(ON_AMAZON, details("SHIPPED"));
        let change =
            |id: &str| OrderChange { id: id.to_owned(), order: ON_AMAZON.to_owned(), ..OrderChange::default() };
        assert!(amazon.changed(&change("n-1")));
        let asks_to_cancel =
            OrderChange { kind: "BuyerRequestedChange".to_owned(), asks_to_cancel: true, ..change("n-2") };
        assert!(amazon.changed(&asks_to_cancel));
        stand.look(&line).await;
        desk.drain().await;
        assert_eq!(amazon.queued(), 0, "what is stored is taken out");
        let shown = panel(&stand, number, "?view=all").await;
        let sent = "The order was sent. Ordered: 2 × Blue cup.";
        for words in [sent, "The buyer asks on Amazon to cancel the order."] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let [known] = orders(&stand, number).await.try_into().expect("one order");
        assert_eq!(known["order"]["status"], "shipped", "the news had it read again");

        // What Amazon tells twice stands there once.
        assert!(amazon.changed(&change("n-1")));
        stand.look(&line).await;
        desk.drain().await;
        let again = panel(&stand, number, "?view=all").await;
        assert_eq!(again.matches(sent).count(), shown.matches(sent).count(), "{again}");
    }
}
