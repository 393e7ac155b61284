//! What teammates do with a conversation by hand: answer, note, assign, tag, resolve, reopen.

use std::sync::Arc;

use channel_contract::outbound::FilledTemplate;
use serde_json::json;

use super::admission::{self, Said, refuse};
use super::attach::{self, Enclosed};
use super::audience::readers_of;
use super::bulk::SPAM;
use super::connections::Connection;
use super::limits::{check, policy_of, refuse_beside, role_by_hand, weigh};
use super::macros::{Also, follow};
use super::notify::{News, tell, tell_given};
use super::outgoing::{ActionOrigin, Reply, approve_action, put_on_its_way};
use super::perform::action_job;
use super::resolutions;
use super::taken_back::{wait_again, withdraw};
use super::templates::Wanted;
use super::{Inbox, InboxError, clean};
use crate::model::action::told;
use crate::model::attachment::{ComposerFile, FileFacts};
use crate::model::audience::Audience;
use crate::model::conversation::{Conversation, ConversationStatus, Shown};
use crate::model::draft::ProposedAction;
use crate::model::event::EventKind;
use crate::model::fit::{Author, FileRules};
use crate::model::job::JobKind;
use crate::model::message::{Delivery, Message};
use crate::model::notification::{NotificationKind, mentioned};
use crate::model::standing::{Answered, Standing};
use crate::model::teammate::Teammate;
use crate::model::turn::is_waited_for;
use crate::model::writing::Basis;
use crate::model::{ActionId, ChannelId, ConversationId, MessageId, NoteId, TeammateId};
use crate::policy::Policy;
use crate::store::composer_texts::{self, ComposerText};
use crate::store::{
    Tx, actions, answer_times, bulk_changes, composer_files, conversations, drafts, events, intake, jobs, messages,
    notes, notifications, teammates,
};
use crate::voice::texts;

/// Longest note, in characters.
const NOTE: usize = 20_000;

/// What goes with an answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Its files.
    pub enclosed: Enclosed<'a>,
    /// The channel for which it was written: where it would leave on another one by now, nothing is sent.
    pub on: Option<ChannelId>,
    /// The last message that its writer has seen: when another answer went out since, nothing is sent, and they are asked.
    pub seen: Option<i64>,
    /// What was before its writer: where the customer wrote more, the case is not put away.
    pub shown: Option<Shown>,
    /// With which event something left the conversation last, as its writer saw it: when more did since, nothing is sent, and
    /// they are asked.
    pub parted: Option<i64>,
    /// What its writer went on from, of what is kept for them here: only that is forgotten once it is sent.
    pub basis: Basis,
    /// What a macro does beside: the shop is asked before the answer leaves, on this person's word and under the policy.
    pub also: &'a Also,
    /// The buttons below it.
    pub choices: &'a [String],
    /// The template that leaves in place of the text, which is what it says when it is filled.
    pub template: Option<&'a FilledTemplate>,
    /// Whether a program sends it with the person's token: it is no person's writing.
    pub program: bool,
    /// Who is to read it, where its writer has chosen: what the operator of a marketplace alone reads answers nobody else.
    pub audience: Option<Audience>,
    /// For whom the form was drawn, where a reply names its readers: where others take part by now, nothing is sent.
    pub drawn_for: Option<&'a str>,
}

/// What an answer is held to.
#[derive(Default)]
struct Bounds {
    /// What the shop may be asked.
    policy: Option<Arc<Policy>>,
    /// Which files may go with it, and on which channel; one without files is on none.
    files: Option<(ChannelId, FileRules)>,
    /// The channel that has to take it.
    connection: Option<Arc<Connection>>,
    /// What a marketplace was not told.
    untold: Vec<String>,
}

