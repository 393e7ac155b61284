//! Notifications, signed as eBay signs them, and the keys that it gives out for that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::state::{Opens, stamp};
use super::{Ebay, VERIFICATION_TOKEN, error};
use crate::hooks::Delivery;
use crate::server::{Request, Response};

/// The keys that sign: one that is in use, and the one that is going to be.
const KEYS: [(&str, u8); 2] =
    [("9936261a-7d7b-4621-a0f1-000000000001", 7), ("9936261a-7d7b-4621-a0f1-000000000002", 8)];

fn key(seed: u8) -> Option<SigningKey> {
    SigningKey::from_slice(&[seed; 32]).ok()
}

impl Ebay {
    /// The ids of the keys that sign.
    pub fn key_ids() -> [&'static str; 2] {
        KEYS.map(|(id, _)| id)
    }

    /// A key as eBay gives it out: in one line.
    pub fn public_key_text(id: &str) -> Option<String> {
        let (_, seed) = KEYS.into_iter().find(|(known, _)| *known == id)?;
        let point = *key(seed)?.verifying_key();
        let encoded = STANDARD.encode(point.to_public_key_der().ok()?.as_bytes());
        Some(format!("-----BEGIN PUBLIC KEY-----{encoded}-----END PUBLIC KEY-----"))
    }

    /// The header for a body that is signed with a key; a key that is none of eBay's signs too.
    pub fn signature(id: &str, body: &[u8]) -> String {
        let seed = KEYS.into_iter().find(|(known, _)| *known == id).map_or(9, |(_, seed)| seed);
        Self::signature_by(id, seed, body)
    }

    /// The header for a body that names a key and is signed with another one.
    pub fn forged_signature(id: &str, body: &[u8]) -> String {
        Self::signature_by(id, 9, body)
    }

    fn signature_by(id: &str, seed: u8, body: &[u8]) -> String {
        let hash = <sha1::Sha1 as sha1::Digest>::digest(body);
        let signature: Option<Signature> = key(seed).and_then(|key| key.sign_prehash(&hash).ok());
        let encoded = signature.map(|signature| STANDARD.encode(signature.to_der().as_bytes())).unwrap_or_default();
        let header = json!({ "alg": "ecdsa", "kid": id, "signature": encoded, "digest": "SHA1" });
        STANDARD.encode(header.to_string())
    }

    /// A notification of a topic, signed with the key that is in use.
    pub fn notification(&self, topic: &str, data: &Value) -> Delivery {
        let (number, now) = {
            let mut state = self.state();
            (state.tick(), stamp(state.now))
        };
        let body = json!({
            "metadata": { "topic": topic, "schemaVersion": "1.0", "deprecated": false },
            "notification": { "notificationId": format!("n-{number}"), "eventDate": now, "publishDate": now,
                "publishAttemptCount": 1, "data": data }
        });
        Self::signed(body.to_string().into())
    }

    /// A body with its signature, as it is pushed.
    pub fn signed(body: Bytes) -> Delivery {
        let [in_use, _] = Self::key_ids();
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-ebay-signature".to_owned(), Self::signature(in_use, &body)),
        ];
        Delivery { headers, body }
    }

    /// Tells of a message that stands in a conversation.
    pub fn new_message(&self, id: &str) -> Delivery {
        self.notification("NEW_MESSAGE", &self.told(id))
    }

    /// Tells that a user closed their account.
    pub fn account_deletion(&self, username: &str, user_id: &str) -> Delivery {
        let data = json!({ "username": username, "userId": user_id, "eiasToken": "nY+sHZ2PrBmdj6wVnY+sEZ2PrA2dj6w" });
        self.notification("MARKETPLACE_ACCOUNT_DELETION", &data)
    }

    /// Tells that a seller took back access.
    pub fn revocation(&self, username: &str) -> Delivery {
        let data = json!({ "username": username, "userId": "u-0", "revokeReason": "REVOKED_BY_USER" });
        self.notification("AUTHORIZATION_REVOCATION", &data)
    }

    /// What eBay wants to hear when it asks an address whether it is the account's.
    pub fn challenge_answer(code: &str, endpoint: &str) -> String {
        Self::challenge_answer_for(code, VERIFICATION_TOKEN, endpoint)
    }

    pub(super) fn challenge_answer_for(code: &str, word: &str, endpoint: &str) -> String {
        let hash = Sha256::new().chain_update(code).chain_update(word).chain_update(endpoint).finalize();
        json!({ "challengeResponse": hex::encode(hash) }).to_string()
    }

    pub(super) fn public_key(&self, request: &Request, id: &str) -> Response {
        if self.state().tokens.get(request.bearer()) != Some(&Opens::Program) {
            return error(401, 1_001, "Invalid access token");
        }
        match Self::public_key_text(id) {
            Some(key) => Response::json(200, &json!({ "key": key, "algorithm": "ECDSA", "digest": "SHA1" })),
            None => error(404, 195_001, "The specified key id is invalid."),
        }
    }
}
