//! What mails are on Amazon, as events of the desk. Amazon's relay and its machines come first: their mails carry the
//! headers of machines, whoever stands behind.

use channel_contract::inbound::{
    AccountChange, AccountNews, Automatic, Consent, Identity, Inbound, InboundAttachment, InboundEvent, InboundMessage,
    MACHINE, OrderHappening, OrderNews, RawItem, RawOrigin, StatusUpdate, ThreadHints, Trust,
};
use channel_contract::outbound::DeliveryState;
use channel_email::ParsedMail;
use time::Duration;
use uuid::Uuid;

use crate::address::{self, Alias};
use crate::notices::{self, NoticeKind};
use crate::relay::{self, Relayed};
use crate::settings::{AmazonSettings, OtherNotices};
use crate::{due, phrases, proof, token};

/// What is said of a buyer who has opted out.
pub(crate) const OPTED_OUT: &str =
    "The buyer takes no messages on Amazon that answer nothing. An answer to what they write goes through.";

/// How much of a subject is told of the account.
const LONGEST_SUBJECT: usize = 120;

/// Reads a mail, of which the mail adapter has read `inbound`.
pub(crate) fn read(raw: &RawItem, mail: &ParsedMail, inbound: Inbound, settings: &AmazonSettings) -> Inbound {
    let Inbound { external_id, event, .. } = inbound;
    if raw.origin == RawOrigin::Sent {
        return Inbound { external_id, occurred_at: None, event: written_elsewhere(mail, event, settings) };
    }
    let trust = proof::of(mail, settings);
    // The date of a mail is the word of who sent it.
    let occurred_at = mail.date.filter(|_| trust == Trust::Proved);
    if let Some(relayed) = relay::read(mail, settings) {
        let external_id = token::joined(&external_id, relayed.token.as_deref());
        // Amazon signs all that it relays, and our own server finds it: without that it is somebody else's.
        let is_checked = !settings.mail.authserv_id.is_empty();
        let trust = if trust == Trust::Claimed && is_checked { Trust::Failed } else { trust };
        return Inbound { external_id, occurred_at, event: of_a_buyer(relayed, event, trust) };
    }
    let is_report = matches!(event, InboundEvent::Status(_));
    let event = if address::is_amazons(&mail.author().address, settings) && !is_report {
        let notice = Notice { mail, trust, settings };
        match notices::kind_of(mail, settings) {
            Some(kind) => notice.event(kind, event),
            None if settings.other_notices == OtherNotices::LeftOut => InboundEvent::Ignored("amazon_notice"),
            None => notice.shown(event),
        }
    } else {
        of_others(event, settings)
    };
    Inbound { external_id, occurred_at, event }
}

/// That a buyer takes only answers any more, where a mail is proved to be Amazon's and says so.
pub(crate) fn opted_out(raw: &RawItem, mail: &ParsedMail, settings: &AmazonSettings) -> Option<Consent> {
    let trust = proof::of(mail, settings);
    let is_amazons = trust == Trust::Proved
        && raw.origin != RawOrigin::Sent
        && relay::read(mail, settings).is_none()
        && address::is_amazons(&mail.author().address, settings);
    if !is_amazons || notices::kind_of(mail, settings) != Some(NoticeKind::OptedOut) {
        return None;
    }
    let who: Vec<Identity> = Notice { mail, trust, settings }.buyers().iter().map(Alias::identity).collect();
    (!who.is_empty()).then_some(Consent { who, given: false })
}

/// What the mail adapter would show of an event, or the word for which it shows nothing.
fn shown_of(event: InboundEvent) -> Result<Box<InboundMessage>, &'static str> {
    match event {
        InboundEvent::Message(message) => Ok(message),
        InboundEvent::Status(StatusUpdate { report: Some(report), .. }) => Ok(report),
        InboundEvent::Ignored(word) => Err(word),
        _ => Err("no_message"),
    }
}

/// What a buyer wrote.
fn of_a_buyer(relayed: Relayed, event: InboundEvent, trust: Trust) -> InboundEvent {
    let mut message = match shown_of(event) {
        Ok(message) => message,
        Err(word) => return InboundEvent::Ignored(word),
    };
    let sender = relayed.alias.identity();
    let answers = Identity { value: relayed.alias.answer_address(), ..sender.clone() };
    message.reply_to = (trust == Trust::Proved && answers != sender).then_some(answers);
    message.sender = sender;
    // What is not proved to be Amazon's finds no conversation and no order: anybody can write it.
    if trust == Trust::Proved {
        message.thread.thread_id = Some(relayed.thread_id());
        message.thread.order_numbers = relayed.orders;
    }
    message.visible_text = relayed.words.unwrap_or_else(|| message.text.trim().to_owned());
    message.sender_name = relayed.name;
    message.recipients = Vec::new();
    message.automatic = Automatic::No;
    message.trust = trust;
    plain(&mut message);
    InboundEvent::Message(message)
}

