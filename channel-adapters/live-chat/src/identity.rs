//! A shop vouches for its customer: a short-lived JWT (HS256), or the older hex HMAC of the customer's id.

use std::fmt;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::settings::{LiveChatSettings, Secret};
use crate::sign::{from_text, is_signed_plain};

/// How far clocks may be apart, in seconds.
const SKEW: i64 = 60;
/// How long a token may be good for from now on, in seconds: one that leaks is worth nothing a day later.
const LASTS: i64 = 24 * 60 * 60;
/// Longest id, name or address.
const LONGEST: usize = 200;

/// A customer as the shop's server names them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Vouched {
    /// The shop's own id of the customer.
    pub subject: String,
    /// The address, when the signature covers one.
    pub email: String,
    /// The name, when the signature covers one.
    pub name: String,
}

impl fmt::Debug for Vouched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vouched").finish_non_exhaustive()
    }
}

/// An identity that proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It has another form.
    #[error("the identity cannot be read")]
    Malformed,
    /// It never ends.
    #[error("the identity has no end (`exp`)")]
    NoEnd,
    /// It is about nobody.
    #[error("the identity names nobody (`sub`)")]
    Nobody,
    /// This claim has another form.
    #[error("the identity's `{0}` does not have the form that it has to have")]
    Claim(&'static str),
    /// The signature is another one.
    #[error("the identity is not signed with this chat's secret")]
    Forged,
    /// It was for another time.
    #[error("the identity is too old or not valid yet")]
    Expired,
    /// It would count for too long.
    #[error("the identity ends more than 24 hours from now, so it does not count; sign one with an earlier `exp`")]
    Endless,
    /// It is to count only for whoever understands what its header names.
    #[error("the identity's header has `crit`, of which this chat understands nothing; sign one without it")]
    Critical,
}

/// What a shop says of its customer, by claim.
struct Claims(Map<String, Value>);

impl Claims {
    /// What stands there; nothing where that is null.
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text; `""` where there is none.
    fn text(&self, name: &'static str) -> Result<&str, IdentityError> {
        match self.get(name) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(IdentityError::Claim(name)),
        }
    }

    /// A moment in whole seconds since 1970: some libraries write a fraction.
    fn moment(&self, name: &'static str) -> Result<Option<i64>, IdentityError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let Value::Number(seconds) = value else { return Err(IdentityError::Claim(name)) };
        let whole = seconds.as_i64().or_else(|| seconds.to_string().split('.').next()?.parse().ok());
        whole.map(Some).ok_or(IdentityError::Claim(name))
    }
}

/// Checks a JWT. Only HS256 with the chat's secret counts, and it must end within a day.
pub fn of_jwt(settings: &LiveChatSettings, token: &str, now: OffsetDateTime) -> Result<Vouched, IdentityError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(IdentityError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(IdentityError::Malformed)?;
    let header = json_of(header)?;
    let Some(Value::String(algorithm)) = header.get("alg") else { return Err(IdentityError::Malformed) };
    let signature = from_text(signature).ok_or(IdentityError::Malformed)?;
    if algorithm != "HS256" || !is_of_shop(settings, signed, &signature, now) {
        return Err(IdentityError::Forged);
    }
    // Whatever it names has to be understood, or nothing of it counts (RFC 7515, 4.1.11).
    if header.contains_key("crit") {
        return Err(IdentityError::Critical);
    }
    let claims = Claims(json_of(payload)?);
    let ends = claims.moment("exp")?.ok_or(IdentityError::NoEnd)?;
    let begins = [claims.moment("nbf")?, claims.moment("iat")?];
    let now = now.unix_timestamp();
    let is_ahead = |from: i64| now < from.saturating_sub(SKEW);
    if now >= ends.saturating_add(SKEW) || begins.into_iter().flatten().any(is_ahead) {
        return Err(IdentityError::Expired);
    }
    if ends > now.saturating_add(LASTS + SKEW) {
        return Err(IdentityError::Endless);
    }
    let subject = match claims.get("sub") {
        None => return Err(IdentityError::Nobody),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(IdentityError::Claim("sub")),
    };
    let (email, name) = (claims.text("email")?, claims.text("name")?);
    checked(Vouched { subject, email: email.trim().to_lowercase(), name: name.trim().to_owned() })
}

