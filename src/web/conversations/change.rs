//! What teammates do with a conversation: each change is a form, and leads back to the page.

use std::collections::BTreeMap;
use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

use super::action_form::{ActionForm, proposed};
use super::brought;
use super::show::{BY_CUSTOMER, BY_PARTING, find, kind_of};
use crate::app::Desk;
use crate::events::Whisper;
use crate::events::presence::UNNAMED;
use crate::inbox::attach::Enclosed;
use crate::inbox::care::Answer;
use crate::inbox::macros::{Also, Then, plan};
use crate::inbox::taken_back::{self, TakenBack};
use crate::inbox::{InboxError, admission, approve, care, deliver, fetched, routes, snooze, voice_score};
use crate::model::attachment::clean_name;
use crate::model::buttons::listed;
use crate::model::conversation::{Conversation, Shown};
use crate::model::macros::Ticked;
use crate::model::sleep::{ParcelWait, moment};
use crate::model::teammate::Teammate;
use crate::model::writing::{Basis, Kept};
use crate::model::{AttachmentId, ComposerFileId, MessageId, OrderSourceId, TeammateId};
use crate::store::composer_texts::{self, ComposerText};
use crate::store::{macros, orders, teammates};
use crate::web::doubts;
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_to, back_with, settled};
use crate::web::format::amounts;
use crate::web::frame::{page, shown_with_errors, zone_of};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{InboxQuery, Place};
use crate::web::writing::{Typed, changed, stored, stored_and_looked_at, ticked};

/// What is said of a note that was not taken.
const NOTE_IS_KEPT: &str = "Your note is kept in its field.";

/// A written text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Written {
    id: String,
    body: String,
    back: String,
    note_revision: Option<String>,
}

/// Where a form leads back to: the page it was sent from, or the conversation.
pub(in crate::web) fn back_of(back: &str, number: i64) -> String {
    if back.is_empty() { format!("/conversations/{number}?view=all") } else { back.to_owned() }
}

/// The conversation in the list that a form was sent from.
fn in_list_of(back: &str, number: i64) -> String {
    InboxQuery::named_in(back).conversation_href(number)
}

/// The id that a form was drawn with; one without it is a new thing.
fn minted<T: FromStr + From<Uuid>>(desk: &Desk, id: &str) -> T {
    id.parse().unwrap_or_else(|_| desk.clock.new_id())
}

