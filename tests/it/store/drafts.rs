//! What the agent proposed.

use resolute::model::Json;
use resolute::model::agent_run::{AgentRun, EngineKind, HandOffPacket, RunState, Step, StepKind};
use resolute::model::approval::{Approval, ApprovalState};
use resolute::model::draft::{
    Check, Draft, DraftDocument, DraftState, Evidence, EvidenceSource, ProposedAction, Sentence,
};
use resolute::model::order::{Currency, Money, OrderAction};
use resolute::model::teammate::Role;
use resolute::store::intake::ConversationRow;
use resolute::store::{Db, agent_runs, approvals, drafts};

use crate::support::cast::{Cast, NOW, at};
use crate::support::drafts::handed_off;
use crate::support::stores::{on_both, write};

/// A finished run, not stored.
pub(super) fn new_run(cast: &Cast, talk: &ConversationRow) -> AgentRun {
    AgentRun {
        id: cast.clock.new_id(),
        conversation_id: talk.id,
        revision: talk.revision,
        engine: EngineKind::BuiltIn,
        state: RunState::Done,
        outcome: Some("reply".into()),
        reason: "é 'why' 😀".into(),
        instruction: "shorter".into(),
        steps: Json(vec![Step { kind: StepKind::Understood, summary: "wants a refund".into(), took_us: 12 }]),
        policy_version: 3,
        voice_version: 4,
        started_at: NOW,
        finished_at: Some(at(1)),
        duration_us: Some(1_000_000),
    }
}

/// A stored run.
pub(super) async fn run(db: &Db, cast: &Cast, talk: &ConversationRow) -> AgentRun {
    let run = new_run(cast, talk);
    write(db, async |tx| agent_runs::insert(tx, &run).await).await;
    run
}

/// A draft of a run, not stored.
pub(super) fn draft(cast: &Cast, run: &AgentRun) -> Draft {
    Draft {
        id: cast.clock.new_id(),
        conversation_id: run.conversation_id,
        run_id: run.id,
        revision: run.revision,
        state: DraftState::Current,
        intent: "refund".into(),
        language: "de".into(),
        confidence: 0.875,
        document: Json(document(cast)),
        created_at: at(1),
    }
}

fn document(cast: &Cast) -> DraftDocument {
    DraftDocument {
        sentences: vec![Sentence {
            text: "Grüße 'Sofie' 😀".into(),
            evidence: vec![0],
            left_out: Some("not proven".into()),
            starts_paragraph: true,
        }],
        evidence: vec![Evidence {
            source: EvidenceSource::Order,
            label: "Order FJ-20417, line 2".into(),
            detail: "42.00 EUR".into(),
            values: vec!["42.00".into()],
            read_at: NOW,
        }],
        actions: vec![ProposedAction {
            source_id: cast.shop.id,
            order_id: "77".into(),
            order_number: "FJ-20417".into(),
            action: refund(4_200),
            label: "Refund 42.00 EUR".into(),
            worth: Some(Money::new(4_200, Currency::EUR)),
            problem: None,
        }],
        checks: vec![Check { name: "Amounts".into(), problem: None }],
        why: "broken on arrival".into(),
        clause: "Policy v14, rule 3".into(),
        proposal: "Refund 42.00".into(),
        voice_score: 92,
        orders: Vec::new(),
        asks_back: None,
        choices: vec!["FJ-20417".into(), "Grüße 😀".into()],
        told_unread: false,
        template: None,
    }
}

pub(super) fn refund(minor: i64) -> OrderAction {
    OrderAction::Refund {
        amount: Money::new(minor, Currency::EUR),
        lines: Vec::new(),
        reason: "broken".into(),
        gives_back: None,
    }
}

