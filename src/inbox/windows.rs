//! Until when the customers of a channel can be answered, counted anew where its settings say something else from now on.

use super::Inbox;
use super::admission::connected;
use super::routes::keep_time;
use crate::model::conversation::Conversation;
use crate::model::window::{Opening, Spans, Window};
use crate::model::{ChannelId, ConversationId, Ts};
use crate::store::conversations::{self, Order, View};
use crate::store::{self, bulk_changes};

/// So many conversations are looked at, and held, at once.
const AT_ONCE: i64 = 100;

/// Counts it anew in the conversations of a channel that are not resolved.
pub async fn count_anew(inbox: &Inbox, channel: ChannelId) -> store::Result<()> {
    let Some(connection) = connected(inbox, channel).await? else { return Ok(()) };
    let spans = Spans::of(&connection.adapter.capabilities(), connection.adapter.answer_within());
    let (view, mut after) = (View::Channel(channel), None);
    loop {
        let page = conversations::list(&inbox.db, view, after, AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(view.cursor_of(Order::Newest, last));
        let now = inbox.clock.now();
        let stale = page.iter().filter(|talk| may_change(talk, spans, now)).map(|talk| talk.id);
        let stale: Vec<ConversationId> = stale.collect();
        if !stale.is_empty() {
            set_anew(inbox, channel, &stale).await?;
        }
    }
}

async fn set_anew(inbox: &Inbox, channel: ChannelId, stale: &[ConversationId]) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    for mut talk in bulk_changes::lock_ids(&mut tx, stale).await? {
        if talk.channel_id != channel || talk.resolved_at.is_some() {
            continue;
        }
        let before = talk.window;
        Box::pin(keep_time(inbox, &mut tx, &mut talk, before)).await?;
        if differs(before, talk.window, inbox.clock.now()) {
            conversations::update(&mut tx, &talk).await?;
        }
    }
    tx.commit().await
}

/// Whether a conversation may have other times now: those of most follow from when its customer wrote last.
fn may_change(talk: &Conversation, spans: Spans, now: Ts) -> bool {
    talk.last_written().is_some_and(|written| differs(talk.window, spans.after(written), now))
}

/// What is over either way stays as it is.
fn differs(before: Window, after: Window, now: Ts) -> bool {
    let is_over = |window: Window| matches!(window.opening(now), Opening::Closed(_));
    before != after && !(is_over(before) && is_over(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_over_either_way_stays() {
        let until = |reply: i64, people: Option<i64>| Window {
            reply_until: Some(Ts(reply)),
            people_until: people.map(Ts),
            wanted_by: None,
        };
        assert!(differs(until(5, None), until(5, Some(9)), Ts(7)), "open again");
        assert!(differs(until(5, Some(9)), until(5, None), Ts(7)), "not any more");
        assert!(!differs(until(5, None), until(5, Some(9)), Ts(9)), "over either way");
        assert!(!differs(until(5, Some(9)), until(5, Some(9)), Ts(1)), "the same");
    }
}
