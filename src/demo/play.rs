//! `serve --demo`: prepares the shop on the first start, and lets its customers write.

use std::time::Duration;

use channel_contract::ChannelKind;
use channel_contract::inbound::{RawItem, RawOrigin};
use serde_json::json;

use super::orders::Orders;
use super::script::{self, SUPPORT};
use super::seed::Planter;
use super::{articles, conversations, history, post_office, seed, shop_front};
use crate::app::Desk;
use crate::channels::mail_key;
use crate::commerce::demo_shop::{self, DemoShop};
use crate::credentials::hash_password;
use crate::model::brand::AgentLevel;
use crate::model::channel::Channel;
use crate::model::order::OrderSourceRow;
use crate::model::teammate::Role;
use crate::model::{BrandId, ChannelId, Json, TeammateId};
use crate::setup::{FirstRun, NewBrand, insert_brand};
use crate::store::channels::{NewChannel, Reconnection};
use crate::store::{Tx, channels, conversation_counts, order_sources, teammates};

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
    /// Its brand.
    pub brand: BrandId,
    /// The channel that mails arrive on.
    pub mail: ChannelId,
    /// The address of the shop, with the chat on its page.
    pub shop: String,
    /// The port of the mail server that takes its replies.
    pub post_office: u16,
}

/// Fills an empty desk with the demo, starts its mail server and opens its shop.
pub async fn prepare(desk: &Desk) -> anyhow::Result<Demo> {
    let port = post_office::open(desk.stop_token()).await?;
    let known = channels::list(&desk.db).await?.into_iter().find(|channel| channel.address == SUPPORT);
    let (brand, mail) = match known {
        Some(channel) => {
            reconnect(desk, &channel, port).await?;
            (channel.brand_id, channel.id)
        }
        None => begin(desk, port).await?,
    };
    let (shop, chat) = shop_front::open(desk, brand).await?;
    // Also where the first start was cut off before there was an inbox.
    if conversation_counts::all(&desk.db).await? == 0 {
        fill(desk, mail, chat).await?;
    }
    Ok(Demo { brand, mail, shop, post_office: port })
}

/// Makes an empty desk the demo's; gives its brand and the channel of its mail.
async fn begin(desk: &Desk, port: u16) -> anyhow::Result<(BrandId, ChannelId)> {
    anyhow::ensure!(
        teammates::is_empty(&desk.db).await?,
        "this data folder holds a real desk; start the demo with an empty one: RESOLUTE_DATA_DIR=/tmp/demo"
    );
    let password = tokio::task::spawn_blocking(|| hash_password(PASSWORD)).await??;
    let mut tx = desk.db.begin().await?;
    let founded = found(desk, &mut tx, port, &password).await?;
    tx.commit().await?;
    Ok(founded)
}

async fn reconnect(desk: &Desk, channel: &Channel, port: u16) -> anyhow::Result<()> {
    let secrets = desk.connections.seal(channel.id, &json!({}))?;
    let mut tx = desk.db.begin().await?;
    let new = Reconnection {
        name: &channel.name,
        address: SUPPORT,
        settings: &settings(port),
        secrets,
        at: desk.clock.now(),
    };
    channels::reconnect(&mut tx, channel.id, new).await?;
    Ok(tx.commit().await?)
}

/// Brand, team, shop and channel: what the demo stands on.
async fn found(desk: &Desk, tx: &mut Tx, port: u16, password: &str) -> anyhow::Result<(BrandId, ChannelId)> {
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
    // One looks on here, so the agent may do alone what the policy lets it.
    let new = NewBrand { agent_level: AgentLevel::Auto, ..first.new_brand() };
    let brand = insert_brand(desk, tx, &new).await?.id;
    let mut team = Vec::new();
    for (email, name, role) in TEAM {
        let id: TeammateId = desk.clock.new_id();
        teammates::insert(tx, id, email, name, role, password, now).await?;
        team.push((name, id));
    }
    history::write(desk, tx, brand, &team).await?;
    if let Some((_, author)) = team.first() {
        articles::write(desk, tx, brand, (*author, now.minus(Duration::from_hours(24 * 40)))).await?;
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
    Ok((brand, id))
}

/// Mail comes by webhook; replies go to the demo's own mail server.
pub(super) fn settings(port: u16) -> serde_json::Value {
    json!({
        "address": SUPPORT,
        "display_name": "Fjordline",
        "authserv_id": script::MAIL_SERVER,
        "smtp": { "host": "127.0.0.1", "port": port, "tls": "plain", "auth": { "kind": "none" } },
        "body_token": false,
    })
}

/// The first inbox: what was written on the channels that are connected here.
async fn fill(desk: &Desk, mail: ChannelId, chat: ChannelId) -> anyhow::Result<()> {
    let orders = orders(desk).await?;
    let mut connected: Vec<Channel> = Vec::new();
    for id in [mail, chat] {
        connected.extend(channels::find(&desk.db, id).await?);
    }
    let team = teammates::list(&desk.db).await?;
    let usual = team.iter().find(|person| person.name == "Mara Lind");
    let usual = usual.ok_or_else(|| anyhow::anyhow!("nobody on the demo's team"))?;
    let planter = Planter { desk, team: &team, usual };
    let mut tx = desk.db.begin().await?;
    for planted in conversations::all(desk.clock.now(), &orders) {
        if let Some(channel) = connected.iter().find(|channel| channel.channel_kind() == planted.channel) {
            seed::plant(planter, &mut tx, channel, &planted).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The orders of the demo's shop.
async fn orders(desk: &Desk) -> anyhow::Result<Orders> {
    let source = order_sources::list(&desk.db).await?.into_iter().find(|source| source.kind == "demo");
    let source = source.ok_or_else(|| anyhow::anyhow!("the demo has no shop"))?;
    Ok(Orders::read(&DemoShop::new(desk.db.clone(), desk.clock.clone(), source.id)).await?)
}

/// Lets the scripted mails arrive, one after the other, until the desk stops.
pub async fn play(desk: Desk, channel: ChannelId) {
    let Ok(orders) = orders(&desk).await else { return };
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
