//! The chat as a channel: what came from the widget is read, and what is sent is there at once.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::{AttachmentLimit, Capabilities, Hosts, LengthLimit, LengthUnit};
use channel_contract::channel::{ChannelKind, MessageChannel, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::inbound::{
    Automatic, FileContent, Inbound, InboundAttachment, InboundEvent, InboundMessage, RawItem, RawOrigin, StatusUpdate,
    ThreadHints, Writer,
};
use channel_contract::outbound::{DeliveryState, Outbound, Receipt, Reconciliation};
use channel_contract::unseen::shows_nothing;
use channel_contract::wire;
use uuid::Uuid;

use crate::frame::{FRAME_LIMIT, Said, Stored};
use crate::settings::LiveChatSettings;
use crate::visitor::{TokenError, Visitor};

/// Longest text of a message, in characters.
pub const TEXT_LIMIT: usize = 10_000;
/// Most replies that one frame marks as seen.
const MOST_READ: usize = 100;

/// A chat widget's channel.
#[derive(Clone, Debug)]
pub struct LiveChat {
    settings: LiveChatSettings,
}

/// The thread of a visitor.
pub fn thread_of(visitor: Uuid) -> String {
    format!("visitor:{visitor}")
}

/// The key of a message that a visitor gave this id.
pub fn key_of(visitor: Uuid, message: Uuid) -> String {
    format!("{visitor}.{message}")
}

/// The visitor who wrote the message with this key, and their own id of it.
pub fn visitor_of(external_id: &str) -> Option<(Uuid, Uuid)> {
    let (visitor, message) = external_id.split_once('.')?;
    Some((visitor.parse().ok()?, message.parse().ok()?))
}

impl LiveChat {
    /// Over settings as stored.
    pub fn new(settings: LiveChatSettings) -> Self {
        Self { settings }
    }

    /// How it is set up.
    pub fn settings(&self) -> &LiveChatSettings {
        &self.settings
    }

    /// What a visitor said, ready to be stored. The key holds the visitor, so that nobody can take another's.
    pub fn item(visitor: &Visitor, said: Said) -> Result<RawItem, ParseError> {
        let external_id = match &said {
            Said::Message { id, text, files } => {
                if text.chars().count() > TEXT_LIMIT {
                    return Err(ParseError(format!("a message has at most {TEXT_LIMIT} characters")));
                }
                if shows_nothing(text) && files.is_empty() {
                    return Err(ParseError("nothing of the message would be seen".to_owned()));
                }
                key_of(visitor.id, *id)
            }
            Said::Read { ids } => match ids.last() {
                Some(last) if ids.len() <= MOST_READ => format!("{}.read-{last}", visitor.id),
                _ => return Err(ParseError(format!("1 to {MOST_READ} messages can be marked as read at once"))),
            },
        };
        let body = serde_json::to_vec(&Stored { visitor: visitor.clone(), said });
        let body = body.map_err(|error| ParseError(error.to_string()))?;
        Ok(RawItem { external_id, origin: RawOrigin::Webhook, body: body.into() })
    }
}

#[async_trait]
impl MessageChannel for LiveChat {
    fn kind(&self) -> ChannelKind {
        ChannelKind::LiveChat
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            text: Some(LengthLimit { most: TEXT_LIMIT, unit: LengthUnit::Characters }),
            least_text: 0,
            attachments: Some(AttachmentLimit::any(10, 25 * 1024 * 1024)),
            files_need_address: false,
            html: false,
            subject: false,
            own_titles: false,
            reply_window: None,
            people_window: None,
            in_private: false,
            templates: false,
            choices: None,
            can_initiate: false,
            delivered_receipts: false,
            read_receipts: true,
            agent_may_send: true,
            links: true,
            link_hosts: Hosts::NONE,
        }
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or(VerifyError::Missing)?;
        let visitor = Visitor::of_token(&self.settings, token, request.received_at).map_err(|error| match error {
            TokenError::Forged => VerifyError::Mismatch,
            TokenError::Expired => VerifyError::Expired,
        })?;
        if request.body.len() > FRAME_LIMIT {
            return Err(VerifyError::TooLarge { limit: FRAME_LIMIT });
        }
        let said: Said = wire::typed(&request.body).map_err(|error| VerifyError::Malformed(unreadable(&error)))?;
        Ok(vec![Self::item(&visitor, said).map_err(|error| VerifyError::Malformed(error.0))?])
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        let stored: Stored = serde_json::from_slice(&raw.body).map_err(|error| ParseError(unreadable(&error)))?;
        let event = |event| Inbound { external_id: raw.external_id.clone(), occurred_at: None, event };
        Ok(match stored.said {
            Said::Message { text, files, .. } => {
                let files = files
                    .into_iter()
                    .map(|file| InboundAttachment {
                        name: file.name,
                        content_type: file.content_type,
                        content_id: None,
                        inline: false,
                        content: FileContent::Here(file.content),
                    })
                    .collect();
                vec![event(InboundEvent::Message(Box::new(message(&stored.visitor, text, files))))]
            }
            Said::Read { ids } => ids
                .iter()
                .map(|id| {
                    let message_ids = vec![id.to_string()];
                    let read = StatusUpdate {
                        message_ids,
                        state: DeliveryState::Read,
                        until: None,
                        and_before: false,
                        reason: None,
                        recipients: Vec::new(),
                        report: None,
                    };
                    Inbound {
                        external_id: format!("{}.read-{id}", stored.visitor.id),
                        ..event(InboundEvent::Status(read))
                    }
                })
                .collect(),
        })
    }

    async fn wait(&self, _: Duration) -> Result<(), ChannelFailure> {
        Ok(())
    }

    /// The stored message is the delivery: whoever has the widget open is shown it, everybody else finds it there.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        Ok(receipt(message))
    }

    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        Ok(Reconciliation::Sent(receipt(message)))
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        if self.settings.domains.is_empty() {
            return Err(ChannelFailure::refused(FailureClass::Permission, "No shop address may show the chat yet."));
        }
        if self.settings.session_secret.is_empty() {
            let words = "The secret that signs visitors' sessions is gone. Connect the chat anew.";
            return Err(ChannelFailure::refused(FailureClass::Permission, words));
        }
        Ok(())
    }
}

/// Where a frame cannot be read. The words of the error are left out: they quote what the visitor wrote.
fn unreadable(error: &serde_json::Error) -> String {
    format!("the frame cannot be read at line {}, column {}", error.line(), error.column())
}

fn receipt(message: &Outbound) -> Receipt {
    Receipt { external_id: message.command_id.to_string(), also_known_as: Vec::new() }
}

fn message(visitor: &Visitor, text: String, attachments: Vec<InboundAttachment>) -> InboundMessage {
    InboundMessage {
        writer: Writer::Contact,
        sender: visitor.identity(),
        also_known_as: Vec::new(),
        sender_name: visitor.shown_name(),
        recipients: Vec::new(),
        thread: ThreadHints { thread_id: Some(thread_of(visitor.id)), ..ThreadHints::default() },
        own_ids: Vec::new(),
        subject: visitor.title(),
        visible_text: text.clone(),
        text,
        only_quoted: false,
        html: None,
        choice: None,
        attachments,
        automatic: Automatic::No,
        trust: visitor.trust(),
        reply_to: None,
        loop_marks: Vec::new(),
    }
}
