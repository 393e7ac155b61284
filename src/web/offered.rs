//! Files of replies, for platforms that fetch them: whoever has an address has its file, and nothing else.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use super::error::{Error, Result};
use super::file_name::disposition;
use crate::app::Desk;
use crate::store::files::FileError;

/// `GET /files/{token}`: without a session, as long as the address says.
pub async fn show(desk: web::Data<Desk>, token: web::Path<String>) -> Result<HttpResponse> {
    let file = desk.offers.open(&token).ok_or(Error::NotFound)?;
    let content = desk.files.get(&file.storage_key).await.map_err(|error| match error {
        FileError::Missing => Error::NotFound,
        other => Error::Unavailable(other.to_string()),
    })?;
    Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .insert_header((header::CONTENT_DISPOSITION, disposition(file.is_picture(), &file.name)))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"))
        .body(content))
}
