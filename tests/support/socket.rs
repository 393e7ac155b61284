//! A small WebSocket client that also does what a good one never would.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a test waits for a frame.
const PATIENCE: Duration = Duration::from_secs(20);

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An open line.
pub(crate) struct Socket {
    stream: BufReader<TcpStream>,
    /// Whether pings are answered.
    pub(crate) answers: bool,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Came {
    Frame(Value),
    /// The line is closed, with a code if one was given.
    Closed(Option<u16>),
}

impl Socket {
    /// Opens a line, or gives the status of the refusal.
    pub(crate) async fn open(address: SocketAddr, path: &str, origin: Option<&str>) -> Result<Self, u16> {
        let stream = TcpStream::connect(address).await.expect("the server is there");
        stream.set_nodelay(true).expect("a plain connection");
        // Ten thousand of these are opened at once.
        let mut stream = BufReader::with_capacity(512, stream);
        let origin = origin.map(|origin| format!("origin: {origin}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\n{origin}connection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("the request is sent");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("an answer"));
        }
        let head = String::from_utf8_lossy(&head);
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        if status == 101 { Ok(Self { stream, answers: true }) } else { Err(status) }
    }

    pub(crate) async fn send(&mut self, frame: &Value) {
        self.send_raw(TEXT, frame.to_string().as_bytes()).await.expect("the frame is sent");
    }

    /// A frame of any kind, masked with zeros.
    pub(crate) async fn send_raw(&mut self, kind: u8, payload: &[u8]) -> std::io::Result<()> {
        let mut frame = vec![0x80 | kind];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            length @ 126..65_536 => {
                frame.push(0xfe);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(0xff);
                frame.extend(u64::try_from(length).unwrap().to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).await
    }

    /// Bytes that need be no frame.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The next frame, or the end of the line.
    pub(crate) async fn next(&mut self) -> Came {
        timeout(PATIENCE, self.read()).await.expect("a frame or the end comes in time")
    }

    /// The same, however long it takes.
    pub(crate) async fn read(&mut self) -> Came {
        loop {
            let Ok((kind, payload)) = self.read_raw().await else { return Came::Closed(None) };
            match kind {
                TEXT => return Came::Frame(serde_json::from_slice(&payload).expect("a frame is JSON")),
                PING if self.answers => drop(self.send_raw(PONG, &payload).await),
                CLOSE => {
                    return Came::Closed(payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]])));
                }
                _ => {}
            }
        }
    }

    async fn read_raw(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let kind = self.stream.read_u8().await? & 0x0f;
        let length = match self.stream.read_u8().await? & 0x7f {
            126 => usize::from(self.stream.read_u16().await?),
            127 => usize::try_from(self.stream.read_u64().await?).expect("it fits"),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await?;
        Ok((kind, payload))
    }

    /// The next frame of a kind; others are passed over.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            match self.next().await {
                Came::Frame(frame) if frame["t"] == kind => return frame,
                Came::Frame(_) => {}
                Came::Closed(code) => panic!("the line closed ({code:?}) before a “{kind}” came"),
            }
        }
    }

    /// The next frame, whatever it is.
    pub(crate) async fn next_of_any(&mut self) -> Value {
        match self.next().await {
            Came::Frame(frame) => frame,
            Came::Closed(code) => panic!("the line closed ({code:?})"),
        }
    }

    /// Reads on until the line is closed; gives the code.
    pub(crate) async fn end(&mut self) -> Option<u16> {
        loop {
            if let Came::Closed(code) = self.next().await {
                return code;
            }
        }
    }
}
