//! What customers are told before they ask is kept once, and which orders are looked at again.

use resolute::model::Ts;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::matter::{Matter, MatterKind, MatterState};
use resolute::model::message::Automatic;
use resolute::model::order::{KnownOrder, MatchedBy, OrderStatus, Shipment};
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::matters::{self, Stocked, Written};
use resolute::store::{Db, Reader, brands, erasures, orders};
use serde_json::json;

use super::orders::order;
use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{on_both, write};

fn matter(cast: &Cast, kind: MatterKind, subject: &str) -> Matter {
    Matter {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        order_source_id: cast.shop.id,
        order_id: "77".into(),
        order_number: "FJ-77".into(),
        kind,
        subject: subject.into(),
        contact_id: cast.sofie,
        state: MatterState::Waiting,
        reason: String::new(),
        conversation_id: None,
        draft_id: None,
        opened: false,
        noticed_at: NOW,
        drafted_at: None,
    }
}

async fn open(db: &Db, cast: &Cast) -> Vec<Matter> {
    matters::list_open(&mut Reader::Db(db), cast.sofie).await.unwrap()
}

#[tokio::test]
async fn a_matter_is_kept_once_for_good() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let keep = async |matter: &Matter| write(&db, async |tx| matters::insert(tx, matter).await).await;
        let (first, other) = (matter(&cast, MatterKind::Late, "s1"), matter(&cast, MatterKind::Late, "s2"));
        assert!(keep(&first).await && keep(&other).await && keep(&matter(&cast, MatterKind::Failed, "s1")).await);
        assert!(!keep(&matter(&cast, MatterKind::Late, "s1")).await, "another reading of the same");
        assert_eq!(open(&db, &cast).await[..2], [first.clone(), other.clone()]);

        let told = Written { conversation: talk.id, draft: None, opened: true, at: at(5) };
        write(&db, async |tx| matters::set_written(tx, first.id, told).await).await;
        let drop = async || {
            let change = (MatterState::Waiting, MatterState::Dropped);
            write(&db, async |tx| matters::set_state(tx, other.id, change, "it is over").await).await
        };
        assert!(drop().await && !drop().await, "once");
        assert_eq!(open(&db, &cast).await.len(), 1);
        let kept = write(&db, async |tx| matters::find_in(tx, first.id).await).await.unwrap();
        assert_eq!((kept.state, kept.conversation_id, kept.opened), (MatterState::Done, Some(talk.id), true));
        assert!(!keep(&matter(&cast, MatterKind::Late, "s1")).await, "whatever became of it");
        let last = matters::last_told(&mut Reader::Db(&db), cast.sofie).await.unwrap();
        assert_eq!(last, Some(at(5)));
        let wrote = async |since| matters::has_written_since(&mut Reader::Db(&db), cast.sofie, since).await.unwrap();
        assert!(wrote(at(-1)).await && !wrote(NOW).await);
        write(&db, async |tx| erasures::erase_contact(tx, cast.sofie, at(9)).await).await;
        assert!(open(&db, &cast).await.is_empty(), "whoever is erased is told nothing");
    })
    .await;
}

#[tokio::test]
async fn a_customer_has_written_themselves_where_no_machine_and_nobody_else_did() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let says = || NewMessage { created_at: at(5), ..cast.message(&talk, "Where is it?") };
        let wrote = async || matters::has_written_since(&mut Reader::Db(&db), cast.sofie, at(1)).await.unwrap();
        let of_others = [
            NewMessage { aside: true, ..says() },
            NewMessage { automatic: Automatic::AutoReply, ..says() },
            NewMessage { contact_id: None, ..says() },
        ];
        let row = ConversationRow { last_inbound_at: Some(at(5)), ..talk.clone() };
        put(&db, std::slice::from_ref(&row), &of_others).await;
        assert!(!wrote().await);
        put(&db, &[], &[says()]).await;
        assert!(wrote().await);
    })
    .await;
}

