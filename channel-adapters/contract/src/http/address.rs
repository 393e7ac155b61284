//! Where a platform is called: addresses that settings name, and what lies below them.

use url::{Host, Url};

use crate::failure::{ChannelFailure, FailureClass};

/// An address of the settings that keeps what is sent there to itself: https, or this machine.
///
/// # Errors
/// `Refused` with [`FailureClass::Permission`]: a person mends the settings.
pub fn protected(address: &str) -> Result<Url, ChannelFailure> {
    let wrong = |words: &str| ChannelFailure::refused(FailureClass::Permission, words);
    let url = Url::parse(address.trim()).map_err(|_| wrong("An address in the channel's settings is no address."))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local(&url) => Ok(url),
        _ => Err(wrong("An address in the channel's settings does not begin with https://.")),
    }
}

/// Whether an address names this machine, in whichever form.
pub fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
        None => false,
    }
}

/// What lies below a [`protected`] address. Each part is one step of the path: none leaves its place, not an empty one, and
/// none that names the folder above.
///
/// # Errors
/// As [`protected`]; `Refused` with [`FailureClass::Content`] where a part is none.
pub fn below(address: &str, parts: &[&str]) -> Result<Url, ChannelFailure> {
    let mut url = protected(address)?;
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return Err(ChannelFailure::refused(FailureClass::Content, "An id that is none cannot be part of an address."));
    }
    // What has a host has a path.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_travel_protected() {
        for right in [
            "https://api.example",
            " https://api.example/v1 ",
            "http://127.0.0.1:9",
            "http://127.0.0.2:9",
            "http://localhost:1/x",
            "http://LOCALHOST./",
            "http://[::1]:9",
            "http://[::ffff:127.0.0.1]:9",
        ] {
            assert!(protected(right).is_ok(), "{right}");
        }
        for wrong in [
            "http://api.example",
            "http://10.0.0.1",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "ftp://api.example",
            "file:///etc/passwd",
            "token",
            "",
        ] {
            let failure = protected(wrong).unwrap_err();
            assert_eq!(failure.class(), FailureClass::Permission, "{wrong}");
        }
    }

    #[test]
    fn ids_stay_in_their_place() {
        let of = |base: &str, parts: &[&str]| below(base, parts).map(String::from);
        assert_eq!(of("https://h/v1/", &["orders", "a/b?c#d"]).unwrap(), "https://h/v1/orders/a%2Fb%3Fc%23d");
        assert_eq!(of("https://h", &["%2e%2e", "x"]).unwrap(), "https://h/%252e%252e/x");
        assert_eq!(of("https://h/v1", &[]).unwrap(), "https://h/v1");
        for part in ["", ".", ".."] {
            assert_eq!(of("https://h", &["orders", part]).unwrap_err().class(), FailureClass::Content, "{part}");
        }
        assert_eq!(of("http://h", &["x"]).unwrap_err().class(), FailureClass::Permission);
    }
}
