//! What Meta pushes of an account, by the words under which an app subscribes to it.

use channel_contract::failure::ChannelFailure;
use channel_contract::wire::{Items, Word};
use serde::Deserialize;

use crate::client::Client;
use crate::health::refused;
use crate::reconcile::Page;
use crate::settings::{Login, MetaSettings, Network};
use crate::tokens::Purpose;

/// The word under which messages are pushed.
const MESSAGES: &str = "messages";
const MESSAGES_ALONE: &[&str] = &[MESSAGES];
/// What is read of a page.
const OF_A_PAGE: &[&str] = &[
    MESSAGES,
    "message_deliveries",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_reads",
    "messaging_handovers",
    "messaging_optins",
    "messaging_policy_enforcement",
    "messaging_postbacks",
    "messaging_referrals",
    "standby",
];
/// What is read of an Instagram account that is connected by itself.
const OF_INSTAGRAM: &[&str] = &[
    MESSAGES,
    "message_edit",
    "message_reactions",
    "messaging_handover",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "standby",
];
/// What stands in public.
const PUBLIC_OF_A_PAGE: &[&str] = &["feed"];
const PUBLIC_OF_INSTAGRAM: &[&str] = &["comments", "live_comments"];
/// What is read too, for which Meta wants permissions that not everybody needs: a check does not miss it.
const BESIDE_A_PAGE: &[&str] = &["message_template_status_update"];

/// What Meta can tell of an account that the desk reads.
pub(crate) struct Told {
    /// What is wanted by itself.
    pub(crate) usual: &'static [&'static str],
    /// What is wanted where a person has switched it on.
    public: &'static [&'static str],
    /// What is asked for beside.
    beside: &'static [&'static str],
}

/// An app that is told of the account.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Subscription {
    id: Word,
    subscribed_fields: Items,
}

/// What can be told of this one. Of an Instagram account behind a page the app says by itself what it is told, and the page only
/// has to let it.
pub(crate) fn told(settings: &MetaSettings) -> Told {
    match (settings.network, settings.login()) {
        (Network::Messenger, _) => Told { usual: OF_A_PAGE, public: PUBLIC_OF_A_PAGE, beside: BESIDE_A_PAGE },
        (Network::Instagram, Login::Instagram) => {
            Told { usual: OF_INSTAGRAM, public: PUBLIC_OF_INSTAGRAM, beside: &[] }
        }
        (Network::Instagram, Login::Facebook) => Told { usual: MESSAGES_ALONE, public: &[], beside: &[] },
    }
}

/// What counts for an account, and what is asked for beside it: where a person has named words, messages and these in place of the
/// usual ones.
fn wanted(settings: &MetaSettings) -> (Vec<&str>, &'static [&'static str]) {
    let Told { usual, public, beside } = told(settings);
    let is_usual = settings.subscribed_fields.is_empty();
    let mut wanted: Vec<&str> = if is_usual { usual.to_vec() } else { vec![MESSAGES] };
    let own = settings.subscribed_fields.iter().map(String::as_str);
    let public = public.iter().copied().filter(|_| settings.public_comments);
    for word in own.chain(public) {
        if !wanted.contains(&word) {
            wanted.push(word);
        }
    }
    (wanted, if is_usual { beside } else { &[] })
}

/// Whether Meta tells the desk of what it reads; names what is missing.
pub(crate) async fn check(client: &Client) -> Result<(), ChannelFailure> {
    let subscribed = subscribed(client).await?;
    let (wanted, _) = wanted(&client.settings);
    let missing = lacking(&wanted, &subscribed);
    if missing.is_empty() {
        return Ok(());
    }
    if missing.contains(&MESSAGES) {
        let words = "Meta does not send the account's messages to the desk. Connect the account again, and the desk \
                     subscribes its app to them.";
        return Err(refused(words).unheard());
    }
    let words = "Meta does not tell the desk of all that it reads. Connect the account again, and the desk subscribes its \
                 app to it. What Meta refuses to your app is missed no more once “subscribed_fields”, under “Settings \
                 without a field”, names the rest.";
    Err(missed(words, &missing))
}

/// Subscribes the app to what is missing. What others have it subscribed to stays. Meta refuses a list as a whole, so behind a
/// refusal each word is asked for by itself, and what is wanted and refused is told.
pub(crate) async fn begin(client: &Client) -> Result<(), ChannelFailure> {
    let mut subscribed = subscribed(client).await?;
    let (wanted, beside) = wanted(&client.settings);
    let all: Vec<&str> = wanted.iter().chain(beside).copied().collect();
    let missing = lacking(&all, &subscribed);
    if missing.is_empty() {
        return Ok(());
    }
    match subscribe(client, &subscribed, &missing).await {
        Err(ChannelFailure::Refused { .. }) => {}
        outcome => return outcome,
    }
    let (mut withheld, mut said) = (Vec::new(), String::new());
    for word in missing {
        match subscribe(client, &subscribed, &[word]).await {
            Ok(()) => subscribed.push(word.to_owned()),
            Err(ChannelFailure::Refused { reason, .. }) if word == MESSAGES => {
                let words = format!(
                    "Meta refuses to send the account's messages to the desk: {reason} Allow it to the app at Meta, then \
                     connect the account again."
                );
                return Err(refused(&words).unheard());
            }
            Err(ChannelFailure::Refused { reason, .. }) => {
                if wanted.contains(&word) {
                    withheld.push(word);
                    said = reason;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    if withheld.is_empty() {
        return Ok(());
    }
    let words = format!(
        "Meta refuses to tell the desk of some of what it reads: {said} Allow it to the app at Meta and connect the account \
         again, or name the rest in “subscribed_fields”, under “Settings without a field”."
    );
    Err(missed(&words, &withheld))
}

fn missed(words: &str, missing: &[&str]) -> ChannelFailure {
    refused(words).beside(&format!("what Meta calls {}", missing.join(", ")))
}

/// Subscribes the app to these words beside those that it is subscribed to.
async fn subscribe(client: &Client, subscribed: &[String], further: &[&str]) -> Result<(), ChannelFailure> {
    let words: Vec<&str> = subscribed.iter().map(String::as_str).chain(further.iter().copied()).collect();
    let fields = words.join(",");
    client.set_up(&[client.settings.node(), "subscribed_apps"], &[("subscribed_fields", &fields)]).await
}

/// The words under which Meta tells the desk's app of the account.
async fn subscribed(client: &Client) -> Result<Vec<String>, ChannelFailure> {
    let settings = &client.settings;
    let page: Page = client.get(&[settings.node(), "subscribed_apps"], &[], Purpose::Check).await?;
    let is_ours = |app: &Subscription| {
        settings.app_id.is_empty() || app.id.given().is_none_or(|id| id == settings.app_id.as_str())
    };
    let apps = page.data.read::<Subscription>().filter(is_ours);
    Ok(apps.flat_map(|app| app.subscribed_fields.words().collect::<Vec<String>>()).collect())
}

/// Those of the words that are not subscribed.
fn lacking<'w>(words: &[&'w str], subscribed: &[String]) -> Vec<&'w str> {
    words.iter().copied().filter(|word| !subscribed.iter().any(|known| known == word)).collect()
}
