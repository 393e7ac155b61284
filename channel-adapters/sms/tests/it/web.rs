//! The web as the desk gives it to its adapters, with this machine as the only host on it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use channel_contract::channel::Fetched;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Outside, Web};
use reqwest::{Client, Response};
use time::OffsetDateTime;

/// When everything happens, in seconds since 1970.
const NOW: i64 = 1_790_000_000;

/// A client that keeps no connection for later: one that a double has closed is not used again.
fn client(patience: Duration) -> Client {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(patience).pool_max_idle_per_host(0).no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// `inside` is an address of the desk's own network.
pub(crate) fn outside(patience: Duration, inside: &str) -> Outside {
    let client = client(patience);
    let web = Here { http: client.clone(), inside: inside.to_owned() };
    let clock = || OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    Outside { web: Arc::new(web), client, clock: Arc::new(clock) }
}

struct Here {
    http: Client,
    inside: String,
}

fn refused(words: &str) -> ChannelFailure {
    ChannelFailure::refused(FailureClass::Content, words)
}

fn silent(_: reqwest::Error) -> ChannelFailure {
    ChannelFailure::silent("The file did not come in time.")
}

impl Here {
    async fn asked(&self, address: &str, sign_in: Option<(&str, &str)>) -> Result<Response, ChannelFailure> {
        if address.starts_with(&self.inside) {
            return Err(refused("The address leads into the desk's own network."));
        }
        let mut request = self.http.get(address);
        if let Some((name, password)) = sign_in {
            request = request.basic_auth(name, Some(password));
        }
        request.send().await.map_err(
            |error| {
                if error.is_builder() { refused("The address is none.") } else { silent(error) }
            },
        )
    }

    async fn had(&self, address: &str, sign_in: Option<(&str, &str)>, most: u64) -> Result<Fetched, ChannelFailure> {
        let mut response = self.asked(address, sign_in).await?;
        if let Some(onward) = response.headers().get("location") {
            response = self.asked(onward.to_str().unwrap(), None).await?;
        }
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
        Ok(Fetched { content: Bytes::from(content), content_type: "image/png".to_owned() })
    }
}

#[async_trait]
impl Web for Here {
    async fn fetch(&self, address: &str, _: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure> {
        self.had(address, None, most).await
    }

    async fn fetch_as(&self, address: &str, name: &str, password: &str, most: u64) -> Result<Fetched, ChannelFailure> {
        self.had(address, Some((name, password)), most).await
    }
}
