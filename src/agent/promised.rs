//! What we have promised a customer, in our own words: whoever takes over has to keep it.

use time::Date;

use super::claims::{Claim, claims, is_dated, lies_ahead};
use super::doubts::sentences;
use super::snapshot::{Snapshot, answers};
use crate::voice::format;

/// So many of them at most, the last ones.
const MOST: usize = 5;
/// So many letters of each.
const LONGEST: usize = 200;
/// What is promised by a word, whatever is named with it.
const BY_A_WORD: &str = "#promise";
/// What is promised within a number of days or hours.
const WITHIN: [&str; 5] = ["#refund", "#refund rule", "#replace", "#replace rule", "#expected"];
/// What is told of a day that is over, where only a weekday is named.
const OVER: [&str; 2] = ["#shipped", "#delivered"];

/// Sentences of ours since the case was opened that name a day which lay ahead when they were written, or promise by a word; each
/// with who wrote it and when, the newest last.
pub fn promised(snapshot: &Snapshot) -> Vec<String> {
    let conversation = &snapshot.conversation;
    let opened = conversation.clocks.resolving_since.unwrap_or(conversation.created_at);
    let language = if conversation.language.is_empty() { &snapshot.brand.locale } else { &conversation.language };
    let mut found = Vec::new();
    for message in snapshot.messages.iter().filter(|message| answers(message) && message.created_at >= opened) {
        let written = format::day(message.written().datetime());
        let day = format::date(written, "en", snapshot.today());
        let said = sentences(&message.body).map(str::trim).filter(|sentence| is_promise(sentence, language, written));
        found.extend(said.map(|sentence| format!("“{}” ({}, {day})", cut(sentence), message.sender_name)));
    }
    found.split_off(found.len().saturating_sub(MOST))
}

fn is_promise(sentence: &str, language: &str, written: Date) -> bool {
    if sentence.ends_with('?') {
        return false;
    }
    let said = claims(sentence, &[], language, written);
    let says = |states: &[&str]| {
        said.iter().any(|claim| matches!(claim, Claim::State(_, state) if states.contains(&state.as_str())))
    };
    let (is_over, within) = (says(&OVER), said.iter().any(|claim| matches!(claim, Claim::Number(..))));
    let names_a_day = said
        .iter()
        .any(|claim| matches!(claim, Claim::Day(_, day) if lies_ahead(*day, written) && (is_dated(*day) || !is_over)));
    names_a_day || says(&[BY_A_WORD]) || (within && says(&WITHIN))
}

fn cut(sentence: &str) -> String {
    match sentence.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", sentence.get(..end).unwrap_or_default()),
        None => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ts;
    use crate::model::message::{Delivery, Direction, Message, MessageAuthor};

    /// Monday 23 November 2026, 09:00 UTC.
    const MONDAY: Ts = Ts(1_795_424_400_000_000);

    /// A case in which we wrote these, on that Monday.
    fn case(texts: &[&str], language: &str) -> Snapshot {
        let mut snapshot = Snapshot::alone("Where is it?");
        snapshot.now = MONDAY;
        language.clone_into(&mut snapshot.conversation.language);
        let asked = snapshot.messages.remove(0);
        snapshot.messages = texts
            .iter()
            .map(|text| Message {
                direction: Direction::Outbound,
                author: MessageAuthor::Teammate,
                sender_name: "Mara".to_owned(),
                body: (*text).to_owned(),
                delivery: Some(Delivery::Sent),
                created_at: MONDAY,
                ..asked.clone()
            })
            .collect();
        snapshot
    }

    fn of(text: &str, language: &str) -> Vec<String> {
        promised(&case(&[text], language))
    }

    #[test]
    fn what_names_a_day_ahead_or_gives_a_word_is_a_promise() {
        for (text, language) in [
            ("It will be with you by Friday 27 November.", "en"),
            ("You have an answer tomorrow.", "en"),
            ("We send it next week.", "en"),
            ("I guarantee that.", "en"),
            ("I have refunded it, and you have it within 5 working days.", "en"),
            ("Du bekommst es bis Freitag.", "de"),
            ("Je te réponds demain.", "fr"),
        ] {
            assert_eq!(of(text, language), [format!("“{text}” (Mara, Monday 23 November)")], "{text}");
        }
        for (text, language) in [
            ("It left on Saturday 21 November.", "en"),
            ("It was delivered on Saturday.", "en"),
            ("Did it come on Friday 27 November?", "en"),
            ("It has 3 parts.", "en"),
            ("Ich habe es gestern verschickt.", "de"),
            ("", "en"),
        ] {
            assert_eq!(of(text, language), [""; 0], "{text}");
        }
    }

    #[test]
    fn only_what_reached_the_customer_in_this_case_counts_and_the_last_of_it() {
        let mut case = case(&["You have it tomorrow."; 7], "en");
        assert_eq!(promised(&case).len(), MOST);
        case.messages.truncate(1);
        case.messages[0].delivery = Some(Delivery::Cancelled);
        assert!(promised(&case).is_empty(), "it was taken back");
        case.messages[0].delivery = Some(Delivery::Sent);
        case.conversation.clocks.resolving_since = Some(Ts(MONDAY.0 + 1));
        assert!(promised(&case).is_empty(), "it belongs to the case before");
        let long = format!("Tomorrow {}.", "a".repeat(400));
        assert!(of(&long, "en")[0].chars().count() < LONGEST + 40);
    }
}
