//! The life of a conversation.

use std::fmt;

use super::answer_times::{AnswerTimes, Clocks, next_due};
use super::line::straight;
use super::text_enum::text_enum;
use super::window::Window;
use super::{BrandId, ChannelId, ContactId, ConversationId, TeammateId, Ts};

/// Most addresses that may continue a conversation.
pub const PARTICIPANTS: usize = 50;

text_enum! {
    /// Who has the next move.
    ConversationStatus {
        /// We do.
        Open = "open",
        /// The customer does, or a parcel.
        Waiting = "waiting",
        /// Nobody, until a set time or the next message.
        Snoozed = "snoozed",
        /// It is done.
        Resolved = "resolved",
    }
}

text_enum! {
    /// What the agent is doing here.
    AgentState {
        /// Nothing.
        Idle = "idle",
        /// A run is due or under way.
        Writing = "writing",
        /// A draft waits for a person.
        Drafted = "drafted",
        /// It gave the conversation to a person.
        HandedOff = "handed_off",
    }
}

/// A conversation, with what a list shows of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Conversation {
    /// Id.
    pub id: ConversationId,
    /// The number that people use.
    pub number: i64,
    /// Whose.
    pub brand_id: BrandId,
    /// The channel of the last message.
    pub channel_id: ChannelId,
    /// Its kind.
    pub channel_kind: String,
    /// With whom.
    pub contact_id: ContactId,
    /// Their name as shown.
    pub contact_name: String,
    /// Subject of the first message.
    pub subject: String,
    /// One line: what they want.
    pub gist: String,
    /// Who has the next move.
    pub status: ConversationStatus,
    /// Whose work it is.
    pub assignee_id: Option<TeammateId>,
    /// What the agent understood, as the intent's word.
    pub intent: Option<String>,
    /// ISO 639, `""` if unknown.
    pub language: String,
    /// The order it is about.
    pub order_number: Option<String>,
    /// What the draft would do, shortly: `Refund 42.00`.
    pub proposal: Option<String>,
    /// How the proposal is shown: `proposed`, `warn`, `bad` or `""`.
    pub proposal_tone: String,
    /// Whether a draft waits for a person.
    pub needs_approval: bool,
    /// What the agent is doing.
    pub agent_state: AgentState,
    /// A teammate took over: the agent keeps out until the conversation is resolved.
    pub taken_over: bool,
    /// Whether the last inbound message was not looked at yet.
    pub unread: bool,
    /// Addresses that may continue the conversation: everybody who wrote or was written to in it.
    pub participants: sqlx::types::Json<Vec<String>>,
    /// Until when it sleeps.
    pub snoozed_until: Option<Ts>,
    /// When an answer is due.
    pub due_at: Option<Ts>,
    /// The last message, either way.
    pub last_message_at: Ts,
    /// The last message in.
    pub last_inbound_at: Option<Ts>,
    /// When that of the messages in was written that was written last.
    pub last_written_at: Option<Ts>,
    /// Grows with every message and decision: a draft for an older revision is stale.
    pub revision: i64,
    /// When it began.
    pub created_at: Ts,
    /// When it was resolved.
    pub resolved_at: Option<Ts>,
    /// Where everything of it is since it was merged: it is a pointer then, and nothing happens in it.
    pub merged_into: Option<ConversationId>,
    /// The clocks beside `due_at`.
    #[sqlx(flatten)]
    pub clocks: Clocks,
    /// Until when its customer can be answered.
    #[sqlx(flatten)]
    pub window: Window,
}

impl Conversation {
    /// Since when its customer waits for an answer.
    pub fn unanswered_since(&self) -> Option<Ts> {
        self.clocks.answering_since.filter(|_| self.due_at.is_some())
    }

    /// When its customer wrote last, as far as anybody knows: their time to be answered is counted from then.
    pub fn last_written(&self) -> Option<Ts> {
        self.last_written_at.or(self.last_inbound_at)
    }

    /// It is done: nothing waits in it any more, and the agent may look again when the customer comes back.
    pub fn end(&mut self, now: Ts) {
        self.status = ConversationStatus::Resolved;
        self.resolved_at = Some(now);
        self.due_at = None;
        self.clocks.close();
        self.snoozed_until = None;
        self.needs_approval = false;
        self.proposal = None;
        self.proposal_tone = String::new();
        self.agent_state = AgentState::Idle;
        self.taken_over = false;
        self.unread = false;
        self.revision += 1;
    }

