//! The queue of decisions: one card after the other, similar ones together.

pub mod decide;

use askama::Template;

use crate::model::ApprovalId;
use crate::model::MessageId;
use crate::model::agent_run::AgentRun;
use crate::model::approval::Approval;
use crate::model::attachment::Attachment;
use crate::model::conversation::Conversation;
use crate::model::draft::{Draft, Evidence, ProposedAction};
use crate::model::message::Message;
use crate::model::order::{ActionKind, KnownOrder, Money};
use crate::web::conversations::draft::{DraftFacts, DraftSlot, Steps};
use crate::web::conversations::message::MessageView;
use crate::web::conversations::row::first_filled;
use crate::web::filters;
use crate::web::format::{Reader, counted, span};
use crate::web::page::Page;
use crate::web::parts::{Clock, Empty, When, fragments};
use crate::web::text::{Html, paragraphs};
use crate::web::words::{action_word, channel_icon, channel_kind, intent_word, on_channel};

fragments!(CaseCard);

/// An approval in the queue, with its conversation.
#[derive(Clone, Debug)]
pub struct WaitingCase {
    /// The approval.
    pub approval: ApprovalId,
    /// Its conversation.
    pub conversation: Conversation,
}

/// A case that is like the one on the card.
#[derive(Clone, Debug)]
pub struct AlikeCase {
    /// The approval.
    pub approval: ApprovalId,
    /// Its conversation.
    pub conversation: Conversation,
    /// Its draft.
    pub draft: Draft,
}

/// Everything of the case on the card.
#[derive(Clone, Copy, Debug)]
pub struct CaseFacts<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// The draft.
    pub draft: &'a Draft,
    /// The question about it.
    pub approval: &'a Approval,
    /// The run that wrote it.
    pub run: Option<&'a AgentRun>,
    /// What the customer wrote last.
    pub message: Option<&'a Message>,
    /// Its files.
    pub files: &'a [Attachment],
    /// The orders it is about.
    pub orders: &'a [KnownOrder],
    /// How many files the reader attached to an own reply in its conversation.
    pub waiting_files: usize,
    /// Whether a person changes the text (`?edit=1`).
    pub editing: bool,
}

/// What the queue is made from.
#[derive(Clone, Copy, Debug)]
pub struct QueueFacts<'a> {
    /// Everything that waits, in the order of the queue.
    pub waiting: &'a [WaitingCase],
    /// The case on the card; nothing when the queue is empty.
    pub case: Option<CaseFacts<'a>>,
    /// Waiting approvals with the same likeness as the card's, the card's own among them, every check passed.
    pub alike: &'a [AlikeCase],
    /// The reader's decisions today.
    pub decided: i64,
    /// The mean time of one, in microseconds.
    pub mean_us: Option<i64>,
    /// The reply that left last and can still be taken back.
    pub undo: Option<MessageId>,
}

/// `GET /approvals` and `GET /approvals/{id}`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "approvals/queue.html")]
pub struct QueuePage {
    page: Page,
    pips: Vec<&'static str>,
    place: i64,
    total: i64,
    pace: String,
    undo: Option<MessageId>,
    alike: Option<Alike>,
    card: Option<CaseCard>,
    previous: Option<String>,
    next: Option<String>,
    empty: Empty,
}

/// Cases that can be decided together.
#[derive(Debug)]
struct Alike {
    count: usize,
    likeness: String,
    ids: String,
    /// Every case, once the reader asked to see them.
    shown: Vec<AlikeView>,
    look_href: String,
}

#[derive(Debug)]
struct AlikeView {
    href: String,
    who: String,
    order: String,
    gist: String,
    does: Vec<String>,
    text: Html,
}

impl AlikeView {
    fn new(case: &AlikeCase) -> Self {
        let document = &case.draft.document.0;
        Self {
            href: format!("/approvals/{}", case.approval),
            who: case.conversation.contact_name.clone(),
            order: case.conversation.order_number.clone().unwrap_or_default(),
            gist: first_filled(&case.conversation.gist, &case.conversation.subject).to_owned(),
            does: document.actions.iter().map(does_words).collect(),
            text: paragraphs(&document.text()),
        }
    }
}

