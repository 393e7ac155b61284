//! What the composer says above the text: to whom a reply goes, and why none can leave.

use super::ComposerFacts;
use crate::model::Ts;
use crate::model::audience::{Audience, Operator};
use crate::web::conversations::brought::{Brought, Unkept};
use crate::web::page::Page;
use crate::web::parts::Notice;
use crate::web::words::{channel_kind, on_channel};

/// So many of the others who wrote are named.
const MOST_BESIDE: usize = 3;

/// Why the text is not kept; of two texts both, and how to choose.
pub(super) fn changed(brought: &Brought, here: &str) -> Notice {
    const SHOWN: usize = 2_000;
    let head = format!("This {} was changed on another device.", if brought.is_note { "note" } else { "text" });
    let there = match &brought.unkept {
        Unkept::Changed(Some(there)) => there,
        Unkept::Changed(None) => {
            let words = "There it was sent or emptied. Below stands what you wrote here; it is not kept yet.";
            return Notice::warn(head, words);
        }
        Unkept::Unstored => {
            let words = "What you wrote stands below and is kept nowhere else. Send it again in a moment.";
            return Notice::warn("Nothing can be stored at this moment.", words);
        }
    };
    let mut other: String = there.body.trim().chars().take(SHOWN).collect();
    if other.len() < there.body.trim().len() {
        other.push('…');
    }
    let words = format!("There it says “{other}”. Below stands what you wrote here; it is not kept yet.");
    Notice::warn(head, words).with_link("Use that one", here)
}

pub(super) fn nobody(facts: &ComposerFacts<'_>) -> Notice {
    if facts.routes.is_empty() {
        let words = "no message here names its sender. Notes and resolving work as ever.";
        return Notice::warn("There is nobody to answer:", words);
    }
    let (who, kind) = (&facts.conversation.contact_name, channel_kind(&facts.conversation.channel_kind));
    let head = format!("{who} has not written {} here.", on_channel(kind));
    Notice::warn(head, "Choose below where they are answered. Notes and resolving work as ever.")
}

/// To whom a reply goes in a case in which others wrote too, and how these are answered, where that is possible.
pub(super) fn goes_to(facts: &ComposerFacts<'_>) -> Option<String> {
    let kind = channel_kind(&facts.conversation.channel_kind);
    if let (Some(chosen), Some((operator, _))) = (facts.chosen(), facts.operator()) {
        return Some(chosen_words(chosen, &facts.conversation.contact_name, operator, on_channel(kind)));
    }
    let also =
        facts.operator().filter(|(_, usual)| *usual == Audience::Both).map(|(operator, _)| operator.name.as_str());
    let who = match also {
        Some(operator) => format!("{} and {operator}", facts.conversation.contact_name),
        None => facts.conversation.contact_name.clone(),
    };
    let more = facts.beside.len().saturating_sub(MOST_BESIDE);
    let names = facts.beside.iter().take(MOST_BESIDE).map(String::as_str).collect::<Vec<_>>().join(", ");
    let others = match (facts.beside.len(), more) {
        (0, _) => return also.map(|_| format!("A reply goes to {who} {}.", on_channel(kind))),
        (_, 0) => names,
        _ => format!("{names} and {more} more"),
    };
    let way = on_channel(kind);
    let advice = match (facts.operator().is_some(), facts.may_split) {
        (true, _) => ": who else reads it is chosen below.",
        (false, true) => ": to answer them, split off what they wrote.",
        (false, false) => ".",
    };
    Some(format!("A reply goes to {who} {way}, and not to {others}{advice}"))
}

/// To whom a reply goes where somebody has chosen.
fn chosen_words(chosen: Audience, customer: &str, operator: &Operator, way: &str) -> String {
    let operator = if operator.name.is_empty() { "the operator" } else { operator.name.as_str() };
    let whom = match chosen {
        Audience::Customer => format!("{customer} {way}, and not to {operator}"),
        Audience::Operator => format!("{operator} {way}, and not to {customer}"),
        Audience::Both => format!("{customer} and {operator} {way}"),
    };
    format!("This reply goes to {whom}: who else reads it is chosen below.")
}

pub(super) fn unreached(words: &str) -> Notice {
    Notice::warn("Nothing can be answered here.", format!("{words} You can leave a note."))
}

pub(super) fn waits(channel: &str) -> Notice {
    let words = format!("{channel} takes the next one when its writer has answered it. You can leave a note.");
    Notice::warn("The private answer to this comment has left.", words)
}

pub(super) fn closed(page: &Page, channel: &str, at: Ts, templates: Option<&str>) -> Notice {
    let head = format!("The reply window of {channel} closed {}.", page.reader.ago(at));
    match templates {
        Some(href) => Notice::warn(head, "A template can leave at any time. You can leave a note, too.")
            .with_link("Choose a template", href),
        None => Notice::warn(head, "It opens again when the customer writes. You can leave a note."),
    }
}
