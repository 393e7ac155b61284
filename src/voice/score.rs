//! How close a text comes to the voice: pure, for the agent's texts and for people's.

use serde::Serialize;

use super::document::{Spoken, Voice};
use super::level::reading_level;

/// What is off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of fault it is, the same however far off the text is: `Length`, `“unfortunately”`.
    pub about: String,
    /// For people: `“unfortunately” is never said`.
    pub text: String,
    /// Points it costs.
    pub costs: u8,
}

/// A score with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// 0 to 100.
    pub value: u8,
    /// What is off, dearest first.
    pub findings: Vec<Finding>,
}

/// Channels where people chat: shorter, no greeting or sign-off needed.
const CHATS: [&str; 8] = ["whatsapp", "messenger", "instagram", "live_chat", "telegram", "line", "sms", "agent"];
const MOST_SENTENCE: usize = 35;
/// A text of fewer words, its dates, numbers and links apart, answers to the point, and needs none for warmth.
const WARM_FROM: usize = 25;

/// Scores a text against the voice in a language on a channel kind.
pub fn score(voice: &Voice, text: &str, locale: &str, channel: &str) -> Score {
    let spoken = voice.spoken(locale, channel);
    let lower = text.to_lowercase();
    let chat = CHATS.contains(&channel);
    let mut findings = Vec::new();
    lexicon(&spoken, &lower, &mut findings);
    length(&spoken, text, chat, &mut findings);
    reading(&spoken, text, locale, &mut findings);
    tone(&spoken, text, &lower, locale, &mut findings);
    formality(&spoken, text, &lower, locale, &mut findings);
    if !chat && channel == "email" {
        frame(&spoken, &lower, &mut findings);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.costs));
    let value = findings.iter().fold(100_u8, |value, finding| value.saturating_sub(finding.costs));
    Score { value, findings }
}

fn say(findings: &mut Vec<Finding>, costs: u8, about: impl Into<String>, text: impl Into<String>) {
    findings.push(Finding { about: about.into(), text: text.into(), costs });
}

fn lexicon(spoken: &Spoken, lower: &str, findings: &mut Vec<Finding>) {
    for phrase in &spoken.never_say {
        if has_words(lower, &phrase.to_lowercase()) {
            say(findings, 20, format!("“{phrase}”"), format!("“{phrase}” is never said"));
        }
    }
    for pair in &spoken.say_instead {
        if has_words(lower, &pair.not.to_lowercase()) {
            say(findings, 8, format!("“{}”", pair.not), format!("“{}”, not “{}”", pair.say, pair.not));
        }
    }
}

/// Whether the phrase stands in the text as whole words.
pub fn has_words(text: &str, phrase: &str) -> bool {
    let phrase = phrase.trim();
    let outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    !phrase.is_empty()
        && text.match_indices(phrase).any(|(at, found)| {
            let (before, after) = (text.get(..at), text.get(at + found.len()..));
            outside(before.and_then(|text| text.chars().next_back()))
                && outside(after.and_then(|text| text.chars().next()))
        })
}

fn length(spoken: &Spoken, text: &str, chat: bool, findings: &mut Vec<Finding>) {
    let words = text.split_whitespace().count();
    let most = 50 + usize::try_from(spoken.length.clamp(0, 100)).unwrap_or_default() * 3 / 2;
    let most = if chat { most * 4 / 5 } else { most };
    if words > most {
        let percent_over = (words - most) * 100 / most.max(1);
        let costs = u8::try_from((percent_over / 5).clamp(1, 20)).unwrap_or(20);
        say(findings, costs, "Length", format!("{words} words, at most {most} fit this voice here"));
    }
    let longest = text.split_inclusive(['.', '!', '?', '\n']).map(|sentence| sentence.split_whitespace().count()).max();
    if longest.is_some_and(|longest| longest > MOST_SENTENCE) {
        say(findings, 4, "Long sentences", format!("a sentence of more than {MOST_SENTENCE} words"));
    }
}

fn reading(spoken: &Spoken, text: &str, locale: &str, findings: &mut Vec<Finding>) {
    let (Some(most), Some(level)) = (spoken.reading.most(locale), reading_level(text)) else { return };
    if level > most {
        let costs = u8::try_from(((level - most) / 2).clamp(3, 15)).unwrap_or(15);
        let words = format!("reading level {level}, at most {most} fit this voice: write shorter sentences and words");
        say(findings, costs, "Reading level", words);
    }
}

