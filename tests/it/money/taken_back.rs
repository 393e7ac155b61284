//! Undo, and a person who answers while the machine's reply waits to leave.

use std::time::Duration;

use resolute::inbox::attach::Enclosed;
use resolute::inbox::care::{self, Answer};
use resolute::inbox::deliver::{self, Next};
use resolute::inbox::fates::did_not_arrive;
use resolute::inbox::macros::{Also, Then};
use resolute::inbox::settle::Returned;
use resolute::inbox::taken_back::TakenBack;
use resolute::inbox::{InboxError, approve, chat, split};
use resolute::model::action::ActionState;
use resolute::model::agent_run::HandOffPacket;
use resolute::model::answer_times::AnswerTimes;
use resolute::model::attachment::ComposerFile;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::draft::DraftState;
use resolute::model::message::{Delivery, MessageAuthor};
use resolute::store::composer_texts::{self, ComposerText, ComposerTexts};
use resolute::store::conversations::View;
use resolute::store::{Db, actions, brands, conversation_counts, conversations, drafts, jobs, messages};

use super::world::{World, proposed, refund};
use crate::mail_path::{mail, receive, sofies_mail};
use crate::support::answers::text_alone;
use crate::support::desk::Engine;
use crate::support::forms::page;
use crate::support::stores::write;

#[tokio::test]
async fn undo_brings_the_draft_back_with_its_refund_and_its_time() {
    for engine in Engine::all() {
        let (world, talk, approval) = World::drafted(engine, 1_990).await;
        let due = world.now(talk.id).await.due_at;
        assert!(due.is_some());
        let sent = world.accept(&approval, &world.cast.sam, None).await.unwrap();
        assert_eq!(world.now(talk.id).await.due_at, None);

        let half = ComposerText { body: "Dear Sof".into(), ..ComposerText::default() };
        let (noor, now) = (&world.cast.noor, world.inbox.clock.now());
        write(&world.inbox.db, async |tx| composer_texts::save(tx, talk.id, noor.id, &half, now).await).await;
        let taken = world.take_back(sent, noor).await.unwrap();
        assert_eq!(taken, TakenBack::Draft { approval: approval.id, edited: false });
        let kept = composer_texts::find(&world.inbox.db, talk.id, noor.id).await.unwrap().reply;
        assert_eq!(kept.map(|text| text.body), Some(half.body), "a half-written text is nobody's to overwrite");
        let open = world.now(talk.id).await;
        assert_eq!((open.status, open.agent_state), (ConversationStatus::Open, AgentState::Drafted));
        assert_eq!((open.needs_approval, open.proposal.as_deref(), open.due_at), (true, Some("Refund"), due));
        let draft = drafts::current(&world.inbox.db, talk.id).await.unwrap().expect("the draft counts again");
        assert_eq!((draft.id, draft.revision), (approval.draft_id, open.revision));
        assert_eq!(world.actions(&talk).await[0].state, ActionState::Cancelled);

        world.inbox.clock.advance(Duration::from_secs(5));
        let again = world.accept(&approval, &world.cast.sam, None).await.unwrap();
        let all = world.actions(&talk).await;
        assert_eq!(all.len(), 1, "the refund came to life again and is not a second one");
        assert_eq!((all[0].state, all[0].message_id), (ActionState::Approved, Some(again)));
        // The job of the first time must not refund while the second reply can still be taken back.
        let early = world.inbox.clock.now().plus(Duration::from_secs(9));
        let due = jobs::is_due(&world.inbox.db, resolute::model::job::JobKind::PerformAction, early).await.unwrap();
        assert!(!due, "the refund has the time of the new reply");
    }
}

