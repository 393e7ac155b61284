//! How a seller's account is connected.

use channel_contract::ChannelKind;
use channel_contract::extra::{Extra, Shape};
use channel_contract::guide::{EnteredBy, Guide, Setting, Sort, Step, Trial, Webhook, plain};
use serde_json::Value;

use crate::settings::EbaySettings;

/// Access that ends: the desk says so before.
const ACCESS: Sort = Sort::Access("access.granted_at", "access.ends_at");

/// A seller's account.
pub const GUIDE: Guide = Guide {
    word: "ebay",
    kind: ChannelKind::Ebay,
    name: "eBay",
    about: "Member messages, orders and returns of a seller’s account, with keys of your own at eBay. About fifteen minutes.",
    steps: &[
        Step {
            title: "Make the keys",
            words: "At developer.ebay.com register, and make a set of keys for production. eBay asks there for the address \
                    below before it activates them.",
            settings: &[
                Setting::text("access.client_id", "App ID (client ID)"),
                Setting::secret("access.client_secret", "Cert ID (client secret)"),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Let the seller allow it",
            words: "On the page “User tokens” of your keys add a redirect URL, with the address below as the one for accepted \
                    consent: eBay calls it by a name of its own. Once the account is saved, its page leads the seller to \
                    eBay to say yes, and back. The desk may then go in for about 18 months.",
            settings: &[
                Setting::new("access.ru_name", "Name of the redirect URL (RuName)", Sort::Consent).optional(),
                Setting::new("access.refresh_token", "Refresh token", ACCESS)
                    .optional()
                    .hint("Leave it empty, unless you have one already: it comes by itself when the seller says yes."),
                Setting::new("usernames", "Seller’s user name", Sort::List)
                    .hint("Further names of the same account behind commas: eBay writes an unchangeable id for some."),
                Setting::text("marketplace", "Marketplace").usual("EBAY_US").hint("Such as EBAY_DE or EBAY_GB."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Have eBay tell what happens",
            words: "The desk asks eBay to push new messages, deleted accounts and access that was taken back, once the seller \
                    has said yes. If eBay wants to be told of an address before it activates your keys: on their page \
                    “Alerts and notifications” enter this one as endpoint and this word as verification token, and save. \
                    eBay asks the desk at once. Files that you send are fetched from the desk: they go where its address begins \
                    with https://.",
            settings: &[
                Setting::text("notifications.alert_email", "Mail address for alerts")
                    .optional()
                    .hint("eBay writes there when it cannot reach the desk, and pushes nothing without one."),
                Setting::new("notifications.wanted", "eBay pushes what happens", Sort::Switch)
                    .optional()
                    .usual("yes")
                    .hint("Messages are fetched all the same, a little later."),
            ],
            shows_webhook: true,
        },
    ],
    further: &[
        Setting::new("agent_may_send", "The agent may send by itself", Sort::Switch).optional().hint(
            "eBay’s licence restricts what machines may do with what its members write: read it before you say yes.",
        ),
        Setting::new("polling.orders", "Orders, returns and requests are read", Sort::Switch).optional().usual("yes"),
        Setting::new("polling.from_ebay", "Messages of eBay itself are read", Sort::Switch).optional(),
        Setting::new("trading.is_used", "Messages by the older interface (Trading)", Sort::Switch).optional().hint(
            "For keys to which eBay has not given its Message API. Files, first messages and receipts need that one. Once it is on, \
             cases that came before are answered on eBay’s own pages, and messages of the last days may come once more; once it is \
             off, what is answered in older cases goes to the member by their name.",
        ),
        Setting::new("trading.site_id", "Number of the site", Sort::Number)
            .optional()
            .usual("0")
            .hint("For the older interface alone: 0 is the United States, 3 the United Kingdom, 77 Germany."),
        Setting::service("api_url", "Address of the API", "https://api.ebay.com"),
        Setting::service(
            "access.consent_url",
            "Page on which the seller says yes",
            "https://auth.ebay.com/oauth2/authorize",
        ),
    ],
    extra: &[
        Extra::new("limits.characters", Shape::Number(1, 100_000), "How many characters a text may have."),
        Extra::new("limits.files", Shape::Number(0, 100), "How many files a message may have."),
        Extra::new("limits.file_bytes", Shape::Number(1, 1_000_000_000), "How many bytes its files may have together."),
        Extra::new("polling.first_days", Shape::Number(1, 90), "How many days back the first look goes."),
        Extra::new("polling.case_days", Shape::Number(1, 365), "How many days returns and the like are followed."),
        Extra::new("polling.orders_seconds", Shape::Number(60, 86_400), "How many seconds lie between looks at orders."),
        Extra::new(
            "polling.overlap_seconds",
            Shape::Number(0, 86_400),
            "How many seconds each look goes back behind what was read: eBay may show a message late.",
        ),
        Extra::new(
            "polling.own_after_seconds",
            Shape::Number(0, 3_600),
            "How many seconds pass before what the account itself wrote is read back.",
        ),
        Extra::new(
            "second_look_seconds",
            Shape::Number(0, 60),
            "How many seconds pass before a conversation is read once more for a message that was not found in it.",
        ),
        Extra::new("access.lasts_days", Shape::Number(1, 3_650), "How many days the seller’s consent lasts."),
        Extra::new(
            "access.scopes",
            Shape::Text,
            "The scopes that access is renewed for, with blanks between them. Not set: what the seller granted.",
        ),
        Extra::new("access.consent_scopes", Shape::Text, "The scopes that the seller is asked for."),
        Extra::new("trading.level", Shape::Number(1, 9_999), "The version of the older interface."),
        Extra::new("paths.message", Shape::Text, "Where conversations and messages lie below the address of the API."),
        Extra::new("paths.notification", Shape::Text, "The same of notifications."),
        Extra::new("paths.fulfillment", Shape::Text, "The same of orders."),
        Extra::new("paths.post_order", Shape::Text, "The same of returns, inquiries and cancellations."),
        Extra::new("paths.token", Shape::Text, "Where access is given out there."),
        Extra::new("paths.analytics", Shape::Text, "Where it is told how many calls are left."),
        Extra::new("paths.trading", Shape::Text, "Where the older interface lies."),
    ],
    usual,
    fixed: &[],
    address: "usernames",
    account: &["usernames"],
    compared: plain,
    key: "access.refresh_token",
    webhook: Some(Webhook {
        entered_by: EnteredBy::Person,
        word: "notifications.verification_token",
        address: "notifications.endpoint",
        shared_by: "",
    }),
    trial: Trial::Write("Write to the seller from another member’s account: it stands in the inbox within minutes."),
};

/// All settings as the adapter takes them by itself.
fn usual() -> Value {
    serde_json::to_value(EbaySettings::default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use channel_contract::guide::at;

    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        assert_eq!(GUIDE.unknown_in(&usual()), Vec::<&str>::new());
        assert_eq!(GUIDE.out_of_reach(&usual()), ["channel_id", "notifications.public_keys"]);
    }

    #[test]
    fn what_stands_in_the_fields_is_what_the_adapter_takes_by_itself() {
        let settings = usual();
        for setting in GUIDE.further.iter().filter(|setting| matches!(setting.sort, Sort::Service)) {
            assert_eq!(at(&settings, setting.path).and_then(|value| value.as_str()), Some(setting.usual));
        }
    }
}
