//! Writing macros, changing and forgetting them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{MacroEditor, MacroList, Written};
use crate::app::Desk;
use crate::inbox::care::clean_tag;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::buttons::listed;
use crate::model::macros::{AssignStep, Macro, MacroDocument, MacroTemplate, OrderStep, Steps};
use crate::model::teammate::{Role, Teammate};
use crate::model::{Json, MacroId, Ts};
use crate::store::{audit, brands, macros, teammates};
use crate::voice::texts;
use crate::web::brands::LANGUAGES;
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_with};
use crate::web::frame::{brand_named, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Place};

/// What is said of a macro that was deleted since its form was drawn.
const GONE: &str = "Somebody deleted this macro meanwhile. Save once more to make it anew.";
/// What is said of a macro that was changed since its form was drawn.
const CHANGED: &str = "Somebody changed this macro meanwhile; open it in another tab to see how. Save once more to set it to \
                       what stands here.";

/// `GET /macros?brand=`
pub async fn list(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &which.brand).await?;
    let all = macros::list(&desk.db, brand.id, who.teammate.id).await?;
    let team = teammates::list(&desk.db).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &MacroList::new(frame, &all, &team))
}

/// `GET /macros/new?brand=`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &which.brand).await?;
    let team = teammates::list(&desk.db).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &MacroEditor::new(frame, ("", &brand.locale), &Written::default(), &team, &[]))
}

/// `GET /macros/{id}`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<MacroId>,
) -> Result<HttpResponse> {
    let one = macros::find(&desk.db, *id, who.teammate.id).await?.ok_or(Error::NotFound)?;
    let brand = brands::get(&desk.db, one.brand_id).await?;
    let team = teammates::list(&desk.db).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &MacroEditor::new(frame, (&one.id.to_string(), &brand.locale), &Written::of(&one), &team, &[]))
}

/// `POST /macros`
pub async fn create(
    desk: web::Data<Desk>,
    request: HttpRequest,
    posted: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    let brand = brand_of(&desk, &posted.form).await?;
    keep(&desk, &request, posted, &brand, None).await
}

/// The brand that a form names.
async fn brand_of(desk: &Desk, form: &[(String, String)]) -> Result<Brand> {
    let slug = form.iter().find(|(name, _)| name == "brand").map_or("", |(_, slug)| slug.as_str());
    brand_named(desk, slug).await
}

/// `POST /macros/{id}`
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<MacroId>,
    posted: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    let brand = match macros::find(&desk.db, *id, posted.by.id).await? {
        Some(one) => {
            may_change(&one, &posted.by)?;
            brands::get(&desk.db, one.brand_id).await?
        }
        None => brand_of(&desk, &posted.form).await?,
    };
    keep(&desk, &request, posted, &brand, Some(*id)).await
}

/// `POST /macros/{id}/deletion`
pub async fn delete(desk: web::Data<Desk>, id: web::Path<MacroId>, posted: Posted<Nothing>) -> Result<HttpResponse> {
    let one = macros::find(&desk.db, *id, posted.by.id).await?.ok_or(Error::NotFound)?;
    may_change(&one, &posted.by)?;
    let brand = brands::get(&desk.db, one.brand_id).await?;
    let mut tx = desk.db.begin().await?;
    macros::delete(&mut tx, one.id).await?;
    if one.owner_id.is_none() {
        let act = about(&one, &posted.by, AuditAction::MacroDeleted);
        audit::append(&mut tx, &act, desk.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(back_with(&format!("/macros?brand={}", brand.slug), Tone::Info, &format!("“{}” is forgotten.", one.name)))
}

/// What is recorded of a macro that everybody uses: what it asks of the shop, and no text.
fn about<'a>(one: &Macro, by: &'a Teammate, action: AuditAction) -> Act<'a> {
    let whose = if one.owner_id.is_none() { "everybody" } else { "its writer" };
    let order = one.document.steps.order.map(OrderStep::as_str);
    Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::Macro, one.id.to_string()),
        brand: Some(one.brand_id),
        details: json!({ "name": one.name, "for": whose, "order": order }),
    }
}

/// What everybody uses is changed by a manager.
fn may_change(one: &Macro, by: &Teammate) -> Result<()> {
    if one.owner_id.is_some() || by.may(Role::Manager) {
        return Ok(());
    }
    Err(Error::Forbidden("A manager changes what everybody uses. Write one of your own instead.".to_owned()))
}

async fn keep(
    desk: &Desk,
    request: &HttpRequest,
    posted: Posted<Vec<(String, String)>>,
    brand: &Brand,
    known: Option<MacroId>,
) -> Result<HttpResponse> {
    let team = teammates::list(&desk.db).await?;
    let who = posted.who();
    let mut written = Written(posted.form);
    let (name, document) = match read(&written, &team) {
        Ok(read) => read,
        Err(errors) => return refused(desk, (&who, request), brand, (known, &written), (&team, &errors)).await,
    };
    let shared = written.get("shared") == "team" && posted.by.may(Role::Manager);
    let now: Ts = desk.clock.now();
    let one = Macro {
        id: known.unwrap_or_else(|| desk.clock.new_id()),
        brand_id: brand.id,
        owner_id: (!shared).then_some(posted.by.id),
        name: name.clone(),
        document: Json(document),
        updated_at: now,
    };
    let mut tx = desk.db.begin().await?;
    let mut is_told = shared;
    if let Some(id) = known {
        let stands = macros::lock(&mut tx, id, posted.by.id).await?;
        let Some(stands) = stands else {
            drop(tx);
            return refused(desk, (&who, request), brand, (None, &written), (&team, &at_name(GONE))).await;
        };
        may_change(&stands, &posted.by)?;
        if is_passed_over(&stands, &one, written.get("seen")) {
            drop(tx);
            written.0.retain(|(name, _)| name != "seen");
            written.0.push(("seen".to_owned(), stands.updated_at.0.to_string()));
            return refused(desk, (&who, request), brand, (known, &written), (&team, &at_name(CHANGED))).await;
        }
        is_told = (shared || stands.owner_id.is_none()) && !is_same(&stands, &one);
    }
    macros::save(&mut tx, &one, now).await?;
    if is_told {
        audit::append(&mut tx, &about(&one, &posted.by, AuditAction::MacroSaved), now).await?;
    }
    tx.commit().await?;
    Ok(back_with(&format!("/macros?brand={}", brand.slug), Tone::Info, &format!("“{name}” is saved.")))
}

