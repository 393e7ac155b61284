//! Full text: newest first, bounded, conversations not messages.

use std::fmt::Write as _;

use super::db::Sql;
use super::{Db, Result};
use crate::model::conversation::Conversation;

/// How many hits are looked at to find the conversations of a page.
const HITS: i64 = 500;

const SEARCH: Sql = Sql {
    sqlite: "select c.* from conversations c join (
            select m.conversation_id as id, max(m.seq) as seq from (
                select rowid as seq from message_search where message_search match $1 order by rowid desc limit $2) hit
            join messages m on m.seq = hit.seq group by m.conversation_id) found on found.id = c.id
        order by found.seq desc limit $3",
    postgres: "select c.* from conversations c join (
            select hit.conversation_id as id, max(hit.seq) as seq from (
                select conversation_id, seq from messages where search @@ to_tsquery('simple', $1)
                order by seq desc limit $2) hit
            group by hit.conversation_id) found on found.id = c.id
        order by found.seq desc limit $3",
};

/// Conversations with messages that hold all the words (the last word may be unfinished), newest hit first.
pub async fn conversations(db: &Db, words: &str, limit: i64) -> Result<Vec<Conversation>> {
    let terms = terms_of(words);
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let expression = match db {
        Db::Sqlite { .. } => fts5(&terms),
        Db::Postgres(_) => tsquery(&terms),
    };
    db.query(SEARCH).bind(expression).bind(HITS).bind(limit).all().await
}

/// The searchable words of an input: letters and digits, at most eight.
fn terms_of(words: &str) -> Vec<String> {
    words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(8)
        .map(|word| word.chars().take(40).collect::<String>().to_lowercase())
        .collect()
}

fn fts5(terms: &[String]) -> String {
    let mut expression = String::from("content : (");
    for (index, term) in terms.iter().enumerate() {
        let star = if index + 1 == terms.len() { " *" } else { "" };
        let space = if index == 0 { "" } else { " " };
        let _ = write!(expression, "{space}\"{term}\"{star}");
    }
    expression.push(')');
    expression
}

fn tsquery(terms: &[String]) -> String {
    let mut expression = String::new();
    for (index, term) in terms.iter().enumerate() {
        let star = if index + 1 == terms.len() { ":*" } else { "" };
        let and = if index == 0 { "" } else { " & " };
        let _ = write!(expression, "{and}'{term}'{star}");
    }
    expression
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_input_becomes_plain_words() {
        let terms = terms_of("FJ-20417 \"near\" OR ' ; drop (* ^");
        assert_eq!(terms, ["fj", "20417", "near", "or", "drop"]);
        assert_eq!(fts5(&terms[..2]), "content : (\"fj\" \"20417\" *)");
        assert_eq!(tsquery(&terms[..2]), "'fj' & '20417':*");
        assert!(terms_of("?!*").is_empty());
    }
}
