//! What people make of drafts before they are sent.

use resolute::model::draft::DraftState;
use resolute::model::writing::{Basis, Kept, KeptText};
use resolute::model::{DraftId, TeammateId};
use resolute::store::{Db, bulk_changes, draft_texts, drafts};

use super::approvals::pending;
use crate::support::cast::{Cast, NOW};
use crate::support::stores::{number_of, on_both, write};

async fn keep(db: &Db, draft: DraftId, who: TeammateId, body: &str, basis: Basis) -> Option<Kept> {
    write(db, async |tx| draft_texts::keep(tx, draft, who, body, basis, NOW).await).await
}

async fn count(db: &Db) -> i64 {
    number_of(db, "select count(*) from draft_texts").await
}

#[tokio::test]
async fn a_version_of_a_draft_is_its_writers_own_and_not_overwritten_unseen() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let draft = pending(&db, &cast, &cast.open(&db, 1).await, NOW).await.draft_id;
        let (sam, noor) = (cast.sam.id, cast.noor.id);
        let find = async |who| draft_texts::find(&db, draft, who).await.unwrap();
        assert_eq!(find(sam).await, None);
        let Some(Kept::Stored(Some(first))) = keep(&db, draft, sam, "Hi 'Sofie' 😀\n", Basis::Nothing).await else {
            panic!("it is kept")
        };
        assert_eq!(find(sam).await, Some(KeptText { body: "Hi 'Sofie' 😀\n".into(), updated_at: first }));
        assert_eq!(find(noor).await, None, "nobody else has it");
        let Some(Kept::Stored(Some(second))) = keep(&db, draft, sam, "Hello", Basis::Revision(first)).await else {
            panic!("it goes on from what is there")
        };
        assert!(second > first);
        let there = Some(Kept::Changed(Some(KeptText { body: "Hello".to_owned(), updated_at: second })));
        for basis in [Basis::Nothing, Basis::Revision(first)] {
            assert_eq!(keep(&db, draft, sam, "Mine", basis).await, there, "{basis:?}");
            assert_eq!(keep(&db, draft, sam, "", basis).await, there, "{basis:?}");
            assert_eq!(keep(&db, draft, sam, "Hello", basis).await, Some(Kept::Stored(Some(second))));
        }
        assert!(matches!(keep(&db, draft, noor, "Noor’s", Basis::Nothing).await, Some(Kept::Stored(Some(_)))));
        write(&db, async |tx| draft_texts::forget(tx, draft, sam).await).await;
        assert_eq!(keep(&db, draft, sam, "Late", Basis::Revision(second)).await, Some(Kept::Changed(None)));
        assert_eq!((find(sam).await, count(&db).await), (None, 1), "the other one’s stays");
        assert_eq!(keep(&db, draft, noor, " \n", Basis::Any).await, Some(Kept::Stored(None)), "an empty one is none");
        assert_eq!(count(&db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn of_two_devices_that_begin_an_edit_at_once_one_is_asked() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let draft = pending(&db, &cast, &cast.open(&db, 1).await, NOW).await.draft_id;
        let begin = |body: &'static str| keep(&db, draft, cast.sam.id, body, Basis::Nothing);
        let (one, other) = tokio::join!(begin("From the desk"), begin("From the phone"));
        let asked = [&one, &other].iter().filter(|kept| matches!(kept, Some(Kept::Changed(Some(_))))).count();
        assert_eq!((asked, count(&db).await), (1, 1), "{one:?} {other:?}");
    })
    .await;
}

#[tokio::test]
async fn a_version_goes_with_its_draft() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows = [cast.open(&db, 1).await, cast.open(&db, 2).await, cast.open(&db, 3).await];
        let mut all = Vec::new();
        for row in &rows {
            let draft = pending(&db, &cast, row, NOW).await.draft_id;
            for who in [cast.sam.id, cast.noor.id] {
                assert!(keep(&db, draft, who, "Half of it", Basis::Nothing).await.is_some());
            }
            all.push(draft);
        }
        write(&db, async |tx| drafts::supersede(tx, rows[0].id).await).await;
        assert_eq!(count(&db).await, 4, "those of the others stay");
        write(&db, async |tx| bulk_changes::supersede_drafts(tx, &[rows[1].id]).await).await;
        assert_eq!(count(&db).await, 2);
        write(&db, async |tx| {
            drafts::set_state(tx, all[2], DraftState::Rejected).await?;
            draft_texts::forget_decided(tx, &[rows[2].id]).await
        })
        .await;
        assert_eq!(count(&db).await, 0);
        for draft in all {
            let late = keep(&db, draft, cast.sam.id, "Too late", Basis::Any).await;
            assert_eq!((late, count(&db).await), (None, 0));
        }
    })
    .await;
}
