//! An official account as a channel of the desk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::{AttachmentLimit, Capabilities, ChoiceLimit, FileLimit, LengthLimit, LengthUnit};
use channel_contract::channel::{ChannelKind, Fetched, Health, MessageChannel, Quota, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::{Answer, Effect, Outside};
use channel_contract::inbound::{FileReference, Identity, Inbound, RawItem};
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::failure::{self, PLATFORM};
use crate::settings::LineSettings;
use crate::tokens::{FRESH, ReplyTokens};
use crate::wire::{Account, Allowed, Answered, Endpoint, Prepared, Profile, Sent, Tried, Used};
use crate::{inbound, read, send, signature};

/// The largest delivery that is taken, in bytes: LINE's are a few thousand.
const LARGEST_DELIVERY: usize = 1024 * 1024;
/// How long a picture lies where LINE was told: a customer's program fetches it when they first look at it.
const OPENED: Duration = Duration::from_hours(24 * 365);
/// The header by which LINE knows a call that comes again.
const RETRY_KEY: &str = "x-line-retry-key";
/// How long LINE knows it.
const RETRY_LIFE: time::Duration = time::Duration::hours(24);

/// One official account.
pub struct LineChannel {
    settings: LineSettings,
    outside: Outside,
    tokens: ReplyTokens,
    /// What is used of the month's messages, as it was told last.
    quota: Mutex<Option<Quota>>,
}

impl LineChannel {
    /// A channel with these settings; nothing is called yet.
    pub fn new(settings: LineSettings, outside: Outside) -> Self {
        Self { settings, outside, tokens: ReplyTokens::default(), quota: Mutex::default() }
    }

    async fn called(&self, request: RequestBuilder, effect: Effect) -> Result<Answer, ChannelFailure> {
        self.outside.call(request.bearer_auth(self.settings.access_token.reveal()), effect, PLATFORM).await
    }

    async fn ask<T: DeserializeOwned>(&self, url: Url) -> Result<T, ChannelFailure> {
        let answer = self.called(self.outside.client.get(url), Effect::Reads).await?;
        if answer.is_success() { answer.json(PLATFORM) } else { Err(failure::of(&answer, Effect::Reads)) }
    }

    /// Answers what a customer has just written: free, once and without a key. `None` where the token no longer counts.
    async fn reply(&self, token: &str, bubbles: &[Value]) -> Result<Option<Answer>, ChannelFailure> {
        let body = json!({ "replyToken": token, "messages": bubbles });
        let request = self.outside.client.post(self.settings.url(&["message", "reply"])?).json(&body);
        let answer = self.called(request, Effect::Writes).await?;
        match answer.status {
            _ if answer.is_success() => Ok(Some(answer)),
            _ if failure::is_stale_token(&answer) => Ok(None),
            // LINE may have taken it, and would not know it again.
            500.. => Err(ChannelFailure::unclear(PLATFORM)),
            _ => Err(failure::of(&answer, Effect::Writes)),
        }
    }

    /// Writes to a customer. LINE takes one command once, however often it comes.
    async fn push(&self, message: &Outbound, to: &str, bubbles: &[Value]) -> Result<Answer, ChannelFailure> {
        let body = json!({ "to": to, "messages": bubbles });
        let request = self.outside.client.post(self.settings.url(&["message", "push"])?).json(&body);
        let request = request.header(RETRY_KEY, message.command_id.to_string());
        let answer = self.called(request, Effect::Writes).await?;
        let is_taken = answer.is_success() || answer.status == 409;
        if is_taken { Ok(answer) } else { Err(failure::of(&answer, Effect::Writes)) }
    }

    /// Whether what came with a message is still being made ready.
    async fn is_being_prepared(&self, message: &str) -> bool {
        let Ok(url) = self.settings.content_url(message, &["transcoding"]) else { return false };
        self.ask::<Prepared>(url).await.is_ok_and(|prepared| prepared.status.as_str() == "processing")
    }

    async fn check_webhook(&self) -> Result<(), ChannelFailure> {
        let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Permission, words).unheard());
        let answer = self.called(self.outside.client.get(self.endpoint()?), Effect::Reads).await?;
        let found: Endpoint = match answer.status {
            404 => Endpoint::default(),
            _ if answer.is_success() => answer.json(PLATFORM)?,
            _ => return Err(failure::of(&answer, Effect::Reads)),
        };
        if found.endpoint.as_str() != self.settings.webhook_url {
            return refused("LINE sends what customers write somewhere else. Connect the account again.");
        }
        if !found.active.is_set() {
            return refused(
                "LINE sends nothing of what customers write: switch on “Use webhook” on the page “Messaging API” of the \
                 channel at LINE.",
            );
        }
        match failure::of_trial(&self.tried_webhook().await?) {
            Some(words) => refused(&words),
            None => Ok(()),
        }
    }

    /// Lets LINE send nothing to the desk's address. A trial that is not made, for there were too many or LINE has trouble, says
    /// nothing of the address.
    async fn tried_webhook(&self) -> Result<Tried, ChannelFailure> {
        let url = self.settings.url(&["channel", "webhook", "test"])?;
        let request = self.outside.client.post(url).json(&json!({ "endpoint": self.settings.webhook_url }));
        let answer = self.called(request, Effect::Reads).await.ok().filter(Answer::is_success);
        Ok(answer.and_then(|answer| serde_json::from_slice(&answer.body).ok()).unwrap_or_default())
    }

    fn endpoint(&self) -> Result<Url, ChannelFailure> {
        self.settings.url(&["channel", "webhook", "endpoint"])
    }

    /// How much of the month's messages is used; `None` where the account has no limit.
    async fn asked_quota(&self) -> Result<Option<Quota>, ChannelFailure> {
        let allowed: Allowed = self.ask(self.settings.url(&["message", "quota"])?).await?;
        let Some(of) = allowed.value.0 else { return Ok(None) };
        let used: Used = self.ask(self.settings.url(&["message", "quota", "consumption"])?).await?;
        Ok(Some(Quota { name: "Messages this month", used: used.total_usage.0.unwrap_or_default(), of }))
    }
}

