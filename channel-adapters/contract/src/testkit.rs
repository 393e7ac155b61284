//! The conformance tests that every adapter passes: the fifteen points of [`POINTS`].
//!
//! An adapter's test hands over a harness and calls one function a point; each fails with a sentence that says what the
//! contract asks. What a platform does not have is never passed over in silence: the harness names it as a [`Lack`] with
//! the reason, and a function that is shown neither the thing nor its lack fails. `docs/CHANNELS.md` holds the table of
//! all points ([`table`]) and what each adapter lacks ([`list_of_lacks`]). Nothing here knows a platform.

#![expect(clippy::missing_panics_doc, clippy::panic, reason = "these are assertions: to panic is how a test fails")]

mod checklist;
mod cursors;
mod facts;
mod flags;
mod grants;
mod harness;
mod limits;
mod news;
mod others;
mod people;
mod readings;
mod secrecy;
mod skipped;
mod trouble;
mod webhooks;

pub use checklist::{Fault, Lack, MediaFault, Odd, POINTS, Part, Point, list_of_lacks, table};
pub use cursors::a_cursor_leaves_no_gap;
pub use facts::facts_for_metrics_are_told;
pub use flags::capabilities_are_true;
pub use grants::grants_are_renewed;
pub use harness::{
    Asked, Broken, GrantHarness, Harness, MediaHarness, PollHarness, Provider, SendHarness, Taken, WebhookHarness,
    has_none,
};
pub use limits::{files_are_fetched, limits_are_kept};
pub use news::{news_finds_its_message, own_and_automatic_messages_are_known};
pub use others::{expected_of_others, payloads_of_others, reads_as_others_do};
pub use people::claims_prove_nothing;
pub use readings::{fixtures, lacks_are_written_down, readings};
pub use secrecy::nothing_leaks;
pub use skipped::skip;
pub use trouble::{refusals_have_their_class, trouble_says_what_to_do_next};
pub use webhooks::{
    reading_again_gives_the_same, repetitions_are_one, requests_are_authentic, the_unknown_hides_nothing,
};