impl Bounds {
    async fn of(inbox: &Inbox, id: ConversationId, answer: Answer<'_>) -> Result<Self, InboxError> {
        let row = conversations::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
        let connection = admission::connected(inbox, row.channel_id).await?;
        let untold = admission::not_told(inbox, connection.as_deref(), &row).await?;
        let mut bounds = Self { connection, untold, ..Self::default() };
        if !answer.also.actions.is_empty() {
            bounds.policy = policy_of(inbox, row.brand_id).await?;
        }
        if !answer.enclosed.is_empty() {
            bounds.files = Some((row.channel_id, attach::rules_of(inbox, &row).await?));
        }
        Ok(bounds)
    }
}

/// A teammate writes to the customer. The agent's waiting draft is void, and what it has queued does not leave: a person
/// always wins. What the operator of a marketplace alone reads leaves all of that as it is. The same `message` once more is the
/// same answer, not a second one, unless it was taken back.
pub async fn answer_with(
    inbox: &Inbox,
    id: ConversationId,
    by: &Teammate,
    (message, text): (MessageId, &str),
    with: Answer<'_>,
) -> Result<MessageId, InboxError> {
    if let Some(gap) = texts::gap_in(text, &texts::MACRO) {
        return Err(InboxError::Invalid(format!(
            "Nothing was sent: the text still says “{gap}”. Write there what belongs there, or take it out."
        )));
    }
    // What is not stored does not count.
    let stored = clean(text);
    let text = stored.as_str();
    if let Some(known) = sent_before(inbox, id, by, (message, text, with.choices)).await? {
        return Ok(known.id);
    }
    let Bounds { policy, files: held_to, connection, untold } = Bounds::of(inbox, id, with).await?;
    let Answer { enclosed, basis, also, choices, template, .. } = with;
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    let id = conversation.id;
    if let Some(known) = messages::find_in(&mut tx, message).await? {
        if known.conversation_id != id {
            return Err(taken("conversation"));
        }
        return same(known, by, (text, choices)).map(|known| known.id);
    }
    refuse_elsewhere(&conversation, with)?;
    let readers = Box::pin(readers_of(&mut tx, &conversation, with.audience)).await?;
    readers.refuse_others(with.drawn_for)?;
    let is_for_customer = !readers.pass_by(conversation.contact_id);
    refuse_unseen(&mut tx, id, by, with).await?;
    if is_for_customer {
        let stopped = withdraw(&inbox.clock, &mut tx, &conversation, &by.name).await?;
        // So this answer has their clock, and gives it back where it does not leave.
        wait_again(&mut tx, &mut conversation, &stopped).await?;
    }
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
    let facts: Vec<FileFacts<'_>> = files.iter().map(ComposerFile::facts).collect();
    // In one that was merged into another channel's meanwhile they are checked when they leave.
    if let Some((channel, rules)) = held_to
        && channel == conversation.channel_id
    {
        refuse(&rules.wrong_with(&facts).map_or_else(Vec::new, |words| vec![words]))?;
    }
    // Nor does a person write what the agent has written here before.
    let drafted = drafts::list_since_answer(&mut tx, id).await?;
    let machine_worded = with.program || drafted.iter().any(|draft| draft.document.0.wrote(text));
    let author = if machine_worded { Author::Approved } else { Author::Teammate };
    let said = Said { text, files: &facts, choices, author, template, untold: &untold };
    refuse(&admission::look(inbox, &mut tx, connection.as_deref(), &conversation, said).await?)?;
    refuse_beside(&mut tx, inbox.clock.now(), &conversation, also).await?;
    for proposed in &also.actions {
        let (worth, _) = weigh(&mut tx, proposed).await?;
        let needs = role_by_hand(policy.as_deref(), &conversation, proposed.action.kind(), worth);
        let one = std::slice::from_ref(proposed);
        check(&mut tx, inbox.clock.now(), &conversation, policy.as_deref(), one, (by, needs)).await?;
    }
    let draft = bulk_changes::current_drafts(&mut tx, &[id]).await?.remove(&id);
    let answered = Answered { message, from: also.from.clone(), before: Standing::of(&conversation, draft) };
    let reply = Reply {
        id: message,
        text,
        teammate: Some(by),
        draft: None,
        instead_of: Some(&answered).filter(|_| is_for_customer),
        actions: &also.actions,
        files: &files,
        choices,
        template,
        machine_worded,
        program: with.program,
        readers: Some(&readers),
    };
    if is_for_customer && conversation.assignee_id.is_none() {
        conversation.assignee_id = Some(by.id);
    }
    put_on_its_way(inbox, &mut tx, &mut conversation, &reply).await?;
    follow(inbox, &mut tx, &mut conversation, also, (by, &answered)).await?;
    let sent = ComposerText { body: text.to_owned(), choices: choices.to_vec(), ..ComposerText::default() };
    composer_texts::forget(&mut tx, id, by.id, &sent, basis).await?;
    tx.commit().await?;
    inbox.wake.deliveries();
    inbox.wake.event();
    Ok(message)
}

