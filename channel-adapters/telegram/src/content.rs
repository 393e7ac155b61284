//! What a message holds: its words, its files and what is said in their place.

use channel_contract::inbound::{FileContent, FileReference, InboundAttachment, safe_name};

use crate::wire::{Card, Location, Media, Message};

/// What Telegram notes in a chat by itself, or what came of the bot's own doing: nobody has said anything.
const NOTED: [&str; 27] = [
    "boost_added",
    "channel_chat_created",
    "chat_background_set",
    "connected_website",
    "delete_chat_photo",
    "forum_topic_closed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "group_chat_created",
    "left_chat_member",
    "message_auto_delete_timer_changed",
    "migrate_from_chat_id",
    "migrate_to_chat_id",
    "new_chat_members",
    "new_chat_photo",
    "new_chat_title",
    "pinned_message",
    "proximity_alert_triggered",
    "supergroup_chat_created",
    "video_chat_ended",
    "video_chat_participants_invited",
    "video_chat_scheduled",
    "video_chat_started",
    "write_access_allowed",
];

/// What stands beside the content of a message and is none itself.
const BESIDE: [&str; 29] = [
    "author_signature",
    "caption_entities",
    "chat_owner_left",
    "direct_messages_topic",
    "effect_id",
    "entities",
    "external_reply",
    "forward_date",
    "forward_from",
    "forward_from_chat",
    "forward_from_message_id",
    "forward_origin",
    "forward_sender_name",
    "forward_signature",
    "has_media_spoiler",
    "has_protected_content",
    "is_automatic_forward",
    "is_topic_message",
    "link_preview_options",
    "media_group_id",
    "message_thread_id",
    "paid_star_count",
    "quote",
    "reply_to_story",
    "sender_boost_count",
    "sender_chat",
    "sender_tag",
    "show_caption_above_media",
    "via_bot",
];

/// The longest word for a kind of message that is shown, in characters.
const LONGEST_WORD: usize = 120;

/// A file of a message.
pub(crate) struct File {
    /// What it is, in one word for all platforms.
    pub(crate) what: &'static str,
    pub(crate) id: String,
    name: String,
    content_type: String,
    size: Option<u64>,
}

impl File {
    pub(crate) fn attachment(self) -> InboundAttachment {
        InboundAttachment {
            name: self.name,
            content_type: self.content_type,
            content_id: None,
            inline: false,
            content: FileContent::Elsewhere(FileReference { key: self.id, sha256: None, size: self.size }),
        }
    }
}

/// The words that were written: the text, or those below a file.
pub(crate) fn words(message: &Message) -> Option<&str> {
    message.text.given().or_else(|| message.caption.given())
}

/// The place that was shown.
pub(crate) fn location(message: &Message) -> Option<&Location> {
    message.location.get().or_else(|| message.venue.get()?.location.get())
}

/// The name on a card.
pub(crate) fn name_on(card: &Card) -> String {
    format!("{} {}", card.first_name.as_str(), card.last_name.as_str()).trim().to_owned()
}

/// The files of a message. An animation is told twice, as a document too.
pub(crate) fn files(message: &Message) -> Vec<File> {
    let mut found = Vec::new();
    let largest = |size: &Media| size.width.0.unwrap_or_default().saturating_mul(size.height.0.unwrap_or_default());
    if let Some(picture) =
        message.photo.read::<Media>().filter(|size| size.file_id.given().is_some()).max_by_key(largest)
    {
        found.extend(file("image", &picture, "photo.jpg", "image/jpeg"));
    }
    let document = message.document.get().filter(|_| message.animation.get().is_none());
    let others = [
        ("animation", message.animation.get(), "animation.mp4", "video/mp4"),
        ("video", message.video.get(), "video.mp4", "video/mp4"),
        ("video_note", message.video_note.get(), "video.mp4", "video/mp4"),
        ("voice", message.voice.get(), "voice.ogg", "audio/ogg"),
        ("audio", message.audio.get(), "audio.mp3", "audio/mpeg"),
        ("document", document, "document", "application/octet-stream"),
    ];
    found.extend(others.into_iter().filter_map(|(what, media, name, kind)| file(what, media?, name, kind)));
    if let Some(sticker) = message.sticker.get() {
        let (name, kind) = match (sticker.is_animated.0, sticker.is_video.0) {
            (Some(true), _) => ("sticker.tgs", "application/x-tgsticker"),
            (_, Some(true)) => ("sticker.webm", "video/webm"),
            _ => ("sticker.webp", "image/webp"),
        };
        found.extend(file("sticker", sticker, name, kind));
    }
    found
}

fn file(what: &'static str, media: &Media, name: &str, content_type: &str) -> Option<File> {
    Some(File {
        what,
        id: media.file_id.owned()?,
        name: media
            .file_name
            .given()
            .map(safe_name)
            .filter(|given| !given.is_empty())
            .unwrap_or_else(|| name.to_owned()),
        content_type: media.mime_type.given().unwrap_or(content_type).to_owned(),
        size: media.file_size.0,
    })
}

