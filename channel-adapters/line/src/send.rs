//! Messages as LINE takes them. Pure.

use channel_contract::capabilities::FileSort;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::Choice;
use channel_contract::outbound::{Outbound, OutboundAttachment};
use serde_json::{Value, json};

/// The most text in one message of the desk, in characters.
pub(crate) const LONGEST_TEXT: usize = 5000;
/// The most text in one bubble, in units of UTF-16: what is longer stands in two.
const LONGEST_BUBBLE: usize = 5000;
/// The most pictures in one message: a call takes five bubbles, and the text at most two of them.
pub(crate) const MOST_PICTURES: usize = 3;
/// The largest picture, in bytes. LINE takes a larger one to be opened, but none in the conversation, and here both are one.
pub(crate) const LARGEST_PICTURE: u64 = 1_000_000;
/// What LINE shows.
pub(crate) const PICTURES: FileSort =
    FileSort { words: "pictures", forms: "JPEG, PNG", types: &["image/jpeg", "image/png"] };
/// The most bytes of all pictures of a message.
pub(crate) const LARGEST_PICTURES: u64 = 2_000_000;
/// The most buttons below a message.
pub(crate) const MOST_BUTTONS: usize = 13;
/// The most that stands on a button, in characters.
pub(crate) const LONGEST_BUTTON: usize = 20;
/// The most that stands behind a button, in characters.
const LONGEST_DATA: usize = 300;

/// Refuses what cannot be one call, before anything is shown on the web.
pub(crate) fn admit(message: &Outbound) -> Result<(), ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    if message.text.trim().is_empty() && message.attachments.is_empty() {
        return refused("The message is empty.");
    }
    if !message.attachments.iter().all(is_picture) {
        return refused("LINE takes pictures alone, as JPEG or PNG of up to 1 MB each.");
    }
    if message.choices.iter().any(|choice| choice.title.is_empty()) {
        return refused("A button without words cannot be shown on LINE.");
    }
    if message.choices.iter().any(|choice| data(choice).chars().count() > LONGEST_DATA) {
        return refused("What stands behind a button is too long for LINE.");
    }
    Ok(())
}

fn is_picture(file: &OutboundAttachment) -> bool {
    let fits = u64::try_from(file.content.len()).is_ok_and(|size| (1..=LARGEST_PICTURE).contains(&size));
    PICTURES.has(&file.content_type) && fits
}

/// Whether a word can be an id of LINE's.
pub(crate) fn is_id(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whom it is for.
pub(crate) fn recipient(message: &Outbound) -> Result<&str, ChannelFailure> {
    let to = message.to.first().or(message.thread_id.as_ref()).map(String::as_str);
    to.filter(|to| is_id(to)).ok_or_else(|| {
        ChannelFailure::refused(FailureClass::Recipient, "There is nobody on LINE whom this can be sent to.")
    })
}

/// The bubbles of a message, with its pictures at these addresses.
pub(crate) fn bubbles(message: &Outbound, pictures: &[String]) -> Vec<Value> {
    let mut found = Vec::new();
    let mut rest = if message.text.trim().is_empty() { "" } else { message.text.as_str() };
    while !rest.is_empty() {
        let (text, behind) = cut(rest);
        found.push(json!({ "type": "text", "text": text }));
        rest = behind;
    }
    let picture = |address| json!({ "type": "image", "originalContentUrl": address, "previewImageUrl": address });
    found.extend(pictures.iter().map(picture));
    if !message.choices.is_empty()
        && let Some(last) = found.last_mut().and_then(Value::as_object_mut)
    {
        let items: Vec<Value> = message.choices.iter().map(button).collect();
        last.insert("quickReply".to_owned(), json!({ "items": items }));
    }
    found
}

/// What fits into a bubble, and the rest: between two words, where there are any far enough behind that the rest fits into
/// one bubble more.
fn cut(text: &str) -> (&str, &str) {
    let whole = text.encode_utf16().count();
    let (mut units, mut behind_blank) = (0, 0);
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units > LONGEST_BUBBLE {
            let end = if behind_blank > at / 2 { behind_blank } else { at };
            return text.split_at_checked(end).unwrap_or((text, ""));
        }
        if character.is_whitespace() && whole - units <= LONGEST_BUBBLE {
            behind_blank = at + character.len_utf8();
        }
    }
    (text, "")
}

fn button(choice: &Choice) -> Value {
    let action =
        json!({ "type": "postback", "label": choice.title, "data": data(choice), "displayText": choice.title });
    json!({ "type": "action", "action": action })
}

