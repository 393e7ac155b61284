//! What a batch leaves of what platforms tell beside messages: orders and their news, further names, who
//! answered for whom, and whom to forget.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::erasure::erase_job;
use super::people::{note_answers, note_vouched};
use super::place::{Batch, Consented, Leaving};
use crate::clock::Clock;
use crate::model::job::JobKind;
use crate::model::{BrandId, ChannelId, ConversationId, OrderSourceId};
use crate::store::intake::{self, BrandIdentity, NewTold, Readable, Unlinked};
use crate::store::jobs::{self, NewJob};
use crate::store::merges::{self, PartedOrders};
use crate::store::raw_event_subjects::{self, Subject};
use crate::store::{self, Tx, opt_outs, order_sources, people};

/// Writes it; the conversations are there.
pub(super) async fn write(clock: &Clock, tx: &mut Tx, batch: &Batch) -> store::Result<()> {
    intake::set_orders(tx, &batch.about).await?;
    intake::insert_told(tx, &batch.told).await?;
    intake::insert_news(tx, &batch.news).await?;
    let changed = intake::list_readable(tx, &batch.changed_orders).await?;
    let mut readings: Vec<NewJob> = changed.iter().map(|order| reading_of(clock, order)).collect();
    let first = first_of(tx, &batch.told).await?;
    readings.extend(first.iter().map(|order| first_reading_of(clock, order)));
    jobs::enqueue(tx, &readings).await?;
    note_vouched(clock, tx, &batch.vouched).await?;
    note_answers(clock, tx, &batch.answers).await?;
    note_consents(tx, batch).await?;
    erase_everywhere(clock, tx, &batch.erasures).await
}

/// Who is to be forgotten is so in every brand: a platform says it once for all accounts of an app, and its name of a person is the
/// same at each of them. The bytes that say so go along.
async fn erase_everywhere(clock: &Clock, tx: &mut Tx, leaving: &[Leaving]) -> store::Result<()> {
    let names: Vec<BrandIdentity> = leaving.iter().map(|who| who.name.clone()).collect();
    let holders = people::list_holders_anywhere(tx, &names).await?;
    let mut subjects = Vec::new();
    for holder in &holders {
        let told = leaving.iter().filter(|who| who.name.kind == holder.kind && who.name.value == holder.value);
        subjects.extend(told.map(|who| Subject { subject_id: holder.contact_id.0, raw_event_id: who.raw_event_id }));
    }
    raw_event_subjects::insert(tx, &subjects).await?;
    let erasures: Vec<NewJob> = holders.iter().map(|holder| erase_job(clock, holder.contact_id)).collect();
    jobs::enqueue(tx, &erasures).await
}

/// Who wants nothing that they did not ask for, by what they have said last; what those said who are known now for the first time
/// counts from now on.
async fn note_consents(tx: &mut Tx, batch: &Batch) -> store::Result<()> {
    for Consented { channel, who, word } in &batch.consents {
        let holders = people::list_holders(tx, who).await?;
        if holders.is_empty() {
            opt_outs::note_early(tx, *channel, who, *word).await?;
        }
        for holder in holders {
            opt_outs::note(tx, *channel, holder.contact_id, *word).await?;
        }
    }
    for early in opt_outs::take_early(tx, &new_names(batch)).await? {
        for holder in people::list_holders(tx, std::slice::from_ref(&early.name)).await? {
            opt_outs::note(tx, early.channel, holder.contact_id, early.word).await?;
        }
    }
    Ok(())
}

/// The names that nobody had before.
fn new_names(batch: &Batch) -> Vec<BrandIdentity> {
    let named = |brand_id: BrandId, kind: &String, value: &String| BrandIdentity {
        brand_id,
        kind: kind.clone(),
        value: value.clone(),
    };
    let first = batch.contacts.iter().map(|contact| named(contact.brand_id, &contact.kind, &contact.value));
    let further = batch.names.iter().map(|name| named(name.brand_id, &name.kind, &name.value));
    first.chain(further).collect()
}

/// What was told in a conversation for those who leave it goes along to theirs, and what is not linked there is read for it. The
/// turn to place messages is held.
pub(super) async fn part_orders(
    clock: &Clock,
    tx: &mut Tx,
    both: (ConversationId, ConversationId),
    copied: &[(OrderSourceId, String)],
) -> store::Result<PartedOrders> {
    let parted = merges::part_orders(tx, both, copied).await?;
    let all: Vec<&NewTold> = parted.told.iter().collect();
    let unlinked = unlinked_of(tx, &all).await?;
    let readings: Vec<NewJob> = unlinked.iter().map(|order| first_reading_of(clock, order)).collect();
    jobs::enqueue(tx, &readings).await?;
    Ok(parted)
}

/// What conversations are about by the word of a marketplace whose orders are read, and what is not linked to them yet; of
/// several orders, each about the first.
async fn first_of(tx: &mut Tx, told: &[NewTold]) -> store::Result<Vec<Unlinked>> {
    let mut seen = HashSet::new();
    let first: Vec<&NewTold> = told.iter().filter(|order| seen.insert(order.conversation_id)).collect();
    unlinked_of(tx, &first).await
}

/// Those of a marketplace whose orders are read, and that are not linked to their conversations yet.
async fn unlinked_of(tx: &mut Tx, told: &[&NewTold]) -> store::Result<Vec<Unlinked>> {
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let markets: HashMap<ChannelId, OrderSourceId> = order_sources::list_markets(tx).await?.into_iter().collect();
    let unlinked = |order: &&NewTold| {
        let order_source_id = *markets.get(&order.channel_id)?;
        let order_id = order.order_number.clone();
        Some(Unlinked { conversation_id: order.conversation_id, order_source_id, order_id })
    };
    let wanted: Vec<Unlinked> = told.iter().filter_map(unlinked).collect();
    intake::list_unlinked(tx, &wanted).await
}

/// The reading that links an order to its conversation.
fn first_reading_of(clock: &Clock, order: &Unlinked) -> NewJob {
    let (source, conversation) = (order.order_source_id.to_string(), order.conversation_id.to_string());
    let now = clock.now();
    NewJob {
        id: clock.new_id(),
        kind: JobKind::ReadOrder,
        dedup_key: Some(format!("{source}:{}:{conversation}", order.order_id)),
        payload: json!({ "source": source, "order": order.order_id, "conversation": conversation }),
        run_at: now,
        conversation_id: None,
        created_at: now,
    }
}

/// The reading of an order of which its platform says that it changed: many within a moment are one.
fn reading_of(clock: &Clock, order: &Readable) -> NewJob {
    let (source, now) = (order.order_source_id.to_string(), clock.now());
    NewJob {
        id: clock.new_id(),
        kind: JobKind::ReadOrder,
        dedup_key: Some(format!("{source}:{}", order.order_id)),
        payload: json!({ "source": source, "order": order.order_id }),
        run_at: now,
        conversation_id: None,
        created_at: now,
    }
}
