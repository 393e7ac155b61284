//! Small pieces that many pages show: a moment, the clock ring, a face, a badge, a notice, an empty state, progress.

use std::time::Duration;

use askama::Template;

use super::filters;
use super::format::{Reader, count, fine_span, span};
use crate::model::contact::initials;
use crate::model::job::{Job, JobKind};
use crate::model::{ChannelId, Ts};

/// Marks templates that may stand inside another without being escaped again: askama escaped what is in them.
macro_rules! fragments {
    ($($name:ty),+ $(,)?) => { $(impl askama::filters::HtmlSafe for $name {})+ };
}
pub(crate) use fragments;

fragments!(When, Clock, Face, Badge, Notice, Empty, Progress);

/// A moment: words, and the exact time for who points at it.
#[derive(Clone, Debug, Template)]
#[template(path = "shared/time.html")]
pub struct When {
    words: String,
    exact: String,
    datetime: String,
    relative: bool,
}

impl When {
    /// Words that grow old by themselves: `6 min ago`, `yesterday 21:40`.
    pub fn ago(reader: Reader, at: Ts) -> Self {
        let relative = reader.now.since(at) < Duration::from_hours(1);
        Self { words: reader.ago(at), exact: reader.exact(at), datetime: at.rfc3339(), relative }
    }

    /// Below a heading that names the day: `6 min ago`, `08:15`.
    pub fn in_day(reader: Reader, at: Ts) -> Self {
        Self { words: reader.in_day(at), ..Self::ago(reader, at) }
    }

    /// A moment ahead: `tomorrow 08:00`.
    pub fn ahead(reader: Reader, at: Ts) -> Self {
        Self { words: reader.ahead(at), relative: false, ..Self::ago(reader, at) }
    }

    /// Only how old it is: `2 d`.
    pub fn age(reader: Reader, at: Ts) -> Self {
        Self { words: reader.age(at), relative: false, ..Self::ago(reader, at) }
    }
}

/// Time left as a ring that empties, beside its words.
#[derive(Clone, Debug, Template)]
#[template(path = "shared/clock.html")]
pub struct Clock {
    /// `""`, `soon` below half an hour, `over` after.
    tone: &'static str,
    /// How much of the ring is drawn, of 100.
    dash: i64,
    words: String,
    before: String,
    after: String,
    due: String,
    since: String,
    fine: bool,
    /// So many seconds before the end it asks for a look.
    soon: u64,
    /// What it says once it has run out; `""` how long ago that was.
    ended: &'static str,
}

/// So many seconds before the end a clock asks for a look.
const SOON: u64 = 1_800;
/// The same for the time in which a customer can be answered: nobody can make that longer.
const CLOSES_SOON: u64 = 7_200;

impl Clock {
    /// The time from `since` to `due`, as it stands now.
    pub fn new(reader: Reader, since: Ts, due: Ts) -> Self {
        let left = due.since(reader.now);
        let over = due <= reader.now;
        let tone = tone(left, over, SOON);
        let words = if over { format!("{} over", span(reader.now.since(due))) } else { span(left) };
        Self {
            tone,
            dash: if over { 6 } else { part_left(left, due.since(since)) },
            words,
            before: String::new(),
            after: String::new(),
            due: due.rfc3339(),
            since: since.rfc3339(),
            fine: false,
            soon: SOON,
            ended: "",
        }
    }

    /// Reads `22 min left`.
    #[must_use]
    pub fn left(mut self) -> Self {
        " left".clone_into(&mut self.after);
        self
    }

    /// Reads `answer within 9 h`.
    #[must_use]
    pub fn answer_within(mut self) -> Self {
        "answer within ".clone_into(&mut self.before);
        self
    }

    /// Until when anybody may answer: `5 h left to answer on WhatsApp`.
    pub fn to_answer(reader: Reader, channel: &str, opened: Ts, closes: Ts) -> Self {
        let after = format!(" left to answer on {channel}");
        Self { after, ended: "the time to answer is over", ..Self::window(reader, opened, closes) }
    }

    /// Until when a person may, and no machine: `only a person may answer, for 6 d`.
    pub fn for_people(reader: Reader, opened: Ts, closes: Ts) -> Self {
        let before = "only a person may answer, for ".to_owned();
        Self { before, ended: "the time to answer is over", ..Self::window(reader, opened, closes) }
    }

    /// The same in few words, for a list that shows the channel beside it: `5 h to answer`, `people only, 6 d`.
    #[must_use]
    pub fn in_list(mut self) -> Self {
        let (before, after) = if self.before.is_empty() { ("", " to answer") } else { ("people only, ", "") };
        before.clone_into(&mut self.before);
        after.clone_into(&mut self.after);
        Self { ended: "time is over", ..self }
    }

