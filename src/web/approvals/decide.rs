//! The queue and its decisions.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{AlikeCase, CaseFacts, CustomerPanel, QueueFacts, QueuePage, WaitingCase};
use crate::agent::answers;
use crate::app::Desk;
use crate::inbox::admission;
use crate::inbox::approve::{self, Changes, Decider};
use crate::inbox::audience::parties_in;
use crate::model::approval::{Approval, ApprovalState};
use crate::model::attachment::Attachment;
use crate::model::conversation::Conversation;
use crate::model::draft::Draft;
use crate::model::message::{Direction, Message};
use crate::model::teammate::Teammate;
use crate::model::window::Opening;
use crate::model::writing::Basis;
use crate::model::{ApprovalId, ConversationId, MessageId, Ts};
use crate::store::{
    Reader, agent_runs, approvals, attachments, composer_files, composer_texts, conversations, draft_texts, drafts,
    messages, orders, people,
};
use crate::web::conversations::draft::files_stay;
use crate::web::conversations::shop::orders_under;
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with, settled};
use crate::web::frame::{page, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// Most cases in the queue at once.
const QUEUE: i64 = 200;
/// Most cases that are decided together.
const ALIKE: i64 = 50;

/// How the card is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    edit: Option<String>,
    alike: Option<String>,
}

/// `GET /approvals`
pub async fn first(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    queue(&desk, &who, &request, None, &look).await
}

/// `GET /approvals/{id}`
pub async fn one(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ApprovalId>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    queue(&desk, &who, &request, Some(*id), &look).await
}

/// `GET /approvals/{id}/customer`: the customer's orders as the shop has them now.
pub async fn customer(desk: web::Data<Desk>, _: SignedIn, id: web::Path<ApprovalId>) -> Result<CustomerPanel> {
    let approval = approvals::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let conversation = conversations::find(&desk.db, approval.conversation_id).await?.ok_or(Error::NotFound)?;
    let identities = people::identities(&desk.db, conversation.contact_id).await?;
    let (_, files) = unanswered(&desk, &conversation).await?;
    let found = orders_under(&desk, &conversation, &identities).await;
    Ok(CustomerPanel::asked(&conversation, found.as_deref(), &files))
}

async fn queue(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    wanted: Option<ApprovalId>,
    look: &Look,
) -> Result<HttpResponse> {
    // First: what comes while the rest is read is behind the cursor of its live feed.
    let frame = page(desk, request, who, Place::Approvals, None).await?;
    let pending = approvals::list_pending(&desk.db, QUEUE).await?;
    let mut conversations: HashMap<ConversationId, Conversation> =
        conversations::list_waiting(&desk.db, QUEUE).await?.into_iter().map(|row| (row.id, row)).collect();
    let case = |approval: Approval| {
        let conversation = conversations.remove(&approval.conversation_id)?;
        Some((WaitingCase { approval: approval.id, conversation }, approval))
    };
    let mut cases: Vec<(WaitingCase, Approval)> = pending.into_iter().filter_map(case).collect();
    let mut gone = None;
    if let Some(id) = wanted.filter(|id| !cases.iter().any(|(case, _)| case.approval == *id)) {
        let (case, approval) = named(desk, id).await?;
        match approval.state {
            ApprovalState::Pending => cases.push((case, approval)),
            decided => gone = Some(decided),
        }
    }
    // As the inbox shows them: whoever has waited longest for an answer comes first.
    cases.sort_by_key(|(case, _)| case.conversation.due_at.unwrap_or(Ts(i64::MAX)));
    let (waiting, pending): (Vec<WaitingCase>, Vec<Approval>) = cases.into_iter().unzip();
    let at = wanted.and_then(|id| pending.iter().position(|approval| approval.id == id)).unwrap_or(0);
    let today = desk.clock.now().minus(Duration::from_hours(24));
    let pace = approvals::pace(&desk.db, who.teammate.id, today).await?;
    let undo = messages::last_undoable(&desk.db, who.teammate.id, desk.clock.now()).await?;
    let Some(approval) = pending.get(at) else {
        let facts = QueueFacts {
            waiting: &[],
            case: None,
            alike: &[],
            gone,
            decided: pace.decisions,
            mean_us: pace.mean_us,
            undo,
        };
        return shown(request, &QueuePage::new(frame, facts, false));
    };
    let draft = drafts::find(&desk.db, approval.draft_id).await?.ok_or(Error::NotFound)?;
    let conversation = waiting.get(at).ok_or(Error::NotFound)?.conversation.clone();
    let (unanswered, files) = unanswered(desk, &conversation).await?;
    let run = agent_runs::find(&desk.db, draft.run_id).await?;
    let orders = orders::list_of(&desk.db, conversation.id).await?;
    let identities = people::identities(&desk.db, conversation.contact_id).await?;
    let written = draft_texts::find(&desk.db, draft.id, who.teammate.id).await?;
    let shut = admission::shut(&desk.inbox(), &conversation).await?;
    let alike = alike(desk, (&pending, &waiting), approval, &who.teammate).await?;
    let parties = parties_in(&mut Reader::Db(&desk.db), &conversation).await?;
    let case = CaseFacts {
        conversation: &conversation,
        parties: parties.as_ref(),
        draft: &draft,
        approval,
        run: run.as_ref(),
        messages: &unanswered,
        files: &files,
        identities: &identities,
        orders: &orders,
        waiting_files: composer_files::list(&desk.db, conversation.id, who.teammate.id).await?.len(),
        unasked: identities.iter().any(|identity| identity.kind == "email"),
        written: written.as_ref(),
        editing: look.edit.is_some(),
        shut: shut.as_ref(),
    };
    let facts = QueueFacts {
        waiting: &waiting,
        case: Some(case),
        alike: &alike,
        gone,
        decided: pace.decisions,
        mean_us: pace.mean_us,
        undo,
    };
    shown(request, &QueuePage::new(frame, facts, look.alike.is_some()))
}