/// `POST /conversations/{number}/messages`; each `file` names an attached file that goes with it, and `then` says that
/// the case is done with it.
pub async fn answer(
    desk: web::Data<Desk>,
    request: HttpRequest,
    number: web::Path<i64>,
    posted: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let all = |name| posted.form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = |name| all(name).next().unwrap_or_default();
    let files: Vec<ComposerFileId> = all("file").filter_map(|id| id.parse().ok()).collect();
    let body = first("body").replace("\r\n", "\n");
    let choices = listed(first("choices"));
    let basis = Basis::of(all("text_revision").next());
    // The button that was pressed stands behind what goes by itself.
    let audience = all("audience").next_back().and_then(|word| word.parse().ok());
    let mut asked = "";
    // A file field outside of a multipart form gives the name of what was chosen, and nothing else.
    let sent = if let Some(name) = all("upload").find(|name| !name.is_empty()) {
        Err(Error::Invalid(format!(
            "“{}” is not attached yet, so nothing was sent. Choose it again and press Attach; your text is kept.",
            clean_name(name)
        )))
    } else {
        let said = (minted(&desk, first("id")), body.as_str());
        let named = (first("macro"), first("macro_version"), first("macro_order"));
        let also = match care::sent_before(&desk.inbox(), row.id, &posted.by, (said.0, said.1, &choices)).await {
            // The macro's order shows what it did by now.
            Ok(Some(_)) => return Ok(back_to(&back_of(first("back"), row.number))),
            Ok(None) => also_of(&desk, &row, &posted.by, named, all("step")).await,
            Err(error) => Err(error.into()),
        };
        match also {
            Ok(mut also) => {
                if first("then") == "resolve" {
                    also.then = Some(Then::Resolved);
                }
                let with = Answer {
                    enclosed: Enclosed::OfComposer(&files),
                    on: first("channel").parse().ok(),
                    seen: first("seen").parse().ok(),
                    shown: Shown::of(first("shown")),
                    parted: first("parted").parse().ok(),
                    basis,
                    also: &also,
                    choices: &choices,
                    template: None,
                    program: false,
                    audience,
                    drawn_for: all("parties").next(),
                };
                let sent = care::answer_with(&desk.inbox(), row.id, &posted.by, said, with).await;
                asked = match sent {
                    Err(InboxError::Overtaken) => "1",
                    Err(InboxError::Parted) => BY_PARTING,
                    Err(InboxError::WrittenMeanwhile) => BY_CUSTOMER,
                    _ => "",
                };
                sent.map_err(Error::from)
            }
            Err(error) => Err(error),
        }
    };
    let Err(error) = sent else { return Ok(back_to(&back_of(first("back"), row.number))) };
    let back = if asked.is_empty() {
        back_of(first("back"), row.number)
    } else {
        format!("{}&overtaken={asked}#composer", in_list_of(first("back"), row.number))
    };
    // What the macro does stays beside the text that promises it.
    let text = ComposerText { body, is_note: false, from: ticked(first("macro"), all("step")), choices, audience };
    let refused = Refused { error, asked, back: &back };
    Box::pin(not_taken(&desk, (&posted.who(), &request), row, (text, basis), refused)).await
}

/// Why something written was not taken, and where its form leads back to.
struct Refused<'a> {
    error: Error,
    /// What is asked first ([`Look::overtaken`]), `""` for nothing.
    asked: &'static str,
    back: &'a str,
}

/// What was written and not taken is there again when the page comes back. Where another device has changed what is kept,
/// or nothing can be kept, it stands in its field.
async fn not_taken(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    row: Conversation,
    (text, basis): (ComposerText, Basis),
    Refused { error, asked, back }: Refused<'_>,
) -> Result<HttpResponse> {
    match brought::keep(desk, &row, &who.teammate, text, basis).await? {
        None if !asked.is_empty() => Ok(back_to(back)),
        None => settled(back, "", Err::<MessageId, Error>(error)),
        Some(text) => {
            let words = brought::words_of(error)?;
            // With script the tab still has it, and asks.
            if request.headers().contains_key("hx-request") {
                return Ok(back_with(back, Tone::Bad, &format!("{words} {}", text.words())));
            }
            let why = Some(words.as_str()).filter(|_| asked.is_empty());
            Box::pin(brought::asked(desk, (who, request), row, text, (why, asked))).await
        }
    }
}

/// What a macro in the composer does with the answer: the steps that are ticked, as they were shown.
pub(in crate::web) async fn also_of<'a>(
    desk: &Desk,
    row: &Conversation,
    by: &Teammate,
    (id, version, order): (&str, &str, &str),
    ticked: impl Iterator<Item = &'a str>,
) -> Result<Also> {
    let Ok(id) = id.parse() else { return Ok(Also::default()) };
    let one = macros::find(&desk.db, id, by.id).await?.filter(|one| one.brand_id == row.brand_id);
    let one = one.filter(|one| one.updated_at.0.to_string() == version).ok_or_else(|| {
        Error::Conflict(
            "The macro was changed meanwhile. Nothing was sent; look at its steps and send it again.".to_owned(),
        )
    })?;
    let names: Vec<&str> = ticked.collect();
    let steps = one.document.steps.only(names.iter().copied());
    let orders = orders::list_of(&desk.db, row.id).await?;
    let team = teammates::list(&desk.db).await?;
    let also = plan(&steps, &orders, &team, (by, desk.clock.now(), zone_of(desk, by).await?))?;
    if let Some(asked) = also.actions.iter().find(|asked| asked.as_shown() != order) {
        return Err(Error::Conflict(format!(
            "The order has changed since: it would be “{}” now. Nothing was sent; look whether the text still fits, and send \
             it again.",
            amounts(&asked.label)
        )));
    }
    let from = Ticked { id, steps: names.into_iter().map(str::to_owned).collect() };
    Ok(Also { from: Some(from), ..also })
}

