//! Whether a webhook is the provider's: over the bytes of the body, in a time that tells nothing of the secret.

use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a header holds.
pub(crate) fn given(header: Option<&str>) -> Result<&str, VerifyError> {
    header.map(str::trim).filter(|header| !header.is_empty()).ok_or(VerifyError::Missing)
}

/// Checks an HMAC-SHA256 of the body. Without a secret nothing is the provider's.
pub(crate) fn verify_hmac(secret: &Secret, given: &[u8], body: &[u8]) -> Result<(), VerifyError> {
    // A key of any length is fine for HMAC, so this cannot fail.
    let mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes());
    let is_right = mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(given).is_ok());
    if is_right && !secret.is_empty() { Ok(()) } else { Err(VerifyError::Mismatch) }
}

/// Checks a SHA-256 of the body, a slash and the key.
pub(crate) fn verify_hash(key: &Secret, given: &[u8], body: &[u8]) -> Result<(), VerifyError> {
    let hash = Sha256::new().chain_update(body).chain_update(b"/").chain_update(key.reveal().as_bytes()).finalize();
    let is_right = bool::from(hash.as_slice().ct_eq(given));
    if is_right && !key.is_empty() { Ok(()) } else { Err(VerifyError::Mismatch) }
}
