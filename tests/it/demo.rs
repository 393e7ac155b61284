//! The demo as one finds it: what waits for a person soon after the start, written by the agent itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::demo::play;
use resolute::jobs::kept_runs::Repeater;
use resolute::jobs::{self, upkeep};
use resolute::model::approval::Approval;
use resolute::model::conversation::Conversation;
use resolute::model::draft::Draft;
use resolute::model::event::EventKind;
use resolute::model::resolution::{Outcome, Tally};
use resolute::model::{AgentRunId, Ts};
use resolute::store::run_inputs::{self, Listed};
use resolute::store::versions::{self, Kind};
use resolute::store::{
    agent_runs, approvals, articles, attachments, brands, channels, conversation_counts, conversations, drafts,
    messages, resolutions,
};
use uuid::Uuid;

use crate::support::desk::{Data, Engine, MONDAY};
use crate::support::setup::open;
use crate::support::stores::happened;

/// A demo on which the agent has looked at everything.
async fn on_a_demo(test: impl AsyncFn(&Desk)) {
    for engine in Engine::all() {
        let data = Box::pin(Data::new(engine)).await;
        let desk = Box::pin(open(data.config(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), Clock::fixed(MONDAY))).await;
        Box::pin(play::prepare(&desk)).await.unwrap();
        Box::pin(jobs::drain(&desk)).await.unwrap();
        Box::pin(test(&desk)).await;
        desk.stop_token().cancel();
    }
}

