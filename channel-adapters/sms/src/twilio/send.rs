//! An answer as a form. Pure.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::Outbound;
use url::form_urlencoded::Serializer;

use crate::settings::{SmsSettings, Twilio};
use crate::{key, segments};

/// The most text in one message, in characters.
pub(crate) const LONGEST_TEXT: usize = 1600;

/// The form that sends an answer.
pub(crate) fn form(message: &Outbound, settings: &SmsSettings, twilio: &Twilio) -> Result<String, ChannelFailure> {
    let no_number =
        || ChannelFailure::refused(FailureClass::Recipient, "There is no phone number to answer this customer at.");
    let to = message.to.first().filter(|to| is_number(to)).ok_or_else(no_number)?;
    if let Some(words) = too_many_parts(&message.text, settings) {
        return Err(ChannelFailure::refused(FailureClass::Content, words));
    }
    let mut form = Serializer::new(String::new());
    form.append_pair("To", to);
    if twilio.messaging_service.is_empty() {
        form.append_pair("From", &settings.own_number());
    } else {
        form.append_pair("MessagingServiceSid", &twilio.messaging_service);
    }
    form.append_pair("Body", &message.text);
    if !settings.webhook_url.is_empty() {
        form.append_pair("StatusCallback", &key::address(&settings.webhook_url, message.command_id));
    }
    Ok(form.finish())
}

/// What is said of a text that takes more parts than are to be paid for.
pub(crate) fn too_many_parts(text: &str, settings: &SmsSettings) -> Option<String> {
    let (parts, most) = (segments::of(text), settings.most_segments);
    (most > 0 && parts.count > most).then(|| {
        let why = if parts.is_wide { " An emoji or another rare letter makes the parts shorter." } else { "" };
        format!("The text would be sent in {} parts, and this channel allows {most}.{why} Shorten it.", parts.count)
    })
}

/// Whether it can be a phone number, long or short.
fn is_number(to: &str) -> bool {
    let digits = to.strip_prefix('+').unwrap_or(to);
    (3..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to: &str, text: &str) -> Outbound {
        Outbound { to: vec![to.to_owned()], text: text.to_owned(), ..Outbound::empty() }
    }

    fn settings() -> SmsSettings {
        SmsSettings { number: "+4790".to_owned(), ..SmsSettings::default() }
    }

    #[test]
    fn an_answer_leaves_from_the_number_or_its_pool() {
        let hello = message("+4791234567", "Hi & bye");
        let form_of = |settings: &SmsSettings, twilio: &Twilio| form(&hello, settings, twilio).unwrap();
        assert_eq!(form_of(&settings(), &Twilio::default()), "To=%2B4791234567&From=%2B4790&Body=Hi+%26+bye");
        let pool = Twilio { messaging_service: "MG1".to_owned(), ..Twilio::default() };
        let told = SmsSettings { webhook_url: "https://d.example/1".to_owned(), ..settings() };
        let callback = "https%3A%2F%2Fd.example%2F1%3Fcommand%3D00000000-0000-0000-0000-000000000000";
        assert_eq!(
            form_of(&told, &pool),
            format!("To=%2B4791234567&MessagingServiceSid=MG1&Body=Hi+%26+bye&StatusCallback={callback}")
        );
    }

    #[test]
    fn a_text_in_too_many_parts_is_refused() {
        let frugal = SmsSettings { most_segments: 1, ..settings() };
        let sent = |text: &str| form(&message("+4791234567", text), &frugal, &Twilio::default());
        assert!(sent(&"x".repeat(160)).is_ok());
        let refused = sent(&"ç".repeat(71)).unwrap_err();
        assert_eq!(refused.class(), FailureClass::Content);
        assert!(refused.to_string().contains("2 parts") && refused.to_string().contains("rare letter"), "{refused}");
    }

    #[test]
    fn only_numbers_are_written_to() {
        for to in ["+4791234567", "2021"] {
            assert!(is_number(to), "{to}");
        }
        for to in ["", "+", "ana", "+47 91", "whatsapp:+4791234567", "+4791234567&To=1"] {
            let refused = form(&message(to, "Hello"), &settings(), &Twilio::default()).unwrap_err();
            assert_eq!(refused.class(), FailureClass::Recipient, "{to}");
        }
    }
}
