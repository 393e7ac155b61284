//! Access tokens: had from eBay with what the seller granted. There is one for the seller's account, and one for the program
//! itself, which alone may ask for the keys of notifications. Pure, but for what keeps them.

use std::sync::{Mutex, PoisonError};

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{self, Answer, Granted};
use channel_contract::secret::Secret;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::failure::WHO;
use crate::settings::{Access, SCOPE};

/// For whom a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The seller's.
    Seller,
    /// The program's own.
    Program,
}

/// The tokens of one account.
#[derive(Default)]
pub(crate) struct Tokens {
    seller: http::Tokens,
    program: http::Tokens,
    /// How many seconds the newest grant of the seller lasts, where eBay told.
    lasts: Mutex<Option<i64>>,
}

impl Tokens {
    pub(crate) fn of(&self, whose: Whose) -> &http::Tokens {
        match whose {
            Whose::Seller => &self.seller,
            Whose::Program => &self.program,
        }
    }

    /// Notes how long a grant lasts, if the answer holds a new one.
    pub(crate) fn note(&self, granted: &Granted, answer: &Answer) {
        if granted.refresh_token.is_empty() {
            return;
        }
        let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let lasts = document.get("refresh_token_expires_in").and_then(Value::as_i64).filter(|lasts| *lasts > 0);
        *self.lasts.lock().unwrap_or_else(PoisonError::into_inner) = lasts;
    }

    /// The newest secret to renew access with, once, and how many seconds it lasts, where eBay told.
    pub(crate) fn take_renewed(&self) -> Option<(Secret, Option<i64>)> {
        let lasts = *self.lasts.lock().unwrap_or_else(PoisonError::into_inner);
        self.seller.take_renewed().map(|secret| (secret, lasts))
    }
}

/// The page on which the seller is asked for consent; `None` where the program has none.
pub(crate) fn consent_page(access: &Access, state: &str) -> Option<Url> {
    if access.client_id.is_empty() || access.ru_name.is_empty() {
        return None;
    }
    let mut url = Url::parse(&access.consent_url).ok()?;
    url.query_pairs_mut()
        .append_pair("client_id", &access.client_id)
        .append_pair("redirect_uri", &access.ru_name)
        .append_pair("response_type", "code")
        .append_pair("scope", &access.consent_scopes)
        .append_pair("state", state);
    Some(url)
}

/// The form that asks for what the seller has consented to.
pub(crate) fn consent_form(code: &str, access: &Access) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code");
    form.append_pair("code", code).append_pair("redirect_uri", &access.ru_name);
    form.finish()
}

/// The form that asks for a token.
pub(crate) fn form(whose: Whose, refresh: &Secret, access: &Access) -> String {
    let (how, fields) = match whose {
        Whose::Seller => {
            ("refresh_token", vec![("refresh_token", refresh.reveal()), ("scope", access.scopes.as_str())])
        }
        Whose::Program => ("client_credentials", vec![("scope", SCOPE)]),
    };
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", how);
    form.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()));
    form.finish()
}

/// What eBay's answer means.
pub(crate) fn granted(answer: &Answer) -> Result<Granted, ChannelFailure> {
    http::granted(answer, WHO, |_| "Connect the channel again".to_owned())
}
