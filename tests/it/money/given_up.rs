//! What is given up goes to a person: nobody waits for a machine that has stopped.

use std::net::Ipv4Addr;
use std::time::Duration;

use resolute::inbox::deliver::{self, Next};
use resolute::inbox::macros::Also;
use resolute::inbox::place::agent_job;
use resolute::inbox::settle::Returned;
use resolute::inbox::{InboxError, care, perform};
use resolute::model::ActionId;
use resolute::model::action::ActionState;
use resolute::model::audit::{Act, Actor, AuditAction, AuditSubject};
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::model::message::Delivery;
use resolute::store::{actions, agent_runs, audit, brands, conversations, jobs, messages, orders};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::world::{World, proposed, refund};
use crate::locks::until_somebody_waits;
use crate::support::answers::text_alone;
use crate::support::desk::Engine;
use crate::support::stores::{happened, write};

async fn ended(next: resolute::store::Result<Next>) {
    match next.unwrap() {
        Next::Done(tx) => tx.commit().await.unwrap(),
        Next::Later { reason, .. } | Next::Turn(_, reason) | Next::Retry { reason, .. } => panic!("{reason}"),
    }
}

/// An attempt at an action ended, and is stored.
async fn done(next: resolute::store::Result<perform::Next>) {
    match next.unwrap() {
        perform::Next::Done(tx) => tx.commit().await.unwrap(),
        perform::Next::Retry { reason, .. } | perform::Next::Turn(reason) => panic!("{reason}"),
    }
}

/// The shop was asked as often as it may be.
async fn given_up(world: &World, action: ActionId, reason: &str) {
    done(perform::give_up(&world.inbox, action, reason).await).await;
}

#[tokio::test]
async fn an_agent_that_cannot_finish_hands_over() {
    for engine in Engine::all() {
        let world = World::without_documents(engine).await;
        let talk = world.talk(7).await;
        write(&world.inbox.db, async |tx| {
            conversations::set_agent_state(tx, talk.id, AgentState::Writing).await?;
            jobs::enqueue(tx, &[agent_job(&world.inbox.clock, talk.id, world.inbox.clock.now(), "")]).await
        })
        .await;
        world.desk.drain().await;
        let handed = world.now(talk.id).await;
        assert_eq!((handed.agent_state, handed.status), (AgentState::HandedOff, ConversationStatus::Open));
        let hand_off = agent_runs::latest_hand_off(&world.inbox.db, talk.id).await.unwrap().expect("a hand-over");
        assert!(hand_off.reason.contains("no policy or voice"), "{}", hand_off.reason);
        assert_eq!((hand_off.notice_id, hand_off.untold.as_str()), (None, "there was no word for them"));
        assert!(world.desk.unfinished().await.is_empty(), "the hand-over ends the work");
        let happened = happened(&world.inbox.db, talk.id).await;
        assert!(happened.iter().any(|event| event.kind == EventKind::HandedOff));
    }
}

#[tokio::test]
async fn a_run_that_was_overtaken_looks_again_in_the_same_transaction() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let mut finished = world.reply(&talk, vec![], &[]);
        finished.run.revision -= 1;
        assert!(!world.settle(&finished).await);
        assert!(jobs::is_due(&world.inbox.db, JobKind::AgentRun, world.inbox.clock.now()).await.unwrap());
    }
}

#[tokio::test]
async fn a_delivery_that_never_works_is_held_with_words_and_wakes_the_conversation() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let inbox = &world.inbox;
        let id = world.answers(&talk, &world.cast.sam, "On its way.").await;
        write(&inbox.db, async |tx| {
            let mut row = conversations::lock(tx, talk.id).await?;
            row.status = ConversationStatus::Snoozed;
            row.snoozed_until = Some(inbox.clock.now().plus(Duration::from_hours(9)));
            conversations::update(tx, &row).await
        })
        .await;
        ended(deliver::give_up(inbox, id, "the server is away.").await).await;
        let held = messages::find(&inbox.db, id).await.unwrap().unwrap();
        assert_eq!(held.delivery, Some(Delivery::Held));
        assert!(held.delivery_reason.contains("the server is away."), "{}", held.delivery_reason);
        let awake = world.now(talk.id).await;
        assert_eq!((awake.status, awake.snoozed_until), (ConversationStatus::Open, None));

        write(&inbox.db, async |tx| messages::set_delivery(tx, id, Delivery::Unknown, "cut off").await).await;
        deliver::send_again(inbox, id, &world.cast.sam).await.unwrap();
        assert_eq!(messages::find(&inbox.db, id).await.unwrap().unwrap().delivery, Some(Delivery::Queued));
    }
}

