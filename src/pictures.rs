//! Pictures on the web that a mail shows, fetched for whoever asks to see them: their browser asks nobody outside, and
//! the desk asks nobody inside.
//!
//! A name is looked up once, and what was found and allowed is what is connected to: it cannot lead elsewhere by then.
//! Where a picture lies and what it shows is the mail's own, so neither is logged.

mod web;

use std::collections::HashMap;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, header};
use tokio::net::lookup_host;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

use crate::model::TeammateId;
use crate::model::attachment::{PICTURE_BYTES, picture_type};

pub use web::OpenWeb;

/// How long one picture may take, and all of a mail together.
const TIME: Duration = Duration::from_secs(10);
/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Most pictures of one mail that are fetched: those that it shows first.
pub const MOST: usize = 100;
/// How many of them are fetched at once.
const AT_ONCE: usize = 8;
/// Most bytes of all pictures of one mail.
const TOGETHER: usize = 12 * 1024 * 1024;
/// How often an address may lead to another one.
const REDIRECTS: usize = 3;
const ACCEPTED: &str = "image/webp, image/png, image/jpeg, image/gif";

/// How many mails have their pictures fetched at once, and how many of one teammate.
const MAILS: usize = 6;
const MAILS_OF_ONE: usize = 2;
/// How long a mail waits for its turn.
const TURN: Duration = Duration::from_secs(3);
/// Where the web is served.
const PORTS: &[u16] = &[80, 443];

/// Which machines may be asked.
#[derive(Clone, Debug)]
struct Reach {
    allows: fn(IpAddr) -> bool,
    /// `None`: at any port.
    ports: Option<&'static [u16]>,
    /// The host of the desk's own address, which is never asked; `""` if it has none.
    own: String,
}

/// Too many mails have their pictures fetched right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// A picture that a browser only paints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its type, told by its first bytes.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Fetches pictures, from the public web unless told otherwise.
#[derive(Clone, Debug)]
pub struct Pictures {
    reach: Reach,
    turns: Arc<Turns>,
}

/// Who fetches now: all together, and each teammate.
#[derive(Debug)]
struct Turns {
    all: Arc<Semaphore>,
    of: Mutex<HashMap<TeammateId, Arc<Semaphore>>>,
}

impl Turns {
    /// The turn of a teammate, which ends with the result.
    async fn take(&self, who: TeammateId) -> Result<[OwnedSemaphorePermit; 2], Busy> {
        let own = {
            let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            of.entry(who).or_insert_with(|| Arc::new(Semaphore::new(MAILS_OF_ONE))).clone()
        };
        let both =
            async { Ok::<_, AcquireError>([own.acquire_owned().await?, self.all.clone().acquire_owned().await?]) };
        timeout(TURN, both).await.map_err(|_| Busy)?.map_err(|_| Busy)
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self::of(Reach { allows: is_public, ports: Some(PORTS), own: String::new() })
    }
}

impl Pictures {
    /// Only from these machines, at any port: a double of the web stands on none of its own.
    pub fn reaching(may_reach: fn(IpAddr) -> bool) -> Self {
        Self::of(Reach { allows: may_reach, ports: None, own: String::new() })
    }

    /// The web for channels, by the same rules; nothing at the desk's own address.
    pub fn web(&self, own_address: &str) -> reqwest::Result<OpenWeb> {
        OpenWeb::new(Reach { own: host_of(own_address), ..self.reach.clone() })
    }

    fn of(reach: Reach) -> Self {
        Self { reach, turns: Arc::new(Turns { all: Arc::new(Semaphore::new(MAILS)), of: Mutex::default() }) }
    }

    /// The pictures at these addresses, as far as they can be had: what is too large, too slow, no picture, not on the
    /// web or at the desk's own address is not among them. They are fetched when it is the turn of whoever asks.
    pub async fn fetch(
        &self,
        addresses: &[String],
        who: TeammateId,
        own_address: &str,
    ) -> Result<HashMap<String, Picture>, Busy> {
        let mut found = HashMap::new();
        if addresses.is_empty() {
            return Ok(found);
        }
        let _turn = self.turns.take(who).await?;
        let reach = Reach { own: host_of(own_address), ..self.reach.clone() };
        let client = match client(&reach) {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "no picture can be fetched: the client cannot be built");
                return Ok(found);
            }
        };
        let end = Instant::now() + TIME;
        let wanted: Vec<String> = addresses.iter().take(MOST).cloned().collect();
        let coming = stream::iter(wanted).map(|address| {
            let (client, reach) = (client.clone(), reach.clone());
            async move {
                let picture = picture_at(&client, &address, &reach).await;
                (address, picture)
            }
        });
        let mut coming = pin!(coming.buffer_unordered(AT_ONCE));
        let mut left = TOGETHER;
        while let Ok(Some((address, picture))) = timeout_at(end, coming.next()).await {
            let Some(picture) = picture.filter(|picture| picture.bytes.len() <= left) else { continue };
            left -= picture.bytes.len();
            found.insert(address, picture);
        }
        Ok(found)
    }
}

/// A client that keeps nothing: no cookies, no word of where it comes from, no connections for later. A proxy of the
/// operator would look names up itself, so none is used.
fn client(reach: &Reach) -> reqwest::Result<Client> {
    let may_reach = reach.allows;
    let reach = reach.clone();
    Client::builder()
        .dns_resolver(Outside { may_reach })
        .redirect(Policy::custom(move |attempt| followed(attempt, &reach)))
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(TIME)
        .user_agent("Resolute")
        .build()
}

