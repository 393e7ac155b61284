//! Fetching mails by number: in one go where that works, one by one where a mail stops the rest, and in place of a mail
//! that cannot be fetched a stub, so that a person sees that something came.

use std::fmt::Write as _;
use std::time::Duration;

use async_imap::types::Fetch;
use bytes::Bytes;
use channel_contract::failure::ChannelFailure;
use channel_contract::inbound::RawItem;
use futures_util::TryStreamExt;
use time::OffsetDateTime;
use time::macros::format_description;

use super::session::{Folder, ImapSession, step};
use crate::key;

/// A mail on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) uid: u32,
    pub(crate) size: usize,
    /// When it arrived at the server, in seconds since 1970.
    pub(crate) arrived: i64,
}

/// The numbers above `last`, in order. `n:*` always names the newest mail even when its number is lower.
pub(crate) async fn newer(session: &mut ImapSession, last: u32, at_most: Duration) -> Result<Vec<u32>, ChannelFailure> {
    let query = format!("UID {}:*", last.saturating_add(1));
    let found = step(at_most, session.uid_search(query)).await?;
    let mut uids: Vec<u32> = found.into_iter().filter(|uid| *uid > last).collect();
    uids.sort_unstable();
    Ok(uids)
}

/// The numbers of mails that arrived on the day of `since` or later, in order.
pub(crate) async fn since(
    session: &mut ImapSession,
    since: OffsetDateTime,
    at_most: Duration,
) -> Result<Vec<u32>, ChannelFailure> {
    let day = since.format(format_description!("[day padding:none]-[month repr:short]-[year]")).unwrap_or_default();
    let query = if day.is_empty() { "ALL".to_owned() } else { format!("SINCE {day}") };
    let mut uids: Vec<u32> = step(at_most, session.uid_search(query)).await?.into_iter().collect();
    // The place to go on from is taken from the first of them: none of them may be missing.
    still_there(session, at_most).await?;
    uids.sort_unstable();
    Ok(uids)
}

/// A connection that ends in the middle of an answer looks to the client like an answer with fewer lines. Asking once
/// more tells it apart from mails that have gone: otherwise the cursor would step over mails that nobody has seen.
pub(crate) async fn still_there(session: &mut ImapSession, at_most: Duration) -> Result<(), ChannelFailure> {
    step(at_most, session.noop()).await
}

/// When the newest mail of the open folder arrived, in seconds since 1970.
pub(crate) async fn newest_arrival(session: &mut ImapSession, at_most: Duration) -> Result<i64, ChannelFailure> {
    let fetched: Vec<Fetch> =
        step(at_most, async { session.fetch("*", "(INTERNALDATE)").await?.try_collect().await }).await?;
    let newest = fetched.iter().filter_map(Fetch::internal_date).map(|date| date.timestamp()).max();
    if newest.is_none() {
        still_there(session, at_most).await?;
    }
    Ok(newest.unwrap_or_default())
}

/// Sizes and arrival times.
pub(crate) async fn list(
    session: &mut ImapSession,
    uids: &[u32],
    at_most: Duration,
) -> Result<Vec<Listed>, ChannelFailure> {
    if uids.is_empty() {
        return Ok(Vec::new());
    }
    let fetched: Vec<Fetch> = step(at_most, async {
        session.uid_fetch(set(uids), "(UID RFC822.SIZE INTERNALDATE)").await?.try_collect().await
    })
    .await?;
    if fetched.len() < uids.len() {
        still_there(session, at_most).await?;
    }
    let listed = fetched.iter().filter_map(|mail| {
        let size = mail.size.and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
        let arrived = mail.internal_date().map(|date| date.timestamp()).unwrap_or_default();
        Some(Listed { uid: mail.uid?, size, arrived })
    });
    let mut listed: Vec<Listed> = listed.filter(|mail| uids.contains(&mail.uid)).collect();
    listed.sort_unstable_by_key(|mail| mail.uid);
    listed.dedup_by_key(|mail| mail.uid);
    Ok(listed)
}

/// The bytes of mails; a mail that has gone meanwhile is left out. Never touches a flag.
pub(crate) async fn bodies(
    session: &mut ImapSession,
    uids: &[u32],
    at_most: Duration,
) -> Result<Vec<(u32, Bytes)>, ChannelFailure> {
    fetch_section(session, uids, "BODY.PEEK[]", at_most).await
}