    /// It is not done after all, and the agent may look again. Where somebody waits who had no answer, one is due again.
    pub fn open_again(&mut self, times: &AnswerTimes, somebody_waits: bool, now: Ts) {
        self.taken_over &= self.status != ConversationStatus::Resolved;
        self.status = ConversationStatus::Open;
        self.resolved_at = None;
        self.snoozed_until = None;
        self.clocks.open(times, &self.channel_kind, now);
        if somebody_waits {
            self.be_due(times, now);
        }
    }

    /// An answer is due: by the clock that runs, or else by one that runs since then.
    pub fn be_due(&mut self, times: &AnswerTimes, since: Ts) {
        if self.due_at.is_none() {
            let due = self.clocks.start(times, &self.channel_kind, since);
            self.due_at = Some(self.window.no_later(due, since));
        }
    }

    /// The agent gives it to a person: it is their move, by the clock that runs, or else by one that runs from now on. One that
    /// a person has put to sleep comes back when they wanted.
    pub fn hand_over(&mut self, times: &AnswerTimes, now: Ts) {
        self.agent_state = AgentState::HandedOff;
        if self.status == ConversationStatus::Waiting {
            self.status = ConversationStatus::Open;
        }
        self.be_due(times, now);
    }

    /// Its customer can be answered within other times than so far: what was due at the end of one of those is due anew.
    pub fn answered_within(&mut self, window: Window, times: &AnswerTimes) {
        let before = std::mem::replace(&mut self.window, window);
        let since = self.clocks.answering_since.or(self.last_inbound_at);
        let Some((due, since)) = self.due_at.zip(since) else { return };
        let due = if before.ends_at(due) { times.answer_due(&self.channel_kind, &self.clocks, since) } else { due };
        // What began the wait may have been written long before it came.
        let written = self.last_written_at.filter(|_| self.last_inbound_at.is_some_and(|came| came >= since));
        self.due_at = Some(window.no_later(due, written.map_or(since, |written| written.min(since))));
    }

    /// The clock that runs out next, and since when it runs; `None` while nothing is due from us.
    pub fn running_clock(&self) -> Option<(Ts, Ts)> {
        let resolution = self.clocks.resolution_due_at.filter(|_| self.status == ConversationStatus::Open);
        let due = next_due(self.due_at, resolution)?;
        let since = if self.due_at == Some(due) {
            self.clocks.answering_since.or(self.last_inbound_at)
        } else {
            self.clocks.resolving_since
        };
        Some((since.unwrap_or(self.created_at), due))
    }
}

/// How much of a conversation a page shows: what came since was not before whoever is on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The number of the last message.
    pub last: i64,
    /// How many conversations had gone into it: what they bring has older numbers.
    pub merges: i64,
}

impl Shown {
    /// As [`fmt::Display`] writes it; `None` of anything else.
    pub fn of(said: &str) -> Option<Self> {
        let (last, merges) = said.split_once('.')?;
        Some(Self { last: last.parse().ok()?, merges: merges.parse().ok()? })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.last, self.merges)
    }
}

/// One line of a message for lists: white space folded, nothing that turns the line around, cut at a word near 90
/// characters.
pub fn gist_of(text: &str) -> String {
    const MOST: usize = 90;
    let mut gist = String::new();
    let mut length = 0;
    for word in text.split_whitespace().map(straight).filter(|word| !word.is_empty()) {
        let word_length = word.chars().count();
        if length + word_length + 1 > MOST {
            if gist.is_empty() {
                gist.extend(word.chars().take(MOST));
            }
            gist.push('…');
            break;
        }
        if !gist.is_empty() {
            gist.push(' ');
        }
        gist.push_str(&word);
        length += word_length + 1;
    }
    gist
}

#[cfg(test)]
mod tests {
    use super::{Shown, gist_of};

    #[test]
    fn what_a_page_shows_is_read_as_it_was_written() {
        let shown = Shown { last: 41, merges: 2 };
        assert_eq!(Shown::of(&shown.to_string()), Some(shown));
        for wrong in ["", "41", "41.", ".2", "x.2", "41.2.3"] {
            assert_eq!(Shown::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_gist_is_one_line_and_ends_at_a_word() {
        assert_eq!(gist_of("  Where\n\tis  my order? "), "Where is my order?");
        let long = gist_of(&"word ".repeat(60));
        assert!(long.ends_with("word…") && long.chars().count() <= 91, "{long}");
        assert_eq!(gist_of(&"x".repeat(200)).chars().count(), 91);
        assert_eq!(gist_of(""), "");
        assert_eq!(gist_of("\u{202e} redro \u{2066}ym"), "redro ym");
    }
}