/// What a teammate wrote to a buyer in another mail program.
fn written_elsewhere(mail: &ParsedMail, event: InboundEvent, settings: &AmazonSettings) -> InboundEvent {
    let InboundEvent::Message(mut message) = event else { return event };
    let buyers: Vec<Alias> =
        mail.to.iter().chain(&mail.cc).filter_map(|mailbox| Alias::read(&mailbox.address, settings)).collect();
    let Some(first) = buyers.first() else { return InboundEvent::Ignored("not_to_a_buyer") };
    let orders = relay::orders_in(&[&mail.subject]);
    message.thread.thread_id = Some(relay::thread_id(first, orders.first()));
    message.thread.order_numbers = orders;
    message.recipients = Vec::new();
    for buyer in buyers.iter().map(Alias::identity) {
        if !message.recipients.contains(&buyer) {
            message.recipients.push(buyer);
        }
    }
    plain(&mut message);
    InboundEvent::Message(message)
}

/// A mail that has nothing to do with Amazon; a report on a mail of ours may name its recipient with the case.
fn of_others(event: InboundEvent, settings: &AmazonSettings) -> InboundEvent {
    match event {
        InboundEvent::Status(mut status) => {
            let masked = status.recipients.iter().filter_map(|named| Alias::read(&named.value, settings));
            let masked: Vec<Identity> = masked.map(|alias| alias.identity()).collect();
            status.recipients.extend(masked);
            status.report.iter_mut().for_each(|report| plain(report));
            InboundEvent::Status(status)
        }
        InboundEvent::Message(mut message) => {
            plain(&mut message);
            InboundEvent::Message(message)
        }
        other => other,
    }
}

/// There is no HTML on this channel, so no picture stands in its place.
fn plain(message: &mut InboundMessage) {
    message.html = None;
    let file = |file: &mut InboundAttachment| file.inline = false;
    message.attachments.iter_mut().for_each(file);
}

/// A mail of Amazon's own.
struct Notice<'m> {
    mail: &'m ParsedMail,
    trust: Trust,
    settings: &'m AmazonSettings,
}

