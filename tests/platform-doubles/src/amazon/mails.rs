//! Mails as Amazon's relay and its machines write them, and what the relay does with a seller's mail.

use std::fmt::Write as _;

use bytes::Bytes;

/// What a buyer's mail looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A page with the buyer's words set as they were typed.
    Page,
    /// Plain text with the words between two rulers.
    Rulers,
    /// Neither: a form that nobody knows.
    Other,
}

/// A buyer's mail.
#[derive(Clone, Debug)]
pub struct BuyerMail {
    /// Its id.
    pub id: String,
    /// The buyer's mask.
    pub alias: String,
    /// The case, in the address to answer to.
    pub case: Option<String>,
    /// The buyer's name.
    pub name: String,
    /// What follows `amazon.` in the marketplace's address.
    pub ending: String,
    /// The number of the order; `None` for a question before there is one.
    pub order: Option<String>,
    /// What the buyer typed.
    pub words: String,
    /// The token of the thread.
    pub token: Option<String>,
    /// How it is built.
    pub form: Form,
    /// What the seller's own mail server says of the sender: a whole line, or `""`.
    pub results: String,
    /// When Amazon sent it, as mails write it.
    pub date: String,
}

impl Default for BuyerMail {
    fn default() -> Self {
        Self {
            id: "relay-1@eu-west-1.amazonses.example".to_owned(),
            alias: "k3x9vq2".to_owned(),
            case: Some("0f8fad5b-d9cb-469f-a165-70867728950e".to_owned()),
            name: "Mara".to_owned(),
            ending: "de".to_owned(),
            order: Some("303-1234567-7654321".to_owned()),
            words: "Wo ist mein Paket?".to_owned(),
            token: Some("A1TOKEN9".to_owned()),
            form: Form::Page,
            results: proved("de"),
            date: "Tue, 03 Nov 2026 10:00:00 +0000".to_owned(),
        }
    }
}

/// The words around a buyer's, by marketplace.
struct Language {
    subject: &'static str,
    order: &'static str,
    message: &'static str,
    end: &'static str,
    answer: &'static str,
}

fn language(ending: &str) -> Language {
    match ending {
        "de" => Language {
            subject: "Anfrage eines Amazon-Kunden",
            order: "Bestellung",
            message: "Nachricht:",
            end: "Ende der Nachricht",
            answer: "Antworten",
        },
        "fr" => Language {
            subject: "Question d’un client Amazon",
            order: "Commande",
            message: "Message :",
            end: "Fin du message",
            answer: "Répondre",
        },
        "it" => Language {
            subject: "Domanda di un cliente Amazon",
            order: "Ordine",
            message: "Messaggio:",
            end: "Fine del messaggio",
            answer: "Rispondi",
        },
        "es" => Language {
            subject: "Consulta de un cliente de Amazon",
            order: "Pedido",
            message: "Mensaje:",
            end: "Fin del mensaje",
            answer: "Responder",
        },
        "co.jp" => Language {
            subject: "Amazonのお客様からのお問い合わせ",
            order: "注文番号",
            message: "メッセージ：",
            end: "メッセージの終わり",
            answer: "返信する",
        },
        _ => Language {
            subject: "Inquiry from an Amazon customer",
            order: "Order",
            message: "Message:",
            end: "End of message",
            answer: "Reply",
        },
    }
}

/// The line with which a seller's mail server says that Amazon has signed a mail.
pub fn proved(ending: &str) -> String {
    format!(
        "Authentication-Results: mx.shop.example; dkim=pass header.d=amazon.{ending}; spf=pass smtp.mailfrom=bounces.amazon.com"
    )
}

/// A mail of a buyer as it arrives.
pub fn buyer(mail: &BuyerMail) -> Bytes {
    let words = language(&mail.ending);
    let domain = format!("marketplace.amazon.{}", mail.ending);
    let case = mail.case.as_ref().map(|case| format!("+{case}")).unwrap_or_default();
    let order = mail.order.as_ref().map(|order| format!("{}: {order}", words.order)).unwrap_or_default();
    let subject = if order.is_empty() { words.subject.to_owned() } else { format!("{} ({order})", words.subject) };
    let token = mail.token.as_ref().map(|token| format!("[commMgrTok:{token}]")).unwrap_or_default();
    let mut head = String::new();
    if !mail.results.is_empty() {
        let _ = writeln!(head, "{}", mail.results);
    }
    let _ =
        writeln!(head, "From: {} <{}@{domain}>", encoded(&format!("{} - Amazon Marketplace", mail.name)), mail.alias);
    let _ = writeln!(head, "Reply-To: <{}{case}@{domain}>", mail.alias);
    let _ = writeln!(head, "To: help@shop.example\nSubject: {}\nMessage-ID: <{}>", encoded(&subject), mail.id);
    // A machine hands it on, whoever wrote it.
    let _ = writeln!(head, "Date: {}\nAuto-Submitted: auto-generated\nPrecedence: bulk\nMIME-Version: 1.0", mail.date);
    let (kind, body) = match mail.form {
        Form::Page => ("html", page(&words, &order, &mail.words, &token, &domain)),
        Form::Rulers => {
            let (message, end) = (words.message, words.end);
            let body = format!(
                "{order}\n\n------------- {message} -------------\n\n{}\n\n------------- {end} -------------\n\n{token}\n",
                mail.words
            );
            ("plain", body)
        }
        Form::Other => ("plain", format!("{order}\n{}\n{token}\n", mail.words)),
    };
    let _ = write!(head, "Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}");
    Bytes::from(head)
}

