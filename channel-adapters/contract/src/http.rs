//! Calls over HTTP to a platform: where they go, what a broken call means, how much of an answer is read, and files that lie
//! on the web.

mod address;
mod form;
mod grants;
mod status;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::channel::Fetched;
use crate::failure::{ChannelFailure, FailureClass};
use crate::outbound::OutboundAttachment;
use crate::wire;

pub use address::{below, is_local, protected};
pub use form::{Form, file_name, media_type};
pub use grants::{Access, Granted, Tokens, granted};
pub use status::by_status;

/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// The longest time to wait that a platform's hint is believed.
pub const LONGEST_HINT: Duration = Duration::from_hours(24);

/// Gives the time.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// What the desk gives its adapters to reach the world with.
#[derive(Clone)]
pub struct Outside {
    /// Makes calls to the platform itself. It follows no redirects to other places.
    pub client: reqwest::Client,
    /// Fetches what lies anywhere on the web.
    pub web: Arc<dyn Web>,
    /// Gives the time.
    pub clock: Clock,
}

impl Outside {
    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// Makes one call, see [`call`].
    pub async fn call(
        &self,
        request: RequestBuilder,
        effect: Effect,
        platform: &str,
    ) -> Result<Answer, ChannelFailure> {
        call(request, effect, platform, self.now()).await
    }
}

/// What a call does on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads: what breaks is tried again.
    Reads,
    /// It changes something: what breaks after it may have left is [`ChannelFailure::Unknown`].
    Writes,
}

/// What a platform answered, whatever its status.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// How long it asked to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and body hold what customers wrote, and tokens.
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// Whether the status says that it was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether what a call was to do may be done although the answer is trouble: then nothing that stands in it counts for
    /// doing it again. 503 is said instead of doing it.
    pub fn leaves_doubt(&self, effect: Effect) -> bool {
        effect == Effect::Writes && self.status >= 500 && self.status != 503
    }

    /// The value of a header; `""` if it has none that is text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON. `platform` names it in words for people; the words of the error are left out, for they quote
    /// what was answered.
    pub fn json<T: DeserializeOwned>(&self, platform: &str) -> Result<T, ChannelFailure> {
        wire::typed(&self.body).map_err(|_| ChannelFailure::unreadable(platform))
    }
}

/// Makes one call. `platform` names it in words for people. The words of an error of the network are left out: they quote
/// the address, and with it perhaps a token.
pub async fn call(
    request: RequestBuilder,
    effect: Effect,
    platform: &str,
    now: OffsetDateTime,
) -> Result<Answer, ChannelFailure> {
    call_up_to(LARGEST_ANSWER, request, effect, platform, now).await
}

/// The same for an answer of at most so many bytes: a file, or a long list. What is larger fails with
/// [`FailureClass::Protocol`], and nothing else here does.
pub async fn call_up_to(
    most: usize,
    request: RequestBuilder,
    effect: Effect,
    platform: &str,
    now: OffsetDateTime,
) -> Result<Answer, ChannelFailure> {
    let mut response = request.send().await.map_err(|error| broken(&error, effect, platform))?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| hint(text, now));
    match limited(&mut response, most).await {
        Ok(body) => Ok(Answer { status, headers, retry_after, body }),
        // The status says enough, or all that can be learned of a refusal that is too large.
        Err(cut) if matches!(status, 401 | 429) || ((400..500).contains(&status) && cut == Cut::TooLarge) => {
            Ok(Answer { status, headers, retry_after, body: Bytes::new() })
        }
        // What was refused had no effect. The reason was lost: it may have been one that passes.
        Err(_) if (400..500).contains(&status) => Err(ChannelFailure::Retry {
            class: FailureClass::Temporary,
            after: retry_after,
            reason: format!("{platform} refused the call, and the connection broke before it said why."),
        }),
        Err(Cut::TooLarge) if effect == Effect::Reads => Err(ChannelFailure::Retry {
            class: FailureClass::Protocol,
            after: None,
            reason: format!("{platform} answered more than can be read."),
        }),
        Err(_) => Err(cut(effect, platform)),
    }
}

/// Why a body was not read to its end.
#[derive(PartialEq, Eq)]
enum Cut {
    TooLarge,
    Broken,
}

