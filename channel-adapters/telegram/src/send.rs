//! Messages as calls. Pure: which method takes a message, and what it is given.

use bytes::Bytes;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Form, media_type};
use channel_contract::inbound::Choice;
use channel_contract::outbound::{Outbound, OutboundAttachment, Reaction};
use serde_json::{Map, Value, json};

use crate::place::Place;

/// The signs that the desk offers, of those that a bot may put on a message.
pub(crate) const SIGNS: &[&str] = &["👍", "❤", "😁", "😢", "🎉", "🙏"];
/// The most text in one message, in characters.
pub(crate) const LONGEST_TEXT: usize = 4096;
/// The most text below a file, in characters.
const LONGEST_CAPTION: usize = 1024;
/// The most files in one message.
pub(crate) const MOST_FILES: usize = 10;
/// The most bytes in one message.
pub(crate) const LARGEST_FILES: u64 = 50_000_000;
/// The largest picture that is shown as one, in bytes.
const LARGEST_PICTURE: usize = 10_000_000;
/// The most buttons below a message.
pub(crate) const MOST_BUTTONS: usize = 100;
/// The most that stands on a button or behind it, in bytes.
pub(crate) const LONGEST_BUTTON: usize = 64;

/// Whether pictures are shown as such. Telegram writes a picture anew, and takes none of odd measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pictures {
    Shown,
    AsFiles,
}

/// A call that sends a message.
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

/// The messages that take one call each: text goes below files where it fits, and buttons only below one. Where a piece will
/// be refused the message stays whole, so that nothing of it leaves before that.
pub(crate) fn split(message: &Outbound) -> Vec<Outbound> {
    let files = message.attachments.len();
    let is_one = files == 0 || (fits_below(&message.text) && (files == 1 || message.choices.is_empty()));
    let words = Outbound { attachments: Vec::new(), ..message.clone() };
    // The words stand above the files and say what is answered.
    let files = Outbound { text: String::new(), choices: Vec::new(), ..message.clone() };
    let pieces = [words, files.numbered(1)];
    if is_one || pieces.iter().any(|piece| admit(piece).is_err()) {
        return vec![message.clone()];
    }
    pieces.into()
}

fn fits_below(text: &str) -> bool {
    text.chars().count() <= LONGEST_CAPTION
}

/// Refuses what cannot be one call.
fn admit(message: &Outbound) -> Result<(), ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    place(message)?;
    let files = message.attachments.as_slice();
    if files.iter().any(|file| file.content.is_empty()) {
        return refused("A file is empty, and Telegram takes none such.");
    }
    if files.is_empty() && message.text.trim().is_empty() {
        return refused("The message is empty.");
    }
    if !files.is_empty() && !fits_below(&message.text) {
        return refused("The text is too long to stand below a file on Telegram: send it on its own.");
    }
    if files.len() > 1 && !message.choices.is_empty() {
        return refused("Telegram shows no buttons below several files: send them on their own.");
    }
    if message.choices.iter().any(|choice| behind(choice).len() > LONGEST_BUTTON) {
        return refused("What stands behind a button is too long for Telegram.");
    }
    Ok(())
}

/// Where a message goes: the chat with its recipient, through the business account that its thread names. A thread with
/// somebody else leads nowhere.
pub(crate) fn place(message: &Outbound) -> Result<Place, ChannelFailure> {
    let thread = message.thread_id.as_deref().and_then(Place::of_thread);
    let named = message.to.first().and_then(|to| Place::of_thread(to));
    let agrees = |thread: &Place| named.as_ref().is_none_or(|named| named.chat == thread.chat);
    thread.filter(agrees).or_else(|| named.clone()).ok_or_else(|| {
        ChannelFailure::refused(FailureClass::Recipient, "There is no chat on Telegram to answer this customer in.")
    })
}

/// The signs that go on a message: none in the chats of a business account, and none on a pressed button.
pub(crate) fn signs_on(message_id: &str) -> &'static [&'static str] {
    let place = message_id.rsplit_once(':').and_then(|(thread, _)| Place::of_thread(thread));
    let is_known = place.is_some_and(|place| place.business.is_empty() && place.number_of(message_id).is_some());
    if is_known { SIGNS } else { &[] }
}

/// What puts a sign on a message, or takes it off.
pub(crate) fn reaction(reaction: &Reaction) -> Result<Value, ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    let place = reaction.thread_id.as_ref().or(reaction.to.first()).and_then(|thread| Place::of_thread(thread));
    let Some(place) = place else { return refused("There is no chat on Telegram in which this was said.") };
    if !place.business.is_empty() {
        return refused("Telegram takes no signs of a bot in the chats of a business account.");
    }
    let Some(number) = place.number_of(&reaction.message_id) else {
        return refused("Telegram does not know this message.");
    };
    let signs: Vec<Value> = Some(&reaction.sign)
        .filter(|sign| !sign.is_empty())
        .map(|sign| json!({ "type": "emoji", "emoji": sign }))
        .into_iter()
        .collect();
    Ok(json!({ "chat_id": place.chat, "message_id": number, "reaction": signs }))
}

