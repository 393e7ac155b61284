//! The next decision: the agent's draft with its proof, actions, checks and keys.

use askama::Template;

use crate::inbox::admission::Shut;
use crate::model::agent_run::{AgentRun, HandOff};
use crate::model::approval::{Approval, ApprovalState};
use crate::model::audience::{Audience, Parties};
use crate::model::conversation::{AgentState, Conversation};
use crate::model::draft::{Check, Draft, DraftDocument, Evidence, ProposedAction, Sentence};
use crate::model::teammate::Teammate;
use crate::model::writing::KeptText;
use crate::model::{AgentRunId, TeammateId};
use crate::voice::format::list;
use crate::web::filters;
use crate::web::format::{Reader, capital, percent, took};
use crate::web::page::Page;
use crate::web::parts::{Clock, fragments};
use crate::web::words::action_icon;
use crate::web::writing::shown_revision;

fragments!(DraftSlot, DraftCard, DraftKeys, Steps);

/// What the place of the draft is made from.
#[derive(Clone, Copy, Debug)]
pub struct DraftFacts<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Who takes part in it, where each message names its readers.
    pub parties: Option<&'a Parties>,
    /// The draft that counts.
    pub draft: Option<&'a Draft>,
    /// The question to a person about it.
    pub approval: Option<&'a Approval>,
    /// The run that wrote it, or that is under way.
    pub run: Option<&'a AgentRun>,
    /// The latest hand-over.
    pub hand_off: Option<&'a HandOff>,
    /// Everybody of the team, to name who knows of it.
    pub team: &'a [Teammate],
    /// How many files the reader attached to an own reply: they do not go with the draft.
    pub waiting_files: usize,
    /// What the reader makes of it, as far as they have come.
    pub written: Option<&'a KeptText>,
    /// Whether a person changes the text: the page was asked for with `?edit=1`.
    pub editing: bool,
    /// Why its channel does not take the draft as it stands by now, if it does not.
    pub shut: Option<&'a Shut>,
    /// The page that shows the draft.
    pub here: &'a str,
    /// Where a decision leads.
    pub back: &'a str,
}

/// The place of the draft, always with the id `draft`. Also the fragment `GET /conversations/{number}/draft`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "conversations/draft_slot.html")]
pub enum DraftSlot {
    /// Nothing is proposed.
    Nothing,
    /// The agent is at it.
    Writing {
        /// What it does, in words.
        step: String,
    },
    /// A draft.
    Card(Box<DraftCard>),
    /// The agent gave the conversation to a person.
    HandedOff(Box<HandOffCard>),
}

impl DraftSlot {
    /// What belongs there now.
    pub fn new(page: &Page, facts: DraftFacts<'_>) -> Self {
        let pending = facts.approval.filter(|approval| approval.state == ApprovalState::Pending);
        match (facts.draft, pending, facts.conversation.agent_state) {
            (Some(draft), Some(approval), _) => Self::Card(Box::new(DraftCard::new(page, draft, approval, facts))),
            (_, _, AgentState::Writing) => Self::Writing { step: step_words(facts.run) },
            (_, _, AgentState::HandedOff) => match facts.hand_off {
                Some(hand_off) => Self::HandedOff(Box::new(HandOffCard::new(page, hand_off, facts))),
                None => Self::Nothing,
            },
            _ => Self::Nothing,
        }
    }
}

impl DraftSlot {
    /// The buttons of the card, for a bar of their own.
    pub fn take_keys(&mut self) -> Option<DraftKeys> {
        if let Self::Card(card) = self { card.keys.take() } else { None }
    }
}

fn step_words(run: Option<&AgentRun>) -> String {
    let last = run.and_then(|run| run.steps.0.last()).map(|step| step.summary.clone());
    last.unwrap_or_else(|| "Reading the conversation and the order…".to_owned())
}

