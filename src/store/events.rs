//! The timeline beside the messages, and the feed of live pages. Events are written by [`super::intake::insert_events`].

use serde_json::Value;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::event::{Event, EventKind};
use crate::model::standing::Answered;
use crate::model::{ConversationId, Json, Ts};

/// The events of conversation `$1` about which a timeline may have a line: those of [`EventKind::WITHOUT_LINE`] would take
/// the place of others.
macro_rules! with_line {
    ($rest:literal) => {
        concat!(
            "select * from events where conversation_id = $1
             and kind not in ('message_queued', 'delivery_changed', 'note_added', 'run_started', 'run_ended',
                 'draft_ready', 'seen', 'order_read', 'file_fetched', 'customer_named', 'work_progressed',
                 'channel_changed', 'brake_changed') ",
            $rest
        )
    };
}

/// The newest events of a conversation that its timeline is made of, oldest first.
pub async fn list(db: &Db, conversation: ConversationId, most: i64) -> Result<Vec<Event>> {
    let mut events: Vec<Event> =
        db.query(with_line!("order by seq desc limit $2")).bind(conversation).bind(most).all().await?;
    events.reverse();
    Ok(events)
}

/// Those from a moment on and before another, in the same way.
pub async fn list_within(
    db: &Db,
    conversation: ConversationId,
    (from, until): (Ts, Ts),
    most: i64,
) -> Result<Vec<Event>> {
    let mut events: Vec<Event> = db
        .query(with_line!("and at >= $2 and at < $3 order by seq desc limit $4"))
        .bind(conversation)
        .bind(from)
        .bind(until)
        .bind(most)
        .all()
        .await?;
    events.reverse();
    Ok(events)
}

/// Merges of a conversation since a moment.
pub async fn list_merges_since(db: &Db, conversation: ConversationId, from: Ts) -> Result<Vec<Event>> {
    db.query("select * from events where conversation_id = $1 and at >= $2 and kind = 'merged' order by seq")
        .bind(conversation)
        .bind(from)
        .all()
        .await
}

/// What of this kind happened in a conversation since then, oldest first.
pub async fn list_of_kind(tx: &mut Tx, conversation: ConversationId, kind: EventKind, from: Ts) -> Result<Vec<Event>> {
    tx.query("select * from events where conversation_id = $1 and kind = $2 and at >= $3 order by seq")
        .bind(conversation)
        .bind(kind)
        .bind(from)
        .all()
        .await
}

/// What of this kind happened last in a conversation.
pub async fn last_of_kind(tx: &mut Tx, conversation: ConversationId, kind: EventKind) -> Result<Option<Event>> {
    tx.query("select * from events where conversation_id = $1 and kind = $2 order by seq desc limit 1")
        .bind(conversation)
        .bind(kind)
        .optional()
        .await
}

/// The number of the event with which messages left a conversation last: it was split, or a merge was taken back. 0 where
/// none did.
pub async fn last_parting(tx: &mut Tx, conversation: ConversationId) -> Result<i64> {
    tx.query(
        "select coalesce(max(seq), 0) from events where conversation_id = $1 and kind in ('merge_undone', 'split')",
    )
    .bind(conversation)
    .scalar()
    .await
}

/// Every event of a conversation, as this transaction sees them.
pub async fn list_in(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<Event>> {
    tx.query("select * from events where conversation_id = $1 order by seq").bind(conversation).all().await
}

/// What a person's own reply kept in the last event of this kind: of its queueing, or of the end of its case. Nothing where
/// that event is about something else.
pub async fn last_answered(tx: &mut Tx, conversation: ConversationId, kind: EventKind) -> Result<Option<Answered>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        data: Json<Value>,
    }
    let last: Option<Row> = tx
        .query("select data from events where conversation_id = $1 and kind = $2 order by seq desc limit 1")
        .bind(conversation)
        .bind(kind)
        .optional()
        .await?;
    Ok(last.and_then(|row| serde_json::from_value(row.data.0).ok()))
}

/// What happened behind `seq`, oldest first.
pub async fn list_after(db: &Db, seq: i64, most: i64) -> Result<Vec<Event>> {
    db.query("select * from events where seq > $1 order by seq limit $2").bind(seq).bind(most).all().await
}

/// The events with these numbers, as far as they are there, oldest first.
pub async fn list_among(db: &Db, seqs: &[i64]) -> Result<Vec<Event>> {
    const AMONG: Sql = Sql {
        sqlite: "select * from events where seq in (select value from json_each($1)) order by seq",
        postgres: "select * from events
            where seq = any (array(select cast(value as bigint) from json_array_elements_text($1::json))) order by seq",
    };
    db.query(AMONG).bind(rows::json(seqs)?).all().await
}

/// The newest event's number, 0 when there is none.
pub async fn last_seq(db: &Db) -> Result<i64> {
    db.query("select coalesce(max(seq), 0) from events").scalar().await
}

/// The numbers of events that are there behind one and up to another, in order.
pub async fn list_seqs(db: &Db, (behind, upto): (i64, i64)) -> Result<Vec<i64>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        seq: i64,
    }
    let found: Vec<Row> = db
        .query("select seq from events where seq > $1 and seq <= $2 order by seq")
        .bind(behind)
        .bind(upto)
        .all()
        .await?;
    Ok(found.into_iter().map(|row| row.seq).collect())
}

/// When the newest event happened.
pub async fn last_at(db: &Db) -> Result<Option<Ts>> {
    #[derive(sqlx::FromRow)]
    struct Last {
        at: Ts,
    }
    let last: Option<Last> = db.query("select at from events order by seq desc limit 1").optional().await?;
    Ok(last.map(|row| row.at))
}

/// An event as live pages get it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LiveEvent {
    /// Order in the installation.
    pub seq: i64,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: String,
    /// Which teammate that is, where it happens to whoever else writes there.
    pub teammate: Option<String>,
    /// Which message it is about, where it is about one.
    pub message: Option<String>,
    /// What became of that message.
    pub delivery: Option<String>,
    /// The number of the conversation, if it is about one.
    pub number: Option<i64>,
}

/// The events for which this is so, as live pages get them, oldest first.
macro_rules! live {
    ($which:literal) => {
        concat!(
            "select e.seq, e.kind, e.actor, e.data ->> 'teammate' as teammate, e.data ->> 'message' as message,
                 e.data ->> 'delivery' as delivery, c.number
             from events e left join conversations c on c.id = e.conversation_id
             where ",
            $which,
            " order by e.seq"
        )
    };
}

/// What happened behind `seq`, for live pages, oldest first.
pub async fn list_live_after(db: &Db, seq: i64, most: i64) -> Result<Vec<LiveEvent>> {
    db.query(concat!(live!("e.seq > $1"), " limit $2")).bind(seq).bind(most).all().await
}

/// Those of these events that are there by now: transactions commit in another order than they took their numbers.
pub async fn list_live_among(db: &Db, seqs: &[i64]) -> Result<Vec<LiveEvent>> {
    const AMONG: Sql = Sql {
        sqlite: live!("e.seq in (select value from json_each($1))"),
        postgres: live!("e.seq = any (array(select cast(value as bigint) from json_array_elements_text($1::json)))"),
    };
    db.query(AMONG).bind(rows::json(seqs)?).all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_line_is_left_out() {
        let statement = with_line!("");
        let (_, listed) = statement.split_once('(').unwrap();
        let listed: Vec<&str> = listed.split('\'').skip(1).step_by(2).collect();
        assert_eq!(listed, EventKind::WITHOUT_LINE.map(EventKind::as_str));
    }
}
