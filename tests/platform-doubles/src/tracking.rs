//! Tracking providers, and what carriers tell them of parcels.

pub mod aftership;
pub mod easypost;
pub mod seventeen_track;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a number that no carrier writes begins with: providers refuse it.
pub const NO_NUMBER: &str = "BAD";

/// A carrier's scan.
#[derive(Clone, Debug)]
pub struct Scan {
    /// When, as the provider writes it.
    pub at: String,
    /// The carrier's words.
    pub text: String,
    /// Where.
    pub place: String,
    /// How the parcel was doing then, in the provider's word.
    pub status: String,
}

/// What a carrier knows of a parcel.
#[derive(Clone, Debug, Default)]
pub struct Travel {
    /// How it is doing, in the provider's word; `""` while nobody has seen it.
    pub status: String,
    /// The scans, oldest first.
    pub scans: Vec<Scan>,
    /// On which day it should come; `""` if nobody says.
    pub expected: String,
}

#[derive(Default)]
struct State {
    travels: BTreeMap<String, Travel>,
    followed: BTreeSet<String>,
}

/// The parcels of a provider.
#[derive(Default)]
pub struct Parcels(Mutex<State>);

impl Parcels {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A carrier scans a parcel, which is doing so from now on.
    pub fn scan(&self, number: &str, status: &str, at: &str, text: &str, place: &str) {
        let mut state = self.state();
        let travel = state.travels.entry(number.to_owned()).or_default();
        status.clone_into(&mut travel.status);
        travel.scans.push(Scan {
            at: at.to_owned(),
            text: text.to_owned(),
            place: place.to_owned(),
            status: status.to_owned(),
        });
    }

    /// A carrier reckons on which day a parcel comes.
    pub fn expect(&self, number: &str, day: &str) {
        day.clone_into(&mut self.state().travels.entry(number.to_owned()).or_default().expected);
    }

    /// The numbers that are followed.
    pub fn followed(&self) -> Vec<String> {
        self.state().followed.iter().cloned().collect()
    }

    /// Follows nothing any more, as another account does.
    pub fn forget(&self) {
        self.state().followed.clear();
    }

    /// Follows a number; `false` where it is followed already.
    fn follow(&self, number: &str) -> bool {
        self.state().followed.insert(number.to_owned())
    }

    /// What is known of a number that is followed.
    fn of(&self, number: &str) -> Option<Travel> {
        let state = self.state();
        state.followed.contains(number).then(|| state.travels.get(number).cloned().unwrap_or_default())
    }
}
