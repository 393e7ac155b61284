//! The web as the desk gives it to its adapters, with this machine as the only host on it, and the desk's own files there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use channel_contract::channel::Fetched;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Outside, Web};
use channel_contract::outbound::OutboundAttachment;
use reqwest::{Client, Response};
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

/// `inside` is an address of the desk's own network.
pub(crate) fn outside(patience: Duration, inside: &str) -> (Outside, Arc<Here>) {
    let client = client(patience);
    let web = Arc::new(Here {
        http: client.clone(),
        inside: inside.to_owned(),
        offered: Mutex::default(),
        is_hidden: AtomicBool::new(false),
    });
    let clock = || OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    (Outside { web: web.clone(), client, clock: Arc::new(clock) }, web)
}

pub(crate) struct Here {
    http: Client,
    inside: String,
    offered: Mutex<BTreeMap<String, Bytes>>,
    is_hidden: AtomicBool,
}

impl Here {
    /// Nobody on the web can reach the desk from now on.
    pub(crate) fn hide(&self) {
        self.is_hidden.store(true, Ordering::Relaxed);
    }

    /// The bytes that lie at an address of the desk.
    pub(crate) fn file(&self, address: &str) -> Bytes {
        self.offered.lock().unwrap().get(address).cloned().unwrap_or_default()
    }

    async fn asked(&self, address: &str, bearer: Option<&str>) -> Result<Response, ChannelFailure> {
        if address.starts_with(&self.inside) {
            return Err(refused("The address leads into the desk's own network."));
        }
        let request = self.http.get(address);
        let request = if let Some(token) = bearer { request.bearer_auth(token) } else { request };
        request.send().await.map_err(silent)
    }
}

fn refused(words: &str) -> ChannelFailure {
    ChannelFailure::refused(FailureClass::Content, words)
}

fn silent(_: reqwest::Error) -> ChannelFailure {
    ChannelFailure::silent("The file did not come in time.")
}

#[async_trait]
impl Web for Here {
    async fn fetch(&self, address: &str, bearer: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure> {
        let is_of_line = address.contains("/v2/bot/message/");
        assert_eq!(bearer.is_some(), is_of_line, "the token is shown to LINE alone: {address}");
        let mut response = self.asked(address, bearer).await?;
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

    fn offers_files(&self) -> bool {
        !self.is_hidden.load(Ordering::Relaxed)
    }

    async fn offer(&self, file: &OutboundAttachment, _: Duration) -> Result<String, ChannelFailure> {
        let mut offered = self.offered.lock().unwrap();
        let address = format!("https://desk.example/files/{}", offered.len());
        offered.insert(address.clone(), file.content.clone());
        Ok(address)
    }
}
