//! One run: understand, gather, decide, draft, verify. Every failure becomes a hand-over, so nobody is stranded.

use std::time::Instant;

use super::decide::{Case, Caution, Plan};
use super::draft::{Assembled, assemble, disclosure};
use super::engine::{Brief, Engine, Reading};
use super::errands::{self, Known};
use super::evidence::FactBook;
use super::finish::{likeness, mode, notice};
use super::gather::{Matched, asks_before_buying, find_order, named_order, owner};
use super::outcome::{Outcome, RunResult, Seen};
use super::products::{asked_about, find_products, goods_of, variants_of};
use super::records;
use super::requests::{SECOND_REQUEST, body_first, for_a_person, newest_first, of_each, requests, settled, with_each};
use super::snapshot::Snapshot;
use super::terms::beside_terms;
use super::triage::{Triage, after_reading, after_thanks, before_reading};
use super::understand::intent::Intent;
use super::understand::risk::{self, Source};
use super::variables::intent_word;
use super::verify::{Context, check_actions, verify};
use crate::commerce::shops::Shops;
use crate::model::agent_run::{EngineKind, HandOffPacket, Stage, Step, StepKind, UNCLEAR};
use crate::model::draft::DraftDocument;
use crate::model::order::{ActionKind, KnownOrder, MatchedBy, OrderFailure, Product};
use crate::policy::{Identity, intent_label};

/// More requests than this in one reply are left to a person.
const MOST_ANSWERED: usize = 2;

/// Lets the agent look at a conversation. The shops are the only thing that is asked.
pub async fn run(snapshot: &Snapshot, shops: &Shops, engine: &dyn Engine) -> RunResult {
    run_watched(snapshot, shops, engine, &|_| {}).await
}

/// The same, with `watch` told what the run is at; nothing where there is nothing to tell.
pub async fn run_watched(
    snapshot: &Snapshot,
    shops: &Shops,
    engine: &dyn Engine,
    watch: &(dyn Fn(Option<Stage>) + Sync),
) -> RunResult {
    let mut run = Run::new(snapshot, watch);
    let outcome = match run.all(shops, engine).await {
        Ok(outcome) => outcome,
        Err(reason) => run.hand_off(reason),
    };
    let waits = matches!(outcome, Outcome::HandOff { .. }) && !run.silent;
    let notice = if waits { notice(snapshot, &run.seen) } else { None };
    let engine = if run.own_work { engine.kind() } else { EngineKind::BuiltIn };
    RunResult { outcome, engine, steps: run.steps, seen: run.seen, notice }
}

struct Run<'a> {
    snapshot: &'a Snapshot,
    watch: &'a (dyn Fn(Option<Stage>) + Sync),
    steps: Vec<Step>,
    seen: Seen,
    facts: FactBook,
    tried: Vec<String>,
    /// Nobody should be written to: advertising, automatic mail.
    silent: bool,
    /// The engine did a part itself; none stood in for it there.
    own_work: bool,
    since: Instant,
}

impl<'a> Run<'a> {
    fn new(snapshot: &'a Snapshot, watch: &'a (dyn Fn(Option<Stage>) + Sync)) -> Self {
        Self {
            snapshot,
            watch,
            steps: Vec::new(),
            seen: Seen::default(),
            facts: FactBook::default(),
            tried: Vec::new(),
            silent: false,
            own_work: false,
            since: Instant::now(),
        }
    }

    fn tell(&self, stage: Option<Stage>) {
        (self.watch)(stage);
    }

    fn step(&mut self, kind: StepKind, summary: String) {
        let took_us = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.since = Instant::now();
        self.steps.push(Step { kind, summary, took_us });
    }

