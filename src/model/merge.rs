//! One conversation that went into another, and the way back.

mod bar;

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::answer_times::AnswerTimes;
use super::audience::Audience;
use super::channel::{Channel, ChannelKind};
use super::conversation::{AgentState, Conversation, ConversationStatus, PARTICIPANTS, gist_of};
use super::message::{Automatic, Message};
use super::person::{Kin, is_one};
use super::reading_order::is_late;
use super::sleep::ParcelWait;
use super::standing::Standing;
use super::turn::{Turn, first_unanswered};
use super::window::Window;
use super::{
    ActionId, AgentRunId, ChannelId, ComposerFileId, ConversationId, DraftId, HandOffId, Json, MergeId, MessageId,
    NoteId, NotificationId, OrderSourceId, TeammateId, Ts,
};

pub use bar::{Bar, Inside, bar_between};

/// What moved from one conversation to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Messages; their keys and files follow them.
    pub messages: Vec<MessageId>,
    /// Notes.
    pub notes: Vec<NoteId>,
    /// Events, by their numbers.
    pub events: Vec<i64>,
    /// Runs of the agent.
    pub runs: Vec<AgentRunId>,
    /// Drafts.
    pub drafts: Vec<DraftId>,
    /// Hand-overs.
    pub hand_offs: Vec<HandOffId>,
    /// Actions.
    pub actions: Vec<ActionId>,
    /// Files of half-written replies.
    pub files: Vec<ComposerFileId>,
    /// Half-written replies that were copied: whose.
    pub texts: Vec<TeammateId>,
    /// Those of them that were put behind what the person had begun in the target.
    #[serde(default)]
    pub joined_texts: Vec<JoinedText>,
    /// Tags that the target did not have.
    pub tags: Vec<String>,
    /// People who did not follow the target.
    pub followers: Vec<TeammateId>,
    /// Orders that the target was not about.
    pub orders: Vec<(OrderSourceId, String)>,
    /// Unread notifications.
    #[serde(default)]
    pub notifications: Vec<NotificationId>,
    /// Those that were added to what the target had unread of the same.
    #[serde(default)]
    pub joined_notifications: Vec<JoinedNotification>,
    /// The newest message of both: what is behind it came later.
    #[serde(default)]
    pub newest: i64,
}

/// An unread notification that counts with that of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedNotification {
    /// Which.
    pub id: NotificationId,
    /// That of the target.
    pub there: NotificationId,
    /// How much it adds there.
    pub count: i64,
}

/// A half-written reply or note of the target, with that of the other one behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedText {
    /// Whose.
    pub teammate: TeammateId,
    /// Whether it is a note.
    pub is_note: bool,
    /// What stood there before.
    pub before: String,
    /// What the merge made of it.
    pub joined: String,
    /// The buttons that stood below it; `None` in merges from before that was kept.
    #[serde(default)]
    pub choices_before: Option<Vec<String>>,
    /// Those that stand below both.
    #[serde(default)]
    pub choices: Option<Vec<String>>,
    /// Who was to read it, where that was chosen.
    #[serde(default)]
    pub audience_before: Option<Audience>,
    /// Who is to read both.
    #[serde(default)]
    pub audience: Option<Audience>,
}

/// A conversation before a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// How it stood.
    pub standing: Standing,
    /// One line: what they want.
    pub gist: String,
    /// The channel of the last message.
    pub channel: ChannelId,
    /// Its kind.
    pub channel_kind: String,
    /// What the agent understood.
    pub intent: Option<String>,
    /// Language.
    pub language: String,
    /// The order it is about.
    pub order_number: Option<String>,
    /// Addresses that may continue it.
    pub participants: Vec<String>,
    /// The last message.
    pub last_message_at: Ts,
    /// The last message in.
    pub last_inbound_at: Option<Ts>,
    /// When that of the messages in was written that was written last.
    #[serde(default)]
    pub last_written_at: Option<Ts>,
    /// Until when its customer can be answered.
    #[serde(default)]
    pub window: Window,
    /// What of a parcel would have ended its sleep.
    #[serde(default)]
    pub wait: Option<ParcelWait>,
}

impl Before {
    /// A conversation as it is, with the draft that counts in it and what of a parcel ends its sleep.
    pub fn of(talk: &Conversation, draft: Option<DraftId>, wait: Option<ParcelWait>) -> Self {
        Self {
            standing: Standing::of(talk, draft),
            gist: talk.gist.clone(),
            channel: talk.channel_id,
            channel_kind: talk.channel_kind.clone(),
            intent: talk.intent.clone(),
            language: talk.language.clone(),
            order_number: talk.order_number.clone(),
            participants: talk.participants.0.clone(),
            last_message_at: talk.last_message_at,
            last_inbound_at: talk.last_inbound_at,
            last_written_at: talk.last_written_at,
            window: talk.window,
            wait,
        }
    }

