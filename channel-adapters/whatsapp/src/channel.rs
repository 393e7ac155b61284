//! WhatsApp as a channel.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::{Capabilities, ChoiceLimit, Hosts, LengthLimit, LengthUnit};
use channel_contract::channel::{ChannelKind, Fetched, Handshake, Health, MessageChannel, NameScope, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::Outside;
use channel_contract::hub::{self, Debugged};
use channel_contract::inbound::{FileReference, Inbound, RawItem};
use channel_contract::outbound::{FilledTemplate, Outbound, Reaction, Receipt, Reconciliation, Template};
use channel_contract::template::Terms;
use channel_contract::wire::{Items, Word, fingerprint};
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, is_plain};
use crate::failure::{self, PLATFORM};
use crate::learned::Learned;
use crate::number::{self, NumberState, StateAnswer};
use crate::people::USER;
use crate::settings::WhatsappSettings;
use crate::{content, files, inbound, send, split, templates};

/// The largest delivery that is taken; WhatsApp sends up to 3 MB.
const LARGEST_DELIVERY: usize = 4 * 1024 * 1024;
/// How long after a customer's message a free answer is taken.
const WINDOW: Duration = Duration::from_hours(24);

const CAPABILITIES: Capabilities = Capabilities {
    text: Some(LengthLimit { most: 4096, unit: LengthUnit::Characters }),
    least_text: 0,
    attachments: Some(files::LIMIT),
    files_need_address: false,
    html: false,
    subject: false,
    own_titles: false,
    reply_window: Some(WINDOW),
    people_window: None,
    in_private: false,
    templates: true,
    // Three of them are buttons, more are lines of a list, where a little more would fit.
    choices: Some(ChoiceLimit { count: 10, title: LengthLimit { most: 20, unit: LengthUnit::Characters } }),
    can_initiate: false,
    delivered_receipts: true,
    read_receipts: true,
    agent_may_send: true,
    links: true,
    link_hosts: Hosts::NONE,
};

/// One number of a WhatsApp account.
pub struct WhatsappChannel {
    settings: WhatsappSettings,
    client: Client,
    learned: Learned,
}

/// What the platform tells of a file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MediaAnswer {
    url: Word,
    sha256: Word,
    file_size: Word,
    mime_type: Word,
}

/// Which apps are told what happens to the account.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Subscribed {
    data: Items,
}

impl WhatsappChannel {
    /// Over settings as stored; nothing is called yet.
    pub fn new(settings: WhatsappSettings, outside: Outside) -> Self {
        Self { client: Client::new(&settings, outside), learned: Learned::of(&settings), settings }
    }

    /// How it is set up.
    pub fn settings(&self) -> &WhatsappSettings {
        &self.settings
    }

    /// How the number stands at the platform.
    pub async fn number(&self) -> Result<NumberState, ChannelFailure> {
        let mut url = self.client.address(&[&self.settings.phone_number_id])?;
        url.query_pairs_mut().append_pair("fields", number::FIELDS);
        Ok(self.client.get::<StateAnswer>(url).await?.into())
    }