/// The call that sends a message.
pub(crate) fn call(message: &Outbound, pictures: Pictures) -> Result<Call, ChannelFailure> {
    admit(message)?;
    let files = message.attachments.as_slice();
    let mut fields = addressed(message)?;
    if let Some(keyboard) = keyboard(message) {
        fields.insert("reply_markup".to_owned(), keyboard);
    }
    let as_pictures = pictures == Pictures::Shown && files.iter().all(is_picture);
    let (method, part) = match (files, as_pictures) {
        ([], _) => {
            fields.insert("text".to_owned(), message.text.clone().into());
            return Ok(Call {
                method: "sendMessage",
                content_type: "application/json".to_owned(),
                body: Value::Object(fields).to_string().into(),
            });
        }
        ([_], true) => ("sendPhoto", "photo"),
        ([_], false) => ("sendDocument", "document"),
        (_, true) => ("sendMediaGroup", "photo"),
        (_, false) => ("sendMediaGroup", "document"),
    };
    if method == "sendMediaGroup" {
        let kind = if as_pictures { "photo" } else { "document" };
        let media = |(at, text): (usize, &str)| match text {
            "" => json!({ "type": kind, "media": format!("attach://file{at}") }),
            _ => json!({ "type": kind, "media": format!("attach://file{at}"), "caption": text }),
        };
        let captions = std::iter::once(message.text.as_str()).chain(std::iter::repeat(""));
        fields.insert("media".to_owned(), (0..files.len()).zip(captions).map(media).collect());
    } else if !message.text.is_empty() {
        fields.insert("caption".to_owned(), message.text.clone().into());
    }
    let mut form = Form::of(message.command_id);
    for (name, value) in &fields {
        form = form.field(name, value.as_str().unwrap_or(&value.to_string()));
    }
    for (at, file) in files.iter().enumerate() {
        form = form.file(&if files.len() == 1 { part.to_owned() } else { format!("file{at}") }, file);
    }
    let (content_type, body) = form.finished();
    Ok(Call { method, content_type, body })
}

fn is_picture(file: &OutboundAttachment) -> bool {
    let kind = media_type(&file.content_type).to_ascii_lowercase();
    matches!(kind.as_str(), "image/jpeg" | "image/png") && file.content.len() <= LARGEST_PICTURE
}

/// Whom it is for, and what it answers.
fn addressed(message: &Outbound) -> Result<Map<String, Value>, ChannelFailure> {
    let place = place(message)?;
    let mut fields = Map::new();
    fields.insert("chat_id".to_owned(), place.chat.clone().into());
    if !place.business.is_empty() {
        fields.insert("business_connection_id".to_owned(), place.business.clone().into());
    }
    if let Some(number) = message.in_reply_to.as_ref().and_then(|id| place.number_of(id)) {
        // The customer may have taken back what is answered.
        let answered = json!({ "message_id": number, "allow_sending_without_reply": true });
        fields.insert("reply_parameters".to_owned(), answered);
    }
    Ok(fields)
}

/// Buttons, one a row.
fn keyboard(message: &Outbound) -> Option<Value> {
    let row = |choice: &Choice| json!([{ "text": choice.title, "callback_data": behind(choice) }]);
    let rows: Vec<Value> = message.choices.iter().map(row).collect();
    (!rows.is_empty()).then(|| json!({ "inline_keyboard": rows }))
}

