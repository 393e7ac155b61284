//! A macro moves money on the word of who sends it: under the same roles and caps as everything else.

use resolute::inbox::macros::plan;
use resolute::inbox::{InboxError, care, taken_back};
use resolute::model::Zone;
use resolute::model::action::ActionState;
use resolute::model::conversation::ConversationStatus;
use resolute::model::macros::{OrderStep, Steps, ThenStep};
use resolute::model::order::{Currency, Money, Refund};
use resolute::store::{actions, orders};

use super::world::World;
use crate::support::answers::text_alone;
use crate::support::desk::Engine;
use crate::support::stores::{tags_of, write};

fn steps() -> Steps {
    Steps {
        order: Some(OrderStep::RefundAll),
        tags: vec!["refunded".into()],
        then: Some(ThenStep::Resolve),
        ..Steps::default()
    }
}

#[tokio::test]
async fn a_refund_in_a_macro_asks_for_the_role_that_the_policy_names() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = vec![world.order(&talk, "77", 15_000).await];
        let (sam, noor) = (&world.cast.sam, &world.cast.noor);
        let now = world.inbox.clock.now();
        let also = plan(&steps(), &known, &[], (sam, now, Zone::utc())).unwrap();
        assert_eq!(also.actions[0].label, "Refund 150.00 EUR, order FJ-77");
        let said = || (world.inbox.clock.new_id(), "Done.");
        let with = text_alone(&also);
        let refused = care::answer_with(&world.inbox, talk.id, sam, said(), with).await;
        assert!(refused.unwrap_err().to_string().contains("decides this"));
        let untouched = world.now(talk.id).await;
        assert!(world.ours(&talk).await.is_empty() && world.actions(&talk).await.is_empty());
        assert_eq!(untouched.status, ConversationStatus::Open, "neither sent nor resolved");
        assert!(tags_of(&world.inbox.db, talk.id).await.is_empty());

        let message = care::answer_with(&world.inbox, talk.id, noor, said(), with).await.unwrap();
        let [action] = world.actions(&talk).await.try_into().unwrap();
        assert_eq!(
            (action.state, action.message_id),
            (ActionState::Approved, Some(message)),
            "before the reply leaves"
        );
        assert_eq!(world.now(talk.id).await.status, ConversationStatus::Resolved);
        assert_eq!(tags_of(&world.inbox.db, talk.id).await, ["refunded"]);

        // Taken back, nothing of it happens.
        taken_back::cancel(&world.inbox, message, noor).await.unwrap();
        let back = world.now(talk.id).await;
        assert_eq!((back.status, back.resolved_at), (ConversationStatus::Open, None));
        assert!(world.actions(&talk).await.iter().all(|action| action.state != ActionState::Approved));
    }
}

#[tokio::test]
async fn without_the_one_order_the_shop_is_not_asked() {
    let world = World::new(Engine::Sqlite).await;
    let talk = world.talk(7).await;
    let now = world.inbox.clock.now();
    let ask =
        |orders: &[_]| plan(&steps(), orders, &[], (&world.cast.noor, now, Zone::utc())).map(|also| also.actions.len());
    assert!(ask(&[]).unwrap_err().to_string().contains("No order is linked"));
    let one = world.order(&talk, "77", 1_000).await;
    assert_eq!(ask(std::slice::from_ref(&one)).unwrap(), 1);
    assert!(ask(&[one.clone(), one]).unwrap_err().to_string().contains("Several orders"));
}

#[tokio::test]
async fn the_shipping_cost_is_given_back_once() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, noor, talk) = (&world.inbox, &world.cast.noor, world.talk(7).await);
        let mut known = world.order(&talk, "77", 15_000).await;
        known.order.shipping_price = Money::new(490, Currency::EUR);
        write(&inbox.db, async |tx| orders::save(tx, &known).await).await;
        let shipping = Steps { order: Some(OrderStep::RefundShipping), ..Steps::default() };
        let by = (noor, inbox.clock.now(), Zone::utc());
        let also = plan(&shipping, std::slice::from_ref(&known), &[], by).unwrap();
        assert_eq!(also.actions[0].label, "Refund 4.90 EUR, order FJ-77");
        let said = || (inbox.clock.new_id(), "You get the shipping back.");
        care::answer_with(inbox, talk.id, noor, said(), text_alone(&also)).await.unwrap();

        // Neither while it is under way, nor in the order that was read before it was done, nor in the one of now.
        let [action] = world.actions(&talk).await.try_into().unwrap();
        for done in [false, true] {
            if done {
                let (id, now, at) = (action.id, inbox.clock.now(), known.order.placed_at);
                let (amount, method) = (Money::new(490, Currency::EUR), "card".to_owned());
                known.order.refunds.push(Refund { id: "r1".into(), amount, method, reason: String::new(), at });
                write(&inbox.db, async |tx| {
                    actions::set_state(tx, id, ActionState::Performed, "r1", "", Some(now)).await?;
                    orders::save(tx, &known).await
                })
                .await;
            }
            let refused = care::answer_with(inbox, talk.id, noor, said(), text_alone(&also)).await;
            let Err(InboxError::Conflict(words)) = refused else { panic!("{refused:?}") };
            let why =
                if done { "money of order FJ-77 was given back meanwhile" } else { "order FJ-77 is under way (#7)" };
            assert!(words.contains(why), "{words}");
            assert_eq!((world.actions(&talk).await.len(), world.ours(&talk).await.len()), (1, 1));
        }
        let refused = plan(&shipping, std::slice::from_ref(&known), &[], by).unwrap_err().to_string();
        assert!(refused.contains("4.90 EUR of order FJ-77 was given back before"), "{refused}");
    }
}
