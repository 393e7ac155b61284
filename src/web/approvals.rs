//! The queue of decisions: one card after the other, similar ones together.

pub mod decide;

use askama::Template;

use crate::inbox::admission::Shut;
use crate::model::ApprovalId;
use crate::model::MessageId;
use crate::model::agent_run::AgentRun;
use crate::model::approval::{Approval, ApprovalState};
use crate::model::attachment::Attachment;
use crate::model::audience::Parties;
use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::draft::{Draft, Evidence, ProposedAction};
use crate::model::message::Message;
use crate::model::order::{ActionKind, KnownOrder, Money};
use crate::model::writing::KeptText;
use crate::web::conversations::draft::{DraftFacts, DraftKeys, DraftSlot, Steps};
use crate::web::conversations::message::{MessageView, doubtful};
use crate::web::conversations::row::first_filled;
use crate::web::filters;
use crate::web::format::{Reader, money, span};
use crate::web::page::Page;
use crate::web::parts::{Clock, Empty, Notice, When, fragments};
use crate::web::text::{Html, paragraphs};
use crate::web::words::{action_word, channel_icon, channel_kind, intent_word, on_channel};

fragments!(CaseCard, CustomerPanel);

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
    /// Who takes part in it, where each message names its readers.
    pub parties: Option<&'a Parties>,
    /// The draft.
    pub draft: &'a Draft,
    /// The question about it.
    pub approval: &'a Approval,
    /// The run that wrote it.
    pub run: Option<&'a AgentRun>,
    /// What the customer wrote and nobody has answered.
    pub messages: &'a [Message],
    /// Their files.
    pub files: &'a [Attachment],
    /// The customer's names.
    pub identities: &'a [ContactIdentity],
    /// The customer's orders that are known.
    pub orders: &'a [KnownOrder],
    /// How many files the reader attached to an own reply in its conversation.
    pub waiting_files: usize,
    /// Whether the shop can still be asked for them.
    pub unasked: bool,
    /// What the reader makes of the draft, as far as they have come.
    pub written: Option<&'a KeptText>,
    /// Whether a person changes the text (`?edit=1`).
    pub editing: bool,
    /// Why its channel does not take the draft as it stands by now, if it does not.
    pub shut: Option<&'a Shut>,
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
    /// What became of the case that was asked for, when it does not wait any more: the card is another one.
    pub gone: Option<ApprovalState>,
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
    gone: Option<Notice>,
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
        Some(worth) if proposed.action.amount().is_none() => format!("{}, {}", proposed.label, money(worth)),
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
            gone: facts.gone.map(|state| gone(state, facts.case.is_some())),
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

/// Whoever asked for one case must not take the next one for it.
fn gone(state: ApprovalState, has_next: bool) -> Notice {
    let what = match state {
        ApprovalState::Expired => "This draft was overtaken meanwhile",
        _ => "This case was decided meanwhile",
    };
    let next = if has_next { "here is the next one" } else { "no other waits" };
    Notice::warn("Not the one you asked for.", format!("{what}; {next}."))
}

fn card_href(case: &WaitingCase) -> String {
    format!("/approvals/{}", case.approval)
}

