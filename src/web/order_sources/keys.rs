//! Keys that a shop on WooCommerce makes itself: the desk's word goes with its owner to the shop, the shop sends the keys with that
//! word, and leads the owner back.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::connect::{connected_twice, href, keep, tried};
use super::kinds::ShopKind;
use crate::app::Desk;
use crate::commerce::sources::woocommerce::{self, Keys};
use crate::credentials::new_token;
use crate::inbox::connecting::sentence;
use crate::model::order::OrderSourceRow;
use crate::model::teammate::{Role, Teammate};
use crate::model::{BrandId, OrderSourceId};
use crate::store::{order_sources, sessions};
use crate::web::body::Room;
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::guard::{SignedIn, session_hash};

/// How long the owner has at the shop.
const LASTS: Duration = Duration::from_mins(15);
/// The largest document with keys, in bytes.
const LIMIT: usize = 16 * 1024;
/// What all of them take in memory while they come.
static ROOM: Room = Room::of_kib(1024);
/// How long one may take to come.
const WITHIN: Duration = Duration::from_secs(10);
/// What the keys must be allowed to do.
const NEEDED: &str = "read_write";

/// What was asked, sealed in the word.
#[derive(Debug, Deserialize, Serialize)]
struct Asked {
    brand: BrandId,
    name: String,
    settings: Value,
    /// Until when, in seconds since 1970.
    until: i64,
    /// The session in which it was asked, as it is stored: whoever signs out has taken it back.
    session: String,
}

/// The shop's page that asks its owner for keys, for a shop that is to be kept as this row; why there is none, in words.
pub(super) fn asked(desk: &Desk, request: &HttpRequest, row: &OrderSourceRow) -> std::result::Result<String, String> {
    let origin = desk.config.public_address();
    if !origin.starts_with("https://") {
        return Err(
            "A shop sends its keys only to an address that begins with https://. Set `public_url` and start the desk \
                    again, or make the keys by hand and type them below."
                .to_owned(),
        );
    }
    let asked = Asked {
        brand: row.brand_id,
        name: row.name.clone(),
        settings: row.settings.0.clone(),
        until: desk.clock.now().plus(LASTS).0 / 1_000_000,
        session: hex::encode(session_hash(request)),
    };
    let word = desk.shops.word(row.id, &json!(asked)).map_err(|error| error.to_string())?;
    let base = row.settings.0.get("base_url").and_then(Value::as_str).unwrap_or_default();
    let returns = format!("{origin}{}/keys", href(row.id));
    let page = woocommerce::page_that_asks(base, &word, &returns, &format!("{origin}/hooks/order-keys"));
    page.map_err(|words| sentence(&words))
}

/// `POST /hooks/order-keys`: the shop sends the keys that it made. It waits for the answer, so it is asked nothing here.
pub async fn receive(desk: web::Data<Desk>, payload: web::Payload) -> HttpResponse {
    let Ok(body) = ROOM.read(payload, LIMIT, WITHIN).await else {
        return HttpResponse::BadRequest().json(json!({ "error": "the keys cannot be read" }));
    };
    let Some(keys) = woocommerce::keys(&body) else {
        return HttpResponse::BadRequest().json(json!({ "error": "these are no keys" }));
    };
    match take(&desk, &keys).await {
        Ok(true) => HttpResponse::Ok().json(json!({ "status": "taken" })),
        Ok(false) => HttpResponse::Forbidden().json(json!({ "error": "nobody here asks for these keys; ask again" })),
        Err(error) => {
            tracing::warn!(%error, "the keys of a shop could not be taken");
            HttpResponse::ServiceUnavailable()
                .json(json!({ "error": "the desk cannot take them right now; ask again" }))
        }
    }
}

/// Keeps the shop, if somebody who may still asks for it.
async fn take(desk: &Desk, keys: &Keys) -> Result<bool> {
    let Some((id, asked, by)) = asking(desk, keys.user_id.reveal()).await? else { return Ok(false) };
    if keys.key_permissions != NEEDED || order_sources::find(&desk.db, id).await?.is_some() {
        return Ok(false);
    }
    let row = OrderSourceRow {
        id,
        brand_id: asked.brand,
        kind: ShopKind::WooCommerce.word().to_owned(),
        name: asked.name,
        settings: asked.settings.into(),
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    if connected_twice(desk, ShopKind::WooCommerce, &row).await?.is_some() {
        return Ok(false);
    }
    let secrets = json!({
        "consumer_key": keys.consumer_key.reveal(), "consumer_secret": keys.consumer_secret.reveal(), "secret": new_token(),
    });
    keep(desk, &row, &secrets, &by).await?;
    Ok(true)
}

/// What was asked for under a word and by whom, while it counts.
async fn asking(desk: &Desk, word: &str) -> Result<Option<(OrderSourceId, Asked, Teammate)>> {
    let Some((id, asked)) = desk.shops.open_word(word) else { return Ok(None) };
    let Ok(asked) = serde_json::from_value::<Asked>(asked) else { return Ok(None) };
    let (now, session) = (desk.clock.now(), hex::decode(&asked.session).unwrap_or_default());
    if now.0 / 1_000_000 >= asked.until {
        return Ok(None);
    }
    let session = sessions::find(&desk.db, &session, now).await?;
    Ok(session.filter(|session| session.teammate.may(Role::Admin)).map(|session| (id, asked, session.teammate)))
}

/// What the shop leads back with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    success: String,
}

/// `GET /order-sources/{id}/keys?success=`: the shop leads its owner back.
pub async fn returned(
    desk: web::Data<Desk>,
    who: SignedIn,
    id: web::Path<OrderSourceId>,
    given: web::Query<Back>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let again = "/order-sources/new?kind=woocommerce";
    if given.success != "1" {
        return Ok(back_with(again, Tone::Bad, "Nobody said yes there. Nothing was changed; you can ask again."));
    }
    match tried(&desk, *id, &who.teammate).await {
        Ok(Ok(())) => {
            Ok(back_with(&href(*id), Tone::Info, "The shop is connected. Let it tell of changed orders as below."))
        }
        Ok(Err(reason)) => Ok(back_with(&href(*id), Tone::Bad, &reason)),
        Err(Error::NotFound) => {
            let words = "The shop has sent no keys here. Nothing was changed: ask again, or make the keys by hand.";
            Ok(back_with(again, Tone::Bad, words))
        }
        Err(error) => Err(error),
    }
}
