//! The words of the built-in engine: every reply in every language, as shipped or as the brand wrote it.

pub mod edit;
mod preview;

use askama::Template;

use crate::model::conversation::Conversation;
use crate::model::document::Problem;
use crate::model::teammate::Teammate;
use crate::model::version::Version;
use crate::store::reply_templates::ReplyTemplate;
use crate::voice::locale::ALL;
use crate::voice::templates::{FORMER, MEANINGS, NAMES};
use crate::web::filters;
use crate::web::page::Page;
use crate::web::parts::{Badge, Notice, fragments};
use crate::web::versions::VersionList;
use crate::web::versions::text_diff::TextDiff;
use crate::web::words::{channel_icon, channel_kind};

pub use preview::Shown;

/// More than these say nothing new.
const MOST_PROBLEMS: usize = 4;

/// `GET /reply-templates`
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "reply_templates/list.html")]
pub struct TemplateList {
    page: Page,
    languages: Vec<&'static str>,
    rows: Vec<Row>,
    former: Vec<FormerText>,
}

#[derive(Debug)]
struct Row {
    label: &'static str,
    cells: Vec<Cell>,
    changed: String,
}

#[derive(Debug)]
struct Cell {
    href: String,
    label: String,
    words: String,
    own: bool,
}

/// A text of the brand's own for a reply that the desk no longer has.
#[derive(Debug)]
struct FormerText {
    label: &'static str,
    language: &'static str,
    folder: String,
    body: String,
    heir: &'static str,
    heir_href: String,
}

impl TemplateList {
    /// Every template with its languages; `newest` are the brand's own.
    pub fn new(page: Page, newest: &[ReplyTemplate], team: &[Teammate]) -> Self {
        let rows = NAMES.iter().map(|&(name, label)| row(&page, (name, label), newest, team)).collect();
        let former = newest.iter().filter(|row| !row.body.is_empty()).filter_map(|row| former(&page, row)).collect();
        Self { page, languages: ALL.iter().map(|locale| locale.name).collect(), rows, former }
    }
}

fn former(page: &Page, own: &ReplyTemplate) -> Option<FormerText> {
    let &(name, label, heir) = FORMER.iter().find(|(name, ..)| *name == own.name)?;
    Some(FormerText {
        label,
        language: crate::voice::locale::locale(&own.locale).name,
        folder: folder(&own.locale, name),
        body: own.body.clone(),
        heir: label_of(heir),
        heir_href: format!("{}?brand={}", folder(&own.locale, heir), page.brand.slug),
    })
}

fn row(page: &Page, named: (&str, &'static str), newest: &[ReplyTemplate], team: &[Teammate]) -> Row {
    let (name, label) = named;
    let cells = ALL.iter().map(|locale| {
        let own = newest.iter().find(|row| row.name == name && row.locale == locale.code && !row.body.is_empty());
        Cell {
            href: format!("{}?brand={}", folder(locale.code, name), page.brand.slug),
            label: format!("{label} in {}", locale.name),
            words: own.map_or_else(|| "built-in".to_owned(), |own| format!("version {}", own.version)),
            own: own.is_some(),
        }
    });
    let last = newest.iter().filter(|row| row.name == name).max_by_key(|row| row.created_at);
    let changed = last.map(|row| {
        let who = team.iter().find(|person| Some(person.id) == row.author_id).map_or("The desk", |person| &person.name);
        format!("{who}, {}", page.reader.ago(row.created_at))
    });
    Row { label, cells: cells.collect(), changed: changed.unwrap_or_default() }
}

/// Where a template has its page.
pub(super) fn folder(locale: &str, name: &str) -> String {
    format!("/reply-templates/{locale}/{name}")
}

/// What the editor is made from.
#[derive(Clone, Copy, Debug)]
pub struct EditorFacts<'a> {
    /// ISO 639.
    pub locale: &'a str,
    /// Name of the template.
    pub name: &'a str,
    /// The text in the field.
    pub body: &'a str,
    /// The newest version when the text was taken up, 0 if there is none.
    pub base: i64,
    /// What changed, as typed so far.
    pub summary: &'a str,
    /// Whether the text that counts is the brand's own.
    pub is_own: bool,
    /// What is wrong with the text.
    pub problems: &'a [Problem],
    /// Said above the text: somebody was faster, nothing changed.
    pub notice: Option<&'a Notice>,
    /// Conversations to try it on, the fitting ones first.
    pub conversations: &'a [Conversation],
    /// The one that it is tried on; 0 for the invented case.
    pub chosen: i64,
    /// The text, filled in.
    pub shown: &'a Shown,
    /// All versions, newest first.
    pub versions: &'a [Version],
    /// For the names of authors.
    pub team: &'a [Teammate],
}

