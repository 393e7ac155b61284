//! What a person sets up for one seller's account. What Amazon may change, or does not write down, is a setting.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use channel_contract::capabilities::{AttachmentLimit, FileLimit, FileSort};
use channel_contract::secret::Secret;
use channel_email::EmailSettings;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

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

/// The hosts of carriers: a buyer may be led to where the parcel is.
const CARRIERS: [&str; 66] = [
    "17track.net",
    "anpost.com",
    "aramex.com",
    "auspost.com.au",
    "bpost.be",
    "bring.com",
    "bring.no",
    "brt.it",
    "canadapost-postescanada.ca",
    "canadapost.ca",
    "chronopost.fr",
    "colisprive.com",
    "colissimo.fr",
    "correios.com.br",
    "correos.es",
    "ctt.pt",
    "deutschepost.de",
    "dhl.co.uk",
    "dhl.com",
    "dhl.de",
    "dhl.fr",
    "dhl.it",
    "dpd.co.uk",
    "dpd.com",
    "dpd.de",
    "dpdgroup.com",
    "estafeta.com",
    "evri.com",
    "fedex.com",
    "gls-group.com",
    "gls-group.eu",
    "gls-italy.com",
    "gls-pakete.de",
    "gls-spain.es",
    "hermesworld.com",
    "inpost.it",
    "inpost.pl",
    "japanpost.jp",
    "kuronekoyamato.co.jp",
    "laposte.fr",
    "mondialrelay.fr",
    "mrw.es",
    "myhermes.de",
    "nacex.es",
    "ontrac.com",
    "packeta.com",
    "parcelforce.com",
    "poczta-polska.pl",
    "post.at",
    "post.ch",
    "poste.it",
    "posten.no",
    "posti.fi",
    "postnl.nl",
    "postnord.com",
    "postnord.dk",
    "postnord.no",
    "postnord.se",
    "ptt.gov.tr",
    "purolator.com",
    "royalmail.com",
    "sagawa-exp.co.jp",
    "seur.com",
    "tnt.com",
    "ups.com",
    "usps.com",
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
static FILES: [FileSort; 4] = [
    FileSort { words: "PDF", forms: "", types: &["application/pdf"] },
    FileSort {
        words: "Word",
        forms: "",
        types: &["application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    },
    FileSort {
        words: "pictures",
        forms: "JPEG, PNG, BMP, TIFF",
        types: &["image/jpeg", "image/png", "image/bmp", "image/tiff"],
    },
    FileSort { words: "plain text", forms: "", types: &["text/plain"] },
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
    /// So many days after the last word with a buyer their data is erased; 0: never.
    pub buyer_days: u16,
    /// How many hours it gives for an answer to a claim whose mail names no day; 0: none are counted.
    pub claim_hours: u16,
    /// Hosts that links may lead to beside Amazon's own and those of the known carriers.
    pub allowed_links: Vec<String>,
    /// Words that are taken for advertising beside the known ones.
    pub forbidden_words: Vec<String>,
    /// Whether texts may hold little pictures, which Amazon's guidelines forbid.
    pub allow_emoji: bool,
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
            file_types: FILES.iter().flat_map(|sort| sort.types).map(|kind| (*kind).to_owned()).collect(),
            answer_hours: 24,
            buyer_days: 0,
            claim_hours: 72,
            allowed_links: Vec::new(),
            forbidden_words: Vec::new(),
            allow_emoji: false,
            spapi: None,
        }
    }
}

impl AmazonSettings {
    /// Whether files of a media type are taken.
    pub(crate) fn takes(&self, content_type: &str) -> bool {
        self.file_types.iter().any(|known| known.eq_ignore_ascii_case(content_type))
    }

    /// The files of a message. Where a person has named types beside the known sorts, they are looked at when they leave.
    pub(crate) fn files(&self) -> AttachmentLimit {
        let any = AttachmentLimit::any(self.most_files, self.most_file_bytes);
        let is_whole = |sort: &FileSort| sort.types.iter().all(|kind| self.takes(kind));
        let is_known = |kind: &String| FILES.iter().any(|sort| is_whole(sort) && sort.has(kind));
        if !self.file_types.iter().all(is_known) {
            return any;
        }
        let limit = |sort| is_whole(sort).then_some(FileLimit { sort, most: self.most_file_bytes });
        AttachmentLimit { sorts: FILES.each_ref().map(limit), ..any }
    }

    /// The phrases by which a kind of mail is known, in lower case.
    pub(crate) fn phrases_of(&self, kind: NoticeKind) -> Vec<Cow<'_, str>> {
        match self.phrases.get(&kind) {
            Some(own) => own.iter().map(|phrase| phrase.to_lowercase().into()).collect(),
            None => phrases::of(kind).iter().map(|&phrase| phrase.into()).collect(),
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
        let own = self.allowed_links.iter().map(|host| host.trim().to_lowercase()).filter(|host| !host.is_empty());
        amazon.chain(CARRIERS.map(str::to_owned)).chain(own).collect()
    }

    /// How long after the last word with a buyer their data is kept.
    pub(crate) fn forgets_after(&self) -> Option<Duration> {
        (self.buyer_days > 0).then(|| Duration::from_hours(24 * u64::from(self.buyer_days)))
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
    /// When the secret was entered here, in seconds since 1970.
    pub client_secret_granted_at: Option<i64>,
    /// When it ends, where that is known better than by [`Self::secret_days`].
    pub client_secret_ends_at: Option<i64>,
    /// What access to the seller's account is renewed with: the seller's consent, which is given for a year.
    pub refresh_token: Secret,
    /// When the consent was entered here, in seconds since 1970.
    pub consent_granted_at: Option<i64>,
    /// When it ends, where that is known better than by [`Self::consent_days`].
    pub consent_ends_at: Option<i64>,
    /// How many days a secret counts.
    pub secret_days: u16,
    /// How many days a consent counts.
    pub consent_days: u16,
    /// The seller's id: notifications of another one are left out. Empty: all are taken.
    pub seller_id: String,
    /// The marketplace of orders of which neither the buyer's address nor the order tells one.
    pub marketplace_id: String,
    /// The version of the Orders API.
    pub orders_version: String,
    /// The languages in which people write messages of their own accord, as Amazon names them: each is offered.
    pub languages: Vec<String>,
    /// The queue into which Amazon puts changes of orders.
    pub queue: QueueSettings,
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
            client_secret_granted_at: None,
            client_secret_ends_at: None,
            refresh_token: Secret::default(),
            consent_granted_at: None,
            consent_ends_at: None,
            secret_days: 180,
            consent_days: 365,
            seller_id: String::new(),
            marketplace_id: String::new(),
            orders_version: "2026-01-01".to_owned(),
            languages: LANGUAGES.map(str::to_owned).into(),
            queue: QueueSettings::default(),
            rates: BTreeMap::new(),
        }
    }
}

