//! A mail that Amazon passed on: who the buyer is, which case and orders it is about, and what they typed.

use std::sync::LazyLock;

use channel_contract::wire::short_name;
use channel_email::{ParsedMail, html, relay};
use regex::Regex;
use uuid::Uuid;

use crate::address::Alias;
use crate::settings::AmazonSettings;
use crate::token;

/// How many orders of one mail are read.
const MOST_ORDERS: usize = 5;

static ORDER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u:\b)[0-9]{3}-[0-9]{7}-[0-9]{7}(?-u:\b)").ok());
static PRODUCT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u:\b)B0[0-9A-Z]{8}(?-u:\b)").ok());
static TYPED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<pre\b[^>]*>.*?</pre\s*>").ok());
/// What Amazon puts behind a buyer's name.
static BEHIND_THE_NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\s*(?:[-–|(]\s*)?(?:via\s+)?Amazon(?:\s+(?:Marketplace|Buyer))?\)?\s*$").ok());

/// A mail of a buyer's.
pub(crate) struct Relayed {
    /// Who writes, with the case where any address of the mail names it.
    pub(crate) alias: Alias,
    /// Their name.
    pub(crate) name: String,
    /// The orders that Amazon, not the buyer, says it is about.
    pub(crate) orders: Vec<String>,
    /// What the buyer typed; `None` where the page has another form.
    pub(crate) words: Option<String>,
    /// The token by which Amazon finds the thread.
    pub(crate) token: Option<String>,
    product: Option<String>,
}

impl Relayed {
    /// The thread on Amazon.
    pub(crate) fn thread_id(&self) -> String {
        thread_id(&self.alias, self.orders.first().or(self.product.as_ref()))
    }
}

/// The thread of a buyer: their case, or else the order or product that it is about. The buyer's address stands in it as a
/// hash, for threads are written to logs.
pub(crate) fn thread_id(alias: &Alias, about: Option<&String>) -> String {
    let hash = || {
        let of = format!("{}/{}", alias.address(), about.map_or("", String::as_str));
        format!("buyer:{}", short_name(of.as_bytes()))
    };
    alias.case.map_or_else(hash, |case| case.to_string())
}

/// Reads a mail of a buyer's; `None` if it is none.
pub(crate) fn read(mail: &ParsedMail, settings: &AmazonSettings) -> Option<Relayed> {
    let author = mail.author();
    let mut alias = Alias::read(&author.address, settings)?;
    alias.case = alias.case.or_else(|| case_of(&alias, mail, settings));
    let words = relay::words_within(&mail.text, mail.html.as_deref());
    let page = page_around(mail, words.as_deref());
    let product = PRODUCT.as_ref().and_then(|product| product.find(&page)).map(|found| found.as_str().to_owned());
    let token = token::find(&mail.text).or_else(|| mail.html.as_deref().and_then(token::find));
    Some(Relayed {
        name: name_of(&author.name),
        orders: orders_in(&[&mail.subject, &page]),
        alias,
        words,
        token,
        product,
    })
}

/// The numbers of orders in texts, each once.
pub(crate) fn orders_in(texts: &[&str]) -> Vec<String> {
    let Some(order) = ORDER.as_ref() else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for number in texts.iter().flat_map(|text| order.find_iter(text)).map(|number| number.as_str()) {
        if found.len() < MOST_ORDERS && !found.iter().any(|known| known == number) {
            found.push(number.to_owned());
        }
    }
    found
}

/// The case that an address of the same buyer carries, wherever it stands in the head of the mail.
pub(crate) fn case_of(alias: &Alias, mail: &ParsedMail, settings: &AmazonSettings) -> Option<Uuid> {
    let heads = mail.reply_to.iter().chain(&mail.sender).chain(&mail.to).chain(&mail.cc);
    let others = heads.filter_map(|mailbox| Alias::read(&mailbox.address, settings));
    others.filter(|other| other.is_of(alias)).find_map(|other| other.case)
}

/// Amazon's page without what the buyer typed: a number in there is the buyer's word only. Where nobody can tell what they
/// typed, nothing is Amazon's.
fn page_around(mail: &ParsedMail, words: Option<&str>) -> String {
    if let (Some(source), Some(typed)) = (&mail.html, TYPED.as_ref())
        && typed.is_match(source)
    {
        return html::to_text(&typed.replace_all(source, " "));
    }
    words.map_or_else(String::new, |words| mail.text.replacen(words, "", 1))
}

fn name_of(shown: &str) -> String {
    let name = BEHIND_THE_NAME.as_ref().map_or(shown.into(), |behind| behind.replace(shown, ""));
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_amazon_adds() {
        for (shown, name) in [
            ("Mara - Amazon Marketplace", "Mara"),
            ("Mara Lind (via Amazon)", "Mara Lind"),
            ("Mara", "Mara"),
            ("Amazona Lima", "Amazona Lima"),
            ("Amazon", ""),
        ] {
            assert_eq!(name_of(shown), name, "{shown}");
        }
    }

    #[test]
    fn orders_are_read_once_and_only_whole() {
        let found = orders_in(&[
            "Order 303-1234567-7654321",
            "303-1234567-7654321, 1303-1234567-76543210 and 注文番号028-0000001-0000002の",
        ]);
        assert_eq!(found, ["303-1234567-7654321", "028-0000001-0000002"]);
    }
}
