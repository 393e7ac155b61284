//! Access tokens: had from eBay with what the seller granted. There is one for the seller's account, and one for the program
//! itself, which alone may ask for the keys of notifications. Pure, but for what keeps them.

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{self, Answer, Granted};
use channel_contract::secret::Secret;
use url::form_urlencoded::Serializer;

use crate::failure::WHO;
use crate::settings::Access;

/// What the program itself asks for.
const OWN_SCOPE: &str = "https://api.ebay.com/oauth/api_scope";

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
}

impl Tokens {
    pub(crate) fn of(&self, whose: Whose) -> &http::Tokens {
        match whose {
            Whose::Seller => &self.seller,
            Whose::Program => &self.program,
        }
    }

    /// The newest secret to renew access with, once.
    pub(crate) fn take_renewed(&self) -> Option<Secret> {
        self.seller.take_renewed()
    }
}

/// The form that asks for a token.
pub(crate) fn form(whose: Whose, refresh: &Secret, access: &Access) -> String {
    let (how, fields) = match whose {
        Whose::Seller => {
            ("refresh_token", vec![("refresh_token", refresh.reveal()), ("scope", access.scopes.as_str())])
        }
        Whose::Program => ("client_credentials", vec![("scope", OWN_SCOPE)]),
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
