//! What teammates do with a conversation by hand: answer, note, assign, tag, resolve, reopen.

use serde_json::json;

use super::attach::{self, Enclosed};
use super::outgoing::{ActionOrigin, Reply, approve_action, put_on_its_way};
use super::perform::action_job;
use super::{Inbox, InboxError};
use crate::model::conversation::{AgentState, ConversationStatus};
use crate::model::draft::ProposedAction;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::order::{KnownOrder, MatchedBy};
use crate::model::teammate::Teammate;
use crate::model::{ActionId, ConversationId, MessageId, NoteId, TeammateId};
use crate::store::composer_texts::{self, ComposerText};
use crate::store::{composer_files, conversations, drafts, intake, jobs, notes, orders, teammates};

/// Longest note, in characters.
const NOTE: usize = 20_000;

/// A teammate writes to the customer. The agent's waiting draft is void: a person always wins.
pub async fn answer(
    inbox: &Inbox,
    id: ConversationId,
    by: &Teammate,
    text: &str,
    actions: &[ProposedAction],
    enclosed: Enclosed<'_>,
) -> Result<MessageId, InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    let files = match enclosed {
        Enclosed::These(files) => files.to_vec(),
        Enclosed::OfComposer(ids) => {
            let taken = composer_files::take(&mut tx, id, by.id, ids).await?;
            if taken.len() < ids.len() {
                return Err(InboxError::Conflict(
                    "A file of this reply was removed or sent elsewhere. Nothing was sent; look at the files and send it again."
                        .to_owned(),
                ));
            }
            taken
        }
    };
    if !files.is_empty() {
        attach::check(attach::limit_of(inbox, &conversation).await, files.iter().map(|file| file.size))?;
    }
    let reply = Reply { text, teammate: Some(by), draft: None, actions, files: &files };
    if conversation.assignee_id.is_none() {
        conversation.assignee_id = Some(by.id);
    }
    let message = put_on_its_way(inbox, &mut tx, &mut conversation, &reply).await?;
    let nothing = ComposerText { body: String::new(), is_note: false };
    composer_texts::save(&mut tx, id, by.id, &nothing, inbox.clock.now()).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(message)
}

/// A teammate lets the shop do something, without a reply.
pub async fn act(
    inbox: &Inbox,
    id: ConversationId,
    proposed: &ProposedAction,
    by: &Teammate,
) -> Result<ActionId, InboxError> {
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    let origin = ActionOrigin { approved_by: Some(by), ..ActionOrigin::default() };
    let action = approve_action(inbox, &mut tx, &conversation, proposed, origin).await?;
    jobs::enqueue(&mut tx, &[action_job(inbox, &conversation, action, inbox.clock.now())]).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::PerformAction);
    Ok(action)
}

/// A private note.
pub async fn add_note(inbox: &Inbox, id: ConversationId, by: &Teammate, body: &str) -> Result<NoteId, InboxError> {
    let body = body.trim().replace('\0', "");
    if body.is_empty() {
        return Err(InboxError::Invalid("There is nothing to note yet. Write something first.".to_owned()));
    }
    if body.chars().count() > NOTE {
        return Err(InboxError::Invalid(format!("A note holds at most {NOTE} characters. Shorten it.")));
    }
    let note = inbox.clock.new_id();
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    notes::insert(&mut tx, note, id, by.id, &body, inbox.clock.now()).await?;
    let nothing = ComposerText { body: String::new(), is_note: false };
    composer_texts::save(&mut tx, id, by.id, &nothing, inbox.clock.now()).await?;
    let event = inbox.event(&conversation, EventKind::NoteAdded, &by.name, json!({ "note": note.to_string() }));
    intake::insert_events(&mut tx, &[event]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(note)
}

/// Gives a conversation to somebody, or to nobody.
pub async fn assign(
    inbox: &Inbox,
    id: ConversationId,
    to: Option<TeammateId>,
    by: &Teammate,
) -> Result<(), InboxError> {
    let assignee = match to {
        Some(teammate) => Some(
            teammates::find(&inbox.db, teammate)
                .await?
                .filter(|person| person.disabled_at.is_none())
                .ok_or_else(|| InboxError::Invalid("This person is no longer on the team.".to_owned()))?,
        ),
        None => None,
    };
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    conversation.assignee_id = to;
    conversations::update(&mut tx, &conversation).await?;
    let data = json!({ "to": assignee.map(|person| person.name) });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::Assigned, &by.name, data)]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// It is done. The agent may look again when the customer comes back.
pub async fn resolve(inbox: &Inbox, id: ConversationId, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    drafts::supersede(&mut tx, id).await?;
    conversation.status = ConversationStatus::Resolved;
    conversation.resolved_at = Some(inbox.clock.now());
    conversation.due_at = None;
    conversation.snoozed_until = None;
    conversation.needs_approval = false;
    conversation.proposal = None;
    conversation.proposal_tone = String::new();
    conversation.agent_state = AgentState::Idle;
    conversation.taken_over = false;
    conversation.unread = false;
    conversation.revision += 1;
    conversations::update(&mut tx, &conversation).await?;
    inbox.note(&mut tx, &conversation, EventKind::Resolved, &by.name).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// It is not done after all.
pub async fn reopen(inbox: &Inbox, id: ConversationId, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    if conversation.status == ConversationStatus::Open {
        return Ok(());
    }
    conversation.status = ConversationStatus::Open;
    conversation.resolved_at = None;
    conversation.snoozed_until = None;
    conversations::update(&mut tx, &conversation).await?;
    inbox.note(&mut tx, &conversation, EventKind::Reopened, &by.name).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Adds or takes away a tag: up to 40 letters, digits and dashes.
pub async fn tag(inbox: &Inbox, id: ConversationId, tag: &str, add: bool, by: &Teammate) -> Result<(), InboxError> {
    let tag = tag.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    if tag.is_empty() || tag.chars().count() > 40 || !tag.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)) {
        return Err(InboxError::Invalid("A tag has up to 40 letters, digits and dashes.".to_owned()));
    }
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    if add {
        conversations::add_tag(&mut tx, id, &tag, inbox.clock.now()).await?;
    } else {
        conversations::remove_tag(&mut tx, id, &tag).await?;
    }
    let data = json!({ "tag": tag, "added": add });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::Tagged, &by.name, data)]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// A teammate says which order a conversation is about.
pub async fn choose_order(
    inbox: &Inbox,
    id: ConversationId,
    order: &KnownOrder,
    by: &Teammate,
) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    orders::save(&mut tx, order).await?;
    orders::link(&mut tx, id, order, MatchedBy::Teammate, inbox.clock.now()).await?;
    conversation.order_number = Some(order.order.number.clone());
    conversations::update(&mut tx, &conversation).await?;
    let data = json!({ "order": order.order.number, "by": MatchedBy::Teammate.as_str() });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::OrderMatched, &by.name, data)]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}
