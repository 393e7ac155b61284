//! What may be said of a case on the channel on which it is answered, looked up.

use crate::model::channel::{Channel, is_marketplace};
use crate::model::contained::{self, Way, as_known_on, orders_known_on};
use crate::model::conversation::Conversation;
use crate::model::numbering::Numbering;
use crate::model::order::KnownOrder;
use crate::model::{BrandId, ChannelId, ConversationId, OrderSourceId};
use crate::store::{self, Db, messages, order_sources, orders};

/// So many of the last messages there are looked at.
const LOOKED_AT: i64 = 200;

/// A way on which something is written in a conversation: the channel, and its kind.
pub async fn way_of<'a>(
    db: &Db,
    conversation: ConversationId,
    (channel, kind): (ChannelId, &'a str),
) -> store::Result<Way<'a>> {
    let told = orders::list_told(db, conversation, channel).await?;
    let is_alone = messages::is_alone_on(db, conversation, channel).await?;
    Ok(Way { channel, kind, told, is_alone })
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
    let way = way_of(db, conversation.id, (channel, kind)).await?;
    let history = messages::list_on(db, conversation.id, channel, LOOKED_AT).await?;
    let shops = shops_of(db, conversation.brand_id, (channel, kind)).await?;
    Ok((as_known_on(&way, conversation, &history), orders_known_on(&way, (linked, &shops), &history)))
}

/// What a reply of a conversation must not name on a channel: nothing but on a marketplace, in a case that was also heard of
/// elsewhere.
pub async fn untold(db: &Db, conversation: ConversationId, channel: &Channel) -> store::Result<Vec<String>> {
    if !is_marketplace(channel.channel_kind()) {
        return Ok(Vec::new());
    }
    let place = (channel.id, channel.kind.as_str());
    let way = way_of(db, conversation, place).await?;
    if way.is_alone {
        return Ok(Vec::new());
    }
    let linked = orders::list_of(db, conversation).await?;
    let shops = shops_of(db, channel.brand_id, place).await?;
    let here = messages::list_on(db, conversation, channel.id, LOOKED_AT).await?;
    let all = messages::list(db, conversation, LOOKED_AT).await?;
    Ok(contained::untold(&way, (&linked, &shops), (&here, &all)))
}

/// The shops of a brand that have the orders of a channel's marketplace.
async fn shops_of(db: &Db, brand: BrandId, (channel, kind): (ChannelId, &str)) -> store::Result<Vec<OrderSourceId>> {
    let mut shops = order_sources::list_numberings(db, brand).await?;
    shops.retain(|(_, numbering)| *numbering == Numbering::on(channel, kind));
    Ok(shops.into_iter().map(|(id, _)| id).collect())
}
