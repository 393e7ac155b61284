//! A stream of server-sent events, as the chat's fallback reads it.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An open stream.
pub(crate) struct Stream {
    lines: tokio::io::Lines<BufReader<TcpStream>>,
}

impl Stream {
    pub(crate) async fn open(address: SocketAddr, path: &str, token: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("the server is there");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("the request is sent");
        Self { lines: BufReader::new(stream).lines() }
    }

    /// The next frame of a kind; others are passed over.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        let next = async {
            loop {
                let line = self.lines.next_line().await.expect("the stream goes on").expect("a line");
                let Some(frame) = line.strip_prefix("data: ") else { continue };
                let frame: Value = serde_json::from_str(frame).expect("a frame is JSON");
                if frame["t"] == kind {
                    return frame;
                }
            }
        };
        timeout(Duration::from_secs(20), next).await.expect("a frame comes in time")
    }

    /// Reads on until the stream ends: with its last piece, or with the connection.
    pub(crate) async fn end(&mut self) {
        let rest = async {
            while self.lines.next_line().await.expect("the stream ends well").is_some_and(|line| line != "0") {}
        };
        timeout(Duration::from_secs(20), rest).await.expect("the stream ends in time");
    }
}
