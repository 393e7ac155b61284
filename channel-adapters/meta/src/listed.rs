//! What `resolute parse-webhook` prints, made from what is read anyway.

use channel_contract::failure::ParseError;
use channel_contract::listing::{Listed, ListedFile, ListedKind};

use crate::read::{Commented, Event, Part, Reached, Said, What, read};

/// The events of a webhook in neutral words.
pub fn list(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    let events = read(body)?;
    if events.is_empty() {
        return Err(ParseError("the request holds no event of a page or an Instagram account".to_owned()));
    }
    Ok(events.into_iter().map(listed).collect())
}

fn listed(event: Event) -> Listed {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let row = Listed {
        sender_id: given(&event.sender),
        recipient_id: given(&event.recipient),
        timestamp: event.at.map(time::OffsetDateTime::unix_timestamp),
        standby: event.standby.then_some(true),
        ..Listed::default()
    };
    match event.what {
        What::Said(said) => of_said(row, *said),
        What::Deleted { mid, is_echo } => Listed {
            what: if is_echo { ListedKind::Echo } else { ListedKind::Deleted },
            external_id: given(&mid),
            ..row
        },
        What::Pressed { mid, title, payload, referral } => Listed {
            what: ListedKind::Postback,
            external_id: given(&mid),
            text: given(&title),
            payload: given(&payload),
            referral: referral.map(|referral| referral.whole),
            ..row
        },
        What::Reacted { mid, sign, .. } => {
            Listed { what: ListedKind::Reaction, target_id: given(&mid), text: given(&sign), ..row }
        }
        What::Edited { mid, text } => {
            Listed { what: ListedKind::EditedMessage, external_id: given(&mid), text: given(&text), ..row }
        }
        What::Delivered(reached) => of_reached(ListedKind::Delivery, row, reached),
        What::Read(reached) => of_reached(ListedKind::Read, row, reached),
        What::Referred(referral) => Listed { what: ListedKind::Referral, referral: Some(referral.whole), ..row },
        What::OptedIn => Listed { what: ListedKind::Optin, ..row },
        What::Commented(Commented { id, name, text, field, .. }) => Listed {
            what: ListedKind::Comment,
            field: Some(field),
            external_id: given(&id),
            sender_name: given(&name),
            text: given(&text),
            ..row
        },
        What::Other(field) => Listed { field, ..row },
        What::Templates => Listed { field: Some("message_template_status_update".to_owned()), ..row },
        What::Passed(_) | What::Taken(_) | What::Requested | What::Enforced(_) => row,
    }
}

fn of_said(row: Listed, said: Said) -> Listed {
    let what = if said.is_echo {
        ListedKind::Echo
    } else if said.is_unsupported {
        ListedKind::Unsupported
    } else {
        ListedKind::Message
    };
    let given = |text: String| (!text.is_empty()).then_some(text);
    let files: Vec<ListedFile> = said.parts.into_iter().map(of_part).collect();
    Listed {
        what,
        external_id: given(said.mid),
        text: given(said.text),
        payload: said.choice.and_then(given),
        attachments: (!files.is_empty()).then_some(files),
        reply_to: said.reply_to,
        story_reply: said.story.and_then(given),
        referral: said.referral.map(|referral| referral.whole),
        ..row
    }
}

fn of_part(part: Part) -> ListedFile {
    let (latitude, longitude) = part.place.unzip();
    ListedFile {
        what: part.what,
        url: part.url,
        latitude,
        longitude,
        sticker_id: part.sticker_id,
        ..ListedFile::default()
    }
}

fn of_reached(what: ListedKind, row: Listed, reached: Reached) -> Listed {
    let (external_id, mids) = match reached {
        Reached { ref mids, is_single: true, .. } => (mids.first().cloned(), None),
        Reached { ref mids, .. } => (None, (!mids.is_empty()).then(|| mids.clone())),
    };
    Listed { what, external_id, mids, watermark: reached.watermark, ..row }
}
