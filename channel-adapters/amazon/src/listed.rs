//! What `resolute parse-webhook amazon` prints of a body.

use bytes::Bytes;
use channel_contract::failure::ParseError;
use channel_contract::inbound::{Inbound, InboundEvent, RawItem, RawOrigin, Writer};
use channel_contract::listing::{Listed, ListedFile, ListedKind};
use channel_contract::outbound::DeliveryState;
use channel_email::{EmailChannel, EmailSettings};
use time::OffsetDateTime;

use crate::channel;
use crate::order_change::Notification;
use crate::settings::AmazonSettings;

/// The events of a body, a mail or a notification, as the desk would see them without knowing the account.
pub fn list(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    let item = RawItem {
        external_id: channel_email::key::external_id(body),
        origin: RawOrigin::Webhook,
        body: Bytes::copy_from_slice(body),
    };
    // Nobody knows whose mail it is, so the server that it names is believed about its sender.
    let results = channel_email::parse(body).authentication_results;
    let server = results.first().and_then(|results| results.split([';', ' ', '\t']).next()).unwrap_or_default();
    let mail = EmailSettings { authserv_id: server.to_owned(), ..EmailSettings::default() };
    let settings = AmazonSettings { mail, ..AmazonSettings::default() };
    let (inbound, _) = channel::read(&item, &EmailChannel::new(settings.plain_mail()), &settings)?;
    Ok(vec![listed(inbound, body)])
}

fn listed(inbound: Inbound, body: &[u8]) -> Listed {
    let base = Listed {
        external_id: Some(inbound.external_id),
        timestamp: inbound.occurred_at.map(OffsetDateTime::unix_timestamp),
        ..Listed::default()
    };
    match inbound.event {
        InboundEvent::Message(message) => {
            let files = message.attachments.iter().map(|attachment| file(&attachment.name)).collect::<Vec<_>>();
            Listed {
                what: if message.writer == Writer::Teammate { ListedKind::Echo } else { ListedKind::Message },
                kind: Some(message.sender.kind.clone()),
                sender_id: Some(message.sender.value),
                sender_name: Some(message.sender_name).filter(|name| !name.is_empty()),
                chat_id: message.thread.thread_id,
                text: Some(message.visible_text),
                reply_to: message.thread.message_ids.into_iter().next(),
                attachments: Some(files).filter(|files| !files.is_empty()),
                ..base
            }
        }
        InboundEvent::Status(status) => Listed {
            what: ListedKind::Status,
            target_id: status.message_ids.into_iter().next(),
            status: Some(if status.state == DeliveryState::Failed { "failed" } else { "sent" }.to_owned()),
            ..base
        },
        InboundEvent::Order(news) => Listed {
            kind: Some(Notification::read(body).map_or_else(|| "mail".to_owned(), |notification| notification.kind)),
            payload: Some(news.order_number),
            text: Some(news.words),
            ..base
        },
        InboundEvent::Ignored(word) => Listed { kind: Some(word.to_owned()), ..base },
        InboundEvent::Change(_)
        | InboundEvent::Renamed(_)
        | InboundEvent::Account(_)
        | InboundEvent::Erasure(_)
        | InboundEvent::Consent(_) => base,
    }
}

fn file(name: &str) -> ListedFile {
    ListedFile { what: "file".to_owned(), filename: Some(name.to_owned()), ..ListedFile::default() }
}
