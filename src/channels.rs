//! The registry of channels: the only file that names adapter crates. A platform is a row of `PLATFORMS`.

use std::sync::Arc;

use channel_amazon::{AmazonChannel, AmazonSettings};
use channel_contract::failure::ParseError;
use channel_contract::guide::{Guide, put};
use channel_contract::http::Outside;
use channel_contract::{ChannelKind, MessageChannel};
use channel_ebay::{EbayChannel, EbaySettings};
use channel_email::settings::Secret;
use channel_email::{EmailChannel, EmailSettings};
use channel_line::{LineChannel, LineSettings};
use channel_live_chat::{LiveChat, LiveChatSettings};
use channel_meta::{MetaChannel, MetaSettings};
use channel_mirakl::{MiraklChannel, MiraklSettings};
use channel_sms::{SmsChannel, SmsSettings};
use channel_telegram::{TelegramChannel, TelegramSettings};
use channel_whatsapp::{WhatsappChannel, WhatsappSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use channel_contract::listing::Listed;
pub use channel_email::MOST_FILES as MOST_MAILED;
pub use channel_email::key::external_id as mail_key;
pub use channel_email::report::report as mail_report;
pub use channel_email::settings::certain_authserv_id;
pub use channel_live_chat as live_chat;

use crate::model::ChannelId;
use crate::model::channel::Channel;

/// A channel whose settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The settings have another form than the adapter needs.
    #[error("the settings of this channel cannot be read: {0}")]
    Settings(String),
    /// This version has no adapter for the kind.
    #[error("this version has no adapter for {0}")]
    NoAdapter(ChannelKind),
    /// No webhooks of this name are read here.
    #[error("this version reads no webhooks of “{0}”")]
    NoReader(String),
}

/// Gives an adapter its way out. The addresses are those of its own services, as a person set them.
pub type WayOut = Arc<dyn Fn(&[String]) -> Outside + Send + Sync>;

/// How adapters reach the world, and the world the desk.
#[derive(Clone)]
pub struct Surroundings {
    /// The way out.
    pub way_out: WayOut,
    /// The desk's own address, without a slash at its end.
    pub origin: String,
}

/// Reads the body of a webhook and lists its events.
pub type Reader = fn(&[u8]) -> Result<Vec<Listed>, ParseError>;

type Built = Result<Arc<dyn MessageChannel>, BuildError>;

/// A platform, as the desk knows it.
struct Platform {
    /// Its name on the command line and in addresses of pages.
    word: &'static str,
    kind: ChannelKind,
    /// How it is connected; `None` where it has pages of its own.
    guide: Option<&'static Guide>,
    build: fn(&Account<'_>) -> Built,
    list: Option<Reader>,
}

/// A connected account, ready for its adapter.
struct Account<'a> {
    channel: &'a Channel,
    /// Its settings joined with its secrets.
    settings: Value,
    outside: Outside,
}

impl Account<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, BuildError> {
        serde_json::from_value(self.settings.clone()).map_err(|error| BuildError::Settings(error.to_string()))
    }
}

/// All of them, in the order in which they are offered.
static PLATFORMS: [Platform; 12] = [
    Platform { word: "email", kind: ChannelKind::Email, guide: None, build: email, list: None },
    Platform { word: "live_chat", kind: ChannelKind::LiveChat, guide: None, build: chat, list: None },
    Platform {
        word: "whatsapp",
        kind: ChannelKind::Whatsapp,
        guide: Some(&channel_whatsapp::connect::GUIDE),
        build: whatsapp,
        list: Some(channel_whatsapp::list),
    },
    Platform {
        word: "messenger",
        kind: ChannelKind::Messenger,
        guide: Some(&channel_meta::connect::MESSENGER),
        build: meta,
        list: Some(channel_meta::list),
    },
    Platform {
        word: "instagram",
        kind: ChannelKind::Instagram,
        guide: Some(&channel_meta::connect::INSTAGRAM),
        build: meta,
        list: Some(channel_meta::list),
    },
    Platform {
        word: "amazon",
        kind: ChannelKind::Amazon,
        guide: Some(&channel_amazon::connect::GUIDE),
        build: amazon,
        list: Some(channel_amazon::list),
    },
    Platform {
        word: "ebay",
        kind: ChannelKind::Ebay,
        guide: Some(&channel_ebay::connect::GUIDE),
        build: ebay,
        list: Some(channel_ebay::list),
    },
    Platform {
        word: "mirakl",
        kind: ChannelKind::Mirakl,
        guide: Some(&channel_mirakl::connect::GUIDE),
        build: mirakl,
        list: Some(channel_mirakl::list),
    },
    Platform {
        word: "telegram",
        kind: ChannelKind::Telegram,
        guide: Some(&channel_telegram::connect::GUIDE),
        build: telegram,
        list: Some(channel_telegram::list),
    },
    Platform {
        word: "line",
        kind: ChannelKind::Line,
        guide: Some(&channel_line::connect::GUIDE),
        build: line,
        list: Some(channel_line::list),
    },
    Platform {
        word: "twilio",
        kind: ChannelKind::Sms,
        guide: Some(&channel_sms::connect::TWILIO),
        build: sms,
        list: Some(channel_sms::list_twilio),
    },
    Platform {
        word: "messagebird",
        kind: ChannelKind::Sms,
        guide: Some(&channel_sms::connect::MESSAGEBIRD),
        build: sms,
        list: Some(channel_sms::list_messagebird),
    },
];