/// A case that does not stand among the first of the queue, whatever became of it.
async fn named(desk: &Desk, id: ApprovalId) -> Result<(WaitingCase, Approval)> {
    let approval = approvals::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    let conversation = conversations::find(&desk.db, approval.conversation_id).await?.ok_or(Error::NotFound)?;
    Ok((WaitingCase { approval: id, conversation }, approval))
}

/// What the customer wrote since the last answer, oldest first, or last of all, and its files.
async fn unanswered(desk: &Desk, row: &Conversation) -> Result<(Vec<Message>, Vec<Attachment>)> {
    let mut history = messages::list(&desk.db, row.id, 20).await?;
    // In a case of the operator's own they are the ones who are answered.
    for message in history.iter_mut().filter(|message| message.direction == Direction::Outbound) {
        message.aside = message.passes_by(row.contact_id);
    }
    let answered = history.iter().rposition(answers).map_or(0, |place| place + 1);
    let inbound = |message: &&Message| message.direction == Direction::Inbound;
    let mut waiting: Vec<Message> = history.iter().skip(answered).filter(inbound).cloned().collect();
    if waiting.is_empty() {
        waiting.extend(history.iter().rfind(inbound).cloned());
    }
    let ids: Vec<_> = waiting.iter().map(|message| message.id).collect();
    let files = attachments::list(&desk.db, &ids).await?;
    Ok((waiting, files))
}

/// Waiting cases with the same likeness whose checks all passed, that the reader may decide and whose channels take what a
/// machine wrote as far as their rows tell, this one among them: each is judged by itself when it is approved.
async fn alike(
    desk: &Desk,
    (pending, waiting): (&[Approval], &[WaitingCase]),
    this: &Approval,
    reader: &Teammate,
) -> Result<Vec<AlikeCase>> {
    let here = waiting.iter().find(|case| case.approval == this.id);
    let Some(here) = here.filter(|_| !this.likeness.is_empty()) else { return Ok(Vec::new()) };
    // What is alike in another brand stands under another policy.
    let drafts = drafts::list_waiting_alike(&desk.db, here.conversation.brand_id, &this.likeness, ALIKE).await?;
    let now = desk.clock.now();
    let case = |draft: Draft| {
        let approval = pending.iter().find(|other| other.draft_id == draft.id && reader.may(other.needs_role))?;
        let waiting = waiting.iter().find(|case| case.approval == approval.id)?;
        let conversation = waiting.conversation.clone();
        let is_open = matches!(conversation.window.opening(now), Opening::Always | Opening::Anybody(_));
        let leaves = is_open || draft.document.0.template.is_some();
        (leaves && draft.document.0.verified()).then_some(AlikeCase { approval: approval.id, conversation, draft })
    };
    let cases: Vec<AlikeCase> = drafts.into_iter().filter_map(case).collect();
    Ok(if cases.iter().any(|case| case.approval == this.id) { cases } else { Vec::new() })
}