    async fn all(&mut self, shops: &Shops, engine: &dyn Engine) -> Result<Outcome, String> {
        let snapshot = self.snapshot;
        if let Some(triage) = before_reading(snapshot) {
            return Ok(self.at_once(triage));
        }
        self.tell(Some(Stage::Reading));
        let text = snapshot.text();
        let reading = engine.understand(snapshot).await.map_err(|error| format!("Could not be understood: {error}"))?;
        self.own_work |= reading.note.is_none();
        let each = of_each(snapshot);
        let read = with_each(&newest_first(&body_first(snapshot, &reading.intents), &each), &each);
        let read = after_thanks(snapshot, &read, &text);
        let intents = settled(&beside_terms(&read, &text), &text);
        let reading = Reading { intents, ..reading };
        let Some(&(intent, _)) = reading.intents.first() else {
            return Err(UNCLEAR.to_owned());
        };
        self.understood(&reading, intent);
        let suspicion = risk::suspicion(&text);
        let risks = risk::risks(&text, Source::CustomerMessage);
        if let Some(triage) = after_reading(snapshot, &reading.intents, &risks, &text) {
            if matches!(triage, Triage::Person { tell: true, .. }) {
                self.look_up_named(&reading, shops).await;
            }
            if reading.disputed && matches!(triage, Triage::Nothing { .. }) {
                return Err(DISPUTED.to_owned());
            }
            return Ok(self.at_once(triage));
        }
        let (matched, products) =
            self.gather(&reading, intent, &text, shops).await.map_err(|error| shop_trouble(&error))?;
        let caution = Caution::of(&risks, suspicion);
        let mut plan = self.decide(&reading, &matched, &products, &text, caution);
        plan.asks.extend(reading.disputed.then(|| DISPUTED.to_owned()));
        plan.asks.extend(for_a_person(&each).map(also_asks));
        plan.asks.extend(records::asks(&matched));
        self.decided(&mut plan);
        if plan.asks_back().is_some() && plan.asks_back() == self.snapshot.open_question() {
            return Err("What the customer answers to our question is not clear.".to_owned());
        }
        if let Some(reason) = plan.hand_off {
            return Err(reason);
        }
        self.draft(engine, &reading, plan, &matched).await
    }

    fn at_once(&mut self, triage: Triage) -> Outcome {
        match triage {
            Triage::Nothing { reason, resolve } => Outcome::Nothing { reason, resolve },
            Triage::Person { reason, tell } => {
                self.silent = !tell;
                self.hand_off(reason)
            }
        }
    }

    fn understood(&mut self, reading: &Reading, intent: Intent) {
        let word = intent_word(intent);
        self.seen = Seen {
            intent: Some(word.clone()),
            language: reading.language.clone(),
            gist: reading.gist.clone(),
            orders: Vec::new(),
        };
        let others = reading.intents.iter().skip(1).filter(|(_, share)| *share >= SECOND_REQUEST);
        let labels: Vec<String> = std::iter::once(word)
            .chain(others.map(|(other, _)| intent_word(*other)))
            .map(|word| intent_label(&word).to_lowercase())
            .collect();
        let summary = format!("{} ({})", labels.join(", "), share_words(surety(reading)));
        self.step(StepKind::Understood, noted(summary, reading.note.as_deref()));
    }

    async fn gather(
        &mut self,
        reading: &Reading,
        intent: Intent,
        text: &str,
        shops: &Shops,
    ) -> Result<(Matched, Vec<Product>), OrderFailure> {
        self.facts.add_policy(self.snapshot);
        let asks_products = matches!(intent, Intent::Stock | Intent::ProductQuestion);
        let names_order = !reading.order_numbers.is_empty() || !reading.tracking_numbers.is_empty();
        let asks_delivery = matches!(intent, Intent::DeliveryTime | Intent::WhereIsMyOrder);
        let before_buying = asks_delivery && asks_before_buying(text);
        let matched = if (asks_products || before_buying) && !names_order {
            Matched::None
        } else {
            self.tell(Some(Stage::LookingUp));
            find_order(self.snapshot, reading, intent, shops).await?
        };
        let mut products = Vec::new();
        if asks_products {
            self.tell(Some(Stage::LookingUp));
            products = find_products(text, shops).await?;
        } else if let Matched::One(known, ..) = &matched
            && (asks_delivery || matches!(intent, Intent::DamagedOrWrongItem | Intent::LateOrLost))
            && needs_stock(known)
        {
            products = goods_of(known, shops).await?;
        } else if let Matched::One(known, ..) = &matched
            && swaps(reading, known)
        {
            let found = variants_of(std::slice::from_ref(&**known), shops).await;
            // What is wanted in an order that was not sent is a person's, too, where nobody knows the variants.
            products = if intent == Intent::Exchange { found? } else { found.unwrap_or_default() };
        } else if let Matched::NamedSeveral(orders) = &matched
            && errands::asks_for_others(text)
        {
            products = variants_of(orders, shops).await.unwrap_or_default();
        }
        self.read(&matched, products.len());
        Ok((matched, products))
    }

