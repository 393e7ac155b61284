//! `serve --demo --platforms`: an account on every platform that a program beside the demo plays, and a customer who writes
//! there. The program gives the settings of each and passes on what customers write; Amazon's messages are mails, which come
//! from here.

use anyhow::Context as _;
use channel_contract::ChannelKind;
use channel_contract::guide::{Guide, at, put, take_out};
use channel_contract::inbound::{RawItem, RawOrigin};
use reqwest::Client;
use serde_json::{Value, json};

use super::mime::{self, Mail};
use super::play::{self, Demo};
use super::script::MAIL_SERVER;
use super::text_file::{Block, blocks};
use crate::app::{Desk, web_client};
use crate::channels::{guides, joined, mail_key, webhook_address};
use crate::credentials::new_token;
use crate::inbox::{connecting, markets};
use crate::jobs::poll;
use crate::model::audit::Actor;
use crate::model::channel::{Channel, ChannelState};
use crate::model::{ChannelId, Json};
use crate::store::channels::{self, NewChannel, Reconnection};

/// Who writes, and what.
const TEXTS: &str = include_str!("texts/platforms.txt");
/// The address that Amazon knows the shop by.
const AMAZON: &str = "amazon@fjordline.example";
/// What Amazon's relay sets around the words of a buyer.
const RELAYED: [&str; 2] = ["------------- Message: -------------", "------------- End of message -------------"];

/// Connects each platform of the program at this address, and lets its customers write. Gives their names, and what is left to
/// do there.
pub async fn open(desk: &Desk, demo: &Demo, address: &str) -> anyhow::Result<Vec<String>> {
    let program = Program { client: web_client()?, address: address.trim_end_matches('/').to_owned() };
    let listing = program.listing().await?;
    let mut opened = Vec::new();
    let texts = blocks(TEXTS);
    for texts in texts.chunk_by(|one, next| one.name == next.name) {
        let Some(name) = texts.first().map(|block| block.name.as_str()) else { continue };
        let Some(given) = listing.get(name).and_then(|platform| platform.get("settings")) else { continue };
        let guide = guide_of(name).with_context(|| format!("no page connects “{name}”"))?;
        let row = connect(desk, demo, guide, given).await.with_context(|| guide.name.to_owned())?;
        let origin = desk.config.public_address();
        for block in texts {
            match guide.kind {
                ChannelKind::Amazon => {
                    let mail = relayed(desk, block);
                    let item = RawItem { external_id: mail_key(&mail), origin: RawOrigin::Webhook, body: mail.into() };
                    desk.intake.record(row.id, vec![item], None).await?;
                }
                // Fetched at once: it is there before the desk looks for the first time.
                ChannelKind::Ebay | ChannelKind::Mirakl => program.write(block, "").await?,
                // Where a person enters the desk's address on the platform, the program learns it from the first message.
                kind => program.write(block, &webhook_address(&origin, kind, row.id)).await?,
            }
        }
        markets::begin(&desk.inbox(), &row, Actor::System).await?;
        let left = connecting::begin(&desk.inbox(), guide, &row, &origin).await?;
        poll::begin_channel(desk, row.id).await?;
        opened.push(left.map_or_else(|| guide.name.to_owned(), |words| format!("{} ({words})", guide.name)));
    }
    anyhow::ensure!(!opened.is_empty(), "{address} plays no platform that this version knows");
    Ok(opened)
}

/// The program that plays the platforms.
struct Program {
    client: Client,
    address: String,
}

impl Program {
    /// Each platform with the settings of a channel.
    async fn listing(&self) -> anyhow::Result<Value> {
        let asked = self.client.get(format!("{}/platforms", self.address)).send().await;
        let words = || format!("no program plays the platforms at {}", self.address);
        asked.with_context(words)?.error_for_status().with_context(words)?.json().await.with_context(words)
    }

    /// A customer writes, and the desk is told at this address; `""`: it fetches that.
    async fn write(&self, block: &Block, to: &str) -> anyhow::Result<()> {
        let seconds = block.head("Hours").parse().map_or(0, |hours: u32| hours * 60 * 60);
        let order = json!({
            "platform": block.name, "text": block.text, "to": to, "customer": block.head("Customer"),
            "ago_seconds": seconds,
        });
        let asked = self.client.post(format!("{}/messages", self.address)).json(&order).send().await?;
        asked.error_for_status().with_context(|| format!("nobody can write on {}", block.name))?;
        Ok(())
    }
}

/// The guide to a platform, as the program calls it.
fn guide_of(name: &str) -> Option<&'static Guide> {
    let word = if name == "sms" { "twilio" } else { name };
    guides().find(|guide| guide.word == word)
}