#[tokio::test]
async fn undo_of_an_edited_draft_keeps_what_the_person_wrote() {
    for engine in Engine::all() {
        let (world, talk, approval) = World::drafted(engine, 1_990).await;
        let sent = world.accept(&approval, &world.cast.sam, Some("My own words.")).await.unwrap();
        let taken = world.take_back(sent, &world.cast.sam).await.unwrap();
        assert_eq!(taken, TakenBack::Draft { approval: approval.id, edited: true });
        assert_eq!(world.pending(&talk).await.unwrap().final_text.as_deref(), Some("My own words."));
        let kept = composer_texts::find(&world.inbox.db, talk.id, world.cast.sam.id).await.unwrap();
        assert_eq!(kept, ComposerTexts::default());
    }
}

#[tokio::test]
async fn a_draft_that_was_overtaken_does_not_come_back() {
    for engine in Engine::all() {
        let (world, talk, approval) = World::drafted(engine, 1_990).await;
        let sent = world.accept(&approval, &world.cast.sam, None).await.unwrap();
        write(&world.inbox.db, async |tx| {
            let mut row = conversations::lock(tx, talk.id).await?;
            row.revision += 1;
            conversations::update(tx, &row).await
        })
        .await;
        assert_eq!(world.take_back(sent, &world.cast.sam).await.unwrap(), TakenBack::Kept);
        assert!(world.pending(&talk).await.is_none());
        assert_eq!(world.actions(&talk).await[0].state, ActionState::Cancelled);
        let draft = drafts::find(&world.inbox.db, approval.draft_id).await.unwrap().unwrap();
        assert_eq!(draft.state, DraftState::Superseded);
    }
}

#[tokio::test]
async fn what_the_agent_sent_alone_comes_before_a_person_when_it_is_taken_back() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 1_990).await;
        let does = vec![proposed(&known, refund(1_990))];
        assert!(world.settle(&world.reply(&talk, does, &[])).await);
        let [sent] = world.ours(&talk).await.try_into().unwrap();
        assert_eq!((sent.author, sent.delivery), (MessageAuthor::Agent, Some(Delivery::Queued)));
        assert!(matches!(world.take_back(sent.id, &world.cast.sam).await.unwrap(), TakenBack::Draft { .. }));
        let waits = world.pending(&talk).await.expect("a person decides");
        assert_eq!(waits.reasons.0, ["taken back by Sam"]);
        world.accept(&waits, &world.cast.sam, None).await.unwrap();
        assert_eq!(world.actions(&talk).await.len(), 1);
    }
}

#[tokio::test]
async fn what_was_told_alone_where_nobody_waits_is_listed_with_what_needs_approval_once_it_is_taken_back() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (db, sam) = (&world.inbox.db, &world.cast.sam);
        let talk = world.talk(7).await;
        assert!(world.settle(&world.reply(&talk, vec![], &[])).await);
        world.inbox.clock.advance(Duration::from_mins(1));
        let answered = world.now(talk.id).await;
        assert_eq!(answered.due_at, None, "nobody waits");
        assert!(world.settle(&world.reply(&answered, vec![], &[])).await);
        let told = world.ours(&talk).await.remove(1);
        assert!(matches!(world.take_back(told.id, sam).await.unwrap(), TakenBack::Draft { .. }));
        assert!(world.now(talk.id).await.due_at.is_some(), "a person decides by a clock");
        let listed = conversations::list(db, View::NeedsApproval, None, 9).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [talk.id]);
        assert_eq!(conversation_counts::numbers(db, sam.id).await.unwrap().counts.needs_approval, 1);
    }
}

