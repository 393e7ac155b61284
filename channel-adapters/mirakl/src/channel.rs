//! The shop on a marketplace as a channel of the desk.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::Order;
use channel_contract::capabilities::{AttachmentLimit, Capabilities, LengthLimit, LengthUnit};
use channel_contract::channel::{ChannelKind, Cursor, Fetched, MessageChannel, Polled, WebhookRequest};
use channel_contract::failure::{ChannelFailure, ParseError, VerifyError};
use channel_contract::http::Outside;
use channel_contract::inbound::{FileReference, Inbound, RawItem};
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use serde_json::Value;

use crate::client::Client;
use crate::poll::Poll;
use crate::settings::MiraklSettings;
use crate::{inbound, items, order, read, reconcile, send, wire};

/// The most characters in a message.
const LONGEST_TEXT: usize = 50_000;
/// The most files in a message, and in all threads of an order together.
const MOST_FILES: usize = 50;
/// The most bytes of files in a message.
const MOST_BYTES: u64 = 30_000_000;

/// One shop on one marketplace.
pub struct MiraklChannel {
    client: Client,
}

impl MiraklChannel {
    /// A channel with these settings. Nothing is called yet.
    pub fn new(settings: MiraklSettings, outside: Outside) -> Self {
        Self { client: Client::new(settings, outside) }
    }

    fn settings(&self) -> &MiraklSettings {
        &self.client.settings
    }

    async fn asked_for(&self, number: &str) -> Result<Option<Order>, ChannelFailure> {
        let query = [("order_ids", number.to_owned()), ("max", "1".to_owned())];
        let answer = self.client.read(&["orders"], &query).await?;
        let name = self.settings().name();
        let page = items::page(&answer.body, "orders").ok_or_else(|| ChannelFailure::unreadable(name))?;
        let is_it = |found: &&Value| wire::text(found, &["order_id"]).eq_ignore_ascii_case(number);
        let Some(found) = page.entries.iter().find(is_it) else { return Ok(None) };
        order::read(found).map(Some).ok_or_else(|| ChannelFailure::untold(name))
    }
}

#[async_trait]
impl MessageChannel for MiraklChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Mirakl
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            text: Some(LengthLimit { most: LONGEST_TEXT, unit: LengthUnit::Characters }),
            least_text: send::SHORTEST,
            attachments: Some(AttachmentLimit::any(MOST_FILES, MOST_BYTES)),
            agent_may_send: true,
            links: self.settings().links,
            ..Capabilities::NOTHING
        }
    }

    /// In a thread the shop may write whoever wrote there before.
    fn capabilities_in(&self, thread_id: Option<&str>) -> Capabilities {
        Capabilities { can_initiate: thread_id.is_some_and(|id| !id.is_empty()), ..self.capabilities() }
    }

    fn verify(&self, _: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        Err(VerifyError::Malformed("marketplaces push nothing, they are polled".to_owned()))
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        Ok(inbound::events(&raw.external_id, read::read(raw)?, self.settings()))
    }

    fn polls(&self) -> bool {
        true
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
        Ok(Box::pin(Poll::new(&self.client, cursor).run()).await)
    }

    async fn wait(&self, at_most: Duration) -> Result<(), ChannelFailure> {
        tokio::time::sleep(at_most).await;
        Ok(())
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        self.client.file(&file.key, most).await
    }

    fn objections(&self, text: &str) -> Vec<String> {
        send::objections(text, self.settings())
    }

    fn answer_within(&self) -> Option<Duration> {
        self.settings().answer_within()
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        let call = send::call(message, self.settings())?;
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let answer = self.client.post(&segments, call.form, &message.text).await?;
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match wire::text(&told, &["message_id"]).as_str() {
            "" => Err(ChannelFailure::unclear(self.settings().name())),
            id => Ok(Receipt { external_id: id.to_owned(), also_known_as: Vec::new() }),
        }
    }

    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        let Some(thread) = message.thread_id.as_deref() else { return Ok(Reconciliation::NotSent) };
        let Some(answer) = self.client.thread(thread).await? else { return Ok(Reconciliation::NotSent) };
        Ok(reconcile::find(&answer.json(self.settings().name())?, message))
    }

    fn reads_orders(&self) -> bool {
        self.settings().orders
    }

    async fn order(&self, number: &str) -> Result<Option<Order>, ChannelFailure> {
        // An order source of before stays when orders are no longer read.
        if !self.reads_orders() || !order::is_number(number) {
            return Ok(None);
        }
        let (settings, now) = (self.settings(), self.client.outside.now());
        let pace = (now, settings.one_order_every());
        self.client.turns.take(number, settings.name(), pace, self.asked_for(number)).await
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        let answer = self.client.read(&["inbox", "threads"], &[("limit", "1".to_owned())]).await?;
        let page = items::page(&answer.body, "data");
        page.map(|_| ()).ok_or_else(|| ChannelFailure::unreadable(self.settings().name()))
    }
}