/// Begins a first start, and breaks it off as soon as its mailbox is there.
async fn cut_off(desk: &Desk) {
    let mut preparing = Box::pin(play::prepare(desk));
    while channels::list(&desk.db).await.unwrap().is_empty() {
        tokio::select! {
            biased;
            done = &mut preparing => panic!("it was done before its mailbox was seen: {done:?}"),
            () = std::future::ready(()) => {}
        }
    }
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_is_made_up_for() {
    for engine in Engine::all() {
        let data = Box::pin(Data::new(engine)).await;
        let desk = Box::pin(open(data.config(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), Clock::fixed(MONDAY))).await;
        Box::pin(cut_off(&desk)).await;
        assert_eq!(conversation_counts::all(&desk.db).await.unwrap(), 0, "{engine:?}");
        Box::pin(play::prepare(&desk)).await.unwrap();
        let filled = conversation_counts::all(&desk.db).await.unwrap();
        assert!(filled > 9, "{filled}");
        let brand = brands::list(&desk.db).await.unwrap().remove(0);
        assert_eq!(articles::count_live(&desk.db, brand.id).await.unwrap(), 4, "customers find articles");
        Box::pin(play::prepare(&desk)).await.unwrap();
        assert_eq!(conversation_counts::all(&desk.db).await.unwrap(), filled, "a further start fills nothing");
        desk.stop_token().cancel();
    }
}

#[tokio::test]
async fn reports_tell_how_done_cases_ended() {
    on_a_demo(async |desk| {
        let brand = brands::list(&desk.db).await.unwrap().remove(0);
        let groups = resolutions::counts(&desk.db, brand.id, (Ts(0), desk.clock.now())).await.unwrap();
        let tally = Tally::of(&groups);
        for outcome in [Outcome::Open, Outcome::Verified, Outcome::Confirmed, Outcome::Silent, Outcome::Returned] {
            assert!(tally.count(outcome) > 0, "{outcome}: {tally:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_run_comes_to_the_same_over_what_it_looked_at() {
    on_a_demo(async |desk| {
        let first = (Ts(0), AgentRunId(Uuid::nil()));
        let kept = run_inputs::list_behind(&desk.db, first, 1_000).await.unwrap();
        assert!(kept.len() > 9, "{}", kept.len());
        let mut repeater = Repeater::default();
        for run in &kept {
            let differences = repeater.repeat(&desk.db, &desk.clock, run).await.unwrap();
            assert_eq!(differences, Vec::<&str>::new(), "#{}", run.number);
        }
        // Where the versions of then are not there, nothing stands in for them.
        let elsewhere = Listed { brand_id: desk.clock.new_id(), ..kept[0] };
        let gone = repeater.repeat(&desk.db, &desk.clock, &elsewhere).await.unwrap_err();
        assert_eq!(gone.to_string(), "the policy of then is gone");

        desk.clock.advance(Duration::from_hours(24 * 89));
        upkeep::forget_runs(desk).await.unwrap();
        assert_eq!(run_inputs::list_behind(&desk.db, first, 1_000).await.unwrap(), kept);
        desk.clock.advance(Duration::from_hours(24 * 2));
        upkeep::forget_runs(desk).await.unwrap();
        assert_eq!(run_inputs::list_behind(&desk.db, first, 1_000).await.unwrap(), []);
        let forgotten = repeater.repeat(&desk.db, &desk.clock, &kept[0]).await.unwrap_err();
        assert_eq!(forgotten.to_string(), "what the run looked at is no longer kept");
    })
    .await;
}

struct Waiting {
    approval: Approval,
    conversation: Conversation,
    draft: Draft,
}

async fn waiting(desk: &Desk) -> Vec<Waiting> {
    let mut all = Vec::new();
    for approval in approvals::list_pending(&desk.db, 100).await.unwrap() {
        let conversation = conversations::find(&desk.db, approval.conversation_id).await.unwrap().unwrap();
        let draft = drafts::find(&desk.db, approval.draft_id).await.unwrap().unwrap();
        all.push(Waiting { approval, conversation, draft });
    }
    all
}

#[tokio::test]
async fn many_different_cases_wait_for_a_person() {
    on_a_demo(async |desk| {
        let all = waiting(desk).await;
        let shown: Vec<String> = all
            .iter()
            .map(|one| {
                format!(
                    "{}: {} in {}, {:?}, {:?}",
                    one.conversation.contact_name,
                    one.draft.document.0.proposal,
                    one.draft.language,
                    one.approval.reasons.0,
                    one.draft.document.0.checks.iter().filter(|check| check.problem.is_some()).collect::<Vec<_>>()
                )
            })
            .collect();
        let shown = shown.join("\n");
        assert!((10..=16).contains(&all.len()), "{}\n{shown}", all.len());
        let distinct = |of: &dyn Fn(&Waiting) -> String| all.iter().map(of).collect::<BTreeSet<_>>();
        assert!(distinct(&|one| one.draft.language.clone()).len() >= 5, "{shown}");
        assert_eq!(distinct(&|one| one.conversation.channel_kind.clone()).len(), 2, "{shown}");
        let proposals = distinct(&|one| one.draft.document.0.proposal.clone());
        for wanted in [
            "Refund 42.00",
            "Replace",
            "Exchange",
            "Cancel 119.00",
            "Address",
            "Invoice",
            "Return terms",
            "Refund 4.90",
        ] {
            assert!(proposals.contains(wanted), "{wanted}\n{shown}");
        }
        assert!(
            all.iter().filter(|one| one.conversation.order_number.is_some()).count() * 3 > all.len() * 2,
            "{shown}"
        );
        // Everything holds, and nobody is taken for a cheat.
        assert!(all.iter().all(|one| one.draft.document.0.verified()), "{shown}");
        assert!(!shown.contains("trick") && !shown.contains("resembles"), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn nobody_of_the_demo_is_taken_for_a_cheat() {
    on_a_demo(async |desk| {
        let all = conversations::list(&desk.db, conversations::View::All, None, 200).await.unwrap();
        assert!(all.len() > 40, "{}", all.len());
        for one in &all {
            let run = agent_runs::latest(&desk.db, one.id).await.unwrap();
            let reason = run.map(|run| run.reason).unwrap_or_default();
            assert!(!reason.contains("trick") && !reason.contains("steer"), "{}: {reason}", one.contact_name);
        }
    })
    .await;
}

#[tokio::test]
async fn similar_cases_can_be_decided_together() {
    on_a_demo(async |desk| {
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        for one in waiting(desk).await {
            *alike.entry(one.approval.likeness).or_default() += 1;
        }
        assert!(
            alike.get("late_or_lost/email/refund up to 10.00 EUR/passed").is_some_and(|count| *count >= 3),
            "{alike:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_most_urgent_case_shows_what_a_case_can_hold() {
    on_a_demo(async |desk| {
        let mut all = waiting(desk).await;
        all.sort_by_key(|one| one.conversation.due_at);
        let sofie = &all[0];
        assert_eq!(sofie.conversation.contact_name, "Sofie Keller");
        let document = &sofie.draft.document.0;
        assert_eq!(document.actions.len(), 1, "{}", document.text());
        assert!(document.text().contains("42.00 EUR") && document.text().contains("a day late"), "{}", document.text());
        assert_eq!(document.orders[0].order.shipments.len(), 2);
        let history = messages::list(&desk.db, sofie.conversation.id, 20).await.unwrap();
        let ids: Vec<_> = history.iter().map(|message| message.id).collect();
        let files = attachments::list(&desk.db, &ids).await.unwrap();
        assert_eq!(files.len(), 1);
        assert!(!desk.files.get(&files[0].storage_key).await.unwrap().is_empty());
        let over: Vec<_> = all.iter().filter(|one| one.conversation.due_at < Some(MONDAY)).collect();
        assert_eq!(over.len(), 1, "the others can still be answered in time");
    })
    .await;
}

#[tokio::test]
async fn the_documents_have_a_history() {
    on_a_demo(async |desk| {
        let brand = brands::list(&desk.db).await.unwrap().remove(0);
        for (kind, least) in [(Kind::Policy, 4), (Kind::Voice, 3)] {
            let all = versions::list(&desk.db, kind, brand.id).await.unwrap();
            let published: Vec<_> = all.iter().filter(|version| version.published).collect();
            assert!(published.len() >= least);
            assert!(published.iter().all(|version| version.author_id.is_some() && !version.summary.is_empty()));
            assert!(published.windows(2).all(|pair| pair[0].effective_from > pair[1].effective_from));
            if kind == Kind::Policy {
                assert_eq!(
                    resolute::policy::compile(&published[0].document.0).map(drop),
                    Ok(()),
                    "the one in force holds"
                );
            }
            let now = versions::in_force(&desk.db, kind, brand.id, MONDAY).await.unwrap().unwrap();
            assert_eq!(now.version, published[0].version);
        }
    })
    .await;
}

#[tokio::test]
async fn a_few_are_answered_by_the_agent_alone() {
    on_a_demo(async |desk| {
        let all = conversations::list(&desk.db, conversations::View::All, None, 200).await.unwrap();
        let mut alone = 0;
        for one in &all {
            let told = happened(&desk.db, one.id).await;
            alone += usize::from(told.iter().any(|event| event.kind == EventKind::DeliveryChanged));
        }
        assert!(alone >= 1, "{alone}");
    })
    .await;
}
