//! What may be said of a case on the channel on which it is answered, looked up.

use crate::model::channel::is_marketplace;
use crate::model::contained::{Way, as_known_on, orders_known_on};
use crate::model::conversation::Conversation;
use crate::model::numbering::Numbering;
use crate::model::order::KnownOrder;
use crate::model::{ChannelId, ConversationId};
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
    let mut shops = order_sources::list_numberings(db, conversation.brand_id).await?;
    shops.retain(|(_, numbering)| *numbering == Numbering::on(channel, kind));
    let shops: Vec<_> = shops.into_iter().map(|(id, _)| id).collect();
    Ok((as_known_on(&way, conversation, &history), orders_known_on(&way, (linked, &shops), &history)))
}
