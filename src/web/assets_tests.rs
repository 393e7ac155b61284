//! Tests of the embedded files.

use std::{collections::BTreeSet, fs, io::Read, path::Path};

use actix_web::{
    App,
    dev::ServiceResponse,
    test::{TestRequest, call_service, init_service, read_body},
};
use flate2::read::GzDecoder;

use super::*;

async fn get(path: &str, headers: &[(&'static str, &str)]) -> ServiceResponse {
    let app = init_service(App::new().configure(configure)).await;
    let request = headers.iter().fold(TestRequest::get().uri(path), |request, header| request.insert_header(*header));
    call_service(&app, request.to_request()).await
}

fn header_of<'a>(response: &'a ServiceResponse, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn a_file_is_kept_for_good_under_its_hash() {
    let response = get(&asset_url("app.css"), &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header_of(&response, "content-type"), "text/css; charset=utf-8");
    assert_eq!(read_body(response).await, Asset::find("app.css").unwrap().bytes);
}

#[actix_web::test]
async fn gzip_is_sent_when_asked_for_and_has_its_own_tag() {
    let plain = get(&asset_url("app.css"), &[("accept-encoding", "br")]).await;
    let packed = get(&asset_url("app.css"), &[("accept-encoding", "gzip, deflate, br, zstd")]).await;
    assert_eq!(header_of(&packed, "content-encoding"), "gzip");
    assert_ne!(header_of(&plain, "etag"), header_of(&packed, "etag"));
    let mut text = Vec::new();
    GzDecoder::new(&read_body(packed).await[..]).read_to_end(&mut text).unwrap();
    assert_eq!(read_body(plain).await, text);
}

#[actix_web::test]
async fn a_known_file_is_not_sent_again() {
    let first = get(&asset_url("icons.svg"), &[]).await;
    let tag = header_of(&first, "etag").to_owned();
    let again = get(&asset_url("icons.svg"), &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header_of(&again, "etag"), tag);
    let changed = get(&asset_url("icons.svg"), &[("if-none-match", "\"other\"")]).await;
    assert_eq!(changed.status(), StatusCode::OK);
}

#[actix_web::test]
async fn another_hash_gets_the_present_file_but_may_not_keep_it() {
    let response = get("/static/0000000000000000/icons.svg", &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "cache-control"), "no-cache");
    assert_eq!(header_of(&response, "content-type"), "image/svg+xml");
}

#[actix_web::test]
async fn what_is_not_embedded_is_not_found() {
    for path in ["/static/0/../Cargo.toml", "/static/0/css/tokens.css", &asset_url("nothing.css")] {
        assert_eq!(get(path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn the_sheet_holds_every_component_and_loads_nothing() {
    let sheet = std::str::from_utf8(Asset::find("app.css").unwrap().bytes).unwrap();
    let (tokens, element, component) = (sheet.find("--ink:"), sheet.find("body {"), sheet.find(".icon {"));
    assert!(tokens.is_some() && tokens < element && element < component);
    // The content policy refuses foreign files, and a relative address would miss the hash.
    assert!(!sheet.contains("@import") && !sheet.contains("url("));
}

#[test]
fn every_asset_and_icon_that_a_template_names_exists() {
    let icons = std::str::from_utf8(Asset::find("icons.svg").unwrap().bytes).unwrap();
    let symbols: BTreeSet<&str> = after(icons, "<symbol id=\"").collect();
    assert!(symbols.contains("mail"));
    for template in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")) {
        let text = fs::read_to_string(&template).unwrap();
        for name in after(&text, "asset_url(\"") {
            assert!(Asset::find(name).is_some(), "{}: no asset {name}", template.display());
        }
        for name in after(&text, "asset_url(\"icons.svg\") }}#").filter(|name| !name.contains("{{")) {
            assert!(symbols.contains(name), "{}: no icon {name}", template.display());
        }
    }
}

/// The words that stand between each `mark` and the next quote.
fn after<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(mark).skip(1).filter_map(|rest| rest.split('"').next())
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
