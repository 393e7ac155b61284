//! The store on both engines, one file a noun.

mod actions;
mod agent_runs;
pub(crate) mod approvals;
mod audit;
mod brands;
mod channels;
mod chats;
mod composer_files;
mod composer_texts;
mod conversations;
mod db;
mod drafts;
mod events;
mod files;
mod intake;
mod jobs;
mod lists;
mod messages;
mod notes;
mod orders;
mod plans;
mod raw_events;
mod search;
mod sessions;
mod teammates;
mod versions;
mod wake;
