//! The one place where everything is built and joined: start, and a graceful stop.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::commerce::registry::ShopRegistry;
use crate::config::Config;
use crate::documents::Documents;
use crate::inbox::Inbox;
use crate::inbox::connections::Connections;
use crate::inbox::receive::Receiver;
use crate::inbox::record::Intake;
use crate::llm::{ApiKey, Llm, Settings};
use crate::store::files::Files;
use crate::store::wake::Wake;
use crate::store::{self, Db, jobs};
use crate::vault::Vault;

/// Everything that a process of the desk has. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    /// What the operator set.
    pub config: Arc<Config>,
    /// The store.
    pub db: Db,
    /// The bytes of attachments.
    pub files: Files,
    /// The time.
    pub clock: Clock,
    /// Hints for workers and live pages.
    pub wake: Wake,
    /// The adapters.
    pub connections: Connections,
    /// The shops.
    pub shops: ShopRegistry,
    /// The compiled documents of all brands.
    pub documents: Documents,
    /// The language model, if one is set; without it the built-in engine works alone.
    pub llm: Option<Llm>,
    /// The entrance of all raw bytes.
    pub intake: Intake,
    stop: CancellationToken,
}

impl Desk {
    /// Opens the store, brings its tables up to date and joins the parts. Nothing runs yet but the intake's writer.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;
        let db = Db::connect(&config.database()).await.context("the database cannot be opened")?;
        db.migrate().await?;
        let vault = match config.secret_key.expose() {
            "" => Vault::from_file(&config.data_dir.join("secret.key"))?,
            key => Vault::from_hex(key)?,
        };
        let files = Files::local(&config.data_dir.join("files"))?;
        let wake = Wake::default();
        let (intake, _writer) = Intake::start(db.clone(), clock.clone(), wake.clone());
        Ok(Self {
            connections: Connections::new(db.clone(), vault.clone(), clock.clone()),
            shops: ShopRegistry::new(db.clone(), vault, clock.clone(), web_client()?),
            documents: Documents::default(),
            llm: language_model(&config)?,
            config: Arc::new(config),
            db,
            files,
            clock,
            wake,
            intake,
            stop: CancellationToken::new(),
        })
    }

    /// The life of a conversation.
    pub fn inbox(&self) -> Inbox {
        Inbox {
            db: self.db.clone(),
            files: self.files.clone(),
            connections: self.connections.clone(),
            shops: self.shops.clone(),
            documents: self.documents.clone(),
            clock: self.clock.clone(),
            wake: self.wake.clone(),
            undo: Duration::from_secs(self.config.undo_seconds),
        }
    }

    /// What reads raw bytes into conversations.
    pub fn receiver(&self) -> Receiver {
        Receiver {
            db: self.db.clone(),
            files: self.files.clone(),
            connections: self.connections.clone(),
            clock: self.clock.clone(),
            wake: self.wake.clone(),
            debounce: Duration::from_millis(self.config.agent_debounce_ms),
        }
    }

    /// Takes up what a vanished process left: for a database that nobody else works on.
    pub async fn take_up_work(&self) -> store::Result<()> {
        let mut tx = self.db.begin().await?;
        let released = jobs::release_all(&mut tx, self.clock.now()).await?;
        tx.commit().await?;
        if released > 0 {
            tracing::info!(released, "work that was cut off is taken up again");
        }
        Ok(())
    }

    /// The token that ends everything when it is cancelled.
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Whether the process is ending.
    pub fn stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits until the process is to end.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

/// The language model that the operator set.
pub fn language_model(config: &Config) -> anyhow::Result<Option<Llm>> {
    if config.llm.base_url.is_empty() {
        return Ok(None);
    }
    let key = ApiKey::new(config.llm.api_key.expose());
    let mut settings = Settings::new(&config.llm.base_url, key, &config.llm.model);
    settings.timeout = Duration::from_secs(config.llm.timeout_seconds);
    Ok(Some(Llm::new(settings, web_client()?)?))
}

/// The client for shops and models on the web: bounded in time, and it does not follow redirects to other hosts.
pub fn web_client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_mins(2))
        .redirect(channel_http_orders::redirects_within_shop())
        .user_agent(concat!("Resolute/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the web client cannot be built")
}
