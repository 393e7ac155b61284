//! Deliveries that were turned away because they are not signed as the account signs: a wrong secret in its settings shows
//! nowhere else. Counted since the account has the secrets that it has, and written now and then, whatever comes.
//!
//! Where nothing else ever came, that is an alarm too, though whoever knows the account's address can raise it: nothing tells a
//! forged delivery from one of the platform's that another secret signs, and of these every customer would be lost unseen.
//! The first that is signed ends it. One that is proved to be the platform's, by another account of the same app, is an alarm
//! whatever came before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::account::note_state;
use super::connections::Connection;
use crate::clock::Clock;
use crate::model::channel::Channel;
use crate::model::{ChannelId, Ts};
use crate::store::turned_away::{self, TurnedAway};
use crate::store::{self, Db, Tx};

/// How often what comes, and what is turned away, of an account is written at most.
const WRITTEN: Duration = Duration::from_mins(1);

/// What came at the address of an account whose secrets count since then, as far as this process knows.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    since: Option<Ts>,
    is_taken: bool,
    /// When it was last written that something is taken: another process may have turned some away since.
    noted_at: Option<Ts>,
    /// Whether one that was turned away since something was taken is proved to be the platform's.
    is_proved: bool,
    /// How many were turned away that are not written.
    unwritten: i64,
    last_at: Option<Ts>,
    written_at: Option<Ts>,
}

impl Came {
    /// One was taken; gives whether that is to be written now.
    fn take(&mut self, at: Ts) -> bool {
        (self.is_taken, self.is_proved) = (true, false);
        let is_due = self.noted_at.is_none_or(|noted| at.since(noted) >= WRITTEN);
        if is_due {
            self.noted_at = Some(at);
        }
        is_due
    }

    /// What is turned away now is the platform's. Gives whether that is new, and is to be written at once; and so is the next that
    /// is taken.
    fn prove(&mut self) -> bool {
        let is_new = !std::mem::replace(&mut self.is_proved, true);
        if is_new {
            (self.is_taken, self.noted_at, self.written_at) = (false, None, None);
        }
        is_new
    }

    /// One was turned away; gives how many are to be written now.
    fn turn_away(&mut self, at: Ts) -> Option<i64> {
        self.unwritten = self.unwritten.saturating_add(1);
        self.last_at = Some(at);
        if self.written_at.is_some_and(|written| at.since(written) < WRITTEN) {
            return None;
        }
        self.written_at = Some(at);
        Some(std::mem::take(&mut self.unwritten))
    }
}

/// What came at the addresses of all accounts. Cheap to clone.
#[derive(Clone)]
pub struct Deliveries {
    db: Db,
    clock: Clock,
    came: Arc<Mutex<HashMap<ChannelId, Came>>>,
}

