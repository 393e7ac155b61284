//! Buttons below a question: what stands on them, and what a press of one says.

use std::collections::HashSet;

use channel_contract::capabilities::{ChoiceLimit, LengthLimit};
use channel_contract::inbound::Choice;

/// Stands before what a press says, so that nothing of the platform's own is taken for it.
const SAYS: &str = "say:";
/// What every platform with buttons gives back of one, in bytes.
const LONGEST: usize = 64;

/// The answers to choose from as buttons; none where they do not fit, or two of them would look the same: the text of the
/// question lists them too.
pub fn buttons(choices: &[String], limit: Option<ChoiceLimit>) -> Vec<Choice> {
    let Some(limit) = limit.filter(|limit| choices.len() <= limit.count) else { return Vec::new() };
    let button = |choice: &String| Choice {
        title: shortened(choice.trim(), limit.title),
        payload: format!("{SAYS}{}", choice.trim()),
    };
    let all: Vec<Choice> = choices.iter().map(button).collect();
    let titles: HashSet<&str> = all.iter().map(|choice| choice.title.as_str()).collect();
    let fit = titles.len() == all.len()
        && all.iter().all(|choice| !choice.title.is_empty() && choice.payload.len() <= LONGEST);
    if fit { all } else { Vec::new() }
}

/// What a press of a button of ours says; `None` where the button is none.
pub fn said(pressed: &Choice) -> Option<&str> {
    pressed.payload.strip_prefix(SAYS).map(str::trim).filter(|words| !words.is_empty())
}

/// As much of a text as fits, with a mark where something is missing.
fn shortened(text: &str, limit: LengthLimit) -> String {
    if limit.allows(text) {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        let longer = format!("{short}{letter}");
        if !limit.allows(&format!("{longer}…")) {
            break;
        }
        short = longer;
    }
    if short.is_empty() { short } else { format!("{}…", short.trim_end()) }
}

#[cfg(test)]
mod tests {
    use channel_contract::capabilities::LengthUnit;

    use super::*;

    fn limit(count: usize, most: usize) -> ChoiceLimit {
        ChoiceLimit { count, title: LengthLimit { most, unit: LengthUnit::Characters } }
    }

    fn shown(choices: &[&str], limit: impl Into<Option<ChoiceLimit>>) -> Vec<(String, String)> {
        let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
        buttons(&choices, limit.into()).into_iter().map(|choice| (choice.title, choice.payload)).collect()
    }

    #[test]
    fn a_button_says_the_whole_answer_however_little_stands_on_it() {
        let one = shown(&["FJ-1", "Blue jacket, size M"], limit(3, 12));
        let expected = [("FJ-1", "say:FJ-1"), ("Blue jacket…", "say:Blue jacket, size M")];
        assert_eq!(one, expected.map(|(title, payload)| (title.to_owned(), payload.to_owned())));
        let pressed = Choice { title: "Blue jacket…".into(), payload: "say:Blue jacket, size M".into() };
        assert_eq!(said(&pressed), Some("Blue jacket, size M"));
        let foreign = Choice { title: "Get started".into(), payload: "GET_STARTED".into() };
        assert_eq!((said(&foreign), said(&Choice { payload: "say: ".into(), ..foreign.clone() })), (None, None));
    }

    #[test]
    fn what_does_not_fit_stays_in_the_text() {
        let has_none = |choices: &[&str], limit: Option<ChoiceLimit>| shown(choices, limit).is_empty();
        assert!(has_none(&["a", "b"], None) && has_none(&["a", "b"], Some(limit(1, 20))));
        assert!(
            has_none(&["Blue jacket, size M", "Blue jacket, size L"], Some(limit(3, 12))),
            "they would look the same"
        );
        assert!(has_none(&["x".repeat(61).as_str()], Some(limit(3, 20))), "it would not come back whole");
        assert!(has_none(&["", "b"], Some(limit(3, 20))));
    }
}
