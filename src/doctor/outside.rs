//! What the desk talks to: channels, shops, the language model. Each is tried without sending anything.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::Finding;
use crate::app::{self, shop_client, surroundings, web_client};
use crate::clock::Clock;
use crate::commerce::registry::ShopRegistry;
use crate::commerce::tracking::Trackers;
use crate::config::Config;
use crate::inbox::connections::Connections;
use crate::model::channel::{Channel, ChannelKind, ChannelState, SenderCheck, letterbox};
use crate::model::order::OrderSourceRow;
use crate::model::tracker::TrackerRow;
use crate::store::{Db, channels, order_sources, trackers};
use crate::vault::Vault;

/// How long one of them has to answer.
const PATIENCE: Duration = Duration::from_secs(15);
const KEY_IS_MISSING: &str = "its saved password cannot be opened without the secret key";

pub(super) async fn channels(db: &Db, vault: Option<&Vault>, config: &Config, clock: &Clock) -> Vec<Finding> {
    let rows = match channels::list(db).await {
        Ok(rows) if rows.is_empty() => {
            return vec![Finding::warn("channels", "none is connected", "Connect one at /channels/new.")];
        }
        Ok(rows) => rows,
        Err(error) => return vec![Finding::unread("channels", &error)],
    };
    let connected = |vault: &Vault| {
        let around = surroundings(config, vault, clock)?;
        anyhow::Ok(Connections::new(db.clone(), vault.clone(), clock.clone(), around))
    };
    let connections = match vault.map(connected).transpose() {
        Ok(connections) => connections,
        Err(error) => {
            return vec![Finding::bad("channels", error.to_string(), "Look at the certificates of this machine.")];
        }
    };
    join_all(rows.iter().map(|row| channel(row, &rows, connections.as_ref()))).await
}

async fn channel(row: &Channel, all: &[Channel], connections: Option<&Connections>) -> Finding {
    let name = format!("channel {}", row.name);
    if row.state == ChannelState::Paused {
        return Finding::warn(name, "paused: nothing is fetched or sent", "Let it go on at /channels.");
    }
    let Some(connections) = connections else { return Finding::bad(name, KEY_IS_MISSING, "Put the key back.") };
    let connection = match connections.get(row.id).await {
        Ok(connection) => connection,
        Err(error) => return Finding::bad(name, error.to_string(), "Connect it again at /channels/new."),
    };
    let mend = "Look at the account's server and password, then check it again at /channels.";
    let checked = tokio::time::timeout(PATIENCE, connection.adapter.check()).await;
    // A provider may have ended what the desk at work has, with what it gave here.
    connections.keep_renewed(&connection).await;
    match checked {
        Ok(Ok(())) => answers(name, row, all),
        Ok(Err(failure)) => Finding::bad(name, failure.to_string(), mend),
        Err(_) => Finding::bad(name, late(), mend),
    }
}

/// A channel that works; with mail, whether anybody's word on senders counts, and with a chat, whether answers can follow
/// who leaves it.
fn answers(name: String, row: &Channel, all: &[Channel]) -> Finding {
    if row.channel_kind() == ChannelKind::LiveChat && letterbox(all, row.brand_id).is_none() {
        let words = "answers; its brand has no mailbox, so nobody who leaves the chat gets the answer by mail";
        return Finding::warn(name, words, "Connect the brand's mail at /channels/new.");
    }
    let words = match row.sender_check() {
        None | Some(SenderCheck::By(_)) => return Finding::ok(name, "answers"),
        Some(SenderCheck::Proposed(server)) => {
            format!("answers; its mails name {server} as the server that checks senders, which nobody has confirmed")
        }
        Some(SenderCheck::Nobody) => "answers; which server checks its senders is not known".to_owned(),
    };
    let mend = format!("Say whom to believe at /channels/{}: until then no sender counts as proved.", row.id);
    Finding::warn(name, words, mend)
}

