//! The smallest shop that the desk works for: a brand, a teammate with a password and a token, a mailbox.

use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::commerce::demo_shop::seed;
use resolute::config::Config;
use resolute::credentials::{hash_password, new_token, token_hash};
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::order::OrderSourceRow;
use resolute::model::teammate::Role;
use resolute::model::{BrandId, ChannelId, Json, OrderSourceId, TeammateId};
use resolute::setup::add_documents;
use resolute::store::channels::{self, NewChannel};
use resolute::store::{api_tokens, brands, order_sources, teammates};
use serde_json::{Value, json};

use super::mails::DESK;

pub(crate) const EMAIL: &str = "mara@fjord.example";
pub(crate) const NAME: &str = "Mara Lind";
pub(crate) const PASSWORD: &str = "correct horse battery";
/// The mail server whose word about senders is believed.
pub(crate) const MAIL_SERVER: &str = "mx.fjord.example";

/// What the shop's server signs identities with.
pub(crate) const IDENTITY_SECRET: &str = "the shop's secret";

/// An account on an IMAP server of this machine.
#[derive(Clone, Debug)]
pub(crate) struct ImapAccount {
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: String,
}

/// What the mailbox can do beside taking mail by webhook.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mailbox {
    /// The port of a mail server on this machine that takes what we send.
    pub(crate) smtp: Option<u16>,
    /// Where copies of sent mail lie.
    pub(crate) imap: Option<ImapAccount>,
    /// How long one step with a server may take, in seconds.
    pub(crate) timeout_seconds: u64,
}

/// Who and what was set up.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) brand: BrandId,
    pub(crate) teammate: TeammateId,
    pub(crate) channel: ChannelId,
    /// The path with the secret that mail is posted to.
    pub(crate) webhook: String,
    pub(crate) token: String,
}

/// Opens a desk as the program does.
pub(crate) async fn open(config: Config, clock: Clock) -> Desk {
    // Whoever comes first installs it, for the whole process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Box::pin(Desk::open(config, clock)).await.expect("the desk opens")
}

/// Sets the shop up in an empty desk.
pub(crate) async fn set_up(desk: &Desk, agent_level: AgentLevel, mailbox: &Mailbox) -> Setup {
    let now = desk.clock.now();
    let setup = Setup {
        brand: desk.clock.new_id(),
        teammate: desk.clock.new_id(),
        channel: desk.clock.new_id(),
        webhook: String::new(),
        token: new_token(),
    };
    let webhook_secret = new_token();
    let webhook = format!("/webhooks/email/{}?secret={webhook_secret}", setup.channel);
    let password_hash = hash_password(PASSWORD).expect("the password is hashed");
    let mut tx = desk.db.begin().await.expect("a transaction");
    let brand = Brand {
        id: setup.brand,
        slug: "fjord".to_owned(),
        name: "Fjord Home".to_owned(),
        hue: 205,
        locale: "en".to_owned(),
        currency: "EUR".to_owned(),
        order_pattern: String::new(),
        agent_level,
        time_zone: String::new(),
        created_at: now,
    };
    brands::insert(&mut tx, &brand).await.expect("the brand");
    add_documents(desk, &mut tx, &brand).await.expect("policy and voice");
    teammates::insert(&mut tx, setup.teammate, EMAIL, NAME, Role::Admin, &password_hash, now)
        .await
        .expect("the teammate");
    api_tokens::insert(&mut tx, &token_hash(&setup.token), setup.teammate, "all", now).await.expect("the token");
    let channel = NewChannel { webhook_secret, ..mailbox_row(desk, (setup.channel, setup.brand), DESK, mailbox) };
    channels::insert(&mut tx, &channel).await.expect("the channel");
    tx.commit().await.expect("the shop is set up");
    Setup { webhook, ..setup }
}

