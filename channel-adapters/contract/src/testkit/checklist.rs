//! The fifteen points, and what a platform may not have of them.

use std::fmt::Write as _;

/// One point of the checklist.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Its number.
    pub number: u8,
    /// What it asks.
    pub asks: &'static str,
    /// The function of the testkit that shows it of an adapter.
    pub shown_by: &'static str,
    /// The part without which the whole point is about nothing.
    pub unless: Option<Part>,
    /// What the desk keeps of it whatever the adapter: the tests that show it, in `tests/it`.
    pub core: &'static [&'static str],
}

/// What every channel is asked.
pub const POINTS: [Point; 15] = [
    Point {
        number: 1,
        asks: "right, missing and wrong signatures, old requests, altered bodies, two secrets at a time",
        shown_by: "requests_are_authentic",
        unless: None,
        core: &["what_is_not_from_the_platform_is_refused_and_stored_nowhere", "a_forged_session_opens_nothing"],
    },
    Point {
        number: 2,
        asks: "raw bytes are stored, and reading them again gives the same events",
        shown_by: "reading_again_gives_the_same",
        unless: None,
        core: &["bytes_come_back_exactly_and_in_order", "what_could_not_be_read_is_shown_downloaded_and_read_again"],
    },
    Point {
        number: 3,
        asks: "what comes three times, in any order or several at once is one item each",
        shown_by: "repetitions_are_one",
        unless: None,
        core: &[
            "a_second_delivery_is_passed_over_and_has_no_job",
            "the_order_of_arrival_does_not_matter",
            "changes_that_come_before_their_message_wait_for_it",
        ],
    },
    Point {
        number: 4,
        asks: "unknown types and words, further fields, nothing where something was: read, and the rest comes through",
        shown_by: "the_unknown_hides_nothing",
        unless: None,
        core: &["odd_mail_never_stops_the_next", "what_cannot_be_read_is_set_aside_with_the_reason"],
    },
    Point {
        number: 5,
        asks: "news and echoes find their message, even before the answer to its sending; news of the unknown is kept",
        shown_by: "news_finds_its_message",
        unless: None,
        core: &[
            "news_about_a_message_reaches_it",
            "a_bounce_of_something_unknown_is_kept_and_seen",
            "news_finds_a_message_by_its_command_whatever_came_of_the_sending",
            "news_that_comes_before_the_id_is_known_is_kept",
        ],
    },
    Point {
        number: 6,
        asks: "tokens are renewed once for all; a grant taken back asks for a person, and nothing is lost meanwhile",
        shown_by: "grants_are_renewed",
        unless: Some(Part::Grant),
        core: &[
            "a_refused_renewal_leaves_the_channel_in_need_of_a_person",
            "replies_wait_for_a_grant_and_leave_once_when_it_is_back",
        ],
    },
    Point {
        number: 7,
        asks: "limits, outages, broken and silent connections: tried again, or asked about and never sent twice",
        shown_by: "trouble_says_what_to_do_next",
        unless: None,
        core: &[
            "a_connection_that_breaks_after_the_mail_never_sends_it_twice",
            "a_greylisted_or_hanging_server_is_tried_again",
        ],
    },
    Point {
        number: 8,
        asks: "refusals have their class; where people are asked for, no machine sends",
        shown_by: "refusals_have_their_class",
        unless: None,
        core: &["an_address_that_does_not_exist_brings_the_conversation_back"],
    },
    Point {
        number: 9,
        asks: "texts and files at each limit arrive whole; one more or fewer, other kinds of files and empty ones are refused as told",
        shown_by: "limits_are_kept",
        unless: None,
        core: &[
            "files_come_and_go_by_what_they_are",
            "a_file_leaves_on_ebay_and_a_picture_on_line_and_both_are_fetched",
            "a_file_that_the_platform_refuses_is_refused_with_its_name_the_limit_and_what_to_do",
        ],
    },
    Point {
        number: 10,
        asks: "polling cut off at each step, from a cursor lost or used twice, leaves no gap and no second item",
        shown_by: "a_cursor_leaves_no_gap",
        unless: Some(Part::Polling),
        core: &["nothing_is_lost_or_doubled_on_sqlite", "nothing_is_lost_or_doubled_on_postgres"],
    },
    Point {
        number: 11,
        asks: "a claim is never a proof, and a person has another id on another connection",
        shown_by: "claims_prove_nothing",
        unless: None,
        core: &[
            "a_claimed_address_finds_nobody_and_a_proved_one_does",
            "a_stranger_does_not_join_by_id",
            "an_identity_stays_with_the_contact_who_had_it_first",
        ],
    },
    Point {
        number: 12,
        asks: "own messages that come back and automatic ones are known as such",
        shown_by: "own_and_automatic_messages_are_known",
        unless: None,
        core: &[
            "a_robot_that_answers_every_answer_ends_at_a_person",
            "what_comes_from_another_mailbox_of_the_desk_is_answered_by_no_machine",
        ],
    },
    Point {
        number: 13,
        asks: "no secret and nothing of a customer in any log or printed value",
        shown_by: "nothing_leaks",
        unless: None,
        core: &["metrics_tell_what_waits_and_what_was_answered"],
    },
    Point {
        number: 14,
        asks: "what a channel says it can do can be done, and what it says it cannot is refused",
        shown_by: "capabilities_are_true",
        unless: None,
        core: &[
            "the_time_to_answer_is_counted_and_then_nothing_leaves",
            "what_would_be_refused_is_said_while_it_is_written",
        ],
    },
    Point {
        number: 15,
        asks: "time and class are told for metrics, and a check finds a broken connection",
        shown_by: "facts_for_metrics_are_told",
        unless: None,
        core: &[
            "the_last_message_in_and_out_never_goes_back",
            "the_time_to_answer_is_counted_from_when_the_customer_wrote",
            "what_overtakes_is_read_in_the_order_in_which_it_was_written",
            "metrics_tell_what_waits_and_what_was_answered",
            "polling_is_never_given_up_and_its_trouble_is_shown",
        ],
    },
];

