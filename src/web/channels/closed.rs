//! What the agent does on a channel when the time for a reply is over: the template of the brand's choice.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use channel_contract::outbound::Template as Approved;
use serde::Deserialize;
use serde_json::json;

use crate::app::Desk;
use crate::inbox::connections::Connection;
use crate::inbox::templates::{Wanted, find};
use crate::model::ChannelId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::macros::MacroTemplate;
use crate::model::teammate::Role;
use crate::store::{audit, channels};
use crate::voice::texts;
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::flash::{Tone, back_with};
use crate::web::format::counted;
use crate::web::forms::Field;
use crate::web::frame::{page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::macros::edit::variable_names;
use crate::web::page::{Page, Place};
use crate::web::parts::Notice;

/// The longest text for one place, in characters.
const LONGEST: usize = 1_000;

/// `GET /channels/{id}/closed-window`, and its form when something is wrong.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/closed.html")]
pub struct ClosedPage {
    page: Page,
    id: ChannelId,
    name: String,
    refused: Option<Notice>,
    template: Field,
    /// What stands in its places, one a line.
    values: String,
    /// Names and texts of the templates.
    texts: Vec<(String, String)>,
    variables: Vec<String>,
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    template: String,
    values: String,
}

/// The connection of a channel with templates, and those that it has now.
struct Ground {
    connection: Arc<Connection>,
    templates: Arc<Vec<Approved>>,
    trouble: Option<String>,
}

impl Ground {
    async fn of(desk: &Desk, id: ChannelId) -> Result<Self> {
        let connection = desk.connections.get(id).await.map_err(|_| Error::NotFound)?;
        if !connection.adapter.capabilities().templates {
            return Err(Error::NotFound);
        }
        let (templates, trouble) = match desk.connections.templates(&connection).await {
            Ok(templates) => (templates, None),
            Err(failure) => (Arc::default(), Some(failure.to_string())),
        };
        Ok(Self { connection, templates, trouble })
    }

    async fn page(&self, desk: &Desk, request: &HttpRequest, who: &SignedIn, form: &Form) -> Result<ClosedPage> {
        let page = page_of(desk, request, who, Place::Settings, &self.connection.brand).await?;
        let usable = self.templates.iter().filter(|template| template.usable);
        let names: BTreeSet<&str> = usable.clone().map(|template| template.name.as_str()).collect();
        let none = (String::new(), "None: a person decides".to_owned());
        let offered = names.into_iter().map(|name| (name.to_owned(), name.to_owned()));
        let refused =
            self.trouble.as_ref().map(|words| Notice::warn("The templates cannot be read now.", words.as_str()));
        Ok(ClosedPage {
            page,
            id: self.connection.channel.id,
            name: self.connection.channel.name.clone(),
            refused,
            template: Field::choice("template", "Template", std::iter::once(none).chain(offered))
                .optional()
                .value(form.template.as_str()),
            values: form.values.clone(),
            texts: usable.map(|one| (format!("{} ({})", one.name, one.language), one.shown())).collect(),
            variables: variable_names(),
        })
    }
}

/// `GET /channels/{id}/closed-window`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ChannelId>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let ground = Ground::of(&desk, *id).await?;
    let chosen = channels::closed_template(&desk.db, *id).await?.unwrap_or_default();
    let form = Form { template: chosen.name, values: chosen.values.join("\n") };
    shown(&request, &ground.page(&desk, &request, &who, &form).await?)
}

/// `POST /channels/{id}/closed-window`; `template` names it, `values` has a line for each of its places.
pub async fn choose(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<ChannelId>,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let ground = Ground::of(&desk, *id).await?;
    let chosen = match read(&posted.form, &ground.templates) {
        Ok(chosen) => chosen,
        Err(words) => {
            let mut page = ground.page(&desk, &request, &posted.who(), &posted.form).await?;
            page.refused = Some(Notice::bad("Not saved.", words));
            return shown_with_errors(&request, &page);
        }
    };
    let channel = &ground.connection.channel;
    let mut tx = desk.db.begin().await?;
    channels::set_closed_template(&mut tx, *id, chosen.as_ref()).await?;
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::ChannelChanged,
        subject: (AuditSubject::Channel, id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({ "name": channel.name, "closed_template": chosen.as_ref().map(|chosen| &chosen.name) }),
    };
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    let words = match chosen {
        Some(chosen) => format!("When the time for a reply is over, the agent takes the template “{}”.", chosen.name),
        None => "When the time for a reply is over, a person decides.".to_owned(),
    };
    Ok(back_with(&format!("/channels/{}", *id), Tone::Info, &words))
}

/// What is chosen, or what is wrong with it.
fn read(form: &Form, templates: &[Approved]) -> Result<Option<MacroTemplate>, String> {
    let name = form.template.trim();
    if name.is_empty() {
        return Ok(None);
    }
    let wanted = Wanted { name: name.to_owned(), ..Wanted::default() };
    let template = find(templates, &wanted).filter(|template| template.usable);
    let template = template.ok_or_else(|| "This template cannot be sent now. Choose another one.".to_owned())?;
    let lines = form.values.lines().map(str::trim).filter(|line| !line.is_empty());
    let values: Vec<String> = lines.map(|line| line.chars().take(LONGEST).collect()).collect();
    if values.len() != template.places.len() {
        return Err(format!(
            "The template has {}, and {} stand here. Write one line for each place.",
            counted(template.places.len(), "place", "places"),
            counted(values.len(), "line", "lines")
        ));
    }
    for value in &values {
        if let Err(problems) = texts::check(value, &texts::MACRO) {
            let words: Vec<String> = problems.into_iter().map(|found| found.message).collect();
            return Err(format!("“{value}”: {}", words.join(" ")));
        }
    }
    Ok(Some(MacroTemplate { name: name.to_owned(), language: String::new(), values }))
}