/// The header of a mail.
pub(crate) async fn header(
    session: &mut ImapSession,
    uid: u32,
    at_most: Duration,
) -> Result<Option<Bytes>, ChannelFailure> {
    let fetched = fetch_section(session, &[uid], "BODY.PEEK[HEADER]", at_most).await?;
    Ok(fetched.into_iter().next().map(|(_, header)| header))
}

/// How many mails are looked at for what they tell of the account.
const NEWEST: u32 = 20;

/// The headers of the newest mails of the open folder, which holds so many.
pub(crate) async fn newest_headers(
    session: &mut ImapSession,
    exists: u32,
    at_most: Duration,
) -> Result<Vec<Bytes>, ChannelFailure> {
    let range = format!("{}:{exists}", exists.saturating_sub(NEWEST - 1).max(1));
    let fetched: Vec<Fetch> =
        step(at_most, async { session.fetch(range, "(BODY.PEEK[HEADER])").await?.try_collect().await }).await?;
    Ok(fetched.iter().filter_map(|mail| mail.header().map(Bytes::copy_from_slice)).collect())
}

async fn fetch_section(
    session: &mut ImapSession,
    uids: &[u32],
    section: &str,
    at_most: Duration,
) -> Result<Vec<(u32, Bytes)>, ChannelFailure> {
    let query = format!("(UID {section})");
    let fetched: Vec<Fetch> =
        step(at_most, async { session.uid_fetch(set(uids), &query).await?.try_collect().await }).await?;
    if fetched.len() < uids.len() {
        still_there(session, at_most).await?;
    }
    let content = |mail: &Fetch| mail.body().or_else(|| mail.header()).map(Bytes::copy_from_slice);
    Ok(fetched.iter().filter_map(|mail| Some((mail.uid.filter(|uid| uids.contains(uid))?, content(mail)?))).collect())
}

fn set(uids: &[u32]) -> String {
    let mut text = String::with_capacity(uids.len() * 6);
    for (number, uid) in uids.iter().enumerate() {
        let _ = write!(text, "{}{uid}", if number > 0 { "," } else { "" });
    }
    text
}

/// A mail that stands for one that was not fetched: its headers without those that describe the body, and a word why.
pub(crate) fn stub(folder: &Folder, uid_validity: u32, uid: u32, header: Option<&[u8]>, why: &str) -> RawItem {
    let mut body = Vec::new();
    let mut dropping = false;
    for line in header.unwrap_or_default().split_inclusive(|byte| *byte == b'\n').take(2_000) {
        let continues = line.starts_with(b" ") || line.starts_with(b"\t");
        if !continues {
            let lower = line.get(..30).unwrap_or(line).to_ascii_lowercase();
            dropping =
                lower.starts_with(b"content-") || lower.starts_with(b"mime-version") || line.trim_ascii().is_empty();
        }
        if !dropping {
            body.extend_from_slice(line);
        }
    }
    if !body.is_empty() && !body.ends_with(b"\n") {
        body.extend_from_slice(b"\r\n");
    }
    let has_id = key::message_id(&body).is_some();
    let note = format!(
        "Content-Type: text/plain; charset=utf-8\r\n\r\n[{why} It is still in the mailbox, folder {}.]\r\n",
        folder.name
    );
    body.extend_from_slice(note.as_bytes());
    let external_id =
        if has_id { key::external_id(&body) } else { format!("imap:{}:{uid_validity}:{uid}", folder.name) };
    RawItem { external_id, origin: folder.origin, body: Bytes::from(body) }
}

#[cfg(test)]
mod tests {
    use channel_contract::inbound::RawOrigin;

    use super::*;

    #[test]
    fn a_stub_keeps_who_wrote_and_says_why() {
        let folder = Folder { name: "INBOX".to_owned(), origin: RawOrigin::Inbox };
        let header = b"From: a@a.example\r\nContent-Type: multipart/mixed;\r\n boundary=x\r\nMessage-ID: <1@a>\r\n\r\n";
        let item = stub(&folder, 1, 2, Some(header), "This mail is too large.");
        let mail = crate::parse(&item.body);
        assert!(item.external_id.starts_with("1@a#"));
        assert_eq!(mail.author().address, "a@a.example");
        assert!(mail.text.contains("too large"));
        assert_eq!(stub(&folder, 1, 2, None, "x").external_id, "imap:INBOX:1:2");
    }

    #[test]
    fn sets_name_each_number() {
        assert_eq!(set(&[3, 7, 9]), "3,7,9");
    }
}