#[tokio::test]
async fn an_own_answer_goes_back_into_an_empty_composer_only() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let sam = &world.cast.sam;
        for (number, half, is_note) in [(1, "", false), (2, "Hm", false), (3, "Ask Tom", true)] {
            let talk = world.talk(number).await;
            let id = world.answers(&talk, sam, "On its way.").await;
            assert_eq!(world.now(talk.id).await.due_at, None);
            let (text, now) =
                (ComposerText { body: half.into(), is_note, ..ComposerText::default() }, world.inbox.clock.now());
            write(&world.inbox.db, async |tx| composer_texts::save(tx, talk.id, sam.id, &text, now).await).await;
            let is_writing = !half.is_empty() && !is_note;
            let expected = if is_writing { TakenBack::Kept } else { TakenBack::Composer };
            assert_eq!(world.take_back(id, sam).await.unwrap(), expected);
            let kept = composer_texts::find(&world.inbox.db, talk.id, sam.id).await.unwrap();
            assert_eq!(kept.reply.unwrap().body, if is_writing { half } else { "On its way." });
            assert_eq!(kept.note.map(|text| text.body), is_note.then(|| half.to_owned()), "a note is no reply");
            assert_eq!(world.now(talk.id).await.due_at, talk.due_at, "it is due again");
            assert!(matches!(world.take_back(id, sam).await, Err(InboxError::Conflict(_))));
        }
    }
}

#[tokio::test]
async fn undo_of_an_own_answer_brings_back_the_draft_that_it_made_void() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let sam = &world.cast.sam;
        let resolves = Also { then: Some(Then::Resolved), ..Also::default() };
        for (number, also) in [(1, Also::default()), (2, resolves)] {
            let talk = world.talk(number).await;
            let approval = world.draft(&talk, &format!("{number}"), 990).await;
            let before = world.now(talk.id).await;
            assert_eq!((before.assignee_id, before.needs_approval), (None, true));
            let id = world.inbox.clock.new_id();
            let said = (id, "I do it myself.");
            care::answer_with(&world.inbox, talk.id, sam, said, text_alone(&also)).await.unwrap();
            assert!(world.pending(&talk).await.is_none(), "a person always wins");
            assert_eq!(world.take_back(id, sam).await.unwrap(), TakenBack::Composer);

            let again = world.now(talk.id).await;
            assert_eq!((again.status, again.assignee_id), (before.status, None), "it is the team's");
            assert_eq!((again.agent_state, again.needs_approval), (AgentState::Drafted, true));
            assert_eq!((&again.proposal, &again.proposal_tone), (&before.proposal, &before.proposal_tone));
            assert_eq!(world.pending(&talk).await.expect("it waits").id, approval.id);
            let draft = drafts::current(&world.inbox.db, talk.id).await.unwrap().expect("the draft counts again");
            assert_eq!((draft.id, draft.revision), (approval.draft_id, again.revision));
            world.accept(&approval, sam, None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn undo_of_an_own_answer_brings_back_that_a_person_was_asked_for() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam) = (&world.inbox, &world.cast.sam);
        let resolves = Also { then: Some(Then::Resolved), ..Also::default() };
        for (number, by_customer, also) in
            [(1, false, Also::default()), (2, false, resolves.clone()), (3, true, Also::default()), (4, true, resolves)]
        {
            let talk = world.talk(number).await;
            if by_customer {
                chat::ask_for_person(inbox, talk.id).await.unwrap();
            } else {
                let mut asks = world.reply(&talk, vec![], &[]);
                let (reason, packet) = ("Not clear.".to_owned(), HandOffPacket::default());
                asks.result = Returned::HandOff { reason, packet, notice: None };
                assert!(world.settle(&asks).await);
            }
            let before = world.now(talk.id).await;
            assert_eq!((before.agent_state, before.taken_over), (AgentState::HandedOff, by_customer));
            let id = inbox.clock.new_id();
            care::answer_with(inbox, talk.id, sam, (id, "I look into it."), text_alone(&also)).await.unwrap();
            assert_eq!(world.now(talk.id).await.agent_state, AgentState::Idle, "a person is at it");
            assert_eq!(world.take_back(id, sam).await.unwrap(), TakenBack::Composer);

            let again = world.now(talk.id).await;
            assert_eq!((again.agent_state, again.taken_over), (before.agent_state, by_customer), "#{number}");
            assert_eq!((again.status, again.due_at, again.assignee_id), (before.status, before.due_at, None));
        }
    }
}

