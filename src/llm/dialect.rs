//! What this server understands of the protocol: assumed in full, stepped down when it names a field it does not take.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::Settings;
use super::tools::Tool;

/// How a structured answer is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// `response_format` with the schema, held by the server.
    #[default]
    JsonSchema,
    /// `response_format` says JSON; the schema stands in the instructions.
    JsonObject,
    /// Only the instructions ask for JSON.
    Words,
}

/// What is used of the protocol in one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) format: Format,
    /// `max_completion_tokens`, which newer models want, instead of `max_tokens`, which all others know.
    newer_limit: bool,
    no_temperature: bool,
}

/// A field that a server may not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Format,
    Limit,
    Temperature,
}

/// What was learned about the server.
#[derive(Debug, Default)]
pub(super) struct Dialect(Mutex<Spoken>);

impl Dialect {
    pub(super) fn spoken(&self) -> Spoken {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up a field that a call in `used` was refused for; false when nothing is left to give up.
    /// A call that ran at the same time may have done so already: then trying again is enough.
    pub(super) fn step_down(&self, field: Field, used: Spoken) -> bool {
        let lower = match field {
            Field::Format => match used.format {
                Format::JsonSchema => Spoken { format: Format::JsonObject, ..used },
                Format::JsonObject => Spoken { format: Format::Words, ..used },
                Format::Words => return false,
            },
            Field::Limit if !used.newer_limit => Spoken { newer_limit: true, ..used },
            Field::Temperature if !used.no_temperature => Spoken { no_temperature: true, ..used },
            _ => return false,
        };
        let mut spoken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *spoken == used {
            *spoken = lower;
        }
        true
    }
}

/// What one call asks for beyond its messages.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape<'a> {
    pub(super) schema: Option<&'a Value>,
    pub(super) tools: &'a [Tool],
    /// Tools stay listed, because the messages mention them, but may not be called any more.
    pub(super) tools_closed: bool,
}

/// The body of a call.
pub(super) fn body(settings: &Settings, spoken: Spoken, messages: &[Value], shape: Shape<'_>) -> Value {
    let limit = if spoken.newer_limit { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({"model": settings.model, "messages": messages, limit: settings.max_output_tokens});
    let mut set = |name: &str, value: Value| {
        if let Some(fields) = body.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    if !spoken.no_temperature {
        // Through text, so that 0.2 stays 0.2 and does not become 0.20000000298.
        set("temperature", settings.temperature.to_string().parse::<f64>().unwrap_or_default().into());
    }
    match (shape.schema, spoken.format) {
        (Some(schema), Format::JsonSchema) => {
            let schema = json!({"name": "answer", "strict": true, "schema": schema});
            set("response_format", json!({"type": "json_schema", "json_schema": schema}));
        }
        (Some(_), Format::JsonObject) => set("response_format", json!({"type": "json_object"})),
        _ => {}
    }
    if !shape.tools.is_empty() {
        set("tools", shape.tools.iter().map(Tool::as_json).collect());
        if shape.tools_closed {
            set("tool_choice", "none".into());
        }
    }
    body
}

/// Asks for JSON in words, for servers that cannot be told by a field.
pub(super) fn schema_words(schema: &Value) -> String {
    format!("\n\nAnswer with one JSON object and nothing else. It follows this JSON schema:\n{schema}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_given_up_once_and_only_from_what_was_used() {
        let dialect = Dialect::default();
        let first = dialect.spoken();
        assert!(dialect.step_down(Field::Format, first));
        // A second call that was under way at the same time must not take a further step.
        assert!(dialect.step_down(Field::Format, first));
        assert_eq!(dialect.spoken().format, Format::JsonObject);
        assert!(dialect.step_down(Field::Format, dialect.spoken()));
        assert!(!dialect.step_down(Field::Format, dialect.spoken()));
        assert!(dialect.step_down(Field::Limit, dialect.spoken()));
        assert!(!dialect.step_down(Field::Limit, dialect.spoken()));
        assert_eq!(dialect.spoken(), Spoken { format: Format::Words, newer_limit: true, ..Spoken::default() });
    }
}
