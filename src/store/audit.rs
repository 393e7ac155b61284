//! The audit log: added to in the transaction of the act, listed, and checked from the first entry to the last.

use super::db::Sql;
use super::{Db, Error, Result, Tx, rows};
use crate::model::Ts;
use crate::model::audit::{Act, AuditEntry, Chain, Flaw};

/// Entries that one step of a check holds in memory.
const STEP: i64 = 500;

#[derive(sqlx::FromRow)]
struct Head {
    seq: i64,
    hash: Vec<u8>,
}

/// Records an act; it counts with the caller's transaction. The head's row is held until then, which makes the order
/// total: call it last, after the rows of the act itself are locked.
pub async fn append(tx: &mut Tx, act: &Act<'_>, now: Ts) -> Result<()> {
    let head: Head = tx.query("update audit_head set seq = seq + 1 where id = 1 returning seq, hash").one().await?;
    let mut entry = AuditEntry {
        seq: head.seq,
        at: now,
        actor_kind: act.actor.kind().to_owned(),
        actor: act.actor.id(),
        actor_name: rows::text(act.actor.name()),
        action: act.action.as_str().to_owned(),
        subject_kind: act.subject.0.as_str().to_owned(),
        subject: rows::text(&act.subject.1),
        brand: act.brand.map(|brand| brand.to_string()).unwrap_or_default(),
        details: act.details.to_string(),
        previous_hash: head.hash,
        hash: Vec::new(),
    };
    entry.hash = entry.computed_hash();
    insert(tx, &entry).await?;
    tx.query("update audit_head set hash = $1 where id = 1").bind(entry.hash).execute().await?;
    Ok(())
}

async fn insert(tx: &mut Tx, entry: &AuditEntry) -> Result<()> {
    tx.query(
        "insert into audit_log (seq, at, actor_kind, actor, actor_name, action, subject_kind, subject, brand, details,
             previous_hash, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(entry.seq)
    .bind(entry.at)
    .bind(entry.actor_kind.as_str())
    .bind(entry.actor.as_str())
    .bind(entry.actor_name.as_str())
    .bind(entry.action.as_str())
    .bind(entry.subject_kind.as_str())
    .bind(entry.subject.as_str())
    .bind(entry.brand.as_str())
    .bind(entry.details.as_str())
    .bind(entry.previous_hash.clone())
    .bind(entry.hash.clone())
    .execute()
    .await?;
    Ok(())
}

/// Which entries a list shows; `""` is any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A teammate's id, `agent` or `system`.
    pub actor: String,
    /// The word of an action.
    pub action: String,
    /// An id, number or name.
    pub subject: String,
}

/// Entries before `before`, newest first. What narrows most is found by its index, the rest is left out on the way.
pub async fn list(db: &Db, filter: &Filter, before: Option<i64>, most: i64) -> Result<Vec<AuditEntry>> {
    const ALL: &str = "select * from audit_log where seq < $4 and $1 = '' and $2 = '' and $3 = ''
        order by seq desc limit $5";
    const BY_SUBJECT: &str = "select * from audit_log where subject = $3 and seq < $4
        and ($1 = '' or actor = $1) and ($2 = '' or action = $2) order by seq desc limit $5";
    const BY_ACTOR: &str = "select * from audit_log where actor = $1 and seq < $4 and $3 = ''
        and ($2 = '' or action = $2) order by seq desc limit $5";
    const BY_ACTION: &str = "select * from audit_log where action = $2 and seq < $4 and $1 = '' and $3 = ''
        order by seq desc limit $5";
    let sql = match (filter.subject.as_str(), filter.actor.as_str(), filter.action.as_str()) {
        ("", "", "") => ALL,
        ("", "", _) => BY_ACTION,
        ("", _, _) => BY_ACTOR,
        _ => BY_SUBJECT,
    };
    db.query(sql)
        .bind(rows::text(&filter.actor))
        .bind(rows::text(&filter.action))
        .bind(rows::text(&filter.subject))
        .bind(before.unwrap_or(i64::MAX))
        .bind(most)
        .all()
        .await
}

/// What a check of the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How far it holds, and the hash of the last entry that does.
    pub chain: Chain,
    /// The first place where it does not.
    pub flaw: Option<Flaw>,
}

/// Follows the whole chain, a step at a time. Entries that come meanwhile are followed too.
pub async fn verify(db: &Db) -> Result<Verdict> {
    let mut chain = Chain::default();
    loop {
        // Read before the entries: what it names must be there by then.
        let Some(head) = self::head(db).await? else { return Ok(headless(chain)) };
        if let Err(flaw) = follow_all(db, &mut chain).await? {
            return Ok(Verdict { chain, flaw: Some(flaw) });
        }
        if chain.seq < head.seq {
            let words = format!("entry {} is missing: {} were written", chain.seq + 1, head.seq);
            return Ok(Verdict { flaw: Some(Flaw { seq: chain.seq + 1, words }), chain });
        }
        let Some(newest) = self::head(db).await? else { return Ok(headless(chain)) };
        if chain.seq > newest.seq || (chain.seq == newest.seq && chain.hash != newest.hash) {
            let words = format!("the log ends at entry {}, but its head names entry {}", chain.seq, newest.seq);
            return Ok(Verdict { flaw: Some(Flaw { seq: chain.seq, words }), chain });
        }
        if chain.seq == newest.seq {
            return Ok(Verdict { chain, flaw: None });
        }
    }
}

async fn head(db: &Db) -> Result<Option<Head>> {
    db.query("select seq, hash from audit_head where id = 1").optional().await
}

fn headless(chain: Chain) -> Verdict {
    let flaw = Flaw { seq: chain.seq, words: "the head of the log is missing".to_owned() };
    Verdict { chain, flaw: Some(flaw) }
}

/// Follows what there is. An entry that cannot be read at all is a flaw like any other.
async fn follow_all(db: &Db, chain: &mut Chain) -> Result<Result<(), Flaw>> {
    let mut step = STEP;
    loop {
        let entries = match entries_after(db, chain.seq, step).await {
            Ok(entries) => entries,
            Err(error) if is_unreadable(&error) && step > 1 => {
                step = 1;
                continue;
            }
            Err(error) if is_unreadable(&error) => {
                let seq = chain.seq + 1;
                return Ok(Err(Flaw { seq, words: format!("entry {seq} cannot be read") }));
            }
            Err(error) => return Err(error),
        };
        if entries.is_empty() {
            return Ok(Ok(()));
        }
        for entry in &entries {
            if let Err(flaw) = chain.follow(entry) {
                return Ok(Err(flaw));
            }
        }
    }
}

async fn entries_after(db: &Db, seq: i64, most: i64) -> Result<Vec<AuditEntry>> {
    // From the first on whatever its number is, so that one below 1 shows.
    const FIRST: Sql = Sql {
        sqlite: "select * from audit_log where $1 = 0 order by seq limit $2",
        postgres: "select * from audit_log where $1 = 0::bigint order by seq limit $2",
    };
    let after = Sql::from("select * from audit_log where seq > $1 order by seq limit $2");
    db.query(if seq == 0 { FIRST } else { after }).bind(seq).bind(most).all().await
}

fn is_unreadable(error: &Error) -> bool {
    matches!(error, Error::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)))
}
