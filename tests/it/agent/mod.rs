//! The agent over a small shop: what it does for each request, what it never does, and what it leaves out.

mod announced;
mod changes;
mod choices;
mod claims;
mod codes;
mod doubts;
mod fixture;
mod goods;
mod identity;
mod languages;
mod llm_engine;
mod order_matching;
mod records;
mod red_team;
mod requests;
mod turns;
mod wording;

use fixture::{Case, Reply};
