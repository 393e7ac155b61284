//! Shops, connections to them, and actions for the tests.

use std::time::Duration;

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{ActionCommand, LineQuantity, Order, OrderAction, OrderSource as _};
use channel_woocommerce::{Settings, WooCommerce};
use platform_doubles::Double;
use platform_doubles::woocommerce::{self, KEY, SECRET};
use reqwest::redirect::Policy;
use time::OffsetDateTime;

/// How the address ends to which webhooks go.
pub(crate) const HOOK_PATH: &str = "/hooks/orders/1";
pub(crate) const BUYER: &str = "mara@example.org";

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_000_000).unwrap()
}

/// A shop with one order, and a connection to it.
pub(crate) struct Bench {
    pub(crate) shop: Double<woocommerce::WooCommerce>,
    pub(crate) source: WooCommerce,
    pub(crate) order: u64,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::numbered("").await
    }

    /// A shop whose numbers begin so.
    pub(crate) async fn numbered(prefix: &str) -> Self {
        let shop = Double::start(woocommerce::WooCommerce::new(now())).await.unwrap();
        let order = shop.platform.buy(prefix, BUYER);
        let source = source(&shop.url(), SECRET, Duration::from_mins(1));
        Self { shop, source, order }
    }

    /// Who waits no longer than this for an answer.
    pub(crate) fn with_patience(self, patience: Duration) -> Self {
        Self { source: source(&self.shop.url(), SECRET, patience), ..self }
    }

    pub(crate) fn id(&self) -> String {
        self.order.to_string()
    }

    /// The order as the source reads it.
    pub(crate) async fn read(&self) -> Order {
        self.source.get(&self.id()).await.unwrap().unwrap()
    }

    pub(crate) fn command(&self, key: &str, action: OrderAction) -> ActionCommand {
        ActionCommand { idempotency_key: key.to_owned(), order_id: self.id(), action }
    }

    /// A refund of 13.00 EUR for one cup.
    pub(crate) async fn cup(&self, key: &str) -> ActionCommand {
        let lines = vec![LineQuantity { line_id: self.read().await.lines[0].id.clone(), quantity: 1 }];
        let reason = "One cup broke.".to_owned();
        self.command(key, OrderAction::Refund { amount: euros(1300), lines, reason, gives_back: None })
    }

    /// A cup that is sent again.
    pub(crate) async fn another_cup(&self, key: &str) -> ActionCommand {
        let lines = vec![LineQuantity { line_id: self.read().await.lines[0].id.clone(), quantity: 1 }];
        self.command(key, OrderAction::Replace { lines, reason: "One cup broke.".to_owned() })
    }

    pub(crate) fn cancellation(&self, key: &str) -> ActionCommand {
        self.command(key, OrderAction::Cancel { reason: "Changed their mind.".to_owned() })
    }

    /// How often the shop was asked this.
    pub(crate) fn asked(&self, method: &str, end: &str) -> usize {
        self.shop.calls().iter().filter(|call| call.method == method && call.path.ends_with(end)).count()
    }
}

pub(crate) fn source(base: &str, secret: &str, patience: Duration) -> WooCommerce {
    source_at(base, secret, patience, now)
}

/// The same by another clock.
pub(crate) fn source_at(base: &str, secret: &str, patience: Duration, clock: fn() -> OffsetDateTime) -> WooCommerce {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(patience).redirect(Policy::none()).no_proxy().build().unwrap();
    WooCommerce::new(Settings::new(base, KEY, secret, HOOK_PATH).unwrap(), client, clock)
}

pub(crate) fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}
