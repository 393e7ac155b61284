//! Access tokens that are had with a grant: kept until shortly before they end, and renewed once for all who wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::Answer;
use crate::failure::{ChannelFailure, FailureClass};
use crate::secret::Secret;

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_mins(2);
/// How long a token lasts if nobody says.
const USUAL: Duration = Duration::from_mins(30);
/// The longest that a token is believed to last.
const LONGEST: Duration = Duration::from_hours(24);
/// The longest word of a platform that is shown, in characters.
const LONGEST_WORD: usize = 60;
/// Words of a platform for what passes by itself, whatever the status beside them.
const PASSING: [&str; 2] = ["temporarily_unavailable", "server_error"];

/// Access that was granted, as OAuth writes it.
#[derive(Deserialize)]
pub struct Granted {
    /// The token.
    pub access_token: Secret,
    /// How long it lasts, in seconds.
    #[serde(default)]
    pub expires_in: Option<u64>,
    /// What the next one is had with, where the platform gives a new one.
    #[serde(default)]
    pub refresh_token: Secret,
}

/// A token that can be used now.
#[derive(Clone, Debug)]
pub struct Access {
    /// The token.
    pub token: Secret,
    /// Whether it was given out just now: if it is refused, another is no better.
    pub is_fresh: bool,
}

/// The tokens of one grant.
#[derive(Default)]
pub struct Tokens {
    kept: tokio::sync::Mutex<Kept>,
    /// A new secret to renew access with that was not handed on yet.
    renewed: Mutex<Option<Secret>>,
}

#[derive(Default)]
struct Kept {
    access: Option<(Secret, Instant)>,
    /// The newest secret to renew access with, where it is not that of the settings.
    refresh: Option<Secret>,
}

impl Tokens {
    /// A token that can be used now. Who comes while it is renewed waits for the same one. `renew` asks for access with the
    /// newest secret; `stored` is that of the settings.
    pub async fn access<F>(
        &self,
        stored: &Secret,
        renew: impl FnOnce(Secret) -> F + Send,
    ) -> Result<Access, ChannelFailure>
    where
        F: Future<Output = Result<Granted, ChannelFailure>> + Send,
    {
        let mut kept = self.kept.lock().await;
        if let Some((token, ends)) = &kept.access
            && *ends > Instant::now()
        {
            return Ok(Access { token: token.clone(), is_fresh: false });
        }
        let refresh = kept.refresh.clone().unwrap_or_else(|| stored.clone());
        let granted = renew(refresh.clone()).await?;
        self.keep(&mut kept, &refresh, &granted);
        Ok(Access { token: granted.access_token, is_fresh: true })
    }

    /// Takes a grant that was given just now, in the place of the one before.
    pub async fn take(&self, granted: &Granted) {
        let mut kept = self.kept.lock().await;
        self.keep(&mut kept, &Secret::default(), granted);
    }

    fn keep(&self, kept: &mut Kept, former: &Secret, granted: &Granted) {
        let lasts = granted.expires_in.map_or(USUAL, Duration::from_secs).min(LONGEST);
        kept.access = Some((granted.access_token.clone(), Instant::now() + lasts.saturating_sub(EARLY)));
        if !granted.refresh_token.is_empty() && granted.refresh_token != *former {
            kept.refresh = Some(granted.refresh_token.clone());
            *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(granted.refresh_token.clone());
        }
    }

    /// Forgets a token that was refused: the next is a new one. Somebody else may have renewed it meanwhile.
    pub async fn forget(&self, refused: &Secret) {
        let mut kept = self.kept.lock().await;
        if kept.access.as_ref().is_some_and(|(token, _)| token == refused) {
            kept.access = None;
        }
    }