/// The body of a response, at most so many bytes.
async fn limited(response: &mut Response, most: usize) -> Result<Bytes, Cut> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > most => return Err(Cut::TooLarge),
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(body.freeze()),
            Err(_) => return Err(Cut::Broken),
        }
    }
}

fn broken(error: &reqwest::Error, effect: Effect, platform: &str) -> ChannelFailure {
    if error.is_builder() {
        ChannelFailure::refused(
            FailureClass::Content,
            format!("The message cannot be put into a request to {platform}."),
        )
    } else if error.is_connect() {
        let so = if effect == Effect::Writes { ", so nothing was sent" } else { "" };
        ChannelFailure::temporary(format!("{platform} could not be reached{so}."))
    } else if error.is_timeout() && effect == Effect::Reads {
        ChannelFailure::silent(format!("{platform} did not answer in time."))
    } else {
        cut(effect, platform)
    }
}

fn cut(effect: Effect, platform: &str) -> ChannelFailure {
    match effect {
        Effect::Reads => ChannelFailure::temporary(format!("The connection to {platform} broke.")),
        Effect::Writes => ChannelFailure::Unknown {
            reason: format!("The connection to {platform} broke before it answered, so it may have taken the message."),
        },
    }
}

/// The value of `Retry-After`: seconds, or a date.
fn hint(text: &str, now: OffsetDateTime) -> Option<Duration> {
    let wait = match text.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => Duration::try_from(OffsetDateTime::parse(text.trim(), &Rfc2822).ok()? - now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_HINT))
}

/// Fetches what lies on the web: nothing inside of the desk's own network, and no more than asked for; and shows files of
/// the desk there. The desk gives it to its adapters, for it knows what may be reached.
#[async_trait]
pub trait Web: Send + Sync {
    /// The bytes at an address. `bearer` goes to the host of the address alone, never to one that it leads on to.
    ///
    /// # Errors
    /// `Refused` with [`FailureClass::Content`] where it is gone, too large, or may not be asked; `Retry` where the
    /// network or the other side has a moment of trouble.
    async fn fetch(&self, address: &str, bearer: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure>;

    /// The same for a host that asks for a name and a password; they too go to it alone. Whoever cannot show them asks
    /// without.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    async fn fetch_as(&self, address: &str, name: &str, password: &str, most: u64) -> Result<Fetched, ChannelFailure> {
        let _ = (name, password);
        self.fetch(address, None, most).await
    }

    /// Whether the desk can give its files an address on the web, for platforms that fetch what is sent to them.
    fn offers_files(&self) -> bool {
        false
    }

    /// An https address, hard to guess, at which anybody who has it can fetch a file for so long: as long as the platform
    /// may need to.
    ///
    /// # Errors
    /// `Refused` where the desk has no address that a platform could reach; `Retry` where it has a moment of trouble.
    async fn offer(&self, file: &OutboundAttachment, lasts: Duration) -> Result<String, ChannelFailure> {
        let _ = (file, lasts);
        Err(not_on_the_web())
    }
}

/// The refusal of a file that nobody could fetch.
pub fn not_on_the_web() -> ChannelFailure {
    let words = "This desk has no address on the web at which the file could be fetched.";
    ChannelFailure::refused(FailureClass::Content, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_prints_nothing_of_what_it_holds() {
        let mut headers = HeaderMap::new();
        headers.insert("x-token", "a-secret".parse().unwrap());
        let answer = Answer { status: 200, headers, retry_after: None, body: Bytes::from_static(b"a-secret of Ann") };
        let printed = format!("{answer:?}");
        assert!(printed.contains("200") && !printed.contains("secret") && !printed.contains("97"), "{printed}");
    }

    #[test]
    fn a_hint_is_seconds_or_a_date_and_never_longer_than_a_day() {
        let now = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(hint("7", now), Some(Duration::from_secs(7)));
        assert_eq!(hint("Thu, 01 Jan 1970 00:01:00 +0000", now), Some(Duration::from_mins(1)));
        assert_eq!(hint("Wed, 31 Dec 1969 23:00:00 +0000", now), Some(Duration::ZERO));
        assert_eq!(hint("9999999999", now), Some(LONGEST_HINT));
        assert_eq!(hint("soon", now), None);
    }
}
