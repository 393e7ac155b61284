//! A page or an Instagram account as a channel.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::Capabilities;
use channel_contract::channel::{
    ChannelKind, Cursor, Fetched, Handshake, Health, MessageChannel, NameScope, Polled, PrivateThread, Quota,
    WebhookRequest,
};
use channel_contract::failure::{ChannelFailure, ParseError, VerifyError};
use channel_contract::gap::Gap;
use channel_contract::http::{Form, Outside};
use channel_contract::hub;
use channel_contract::inbound::{FileReference, Identity, Inbound, InboundEvent, RawItem};
use channel_contract::outbound::{Outbound, Reaction, Receipt, Reconciliation};
use channel_contract::wire::{Word, fingerprint};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::comments::{self, To};
use crate::inbound::{self, inbound};
use crate::read::read;
use crate::reconcile::{Conversation, LOOKED_AT, Page, found, receipt};
use crate::settings::{MetaSettings, Network};
use crate::tokens::Purpose;
use crate::{health, history, send, subscription};

/// The largest request that is taken, in bytes; Meta sends at most 3 MB.
const LARGEST: usize = 4 * 1024 * 1024;

/// One page, or one Instagram account.
pub struct MetaChannel {
    client: Client,
}

/// What was handed in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Uploaded {
    attachment_id: Word,
}

/// What was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    message_id: Word,
    recipient_id: Word,
}

/// Somebody who writes, as far as they let others see it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    first_name: Word,
    last_name: Word,
    name: Word,
    username: Word,
}

impl Profile {
    fn shown(&self) -> Option<String> {
        let parts = [&self.first_name, &self.last_name].into_iter().filter_map(Word::given);
        let whole = parts.collect::<Vec<_>>().join(" ");
        let username = || self.username.given().map(|name| format!("@{name}"));
        Some(whole).filter(|name| !name.is_empty()).or_else(|| self.name.owned()).or_else(username)
    }
}

/// What a page of conversations holds.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    id: Word,
}

impl MetaChannel {
    /// Over these settings; nothing is called yet.
    pub fn new(settings: MetaSettings, outside: Outside) -> Self {
        Self { client: Client::new(settings, outside) }
    }

    fn settings(&self) -> &MetaSettings {
        &self.client.settings
    }

    /// Hands the file of a message in, and gives what Meta calls it and its id there.
    async fn upload(&self, message: &Outbound) -> Result<Option<(&'static str, String)>, ChannelFailure> {
        let Some(file) = message.attachments.first() else { return Ok(None) };
        let settings = self.settings();
        let kind = send::file_kind(settings.network, &file.content_type).unwrap_or("file");
        let about = json!({ "attachment": { "type": kind, "payload": { "is_reusable": false } } });
        let form = Form::of(message.command_id).field("message", &about.to_string()).file("filedata", file);
        let form = match settings.network {
            Network::Messenger => form,
            Network::Instagram => form.field("platform", settings.network.platform()),
        };
        let uploaded: Uploaded = self.client.upload(&[settings.node(), "message_attachments"], form).await?;
        let id = uploaded.attachment_id.owned().ok_or_else(|| ChannelFailure::unreadable(self.client.name()))?;
        Ok(Some((kind, id)))
    }

