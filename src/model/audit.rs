//! The audit log: what an entry says, and how entries are bound to each other.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::teammate::Teammate;
use super::text_enum::text_enum;
use super::{BrandId, Ts};

text_enum! {
    /// What was done.
    AuditAction {
        /// A person signed in.
        SignedIn = "signed_in",
        /// Somebody tried to sign in as a person and could not.
        SignInFailed = "sign_in_failed",
        /// A person signed out.
        SignedOut = "signed_out",
        /// A person was added.
        AccountAdded = "account_added",
        /// A person's name, time zone or role changed.
        AccountChanged = "account_changed",
        /// A person may no longer sign in.
        AccountDisabled = "account_disabled",
        /// A person who was disabled may sign in again.
        AccountEnabled = "account_enabled",
        /// A person got a new password.
        PasswordReset = "password_reset",
        /// A program may act for a person.
        TokenCreated = "token_created",
        /// A brand was added.
        BrandAdded = "brand_added",
        /// A brand's name, language, agent or other settings changed.
        BrandChanged = "brand_changed",
        /// A channel was connected.
        ChannelConnected = "channel_connected",
        /// A channel's settings or state were changed by a person.
        ChannelChanged = "channel_changed",
        /// A channel was paused.
        ChannelPaused = "channel_paused",
        /// A paused channel goes on.
        ChannelResumed = "channel_resumed",
        /// A channel over which nothing ever came or left was removed.
        ChannelRemoved = "channel_removed",
        /// A shop was connected.
        OrderSourceConnected = "order_source_connected",
        /// A shop's settings or state were changed by a person.
        OrderSourceChanged = "order_source_changed",
        /// A shop of which nothing ever came was removed.
        OrderSourceRemoved = "order_source_removed",
        /// A tracking provider was connected.
        TrackerConnected = "tracker_connected",
        /// A tracking provider's settings or state were changed by a person.
        TrackerChanged = "tracker_changed",
        /// A tracking provider was taken off.
        TrackerRemoved = "tracker_removed",
        /// A version of the policy was published.
        PolicyPublished = "policy_published",
        /// An old version of the policy was put in force again.
        PolicyRestored = "policy_restored",
        /// A version of the voice was published.
        VoicePublished = "voice_published",
        /// An old version of the voice was put in force again.
        VoiceRestored = "voice_restored",
        /// A reply template was changed.
        ReplyTemplatePublished = "reply_template_published",
        /// A text of an article was published.
        ArticlePublished = "article_published",
        /// An article was taken off the help centre in a language.
        ArticleWithdrawn = "article_withdrawn",
        /// How much the language model may cost in a month was changed.
        LlmLimitsChanged = "llm_limits_changed",
        /// A macro that everybody uses was written or changed, or is its writer's alone from now on.
        MacroSaved = "macro_saved",
        /// A macro that everybody used was deleted.
        MacroDeleted = "macro_deleted",
        /// Work that was given up is tried again.
        WorkRetried = "work_retried",
        /// Hours, targets or the reply when nobody is there were changed.
        AnswerTimesChanged = "answer_times_changed",
        /// Somebody was invited to the team.
        InvitationMade = "invitation_made",
        /// An invitation was taken back.
        InvitationRevoked = "invitation_revoked",
        /// Who was invited joined.
        InvitationAccepted = "invitation_accepted",
        /// A draft was sent as it was.
        ApprovalAccepted = "approval_accepted",
        /// A draft was changed and sent.
        ApprovalEdited = "approval_edited",
        /// A draft was not sent.
        ApprovalRejected = "approval_rejected",
        /// An action on an order was decided.
        ActionApproved = "action_approved",
        /// An action took effect in the shop.
        ActionPerformed = "action_performed",
        /// An action failed.
        ActionFailed = "action_failed",
        /// One conversation went into another.
        ConversationsMerged = "conversations_merged",
        /// A merge was taken back.
        MergeUndone = "merge_undone",
        /// Two contacts became one person.
        ContactsMerged = "contacts_merged",
        /// Such a merge was taken back.
        ContactsParted = "contacts_parted",
        /// An admin asked that what is kept of a customer be removed.
        ErasureAsked = "erasure_asked",
        /// What was kept of a customer was removed.
        CustomerErased = "customer_erased",
        /// A part of a conversation became one of its own.
        ConversationSplit = "conversation_split",
        /// A teammate took a conversation from the agent.
        TakenOver = "taken_over",
        /// The agent was stopped: in a brand, for a kind of request, or everywhere.
        AgentStopped = "agent_stopped",
        /// The agent goes on where it was stopped.
        AgentReleased = "agent_released",
    }
}

