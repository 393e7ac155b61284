//! What is said when an address, a form or a body cannot be read: in the desk's words, as a page or as JSON.

use actix_web::HttpRequest;
use actix_web::web::{FormConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig};

use super::api::ApiError;
use super::error::Error;
use super::guard::FORM;

/// How the server reads what comes with a request.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .app_data(PayloadConfig::new(FORM))
        .app_data(QueryConfig::default().error_handler(|_, request| {
            let words = "There is no such page: a part of the address behind the question mark is not one of ours.";
            answer(request, Error::Unreadable(words.to_owned()))
        }))
        .app_data(PathConfig::default().error_handler(|_, request| answer(request, Error::NotFound)))
        .app_data(FormConfig::default().error_handler(|_, request| {
            let words = "The form could not be read. Go back and send it again.";
            answer(request, Error::Unreadable(words.to_owned()))
        }));
}

/// An address that nobody answers at.
pub(super) async fn nowhere(request: HttpRequest) -> actix_web::Result<actix_web::HttpResponse> {
    Err(answer(&request, Error::NotFound))
}

/// An error in the words of whoever asked: as a page, or as JSON for programs.
pub(super) fn answer(request: &HttpRequest, error: Error) -> actix_web::Error {
    let path = request.path();
    // Of the chat, people see the page alone; what is behind it is asked by its program.
    let is_for_programs = ["/api/", "/webhooks/", "/hooks/"].iter().any(|start| path.starts_with(start))
        || path.starts_with("/widget/") && path.matches('/').count() > 2;
    if is_for_programs { ApiError::from(error).into() } else { error.into() }
}
