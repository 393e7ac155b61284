//! The real desk in a test's own process: server on a free port, store in a temporary folder, a small shop set up.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use actix_server::ServerHandle;
use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::config::{ChatConfig, Config, HttpConfig, LlmConfig};
use resolute::jobs;
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::Conversation;
use resolute::model::teammate::Role;
use resolute::model::{TeammateId, Ts};
use resolute::pictures::Pictures;
use resolute::store::{Db, conversations, teammates};
use resolute::web;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::http::{Answer, Client};
use super::postgres::{self, Database};
use super::setup::{self, Mailbox, Setup, connect_empty_shop, open, set_up};
use super::stores::write;
use super::timeline;

/// Monday 23 November 2026, 09:00 UTC: where fixed clocks begin.
pub(crate) const MONDAY: Ts = Ts(1_795_424_400_000_000);

/// How long the work in hand has to come to its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which database a desk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// SQLite always; PostgreSQL where a server is named.
    pub(crate) fn all() -> Vec<Self> {
        if postgres::server().is_some() { vec![Self::Sqlite, Self::Postgres] } else { vec![Self::Sqlite] }
    }
}

/// What a test wants of its desk.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) engine: Engine,
    pub(crate) clock: Clock,
    pub(crate) agent_level: AgentLevel,
    pub(crate) mailbox: Mailbox,
    /// The agent's language model; without one the built-in engine works alone.
    pub(crate) llm: LlmConfig,
    /// What a program must send to read `/metrics`; `""`: nothing, from this machine.
    pub(crate) metrics_token: String,
    pub(crate) chat: ChatConfig,
    /// How long the other side of a connection is waited for.
    pub(crate) http: HttpConfig,
    /// How the outside reaches the desk; `""`: at its own address.
    pub(crate) public_url: String,
    /// Where pictures that mails show are fetched.
    pub(crate) pictures: Pictures,
    /// Whether work is done as it comes; otherwise the test calls [`TestDesk::drain`].
    pub(crate) workers: bool,
    /// Whether work may be left when the test ends.
    pub(crate) may_leave_work: bool,
}

impl Wish {
    /// A standing clock, the agent off, nothing done but by `drain`.
    pub(crate) fn exact(engine: Engine) -> Self {
        Self {
            engine,
            clock: Clock::fixed(MONDAY),
            agent_level: AgentLevel::Off,
            mailbox: Mailbox::default(),
            llm: LlmConfig::default(),
            metrics_token: String::new(),
            chat: ChatConfig::default(),
            http: HttpConfig::default(),
            public_url: String::new(),
            pictures: Pictures::default(),
            workers: false,
            may_leave_work: false,
        }
    }

    /// The machine's clock and running workers.
    pub(crate) fn lively(engine: Engine) -> Self {
        Self { clock: Clock::system(), workers: true, ..Self::exact(engine) }
    }

    pub(crate) fn with_smtp(mut self, port: u16) -> Self {
        self.mailbox.smtp = Some(port);
        self
    }
}

/// Where the data of a desk lies; removed with this value.
pub(crate) struct Data {
    pub(crate) folder: TempDir,
    pub(crate) database: Option<Database>,
}

impl Data {
    pub(crate) async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let server = postgres::server().expect("TEST_POSTGRES_URL is set");
                Some(Database::migrated(&server).await)
            }
        };
        Self { folder, database }
    }

    /// The configuration that leads here.
    pub(crate) fn config(&self, listen: SocketAddr) -> Config {
        let url = self.database.as_ref().map_or("", |database| &database.url);
        Config {
            data_dir: self.folder.path().to_owned(),
            database_url: serde_json::from_value(url.into()).expect("a secret"),
            listen,
            undo_seconds: 0,
            agent_debounce_ms: 0,
            poll_seconds: 1,
            ..Config::default()
        }
    }
}

/// A running desk. Dropping it stops it, and fails the test when work is left.
pub(crate) struct TestDesk {
    pub(crate) desk: Desk,
    pub(crate) setup: Setup,
    pub(crate) address: SocketAddr,
    may_leave_work: bool,
    workers: bool,
    server: ServerHandle,
    tasks: Vec<JoinHandle<()>>,
    /// Last, so that it goes after everything that uses it.
    pub(crate) data: Data,
}

impl TestDesk {
    pub(crate) async fn start(wish: Wish) -> Self {
        Box::pin(Self::started(wish)).await
    }

    async fn started(wish: Wish) -> Self {
        let data = Data::new(wish.engine).await;
        let (listener, address) = listen();
        let metrics_token = serde_json::from_value(wish.metrics_token.into()).expect("a secret");
        let config = Config {
            llm: wish.llm,
            chat: wish.chat,
            http: wish.http,
            public_url: wish.public_url,
            metrics_token,
            ..data.config(address)
        };
        let mut desk = open(config, wish.clock).await;
        desk.pictures = wish.pictures;
        let setup = set_up(&desk, wish.agent_level, &wish.mailbox).await;
        let (server, tasks) = run(&desk, listener, wish.workers).await;
        let may_leave_work = wish.may_leave_work;
        Self { desk, setup, address, may_leave_work, workers: wish.workers, server, tasks, data }
    }

