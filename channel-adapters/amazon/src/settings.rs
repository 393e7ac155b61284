//! What a person sets up for one seller's account. What Amazon may change, or does not write down, is a setting.

use std::collections::BTreeMap;
use std::time::Duration;

use channel_contract::secret::Secret;
use channel_email::EmailSettings;
use serde::{Deserialize, Serialize};

use crate::notices::NoticeKind;
use crate::phrases;
use crate::rate::Plan;

/// The marketplaces that have a relay, by the end of their address, with their ids.
const MARKETPLACES: [(&str, &str); 22] = [
    ("com", "ATVPDKIKX0DER"),
    ("ca", "A2EUQ1WTGCTBG2"),
    ("com.mx", "A1AM78C64UM0Y8"),
    ("com.br", "A2Q3Y263D00KWC"),
    ("co.uk", "A1F83G8C2ARO7P"),
    ("de", "A1PA6795UKMFR9"),
    ("fr", "A13V1IB3VIYZZH"),
    ("it", "APJ6JRA9NG5V4"),
    ("es", "A1RKKUPIHCS9HS"),
    ("nl", "A1805IZSGTT6HS"),
    ("se", "A2NODRKZP88ZB9"),
    ("pl", "A1C3SOZRARQ6R3"),
    ("com.be", "AMEN7PMS3EDWL"),
    ("ie", "A28R8C7NBKEWEA"),
    ("com.tr", "A33AVAJ2PDY3EV"),
    ("ae", "A2VIGQ35RCS4UG"),
    ("sa", "A17E79C6D8DWNP"),
    ("eg", "ARBP9OOSHTCHU"),
    ("in", "A21TJRUUN4KGV"),
    ("sg", "A19VAU5U5O7RUS"),
    ("com.au", "A39IBJ37TRP1C6"),
    ("co.jp", "A1VC38T7YXB528"),
];

/// The first parts of addresses under which Amazon's machines write, also from the relay's own domain.
const MACHINES: [&str; 9] = [
    "no-reply",
    "noreply",
    "donotreply",
    "do-not-reply",
    "auto-communication",
    "marketplace-messages",
    "atoz-guarantee",
    "mailer-daemon",
    "postmaster",
];

/// What Amazon takes as a file of a message: documents, pictures and texts.
const FILE_TYPES: [&str; 8] = [
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/jpeg",
    "image/png",
    "image/bmp",
    "image/tiff",
    "text/plain",
];

/// The languages of the marketplaces.
const LANGUAGES: [&str; 11] = ["de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "sv", "tr"];

/// A marketplace of Amazon's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marketplace {
    /// What follows `amazon.` in its address.
    pub ending: String,
    /// Its id.
    pub id: String,
}

/// What becomes of Amazon's mails that nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherNotices {
    /// They are shown, and no machine answers them.
    #[default]
    Shown,
    /// They are left out.
    LeftOut,
}

/// One seller's account: the mail account, and what is Amazon's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AmazonSettings {
    /// The mail account. Its address is the sender that Amazon has approved.
    #[serde(flatten)]
    pub mail: EmailSettings,
    /// The marketplaces.
    pub marketplaces: Vec<Marketplace>,
    /// The first parts of addresses under which Amazon's machines write.
    pub machines: Vec<String>,
    /// By which words in subjects Amazon's mails are known, in place of the usual ones of their kind ([`NoticeKind`]).
    /// Words that must all be there are joined with `&`.
    pub phrases: BTreeMap<NoticeKind, Vec<String>>,
    /// What becomes of Amazon's mails that nobody knows.
    pub other_notices: OtherNotices,
    /// Whether a reply carries the token of the mail that it answers.
    pub keep_token: bool,
    /// How many characters a text has at most.
    pub longest_text: usize,
    /// How many files a message has at most.
    pub most_files: usize,
    /// How many bytes they have at most together.
    pub most_file_bytes: u64,
    /// The media types that are taken.
    pub file_types: Vec<String>,
    /// How many hours Amazon gives for an answer to a buyer.
    pub answer_hours: u16,
    /// How many hours it gives for an answer to a claim whose mail names no day; 0: none are counted.
    pub claim_hours: u16,
    /// Hosts that links may lead to beside Amazon's own: carriers.
    pub allowed_links: Vec<String>,
    /// Words that are taken for advertising beside the known ones.
    pub forbidden_words: Vec<String>,
    /// Access to the Selling Partner API; `None` where buyers are only answered.
    pub spapi: Option<SpApiSettings>,
}

