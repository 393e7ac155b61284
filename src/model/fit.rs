//! What is wrong with a reply before it leaves, each in a sentence that says what to do. One place for the composer, the
//! forms, programs, the agent and the last look before it is handed over. Pure.

mod files;

use channel_contract::capabilities::LengthUnit;
pub use channel_contract::outbound::Author;
use channel_contract::template::FileCount;

use super::Ts;
use super::attachment::FileFacts;
use super::buttons;
use super::channel::{Capabilities, ChannelKind, name_of};
use super::window::{Opening, Spans, Window};

pub use files::FileRules;

/// Where a reply is to leave.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The kind of the channel.
    pub kind: ChannelKind,
    /// What it can do.
    pub capabilities: Capabilities,
    /// When the customer wrote last on it.
    pub last_inbound_at: Option<Ts>,
    /// Why nothing reaches whoever is to be answered, as its adapter says; `None` where it does.
    pub unreached: Option<&'static str>,
    /// Now.
    pub now: Ts,
}

/// What is to leave.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'a> {
    /// The text; of a template what it says when it is filled.
    pub text: &'a str,
    /// Its files.
    pub files: &'a [FileFacts<'a>],
    /// The buttons below it.
    pub choices: &'a [String],
    /// Who wrote it, or says yes to it.
    pub author: Author,
    /// How many files go with the template of the platform's that it is; `None` where it is none.
    pub template: Option<FileCount>,
    /// What the platform's rules forbid in it, as its adapter says.
    pub objections: &'a [String],
}

impl Ground {
    /// Until when it can be answered on, counted from what the customer wrote last on it; `None` where that is nothing.
    pub fn window(&self) -> Option<Window> {
        self.last_inbound_at.map(|last| Spans::of(&self.capabilities, None).after(last))
    }

    /// How its window stands.
    pub fn opening(&self) -> Opening {
        self.window().map_or(Opening::Always, |window| window.opening(self.now))
    }

    /// Whether the one private answer to what a customer wrote in public has left, and they have not answered it yet.
    pub fn waits_for_them(&self) -> bool {
        self.capabilities.in_private && self.last_inbound_at.is_none()
    }

    /// Whether no text leaves now, whoever wrote it, and a template does.
    pub fn takes_templates_only(&self) -> bool {
        self.unreached.is_none() && self.capabilities.templates && closed(self, Author::Teammate).is_some()
    }
}

/// What is wrong with it, the weightiest first; nothing where it can leave.
pub fn misfits(ground: &Ground, leaving: &Leaving<'_>) -> Vec<String> {
    let (name, capabilities) = (name_of(ground.kind), &ground.capabilities);
    let files = FileRules::of(capabilities).wrong_with(leaving.files);
    let mut found = Vec::new();
    if !leaving.author.has_a_person() && !capabilities.agent_may_send {
        found.push(format!("{name} takes replies from people only. A person has to send it."));
    }
    if let Some(count) = leaving.template {
        if !capabilities.templates {
            found.push(format!("{name} has no templates here. Write a text instead."));
        }
        found.extend(counted(count, leaving.files.len()));
        found.extend(files.filter(|_| count.most > 0));
        if !leaving.choices.is_empty() {
            found.push("A template takes no buttons beside its own. Leave them out.".to_owned());
        }
    } else {
        found.extend(closed(ground, leaving.author));
        found.extend(files);
    }
    found.extend(content(ground, leaving));
    found
}

/// What is wrong with so many files beside a template.
fn counted(FileCount { least, most }: FileCount, given: usize) -> Option<String> {
    if given > most {
        return Some(match most {
            0 => "A template takes no files. Remove them, or send them by themselves.".to_owned(),
            1 => "One file goes with this template. Remove the others.".to_owned(),
            _ => format!("At most {most} files go with this template. Remove some."),
        });
    }
    (given < least).then(|| match least {
        1 => "This template needs a file. Attach it.".to_owned(),
        _ => format!("This template needs {least} files at least. Attach them."),
    })
}

