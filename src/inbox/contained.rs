//! What may be said of a case on the channel on which it is answered, looked up.

use crate::model::channel::is_marketplace;
use crate::model::contained::{Way, as_known_on, orders_known_on};
use crate::model::conversation::Conversation;
use crate::model::order::KnownOrder;
use crate::store::{self, Db, messages, orders};

/// So many of the last messages are looked at.
const LOOKED_AT: i64 = 200;

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
    let history = messages::list(db, conversation.id, LOOKED_AT).await?;
    let told = orders::list_told(db, conversation.id, conversation.channel_id).await?;
    let way = Way { channel: conversation.channel_id, kind: &conversation.channel_kind, told: &told };
    Ok((as_known_on(way, conversation, &history), orders_known_on(way, linked, &history)))
}