#[tokio::test]
async fn a_draft_comes_back_as_it_was_written() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let run = run(&db, &cast, &cast.open(&db, 1).await).await;
        let draft = draft(&cast, &run);
        write(&db, async |tx| drafts::insert(tx, &draft).await).await;
        let found = drafts::find(&db, draft.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:#?}"), format!("{draft:#?}"));
        assert!(drafts::find(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_nul_from_a_shop_or_a_model_stops_nothing() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let mut run = new_run(&cast, &talk);
        run.reason = "a\0b".into();
        run.instruction = "\0".into();
        run.steps.0[0].summary = "read \0 order".into();
        let mut draft = draft(&cast, &run);
        draft.intent = "x\0".into();
        draft.document.0.sentences[0].text = "Hi\0!".into();
        draft.document.0.actions[0].order_number = "F\0J".into();
        let packet = HandOffPacket { facts: vec!["f\0".into()], ..HandOffPacket::default() };
        let hand_off = handed_off(&cast.clock, &run, "w\0hy", packet);
        write(&db, async |tx| {
            agent_runs::insert(tx, &run).await?;
            agent_runs::insert_hand_off(tx, &hand_off).await?;
            drafts::insert(tx, &draft).await
        })
        .await;
        let found = drafts::find(&db, draft.id).await.unwrap().unwrap();
        assert_eq!((found.document.0.text().as_str(), found.intent.as_str()), ("", "x"));
        assert_eq!(found.document.0.sentences[0].text, "Hi!");
        assert_eq!(agent_runs::find(&db, run.id).await.unwrap().unwrap().reason, "ab");
        let hand_off = agent_runs::latest_hand_off(&db, talk.id).await.unwrap().unwrap();
        assert_eq!((hand_off.reason.as_str(), hand_off.packet.0.facts[0].as_str()), ("why", "f"));
    })
    .await;
}

#[tokio::test]
async fn the_newest_draft_that_was_not_overtaken_counts() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let run = run(&db, &cast, &talk).await;
        assert!(drafts::current(&db, talk.id).await.unwrap().is_none());
        // Two in the same moment: ids grow with time.
        let (first, second) = (draft(&cast, &run), draft(&cast, &run));
        write(&db, async |tx| {
            drafts::insert(tx, &first).await?;
            drafts::insert(tx, &second).await
        })
        .await;
        assert_eq!(drafts::current(&db, talk.id).await.unwrap().unwrap().id, second.id);
        write(&db, async |tx| drafts::set_state(tx, second.id, DraftState::Rejected).await).await;
        assert_eq!(drafts::current(&db, talk.id).await.unwrap().unwrap().id, first.id);
    })
    .await;
}

#[tokio::test]
async fn events_overtake_drafts_and_their_approvals_of_one_conversation() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let mut approvals_of = Vec::new();
        for number in [1, 2] {
            let talk = cast.open(&db, number).await;
            let draft = draft(&cast, &run(&db, &cast, &talk).await);
            let approval = Approval {
                id: cast.clock.new_id(),
                conversation_id: talk.id,
                draft_id: draft.id,
                state: ApprovalState::Pending,
                reasons: Json(Vec::new()),
                likeness: String::new(),
                created_at: NOW,
                decided_by: None,
                decided_at: None,
                final_text: None,
                needs_role: Role::Teammate,
            };
            write(&db, async |tx| {
                drafts::insert(tx, &draft).await?;
                approvals::insert(tx, &approval, cast.brand.id).await
            })
            .await;
            approvals_of.push(approval);
        }
        let [gone, stays] = approvals_of.as_slice() else { panic!("two were made") };
        write(&db, async |tx| drafts::supersede(tx, gone.conversation_id).await).await;
        assert_eq!(drafts::find(&db, gone.draft_id).await.unwrap().unwrap().state, DraftState::Superseded);
        assert_eq!(approvals::find(&db, gone.id).await.unwrap().unwrap().state, ApprovalState::Expired);
        assert!(drafts::current(&db, gone.conversation_id).await.unwrap().is_none());
        assert_eq!(drafts::find(&db, stays.draft_id).await.unwrap().unwrap().state, DraftState::Current);
        assert_eq!(approvals::find(&db, stays.id).await.unwrap().unwrap().state, ApprovalState::Pending);
    })
    .await;
}
