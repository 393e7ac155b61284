//! Many who decide at the same moment, each of them under every cap: together they break none, and use what there is.

use futures_util::future::join_all;
use resolute::inbox::care;
use resolute::model::action::ActionState;
use resolute::model::conversation::Conversation;
use resolute::model::order::{Currency, KnownOrder, OrderAction};
use resolute::model::teammate::{Role, Teammate};
use resolute::model::{ContactId, TeammateId};
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::{Reader, actions, teammates};

use super::world::{World, proposed, refund};
use crate::support::cast::put;
use crate::support::desk::Engine;
use crate::support::stores::{number_of, write};

/// What the first policy lets one teammate, and the agent alone, give back in a day.
const OWN: i64 = 50_000;

async fn customer(world: &World, number: i64) -> ContactId {
    let new = NewContact {
        id: world.inbox.clock.new_id(),
        brand_id: world.cast.brand.id,
        name: format!("Customer {number}"),
        kind: "email".into(),
        value: format!("customer{number}@example.com"),
        proved: true,
        created_at: world.inbox.clock.now(),
    };
    let id = new.id;
    write(&world.inbox.db, async |tx| intake::insert_contacts(tx, &[new]).await).await;
    id
}

/// A conversation of a customer about an order of theirs of 150.00 EUR.
async fn case(world: &World, contact: ContactId, number: i64) -> (Conversation, KnownOrder) {
    let row = ConversationRow { contact_id: contact, ..world.cast.conversation(number) };
    let message = NewMessage { contact_id: Some(contact), ..world.cast.message(&row, "The cup came broken.") };
    put(&world.inbox.db, std::slice::from_ref(&row), &[message]).await;
    let talk = world.now(row.id).await;
    let known = world.order(&talk, &number.to_string(), 15_000).await;
    (talk, known)
}

/// Conversations of as many customers.
async fn cases(world: &World, numbers: std::ops::Range<i64>) -> Vec<(Conversation, KnownOrder)> {
    let mut cases = Vec::new();
    for number in numbers {
        let contact = customer(world, number).await;
        cases.push(case(world, contact, number).await);
    }
    cases
}

async fn second(world: &World) -> Teammate {
    let id: TeammateId = world.inbox.clock.new_id();
    let kim = Teammate { id, email: "kim@fjell.example".into(), name: "Kim".into(), ..world.cast.sam.clone() };
    let now = world.inbox.clock.now();
    write(&world.inbox.db, async |tx| {
        teammates::insert(tx, kim.id, &kim.email, &kim.name, Role::Teammate, "hash", now).await
    })
    .await;
    kim
}

/// A teammate asks by hand; whether they may.
async fn by_hand(world: &World, (talk, known): &(Conversation, KnownOrder), minor: i64, by: &Teammate) -> bool {
    let (id, wanted) = (world.inbox.clock.new_id(), proposed(known, refund(minor)));
    Box::pin(care::act(&world.inbox, talk.id, (id, &wanted), by)).await.is_ok()
}

/// The agent would give it back alone.
async fn alone(world: &World, (talk, known): &(Conversation, KnownOrder), minor: i64) {
    let finished = world.reply(talk, vec![proposed(known, refund(minor))], &[]);
    assert!(Box::pin(world.settle(&finished)).await);
}

/// What was given away in all.
async fn given(world: &World) -> i64 {
    number_of(&world.inbox.db, "select cast(coalesce(sum(amount_minor), 0) as bigint) from actions").await
}

