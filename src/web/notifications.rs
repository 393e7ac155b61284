//! What a teammate should know: the list, and of what they are told by mail.

pub mod read;

use askama::Template;

use crate::inbox::notify::words;
use crate::model::notification::{Notification, NotificationKind};
use crate::web::filters;
use crate::web::page::Page;
use crate::web::parts::{Badge, Empty, When};

/// `GET /notifications`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "notifications/page.html")]
pub struct NotificationsPage {
    page: Page,
    lines: Vec<Line>,
    any_unread: bool,
    empty: Empty,
    wishes: Vec<Wish>,
    /// What keeps mails from leaving, if anything does.
    no_mailbox: bool,
}

#[derive(Debug)]
struct Line {
    href: String,
    icon: &'static str,
    words: String,
    about: String,
    gist: String,
    count: Option<Badge>,
    unread: bool,
    when: When,
}

#[derive(Debug)]
struct Wish {
    name: &'static str,
    label: &'static str,
    chosen: bool,
}

impl NotificationsPage {
    /// The newest, and what is chosen.
    pub fn new(page: Page, all: &[Notification], wishes: &[NotificationKind], has_mailbox: bool) -> Self {
        let line = |one: &Notification| Line {
            href: href_of(one),
            icon: icon(one.kind),
            words: words(one.kind, &one.actor, one.count),
            about: about(one),
            gist: one.gist.clone(),
            count: (one.count > 1 && !several(one)).then(|| Badge::new("", format!("{} times", one.count))),
            unread: one.read_at.is_none(),
            when: When::ago(page.reader, one.created_at),
        };
        let wish = |kind: &NotificationKind| Wish {
            name: kind.as_str(),
            label: wish_word(*kind),
            chosen: wishes.contains(kind),
        };
        Self {
            lines: all.iter().map(line).collect(),
            any_unread: all.iter().any(|one| one.read_at.is_none()),
            empty: Empty::new(
                "Nothing to know.",
                "You hear of mentions, of customers in a chat who wait for a person, of work that is given to you, of what customers write in it, of what wakes or is overdue, of replies that did not arrive, of promises that the shop does not show, and of what you follow.",
            ),
            wishes: NotificationKind::WISHES.iter().map(wish).collect(),
            no_mailbox: !has_mailbox,
            page,
        }
    }
}

fn several(one: &Notification) -> bool {
    one.kind == NotificationKind::AssignedSeveral
}

/// What was given at once stands beside its first one in the list of what is the reader's.
fn href_of(one: &Notification) -> String {
    let list = if several(one) { "?view=mine" } else { "" };
    format!("/conversations/{}{list}", one.number)
}

fn about(one: &Notification) -> String {
    let others = if several(one) { format!(" and {} more", one.count - 1) } else { String::new() };
    format!("#{} · {}{others}", one.number, one.contact_name)
}

fn icon(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Mention => "note",
        NotificationKind::Wanted => "people",
        NotificationKind::Assigned | NotificationKind::AssignedSeveral => "person",
        NotificationKind::Woken => "moon",
        NotificationKind::Overdue => "clock",
        NotificationKind::Unsent => "pause",
        NotificationKind::Unmet => "warn",
        NotificationKind::Answered => "mail",
        NotificationKind::Followed => "eye",
    }
}

fn wish_word(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Mention => "When a note mentions me",
        NotificationKind::Wanted => "When a customer in a chat waits for a person",
        NotificationKind::Assigned | NotificationKind::AssignedSeveral => "When work is given to me",
        NotificationKind::Woken => "When something of mine wakes",
        NotificationKind::Overdue => "When something of mine is overdue",
        NotificationKind::Unsent => "When a reply is held or comes back",
        NotificationKind::Unmet => "When the shop does not show what was promised",
        NotificationKind::Answered => "When a customer writes in something of mine",
        NotificationKind::Followed => "When something that I follow moves",
    }
}
