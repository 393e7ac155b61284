//! The bytes between the desk and the server: bounded, checked, and turned into faults that hold no text.
//!
//! It sits below async-openai, which would otherwise retry in its own way, lose `Retry-After`, and write answers that
//! it cannot read, so texts of customers, to the log.

use std::time::Duration;

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use serde::de::IgnoredAny;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::dialect::Field;
use super::{LlmError, Refusal};

const LONGEST_ANSWER: usize = 8 << 20;

/// What went wrong in one exchange. No text of either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub(super) enum Fault {
    Busy {
        after: Option<Duration>,
    },
    Down {
        after: Option<Duration>,
    },
    /// Somebody between here and the model gave up waiting, while that may be at work.
    Late {
        after: Option<Duration>,
    },
    Unreachable,
    Lost,
    Slow,
    NotJson,
    TooLong,
    Unknown(Field),
    Refused(Refusal),
}

impl Fault {
    /// Whether the same call may go well in a moment.
    pub(super) fn passes(self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Down { .. } | Self::Late { .. } | Self::Unreachable | Self::Lost)
    }

    /// Whether the server let no model see the call. Where an answer was lost on its way, or nobody waited for it, it was asked
    /// all the same.
    pub(super) fn costs_nothing(self) -> bool {
        !matches!(self, Self::Late { .. } | Self::Lost | Self::Slow | Self::NotJson)
    }

    /// How long the server asked to wait.
    pub(super) fn asked_pause(self) -> Option<Duration> {
        match self {
            Self::Busy { after } | Self::Down { after } | Self::Late { after } => after,
            _ => None,
        }
    }
}

impl From<Fault> for LlmError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Busy { after } | Fault::Down { after: after @ Some(_) } | Fault::Late { after: after @ Some(_) } => {
                Self::Retry { after }
            }
            Fault::Down { after: None } => Self::Unavailable { reason: "its server reports trouble of its own" },
            Fault::Unreachable => Self::Unavailable { reason: "its server cannot be reached" },
            Fault::Lost => Self::Unavailable { reason: "the connection broke off" },
            Fault::Slow | Fault::Late { after: None } => Self::Unavailable { reason: "its server took too long" },
            Fault::NotJson => Self::nonsense("it is not JSON"),
            Fault::TooLong => Self::TooLong,
            Fault::Unknown(_) => Self::Refused(Refusal::Form { status: 400 }),
            Fault::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

impl From<OpenAIError> for Fault {
    fn from(error: OpenAIError) -> Self {
        match error {
            OpenAIError::Boxed(error) => error.downcast_ref::<Self>().copied().unwrap_or(Self::Lost),
            OpenAIError::Reqwest(error) => Self::of_transport(&error),
            OpenAIError::JSONDeserialize(..) => Self::NotJson,
            OpenAIError::InvalidArgument(_) => Self::Refused(Refusal::Form { status: 0 }),
            _ => Self::Lost,
        }
    }
}

impl From<Fault> for OpenAIError {
    fn from(fault: Fault) -> Self {
        Self::Boxed(Box::new(fault))
    }
}

impl Fault {
    fn of_transport(error: &reqwest::Error) -> Self {
        match error {
            _ if error.is_connect() => Self::Unreachable,
            _ if error.is_timeout() => Self::Slow,
            _ => Self::Lost,
        }
    }

    /// Reads a refusal. The text is looked at for words of the protocol only, and dropped.
    fn of_status(status: u16, after: Option<Duration>, text: &str) -> Self {
        let text = text.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match status {
            401 => Self::Refused(Refusal::Key),
            402 => Self::Refused(Refusal::Credit),
            403 => Self::Refused(Refusal::Permission),
            404 => Self::Refused(Refusal::Model),
            413 => Self::TooLong,
            429 if names(&["insufficient_quota", "billing"]) => Self::Refused(Refusal::Credit),
            429 => Self::Busy { after },
            408 | 504 | 524 | 598 | 599 => Self::Late { after },
            425 | 500 | 502.. => Self::Down { after },
            _ if names(&[
                "context_length",
                "context length",
                "maximum context",
                "context window",
                "prompt is too long",
            ]) =>
            {
                Self::TooLong
            }
            _ if names(&["response_format", "json_schema", "json_object", "grammar"]) => Self::Unknown(Field::Format),
            _ if names(&["max_tokens", "max_completion_tokens"]) => Self::Unknown(Field::Limit),
            _ if names(&["temperature"]) => Self::Unknown(Field::Temperature),
            _ => Self::Refused(Refusal::Form { status }),
        }
    }
}

/// The service that async-openai sends through.
pub(super) fn service(
    client: reqwest::Client,
) -> impl tower::Service<
    HttpRequestFactory,
    Response = Response,
    Error = OpenAIError,
    Future = impl Future<Output = Result<Response, OpenAIError>> + Send + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    tower::service_fn(move |request: HttpRequestFactory| {
        let client = client.clone();
        async move {
            let response = client.execute(request.build().await?).await;
            let response = response.map_err(|error| Fault::of_transport(&error))?;
            Ok(checked(response).await?)
        }
    })
}

async fn checked(response: Response) -> Result<Response, Fault> {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_page = kind.starts_with("text/html");
    if !status.is_success() {
        let after = retry_after(response.headers());
        let text = whole(response).await.unwrap_or_default();
        return Err(Fault::of_status(status.as_u16(), after, &String::from_utf8_lossy(&text)));
    }
    if is_page {
        return Err(Fault::Refused(Refusal::Address));
    }
    let text = whole(response).await?;
    serde_json::from_slice::<IgnoredAny>(&text).map_err(|_| Fault::NotJson)?;
    Ok(::http::Response::new(reqwest::Body::from(text)).into())
}

async fn whole(mut response: Response) -> Result<Bytes, Fault> {
    let mut text = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Fault::of_transport(&error))? {
        if text.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Fault::NotJson);
        }
        text.extend_from_slice(&chunk);
    }
    Ok(text.freeze())
}

/// Seconds, or a moment, which counts from the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let given = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = given.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = OffsetDateTime::parse(given, &Rfc2822).ok()?;
    let now = OffsetDateTime::parse(text(DATE)?, &Rfc2822).ok()?;
    Some(Duration::try_from(at - now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn refusals_are_read_by_what_to_do_next() {
        let second = Some(Duration::from_secs(1));
        for (status, text, wanted) in [
            (401, "", Fault::Refused(Refusal::Key)),
            (429, "slow down", Fault::Busy { after: second }),
            (429, r#"{"error":{"type":"insufficient_quota"}}"#, Fault::Refused(Refusal::Credit)),
            (503, "<html>", Fault::Down { after: second }),
            (408, "", Fault::Late { after: second }),
            (504, "<html>", Fault::Late { after: second }),
            (524, "", Fault::Late { after: second }),
            (400, "maximum context length is 8192, lower max_tokens", Fault::TooLong),
            (400, "Unsupported parameter: 'max_tokens'", Fault::Unknown(Field::Limit)),
            (422, "extra field: response_format", Fault::Unknown(Field::Format)),
            (501, "json_schema is not implemented", Fault::Unknown(Field::Format)),
            (400, "no", Fault::Refused(Refusal::Form { status: 400 })),
        ] {
            assert_eq!(Fault::of_status(status, second, text), wanted, "{status} {text}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_moment() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, HeaderValue::from_static("Mon, 23 Nov 2026 16:00:00 GMT"));
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Mon, 23 Nov 2026 16:01:30 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(read("Mon, 23 Nov 2026 15:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!((read("-1"), read("soon"), read("1e300")), (None, None, None));
    }
}
