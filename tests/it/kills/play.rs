//! What the forms of the test share: the program in an empty place, customers who post until they are answered, and the
//! kills meanwhile.

use std::collections::VecDeque;
use std::env;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::model::brand::AgentLevel;
use resolute::store::Db;
use tokio::task::JoinHandle;

use super::ledger::Ledger;
use crate::support::desk::{Data, Engine};
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::http::{Answer, Client};
use crate::support::mails::Mail;
use crate::support::ports::lasting_port;
use crate::support::program::{Launch, Program};
use crate::support::setup::{ImapAccount, Mailbox, Setup, open, set_up};
use crate::support::smtp::{Copies, SmtpDouble};
use crate::support::timeline;

/// So many customers write at once.
pub(super) const CONNECTIONS: usize = 8;
/// One thread in so many gets a reply.
pub(super) const REPLIED: usize = 4;
/// So many replies are on their way at once at most: so many the program has under way on one channel.
pub(super) const DELIVERERS: usize = 4;
/// How long anybody waits for anything at most, on a slow machine and with the longest plan.
pub(super) const PATIENCE: Duration = Duration::from_mins(10);

/// How much is played, and how often the program is killed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) kills: usize,
    pub(super) mails: usize,
    /// The same seed is the same plan.
    pub(super) seed: u64,
}

impl Plan {
    /// As the environment asks, or a short one.
    pub(super) fn asked() -> Self {
        let seed = number("RESOLUTE_KILL_SEED", rand::rng().random_range(0..1_000_000));
        Self {
            kills: number("RESOLUTE_KILLS", 4),
            mails: number("RESOLUTE_KILL_MAILS", 300),
            seed: u64::try_from(seed).unwrap(),
        }
    }
}

/// A number that the environment may set.
pub(super) fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// A small shop, a server that takes what leaves, and a program that is to be started there.
pub(super) struct Stage {
    pub(super) smtp: Arc<SmtpDouble>,
    pub(super) launch: Launch,
    pub(super) setup: Setup,
    /// Last, so that it goes after everything that uses it.
    data: Data,
}

impl Stage {
    pub(super) async fn new(engine: Engine, agent_level: AgentLevel) -> Self {
        Box::pin(Self::on(Data::new(engine).await, agent_level)).await
    }

    /// With data that lie where the test says.
    pub(super) async fn on(data: Data, agent_level: AgentLevel) -> Self {
        let (smtp, mailbox) = mail_server().await;
        let launch = Launch {
            database_url: data.database.as_ref().map_or(String::new(), |database| database.url.clone()),
            port: lasting_port(),
            ..Launch::of(data.folder.path())
        };
        let setup = first_start(&data, &launch, agent_level, &mailbox).await;
        Self { smtp: Arc::new(smtp), launch, setup, data }
    }

    /// A second process for the same shop, at a door of its own; the database must be PostgreSQL.
    pub(super) fn beside(&self) -> Launch {
        Launch { port: lasting_port(), ..self.launch.clone() }
    }

    /// The desk itself, before a program is started here. Whoever opens it closes its database.
    pub(super) async fn desk(&self) -> Desk {
        opened(&self.data, &self.launch).await
    }

    /// The database, looked at from outside.
    pub(super) async fn db(&self) -> Db {
        Db::connect(&self.data.config(self.launch.address()).database()).await.unwrap()
    }
}

/// A server that takes what leaves. Where this machine has an IMAP server, the mails that were taken lie in its Sent
/// folder, as providers do it.
async fn mail_server() -> (SmtpDouble, Mailbox) {
    let dovecot = Dovecot::start().map(Arc::new);
    let smtp = SmtpDouble::with_copies(dovecot.clone().map(sent_folder)).await;
    let imap = dovecot.as_ref().map(|dovecot| account(dovecot));
    let mailbox = Mailbox { smtp: Some(smtp.port), imap, timeout_seconds: 5 };
    (smtp, mailbox)
}

fn sent_folder(dovecot: Arc<Dovecot>) -> Copies {
    Box::new(move |mail| dovecot.deliver("desk", "Sent", mail.as_bytes()))
}

fn account(dovecot: &Dovecot) -> ImapAccount {
    ImapAccount { port: dovecot.port, user: "desk".to_owned(), password: PASSWORD.to_owned() }
}

async fn opened(data: &Data, launch: &Launch) -> Desk {
    open(data.config(launch.address()), Clock::system()).await
}

async fn first_start(data: &Data, launch: &Launch, agent_level: AgentLevel, mailbox: &Mailbox) -> Setup {
    let desk = opened(data, launch).await;
    let setup = set_up(&desk, agent_level, mailbox).await;
    desk.db.close().await;
    setup
}

/// What the customers and teammates did, and what was acknowledged.
pub(super) struct Play {
    pub(super) setup: Setup,
    pub(super) address: SocketAddr,
    pub(super) threads: Mutex<VecDeque<Vec<Mail>>>,
    pub(super) ledger: Ledger,
    /// Threads that are complete and wait for a teammate.
    pub(super) to_answer: Mutex<VecDeque<usize>>,
    /// Replies that were acknowledged: their texts.
    pub(super) replies: Mutex<Vec<String>>,
    /// How much happened, to spread the kills over the whole.
    pub(super) progress: AtomicUsize,
    pub(super) customers_left: AtomicUsize,
    pub(super) over: AtomicBool,
}

