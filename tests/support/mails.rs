//! Mails as customers write them, made from a seed: the same seed gives the same mails, byte for byte.
//!
//! Around 2.1 KB each: most are plain text with a quoted answer now and then, a third has an HTML part, some carry a
//! small file, some continue an earlier thread.

use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// The address that customers write to.
pub(crate) const DESK: &str = "help@fjord.example";

/// A mail, ready to be posted.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// Without angle brackets.
    pub(crate) message_id: String,
    /// Which thread of the generator it belongs to.
    pub(crate) thread: usize,
    /// The raw bytes.
    pub(crate) raw: Vec<u8>,
}

/// A thread as the customer sees it: who writes, and what was written so far.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) subject: String,
    /// Ids of its mails so far, oldest first.
    pub(crate) message_ids: Vec<String>,
}

/// Makes threads and mails.
pub(crate) struct Generator {
    random: StdRng,
    run: String,
    threads: usize,
}

const FIRST_NAMES: [&str; 16] = [
    "Sofie", "Jonas", "Amelie", "Piet", "Clara", "Mateo", "Ingrid", "Luca", "Hanna", "Oskar", "Zoë", "Marek", "Elif",
    "Tomás", "Aino", "Bram",
];
const LAST_NAMES: [&str; 16] = [
    "Lindqvist",
    "Brandt",
    "Moreau",
    "de Vries",
    "Keller",
    "Silva",
    "Nygaard",
    "Ricci",
    "Vogel",
    "Järvinen",
    "Novak",
    "Demir",
    "Peeters",
    "Okafor",
    "Walsh",
    "Horák",
];
const TOPICS: [(&str, &str); 8] = [
    ("Where is my parcel", "The tracking page has not changed for four days and I leave on Friday."),
    ("Wrong size arrived", "I ordered the medium and the box holds a small one. Can I swap it?"),
    ("Refund not here yet", "You wrote that the money would be back within a week, and it is not."),
    ("Mug broken on arrival", "One of the two mugs came in pieces, the carton was wet on one side."),
    ("Please change the address", "We moved last weekend, the parcel must not go to the old flat."),
    ("Cancel my order", "I clicked twice by mistake, please cancel the second one before it leaves."),
    ("Invoice with VAT number", "Our bookkeeper needs the invoice with the company's VAT number on it."),
    ("Question about the wool", "Does the throw shed much, and can it go into the machine at thirty degrees?"),
];
const SENTENCES: [&str; 14] = [
    "I looked through the help page first but did not find my case there.",
    "The last time I ordered from you everything went well, so I was surprised.",
    "It is meant as a present, which is why the date matters to me.",
    "The carrier's hotline told me to ask the sender.",
    "I can send photographs of the carton and of the label if that helps.",
    "My neighbour usually takes parcels for us, but nobody rang there either.",
    "Please tell me what you need from me and I will send it today.",
    "I paid with the card that ends in the digits you can see in the order.",
    "If it takes longer than a week I would rather have the money back.",
    "The confirmation came at once, and after that I heard nothing.",
    "We are away from Thursday to Sunday, any other day is fine.",
    "I kept the packing and the slip, nothing was thrown away.",
    "Could you answer by mail, I cannot take calls at work.",
    "Thank you for looking into it so quickly the last time.",
];

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), run: format!("{seed:x}"), threads: 0 }
    }

    /// A new customer with a new matter. The subject holds a word that no other thread has (`caseNNNNN`).
    pub(crate) fn thread(&mut self) -> Thread {
        let number = self.threads;
        self.threads += 1;
        let first = FIRST_NAMES.choose(&mut self.random).expect("names");
        let last = LAST_NAMES.choose(&mut self.random).expect("names");
        let (topic, _) = TOPICS.choose(&mut self.random).expect("topics");
        Thread {
            number,
            name: format!("{first} {last}"),
            address: format!("customer{number}.{}@post.example", self.run),
            subject: format!("{topic} {}", word_of(number)),
            message_ids: Vec::new(),
        }
    }

    /// The next mail of a thread.
    pub(crate) fn mail(&mut self, thread: &mut Thread) -> Mail {
        let message_id = format!("{}.{}.{}@post.example", self.run, thread.number, thread.message_ids.len());
        let text = self.text(thread);
        let mut head = String::new();
        let name = encoded(&thread.name);
        let _ = write!(head, "From: {name} <{}>\r\nTo: Fjord Home <{DESK}>\r\n", thread.address);
        let re = if thread.message_ids.is_empty() { "" } else { "Re: " };
        let _ = write!(head, "Subject: {re}{}\r\nMessage-ID: <{message_id}>\r\n", thread.subject);
        if let Some(last) = thread.message_ids.last() {
            let all: Vec<String> = thread.message_ids.iter().map(|id| format!("<{id}>")).collect();
            let _ = write!(head, "In-Reply-To: <{last}>\r\nReferences: {}\r\n", all.join("\r\n "));
        }
        let (hour, minute) = (self.random.random_range(7..20), self.random.random_range(0..60));
        let _ = write!(head, "Date: Mon, 23 Nov 2026 {hour:02}:{minute:02}:00 +0100\r\nMIME-Version: 1.0\r\n");
        head.push_str(&self.trace());
        let raw = self.body(head, &text);
        thread.message_ids.push(message_id.clone());
        Mail { message_id, thread: thread.number, raw }
    }

    fn text(&mut self, thread: &Thread) -> String {
        let (_, opening) = TOPICS.iter().find(|(topic, _)| thread.subject.starts_with(topic)).unwrap_or(&TOPICS[0]);
        let mut text = format!("Hello,\r\n\r\n{opening}");
        if self.random.random_bool(0.6) {
            let _ = write!(text, " It is about order FJ-{}.", 20_000 + self.random.random_range(0..60_000));
        }
        for _ in 0..self.random.random_range(3..12) {
            text.push(' ');
            text.push_str(SENTENCES.choose(&mut self.random).expect("sentences"));
            if self.random.random_bool(0.25) {
                text.push_str("\r\n\r\n");
            }
        }
        let _ = write!(text, "\r\n\r\nKind regards\r\n{}\r\n", thread.name);
        if !thread.message_ids.is_empty() {
            text.push_str("\r\nOn Mon, 23 Nov 2026 at 09:12, Fjord Home wrote:\r\n");
            for _ in 0..self.random.random_range(2..8) {
                let _ = write!(text, "> {}\r\n", SENTENCES.choose(&mut self.random).expect("sentences"));
            }
        }
        text
    }

    /// Lines that servers on the way add.
    fn trace(&mut self) -> String {
        let mut lines = String::new();
        for hop in 0..self.random.random_range(1..4) {
            let id: u64 = self.random.random();
            let _ = write!(
                lines,
                "Received: from mx{hop}.post.example (mx{hop}.post.example [203.0.113.{}])\r\n\tby in{hop}.fjord.example \
                 with ESMTPS id {id:016x}\r\n\tfor <{DESK}>; Mon, 23 Nov 2026 08:0{hop}:00 +0000\r\n",
                self.random.random_range(1..250)
            );
        }
        lines
    }

    fn body(&mut self, mut head: String, text: &str) -> Vec<u8> {
        let plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
        let (html, file) = (self.random.random_bool(0.35), self.random.random_bool(0.06));
        if !html && !file {
            let _ = write!(head, "{plain}{text}");
            return head.into_bytes();
        }
        let kind = if file { "mixed" } else { "alternative" };
        let _ = write!(head, "Content-Type: multipart/{kind}; boundary=\"part\"\r\n\r\n--part\r\n{plain}{text}\r\n");
        if html {
            let paragraphs = text.replace("\r\n\r\n", "</p>\r\n<p style=\"margin:0 0 12px\">").replace("> ", "&gt; ");
            let _ = write!(
                head,
                "--part\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body style=\"font-family:sans-serif\">\
                 <p>{paragraphs}</p></body></html>\r\n"
            );
        }
        if file {
            let _ = write!(
                head,
                "--part\r\nContent-Type: image/jpeg; name=\"photo.jpg\"\r\nContent-Disposition: attachment; \
                 filename=\"photo.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            );
            for _ in 0..self.random.random_range(20..160) {
                for _ in 0..76 {
                    head.push(char::from(*b"ABCDEFGHabcdefgh01234567+/".choose(&mut self.random).expect("letters")));
                }
                head.push_str("\r\n");
            }
        }
        head.push_str("--part--\r\n");
        head.into_bytes()
    }
}

/// The word by which a thread is found.
pub(crate) fn word_of(thread: usize) -> String {
    format!("case{thread:05}")
}

fn encoded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let mut word = "=?utf-8?Q?".to_owned();
    for byte in name.bytes() {
        match byte {
            b' ' => word.push('_'),
            b'a'..=b'z' | b'A'..=b'Z' | b'.' => word.push(char::from(byte)),
            other => {
                let _ = write!(word, "={other:02X}");
            }
        }
    }
    word + "?="
}
