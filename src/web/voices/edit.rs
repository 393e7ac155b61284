//! The voice as it is looked at, changed, previewed and published.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::drift::first_week;
use super::samples::{samples, texts_of};
use super::{Previews, VoiceFacts, VoicePage, WriterScore};
use crate::app::Desk;
use crate::model::brand::Brand;
use crate::model::channel::ChannelKind;
use crate::model::document::Problem;
use crate::model::teammate::{Role, Teammate};
use crate::model::version::Version;
use crate::store::versions::{self, Kind};
use crate::store::{channels, teammates, voice_scores};
use crate::voice::templates::Templates;
use crate::voice::{self, ChannelVoice, LocaleVoice, ReadingLevel, SayInstead, Voice};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_to, back_with, settled};
use crate::web::frame::{brand_named, page_of, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;
use crate::web::versions::change::{self, Publication};

/// The replies whose scores are shown.
const RECENT: Duration = Duration::from_hours(24 * 7);

/// Which language is shown, and which kind of channel; `""` for all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    locale: String,
    channel: String,
    brand: String,
}

/// What the form sends; in one language the sliders but one and the reading level stay out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    locale: String,
    channel: String,
    brand: String,
    /// The state of the draft that the form was drawn from.
    revision: Option<String>,
    warmth: Option<i64>,
    formality: Option<i64>,
    length: Option<i64>,
    emoji: Option<i64>,
    reading: Option<ReadingLevel>,
    greeting: String,
    sign_off: String,
    /// Not sent by forms that do not have it.
    disclosure: Option<String>,
    disclose_on_marketplaces: Option<String>,
    never_say: String,
    say_instead: String,
}

/// `GET /voices`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    asked: web::Query<Shown>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &asked.brand).await?;
    let asked = Asked { brand: &brand, locale: &asked.locale, channel: &asked.channel };
    voice_page(&desk, &who, &request, asked, &[], None).await
}

/// `GET /voices/{version}`: an earlier voice; keeping it as a draft brings it back.
pub async fn version(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    asked: web::Query<Shown>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &asked.brand).await?;
    let earlier = versions::find(&desk.db, Kind::Voice, brand.id, *number).await?.ok_or(Error::NotFound)?;
    let asked = Asked { brand: &brand, locale: &asked.locale, channel: &asked.channel };
    voice_page(&desk, &who, &request, asked, &[], Some(&earlier)).await
}

/// Which voice is looked at.
#[derive(Clone, Copy)]
struct Asked<'a> {
    brand: &'a Brand,
    locale: &'a str,
    channel: &'a str,
}

async fn voice_page(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    asked: Asked<'_>,
    wrong: &[Problem],
    earlier: Option<&Version>,
) -> Result<HttpResponse> {
    let Asked { brand, locale, channel } = asked;
    let in_force = versions::in_force(&desk.db, Kind::Voice, brand.id, desk.clock.now()).await?;
    let draft = versions::draft(&desk.db, Kind::Voice, brand.id).await?;
    let shown_voice = earlier.or(draft.as_ref()).or(in_force.as_ref()).map(read).unwrap_or_default();
    let locale = if shown_voice.locales.contains_key(locale) { locale } else { "" };
    let channel = if channel.parse::<ChannelKind>().is_ok() { channel } else { "" };
    let connected = channels::list(&desk.db).await?;
    let connected: Vec<&str> =
        connected.iter().filter(|one| one.brand_id == brand.id).map(|one| one.kind.as_str()).collect();
    let team = teammates::list(&desk.db).await?;
    let facts = VoiceFacts {
        voice: &shown_voice,
        locale,
        channel,
        connected: &connected,
        draft: draft.as_ref(),
        in_force: in_force.as_ref(),
        samples: &samples(desk, &shown_voice, (locale, channel), brand).await?,
        problems: wrong,
        writers: &writers(desk, brand, &team).await?,
        weeks: &voice_scores::weeks(&desk.db, brand.id, first_week(desk.clock.now())).await?,
        versions: &versions::list(&desk.db, Kind::Voice, brand.id).await?,
        team: &team,
    };
    let frame = page_of(desk, request, who, Place::Voice, brand).await?;
    shown(request, &VoicePage::new(frame, facts))
}

