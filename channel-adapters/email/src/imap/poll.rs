//! One poll: folder after folder, what is new, in order; a mail that cannot be fetched never hides the next.

use bytes::Bytes;
use channel_contract::channel::Polled;
use channel_contract::failure::ChannelFailure;
use channel_contract::inbound::{RawItem, RawOrigin};
use time::OffsetDateTime;

use super::State;
use super::cursor::{Place, Places, Struck};
use super::fetch::{self, Listed};
use super::session::{Folder, step};
use crate::key;
use crate::settings::{EmailSettings, Server};

/// How many mails one poll brings.
const MOST_ITEMS: usize = 50;
/// How many bytes one poll brings, unless a single mail is larger.
const MOST_BYTES: usize = 24 * 1024 * 1024;
/// How many mails are asked for at once.
const CHUNK: usize = 10;
/// How often a mail may stop the session before a stub takes its place. Between two of them lies a wait, so that a line
/// with a moment of trouble costs no mail.
const STRIKES: u8 = 3;

/// One poll on its way.
pub(super) struct Poll<'s> {
    pub(super) places: Places,
    pub(super) polled: Polled,
    bytes: usize,
    settings: &'s EmailSettings,
}

impl<'s> Poll<'s> {
    /// A poll that goes on from these places.
    pub(super) fn new(places: Places, settings: &'s EmailSettings) -> Self {
        Self { places, polled: Polled::default(), bytes: 0, settings }
    }

    fn is_full(&self) -> bool {
        self.polled.items.len() >= MOST_ITEMS || self.bytes >= MOST_BYTES
    }

    fn keep(&mut self, folder: &Folder, place: &mut Place, mail: Listed, item: Option<RawItem>) {
        self.polled.left = self.polled.left.saturating_sub(1);
        if let Some(item) = item {
            self.bytes += item.body.len();
            self.polled.items.push(item);
        }
        place.uid = mail.uid;
        place.arrived = place.arrived.max(mail.arrived);
        place.struck = None;
        self.places.folders.insert(folder.name.clone(), *place);
    }

    fn strike(&mut self, folder: &Folder, uid: u32) {
        if let Some(place) = self.places.folders.get_mut(&folder.name) {
            let times = place.struck.filter(|struck| struck.uid == uid).map_or(0, |struck| struck.times);
            place.struck = Some(Struck { uid, times: times.saturating_add(1) });
        }
    }

    fn is_struck(&self, folder: &Folder, uid: u32) -> bool {
        let place = self.places.folders.get(&folder.name);
        place.and_then(|place| place.struck).is_some_and(|struck| struck.uid == uid && struck.times >= STRIKES)
    }

    fn warn(&mut self, warning: String) {
        tracing::warn!(warning, "A mail could not be fetched as it is");
        self.polled.warning.get_or_insert(warning);
    }
}

impl State {
    pub(super) async fn poll(&mut self, poll: &mut Poll<'_>, server: &Server) -> Result<(), ChannelFailure> {
        let folders = match self.open(server, poll.settings).await {
            Ok(open) => open.folders.clone(),
            Err(failure) => return Err(failure),
        };
        for folder in &folders {
            if poll.is_full() {
                poll.polled.more = true;
                break;
            }
            self.poll_folder(folder, poll, server).await?;
        }
        Ok(())
    }