/// The receipt of a message that was taken.
fn receipt(answer: &Answer, message: &Outbound) -> Result<Receipt, ChannelFailure> {
    let answered: Answered = serde_json::from_slice(&answer.body).map_err(|_| ChannelFailure::unclear(PLATFORM))?;
    let mut ids = answered.sent_messages.read::<Sent>().filter_map(|sent| sent.id.owned());
    let external_id = ids.next().unwrap_or_else(|| message.command_id.to_string());
    Ok(Receipt { external_id, also_known_as: ids.collect() })
}

/// When a command was made, as far as its id tells.
fn made(message: &Outbound) -> Option<OffsetDateTime> {
    let seconds = message.command_id.get_timestamp()?.to_unix().0;
    OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()
}

#[async_trait]
impl MessageChannel for LineChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Line
    }

    fn capabilities(&self) -> Capabilities {
        let sort = Some(FileLimit { sort: &send::PICTURES, most: send::LARGEST_PICTURE });
        let pictures = AttachmentLimit::of([sort, None, None, None], send::MOST_PICTURES, send::LARGEST_PICTURES);
        let is_reached = self.outside.web.offers_files();
        let button = LengthLimit { most: send::LONGEST_BUTTON, unit: LengthUnit::Characters };
        Capabilities {
            text: Some(LengthLimit { most: send::LONGEST_TEXT, unit: LengthUnit::Characters }),
            // LINE shows pictures that lie at an address.
            attachments: is_reached.then_some(pictures),
            files_need_address: !is_reached,
            choices: Some(ChoiceLimit { count: send::MOST_BUTTONS, title: button }),
            can_initiate: true,
            agent_may_send: true,
            links: true,
            ..Capabilities::NOTHING
        }
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        signature::given(request.header(signature::HEADER))?;
        request.up_to(LARGEST_DELIVERY)
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        self.admit(request)?;
        let header = request.header(signature::HEADER);
        signature::verify(self.settings.signing_secrets(), header, &request.body)?;
        if request.body.trim_ascii().is_empty() {
            return Err(VerifyError::Malformed("the delivery is empty".to_owned()));
        }
        if let Ok(told) = read::read(&request.body) {
            self.tokens.keep(&told, request.received_at);
        }
        Ok(vec![RawItem::pushed(&request.body)])
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        inbound::events(raw)
    }

    async fn wait(&self, _: Duration) -> Result<(), ChannelFailure> {
        Ok(())
    }

    fn tells_names(&self) -> bool {
        true
    }

    /// Nobody of a group is asked for: what is said there is passed over.
    async fn name_of(&self, whom: &Identity) -> Result<Option<String>, ChannelFailure> {
        if !send::is_id(&whom.value) {
            return Ok(None);
        }
        match self.ask::<Profile>(self.settings.url(&["profile", &whom.value])?).await {
            Ok(profile) => Ok(profile.display_name.owned()),
            // They have blocked the account, or do not let it see who they are.
            Err(ChannelFailure::Refused { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        let web = &self.outside.web;
        // What somebody else keeps is had without the token.
        if file.key.contains("://") {
            return web.fetch(&file.key, None, most).await;
        }
        let address = self.settings.content_url(&file.key, &[])?;
        let fetched = web.fetch(address.as_str(), Some(self.settings.access_token.reveal()), most).await?;
        if fetched.content.is_empty() && self.is_being_prepared(&file.key).await {
            return Err(ChannelFailure::temporary("LINE still makes the file ready."));
        }
        Ok(fetched)
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        send::admit(message)?;
        let to = send::recipient(message)?;
        let mut pictures = Vec::with_capacity(message.attachments.len());
        for file in &message.attachments {
            pictures.push(self.outside.web.offer(file, OPENED).await?);
        }
        let bubbles = send::bubbles(message, &pictures);
        let token = message.in_reply_to.as_ref().and_then(|id| self.tokens.take(id, message.now));
        if let Some(token) = token
            && let Some(answer) = self.reply(&token, &bubbles).await?
        {
            return receipt(&answer, message);
        }
        receipt(&self.push(message, to, &bubbles).await?, message)
    }

    /// What was pushed may be sent again, for LINE knows it for a day. A reply it would not know, so nobody can tell.
    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        let was_pushed = |made: OffsetDateTime| message.last_inbound_at.is_none_or(|at| made >= at + FRESH);
        let is_known = |made: OffsetDateTime| message.now < made + RETRY_LIFE;
        let may_come_again = made(message).is_some_and(|made| was_pushed(made) && is_known(made));
        Ok(if may_come_again { Reconciliation::NotSent } else { Reconciliation::CannotTell })
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        let account: Account = self.ask(self.settings.url(&["info"])?).await?;
        let plain = |name: &str| name.trim_start_matches('@').to_lowercase();
        let wanted = plain(&self.settings.basic_id);
        let names = [account.basic_id, account.premium_id].map(|name| plain(name.as_str()));
        if !wanted.is_empty() && !names.contains(&wanted) {
            let words = "The token is that of another account at LINE than the one that is named here.";
            return Err(ChannelFailure::refused(FailureClass::Auth, words));
        }
        if !self.settings.webhook_url.is_empty() {
            self.check_webhook().await?;
        }
        let quota = self.asked_quota().await?;
        *self.quota.lock().unwrap_or_else(PoisonError::into_inner) = quota;
        Ok(())
    }

    async fn begin(&self, webhook: &str) -> Result<(), ChannelFailure> {
        let request = self.outside.client.put(self.endpoint()?).json(&json!({ "endpoint": webhook }));
        let answer = self.called(request, Effect::Reads).await?;
        match answer.status {
            _ if answer.is_success() => Ok(()),
            400 => {
                let words = "LINE does not take the desk's address: it has to begin with https:// and be on the web.";
                Err(ChannelFailure::refused(FailureClass::Permission, words))
            }
            _ => Err(failure::of(&answer, Effect::Reads)),
        }
    }

    fn health(&self) -> Health {
        let quota = self.quota.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Health { token_ends_at: None, quota: quota.into_iter().collect() }
    }
}
