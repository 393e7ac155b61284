//! A shop that is kept in files: orders, buyers and products as JSON, in the layout of public retail benchmarks. What is done
//! stays in memory.
//!
//! A buyer's own record can be read by its id too. It stands as an order without goods, whose address is where what they order
//! goes: an action that changes it changes that.

mod act;
mod facts;
mod records;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use channel_contract::orders::{
    ActionCommand, ActionReceipt, Order, OrderAction, OrderFailure, OrderQuery, OrderSource, Product,
};
use serde_json::{Value, json};
use time::Duration;

use self::act::Desk;
use self::records::{OrderRecord, ProductRecord, UserRecord};
use crate::clock::Clock;

/// The most products that a search gives.
const MOST_FOUND: usize = 10;

/// What the files hold.
#[derive(Debug)]
pub struct Files {
    orders: BTreeMap<String, OrderRecord>,
    users: BTreeMap<String, UserRecord>,
    products: BTreeMap<String, ProductRecord>,
}

impl Files {
    /// Reads the three files, each a map from id to record.
    pub fn read(orders: &str, users: &str, products: &str) -> Result<Self, serde_json::Error> {
        Ok(Self {
            orders: serde_json::from_str(orders)?,
            users: serde_json::from_str(users)?,
            products: serde_json::from_str(products)?,
        })
    }
}

/// What was done since the files were read.
#[derive(Debug, Default)]
struct Changes {
    orders: BTreeMap<String, OrderRecord>,
    users: BTreeMap<String, UserRecord>,
    /// How often each order was changed.
    times: BTreeMap<String, i64>,
    /// What came of each key.
    done: BTreeMap<String, Result<ActionReceipt, OrderFailure>>,
}

impl Changes {
    fn order(&self, files: &Files, id: &str) -> Option<OrderRecord> {
        self.orders.get(id).or_else(|| files.orders.get(id)).cloned()
    }

    fn user(&self, files: &Files, id: &str) -> Option<UserRecord> {
        self.users.get(id).or_else(|| files.users.get(id)).cloned()
    }

    /// Does what is asked; a refusal changes nothing.
    fn act(&mut self, files: &Files, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        let refused = |reason: String| OrderFailure::Refused { reason };
        let id = &command.order_id;
        let reference = if let Some(order) = self.order(files, id) {
            let user = self.user(files, &order.user_id);
            let user = user.ok_or_else(|| refused("The order has no buyer.".to_owned()))?;
            let mut desk = Desk { order, user, products: &files.products };
            let reference = desk.act(&command.action).map_err(refused)?;
            let Desk { order, user, .. } = desk;
            self.users.insert(user.user_id.clone(), user);
            self.orders.insert(id.clone(), order);
            reference
        } else {
            let user = self.user(files, id).ok_or_else(|| refused("There is no such order.".to_owned()))?;
            let OrderAction::ChangeAddress { address } = &command.action else {
                return Err(refused("The shop does not offer this.".to_owned()));
            };
            self.users.insert(id.clone(), UserRecord { address: facts::address_record(address), ..user });
            id.clone()
        };
        let times = self.times.entry(id.clone()).or_default();
        *times = times.saturating_add(1);
        Ok(ActionReceipt { reference, complete: true })
    }
}

/// The shop, as the files hold it and as it was changed since.
#[derive(Debug)]
pub struct FileShop {
    files: Arc<Files>,
    clock: Clock,
    changes: Mutex<Changes>,
}

