//! The conversations that stand in the demo's inbox at the start.

use std::time::Duration;

use channel_contract::ChannelKind;

use super::orders::Orders;
use super::text_file::{Block, blocks};
use crate::channels::live_chat::visitor::VISITOR;
use crate::commerce::demo_shop::people;
use crate::model::Ts;
use crate::model::conversation::ConversationStatus;
use crate::model::resolution::Outcome;

const FILES: [&str; 5] = [
    include_str!("texts/conversations_waiting.txt"),
    include_str!("texts/conversations_open.txt"),
    include_str!("texts/conversations_chat.txt"),
    include_str!("texts/conversations_done.txt"),
    include_str!("texts/conversations_week.txt"),
];

/// Who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The customer.
    Customer,
    /// The agent, by itself.
    Agent,
    /// Somebody on staff.
    Teammate,
    /// Somebody on staff, for the team only.
    Note,
}

/// A message, or a note, of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedMessage {
    /// Who wrote.
    pub writer: Writer,
    /// When.
    pub at: Ts,
    /// Who of the team, if the file says so.
    pub name: Option<String>,
    /// The name of a photo that came with it.
    pub photo: Option<String>,
    /// What.
    pub text: String,
}

/// A conversation as it stands at the start.
#[derive(Clone, Debug)]
pub struct SeedConversation {
    /// Its name here.
    pub name: String,
    /// On which kind of channel.
    pub channel: ChannelKind,
    /// The customer's name as the channel shows it.
    pub customer: String,
    /// The kind of the customer's identity on the channel: `email`, `phone`, `handle`, ...
    pub identity_kind: &'static str,
    /// Its value.
    pub identity: String,
    /// The customer's language.
    pub language: String,
    /// The subject; `""` where the channel has none.
    pub subject: String,
    /// What it is about, in a line for the list.
    pub gist: String,
    /// The word of the agent's intent; `""` while nobody has read it.
    pub intent: String,
    /// The order's number, if it is known.
    pub order_number: Option<String>,
    /// Who has the next move.
    pub status: ConversationStatus,
    /// What became of it, where it is done and its time is over.
    pub outcome: Outcome,
    /// Whether the customer's last message is unread.
    pub unread: bool,
    /// Tags.
    pub tags: Vec<String>,
    /// Messages and notes, oldest first.
    pub messages: Vec<SeedMessage>,
}

/// All conversations, for a demo that starts `now`.
pub fn all(now: Ts, orders: &Orders) -> Vec<SeedConversation> {
    FILES.iter().flat_map(|file| blocks(file)).map(|block| conversation(&block, now, orders)).collect()
}

fn conversation(block: &Block, now: Ts, orders: &Orders) -> SeedConversation {
    let channel: ChannelKind = block.head("Channel").parse().unwrap_or(ChannelKind::Email);
    let customer = Customer::of(block, channel);
    let status: ConversationStatus = block.head("Status").parse().unwrap_or(ConversationStatus::Open);
    let words = |key| block.head(key).split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let messages = messages(&orders.fill(&block.text, &customer.language), now);
    let is_theirs = messages.last().is_some_and(|message| message.writer == Writer::Customer);
    let usual = if is_theirs { Outcome::Confirmed } else { Outcome::Silent };
    SeedConversation {
        name: block.name.clone(),
        channel,
        customer: customer.name,
        identity_kind: customer.kind,
        identity: customer.value,
        language: customer.language,
        subject: block.head("Subject").to_owned(),
        gist: block.head("Gist").to_owned(),
        intent: block.head("Intent").to_owned(),
        order_number: Some(block.head("Order").to_owned()).filter(|number| !number.is_empty()),
        unread: status == ConversationStatus::Open && block.head("Read").is_empty() && is_theirs,
        status,
        outcome: block.head("Outcome").parse().unwrap_or(usual),
        tags: words("Tags"),
        messages,
    }
}

struct Customer {
    name: String,
    kind: &'static str,
    value: String,
    language: String,
}

impl Customer {
    /// A customer of the shop under the identity that the channel shows, or a stranger who is only a name.
    fn of(block: &Block, channel: ChannelKind) -> Self {
        let id = block.head("Customer");
        let Some(person) = people::find(id) else {
            let (kind, value) = stranger(channel, id);
            return Self { name: id.to_owned(), kind, value, language: block.head("Language").to_owned() };
        };
        let (kind, value) = match channel {
            ChannelKind::Email | ChannelKind::LiveChat => ("email", person.email.to_owned()),
            ChannelKind::Whatsapp | ChannelKind::Sms => ("phone", person.phone.to_owned()),
            _ => stranger(channel, person.id()),
        };
        let shown = block.head("Shown");
        let name = if shown.is_empty() { person.name } else { shown };
        Self { name: name.to_owned(), kind, value, language: person.language.to_owned() }
    }
}

/// A name that means something on one channel only.
fn stranger(channel: ChannelKind, name: &str) -> (&'static str, String) {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '.').collect::<String>().to_lowercase();
    match channel {
        ChannelKind::Email => ("email", format!("{plain}@example.com")),
        ChannelKind::Amazon => ("email", format!("{plain}@marketplace.example")),
        ChannelKind::Ebay | ChannelKind::Mirakl => ("marketplace_user", plain),
        ChannelKind::Instagram => ("instagram_user", plain),
        ChannelKind::Messenger => ("messenger_user", plain),
        ChannelKind::Whatsapp => ("whatsapp_user", plain),
        ChannelKind::LiveChat => (VISITOR, plain),
        ChannelKind::Telegram => ("telegram_user", plain),
        ChannelKind::Line => ("line_user", plain),
        ChannelKind::Sms => ("phone", plain),
        ChannelKind::Agent => ("agent", plain),
    }
}

/// `--- customer 26m` begins a message of the customer from 26 minutes ago, `--- customer 26m with strap.png` one with a
/// photo, `--- teammate 2d Ida Holm` one of Ida's.
fn messages(text: &str, now: Ts) -> Vec<SeedMessage> {
    let mut found: Vec<(SeedMessage, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("--- ").and_then(|head| message_head(head, now)) {
            Some(message) => found.push((message, Vec::new())),
            None => {
                if let Some((_, lines)) = found.last_mut() {
                    lines.push(line);
                }
            }
        }
    }
    let whole = |(message, lines): (SeedMessage, Vec<&str>)| SeedMessage {
        text: lines.join("\n").trim().to_owned(),
        ..message
    };
    found.into_iter().map(whole).collect()
}

fn message_head(head: &str, now: Ts) -> Option<SeedMessage> {
    let mut words = head.trim().splitn(3, ' ');
    let writer = match words.next()? {
        "customer" => Writer::Customer,
        "agent" => Writer::Agent,
        "teammate" => Writer::Teammate,
        "note" => Writer::Note,
        _ => return None,
    };
    let ago = words.next()?;
    let count: u64 = ago.trim_end_matches(['m', 'h', 'd']).parse().ok()?;
    let seconds = match ago.chars().last()? {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let more = words.next();
    let photo = more.and_then(|more| more.strip_prefix("with ")).map(str::to_owned);
    let name = more.filter(|_| photo.is_none()).map(str::to_owned);
    let at = now.minus(Duration::from_secs(count.saturating_mul(seconds)));
    Some(SeedMessage { writer, at, name, photo, text: String::new() })
}

#[cfg(test)]
#[path = "conversations_tests.rs"]
mod tests;