/// Connects a further mailbox; gives the path that mail is posted to.
pub(crate) async fn connect_mailbox(desk: &Desk, brand: BrandId, address: &str, mailbox: &Mailbox) -> String {
    let id = desk.clock.new_id();
    let new = mailbox_row(desk, (id, brand), address, mailbox);
    let mut tx = desk.db.begin().await.expect("a transaction");
    channels::insert(&mut tx, &new).await.expect("the mailbox");
    tx.commit().await.expect("the mailbox is connected");
    format!("/webhooks/email/{id}?secret={}", new.webhook_secret)
}

fn mailbox_row(desk: &Desk, (id, brand_id): (ChannelId, BrandId), address: &str, mailbox: &Mailbox) -> NewChannel {
    NewChannel {
        id,
        brand_id,
        kind: "email".to_owned(),
        name: "Help".to_owned(),
        address: address.to_owned(),
        settings: settings(address, mailbox),
        secrets: desk.connections.seal(id, &secrets(mailbox)).expect("the secrets are sealed"),
        webhook_secret: new_token(),
        created_at: desk.clock.now(),
    }
}

/// Connects a chat.
pub(crate) async fn connect_chat(desk: &Desk, channel: ChannelId, brand: BrandId, settings: Value) {
    let secrets = json!({ "session_secret": "the desk's secret", "identity_secret": IDENTITY_SECRET });
    let new = NewChannel {
        id: channel,
        brand_id: brand,
        kind: "live_chat".to_owned(),
        name: "Shop chat".to_owned(),
        address: "shop.example".to_owned(),
        settings,
        secrets: desk.connections.seal(channel, &secrets).expect("the secrets are sealed"),
        webhook_secret: String::new(),
        created_at: desk.clock.now(),
    };
    let mut tx = desk.db.begin().await.expect("a transaction");
    channels::insert(&mut tx, &new).await.expect("the chat");
    tx.commit().await.expect("the chat is connected");
}

/// A shop of the demo's kind, connected to a brand; not stored, and without orders.
pub(crate) fn demo_shop(brand_id: BrandId, id: OrderSourceId) -> OrderSourceRow {
    OrderSourceRow {
        id,
        brand_id,
        kind: "demo".into(),
        name: "Shop".into(),
        settings: Json(json!({})),
        state: "connected".into(),
        state_reason: String::new(),
        last_read_at: None,
    }
}

/// Connects a shop in which nobody has ordered anything.
pub(crate) async fn connect_empty_shop(desk: &Desk, brand: BrandId) {
    let shop = OrderSourceRow { name: "A shop without orders".into(), ..demo_shop(brand, desk.clock.new_id()) };
    let mut tx = desk.db.begin().await.expect("a transaction");
    order_sources::insert(&mut tx, &shop, Vec::new(), desk.clock.now()).await.expect("the shop");
    tx.commit().await.expect("the shop is connected");
}

/// Connects the demo's shop, with its orders as they are now.
pub(crate) async fn open_demo_shop(desk: &Desk, brand: BrandId) -> OrderSourceId {
    let (shop, now) = (demo_shop(brand, desk.clock.new_id()), desk.clock.now());
    let mut tx = desk.db.begin().await.expect("a transaction");
    order_sources::insert(&mut tx, &shop, Vec::new(), now).await.expect("the shop");
    seed::seed(&mut tx, shop.id, now).await.expect("its orders");
    tx.commit().await.expect("the shop is connected");
    shop.id
}

fn settings(address: &str, mailbox: &Mailbox) -> Value {
    let server = |port: u16, user: &str, kind: &str| json!({ "host": "127.0.0.1", "port": port, "tls": "plain", "user": user, "auth": { "kind": kind } });
    json!({
        "address": address,
        "display_name": "Fjord Home",
        "authserv_id": MAIL_SERVER,
        "smtp": mailbox.smtp.map(|port| server(port, "", "none")),
        "imap": mailbox.imap.as_ref().map(|account| server(account.port, &account.user, "password")),
        "timeout_seconds": mailbox.timeout_seconds.max(1),
    })
}

fn secrets(mailbox: &Mailbox) -> Value {
    let imap = mailbox.imap.as_ref().map(|account| json!({ "auth": { "password": account.password } }));
    json!({ "thread_secret": new_token(), "imap": imap })
}
