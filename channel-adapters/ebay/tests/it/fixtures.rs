//! Notifications as eBay pushes them, written for these tests.

use bytes::Bytes;
use platform_doubles::ebay::{Ebay, SELLER};
use serde_json::{Value, json};

use crate::shop::{BUYER, LISTING};

/// A notification of a topic.
pub(crate) fn notification(topic: &str, id: &str, data: &Value) -> Bytes {
    let body = json!({
        "metadata": { "topic": topic, "schemaVersion": "1.0", "deprecated": false },
        "notification": { "notificationId": id, "eventDate": "2026-11-22T10:00:05.000Z",
            "publishDate": "2026-11-22T10:00:06.000Z", "publishAttemptCount": 1, "data": data }
    });
    body.to_string().into()
}

/// What a buyer wrote.
pub(crate) fn said(id: &str, text: &str) -> Value {
    json!({
        "messageId": id, "conversationId": "c-118", "conversationType": "FROM_MEMBERS", "messageBody": text,
        "subject": "About listing 110136274391", "createdDate": "2026-11-22T10:00:04.250Z", "senderUsername": BUYER,
        "recipientUsername": SELLER, "readStatus": false, "referenceType": "LISTING", "referenceId": LISTING,
        "messageMedia": []
    })
}

/// The same with some fields changed.
pub(crate) fn changed(mut data: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        data[name] = value.clone();
    }
    data
}

/// Bodies of all topics that are read, by name.
pub(crate) fn all() -> Vec<(&'static str, Bytes)> {
    let media = json!({ "messageMedia": [
        { "mediaName": "../cup.png", "mediaType": "IMAGE", "mediaUrl": "https://i.ebayimg.example/cup" },
        { "mediaName": "slip.pdf", "mediaType": "PDF" },
        { "mediaName": "x", "mediaType": "HOLOGRAM", "mediaUrl": "https://i.ebayimg.example/x" }
    ] });
    let of_ebay = json!({
        "senderUsername": "eBay", "conversationType": "FROM_EBAY",
        "messageBody": "<html><style>p{}</style><p>Your fees</p><p>fell &amp; rose</p></html>"
    });
    vec![
        ("a message", notification("NEW_MESSAGE", "n-1", &said("m-1", "Where is my order? 🧥"))),
        ("a message with files", notification("NEW_MESSAGE", "n-2", &changed(said("m-2", "Look"), &media))),
        ("a question", notification("BUYER_QUESTION", "n-3", &said("m-3", "Does it fit?"))),
        ("an answer given on eBay", {
            let fields = json!({ "senderUsername": SELLER, "recipientUsername": BUYER });
            notification("NEW_MESSAGE", "n-4", &changed(said("m-4", "It does."), &fields))
        }),
        ("a message for another seller", {
            let fields = json!({ "recipientUsername": "another-shop" });
            notification("NEW_MESSAGE", "n-5", &changed(said("m-5", "Hello"), &fields))
        }),
        ("a message that is told in part", {
            notification("NEW_MESSAGE", "n-6", &json!({ "messageId": "m-6", "conversationId": "c-118" }))
        }),
        ("a word of eBay", notification("NEW_MESSAGE", "n-7", &changed(said("m-7", ""), &of_ebay))),
        ("a closed account", {
            let data = json!({ "username": "ann_b", "userId": "u-9", "eiasToken": "nY+s" });
            notification("MARKETPLACE_ACCOUNT_DELETION", "n-8", &data)
        }),
        ("access taken back", {
            let data = json!({ "username": SELLER, "userId": "u-7001", "revokeReason": "PASSWORD_CHANGE" });
            notification("AUTHORIZATION_REVOCATION", "n-9", &data)
        }),
        ("access of another seller taken back", {
            let data = json!({ "username": "another-shop", "userId": "u-1", "revokeReason": "REVOKED_BY_USER" });
            notification("AUTHORIZATION_REVOCATION", "n-10", &data)
        }),
        ("an order", notification("ORDER_CONFIRMATION", "n-11", &json!({ "order": { "orderId": "12-00001-00077" } }))),
        ("an order sent", notification("ITEM_MARKED_SHIPPED", "n-12", &json!({ "orderId": "12-00001-00077" }))),
        ("a topic of later times", notification("ITEM_DREAMT_OF", "n-13", &json!({ "itemId": "1" }))),
    ]
}

/// The header of a body that is signed with the key in use.
pub(crate) fn signature(body: &[u8]) -> String {
    let [in_use, _] = Ebay::key_ids();
    Ebay::signature(in_use, body)
}
