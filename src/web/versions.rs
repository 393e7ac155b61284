//! Versions of a brand's documents, as the pages of policy, voice and reply templates list them.

pub mod change;
pub mod text_diff;

use askama::Template;

use crate::model::Ts;
use crate::model::teammate::{Role, Teammate};
use crate::model::version::Version;
use crate::web::page::Page;
use crate::web::parts::{Badge, fragments};

fragments!(VersionList);

/// Versions, newest first. Each has its page and, when it is not in force, a way back to it for who may go it.
#[derive(Debug, Template)]
#[template(path = "shared/versions.html")]
pub struct VersionList {
    /// The folder in addresses: `/policies`.
    folder: String,
    csrf: String,
    /// Whose they are: the brand's name in addresses.
    brand: String,
    lines: Vec<VersionLine>,
}

#[derive(Debug)]
struct VersionLine {
    number: i64,
    summary: String,
    about: String,
    badge: Option<Badge>,
    may_return: bool,
}

impl VersionList {
    /// The versions of a document; `in_force` is the number of the one that counts now.
    pub fn new(
        page: &Page,
        folder: impl Into<String>,
        versions: &[Version],
        in_force: Option<i64>,
        team: &[Teammate],
    ) -> Self {
        let lines =
            versions.iter().map(|version| line(page, version, until(version, versions), in_force, team)).collect();
        let (csrf, brand) = (page.csrf.clone(), page.brand.slug.clone());
        Self { folder: folder.into(), csrf, brand, lines }
    }
}

/// When a later version took the place of this one.
fn until(version: &Version, all: &[Version]) -> Option<Ts> {
    let later = all.iter().filter(|other| other.published && other.version > version.version);
    later.filter_map(|other| other.effective_from).filter(|from| Some(*from) >= version.effective_from).min()
}

fn line(page: &Page, version: &Version, until: Option<Ts>, in_force: Option<i64>, team: &[Teammate]) -> VersionLine {
    let counts = in_force == Some(version.version);
    let ahead = version.effective_from.filter(|from| *from > page.reader.now);
    let author = team.iter().find(|person| Some(person.id) == version.author_id);
    let who = author.map_or("The desk", |person| &person.name);
    let about = match (version.effective_from, ahead) {
        (_, Some(from)) => format!("{who}, in force from {}", page.reader.ahead(from)),
        (Some(from), None) => match until.filter(|until| !counts && *until <= page.reader.now) {
            Some(until) => format!("{who}, {} – {}", page.reader.short_day(from), page.reader.short_day(until)),
            None => format!("{who}, since {}", page.reader.short_day(from)),
        },
        (None, None) => format!("{who}, changed {}", page.reader.ago(version.created_at)),
    };
    let badge = match (version.published, counts, ahead.is_some()) {
        (false, ..) => Some(Badge::new("proposed", "not in force")),
        (true, true, _) => Some(Badge::new("", "in force")),
        (true, _, true) => Some(Badge::new("proposed", "comes")),
        (true, false, false) => None,
    };
    let summary = match version.summary.trim() {
        "" if version.published => "Without a word".to_owned(),
        "" => "Draft".to_owned(),
        words => words.to_owned(),
    };
    let may_return = version.published && !counts && page.role >= Role::Manager;
    VersionLine { number: version.version, summary, about, badge, may_return }
}
