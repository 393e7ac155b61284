//! The agent over a small shop: what it does for each request, what it never does, and what it leaves out.

mod fixture;
mod identity;
mod languages;
mod llm_engine;
mod requests;
mod wording;

use fixture::{Case, Reply};