    /// Whether the account tells the app what happens; where no account is named nobody can be asked.
    async fn is_subscribed(&self) -> Result<bool, ChannelFailure> {
        if self.settings.account_id.is_empty() {
            return Ok(true);
        }
        let url = self.client.address(&[&self.settings.account_id, "subscribed_apps"])?;
        let subscribed: Subscribed = self.client.get(url).await?;
        let id = |app: &Value| {
            let id = app.pointer("/whatsapp_business_api_data/id")?;
            Some(id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned))
        };
        let app = &self.settings.app_id;
        Ok(subscribed.data.values().filter_map(id).any(|id| app.is_empty() || id == *app))
    }

    /// Without a subscription nothing comes in.
    async fn check_subscription(&self) -> Result<(), ChannelFailure> {
        if self.is_subscribed().await? {
            return Ok(());
        }
        let words = "WhatsApp tells the desk of no messages: the app is not subscribed to the account. Connect the number \
                     again, and the desk subscribes it; the token has to be this app's, with the permission \
                     whatsapp_business_management.";
        Err(ChannelFailure::refused(FailureClass::Permission, words).unheard())
    }

    /// Asks when the token ends, as an app may whose id and secret are known.
    async fn check_token(&self) -> Result<(), ChannelFailure> {
        let (app, secret) = (&self.settings.app_id, &self.settings.app_secret);
        if app.is_empty() || secret.is_empty() {
            return Ok(());
        }
        let mut url = self.client.address(&["debug_token"])?;
        url.query_pairs_mut().append_pair("input_token", self.client.token());
        let asked = self.client.get_as_app::<Debugged>(&format!("{app}|{}", secret.reveal()), url).await;
        let access = match asked {
            Ok(told) => told.data,
            Err(ChannelFailure::Reconnect { .. }) => {
                let words = "Meta does not take the app's id and secret together, so the desk cannot know what really comes \
                             from Meta. Enter both anew.";
                return Err(ChannelFailure::refused(FailureClass::Permission, words).unheard());
            }
            // A token that another app was given says nothing to this one, and is as good.
            Err(ChannelFailure::Refused { .. }) => return Ok(()),
            Err(trouble) => return Err(trouble),
        };
        if access.is_valid.0 == Some(false) {
            return Err(failure::lost_access());
        }
        if let Some(ends_at) = access.ends_at(self.client.outside.now().unix_timestamp()) {
            self.learned.note_end(ends_at);
        }
        Ok(())
    }

    /// Hands the file of a message over, and gives the platform's id of it.
    async fn upload(&self, message: &Outbound) -> Result<Option<String>, ChannelFailure> {
        let Some(file) = message.attachments.first() else { return Ok(None) };
        let url = self.client.address(&[&self.settings.phone_number_id, "media"])?;
        let answer = self.client.upload(url, files::form(message.command_id, file)).await?;
        let id = channel_contract::wire::text(&answer, &["id"]);
        if id.is_empty() {
            return Err(ChannelFailure::temporary("WhatsApp took the file and did not name it."));
        }
        Ok(Some(id))
    }

    /// What WhatsApp tells of a file; `None` where it has it no longer.
    async fn told_of(&self, key: &str) -> Result<Option<MediaAnswer>, ChannelFailure> {
        if !is_plain(key) {
            return Ok(None);
        }
        let mut url = self.client.address(&[key])?;
        url.query_pairs_mut().append_pair("phone_number_id", &self.settings.phone_number_id);
        match self.client.find(url).await {
            Ok(Some(answer)) => Ok(Some(answer)),
            Ok(None) => {
                // The same words are for a token that may not read it: one that cannot read the number either has to be
                // put right, and the file is there for a while.
                self.number().await?;
                Ok(None)
            }
            Err(ChannelFailure::Refused { class: FailureClass::Content, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// The receipt of an answer that names a message.
fn receipt(answer: &[u8], message: &Outbound) -> Option<Receipt> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let id = answer.pointer("/messages/0/id")?.as_str()?;
    // News of the message may come before this answer: it names the command too.
    let receipt = Receipt { external_id: id.to_owned(), also_known_as: vec![message.command_id.to_string()] };
    (!id.is_empty()).then_some(receipt)
}

#[async_trait]
impl MessageChannel for WhatsappChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Whatsapp
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        self.admit(request)?;
        hub::verify(self.settings.signing_secrets(), request)?;
        Ok(vec![RawItem::pushed(&request.body)])
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        hub::signature(request)?;
        request.up_to(LARGEST_DELIVERY)
    }

    fn handshake(&self, request: &WebhookRequest) -> Option<Handshake> {
        hub::handshake(request, &self.settings.verify_token)
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        inbound::events(raw, &self.settings)
    }

    fn name_scope(&self) -> Option<NameScope> {
        let WhatsappSettings { account_id, phone_number_id, .. } = &self.settings;
        // Without the account nobody knows with which other numbers it shares them.
        let within = if account_id.is_empty() { phone_number_id } else { account_id };
        Some(NameScope { kind: USER, within: within.clone() })
    }

    fn opted_out(&self, template: Option<&str>) -> Option<&'static str> {
        template.filter(|category| category.eq_ignore_ascii_case("marketing")).map(|_| failure::NO_MARKETING)
    }

    async fn wait(&self, _: Duration) -> Result<(), ChannelFailure> {
        Ok(())
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
        let Some(answer) = self.told_of(&file.key).await? else { return refused("WhatsApp has the file no longer.") };
        if answer.file_size.as_str().parse::<u64>().is_ok_and(|size| size > most) {
            return refused("The file is larger than the desk takes.");
        }
        let fetched = self.client.outside.web.fetch(answer.url.as_str(), Some(self.client.token()), most).await?;
        let found = fingerprint(&fetched.content);
        let told = [file.sha256.clone(), content::hash_of(answer.sha256.as_str())];
        if told.into_iter().flatten().any(|told| told != found) {
            return refused("The file is not the one that the message named, so it was not kept.");
        }
        let content_type = answer.mime_type.owned().unwrap_or(fetched.content_type);
        Ok(Fetched { content: fetched.content, content_type })
    }

    fn split(&self, message: &Outbound) -> Vec<Outbound> {
        split::split(message)
    }

    async fn templates(&self) -> Result<Vec<Template>, ChannelFailure> {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        if self.settings.account_id.is_empty() {
            return Ok(found);
        }
        for _ in 0..templates::MOST_PAGES {
            let mut url = self.client.address(&[&self.settings.account_id, "message_templates"])?;
            url.query_pairs_mut().append_pair("fields", templates::FIELDS).append_pair("limit", "100");
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let page: templates::Page = self.client.get(url).await?;
            found.extend(page.templates());
            after = page.next();
            if after.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn terms(&self, template: &FilledTemplate) -> Terms {
        templates::terms(template)
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        send::admit(message)?;
        let url = self.client.address(&[&self.settings.phone_number_id, "messages"])?;
        let media = self.upload(message).await?;
        let body = send::body(message, media.as_deref(), &self.settings.list_button)?;
        let answer = self.client.send(url, &body).await?;
        receipt(&answer.body, message).ok_or_else(|| ChannelFailure::unclear(PLATFORM))
    }

    fn signs(&self) -> &'static [&'static str] {
        send::SIGNS
    }

    async fn react(&self, reaction: &Reaction) -> Result<(), ChannelFailure> {
        reaction.admit(self.signs())?;
        let url = self.client.address(&[&self.settings.phone_number_id, "messages"])?;
        self.client.send(url, &send::reaction(reaction)?).await.map(|_| ())
    }

    /// WhatsApp cannot be asked. News of a message names its command, so what was taken is found when its news comes.
    async fn reconcile(&self, _: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        Ok(Reconciliation::CannotTell)
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        let number = self.number().await?;
        if let Some(trouble) = number.trouble() {
            return Err(trouble);
        }
        self.learned.note_number(&number.shown);
        self.check_subscription().await?;
        self.check_token().await
    }

    /// A person enters the address of the desk at the app; what the desk does is have the account tell the app.
    async fn begin(&self, _: &str) -> Result<(), ChannelFailure> {
        if self.is_subscribed().await? {
            return Ok(());
        }
        match self.client.set_up(self.client.address(&[&self.settings.account_id, "subscribed_apps"])?).await {
            // A check says what is missing, and what to do.
            Err(ChannelFailure::Refused { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    fn health(&self) -> Health {
        Health { token_ends_at: self.learned.token_ends_at(), quota: Vec::new() }
    }

    fn renewed_secrets(&self) -> Option<Value> {
        self.learned.take_news()
    }
}
