//! The same answers in a voice: what the agent would say in the brand's last conversations, or on invented cases.

use std::sync::Arc;

use serde_json::Value;

use super::Sample;
use crate::agent::{self, BuiltIn, Outcome};
use crate::app::Desk;
use crate::commerce::as_read::as_read;
use crate::jobs::agent_run;
use crate::model::brand::Brand;
use crate::model::channel::ChannelKind;
use crate::model::conversation::Conversation;
use crate::model::message::Direction;
use crate::store::conversations::{self, View};
use crate::store::orders;
use crate::voice::templates::Templates;
use crate::voice::{self, Spoken, Voice};
use crate::web::error::Result;
use crate::web::words::{channel_kind, channel_word, intent_word};

/// How many answers are shown.
const SHOWN: usize = 3;
/// How many conversations are looked at for them.
const LOOKED_AT: usize = 12;

/// The answers in a voice: to the last conversations of the brand where the agent has one, else on invented cases.
pub(super) async fn samples(
    desk: &Desk,
    voice: &Voice,
    (locale, channel): (&str, &str),
    brand: &Brand,
) -> Result<Vec<Sample>> {
    let mut shown: Vec<Sample> = Vec::new();
    for row in last_of(desk, brand, (locale, channel)).await? {
        if let Some(sample) = answer(desk, voice, brand, row).await
            && shown.iter().all(|other| other.text != sample.text)
        {
            shown.push(sample);
        }
        if shown.len() == SHOWN {
            return Ok(shown);
        }
    }
    let templates = texts_of(desk, brand).await;
    let examples = invented(voice, &templates, (locale, channel), brand);
    let missing = SHOWN.saturating_sub(shown.len());
    shown.extend(examples.into_iter().take(missing));
    Ok(shown)
}

/// The reply templates of a brand. Without a policy in force there is no text of its own.
pub(super) async fn texts_of(desk: &Desk, brand: &Brand) -> Arc<Templates> {
    let documents = desk.documents.of_brand(&desk.db, brand.id, desk.clock.now()).await.ok();
    documents.map_or_else(Templates::defaults, |documents| documents.templates.clone())
}

/// The last conversations of a brand in a language and on a channel that are about something, one of each kind of request
/// first.
async fn last_of(desk: &Desk, brand: &Brand, (locale, channel): (&str, &str)) -> Result<Vec<Conversation>> {
    let mut rows = conversations::list(&desk.db, View::All, None, 100).await?;
    rows.retain(|row| {
        let fits = |asked: &str, word: &str| asked.is_empty() || asked == word;
        row.brand_id == brand.id
            && row.intent.is_some()
            && fits(locale, &row.language)
            && fits(channel, &row.channel_kind)
    });
    let mut seen: Vec<(Option<String>, String)> = Vec::new();
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for row in rows {
        let kind = (row.intent.clone(), row.channel_kind.clone());
        if seen.contains(&kind) {
            others.push(row);
        } else {
            seen.push(kind);
            first.push(row);
        }
    }
    first.extend(others);
    first.truncate(LOOKED_AT);
    Ok(first)
}

/// What the built-in agent would say there, over the orders as last read: a page asks no shop. Nothing where it has
/// nothing to say.
async fn answer(desk: &Desk, voice: &Voice, brand: &Brand, row: Conversation) -> Option<Sample> {
    let known = orders::list_of(&desk.db, row.id).await.ok()?;
    let snapshot = agent_run::snapshot(desk, row, brand.clone(), String::new()).await;
    let mut snapshot =
        snapshot.inspect_err(|error| tracing::debug!(%error, "a conversation is left out of a preview")).ok()?;
    snapshot.voice = Arc::new(voice.clone());
    // As if nobody had answered the last message yet.
    while snapshot.messages.last().is_some_and(|message| message.direction == Direction::Outbound) {
        snapshot.messages.pop();
    }
    let result = agent::run(&snapshot, &as_read(&known, &desk.clock), &BuiltIn).await;
    let Outcome::Reply { draft, intent, language, .. } = result.outcome else { return None };
    let (channel, text) = (&snapshot.conversation.channel_kind, draft.text());
    let about = intent_word(&intent).to_lowercase();
    let kind = channel_kind(channel);
    Some(Sample {
        channel: kind,
        title: format!("{}, {about} #{}", channel_word(kind), snapshot.conversation.number),
        score: voice::score(voice, &text, &language, channel),
        text,
    })
}

