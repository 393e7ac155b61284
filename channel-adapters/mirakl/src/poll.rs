//! One poll: what is due, page after page. What goes wrong on the way leaves what was read before it.

use std::time::Duration;

use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Answer;
use channel_contract::inbound::RawItem;
use serde_json::Value;

use crate::client::Client;
use crate::cursor::{Place, Places};
use crate::items::{self, Found, Page};
use crate::news;
use crate::source::Source;
use crate::wire;

/// How many items one poll brings before it makes a pause.
const MOST_ITEMS: usize = 500;
/// By how many seconds the clocks of the desk and the marketplace may differ.
const CLOCKS_DIFFER: i64 = 300;

/// One poll on its way.
pub(crate) struct Poll<'c> {
    client: &'c Client,
    /// When it began, in seconds since 1970.
    now: i64,
    places: Places,
    polled: Polled,
}

impl<'c> Poll<'c> {
    /// A poll that goes on from a cursor.
    pub(crate) fn new(client: &'c Client, cursor: Option<&Cursor>) -> Self {
        let now = client.outside.now().unix_timestamp();
        Self { client, now, places: Cursor::read(cursor), polled: Polled::default() }
    }

    /// Reads what is due.
    pub(crate) async fn run(mut self) -> Polled {
        for source in Source::ALL {
            match self.read_all(source).await {
                // A key that opens no orders opens the messages all the same.
                Err(ChannelFailure::Refused { reason, .. }) if source != Source::Threads => {
                    self.places.of(source).begun = self.now;
                    self.polled.warning.get_or_insert(reason);
                }
                // Trouble with one list keeps the others away only where each would meet it.
                Err(failure) => {
                    let ends = matches!(failure.class(), FailureClass::Auth | FailureClass::Silent);
                    let failure = self.patient(failure);
                    self.polled.trouble.get_or_insert(failure);
                    if ends {
                        break;
                    }
                }
                Ok(()) if self.polled.more => break,
                Ok(()) => {}
            }
        }
        self.polled.cursor = Cursor::of(&self.places);
        self.polled
    }

