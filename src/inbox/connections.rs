//! The adapters of the connected channels, built from the store and kept for a few seconds.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use channel_contract::channel::{Cursor, Health};
use channel_contract::failure::ChannelFailure;
use channel_contract::inbound::{Inbound, InboundEvent, Writer};
use channel_contract::outbound::Template;
use channel_contract::{ChannelKind, MessageChannel};
use serde_json::Value;

use super::connecting::{leads_elsewhere, with_renewed};
use super::former_secret::Former;
use super::lines::Lines;
use super::pauses::Pauses;
use super::record::Stopped;
use super::refusals::Refusals;
use super::turned_away::Deliveries;
use crate::channels::live_chat::LiveChat;
use crate::channels::{self, BuildError, Surroundings};
use crate::clock::Clock;
use crate::model::brand::Brand;
use crate::model::channel::{Channel, ChannelState, letterbox};
use crate::model::{BrandId, ChannelId, Ts};
use crate::store::{self, Db, Tx, brands};
use crate::vault::{Vault, VaultError};

/// How long a connection is used before the store is asked again: another process may have changed it.
const FRESH: Duration = Duration::from_secs(3);

/// A channel with its brand and adapter.
pub struct Connection {
    /// The channel as stored.
    pub channel: Channel,
    /// Whose it is.
    pub brand: Brand,
    /// The adapter.
    pub adapter: Arc<dyn MessageChannel>,
    /// The chat, when it is one.
    pub chat: Option<Arc<LiveChat>>,
    connected_at: Option<Ts>,
    /// The secret before the one in use, as the adapter was built.
    former: Option<Former>,
    /// The secrets that the adapter goes by, as far as they are stored.
    secrets: Arc<Mutex<Value>>,
}

/// A connection as it is kept.
struct Kept {
    connection: Arc<Connection>,
    /// `None` after a change: the store is asked again.
    loaded_at: Option<Ts>,
}

impl Connection {
    /// Whether the adapter still fits: nobody connected the channel anew, and no secret of it has ended since. Where its platform
    /// lets nobody in, another process may have renewed the access: what this one has is void then, and what is stored is not.
    fn fits(&self, channel: &Channel, connected_at: Option<Ts>, stored: &Value, now: Ts) -> bool {
        self.is_as_set_up(channel, connected_at, now)
            && (channel.state == ChannelState::Connected || *self.secrets() == *stored)
    }

    /// Whether the channel is set up as the adapter was built.
    fn is_as_set_up(&self, channel: &Channel, connected_at: Option<Ts>, now: Ts) -> bool {
        self.connected_at == connected_at
            && self.channel.settings.0 == channel.settings.0
            && self.channel.webhook_secret == channel.webhook_secret
            && self.former.is_none_or(|former| former.is_as_before(now))
    }

    /// Where a look with this connection stopped.
    pub fn stopped_at(&self, cursor: Cursor) -> Stopped {
        Stopped { cursor: cursor.0, connected_at: self.connected_at }
    }

    /// Since when the same secrets prove what is pushed; `None` when they never changed.
    pub(super) fn proves_since(&self) -> Option<Ts> {
        let ended_at = self.former.filter(|former| !former.counts).map(|former| former.until);
        self.connected_at.max(ended_at)
    }

    fn secrets(&self) -> MutexGuard<'_, Value> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The desk's own channels: what comes from one of them is answered by no machine.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// The loop marks of what they sent.
    pub marks: HashSet<String>,
    /// Their addresses in lower case.
    pub addresses: HashSet<String>,
    /// The brands that have a mailbox which nobody paused.
    pub with_mail: HashSet<BrandId>,
    /// Which of them are of one kind, by its word.
    pub of_kind: HashMap<String, Vec<ChannelId>>,
}

impl Own {
    fn of(channels: &[Channel]) -> Self {
        let aliases = channels.iter().filter_map(|channel| channel.settings.get("aliases")?.as_array());
        let aliases = aliases.flatten().filter_map(Value::as_str).map(str::to_lowercase);
        let addresses = channels.iter().map(|channel| channel.address.trim().to_lowercase());
        let sends = |brand: &BrandId| letterbox(channels, *brand).is_some_and(|row| row.state != ChannelState::Paused);
        let mut of_kind: HashMap<String, Vec<ChannelId>> = HashMap::new();
        for channel in channels {
            of_kind.entry(channel.kind.clone()).or_default().push(channel.id);
        }
        Self {
            marks: channels.iter().map(|channel| channel.id.to_string()).collect(),
            addresses: addresses.chain(aliases).filter(|address| !address.is_empty()).collect(),
            with_mail: channels.iter().map(|channel| channel.brand_id).filter(sends).collect(),
            of_kind,
        }
    }

