//! How a page and an Instagram account are connected.

use channel_contract::ChannelKind;
use channel_contract::extra::{Extra, Shape};
use channel_contract::guide::{EnteredBy, Guide, Setting, Sort, Step, Trial, Webhook, plain};
use serde_json::Value;

use crate::settings::{Login, MetaSettings, Network};
use crate::{send, subscription};

const WEBHOOK: Webhook =
    Webhook { entered_by: EnteredBy::Person, word: "verify_token", address: "", shared_by: "app_id" };
const APP: Step = Step {
    title: "Know what really comes from Meta",
    words: "Meta signs what it sends with the secret of the app. Id and secret stand in the app’s basic settings; an app that \
            uses the login of Instagram has another pair, on its page “API setup” of Instagram.",
    settings: &[
        Setting::text("app_id", "App ID").hint("Tells the desk’s own messages from those of other programs."),
        Setting::new("app_secret", "App secret", Sort::Signing("former_app_secret")),
    ],
    shows_webhook: false,
};
const HUMAN_AGENT: Setting = Setting::new("human_agent", "People may answer for seven days", Sort::Switch)
    .optional()
    .hint("Only where Meta has granted “Human Agent” to the app.");
const COMMENTS: Setting = Setting::new("public_comments", "Public comments come in, too", Sort::Switch).optional();
const VERSION: Setting = Setting::text("api_version", "Version of the API").optional().usual("v25.0");
const SERVICE: Setting = Setting::new("api_url", "Address of the API", Sort::Service)
    .optional()
    .hint("Empty: Meta’s own, https://graph.facebook.com or https://graph.instagram.com.");

const FIELDS: Extra = Extra::new(
    "subscribed_fields",
    Shape::List(1, &Shape::Text),
    "What Meta is asked to push, by its words: a check names those that are missing. With a list of your own only these are \
     asked for, and public comments where they are switched on. Of a page that stands before an Instagram account it is \
     usually messages alone.",
);
const FILES: Extra = Extra::new("limits.files", Shape::Number(0, 100), "How many files a reply may have.");
const FILE_BYTES: Extra =
    Extra::new("limits.file_bytes", Shape::Number(1, 1_000_000_000), "How many bytes a file may have.");
const TOO_LARGE: Extra = Extra::new(
    "subcodes.file_too_large",
    Shape::List(0, &Shape::Number(1, 9_999_999)),
    "Meta’s subcodes that say that a file is too large.",
);
const NOT_WHOLE: Extra = Extra::new(
    "subcodes.upload_failed",
    Shape::List(0, &Shape::Number(1, 9_999_999)),
    "Meta’s subcodes that say that a file did not arrive whole: it is sent again.",
);

/// A Facebook page.
pub const MESSENGER: Guide = Guide {
    word: "messenger",
    kind: ChannelKind::Messenger,
    name: "Messenger",
    about: "The messages of a Facebook page, with an app of your own at Meta. About ten minutes.",
    steps: &[
        Step {
            title: "Make the app and let the desk in",
            words: "At developers.facebook.com make an app for a business and add Messenger to it. On the page of its settings \
                    add your page and generate a token for it, with the permissions pages_messaging and \
                    pages_manage_metadata. The page’s id stands beside it. A token of the Graph API Explorer ends within \
                    hours.",
            settings: &[
                Setting::text("page_id", "Page ID"),
                Setting::new("access_token", "Token of the page", Sort::Access("token_granted_at", "token_ends_at")),
            ],
            shows_webhook: false,
        },
        APP,
        Step {
            title: "Have messages sent here",
            words: "Among the webhooks of Messenger enter this address as callback and this word as verify token, and save: \
                    Meta asks the desk at once. Then press “Connect again” below: the desk subscribes the app to your page, \
                    and says what Meta does not tell it. An app has one address for all its pages: any of them will do, the \
                    desk hands on what is another’s.",
            settings: &[COMMENTS.hint(
                "Yes: what anybody writes below the page’s posts comes in as a conversation, which the agent may answer in \
                 private. The token has to let Meta tell of the page’s feed. No: the desk does not ask for it; what Meta \
                 tells already stays.",
            )],
            shows_webhook: true,
        },
    ],
    further: &[HUMAN_AGENT, VERSION, SERVICE],
    extra: &[
        FIELDS,
        Extra::new("limits.text", Shape::Number(1, 100_000), "How many characters a text may have."),
        FILES,
        FILE_BYTES,
        TOO_LARGE,
        NOT_WHOLE,
    ],
    usual: usual_of_a_page,
    fixed: &[("network", "messenger")],
    address: "page_id",
    account: &["page_id"],
    compared: plain,
    key: "access_token",
    webhook: Some(WEBHOOK),
    trial: Trial::Write(
        "Write to the page from an account that is not its own: it stands in the inbox within seconds.",
    ),
};

