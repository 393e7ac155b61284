//! A reply template as it is looked at, tried, kept and rolled back.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::preview::Text;
use super::{EditorFacts, EditorPage, Shown, TemplateList, VersionPage, folder, label_of};
use crate::app::Desk;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::conversation::Conversation;
use crate::model::document::Problem;
use crate::model::teammate::{Role, Teammate};
use crate::model::version::Version;
use crate::store::conversations::{self, View};
use crate::store::reply_templates::{self, NewText};
use crate::store::{audit, teammates};
use crate::voice::locale::LOCALES;
use crate::voice::templates::{self, FORMER, NAMES};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{brand_named, page_of, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;
use crate::web::parts::Notice;

/// Conversations that are offered for a try.
const OFFERED: usize = 12;

type Named = web::Path<(String, String)>;
type NamedVersion = web::Path<(String, String, i64)>;

/// Whose text it is, and which conversation it is tried on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Try {
    brand: String,
    conversation: Option<i64>,
}

/// What the editor sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    brand: String,
    body: String,
    summary: String,
    base: i64,
    conversation: Option<i64>,
}

/// `GET /reply-templates`
pub async fn list(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    chosen: web::Query<Try>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let brand = brand_named(&desk, &chosen.brand).await?;
    let newest = reply_templates::list_current(&desk.db, brand.id).await?;
    let team = teammates::list(&desk.db).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &TemplateList::new(frame, &newest, &team))
}

/// `GET /reply-templates/{locale}/{name}`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    named: Named,
    chosen: web::Query<Try>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let editor = Editor::open(&desk, &chosen.brand, &named.0, &named.1).await?;
    let form = Form {
        brand: editor.brand.slug.clone(),
        body: editor.current().to_owned(),
        summary: String::new(),
        base: editor.newest(),
        conversation: chosen.conversation,
    };
    editor.shown(&desk, &who, &request, &form, &[], None).await
}

/// `POST /reply-templates/{locale}/{name}/preview`: the text of the form, tried; nothing is kept.
pub async fn preview(
    desk: web::Data<Desk>,
    request: HttpRequest,
    named: Named,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let editor = Editor::open(&desk, &posted.form.brand, &named.0, &named.1).await?;
    let wrong = templates::compile(&posted.form.body).err().unwrap_or_default();
    let who = posted.who();
    editor.shown(&desk, &who, &request, &posted.form, &wrong, None).await
}

/// `POST /reply-templates/{locale}/{name}`: the text as the next version, in force for the agent's next reply.
pub async fn keep(
    desk: web::Data<Desk>,
    request: HttpRequest,
    named: Named,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let editor = Editor::open(&desk, &posted.form.brand, &named.0, &named.1).await?;
    let body = tidy(&posted.form.body);
    let wrong = if body.trim().is_empty() {
        vec![Problem::new("", "The text is empty. Write one, or go back to the built-in text.")]
    } else {
        templates::compile(&body).err().unwrap_or_default()
    };
    let unchanged = body.trim_end() == editor.current().trim_end();
    let summary = summary(&posted.form.summary);
    if wrong.is_empty() && !unchanged && editor.insert(&desk, &posted.by, &body, &summary, posted.form.base).await? {
        let words = format!("“{}” counts from the agent’s next reply on.", label_of(&editor.name));
        return Ok(back_with(&editor.address(), Tone::Info, &words));
    }
    let notice = if unchanged {
        Some(Notice::info("Nothing to keep.", "The text is the one that counts already."))
    } else if wrong.is_empty() {
        Some(Notice::bad("Not kept.", faster(editor.newest())))
    } else {
        None
    };
    let who = posted.who();
    editor.shown(&desk, &who, &request, &posted.form, &wrong, notice.as_ref()).await
}

fn faster(newest: i64) -> String {
    format!(
        "Somebody kept version {newest} while you wrote. Your text is still below: look at theirs under Versions in a \
         new tab, take over what you want, and keep yours again."
    )
}