    /// What another channel of the desk sent comes back as nothing: it stands in its conversation already.
    pub fn pass_over(&self, inbound: &mut Inbound) {
        if let InboundEvent::Message(message) = &inbound.event
            && message.writer == Writer::Contact
            && message.loop_marks.iter().any(|mark| self.marks.contains(mark))
        {
            inbound.event = InboundEvent::Ignored("own_loop");
        }
    }
}

/// A channel that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// There is no such channel.
    #[error("this channel is no longer connected")]
    Gone,
    /// Its settings cannot be used.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its secrets cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Its secrets are no JSON.
    #[error("the secrets of this channel cannot be read")]
    Secrets,
    /// The database failed.
    #[error(transparent)]
    Store(store::Error),
}

impl From<store::Error> for ConnectionError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::Gone,
            other => Self::Store(other),
        }
    }
}

/// How long the templates of a channel are taken for what they are: news of a change comes earlier, but perhaps to another
/// process.
const TEMPLATES: Duration = Duration::from_mins(5);

/// The templates of a channel, and when they were asked for.
type KeptTemplates = (Ts, Arc<Vec<Template>>);

/// The own channels, and when they were loaded.
type KeptOwn = Option<(Ts, Arc<Own>)>;

/// The connected channels. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    db: Db,
    vault: Vault,
    clock: Clock,
    around: Surroundings,
    kept: Arc<Mutex<HashMap<ChannelId, Kept>>>,
    /// How many changes there were: what is loaded while one comes may be of before it.
    changes: Arc<AtomicU64>,
    own: Arc<Mutex<KeptOwn>>,
    templates: Arc<Mutex<HashMap<ChannelId, KeptTemplates>>>,
    /// Those whose platform refuses to let the desk in.
    pub(super) refusals: Refusals,
    /// Those whose platform has said when it takes more.
    pub(super) pauses: Pauses,
    /// What is under way on each of them.
    pub lines: Lines,
    /// What is pushed to them.
    pub deliveries: Deliveries,
}

impl Connections {
    /// Over a store and the key of its secrets.
    pub fn new(db: Db, vault: Vault, clock: Clock, around: Surroundings) -> Self {
        Self {
            deliveries: Deliveries::new(db.clone(), clock.clone()),
            db,
            vault,
            clock,
            around,
            kept: Arc::default(),
            changes: Arc::default(),
            own: Arc::default(),
            templates: Arc::default(),
            refusals: Refusals::default(),
            pauses: Pauses::default(),
            lines: Lines::default(),
        }
    }

    /// The adapter of a channel that is not kept: one that is tried out, before its platform knows the desk's address.
    pub fn tried(&self, channel: &Channel, secrets: &Value) -> Result<Arc<dyn MessageChannel>, BuildError> {
        channels::build(channel, secrets, &Surroundings { origin: String::new(), ..self.around.clone() })
    }

    /// How a connection will stand, as far as its adapter knows; nothing of one that cannot be used.
    pub async fn health(&self, id: ChannelId) -> Health {
        let kept = self.kept().get(&id).map(|kept| kept.connection.clone());
        match kept {
            Some(connection) => connection.adapter.health(),
            None => self.get(id).await.map(|connection| connection.adapter.health()).unwrap_or_default(),
        }
    }