#[tokio::test]
async fn an_action_that_is_given_up_holds_its_reply() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 1_000).await;
        let does = vec![proposed(&known, refund(1_000))];
        assert!(world.settle(&world.reply(&talk, does, &[])).await);
        let [action] = world.actions(&talk).await.try_into().unwrap();
        given_up(&world, action.id, "the shop is away.").await;
        let [reply] = world.ours(&talk).await.try_into().unwrap();
        assert_eq!(reply.delivery, Some(Delivery::Held));
        assert!(reply.delivery_reason.contains("the shop is away."), "{}", reply.delivery_reason);
        let waits = world.now(talk.id).await;
        assert_eq!((waits.status, waits.due_at), (ConversationStatus::Open, talk.due_at), "nobody was answered");
        assert_eq!(waits.clocks.first_answered_at, None);
    }
}

#[tokio::test]
async fn what_may_have_happened_counts_and_is_not_asked_for_anew_without_a_manager() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (talk, sam) = (world.talk(7).await, &world.cast.sam);
        let known = world.order(&talk, "77", 15_000).await;
        assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(1_000))], &[])).await);
        let [action] = world.actions(&talk).await.try_into().unwrap();
        write(&world.inbox.db, async |tx| actions::begin(tx, action.id).await).await;
        given_up(&world, action.id, "the line broke.").await;
        let [action] = world.actions(&talk).await.try_into().unwrap();
        assert_eq!(action.state, ActionState::Unknown);
        let [reply] = world.ours(&talk).await.try_into().unwrap();
        assert!(reply.delivery_reason.contains("may have done it"), "{}", reply.delivery_reason);
        let once_more = proposed(&known, refund(1_000));
        let done = care::act(&world.inbox, talk.id, (world.inbox.clock.new_id(), &once_more), sam).await;
        assert!(matches!(&done, Err(InboxError::Forbidden(words)) if words.contains("may have happened")), "{done:?}");
        let now = world.now(talk.id).await;
        assert!(world.settle(&world.reply(&now, vec![once_more], &[])).await);
        assert!(world.pending(&now).await.is_some(), "the agent does not do it alone");
        assert_eq!(world.actions(&talk).await.len(), 1);
        // Sent again, the shop is looked at with the same key.
        deliver::send_again(&world.inbox, reply.id, sam).await.unwrap();
        let [action] = world.actions(&talk).await.try_into().unwrap();
        assert_eq!(action.state, ActionState::Performing);
    }
}