impl SpApiSettings {
    /// Whether a person has set anything up: values alone that differ from the usual ones give no access.
    pub(crate) fn is_set(&self) -> bool {
        let secrets = [&self.client_secret, &self.refresh_token, &self.queue.key];
        let names = [&self.client_id, &self.seller_id, &self.marketplace_id, &self.queue.arn, &self.queue.key_id];
        secrets.into_iter().any(|secret| !secret.is_empty()) || names.into_iter().any(|name| !name.trim().is_empty())
    }

    /// When the first of the two ends that a person has to renew: the secret and the consent.
    pub(crate) fn access_ends_at(&self) -> Option<OffsetDateTime> {
        let end = |granted: Option<i64>, told: Option<i64>, days: u16| {
            told.or_else(|| Some(granted?.saturating_add(i64::from(days) * 24 * 60 * 60)))
        };
        let secret = end(self.client_secret_granted_at, self.client_secret_ends_at, self.secret_days);
        let consent = end(self.consent_granted_at, self.consent_ends_at, self.consent_days);
        OffsetDateTime::from_unix_timestamp(secret.into_iter().chain(consent).min()?).ok()
    }
}

/// A queue of the seller's at Amazon's cloud (SQS), and the key of a user there who may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueSettings {
    /// Its name there: `arn:aws:sqs:eu-west-1:111122223333:resolute`; `""`: there is none.
    pub arn: String,
    /// The id of the key.
    pub key_id: String,
    /// The key.
    pub key: Secret,
    /// Where the queues of its region are; `""`: where Amazon has them.
    pub url: String,
}

impl QueueSettings {
    /// Whether there is one.
    pub(crate) fn is_set(&self) -> bool {
        !self.arn.trim().is_empty()
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
            "phrases": { "claim_opened": ["Claim&opened"] },
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
    fn access_ends_with_the_first_of_what_a_person_renews() {
        let day = |day: i64| Some(1_790_000_000 + day * 24 * 60 * 60);
        let ends = |secret: (Option<i64>, Option<i64>), consent: (Option<i64>, Option<i64>)| {
            let settings = SpApiSettings {
                client_secret_granted_at: secret.0,
                client_secret_ends_at: secret.1,
                consent_granted_at: consent.0,
                consent_ends_at: consent.1,
                ..SpApiSettings::default()
            };
            settings.access_ends_at().map(OffsetDateTime::unix_timestamp)
        };
        assert_eq!(ends((None, None), (None, None)), None, "nobody knows");
        assert_eq!(ends((day(0), None), (day(0), None)), day(180));
        assert_eq!(ends((day(200), None), (day(0), None)), day(365));
        assert_eq!(ends((day(0), day(30)), (None, None)), day(30), "what is told counts");
        assert_eq!(ends((None, None), (day(0), None)), day(365));
    }

    #[test]
    fn values_alone_are_no_access_to_the_api() {
        let values =
            SpApiSettings { secret_days: 90, orders_version: "2027-01-01".to_owned(), ..SpApiSettings::default() };
        assert!(!values.is_set());
        assert!(SpApiSettings { client_id: "app".to_owned(), ..values.clone() }.is_set());
        assert!(SpApiSettings { refresh_token: Secret::new("consent"), ..values }.is_set());
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