/// The guides to platforms that are connected by one.
pub fn guides() -> impl Iterator<Item = &'static Guide> {
    PLATFORMS.iter().filter_map(|platform| platform.guide)
}

/// The guide by which a channel was connected.
pub fn guide_of(channel: &Channel) -> Option<&'static Guide> {
    guides().find(|guide| guide.kind.as_str() == channel.kind && guide.fits(&channel.settings.0))
}

/// Builds the adapter of a channel. `secrets` is the opened JSON object of its secret settings; the adapter sees both
/// as one.
pub fn build(channel: &Channel, secrets: &Value, around: &Surroundings) -> Built {
    let kind = channel.channel_kind();
    let platform = PLATFORMS.iter().find(|platform| platform.kind == kind).ok_or(BuildError::NoAdapter(kind))?;
    let mut settings = joined(&channel.settings.0, secrets);
    let mut services = Vec::new();
    if let Some(guide) = guide_of(channel) {
        services = guide.services(&settings);
        if let Some(webhook) = guide.webhook.filter(|webhook| !webhook.address.is_empty()) {
            put(&mut settings, webhook.address, webhook_address(&around.origin, kind, channel.id).into());
        }
    }
    let outside = (around.way_out)(&services);
    (platform.build)(&Account { channel, settings, outside })
}

/// Where a platform pushes to, without a secret; `""` where the desk has no address.
pub fn webhook_address(origin: &str, kind: ChannelKind, id: ChannelId) -> String {
    if origin.is_empty() { String::new() } else { format!("{origin}/webhooks/{kind}/{id}") }
}

/// What reads the webhooks of a platform, by the platform's name on the command line.
pub fn reader(word: &str) -> Result<Reader, BuildError> {
    let platform = PLATFORMS.iter().find(|platform| platform.word == word);
    platform.and_then(|platform| platform.list).ok_or_else(|| BuildError::NoReader(word.to_owned()))
}

fn email(account: &Account<'_>) -> Built {
    let mut settings: EmailSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    settings.webhook_secret = Secret::new(&account.channel.webhook_secret);
    Ok(Arc::new(EmailChannel::new(settings)))
}

fn chat(account: &Account<'_>) -> Built {
    let mut settings: LiveChatSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(LiveChat::new(settings)))
}

fn whatsapp(account: &Account<'_>) -> Built {
    let mut settings: WhatsappSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(WhatsappChannel::new(settings, account.outside.clone())))
}

fn meta(account: &Account<'_>) -> Built {
    let mut settings: MetaSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(MetaChannel::new(settings, account.outside.clone())))
}

fn amazon(account: &Account<'_>) -> Built {
    let mut settings: AmazonSettings = account.read()?;
    settings.mail.channel_id = account.channel.id.to_string();
    settings.mail.webhook_secret = Secret::new(&account.channel.webhook_secret);
    Ok(Arc::new(AmazonChannel::new(settings, account.outside.clone())))
}

fn ebay(account: &Account<'_>) -> Built {
    let mut settings: EbaySettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(EbayChannel::new(settings, account.outside.clone())))
}

fn mirakl(account: &Account<'_>) -> Built {
    let mut settings: MiraklSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(MiraklChannel::new(settings, account.outside.clone())))
}

