//! What the agent came to, as values that nobody has stored yet.

use resolute::clock::Clock;
use resolute::model::Json;
use resolute::model::agent_run::{AgentRun, EngineKind, RunState};
use resolute::model::conversation::Conversation;
use resolute::model::draft::{DraftDocument, Sentence};

/// A run over a conversation as it is now, done with a reply.
pub(crate) fn done_run(clock: &Clock, talk: &Conversation) -> AgentRun {
    let now = clock.now();
    AgentRun {
        id: clock.new_id(),
        conversation_id: talk.id,
        revision: talk.revision,
        engine: EngineKind::BuiltIn,
        state: RunState::Done,
        outcome: Some("reply".to_owned()),
        reason: String::new(),
        instruction: String::new(),
        steps: Json(Vec::new()),
        policy_version: 1,
        voice_version: 1,
        started_at: now,
        finished_at: Some(now),
        duration_us: Some(1),
    }
}

/// A reply of one sentence that rests on nothing.
pub(crate) fn saying(text: &str) -> DraftDocument {
    DraftDocument {
        sentences: vec![Sentence {
            text: text.to_owned(),
            evidence: Vec::new(),
            left_out: None,
            starts_paragraph: true,
        }],
        evidence: Vec::new(),
        actions: Vec::new(),
        checks: Vec::new(),
        why: String::new(),
        clause: String::new(),
        proposal: "Answer".to_owned(),
        voice_score: 90,
        orders: Vec::new(),
        asks_back: None,
        choices: Vec::new(),
        told_unread: false,
    }
}
