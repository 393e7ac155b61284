//! Signatures: the platform's over what it pushes, and ours over the access that a call uses. Pure.

use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use crate::settings::MetaSettings;

/// The header that carries the signature.
pub(crate) const HEADER: &str = "x-hub-signature-256";

/// The bytes of the signature in the header.
pub(crate) fn given(request: &WebhookRequest) -> Result<Vec<u8>, VerifyError> {
    let header = request.header(HEADER).map(str::trim).filter(|header| !header.is_empty());
    let digits = header.ok_or(VerifyError::Missing)?.strip_prefix("sha256=").ok_or(VerifyError::Mismatch)?;
    let bytes = hex::decode(digits).map_err(|_| VerifyError::Mismatch)?;
    if bytes.len() == 32 { Ok(bytes) } else { Err(VerifyError::Mismatch) }
}

/// Whether the signature is over these bytes, by any of the secrets that count.
pub(crate) fn check(settings: &MetaSettings, signature: &[u8], body: &[u8]) -> Result<(), VerifyError> {
    let mut matches = Choice::from(0);
    for secret in settings.secrets() {
        matches |= code(secret, body).ct_eq(signature);
    }
    if bool::from(matches) { Ok(()) } else { Err(VerifyError::Mismatch) }
}

/// Whether two secrets are the same, found out in constant time.
pub(crate) fn same(secret: &Secret, given: &str) -> bool {
    bool::from(secret.reveal().as_bytes().ct_eq(given.as_bytes()))
}

/// The proof that whoever uses an access knows the app's secret, too.
pub(crate) fn proof(app_secret: &Secret, access: &Secret) -> String {
    hex::encode(code(app_secret, access.reveal().as_bytes()))
}

fn code(secret: &Secret, bytes: &[u8]) -> Vec<u8> {
    // A key of any length is fine for HMAC, so this cannot fail; the empty code would match nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { return Vec::new() };
    mac.update(bytes);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_hmac_sha256() {
        // printf '{"object":"page"}' | openssl dgst -sha256 -hmac app-secret
        let expected = "ae958d6f00b134dd32b95a9a76bedaaeb068c0949769358355023f7d1a0c580b";
        let settings = MetaSettings { app_secret: Secret::new("app-secret"), ..MetaSettings::default() };
        assert_eq!(check(&settings, &hex::decode(expected).unwrap(), br#"{"object":"page"}"#), Ok(()));
        // printf EAAtoken | openssl dgst -sha256 -hmac app-secret
        let expected = "9f9f0867bc3df2d00cecd6aa6fb78e65b64c050401bd6ec5b84d98503d443d34";
        assert_eq!(proof(&Secret::new("app-secret"), &Secret::new("EAAtoken")), expected);
    }

    #[test]
    fn without_a_secret_nothing_is_right() {
        let empty = code(&Secret::default(), b"{}");
        assert_eq!(check(&MetaSettings::default(), &empty, b"{}"), Err(VerifyError::Mismatch));
        assert_eq!(check(&MetaSettings::default(), b"", b"{}"), Err(VerifyError::Mismatch));
    }
}
