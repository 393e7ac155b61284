//! Messages in scripts without spaces that were indexed before their letters counted in pairs: they are indexed anew, the
//! newest first, and all others are left alone. A migration put the work down where there were messages.

use uuid::Uuid;

use super::rebuild::BYTES_AT_ONCE;
use super::words::is_unspaced;
use super::{TEXTS_AT_ONCE, Text, index_anew};
use crate::model::JobId;
use crate::store::db::Sql;
use crate::store::{Db, Result, Tx, rows};

/// The work that was put down.
pub const WORK: JobId = JobId(Uuid::from_u128(0x5ea7_c41e));
/// So many numbers of messages are looked through at once at most.
const NUMBERS_AT_ONCE: i64 = 2_000;

/// Some messages that were looked at.
#[derive(Debug)]
pub struct Stretch {
    /// The lowest number that was looked at.
    first: i64,
    /// Of those that are in such scripts.
    numbers: Vec<i64>,
}

impl Stretch {
    /// Where the next one ends: its messages have lower numbers.
    pub fn first(&self) -> i64 {
        self.first
    }
}

/// The number of the newest message, 0 where there is none.
pub async fn newest(db: &Db) -> Result<i64> {
    db.query("select coalesce(max(seq), 0) from messages").scalar().await
}

/// Looks at the next messages below one. Only those in which something else than ASCII stands are read.
pub async fn next(db: &Db, below: i64) -> Result<Stretch> {
    const WIDE: &str =
        "select seq, conversation_id, subject, sender_name, sender_address, substr(body, 1, 200000) as body
        from messages where seq in (
            select seq from (
                select seq, sum(bytes) over (order by seq desc) - bytes as ahead from (
                    select seq, octet_length(body) as bytes from messages
                    where seq < $1 and seq >= $2 and (octet_length(body) <> length(body)
                        or octet_length(subject || sender_name || sender_address)
                            <> length(subject || sender_name || sender_address))
                    order by seq desc limit $3) wide) reckoned
            where ahead < $4)
        order by seq desc";
    let first = below.saturating_sub(NUMBERS_AT_ONCE).max(1);
    let texts: Vec<Text> = db.query(WIDE).bind(below).bind(first).bind(TEXTS_AT_ONCE).bind(BYTES_AT_ONCE).all().await?;
    let numbers = texts.iter().filter(|text| text.is_unspaced()).map(|text| text.seq).collect();
    Ok(Stretch { first: texts.last().map_or(first, |text| text.seq), numbers })
}

/// Indexes them anew, as they are now. `false` where somebody changes one of them at this moment, on a server: for nobody
/// is waited here, and nothing was done.
pub async fn index(tx: &mut Tx, stretch: &Stretch) -> Result<bool> {
    const HELD: Sql = Sql {
        sqlite: "select seq, conversation_id, subject, sender_name, sender_address, substr(body, 1, 200000) as body
            from messages where seq in (select value from json_each($1)) order by seq",
        postgres: "select seq, conversation_id, subject, sender_name, sender_address, substr(body, 1, 200000) as body
            from messages where seq = any (array(select value::bigint from json_array_elements_text($1::json)))
            order by seq for no key update skip locked",
    };
    if stretch.numbers.is_empty() {
        return Ok(true);
    }
    let texts: Vec<Text> = tx.query(HELD).bind(rows::json(&stretch.numbers)?).all().await?;
    let all = texts.len() == stretch.numbers.len();
    if all {
        index_anew(tx, &texts).await?;
    }
    Ok(all)
}

impl Text {
    fn is_unspaced(&self) -> bool {
        [&self.body, &self.subject, &self.sender_name, &self.sender_address]
            .iter()
            .any(|text| text.contains(is_unspaced))
    }
}