    /// Brings a conversation back to it.
    pub fn bring_back(&self, talk: &mut Conversation) {
        self.standing.bring_back(talk);
        talk.gist.clone_from(&self.gist);
        talk.channel_id = self.channel;
        talk.channel_kind.clone_from(&self.channel_kind);
        talk.intent.clone_from(&self.intent);
        talk.language.clone_from(&self.language);
        talk.order_number.clone_from(&self.order_number);
        talk.participants = Json(self.participants.clone());
        talk.last_message_at = self.last_message_at;
        talk.last_inbound_at = self.last_inbound_at;
        talk.last_written_at = self.last_written_at;
        talk.window = self.window;
    }

    /// Brings the target back in what is still as the merge `joined` it and as what came since left it; what became of it
    /// otherwise stays. It stands as if the other had never been in it: what stays was said in it, what goes was not.
    pub fn bring_back_untouched(&self, talk: &mut Conversation, joined: &Conversation, since: &Since<'_>) {
        let (mut with_all, mut alone) = (joined.clone(), joined.clone());
        since.hear(&mut with_all, since.in_turn());
        self.bring_back(&mut alone);
        since.hear(&mut alone, since.stays);
        untouched(&mut talk.assignee_id, &with_all.assignee_id, &alone.assignee_id);
        untouched(&mut talk.intent, &with_all.intent, &alone.intent);
        untouched(&mut talk.language, &with_all.language, &alone.language);
        untouched(&mut talk.order_number, &with_all.order_number, &alone.order_number);
        untouched(&mut talk.last_message_at, &with_all.last_message_at, &alone.last_message_at);
        untouched(&mut talk.unread, &with_all.unread, &alone.unread);
        untouched(&mut talk.gist, &with_all.gist, &alone.gist);
        untouched(&mut talk.channel_id, &with_all.channel_id, &alone.channel_id);
        untouched(&mut talk.channel_kind, &with_all.channel_kind, &alone.channel_kind);
        untouched(&mut talk.last_inbound_at, &with_all.last_inbound_at, &alone.last_inbound_at);
        untouched(&mut talk.last_written_at, &with_all.last_written_at, &alone.last_written_at);
        untouched(&mut talk.window, &with_all.window, &alone.window);
        if since.stays.iter().all(|message| message.teammate_id.is_none()) {
            untouched(&mut talk.taken_over, &with_all.taken_over, &alone.taken_over);
        }
        let came_along =
            |address: &String| with_all.participants.0.contains(address) && !alone.participants.0.contains(address);
        talk.participants.0.retain(|address| !came_along(address));
        if state(talk) == state(&with_all) {
            talk.status = alone.status;
            talk.snoozed_until = alone.snoozed_until;
            talk.resolved_at = alone.resolved_at;
        }
        part_clocks(talk, &with_all, &alone);
    }
}

fn part_clocks(talk: &mut Conversation, with_all: &Conversation, alone: &Conversation) {
    let is_done = |talk: &Conversation| talk.status == ConversationStatus::Resolved;
    let case = |talk: &Conversation| (talk.clocks.resolving_since, talk.clocks.resolution_due_at);
    if case(talk) == case(with_all) && is_done(talk) == is_done(alone) {
        talk.clocks.resolving_since = alone.clocks.resolving_since;
        talk.clocks.resolution_due_at = alone.clocks.resolution_due_at;
    }
    let answer = |talk: &Conversation| (talk.due_at, talk.clocks.answering_since, talk.clocks.first_answered_at);
    if answer(talk) == answer(with_all) {
        talk.due_at = alone.due_at;
        talk.clocks.answering_since = alone.clocks.answering_since;
        talk.clocks.first_answered_at = alone.clocks.first_answered_at;
    }
}

/// What was said in the target of a merge since.
#[derive(Clone, Copy, Debug)]
pub struct Since<'a> {
    /// What belongs to the conversation that went, and goes back with it, oldest first.
    pub goes: &'a [Message],
    /// What stays, oldest first.
    pub stays: &'a [Message],
    /// Which of them answer a message of ours: in a chat that is its customer, whoever they are known as.
    pub answering: &'a HashSet<MessageId>,
    /// Whether both are of one customer. Otherwise what stays answers nobody of whom something goes.
    pub of_one: bool,
    /// When answers are due.
    pub times: &'a AnswerTimes,
    /// The channels on which it was said.
    pub channels: &'a [Channel],
    /// Who of those that are one person with a customer of the two leads to whom.
    pub kin: &'a [Kin],
}

