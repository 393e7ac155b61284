//! Drafts before a person.

use resolute::model::approval::{Approval, ApprovalState};
use resolute::model::teammate::Role;
use resolute::model::{Json, TeammateId, Ts};
use resolute::store::approvals::{self, Decided, Pace};
use resolute::store::intake::ConversationRow;
use resolute::store::{Db, Error, conversations, drafts};

use super::drafts::{draft, run};
use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{number_of, on_both, text_of, write};

pub(crate) async fn pending(db: &Db, cast: &Cast, talk: &ConversationRow, created_at: Ts) -> Approval {
    let run = run(db, cast, talk).await;
    let draft = draft(cast, &run);
    let approval = Approval {
        id: cast.clock.new_id(),
        conversation_id: talk.id,
        draft_id: draft.id,
        state: ApprovalState::Pending,
        reasons: Json(vec!["over 'the' limit".into(), "é 😀".into()]),
        likeness: "late-parcel".into(),
        needs_role: Role::Manager,
        created_at,
        decided_by: None,
        decided_at: None,
        final_text: None,
    };
    write(db, async |tx| {
        drafts::insert(tx, &draft).await?;
        approvals::insert(tx, &approval, cast.brand.id).await
    })
    .await;
    approval
}

fn decided(by: TeammateId, state: ApprovalState) -> Decided<'static> {
    Decided { state, by, at: at(60), took_us: Some(2_000), reason: "too 'long'", final_text: Some("Hi 😀") }
}

#[tokio::test]
async fn an_approval_comes_back_and_waits_in_order() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (one, two) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        let (later, earlier) = (pending(&db, &cast, &one, at(2)).await, pending(&db, &cast, &two, at(1)).await);
        let found = approvals::find(&db, later.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{later:?}"));
        assert_eq!(approvals::pending_of(&db, two.id).await.unwrap().unwrap().id, earlier.id);
        let ids = |list: Vec<Approval>| list.iter().map(|approval| approval.id).collect::<Vec<_>>();
        assert_eq!(ids(approvals::list_pending(&db, 9).await.unwrap()), [earlier.id, later.id]);
        assert_eq!(ids(approvals::list_pending(&db, 1).await.unwrap()), [earlier.id]);
        let waiting = conversations::list_waiting(&db, 9).await.unwrap();
        assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [two.id, one.id]);
        let first = approvals::list_waiting(&db, None, 1).await.unwrap().remove(0);
        assert_eq!((first.approval.id, first.number), (earlier.id, 2));
        let behind = Some(approvals::Cursor { at: first.approval.created_at, id: first.approval.id });
        let rest = approvals::list_waiting(&db, behind, 9).await.unwrap();
        assert_eq!(rest.iter().map(|one| one.approval.id).collect::<Vec<_>>(), [later.id]);
        let drafts = [earlier.draft_id, later.draft_id];
        let alike = async |likeness: &str| {
            drafts::list_waiting_alike(&db, cast.brand.id, likeness, 9)
                .await
                .unwrap()
                .iter()
                .map(|draft| draft.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(alike(&later.likeness).await, drafts);
        assert!(alike("another").await.is_empty());
        assert!(approvals::find(&db, cast.clock.new_id()).await.unwrap().is_none());
        assert!(approvals::pending_of(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_is_taken_back_waits_again_with_what_the_person_wrote() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let first = pending(&db, &cast, &talk, NOW).await;
        let reopen = async || write(&db, async |tx| approvals::reopen(tx, first.draft_id).await).await;
        assert!(reopen().await.is_none(), "nobody decided yet");
        write(&db, async |tx| approvals::decide(tx, first.id, &decided(cast.sam.id, ApprovalState::Edited)).await)
            .await;
        assert!(!write(&db, async |tx| approvals::is_pending(tx, talk.id).await).await);
        let again = reopen().await.expect("it waits again");
        assert_eq!((again.id, again.state, again.decided_by), (first.id, ApprovalState::Pending, None));
        assert_eq!(again.final_text.as_deref(), Some("Hi 😀"));
        assert!(write(&db, async |tx| approvals::is_pending(tx, talk.id).await).await);
    })
    .await;
}

#[tokio::test]
async fn one_approval_waits_for_each_conversation() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let first = pending(&db, &cast, &talk, NOW).await;
        let mut tx = db.begin().await.unwrap();
        let second = Approval { id: cast.clock.new_id(), ..first.clone() };
        assert!(matches!(approvals::insert(&mut tx, &second, cast.brand.id).await, Err(Error::Duplicate)));
        drop(tx);
        write(&db, async |tx| approvals::decide(tx, first.id, &decided(cast.sam.id, ApprovalState::Rejected)).await)
            .await;
        assert!(approvals::pending_of(&db, talk.id).await.unwrap().is_none());
        write(&db, async |tx| approvals::insert(tx, &second, cast.brand.id).await).await;
        assert_eq!(approvals::pending_of(&db, talk.id).await.unwrap().unwrap().id, second.id);
    })
    .await;
}

#[tokio::test]
async fn of_many_people_one_decides() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let approval = pending(&db, &cast, &cast.open(&db, 1).await, NOW).await;
        let tasks: Vec<_> = (0..8)
            .map(|place| {
                let (db, id) = (db.clone(), approval.id);
                let by = if place % 2 == 0 { cast.sam.id } else { cast.noor.id };
                tokio::spawn(async move {
                    let decided = decided(by, ApprovalState::Accepted);
                    (by, write(&db, async |tx| approvals::decide(tx, id, &decided).await).await)
                })
            })
            .collect();
        let mut winners = Vec::new();
        for task in tasks {
            let (by, won) = task.await.unwrap();
            winners.extend(won.then_some(by));
        }
        assert_eq!(winners.len(), 1);
        let found = approvals::find(&db, approval.id).await.unwrap().unwrap();
        assert_eq!((found.state, found.decided_by), (ApprovalState::Accepted, Some(winners[0])));
        assert_eq!(found.decided_at, Some(at(60)));
        let text = text_of(&db, "select decision_reason || '|' || final_text from approvals").await;
        assert_eq!(text.as_deref(), Some("too 'long'|Hi 😀"));
        assert_eq!(number_of(&db, "select decision_us from approvals").await, 2_000);
    })
    .await;
}

#[tokio::test]
async fn the_pace_counts_what_a_person_decided_since_then() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        assert_eq!(approvals::pace(&db, cast.sam.id, NOW).await.unwrap(), Pace { decisions: 0, mean_us: None });
        let decisions = [
            // Waited since yesterday, decided today.
            (cast.sam.id, -90_000, 5, Some(1_000), ApprovalState::Accepted),
            (cast.sam.id, 1, 6, Some(4_000), ApprovalState::Edited),
            (cast.sam.id, 1, 7, None, ApprovalState::Rejected),
            // Somebody else's, and an older one.
            (cast.noor.id, 1, 8, Some(9_000), ApprovalState::Accepted),
            (cast.sam.id, -90_000, -80_000, Some(9_000), ApprovalState::Accepted),
        ];
        for (number, (by, created, decided_at, took_us, state)) in (1..).zip(decisions) {
            let approval = pending(&db, &cast, &cast.open(&db, number).await, at(created)).await;
            let decided = Decided { took_us, at: at(decided_at), ..decided(by, state) };
            assert!(write(&db, async |tx| approvals::decide(tx, approval.id, &decided).await).await);
        }
        let pace = approvals::pace(&db, cast.sam.id, NOW).await.unwrap();
        assert_eq!(pace, Pace { decisions: 3, mean_us: Some(2_500) });
    })
    .await;
}
