//! How orders are found and read.

use channel_contract::orders::{ActionKind, OrderFailure, OrderQuery, OrderSource as _, OrderStatus};
use platform_doubles::shopify::{Line, Wish};
use serde_json::json;

use crate::shop::{MARA, PHONE, double, order, source, wish};

#[tokio::test]
async fn orders_of_others_never_come() {
    let double = double().await;
    let (first, other) = (double.platform.buy(&wish(MARA)), double.platform.buy(&wish("tamara@fjord.example")));
    let second = double.platform.buy(&wish(MARA));
    let longer = Wish { phone: format!("{PHONE}99"), ..wish("nora@fjord.example") };
    let theirs = double.platform.buy(&longer);
    let source = source(&double);
    let ids = async |query: OrderQuery| {
        let found = source.find(&query).await.unwrap();
        found.into_iter().map(|order| order.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(OrderQuery::Email(MARA.to_uppercase())).await, [second.clone(), first.clone()], "newest first");
    assert_eq!(ids(OrderQuery::Phone("+49 151 12345678".to_owned())).await, Vec::<String>::new(), "not as it is kept");
    assert_eq!(ids(OrderQuery::Phone(PHONE.to_owned())).await, [second, other, first.clone()]);
    assert_eq!(ids(OrderQuery::Phone(format!("{PHONE}99"))).await, [theirs]);
    assert_eq!(ids(OrderQuery::Number(format!("#fj-{first}A"))).await, std::slice::from_ref(&first));
    assert_eq!(ids(OrderQuery::Number(first)).await, Vec::<String>::new(), "a part of a number is none");
    assert_eq!(ids(OrderQuery::Tracking("00340434161094".to_owned())).await, Vec::<String>::new());
    assert_eq!(ids(OrderQuery::Email(" \"\" ".to_owned())).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_shop_that_hides_its_customers_does_not_pass_for_one_without_orders() {
    let double = double().await;
    let id = double.platform.buy(&wish(MARA));
    double.platform.hide_customers();
    let source = source(&double);
    let found = source.find(&OrderQuery::Email(MARA.to_owned())).await;
    assert!(
        matches!(&found, Err(OrderFailure::Refused { reason }) if reason.contains("protected customer data")),
        "{found:?}"
    );
    let read = order(&source, &id).await;
    assert_eq!((read.buyer.email.as_str(), read.total.minor), ("", 6_890), "the order is read without them");
}

#[tokio::test]
async fn an_order_of_five_hundred_lines_is_read_whole() {
    let double = double().await;
    let lines = vec![Line { sku: "CUP", quantity: 1, cents: 100 }; 500];
    let id = double.platform.buy(&Wish { lines, ..wish(MARA) });
    double.platform.ship(&id, "00340434161094");
    let source = source(&double);
    let read = order(&source, &id).await;
    assert_eq!((read.lines.len(), read.total.minor, read.status), (500, 50_490, OrderStatus::Shipped));
    assert_eq!(read.shipments.iter().map(|parcel| parcel.lines.len()).collect::<Vec<_>>(), [500]);
    assert!(read.lines.iter().all(|line| line.fulfilled == 1));
}

#[tokio::test]
async fn amounts_that_do_not_add_up_move_no_money() {
    let double = double().await;
    let id = double.platform.buy(&wish(MARA));
    let odd = json!({ "presentmentMoney": { "amount": "99.00", "currencyCode": "EUR" } });
    double.platform.change(&id, &json!({ "totalReceivedSet": odd }));
    let read = order(&source(&double), &id).await;
    for kind in [ActionKind::Refund, ActionKind::Cancel] {
        assert!(read.refusal(kind).is_some_and(|reason| reason.contains("do not add up")), "{kind:?}");
    }
    assert_eq!(read.refusal(ActionKind::ChangeAddress), None);
}

#[tokio::test]
async fn an_order_that_cannot_be_read_hides_none_and_is_hidden_by_none() {
    let double = double().await;
    let (good, bad) = (double.platform.buy(&wish(MARA)), double.platform.buy(&wish(MARA)));
    double.platform.change(&bad, &json!({ "totalPriceSet": null }));
    let source = source(&double);
    assert!(source.get(&bad).await.is_err());
    assert!(source.find(&OrderQuery::Email(MARA.to_owned())).await.is_err(), "all of them, or a failure");
    assert_eq!(source.find(&OrderQuery::Number(format!("FJ-{good}a"))).await.unwrap().len(), 1);
}
