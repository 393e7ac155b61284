//! Access tokens for XOAUTH2, had from the provider with the refresh token.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Answer, Granted, granted, protected};
use reqwest::redirect::Policy;

use crate::settings::{OAuth, Secret};

/// The largest answer that is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// Asks the provider for a token. Nothing of its answer but its own short word is shown.
pub(crate) async fn renew(oauth: &OAuth, refresh: Secret, at_most: Duration) -> Result<Granted, ChannelFailure> {
    let url = protected(&oauth.token_url)?;
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
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let wait = headers.get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let body = read_limited(response).await.ok_or_else(|| ChannelFailure::temporary(format!("{host} broke off")))?;
    let answer = Answer { status, headers, retry_after: wait.map(Duration::from_secs), body };
    granted(&answer, &host, |_| "Connect the channel again with a new refresh token".to_owned())
}

async fn read_limited(mut response: reqwest::Response) -> Option<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > LARGEST {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body.freeze())
}
