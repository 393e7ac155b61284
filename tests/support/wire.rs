//! A wire between a browser and the desk that can be cut, mended and stalled, one over which answers come late, and a shop's
//! page on an origin of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The wire. Its address is the desk's as the browser sees it.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    way: Arc<Mutex<Way>>,
}

/// Where the wire leads, and how it carries what comes on it now.
#[derive(Clone)]
struct Way {
    desk: SocketAddr,
    /// Cancelled: everything on it is cut, and nothing gets through.
    whole: CancellationToken,
    /// Cancelled: nothing moves on it any more, and neither side is told.
    flows: CancellationToken,
    takes_sockets: bool,
}

impl Wire {
    pub(crate) async fn to(desk: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound address");
        let way = Way { desk, whole: CancellationToken::new(), flows: CancellationToken::new(), takes_sockets: true };
        let way = Arc::new(Mutex::new(way));
        let known = way.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let way = known.lock().unwrap().clone();
                if !way.whole.is_cancelled() {
                    tokio::spawn(carry(near, way));
                }
            }
        });
        Self { address, way }
    }

    pub(crate) fn cut(&self) {
        self.way().whole.cancel();
    }

    pub(crate) fn mend(&self) {
        self.way().whole = CancellationToken::new();
    }

    /// What is connected now stays so, and nothing comes through any more; what is connected from now on works.
    pub(crate) fn stall(&self) {
        let mut way = self.way();
        way.flows.cancel();
        way.flows = CancellationToken::new();
    }

    /// From now on no socket gets through, as behind some proxies.
    pub(crate) fn refuse_sockets(&self) {
        self.way().takes_sockets = false;
    }

    /// From now on it leads to another address.
    pub(crate) fn lead_to(&self, desk: SocketAddr) {
        self.way().desk = desk;
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap()
    }
}

async fn carry(mut near: TcpStream, way: Way) {
    let mut head = Vec::new();
    if !way.takes_sockets {
        let Some(read) = head_without_upgrade(&mut near).await else { return };
        head = read;
    }
    let Ok(mut far) = TcpStream::connect(way.desk).await else { return };
    if far.write_all(&head).await.is_err() {
        return;
    }
    tokio::select! {
        () = way.whole.cancelled() => return,
        () = way.flows.cancelled() => {}
        _ = copy_bidirectional(&mut near, &mut far) => return,
    }
    // Both ends are held, so that neither notices.
    way.whole.cancelled().await;
}

/// The head of a connection's first request. Where it asks for a socket it is refused, and there is none.
async fn head_without_upgrade(near: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if near.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    if !String::from_utf8_lossy(&head).to_lowercase().contains("upgrade: websocket") {
        return Some(head);
    }
    let refused = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    // Whoever is gone needs no answer.
    let _ = near.write_all(refused.as_bytes()).await;
    None
}

/// A wire over which every answer comes late, by as much as is said; at first by nothing.
pub(crate) struct SlowWire {
    address: SocketAddr,
    /// In milliseconds.
    late: Arc<AtomicU64>,
}

impl SlowWire {
    pub(crate) async fn to(far: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound address");
        let late = Arc::<AtomicU64>::default();
        let by = late.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry_late(near, far, by.clone()));
            }
        });
        Self { address, late }
    }

    pub(crate) fn set_late(&self, by: Duration) {
        self.late.store(u64::try_from(by.as_millis()).expect("a short time"), Ordering::Relaxed);
    }

    /// The same address by way of this wire.
    pub(crate) fn way_to(&self, url: &str) -> String {
        let mut url = Url::parse(url).expect("an address");
        url.set_port(Some(self.address.port())).expect("an address with a port");
        url.into()
    }
}

async fn carry_late(near: TcpStream, far: SocketAddr, late: Arc<AtomicU64>) {
    let Ok(far) = TcpStream::connect(far).await else { return };
    for side in [&near, &far] {
        side.set_nodelay(true).expect("a plain connection");
    }
    let (mut asks, mut hears) = near.into_split();
    let (mut answers, mut takes) = far.into_split();
    let there = copy(&mut asks, &mut takes);
    let back = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(mut length @ 1..) = answers.read(&mut buffer).await {
            tokio::time::sleep(Duration::from_millis(late.load(Ordering::Relaxed))).await;
            // All of an answer is late once.
            loop {
                if hears.write_all(&buffer[..length]).await.is_err() {
                    return;
                }
                let Ok(more @ 1..) = answers.try_read(&mut buffer) else { break };
                length = more;
            }
        }
    };
    tokio::select! {
        _ = there => {}
        () = back => {}
    }
}

/// A plain page that answers every request; gives its host and port.
pub(crate) async fn page(html: impl FnOnce(SocketAddr) -> String) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound address");
    let html = html(address);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nconnection: close\r\n";
    let answer = format!("{head}content-length: {}\r\n\r\n{html}", html.len());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.split();
                let mut lines = BufReader::new(read).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line.is_empty() {
                        break;
                    }
                }
                let _ = write.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}