/// A shop that shows an order of 150.00 EUR as it ever was, and refuses every action.
async fn refusing_shop() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = vec![0; 16 * 1024];
                let read = line.read(&mut asked).await.unwrap_or(0);
                let money = json!({ "amount": "150.00", "currency": "EUR" });
                let (status, body) = if asked[..read].starts_with(b"GET") {
                    let order = json!({
                        "id": "77", "number": "FJ-77", "status": "delivered", "placed_at": "2026-11-01T10:00:00Z",
                        "updated_at": "2026-11-02T10:00:00Z", "total": money,
                        "buyer": { "id": "b", "name": "Sofie", "email": "sofie@example.com" },
                        "lines": [{ "id": "l1", "sku": "CUP", "title": "Cup", "ordered": 1, "unit_price": money }],
                        "payments": [{ "id": "p1", "method": "card", "amount": money, "at": "2026-11-01T10:00:00Z" }],
                        "refunds": [{ "id": "by-hand", "amount": { "amount": "5.00", "currency": "EUR" },
                            "at": "2026-11-03T10:00:00Z" }],
                        "actions_allowed": [{ "kind": "refund" }],
                    });
                    ("200 OK", order)
                } else {
                    ("422 Unprocessable Entity", json!({ "reason": "It is pending already." }))
                };
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                _ = line.write_all(format!("{head}{body}").as_bytes()).await;
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_refusal_says_that_nothing_happened_only_if_no_attempt_was_cut_off() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        world.reach_shop(&refusing_shop().await).await;
        for (cut_off, expected) in [(false, ActionState::Failed), (true, ActionState::Unknown)] {
            let talk = world.talk(if cut_off { 8 } else { 7 }).await;
            let known = world.order(&talk, "77", 15_000).await;
            assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(1_000))], &[])).await);
            let [action] = world.actions(&talk).await.try_into().unwrap();
            if cut_off {
                write(&world.inbox.db, async |tx| actions::begin(tx, action.id).await).await;
            }
            done(perform::perform(&world.inbox, action.id, 1).await).await;
            let [action] = world.actions(&talk).await.try_into().unwrap();
            assert_eq!(action.state, expected);
            assert!(action.error.ends_with("It is pending already."), "{}", action.error);
            // What an attempt that is cut off is compared with is the order as it was just before the first one.
            let kept = orders::find(&world.inbox.db, known.source_id, "77").await.unwrap().unwrap();
            assert_eq!(kept.refunds.len(), usize::from(!cut_off));
        }
    }
}

#[tokio::test]
async fn a_shop_that_stays_away_did_nothing_only_if_no_attempt_was_cut_off() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        world.reach_shop("http://127.0.0.1:1").await;
        for cut_off in [false, true] {
            let talk = world.talk(if cut_off { 8 } else { 7 }).await;
            let known = world.order(&talk, "77", 15_000).await;
            assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(1_000))], &[])).await);
            let [action] = world.actions(&talk).await.try_into().unwrap();
            if cut_off {
                write(&world.inbox.db, async |tx| actions::begin(tx, action.id).await).await;
            }
            // The shop does not answer, not even to a look at the order: nothing is sent.
            for attempt in 1..6 {
                let next = perform::perform(&world.inbox, action.id, attempt).await.unwrap();
                assert!(matches!(next, perform::Next::Retry { .. }));
                let expected = if cut_off { ActionState::Performing } else { ActionState::Approved };
                assert_eq!(world.actions(&talk).await[0].state, expected);
            }
            done(perform::perform(&world.inbox, action.id, 6).await).await;
            let [reply] = world.ours(&talk).await.try_into().unwrap();
            let (state, words) = if cut_off {
                (ActionState::Unknown, "may have done it")
            } else {
                (ActionState::Failed, "did not do it")
            };
            assert_eq!(world.actions(&talk).await[0].state, state);
            assert!(reply.delivery_reason.contains(words), "{}", reply.delivery_reason);
        }
    }
}

#[tokio::test]
async fn what_failed_passes_the_limits_again_when_it_is_sent_again() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (talk, sam) = (world.talk(7).await, &world.cast.sam);
        let known = world.order(&talk, "77", 30_000).await;
        assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(2_000))], &[])).await);
        let [action] = world.actions(&talk).await.try_into().unwrap();
        given_up(&world, action.id, "the shop is away.").await;
        let [reply] = world.ours(&talk).await.try_into().unwrap();
        let other = proposed(&known, refund(9_000));
        care::act(&world.inbox, talk.id, (world.inbox.clock.new_id(), &other), sam).await.unwrap();
        let refused = deliver::send_again(&world.inbox, reply.id, sam).await;
        assert!(
            matches!(&refused, Err(InboxError::Forbidden(words)) if words.contains("for this order")),
            "{refused:?}"
        );
        assert_eq!(world.ours(&talk).await[0].delivery, Some(Delivery::Held), "nothing was done");
        deliver::send_again(&world.inbox, reply.id, &world.cast.noor).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_resolved_is_not_answered_by_a_run_that_was_under_way() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 15_000).await;
        let run = world.reply(&talk, vec![proposed(&known, refund(1_000))], &[]);
        care::resolve(&world.inbox, talk.id, &world.cast.sam, None).await.unwrap();
        assert!(!world.settle(&run).await, "overtaken");
        assert!(world.ours(&talk).await.is_empty() && world.pending(&talk).await.is_none());
        assert!(!jobs::is_due(&world.inbox.db, JobKind::AgentRun, world.inbox.clock.now()).await.unwrap());
        assert_eq!(world.now(talk.id).await.status, ConversationStatus::Resolved);
    }
}

