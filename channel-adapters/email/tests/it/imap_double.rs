//! An IMAP server in the test's own process that breaks the connection whenever one certain mail is asked for.

use std::fmt::Write as _;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How many mails lie in the inbox.
pub(crate) const MAILS: u32 = 5;

/// The access token that it takes.
pub(crate) const TOKEN: &str = "ya29.fresh";

/// Starts the server; asking for the body of the mail `poison` ends the connection.
pub(crate) async fn start(poison: u32) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // The client may leave at any time.
                let _ = serve(stream, poison).await;
            });
        }
    });
    port
}

async fn serve(stream: TcpStream, poison: u32) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(b"* OK ready\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let tag = words.next().unwrap_or_default().to_owned();
        let command = words.collect::<Vec<_>>().join(" ");
        if command.to_ascii_uppercase().starts_with("AUTHENTICATE") {
            stream.get_mut().write_all(b"+ \r\n").await?;
            line.clear();
            stream.read_line(&mut line).await?;
            let word = if is_token(line.trim()) { "OK in" } else { "NO refused" };
            stream.get_mut().write_all(format!("{tag} {word}\r\n").as_bytes()).await?;
            continue;
        }
        let Some(answer) = answer(&command, poison) else { return Ok(()) };
        stream.get_mut().write_all(format!("{answer}{tag} OK done\r\n").as_bytes()).await?;
    }
}

/// Whether a line signs in with [`TOKEN`].
fn is_token(line: &str) -> bool {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(line).unwrap_or_default();
    String::from_utf8_lossy(&bytes).contains(&format!("auth=Bearer {TOKEN}\u{1}"))
}

/// The untagged lines of an answer; `None` where the connection breaks.
fn answer(command: &str, poison: u32) -> Option<String> {
    let upper = command.to_ascii_uppercase();
    if upper.starts_with("CAPABILITY") {
        return Some("* CAPABILITY IMAP4rev1\r\n".to_owned());
    }
    if upper.starts_with("LIST") {
        return Some("* LIST () \"/\" INBOX\r\n".to_owned());
    }
    if upper.starts_with("EXAMINE") {
        return Some(format!("* {MAILS} EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\n* OK [UIDNEXT {}] ok\r\n", MAILS + 1));
    }
    if upper.starts_with("UID SEARCH") {
        let from = upper.split("UID ").nth(2).and_then(|set| set.split(':').next()?.parse().ok()).unwrap_or(1);
        let uids: Vec<String> = (from..=MAILS).map(|uid: u32| uid.to_string()).collect();
        return Some(format!("* SEARCH {}\r\n", uids.join(" ")));
    }
    if !upper.contains("FETCH") {
        return Some(String::new());
    }
    let set = upper.split("FETCH ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let uids = set.split(',').map(|uid| uid.parse().unwrap_or(MAILS));
    let mut out = String::new();
    for uid in uids {
        let mail = format!("From: ann@customer.example\r\nMessage-ID: <mail-{uid}@customer.example>\r\n\r\nText\r\n");
        let content = if upper.contains("BODY.PEEK[]") {
            if uid == poison {
                return None;
            }
            format!("BODY[] {{{}}}\r\n{mail}", mail.len())
        } else if upper.contains("HEADER") {
            let header = mail.trim_end_matches("Text\r\n");
            format!("BODY[HEADER] {{{}}}\r\n{header}", header.len())
        } else {
            format!("RFC822.SIZE {} INTERNALDATE \"03-Nov-2026 10:00:00 +0000\"", mail.len())
        };
        writeln!(out, "* {uid} FETCH (UID {uid} {content})\r").unwrap();
    }
    Some(out)
}
