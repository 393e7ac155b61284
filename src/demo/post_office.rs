//! Where the demo's replies go: a mail server on this machine that takes every mail and keeps none.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Opens the office on a free port of this machine; it closes with `stop`.
pub(super) async fn open(stop: CancellationToken) -> std::io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => drop(tokio::spawn(serve(stream))),
                    Err(error) => tracing::warn!(%error, "the demo's mail server cannot take a connection"),
                },
            }
        }
    });
    Ok(port)
}

/// One connection, as far as RFC 5321 needs it.
async fn serve(stream: TcpStream) {
    if let Err(error) = talk(stream).await {
        tracing::debug!(%error, "a connection to the demo's mail server ended early");
    }
}

async fn talk(stream: TcpStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 demo.invalid ready\r\n").await?;
    let mut in_mail = false;
    while let Some(line) = lines.next_line().await? {
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        let answer: &[u8] = match (in_mail, verb.as_str()) {
            (true, _) if line == "." => {
                in_mail = false;
                b"250 taken\r\n"
            }
            (true, _) => continue,
            (false, "EHLO" | "HELO") => b"250 demo.invalid\r\n",
            (false, "DATA") => {
                in_mail = true;
                b"354 go on\r\n"
            }
            (false, "QUIT") => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            (false, _) => b"250 ok\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
