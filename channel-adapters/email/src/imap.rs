//! Fetching mail: by numbers and never by flags, read-only, one session per account.

mod cursor;
mod fetch;
mod poll;
mod session;

use std::collections::HashMap;
use std::time::Duration;

use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::ChannelFailure;
use channel_contract::inbound::RawOrigin;
use tokio::sync::Mutex;

use crate::settings::{EmailSettings, Server};
use cursor::Places;
use poll::Poll;
use session::{Open, step};

/// How long one IDLE lasts: routers and some providers cut earlier than the standard's 29 minutes.
const LONGEST_IDLE: Duration = Duration::from_mins(9);

/// The account's one session, and what is remembered beside it.
#[derive(Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// How often a mail has stopped the session, by folder and number.
    strikes: HashMap<(String, u32), u8>,
    /// The next number of the inbox when it was last read.
    inbox_next: Option<u32>,
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
        let mut poll = Poll::new(Places::read(cursor), settings);
        let outcome = Box::pin(state.poll(&mut poll, server)).await;
        if let Err(failure) = outcome {
            state.open = None;
            // What was read before the failure is kept: the cursor stands right behind it.
            if poll.polled.items.is_empty() {
                return Err(failure);
            }
            poll.polled.more = true;
        }
        poll.polled.cursor = poll.places.write();
        Ok(poll.polled)
    }

    /// Waits until the inbox changes.
    pub(crate) async fn wait(
        &self,
        at_most: Duration,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<(), ChannelFailure> {
        let mut state = self.state.lock().await;
        let waiting = Box::pin(state.idle(at_most.min(LONGEST_IDLE), server, settings)).await;
        match waiting {
            Ok(true) => Ok(()),
            Ok(false) => {
                // The server cannot tell by itself: the poll that follows is what counts.
                drop(state);
                tokio::time::sleep(at_most).await;
                Ok(())
            }
            Err(failure) => {
                state.open = None;
                Err(failure)
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

    /// Whether a mail with this id lies among the sent ones; `None` where there is no such folder.
    pub(crate) async fn was_sent(
        &self,
        message_id: &str,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<Option<bool>, ChannelFailure> {
        let mut open = session::open(server, settings).await?;
        let Some(sent) = sent_folder(&open) else { return Ok(None) };
        step(settings.timeout(), open.session.examine(sent)).await?;
        let query = format!("HEADER Message-ID \"{}\"", quotable(message_id));
        let found = step(settings.timeout(), open.session.uid_search(query)).await?;
        let _ = step(Duration::from_secs(2), open.session.logout()).await;
        Ok(Some(!found.is_empty()))
    }

    /// Puts a copy of a sent mail among the sent ones.
    pub(crate) async fn file_copy(
        &self,
        mail: &[u8],
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<(), ChannelFailure> {
        let mut open = session::open(server, settings).await?;
        let Some(sent) = sent_folder(&open) else { return Ok(()) };
        step(settings.timeout(), open.session.append(sent, Some("(\\Seen)"), None, mail)).await?;
        let _ = step(Duration::from_secs(2), open.session.logout()).await;
        Ok(())
    }
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

impl State {
    async fn open(&mut self, server: &Server, settings: &EmailSettings) -> Result<&mut Open, ChannelFailure> {
        if self.open.is_none() {
            self.open = Some(session::open(server, settings).await?);
        }
        self.open.as_mut().ok_or_else(|| ChannelFailure::temporary("no session"))
    }

    /// Waits for news in the inbox; `false` where the server does not offer that.
    async fn idle(
        &mut self,
        at_most: Duration,
        server: &Server,
        settings: &EmailSettings,
    ) -> Result<bool, ChannelFailure> {
        let step_time = settings.timeout();
        let seen = self.inbox_next;
        let open = self.open(server, settings).await?;
        if !open.idles {
            return Ok(false);
        }
        let inbox = open.folders.first().map(|folder| folder.name.clone()).unwrap_or_default();
        let examined = step(step_time, open.session.examine(inbox)).await?;
        if seen.is_some() && examined.uid_next > seen {
            return Ok(true);
        }
        let Some(Open { session, folders, idles }) = self.open.take() else { return Ok(false) };
        let mut handle = session.idle();
        step(step_time, handle.init()).await?;
        {
            let (news, _interrupt) = handle.wait_with_timeout(at_most);
            // The inner time is counted from the last word of the server, which may never cease to say "still here".
            if let Ok(Err(error)) = tokio::time::timeout(at_most, news).await {
                return Err(session::failure(&error));
            }
        }
        let session = step(step_time, handle.done()).await?;
        self.open = Some(Open { session, folders, idles });
        Ok(true)
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
