//! The card of an order below a reply: what it says, and to whom.

use std::time::Duration;

use resolute::model::brand::AgentLevel;
use resolute::model::conversation::Conversation;
use resolute::model::order::{KnownOrder, LineItem, MatchedBy, Order};
use resolute::model::{ApprovalId, OrderSourceId, Ts};
use resolute::store::orders;
use resolute::web::widget::frames::Card;
use serde_json::{Value, json};

use super::answers::{QUESTION, reply_on};
use super::talk::conversations;
use super::who::jwt;
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::{put_before_a_person, saying_of_an_order};
use crate::support::setup::{IDENTITY_SECRET, open_demo_shop};
use crate::support::stores::write;

/// The buyer of an order that is on its way and in time.
pub(super) const FELIX: &str = "felix.maurer@example.net";
pub(super) const NUMBER: &str = "FJ-20419";
const ORDER: &str = "ord_20419";
const GOODS: &str = "Skarv 45 rucksack";

/// Connects the demo's shop.
pub(super) async fn open_shop(desk: &TestDesk) -> OrderSourceId {
    open_demo_shop(&desk.desk, desk.setup.brand).await
}

async fn felix_order(desk: &TestDesk, source: OrderSourceId) -> KnownOrder {
    let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
    shops.get_order(source, ORDER).await.unwrap().expect("the order")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_vouched_for_sees_the_order_that_an_answer_rests_on() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::lively(engine) };
        let desk = TestDesk::start(wish).await;
        let source = open_shop(&desk).await;
        let chat = Chat::of(&desk).await;
        let identity = json!({ "identity": { "jwt": jwt(IDENTITY_SECRET, "17", FELIX) } });
        let token = chat.begin(&desk, &identity).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, QUESTION)).await;
        let reply = reply_on(&mut line).await;
        let order = felix_order(&desk, source).await.order;
        let parcel = order.shipments.last().expect("a parcel");
        let promised = Ts::from_datetime(parcel.promised.expect("a promise").to).rfc3339();
        let card = json!({
            "number": NUMBER,
            "lines": [GOODS],
            "parcel": "in_transit",
            "track": format!("https://track.fjordline.example/{}", parcel.tracking_number),
            "promised": promised,
            "late": false,
        });
        assert_eq!(reply["card"], card, "{reply}");

        // It is there for who comes back, on this device or another.
        let again = chat.begin(&desk, &identity).await;
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": again })).await;
        let told = line.next_of("resync").await;
        assert_eq!(told["messages"].as_array().unwrap().last().unwrap()["card"], card, "{told}");
    }
}

/// A reply that rests on an order, which is linked, waits for a person.
async fn put_order_before_a_person(desk: &TestDesk, talk: &Conversation, known: &KnownOrder) -> ApprovalId {
    let now = desk.desk.clock.now();
    write(&desk.desk.db, async |tx| {
        orders::save(tx, known).await?;
        orders::link(tx, talk.id, known, MatchedBy::Teammate, now).await
    })
    .await;
    put_before_a_person(desk, talk, saying_of_an_order("It is on its way.", now)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_reply_shows_no_order_to_who_is_not_vouched_for() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await;
        let source = open_shop(&desk).await;
        let known = felix_order(&desk, source).await;
        let chat = Chat::of(&desk).await;
        let vouched = json!({ "identity": { "jwt": jwt(IDENTITY_SECRET, "17", FELIX) } });
        // An address that somebody only claims, be it the buyer's, opens nothing.
        let claimed = json!({ "form": { "name": "Felix", "email": FELIX } });
        for (id, (visitor, number)) in (1..).zip([(vouched, json!(NUMBER)), (claimed, Value::Null)]) {
            let token = chat.begin(&desk, &visitor).await;
            let (mut line, _) = chat.join(&desk, &token, 0).await;
            line.send(&message(id, QUESTION)).await;
            line.next_of("message").await;
            let waiting = conversations(&desk).await;
            let newest = waiting.iter().filter_map(|row| row["number"].as_i64()).max().unwrap();
            let approval = put_order_before_a_person(&desk, &desk.talk(newest).await, &known).await;
            let path = format!("/api/v1/approvals/{approval}/acceptance");
            let accepted = desk.api().post_json(&path, &json!({})).await.unwrap();
            assert_eq!(accepted.status, 201, "{}", accepted.text());

            let reply = reply_on(&mut line).await;
            assert_eq!(reply["text"], "It is on its way.");
            assert_eq!(reply["card"]["number"], number, "{reply}");
            let mut again = chat.line(&desk).await;
            again.send(&json!({ "t": "join", "token": token })).await;
            let told = again.next_of("resync").await;
            assert_eq!(told["messages"].as_array().unwrap().last().unwrap()["card"]["number"], number, "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_says_only_what_holds() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let source = open_shop(&desk).await;
    let order = felix_order(&desk, source).await.order;
    let now = desk.desk.clock.now();
    let promised = Ts::from_datetime(order.shipments[0].promised.unwrap().to);
    let after = promised.plus(Duration::from_secs(1));
    assert!(!Card::new(&order, promised).late);
    assert!(Card::new(&order, after).late);

    let mut arrived = order.clone();
    arrived.shipments[0].delivered_at = Some(now.datetime());
    assert!(!Card::new(&arrived, after).late, "it is there");

    let mut packed = order.clone();
    packed.shipments.clear();
    let card = Card::new(&packed, after);
    assert_eq!((card.parcel, card.track, card.promised, card.late), (None, None, None, false));

    for address in ["http://track.example/1", "javascript:alert(1)", ""] {
        let mut elsewhere = order.clone();
        elsewhere.shipments[0].tracking_url = address.to_owned();
        assert_eq!(Card::new(&elsewhere, now).track, None, "{address}");
    }

    let titles = |order: &Order| Card::new(order, now).lines;
    let mut many = order.clone();
    let line = many.lines[0].clone();
    many.lines = (1..=6).map(|place| LineItem { title: format!("Thing {place}"), ..line.clone() }).collect();
    many.lines[1].current = 0;
    assert_eq!(titles(&many), ["Thing 1", "Thing 3", "Thing 4", "Thing 5"], "what was cancelled is not bought");
}
