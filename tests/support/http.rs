//! A small HTTP client over one connection: cheap enough to load a server on the same machine, and exact about whether
//! an answer came or not.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// The server closes a connection that rests for five seconds; one that rests nearly so long is not used again.
const RESTS: Duration = Duration::from_secs(3);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first value of a header; `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON ({}): {}", self.status, self.text()))
    }
}

/// A client with at most one connection, which is opened when needed and opened again when it broke.
pub(crate) struct Client {
    address: SocketAddr,
    /// The open connection, and since when it rests.
    stream: Option<(BufReader<TcpStream>, Instant)>,
    headers: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, headers: String::new() }
    }

    /// Sends a header with every request.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    /// With an API token.
    pub(crate) fn with_token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, None, b"").await
    }

    pub(crate) async fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> io::Result<Answer> {
        self.send("POST", path, Some(content_type), body).await
    }

    pub(crate) async fn post_json(&mut self, path: &str, body: &serde_json::Value) -> io::Result<Answer> {
        self.post(path, "application/json", body.to_string().as_bytes()).await
    }

    pub(crate) async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        let body = serde_urlencoded::to_string(fields).map_err(io::Error::other)?;
        self.post(path, "application/x-www-form-urlencoded", body.as_bytes()).await
    }

    /// Posts a body with headers of its own, the content type among them.
    pub(crate) async fn post_with(
        &mut self,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let common = self.headers.len();
        let mut content_type = "application/octet-stream";
        for (name, value) in headers {
            if name == "content-type" {
                content_type = value;
            } else {
                self.headers.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
            }
        }
        let answer = self.send("POST", path, Some(content_type), body).await;
        self.headers.truncate(common);
        answer
    }

    /// One request. After an error nobody knows whether it was taken.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{}", self.address, self.headers);
        if let Some(content_type) = content_type {
            let length = body.len().to_string();
            request.extend(["content-type: ", content_type, "\r\ncontent-length: ", &length, "\r\n"]);
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        let stream = if let Some((stream, _)) = self.stream.take().filter(|(_, since)| since.elapsed() < RESTS) {
            stream
        } else {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            BufReader::new(stream)
        };
        let (answer, stream) = exchange(stream, &bytes).await?;
        if answer.header("connection") != Some("close") {
            self.stream = Some((stream, Instant::now()));
        }
        Ok(answer)
    }
}

async fn exchange(mut stream: BufReader<TcpStream>, request: &[u8]) -> io::Result<(Answer, BufReader<TcpStream>)> {
    stream.write_all(request).await?;
    let status = line(&mut stream).await?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(broken)?;
    let mut headers = Vec::new();
    loop {
        let line = line(&mut stream).await?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(broken)?;
        headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    if answer.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = usize::from_str_radix(&line(&mut stream).await?, 16).map_err(io::Error::other)?;
            read(&mut stream, &mut answer.body, size).await?;
            line(&mut stream).await?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse().ok()) {
        read(&mut stream, &mut answer.body, length).await?;
    }
    Ok((answer, stream))
}

async fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end().len());
    Ok(line)
}

async fn read(stream: &mut BufReader<TcpStream>, into: &mut Vec<u8>, size: usize) -> io::Result<()> {
    let start = into.len();
    into.resize(start + size, 0);
    stream.read_exact(&mut into[start..]).await?;
    Ok(())
}

fn broken() -> io::Error {
    io::Error::other("this is no HTTP answer")
}
