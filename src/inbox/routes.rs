//! On which way the customer of a conversation is answered, where they wrote on several: by default on the one on which they
//! wrote last; a teammate may choose another of them, and everything follows: what the channel takes, its window, the agent.

use serde_json::json;

use super::admission::connected;
use super::merge::{call_agent_back, go_idle, is_at_it};
use super::recipient::{is_customer, last_letter, reaches_somebody};
use super::threads::window_in;
use super::{Inbox, InboxError};
use crate::model::channel::{Channel, names_its_readers};
use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::{Direction, Message};
use crate::model::teammate::Teammate;
use crate::model::window::Window;
use crate::model::{ChannelId, ContactId, ConversationId};
use crate::store::{self, Db, Tx, answer_times, bulk_changes, channels, conversations, intake, messages, people};

/// A way on which the customer wrote.
#[derive(Clone, Debug)]
pub struct Route {
    /// The channel.
    pub channel: Channel,
    /// The name under which they wrote there last.
    pub who: String,
}

/// The channels on which the customer wrote, the last one first, each with their name there.
pub fn ways(
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
) -> Vec<(ChannelId, String)> {
    ways_of(conversation.contact_id, history.iter().rev(), identities)
}

/// The same of what a customer wrote among these, which are given from the last one on.
pub(super) fn ways_of<'a>(
    customer: ContactId,
    said: impl Iterator<Item = &'a Message>,
    identities: &[ContactIdentity],
) -> Vec<(ChannelId, String)> {
    let is_one =
        |writer: ContactId| writer == customer || identities.iter().any(|identity| identity.contact_id == writer);
    let mut ways: Vec<(ChannelId, String)> = Vec::new();
    for message in said {
        if message.direction != Direction::Inbound || !message.contact_id.is_some_and(is_one) {
            continue;
        }
        if !ways.iter().any(|(channel, _)| *channel == message.channel_id) {
            let name = if message.sender_name.is_empty() { &message.sender_address } else { &message.sender_name };
            ways.push((message.channel_id, name.clone()));
        }
    }
    ways
}

/// The others who wrote in a conversation and do not see what is answered, each once, as they call themselves: what stands in a
/// thread of theirs the platform shows them, unless each message names its readers, and who writes from where a letter went gets
/// what goes to a visitor of the chat. Nor is `read_by` one of them. Whoever bears the name of another one is named with the address.
pub fn others(
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
    read_by: Option<ContactId>,
) -> Vec<String> {
    let heard = || history.iter().filter(|message| message.direction == Direction::Inbound);
    let letter = last_letter(conversation, history, identities);
    let is_theirs = |message: &&Message| {
        message.contact_id.is_some_and(|writer| is_customer(writer, conversation, identities))
            || letter.is_some_and(|letter| letter.went_to(message.channel_id, &message.sender_address))
    };
    let shows_all = !conversation.channel_kind.parse().is_ok_and(names_its_readers);
    let theirs = heard().filter(|message| shows_all && is_theirs(message));
    let threads: Vec<&str> = theirs.filter_map(|message| message.thread.as_deref()).collect();
    let mut known: Vec<ContactId> = read_by.into_iter().collect();
    let mut beside: Vec<&Message> = Vec::new();
    for message in heard().filter(|message| !is_theirs(message)) {
        let Some(writer) = message.contact_id.filter(|writer| !known.contains(writer)) else { continue };
        known.push(writer);
        if message.thread.as_deref().is_some_and(|thread| threads.contains(&thread)) || name_of(message).is_empty() {
            continue;
        }
        beside.push(message);
    }
    let is_borne_twice = |name: &str| {
        name == conversation.contact_name.trim() || beside.iter().filter(|one| name_of(one) == name).count() > 1
    };
    let words = |message: &&Message| {
        let (name, address) = (name_of(message), message.sender_address.trim());
        let is_told_apart = name == address || address.is_empty() || !is_borne_twice(name);
        if is_told_apart { name.to_owned() } else { format!("{name} ({address})") }
    };
    beside.iter().map(words).collect()
}

fn name_of(message: &Message) -> &str {
    match message.sender_name.trim() {
        "" => message.sender_address.trim(),
        name => name,
    }
}

/// Whether an answer on the conversation's own channel has somewhere to go; `history` is its end.
pub async fn reaches(
    db: &Db,
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
) -> store::Result<bool> {
    Ok(reaches_somebody(conversation, history, identities)
        || !messages::is_of_others_alone(db, conversation.id, conversation.channel_id).await?)
}

/// Where nobody can be answered on the channel of a conversation, it goes on where its customer wrote last.
pub(super) async fn keep_answerable(inbox: &Inbox, tx: &mut Tx, talk: &mut Conversation) -> store::Result<()> {
    let history = messages::list_in(tx, talk.id).await?;
    let names = people::identities_in(tx, talk.contact_id).await?;
    if reaches_somebody(talk, &history, &names) {
        return Ok(());
    }
    go_on_elsewhere(inbox, tx, talk, (&history, &names)).await
}

