//! Opening a session: connection, protection, sign-in, and which folder is which.

use std::time::Duration;

use async_imap::types::{Name, NameAttribute};
use async_imap::{Authenticator, Client, Session};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::RawOrigin;
use futures_util::TryStreamExt;

use crate::bounded::Bounded;
use crate::settings::{Auth, EmailSettings, Server, TlsMode};
use crate::tls::{self, Stream};
use crate::trouble;

/// A stream behind one type, whatever protects it.
pub(crate) type ImapSession = Session<Bounded>;

/// All that a server says until somebody is signed in is far shorter.
const MOST_BEFORE_SIGN_IN: usize = 64 * 1024;

/// A folder that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Its name on the server.
    pub(crate) name: String,
    /// What is found there.
    pub(crate) origin: RawOrigin,
}

/// A signed-in session.
pub(crate) struct Open {
    /// The session itself.
    pub(crate) session: ImapSession,
    /// The folders that are read, the inbox first.
    pub(crate) folders: Vec<Folder>,
    /// Whether the server can tell of changes by itself.
    pub(crate) idles: bool,
}

/// Runs one step with a server. A server that hangs is tried again later.
pub(crate) async fn step<T>(
    at_most: Duration,
    work: impl Future<Output = async_imap::error::Result<T>>,
) -> Result<T, ChannelFailure> {
    match tokio::time::timeout(at_most, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(ChannelFailure::silent("the mail server did not answer in time")),
    }
}

/// What an error in a session means. The next poll begins with a new connection.
pub(crate) fn failure(error: &async_imap::error::Error) -> ChannelFailure {
    use async_imap::error::Error;
    let reason = match error {
        Error::Io(error) => format!("the connection to the mail server failed: {}", trouble::of_io(error)),
        Error::No(answer) | Error::Bad(answer) => format!("the mail server refused: {}", trouble::of_refusal(answer)),
        Error::Parse(_) => "the mail server answered something unreadable".to_owned(),
        _ => "the connection to the mail server broke".to_owned(),
    };
    match error {
        Error::Io(error) if trouble::is_endless(error) => {
            ChannelFailure::Retry { class: FailureClass::Protocol, after: None, reason }
        }
        _ => ChannelFailure::temporary(reason),
    }
}

/// Connects and signs in.
pub(crate) async fn open(server: &Server, settings: &EmailSettings) -> Result<Open, ChannelFailure> {
    tls::check_mode(server)?;
    let at_most = settings.timeout();
    let opening = Box::pin(connect(server, settings));
    let client = match tokio::time::timeout(at_most, opening).await {
        Ok(client) => client?,
        Err(_) => return Err(ChannelFailure::silent(format!("{} did not answer in time", server.host))),
    };
    let mut session = match tokio::time::timeout(at_most, Box::pin(sign_in(client, server))).await {
        Ok(session) => session?,
        Err(_) => return Err(ChannelFailure::silent(format!("{} did not answer the sign-in in time", server.host))),
    };
    session.get_mut().lift();
    let idles = step(at_most, session.capabilities()).await?.has_str("IDLE");
    let names: Vec<Name> =
        step(at_most, async { session.list(Some(""), Some("*")).await?.try_collect().await }).await?;
    Ok(Open { session, folders: folders(&names, settings), idles })
}

async fn connect(server: &Server, settings: &EmailSettings) -> Result<Client<Bounded>, ChannelFailure> {
    let (plain, peer) = tls::connect(server).await?;
    let bounded = |stream: Box<dyn Stream>| Client::new(Bounded::new(stream, peer, MOST_BEFORE_SIGN_IN));
    let stream: Box<dyn Stream> = match server.tls {
        TlsMode::Implicit => tls::protect(plain, server, settings).await?,
        TlsMode::Plain => Box::new(plain),
        TlsMode::StartTls => {
            let mut client = bounded(Box::new(plain));
            greeting(&mut client).await?;
            let offered = client.run_command_and_check_ok("STARTTLS", None).await;
            offered.map_err(|error| no_protection(&error, server))?;
            // After STARTTLS the server waits: there is no second greeting to read.
            return Ok(bounded(tls::protect(client.into_inner().into_inner(), server, settings).await?));
        }
    };
    let mut client = bounded(stream);
    greeting(&mut client).await?;
    Ok(client)
}

