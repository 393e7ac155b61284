//! What a refusal of the marketplace means.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, by_status};

/// What was tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tried<'t> {
    /// To read a list.
    Reading,
    /// To fetch a file.
    Fetching,
    /// To send a message with this text.
    Sending(&'t str),
}

impl Tried<'_> {
    /// What the call does.
    pub(crate) fn effect(self) -> Effect {
        if matches!(self, Self::Sending(_)) { Effect::Writes } else { Effect::Reads }
    }
}

/// The answer, if what was tried was done. `name` is the marketplace's. Its own words are left out: they may quote what was
/// sent.
pub(crate) fn judge(answer: Answer, tried: Tried<'_>, name: &str) -> Result<Answer, ChannelFailure> {
    use FailureClass::{Content, Permission, Protocol, Recipient};
    if answer.is_success() {
        return Ok(answer);
    }
    let status = answer.status;
    let refused = |class, words: &str| ChannelFailure::refused(class, format!("{name} {words} (error {status})."));
    Err(match (status, tried) {
        (401, _) => ChannelFailure::Reconnect {
            reason: format!("{name} refused the key of the shop. Make a new key there and connect the channel again."),
        },
        (403, _) => refused(Permission, "does not let the key of the shop do this: give its user the rights for it"),
        (408 | 425 | 429 | 500.., _) => by_status(&answer, tried.effect(), name),
        (404 | 410, Tried::Fetching) => refused(Content, "no longer has the file"),
        (404 | 410, Tried::Sending(_)) => refused(Recipient, "has no such thread any more"),
        (404 | 410, Tried::Reading) => {
            refused(Permission, "has nothing at this address: check the address of the channel")
        }
        (..=399, Tried::Fetching) => refused(Content, "keeps the file elsewhere, where it is not fetched from"),
        (..=399, _) => refused(Permission, "answers from another address: check the address of the channel"),
        (_, Tried::Sending(text)) if is_about_recipients(&answer, text) => {
            refused(Recipient, "does not let the shop write to them here")
        }
        (_, Tried::Sending(_)) => refused(Content, "does not take the text or the files"),
        (_, Tried::Fetching) => refused(Content, "does not give the file"),
        (_, Tried::Reading) => refused(Protocol, "does not take the question"),
    })
}

/// Whether a refusal names whom a message was for. It may quote the message, so a word that stands in that says nothing.
fn is_about_recipients(answer: &Answer, text: &str) -> bool {
    let (words, text) = (String::from_utf8_lossy(&answer.body).to_lowercase(), text.to_lowercase());
    ["recipient", "participant"].iter().any(|word| words.contains(word) && !text.contains(word))
}
