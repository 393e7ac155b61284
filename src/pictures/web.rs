//! Files on the web that channels need, and pages that become articles: from public machines, and from the services of the
//! channel's own platform as a person set them, which may be on this machine. And what platforms fetch here.
//!
//! Where a file lies is the platform's or a customer's word, so it is not logged.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use channel_contract::channel::Fetched;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Web, not_on_the_web};
use channel_contract::outbound::OutboundAttachment;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, header};
use url::{Origin, Url};

use super::{CONNECT, NotAsked, Outside, REDIRECTS, Reach, may_be_asked};
use crate::offered::Offers;

/// How long one file may take.
const TIME: Duration = Duration::from_mins(1);

/// The web, as far as a channel may reach it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OpenWeb {
    reach: Reach,
    /// Looks up public machines alone.
    public: Client,
    /// For the channel's own services.
    plain: Client,
    own: Vec<Origin>,
    /// What is shown to platforms, where the desk shows them anything.
    offers: Option<Offers>,
}

/// What is shown to the host of an address.
#[derive(Clone, Copy)]
enum Shown<'a> {
    Nothing,
    Token(&'a str),
    Name(&'a str, &'a str),
}

impl OpenWeb {
    pub(super) fn new(reach: Reach) -> reqwest::Result<Self> {
        let may_reach = reach.allows;
        let public = builder().dns_resolver(Outside { may_reach }).build()?;
        Ok(Self { reach, public, plain: builder().build()?, own: Vec::new(), offers: None })
    }

    /// The same for a desk that shows its files to platforms.
    #[must_use]
    pub fn offering(self, offers: Offers) -> Self {
        Self { offers: Some(offers), ..self }
    }

    /// The same for a channel whose platform has its services at these addresses.
    #[must_use]
    pub fn with(&self, services: &[String]) -> Self {
        let own = services.iter().filter_map(|address| Url::parse(address).ok()).map(|url| url.origin()).collect();
        Self { own, ..self.clone() }
    }

    /// A page, and the address at which it is: that one may lead on.
    pub async fn page(&self, address: &str, most: u64) -> Result<(Fetched, Url), ChannelFailure> {
        self.get(address, Shown::Nothing, most).await
    }

    async fn get(&self, address: &str, shown: Shown<'_>, most: u64) -> Result<(Fetched, Url), ChannelFailure> {
        let mut url = Url::parse(address).map_err(|_| refused("The file lies at an address that is none."))?;
        let first = url.origin();
        for _ in 0..=REDIRECTS {
            let is_own = self.own.contains(&url.origin());
            if !is_own && !may_be_asked(&url, &self.reach) {
                return Err(refused("The file lies at an address that is not asked."));
            }
            let client = if is_own { &self.plain } else { &self.public };
            let request = client.get(url.clone());
            let request = match shown {
                _ if url.origin() != first => request,
                Shown::Nothing => request,
                Shown::Token(token) => request.bearer_auth(token),
                Shown::Name(name, password) => request.basic_auth(name, Some(password)),
            };
            let answer = request.send().await.map_err(|error| broken(&error))?;
            if !answer.status().is_redirection() {
                return Ok((taken(answer, most).await?, url));
            }
            let next = answer.headers().get(header::LOCATION).and_then(|next| next.to_str().ok());
            let next = next.and_then(|next| url.join(next).ok());
            url = next.ok_or_else(|| refused("The file is not where it was said to be."))?;
        }
        Err(refused("The address of the file leads on and on."))
    }
}

/// A client that keeps nothing and follows nothing by itself.
fn builder() -> ClientBuilder {
    let plain = Client::builder().redirect(Policy::none()).no_proxy().referer(false);
    plain.connect_timeout(CONNECT).timeout(TIME).user_agent("Resolute")
}