#[tokio::test]
async fn what_happened_behind_an_own_answer_is_not_undone_with_it() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam, noor) = (&world.inbox, &world.cast.sam, &world.cast.noor);
        for (number, has_moved_on) in [(1, false), (2, true)] {
            let talk = world.talk(number).await;
            world.draft(&talk, &format!("{number}"), 990).await;
            let id = world.answers(&talk, sam, "I do it myself.").await;
            if has_moved_on {
                approve::take_over(inbox, talk.id, noor).await.unwrap();
            } else {
                care::assign(inbox, talk.id, Some(noor.id), sam).await.unwrap();
            }
            assert_eq!(world.take_back(id, sam).await.unwrap(), TakenBack::Composer);
            let after = world.now(talk.id).await;
            assert_eq!((after.assignee_id, after.taken_over), (Some(noor.id), has_moved_on));
            assert_eq!((after.needs_approval, world.pending(&talk).await.is_some()), (!has_moved_on, !has_moved_on));
        }
    }
}

#[tokio::test]
async fn a_person_who_answers_or_takes_over_wins_over_what_the_machine_has_queued() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let sam = &world.cast.sam;
        for (number, takes_over, begun) in [(1, true, false), (2, false, false), (3, true, true)] {
            let talk = world.talk(number).await;
            let known = world.order(&talk, &format!("{number}"), 1_000).await;
            let does = vec![proposed(&known, refund(1_000))];
            assert!(world.settle(&world.reply(&talk, does, &[])).await);
            let [action] = world.actions(&talk).await.try_into().unwrap();
            if begun {
                write(&world.inbox.db, async |tx| actions::begin(tx, action.id).await).await;
            }
            if takes_over {
                approve::take_over(&world.inbox, talk.id, sam).await.unwrap();
            } else {
                world.answers(&talk, sam, "I look into it.").await;
            }
            let machine = world.ours(&talk).await.remove(0);
            let [action] = world.actions(&talk).await.try_into().unwrap();
            let expected = if begun {
                (Some(Delivery::Queued), ActionState::Performing)
            } else {
                (Some(Delivery::Cancelled), ActionState::Cancelled)
            };
            assert_eq!((machine.delivery, action.state), expected);
            let now = world.now(talk.id).await;
            let is_answered = begun || !takes_over;
            let expected =
                if is_answered { (ConversationStatus::Waiting, None) } else { (ConversationStatus::Open, talk.due_at) };
            assert_eq!(
                (now.status, now.due_at, now.clocks.first_answered_at.is_some()),
                (expected.0, expected.1, is_answered)
            );
            if !takes_over {
                let own = world.ours(&talk).await.remove(1);
                assert_eq!(own.delivery, Some(Delivery::Queued), "the person's own leaves");
                // Taken back as well, nobody has answered.
                assert_eq!(world.take_back(own.id, sam).await.unwrap(), TakenBack::Composer);
                let waits = world.now(talk.id).await;
                assert_eq!((waits.status, waits.due_at), (ConversationStatus::Open, talk.due_at));
                assert!(talk.due_at.is_some() && waits.clocks.first_answered_at.is_none());
            }
        }
    }
}

#[tokio::test]
async fn whoever_waits_has_a_clock_when_none_of_several_replies_leaves() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam) = (&world.inbox, &world.cast.sam);
        for (number, are_held) in [(1, false), (2, true)] {
            let talk = world.talk(number).await;
            let mut replies = Vec::new();
            for text in ["On its way.", "It comes on Monday."] {
                replies.push(world.answers(&talk, sam, text).await);
                inbox.clock.advance(Duration::from_secs(1));
            }
            if are_held {
                for id in replies {
                    let Next::Done(tx) = deliver::give_up(inbox, id, "refused.").await.unwrap() else {
                        panic!("not held");
                    };
                    tx.commit().await.unwrap();
                }
            } else {
                for id in replies.into_iter().rev() {
                    world.take_back(id, sam).await.unwrap();
                }
            }
            let waits = world.now(talk.id).await;
            assert_eq!((waits.status, waits.clocks.first_answered_at), (ConversationStatus::Open, None));
            // The first one kept the clock. Where the other one was held last, it runs since they wrote.
            let asked_at = messages::list(&inbox.db, talk.id, 9).await.unwrap()[0].created_at;
            let since_then = AnswerTimes::default().answer_due("email", &waits.clocks, asked_at);
            assert_eq!(waits.due_at, if are_held { Some(since_then) } else { talk.due_at }, "{are_held}");
        }
    }
}

