//! Files that customers send, and a way to the web as the desk gives it to its adapters.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::channel::Fetched;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Web;
use channel_contract::inbound::RawItem;
use channel_contract::testkit::{MediaFault, MediaHarness};
use platform_doubles::{Fault, Platform, Request, Response};
use serde_json::json;

use crate::stage::{CUSTOMER, Stage};

/// Something inside of the desk's network.
pub(crate) struct Inside;

#[async_trait]
impl Platform for Inside {
    async fn answer(&self, _: Request) -> Response {
        Response::status(200)
    }
}

/// Reaches one host and no other, and follows nothing.
pub(crate) struct TestWeb {
    pub(crate) http: reqwest::Client,
    pub(crate) host: String,
}

#[async_trait]
impl Web for TestWeb {
    async fn fetch(&self, address: &str, bearer: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure> {
        assert_eq!(bearer, None, "an address that a customer sent gets no access");
        let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
        if !address.starts_with(&format!("http://{}/", self.host)) {
            return refused("The address leads into the desk's own network.");
        }
        let request = self.http.get(address).timeout(Duration::from_secs(2));
        let response = request.send().await.map_err(|_| ChannelFailure::temporary("The file did not come in time."))?;
        if !response.status().is_success() {
            return refused("The file is not there.");
        }
        let content = response.bytes().await.map_err(|_| ChannelFailure::temporary("The file broke off."))?;
        if u64::try_from(content.len()).unwrap() > most {
            return refused("The file is too large.");
        }
        Ok(Fetched { content, content_type: "image/png".to_owned() })
    }
}

#[async_trait]
impl MediaHarness for Stage {
    fn has(&self, fault: MediaFault) -> bool {
        fault != MediaFault::Altered
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let file = |body: &'static [u8]| Response { status: 200, headers: Vec::new(), body: body.into() };
        let name = format!("{fault:?}.png");
        let response = match fault {
            None | Some(MediaFault::Late | MediaFault::Altered | MediaFault::Inside) => file(MediaFault::FILE),
            Some(MediaFault::Gone) => Response::status(404),
            Some(MediaFault::Elsewhere) => Response::status(302).with("location", &self.inside.url()),
            Some(MediaFault::Empty) => file(b""),
        };
        self.meta().put_media(&name, response);
        if fault == Some(MediaFault::Late) {
            self.double.misbehave("GET", "/media/", Fault::HangAfterBody, 1);
        }
        let base = if fault == Some(MediaFault::Inside) { self.inside.url() } else { self.double.url() };
        let payload = json!({ "url": format!("{base}/media/{name}") });
        self.item(&self.meta().request(&[self.meta().attachment(CUSTOMER, "m_file", "image", &payload)]))
    }

    async fn asked_inside(&self) -> usize {
        self.inside.calls().len()
    }
}
