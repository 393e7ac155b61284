//! What the agent asks back in a chat comes with answers to choose from, and a chosen one is understood.

use std::time::Duration;

use resolute::commerce::demo_shop::seed;
use resolute::model::brand::AgentLevel;
use resolute::store::demo_shop::{self, CustomerRow, LineRow, NewOrder, NewRows, PaymentRow, ShipmentRow};
use resolute::store::order_sources;
use serde_json::{Value, json};

use super::answers::{QUESTION, reply_on};
use super::talk::{answer, conversations};
use super::who::jwt;
use crate::mail_path::last_message;
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, taken};
use crate::support::setup::{IDENTITY_SECRET, demo_shop};
use crate::support::stores::write;

pub(super) const ANA: &str = "ana@a.example";
pub(super) const NUMBERS: [&str; 2] = ["FJ-90001", "FJ-90002"];
/// An order that has arrived: those of this shop are like it.
const PATTERN: &str = "ord_20390";

/// Connects a shop where Ana has two orders, both of which have arrived.
pub(super) async fn two_orders(desk: &TestDesk) {
    let (db, clock) = (&desk.desk.db, &desk.desk.clock);
    let now = clock.now();
    let source = demo_shop(desk.setup.brand, clock.new_id());
    let shop = seed::shop(now);
    let order = shop.orders.iter().find(|order| order.id == PATTERN).expect("an order that has arrived");
    let buyer = shop.customers.iter().find(|customer| customer.id == order.customer_id).expect("its buyer");
    let mut new = NewRows { products: shop.products.clone(), ..NewRows::default() };
    new.customers.push(CustomerRow { email: ANA.to_owned(), phone: String::new(), ..buyer.clone() });
    for (number, serial) in NUMBERS.into_iter().zip(90_001..) {
        let id = format!("ord_{serial}");
        let lines = shop.lines.iter().filter(|line| line.order_id == PATTERN);
        new.lines.extend(lines.map(|line| LineRow { order_id: id.clone(), ..line.clone() }));
        let payments = shop.payments.iter().filter(|payment| payment.order_id == PATTERN);
        new.payments.extend(payments.map(|payment| PaymentRow { order_id: id.clone(), ..payment.clone() }));
        let parcels = shop.shipments.iter().filter(|parcel| parcel.order_id == PATTERN);
        new.shipments.extend(parcels.map(|parcel| ShipmentRow {
            order_id: id.clone(),
            tracking_number: format!("NP{serial}00777"),
            ..parcel.clone()
        }));
        new.orders.push(NewOrder { id, number: number.to_owned(), serial, ..order.clone() });
    }
    write(db, async |tx| {
        order_sources::insert(tx, &source, Vec::new(), now).await?;
        demo_shop::insert(tx, source.id, &new).await
    })
    .await;
}

/// The answers that a message gives to choose from, in the order of their words.
fn choices(message: &Value) -> Vec<&str> {
    let mut choices: Vec<&str> =
        message["choices"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    choices.sort_unstable();
    choices
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_back_comes_with_answers_and_a_chosen_one_is_understood() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::lively(engine) };
        let desk = TestDesk::start(wish).await;
        two_orders(&desk).await;
        let chat = Chat::of(&desk).await;
        let identity = json!({ "identity": { "jwt": jwt(IDENTITY_SECRET, "17", ANA) } });
        let token = chat.begin(&desk, &identity).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, QUESTION)).await;
        let question = reply_on(&mut line).await;
        assert_eq!(choices(&question), NUMBERS, "{question}");
        let text = question["text"].as_str().unwrap();
        assert!(NUMBERS.iter().all(|number| text.contains(number)), "the text says it all too: {text}");

        let mut again = chat.line(&desk).await;
        again.send(&json!({ "t": "join", "token": token })).await;
        let told = again.next_of("resync").await;
        assert_eq!(choices(told["messages"].as_array().unwrap().last().unwrap()), NUMBERS, "{told}");

        line.send(&message(2, NUMBERS[1])).await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let understood = async {
            while desk.talk(number).await.order_number.is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), understood).await.expect("the order is found");
        let row = desk.talk(number).await;
        assert_eq!(row.order_number.as_deref(), Some(NUMBERS[1]));
        assert_eq!(row.intent.as_deref(), Some("where_is_my_order"), "the question is still the one that was asked");

        // Teammates see what the customer could choose from, also once that has happened.
        let told = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        let asked = told["messages"].as_array().unwrap().iter().find(|message| message["body"] == *text);
        assert_eq!(choices(asked.expect("the question")), NUMBERS, "{told}");
        let shown = page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await;
        assert!(NUMBERS.iter().all(|words| shown.contains(&format!("<span class=\"file\"><bdi>{words}</bdi></span>"))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_question_keeps_its_answers_and_an_edited_one_has_none() {
    let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Approve, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    two_orders(&desk).await;
    let chat = Chat::of(&desk).await;
    let identity = json!({ "identity": { "jwt": jwt(IDENTITY_SECRET, "17", ANA) } });
    let token = chat.begin(&desk, &identity).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    for (id, edited) in [(1, false), (2, true)] {
        line.send(&message(id, QUESTION)).await;
        let approval = async {
            loop {
                let waiting = desk.api_get("/api/v1/approvals").await;
                if let Some(approval) = waiting["items"][0]["id"].as_str() {
                    break approval.to_owned();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let approval = tokio::time::timeout(Duration::from_secs(20), approval).await.expect("a draft waits");
        let body = if edited { json!({ "text": "Which of the two is it?" }) } else { json!({}) };
        let path = format!("/api/v1/approvals/{approval}/acceptance");
        let accepted = desk.api().post_json(&path, &body).await.unwrap();
        assert!(accepted.status < 300, "{}", accepted.text());
        let told = reply_on(&mut line).await;
        // Unchanged it is the agent's question; other words may ask something else.
        assert_eq!(choices(&told).len(), if edited { 0 } else { 2 }, "{told}");
        assert!(!desk.newest().await.taken_over, "who approves what the agent wrote leaves it the chat");
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        assert_eq!(choices(&last_message(&desk, number).await).len(), if edited { 0 } else { 2 });
        answer(&desk, number, "I will look.").await;
        assert_eq!(choices(&reply_on(&mut line).await).len(), 0);
        // The next question is another case: the agent may look again.
        taken(&mut desk.browser().await, &format!("/conversations/{number}/resolution"), &[]).await;
    }
}
