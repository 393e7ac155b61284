//! Where a teammate writes: what the channel takes is said before typing, and the text is kept as it is typed.

mod notices;

use askama::Template;
use channel_contract::capabilities::LengthUnit;

use self::notices::{changed, closed, goes_to, nobody, unreached, waits};
use super::brought::{Brought, Unkept};
use crate::inbox::routes::Route;
use crate::model::attachment::ComposerFile;
use crate::model::audience::{Audience, Operator, Parties};
use crate::model::buttons;
use crate::model::channel::{Capabilities, ChannelKind};
use crate::model::conversation::{Conversation, Shown};
use crate::model::fit::FileRules;
use crate::model::macros::Macro;
use crate::model::teammate::Teammate;
use crate::model::window::{Opening, Spans};
use crate::model::writing::KeptText;
use crate::model::{ChannelId, MessageId, Ts};
use crate::store::composer_texts::ComposerTexts;
use crate::web::composer_files::{ComposerFiles, accepted, limit_words};
use crate::web::filters;
use crate::web::format::{Reader, capital, count};
use crate::web::macros::Inserted;
use crate::web::page::Page;
use crate::web::parts::{Clock, Notice, fragments};
use crate::web::words::{channel_icon, channel_kind, channel_word, on_channel};
use crate::web::writing::shown_revision;

fragments!(Composer);

/// What the composer is made from.
#[derive(Clone, Copy, Debug)]
pub struct ComposerFacts<'a> {
    /// The id of what is sent from it, so that sending it twice is one message.
    pub id: MessageId,
    /// The conversation.
    pub conversation: &'a Conversation,
    /// What its channel can do.
    pub capabilities: &'a Capabilities,
    /// Why nothing reaches its customer there, whoever writes it.
    pub unreached: Option<&'static str>,
    /// When the customer wrote last of what can be answered there.
    pub opened: Option<Ts>,
    /// Whether there is somebody to answer.
    pub reaches: bool,
    /// The ways on which its customer wrote, where there is a choice.
    pub routes: &'a [Route],
    /// Who else wrote in it.
    pub beside: &'a [String],
    /// Who takes part in it, where each message names its readers.
    pub parties: Option<&'a Parties>,
    /// Whether what they wrote can be split off.
    pub may_split: bool,
    /// What the reader was writing.
    pub kept: &'a ComposerTexts,
    /// The files they attached to it.
    pub files: &'a [ComposerFile],
    /// The number of the last message that is shown beside it.
    pub seen: i64,
    /// What is shown beside it.
    pub shown: Shown,
    /// With which event something left the conversation last.
    pub parted: i64,
    /// Whether the page was asked for with `?compose=note`, if it was asked for with either.
    pub wants_note: Option<bool>,
    /// Who can be mentioned in a note.
    pub team: &'a [Teammate],
    /// Answers that can be inserted.
    pub macros: &'a [Macro],
    /// The one that is.
    pub inserted: Option<&'a Inserted>,
    /// A text that is not kept, because another device has changed what is: it stands in its field.
    pub brought: Option<&'a Brought>,
    /// Why nothing was sent; then the reply in `kept` is what the form carried.
    pub refused: Option<&'a str>,
    /// What is wrong with the reply in `kept` as it stands.
    pub objections: &'a [String],
    /// What is wrong with the names of its files.
    pub objections_to_files: &'a [String],
    /// How close the reply in `kept` comes to the voice, in words.
    pub voice: &'a str,
    /// What nothing in the case says of it, in words.
    pub doubts: &'a str,
}