impl<'a> Since<'a> {
    /// The conversation that went goes on with what belongs to it; gives by how much its revision grew.
    pub fn go_on(&self, talk: &mut Conversation) -> i64 {
        let before = talk.revision;
        self.hear(talk, self.goes);
        talk.revision - before
    }

    /// Whether somebody waits for an answer to what goes: nobody has written them one, here or there.
    pub fn is_unanswered(&self) -> bool {
        let said = self.goes.iter().filter(|message| message.automatic == Automatic::No);
        let there = self.stays.iter().filter(|message| self.of_one && Turn::from(*message).is_answer());
        let mut all: Vec<&Message> = said.chain(there).collect();
        all.sort_by_key(|message| message.seq);
        first_unanswered(all.into_iter().map(Turn::from)).is_some()
    }

    /// Whether a customer wrote what stays.
    pub fn is_asked_here(&self) -> bool {
        self.stays.iter().any(|message| Turn::from(message).is_by_customer() && message.automatic == Automatic::No)
    }

    fn in_turn(&self) -> Vec<&'a Message> {
        let mut all: Vec<&Message> = self.goes.iter().chain(self.stays).collect();
        all.sort_by_key(|message| message.seq);
        all
    }

    /// What a conversation is once these were said in it, as it is when they come in and when we answer.
    fn hear<'m>(&self, talk: &mut Conversation, said: impl IntoIterator<Item = &'m Message>) {
        for message in said {
            talk.last_message_at = talk.last_message_at.max(message.created_at);
            for address in std::iter::once(&message.sender_address).chain(&message.recipients.0) {
                let is_new = !address.is_empty() && !talk.participants.0.contains(address);
                if is_new && talk.participants.0.len() < PARTICIPANTS {
                    talk.participants.0.push(address.clone());
                }
            }
            let turn = Turn::from(message);
            let customer = talk.contact_id;
            if turn.is_by_customer() {
                self.hear_customer(talk, message);
            } else if turn.is_answer()
                && (!turn.aside || message.to_contact_id.is_some_and(|to| is_one(self.kin, to, customer)))
            {
                hear_answer(talk, message);
            }
        }
    }

    fn hear_customer(&self, talk: &mut Conversation, message: &Message) {
        talk.revision += 1;
        talk.unread = true;
        let is_late = is_late(talk.status, talk.last_written_at, message.written_at);
        let channel = self.channels.iter().find(|channel| channel.id == message.channel_id);
        let is_chat = talk.channel_kind == ChannelKind::LiveChat.as_str();
        let is_theirs = message.contact_id.is_some_and(|writer| is_one(self.kin, writer, talk.contact_id))
            || is_chat && self.answering.contains(&message.id);
        if is_theirs && talk.channel_id != message.channel_id && !is_late {
            // What that channel allows is told again by the next message on it.
            talk.window = Window::default();
            talk.channel_id = message.channel_id;
            if let Some(channel) = channel {
                talk.channel_kind.clone_from(&channel.kind);
            }
        }
        talk.last_inbound_at = Some(message.created_at);
        talk.last_written_at = talk.last_written_at.max(Some(message.written()));
        if !is_late {
            talk.gist = gist_of(if message.body.trim().is_empty() { &message.subject } else { &message.body });
        }
        if talk.resolved_at.take().is_some() {
            talk.clocks.close();
            talk.taken_over = false;
        }
        if talk.status != ConversationStatus::Open || talk.due_at.is_none() {
            let kind = channel.map_or(&talk.channel_kind, |channel| &channel.kind);
            let due = talk.clocks.start(self.times, kind, message.created_at);
            talk.due_at = Some(talk.window.no_later(due, message.written()));
        }
        talk.status = ConversationStatus::Open;
        talk.snoozed_until = None;
    }
}

fn hear_answer(talk: &mut Conversation, message: &Message) {
    talk.revision += 1;
    talk.due_at = None;
    talk.clocks.answered(message.created_at);
    // What was written in another program changes less than what was written here.
    if message.send_at.is_some() {
        talk.unread = false;
        talk.status = ConversationStatus::Waiting;
        talk.snoozed_until = None;
        talk.resolved_at = None;
    } else if talk.status == ConversationStatus::Open {
        talk.status = ConversationStatus::Waiting;
    }
}

/// Brings a field back unless somebody changed it.
fn untouched<T: Clone + PartialEq>(now: &mut T, joined: &T, before: &T) {
    if now == joined {
        now.clone_from(before);
    }
}

fn state(talk: &Conversation) -> (ConversationStatus, Option<Ts>, Option<Ts>) {
    (talk.status, talk.snoozed_until, talk.resolved_at)
}