#[async_trait]
impl Web for OpenWeb {
    async fn fetch(&self, address: &str, bearer: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure> {
        self.get(address, bearer.map_or(Shown::Nothing, Shown::Token), most).await.map(|(fetched, _)| fetched)
    }

    async fn fetch_as(&self, address: &str, name: &str, password: &str, most: u64) -> Result<Fetched, ChannelFailure> {
        self.get(address, Shown::Name(name, password), most).await.map(|(fetched, _)| fetched)
    }

    fn offers_files(&self) -> bool {
        self.offers.as_ref().is_some_and(Offers::are_reached)
    }

    async fn offer(&self, file: &OutboundAttachment, lasts: Duration) -> Result<String, ChannelFailure> {
        let address = self.offers.as_ref().and_then(|offers| offers.address(file, lasts));
        address.ok_or_else(not_on_the_web)
    }
}

/// The bytes of an answer, at most so many.
async fn taken(mut answer: Response, most: u64) -> Result<Fetched, ChannelFailure> {
    match answer.status().as_u16() {
        200..=299 => {}
        429 | 500.. => return Err(ChannelFailure::temporary("The file cannot be had for the moment.")),
        _ => return Err(refused("The file is not there any more.")),
    }
    let is_too_large = |length: u64| length > most;
    if answer.content_length().is_some_and(is_too_large) {
        return Err(too_large());
    }
    let content_type = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let mut bytes = BytesMut::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&piece);
        if is_too_large(u64::try_from(bytes.len()).unwrap_or(u64::MAX)) {
            return Err(too_large());
        }
    }
    let content: Bytes = bytes.freeze();
    Ok(Fetched { content, content_type })
}

fn refused(words: &str) -> ChannelFailure {
    ChannelFailure::refused(FailureClass::Content, words)
}

fn too_large() -> ChannelFailure {
    refused("The file is larger than the desk takes.")
}

/// The words of the error are left out: they quote the address.
fn broken(error: &reqwest::Error) -> ChannelFailure {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(found) = cause {
        if found.is::<NotAsked>() {
            return refused("The file lies at an address that is not asked.");
        }
        cause = found.source();
    }
    ChannelFailure::temporary("The file could not be fetched: the connection broke, or took too long.")
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::{header, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::super::Pictures;
    use super::*;

    fn web(own: &[String]) -> OpenWeb {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Pictures::default().web("").unwrap().with(own)
    }

    #[tokio::test]
    async fn the_platforms_own_service_is_asked_and_nothing_else_of_this_machine() {
        let (service, inside) = (MockServer::start().await, MockServer::start().await);
        let file = ResponseTemplate::new(200).set_body_raw("a cat", "image/png");
        Mock::given(path("/cat")).and(header("authorization", "Bearer word")).respond_with(file).mount(&service).await;
        let on = ResponseTemplate::new(302).insert_header("location", format!("{}/secret", inside.uri()));
        Mock::given(path("/on")).respond_with(on).mount(&service).await;
        Mock::given(path("/secret")).respond_with(ResponseTemplate::new(200)).mount(&inside).await;
        let round = ResponseTemplate::new(302).insert_header("location", "/round");
        Mock::given(path("/round")).respond_with(round).mount(&service).await;
        let web = web(&[format!("{}/v1", service.uri())]);
        let at = |path: &str| format!("{}{path}", service.uri());
        let fetched = web.fetch(&at("/cat"), Some("word"), 10).await.unwrap();
        assert_eq!((fetched.content.as_ref(), fetched.content_type.as_str()), (&b"a cat"[..], "image/png"));
        for refused in
            [at("/cat?without-the-word"), at("/on"), at("/round"), inside.uri(), "http://localhost/".to_owned()]
        {
            let failure = web.fetch(&refused, None, 10).await.unwrap_err();
            assert_eq!(failure.class(), FailureClass::Content, "{refused}: {failure}");
        }
        assert_eq!(web.fetch(&at("/cat"), Some("word"), 4).await.unwrap_err(), too_large());
        assert!(inside.received_requests().await.unwrap().is_empty(), "what is inside was not asked");
    }
}
