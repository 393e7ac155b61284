//! Actions on orders.

use channel_contract::effects::Trace;
use resolute::model::action::{Action, ActionState, Promised};
use resolute::model::order::{Currency, Money, OrderAction};
use resolute::model::{ActionId, Json, MessageId};
use resolute::store::intake::ConversationRow;
use resolute::store::{Db, Reader, actions};

use super::drafts::refund;
use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{number_of, on_both, text_of, write};

fn action(cast: &Cast, talk: &ConversationRow, message: Option<MessageId>) -> Action {
    let id: ActionId = cast.clock.new_id();
    Action {
        id,
        conversation_id: talk.id,
        draft_id: None,
        message_id: message,
        order_source_id: cast.shop.id,
        order_id: "o'77".into(),
        order_number: "FJ-20417".into(),
        document: Json(refund(4_200)),
        state: ActionState::Approved,
        idempotency_key: format!("resolute-{id}"),
        reference: String::new(),
        error: String::new(),
        created_at: NOW,
        performed_at: None,
    }
}

async fn insert(db: &Db, cast: &Cast, action: &Action, minor: Option<i64>) {
    let amount = minor.map(|minor| Money::new(minor, Currency::EUR));
    let kept = write(db, async |tx| actions::approve(tx, action, cast.brand.id, amount, Some(cast.sam.id)).await).await;
    assert_eq!(kept, Some(action.id));
}

async fn set_state(db: &Db, id: ActionId, state: ActionState) {
    write(db, async |tx| actions::set_state(tx, id, state, "", "", None).await).await;
}

async fn state(db: &Db, id: ActionId) -> ActionState {
    actions::find(db, id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn an_action_comes_back_and_keeps_what_became_of_it() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let new = action(&cast, &talk, Some(cast.clock.new_id()));
        insert(&db, &cast, &new, Some(4_200)).await;
        assert_eq!(format!("{:?}", actions::find(&db, new.id).await.unwrap().unwrap()), format!("{new:?}"));
        assert_eq!(text_of(&db, "select kind || currency from actions").await.as_deref(), Some("refundEUR"));
        let amount = write(&db, async |tx| actions::amount(tx, new.id).await).await;
        assert_eq!(amount, Some(Money::new(4_200, Currency::EUR)));

        write(&db, async |tx| {
            actions::set_state(tx, new.id, ActionState::Failed, "re'1", "no \0 money", Some(at(3))).await
        })
        .await;
        let done = actions::find(&db, new.id).await.unwrap().unwrap();
        assert_eq!((done.state, done.performed_at), (ActionState::Failed, Some(at(3))));
        assert_eq!((done.reference.as_str(), done.error.as_str()), ("re'1", "no  money"));
        assert!(actions::find(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_same_key_is_kept_once() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let first = action(&cast, &talk, None);
        insert(&db, &cast, &first, None).await;
        let again = Action { id: cast.clock.new_id(), ..first.clone() };
        let approve =
            async || write(&db, async |tx| actions::approve(tx, &again, cast.brand.id, None, None).await).await;
        for state in [ActionState::Approved, ActionState::Performing, ActionState::Performed, ActionState::Failed] {
            set_state(&db, first.id, state).await;
            assert_eq!(approve().await, None, "{state}");
        }
        set_state(&db, first.id, ActionState::Cancelled).await;
        assert_eq!(approve().await, Some(first.id), "what was dropped comes to life, once");
        assert_eq!(state(&db, first.id).await, ActionState::Approved);
        assert_eq!(number_of(&db, "select count(*) from actions").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_promised_is_what_waits_what_was_done_and_what_nobody_can_tell() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        for state in [ActionState::Unknown, ActionState::Performed, ActionState::Failed, ActionState::Compensated] {
            let new = action(&cast, &talk, None);
            insert(&db, &cast, &new, None).await;
            set_state(&db, new.id, state).await;
        }
        let listed = actions::list_promised(&db, talk.id, at(-1)).await.unwrap();
        let mut states: Vec<ActionState> = listed.iter().map(|one| one.action.state).collect();
        states.sort();
        assert_eq!(states, [ActionState::Unknown, ActionState::Performed]);
        assert!(listed.iter().all(Promised::is_unseen), "one nobody can tell, and one left no trace");
        assert!(actions::list_promised(&db, talk.id, NOW).await.unwrap().is_empty(), "it was asked for before");
    })
    .await;
}

#[tokio::test]
async fn a_refund_is_the_desks_own_by_its_id_or_while_something_is_open_at_the_shop() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let new = action(&cast, &talk, None);
        insert(&db, &cast, &new, Some(500)).await;
        let order = (cast.shop.id, new.order_id.as_str());
        let is_own = async |refund: &str| write(&db, async |tx| actions::gave_back(tx, order, refund).await).await;
        for (state, expected) in [
            (ActionState::Approved, false),
            (ActionState::Failed, false),
            (ActionState::Cancelled, false),
            (ActionState::Performing, true),
            (ActionState::Unknown, true),
        ] {
            set_state(&db, new.id, state).await;
            assert_eq!(is_own("r2").await, expected, "{state}");
        }
        set_state(&db, new.id, ActionState::Performing).await;
        write(&db, async |tx| actions::put_back(tx, new.id, "The shop is busy.").await).await;
        assert!(is_own("r2").await, "it was sent, and may have happened");
        let trace = Trace { refunds: vec!["r1".into(), "r1b".into()], ..Trace::default() };
        write(&db, async |tx| {
            actions::set_state(tx, new.id, ActionState::Performed, "r1", "", Some(NOW)).await?;
            actions::keep_trace(tx, new.id, &trace).await
        })
        .await;
        assert!(is_own("r1").await && is_own("r1b").await);
        assert!(!is_own("r2").await, "however short before the desk gave money back");
    })
    .await;
}