/// A merge as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Merge {
    /// Id.
    pub id: MergeId,
    /// What went.
    pub source_id: ConversationId,
    /// Where to.
    pub target_id: ConversationId,
    /// By whom.
    pub teammate_id: TeammateId,
    /// What moved.
    pub moved: Json<Moved>,
    /// The one that went, before.
    pub source_before: Json<Before>,
    /// The other, before.
    pub target_before: Json<Before>,
    /// The revision of the target behind the merge.
    pub target_revision: i64,
    /// When.
    pub created_at: Ts,
    /// When it was taken back.
    pub undone_at: Option<Ts>,
}

impl Merge {
    /// The target as the merge left it, with whom it is taken from `source` and `target` as they are now; `of_one`: both are of
    /// one person.
    pub fn joined(&self, source: &Conversation, target: &Conversation, of_one: bool) -> Conversation {
        let (mut source, mut target) = (source.clone(), target.clone());
        self.source_before.0.bring_back(&mut source);
        self.target_before.0.bring_back(&mut target);
        join(&mut target, &source, of_one);
        target
    }
}

/// What `target` is once everything of `source` is in it: open if one of them is, asleep until the first of them wakes if both
/// are, due when the first of them is, and on the way on which its customer wrote last. Where the other one is of somebody
/// else that stays what it was: who is answered has written nothing there.
pub fn join(target: &mut Conversation, source: &Conversation, of_one: bool) {
    for address in &source.participants.0 {
        if !target.participants.0.contains(address) && target.participants.0.len() < PARTICIPANTS {
            target.participants.0.push(address.clone());
        }
    }
    if rank(source.status) < rank(target.status) {
        target.status = source.status;
        target.snoozed_until = source.snoozed_until;
        target.resolved_at = source.resolved_at;
    } else if (source.status, target.status) == (ConversationStatus::Snoozed, ConversationStatus::Snoozed) {
        target.snoozed_until = earlier(target.snoozed_until, source.snoozed_until);
    }
    let came_later = source.last_inbound_at > target.last_inbound_at;
    if of_one {
        target.window = join_windows(target, source, came_later);
    }
    if of_one && came_later {
        target.channel_id = source.channel_id;
        target.channel_kind.clone_from(&source.channel_kind);
    }
    if came_later {
        target.last_inbound_at = source.last_inbound_at;
        target.gist.clone_from(&source.gist);
    }
    target.last_written_at = target.last_written_at.max(source.last_written_at);
    target.last_message_at = target.last_message_at.max(source.last_message_at);
    join_clocks(target, source);
    target.unread |= source.unread;
    target.taken_over |= source.taken_over;
    target.assignee_id = target.assignee_id.or(source.assignee_id);
    target.order_number = target.order_number.take().or_else(|| source.order_number.clone());
    target.intent = target.intent.take().or_else(|| source.intent.clone());
    if target.language.is_empty() {
        target.language.clone_from(&source.language);
    }
    target.needs_approval = false;
    target.proposal = None;
    target.proposal_tone = String::new();
    target.agent_state = AgentState::Idle;
    target.revision += 1;
}

/// Until when both can be answered: on one channel the time runs from what was written last there, whichever came last.
fn join_windows(target: &Conversation, source: &Conversation, came_later: bool) -> Window {
    let is_one_channel = source.channel_id == target.channel_id;
    let is_of_source = match source.last_written_at.cmp(&target.last_written_at) {
        Ordering::Greater if is_one_channel => true,
        Ordering::Less if is_one_channel => false,
        _ => came_later,
    };
    if is_of_source { source.window } else { target.window }
}

/// Whose answer is due first sets that clock; the case is open since the first of them was.
fn join_clocks(target: &mut Conversation, source: &Conversation) {
    let due = earlier(target.due_at, source.due_at);
    if due != target.due_at {
        target.due_at = due;
        target.clocks.answering_since = source.clocks.answering_since;
    }
    let (clocks, others) = (&mut target.clocks, &source.clocks);
    clocks.resolving_since = earlier(clocks.resolving_since, others.resolving_since);
    clocks.resolution_due_at = earlier(clocks.resolution_due_at, others.resolution_due_at);
    clocks.first_answered_at = earlier(clocks.first_answered_at, others.first_answered_at);
}

fn earlier(one: Option<Ts>, other: Option<Ts>) -> Option<Ts> {
    one.into_iter().chain(other).min()
}

/// Who is further from being done comes first.
fn rank(status: ConversationStatus) -> u8 {
    match status {
        ConversationStatus::Open => 0,
        ConversationStatus::Waiting => 1,
        ConversationStatus::Snoozed => 2,
        ConversationStatus::Resolved => 3,
    }
}
