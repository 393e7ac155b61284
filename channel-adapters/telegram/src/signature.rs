//! Whether a request is Telegram's: it carries the word that was agreed on when the webhook was set up. It covers neither
//! the body nor the time; TLS guards those.

use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;

/// The header that carries the word.
pub(crate) const HEADER: &str = "x-telegram-bot-api-secret-token";

/// Checks the header's value. Any of the secrets will do; without one, nothing is Telegram's.
pub(crate) fn verify<'a>(secrets: impl Iterator<Item = &'a Secret>, header: Option<&str>) -> Result<(), VerifyError> {
    let given = header.filter(|header| !header.is_empty()).ok_or(VerifyError::Missing)?;
    let mut is_right = false;
    for secret in secrets {
        is_right |= secret.is(given);
    }
    if is_right { Ok(()) } else { Err(VerifyError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_word_counts_and_no_other() {
        let secrets = [Secret::new("new-word"), Secret::new("old-word")];
        for word in ["new-word", "old-word"] {
            assert_eq!(verify(secrets.iter(), Some(word)), Ok(()), "{word}");
        }
        for word in ["new-worD", "new-word ", "new", "new-wordold-word"] {
            assert_eq!(verify(secrets.iter(), Some(word)), Err(VerifyError::Mismatch), "{word}");
        }
        for header in [None, Some("")] {
            assert_eq!(verify(secrets.iter(), header), Err(VerifyError::Missing), "{header:?}");
        }
        let none = verify(std::iter::empty(), Some("new-word"));
        assert_eq!(none, Err(VerifyError::Mismatch), "without a secret nothing comes in");
    }
}
