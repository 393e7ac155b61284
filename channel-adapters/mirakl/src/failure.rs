//! What a refusal of the marketplace means.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Answer;

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    /// To read a list.
    Reading,
    /// To fetch a file.
    Fetching,
    /// To send a message.
    Sending,
}

/// The answer, if what was tried was done. `name` is the marketplace's. Its own words are left out: they may quote what was
/// sent.
pub(crate) fn judge(answer: Answer, tried: Tried, name: &str) -> Result<Answer, ChannelFailure> {
    use FailureClass::{Content, Permission, Protocol, Rate, Recipient, Temporary};
    if answer.is_success() {
        return Ok(answer);
    }
    let status = answer.status;
    let later = |class, words: &str| ChannelFailure::Retry {
        class,
        after: answer.retry_after,
        reason: format!("{name} {words} (error {status})."),
    };
    let refused = |class, words: &str| ChannelFailure::refused(class, format!("{name} {words} (error {status})."));
    Err(match (status, tried) {
        (401, _) => ChannelFailure::Reconnect {
            reason: format!("{name} refused the key of the shop. Make a new key there and connect the channel again."),
        },
        (403, _) => refused(Permission, "does not let the key of the shop do this: give its user the rights for it"),
        (429, _) => later(Rate, "asks for fewer calls"),
        (408 | 503, _) => later(Temporary, "is not available at the moment"),
        (500.., Tried::Sending) => ChannelFailure::Unknown {
            reason: format!("{name} had trouble while it took the message, so it may have it (error {status})."),
        },
        (500.., _) => later(Temporary, "has trouble of its own"),
        (404 | 410, Tried::Fetching) => refused(Content, "no longer has the file"),
        (404 | 410, Tried::Sending) => refused(Recipient, "has no such thread or order any more"),
        (404 | 410, Tried::Reading) => {
            refused(Permission, "has nothing at this address: check the address of the channel")
        }
        (..=399, Tried::Fetching) => refused(Content, "keeps the file elsewhere, where it is not fetched from"),
        (..=399, _) => refused(Permission, "answers from another address: check the address of the channel"),
        (_, Tried::Sending) if is_about_recipients(&answer) => {
            refused(Recipient, "does not let the shop write to them here")
        }
        (_, Tried::Sending) => refused(Content, "does not take the text or the files"),
        (_, Tried::Fetching) => refused(Content, "does not give the file"),
        (_, Tried::Reading) => refused(Protocol, "does not take the question"),
    })
}

/// Whether a refusal names whom a message was for.
fn is_about_recipients(answer: &Answer) -> bool {
    let words = String::from_utf8_lossy(&answer.body).to_lowercase();
    ["recipient", "participant"].iter().any(|word| words.contains(word))
}
