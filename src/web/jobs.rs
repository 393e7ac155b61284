//! Work in the background: what runs, and what was given up.

pub mod retry;

use askama::Template;

use crate::model::ConversationId;
use crate::model::channel::Channel;
use crate::model::job::Job;
use crate::web::filters;
use crate::web::format::{Reader, counted};
use crate::web::page::Page;
use crate::web::parts::{Empty, Progress, When, fragments};
use crate::web::words::job_word;

fragments!(UnderWay);

/// `GET /jobs`. Retrying is `POST /jobs/{id}/attempts`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "jobs/page.html")]
pub struct JobsPage {
    page: Page,
    under_way: UnderWay,
    dead: Vec<DeadJob>,
    empty: Empty,
}

#[derive(Debug)]
struct DeadJob {
    id: String,
    what: String,
    error: String,
    about: String,
    conversation: Option<i64>,
    when: When,
}

impl JobsPage {
    /// Long work under way, work that was given up, and the numbers of the conversations that they are about.
    pub fn new(
        page: Page,
        (running, channels): (&[Job], &[Channel]),
        dead: &[Job],
        numbers: &[(ConversationId, i64)],
    ) -> Self {
        let number = |id| numbers.iter().find(|(known, _)| Some(*known) == id).map(|(_, number)| *number);
        let dead_job = |job: &Job| DeadJob {
            id: job.id.to_string(),
            what: job_word(job.kind),
            error: job.last_error.clone(),
            about: format!("tried {}", counted(usize::try_from(job.attempts).unwrap_or(0), "time", "times")),
            conversation: number(job.conversation_id),
            when: When::ago(page.reader, job.created_at),
        };
        Self {
            under_way: UnderWay::new(page.reader, running, channels),
            dead: dead.iter().map(dead_job).collect(),
            empty: Empty::new(
                "Nothing was given up",
                "Work that fails is tried again by itself, and shown here when it is not.",
            ),
            page,
        }
    }
}

/// Work under way as bars. Also the fragment `GET /jobs/under-way`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "jobs/under_way.html")]
pub struct UnderWay {
    running: Vec<Progress>,
}

impl UnderWay {
    /// What runs; of what lasts only a long reading, by the name of its channel.
    pub fn new(reader: Reader, running: &[Job], channels: &[Channel]) -> Self {
        let shown = running.iter().filter(|job| !job.kind.lasts() || job.total > 0);
        let what = |job: &Job| match channels.iter().find(|channel| job.field("channel") == Some(channel.id)) {
            Some(channel) => format!("Mails of {} read", channel.name),
            None => job_word(job.kind),
        };
        Self { running: shown.map(|job| Progress::of_job(what(job), job, reader.now)).collect() }
    }
}
