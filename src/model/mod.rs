//! The words of the desk as types, and the pure rules that belong to them.
//!
//! No I/O, no SQL text. The types derive what the store needs to read and write them.

mod text_enum;

pub mod action;
pub mod agent_run;
pub mod answer_times;
pub mod approval;
pub mod article_import;
pub mod attachment;
pub mod audience;
pub mod audit;
pub mod brake;
pub mod brand;
pub mod bulk_change;
pub mod buttons;
pub mod channel;
pub mod contact;
pub mod contained;
pub mod conversation;
pub mod document;
pub mod draft;
pub mod event;
pub mod fit;
pub mod former_secret;
pub mod hours;
pub mod identity_check;
pub mod ids;
pub mod job;
pub mod line;
pub mod llm_cost;
pub mod macros;
pub mod matter;
pub mod merge;
pub mod message;
pub mod message_change;
pub mod note;
pub mod notification;
pub mod numbering;
pub mod order;
pub mod person;
pub mod reading_order;
pub mod replay;
pub mod resolution;
pub mod saved_view;
pub mod sleep;
pub mod spelling;
pub mod standing;
pub mod teammate;
pub mod tracker;
pub mod ts;
pub mod turn;
pub mod version;
pub mod window;
pub mod writing;
pub mod zone;

pub use ids::*;
pub use sqlx::types::Json;
pub use text_enum::UnknownWord;
pub use ts::Ts;
pub use zone::Zone;
