//! A submission server in the test's own process: takes mails, and misbehaves when told to.

#![expect(clippy::unwrap_used, reason = "support of tests: to panic is how a test fails")]
#![allow(dead_code, reason = "each test crate that includes this file uses its own part of it")]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the double does with one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Takes the mail.
    Take,
    /// Answers the recipient with this line.
    AnswerRecipient(&'static str),
    /// Answers the finished mail with this line.
    AnswerMail(&'static str),
    /// Answers the sign-in with this line.
    AnswerSignIn(&'static str),
    /// Closes the connection when the mail is announced.
    ResetBeforeBody,
    /// Takes the mail and closes the connection without a word.
    TakeAndReset,
    /// Reads the mail, forgets it and closes the connection without a word.
    ForgetAndReset,
    /// Takes the mail and never answers.
    TakeAndHang,
    /// Never says anything at all.
    HangAtOnce,
    /// Takes the mail, waiting this long before each answer.
    Slow(Duration),
}

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The envelope's sender.
    pub(crate) from: String,
    /// The envelope's recipients.
    pub(crate) to: Vec<String>,
    /// The mail itself, without the dots that the protocol adds.
    pub(crate) mail: Vec<u8>,
}

type Onward = Box<dyn Fn(&Taken) + Send + Sync>;

#[derive(Default)]
struct Shared {
    taken: Mutex<Vec<Taken>>,
    behaviours: Mutex<VecDeque<Behaviour>>,
    onward: Mutex<Option<Onward>>,
}

/// The running double. It stops with the runtime.
pub(crate) struct SmtpDouble {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl SmtpDouble {
    /// Starts on a free port of this machine.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&served);
                tokio::spawn(async move {
                    let behaviour = shared.behaviours.lock().unwrap().pop_front().unwrap_or(Behaviour::Take);
                    // A connection that breaks is what some behaviours are about.
                    let _ = serve(stream, behaviour, &shared).await;
                });
            }
        });
        Self { address, shared }
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Tells what to do with the next connections, in order; after them mails are taken again.
    pub(crate) fn misbehave(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.shared.behaviours.lock().unwrap().extend(behaviours);
    }

    /// Hands every mail that is taken on, for example into a mailbox.
    pub(crate) fn deliver_onward(&self, onward: impl Fn(&Taken) + Send + Sync + 'static) {
        *self.shared.onward.lock().unwrap() = Some(Box::new(onward));
    }

    /// The mail that was taken last.
    pub(crate) fn last_taken(&self) -> Option<Taken> {
        self.shared.taken.lock().unwrap().last().cloned()
    }

    /// How many mails were taken.
    pub(crate) fn count(&self) -> usize {
        self.shared.taken.lock().unwrap().len()
    }

    /// What was taken, in order.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().unwrap().clone()
    }
}

impl Shared {
    fn take(&self, taken: Taken) {
        if let Some(onward) = self.onward.lock().unwrap().as_ref() {
            onward(&taken);
        }
        self.taken.lock().unwrap().push(taken);
    }
}

async fn serve(stream: TcpStream, behaviour: Behaviour, shared: &Shared) -> std::io::Result<()> {
    if behaviour == Behaviour::HangAtOnce {
        return hang(stream).await;
    }
    let mut stream = BufReader::new(stream);
    let mut envelope = Taken { from: String::new(), to: Vec::new(), mail: Vec::new() };
    say(&mut stream, &behaviour, "220 double.example ESMTP").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end();
        let upper = command.to_ascii_uppercase();
        let answer = match upper.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-double.example\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN XOAUTH2\r\n250 ENHANCEDSTATUSCODES",
            "AUTH" => match &behaviour {
                Behaviour::AnswerSignIn(answer) => answer,
                _ => "235 2.7.0 welcome",
            },
            "MAIL" => {
                envelope.from = address(command);
                "250 2.1.0 ok"
            }
            "RCPT" => {
                if let Behaviour::AnswerRecipient(answer) = &behaviour {
                    answer
                } else {
                    envelope.to.push(address(command));
                    "250 2.1.5 ok"
                }
            }
            "DATA" => {
                if behaviour == Behaviour::ResetBeforeBody {
                    return Ok(());
                }
                say(&mut stream, &behaviour, "354 go on").await?;
                envelope.mail = read_mail(&mut stream).await?;
                match &behaviour {
                    Behaviour::AnswerMail(answer) => answer,
                    Behaviour::ForgetAndReset => return Ok(()),
                    _ => {
                        shared.take(envelope.clone());
                        match behaviour {
                            Behaviour::TakeAndReset => return Ok(()),
                            Behaviour::TakeAndHang => return hang(stream.into_inner()).await,
                            _ => "250 2.0.0 taken",
                        }
                    }
                }
            }
            "QUIT" => {
                say(&mut stream, &behaviour, "221 2.0.0 bye").await?;
                return Ok(());
            }
            "NOOP" | "RSET" => "250 2.0.0 ok",
            _ => "502 5.5.2 unknown command",
        };
        say(&mut stream, &behaviour, answer).await?;
    }
}

async fn say(stream: &mut BufReader<TcpStream>, behaviour: &Behaviour, answer: &str) -> std::io::Result<()> {
    if let Behaviour::Slow(wait) = behaviour {
        tokio::time::sleep(*wait).await;
    }
    stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await
}

/// Keeps the connection open without a word until the other side gives up.
async fn hang(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        line.clear();
    }
    Ok(())
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(mail);
        }
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn address(command: &str) -> String {
    let inside = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or(String::new(), |(address, _)| address.to_owned())
}