/// On which channel the customer is answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    channel: String,
    back: String,
}

/// `POST /conversations/{number}/route`
pub async fn choose_route(
    desk: web::Data<Desk>,
    number: web::Path<i64>,
    posted: Posted<Chosen>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let done = match posted.form.channel.parse() {
        Ok(channel) => routes::choose(&desk.inbox(), row.id, channel, &posted.by).await.map_err(Error::from),
        Err(_) => Err(Error::Invalid("Choose a channel. Nothing was changed.".to_owned())),
    };
    settled(&back_of(&posted.form.back, row.number), "", done)
}

/// `POST /conversations/{number}/notes`
pub async fn note(
    desk: web::Data<Desk>,
    number: web::Path<i64>,
    request: HttpRequest,
    posted: Posted<Written>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let Written { id, body, back, note_revision } = &posted.form;
    let back = back_of(back, row.number);
    let basis = Basis::of(note_revision.as_deref());
    let said = (minted(&desk, id), body.as_str());
    let kept = care::add_note(&desk.inbox(), row.id, &posted.by, said, basis).await;
    let error = match kept {
        Ok(_) => return Ok(back_to(&back)),
        Err(error) if body.trim().is_empty() => return settled(&back, "", Err::<(), Error>(error.into())),
        Err(error) => Error::from(error).and(NOTE_IS_KEPT),
    };
    let text = ComposerText { body: body.replace("\r\n", "\n"), is_note: true, ..ComposerText::default() };
    let refused = Refused { error, asked: "", back: &back };
    Box::pin(not_taken(&desk, (&posted.who(), &request), row, (text, basis), refused)).await
}

/// `POST /conversations/{number}/draft-text`: what somebody is writing, kept as they type. What another device has made of
/// it meanwhile is not overwritten: the page hears of it, and asks.
pub async fn keep_text(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Typed>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let is_note = posted.form.is_note();
    let from = posted.form.ticked().filter(|_| !is_note);
    let choices = if is_note { Vec::new() } else { posted.form.choices() };
    let text = ComposerText { body: posted.form.body(), is_note, from, choices, audience: posted.form.audience() };
    let (basis, now) = (posted.form.basis(), desk.clock.now());
    let mut tx = desk.db.begin().await?;
    let kept = composer_texts::keep(&mut tx, row.id, posted.by.id, &text, basis, now).await?;
    tx.commit().await?;
    if !text.is_note && !text.body.trim().is_empty() {
        let presence = &desk.events.presence;
        presence.note(row.number, (posted.by.id, UNNAMED), posted.by.first_name(), true, now);
        // Whoever waits in a chat sees that somebody writes.
        let teammate = Some(posted.by.first_name().to_owned());
        desk.events.whisper(Whisper { conversation: row.id, number: row.number, teammate });
    }
    Ok(match kept {
        Kept::Stored(revision) if text.is_note => stored(revision),
        Kept::Stored(revision) => {
            let objections = admission::objections(&desk.inbox(), &row, (&text.body, &text.choices)).await?;
            let score = voice_score::of_text(&desk.db, &row, (&text.body, None), now).await?;
            let doubts = doubts::of_text(&desk, &row, (&text.body, None)).await?;
            stored_and_looked_at(revision, &objections, score.as_ref(), &doubts)
        }
        Kept::Changed(Some(there)) => changed(&there.body, Some(there.updated_at)),
        Kept::Changed(None) => changed("", None),
    })
}

/// The end of a case, from a page that shows it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ending {
    shown: String,
    /// Where it leads back to.
    pub back: String,
}

