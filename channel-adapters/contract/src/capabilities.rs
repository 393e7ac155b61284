//! What a connection can do, as data: shown in the composer, obeyed by the agent, checked again before sending.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::contact::{self, Found};
use crate::failure::{ChannelFailure, FailureClass};
pub use crate::files::{AttachmentLimit, FileLimit, FileSort, FileTrouble};
use crate::outbound::{Author, Outbound};

/// How a length limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// Unicode scalar values.
    Characters,
    /// UTF-8 bytes.
    Bytes,
}

/// The most a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LengthLimit {
    /// The greatest allowed count.
    pub most: usize,
    /// What is counted.
    pub unit: LengthUnit,
}

impl LengthLimit {
    /// How much of the limit `text` uses.
    pub fn measure(self, text: &str) -> usize {
        match self.unit {
            LengthUnit::Characters => text.chars().count(),
            LengthUnit::Bytes => text.len(),
        }
    }

    /// Whether `text` fits.
    pub fn allows(self, text: &str) -> bool {
        self.measure(text) <= self.most
    }
}

/// How many buttons a text may have, and how much may stand on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceLimit {
    /// How many.
    pub count: usize,
    /// The most that stands on one.
    pub title: LengthLimit,
}

impl ChoiceLimit {
    /// Whether the buttons of `message` fit.
    pub fn allows(self, message: &Outbound) -> bool {
        message.choices.len() <= self.count && message.choices.iter().all(|choice| self.title.allows(&choice.title))
    }
}

/// Hosts, in lower case, each with all that is below it. Written down, they are a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub enum Hosts {
    /// Those that the adapter knows by itself.
    Known(&'static [&'static str]),
    /// Those of a connection's settings.
    Set(Arc<[String]>),
}

impl Hosts {
    /// None at all.
    pub const NONE: Self = Self::Known(&[]);

    fn list(&self) -> Vec<&str> {
        match self {
            Self::Known(hosts) => hosts.to_vec(),
            Self::Set(hosts) => hosts.iter().map(String::as_str).collect(),
        }
    }
}

impl From<Vec<String>> for Hosts {
    fn from(hosts: Vec<String>) -> Self {
        Self::Set(hosts.into())
    }
}

impl From<Hosts> for Vec<String> {
    fn from(hosts: Hosts) -> Self {
        hosts.list().into_iter().map(str::to_owned).collect()
    }
}

