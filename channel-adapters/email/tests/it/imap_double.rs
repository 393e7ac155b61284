//! An IMAP server in the test's own process: breaks the connection whenever one certain mail is asked for, or once after
//! so many steps, can forget its numbers, and can fall silent while it is listened to.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::macros::{date, format_description};
use time::{Date, Duration};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The access token that it takes.
pub(crate) const TOKEN: &str = "ya29.fresh";

/// The running server. It stops with the runtime.
#[derive(Clone)]
pub(crate) struct ImapDouble {
    /// Its port.
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    /// The mail that cannot be asked for.
    poison: usize,
    inbox: Vec<Vec<u8>>,
    sent: Vec<Vec<u8>>,
    /// How often the numbers were forgotten.
    generation: usize,
    /// After how many half steps the connection ends.
    cut_after: Option<usize>,
    was_cut: bool,
    /// Whether it offers to be listened to.
    idles: bool,
    /// Whether it answers when it is listened to and asked whether it is still there.
    is_there: bool,
    /// How often it was asked that.
    asked: usize,
}

impl ImapDouble {
    /// Starts with so many mails; asking for the body of the mail `poison` ends the connection.
    pub(crate) async fn start(mails: usize, poison: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = State {
            poison,
            inbox: Vec::new(),
            sent: Vec::new(),
            generation: 0,
            cut_after: None,
            was_cut: false,
            idles: false,
            is_there: true,
            asked: 0,
        };
        let double = Self { port: listener.local_addr().unwrap().port(), state: Arc::new(Mutex::new(state)) };
        for _ in 0..mails {
            double.put();
        }
        let served = double.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                // The client may leave at any time.
                tokio::spawn(async move { served.serve(stream).await.ok() });
            }
        });
        double
    }

    /// One more mail in the inbox.
    pub(crate) fn put(&self) {
        let inbox = &mut self.state.lock().unwrap().inbox;
        let number = inbox.len() + 1;
        let mail =
            format!("From: ann@customer.example\r\nMessage-ID: <mail-{number}@customer.example>\r\n\r\nText\r\n");
        inbox.push(mail.into_bytes());
    }

    /// Files a copy of what was sent.
    pub(crate) fn file_copy(&self, mail: Vec<u8>) {
        self.state.lock().unwrap().sent.push(mail);
    }

    /// Ends the connection for once after so many half steps: before an answer, or in the middle of it.
    pub(crate) fn cut_after(&self, steps: Option<usize>) {
        let mut state = self.state.lock().unwrap();
        state.cut_after = steps;
        state.was_cut &= steps.is_none();
    }

    /// Whether the connection was ended.
    pub(crate) fn was_cut(&self) -> bool {
        self.state.lock().unwrap().was_cut
    }

    /// Offers to be listened to, and has nothing to say; with `is_there` it answers who asks whether it is still there.
    pub(crate) fn idle(&self, is_there: bool) {
        let mut state = self.state.lock().unwrap();
        (state.idles, state.is_there) = (true, is_there);
    }

    /// How often it was asked whether it is still there.
    pub(crate) fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    /// Forgets the numbers of all mails.
    pub(crate) fn renumber(&self) {
        self.state.lock().unwrap().generation += 1;
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.get_mut().write_all(b"* OK ready\r\n").await?;
        let (mut line, mut is_sent) = (String::new(), false);
        while stream.read_line(&mut line).await? > 0 {
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
            let (tag, command) = (tag.to_owned(), command.to_owned());
            let cut = self.cut();
            if cut == Some(0) {
                return Ok(());
            }
            let upper = command.to_ascii_uppercase();
            let mut word = "OK done";
            if upper.starts_with("AUTHENTICATE") {
                stream.get_mut().write_all(b"+ \r\n").await?;
                line.clear();
                stream.read_line(&mut line).await?;
                word = if is_token(line.trim()) { word } else { "NO refused" };
            } else if upper.starts_with("EXAMINE") {
                is_sent = upper.contains("SENT");
                word = if is_sent || upper.contains("INBOX") { word } else { "NO there is no such folder" };
            } else if upper == "IDLE" {
                stream.get_mut().write_all(b"+ idling\r\n").await?;
                line.clear();
                stream.read_line(&mut line).await?;
                if !self.is_still_there() {
                    while stream.read_line(&mut line).await? > 0 {}
                    return Ok(());
                }
            }
            let Some(lines) = self.state.lock().unwrap().answer(&command, is_sent) else { return Ok(()) };
            let answer = format!("{lines}{tag} {word}\r\n");
            let (half, _) = answer.split_at(answer.len() / 2);
            let told = if cut.is_some() { half } else { &answer };
            stream.get_mut().write_all(told.as_bytes()).await?;
            if cut.is_some() {
                return Ok(());
            }
            line.clear();
        }
        Ok(())
    }

    /// Counts the question whether it is still there; whether it answers.
    fn is_still_there(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        state.asked += 1;
        state.is_there
    }

    /// Counts a step; `Some` where the connection ends, with 1 for the middle of the answer.
    fn cut(&self) -> Option<usize> {
        let mut state = self.state.lock().unwrap();
        let left = state.cut_after?;
        let is_now = left < 2;
        state.cut_after = (!is_now).then(|| left - 2);
        state.was_cut |= is_now;
        is_now.then_some(left)
    }
}

