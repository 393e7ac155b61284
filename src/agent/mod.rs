//! The agent: one run over a snapshot it is handed. It returns a value and does nothing itself.
//!
//! Understand and wording come from an [`Engine`]; gathering, deciding and verifying are the same for every engine.

mod alone;
mod announce;
mod broken;
mod built_in;
mod claims;
mod clauses;
mod codes;
mod decide;
mod doubts;
mod draft;
mod engine;
pub mod errands;
mod evidence;
mod finish;
mod gather;
mod kept;
mod llm_engine;
mod numbers;
mod order_facts;
mod outcome;
mod plain;
mod pointing;
mod products;
mod promised;
mod records;
mod replayed;
mod requests;
mod run;
mod snapshot;
mod terms;
mod thanks;
mod triage;
pub mod understand;
mod variables;
mod verify;

pub use announce::{Announced, announce};
pub use built_in::BuiltIn;
pub use codes::Codes;
pub use doubts::{CaseFacts, doubts};
pub use engine::{Brief, Engine, EngineError, Part, Reading, Written};
pub use evidence::FactBook;
pub use finish::notice_without_run;
pub use kept::{Kept, KeptError, differences};
pub use llm_engine::{LlmEngine, call_label, read_errands};
pub use outcome::{Mode, Outcome, RunResult, Seen};
pub use plain::plain_of;
pub use promised::promised;
pub use replayed::weighed;
pub use run::{run, run_watched};
pub use snapshot::{Question, Snapshot, Spent, TemplateVersion, answers, last_answers, waiting};
pub use thanks::says_thanks;
pub use variables::Variables;
pub use verify::{Context, Report, verify};

/// Makes ready what the first run would wait for: the models, and the patterns that sentences are checked with.
pub fn warm_up() {
    let sample = "Where is my order?";
    let _ = understand::understand(sample, &understand::Options::default());
    for (sentence, language) in [("It left on Saturday 21 November.", "en"), ("Es ist bei Nordpost.", "de")] {
        let _ = claims::claims(sentence, &[], language, time::Date::MIN);
    }
}