/// Checks the hex HMAC-SHA256 of a customer's id. It covers the id alone: an address beside it stays a claim, unless
/// the address is the id.
pub fn of_hash(
    settings: &LiveChatSettings,
    subject: &str,
    hash: &str,
    now: OffsetDateTime,
) -> Result<Vouched, IdentityError> {
    let signature = hex::decode(hash).map_err(|_| IdentityError::Malformed)?;
    if !is_of_shop(settings, subject, &signature, now) {
        return Err(IdentityError::Forged);
    }
    let email = if is_address(subject) { subject.to_lowercase() } else { String::new() };
    checked(Vouched { subject: subject.to_owned(), email, name: String::new() })
}

/// Whether the shop's server signed a text: with its secret, or with the one before while that counts.
fn is_of_shop(settings: &LiveChatSettings, text: &str, signature: &[u8], now: OffsetDateTime) -> bool {
    let signed_with = |secret: &Secret| is_signed_plain(secret.reveal(), text.as_bytes(), signature);
    let former_counts = now.unix_timestamp() < settings.former_secret_until;
    signed_with(&settings.identity_secret) || (former_counts && signed_with(&settings.former_identity_secret))
}

fn checked(vouched: Vouched) -> Result<Vouched, IdentityError> {
    let fits = |text: &str| text.chars().count() <= LONGEST && !text.contains('\0');
    // An id of blanks is an empty field of the shop's: all its guests would be one person.
    if vouched.subject.trim().is_empty() {
        return Err(IdentityError::Nobody);
    }
    if !fits(&vouched.subject) {
        return Err(IdentityError::Claim("sub"));
    }
    if !vouched.email.is_empty() && !is_address(&vouched.email) {
        return Err(IdentityError::Claim("email"));
    }
    if fits(&vouched.name) { Ok(vouched) } else { Err(IdentityError::Claim("name")) }
}

/// Whether a text has the form of an address that mail can go to.
pub fn is_address(text: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    text.len() <= LONGEST
        && text.split_once('@').is_some_and(|(local, domain)| {
            let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
            !local.is_empty() && local.chars().all(plain) && domain.contains('.') && domain.split('.').all(label)
        })
}

