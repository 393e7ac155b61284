//! Calls to Twilio.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Effect, call};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use url::form_urlencoded::Serializer;

use super::{PLATFORM, failure};
use crate::settings::{SmsSettings, Twilio};

/// A message that was taken.
#[derive(Deserialize)]
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
pub(crate) async fn hand_over(
    http: &Client,
    twilio: &Twilio,
    form: String,
    now: OffsetDateTime,
) -> Result<String, ChannelFailure> {
    let (name, secret) = twilio.credentials();
    let request = http.post(twilio.url("Messages.json")).basic_auth(name, Some(secret)).body(form);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = call(request, Effect::Writes, PLATFORM, now).await?;
    if !answer.is_success() {
        return Err(failure::of(&answer, Effect::Writes));
    }
    let taken: Taken = serde_json::from_slice(&answer.body).map_err(|_| failure::unclear())?;
    Ok(taken.sid)
}

/// Whether the credentials count, the number is there, and what is written to it comes here.
pub(crate) async fn check(http: &Client, settings: &SmsSettings, twilio: &Twilio) -> Result<(), ChannelFailure> {
    if settings.number.is_empty() || !twilio.messaging_service.is_empty() {
        // What is written to a pool is sent where the pool says.
        return ask::<serde_json::Value>(http, twilio, "Messages.json?PageSize=1").await.map(|_| ());
    }
    let query = Serializer::new(String::new()).append_pair("PhoneNumber", &settings.number).finish();
    let numbers: Numbers = ask(http, twilio, &format!("IncomingPhoneNumbers.json?{query}")).await?;
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Permission, words));
    let Some(number) = numbers.incoming_phone_numbers.first() else {
        return refused("The account at Twilio no longer has this number.");
    };
    let goes_to = |place: &Option<String>| place.clone().unwrap_or_default();
    let (url, program) = (goes_to(&number.sms_url), goes_to(&number.sms_application_sid));
    if settings.webhook_url.is_empty() || (program.is_empty() && url == settings.webhook_url) {
        return Ok(());
    }
    refused(
        "Twilio sends what customers write to this number somewhere else. Set its address for messages there again.",
    )
}

async fn ask<T: DeserializeOwned>(http: &Client, twilio: &Twilio, what: &str) -> Result<T, ChannelFailure> {
    let (name, secret) = twilio.credentials();
    let request = http.get(twilio.url(what)).basic_auth(name, Some(secret));
    // Twilio says in seconds how long to wait, never by a date: no clock is needed.
    let answer = call(request, Effect::Reads, PLATFORM, OffsetDateTime::UNIX_EPOCH).await?;
    if answer.is_success() { answer.json(PLATFORM) } else { Err(failure::of(&answer, Effect::Reads)) }
}