/// A draft before a person.
#[derive(Debug, Template)]
#[template(path = "conversations/draft.html")]
pub struct DraftCard {
    id: String,
    asks: String,
    /// Who reads it beside the customer.
    beside: Option<String>,
    sure: u8,
    sure_words: String,
    language: String,
    paragraphs: Vec<Vec<Piece>>,
    actions: Vec<ActionLine>,
    checks: Vec<Check>,
    why: String,
    clause: String,
    steps: Steps,
    csrf: String,
    back: String,
    editing: Option<String>,
    /// What an edit goes on from.
    revision: String,
    /// What can be decided; taken out where the buttons stand apart from the card.
    keys: Option<DraftKeys>,
}

/// The buttons of a decision. They work wherever they stand on the page of their card.
#[derive(Debug, Template)]
#[template(path = "conversations/draft_keys.html")]
pub struct DraftKeys {
    id: String,
    number: i64,
    csrf: String,
    back: String,
    here: String,
    /// Where the text is changed, where it can be.
    edit_href: Option<String>,
    blocked: Option<String>,
    /// What stands in the place of yes where no yes can be said.
    shut: Option<Shut>,
    /// It is a template of the platform's: it leaves as it is, also when the time for a text is over.
    word_for_word: bool,
    editing: bool,
    /// The reader has begun a version of their own.
    has_begun: bool,
    /// What is said about files in the composer, `""` when there are none.
    stay: String,
}

/// A piece of the reply on the card.
#[derive(Debug)]
enum Piece {
    /// States no fact.
    Plain(String),
    /// States facts: all but the last word, the last word, what ends the sentence, and the proof.
    Fact { start: String, last: String, end: String, proofs: Vec<Proof> },
    /// Left out unless a person keeps it.
    LeftOut { index: usize, text: String, reason: String },
}

/// A source behind a sentence.
#[derive(Debug)]
struct Proof {
    number: usize,
    id: String,
    label: String,
    detail: String,
    read: String,
}

/// What would be done, or was.
#[derive(Debug)]
struct ActionLine {
    icon: &'static str,
    before: String,
    amount: String,
    after: String,
    problem: Option<String>,
}

impl DraftCard {
    fn new(page: &Page, draft: &Draft, approval: &Approval, facts: DraftFacts<'_>) -> Self {
        let document = &draft.document.0;
        let keys = DraftKeys::new(page, document, approval, &facts);
        Self {
            id: approval.id.to_string(),
            asks: approval.reasons.0.join("; "),
            beside: facts.parties.and_then(beside),
            sure: percent(draft.confidence),
            sure_words: sure_words(draft.confidence),
            language: draft.language.clone(),
            paragraphs: pieces(page.reader, document),
            actions: document.actions.iter().map(action_line).collect(),
            checks: document.checks.clone(),
            why: document.why.clone(),
            clause: document.clause.clone(),
            steps: Steps::new(facts.run),
            csrf: page.csrf.clone(),
            back: facts.back.to_owned(),
            editing: keys
                .editing
                .then(|| facts.written.map_or_else(|| first_text(approval, document), |written| written.body.clone())),
            revision: shown_revision(facts.written.map(|written| written.updated_at)),
            keys: Some(keys),
        }
    }
}

/// Who reads a reply beside the customer, where the operator of a marketplace does by itself.
fn beside(parties: &Parties) -> Option<String> {
    let (operator, _) = parties.operator.as_ref().filter(|(_, usual)| *usual == Audience::Both)?;
    Some(format!("{} reads it, too.", operator.name))
}

impl DraftKeys {
    fn new(page: &Page, document: &DraftDocument, approval: &Approval, facts: &DraftFacts<'_>) -> Self {
        let not_yours = page.role < approval.needs_role;
        let word_for_word = document.template.is_some();
        let shut = facts.shut.filter(|shut| !(word_for_word && shut.templates));
        let may_edit = !not_yours && !word_for_word && shut.is_none_or(|shut| shut.own_words);
        let mark = if facts.here.contains('?') { '&' } else { '?' };
        Self {
            id: approval.id.to_string(),
            number: facts.conversation.number,
            csrf: page.csrf.clone(),
            back: facts.back.to_owned(),
            here: facts.here.to_owned(),
            edit_href: may_edit.then(|| format!("{}{mark}edit=1#draft", facts.here)),
            blocked: document.blocked().map(str::to_owned).or_else(|| not_yours.then(|| who_decides(approval))),
            shut: shut.cloned(),
            word_for_word,
            editing: facts.editing && may_edit,
            has_begun: facts.written.is_some() && may_edit,
            stay: files_stay(facts.waiting_files),
        }
    }
}

