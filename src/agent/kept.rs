//! All that a run looked at and what it came to, packed, and the same run once more: nobody is asked, and no time passes.
//!
//! What is kept is what a run reads, and no more: rows of the desk grow, and what was kept before must still be read.
//! Policy, voice and reply templates are named by their versions.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::alone;
use super::built_in::BuiltIn;
use super::codes::Codes;
use super::llm_engine::LlmEngine;
use super::outcome::{Outcome, RunResult};
use super::run::run;
use super::snapshot::{Question, Snapshot, Spent, TemplateVersion};
use crate::clock::Clock;
use crate::commerce::recorded::Recording;
use crate::commerce::shops::Shops;
use crate::llm::{Exchange, Llm};
use crate::model::brand::{AgentLevel, Brand};
use crate::model::channel::Capabilities;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::Conversation;
use crate::model::message::{Automatic, Delivery, Direction, Message, MessageAuthor, Trust};
use crate::model::{ChannelId, ContactId, DraftId, MessageId, OrderSourceId, Ts};
use crate::policy::Policy;
use crate::voice::Voice;
use crate::voice::templates::Templates;

/// Something that cannot be packed, or cannot be read any more.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// It is no packed run.
    #[error("what a run looked at cannot be unpacked: {0}")]
    Packing(#[from] io::Error),
    /// It is one of another form.
    #[error("what a run looked at has a form that this version does not read: {0}")]
    Form(#[from] serde_json::Error),
}

/// A run with all that it looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    seen: Seen,
    /// The version of the policy that it was decided under.
    pub policy_version: i64,
    /// The version of the voice that it was written in.
    pub voice_version: i64,
    /// The brand's own reply templates of then.
    pub template_versions: Vec<TemplateVersion>,
    /// What shops said.
    pub shops: Recording,
    /// The language model that read and worded; none where the built-in engine did.
    pub model: Option<String>,
    /// What was said to it and by it.
    pub exchanges: Vec<Exchange>,
    /// What it came to. The orders of a reply stand with what shops said.
    pub outcome: Outcome,
}

