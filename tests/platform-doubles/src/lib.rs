//! Doubles of the platforms that Resolute speaks with, for its tests and to try things out: each speaks the platform's real protocol
//! over HTTP on this machine, keeps what it is told in memory, and misbehaves when it is told to.
//!
//! A platform is a [`server::Platform`]; [`server::Double`] gives it a port and does the misbehaving that has nothing to do
//! with the platform ([`fault::Fault`]). What the platform pushes goes out through [`hooks::Hooks`]. The program runs all of
//! them ([`together::Together`]) and is told what to do over HTTP ([`control`]).

pub mod amazon;
pub mod control;
pub mod ebay;
pub mod fault;
pub mod hooks;
pub mod http_orders;
pub mod line;
pub mod messagebird;
pub mod meta;
pub mod mirakl;
pub mod multipart;
pub mod server;
pub mod shopify;
pub mod telegram;
pub mod together;
pub mod tracking;
pub mod twilio;
pub mod whatsapp;
pub mod woocommerce;

pub use fault::Fault;
pub use hooks::{Delivery, Hooks};
pub use server::{Double, Platform, Request, Response};
