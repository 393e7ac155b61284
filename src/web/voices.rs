//! How a brand sounds: tone as sliders, words, and what it does to the same three answers.

mod drift;
pub mod edit;
mod samples;

use askama::Template;

use self::drift::Drift;
use crate::model::channel::ChannelKind;
use crate::model::document::Problem;
use crate::model::teammate::Teammate;
use crate::model::version::Version;
use crate::store::voice_scores::{Fault, WeekScore, Writer};
use crate::voice::{ReadingLevel, Score, Spoken, Voice};
use crate::web::filters;
use crate::web::format::{counted, percent};
use crate::web::page::Page;
use crate::web::parts::{Badge, Notice, fragments};
use crate::web::text::{Html, paragraphs};
use crate::web::versions::VersionList;
use crate::web::words::{channel_icon, channel_kind, channel_word, language_word, on_channel};

fragments!(Previews);

/// A text in the voice.
#[derive(Clone, Debug)]
pub struct Sample {
    /// On which channel.
    pub channel: ChannelKind,
    /// What it is about: `Mail, late parcel`.
    pub title: String,
    /// The text.
    pub text: String,
    /// How close it comes.
    pub score: Score,
}

/// Replies of one writer in the last days.
#[derive(Clone, Debug)]
pub struct WriterScore {
    /// `Agent`, or a teammate's name.
    pub who: String,
    /// How many replies.
    pub replies: i64,
    /// Their mean score, 0 to 100.
    pub score: u8,
    /// What is off most often.
    pub most_off: String,
}

impl WriterScore {
    /// A writer with what was off most often, of the faults of all.
    pub fn new(writer: &Writer, faults: &[Fault], team: &[Teammate]) -> Self {
        let name = |id| team.iter().find(|person| person.id == id).map_or("Somebody", |person| person.name.as_str());
        let own: Vec<&str> = faults
            .iter()
            .filter(|fault| fault.teammate_id == writer.teammate_id)
            .map(|fault| fault.about.as_str())
            .take(2)
            .collect();
        Self {
            who: writer.teammate_id.map_or("Agent", name).to_owned(),
            replies: writer.replies,
            score: percent(writer.score / 100.0),
            most_off: if own.is_empty() { "Nothing".to_owned() } else { own.join(", ") },
        }
    }
}

/// What the page is made from.
#[derive(Clone, Copy, Debug)]
pub struct VoiceFacts<'a> {
    /// The voice that is shown: the draft's, or the one in force.
    pub voice: &'a Voice,
    /// The language that is edited; `""` for what counts in all (`?locale=`).
    pub locale: &'a str,
    /// The kind of channel that is edited; `""` for what counts on all (`?channel=`).
    pub channel: &'a str,
    /// The kinds that the brand has connected.
    pub connected: &'a [&'a str],
    /// The draft, if there is one.
    pub draft: Option<&'a Version>,
    /// What counts now.
    pub in_force: Option<&'a Version>,
    /// The same answers in this voice.
    pub samples: &'a [Sample],
    /// What is wrong with the draft.
    pub problems: &'a [Problem],
    /// Scores of recent replies.
    pub writers: &'a [WriterScore],
    /// Scores of the last weeks.
    pub weeks: &'a [WeekScore],
    /// All versions, newest first.
    pub versions: &'a [Version],
    /// For the names of authors.
    pub team: &'a [Teammate],
}