fn json_of(text: &str) -> Result<Map<String, Value>, IdentityError> {
    let bytes = from_text(text).ok_or(IdentityError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| IdentityError::Malformed)
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac as _};
    use sha2::Sha256;
    use time::Duration;

    use super::*;
    use crate::sign::to_text;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn settings() -> LiveChatSettings {
        LiveChatSettings { identity_secret: Secret::new("shop"), ..LiveChatSettings::default() }
    }

    fn mac(secret: &str, text: &str) -> Vec<u8> {
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(text).finalize().into_bytes().to_vec()
    }

    fn jwt(header: &str, claims: &str, secret: &str) -> String {
        let signed = format!("{}.{}", to_text(header.as_bytes()), to_text(claims.as_bytes()));
        let signature = to_text(&mac(secret, &signed));
        format!("{signed}.{signature}")
    }

    const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn a_jwt_of_the_shop_proves_the_customer() {
        let token = jwt(HS256, r#"{"sub":"17","exp":300,"email":"Ana@A.example","name":"Ana"}"#, "shop");
        let vouched = Vouched { subject: "17".to_owned(), email: "ana@a.example".to_owned(), name: "Ana".to_owned() };
        assert_eq!(of_jwt(&settings(), &token, NOW), Ok(vouched));
        let number = jwt(HS256, r#"{"sub":17,"exp":300}"#, "shop");
        assert_eq!(of_jwt(&settings(), &number, NOW).map(|vouched| vouched.subject), Ok("17".to_owned()));
    }

    #[test]
    fn forged_and_endless_jwts_prove_nothing() {
        let of = |token: &str| of_jwt(&settings(), token, NOW);
        let claims = r#"{"sub":"17","exp":300}"#;
        assert_eq!(of(&jwt(HS256, claims, "other")), Err(IdentityError::Forged));
        assert_eq!(of(&jwt(r#"{"alg":"none"}"#, claims, "shop")), Err(IdentityError::Forged));
        assert_eq!(of(&jwt(r#"{"alg":"HS512"}"#, claims, "shop")), Err(IdentityError::Forged));
        let bare = jwt(HS256, claims, "shop");
        let (signed, _) = bare.rsplit_once('.').unwrap();
        assert_eq!(of(&format!("{signed}.")), Err(IdentityError::Forged));
        for hostile in ["", "..", "a.b.c", "🦀"] {
            assert!(of(hostile).is_err(), "{hostile}");
        }
        let nobody = LiveChatSettings::default();
        assert_eq!(of_jwt(&nobody, &jwt(HS256, claims, ""), NOW), Err(IdentityError::Forged), "no secret, no proof");
    }

    #[test]
    fn what_is_wrong_is_said_by_the_name_of_its_claim() {
        let of = |claims: &str| of_jwt(&settings(), &jwt(HS256, claims, "shop"), NOW).map(|vouched| vouched.name);
        for (claims, wrong, named) in [
            (r#"{"sub":"17"}"#, IdentityError::NoEnd, "has no end (`exp`)"),
            (r#"{"sub":"17","exp":null}"#, IdentityError::NoEnd, "(`exp`)"),
            (r#"{"exp":300}"#, IdentityError::Nobody, "names nobody (`sub`)"),
            (r#"{"sub":"","exp":300}"#, IdentityError::Nobody, "(`sub`)"),
            (r#"{"sub":" \t ","exp":300}"#, IdentityError::Nobody, "(`sub`)"),
            (r#"{"sub":["17"],"exp":300}"#, IdentityError::Claim("sub"), "`sub`"),
            (r#"{"sub":"17","exp":300,"email":"x"}"#, IdentityError::Claim("email"), "`email`"),
            (r#"{"sub":"17","exp":300,"name":7}"#, IdentityError::Claim("name"), "`name`"),
            (r#"{"sub":"17","exp":300,"nbf":"now"}"#, IdentityError::Claim("nbf"), "`nbf`"),
        ] {
            assert_eq!(of(claims), Err(wrong), "{claims}");
            assert!(wrong.to_string().contains(named), "{wrong}");
        }
        let unnamed = r#"{"sub":"17","exp":300,"email":null,"name":null,"nbf":null}"#;
        assert_eq!(of(unnamed), Ok(String::new()), "who has no name has none");
    }

    #[test]
    fn a_jwt_that_asks_for_more_than_is_understood_proves_nothing() {
        let claims = r#"{"sub":"17","exp":300}"#;
        for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "null"] {
            let header = format!(r#"{{"alg":"HS256","crit":{crit},"b64":false}}"#);
            assert_eq!(of_jwt(&settings(), &jwt(&header, claims, "shop"), NOW), Err(IdentityError::Critical), "{crit}");
            assert_eq!(of_jwt(&settings(), &jwt(&header, claims, "other"), NOW), Err(IdentityError::Forged), "{crit}");
        }
        let named = r#"{"alg":"HS256","kid":"2026"}"#;
        assert!(of_jwt(&settings(), &jwt(named, claims, "shop"), NOW).is_ok(), "what is not critical is passed over");
        for header in ["{}", r#"{"alg":7}"#, "[]"] {
            assert_eq!(
                of_jwt(&settings(), &jwt(header, claims, "shop"), NOW),
                Err(IdentityError::Malformed),
                "{header}"
            );
        }
    }

    #[test]
    fn clocks_may_be_a_minute_apart() {
        let token = jwt(HS256, r#"{"sub":"17","exp":300,"nbf":100}"#, "shop");
        let at = |seconds: i64| of_jwt(&settings(), &token, NOW + Duration::seconds(seconds)).is_ok();
        assert_eq!([39, 40, 359, 360].map(at), [false, true, true, false]);
    }

    #[test]
    fn a_jwt_counts_for_a_day_at_most() {
        let of = |ends: i64| of_jwt(&settings(), &jwt(HS256, &format!(r#"{{"sub":"17","exp":{ends}}}"#), "shop"), NOW);
        let day = 86_400;
        assert!([300, day, day + 60].into_iter().all(|ends| of(ends).is_ok()));
        for ends in [day + 61, 100 * 365 * day, i64::MAX] {
            assert_eq!(of(ends), Err(IdentityError::Endless), "{ends}");
        }
        assert_eq!(of(i64::MIN), Err(IdentityError::Expired));
        assert!(IdentityError::Endless.to_string().contains("24 hours"), "its maker is told the bound");
    }

    #[test]
    fn a_moment_may_have_a_fraction() {
        let of = |exp: &str| of_jwt(&settings(), &jwt(HS256, &format!(r#"{{"sub":"17","exp":{exp}}}"#), "shop"), NOW);
        assert!(of("300.5").is_ok());
        assert_eq!(of("-300.5"), Err(IdentityError::Expired));
        assert_eq!(of(r#""300""#), Err(IdentityError::Claim("exp")));
    }

    #[test]
    fn a_jwt_of_the_future_does_not_count_yet() {
        let of = |made: &str| {
            let claims = format!(r#"{{"sub":"17","exp":3600,"iat":{made}}}"#);
            of_jwt(&settings(), &jwt(HS256, &claims, "shop"), NOW).map(|_| ())
        };
        for made in ["-5", "0", "60", "60.9", "null"] {
            assert_eq!(of(made), Ok(()), "{made}");
        }
        for made in ["61", "61.5", "9223372036854775807"] {
            assert_eq!(of(made), Err(IdentityError::Expired), "{made}");
        }
        for made in ["1e300", "\"now\""] {
            assert_eq!(of(made), Err(IdentityError::Claim("iat")), "{made}");
        }
    }

    #[test]
    fn a_hash_covers_the_id_and_nothing_else() {
        let hash = hex::encode(mac("shop", "17"));
        assert_eq!(of_hash(&settings(), "17", &hash, NOW).map(|vouched| vouched.email), Ok(String::new()));
        assert_eq!(of_hash(&settings(), "18", &hash, NOW), Err(IdentityError::Forged));
        assert_eq!(of_hash(&settings(), "17", "zz", NOW), Err(IdentityError::Malformed));
        let hash = hex::encode(mac("shop", "ana@a.example"));
        let vouched = of_hash(&settings(), "ana@a.example", &hash, NOW).unwrap();
        assert_eq!(vouched.email, "ana@a.example");
    }

    #[test]
    fn the_secret_before_counts_until_its_end_and_never_without_one() {
        let renewed = LiveChatSettings {
            identity_secret: Secret::new("new"),
            former_identity_secret: Secret::new("shop"),
            former_secret_until: 100,
            ..LiveChatSettings::default()
        };
        let claims = r#"{"sub":"17","exp":300}"#;
        let at = |settings: &LiveChatSettings, secret: &str, seconds: i64| {
            let now = NOW + Duration::seconds(seconds);
            let by_token = of_jwt(settings, &jwt(HS256, claims, secret), now).is_ok();
            let by_hash = of_hash(settings, "17", &hex::encode(mac(secret, "17")), now).is_ok();
            assert_eq!(by_token, by_hash, "{secret} after {seconds} s");
            by_token
        };
        assert_eq!(["new", "shop", "other"].map(|secret| at(&renewed, secret, 99)), [true, true, false]);
        assert_eq!(["new", "shop"].map(|secret| at(&renewed, secret, 100)), [true, false]);
        let dropped = LiveChatSettings { former_secret_until: 0, ..renewed.clone() };
        assert!(!at(&dropped, "shop", 0));
        let none = LiveChatSettings { former_identity_secret: Secret::default(), ..renewed };
        assert!(!at(&none, "", 0), "no secret, no proof");
    }

    #[test]
    fn addresses_have_the_form_of_addresses() {
        for good in ["ana@a.example", "a.b+c@sub.a.example"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "ana",
            "ana@",
            "@a.example",
            "ana@example",
            "a b@c.example",
            "a@b.example,c@d.example",
            "a@b\n.example",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