    /// The person who takes over sees the order that the customer named. A shop that cannot be read keeps nobody waiting.
    async fn look_up_named(&mut self, reading: &Reading, shops: &Shops) {
        match named_order(self.snapshot, reading, shops).await {
            Ok(Some(matched)) => self.read(&matched, 0),
            Ok(None) => {}
            Err(error) => {
                let summary = shop_trouble(&error);
                self.tried.push(summary.clone());
                self.step(StepKind::Read, summary);
            }
        }
    }

    /// Notes what was found; an order of the customer's own belongs to the conversation from now on.
    fn read(&mut self, matched: &Matched, products: usize) {
        if let Matched::One(known, by, identity) = matched
            && *identity != Identity::Unknown
        {
            self.seen.orders.push(((**known).clone(), *by));
        }
        let summary = read_summary(matched, products);
        self.tried.push(summary.clone());
        self.tried.extend(asked_of_each(&self.snapshot.text(), matched));
        self.step(StepKind::Read, summary);
    }

    /// Decides each request; the first leads.
    fn decide(
        &mut self,
        reading: &Reading,
        matched: &Matched,
        products: &[Product],
        text: &str,
        caution: Caution,
    ) -> Plan {
        let mut plan = Plan::default();
        let language = self.snapshot.templates.language(&reading.language, &self.snapshot.brand.locale);
        for (index, (intent, _)) in requests(reading).into_iter().enumerate() {
            if ends(&plan, intent) {
                continue;
            }
            if index >= MOST_ANSWERED {
                plan.asks.push(also_asks(intent));
                continue;
            }
            let before = self.facts.clone();
            let is_of_goods = matches!(intent, Intent::Stock | Intent::ProductQuestion);
            // Beside another request these are the goods of the order.
            let asked = (index > 0 && is_of_goods).then(|| asked_about(text, products));
            let mut case = Case {
                snapshot: self.snapshot,
                reading,
                language,
                text,
                intent,
                confidence: surety(reading),
                products: asked.as_deref().unwrap_or(products),
                identity: Identity::Unknown,
                caution,
                facts: &mut self.facts,
                plan: Plan::default(),
            };
            case.settle(matched);
            let mut next = case.plan;
            if index == 0 {
                plan = next;
                if plan.is_whole {
                    break;
                }
                continue;
            }
            // The second request is answered only if it adds something and moves nothing.
            let same = next.parts.iter().all(|part| plan.parts.iter().any(|other| other.template == part.template));
            // What proves an action that is not done must not prove a sentence.
            if same || next.hand_off.is_some() || !next.actions.is_empty() {
                self.facts = before;
            }
            if next.hand_off.is_some() || !next.actions.is_empty() {
                plan.asks.push(also_asks(intent));
            } else if !same && !plan.parts.is_empty() {
                plan.parts.append(&mut next.parts);
                plan.order_of_code = plan.order_of_code.or(next.order_of_code);
                plan.asks.extend(next.asks);
                plan.needs = plan.needs.max(next.needs);
            }
        }
        plan
    }

    /// Names each reason to ask once, and keeps the first as the step of the run.
    fn decided(&mut self, plan: &mut Plan) {
        let mut asks: Vec<String> = Vec::new();
        for ask in std::mem::take(&mut plan.asks) {
            if !asks.contains(&ask) {
                asks.push(ask);
            }
        }
        plan.asks = asks;
        let summary = match (&plan.hand_off, plan.asks.first()) {
            (Some(reason), _) => format!("a person: {reason}"),
            (None, Some(ask)) => format!("{}; ask: {ask}", plan.why),
            (None, None) => plan.why.clone(),
        };
        self.step(StepKind::Decided, summary);
    }

