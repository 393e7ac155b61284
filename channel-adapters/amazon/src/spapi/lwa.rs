//! Access tokens from Login with Amazon: had with the seller's grant, or for the application alone.

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Access, Effect, Granted, Tokens, granted, protected};
use channel_contract::secret::Secret;
use url::form_urlencoded;

use super::SpApi;
use crate::settings::SpApiSettings;

const SIGN_IN: &str = "Amazon's sign-in";

/// For whom access is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The seller's account.
    Seller,
    /// The application, to say where notifications go.
    Notifications,
}

/// The tokens of one connection.
#[derive(Default)]
pub(super) struct Grants {
    seller: Tokens,
    notifications: Tokens,
}

impl Grants {
    pub(super) fn of(&self, grant: Grant) -> &Tokens {
        match grant {
            Grant::Seller => &self.seller,
            Grant::Notifications => &self.notifications,
        }
    }

    /// The newest refresh token of the seller's, once.
    pub(super) fn take_renewed(&self) -> Option<Secret> {
        self.seller.take_renewed()
    }
}

impl SpApi {
    /// A token that can be used now.
    pub(super) async fn access(&self, grant: Grant) -> Result<Access, ChannelFailure> {
        let stored = &self.settings.refresh_token;
        self.grants.of(grant).access(stored, |refresh| self.renew(grant, refresh)).await
    }

    async fn renew(&self, grant: Grant, refresh: Secret) -> Result<Granted, ChannelFailure> {
        let request = self
            .outside
            .client
            .post(protected(&self.settings.token_url)?)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(&self.settings, grant, &refresh));
        granted(&self.outside.call(request, Effect::Reads, SIGN_IN).await?, SIGN_IN, advice)
    }
}

fn form(settings: &SpApiSettings, grant: Grant, refresh: &Secret) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    match grant {
        Grant::Seller => {
            form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", refresh.reveal());
        }
        Grant::Notifications => {
            form.append_pair("grant_type", "client_credentials")
                .append_pair("scope", "sellingpartnerapi::notifications");
        }
    }
    form.append_pair("client_id", &settings.client_id).append_pair("client_secret", settings.client_secret.reveal());
    form.finish()
}

/// What a person does about a refusal, by Amazon's word for it.
fn advice(word: &str) -> String {
    let advice = match word {
        "invalid_grant" => {
            "The seller's consent is over or was taken back. Give it again in Seller Central, and connect the channel with the \
             new token"
        }
        "invalid_client" | "unauthorized_client" => {
            "The application is not known under this id and secret. Amazon wants the secret renewed every 180 days: make a \
             new one, and enter it here"
        }
        _ => "Connect the channel again",
    };
    advice.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_grant_and_an_old_secret_need_a_person_for_different_things() {
        assert!(advice("invalid_grant").contains("consent"));
        assert!(advice("invalid_client").contains("180 days"));
        assert_eq!(advice(""), "Connect the channel again");
    }

    #[test]
    fn the_application_asks_for_itself_without_the_sellers_grant() {
        let settings = SpApiSettings { client_id: "app".to_owned(), ..SpApiSettings::default() };
        let refresh = Secret::new("Atzr|word");
        assert!(form(&settings, Grant::Seller, &refresh).contains("refresh_token=Atzr%7Cword"));
        assert!(!form(&settings, Grant::Notifications, &refresh).contains("word"));
    }
}
