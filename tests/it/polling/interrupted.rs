//! A long reading that a person or the end of the process comes into: it goes on no further than the page under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use resolute::jobs;
use resolute::model::channel::ChannelState;
use resolute::model::job::JobKind;
use resolute::store::channels::{self, Reconnection};
use resolute::store::jobs as work;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::forms::taken;
use crate::support::setup::{ImapAccount, Mailbox};
use crate::support::stores::{number_of, write};

/// How many mails lie there: three pages.
const MAILS: usize = 120;
/// How often mails are asked for on one page.
const ASKED_A_PAGE: usize = 5;

/// A line to a mail server on which the first question for mails of the second page waits.
#[derive(Clone, Default)]
struct Held {
    asked: Arc<AtomicUsize>,
    waits: Arc<Notify>,
    goes_on: Arc<Notify>,
}

impl Held {
    /// Begins to take connections, at this port.
    async fn start(&self, server: u16) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let held = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let held = held.clone();
                // Either side may leave at any time.
                tokio::spawn(async move { held.carry(client, server).await.ok() });
            }
        });
        port
    }

    async fn carry(&self, client: TcpStream, server: u16) -> std::io::Result<()> {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = TcpStream::connect(("127.0.0.1", server)).await?.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from_client.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            let asks = String::from_utf8_lossy(&buffer[..read]).contains("BODY.PEEK[]");
            if asks && self.asked.fetch_add(1, Ordering::SeqCst) == ASKED_A_PAGE {
                self.waits.notify_one();
                self.goes_on.notified().await;
            }
            to_server.write_all(&buffer[..read]).await?;
        }
    }
}

/// A desk that is in the middle of the second page.
struct Scene {
    desk: TestDesk,
    held: Held,
    workers: Vec<JoinHandle<()>>,
    dovecot: Dovecot,
}

impl Scene {
    async fn start(engine: Engine) -> Option<Self> {
        let dovecot = Dovecot::start()?;
        for number in 0..MAILS {
            let raw = format!(
                "From: c{number}@one.example\r\nMessage-ID: <{number}@one.example>\r\nSubject: Hello {number}\r\n\r\nHello\r\n"
            );
            dovecot.deliver("desk", "INBOX", raw.as_bytes());
        }
        let held = Held::default();
        let port = held.start(dovecot.port).await;
        let imap = ImapAccount { port, user: "desk".to_owned(), password: PASSWORD.to_owned() };
        let mailbox = Mailbox { imap: Some(imap), timeout_seconds: 60, ..Mailbox::default() };
        let desk = TestDesk::start(Wish { mailbox, may_leave_work: true, ..Wish::exact(engine) }).await;
        let workers = jobs::start(&desk.desk, &desk.desk.stop_token()).await.unwrap();
        held.waits.notified().await;
        let scene = Self { desk, held, workers, dovecot };
        assert_eq!(scene.read().await, 50, "the first page");
        Some(scene)
    }

    /// How many mails are read.
    async fn read(&self) -> i64 {
        number_of(&self.desk.desk.db, "select count(*) from raw_events").await
    }

    /// The mail server answers, and all that is due comes to its end.
    async fn goes_on(&self) {
        self.held.goes_on.notify_one();
        let desk = &self.desk.desk;
        while work::is_due(&desk.db, JobKind::Poll, desk.clock.now()).await.unwrap()
            || work::counts(&desk.db).await.unwrap().running > 0
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(self) {
        self.desk.desk.stop_token().cancel();
        for worker in self.workers {
            worker.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_paused_in_the_middle_of_a_reading_reads_no_other_page() {
    for engine in Engine::all() {
        let Some(scene) = Scene::start(engine).await else { return };
        let id = scene.desk.setup.channel;
        let mut browser = scene.desk.browser().await;
        taken(&mut browser, &format!("/channels/{id}/pause"), &[("back", "/channels")]).await;
        scene.goes_on().await;
        assert_eq!(scene.read().await, 100, "what was under way is kept");
        let channel = channels::find(&scene.desk.desk.db, id).await.unwrap().unwrap();
        assert_eq!(channel.state, ChannelState::Paused);
        scene.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_ends_in_the_middle_of_a_reading_reads_no_other_page() {
    for engine in Engine::all() {
        let Some(mut scene) = Scene::start(engine).await else { return };
        scene.desk.desk.stop_token().cancel();
        scene.held.goes_on.notify_one();
        for worker in scene.workers.drain(..) {
            worker.await.unwrap();
        }
        assert_eq!(scene.read().await, 100);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_becomes_another_mailbox_in_the_middle_of_a_reading_keeps_nothing_of_the_one_before() {
    for engine in Engine::all() {
        let Some(scene) = Scene::start(engine).await else { return };
        let mail = b"From: ann@two.example\r\nMessage-ID: <a@two.example>\r\nSubject: Hello\r\n\r\nHello\r\n";
        scene.dovecot.deliver("customer", "INBOX", mail);
        let (desk, id) = (&scene.desk.desk, scene.desk.setup.channel);
        let channel = channels::find(&desk.db, id).await.unwrap().unwrap();
        let mut settings = channel.settings.0.clone();
        settings["imap"]["user"] = json!("customer");
        let new = Reconnection {
            name: &channel.name,
            address: "customer@fjord.example",
            settings: &settings,
            secrets: channels::secrets(&desk.db, id).await.unwrap(),
            at: desk.clock.now(),
        };
        write(&desk.db, async |tx| channels::reconnect(tx, id, new).await).await;
        desk.connections.forget(id);
        scene.held.goes_on.notify_one();
        while scene.read().await == 50 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(scene.read().await, 51, "the page under way is of the mailbox before");
        let cursor = channels::cursor(&desk.db, id).await.unwrap().unwrap();
        assert_eq!(cursor["whose"]["user"], "customer", "{cursor}");
        scene.end().await;
    }
}