/// What stands behind a button.
fn behind(choice: &Choice) -> &str {
    if choice.payload.is_empty() { &choice.title } else { &choice.payload }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn message(text: &str, files: usize) -> Outbound {
        let file =
            OutboundAttachment { name: "a.png".to_owned(), content_type: "image/png".to_owned(), content: "x".into() };
        Outbound {
            command_id: Uuid::from_u128(7),
            to: vec!["77".to_owned()],
            text: text.to_owned(),
            in_reply_to: Some("77:5".to_owned()),
            attachments: vec![file; files],
            thread_id: Some("77".to_owned()),
            ..Outbound::empty()
        }
    }

    fn with_choice(message: Outbound, payload: &str) -> Outbound {
        let choices = vec![Choice { title: "Money back".to_owned(), payload: payload.to_owned() }];
        Outbound { choices, ..message }
    }

    fn shape(message: &Outbound) -> (String, usize, usize) {
        (message.text.clone(), message.attachments.len(), message.choices.len())
    }

    #[test]
    fn what_takes_two_calls_is_two_messages() {
        let long = "x".repeat(LONGEST_CAPTION + 1);
        let fits = "x".repeat(LONGEST_CAPTION);
        for one in [message(&long, 0), message(&fits, 1), message(&fits, 10), with_choice(message("Hello", 1), "")] {
            assert_eq!(split(&one), std::slice::from_ref(&one));
        }
        for two in [message(&long, 1), with_choice(message("Hello", 2), "")] {
            let parts = split(&two);
            assert_eq!(
                parts.iter().map(shape).collect::<Vec<_>>(),
                [(two.text.clone(), 0, two.choices.len()), (String::new(), two.attachments.len(), 0)]
            );
            assert_eq!(parts[0].command_id, two.command_id);
            assert_ne!(parts[1].command_id, two.command_id);
            assert_eq!(split(&two), parts, "the same each time");
            assert_eq!((parts[1].in_reply_to.as_ref(), parts[1].references.len()), (None, 1), "it still answers");
            assert!(parts.iter().all(|part| call(part, Pictures::Shown).is_ok()));
            assert!(call(&two, Pictures::Shown).is_err(), "never in one call with something left out");
        }
    }

    #[test]
    fn nothing_leaves_before_a_piece_that_is_refused() {
        let mut two = message(&"x".repeat(LONGEST_CAPTION + 1), 2);
        two.attachments[1].content = Bytes::new();
        assert_eq!(split(&two), std::slice::from_ref(&two));
        assert_eq!(call(&two, Pictures::Shown).map(|_| ()).unwrap_err().class(), FailureClass::Content);
    }

    #[test]
    fn a_message_has_its_method() {
        for (files, pictures, method) in [
            (0, Pictures::Shown, "sendMessage"),
            (1, Pictures::Shown, "sendPhoto"),
            (1, Pictures::AsFiles, "sendDocument"),
            (3, Pictures::Shown, "sendMediaGroup"),
            (3, Pictures::AsFiles, "sendMediaGroup"),
        ] {
            assert_eq!(call(&message("Hello", files), pictures).unwrap().method, method);
        }
        let mut named = message("Hello", 1);
        "IMAGE/PNG; name=a.png".clone_into(&mut named.attachments[0].content_type);
        assert_eq!(call(&named, Pictures::Shown).unwrap().method, "sendPhoto", "what follows the type is not of it");
    }

    #[test]
    fn a_text_names_its_chat_and_what_it_answers() {
        let body = |message: &Outbound| -> Value {
            serde_json::from_slice(&call(message, Pictures::Shown).unwrap().body).unwrap()
        };
        let reply = json!({ "message_id": 5, "allow_sending_without_reply": true });
        let plain = message("Hello", 0);
        assert_eq!(body(&plain), json!({ "chat_id": "77", "text": "Hello", "reply_parameters": reply }));
        let of_business =
            Outbound { thread_id: Some("conn:77".to_owned()), in_reply_to: Some("conn:77:5".to_owned()), ..plain };
        let expected = json!({
            "chat_id": "77", "text": "Hello", "reply_parameters": reply, "business_connection_id": "conn"
        });
        assert_eq!(body(&of_business), expected);
        let to_ana = json!({ "chat_id": "77", "text": "Hello" });
        let elsewhere = Outbound { in_reply_to: Some("78:5".to_owned()), thread_id: None, ..message("Hello", 0) };
        assert_eq!(body(&elsewhere), to_ana);
        let of_another = Outbound { thread_id: Some("conn:78".to_owned()), ..elsewhere };
        assert_eq!(body(&of_another), to_ana, "never in the thread of somebody else");
    }

    #[test]
    fn a_button_holds_what_stands_behind_it() {
        let rows = |payload: &str| keyboard(&with_choice(message("Which?", 0), payload));
        let expected = json!({ "inline_keyboard": [[{ "text": "Money back", "callback_data": "refund" }]] });
        assert_eq!(rows("refund"), Some(expected));
        let expected = json!({ "inline_keyboard": [[{ "text": "Money back", "callback_data": "Money back" }]] });
        assert_eq!(rows(""), Some(expected));
        let long = admit(&with_choice(message("Which?", 0), &"x".repeat(65)));
        assert_eq!(long.unwrap_err().class(), FailureClass::Content);
    }

    #[test]
    fn without_a_chat_nothing_leaves() {
        for to in [vec![], vec!["ana".to_owned()]] {
            let nowhere = Outbound { to, thread_id: None, ..message("Hello", 0) };
            let refused = call(&nowhere, Pictures::Shown).map(|_| ()).unwrap_err();
            assert_eq!(refused.class(), FailureClass::Recipient);
        }
    }
}
