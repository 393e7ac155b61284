//! A visitor's session: a signed token that says who it is, so that nothing is stored before somebody writes.

use std::fmt;
use std::time::Duration;

use channel_contract::inbound::{Identity, Trust};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::settings::{IdentityMode, LiveChatSettings};
use crate::sign::{from_text, is_signed, sign, to_text};

/// How long a session lasts without a new one.
pub const LASTS: Duration = Duration::from_hours(24 * 90);

/// What sort of name a visitor's id is.
pub const VISITOR: &str = "chat_visitor";

/// Who writes.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Visitor {
    /// The visitor's id; the same for every device of a customer whom the shop vouches for.
    pub id: Uuid,
    /// The name, `""` if they gave none.
    pub name: String,
    /// The address for answers, `""` if none.
    pub email: String,
    /// The shop's own id of the customer; `""` when nobody vouches for them.
    pub subject: String,
    /// Whether the shop vouches for the address.
    pub email_proved: bool,
    /// The order they said it is about.
    pub order_number: String,
    /// What they said it is about.
    pub topic: String,
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    v: Visitor,
    exp: i64,
}

/// A token that opens no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of this chat.
    #[error("this session is not one of this chat")]
    Forged,
    /// Its time is over.
    #[error("this session is over")]
    Expired,
}

impl Visitor {
    /// The session's token.
    pub fn token(&self, settings: &LiveChatSettings, now: OffsetDateTime) -> String {
        let claims = Claims { v: self.clone(), exp: (now + LASTS).unix_timestamp() };
        let payload = serde_json::to_vec(&claims).unwrap_or_default();
        let signature = sign(settings.session_secret.reveal(), &parts(settings, &payload));
        format!("{}.{}", to_text(&payload), to_text(&signature))
    }

