//! The shop behind `serve --demo`: an order source with tables of its own that moves with the clock.
//!
//! Parcels, returns, refunds and stock are plans; [`progress`] tells what of them has happened. Actions change the rows
//! in one transaction with the key that asked for them, so the same key never has an effect twice.

mod act;
pub mod cast;
pub mod catalogue;
mod facts;
mod items;
pub mod people;
pub mod progress;
mod refusals;
mod route;
pub mod seed;
pub mod story;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use channel_contract::orders::{ActionCommand, ActionReceipt, Order, OrderFailure, OrderQuery, OrderSource, Product};

use crate::clock::Clock;
use crate::model::OrderSourceId;
use crate::store::demo_shop::{self as rows, Lookup, ProductRow};
use crate::store::{Db, Error, Reader};
use facts::Held;

/// The most products that a search gives.
const MOST_PRODUCTS: usize = 10;

/// The shop.
#[derive(Clone, Debug)]
pub struct DemoShop {
    db: Db,
    clock: Clock,
    source: OrderSourceId,
}

impl DemoShop {
    /// The shop whose rows carry this id.
    pub fn new(db: Db, clock: Clock, source: OrderSourceId) -> Self {
        Self { db, clock, source }
    }

    async fn held(&self, reader: &mut Reader<'_>, lookup: &Lookup) -> Result<Vec<Held>, Error> {
        let orders = rows::orders(reader, self.source, lookup).await?;
        let parts = rows::parts(reader, self.source, &orders).await?;
        Ok(Held::join(orders, &parts))
    }

    /// The goods by SKU.
    async fn shelf(&self, reader: &mut Reader<'_>) -> Result<BTreeMap<String, ProductRow>, Error> {
        let products = rows::products(reader, self.source).await?;
        Ok(products.into_iter().map(|product| (product.sku.clone(), product)).collect())
    }

    async fn read(&self, lookup: &Lookup) -> Result<Vec<Order>, OrderFailure> {
        let mut reader = Reader::Db(&self.db);
        let held = self.held(&mut reader, lookup).await.map_err(store_failure)?;
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let products = self.shelf(&mut reader).await.map_err(store_failure)?;
        let now = self.clock.now();
        Ok(held.iter().map(|held| held.order(&products, now)).collect())
    }
}

#[async_trait]
impl OrderSource for DemoShop {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        self.read(&match query {
            OrderQuery::Number(number) => Lookup::Number(number.trim().trim_start_matches('#').to_uppercase()),
            OrderQuery::Email(email) => Lookup::Email(email.trim().to_lowercase()),
            OrderQuery::Phone(phone) => Lookup::Phone(phone.chars().filter(|c| !c.is_whitespace()).collect()),
            OrderQuery::Tracking(number) => Lookup::Tracking(number.chars().filter(|c| !c.is_whitespace()).collect()),
        })
        .await
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        Ok(self.read(&Lookup::Id(id.to_owned())).await?.into_iter().next())
    }

    async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        let products = self.shelf(&mut Reader::Db(&self.db)).await.map_err(store_failure)?;
        let now = self.clock.now();
        let mut found: Vec<(usize, &ProductRow)> =
            products.values().map(|row| (likeness(row, words), row)).filter(|(likeness, _)| *likeness > 0).collect();
        // A stable sort: equally good ones stay in the order of their SKUs.
        found.sort_by_key(|(likeness, _)| Reverse(*likeness));
        Ok(found.into_iter().take(MOST_PRODUCTS).map(|(_, row)| facts::product(row, now)).collect())
    }

    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        self.act(command).await
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        self.db.ping().await.map_err(store_failure)
    }
}

/// How well a product fits what was asked for: words of the title count most, the variant decides between equals.
fn likeness(row: &ProductRow, words: &str) -> usize {
    if row.sku.eq_ignore_ascii_case(words.trim()) {
        return usize::MAX;
    }
    let asked = split(words);
    let hits = |text: &str| {
        let known = split(text);
        asked.iter().filter(|word| known.contains(word)).count()
    };
    match hits(&row.title) {
        0 => 0,
        title => title * 10 + hits(&row.variant),
    }
}

fn split(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The database's trouble in the words of the contract.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn store_failure(error: Error) -> OrderFailure {
    let reason = format!("The demo shop does not answer: {error}.");
    OrderFailure::Retry { after: None, reason }
}
