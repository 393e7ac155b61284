//! Who may be the same person as a customer, and the forms that say so or not. It stands on the customer's page and beside
//! their conversations.

use askama::Template;

use crate::model::ContactId;
use crate::model::person::{Lookalike, Reason};
use crate::web::filters;
use crate::web::page::Page;
use crate::web::parts::fragments;
use crate::web::words::identity_words;

fragments!(Lookalikes);

/// Who may be the same person.
#[derive(Debug, Template)]
#[template(path = "contacts/lookalikes.html")]
pub struct Lookalikes {
    contact: ContactId,
    csrf: String,
    back: String,
    all: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    contact: ContactId,
    name: String,
    because: String,
}

impl Lookalikes {
    /// Those of a customer, each once with the best reason, from a page that the forms lead back to.
    pub fn new(page: &Page, contact: ContactId, found: &[Lookalike], back: &str) -> Self {
        let mut all: Vec<Line> = Vec::new();
        for one in found {
            if !all.iter().any(|line| line.contact == one.contact_id) {
                all.push(Line { contact: one.contact_id, name: one.name.clone(), because: because(one) });
            }
        }
        Self { contact, csrf: page.csrf.clone(), back: back.to_owned(), all }
    }
}

fn because(one: &Lookalike) -> String {
    let detail = &one.detail;
    match (one.reason, one.proof) {
        (Reason::Order, true) => format!("order {detail} is known under the names of both"),
        (Reason::Order, false) => {
            format!("both have to do with order {detail}; that is a hint, and nothing proves it")
        }
        (Reason::Vouched, true) => format!("the platform says that a {} is of both", kind_words(detail)),
        (Reason::Vouched, false) => {
            format!("the platform says that a {} is of both, which the other one has not proved", kind_words(detail))
        }
        (Reason::Said, _) => {
            format!(
                "one of them says in a chat to have the address {detail} of the other; anybody may say so, and nothing \
                 proves it"
            )
        }
        (Reason::Answered, _) => {
            format!(
                "the letter to {detail}, the address that one of them left in a chat, was answered from there; that is a hint, \
                 and nothing proves it"
            )
        }
    }
}

fn kind_words(kind: &str) -> String {
    match kind {
        "email" => "mail address".to_owned(),
        "phone" => "phone number".to_owned(),
        other => identity_words(other),
    }
}
