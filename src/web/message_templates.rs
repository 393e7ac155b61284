//! Templates that a platform has approved, beside the conversation in which one of them is sent.

pub mod send;

use askama::Template;
use channel_contract::capabilities::AttachmentLimit;
use channel_contract::template::{Holds, Template as Approved};

use crate::inbox::templates::{OPTED_OUT, filled};
use crate::model::attachment::{ComposerFile, shown_size};
use crate::model::channel::ChannelKind;
use crate::model::conversation::{Conversation, Shown};
use crate::model::{ChannelId, ComposerFileId, MessageId};
use crate::web::composer_files::{accepted, limit_words};
use crate::web::filters;
use crate::web::macros::Inserted;
use crate::web::page::Page;
use crate::web::parts::{Badge, Empty, Notice};
use crate::web::words::{channel_kind, channel_word, on_channel};

/// The most characters of a place whose platform names no number.
const USUAL_LENGTH: usize = 1_000;
/// What fits in a line, in characters.
const LINE: usize = 200;
/// What is said to whom messages were taken from the conversation for which they filled a template in.
const PARTED_MEANWHILE: &str = "This conversation was split, or a merge was taken back, since you opened it. Look whom it goes \
                                to and what it says; send yours all the same if it still fits. What you filled in is kept.";

/// `GET /conversations/{number}/templates`: the templates of its channel, and the one that is chosen.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "message_templates/page.html")]
pub struct TemplatesPage {
    page: Page,
    number: i64,
    who: String,
    on_channel: &'static str,
    trouble: Option<Notice>,
    /// Why it was not sent, and what is asked first.
    asked: Option<Notice>,
    /// Why some are not offered, where the customer wants nothing of their kind.
    unwanted: Option<Notice>,
    /// Whether one can be chosen, or there are none at all.
    can_choose: bool,
    /// What the platform said of templates that were lost, until somebody has read it.
    lost: Option<Notice>,
    chosen: Option<Chosen>,
    lines: Vec<Line>,
    empty: Empty,
}

/// A template in the list.
#[derive(Debug)]
struct Line {
    /// Where it is chosen; nothing where it cannot be sent.
    href: Option<String>,
    /// What people call it.
    title: String,
    /// Its name on the platform, where that is another.
    name: String,
    language: String,
    /// The languages in which it says the same and can be sent, and where each is chosen; nothing where there is one.
    languages: Vec<(String, String)>,
    text: String,
    state: Badge,
    is_chosen: bool,
}

impl Line {
    /// The same template, in another language.
    fn is_of(&self, other: &Self) -> bool {
        self.href.is_some()
            && other.href.is_some()
            && (&self.title, &self.name, &self.text) == (&other.title, &other.name, &other.text)
    }

    fn language_and_place(&self) -> Option<(String, String)> {
        Some((self.language.clone(), self.href.clone()?))
    }
}

/// Those that say the same in several languages as one.
fn by_language(lines: Vec<Line>) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        let Some(known) = all.iter_mut().find(|known| known.is_of(&line)) else {
            all.push(line);
            continue;
        };
        if known.languages.is_empty() {
            known.languages.extend(known.language_and_place());
        }
        known.languages.extend(line.language_and_place());
        known.is_chosen |= line.is_chosen;
    }
    all
}

/// The template that is about to be sent.
#[derive(Debug)]
struct Chosen {
    /// The id of the message, so that sending it twice is one message.
    id: MessageId,
    /// The channel whose template it is.
    channel: ChannelId,
    /// How the conversation stood when it was chosen.
    drawn: Drawn,
    /// Where it is shown filled in.
    href: String,
    title: String,
    /// Its name on the platform, by which it is sent.
    name: String,
    language: String,
    places: Vec<PlaceLine>,
    /// What it says, as far as it is filled in.
    text: String,
    is_whole: bool,
    inserted: Option<Inserted>,
    /// Where it takes files.
    files: Option<FileField>,
}

/// Where files are chosen that go with a template.
#[derive(Debug)]
struct FileField {
    /// What is taken.
    takes: String,
    /// The media types; `""`: any.
    accepts: String,
    /// Whether it cannot leave without one.
    is_needed: bool,
    /// Those that are attached already.
    attached: Vec<FileLine>,
}

/// A file that is attached already.
#[derive(Debug)]
struct FileLine {
    id: ComposerFileId,
    name: String,
    size: String,
    /// Whether it goes with the template.
    is_ticked: bool,
}

impl FileField {
    fn new(template: &Approved, Beside { limit, files, ticked }: Beside) -> Self {
        let line = |file: ComposerFile| FileLine {
            id: file.id,
            is_ticked: ticked.contains(&file.id),
            size: shown_size(file.size),
            name: file.name,
        };
        Self {
            takes: limit_words(limit),
            accepts: accepted(limit),
            is_needed: template.files.least > 0,
            attached: files.into_iter().map(line).collect(),
        }
    }
}

/// A place of the template that is about to be sent.
#[derive(Debug)]
struct PlaceLine {
    /// What people call it; without that, as it stands in the text.
    label: String,
    /// What it holds.
    value: String,
    /// The most characters that it holds.
    most: usize,
    holds: Option<Holds>,
}

impl PlaceLine {
    fn new(template: &Approved, place: &str, value: String) -> Self {
        let form = template.form(place);
        Self {
            label: form.map_or_else(|| template.gap(place), |form| form.label.clone()),
            value,
            most: form.and_then(|form| form.most).unwrap_or(USUAL_LENGTH),
            holds: form.map(|form| form.holds),
        }
    }

