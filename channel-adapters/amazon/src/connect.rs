//! How a seller's account is connected.

use channel_contract::ChannelKind;
use channel_contract::extra::{Extra, Shape};
use channel_contract::guide::{Guide, Setting, Sort, Step, Trial, plain};
use serde_json::Value;

use crate::notices::NoticeKind;
use crate::phrases;
use crate::rate::Operation;
use crate::settings::{AmazonSettings, SpApiSettings};

const PROTECTION: Sort = Sort::Choice(&[
    ("implicit", "TLS from the start"),
    ("start_tls", "STARTTLS"),
    ("plain", "None, only on this machine"),
]);
const SIGN_IN: Sort =
    Sort::Choice(&[("password", "With a password"), ("xoauth2", "With tokens (below, among the further settings)")]);
/// Servers that give mail out always want to know to whom; one on this machine may take it from anybody.
const SIGN_IN_TO_SEND: Sort = Sort::Choice(&[
    ("password", "With a password"),
    ("xoauth2", "With tokens (below, among the further settings)"),
    ("none", "Not at all, only on this machine"),
]);
const CLIENT_SECRET: Sort = Sort::Access("spapi.client_secret_granted_at", "spapi.client_secret_ends_at");
const CONSENT: Sort = Sort::Access("spapi.consent_granted_at", "spapi.consent_ends_at");

const TEXTS: Shape = Shape::List(0, &Shape::Text);
/// The kinds of Amazon's own mails, as [`NoticeKind`] is written.
const KINDS: &[&str] = &[
    "cancel_requested",
    "claim_closed",
    "claim_opened",
    "listing_question",
    "no_work",
    "opted_out",
    "order_placed",
    "refunded",
    "return_requested",
    "sent_copy",
    "undelivered",
];
/// The operations, as [`Operation`] is written.
const OPERATIONS: &[&str] = &[
    "messaging_actions",
    "messaging_attributes",
    "messaging_send",
    "notifications",
    "order",
    "solicitation_actions",
    "solicitation_send",
    "uploads",
];
/// How often an operation may be asked for, at least once a day.
const RATE: Shape =
    Shape::Record(&[("every_millis", Shape::Number(1, 86_400_000)), ("burst", Shape::Number(1, 10_000))]);

