//! What was written while nothing was pushed, read back from the account's conversations: those that changed last first, until
//! what was known then.

use std::time::Duration;

use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::ChannelFailure;
use channel_contract::gap::{FURTHEST, Gap};
use channel_contract::inbound::{RawItem, RawOrigin};
use channel_contract::wire::{Maybe, Word};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::client::Client;
use crate::moment;
use crate::recalled::Recalled;
use crate::reconcile::{LOOKED_AT, Page};
use crate::settings::{Login, MetaSettings, Network};
use crate::tokens::Purpose;
use crate::wire::{element, id};

/// So many conversations come with one call.
const AT_A_TIME: &str = "10";
/// So many pages of one conversation are read.
const MOST_PAGES: usize = 10;
/// How far the reading goes back behind the gap: a message may have been on its way.
const OVERLAP: time::Duration = time::Duration::hours(1);
/// What the account wrote so lately may be a reply of the desk's whose sending is not answered yet.
const FRESH: time::Duration = time::Duration::minutes(2);
/// How long it rests before each further call: Instagram takes two in a second.
const PAUSE: Duration = Duration::from_millis(500);

/// Where reading stopped.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    /// Behind what the next page begins, as Meta says it; `""`: with the conversation that changed last.
    after: String,
    /// When the first conversation had changed as this look began, in seconds since 1970.
    newest: i64,
    /// The same of the look before this one: what has not changed since was seen. 0: there was none.
    seen: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Conversation {
    id: Word,
    updated_time: Value,
    messages: Maybe<Page>,
}

/// Reads a page of conversations. They change places while they are turned, so behind several pages comes another look at those
/// that have changed since.
pub(crate) async fn page(client: &Client, gap: &Gap, place: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
    let settings = &client.settings;
    let mut place: Place = Cursor::read(place);
    let since = (gap.since - OVERLAP).max(client.outside.now() - FURTHEST);
    let page = conversations(client, &place.after).await?;
    let is_first = place.after.is_empty();
    let seen = OffsetDateTime::from_unix_timestamp(place.seen).unwrap_or(since).max(since);
    let reading = Reading { client, gap, since };
    let (mut found, mut is_over) = (Found::default(), false);
    for conversation in page.data.read::<Conversation>() {
        let changed = moment::of(&conversation.updated_time);
        if is_first {
            place.newest = place.newest.max(changed.map_or(0, OffsetDateTime::unix_timestamp));
        }
        is_over = changed.is_some_and(|at| at < seen);
        if !is_over {
            reading.conversation(conversation, &mut found).await?;
        }
    }
    let next = page.after().filter(|_| !is_over).unwrap_or_default();
    let more = !next.is_empty() || !is_first;
    let place = match (next, is_first) {
        ("", true) => Place::default(),
        ("", false) => Place { seen: place.newest, ..Place::default() },
        (after, _) => Place { after: after.to_owned(), ..place },
    };
    // Within a second, what was listed later was written earlier.
    found.items.reverse();
    found.items.sort_by_key(|(at, _)| *at);
    let warning = found.is_cut.then(|| {
        let most = if settings.network == Network::Instagram { LOOKED_AT } else { LOOKED_AT * MOST_PAGES };
        format!(
            "Of a conversation {} shows the last {most} messages only: earlier ones may be missing here.",
            client.name()
        )
    });
    let items = found.items.into_iter().map(|(_, item)| item).collect();
    Ok(Polled { items, cursor: Cursor::of(&place), more, warning, ..Polled::default() })
}

async fn conversations(client: &Client, after: &str) -> Result<Page, ChannelFailure> {
    let settings = &client.settings;
    let fields = format!("id,updated_time,messages.limit({LOOKED_AT}){{{}}}", told(settings));
    let mut query = vec![("platform", settings.network.platform()), ("fields", fields.as_str()), ("limit", AT_A_TIME)];
    if !after.is_empty() {
        sleep(PAUSE).await;
        query.push(("after", after));
    }
    client.get(&[settings.node(), "conversations"], &query, Purpose::Message).await
}

/// What is asked of a message: the host of an Instagram login tells less.
fn told(settings: &MetaSettings) -> &'static str {
    match settings.login() {
        Login::Facebook => "id,created_time,from,to,message,is_unsupported,sticker,story,shares{link,name},attachments",
        Login::Instagram => "id,created_time,from,to,message,attachments",
    }
}

/// What a page has brought.
#[derive(Default)]
struct Found {
    items: Vec<(OffsetDateTime, RawItem)>,
    /// Whether a conversation goes back further than it is shown.
    is_cut: bool,
}

#[derive(Clone, Copy)]
struct Reading<'a> {
    client: &'a Client,
    gap: &'a Gap,
    since: OffsetDateTime,
}

impl Reading<'_> {
    /// Takes the messages of a conversation since then, the newest first.
    async fn conversation(self, conversation: Conversation, found: &mut Found) -> Result<(), ChannelFailure> {
        let settings = &self.client.settings;
        let mut page = conversation.messages.0.unwrap_or_default();
        for _ in 1..MOST_PAGES {
            let goes_on = self.take(&page, found);
            let Some(after) = page.after().filter(|_| goes_on) else { return Ok(()) };
            if settings.network == Network::Instagram {
                found.is_cut = true;
                return Ok(());
            }
            sleep(PAUSE).await;
            let limit = LOOKED_AT.to_string();
            let query = [("fields", told(settings)), ("limit", limit.as_str()), ("after", after)];
            page = self.client.get(&[conversation.id.as_str(), "messages"], &query, Purpose::Message).await?;
        }
        let goes_on = self.take(&page, found);
        found.is_cut |= goes_on && page.after().is_some();
        Ok(())
    }

    /// Takes a page of messages; whether what stands behind it may belong to the gap, too.
    fn take(self, page: &Page, found: &mut Found) -> bool {
        let mut goes_on = true;
        for message in page.data.values() {
            let shown: Recalled = element(message);
            let Some(at) = moment::of(&shown.created_time) else { continue };
            goes_on = at >= self.since;
            if goes_on && let Some(item) = self.item(message, &shown, at) {
                found.items.push((at, item));
            }
        }
        goes_on
    }

    /// A message as it is stored; `None` where it has no id, or may be a reply of the desk's.
    fn item(self, message: &Value, shown: &Recalled, at: OffsetDateTime) -> Option<RawItem> {
        let settings = &self.client.settings;
        let mid = shown.id.given()?;
        let is_own = settings.is_own(&id(&shown.from));
        let is_fresh = at > self.client.outside.now() - FRESH;
        if is_own && (is_fresh || self.gap.may_be_ours(shown.message.as_str())) {
            return None;
        }
        let body = json!({
            "object": settings.network.object(), "read_back": { "is_own": is_own, "message": message },
        });
        Some(RawItem {
            external_id: format!("read_back:{mid}"),
            origin: RawOrigin::History,
            body: body.to_string().into(),
        })
    }
}