fn no_protection(error: &async_imap::error::Error, server: &Server) -> ChannelFailure {
    match error {
        async_imap::error::Error::Io(_) => failure(error),
        _ => ChannelFailure::refused(FailureClass::Permission, format!("{} does not offer STARTTLS", server.host)),
    }
}

async fn greeting(client: &mut Client<Bounded>) -> Result<(), ChannelFailure> {
    match client.read_response().await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(ChannelFailure::temporary("the mail server closed the connection at once")),
        Err(error) => Err(failure(&async_imap::error::Error::Io(error))),
    }
}

async fn sign_in(client: Client<Bounded>, server: &Server) -> Result<ImapSession, ChannelFailure> {
    let outcome = match &server.auth {
        Auth::Password { password } => client.login(&server.user, password.reveal()).await,
        Auth::Xoauth2 { token } => {
            let answer = format!("user={}\u{1}auth=Bearer {}\u{1}\u{1}", server.user, token.reveal());
            client.authenticate("XOAUTH2", Xoauth2 { answer: Some(answer) }).await
        }
        Auth::None => {
            let reason = format!("{} needs a password or a token", server.host);
            return Err(ChannelFailure::Reconnect { reason });
        }
    };
    outcome.map_err(|(error, _)| sign_in_failure(&error, server))
}

fn sign_in_failure(error: &async_imap::error::Error, server: &Server) -> ChannelFailure {
    let (async_imap::error::Error::No(answer) | async_imap::error::Error::Bad(answer)) = error else {
        return failure(error);
    };
    let lower = answer.to_ascii_lowercase();
    // Some refusals pass by themselves: too many connections, a server that is down behind its front.
    let passes = ["unavailable", "inuse", "in use", "too many", "try again", "temporar", "limit"];
    if passes.iter().any(|word| lower.contains(word)) {
        return ChannelFailure::temporary(format!(
            "{} refused the sign-in for now: {}",
            server.host,
            trouble::of_refusal(answer)
        ));
    }
    ChannelFailure::Reconnect {
        reason: format!("{} refused the sign-in: {}", server.host, trouble::of_refusal(answer)),
    }
}

/// Answers the first challenge with the token, and the error report that may follow with an empty line.
struct Xoauth2 {
    answer: Option<String>,
}

impl Authenticator for Xoauth2 {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.answer.take().unwrap_or_default()
    }
}

/// The folders to read: as set up, else as the server marks them, else by their usual names.
fn folders(names: &[Name], settings: &EmailSettings) -> Vec<Folder> {
    let set = &settings.folders;
    let inbox = if set.inbox.is_empty() { "INBOX" } else { &set.inbox };
    let mut found = vec![Folder { name: inbox.to_owned(), origin: RawOrigin::Inbox }];
    let junk = ["junk", "spam", "junk e-mail", "junk email", "bulk mail", "inbox.junk", "inbox.spam", "junk-e-mail"];
    let outgoing = ["sent", "sent items", "sent mail", "sent messages", "inbox.sent", "gesendet", "gesendete elemente"];
    let kinds = [
        (RawOrigin::Junk, &set.junk, NameAttribute::Junk, &junk[..]),
        (RawOrigin::Sent, &set.sent, NameAttribute::Sent, &outgoing[..]),
    ];
    for (origin, named, mark, usual) in kinds {
        let name = if named.is_empty() {
            let marked = names.iter().find(|name| name.attributes().contains(&mark));
            let usual = || names.iter().find(|name| usual.contains(&name.name().to_lowercase().as_str()));
            marked.or_else(usual).map(|name| name.name().to_owned())
        } else {
            Some(named.clone())
        };
        found.extend(name.filter(|name| name != inbox).map(|name| Folder { name, origin }));
    }
    found
}
