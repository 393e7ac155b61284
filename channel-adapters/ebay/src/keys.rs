//! The keys with which eBay signs: kept in memory, asked for when a notification names one that is not known.
//!
//! Checking a notification talks to nobody, so one under an unknown key is refused: eBay sends it again, and polling
//! brings the message in any case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use channel_contract::failure::ChannelFailure;
use serde_json::{Value, json};

use crate::client::Client;
use crate::settings::PublicKey;
use crate::signature::{Key, Signed};
use crate::wire::text;

/// So many unknown keys are asked for at a time: anybody can make some up.
const MOST_WANTED: usize = 2;
/// So many keys that eBay does not know are remembered.
const MOST_REFUSED: usize = 256;

/// The keys of one account.
#[derive(Default)]
pub(crate) struct Keys(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    known: BTreeMap<String, Key>,
    wanted: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// Keys that came since they were last asked for, as they are stored.
    renewed: BTreeMap<String, PublicKey>,
}

impl Keys {
    /// Begins with the keys that are stored.
    pub(crate) fn new(stored: &BTreeMap<String, PublicKey>) -> Self {
        let known = stored.iter().filter_map(|(id, given)| Some((id.clone(), Key::of(given)?))).collect();
        Self(Mutex::new(Kept { known, ..Kept::default() }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the body was signed by eBay. A key that is not known is asked for later.
    pub(crate) fn signed(&self, body: &[u8], signed: &Signed) -> bool {
        let mut kept = self.kept();
        if let Some(key) = kept.known.get(&signed.key).cloned() {
            drop(kept);
            return key.signed(body, signed);
        }
        if kept.wanted.len() < MOST_WANTED && !kept.refused.contains(&signed.key) {
            kept.wanted.insert(signed.key.clone());
        }
        false
    }

    /// Asks eBay for the keys that notifications named.
    pub(crate) async fn fetch_wanted(&self, client: &Client) -> Result<(), ChannelFailure> {
        let wanted: Vec<String> = self.kept().wanted.iter().cloned().collect();
        for id in wanted {
            let answer = client.public_key(&id).await?;
            let mut kept = self.kept();
            kept.wanted.remove(&id);
            let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let given = PublicKey { key: text(&document, &["key"]), digest: text(&document, &["digest"]) };
            if let Some(key) = Key::of(&given).filter(|_| answer.is_success()) {
                kept.known.insert(id.clone(), key);
                kept.renewed.insert(id, given);
                continue;
            }
            if kept.refused.len() >= MOST_REFUSED {
                kept.refused.clear();
            }
            kept.refused.insert(id);
        }
        Ok(())
    }

    /// The keys that came since this was asked last, as they are stored.
    pub(crate) fn take_renewed(&self) -> Option<Value> {
        let renewed = std::mem::take(&mut self.kept().renewed);
        (!renewed.is_empty()).then(|| json!(renewed))
    }
}
