//! A draft about an order that the conversation is not about: nobody approves it any more.

use resolute::inbox::InboxError;
use resolute::inbox::taken_back::TakenBack;
use resolute::model::action::ActionState;
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::model::job::JobKind;
use resolute::model::message::Delivery;
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::store::{jobs, orders};

use super::world::{World, proposed, refund};
use crate::support::desk::Engine;
use crate::support::forms::{page, said, send};
use crate::support::stores::write;

/// Mara takes this order of the shop off the conversation; what the page says then.
async fn take_off(world: &World, talk: &Conversation, order: &str) -> String {
    let here = format!("/conversations/{}?view=all", talk.number);
    let order = format!("{}:{order}", world.cast.shop.id);
    let fields = [("order", order.as_str()), ("back", here.as_str())];
    let path = format!("/conversations/{}/orders/deletion", talk.number);
    let answer = send(&mut world.desk.browser().await, &path, &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    said(&answer)
}

async fn is_called(world: &World) -> bool {
    let soon = world.inbox.clock.now().plus(std::time::Duration::from_hours(1));
    jobs::is_due(&world.inbox.db, JobKind::AgentRun, soon).await.unwrap()
}

#[tokio::test]
async fn a_draft_about_an_order_that_is_taken_off_waits_for_nobody() {
    for engine in Engine::all() {
        for (level, state, words) in [
            (AgentLevel::Auto, AgentState::Writing, "The draft about it is void; the agent looks again."),
            (AgentLevel::Off, AgentState::Idle, "The draft about it is void; write the answer yourself."),
        ] {
            let world = World::new(engine).await;
            let talk = world.talk(7).await;
            let approval = world.draft(&talk, "1001", 4_000).await;
            world.agent_may(level).await;
            let shown = take_off(&world, &talk, "1001").await;
            assert!(shown.contains(words), "{shown}");
            assert!(world.pending(&talk).await.is_none());
            let approved = world.accept(&approval, &world.cast.sam, None).await;
            assert!(matches!(approved, Err(InboxError::Conflict(_))), "{approved:?}");
            assert!(world.actions(&talk).await.is_empty() && world.ours(&talk).await.is_empty());
            let now = world.now(talk.id).await;
            assert_eq!((now.needs_approval, now.proposal, now.agent_state), (false, None, state));
            assert_eq!(is_called(&world).await, level == AgentLevel::Auto);
            let shown = page(&mut world.desk.browser().await, "/conversations/7?view=all").await;
            assert!(shown.contains("took off order FJ-1001; the draft about it is void"), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_draft_that_only_names_the_order_is_void_too_and_one_about_another_stays() {
    for engine in Engine::all() {
        for (text, stays) in [("Your order FJ-1001 is on its way.", false), ("FJ-10015 is on its way.", true)] {
            let world = World::new(engine).await;
            let talk = world.talk(7).await;
            world.order(&talk, "1001", 4_000).await;
            let other = world.order(&talk, "2002", 1_000).await;
            let mut finished = world.reply(&talk, vec![proposed(&other, refund(1_000))], &["ask"]);
            if let resolute::inbox::settle::Returned::Reply(proposal) = &mut finished.result {
                proposal.document.sentences[0].text = text.to_owned();
            }
            assert!(world.settle(&finished).await);
            let shown = take_off(&world, &talk, "1001").await;
            assert_eq!((world.pending(&talk).await.is_some(), shown.is_empty()), (stays, stays), "{text}: {shown}");
            assert_eq!(world.now(talk.id).await.needs_approval, stays);
        }
    }
}

#[tokio::test]
async fn a_run_that_took_the_order_for_the_right_one_is_dropped() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known: KnownOrder = world.order(&talk, "1001", 4_000).await;
        let mut finished = world.reply(&talk, vec![proposed(&known, refund(4_000))], &["ask"]);
        finished.understood.orders = vec![(known.clone(), MatchedBy::Contact)];
        take_off(&world, &talk, "1001").await;
        assert!(!world.settle(&finished).await);
        assert!(world.pending(&talk).await.is_none());
        assert!(orders::list_of(&world.inbox.db, talk.id).await.unwrap().is_empty());
        assert_eq!(world.now(talk.id).await.order_number, None);
        assert!(is_called(&world).await, "it looks again, and knows");

        let now = world.inbox.clock.now();
        write(&world.inbox.db, async |tx| orders::link(tx, talk.id, &known, MatchedBy::Teammate, now).await).await;
        assert_eq!(orders::list_of(&world.inbox.db, talk.id).await.unwrap().len(), 1, "a person may say otherwise");
    }
}

#[tokio::test]
async fn what_the_agent_would_send_alone_about_it_does_not_leave() {
    for engine in Engine::all() {
        for (about, leaves) in [("1001", false), ("2002", true)] {
            let world = World::new(engine).await;
            let talk = world.talk(7).await;
            world.order(&talk, "1001", 1_990).await;
            let known = world.order(&talk, about, 1_990).await;
            assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(1_990))], &[])).await);
            let shown = take_off(&world, &talk, "1001").await;
            assert_eq!(shown.contains("The draft about it is void; the agent looks again."), !leaves, "{shown}");
            let [reply] = world.ours(&talk).await.try_into().unwrap();
            let [action] = world.actions(&talk).await.try_into().unwrap();
            if leaves {
                assert_eq!((reply.delivery, action.state), (Some(Delivery::Queued), ActionState::Approved));
                continue;
            }
            assert_eq!((reply.delivery, action.state), (Some(Delivery::Cancelled), ActionState::Cancelled));
            let now = world.now(talk.id).await;
            assert_eq!((now.status, now.agent_state), (ConversationStatus::Open, AgentState::Writing));
            assert_eq!(now.due_at, talk.due_at, "the customer waits as before");
            assert!(matches!(world.take_back(reply.id, &world.cast.sam).await, Err(InboxError::Conflict(_))));
            assert!(world.pending(&talk).await.is_none());
        }
    }
}

#[tokio::test]
async fn no_undo_brings_back_an_answer_about_it() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let sam = &world.cast.sam;
        let talk = world.talk(7).await;
        world.draft(&talk, "1001", 4_000).await;
        let id = world.answers(&talk, sam, "I do it myself.").await;
        assert!(take_off(&world, &talk, "1001").await.is_empty(), "its draft is void already");
        world.take_back(id, sam).await.unwrap();
        assert!(world.pending(&talk).await.is_none());
        assert!(!world.now(talk.id).await.needs_approval);

        let talk = world.talk(8).await;
        let approval = world.draft(&talk, "2002", 4_000).await;
        let reply = world.accept(&approval, sam, None).await.unwrap();
        take_off(&world, &talk, "2002").await;
        assert_eq!(world.take_back(reply, sam).await.unwrap(), TakenBack::Kept);
        assert!(world.pending(&talk).await.is_none());
    }
}