    async fn poll_folder(
        &mut self,
        folder: &Folder,
        poll: &mut Poll<'_>,
        server: &Server,
    ) -> Result<(), ChannelFailure> {
        let at_most = poll.settings.timeout();
        let open = self.open(server, poll.settings).await?;
        // EXAMINE opens read-only: nothing that follows can change a flag.
        let examined = match step(at_most, open.session.examine(&folder.name)).await {
            Ok(examined) => examined,
            // Only the inbox has to exist.
            Err(failure) if folder.origin == RawOrigin::Inbox => return Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "A folder cannot be read");
                return Ok(());
            }
        };
        // A connection that ended before the answer looks like a folder that holds nothing and counts anew.
        if examined.exists == 0 || examined.uid_validity.is_none() || examined.uid_next.is_none() {
            fetch::still_there(&mut open.session, at_most).await?;
        }
        let uid_validity = examined.uid_validity.unwrap_or_default();
        if folder.origin == RawOrigin::Inbox {
            self.inbox_next = examined.uid_next;
        }
        let (mut place, uids) =
            self.candidates(folder, uid_validity, examined.exists, examined.uid_next, poll, server).await?;
        let room = MOST_ITEMS.saturating_sub(poll.polled.items.len());
        if uids.len() > room {
            poll.polled.more = true;
        }
        poll.polled.left += uids.len();
        let wanted: Vec<u32> = uids.into_iter().take(room).collect();
        let open = self.open(server, poll.settings).await?;
        let listed = fetch::list(&mut open.session, &wanted, at_most).await?;
        self.fetch_all(folder, &mut place, &listed, poll, server).await
    }

    /// The numbers to fetch, and the place to go on from.
    async fn candidates(
        &mut self,
        folder: &Folder,
        uid_validity: u32,
        exists: u32,
        uid_next: Option<u32>,
        poll: &mut Poll<'_>,
        server: &Server,
    ) -> Result<(Place, Vec<u32>), ChannelFailure> {
        let at_most = poll.settings.timeout();
        let session = &mut self.open(server, poll.settings).await?.session;
        let known = poll.places.folders.get(&folder.name).copied();
        if let Some(place) = known.filter(|place| place.counts(uid_validity, uid_next)) {
            let uids = if uid_next.is_some_and(|next| next <= place.uid.saturating_add(1)) {
                Vec::new()
            } else {
                fetch::newer(session, place.uid, at_most).await?
            };
            return Ok((place, uids));
        }
        if exists == 0 {
            let uid = uid_next.map_or(0, |next| next.saturating_sub(1));
            let place = Place { uid_validity: Some(uid_validity), uid, ..Place::default() };
            poll.places.folders.insert(folder.name.clone(), place);
            return Ok((place, Vec::new()));
        }
        // A first look, or numbers that have changed: look by date, and let the store drop what it has.
        let arrived = match known {
            Some(place) if place.arrived > 0 => {
                poll.warn(format!(
                    "the numbers of folder {} have changed; it is read again from its last days",
                    folder.name
                ));
                place.arrived
            }
            _ => fetch::newest_arrival(session, at_most).await?,
        };
        let days = i64::from(poll.settings.first_fetch_days.max(1));
        let start = OffsetDateTime::from_unix_timestamp(arrived.saturating_sub(days * 86_400))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let uids = fetch::since(session, start, at_most).await?;
        // Nothing in that time: older mail stays where it is.
        let before = uids.first().copied().or(uid_next).unwrap_or_default();
        let place = Place { uid_validity: Some(uid_validity), uid: before.saturating_sub(1), arrived, struck: None };
        poll.places.folders.insert(folder.name.clone(), place);
        Ok((place, uids))
    }

    async fn fetch_all(
        &mut self,
        folder: &Folder,
        place: &mut Place,
        listed: &[Listed],
        poll: &mut Poll<'_>,
        server: &Server,
    ) -> Result<(), ChannelFailure> {
        for chunk in chunks(listed, poll.settings.most_bytes) {
            if poll.is_full() {
                poll.polled.more = true;
                return Ok(());
            }
            self.reopen(folder, poll, server).await?;
            let fetched = self.fetch_chunk(folder, chunk, poll, server).await?;
            for (mail, item) in chunk.iter().zip(fetched) {
                poll.keep(folder, place, *mail, item);
            }
        }
        // Mails that vanished between the search and the list are behind us too.
        Ok(())
    }

    /// Fetches a chunk; when a mail in it breaks the session, the mails are fetched one by one over a new one.
    async fn fetch_chunk(
        &mut self,
        folder: &Folder,
        chunk: &[Listed],
        poll: &mut Poll<'_>,
        server: &Server,
    ) -> Result<Vec<Option<RawItem>>, ChannelFailure> {
        let at_most = poll.settings.timeout().saturating_mul(2);
        if let [mail] = chunk
            && (mail.size > poll.settings.most_bytes || poll.is_struck(folder, mail.uid))
        {
            return Ok(vec![Some(self.fetch_stub(folder, *mail, poll, server).await)]);
        }
        let uids: Vec<u32> = chunk.iter().map(|mail| mail.uid).collect();
        let open = self.open(server, poll.settings).await?;
        match fetch::bodies(&mut open.session, &uids, at_most).await {
            Ok(found) => {
                let item =
                    |uid: u32| found.iter().find(|(known, _)| *known == uid).map(|(_, body)| raw(folder, body.clone()));
                Ok(uids.into_iter().map(item).collect())
            }
            Err(failure) => {
                self.open = None;
                let [mail] = chunk else { return self.fetch_singly(folder, chunk, poll, server).await };
                poll.strike(folder, mail.uid);
                Err(failure)
            }
        }
    }

    async fn fetch_singly(
        &mut self,
        folder: &Folder,
        chunk: &[Listed],
        poll: &mut Poll<'_>,
        server: &Server,
    ) -> Result<Vec<Option<RawItem>>, ChannelFailure> {
        let mut items = Vec::with_capacity(chunk.len());
        for mail in chunk {
            self.reopen(folder, poll, server).await?;
            let single = std::slice::from_ref(mail);
            // A mail that breaks even a session of its own is left to a stub at once: the others did come.
            let fetched = match Box::pin(self.fetch_chunk(folder, single, poll, server)).await {
                Ok(fetched) => fetched,
                Err(failure) => {
                    tracing::warn!(%failure, uid = mail.uid, "A mail cannot be fetched");
                    self.reopen(folder, poll, server).await?;
                    vec![Some(self.fetch_stub(folder, *mail, poll, server).await)]
                }
            };
            items.extend(fetched);
        }
        Ok(items)
    }

    /// Makes sure that there is a session with the folder open.
    async fn reopen(&mut self, folder: &Folder, poll: &Poll<'_>, server: &Server) -> Result<(), ChannelFailure> {
        if self.open.is_none() {
            let at_most = poll.settings.timeout();
            let open = self.open(server, poll.settings).await?;
            step(at_most, open.session.examine(&folder.name)).await?;
        }
        Ok(())
    }

    async fn fetch_stub(&mut self, folder: &Folder, mail: Listed, poll: &mut Poll<'_>, server: &Server) -> RawItem {
        let why = if mail.size > poll.settings.most_bytes {
            format!("This mail has {} bytes and is too large to fetch.", mail.size)
        } else {
            "This mail could not be fetched.".to_owned()
        };
        poll.warn(format!("folder {}, number {}: {why}", folder.name, mail.uid));
        let at_most = poll.settings.timeout();
        let header = match self.open(server, poll.settings).await {
            Ok(open) => fetch::header(&mut open.session, mail.uid, at_most).await.ok().flatten(),
            Err(_) => None,
        };
        if header.is_none() {
            self.open = None;
        }
        let place = poll.places.folders.get(&folder.name);
        let uid_validity = place.and_then(|place| place.uid_validity).unwrap_or_default();
        fetch::stub(folder, uid_validity, mail.uid, header.as_deref(), &why)
    }
}

