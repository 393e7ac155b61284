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
/// What is read too, for which Meta wants permissions that not everybody needs: a check does not miss it.
const BESIDE_A_PAGE: &[&str] = &["feed", "message_template_status_update"];
const BESIDE_INSTAGRAM: &[&str] = &["comments", "live_comments"];

/// An app that is told of the account.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Subscription {
    id: Word,
    subscribed_fields: Items,
}

/// What is wanted by itself, and what is asked for beside it. Of an Instagram account behind a page the app says by itself what
/// it is told, and the page only has to let it.
pub(crate) fn usual(settings: &MetaSettings) -> (&'static [&'static str], &'static [&'static str]) {
    match (settings.network, settings.login()) {
        (Network::Messenger, _) => (OF_A_PAGE, BESIDE_A_PAGE),
        (Network::Instagram, Login::Instagram) => (OF_INSTAGRAM, BESIDE_INSTAGRAM),
        (Network::Instagram, Login::Facebook) => (MESSAGES_ALONE, &[]),
    }
}

/// The same as it counts for an account: where a person has named words, messages and these alone.
fn wanted(settings: &MetaSettings) -> (Vec<&str>, &'static [&'static str]) {
    let (usual, beside) = usual(settings);
    if settings.subscribed_fields.is_empty() {
        return (usual.to_vec(), beside);
    }
    let own = settings.subscribed_fields.iter().map(String::as_str).filter(|word| *word != MESSAGES);
    (std::iter::once(MESSAGES).chain(own).collect(), &[])
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
                 app to it.";
    Err(refused(words).beside(&format!("what Meta calls {}", missing.join(", "))))
}

/// Subscribes the app to what is missing. What others have it subscribed to stays. Where Meta takes not all of it, it is asked for
/// less: a check says what is missing then, and what to do.
pub(crate) async fn begin(client: &Client) -> Result<(), ChannelFailure> {
    let subscribed = subscribed(client).await?;
    let (wanted, beside) = wanted(&client.settings);
    let all: Vec<&str> = wanted.iter().chain(beside).copied().collect();
    if lacking(&all, &subscribed).is_empty() {
        return Ok(());
    }
    for asked in [all.as_slice(), wanted.as_slice(), MESSAGES_ALONE] {
        let known = subscribed.iter().map(String::as_str);
        let fields = known.chain(lacking(asked, &subscribed)).collect::<Vec<&str>>().join(",");
        let query = [("subscribed_fields", fields.as_str())];
        match client.set_up(&[client.settings.node(), "subscribed_apps"], &query).await {
            Err(ChannelFailure::Refused { .. }) => {}
            outcome => return outcome,
        }
    }
    Ok(())
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
