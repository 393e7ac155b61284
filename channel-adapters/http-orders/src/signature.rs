//! The signature over a body: ours on requests to the shop, the shop's on its hooks to us. Time is an argument.

use channel_contract::failure::VerifyError;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use time::OffsetDateTime;

use crate::settings::{Secret, Secrets};

/// The header that carries the signature.
pub const HEADER: &str = "X-Signature";

/// How far the signed time may be from now, in seconds, either way.
pub const TOLERANCE: u64 = 300;

/// A header with more signatures than this is not read further.
const MOST_SIGNATURES: usize = 4;

/// The header's value for a body: `t=<unix>,v1=<hex>`.
pub fn sign(secret: &Secret, body: &[u8], now: OffsetDateTime) -> String {
    let time = now.unix_timestamp().to_string();
    let code = hex::encode(code(secret, &time, body));
    format!("t={time},v1={code}")
}

/// Checks the header's value over the raw bytes. Any active secret will do, and any of several `v1`.
pub fn verify(secrets: &Secrets, header: Option<&str>, body: &[u8], now: OffsetDateTime) -> Result<(), VerifyError> {
    let header = header.filter(|header| !header.trim().is_empty()).ok_or(VerifyError::Missing)?;
    let (time, codes) = read_header(header)?;
    let mut matches = Choice::from(0);
    for secret in secrets.all() {
        let expected = code(secret, time, body);
        for given in &codes {
            matches |= expected.ct_eq(given);
        }
    }
    if !bool::from(matches) {
        return Err(VerifyError::Mismatch);
    }
    let signed: i64 = time.parse().map_err(|_| VerifyError::Expired)?;
    if signed.abs_diff(now.unix_timestamp()) > TOLERANCE { Err(VerifyError::Expired) } else { Ok(()) }
}

/// The time as it was written, which is what was signed, and the codes.
fn read_header(header: &str) -> Result<(&str, Vec<Vec<u8>>), VerifyError> {
    let malformed = || VerifyError::Malformed("X-Signature is not of the form t=…,v1=…".to_owned());
    let mut time = None;
    let mut codes = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) if time.is_none() => time = Some(value),
            Some(("t", _)) => return Err(malformed()),
            Some(("v1", value)) if codes.len() < MOST_SIGNATURES => {
                codes.push(hex::decode(value).map_err(|_| malformed())?);
            }
            // Later versions may add parts that we do not know.
            _ => {}
        }
    }
    let digits = |value: &&str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let time = time.filter(digits).ok_or_else(malformed)?;
    if codes.is_empty() { Err(VerifyError::Missing) } else { Ok((time, codes)) }
}

fn code(secret: &Secret, time: &str, body: &[u8]) -> Vec<u8> {
    // A key of any length is fine for HMAC, so this cannot fail; the empty code would match nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.bytes()) else { return Vec::new() };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"order_id":"o1"}"#;

    fn secret(text: &str) -> Secret {
        Secret::new(text).unwrap()
    }

    fn at(unix: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(unix).unwrap()
    }

    fn both() -> Secrets {
        Secrets { current: secret("the-current-secret"), previous: Some(secret("the-previous-secret")) }
    }

    #[test]
    fn the_code_is_the_documented_one() {
        // printf '1800000000.{"order_id":"o1"}' | openssl dgst -sha256 -hmac the-current-secret
        let expected = "4cb965c9fc9e55a5ee3119925e94d8b0492ba1261f89f9f613db3009699cb302";
        assert_eq!(sign(&both().current, BODY, at(1_800_000_000)), format!("t=1800000000,v1={expected}"));
    }

    #[test]
    fn either_active_secret_verifies_and_no_other() {
        let now = at(1_800_000_000);
        for signer in ["the-current-secret", "the-previous-secret"] {
            assert_eq!(verify(&both(), Some(&sign(&secret(signer), BODY, now)), BODY, now), Ok(()));
        }
        let stranger = sign(&secret("the-secret-of-another"), BODY, now);
        assert_eq!(verify(&both(), Some(&stranger), BODY, now), Err(VerifyError::Mismatch));
        let retired = Secrets::one(secret("the-current-secret"));
        let old = sign(&secret("the-previous-secret"), BODY, now);
        assert_eq!(verify(&retired, Some(&old), BODY, now), Err(VerifyError::Mismatch));
    }

    #[test]
    fn time_counts_five_minutes_either_way() {
        let signed = sign(&both().current, BODY, at(1_800_000_000));
        for (now, verdict) in [
            (1_800_000_300, Ok(())),
            (1_799_999_700, Ok(())),
            (1_800_000_301, Err(VerifyError::Expired)),
            (1_799_999_699, Err(VerifyError::Expired)),
        ] {
            assert_eq!(verify(&both(), Some(&signed), BODY, at(now)), verdict, "{now}");
        }
    }

    #[test]
    fn one_altered_byte_is_a_mismatch() {
        let now = at(1_800_000_000);
        let signed = sign(&both().current, BODY, now);
        assert_eq!(verify(&both(), Some(&signed), br#"{"order_id":"o2"}"#, now), Err(VerifyError::Mismatch));
        let later = signed.replace("t=1800000000", "t=1800000001");
        assert_eq!(verify(&both(), Some(&later), BODY, now), Err(VerifyError::Mismatch));
    }

    #[test]
    fn headers_of_another_form_are_refused() {
        let now = at(1_800_000_000);
        let signed = sign(&both().current, BODY, now);
        for header in [None, Some(""), Some("t=1800000000")] {
            assert_eq!(verify(&both(), header, BODY, now), Err(VerifyError::Missing), "{header:?}");
        }
        let doubled = format!("t=1,{signed}");
        for header in ["v1=00", "t=-5,v1=00", "t=soon,v1=00", "t=1800000000,v1=xyz", "nonsense", doubled.as_str()] {
            let verdict = verify(&both(), Some(header), BODY, now);
            assert!(matches!(verdict, Err(VerifyError::Malformed(_))), "{header}: {verdict:?}");
        }
        let short = verify(&both(), Some("t=1800000000,v1="), BODY, now);
        assert_eq!(short, Err(VerifyError::Mismatch));
        let several = signed.replace(",v1=", ",v1=00,v0=zz,v1=");
        assert_eq!(verify(&both(), Some(&several), BODY, now), Ok(()));
    }
}