pub(super) async fn order_sources(db: &Db, vault: Option<Vault>, config: &Config, clock: &Clock) -> Vec<Finding> {
    let rows = match order_sources::list(db).await {
        Ok(rows) if rows.is_empty() => {
            let mend = "Connect one at /order-sources/new: then orders stand beside the messages.";
            return vec![Finding::warn("shops", "none is connected", mend)];
        }
        Ok(rows) => rows,
        Err(error) => return vec![Finding::unread("shops", &error)],
    };
    let registry = vault.and_then(|vault| {
        let (client, around) = (shop_client(config).ok()?, surroundings(config, &vault, clock).ok()?);
        let connections = Connections::new(db.clone(), vault.clone(), clock.clone(), around);
        Some(ShopRegistry::new(db.clone(), vault, clock.clone(), client, Arc::new(connections)))
    });
    join_all(rows.iter().map(|row| order_source(row, registry.as_ref()))).await
}

async fn order_source(row: &OrderSourceRow, registry: Option<&ShopRegistry>) -> Finding {
    let name = format!("shop {}", row.name);
    let Some(registry) = registry else { return Finding::bad(name, KEY_IS_MISSING, "Put the key back.") };
    let shops = match registry.of_brand(row.brand_id).await {
        Ok(shops) => shops,
        Err(error) => return Finding::bad(name, error.to_string(), "Connect it again at /order-sources/new."),
    };
    let Some(shop) = shops.get(row.id) else {
        return Finding::bad(name, "it is no longer connected", "Connect it again at /order-sources/new.");
    };
    let mend = "Look at the shop's address and secret, then check it again at /order-sources.";
    match tokio::time::timeout(PATIENCE, shop.source.check()).await {
        Ok(Ok(())) => Finding::ok(name, "answers"),
        Ok(Err(failure)) => Finding::bad(name, failure.to_string(), mend),
        Err(_) => Finding::bad(name, late(), mend),
    }
}

/// The tracking providers; a desk needs none.
pub(super) async fn trackers(db: &Db, vault: Option<&Vault>, clock: &Clock) -> Vec<Finding> {
    let rows = match trackers::list(db).await {
        Ok(rows) => rows,
        Err(error) => return vec![Finding::unread("parcel tracking", &error)],
    };
    let opened =
        vault.and_then(|vault| Some(Trackers::new(db.clone(), vault.clone(), clock.clone(), web_client().ok()?)));
    join_all(rows.iter().map(|row| tracker(row, opened.as_ref()))).await
}

async fn tracker(row: &TrackerRow, trackers: Option<&Trackers>) -> Finding {
    let name = format!("parcel tracking {}", row.kind.name());
    let Some(trackers) = trackers else { return Finding::bad(name, KEY_IS_MISSING, "Put the key back.") };
    let mend = format!("Look at the key, then save it again at /trackers/{}.", row.id);
    let tracker = match trackers.open(row).await {
        Ok(tracker) => tracker,
        Err(error) => return Finding::bad(name, error.to_string(), mend),
    };
    match tokio::time::timeout(PATIENCE, tracker.check()).await {
        Ok(Ok(())) => Finding::ok(name, "answers"),
        Ok(Err(failure)) => Finding::bad(name, failure.to_string(), mend),
        Err(_) => Finding::bad(name, late(), mend),
    }
}

pub(super) async fn language_model(config: &Config) -> Finding {
    let name = "language model";
    let models = match app::language_models(config) {
        Ok(Some(models)) => models,
        Ok(None) => return Finding::ok(name, "none is set: the built-in engine works alone"),
        Err(error) => return Finding::bad(name, error.to_string(), "Correct the settings under [llm]."),
    };
    // The built-in engine stands in meanwhile.
    let mend = "Look at base_url, api_key and model under [llm]; meanwhile the built-in engine answers.";
    match tokio::time::timeout(PATIENCE, models.reading.check()).await {
        Ok(Ok(())) => Finding::ok(name, who_answers(models.reading.model(), models.wording.model())),
        Ok(Err(error)) => Finding::bad(name, error.to_string(), mend),
        Err(_) => Finding::bad(name, late(), mend),
    }
}

fn who_answers(reads: &str, words: &str) -> String {
    if reads == words {
        return format!("{reads} answers");
    }
    format!("its server answers: {reads} reads, and {words} words the replies")
}

fn late() -> String {
    format!("no answer within {} s", PATIENCE.as_secs())
}