    /// The newest secret to renew access with, once.
    pub fn take_renewed(&self) -> Option<Secret> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the answer to a request for access means. `platform` names it in words for people. What refuses the grant is asked
/// for the advice by its short word: nothing else of the answer is shown. What leads elsewhere or finds nothing there is the
/// word of something in between, and not of the platform.
pub fn granted(answer: &Answer, platform: &str, advice: impl Fn(&str) -> String) -> Result<Granted, ChannelFailure> {
    let later = |class, words: &str| ChannelFailure::Retry {
        class,
        after: answer.retry_after,
        reason: format!("{platform} {words} (error {}).", answer.status),
    };
    match answer.status {
        200..=299 => serde_json::from_slice::<Granted>(&answer.body)
            .ok()
            .filter(|granted| !granted.access_token.is_empty())
            .ok_or_else(|| ChannelFailure::unreadable(platform)),
        429 => Err(later(FailureClass::Rate, "is asked for access too often")),
        ..=399 | 404 | 408 | 500.. => Err(later(FailureClass::Temporary, "cannot renew access for now")),
        status => {
            let told = serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap_or_default();
            let told = told.get("error").and_then(serde_json::Value::as_str).unwrap_or_default();
            let word: String =
                told.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(LONGEST_WORD).collect();
            if PASSING.contains(&word.as_str()) {
                return Err(later(FailureClass::Temporary, "cannot renew access for now"));
            }
            let shown = if word.is_empty() { status.to_string() } else { word.clone() };
            let advice = advice(&word);
            let reason =
                format!("{platform} refused access to this account ({shown}). {advice}; nothing is lost meanwhile.");
            Err(ChannelFailure::Reconnect { reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    fn judged(status: u16, body: &'static str) -> Result<Granted, ChannelFailure> {
        let body = Bytes::from_static(body.as_bytes());
        let answer = Answer { status, headers: HeaderMap::new(), retry_after: None, body };
        granted(&answer, "The platform", |word| format!("Advice for {word}"))
    }

    fn grant(token: &str, refresh: &str, lasts: u64) -> Granted {
        Granted { access_token: Secret::new(token), expires_in: Some(lasts), refresh_token: Secret::new(refresh) }
    }

    #[test]
    fn an_answer_is_a_token_a_wait_or_the_end() {
        let granted =
            judged(200, r#"{"access_token":"at","expires_in":3599,"more":[]}"#).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((granted.access_token.reveal(), granted.expires_in), ("at", Some(3599)));
        for (status, body) in [
            (200, "{}"),
            (200, "<html>"),
            (429, ""),
            (503, r#"{"error":"invalid_grant"}"#),
            (302, ""),
            (404, "<html>"),
            (400, r#"{"error":"temporarily_unavailable"}"#),
            (400, r#"{"error":"server_error"}"#),
        ] {
            assert!(matches!(judged(status, body), Err(ChannelFailure::Retry { .. })), "{status} {body}");
        }
        for (status, body) in [(400, ""), (401, "{}"), (403, r#"{"error":"access_denied"}"#)] {
            assert!(matches!(judged(status, body), Err(ChannelFailure::Reconnect { .. })), "{status} {body}");
        }
        let dead = judged(400, r#"{"error":"invalid_grant","error_description":"secret-token"}"#).err();
        let Some(ChannelFailure::Reconnect { reason }) = dead else { panic!("a dead grant needs a person") };
        assert!(
            reason.contains("(invalid_grant). Advice for invalid_grant;") && !reason.contains("secret"),
            "{reason}"
        );
    }

    #[tokio::test]
    async fn access_is_kept_until_it_ends_or_is_refused() {
        let (tokens, stored) = (Tokens::default(), Secret::new("r0"));
        let first = tokens.access(&stored, async |refresh| Ok(grant("a1", refresh.reveal(), 3_600))).await.unwrap();
        assert!(first.is_fresh && first.token.is("a1"));
        let kept = tokens.access(&stored, async |_| Ok(grant("a2", "", 3_600))).await.unwrap();
        assert!(!kept.is_fresh && kept.token.is("a1"));
        tokens.forget(&Secret::new("another")).await;
        tokens.forget(&first.token).await;
        let next = tokens.access(&stored, async |_| Ok(grant("a3", "", 1))).await.unwrap();
        assert!(next.is_fresh && next.token.is("a3"));
        let over = tokens.access(&stored, async |_| Ok(grant("a4", "", 3_600))).await.unwrap();
        assert!(over.token.is("a4"), "what is about to end is renewed");
        assert_eq!(tokens.take_renewed(), None, "the same secret is no news");
    }

    #[tokio::test]
    async fn a_new_secret_is_used_and_handed_on_once() {
        let (tokens, stored) = (Tokens::default(), Secret::new("r0"));
        tokens.access(&stored, async |_| Ok(grant("a1", "r1", 1))).await.unwrap();
        let asked = tokens.access(&stored, async |refresh| Ok(grant(refresh.reveal(), "", 1))).await.unwrap();
        assert!(asked.token.is("r1"));
        assert!(tokens.take_renewed().is_some_and(|secret| secret.is("r1")));
        assert_eq!(tokens.take_renewed(), None);
    }
}