/// Buttons as they are stored.
pub(super) fn cleaned(choices: &[String]) -> Vec<String> {
    choices.iter().map(|choice| clean(choice)).collect()
}

/// The answer that has this id already: a form or a request that comes once more is the same one, whatever has become since
/// of the order, the macro or the channel that went with it. An error where it is another one, or does not leave any more.
pub async fn sent_before(
    inbox: &Inbox,
    id: ConversationId,
    by: &Teammate,
    (message, text, choices): (MessageId, &str, &[String]),
) -> Result<Option<Message>, InboxError> {
    match messages::find(&inbox.db, message).await? {
        Some(known) if known.conversation_id == id => same(known, by, (text, choices)).map(Some),
        // One that went along into another conversation is found behind the lock.
        _ => Ok(None),
    }
}

/// The same of a template, which is not filled again: the platform may have taken it back since, or the customer.
pub async fn template_sent_before(
    inbox: &Inbox,
    id: ConversationId,
    by: &Teammate,
    (message, wanted): (MessageId, &Wanted),
) -> Result<Option<Message>, InboxError> {
    let known = messages::find(&inbox.db, message).await?.filter(|known| known.conversation_id == id);
    let Some(known) = known else { return Ok(None) };
    if !known.template.as_ref().is_some_and(|template| wanted.is(&template.0)) {
        return Err(taken("text"));
    }
    let text = known.body.clone();
    same(known, by, (&text, &[])).map(Some)
}

