//! The seller's account as a channel of the desk.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use channel_contract::Order;
use channel_contract::capabilities::{AttachmentLimit, Capabilities, FileLimit, Hosts, LengthLimit, LengthUnit};
use channel_contract::channel::{
    ChannelKind, Cursor, Fetched, Handshake, Health, MessageChannel, Polled, WebhookRequest,
};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::Outside;
use channel_contract::inbound::{FileReference, Inbound, RawItem, RawOrigin};
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use channel_contract::wire;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use crate::client::Client;
use crate::failure::WHO;
use crate::happenings::Subject;
use crate::inbound::inbound;
use crate::keys::Keys;
use crate::progress::{Gathered, Progress};
use crate::pushes::Watch;
use crate::quota::Quotas;
use crate::read::{delivery_key, read};
use crate::settings::EbaySettings;
use crate::signature::{HEADER, Signed};
use crate::talks::Reading;
use crate::wire::{FROM_EBAY, FROM_MEMBERS};
use crate::{deals, order, pushes, reconcile, send, tokens, trading};

/// The largest notification that is taken, in bytes.
const LARGEST: usize = 1024 * 1024;
/// How long a file lies where eBay was told: it does not say whether it fetches a file at once, or when the member looks at it.
const FETCHED: Duration = Duration::from_hours(24 * 30);

/// The hosts of eBay's marketplaces: eBay forbids what leads out of it.
const OWN_HOSTS: [&str; 19] = [
    "ebay.at",
    "ebay.be",
    "ebay.ca",
    "ebay.ch",
    "ebay.co.uk",
    "ebay.com",
    "ebay.com.au",
    "ebay.com.hk",
    "ebay.com.my",
    "ebay.com.sg",
    "ebay.de",
    "ebay.es",
    "ebay.fr",
    "ebay.ie",
    "ebay.it",
    "ebay.nl",
    "ebay.ph",
    "ebay.pl",
    "ebay.us",
];

/// One seller's account.
pub struct EbayChannel {
    settings: Arc<EbaySettings>,
    client: Client,
    keys: Keys,
    quotas: Quotas,
    pushes: Watch,
    /// Rings when eBay has pushed something.
    news: Notify,
}

impl EbayChannel {
    /// A channel with these settings. Nothing is connected yet.
    pub fn new(settings: EbaySettings, outside: Outside) -> Self {
        let settings = Arc::new(settings);
        let keys = Keys::new(&settings.notifications.public_keys);
        let client = Client::new(settings.clone(), outside);
        Self { settings, client, keys, quotas: Quotas::default(), pushes: Watch::default(), news: Notify::new() }
    }

    fn check_header(request: &WebhookRequest) -> Result<&str, VerifyError> {
        request.header(HEADER).filter(|header| !header.trim().is_empty()).ok_or(VerifyError::Missing)
    }

    /// Everything that is looked for, each part by itself: messages come whatever the searches do.
    async fn gather(&self, progress: &mut Progress, out: &mut Gathered) -> Result<(), ChannelFailure> {
        let (client, settings) = (&self.client, &*self.settings);
        let reading = Reading { client, settings, now: client.now() };
        let polling = &settings.polling;
        let mut ended = false;
        for subject in Subject::ALL.into_iter().filter(|_| polling.orders) {
            if !ended && let Err(failure) = Box::pin(reading.search(subject, progress, out)).await {
                if failure.class() == FailureClass::Auth {
                    return Err(failure);
                }
                ended = true;
                out.fail(failure);
            }
        }
        let looks_back = polling.orders && !ended;
        if looks_back && let Err(failure) = Box::pin(reading.look_back(progress, out)).await {
            if failure.class() == FailureClass::Auth {
                return Err(failure);
            }
            out.fail(failure);
        }
        if settings.trading.is_used {
            return trading::look(client, settings, progress, out).await;
        }
        let kinds = [(FROM_MEMBERS, true), (FROM_EBAY, polling.from_ebay)];
        for (kind, _) in kinds.into_iter().filter(|(_, wanted)| *wanted) {
            Box::pin(reading.look(kind, progress, out)).await?;
        }
        Box::pin(reading.look_for_readers(progress, out)).await
    }