/// `POST /approvals/{id}/acceptance`; `keep_N` keeps the left-out sentence at place N.
pub async fn accept(
    desk: web::Data<Desk>,
    id: web::Path<ApprovalId>,
    posted: Posted<BTreeMap<String, String>>,
) -> Result<HttpResponse> {
    let keep: Vec<usize> = posted.form.keys().filter_map(|name| name.strip_prefix("keep_")?.parse().ok()).collect();
    decide(&desk, *id, &posted, Changes { sentences: &keep, ..Changes::default() }).await
}

/// `POST /approvals/{id}/edit`; `do_N` is ticked for the action at place N that is done, where the form `chose`.
pub async fn edit(
    desk: web::Data<Desk>,
    id: web::Path<ApprovalId>,
    posted: Posted<BTreeMap<String, String>>,
) -> Result<HttpResponse> {
    let body = posted.form.get("body").cloned().unwrap_or_default();
    let ticked: Vec<usize> = posted.form.keys().filter_map(|name| name.strip_prefix("do_")?.parse().ok()).collect();
    let actions = posted.form.contains_key("chose").then_some(ticked.as_slice());
    decide(&desk, *id, &posted, Changes { text: Some(&body), sentences: &[], actions }).await
}

async fn decide(
    desk: &Desk,
    id: ApprovalId,
    posted: &Posted<BTreeMap<String, String>>,
    changes: Changes<'_>,
) -> Result<HttpResponse> {
    let decider = Decider { teammate: &posted.by, took: took(&posted.form), program: false };
    let sent = approve::accept(&desk.inbox(), id, decider, changes).await.map_err(Error::from);
    let here = back(&posted.form);
    match (sent, changes.text) {
        (Err(Error::Conflict(words)), Some(text)) => keep_edit(desk, id, posted, text, &words).await,
        (Err(Error::Invalid(words)), Some(text)) => {
            // The draft still waits, with its actions: the person goes on with their version of it.
            let unticks = keep_version(desk, id, &posted.by, changes, text).await?;
            let more = if unticks { " Untick again what the shop is not to do." } else { "" };
            Ok(back_with(&edit_href(id, here), Tone::Bad, &format!("{words} Your version is kept.{more}")))
        }
        (Err(error), text) => {
            if let Some(text) = text {
                keep_version(desk, id, &posted.by, changes, text).await?;
            }
            settled(here, "", Err::<MessageId, Error>(error))
        }
        (Ok(message), _) => settled(here, &what_stays(desk, id, posted).await?, Ok(message)),
    }
}

/// Where an edit goes on, on the page that it came from.
fn edit_href(id: ApprovalId, back: &str) -> String {
    let mark = if back.contains('?') { '&' } else { '?' };
    if back.starts_with("/conversations/") {
        format!("{back}{mark}edit=1#draft")
    } else {
        format!("/approvals/{id}?edit=1")
    }
}

/// Files in the composer do not go with the agent's reply, and whoever attached them must not believe so.
async fn what_stays<T>(desk: &Desk, id: ApprovalId, posted: &Posted<T>) -> Result<String> {
    let approval = approvals::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    let files = composer_files::list(&desk.db, approval.conversation_id, posted.by.id).await?;
    let stay = files_stay(files.len());
    Ok(if stay.is_empty() { stay } else { format!("The reply is on its way. {stay}") })
}