    async fn read_all(&mut self, source: Source) -> Result<(), ChannelFailure> {
        let Some(every) = source.every(&self.client.settings) else { return Ok(()) };
        let between = source.between(&self.client.settings);
        // One whose pages have a pace goes on with a later poll.
        while self.places.of(source).is_due(self.now, every, between) {
            if self.polled.items.len() >= MOST_ITEMS {
                self.polled.more = true;
                return Ok(());
            }
            self.read_page(source).await?;
            if self.places.of(source).page.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn read_page(&mut self, source: Source) -> Result<(), ChannelFailure> {
        self.places.of(source).asked = self.now;
        let mut place = self.places.of(source).clone();
        place.begin(self.now, &self.client.settings);
        if source == Source::Threads {
            return self.read_threads(place).await;
        }
        let answer = self.ask(source, &place).await?;
        let page = self.readable(source, &answer)?;
        let count = u64::try_from(page.entries.len() + page.odd).unwrap_or(u64::MAX);
        let next = match source {
            // This list is cut by numbers.
            Source::Orders => {
                let begun_at = place.page.as_deref().and_then(|page| page.parse::<u64>().ok()).unwrap_or_default();
                let read = begun_at.saturating_add(count);
                Some(read.to_string()).filter(|_| count > 0 && read < page.total)
            }
            Source::Threads | Source::Returns => page.next,
        };
        for entry in &page.entries {
            place.newest = place.newest.max(wire::seconds(entry, source.changed()));
            let items = match source {
                Source::Orders => news::of_order(entry, &mut self.places.incidents),
                Source::Threads | Source::Returns => news::of_return(entry),
            };
            self.polled.items.extend(items);
        }
        self.turn(source, place, next, page.odd);
        Ok(())
    }

    async fn read_threads(&mut self, mut place: Place) -> Result<(), ChannelFailure> {
        let source = Source::Threads;
        let (answer, with_messages) = match self.ask(source, &place).await {
            Err(failure) if is_too_large(&failure) => (self.one_without_messages(&place, failure).await?, false),
            answer => (answer?, true),
        };
        let page = self.readable(source, &answer)?;
        let mut found: Vec<Found> = Vec::new();
        for thread in &page.entries {
            place.newest = place.newest.max(wire::seconds(thread, source.changed()));
            if with_messages {
                found.extend(self.messages(thread, place.since).await?);
            } else {
                found.push(items::of_unread_thread(thread));
            }
        }
        found.sort_by_key(|message| message.at);
        let items: Vec<RawItem> =
            found.into_iter().filter(|message| !self.rests(message, &mut place)).map(|message| message.item).collect();
        self.polled.items.extend(items);
        self.turn(source, place, page.next, page.odd);
        Ok(())
    }

    /// All messages of a thread, also those that its page left out.
    async fn messages(&self, thread: &Value, read_until: i64) -> Result<Vec<Found>, ChannelFailure> {
        let id = wire::text(thread, &["id"]);
        if id.is_empty() || !items::is_cut(thread, read_until) {
            return Ok(items::of_thread(thread));
        }
        let answer = match self.client.thread(&id).await {
            // What the page had is better than nothing.
            Err(failure) if !is_too_large(&failure) => return Err(failure),
            Err(_) | Ok(None) => return Ok(items::of_thread(thread)),
            Ok(Some(answer)) => answer,
        };
        let whole: Value = answer.json(self.client.settings.name())?;
        Ok(items::of_thread(&whole))
    }

    /// Whether a message is left for a later poll: one of the shop that is so young that the desk, which may have sent it,
    /// perhaps does not know its id yet.
    fn rests(&self, message: &Found, place: &mut Place) -> bool {
        let Some(at) = message.at.filter(|_| message.is_of_the_shop()) else { return false };
        let (at, rest) = (at.unix_timestamp(), i64::from(self.client.settings.own_rest_seconds));
        let is_young = at > self.now - rest && at <= self.now + CLOCKS_DIFFER;
        if is_young {
            place.left = Some(place.left.map_or(at, |left| left.min(at)));
        }
        is_young
    }

    /// Asks for the page at a place. One that the marketplace no longer knows ends the reading; it begins anew.
    async fn ask(&mut self, source: Source, place: &Place) -> Result<Answer, ChannelFailure> {
        let query = source.query(place, &self.client.settings);
        match self.client.read(source.segments(), &query).await {
            Err(ChannelFailure::Refused { class: FailureClass::Protocol | FailureClass::Permission, reason })
                if place.page.is_some() =>
            {
                self.places.of(source).again();
                Err(ChannelFailure::temporary(reason))
            }
            answer => answer,
        }
    }

    fn readable(&self, source: Source, answer: &Answer) -> Result<Page, ChannelFailure> {
        let page = items::page(&answer.body, source.list());
        page.ok_or_else(|| ChannelFailure::unreadable(self.client.settings.name()))
    }

    /// What is done with a page of threads that is too large: fewer are asked for, and one alone comes without its messages.
    async fn one_without_messages(&mut self, place: &Place, failure: ChannelFailure) -> Result<Answer, ChannelFailure> {
        if self.places.of(Source::Threads).ask_for_fewer(&self.client.settings) {
            return Err(failure);
        }
        let mut query = Source::Threads.query(place, &self.client.settings);
        query.retain(|(name, _)| *name != "with_messages");
        self.client.read(Source::Threads.segments(), &query).await
    }

    fn turn(&mut self, source: Source, mut place: Place, next: Option<String>, odd: usize) {
        place.turn(next);
        *self.places.of(source) = place;
        if odd > 0 {
            let warning = format!("{} named {odd} things that cannot be read.", self.client.settings.name());
            self.polled.warning.get_or_insert(warning);
        }
    }

    /// A marketplace that asks for fewer calls and names no time is left alone as long as between two readings.
    fn patient(&self, failure: ChannelFailure) -> ChannelFailure {
        match failure {
            ChannelFailure::Retry { class: FailureClass::Rate, after: None, reason } => {
                let rest = Duration::from_secs(self.client.settings.threads_every_seconds.into());
                ChannelFailure::Retry { class: FailureClass::Rate, after: Some(rest), reason }
            }
            other => other,
        }
    }
}

/// Whether an answer was larger than is read: no call comes back with another failure of this kind.
fn is_too_large(failure: &ChannelFailure) -> bool {
    matches!(failure, ChannelFailure::Retry { class: FailureClass::Protocol, .. })
}
