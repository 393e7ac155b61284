//! The agent on the benchmark: it reads what a customer writes, and does what they want where policy and shop let it.

use std::path::Path;

use channel_contract::orders::ActionCommand;
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::written;
use super::{Bench, Open, lines};
use crate::agent::errands::{Asker, Errand, Errands, Known, Weighed, read, weigh};
use crate::agent::read_errands;
use crate::commerce::file_shop::FileShop;
use crate::commerce::perform::{Performance, perform_command};
use crate::llm::Llm;
use crate::model::order::{Order, Product};
use crate::policy::{Identity, Verdict};

/// What the benchmark calls it when a person takes over.
const HAND_OFF: &str = "handoff";

/// A message that was read well in words other than those of a request, in percent.
const PLAIN: i64 = 100;
const IN_OTHER_WORDS: i64 = 70;

/// What a customer writes. What they should get is not read.
#[derive(Debug, Deserialize)]
struct Task {
    #[serde(rename = "task_id")]
    id: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    known_info: Option<String>,
    #[serde(default)]
    reason_for_call: Option<String>,
    #[serde(default, rename = "task_instructions")]
    instructions: Option<String>,
}

impl Task {
    fn text(&self) -> String {
        let parts = [&self.message, &self.known_info, &self.reason_for_call, &self.instructions];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Which engine reads.
pub(in crate::cli::eval) struct Answering {
    llm: Option<Llm>,
}

impl Answering {
    /// The built-in engine, or a language model.
    pub(in crate::cli::eval) fn new(llm: Option<Llm>) -> Self {
        Self { llm }
    }

    async fn read(&self, text: &str, known: &Known) -> anyhow::Result<Errands> {
        let own = read(text, known);
        match &self.llm {
            None => Ok(own),
            Some(llm) => Ok(read_errands(llm, text, known, &own).await?),
        }
    }
}

/// What the agent does with each task, in a shop of its own.
pub(in crate::cli::eval) async fn answer_all(
    db: &Path,
    tasks: &Path,
    answering: &Answering,
) -> anyhow::Result<Vec<Value>> {
    let bench = Bench::read(db)?;
    let mut results = Vec::new();
    for task in lines::<Task>(tasks)? {
        let open = bench.open();
        let answer = Box::pin(open.answer(&task.text(), answering)).await?;
        results.push(json!({
            "task_id": task.id,
            "final_state": open.shop.changed(),
            "calls": answer.calls,
            "reply": answer.reply,
            "outcome": answer.outcome,
        }));
    }
    Ok(results)
}

struct Answer {
    calls: Vec<Value>,
    reply: String,
    outcome: &'static str,
}

impl Answer {
    fn hand_off(calls: Vec<Value>, why: &str) -> Self {
        Self { calls, reply: format!("A colleague takes care of this. {why}"), outcome: HAND_OFF }
    }
}

impl Open<'_> {
    async fn answer(&self, text: &str, answering: &Answering) -> anyhow::Result<Answer> {
        let Some(user) = signed_in(text, &self.shop) else {
            return Ok(Answer::hand_off(Vec::new(), "It is not proved who writes."));
        };
        let known = self.known(&user).await?;
        let errands = answering.read(text, &known).await?;
        if let Some(reason) = errands.hand_off {
            return Ok(Answer::hand_off(Vec::new(), &reason));
        }
        let is_plain = errands.doubts.is_empty();
        let asker = Asker {
            identity: Identity::Proved,
            // What is said plainly and completely is what its writer has confirmed.
            confirmed: is_plain,
            confidence: if is_plain { PLAIN } else { IN_OTHER_WORDS },
            now: self.now(),
        };
        // All of it or nothing: it is tried in a copy of the shop first.
        let tried = self.bench.open().carry_out(&errands.wanted, &known, &asker).await?;
        if tried.outcome == HAND_OFF {
            return Ok(Answer { calls: Vec::new(), ..tried });
        }
        self.carry_out(&errands.wanted, &known, &asker).await
    }

    async fn known(&self, user: &str) -> anyhow::Result<Known> {
        let orders = self.shop.orders_of(user);
        let mut variants: Vec<Product> = Vec::new();
        for order in &orders {
            for product in self.variants(order).await? {
                if variants.iter().all(|known| known.sku != product.sku) {
                    variants.push(product);
                }
            }
        }
        let reasons = self.bench.policy.cancel.reasons.clone();
        Ok(Known { orders, account: self.shop.read(user), variants, reasons })
    }

    /// What policy and order say to an errand as the order stands now.
    fn stands(&self, errand: &Errand, variants: &[Product], asker: &Asker) -> Option<(Order, Weighed)> {
        let order = self.shop.read(&errand.order_id)?;
        let weighed = weigh(&self.bench.policy, &order, &errand.action, variants, asker);
        Some((order, weighed))
    }

    /// Does what is wanted, one after the other. What a person is asked about counts as approved.
    async fn carry_out(&self, wanted: &[Errand], known: &Known, asker: &Asker) -> anyhow::Result<Answer> {
        let (mut calls, mut said, mut outcome) = (Vec::new(), Vec::new(), "auto");
        for errand in wanted {
            let Some((order, weighed)) = self.stands(errand, &known.variants, asker) else { continue };
            match weighed.verdict() {
                Verdict::Allow => {}
                Verdict::Ask => outcome = "needs_approval",
                Verdict::Refuse => return Ok(Answer::hand_off(calls, &weighed.words().join("; "))),
            }
            let command = ActionCommand {
                idempotency_key: self.bench.clock.new_id::<uuid::Uuid>().to_string(),
                order_id: errand.order_id.clone(),
                action: errand.action.clone(),
            };
            match perform_command(self.id, command, &self.shops).await {
                Performance::Performed { order: after, .. } => {
                    calls.push(written(&order, &errand.action));
                    said.push(told(&after.order, &errand.words(known)));
                }
                Performance::Refused { reason }
                | Performance::Retry { reason, .. }
                | Performance::Unknown { reason, .. } => return Ok(Answer::hand_off(calls, &reason)),
            }
        }
        Ok(Answer { calls, reply: said.join(" "), outcome })
    }
}

/// What is said of something that was done.
fn told(order: &Order, words: &str) -> String {
    let parcels = order.shipments.iter().map(|parcel| parcel.tracking_number.as_str());
    let parcels: Vec<&str> = parcels.filter(|number| !number.is_empty()).collect();
    let parcels = if parcels.is_empty() { String::new() } else { format!(" Its parcel is {}.", parcels.join(", ")) };
    let (total, back) = (order.total.decimal(), order.refunded());
    let back = if back.minor == 0 { String::new() } else { format!(" {back} go back.") };
    format!("Done: {words}. The goods come to {total}.{back}{parcels}")
}

/// Whom the shop knows by the mail address, or by name and postal code, that are given.
fn signed_in(text: &str, shop: &FileShop) -> Option<String> {
    let plain = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c == '_' || c == ',')
        .map(plain)
        .filter(|word| !word.is_empty())
        .collect();
    if let Some(user) = words.iter().filter(|word| word.contains('@')).find_map(|word| shop.buyer_by_email(word)) {
        return Some(user.to_owned());
    }
    let codes: Vec<&String> =
        words.iter().filter(|word| word.len() == 5 && word.chars().all(|c| c.is_ascii_digit())).collect();
    let pairs = words.windows(2).filter_map(|pair| if let [first, last] = pair { Some((first, last)) } else { None });
    let known =
        pairs.flat_map(|(first, last)| codes.iter().filter_map(move |code| shop.buyer_by_name(first, last, code)));
    known.map(str::to_owned).next()
}