impl Ending {
    /// What the page shows.
    pub fn shown(&self) -> Option<Shown> {
        Shown::of(&self.shown)
    }
}

/// `POST /conversations/{number}/resolution`
pub async fn resolve(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Ending>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let done = care::resolve(&desk.inbox(), row.id, &posted.by, posted.form.shown()).await;
    settled(&back_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}

/// `POST /conversations/{number}/resolution/deletion`
pub async fn reopen(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Back>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let done = care::reopen(&desk.inbox(), row.id, &posted.by).await;
    settled(&back_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}

/// Until when a conversation sleeps.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sleep {
    until: String,
    shown: String,
    back: String,
}

/// `POST /conversations/{number}/snooze`
pub async fn sleep(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Sleep>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let (choice, shown) = (&posted.form.until, Shown::of(&posted.form.shown));
    let until = moment(choice, desk.clock.now(), zone_of(&desk, &posted.by).await?);
    let done = match (choice.parse::<ParcelWait>(), until) {
        (Ok(wait), _) => {
            snooze::snooze_for_parcel(&desk.inbox(), row.id, wait, &posted.by, shown).await.map_err(Error::from)
        }
        (_, Some(until)) => snooze::snooze(&desk.inbox(), row.id, until, &posted.by, shown).await.map_err(Error::from),
        (_, None) => Err(Error::Invalid("Choose until when it sleeps. It is still open.".to_owned())),
    };
    settled(&back_of(&posted.form.back, row.number), "", done)
}

/// `POST /conversations/{number}/snooze/deletion`
pub async fn wake(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Back>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let done = snooze::wake_early(&desk.inbox(), row.id, &posted.by).await;
    settled(&back_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}

/// To whom work is given.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Assignment {
    teammate_id: String,
    back: String,
}

/// `POST /conversations/{number}/assignment`
pub async fn assign(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Assignment>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let to: Result<Option<TeammateId>> = match posted.form.teammate_id.as_str() {
        "" => Ok(None),
        "me" => Ok(Some(posted.by.id)),
        id => id.parse().map(Some).map_err(|_| Error::Invalid("Choose a person. Nothing was changed.".to_owned())),
    };
    let done = match to {
        Ok(to) => care::assign(&desk.inbox(), row.id, to, &posted.by).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    settled(&back_of(&posted.form.back, row.number), "", done)
}

/// A tag to add or take off.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Tag {
    add: String,
    remove: String,
    back: String,
}

/// `POST /conversations/{number}/tags`
pub async fn tag(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Tag>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let (word, add) =
        if posted.form.remove.is_empty() { (&posted.form.add, true) } else { (&posted.form.remove, false) };
    let done = care::tag(&desk.inbox(), row.id, word, add, &posted.by).await;
    settled(&back_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}

/// `POST /conversations/{number}/takeover`
pub async fn take_over(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Back>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let done = approve::take_over(&desk.inbox(), row.id, &posted.by).await;
    settled(&back_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}

/// What should be different.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Instruction {
    instruction: String,
    back: String,
}

/// `POST /conversations/{number}/agent-runs`
pub async fn write_again(
    desk: web::Data<Desk>,
    number: web::Path<i64>,
    posted: Posted<Instruction>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let instruction: String = posted.form.instruction.chars().take(2_000).collect();
    let done = approve::write_again(&desk.inbox(), row.id, &posted.by, &instruction).await;
    settled(&back_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}

/// `POST /conversations/{number}/actions`: what cannot be asked of the shop comes back as it was sent.
pub async fn act(
    desk: web::Data<Desk>,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
    posted: Posted<BTreeMap<String, String>>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let field = |name: &str| posted.form.get(name).map(String::as_str).unwrap_or_default();
    let back = back_of(field("back"), row.number);
    let source: OrderSourceId = field("source_id").parse().map_err(|_| Error::NotFound)?;
    let known = orders::list_of(&desk.db, row.id).await?;
    let known = known
        .iter()
        .find(|known| known.source_id == source && known.order.id == field("order_id"))
        .ok_or(Error::NotFound)?;
    let kind = kind_of(field("kind"))?;
    let proposed = match proposed(kind, known, (&posted.form, desk.clock.now())) {
        Ok(proposed) => proposed,
        Err(Error::Invalid(words) | Error::Conflict(words)) => {
            let who = posted.who();
            let frame = page(&desk, &request, &who, Place::Inbox, Some(query.into_inner())).await?;
            let form = ActionForm::new(frame, *number, minted(&desk, field("id")), kind, known);
            return shown_with_errors(&request, &form.refused(&words, &posted.form));
        }
        Err(error) => return Err(error),
    };
    let action = (minted(&desk, field("id")), &proposed);
    let done = care::act(&desk.inbox(), row.id, action, &posted.by).await.map_err(Error::from);
    settled(&back, "The shop is being asked. The timeline shows what came of it.", done)
}

/// `POST /messages/{id}/cancellation`: a reply is taken back, and what it came from is there again.
pub async fn take_back(desk: web::Data<Desk>, id: web::Path<MessageId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let message = crate::store::messages::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let row = crate::store::conversations::find(&desk.db, message.conversation_id).await?.ok_or(Error::NotFound)?;
    let taken = taken_back::cancel(&desk.inbox(), *id, &posted.by).await;
    let here = in_list_of(&posted.form.back, row.number);
    let (back, then) = match &taken {
        Ok(TakenBack::Draft { approval, edited }) if posted.form.back == "/approvals" => {
            (format!("/approvals/{approval}{}", if *edited { "?edit=1" } else { "" }), "It waits again.")
        }
        Ok(TakenBack::Draft { edited: true, .. }) => {
            (format!("{here}&edit=1#draft"), "The draft waits again, with your changes.")
        }
        Ok(TakenBack::Draft { .. }) => (here, "The draft waits again."),
        Ok(TakenBack::Composer) => (here, "Your text and files are in the composer."),
        Ok(TakenBack::Kept) | Err(_) => (here, "Its text stays in the conversation."),
    };
    let what = if message.sent_at.is_some() { "It did not arrive." } else { "It was not sent." };
    let words = format!("{what} {then}");
    settled(&back, &words, taken.map_err(Into::into))
}

/// `POST /messages/{id}/attempts`: a held message is sent after all.
pub async fn send_again(desk: web::Data<Desk>, id: web::Path<MessageId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let message = crate::store::messages::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let row = crate::store::conversations::find(&desk.db, message.conversation_id).await?.ok_or(Error::NotFound)?;
    let done = deliver::send_again(&desk.inbox(), *id, &posted.by).await;
    settled(&in_list_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}

/// `POST /attachments/{id}/attempts`: a file that could not be fetched is asked for once more.
pub async fn fetch_again(
    desk: web::Data<Desk>,
    id: web::Path<AttachmentId>,
    posted: Posted<Back>,
) -> Result<HttpResponse> {
    let conversation = fetched::fetch_again(&desk.inbox(), *id).await?;
    let row = crate::store::conversations::find(&desk.db, conversation).await?.ok_or(Error::NotFound)?;
    settled(&in_list_of(&posted.form.back, row.number), "", Ok(()))
}

/// `POST /messages/{id}/agent-runs`: a held message is taken back, and the agent writes anew.
pub async fn write_instead(
    desk: web::Data<Desk>,
    id: web::Path<MessageId>,
    posted: Posted<Back>,
) -> Result<HttpResponse> {
    let message = crate::store::messages::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let row = crate::store::conversations::find(&desk.db, message.conversation_id).await?.ok_or(Error::NotFound)?;
    let done = approve::write_instead(&desk.inbox(), *id, &posted.by).await;
    settled(&in_list_of(&posted.form.back, row.number), "", done.map_err(Into::into))
}
