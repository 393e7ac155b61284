//! Where the agent is stopped, in words; the form that stops it, and how it goes on.

pub mod edit;

use askama::Template;

use crate::model::brake::Brake;
use crate::model::brand::Brand;
use crate::model::channel::ChannelKind;
use crate::model::order::ActionKind;
use crate::model::teammate::{Role, Teammate};
use crate::model::{TeammateId, Ts};
use crate::policy::{INTENTS, intent_label};
use crate::web::action_words::action_kind_word;
use crate::web::filters;
use crate::web::format::{capital, counted};
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::{Empty, Notice};
use crate::web::words::{channel_kind, channel_word, on_channel};

/// `GET /autonomy`, and its form when something is wrong: `POST /brakes` sends `brand`, `intent`, `channel`, `action` and
/// `reason`; `POST /brakes/{id}/deletion` lets the agent go on.
#[derive(Debug, Template)]
#[template(path = "autonomy/page.html")]
struct AutonomyPage {
    page: Page,
    held: Vec<Line>,
    lifted: Vec<Line>,
    empty: Empty,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Line {
    id: String,
    what: String,
    reason: String,
    set: String,
    lifted: String,
}

impl AutonomyPage {
    fn new(
        page: Page,
        (held, lifted, team): (&[Brake], &[Brake], &[Teammate]),
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let act = |by: Option<TeammateId>, at: Ts| {
            let who = team.iter().find(|person| Some(person.id) == by);
            format!("{}, {}", who.map_or("Somebody", |person| &person.name), page.reader.ago(at))
        };
        let line = |brake: &Brake| {
            let brand = page.brands.iter().find(|brand| Some(brand.id) == brake.brand_id);
            Line {
                id: brake.id.to_string(),
                what: what(brake, brand.map(|brand| brand.name.as_str())),
                reason: brake.reason.clone(),
                set: act(brake.set_by, brake.set_at),
                lifted: brake.lifted_at.map(|at| act(brake.lifted_by, at)).unwrap_or_default(),
            }
        };
        Self {
            held: held.iter().map(line).collect(),
            lifted: lifted.iter().map(line).collect(),
            empty: Empty::new("The agent is not stopped.", "It does alone what its brand and the policy let it do."),
            fields: filled(fields(&page), values, errors),
            page,
        }
    }
}

fn fields(page: &Page) -> Vec<Field> {
    let brands = page.brands.iter().map(|brand| (brand.slug.clone(), brand.name.clone()));
    let intents = INTENTS.iter().map(|(word, label, _)| ((*word).to_owned(), (*label).to_owned()));
    let channels = ChannelKind::ALL.map(|kind| (kind.as_str().to_owned(), channel_word(kind).to_owned()));
    let actions = ActionKind::ALL.map(|kind| (kind.as_str().to_owned(), capital(action_kind_word(kind))));
    let or = |words: &str| std::iter::once((String::new(), words.to_owned()));
    let mut fields = Vec::new();
    if page.brands.len() > 1 {
        fields.push(Field::choice("brand", "Brand", or("Every brand").chain(brands)));
    }
    fields.extend([
        Field::choice("intent", "Kind of request", or("Every one").chain(intents)),
        Field::choice("channel", "Channel", or("Every one").chain(channels)),
        Field::choice("action", "What shops are asked for", or("Every reply, whatever it asks for").chain(actions))
            .help("With a choice only replies are stopped that ask a shop for it."),
        Field::text("reason", "Why").help("Everybody reads it on every page while the agent is stopped."),
    ]);
    fields
}

/// What is stopped: `Refunds for “Damaged or wrong item” by mail, Fjord`.
fn what(brake: &Brake, brand: Option<&str>) -> String {
    let kind = ActionKind::ALL.into_iter().find(|kind| kind.as_str() == brake.action);
    let mut words = capital(kind.map_or("everything", action_kind_word));
    if !brake.intent.is_empty() {
        words = format!("{words} for “{}”", intent_label(&brake.intent));
    }
    if !brake.channel.is_empty() {
        words = format!("{words} {}", on_channel(channel_kind(&brake.channel)));
    }
    match brand {
        Some(brand) => format!("{words}, {brand}"),
        None => words,
    }
}

/// What everybody reads while the agent is stopped; whoever may let it go on is led there.
pub(super) fn banner(held: &[Brake], brands: &[Brand], role: Role) -> Option<Notice> {
    const WAITS: &str = "What it would do alone there waits for a person.";
    let notice = match held {
        [] => return None,
        [brake] => {
            let brand = brands.iter().find(|brand| Some(brand.id) == brake.brand_id);
            let what = what(brake, brand.map(|brand| brand.name.as_str()));
            Notice::warn("The agent is stopped.", format!("{what}: {}. {WAITS}", brake.reason))
        }
        several => Notice::warn(format!("The agent is stopped: {}.", counted(several.len(), "stop", "stops")), WAITS),
    };
    Some(if role >= Role::Manager { notice.with_link("Look at it", "/autonomy") } else { notice })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn brake(intent: &str, channel: &str, action: &str) -> Brake {
        Brake {
            id: Uuid::nil().into(),
            brand_id: None,
            intent: intent.into(),
            channel: channel.into(),
            action: action.into(),
            reason: "Wrong carrier".into(),
            set_by: None,
            set_at: Ts(0),
            lifted_by: None,
            lifted_at: None,
        }
    }

    #[test]
    fn a_stop_says_what_it_stops() {
        for (brake, brand, words) in [
            (brake("", "", ""), None, "Everything"),
            (brake("", "", "refund"), Some("Fjord"), "Refunds, Fjord"),
            (brake("return_item", "email", ""), None, "Everything for “Return” by mail"),
            (brake("return_item", "whatsapp", "return"), None, "Returns for “Return” on WhatsApp"),
        ] {
            assert_eq!(what(&brake, brand), words);
        }
    }

    #[test]
    fn everybody_reads_that_the_agent_is_stopped_and_who_may_let_it_go_on_is_led_there() {
        assert!(banner(&[], &[], Role::Admin).is_none());
        let one = [brake("", "", "")];
        let read = |held: &[Brake], role| banner(held, &[], role).map(|notice| notice.to_string()).unwrap_or_default();
        let teammate = read(&one, Role::Teammate);
        assert!(teammate.contains("Everything: Wrong carrier.") && !teammate.contains("/autonomy"), "{teammate}");
        assert!(read(&one, Role::Manager).contains("href=\"/autonomy\""));
        let two = [brake("", "email", ""), brake("", "", "refund")];
        assert!(read(&two, Role::Manager).contains("The agent is stopped: 2 stops."));
    }
}
