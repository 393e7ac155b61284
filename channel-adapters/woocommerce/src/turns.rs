//! One action at a time on an order. A shop has no key by which it would know a call again, so who comes second must see what the
//! first one did. Connections to a shop are built anew all the time, so the turns belong to the process.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::sync::{Mutex, MutexGuard};

/// How many orders are acted on at once at most; two that share a place wait for each other.
const PLACES: usize = 64;
/// The same, for a hash.
const PLACES_IN_ALL: u64 = 64;

static TURNS: [Mutex<()>; PLACES] = [const { Mutex::const_new(()) }; PLACES];

/// Waits for the turn of an order of a shop.
pub(crate) async fn turn(shop: &str, order: &str) -> MutexGuard<'static, ()> {
    let mut hasher = DefaultHasher::new();
    (shop, order).hash(&mut hasher);
    let place = usize::try_from(hasher.finish() % PLACES_IN_ALL).unwrap_or_default();
    let [first, ..] = &TURNS;
    TURNS.get(place).unwrap_or(first).lock().await
}
