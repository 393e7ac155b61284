//! What all products of Meta share: the signature over what they push, the question before they push anything, and the
//! header that tells how long an account has to wait.

use std::time::Duration;

use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use crate::channel::{Handshake, WebhookRequest};
use crate::failure::VerifyError;
use crate::http::{Answer, LONGEST_HINT};
use crate::secret::Secret;
use crate::wire::{Items, Maybe};

/// The header that carries the signature.
pub const HEADER: &str = "x-hub-signature-256";
/// The header that tells how much of what an account may do is used up.
pub const USAGE: &str = "x-business-use-case-usage";

/// The longest word of a handshake that is answered, in bytes.
const LONGEST_CHALLENGE: usize = 200;

/// Checks the signature of a request over the bytes as they came. Any of the secrets will do; without one, nothing is
/// signed.
pub fn verify<'s>(secrets: impl Iterator<Item = &'s Secret>, request: &WebhookRequest) -> Result<(), VerifyError> {
    let given = signature(request)?;
    let mut is_right = false;
    for secret in secrets.filter(|secret| !secret.is_empty()) {
        is_right |= mac(secret, &request.body).is_some_and(|mac| mac.verify_slice(&given).is_ok());
    }
    match is_right {
        false => Err(VerifyError::Mismatch),
        true if request.body.trim_ascii().is_empty() => Err(VerifyError::Malformed("the delivery is empty".to_owned())),
        true => Ok(()),
    }
}

/// The code in the header of a request: `sha256=` and 64 hex digits.
pub fn signature(request: &WebhookRequest) -> Result<[u8; 32], VerifyError> {
    let header = request.header(HEADER).map(str::trim).filter(|header| !header.is_empty());
    let digits = header.ok_or(VerifyError::Missing)?.strip_prefix("sha256=").ok_or(VerifyError::Mismatch)?;
    let mut code = [0; 32];
    hex::decode_to_slice(digits, &mut code).map_err(|_| VerifyError::Mismatch)?;
    Ok(code)
}

/// The code of bytes by a secret, in hex.
pub fn code(secret: &Secret, bytes: &[u8]) -> String {
    mac(secret, bytes).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
}

/// A key of any length is fine for HMAC, so there is always a code.
fn mac(secret: &Secret, bytes: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    mac.update(bytes);
    Some(mac)
}

/// The answer to the question whether the address is the account's; `None` where whoever asks does not know the word.
pub fn handshake(request: &WebhookRequest, word: &Secret) -> Option<Handshake> {
    let challenge = request.query("hub.challenge").filter(|challenge| challenge.len() <= LONGEST_CHALLENGE)?;
    // What is answered is shown as it is: it must not be a page.
    let is_plain = challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_theirs = request.query("hub.mode") == Some("subscribe")
        && word.is(request.query("hub.verify_token").unwrap_or_default());
    let answer = || Handshake { content_type: "text/plain", body: challenge.to_owned() };
    (is_plain && is_theirs).then(answer)
}

/// What Meta tells an app of an access that was granted through it (`debug_token`).
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Debugged {
    /// The access.
    pub data: Access,
}

/// An access, as far as it is told of.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Access {
    /// Whether it is taken.
    pub is_valid: Maybe<bool>,
    /// What it may do.
    pub scopes: Items,
    expires_at: Maybe<i64>,
    data_access_expires_at: Maybe<i64>,
}

impl Access {
    /// When it ends, or what it may read of people does, whichever comes first: in seconds since 1970, 0 for never. `None`
    /// where Meta does not say. An access that is taken has not ended, whatever else has.
    pub fn ends_at(&self, now: i64) -> Option<i64> {
        let expires_at = self.expires_at.get()?;
        let ends = [Some(expires_at), self.data_access_expires_at.get()];
        Some(ends.into_iter().flatten().copied().filter(|at| *at > now).min().unwrap_or_default())
    }
}

