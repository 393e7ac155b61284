//! Of whom and what raw bytes tell beside the messages that came in with them: by that they are found when it is erased.

use serde::Serialize;
use uuid::Uuid;

use super::db::Sql;
use super::{Result, Tx, rows};
use crate::model::RawEventId;

/// Something of which raw bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// A message, a conversation or a customer.
    pub subject_id: Uuid,
    /// The raw bytes.
    pub raw_event_id: RawEventId,
}

/// Keeps them, each once.
pub async fn insert(tx: &mut Tx, subjects: &[Subject]) -> Result<()> {
    const INSERT: Sql = Sql {
        sqlite: "insert into raw_event_subjects (subject_id, raw_event_id)
            select unhex(value ->> 'subject_id', '-'), unhex(value ->> 'raw_event_id', '-')
            from json_each($1) where true on conflict do nothing",
        postgres: "insert into raw_event_subjects (subject_id, raw_event_id)
            select subject_id, raw_event_id
            from json_to_recordset($1::json) as r (subject_id uuid, raw_event_id uuid)
            on conflict do nothing",
    };
    if !subjects.is_empty() {
        tx.query(INSERT).bind(rows::json(subjects)?).execute().await?;
    }
    Ok(())
}
