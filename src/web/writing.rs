//! Texts that are kept as they are typed: what a page sends of one, and what it hears.

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::json;

use crate::model::Ts;
use crate::model::audience::Audience;
use crate::model::buttons::listed;
use crate::model::macros::Ticked;
use crate::model::writing::Basis;
use crate::voice::Score;

/// The longest text that is kept, in characters.
const LONGEST: usize = 100_000;
/// More steps than a macro has.
const MOST_STEPS: usize = 10;

/// A text as it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    body: String,
    note: Option<String>,
    revision: Option<String>,
    #[serde(rename = "macro")]
    begun_with: String,
    steps: String,
    choices: String,
    audience: String,
}

impl Typed {
    /// The text, as far as it is kept.
    pub fn body(&self) -> String {
        self.body.chars().take(LONGEST).collect()
    }

    /// Whether it is the text of the note, and not that of the reply.
    pub fn is_note(&self) -> bool {
        self.note.is_some()
    }

    /// The macro that it began with.
    pub fn ticked(&self) -> Option<Ticked> {
        ticked(&self.begun_with, self.steps.split(','))
    }

    /// The buttons below it.
    pub fn choices(&self) -> Vec<String> {
        listed(&self.choices)
    }

    /// Who is to read it, where that was chosen.
    pub fn audience(&self) -> Option<Audience> {
        self.audience.parse().ok()
    }

    /// What the page goes on from.
    pub fn basis(&self) -> Basis {
        Basis::of(self.revision.as_deref())
    }
}

/// The macro that a form names, and its steps that are ticked there.
pub fn ticked<'a>(id: &str, steps: impl Iterator<Item = &'a str>) -> Option<Ticked> {
    let steps = steps.filter(|name| !name.is_empty()).take(MOST_STEPS).map(str::to_owned).collect();
    Some(Ticked { id: id.parse().ok()?, steps })
}

/// A revision as pages carry it: `""` where nothing is kept.
pub fn shown_revision(revision: Option<Ts>) -> String {
    revision.map(|revision| revision.0.to_string()).unwrap_or_default()
}

/// It is kept, under this revision.
pub fn stored(revision: Option<Ts>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "revision": shown_revision(revision) }))
}

/// The same of a reply, with what is wrong with it as it stands, how close it comes to the voice, and what is doubtful in it.
pub fn stored_and_looked_at(
    revision: Option<Ts>,
    objections: &[String],
    score: Option<&Score>,
    doubts: &str,
) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "revision": shown_revision(revision),
        "objections": objections,
        "voice": voice_words(score),
        "doubts": doubts,
    }))
}

/// The same of a version of a draft: what its channel would refuse is said once it is decided.
pub fn stored_and_scored(revision: Option<Ts>, score: Option<&Score>, doubts: &str) -> HttpResponse {
    let voice = voice_words(score);
    HttpResponse::Ok().json(json!({ "revision": shown_revision(revision), "voice": voice, "doubts": doubts }))
}

/// A score with what is off: `Voice 95 · no greeting`; `""` without one.
pub fn voice_words(score: Option<&Score>) -> String {
    let Some(score) = score else { return String::new() };
    let value = format!("Voice {}", score.value);
    let off = score.findings.iter().map(|finding| finding.text.as_str());
    std::iter::once(value.as_str()).chain(off).collect::<Vec<_>>().join(" · ")
}

/// It was changed elsewhere: the text that is there, and its revision. Nothing was written.
pub fn changed(body: &str, revision: Option<Ts>) -> HttpResponse {
    HttpResponse::Conflict().json(json!({ "body": body, "revision": shown_revision(revision) }))
}