/// `GET /reply-templates/{locale}/{name}`; `POST` sends `body`, `summary`, `base` and `conversation`, and so does
/// `POST …/preview`, which keeps nothing and answers with the same page.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "reply_templates/page.html")]
pub struct EditorPage {
    page: Page,
    title: &'static str,
    language: &'static str,
    folder: String,
    tabs: Vec<(String, &'static str, bool)>,
    body: String,
    base: i64,
    summary: String,
    is_own: bool,
    notices: Vec<Notice>,
    invalid: bool,
    options: Vec<(i64, String, bool)>,
    preview: Preview,
    groups: Vec<Group>,
    versions: Option<VersionList>,
}

#[derive(Debug)]
struct Group {
    title: &'static str,
    lines: Vec<(&'static str, &'static str, String)>,
}

impl EditorPage {
    /// The editor.
    pub fn new(page: Page, facts: EditorFacts<'_>) -> Self {
        let folder = folder(facts.locale, facts.name);
        let tabs = ALL.iter().map(|locale| {
            let href = format!("{}?brand={}", self::folder(locale.code, facts.name), page.brand.slug);
            (href, locale.name, locale.code == facts.locale)
        });
        let in_force = facts.versions.first().map(|version| version.version);
        let versions = (!facts.versions.is_empty())
            .then(|| VersionList::new(&page, folder.clone(), facts.versions, in_force, facts.team));
        Self {
            title: label_of(facts.name),
            language: crate::voice::locale::locale(facts.locale).name,
            tabs: tabs.collect(),
            body: facts.body.to_owned(),
            base: facts.base,
            summary: facts.summary.to_owned(),
            is_own: facts.is_own,
            notices: facts
                .notice
                .cloned()
                .into_iter()
                .chain(facts.problems.iter().take(MOST_PROBLEMS).map(problem_notice))
                .collect(),
            invalid: !facts.problems.is_empty(),
            options: options(facts.conversations, facts.chosen),
            preview: Preview::new(facts.shown),
            groups: groups(facts.locale, facts.name),
            versions,
            folder,
            page,
        }
    }
}

fn problem_notice(problem: &Problem) -> Notice {
    let place = if problem.path.is_empty() { String::new() } else { format!(", {}", problem.path) };
    Notice::bad(format!("This does not hold{place}."), problem.message.clone())
}

/// The name of a template for people.
pub(super) fn label_of(name: &str) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == name).map_or("Reply", |(_, label)| label)
}

fn options(conversations: &[Conversation], chosen: i64) -> Vec<(i64, String, bool)> {
    let words = |row: &Conversation| {
        let about = if row.gist.is_empty() { &row.subject } else { &row.gist };
        let about: String = about.chars().take(60).collect();
        format!("#{} {}: {about}", row.number, row.contact_name)
    };
    let invented = (0, "An invented case".to_owned(), chosen == 0);
    conversations.iter().map(|row| (row.number, words(row), row.number == chosen)).chain([invented]).collect()
}

/// The variables by their first word, with the values of the invented case.
fn groups(locale: &str, name: &str) -> Vec<Group> {
    let sample = crate::voice::templates::sample_for(name, locale);
    let mut groups: Vec<Group> = Vec::new();
    for (path, meaning) in MEANINGS {
        let title = group_title(path);
        let line = (*path, *meaning, example(&sample, path));
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { title, lines: vec![line] }),
        }
    }
    groups
}

fn group_title(path: &str) -> &'static str {
    match path.split('.').next().unwrap_or_default() {
        "order" | "orders" => "The order",
        "parcel" | "parcels" | "several_parcels" | "parcel_count" => "Parcels",
        "item" | "items" => "Items",
        "refund" | "return_parcel" => "Refund and return",
        "policy" => "The policy",
        "done" | "deed" | "deeds" | "refused" => "What this reply does",
        "product" | "products" => "Products",
        _ => "Who and how",
    }
}

fn example(sample: &serde_json::Value, path: &str) -> String {
    match crate::model::document::at(sample, path) {
        Some(serde_json::Value::String(text)) if text.is_empty() => "empty".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        Some(serde_json::Value::Array(_)) => "a list".to_owned(),
        _ => String::new(),
    }
}

fragments!(Preview);

/// The reply that the text gives.
#[derive(Debug, Template)]
#[template(path = "reply_templates/preview.html")]
struct Preview {
    note: Option<Notice>,
    icon: &'static str,
    about: String,
    paragraphs: Vec<Vec<(String, Option<String>)>>,
    badge: Option<Badge>,
}

impl Preview {
    fn new(shown: &Shown) -> Self {
        let mut paragraphs: Vec<Vec<(String, Option<String>)>> = Vec::new();
        for sentence in &shown.sentences {
            let part = (sentence.text.clone(), sentence.left_out.clone());
            match paragraphs.last_mut().filter(|_| !sentence.starts_paragraph) {
                Some(paragraph) => paragraph.push(part),
                None => paragraphs.push(vec![part]),
            }
        }
        let left_out = shown.sentences.iter().filter(|sentence| sentence.left_out.is_some()).count();
        let badge = match (shown.sentences.len(), left_out) {
            (0, _) => None,
            (_, 0) => Some(Badge::new("", "Every sentence is proven").with_icon("tick")),
            (_, 1) => Some(Badge::new("bad", "1 sentence would be left out").with_icon("cross")),
            (_, many) => Some(Badge::new("bad", format!("{many} sentences would be left out")).with_icon("cross")),
        };
        let icon = channel_icon(channel_kind(&shown.channel));
        Self { note: shown.note.clone(), icon, about: shown.about.clone(), paragraphs, badge }
    }
}

/// `GET /reply-templates/{locale}/{name}/{version}`: an earlier text and how it differs from what counts now.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "reply_templates/version.html")]
pub struct VersionPage {
    page: Page,
    title: &'static str,
    language: &'static str,
    folder: String,
    version: i64,
    summary: String,
    in_force: bool,
    is_built_in: bool,
    body: String,
    diff: TextDiff,
}

impl VersionPage {
    /// A version beside the text that counts now.
    pub fn new(page: Page, named: (&str, &str), version: &Version, texts: (&str, &str), in_force: bool) -> Self {
        let (locale, name) = named;
        let (body, now) = texts;
        Self {
            page,
            title: label_of(name),
            language: crate::voice::locale::locale(locale).name,
            folder: folder(locale, name),
            version: version.version,
            summary: version.summary.clone(),
            in_force,
            is_built_in: version.document.0 == "",
            body: body.to_owned(),
            diff: TextDiff::new(now, body),
        }
    }
}
