//! How a number is connected.

use channel_contract::ChannelKind;
use channel_contract::guide::{EnteredBy, Guide, Setting, Sort, Step, Trial, Webhook, plain};
use serde_json::Value;

use crate::settings::WhatsappSettings;

/// A number of the Cloud API.
pub const GUIDE: Guide = Guide {
    word: "whatsapp",
    kind: ChannelKind::Whatsapp,
    name: "WhatsApp",
    about: "A number of WhatsApp’s Cloud API, with an app of your own at Meta. About ten minutes.",
    steps: &[
        Step {
            title: "Make the app",
            words: "At developers.facebook.com make an app for a business and add WhatsApp to it, with your number. Both ids \
                    stand on the app’s page “API setup” of WhatsApp.",
            settings: &[
                Setting::text("phone_number_id", "Phone number ID").hint("A long number, not the phone number itself."),
                Setting::text("account_id", "WhatsApp Business account ID")
                    .optional()
                    .hint("Without it there are no templates, and nobody sees whether messages are sent here."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Let the desk in",
            words: "In the settings of your business at business.facebook.com make a system user. Give it the app and the \
                    WhatsApp account, and let it generate a token that does not expire, with the permissions \
                    whatsapp_business_messaging and whatsapp_business_management.",
            settings: &[Setting::new(
                "access_token",
                "Token of the system user",
                Sort::Access("token_granted_at", "token_ends_at"),
            )],
            shows_webhook: false,
        },
        Step {
            title: "Know what really comes from Meta",
            words: "Meta signs what it sends with the secret of the app. It stands in the app’s basic settings.",
            settings: &[
                Setting::text("app_id", "App ID")
                    .optional()
                    .hint("With it the desk sees when the app is told nothing, and when the token ends."),
                Setting::new("app_secret", "App secret", Sort::Signing("former_app_secret")),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Have messages sent here",
            words: "On the app’s page “Configuration” of WhatsApp enter this address as callback and this word as verify \
                    token, and save: Meta asks the desk at once. Then subscribe to “messages”, and to what else you want \
                    to hear of: templates, the account, the quality of the number. The desk subscribes the app to your \
                    account when you connect. An app has one address for all its numbers: any of them will do, the desk \
                    hands on what is another’s.",
            settings: &[],
            shows_webhook: true,
        },
    ],
    further: &[
        Setting::text("list_button", "Words on the button of a long list").optional().usual("Choose"),
        Setting::text("api_version", "Version of the API").optional().usual("v25.0"),
        Setting::service("api_url", "Address of the API", "https://graph.facebook.com"),
    ],
    extra: &[],
    usual,
    fixed: &[],
    address: "phone_number_id",
    account: &["phone_number_id"],
    compared: plain,
    key: "access_token",
    webhook: Some(Webhook { entered_by: EnteredBy::Person, word: "verify_token", address: "", shared_by: "app_id" }),
    trial: Trial::Write("Write to the number from WhatsApp on your phone: it stands in the inbox within seconds."),
};

/// All settings as the adapter takes them by itself.
fn usual() -> Value {
    serde_json::to_value(WhatsappSettings::default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        assert_eq!(GUIDE.unknown_in(&usual()), Vec::<&str>::new());
        assert_eq!(GUIDE.out_of_reach(&usual()), ["channel_id", "shown_number"]);
    }
}
