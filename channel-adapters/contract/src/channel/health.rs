//! How a connection will stand.

use time::OffsetDateTime;

/// How a connection will stand, as far as the platform has told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When the access ends that cannot be renewed without a person; `None`: not known, or never.
    pub token_ends_at: Option<OffsetDateTime>,
    /// What is used up of what the platform allows.
    pub quota: Vec<Quota>,
}

/// Something that a platform allows so much of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What, for people.
    pub name: &'static str,
    /// How much is used.
    pub used: u64,
    /// Of how much.
    pub of: u64,
}
