//! Connections, orders and raw servers for the tests.

use std::time::Duration;

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{ActionCommand, LineQuantity, OrderAction};
use channel_http_orders::{HttpOrders, Secret, Secrets, Settings, redirects_within_shop};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "the-current-secret";

/// Long enough for a busy machine: only silence may end by time.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

pub(crate) fn secrets() -> Secrets {
    Secrets::one(Secret::new(SECRET).unwrap())
}

pub(crate) fn source(base: &str) -> HttpOrders {
    source_with(base, redirects_within_shop())
}

/// A source whose client follows redirects by `policy`.
pub(crate) fn source_with(base: &str, policy: Policy) -> HttpOrders {
    build(base, policy, PATIENCE)
}

/// A source that waits for a broken server only as long as its ending needs.
pub(crate) fn source_for(base: &str, ending: Ending) -> HttpOrders {
    let patience = if matches!(ending, Ending::Silence) { Duration::from_millis(300) } else { PATIENCE };
    build(base, redirects_within_shop(), patience)
}

fn build(base: &str, policy: Policy, patience: Duration) -> HttpOrders {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(patience).redirect(policy).no_proxy();
    HttpOrders::new(Settings::new(base, secrets()).unwrap(), client.build().unwrap(), now)
}

pub(crate) fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub(crate) fn money(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// An order in the documented form.
pub(crate) fn order(id: &str, number: &str, email: &str) -> Value {
    json!({
        "id": id, "number": number, "status": "open",
        "placed_at": "2026-11-18T08:12:00Z", "updated_at": "2026-11-20T09:30:00Z",
        "buyer": {"id": "c1", "name": "Mara Lind", "email": email, "phone": "+4915112345678"},
        "shipping_address": {"name": "Mara Lind", "line1": "Hafenweg 3", "line2": "", "postal_code": "20457",
                             "city": "Hamburg", "region": "", "country": "DE"},
        "lines": [
            {"id": "l1", "sku": "CUP", "title": "Cup", "variant": "blue", "ordered": 2, "current": 2, "fulfilled": 0,
             "unit_price": money("12.50")},
            {"id": "l2", "sku": "POT", "title": "Pot", "variant": "", "ordered": 1, "current": 1, "fulfilled": 0,
             "unit_price": money("39.00")}
        ],
        "shipping_price": money("4.90"), "total": money("68.90"),
        "payments": [{"id": "p1", "method": "card ending 4421", "amount": money("68.90"), "at": "2026-11-18T08:12:05Z"}],
        "refunds": [], "shipments": [], "returns": [], "invoice_url": "https://shop.example/invoices/1",
        "actions_allowed": [{"kind": "cancel"}, {"kind": "refund"}, {"kind": "return"}, {"kind": "replace"},
                            {"kind": "address"}]
    })
}

pub(crate) fn refund(minor: i64) -> ActionCommand {
    ActionCommand {
        idempotency_key: "key-1".to_owned(),
        order_id: "o1".to_owned(),
        action: OrderAction::Refund {
            amount: euros(minor),
            lines: vec![LineQuantity { line_id: "l1".to_owned(), quantity: 1 }],
            reason: "One cup broke.".to_owned(),
            gives_back: None,
        },
    }
}

/// How a raw server ends a call after it has read the request.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    /// Says nothing more and keeps the connection.
    Silence,
    /// Sends these bytes and closes.
    Bytes(&'static str),
}

/// A server that answers no call properly; gives its address.
pub(crate) async fn broken_server(ending: Ending) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0_u8; 8192];
            // The requests of the tests fit into one read or are cut; either way the client has sent something.
            let _ = stream.read(&mut request).await;
            match ending {
                Ending::Silence => kept.push(stream),
                Ending::Bytes(bytes) => {
                    let _ = stream.write_all(bytes.as_bytes()).await;
                }
            }
        }
    });
    address
}