/// `GET /voices`. `POST /voices/draft` sends `locale`, `channel`, the sliders (`warmth`, `formality`, `length`, `emoji`), `reading`,
/// `greeting`, `sign_off`, `never_say` (one phrase a line) and `say_instead` (one pair a line: `parcel = shipment`,
/// the word to say first). In one language only `formality`, `greeting`, `sign_off`,
/// `disclosure` and the words are sent.
/// `POST /voices/preview` takes the same fields and answers with [`Previews`]. `POST /voices/publication` sends `summary`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "voices/page.html")]
pub struct VoicePage {
    page: Page,
    locale: String,
    locales: Vec<(String, String)>,
    channel: String,
    channels: Vec<(&'static str, String)>,
    /// Where the reader is, if it is one channel: `on WhatsApp`.
    there: Option<&'static str>,
    has_draft: bool,
    revision: String,
    may_write: bool,
    next: i64,
    sliders: Vec<Slider>,
    /// How easy texts are to read, to choose from; nothing in one language.
    levels: Vec<Level>,
    greeting: String,
    sign_off: String,
    disclosure: String,
    discloses_on_marketplaces: bool,
    never_say: String,
    say_instead: String,
    notices: Vec<Notice>,
    previews: Previews,
    writers: Vec<WriterScore>,
    drift: Option<Drift>,
    versions: VersionList,
}

#[derive(Debug)]
struct Slider {
    name: &'static str,
    label: &'static str,
    low: &'static str,
    high: &'static str,
    value: i64,
}

#[derive(Debug)]
struct Level {
    word: &'static str,
    words: &'static str,
    chosen: bool,
}

impl VoicePage {
    /// The page of one language, or of what counts in all.
    pub fn new(page: Page, facts: VoiceFacts<'_>) -> Self {
        let own = facts.voice.locales.get(facts.locale).cloned().unwrap_or_default();
        let here = facts.voice.channels.get(facts.channel).cloned().unwrap_or_default();
        let both = here.locales.get(facts.locale).cloned().unwrap_or_default();
        let common = facts.locale.is_empty();
        let (never, instead) = match (facts.channel.is_empty(), common) {
            (true, true) => (&facts.voice.never_say, &facts.voice.say_instead),
            (true, false) => (&own.never_say, &own.say_instead),
            (false, true) => (&here.words.never_say, &here.words.say_instead),
            (false, false) => (&both.never_say, &both.say_instead),
        };
        let pairs: Vec<String> = instead.iter().map(|pair| format!("{} = {}", pair.say, pair.not)).collect();
        let spoken = facts.voice.spoken(facts.locale, facts.channel);
        let number = facts.in_force.map(|version| version.version);
        let mut locales = vec![(String::new(), "All languages".to_owned())];
        locales.extend(facts.voice.locales.keys().map(|code| (code.clone(), language_word(code))));
        Self {
            locale: facts.locale.to_owned(),
            locales,
            channel: facts.channel.to_owned(),
            channels: channels(&facts),
            there: (!facts.channel.is_empty()).then(|| on_channel(channel_kind(facts.channel))),
            has_draft: facts.draft.is_some(),
            revision: facts.draft.map(Version::revision).unwrap_or_default(),
            may_write: page.role >= crate::model::teammate::Role::Manager,
            next: facts.draft.map_or(0, |draft| draft.version),
            sliders: sliders(&spoken, common),
            levels: if common { levels(spoken.reading) } else { Vec::new() },
            never_say: never.join("\n"),
            say_instead: pairs.join("\n"),
            notices: facts.problems.iter().map(|problem| Notice::bad("Not kept.", problem.message.clone())).collect(),
            previews: Previews::new(facts.samples),
            writers: facts.writers.to_vec(),
            drift: Drift::new(page.reader, facts.weeks),
            versions: VersionList::new(&page, "/voices", facts.versions, number, facts.team),
            greeting: spoken.greeting,
            sign_off: spoken.sign_off,
            disclosure: spoken.disclosure,
            discloses_on_marketplaces: facts.voice.disclose_on_marketplaces,
            page,
        }
    }
}

/// All kinds that are connected or have something of their own, and the one that is shown.
fn channels(facts: &VoiceFacts<'_>) -> Vec<(&'static str, String)> {
    let kinds = ChannelKind::ALL.into_iter().filter(|kind| {
        let word = kind.as_str();
        word == facts.channel || facts.connected.contains(&word) || facts.voice.channels.contains_key(word)
    });
    let line = |kind: ChannelKind| {
        let set = if facts.voice.channels.contains_key(kind.as_str()) { ", set apart" } else { "" };
        (kind.as_str(), format!("{}{set}", channel_word(kind)))
    };
    std::iter::once(("", "All channels".to_owned())).chain(kinds.map(line)).collect()
}

fn sliders(spoken: &Spoken, common: bool) -> Vec<Slider> {
    let formal =
        Slider { name: "formality", label: "Formality", low: "First names", high: "Formal", value: spoken.formality };
    if !common {
        return vec![formal];
    }
    vec![
        Slider { name: "warmth", label: "Warmth", low: "Matter of fact", high: "Warm", value: spoken.warmth },
        formal,
        Slider { name: "length", label: "Length", low: "Short", high: "Explains", value: spoken.length },
        Slider { name: "emoji", label: "Emoji", low: "Never", high: "Often", value: spoken.emoji },
    ]
}

fn levels(chosen: ReadingLevel) -> Vec<Level> {
    let level = |level: ReadingLevel| Level {
        word: level.as_str(),
        words: match level {
            ReadingLevel::Any => "As it comes",
            ReadingLevel::Plain => "Plain, as in a newspaper",
            ReadingLevel::Easy => "Easy, for everybody",
        },
        chosen: level == chosen,
    };
    ReadingLevel::ALL.map(level).into()
}

/// The same answers in a voice. Also the fragment that `POST /voices/preview` answers with.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "voices/previews.html")]
pub struct Previews {
    samples: Vec<PreviewCard>,
}

#[derive(Debug)]
struct PreviewCard {
    icon: &'static str,
    title: String,
    text: Html,
    badge: Badge,
    off: Vec<String>,
    words: String,
}

impl Previews {
    /// The cards.
    pub fn new(samples: &[Sample]) -> Self {
        Self { samples: samples.iter().map(preview_card).collect() }
    }
}

fn preview_card(sample: &Sample) -> PreviewCard {
    let findings = &sample.score.findings;
    let badge = match findings.len() {
        0 => Badge::new("", format!("Voice {}", sample.score.value)).with_icon("tick"),
        many => Badge::new("bad", format!("Voice {}: {many} off", sample.score.value)).with_icon("cross"),
    };
    PreviewCard {
        icon: channel_icon(sample.channel),
        title: sample.title.clone(),
        text: paragraphs(&sample.text),
        badge,
        off: findings.iter().map(|finding| finding.text.clone()).collect(),
        words: counted(sample.text.split_whitespace().count(), "word", "words"),
    }
}
