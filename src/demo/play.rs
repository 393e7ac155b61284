//! `serve --demo`: prepares the shop on the first start, and lets its customers write.

use std::time::Duration;

use channel_contract::inbound::{RawItem, RawOrigin};
use channel_contract::{ChannelKind, OrderSource};
use serde_json::json;

use super::orders::Orders;
use super::script::{self, SUPPORT};
use super::{conversations, post_office, seed, shop_front};
use crate::app::Desk;
use crate::channels::mail_key;
use crate::commerce::demo_shop::{self, DemoShop};
use crate::credentials::hash_password;
use crate::model::brand::AgentLevel;
use crate::model::channel::Channel;
use crate::model::order::OrderSourceRow;
use crate::model::teammate::{Role, Teammate};
use crate::model::{ChannelId, Json, OrderSourceId};
use crate::setup::{FirstRun, add_brand};
use crate::store::channels::{NewChannel, Reconnection};
use crate::store::{Tx, brands, channels, order_sources, teammates};

/// How one signs in to the demo.
pub const EMAIL: &str = "ida@fjordline.example";
/// Its password; the demo holds no secrets.
pub const PASSWORD: &str = "fjordline-demo";

const TEAM: [(&str, &str, Role); 3] = [
    (EMAIL, "Ida Holm", Role::Admin),
    ("mara@fjordline.example", "Mara Lind", Role::Manager),
    ("jonas@fjordline.example", "Jonas Weber", Role::Teammate),
];

/// The demo's ways in.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The channel that mails arrive on.
    pub mail: ChannelId,
    /// The address of the shop, with the chat on its page.
    pub shop: String,
}

/// Fills an empty desk with the demo, starts its mail server and opens its shop.
pub async fn prepare(desk: &Desk) -> anyhow::Result<Demo> {
    let mail = prepare_desk(desk).await?;
    let brand = channels::find(&desk.db, mail).await?.ok_or_else(|| anyhow::anyhow!("no channel"))?.brand_id;
    Ok(Demo { mail, shop: shop_front::open(desk, brand).await? })
}

async fn prepare_desk(desk: &Desk) -> anyhow::Result<ChannelId> {
    let port = post_office::open(desk.stop_token()).await?;
    let known = channels::list(&desk.db).await?.into_iter().find(|channel| channel.address == SUPPORT);
    if let Some(channel) = known {
        let sealed = desk.connections.seal(channel.id, &json!({}))?;
        let mut tx = desk.db.begin().await?;
        let new = Reconnection {
            name: &channel.name,
            address: SUPPORT,
            settings: &settings(port),
            secrets: sealed,
            at: desk.clock.now(),
        };
        channels::reconnect(&mut tx, channel.id, new).await?;
        tx.commit().await?;
        return Ok(channel.id);
    }
    anyhow::ensure!(
        teammates::is_empty(&desk.db).await?,
        "this data folder holds a real desk; start the demo with an empty one: RESOLUTE_DATA_DIR=/tmp/demo"
    );
    let password = tokio::task::spawn_blocking(|| hash_password(PASSWORD)).await??;
    let mut tx = desk.db.begin().await?;
    let (channel, source) = found(desk, &mut tx, port, &password).await?;
    tx.commit().await?;
    fill(desk, channel, source).await?;
    Ok(channel)
}

/// Brand, team, shop and channel.
async fn found(desk: &Desk, tx: &mut Tx, port: u16, password: &str) -> anyhow::Result<(ChannelId, OrderSourceId)> {
    let now = desk.clock.now();
    let first = FirstRun {
        name: "Ida Holm".to_owned(),
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
        brand: "Fjordline".to_owned(),
        hue: 205,
        locale: "en".to_owned(),
        currency: "EUR".to_owned(),
        time_zone: String::new(),
    };
    let brand = add_brand(desk, tx, &first.new_brand()).await?;
    // One looks on here, so the agent may do alone what the policy lets it.
    brands::set_agent_level(tx, brand, AgentLevel::Auto).await?;
    for (email, name, role) in TEAM {
        teammates::insert(tx, desk.clock.new_id(), email, name, role, password, now).await?;
    }
    let source = OrderSourceRow {
        id: desk.clock.new_id(),
        brand_id: brand,
        kind: "demo".to_owned(),
        name: "Fjordline shop".to_owned(),
        settings: Json(json!({})),
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    order_sources::insert(tx, &source, Vec::new(), now).await?;
    demo_shop::seed::seed(tx, source.id, now).await?;
    let id: ChannelId = desk.clock.new_id();
    let channel = NewChannel {
        id,
        brand_id: brand,
        kind: ChannelKind::Email.as_str().to_owned(),
        name: "Mail".to_owned(),
        address: SUPPORT.to_owned(),
        settings: settings(port),
        secrets: desk.connections.seal(id, &json!({}))?,
        webhook_secret: crate::credentials::new_token(),
        created_at: now,
    };
    channels::insert(tx, &channel).await?;
    Ok((id, source.id))
}

/// Mail comes by webhook; replies go to the demo's own mail server.
fn settings(port: u16) -> serde_json::Value {
    json!({
        "address": SUPPORT,
        "display_name": "Fjordline",
        "authserv_id": script::MAIL_SERVER,
        "smtp": { "host": "127.0.0.1", "port": port, "tls": "plain", "auth": { "kind": "none" } },
        "body_token": false,
    })
}

/// The first inbox.
async fn fill(desk: &Desk, channel: ChannelId, source: OrderSourceId) -> anyhow::Result<()> {
    let orders = Orders::read(&shop(desk, source)).await?;
    let channel: Channel = channels::find(&desk.db, channel).await?.ok_or_else(|| anyhow::anyhow!("no channel"))?;
    let team = teammates::list(&desk.db).await?;
    let by: &Teammate = team
        .iter()
        .find(|person| person.name == "Mara Lind")
        .ok_or_else(|| anyhow::anyhow!("nobody on the demo's team"))?;
    let mut tx = desk.db.begin().await?;
    for planted in conversations::all(desk.clock.now(), &orders) {
        if planted.channel == ChannelKind::Email {
            seed::plant(desk, &mut tx, &channel, by, &planted).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn shop(desk: &Desk, source: OrderSourceId) -> impl OrderSource + use<> {
    DemoShop::new(desk.db.clone(), desk.clock.clone(), source)
}

/// Lets the scripted mails arrive, one after the other, until the desk stops.
pub async fn play(desk: Desk, channel: ChannelId) {
    let sources = order_sources::list(&desk.db).await.unwrap_or_default();
    let Some(source) = sources.into_iter().find(|source| source.kind == "demo") else { return };
    let Ok(orders) = Orders::read(&shop(&desk, source.id)).await else { return };
    for mail in script::mails(desk.clock.now(), &orders) {
        let wait = mail.at.since(desk.clock.now());
        tokio::select! {
            () = desk.stopped() => return,
            () = tokio::time::sleep(wait.max(Duration::from_millis(1))) => {}
        }
        let item = RawItem { external_id: mail_key(&mail.raw), origin: RawOrigin::Webhook, body: mail.raw.into() };
        if let Err(error) = desk.intake.record(channel, vec![item], None).await {
            tracing::warn!(%error, mail = %mail.name, "a mail of the demo was not taken");
        }
    }
}
