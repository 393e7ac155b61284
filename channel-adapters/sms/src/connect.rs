//! How a number is connected, at either provider.

use channel_contract::ChannelKind;
use channel_contract::extra::{Extra, Shape};
use channel_contract::guide::{EnteredBy, Guide, Setting, Sort, Step, Trial, Webhook};
use serde_json::Value;

use crate::settings::{MessageBird, Provider, SmsSettings, own_number};

const WEBHOOK: Webhook = Webhook { entered_by: EnteredBy::Person, word: "", address: "webhook_url", shared_by: "" };
const NUMBER: Setting = Setting::text("number", "Phone number").hint("As +4791234567.");

/// A number at Twilio.
pub const TWILIO: Guide = Guide {
    word: "twilio",
    kind: ChannelKind::Sms,
    name: "Text messages (Twilio)",
    about: "A phone number at Twilio. About five minutes.",
    steps: &[
        Step {
            title: "Let the desk in",
            words: "Both stand on the first page of the Twilio console, under “Account info”.",
            settings: &[
                Setting::text("provider.account_sid", "Account SID"),
                Setting::new("provider.auth_token", "Auth token", Sort::Signing("provider.former_auth_token"))
                    .hint("Twilio signs what it sends with it."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Name the number",
            words: "The number stands under “Active numbers”. Each message is paid for by its parts.",
            settings: &[
                NUMBER,
                Setting::new("most_segments", "Most parts of a reply", Sort::Number)
                    .optional()
                    .hint("Empty: as many as Twilio takes."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Have messages sent here",
            words: "On the number’s page, in the part about messaging, enter this address where it says “A message comes \
                    in”, with HTTP POST, and save.",
            settings: &[],
            shows_webhook: true,
        },
    ],
    further: &[
        Setting::text("provider.messaging_service", "Messaging service SID")
            .optional()
            .hint("Replies then leave through its pool of numbers."),
        Setting::text("provider.api_key", "SID of a key").optional().hint("Calls are then made with the key."),
        Setting::secret("provider.api_secret", "Secret of the key").optional(),
        Setting::new("provider.answered_words", "Words that Twilio answers by itself", Sort::List).optional().hint(
            "For accounts with words of their own for opting out. Empty: STOP, CANCEL, HELP and the others that Twilio usually \
             answers. The agent answers none of them; you see them all.",
        ),
        Setting::service("provider.api_url", "Address of the API", "https://api.twilio.com"),
    ],
    extra: &[Extra::new("provider.api_version", Shape::Text, "The version of Twilio’s API.")],
    usual: usual_at_twilio,
    fixed: &[("provider.kind", "twilio")],
    address: "number",
    account: &["number"],
    compared,
    key: "provider.auth_token",
    webhook: Some(WEBHOOK),
    trial: Trial::Send("Phone number", "+4791234567"),
};

/// A number at `MessageBird`, for messages of customers alone.
pub const MESSAGEBIRD: Guide = Guide {
    word: "messagebird",
    kind: ChannelKind::Sms,
    name: "Text messages (MessageBird)",
    about: "A phone number at MessageBird, to read what customers write; replies leave through Twilio only.",
    steps: &[
        Step {
            title: "Know what really comes from MessageBird",
            words: "MessageBird signs what it sends with a key that stands in the developer settings of your account.",
            settings: &[
                NUMBER,
                Setting::new("provider.signing_key", "Signing key", Sort::Signing("provider.former_signing_key")),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Have messages sent here",
            words: "Let the number hand each message on to this address, with HTTP POST.",
            settings: &[],
            shows_webhook: true,
        },
    ],
    further: &[],
    extra: &[],
    usual: usual_at_messagebird,
    fixed: &[("provider.kind", "messagebird")],
    address: "number",
    account: &["number"],
    compared,
    key: "provider.signing_key",
    webhook: Some(WEBHOOK),
    trial: Trial::Write("Write to the number from your phone: it stands in the inbox within seconds."),
};

/// All settings as the adapter takes them by itself.
fn usual_at_twilio() -> Value {
    serde_json::to_value(SmsSettings::default()).unwrap_or_default()
}

/// Numbers are compared as providers write them.
fn compared(_: &str, number: &str) -> String {
    own_number(number)
}

fn usual_at_messagebird() -> Value {
    let provider = Provider::MessageBird(MessageBird::default());
    serde_json::to_value(SmsSettings { provider, ..SmsSettings::default() }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        for (guide, by_itself) in [(TWILIO, vec!["channel_id"]), (MESSAGEBIRD, vec!["channel_id", "most_segments"])] {
            let settings = (guide.usual)();
            assert_eq!(guide.unknown_in(&settings), Vec::<&str>::new());
            assert_eq!(guide.out_of_reach(&settings), by_itself);
        }
    }
}
