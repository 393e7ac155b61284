//! What can be connected.

use askama::Template;

use crate::channels::guides;
use crate::model::channel::ChannelKind;
use crate::web::filters;
use crate::web::page::{BrandMenu, Page};
use crate::web::words::channel_icon;

/// `GET /channels/new`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/kinds.html")]
pub struct KindsPage {
    page: Page,
    menu: BrandMenu,
    kinds: Vec<KindView>,
}

#[derive(Debug)]
struct KindView {
    href: String,
    icon: &'static str,
    name: &'static str,
    about: &'static str,
}

impl KindsPage {
    /// Mail and the desk's own chat first, then the platforms.
    pub fn new(page: Page) -> Self {
        let brand = page.brand.slug.clone();
        let mail = KindView {
            href: format!("/channels/new?kind=email&brand={brand}"),
            icon: channel_icon(ChannelKind::Email),
            name: "Mail",
            about: "A mailbox on any server. It stays there; the desk reads it and sends from it. About two minutes.",
        };
        let chat = KindView {
            href: format!("/channels/chats/new?brand={brand}"),
            icon: channel_icon(ChannelKind::LiveChat),
            name: "Live chat",
            about: "The desk’s own chat, by one line on the shop’s pages. About two minutes.",
        };
        let platforms = guides().map(|guide| KindView {
            href: format!("/channels/new?kind={}&brand={brand}", guide.word),
            icon: channel_icon(guide.kind),
            name: guide.name,
            about: guide.about,
        });
        let kinds = [mail, chat].into_iter().chain(platforms).collect();
        Self { menu: page.brand_menu("/channels/new"), kinds, page }
    }
}
