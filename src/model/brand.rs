//! A shop identity: owns channels, order sources, voice, policies.

use super::text_enum::text_enum;
use super::{BrandId, Ts};

text_enum! {
    /// How much the agent may do for a brand: the upper bound over everything that the policy grants.
    AgentLevel {
        /// The agent does not run.
        Off = "off",
        /// Every draft waits for a person.
        Approve = "approve",
        /// What the policy grants goes out alone.
        Auto = "auto",
    }
}

/// A brand.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Brand {
    /// Id.
    pub id: BrandId,
    /// Name in addresses.
    pub slug: String,
    /// Name as shown.
    pub name: String,
    /// Accent colour as a hue, 0 to 359.
    pub hue: i64,
    /// Main language, ISO 639.
    pub locale: String,
    /// ISO 4217.
    pub currency: String,
    /// Regular expression of the shop's order numbers, `""` for the usual shapes.
    pub order_pattern: String,
    /// How much the agent may do.
    pub agent_level: AgentLevel,
    /// Where the brand's clock stands, as an IANA name; `""` for UTC.
    pub time_zone: String,
    /// When it was set up.
    pub created_at: Ts,
}

impl Brand {
    /// The letter shown where there is no room for the name.
    pub fn initial(&self) -> String {
        self.name.chars().take(1).collect::<String>().to_uppercase()
    }
}
