//! The signature that Amazon's cloud wants of each call (version 4). Pure.

use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The moment of a call as it is signed.
pub(super) fn stamp(now: OffsetDateTime) -> String {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    now.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

/// A key, and what it is used for.
pub(super) struct Key<'k> {
    pub(super) id: &'k str,
    pub(super) secret: &'k str,
    pub(super) region: &'k str,
    pub(super) service: &'k str,
}

impl Key<'_> {
    /// The header `authorization` of a call without a query. `headers` are all that are signed, in the order of their names;
    /// `x-amz-date` is among them.
    pub(super) fn authorization(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let lines = lines.concat();
        let request = format!("{method}\n{path}\n\n{lines}\n{names}\n{}", hash(body));
        let stamp = headers.iter().find(|(name, _)| *name == "x-amz-date").map_or("", |(_, value)| *value);
        let day = stamp.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("{ALGORITHM}\n{stamp}\n{scope}\n{}", hash(&request));
        let first = format!("AWS4{}", self.secret).into_bytes();
        let steps = [day, self.region, self.service, "aws4_request", text.as_str()];
        let signature = hex::encode(steps.into_iter().fold(first, |key, step| signed(&key, step)));
        format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", self.id)
    }
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn signed(key: &[u8], text: &str) -> Vec<u8> {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    /// The plain cases of the suite that Amazon publishes for its signature.
    #[test]
    fn a_call_is_signed_as_amazon_publishes_it() {
        let key = Key {
            id: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "service",
        };
        let stamp = stamp(datetime!(2015-08-30 14:36 +2));
        assert_eq!(stamp, "20150830T123600Z");
        let headers = [("host", "example.amazonaws.com"), ("x-amz-date", stamp.as_str())];
        for (method, signature) in [
            ("GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            ("POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ] {
            assert_eq!(
                key.authorization(method, "/", &headers, ""),
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature={signature}"
                )
            );
        }
    }
}
