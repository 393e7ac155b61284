//! What the agent proposes: sentences bound to evidence, actions, checks.

use std::collections::BTreeSet;

use channel_contract::outbound::FilledTemplate;
use serde::{Deserialize, Serialize};

use super::order::{KnownOrder, Money, Order, OrderAction};
use super::text_enum::text_enum;
use super::{AgentRunId, ConversationId, DraftId, OrderSourceId, Ts};

text_enum! {
    /// What a fact was read from.
    EvidenceSource {
        /// A field of an order.
        Order = "order",
        /// A parcel.
        Shipment = "shipment",
        /// A product or its stock.
        Product = "product",
        /// A clause of the policy.
        Policy = "policy",
        /// The conversation itself: what the customer wrote.
        Conversation = "conversation",
        /// An action that is performed before the reply leaves.
        Action = "action",
    }
}

/// A fact with its source and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it was read from.
    pub source: EvidenceSource,
    /// Where, for people: `Order FJ-20417, line 2`.
    pub label: String,
    /// The fact, for people: `Lomma gaiters L, 42.00 EUR`.
    pub detail: String,
    /// The values that a sentence may state because of this fact (amounts, dates, numbers, names, links), as text.
    pub values: Vec<String>,
    /// When it was read.
    pub read_at: Ts,
}

/// A piece of the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The text.
    pub text: String,
    /// Indexes into the draft's evidence. Empty: the sentence states no fact.
    pub evidence: Vec<usize>,
    /// Why it was left out; `None` when it is part of the reply.
    pub left_out: Option<String>,
    /// Whether a new paragraph begins with it.
    pub starts_paragraph: bool,
}

/// An action in a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedAction {
    /// In which shop.
    pub source_id: OrderSourceId,
    /// The shop's id of the order.
    pub order_id: String,
    /// The order's number.
    pub order_number: String,
    /// What to do.
    pub action: OrderAction,
    /// For people: `Refund 42.00 EUR to card ending 4421`.
    pub label: String,
    /// What it gives away, money or goods; nothing for an action that moves neither.
    #[serde(default)]
    pub worth: Option<Money>,
    /// Why it cannot be done; approving is blocked then.
    pub problem: Option<String>,
}

impl ProposedAction {
    /// What it does with which order, as forms carry what a person was shown.
    pub fn as_shown(&self) -> String {
        let amount = self.action.amount().map(|amount| amount.to_string()).unwrap_or_default();
        format!("{} {} {} {amount}", self.source_id, self.action.kind().as_str(), self.order_id)
    }
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `Amounts`, `Dates`, `Order`, `Identity`, `Policy`, `Channel rules`, `Voice 92`.
    pub name: String,
    /// What is wrong; `None` when it passed.
    pub problem: Option<String>,
}

/// The question with which a code goes to the address of an order.
pub const ASKS_FOR_CODE: &str = "ask_code";

/// Everything of a draft that a person sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftDocument {
    /// The reply in order, left-out sentences included.
    pub sentences: Vec<Sentence>,
    /// Facts that the sentences point at.
    pub evidence: Vec<Evidence>,
    /// What happens before the reply leaves.
    pub actions: Vec<ProposedAction>,
    /// What was checked.
    pub checks: Vec<Check>,
    /// The deciding reason in a few words: `broken on arrival, under 60.00 EUR`.
    pub why: String,
    /// The clause that decided, if one did: `Policy v14, rule 3`.
    pub clause: String,
    /// A few words for lists: `Refund 42.00`.
    pub proposal: String,
    /// 0 to 100.
    pub voice_score: u8,
    /// The orders that it rests on, as they were read for it; once it was held for a change, as a person was shown them.
    #[serde(default)]
    pub orders: Vec<KnownOrder>,
    /// The template with which it asks the customer for what is missing: which order, which item, what is wished.
    #[serde(default)]
    pub asks_back: Option<String>,
    /// Where it only asks back: the answers to choose from, as the customer would say them.
    #[serde(default)]
    pub choices: Vec<String>,
    /// A person was told that these orders cannot be read again, and may let it leave all the same.
    #[serde(default)]
    pub told_unread: bool,
    /// The template that leaves in place of a text, word for word.
    #[serde(default)]
    pub template: Option<FilledTemplate>,
}

impl DraftDocument {
    /// The order to whose address a code goes with it.
    pub fn asks_for_code(&self) -> Option<&KnownOrder> {
        self.orders.first().filter(|_| self.asks_back.as_deref() == Some(ASKS_FOR_CODE))
    }

    /// Whether it rests on this order of a shop, acts on it or names it. Left-out sentences count: a person may keep them.
    pub fn is_about(&self, source: OrderSourceId, order: &Order) -> bool {
        let acts = |action: &ProposedAction| action.source_id == source && action.order_id == order.id;
        self.orders.iter().any(|known| known.source_id == source && known.order.id == order.id)
            || self.actions.iter().any(acts)
            || self.sentences.iter().any(|sentence| names(&sentence.text, &order.number))
    }

    /// Whether a change of an order can make it untrue. Left-out sentences count: a person may keep them.
    pub fn speaks_of_orders(&self) -> bool {
        use EvidenceSource::{Action, Order, Shipment};
        !self.actions.is_empty() || [Order, Shipment, Action].into_iter().any(|source| self.rests_on(source))
    }