/// What is wrong with its words and its buttons alone, whenever it leaves.
pub fn content(ground: &Ground, leaving: &Leaving<'_>) -> Vec<String> {
    let (name, limit) = (name_of(ground.kind), ground.capabilities.choices);
    let choices = buttons::misfit(leaving.choices, limit, name).filter(|_| leaving.template.is_none());
    let length = too_long(ground, leaving.text).or_else(|| too_short(ground, leaving));
    length.into_iter().chain(choices).chain(leaving.objections.iter().cloned()).collect()
}

/// Why a person cannot put a sign on a message of the customer's now, or take it off (`""`). A sign needs the time in which
/// anybody may answer: it cannot say that a person put it.
pub fn sign_misfit(ground: &Ground, signs: &[&str], sign: &str) -> Option<String> {
    let name = name_of(ground.kind);
    if signs.is_empty() {
        return Some(format!("{name} takes no signs on this message."));
    }
    if !sign.is_empty() && !signs.contains(&sign) {
        return Some(format!("This sign cannot be put on a message on {name}."));
    }
    if ground.waits_for_them() {
        return Some(format!("{name} takes signs once the customer has written in private."));
    }
    match ground.opening() {
        Opening::Always | Opening::Anybody(_) => None,
        Opening::People(_) | Opening::Closed(_) => Some(format!("The time for a sign on {name} is over.")),
    }
}

/// Why no text can leave now, whatever it says.
pub fn closed(ground: &Ground, author: Author) -> Option<String> {
    if let Some(words) = ground.unreached {
        return Some(words.to_owned());
    }
    let (name, capabilities) = (name_of(ground.kind), &ground.capabilities);
    let way = if capabilities.templates {
        "Send a template, or wait until the customer writes."
    } else {
        "It opens again when the customer writes."
    };
    if ground.waits_for_them() {
        return Some(format!(
            "{name} takes one private answer to a public comment, and it has left. The next one can leave when its writer has \
             answered it."
        ));
    }
    if ground.last_inbound_at.is_none() && !capabilities.can_initiate {
        let or = if capabilities.templates { ", or you send a template" } else { "" };
        return Some(format!("On {name} the customer writes first{or}."));
    }
    match ground.opening() {
        Opening::Always | Opening::Anybody(_) => None,
        Opening::People(_) if author == Author::Teammate => None,
        Opening::People(_) => Some(format!(
            "On {name} only a person may answer by now, in words of their own. Edit what a machine wrote, or write the reply \
             yourself."
        )),
        Opening::Closed(_) => Some(format!("The time for a reply on {name} is over. {way}")),
    }
}

fn too_long(ground: &Ground, text: &str) -> Option<String> {
    let limit = ground.capabilities.text.filter(|limit| !limit.allows(text))?;
    let (length, most, name) = (limit.measure(text), limit.most, name_of(ground.kind));
    Some(match limit.unit {
        LengthUnit::Characters => {
            format!("The reply has {length} of at most {most} characters on {name}. Shorten it.")
        }
        LengthUnit::Bytes => format!(
            "The reply has {length} of at most {most} bytes on {name}, where letters with accents and signs count more. \
             Shorten it."
        ),
    })
}

fn too_short(ground: &Ground, leaving: &Leaving<'_>) -> Option<String> {
    let least = ground.capabilities.least_text;
    let is_short = leaving.template.is_none() && leaving.text.trim().chars().count() < least;
    is_short.then(|| format!("This channel takes replies of at least {least} characters. Write a little more."))
}

