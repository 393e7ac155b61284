//! What was read, as events of the contract. Pure.

use channel_contract::inbound::{
    AccountChange, AccountNews, Automatic, Changed, Choice, Identity, Inbound, InboundEvent, InboundMessage,
    MessageChange, StatusUpdate, ThreadHints, Trust, Watermark, Writer,
};
use channel_contract::outbound::DeliveryState;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::comments::{COMMENT, private};
use crate::read::{CommentState, Commented, Enforced, Event, Reached, Said, What};
use crate::settings::{MetaSettings, Network};
use crate::wire::{Control, Referral};
use crate::{files, moment, words};

const OTHER_ACCOUNT: &str = "for_another_account";
const STANDBY: &str = "(Another program answers in this conversation at the moment.)";
const NOTHING: &str = "an_event_without_use";

/// The events of one thing that happened: several where it is about several messages.
pub(crate) fn inbound(settings: &MetaSettings, event: Event) -> Vec<Inbound> {
    let (key, at) = (event.key.clone(), event.at);
    let one = |event| vec![Inbound { external_id: key.clone(), occurred_at: at, event }];
    if !is_ours(settings, &event) {
        return one(InboundEvent::Ignored(OTHER_ACCOUNT));
    }
    let sides = Sides::of(settings, &event);
    match event.what {
        What::Said(said) if said.is_echo => one(echo(settings, &sides, *said)),
        What::Said(said) => one(InboundEvent::Message(Box::new(message(settings, &sides, *said)))),
        What::Deleted { mid, is_echo } => one(change(mid, (!is_echo).then(|| sides.customer()), Changed::Deleted)),
        What::Pressed { mid, title, payload, referral } => {
            let said = Said { mid, text: title, choice: Some(payload), referral, ..Said::default() };
            one(InboundEvent::Message(Box::new(message(settings, &sides, said))))
        }
        What::Reacted { mid, sign, is_off } => {
            let what = if is_off { Changed::Unreacted } else { Changed::Reacted(sign) };
            one(change(mid, (!sides.is_own).then(|| sides.customer()), what))
        }
        What::Edited { mid, text } => {
            one(change(mid, (!sides.is_own).then(|| sides.customer()), Changed::Edited(text)))
        }
        What::Delivered(reached) => statuses(&sides, DeliveryState::Delivered, &reached, &key, at),
        What::Read(reached) => statuses(&sides, DeliveryState::Read, &reached, &key, at),
        What::Commented(commented) => one(comment(settings, &sides, commented)),
        What::Passed(control) | What::Taken(control) => one(owned_by(settings, &control)),
        What::Requested => one(news(AccountChange::Note, "Another program asks for a conversation of this account.")),
        What::Enforced(Enforced::Blocked) => {
            let words = "Meta blocks this account from sending. Look into the account's support inbox at Meta.";
            one(news(AccountChange::Suspended, words))
        }
        What::Enforced(Enforced::Unblocked) => {
            one(news(AccountChange::Restored, "Meta blocks this account no longer."))
        }
        What::Enforced(Enforced::Other) => {
            let words = "Meta applied one of its rules to this account. Look into the account's support inbox at Meta.";
            one(news(AccountChange::Note, words))
        }
        What::Templates => one(news(AccountChange::Templates, "A template of this account has changed at Meta.")),
        What::Referred(Referral { .. }) => one(InboundEvent::Ignored("a_way_in")),
        What::OptedIn => one(InboundEvent::Ignored("an_agreement")),
        What::Other(_) => one(InboundEvent::Ignored(NOTHING)),
    }
}

/// Whose entry it is decides: our account may write to another one of the same app. Where none is named, one of the sides
/// has to be ours.
fn is_ours(settings: &MetaSettings, event: &Event) -> bool {
    let is_own = match event.account.as_str() {
        "" => settings.is_own(&event.sender) || settings.is_own(&event.recipient),
        account => settings.is_own(account),
    };
    is_own && event.network == settings.network
}

