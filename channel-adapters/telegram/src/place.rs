//! Where something was said, and the names that follow from it. Telegram numbers messages by chat, and the chats of each
//! business account anew.

use channel_contract::wire::Word;

use crate::wire::Chat;

/// The longest id of a chat or an account, in bytes.
const LONGEST_ID: usize = 200;

/// A chat, perhaps one of a business account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The platform's id of the connection to a business account, `""` for the bot's own chats.
    pub(crate) business: String,
    /// The platform's id of the chat.
    pub(crate) chat: String,
    /// Whether others read along.
    pub(crate) is_public: bool,
}

impl Place {
    pub(crate) fn of(chat: &Chat, business: &Word) -> Self {
        let short = |word: &'_ Word| word.owned().filter(|id| id.len() <= LONGEST_ID).unwrap_or_default();
        let id = short(&chat.id);
        let is_public = match chat.kind.as_str() {
            "private" => false,
            // Ids of groups and channels are below zero.
            "" => id.starts_with('-'),
            _ => true,
        };
        Self { business: short(business), chat: id, is_public }
    }

    /// The id of the thread, as the desk keeps it.
    pub(crate) fn thread_id(&self) -> String {
        if self.business.is_empty() { self.chat.clone() } else { format!("{}:{}", self.business, self.chat) }
    }

    /// The id of a message there, unique among all that the bot sees.
    pub(crate) fn message_id(&self, number: &str) -> String {
        format!("{}:{number}", self.thread_id())
    }

    /// The place that a thread's id names.
    pub(crate) fn of_thread(thread_id: &str) -> Option<Self> {
        let (business, chat) = thread_id.rsplit_once(':').unwrap_or(("", thread_id));
        chat.parse::<i64>().ok()?;
        Some(Self { business: business.to_owned(), chat: chat.to_owned(), is_public: false })
    }

    /// The number of a message here, of the id that the desk keeps; `None` if it is one of another place.
    pub(crate) fn number_of(&self, message_id: &str) -> Option<i64> {
        message_id.strip_prefix(&self.thread_id())?.strip_prefix(':')?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_place() {
        for business in ["", "conn_A:1"] {
            let place = Place { business: business.to_owned(), chat: "-77".to_owned(), is_public: false };
            assert_eq!(Place::of_thread(&place.thread_id()), Some(place.clone()));
            assert_eq!(place.number_of(&place.message_id("5")), Some(5));
        }
        let place = Place { chat: "7".to_owned(), ..Place::default() };
        for other in ["8:5", "77:5", "7", "7:", "7:5:6", "callback:5", ""] {
            assert_eq!(place.number_of(other), None, "{other}");
        }
        for no_thread in ["", "ann", "conn:", "conn:ann"] {
            assert_eq!(Place::of_thread(no_thread), None, "{no_thread}");
        }
    }
}
