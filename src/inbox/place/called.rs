//! Whom a message calls: the agent, and whoever says when people are back.

use channel_contract::inbound::{Automatic, InboundMessage, Writer};

use super::placer::Placer;
use super::{Received, agent_job};
use crate::inbox::away::{away_job, is_told_on};
use crate::model::brand::AgentLevel;
use crate::model::conversation::AgentState;
use crate::model::job::JobKind;
use crate::model::{ContactId, ConversationId};

impl Placer<'_> {
    /// A customer who writes while nobody is there is told so, unless a machine wrote. What somebody else writes in their
    /// conversation says nothing to them: they have asked for nothing.
    pub(super) fn say_when_people_are_back(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        (id, contact_id): (ConversationId, ContactId),
    ) {
        let told = received.times.away.on
            && is_told_on(&received.channel.kind)
            && message.writer == Writer::Contact
            && message.automatic == Automatic::No
            && !message.thread.is_elsewhere
            && !self.rules.own_addresses.contains(&message.sender.value)
            && self.conversations.get(&id).is_some_and(|row| self.is_one(row.contact_id, contact_id))
            && received.times.back_at(self.clock.now()).is_some();
        if told {
            self.batch.jobs.push(away_job(self.clock, id));
        }
    }

    /// The agent looks at what a person wrote, unless a teammate has the conversation. Gives whether it does.
    pub(super) fn call_agent(&mut self, received: &Received, message: &InboundMessage, id: ConversationId) -> bool {
        let called = message.writer == Writer::Contact
            && message.automatic == Automatic::No
            // The platform would refuse the answer, and another program writes one.
            && !message.thread.is_elsewhere
            // Two mailboxes of one desk would never stop to answer each other.
            && !self.rules.own_addresses.contains(&message.sender.value);
        called && self.wake_agent(received, id)
    }

    /// The agent looks at a conversation, unless it is switched off or a teammate has it. Gives whether it does.
    pub(super) fn wake_agent(&mut self, received: &Received, id: ConversationId) -> bool {
        if received.brand.agent_level == AgentLevel::Off || self.taken_over.contains(&id) {
            return false;
        }
        if let Some(row) = self.conversations.get_mut(&id) {
            row.agent_state = AgentState::Writing;
        }
        self.batch.jobs.retain(|job| job.conversation_id != Some(id) || job.kind != JobKind::AgentRun);
        self.batch.jobs.push(agent_job(self.clock, id, self.clock.now().plus(self.rules.debounce), ""));
        true
    }
}
