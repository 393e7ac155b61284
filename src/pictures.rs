//! Pictures on the web that a mail shows, fetched for whoever asks to see them: their browser asks nobody outside, and
//! the desk asks nobody inside.
//!
//! A name is looked up once, and what was found and allowed is what is connected to: it cannot lead elsewhere by then.
//! Where a picture lies and what it shows is the mail's own, so neither is logged.

use std::collections::HashMap;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, header};
use tokio::net::lookup_host;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::model::attachment::{PICTURE_BYTES, picture_type};

/// How long one picture may take, and all of a mail together.
const TIME: Duration = Duration::from_secs(10);
/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Most pictures of one mail, and how many are fetched at once.
const MOST: usize = 100;
const AT_ONCE: usize = 8;
/// Most bytes of all pictures of one mail.
const TOGETHER: usize = 12 * 1024 * 1024;
/// How often an address may lead to another one.
const REDIRECTS: usize = 3;
const ACCEPTED: &str = "image/webp, image/png, image/jpeg, image/gif";

/// Which machines may be asked.
type Reach = fn(IpAddr) -> bool;

/// A picture that a browser only paints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its type, told by its first bytes.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Fetches pictures, from the public web unless told otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Pictures {
    may_reach: Reach,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { may_reach: is_public }
    }
}

impl Pictures {
    /// Only from these machines: a double of the web stands on none of its own.
    pub fn reaching(may_reach: fn(IpAddr) -> bool) -> Self {
        Self { may_reach }
    }

    /// The pictures at these addresses, as far as they can be had: what is too large, too slow, no picture or not on
    /// the web is not among them.
    pub async fn fetch(self, addresses: &[String]) -> HashMap<String, Picture> {
        let mut found = HashMap::new();
        let client = match self.client() {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "no picture can be fetched: the client cannot be built");
                return found;
            }
        };
        let (end, may_reach) = (Instant::now() + TIME, self.may_reach);
        let wanted: Vec<String> = addresses.iter().take(MOST).cloned().collect();
        let coming = stream::iter(wanted).map(|address| {
            let client = client.clone();
            async move {
                let picture = picture_at(&client, &address, may_reach).await;
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
        found
    }

    /// A client that keeps nothing: no cookies, no word of where it comes from, no connections for later. A proxy of
    /// the operator would look names up itself, so none is used.
    fn client(self) -> reqwest::Result<Client> {
        let may_reach = self.may_reach;
        Client::builder()
            .dns_resolver(Outside { may_reach })
            .redirect(Policy::custom(move |attempt| followed(attempt, may_reach)))
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(TIME)
            .user_agent("Resolute")
            .build()
    }
}

async fn picture_at(client: &Client, address: &str, may_reach: Reach) -> Option<Picture> {
    let url = Url::parse(address).ok().filter(|url| may_be_asked(url, may_reach))?;
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

fn followed(attempt: Attempt<'_>, may_reach: Reach) -> Action {
    if attempt.previous().len() <= REDIRECTS && may_be_asked(attempt.url(), may_reach) {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Whether an address may be asked, as far as it says so itself; a name is looked up only to connect.
fn may_be_asked(url: &Url, may_reach: Reach) -> bool {
    let is_plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    is_plain
        && match url.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(ip)) => may_reach(ip.into()),
            Some(Host::Ipv6(ip)) => may_reach(ip.into()),
            None => false,
        }
}

/// Names as they are looked up to connect: one that leads to any other machine leads nowhere.
struct Outside {
    may_reach: Reach,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(machines_of(name, self.may_reach))
    }
}

async fn machines_of(name: Name, may_reach: Reach) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
    if !found.iter().all(|machine| may_reach(machine.ip())) {
        return Err("the name leads to a machine that may not be asked".into());
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
        let asked = |address: &str| may_be_asked(&Url::parse(address).unwrap(), is_public);
        for fine in
            ["https://pictures.example/a.png?b=1", "http://pictures.example:8080/", "https://[2606:4700::1111]/a"]
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
        ] {
            assert!(!asked(refused), "{refused}");
        }
    }
}