fn page(words: &Language, order: &str, typed: &str, token: &str, domain: &str) -> String {
    let typed = typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let table = if order.is_empty() {
        "<tr><td>ASIN</td><td>B0DOUBLE12</td></tr>".to_owned()
    } else {
        format!("<tr><td>{order}</td></tr><tr><td>1</td><td>B0DOUBLE12</td><td>A blue cup</td></tr>")
    };
    format!(
        "<!doctype html><html><head><style>td {{ color: red }}</style></head><body>\n<table>{table}</table>\n\
         <p>{message}</p>\n<pre style=\"white-space: pre-wrap\">{typed}</pre>\n\
         <p><a href=\"https://sellercentral.{domain}/messaging\">{answer}</a></p>\n<p>{end}</p>\n\
         <p style=\"color:#fff\">{token}</p></body></html>\n",
        message = words.message,
        answer = words.answer,
        end = words.end,
    )
}

/// A mail of Amazon's own machines.
#[derive(Clone, Debug)]
pub struct NoticeMail {
    /// Its id.
    pub id: String,
    /// The first part of the address that it comes from.
    pub from: String,
    /// What follows `amazon.` in that address.
    pub ending: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// An earlier mail that its head names, `""` if none.
    pub about: String,
    /// What the seller's own mail server says of the sender: a whole line, or `""`.
    pub results: String,
}

impl Default for NoticeMail {
    fn default() -> Self {
        Self {
            id: "notice-1@amazon.example".to_owned(),
            from: "donotreply".to_owned(),
            ending: "de".to_owned(),
            subject: "Something of Amazon's".to_owned(),
            text: "A text of Amazon's.".to_owned(),
            about: String::new(),
            results: proved("de"),
        }
    }
}

/// A mail of Amazon's machines as it arrives.
pub fn notice(mail: &NoticeMail) -> Bytes {
    let mut head = String::new();
    if !mail.results.is_empty() {
        let _ = writeln!(head, "{}", mail.results);
    }
    let _ = writeln!(head, "From: Amazon <{}@amazon.{}>\nTo: help@shop.example", mail.from, mail.ending);
    let _ = writeln!(
        head,
        "Subject: {}\nMessage-ID: <{}>\nAuto-Submitted: auto-generated",
        encoded(&mail.subject),
        mail.id
    );
    if !mail.about.is_empty() {
        let _ = writeln!(head, "References: <{}>", mail.about);
    }
    let _ = write!(
        head,
        "Date: Tue, 03 Nov 2026 11:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\n{}\n",
        mail.text
    );
    Bytes::from(head)
}

/// Amazon shows a message that it took. `about`: the id of it, where Amazon names that.
pub fn copy(to: &str, about: &str) -> Bytes {
    notice(&NoticeMail {
        id: format!("copy-{}@amazon.example", about.split('@').next().unwrap_or_default()),
        subject: "Ihre Nachricht an Mara".to_owned(),
        text: format!("An: {to}\n\nIhre Nachricht wurde gesendet."),
        about: about.to_owned(),
        ..NoticeMail::default()
    })
}

/// Amazon could not pass on a message.
pub fn undelivered(to: &str, about: &str) -> Bytes {
    notice(&NoticeMail {
        id: format!("undelivered-{}@amazon.example", about.split('@').next().unwrap_or_default()),
        subject: "We were unable to deliver the message you sent".to_owned(),
        text: format!("To: {to}\n\nYour message was not passed on."),
        about: about.to_owned(),
        ..NoticeMail::default()
    })
}

/// What the relay does with a seller's mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes to the buyer, and the seller gets a copy.
    PassedOn(Bytes),
    /// It goes nowhere, and the seller is told.
    Refused(Bytes),
}

/// The relay of one seller.
#[derive(Clone, Debug)]
pub struct Relay {
    /// The approved senders.
    pub senders: Vec<String>,
    /// The masks of the seller's buyers.
    pub buyers: Vec<String>,
}

impl Relay {
    /// Takes a mail from this sender to this address.
    pub fn take(&self, from: &str, to: &str, mail: &[u8]) -> Fate {
        let text = String::from_utf8_lossy(mail);
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: <")?.split('>').next());
        let id = id.unwrap_or_default();
        let alias = to.split(['+', '@']).next().unwrap_or_default();
        let is_approved = self.senders.iter().any(|sender| sender.eq_ignore_ascii_case(from));
        if is_approved && self.buyers.iter().any(|buyer| buyer == alias) && mail.len() < 15_000_000 {
            Fate::PassedOn(copy(to, id))
        } else {
            Fate::Refused(undelivered(to, id))
        }
    }
}

/// A text as it stands in a header.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let mut bytes = [0; 4];
        let coded = c.encode_utf8(&mut bytes).bytes().fold(String::new(), |mut coded, byte| {
            let _ = write!(coded, "={byte:02X}");
            coded
        });
        if word.len() + coded.len() > 60 {
            words.push(std::mem::take(&mut word));
        }
        word.push_str(if c.is_ascii_alphanumeric() { c.encode_utf8(&mut bytes) } else { &coded });
    }
    words.push(word);
    let words = words.into_iter().map(|word| format!("=?UTF-8?Q?{word}?="));
    words.collect::<Vec<_>>().join("\n ")
}