/// Where a decision leads: whoever skipped cases goes on behind this one, and comes back to them at the end.
fn behind(waiting: &[WaitingCase], at: Option<usize>) -> String {
    let next = at.filter(|at| *at > 0).and_then(|at| waiting.get(at + 1));
    next.map_or_else(|| "/approvals".to_owned(), card_href)
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

/// `9 s a decision today, about 2 min left`; nothing where decisions took less than a second, as a program's do.
fn pace(mean_us: Option<i64>, waiting: i64) -> String {
    let mean = mean_us.and_then(|mean| u64::try_from(mean).ok()).map(std::time::Duration::from_micros);
    let Some(mean) = mean.filter(|mean| mean.as_secs() > 0) else { return String::new() };
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

/// What the cases have in common, from `late_or_lost/email/refund up to 10.00 EUR/passed`: `Late parcel by mail, refund up
/// to 10.00 EUR proposed`.
fn likeness_words(likeness: &str) -> String {
    let mut parts = likeness.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (intent, channel, kinds) = (intent_word(next()), on_channel(channel_kind(next())), next());
    let actions: Vec<String> = kinds.split('+').filter_map(proposed_words).collect();
    let does = if actions.is_empty() { "an answer".to_owned() } else { format!("{} proposed", actions.join(" and ")) };
    format!("{intent} {channel}, {does}")
}

/// `refund up to 10.00 EUR` from a class of actions; nothing if it is none.
fn proposed_words(class: &str) -> Option<String> {
    let (word, amount) = class.split_once(' ').map_or((class, None), |(word, amount)| (word, Some(amount)));
    let kind = ActionKind::ALL.into_iter().find(|kind| kind.as_str() == word)?;
    let does = action_word(kind).to_lowercase();
    Some(amount.map_or_else(|| does.clone(), |amount| format!("{does} {amount}")))
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
    messages: Vec<MessageView>,
    draft: DraftSlot,
    /// What can be decided, in a bar below the card: never out of sight.
    keys: Option<DraftKeys>,
    sources: Vec<Source>,
    steps: Steps,
    customer: CustomerPanel,
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
        let behind = behind(waiting, at);
        let facts = DraftFacts {
            conversation,
            parties: case.parties,
            draft: Some(case.draft),
            approval: Some(case.approval),
            run: None,
            hand_off: None,
            team: &[],
            waiting_files: case.waiting_files,
            written: case.written,
            editing: case.editing,
            shut: case.shut,
            here: &here,
            back: &behind,
        };
        let since = conversation.last_inbound_at.unwrap_or(conversation.created_at);
        let mut draft = DraftSlot::new(page, facts);
        let doubtful = doubtful(case.messages, case.identities);
        let view = |message: &Message| MessageView::new(page, message, case.files).with_doubt(message, &doubtful);
        Self {
            number: conversation.number,
            href: format!("/conversations/{}", conversation.number),
            icon: channel_icon(kind),
            title: first_filled(&conversation.subject, &conversation.gist).to_owned(),
            who: conversation.contact_name.clone(),
            on_channel: on_channel(kind),
            order: conversation.order_number.clone(),
            clock: conversation.due_at.map(|due| Clock::new(page.reader, since, due).answer_within()),
            messages: case.messages.iter().map(|message| view(message).with_day(page, message)).collect(),
            keys: draft.take_keys(),
            draft,
            sources: case.draft.document.0.evidence.iter().map(|one| source(page.reader, one)).collect(),
            steps: Steps::new(case.run),
            customer: CustomerPanel {
                pairs: pairs(case.orders, photos(case.files)),
                load: (case.unasked && case.orders.is_empty()).then(|| format!("{here}/customer")),
                conversation: format!("/conversations/{}", conversation.number),
            },
            coming: coming(page.reader, waiting, at),
        }
    }
}

fn source(reader: Reader, evidence: &Evidence) -> Source {
    let read = When::ago(reader, evidence.read_at);
    Source { detail: evidence.detail.clone(), label: evidence.label.clone(), read }
}

/// What is known of the customer. Also the fragment `GET /approvals/{id}/customer`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "approvals/customer.html")]
pub struct CustomerPanel {
    pairs: Vec<(&'static str, String)>,
    /// Where the orders come from after the page; nothing when there is nobody left to ask.
    load: Option<String>,
    conversation: String,
}

impl CustomerPanel {
    /// With the orders that the shop has under the customer's address; nothing when it did not answer.
    pub fn asked(conversation: &Conversation, found: Option<&[KnownOrder]>, files: &[Attachment]) -> Self {
        let mut pairs = pairs(found.unwrap_or_default(), photos(files));
        if found.is_none() {
            pairs.insert(0, ("Orders", "the shop does not answer".to_owned()));
        } else if found.is_some_and(<[_]>::is_empty) {
            pairs.insert(0, ("Orders", "none under this address".to_owned()));
        }
        Self { pairs, load: None, conversation: format!("/conversations/{}", conversation.number) }
    }
}

fn photos(files: &[Attachment]) -> usize {
    files.iter().filter(|file| file.content_type.starts_with("image/")).count()
}

fn pairs(orders: &[KnownOrder], photos: usize) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    if let Some(first) = orders.first() {
        let worth = Money::sum(orders.iter().map(|known| known.order.total), first.order.currency());
        let count = orders.len();
        pairs.push(("Orders", worth.map_or(count.to_string(), |sum| format!("{count}, {}", money(sum)))));
        let refunds: usize = orders.iter().map(|known| known.order.refunds.len()).sum();
        pairs.push(("Earlier refunds", if refunds == 0 { "none".to_owned() } else { refunds.to_string() }));
    }
    if photos > 0 {
        pairs.push(("Photos", photos.to_string()));
    }
    pairs
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
    fn whoever_skipped_cases_goes_on_behind_the_one_they_decide() {
        let case = |place| WaitingCase {
            approval: uuid::Uuid::from_u128(place).into(),
            conversation: crate::agent::Snapshot::alone("").conversation,
        };
        let waiting = [case(1), case(2), case(3)];
        assert_eq!(behind(&waiting, Some(1)), card_href(&waiting[2]));
        for at in [None, Some(0), Some(2)] {
            assert_eq!(behind(&waiting, at), "/approvals");
        }
    }

    #[test]
    fn what_cases_have_in_common_is_said_in_words() {
        assert_eq!(likeness_words("return_item/email/answer/passed"), "Return by mail, an answer");
        assert_eq!(
            likeness_words("late_or_lost/email/refund up to 10.00 EUR/passed"),
            "Late parcel by mail, refund up to 10.00 EUR proposed"
        );
        assert_eq!(
            likeness_words("return_item/email/refund+return/passed"),
            "Return by mail, refund and return proposed"
        );
    }

    #[test]
    fn the_pace_is_said_once_there_is_one() {
        assert_eq!(pace(Some(400_000), 14), "");
        assert_eq!(pace(Some(9_000_000), 14), "9 s a decision today, about 2 min left");
        assert_eq!(pace(None, 14), "");
    }
}
