//! What the two have none of, and why.

use channel_contract::testkit::{Lack, MediaFault, Part};

const NO_TIME: Lack = Lack { part: Part::SignedTime, why: "the signature is over the body, and names no time" };
const NO_REPETITION: Lack =
    Lack { part: Part::Repetition, why: "a command that comes twice is two messages, so the conversation is asked" };
const NO_FILES: Lack = Lack { part: Part::FilesInside, why: "files lie at Meta, and messages name their addresses" };
const NO_HASH: Lack =
    Lack { part: Part::Media(MediaFault::Altered), why: "an address tells nothing of the bytes behind it" };
const NO_POLLING: Lack = Lack { part: Part::Polling, why: "everything is pushed, and pushed again for days" };
const NO_AUTOMATIC: Lack = Lack { part: Part::Automatic, why: "people write, and the platform marks no machine" };
const NO_QUOTA: Lack = Lack {
    part: Part::Quota,
    why: "a share of what may be sent is told with each answer, and slows the next one down",
};

/// What Messenger has none of, and why.
pub(crate) const MESSENGER_LACKS: &[Lack] = &[
    NO_TIME,
    Lack { part: Part::Grant, why: "the access of a page is not renewed; Meta tells when one ends" },
    NO_REPETITION,
    NO_FILES,
    NO_HASH,
    NO_POLLING,
    NO_AUTOMATIC,
    NO_QUOTA,
];

/// What Instagram has none of, and why.
pub(crate) const INSTAGRAM_LACKS: &[Lack] =
    &[NO_TIME, NO_REPETITION, NO_FILES, NO_HASH, NO_POLLING, NO_AUTOMATIC, NO_QUOTA];