    /// The newest messages with a customer; `None` where there is no conversation.
    async fn conversation(&self, customer: &str) -> Result<Option<Conversation>, ChannelFailure> {
        let settings = self.settings();
        let query = [("platform", settings.network.platform()), ("user_id", customer), ("fields", "id")];
        let page: Page = self.client.get(&[settings.node(), "conversations"], &query, Purpose::Message).await?;
        let Some(id) = page.data.read::<Named>().next().and_then(|named| named.id.owned()) else { return Ok(None) };
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

    fn capabilities_in(&self, thread_id: Option<&str>) -> Capabilities {
        if comments::is_open(thread_id) {
            send::capabilities_to_comments(self.settings())
        } else if comments::has_answer(thread_id) {
            send::capabilities_after_comments(self.settings())
        } else {
            self.capabilities()
        }
    }

    fn is_public(&self, message_id: &str) -> bool {
        comments::is_comment(message_id)
    }

    fn goes_on(&self, thread_id: &str) -> Option<PrivateThread> {
        let (settings, reader) = (self.settings(), comments::reader_of(thread_id)?);
        let thread_id = comments::private(settings.account(), reader);
        Some(PrivateThread { thread_id, reader: inbound::identity(settings.network, reader) })
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        self.admit(request)?;
        hub::verify(self.settings().secrets(), request)?;
        Ok(vec![RawItem::pushed(&request.body)])
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        hub::signature(request)?;
        request.up_to(LARGEST)
    }

    fn name_scope(&self) -> Option<NameScope> {
        let settings = self.settings();
        Some(NameScope { kind: inbound::kind_of(settings.network), within: settings.account().to_owned() })
    }

    fn tells_names(&self) -> bool {
        true
    }

    async fn name_of(&self, whom: &Identity) -> Result<Option<String>, ChannelFailure> {
        let fields = match self.settings().network {
            Network::Messenger => "first_name,last_name",
            Network::Instagram => "name,username",
        };
        let is_id = !whom.value.is_empty() && whom.value.bytes().all(|byte| byte.is_ascii_digit());
        if !is_id {
            return Ok(None);
        }
        let asked = self.client.get::<Profile>(&[&whom.value], &[("fields", fields)], Purpose::Message).await;
        match asked {
            Ok(profile) => Ok(profile.shown()),
            // They did not agree to be known, or are not there any more.
            Err(ChannelFailure::Refused { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn handshake(&self, request: &WebhookRequest) -> Option<Handshake> {
        hub::handshake(request, &self.settings().verify_token)
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        let events = read(&raw.body)?;
        if events.is_empty() {
            let event = InboundEvent::Ignored("nothing_about_an_account");
            return Ok(vec![Inbound { external_id: fingerprint(&raw.body), occurred_at: None, event }]);
        }
        Ok(events.into_iter().flat_map(|event| inbound(self.settings(), event)).collect())
    }

    fn keeps_history(&self) -> bool {
        true
    }

    async fn missed(&self, gap: &Gap, place: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
        history::page(&self.client, gap, place).await
    }

    async fn wait(&self, _: Duration) -> Result<(), ChannelFailure> {
        Ok(())
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        self.client.outside.web.fetch(&file.key, None, most).await
    }

    fn split(&self, message: &Outbound) -> Vec<Outbound> {
        send::split(self.settings(), &comments::to(message), message)
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        let to = comments::to(message);
        match to {
            To::Comment(_) => send::capabilities_to_comments(self.settings()),
            To::Person(_) => self.capabilities(),
        }
        .admit(message)?;
        send::admit(self.settings(), &to, message)?;
        let uploaded = self.upload(message).await?;
        let uploaded = uploaded.as_ref().map(|(kind, id)| (*kind, id.as_str()));
        let body: Value = send::body(message, &to, uploaded);
        let answer = self.client.post(&[self.settings().node(), "messages"], &body).await?;
        let sent: Sent = serde_json::from_slice(&answer.body).unwrap_or_default();
        let id = sent.message_id.owned().ok_or_else(|| ChannelFailure::unclear(self.client.name()))?;
        let reader = sent.recipient_id.given().or(message.to.first().map(String::as_str)).unwrap_or_default();
        Ok(to.read_by(self.settings().account(), reader, receipt(id, message)))
    }

    fn signs(&self) -> &'static [&'static str] {
        send::signs(self.settings().network)
    }

    fn signs_on(&self, message_id: &str) -> &'static [&'static str] {
        if comments::is_comment(message_id) { &[] } else { self.signs() }
    }

    async fn react(&self, reaction: &Reaction) -> Result<(), ChannelFailure> {
        reaction.admit(self.signs())?;
        let body = send::reaction(reaction)?;
        self.client.post(&[self.settings().node(), "messages"], &body).await.map(|_| ())
    }

    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        let to = comments::to(message);
        let customer = match &to {
            To::Person(id) => Some(id).filter(|id| !id.is_empty()),
            To::Comment(_) => message.to.first(),
        };
        let Some(customer) = customer else { return Ok(Reconciliation::NotSent) };
        let Some(known) = self.conversation(customer).await? else { return Ok(Reconciliation::CannotTell) };
        Ok(match found(self.settings(), message, &known) {
            Reconciliation::Sent(receipt) => {
                Reconciliation::Sent(to.read_by(self.settings().account(), customer, receipt))
            }
            other => other,
        })
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        health::check(&self.client).await
    }

    /// A person enters the address of the desk at the app; what the desk does is have the account tell the app.
    async fn begin(&self, _: &str) -> Result<(), ChannelFailure> {
        subscription::begin(&self.client).await
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