    fn window(reader: Reader, opened: Ts, closes: Ts) -> Self {
        let left = closes.since(reader.now);
        Self {
            words: fine_span(left),
            fine: true,
            soon: CLOSES_SOON,
            tone: tone(left, closes <= reader.now, CLOSES_SOON),
            ..Self::new(reader, opened, closes)
        }
    }

    /// Whether it asks for a look sooner than other clocks.
    fn asks_sooner(&self) -> bool {
        self.soon != SOON
    }

    fn shown(&self) -> String {
        match self.tone {
            "over" if self.ended.is_empty() => self.words.clone(),
            "over" => self.ended.to_owned(),
            _ => format!("{}{}{}", self.before, self.words, self.after),
        }
    }
}

/// `""`, `soon` so many seconds before the end, `over` after it.
fn tone(left: Duration, over: bool, soon: u64) -> &'static str {
    match left.as_secs() {
        _ if over => "over",
        seconds if seconds < soon => "soon",
        _ => "",
    }
}

/// Whole percent of `total` that is left, at least 4 so that something is seen.
fn part_left(left: Duration, total: Duration) -> i64 {
    let percent = left.as_secs().saturating_mul(100).checked_div(total.as_secs()).unwrap_or(100);
    i64::try_from(percent).unwrap_or(100).clamp(4, 100)
}

/// A person as two letters.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="face{% if small %} small{% endif %}"{% if title.is_empty() %} aria-hidden="true"{% else %} role="img" aria-label="{{ title }}" title="{{ title }}"{% endif %}>{{ letters }}</span>"#,
    ext = "html"
)]
pub struct Face {
    letters: String,
    small: bool,
    title: String,
}

impl Face {
    /// Beside the name, which is read out instead.
    pub fn new(name: &str) -> Self {
        Self { letters: initials(name), small: false, title: String::new() }
    }

    /// Small, beside the name.
    pub fn small(name: &str) -> Self {
        Self { small: true, ..Self::new(name) }
    }
}

/// A word about state. Dashed (`proposed`) means: not yet true.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="badge{% if !tone.is_empty() %} {{ tone }}{% endif %}">{% if !icon.is_empty() %}{{ icon|icon }} {% endif %}{{ words }}</span>"#,
    ext = "html"
)]
pub struct Badge {
    tone: &'static str,
    icon: &'static str,
    words: String,
}

impl Badge {
    /// A badge without an icon. A tone that is not drawn reads as plain.
    pub fn new(tone: &str, words: impl Into<String>) -> Self {
        let tone = ["proposed", "warn", "bad", "good"].into_iter().find(|known| *known == tone).unwrap_or("");
        Self { tone, icon: "", words: words.into() }
    }

    /// With an icon of ours before the words.
    #[must_use]
    pub fn with_icon(mut self, icon: &'static str) -> Self {
        self.icon = icon;
        self
    }
}

/// What happened, what was kept, what to do.
#[derive(Clone, Debug, Template)]
#[template(path = "shared/notice.html")]
pub struct Notice {
    tone: &'static str,
    icon: &'static str,
    head: String,
    words: String,
    link: Option<(String, String)>,
}

impl Notice {
    /// Something to know.
    pub fn info(head: impl Into<String>, words: impl Into<String>) -> Self {
        Self { tone: "", icon: "tick", head: head.into(), words: words.into(), link: None }
    }

    /// Something that asks for a look.
    pub fn warn(head: impl Into<String>, words: impl Into<String>) -> Self {
        Self { tone: "warn", icon: "warn", ..Self::info(head, words) }
    }

    /// Something that failed.
    pub fn bad(head: impl Into<String>, words: impl Into<String>) -> Self {
        Self { tone: "bad", icon: "cross", ..Self::info(head, words) }
    }

    /// With the next step as a link.
    #[must_use]
    pub fn with_link(mut self, words: impl Into<String>, href: impl Into<String>) -> Self {
        self.link = Some((words.into(), href.into()));
        self
    }

    /// `""`, `warn` or `bad`.
    pub fn tone(&self) -> &'static str {
        self.tone
    }

    /// What it says first.
    pub fn head(&self) -> &str {
        &self.head
    }
}

/// Nothing here, and what to do next.
#[derive(Clone, Debug, Template)]
#[template(path = "shared/empty.html")]
pub struct Empty {
    head: String,
    words: String,
    links: Vec<(String, String)>,
}

impl Empty {
    /// What is not here, and why.
    pub fn new(head: impl Into<String>, words: impl Into<String>) -> Self {
        Self { head: head.into(), words: words.into(), links: Vec::new() }
    }

    /// With a next step.
    #[must_use]
    pub fn with_link(mut self, words: impl Into<String>, href: impl Into<String>) -> Self {
        self.links.push((words.into(), href.into()));
        self
    }
}