/// A seller's account.
pub const GUIDE: Guide = Guide {
    word: "amazon",
    kind: ChannelKind::Amazon,
    name: "Amazon",
    about: "Buyers’ messages, through Amazon’s mail relay and a mailbox of yours that gets nothing else. About ten minutes.",
    steps: &[
        Step {
            title: "Have Amazon accept the sender",
            words: "Amazon passes on answers only from senders whom it knows. In Seller Central enter the mailbox’s address \
                    among the permissions of messaging, and have buyers’ messages sent there.",
            settings: &[
                Setting::text("address", "Mail address").hint("Answers leave from here, and from nowhere else."),
                Setting::text("display_name", "Name that buyers see").optional(),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Where Amazon’s mails arrive",
            words: "The mailbox’s server for fetching (IMAP).",
            settings: &[
                Setting::text("imap.host", "Server for fetching"),
                Setting::new("imap.port", "Port for fetching", Sort::Number).usual("993"),
                Setting::new("imap.tls", "Encryption of fetching", PROTECTION),
                Setting::new("imap.auth.kind", "Signing in to fetch", SIGN_IN),
                Setting::text("imap.user", "User for fetching").same_as("address"),
                Setting::new("imap.auth.password", "Password for fetching", Sort::Password).optional(),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Where answers leave",
            words: "The same mailbox’s server for sending (SMTP).",
            settings: &[
                Setting::text("smtp.host", "Server for sending"),
                Setting::new("smtp.port", "Port for sending", Sort::Number).usual("465"),
                Setting::new("smtp.tls", "Encryption of sending", PROTECTION),
                Setting::new("smtp.auth.kind", "Signing in to send", SIGN_IN_TO_SEND),
                Setting::text("smtp.user", "User for sending").same_as("imap.user"),
                Setting::new("smtp.auth.password", "Password for sending", Sort::Password)
                    .same_as("imap.auth.password")
                    .hint("Empty: the same as for fetching."),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Let the desk use Amazon’s API, if you have access",
            words: "For the kinds of messages that Amazon words itself, and for news of orders. In Seller Central make an app \
                    for the Selling Partner API, authorise it for your account, and copy what it gives you.",
            settings: &[
                Setting::text("spapi.client_id", "Client ID").optional(),
                Setting::new("spapi.client_secret", "Client secret", CLIENT_SECRET)
                    .optional()
                    .hint("The desk says when a new one is due."),
                Setting::new("spapi.refresh_token", "Refresh token", CONSENT)
                    .optional()
                    .hint("Your consent; the desk says when it is due again."),
                Setting::text("spapi.seller_id", "Seller ID").optional(),
                Setting::text("spapi.marketplace_id", "Usual marketplace ID").optional(),
            ],
            shows_webhook: false,
        },
        Step {
            title: "Have news of orders come, if you like",
            words: "Amazon puts them into a queue of yours. In Amazon’s cloud (AWS) make a standard queue (SQS) and allow the \
                    account 437568002678, which is Amazon’s own, to SendMessage and GetQueueAttributes. Make a user with a key \
                    who may ReceiveMessage, DeleteMessage and GetQueueAttributes. The desk does the rest. Each channel needs a \
                    queue of its own. The app of the step before needs the roles for orders and notifications.",
            settings: &[
                Setting::text("spapi.queue.arn", "ARN of the queue")
                    .optional()
                    .alone()
                    .hint("arn:aws:sqs:eu-west-1:111122223333:resolute. Empty: no news of orders but Amazon’s mails."),
                Setting::text("spapi.queue.key_id", "Access key ID of the user").optional(),
                Setting::secret("spapi.queue.key", "Secret access key of the user").optional(),
            ],
            shows_webhook: false,
        },
    ],
    further: &[
        Setting::text("authserv_id", "Name of the server that checks senders")
            .optional()
            .hint("Which is believed about Amazon’s own mails."),
        Setting::text("oauth.token_url", "Address that renews access to the mailbox").optional(),
        Setting::text("oauth.client_id", "Client ID at the mail provider").optional(),
        Setting::secret("oauth.client_secret", "Client secret at the mail provider").optional(),
        Setting::secret("oauth.refresh_token", "Refresh token of the mail provider").optional(),
        Setting::text("oauth.scope", "Scope at the mail provider").optional(),
        Setting::service(
            "spapi.api_url",
            "Address of Amazon’s API in your region",
            "https://sellingpartnerapi-eu.amazon.com",
        )
        .hint("North America: https://sellingpartnerapi-na.amazon.com. Far East: https://sellingpartnerapi-fe.amazon.com."),
        Setting::service("spapi.token_url", "Address that renews access to it", "https://api.amazon.com/auth/o2/token"),
        Setting::service("spapi.queue.url", "Address of the queues in their region", "")
            .hint("Empty: where Amazon has them."),
        Setting::new("allowed_links", "Further sites that links may lead to", Sort::List)
            .optional()
            .hint("Amazon’s own and those of the large carriers may be named anyway."),
        Setting::new("answer_hours", "Hours for an answer", Sort::Number).optional().usual("24"),
        Setting::new("buyer_days", "Days until a buyer is erased", Sort::Number).optional().usual("0").hint(
            "Counted from the last message, once the case is resolved. Amazon wants buyers’ data kept for 30 days after an order \
             was shipped at most. 0: they are kept.",
        ),
    ],
    extra: &[
        Extra::new(
            "phrases",
            Shape::Table(KINDS, &Shape::List(0, &Shape::Phrase)),
            "The words in subjects by which Amazon’s own mails are known; words that must all be there are joined with &. \
             The list of a kind takes the place of the usual one: copy what you want to keep.",
        ),
        Extra::new(
            "other_notices",
            Shape::Choice(&["shown", "left_out"]),
            "What becomes of Amazon’s mails that nobody knows.",
        ),
        Extra::new("machines", TEXTS, "How the addresses begin under which Amazon’s machines write."),
        Extra::new(
            "marketplaces",
            Shape::List(1, &Shape::Record(&[("ending", Shape::Text), ("id", Shape::Text)])),
            "The marketplaces: what follows amazon. in the address, and the id.",
        ),
        Extra::new("keep_token", Shape::Switch, "Whether a reply carries the token of the mail that it answers."),
        Extra::new("longest_text", Shape::Number(1, 100_000), "How many characters a text may have."),
        Extra::new("most_files", Shape::Number(0, 100), "How many files a message may have."),
        Extra::new("most_file_bytes", Shape::Number(1, 1_000_000_000), "How many bytes they may have together."),
        Extra::new("file_types", TEXTS, "The media types of files that Amazon takes."),
        Extra::new(
            "claim_hours",
            Shape::Number(0, 8_760),
            "The hours for an answer to a claim whose mail names no day; 0: none are counted.",
        ),
        Extra::new("forbidden_words", TEXTS, "Words that are taken for advertising beside the known ones."),
        Extra::new("allow_emoji", Shape::Switch, "Whether texts may hold little pictures."),
        Extra::new("aliases", TEXTS, "Further addresses of the mailbox."),
        Extra::new("folders.inbox", Shape::Text, "The folder of the mailbox in which Amazon’s mails arrive."),
        Extra::new("folders.junk", Shape::Text, "The one for spam. Not set: found by what the server says of it."),
        Extra::new("folders.sent", Shape::Text, "The one for what was sent. Not set: found in the same way."),
        Extra::new("first_fetch_days", Shape::Number(1, 365), "How many days back the first fetch looks."),
        Extra::new("most_bytes", Shape::Number(1_000, 1_000_000_000), "How many bytes a mail may have."),
        Extra::new("timeout_seconds", Shape::Number(1, 600), "How many seconds a step with the mail server may take."),
        Extra::new("spapi.secret_days", Shape::Number(1, 3_650), "How many days a client secret counts."),
        Extra::new("spapi.consent_days", Shape::Number(1, 3_650), "How many days your consent counts."),
        Extra::new("spapi.orders_version", Shape::Text, "The version of the Orders API."),
        Extra::new(
            "spapi.languages",
            Shape::List(1, &Shape::Text),
            "The languages in which people write messages of their own accord, as Amazon names them.",
        ),
        Extra::new(
            "spapi.rates",
            Shape::Table(OPERATIONS, &RATE),
            "How often which calls may be made: one more each every_millis, and burst at once.",
        ),
    ],
    usual,
    fixed: &[],
    address: "address",
    account: &["address"],
    compared: plain,
    key: "imap.auth.password",
    webhook: None,
    trial: Trial::Write("Write to yourself as a buyer on Amazon: the message arrives in the mailbox, and here with it."),
};

/// All settings as the adapter takes them by itself, with the tables behind those that are empty.
fn usual() -> Value {
    let phrases = NoticeKind::ALL
        .map(|kind| (kind, phrases::of(kind).iter().map(|&words| words.to_owned()).collect::<Vec<String>>()));
    let rates = Operation::ALL.map(|operation| (operation.as_str().to_owned(), operation.usual()));
    let spapi = SpApiSettings { rates: rates.into(), ..SpApiSettings::default() };
    let settings = AmazonSettings { phrases: phrases.into(), spapi: Some(spapi), ..AmazonSettings::default() };
    serde_json::to_value(settings).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use channel_contract::secret::Secret;
    use channel_email::EmailSettings;
    use channel_email::settings::{Auth, OAuth, Server, TlsMode};

    use super::*;

    #[test]
    fn what_is_asked_for_is_a_setting() {
        let server = Server {
            host: String::new(),
            port: 1,
            tls: TlsMode::Plain,
            user: String::new(),
            auth: Auth::Password { password: Secret::default() },
        };
        let mail = EmailSettings {
            imap: Some(server.clone()),
            smtp: Some(server),
            oauth: Some(OAuth::default()),
            ..EmailSettings::default()
        };
        let settings = AmazonSettings { mail, spapi: Some(SpApiSettings::default()), ..AmazonSettings::default() };
        let settings = serde_json::to_value(settings).unwrap();
        assert_eq!(GUIDE.unknown_in(&settings), Vec::<&str>::new());
        let by_itself = [
            "authserv_id_refused",
            "authserv_id_seen",
            "body_token",
            "channel_id",
            "extra_root_certificates",
            "html_alternative",
            "thread_secret",
            "webhook_secret",
        ];
        assert_eq!(GUIDE.out_of_reach(&settings), by_itself);
    }

    #[test]
    fn every_table_is_named_whole() {
        let usual = usual();
        let names = |table: &Value| table.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
        let known = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<String>>();
        assert_eq!(names(&usual["phrases"]), known(KINDS));
        let phrases = serde_json::json!({ "phrases": usual["phrases"] }).to_string();
        assert!(GUIDE.read_extra(&phrases).is_ok(), "what is usual may be copied");
        assert_eq!(names(&usual["spapi"]["rates"]), known(OPERATIONS));
    }
}
