use serde_json::json;

use super::*;

fn bag(amount: &str) -> Value {
    json!({ "presentmentMoney": { "amount": amount, "currencyCode": "EUR" } })
}

/// Two cups and a pot, paid by card; the cups have left.
fn shopify() -> Value {
    json!({
        "id": "gid://shopify/Order/5001", "name": "#1001", "createdAt": "2026-11-18T09:12:00+01:00",
        "processedAt": "2026-11-18T08:12:00Z", "updatedAt": "2026-11-20T09:30:00Z", "cancelledAt": null,
        "email": "mara@example.org", "phone": null, "taxesIncluded": true, "refundable": true,
        "customer": { "id": "gid://shopify/Customer/77", "displayName": "Mara Lind",
            "defaultPhoneNumber": { "phoneNumber": "+4915112345678" } },
        "shippingAddress": { "name": "Mara Lind", "address1": "Hafenweg 3", "address2": null, "zip": "20457",
            "city": "Hamburg", "provinceCode": null, "countryCodeV2": "DE" },
        "subtotalPriceSet": bag("64.00"), "totalShippingPriceSet": bag("4.90"), "totalTaxSet": bag("11.00"),
        "totalTipReceivedSet": bag("0.0"), "totalPriceSet": bag("68.90"), "totalReceivedSet": bag("68.90"),
        "totalRefundedSet": bag("5.00"), "originalTotalDutiesSet": null,
        "transactions": [
            { "id": "gid://shopify/OrderTransaction/1", "kind": "AUTHORIZATION", "status": "SUCCESS",
              "processedAt": "2026-11-18T08:12:04Z", "amountSet": bag("68.90") },
            { "id": "gid://shopify/OrderTransaction/2", "kind": "CAPTURE", "status": "SUCCESS",
              "processedAt": "2026-11-18T08:12:05Z", "formattedGateway": "Shopify Payments", "amountSet": bag("68.90"),
              "paymentDetails": { "company": "Visa", "number": "•••• •••• •••• 4421" } },
            { "id": "gid://shopify/OrderTransaction/3", "kind": "SALE", "status": "FAILURE", "amountSet": bag("68.90") }
        ],
        "refunds": [
            { "id": "gid://shopify/Refund/9", "createdAt": "2026-11-20T09:30:00Z", "note": "Late [desk-0a1b]",
              "totalRefundedSet": bag("5.00") },
            { "id": "gid://shopify/Refund/8", "createdAt": "2026-11-19T09:30:00Z", "totalRefundedSet": bag("0.00") }
        ],
        "lineItems": { "nodes": [
            { "id": "gid://shopify/LineItem/1", "sku": "CUP", "title": "Cup", "variantTitle": "blue", "quantity": 2,
              "currentQuantity": 2, "discountedUnitPriceAfterAllDiscountsSet": bag("12.50") },
            { "id": "gid://shopify/LineItem/2", "sku": "POT", "title": "Pot", "variantTitle": "Default Title",
              "quantity": 1, "currentQuantity": 1, "discountedUnitPriceAfterAllDiscountsSet": bag("39.00") }
        ] },
        "fulfillments": [
            { "id": "gid://shopify/Fulfillment/3", "status": "SUCCESS", "displayStatus": "IN_TRANSIT",
              "createdAt": "2026-11-19T15:00:00Z", "estimatedDeliveryAt": "2026-11-21T10:00:00Z",
              "trackingInfo": [{ "company": "DHL", "number": "0034", "url": "https://tracking.example/0034" }],
              "events": { "nodes": [
                  { "happenedAt": "2026-11-19T18:40:00Z", "status": "IN_TRANSIT", "message": null, "city": "Hamburg" },
                  { "happenedAt": "2026-11-19T16:00:00Z", "status": "CARRIER_PICKED_UP", "message": "Taken over" }] },
              "fulfillmentLineItems": { "nodes": [
                  { "id": "gid://shopify/FulfillmentLineItem/31", "quantity": 2,
                    "lineItem": { "id": "gid://shopify/LineItem/1" } }] },
              "fulfillmentOrders": { "nodes": [{ "deliveryMethod": {
                  "minDeliveryDateTime": "2026-11-21T00:00:00Z", "maxDeliveryDateTime": "2026-11-22T20:00:00Z" } }] } },
            { "id": "gid://shopify/Fulfillment/2", "status": "CANCELLED", "fulfillmentLineItems": { "nodes": [
                  { "quantity": 1, "lineItem": { "id": "gid://shopify/LineItem/2" } }] } }
        ],
        "returns": { "nodes": [
            { "id": "gid://shopify/Return/4", "status": "OPEN", "createdAt": "2026-11-20T09:00:00Z",
              "returnLineItems": { "nodes": [{ "quantity": 1, "returnReasonNote": "Too small [desk-77]",
                  "fulfillmentLineItem": { "id": "gid://shopify/FulfillmentLineItem/31",
                      "lineItem": { "id": "gid://shopify/LineItem/1" } } }] },
              "reverseFulfillmentOrders": { "nodes": [{ "reverseDeliveries": { "nodes": [{ "deliverable": {
                  "label": { "publicFileUrl": "https://cdn.example/label.pdf" } } }] } }] } },
            { "id": "gid://shopify/Return/3", "status": "CANCELED", "returnLineItems": { "nodes": [] } }
        ] }
    })
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<(Order, Warnings), Unreadable> {
    let mut value = shopify();
    change(&mut value);
    order(&value)
}

/// What stands beside the order and is not done now.
fn refused(order: &Order) -> Vec<ActionKind> {
    let refused = order.actions.iter().filter(|allowed| allowed.refused_because.is_some());
    refused.map(|allowed| allowed.kind).collect()
}

#[test]
fn an_order_is_read_with_money_parcels_and_returns() {
    let (read, warnings) = order(&shopify()).unwrap();
    assert_eq!(warnings, Warnings::default());
    assert_eq!((read.id.as_str(), read.number.as_str(), read.status), ("5001", "1001", OrderStatus::PartlyShipped));
    assert_eq!((read.total.minor, read.refundable().minor, read.shipping_price.minor), (6890, 6390, 490));
    let [payment] = read.payments.as_slice() else { panic!("only what was taken: {:?}", read.payments) };
    assert_eq!(payment.method, "card ending 4421");
    let [refund] = read.refunds.as_slice() else { panic!("only what moved money: {:?}", read.refunds) };
    assert_eq!((refund.id.as_str(), refund.reason.as_str(), refund.amount.minor), ("9", "Late", 500));
    let [cup, pot] = read.lines.as_slice() else { panic!("two lines") };
    assert_eq!((cup.id.as_str(), cup.fulfilled, cup.variant.as_str()), ("1", 2, "blue"));
    assert_eq!((pot.fulfilled, pot.variant.as_str(), pot.unit_price.minor), (0, "", 3900));
    let [parcel] = read.shipments.as_slice() else { panic!("what was called off is none") };
    assert_eq!((parcel.tracking_number.as_str(), parcel.status), ("0034", ShipmentStatus::InTransit));
    assert!(parcel.promised.is_some() && parcel.estimated.is_some());
    let scans: Vec<&str> = parcel.events.iter().map(|event| event.text.as_str()).collect();
    assert_eq!(scans, ["Taken over", "in transit"], "oldest first");
    let [back] = read.returns.as_slice() else { panic!("what was called off is none") };
    assert_eq!((back.reason.as_str(), back.label_url.as_str()), ("Too small", "https://cdn.example/label.pdf"));
    assert_eq!((read.buyer.id.as_str(), read.buyer.phone.as_str()), ("77", "+4915112345678"));
    assert_eq!(refused(&read), [ActionKind::Cancel, ActionKind::ChangeAddress]);
}

#[test]
fn amounts_that_do_not_add_up_move_no_money() {
    for (field, amount, sentence) in [
        ("totalPriceSet", "68.91", "goods, delivery and tax do not add up to the total"),
        ("totalReceivedSet", "60.00", "payments do not add up to what was received"),
        ("totalRefundedSet", "7.00", "refunds do not add up to what was refunded"),
    ] {
        let (read, warnings) = changed(|order| order[field] = bag(amount)).unwrap();
        assert_eq!(warnings.0, [sentence]);
        assert!(read.refusal(ActionKind::Refund).is_some_and(|reason| reason.contains("do not add up")), "{field}");
        assert!(read.refusal(ActionKind::Return).is_none(), "goods may come back all the same");
    }
    let (with_tax, warnings) = changed(|order| {
        order["taxesIncluded"] = json!(false);
        order["totalPriceSet"] = bag("79.90");
    })
    .unwrap();
    assert_eq!((warnings, with_tax.total.minor), (Warnings::default(), 7990), "tax that is put on top is a part");
}

#[test]
fn what_could_lead_to_a_wrong_refund_is_not_read() {
    for (path, value) in [
        ("/totalPriceSet", Value::Null),
        ("/id", Value::Null),
        ("/processedAt", Value::Null),
        ("/refunds/0/totalRefundedSet", Value::Null),
        ("/transactions/1/amountSet", bag("1.005")),
        ("/lineItems/nodes/0/quantity", Value::Null),
        ("/lineItems/nodes/0/discountedUnitPriceAfterAllDiscountsSet", Value::Null),
    ] {
        let read = changed(|order| {
            *order.pointer_mut(path).unwrap() = value;
            if path == "/processedAt" {
                order["createdAt"] = Value::Null;
            }
        });
        assert!(read.is_err(), "{path}");
    }
    let dollars = json!({ "presentmentMoney": { "amount": "5.00", "currencyCode": "USD" } });
    assert!(changed(|order| order["refunds"][0]["totalRefundedSet"] = dollars).is_err());
}

#[test]
fn what_is_odd_or_new_spoils_nothing() {
    let (read, warnings) = changed(|order| {
        order["fulfillments"][0]["displayStatus"] = json!("BY_DRONE");
        order["fulfillments"][0]["trackingInfo"][0]["url"] = json!("javascript:alert(1)");
        order["returns"]["nodes"][0]["status"] = json!("TELEPORTED");
        order["lineItems"]["nodes"][1]["currentQuantity"] = json!(7);
        order["customer"] = Value::Null;
        order["shippingAddress"] = Value::Null;
        order["lineItems"]["nodes"].as_array_mut().unwrap().push(Value::Null);
    })
    .unwrap();
    assert_eq!(
        warnings.0,
        [
            "a link is not a web address",
            "a parcel's status is not one of those that are known",
            "a line has more pieces than were ordered",
            "a return's status is not one of those that are known",
        ]
    );
    assert_eq!((read.shipments[0].status, read.lines.len()), (ShipmentStatus::InTransit, 2));
    assert_eq!(read.buyer.name, "", "nobody is named");
}

#[test]
fn where_an_order_stands_is_told_by_what_was_sent() {
    let status = |change: fn(&mut Value)| changed(change).unwrap().0.status;
    assert_eq!(status(|order| order["fulfillments"] = json!([])), OrderStatus::Open);
    assert_eq!(status(|order| order["lineItems"]["nodes"][1]["currentQuantity"] = json!(0)), OrderStatus::Shipped);
    let arrived = |order: &mut Value| {
        order["lineItems"]["nodes"][1]["currentQuantity"] = json!(0);
        order["fulfillments"][0]["displayStatus"] = json!("DELIVERED");
    };
    assert_eq!(status(arrived), OrderStatus::Delivered);
    assert_eq!(status(|order| order["cancelledAt"] = json!("2026-11-20T10:00:00Z")), OrderStatus::Cancelled);
}

#[test]
fn an_order_that_has_not_left_can_be_stopped_and_sent_elsewhere() {
    let (read, _) = changed(|order| {
        order["fulfillments"] = json!([]);
        order["returns"] = json!({ "nodes": [] });
    })
    .unwrap();
    assert_eq!(refused(&read), [ActionKind::Return]);
    let (cancelled, _) = changed(|order| order["cancelledAt"] = json!("2026-11-20T10:00:00Z")).unwrap();
    assert_eq!(
        refused(&cancelled),
        [ActionKind::Cancel, ActionKind::Return, ActionKind::Replace, ActionKind::ChangeAddress]
    );
}