#[tokio::test]
async fn a_case_that_was_resolved_before_its_last_reply_is_so_without_it() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam) = (&world.inbox, &world.cast.sam);
        let talk = world.talk(7).await;
        care::resolve(inbox, talk.id, sam, None).await.unwrap();
        let done = world.now(talk.id).await;
        let also = Also { then: Some(Then::Resolved), ..Also::default() };
        let said = (inbox.clock.new_id(), "Once more: it is on its way.");
        let id = care::answer_with(inbox, talk.id, sam, said, text_alone(&also)).await.unwrap();
        world.take_back(id, sam).await.unwrap();
        let again = world.now(talk.id).await;
        assert_eq!((again.status, again.due_at, again.clocks), (done.status, None, done.clocks));
        assert_eq!(again.status, ConversationStatus::Resolved);
    }
}

#[tokio::test]
async fn a_case_that_a_bounce_opens_has_its_clocks_anew() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam) = (&world.inbox, &world.cast.sam);
        let talk = world.talk(7).await;
        let reply = world.answers(&talk, sam, "On its way.").await;
        care::resolve(inbox, talk.id, sam, None).await.unwrap();
        assert_eq!(world.now(talk.id).await.clocks.resolving_since, None);
        inbox.clock.advance(Duration::from_mins(5));
        let (now, clock) = (inbox.clock.now(), &inbox.clock);
        write(&inbox.db, async |tx| {
            messages::set_sent(tx, reply, "mail-1", now).await?;
            did_not_arrive(tx, clock, (reply, talk.id), "The mailbox is full.").await
        })
        .await;
        let open = world.now(talk.id).await;
        assert_eq!((open.status, open.due_at), (ConversationStatus::Open, talk.due_at));
        assert_eq!(open.clocks.resolving_since, Some(now));
    }
}

#[tokio::test]
async fn what_the_agent_asks_a_person_for_stays_when_an_earlier_reply_bounces() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let clock = &world.inbox.clock;
        let talk = world.talk(7).await;
        let reply = world.answers(&talk, &world.cast.sam, "On its way.").await;
        clock.advance(Duration::from_mins(5));
        let mut asks = world.reply(&world.now(talk.id).await, vec![], &[]);
        let (reason, packet) = ("It is not clear what she means.".to_owned(), HandOffPacket::default());
        asks.result = Returned::HandOff { reason, packet, notice: None };
        assert!(world.settle(&asks).await);
        let now = clock.now();
        write(&world.inbox.db, async |tx| {
            messages::set_sent(tx, reply, "mail-1", now).await?;
            did_not_arrive(tx, clock, (reply, talk.id), "The mailbox is full.").await
        })
        .await;
        assert_eq!(world.now(talk.id).await.agent_state, AgentState::HandedOff);
        let shown = page(&mut world.desk.browser().await, "/conversations/7?view=all").await;
        assert!(shown.contains("<p>It is not clear what she means.</p>"), "{shown}");
    }
}