text_enum! {
    /// What an entry is about.
    AuditSubject {
        /// A person on staff, by id.
        Teammate = "teammate",
        /// A channel, by id.
        Channel = "channel",
        /// A shop, by id.
        OrderSource = "order_source",
        /// A tracking provider, by id.
        Tracker = "tracker",
        /// A policy, by version.
        Policy = "policy",
        /// A voice, by version.
        Voice = "voice",
        /// A reply template, by name.
        ReplyTemplate = "reply_template",
        /// An article, by language and name in addresses.
        Article = "article",
        /// A macro, by id.
        Macro = "macro",
        /// Work of the desk, by id.
        Work = "work",
        /// An invitation, by id.
        Invitation = "invitation",
        /// A brand, by its name in addresses.
        Brand = "brand",
        /// A conversation, by number.
        Conversation = "conversation",
        /// An order, by number.
        Order = "order",
        /// A customer, by id.
        Contact = "contact",
        /// A stop of the agent, by id.
        Brake = "brake",
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// A person.
    Teammate(&'a Teammate),
    /// A program with a person's token.
    Token(&'a Teammate),
    /// The agent, alone.
    Agent,
    /// The desk, or its operator on the command line.
    System,
}

impl Actor<'_> {
    /// The word of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Teammate(_) => "teammate",
            Self::Token(_) => "token",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }

    /// The person's id, or the word again.
    pub fn id(&self) -> String {
        match self {
            Self::Teammate(person) | Self::Token(person) => person.id.to_string(),
            Self::Agent | Self::System => self.kind().to_owned(),
        }
    }

    /// The name as it was then.
    pub fn name(&self) -> &str {
        match self {
            Self::Teammate(person) | Self::Token(person) => &person.name,
            Self::Agent => "Agent",
            Self::System => "System",
        }
    }
}

/// Something to record.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// Who.
    pub actor: Actor<'a>,
    /// What.
    pub action: AuditAction,
    /// About what: its kind, and its id, number or name.
    pub subject: (AuditSubject, String),
    /// Whose.
    pub brand: Option<BrandId>,
    /// A JSON object of small facts: never a message, an address or a secret.
    pub details: Value,
}

/// An entry as stored. Its words stay texts, so that a changed one can be read and reported.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditEntry {
    /// 1, 2, 3, ... without gaps.
    pub seq: i64,
    /// When.
    pub at: Ts,
    /// `teammate`, `token`, `agent` or `system`.
    pub actor_kind: String,
    /// A teammate's id, `agent` or `system`.
    pub actor: String,
    /// Name as it was then.
    pub actor_name: String,
    /// The word of an [`AuditAction`].
    pub action: String,
    /// The word of an [`AuditSubject`].
    pub subject_kind: String,
    /// Its id, number or name.
    pub subject: String,
    /// The brand's id, `""` for none.
    pub brand: String,
    /// Small facts, a JSON object.
    pub details: String,
    /// The hash of the entry before.
    pub previous_hash: Vec<u8>,
    /// The hash of all this.
    pub hash: Vec<u8>,
}

impl AuditEntry {
    /// SHA-256 over every field, each with its length before it: no two entries have the same form.
    pub fn computed_hash(&self) -> Vec<u8> {
        let mut hasher = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(bytes);
        };
        field(b"resolute audit 1");
        field(&self.previous_hash);
        field(&self.seq.to_be_bytes());
        field(&self.at.0.to_be_bytes());
        let texts = [
            &self.actor_kind,
            &self.actor,
            &self.actor_name,
            &self.action,
            &self.subject_kind,
            &self.subject,
            &self.brand,
            &self.details,
        ];
        for text in texts {
            field(text.as_bytes());
        }
        hasher.finalize().to_vec()
    }
}

/// Follows the chain entry by entry, from the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The last entry that holds, 0 before the first.
    pub seq: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

impl Default for Chain {
    fn default() -> Self {
        Self { seq: 0, hash: vec![0; 32] }
    }
}

/// A place where the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The entry.
    pub seq: i64,
    /// What is wrong there, in words.
    pub words: String,
}

impl Chain {
    /// Takes the next entry, if it is the next.
    pub fn follow(&mut self, entry: &AuditEntry) -> Result<(), Flaw> {
        let next = self.seq + 1;
        if entry.seq != next {
            let words = format!("entry {next} is missing: entry {} comes next", entry.seq);
            return Err(Flaw { seq: next, words });
        }
        if entry.previous_hash != self.hash {
            return Err(Flaw { seq: next, words: format!("entry {next} does not follow the entry before it") });
        }
        if entry.hash != entry.computed_hash() {
            return Err(Flaw { seq: next, words: format!("entry {next} was changed after it was written") });
        }
        self.seq = next;
        self.hash.clone_from(&entry.hash);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<AuditEntry> {
        let mut entries: Vec<AuditEntry> = Vec::new();
        for seq in 1..=length {
            let mut entry = AuditEntry {
                seq,
                at: Ts(seq * 1_000),
                actor_kind: "agent".into(),
                actor: "agent".into(),
                actor_name: "Agent".into(),
                action: "action_approved".into(),
                subject_kind: "order".into(),
                subject: format!("F-{seq}"),
                brand: String::new(),
                details: "{}".into(),
                previous_hash: entries.last().map_or_else(|| vec![0; 32], |last| last.hash.clone()),
                hash: Vec::new(),
            };
            entry.hash = entry.computed_hash();
            entries.push(entry);
        }
        entries
    }

    fn flaw(entries: &[AuditEntry]) -> Option<i64> {
        let mut chain = Chain::default();
        entries.iter().find_map(|entry| chain.follow(entry).err()).map(|flaw| flaw.seq)
    }

    #[test]
    fn a_whole_chain_holds_and_removal_and_reordering_show() {
        let whole = chain(5);
        assert_eq!(flaw(&whole), None);
        let mut removed = whole.clone();
        removed.remove(2);
        assert_eq!(flaw(&removed), Some(3));
        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        assert_eq!(flaw(&swapped), Some(2));
        // Also when the numbers are made to fit.
        (swapped[1].seq, swapped[2].seq) = (2, 3);
        assert_eq!(flaw(&swapped), Some(2));
    }

    #[test]
    fn moving_a_letter_from_one_field_to_the_next_changes_the_hash() {
        let entry = chain(1).remove(0);
        let moved = AuditEntry { actor_kind: "agen".into(), actor: "tagent".into(), ..entry.clone() };
        assert_ne!(entry.computed_hash(), moved.computed_hash());
    }
}
