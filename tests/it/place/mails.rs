//! Mails as an adapter would read them.

use bytes::Bytes;
use channel_contract::inbound::{
    Automatic, FileContent, Inbound, InboundAttachment, InboundEvent, InboundMessage, ThreadHints, Trust, Writer,
};
use resolute::model::ConversationId;

use crate::support::cast::email;

/// A mail, as an adapter would read it.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) id: String,
    pub(super) message: InboundMessage,
}

/// A mail from `from`; its id is `id`.
pub(super) fn mail(id: &str, from: &str) -> Mail {
    let message = InboundMessage {
        writer: Writer::Contact,
        sender: email(from),
        also_known_as: Vec::new(),
        sender_name: "Sofie Keller".into(),
        recipients: Vec::new(),
        thread: ThreadHints::default(),
        own_ids: vec![id.to_owned()],
        subject: "Where is it?".into(),
        text: "Where is my order?".into(),
        visible_text: "Where is my order?".into(),
        only_quoted: false,
        html: None,
        choice: None,
        attachments: Vec::new(),
        automatic: Automatic::No,
        trust: Trust::Claimed,
        reply_to: None,
        loop_marks: Vec::new(),
    };
    Mail { id: id.to_owned(), message }
}

impl Mail {
    pub(super) fn replies_to(mut self, ids: &[&str]) -> Self {
        self.message.thread.message_ids = ids.iter().map(ToString::to_string).collect();
        self
    }

    pub(super) fn in_thread(mut self, thread: &str) -> Self {
        self.message.thread.thread_id = Some(thread.to_owned());
        self
    }

    pub(super) fn with_token(mut self, id: ConversationId) -> Self {
        self.message.thread.conversation = Some(id.0);
        self
    }

    pub(super) fn to(mut self, addresses: &[&str]) -> Self {
        self.message.recipients = addresses.iter().map(|address| email(address)).collect();
        self
    }

    pub(super) fn says(mut self, text: &str) -> Self {
        text.clone_into(&mut self.message.text);
        text.clone_into(&mut self.message.visible_text);
        self
    }

    /// The channel proves who wrote it.
    pub(super) fn proved(mut self) -> Self {
        self.message.trust = Trust::Proved;
        self
    }

    /// The platform says which order it is about.
    pub(super) fn about(mut self, order: &str) -> Self {
        self.message.thread.order_numbers.push(order.to_owned());
        self
    }

    pub(super) fn automatic(mut self, automatic: Automatic) -> Self {
        self.message.automatic = automatic;
        self
    }

    /// Found in the folder of sent mails.
    pub(super) fn sent(mut self) -> Self {
        self.message.writer = Writer::Teammate;
        self
    }

    pub(super) fn with_file(mut self, name: &str, content: &'static [u8]) -> Self {
        self.message.attachments.push(InboundAttachment {
            name: name.to_owned(),
            content_type: "text/plain".into(),
            content_id: None,
            inline: false,
            content: FileContent::Here(Bytes::from_static(content)),
        });
        self
    }

    pub(super) fn inbound(&self) -> Inbound {
        Inbound {
            external_id: self.id.clone(),
            occurred_at: None,
            event: InboundEvent::Message(Box::new(self.message.clone())),
        }
    }
}
