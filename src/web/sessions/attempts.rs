//! A bound on guesses of passwords. A guess counts before it is checked, so guesses sent together count together.
//!
//! What waits is an account at one network address, and a network address over all accounts: a stranger who guesses
//! elsewhere keeps nobody out. Forgotten with the process, which helps a guesser only once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::{HttpRequest, web};
use tokio::sync::Semaphore;

use crate::config::Proxies;
use crate::credentials::is_password;
use crate::model::Ts;
use crate::web::error::{Error, Result};

/// How many guesses an account at one network address has before each further one must wait.
const ON_ACCOUNT: u32 = 8;
/// How many a network address has over all accounts: an office behind one address signs in each morning.
const AT_ADDRESS: u32 = 60;
/// The first wait; each further guess doubles it.
const WAIT: Duration = Duration::from_secs(2);
/// The longest wait.
const LONGEST: Duration = Duration::from_mins(10);
/// After this much quiet a count begins anew.
const FORGOTTEN: Duration = Duration::from_hours(1);
/// Most counts at once; the oldest gives way.
const COUNTS: usize = 10_000;
/// How many passwords are checked at once: each takes 19 MiB.
const CHECKS: usize = 4;

/// Guesses of late, by account and by network address.
#[derive(Debug)]
pub struct SignInAttempts {
    counts: Mutex<HashMap<Key, Count>>,
    checks: Semaphore,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(String, IpAddr),
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Count {
    guesses: u32,
    last: Ts,
}

impl Default for SignInAttempts {
    fn default() -> Self {
        Self { counts: Mutex::default(), checks: Semaphore::new(CHECKS) }
    }
}

impl SignInAttempts {
    /// Counts a guess; refuses it while the account or the network address has to wait.
    pub fn begin(&self, account: &str, from: IpAddr, now: Ts) -> Result<()> {
        let keys = [(Key::Account(named(account), from), ON_ACCOUNT), (Key::Address(from), AT_ADDRESS)];
        let mut counts = self.counts();
        let waits = keys.iter().filter_map(|(key, free)| counts.get(key)?.waits(*free, now));
        if let Some(wait) = waits.max() {
            return Err(Error::TooMany(format!("Too many wrong passwords. Wait {}, then try again.", words(wait))));
        }
        for (key, _) in keys {
            count(&mut counts, key, now);
        }
        Ok(())
    }

    /// The password was right: the account's count ends here, and the guess does not count against its network address.
    pub fn note_right(&self, account: &str, from: IpAddr) {
        let mut counts = self.counts();
        counts.remove(&Key::Account(named(account), from));
        if let Some(count) = counts.get_mut(&Key::Address(from)) {
            count.guesses = count.guesses.saturating_sub(1);
        }
    }

    /// Whether a password has this hash. Few are checked at once, away from the async threads.
    pub async fn is_right(&self, password: String, stored: String) -> Result<bool> {
        let _turn = self.checks.acquire().await.map_err(|error| Error::Internal(error.into()))?;
        web::block(move || is_password(&password, &stored)).await.map_err(|error| Error::Internal(error.into()))
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    /// How much longer the next guess waits.
    fn waits(self, free: u32, now: Ts) -> Option<Duration> {
        let over = self.guesses.checked_sub(free)?;
        let wait = WAIT.saturating_mul(2_u32.saturating_pow(over)).min(LONGEST);
        wait.checked_sub(now.since(self.last)).filter(|left| !left.is_zero())
    }
}

fn count(counts: &mut HashMap<Key, Count>, key: Key, now: Ts) {
    let before = counts.get(&key).filter(|count| now.since(count.last) < FORGOTTEN).map_or(0, |count| count.guesses);
    if counts.len() >= COUNTS && !counts.contains_key(&key) {
        let oldest = counts.iter().min_by_key(|(_, count)| count.last).map(|(key, _)| key.clone());
        oldest.and_then(|key| counts.remove(&key));
    }
    counts.insert(key, Count { guesses: before.saturating_add(1), last: now });
}

fn words(wait: Duration) -> String {
    match wait.as_secs() {
        0..=60 => "a minute".to_owned(),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn named(account: &str) -> String {
    account.trim().to_lowercase().chars().take(200).collect()
}

/// Where a request comes from. A believed proxy says for whom it asks; nobody else does. Of an IPv6 address the network
/// counts, for one person has all of it.
pub fn network_of(request: &HttpRequest, proxies: &Proxies) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::from(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    // What cannot be read is no address, so nothing before it counts either.
    let lines = request.headers().get_all("x-forwarded-for").rev().map(|line| line.to_str().unwrap_or_default());
    match proxies.asker(peer, lines.flat_map(|hops| hops.rsplit(','))) {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ts = Ts(1_000_000_000_000);

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn each_further_guess_waits_longer_and_only_there() {
        let attempts = SignInAttempts::default();
        for _ in 0..ON_ACCOUNT {
            assert!(attempts.begin("A@shop.example ", address(1), NOW).is_ok());
        }
        assert!(attempts.begin("a@shop.example", address(1), NOW).is_err());
        assert!(attempts.begin("b@shop.example", address(1), NOW).is_ok(), "another account");
        assert!(attempts.begin("a@shop.example", address(2), NOW).is_ok(), "the person, elsewhere");
        let later = NOW.plus(WAIT);
        assert!(attempts.begin("a@shop.example", address(1), later).is_ok());
        assert!(attempts.begin("a@shop.example", address(1), later.plus(WAIT)).is_err(), "the wait has doubled");
        assert!(attempts.begin("a@shop.example", address(1), later.plus(WAIT * 2)).is_ok());
        attempts.note_right("a@shop.example", address(1));
        assert!(attempts.begin("a@shop.example", address(1), later.plus(WAIT * 2)).is_ok());
    }

    #[test]
    fn one_address_cannot_try_a_password_on_everybody() {
        let attempts = SignInAttempts::default();
        let tried = (0..500).filter(|n| attempts.begin(&format!("{n}@shop.example"), address(1), NOW).is_ok()).count();
        assert_eq!(tried, usize::try_from(AT_ADDRESS).unwrap());
        assert!(attempts.begin("a@shop.example", address(2), NOW).is_ok());
    }

    #[test]
    fn a_full_table_forgets_the_oldest_and_goes_on_counting() {
        let attempts = SignInAttempts::default();
        for n in 0..(u32::try_from(COUNTS).unwrap()) {
            let from = IpAddr::from(std::net::Ipv4Addr::from(n));
            assert!(attempts.begin("a@shop.example", from, NOW.plus(Duration::from_secs(n.into()))).is_ok());
        }
        let late = NOW.plus(Duration::from_hours(10));
        let outcomes = (0..20).filter(|_| attempts.begin("b@shop.example", address(9), late).is_ok()).count();
        assert_eq!(outcomes, usize::try_from(ON_ACCOUNT).unwrap());
        assert!(attempts.counts().len() <= COUNTS);
    }
}
