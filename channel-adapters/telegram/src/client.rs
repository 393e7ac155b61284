//! Calls to Telegram. Their addresses hold the token, so nothing of an address is ever put into words.

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Answer, Effect, Outside};
use channel_contract::wire;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    outside: &Outside,
    settings: &TelegramSettings,
    sent: Call,
) -> Result<Outcome, ChannelFailure> {
    let request = outside.client.post(settings.method_url(sent.method)?);
    let request = request.header(CONTENT_TYPE, sent.content_type).body(sent.body);
    let (answer, reply) = made(outside, request, Effect::Writes).await?;
    match reply {
        Some(reply) if is_done(&answer, &reply) => Ok(Outcome::Done(reply.result)),
        Some(reply) if failure::is_about_a_picture(&reply) => Ok(Outcome::NoPicture),
        reply => Err(failure::of(&answer, &reply.unwrap_or_default(), Effect::Writes)),
    }
}

/// Asks for something and changes nothing that customers see.
pub(crate) async fn ask<T: DeserializeOwned>(
    outside: &Outside,
    settings: &TelegramSettings,
    method: &str,
    parameters: &Value,
) -> Result<T, ChannelFailure> {
    let request = outside.client.post(settings.method_url(method)?).json(parameters);
    let (answer, reply) = made(outside, request, Effect::Reads).await?;
    match reply {
        Some(reply) if is_done(&answer, &reply) => {
            serde_json::from_value(reply.result).map_err(|_| ChannelFailure::unreadable(PLATFORM))
        }
        reply => Err(failure::of(&answer, &reply.unwrap_or_default(), Effect::Reads)),
    }
}

/// A call, and what it was answered with; `None` where that is not Telegram's.
async fn made(
    outside: &Outside,
    request: RequestBuilder,
    effect: Effect,
) -> Result<(Answer, Option<Reply>), ChannelFailure> {
    let answer = outside.call(request, effect, PLATFORM).await?;
    let reply = wire::typed(&answer.body).ok();
    Ok((answer, reply))
}

fn is_done(answer: &Answer, reply: &Reply) -> bool {
    answer.is_success() && reply.ok.is_set()
}
