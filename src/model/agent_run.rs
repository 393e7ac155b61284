//! One run of the agent, kept so that the reasons can be shown without running again.

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{AgentRunId, ConversationId, HandOffId, MessageId, TeammateId, Ts};

text_enum! {
    /// Which engine ran.
    EngineKind {
        /// Rules, classifier and templates: no network.
        BuiltIn = "built_in",
        /// A language model.
        Llm = "llm",
    }
}

text_enum! {
    /// Where a run stands.
    RunState {
        /// Under way.
        Running = "running",
        /// Its outcome was applied.
        Done = "done",
        /// Events overtook it; its outcome was dropped.
        Overtaken = "overtaken",
    }
}

text_enum! {
    /// The parts of a run.
    StepKind {
        /// What the customer wants.
        Understood = "understood",
        /// What was looked up.
        Read = "read",
        /// What the policy says.
        Decided = "decided",
        /// What was written.
        Wrote = "wrote",
        /// What was checked.
        Checked = "checked",
    }
}

text_enum! {
    /// What a run is at, as the customer who waits for its answer is told.
    Stage {
        /// It reads what they wrote.
        Reading = "reading",
        /// It asks the shop.
        LookingUp = "looking_up",
        /// It writes what goes out without a person.
        Writing = "writing",
    }
}

/// One part of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which part.
    pub kind: StepKind,
    /// What came of it, for people.
    pub summary: String,
    /// Microseconds it took.
    pub took_us: i64,
}

/// A run as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AgentRun {
    /// Id.
    pub id: AgentRunId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// The revision that it looked at.
    pub revision: i64,
    /// Which engine.
    pub engine: EngineKind,
    /// Where it stands.
    pub state: RunState,
    /// `reply`, `hand_off`, `nothing`.
    pub outcome: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// A teammate's instruction, `""` if none.
    pub instruction: String,
    /// Its parts.
    pub steps: sqlx::types::Json<Vec<Step>>,
    /// Under which policy version.
    pub policy_version: i64,
    /// In which voice version.
    pub voice_version: i64,
    /// When it began.
    pub started_at: Ts,
    /// When it ended.
    pub finished_at: Option<Ts>,
    /// Microseconds it took.
    pub duration_us: Option<i64>,
}

/// Why the agent hands over what it cannot tell the meaning of. The index of such hand-overs names it.
pub const UNCLEAR: &str = "It is not clear what is wanted.";

/// What a person gets when the agent hands over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOffPacket {
    /// What the customer wants, in a line.
    pub wants: String,
    /// Facts found.
    pub facts: Vec<String>,
    /// What was tried.
    pub tried: Vec<String>,
    /// What we have promised, in our words, with who wrote it and when.
    #[serde(default)]
    pub promised: Vec<String>,
}

/// A hand-over as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HandOff {
    /// Id.
    pub id: HandOffId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// The run that ended with it.
    pub run_id: AgentRunId,
    /// Why.
    pub reason: String,
    /// What a person gets.
    pub packet: sqlx::types::Json<HandOffPacket>,
    /// Which teammates were told at once that a customer waits.
    pub told: sqlx::types::Json<Vec<TeammateId>>,
    /// The message that told the customer.
    pub notice_id: Option<MessageId>,
    /// Why the customer was told nothing; `""` where they were, or where that was not kept yet.
    pub untold: String,
    /// When.
    pub created_at: Ts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_that_was_stored_without_promises_is_still_read() {
        let stored = r#"{"wants":"Where is it?","facts":["Order 1"],"tried":["no order"]}"#;
        let packet: HandOffPacket = serde_json::from_str(stored).unwrap();
        assert_eq!((packet.wants.as_str(), packet.facts.len(), packet.tried.len()), ("Where is it?", 1, 1));
        assert!(packet.promised.is_empty());
    }
}