/// The contact data in the agent's words that a channel without links does not take. Links to the hosts of its capabilities
/// pass.
pub fn contact_data(ground: &Ground, text: &str) -> Vec<String> {
    ground.capabilities.objections(text, name_of(ground.kind))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use channel_contract::capabilities::{AttachmentLimit, ChoiceLimit, FileLimit, FileSort, Hosts, LengthLimit};

    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn ground(kind: ChannelKind, hours: i64) -> Ground {
        let capabilities = Capabilities {
            text: Some(LengthLimit { most: 10, unit: LengthUnit::Characters }),
            reply_window: Some(Duration::from_hours(24)),
            agent_may_send: true,
            links: true,
            ..Capabilities::NOTHING
        };
        Ground { kind, capabilities, last_inbound_at: Some(Ts(0)), unreached: None, now: Ts(hours * HOUR) }
    }

    fn with(ground: &Ground, change: impl FnOnce(&mut Capabilities)) -> Ground {
        let mut changed = ground.clone();
        change(&mut changed.capabilities);
        changed
    }

    fn leaving(text: &str, author: Author) -> Leaving<'_> {
        Leaving { text, files: &[], choices: &[], author, template: None, objections: &[] }
    }

    fn words(ground: &Ground, leaving: &Leaving<'_>) -> String {
        misfits(ground, leaving).join(" ")
    }

    #[test]
    fn what_counts_is_what_the_platform_counts() {
        let open = ground(ChannelKind::Sms, 1);
        assert_eq!(words(&open, &leaving(&"ü".repeat(10), Author::Teammate)), "");
        let long = words(&open, &leaving(&"ü".repeat(11), Author::Teammate));
        assert_eq!(long, "The reply has 11 of at most 10 characters on SMS. Shorten it.");
        let bytes = |capabilities: &mut Capabilities| {
            capabilities.text = Some(LengthLimit { most: 10, unit: LengthUnit::Bytes });
        };
        let counted = with(&ground(ChannelKind::Instagram, 1), bytes);
        assert_eq!(words(&counted, &leaving(&"ü".repeat(5), Author::Teammate)), "");
        assert!(words(&counted, &leaving(&"ü".repeat(6), Author::Teammate)).contains("12 of at most 10 bytes"));
    }

    #[test]
    fn a_closed_window_says_what_is_left() {
        let closed = ground(ChannelKind::Whatsapp, 24);
        let text = leaving("Hi", Author::Teammate);
        assert_eq!(
            words(&closed, &text),
            "The time for a reply on WhatsApp is over. It opens again when the customer writes."
        );
        let with_templates = with(&closed, |capabilities| capabilities.templates = true);
        assert!(words(&with_templates, &text).ends_with("Send a template, or wait until the customer writes."));
        assert_eq!(words(&with_templates, &Leaving { template: Some(FileCount::default()), ..text }), "");
        assert!(words(&closed, &Leaving { template: Some(FileCount::default()), ..text }).contains("has no templates"));
        assert!(with_templates.takes_templates_only() && !closed.takes_templates_only());
        let open = Ground { now: Ts(HOUR), ..with_templates.clone() };
        assert!(!open.takes_templates_only(), "a text leaves");
        let first = Ground { last_inbound_at: None, ..with_templates };
        assert_eq!(words(&first, &text), "On WhatsApp the customer writes first, or you send a template.");
        assert_eq!(words(&with(&first, |capabilities| capabilities.can_initiate = true), &text), "");
    }

    #[test]
    fn who_is_not_reached_is_answered_by_nobody_and_no_template_stands_in() {
        let with_templates = with(&ground(ChannelKind::Amazon, 1), |capabilities| capabilities.templates = true);
        let stranger = Ground { unreached: Some("They are no buyer."), ..with_templates };
        for author in [Author::Teammate, Author::Approved, Author::Agent, Author::System] {
            assert_eq!(words(&stranger, &leaving("Hi", author)), "They are no buyer.", "{author:?}");
        }
        assert!(!stranger.takes_templates_only());
    }

    #[test]
    fn a_person_may_answer_for_longer_than_the_agent() {
        let longer = |capabilities: &mut Capabilities| capabilities.people_window = Some(Duration::from_hours(168));
        let people = with(&ground(ChannelKind::Messenger, 25), longer);
        assert_eq!(words(&people, &leaving("Hi", Author::Teammate)), "");
        for machine in [Author::Agent, Author::System, Author::Approved] {
            let refused = words(&people, &leaving("Hi", machine));
            assert!(refused.contains("only a person may answer") && refused.contains("Edit"), "{machine:?}: {refused}");
        }
        let early = Ground { now: Ts(HOUR), ..people };
        assert_eq!(words(&early, &leaving("Hi", Author::Approved)), "", "before that a person says yes to it");
        let alone = with(&ground(ChannelKind::Ebay, 1), |capabilities| capabilities.agent_may_send = false);
        assert!(words(&alone, &leaving("Hi", Author::System)).contains("from people only"));
        assert_eq!(words(&alone, &leaving("Hi", Author::Approved)), "", "a person sends it");
    }

    #[test]
    fn behind_the_answer_to_a_comment_its_writer_is_waited_for() {
        let private = with(&ground(ChannelKind::Messenger, 1), |capabilities| capabilities.in_private = true);
        assert_eq!(words(&private, &leaving("Hi", Author::Agent)), "", "they have answered in private");
        let waits = Ground { last_inbound_at: None, ..private.clone() };
        for author in [Author::Teammate, Author::Approved, Author::Agent, Author::System] {
            let refused = words(&waits, &leaving("Hi", author));
            assert!(refused.starts_with("Messenger takes one private answer to a public comment"), "{refused}");
        }
        assert!(sign_misfit(&waits, &["❤️"], "❤️").is_some() && sign_misfit(&private, &["❤️"], "❤️").is_none());
    }

    #[test]
    fn buttons_go_where_there_are_any_and_never_with_a_template() {
        let yes = ["Yes".to_owned()];
        let asks = Leaving { choices: &yes, ..leaving("Sure?", Author::Teammate) };
        let without = ground(ChannelKind::Whatsapp, 1);
        assert!(words(&without, &asks).contains("WhatsApp has no buttons here"));
        let has_them = with(&without, |capabilities| {
            let title = LengthLimit { most: 20, unit: LengthUnit::Characters };
            capabilities.choices = Some(ChoiceLimit { count: 1, title });
            capabilities.templates = true;
        });
        assert_eq!(words(&has_them, &asks), "");
        assert!(
            words(&has_them, &Leaving { template: Some(FileCount::default()), ..asks })
                .contains("takes no buttons beside its own")
        );
        let late = Ground { now: Ts(24 * HOUR), ..has_them };
        assert!(words(&late, &asks).contains("The time for a reply on WhatsApp is over"), "no way round the window");
    }

    #[test]
    fn a_sign_needs_the_window_and_a_channel_that_takes_it() {
        let longer = |capabilities: &mut Capabilities| capabilities.people_window = Some(Duration::from_hours(168));
        let wrong = |hours: i64, signs: &[&str], sign: &str| {
            sign_misfit(&with(&ground(ChannelKind::Instagram, hours), longer), signs, sign).unwrap_or_default()
        };
        assert_eq!((wrong(1, &["❤️"], "❤️"), wrong(1, &["❤️"], "")), (String::new(), String::new()));
        assert!(wrong(1, &[], "❤️").contains("takes no signs"));
        assert!(wrong(1, &["❤️"], "👍").contains("cannot be put"));
        assert!(wrong(25, &["❤️"], "").contains("is over"), "not even by a person");
    }

    #[test]
    fn what_is_forbidden_says_the_adapter_alone() {
        let shut = with(&ground(ChannelKind::Amazon, 1), |capabilities| {
            capabilities.links = false;
            capabilities.text = None;
        });
        let link = leaving("See www.shop.example/a", Author::Teammate);
        assert_eq!(words(&shut, &link), "", "which links a marketplace takes, its adapter knows");
        assert_eq!(contact_data(&shut, link.text), ["Amazon takes no links in messages. Leave it out."]);
        let market = Ground { kind: ChannelKind::Ebay, ..shut.clone() };
        assert_eq!(contact_data(&market, link.text), ["eBay takes no links in messages. Leave it out."]);
        let set = || Hosts::Set(["shop.example".to_owned()].into());
        let own = with(&market, |capabilities| capabilities.link_hosts = set());
        assert_eq!(contact_data(&own, link.text), Vec::<String>::new(), "the platform's own pages");
        let said = ["Amazon forbids this.".to_owned()];
        assert_eq!(words(&shut, &Leaving { objections: &said, ..link }), "Amazon forbids this.");
    }

    #[test]
    fn a_file_that_is_not_taken_is_named_with_the_limit_and_what_to_do() {
        static PICTURES: FileSort =
            FileSort { words: "pictures", forms: "JPEG, PNG", types: &["image/jpeg", "image/png"] };
        static PDF: FileSort = FileSort { words: "PDF", forms: "", types: &["application/pdf"] };
        let sorts = [(&PICTURES, 5_000_000), (&PDF, 9_000_000)].map(|(sort, most)| Some(FileLimit { sort, most }));
        let [pictures, pdf] = sorts;
        let whatsapp = with(&ground(ChannelKind::Whatsapp, 1), |capabilities| {
            capabilities.attachments = Some(AttachmentLimit::of([pictures, pdf, None, None], 10, 9_000_000));
        });
        let said = |content_type, size| {
            let good = FileFacts { name: "good.pdf", content_type: "application/pdf", size: 1 };
            let odd = FileFacts { name: "cup", content_type, size };
            words(&whatsapp, &Leaving { files: &[good, odd], ..leaving("Hi", Author::Teammate) })
        };
        assert_eq!(said("image/png", 5_000_000), "");
        assert_eq!(
            said("image/png", 6_000_000),
            "“cup” cannot go with it. It has 6.0 MB, and this channel takes pictures up to 5 MB. Make it smaller, or put a \
             link into the text."
        );
        assert_eq!(
            said("image/gif", 1),
            "“cup” cannot go with it. This channel takes only these files: pictures (JPEG, PNG), PDF. Save it as one of \
             them, or put a link into the text."
        );
        assert!(said("image/png", 0).contains("“cup” cannot go with it. It is empty"));
    }

    #[test]
    fn a_template_takes_as_many_files_as_it_says() {
        let amazon = with(&ground(ChannelKind::Amazon, 1), |capabilities| {
            capabilities.templates = true;
            capabilities.attachments = Some(AttachmentLimit::any(9, 1_000));
        });
        let file = FileFacts { name: "a.pdf", content_type: "application/pdf", size: 400 };
        let said = |least, most, files: &[FileFacts<'_>]| {
            let template = Some(FileCount { least, most });
            words(&amazon, &Leaving { files, template, ..leaving("Invoice", Author::Teammate) })
        };
        assert_eq!((said(1, 5, &[file]), said(0, 5, &[])), (String::new(), String::new()));
        assert_eq!(said(1, 5, &[]), "This template needs a file. Attach it.");
        assert_eq!(said(1, 1, &[file; 2]), "One file goes with this template. Remove the others.");
        assert_eq!(said(0, 0, &[file]), "A template takes no files. Remove them, or send them by themselves.");
        let many = said(1, 2, &[file; 3]);
        assert!(many.starts_with("At most 2 files go with this template.") && many.contains("at most 1 kB"), "{many}");
    }

    #[test]
    fn a_text_has_a_least_length_where_the_platform_asks_for_one() {
        let mirakl = with(&ground(ChannelKind::Mirakl, 1), |capabilities| capabilities.least_text = 3);
        let short = "This channel takes replies of at least 3 characters. Write a little more.";
        assert_eq!(words(&mirakl, &leaving(" üü\n", Author::Teammate)), short);
        assert_eq!(words(&mirakl, &leaving("üüü", Author::Teammate)), "");
    }
}