/// From the texts that count for the brand over invented facts. Nobody has such a conversation, so the brand signs, as
/// it does below a reply of the agent.
fn invented(voice: &Voice, templates: &Templates, (locale, channel): (&str, &str), brand: &Brand) -> Vec<Sample> {
    const EXAMPLES: [(ChannelKind, &str, &str); SHOWN] = [
        (ChannelKind::Email, "late_or_lost", "late parcel"),
        (ChannelKind::Whatsapp, "damaged_or_wrong_item", "broken item"),
        (ChannelKind::Amazon, "where_is_my_order", "where is it"),
    ];
    let language = templates.language(if locale.is_empty() { &brand.locale } else { locale }, &brand.locale);
    let chosen = channel.parse::<ChannelKind>().ok();
    let fill = |text: &str| voice::format::fill(text, "Anna Berg", &brand.name, &brand.name);
    EXAMPLES
        .iter()
        .filter_map(|(usual, name, about)| {
            let channel = chosen.unwrap_or(*usual);
            let spoken = voice.spoken(language, channel.as_str());
            let chat = channel != ChannelKind::Email;
            let greeting = fill(&spoken.greeting);
            let is_name = |text: &str| text.starts_with("Nordpost");
            let body = body(&spoken, templates, (language, name), brand, chat)?;
            let body = voice::format::run_on(&greeting, &body, language, chat, is_name);
            let text = if chat {
                format!("{greeting} {body}")
            } else {
                format!("{greeting}\n\n{body}\n\n{}", fill(&spoken.sign_off))
            };
            let text = text.trim().to_owned();
            let score = voice::score(voice, &text, language, channel.as_str());
            Some(Sample { channel, title: format!("{}, {about}", channel_word(channel)), text, score })
        })
        .collect()
}

fn body(
    spoken: &Spoken,
    templates: &Templates,
    (language, name): (&str, &str),
    brand: &Brand,
    chat: bool,
) -> Option<String> {
    let mut facts = voice::templates::sample_for(name, language);
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("formal".to_owned(), Value::from(spoken.formality >= 50));
        facts.insert("warm".to_owned(), Value::from(spoken.warmth >= 50));
        facts.insert("brief".to_owned(), Value::from(chat || spoken.length < 20));
        for signs in ["brand", "teammate"] {
            facts.insert(signs.to_owned(), Value::from(brand.name.clone()));
        }
    }
    let context = tera::Context::from_serialize(&facts).ok()?;
    let lines = templates.render(language, name, &context).ok()?;
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() {
            text.push_str(if line.starts_paragraph { "\n\n" } else { " " });
        }
        text.push_str(&line.text);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Snapshot;
    use crate::voice::locale::LOCALES;
    use crate::voice::{ChannelVoice, LocaleVoice};

    #[test]
    fn the_shipped_voice_passes_its_own_check_in_every_language() {
        let brand = Snapshot::alone("").brand;
        for locale in LOCALES {
            let samples = invented(&Voice::default(), &Templates::defaults(), (locale, ""), &brand);
            assert_eq!(samples.len(), SHOWN);
            for sample in samples {
                assert_eq!(sample.score.findings, [], "{locale}, {}: {}", sample.title, sample.text);
            }
        }
    }

    #[test]
    fn a_channel_shows_the_same_answers_as_they_are_said_there() {
        let brand = Snapshot::alone("").brand;
        let words = LocaleVoice { greeting: Some(String::new()), ..LocaleVoice::default() };
        let mut voice = Voice::default();
        voice.channels.insert("sms".to_owned(), ChannelVoice { words, ..ChannelVoice::default() });
        let of = |channel| invented(&voice, &Templates::defaults(), ("en", channel), &brand);
        let titles: Vec<String> = of("sms").into_iter().map(|sample| sample.title).collect();
        assert_eq!(titles, ["SMS, late parcel", "SMS, broken item", "SMS, where is it"]);
        assert!(of("sms").iter().all(|sample| !sample.text.starts_with("Hi ")), "nobody is greeted there");
        assert!(of("").iter().all(|sample| sample.text.starts_with("Hi Anna")));
    }
}
