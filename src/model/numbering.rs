//! Whose numbers orders have: every shop numbers by itself, so that two orders with one number may be of different people.

use serde_json::Value;

use super::channel::is_marketplace;
use super::conversation::Conversation;
use super::{ChannelId, ConversationId};

/// The setting of a connected shop that names the channel of the marketplace whose orders it holds, under the numbers that they
/// have there. Without it the shop is the brand's own.
pub const MARKET: &str = "market";

/// Who gives orders their numbers. What a platform names for a message and what a shop holds is one order only where the
/// numbers are equal and the same one gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Numbering {
    /// The brand itself.
    Own,
    /// The marketplace behind a channel.
    Market(ChannelId),
}

impl Numbering {
    /// That of the orders which are named on a channel.
    pub fn on(channel: ChannelId, kind: &str) -> Self {
        if kind.parse().is_ok_and(is_marketplace) { Self::Market(channel) } else { Self::Own }
    }

    /// That of the orders of a connected shop with these settings.
    pub fn of_shop(settings: &Value) -> Self {
        market_of(settings).map_or(Self::Own, Self::Market)
    }
}

/// Whose number it is by which a conversation is about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The order's number.
    pub order_number: String,
    /// Who gave it.
    pub numbering: Numbering,
}

/// Whether two conversations that name one number are about one order. Where nobody knows whose the number is, it is that of
/// the conversation's channel.
pub fn are_about_one(ties: &[Tie], number: &str, (one, other): (&Conversation, &Conversation)) -> bool {
    let of = |row: &Conversation| {
        let here = ties.iter().filter(|tie| tie.conversation_id == row.id && tie.order_number == number);
        let mut known: Vec<Numbering> = here.map(|tie| tie.numbering).collect();
        if known.is_empty() {
            known.push(Numbering::on(row.channel_id, &row.channel_kind));
        }
        known
    };
    let there = of(other);
    of(one).iter().any(|numbering| there.contains(numbering))
}

/// The marketplace whose orders a shop with these settings holds.
pub fn market_of(settings: &Value) -> Option<ChannelId> {
    settings.get(MARKET)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_order_is_one_only_where_the_same_shop_numbers_it() {
        let (first, second) = (ChannelId(Uuid::from_u128(1)), ChannelId(Uuid::from_u128(2)));
        let own = Numbering::of_shop(&json!({ "base_url": "https://shop.example" }));
        let of_first = Numbering::of_shop(&json!({ "market": first.to_string() }));
        for kind in ["mirakl", "ebay", "amazon"] {
            assert_eq!(Numbering::on(first, kind), of_first, "{kind}");
            assert_ne!(Numbering::on(second, kind), of_first, "{kind}: another market numbers by itself");
            assert_ne!(Numbering::on(first, kind), own, "{kind}: so does the own shop");
        }
        for kind in ["email", "whatsapp", "live_chat", "unheard_of"] {
            assert_eq!(Numbering::on(first, kind), own, "{kind}");
            assert_ne!(Numbering::on(first, kind), of_first, "{kind}");
        }
        assert_eq!(Numbering::of_shop(&json!({ "market": "" })), own);
    }
}
