//! What a widget missed, and how things stand.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use super::frames::{Below, Card, ServerFrame, ShownMessage, Sight, State, begins_anew, shows, sight_of};
use super::visit::Visit;
use crate::app::Desk;
use crate::inbox::brakes::level_in_chats;
use crate::model::agent_run::Stage;
use crate::model::brand::AgentLevel;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::EvidenceSource;
use crate::model::event::Event;
use crate::model::message::Message;
use crate::model::{BrandId, ChannelId, ConversationId, MessageId, Ts};
use crate::store::{self, answer_times, attachments, chats, conversations, drafts, orders};

/// Most events that change what is shown and are told one by one; behind a longer gap the widget starts anew.
const MOST: i64 = 200;
/// Messages that a widget starts with.
const HISTORY: usize = 50;
/// Events of that kind among which the last messages are looked for.
const HISTORY_EVENTS: i64 = 600;

/// Everything behind `last_seq` as frames, and the last event that they cover.
pub(super) async fn since(visit: &Visit, id: ConversationId, last_seq: i64) -> store::Result<(Vec<String>, i64)> {
    let heard = match last_seq {
        ..=0 => Vec::new(),
        // With the one that it has, and one more than are told.
        _ => chats::list_events_from(&visit.desk.db, id, last_seq, MOST + 2).await?,
    };
    let missed = missed_behind(heard, last_seq);
    let is_gap = missed.is_none();
    let told = match missed {
        Some(missed) => missed,
        None => chats::list_last_events(&visit.desk.db, id, HISTORY_EVENTS).await?,
    };
    let seq = told.last().map_or(if is_gap { 0 } else { last_seq }, |event| event.seq);
    let shown = messages_of(visit, id, &told).await?;
    let ids: Vec<MessageId> = shown.iter().map(|(_, message)| message.id).collect();
    let files = if ids.is_empty() { Vec::new() } else { attachments::list(&visit.desk.db, &ids).await? };
    // Cards are for visitors whom the shop vouches for, and only below the last message there is something to choose.
    let vouched = visit.visitor.is_vouched();
    let plain = if vouched { 0 } else { shown.len().saturating_sub(1) };
    let mut known = below_of(&visit.desk, shown.iter().skip(plain).map(|(_, message)| message)).await?;
    let now = visit.desk.clock.now();
    let first = if is_gap { shown.len().saturating_sub(HISTORY) } else { 0 };
    let messages: Vec<ShownMessage<'_>> = shown
        .iter()
        .skip(first)
        .map(|(seq, message)| {
            let Below { card, choices } = known.remove(&message.id).unwrap_or_default();
            let below = Below { card: card.filter(|_| vouched), choices };
            ShownMessage::new(*seq, message, &files, visit.chat.settings(), now).with(below)
        })
        .collect();
    let frames = if is_gap {
        vec![ServerFrame::Resync { seq, messages }.text()]
    } else {
        messages.into_iter().map(|message| ServerFrame::Message { message: Box::new(message) }.text()).collect()
    };
    Ok((frames, seq))
}

/// What a widget missed of the events from the last one on that it has. Nothing where it starts anew: what it has is of no
/// event of this conversation (the customer was erased, or a restore gave the number out once more), it missed too much, or
/// what it shows is no longer what there is.
fn missed_behind(heard: Vec<Event>, last_seq: i64) -> Option<Vec<Event>> {
    let mut heard = heard.into_iter();
    let is_known = heard.next().is_some_and(|event| event.seq == last_seq);
    let missed: Vec<Event> = heard.collect();
    let is_told = i64::try_from(missed.len()).is_ok_and(|count| count <= MOST) && !missed.iter().any(begins_anew);
    (is_known && is_told).then_some(missed)
}