    async fn draft(
        &mut self,
        engine: &dyn Engine,
        reading: &Reading,
        plan: Plan,
        matched: &Matched,
    ) -> Result<Outcome, String> {
        let snapshot = self.snapshot;
        // What a person reads first is no answer yet.
        self.tell(plan.asks.is_empty().then_some(Stage::Writing));
        let intent = self.seen.intent.clone().unwrap_or_default();
        let (language, parts) = (reading.language.as_str(), plan.parts.as_slice());
        let brief = Brief { snapshot, intent: &intent, language, parts, facts: &self.facts };
        let written = engine.write(&brief).await.map_err(|error| format!("No reply could be written: {error}"))?;
        self.own_work |= written.note.is_none();
        let Assembled { mut sentences, evidence, body } = assemble(snapshot, &written, &self.facts);
        let summary = format!("{} sentences in {}", sentences.len(), language_name(&written.language));
        self.step(StepKind::Wrote, noted(summary, written.note.as_deref()));
        let (orders, identity) = spoken_of(snapshot, matched);
        let context = Context { snapshot, language: &written.language, identity, about_order: !orders.is_empty() };
        let report = verify(&mut sentences, &evidence, &context);
        // A greeting alone answers nobody.
        let said = sentences.get(body).unwrap_or_default();
        if said.iter().all(|sentence| sentence.left_out.is_some()) {
            return Err("Nothing in the reply could be proven.".to_owned());
        }
        let notice = disclosure(snapshot, &written.language);
        let words = notice.as_ref().map(|sentence| sentence.text.clone());
        sentences.extend(notice);
        let failed = report.checks.iter().filter(|check| check.problem.is_some()).count();
        self.step(StepKind::Checked, format!("{} of {} passed", report.checks.len() - failed, report.checks.len()));
        let asks_back = plan.asks_back().map(str::to_owned);
        // Beside an answer, buttons would answer something else.
        let choices = if plan.parts.len() == 1 { plan.choices } else { Vec::new() };
        let mut actions = plan.actions;
        check_actions(&mut actions, &orders, identity);
        let mut draft = DraftDocument {
            sentences,
            evidence,
            actions,
            checks: report.checks,
            why: plan.why,
            clause: snapshot.clause(&plan.rule),
            proposal: plan.proposal,
            voice_score: report.voice_score,
            orders: Vec::new(),
            asks_back,
            choices,
            told_unread: false,
            template: None,
        };
        if draft.speaks_of_orders() {
            draft.orders.extend(orders.into_iter().cloned());
        }
        if let Matched::NamedSeveral(orders) = matched {
            self.seen.orders.extend(orders.iter().map(|known| (known.clone(), MatchedBy::Number)));
        }
        if let Some(known) = plan.order_of_code.filter(|_| draft.orders.is_empty()) {
            draft.orders.push(known);
        }
        let confidence = f64::from(surety(reading));
        let needs = plan.needs.into();
        let mut asks = plan.asks;
        asks.extend(written.departure);
        let mode = mode(snapshot, &draft, asks, reading, &written.language);
        let likeness = likeness(&intent, &snapshot.conversation.channel_kind, &draft);
        let language = written.language;
        Ok(Outcome::Reply {
            draft: Box::new(draft),
            intent,
            language,
            confidence,
            mode,
            needs,
            likeness,
            disclosure: words,
        })
    }

    fn hand_off(&mut self, reason: String) -> Outcome {
        let wants =
            if self.seen.gist.is_empty() { self.snapshot.conversation.gist.clone() } else { self.seen.gist.clone() };
        let packet =
            HandOffPacket { wants, facts: self.facts.lines(), tried: self.tried.clone(), promised: Vec::new() };
        Outcome::HandOff { reason, packet }
    }
}

/// Why a person looks where something is left open.
fn also_asks(intent: Intent) -> String {
    format!("also asks: {}", intent_label(&intent_word(intent)).to_lowercase())
}

/// Whether it matters what is in stock.
fn needs_stock(known: &KnownOrder) -> bool {
    known.order.refusal(ActionKind::Replace).is_none()
}

