//! The program on a fresh folder, set up with a small shop, ready to be measured.

use std::path::PathBuf;

use clap::Args;
use platform_doubles::together;
use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::config::Config;
use resolute::model::brand::AgentLevel;
use resolute::model::{BrandId, ChannelId};
use resolute::store::Db;
use resolute::store::channels::{self, NewChannel};
use tempfile::TempDir;

use super::http::Client;
use super::program::{Launch, Program};
use super::setup::{Mailbox, Setup, connect_chat, connect_empty_shop, open, set_up};

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Mails of the intake.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) mails: usize,
    /// Connections of the intake.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Conversations that lists are measured over.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) conversations: usize,
    /// Messages of each of these conversations.
    #[arg(long, default_value_t = 1)]
    pub(crate) messages: usize,
    /// Chats that are open at once.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) chats: usize,
    /// Seconds that a steady stream lasts.
    #[arg(long, default_value_t = 20)]
    pub(crate) seconds: u64,
    /// Requests of each kind.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) requests: usize,
    /// Mails that wait for a draft.
    #[arg(long, default_value_t = 200)]
    pub(crate) drafts: usize,
    /// Of the lists, only those whose name begins so (`list, page`).
    #[arg(long, default_value = "")]
    pub(crate) only: String,
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// An empty database of a PostgreSQL server; its tables are made and stay. Without it: SQLite.
    #[arg(long)]
    pub(crate) postgres: Option<String>,
    /// Where the data lies; the disk of this folder is what is measured. Without it: the system's temporary folder.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
}

impl Options {
    pub(crate) fn temporary_folder(&self) -> TempDir {
        match &self.folder {
            Some(folder) => tempfile::tempdir_in(folder),
            None => tempfile::tempdir(),
        }
        .unwrap()
    }

    pub(crate) fn describe(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let engine = if self.postgres.is_some() { "PostgreSQL" } else { "SQLite" };
        let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
        format!(
            "{engine}, {cores} cores shared by server and load, load average before the run {load}, seed {}",
            self.seed
        )
    }
}

/// A desk to measure.
pub(crate) struct Stage {
    pub(crate) launch: Launch,
    pub(crate) setup: Setup,
    /// For looking at the store from outside.
    pub(crate) db: Db,
    /// A live chat of the brand.
    pub(crate) chat: ChannelId,
    /// A number on WhatsApp.
    pub(crate) whatsapp: ChannelId,
    /// A session cookie of the teammate.
    cookie: String,
    program: Option<Program>,
    _folder: TempDir,
}

impl Stage {
    /// Sets the shop up and starts the program.
    pub(crate) async fn new(options: &Options, with_agent: bool) -> Self {
        let folder = options.temporary_folder();
        let launch = Launch {
            database_url: options.postgres.clone().unwrap_or_default(),
            // All visitors of the load come from one address, and one of them opens all lines.
            environment: ["SESSIONS_PER_MINUTE", "JOINS_PER_MINUTE", "LINES_PER_VISITOR"]
                .map(|name| (format!("RESOLUTE_CHAT__{name}"), "1000000".to_owned()))
                .to_vec(),
            ..Launch::of(folder.path())
        };
        let config = Config {
            data_dir: launch.data_dir.clone(),
            database_url: serde_json::from_value(launch.database_url.as_str().into()).unwrap(),
            listen: launch.address(),
            ..Config::default()
        };
        let url = config.database();
        let desk = open(config, Clock::system()).await;
        let level = if with_agent { AgentLevel::Approve } else { AgentLevel::Off };
        let setup = set_up(&desk, level, &Mailbox::default()).await;
        let chat = desk.clock.new_id();
        connect_chat(&desk, chat, setup.brand, serde_json::json!({ "domains": ["shop.example"] })).await;
        let whatsapp = connect_whatsapp(&desk, setup.brand).await;
        connect_empty_shop(&desk, setup.brand).await;
        let session = resolute::web::guard::sign_in(&desk, setup.teammate).await.unwrap();
        desk.db.close().await;
        let db = Db::connect(&url).await.unwrap();
        let mut stage = Self {
            launch,
            setup,
            db,
            chat,
            whatsapp,
            cookie: format!("{}={}", session.name(), session.value()),
            program: None,
            _folder: folder,
        };
        stage.restart().await;
        stage
    }

    /// Kills the program and starts it again; gives the time until it was ready.
    pub(crate) async fn restart(&mut self) -> std::time::Duration {
        if let Some(program) = self.program.take() {
            program.kill();
        }
        let program = self.program.insert(self.launch.start());
        program.ready().await
    }

    pub(crate) fn program(&self) -> &Program {
        self.program.as_ref().unwrap()
    }

    /// A program with a token.
    pub(crate) fn api(&self) -> Client {
        Client::new(self.launch.address()).with_token(&self.setup.token)
    }

    /// A signed-in browser.
    pub(crate) fn browser(&self) -> Client {
        Client::new(self.launch.address()).with("cookie", &self.cookie)
    }

    /// What a browser of theirs sends along.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// How many jobs of a kind wait or run.
    pub(crate) async fn jobs(&self, kind: &'static str) -> i64 {
        self.count("select count(*) from jobs where kind = $1", kind).await
    }

    /// How many messages of customers there are.
    pub(crate) async fn inbound(&self) -> i64 {
        self.count("select count(*) from messages where direction = $1", "inbound").await
    }

    async fn count(&self, sql: &'static str, bound: &'static str) -> i64 {
        match &self.db {
            Db::Sqlite { read, .. } => {
                sqlx::query_scalar(sql).bind(bound).fetch_one(&mut *read.get().await.unwrap()).await.unwrap()
            }
            Db::Postgres { write: pool, .. } => sqlx::query_scalar(sql).bind(bound).fetch_one(pool).await.unwrap(),
        }
    }
}

/// Connects the number that the double of WhatsApp plays. Nothing is sent to it.
async fn connect_whatsapp(desk: &Desk, brand: BrandId) -> ChannelId {
    let id: ChannelId = desk.clock.new_id();
    let new = NewChannel {
        id,
        brand_id: brand,
        kind: "whatsapp".to_owned(),
        name: "WhatsApp".to_owned(),
        address: "800001".to_owned(),
        settings: serde_json::json!({}),
        secrets: desk.connections.seal(id, &together::settings("whatsapp", "http://127.0.0.1:9")).unwrap(),
        webhook_secret: String::new(),
        created_at: desk.clock.now(),
    };
    let mut tx = desk.db.begin().await.unwrap();
    channels::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    id
}
