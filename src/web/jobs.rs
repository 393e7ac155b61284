//! Work in the background: what runs, and what was given up.

pub mod retry;

use askama::Template;

use crate::model::ConversationId;
use crate::model::job::Job;
use crate::web::filters;
use crate::web::format::counted;
use crate::web::page::Page;
use crate::web::parts::{Empty, Progress, When};
use crate::web::words::job_word;

/// `GET /jobs`. Retrying is `POST /jobs/{id}/attempts`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "jobs/page.html")]
pub struct JobsPage {
    page: Page,
    running: Vec<Progress>,
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
    pub fn new(page: Page, running: &[Job], dead: &[Job], numbers: &[(ConversationId, i64)]) -> Self {
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
            running: running.iter().map(|job| Progress::of_job(job_word(job.kind), job, page.reader.now)).collect(),
            dead: dead.iter().map(dead_job).collect(),
            empty: Empty::new(
                "Nothing was given up",
                "Work that fails is tried again by itself, and shown here when it is not.",
            ),
            page,
        }
    }
}
