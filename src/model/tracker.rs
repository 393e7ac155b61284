//! Tracking providers as the desk knows them.

pub use channel_contract::tracking::{Parcel, ParcelNews, plain_number};

use super::text_enum::text_enum;
use super::{BrandId, Json, TrackerId, Ts};

text_enum! {
    /// Which provider.
    TrackerKind {
        /// AfterShip.
        AfterShip = "aftership",
        /// 17TRACK.
        SeventeenTrack = "seventeen_track",
        /// EasyPost.
        EasyPost = "easypost",
    }
}

impl TrackerKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AfterShip => "AfterShip",
            Self::SeventeenTrack => "17TRACK",
            Self::EasyPost => "EasyPost",
        }
    }
}

/// A connected provider, one a brand. Secrets are not part of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TrackerRow {
    /// Id.
    pub id: TrackerId,
    /// Whose.
    pub brand_id: BrandId,
    /// Which provider.
    pub kind: TrackerKind,
    /// Settings without secrets.
    pub settings: Json<serde_json::Value>,
    /// `connected`, `needs_attention`.
    pub state: String,
    /// What was wrong last, in words.
    pub state_reason: String,
    /// The last successful reading.
    pub last_read_at: Option<Ts>,
}
