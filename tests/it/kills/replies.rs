//! Replies that were acknowledged, and what became of them.

use resolute::store::Db;

use crate::support::smtp::SmtpDouble;

/// What a teammate writes; no other reply has these words.
pub(super) fn reply(number: usize) -> String {
    format!("Thank you for writing, we take care of it: reply{number:05}.")
}

/// The word of a reply that is its own.
fn marker(text: &str) -> &str {
    text.split(": ").nth(1).unwrap_or(text).trim_end_matches('.')
}

/// A stored message.
#[derive(Debug, sqlx::FromRow)]
struct Stored {
    delivery: Option<String>,
    body: String,
}

async fn stored(db: &Db) -> Vec<Stored> {
    const ROWS: &str = "select delivery, body from messages";
    match db {
        Db::Sqlite { read, .. } => sqlx::query_as(ROWS).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(ROWS).fetch_all(pool).await.unwrap(),
    }
}

/// What became of replies.
#[derive(Debug, Default)]
pub(super) struct Fates {
    replies: usize,
    not_kept: Vec<String>,
    not_sent: Vec<String>,
    sent_twice: Vec<String>,
    held: usize,
    held_though_taken: usize,
}

impl Fates {
    /// Of the replies with these words. All work of the desk must be done.
    pub(super) async fn of(db: &Db, smtp: &SmtpDouble, replies: &[String]) -> Self {
        let (rows, taken) = (stored(db).await, smtp.taken());
        let mut fates = Self { replies: replies.len(), ..Self::default() };
        for text in replies {
            let own: Vec<&Stored> = rows.iter().filter(|row| row.body == *text).collect();
            if own.len() != 1 {
                fates.not_kept.push(format!("{text} {} times", own.len()));
            }
            let is_held = own.iter().any(|row| row.delivery.as_deref() == Some("held"));
            fates.held += usize::from(is_held);
            let times = taken.iter().filter(|mail| mail.raw.contains(marker(text))).count();
            fates.held_though_taken += usize::from(is_held && times > 0);
            match times {
                0 if !is_held => fates.not_sent.push(text.clone()),
                0 | 1 => {}
                _ => fates.sent_twice.push(text.clone()),
            }
        }
        fates
    }

    /// In a line.
    pub(super) fn words(&self) -> String {
        format!(
            "{} replies acknowledged: {} not kept once, {} not sent, {} sent twice, {} held for a person ({} of them \
             had left)",
            self.replies,
            self.not_kept.len(),
            self.not_sent.len(),
            self.sent_twice.len(),
            self.held,
            self.held_though_taken
        )
    }

    /// Each is kept once and was sent once. Of those that were on their way when something broke, at most so many, nobody
    /// can tell: they wait for a person.
    pub(super) fn check(&self, may_be_held: usize) {
        assert!(self.replies > 0, "nobody replied");
        assert!(self.not_kept.is_empty() && self.not_sent.is_empty(), "replies were lost or doubled: {self:#?}");
        assert!(self.sent_twice.is_empty(), "replies went out twice: {self:#?}");
        assert!(self.held <= may_be_held, "too many replies wait for a person: {self:#?}");
    }
}