/// Whether other goods are wanted for those of an order, and the shop would see to it.
fn swaps(reading: &Reading, known: &KnownOrder) -> bool {
    let order = &known.order;
    let wants = |wanted: Intent| requests(reading).iter().any(|(intent, _)| *intent == wanted);
    let is_open = !order.has_left() && order.refusal(ActionKind::ChangeItems).is_none();
    let is_exchanged = order.refusal(ActionKind::Exchange).is_none();
    (wants(Intent::Exchange) && (is_open || is_exchanged)) || (wants(Intent::ChangeItems) && is_open)
}

/// The orders that a reply speaks of, and how sure it is that the least sure of them is the writer's.
fn spoken_of<'m>(snapshot: &Snapshot, matched: &'m Matched) -> (Vec<&'m KnownOrder>, Identity) {
    match matched {
        Matched::One(known, _, identity) => (vec![&**known], *identity),
        Matched::NamedSeveral(orders) => {
            let least = orders.iter().map(|known| owner(snapshot, known)).min();
            (orders.iter().collect(), least.unwrap_or(Identity::Unknown))
        }
        _ => (Vec::new(), Identity::Unknown),
    }
}

/// Whether what is done leaves nothing to say about a request: nobody waits for the parcel of a cancelled order.
fn ends(plan: &Plan, intent: Intent) -> bool {
    let cancels = plan.actions.iter().any(|proposed| proposed.action.kind() == ActionKind::Cancel);
    cancels && matches!(intent, Intent::WhereIsMyOrder | Intent::LateOrLost | Intent::DeliveryTime)
}

/// How sure the reading is of what is answered: as sure as of the least certain request, which is the one that decides
/// whether a person looks.
fn surety(reading: &Reading) -> f32 {
    requests(reading).into_iter().take(MOST_ANSWERED).map(|(_, share)| share).reduce(f32::min).unwrap_or(0.0)
}

/// `53 %`; nothing is ever certain.
fn share_words(share: f32) -> String {
    if share >= 0.995 { "over 99 %".to_owned() } else { format!("{:.0} %", share * 100.0) }
}

/// A summary with what the engine has to tell about itself.
fn noted(summary: String, note: Option<&str>) -> String {
    match note {
        Some(note) => format!("{summary}; {note}"),
        None => summary,
    }
}

/// Why a person looks where two readers disagree.
const DISPUTED: &str = "the language model and the built-in engine read differently what is wanted";

fn shop_trouble(error: &OrderFailure) -> String {
    format!("The shop could not be read: {error}")
}

/// What a message that names several orders asks for, order by order, where it can be told: a person does it.
fn asked_of_each(text: &str, matched: &Matched) -> Option<String> {
    let Matched::NamedSeveral(orders) = matched else { return None };
    let orders = orders.iter().map(|known| known.order.clone()).collect();
    let known = Known { orders, ..Known::default() };
    let read = errands::read(text, &known);
    let words: Vec<String> = read.wanted.iter().map(|errand| errand.words(&known)).collect();
    (!words.is_empty()).then(|| format!("reads as: {}", words.join("; ")))
}

fn read_summary(matched: &Matched, products: usize) -> String {
    let order = match matched {
        Matched::One(known, ..) => {
            let parcels = known.order.shipments.len();
            format!("order {}, {parcels} {}", known.order.number, if parcels == 1 { "parcel" } else { "parcels" })
        }
        Matched::Several(orders) => format!("{} orders fit", orders.len()),
        Matched::NamedSeveral(orders) => format!("{} orders are named", orders.len()),
        Matched::NotTheirs { exists: true, .. } => "an order of another address".to_owned(),
        Matched::NotTheirs { exists: false, .. } => "no order of that number".to_owned(),
        Matched::AlsoNotTheirs(named) => format!("{named}, which is not theirs"),
        Matched::None => "no order".to_owned(),
    };
    match products {
        0 => order,
        1 => format!("{order}, 1 product"),
        _ => format!("{order}, {products} products"),
    }
}

fn language_name(code: &str) -> &'static str {
    crate::voice::locale::locale(code).name
}
