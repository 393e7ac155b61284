//! What only storage and the platform may see.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// A secret: written to storage, never to a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a word is this one, in a time that tells nothing of it. Where none is set, no word is.
    pub fn is(&self, word: &str) -> bool {
        !self.is_empty() && bool::from(self.0.as_bytes().ct_eq(word.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Secret(none)" } else { "Secret(set)" })
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn only_the_same_word_is_it_and_without_one_none_is() {
        assert!(Secret::new("open").is("open"));
        for (secret, word) in [("open", "opem"), ("open", "open "), ("open", "ope"), ("open", ""), ("", "")] {
            assert!(!Secret::new(secret).is(word), "{secret} {word}");
        }
    }
}