#[tokio::test]
async fn what_failed_comes_back_into_the_composer_and_what_was_done_for_it_stays_done() {
    for engine in Engine::all() {
        let (world, talk, approval) = World::drafted(engine, 1_990).await;
        let sam = &world.cast.sam;
        let sent = world.accept(&approval, sam, Some("Your money is back.")).await.unwrap();
        let [refund] = world.actions(&talk).await.try_into().unwrap();
        let now = world.inbox.clock.now();
        write(&world.inbox.db, async |tx| {
            actions::set_state(tx, refund.id, ActionState::Performed, "r1", "", Some(now)).await?;
            messages::set_delivery(tx, sent, Delivery::Failed, "Nobody has this address.").await
        })
        .await;
        let shown = page(&mut world.desk.browser().await, "/conversations/7?view=all").await;
        assert!(shown.contains(&format!("/messages/{sent}/cancellation")), "{shown}");
        assert_eq!(world.take_back(sent, sam).await.unwrap(), TakenBack::Composer);
        let kept = composer_texts::find(&world.inbox.db, talk.id, sam.id).await.unwrap().reply.unwrap();
        assert_eq!(kept.body, "Your money is back.");
        assert_eq!(world.actions(&talk).await[0].state, ActionState::Performed);
        assert_eq!(world.ours(&talk).await[0].delivery, Some(Delivery::Cancelled));
        assert_eq!(world.now(talk.id).await.status, ConversationStatus::Open);
        assert!(world.pending(&talk).await.is_none());
    }
}

#[tokio::test]
async fn what_bounced_comes_back_into_the_composer_and_a_second_bounce_is_no_news() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let sam = &world.cast.sam;
        let without_actions = world.talk(1).await;
        assert!(world.settle(&world.reply(&without_actions, vec![], &["ask"])).await);
        let approval = world.pending(&without_actions).await.unwrap();
        let approved = world.accept(&approval, sam, None).await.unwrap();
        let talk = world.talk(2).await;
        let own = world.answers(&talk, sam, "On its way.").await;
        let why = "The mailbox is full.";
        for (talk, id, text) in [(&without_actions, approved, "I have taken care of it."), (&talk, own, "On its way.")]
        {
            let (now, clock) = (world.inbox.clock.now(), &world.inbox.clock);
            write(&world.inbox.db, async |tx| {
                messages::set_sent(tx, id, "mail-1", now).await?;
                did_not_arrive(tx, clock, (id, talk.id), why).await
            })
            .await;
            assert_eq!(world.take_back(id, sam).await.unwrap(), TakenBack::Composer);
            let kept = composer_texts::find(&world.inbox.db, talk.id, sam.id).await.unwrap().reply.unwrap();
            assert_eq!(kept.body, text);
            write(&world.inbox.db, async |tx| did_not_arrive(tx, clock, (id, talk.id), why).await).await;
            assert_eq!(world.ours(talk).await[0].delivery, Some(Delivery::Cancelled));
        }
    }
}

/// A desk on a server has a dozen connections: whoever has one must not wait for another.
#[tokio::test]
async fn one_connection_is_enough_for_a_change() {
    let Some(engine) = Engine::all().into_iter().find(|engine| *engine == Engine::Postgres) else { return };
    let (world, talk, approval) = World::drafted(engine, 1_990).await;
    let (inbox, sam) = (&world.inbox, &world.cast.sam);
    let sent = world.accept(&approval, sam, None).await.unwrap();
    let Db::Postgres { write: pool, .. } = &inbox.db else { panic!("it is on PostgreSQL") };
    let mut taken = Vec::new();
    for _ in 1..pool.options().get_max_connections() {
        taken.push(inbox.db.begin().await.unwrap());
    }
    world.take_back(sent, sam).await.unwrap();
    let now = world.now(talk.id).await;
    let late = world.reply(&now, vec![], &["ask"]);
    write(&inbox.db, async |tx| {
        let mut row = conversations::lock(tx, talk.id).await?;
        row.due_at = None;
        conversations::update(tx, &row).await
    })
    .await;
    assert!(world.settle(&late).await, "its clock is set within the transaction");
    assert!(world.now(talk.id).await.due_at.is_some());

    inbox.connections.forget(talk.channel_id);
    let files = [ComposerFile {
        id: inbox.clock.new_id(),
        name: "a.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        size: 1,
        storage_key: "aa/aa".to_owned(),
        created_at: inbox.clock.now(),
    }];
    let id = inbox.clock.new_id();
    let also = Also::default();
    let with = Answer { enclosed: Enclosed::These(&files), ..text_alone(&also) };
    let answered = care::answer_with(inbox, talk.id, sam, (id, "Here it is."), with).await;
    let words = "the account of this shop is none that can be opened";
    assert!(matches!(&answered, Err(InboxError::Conflict(_))), "{words}: {answered:?}");
    let first = messages::list(&inbox.db, talk.id, 9).await.unwrap()[1].id;
    split::split(inbox, first, sam).await.unwrap();
    drop(taken);
}