/// The composer.
#[derive(Debug, Template)]
#[template(path = "conversations/composer.html")]
pub struct Composer {
    id: MessageId,
    seen: i64,
    shown: Shown,
    parted: i64,
    number: i64,
    csrf: String,
    here: String,
    /// The channel on which it goes.
    channel: ChannelId,
    routes: Vec<RouteView>,
    first_name: String,
    icon: &'static str,
    on_channel: &'static str,
    limit: String,
    most: Option<usize>,
    /// Whether bytes are counted.
    in_bytes: bool,
    /// What the channel would refuse of the text.
    objections: Vec<String>,
    /// How close it comes to the voice; `""` where nothing is written.
    voice: String,
    /// What nothing in the case says of it; `""` where there is no such thing.
    doubts: String,
    /// Where templates are chosen, where there are any.
    templates: Option<String>,
    window: Option<Clock>,
    closed: Option<Notice>,
    nobody: Option<Notice>,
    /// To whom it goes, where others wrote in the case.
    goes_to: Option<String>,
    /// For whom it was drawn.
    parties: Option<String>,
    /// The same, with who reads it by itself.
    readers: String,
    /// Who reads it by the main button, where there is a choice.
    audience: Option<Audience>,
    /// Whether that was chosen.
    is_chosen: bool,
    refused: Option<Notice>,
    changed: Option<Notice>,
    is_note: bool,
    reply: Written,
    note: Written,
    files: ComposerFiles,
    team: String,
    macros: Vec<MacroLine>,
    new_macro: String,
    inserted: Option<Inserted>,
    takes: Option<Takes>,
    /// Why no files go where some would, if the desk could be reached.
    out_of_reach: Option<&'static str>,
    /// The buttons below the reply, where the channel has any.
    choices: Option<Choices>,
}

/// Answers that the customer can press.
#[derive(Debug)]
struct Choices {
    /// One a line.
    written: String,
    /// How many and how long, in words.
    words: String,
}

/// A macro that can be inserted.
#[derive(Debug)]
struct MacroLine {
    id: String,
    name: String,
    /// Where the template that it names is filled in, on a channel with templates.
    template: Option<String>,
}

impl MacroLine {
    fn new(one: &Macro, templates: Option<&str>) -> Self {
        let template = templates.filter(|_| one.document.template.is_some());
        Self {
            id: one.id.to_string(),
            name: one.name.clone(),
            template: template.map(|href| format!("{href}?macro={}", one.id)),
        }
    }
}

/// A text as it goes on.
#[derive(Debug)]
struct Written {
    body: String,
    /// What it goes on from.
    revision: String,
}

impl Written {
    /// The text that a form carried, if it is of this kind: it goes on from what its writer is shown beside it.
    fn brought(brought: Option<&Brought>, is_note: bool) -> Option<Self> {
        let brought = brought.filter(|brought| brought.is_note == is_note)?;
        let there = match &brought.unkept {
            Unkept::Changed(there) => there.as_ref().map(|there| there.updated_at),
            Unkept::Unstored => None,
        };
        Some(Self { body: brought.body.clone(), revision: shown_revision(there) })
    }

    fn new(kept: Option<&KeptText>, inserted: Option<&Inserted>) -> Self {
        Self {
            body: body(kept.map_or("", |kept| kept.body.as_str()), inserted),
            revision: shown_revision(kept.map(|kept| kept.updated_at)),
        }
    }
}

/// A way on which the customer can be answered.
#[derive(Debug)]
struct RouteView {
    channel: ChannelId,
    icon: &'static str,
    /// `On WhatsApp, Sofie K`.
    words: String,
    /// The account.
    account: String,
    /// Whether answers go there now.
    here: bool,
}

impl RouteView {
    fn new(conversation: &Conversation, route: &Route) -> Self {
        let kind = channel_kind(&route.channel.kind);
        Self {
            channel: route.channel.id,
            icon: channel_icon(kind),
            words: format!("{}, {}", capital(on_channel(kind)), route.who),
            account: route.channel.name.clone(),
            here: route.channel.id == conversation.channel_id,
        }
    }
}

/// What may be attached, in words and for the page.
#[derive(Debug)]
struct Takes {
    words: String,
    most: u64,
    /// The media types; `""`: any.
    accepts: String,
    /// What can be done with a larger one.
    smaller: String,
}

