//! What was told as events of the desk.

use channel_contract::failure::ParseError;
use channel_contract::inbound::{
    Automatic, Changed, Consent, Identity, Inbound, InboundEvent, InboundMessage, MessageChange, RawItem, Renaming,
    StatusUpdate, ThreadHints, Trust, Writer,
};
use channel_contract::outbound::DeliveryState;
use channel_contract::wire::{self, Items, Word};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::people::{self, Contacts, Person};
use crate::read::{self, Event, Place, Told, digest};
use crate::settings::WhatsappSettings;
use crate::wire::{Call, Fate, Message, Preference, System, Trouble, UserIdUpdate};
use crate::{account, content, failure};

/// Reads a stored delivery.
pub(crate) fn events(raw: &RawItem, settings: &WhatsappSettings) -> Result<Vec<Inbound>, ParseError> {
    let reader = Reader { settings };
    let events: Vec<Inbound> = read::read(&raw.body)?.into_iter().flat_map(|told| reader.events(told)).collect();
    if events.is_empty() {
        return Ok(vec![ignored(&raw.external_id, "an_empty_delivery")]);
    }
    Ok(events)
}

struct Reader<'a> {
    settings: &'a WhatsappSettings,
}

/// A number without what it is shown with.
fn digits(shown: &str) -> String {
    shown.chars().filter(char::is_ascii_digit).collect()
}

fn ignored(key: &str, why: &'static str) -> Inbound {
    Inbound { external_id: key.to_owned(), occurred_at: None, event: InboundEvent::Ignored(why) }
}