fn same(known: Message, by: &Teammate, (text, choices): (&str, &[String])) -> Result<Message, InboxError> {
    if known.teammate_id != Some(by.id) || known.body != clean(text) || known.choices.0 != cleaned(choices) {
        return Err(taken("text"));
    }
    if known.delivery == Some(Delivery::Cancelled) {
        let words = "This was sent before and taken back since. Nothing was sent now; send it anew if it is to leave.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    Ok(known)
}

/// What was written for one channel does not leave on another: it may say there what nobody should hear.
fn refuse_elsewhere(conversation: &Conversation, with: Answer<'_>) -> Result<(), InboxError> {
    if with.on.is_none_or(|on| on == conversation.channel_id) {
        return Ok(());
    }
    let words = "Answers go on another channel since: the customer wrote there, or a teammate chose it. Nothing was sent; \
                 look where it goes now, and send it again.";
    Err(InboxError::Conflict(words.to_owned()))
}

/// Nothing is sent past an answer, nor to what has left, and no case put away with words, that the writer has not seen. It is
/// locked.
async fn refuse_unseen(tx: &mut Tx, id: ConversationId, by: &Teammate, with: Answer<'_>) -> Result<(), InboxError> {
    if let Some(seen) = with.seen
        && messages::is_overtaken(tx, id, seen, by.id).await?
    {
        return Err(InboxError::Overtaken);
    }
    if let Some(parted) = with.parted
        && events::last_parting(tx, id).await? > parted
    {
        return Err(InboxError::Parted);
    }
    let shown = with.shown.filter(|_| with.also.then.is_some());
    refuse_written_behind(tx, id, shown).await
}

/// Nobody ends a case in which the customer wrote more than was `shown` to them. It is locked.
pub(super) async fn refuse_written_behind(
    tx: &mut Tx,
    id: ConversationId,
    shown: Option<Shown>,
) -> Result<(), InboxError> {
    match shown {
        Some(shown) if messages::is_written_behind(tx, id, shown).await? => Err(InboxError::WrittenMeanwhile),
        _ => Ok(()),
    }
}

/// An id from a form that was sent before with something else in it.
fn taken(what: &str) -> InboxError {
    InboxError::Conflict(format!("This was sent before with another {what}. Nothing was done now; send it again."))
}

/// A teammate lets the shop do something, without a reply. The same `action` once more is the same one.
pub async fn act(
    inbox: &Inbox,
    id: ConversationId,
    (action, proposed): (ActionId, &ProposedAction),
    by: &Teammate,
) -> Result<ActionId, InboxError> {
    let row = conversations::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let policy = policy_of(inbox, row.brand_id).await?;
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    let id = conversation.id;
    if let Some(known) = actions::find_in(&mut tx, action).await? {
        let is_same = known.conversation_id == id && known.document.0 == proposed.action;
        return if is_same { Ok(action) } else { Err(taken("content")) };
    }
    approve_by_hand(inbox, &mut tx, (&conversation, policy.as_deref()), (action, proposed), by).await?;
    let data = told(&proposed.action, &proposed.order_number);
    let event = inbox.event(&conversation, EventKind::ActionApproved, &by.name, data);
    intake::insert_events(&mut tx, &[event]).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::PerformAction);
    inbox.wake.event();
    Ok(action)
}

/// Keeps what a teammate lets the shop do, as far as their role allows it, with the job that does it. The conversation is
/// locked.
pub(super) async fn approve_by_hand(
    inbox: &Inbox,
    tx: &mut Tx,
    (conversation, policy): (&Conversation, Option<&Policy>),
    (action, proposed): (ActionId, &ProposedAction),
    by: &Teammate,
) -> Result<(), InboxError> {
    let (worth, _) = weigh(tx, proposed).await?;
    let needs = role_by_hand(policy, conversation, proposed.action.kind(), worth);
    let all = std::slice::from_ref(proposed);
    check(tx, inbox.clock.now(), conversation, policy, all, (by, needs)).await?;
    let origin = ActionOrigin { id: action, draft: None, place: 0, message: None, approved_by: Some(by) };
    approve_action(inbox, tx, conversation, proposed, origin).await?;
    jobs::enqueue(tx, &[action_job(inbox, conversation, action, inbox.clock.now())]).await?;
    Ok(())
}

/// A private note. The same `note` once more is the same one. Of the text that is kept while it is written only what its
/// writer went on from is forgotten.
pub async fn add_note(
    inbox: &Inbox,
    id: ConversationId,
    by: &Teammate,
    (note, written): (NoteId, &str),
    basis: Basis,
) -> Result<NoteId, InboxError> {
    let body = clean(written.trim());
    if body.is_empty() {
        return Err(InboxError::Invalid("There is nothing to note yet. Write something first.".to_owned()));
    }
    if body.chars().count() > NOTE {
        return Err(InboxError::Invalid(format!("A note holds at most {NOTE} characters. Shorten it.")));
    }
    let named = mentioned(&body, &teammates::list(&inbox.db).await?);
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    let id = conversation.id;
    if let Some(known) = notes::find_body(&mut tx, note).await? {
        return if known == body { Ok(note) } else { Err(taken("text")) };
    }
    notes::insert(&mut tx, note, id, by.id, &body, inbox.clock.now()).await?;
    let sent = ComposerText { body: written.replace("\r\n", "\n"), is_note: true, ..ComposerText::default() };
    composer_texts::forget(&mut tx, id, by.id, &sent, basis).await?;
    let event = inbox.event(&conversation, EventKind::NoteAdded, &by.name, json!({ "note": note.to_string() }));
    intake::insert_events(&mut tx, &[event]).await?;
    for person in &named {
        notifications::follow(&mut tx, id, *person, inbox.clock.now()).await?;
    }
    let news = News {
        conversation: id,
        actor: &by.name,
        by: Some(by.id),
        to: named.into_iter().map(|person| (person, NotificationKind::Mention)).collect(),
        followers: Some(NotificationKind::Followed),
        count: 1,
    };
    tell(inbox, &mut tx, &[news]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(note)
}

/// Gives a conversation to somebody, or to nobody; nothing happens where it is so already.
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
    if conversation.assignee_id == to {
        return Ok(());
    }
    conversation.assignee_id = to;
    conversations::update(&mut tx, &conversation).await?;
    let data = json!({ "to": assignee.map(|person| person.name) });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::Assigned, &by.name, data)]).await?;
    tell_given(inbox, &mut tx, std::slice::from_ref(&conversation), by).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// It is done, as far as it was `shown` to them, where a page says so. The agent may look again when the customer comes
