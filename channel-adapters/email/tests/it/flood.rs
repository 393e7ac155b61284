//! A server that speaks without end, and how much is taken of it.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

/// All that it has to say.
const MUCH: usize = 64 * 1024 * 1024;
/// What it sends at once, and what the system keeps of that on its side.
const BLOCK: usize = 8 * 1024;
const KEPT_HERE: u32 = 16 * 1024;
/// What the system takes for the other side before that asks for it: the longer it reads, the more.
const TAKEN_AHEAD: usize = 3 * 1024 * 1024;

pub(crate) struct Flood {
    pub(crate) port: u16,
    sent: JoinHandle<usize>,
}

impl Flood {
    /// A server that begins with some words and says others until nobody takes them.
    pub(crate) fn start(begins: &'static str, goes_on: &'static str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(KEPT_HERE).unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let block = goes_on.repeat(BLOCK / goes_on.len());
            let mut sent = 0;
            stream.write_all(begins.as_bytes()).await.unwrap();
            while sent < MUCH && stream.write_all(block.as_bytes()).await.is_ok() {
                sent += block.len();
            }
            sent
        });
        Self { port, sent }
    }

    /// Fails where more than `most` was taken of it, beside what the system had on its way.
    pub(crate) async fn gave_at_most(self, most: usize) {
        let sent = self.sent.await.unwrap();
        assert!(sent <= most + TAKEN_AHEAD, "{sent} bytes were taken, and {most} are enough");
    }
}
