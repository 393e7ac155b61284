//! Access tokens from Login with Amazon: had with the seller's grant, or for the application alone, and kept until shortly
//! before they end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{self, Answer, Effect};
use channel_contract::secret::Secret;
use time::OffsetDateTime;
use url::form_urlencoded;

use super::wire::{Granted, Refused};
use super::{SpApi, protected};
use crate::settings::SpApiSettings;

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_mins(2);
/// How long a token lasts if Amazon does not say.
const USUAL: u64 = 3_600;
/// The longest that a token is believed to last.
const LONGEST: u64 = 24 * 3_600;
const SIGN_IN: &str = "Amazon's sign-in";

/// For whom access is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The seller's account.
    Seller,
    /// The application, to say where notifications go.
    Notifications,
}

/// A token, and whether it was given out just now.
pub(crate) struct Access {
    pub(crate) token: Secret,
    pub(crate) is_fresh: bool,
}

/// The tokens of one connection.
#[derive(Default)]
pub(crate) struct Tokens {
    seller: tokio::sync::Mutex<Kept>,
    notifications: tokio::sync::Mutex<Kept>,
    renewed: Mutex<Option<Secret>>,
}

#[derive(Default)]
struct Kept {
    access: Option<(Secret, OffsetDateTime)>,
    /// Amazon's newest refresh token, should it give a new one.
    refresh: Option<Secret>,
}

impl Tokens {
    /// A token that can be used now. Who comes while it is renewed waits for the same one.
    pub(crate) async fn access(&self, api: &SpApi, grant: Grant) -> Result<Access, ChannelFailure> {
        let mut kept = self.kept(grant).lock().await;
        let now = (api.clock)();
        if let Some((token, ends)) = &kept.access
            && *ends > now
        {
            return Ok(Access { token: token.clone(), is_fresh: false });
        }
        let refresh = kept.refresh.clone().unwrap_or_else(|| api.settings.refresh_token.clone());
        let granted = renew(api, grant, &refresh, now).await?;
        let lasts = Duration::from_secs(granted.expires_in.unwrap_or(USUAL).min(LONGEST)).saturating_sub(EARLY);
        kept.access = Some((granted.access_token.clone(), now + lasts));
        if grant == Grant::Seller && !granted.refresh_token.is_empty() && granted.refresh_token != refresh {
            kept.refresh = Some(granted.refresh_token.clone());
            *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(granted.refresh_token);
        }
        Ok(Access { token: granted.access_token, is_fresh: true })
    }

    /// Forgets a token that Amazon refused, unless somebody has a new one already.
    pub(crate) async fn forget(&self, grant: Grant, token: &Secret) {
        let mut kept = self.kept(grant).lock().await;
        if kept.access.as_ref().is_some_and(|(current, _)| current == token) {
            kept.access = None;
        }
    }

    /// The newest refresh token, once.
    pub(crate) fn take_renewed(&self) -> Option<Secret> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn kept(&self, grant: Grant) -> &tokio::sync::Mutex<Kept> {
        match grant {
            Grant::Seller => &self.seller,
            Grant::Notifications => &self.notifications,
        }
    }
}

async fn renew(api: &SpApi, grant: Grant, refresh: &Secret, now: OffsetDateTime) -> Result<Granted, ChannelFailure> {
    let request = api
        .http
        .post(protected(&api.settings.token_url)?)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(&api.settings, grant, refresh));
    judge(&http::call(request, Effect::Reads, SIGN_IN, now).await?)
}

fn form(settings: &SpApiSettings, grant: Grant, refresh: &Secret) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    match grant {
        Grant::Seller => {
            form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", refresh.reveal());
        }
        Grant::Notifications => {
            form.append_pair("grant_type", "client_credentials")
                .append_pair("scope", "sellingpartnerapi::notifications");
        }
    }
    form.append_pair("client_id", &settings.client_id).append_pair("client_secret", settings.client_secret.reveal());
    form.finish()
}

/// What the answer means. Nothing of it but Amazon's short word is shown.
fn judge(answer: &Answer) -> Result<Granted, ChannelFailure> {
    let retry =
        |class, words: &str| Err(ChannelFailure::Retry { class, after: answer.retry_after, reason: words.to_owned() });
    match answer.status {
        200 => match answer.json::<Granted>(SIGN_IN)? {
            granted if granted.access_token.is_empty() => {
                retry(FailureClass::Protocol, "Amazon's sign-in answered without a token.")
            }
            granted => Ok(granted),
        },
        429 => retry(FailureClass::Rate, "Amazon's sign-in is asked too often."),
        500.. => retry(FailureClass::Temporary, "Amazon's sign-in is not available."),
        status => {
            let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
            Err(ChannelFailure::Reconnect { reason: refusal(&refused.error, status) })
        }
    }
}

fn refusal(word: &str, status: u16) -> String {
    let advice = match word {
        "invalid_grant" => {
            "The seller's consent is over or was taken back. Give it again in Seller Central, and connect the channel with the \
             new token"
        }
        "invalid_client" | "unauthorized_client" => {
            "The application is not known under this id and secret. Amazon wants the secret renewed every 180 days: make a \
             new one, and enter it here"
        }
        _ => "Connect the channel again",
    };
    let word: String = word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
    let word = if word.is_empty() { status.to_string() } else { word };
    format!("Amazon refused access to the seller's account ({word}). {advice}; nothing is lost meanwhile.")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    fn judged(status: u16, body: &'static str) -> Result<Granted, ChannelFailure> {
        judge(&Answer {
            status,
            headers: HeaderMap::new(),
            retry_after: None,
            body: Bytes::from_static(body.as_bytes()),
        })
    }

    #[test]
    fn an_answer_is_a_token_a_wait_or_the_end() {
        let granted =
            judged(200, r#"{"access_token":"Atza|x","token_type":"bearer","expires_in":3600,"more":[]}"#).unwrap();
        assert_eq!((granted.access_token.reveal(), granted.expires_in), ("Atza|x", Some(3_600)));
        for (status, body) in [(200, "{}"), (200, "<html>"), (429, ""), (503, r#"{"error":"invalid_grant"}"#)] {
            assert!(matches!(judged(status, body), Err(ChannelFailure::Retry { .. })), "{status} {body}");
        }
    }

    #[test]
    fn a_dead_grant_and_an_old_secret_need_a_person_for_different_things() {
        let body = r#"{"error":"invalid_grant","error_description":"Atzr|secret-token"}"#;
        let Err(ChannelFailure::Reconnect { reason }) = judged(400, body) else { panic!("a person is asked for") };
        assert!(
            reason.contains("invalid_grant") && reason.contains("consent") && !reason.contains("secret-token"),
            "{reason}"
        );
        let Err(ChannelFailure::Reconnect { reason }) = judged(401, r#"{"error":"invalid_client"}"#) else {
            panic!("a person is asked for")
        };
        assert!(reason.contains("180 days"), "{reason}");
    }
}
