//! What a text that somebody is writing states and nothing in its case does, in words: they are warned, and may send it.

use crate::agent::{CaseFacts, doubts};
use crate::app::Desk;
use crate::model::conversation::Conversation;
use crate::model::draft::Draft;
use crate::store::{self, brands, messages, orders};

/// So many of the newest messages are looked at.
const MOST_MESSAGES: i64 = 20;

/// Of a text, which may go on from a draft; `""` where all of it stands somewhere, or nothing can be held against it.
pub async fn of_text(
    desk: &Desk,
    conversation: &Conversation,
    (text, draft): (&str, Option<&Draft>),
) -> store::Result<String> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let orders = orders::list_of(&desk.db, conversation.id).await?;
    if orders.is_empty() {
        return Ok(String::new());
    }
    let messages = messages::list(&desk.db, conversation.id, MOST_MESSAGES).await?;
    let language = match draft.map_or(conversation.language.as_str(), |draft| draft.language.as_str()) {
        "" => brands::get(&desk.db, conversation.brand_id).await?.locale,
        language => language.to_owned(),
    };
    let evidence = draft.map(|draft| draft.document.0.evidence.clone()).unwrap_or_default();
    let (text, now) = (text.to_owned(), desk.clock.now());
    let found = tokio::task::spawn_blocking(move || {
        let written: Vec<_> = messages.iter().map(|message| (message.body.as_str(), message.written())).collect();
        doubts(&text, &language, &CaseFacts { orders: &orders, written: &written, evidence: &evidence, now })
    });
    // One that ends unexpectedly doubts nothing; the log has it.
    Ok(words(&found.await.unwrap_or_default()))
}

/// `Nothing in this case says “tomorrow” or “45.00 EUR”.`
fn words(doubts: &[String]) -> String {
    let quoted: Vec<String> = doubts.iter().map(|doubt| format!("“{doubt}”")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => format!("Nothing in this case says {only}."),
        Some((last, before)) => format!("Nothing in this case says {} or {last}.", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_doubted_is_said_in_a_sentence() {
        let said = |doubts: &[&str]| words(&doubts.iter().map(|doubt| (*doubt).to_owned()).collect::<Vec<_>>());
        assert_eq!(said(&[]), "");
        assert_eq!(said(&["tomorrow"]), "Nothing in this case says “tomorrow”.");
        assert_eq!(said(&["a", "b", "c"]), "Nothing in this case says “a”, “b” or “c”.");
    }
}