async fn picture_at(client: &Client, address: &str, reach: &Reach) -> Option<Picture> {
    let url = Url::parse(address).ok().filter(|url| may_be_asked(url, reach))?;
    let mut answer = client.get(url).header(header::ACCEPT, ACCEPTED).send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.ok()? {
        bytes.extend_from_slice(&piece);
        if i64::try_from(bytes.len()).unwrap_or(i64::MAX) > PICTURE_BYTES {
            return None;
        }
    }
    let kind = picture_type(&bytes)?;
    Some(Picture { kind, bytes })
}

fn followed(attempt: Attempt<'_>, reach: &Reach) -> Action {
    if attempt.previous().len() <= REDIRECTS && may_be_asked(attempt.url(), reach) {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Whether an address may be asked, as far as it says so itself; a name is looked up only to connect.
fn may_be_asked(url: &Url, reach: &Reach) -> bool {
    let is_plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let port = url.port_or_known_default();
    let is_served = reach.ports.is_none_or(|ports| port.is_some_and(|port| ports.contains(&port)));
    let is_own = !reach.own.is_empty() && host_in(url) == reach.own;
    is_plain
        && is_served
        && !is_own
        && match url.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(ip)) => (reach.allows)(ip.into()),
            Some(Host::Ipv6(ip)) => (reach.allows)(ip.into()),
            None => false,
        }
}

/// The host that an address names, however it is written.
fn host_of(address: &str) -> String {
    Url::parse(address).map(|url| host_in(&url).to_owned()).unwrap_or_default()
}

/// A dot at the end of a name changes nothing.
fn host_in(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_end_matches('.')
}

/// A name leads to a machine that is none of those that may be asked.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to a machine that may not be asked")]
struct NotAsked;

/// Names as they are looked up to connect: one that leads to any other machine leads nowhere.
struct Outside {
    may_reach: fn(IpAddr) -> bool,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(machines_of(name, self.may_reach))
    }
}

async fn machines_of(name: Name, may_reach: fn(IpAddr) -> bool) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
    if !found.iter().all(|machine| may_reach(machine.ip())) {
        return Err(NotAsked.into());
    }
    Ok(Box::new(found.into_iter()))
}

/// Whether an address is one of the public web: none of this machine, its networks, or set apart for other uses (IANA's
/// registries of special-purpose addresses), and none that hides another one in itself.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, third, _] = ip.octets();
    !matches!(
        (first, second, third),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Of `2000::/3` what is not set apart: `2001::/23`, documentation, and 6to4, which carries another address in itself.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let is_special = matches!((first, second), (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff));
    (0x2000..=0x3fff).contains(&first) && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_public_web_is_not_asked() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.1.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "93.184.215.14",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.1",
            "::ffff:1.1.1.1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450:4001::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_address_is_plain_and_its_host_no_machine_inside() {
        let reach = Pictures::default().reach;
        let asked = |address: &str| may_be_asked(&Url::parse(address).unwrap(), &reach);
        for fine in
            ["https://pictures.example/a.png?b=1", "http://pictures.example:443/", "https://[2606:4700::1111]/a"]
        {
            assert!(asked(fine), "{fine}");
        }
        for refused in [
            "file:///etc/passwd",
            "ftp://pictures.example/a.png",
            "data:image/png;base64,AA",
            "https://ida:secret@pictures.example/a.png",
            "http://127.0.0.1/a.png",
            "http://2130706433/a.png",
            "http://0x7f.1/a.png",
            "http://127.1/a.png",
            "http://[::ffff:127.0.0.1]/a.png",
            "http://169.254.169.254/latest/meta-data",
            "http://pictures.example:8080/",
            "https://pictures.example:8443/a.png",
            "http://pictures.example:22/",
        ] {
            assert!(!asked(refused), "{refused}");
        }
    }

    #[test]
    fn the_desk_is_not_asked_for_pictures() {
        let reach = Reach { own: host_of("https://Desk.Example/help/"), ..Pictures::default().reach };
        let asked = |address: &str| may_be_asked(&Url::parse(address).unwrap(), &reach);
        for own in ["https://desk.example/a.png", "http://DESK.example./", "https://desk.example:443/account"] {
            assert!(!asked(own), "{own}");
        }
        assert!(asked("https://pictures.desk.example/a.png"));
        let without = Reach { own: host_of(""), ..reach.clone() };
        assert!(may_be_asked(&Url::parse("https://desk.example/a.png").unwrap(), &without), "where none is set");
    }

    #[tokio::test]
    async fn of_many_mails_few_have_their_turn() {
        let turns = Pictures::default().turns;
        let person = |number| TeammateId(uuid::Uuid::from_u128(number));
        let first = [turns.take(person(1)).await, turns.take(person(1)).await];
        assert!(first.iter().all(Result::is_ok));
        let (again, other) = tokio::join!(turns.take(person(1)), turns.take(person(2)));
        assert!(again.is_err(), "one teammate has two at once");
        assert!(other.is_ok(), "who keeps nobody else waiting");
        let mut taken = Vec::new();
        for number in 3..6 {
            taken.push(turns.take(person(number)).await.unwrap());
        }
        assert!(turns.take(person(6)).await.is_err(), "and all together six");
        drop(first);
        assert!(turns.take(person(6)).await.is_ok(), "a turn ends");
    }
}