/// Whether a macro as it stands would be lost unseen: the form was drawn from another version.
fn is_passed_over(stands: &Macro, wanted: &Macro, seen: &str) -> bool {
    !seen.is_empty() && seen != stands.updated_at.0.to_string() && !is_same(stands, wanted)
}

fn is_same(stands: &Macro, wanted: &Macro) -> bool {
    stands.name == wanted.name && stands.owner_id == wanted.owner_id && stands.document.0 == wanted.document.0
}

fn at_name(words: &str) -> Errors {
    vec![("name".to_owned(), words.to_owned())]
}

/// The form once more, with what is in it and what is wrong.
async fn refused(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    brand: &Brand,
    (known, written): (Option<MacroId>, &Written),
    (team, errors): (&[Teammate], &[(String, String)]),
) -> Result<HttpResponse> {
    let frame = page_of(desk, request, who, Place::Settings, brand).await?;
    let id = known.map(|id| id.to_string()).unwrap_or_default();
    let page = MacroEditor::new(frame, (&id, &brand.locale), written, team, errors);
    shown_with_errors(request, &page)
}

type Errors = Vec<(String, String)>;

/// Name and document of a form, or what is wrong with it.
fn read(written: &Written, team: &[Teammate]) -> Result<(String, MacroDocument), Errors> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, words: String| errors.push((field.to_owned(), words));
    let name: String = written.get("name").trim().chars().take(80).collect();
    if name.is_empty() {
        wrong("name", "A macro needs a name.".to_owned());
    }
    let mut document = MacroDocument::default();
    for (code, _) in LANGUAGES {
        let field = format!("text_{code}");
        let text = written.get(&field).trim().replace("\r\n", "\n");
        if let Err(problems) = texts::check(&text, &texts::MACRO) {
            let words = problems.iter().map(|found| format!("{}: {}", found.path, found.message));
            wrong(&field, words.collect::<Vec<_>>().join(" "));
        }
        let below = format!("choices_{code}");
        let choices = listed(written.get(&below));
        if text.is_empty() && !choices.is_empty() {
            wrong(&below, "Buttons stand below a text. Write one in this language too.".to_owned());
        }
        if !text.is_empty() {
            document.texts.insert(code.to_owned(), text);
        }
        if !choices.is_empty() {
            document.choices.insert(code.to_owned(), choices);
        }
    }
    document.template = template_of(written, &mut wrong);
    let steps = &mut document.steps;
    steps.order = written.get("order").parse().ok();
    steps.then = written.get("then").parse().ok();
    steps.assign = match written.get("assign") {
        "me" => Some(AssignStep::Me),
        "team" => Some(AssignStep::Team),
        id => id.parse().ok().map(AssignStep::Person),
    };
    if let Some(AssignStep::Person(id)) = steps.assign
        && !team.iter().any(|person| person.id == id && person.disabled_at.is_none())
    {
        wrong("assign", "This person is no longer on the team.".to_owned());
    }
    for tag in written.get("tags").split(',').filter(|tag| !tag.trim().is_empty()) {
        match clean_tag(tag) {
            Ok(tag) => steps.tags.push(tag),
            Err(error) => wrong("tags", error.to_string()),
        }
    }
    if document.texts.is_empty() && document.steps == Steps::default() && document.template.is_none() {
        wrong("text_en", "Write a text in one language at least, or choose a step.".to_owned());
    }
    if errors.is_empty() { Ok((name, document)) } else { Err(errors) }
}

/// The template that a form names; what is in its places is checked like a text.
fn template_of(written: &Written, wrong: &mut impl FnMut(&str, String)) -> Option<MacroTemplate> {
    let short = |name: &str| written.get(name).trim().chars().take(200).collect::<String>();
    let (name, language) = (short("template_name"), short("template_language"));
    let values: Vec<String> = written
        .get("template_values")
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    for value in &values {
        if let Err(problems) = texts::check(value, &texts::MACRO) {
            let words: Vec<String> = problems.into_iter().map(|found| found.message).collect();
            wrong("template_values", format!("“{value}”: {}", words.join(" ")));
        }
    }
    if name.is_empty() && !(language.is_empty() && values.is_empty()) {
        wrong("template_name", "Say which template this is for, or leave all three empty.".to_owned());
    }
    (!name.is_empty()).then_some(MacroTemplate { name, language, values })
}

/// The variables that a text may use, as they are written.
pub(in crate::web) fn variable_names() -> Vec<String> {
    let mut names = Vec::new();
    if let Value::Object(groups) = &*texts::MACRO {
        for (group, value) in groups {
            match value {
                Value::Object(members) => {
                    names.extend(members.keys().map(|member| format!("{{{{ {group}.{member} }}}}")));
                }
                _ => names.push(format!("{{{{ {group} }}}}")),
            }
        }
    }
    names
}
