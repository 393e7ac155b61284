//! What needs no order: silence for machines and thanks, a person for what no rule answers.

use super::decide::percent;
use super::gather::writes_themselves;
use super::snapshot::Snapshot;
use super::thanks;
use super::understand::intent::Intent;
use super::understand::risk::{Risk, RiskKind};
use super::variables::intent_word;
use crate::model::agent_run::UNCLEAR;
use crate::model::message::Automatic;
use crate::policy::{Level, intent_label, level};
use crate::voice::has_words;

/// Less sure than this, nothing is drafted.
const LEAST_CONFIDENCE: f32 = 0.40;
/// Surer than this, advertising is put away without a person.
const SURE_SPAM: f32 = 0.90;

/// Another reading this likely may be a request.
const OTHER_READING: f32 = 0.15;
/// How questions end, or begin, in the scripts that customers write.
pub(super) const QUESTION_MARKS: [char; 7] = ['?', '？', '؟', '¿', '\u{37e}', '❓', '❔'];

/// How a conversation ends before anything is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Triage {
    /// Nothing is said; whether it is done with that.
    Nothing { reason: String, resolve: bool },
    /// A person takes it; whether the customer is told.
    Person { reason: String, tell: bool },
}

fn nothing(reason: &str, resolve: bool) -> Triage {
    Triage::Nothing { reason: reason.to_owned(), resolve }
}

fn person(reason: impl Into<String>) -> Triage {
    Triage::Person { reason: reason.into(), tell: true }
}

/// A sign of thanks without a word.
pub(super) fn is_applause(text: &str) -> bool {
    let signs = ['👍', '🙏', '❤', '😊', '🙂', '😀', '👌', '🎉'];
    text.contains(signs) && !text.contains(char::is_alphanumeric) && !text.contains(QUESTION_MARKS)
}

/// Whether thanks is all that is said: it is read surely enough, nothing is read or asked beside it, and every word is one of
/// thanks or a name. “It hisses” stands in no list of what may be passed over in silence.
fn is_only_thanks(snapshot: &Snapshot, intents: &[(Intent, f32)], text: &str) -> bool {
    let [(Intent::Thanks, share), others @ ..] = intents else { return false };
    percent(*share) >= snapshot.policy.words.minimum_confidence
        && !text.contains(QUESTION_MARKS)
        && others.iter().all(|(_, other)| *other < OTHER_READING)
        && thanks::holds_nothing_else(&snapshot.bodies(), &snapshot.names())
}

/// The readings with what is asked after the thanks first, if something is read there.
pub(super) fn after_thanks(snapshot: &Snapshot, intents: &[(Intent, f32)], text: &str) -> Vec<(Intent, f32)> {
    let leads = intents.first().is_some_and(|(intent, _)| *intent == Intent::Thanks);
    if !leads || is_only_thanks(snapshot, intents, text) {
        return intents.to_vec();
    }
    let asked = |(intent, share): &(Intent, f32)| *intent != Intent::Thanks && *share >= OTHER_READING;
    let others: Vec<(Intent, f32)> = intents.iter().copied().filter(asked).collect();
    if others.is_empty() { intents.to_vec() } else { others }
}

/// Automatic mail and messages without text, before anything is read.
pub(super) fn before_reading(snapshot: &Snapshot) -> Option<Triage> {
    if snapshot.unanswered().is_empty() {
        return Some(nobody_waits(snapshot));
    }
    let text = snapshot.text();
    if is_applause(&text) {
        return Some(nothing("The customer says thanks.", true));
    }
    if text.trim().is_empty() {
        // Nothing was said, so there is nothing to thank for.
        let reason = if snapshot.photos > 0 { "Only files, no text." } else { "There is no text." };
        return Some(Triage::Person { reason: reason.to_owned(), tell: snapshot.photos > 0 });
    }
    None
}

/// Why there is nothing to say where no person waits for an answer.
fn nobody_waits(snapshot: &Snapshot) -> Triage {
    match snapshot.last_automatic() {
        Some(Automatic::AutoReply) => nothing("An automatic answer.", false),
        Some(Automatic::Bulk) => nothing("Sent to many at once.", true),
        _ if snapshot.last_inbound().is_some() => nothing("Everything is answered.", false),
        _ => nothing("No customer has written.", false),
    }
}

/// What is answered by silence, or by a person at once.
pub(super) fn after_reading(
    snapshot: &Snapshot,
    intents: &[(Intent, f32)],
    risks: &[Risk],
    text: &str,
) -> Option<Triage> {
    let &(intent, confidence) = intents.first()?;
    let risk = |kind: RiskKind| risks.iter().find(|risk| risk.kind == kind);
    let channel = &snapshot.conversation.channel_kind;
    if intent == Intent::Spam || (risk(RiskKind::Spam).is_some() && confidence < LEAST_CONFIDENCE) {
        let alone = level(&snapshot.policy, "spam", channel) == Level::Auto && confidence >= SURE_SPAM;
        if alone && snapshot.conversation.order_number.is_none() {
            return Some(nothing("Advertising.", true));
        }
        return Some(Triage::Person { reason: "Looks like advertising.".to_owned(), tell: false });
    }
    let for_a_person = [RiskKind::Threat, RiskKind::Injury, RiskKind::SocialEngineering, RiskKind::Legal];
    if let Some(risk) = for_a_person.into_iter().find_map(risk) {
        return Some(person(format!("The message {}.", risk.reason)));
    }
    let lower = text.to_lowercase();
    let mut words = snapshot.policy.words.person.iter();
    if let Some(word) = words.find(|word| has_words(&lower, &word.to_lowercase())) {
        return Some(person(format!("The customer writes “{word}”.")));
    }
    if !writes_themselves(snapshot) {
        return Some(person("Somebody else in the conversation wrote."));
    }
    if is_only_thanks(snapshot, intents, text) {
        // Who was asked for something still owes it.
        return Some(nothing("The customer says thanks.", snapshot.open_question().is_none()));
    }
    let word = intent_word(intent);
    if level(&snapshot.policy, &word, channel) == Level::Off {
        return Some(person(format!("{} is answered by a person.", intent_label(&word))));
    }
    match intent {
        Intent::Complaint => Some(person("The customer complains.")),
        Intent::Thanks => {
            let reason = "Says thanks, and it is not clear what else.".to_owned();
            Some(Triage::Person { reason, tell: false })
        }
        Intent::TalkToPerson => Some(person("Wants a person.")),
        _ if confidence < LEAST_CONFIDENCE => Some(person(UNCLEAR)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_thanks_is_thanks_read_surely_beside_nothing_else() {
        let sure = [(Intent::Thanks, 0.99), (Intent::DeliveryTime, 0.1)];
        let is_only = |intents: &[(Intent, f32)], text: &str| is_only_thanks(&Snapshot::alone(text), intents, text);
        assert!(is_only(&sure, "Vielen Dank!"));
        for text in ["Danke! Wann kommt es?", "谢谢！什么时候到？", "شكرا! متى يصل؟", "Gracias. ¿Cuándo llega"]
        {
            assert!(!is_only(&sure, text), "{text}");
        }
        assert!(!is_only(&[(Intent::Thanks, 0.7)], "Vielen Dank!"));
        assert!(!is_only(&[(Intent::Thanks, 0.8), (Intent::Invoice, 0.15)], "Vielen Dank!"));
        assert!(!is_only(&[(Intent::Invoice, 0.9)], "Vielen Dank!"));
    }
}
