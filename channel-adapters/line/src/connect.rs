//! How an account is connected.

use channel_contract::ChannelKind;
use channel_contract::guide::{EnteredBy, Guide, Setting, Sort, Step, Trial, Webhook, plain};
use serde_json::Value;

use crate::settings::LineSettings;

/// An official account.
pub const GUIDE: Guide = Guide {
    word: "line",
    kind: ChannelKind::Line,
    name: "LINE",
    about: "An official account that customers write to. About five minutes.",
    steps: &[
        Step {
            title: "Open the account to the desk",
            words: "At manager.line.biz choose the account, and under “Settings”, “Messaging API” switch the Messaging API \
                    on. It asks for a provider: accounts of one provider see a customer as the same.",
            settings: &[Setting::text("basic_id", "Name of the account").hint("As customers find it: @123abcde.")],
            shows_webhook: false,
        },
        Step {
            title: "Let the desk in",
            words: "At developers.line.biz open the channel that this has made. Its secret stands on “Basic settings”; the \
                    token is issued at the foot of “Messaging API”.",
            settings: &[
                Setting::new("channel_secret", "Channel secret", Sort::Signing("former_channel_secret"))
                    .hint("LINE signs what it sends with it."),
                Setting::secret("access_token", "Channel access token").hint("The long-lived one."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Have messages sent here",
            words: "The desk tells LINE its address when you connect, and lets LINE try it. Then switch on “Use webhook” on the page “Messaging \
                    API”, and the greeting and automatic answers off, or customers get two answers. Pictures that you send are \
                    fetched from the desk: they go where its address begins with https://.",
            settings: &[],
            shows_webhook: true,
        },
    ],
    further: &[
        Setting::text("api_version", "Version of the API").optional().usual("v2"),
        Setting::service("api_url", "Address of the API", "https://api.line.me"),
        Setting::service("data_url", "Address of files", "https://api-data.line.me"),
    ],
    extra: &[],
    usual,
    fixed: &[],
    address: "basic_id",
    account: &["basic_id"],
    compared: plain,
    key: "access_token",
    webhook: Some(Webhook { entered_by: EnteredBy::Desk, word: "", address: "webhook_url", shared_by: "" }),
    trial: Trial::Write("Add the account as a friend on LINE and write to it: it stands in the inbox within seconds."),
};

/// All settings as the adapter takes them by itself.
fn usual() -> Value {
    serde_json::to_value(LineSettings::default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        assert_eq!(GUIDE.unknown_in(&usual()), Vec::<&str>::new());
        assert_eq!(GUIDE.out_of_reach(&usual()), ["channel_id"]);
    }
}
