//! Codes to the address of an order, as they are kept.

use resolute::model::identity_check::{CheckState, IdentityCheck, Proof};
use resolute::model::{ConversationId, IdentityCheckId};
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::{Db, erasures, identity_checks};

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{on_both, write};

fn check(cast: &Cast, row: &ConversationRow, told: &NewMessage) -> IdentityCheck {
    IdentityCheck {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        conversation_id: row.id,
        contact_id: cast.sofie,
        order_source_id: cast.shop.id,
        order_id: "1".into(),
        order_number: "FJ-1".into(),
        address: "sofie@example.org".into(),
        state: CheckState::Asked,
        message_id: told.id,
        code_hash: String::new(),
        tries: 0,
        answer_id: None,
        created_at: NOW,
        sent_at: None,
    }
}

async fn sent(db: &Db, check: &IdentityCheck, seconds: i64) -> bool {
    write(db, async |tx| identity_checks::set_sent(tx, check.id, "hash", at(seconds)).await).await
}

async fn states(db: &Db, row: ConversationId) -> Vec<(IdentityCheckId, CheckState, String, String)> {
    let all = identity_checks::list_of(db, row).await.unwrap();
    all.into_iter().map(|one| (one.id, one.state, one.code_hash, one.address)).collect()
}

#[tokio::test]
async fn one_code_of_a_conversation_counts_and_what_ended_keeps_no_address() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.conversation(1);
        let (told, answer) = (cast.message(&row, "A code."), cast.message(&row, "••••••"));
        put(&db, std::slice::from_ref(&row), &[told.clone(), answer.clone()]).await;
        let (first, second) = (check(&cast, &row, &told), check(&cast, &row, &told));
        write(&db, async |tx| identity_checks::insert(tx, &first, "key").await).await;
        assert_eq!(identity_checks::find(&db, first.id).await.unwrap(), Some(first.clone()));
        let listed = async || write(&db, async |tx| identity_checks::list_sent(tx, &[row.id]).await).await;
        assert!(listed().await.is_empty(), "it is not sent yet");
        assert!(sent(&db, &first, 1).await && !sent(&db, &first, 2).await);
        assert_eq!(listed().await[0].check.code_hash, "hash");
        assert_eq!(listed().await[0].home, row.id);
        let mut tx = db.begin().await.unwrap();
        assert!(identity_checks::insert(&mut tx, &second, "key").await.is_err(), "two would count");
        drop(tx);
        write(&db, async |tx| {
            identity_checks::withdraw(tx, row.id).await?;
            identity_checks::insert(tx, &second, "key").await
        })
        .await;
        assert!(sent(&db, &second, 3).await);
        write(&db, async |tx| identity_checks::set_tries(tx, second.id, 1, Some(answer.id)).await).await;
        write(&db, async |tx| identity_checks::set_tries(tx, second.id, 2, None).await).await;
        let tried = identity_checks::find(&db, second.id).await.unwrap().unwrap();
        assert_eq!((tried.tries, tried.answer_id), (2, Some(answer.id)));
        assert!(identity_checks::list_proofs(&db, row.id).await.unwrap().is_empty());
        let ended = async |state| {
            write(&db, async |tx| identity_checks::end(tx, second.id, state, Some(answer.id)).await).await
        };
        assert!(ended(CheckState::Proved).await && !ended(CheckState::Failed).await);
        let empty = String::new();
        let all = states(&db, row.id).await;
        assert!(all.contains(&(first.id, CheckState::Withdrawn, empty.clone(), empty.clone())), "{all:?}");
        assert!(all.contains(&(second.id, CheckState::Proved, empty.clone(), empty)), "{all:?}");
        let proofs = identity_checks::list_proofs(&db, row.id).await.unwrap();
        let [Proof { order_id, contact_id, by_mail, .. }] = proofs.as_slice() else { panic!("one proof") };
        assert_eq!((order_id.as_str(), *contact_id, *by_mail), ("1", cast.sofie, true));
        let counts = async |since: i64| {
            let order = (cast.shop.id, "1");
            write(&db, async |tx| {
                let of_order = identity_checks::count_of_order(tx, order, at(since)).await?;
                let of_conversation = identity_checks::count_of_conversation(tx, row.id, at(since)).await?;
                Ok((of_order, of_conversation, identity_checks::count_of_address(tx, "key", at(since)).await?))
            })
            .await
        };
        assert_eq!([counts(0).await, counts(2).await, counts(4).await], [(2, 2, 2), (1, 1, 1), (0, 0, 0)]);
        write(&db, async |tx| identity_checks::forget_addresses(tx, at(3)).await).await;
        assert_eq!(counts(0).await, (2, 2, 1), "the address of the older one is not known any more");
        write(&db, async |tx| erasures::erase_contact(tx, cast.sofie, NOW).await).await;
        assert!(states(&db, row.id).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_code_that_did_not_leave_is_made_anew_and_one_that_is_old_is_forgotten() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.conversation(1);
        let told = cast.message(&row, "A code.");
        put(&db, std::slice::from_ref(&row), std::slice::from_ref(&told)).await;
        let one = check(&cast, &row, &told);
        write(&db, async |tx| identity_checks::insert(tx, &one, "key").await).await;
        assert!(sent(&db, &one, 1).await);
        write(&db, async |tx| identity_checks::set_unsent(tx, one.id).await).await;
        assert_eq!(identity_checks::find(&db, one.id).await.unwrap(), Some(one.clone()));
        assert!(sent(&db, &one, 5).await);
        for (seconds, state, hash) in [(5, CheckState::Sent, "hash"), (6, CheckState::Expired, "")] {
            write(&db, async |tx| identity_checks::expire(tx, at(seconds)).await).await;
            let kept = identity_checks::find(&db, one.id).await.unwrap().unwrap();
            assert_eq!((kept.state, kept.code_hash.as_str(), kept.address.is_empty()), (state, hash, hash.is_empty()));
        }
    })
    .await;
}
