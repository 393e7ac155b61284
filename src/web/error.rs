//! What a person sees when something does not work: kind and short outside, everything else in the log.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::filters;
use crate::inbox::InboxError;
use crate::store;

/// How soon a request that cannot be answered now may be sent again, in seconds: what `Retry-After` says.
pub const COME_AGAIN: &str = "2";

/// A request that could not be answered as asked.
#[derive(Debug)]
pub enum Error {
    /// There is no such page or thing.
    NotFound,
    /// It was there and is no more, for good.
    Gone(String),
    /// Nobody is signed in.
    SignIn,
    /// A program sent no token, or one that nobody has.
    NoToken,
    /// The address or the body is not as it should be.
    Unreadable(String),
    /// The person may not do this.
    Forbidden(String),
    /// It is not acceptable as given.
    Invalid(String),
    /// Somebody or something was faster.
    Conflict(String),
    /// Too many attempts.
    TooMany(String),
    /// What was sent did not come to its end in time.
    TooSlow(String),
    /// The desk is busy or its database is away: the same request may work later.
    Unavailable(String),
    /// A fault of ours.
    Internal(anyhow::Error),
}

/// What handlers give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// With a sentence more, where it is one that a person can mend.
    #[must_use]
    pub fn and(self, more: &str) -> Self {
        match self {
            Self::Forbidden(words) => Self::Forbidden(format!("{words} {more}")),
            Self::Invalid(words) => Self::Invalid(format!("{words} {more}")),
            Self::Conflict(words) => Self::Conflict(format!("{words} {more}")),
            Self::Unavailable(words) => Self::Unavailable(format!("{words} {more}")),
            other => other,
        }
    }

    /// The words for a person.
    pub fn words(&self) -> String {
        match self {
            Self::NotFound => "There is nothing here. It may have been moved or removed.".to_owned(),
            Self::SignIn => "Sign in to go on.".to_owned(),
            Self::NoToken => "A valid API token is needed: `Authorization: Bearer ...`.".to_owned(),
            Self::Gone(words)
            | Self::Unreadable(words)
            | Self::Forbidden(words)
            | Self::Invalid(words)
            | Self::Conflict(words)
            | Self::TooMany(words)
            | Self::TooSlow(words)
            | Self::Unavailable(words) => words.clone(),
            Self::Internal(_) => {
                "Something went wrong on our side. What you sent may not be stored. Go back: your browser still has it. Look \
                 whether it is there before you send it again."
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl std::error::Error for Error {}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone(_) => StatusCode::GONE,
            Self::SignIn => StatusCode::SEE_OTHER,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(error) = self {
            tracing::error!(error = format!("{error:#}"), "a request failed");
        }
        if matches!(self, Self::SignIn) {
            return HttpResponse::SeeOther().insert_header((header::LOCATION, "/session/new")).finish();
        }
        let status = self.status_code();
        let mut answer = HttpResponse::build(status);
        if matches!(self, Self::Unavailable(_)) {
            answer.insert_header((header::RETRY_AFTER, COME_AGAIN));
        }
        match ErrorPage::new(status.as_u16(), self.words()).render() {
            Ok(html) => answer.content_type("text/html; charset=utf-8").body(html),
            Err(_) => answer.content_type("text/plain; charset=utf-8").body(self.words()),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            error if error.gave_way() => {
                tracing::warn!(%error, "a change gave way to another one");
                Self::Unavailable(
                    "Somebody changed the same at this moment. Nothing of yours was changed; do it again.".to_owned(),
                )
            }
            store::Error::Unavailable(source) => {
                tracing::error!(%source, "the database does not answer");
                Self::Unavailable(
                    "The database does not answer. Nothing was changed; try again in a moment.".to_owned(),
                )
            }
            store::Error::DamagedIndex(source) => {
                tracing::error!(%source, "the search index is damaged");
                Self::Unavailable(
                    "The search index is damaged. No message is lost, and nothing was changed. The desk makes the index \
                     anew: try again in a minute. If this stays, start the desk again."
                        .to_owned(),
                )
            }
            other => Self::Internal(other.into()),
        }
    }
}

impl From<InboxError> for Error {
    fn from(error: InboxError) -> Self {
        match error {
            InboxError::NotFound => Self::NotFound,
            InboxError::Conflict(words) => Self::Conflict(words),
            InboxError::Overtaken | InboxError::Parted | InboxError::WrittenMeanwhile => {
                Self::Conflict(error.to_string())
            }
            InboxError::Forbidden(words) => Self::Forbidden(words),
            InboxError::Invalid(words) => Self::Invalid(words),
            InboxError::Files(_) => {
                tracing::error!(%error, "the file store does not answer");
                Self::Unavailable(
                    "The file store does not answer. Nothing was changed; try again in a moment.".to_owned(),
                )
            }
            InboxError::Store(error) => error.into(),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// A page without the desk around it: it needs neither a session nor the database. A page that asked through htmx
/// shows only its words and keeps what was typed.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "errors/page.html")]
pub struct ErrorPage {
    head: &'static str,
    words: String,
}

impl ErrorPage {
    /// For an HTTP status, with words for a person.
    pub fn new(status: u16, words: impl Into<String>) -> Self {
        let head = match status {
            400 => "This cannot be read",
            403 => "You may not do this",
            404 => "Nothing here",
            408 => "This took too long",
            410 => "This link has ended",
            409 => "Somebody was faster",
            422 => "Not possible as given",
            429 => "Too many attempts",
            503 => "Not available right now",
            _ => "Something went wrong",
        };
        Self { head, words: words.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_fault_of_ours_promises_nothing_that_nobody_knows() {
        let words = Error::Internal(anyhow::anyhow!("a table is gone")).words();
        assert!(!words.contains("lost") && !words.contains("table"), "{words}");
        assert!(words.contains("may not be stored") && words.contains("your browser still has it"), "{words}");
    }
}
