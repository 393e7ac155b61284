//! Renders every page from an invented shop into a folder, so that people can look at them:
//! `cargo run --example screens -- FOLDER`, then serve the folder (the pages name their files from the root).

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool for people who change pages"
)]

mod cast;
mod inbox;
mod rest;

use std::fs;
use std::path::{Path, PathBuf};

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use resolute::web::assets;
use resolute::web::page::{InboxQuery, InboxView, Page, Place, brand_css};

/// A page of Ida Holm.
fn page(place: Place) -> Page {
    let team = cast::team();
    let mut page = Page::new(&cast::brand(), &team[0], "token", place, cast::now());
    page.counts = resolute::store::conversations::Counts {
        needs_approval: 12,
        mine: 7,
        unassigned: 23,
        open: 96,
        waiting: 41,
        snoozed: 9,
    };
    page.channels = cast::channels();
    if place == Place::Inbox {
        page.inbox = Some(InboxQuery::of(InboxView::NeedsApproval));
    }
    page
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name.trim_start_matches('/'));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

async fn copy_assets(folder: &Path) {
    let app = init_service(actix_web::App::new().configure(assets::configure)).await;
    for name in ["app.css", "app.js", "htmx.js", "icons.svg"] {
        let address = assets::asset_url(name);
        let answer = call_service(&app, TestRequest::get().uri(&address).to_request()).await;
        write(folder, &address, &read_body(answer).await);
    }
    write(folder, "brand.css", brand_css(205).as_bytes());
}

#[actix_web::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder to write to"));
    copy_assets(&folder).await;
    let screens: Vec<_> = inbox::screens().into_iter().chain(rest::screens()).collect();
    for (name, html) in &screens {
        write(&folder, &format!("{name}.html"), html.as_bytes());
    }
    println!("{} screens in {}", screens.len(), folder.display());
}
