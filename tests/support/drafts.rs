//! What the agent came to: values that nobody has stored yet, and a draft that waits.

use resolute::clock::Clock;
use resolute::model::agent_run::{AgentRun, EngineKind, HandOff, HandOffPacket, RunState};
use resolute::model::approval::{Approval, ApprovalState};
use resolute::model::brake::Brake;
use resolute::model::conversation::Conversation;
use resolute::model::draft::{Draft, DraftDocument, DraftState, Evidence, EvidenceSource, Sentence};
use resolute::model::replay::{Replay, ReplayState, Tally};
use resolute::model::teammate::Role;
use resolute::model::{ApprovalId, BrandId, Json, Ts};
use resolute::store::{agent_runs, approvals, drafts};
use serde_json::json;

use super::desk::TestDesk;
use super::stores::write;

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

/// A replay of a draft of a brand's policy, which waits.
pub(crate) fn new_replay(clock: &Clock, brand_id: BrandId) -> Replay {
    Replay {
        id: clock.new_id(),
        brand_id,
        version_id: clock.new_id(),
        version: 15,
        revision: clock.now(),
        document: Json(json!({ "cancel": { "alone_up_to": 100 } })),
        against: 0,
        wanted: 500,
        total: 0,
        state: ReplayState::Running,
        tally: Json(Tally::default()),
        begun_at: clock.now(),
        ended_at: None,
    }
}

/// A hand-over that a run ended with, of which nobody was told.
pub(crate) fn handed_off(clock: &Clock, run: &AgentRun, reason: &str, packet: HandOffPacket) -> HandOff {
    HandOff {
        id: clock.new_id(),
        conversation_id: run.conversation_id,
        run_id: run.id,
        reason: reason.to_owned(),
        packet: Json(packet),
        told: Json(Vec::new()),
        notice_id: None,
        untold: String::new(),
        created_at: clock.now(),
    }
}

/// A stop of the agent, of everything that it does not name.
pub(crate) fn everything_stopped(clock: &Clock) -> Brake {
    Brake {
        id: clock.new_id(),
        brand_id: None,
        intent: String::new(),
        channel: String::new(),
        action: String::new(),
        reason: "Wrong carrier".to_owned(),
        set_by: None,
        set_at: clock.now(),
        lifted_by: None,
        lifted_at: None,
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
        template: None,
    }
}

/// The same of one that rests on an order as it was read then.
pub(crate) fn saying_of_an_order(text: &str, read_at: Ts) -> DraftDocument {
    let sentence = Sentence { text: text.to_owned(), evidence: vec![0], left_out: None, starts_paragraph: true };
    let order = Evidence {
        source: EvidenceSource::Order,
        label: "Order".to_owned(),
        detail: "open".to_owned(),
        values: Vec::new(),
        read_at,
    };
    DraftDocument { sentences: vec![sentence], evidence: vec![order], ..saying("") }
}

/// A draft that answers where an order is waits for a person.
pub(crate) async fn put_before_a_person(desk: &TestDesk, talk: &Conversation, document: DraftDocument) -> ApprovalId {
    let clock = &desk.desk.clock;
    let now = clock.now();
    let run = done_run(clock, talk);
    let draft = Draft {
        id: clock.new_id(),
        conversation_id: talk.id,
        run_id: run.id,
        revision: talk.revision,
        state: DraftState::Current,
        intent: "where_is_my_order".to_owned(),
        language: "en".to_owned(),
        confidence: 0.9,
        document: Json(document),
        created_at: now,
    };
    let approval = Approval {
        id: clock.new_id(),
        conversation_id: talk.id,
        draft_id: draft.id,
        state: ApprovalState::Pending,
        reasons: Json(Vec::new()),
        likeness: String::new(),
        needs_role: Role::Teammate,
        created_at: now,
        decided_by: None,
        decided_at: None,
        final_text: None,
    };
    write(&desk.desk.db, async |tx| {
        agent_runs::insert(tx, &run).await?;
        drafts::insert(tx, &draft).await?;
        approvals::insert(tx, &approval, talk.brand_id).await
    })
    .await;
    approval.id
}