/// `POST /reply-templates/{locale}/{name}/built-in`: the shipped text counts again; of a reply that the desk no longer
/// has nothing counts.
pub async fn reset(desk: web::Data<Desk>, named: Named, posted: Posted<Try>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let is_former = FORMER.iter().any(|(former, ..)| *former == named.1);
    let editor = if is_former {
        Editor::over(&desk, &posted.form.brand, (&named.0, &named.1), "").await?
    } else {
        Editor::open(&desk, &posted.form.brand, &named.0, &named.1).await?
    };
    let (back, done) = if is_former {
        (format!("/reply-templates?brand={}", editor.brand.slug), "The text is gone, as its reply is.")
    } else {
        (editor.address(), "The built-in text counts again; your texts stay under Versions.")
    };
    if !editor.is_own() {
        return Ok(back_with(&back, Tone::Info, "The built-in text counts already."));
    }
    let kept = editor.insert(&desk, &posted.by, "", "Back to the built-in text", editor.newest()).await?;
    if !kept {
        return Ok(back_with(&back, Tone::Bad, "Somebody changed this text just now. Look at it and try again."));
    }
    Ok(back_with(&back, Tone::Info, done))
}

/// `GET /reply-templates/{locale}/{name}/{version}`
pub async fn version(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    named: NamedVersion,
    chosen: web::Query<Try>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let (locale, name, number) = named.into_inner();
    let editor = Editor::open(&desk, &chosen.brand, &locale, &name).await?;
    let version = editor.find(number)?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &editor.brand).await?;
    let texts = (editor.text_of(version), editor.current());
    shown(&request, &VersionPage::new(frame, (&locale, &name), version, texts, number == editor.newest()))
}

/// `POST /reply-templates/{locale}/{name}/{version}/restoration`: an old text as the next version.
pub async fn restore(desk: web::Data<Desk>, named: NamedVersion, posted: Posted<Try>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let (locale, name, number) = named.into_inner();
    let editor = Editor::open(&desk, &posted.form.brand, &locale, &name).await?;
    let back = editor.address();
    let old = editor.find(number)?.document.0.as_str().unwrap_or_default().to_owned();
    if !old.is_empty() && templates::compile(&old).is_err() {
        let words = format!("Version {number} does not hold any more, so it was not restored.");
        return Ok(back_with(&back, Tone::Bad, &words));
    }
    let summary = format!("Back to version {number}");
    if !editor.insert(&desk, &posted.by, &old, &summary, editor.newest()).await? {
        return Ok(back_with(&back, Tone::Bad, "Somebody changed this text just now. Look at it and try again."));
    }
    let words = format!("Version {number} counts again, as version {}.", editor.newest() + 1);
    Ok(back_with(&back, Tone::Info, &words))
}