fn tone(spoken: &Spoken, text: &str, lower: &str, locale: &str, findings: &mut Vec<Finding>) {
    let emoji = text.chars().filter(|c| is_emoji(*c)).count();
    let most = match spoken.emoji {
        ..=0 => 0,
        1..=33 => 1,
        34..=66 => 2,
        _ => 4,
    };
    if emoji > most {
        say(findings, 10, "Emoji", format!("{emoji} emoji, at most {most}"));
    }
    let marks = text.chars().filter(|c| *c == '!').count();
    if marks > 1 + usize::try_from(spoken.warmth.max(0) / 50).unwrap_or_default() {
        say(findings, 5, "Exclamation marks", format!("{marks} exclamation marks"));
    }
    let shouted = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.chars().count() > 4 && word.chars().all(char::is_uppercase));
    if shouted.count() > 0 {
        say(findings, 6, "Capitals", "words in capitals");
    }
    let warm = warm_words(locale);
    if spoken.warmth >= 60
        && text.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit())).count() > WARM_FROM
        && !warm.iter().any(|word| lower.contains(word))
    {
        say(findings, 4, "Warmth", "colder than the voice");
    }
}

fn warm_words(locale: &str) -> &'static [&'static str] {
    match locale {
        "de" => &["danke", "tut mir leid", "tut uns leid", "gern", "freu", "entschuldig", "schön", "hoffe", "bitte"],
        "fr" => &["merci", "désolé", "plaisir", "espér", "ravi", "n'hésite", "excuse"],
        "es" => &["gracias", "siento", "sentimos", "gusto", "encant", "espero", "disculp", "alegr"],
        "it" => &["grazie", "dispiac", "piacere", "volentieri", "spero", "scus", "felic"],
        "nl" => &["bedankt", "dank", "sorry", "spijt", "graag", "hoop", "fijn"],
        _ => &["thank", "sorry", "happy", "glad", "hope", "enjoy", "please", "pleasure", "welcome", "of course"],
    }
}

/// Words that belong to the other form of address.
fn formality(spoken: &Spoken, text: &str, lower: &str, locale: &str, findings: &mut Vec<Finding>) {
    let formal = spoken.formality >= 50;
    // In German only the capital tells the formal “Sie” from “sie”; at the start of a sentence nothing does.
    let wrong: Option<&str> = match (locale, formal) {
        ("de", true) => {
            ["du", "dich", "dir", "dein", "deine", "deinen", "deiner"].into_iter().find(|word| has_words(lower, word))
        }
        ("de", false) => {
            ["Ihnen", "Ihre", "Ihren", "Ihrer", "Ihr Paket"].into_iter().find(|word| has_words(text, word))
        }
        ("fr", true) => ["tu", "toi", "ton", "tes"].into_iter().find(|word| has_words(lower, word)),
        ("fr", false) => ["vous", "votre", "vos"].into_iter().find(|word| has_words(lower, word)),
        ("nl", true) => ["je", "jij", "jouw"].into_iter().find(|word| has_words(lower, word)),
        ("nl", false) => ["u", "uw"].into_iter().find(|word| has_words(lower, word)),
        ("es", false) => ["usted", "ustedes"].into_iter().find(|word| has_words(lower, word)),
        ("en", true) => ["hey", "gonna", "wanna", "cheers"].into_iter().find(|word| has_words(lower, word)),
        ("en", false) => {
            ["dear sir", "yours sincerely", "yours faithfully"].into_iter().find(|word| has_words(lower, word))
        }
        _ => None,
    };
    if let Some(word) = wrong {
        let wanted = if formal { "formal" } else { "informal" };
        say(findings, 12, "Form of address", format!("“{word}”, but the voice is {wanted}"));
    }
}

