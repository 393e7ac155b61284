//! Who looks at a conversation or writes in it, in this process. Never stored: it is old news after a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;

use crate::model::{TeammateId, Ts};

/// How long a look holds: pages say again that they are open.
const LOOKS: Duration = Duration::from_secs(50);
/// How long somebody counts as writing behind their last word.
const WRITES: Duration = Duration::from_secs(10);
/// How many changes a slow page may lag behind.
const BEHIND: usize = 256;

/// Somebody who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// Their name.
    pub name: String,
    /// Whether they are writing.
    pub writes: bool,
}

/// The number of a page that says none.
pub const UNNAMED: u64 = 0;

#[derive(Debug)]
struct Seen {
    name: String,
    /// Their open pages by number, and when each said last that it is.
    pages: HashMap<u64, Ts>,
    wrote: Option<Ts>,
}

type Looks = HashMap<i64, HashMap<TeammateId, Seen>>;

/// Who is where. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Presence {
    looks: Arc<Mutex<Looks>>,
    changed: broadcast::Sender<i64>,
}

impl Default for Presence {
    fn default() -> Self {
        Self { looks: Arc::default(), changed: broadcast::channel(BEHIND).0 }
    }
}

impl Presence {
    /// Somebody looks at a conversation on one of their pages, or writes in it.
    pub fn note(&self, number: i64, (who, page): (TeammateId, u64), name: &str, writes: bool, now: Ts) {
        let mut looks = self.held();
        looks.retain(|_, people| {
            people.retain(|_, seen| {
                seen.pages.retain(|_, looked| now.since(*looked) < LOOKS);
                !seen.pages.is_empty()
            });
            !people.is_empty()
        });
        let before = looks.get(&number).and_then(|people| people.get(&who)).map(|seen| wrote_lately(seen, now));
        let new = Seen { name: name.to_owned(), pages: HashMap::new(), wrote: None };
        let seen = looks.entry(number).or_default().entry(who).or_insert(new);
        seen.pages.insert(page, now);
        if writes {
            seen.wrote = Some(now);
        }
        let is_news = before != Some(wrote_lately(seen, now));
        drop(looks);
        if is_news {
            self.tell(number);
        }
    }

    /// A page of somebody is no longer at a conversation; they are not there any more once none of theirs is.
    pub fn leave(&self, number: i64, (who, page): (TeammateId, u64)) {
        let left = self.held().get_mut(&number).is_some_and(|people| {
            let Some(seen) = people.get_mut(&who) else { return false };
            seen.pages.retain(|open, _| *open != page && *open != UNNAMED);
            seen.pages.is_empty() && people.remove(&who).is_some()
        });
        if left {
            self.tell(number);
        }
    }

    /// Who else is there, by name.
    pub fn others(&self, number: i64, reader: TeammateId, now: Ts) -> Vec<Here> {
        let looks = self.held();
        let Some(people) = looks.get(&number) else { return Vec::new() };
        let there = people.iter().filter(|(id, seen)| **id != reader && seen.is_there(now));
        let mut others: Vec<Here> =
            there.map(|(_, seen)| Here { name: seen.name.clone(), writes: wrote_lately(seen, now) }).collect();
        others.sort_by(|one, two| one.name.cmp(&two.name));
        others
    }

    /// The numbers of conversations where somebody came, left or began to write.
    pub fn changes(&self) -> broadcast::Receiver<i64> {
        self.changed.subscribe()
    }

    fn tell(&self, number: i64) {
        // Nobody may be listening.
        let _ = self.changed.send(number);
    }

    fn held(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn is_there(&self, now: Ts) -> bool {
        self.pages.values().any(|looked| now.since(*looked) < LOOKS)
    }
}

fn wrote_lately(seen: &Seen, now: Ts) -> bool {
    seen.wrote.is_some_and(|at| now.since(at) < WRITES)
}

/// `Ida is looking, Ole is writing`; nothing when nobody else is there.
pub fn words(others: &[Here]) -> String {
    let one = |here: &Here| format!("{} is {}", here.name, if here.writes { "writing" } else { "looking" });
    others.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128) -> TeammateId {
        TeammateId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn who_looks_is_there_until_they_leave_or_are_silent() {
        let presence = Presence::default();
        let mut news = presence.changes();
        let (ida, ole, now) = (person(1), person(2), Ts(0));
        presence.note(7, (ida, 1), "Ida", false, now);
        presence.note(7, (ole, 2), "Ole", false, now);
        presence.note(7, (ole, UNNAMED), "Ole", true, now);
        presence.note(7, (ida, 1), "Ida", false, now.plus(Duration::from_secs(1)));
        assert_eq!(words(&presence.others(7, person(3), now)), "Ida is looking, Ole is writing");
        assert_eq!(words(&presence.others(7, ole, now)), "Ida is looking");
        assert!(presence.others(8, ole, now).is_empty());
        let later = now.plus(Duration::from_secs(20));
        assert_eq!(words(&presence.others(7, ida, later)), "Ole is looking");
        presence.leave(7, (ole, 2));
        assert!(presence.others(7, ida, later).is_empty());
        assert!(presence.others(7, ole, now.plus(Duration::from_mins(2))).is_empty());
        for what in ["came", "came", "wrote", "left"] {
            assert_eq!(news.try_recv(), Ok(7), "{what}");
        }
        assert!(news.try_recv().is_err(), "looking on is no news");
    }

    #[test]
    fn whoever_closes_one_of_two_pages_is_still_there() {
        let presence = Presence::default();
        let (ida, now) = (person(1), Ts(0));
        let there = |at: Ts| words(&presence.others(7, person(3), at));
        presence.note(7, (ida, 1), "Ida", false, now);
        presence.note(7, (ida, 2), "Ida", false, now);
        let mut news = presence.changes();
        presence.leave(7, (ida, 1));
        assert_eq!((there(now).as_str(), news.try_recv().is_err()), ("Ida is looking", true));
        // A page that vanished without a word holds nobody for long.
        let later = now.plus(Duration::from_secs(40));
        presence.note(7, (ida, 3), "Ida", false, later);
        presence.leave(7, (ida, 3));
        assert_eq!(there(later), "Ida is looking");
        assert_eq!(there(later.plus(Duration::from_secs(20))), "");
    }
}