/// What a page asks for beside what the program gives.
fn own(kind: ChannelKind, demo: &Demo) -> Value {
    match kind {
        ChannelKind::Telegram => json!({ "bot": "@fjord_bot" }),
        ChannelKind::Ebay => json!({ "marketplace": "EBAY_GB" }),
        ChannelKind::Mirakl => json!({ "marketplace": "Nordmarkt", "threads_every_seconds": 10 }),
        ChannelKind::Amazon => joined(&play::settings(demo.post_office), &json!({ "address": AMAZON })),
        _ => json!({}),
    }
}

/// Connects an account as its page does, or connects it again: it is tried before it is kept.
async fn connect(desk: &Desk, demo: &Demo, guide: &Guide, given: &Value) -> anyhow::Result<Channel> {
    let mut settings = joined(given, &own(guide.kind, demo));
    let secrets = taken_out(guide, &mut settings);
    let all = channels::list(&desk.db).await?;
    let is_alike = |row: &&Channel| row.brand_id == demo.brand && row.kind == guide.kind.as_str();
    // By its name where the platforms are played somewhere else than before, and that is part of the account.
    let by_account = all.iter().filter(is_alike).find(|row| guide.is_same_account(&row.settings.0, &settings));
    let known = by_account.or_else(|| all.iter().filter(is_alike).find(|row| row.name == guide.name));
    let id: ChannelId = known.map_or_else(|| desk.clock.new_id(), |row| row.id);
    let row = Channel {
        id,
        brand_id: demo.brand,
        kind: guide.kind.as_str().to_owned(),
        name: known.map_or(guide.name, |row| row.name.as_str()).to_owned(),
        address: guide.address_in(&settings),
        settings: Json(settings),
        webhook_secret: known.map_or_else(new_token, |row| row.webhook_secret.clone()),
        state: ChannelState::Connected,
        state_reason: String::new(),
        last_inbound_at: None,
        last_outbound_at: None,
    };
    let renewed = connecting::try_out(&desk.connections, guide, (&row, &secrets), None).await?;
    let (secrets, now) = (desk.connections.seal(id, &joined(&secrets, &renewed))?, desk.clock.now());
    let mut tx = desk.db.begin().await?;
    if known.is_some() {
        let new = Reconnection { name: &row.name, address: &row.address, settings: &row.settings.0, secrets, at: now };
        channels::reconnect(&mut tx, id, new).await?;
    } else {
        let new = NewChannel {
            id,
            brand_id: row.brand_id,
            kind: row.kind.clone(),
            name: row.name.clone(),
            address: row.address.clone(),
            settings: row.settings.0.clone(),
            secrets,
            webhook_secret: row.webhook_secret.clone(),
            created_at: now,
        };
        channels::insert(&mut tx, &new).await?;
    }
    tx.commit().await?;
    desk.connections.forget(id);
    Ok(row)
}

/// Takes what is sealed out of settings.
fn taken_out(guide: &Guide, settings: &mut Value) -> Value {
    let mut secrets = json!({});
    let of_webhook = guide.webhook.iter().map(|webhook| webhook.word).filter(|path| !path.is_empty());
    let sealed = guide.settings().filter(|setting| setting.sort.is_secret()).map(|setting| setting.path);
    for path in sealed.chain(of_webhook) {
        if let Some(secret) = at(settings, path).cloned() {
            put(&mut secrets, path, secret);
            take_out(settings, path);
        }
    }
    secrets
}

/// What a buyer wrote on Amazon, as its relay passes it on.
fn relayed(desk: &Desk, block: &Block) -> Vec<u8> {
    let (now, mask) = (desk.clock.now(), block.head("Mask"));
    let from = format!("{mask}@marketplace.amazon.co.uk");
    let [begin, end] = RELAYED;
    let extra = [
        ("Authentication-Results".to_owned(), format!("{MAIL_SERVER}; dkim=pass header.d=amazon.co.uk")),
        ("Auto-Submitted".to_owned(), "auto-generated".to_owned()),
    ];
    mime::raw(&Mail {
        date: now,
        message_id: &format!("{mask}.{}@eu-west-1.amazonses.example", now.0 / 1_000_000),
        from_name: &format!("{} - Amazon Marketplace", block.head("Name")),
        from: &from,
        to: AMAZON,
        subject: "Inquiry from an Amazon customer",
        answers: None,
        extra: &extra,
        text: &format!("\n{begin}\n\n{}\n\n{end}\n", block.text),
        picture: None,
    })
}
