//! What became of a message whose answer was lost: eBay knows no name of the desk's for it, so its conversation is read.

use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::{Outbound, Receipt, Reconciliation, says_the_same};
use channel_contract::wire::text;
use serde_json::{Value, json};

use crate::client::Client;
use crate::send::conversation_of;
use crate::settings::EbaySettings;
use crate::wire::{FROM_MEMBERS, Message, millis};

/// So many conversations with one member are read.
const MOST_CONVERSATIONS: usize = 5;

/// Reads the conversation for the message.
pub(crate) async fn look(
    client: &Client,
    settings: &EbaySettings,
    message: &Outbound,
) -> Result<Reconciliation, ChannelFailure> {
    let since = millis(message.since());
    let mut own = Vec::new();
    for id in conversations(client, message, since).await? {
        let conversation = json!({ "conversationId": id, "conversationType": FROM_MEMBERS });
        for raw in client.messages(FROM_MEMBERS, &id, since).await? {
            let found = Message::of(&raw, &conversation);
            if settings.is_own(&found.sender) && found.at() >= since && !message.knows(&found.id) {
                own.push(found);
            }
        }
    }
    Ok(judge(&own, &message.text, millis(message.made_at())))
}

async fn conversations(client: &Client, message: &Outbound, since: i64) -> Result<Vec<String>, ChannelFailure> {
    if let Some(id) = conversation_of(message).0 {
        return Ok(vec![id.to_owned()]);
    }
    let Some(member) = message.to.first() else { return Ok(Vec::new()) };
    let found = client.conversations_with(member).await?;
    let latest = |conversation: &Value| {
        let latest = conversation.get("latestMessage").unwrap_or(&Value::Null);
        Message::of(latest, conversation).at()
    };
    let recent = found.iter().filter(|conversation| latest(conversation) >= since);
    Ok(recent.map(|conversation| text(conversation, &["conversationId"])).take(MOST_CONVERSATIONS).collect())
}

/// Messages of the account that the desk does not know may be the one that is looked for, or what a teammate wrote at
/// eBay; eBay changes texts that break its rules. What says the same and is older than the command, by a little, may be it by
/// a clock that differs.
pub(crate) fn judge(unknown: &[Message], sent: &str, made_at: i64) -> Reconciliation {
    let same: Vec<&Message> = unknown.iter().filter(|message| says_the_same(&message.body, sent)).collect();
    match (same.as_slice(), unknown) {
        ([found], _) if found.at() >= made_at => {
            Reconciliation::Sent(Receipt { external_id: found.id.clone(), also_known_as: Vec::new() })
        }
        ([], []) => Reconciliation::NotSent,
        _ => Reconciliation::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: i64 = 1_795_341_600_000;

    fn said(bodies: &[&str]) -> Vec<Message> {
        let message = |body: &&str| {
            let written = json!({ "messageId": body, "messageBody": body, "createdDate": "2026-11-22T10:00:00Z" });
            Message::of(&written, &Value::Null)
        };
        bodies.iter().map(message).collect()
    }

    #[test]
    fn only_a_message_that_can_be_no_other_is_the_one() {
        let sent = |id: &str| Reconciliation::Sent(Receipt { external_id: id.to_owned(), also_known_as: Vec::new() });
        assert_eq!(judge(&said(&[]), "Hello", MADE), Reconciliation::NotSent);
        assert_eq!(judge(&said(&["Bye", "Hello\r\nyou"]), "Hello you", MADE), sent("Hello\r\nyou"));
        assert_eq!(judge(&said(&["Hello", "Hello "]), "Hello", MADE), Reconciliation::CannotTell);
        assert_eq!(judge(&said(&["Hello"]), "Hello", MADE + 1), Reconciliation::CannotTell, "older than the command");
        assert_eq!(judge(&said(&["Hel*o"]), "Hello", MADE), Reconciliation::CannotTell);
    }
}