impl Play {
    /// Nothing of the threads is written yet.
    pub(super) fn new(stage: &Stage, threads: VecDeque<Vec<Mail>>) -> Arc<Self> {
        Arc::new(Self {
            setup: stage.setup.clone(),
            address: stage.launch.address(),
            threads: Mutex::new(threads),
            ledger: Ledger::default(),
            to_answer: Mutex::default(),
            replies: Mutex::default(),
            progress: AtomicUsize::new(0),
            customers_left: AtomicUsize::new(CONNECTIONS),
            over: AtomicBool::new(false),
        })
    }

    /// Waits until so much has happened, or nothing does any more, and a random while beyond that.
    pub(super) async fn reach(&self, moment: usize, random: &mut StdRng) {
        while self.progress.load(Ordering::Relaxed) < moment && !self.over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(random.random_range(0..60_000))).await;
    }

    /// Whether a call was taken, with this status. Where the program was away, or says that it cannot now, the call is to be
    /// made again; any other answer ends the play.
    pub(super) fn is_taken(&self, answer: io::Result<Answer>, status: u16) -> bool {
        let Ok(answer) = answer else { return false };
        if answer.status != status && answer.status != 503 {
            self.ends(&format!("{} in place of {status}: {}", answer.status, answer.text()));
        }
        answer.status == status
    }

    /// Ends the play where somebody has waited since then for what does not come.
    pub(super) fn wait_since(&self, begun: Instant, what: &str) {
        if begun.elapsed() > PATIENCE {
            self.ends(&format!("{what} in {PATIENCE:?}"));
        }
    }

    /// Ends the play with words. Nobody waits any more for what would have happened in it.
    fn ends(&self, words: &str) -> ! {
        self.over.store(true, Ordering::Relaxed);
        panic!("{words}");
    }
}

/// The customers begin to write.
pub(super) fn customers(play: &Arc<Play>, seed: u64) -> Vec<JoinHandle<()>> {
    (1_u64..).take(CONNECTIONS).map(|place| tokio::spawn(customer(play.clone(), seed ^ place))).collect()
}

/// Posts whole threads, each mail until it is acknowledged, some of them again after that.
async fn customer(play: Arc<Play>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut client = Client::new(play.address);
    loop {
        let Some(thread) = play.threads.lock().unwrap().pop_front() else { break };
        for mail in &thread {
            deliver(&play, &mut client, mail).await;
            if random.random_bool(0.2) {
                for _ in 0..random.random_range(1..=2) {
                    deliver(&play, &mut client, mail).await;
                }
            }
            play.progress.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(random.random_range(5..60))).await;
        }
        let number = thread.first().map_or(0, |mail| mail.thread);
        if number.is_multiple_of(REPLIED) {
            play.to_answer.lock().unwrap().push_back(number);
        }
    }
    play.customers_left.fetch_sub(1, Ordering::Relaxed);
}

async fn deliver(play: &Play, client: &mut Client, mail: &Mail) {
    play.ledger.send(&mail.message_id, mail.thread);
    loop {
        let answer = client.post(&play.setup.webhook, "message/rfc822", &mail.raw).await;
        if play.is_taken(answer, 200) {
            play.ledger.acknowledge(&mail.message_id);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The program, once it is ready.
pub(super) async fn ready(launch: &Launch) -> Program {
    let mut program = launch.start();
    program.ready().await;
    program
}

/// How much has happened at each kill: random, and spread over what there is to do.
pub(super) fn moments(random: &mut StdRng, kills: usize, total: usize) -> Vec<usize> {
    let mut moments: Vec<usize> = (0..kills).map(|_| random.random_range(total / 20..total * 19 / 20)).collect();
    moments.sort_unstable();
    moments
}

/// Kills the program at random moments, spread over what there is to do, and starts it again each time.
pub(super) async fn kill_at_random(play: &Play, launch: &Launch, wanted: Plan, total: usize) -> Program {
    let mut random = StdRng::seed_from_u64(wanted.seed.wrapping_add(99));
    let mut program = ready(launch).await;
    for moment in moments(&mut random, wanted.kills, total) {
        play.reach(moment, &mut random).await;
        program.kill();
        program = launch.start();
        if random.random_bool(0.5) {
            program.ready().await;
        } else {
            // Sometimes it dies again while it starts.
            tokio::time::sleep(Duration::from_micros(random.random_range(0..200_000))).await;
        }
    }
    program.ready().await;
    program
}

/// Waits until all work is done.
pub(super) async fn settle(db: &Db, launch: &Launch) {
    let begun = Instant::now();
    loop {
        let left = timeline::unfinished(db).await;
        if left.is_empty() {
            return;
        }
        if begun.elapsed() > Duration::from_mins(2) || left.iter().any(|job| job.contains(" dead ")) {
            let log = std::fs::read_to_string(launch.log()).unwrap_or_default();
            panic!("work does not end: {left:#?}\n{log}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