/// What a teammate reads; `None` where nobody has said anything.
pub(crate) fn shown(message: &Message) -> Option<String> {
    let mut lines: Vec<String> = words(message).map(ToOwned::to_owned).into_iter().collect();
    lines.extend(message.sticker.get().and_then(|sticker| sticker.emoji.owned()));
    lines.extend(place_shown(message));
    lines.extend(message.contact.get().map(|card| {
        let known = [name_on(card), number_of(card)].into_iter().filter(|word| !word.is_empty());
        format!("(A contact: {})", known.collect::<Vec<_>>().join(" "))
    }));
    lines.extend(message.poll.get().map(|poll| format!("(A poll: {})", poll.question.as_str())));
    lines.extend(message.dice.get().map(|dice| format!("{} {}", dice.emoji.as_str(), dice.value.as_str())));
    if !lines.is_empty() || !files(message).is_empty() {
        return Some(lines.join("\n"));
    }
    let mut unknown = message.rest.keys().filter(|key| !BESIDE.contains(&key.as_str()));
    match unknown.find(|key| !NOTED.contains(&key.as_str())) {
        Some(kind) => {
            let kind: String = kind.replace('_', " ").chars().take(LONGEST_WORD).collect();
            Some(format!("(A kind of message that cannot be shown here: {kind})"))
        }
        None if message.rest.keys().any(|key| NOTED.contains(&key.as_str())) => None,
        None => Some("(A message without content)".to_owned()),
    }
}

fn place_shown(message: &Message) -> Option<String> {
    let at = location(message)?;
    let (north, east) = (at.latitude.0?, at.longitude.0?);
    let named = message.venue.get().map(|venue| format!("{}, {}", venue.title.as_str(), venue.address.as_str()));
    let named = named.map(|name| name.trim_matches([' ', ',']).to_owned()).filter(|name| !name.is_empty());
    Some(match named {
        Some(name) => format!("(A place: {name}, at {north}, {east})"),
        None => format!("(A place: {north}, {east})"),
    })
}

/// The phone number on a card as numbers are written, `""` if there is none.
pub(crate) fn number_of(card: &Card) -> String {
    let digits: String = card.phone_number.as_str().chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() { digits } else { format!("+{digits}") }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn message(value: Value) -> Message {
        serde_json::from_value(value).unwrap()
    }

    fn shown_of(value: Value) -> Option<String> {
        shown(&message(value))
    }

    #[test]
    fn what_cannot_be_shown_is_named() {
        let unknown = shown_of(json!({ "message_id": 1, "entities": [], "moon_phase": { "is": "full" } }));
        assert_eq!(unknown.unwrap(), "(A kind of message that cannot be shown here: moon phase)");
        assert_eq!(shown_of(json!({ "text": null, "date": 5 })).unwrap(), "(A message without content)");
        assert_eq!(shown_of(json!({ "pinned_message": { "message_id": 1 } })), None, "nobody has said anything");
        let beside = shown_of(json!({ "pinned_message": {}, "moon_phase": 1 }));
        assert!(beside.unwrap().contains("moon phase"), "what is new is shown in any case");
    }

    #[test]
    fn places_cards_and_dice_are_words() {
        let location = json!({ "latitude": 1.5, "longitude": -2.25 });
        for (value, words) in [
            (json!({ "location": location }), "(A place: 1.5, -2.25)"),
            (
                json!({ "location": location, "venue": { "location": location, "title": "Pier", "address": "Quay 1" } }),
                "(A place: Pier, Quay 1, at 1.5, -2.25)",
            ),
            (
                json!({ "contact": { "first_name": "Ana", "last_name": "Li", "phone_number": "49 151" } }),
                "(A contact: Ana Li +49151)",
            ),
            (json!({ "contact": { "phone_number": "+49151" } }), "(A contact: +49151)"),
            (json!({ "contact": { "first_name": "Ana" } }), "(A contact: Ana)"),
            (json!({ "dice": { "emoji": "🎲", "value": 4 } }), "🎲 4"),
            (json!({ "poll": { "question": "Blue?" } }), "(A poll: Blue?)"),
            (json!({ "sticker": { "file_id": "f", "emoji": "😄" } }), "😄"),
            (json!({ "voice": { "file_id": "f" } }), ""),
            (json!({ "caption": "Look", "photo": [{ "file_id": "f" }] }), "Look"),
        ] {
            assert_eq!(shown_of(value.clone()).as_deref(), Some(words), "{value}");
        }
    }

    #[test]
    fn files_have_safe_names_and_the_largest_picture_counts() {
        let photo = json!({ "photo": [
            { "file_id": "large", "width": 900, "height": 800, "file_size": 7 },
            null,
            { "file_id": "small", "width": 90, "height": 80 },
            { "width": 9000, "height": 9000 },
        ] });
        let found = files(&message(photo));
        assert_eq!(found.iter().map(|file| (file.what, file.id.as_str())).collect::<Vec<_>>(), [("image", "large")]);
        let document = json!({ "document": { "file_id": "d", "file_name": "..\\../etc/bill\u{202e}\u{0}.pdf" } });
        assert_eq!(files(&message(document)).remove(0).attachment().name, "bill.pdf");
        let animation = json!({ "animation": { "file_id": "a" }, "document": { "file_id": "a" } });
        assert_eq!(files(&message(animation)).len(), 1);
    }
}