/// The same behind a merge that was taken back, before which the conversation stood on a channel: nor does it stay on another
/// one where nothing was said by its customer or to them. That was the way of the one that left.
pub(super) async fn keep_own_way(
    inbox: &Inbox,
    tx: &mut Tx,
    talk: &mut Conversation,
    before: ChannelId,
) -> store::Result<()> {
    let history = messages::list_in(tx, talk.id).await?;
    let names = people::identities_in(tx, talk.contact_id).await?;
    let is_own = |message: &Message| {
        let party = message.contact_id.or(message.to_contact_id);
        message.channel_id == talk.channel_id && party.is_some_and(|party| is_customer(party, talk, &names))
    };
    let is_kept = talk.channel_id == before || history.iter().any(is_own);
    if is_kept && reaches_somebody(talk, &history, &names) {
        return Ok(());
    }
    go_on_elsewhere(inbox, tx, talk, (&history, &names)).await
}

/// A conversation goes on where its customer wrote last on another channel, if they did.
async fn go_on_elsewhere(
    inbox: &Inbox,
    tx: &mut Tx,
    talk: &mut Conversation,
    (history, names): (&[Message], &[ContactIdentity]),
) -> store::Result<()> {
    let mut elsewhere = ways(talk, history, names).into_iter().filter(|(way, _)| *way != talk.channel_id);
    let Some((last, _)) = elsewhere.next() else { return Ok(()) };
    match channels::find(&inbox.db, last).await? {
        Some(channel) => go_on_by(inbox, tx, talk, &channel).await,
        None => Ok(()),
    }
}

/// A conversation goes on on another channel, within its times.
async fn go_on_by(inbox: &Inbox, tx: &mut Tx, talk: &mut Conversation, channel: &Channel) -> store::Result<()> {
    talk.channel_id = channel.id;
    talk.channel_kind.clone_from(&channel.kind);
    keep_time(inbox, tx, talk, Window::default()).await
}

/// Counts anew until when the customer of a conversation can be answered on its channel, and when an answer is due by that.
/// While the channel cannot be used, `unknown` stands.
pub(super) async fn keep_time(
    inbox: &Inbox,
    tx: &mut Tx,
    talk: &mut Conversation,
    unknown: Window,
) -> store::Result<()> {
    let window = match connected(inbox, talk.channel_id).await? {
        Some(connection) => window_in(tx, &connection, talk.id, inbox.clock.now()).await?,
        None => unknown,
    };
    let times = answer_times::of_brand_in(tx, talk.brand_id).await?;
    talk.answered_within(window, &times);
    Ok(())
}

/// Whether there is a choice among these ways. Where nothing on the conversation's own channel `reaches` its customer, one that
/// leads elsewhere is a choice.
pub(super) fn is_choice(conversation: &Conversation, ways: &[(ChannelId, String)], reaches: bool) -> bool {
    let leads_elsewhere = ways.iter().any(|(way, _)| *way != conversation.channel_id);
    leads_elsewhere && (ways.len() > 1 || !reaches)
}

/// The ways to choose from; none where there is no choice.
pub async fn list(
    db: &Db,
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
    reaches: bool,
) -> store::Result<Vec<Route>> {
    let ways = ways(conversation, history, identities);
    if !is_choice(conversation, &ways, reaches) {
        return Ok(Vec::new());
    }
    let all = channels::list(db).await?;
    let route = |(id, who): (ChannelId, String)| {
        let channel = all.iter().find(|channel| channel.id == id)?.clone();
        Some(Route { channel, who })
    };
    Ok(ways.into_iter().filter_map(route).collect())
}

/// A teammate chooses on which way the customer is answered. What the agent has written was for the other one, which may
/// know more or take less: it is void, and the agent looks again.
pub async fn choose(inbox: &Inbox, id: ConversationId, channel: ChannelId, by: &Teammate) -> Result<(), InboxError> {
    let row = channels::find(&inbox.db, channel).await?.ok_or(InboxError::NotFound)?;
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    if conversation.channel_id == channel {
        return Ok(());
    }
    let history = messages::list_in(&mut tx, conversation.id).await?;
    let names = people::identities_in(&mut tx, conversation.contact_id).await?;
    if !ways(&conversation, &history, &names).iter().any(|(way, _)| *way == channel) {
        let words = "The customer has not written on that channel here, so nothing can be answered there.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    let was_at_it = is_at_it(&conversation);
    bulk_changes::supersede_drafts(&mut tx, &[conversation.id]).await?;
    bulk_changes::drop_agent_runs(&mut tx, &[conversation.id]).await?;
    Box::pin(go_on_by(inbox, &mut tx, &mut conversation, &row)).await?;
    go_idle(&mut conversation);
    call_agent_back(inbox, &mut tx, &mut conversation, was_at_it).await?;
    conversations::update(&mut tx, &conversation).await?;
    let data = json!({ "channel": row.kind });
    let event = inbox.event(&conversation, EventKind::RouteChosen, &by.name, data);
    intake::insert_events(&mut tx, &[event]).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.event();
    Ok(())
}
