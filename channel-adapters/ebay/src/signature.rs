//! The signature of a notification: ECDSA on the curve P-256 over the body, with a key of eBay that the header names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::wire::text;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use serde_json::Value;
use sha1::Digest as _;

use crate::settings::PublicKey;

/// The header that carries the signature.
pub(crate) const HEADER: &str = "x-ebay-signature";

/// The longest id of a key that is asked for.
const LONGEST_ID: usize = 80;

/// What the header says.
pub(crate) struct Signed {
    /// eBay's id of the key.
    pub(crate) key: String,
    signature: Vec<u8>,
}

impl Signed {
    /// Reads the header: JSON in Base64. `None` where it is anything else.
    pub(crate) fn of(header: &str) -> Option<Self> {
        let document: Value = serde_json::from_slice(&STANDARD.decode(header.trim()).ok()?).ok()?;
        let signature = STANDARD.decode(text(&document, &["signature"])).ok()?;
        let key = text(&document, &["kid"]);
        let is_id = key.len() <= LONGEST_ID && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        (is_id && !key.is_empty()).then_some(Self { key, signature })
    }
}

/// A key ready for use.
#[derive(Clone)]
pub(crate) struct Key {
    point: VerifyingKey,
    hash: Hash,
}

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
}

impl Key {
    /// Takes a key as eBay gives it out; `None` where it is of a kind that is not known.
    pub(crate) fn of(given: &PublicKey) -> Option<Self> {
        let hash = match given.digest.to_ascii_uppercase().replace('-', "").as_str() {
            "SHA1" | "" => Hash::Sha1,
            "SHA256" => Hash::Sha256,
            _ => return None,
        };
        // eBay writes the lines of the form without their ends.
        let bare = given.key.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "");
        let encoded: String = bare.split_whitespace().collect();
        let point = VerifyingKey::from_public_key_der(&STANDARD.decode(encoded).ok()?).ok()?;
        Some(Self { point, hash })
    }

    /// Whether the body is what was signed. eBay's own programs sign what their library makes of the JSON, so the body
    /// counts as it came, and without what stands between its words.
    pub(crate) fn signed(&self, body: &[u8], signed: &Signed) -> bool {
        let Ok(signature) = Signature::from_der(&signed.signature) else { return false };
        self.matches(body, &signature) || compact(body).is_some_and(|body| self.matches(&body, &signature))
    }

    fn matches(&self, bytes: &[u8], signature: &Signature) -> bool {
        let verified = match self.hash {
            Hash::Sha1 => self.point.verify_prehash(&sha1::Sha1::digest(bytes), signature),
            Hash::Sha256 => self.point.verify_prehash(&sha256(bytes), signature),
        };
        verified.is_ok()
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

/// JSON without blanks between its words, each text written in the shortest way, and everything in its order.
fn compact(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let (mut written, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(next) = rest.chars().next() {
        if next == '"' {
            let end = end_of_text(rest)?;
            let (quoted, behind) = rest.split_at_checked(end)?;
            let said: String = serde_json::from_str(quoted).ok()?;
            written.push_str(&serde_json::to_string(&said).ok()?);
            rest = behind;
        } else {
            if !matches!(next, ' ' | '\t' | '\r' | '\n') {
                written.push(next);
            }
            rest = rest.get(next.len_utf8()..)?;
        }
    }
    Some(written.into_bytes())
}

/// Where the text at the beginning ends, its quotes included.
fn end_of_text(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl`: a key on `prime256v1`, and its signatures over [`BODY`] with SHA-1 and SHA-256.
    const KEY: &str = "-----BEGIN PUBLIC KEY-----MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXPoQ/KbGAipFHYec8mYaFHzp/GfoP8+TSFtt3vRuE7kbzOrtuj0uWGYPYSX6Bqg8iKHJaSWCb97Y2PnnION2yg==-----END PUBLIC KEY-----";
    const BODY: &[u8] = br#"{"metadata":{"topic":"NEW_MESSAGE"},"notification":{"text":"gr\u00fc\u00df","n":1.0}}"#;
    const SHA1: &str =
        "MEQCICl0VngTuwVhY0eBH36SWrv5bJFW5DDLDTPVao8MErF2AiB1wlHWWUyqJxSpQfs3UH8BcjnYR2LBRXh5cQFQ77us1g==";
    const SHA256: &str =
        "MEUCIQCjgs44eP6d3vgNef1YIFe1W4ZB4JqwbwjT5++VbpAypwIgRw5dDNPVrO6rZUL8NsXbOzx2sAADZpuSkaDW1ucGH9c=";

    fn key(digest: &str) -> Key {
        Key::of(&PublicKey { key: KEY.to_owned(), digest: digest.to_owned() }).unwrap()
    }

    fn signed(signature: &str) -> Signed {
        let header = format!(r#"{{"alg":"ecdsa","kid":"k-1","signature":"{signature}","digest":"SHA1"}}"#);
        Signed::of(&STANDARD.encode(header)).unwrap()
    }

    #[test]
    fn signatures_of_another_program_are_verified() {
        assert!(key("SHA1").signed(BODY, &signed(SHA1)) && key("sha-256").signed(BODY, &signed(SHA256)));
        assert!(!key("SHA256").signed(BODY, &signed(SHA1)) && !key("SHA1").signed(BODY, &signed(SHA256)));
        assert!(!key("SHA1").signed(&BODY[1..], &signed(SHA1)), "another body");
        assert_eq!(signed(SHA1).key, "k-1");
    }

    #[test]
    fn what_stands_between_the_words_does_not_count() {
        let spaced = b"{\n  \"a\" : \"x \\\" \\u00e9\\/\",\r\n\t\"b\": [1.50, null] }";
        assert_eq!(compact(spaced).unwrap(), "{\"a\":\"x \\\" é/\",\"b\":[1.50,null]}".as_bytes());
        for odd in [&b"\"open"[..], b"\xff", b"\"\\ud800\""] {
            assert!(compact(odd).is_none());
        }
    }

    #[test]
    fn headers_and_keys_of_another_form_are_none() {
        let encoded = |text: &str| STANDARD.encode(text);
        for header in ["", "%%%", &encoded("{}"), &encoded("null"), &encoded(r#"{"kid":"../x","signature":""}"#)] {
            assert!(Signed::of(header).is_none(), "{header}");
        }
        for (key, digest) in [("", "SHA1"), ("-----BEGIN PUBLIC KEY-----AAAA", "SHA1"), (KEY, "MD5")] {
            assert!(Key::of(&PublicKey { key: key.to_owned(), digest: digest.to_owned() }).is_none());
        }
        let nonsense = Signed { key: "k".to_owned(), signature: vec![1, 2, 3] };
        assert!(!key("SHA1").signed(BODY, &nonsense));
    }
}
