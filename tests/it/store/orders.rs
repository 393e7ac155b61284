//! Orders as last read, and the conversations they belong to.

use channel_contract::Order;
use resolute::model::Ts;
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::store::{Db, orders};
use serde_json::json;

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{on_both, text_of, write};

pub(super) fn order(id: &str, number: &str, total: i64) -> Order {
    let money = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
    serde_json::from_value(json!({
        "id": id, "number": number, "status": "shipped",
        "placed_at": "2025-11-20T10:00:00Z", "updated_at": "2025-11-21T10:00:00.123456Z",
        "buyer": { "id": "b", "name": "Sofie 'K' é 😀", "email": "sofie@example.com", "phone": "" },
        "shipping_address": { "name": "", "line1": "", "line2": "", "postal_code": "", "city": "", "region": "", "country": "DE" },
        "lines": [], "shipping_price": money(0), "total": money(total),
        "payments": [], "refunds": [], "shipments": [], "returns": [], "invoice_url": "", "actions": [],
    }))
    .unwrap()
}

fn known(cast: &Cast, order: Order, read_at: Ts) -> KnownOrder {
    KnownOrder { source_id: cast.shop.id, source_name: cast.shop.name.clone(), order, read_at }
}

async fn save(db: &Db, known: &KnownOrder) {
    write(db, async |tx| orders::save(tx, known).await).await;
}

#[tokio::test]
async fn an_older_reading_never_replaces_a_newer_one() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let find = async || orders::find(&db, cast.shop.id, "77").await.unwrap();
        assert_eq!(find().await, None);
        let newer = order("77", "FJ-20417", 4_200);
        save(&db, &known(&cast, newer.clone(), at(5))).await;
        assert_eq!(find().await.unwrap(), newer);
        save(&db, &known(&cast, order("77", "old", 1), at(4))).await;
        assert_eq!(find().await.unwrap(), newer);
        let same_moment = order("77", "FJ-20417b", 4_300);
        save(&db, &known(&cast, same_moment.clone(), at(5))).await;
        assert_eq!(find().await.unwrap(), same_moment);
        assert_eq!(text_of(&db, "select number from order_snapshots").await.as_deref(), Some("FJ-20417b"));
        let seen = write(&db, async |tx| orders::find_in(tx, cast.shop.id, "77").await).await;
        assert_eq!(seen, Some(same_moment));
        assert_eq!(write(&db, async |tx| orders::find_in(tx, cast.shop.id, "78").await).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_orders_of_a_conversation_are_listed_newest_link_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        let first = known(&cast, order("1", "FJ-1", 1), NOW);
        let second = known(&cast, order("2", "FJ-2", 2), at(1));
        for (known, moment) in [(&second, at(9)), (&first, at(8))] {
            save(&db, known).await;
            write(&db, async |tx| orders::link(tx, talk.id, known, MatchedBy::Number, moment).await).await;
        }
        // Linked again: the first match stays.
        write(&db, async |tx| orders::link(tx, talk.id, &first, MatchedBy::Teammate, at(99)).await).await;
        assert_eq!(orders::list_of(&db, talk.id).await.unwrap(), [second, first]);
        assert!(orders::list_of(&db, other.id).await.unwrap().is_empty());
        let matched = text_of(&db, "select max(matched_by) from conversation_orders").await;
        assert_eq!(matched.as_deref(), Some("number"));
    })
    .await;
}

#[tokio::test]
async fn an_order_that_a_person_took_off_is_linked_again_by_a_person_alone() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        let wrong = known(&cast, order("1", "FJ-1", 1), NOW);
        save(&db, &wrong).await;
        let link = async |id, by| write(&db, async |tx| orders::link(tx, id, &wrong, by, at(9)).await).await;
        for id in [talk.id, other.id] {
            link(id, MatchedBy::Number).await;
        }
        let refuse = async || write(&db, async |tx| orders::refuse(tx, talk.id, cast.shop.id, "1").await).await;
        assert!(refuse().await && !refuse().await, "once");
        for by in [MatchedBy::Number, MatchedBy::Contact, MatchedBy::Tracking] {
            link(talk.id, by).await;
        }
        assert!(orders::list_of(&db, talk.id).await.unwrap().is_empty());
        assert_eq!(orders::list_refused(&db, talk.id).await.unwrap(), [(cast.shop.id, "1".to_owned())]);
        let watching = async || orders::list_watchers(&db, cast.shop.id, "1").await.unwrap().len();
        assert_eq!((watching().await, orders::list_of(&db, other.id).await.unwrap().len()), (1, 1));

        link(talk.id, MatchedBy::Teammate).await;
        assert_eq!(orders::list_of(&db, talk.id).await.unwrap().len(), 1);
        assert!(orders::list_refused(&db, talk.id).await.unwrap().is_empty());
        assert_eq!(watching().await, 2);
    })
    .await;
}