impl Reader<'_> {
    fn events(&self, told: Told) -> Vec<Inbound> {
        let Told { place, key, event } = told;
        if !self.is_ours(&place, &event) {
            return vec![ignored(&key, "for_another_number")];
        }
        match event {
            Event::Message(message, contacts) => self.message(key, &message, &contacts),
            Event::Echo(message, contacts) => {
                let at = message.timestamp.moment();
                let event = self.echo(&message, &contacts);
                vec![Inbound { external_id: key, occurred_at: at, event }]
            }
            Event::Status(status) => {
                let at = status.timestamp.moment();
                let errors: Vec<Trouble> = status.errors.read().collect();
                let of_account = account::behind(&errors).map(|news| Inbound {
                    external_id: format!("{key}:account"),
                    occurred_at: at,
                    event: InboundEvent::Account(news),
                });
                let recipient = Person::of(&status.recipient_id, &status.recipient_user_id, &Contacts::default());
                let is_opted_out = errors.iter().any(failure::is_opted_out) && !recipient.key.is_empty();
                let of_customer = is_opted_out.then(|| consent(format!("{key}:consent"), at, &recipient, false));
                let of_message = Inbound { external_id: key, occurred_at: at, event: news_of(&status, &errors) };
                std::iter::once(of_message).chain(of_account).chain(of_customer).collect()
            }
            Event::Errors(errors) => {
                let event = InboundEvent::Account(account::trouble(&errors));
                vec![Inbound { external_id: key, occurred_at: place.time.moment(), event }]
            }
            Event::Field(value) => self.field(&place, &key, &value),
            Event::Senseless => vec![ignored(&key, "senseless")],
        }
    }

    /// Whether it is about this number, or about its account as a whole.
    fn is_ours(&self, place: &Place, event: &Event) -> bool {
        if !place.number.is_empty() {
            return place.number == self.settings.phone_number_id;
        }
        if let Event::Field(value) = event
            && self.is_of_another_number(value)
        {
            return false;
        }
        // What a partner is told names the account inside.
        let inside = |value: &Value| value.pointer("/waba_info/waba_id").and_then(Value::as_str).map(ToOwned::to_owned);
        let named = if let Event::Field(value) = event { inside(value) } else { None };
        let (account, ours) = (named.as_ref().unwrap_or(&place.account), &self.settings.account_id);
        account.is_empty() || ours.is_empty() || account == ours
    }

    /// Whether it names a number as it is shown, and not this one.
    fn is_of_another_number(&self, value: &Value) -> bool {
        let ours = digits(&self.settings.shown_number);
        let named = ["display_phone_number", "phone_number"].map(|name| digits(&wire::text(value, &[name])));
        !ours.is_empty() && named.into_iter().any(|named| !named.is_empty() && named != ours)
    }

    fn message(&self, key: String, message: &Message, contacts: &Contacts) -> Vec<Inbound> {
        let person = Person::of(&message.from, &message.from_user_id, contacts);
        let at = message.timestamp.moment();
        if let Some(system) = message.system.get().filter(|_| message.kind.as_str() == "system") {
            return renamings(&self.settings.phone_number_id, (&key, at), &person, system);
        }
        let event = if message.group_id.given().is_some() {
            InboundEvent::Ignored("said_in_a_group")
        } else if matches!(message.kind.as_str(), "system" | "request_welcome") {
            InboundEvent::Ignored("nothing_was_said")
        } else if let Some(change) = change_of(message, Some(person.identity())) {
            InboundEvent::Change(change)
        } else {
            InboundEvent::Message(Box::new(self.said(message, &person, Writer::Contact)))
        };
        vec![Inbound { external_id: key, occurred_at: at, event }]
    }

    /// What a teammate did in the app on the phone.
    fn echo(&self, message: &Message, contacts: &Contacts) -> InboundEvent {
        if let Some(change) = change_of(message, None) {
            return InboundEvent::Change(change);
        }
        let customer = Person::of(&message.to, &message.to_user_id, contacts);
        InboundEvent::Message(Box::new(self.said(message, &customer, Writer::Teammate)))
    }

    /// A message between the number and a customer.
    fn said(&self, message: &Message, customer: &Person, writer: Writer) -> InboundMessage {
        let content = content::Content::of(message);
        let answers = message.context.get().and_then(|context| context.id.owned());
        let is_theirs = writer == Writer::Contact;
        let own = || people::phone(message.from.as_str().trim_start_matches('+'));
        let thread = ThreadHints {
            message_ids: answers.into_iter().collect(),
            thread_id: people::thread_of(&self.settings.phone_number_id, &customer.key),
            also_called: customer.thread_by_phone(&self.settings.phone_number_id).into_iter().collect(),
            ..ThreadHints::default()
        };
        InboundMessage {
            writer,
            sender: if is_theirs { customer.identity() } else { own() },
            also_known_as: customer.also_known_as(),
            sender_name: if is_theirs { customer.name.clone() } else { String::new() },
            recipients: if is_theirs || customer.key.is_empty() { Vec::new() } else { vec![customer.identity()] },
            thread,
            own_ids: Vec::new(),
            subject: String::new(),
            text: content.whole(),
            visible_text: content.words,
            only_quoted: false,
            html: None,
            choice: content.choice,
            attachments: content.files,
            automatic: Automatic::No,
            // WhatsApp vouches for whom it names.
            trust: if is_theirs && customer.key.is_empty() { Trust::Claimed } else { Trust::Proved },
            reply_to: None,
            loop_marks: Vec::new(),
        }
    }

    fn field(&self, place: &Place, key: &str, value: &Value) -> Vec<Inbound> {
        let items = |name: &str| value.get(name).and_then(wire::items).unwrap_or_default();
        match place.field.as_str() {
            "user_id_update" => updates(&self.settings.phone_number_id, key, &items("user_id_update")),
            "calls" => self.calls(key, &items("calls"), value),
            "user_preferences" => preferences(key, &items("user_preferences"), value),
            "history" | "smb_app_state_sync" => vec![ignored(key, "from_before_the_desk")],
            field => match account::news(field, value, &self.settings.app_id) {
                Some(news) => {
                    let (external_id, occurred_at) = (key.to_owned(), place.time.moment());
                    vec![Inbound { external_id, occurred_at, event: InboundEvent::Account(news) }]
                }
                None => vec![ignored(key, "a_field_without_use")],
            },
        }
    }

    /// Calls of customers, once they are over: a call is told in several steps.
    fn calls(&self, key: &str, calls: &Items, value: &Value) -> Vec<Inbound> {
        let contacts = Contacts::of(&value.get("contacts").and_then(wire::items).unwrap_or_default());
        let event = |call: Call| {
            let external_id = match call.id.given() {
                Some(id) => format!("call:{id}:{}", call.event.as_str()),
                None => key.to_owned(),
            };
            if call.event.as_str() != "terminate" || call.direction.as_str() != "USER_INITIATED" {
                return ignored(&external_id, "a_step_of_a_call");
            }
            let caller = Person::of(&call.from, &call.from_user_id, &contacts);
            let words = match call.duration.as_str().trim().parse::<u64>() {
                Ok(seconds) if seconds > 0 => {
                    format!("(Called. The call took {} min {} s.)", seconds / 60, seconds % 60)
                }
                _ => "(Called, and nobody answered.)".to_owned(),
            };
            let said = self.said(&Message::default(), &caller, Writer::Contact);
            let message = InboundMessage { text: words.clone(), visible_text: words, ..said };
            let event = InboundEvent::Message(Box::new(message));
            Inbound { external_id, occurred_at: call.timestamp.moment(), event }
        };
        let events: Vec<Inbound> = calls.read().map(event).collect();
        if events.is_empty() { vec![ignored(key, "a_step_of_a_call")] } else { events }
    }
}

fn consent(external_id: String, occurred_at: Option<OffsetDateTime>, person: &Person, given: bool) -> Inbound {
    let who = std::iter::once(person.identity()).chain(person.also_known_as()).collect();
    Inbound { external_id, occurred_at, event: InboundEvent::Consent(Consent { who, given }) }
}

