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
    compared: plain,
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

/// All settings as the adapter takes them by itself.
fn usual() -> Value {
    serde_json::to_value(TelegramSettings::default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        assert_eq!(GUIDE.unknown_in(&usual()), ["bot"], "which is for people alone");
        let by_itself = ["business_connections", "channel_id", "former_webhook_secret"];
        assert_eq!(GUIDE.out_of_reach(&usual()), by_itself);
    }
}
