//! What a customer is told before they ask: one matter of one order, in the words of its template, checked like any reply.

use super::draft::{Assembled, assemble, disclosure};
use super::engine::{Reading, Written};
use super::evidence::FactBook;
use super::finish::{likeness, mode};
use super::gather::owner;
use super::outcome::{Outcome, RunResult, Seen};
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use super::variables::{Variables, Writer, intent_word};
use super::verify::{Context, verify};
use crate::model::agent_run::{EngineKind, Step, StepKind};
use crate::model::channel::is_marketplace;
use crate::model::draft::DraftDocument;
use crate::model::matter::MatterKind;
use crate::model::order::{KnownOrder, Product};
use crate::model::teammate::Role;
use crate::policy::{Identity, Told};

/// A matter to be told.
#[derive(Clone, Copy, Debug)]
pub struct Announced<'a> {
    /// The order, as it was read last.
    pub known: &'a KnownOrder,
    /// What it is.
    pub kind: MatterKind,
    /// The shop's id of the parcel, the refund or the line.
    pub subject: &'a str,
    /// What is in stock again.
    pub product: Option<&'a Product>,
}

/// Words a matter for the customer of a conversation; or says why they are not told.
pub fn announce(snapshot: &Snapshot, announced: Announced<'_>) -> Result<RunResult, &'static str> {
    const UNPROVEN: &str = "not all that would be said can be proven";
    let Announced { known, kind, .. } = announced;
    let is_contained = snapshot.conversation.channel_kind.parse().is_ok_and(is_marketplace);
    if is_contained && !snapshot.is_vouched(known) {
        return Err("the marketplace does not name the order there");
    }
    if owner(snapshot, known) != Identity::Proved {
        return Err("it is not proved that the order is theirs");
    }
    let spoken = spoken(snapshot);
    let language = snapshot.templates.language(&spoken, &snapshot.brand.locale);
    let mut facts = FactBook::default();
    facts.add_policy(snapshot);
    let variables = variables(&Writer { snapshot, language }, &mut facts, announced).ok_or(UNPROVEN)?;
    let variables = tera::Context::from_serialize(&variables).map_err(|_| UNPROVEN)?;
    let lines = snapshot.templates.render(language, template(kind), &variables).map_err(|_| UNPROVEN)?;
    let written = Written { lines, language: language.to_owned(), ..Written::default() };
    let Assembled { mut sentences, evidence, body } = assemble(snapshot, &written, &facts);
    let context = Context { snapshot, language, identity: Identity::Proved, about_order: true };
    let report = verify(&mut sentences, &evidence, &context);
    let said = sentences.get(body).unwrap_or_default();
    if said.iter().all(|sentence| sentence.left_out.is_some()) {
        return Err(UNPROVEN);
    }
    let notice = disclosure(snapshot, language);
    let words = notice.as_ref().map(|sentence| sentence.text.clone());
    sentences.extend(notice);
    let why = format!("proactive: {}", kind.words(&known.order.number));
    let draft = DraftDocument {
        sentences,
        evidence,
        actions: Vec::new(),
        checks: report.checks,
        why: why.clone(),
        clause: snapshot.clause("proactive"),
        proposal: format!("Proactive: {}", kind.label()),
        voice_score: report.voice_score,
        orders: vec![known.clone()],
        asks_back: None,
        choices: Vec::new(),
        told_unread: false,
        template: None,
    };
    let asks = match snapshot.policy.proactive.told(kind) {
        Told::Auto => Vec::new(),
        Told::Suggest | Told::Off => vec![why.clone()],
    };
    let reading = Reading { language: spoken.clone(), ..Reading::default() };
    let mode = mode(snapshot, &draft, asks, &reading, language);
    let intent = intent_word(intent(kind));
    let step = |kind: StepKind, summary: String| Step { kind, summary, took_us: 0 };
    let steps = vec![
        step(StepKind::Read, format!("order {}", known.order.number)),
        step(StepKind::Decided, why),
        step(StepKind::Wrote, format!("{} sentences", draft.sentences.len())),
    ];
    let seen = Seen {
        intent: snapshot.conversation.intent.clone().or(Some(intent.clone())),
        language: spoken,
        ..Seen::default()
    };
    let likeness = likeness(&format!("proactive_{kind}"), &snapshot.conversation.channel_kind, &draft);
    let outcome = Outcome::Reply {
        draft: Box::new(draft),
        intent,
        language: language.to_owned(),
        confidence: 1.0,
        mode,
        needs: Role::Teammate,
        likeness,
        disclosure: words,
    };
    Ok(RunResult { outcome, engine: EngineKind::BuiltIn, steps, seen, notice: None })
}

/// The language in which the customer is spoken with, as far as it is known.
fn spoken(snapshot: &Snapshot) -> String {
    let known = [&snapshot.conversation.language, &snapshot.contact.locale, &snapshot.brand.locale];
    let first = known.into_iter().find(|code| !code.is_empty()).map_or("en", String::as_str);
    first.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

fn template(kind: MatterKind) -> &'static str {
    match kind {
        MatterKind::Late => "tell_late",
        MatterKind::Failed => "tell_failed",
        MatterKind::SentBack => "tell_sent_back",
        MatterKind::Refunded => "tell_refunded",
        MatterKind::Restocked => "tell_restocked",
    }
}

/// What the customer would have asked.
fn intent(kind: MatterKind) -> Intent {
    match kind {
        MatterKind::Late | MatterKind::SentBack => Intent::LateOrLost,
        MatterKind::Failed => Intent::WhereIsMyOrder,
        MatterKind::Refunded => Intent::RefundStatus,
        MatterKind::Restocked => Intent::Stock,
    }
}

/// What the template may say, with the evidence for it. `None` where the order does not hold it.
fn variables(writer: &Writer<'_>, facts: &mut FactBook, announced: Announced<'_>) -> Option<Variables> {
    let Announced { known, kind, subject, product } = announced;
    match kind {
        MatterKind::Late | MatterKind::Failed | MatterKind::SentBack => {
            let parcel = known.order.shipments.iter().find(|parcel| parcel.id == subject)?;
            facts.add_order(known, writer.snapshot.moment());
            facts.focus(known, parcel, writer.snapshot);
            Some(writer.with_order(&known.order, Some(parcel)))
        }
        MatterKind::Refunded => {
            // Of several refunds it is about this one.
            let mut of_it = known.clone();
            of_it.order.refunds.retain(|refund| refund.id == subject);
            of_it.order.refunds.first()?;
            facts.add_order(&of_it, writer.snapshot.moment());
            Some(writer.with_order(&of_it.order, None))
        }
        MatterKind::Restocked => {
            let product = product?;
            facts.add_order(known, writer.snapshot.moment());
            facts.add_product("product", product, writer.snapshot.now);
            let mut variables = writer.with_order(&known.order, None);
            variables.product = writer.product(product);
            Some(variables)
        }
    }
}
