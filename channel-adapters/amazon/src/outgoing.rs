//! An answer to a buyer as a mail through Amazon's relay. Pure.

use channel_contract::capabilities::Capabilities;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::media_type;
use channel_contract::outbound::Outbound;
use uuid::Uuid;

use crate::address::Alias;
use crate::lint::{Allowance, lint};
use crate::relay;
use crate::settings::AmazonSettings;
use crate::token;

/// What is said of whoever is no buyer.
pub(crate) const NOT_A_BUYER: &str =
    "Amazon passes on replies to buyers alone, and whoever wrote this is none. Answer from another mailbox, if at all.";

/// Refuses what Amazon would, before anything leaves.
pub(crate) fn admit(
    message: &Outbound,
    capabilities: &Capabilities,
    settings: &AmazonSettings,
) -> Result<(), ChannelFailure> {
    // First: of contact data it says more than the common rule.
    content(&message.text, settings)?;
    capabilities.admit(message)?;
    if !message.attachments.iter().all(|file| settings.takes(media_type(&file.content_type))) {
        let words = "Amazon takes documents, pictures and texts as files, and nothing else.";
        return Err(ChannelFailure::refused(FailureClass::Content, words));
    }
    Ok(())
}

/// Refuses a text that Amazon forbids, with the reasons.
pub(crate) fn content(text: &str, settings: &AmazonSettings) -> Result<(), ChannelFailure> {
    let objections = objections(text, settings);
    if objections.is_empty() {
        return Ok(());
    }
    Err(ChannelFailure::refused(FailureClass::Policy, objections.join(" ")))
}

/// Why Amazon forbids a text.
pub(crate) fn objections(text: &str, settings: &AmazonSettings) -> Vec<String> {
    let hosts = settings.link_hosts();
    let allowance = Allowance { hosts: &hosts, words: &settings.forbidden_words, emoji: settings.allow_emoji };
    lint(text, &allowance).into_iter().map(|finding| finding.words).collect()
}

/// The mail for the mail adapter: to the buyer's mask with its case, as plain text with the token of what is answered.
pub(crate) fn mail(message: &Outbound, settings: &AmazonSettings) -> Result<Outbound, ChannelFailure> {
    let case = message.thread_id.as_deref().and_then(|thread| Uuid::parse_str(thread).ok());
    let masked = |address: &String| {
        let mut alias = Alias::read(address, settings)?;
        alias.case = alias.case.or(case);
        Some(alias.answer_address())
    };
    let to: Option<Vec<String>> = message.to.iter().map(masked).collect();
    let Some(to) = to.filter(|to| !to.is_empty()) else {
        let words = "This channel writes to buyers on Amazon, and to nobody else.";
        return Err(ChannelFailure::refused(FailureClass::Recipient, words));
    };
    let answers = message.in_reply_to.is_some() || !message.references.is_empty();
    if !answers && relay::orders_in(&[&message.subject, &message.text]).is_empty() {
        let words =
            "Amazon wants the number of the order in a message that answers nothing. Write it into the message.";
        return Err(ChannelFailure::refused(FailureClass::Policy, words));
    }
    let ids = message.references.iter().chain(&message.in_reply_to);
    let token = ids.rev().find_map(|id| token::parted(id).1).filter(|_| settings.keep_token);
    let bare = |id: &String| token::parted(id).0.to_owned();
    Ok(Outbound {
        to,
        text: match token {
            Some(token) => format!("{}\n\n{}", message.text.trim_end(), token::line(token)),
            None => message.text.clone(),
        },
        in_reply_to: message.in_reply_to.as_ref().map(bare),
        references: message.references.iter().map(bare).collect(),
        choices: Vec::new(),
        template: None,
        ..message.clone()
    })
}
