//! What eBay keeps.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use time::macros::{datetime, format_description};
use time::{Duration, OffsetDateTime};

use super::access::Granting;
use super::conversations::{Conversation, Sent};
use super::error;
use super::pushes::Pushing;
use crate::server::{Request, Response};

/// What a token opens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    /// The seller's account.
    Account,
    /// The seller's account without its messages.
    AllButMessages,
    /// What the program itself may see.
    Program,
}

pub(super) struct State {
    pub(super) now: OffsetDateTime,
    pub(super) counter: u32,
    pub(super) conversations: Vec<Conversation>,
    pub(super) sent: Vec<Sent>,
    pub(super) tokens: HashMap<String, Opens>,
    pub(super) granting: Granting,
    pub(super) renewals: usize,
    pub(super) orders: Vec<Value>,
    /// What has left, by the numbers of orders.
    pub(super) parcels: HashMap<String, Vec<Value>>,
    pub(super) cases: HashMap<&'static str, Vec<Value>>,
    pub(super) withdrawn: HashSet<String>,
    pub(super) goes_by_beginning: bool,
    pub(super) calls_left: u32,
    /// The codes of consents that nobody has used.
    pub(super) codes: HashSet<String>,
    pub(super) pushing: Pushing,
}

impl Default for State {
    fn default() -> Self {
        Self {
            now: datetime!(2026-11-22 10:00 UTC),
            counter: 0,
            conversations: Vec::new(),
            sent: Vec::new(),
            tokens: HashMap::new(),
            granting: Granting::Grants,
            renewals: 0,
            orders: Vec::new(),
            parcels: HashMap::new(),
            cases: HashMap::new(),
            withdrawn: HashSet::new(),
            goes_by_beginning: false,
            calls_left: 5_000,
            codes: HashSet::new(),
            pushing: Pushing::default(),
        }
    }
}

impl State {
    /// The next number, and a second later.
    pub(super) fn tick(&mut self) -> u32 {
        self.counter += 1;
        self.now += Duration::SECOND;
        self.counter
    }

    /// Why a call may not be made with the token that it brings.
    pub(super) fn refusal(&self, request: &Request, about_messages: bool) -> Option<Response> {
        match self.tokens.get(request.bearer()) {
            Some(Opens::Account) => None,
            Some(Opens::AllButMessages) if !about_messages => None,
            Some(_) => Some(error(403, 1_100, "Access denied")),
            None => Some(error(401, 1_001, "Invalid access token")),
        }
    }
}

/// A moment as eBay writes it.
pub(super) fn stamp(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.format(&format).unwrap_or_default()
}
