//! A wire between a browser and the desk that can be cut and mended; and a shop's page on an origin of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// The wire. Its address is the desk's as the browser sees it.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    /// Cancelled: everything on it is cut, and nothing gets through.
    whole: Arc<Mutex<CancellationToken>>,
}

impl Wire {
    pub(crate) async fn to(desk: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound address");
        let whole = Arc::new(Mutex::new(CancellationToken::new()));
        let state = whole.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let cut = state.lock().unwrap().clone();
                if !cut.is_cancelled() {
                    tokio::spawn(carry(near, desk, cut));
                }
            }
        });
        Self { address, whole }
    }

    pub(crate) fn cut(&self) {
        self.whole.lock().unwrap().cancel();
    }

    pub(crate) fn mend(&self) {
        *self.whole.lock().unwrap() = CancellationToken::new();
    }
}

async fn carry(mut near: TcpStream, desk: SocketAddr, cut: CancellationToken) {
    let Ok(mut far) = TcpStream::connect(desk).await else { return };
    tokio::select! {
        () = cut.cancelled() => {}
        _ = copy_bidirectional(&mut near, &mut far) => {}
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