/// How long until calls are taken again, where an answer tells it.
pub fn regained(answer: &Answer) -> Option<Duration> {
    let usage: Value = serde_json::from_str(answer.header(USAGE)).ok()?;
    let uses = usage.as_object()?.values().filter_map(Value::as_array).flatten();
    let minutes = uses.filter_map(|used| used.get("estimated_time_to_regain_access")?.as_u64()).max()?;
    (minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(60)).min(LONGEST_HINT))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;
    use time::OffsetDateTime;

    use super::*;

    const BODY: &str = r#"{"a":"ü"}"#;

    fn request(header: Option<&str>, query: &[(&str, &str)]) -> WebhookRequest {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        WebhookRequest {
            headers: header.map(|value| (HEADER.to_owned(), value.to_owned())).into_iter().collect(),
            query: query.iter().map(owned).collect(),
            url: String::new(),
            body: Bytes::from_static(BODY.as_bytes()),
            received_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn verdict(secrets: &[Secret], header: Option<&str>) -> Result<(), VerifyError> {
        verify(secrets.iter(), &request(header, &[]))
    }

    #[test]
    fn the_code_is_the_documented_one() {
        // printf '{"a":"ü"}' | openssl dgst -sha256 -hmac the-app-secret
        let expected = "2d580c1edae0af072bbde9d1ff9c514043ac6b7d444b53ac51f13214cbf498be";
        let secret = Secret::new("the-app-secret");
        assert_eq!(code(&secret, BODY.as_bytes()), expected);
        assert_eq!(verdict(&[secret], Some(&format!("sha256={expected}"))), Ok(()));
    }

    #[test]
    fn either_secret_counts_and_no_other() {
        let signed = |secret: &str| format!("sha256={}", code(&Secret::new(secret), BODY.as_bytes()));
        let secrets = [Secret::new("new"), Secret::new("old")];
        for (signer, expected) in [("new", Ok(())), ("old", Ok(())), ("", Err(VerifyError::Mismatch))] {
            assert_eq!(verdict(&secrets, Some(&signed(signer))), expected, "{signer}");
        }
        for none in [&[][..], &[Secret::default()]] {
            assert_eq!(
                verdict(none, Some(&signed(""))),
                Err(VerifyError::Mismatch),
                "without a secret nothing is signed"
            );
        }
    }

    #[test]
    fn a_right_signature_over_nothing_is_refused() {
        let secret = Secret::new("the-secret");
        for empty in [b"".as_slice(), b" \n"] {
            let header = format!("sha256={}", code(&secret, empty));
            let asked = WebhookRequest { body: empty.into(), ..request(Some(&header), &[]) };
            assert!(matches!(verify([&secret].into_iter(), &asked), Err(VerifyError::Malformed(_))), "{empty:?}");
        }
    }

    #[test]
    fn headers_of_another_form_are_no_signature() {
        let right = code(&Secret::new("new"), BODY.as_bytes());
        for header in [None, Some(""), Some("  ")] {
            assert_eq!(verdict(&[Secret::new("new")], header), Err(VerifyError::Missing), "{header:?}");
        }
        let short = format!("sha256={}", right.get(..40).unwrap());
        let sha1 = format!("sha1={right}");
        for header in ["sha256=", "sha256=zz", right.as_str(), sha1.as_str(), short.as_str()] {
            assert_eq!(verdict(&[Secret::new("new")], Some(header)), Err(VerifyError::Mismatch), "{header}");
        }
    }

    #[test]
    fn only_who_knows_the_word_is_answered_and_never_with_a_page() {
        let asked = |mode: &str, word: &str, challenge: &str| {
            let query = [("hub.mode", mode), ("hub.verify_token", word), ("hub.challenge", challenge)];
            handshake(&request(None, &query), &Secret::new("open")).map(|answer| answer.body)
        };
        assert_eq!(asked("subscribe", "open", "12_a-3").as_deref(), Some("12_a-3"));
        let long = "1".repeat(LONGEST_CHALLENGE + 1);
        for (mode, word, challenge) in [
            ("subscribe", "opem", "1"),
            ("unsubscribe", "open", "1"),
            ("subscribe", "open", "<b>"),
            ("subscribe", "open", &long),
        ] {
            assert_eq!(asked(mode, word, challenge), None, "{mode} {word}");
        }
        let query = [("hub.mode", "subscribe"), ("hub.verify_token", ""), ("hub.challenge", "1")];
        assert_eq!(handshake(&request(None, &query), &Secret::default()), None, "without a word nobody knows it");
    }

    #[test]
    fn an_access_ends_with_the_first_of_its_ends_that_is_ahead() {
        let ends = |fields: &str| {
            let told: Debugged = serde_json::from_str(&format!(r#"{{"data":{{{fields}}}}}"#)).unwrap();
            told.data.ends_at(100)
        };
        for (fields, expected) in [
            (r#""expires_at":0,"data_access_expires_at":0"#, Some(0)),
            (r#""expires_at":0"#, Some(0)),
            (r#""expires_at":500,"data_access_expires_at":0"#, Some(500)),
            (r#""expires_at":500,"data_access_expires_at":300"#, Some(300)),
            (r#""expires_at":0,"data_access_expires_at":300"#, Some(300)),
            (r#""expires_at":500,"data_access_expires_at":99"#, Some(500)),
            (r#""expires_at":500,"data_access_expires_at":"soon""#, Some(500)),
            (r#""is_valid":true"#, None),
            (r#""expires_at":null,"data_access_expires_at":300"#, None),
        ] {
            assert_eq!(ends(fields), expected, "{fields}");
        }
    }

    #[test]
    fn the_time_to_come_back_is_in_minutes() {
        let told = |usage: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(USAGE, usage.parse().unwrap());
            regained(&Answer { status: 400, headers, retry_after: None, body: Bytes::new() })
        };
        let usage = r#"{"1":[{"type":"messaging","estimated_time_to_regain_access":7},{}],"2":"odd"}"#;
        assert_eq!(told(usage), Some(Duration::from_mins(7)));
        assert_eq!(told(r#"{"1":[{"estimated_time_to_regain_access":18446744073709551615}]}"#), Some(LONGEST_HINT));
        for nothing in [r#"{"1":[{"estimated_time_to_regain_access":0}]}"#, "[]", "soon"] {
            assert_eq!(told(nothing), None, "{nothing}");
        }
    }
}
