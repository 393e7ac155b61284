//! What stops the agent: while it holds, a person decides what the agent would do alone.

use super::{BrakeId, BrandId, TeammateId, Ts};

/// A stop of the agent. What is left open stops more.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Brake {
    /// Id.
    pub id: BrakeId,
    /// In which brand; `None`: in every one.
    pub brand_id: Option<BrandId>,
    /// The intent's word; `""`: whatever is wanted.
    pub intent: String,
    /// The kind of channel; `""`: on every one.
    pub channel: String,
    /// The word of an action: only replies that ask a shop for it. `""`: every reply.
    pub action: String,
    /// Why, in a person's words.
    pub reason: String,
    /// Who stopped it.
    pub set_by: Option<TeammateId>,
    /// Since when.
    pub set_at: Ts,
    /// Who let it go on.
    pub lifted_by: Option<TeammateId>,
    /// Until when.
    pub lifted_at: Option<Ts>,
}

impl Brake {
    /// Whether another one stops the same, for whatever reason.
    pub fn stops_the_same(&self, other: &Self) -> bool {
        self.brand_id == other.brand_id
            && self.intent == other.intent
            && self.channel == other.channel
            && self.action == other.action
    }
}
