//! Calls to Twilio.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Effect, Outside};
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{PLATFORM, failure};
use crate::settings::{SmsSettings, Twilio};

/// A message that was taken.
#[derive(Default, Deserialize)]
struct Taken {
    sid: String,
}

/// The numbers of an account.
#[derive(Deserialize)]
struct Numbers {
    incoming_phone_numbers: Vec<Number>,
}

/// What happens to what is written to a number.
#[derive(Deserialize)]
struct Number {
    #[serde(default)]
    sms_url: Option<String>,
    /// A program of Twilio's that gets it in place of the address.
    #[serde(default)]
    sms_application_sid: Option<String>,
}

/// Hands an answer over, and gives its id.
pub(crate) async fn hand_over(outside: &Outside, twilio: &Twilio, form: String) -> Result<String, ChannelFailure> {
    let (name, secret) = twilio.credentials();
    let request = outside.client.post(twilio.url("Messages.json")?).basic_auth(name, Some(secret)).body(form);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = outside.call(request, Effect::Writes, PLATFORM).await?;
    if !answer.is_success() {
        return Err(failure::of(&answer, Effect::Writes));
    }
    let taken = serde_json::from_slice::<Taken>(&answer.body).unwrap_or_default();
    if taken.sid.is_empty() { Err(ChannelFailure::unclear(PLATFORM)) } else { Ok(taken.sid) }
}

/// Whether the credentials count, the number is there, and what is written to it comes here.
pub(crate) async fn check(outside: &Outside, settings: &SmsSettings, twilio: &Twilio) -> Result<(), ChannelFailure> {
    if settings.number.is_empty() || !twilio.messaging_service.is_empty() {
        // What is written to a pool is sent where the pool says.
        return ask::<serde_json::Value>(outside, twilio, "Messages.json", ("PageSize", "1")).await.map(|_| ());
    }
    let own = settings.own_number();
    let query = ("PhoneNumber", own.as_str());
    let numbers: Numbers = ask(outside, twilio, "IncomingPhoneNumbers.json", query).await?;
    let refused = |words: &str| ChannelFailure::refused(FailureClass::Permission, words);
    let Some(number) = numbers.incoming_phone_numbers.first() else {
        return Err(refused("The account at Twilio no longer has this number."));
    };
    let goes_to = |place: &Option<String>| place.clone().unwrap_or_default();
    let (url, program) = (goes_to(&number.sms_url), goes_to(&number.sms_application_sid));
    if settings.webhook_url.is_empty() || (program.is_empty() && url == settings.webhook_url) {
        return Ok(());
    }
    let words =
        "Twilio sends what customers write to this number somewhere else. Set its address for messages there again.";
    Err(refused(words).unheard())
}

async fn ask<T: DeserializeOwned>(
    outside: &Outside,
    twilio: &Twilio,
    what: &str,
    (name, value): (&str, &str),
) -> Result<T, ChannelFailure> {
    let mut url = twilio.url(what)?;
    url.query_pairs_mut().append_pair(name, value);
    let (user, secret) = twilio.credentials();
    let request = outside.client.get(url).basic_auth(user, Some(secret));
    let answer = outside.call(request, Effect::Reads, PLATFORM).await?;
    if answer.is_success() { answer.json(PLATFORM) } else { Err(failure::of(&answer, Effect::Reads)) }
}
