//! What may be said of a case on the channel on which it is answered, looked up.

use crate::model::channel::is_marketplace;
use crate::model::contained::{self, CaseOrders, Way, as_known_on, is_known_on, orders_known_on};
use crate::model::conversation::Conversation;
use crate::model::numbering::Numbering;
use crate::model::order::KnownOrder;
use crate::model::{BrandId, ChannelId, OrderSourceId};
use crate::store::{self, Db, Reader, brands, messages, order_sources, orders, people};

/// So many of the last messages there are looked at.
const LOOKED_AT: i64 = 200;

/// A way on which something is written to the customer of a conversation: the channel, and its kind.
pub async fn way_of<'a>(
    db: &Db,
    conversation: &Conversation,
    (channel, kind): (ChannelId, &'a str),
) -> store::Result<Way<'a>> {
    let is_alone = messages::is_alone_on(db, conversation.id, channel).await?;
    way(db, conversation, (channel, kind), is_alone).await
}

async fn way<'a>(
    db: &Db,
    conversation: &Conversation,
    (channel, kind): (ChannelId, &'a str),
    is_alone: bool,
) -> store::Result<Way<'a>> {
    let person = people::contacts_of(db, conversation.contact_id).await?;
    let told = orders::list_told(db, conversation.id, channel).await?;
    Ok(Way { channel, kind, person, told, is_alone })
}

/// The conversation and its orders, as far as a text for its customer may use them: marketplaces hear nothing from
/// elsewhere.
pub async fn facts(
    db: &Db,
    conversation: &Conversation,
    linked: &[KnownOrder],
) -> store::Result<(Conversation, Vec<KnownOrder>)> {
    if !conversation.channel_kind.parse().is_ok_and(is_marketplace) {
        return Ok((conversation.clone(), linked.to_vec()));
    }
    let (channel, kind) = (conversation.channel_id, conversation.channel_kind.as_str());
    let way = way_of(db, conversation, (channel, kind)).await?;
    let history = messages::list_on(&mut Reader::Db(db), (conversation.id, channel), LOOKED_AT).await?;
    let shops = shops_of(db, conversation.brand_id, (channel, kind)).await?;
    Ok((as_known_on(&way, conversation, &history), orders_known_on(&way, (linked, &shops), &history)))
}

/// What a reply of a conversation must not name on a channel: nothing but on a marketplace, in a case that was also heard of
/// elsewhere, or of somebody else, or whose customer goes by other names elsewhere. What the panel lists is what is refused.
pub async fn untold(
    db: &Db,
    conversation: &Conversation,
    (channel, kind): (ChannelId, &str),
) -> store::Result<Vec<String>> {
    if !kind.parse().is_ok_and(is_marketplace) {
        return Ok(Vec::new());
    }
    let (id, brand) = (conversation.id, conversation.brand_id);
    let is_alone = messages::is_alone_on(db, id, channel).await?;
    let names = people::identities_in_case(&mut Reader::Db(db), id).await?;
    if is_alone && names.iter().all(|name| is_known_on(kind, name)) {
        return Ok(Vec::new());
    }
    let way = way(db, conversation, (channel, kind), is_alone).await?;
    let orders = CaseOrders {
        read: &orders::list_of(db, id).await?,
        shops: &shops_of(db, brand, (channel, kind)).await?,
        told_to_others: &orders::list_told_to_others(db, id, channel).await?,
        pattern: &brands::get(db, brand).await?.order_pattern,
    };
    let here = messages::list_on(&mut Reader::Db(db), (id, channel), LOOKED_AT).await?;
    let all = messages::list(db, id, LOOKED_AT).await?;
    Ok(contained::untold(&way, orders, &names, (&here, &all)))
}

/// The shops of a brand that have the orders of a channel's marketplace.
pub async fn shops_of(
    db: &Db,
    brand: BrandId,
    (channel, kind): (ChannelId, &str),
) -> store::Result<Vec<OrderSourceId>> {
    let mut shops = order_sources::list_numberings(db, brand).await?;
    shops.retain(|(_, numbering)| *numbering == Numbering::on(channel, kind));
    Ok(shops.into_iter().map(|(id, _)| id).collect())
}
