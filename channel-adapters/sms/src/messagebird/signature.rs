//! Whether a request is `MessageBird`'s: a JSON Web Token that holds the hashes of the address and of the body, and until
//! when it counts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The header that carries the token.
pub(crate) const HEADER: &str = "messagebird-signature-jwt";
/// How far clocks may be apart, in seconds.
const LEEWAY: i64 = 60;

#[derive(Deserialize)]
struct Head {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    #[serde(default)]
    nbf: Option<i64>,
    exp: i64,
    url_hash: String,
    #[serde(default)]
    payload_hash: Option<String>,
}

/// Checks the token. Any of the secrets will do; without one, nothing is `MessageBird`'s.
pub(crate) fn verify<'a>(
    secrets: impl Iterator<Item = &'a Secret>,
    request: &WebhookRequest,
) -> Result<(), VerifyError> {
    let token = request.header(HEADER).map(str::trim).filter(|token| !token.is_empty()).ok_or(VerifyError::Missing)?;
    let claims = signed(secrets, token).ok_or(VerifyError::Mismatch)?;
    let is_about = |hash: &str, bytes: &[u8]| hash.eq_ignore_ascii_case(&hex::encode(Sha256::digest(bytes)));
    let body = request.body.as_ref();
    let is_about_body = match &claims.payload_hash {
        Some(hash) if !body.is_empty() => is_about(hash, body),
        hash => hash.is_none() && body.is_empty(),
    };
    if claims.iss != "MessageBird" || !is_about(&claims.url_hash, request.url.as_bytes()) || !is_about_body {
        return Err(VerifyError::Mismatch);
    }
    let now = request.received_at.unix_timestamp();
    let is_too_early = claims.nbf.is_some_and(|from| from > now.saturating_add(LEEWAY));
    if is_too_early || claims.exp.saturating_add(LEEWAY) < now { Err(VerifyError::Expired) } else { Ok(()) }
}

/// What a token says, if one of the secrets signed it in the one way that is taken.
fn signed<'a>(secrets: impl Iterator<Item = &'a Secret>, token: &str) -> Option<Claims> {
    let (text, code) = token.rsplit_once('.')?;
    let (head, claims) = text.split_once('.')?;
    let code = URL_SAFE_NO_PAD.decode(code.trim_end_matches('=')).ok()?;
    let mut is_right = false;
    for secret in secrets {
        // A key of any length is fine for HMAC, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { continue };
        mac.update(text.as_bytes());
        is_right |= mac.verify_slice(&code).is_ok();
    }
    (is_right && part::<Head>(head)?.alg == "HS256").then(|| part(claims)).flatten()
}

fn part<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::OffsetDateTime;

    use super::*;

    const URL: &str = "https://desk.example/webhooks/sms/1";
    const BODY: &str = r#"{"originator":"+4791234567"}"#;
    const NOW: i64 = 1_795_000_000;

    fn token(secret: &str, head: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(head), part(claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn head() -> Value {
        json!({ "alg": "HS256", "typ": "JWT" })
    }

    fn claims() -> Value {
        let hash = |text: &str| hex::encode(Sha256::digest(text));
        json!({
            "iss": "MessageBird", "nbf": NOW - 5, "exp": NOW + 60, "jti": "1", "url_hash": hash(URL),
            "payload_hash": hash(BODY)
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn verdict(secrets: &[&str], token: Option<&str>, url: &str, body: &'static str) -> Result<(), VerifyError> {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        let request = WebhookRequest {
            headers: token.map(|token| (HEADER.to_owned(), token.to_owned())).into_iter().collect(),
            query: Vec::new(),
            url: url.to_owned(),
            body: body.into(),
            received_at: OffsetDateTime::from_unix_timestamp(NOW).unwrap(),
        };
        verify(secrets.iter(), &request)
    }

    #[test]
    fn a_token_counts_for_its_address_and_body() {
        let right = token("key", &head(), &claims());
        for secrets in [["key", "other"], ["other", "key"]] {
            assert_eq!(verdict(&secrets, Some(&right), URL, BODY), Ok(()));
        }
        for (secrets, url, body) in [
            (["other"].as_slice(), URL, BODY),
            (&[], URL, BODY),
            (&["key"], "https://desk.example/webhooks/sms/2", BODY),
            (&["key"], URL, r#"{"originator":"+4791234568"}"#),
            (&["key"], URL, ""),
        ] {
            assert_eq!(verdict(secrets, Some(&right), url, body), Err(VerifyError::Mismatch), "{url} {body}");
        }
        assert_eq!(verdict(&["key"], None, URL, BODY), Err(VerifyError::Missing));
    }

    #[test]
    fn a_token_counts_in_its_time() {
        for (name, value, verdict_then) in [
            ("exp", NOW - LEEWAY, Ok(())),
            ("exp", NOW - LEEWAY - 1, Err(VerifyError::Expired)),
            ("nbf", NOW + LEEWAY, Ok(())),
            ("nbf", NOW + LEEWAY + 1, Err(VerifyError::Expired)),
        ] {
            let token = token("key", &head(), &with(name, value.into()));
            assert_eq!(verdict(&["key"], Some(&token), URL, BODY), verdict_then, "{name} {value}");
        }
    }

    #[test]
    fn tokens_of_another_sort_are_no_signature() {
        let unsigned = json!({ "alg": "none" });
        for token in [
            token("key", &unsigned, &claims()),
            token("key", &head(), &with("iss", "Somebody".into())),
            token("key", &head(), &with("payload_hash", Value::Null)),
            token("key", &head(), &with("exp", "soon".into())),
            token("key", &head(), &json!([])),
            format!("{}.", token("key", &head(), &claims())),
            "a.b.c".to_owned(),
            "nonsense".to_owned(),
        ] {
            assert_eq!(verdict(&["key"], Some(&token), URL, BODY), Err(VerifyError::Mismatch), "{token}");
        }
    }
}
