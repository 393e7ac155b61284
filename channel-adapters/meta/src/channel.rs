//! A page or an Instagram account as a channel.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::Capabilities;
use channel_contract::channel::{ChannelKind, Fetched, Handshake, Health, MessageChannel, Quota, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::Web;
use channel_contract::inbound::{FileReference, Inbound, InboundEvent, RawItem, RawOrigin};
use channel_contract::outbound::{Outbound, OutboundAttachment, Receipt, Reconciliation};
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::client::Client;
use crate::inbound::inbound;
use crate::read::{digest, read};
use crate::reconcile::{Conversation, LOOKED_AT, Page, found, receipt};
use crate::settings::{MetaSettings, Network};
use crate::tokens::Purpose;
use crate::wire::{Text, element};
use crate::{health, send, signature};

/// The largest request that is taken, in bytes; Meta sends at most 3 MB.
const LARGEST: usize = 4 * 1024 * 1024;
/// The longest question of a handshake that is answered.
const LONGEST_CHALLENGE: usize = 256;

/// One page, or one Instagram account.
pub struct MetaChannel {
    client: Client,
    web: Arc<dyn Web>,
}

/// What was handed in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Uploaded {
    attachment_id: Text,
}

/// What was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    message_id: Text,
}

/// What a page of conversations holds.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    id: Text,
}

impl MetaChannel {
    /// Takes the settings, a client with time-outs for Meta itself, the desk's own way to the web for what customers
    /// send, and the clock.
    pub fn new(
        settings: MetaSettings,
        http: reqwest::Client,
        web: Arc<dyn Web>,
        clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static,
    ) -> Self {
        Self { client: Client::new(settings, http, Box::new(clock)), web }
    }

    fn settings(&self) -> &MetaSettings {
        &self.client.settings
    }

    /// Hands a file in, and gives what Meta calls it and its id there.
    async fn upload(&self, file: &OutboundAttachment) -> Result<(&'static str, String), ChannelFailure> {
        let settings = self.settings();
        let kind = send::file_kind(settings.network, &file.content_type).unwrap_or("file");
        let message = json!({ "attachment": { "type": kind, "payload": { "is_reusable": false } } });
        let part = Part::stream(file.content.clone()).file_name(send::sound_name(&file.name));
        let part = part
            .mime_str(send::sound_type(&file.content_type))
            .map_err(|_| ChannelFailure::refused(FailureClass::Content, "The type of the file is none."))?;
        let form = Form::new().text("message", message.to_string()).part("filedata", part);
        let form = match settings.network {
            Network::Messenger => form,
            Network::Instagram => form.text("platform", settings.network.platform()),
        };
        let uploaded: Uploaded = self.client.upload(&[settings.node(), "message_attachments"], form).await?;
        let id = uploaded.attachment_id.given().ok_or_else(|| ChannelFailure::Retry {
            class: FailureClass::Protocol,
            after: None,
            reason: format!("{} took the file and gave it no id.", self.client.name()),
        })?;
        Ok((kind, id))
    }

    /// The newest messages with a customer; `None` where there is no conversation.
    async fn conversation(&self, customer: &str) -> Result<Option<Conversation>, ChannelFailure> {
        let settings = self.settings();
        let query = [("platform", settings.network.platform()), ("user_id", customer), ("fields", "id")];
        let page: Page = self.client.get(&[settings.node(), "conversations"], &query, Purpose::Message).await?;
        let named: Option<Named> = page.data.elements().first().map(element);
        let Some(id) = named.and_then(|named| named.id.given()) else { return Ok(None) };
        let fields = format!("messages.limit({LOOKED_AT}){{id,created_time,from,message,attachments{{name,size}}}}");
        self.client.get(&[&id], &[("fields", &fields)], Purpose::Message).await.map(Some)
    }
}

#[async_trait]
impl MessageChannel for MetaChannel {
    fn kind(&self) -> ChannelKind {
        self.settings().network.kind()
    }

    fn capabilities(&self) -> Capabilities {
        send::capabilities(self.settings())
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        let signature = signature::given(request)?;
        if request.body.len() > LARGEST {
            return Err(VerifyError::TooLarge { limit: LARGEST });
        }
        signature::check(self.settings(), &signature, &request.body)?;
        let external_id = digest(&request.body);
        Ok(vec![RawItem { external_id, origin: RawOrigin::Webhook, body: request.body.clone() }])
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        signature::given(request).map(|_| ())
    }

    fn handshake(&self, request: &WebhookRequest) -> Option<Handshake> {
        let token = &self.settings().verify_token;
        let given = request.query("hub.verify_token").unwrap_or_default();
        let is_asked = request.query("hub.mode") == Some("subscribe") && !token.is_empty();
        let challenge = request.query("hub.challenge")?;
        let is_sound = challenge.len() <= LONGEST_CHALLENGE && challenge.bytes().all(|byte| byte.is_ascii_graphic());
        let is_answered = is_asked && signature::same(token, given) && is_sound;
        is_answered.then(|| Handshake { content_type: "text/plain", body: challenge.to_owned() })
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        let events = read(&raw.body)?;
        if events.is_empty() {
            let event = InboundEvent::Ignored("a request without anything about this account");
            return Ok(vec![Inbound { external_id: digest(&raw.body), occurred_at: None, event }]);
        }
        Ok(events.into_iter().flat_map(|event| inbound(self.settings(), event)).collect())
    }

    async fn wait(&self, _: Duration) -> Result<(), ChannelFailure> {
        Ok(())
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        self.web.fetch(&file.key, None, most).await
    }

    fn split(&self, message: &Outbound) -> Vec<Outbound> {
        send::split(self.settings(), message)
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        send::admit(self.settings(), message)?;
        let uploaded = match message.attachments.first() {
            Some(file) => Some(self.upload(file).await?),
            None => None,
        };
        let uploaded = uploaded.as_ref().map(|(kind, id)| (*kind, id.as_str()));
        let body: Value = send::body(message, uploaded);
        let answer = self.client.post(&[self.settings().node(), "messages"], &body).await?;
        let sent: Sent = serde_json::from_slice(&answer.body).unwrap_or_default();
        match sent.message_id.given() {
            Some(id) => Ok(receipt(id, message)),
            None => Err(ChannelFailure::Unknown {
                reason: format!("{} answered without the id of the message, so it may have it.", self.client.name()),
            }),
        }
    }

    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        let Some(customer) = message.to.first() else { return Ok(Reconciliation::NotSent) };
        let conversation = self.conversation(customer).await?;
        Ok(conversation.map_or(Reconciliation::CannotTell, |known| found(self.settings(), message, &known)))
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        health::check(&self.client).await
    }

    fn health(&self) -> Health {
        let used = self.client.usage.share();
        let quota = (used > 0).then_some(Quota { name: "Calls, in percent", used, of: 100 });
        Health { token_ends_at: self.client.tokens.ends(self.settings()), quota: quota.into_iter().collect() }
    }

    fn renewed_secrets(&self) -> Option<Value> {
        self.client.tokens.take_renewed()
    }
}
