//! Reading conversations: what is new in those that have something new.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::wire::text;
use serde_json::{Value, json};

use crate::client::{Client, PAGE};
use crate::progress::{Gathered, MOST_UNREAD, Progress, Seen, Talks, Unread};
use crate::settings::EbaySettings;
use crate::wire::{FROM_EBAY, FROM_MEMBERS, Message};

/// How far the messages of one conversation may stand out of their order, in milliseconds.
const SLACK: i64 = 60_000;
/// So many conversations in a row that cannot be read, and could until now, end a look: it is eBay that is in trouble. So
/// many of those that could not be read before are tried again in one look.
const MOST_TROUBLE: usize = 3;
/// So many messages are looked at again for whether the buyer has read them.
const MOST_LOOKED_AT: usize = 5;
/// How long that is done, in milliseconds: two weeks.
const FOLLOWED: i64 = 14 * 86_400_000;

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// What reading needs beside the place where it stopped.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) client: &'a Client,
    pub(crate) settings: &'a EbaySettings,
    pub(crate) now: i64,
}

impl Reading<'_> {
    /// Reads one page of conversations of a kind.
    pub(crate) async fn look(
        self,
        kind: &str,
        progress: &mut Progress,
        out: &mut Gathered,
    ) -> Result<(), ChannelFailure> {
        let mut talks = std::mem::take(talks_of(kind, progress));
        if talks.since == 0 {
            talks.since = self.now - i64::from(self.settings.polling.first_days) * DAY;
        }
        let mut looked = Ok(());
        if kind == FROM_MEMBERS && talks.offset == 0 && self.now >= talks.newest_next {
            looked = Box::pin(self.look_at_the_newest(&mut talks, progress, out)).await;
        }
        if looked.is_ok() {
            looked = Box::pin(self.look_at_a_page(kind, &mut talks, progress, out)).await;
        }
        *talks_of(kind, progress) = talks;
        looked
    }

    /// Once in a while without a moment to begin from: what a conversation's time is, eBay alone decides.
    async fn look_at_the_newest(
        self,
        talks: &mut Talks,
        progress: &mut Progress,
        out: &mut Gathered,
    ) -> Result<(), ChannelFailure> {
        let (conversations, _) = self.client.conversations(FROM_MEMBERS, None, 0).await?;
        if self.read_page(FROM_MEMBERS, &conversations, talks, progress, out).await {
            talks.newest_next = self.now + i64::from(self.settings.polling.orders_seconds) * SECOND;
        }
        Ok(())
    }

    async fn look_at_a_page(
        self,
        kind: &str,
        talks: &mut Talks,
        progress: &mut Progress,
        out: &mut Gathered,
    ) -> Result<(), ChannelFailure> {
        let overlap = i64::from(self.settings.polling.overlap_seconds) * SECOND;
        let start = talks.since - overlap;
        let (conversations, total) = self.client.conversations(kind, Some(start), talks.offset).await?;
        if !self.read_page(kind, &conversations, talks, progress, out).await {
            return Ok(());
        }
        // Where no moment to begin from can be given, the list stands newest first and is not read to its end.
        let is_old = kind == FROM_EBAY && conversations.iter().all(|found| latest_of(found).at() < start);
        if conversations.len() < PAGE || is_old {
            out.more |= talks.end_look(overlap);
        } else {
            talks.offset += PAGE;
            out.more = true;
            out.waiting += total.saturating_sub(talks.offset);
        }
        Ok(())
    }

    /// Reads these conversations; whether it came to the end of them.
    async fn read_page(
        self,
        kind: &str,
        conversations: &[Value],
        talks: &mut Talks,
        progress: &mut Progress,
        out: &mut Gathered,
    ) -> bool {
        let (mut in_a_row, mut again) = (0, 0);
        for conversation in conversations {
            let id = text(conversation, &["conversationId"]);
            let is_new_trouble = !talks.troubled.contains_key(&id);
            if talks.rests(&id, self.now) || (!is_new_trouble && again == MOST_TROUBLE) {
                talks.leave_conversation(&id);
                continue;
            }
            let Err(failure) = self.read(kind, conversation, talks, progress, out).await else {
                in_a_row = 0;
                talks.troubled.remove(&id);
                continue;
            };
            let ends = matches!(failure.class(), FailureClass::Auth | FailureClass::Rate);
            let is_refused = matches!(failure, ChannelFailure::Refused { .. });
            if ends {
                talks.leave_conversation(&id);
            } else {
                self.owe(conversation, is_refused, talks, progress, out);
                again += usize::from(!is_new_trouble);
            }
            if is_refused {
                out.warn(format!("A conversation could not be read: {failure}"));
            } else {
                out.fail(failure);
                in_a_row += usize::from(is_new_trouble);
            }
            if ends || in_a_row == MOST_TROUBLE {
                return false;
            }
        }
        true
    }

    /// Leaves a conversation that could not be read for later. The listing tells its last message: that is handed on where
    /// eBay goes on refusing the rest, and where it was tried in vain for days and is tried no more.
    fn owe(
        self,
        conversation: &Value,
        is_refused: bool,
        talks: &mut Talks,
        progress: &mut Progress,
        out: &mut Gathered,
    ) {
        let id = text(conversation, &["conversationId"]);
        let trouble = talks.note_trouble(&id, self.now);
        let latest = latest_of(conversation);
        let may_be_told = !self.is_fresh_own(&latest);
        let is_final = may_be_told && trouble.is_final();
        if let Some(raw) = conversation.get("latestMessage").filter(|raw| raw.is_object())
            && may_be_told
            && (is_final || (is_refused && trouble.lasts()))
        {
            self.hand_on(conversation, &latest, raw, progress, out);
        }
        if is_final {
            talks.troubled.remove(&id);
            talks.seen.insert(id, Seen { at: latest.at(), id: latest.id, looked: self.now });
        } else {
            talks.leave_conversation(&id);
        }
    }

    /// Whether the account wrote a message so lately that its sending may not be answered yet.
    fn is_fresh_own(self, message: &Message) -> bool {
        let fresh = self.now - i64::from(self.settings.polling.own_after_seconds) * SECOND;
        self.settings.is_own(&message.sender) && message.at() > fresh
    }

    /// Hands on what is new in a conversation.
    async fn read(
        self,
        kind: &str,
        conversation: &Value,
        talks: &mut Talks,
        progress: &mut Progress,
        out: &mut Gathered,
    ) -> Result<(), ChannelFailure> {
        let id = text(conversation, &["conversationId"]);
        let (latest, overlap) = (latest_of(conversation), i64::from(self.settings.polling.overlap_seconds) * SECOND);
        let known = talks.seen.get(&id).cloned();
        let is_old = latest.created.is_some() && latest.at() < talks.since - overlap;
        if id.is_empty() || is_old {
            return Ok(());
        }
        talks.newest = talks.newest.max(latest.at());
        if known.as_ref().is_some_and(|seen| seen.id == latest.id && !seen.is_due(self.now, overlap)) {
            self.note_read(conversation, &latest, conversation.get("latestMessage"), progress, out);
            return Ok(());
        }
        let from = known.as_ref().map_or(talks.since - overlap, |seen| seen.at - overlap.max(SLACK));
        let mut messages: Vec<(Message, Value)> = Vec::new();
        for message in self.client.messages(kind, &id, from).await? {
            messages.push((Message::of(&message, conversation), message));
        }
        messages.sort_by_key(|(message, _)| message.at());
        let is_new = |message: &Message| {
            let is_known = known.as_ref().is_some_and(|seen| seen.id == message.id);
            !is_known && (message.created.is_none() || message.at() >= from)
        };
        let (mut last, mut left) = (Seen { id: latest.id.clone(), at: latest.at(), looked: self.now }, None);
        for (message, raw) in &messages {
            if message.at() >= last.at {
                last = Seen { id: message.id.clone(), at: message.at(), ..last };
            }
            if !is_new(message) {
                self.note_read(conversation, message, Some(raw), progress, out);
            } else if self.is_fresh_own(message) {
                left = Some(left.map_or(message.at(), |left: i64| left.min(message.at())));
            } else {
                self.hand_on(conversation, message, raw, progress, out);
            }
        }
        talks.newest = talks.newest.max(last.at);
        if let Some(left) = left {
            talks.leave(left);
            last = Seen { id: String::new(), at: left, ..last };
        }
        talks.found |= left.is_none() && known.is_none_or(|seen| seen.at < last.at);
        talks.seen.insert(id, last);
        Ok(())
    }

    fn hand_on(
        self,
        conversation: &Value,
        message: &Message,
        raw: &Value,
        progress: &mut Progress,
        out: &mut Gathered,
    ) {
        let is_own = self.settings.is_own(&message.sender);
        let buyer = if is_own { &message.recipient } else { &message.sender };
        let orders = progress.purchases.orders_of(&text(conversation, &["referenceId"]), buyer);
        let piece = json!({ "conversation": bare(conversation), "message": raw, "orders": orders });
        out.put(format!("message:{}", message.id), message.at(), &piece);
        if is_own && message.kind != FROM_EBAY {
            if progress.unread.iter().all(|unread| unread.message != message.id) {
                progress.unread.push(Unread {
                    conversation: message.conversation.clone(),
                    message: message.id.clone(),
                    at: message.at(),
                });
                let over = progress.unread.len().saturating_sub(MOST_UNREAD);
                progress.unread.drain(..over);
            }
            self.note_read(conversation, message, Some(raw), progress, out);
        }
    }

    /// Hands on that the buyer has read a message, if that is news.
    fn note_read(
        self,
        conversation: &Value,
        message: &Message,
        raw: Option<&Value>,
        progress: &mut Progress,
        out: &mut Gathered,
    ) {
        let Some(at) = progress.unread.iter().position(|unread| unread.message == message.id) else { return };
        if message.is_read {
            progress.unread.remove(at);
            let piece = json!({ "conversation": bare(conversation), "message": raw, "as": "read" });
            // Behind the message itself.
            out.put(format!("read:{}", message.id), self.now, &piece);
        }
    }

    /// Looks whether messages of the account were read meanwhile, the longest unseen first.
    pub(crate) async fn look_for_readers(
        self,
        progress: &mut Progress,
        out: &mut Gathered,
    ) -> Result<(), ChannelFailure> {
        if self.now < progress.unread_next {
            return Ok(());
        }
        progress.unread.retain(|unread| unread.at > self.now - FOLLOWED);
        for _ in 0..MOST_LOOKED_AT.min(progress.unread.len()) {
            let Some(unread) = progress.unread.first() else { break };
            let (id, at) = (unread.conversation.clone(), unread.at);
            let conversation = json!({ "conversationId": id, "conversationType": FROM_MEMBERS });
            let messages = match self.client.messages(FROM_MEMBERS, &id, at).await {
                Ok(messages) => messages,
                Err(ChannelFailure::Refused { .. }) => {
                    progress.unread.remove(0);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            progress.unread.rotate_left(1);
            for raw in &messages {
                self.note_read(&conversation, &Message::of(raw, &conversation), Some(raw), progress, out);
            }
        }
        progress.unread_next = self.now + i64::from(self.settings.polling.orders_seconds) * SECOND;
        Ok(())
    }
}

fn talks_of<'a>(kind: &str, progress: &'a mut Progress) -> &'a mut Talks {
    if kind == FROM_EBAY { &mut progress.ebay } else { &mut progress.members }
}

fn latest_of(conversation: &Value) -> Message {
    Message::of(conversation.get("latestMessage").unwrap_or(&Value::Null), conversation)
}

/// What is told of a conversation, without what changes with each message.
fn bare(conversation: &Value) -> Value {
    let mut bare = conversation.clone();
    if let Some(fields) = bare.as_object_mut() {
        fields.remove("latestMessage");
        fields.remove("unreadCount");
    }
    bare
}
