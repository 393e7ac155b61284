//! Style sheet, scripts and icons, embedded in the binary and served under their content hash.
//!
//! `build.rs` joins the sheets into `app.css`, our scripts into `app.js` and those of the chat into `panel.js`, and embeds
//! `htmx.js` (empty when the build had no npm) and every other file of `static/` under its path. An address holds the
//! hash of the content, so a browser keeps a file for good and a changed file is a new address.

use std::{
    io::Write,
    sync::{LazyLock, OnceLock},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, AcceptEncoding, ContentEncoding, EntityTag, Header, IfNoneMatch},
    },
    web,
};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| EMBEDDED.iter().map(|(name, bytes)| Asset::new(name, bytes)).collect());

/// A file as it is served.
pub(super) struct Asset {
    name: &'static str,
    bytes: &'static [u8],
    hash: String,
    /// Filled by the first browser that takes gzip; `None` when it would not be smaller.
    gzip: OnceLock<Option<Vec<u8>>>,
}

impl Asset {
    fn new(name: &'static str, bytes: &'static [u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hash = hex::encode(digest.get(..8).unwrap_or_default());
        Self { name, bytes, hash, gzip: OnceLock::new() }
    }

    /// A text that is finished only when the program runs, and kept as long as that.
    pub(super) fn made(name: &'static str, text: String) -> Self {
        Self::new(name, text.leak().as_bytes())
    }

    fn find(name: &str) -> Option<&'static Self> {
        ASSETS.iter().find(|asset| asset.name == name)
    }

    fn content_type(&self) -> &'static str {
        match self.name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "json" | "webmanifest" => "application/json",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }

    fn gzip(&self) -> Option<&[u8]> {
        let packed = self.gzip.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            let packed = encoder.write_all(self.bytes).and_then(|()| encoder.finish()).ok()?;
            (packed.len() < self.bytes.len()).then_some(packed)
        });
        packed.as_deref()
    }
}

/// The address of an asset, for templates: `asset_url("app.css")`, `asset_url("icons.svg")`.
///
/// A name that is not embedded gives an address that answers 404.
pub fn asset_url(name: &str) -> String {
    let hash = Asset::find(name).map_or("unknown", |asset| &asset.hash);
    format!("/static/{hash}/{name}")
}

/// Whether the build had npm, so that pages may load `htmx.js`.
pub fn has_htmx() -> bool {
    Asset::find("htmx.js").is_some_and(|asset| !asset.bytes.is_empty())
}

/// Mounts `GET /static/{hash}/{name}`, for the route table.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/static/{hash}/{name:.*}", web::get().to(show));
}

/// An embedded file as a text; `""` for a name that is not embedded.
pub(super) fn text(name: &str) -> &'static str {
    Asset::find(name).and_then(|asset| std::str::from_utf8(asset.bytes).ok()).unwrap_or_default()
}

async fn show(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (hash, name) = path.into_inner();
    let Some(asset) = Asset::find(&name) else {
        return HttpResponse::NotFound().finish();
    };
    // While a new version is rolled out, a page of one process may ask another: it gets what is there, not kept.
    let keep = if hash == asset.hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer(&request, asset, keep)
}

/// A file, kept as long as `keep` says.
pub(super) fn answer(request: &HttpRequest, asset: &'static Asset, keep: &'static str) -> HttpResponse {
    let packed = if accepts_gzip(request) { asset.gzip() } else { None };
    let tag = EntityTag::new_strong(format!("{}{}", asset.hash, if packed.is_some() { "-gzip" } else { "" }));

    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, keep))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(header::ETag(tag.clone()));
    if is_known(request, &tag) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(asset.content_type());
    match packed {
        Some(bytes) => response.insert_header(ContentEncoding::Gzip).body(bytes.to_vec()),
        // Said outright, so that no middleware packs it again under the same tag.
        None => response.insert_header(ContentEncoding::Identity).body(asset.bytes),
    }
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    let offered = [header::Encoding::gzip(), header::Encoding::identity()];
    AcceptEncoding::parse(request)
        .ok()
        .and_then(|accepted| accepted.negotiate(offered.iter()))
        .is_some_and(|chosen| chosen == header::Encoding::gzip())
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

#[cfg(test)]
#[path = "assets_tests.rs"]
mod tests;