/// Long work: what, how many, how long still.
#[derive(Clone, Debug, Template)]
#[template(path = "shared/progress.html")]
pub struct Progress {
    what: String,
    done: i64,
    total: i64,
    /// Words behind the numbers.
    note: &'static str,
    left: Option<String>,
}

impl Progress {
    /// `done` of `total` steps, begun at `since`. The time left is a guess from the pace so far.
    pub fn new(what: impl Into<String>, done: i64, total: i64, since: Option<Ts>, now: Ts) -> Self {
        let left = since.and_then(|since| time_left(done, total, now.since(since)));
        Self { what: what.into(), done, total, note: "", left }
    }

    /// With words behind the numbers.
    #[must_use]
    pub fn with_note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// The progress that a job notes. Polling lives as long as its channel, so its age says nothing of its pace.
    pub fn of_job(what: impl Into<String>, job: &Job, now: Ts) -> Self {
        let since = (job.kind != JobKind::Poll).then_some(job.created_at);
        Self::new(what, job.done, job.total, since, now)
    }

    /// The first reading of a channel, by the polling that is under way.
    pub fn of_reading(channel: ChannelId, under_way: &[Job], now: Ts) -> Option<Self> {
        let about = |job: &&Job| job.kind == JobKind::Poll && job.field("channel") == Some(channel);
        under_way.iter().find(about).map(|job| Self::of_job("Mails read", job, now))
    }

    fn counted(&self) -> String {
        match self.total {
            0 => count(self.done),
            total => format!("{} of {}", count(self.done), count(total)),
        }
    }
}

fn time_left(done: i64, total: i64, so_far: Duration) -> Option<String> {
    let (done, total) = (u64::try_from(done).ok()?, u64::try_from(total).ok()?);
    let steps = total.checked_sub(done)?;
    let seconds = so_far.as_secs().checked_mul(steps)?.checked_div(done)?;
    Some(format!("about {} left", span(Duration::from_secs(seconds))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn clock(minutes_left: i64) -> Clock {
        Clock::new(Reader::utc(Ts(0)), Ts(-60 * MINUTE), Ts(minutes_left * MINUTE))
    }

    #[test]
    fn the_ring_empties_and_asks_for_a_person_in_the_last_half_hour() {
        for (minutes, tone, dash, words) in [
            (60, "", 50, "1 h"),
            (30, "", 33, "30 min"),
            (22, "soon", 26, "22 min"),
            (0, "over", 6, "0 s over"),
            (-4, "over", 6, "4 min over"),
        ] {
            let clock = clock(minutes);
            assert_eq!((clock.tone, clock.dash, clock.words.as_str()), (tone, dash, words));
        }
        assert!(clock(22).left().to_string().contains("22 min left"));
        assert!(clock(-4).left().to_string().ends_with("</svg>4 min over</span>"));
    }

    #[test]
    fn a_window_says_what_it_is_and_asks_for_a_look_sooner() {
        let window =
            |minutes: i64| Clock::to_answer(Reader::utc(Ts(0)), "WhatsApp", Ts(-60 * MINUTE), Ts(minutes * MINUTE));
        assert!(window(300).to_string().contains("5 h left to answer on WhatsApp"));
        assert_eq!((window(120).tone, window(119).tone, window(0).tone), ("", "soon", "over"));
        assert!(window(0).to_string().contains("</svg>the time to answer is over"));
        let people = Clock::for_people(Reader::utc(Ts(0)), Ts(0), Ts(6 * 1_440 * MINUTE)).to_string();
        assert!(people.contains("only a person may answer, for 6 d"), "{people}");
        let listed = window(300).in_list().to_string();
        assert!(listed.contains("5 h to answer") && !listed.contains("WhatsApp"), "{listed}");
        let people = Clock::for_people(Reader::utc(Ts(0)), Ts(0), Ts(6 * 1_440 * MINUTE)).in_list().to_string();
        assert!(people.contains("people only, 6 d"), "{people}");
    }

    #[test]
    fn progress_says_how_many_and_how_long() {
        let html = Progress::new("Replay", 100, 500, Some(Ts(0)), Ts(10 * 1_000_000)).to_string();
        assert!(html.contains("100 of 500") && html.contains("about 40 s left"), "{html}");
        assert!(!Progress::new("Replay", 0, 500, Some(Ts(0)), Ts(MINUTE)).to_string().contains("left"));
    }

    #[test]
    fn foreign_words_are_escaped_in_every_piece() {
        let hostile = "<b onclick=\"x\">";
        let reader = Reader::utc(Ts(0));
        for html in [
            Badge::new(hostile, hostile).to_string(),
            Notice::bad(hostile, hostile).with_link(hostile, hostile).to_string(),
            Empty::new(hostile, hostile).with_link(hostile, hostile).to_string(),
            When::ago(reader, Ts(0)).to_string(),
        ] {
            assert!(!html.contains("<b on"), "{html}");
        }
    }
}