impl Notice<'_> {
    fn event(&self, kind: NoticeKind, event: InboundEvent) -> InboundEvent {
        match kind {
            NoticeKind::NoWork if phrases::asks(&self.mail.subject.to_lowercase()) => self.account_trouble(event),
            NoticeKind::NoWork => InboundEvent::Ignored("amazon_notice"),
            NoticeKind::SentCopy => self.copy(),
            NoticeKind::Undelivered => self.failure(
                "Amazon could not pass on the message. It was kept here; ask Amazon's seller support why.",
                event,
            ),
            NoticeKind::OptedOut => self.failure(OPTED_OUT, event),
            _ => match self.order_news(kind) {
                Some(news) => InboundEvent::Order(news),
                None => self.shown(event),
            },
        }
    }

    /// Amazon shows what it took. Which message it was, it tells by our own id or not at all.
    fn copy(&self) -> InboundEvent {
        let message_ids = self.own_ids();
        if message_ids.is_empty() {
            return InboundEvent::Ignored("copy_of_sent");
        }
        InboundEvent::Status(StatusUpdate {
            message_ids,
            state: DeliveryState::Sent,
            until: None,
            and_before: false,
            reason: None,
            recipients: self.vouched_for(&self.buyers()),
            report: None,
        })
    }

    /// A message of ours did not get through. Where the mail names none, a person looks at it.
    fn failure(&self, words: &str, event: InboundEvent) -> InboundEvent {
        let message_ids = self.own_ids();
        let buyers = self.buyers();
        let is_known = !message_ids.is_empty() && (self.trust == Trust::Proved || !buyers.is_empty());
        let shown = match shown_of(event) {
            Ok(message) => self.as_shown(message, Automatic::AutoReply),
            Err(word) => return InboundEvent::Ignored(word),
        };
        if !is_known {
            return InboundEvent::Message(shown);
        }
        InboundEvent::Status(StatusUpdate {
            message_ids,
            state: DeliveryState::Failed,
            until: None,
            and_before: false,
            reason: Some(words.to_owned()),
            recipients: self.vouched_for(&buyers),
            report: Some(shown),
        })
    }

    /// What the mail says of an order: only where Amazon is proved, for anybody can write that somebody claims money.
    fn order_news(&self, kind: NoticeKind) -> Option<OrderNews> {
        let (what, words) = kind.happening()?;
        let orders = relay::orders_in(&[&self.mail.subject, &self.mail.text]);
        let order_number = orders.first().filter(|_| self.trust == Trust::Proved)?.clone();
        let buyers = self.buyers();
        let thread_id = buyers.first().and_then(|buyer| buyer.case).map(|case| case.to_string());
        Some(OrderNews {
            what,
            due_at: self.due_at(what),
            words: words.to_owned(),
            thread: ThreadHints { thread_id, order_numbers: vec![order_number.clone()], ..ThreadHints::default() },
            order_number,
        })
    }

    fn due_at(&self, what: OrderHappening) -> Option<time::OffsetDateTime> {
        let is_asked = matches!(
            what,
            OrderHappening::CancelRequested | OrderHappening::ReturnOpened | OrderHappening::ClaimOpened
        );
        if !is_asked {
            return None;
        }
        let author = self.mail.author().address.to_lowercase();
        let told = due::told(&self.mail.text, author.ends_with("amazon.com"));
        told.or_else(|| {
            let hours = i64::from(self.settings.claim_hours);
            let counts = what == OrderHappening::ClaimOpened && hours > 0;
            self.mail.date.filter(|_| counts)?.checked_add(Duration::hours(hours))
        })
    }

    /// Something is wrong with the account, as money that is held back: whoever looks after the channel sees it. What anybody can
    /// have written is a mail like others.
    fn account_trouble(&self, event: InboundEvent) -> InboundEvent {
        if self.trust != Trust::Proved {
            return self.shown(event);
        }
        let subject: String = self.mail.subject.trim().chars().take(LONGEST_SUBJECT).collect();
        let words = format!("“{subject}”. Look in Seller Central what Amazon asks for; the mail lies in the mailbox.");
        InboundEvent::Account(AccountNews { what: AccountChange::Warned, words })
    }

    /// The mail as a person sees it; no machine answers it.
    fn shown(&self, event: InboundEvent) -> InboundEvent {
        match shown_of(event) {
            Ok(message) => InboundEvent::Message(self.as_shown(message, Automatic::Bulk)),
            Err(word) => InboundEvent::Ignored(word),
        }
    }

    fn as_shown(&self, mut message: Box<InboundMessage>, automatic: Automatic) -> Box<InboundMessage> {
        if self.trust == Trust::Proved {
            MACHINE.clone_into(&mut message.sender.kind);
            message.thread.thread_id = self.buyers().first().and_then(|buyer| buyer.case).map(|case| case.to_string());
            message.thread.order_numbers = relay::orders_in(&[&self.mail.subject, &self.mail.text]);
        }
        message.automatic = automatic;
        message.trust = self.trust;
        message.reply_to = None;
        message.recipients = Vec::new();
        plain(&mut message);
        message
    }

    /// The buyers that the mail names, in its head or its text.
    fn buyers(&self) -> Vec<Alias> {
        let heads = self.mail.reply_to.iter().chain(&self.mail.to).chain(&self.mail.cc);
        let mut found: Vec<Alias> = heads.filter_map(|mailbox| Alias::read(&mailbox.address, self.settings)).collect();
        for alias in address::in_text(&self.mail.text, self.settings) {
            if !found.iter().any(|known| known.is_of(&alias)) {
                found.push(alias);
            }
        }
        found
    }

    /// The ids of our own mails that this one names, wherever they stand.
    fn own_ids(&self) -> Vec<String> {
        let Some((_, domain)) = self.settings.mail.address.rsplit_once('@') else { return Vec::new() };
        let mark = format!("@{domain}");
        let named = self.mail.in_reply_to.iter().chain(self.mail.references.iter().rev()).map(String::as_str);
        let texts = named.chain([self.mail.text.as_str()]).chain(self.mail.html.as_deref());
        let mut found: Vec<String> = Vec::new();
        for text in texts {
            for (at, _) in text.match_indices(&mark).take(20) {
                let id = at.checked_sub(36).and_then(|from| text.get(from..at)).and_then(|id| Uuid::parse_str(id).ok());
                let id = id.map(|id| format!("{id}{mark}")).filter(|id| !found.contains(id));
                found.extend(id);
            }
        }
        found
    }

    /// Whom a report is for, where anybody could have written it.
    fn vouched_for(&self, buyers: &[Alias]) -> Vec<Identity> {
        if self.trust == Trust::Proved {
            return Vec::new();
        }
        let named = |buyer: &Alias| {
            let identity = buyer.identity();
            [Identity { value: buyer.answer_address(), ..identity.clone() }, identity]
        };
        buyers.iter().flat_map(named).collect()
    }
}
