//! What customers do, and what platforms tell of what the desk has sent.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use time::Duration;
use url::form_urlencoded;

use super::{ANA, BIRD_ANA, LINE_ANA, NAMES, Together, ana, customers};
use crate::hooks::Delivery;
use crate::meta::Meta;
use crate::mirakl::Who;
use crate::telegram::Person;
use crate::whatsapp::{Customer, Sent};

/// The customer of the pages.
pub(super) const META_ANA: &str = "9001";
/// The buyer, and what they ask about.
const BUYER: (&str, &str) = ("ann_b", "110551100551");

/// What a customer writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'t> {
    /// The text.
    pub text: &'t str,
    /// The name of another customer than the usual one, of whom only WhatsApp has any; `""`: the usual one.
    pub customer: &'t str,
    /// Where the desk is told, where the platform pushes; `""`: nowhere.
    pub to: &'t str,
    /// So long ago, by the clock of the platform.
    pub ago: Duration,
}

/// What somebody does with a message that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'t> {
    /// Lets it say this.
    Edited(&'t str),
    /// Takes it back.
    TakenBack,
    /// Puts this sign on it.
    Reacted(&'t str),
    /// Takes the sign off.
    Unreacted,
}

/// What a platform tells of a message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It arrived.
    Delivered,
    /// It was read.
    Read,
    /// It did not arrive, for the reason with this number.
    Failed(Option<i64>),
}

/// Something that happened on a platform.
#[derive(Clone, Debug)]
pub struct Happened {
    /// The platform's id of the message that it is about.
    pub id: String,
    /// How it is told to the desk; `None` where the desk fetches it.
    pub delivery: Option<Delivery>,
    /// Where that is pushed to.
    pub to: String,
}

impl Happened {
    fn pushed(id: String, delivery: Delivery, to: &str) -> Self {
        Self { id, delivery: Some(delivery), to: to.to_owned() }
    }
}

const NOBODY: &str = "There is no such platform.";
const ONE_CUSTOMER: &str = "There is no such customer: only WhatsApp has a second one, Lena Holt.";
const MAILS: &str = "Amazon's messages are mails, which this double has not: send one to the channel's mailbox.";

impl Together {
    /// A customer writes: where the platform has a window for answers, it opens when that was.
    pub fn write(&self, name: &str, words: Words<'_>) -> Result<Happened, &'static str> {
        let Words { text, customer, to, ago } = words;
        let writer = writer(name, customer).ok_or(ONE_CUSTOMER)?;
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let happened = match name {
            "ebay" => {
                let id = self.ebay.show_late(BUYER.0, BUYER.1, text, ago);
                let delivery = (!to.is_empty()).then(|| self.ebay.new_message(&id));
                Happened { id, delivery, to: to.to_owned() }
            }
            "mirakl" if ago.is_positive() => return Err("Mirakl's clock only goes on: what is written there is new."),
            "mirakl" => {
                let thread = self.mirakl.open(&format!("FJ-{}-A", 1_000 + number), ("c-1", "Ana"));
                let id = self.mirakl.says(&thread, Who::Customer, text, &[]);
                Happened { id, delivery: None, to: String::new() }
            }
            // It signs now what was written then.
            "messagebird" => {
                let (id, delivery) = self.messagebird.message(BIRD_ANA, text, to, ago);
                Happened::pushed(id, delivery, to)
            }
            name => self.ago(name, ago, || self.wrote((name, &writer), number, text, to))?,
        };
        if writer.phone != ANA {
            return Ok(happened);
        }
        if let Some(name) = NAMES.into_iter().find(|known| *known == name) {
            self.state().written.insert(name, happened.id.clone());
        }
        Ok(happened)
    }

    fn wrote(
        &self,
        (name, writer): (&str, &Customer),
        number: u64,
        text: &str,
        to: &str,
    ) -> Result<Happened, &'static str> {
        match name {
            "whatsapp" => {
                let id = format!("wamid.W{number}");
                let content = json!({ "type": "text", "text": { "body": text } });
                let delivery = self.told_by_whatsapp(&self.whatsapp.said(writer, &id, &content));
                Ok(Happened::pushed(id, delivery, to))
            }
            "messenger" | "instagram" => {
                let (platform, id) = (self.meta(name), format!("m_written-{number}"));
                let said = platform.says(META_ANA, &id, text);
                Ok(Happened::pushed(id, platform.delivery(&platform.request(&[said])), to))
            }
            "telegram" => {
                let delivery = self.telegram.message(&person(), &json!({ "text": text }));
                let update: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
                let id = update.pointer("/message/message_id").map(Value::to_string).unwrap_or_default();
                Ok(Happened::pushed(id, delivery, to))
            }
            "line" => {
                let said = self.line.said(LINE_ANA, &json!({ "type": "text", "text": text }));
                let id = said.pointer("/message/id").and_then(Value::as_str).unwrap_or_default().to_owned();
                Ok(Happened::pushed(id, self.line.delivery(&[said]), to))
            }
            "sms" => {
                self.twilio.set_hook(to);
                let delivery = self.twilio.message(&format!("+{ANA}"), text, &[]);
                let mut fields = form_urlencoded::parse(&delivery.body);
                let sid = fields.find(|(field, _)| field == "MessageSid").map(|(_, sid)| sid.into_owned());
                Ok(Happened::pushed(sid.unwrap_or_default(), delivery, to))
            }
            "amazon" => Err(MAILS),
            _ => Err(NOBODY),
        }
    }