/// The messages that events of a conversation brought to light for this visitor, each with its event.
async fn messages_of(visit: &Visit, id: ConversationId, told: &[Event]) -> store::Result<Vec<(i64, Message)>> {
    let shown: Vec<(i64, MessageId)> = told.iter().filter_map(|event| Some((event.seq, shows(event)?))).collect();
    let ids: Vec<MessageId> = shown.iter().map(|(_, id)| *id).collect();
    let known: HashMap<MessageId, Message> =
        chats::list_messages(&visit.desk.db, &ids).await?.into_iter().map(|message| (message.id, message)).collect();
    let is_elsewhere = known.values().any(|message| message.channel_id != visit.channel);
    let customer = if is_elsewhere { chats::list_customer(&visit.desk.db, id).await? } else { Vec::new() };
    let vouched = visit.visitor.is_vouched();
    let may_see = |message: &&Message| sight_of(message, visit.channel, &customer).is_for(vouched);
    Ok(shown.into_iter().filter_map(|(seq, id)| Some((seq, known.get(&id).filter(may_see)?.clone()))).collect())
}

/// Who of those that have a chat may still see a message.
pub(super) async fn sight_in(desk: &Desk, chat: ChannelId, message: MessageId) -> store::Result<Sight> {
    let Some(message) = chats::list_messages(&desk.db, &[message]).await?.pop() else { return Ok(Sight::Nobody) };
    let place = message.conversation_id;
    if !chats::is_on(&desk.db, place, chat).await? {
        return Ok(Sight::Nobody);
    }
    let is_elsewhere = message.channel_id != chat;
    let customer = if is_elsewhere { chats::list_customer(&desk.db, place).await? } else { Vec::new() };
    Ok(sight_of(&message, chat, &customer))
}

/// What stands below the last replies of the agent: the order that they rest on, the answers to choose from.
pub(super) async fn below_of(
    desk: &Desk,
    messages: impl DoubleEndedIterator<Item = &Message>,
) -> store::Result<HashMap<MessageId, Below>> {
    let mut all = HashMap::new();
    for message in messages.rev().filter(|message| message.draft_id.is_some()).take(3) {
        let Some(draft) = message.draft_id else { continue };
        let Some(draft) = drafts::find(&desk.db, draft).await? else { continue };
        let document = &draft.document.0;
        let mut below = Below { card: None, choices: document.choices_below(&message.body).to_vec() };
        let rests = |source| matches!(source, EvidenceSource::Order | EvidenceSource::Shipment);
        if document.evidence.iter().any(|fact| rests(fact.source))
            && let [known] = orders::list_of(&desk.db, message.conversation_id).await?.as_slice()
        {
            below.card = Some(Card::new(&known.order, desk.clock.now()));
        }
        all.insert(message.id, below);
    }
    Ok(all)
}

/// For whom it is asked how things stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) channel: ChannelId,
    pub(super) brand: BrandId,
    pub(super) visitor: Uuid,
    /// Whether their session names an address, which is kept once they write.
    pub(super) has_email: bool,
    pub(super) agent_level: AgentLevel,
    pub(super) conversation: Option<ConversationId>,
}

/// How things stand for a visitor.
pub(super) async fn state_of(desk: &Desk, seat: &Seat) -> store::Result<State> {
    let now = desk.clock.now();
    let level = level_in_chats(&desk.db, seat.brand, seat.agent_level).await?;
    let away = Duration::from_secs(desk.config.chat.away_seconds);
    let claims = chats::find_claims(&desk.db, seat.visitor).await?.unwrap_or_default();
    let people = chats::people_here(&desk.db, now.minus(away)).await?;
    let times = answer_times::of_brand(&desk.db, seat.brand).await?;
    let usual = match people {
        0 => None,
        _ => desk.usual_waits.minutes(&desk.db, (seat.brand, seat.channel), &times, now).await?,
    };
    let mut state = State {
        people,
        has_email: seat.has_email || !claims.email.is_empty(),
        mail: desk.connections.own().await?.with_mail.contains(&seat.brand),
        back: times.back_at(now).map(Ts::rfc3339),
        usual,
        agent: match level {
            AgentLevel::Off => "",
            AgentLevel::Approve => "checked",
            AgentLevel::Auto => "alone",
        },
        ..State::default()
    };
    let Some(id) = seat.conversation else { return Ok(state) };
    let Some(row) = conversations::find(&desk.db, id).await? else { return Ok(state) };
    // Where the agent is off, whoever answers has the chat.
    let has_it = level == AgentLevel::Off && row.assignee_id.is_some();
    let was_given = row.taken_over || row.agent_state == AgentState::HandedOff;
    let with_person = was_given || has_it || waits_for_person(desk, &row).await?;
    state.with = if with_person { "person" } else { "agent" };
    if state.agent == "alone" && !is_the_agents(&row) {
        state.agent = "checked";
    }
    let at = desk.events.progress.of(id).filter(|_| row.channel_id == seat.channel);
    state.doing = told(at, &row, level);
    state.waits = with_person && row.status == ConversationStatus::Open;
    state.has_it = row.taken_over || has_it;
    if state.waits {
        let since = row.unanswered_since().or(row.last_inbound_at).unwrap_or(now);
        state.ahead = chats::waiting_before(&desk.db, seat.channel, since, level).await?;
    }
    state.seen = chats::last_seen(&desk.db, id).await?;
    Ok(state)
}