/// How close the replies of the last days come, by writer.
async fn writers(desk: &Desk, brand: &Brand, team: &[Teammate]) -> Result<Vec<WriterScore>> {
    let since = desk.clock.now().minus(RECENT);
    let faults = voice_scores::faults(&desk.db, brand.id, since).await?;
    let writers = voice_scores::writers(&desk.db, brand.id, since).await?;
    Ok(writers.iter().map(|writer| WriterScore::new(writer, &faults, team)).collect())
}

fn read(version: &Version) -> Voice {
    voice::compile(&version.document.0).unwrap_or_default()
}

impl Form {
    /// The voice with the form's fields in place.
    fn applied_to(&self, voice: &Voice) -> Voice {
        let mut changed = voice.clone();
        let phrases: Vec<String> =
            self.never_say.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        let pairs: Vec<SayInstead> = self
            .say_instead
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| {
                // A line that names no other phrase is refused, and not passed over.
                let (say, not) = line.split_once('=').unwrap_or((line, ""));
                SayInstead { say: say.trim().to_owned(), not: not.trim().to_owned() }
            })
            .collect();
        if !self.channel.is_empty() {
            self.put_on_channel(&mut changed, phrases, pairs);
        } else if self.locale.is_empty() {
            changed.warmth = self.warmth.unwrap_or(changed.warmth);
            changed.formality = self.formality.unwrap_or(changed.formality);
            changed.length = self.length.unwrap_or(changed.length);
            changed.emoji = self.emoji.unwrap_or(changed.emoji);
            changed.reading = self.reading.unwrap_or(changed.reading);
            changed.greeting.clone_from(&self.greeting);
            changed.sign_off.clone_from(&self.sign_off);
            if let Some(disclosure) = &self.disclosure {
                disclosure.trim().clone_into(&mut changed.disclosure);
                changed.disclose_on_marketplaces = self.disclose_on_marketplaces.is_some();
            }
            changed.never_say = phrases;
            changed.say_instead = pairs;
        } else {
            let own = changed.locales.entry(self.locale.clone()).or_default();
            own.formality = self.formality;
            own.greeting = Some(self.greeting.clone());
            own.sign_off = Some(self.sign_off.clone());
            if let Some(disclosure) = &self.disclosure {
                own.disclosure = Some(disclosure.trim().to_owned());
            }
            own.never_say = phrases;
            own.say_instead = pairs;
        }
        changed
    }

    /// On a channel only what differs there is kept: the rest goes along when it changes for all.
    fn put_on_channel(&self, voice: &mut Voice, never_say: Vec<String>, say_instead: Vec<SayInstead>) {
        let is_common = self.locale.is_empty();
        let before = voice.channels.entry(self.channel.clone()).or_default();
        if is_common {
            before.words = LocaleVoice::default();
        } else {
            before.locales.remove(&self.locale);
        }
        let else_said = voice.spoken(&self.locale, &self.channel);
        let (warmth, length, emoji, reading) = (voice.warmth, voice.length, voice.emoji, voice.reading);
        let line = |said: &str, other: &str| (said != other).then(|| said.to_owned());
        let words = LocaleVoice {
            greeting: line(&self.greeting, &else_said.greeting),
            sign_off: line(&self.sign_off, &else_said.sign_off),
            disclosure: self.disclosure.as_deref().and_then(|said| line(said.trim(), &else_said.disclosure)),
            formality: self.formality.filter(|value| *value != else_said.formality),
            never_say,
            say_instead,
        };
        let here = voice.channels.entry(self.channel.clone()).or_default();
        if is_common {
            here.warmth = self.warmth.filter(|value| *value != warmth);
            here.length = self.length.filter(|value| *value != length);
            here.emoji = self.emoji.filter(|value| *value != emoji);
            here.reading = self.reading.filter(|level| *level != reading);
            here.words = words;
        } else if words != LocaleVoice::default() {
            here.locales.insert(self.locale.clone(), words);
        }
        voice.channels.retain(|_, here| *here != ChannelVoice::default());
    }
}

