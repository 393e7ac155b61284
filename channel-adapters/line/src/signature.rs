//! Whether a request is LINE's: HMAC-SHA256 over the bytes of the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The header that carries the signature.
pub(crate) const HEADER: &str = "x-line-signature";

/// The signature that a header holds.
pub(crate) fn given(header: Option<&str>) -> Result<Vec<u8>, VerifyError> {
    let header = header.map(str::trim).filter(|header| !header.is_empty()).ok_or(VerifyError::Missing)?;
    STANDARD.decode(header).map_err(|_| VerifyError::Mismatch)
}

/// Checks the header's value. Any of the secrets will do; without one, nothing is LINE's.
pub(crate) fn verify<'a>(
    secrets: impl Iterator<Item = &'a Secret>,
    header: Option<&str>,
    body: &[u8],
) -> Result<(), VerifyError> {
    let given = given(header)?;
    let mut is_right = false;
    for secret in secrets {
        // A key of any length is fine for HMAC, so this cannot fail.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { continue };
        is_right |= mac.chain_update(body).verify_slice(&given).is_ok();
    }
    if is_right { Ok(()) } else { Err(VerifyError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"destination\":\"U1\",\"events\":[]}";
    // printf '{"destination":"U1","events":[]}' | openssl dgst -sha256 -hmac the-secret -binary | base64
    const SIGNED: &str = "TXJFVGZ/nf7+0BLBSeVfif5ps7DIvskHOLw5VfFCeU0=";

    #[test]
    fn either_secret_counts_and_no_other() {
        let verdict = |secrets: &[&str], header: Option<&str>| {
            let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
            verify(secrets.iter(), header, BODY)
        };
        for secrets in [["the-secret", "other"], ["other", "the-secret"]] {
            assert_eq!(verdict(&secrets, Some(SIGNED)), Ok(()));
        }
        for secrets in [&["other"][..], &[]] {
            assert_eq!(verdict(secrets, Some(SIGNED)), Err(VerifyError::Mismatch), "{secrets:?}");
        }
        for header in [None, Some(""), Some("  ")] {
            assert_eq!(verdict(&["the-secret"], header), Err(VerifyError::Missing), "{header:?}");
        }
        for header in ["no base64!", "AAAA", SIGNED.trim_end_matches('=')] {
            assert_eq!(verdict(&["the-secret"], Some(header)), Err(VerifyError::Mismatch), "{header}");
        }
    }
}