/// Whether a line signs in with [`TOKEN`].
fn is_token(line: &str) -> bool {
    let bytes = STANDARD.decode(line).unwrap_or_default();
    String::from_utf8_lossy(&bytes).contains(&format!("auth=Bearer {TOKEN}\u{1}"))
}

/// When a mail arrived: the first ones together, the others days apart.
fn arrived(number: usize) -> Date {
    date!(2026 - 11 - 03) + Duration::days(10 * i64::try_from(number.saturating_sub(5)).unwrap())
}

impl State {
    /// The untagged lines of an answer; `None` where the connection breaks.
    fn answer(&self, command: &str, is_sent: bool) -> Option<String> {
        let upper = command.to_ascii_uppercase();
        let mails = if is_sent { &self.sent } else { &self.inbox };
        let first = 100 * self.generation + 1;
        let last = first + mails.len() - 1;
        Some(if upper.starts_with("CAPABILITY") {
            format!("* CAPABILITY IMAP4rev1{}\r\n", if self.idles { " IDLE" } else { "" })
        } else if upper.starts_with("LIST") {
            "* LIST () \"/\" INBOX\r\n* LIST (\\Sent) \"/\" Sent\r\n".to_owned()
        } else if upper.starts_with("EXAMINE") {
            let (exists, validity, next) = (mails.len(), 9 + self.generation, last + 1);
            format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY {validity}] ok\r\n* OK [UIDNEXT {next}] ok\r\n")
        } else if upper.starts_with("UID SEARCH") {
            let is_found = |uid: &usize| matches(command, *uid, *uid - first + 1, &mails[*uid - first]);
            let uids: Vec<String> = (first..=last).filter(is_found).map(|uid| uid.to_string()).collect();
            format!("* SEARCH {}\r\n", uids.join(" "))
        } else if upper.contains("FETCH") {
            let set = upper.split("FETCH ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            let uids = set.split(',').map(|uid| uid.parse().unwrap_or(last));
            let fetched: Option<Vec<String>> =
                uids.map(|uid| self.fetched(&upper, uid, uid - first + 1, &mails[uid - first])).collect();
            fetched?.concat()
        } else {
            String::new()
        })
    }

    fn fetched(&self, upper: &str, uid: usize, number: usize, mail: &[u8]) -> Option<String> {
        let mail = String::from_utf8_lossy(mail);
        let mut content = String::new();
        if upper.contains("BODY.PEEK[]") {
            if number == self.poison {
                return None;
            }
            write!(content, "BODY[] {{{}}}\r\n{mail}", mail.len()).unwrap();
        } else if upper.contains("HEADER") {
            let header = mail.trim_end_matches("Text\r\n");
            write!(content, "BODY[HEADER] {{{}}}\r\n{header}", header.len()).unwrap();
        } else {
            let day = format_description!("[day]-[month repr:short]-[year]");
            let day = arrived(number).format(day).unwrap();
            write!(content, "RFC822.SIZE {} INTERNALDATE \"{day} 10:00:00 +0000\"", mail.len()).unwrap();
        }
        Some(format!("* {number} FETCH (UID {uid} {content})\r\n"))
    }
}

/// Whether a search finds a mail.
fn matches(command: &str, uid: usize, number: usize, mail: &[u8]) -> bool {
    let wanted = command.get("UID SEARCH ".len()..).unwrap_or_default();
    let day = format_description!("[day padding:none]-[month repr:short]-[year]");
    match wanted.split_once(' ') {
        Some(("UID", set)) => set.split(':').next().is_some_and(|from| uid >= from.parse().unwrap_or(0)),
        Some(("SINCE", since)) => arrived(number) >= Date::parse(since, day).unwrap(),
        Some(("HEADER", _)) => {
            let value = wanted.split('"').nth(1).unwrap_or_default();
            String::from_utf8_lossy(mail).contains(value)
        }
        _ => true,
    }
}
