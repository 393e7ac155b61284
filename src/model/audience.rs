//! Who reads a reply, where the operator of a marketplace takes part in a case beside its customer.

use channel_contract::inbound::OPERATOR;

use super::contact::ContactIdentity;
use super::message::{Automatic, Direction, Message};
use super::text_enum::text_enum;
use super::{ChannelId, ContactId};

text_enum! {
    /// Who reads a reply.
    Audience {
        /// The customer.
        Customer = "customer",
        /// The operator of the marketplace alone.
        Operator = "operator",
        /// Both.
        Both = "both",
    }
}

impl Audience {
    /// Whom a message of ours names; nothing where it is found out when it leaves.
    pub fn of(message: &Message) -> Option<Self> {
        match message.recipients.len() {
            0 => None,
            _ if message.aside => Some(Self::Operator),
            1 => Some(Self::Customer),
            _ => Some(Self::Both),
        }
    }
}

/// Who takes part in a case where each message names its readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    /// Whose case it is.
    pub customer: ContactId,
    /// The operator beside them, and who reads a reply by itself.
    pub operator: Option<(Operator, Audience)>,
}

impl Parties {
    /// What a form carries of those for whom it was drawn.
    pub fn mark(&self) -> String {
        match &self.operator {
            Some((operator, _)) => format!("{} {}", self.customer, operator.contact),
            None => self.customer.to_string(),
        }
    }

    /// What an open page goes by to know whether a form shows who reads a reply.
    pub fn shown(&self) -> String {
        match &self.operator {
            Some((_, usual)) => format!("{} {usual}", self.mark()),
            None => self.mark(),
        }
    }
}

/// The operator of a marketplace who takes part in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub contact: ContactId,
    /// Where they are written to.
    pub address: String,
    /// As they call themselves; `""` where they have not written.
    pub name: String,
}

impl Operator {
    /// The operator who wrote or was written to on a channel in a case that is another customer's; `names` are those of everybody
    /// in it.
    pub fn of(
        (channel, customer): (ChannelId, ContactId),
        history: &[Message],
        names: &[ContactIdentity],
    ) -> Option<Self> {
        let here = || history.iter().rev().filter(move |message| message.channel_id == channel);
        let mut operators = names.iter().filter(|name| name.kind == OPERATOR && name.contact_id != customer);
        operators.find_map(|name| {
            let wrote = here().find(|message| message.contact_id == Some(name.contact_id));
            let was_told = || here().any(|message| message.recipients.0.contains(&name.value));
            (wrote.is_some() || was_told()).then(|| Self {
                contact: name.contact_id,
                address: name.value.clone(),
                name: wrote.map(|message| message.sender_name.trim().to_owned()).unwrap_or_default(),
            })
        })
    }

    /// Who reads a reply unless somebody chooses: what the operator wrote to both is answered to both.
    pub fn usual(&self, channel: ChannelId, history: &[Message]) -> Audience {
        let heard = |message: &&Message| {
            message.channel_id == channel
                && message.direction == Direction::Inbound
                && message.automatic == Automatic::No
        };
        let last = history.iter().rfind(heard);
        let is_to_both = last.is_some_and(|message| message.contact_id == Some(self.contact) && !message.aside);
        if is_to_both { Audience::Both } else { Audience::Customer }
    }
}