/// back. Nothing happens where somebody has said so already.
pub async fn resolve(inbox: &Inbox, id: ConversationId, by: &Teammate, shown: Option<Shown>) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    let id = conversation.id;
    if conversation.status == ConversationStatus::Resolved {
        return Ok(());
    }
    refuse_written_behind(&mut tx, id, shown).await?;
    drafts::supersede(&mut tx, id).await?;
    let stopped = withdraw(&inbox.clock, &mut tx, &conversation, &by.name).await?;
    wait_again(&mut tx, &mut conversation, &stopped).await?;
    bulk_changes::drop_agent_runs(&mut tx, &[id]).await?;
    conversation.end(inbox.clock.now());
    conversations::update(&mut tx, &conversation).await?;
    notifications::read_wanted(&mut tx, &[id], inbox.clock.now()).await?;
    resolutions::begin(&mut tx, std::slice::from_ref(&conversation)).await?;
    inbox.note(&mut tx, &conversation, EventKind::Resolved, &by.name).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// It is not done after all.
pub async fn reopen(inbox: &Inbox, id: ConversationId, by: &Teammate) -> Result<(), InboxError> {
    let known = conversations::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let times = answer_times::of_brand(&inbox.db, known.brand_id).await?;
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    if conversation.status == ConversationStatus::Open {
        return Ok(());
    }
    let turns = messages::list_turns(&mut tx, &[conversation.id]).await?;
    let somebody_waits = turns.get(&conversation.id).is_some_and(|turns| is_waited_for(turns));
    if conversation.status == ConversationStatus::Resolved {
        // Spam that is opened again is none.
        conversations::remove_tag(&mut tx, conversation.id, SPAM).await?;
    }
    conversation.open_again(&times, somebody_waits, inbox.clock.now());
    conversations::update(&mut tx, &conversation).await?;
    inbox.note(&mut tx, &conversation, EventKind::Reopened, &by.name).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// A tag as it is kept: up to 40 letters, digits and dashes.
pub fn clean_tag(written: &str) -> Result<String, InboxError> {
    let tag = written.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    if tag.is_empty() || tag.chars().count() > 40 || !tag.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)) {
        return Err(InboxError::Invalid("A tag has up to 40 letters, digits and dashes.".to_owned()));
    }
    Ok(tag)
}

/// Adds or takes away a tag; nothing happens where it is so already.
pub async fn tag(inbox: &Inbox, id: ConversationId, tag: &str, add: bool, by: &Teammate) -> Result<(), InboxError> {
    let tag = clean_tag(tag)?;
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    let id = conversation.id;
    let changed = if add {
        conversations::add_tag(&mut tx, id, &tag, inbox.clock.now()).await?
    } else {
        conversations::remove_tag(&mut tx, id, &tag).await?
    };
    if !changed {
        return Ok(());
    }
    let data = json!({ "tag": tag, "added": add });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::Tagged, &by.name, data)]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}