/// What a platform double does with the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Says that it is too much, and when to come back.
    RateWithHint,
    /// Says that it is too much.
    Rate,
    /// Is down for the moment.
    Unavailable,
    /// Refuses the credential.
    Credential,
    /// Closes the connection before it has seen the message.
    ResetBeforeBody,
    /// Says nothing from the beginning.
    HangBeforeBody,
    /// Takes the message and closes the connection without an answer.
    ResetAfterBody,
    /// Reads the message, loses it and closes the connection without an answer.
    LoseAfterBody,
    /// Takes the message and never answers.
    HangAfterBody,
    /// Takes the message, and a gateway before it says that it did not answer.
    Gateway,
    /// Takes the message, and the connection breaks in the middle of the answer.
    CutAnswer,
    /// Refuses the message, and the connection breaks in the middle of the reason.
    CutRefusal,
    /// Takes the message and answers late, but in time.
    SlowAnswer,
    /// Says that the time for a reply is over.
    Window,
    /// Says that its rules forbid the message.
    Policy,
    /// Says that there is no such recipient.
    Recipient,
    /// Says that the content has the wrong form.
    Content,
}

/// What may be wrong with a file that lies on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaFault {
    /// It is no longer there.
    Gone,
    /// Its address leads on to another place.
    Elsewhere,
    /// Its address leads into the desk's own network.
    Inside,
    /// It is another file than the message told.
    Altered,
    /// It does not come in time.
    Late,
    /// It has no bytes.
    Empty,
}

impl MediaFault {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Gone, Self::Elsewhere, Self::Inside, Self::Altered, Self::Late, Self::Empty];

    /// The bytes of the file that the double holds.
    pub const FILE: &[u8] = b"\x89PNG\r\n\x1a\nthe picture of a broken cup";
}

/// An odd thing inside of something well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// A kind of event that nobody knows.
    Type,
    /// A word from a list that nobody knows.
    Word,
    /// A field more than there was.
    Field,
    /// Nothing where something was.
    Null,
}

impl Odd {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Type, Self::Word, Self::Field, Self::Null];
}

/// Something that a platform may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It pushes what happens; a platform without that is polled.
    Push,
    /// It asks the desk before it sends anything.
    Handshake,
    /// Its signature covers the time.
    SignedTime,
    /// Its signature covers the body.
    SignedBody,
    /// Two secrets count while one takes the other's place.
    SecondSecret,
    /// What is stored are the bytes as they came.
    RawBytes,
    /// One request brings several events.
    Entries,
    /// An odd thing that can be sent at all.
    Odd(Odd),
    /// It tells the fate of what was sent.
    News,
    /// It shows what the desk has sent.
    Echo,
    /// Access that is granted, renewed and taken back.
    Grant,
    /// A wire between the desk and the platform that can break.
    Wire,
    /// A way to fail.
    Fault(Fault),
    /// A way to learn what became of a message.
    Reconciliation,
    /// It knows a command that is sent again as the same.
    Repetition,
    /// Files that come inside a message.
    FilesInside,
    /// Files that lie on the platform and are fetched.
    FilesElsewhere,
    /// A way in which a file that lies there may be wrong.
    Media(MediaFault),
    /// It is polled.
    Polling,
    /// It can forget its numbers.
    Renumbering,
    /// It can prove who writes.
    Proof,
    /// Ids of people that count on one connection alone.
    OwnIds,
    /// Automatic messages.
    Automatic,
    /// It says when something happened.
    OccurredAt,
    /// It says how much may still be sent.
    Quota,
}

impl Part {
    fn point(self) -> u8 {
        match self {
            Self::Push | Self::Handshake | Self::SignedTime | Self::SignedBody | Self::SecondSecret => 1,
            Self::RawBytes => 2,
            Self::Entries => 3,
            Self::Odd(_) => 4,
            Self::News | Self::Echo => 5,
            Self::Grant => 6,
            Self::Fault(Fault::Window | Fault::Policy | Fault::Recipient | Fault::Content) => 8,
            Self::Wire | Self::Fault(_) | Self::Reconciliation | Self::Repetition => 7,
            Self::FilesInside | Self::FilesElsewhere | Self::Media(_) => 9,
            Self::Polling | Self::Renumbering => 10,
            Self::Proof | Self::OwnIds => 11,
            Self::Automatic => 12,
            Self::OccurredAt | Self::Quota => 15,
        }
    }
}

/// What a platform does not have, and why.
#[derive(Clone, Copy, Debug)]
pub struct Lack {
    /// What.
    pub part: Part,
    /// Why, in words for people.
    pub why: &'static str,
}

/// All points as a table in Markdown.
pub fn table() -> String {
    let mut text = "| | Asks | Shown of an adapter by | Kept by the desk, shown by |\n|---|---|---|---|\n".to_owned();
    for point in POINTS {
        let core: Vec<String> = point.core.iter().map(|name| format!("`{name}`")).collect();
        let (number, asks, shown_by) = (point.number, point.asks, point.shown_by);
        let _ = writeln!(text, "| {number} | {asks} | `{shown_by}` | {} |", core.join(", "));
    }
    text
}

/// What an adapter lacks, as a list in Markdown.
pub fn list_of_lacks(lacks: &[Lack]) -> String {
    let mut text = String::new();
    for Lack { part, why } in lacks {
        let _ = writeln!(text, "- {} `{part:?}`: {why}.", part.point());
    }
    text
}
