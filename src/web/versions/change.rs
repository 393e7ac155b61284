//! What policy and voice have in common: drafts, publishing, rolling back.

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Desk;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::document::Problem;
use crate::model::teammate::Teammate;
use crate::model::version::Version;
use crate::model::{Ts, Zone};
use crate::store::versions::{self, Kind, NewVersion};
use crate::store::{self, audit};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::zone_of;
use crate::web::guard::Posted;

/// What the publishing form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Publication {
    summary: String,
    effective_from: String,
    pub(in crate::web) brand: String,
    /// The state of the draft that the page showed.
    revision: String,
}

/// The draft that a form changes. Refused when somebody else changed it after the form was drawn.
pub(in crate::web) async fn draft_for(
    desk: &Desk,
    kind: Kind,
    brand: &Brand,
    drawn: Option<&str>,
    by: &Teammate,
) -> Result<Option<Version>> {
    let draft = versions::draft(&desk.db, kind, brand.id).await?;
    let overtaken =
        |draft: &Version| drawn.is_some_and(|drawn| drawn != draft.revision()) && draft.author_id != Some(by.id);
    if draft.as_ref().is_some_and(overtaken) { Err(overtaken_draft()) } else { Ok(draft) }
}

fn overtaken_draft() -> Error {
    let words = "Somebody changed this draft meanwhile, so your change was not kept. The draft as it is now is shown.";
    Error::Conflict(words.to_owned())
}

/// Keeps a changed document as the draft of the next version, over the draft that it was made from.
pub(in crate::web) async fn keep_draft(
    desk: &Desk,
    kind: Kind,
    brand: &Brand,
    (seen, document): (Option<&Version>, &Value),
    by: &Teammate,
) -> Result<()> {
    let now = desk.clock.now();
    let mut tx = desk.db.begin().await?;
    if let Some(seen) = seen {
        if !versions::update_draft(&mut tx, kind, seen, document, (by.id, now)).await? {
            return Err(overtaken_draft());
        }
    } else {
        let new = NewVersion {
            id: desk.clock.new_id(),
            brand_id: brand.id,
            document: document.clone(),
            summary: "Draft".to_owned(),
            author_id: Some(by.id),
            effective_from: None,
            created_at: now,
        };
        match versions::insert(&mut tx, kind, &new).await {
            Err(store::Error::Duplicate) => return Err(overtaken_draft()),
            inserted => inserted?,
        };
    }
    Ok(tx.commit().await?)
}

/// Throws the draft away.
pub(in crate::web) async fn discard(desk: &Desk, kind: Kind, brand: &Brand) -> Result<()> {
    let mut tx = desk.db.begin().await?;
    versions::delete_draft(&mut tx, kind, brand.id).await?;
    Ok(tx.commit().await?)
}

/// Publishes the draft if it holds, from a moment on.
pub(in crate::web) async fn publish(
    desk: &Desk,
    kind: Kind,
    brand: &Brand,
    posted: &Posted<Publication>,
    checked: impl Fn(&Value) -> Result<(), Vec<Problem>>,
    back: &str,
) -> Result<HttpResponse> {
    let form = &posted.form;
    let Some(draft) = versions::draft(&desk.db, kind, brand.id).await? else {
        return Ok(back_with(back, Tone::Bad, "There is no draft to publish. Change something first."));
    };
    let moved_on = "Nothing was published: the draft changed after this page was shown. Look at it as it is now.";
    if !form.revision.is_empty() && form.revision != draft.revision() {
        return Ok(back_with(back, Tone::Bad, moved_on));
    }
    if let Err(problems) = checked(&draft.document.0) {
        let first = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
        let words = format!("Nothing was published: {first}");
        return Ok(back_with(back, Tone::Bad, &words));
    }
    let now = desk.clock.now();
    let Some(from) = moment(&form.effective_from, now, zone_of(desk, &posted.by).await?) else {
        return Ok(back_with(back, Tone::Bad, "Write the moment as a date and a time, or leave it empty for at once."));
    };
    let summary: String = form.summary.trim().chars().take(120).collect();
    let summary = if summary.is_empty() { "No description".to_owned() } else { summary };
    let mut tx = desk.db.begin().await?;
    if !versions::publish(&mut tx, kind, &draft, &summary, from).await? {
        return Ok(back_with(back, Tone::Bad, moved_on));
    }
    let action = match kind {
        Kind::Policy => AuditAction::PolicyPublished,
        Kind::Voice => AuditAction::VoicePublished,
    };
    let details = json!({ "version": draft.version, "in_force_from": from.rfc3339() });
    audit::append(&mut tx, &act(kind, &posted.by, action, brand, (draft.version, details)), now).await?;
    tx.commit().await?;
    let when = if from > now { "from then on" } else { "now" };
    let words = format!("Version {} is in force {when}.", draft.version);
    Ok(back_with(back, Tone::Info, &words))
}

/// An old version as the next one, in force at once; gives its number.
pub(in crate::web) async fn restore(
    desk: &Desk,
    kind: Kind,
    brand: &Brand,
    number: i64,
    by: &Teammate,
    checked: impl Fn(&Value) -> Result<(), Vec<Problem>>,
) -> Result<i64> {
    let old = versions::find(&desk.db, kind, brand.id, number).await?.ok_or(Error::NotFound)?;
    if checked(&old.document.0).is_err() {
        return Err(Error::Conflict(format!("Version {number} does not hold any more, so it was not restored.")));
    }
    let now = desk.clock.now();
    let new = NewVersion {
        id: desk.clock.new_id(),
        brand_id: brand.id,
        document: old.document.0,
        summary: format!("Back to version {number}"),
        author_id: Some(by.id),
        effective_from: Some(now),
        created_at: now,
    };
    let mut tx = desk.db.begin().await?;
    let version = versions::insert(&mut tx, kind, &new).await?;
    let action = match kind {
        Kind::Policy => AuditAction::PolicyRestored,
        Kind::Voice => AuditAction::VoiceRestored,
    };
    let details = json!({ "version": version, "text_of": number });
    audit::append(&mut tx, &act(kind, by, action, brand, (version, details)), now).await?;
    tx.commit().await?;
    Ok(version)
}

fn act<'a>(
    kind: Kind,
    by: &'a Teammate,
    action: AuditAction,
    brand: &Brand,
    (version, details): (i64, Value),
) -> Act<'a> {
    let subject = match kind {
        Kind::Policy => AuditSubject::Policy,
        Kind::Voice => AuditSubject::Voice,
    };
    Act { actor: Actor::Teammate(by), action, subject: (subject, version.to_string()), brand: Some(brand.id), details }
}

/// The moment that a `datetime-local` field names on the reader's clock; empty is now, and so is what has passed: a
/// version is never in force before it was published.
fn moment(text: &str, now: Ts, zone: Zone) -> Option<Ts> {
    if text.trim().is_empty() {
        return Some(now);
    }
    Some(zone.moment(text.trim().parse().ok()?)?.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_moment_is_now_and_a_wrong_one_is_refused() {
        let now = Ts(5);
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(moment("", now, berlin), Some(now));
        let shown = |zone| moment("2026-11-30T08:00", now, zone).map(Ts::rfc3339);
        assert_eq!(shown(Zone::utc()).as_deref(), Some("2026-11-30T08:00:00Z"));
        assert_eq!(shown(berlin).as_deref(), Some("2026-11-30T07:00:00Z"));
        assert_eq!(moment("tomorrow", now, berlin), None);
        assert_eq!(moment("1969-11-30T08:00", now, berlin), Some(now), "what has passed is now");
    }
}
