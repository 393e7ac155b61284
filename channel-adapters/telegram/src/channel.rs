//! A bot as a channel of the desk.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::{AttachmentLimit, Capabilities, ChoiceLimit, LengthLimit, LengthUnit};
use channel_contract::channel::{ChannelKind, Fetched, Handshake, MessageChannel, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::Outside;
use channel_contract::inbound::{FileReference, Inbound, RawItem};
use channel_contract::outbound::{Outbound, Reaction, Receipt, Reconciliation};
use channel_contract::wire::Items;
use serde_json::{Value, json};

use crate::accounts::Accounts;
use crate::client::{self, Outcome};
use crate::connect::{bot_name, is_user_name};
use crate::failure::PLATFORM;
use crate::send::{self, Pictures};
use crate::settings::TelegramSettings;
use crate::wire::{Bot, Ready, Taken, Webhook};
use crate::{inbound, read, signature};

/// The largest delivery that is taken, in bytes: Telegram's are a few thousand.
const LARGEST_DELIVERY: usize = 1024 * 1024;

/// How long Telegram tries to deliver an update.
const TRIED: Duration = Duration::from_hours(24);
/// The most characters of Telegram's own words on a failure.
const LONGEST_REASON: usize = 200;

/// The kinds of update that are read. Signs on messages come only where they are asked for.
const UPDATES: [&str; 9] = [
    "message",
    "edited_message",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "business_connection",
    "callback_query",
    "message_reaction",
    "my_chat_member",
];

/// One bot.
pub struct TelegramChannel {
    settings: TelegramSettings,
    outside: Outside,
    accounts: Accounts,
}

impl TelegramChannel {
    /// A channel with these settings; nothing is called yet.
    pub fn new(settings: TelegramSettings, outside: Outside) -> Self {
        let accounts = Accounts::new(&settings);
        Self { settings, outside, accounts }
    }

    /// Tells Telegram to send what customers write to the address of the settings, with their secret.
    ///
    /// # Errors
    /// Where the settings have no address, or Telegram does not take it.
    pub async fn set_webhook(&self) -> Result<(), ChannelFailure> {
        if self.settings.webhook_url.is_empty() || self.settings.webhook_secret.is_empty() {
            let words = "The address and the secret of the webhook are not set.";
            return Err(ChannelFailure::refused(FailureClass::Permission, words));
        }
        let parameters = json!({
            "url": self.settings.webhook_url,
            "secret_token": self.settings.webhook_secret.reveal(),
            "allowed_updates": UPDATES,
        });
        client::ask::<Value>(&self.outside, &self.settings, "setWebhook", &parameters).await.map(|_| ())
    }

    async fn handed_over(&self, message: &Outbound, pictures: Pictures) -> Result<Outcome, ChannelFailure> {
        let call = send::call(message, pictures)?;
        client::hand_over(&self.outside, &self.settings, call).await
    }

    /// Why Telegram cannot deliver what customers write; nothing where it can, or nothing waits.
    fn undelivered(&self, webhook: &Webhook) -> Option<ChannelFailure> {
        let waiting = webhook.waiting.get().copied().filter(|waiting| *waiting > 0)?;
        let failed_at = webhook.failed_at.moment()?;
        if self.outside.now() - failed_at > TRIED {
            return None;
        }
        let updates = if waiting == 1 { "1 update waits".to_owned() } else { format!("{waiting} updates wait") };
        let said: String = webhook.failure.as_str().chars().take(LONGEST_REASON).collect();
        let words = format!(
            "Telegram cannot deliver what customers write: {updates}, and it says “{said}”. Make sure that the address of the \
             desk can be reached with a certificate that counts; Telegram tries for a day, then they are lost."
        );
        Some(ChannelFailure::temporary(words).unheard())
    }

    /// The same failure in other words where the address stands in them: whoever fetched may have put it there.
    fn without_token(&self, mut failure: ChannelFailure) -> ChannelFailure {
        let token = self.settings.token.reveal();
        if !token.is_empty() && failure.to_string().contains(token) {
            let (ChannelFailure::Retry { reason, .. }
            | ChannelFailure::Refused { reason, .. }
            | ChannelFailure::Reconnect { reason }
            | ChannelFailure::Unknown { reason }) = &mut failure;
            "A file could not be fetched from Telegram.".clone_into(reason);
        }
        failure
    }
}

impl TelegramChannel {
    /// One bot under two names would be two channels, of which one hears nothing.
    async fn check_name(&self) -> Result<(), ChannelFailure> {
        let wanted = bot_name(&self.settings.bot);
        if wanted.is_empty() {
            return Ok(());
        }
        let bot: Bot = client::ask(&self.outside, &self.settings, "getMe", &json!({})).await?;
        let name = bot.username.as_str();
        if bot_name(name) == wanted {
            return Ok(());
        }
        let words = if is_user_name(&wanted) {
            format!(
                "The token is that of the bot @{name}, not of the one that is named here. Set the right one of both."
            )
        } else {
            format!(
                "The bot is found as @{name}, and its name here is what it is only called. Enter @{name} as its name."
            )
        };
        Err(ChannelFailure::refused(FailureClass::Auth, words))
    }
}

#[async_trait]
impl MessageChannel for TelegramChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    fn capabilities(&self) -> Capabilities {
        let button = LengthLimit { most: send::LONGEST_BUTTON, unit: LengthUnit::Bytes };
        Capabilities {
            text: Some(LengthLimit { most: send::LONGEST_TEXT, unit: LengthUnit::Characters }),
            attachments: Some(AttachmentLimit {
                empty: false,
                ..AttachmentLimit::any(send::MOST_FILES, send::LARGEST_FILES)
            }),
            choices: Some(ChoiceLimit { count: send::MOST_BUTTONS, title: button }),
            agent_may_send: true,
            links: true,
            ..Capabilities::NOTHING
        }
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        signature::verify(self.settings.webhook_secrets(), request.header(signature::HEADER))?;
        request.up_to(LARGEST_DELIVERY)
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        self.admit(request)?;
        if request.body.trim_ascii().is_empty() {
            return Err(VerifyError::Malformed("the delivery is empty".to_owned()));
        }
        Ok(vec![RawItem::pushed(&request.body)])
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        inbound::events(raw, &self.settings, &self.accounts)
    }

    /// The button that was pressed turns until Telegram hears that the press arrived.
    fn acknowledgement(&self, request: &WebhookRequest) -> Option<Handshake> {
        let press = read::press(&request.body)?;
        let call = json!({ "method": "answerCallbackQuery", "callback_query_id": press });
        Some(Handshake { content_type: "application/json", body: call.to_string() })
    }

    async fn wait(&self, _: Duration) -> Result<(), ChannelFailure> {
        Ok(())
    }

    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        let parameters = json!({ "file_id": file.key });
        let ready: Ready = client::ask(&self.outside, &self.settings, "getFile", &parameters).await?;
        let too_large = || ChannelFailure::refused(FailureClass::Content, "The file is too large to be kept.");
        if ready.file_size.0.is_some_and(|size| size > most) {
            return Err(too_large());
        }
        let address = self.settings.file_url(ready.file_path.as_str()).map_err(|failure| match failure.class() {
            FailureClass::Content => ChannelFailure::refused(FailureClass::Content, "Telegram no longer has the file."),
            _ => failure,
        })?;
        let fetched = self.outside.web.fetch(address.as_str(), None, most).await;
        let fetched = fetched.map_err(|failure| self.without_token(failure))?;
        // Telegram calls every file a stream of bytes, and has told before what it is.
        Ok(Fetched { content_type: String::new(), ..fetched })
    }

    fn split(&self, message: &Outbound) -> Vec<Outbound> {
        send::split(message)
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        let place = send::place(message)?;
        let mut outcome = self.handed_over(message, Pictures::Shown).await?;
        if matches!(outcome, Outcome::NoPicture) {
            outcome = self.handed_over(message, Pictures::AsFiles).await?;
        }
        let Outcome::Done(result) = outcome else { return Err(ChannelFailure::unclear(PLATFORM)) };
        let taken: Vec<Taken> = match serde_json::from_value::<Items>(result.clone()) {
            Ok(items) if result.is_array() => items.read().collect(),
            _ => serde_json::from_value(result).into_iter().collect(),
        };
        let mut ids = taken.iter().filter_map(|taken| Some(place.message_id(taken.message_id.given()?)));
        // It was taken: sending it once more for want of its number would be worse than to lack the number.
        let external_id = ids.next().unwrap_or_else(|| message.command_id.to_string());
        Ok(Receipt { external_id, also_known_as: ids.collect() })
    }

    fn signs(&self) -> &'static [&'static str] {
        send::SIGNS
    }

    fn signs_on(&self, message_id: &str) -> &'static [&'static str] {
        send::signs_on(message_id)
    }

    async fn react(&self, reaction: &Reaction) -> Result<(), ChannelFailure> {
        reaction.admit(self.signs())?;
        let parameters = send::reaction(reaction)?;
        // Done twice it is there once: what breaks may be tried again.
        client::ask::<Value>(&self.outside, &self.settings, "setMessageReaction", &parameters).await.map(|_| ())
    }

    async fn reconcile(&self, _: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        Ok(Reconciliation::CannotTell)
    }

    fn renewed_secrets(&self) -> Option<Value> {
        self.accounts.take_new()
    }

    async fn begin(&self, _: &str) -> Result<(), ChannelFailure> {
        // The address stands in the settings, too: a check compares it.
        self.set_webhook().await
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        self.check_name().await?;
        let webhook: Webhook = client::ask(&self.outside, &self.settings, "getWebhookInfo", &json!({})).await?;
        if self.settings.webhook_url.is_empty() || webhook.url.as_str() == self.settings.webhook_url {
            return self.undelivered(&webhook).map_or(Ok(()), Err);
        }
        let words = if webhook.url.given().is_none() {
            "Telegram no longer sends what customers write to the bot anywhere. Connect the bot again."
        } else {
            "Telegram sends what customers write to the bot to another program. Connect the bot again."
        };
        Err(ChannelFailure::refused(FailureClass::Permission, words).unheard())
    }
}