/// What a run read in the desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Seen {
    brand: SeenBrand,
    conversation: SeenConversation,
    contact: SeenContact,
    identities: Vec<ContactIdentity>,
    messages: Vec<SeenMessage>,
    asked_back: Vec<Question>,
    codes: Codes,
    photos: usize,
    files: Vec<String>,
    capabilities: Capabilities,
    refused: Vec<(OrderSourceId, String)>,
    vouched: Vec<(OrderSourceId, String)>,
    instruction: String,
    spent: Spent,
    now: Ts,
    signs: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SeenBrand {
    name: String,
    locale: String,
    order_pattern: String,
    agent_level: AgentLevel,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SeenConversation {
    number: i64,
    contact_id: ContactId,
    channel_kind: String,
    gist: String,
    intent: Option<String>,
    language: String,
    order_number: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SeenContact {
    name: String,
    locale: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SeenMessage {
    seq: i64,
    id: MessageId,
    channel_id: ChannelId,
    direction: Direction,
    author: MessageAuthor,
    contact_id: Option<ContactId>,
    sender_name: String,
    sender_address: String,
    subject: String,
    body: String,
    full_text: String,
    delivery: Option<Delivery>,
    automatic: Automatic,
    trust: Trust,
    draft_id: Option<DraftId>,
    written_at: Option<Ts>,
    created_at: Ts,
    aside: bool,
}

impl Kept {
    /// A run over a snapshot: what shops said, what a language model was asked and said, and what it came to.
    pub fn of(
        snapshot: &Snapshot,
        shops: Recording,
        model: Option<(String, Vec<Exchange>)>,
        outcome: &Outcome,
    ) -> Self {
        let (model, exchanges) = model.unzip();
        let mut outcome = outcome.clone();
        if let Outcome::Reply { draft, .. } = &mut outcome {
            draft.orders.clear();
        }
        Self {
            seen: Seen::of(snapshot),
            policy_version: snapshot.policy_version,
            voice_version: snapshot.voice_version,
            template_versions: snapshot.template_versions.clone(),
            shops,
            model,
            exchanges: exchanges.unwrap_or_default(),
            outcome,
        }
    }

    /// What it looked at, with these documents in the place of those of then.
    pub fn snapshot(&self, policy: Arc<Policy>, voice: Arc<Voice>, templates: Arc<Templates>) -> Snapshot {
        let seen = self.seen.clone();
        Snapshot {
            brand: seen.brand.into(),
            policy,
            policy_version: self.policy_version,
            voice,
            voice_version: self.voice_version,
            templates,
            template_versions: self.template_versions.clone(),
            conversation: seen.conversation.into(),
            contact: Contact { name: seen.contact.name, locale: seen.contact.locale, ..alone::contact() },
            identities: seen.identities,
            messages: seen.messages.into_iter().map(Message::from).collect(),
            asked_back: seen.asked_back,
            codes: seen.codes,
            photos: seen.photos,
            files: seen.files,
            capabilities: seen.capabilities,
            refused: seen.refused,
            vouched: seen.vouched,
            instruction: seen.instruction,
            spent: seen.spent,
            now: seen.now,
            signs: seen.signs,
        }
    }

    /// Runs it once more over a snapshot of it: shops and language model say what they said then.
    pub async fn repeat(&self, snapshot: &Snapshot, clock: &Clock) -> RunResult {
        let shops = Shops::repeating(self.shops.clone(), clock.clone());
        match &self.model {
            Some(model) => {
                let engine = LlmEngine::new(Llm::repeating(model, self.exchanges.clone()), shops.clone());
                run(snapshot, &shops, &engine).await
            }
            None => run(snapshot, &shops, &BuiltIn).await,
        }
    }

    /// All of it in few bytes.
    pub fn packed(&self) -> Result<Vec<u8>, KeptError> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&serde_json::to_vec(self)?)?;
        Ok(packed.finish()?)
    }

    /// What was packed.
    pub fn unpacked(packed: &[u8]) -> Result<Self, KeptError> {
        let mut text = Vec::new();
        GzDecoder::new(packed).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

/// In what two outcomes of the same run differ, in words; nothing where they are the same.
pub fn differences(then: &Outcome, now: &Outcome) -> Vec<&'static str> {
    let told: Vec<(&'static str, bool)> = match (then, now) {
        (
            Outcome::Reply { draft, intent, language, mode, needs, .. },
            Outcome::Reply {
                draft: draft_now,
                intent: intent_now,
                language: language_now,
                mode: mode_now,
                needs: needs_now,
                ..
            },
        ) => vec![
            ("what was wanted", intent == intent_now),
            ("the language", language == language_now),
            ("whether it goes out alone", mode == mode_now),
            ("who may say yes", needs == needs_now),
            ("what is done in the shop", draft.actions == draft_now.actions),
            ("the words", draft.sentences == draft_now.sentences),
            ("what proves them", draft.evidence == draft_now.evidence),
            ("what was checked", draft.checks == draft_now.checks),
            ("what it asks back", (&draft.asks_back, &draft.choices) == (&draft_now.asks_back, &draft_now.choices)),
            ("the deciding reason", (&draft.why, &draft.clause) == (&draft_now.why, &draft_now.clause)),
        ],
        (Outcome::HandOff { reason, packet }, Outcome::HandOff { reason: reason_now, packet: packet_now }) => {
            vec![("why a person takes it", reason == reason_now), ("what they are told", packet == packet_now)]
        }
        (Outcome::Nothing { .. }, Outcome::Nothing { .. }) => vec![("why nothing is said", then == now)],
        _ => vec![("what it comes to", false)],
    };
    told.into_iter().filter(|(_, is_same)| !is_same).map(|(words, _)| words).collect()
}

impl Seen {
    fn of(snapshot: &Snapshot) -> Self {
        let read_whole: Vec<MessageId> =
            snapshot.spoken().into_iter().chain(snapshot.unanswered()).map(|message| message.id).collect();
        Self {
            brand: SeenBrand::of(&snapshot.brand),
            conversation: SeenConversation::of(&snapshot.conversation),
            contact: SeenContact { name: snapshot.contact.name.clone(), locale: snapshot.contact.locale.clone() },
            identities: snapshot.identities.clone(),
            messages: snapshot
                .messages
                .iter()
                .map(|message| SeenMessage::of(message, read_whole.contains(&message.id)))
                .collect(),
            asked_back: snapshot.asked_back.clone(),
            codes: snapshot.codes.clone(),
            photos: snapshot.photos,
            files: snapshot.files.clone(),
            capabilities: snapshot.capabilities.clone(),
            refused: snapshot.refused.clone(),
            vouched: snapshot.vouched.clone(),
            instruction: snapshot.instruction.clone(),
            spent: snapshot.spent,
            now: snapshot.now,
            signs: snapshot.signs.clone(),
        }
    }
}

impl SeenBrand {
    fn of(brand: &Brand) -> Self {
        Self {
            name: brand.name.clone(),
            locale: brand.locale.clone(),
            order_pattern: brand.order_pattern.clone(),
            agent_level: brand.agent_level,
        }
    }
}

impl From<SeenBrand> for Brand {
    fn from(seen: SeenBrand) -> Self {
        Self {
            name: seen.name,
            locale: seen.locale,
            order_pattern: seen.order_pattern,
            agent_level: seen.agent_level,
            ..alone::brand()
        }
    }
}

impl SeenConversation {
    fn of(conversation: &Conversation) -> Self {
        Self {
            number: conversation.number,
            contact_id: conversation.contact_id,
            channel_kind: conversation.channel_kind.clone(),
            gist: conversation.gist.clone(),
            intent: conversation.intent.clone(),
            language: conversation.language.clone(),
            order_number: conversation.order_number.clone(),
        }
    }
}

impl From<SeenConversation> for Conversation {
    fn from(seen: SeenConversation) -> Self {
        Self {
            number: seen.number,
            contact_id: seen.contact_id,
            channel_kind: seen.channel_kind,
            gist: seen.gist,
            intent: seen.intent,
            language: seen.language,
            order_number: seen.order_number,
            ..alone::conversation()
        }
    }
}

impl SeenMessage {
    /// What stands below a message is read of those alone that are to be answered.
    fn of(message: &Message, is_read_whole: bool) -> Self {
        Self {
            seq: message.seq,
            id: message.id,
            channel_id: message.channel_id,
            direction: message.direction,
            author: message.author,
            contact_id: message.contact_id,
            sender_name: message.sender_name.clone(),
            sender_address: message.sender_address.clone(),
            subject: message.subject.clone(),
            body: message.body.clone(),
            full_text: if is_read_whole { message.full_text.clone() } else { String::new() },
            delivery: message.delivery,
            automatic: message.automatic,
            trust: message.trust,
            draft_id: message.draft_id,
            written_at: message.written_at,
            created_at: message.created_at,
            aside: message.aside,
        }
    }
}

impl From<SeenMessage> for Message {
    fn from(seen: SeenMessage) -> Self {
        Self {
            seq: seen.seq,
            id: seen.id,
            channel_id: seen.channel_id,
            direction: seen.direction,
            author: seen.author,
            contact_id: seen.contact_id,
            sender_name: seen.sender_name,
            sender_address: seen.sender_address,
            subject: seen.subject,
            full_text: seen.full_text,
            delivery: seen.delivery,
            automatic: seen.automatic,
            trust: seen.trust,
            draft_id: seen.draft_id,
            written_at: seen.written_at,
            created_at: seen.created_at,
            aside: seen.aside,
            ..alone::message(&seen.body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::agent_run::HandOffPacket;

    fn nothing(reason: &str) -> Outcome {
        Outcome::Nothing { reason: reason.to_owned(), resolve: false }
    }

    #[test]
    fn what_was_packed_is_unpacked_and_anything_else_is_refused() {
        let mut snapshot = Snapshot::alone("Where is it?");
        snapshot.template_versions = vec![("thanks".to_owned(), "en".to_owned(), 3)];
        let kept = Kept::of(&snapshot, Recording::default(), None, &nothing("thanks"));
        let again = Kept::unpacked(&kept.packed().unwrap()).unwrap();
        assert_eq!((again.outcome, again.template_versions), (nothing("thanks"), snapshot.template_versions));
        assert!(matches!(Kept::unpacked(b"no gzip"), Err(KeptError::Packing(_))));
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"{}").unwrap();
        assert!(matches!(Kept::unpacked(&packed.finish().unwrap()), Err(KeptError::Form(_))));
    }

    #[test]
    fn only_what_is_to_be_answered_is_kept_with_what_stands_below_it() {
        let mut snapshot = Snapshot::alone("Where is it?");
        let mut earlier = snapshot.messages.remove(0);
        earlier.full_text = "Hello\n> an old mail".to_owned();
        let answer = Message { direction: Direction::Outbound, author: MessageAuthor::Agent, ..earlier.clone() };
        let newest = Message { id: MessageId(uuid::Uuid::from_u128(7)), ..earlier.clone() };
        snapshot.messages = vec![earlier, answer, newest];
        let kept = Seen::of(&snapshot).messages;
        let below: Vec<bool> = kept.iter().map(|message| !message.full_text.is_empty()).collect();
        assert_eq!(below, [false, false, true]);
    }

    #[test]
    fn a_difference_is_named() {
        assert_eq!(differences(&nothing("spam"), &nothing("spam")), Vec::<&str>::new());
        assert_eq!(differences(&nothing("spam"), &nothing("thanks")), ["why nothing is said"]);
        let person = Outcome::HandOff { reason: "unclear".to_owned(), packet: HandOffPacket::default() };
        assert_eq!(differences(&nothing("spam"), &person), ["what it comes to"]);
    }
}
