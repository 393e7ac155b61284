//! What is said of a reply that somebody is writing, as it stands: what its channel would refuse, how close it comes to
//! the voice, and what nothing in its case says.

use crate::app::Desk;
use crate::inbox::connections::Connection;
use crate::inbox::{admission, voice_score};
use crate::model::attachment::ComposerFile;
use crate::model::conversation::Conversation;
use crate::model::fit::Ground;
use crate::store;
use crate::store::composer_texts::ComposerTexts;
use crate::web::doubts;
use crate::web::writing::voice_words;

/// What is said of it.
#[derive(Debug)]
pub(super) struct LookedAt {
    /// What is wrong with its words and buttons.
    pub(super) objections: Vec<String>,
    /// What is wrong with its files.
    pub(super) objections_to_files: Vec<String>,
    /// `Voice 95 · no greeting`; `""` where nothing is written.
    pub(super) voice: String,
    /// What nothing in the case says; `""` where there is no such thing.
    pub(super) doubts: String,
}

impl LookedAt {
    /// Of the texts and files of a reader; `untold` is what must not be named where it leaves.
    pub(super) async fn new(
        desk: &Desk,
        (conversation, place): (&Conversation, Option<(&Connection, &Ground)>),
        (texts, files): (&ComposerTexts, &[ComposerFile]),
        untold: &[String],
    ) -> store::Result<Self> {
        let objections = match (place, &texts.reply) {
            (Some(place), Some(reply)) => admission::objections_on(place, (&reply.body, &texts.choices), untold),
            _ => Vec::new(),
        };
        let names = files.iter().map(|file| file.name.as_str());
        let objections_to_files =
            place.map(|(kept, _)| admission::objections_to_names(kept, names, untold)).unwrap_or_default();
        let written = texts.reply.as_ref().map_or("", |reply| reply.body.as_str());
        let score = voice_score::of_text(&desk.db, conversation, (written, None), desk.clock.now()).await?;
        let doubts = doubts::of_text(desk, conversation, (written, None)).await?;
        Ok(Self { objections, objections_to_files, voice: voice_words(score.as_ref()), doubts })
    }
}