    /// The customer does something with a message: with the one under this id, `""`: with what they wrote last, or the sign
    /// with what was sent to them last.
    pub fn change(&self, name: &str, id: &str, change: Change<'_>, to: &str) -> Result<Happened, &'static str> {
        let ours = matches!(change, Change::Reacted(_) | Change::Unreacted).then(|| self.sent_to_usual(name)).flatten();
        let theirs = || self.state().written.get(name).cloned();
        let given = (!id.is_empty()).then(|| id.to_owned());
        let is_known = NAMES.contains(&name);
        let Some(id) = given.or(ours).or_else(theirs).or_else(|| (!is_known).then(String::new)) else {
            return Err("Nothing was written there yet.");
        };
        match (name, change) {
            ("whatsapp", change) => {
                let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
                let content = match change {
                    Change::Edited(text) => json!({ "type": "edit", "edit": {
                        "original_message_id": id, "message": { "type": "text", "text": { "body": text } },
                    } }),
                    Change::TakenBack => json!({ "type": "revoke", "revoke": { "original_message_id": id } }),
                    Change::Reacted(sign) => {
                        json!({ "type": "reaction", "reaction": { "message_id": id, "emoji": sign } })
                    }
                    Change::Unreacted => json!({ "type": "reaction", "reaction": { "message_id": id, "emoji": "" } }),
                };
                let said = self.whatsapp.said(&ana(), &format!("wamid.W{number}"), &content);
                Ok(Happened::pushed(id, self.told_by_whatsapp(&said), to))
            }
            ("messenger" | "instagram", change) => {
                let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
                let platform = self.meta(name);
                let element = match change {
                    Change::Edited(text) => {
                        platform.edit(META_ANA, &id, text, u32::try_from(number).unwrap_or(u32::MAX))
                    }
                    Change::TakenBack => platform.unsend(META_ANA, &id),
                    Change::Reacted(sign) => platform.reaction(META_ANA, &id, sign),
                    Change::Unreacted => platform.reaction(META_ANA, &id, ""),
                };
                Ok(Happened::pushed(id, platform.delivery(&platform.request(&[element])), to))
            }
            ("telegram", change) => {
                let Ok(number) = id.parse() else { return Err("Telegram's messages have numbers.") };
                let delivery = match change {
                    Change::Edited(text) => self.telegram.edited(&person(), number, &json!({ "text": text })),
                    Change::Reacted(sign) => self.telegram.reacted(&person(), number, &[sign]),
                    Change::Unreacted => self.telegram.reacted(&person(), number, &[]),
                    Change::TakenBack => return Err("Telegram tells no bot what was taken back."),
                };
                Ok(Happened::pushed(id, delivery, to))
            }
            ("line", Change::TakenBack) => {
                let event = self.line.event(LINE_ANA, "unsend", &json!({ "unsend": { "messageId": id } }));
                Ok(Happened::pushed(id, self.line.delivery(&[event]), to))
            }
            ("line", _) => Err("LINE tells nothing but what was taken back."),
            ("ebay" | "mirakl" | "sms" | "messagebird", _) => Err("What was written there stays as it is."),
            ("amazon", _) => Err(MAILS),
            _ => Err(NOBODY),
        }
    }

    /// The platform tells what became of the message under this id, `""`: of what was sent last.
    pub fn tell(&self, name: &str, id: &str, told: Told, to: &str) -> Result<Happened, &'static str> {
        let given = (!id.is_empty()).then(|| id.to_owned());
        let is_silent =
            matches!(name, "amazon" | "mirakl" | "telegram" | "line" | "messagebird") || !NAMES.contains(&name);
        let Some(id) = given.or_else(|| self.sent_last(name)).or_else(|| is_silent.then(String::new)) else {
            return Err("Nothing was sent there yet.");
        };
        match (name, told) {
            ("whatsapp", told) => {
                let change = match told {
                    Told::Delivered => self.whatsapp.fate(&id, "delivered", None),
                    Told::Read => self.whatsapp.fate(&id, "read", None),
                    Told::Failed(code) => self.whatsapp.fate(&id, "failed", code.or(Some(131_026))),
                };
                Ok(Happened::pushed(id, self.told_by_whatsapp(&change), to))
            }
            ("messenger" | "instagram", told) => {
                let platform = self.meta(name);
                let element = match told {
                    Told::Delivered => platform.delivered(META_ANA, &id),
                    Told::Read => Some(platform.read(META_ANA, &id)),
                    Told::Failed(_) => None,
                };
                let element = element.ok_or("That platform never tells this.")?;
                Ok(Happened::pushed(id, platform.delivery(&platform.request(&[element])), to))
            }
            ("sms", told) => {
                if !to.is_empty() {
                    self.twilio.set_hook(to);
                }
                let (word, code) = match told {
                    Told::Delivered => ("delivered", None),
                    Told::Read => ("read", None),
                    Told::Failed(code) => ("undelivered", code.or(Some(30_003))),
                };
                let (to, delivery) = self.twilio.status(&id, word, code);
                Ok(Happened::pushed(id, delivery, &to))
            }
            ("ebay", Told::Read) => {
                self.ebay.read_by_buyer(&id);
                Ok(Happened { id, delivery: None, to: String::new() })
            }
            ("amazon", _) => Err(MAILS),
            (known, _) if NAMES.contains(&known) => Err("That platform never tells this."),
            _ => Err(NOBODY),
        }
    }

