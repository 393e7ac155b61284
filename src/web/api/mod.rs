//! The JSON twins of the pages, for programs with a bearer token.

pub mod approvals;
pub mod conversations;
pub mod messages;
pub mod resolutions;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value, json};

use super::error::{COME_AGAIN, Error};

/// What a program sends as JSON. Every field may be left out.
trait Body: DeserializeOwned + Default {
    /// Its fields, each with what it holds in words.
    const FIELDS: &[(&str, &str)];
}

/// What a request carries; nothing at all is what the type has by default. What cannot be read is refused, so that nobody
/// takes an order that was not given.
fn body_of<T: Body>(body: &[u8]) -> std::result::Result<T, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(T::default());
    }
    let fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| refused::<T>(&not_an_object(&error)))?;
    if let Some(name) = fields.keys().find(|name| T::FIELDS.iter().all(|(known, _)| known != name)) {
        let name: String = name.chars().take(60).collect();
        return Err(refused::<T>(&format!("There is no field `{name}`")));
    }
    let wrong = fields.iter().find_map(|(name, value)| {
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        let (_, holds) = T::FIELDS.iter().find(|(known, _)| known == name)?;
        T::deserialize(alone).is_err().then(|| format!("The field `{name}` has to hold {holds}"))
    });
    match wrong {
        Some(wrong) => Err(refused::<T>(&wrong)),
        None => T::deserialize(Value::Object(fields)).map_err(|_| refused::<T>("The body is not as it should be")),
    }
}

fn not_an_object(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data => "The body has to be a JSON object, `{...}`".to_owned(),
        Category::Eof => "The JSON of the body breaks off".to_owned(),
        Category::Syntax | Category::Io => {
            format!("The body is not JSON from line {}, column {} on", error.line(), error.column())
        }
    }
}

fn refused<T: Body>(what: &str) -> Error {
    let fields: Vec<String> = T::FIELDS.iter().map(|(name, holds)| format!("`{name}` ({holds})")).collect();
    Error::Unreadable(format!("{what}. It takes {}. Nothing was done.", fields.join(" and ")))
}

/// Most things in an answer, and how many without a wish.
const MOST: i64 = 200;
const USUAL: i64 = 50;

fn limit_of(limit: Option<&str>) -> std::result::Result<i64, Error> {
    let Some(written) = limit else { return Ok(USUAL) };
    written.parse().ok().filter(|limit| (1..=MOST).contains(limit)).ok_or_else(|| {
        Error::Unreadable(format!("`limit` is a whole number from 1 to {MOST}; without it there are {USUAL}."))
    })
}

/// An error as JSON: `{"error": "..."}`.
#[derive(Debug)]
pub struct ApiError(Error);

/// What API handlers give.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        if let Error::Internal(error) = &self.0 {
            tracing::error!(error = format!("{error:#}"), "an API request failed");
        }
        let mut answer = HttpResponse::build(self.status_code());
        if matches!(self.0, Error::NoToken) {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if matches!(self.0, Error::Unavailable(_)) {
            answer.insert_header((header::RETRY_AFTER, COME_AGAIN));
        }
        answer.json(json!({ "error": self.0.words() }))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Order {
        text: Option<String>,
        actions: Option<Vec<usize>>,
    }

    impl Body for Order {
        const FIELDS: &[(&str, &str)] = &[("text", "a text"), ("actions", "a list of whole numbers")];
    }

    #[test]
    fn what_cannot_be_read_is_named_in_our_words() {
        let read = |body: &str| body_of::<Order>(body.as_bytes());
        assert_eq!(read(" ").unwrap(), Order::default());
        assert_eq!(read(r#"{"actions":[0]}"#).unwrap().actions, Some(vec![0]));
        for (body, words) in [
            ("{\"text\":", "breaks off"),
            ("{\"text\" \"a\"}", "not JSON from line 1, column 9"),
            ("[1]", "has to be a JSON object"),
            ("{\"txt\":\"a\"}", "There is no field `txt`. It takes `text` (a text) and `actions`"),
            ("{\"text\":\"a\",\"actions\":[-1]}", "The field `actions` has to hold a list of whole numbers"),
        ] {
            let refused = read(body).unwrap_err();
            assert!(matches!(refused, Error::Unreadable(_)), "{body}");
            assert!(refused.words().contains(words), "{body}: {}", refused.words());
        }
    }

    #[test]
    fn a_limit_is_within_its_range_or_refused() {
        assert_eq!(limit_of(None).unwrap(), USUAL);
        assert_eq!((limit_of(Some("1")).unwrap(), limit_of(Some("200")).unwrap()), (1, MOST));
        for limit in ["0", "201", "-1", "ten", "", "1.5"] {
            let refused = limit_of(Some(limit)).unwrap_err();
            assert!(refused.words().contains("from 1 to 200"), "{limit}: {}", refused.words());
        }
    }
}
