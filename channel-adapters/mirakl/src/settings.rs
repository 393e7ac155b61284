//! What a person sets up for one shop on one marketplace.

use std::time::Duration;

pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

/// One shop on one marketplace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MiraklSettings {
    /// The channel's id.
    pub channel_id: String,
    /// Where the marketplace runs: `https://operator.mirakl.net`, with or without `/api` behind it.
    pub api_url: String,
    /// The key of the shop.
    pub api_key: Secret,
    /// The number of the shop, for a key that opens several; empty: the key's own.
    pub shop_id: String,
    /// The name of the marketplace in ids of customers, settled when the account is connected; empty: the host of the address.
    pub operator: String,
    /// The name of the marketplace for people; empty: “The marketplace”.
    pub marketplace: String,
    /// Whether the operator's rules allow links, e-mail addresses and telephone numbers in messages.
    pub links: bool,
    /// Whether orders are read: for news of them and of their incidents, and by their number.
    pub orders: bool,
    /// Whether returns are read.
    pub returns: bool,
    /// How often the threads are read at most.
    pub threads_every_seconds: u32,
    /// How often the orders are read at most. The rules of use allow once in a minute, and once in 15 for some keys.
    pub orders_every_seconds: u32,
    /// How much time lies at least between two orders that are read by their number.
    pub one_order_every_seconds: u32,
    /// How often the returns are read at most. The rules of use allow once in 5 minutes.
    pub returns_every_seconds: u32,
    /// How many threads are asked for at once.
    pub threads_a_page: u16,
    /// How far each reading goes back behind the one before: the marketplace may show a change late.
    pub overlap_seconds: u32,
    /// How many days back the first reading looks.
    pub first_fetch_days: u16,
    /// How old a message of the shop is before it is read. One that the desk has sent is known by its id until then.
    pub own_rest_seconds: u32,
    /// Within how many hours the operator wants an answer; `None` where it counts none.
    pub answer_within_hours: Option<u16>,
}

impl Default for MiraklSettings {
    fn default() -> Self {
        Self {
            channel_id: String::new(),
            api_url: String::new(),
            api_key: Secret::default(),
            shop_id: String::new(),
            operator: String::new(),
            marketplace: String::new(),
            links: false,
            orders: true,
            returns: true,
            threads_every_seconds: 300,
            orders_every_seconds: 300,
            one_order_every_seconds: 60,
            returns_every_seconds: 900,
            threads_a_page: 50,
            overlap_seconds: 600,
            first_fetch_days: 2,
            own_rest_seconds: 120,
            answer_within_hours: None,
        }
    }
}

impl MiraklSettings {
    /// Where the marketplace runs, however people copied it.
    pub(crate) fn address(&self) -> &str {
        let written = self.api_url.trim().trim_end_matches('/');
        written.strip_suffix("/api").unwrap_or(written)
    }

    /// The name of the marketplace in ids.
    pub(crate) fn scope(&self) -> String {
        match self.operator.trim() {
            "" => {
                let host = Url::parse(self.address()).ok().and_then(|url| url.host_str().map(str::to_lowercase));
                host.unwrap_or_default()
            }
            named => named.to_lowercase(),
        }
    }

    /// The name of the marketplace for people, as a sentence begins with it.
    pub(crate) fn name(&self) -> &str {
        match self.marketplace.trim() {
            "" => "The marketplace",
            named => named,
        }
    }

    /// The least time between two orders that are read by their number.
    pub(crate) fn one_order_every(&self) -> Duration {
        Duration::from_secs(self.one_order_every_seconds.into())
    }

    /// How soon the operator wants an answer.
    pub(crate) fn answer_within(&self) -> Option<Duration> {
        self.answer_within_hours.map(|hours| Duration::from_hours(hours.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(api_url: &str) -> MiraklSettings {
        MiraklSettings { api_url: api_url.to_owned(), ..MiraklSettings::default() }
    }

    #[test]
    fn the_address_is_taken_as_people_copy_it() {
        for written in
            ["https://Shop.market.example", " https://shop.market.example/ ", "https://shop.market.example/api/"]
        {
            assert_eq!(at(written).address().to_lowercase(), "https://shop.market.example", "{written}");
            assert_eq!(at(written).scope(), "shop.market.example");
        }
        for none in ["", "shop.market.example", "file:///etc/passwd", "https://"] {
            assert_eq!(at(none).scope(), "", "{none}");
        }
        assert_eq!(MiraklSettings { operator: " Empik ".to_owned(), ..at("https://x.example") }.scope(), "empik");
    }

    #[test]
    fn the_key_is_not_printed_and_settings_survive_storage() {
        let settings = MiraklSettings { api_key: Secret::new("key-of-the-shop"), ..at("https://market.example") };
        assert!(!format!("{settings:?}").contains("key-of-the-shop"));
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<MiraklSettings>(&stored).unwrap(), settings);
        assert_eq!(serde_json::from_str::<MiraklSettings>("{}").unwrap(), MiraklSettings::default());
    }
}
