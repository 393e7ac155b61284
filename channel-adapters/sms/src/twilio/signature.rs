//! Whether a request is Twilio's: HMAC-SHA1 over the address that it called and the sorted fields of the form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::fields::Fields;

/// The header that carries the signature.
pub(crate) const HEADER: &str = "x-twilio-signature";

/// Checks the header's value. Any of the secrets will do; without one, nothing is Twilio's.
pub(crate) fn verify<'a>(
    secrets: impl Iterator<Item = &'a Secret>,
    header: Option<&str>,
    url: &str,
    fields: &Fields,
) -> Result<(), VerifyError> {
    let header = header.map(str::trim).filter(|header| !header.is_empty()).ok_or(VerifyError::Missing)?;
    let given = STANDARD.decode(header).map_err(|_| VerifyError::Mismatch)?;
    let (addresses, fields) = (addresses(url), joined(fields));
    let mut is_right = false;
    for secret in secrets {
        for address in &addresses {
            // A key of any length is fine for HMAC, so this cannot fail.
            let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.reveal().as_bytes()) else { continue };
            mac.update(address.as_bytes());
            mac.update(fields.as_bytes());
            is_right |= mac.verify_slice(&given).is_ok();
        }
    }
    if is_right { Ok(()) } else { Err(VerifyError::Mismatch) }
}

/// The fields as they are signed: by name, one that is there twice with the same value once.
fn joined(fields: &Fields) -> String {
    let mut pairs: Vec<&(String, String)> = fields.pairs().iter().collect();
    pairs.sort();
    pairs.dedup();
    pairs.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect()
}

/// The address as Twilio may have written it: without who signs in, and with or without its port.
fn addresses(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    let (bare, full) = match host.rsplit_once(':') {
        Some((name, digits)) if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            (name.to_owned(), host.to_owned())
        }
        _ => (host.to_owned(), format!("{host}:{port}")),
    };
    [bare, full].map(|host| format!("{scheme}://{host}{path}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FORM: &str =
        "To=%2B18005551212&CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309";
    /// As the documentation of Twilio has it.
    const DOCUMENTED: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

    fn verdict(secrets: &[&str], header: Option<&str>, url: &str, form: &str) -> Result<(), VerifyError> {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        verify(secrets.iter(), header, url, &Fields::of_form(form.as_bytes()))
    }

    fn signed(url: &str, text: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(b"12345").unwrap();
        mac.update(url.as_bytes());
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    #[test]
    fn the_signature_is_the_documented_one() {
        for secrets in [["12345", "other"], ["other", "12345"]] {
            assert_eq!(verdict(&secrets, Some(DOCUMENTED), URL, FORM), Ok(()));
        }
        for (secrets, url, form) in [
            (["other"].as_slice(), URL, FORM),
            (&[], URL, FORM),
            (&["12345"], "https://mycompany.com/myapp.php?foo=1", FORM),
            (&["12345"], "http://mycompany.com/myapp.php?foo=1&bar=2", FORM),
            (&["12345"], URL, "To=%2B18005551213"),
        ] {
            assert_eq!(verdict(secrets, Some(DOCUMENTED), url, form), Err(VerifyError::Mismatch), "{url} {form}");
        }
    }

    #[test]
    fn a_port_may_be_signed_or_not() {
        for url in [
            "https://mycompany.com:443/myapp.php?foo=1&bar=2",
            "https://mycompany.com:8443/myapp.php?foo=1&bar=2",
            "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2",
        ] {
            assert_eq!(verdict(&["12345"], Some(DOCUMENTED), url, FORM), Ok(()), "{url}");
        }
        let with_port = signed("https://mycompany.com:443/x", "a1");
        assert_eq!(verdict(&["12345"], Some(&with_port), "https://mycompany.com/x", "a=1"), Ok(()));
        let of_http = signed("http://mycompany.com:8080/x", "a1");
        assert_eq!(verdict(&["12345"], Some(&of_http), "http://mycompany.com:8080/x", "a=1"), Ok(()));
    }

    #[test]
    fn a_field_that_is_there_twice_counts_by_its_values() {
        let twice = signed("https://x.example/", "a1a2");
        assert_eq!(verdict(&["12345"], Some(&twice), "https://x.example/", "a=2&a=1&a=2"), Ok(()));
    }

    #[test]
    fn headers_of_another_form_are_no_signature() {
        for header in [None, Some(""), Some("  ")] {
            assert_eq!(verdict(&["12345"], header, URL, FORM), Err(VerifyError::Missing), "{header:?}");
        }
        for header in ["no base64!", "AAAA", "RSOYDt4T1cUTdK1PDd93/VVr8B8"] {
            assert_eq!(verdict(&["12345"], Some(header), URL, FORM), Err(VerifyError::Mismatch), "{header}");
        }
    }
}
