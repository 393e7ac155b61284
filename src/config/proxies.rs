//! Which proxies are believed about whom they ask for.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The networks of proxies that are believed, written with commas between them or as a list. A proxy on this machine always is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct Proxies(Vec<IpNet>);

/// Something else where a network was to be named.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither a network, such as 10.0.0.0/8, nor an address")]
pub struct NotANetwork(String);

/// As a file or the environment names them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Line(String),
    List(Vec<String>),
}

impl TryFrom<Written> for Proxies {
    type Error = NotANetwork;

    fn try_from(written: Written) -> Result<Self, NotANetwork> {
        match written {
            Written::Line(text) => text.try_into(),
            Written::List(names) => names.join(",").try_into(),
        }
    }
}

impl TryFrom<String> for Proxies {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        let named = text.split([',', ' ']).filter(|name| !name.is_empty());
        Ok(Self(named.map(network).collect::<Result<_, _>>()?))
    }
}

impl From<Proxies> for String {
    fn from(proxies: Proxies) -> Self {
        proxies.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

impl Proxies {
    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who asks: the last address that is no believed proxy's. `hops` are those of `X-Forwarded-For`, the last one first:
    /// each proxy puts down behind the others whom it was asked by, and what stands before that anybody can invent.
    pub fn asker<'a>(&self, peer: IpAddr, hops: impl Iterator<Item = &'a str>) -> IpAddr {
        let mut address = peer.to_canonical();
        for hop in hops {
            if !self.believes(address) {
                break;
            }
            let Some(named) = address_of(hop) else { break };
            address = named;
        }
        address
    }

    fn believes(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(name: &str) -> Result<IpNet, NotANetwork> {
    let network = name.parse::<IpNet>().or_else(|_| name.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| NotANetwork(name.to_owned()))
}

/// Some proxies name the port too, and some put brackets around an address without one.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|with_port| with_port.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(text: &str) -> Proxies {
        Proxies::try_from(text.to_owned()).unwrap()
    }

    fn asker(believed: &str, peer: &str, forwarded: &str) -> String {
        let hops = forwarded.rsplit(',').filter(|hop| !hop.is_empty());
        proxies(believed).asker(peer.parse().unwrap(), hops).to_string()
    }

    #[test]
    fn the_last_address_that_is_no_believed_proxys_asks() {
        const NETS: &str = "172.16.0.0/12, 10.0.0.7 fd00::/8";
        for (peer, forwarded, expected) in [
            ("172.18.0.2", "203.0.113.9", "203.0.113.9"),
            ("172.18.0.2", "198.51.100.4, 203.0.113.9", "203.0.113.9"),
            ("127.0.0.1", "198.51.100.4, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
            ("::ffff:172.18.0.2", "203.0.113.9:40112, ::ffff:10.0.0.7", "203.0.113.9"),
            ("fd00::2", "[2001:db8::1]:443", "2001:db8::1"),
            ("fd00::2", "[2001:db8::1]", "2001:db8::1"),
            ("fd00::2", "[2001:db8::1", "fd00::2"),
            ("172.18.0.2", "172.18.0.9", "172.18.0.9"),
            ("172.18.0.2", "", "172.18.0.2"),
            ("172.18.0.2", "203.0.113.9, unknown", "172.18.0.2"),
            // Nobody else is believed, beside a proxy that is neither.
            ("10.0.0.8", "203.0.113.9", "10.0.0.8"),
            ("203.0.113.9", "172.18.0.2", "203.0.113.9"),
        ] {
            assert_eq!(asker(NETS, peer, forwarded), expected, "{peer}: {forwarded}");
        }
        assert_eq!(asker("", "127.0.0.1", "203.0.113.9"), "203.0.113.9", "one on this machine");
        assert_eq!(asker("", "172.18.0.2", "203.0.113.9"), "172.18.0.2");
    }

    #[test]
    fn networks_are_written_as_they_are_read() {
        let text = "10.0.0.0/8,192.0.2.7/32,fd00::/8";
        assert_eq!(String::from(proxies("10.0.0.0/8, 192.0.2.7,,fd00::/8 ")), text);
        assert_eq!(String::from(proxies(text)), text);
        assert!(proxies(" ").is_empty() && !proxies(text).is_empty());
        let wrong = Proxies::try_from("10.0.0.0/8,10.0.0.0/33".to_owned()).unwrap_err();
        assert_eq!(wrong.to_string(), "`10.0.0.0/33` is neither a network, such as 10.0.0.0/8, nor an address");
    }
}
