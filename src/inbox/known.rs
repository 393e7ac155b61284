//! What the store knows of a batch of messages before they are placed: a few statements, however many they are.

use super::place::{Known, Wanted};
use crate::model::channel::is_marketplace;
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::{ContactId, ConversationId, MessageId};
use crate::store::intake::{self, BrandIdentity, ChannelKey, KeyTarget, KnownContact, OrderMention};
use crate::store::people::{kin_of, list_platforms};
use crate::store::{self, Tx, erased_names};

/// Looks up what a batch needs. Conversations are locked first, then messages, as by whoever changes both.
pub(super) async fn look_up(tx: &mut Tx, wanted: &Wanted) -> store::Result<Known> {
    let keys = intake::find_keys(tx, &wanted.keys).await?;
    let mut ids: Vec<ConversationId> = keys.iter().map(|target| target.conversation_id).collect();
    ids.extend(&wanted.tokens);
    let key_of = |target: &KeyTarget| ChannelKey { channel_id: target.channel_id, key: target.key.clone() };
    let is_own = |target: &&KeyTarget| wanted.own.contains(&key_of(target));
    let doubted: Vec<MessageId> = keys.iter().filter(is_own).map(|target| target.message_id).collect();
    let (said, files) = intake::find_said(tx, &doubted).await?;
    let named = intake::find_by_order(tx, &wanted.mentions).await?;
    ids.extend(&named);
    let told = intake::find_told(tx, &wanted.told).await?;
    ids.extend(told.iter().map(|told| told.conversation_id));
    let conversations = conversations_of(tx, ids).await?;
    // As they are now that nobody else changes them.
    let is_about = |row: &&Conversation| {
        let number = row.order_number.clone().unwrap_or_default();
        row.status != ConversationStatus::Resolved
            && wanted.mentions.contains(&OrderMention { brand_id: row.brand_id, order_number: number })
    };
    let found = named.iter().filter_map(|id| conversations.iter().find(|row| row.id == *id));
    let about_orders: Vec<Conversation> = found.filter(is_about).cloned().collect();
    let about: Vec<ConversationId> = about_orders.iter().map(|row| row.id).collect();
    let ties = intake::find_ties(tx, &about).await?;
    let is_changed = |target: &&KeyTarget| wanted.changed.contains(&key_of(target));
    let mut changed: Vec<MessageId> = keys.iter().filter(is_changed).map(|target| target.message_id).collect();
    changed.sort_unstable();
    changed.dedup();
    let changeable = intake::find_changeable(tx, &changed).await?;
    let mut contacts = intake::find_contacts(tx, &wanted.identities).await?;
    contacts.extend(intake::find_namesakes(tx, &wanted.further).await?);
    let mut people: Vec<ContactId> = contacts.iter().map(|contact| contact.contact_id).collect();
    people.extend(conversations.iter().map(|row| row.contact_id));
    let is_renamed = |known: &&KnownContact| {
        let (kind, value) = (known.kind.clone(), known.value.clone());
        wanted.renamed.contains(&BrandIdentity { brand_id: known.brand_id, kind, value })
    };
    let mut renamed: Vec<ContactId> = contacts.iter().filter(is_renamed).map(|known| known.contact_id).collect();
    renamed.sort_unstable();
    renamed.dedup();
    let talks = intake::find_last_talks(tx, &renamed).await?;
    let is_on_market = |row: &&Conversation| row.channel_kind.parse().is_ok_and(is_marketplace);
    let on_markets: Vec<ContactId> = conversations.iter().filter(is_on_market).map(|row| row.contact_id).collect();
    Ok(Known {
        platforms: list_platforms(tx, &on_markets).await?.into_iter().collect(),
        keys,
        said,
        files,
        changeable,
        contacts,
        talks,
        kin: kin_of(tx, &people).await?,
        conversations,
        about_orders,
        ties,
        told,
        news: intake::find_news(tx, &wanted.news).await?,
        erased: erased_names::find(tx, &wanted.read_back).await?,
    })
}

/// The conversations with these ids, and those that they went into. All of them are known before any is locked, so that
/// they are locked in one order: a merge, which could make them more, has to wait for its turn.
async fn conversations_of(tx: &mut Tx, mut ids: Vec<ConversationId>) -> store::Result<Vec<Conversation>> {
    ids.sort_unstable();
    ids.dedup();
    let mut more = ids.clone();
    while !more.is_empty() {
        more = intake::find_targets(tx, &more).await?;
        more.retain(|id| !ids.contains(id));
        ids.extend(&more);
    }
    ids.sort_unstable();
    ids.dedup();
    intake::find_conversations(tx, &ids).await
}
