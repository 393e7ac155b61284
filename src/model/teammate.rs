//! A person on staff.

use super::text_enum::text_enum;
use super::{TeammateId, Ts};

text_enum! {
    /// What a person may do. Each role may do all that the one before may.
    Role {
        /// Answers customers.
        Teammate = "teammate",
        /// Also tunes voice and policy.
        Manager = "manager",
        /// Also runs channels and the team.
        Admin = "admin",
    }
}

/// A person on staff. The password is not part of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Teammate {
    /// Id.
    pub id: TeammateId,
    /// Sign-in.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Where their clock stands, as an IANA name; `""` when they did not say.
    pub time_zone: String,
    /// Set when they may no longer sign in.
    pub disabled_at: Option<Ts>,
    /// Since when they are away, as they say themselves.
    pub away_since: Option<Ts>,
}

impl Teammate {
    /// Whether the role includes `needed`.
    pub fn may(&self, needed: Role) -> bool {
        self.role >= needed
    }

    /// The first name, for sign-offs.
    pub fn first_name(&self) -> &str {
        first_name(&self.name)
    }
}

/// What customers read of a teammate's name.
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}