/// What an edit begins with: what a person had written when the reply was taken back, else what the agent wrote.
pub(in crate::web) fn first_text(approval: &Approval, document: &DraftDocument) -> String {
    approval.final_text.clone().unwrap_or_else(|| document.text())
}

/// `94 % sure`; nobody is ever quite sure.
fn sure_words(confidence: f64) -> String {
    match percent(confidence) {
        100 => "over 99 % sure".to_owned(),
        sure => format!("{sure} % sure"),
    }
}

/// `2 files stay in the composer.`: what somebody attached belongs to their own reply, not to the agent's.
pub(in crate::web) fn files_stay(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 file stays in the composer: it belongs to your own reply.".to_owned(),
        many => format!("{many} files stay in the composer: they belong to your own reply."),
    }
}

fn who_decides(approval: &Approval) -> String {
    format!("A {} decides this. You can reject it, have it written again, or take over.", approval.needs_role)
}

/// The sentences in paragraphs, each with its proof.
fn pieces(reader: Reader, document: &DraftDocument) -> Vec<Vec<Piece>> {
    let mut paragraphs: Vec<Vec<Piece>> = Vec::new();
    for (index, sentence) in document.sentences.iter().enumerate() {
        let piece = piece(reader, document, index, sentence);
        match paragraphs.last_mut() {
            Some(paragraph) if !sentence.starts_paragraph => paragraph.push(piece),
            _ => paragraphs.push(vec![piece]),
        }
    }
    paragraphs
}

fn piece(reader: Reader, document: &DraftDocument, index: usize, sentence: &Sentence) -> Piece {
    if let Some(reason) = &sentence.left_out {
        return Piece::LeftOut { index, text: sentence.text.clone(), reason: reason.clone() };
    }
    let known = sentence.evidence.iter().filter_map(|place| Some((*place, document.evidence.get(*place)?)));
    let proofs: Vec<Proof> = known.map(|(place, evidence)| proof(reader, index, place, evidence)).collect();
    if proofs.is_empty() {
        return Piece::Plain(sentence.text.clone());
    }
    let text = sentence.text.trim_end();
    let body = text.trim_end_matches(['.', ',', ';', ':', '!', '?', '…', '。']);
    let end = text.get(body.len()..).unwrap_or_default();
    let (start, last) = match body.rfind(char::is_whitespace).map(|at| body.split_at(at)) {
        Some((start, last)) => (format!("{start} "), last.trim_start()),
        None => (String::new(), body),
    };
    Piece::Fact { start, last: last.to_owned(), end: end.to_owned(), proofs }
}

fn proof(reader: Reader, sentence: usize, place: usize, evidence: &Evidence) -> Proof {
    Proof {
        number: place + 1,
        id: format!("source-{sentence}-{place}"),
        label: evidence.label.clone(),
        detail: evidence.detail.clone(),
        read: format!("Read {}.", reader.ago(evidence.read_at)),
    }
}

/// The label with its amount set apart.
fn action_line(proposed: &ProposedAction) -> ActionLine {
    let amount = proposed.action.amount().map(|money| money.to_string()).unwrap_or_default();
    let label = proposed.label.as_str();
    let (before, amount, after) = match label.split_once(amount.as_str()) {
        Some((before, after)) if !amount.is_empty() => (before, amount, after),
        _ => (label, String::new(), ""),
    };
    ActionLine {
        icon: action_icon(proposed.action.kind()),
        before: before.to_owned(),
        amount,
        after: after.to_owned(),
        problem: proposed.problem.clone(),
    }
}

