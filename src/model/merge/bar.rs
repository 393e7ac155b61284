//! What keeps one conversation from going into another: a customer has one of them open in a chat.

/// What is in a conversation, as far as a chat has to do with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// Whether a customer has it open in a chat.
    pub is_chat: bool,
    /// Whether somebody else than its customer wrote in it.
    pub has_others: bool,
}

/// Why one conversation cannot go into another, whatever a person says: a customer has one of them open in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// It is the one that is to go; the other one could go into it.
    ChatStays,
    /// Both are.
    BothStay,
    /// The other one is somebody else's. An order number is no proof that both are one: a visitor can type any.
    Stranger,
    /// The other one is of the same customer, and somebody else wrote in it.
    Others,
}

impl Bar {
    /// For a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::ChatStays => {
                "A live chat stays where its customer waits. Open the chat and merge the other one into it."
            }
            Self::BothStay => "Both are live chats, and each stays where its customer waits.",
            Self::Stranger => {
                "A live chat shows its customer all that is in it, so it is never merged with anything of another \
                 customer."
            }
            Self::Others => {
                "A live chat is its customer’s alone, and somebody else wrote in the other conversation. Split off \
                 what they wrote there, or undo the merge that brought it; then the rest can go into the chat."
            }
        }
    }
}

/// What keeps a conversation from going into another; `of_one`: the customers of both are one person.
pub fn bar_between(from: Inside, into: Inside, of_one: bool) -> Option<Bar> {
    match ((from.is_chat, into.is_chat), of_one) {
        ((false, false), _) => None,
        (_, false) => Some(Bar::Stranger),
        ((true, true), true) => Some(Bar::BothStay),
        ((false, true), true) => from.has_others.then_some(Bar::Others),
        ((true, false), true) => Some(if into.has_others { Bar::Others } else { Bar::ChatStays }),
    }
}
