//! A customer and their names on channels.

use serde::{Deserialize, Serialize};

use super::channel::ChannelKind;
use super::{BrandId, ContactId, Ts};

/// A customer of a brand.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Contact {
    /// Id.
    pub id: ContactId,
    /// Whose customer.
    pub brand_id: BrandId,
    /// Name as last seen.
    pub name: String,
    /// Language as last seen, `""` if unknown.
    pub locale: String,
    /// First contact.
    pub created_at: Ts,
}

/// A contact's name on a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct ContactIdentity {
    /// `email`, `phone`, ...
    pub kind: String,
    /// The normalised value.
    pub value: String,
    /// Whose.
    pub contact_id: ContactId,
    /// Whether a channel has proved it.
    pub proved: bool,
    /// Since when they are known by it.
    pub created_at: Ts,
}

/// Whether a kind of channel shows customers under names of its own making: those belong to it alone, and no other name is
/// ever put beside them.
pub fn is_masked(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Amazon | ChannelKind::Ebay | ChannelKind::Mirakl)
}

/// Whether somebody can be written to on a kind of channel by a name of this sort.
pub fn is_reached_by(kind: ChannelKind, name: &str) -> bool {
    match kind {
        ChannelKind::Email => name == "email",
        ChannelKind::Amazon => name == "amazon_buyer",
        ChannelKind::Ebay => name == "ebay_user",
        ChannelKind::Mirakl => name.starts_with("marketplace_"),
        ChannelKind::Telegram => name == "telegram_user",
        ChannelKind::Sms => name == "phone",
        ChannelKind::Whatsapp => matches!(name, "whatsapp_user" | "phone"),
        ChannelKind::Messenger => name == "messenger_user",
        ChannelKind::Instagram => name == "instagram_user",
        ChannelKind::Line => name == "line_user",
        ChannelKind::LiveChat => name == "chat_visitor",
        ChannelKind::Agent => name != "email",
    }
}

/// The sort of name in whose place a kind of channel gives customers another one, under which alone they are reached from then on.
pub fn renewed_on(kind: ChannelKind) -> Option<&'static str> {
    (kind == ChannelKind::Whatsapp).then_some("whatsapp_user")
}

/// Two letters that stand for a person: `Sofie Keller` gives `SK`.
pub fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    let letters: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    if letters.is_empty() { "?".to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_of_all_sorts_of_names() {
        for (name, expected) in [
            ("Sofie Keller", "SK"),
            ("Ida Maria Holm", "IH"),
            ("noor", "N"),
            ("@noor.hikes", "NH"),
            ("", "?"),
            ("École d'été", "ÉÉ"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
