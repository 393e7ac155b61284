//! Whether a request is WhatsApp's: its signature over the raw bytes, and the word of its first question.

use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header that carries the signature.
pub(crate) const HEADER: &str = "x-hub-signature-256";

/// Checks the header's value, `sha256=` and 64 hex digits, over the bytes as they came. Any of the secrets will do.
pub(crate) fn verify<'a>(
    secrets: impl Iterator<Item = &'a Secret>,
    header: Option<&str>,
    body: &[u8],
) -> Result<(), VerifyError> {
    let given = code(header)?;
    let mut is_right = false;
    for secret in secrets {
        // A key of any length is fine for HMAC, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { continue };
        mac.update(body);
        is_right |= mac.verify_slice(&given).is_ok();
    }
    if is_right { Ok(()) } else { Err(VerifyError::Mismatch) }
}

/// The code in the header.
pub(crate) fn code(header: Option<&str>) -> Result<Vec<u8>, VerifyError> {
    let header = header.map(str::trim).filter(|header| !header.is_empty()).ok_or(VerifyError::Missing)?;
    let digits = header.strip_prefix("sha256=").ok_or(VerifyError::Mismatch)?;
    hex::decode(digits).map_err(|_| VerifyError::Mismatch)
}

/// Whether a word is the secret one. Without a secret none is.
pub(crate) fn is_the_word(secret: &Secret, word: &str) -> bool {
    !secret.is_empty() && bool::from(secret.reveal().as_bytes().ct_eq(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"a":"ü"}"#;

    fn signed(secret: &str, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn the_code_is_the_documented_one() {
        // printf '{"a":"ü"}' | openssl dgst -sha256 -hmac the-app-secret
        let header = "sha256=2d580c1edae0af072bbde9d1ff9c514043ac6b7d444b53ac51f13214cbf498be";
        assert_eq!(verify([Secret::new("the-app-secret")].iter(), Some(header), BODY.as_bytes()), Ok(()));
    }

    #[test]
    fn either_secret_counts_and_no_other() {
        let secrets = [Secret::new("new"), Secret::new("old")];
        for (signer, verdict) in [("new", Ok(())), ("old", Ok(())), ("", Err(VerifyError::Mismatch))] {
            assert_eq!(verify(secrets.iter(), Some(&signed(signer, BODY)), BODY.as_bytes()), verdict, "{signer}");
        }
        let none = verify(std::iter::empty(), Some(&signed("", BODY)), BODY.as_bytes());
        assert_eq!(none, Err(VerifyError::Mismatch), "without a secret nothing is signed");
    }

    #[test]
    fn headers_of_another_form_are_no_signature() {
        let secrets = [Secret::new("new")];
        let right = signed("new", BODY);
        for header in [None, Some(""), Some("  ")] {
            assert_eq!(verify(secrets.iter(), header, BODY.as_bytes()), Err(VerifyError::Missing), "{header:?}");
        }
        let bare = right.replace("sha256=", "");
        let sha1 = right.replace("sha256=", "sha1=");
        let short = right.get(..40).unwrap();
        for header in ["sha256=", "sha256=zz", bare.as_str(), sha1.as_str(), short] {
            let verdict = verify(secrets.iter(), Some(header), BODY.as_bytes());
            assert_eq!(verdict, Err(VerifyError::Mismatch), "{header}");
        }
    }

    #[test]
    fn a_word_is_asked_for() {
        assert!(is_the_word(&Secret::new("open"), "open"));
        for (secret, word) in [("open", "opem"), ("open", "open "), ("open", ""), ("", "")] {
            assert!(!is_the_word(&Secret::new(secret), word), "{secret} {word}");
        }
    }
}
