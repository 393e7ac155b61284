//! Notifications of changes of orders, as an event bus of the seller's hands them on.

use serde_json::{Value, json};

use crate::hooks::Delivery;

/// The seller's id.
pub const SELLER_ID: &str = "A1DOUBLESELLER";

/// A change of an order.
#[derive(Clone, Debug)]
pub struct OrderChange {
    /// The id of the notification.
    pub id: String,
    /// The number of the order.
    pub order: String,
    /// Amazon's word for the kind of change.
    pub kind: String,
    /// Amazon's word for where the order is.
    pub status: String,
    /// Whether the buyer asks to cancel.
    pub asks_to_cancel: bool,
}

impl Default for OrderChange {
    fn default() -> Self {
        Self {
            id: "11111111-2222-3333-4444-555555555555".to_owned(),
            order: "303-1234567-7654321".to_owned(),
            kind: "OrderStatusChange".to_owned(),
            status: "Shipped".to_owned(),
            asks_to_cancel: false,
        }
    }
}

/// The notification itself.
pub fn notification(change: &OrderChange) -> Value {
    json!({
        "NotificationVersion": "1.0",
        "NotificationType": "ORDER_CHANGE",
        "PayloadVersion": "1.0",
        "EventTime": "2026-11-03T12:00:00.000Z",
        "Payload": {
            "OrderChangeNotification": {
                "NotificationLevel": "OrderLevel",
                "SellerId": SELLER_ID,
                "AmazonOrderId": change.order,
                "OrderChangeType": change.kind,
                "OrderChangeTrigger": { "TimeOfOrderChange": "2026-11-03T12:00:00.000Z", "ChangeReason": null },
                "Summary": {
                    "MarketplaceID": "A1PA6795UKMFR9",
                    "OrderStatus": change.status,
                    "FulfillmentType": "MFN",
                    "OrderItems": [{ "OrderItemId": "1", "SellerSKU": "CUP", "Quantity": 1,
                                     "IsBuyerRequestedCancel": change.asks_to_cancel }]
                }
            }
        },
        "NotificationMetadata": {
            "ApplicationId": "app", "SubscriptionId": "subscription-1",
            "PublishTime": "2026-11-03T12:00:01.000Z", "NotificationId": change.id
        }
    })
}

/// The same in the envelope of the event bus.
pub fn event(change: &OrderChange) -> Value {
    json!({
        "version": "0", "id": format!("bus-{}", change.id), "detail-type": "ORDER_CHANGE",
        "source": "aws.partner/sellingpartnerapi.example", "account": "111122223333",
        "time": "2026-11-03T12:00:02Z", "region": "eu-west-1", "resources": [], "detail": notification(change)
    })
}

/// A call of the event bus with the secret of the channel.
pub fn delivery(change: &OrderChange, secret: &str) -> Delivery {
    Delivery {
        headers: vec![
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
            ("x-resolute-secret".to_owned(), secret.to_owned()),
        ],
        body: event(change).to_string().into(),
    }
}
