//! A typed value out of what a model wrote: the object itself, or the first one among other words.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// How many places are tried as the beginning of an object; bounds the work on hostile answers.
const MOST_BEGINNINGS: usize = 64;

/// The value, or what is wrong, in words for the model that wrote it.
pub(super) fn decode<T: DeserializeOwned>(content: &str) -> Result<T, String> {
    let object = first_object(after_thoughts(content)).ok_or("there is no complete JSON object in it")?;
    serde_json::from_value(object).map_err(|error| error.to_string().chars().take(300).collect())
}

/// What follows the thinking that some models write before their answer.
fn after_thoughts(content: &str) -> &str {
    content.rsplit_once("</think>").map_or(content, |(_, answer)| answer)
}

fn first_object(content: &str) -> Option<Value> {
    let beginnings = content.char_indices().filter(|(_, c)| *c == '{').take(MOST_BEGINNINGS);
    beginnings.map(|(at, _)| content.get(at..).unwrap_or_default()).find_map(|rest| {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        values.next()?.ok().filter(Value::is_object)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Red,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Answer {
        colour: Colour,
    }

    #[test]
    fn an_object_is_found_among_other_words() {
        for content in [
            r#"{"colour":"red"}"#,
            "Sure! Here it is:\n```json\n{\"colour\": \"red\"}\n```\nAnything {else}?",
            r#"<think>maybe {"colour":"blue"}</think>{"colour":"red"}"#,
            r#"use {braces}: {"colour":"red"}"#,
        ] {
            assert_eq!(decode(content), Ok(Answer { colour: Colour::Red }), "{content}");
        }
    }

    #[test]
    fn closed_sets_stay_closed_and_the_model_is_told_why() {
        let problem = decode::<Answer>(r#"{"colour":"blue"}"#).unwrap_err();
        assert_eq!(problem, "unknown variant `blue`, expected `red`");
        assert!(decode::<Answer>(r#"{"colour":"red","more":1}"#).unwrap_err().starts_with("unknown field `more`"));
        assert_eq!(decode::<Answer>(r#"{"colour":"#).unwrap_err(), "there is no complete JSON object in it");
        assert_eq!(decode::<Answer>("").unwrap_err(), "there is no complete JSON object in it");
    }

    proptest! {
        #[test]
        fn anything_may_be_written(content in any::<String>()) {
            let _ = decode::<Answer>(&content);
        }

        #[test]
        fn deep_nesting_is_no_trouble(depth in 1_usize..2_000) {
            let nested = "{\"a\":".repeat(depth);
            prop_assert!(decode::<Answer>(&nested).is_err());
        }
    }
}
