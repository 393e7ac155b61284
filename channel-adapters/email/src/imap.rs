//! Fetching mail: by numbers and never by flags, read-only, one session per account.

mod cursor;
mod fetch;
mod poll;
mod session;

use std::time::Duration;

use async_imap::extensions::idle::IdleResponse;
use bytes::Bytes;
use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::RawOrigin;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::classify::LOOP_HEADER;
use crate::mail::ParsedMail;
use crate::settings::{EmailSettings, Server};
use crate::thread;
use cursor::{Places, Whose};
use poll::Poll;
use session::{Open, step};

/// How often the newest mails are looked through for what they tell of the account.
const LEARN_EVERY: Duration = Duration::from_hours(1);

/// How many copies of our mails show that the server files them by itself: one may have been put there by hand.
const LEAST_COPIES: usize = 3;

/// The account's one session, and what is remembered beside it.
#[derive(Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// The next number of the inbox when it was last read.
    inbox_next: Option<u32>,
    /// When the newest mails were last looked through for what they tell of the account.
    looked_at: Option<Instant>,
}

impl Mailbox {
    /// Brings what is new since `cursor`.
    pub(crate) async fn poll(
        &self,
        cursor: Option<&Cursor>,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<Polled, ChannelFailure> {
        let mut state = self.state.lock().await;
        let places = Cursor::read::<Places>(cursor).of(Whose::of(server, settings));
        let mut poll = Poll::new(places.clone(), settings);
        let outcome = Box::pin(state.poll(&mut poll, server)).await;
        if let Err(failure) = outcome {
            state.open = None;
            let failure = named(failure, server);
            // What was read before the failure is kept: the cursor stands right behind it. What the failure taught is
            // kept too.
            if !poll.polled.items.is_empty() {
                poll.polled.more = true;
            } else if poll.places == places {
                return Err(failure);
            } else {
                poll.polled.trouble = Some(failure);
            }
        }
        poll.polled.cursor = Cursor::of(&poll.places);
        Ok(poll.polled)
    }

    /// Waits until the inbox changes.
    pub(crate) async fn wait(
        &self,
        at_most: Duration,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<(), ChannelFailure> {
        let began = Instant::now();
        loop {
            let stretch = at_most.saturating_sub(began.elapsed()).min(settings.silence());
            if stretch.is_zero() {
                return Ok(());
            }
            // Each stretch begins and ends with a question, so that a server that hangs is told from a quiet one.
            let mut state = self.state.lock().await;
            let heard = Box::pin(state.listen(stretch, server, settings)).await;
            match heard {
                Ok(Heard::News) => return Ok(()),
                Ok(Heard::Nothing) => {}
                // The server cannot tell by itself: the look that follows is what counts.
                Ok(Heard::NoOffer) => {
                    drop(state);
                    tokio::time::sleep(stretch).await;
                }
                Err(failure) => {
                    state.open = None;
                    return Err(named(failure, server));
                }
            }
        }
    }

    /// Signs in and looks at the inbox.
    pub(crate) async fn check(&self, server: &Server, settings: &EmailSettings) -> Result<(), ChannelFailure> {
        let mut open = session::open(server, settings).await?;
        let inbox = open.folders.first().map(|folder| folder.name.clone()).unwrap_or_default();
        step(settings.timeout(), open.session.examine(inbox)).await?;
        let _ = step(Duration::from_secs(2), open.session.logout()).await;
        Ok(())
    }

    /// What the folder of sent mail says of a mail with this id. Only a server that files a copy of what it takes by
    /// itself tells by the lack of one: such a server holds copies of other mails of ours.
    pub(crate) async fn copy_of(
        &self,
        message_id: &str,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<FiledCopy, ChannelFailure> {
        let mut open = session::open(server, settings).await?;
        let Some(sent) = sent_folder(&open) else { return Ok(FiledCopy::Unknown) };
        let at_most = settings.timeout();
        step(at_most, open.session.examine(sent)).await?;
        let holds = |name: &str, value: &str| format!("HEADER {name} \"{}\"", quotable(value));
        let found = step(at_most, open.session.uid_search(holds("Message-ID", message_id))).await?;
        let copy = if !found.is_empty() {
            FiledCopy::Found
        } else if settings.channel_id.is_empty() {
            FiledCopy::Unknown
        } else {
            let others = step(at_most, open.session.uid_search(holds(LOOP_HEADER, &settings.channel_id))).await?;
            // An answer that broke off looks like one without a find.
            step(at_most, open.session.noop()).await?;
            if others.len() < LEAST_COPIES { FiledCopy::Unknown } else { FiledCopy::Missing }
        };
        let _ = step(Duration::from_secs(2), open.session.logout()).await;
        Ok(copy)
    }

    /// The name under which the receiving server seems to write what it found out about senders, by the newest mails: a
    /// proposal.
    pub(crate) async fn receiving_server(
        &self,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<Option<String>, ChannelFailure> {
        let mut state = self.state.lock().await;
        if state.looked_at.is_some_and(|at| at.elapsed() < LEARN_EVERY) {
            return Ok(None);
        }
        // Noted before it is tried: a server that refuses must not be asked twice as often.
        state.looked_at = Some(Instant::now());
        let outcome = Box::pin(state.newest_headers(server, settings)).await;
        if outcome.is_err() {
            state.open = None;
        }
        let headers = outcome.map_err(|failure| named(failure, server))?;
        let mails: Vec<ParsedMail> = headers.iter().map(|header| crate::parse(header)).collect();
        Ok(thread::receiving_server(&mails, settings.domain()))
    }
}

/// A server that does not answer, or not as a mail server does, is named, for a person who looks whether mail comes in.
fn named(failure: ChannelFailure, server: &Server) -> ChannelFailure {
    match failure.class() {
        FailureClass::Silent => ChannelFailure::silent(format!("No answer from {}:{}", server.host, server.port)),
        FailureClass::Protocol => while_fetching(failure, server),
        _ => failure,
    }
}

/// A failure to fetch mail, with where it was tried.
pub(crate) fn while_fetching(failure: ChannelFailure, server: &Server) -> ChannelFailure {
    failure.while_trying(&format!("Fetching mail (IMAP) from {}:{} failed", server.host, server.port))
}

fn sent_folder(open: &Open) -> Option<String> {
    open.folders.iter().find(|folder| folder.origin == RawOrigin::Sent).map(|folder| folder.name.clone())
}

fn quotable(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .flat_map(|c| if matches!(c, '"' | '\\') { vec!['\\', c] } else { vec![c] })
        .collect()
}

/// What the folder of sent mail says of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FiledCopy {
    /// It lies there: it was sent.
    Found,
    /// It does not, though others of ours do: it was not sent.
    Missing,
    /// The folder tells nothing.
    Unknown,
}

/// What came of listening to the inbox.
enum Heard {
    /// Something changed.
    News,
    /// Nothing did, and the server answers.
    Nothing,
    /// The server does not offer to be listened to.
    NoOffer,
}

impl State {
    async fn newest_headers(
        &mut self,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<Vec<Bytes>, ChannelFailure> {
        let at_most = settings.timeout();
        let open = self.open(server, settings).await?;
        let inbox = open.folders.first().map(|folder| folder.name.clone()).unwrap_or_default();
        let exists = step(at_most, open.session.examine(inbox)).await?.exists;
        if exists == 0 {
            return Ok(Vec::new());
        }
        fetch::newest_headers(&mut open.session, exists, at_most).await
    }

    async fn open(&mut self, server: &Server, settings: &EmailSettings) -> Result<&mut Open, ChannelFailure> {
        if self.open.is_none() {
            self.open = Some(session::open(server, settings).await?);
        }
        self.open.as_mut().ok_or_else(|| ChannelFailure::temporary("no session"))
    }

    /// Looks whether the inbox changed, and then listens for news of it.
    async fn listen(
        &mut self,
        at_most: Duration,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<Heard, ChannelFailure> {
        let step_time = settings.timeout();
        let seen = self.inbox_next;
        let open = self.open(server, settings).await?;
        let inbox = open.folders.first().map(|folder| folder.name.clone()).unwrap_or_default();
        let examined = step(step_time, open.session.examine(inbox)).await?;
        if seen.is_some() && examined.uid_next > seen {
            return Ok(Heard::News);
        }
        if !open.idles {
            return Ok(Heard::NoOffer);
        }
        let Some(Open { session, folders, idles }) = self.open.take() else { return Ok(Heard::NoOffer) };
        let mut handle = session.idle();
        step(step_time, handle.init()).await?;
        let heard = {
            let (news, _interrupt) = handle.wait_with_timeout(at_most);
            // The inner time is counted from the last word of the server, which may never cease to say "still here".
            match tokio::time::timeout(at_most, news).await {
                Ok(Ok(IdleResponse::NewData(_))) => Heard::News,
                Ok(Ok(IdleResponse::Timeout | IdleResponse::ManualInterrupt)) | Err(_) => Heard::Nothing,
                Ok(Err(error)) => return Err(session::failure(&error)),
            }
        };
        let session = step(settings.answer_time(), handle.done()).await?;
        self.open = Some(Open { session, folders, idles });
        Ok(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_words_are_quoted() {
        assert_eq!(quotable("a\"b\\c\r\nd"), "a\\\"b\\\\cd");
    }
}
