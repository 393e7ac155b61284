//! How a shop on a marketplace is connected.

use channel_contract::ChannelKind;
use channel_contract::extra::{Extra, Shape};
use channel_contract::guide::{Guide, Setting, Sort, Step, Trial};
use serde_json::Value;
use url::Url;

use crate::settings::MiraklSettings;

/// A shop on a marketplace that runs on Mirakl.
pub const GUIDE: Guide = Guide {
    word: "mirakl",
    kind: ChannelKind::Mirakl,
    name: "A marketplace on Mirakl",
    about: "Threads, orders and returns of your shop on one marketplace. About three minutes.",
    steps: &[
        Step {
            title: "Name the marketplace",
            words: "Sign in to the marketplace as a seller: the address is what stands in the browser, up to the first slash.",
            settings: &[
                Setting::new("api_url", "Address", Sort::Service)
                    .hint("As https://operator.mirakl.net. Another marketplace is connected as a channel of its own."),
                Setting::text("marketplace", "Name of the marketplace").optional().hint("As your team calls it."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Let the desk in",
            words: "In your user settings there, under the key of the API, generate a key.",
            settings: &[
                Setting::secret("api_key", "Key of the shop"),
                Setting::text("shop_id", "Number of the shop").optional().hint("For a key that opens several shops."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Say what the operator’s rules are",
            words: "They stand in your contract with the marketplace, and differ from one to the next.",
            settings: &[
                Setting::new("links", "Links, mail addresses and phone numbers are allowed", Sort::Switch).optional(),
                Setting::new("answer_within_hours", "Hours for an answer", Sort::Number)
                    .optional()
                    .hint("Empty: the operator counts none."),
            ],
            shows_webhook: false,
        },
    ],
    further: &[
        Setting::new("orders", "Orders are read", Sort::Switch).optional().usual("yes"),
        Setting::new("returns", "Returns are read", Sort::Switch).optional().usual("yes"),
        Setting::text("operator", "Name in ids of customers")
            .optional()
            .settled(scope)
            .hint("It stays as it is from now on, also where the address changes. Empty: the host of the address."),
        Setting::new("threads_every_seconds", "Seconds between looks at threads", Sort::Number).optional().usual("300"),
        Setting::new("orders_every_seconds", "Seconds between looks at orders", Sort::Number).optional().usual("300"),
        Setting::new("one_order_every_seconds", "Seconds between two orders read by number", Sort::Number)
            .optional()
            .usual("60")
            .hint("The panel and the agent read one at a time. Some operators allow one in 900 seconds."),
        Setting::new("returns_every_seconds", "Seconds between looks at returns", Sort::Number).optional().usual("900"),
    ],
    extra: &[
        Extra::new("first_fetch_days", Shape::Number(1, 90), "How many days back the first reading looks."),
        Extra::new("threads_a_page", Shape::Number(1, 100), "How many threads are asked for at once."),
        Extra::new(
            "overlap_seconds",
            Shape::Number(0, 86_400),
            "How many seconds each reading goes back behind the one before: the marketplace may show a change late.",
        ),
        Extra::new(
            "own_rest_seconds",
            Shape::Number(0, 3_600),
            "How many seconds old a message of the shop is before it is read.",
        ),
    ],
    usual,
    fixed: &[],
    address: "api_url",
    account: &["api_url", "shop_id"],
    compared,
    key: "api_key",
    webhook: None,
    trial: Trial::Write("Wait for the next message of a customer there: new ones are fetched every few minutes."),
};

/// All settings as the adapter takes them by itself.
fn usual() -> Value {
    serde_json::to_value(MiraklSettings::default()).unwrap_or_default()
}

/// The name of the marketplace in ids: cases and replies that wait name their customers by it.
fn scope(settings: &Value) -> String {
    serde_json::from_value::<MiraklSettings>(settings.clone()).map(|settings| settings.scope()).unwrap_or_default()
}

/// Addresses are compared as they are called, however people copied them.
fn compared(path: &str, written: &str) -> String {
    if path != "api_url" {
        return written.trim().to_owned();
    }
    let settings = MiraklSettings { api_url: written.to_owned(), ..MiraklSettings::default() };
    let called = settings.address();
    Url::parse(called).map_or_else(|_| called.to_owned(), |url| url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        assert_eq!(GUIDE.unknown_in(&usual()), Vec::<&str>::new());
        assert_eq!(GUIDE.out_of_reach(&usual()), ["channel_id"]);
    }

    #[test]
    fn a_shop_is_one_account_however_its_address_was_copied() {
        let shop = |address: &str, shop: &str| json!({ "api_url": address, "shop_id": shop });
        let known = shop("https://shop.market.example", "2001");
        for copied in [
            "https://shop.market.example/",
            " https://SHOP.market.example/api/ ",
            "https://shop.market.example:443/api",
        ] {
            assert!(GUIDE.is_same_account(&known, &shop(copied, " 2001")), "{copied}");
        }
        for other in ["https://other.market.example", "https://shop.market.example:8443"] {
            assert!(!GUIDE.is_same_account(&known, &shop(other, "2001")), "{other}");
        }
        assert!(!GUIDE.is_same_account(&known, &shop("https://shop.market.example", "2002")), "another shop there");
    }
}