/// An edit that could not be sent is there again with the next edit of its draft. Whether an action of it was unticked.
async fn keep_version(desk: &Desk, id: ApprovalId, by: &Teammate, changes: Changes<'_>, edited: &str) -> Result<bool> {
    let approval = approvals::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    let draft = drafts::find(&desk.db, approval.draft_id).await?.ok_or(Error::NotFound)?;
    let mut tx = desk.db.begin().await?;
    draft_texts::keep(&mut tx, approval.draft_id, by.id, edited, Basis::Any, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(changes.actions.is_some_and(|kept| kept.len() < draft.document.0.actions.len()))
}

/// An edit that came too late is kept where its writer goes on: in the reply that they write, below what stands there.
async fn keep_edit(
    desk: &Desk,
    id: ApprovalId,
    posted: &Posted<BTreeMap<String, String>>,
    edited: &str,
    words: &str,
) -> Result<HttpResponse> {
    let approval = approvals::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    if approval.decided_by == Some(posted.by.id) && approval.final_text.as_deref() == Some(edited.trim()) {
        // The same form twice: what was written is what went out.
        return Ok(back_with(back(&posted.form), Tone::Bad, words));
    }
    let conversation = conversations::find(&desk.db, approval.conversation_id).await?.ok_or(Error::NotFound)?;
    let mut tx = desk.db.begin().await?;
    composer_texts::put_below(&mut tx, conversation.id, posted.by.id, edited, desk.clock.now()).await?;
    draft_texts::forget(&mut tx, approval.draft_id, posted.by.id).await?;
    tx.commit().await?;
    let words = format!("{words} Your version is in the composer.");
    Ok(back_with(&format!("/conversations/{}", conversation.number), Tone::Bad, &words))
}

/// `POST /approvals/{id}/rejection`
pub async fn reject(
    desk: web::Data<Desk>,
    id: web::Path<ApprovalId>,
    posted: Posted<BTreeMap<String, String>>,
) -> Result<HttpResponse> {
    let reason: String = posted.form.get("reason").cloned().unwrap_or_default().chars().take(500).collect();
    let decider = Decider { teammate: &posted.by, took: took(&posted.form), program: false };
    let done = approve::reject(&desk.inbox(), *id, decider, &reason).await;
    settled(back(&posted.form), "", done.map_err(Into::into))
}

/// `POST /approvals/{id}/takeover`
pub async fn take_over(
    desk: web::Data<Desk>,
    id: web::Path<ApprovalId>,
    posted: Posted<BTreeMap<String, String>>,
) -> Result<HttpResponse> {
    let approval = approvals::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let conversation = conversations::find(&desk.db, approval.conversation_id).await?.ok_or(Error::NotFound)?;
    let done = approve::take_over(&desk.inbox(), conversation.id, &posted.by).await;
    settled(&format!("/conversations/{}?view=mine", conversation.number), "", done.map_err(Into::into))
}

/// Cases to decide together.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Together {
    ids: String,
}

/// `POST /approvals/acceptance`: similar cases, each decided for itself; one that moved on does not stop the others.
pub async fn accept_all(desk: web::Data<Desk>, posted: Posted<Together>) -> Result<HttpResponse> {
    let ids: Vec<ApprovalId> = posted.form.ids.split(',').filter_map(|id| id.trim().parse().ok()).take(50).collect();
    let (mut sent, mut left) = (0, 0);
    for id in ids {
        let decider = Decider { teammate: &posted.by, took: None, program: false };
        match approve::accept(&desk.inbox(), id, decider, Changes::default()).await {
            Ok(_) => sent += 1,
            Err(error) => {
                tracing::info!(approval = %id, %error, "a similar case was left for a person");
                left += 1;
            }
        }
    }
    let words = match left {
        0 => format!("{sent} replies are on their way."),
        _ => format!("{sent} replies are on their way. {left} were left: look at them one by one."),
    };
    Ok(back_with("/approvals", Tone::Info, &words))
}

fn back(form: &BTreeMap<String, String>) -> &str {
    form.get("back").map_or("/approvals", String::as_str)
}

fn took(form: &BTreeMap<String, String>) -> Option<Duration> {
    let millis: u64 = form.get("took_ms")?.parse().ok()?;
    (1..3_600_000).contains(&millis).then(|| Duration::from_millis(millis))
}
