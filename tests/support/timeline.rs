//! The whole state of a conversation as text, for snapshots: no ids, times as seconds since it began.

use std::fmt::Write as _;

use super::stores::happened;
use resolute::model::conversation::Conversation;
use resolute::model::{ConversationId, Ts};
use resolute::store::{Db, actions, conversations, drafts, messages, notes};

/// Everything about the conversation with this number.
pub(crate) async fn of(db: &Db, number: i64) -> String {
    let conversation = conversations::find_by_number(db, number).await.unwrap();
    let conversation = conversation.unwrap_or_else(|| panic!("there is no conversation {number}"));
    let mut text = head(&conversation);
    let since = |at: Ts| format!("{:>5}s", at.since(conversation.created_at).as_secs());
    for message in messages::list(db, conversation.id, 200).await.unwrap() {
        let delivery = message.delivery.map_or(String::new(), |delivery| format!(" [{delivery}]"));
        let reason = message.delivery_reason;
        let _ = write!(text, "message {} {}{delivery}", since(message.created_at), message.direction);
        let _ = write!(text, " {} by {} {}", message.author, message.sender_name, message.sender_address);
        let _ = writeln!(text, "{}{reason}", if reason.is_empty() { "" } else { ": " });
        for line in message.body.lines() {
            let _ = writeln!(text, "  | {line}");
        }
    }
    for note in notes::list(db, conversation.id).await.unwrap() {
        let _ = writeln!(text, "note    {} by {}: {}", since(note.created_at), note.teammate_name, note.body);
    }
    let written = "select state || ' ' || intent from drafts where conversation_id = $1 order by created_at, id";
    for draft in texts(db, written, conversation.id).await {
        let _ = writeln!(text, "draft   {draft}");
    }
    if let Some(draft) = drafts::current(db, conversation.id).await.unwrap() {
        for line in draft.document.0.text().lines() {
            let _ = writeln!(text, "  | {line}");
        }
    }
    let decided = "select state || case when decision_reason = '' then '' else ': ' || decision_reason end
        from approvals where conversation_id = $1 order by created_at, id";
    for approval in texts(db, decided, conversation.id).await {
        let _ = writeln!(text, "approval {approval}");
    }
    for action in actions::list(db, conversation.id).await.unwrap() {
        let _ = writeln!(text, "action  {} {:?} {}", action.state, action.document.0, action.error);
    }
    let waiting = "select kind || ' ' || state || ' attempt ' || attempts || ' ' || last_error from jobs
        where conversation_id = $1 order by kind, run_at, id";
    for job in texts(db, waiting, conversation.id).await {
        let _ = writeln!(text, "job     {}", job.trim());
    }
    for event in happened(db, conversation.id).await {
        let _ = writeln!(text, "event   {} {} by {}", since(event.at), event.kind, event.actor);
    }
    text
}

fn head(conversation: &Conversation) -> String {
    let mut words = vec![conversation.status.to_string(), format!("agent {}", conversation.agent_state)];
    for (word, is_so) in [
        ("unread", conversation.unread),
        ("needs approval", conversation.needs_approval),
        ("taken over", conversation.taken_over),
        ("assigned", conversation.assignee_id.is_some()),
        ("due", conversation.due_at.is_some()),
    ] {
        if is_so {
            words.push(word.to_owned());
        }
    }
    let (subject, contact) = (&conversation.subject, &conversation.contact_name);
    format!("#{} {subject:?} with {contact}: {}\n", conversation.number, words.join(", "))
}

/// Work that waits, runs or was given up, what lasts as long as a channel apart, in one line each.
pub(crate) async fn unfinished(db: &Db) -> Vec<String> {
    let sql = "select kind || ' ' || state || ' attempt ' || attempts || ' ' || last_error from jobs
        where kind not in ('poll', 'check_channel') order by kind, run_at limit 20";
    match db {
        Db::Sqlite { read, .. } => {
            texts_of(&sqlx::query(sql).fetch_all(&mut *read.get().await.unwrap()).await.unwrap())
        }
        Db::Postgres { write: pool, .. } => texts_of(&sqlx::query(sql).fetch_all(pool).await.unwrap()),
    }
}

/// The one text column of a query about a conversation.
async fn texts(db: &Db, sql: &'static str, id: ConversationId) -> Vec<String> {
    match db {
        Db::Sqlite { read, .. } => {
            texts_of(&sqlx::query(sql).bind(id).fetch_all(&mut *read.get().await.unwrap()).await.unwrap())
        }
        Db::Postgres { write: pool, .. } => texts_of(&sqlx::query(sql).bind(id).fetch_all(pool).await.unwrap()),
    }
}

fn texts_of<R: sqlx::Row>(rows: &[R]) -> Vec<String>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}