/// The parts of a run, for who asks why.
#[derive(Debug, Template)]
#[template(
    source = r#"{% for (name, words) in lines %}<li><b>{{ name }}</b> <span dir="auto">{{ words|amounts }}</span></li>{% endfor %}{% if let Some(run) = run %}<li><a href="/agent-runs/{{ run }}" data-command="Why: everything that the agent looked at">Everything it looked at</a></li>{% endif %}"#,
    ext = "html"
)]
pub struct Steps {
    run: Option<AgentRunId>,
    lines: Vec<(String, String)>,
    took: String,
}

impl Steps {
    /// The steps of a run; none without one.
    pub fn new(run: Option<&AgentRun>) -> Self {
        let steps = run.map(|run| run.steps.0.as_slice()).unwrap_or_default();
        Self {
            run: run.map(|run| run.id),
            lines: steps.iter().map(|step| (capital(step.kind.as_str()), step.summary.clone())).collect(),
            took: run.and_then(|run| run.duration_us).map(took).unwrap_or_default(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn counted(&self) -> String {
        let steps = crate::web::format::counted(self.lines.len(), "step", "steps");
        if self.took.is_empty() { steps } else { format!("{steps} in {}", self.took) }
    }
}

/// What a person gets when the agent hands over.
#[derive(Debug)]
pub struct HandOffCard {
    number: i64,
    run: AgentRunId,
    csrf: String,
    back: String,
    reason: String,
    wants: String,
    lists: Vec<(&'static str, Vec<String>)>,
    /// Who knows of it.
    known_by: String,
    due: Option<Clock>,
}

impl HandOffCard {
    fn new(page: &Page, hand_off: &HandOff, facts: DraftFacts<'_>) -> Self {
        let (packet, conversation) = (&hand_off.packet.0, facts.conversation);
        let lists = [("Promised", &packet.promised), ("Known", &packet.facts), ("Tried", &packet.tried)];
        Self {
            number: conversation.number,
            run: hand_off.run_id,
            csrf: page.csrf.clone(),
            back: facts.back.to_owned(),
            reason: hand_off.reason.clone(),
            wants: packet.wants.clone(),
            lists: lists
                .into_iter()
                .filter(|(_, all)| !all.is_empty())
                .map(|(name, all)| (name, all.clone()))
                .collect(),
            known_by: known_by(hand_off, conversation.assignee_id, facts.team),
            due: conversation.due_at.map(|due| Clock::new(page.reader, hand_off.created_at, due).left()),
        }
    }
}

/// Who knows of a hand-over, in sentences: whoever has the conversation, who was told at once, and what the customer heard.
fn known_by(hand_off: &HandOff, owner: Option<TeammateId>, team: &[Teammate]) -> String {
    let name = |id: &TeammateId| team.iter().find(|person| person.id == *id).map(|person| person.name.clone());
    let mut known: Vec<String> = match owner {
        Some(owner) => name(&owner).map(|name| format!("{name} has it.")).into_iter().collect(),
        None => vec!["Nobody has it yet.".to_owned()],
    };
    let told: Vec<String> = hand_off.told.0.iter().filter_map(name).collect();
    if !told.is_empty() {
        known.push(format!("Told at once: {}.", list(&told, "en")));
    }
    if hand_off.notice_id.is_some() {
        known.push("The customer was told that a person answers.".to_owned());
    } else if !hand_off.untold.is_empty() {
        known.push(format!("The customer was told nothing: {}.", hand_off.untold.trim_end_matches('.')));
    }
    known.join(" ")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::ContactId;
    use crate::model::audience::Operator;

    #[test]
    fn who_reads_a_draft_beside_the_customer_is_named() {
        let with = |usual| {
            let operator = Operator {
                contact: ContactId(Uuid::nil()),
                address: "market/operator".to_owned(),
                name: "Ole".to_owned(),
            };
            Parties { customer: ContactId(Uuid::max()), operator: Some((operator, usual)) }
        };
        assert_eq!(beside(&with(Audience::Both)).as_deref(), Some("Ole reads it, too."));
        assert_eq!(beside(&with(Audience::Customer)), None);
    }
}
