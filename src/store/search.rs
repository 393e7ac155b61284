//! Full text: newest first, bounded, conversations not messages.
//!
//! What counts as a word is decided here, for what is indexed and for what is asked, so that both engines find the
//! same: PostgreSQL alone would keep addresses whole, read `-20417` as a number below zero and mind accents.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;

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
    let expression = expression(db, words);
    if expression.is_empty() {
        return Ok(Vec::new());
    }
    db.query(SEARCH).bind(expression).bind(HITS).bind(limit).all().await
}

/// What the database is asked for words; `""` when there is nothing to ask.
pub(super) fn expression(db: &Db, words: &str) -> String {
    let terms = terms_of(words);
    match db {
        _ if terms.is_empty() => String::new(),
        Db::Sqlite { .. } => fts5(&terms),
        Db::Postgres(_) => tsquery(&terms),
    }
}

/// Of a longer message only the beginning is indexed, in characters: PostgreSQL refuses an entry over 1 MB.
const INDEXED: usize = 200_000;

/// The words of some texts as they are indexed: lower case, without accents, apart by spaces.
pub(super) fn indexed(texts: &[&str]) -> String {
    let mut words = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum::<usize>().min(INDEXED));
    let all = texts.iter().flat_map(|text| text.chars().chain([' ']));
    if texts.iter().all(|text| text.is_ascii()) {
        push_words(&mut words, all.take(INDEXED));
    } else {
        push_words(&mut words, all.nfd().take(INDEXED));
    }
    words
}

/// Letters and digits in lower case; anything else ends a word. Accents are left out: they come behind their letter.
fn push_words(words: &mut String, text: impl Iterator<Item = char>) {
    for c in text {
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase().filter(|c| !is_accent(*c)));
        } else if !is_accent(c) && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
    }
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The searchable words of an input, at most eight.
fn terms_of(words: &str) -> Vec<String> {
    let input: String = words.chars().take(1_000).collect();
    indexed(&[&input]).split_whitespace().take(8).map(|word| word.chars().take(40).collect()).collect()
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

    #[test]
    fn words_are_the_same_however_they_are_written() {
        assert_eq!(indexed(&["Café, CAFE\u{301}!", "", "İ x"]), "cafe cafe i x ");
        assert_eq!(indexed(&["lotte.berg@example.org", "-20417"]), "lotte berg example org 20417 ");
    }
}
