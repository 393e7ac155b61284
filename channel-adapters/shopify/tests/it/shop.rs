//! A shop between the desk and a double of Shopify.

use std::time::Duration;

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{ActionCommand, LineQuantity, Order, OrderAction, OrderSource as _};
use channel_shopify::{Access, Secret, Settings, Shopify};
use platform_doubles::Double;
use platform_doubles::shopify::{CLIENT_ID, CLIENT_SECRET, Line, Shopify as Platform, TOKEN, Wish};
use time::OffsetDateTime;

/// The buyer of most tests.
pub(crate) const MARA: &str = "mara@fjord.example";
pub(crate) const PHONE: &str = "+4915112345678";

pub(crate) async fn double() -> Double<Platform> {
    Double::start(Platform::default()).await.unwrap()
}

/// Two cups and a pot.
pub(crate) fn wish(email: &str) -> Wish {
    let lines = vec![Line { sku: "CUP", quantity: 2, cents: 1_250 }, Line { sku: "POT", quantity: 1, cents: 3_900 }];
    Wish { email: email.to_owned(), phone: PHONE.to_owned(), lines }
}

/// A token that lasts.
pub(crate) fn token() -> Access {
    Access { token: Secret::new(TOKEN), ..Access::default() }
}

/// The app's id and secret.
pub(crate) fn client() -> Access {
    let client_secret = Secret::new(CLIENT_SECRET);
    Access { client_id: CLIENT_ID.to_owned(), client_secret, ..Access::default() }
}

pub(crate) fn source(double: &Double<Platform>) -> Shopify {
    source_with(double, token(), Duration::from_mins(1))
}

pub(crate) fn source_with(double: &Double<Platform>, access: Access, patience: Duration) -> Shopify {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(patience).redirect(reqwest::redirect::Policy::none()).no_proxy();
    let settings = Settings::new(&double.url(), "", access).unwrap();
    Shopify::new(settings, client.build().unwrap(), || OffsetDateTime::UNIX_EPOCH)
}

/// The order with this id.
pub(crate) async fn order(source: &Shopify, id: &str) -> Order {
    source.get(id).await.unwrap().unwrap()
}

pub(crate) fn command(key: &str, id: &str, action: OrderAction) -> ActionCommand {
    ActionCommand { idempotency_key: key.to_owned(), order_id: id.to_owned(), action }
}

/// This many cents back, for these lines.
pub(crate) fn refund(cents: i64, lines: &[LineQuantity]) -> OrderAction {
    let amount = Money::new(cents, Currency::EUR);
    OrderAction::Refund { amount, lines: lines.to_vec(), gives_back: None, reason: "One cup broke.".to_owned() }
}

/// One piece of an order's first line.
pub(crate) fn one_of(order: &Order) -> Vec<LineQuantity> {
    order.lines.iter().take(1).map(|line| LineQuantity { line_id: line.id.clone(), quantity: 1 }).collect()
}