async fn on_word_of(world: &World, giver: Option<TeammateId>) -> i64 {
    let since = world.inbox.clock.now().minus(std::time::Duration::from_hours(1));
    let mut reader = Reader::Db(&world.inbox.db);
    actions::spent_on_word(&mut reader, world.cast.brand.id, giver, since, Currency::EUR).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_for_one_order_stay_under_its_cap() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let kim = second(&world).await;
        let order = case(&world, world.cast.sofie, 1).await;
        let people = [&world.cast.sam, &kim, &world.cast.sam, &kim, &world.cast.sam, &kim];
        let asked = people.map(|person| by_hand(&world, &order, 3_000, person));
        let (asked, ()) = tokio::join!(join_all(asked), alone(&world, &order, 3_000));
        assert_eq!(given(&world).await, 9_000, "100.00 EUR for an order: {asked:?}");
        let too_much = by_hand(&world, &order, 10_001, &kim).await;
        assert!(!too_much && given(&world).await == 9_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_for_one_customer_stay_under_their_cap() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let kim = second(&world).await;
        let mut orders = Vec::new();
        for number in 1..=6 {
            orders.push(case(&world, world.cast.sofie, number).await);
        }
        let (hands, runs) = orders.split_at(4);
        let asked = hands.iter().zip([&world.cast.sam, &kim].into_iter().cycle());
        let asked: Vec<_> = asked.map(|(order, person)| by_hand(&world, order, 4_000, person)).collect();
        let runs: Vec<_> = runs.iter().map(|order| alone(&world, order, 4_000)).collect();
        tokio::join!(join_all(asked), join_all(runs));
        assert_eq!(given(&world).await, 12_000, "150.00 EUR to a customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn teammates_and_the_agent_stay_under_their_own_caps_and_that_of_the_day() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let kim = second(&world).await;
        let orders = cases(&world, 1..25).await;
        let (first, rest) = orders.split_at(8);
        let (other, runs) = rest.split_at(8);
        let hands = first.iter().map(|order| (order, &world.cast.sam)).chain(other.iter().map(|order| (order, &kim)));
        let asked: Vec<_> = hands.map(|(order, person)| by_hand(&world, order, 9_000, person)).collect();
        let runs: Vec<_> = runs.iter().map(|order| alone(&world, order, 9_000)).collect();
        tokio::join!(join_all(asked), join_all(runs));
        // Eleven fit into the day, five into what each of the three may.
        assert_eq!(given(&world).await, 99_000, "1000.00 EUR in a day, and what fits is not refused");
        for word in [Some(world.cast.sam.id), Some(kim.id), None] {
            let own = on_word_of(&world, word).await;
            assert!((9_000..=OWN).contains(&own), "{own} on the word of {word:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancellations_by_the_agent_alone_stay_under_its_cap_and_a_teammate_sends_the_rest() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let orders = cases(&world, 1..6).await;
        let cancel = || OrderAction::Cancel { reason: "asked".into() };
        let runs = orders.iter().map(|(talk, known)| world.reply(talk, vec![proposed(known, cancel())], &[]));
        let runs: Vec<_> = runs.collect();
        join_all(runs.iter().map(|finished| Box::pin(world.settle(finished)))).await;
        assert_eq!(given(&world).await, 45_000, "three of 150.00 EUR fit into 500.00 EUR");
        let mut waiting = Vec::new();
        for (talk, _) in &orders {
            waiting.extend(world.pending(talk).await);
        }
        assert_eq!(waiting.len(), 2);
        for asked in &waiting {
            assert_eq!(asked.needs_role, Role::Teammate);
            assert!(asked.reasons.0.iter().any(|reason| reason.contains("by the agent alone today")), "{asked:?}");
            world.accept(asked, &world.cast.sam, None).await.unwrap();
        }
        assert_eq!(given(&world).await, 75_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_may_not_any_more_another_may() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let kim = second(&world).await;
        let orders = cases(&world, 1..8).await;
        let asked: Vec<_> = orders.iter().map(|order| by_hand(&world, order, 9_000, &world.cast.sam)).collect();
        let asked = join_all(asked).await;
        assert_eq!((asked.iter().filter(|may| **may).count(), given(&world).await), (5, 45_000));
        let refused: Vec<_> = orders.iter().zip(&asked).filter(|(_, may)| !**may).map(|(order, _)| order).collect();
        assert!(!by_hand(&world, refused[0], 5_001, &world.cast.sam).await, "500.00 EUR by one teammate");
        assert!(by_hand(&world, refused[0], 5_000, &world.cast.sam).await);
        assert!(by_hand(&world, refused[1], 9_000, &kim).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn above_what_the_agent_may_alone_any_teammate_decides() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let orders = cases(&world, 1..8).await;
        let runs: Vec<_> = orders.iter().map(|order| alone(&world, order, 9_000)).collect();
        join_all(runs).await;
        assert_eq!(given(&world).await, 45_000);
        let mut waiting = Vec::new();
        for (talk, _) in &orders {
            waiting.extend(world.pending(talk).await);
        }
        assert_eq!(waiting.len(), 2);
        for approval in &waiting {
            assert_eq!(approval.needs_role, Role::Teammate, "{:?}", approval.reasons.0);
            assert_eq!(approval.reasons.0, ["more than 500.00 EUR by the agent alone today", "a teammate decides"]);
        }
        world.accept(&waiting[0], &world.cast.sam, None).await.unwrap();
        assert_eq!(
            (on_word_of(&world, None).await, on_word_of(&world, Some(world.cast.sam.id)).await),
            (45_000, 9_000)
        );
        let states = actions::list(&world.inbox.db, waiting[0].conversation_id).await.unwrap();
        assert_eq!(states[0].state, ActionState::Approved);
    }
}