fn telegram(account: &Account<'_>) -> Built {
    let mut settings: TelegramSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(TelegramChannel::new(settings, account.outside.clone())))
}

fn line(account: &Account<'_>) -> Built {
    let mut settings: LineSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(LineChannel::new(settings, account.outside.clone())))
}

fn sms(account: &Account<'_>) -> Built {
    let mut settings: SmsSettings = account.read()?;
    settings.channel_id = account.channel.id.to_string();
    Ok(Arc::new(SmsChannel::new(settings, account.outside.clone())))
}

/// Builds the chat of a channel with what the widget needs beyond the adapter's contract.
pub fn build_chat(channel: &Channel, secrets: &Value) -> Result<Arc<LiveChat>, BuildError> {
    let settings = joined(&channel.settings.0, secrets);
    let mut settings: LiveChatSettings =
        serde_json::from_value(settings).map_err(|error| BuildError::Settings(error.to_string()))?;
    settings.channel_id = channel.id.to_string();
    Ok(Arc::new(LiveChat::new(settings)))
}

/// Two JSON objects as one, the second on top, nested objects joined too.
pub fn joined(below: &Value, above: &Value) -> Value {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            let mut all = below.clone();
            for (key, value) in above {
                let under = all.get(key).cloned().unwrap_or(Value::Null);
                all.insert(key.clone(), joined(&under, value));
            }
            Value::Object(all)
        }
        (below, Value::Null) => below.clone(),
        (_, above) => above.clone(),
    }
}

#[cfg(test)]
mod tests {
    use channel_contract::guide::{Sort, at};
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_join_their_settings_at_every_depth() {
        let settings = json!({ "imap": { "host": "mail.example", "password": "" }, "address": "a@b.example" });
        let secrets = json!({ "imap": { "password": "pass" } });
        assert_eq!(
            joined(&settings, &secrets),
            json!({ "imap": { "host": "mail.example", "password": "pass" }, "address": "a@b.example" })
        );
        assert_eq!(joined(&settings, &serde_json::Value::Null), settings);
    }

    #[test]
    fn extra_settings_are_usual_ones_that_their_guide_takes() {
        for guide in guides() {
            let usual = (guide.usual)();
            for (place, extra) in guide.extra.iter().enumerate() {
                let is_named = guide.settings().any(|setting| setting.path == extra.path);
                let is_twice = guide.extra.iter().take(place).any(|other| other.path == extra.path);
                assert!(!is_named && !is_twice, "{}: {}", guide.word, extra.path);
                assert!(
                    at(&usual, extra.path).is_some() && extra.words.ends_with('.'),
                    "{}: {}",
                    guide.word,
                    extra.path
                );
            }
            let document = guide.extra_in(&usual);
            let typed = Value::Object(document.clone()).to_string();
            assert_eq!(guide.read_extra(&typed), Ok(document.clone()), "{}", guide.word);
            assert_eq!(guide.extra_in(&guide.with_extra(&json!({}), &document)), document, "{}", guide.word);
        }
    }

    #[test]
    fn guides_are_told_apart_and_name_places_of_their_own() {
        let words: Vec<&str> = guides().map(|guide| guide.word).collect();
        for (place, guide) in guides().enumerate() {
            let rows: Vec<&Platform> = PLATFORMS.iter().filter(|platform| platform.word == guide.word).collect();
            assert!(rows.len() == 1 && rows[0].kind == guide.kind, "{}", guide.word);
            assert!(!words[..place].contains(&guide.word));
            let mut paths: Vec<&str> = guide.settings().map(|setting| setting.path).collect();
            let known = |path: &str| paths.contains(&path);
            assert!(known(guide.address) && known(guide.key), "{}", guide.word);
            assert!(guide.account.iter().all(|path| known(path)), "{}", guide.word);
            for setting in guide.settings() {
                assert!(setting.same_as.is_empty() || known(setting.same_as), "{}", setting.path);
                if let Sort::Choice(choices) = setting.sort {
                    assert!(setting.usual.is_empty() || choices.iter().any(|(word, _)| *word == setting.usual));
                }
            }
            let shown = guide.steps.iter().filter(|step| step.shows_webhook).count();
            assert_eq!(shown, usize::from(guide.webhook.is_some()), "{}", guide.word);
            let all = paths.len();
            paths.sort_unstable();
            paths.dedup();
            assert_eq!(paths.len(), all, "{}: a path stands twice", guide.word);
        }
    }
}
