//! How a bot is connected.

use channel_contract::ChannelKind;
use channel_contract::guide::{EnteredBy, Guide, Setting, Step, Trial, Webhook, plain};
use serde_json::Value;

use crate::settings::TelegramSettings;

/// A bot.
pub const GUIDE: Guide = Guide {
    word: "telegram",
    kind: ChannelKind::Telegram,
    name: "Telegram",
    about: "A bot that customers write to. About two minutes.",
    steps: &[
        Step {
            title: "Make the bot",
            words: "In Telegram write /newbot to @BotFather and answer its questions. It gives the bot a token.",
            settings: &[
                Setting::text("bot", "Name of the bot").hint("As customers find it: @fjord_help_bot."),
                Setting::secret("token", "Token").hint("A number, a colon and many letters."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Have messages sent here",
            words: "Nothing to do: the desk tells Telegram its address when you connect. A bot has one address; a program \
                    that used it before hears nothing from then on.",
            settings: &[],
            shows_webhook: true,
        },
    ],
    further: &[
        Setting::service("api_url", "Address of the API", "https://api.telegram.org"),
        Setting::text("business_user", "Telegram ID of the business account that the bot answers for")
            .optional()
            .hint("A number. What comes of other accounts that connect the bot is left out; without a number, of all."),
    ],
    extra: &[],
    usual,
    fixed: &[],
    address: "bot",
    account: &["bot"],
    compared: |_, name| bot_name(name),
    key: "token",
    webhook: Some(Webhook {
        entered_by: EnteredBy::Desk,
        word: "webhook_secret",
        address: "webhook_url",
        shared_by: "",
    }),
    trial: Trial::Write(
        "Open the bot in Telegram, press Start and write to it: it stands in the inbox within seconds.",
    ),
};

/// A bot's name as it is compared: people copy it with an @, or as the link to it.
pub(crate) fn bot_name(written: &str) -> String {
    let name = plain("bot", written);
    let name = name.trim_start_matches("https://").trim_start_matches("http://");
    let name = name.strip_prefix("t.me/").or_else(|| name.strip_prefix("telegram.me/")).unwrap_or(name);
    name.split(['?', '/']).next().unwrap_or_default().to_owned()
}

/// Whether a bot can be found by this name: what it is called has other signs in it.
pub(crate) fn is_user_name(name: &str) -> bool {
    name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
}

/// All settings as the adapter takes them by itself.
fn usual() -> Value {
    serde_json::to_value(TelegramSettings::default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        assert!(GUIDE.unknown_in(&usual()).is_empty());
        let by_itself = ["business_connections", "channel_id", "former_webhook_secret"];
        assert_eq!(GUIDE.out_of_reach(&usual()), by_itself);
    }

    #[test]
    fn a_bot_has_one_name_however_it_was_copied() {
        for written in [
            "@Fjord_Bot",
            " fjord_bot ",
            "https://t.me/fjord_bot",
            "t.me/fjord_bot?start=1",
            "http://telegram.me/fjord_bot/",
        ] {
            assert_eq!(bot_name(written), "fjord_bot", "{written}");
        }
        assert_ne!(bot_name("https://t.me/nord_bot"), "fjord_bot");
    }
}
