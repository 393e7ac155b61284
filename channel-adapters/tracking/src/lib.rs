//! Tracking providers: they ask the carriers, and are asked here how parcels are doing.
//!
//! Each is asked with calls that only read, or may be made again to no further effect; what it pushes is checked over its raw
//! bytes, and names the parcels to be read.

mod access;
mod aftership;
mod carrier;
mod easypost;
mod moments;
mod seventeen_track;
mod signature;

pub use access::Access;
pub use aftership::AfterShip;
pub use easypost::EasyPost;
pub use seventeen_track::SeventeenTrack;
