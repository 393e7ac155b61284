//! Access tokens: had from eBay with what the seller granted, kept until shortly before they end. There is one for the
//! seller's account, and one for the program itself, which alone may ask for the keys of notifications.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, call};
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::time::Instant;
use url::form_urlencoded::Serializer;

use crate::failure::WHO;
use crate::settings::{Access, Secret};

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_mins(2);
/// How long a token lasts if eBay does not say.
const USUAL: Duration = Duration::from_hours(1);
/// What the program itself asks for.
const OWN_SCOPE: &str = "https://api.ebay.com/oauth/api_scope";

/// For whom a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The seller's.
    Seller,
    /// The program's own.
    Program,
}

/// The tokens of one account.
#[derive(Default)]
pub(crate) struct Tokens {
    seller: tokio::sync::Mutex<Option<(Secret, Instant)>>,
    program: tokio::sync::Mutex<Option<(Secret, Instant)>>,
    /// The newest secret to renew access with, should eBay ever give a new one; and whether it was handed on.
    refresh: Mutex<Option<(Secret, bool)>>,
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
    fn kept(&self, whose: Whose) -> &tokio::sync::Mutex<Option<(Secret, Instant)>> {
        match whose {
            Whose::Seller => &self.seller,
            Whose::Program => &self.program,
        }
    }

    /// A token that can be used now. Who comes while it is renewed waits for the same one.
    pub(crate) async fn access(
        &self,
        whose: Whose,
        (http, address): (&reqwest::Client, url::Url),
        access: &Access,
        now: OffsetDateTime,
    ) -> Result<Secret, ChannelFailure> {
        let mut kept = self.kept(whose).lock().await;
        if let Some((token, ends)) = &*kept
            && *ends > Instant::now()
        {
            return Ok(token.clone());
        }
        let form = match whose {
            Whose::Seller => {
                let refresh = self.newest_refresh().unwrap_or_else(|| access.refresh_token.clone());
                asking(&[("refresh_token", refresh.reveal()), ("scope", access.scopes.as_str())], "refresh_token")
            }
            Whose::Program => asking(&[("scope", OWN_SCOPE)], "client_credentials"),
        };
        let request = http
            .post(address)
            .basic_auth(&access.client_id, Some(access.client_secret.reveal()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        // Asking twice for access does no harm.
        let granted = granted(&call(request, Effect::Reads, WHO, now).await?)?;
        let lasts = granted.expires_in.map_or(USUAL, Duration::from_secs);
        *kept = Some((granted.access_token.clone(), Instant::now() + lasts.saturating_sub(EARLY)));
        if whose == Whose::Seller && !granted.refresh_token.is_empty() {
            self.note_refresh(granted.refresh_token, &access.refresh_token);
        }
        Ok(granted.access_token)
    }

    /// Forgets a token that was refused: the next is a new one. Somebody else may have renewed it meanwhile.
    pub(crate) async fn forget(&self, whose: Whose, refused: &Secret) {
        let mut kept = self.kept(whose).lock().await;
        if kept.as_ref().is_some_and(|(token, _)| token == refused) {
            *kept = None;
        }
    }

    fn newest_refresh(&self) -> Option<Secret> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(secret, _)| secret.clone())
    }

    fn note_refresh(&self, given: Secret, stored: &Secret) {
        let mut newest = self.refresh.lock().unwrap_or_else(PoisonError::into_inner);
        let known = newest.as_ref().map_or(stored, |(secret, _)| secret);
        if *known != given {
            *newest = Some((given, false));
        }
    }

    /// The newest secret to renew access with, once.
    pub(crate) fn take_renewed(&self) -> Option<Secret> {
        let mut newest = self.refresh.lock().unwrap_or_else(PoisonError::into_inner);
        let (secret, handed_on) = newest.as_mut()?;
        (!std::mem::replace(handed_on, true)).then(|| secret.clone())
    }
}

fn asking(fields: &[(&str, &str)], how: &str) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", how);
    form.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
    form.finish()
}

/// What eBay's answer means. Nothing of it but its own short word is shown.
fn granted(answer: &Answer) -> Result<Granted, ChannelFailure> {
    match answer.status {
        200 => serde_json::from_slice::<Granted>(&answer.body)
            .ok()
            .filter(|granted| !granted.access_token.is_empty())
            .ok_or_else(|| ChannelFailure::Retry {
                class: FailureClass::Protocol,
                after: None,
                reason: format!("{WHO} answered without an access token."),
            }),
        429 | 500.. => Err(ChannelFailure::Retry {
            class: if answer.status == 429 { FailureClass::Rate } else { FailureClass::Temporary },
            after: answer.retry_after,
            reason: format!("{WHO} cannot renew access for now ({}).", answer.status),
        }),
        status => {
            let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
            let word: String =
                refused.error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
            let word = if word.is_empty() { status.to_string() } else { word };
            let reason = format!(
                "{WHO} refused to renew the access to this account ({word}). Connect the channel again; nothing is lost \
                 meanwhile."
            );
            Err(ChannelFailure::Reconnect { reason })
        }
    }
}