fn raw(folder: &Folder, body: Bytes) -> RawItem {
    RawItem { external_id: key::external_id(&body), origin: folder.origin, body }
}

/// Cuts a list into chunks of few mails and few bytes; a mail above the limit stands alone.
fn chunks(listed: &[Listed], most_bytes: usize) -> Vec<&[Listed]> {
    let mut found = Vec::new();
    let mut rest = listed;
    while !rest.is_empty() {
        let mut bytes = 0;
        let mut count = 0;
        for mail in rest.iter().take(CHUNK) {
            bytes += mail.size;
            if count > 0 && (bytes > MOST_BYTES / 4 || mail.size > most_bytes) {
                break;
            }
            count += 1;
            if mail.size > most_bytes {
                break;
            }
        }
        let (chunk, tail) = rest.split_at_checked(count.max(1)).unwrap_or((rest, &[]));
        found.push(chunk);
        rest = tail;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_mail_stands_alone() {
        let mails: Vec<Listed> =
            [10, 10, 5_000, 10].iter().zip(1..).map(|(size, uid)| Listed { uid, size: *size, arrived: 0 }).collect();
        let sizes: Vec<usize> = chunks(&mails, 1_000).iter().map(|chunk| chunk.len()).collect();
        assert_eq!(sizes, [2, 1, 1]);
    }
}
