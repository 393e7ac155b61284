//! A message as a conversation shows it afterwards, where it was not pushed. Pure.

use channel_contract::wire::{Maybe, Word};
use serde::Deserialize;
use serde_json::Value;

use crate::moment;
use crate::read::{Event, Part, Said, What};
use crate::reconcile::Page;
use crate::settings::Network;
use crate::wire::{Party, id};

/// What is stored of it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReadBack {
    is_own: Maybe<bool>,
    message: Maybe<Recalled>,
}

/// The message as Meta gave it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Recalled {
    pub(crate) id: Word,
    pub(crate) created_time: Value,
    pub(crate) from: Maybe<Party>,
    to: Maybe<Page>,
    pub(crate) message: Word,
    is_unsupported: Maybe<bool>,
    attachments: Maybe<Page>,
    sticker: Word,
    shares: Maybe<Page>,
    story: Maybe<Stories>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attached {
    mime_type: Word,
    file_url: Word,
    image_data: Maybe<Located>,
    video_data: Maybe<Located>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Located {
    url: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Linked {
    link: Word,
    name: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stories {
    mention: Maybe<Linked>,
    reply_to: Maybe<Linked>,
}

/// The event that the message would have been, with the same key; `None` where it has no id.
pub(crate) fn event(network: Network, read_back: ReadBack) -> Option<Event> {
    let message = read_back.message.0.unwrap_or_default();
    let mid = message.id.owned()?;
    let mut parties = message.to.get().into_iter().flat_map(|to| to.data.read::<Party>());
    let recipient = parties.find_map(|party| party.id.owned()).unwrap_or_default();
    let answered = message.story.get().and_then(|story| story.reply_to.get());
    let said = Said {
        mid: mid.clone(),
        text: message.message.as_str().to_owned(),
        parts: parts(&message),
        story: answered.map(|story| story.link.as_str().to_owned()),
        is_echo: read_back.is_own.is_set(),
        is_unsupported: message.is_unsupported.is_set(),
        ..Said::default()
    };
    Some(Event {
        network,
        // The account is one of the two sides.
        account: String::new(),
        standby: false,
        sender: id(&message.from),
        recipient,
        at: moment::of(&message.created_time),
        key: mid,
        what: What::Said(Box::new(said)),
    })
}

fn parts(message: &Recalled) -> Vec<Part> {
    let attached = message.attachments.get().into_iter().flat_map(|page| page.data.read::<Attached>());
    let attached = attached.map(|attached| file(&attached));
    let sticker = message.sticker.owned().map(|url| part("sticker", Some(url)));
    let shared = message.shares.get().into_iter().flat_map(|page| page.data.read::<Linked>());
    let shared =
        shared.map(|share| Part { title: share.name.as_str().to_owned(), ..part("fallback", share.link.owned()) });
    let mentioned = message.story.get().and_then(|story| story.mention.get());
    let mentioned = mentioned.map(|story| part("story_mention", story.link.owned()));
    attached.chain(sticker).chain(shared).chain(mentioned).collect()
}

fn file(attached: &Attached) -> Part {
    let located = |data: &Maybe<Located>| data.get().and_then(|data| data.url.owned());
    let whole = attached.file_url.owned();
    match (located(&attached.image_data), located(&attached.video_data)) {
        (Some(url), _) => part("image", Some(url)),
        (None, Some(url)) => part("video", Some(url)),
        (None, None) if attached.mime_type.as_str().starts_with("audio/") => part("audio", whole),
        (None, None) => part("file", whole),
    }
}

fn part(what: &str, url: Option<String>) -> Part {
    Part { what: what.to_owned(), url, ..Part::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::element;

    fn read(message: &Value) -> Option<Event> {
        event(Network::Instagram, element(&json!({ "message": message })))
    }

    #[test]
    fn a_message_is_the_same_event_as_if_it_had_been_pushed() {
        let found = read(&json!({
            "id": "m1", "created_time": "2026-11-22T10:00:00+0000", "from": { "id": "9" }, "message": "See",
            "to": { "data": [{ "id": "I" }] }, "sticker": "https://cdn.example/s.png",
            "attachments": { "data": [
                { "image_data": { "url": "https://cdn.example/i.jpg" } }, { "video_data": { "url": "https://cdn.example/v" } },
                { "mime_type": "audio/mp4", "file_url": "https://cdn.example/a" }, { "file_url": "https://cdn.example/f.pdf" },
                7, { "mime_type": "image/png" },
            ] },
            "shares": { "data": [{ "link": "https://shop.example/cup", "name": "The cup" }] },
            "story": { "reply_to": { "link": "https://cdn.example/story" } },
        }))
        .unwrap();
        assert_eq!((found.sender.as_str(), found.recipient.as_str(), found.key.as_str()), ("9", "I", "m1"));
        assert_eq!(found.at.map(time::OffsetDateTime::unix_timestamp), Some(1_795_341_600));
        let What::Said(said) = found.what else { panic!("it is a message") };
        let parts: Vec<(&str, Option<&str>)> =
            said.parts.iter().map(|part| (part.what.as_str(), part.url.as_deref())).collect();
        assert_eq!(
            parts,
            [
                ("image", Some("https://cdn.example/i.jpg")),
                ("video", Some("https://cdn.example/v")),
                ("audio", Some("https://cdn.example/a")),
                ("file", Some("https://cdn.example/f.pdf")),
                ("file", None),
                ("sticker", Some("https://cdn.example/s.png")),
                ("fallback", Some("https://shop.example/cup")),
            ]
        );
        assert_eq!((said.mid.as_str(), said.text.as_str(), said.is_echo), ("m1", "See", false));
        assert_eq!(said.story.as_deref(), Some("https://cdn.example/story"));
    }

    #[test]
    fn what_is_odd_in_it_hides_nothing_and_without_an_id_there_is_nothing() {
        let odd =
            json!({ "id": "m1", "from": 7, "to": [], "attachments": "x", "shares": {}, "story": [], "message": null });
        let found = read(&odd).unwrap();
        assert_eq!((found.sender.as_str(), found.recipient.as_str(), found.at), ("", "", None));
        assert!(read(&json!({ "message": "Hello" })).is_none() && read(&json!(7)).is_none());
    }
}