impl Composer {
    /// The composer of a conversation for the reader.
    pub fn new(page: &Page, facts: ComposerFacts<'_>) -> Self {
        let conversation = facts.conversation;
        let kind = channel_kind(&conversation.channel_kind);
        let query = page.inbox.clone().unwrap_or_default();
        let opened = facts.opened;
        let window = opened.map(|at| Spans::of(facts.capabilities, None).after(at)).unwrap_or_default();
        let opening = window.opening(page.reader.now);
        let templates =
            facts.capabilities.templates.then(|| format!("/conversations/{}/templates", conversation.number));
        let text = facts.capabilities.text;
        let rules = FileRules::of(facts.capabilities);
        let inserted = facts.inserted.filter(|_| facts.reaches);
        let begins = inserted.filter(|one| one.is_new);
        let goes_on = begins.is_none() && facts.refused.is_none();
        let wants_note = goes_on && facts.wants_note.unwrap_or_else(|| facts.kept.ends_in_note());
        Self {
            id: facts.id,
            seen: facts.seen,
            shown: facts.shown,
            parted: facts.parted,
            number: conversation.number,
            csrf: page.csrf.clone(),
            here: query.conversation_href(conversation.number),
            channel: conversation.channel_id,
            routes: facts.routes.iter().map(|route| RouteView::new(conversation, route)).collect(),
            first_name: first_name(&conversation.contact_name).to_owned(),
            icon: channel_icon(kind),
            on_channel: on_channel(kind),
            limit: text.map(|limit| format!("up to {} {}", shown(limit.most), unit(limit.unit))).unwrap_or_default(),
            most: text.map(|limit| limit.most),
            in_bytes: text.is_some_and(|limit| limit.unit == LengthUnit::Bytes),
            objections: facts.objections.to_vec(),
            voice: facts.voice.to_owned(),
            doubts: facts.doubts.to_owned(),
            window: opened.and_then(|opened| window_clock(page.reader, kind, opened, opening)),
            closed: facts.unreached.map(unreached).or_else(|| match opening {
                Opening::Closed(at) => Some(closed(page, channel_word(kind), at, templates.as_deref())),
                _ if opened.is_none() && facts.capabilities.in_private => Some(waits(channel_word(kind))),
                Opening::Always | Opening::Anybody(_) | Opening::People(_) => None,
            }),
            macros: facts.macros.iter().map(|one| MacroLine::new(one, templates.as_deref())).collect(),
            templates,
            refused: facts.refused.map(|reason| Notice::bad("Not sent.", format!("{reason} Your text is kept."))),
            changed: facts.brought.map(|brought| changed(brought, &query.conversation_href(conversation.number))),
            nobody: (!facts.reaches).then(|| nobody(&facts)),
            goes_to: goes_to(&facts).filter(|_| facts.reaches),
            parties: facts.parties.map(Parties::mark),
            readers: facts.parties.map(Parties::shown).unwrap_or_default(),
            audience: facts.chosen().or(facts.operator().map(|(_, usual)| *usual)),
            is_chosen: facts.chosen().is_some(),
            is_note: wants_note || !facts.reaches,
            files: ComposerFiles::new(conversation.number, facts.files, facts.objections_to_files.to_vec()),
            out_of_reach: rules.out_of_reach().filter(|_| facts.reaches),
            takes: rules.limit.filter(|_| facts.reaches).map(|limit| Takes {
                words: limit_words(limit),
                most: limit.total_bytes,
                accepts: accepted(limit),
                smaller: rules.smaller(),
            }),
            choices: facts.capabilities.choices.filter(|_| facts.reaches).map(|limit| Choices {
                written: choices_of(&facts, begins).join("\n"),
                words: buttons::limit_words(limit),
            }),
            reply: Written::brought(facts.brought, false)
                .unwrap_or_else(|| Written::new(facts.kept.reply.as_ref(), begins)),
            note: Written::brought(facts.brought, true).unwrap_or_else(|| Written::new(facts.kept.note.as_ref(), None)),
            team: names_of(facts.team),
            new_macro: format!("/macros/new?brand={}", page.brand.slug),
            inserted: inserted.cloned(),
        }
    }

    /// Whether a macro's text was just put in.
    fn begins(&self) -> bool {
        self.inserted.as_ref().is_some_and(|one| one.is_new)
    }