/// What customers have chosen to get of the shop. Only of marketing there is a choice.
fn preferences(key: &str, chosen: &Items, value: &Value) -> Vec<Inbound> {
    let contacts = Contacts::of(&value.get("contacts").and_then(wire::items).unwrap_or_default());
    let event = |(place, preference): (usize, Preference)| {
        let person = Person::of(&preference.wa_id, &preference.user_id, &contacts);
        let given = match preference.value.as_str() {
            "stop" => false,
            "resume" => true,
            _ => return None,
        };
        let is_marketing = preference.category.as_str() == "marketing_messages" && !person.key.is_empty();
        is_marketing.then(|| consent(format!("{key}:{place}"), preference.timestamp.moment(), &person, given))
    };
    let events: Vec<Inbound> = chosen.read().enumerate().filter_map(event).collect();
    if events.is_empty() { vec![ignored(key, "a_wish_about_something_else")] } else { events }
}

/// What a message says of an earlier one, where it says nothing of its own.
fn change_of(message: &Message, by: Option<Identity>) -> Option<MessageChange> {
    let (target, what) = match message.kind.as_str() {
        "reaction" => {
            let reaction = message.reaction.get()?;
            let what = reaction.emoji.owned().map_or(Changed::Unreacted, Changed::Reacted);
            (&reaction.message_id, what)
        }
        "revoke" => (&message.revoke.get()?.original_message_id, Changed::Deleted),
        "edit" => {
            let edit = message.edit.get()?;
            (&edit.original_message_id, Changed::Edited(content::Content::of(edit.message.get()?).words))
        }
        _ => return None,
    };
    Some(MessageChange { message_ids: vec![target.owned()?], by, what })
}

/// The fate of a message of ours. What was sent carries the id of its command, so that news finds the message even where
/// the answer to the sending never came.
fn news_of(status: &Fate, errors: &[Trouble]) -> InboundEvent {
    let state = match status.status.as_str() {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "read" | "played" => DeliveryState::Read,
        "failed" => DeliveryState::Failed,
        _ => return InboundEvent::Ignored("a_state_without_use"),
    };
    let command = status.biz_opaque_callback_data.given().filter(|data| Uuid::try_parse(data).is_ok());
    let ids: Vec<String> = status.id.owned().into_iter().chain(command.map(ToOwned::to_owned)).collect();
    if ids.is_empty() || status.kind.as_str() == "call" {
        return InboundEvent::Ignored("a_state_without_use");
    }
    let reasons: Vec<String> = errors.iter().map(failure::words).collect();
    InboundEvent::Status(StatusUpdate {
        message_ids: ids,
        state,
        until: None,
        and_before: false,
        reason: (!reasons.is_empty()).then(|| reasons.join(" ")),
        recipients: Vec::new(),
        report: None,
    })
}

/// The names that a customer goes by after a change of number or id.
fn renamings(
    number_id: &str,
    (key, at): (&str, Option<OffsetDateTime>),
    before: &Person,
    system: &System,
) -> Vec<Inbound> {
    let number = system.wa_id.given().or_else(|| system.new_wa_id.given()).filter(|word| people::is_phone(word));
    let changes = matches!(
        system.kind.as_str(),
        "user_changed_number" | "customer_changed_number" | "user_changed_user_id" | "customer_changed_user_id"
    );
    if !changes || before.key.is_empty() {
        return vec![ignored(key, "nothing_was_said")];
    }
    let mut pairs: Vec<(Identity, Identity)> = Vec::new();
    let id = system.user_id.given().or(number.filter(|_| people::is_phone(&before.key)));
    pairs.extend(id.map(|id| (before.identity(), people::user(id))));
    if let (Some(old), Some(new)) = (&before.phone, number) {
        pairs.push((people::phone(old), people::phone(new)));
    }
    let renamed = pairs.into_iter().filter(|(old, new)| old != new).map(|(old, new)| Inbound {
        external_id: format!("{key}:{}", new.kind),
        occurred_at: at,
        event: renamed(number_id, old, new),
    });
    let events: Vec<Inbound> = renamed.collect();
    if events.is_empty() { vec![ignored(key, "nothing_was_said")] } else { events }
}

/// A customer goes by another name, and so does the thread that is named after the one they wrote under.
fn renamed(number_id: &str, old: Identity, new: Identity) -> InboundEvent {
    let thread = |of: &Identity| people::thread_of(number_id, &of.value).filter(|_| of.kind == people::USER);
    let threads = thread(&old).zip(thread(&new));
    InboundEvent::Renamed(Renaming { old, new, threads })
}

/// The lines of a change of ids that comes as news of the account.
fn updates(number_id: &str, key: &str, lines: &Items) -> Vec<Inbound> {
    let line = |value: &Value| {
        let update: UserIdUpdate = wire::read(value)?;
        let ids = update.user_id.get()?;
        let given = |word: &Word| word.given().map(people::user);
        let (old, new) = (given(&ids.previous)?, given(&ids.current)?);
        let external_id = format!("user_id_update:{}", digest(&[value]));
        let event = renamed(number_id, old, new);
        Some(Inbound { external_id, occurred_at: update.timestamp.moment(), event })
    };
    let events: Vec<Inbound> = lines.values().filter_map(line).collect();
    if events.is_empty() { vec![ignored(key, "nothing_was_said")] } else { events }
}