    /// Whether it has room for more than a line.
    fn is_long(&self) -> bool {
        self.holds == Some(Holds::Text) && self.most > LINE
    }

    fn is_day(&self) -> bool {
        self.holds == Some(Holds::Day)
    }
}

/// How a conversation stood when its page was drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    /// What had been said.
    pub shown: Shown,
    /// With which event something left it last.
    pub parted: i64,
}

/// What is chosen.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The template.
    pub template: &'a Approved,
    /// What its places hold so far.
    pub values: Vec<String>,
    /// The macro that it comes from.
    pub inserted: Option<Inserted>,
    /// The files that may go with it, where it takes any.
    pub beside: Option<Beside>,
}

/// What may go with a template.
#[derive(Clone, Debug)]
pub struct Beside {
    /// What it takes.
    pub limit: AttachmentLimit,
    /// What its sender has attached in the conversation.
    pub files: Vec<ComposerFile>,
    /// Those of them that are chosen.
    pub ticked: Vec<ComposerFileId>,
}

impl TemplatesPage {
    /// The page of a conversation, as it stands now; `trouble` says why there is nothing to choose from.
    pub fn new(
        page: Page,
        conversation: &Conversation,
        all: &[Approved],
        (id, drawn, choice): (MessageId, Drawn, Option<Choice<'_>>),
        trouble: Option<Notice>,
    ) -> Self {
        let number = conversation.number;
        let kind = channel_kind(&conversation.channel_kind);
        let is_chosen =
            |template: &Approved| choice.as_ref().is_some_and(|choice| std::ptr::eq(choice.template, template));
        let mut lines: Vec<Line> = all.iter().map(|template| line(number, template, is_chosen(template))).collect();
        lines.sort_by_key(|line| line.href.is_none());
        let can_choose = lines.is_empty() || lines.iter().any(|line| line.href.is_some());
        let is_unwanted = all.iter().any(|template| template.state == OPTED_OUT);
        let empty = Empty::new(
            format!("{} has no templates for this account yet.", channel_word(kind)),
            "Write one there; once it is approved it stands here within minutes.",
        );
        Self {
            number,
            who: conversation.contact_name.clone(),
            on_channel: on_channel(kind),
            trouble,
            asked: None,
            unwanted: is_unwanted.then(|| unwanted(kind, can_choose)),
            can_choose,
            lost: None,
            chosen: choice.map(|choice| chosen(conversation, (id, drawn), choice)),
            lines: by_language(lines),
            empty,
            page,
        }
    }

    /// With what was said of templates that cannot be sent any more; `""` if nothing.
    #[must_use]
    fn with_lost(mut self, words: &str) -> Self {
        self.lost = (!words.is_empty()).then(|| Notice::warn("Not every template can be sent:", words));
        self
    }

    /// With the question that comes before it is sent, where messages left the conversation since it was filled in.
    #[must_use]
    fn asking(mut self, is_parted: bool) -> Self {
        self.asked = is_parted.then(|| Notice::bad("Not sent.", PARTED_MEANWHILE));
        self
    }
}

/// What is said where the customer has opted out of what some templates say.
fn unwanted(kind: ChannelKind, can_choose: bool) -> Notice {
    let (head, next) = if can_choose {
        ("Not every template can be sent:", "Choose another one, or wait until they want such messages again.")
    } else {
        ("No template can be sent now:", "Answer when they write, or wait until they want such messages again.")
    };
    let name = channel_word(kind);
    let words =
        format!("the customer has opted out on {name} of what is marked “opted out”, and would not get it. {next}");
    Notice::warn(head, words)
}

fn href(number: i64, template: &Approved) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!(
        "/conversations/{number}/templates?name={}&language={}",
        encoded(&template.name),
        encoded(&template.language)
    )
}

/// The platform's name for a template that people call otherwise.
fn also_named(template: &Approved) -> String {
    if template.title.is_empty() { String::new() } else { template.name.clone() }
}

fn line(number: i64, template: &Approved, is_chosen: bool) -> Line {
    let state = template.state.to_lowercase().replace('_', " ");
    Line {
        href: template.usable.then(|| href(number, template)),
        title: template.called().to_owned(),
        name: also_named(template),
        language: template.language.clone(),
        languages: Vec::new(),
        text: template.shown(),
        state: Badge::new(if template.usable { "good" } else { "warn" }, state),
        is_chosen,
    }
}

fn chosen(conversation: &Conversation, (id, drawn): (MessageId, Drawn), choice: Choice<'_>) -> Chosen {
    let Choice { template, values, inserted, beside } = choice;
    let whole = filled(template, &values);
    let shown: Vec<String> = values
        .iter()
        .zip(&template.places)
        .map(|(value, place)| if value.trim().is_empty() { template.gap(place) } else { value.clone() })
        .collect();
    Chosen {
        id,
        channel: conversation.channel_id,
        drawn,
        href: href(conversation.number, template),
        title: template.called().to_owned(),
        name: template.name.clone(),
        language: template.language.clone(),
        is_whole: whole.is_ok(),
        text: whole.map_or_else(|_| template.filled(&shown), |(_, text)| text),
        places: template
            .places
            .iter()
            .zip(values)
            .map(|(place, value)| PlaceLine::new(template, place, value))
            .collect(),
        inserted,
        files: beside.map(|beside| FileField::new(template, beside)),
    }
}