/// Who is on which side.
struct Sides {
    network: Network,
    /// The account, by the id that the event gives it.
    account: String,
    customer: String,
    /// Whether the account did it.
    is_own: bool,
    /// Whether another program answers here at the moment.
    standby: bool,
}

impl Sides {
    fn of(settings: &MetaSettings, event: &Event) -> Self {
        let is_echo = matches!(&event.what, What::Said(said) if said.is_echo);
        let is_own = is_echo || settings.is_own(&event.sender);
        let customer = if is_own && !settings.is_own(&event.recipient) { &event.recipient } else { &event.sender };
        Self {
            network: settings.network,
            account: settings.account().to_owned(),
            customer: customer.clone(),
            is_own,
            standby: event.standby,
        }
    }

    fn customer(&self) -> Identity {
        identity(self.network, &self.customer)
    }

    fn thread(&self) -> Option<String> {
        (!self.customer.is_empty()).then(|| private(&self.account, &self.customer))
    }
}

/// What people are called there by an id of the account's own.
pub(crate) fn kind_of(network: Network) -> &'static str {
    match network {
        Network::Messenger => "messenger_user",
        Network::Instagram => "instagram_user",
    }
}

/// Somebody by such an id.
pub(crate) fn identity(network: Network, id: &str) -> Identity {
    Identity { kind: kind_of(network).to_owned(), value: id.to_owned() }
}

/// What a customer wrote or pressed.
fn message(settings: &MetaSettings, sides: &Sides, said: Said) -> InboundMessage {
    let visible_text = words::visible(&said, settings.network);
    let before: Vec<String> =
        words::context(&said).into_iter().chain(sides.standby.then(|| STANDBY.to_owned())).collect();
    let text = below(&before.join("\n"), &visible_text);
    let choice = said.choice.clone().map(|payload| Choice { title: said.text.clone(), payload });
    let parts = said.parts.iter();
    let mut attachments: Vec<_> =
        parts.filter_map(|part| Some(files::elsewhere(&part.what, words::address(part)?))).collect();
    if let Some(story) = said.story.as_deref().filter(|address| !address.is_empty()) {
        attachments.push(files::elsewhere("story", story));
    }
    let sender = sides.customer();
    InboundMessage {
        writer: Writer::Contact,
        trust: if sender.value.is_empty() { Trust::Claimed } else { Trust::Proved },
        sender,
        also_known_as: Vec::new(),
        sender_name: String::new(),
        recipients: Vec::new(),
        thread: ThreadHints {
            message_ids: said.reply_to.into_iter().collect(),
            thread_id: sides.thread(),
            is_elsewhere: sides.standby,
            ..ThreadHints::default()
        },
        own_ids: Some(said.mid).filter(|mid| !mid.is_empty()).into_iter().collect(),
        subject: String::new(),
        text,
        visible_text,
        only_quoted: false,
        html: None,
        choice,
        attachments,
        automatic: Automatic::No,
        reply_to: None,
        loop_marks: Vec::new(),
    }
}

fn below(before: &str, text: &str) -> String {
    if before.is_empty() || text.is_empty() { format!("{before}{text}") } else { format!("{before}\n\n{text}") }
}

/// What the account wrote: by the desk, which knows it by its command, or in another client.
fn echo(settings: &MetaSettings, sides: &Sides, said: Said) -> InboundEvent {
    let is_of_our_app = said.app_id.is_empty() || settings.app_id.is_empty() || said.app_id == settings.app_id;
    if let (true, Ok(command)) = (is_of_our_app, said.metadata.parse::<Uuid>()) {
        let ids = [said.mid, command.to_string()];
        return InboundEvent::Status(StatusUpdate {
            message_ids: ids.into_iter().filter(|id| !id.is_empty()).collect(),
            state: DeliveryState::Sent,
            until: None,
            and_before: false,
            reason: None,
            recipients: Vec::new(),
            report: None,
        });
    }
    if !said.app_id.is_empty() && said.app_id == settings.app_id {
        return InboundEvent::Ignored("own_message");
    }
    let written = message(settings, sides, said);
    InboundEvent::Message(Box::new(InboundMessage {
        writer: Writer::Teammate,
        sender: identity(sides.network, &sides.account),
        recipients: Some(sides.customer()).filter(|to| !to.value.is_empty()).into_iter().collect(),
        trust: Trust::Proved,
        ..written
    }))
}

