//! Whether a connection is sound: the account, what the access may do, and what is pushed to us of it.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::hub::Debugged;
use channel_contract::wire::{Maybe, Word};
use serde::Deserialize;

use crate::client::Client;
use crate::reconcile::Page;
use crate::settings::{Login, Network};
use crate::tokens::Purpose;
use crate::wire::{Party, id};
use crate::{failure, subscription};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Node {
    id: Word,
    user_id: Word,
    instagram_business_account: Maybe<Party>,
}

/// Tries the connection without sending anything.
pub(crate) async fn check(client: &Client) -> Result<(), ChannelFailure> {
    the_account_is_there(client).await?;
    the_access_is_wide_enough(client).await?;
    subscription::check(client).await
}

async fn the_account_is_there(client: &Client) -> Result<(), ChannelFailure> {
    let settings = &client.settings;
    let other = || refused("The access in the settings is for another account. Connect this account again.");
    match (settings.login(), settings.network) {
        (Login::Instagram, _) => {
            let fields = [("fields", "user_id,username")];
            let account: Node = client.get(&["me"], &fields, Purpose::Check).await?;
            let is_it = settings.is_own(account.user_id.as_str()) || settings.is_own(account.id.as_str());
            is_it.then_some(()).ok_or_else(other)
        }
        (Login::Facebook, network) => {
            let fields = match network {
                Network::Messenger => "id,name",
                Network::Instagram => "id,name,instagram_business_account",
            };
            let page: Node = client.get(&[&settings.page_id], &[("fields", fields)], Purpose::Check).await?;
            if page.id.as_str() != settings.page_id {
                return Err(other());
            }
            if network == Network::Instagram && !settings.is_own(&id(&page.instagram_business_account)) {
                return Err(refused(
                    "The page does not stand before this Instagram account any more. Join them at Meta.",
                ));
            }
            Ok(())
        }
    }
}

/// What the access may do: told of itself to the app, and shown by trying where there is no such word.
async fn the_access_is_wide_enough(client: &Client) -> Result<(), ChannelFailure> {
    let settings = &client.settings;
    if settings.login() == Login::Instagram {
        let query = [("platform", settings.network.platform()), ("limit", "1")];
        let _: Page = client.get(&[settings.node(), "conversations"], &query, Purpose::Check).await?;
        return Ok(());
    }
    if settings.app_id.is_empty() || settings.app_secret.is_empty() {
        return Ok(());
    }
    let told: Debugged = client.get_as_app(&["debug_token"]).await?;
    if told.data.is_valid.0 == Some(false) {
        return Err(failure::lost_access(client.name()));
    }
    if let Some(ends_at) = told.data.ends_at(client.outside.now().unix_timestamp()) {
        client.tokens.note_end(settings, ends_at).await;
    }
    let wanted: &[&str] = match settings.network {
        Network::Messenger => &["pages_messaging", "pages_manage_metadata"],
        Network::Instagram => &["pages_messaging", "pages_manage_metadata", "instagram_manage_messages"],
    };
    let granted: Vec<String> = told.data.scopes.words().collect();
    let missing: Vec<&str> =
        wanted.iter().filter(|scope| !granted.iter().any(|granted| granted == **scope)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(", ");
    Err(refused(&format!("The access lacks permissions: {list}. Connect the account again and allow them.")))
}

pub(crate) fn refused(words: &str) -> ChannelFailure {
    ChannelFailure::refused(FailureClass::Permission, words)
}