/// What a connection can do. A platform that changes a limit changes data here, not code elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each flag is one independent fact about a platform")]
pub struct Capabilities {
    /// The most text in one message; `None` where the platform sets no limit.
    pub text: Option<LengthLimit>,
    /// The fewest characters that a text has, blanks around it not counted; 0 where a message may do without.
    pub least_text: usize,
    /// Attachments; `None` where none are possible. Their sorts are the adapter's own, and are not written down.
    #[serde(skip)]
    pub attachments: Option<AttachmentLimit>,
    /// Whether none are possible only because the desk has no https address at which the platform could fetch them.
    pub files_need_address: bool,
    /// Whether HTML is kept.
    pub html: bool,
    /// Whether a message has a subject line.
    pub subject: bool,
    /// Whether the platform words the titles of what customers write: such a title is none of the writer's words.
    pub own_titles: bool,
    /// How long after the customer's last message a reply is free; `None` where there is no window.
    pub reply_window: Option<Duration>,
    /// How long what a person has written may leave beyond that, from the same moment, and nothing that a machine wrote,
    /// whoever approved it; `None` where it is not longer.
    pub people_window: Option<Duration>,
    /// Whether only what the customer writes in private opens the thread: what they wrote in public had its one answer.
    pub in_private: bool,
    /// Whether there are templates that may be sent at any time.
    pub templates: bool,
    /// Buttons below a text; `None` where none are possible.
    pub choices: Option<ChoiceLimit>,
    /// Whether the desk may write first.
    pub can_initiate: bool,
    /// Whether the platform tells of each message that it arrived.
    pub delivered_receipts: bool,
    /// Whether the platform tells that a message was read.
    pub read_receipts: bool,
    /// Whether an automatic writer may send here at all.
    pub agent_may_send: bool,
    /// Whether links and contact data are allowed in the text.
    pub links: bool,
    /// Where they are not: the hosts that links may lead to all the same.
    pub link_hosts: Hosts,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl Capabilities {
    /// Of a connection that can do nothing: what one that is broken offers.
    pub const NOTHING: Self = Self {
        text: None,
        least_text: 0,
        attachments: None,
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
        read_receipts: false,
        agent_may_send: false,
        links: false,
        link_hosts: Hosts::NONE,
    };

    /// Refuses what the connection cannot do, before anything is sent: every adapter begins with it.
    pub fn admit(&self, message: &Outbound) -> Result<(), ChannelFailure> {
        let refused = |class, words: &str| Err(ChannelFailure::refused(class, words));
        if self.text.is_some_and(|limit| !limit.allows(&message.text)) {
            return refused(FailureClass::Content, "The text is too long for this channel.");
        }
        if message.template.is_none() && message.text.trim().chars().count() < self.least_text {
            return refused(FailureClass::Content, "The text is too short for this channel.");
        }
        let trouble = |limit: AttachmentLimit| {
            message.attachments.iter().find_map(|file| limit.trouble(&file.content_type, file.content.len()))
        };
        if let Some(trouble) = self.attachments.and_then(trouble) {
            return refused(FailureClass::Content, trouble.words());
        }
        if !message.attachments.is_empty() && !self.attachments.is_some_and(|limit| limit.allows(message)) {
            return refused(FailureClass::Content, "The files are too many or too large for this channel.");
        }
        if !message.choices.is_empty() && !self.choices.is_some_and(|limit| limit.allows(message)) {
            return refused(FailureClass::Content, "The buttons are too many or too long for this channel.");
        }
        if message.template.is_some() && !self.templates {
            return refused(FailureClass::Content, "This channel has no templates.");
        }
        if !message.author.has_a_person() && !self.agent_may_send {
            return refused(FailureClass::Policy, "This channel takes replies from people only.");
        }
        if let Some(found) = self.ways_out(&message.text).first() {
            return refused(FailureClass::Policy, &format!("This channel takes no {}.", found.way.words()));
        }
        let begins = message.in_reply_to.is_none() && message.references.is_empty();
        if begins && !self.can_initiate && message.template.is_none() {
            return refused(FailureClass::Policy, "On this channel the customer writes first.");
        }
        if message.template.is_none() && self.closes_at(message).is_some_and(|end| end <= message.now) {
            return refused(FailureClass::Window, "The time for a reply is over on this channel.");
        }
        Ok(())
    }

    /// The links and contact data in a text that are not allowed here.
    pub fn ways_out(&self, text: &str) -> Vec<Found> {
        if self.links { Vec::new() } else { contact::found(text, &self.link_hosts.list()) }
    }

    /// The same as sentences for whoever writes it. `platform` names it in words for people.
    pub fn objections(&self, text: &str, platform: &str) -> Vec<String> {
        if self.links { Vec::new() } else { contact::objections(text, platform, &self.link_hosts.list()) }
    }

    /// When the window for this message closes; `None` where there is no window, or the desk does not know of a message
    /// of the customer's and the platform decides.
    pub fn closes_at(&self, message: &Outbound) -> Option<OffsetDateTime> {
        let free = self.reply_window?;
        let longest =
            if message.author == Author::Teammate { self.people_window.unwrap_or(free).max(free) } else { free };
        message.last_inbound_at.map(|at| at + longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::{FilledTemplate, OutboundAttachment};

    fn strict() -> Capabilities {
        Capabilities { text: Some(LengthLimit { most: 40, unit: LengthUnit::Bytes }), ..Capabilities::NOTHING }
    }

    fn answer(text: &str) -> Outbound {
        Outbound { text: text.to_owned(), in_reply_to: Some("1".to_owned()), ..Outbound::empty() }
    }

    #[test]
    fn a_text_of_too_few_characters_and_a_file_of_another_kind_are_refused() {
        let sort = &FileSort { words: "pictures", forms: "PNG", types: &["image/png"] };
        let pictures = AttachmentLimit::of([Some(FileLimit { sort, most: 2 }), None, None, None], 3, 4);
        let channel = Capabilities { least_text: 3, attachments: Some(pictures), links: true, ..strict() };
        let file = |content_type: &str, content: &'static str| OutboundAttachment {
            name: "cup".to_owned(),
            content_type: content_type.to_owned(),
            content: content.into(),
        };
        let words = |text: &str, files: &[OutboundAttachment]| {
            let outcome = channel.admit(&Outbound { attachments: files.to_vec(), ..answer(text) });
            outcome.map_err(|failure| (failure.class(), failure.to_string()))
        };
        let refused = |words: &str| Err((FailureClass::Content, words.to_owned()));
        assert_eq!(words(" üü ", &[]), refused("The text is too short for this channel."));
        assert_eq!(words("üüü", &[file("image/png", "xx")]), Ok(()));
        for (odd, trouble) in [
            (file("image/png", ""), FileTrouble::Empty),
            (file("image/png", "xxx"), FileTrouble::Large(FileLimit { sort, most: 2 })),
            (file("image/gif", "x"), FileTrouble::Kind),
        ] {
            assert_eq!(words("üüü", &[odd]), refused(trouble.words()));
        }
    }

    #[test]
    fn what_was_written_down_is_read_again_but_for_files_and_what_nobody_knew_of_is_not_possible() {
        let known = Capabilities {
            links: false,
            link_hosts: Hosts::Known(&["shop.example"]),
            reply_window: Some(Duration::from_hours(24)),
            attachments: Some(AttachmentLimit::any(3, 4)),
            ..strict()
        };
        let read: Capabilities = serde_json::from_value(serde_json::to_value(&known).unwrap()).unwrap();
        let hosts = Hosts::from(vec!["shop.example".to_owned()]);
        assert_eq!(read, Capabilities { link_hosts: hosts, attachments: None, ..known });
        assert_eq!(serde_json::from_str::<Capabilities>("{}").unwrap(), Capabilities::NOTHING);
    }

    #[test]
    fn a_window_is_longer_for_people_and_templates_go_through_it() {
        let windowed = Capabilities {
            reply_window: Some(Duration::from_mins(1)),
            people_window: Some(Duration::from_mins(10)),
            templates: true,
            agent_may_send: true,
            ..strict()
        };
        let at = |seconds: u64, author| Outbound {
            last_inbound_at: Some(OffsetDateTime::UNIX_EPOCH),
            now: OffsetDateTime::UNIX_EPOCH + Duration::from_secs(seconds),
            author,
            ..answer("x")
        };
        let class = |message: &Outbound| windowed.admit(message).err().map(|failure| failure.class());
        assert_eq!(class(&at(59, Author::Agent)), None);
        assert_eq!(class(&at(60, Author::Agent)), Some(FailureClass::Window));
        assert_eq!(class(&at(59, Author::Approved)), None);
        assert_eq!(class(&at(60, Author::Approved)), Some(FailureClass::Window), "a machine wrote it all the same");
        assert_eq!(class(&at(60, Author::Teammate)), None);
        assert_eq!(class(&at(600, Author::Teammate)), Some(FailureClass::Window));
        let template = FilledTemplate {
            name: "late_parcel".to_owned(),
            language: "en".to_owned(),
            places: Vec::new(),
            values: Vec::new(),
        };
        let template = Outbound { template: Some(template), in_reply_to: None, ..at(900, Author::Agent) };
        assert_eq!(class(&template), None);
        assert_eq!(class(&Outbound { last_inbound_at: None, ..at(900, Author::Agent) }), None, "the platform decides");
    }

    #[test]
    fn a_strict_channel_takes_a_short_answer_of_a_person_and_nothing_else() {
        use FailureClass::{Content, Policy};
        assert_eq!(strict().admit(&answer(&"ü".repeat(20))), Ok(()));
        assert_eq!(strict().admit(&Outbound { author: Author::Approved, ..answer("x") }), Ok(()), "a person sends it");
        let file = OutboundAttachment { name: String::new(), content_type: String::new(), content: "x".into() };
        for (message, class) in [
            (answer(&format!("{}x", "ü".repeat(20))), Content),
            (Outbound { attachments: vec![file], ..answer("x") }, Content),
            (Outbound { author: Author::Agent, ..answer("x") }, Policy),
            (Outbound { author: Author::System, ..answer("x") }, Policy),
            (answer("See WWW.shop.example"), Policy),
            (answer("Call 0151/77204421"), Policy),
            (Outbound { in_reply_to: None, ..answer("x") }, Policy),
        ] {
            assert_eq!(strict().admit(&message).map_err(|failure| failure.class()), Err(class), "{message:?}");
        }
        let set: Arc<[String]> = ["shop.example".to_owned()].into();
        for link_hosts in [Hosts::Known(&["shop.example"]), Hosts::Set(set)] {
            let own = Capabilities { link_hosts, ..strict() };
            assert_eq!(own.admit(&answer("See WWW.shop.example")), Ok(()), "a platform's own pages");
            assert!(own.objections("See WWW.shop.example", "It").is_empty());
            assert_eq!(
                own.objections("See https://elsewhere.example/a", "It"),
                ["It takes no links in messages. Leave it out."]
            );
        }
    }
}
