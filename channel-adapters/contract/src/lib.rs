//! What every channel and every order source of Resolute promises.
//!
//! An adapter crate speaks one platform's wire protocol and knows nothing of conversations, agents or stores: it turns
//! raw bytes into [`inbound::Inbound`] events (pure), turns an [`outbound::Outbound`] command into a
//! [`outbound::Receipt`] or a typed failure, and states as data what the platform allows
//! ([`capabilities::Capabilities`]). Order sources do the same for orders ([`orders`]).
//!
//! The feature `http` holds what adapters of platforms that speak HTTP share, and `testkit` the conformance tests that
//! every adapter passes, with an empty message for tests of their own.

pub mod capabilities;
pub mod channel;
pub mod clauses;
pub mod contact;
pub mod effects;
pub mod extra;
pub mod failure;
pub mod files;
pub mod gap;
pub mod guide;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
pub mod hub;
pub mod inbound;
pub mod listing;
pub mod money;
pub mod orders;
pub mod outbound;
pub mod secret;
pub mod template;
#[cfg(feature = "testkit")]
pub mod testkit;
#[cfg(feature = "testkit")]
pub mod testkit_orders;
pub mod tracking;
pub mod unseen;
pub mod wire;

pub use capabilities::Capabilities;
pub use channel::{ChannelKind, MessageChannel};
pub use effects::{effect_visible, way_back};
pub use inbound::{Inbound, InboundEvent, InboundMessage, RawItem};
pub use money::{Currency, Money};
pub use orders::{Order, OrderSource};
pub use outbound::{Outbound, Receipt};
pub use tracking::ParcelTracker;
