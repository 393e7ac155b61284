//! The keys with which eBay signs: kept in memory, asked for when a notification names one that is not known.
//!
//! Checking a notification talks to nobody, so one under an unknown key is put off: eBay sends it again, and polling
//! brings the message in any case.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use channel_contract::failure::{ChannelFailure, VerifyError};
use channel_contract::http::Answer;
use channel_contract::wire::text;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{self, WHO};
use crate::settings::PublicKey;
use crate::signature::{Key, Signed};

/// So many of the unknown keys that were named first are asked for at a time, and as many of those that were named last.
/// Anybody can make some up, before a true one comes and behind it.
const AT_A_TIME: usize = 2;
/// So many wait to be asked for: some polls later each has been. Where more come, only the last of them has a place, so that
/// none is driven out by a stranger who goes on.
const MOST_WANTED: usize = 64;
/// So many keys that eBay does not know are remembered.
const MOST_REFUSED: usize = 256;
/// What the numbers begin with by which eBay says no to what is asked about notifications.
const NOTIFICATION_ERRORS: &str = "195";

/// The keys of one account.
#[derive(Default)]
pub(crate) struct Keys(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    known: BTreeMap<String, Key>,
    /// The newest last.
    wanted: VecDeque<String>,
    refused: BTreeSet<String>,
    /// Keys that came since they were last asked for, as they are stored.
    renewed: BTreeMap<String, PublicKey>,
}

impl Kept {
    /// The keys to ask for now.
    fn next(&mut self) -> Vec<String> {
        let mut next: Vec<String> = self.wanted.drain(..AT_A_TIME.min(self.wanted.len())).collect();
        let newest = self.wanted.len().saturating_sub(AT_A_TIME);
        next.extend(self.wanted.drain(newest..));
        next
    }
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

    /// Refuses a body that was not signed by eBay. A key that is not known is asked for later, and until then nobody can tell.
    pub(crate) fn check(&self, body: &[u8], signed: &Signed) -> Result<(), VerifyError> {
        let mut kept = self.kept();
        if let Some(key) = kept.known.get(&signed.key).cloned() {
            drop(kept);
            return if key.signed(body, signed) { Ok(()) } else { Err(VerifyError::Mismatch) };
        }
        if kept.refused.contains(&signed.key) {
            return Err(VerifyError::Mismatch);
        }
        if !kept.wanted.contains(&signed.key) {
            if kept.wanted.len() >= MOST_WANTED {
                kept.wanted.pop_back();
            }
            kept.wanted.push_back(signed.key.clone());
        }
        Err(VerifyError::Unchecked)
    }

    /// Asks eBay for the keys that notifications named, each once: a notification whose key could not be had is pushed again,
    /// and names it anew. The first trouble is told.
    pub(crate) async fn fetch_wanted(&self, client: &Client) -> Result<(), ChannelFailure> {
        let wanted = self.kept().next();
        let mut outcome = Ok(());
        for id in wanted {
            match client.public_key(&id).await {
                Ok(answer) => outcome = outcome.and(self.learn(id, &answer)),
                Err(failure) => outcome = outcome.and(Err(failure)),
            }
        }
        outcome
    }

    /// Takes what eBay says of a key. Only its own word that there is no such key makes it a wrong one; what something in
    /// between answers is trouble, and the next notification names the key anew.
    fn learn(&self, id: String, answer: &Answer) -> Result<(), ChannelFailure> {
        let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let given = PublicKey { key: text(&document, &["key"]), digest: text(&document, &["digest"]) };
        let mut kept = self.kept();
        if let Some(key) = Key::of(&given).filter(|_| answer.is_success()) {
            kept.known.insert(id.clone(), key);
            kept.renewed.insert(id, given);
            return Ok(());
        }
        if !failure::numbers(answer).iter().any(|number| number.starts_with(NOTIFICATION_ERRORS)) {
            return Err(ChannelFailure::unreadable(WHO));
        }
        if kept.refused.len() >= MOST_REFUSED {
            kept.refused.clear();
        }
        kept.refused.insert(id);
        Ok(())
    }

    /// The keys that came since this was asked last, as they are stored.
    pub(crate) fn take_renewed(&self) -> Option<Value> {
        let renewed = std::mem::take(&mut self.kept().renewed);
        (!renewed.is_empty()).then(|| json!(renewed))
    }
}