    fn can_reply(&self) -> bool {
        self.closed.is_none()
    }

    /// What stands on the main button: whom it goes to, where that was chosen.
    fn sends(&self) -> String {
        let all_the_same = if self.refused.is_some() { " all the same" } else { "" };
        match self.audience.filter(|_| self.is_chosen) {
            Some(audience) => format!("Send{all_the_same} {}", to(audience)),
            None => format!("Send{all_the_same}"),
        }
    }

    /// What stands there once another one is chosen.
    fn sends_to(&self) -> Option<String> {
        self.audience.map(|audience| format!("Send {}", to(audience)))
    }

    /// Whether the case can be done with it: what the operator alone reads answers no customer.
    fn may_end(&self) -> bool {
        self.audience != Some(Audience::Operator)
    }

    /// Who else can be chosen to read it, each with what stands on its button.
    fn other_audiences(&self) -> Vec<(Audience, String)> {
        let others = Audience::ALL.iter().filter(|one| self.audience.is_some_and(|first| first != **one));
        others.map(|one| (*one, format!("Send {}", to(*one)))).collect()
    }
}

impl<'a> ComposerFacts<'a> {
    /// The operator who takes part, and who reads a reply by itself.
    fn operator(&self) -> Option<&'a (Operator, Audience)> {
        self.parties?.operator.as_ref()
    }

    /// Who is to read the reply, where that was chosen and is not so by itself: a choice of the form, else the one that is kept.
    fn chosen(&self) -> Option<Audience> {
        let (_, usual) = self.operator()?;
        let brought = self.brought.filter(|brought| !brought.is_note).and_then(|brought| brought.audience);
        brought.or(self.kept.audience).filter(|chosen| chosen != usual)
    }
}

fn to(audience: Audience) -> &'static str {
    match audience {
        Audience::Customer => "to the customer alone",
        Audience::Operator => "to the operator alone",
        Audience::Both => "to both",
    }
}

/// The buttons below the reply: those of its form, else those that are kept, else those of the macro that begins it.
fn choices_of<'a>(facts: &ComposerFacts<'a>, begins: Option<&'a Inserted>) -> &'a [String] {
    let brought = facts.brought.filter(|brought| !brought.is_note).map(|brought| brought.choices.as_slice());
    let kept = brought.unwrap_or(&facts.kept.choices);
    match begins {
        Some(one) if kept.is_empty() => &one.choices,
        _ => kept,
    }
}

/// The names of the team, for the script that completes them.
fn names_of(team: &[Teammate]) -> String {
    let living = team.iter().filter(|person| person.disabled_at.is_none());
    living.map(|person| person.name.replace('|', " ")).collect::<Vec<_>>().join("|")
}

/// What was being written, with the macro's text behind it, unless it is there already.
fn body(kept: &str, inserted: Option<&Inserted>) -> String {
    match inserted.map(|one| one.text.as_str()) {
        Some(text) if kept.trim().is_empty() => text.to_owned(),
        Some(text) if !kept.contains(text) => format!("{}\n\n{text}", kept.trim_end()),
        _ => kept.to_owned(),
    }
}

fn shown(most: usize) -> String {
    count(i64::try_from(most).unwrap_or(i64::MAX))
}

/// The first word of a name, unless it is an address or a handle.
fn first_name(name: &str) -> &str {
    match name.split_whitespace().next() {
        Some(first) if !name.contains('@') => first,
        _ => name,
    }
}

fn unit(unit: LengthUnit) -> &'static str {
    match unit {
        LengthUnit::Characters => "characters",
        LengthUnit::Bytes => "bytes",
    }
}

/// The time that is left to answer; nothing where there is always time, or none any more.
pub(super) fn window_clock(reader: Reader, kind: ChannelKind, opened: Ts, opening: Opening) -> Option<Clock> {
    match opening {
        Opening::Anybody(closes) => Some(Clock::to_answer(reader, channel_word(kind), opened, closes)),
        Opening::People(closes) => Some(Clock::for_people(reader, opened, closes)),
        Opening::Always | Opening::Closed(_) => None,
    }
}