/// The voice that is worked on.
async fn current(desk: &Desk, brand: &Brand, draft: Option<&Version>) -> Result<Voice> {
    if let Some(draft) = draft {
        return Ok(read(draft));
    }
    let in_force = versions::in_force(&desk.db, Kind::Voice, brand.id, desk.clock.now()).await?;
    Ok(in_force.as_ref().map(read).unwrap_or_default())
}

/// `POST /voices/draft`
pub async fn draft(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &posted.form.brand).await?;
    let back = format!("{}&locale={}&channel={}", home(&brand), posted.form.locale, posted.form.channel);
    let drawn = posted.form.revision.as_deref();
    let seen = match change::draft_for(&desk, Kind::Voice, &brand, drawn, &posted.by).await {
        Err(Error::Conflict(words)) => return Ok(back_with(&back, Tone::Bad, &words)),
        draft => draft?,
    };
    let before = current(&desk, &brand, seen.as_ref()).await?;
    let changed = posted.form.applied_to(&before);
    if changed == before {
        return Ok(back_to(&back));
    }
    let document = serde_json::to_value(&changed).map_err(|error| Error::Internal(error.into()))?;
    let templates = texts_of(&desk, &brand).await;
    match checked(&document, &templates, &brand) {
        Ok(()) => {
            let kept = change::keep_draft(&desk, Kind::Voice, &brand, (seen.as_ref(), &document), &posted.by).await;
            settled(&back, "", kept)
        }
        Err(problems) => {
            let asked = Asked { brand: &brand, locale: &posted.form.locale, channel: &posted.form.channel };
            voice_page(&desk, &posted.who(), &request, asked, &problems, None).await
        }
    }
}

/// `POST /voices/preview`: the same answers in the voice of the form, nothing is kept.
pub async fn preview(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &posted.form.brand).await?;
    let draft = versions::draft(&desk.db, Kind::Voice, brand.id).await?;
    let changed = posted.form.applied_to(&current(&desk, &brand, draft.as_ref()).await?);
    let shown_samples = samples(&desk, &changed, (&posted.form.locale, &posted.form.channel), &brand).await?;
    shown(&request, &Previews::new(&shown_samples))
}

/// The address of a brand's voice.
fn home(brand: &Brand) -> String {
    format!("/voices?brand={}", brand.slug)
}

/// `POST /voices/draft/deletion`
pub async fn discard(desk: web::Data<Desk>, posted: Posted<Shown>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &posted.form.brand).await?;
    change::discard(&desk, Kind::Voice, &brand).await?;
    Ok(back_to(&home(&brand)))
}

/// `POST /voices/publication`
pub async fn publish(desk: web::Data<Desk>, posted: Posted<Publication>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &posted.form.brand).await?;
    let templates = texts_of(&desk, &brand).await;
    let holds = |document: &Value| checked(document, &templates, &brand);
    change::publish(&desk, Kind::Voice, &brand, &posted, holds, &home(&brand)).await
}

/// What is wrong with a voice that is to be kept or published.
fn checked(document: &Value, templates: &Templates, brand: &Brand) -> std::result::Result<(), Vec<Problem>> {
    let voice = voice::compile(document)?;
    let problems = voice::forbids_too_much(&voice, templates, templates.language(&brand.locale, ""));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// `POST /voices/{version}/restoration`
pub async fn restore(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Shown>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &posted.form.brand).await?;
    let checked = |document: &Value| voice::compile(document).map(|_| ());
    let version = change::restore(&desk, Kind::Voice, &brand, *number, &posted.by, checked).await?;
    let words = format!("Version {} is in force again, as version {version}.", *number);
    Ok(back_with(&home(&brand), Tone::Info, &words))
}