#[tokio::test]
async fn actions_are_listed_by_conversation_and_by_reply() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        let message: MessageId = cast.clock.new_id();
        let later = Action { created_at: at(2), ..action(&cast, &talk, Some(message)) };
        let earlier = Action { created_at: at(1), ..action(&cast, &talk, None) };
        for new in [&later, &earlier, &action(&cast, &other, None)] {
            insert(&db, &cast, new, None).await;
        }
        let ids = |list: Vec<Action>| list.iter().map(|action| action.id).collect::<Vec<_>>();
        assert_eq!(ids(actions::list(&db, talk.id).await.unwrap()), [earlier.id, later.id]);
        assert_eq!(ids(actions::list_of_message(&mut Reader::Db(&db), message).await.unwrap()), [later.id]);
    })
    .await;
}

#[tokio::test]
async fn what_was_spent_on_an_order_is_what_does_not_show_there_yet() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let spent = async || {
            write(&db, async |tx| actions::spent_on_order(tx, cast.shop.id, "o'77", Currency::EUR).await).await
        };
        assert_eq!(spent().await, 0);
        let states = [
            (ActionState::Proposed, 1),
            (ActionState::Approved, 10),
            (ActionState::Performing, 100),
            (ActionState::Performed, 1_000),
            (ActionState::Failed, 10_000),
            (ActionState::Cancelled, 100_000),
        ];
        for (state, minor) in states {
            let new = Action { state, ..action(&cast, &talk, None) };
            insert(&db, &cast, &new, Some(minor)).await;
        }
        insert(&db, &cast, &action(&cast, &talk, None), None).await;
        insert(&db, &cast, &Action { order_id: "78".into(), ..action(&cast, &talk, None) }, Some(5)).await;
        assert_eq!(spent().await, 110, "a refund that was made shows in the order");
        let again = OrderAction::Replace { lines: Vec::new(), reason: "broken".into() };
        let replaced = Action { document: Json(again), state: ActionState::Performed, ..action(&cast, &talk, None) };
        insert(&db, &cast, &replaced, Some(1_990)).await;
        assert_eq!(spent().await, 2_100, "goods that were sent again do not");
        let dollars = Money::new(7, "USD".parse().unwrap());
        let foreign = action(&cast, &talk, None);
        write(&db, async |tx| actions::approve(tx, &foreign, cast.brand.id, Some(dollars), None).await).await;
        assert_eq!(spent().await, 2_100, "currencies are not mixed");
        assert_eq!(number_of(&db, "select count(*) from actions where amount_minor is null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn money_that_was_given_back_for_an_order_is_known_there_again() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let cancel = || Json(OrderAction::Cancel { reason: "asked".into() });
        let made = || Action { state: ActionState::Performed, ..action(&cast, &talk, None) };
        let (refunded, cancelled) = (made(), Action { document: cancel(), ..made() });
        insert(&db, &cast, &refunded, Some(1_000)).await;
        insert(&db, &cast, &cancelled, Some(50)).await;
        insert(&db, &cast, &Action { document: cancel(), ..made() }, Some(7)).await;
        insert(&db, &cast, &Action { order_id: "78".into(), ..made() }, Some(5)).await;
        insert(&db, &cast, &action(&cast, &talk, None), Some(3)).await;
        let trace = Trace { refunds: vec!["r'2".into()], ..Trace::default() };
        write(&db, async |tx| {
            actions::set_state(tx, refunded.id, ActionState::Performed, "r1", "", Some(NOW)).await?;
            actions::keep_trace(tx, cancelled.id, &trace).await
        })
        .await;
        let order = (cast.shop.id, "o'77");
        let mut all = write(&db, async |tx| actions::list_given_back(tx, order, Currency::EUR).await).await;
        all.sort_by_key(|given| given.amount_minor);
        let [of_cancelled, of_refunded] = all.as_slice() else { panic!("what nothing shows is not listed: {all:?}") };
        assert_eq!((of_refunded.amount_minor, of_refunded.reference.as_str()), (1_000, "r1"));
        assert!(of_refunded.is_refund && !of_cancelled.is_refund);
        assert_eq!(of_cancelled.trace.as_ref().map(|kept| &kept.0), Some(&trace));
    })
    .await;
}

