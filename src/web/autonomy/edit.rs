//! The agent as it is stopped and let go on.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::AutonomyPage;
use crate::app::Desk;
use crate::inbox::brakes as stops;
use crate::model::BrakeId;
use crate::model::brake::Brake;
use crate::model::channel::ChannelKind;
use crate::model::line::straight;
use crate::model::order::ActionKind;
use crate::model::teammate::Role;
use crate::policy::INTENTS;
use crate::store::{Reader, brakes, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_with};
use crate::web::format::counted;
use crate::web::forms::FieldErrors;
use crate::web::frame::{brand_named, page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// How many stops that hold no more are listed.
const LISTED: i64 = 20;
/// How long a reason may be, in characters: it stands on every page.
const REASON: usize = 200;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    brand: String,
    intent: String,
    channel: String,
    action: String,
    reason: String,
}

/// `GET /autonomy`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    shown(&request, &page_with(&desk, (&who, &request), &[], &[]).await?)
}

async fn page_with(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    values: &[(&'static str, String)],
    errors: FieldErrors<'_>,
) -> Result<AutonomyPage> {
    let held = brakes::list_in_force(&mut Reader::Db(&desk.db)).await?;
    let lifted = brakes::list_lifted(&desk.db, LISTED).await?;
    let team = teammates::list(&desk.db).await?;
    let frame = page(desk, request, who, Place::Settings, None).await?;
    Ok(AutonomyPage::new(frame, (&held, &lifted, &team), values, errors))
}

/// `POST /brakes`: stops the agent, and brings back what it has put on its way there.
pub async fn stop(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let form = &posted.form;
    let reason = straight(&form.reason.replace('\0', ""));
    let reason = reason.trim().trim_end_matches('.');
    let wrong = match reason.chars().count() {
        0 => "Write why. Nothing is stopped yet.".to_owned(),
        REASON.. => format!("Write it in less than {REASON} characters. Nothing is stopped yet."),
        _ => String::new(),
    };
    if !wrong.is_empty() {
        let values = [
            ("brand", form.brand.clone()),
            ("intent", form.intent.clone()),
            ("channel", form.channel.clone()),
            ("action", form.action.clone()),
            ("reason", form.reason.clone()),
        ];
        let page = page_with(&desk, (&posted.who(), &request), &values, &[("reason", wrong)]).await?;
        return shown_with_errors(&request, &page);
    }
    let brand = if form.brand.is_empty() { None } else { Some(brand_named(&desk, &form.brand).await?.id) };
    let brake = Brake {
        id: desk.clock.new_id(),
        brand_id: brand,
        intent: known(&form.intent, INTENTS.iter().map(|(word, ..)| *word))?,
        channel: known(&form.channel, ChannelKind::ALL.into_iter().map(ChannelKind::as_str))?,
        action: known(&form.action, ActionKind::ALL.into_iter().map(ActionKind::as_str))?,
        reason: reason.to_owned(),
        set_by: Some(posted.by.id),
        set_at: desk.clock.now(),
        lifted_by: None,
        lifted_at: None,
    };
    let inbox = desk.inbox();
    stops::stop(&inbox, &brake, &posted.by).await?;
    let words = match stops::call_back(&inbox).await? {
        0 => "The agent is stopped there.".to_owned(),
        back => {
            let back = counted(back, "reply that had not left waits", "replies that had not left wait");
            format!("The agent is stopped there. {back} for a person again.")
        }
    };
    Ok(back_with("/autonomy", Tone::Info, &words))
}

/// A word of a list, or none.
fn known(word: &str, mut list: impl Iterator<Item = &'static str>) -> Result<String> {
    if word.is_empty() || list.any(|known| known == word) {
        return Ok(word.to_owned());
    }
    Err(Error::Invalid("Nothing is stopped: choose from what the lists offer.".to_owned()))
}

/// `POST /brakes/{id}/deletion`: the agent goes on.
pub async fn release(desk: web::Data<Desk>, id: web::Path<BrakeId>, posted: Posted<Nothing>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    stops::release(&desk.inbox(), *id, &posted.by).await?;
    Ok(back_with("/autonomy", Tone::Info, "The agent goes on there. What waits for a person still does."))
}
