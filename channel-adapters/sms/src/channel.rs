//! A number as a channel of the desk.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::{Capabilities, LengthLimit, LengthUnit};
use channel_contract::channel::{ChannelKind, Fetched, MessageChannel, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::Outside;
use channel_contract::inbound::{FileReference, Inbound, RawItem};
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};

use crate::fields::Fields;
use crate::settings::{Provider, SmsSettings, Twilio};
use crate::twilio::send::LONGEST_TEXT;
use crate::{inbound, key, messagebird, twilio};

/// The largest delivery that is taken, in bytes: they are a few thousand.
const LARGEST_DELIVERY: usize = 256 * 1024;

/// One number.
pub struct SmsChannel {
    settings: SmsSettings,
    outside: Outside,
}

impl SmsChannel {
    /// A channel with these settings; nothing is called yet.
    pub fn new(settings: SmsSettings, outside: Outside) -> Self {
        Self { settings, outside }
    }

    fn twilio(&self) -> Result<&Twilio, ChannelFailure> {
        match &self.settings.provider {
            Provider::Twilio(twilio) => Ok(twilio),
            Provider::MessageBird(_) => Err(ChannelFailure::refused(
                FailureClass::Permission,
                "What comes to this number at MessageBird is only read, and no reply leaves by it. Answer by another way, or connect \
                 a number at Twilio.",
            )),
        }
    }

    fn signature<'r>(&self, request: &'r WebhookRequest) -> Option<&'r str> {
        request.header(match self.settings.provider {
            Provider::Twilio(_) => twilio::signature::HEADER,
            Provider::MessageBird(_) => messagebird::signature::HEADER,
        })
    }
}

#[async_trait]
impl MessageChannel for SmsChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }

    fn capabilities(&self) -> Capabilities {
        if self.twilio().is_err() {
            return Capabilities::NOTHING;
        }
        Capabilities {
            text: Some(LengthLimit { most: LONGEST_TEXT, unit: LengthUnit::Characters }),
            can_initiate: true,
            delivered_receipts: !self.settings.webhook_url.is_empty(),
            agent_may_send: true,
            links: true,
            ..Capabilities::NOTHING
        }
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        let signature = self.signature(request).filter(|signature| !signature.trim().is_empty());
        signature.ok_or(VerifyError::Missing)?;
        request.up_to(LARGEST_DELIVERY)
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        self.admit(request)?;
        match &self.settings.provider {
            Provider::Twilio(twilio) => {
                let (header, fields) = (self.signature(request), Fields::of_form(&request.body));
                twilio::signature::verify(twilio.signing_secrets(), header, &request.url, &fields)?;
            }
            Provider::MessageBird(bird) => messagebird::signature::verify(bird.signing_secrets(), request)?,
        }
        if request.body.trim_ascii().is_empty() {
            return Err(VerifyError::Malformed("the delivery is empty".to_owned()));
        }
        let external_id = key::external_id(&request.body, request.query(key::COMMAND));
        Ok(vec![RawItem { external_id, ..RawItem::pushed(&request.body) }])
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        inbound::events(raw, &self.settings)
    }

    fn opted_out(&self, _: Option<&str>) -> Option<&'static str> {
        Some(twilio::failure::NOT_REACHED)
    }

    async fn wait(&self, _: Duration) -> Result<(), ChannelFailure> {
        Ok(())
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        let twilio = self.twilio()?;
        // The credentials are for Twilio's own host, whatever address a message names.
        if twilio.is_own(&file.key) {
            let (name, secret) = twilio.credentials();
            return self.outside.web.fetch_as(&file.key, name, secret, most).await;
        }
        self.outside.web.fetch(&file.key, None, most).await
    }

    fn objections(&self, text: &str) -> Vec<String> {
        match self.twilio() {
            Ok(_) => twilio::send::too_many_parts(text, &self.settings).into_iter().collect(),
            Err(failure) => vec![failure.to_string()],
        }
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        let twilio = self.twilio()?;
        self.capabilities().admit(message)?;
        let form = twilio::send::form(message, &self.settings, twilio)?;
        let external_id = twilio::client::hand_over(&self.outside, twilio, form).await?;
        Ok(Receipt { external_id, also_known_as: vec![message.command_id.to_string()] })
    }

    async fn reconcile(&self, _: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        Ok(Reconciliation::CannotTell)
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        match &self.settings.provider {
            Provider::Twilio(twilio) => twilio::client::check(&self.outside, &self.settings, twilio).await,
            Provider::MessageBird(bird) if bird.signing_secrets().next().is_none() => {
                let words = "The key that MessageBird signs with is not set, so nothing of it can be taken.";
                Err(ChannelFailure::refused(FailureClass::Permission, words).unheard())
            }
            Provider::MessageBird(_) => {
                let number = self.settings.own_number();
                if number.strip_prefix('+').unwrap_or(&number).bytes().all(|digit| digit.is_ascii_digit()) {
                    return Ok(());
                }
                let words = format!(
                    "“{number}” is no phone number, so nothing that MessageBird hands on is for it. Write it with its country, as \
                     +4791234567."
                );
                Err(ChannelFailure::refused(FailureClass::Permission, words).unheard())
            }
        }
    }
}