impl Deliveries {
    /// Over a store.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, came: Arc::default() }
    }

    /// One was taken, which is signed as the account signs. Gives whether open pages are to draw their alarms anew.
    pub async fn take(&self, connection: &Connection) -> bool {
        let at = self.clock.now();
        let is_due = self.change(connection, |came| came.take(at));
        is_due && shown(connection, Box::pin(self.note_taken(connection)).await)
    }

    /// One was turned away. Gives whether open pages are to draw their alarms anew.
    pub async fn turn_away(&self, connection: &Connection) -> bool {
        self.count(connection, false).await
    }

    /// The same of one that another account of the same app has proved to be from the platform.
    pub async fn turn_away_proved(&self, connection: &Connection) -> bool {
        self.count(connection, true).await
    }

    async fn count(&self, connection: &Connection, is_proved: bool) -> bool {
        let at = self.clock.now();
        let (is_new, due, is_taken) = self.change(connection, |came| {
            let is_new = is_proved && came.prove();
            (is_new, came.turn_away(at), came.is_taken)
        });
        let Some(number) = due else { return false };
        let more = TurnedAway {
            channel_id: connection.channel.id,
            since: connection.proves_since(),
            number,
            last_at: at,
            is_all: !is_taken,
            proved_at: is_proved.then_some(at),
        };
        let written = Box::pin(self.write(connection, &more, is_new)).await;
        if written.is_err() {
            self.change(connection, |came| came.unwritten = came.unwritten.saturating_add(number));
        }
        shown(connection, written)
    }

    /// What was turned away of the accounts since the same secrets of each count.
    pub async fn turned_away(&self) -> store::Result<Vec<TurnedAway>> {
        let written = turned_away::list(&self.db).await?;
        let came = self.came();
        let with_unwritten = |away: TurnedAway| match came.get(&away.channel_id) {
            Some(here) if here.since == away.since => TurnedAway {
                number: away.number.saturating_add(here.unwritten),
                last_at: here.last_at.map_or(away.last_at, |at| at.max(away.last_at)),
                is_all: away.is_all && !here.is_taken,
                ..away
            },
            _ => away,
        };
        Ok(written.into_iter().map(with_unwritten).collect())
    }

    async fn note_taken(&self, connection: &Connection) -> store::Result<bool> {
        let mut tx = self.db.begin().await?;
        let ends = turned_away::note_taken(&mut tx, connection.channel.id, connection.proves_since()).await?;
        if ends {
            self.tell(&mut tx, &connection.channel).await?;
        }
        tx.commit().await?;
        Ok(ends)
    }

    async fn write(&self, connection: &Connection, more: &TurnedAway, is_new: bool) -> store::Result<bool> {
        let mut tx = self.db.begin().await?;
        let all = turned_away::add(&mut tx, more).await?;
        let begins = is_new || (all.is_all && all.number == more.number);
        if begins {
            self.tell(&mut tx, &connection.channel).await?;
        }
        tx.commit().await?;
        Ok(begins)
    }

    async fn tell(&self, tx: &mut Tx, channel: &Channel) -> store::Result<()> {
        note_state(&self.clock, tx, channel, (channel.state, "system")).await
    }

    fn change<T>(&self, connection: &Connection, change: impl FnOnce(&mut Came) -> T) -> T {
        let (id, since) = (connection.channel.id, connection.proves_since());
        let mut all = self.came();
        let came = all.entry(id).or_default();
        if came.since != since {
            *came = Came { since, ..Came::default() };
        }
        change(came)
    }

    fn came(&self) -> MutexGuard<'_, HashMap<ChannelId, Came>> {
        self.came.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether something new was written; what cannot be written now changes nothing for whoever pushes.
fn shown(connection: &Connection, written: store::Result<bool>) -> bool {
    written.unwrap_or_else(|error| {
        tracing::warn!(channel = %connection.channel.id, %error, "what was turned away could not be noted");
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_written_once_a_minute() {
        let mut came = Came::default();
        let start = Ts(1_000_000);
        let second = |number: u64| start.plus(Duration::from_secs(number));
        assert_eq!(came.turn_away(start), Some(1), "the first is known at once");
        for number in 0..59 {
            assert_eq!(came.turn_away(second(number)), None);
        }
        assert_eq!(came.turn_away(second(60)), Some(60));
        assert_eq!(came.turn_away(second(61)), None);
        assert_eq!((came.unwritten, came.last_at), (1, Some(second(61))));
    }

    #[test]
    fn that_something_is_taken_is_written_once_a_minute_and_once_more_behind_what_was_proved() {
        let mut came = Came::default();
        let start = Ts(1_000_000);
        let second = |number: u64| start.plus(Duration::from_secs(number));
        assert_eq!([0, 59, 60, 61].map(|number| came.take(second(number))), [true, false, true, false]);
        assert_eq!(came.turn_away(second(61)), Some(1));
        assert_eq!((came.prove(), came.prove()), (true, false));
        assert!(!came.is_taken, "what was taken before says nothing");
        assert_eq!(came.turn_away(second(62)), Some(1), "that it is proved is known at once");
        assert!(came.take(second(63)));
        assert!(came.prove(), "it is new once more");
    }
}