#[tokio::test]
async fn a_reply_never_overtakes_an_earlier_one() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let inbox = &world.inbox;
        let (first, second) = (inbox.clock.new_id(), inbox.clock.new_id());
        for (id, text) in [(first, "One."), (second, "Two.")] {
            care::answer_with(inbox, talk.id, &world.cast.sam, (id, text), text_alone(&Also::default())).await.unwrap();
        }
        inbox.clock.advance(Duration::from_mins(1));
        for state in [Delivery::Queued, Delivery::Sending, Delivery::Unknown] {
            write(&inbox.db, async |tx| messages::set_delivery(tx, first, state, "").await).await;
            let next = deliver::deliver(inbox, second, 1).await.unwrap();
            assert!(matches!(&next, Next::Later { reason, .. } if reason.contains("earlier")), "{state}");
        }
        for state in [Delivery::Sent, Delivery::Held, Delivery::Cancelled] {
            write(&inbox.db, async |tx| messages::set_delivery(tx, first, state, "").await).await;
            let seen = messages::find(&inbox.db, second).await.unwrap().unwrap();
            assert!(!messages::waits_behind(&inbox.db, &seen).await.unwrap(), "{state}");
        }
    }
}

#[tokio::test]
async fn sending_again_never_waits_crosswise_for_somebody_who_decides_about_money() {
    let Some(engine) = Engine::all().into_iter().find(|engine| *engine == Engine::Postgres) else { return };
    let world = World::new(engine).await;
    let (talk, inbox) = (world.talk(7).await, world.inbox.clone());
    let known = world.order(&talk, "77", 30_000).await;
    assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(2_000))], &[])).await);
    let [action] = world.actions(&talk).await.try_into().unwrap();
    given_up(&world, action.id, "the shop is away.").await;
    let [reply] = world.ours(&talk).await.try_into().unwrap();

    // Somebody else decides: they hold the brand's money, and write to the audit log afterwards.
    let mut tx = inbox.db.begin().await.unwrap();
    brands::hold_money(&mut tx, talk.brand_id).await.unwrap();
    let (again, sam) = (inbox.clone(), world.cast.sam.clone());
    let sending = tokio::spawn(async move { deliver::send_again(&again, reply.id, &sam).await });
    until_somebody_waits(&inbox.db).await;
    let act = Act {
        actor: Actor::Agent,
        action: AuditAction::ActionApproved,
        subject: (AuditSubject::Order, "FJ-78".to_owned()),
        brand: Some(talk.brand_id),
        details: json!({}),
    };
    audit::append(&mut tx, &act, inbox.clock.now()).await.expect("nobody who waits for us has the log");
    tx.commit().await.unwrap();
    sending.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_the_agent_ends_is_as_done_as_what_a_person_ends() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        write(&world.inbox.db, async |tx| {
            let mut row = conversations::lock(tx, talk.id).await?;
            (row.unread, row.snoozed_until) = (true, Some(world.inbox.clock.now()));
            conversations::update(tx, &row).await
        })
        .await;
        let mut finished = world.reply(&talk, vec![], &[]);
        finished.result = Returned::Nothing { reason: "thanks".to_owned(), resolve: true };
        assert!(world.settle(&finished).await);
        let done = world.now(talk.id).await;
        assert_eq!((done.status, done.unread, done.snoozed_until), (ConversationStatus::Resolved, false, None));
        assert!(done.due_at.is_none() && done.resolved_at.is_some() && done.revision > talk.revision);
    }
}
