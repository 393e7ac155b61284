//! Ports for servers that cannot choose one themselves.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process,
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A loopback port that nobody listens on now. Prefer port 0 for servers that tell which one they got.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// A loopback port for a server that goes and comes back, while clients try it again and again. The system gives it to no
/// outgoing connection, so that none of them takes it meanwhile, or meets itself there.
pub(crate) fn lasting_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let first = 15_000 + 16 * u16::try_from(process::id() % 1_000).expect("a small number");
    (0..1_000)
        .map(|_| first + ASKED.fetch_add(1, Ordering::Relaxed))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("loopback has a free port")
}

/// Waits until a server accepts connections; false when it still does not after the patience.
pub(crate) fn accepts_within(port: u16, patience: Duration) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let give_up = Instant::now() + patience;
    while Instant::now() < give_up {
        if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}