/// As the template engine is given it: line ends of one kind, no blanks behind lines.
fn tidy(body: &str) -> String {
    let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
    let mut text = lines.join("\n").trim_end().to_owned();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn summary(typed: &str) -> String {
    let words: String = typed.trim().chars().take(120).collect();
    if words.is_empty() { "No description".to_owned() } else { words }
}

/// One template of one language, with its versions.
struct Editor {
    brand: Brand,
    locale: String,
    name: String,
    shipped: &'static str,
    versions: Vec<Version>,
}

impl Editor {
    async fn open(desk: &Desk, brand: &str, locale: &str, name: &str) -> Result<Self> {
        let known = LOCALES.contains(&locale) && NAMES.iter().any(|(known, _)| *known == name);
        let shipped = templates::shipped(locale, name).filter(|_| known).ok_or(Error::NotFound)?;
        Self::over(desk, brand, (locale, name), shipped).await
    }

    /// The texts of a brand over this one.
    async fn over(desk: &Desk, brand: &str, (locale, name): (&str, &str), shipped: &'static str) -> Result<Self> {
        let brand = brand_named(desk, brand).await?;
        let versions = reply_templates::versions(&desk.db, brand.id, name, locale).await?;
        Ok(Self { brand, locale: locale.to_owned(), name: name.to_owned(), shipped, versions })
    }

    /// Where it has its page.
    fn address(&self) -> String {
        format!("{}?brand={}", folder(&self.locale, &self.name), self.brand.slug)
    }

    fn newest(&self) -> i64 {
        self.versions.first().map_or(0, |version| version.version)
    }

    fn is_own(&self) -> bool {
        self.versions.first().is_some_and(|version| version.document.0 != "")
    }

    /// The text that counts now.
    fn current(&self) -> &str {
        self.versions.first().map_or(self.shipped, |version| self.text_of(version))
    }

    fn text_of<'a>(&'a self, version: &'a Version) -> &'a str {
        version.document.0.as_str().filter(|text| !text.is_empty()).unwrap_or(self.shipped)
    }

    fn find(&self, number: i64) -> Result<&Version> {
        self.versions.iter().find(|version| version.version == number).ok_or(Error::NotFound)
    }

    async fn insert(&self, desk: &Desk, by: &Teammate, body: &str, summary: &str, base: i64) -> Result<bool> {
        let new = NewText {
            id: desk.clock.new_id(),
            brand_id: self.brand.id,
            name: &self.name,
            locale: &self.locale,
            body,
            summary,
            author_id: Some(by.id),
            created_at: desk.clock.now(),
        };
        let mut tx = desk.db.begin().await?;
        if !reply_templates::insert(&mut tx, &new, base).await? {
            return Ok(false);
        }
        let act = Act {
            actor: Actor::Teammate(by),
            action: AuditAction::ReplyTemplatePublished,
            subject: (AuditSubject::ReplyTemplate, format!("{}/{}", self.locale, self.name)),
            brand: Some(self.brand.id),
            details: json!({ "version": base + 1, "built_in": body.is_empty() }),
        };
        audit::append(&mut tx, &act, new.created_at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Recent conversations of the brand, those that want this first.
    async fn conversations(&self, desk: &Desk) -> Result<Vec<Conversation>> {
        let wanted = Text { locale: &self.locale, name: &self.name, body: "" }.intent();
        let wanted = wanted.and_then(|intent| serde_json::to_value(intent).ok());
        let wanted = wanted.as_ref().and_then(serde_json::Value::as_str);
        let mut rows = conversations::list(&desk.db, View::All, None, 60).await?;
        rows.retain(|row| row.brand_id == self.brand.id && row.intent.is_some());
        rows.sort_by_key(|row| (row.intent.as_deref() != wanted, row.language != self.locale));
        rows.truncate(OFFERED);
        Ok(rows)
    }

    async fn shown(
        &self,
        desk: &Desk,
        who: &SignedIn,
        request: &HttpRequest,
        form: &Form,
        problems: &[Problem],
        notice: Option<&Notice>,
    ) -> Result<HttpResponse> {
        let conversations = self.conversations(desk).await?;
        let first = conversations.first().map_or(0, |row| row.number);
        let chosen = form.conversation.unwrap_or(first);
        let chosen = conversations.iter().find(|row| row.number == chosen);
        let filled = self.filled(desk, &form.body, chosen, problems).await?;
        let facts = EditorFacts {
            locale: &self.locale,
            name: &self.name,
            body: &form.body,
            base: form.base,
            summary: &form.summary,
            is_own: self.is_own(),
            problems,
            notice,
            conversations: &conversations,
            chosen: chosen.map_or(0, |row| row.number),
            shown: &filled,
            versions: &self.versions,
            team: &teammates::list(&desk.db).await?,
        };
        let frame = page_of(desk, request, who, Place::Settings, &self.brand).await?;
        shown(request, &EditorPage::new(frame, facts))
    }

    async fn filled(&self, desk: &Desk, body: &str, on: Option<&Conversation>, wrong: &[Problem]) -> Result<Shown> {
        if !wrong.is_empty() {
            return Ok(Shown::default());
        }
        let text = Text { locale: &self.locale, name: &self.name, body };
        if let Some(conversation) = on {
            return text.on(desk, &self.brand, conversation).await;
        }
        let documents = desk.documents.of_brand(&desk.db, self.brand.id, desk.clock.now()).await;
        let voice = documents.map_err(|error| Error::Internal(error.into()))?.voice.clone();
        Ok(text.invented(&voice, &self.brand))
    }
}
