//! The web as the desk gives it to its adapters, with this machine as the only host on it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use channel_contract::channel::Fetched;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Outside, Web};
use reqwest::{Client, RequestBuilder};
use time::OffsetDateTime;

/// When everything happens, in seconds since 1970.
pub(crate) const NOW: i64 = 1_790_000_000;

/// A client that keeps no connection for later: one that a double has closed is not used again.
fn client(patience: Duration) -> Client {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(patience).pool_max_idle_per_host(0).no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) fn outside(patience: Duration) -> Outside {
    let client = client(patience);
    let clock = || OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    Outside { web: Arc::new(Here(client.clone())), client, clock: Arc::new(clock) }
}

/// A web that has no file, and says so with more words than it should.
pub(crate) struct Careless(pub(crate) FailureClass);

#[async_trait]
impl Web for Careless {
    async fn fetch(&self, address: &str, _: Option<&str>, _: u64) -> Result<Fetched, ChannelFailure> {
        Err(ChannelFailure::refused(self.0, format!("{address} gives nothing.")))
    }
}

struct Here(Client);

#[async_trait]
impl Web for Here {
    async fn fetch(&self, address: &str, bearer: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure> {
        let request = self.0.get(address);
        had(if let Some(token) = bearer { request.bearer_auth(token) } else { request }, most).await
    }
}

async fn had(request: RequestBuilder, most: u64) -> Result<Fetched, ChannelFailure> {
    let refused = |words: &str| ChannelFailure::refused(FailureClass::Content, words);
    let silent = |_| ChannelFailure::silent("The file did not come in time.");
    let mut response = request.send().await.map_err(silent)?;
    if !response.status().is_success() {
        return Err(refused("The file is not there."));
    }
    let mut content = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(silent)? {
        content.extend_from_slice(&piece);
        if u64::try_from(content.len()).unwrap() > most {
            return Err(refused("The file is too large."));
        }
    }
    Ok(Fetched { content: Bytes::from(content), content_type: "application/octet-stream".to_owned() })
}