/// What would be done and what that is worth: `Send the tin cup again, 19.90 EUR`.
fn does_words(proposed: &ProposedAction) -> String {
    match proposed.worth {
        Some(worth) if proposed.action.amount().is_none() => format!("{}, {worth}", proposed.label),
        _ => proposed.label.clone(),
    }
}

impl QueuePage {
    /// The queue with one case on the card. `looked` says that the reader has seen all similar cases (`?alike=1`).
    pub fn new(page: Page, facts: QueueFacts<'_>, looked: bool) -> Self {
        let at = facts.case.and_then(|case| facts.waiting.iter().position(|one| one.approval == case.approval.id));
        let neighbour = |place: Option<usize>| place.and_then(|place| facts.waiting.get(place)).map(card_href);
        let waiting = i64::try_from(facts.waiting.len()).unwrap_or(i64::MAX);
        let place = facts.decided + at.and_then(|at| i64::try_from(at).ok()).unwrap_or(0) + 1;
        let total = facts.decided + waiting;
        Self {
            pips: pips(facts.decided, place, total),
            place,
            total,
            pace: pace(facts.mean_us, waiting),
            undo: facts.undo,
            alike: alike(facts, looked),
            card: facts.case.map(|case| CaseCard::new(&page, case, facts.waiting, at)),
            previous: neighbour(at.and_then(|at| at.checked_sub(1))),
            next: neighbour(at.and_then(|at| at.checked_add(1))),
            empty: Empty::new(
                "Nothing needs you",
                "No draft waits for a decision. The next one appears here by itself.",
            )
            .with_link("Look at all open", "/inbox?view=open"),
            page,
        }
    }
}

fn card_href(case: &WaitingCase) -> String {
    format!("/approvals/{}", case.approval)
}

/// One mark a case, at most 20: decided, this one, still to come.
fn pips(decided: i64, place: i64, total: i64) -> Vec<&'static str> {
    if total > 20 {
        return Vec::new();
    }
    let pip = |number: i64| match number {
        _ if number == place => "now",
        _ if number <= decided => "done",
        _ => "",
    };
    (1..=total).map(pip).collect()
}

/// `9 s a decision today, about 2 min left`.
fn pace(mean_us: Option<i64>, waiting: i64) -> String {
    let Some(mean) = mean_us.and_then(|mean| u64::try_from(mean).ok()) else {
        return String::new();
    };
    let mean = std::time::Duration::from_micros(mean);
    let left = mean.saturating_mul(u32::try_from(waiting).unwrap_or(u32::MAX));
    format!("{} a decision today, about {} left", span(mean), span(left))
}

fn alike(facts: QueueFacts<'_>, looked: bool) -> Option<Alike> {
    let case = facts.case?;
    let ids: Vec<String> = facts.alike.iter().map(|case| case.approval.to_string()).collect();
    (ids.len() > 1).then(|| Alike {
        count: ids.len(),
        likeness: likeness_words(&case.approval.likeness),
        ids: ids.join(","),
        shown: if looked { facts.alike.iter().map(AlikeView::new).collect() } else { Vec::new() },
        look_href: format!("/approvals/{}?alike=1", case.approval.id),
    })
}

/// What the cases have in common, from `return_item/email/return/passed`: `Return, by mail, return proposed`.
fn likeness_words(likeness: &str) -> String {
    use ActionKind::{Cancel, ChangeAddress, Refund, Replace, Return};
    let mut parts = likeness.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (intent, channel, kinds) = (intent_word(next()), on_channel(channel_kind(next())), next());
    let kinds_of_action = [Cancel, Refund, Return, Replace, ChangeAddress];
    let actions: Vec<String> = kinds
        .split('+')
        .filter_map(|word| kinds_of_action.into_iter().find(|kind| kind.as_str() == word))
        .map(|kind| action_word(kind).to_lowercase())
        .collect();
    let does = if actions.is_empty() { "an answer".to_owned() } else { format!("{} proposed", actions.join(" and ")) };
    format!("{intent} {channel}, {does}")
}

