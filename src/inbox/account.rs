//! What a platform says of the account itself: whether it works is shown where people look at the channel.

use channel_contract::inbound::AccountChange;
use serde_json::{Value, json};

use super::Inbox;
use super::checking::look_job;
use crate::clock::Clock;
use crate::model::Ts;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{AccountTrouble, Channel, ChannelState};
use crate::model::event::EventKind;
use crate::store::account_troubles::{self, LastSaid};
use crate::store::intake::{self, NewEvent};
use crate::store::{self, Tx, audit, channels, jobs};

/// What is to know of an account that works, the gravest first.
const TO_KNOW: [AccountTrouble; 4] =
    [AccountTrouble::Warning, AccountTrouble::Templates, AccountTrouble::Notice, AccountTrouble::Note];
/// How many lost templates are named.
const TEMPLATES: usize = 5;

/// News of the account of a channel.
#[derive(Clone, Debug)]
pub struct News {
    /// The channel, as it was when they came.
    pub channel: Channel,
    /// What they mean for the connection.
    pub what: AccountChange,
    /// What happened, in words for a person.
    pub words: String,
    /// When that was.
    pub at: Ts,
}

/// Applies them, each by its own moment and to what it is about: what is older than what was said of that changes nothing. A
/// channel that a person paused stays so.
pub(super) async fn apply(clock: &Clock, tx: &mut Tx, all: &[News]) -> store::Result<()> {
    for news in all {
        let mut counts = matches!(news.what, AccountChange::Templates | AccountChange::TemplateLost);
        for (kind, stands) in told_by(news.what) {
            counts |= hear(clock, tx, news, (*kind, *stands)).await?;
        }
        if news.what == AccountChange::Doubted {
            jobs::enqueue(tx, &[look_job(clock, news.channel.id, clock.now())]).await?;
        }
        if counts {
            let data = json!({ "channel": news.channel.id.to_string(), "news": news.what });
            intake::insert_events(tx, &[happened(clock, &news.channel, "system", data)]).await?;
        }
    }
    Ok(())
}

/// How a channel stands has changed: pages that are open draw their alarms anew.
pub async fn note_state(
    clock: &Clock,
    tx: &mut Tx,
    channel: &Channel,
    (state, actor): (ChannelState, &str),
) -> store::Result<()> {
    let data = json!({ "channel": channel.id.to_string(), "state": state.as_str() });
    intake::insert_events(tx, &[happened(clock, channel, actor, data)]).await
}

fn happened(clock: &Clock, channel: &Channel, actor: &str, data: Value) -> NewEvent {
    NewEvent {
        id: clock.new_id(),
        brand_id: channel.brand_id,
        conversation_id: None,
        kind: EventKind::ChannelChanged,
        actor: actor.to_owned(),
        data,
        at: clock.now(),
    }
}

/// What news is about, and whether there is trouble of that kind from then on.
fn told_by(what: AccountChange) -> &'static [(AccountTrouble, bool)] {
    match what {
        AccountChange::Reconnect => &[(AccountTrouble::Access, true)],
        AccountChange::Reconnected => &[(AccountTrouble::Access, false)],
        AccountChange::Suspended => &[(AccountTrouble::Suspension, true)],
        AccountChange::Restored => {
            &[(AccountTrouble::Suspension, false), (AccountTrouble::Warning, false), (AccountTrouble::Notice, false)]
        }
        AccountChange::Warned => &[(AccountTrouble::Warning, true)],
        AccountChange::Restricted => &[(AccountTrouble::Notice, true)],
        AccountChange::Eased => &[(AccountTrouble::Notice, false)],
        AccountChange::Note => &[(AccountTrouble::Note, true)],
        AccountChange::TemplateLost => &[(AccountTrouble::Templates, true)],
        AccountChange::Templates | AccountChange::Doubted => &[],
    }
}

/// Applies what news says of one kind of trouble; `false` where something newer is known of that.
async fn hear(clock: &Clock, tx: &mut Tx, news: &News, (kind, stands): (AccountTrouble, bool)) -> store::Result<bool> {
    let channel = channels::lock(tx, news.channel.id).await?;
    let known = account_troubles::list(tx, channel.id).await?;
    let before = known.iter().find(|said| said.kind == kind);
    if before.is_some_and(|said| said.at > news.at) {
        return Ok(false);
    }
    let said = LastSaid { kind, words: said_now(before, (kind, stands), news), at: news.at };
    if !is_about_access(kind) {
        channels::set_account_news(tx, channel.id, &shown(&known, &said)).await?;
    } else if stands {
        keep_found(tx, &channel, &known, news).await?;
        set_state(clock, tx, &channel, &said.words).await?;
    } else if before.is_some_and(|said| stops(&channel, said)) {
        // What else keeps it from working is shown in its place.
        let is_other = |said: &&LastSaid| keeps_from_work(said) && said.kind != kind;
        set_state(clock, tx, &channel, known.iter().find(is_other).map_or("", |said| said.words.as_str())).await?;
    }
    account_troubles::set(tx, channel.id, &said).await?;
    Ok(true)
}