impl FileShop {
    /// A shop in which nothing was done yet.
    pub fn new(files: Arc<Files>, clock: Clock) -> Self {
        Self { files, clock, changes: Mutex::default() }
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The records that are not as the files hold them, by table.
    pub fn changed(&self) -> Value {
        let changes = self.changes();
        let is_new = |id: &String, record: &OrderRecord| self.files.orders.get(id) != Some(record);
        let orders: BTreeMap<_, _> = changes.orders.iter().filter(|(id, record)| is_new(id, record)).collect();
        let is_new = |id: &String, record: &UserRecord| self.files.users.get(id) != Some(record);
        let users: BTreeMap<_, _> = changes.users.iter().filter(|(id, record)| is_new(id, record)).collect();
        let mut tables = serde_json::Map::new();
        if !orders.is_empty() {
            tables.insert("orders".to_owned(), json!(orders));
        }
        if !users.is_empty() {
            tables.insert("users".to_owned(), json!(users));
        }
        Value::Object(tables)
    }

    /// The id of the buyer with this mail address.
    pub fn buyer_by_email(&self, email: &str) -> Option<&str> {
        let found = self.files.users.values().find(|user| user.email.eq_ignore_ascii_case(email.trim()));
        found.map(|user| user.user_id.as_str())
    }

    /// The id of the only buyer of this name at this postal code.
    pub fn buyer_by_name(&self, first_name: &str, last_name: &str, zip: &str) -> Option<&str> {
        let mut found = self.files.users.values().filter(|user| {
            user.name.first_name.eq_ignore_ascii_case(first_name.trim())
                && user.name.last_name.eq_ignore_ascii_case(last_name.trim())
                && user.address.zip == zip.trim()
        });
        let only = found.next()?;
        if found.next().is_some() { None } else { Some(&only.user_id) }
    }

    /// Whether there is a product with this id.
    pub fn has_product(&self, id: &str) -> bool {
        self.files.products.contains_key(id)
    }

    /// Whether there is a variant with this id.
    pub fn has_variant(&self, id: &str) -> bool {
        self.files.products.values().any(|product| product.variants.contains_key(id))
    }

    /// An order by its id, or a buyer's own record by theirs.
    pub fn read(&self, id: &str) -> Option<Order> {
        let changes = self.changes();
        let times = changes.times.get(id).copied().unwrap_or_default();
        let now = self.clock.now().datetime();
        let changed_at = now.checked_add(Duration::seconds(times)).unwrap_or(now);
        if let Some(record) = changes.order(&self.files, id) {
            let user = changes.user(&self.files, &record.user_id);
            return Some(Order { updated_at: changed_at, ..facts::order(&record, user.as_ref(), now) });
        }
        let user = changes.user(&self.files, id)?;
        Some(Order { updated_at: changed_at, ..facts::account(&user, now) })
    }

    /// The orders of a buyer, in the order in which their record lists them.
    pub fn orders_of(&self, buyer: &str) -> Vec<Order> {
        let listed = self.changes().user(&self.files, buyer).map(|user| user.orders).unwrap_or_default();
        listed.iter().filter_map(|id| self.read(id)).collect()
    }
}

#[async_trait]
impl OrderSource for FileShop {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        Ok(match query {
            OrderQuery::Number(number) => {
                let plain = |number: &str| number.trim().trim_start_matches('#').to_lowercase();
                let known = self.files.orders.keys().find(|id| plain(id) == plain(number));
                known.and_then(|id| self.read(id)).into_iter().collect()
            }
            OrderQuery::Email(email) => self.buyer_by_email(email).map(|id| self.orders_of(id)).unwrap_or_default(),
            OrderQuery::Phone(_) => Vec::new(),
            OrderQuery::Tracking(number) => {
                let bears = |order: &&OrderRecord| {
                    order.fulfillments.iter().any(|parcel| parcel.tracking_id.iter().any(|id| id == number))
                };
                self.files.orders.values().filter(bears).filter_map(|order| self.read(&order.order_id)).collect()
            }
        })
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        Ok(self.read(id))
    }

    async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        let wanted = words.to_lowercase();
        let title = |product: &ProductRecord| product.name.to_lowercase();
        let fits = |product: &&ProductRecord| title(product).split_whitespace().any(|word| wanted.contains(word));
        let mut found: Vec<&ProductRecord> = self.files.products.values().filter(fits).collect();
        found.sort_by_key(|product| !wanted.contains(&title(product)));
        let by_words = found.into_iter().flat_map(|product| product.variants.values().map(move |one| (product, one)));
        let all = self.files.products.values();
        let by_sku = all.filter_map(|product| product.variants.get(words.trim()).map(|one| (product, one)));
        Ok(by_sku.chain(by_words).take(MOST_FOUND).map(|(product, one)| facts::product(product, one)).collect())
    }

    async fn variants(&self, title: &str) -> Result<Vec<Product>, OrderFailure> {
        let named = self.files.products.values().filter(|product| product.name == title);
        Ok(named.flat_map(|product| product.variants.values().map(move |one| facts::product(product, one))).collect())
    }

    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        let mut changes = self.changes();
        if let Some(known) = changes.done.get(&command.idempotency_key) {
            return known.clone();
        }
        let outcome = changes.act(&self.files, command);
        changes.done.insert(command.idempotency_key.clone(), outcome.clone());
        outcome
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
