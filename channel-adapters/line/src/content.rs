//! What a message holds: its words, its file and what is said in their place.

use channel_contract::inbound::{FileContent, FileReference, InboundAttachment, safe_name};

use crate::wire::Message;

/// The longest word for a kind of message that is shown, in characters.
const LONGEST_WORD: usize = 120;
/// How many words of a sticker are shown.
const MOST_KEYWORDS: usize = 3;

/// The file of a message. Its key is the id of the message, or the address where somebody else keeps it.
pub(crate) fn file(message: &Message) -> Option<InboundAttachment> {
    let (name, content_type) = match message.kind.as_str() {
        "image" => ("picture.jpg", "image/jpeg"),
        "video" => ("video.mp4", "video/mp4"),
        "audio" => ("audio.m4a", "audio/mp4"),
        "file" => ("file", "application/octet-stream"),
        _ => return None,
    };
    let given = safe_name(message.file_name.as_str());
    let elsewhere = message.content_provider.get().and_then(|provider| provider.original_content_url.owned());
    Some(InboundAttachment {
        name: if given.is_empty() { name.to_owned() } else { given },
        content_type: content_type.to_owned(),
        content_id: None,
        inline: false,
        content: FileContent::Elsewhere(FileReference {
            key: elsewhere.or_else(|| message.id.owned())?,
            sha256: None,
            size: message.file_size.0,
        }),
    })
}

/// What a teammate reads; `""` where a file says all.
pub(crate) fn shown(message: &Message) -> String {
    match (message.kind.as_str(), message.text.given()) {
        ("sticker", _) => sticker(message),
        (_, Some(text)) => text.to_owned(),
        ("location", None) => place(message),
        (_, None) if file(message).is_some() => String::new(),
        ("" | "text", None) => "(A message without content)".to_owned(),
        (kind, None) => {
            let kind: String = kind.chars().take(LONGEST_WORD).collect();
            format!("(A kind of message that cannot be shown here: {kind})")
        }
    }
}

fn sticker(message: &Message) -> String {
    let keywords: Vec<String> = message.keywords.words().take(MOST_KEYWORDS).collect();
    match message.text.owned().unwrap_or_else(|| keywords.join(", ")) {
        words if words.is_empty() => "(A sticker)".to_owned(),
        words => format!("(A sticker: {words})"),
    }
}

fn place(message: &Message) -> String {
    let at = message.latitude.0.zip(message.longitude.0).map(|(north, east)| format!("{north}, {east}"));
    let known = [message.title.owned(), message.address.owned(), at];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { "(A place)".to_owned() } else { format!("(A place: {})", known.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn message(value: Value) -> Message {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn each_kind_is_words_or_a_file() {
        for (value, words) in [
            (json!({ "type": "text", "text": "Hello (brown)" }), "Hello (brown)"),
            (json!({ "type": "text", "text": null }), "(A message without content)"),
            (json!({}), "(A message without content)"),
            (json!({ "type": "sticker", "keywords": ["hello", 7, null, "hi", "you"] }), "(A sticker: hello, 7, hi)"),
            (json!({ "type": "sticker", "text": "Thanks!", "keywords": ["a"] }), "(A sticker: Thanks!)"),
            (json!({ "type": "sticker", "stickerId": "1" }), "(A sticker)"),
            (
                json!({ "type": "location", "title": "Pier", "address": "Quay 1", "latitude": 1.5, "longitude": -2 }),
                "(A place: Pier, Quay 1, 1.5, -2)",
            ),
            (json!({ "type": "location", "latitude": 1.5 }), "(A place)"),
            (json!({ "type": "image", "id": "7" }), ""),
            (json!({ "type": "image" }), "(A kind of message that cannot be shown here: image)"),
            (json!({ "type": "hologram" }), "(A kind of message that cannot be shown here: hologram)"),
        ] {
            assert_eq!(shown(&message(value.clone())), words, "{value}");
        }
    }

    #[test]
    fn a_file_lies_at_line_or_at_an_address_and_has_a_safe_name() {
        let read = |value: Value| {
            let file = file(&message(value)).unwrap();
            let FileContent::Elsewhere(place) = file.content else { panic!("no file comes inside") };
            (file.name, place.key, place.size)
        };
        let provider = json!({ "type": "external", "originalContentUrl": "https://files.example/a.jpg" });
        let outside = read(json!({ "type": "image", "id": "7", "contentProvider": provider }));
        assert_eq!(outside, ("picture.jpg".to_owned(), "https://files.example/a.jpg".to_owned(), None));
        let named = json!({ "type": "file", "id": "8", "fileName": "..\\../etc/bill\u{202e}.pdf", "fileSize": 2138 });
        assert_eq!(read(named), ("bill.pdf".to_owned(), "8".to_owned(), Some(2138)));
        let of_line = json!({ "type": "video", "id": "9", "contentProvider": { "type": "line" } });
        assert_eq!(read(of_line), ("video.mp4".to_owned(), "9".to_owned(), None));
    }
}
