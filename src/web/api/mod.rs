//! The JSON twins of the pages, for programs with a bearer token.

pub mod approvals;
pub mod conversations;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::Error;

/// What a request carries; nothing at all is what the type has by default. What cannot be read is refused, so that nobody
/// takes an order that was not given.
fn body_of<T: DeserializeOwned + Default>(body: &[u8]) -> std::result::Result<T, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(T::default());
    }
    let unreadable = |why: &str| Error::Unreadable(format!("The body cannot be read: {why}. Nothing was done."));
    let fields: serde_json::Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| unreadable(&error.to_string()))?;
    T::deserialize(Value::Object(fields)).map_err(|error| unreadable(&error.to_string()))
}

/// An error as JSON: `{"error": "..."}`.
#[derive(Debug)]
pub struct ApiError(Error);

/// What API handlers give.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        if let Error::Internal(error) = &self.0 {
            tracing::error!(error = format!("{error:#}"), "an API request failed");
        }
        let mut answer = HttpResponse::build(self.status_code());
        if matches!(self.0, Error::NoToken) {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        answer.json(json!({ "error": self.0.words() }))
    }
}