/// What is said of one kind of trouble from now on. Templates are lost one by one, and each is named.
fn said_now(before: Option<&LastSaid>, (kind, stands): (AccountTrouble, bool), news: &News) -> String {
    let earlier = before.map_or("", |said| said.words.as_str());
    match kind {
        _ if !stands => String::new(),
        AccountTrouble::Templates => {
            let others = earlier.lines().filter(|line| *line != news.words).take(TEMPLATES - 1);
            std::iter::once(news.words.as_str()).chain(others).collect::<Vec<_>>().join("\n")
        }
        AccountTrouble::Suspension => format!("{} Replies wait until then, and nothing is lost.", news.words),
        _ => news.words.clone(),
    }
}

/// Why replies wait: a person paused the channel, or its platform says that it takes none of the account. What it took all the
/// same would fail there; the way out is that it says otherwise, or that a person looks.
pub(super) async fn parked(inbox: &Inbox, channel: &Channel) -> store::Result<Option<&'static str>> {
    if channel.state == ChannelState::Paused {
        return Ok(Some("the channel is paused"));
    }
    if channel.state != ChannelState::NeedsAttention {
        return Ok(None);
    }
    let words = account_troubles::words(&inbox.db, channel.id, AccountTrouble::Suspension).await?;
    Ok((!words.is_empty()).then_some("the platform takes nothing of the account"))
}

/// What is to know while the account works, the gravest first.
fn shown(known: &[LastSaid], said: &LastSaid) -> String {
    let words = |kind: &AccountTrouble| {
        let earlier = known.iter().find(|one| one.kind == *kind).map(|one| one.words.as_str());
        if said.kind == *kind { Some(said.words.as_str()) } else { earlier }
    };
    TO_KNOW.iter().filter_map(words).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
}

fn is_about_access(kind: AccountTrouble) -> bool {
    !TO_KNOW.contains(&kind)
}

/// Whether this keeps an account from working.
pub(super) fn keeps_from_work(said: &LastSaid) -> bool {
    is_about_access(said.kind) && !said.words.is_empty()
}

/// Whether a channel does not work because of this, as is shown.
fn stops(channel: &Channel, said: &LastSaid) -> bool {
    channel.state == ChannelState::NeedsAttention && keeps_from_work(said) && channel.state_reason == said.words
}

/// What the desk has found out by itself is about the access, and stays behind what the platform says.
async fn keep_found(tx: &mut Tx, channel: &Channel, known: &[LastSaid], news: &News) -> store::Result<()> {
    let is_told = known.iter().any(|said| stops(channel, said));
    if channel.state != ChannelState::NeedsAttention || is_told || news.what == AccountChange::Reconnect {
        return Ok(());
    }
    let kind = AccountTrouble::Access;
    let at = known.iter().find(|said| said.kind == kind).map_or(news.at, |said| said.at.max(news.at));
    account_troubles::set(tx, channel.id, &LastSaid { kind, words: channel.state_reason.clone(), at }).await
}

/// Shows why an account does not work, or that it does.
async fn set_state(clock: &Clock, tx: &mut Tx, channel: &Channel, reason: &str) -> store::Result<()> {
    let state = if reason.is_empty() { ChannelState::Connected } else { ChannelState::NeedsAttention };
    if channels::set_state(tx, channel.id, state, reason).await? {
        note_in_audit(clock, tx, channel, state).await?;
    }
    Ok(())
}

async fn note_in_audit(clock: &Clock, tx: &mut Tx, channel: &Channel, after: ChannelState) -> store::Result<()> {
    let act = Act {
        actor: Actor::System,
        action: AuditAction::ChannelChanged,
        subject: (AuditSubject::Channel, channel.id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({
            "name": channel.name, "before": channel.state.as_str(), "after": after.as_str(), "said_by": "the platform",
        }),
    };
    audit::append(tx, &act, clock.now()).await
}