    /// The connection of a channel.
    pub async fn get(&self, id: ChannelId) -> Result<Arc<Connection>, ConnectionError> {
        let now = self.clock.now();
        if let Some(kept) = self.kept().get(&id)
            && kept.loaded_at.is_some_and(|at| now.since(at) < FRESH)
        {
            return Ok(kept.connection.clone());
        }
        let changes = self.changes.load(Ordering::Acquire);
        let Some(channel) = store::channels::find(&self.db, id).await? else {
            self.kept().remove(&id);
            return Err(ConnectionError::Gone);
        };
        let brand = brands::get(&self.db, channel.brand_id).await?;
        let sealed = store::channels::sealed(&self.db, id).await?;
        let secrets = self.opened(id, &sealed.secrets)?;
        // The adapter stays: it holds the session and the tokens that were given to it.
        let kept = self.kept().get(&id).map(|kept| kept.connection.clone());
        let kept = kept.filter(|kept| kept.fits(&channel, sealed.connected_at, &secrets, now));
        let connected_at = sealed.connected_at;
        let connection = Arc::new(if let Some(kept) = kept {
            let (adapter, chat, secrets) = (kept.adapter.clone(), kept.chat.clone(), kept.secrets.clone());
            Connection { channel, brand, adapter, chat, connected_at, former: kept.former, secrets }
        } else {
            let former = Former::of(&channel, &secrets, now);
            let (adapter, chat) = built_now(&channel, &secrets, former, &self.around)?;
            let secrets = Arc::new(Mutex::new(secrets));
            Connection { channel, brand, adapter, chat, connected_at, former, secrets }
        });
        let mut kept = self.kept();
        let loaded_at = (self.changes.load(Ordering::Acquire) == changes).then_some(now);
        kept.insert(id, Kept { connection: connection.clone(), loaded_at });
        drop(kept);
        Ok(connection)
    }

    /// A connection as it is by now; `None` where the account was connected again meanwhile, of which what was found with this
    /// one says nothing.
    pub async fn still(&self, connection: &Connection) -> Option<Arc<Connection>> {
        let by_now = self.get(connection.channel.id).await.ok()?;
        Arc::ptr_eq(&by_now.adapter, &connection.adapter).then_some(by_now)
    }

    /// Whether one of these was connected otherwise since it was loaded, as a transaction sees it: that is loaded anew next time.
    pub(super) async fn forget_outdated(&self, tx: &mut Tx, used: &[Arc<Connection>]) -> store::Result<bool> {
        if used.is_empty() {
            return Ok(false);
        }
        let ids: Vec<ChannelId> = used.iter().map(|connection| connection.channel.id).collect();
        let standing = store::channels::list_standing(tx, &ids).await?;
        let is_outdated = |connection: &Connection| {
            let now = standing.iter().find(|row| row.id == connection.channel.id);
            now.is_some_and(|row| {
                row.connected_at != connection.connected_at || row.settings.0 != connection.channel.settings.0
            })
        };
        let mut is_any = false;
        for connection in used.iter().filter(|connection| is_outdated(connection)) {
            self.forget(connection.channel.id);
            is_any = true;
        }
        Ok(is_any)
    }

    /// The secret settings of a channel.
    pub async fn secrets(&self, id: ChannelId) -> Result<Value, ConnectionError> {
        self.opened(id, &store::channels::secrets(&self.db, id).await?)
    }

    /// The same as a transaction sees it that holds the channel: nobody changes them before its end.
    pub async fn secrets_in(&self, tx: &mut Tx, id: ChannelId) -> Result<Value, ConnectionError> {
        self.opened(id, &store::channels::sealed_in(tx, id).await?.secrets)
    }

    fn opened(&self, id: ChannelId, sealed: &[u8]) -> Result<Value, ConnectionError> {
        let secrets = self.vault.open(&purpose(id), sealed)?;
        serde_json::from_slice(&secrets).map_err(|_| ConnectionError::Secrets)
    }

    /// Stores what the platform renewed of the channel's secrets, so that it outlives this process. What cannot be
    /// stored now still serves the adapter until it ends.
    pub async fn keep_renewed(&self, connection: &Connection) {
        let Some(renewed) = connection.adapter.renewed_secrets() else { return };
        if let Err(error) = self.store_renewed(connection, &renewed).await {
            tracing::warn!(channel = %connection.channel.id, %error, "renewed access could not be stored");
        }
    }