    async fn post_message(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        if self.settings.trading.is_used {
            return trading::send(&self.client, message).await;
        }
        let mut files = Vec::with_capacity(message.attachments.len());
        let names = message.attachments.iter().map(send::media_name).collect::<Result<Vec<_>, _>>()?;
        for (name, file) in names.into_iter().zip(&message.attachments) {
            files.push((name, self.client.outside.web.offer(file, FETCHED).await?));
        }
        let answer = self.client.send(&send::body(message, &files)?).await?;
        let taken: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match wire::text(&taken, &["messageId"]) {
            id if id.is_empty() => Err(ChannelFailure::unclear(WHO)),
            id => Ok(Receipt { external_id: id, also_known_as: Vec::new() }),
        }
    }

    async fn looked_for(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        if self.settings.trading.is_used {
            return trading::look_for(&self.client, message).await;
        }
        reconcile::look(&self.client, &self.settings, message).await
    }

    fn complete(&self) -> Result<(), ChannelFailure> {
        let missing = if self.settings.usernames.iter().all(String::is_empty) {
            "The seller's user name at eBay is missing: without it nobody can tell who wrote."
        } else if self.settings.access.client_id.is_empty() || self.settings.access.refresh_token.is_empty() {
            "The account is not connected yet: let the seller allow it at eBay."
        } else {
            return Ok(());
        };
        Err(ChannelFailure::refused(FailureClass::Permission, missing))
    }
}