#[tokio::test]
async fn goods_are_back_once_where_the_shop_lacked_them() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let look = async |is_there: bool| {
            let stock = [Stocked { line_id: "l1".into(), is_there }];
            write(&db, async |tx| matters::keep_stock(tx, (cast.shop.id, "77"), &stock, NOW).await).await
        };
        assert!(look(true).await.is_empty(), "it never lacked them");
        assert!(look(false).await.is_empty() && look(false).await.is_empty());
        assert_eq!(look(true).await, ["l1"]);
        assert!(look(true).await.is_empty());
    })
    .await;
}

/// A parcel that is promised by a moment.
fn promised(by: Ts) -> Vec<Shipment> {
    serde_json::from_value(json!([{
        "id": "s1", "carrier": "DHL", "tracking_number": "RR1", "tracking_url": "", "status": "in_transit",
        "promised": { "from": by.rfc3339(), "to": by.rfc3339() }, "lines": [], "events": [],
    }]))
    .unwrap()
}

#[tokio::test]
async fn an_order_that_has_to_be_sent_is_due_at_once_and_no_reading_puts_a_look_off() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let mut partly = order("77", "FJ-77", 1);
        partly.status = OrderStatus::PartlyShipped;
        partly.lines = serde_json::from_value(json!([{
            "id": "l1", "sku": "CUP", "title": "Cup", "variant": "", "ordered": 2, "current": 2, "fulfilled": 1,
            "unit_price": { "minor": 1, "currency": "EUR" },
        }]))
        .unwrap();
        partly.shipments = promised(at(60));
        let read = async |read_at: Ts| {
            let (source_id, source_name) = (cast.shop.id, cast.shop.name.clone());
            let known = KnownOrder { source_id, source_name, order: partly.clone(), read_at };
            write(&db, async |tx| orders::save(tx, &known).await).await;
        };
        let is_due = async |now| !write(&db, async |tx| orders::take_due(tx, now, 9).await).await.is_empty();
        read(NOW).await;
        assert!(is_due(NOW).await, "nobody has asked for its goods yet");
        read(at(1)).await;
        assert!(!is_due(at(60)).await, "a later reading brings the end of the promise alone");
        write(&db, async |tx| orders::look_again(tx, cast.shop.id, "77", at(30)).await).await;
        read(at(2)).await;
        assert!(is_due(at(30)).await, "what the agent reads meanwhile puts it off no more");
        read(at(31)).await;
        assert!(!is_due(at(60)).await && is_due(at(61)).await);
    })
    .await;
}

#[tokio::test]
async fn an_order_is_due_once_when_what_was_promised_should_have_come() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let mut sent = order("77", "FJ-77", 1);
        sent.shipments = promised(at(60));
        let known =
            KnownOrder { source_id: cast.shop.id, source_name: cast.shop.name.clone(), order: sent, read_at: NOW };
        write(&db, async |tx| {
            orders::save(tx, &known).await?;
            orders::link(tx, talk.id, &known, MatchedBy::Number, NOW).await
        })
        .await;
        let due = async |now| write(&db, async |tx| orders::take_due(tx, now, 9).await).await;
        assert!(due(at(60)).await.is_empty());
        assert_eq!(due(at(61)).await, [(cast.shop.id, "77".to_owned())]);
        assert!(due(at(61)).await.is_empty(), "once");
        let look_again = async |by| write(&db, async |tx| orders::look_again(tx, cast.shop.id, "77", by).await).await;
        look_again(at(90)).await;
        look_again(at(95)).await;
        assert_eq!(due(at(90)).await.len(), 1);
        // What is over already is looked at no more.
        let again = KnownOrder { read_at: at(100), ..known };
        write(&db, async |tx| orders::save(tx, &again).await).await;
        assert!(due(at(999)).await.is_empty());

        let is_talked_about = async |since| {
            let order = (cast.shop.id, "77");
            orders::is_talked_about(&mut Reader::Db(&db), order, since).await.unwrap()
        };
        assert!(is_talked_about(NOW).await && !is_talked_about(at(1)).await);
        let off = Brand { agent_level: AgentLevel::Off, ..cast.brand.clone() };
        write(&db, async |tx| brands::update(tx, &off).await).await;
        assert!(!is_talked_about(NOW).await, "the agent does not work");
    })
    .await;
}