    /// The visitor whom a token names.
    pub fn of_token(settings: &LiveChatSettings, token: &str, now: OffsetDateTime) -> Result<Self, TokenError> {
        let (payload, signature) = token.split_once('.').ok_or(TokenError::Forged)?;
        let payload = from_text(payload).ok_or(TokenError::Forged)?;
        let signature = from_text(signature).ok_or(TokenError::Forged)?;
        if !is_signed(settings.session_secret.reveal(), &parts(settings, &payload), &signature) {
            return Err(TokenError::Forged);
        }
        let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenError::Forged)?;
        if claims.exp <= now.unix_timestamp() { Err(TokenError::Expired) } else { Ok(claims.v) }
    }

    /// The id of a customer whom the shop vouches for: the same on every device, and nobody else can make it.
    pub fn id_of_subject(settings: &LiveChatSettings, subject: &str) -> Uuid {
        let hash =
            sign(settings.session_secret.reveal(), &[b"subject", settings.channel_id.as_bytes(), subject.as_bytes()]);
        let mut bytes = [0_u8; 16];
        for (place, byte) in bytes.iter_mut().zip(&hash) {
            *place = *byte;
        }
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Whether the shop vouches for the visitor.
    pub fn is_vouched(&self) -> bool {
        !self.subject.is_empty()
    }

    /// Whether the chat takes what they write: everybody's, or that of whom the shop vouches for.
    pub fn may_write(&self, settings: &LiveChatSettings) -> bool {
        settings.identity == IdentityMode::Optional || self.is_vouched()
    }

    /// The name in the contact's list: an address only when it is proved, for a claim must never find somebody else.
    pub fn identity(&self) -> Identity {
        if self.email_proved && self.is_vouched() && !self.email.is_empty() {
            return Identity::email(&self.email);
        }
        Identity { kind: VISITOR.to_owned(), value: self.id.to_string() }
    }

    /// How well it is known who writes.
    pub fn trust(&self) -> Trust {
        if self.is_vouched() { Trust::Proved } else { Trust::Claimed }
    }

    /// The name as shown; one that nobody is greeted by when they gave none.
    pub fn shown_name(&self) -> String {
        if !self.name.trim().is_empty() {
            return self.name.trim().to_owned();
        }
        let id = self.id.simple().to_string().to_uppercase();
        format!("Visitor {}", id.get(28..).unwrap_or_default())
    }

    /// What the visitor said it is about, as a title.
    pub fn title(&self) -> String {
        let order = if self.order_number.is_empty() { String::new() } else { format!("Order {}", self.order_number) };
        [self.topic.as_str(), order.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

fn parts<'a>(settings: &'a LiveChatSettings, payload: &'a [u8]) -> [&'a [u8]; 3] {
    [b"session", settings.channel_id.as_bytes(), payload]
}

/// The signature under which a visitor may fetch a file until a moment.
pub fn file_signature(settings: &LiveChatSettings, file: &str, until: i64) -> String {
    to_text(&sign(settings.session_secret.reveal(), &file_parts(settings, file, &until.to_be_bytes())))
}

/// Whether a file's address is one that this chat gave out.
pub fn is_file_signed(settings: &LiveChatSettings, file: &str, until: i64, signature: &str) -> bool {
    let signature = from_text(signature).unwrap_or_default();
    is_signed(settings.session_secret.reveal(), &file_parts(settings, file, &until.to_be_bytes()), &signature)
}

fn file_parts<'a>(settings: &'a LiveChatSettings, file: &'a str, until: &'a [u8]) -> [&'a [u8]; 4] {
    [b"file", settings.channel_id.as_bytes(), file.as_bytes(), until]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn settings(channel: &str) -> LiveChatSettings {
        LiveChatSettings {
            channel_id: channel.to_owned(),
            session_secret: Secret::new("session"),
            ..LiveChatSettings::default()
        }
    }

    fn ana() -> Visitor {
        Visitor {
            id: Uuid::from_u128(7),
            name: "Ana".to_owned(),
            email: "ana@a.example".to_owned(),
            ..Visitor::default()
        }
    }

    #[test]
    fn a_token_opens_its_own_chat_until_its_time_is_over() {
        let token = ana().token(&settings("one"), NOW);
        assert_eq!(Visitor::of_token(&settings("one"), &token, NOW), Ok(ana()));
        assert_eq!(Visitor::of_token(&settings("other"), &token, NOW), Err(TokenError::Forged));
        assert_eq!(Visitor::of_token(&settings("one"), &token, NOW + LASTS), Err(TokenError::Expired));
        let no_secret = LiveChatSettings { session_secret: Secret::default(), ..settings("one") };
        assert_eq!(Visitor::of_token(&no_secret, &ana().token(&no_secret, NOW), NOW), Err(TokenError::Forged));
    }

    #[test]
    fn an_altered_token_opens_nothing() {
        let token = ana().token(&settings("one"), NOW);
        for place in 0..token.len() - 1 {
            let altered: String = token
                .char_indices()
                .map(|(at, c)| if at == place { if c == 'A' { 'B' } else { 'A' } } else { c })
                .collect();
            if altered != token {
                assert_eq!(Visitor::of_token(&settings("one"), &altered, NOW), Err(TokenError::Forged), "{place}");
            }
        }
        for hostile in ["", ".", "a.b", "🦀.🦀", &"x".repeat(100_000)] {
            assert_eq!(Visitor::of_token(&settings("one"), hostile, NOW), Err(TokenError::Forged));
        }
    }

    #[test]
    fn a_claimed_address_is_no_identity_and_a_proved_one_is() {
        assert_eq!(ana().identity().kind, VISITOR);
        assert_eq!(ana().trust(), Trust::Claimed);
        let claimed = Visitor { email_proved: true, ..ana() };
        assert_eq!(claimed.identity().kind, VISITOR, "nobody vouches for her");
        let proved = Visitor { email_proved: true, subject: "17".to_owned(), ..ana() };
        assert_eq!(proved.identity(), Identity::email("ana@a.example"));
        assert_eq!(proved.trust(), Trust::Proved);
    }

    #[test]
    fn where_the_shop_vouches_for_everybody_nobody_else_writes() {
        let open = settings("one");
        let closed = LiveChatSettings { identity: IdentityMode::Mandatory, ..settings("one") };
        let known = Visitor { subject: "17".to_owned(), ..ana() };
        assert_eq!([&ana(), &known].map(|visitor| visitor.may_write(&open)), [true, true]);
        assert_eq!([&ana(), &known].map(|visitor| visitor.may_write(&closed)), [false, true]);
    }

    #[test]
    fn one_customer_is_one_visitor_on_every_device() {
        let id = |channel: &str, subject: &str| Visitor::id_of_subject(&settings(channel), subject);
        assert_eq!(id("one", "17"), id("one", "17"));
        assert_ne!(id("one", "17"), id("one", "18"));
        assert_ne!(id("one", "17"), id("other", "17"));
    }

    #[test]
    fn a_file_is_fetched_under_its_own_signature_alone() {
        let signature = file_signature(&settings("one"), "a", 60);
        assert!(is_file_signed(&settings("one"), "a", 60, &signature));
        assert!(!is_file_signed(&settings("one"), "b", 60, &signature));
        assert!(!is_file_signed(&settings("one"), "a", 61, &signature));
        assert!(!is_file_signed(&settings("other"), "a", 60, &signature));
        assert!(!is_file_signed(&settings("one"), "a", 60, ""));
    }
}