/// A mail begins with a greeting and ends with a sign-off.
fn frame(spoken: &Spoken, lower: &str, findings: &mut Vec<Finding>) {
    let fixed = |text: &str| text.split('{').next().unwrap_or_default().trim_end_matches([',', ' ']).to_lowercase();
    let (hello, bye) = (fixed(&spoken.greeting), fixed(&spoken.sign_off));
    if !lower.trim_start().starts_with(&hello) {
        say(findings, 5, "No greeting", "no greeting");
    }
    let end: Vec<&str> = lower.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
    if !end.iter().any(|line| line.contains(&bye)) {
        say(findings, 5, "No sign-off", "no sign-off");
    }
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x1F300..=0x1FAFF | 0x2600..=0x27BF | 0x2B50 | 0x2B55)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::{ChannelVoice, ReadingLevel};

    fn of(text: &str, locale: &str, channel: &str) -> (u8, Vec<String>) {
        let score = score(&Voice::default(), text, locale, channel);
        (score.value, score.findings.into_iter().map(|finding| finding.text).collect())
    }

    #[test]
    fn a_text_in_the_voice_scores_full() {
        let text = "Hi Anna,\n\nYour tent is two days late, and I am sorry.\n\nBest wishes, Ida";
        assert_eq!(of(text, "en", "email"), (100, vec![]));
        assert_eq!(of("Sorry about the buckle. 42.00 EUR is on its way.", "en", "whatsapp"), (100, vec![]));
    }

    #[test]
    fn each_fault_is_named_and_costs() {
        for (text, locale, fault) in [
            ("Unfortunately it is late.", "en", "“unfortunately” is never said"),
            ("Your shipment left.", "en", "“parcel”, not “shipment”"),
            ("It left 🙂", "en", "1 emoji, at most 0"),
            ("Great! Super! Yes!", "en", "3 exclamation marks"),
            ("It is NEVER late.", "en", "words in capitals"),
            ("Wir senden Ihnen das Paket.", "de", "“Ihnen”, but the voice is informal"),
            ("Tu recevras le colis.", "fr", "“tu”, but the voice is formal"),
        ] {
            let (value, findings) = of(text, locale, "whatsapp");
            assert!(value < 100 && findings.contains(&fault.to_owned()), "{text}: {findings:?}");
        }
        let (_, findings) = of("Your parcel left.", "en", "email");
        assert_eq!(findings, ["no greeting", "no sign-off"]);
        // The same fault has the same name, however far off the text is.
        for words in [90, 200] {
            let score = score(&Voice::default(), &"please. ".repeat(words), "en", "whatsapp");
            assert_eq!(score.findings[0].about, "Length", "{words}");
        }
    }

    #[test]
    fn parts_of_words_do_not_count() {
        assert_eq!(of("The shipmentation office is closed.", "en", "whatsapp").0, 100);
        assert!(!has_words("", "") && !has_words("abc", " "));
    }

    #[test]
    fn a_text_that_is_hard_to_read_costs_where_the_voice_is_to_be_easy() {
        let text = "Your replacement merchandise, transported internationally, presumably encounters considerable \
            administrative difficulties, therefore estimated arrival information remains \
            currently unavailable, apologies notwithstanding, sorry everybody.";
        let of = |reading| score(&Voice { reading, ..Voice::default() }, text, "en", "whatsapp").findings;
        assert_eq!(of(ReadingLevel::Any), []);
        let (plain, easy) = (of(ReadingLevel::Plain), of(ReadingLevel::Easy));
        assert!(plain[0].about == "Reading level" && plain[0].text.contains("at most 45"), "{plain:?}");
        assert!(easy[0].text.contains("at most 33") && easy[0].costs >= plain[0].costs, "{easy:?}");
    }

    #[test]
    fn each_channel_has_its_measure() {
        let mut voice = Voice::default();
        let chatty = ChannelVoice { emoji: Some(50), length: Some(100), ..ChannelVoice::default() };
        voice.channels.insert("telegram".to_owned(), chatty);
        let text = format!("It left 🙂🙂. {}", "Please wait. ".repeat(45));
        let of = |channel| score(&voice, &text, "en", channel).findings.len();
        assert_eq!((of("telegram"), of("whatsapp")), (0, 2));
    }

    #[test]
    fn length_follows_the_slider_and_the_channel() {
        let text = "please ".repeat(90);
        assert_eq!(of(&text.replace("please please please ", "please. "), "en", "mirakl").0, 100);
        for chat in ["whatsapp", "telegram", "line", "sms"] {
            assert!(of(&text, "en", chat).1.iter().any(|finding| finding.starts_with("90 words")), "{chat}");
        }
        let long = Voice { length: 100, ..Voice::default() };
        assert!(score(&long, &text, "en", "whatsapp").findings.iter().all(|finding| !finding.text.contains("words,")));
    }
}
