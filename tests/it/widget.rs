//! The chat between a visitor and the desk, over real sockets and on both databases.

mod answers;
#[cfg(feature = "browser")]
mod answers_shown;
mod bad_input;
#[cfg(feature = "browser")]
mod before_shown;
mod cards;
#[cfg(feature = "browser")]
mod cards_shown;
mod choices;
mod connect;
mod elsewhere;
mod erased;
mod failing_reads;
#[cfg(feature = "browser")]
mod files_shown;
#[cfg(feature = "browser")]
mod keys_shown;
mod letters;
#[cfg(feature = "browser")]
mod lines_shown;
#[cfg(feature = "browser")]
mod marks_shown;
mod people;
#[cfg(feature = "browser")]
mod reload_shown;
mod settings;
mod size;
#[cfg(feature = "browser")]
mod standing_shown;
#[cfg(feature = "browser")]
mod tabs_shown;
mod talk;
#[cfg(feature = "browser")]
mod unlisted_shown;
#[cfg(feature = "browser")]
mod view_shown;
#[cfg(feature = "browser")]
mod wait_shown;
mod waits;
mod who;
#[cfg(feature = "browser")]
mod windows;
