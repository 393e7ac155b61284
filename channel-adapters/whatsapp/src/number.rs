//! The state of the number, as the platform tells it.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::wire::{Maybe, Word};
use serde::Deserialize;

/// What is asked of the number.
pub(crate) const FIELDS: &str = "display_phone_number,verified_name,name_status,quality_rating,status,throughput";

/// How the number stands, in the platform's words; `""` where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberState {
    /// The number as it is shown.
    pub shown: String,
    /// The name that customers see.
    pub name: String,
    /// Whether that name is approved.
    pub name_status: String,
    /// How customers take its messages: GREEN, YELLOW or RED.
    pub quality: String,
    /// Whether it is connected.
    pub status: String,
    /// How fast it may send.
    pub throughput: String,
}

/// The same as it comes.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct StateAnswer {
    display_phone_number: Word,
    verified_name: Word,
    name_status: Word,
    quality_rating: Word,
    status: Word,
    throughput: Maybe<Throughput>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Throughput {
    level: Word,
}

impl From<StateAnswer> for NumberState {
    fn from(answer: StateAnswer) -> Self {
        let text = |word: &Word| word.as_str().to_owned();
        Self {
            shown: text(&answer.display_phone_number),
            name: text(&answer.verified_name),
            name_status: text(&answer.name_status),
            quality: text(&answer.quality_rating),
            status: text(&answer.status),
            throughput: answer.throughput.get().map(|throughput| text(&throughput.level)).unwrap_or_default(),
        }
    }
}

impl NumberState {
    /// Why nothing can be sent from the number; `None` where it can.
    pub(crate) fn trouble(&self) -> Option<ChannelFailure> {
        let class = match self.status.as_str() {
            "BANNED" => FailureClass::Policy,
            "PENDING" | "OFFLINE" | "DISCONNECTED" | "DELETED" | "MIGRATED" | "UNVERIFIED" => FailureClass::Permission,
            _ => return None,
        };
        let of = |what: &str, word: &str| if word.is_empty() { String::new() } else { format!(", {what} {word}") };
        let (name, quality) = (of("name", &self.name_status), of("quality", &self.quality));
        let reason = format!("WhatsApp says that the number cannot be used: {}{name}{quality}.", self.status);
        Some(ChannelFailure::refused(class, reason))
    }
}
