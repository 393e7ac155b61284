//! A mail server that takes what the desk sends, or misbehaves as a test tells it to.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What happens to the next mail. Without a plan it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// The address does not exist: 550 at RCPT.
    NoSuchRecipient,
    /// The text is refused: 554 after DATA.
    RefusedContent,
    /// The same once the test lets it go on.
    RefusedInTime,
    /// Nobody is let in any more: 530 at RCPT.
    LetsNobodyIn,
    /// Come back later: 451 at RCPT.
    Greylisted,
    /// No answer at RCPT, for good.
    Hangs,
    /// The connection breaks at RCPT.
    Reset,
    /// The mail is taken, but the connection breaks before the answer.
    TakenAndReset,
    /// The mail is not taken, and the connection breaks where the answer would be.
    LostAndReset,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) to: Vec<String>,
    pub(crate) raw: String,
}

impl Taken {
    /// A header's value, unfolded, `""` if there is none; `name` as it is usually written.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
        let prefix = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&prefix)).unwrap_or_default();
        line.get(prefix.len()..).unwrap_or_default().trim().to_owned()
    }

    /// An answer to it from whoever it went to.
    pub(crate) fn answered(&self, id: &str, text: &str) -> String {
        let reply_to = self.header("Reply-To");
        let address = reply_to.split(['<', '>']).nth(1).unwrap_or(&reply_to);
        let (from, subject) = (self.to.join(", "), self.header("Subject"));
        format!("From: {from}\r\nTo: {address}\r\nSubject: Re: {subject}\r\nMessage-ID: <{id}>\r\n\r\n{text}\r\n")
    }

    /// Everything behind the headers.
    pub(crate) fn body(&self) -> &str {
        self.raw.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }
}

/// Files a copy of a mail.
pub(crate) type Copies = Box<dyn Fn(&str) + Send + Sync>;

#[derive(Default)]
struct State {
    taken: Mutex<Vec<Taken>>,
    plans: Mutex<VecDeque<Plan>>,
    begun: AtomicU32,
    /// A mail has come whose answer waits for the test, and the test lets it go on.
    came: Notify,
    goes_on: Notify,
    /// Gets each taken mail before it is answered, as a provider's Sent folder does.
    copies: Option<Copies>,
}

/// The running server. It ends when it is dropped.
pub(crate) struct SmtpDouble {
    pub(crate) port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Drop for SmtpDouble {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpDouble {
    pub(crate) async fn start() -> Self {
        Self::with_copies(None).await
    }

    /// Hands each taken mail on before it is answered.
    pub(crate) async fn with_copies(copies: Option<Copies>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let port = listener.local_addr().map(|address: SocketAddr| address.port()).expect("a bound port");
        let state = Arc::new(State { copies, ..State::default() });
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                // A client that breaks off is the client's affair.
                tokio::spawn(async move { drop(talk(stream, &state).await) });
            }
        });
        Self { port, state, task }
    }

    /// What happens to the coming mails, one each.
    pub(crate) fn plan(&self, plans: &[Plan]) {
        self.state.plans.lock().expect("plans").extend(plans);
    }

    /// What was taken so far.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().expect("mails").clone()
    }

    /// How many mails were begun, taken or not.
    pub(crate) fn begun(&self) -> u32 {
        self.state.begun.load(Ordering::Relaxed)
    }

    /// Waits for a mail whose answer waits for the test.
    pub(crate) async fn wait_for_one_that_waits(&self) {
        self.state.came.notified().await;
    }

    /// Lets it be answered.
    pub(crate) fn go_on(&self) {
        self.state.goes_on.notify_one();
    }

    /// Waits until so many mails were taken; gives them.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Taken> {
        for _ in 0..1_000 {
            let taken = self.taken();
            if taken.len() >= count {
                return taken;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} of {count} mails came", self.taken().len());
    }
}

impl State {
    fn take(&self, mail: Taken) {
        if let Some(file) = &self.copies {
            // The copy travels over blocking connections.
            tokio::task::block_in_place(|| file(&mail.raw));
        }
        self.taken.lock().expect("mails").push(mail);
    }
}

async fn talk(stream: TcpStream, state: &State) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 double ESMTP").await?;
    let (mut to, mut plan) = (Vec::new(), None);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb: String = line.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_uppercase();
        match verb.as_str() {
            "EHLO" => {
                say(&mut stream, "250-double\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN XOAUTH2").await?;
            }
            "AUTH" => say(&mut stream, "235 welcome").await?,
            "MAIL" => {
                state.begun.fetch_add(1, Ordering::Relaxed);
                to.clear();
                plan = state.plans.lock().expect("plans").pop_front();
                say(&mut stream, "250 go on").await?;
            }
            "RCPT" => match plan {
                Some(Plan::NoSuchRecipient) => say(&mut stream, "550 5.1.1 nobody has this address").await?,
                Some(Plan::LetsNobodyIn) => say(&mut stream, "530 5.7.0 sign in first").await?,
                Some(Plan::Greylisted) => say(&mut stream, "451 4.7.1 greylisted, come back later").await?,
                Some(Plan::Hangs) => std::future::pending().await,
                Some(Plan::Reset) => return Ok(()),
                _ => {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    to.push(address.to_owned());
                    say(&mut stream, "250 known").await?;
                }
            },
            "DATA" => {
                say(&mut stream, "354 end with a dot").await?;
                let raw = read_mail(&mut stream).await?;
                match plan.take() {
                    Some(Plan::RefusedContent) => say(&mut stream, "554 5.7.1 refused as spam").await?,
                    Some(Plan::RefusedInTime) => {
                        state.came.notify_one();
                        state.goes_on.notified().await;
                        say(&mut stream, "554 5.7.1 refused as spam").await?;
                    }
                    Some(Plan::LostAndReset) => return Ok(()),
                    Some(Plan::TakenAndReset) => {
                        state.take(Taken { to: to.clone(), raw });
                        return Ok(());
                    }
                    _ => {
                        state.take(Taken { to: to.clone(), raw });
                        say(&mut stream, "250 2.0.0 taken").await?;
                    }
                }
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 fine").await?,
        }
    }
}

/// The mail up to the dot. A client that vanishes before the dot has sent nothing.
async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut raw = Vec::new();
    loop {
        let start = raw.len();
        if stream.read_until(b'\n', &mut raw).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if &raw[start..] == b".\r\n" {
            raw.truncate(start);
            return Ok(String::from_utf8_lossy(&raw).into_owned());
        }
        if raw[start] == b'.' {
            raw.remove(start);
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await
}