#[tokio::test]
async fn what_the_customer_says_before_it_leaves_stops_what_the_agent_would_do_alone() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let number = receive(&world.desk, &sofies_mail()).await;
        let talk = world.desk.talk(number).await;
        let known = world.order(&talk, "77", 15_000).await;
        let brand = brands::get(&world.inbox.db, talk.brand_id).await.unwrap();
        let brand = Brand { agent_level: AgentLevel::Auto, ..brand };
        write(&world.inbox.db, async |tx| brands::update(tx, &brand).await).await;
        world.inbox.clock.advance(Duration::from_secs(1));
        assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(1_000))], &[])).await);
        let reply = world.ours(&talk).await.pop().unwrap();
        assert_eq!((reply.author, reply.delivery), (MessageAuthor::Agent, Some(Delivery::Queued)));

        let more = "In-Reply-To: <s1@post.example>\r\n";
        let changed = mail("s2@post.example", "Sofie Lind <sofie@post.example>", "Re: parcel", more, "No, keep it!");
        assert_eq!(world.desk.post_mail(&changed).await.status, 200);
        assert_eq!(world.desk.desk.receiver().receive(10).await.unwrap(), 1);
        let [action] = world.actions(&talk).await.try_into().unwrap();
        assert_eq!(action.state, ActionState::Cancelled);
        let reply = messages::find(&world.inbox.db, reply.id).await.unwrap().unwrap();
        assert_eq!(reply.delivery, Some(Delivery::Cancelled));
        assert!(reply.delivery_reason.contains("wrote again before it left"), "{}", reply.delivery_reason);
        // They wait since their first mail, and nothing has answered it.
        let waits = world.now(talk.id).await;
        assert_eq!((waits.due_at, waits.clocks.first_answered_at), (talk.due_at, None));
    }
}

#[tokio::test]
async fn a_reply_that_a_person_sends_leaves_although_the_customer_writes_again() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let number = receive(&world.desk, &sofies_mail()).await;
        let talk = world.desk.talk(number).await;
        let id = world.answers(&talk, &world.cast.sam, "On its way.").await;
        let more = "In-Reply-To: <s1@post.example>\r\n";
        let thanks = mail("s2@post.example", "Sofie Lind <sofie@post.example>", "Re: parcel", more, "Thank you.");
        assert_eq!(world.desk.post_mail(&thanks).await.status, 200);
        assert_eq!(world.desk.desk.receiver().receive(10).await.unwrap(), 1);
        let reply = messages::find(&world.inbox.db, id).await.unwrap().unwrap();
        assert_eq!(reply.delivery, Some(Delivery::Queued));
    }
}

#[tokio::test]
async fn asking_for_a_person_stops_what_the_agent_would_send_alone() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 15_000).await;
        assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(1_000))], &[])).await);
        chat::ask_for_person(&world.inbox, talk.id).await.unwrap();
        let [action] = world.actions(&talk).await.try_into().unwrap();
        let reply = world.ours(&talk).await.pop().unwrap();
        assert_eq!((action.state, reply.delivery), (ActionState::Cancelled, Some(Delivery::Cancelled)));
    }
}