#[tokio::test]
async fn an_action_is_begun_unless_it_was_dropped_or_done() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let new = action(&cast, &talk, None);
        insert(&db, &cast, &new, None).await;
        let begin = async || write(&db, async |tx| actions::begin(tx, new.id).await).await;
        assert!(begin().await);
        assert_eq!(state(&db, new.id).await, ActionState::Performing);
        assert!(begin().await, "a worker that died is followed by another, under the same key");
        for ended in [ActionState::Performed, ActionState::Failed, ActionState::Cancelled, ActionState::Proposed] {
            set_state(&db, new.id, ended).await;
            assert!(!begin().await, "{ended}");
            assert_eq!(state(&db, new.id).await, ended);
        }
    })
    .await;
}

#[tokio::test]
async fn taking_a_reply_back_drops_what_has_not_begun() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let (message, other): (MessageId, MessageId) = (cast.clock.new_id(), cast.clock.new_id());
        let (one, two, foreign) = (
            action(&cast, &talk, Some(message)),
            action(&cast, &talk, Some(message)),
            action(&cast, &talk, Some(other)),
        );
        for new in [&one, &two, &foreign] {
            insert(&db, &cast, new, Some(7)).await;
        }
        let begun = async || write(&db, async |tx| actions::any_begun(tx, message).await).await;
        assert!(!begun().await);
        set_state(&db, foreign.id, ActionState::Performing).await;
        assert!(!begun().await, "another reply's action says nothing");
        set_state(&db, two.id, ActionState::Failed).await;
        assert_eq!(write(&db, async |tx| actions::list_due_of(tx, message).await).await, [one.id]);
        write(&db, async |tx| actions::retry_of(tx, message, cast.noor.id, at(90)).await).await;
        assert_eq!(write(&db, async |tx| actions::list_due_of(tx, message).await).await.len(), 2);
        let again = actions::find(&db, two.id).await.unwrap().unwrap();
        assert_eq!(again.created_at, at(90), "it counts from now on");
        let on_word_of = async |word| {
            let mut reader = Reader::Db(&db);
            actions::spent_on_word(&mut reader, cast.brand.id, Some(word), at(80), Currency::EUR).await.unwrap()
        };
        assert_eq!(
            (on_word_of(cast.noor.id).await, on_word_of(cast.sam.id).await),
            (7, 0),
            "on the word of who asks anew"
        );
        set_state(&db, two.id, ActionState::Unknown).await;
        assert!(begun().await, "it may have happened");
        write(&db, async |tx| actions::retry_of(tx, message, cast.noor.id, at(95)).await).await;
        assert_eq!(state(&db, two.id).await, ActionState::Performing, "the shop is looked at first");
        set_state(&db, two.id, ActionState::Performed).await;
        assert!(begun().await);
        write(&db, async |tx| actions::cancel_of_message(tx, message).await).await;
        assert_eq!(state(&db, one.id).await, ActionState::Cancelled);
        assert_eq!(state(&db, two.id).await, ActionState::Performed);
        assert_eq!(state(&db, foreign.id).await, ActionState::Performing);
    })
    .await;
}

