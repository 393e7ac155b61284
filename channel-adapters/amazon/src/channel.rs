//! A seller's account on Amazon as a channel of the desk.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use channel_contract::Order;
use channel_contract::capabilities::{Capabilities, Hosts, LengthLimit, LengthUnit};
use channel_contract::channel::{ChannelKind, Cursor, Health, MessageChannel, Polled, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::{self, Outside};
use channel_contract::inbound::{Inbound, InboundEvent, RawItem, RawOrigin};
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use channel_contract::template::{FilledTemplate, Template, Terms};
use channel_email::EmailChannel;
use serde_json::{Map, Value, json};

use crate::address::Alias;
use crate::order_change::Notification;
use crate::queue::{self, Queue};
use crate::settings::{AmazonSettings, SpApiSettings};
use crate::spapi::SpApi;
use crate::{inbound, news, order_change, outgoing, relay};

/// One seller's account.
pub struct AmazonChannel {
    settings: AmazonSettings,
    mail: EmailChannel,
    spapi: Option<SpApi>,
    queue: Option<Queue>,
    /// Where links may lead to.
    hosts: Arc<[String]>,
}

impl AmazonChannel {
    /// A channel with these settings. Nothing is connected yet.
    pub fn new(settings: AmazonSettings, outside: Outside) -> Self {
        let mail = EmailChannel::new(settings.plain_mail());
        let spapi = settings.spapi.clone().filter(SpApiSettings::is_set);
        let queue = spapi.as_ref().and_then(|spapi| Queue::of(&spapi.queue, &outside));
        let spapi = spapi.map(|spapi| SpApi::new(spapi, outside));
        let hosts = settings.link_hosts().into();
        Self { settings, mail, spapi, queue, hosts }
    }

    fn api(&self) -> Result<&SpApi, ChannelFailure> {
        let missing = || {
            let words = "Access to Amazon's Selling Partner API is not set up for this channel.";
            ChannelFailure::refused(FailureClass::Permission, words)
        };
        self.spapi.as_ref().ok_or_else(missing)
    }
}

/// The event of a stored item, a notification that was pushed or a mail, and what it tells of the buyer beside that.
pub(crate) fn read(
    raw: &RawItem,
    mail: &EmailChannel,
    settings: &AmazonSettings,
) -> Result<(Inbound, Option<Inbound>), ParseError> {
    let is_notification = order_change::is_one(&raw.body) || raw.external_id.starts_with(order_change::KEY);
    if raw.origin == RawOrigin::Webhook && is_notification {
        return order_change::read(&raw.body, settings).map(|event| (event, None));
    }
    let (parsed, inbound) = mail.read(raw);
    let beside = inbound::opted_out(raw, &parsed, settings).map(|consent| Inbound {
        external_id: format!("{}:consent", inbound.external_id),
        occurred_at: parsed.date,
        event: InboundEvent::Consent(consent),
    });
    Ok((inbound::read(raw, &parsed, inbound, settings), beside))
}

#[async_trait]
impl MessageChannel for AmazonChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Amazon
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            text: Some(LengthLimit { most: self.settings.longest_text, unit: LengthUnit::Characters }),
            least_text: 0,
            attachments: Some(self.settings.files()),
            files_need_address: false,
            html: false,
            subject: true,
            own_titles: true,
            reply_window: None,
            people_window: None,
            in_private: false,
            templates: self.spapi.is_some(),
            choices: None,
            can_initiate: true,
            delivered_receipts: false,
            read_receipts: false,
            agent_may_send: true,
            links: false,
            link_hosts: Hosts::Set(self.hosts.clone()),
        }
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        self.mail.admit(request)
    }

    /// Mails are forwarded here as they are, and notifications come as JSON; both with the secret of the channel, in the
    /// address or in the header `x-resolute-secret`.
    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        let declared = request.header("content-type").unwrap_or_default();
        if !http::media_type(declared).eq_ignore_ascii_case("application/json") {
            let items = self.mail.verify(request)?;
            if order_change::is_one(&request.body) {
                return Err(VerifyError::Malformed("a mail does not begin like this".to_owned()));
            }
            return Ok(items);
        }
        self.mail.admit(request)?;
        request.up_to(self.settings.mail.most_bytes)?;
        let notification = Notification::read(&request.body)
            .ok_or_else(|| VerifyError::Malformed("the notification is no JSON object".to_owned()))?;
        let external_id = notification.key(&request.body);
        Ok(vec![RawItem { external_id, origin: RawOrigin::Webhook, body: request.body.clone() }])
    }

    async fn proposals(&self) -> Result<Map<String, Value>, ChannelFailure> {
        self.mail.proposals().await
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        let (event, beside) = read(raw, &self.mail, &self.settings)?;
        Ok(std::iter::once(event).chain(beside).collect())
    }

    fn polls(&self) -> bool {
        self.mail.polls()
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
        let (mail, place) = queue::parted(cursor);
        let mut polled = self.mail.poll(mail.as_ref()).await?;
        if let (Some(queue), Some(spapi)) = (&self.queue, &self.spapi) {
            Box::pin(news::add(&mut polled, queue, spapi, place)).await;
        }
        Ok(polled)
    }

    async fn wait(&self, at_most: Duration) -> Result<(), ChannelFailure> {
        self.mail.wait(at_most).await
    }

    async fn templates(&self) -> Result<Vec<Template>, ChannelFailure> {
        Ok(self.spapi.as_ref().map(SpApi::templates).unwrap_or_default())
    }

    fn terms(&self, template: &FilledTemplate) -> Terms {
        self.spapi.as_ref().map(|spapi| spapi.terms(template)).unwrap_or_default()
    }

    fn objections(&self, text: &str) -> Vec<String> {
        outgoing::objections(text, &self.settings)
    }

    fn answer_within(&self) -> Option<Duration> {
        Some(self.settings.answer_within())
    }

    fn opted_out(&self, template: Option<&str>) -> Option<&'static str> {
        template.map(|_| inbound::OPTED_OUT)
    }

    fn unreached(&self, address: &str) -> Option<&'static str> {
        Alias::read(address, &self.settings).is_none().then_some(outgoing::NOT_A_BUYER)
    }

    fn forgets_after(&self) -> Option<Duration> {
        self.settings.forgets_after()
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        outgoing::admit(message, &self.capabilities(), &self.settings)?;
        if let Some(template) = &message.template {
            return Box::pin(self.api()?.send(template, message, &self.settings)).await;
        }
        self.mail.send(&outgoing::mail(message, &self.settings)?).await
    }

    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        // The Selling Partner API has no way to ask what was sent.
        if message.template.is_some() {
            return Ok(Reconciliation::CannotTell);
        }
        self.mail.reconcile(&outgoing::mail(message, &self.settings)?).await
    }

    fn reads_orders(&self) -> bool {
        self.spapi.as_ref().is_some_and(SpApi::has_access)
    }

    async fn order(&self, number: &str) -> Result<Option<Order>, ChannelFailure> {
        // Whatever is not written like one of Amazon's is none of theirs.
        if relay::orders_in(&[number]) != [number] {
            return Ok(None);
        }
        Box::pin(self.api()?.order(number)).await
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        self.mail.check().await?;
        let Some(spapi) = &self.spapi else { return Ok(()) };
        Box::pin(spapi.check()).await?;
        let Some(queue) = &self.queue else { return Ok(()) };
        let beside = |failure: ChannelFailure| failure.beside(queue::BRINGS);
        Box::pin(queue.check()).await.map_err(beside)?;
        Box::pin(spapi.subscribe(queue.arn())).await.map_err(beside)
    }

    fn health(&self) -> Health {
        let token_ends_at = self.spapi.as_ref().and_then(SpApi::access_ends_at);
        Health { token_ends_at, quota: Vec::new() }
    }

    fn renewed_secrets(&self) -> Option<Value> {
        let mail = self.mail.renewed_secrets();
        let token = self.spapi.as_ref().and_then(SpApi::take_renewed);
        let spapi = token.map(|token| json!({ "spapi": { "refresh_token": token } }));
        match (mail, spapi) {
            (Some(Value::Object(mut both)), Some(Value::Object(own))) => {
                both.extend(own);
                Some(Value::Object(both))
            }
            (mail, spapi) => mail.or(spapi),
        }
    }
}
