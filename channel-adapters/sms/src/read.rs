//! What a delivery tells, whichever provider told it. Listings and the desk's events are made of the same.

/// What was told.
pub(crate) enum Event {
    /// Somebody wrote.
    Message(Box<Said>),
    /// The fate of an answer.
    Status(Fate),
    /// Anything else.
    Other,
}

/// A message.
#[derive(Default)]
pub(crate) struct Said {
    /// The provider's id, `""` if it gave none.
    pub(crate) id: String,
    /// The account that it came to, `""` if that is not told.
    pub(crate) account: String,
    /// The pool of numbers that it came to, `""` if none.
    pub(crate) service: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// The name that the sender shows, `""` if none.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) files: Vec<File>,
    /// When it was written, in seconds since 1970.
    pub(crate) at: Option<i64>,
    /// Whether it is a word that the provider answers by itself: STOP, START, HELP.
    pub(crate) is_answered: bool,
    /// Whether the sender lets the number write to them from now on, as the provider says; `None` where it says nothing.
    pub(crate) consent: Option<bool>,
}

/// A file of a message.
pub(crate) struct File {
    pub(crate) url: String,
    pub(crate) content_type: String,
}

/// The fate of an answer.
pub(crate) struct Fate {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) to: String,
    /// The provider's word for it.
    pub(crate) status: String,
    /// The provider's number of what went wrong.
    pub(crate) code: Option<i64>,
}
