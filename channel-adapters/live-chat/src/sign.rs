//! HMAC-SHA256, and the text form of what is signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The signature of several parts. Each part is preceded by its length, so that no two lists of parts are one.
pub(crate) fn sign(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    mac(secret, parts).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// Whether a signature is right, in constant time. Without a secret nothing is.
pub(crate) fn is_signed(secret: &str, parts: &[&[u8]], signature: &[u8]) -> bool {
    !secret.is_empty() && mac(secret, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

/// Whether a signature over plain bytes is right, as other people's libraries make it.
pub(crate) fn is_signed_plain(secret: &str, bytes: &[u8], signature: &[u8]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    !secret.is_empty() && mac.is_ok_and(|mac| mac.chain_update(bytes).verify_slice(signature).is_ok())
}

fn mac(secret: &str, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    Some(mac)
}

pub(crate) fn to_text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn from_text(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