fn change(mid: String, by: Option<Identity>, what: Changed) -> InboundEvent {
    InboundEvent::Change(MessageChange { message_ids: vec![mid], by, what })
}

/// One report a message; one for all where only a moment is told.
fn statuses(
    sides: &Sides,
    state: DeliveryState,
    reached: &Reached,
    key: &str,
    at: Option<OffsetDateTime>,
) -> Vec<Inbound> {
    let status = |message_ids: Vec<String>, until| {
        InboundEvent::Status(StatusUpdate {
            // Who has read a message has read what stands above it.
            and_before: state == DeliveryState::Read && !message_ids.is_empty(),
            message_ids,
            state,
            until,
            reason: None,
            recipients: Vec::new(),
            report: None,
        })
    };
    let word = if state == DeliveryState::Read { "read" } else { "delivered" };
    if !reached.mids.is_empty() {
        let one = |mid: &String| Inbound {
            external_id: format!("{word}:{mid}"),
            occurred_at: at,
            event: status(vec![mid.clone()], None),
        };
        return reached.mids.iter().map(one).collect();
    }
    let Some(until) = reached.watermark.as_ref().and_then(moment::of).filter(|_| !sides.customer.is_empty()) else {
        return vec![Inbound { external_id: key.to_owned(), occurred_at: at, event: InboundEvent::Ignored(NOTHING) }];
    };
    let external_id = format!("{word}:{}:{}", sides.customer, until.unix_timestamp_nanos());
    let watermark = Watermark { recipient: sides.customer(), at: until };
    vec![Inbound { external_id, occurred_at: at.or(Some(until)), event: status(Vec::new(), Some(watermark)) }]
}

/// Words below something public: a conversation of its own, whose first answer is a private one.
fn comment(settings: &MetaSettings, sides: &Sides, commented: Commented) -> InboundEvent {
    let Commented { id, name, text, state, .. } = commented;
    if sides.is_own {
        return InboundEvent::Ignored("own_comment");
    }
    let by = Some(sides.customer()).filter(|customer| !customer.value.is_empty());
    match state {
        CommentState::Edited => return change(id, by, Changed::Edited(text)),
        CommentState::Removed => return change(id, by, Changed::Deleted),
        CommentState::Written => {}
    }
    let thread_id = (!id.is_empty()).then(|| format!("{COMMENT}{id}"));
    let written = message(settings, sides, Said { mid: id, text, ..Said::default() });
    InboundEvent::Message(Box::new(InboundMessage {
        sender_name: name,
        text: below("(A public comment. An answer from here goes to its writer in private.)", &written.visible_text),
        thread: ThreadHints { thread_id, ..ThreadHints::default() },
        ..written
    }))
}

fn owned_by(settings: &MetaSettings, control: &Control) -> InboundEvent {
    let is_ours = !settings.app_id.is_empty() && control.new_owner_app_id.as_str() == settings.app_id;
    if is_ours {
        return InboundEvent::Ignored("given_to_the_desk");
    }
    let words = "Another program answers in a conversation of this account from now on. What the customer writes there \
                 still comes in, and replies of the desk are refused until the conversation is given back.";
    news(AccountChange::Note, words)
}

fn news(what: AccountChange, words: &str) -> InboundEvent {
    InboundEvent::Account(AccountNews { what, words: words.to_owned() })
}