    /// Where somebody has set the channel up otherwise meanwhile, what was renewed counts for what stands as the adapter had it,
    /// and the connection is a new one: whoever uses it goes by that, and not by what was built before this was stored.
    async fn store_renewed(&self, connection: &Connection, renewed: &Value) -> Result<(), ConnectionError> {
        let id = connection.channel.id;
        let mut tx = self.db.begin().await?;
        let by_now = store::channels::lock(&mut tx, id).await?;
        let stored = store::channels::sealed_in(&mut tx, id).await?;
        let secrets = self.opened(id, &stored.secrets)?;
        let known = connection.secrets().clone();
        let is_anew = !connection.is_as_set_up(&by_now, stored.connected_at, self.clock.now());
        if is_anew {
            let guide = channels::guide_of(&by_now);
            let after = with_renewed(&secrets, &known, renewed);
            if after == secrets || guide.is_some_and(|guide| leads_elsewhere(guide, &connection.channel, &by_now)) {
                return Ok(());
            }
            let sealed = self.seal(id, &after)?;
            store::channels::renew_secrets(&mut tx, id, &by_now.settings.0, sealed, self.clock.now()).await?;
        } else {
            let sealed = self.seal(id, &channels::joined(&secrets, renewed))?;
            store::channels::set_secrets(&mut tx, id, sealed, connection.connected_at).await?;
        }
        tx.commit().await?;
        *connection.secrets() = channels::joined(&known, renewed);
        if is_anew {
            self.forget(id);
        }
        Ok(())
    }

    /// All channels of the desk.
    pub async fn own(&self) -> store::Result<Arc<Own>> {
        let now = self.clock.now();
        let kept = self.own.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, own)) = kept.filter(|(at, _)| now.since(*at) < FRESH) {
            return Ok(own);
        }
        let own = Arc::new(Own::of(&store::channels::list(&self.db).await?));
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, own.clone()));
        Ok(own)
    }

    /// The templates of a channel, as its platform told them a few minutes ago at most.
    pub async fn templates(&self, connection: &Connection) -> Result<Arc<Vec<Template>>, ChannelFailure> {
        let (id, now) = (connection.channel.id, self.clock.now());
        let kept = self.kept_templates().get(&id).cloned();
        if let Some((_, all)) = kept.filter(|(at, _)| now.since(*at) < TEMPLATES) {
            return Ok(all);
        }
        let all = Arc::new(connection.adapter.templates().await?);
        self.keep_renewed(connection).await;
        self.kept_templates().insert(id, (now, all.clone()));
        Ok(all)
    }

    /// Asks the platform for the templates again next time: one of them has changed.
    pub fn forget_templates(&self, id: ChannelId) {
        self.kept_templates().remove(&id);
    }

    fn kept_templates(&self) -> MutexGuard<'_, HashMap<ChannelId, KeptTemplates>> {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the store again next time, after a change.
    pub fn forget(&self, id: ChannelId) {
        let mut kept = self.kept();
        self.changes.fetch_add(1, Ordering::AcqRel);
        if let Some(kept) = kept.get_mut(&id) {
            kept.loaded_at = None;
        }
    }

    /// Seals the secret settings of a channel for the store.
    pub fn seal(&self, id: ChannelId, secrets: &Value) -> Result<Vec<u8>, VaultError> {
        self.vault.seal(&purpose(id), secrets.to_string().as_bytes())
    }

    /// A keyed hash of a text for one purpose.
    pub(super) fn mark(&self, purpose: &str, text: &str) -> Result<[u8; 32], VaultError> {
        self.vault.mark(purpose, text)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<ChannelId, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The adapter of a channel, and the chat when it is one.
type Built = (Arc<dyn MessageChannel>, Option<Arc<LiveChat>>);

fn built(channel: &Channel, secrets: &Value, around: &Surroundings) -> Result<Built, BuildError> {
    match channel.channel_kind() {
        ChannelKind::LiveChat => {
            let chat = channels::build_chat(channel, secrets)?;
            Ok((chat.clone(), Some(chat)))
        }
        _ => Ok((channels::build(channel, secrets, around)?, None)),
    }
}

/// The same without a secret that has ended.
fn built_now(
    channel: &Channel,
    secrets: &Value,
    former: Option<Former>,
    around: &Surroundings,
) -> Result<Built, BuildError> {
    if former.is_none_or(|former| former.counts) {
        return built(channel, secrets, around);
    }
    let mut counting = secrets.clone();
    Former::take_out_of(channel, &mut counting);
    built(channel, &counting, around)
}

fn purpose(id: ChannelId) -> String {
    format!("channel:{id}")
}