    /// Whether a sentence, left out or not, rests on a fact of this kind.
    pub fn rests_on(&self, source: EvidenceSource) -> bool {
        let places = self.sentences.iter().flat_map(|sentence| &sentence.evidence);
        places.filter_map(|place| self.evidence.get(*place)).any(|evidence| evidence.source == source)
    }

    /// The text that would leave: without what was left out, paragraphs apart.
    pub fn text(&self) -> String {
        text_of(&self.sentences)
    }

    /// Whether a text holds its words alone, whatever stands between them: with or without the sentences that were left out,
    /// for keeping one writes nothing.
    pub fn wrote(&self, text: &str) -> bool {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut behind = BTreeSet::from([0]);
        for sentence in &self.sentences {
            let said: Vec<&str> = sentence.text.split_whitespace().collect();
            let goes_on = |at: &usize| words.get(*at..).is_some_and(|rest| rest.starts_with(&said));
            let with: BTreeSet<usize> = behind.iter().filter(|at| goes_on(at)).map(|at| at + said.len()).collect();
            behind = if sentence.left_out.is_some() { &behind | &with } else { with };
        }
        behind.contains(&words.len())
    }

    /// The answers to choose from below a message with this text. Whoever changed the words may ask something else.
    pub fn choices_below(&self, text: &str) -> &[String] {
        if text.trim() == self.text().trim() { &self.choices } else { &[] }
    }

    /// Why approving is blocked, if it is.
    pub fn blocked(&self) -> Option<&str> {
        self.actions.iter().find_map(|action| action.problem.as_deref())
    }

    /// Whether everything that was checked passed and nothing was left out.
    pub fn verified(&self) -> bool {
        self.blocked().is_none()
            && self.checks.iter().all(|check| check.problem.is_none())
            && self.sentences.iter().all(|sentence| sentence.left_out.is_none())
    }
}

/// Whether a text holds a number as a word of its own: 1001 is not in 10015.
fn names(text: &str, number: &str) -> bool {
    let stands_alone = |(at, found): (usize, &str)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    };
    !number.is_empty() && text.match_indices(number).any(stands_alone)
}

/// The text of the sentences that stay, paragraphs apart.
pub fn text_of(sentences: &[Sentence]) -> String {
    let mut text = String::new();
    let mut new_paragraph = false;
    for sentence in sentences {
        new_paragraph |= sentence.starts_paragraph;
        if sentence.left_out.is_some() || sentence.text.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str(if new_paragraph { "\n\n" } else { " " });
        }
        text.push_str(&sentence.text);
        new_paragraph = false;
    }
    text
}

text_enum! {
    /// Where a draft stands.
    DraftState {
        /// The one that counts.
        Current = "current",
        /// A newer one, or events, overtook it.
        Superseded = "superseded",
        /// It left, as it was or edited.
        Used = "used",
        /// A person rejected it.
        Rejected = "rejected",
    }
}

/// A draft as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Draft {
    /// Id.
    pub id: DraftId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// The run that wrote it.
    pub run_id: AgentRunId,
    /// The revision of the conversation that it answers.
    pub revision: i64,
    /// Where it stands.
    pub state: DraftState,
    /// The intent's word.
    pub intent: String,
    /// ISO 639.
    pub language: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Everything that a person sees.
    pub document: sqlx::types::Json<DraftDocument>,
    /// When it was written.
    pub created_at: Ts,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(text: &str, starts_paragraph: bool, left_out: Option<&str>) -> Sentence {
        Sentence { text: text.into(), evidence: vec![], left_out: left_out.map(Into::into), starts_paragraph }
    }

    #[test]
    fn the_text_leaves_out_what_is_not_proven_and_keeps_paragraphs() {
        let document = DraftDocument {
            sentences: vec![
                sentence("Hi Sofie,", true, None),
                sentence("It arrives on Tuesday.", true, Some("the carrier gives no date")),
                sentence("It left Hamburg on Saturday.", false, None),
                sentence("Sorry.", false, None),
            ],
            evidence: vec![],
            actions: vec![],
            checks: vec![],
            why: String::new(),
            clause: String::new(),
            proposal: String::new(),
            voice_score: 90,
            orders: vec![],
            asks_back: None,
            choices: vec!["FJ-1".into(), "FJ-2".into()],
            told_unread: false,
            template: None,
        };
        assert_eq!(document.text(), "Hi Sofie,\n\nIt left Hamburg on Saturday. Sorry.");
        assert!(!document.verified());
        assert_eq!(document.choices_below(&document.text()), ["FJ-1", "FJ-2"]);
        assert!(document.choices_below("Sorry.").is_empty(), "somebody wrote something else");
        for own in [
            "Hi Sofie,\n\nIt left Hamburg on Saturday. Sorry.",
            "Hi  Sofie,\r\nIt left Hamburg\non Saturday.\n\nSorry. ",
            "Hi Sofie,\n\nIt arrives on Tuesday. It left Hamburg on Saturday. Sorry.",
        ] {
            assert!(document.wrote(own), "{own}");
        }
        for theirs in [
            "",
            "Hi Sofie,",
            "Hi Sofie, it left Hamburg on Saturday. Sorry.",
            "Hi Sofie, It left Hamburg on Saturday. Sorry. Sam",
            "Dear Sofie, It left Hamburg on Saturday. Sorry.",
            "It arrives on Tuesday.",
        ] {
            assert!(!document.wrote(theirs), "{theirs}");
        }
    }
}
