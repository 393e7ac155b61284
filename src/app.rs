//! The one place where everything is built and joined: start, and a graceful stop.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use channel_contract::http::Outside;
use tokio_util::sync::CancellationToken;

use crate::channels::Surroundings;
use crate::clock::Clock;
use crate::commerce::registry::ShopRegistry;
use crate::commerce::tracking::Trackers;
use crate::config::{Config, TaskModel};
use crate::documents::Documents;
use crate::events::Events;
use crate::inbox::Inbox;
use crate::inbox::connections::Connections;
use crate::inbox::receive::Receiver;
use crate::inbox::record::Intake;
use crate::inbox::usual_wait::UsualWaits;
use crate::llm::{ApiKey, Llm, Models, Prices, Settings};
use crate::offered::Offers;
use crate::pictures::Pictures;
use crate::store::files::Files;
use crate::store::unopened::name_of;
use crate::store::wake::Wake;
use crate::store::{self, Db, engine, jobs};
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
    /// What happens now, for open pages and chats.
    pub events: Events,
    /// The adapters.
    pub connections: Connections,
    /// The shops.
    pub shops: ShopRegistry,
    /// The tracking providers.
    pub trackers: Trackers,
    /// The compiled documents of all brands.
    pub documents: Documents,
    /// How long people usually take to answer in each chat.
    pub usual_waits: UsualWaits,
    /// The language models, if one is set; without them the built-in engine works alone.
    pub llm: Option<Models>,
    /// Pictures on the web that mails show.
    pub pictures: Pictures,
    /// Files that platforms fetch here.
    pub offers: Offers,
    /// The entrance of all raw bytes.
    pub intake: Intake,
    stop: CancellationToken,
}

impl Desk {
    /// Opens the store, brings its tables up to date and joins the parts. Nothing runs yet but the intake's writer.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let db = open_db(&config).await?;
        bring_up_to_date(&db, &config).await?;
        let vault = match config.secret_key.expose() {
            "" => Vault::from_file(&config.data_dir.join("secret.key"))?,
            key => Vault::from_hex(key)?,
        };
        let files = Files::local(&config.data_dir.join("files"))?;
        let wake = Wake::default();
        let (intake, _writer) = Intake::start(db.clone(), clock.clone(), wake.clone());
        let around = surroundings(&config, &vault, &clock)?;
        let offers = offers(&config, &vault, &clock);
        let connections = Connections::new(db.clone(), vault.clone(), clock.clone(), around);
        let (markets, client) = (Arc::new(connections.clone()), shop_client(&config)?);
        let desk = Self {
            connections,
            trackers: Trackers::new(db.clone(), vault.clone(), clock.clone(), web_client()?),
            shops: ShopRegistry::new(db.clone(), vault, clock.clone(), client, markets),
            documents: Documents::default(),
            usual_waits: UsualWaits::default(),
            llm: language_models(&config)?,
            config: Arc::new(config),
            db,
            files,
            clock,
            wake,
            events: Events::default(),
            pictures: Pictures::default(),
            offers,
            intake,
            stop: CancellationToken::new(),
        };
        desk.keep_time().await?;
        Ok(desk)
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
            mail_unseen_after: Duration::from_secs(self.config.chat.mail_unseen_seconds),
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

    /// Goes by the clock of a database that processes share, where the machine's is another: how long work is somebody's,
    /// what is due and what came first is the same for all of them.
    pub async fn keep_time(&self) -> store::Result<()> {
        let asked = self.clock.now();
        if let Some(other) = engine::time(&self.db).await?
            && let Some(moved) = self.clock.follow(asked, other)
        {
            let seconds = moved / 1_000_000;
            tracing::warn!(seconds, "this process goes by the clock of the database, which the machine's is not");
        }
        Ok(())
    }

