//! Calls to Telegram. Their addresses hold the token, so nothing of an address is ever put into words.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, call};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use crate::failure::{self, PLATFORM};
use crate::send::Call;
use crate::settings::TelegramSettings;
use crate::wire::Reply;

/// What came of a call.
pub(crate) enum Outcome {
    /// It was done: what it gives.
    Done(Value),
    /// A picture is not taken as one, and nothing was done.
    NoPicture,
}

/// Hands a message over.
pub(crate) async fn hand_over(
    http: &Client,
    settings: &TelegramSettings,
    sent: Call,
    now: OffsetDateTime,
) -> Result<Outcome, ChannelFailure> {
    let request = http.post(settings.method_url(sent.method)).header(CONTENT_TYPE, sent.content_type).body(sent.body);
    let (answer, reply) = made(request, Effect::Writes, now).await?;
    match reply {
        Some(reply) if is_done(&answer, &reply) => Ok(Outcome::Done(reply.result)),
        Some(reply) if failure::is_about_a_picture(&reply) => Ok(Outcome::NoPicture),
        reply if answer.is_success() && reply.is_none() => Err(failure::unclear()),
        reply => Err(failure::of(&answer, &reply.unwrap_or_default(), Effect::Writes)),
    }
}

/// Asks for something and changes nothing that customers see.
pub(crate) async fn ask<T: DeserializeOwned>(
    http: &Client,
    settings: &TelegramSettings,
    method: &str,
    parameters: &Value,
) -> Result<T, ChannelFailure> {
    let request = http.post(settings.method_url(method)).json(parameters);
    // Telegram says in seconds how long to wait, never by a date: no clock is needed.
    let (answer, reply) = made(request, Effect::Reads, OffsetDateTime::UNIX_EPOCH).await?;
    let unreadable = || ChannelFailure::Retry {
        class: FailureClass::Protocol,
        after: None,
        reason: "Telegram answered something that cannot be read.".to_owned(),
    };
    match reply {
        Some(reply) if is_done(&answer, &reply) => serde_json::from_value(reply.result).map_err(|_| unreadable()),
        reply if answer.is_success() && reply.is_none() => Err(unreadable()),
        reply => Err(failure::of(&answer, &reply.unwrap_or_default(), Effect::Reads)),
    }
}

/// A call, and what it was answered with; `None` where that is not Telegram's.
async fn made(
    request: RequestBuilder,
    effect: Effect,
    now: OffsetDateTime,
) -> Result<(Answer, Option<Reply>), ChannelFailure> {
    let answer = call(request, effect, PLATFORM, now).await?;
    let reply = serde_json::from_slice(&answer.body).ok();
    Ok((answer, reply))
}

fn is_done(answer: &Answer, reply: &Reply) -> bool {
    answer.is_success() && reply.ok.0 == Some(true)
}
