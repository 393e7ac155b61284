//! What was told as events of the desk.

use channel_contract::failure::ParseError;
use channel_contract::inbound::{
    AccountChange, AccountNews, Automatic, Changed, Choice, Identity, Inbound, InboundEvent, InboundMessage,
    MessageChange, RawItem, ThreadHints, Trust, Writer,
};
use channel_contract::wire;

use crate::content;
use crate::read::{self, Told};
use crate::send;
use crate::wire::{Event, Message, Postback};

/// How a person on LINE is named: by an id that all accounts of one provider share, and no other.
const IDENTITY: &str = "line_user";
/// Said of what another program may answer, too.
const STANDBY: &str = "(Another program answers in this conversation at the moment.)";

/// Reads a stored delivery. LINE tries an address with one that tells nothing.
pub(crate) fn events(raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
    let mut found: Vec<Inbound> = read::read(&raw.body)?.into_iter().map(inbound).collect();
    if found.is_empty() {
        let event = InboundEvent::Ignored("a_delivery_without_events");
        found.push(Inbound { external_id: raw.external_id.clone(), occurred_at: None, event });
    }
    Ok(found)
}

fn inbound(told: Told) -> Inbound {
    let Told { key, event } = told;
    let occurred_at = event.timestamp.0.and_then(wire::moment_of);
    Inbound { external_id: key, occurred_at, event: happened(&event) }
}

fn happened(event: &Event) -> InboundEvent {
    let news = |what, words: &str| InboundEvent::Account(AccountNews { what, words: words.to_owned() });
    match event.kind.as_str() {
        "message" | "postback" | "unsend" if event.is_public() => InboundEvent::Ignored("said_in_public"),
        "message" => {
            let message = event.message.0.clone().unwrap_or_default();
            said(event, &message, content::shown(&message), None)
        }
        "postback" => pressed(event, &event.postback.0.clone().unwrap_or_default()),
        "unsend" => taken_back(event),
        "botSuspended" => {
            news(AccountChange::Suspended, "LINE has suspended the account: it takes no messages. Ask LINE why.")
        }
        "botResumed" => news(AccountChange::Restored, "LINE no longer suspends the account."),
        "follow" | "unfollow" => InboundEvent::Ignored("a_customer_follows_or_does_not"),
        "join" | "leave" | "memberJoined" | "memberLeft" => InboundEvent::Ignored("about_a_group"),
        _ => InboundEvent::Ignored("an_event_without_use"),
    }
}

fn identity(user: &str) -> Identity {
    Identity { kind: IDENTITY.to_owned(), value: user.to_owned() }
}

fn said(event: &Event, message: &Message, words: String, choice: Option<Choice>) -> InboundEvent {
    let user = event.user();
    let is_on_standby = event.mode.as_str() == "standby";
    let text = if is_on_standby { format!("{STANDBY}\n\n{words}") } else { words.clone() };
    InboundEvent::Message(Box::new(InboundMessage {
        writer: Writer::Contact,
        sender: identity(user),
        also_known_as: Vec::new(),
        // Names are told to who asks for them alone.
        sender_name: String::new(),
        recipients: Vec::new(),
        thread: ThreadHints {
            message_ids: message.answers.owned().into_iter().collect(),
            thread_id: Some(user.to_owned()).filter(|user| !user.is_empty()),
            is_elsewhere: is_on_standby,
            ..ThreadHints::default()
        },
        own_ids: message.id.owned().into_iter().collect(),
        subject: String::new(),
        text,
        visible_text: words,
        only_quoted: false,
        html: None,
        choice,
        attachments: content::file(message).into_iter().collect(),
        automatic: Automatic::No,
        // LINE vouches for whom it names.
        trust: if user.is_empty() { Trust::Claimed } else { Trust::Proved },
        reply_to: None,
        loop_marks: Vec::new(),
    }))
}

/// A press is a message of its own. What stands on the button is told where the desk has made it.
fn pressed(event: &Event, postback: &Postback) -> InboundEvent {
    let params = postback.params.0.clone().unwrap_or_default();
    if params.menu.given().is_some() {
        return InboundEvent::Ignored("a_menu_was_switched");
    }
    if event.user().is_empty() {
        return InboundEvent::Ignored("nobody_pressed_it");
    }
    let choice = send::choice_of(postback.data.as_str());
    let chosen = [Some(choice.title.as_str()), params.date.given(), params.time.given(), params.datetime.given()];
    let chosen: Vec<&str> = chosen.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    let words = if chosen.is_empty() { "(A button was pressed)".to_owned() } else { chosen.join(" ") };
    said(event, &Message::default(), words, Some(choice))
}

fn taken_back(event: &Event) -> InboundEvent {
    let Some(id) = event.unsend.get().and_then(|unsent| unsent.message_id.owned()) else {
        return InboundEvent::Ignored("an_event_without_use");
    };
    InboundEvent::Change(MessageChange {
        message_ids: vec![id],
        by: Some(identity(event.user())),
        what: Changed::Deleted,
    })
}
