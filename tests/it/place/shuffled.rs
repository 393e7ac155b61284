//! Properties: the order of arrival does not change who talks with whom, and nothing panics.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use channel_contract::inbound::{Automatic, Inbound, InboundEvent, StatusUpdate};
use channel_contract::outbound::DeliveryState;
use proptest::prelude::*;
use resolute::inbox::place::Batch;
use resolute::model::ConversationId;
use uuid::Uuid;

use super::mails::{Mail, mail};
use super::world::{World, has_nul};

/// Trees of answers. Mail `n` answers `parents[n]`, which has a smaller number; a tree has one customer.
fn forest() -> impl Strategy<Value = Vec<Option<usize>>> {
    prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 1..16).prop_map(|choices| {
        let parent = |(number, (is_answer, of)): (usize, (bool, prop::sample::Index))| {
            (is_answer && number > 0).then(|| of.index(number))
        };
        choices.into_iter().enumerate().map(parent).collect()
    })
}

fn root_of(parents: &[Option<usize>], mut number: usize) -> usize {
    while let Some(parent) = parents[number] {
        number = parent;
    }
    number
}

/// An order in which every mail comes behind the one it answers, chosen by `weights`.
fn arrival(parents: &[Option<usize>], weights: &[u32]) -> Vec<usize> {
    let (mut order, mut waiting): (Vec<usize>, BTreeSet<usize>) = (Vec::new(), (0..parents.len()).collect());
    while !waiting.is_empty() {
        let ready =
            waiting.iter().copied().filter(|number| parents[*number].is_none_or(|parent| order.contains(&parent)));
        let next = ready.min_by_key(|number| (weights[*number % weights.len()], *number)).unwrap();
        waiting.remove(&next);
        order.push(next);
    }
    order
}

fn tree_mail(parents: &[Option<usize>], number: usize) -> Mail {
    let id = |number: usize| format!("<{number}@example.com>");
    // Two customers over all trees: the same person may have several matters at a time.
    let sender = format!("customer{}@example.com", root_of(parents, number) % 2);
    let mut answers = Vec::new();
    let mut above = parents[number];
    while let Some(parent) = above {
        answers.push(id(parent));
        above = parents[parent];
    }
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    mail(&id(number), &sender).replies_to(&answers)
}

/// Which mails share a conversation.
fn partition(world: &World, count: usize) -> BTreeSet<BTreeSet<usize>> {
    let mut groups: BTreeMap<ConversationId, BTreeSet<usize>> = BTreeMap::new();
    for number in 0..count {
        let home = world.home_of(&format!("<{number}@example.com>")).expect("every mail has a place");
        groups.entry(home).or_default().insert(number);
    }
    groups.into_values().collect()
}

/// What holds for every batch.
fn assert_sound(batch: &Batch) {
    let messages: HashSet<_> = batch.messages.iter().map(|message| message.id).collect();
    let talks: HashSet<_> = batch.conversations.iter().map(|talk| talk.id).collect();
    assert_eq!((messages.len(), talks.len()), (batch.messages.len(), batch.conversations.len()), "ids are given once");
    assert!(batch.messages.iter().all(|message| talks.contains(&message.conversation_id)));
    assert!(batch.keys.iter().all(|key| messages.contains(&key.message_id)));
    assert!(batch.attachments.iter().all(|file| messages.contains(&file.message_id)));
    let called: HashSet<_> = batch.jobs.iter().map(|job| job.conversation_id).collect();
    assert_eq!(called.len(), batch.jobs.len(), "the agent is called once for a conversation");
    assert!(batch.conversations.iter().all(|talk| talk.participants.len() <= 50));
    assert!(!has_nul(batch));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        parents in forest(),
        weights in prop::collection::vec(any::<u32>(), 16),
        cuts in prop::collection::vec(1_usize..6, 1..16),
    ) {
        let mut world = World::new();
        let order = arrival(&parents, &weights);
        let mut rest = order.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            let mails: Vec<Mail> = now.iter().map(|number| tree_mail(&parents, *number)).collect();
            assert_sound(&world.receive(&mails));
            rest = later;
        }
        let mut trees: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for number in 0..parents.len() {
            trees.entry(root_of(&parents, number)).or_default().insert(number);
        }
        prop_assert_eq!(partition(&world, parents.len()), trees.into_values().collect());
    }

    #[test]
    fn foreign_input_never_panics_and_leaves_sound_rows(batches in prop::collection::vec(prop::collection::vec(event(), 0..6), 1..5)) {
        let mut world = World::new();
        world.cast.brand.order_pattern = "(".into();
        for batch in batches {
            let channel = world.cast.mail.clone();
            let received = vec![world.received(&channel, batch)];
            assert_sound(&world.place(&received));
        }
    }
}

/// Few ids and addresses, so that they meet, and some odd ones.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["a@example.com", "b@example.com", "<1>", "<2>", "<\u{0}1>", "", "\0", "😀"])
            .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn event() -> impl Strategy<Value = Inbound> {
    let ids = || prop::collection::vec(word(), 0..4);
    let message = (word(), word(), ids(), ids(), ids(), any::<(u8, bool, Option<u128>)>(), any::<String>()).prop_map(
        |(id, from, to, own, answers, (automatic, sent, token), text)| {
            let mut mail = mail(&id, &from).says(&text);
            mail.message.sender_name.clone_from(&text);
            mail.message.subject = text;
            mail.message.recipients = to.iter().map(|address| crate::support::cast::email(address)).collect();
            mail.message.own_ids = own;
            mail.message.thread.message_ids = answers;
            mail.message.thread.conversation = token.map(Uuid::from_u128);
            mail.message.automatic = match automatic % 3 {
                0 => Automatic::No,
                1 => Automatic::AutoReply,
                _ => Automatic::Bulk,
            };
            if sent { mail.sent().inbound() } else { mail.inbound() }
        },
    );
    let status = (word(), ids(), any::<Option<String>>()).prop_map(|(id, ids, reason)| {
        let status = StatusUpdate {
            message_ids: ids,
            state: DeliveryState::Failed,
            until: None,
            and_before: false,
            reason,
            recipients: Vec::new(),
            report: None,
        };
        Inbound { external_id: id, occurred_at: None, event: InboundEvent::Status(status) }
    });
    prop_oneof![8 => message, 1 => status]
}
