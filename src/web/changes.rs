//! What a form changes of something, and what somebody else changed of it since the form was drawn.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Fields of a form with what stands in them.
pub(super) type Values = [(&'static str, String)];

/// A field, as it stands and as it is to be.
pub(super) struct Changed {
    pub(super) field: &'static str,
    pub(super) stands: String,
    pub(super) wanted: String,
}

/// The fields that differ.
pub(super) fn changes(stands: &Values, wanted: &Values) -> Vec<Changed> {
    let changed = stands.iter().zip(wanted).filter(|((_, stands), (_, wanted))| stands != wanted);
    changed
        .map(|((field, stands), (_, wanted))| Changed { field, stands: stands.clone(), wanted: wanted.clone() })
        .collect()
}

/// How something stands, in one word: a form carries that of what it was drawn from.
pub(super) fn seen_of(values: &Values) -> String {
    hex::encode(Sha256::digest(format!("{values:?}")))
}

/// What is said at the fields of a form that was drawn before somebody else changed the same.
pub(super) fn changed_meanwhile(what: &str, changes: &[Changed]) -> Vec<(&'static str, String)> {
    let words = |change: &Changed| {
        let stands = or_nothing(&change.stands);
        format!(
            "Somebody changed this {what} meanwhile; here stands “{stands}” now. Save once more to set it to yours."
        )
    };
    changes.iter().map(|change| (change.field, words(change))).collect()
}

/// What changed of what is called `name`, as the audit log says it: `approve to auto`.
pub(super) fn details(name: &str, changes: &[Changed]) -> Map<String, Value> {
    let mut details = Map::from_iter([("name".to_owned(), Value::from(name))]);
    for Changed { field, stands, wanted } in changes {
        // `name` is how it is called in the list of what was done.
        let field = if *field == "name" { "renamed" } else { *field };
        details.insert(field.to_owned(), format!("{} to {}", or_nothing(stands), or_nothing(wanted)).into());
    }
    details
}

fn or_nothing(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}