    /// Takes the desk's folder for the workers of this process, as long as the result lives, and takes up what a killed
    /// process left. A database server is shared, and leases tell there who still lives; a local file has one process
    /// with workers, so what anybody held is free at once.
    pub async fn take_up_work(&self) -> anyhow::Result<Option<File>> {
        if self.db.is_shared() {
            return Ok(None);
        }
        let lock = lock_workers(&self.config.data_dir)?;
        let mut tx = self.db.begin().await?;
        let released = jobs::release_all(&mut tx, self.clock.now()).await?;
        tx.commit().await?;
        if released > 0 {
            tracing::info!(released, "work that was cut off is taken up again");
        }
        Ok(Some(lock))
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

/// The store, with a data folder to be in.
pub async fn open_db(config: &Config) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;
    Ok(Db::open(&config.database()).await?)
}

/// Brings the tables of the store up to date.
pub async fn bring_up_to_date(db: &Db, config: &Config) -> anyhow::Result<()> {
    db.migrate().await.with_context(|| format!("{} cannot be used", name_of(&config.database())))
}

/// A lock that the system frees when the process ends, however it ends.
fn lock_workers(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("workers.lock");
    let lock = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("{} cannot be opened", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another `resolute serve` works on {} already. Stop it first, or start this one with `--role web`. \
             Several processes with workers need PostgreSQL",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{} cannot be locked", path.display())),
    }
}

/// The language models that the operator set.
pub fn language_models(config: &Config) -> anyhow::Result<Option<Models>> {
    if config.llm.base_url.is_empty() {
        return Ok(None);
    }
    let (reads, words) = (config.llm.reads(), config.llm.words());
    let reading = language_model(config, &reads)?;
    let wording = if words == reads { reading.clone() } else { language_model(config, &words)? };
    Ok(Some(Models { reading, wording }))
}

fn language_model(config: &Config, task: &TaskModel) -> anyhow::Result<Llm> {
    let key = ApiKey::new(config.llm.api_key.expose());
    let mut settings = Settings::new(&config.llm.base_url, key, &task.model);
    settings.timeout = Duration::from_secs(config.llm.timeout_seconds);
    settings.prices = Prices { prompt: task.prompt_price.micros(), completion: task.completion_price.micros() };
    Ok(Llm::new(settings, web_client()?)?)
}

/// The client for shops, which waits for their answers as long as the operator says.
pub fn shop_client(config: &Config) -> anyhow::Result<reqwest::Client> {
    client_within(Duration::from_secs(config.http.shop_seconds))
}

/// The client for models and tracking providers on the web.
pub fn web_client() -> anyhow::Result<reqwest::Client> {
    client_within(Duration::from_mins(2))
}

/// A client that is bounded in time and does not follow redirects to other hosts.
fn client_within(answer: Duration) -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(answer)
        .redirect(channel_http_orders::redirects_within_shop())
        .user_agent(concat!("Resolute/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the web client cannot be built")
}

/// What platforms can fetch from the desk.
fn offers(config: &Config, vault: &Vault, clock: &Clock) -> Offers {
    Offers::new(vault.clone(), clock.clone(), config.public_address())
}

/// What adapters of channels reach the world with. The client follows nothing: what a platform leads on to is fetched as
/// what lies anywhere on the web.
pub fn surroundings(config: &Config, vault: &Vault, clock: &Clock) -> anyhow::Result<Surroundings> {
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(config.http.answer_seconds))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("Resolute/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the client for channels cannot be built")?;
    let web = Pictures::default().web(&config.public_address()).context("the client for files cannot be built")?;
    let web = web.offering(offers(config, vault, clock));
    let clock = clock.clone();
    let clock: channel_contract::http::Clock = Arc::new(move || clock.now().datetime());
    let way_out = move |services: &[String]| Outside {
        client: client.clone(),
        web: Arc::new(web.with(services)),
        clock: clock.clone(),
    };
    Ok(Surroundings { way_out: Arc::new(way_out), origin: config.public_address() })
}
