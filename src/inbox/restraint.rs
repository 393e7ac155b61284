//! When nothing goes to a customer by itself: machines that answer each other, forged senders, spam.

use std::time::Duration;

use super::Inbox;
use crate::model::channel::ChannelKind;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::message::Trust;
use crate::store::{self, Tx, events, messages};

/// So many messages go to one customer without a person within [`WITHIN`]; whoever writes more is a machine, or needs a
/// person.
pub(super) const AUTOMATIC: i64 = 5;
pub(super) const WITHIN: Duration = Duration::from_hours(24);

/// Why nothing may go out without a person now; `None` where it may.
pub(super) async fn restraint(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
) -> store::Result<Option<String>> {
    let last = messages::last_inbound(tx, conversation.id).await?;
    if let Some(last) = last {
        if last.origin.as_deref() == Some("junk") {
            return Ok(Some("it came in as spam".to_owned()));
        }
        if last.trust == Trust::Failed {
            return Ok(Some("the sender is not who they say they are".to_owned()));
        }
        let is_mail = conversation.channel_kind == ChannelKind::Email.as_str();
        if is_mail && !is_address(&last.sender_address) {
            return Ok(Some("the sender has no address for an answer".to_owned()));
        }
        // Elsewhere a name is what somebody calls themselves.
        if is_mail && takes_no_replies(&last.sender_address) {
            return Ok(Some("the sender takes no replies".to_owned()));
        }
    }
    let came = events::last_of_kind(tx, conversation.id, EventKind::MessageReceived).await?;
    if came.is_some_and(|event| event.is_elsewhere()) {
        return Ok(Some("another program answers in this conversation at the moment".to_owned()));
    }
    let since = inbox.clock.now().minus(WITHIN);
    let sent = messages::count_automatic(tx, conversation.contact_id, since).await?;
    let many = || format!("{sent} replies went to this sender without a person within a day");
    Ok((sent >= AUTOMATIC).then(many))
}

/// Whether a mail can be sent there at all.
fn is_address(text: &str) -> bool {
    let parts = text.trim().rsplit_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.trim().contains(char::is_whitespace)
}

/// Addresses behind which nobody reads, by the names that are given to them.
fn takes_no_replies(address: &str) -> bool {
    let local = address.split(['@', '+']).next().unwrap_or_default().to_lowercase().replace(['-', '_', '.'], "");
    ["noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "nepasrepondre", "noresponder", "nichtantworten"]
        .iter()
        .any(|name| local.contains(name))
}

#[cfg(test)]
mod tests {
    use super::{is_address, takes_no_replies};

    #[test]
    fn what_is_no_address_takes_no_mail() {
        assert!(is_address("ann@post.example") && is_address(" ann@post.example "));
        for text in ["", "ann", "@post.example", "ann@", "undisclosed recipients @ x"] {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn addresses_of_machines_are_known() {
        for address in ["no-reply@shop.example", "No_Reply+x@a.example", "MAILER-DAEMON@a.example", "bounces@b.example"]
        {
            assert!(takes_no_replies(address), "{address}");
        }
        for address in ["norbert@a.example", "ann@noreply.example", ""] {
            assert!(!takes_no_replies(address), "{address}");
        }
    }
}
