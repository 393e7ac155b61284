//! The JSON twins of the pages, for programs with a bearer token.

pub mod approvals;
pub mod conversations;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use super::error::Error;

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