/// The case on the card, with its proof beside it.
#[derive(Debug, Template)]
#[template(path = "approvals/card.html")]
pub struct CaseCard {
    number: i64,
    href: String,
    icon: &'static str,
    title: String,
    who: String,
    on_channel: &'static str,
    order: Option<String>,
    clock: Option<Clock>,
    message: Option<MessageView>,
    draft: DraftSlot,
    sources: Vec<Source>,
    steps: Steps,
    customer: Vec<(&'static str, String)>,
    coming: Vec<Coming>,
}

#[derive(Debug)]
struct Source {
    detail: String,
    label: String,
    read: When,
}

#[derive(Debug)]
struct Coming {
    href: String,
    icon: &'static str,
    words: String,
    age: When,
}

impl CaseCard {
    fn new(page: &Page, case: CaseFacts<'_>, waiting: &[WaitingCase], at: Option<usize>) -> Self {
        let conversation = case.conversation;
        let kind = channel_kind(&conversation.channel_kind);
        let here = format!("/approvals/{}", case.approval.id);
        let facts = DraftFacts {
            conversation,
            draft: Some(case.draft),
            approval: Some(case.approval),
            run: None,
            hand_off: None,
            waiting_files: case.waiting_files,
            editing: case.editing,
            here: &here,
            back: "/approvals",
        };
        let since = conversation.last_inbound_at.unwrap_or(conversation.created_at);
        Self {
            number: conversation.number,
            href: format!("/conversations/{}", conversation.number),
            icon: channel_icon(kind),
            title: first_filled(&conversation.subject, &conversation.gist).to_owned(),
            who: conversation.contact_name.clone(),
            on_channel: on_channel(kind),
            order: conversation.order_number.clone(),
            clock: conversation.due_at.map(|due| Clock::new(page.reader, since, due).answer_within()),
            message: case.message.map(|message| MessageView::new(page, message, case.files)),
            draft: DraftSlot::new(page, facts),
            sources: case.draft.document.0.evidence.iter().map(|one| source(page.reader, one)).collect(),
            steps: Steps::new(case.run),
            customer: customer(case.orders),
            coming: coming(page.reader, waiting, at),
        }
    }
}

fn source(reader: Reader, evidence: &Evidence) -> Source {
    let read = When::ago(reader, evidence.read_at);
    Source { detail: evidence.detail.clone(), label: evidence.label.clone(), read }
}

fn customer(orders: &[KnownOrder]) -> Vec<(&'static str, String)> {
    let Some(first) = orders.first() else {
        return vec![("Orders", "none known".to_owned())];
    };
    let count = counted(orders.len(), "order", "orders");
    let worth = Money::sum(orders.iter().map(|known| known.order.total), first.order.currency());
    let shown = worth.map_or(count.clone(), |sum| format!("{count}, {sum}"));
    let refunds: usize = orders.iter().map(|known| known.order.refunds.len()).sum();
    let earlier = if refunds == 0 { "none".to_owned() } else { refunds.to_string() };
    vec![("Orders", shown), ("Earlier refunds", earlier)]
}

/// The two cases behind this one.
fn coming(reader: Reader, waiting: &[WaitingCase], at: Option<usize>) -> Vec<Coming> {
    let behind = waiting.iter().skip(at.map_or(0, |at| at + 1)).take(2);
    let line = |case: &WaitingCase| {
        let conversation = &case.conversation;
        let does = conversation.proposal.clone().unwrap_or_else(|| conversation.gist.clone());
        Coming {
            href: card_href(case),
            icon: channel_icon(channel_kind(&conversation.channel_kind)),
            words: format!("{}: {does}", conversation.contact_name),
            age: When::age(reader, conversation.last_message_at),
        }
    };
    behind.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pips_show_what_is_done_and_where_one_is() {
        assert_eq!(pips(3, 4, 6), ["done", "done", "done", "now", "", ""]);
        assert!(pips(30, 31, 60).is_empty());
    }

    #[test]
    fn what_cases_have_in_common_is_said_in_words() {
        assert_eq!(likeness_words("return_item/email/answer/passed"), "Return by mail, an answer");
        assert_eq!(
            likeness_words("return_item/email/refund+return/passed"),
            "Return by mail, refund and return proposed"
        );
    }

    #[test]
    fn the_pace_is_said_once_there_is_one() {
        assert_eq!(pace(Some(9_000_000), 14), "9 s a decision today, about 2 min left");
        assert_eq!(pace(None, 14), "");
    }
}