#[tokio::test]
async fn what_was_spent_on_a_customer_and_by_a_brand_counts_from_a_moment_on() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, second) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        let since = at(10);
        for (talk, state, seconds, minor) in [
            (&talk, ActionState::Approved, 11, 1),
            (&second, ActionState::Performing, 12, 10),
            (&talk, ActionState::Performed, 13, 90),
            (&talk, ActionState::Unknown, 13, 10),
            (&talk, ActionState::Performed, 10, 1_000),
            (&talk, ActionState::Failed, 14, 10_000),
            (&talk, ActionState::Proposed, 14, 100_000),
        ] {
            let new = Action { state, created_at: at(seconds), ..action(&cast, talk, None) };
            insert(&db, &cast, &new, Some(minor)).await;
        }
        assert_eq!(actions::spent_on_contact(&db, cast.sofie, since, Currency::EUR).await.unwrap(), 111);
        assert_eq!(actions::spent_by_brand(&db, cast.brand.id, since, Currency::EUR).await.unwrap(), 111);
        assert_eq!(actions::spent_on_contact(&db, cast.clock.new_id(), since, Currency::EUR).await.unwrap(), 0);
        assert_eq!(actions::spent_by_brand(&db, cast.clock.new_id(), since, Currency::EUR).await.unwrap(), 0);
        let alone = Action { created_at: at(15), ..action(&cast, &talk, None) };
        let amount = Some(Money::new(5, Currency::EUR));
        write(&db, async |tx| actions::approve(tx, &alone, cast.brand.id, amount, None).await).await;
        let on_word = async |word| {
            write(&db, async |tx| {
                actions::spent_on_word(&mut Reader::Tx(tx), cast.brand.id, word, since, Currency::EUR).await
            })
            .await
        };
        let (sam, noor) = (Some(cast.sam.id), Some(cast.noor.id));
        assert_eq!((on_word(sam).await, on_word(noor).await, on_word(None).await), (111, 0, 5));
    })
    .await;
}

#[tokio::test]
async fn a_way_back_is_there_until_somebody_took_it() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let (done, undo) = (action(&cast, &talk, None), action(&cast, &talk, None));
        insert(&db, &cast, &done, Some(4_200)).await;
        let ways = async || actions::list_ways_back(&db, talk.id).await.unwrap();
        let way = async || write(&db, async |tx| actions::find_way_back(tx, done.id).await).await;
        let back = OrderAction::VoidCode { entry_id: "SORRY-1".into(), reason: "Taken back.".into() };
        write(&db, async |tx| actions::keep_way_back(tx, done.id, &back).await).await;
        assert!(ways().await.is_empty() && way().await.is_none(), "it is not done yet");
        set_state(&db, done.id, ActionState::Performed).await;
        assert_eq!((ways().await, way().await), (vec![done.id], Some(back)));

        insert(&db, &cast, &undo, None).await;
        write(&db, async |tx| actions::set_takes_back(tx, undo.id, done.id).await).await;
        assert!(ways().await.is_empty() && way().await.is_none(), "somebody is at it");
        set_state(&db, undo.id, ActionState::Failed).await;
        assert_eq!(ways().await, [done.id], "the shop did not take it back");
        set_state(&db, undo.id, ActionState::Performed).await;
        let spent = async || {
            write(&db, async |tx| {
                actions::spent_by_brand_in(
                    tx,
                    cast.brand.id,
                    NOW.minus(std::time::Duration::from_secs(1)),
                    Currency::EUR,
                )
                .await
            })
            .await
        };
        assert_eq!(spent().await, 4_200);
        let compensated = async |id: ActionId| write(&db, async |tx| actions::compensate(tx, id).await).await;
        assert!(!compensated(done.id).await, "it takes nothing back");
        assert!(compensated(undo.id).await);
        assert_eq!(state(&db, done.id).await, ActionState::Compensated);
        assert_eq!(spent().await, 0, "what was taken back counts against no cap");
    })
    .await;
}
