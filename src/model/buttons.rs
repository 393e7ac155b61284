//! Buttons below a question: what stands on them, what is wrong with them, and what a press of one says.

use std::collections::HashSet;

use channel_contract::capabilities::{ChoiceLimit, LengthLimit, LengthUnit};
use channel_contract::inbound::Choice;

/// Stands before what a press says, so that nothing of the platform's own is taken for it.
const SAYS: &str = "say:";
/// What every platform with buttons gives back of one, in bytes.
const LONGEST: usize = 64;
/// So many of what somebody writes are looked at: more than any platform takes.
const MOST: usize = 50;

/// The answers to choose from as somebody writes them, one a line.
pub fn listed(written: &str) -> Vec<String> {
    written.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST).map(str::to_owned).collect()
}

/// How many buttons a message takes, and how long: `up to 10, each up to 20 characters`.
pub fn limit_words(limit: ChoiceLimit) -> String {
    format!("up to {}, each up to {}", limit.count, length_words(limit.title))
}

/// Why a message cannot leave with these buttons on a channel of this name, if it cannot.
pub fn misfit(choices: &[String], limit: Option<ChoiceLimit>, name: &str) -> Option<String> {
    if choices.is_empty() {
        return None;
    }
    let Some(limit) = limit else {
        return Some(format!("{name} has no buttons here. Write the answers into the text instead."));
    };
    if choices.len() > limit.count {
        return Some(format!("At most {} buttons go with one message on {name}. Leave some out.", limit.count));
    }
    if choices.iter().any(|choice| choice.trim().is_empty()) {
        return Some("A button needs words. Write some on it, or leave it out.".to_owned());
    }
    if let Some(long) = choices.iter().find(|choice| !limit.title.allows(choice.trim())) {
        let most = length_words(limit.title);
        return Some(format!("“{}” is too long for a button on {name}: at most {most}. Shorten it.", long.trim()));
    }
    if let Some(long) = choices.iter().find(|choice| SAYS.len() + choice.trim().len() > LONGEST) {
        return Some(format!("“{}” is too long for a button. Shorten it.", long.trim()));
    }
    let titles: HashSet<&str> = choices.iter().map(|choice| choice.trim()).collect();
    (titles.len() < choices.len()).then(|| "Two buttons say the same. Leave one out.".to_owned())
}

fn length_words(limit: LengthLimit) -> String {
    let unit = match limit.unit {
        LengthUnit::Characters => "characters",
        LengthUnit::Bytes => "bytes",
    };
    format!("{} {unit}", limit.most)
}

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

    #[test]
    fn of_what_somebody_writes_nothing_is_shortened_or_left_out_unsaid() {
        assert_eq!(listed(" Yes \n\n  No\r\n"), ["Yes", "No"]);
        let wrong = |choices: &[&str], limit: Option<ChoiceLimit>| {
            let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
            misfit(&choices, limit, "WhatsApp").unwrap_or_default()
        };
        assert_eq!(wrong(&[], None), "");
        assert_eq!(wrong(&["Yes", "No"], Some(limit(2, 3))), "");
        assert!(wrong(&["Yes"], None).contains("WhatsApp has no buttons here"));
        assert!(wrong(&["Yes", "No", "?"], Some(limit(2, 3))).contains("At most 2 buttons"));
        assert!(
            wrong(&["Maybe"], Some(limit(2, 3))).contains("“Maybe” is too long for a button on WhatsApp: at most 3")
        );
        assert!(wrong(&[" "], Some(limit(2, 3))).contains("needs words"));
        assert!(wrong(&["Yes", "Yes "], Some(limit(2, 3))).contains("say the same"));
        assert!(wrong(&["x".repeat(61).as_str()], Some(limit(2, 99))).contains("too long for a button. Shorten"));
        assert_eq!(limit_words(limit(10, 20)), "up to 10, each up to 20 characters");
    }
}