impl Default for AmazonSettings {
    fn default() -> Self {
        let marketplace = |(ending, id): (&str, &str)| Marketplace { ending: ending.to_owned(), id: id.to_owned() };
        Self {
            mail: EmailSettings::default(),
            marketplaces: MARKETPLACES.map(marketplace).into(),
            machines: MACHINES.map(str::to_owned).into(),
            phrases: BTreeMap::new(),
            other_notices: OtherNotices::default(),
            keep_token: true,
            longest_text: 4_000,
            most_files: 10,
            most_file_bytes: 10_000_000,
            file_types: FILE_TYPES.map(str::to_owned).into(),
            answer_hours: 24,
            claim_hours: 72,
            allowed_links: Vec::new(),
            forbidden_words: Vec::new(),
            spapi: None,
        }
    }
}

impl AmazonSettings {
    /// The phrases by which a kind of mail is known.
    pub(crate) fn phrases_of(&self, kind: NoticeKind) -> Vec<&str> {
        match self.phrases.get(&kind) {
            Some(own) => own.iter().map(String::as_str).collect(),
            None => phrases::of(kind).to_vec(),
        }
    }

    /// The settings of the mail account as this channel uses it: its sender stays the same in every mail, and nothing is
    /// put into a text or an address to find the conversation again, for Amazon takes neither.
    pub(crate) fn plain_mail(&self) -> EmailSettings {
        EmailSettings {
            thread_secret: Secret::default(),
            html_alternative: false,
            body_token: false,
            ..self.mail.clone()
        }
    }

    /// The hosts that links may lead to.
    pub(crate) fn link_hosts(&self) -> Vec<String> {
        let amazon = self.marketplaces.iter().map(|marketplace| format!("amazon.{}", marketplace.ending));
        amazon.chain(self.allowed_links.iter().map(|host| host.to_lowercase())).collect()
    }

    /// How soon a buyer is to be answered.
    pub(crate) fn answer_within(&self) -> Duration {
        Duration::from_hours(self.answer_hours.into())
    }
}

/// Access to the Selling Partner API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpApiSettings {
    /// The address of the API in the seller's region.
    pub api_url: String,
    /// Where tokens are given out.
    pub token_url: String,
    /// The application there.
    pub client_id: String,
    /// Its secret, which Amazon wants renewed every 180 days.
    pub client_secret: Secret,
    /// What access to the seller's account is renewed with.
    pub refresh_token: Secret,
    /// The seller's id: notifications of another one are left out. Empty: all are taken.
    pub seller_id: String,
    /// The marketplace of orders of which neither the buyer's address nor the order tells one.
    pub marketplace_id: String,
    /// The version of the Orders API.
    pub orders_version: String,
    /// The languages in which people write messages of their own accord, as Amazon names them: each is offered.
    pub languages: Vec<String>,
    /// Whether Amazon is to tell of changes of orders, so that a check looks for the subscription.
    pub order_events: bool,
    /// How often which calls may be made, in place of what Amazon's documentation says (`rate.rs`).
    pub rates: BTreeMap<String, Plan>,
}

impl Default for SpApiSettings {
    fn default() -> Self {
        Self {
            api_url: "https://sellingpartnerapi-eu.amazon.com".to_owned(),
            token_url: "https://api.amazon.com/auth/o2/token".to_owned(),
            client_id: String::new(),
            client_secret: Secret::default(),
            refresh_token: Secret::default(),
            seller_id: String::new(),
            marketplace_id: String::new(),
            orders_version: "2026-01-01".to_owned(),
            languages: LANGUAGES.map(str::to_owned).into(),
            order_events: false,
            rates: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_those_of_a_mail_account_and_more() {
        let stored = serde_json::json!({
            "address": "help@shop.example",
            "imap": { "host": "mail.example", "port": 993, "auth": { "kind": "password", "password": "pass-word" } },
            "phrases": { "claim_opened": ["claim&opened"] },
            "spapi": { "client_id": "app", "client_secret": "pass-word" },
        });
        let settings: AmazonSettings = serde_json::from_value(stored).unwrap();
        assert_eq!(settings.mail.address, "help@shop.example");
        assert_eq!(settings.mail.imap.as_ref().map(|server| server.port), Some(993));
        assert_eq!(settings.phrases_of(NoticeKind::ClaimOpened), ["claim&opened"]);
        assert!(settings.phrases_of(NoticeKind::Refunded).len() > 3, "the others stay");
        assert_eq!(settings.spapi.as_ref().map(|spapi| spapi.orders_version.as_str()), Some("2026-01-01"));
        assert!(!format!("{settings:?}").contains("pass-word"), "secrets are not printed");
        let kept = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<AmazonSettings>(&kept).unwrap(), settings);
    }

    #[test]
    fn the_sender_carries_nothing_of_a_conversation() {
        let mail = EmailSettings {
            thread_secret: Secret::new("key"),
            html_alternative: true,
            body_token: true,
            ..EmailSettings::default()
        };
        let plain = AmazonSettings { mail, ..AmazonSettings::default() }.plain_mail();
        assert!(plain.thread_secret.is_empty() && !plain.html_alternative && !plain.body_token);
    }
}
