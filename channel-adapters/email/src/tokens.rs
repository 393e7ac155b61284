//! Access tokens for XOAUTH2: had from the provider with the refresh token, kept until shortly before they end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use reqwest::Url;
use reqwest::redirect::Policy;
use serde::Deserialize;
use tokio::time::Instant;

use crate::settings::{OAuth, Secret};

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_mins(2);
/// How long a token lasts if the provider does not say.
const USUAL: Duration = Duration::from_mins(30);
/// The largest answer that is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// The tokens of one account.
#[derive(Default)]
pub(crate) struct Tokens {
    kept: tokio::sync::Mutex<Kept>,
    renewed: Mutex<Option<Secret>>,
}

#[derive(Default)]
struct Kept {
    access: Option<(Secret, Instant)>,
    /// The provider's newest refresh token, where it gives a new one each time.
    refresh: Option<Secret>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Secret,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
}

impl Tokens {
    /// A token that can be used now. Who comes while it is renewed waits for the same one.
    pub(crate) async fn access(&self, oauth: &OAuth, at_most: Duration) -> Result<Secret, ChannelFailure> {
        let mut kept = self.kept.lock().await;
        if let Some((token, ends)) = &kept.access
            && *ends > Instant::now()
        {
            return Ok(token.clone());
        }
        let refresh = kept.refresh.clone().unwrap_or_else(|| oauth.refresh_token.clone());
        let granted = renew(oauth, &refresh, at_most).await?;
        let lasts = granted.expires_in.map_or(USUAL, Duration::from_secs);
        kept.access = Some((granted.access_token.clone(), Instant::now() + lasts.saturating_sub(EARLY)));
        if !granted.refresh_token.is_empty() && granted.refresh_token != refresh {
            kept.refresh = Some(granted.refresh_token.clone());
            *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(granted.refresh_token);
        }
        Ok(granted.access_token)
    }

    /// Forgets a token that a server refused: the next is a new one.
    pub(crate) async fn forget(&self) {
        self.kept.lock().await.access = None;
    }

    /// The newest refresh token, once.
    pub(crate) fn take_renewed(&self) -> Option<Secret> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

async fn renew(oauth: &OAuth, refresh: &Secret, at_most: Duration) -> Result<Granted, ChannelFailure> {
    let url = endpoint(&oauth.token_url)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let client = reqwest::Client::builder()
        .connect_timeout(at_most.min(Duration::from_secs(10)))
        .timeout(at_most)
        .redirect(Policy::none())
        .build()
        .map_err(|_| ChannelFailure::temporary("the web client cannot be built"))?;
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", oauth.client_id.as_str()),
        ("refresh_token", refresh.reveal()),
    ];
    if !oauth.client_secret.is_empty() {
        form.push(("client_secret", oauth.client_secret.reveal()));
    }
    if !oauth.scope.is_empty() {
        form.push(("scope", oauth.scope.as_str()));
    }
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = client.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
    // The words of the error are left out: they may quote the request.
    let away = |_| ChannelFailure::temporary(format!("{host} did not answer when access was to be renewed"));
    let response = request.send().await.map_err(away)?;
    let status = response.status().as_u16();
    let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let body = read_limited(response).await.ok_or_else(|| ChannelFailure::temporary(format!("{host} broke off")))?;
    answer(&host, status, wait.map(Duration::from_secs), &body)
}

/// What the provider's answer means. Nothing of it but its own short word is shown.
fn answer(host: &str, status: u16, wait: Option<Duration>, body: &[u8]) -> Result<Granted, ChannelFailure> {
    match status {
        200 => serde_json::from_slice::<Granted>(body)
            .ok()
            .filter(|granted| !granted.access_token.is_empty())
            .ok_or_else(|| ChannelFailure::Retry {
                class: FailureClass::Protocol,
                after: None,
                reason: format!("{host} answered without an access token"),
            }),
        429 | 500.. => Err(ChannelFailure::Retry {
            class: if status == 429 { FailureClass::Rate } else { FailureClass::Temporary },
            after: wait,
            reason: format!("{host} cannot renew access for now ({status})"),
        }),
        _ => {
            let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
            let word: String =
                refused.error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
            let word = if word.is_empty() { status.to_string() } else { word };
            let reason = format!(
                "{host} refused to renew the access to this mailbox ({word}). Connect the channel again with a new \
                 refresh token; nothing is lost meanwhile."
            );
            Err(ChannelFailure::Reconnect { reason })
        }
    }
}

/// Only https, so that no secret travels in the clear; a server on this machine apart.
fn endpoint(address: &str) -> Result<Url, ChannelFailure> {
    let wrong = |words: &str| ChannelFailure::refused(FailureClass::Permission, words);
    let url = Url::parse(address.trim()).map_err(|_| wrong("the address for tokens is not an address"))?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        _ => Err(wrong("the address for tokens must begin with https://")),
    }
}

async fn read_limited(mut response: reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > LARGEST {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_token_a_wait_or_the_end() {
        let granted = answer("id.example", 200, None, br#"{"access_token":"at","expires_in":3599}"#)
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((granted.access_token.reveal(), granted.expires_in), ("at", Some(3599)));
        for (status, body) in [(200, "{}"), (200, "<html>"), (429, ""), (503, "{\"error\":\"invalid_grant\"}")] {
            let failure = answer("id.example", status, None, body.as_bytes()).err();
            assert!(matches!(failure, Some(ChannelFailure::Retry { .. })), "{status} {body}");
        }
        let body = br#"{"error":"invalid_grant","error_description":"AADSTS70043 secret-token"}"#;
        let Some(failure @ ChannelFailure::Reconnect { .. }) = answer("id.example", 400, None, body).err() else {
            panic!("a dead grant needs a person")
        };
        let words = failure.to_string();
        assert!(
            words.contains("id.example") && words.contains("invalid_grant") && !words.contains("secret"),
            "{words}"
        );
    }

    #[test]
    fn secrets_travel_protected() {
        for right in ["https://login.example/token", "http://127.0.0.1:9/token", "http://localhost/token"] {
            assert!(endpoint(right).is_ok(), "{right}");
        }
        for wrong in ["http://login.example/token", "ftp://x.example", "token", "http://127.0.0.1.evil.example/"] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }
}
