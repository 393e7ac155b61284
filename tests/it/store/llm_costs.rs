//! What the language model cost, and that nobody pays beyond a limit, however many pay at once.

use resolute::model::Ts;
use resolute::model::llm_cost::{ALL_KINDS, Cost, KindCost, Limit, READING, month_of};
use resolute::store::{Db, Reader, llm_costs};

use crate::support::cast::{Cast, NOW};
use crate::support::stores::{on_both, write};

const MOST: Cost = Cost { calls: 1, prompt_tokens: 900, completion_tokens: 100, micros: 40 };
const WAS: Cost = Cost { calls: 1, prompt_tokens: 700, completion_tokens: 20, micros: 25 };

async fn month(db: &Db, cast: &Cast, month: Ts) -> Vec<KindCost> {
    llm_costs::of_month(&mut Reader::Db(db), cast.brand.id, month).await.unwrap()
}

async fn limit(db: &Db, cast: &Cast, kind: &str, micros: Option<i64>) {
    write(db, async |tx| llm_costs::set_limit(tx, cast.brand.id, kind, micros).await).await;
}

#[tokio::test]
async fn what_was_paid_ahead_is_put_right_and_months_are_apart() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (brand, now) = (cast.brand.id, month_of(NOW));
        for kind in [READING, "thanks", READING] {
            assert_eq!(write(&db, async |tx| llm_costs::pay(tx, brand, now, (kind, MOST)).await).await, None);
        }
        write(&db, async |tx| llm_costs::add(tx, brand, now, (READING, WAS.minus(MOST))).await).await;
        let of = |kind: &str, cost| KindCost { kind: kind.to_owned(), cost };
        assert_eq!(month(&db, &cast, now).await, [of(READING, MOST.plus(WAS)), of("thanks", MOST)]);
        assert!(month(&db, &cast, Ts(now.0 - 1)).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn limits_hold_for_all_kinds_together_and_for_each_until_they_are_taken_off() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (brand, now) = (cast.brand.id, month_of(NOW));
        let pay = async |kind: &str| {
            let reached = write(&db, async |tx| llm_costs::pay(tx, brand, now, (kind, MOST)).await).await;
            reached.map(|limit| limit.kind)
        };
        limit(&db, &cast, ALL_KINDS, Some(120)).await;
        limit(&db, &cast, "thanks", Some(10)).await;
        limit(&db, &cast, "thanks", Some(40)).await;
        assert_eq!((pay("thanks").await, pay("thanks").await), (None, Some("thanks".to_owned())));
        assert_eq!((pay(READING).await, pay("stock").await), (None, None));
        assert_eq!(pay(READING).await.as_deref(), Some(ALL_KINDS));
        limit(&db, &cast, ALL_KINDS, None).await;
        assert_eq!(llm_costs::limits(&db, brand).await.unwrap(), [Limit { kind: "thanks".to_owned(), micros: 40 }]);
        assert_eq!((pay(READING).await, pay("thanks").await), (None, Some("thanks".to_owned())));
        let paid: i64 = month(&db, &cast, now).await.iter().map(|row| row.cost.calls).sum();
        assert_eq!(paid, 4, "what had no room was not paid");
    })
    .await;
}

#[tokio::test]
async fn who_pay_at_the_same_time_stop_together() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (brand, now) = (cast.brand.id, month_of(NOW));
        limit(&db, &cast, ALL_KINDS, Some(5 * MOST.micros + 1)).await;
        let payers = (0..16).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                let reached = llm_costs::pay(&mut tx, brand, now, ("stock", MOST)).await.unwrap();
                tx.commit().await.unwrap();
                reached.is_none()
            })
        });
        let mut paid = 0;
        for payer in payers.collect::<Vec<_>>() {
            paid += usize::from(payer.await.unwrap());
        }
        assert_eq!(paid, 5);
    })
    .await;
}
