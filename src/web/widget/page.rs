//! The script that shops embed, and the frame that it opens.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::frames::State;
use super::replay::{Seat, state_of};
use super::words::{self, Words};
use super::{open_chat, own_origin};
use crate::app::Desk;
use crate::channels::live_chat::LiveChatSettings;
use crate::channels::live_chat::settings::IdentityMode;
use crate::inbox::connections::Connection;
use crate::inbox::notify::mailbox_of;
use crate::model::ChannelId;
use crate::web::assets::{self, Asset};
use crate::web::error::{Error, Result};
use crate::web::filters;

/// How the frame is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The shop's origin: the only one that the frame talks to.
    origin: String,
    /// The language of the shop's page.
    lang: String,
    /// `light`, `dark` or as the system has it.
    theme: String,
}

/// The frame.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "widget/panel.html")]
pub struct PanelPage {
    brand: String,
    initial: String,
    hue: i64,
    language: &'static str,
    direction: &'static str,
    theme: String,
    setting: String,
    words: &'static Words,
}

/// `GET /widget/{channel}?origin=&lang=&theme=`
pub async fn show(
    desk: web::Data<Desk>,
    request: HttpRequest,
    channel: web::Path<ChannelId>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let (connection, chat) = open_chat(&desk, *channel).await?;
    let settings = chat.settings();
    if !settings.allows_origin(&look.origin) {
        return Err(Error::Forbidden("The chat is not set up for this page.".to_owned()));
    }
    let brand = &connection.brand;
    let (language, words) = words::in_language(&look.lang, &brand.locale);
    let pre_chat: Vec<&str> = settings.pre_chat.iter().map(|field| field.as_str()).collect();
    let mailbox = mailbox_of(&desk.inbox(), brand.id).await?;
    let state = state_before(&desk, &connection, settings).await?;
    let setting = json!({
        "channel": channel.to_string(),
        "brand": brand.name,
        "origin": look.origin,
        "language": language,
        "pre_chat": pre_chat,
        "privacy": Some(&settings.privacy_url).filter(|address| address.starts_with("https://")),
        "sign_in": settings.identity == IdentityMode::Mandatory,
        "state": state,
        "mail": mailbox.map(|row| row.address),
        "away": settings.away_text,
        "words": words,
    });
    let page = PanelPage {
        brand: brand.name.clone(),
        initial: brand.initial(),
        hue: brand.hue,
        language,
        direction: words::direction(language),
        theme: if matches!(look.theme.as_str(), "light" | "dark") { look.theme.clone() } else { String::new() },
        setting: setting.to_string(),
        words,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            policy(&own_origin(&desk, &request), &settings.frame_ancestors()),
        ))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(page.render()?))
}

/// How things stand for somebody who is asked something first: as long as they have not answered, no line tells them.
async fn state_before(desk: &Desk, connection: &Connection, settings: &LiveChatSettings) -> Result<Option<State>> {
    if settings.pre_chat.is_empty() {
        return Ok(None);
    }
    let brand = &connection.brand;
    let seat = Seat {
        channel: connection.channel.id,
        brand: brand.id,
        visitor: Uuid::nil(),
        has_email: false,
        agent_level: brand.agent_level,
        conversation: None,
    };
    Ok(Some(state_of(desk, &seat).await?))
}

/// What the frame may load, and where it may stand.
fn policy(own: &str, ancestors: &str) -> String {
    let line = own.replacen("http", "ws", 1);
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' {line}; \
         base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
}

/// Where the script takes its words.
const NO_WORDS: &str = "const WORDS = {};";

/// The script, with what the launcher says in every language.
static LOADER: LazyLock<Asset> = LazyLock::new(|| {
    let words = format!("const WORDS = {};", json!(words::of_launcher()));
    Asset::made("widget/loader.js", assets::text("widget/loader.js").replacen(NO_WORDS, &words, 1))
});

/// `GET /widget.js`: small, kept for five minutes, so that a new version is everywhere soon.
pub async fn loader(request: HttpRequest) -> HttpResponse {
    assets::answer(&request, &LOADER, "public, max-age=300")
}

#[cfg(test)]
mod tests {
    use super::policy;

    #[test]
    fn the_frame_stands_only_where_it_may() {
        let policy = policy("https://desk.example", "shop.example *.fjord.example");
        assert!(policy.contains("connect-src 'self' wss://desk.example;"), "{policy}");
        assert!(policy.ends_with("frame-ancestors shop.example *.fjord.example"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