    /// What was sent last to the customer who writes where nobody is named.
    fn sent_to_usual(&self, name: &str) -> Option<String> {
        if name != "whatsapp" {
            return self.sent_last(name);
        }
        let usual = ana();
        let is_theirs = |sent: &Sent| {
            let mut named = ["to", "recipient"].into_iter().filter_map(|field| sent.body.get(field)?.as_str());
            named.any(|name| name == usual.phone || name == usual.user_id)
        };
        self.whatsapp.sent().into_iter().rev().find(is_theirs).map(|sent| sent.id)
    }

    fn sent_last(&self, name: &str) -> Option<String> {
        match name {
            "whatsapp" => self.whatsapp.sent().pop().map(|sent| sent.id),
            "messenger" | "instagram" => self.meta(name).sent().pop().map(|sent| sent.mid),
            "telegram" => self.telegram.sent().pop().map(|sent| sent.number.to_string()),
            "sms" => self.twilio.sent().pop().map(|sent| sent.sid),
            "ebay" => self.ebay.sent().pop().map(|sent| sent.id),
            _ => None,
        }
    }

    fn told_by_whatsapp(&self, change: &Value) -> Delivery {
        self.whatsapp.signed(self.whatsapp.envelope(std::slice::from_ref(change)))
    }

    fn meta(&self, name: &str) -> &Meta {
        if name == "messenger" { &self.messenger } else { &self.instagram }
    }
}

/// Who writes under this name on a platform, `""`: the usual customer; `None` where there is nobody of that name.
fn writer(platform: &str, name: &str) -> Option<Customer> {
    let mut all = customers().into_iter().take(if platform == "whatsapp" { usize::MAX } else { 1 });
    all.find(|customer| name.is_empty() || customer.name == name)
}

fn person() -> Person {
    Person { id: 7001, first_name: "Ana".to_owned(), last_name: String::new() }
}