/// An Instagram account.
pub const INSTAGRAM: Guide = Guide {
    word: "instagram",
    kind: ChannelKind::Instagram,
    name: "Instagram",
    about: "The messages of a professional Instagram account, with an app of your own at Meta. About ten minutes.",
    steps: &[
        Step {
            title: "Make the app and let the desk in",
            words: "At developers.facebook.com make an app for a business and add Instagram to it. Generate a token for the \
                    account there. With the login of Instagram it lasts 60 days, and the desk renews it in time; with that of \
                    Facebook it is the token of the page behind the account.",
            settings: &[
                Setting::new(
                    "login",
                    "Login",
                    Sort::Choice(&[("instagram", "By Instagram"), ("facebook", "By Facebook, through a page")]),
                ),
                Setting::text("instagram_id", "Account ID").hint("A long number, not the name."),
                Setting::text("page_id", "Page ID")
                    .optional()
                    .hint("Of the page behind it, for the login of Facebook."),
                Setting::new("access_token", "Token", Sort::Access("token_granted_at", "token_ends_at")),
            ],
            shows_webhook: false,
        },
        APP,
        Step {
            title: "Have messages sent here",
            words: "Among the webhooks of Instagram enter this address as callback and this word as verify token, and save: \
                    Meta asks the desk at once. There subscribe the app to messages, message_edit, message_reactions, \
                    messaging_postbacks, messaging_referral, messaging_seen, messaging_handover and standby, and allow \
                    access to messages in the settings of the account on your phone. Then press “Connect again” below: the \
                    desk subscribes the app to your account. An app has one address for all its accounts: any of them will \
                    do, the desk hands on what is another’s.",
            settings: &[COMMENTS.hint(
                "Yes: what anybody writes below the account’s posts comes in as a conversation, which the agent may answer \
                 in private; subscribe the app to comments at Meta as well. With the login of Facebook that alone decides. \
                 No: the desk does not ask for it; what Meta tells already stays.",
            )],
            shows_webhook: true,
        },
    ],
    further: &[
        Setting::new("further_ids", "Further ids of the account", Sort::List)
            .optional()
            .hint("One that is connected by both logins has two."),
        Setting::secret("linked_app_secret", "Secret of a second app").optional().hint("For both logins at once."),
        HUMAN_AGENT,
        VERSION,
        SERVICE,
    ],
    extra: &[
        FIELDS,
        Extra::new("limits.text", Shape::Number(1, 100_000), "How many bytes a text may have."),
        FILES,
        FILE_BYTES,
        Extra::new("limits.picture_bytes", Shape::Number(1, 1_000_000_000), "How many bytes a picture may have."),
        TOO_LARGE,
        NOT_WHOLE,
    ],
    usual: usual_of_instagram,
    fixed: &[("network", "instagram")],
    address: "instagram_id",
    account: &["instagram_id"],
    compared: plain,
    key: "access_token",
    webhook: Some(WEBHOOK),
    trial: Trial::Write("Write to the account from another one: it stands in the inbox within seconds."),
};

/// All settings as the adapter takes them by itself.
fn usual_of_a_page() -> Value {
    usual(MetaSettings { network: Network::Messenger, ..MetaSettings::default() })
}

fn usual_of_instagram() -> Value {
    usual(MetaSettings { network: Network::Instagram, login: Login::Instagram, ..MetaSettings::default() })
}

fn usual(mut settings: MetaSettings) -> Value {
    let fields = subscription::told(&settings).usual;
    settings.subscribed_fields = fields.iter().map(|&field| field.to_owned()).collect();
    settings.limits.text = send::capabilities(&settings).text.map(|text| text.most);
    serde_json::to_value(settings).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        let of_a_page =
            vec!["channel_id", "further_ids", "instagram_id", "limits.picture_bytes", "linked_app_secret", "login"];
        for (guide, by_itself) in [(MESSENGER, of_a_page), (INSTAGRAM, vec!["channel_id"])] {
            let settings = (guide.usual)();
            assert_eq!(guide.unknown_in(&settings), Vec::<&str>::new());
            assert_eq!(guide.out_of_reach(&settings), by_itself);
        }
    }
}