/// Whether a person was asked since the customer waits. The agent looks at each further word all the same, and as long as
/// nobody has answered it takes the place of no one.
async fn waits_for_person(desk: &Desk, row: &Conversation) -> store::Result<bool> {
    match row.unanswered_since() {
        Some(since) => chats::was_handed_off(&desk.db, row.id, since).await,
        None => Ok(false),
    }
}

/// Whether the next answer is the agent's to give: no person has the conversation, a draft to read, or a question that
/// the agent left open.
fn is_the_agents(row: &Conversation) -> bool {
    let is_next = match row.agent_state {
        AgentState::Writing => true,
        AgentState::Idle => row.status != ConversationStatus::Open,
        AgentState::Drafted | AgentState::HandedOff => false,
    };
    is_next && !row.taken_over
}

/// What a visitor is told of a run: nothing where a person reads its answer first, or has the conversation.
pub(super) fn told(stage: Option<Stage>, row: &Conversation, level: AgentLevel) -> &'static str {
    let answers_alone = level == AgentLevel::Auto && row.agent_state == AgentState::Writing && !row.taken_over;
    stage.filter(|_| answers_alone).map_or("", Stage::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::event::EventKind;
    use crate::model::{EventId, Json};

    fn event(seq: i64, kind: EventKind) -> Event {
        Event {
            seq,
            id: EventId(Uuid::nil()),
            brand_id: BrandId(Uuid::nil()),
            conversation_id: None,
            kind,
            actor: String::new(),
            data: Json(json!({})),
            at: Ts(0),
        }
    }

    /// The numbers that are told one by one.
    fn missed(heard: Vec<Event>, last_seq: i64) -> Option<Vec<i64>> {
        missed_behind(heard, last_seq).map(|missed| missed.iter().map(|event| event.seq).collect())
    }

    #[test]
    fn what_was_missed_is_told_behind_an_event_of_the_conversation_alone() {
        let heard = || [4, 6, 9].map(|seq| event(seq, EventKind::MessageReceived)).to_vec();
        assert_eq!(missed(heard(), 4), Some(vec![6, 9]));
        assert_eq!(missed(heard(), 3), None, "it has that of another one");
        assert_eq!(missed(Vec::new(), 4), None, "nothing has this number");
        assert_eq!(missed(vec![event(4, EventKind::Merged)], 4), Some(Vec::new()), "it knows of the merge");
    }

    #[test]
    fn too_much_and_what_came_or_went_with_a_merge_is_shown_anew() {
        let many = |last: i64| (0..=last).map(|seq| event(seq, EventKind::Tagged)).collect::<Vec<_>>();
        assert_eq!(missed(many(MOST), 0), Some((1..=MOST).collect()));
        assert_eq!(missed(many(MOST + 1), 0), None);
        for kind in [
            EventKind::Merged,
            EventKind::MergeUndone,
            EventKind::ContactsMerged,
            EventKind::ContactsParted,
            EventKind::CustomerErased,
        ] {
            assert_eq!(missed(vec![event(4, EventKind::Tagged), event(5, kind)], 4), None, "{kind}");
        }
    }
}