#[async_trait]
impl MessageChannel for EbayChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Ebay
    }

    fn capabilities(&self) -> Capabilities {
        let limits = &self.settings.limits;
        let (by_trading, is_reached) = (self.settings.trading.is_used, self.client.outside.web.offers_files());
        let sorts = send::SORTS.each_ref().map(|sort| Some(FileLimit { sort, most: limits.file_bytes }));
        let files = AttachmentLimit::of(sorts, limits.files, limits.file_bytes);
        Capabilities {
            text: Some(LengthLimit { most: limits.characters, unit: LengthUnit::Characters }),
            least_text: 0,
            // eBay fetches files from the desk.
            attachments: (!by_trading && is_reached).then_some(files),
            files_need_address: !by_trading && !is_reached,
            html: false,
            subject: false,
            own_titles: true,
            reply_window: None,
            people_window: None,
            in_private: false,
            templates: false,
            choices: None,
            can_initiate: !by_trading,
            delivered_receipts: false,
            read_receipts: !by_trading,
            agent_may_send: self.settings.agent_may_send,
            links: false,
            link_hosts: Hosts::Known(&OWN_HOSTS),
        }
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        Self::check_header(request)?;
        request.up_to(LARGEST)
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        let header = Self::check_header(request)?;
        request.up_to(LARGEST)?;
        let malformed = || VerifyError::Malformed("X-EBAY-SIGNATURE is not of eBay's form".to_owned());
        let signed = Signed::of(header).ok_or_else(malformed)?;
        self.keys.check(&request.body, &signed)?;
        if request.body.trim_ascii().is_empty() {
            return Err(VerifyError::Malformed("the delivery is empty".to_owned()));
        }
        // Polling need not wait for its time.
        self.news.notify_one();
        let external_id = delivery_key(&request.body);
        Ok(vec![RawItem { external_id, origin: RawOrigin::Webhook, body: request.body.clone() }])
    }

    fn handshake(&self, request: &WebhookRequest) -> Option<Handshake> {
        let code = request.query("challenge_code").filter(|code| !code.is_empty())?;
        let settings = &self.settings.notifications;
        if settings.verification_token.is_empty() {
            return None;
        }
        let called = request.url.split('?').next().unwrap_or_default();
        let endpoint = if settings.endpoint.is_empty() { called } else { settings.endpoint.as_str() };
        let asked = [code, settings.verification_token.reveal(), endpoint].concat();
        let body = json!({ "challengeResponse": wire::fingerprint(asked.as_bytes()) }).to_string();
        Some(Handshake { content_type: "application/json", body })
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        Ok(read(&raw.body)?.into_iter().map(|found| inbound(found, &self.settings)).collect())
    }

    fn polls(&self) -> bool {
        true
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
        let mut progress: Progress = Cursor::read(cursor);
        let mut out = Gathered::default();
        if let Err(failure) = self.keys.fetch_wanted(&self.client).await {
            out.warn(format!("The key of a notification could not be had: {failure}"));
        }
        match self.gather(&mut progress, &mut out).await {
            Ok(()) => {
                self.quotas.ask(&self.client).await;
                out.beside = Box::pin(self.pushes.look(&self.client, &self.settings)).await;
            }
            Err(failure @ ChannelFailure::Reconnect { .. }) => return Err(failure),
            Err(failure) => out.fail(failure),
        }
        Ok(out.polled(&progress))
    }

    async fn wait(&self, at_most: Duration) -> Result<(), ChannelFailure> {
        // It is over when the time is, or when there is news: both are fine.
        let _ = tokio::time::timeout(at_most, self.news.notified()).await;
        Ok(())
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        self.client.outside.web.fetch(&file.key, None, most).await
    }

    fn objections(&self, text: &str) -> Vec<String> {
        let mut found = self.capabilities().objections(text, WHO);
        found.extend(deals::objection(text).map(str::to_owned));
        found
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        if let Some(words) = deals::objection(&message.text) {
            return Err(ChannelFailure::refused(FailureClass::Policy, words));
        }
        self.post_message(message).await
    }

    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        let found = self.looked_for(message).await?;
        if found != Reconciliation::NotSent {
            return Ok(found);
        }
        // eBay may show a message late, and what is not there is sent again.
        tokio::time::sleep(Duration::from_secs(self.settings.second_look_seconds.into())).await;
        self.looked_for(message).await
    }

    fn reads_orders(&self) -> bool {
        true
    }

    async fn order(&self, number: &str) -> Result<Option<Order>, ChannelFailure> {
        if !order::is_number(number) {
            return Ok(None);
        }
        let Some(found) = self.client.order(&[number]).await? else { return Ok(None) };
        let parcels = self.client.order(&[number, "shipping_fulfillment"]).await?.unwrap_or_default();
        order::read(&found, &parcels).map(Some).ok_or_else(|| ChannelFailure::untold(WHO))
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        self.complete()?;
        if self.settings.trading.is_used {
            trading::check(&self.client).await?;
        } else {
            self.client.conversations(FROM_MEMBERS, Some(self.client.now()), 0).await?;
        }
        // A notification that cannot be checked is no broken connection: polling brings the same.
        let _ = self.keys.fetch_wanted(&self.client).await;
        self.quotas.ask(&self.client).await;
        self.pushes.note(&self.client, pushes::check(&self.client, &self.settings).await)
    }

    async fn begin(&self, _: &str) -> Result<(), ChannelFailure> {
        self.complete()?;
        self.pushes.note(&self.client, pushes::begin(&self.client, &self.settings).await)
    }

    fn consent(&self, state: &str) -> Option<String> {
        tokens::consent_page(&self.settings.access, state).map(String::from)
    }

    async fn take_consent(&self, code: &str) -> Result<(), ChannelFailure> {
        self.client.consented(code).await
    }

    fn health(&self) -> Health {
        Health { token_ends_at: self.settings.access.ends(), quota: self.quotas.told() }
    }

    fn renewed_secrets(&self) -> Option<Value> {
        let mut renewed = Map::new();
        if let Some((token, lasts)) = self.client.tokens.take_renewed() {
            let granted_at = self.client.outside.now().unix_timestamp();
            let ends_at = lasts.map_or(0, |lasts| granted_at.saturating_add(lasts));
            let access = json!({ "refresh_token": token, "granted_at": granted_at, "ends_at": ends_at });
            renewed.insert("access".to_owned(), access);
        }
        if let Some(keys) = self.keys.take_renewed() {
            renewed.insert("notifications".to_owned(), json!({ "public_keys": keys }));
        }
        (!renewed.is_empty()).then(|| renewed.into())
    }
}
