//! What Twilio tells: forms whose fields it adds to as it likes.

pub(crate) mod client;
pub(crate) mod failure;
pub(crate) mod send;
pub(crate) mod signature;

use channel_contract::failure::ParseError;

use crate::fields::Fields;
use crate::read::{Event, Fate, File, Said};

/// How Twilio is named in words for people.
pub(crate) const PLATFORM: &str = "Twilio";

/// The words that Twilio answers by itself where they are a whole message, and names none of in its delivery, unless an account
/// has set up its own. After the first of them it takes no answer to the number. YES is not among them: Twilio answers
/// it only to whoever had written STOP, and from anybody else it is the answer to a question.
pub(crate) const ANSWERED: [&str; 12] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE", "START", "UNSTOP", "HELP", "INFO"];

/// The most files of one message that are read.
const MOST_FILES: usize = 20;

/// Reads the fields of a delivery to an account that answers these words by itself.
pub(crate) fn read(fields: &Fields, answered: &[String]) -> Result<Event, ParseError> {
    let id = fields.given("MessageSid").or_else(|| fields.given("SmsSid")).or_else(|| fields.given("SmsMessageSid"));
    let account = fields.get("AccountSid").to_owned();
    if id.is_none() && account.is_empty() {
        return Err(ParseError("the delivery is none of Twilio's: it names no message and no account".to_owned()));
    }
    let id = id.unwrap_or_default().to_owned();
    let status = fields.given("MessageStatus").or_else(|| fields.given("SmsStatus")).unwrap_or_default();
    if !matches!(status, "" | "received" | "receiving") {
        return Ok(Event::Status(Fate {
            id,
            account,
            to: fields.get("To").to_owned(),
            status: status.to_owned(),
            code: fields.get("ErrorCode").parse().ok(),
        }));
    }
    let files = files(fields);
    let is_message = fields.has("Body") || fields.has("NumMedia") || !files.is_empty();
    if fields.given("From").is_none() && (fields.given("Body").is_some() || !files.is_empty()) {
        return Err(ParseError("the message does not say from which number it came".to_owned()));
    }
    if fields.given("From").is_none() || !is_message {
        return Ok(Event::Other);
    }
    Ok(Event::Message(Box::new(Said {
        id,
        account,
        service: fields.get("MessagingServiceSid").to_owned(),
        from: fields.get("From").to_owned(),
        to: fields.get("To").to_owned(),
        name: fields.get("ProfileName").to_owned(),
        text: fields.get("Body").to_owned(),
        files,
        at: None,
        consent: match fields.get("OptOutType") {
            "STOP" => Some(false),
            "START" => Some(true),
            _ => None,
        },
        is_answered: fields.given("OptOutType").is_some() || is_answered(fields.get("Body"), answered),
    })))
}

fn is_answered(text: &str, answered: &[String]) -> bool {
    let word = text.trim().to_lowercase();
    !word.is_empty() && answered.iter().any(|known| known.trim().to_lowercase() == word)
}

fn files(fields: &Fields) -> Vec<File> {
    let file = |at: usize| {
        Some(File {
            url: fields.given(&format!("MediaUrl{at}"))?.to_owned(),
            content_type: fields.get(&format!("MediaContentType{at}")).to_owned(),
        })
    };
    (0..MOST_FILES).filter_map(file).collect()
}
