//! What became of a message whose answer was lost, as far as its conversation tells: it shows no command, so a message is
//! known by what it says and since when. Pure, but for what [`Conversation`] is read from.

use channel_contract::http::file_name;
use channel_contract::outbound::{Outbound, OutboundAttachment, Receipt, Reconciliation, says_the_same};
use channel_contract::wire::{Items, Maybe, Word};
use serde::Deserialize;
use serde_json::Value;

use crate::moment;
use crate::settings::MetaSettings;
use crate::wire::{Party, id};

/// How many messages of a conversation are looked at: of more Instagram tells no details.
pub(crate) const LOOKED_AT: usize = 20;

/// The newest messages of a conversation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Conversation {
    messages: Maybe<Page>,
}

/// A page of anything.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Page {
    pub(crate) data: Items,
    paging: Maybe<Paging>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paging {
    cursors: Maybe<Cursors>,
    next: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cursors {
    after: Word,
}

impl Page {
    /// With what the page behind this one is asked for, if there is one.
    pub(crate) fn after(&self) -> Option<&str> {
        let paging = self.paging.get().filter(|paging| paging.next.given().is_some())?;
        paging.cursors.get()?.after.given()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    id: Word,
    created_time: Value,
    from: Maybe<Party>,
    message: Word,
    attachments: Maybe<Page>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ShownFile {
    name: Word,
    size: Maybe<u64>,
}

/// What a conversation tells of a call. One that says the same and is older than the command, by a little, may be it by a
/// clock that differs: then nobody can tell.
pub(crate) fn found(settings: &MetaSettings, message: &Outbound, conversation: &Conversation) -> Reconciliation {
    let shown: Vec<Shown> = conversation.messages.get().map(|page| page.data.read().collect()).unwrap_or_default();
    let (since, made_at) = (message.since(), message.made_at());
    let at = |shown: &Shown| moment::of(&shown.created_time);
    let is_own = |shown: &&Shown| {
        let is_new = at(shown).is_some_and(|at| at >= since) && !message.knows(shown.id.as_str());
        is_new && settings.is_own(&id(&shown.from))
    };
    let alike: Vec<&Shown> = shown.iter().filter(is_own).filter(|shown| is_alike(shown, message)).collect();
    match alike.as_slice() {
        [one] if at(one).is_some_and(|at| at >= made_at) => match one.id.owned() {
            Some(id) => Reconciliation::Sent(receipt(id, message)),
            None => Reconciliation::CannotTell,
        },
        [] => {
            let is_whole = shown.len() < LOOKED_AT || shown.iter().filter_map(at).any(|at| at < since);
            let has_doubt = shown.iter().filter(is_own).any(|shown| is_doubtful(shown, message));
            if is_whole && !shown.is_empty() && !has_doubt {
                Reconciliation::NotSent
            } else {
                Reconciliation::CannotTell
            }
        }
        _ => Reconciliation::CannotTell,
    }
}

/// The word that a call was taken: its message, and the command by which its echo names it.
pub(crate) fn receipt(id: String, message: &Outbound) -> Receipt {
    Receipt { external_id: id, also_known_as: vec![message.command_id.to_string()] }
}

fn is_alike(shown: &Shown, message: &Outbound) -> bool {
    match message.attachments.first() {
        Some(file) => files(shown).any(|shown| is_same_file(&shown, file)),
        None => says_the_same(shown.message.as_str(), &message.text),
    }
}

/// Files whose name and size are not told may be any.
fn is_doubtful(shown: &Shown, message: &Outbound) -> bool {
    !message.attachments.is_empty()
        && files(shown).any(|shown| shown.name.given().is_none() || shown.size.get().is_none())
}

fn files(shown: &Shown) -> impl Iterator<Item = ShownFile> {
    shown.attachments.get().into_iter().flat_map(|page| page.data.read())
}

fn is_same_file(shown: &ShownFile, file: &OutboundAttachment) -> bool {
    let size = u64::try_from(file.content.len()).ok();
    shown.name.as_str() == file_name(&file.name) && shown.size.0 == size
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::{Duration, OffsetDateTime};
    use uuid::Uuid;

    use super::*;
    use crate::wire::element;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-22 10:00:00 UTC);

    fn settings() -> MetaSettings {
        MetaSettings { page_id: "P".to_owned(), ..MetaSettings::default() }
    }

    fn message() -> Outbound {
        Outbound {
            command_id: Uuid::from_u128(1),
            to: vec!["9".to_owned()],
            text: "It left  today. ".to_owned(),
            last_inbound_at: Some(NOW - Duration::hours(1)),
            now: NOW,
            ..Outbound::empty()
        }
    }

    fn shown(id: &str, from: &str, time: &str, text: &str) -> Value {
        json!({ "id": id, "created_time": format!("2026-11-22T{time}:00+0000"), "from": { "id": from }, "message": text })
    }

    fn told(message: &Outbound, messages: &[Value]) -> Reconciliation {
        found(&settings(), message, &element(&json!({ "messages": { "data": messages } })))
    }

    #[test]
    fn a_message_is_known_by_its_words_its_writer_and_its_time() {
        let right = shown("m1", "P", "09:30", "It left today.");
        let sent = Reconciliation::Sent(receipt("m1".to_owned(), &message()));
        assert_eq!(told(&message(), std::slice::from_ref(&right)), sent);
        for other in [
            shown("m2", "9", "09:30", "It left today."),
            shown("m2", "P", "08:00", "It left today."),
            shown("m2", "P", "09:30", "It left yesterday."),
        ] {
            assert_eq!(told(&message(), std::slice::from_ref(&other)), Reconciliation::NotSent, "{other}");
            assert_eq!(told(&message(), &[other, right.clone()]), sent);
        }
        let twice = [right.clone(), shown("m2", "P", "09:31", "It left today.")];
        assert_eq!(told(&message(), &twice), Reconciliation::CannotTell);
    }

    #[test]
    fn an_older_equal_text_is_another_message() {
        let made = uuid::Timestamp::from_unix_time(NOW.unix_timestamp().try_into().unwrap(), 0, 0, 0);
        let message = Outbound { command_id: Uuid::new_v7(made), text: "Yes!".to_owned(), ..message() };
        let yes = |id: &str, time: &str| shown(id, "P", time, "Yes!");
        let sent = |id: &str| Reconciliation::Sent(receipt(id.to_owned(), &message));
        assert_eq!(told(&message, &[yes("m1", "09:30")]), Reconciliation::NotSent, "said before this was written");
        assert_eq!(told(&message, &[yes("m1", "09:58")]), Reconciliation::CannotTell, "the clocks may differ");
        assert_eq!(told(&message, &[yes("m1", "10:00")]), sent("m1"));
        let second = Outbound { references: vec!["m1".to_owned()], ..message.clone() };
        assert_eq!(told(&second, &[yes("m1", "10:00")]), Reconciliation::NotSent, "the desk knows that one");
        assert_eq!(told(&second, &[yes("m2", "10:01"), yes("m1", "10:00")]), sent("m2"));
    }

    #[test]
    fn what_is_not_shown_whole_tells_nothing() {
        assert_eq!(told(&message(), &[]), Reconciliation::CannotTell);
        let newer = vec![shown("m", "9", "09:59", "And?"); LOOKED_AT];
        assert_eq!(told(&message(), &newer), Reconciliation::CannotTell);
        let with_older = [&newer[1..], &[shown("m", "9", "07:00", "Hello")]].concat();
        assert_eq!(told(&message(), &with_older), Reconciliation::NotSent);
        assert_eq!(found(&settings(), &message(), &Conversation::default()), Reconciliation::CannotTell);
    }

    #[test]
    fn a_file_is_known_by_its_name_and_size() {
        let file = OutboundAttachment {
            name: "a.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            content: "four".into(),
        };
        let message = Outbound { text: String::new(), attachments: vec![file], ..message() };
        let with = |file: Value| {
            let mut shown = shown("m1", "P", "09:30", "");
            shown["attachments"] = json!({ "data": [file] });
            told(&message, &[shown])
        };
        assert!(matches!(with(json!({ "name": "a.pdf", "size": 4 })), Reconciliation::Sent(_)));
        assert_eq!(with(json!({ "name": "b.pdf", "size": 4 })), Reconciliation::NotSent);
        assert_eq!(with(json!({ "image_data": {} })), Reconciliation::CannotTell);
    }
}
