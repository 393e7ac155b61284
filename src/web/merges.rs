//! Two conversations become one, and come apart again.

pub mod merge;

use std::collections::HashMap;

use askama::Template;

use crate::model::channel::is_marketplace;
use crate::model::conversation::Conversation;
use crate::model::merge::{Bar, Inside, bar_between};
use crate::model::{ContactId, ConversationId};
use crate::web::conversations::row::first_filled;
use crate::web::filters;
use crate::web::page::{InboxQuery, Page};
use crate::web::parts::{Notice, When};
use crate::web::words::{channel_icon, channel_kind, on_channel, status_word};

/// `GET /conversations/{number}/merges/new?source=`: which one, and what the merge means.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "merges/new.html")]
pub struct MergePage {
    page: Page,
    /// The conversation in the list that one came from.
    back: String,
    /// That list, as a form of this page names it.
    list: Vec<(String, String)>,
    target: Side,
    source: Option<Side>,
    wanted: String,
    /// What may be meant, where nothing was found yet.
    near: Vec<Choice>,
    missing: Option<Notice>,
    /// Why these two stay apart, and what can be done instead.
    barred: Option<Notice>,
    different: bool,
    /// Whether one of them is on a marketplace, which hears nothing of the other.
    is_contained: bool,
}

/// What was found for the page.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The conversation that was asked for, with what keeps it from being merged.
    pub source: Option<(&'a Conversation, Option<Bar>)>,
    /// All names of the customer.
    pub names: &'a [ContactId],
    /// Conversations that may be meant.
    pub near: &'a [Conversation],
    /// What is in those, and in the one that the page is about.
    pub inside: &'a HashMap<ConversationId, Inside>,
}

impl Found<'_> {
    /// What may be meant and can be merged, what is about the same order first.
    fn choices(&self, page: &Page, target: &Conversation, list: &InboxQuery) -> Vec<Choice> {
        let inside = |talk: &Conversation| self.inside.get(&talk.id).copied().unwrap_or_default();
        let choice = |other: &Conversation| {
            let of_one = self.names.contains(&other.contact_id);
            let turned = match bar_between(inside(other), inside(target), of_one) {
                None => false,
                Some(Bar::ChatStays) => true,
                Some(Bar::BothStay | Bar::Stranger | Bar::Others) => return None,
            };
            let (into, source) = if turned { (other.number, target.number) } else { (target.number, other.number) };
            let about_order = !of_one || (target.order_number.is_some() && other.order_number == target.order_number);
            Some(Choice {
                side: Side::new(page, other),
                href: format!("/conversations/{into}/merges/new?source={source}&{}", list.encoded()),
                turned,
                about_order,
                why: match (of_one, about_order) {
                    (true, true) => "the same customer and order",
                    (true, false) => "the same customer",
                    (false, _) => "about the same order",
                },
            })
        };
        let mut choices: Vec<Choice> = self.near.iter().filter_map(choice).collect();
        choices.sort_by_key(|choice| !choice.about_order);
        choices
    }
}

/// A conversation that may be meant.
#[derive(Debug)]
struct Choice {
    side: Side,
    /// Where both stand beside each other.
    href: String,
    /// Whether this one goes into it, and not it into this one.
    turned: bool,
    about_order: bool,
    why: &'static str,
}

#[derive(Debug)]
struct Side {
    number: i64,
    title: String,
    who: String,
    how: &'static str,
    icon: &'static str,
    status: &'static str,
    when: When,
}

impl Side {
    fn new(page: &Page, talk: &Conversation) -> Self {
        let kind = channel_kind(&talk.channel_kind);
        Self {
            number: talk.number,
            title: first_filled(&talk.subject, &talk.gist).to_owned(),
            who: talk.contact_name.clone(),
            how: on_channel(kind),
            icon: channel_icon(kind),
            status: status_word(talk.status),
            when: When::ago(page.reader, talk.last_message_at),
        }
    }
}

impl MergePage {
    /// The page of a conversation; `wanted` is what was asked for.
    pub fn new(page: Page, target: &Conversation, wanted: &str, found: Found<'_>) -> Self {
        let (source, bar) = found.source.unzip();
        let bar = bar.flatten();
        let of_one = source.is_some_and(|talk| found.names.contains(&talk.contact_id));
        let list = page.inbox.clone().unwrap_or_default();
        let missing = (source.is_none() && !wanted.trim().is_empty()).then(|| {
            let words = "Check the number; only conversations of the same brand can be merged.";
            Notice::warn(format!("There is no conversation “{}” to merge.", wanted.trim()), words)
        });
        Self {
            target: Side::new(&page, target),
            source: source.map(|talk| Side::new(&page, talk)),
            wanted: wanted.trim().to_owned(),
            near: found.choices(&page, target, &list),
            missing,
            barred: source.zip(bar).map(|(source, bar)| barred(target, source, bar, &list)),
            different: source.is_some() && !of_one,
            is_contained: [Some(target), source].into_iter().flatten().any(is_on_marketplace),
            back: list.conversation_href(target.number),
            list: url::form_urlencoded::parse(list.encoded().as_bytes()).into_owned().collect(),
            page,
        }
    }
}

fn is_on_marketplace(talk: &Conversation) -> bool {
    is_marketplace(channel_kind(&talk.channel_kind))
}

fn barred(target: &Conversation, source: &Conversation, bar: Bar, list: &InboxQuery) -> Notice {
    let notice = Notice::warn("These two stay apart.", bar.words());
    let (number, other) = (target.number, source.number);
    match bar {
        Bar::ChatStays => {
            let turned = format!("/conversations/{other}/merges/new?source={number}&{}", list.encoded());
            notice.with_link(format!("Merge #{number} into #{other}"), turned)
        }
        Bar::BothStay | Bar::Stranger | Bar::Others => {
            notice.with_link(format!("Open #{other}"), list.conversation_href(other))
        }
    }
}