    /// Ends as a process does that is told to: lines are closed, the work in hand comes to its end.
    pub(crate) async fn stop(&mut self) {
        self.desk.stop_token().cancel();
        self.server.stop(true).await;
        for task in self.tasks.drain(..) {
            timeout(PATIENCE, task).await.expect("it ends in time").expect("it ends well");
        }
    }

    /// Begins anew over the same data, at another address.
    pub(crate) async fn start_again(&mut self) {
        let (listener, address) = listen();
        let config = Config { listen: address, ..Config::clone(&self.desk.config) };
        self.desk = open(config, self.desk.clock.clone()).await;
        self.address = address;
        (self.server, self.tasks) = run(&self.desk, listener, self.workers).await;
    }

    /// Connects a shop that knows no order: without any the agent hands over what is about one.
    pub(crate) async fn with_an_empty_shop(self) -> Self {
        Box::pin(connect_empty_shop(&self.desk, self.setup.brand)).await;
        self
    }

    /// Does everything that is due.
    pub(crate) async fn drain(&self) {
        Box::pin(jobs::drain(&self.desk)).await.expect("the work is done");
    }

    /// Somebody without a name.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// The teammate's program.
    pub(crate) fn api(&self) -> Client {
        self.client().with_token(&self.setup.token)
    }

    /// The teammate's browser: signed in.
    pub(crate) async fn browser(&self) -> Client {
        self.browser_of(self.setup.teammate).await
    }

    /// The browser of anybody of the team: signed in.
    pub(crate) async fn browser_of(&self, teammate: TeammateId) -> Client {
        let session = web::guard::sign_in(&self.desk, teammate).await.expect("a session");
        self.client().with("cookie", &format!("{}={}", session.name(), session.value()))
    }

    /// Signs in through the form, as a person does.
    pub(crate) async fn sign_in(&self) -> Answer {
        let fields = [("email", setup::EMAIL), ("password", setup::PASSWORD)];
        self.client().post_form("/session", &fields).await.expect("an answer")
    }

    /// Posts a raw mail to the mailbox.
    pub(crate) async fn post_mail(&self, raw: &[u8]) -> Answer {
        self.client().post(&self.setup.webhook, "message/rfc822", raw).await.expect("an answer")
    }

    /// `GET` on the API; the answer must be 200.
    pub(crate) async fn api_get(&self, path: &str) -> serde_json::Value {
        let answer = self.api().get(path).await.expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Somebody joins the team, without a password.
    pub(crate) async fn joined(&self, name: &str, role: Role) -> TeammateId {
        let (id, now) = (self.desk.clock.new_id(), self.desk.clock.now());
        let email = format!("{}@fjord.example", name.to_lowercase());
        write(&self.desk.db, async |tx| teammates::insert(tx, id, &email, name, role, "-", now).await).await;
        id
    }

    /// The conversation with this number, as it is now.
    pub(crate) async fn talk(&self, number: i64) -> Conversation {
        let found = conversations::find_by_number(&self.desk.db, number).await.expect("an answer");
        found.unwrap_or_else(|| panic!("there is no conversation {number}"))
    }

    /// The conversation in which something was said last.
    pub(crate) async fn newest(&self) -> Conversation {
        let listed = self.api_get("/api/v1/conversations?limit=1").await;
        self.talk(listed["items"][0]["number"].as_i64().expect("a conversation")).await
    }

    /// Everything about a conversation, as text.
    pub(crate) async fn timeline(&self, number: i64) -> String {
        timeline::of(&self.desk.db, number).await
    }

    /// How much work waits or runs, polling apart.
    pub(crate) async fn unfinished(&self) -> Vec<String> {
        timeline::unfinished(&self.desk.db).await
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound address");
    (listener, address)
}

/// Starts the workers, if any are wanted, and the server.
async fn run(desk: &Desk, listener: TcpListener, workers: bool) -> (ServerHandle, Vec<JoinHandle<()>>) {
    let mut tasks = Vec::new();
    if workers {
        tasks = jobs::start(desk, &desk.stop_token()).await.expect("the workers start");
    }
    let server = web::server(desk, listener).expect("the server starts");
    let handle = server.handle();
    tasks.push(tokio::spawn(async move { drop(server.await) }));
    (handle, tasks)
}

impl Drop for TestDesk {
    fn drop(&mut self) {
        self.desk.stop_token().cancel();
        for task in &self.tasks {
            task.abort();
        }
        if self.may_leave_work || std::thread::panicking() {
            return;
        }
        // The test's runtime may be shutting down, so the last look has a thread and a runtime of its own.
        let url = self.desk.config.database();
        let look = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let db = Db::connect(&url).await.expect("the database for the last look");
                let left = timeline::unfinished(&db).await;
                db.close().await;
                left
            })
        });
        let left = look.join().expect("the last look");
        assert!(left.is_empty(), "work was left: {left:#?}");
    }
}
