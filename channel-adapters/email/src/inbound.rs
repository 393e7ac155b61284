//! A read mail as an event of the desk.

use channel_contract::inbound::{
    Automatic, FileContent, Identity, Inbound, InboundAttachment, InboundEvent, InboundMessage, RawItem, RawOrigin,
    StatusUpdate, Trust, Writer, safe_name,
};

use crate::classify::DeliveryReport;
use crate::html::sanitise;
use crate::key;
use crate::mail::{Attachment, Mailbox, ParsedMail};
use crate::settings::EmailSettings;
use crate::thread::{self, ThreadKey};

/// Reads a stored raw mail: what stands in it, and the event that it is.
pub(crate) fn read(raw: &RawItem, settings: &EmailSettings) -> (ParsedMail, Inbound) {
    let mut mail = crate::parse(&raw.body);
    let event = if raw.origin != RawOrigin::Sent && is_own(&mail, settings) {
        InboundEvent::Ignored("own_loop")
    } else if raw.origin == RawOrigin::Sent && is_own(&mail, settings) {
        InboundEvent::Ignored("own_copy")
    } else if mail.read_receipt {
        InboundEvent::Ignored("read_receipt")
    } else if let Some(report) = mail.report.take_if(|report| report.names_a_message()) {
        let shown = InboundMessage { automatic: Automatic::AutoReply, ..message(&mail, raw.origin, settings) };
        InboundEvent::Status(status(report, shown))
    } else {
        InboundEvent::Message(Box::new(message(&mail, raw.origin, settings)))
    };
    let external_id = key::message_id(&raw.body).unwrap_or_else(|| raw.external_id.clone());
    // A date that its sender has written is nobody's word on when it was.
    let inbound = Inbound { external_id, occurred_at: None, event };
    (mail, inbound)
}

fn is_own(mail: &ParsedMail, settings: &EmailSettings) -> bool {
    !settings.channel_id.is_empty() && mail.loop_marks.contains(&settings.channel_id)
}

fn status(report: DeliveryReport, shown: InboundMessage) -> StatusUpdate {
    let words: Vec<String> = [report.status, report.diagnostic].into_iter().filter(|word| !word.is_empty()).collect();
    StatusUpdate {
        message_ids: report.original_ids,
        state: report.state,
        until: None,
        and_before: false,
        reason: (!words.is_empty()).then(|| words.join(" ")),
        recipients: report.recipients.iter().map(|address| Identity::email(address)).collect(),
        report: Some(Box::new(shown)),
    }
}

fn message(mail: &ParsedMail, origin: RawOrigin, settings: &EmailSettings) -> InboundMessage {
    let writer = if origin == RawOrigin::Sent { Writer::Teammate } else { Writer::Contact };
    let (author, named_elsewhere) = author(mail, writer, settings);
    let trust = match writer {
        // It lies in our own folder of sent mail.
        Writer::Teammate => Trust::Proved,
        Writer::Contact if named_elsewhere => Trust::Claimed,
        Writer::Contact => thread::trust(mail, &settings.authserv_id),
    };
    let key = ThreadKey::new(settings.thread_secret.reveal());
    InboundMessage {
        writer,
        sender: Identity::email(&author.address),
        recipients: recipients(mail, settings),
        also_known_as: Vec::new(),
        sender_name: author.name,
        thread: thread::hints(mail, &key),
        own_ids: mail.own_ids.clone(),
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        visible_text: mail.visible_text.clone(),
        only_quoted: mail.only_quoted,
        html: mail.html.as_deref().map(sanitise::sanitise),
        choice: None,
        attachments: mail.attachments.iter().map(|file| attachment(file, mail.html.as_deref())).collect(),
        // A report that names no mail of ours is shown to a person, but a machine wrote it.
        automatic: if mail.report.is_some() { Automatic::AutoReply } else { mail.automatic },
        reply_to: reply_to(mail, trust, settings),
        trust,
        loop_marks: mail.loop_marks.clone(),
    }
}

/// Who wrote, and whether that comes from Reply-To instead of From. Contact forms of shops write from the shop's own
/// address and name the customer in Reply-To.
fn author(mail: &ParsedMail, writer: Writer, settings: &EmailSettings) -> (Mailbox, bool) {
    let author = mail.author();
    let from_is_empty = mail.from.iter().all(|mailbox| mailbox.address.is_empty());
    if writer == Writer::Contact && settings.is_own(&author.address) {
        let foreign = |mailbox: &&Mailbox| !mailbox.address.is_empty() && !settings.is_own(&mailbox.address);
        if let Some(customer) = mail.reply_to.iter().find(foreign) {
            return (customer.clone(), true);
        }
    }
    (author, from_is_empty)
}

/// Where a proved sender wants answers. Of anybody else it is not believed: a mail under a stranger's name could lead the
/// answer, with what it says of their orders, to whoever wrote it.
fn reply_to(mail: &ParsedMail, trust: Trust, settings: &EmailSettings) -> Option<Identity> {
    let [only] = mail.reply_to.as_slice() else { return None };
    let wanted = Identity::email(&only.address);
    let elsewhere = !wanted.value.is_empty() && wanted != Identity::email(&mail.author().address);
    (trust == Trust::Proved && elsewhere && !settings.is_own(&wanted.value)).then_some(wanted)
}

fn recipients(mail: &ParsedMail, settings: &EmailSettings) -> Vec<Identity> {
    let mut found: Vec<Identity> = Vec::new();
    for mailbox in mail.to.iter().chain(&mail.cc) {
        let identity = Identity::email(&mailbox.address);
        if !identity.value.is_empty() && !settings.is_own(&identity.value) && !found.contains(&identity) {
            found.push(identity);
        }
    }
    found
}

fn attachment(file: &Attachment, html: Option<&str>) -> InboundAttachment {
    // An inline part that nothing shows is a file like any other.
    let shown = file.content_id.as_deref().is_some_and(|id| html.is_some_and(|html| refers_to(html, id)));
    InboundAttachment {
        name: safe_name(&file.name),
        content_type: file.content_type.clone(),
        content_id: file.content_id.clone(),
        inline: shown,
        content: FileContent::Here(file.content.clone()),
    }
}

fn refers_to(html: &str, content_id: &str) -> bool {
    let encoded = || content_id.replace('@', "%40");
    html.match_indices("cid:").take(500).any(|(at, mark)| {
        let after = html.get(at + mark.len()..).unwrap_or_default();
        after.starts_with(content_id) || after.starts_with(&encoded())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_in_references_are_understood() {
        assert!(refers_to("<img src=\"cid:a%40b\">", "a@b") && refers_to("<img src=cid:a@b>", "a@b"));
        assert!(!refers_to("<img src=cid:c@b>", "a@b"));
    }
}
