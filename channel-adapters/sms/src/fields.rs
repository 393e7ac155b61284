//! The fields of a delivery: a form as providers send it, or a JSON object with the same names.

use std::borrow::Cow;

use channel_contract::failure::ParseError;
use channel_contract::wire;
use serde_json::Value;
use url::form_urlencoded;

/// Fields by name, in their order.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body. Any bytes are a form of some sort; what begins as JSON has to be an object.
    pub(crate) fn read(body: &[u8]) -> Result<Self, ParseError> {
        let trimmed = body.trim_ascii();
        match trimmed.first() {
            None => Err(ParseError("the delivery is empty".to_owned())),
            Some(b'{' | b'[') => {
                let Value::Object(document) = wire::document(trimmed)? else {
                    return Err(ParseError("the delivery is no object".to_owned()));
                };
                Ok(Self(document.into_iter().filter_map(|(name, value)| Some((name, word(value)?))).collect()))
            }
            Some(_) => Ok(Self::of_form(trimmed)),
        }
    }

    /// Reads a form.
    pub(crate) fn of_form(body: &[u8]) -> Self {
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), value.into_owned());
        Self(form_urlencoded::parse(body).map(owned).collect())
    }

    /// All of them.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// What the first field of this name holds, `""` without one.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// The same; `None` where it holds nothing.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// Whether there is a field of this name, whatever it holds.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
}

fn word(value: Value) -> Option<String> {
    match value {
        Value::String(word) => Some(word),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_so) => Some(is_so.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_and_an_object_hold_the_same() {
        for body in ["From=%2B47+1&Body=a%26b&NumMedia=0&To=", r#"{"From":"+47 1","Body":"a&b","NumMedia":0,"To":""}"#]
        {
            let fields = Fields::read(body.as_bytes()).unwrap();
            assert_eq!((fields.get("From"), fields.get("Body"), fields.get("NumMedia")), ("+47 1", "a&b", "0"));
            assert_eq!((fields.given("To"), fields.has("To"), fields.has("Cc")), (None, true, false));
        }
    }

    #[test]
    fn broken_json_is_refused_without_its_words() {
        for body in ["{\"Body\": \"my wish\"", "[1,2]", "[null,{},\"\"]", "", " \n"] {
            let error = Fields::read(body.as_bytes()).map(|_| ()).unwrap_err();
            assert!(!error.0.contains("wish"), "{error}");
        }
    }
}