/// What stands behind a button. LINE does not tell what stands on it, so that is there too.
fn data(choice: &Choice) -> String {
    if choice.payload.is_empty() { choice.title.clone() } else { format!("{}\n{}", choice.payload, choice.title) }
}

/// The button behind which this stands.
pub(crate) fn choice_of(data: &str) -> Choice {
    let (payload, title) = data.rsplit_once('\n').unwrap_or((data, data));
    Choice { title: title.to_owned(), payload: payload.to_owned() }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn message(text: &str) -> Outbound {
        Outbound {
            command_id: Uuid::from_u128(7),
            to: vec!["U1".to_owned()],
            text: text.to_owned(),
            in_reply_to: Some("5".to_owned()),
            thread_id: Some("U1".to_owned()),
            ..Outbound::empty()
        }
    }

    fn file(content_type: &str, size: usize) -> OutboundAttachment {
        OutboundAttachment {
            name: "a".to_owned(),
            content_type: content_type.to_owned(),
            content: vec![b'x'; size].into(),
        }
    }

    #[test]
    fn a_long_text_stands_in_two_bubbles_and_is_cut_between_words() {
        let texts = |text: &str| -> Vec<String> {
            let bubbles = bubbles(&message(text), &[]);
            bubbles.iter().map(|bubble| bubble["text"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(texts(&"x".repeat(5000)).len(), 1);
        let wide = "🧥".repeat(5000);
        let found = texts(&wide);
        assert_eq!((found.len(), found.concat()), (2, wide));
        let words = format!("{} {}", "🧥".repeat(2000), "🧥".repeat(1000));
        assert_eq!(texts(&words), [format!("{} ", "🧥".repeat(2000)), "🧥".repeat(1000)]);
        assert!(texts("  ").is_empty());
    }

    #[test]
    fn a_text_never_stands_in_three_bubbles() {
        for blank_at in [1, 1300, 2400, 2499, 2500, 2501, 2600, 4998] {
            let text = format!("{} {}", "🧥".repeat(blank_at), "🧥".repeat(4_999 - blank_at));
            assert_eq!(text.chars().count(), LONGEST_TEXT);
            let found = bubbles(&message(&text), &[]);
            let texts: Vec<&str> = found.iter().map(|bubble| bubble["text"].as_str().unwrap()).collect();
            assert_eq!((texts.len(), texts.concat()), (2, text), "a blank at {blank_at}");
            assert!(texts.iter().all(|text| text.encode_utf16().count() <= LONGEST_BUBBLE));
        }
    }

    #[test]
    fn buttons_hang_on_the_last_bubble_and_come_back_as_they_were() {
        let choices = ["", "refund"].map(|payload| Choice { title: "Money".to_owned(), payload: payload.to_owned() });
        let found = bubbles(&Outbound { choices: choices.clone().into(), ..message("Hi") }, &["https://a".to_owned()]);
        assert_eq!(found[0], json!({ "type": "text", "text": "Hi" }));
        let items = &found[1]["quickReply"]["items"];
        assert_eq!(items[1]["action"]["data"], "refund\nMoney");
        assert_eq!(choice_of(items[0]["action"]["data"].as_str().unwrap()).title, "Money");
        assert_eq!(choice_of("refund\nMoney"), choices[1]);
        assert_eq!(found[1]["previewImageUrl"], "https://a");
    }

    #[test]
    fn what_line_takes_not_is_refused_before_anything_is_shown() {
        let with = |file| Outbound { attachments: vec![file], ..message("") };
        for kind in ["image/png", "image/jpeg; name=a.jpg", "IMAGE/JPEG"] {
            assert_eq!(admit(&with(file(kind, 1_000_000))), Ok(()), "{kind}");
        }
        let behind = Choice { title: "A".to_owned(), payload: "x".repeat(299) };
        for odd in [
            message(" "),
            with(file("application/pdf", 1)),
            with(file("image/png", 0)),
            with(file("image/jpeg", 1_000_001)),
            Outbound { choices: vec![behind], ..message("Hi") },
            Outbound { choices: vec![Choice { title: String::new(), payload: "a".to_owned() }], ..message("Hi") },
        ] {
            assert_eq!(admit(&odd).unwrap_err().class(), FailureClass::Content);
        }
        for to in [vec![String::new()], vec!["U1/../push".to_owned()]] {
            let nowhere = Outbound { to, ..message("Hi") };
            assert_eq!(recipient(&nowhere).unwrap_err().class(), FailureClass::Recipient);
        }
    }
}
