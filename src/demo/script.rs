//! The mails that arrive while one looks at the demo.

use std::time::Duration;

use super::mime::{self, Mail};
use super::orders::Orders;
use super::photo;
use super::text_file::{Block, blocks};
use crate::commerce::demo_shop::people;
use crate::model::Ts;

/// Where customers write to.
pub const SUPPORT: &str = "support@fjordline.example";
/// The name under which the demo's mail server says whether a sender is proved: the channel's setting `authserv_id`.
pub const MAIL_SERVER: &str = "mx.fjordline.example";

const FILES: [&str; 3] = [
    include_str!("texts/mails_english.txt"),
    include_str!("texts/mails_other_languages.txt"),
    include_str!("texts/mails_strangers.txt"),
];

/// What the script says about a mail; every other key is a header of it.
const OWN_KEYS: [&str; 6] = ["From", "After", "Subject", "Answers", "Photo", "Proof"];

/// A mail and when it arrives.
#[derive(Clone, Debug)]
pub struct ScriptedMail {
    /// Its name in the script.
    pub name: String,
    /// When it arrives.
    pub at: Ts,
    /// The bytes as a mail server would hand them over.
    pub raw: Vec<u8>,
}

/// All mails in the order of their arrival, for a demo that starts `now`.
pub fn mails(now: Ts, orders: &Orders) -> Vec<ScriptedMail> {
    let mut mails: Vec<ScriptedMail> =
        FILES.iter().flat_map(|file| blocks(file)).map(|block| mail(&block, now, orders)).collect();
    mails.sort_by_key(|mail| mail.at);
    mails
}

fn mail(block: &Block, now: Ts, orders: &Orders) -> ScriptedMail {
    let after: u64 = block.head("After").parse().unwrap_or(0);
    let at = now.plus(Duration::from_secs(after));
    let (from_name, from, language) = sender(block.head("From"));
    let message_id = message_id(&block.name, from, now);
    let answers = match block.head("Answers") {
        "" => None,
        earlier => Some(self::message_id(earlier, from, now)),
    };
    let mut extra = vec![("Authentication-Results".to_owned(), proof(from, block.head("Proof")))];
    extra.extend(block.heads.iter().filter(|(key, _)| !OWN_KEYS.contains(&key.as_str())).cloned());
    let picture = match block.head("Photo") {
        "" => None,
        name => Some((name, photo::png(name))),
    };
    let raw = mime::raw(&Mail {
        date: at,
        message_id: &message_id,
        from_name,
        from,
        to: SUPPORT,
        subject: block.head("Subject"),
        answers: answers.as_deref(),
        extra: &extra,
        text: &orders.fill(&block.text, language),
        picture,
    });
    ScriptedMail { name: block.name.clone(), at, raw }
}

/// Name, address and language of a customer of the shop, or of a stranger written as `Name <address>`.
fn sender(from: &str) -> (&str, &str, &str) {
    if let Some(person) = people::find(from) {
        return (person.name, person.email, person.language);
    }
    let (name, rest) = from.split_once('<').unwrap_or(("", from));
    (name.trim(), rest.trim_end_matches('>').trim(), "en")
}

/// What the receiving server found out about the sender: `pass`, unless the script says `fail`.
fn proof(from: &str, verdict: &str) -> String {
    let domain = from.rsplit('@').next().unwrap_or_default();
    let verdict = if verdict.is_empty() { "pass" } else { verdict };
    format!("{MAIL_SERVER}; dmarc={verdict} header.from={domain}")
}

/// The same in every answer to it, and another one for every start of the demo.
fn message_id(name: &str, from: &str, now: Ts) -> String {
    let domain = from.rsplit('@').next().unwrap_or("example.org");
    format!("{name}.{}@{domain}", now.0 / 1_000_000)
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
