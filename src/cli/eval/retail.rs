//! A public retail benchmark: its database is an order source, its rules are a policy, and its calls are actions of orders.

mod answers;
mod calls;
mod codes;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use channel_contract::OrderSource;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

pub(super) use self::answers::{Answering, answer_all};
use self::calls::{Call, Known, Write, read_call};
use crate::agent::errands::{Asker, weigh};
use crate::cli::files::read_text;
use crate::clock::Clock;
use crate::commerce::file_shop::{FileShop, Files};
use crate::commerce::perform::{Performance, perform_command};
use crate::commerce::shops::{Asked, Shop, Shops};
use crate::model::order::{Order, Product};
use crate::model::{OrderSourceId, Ts};
use crate::policy::{Facts, Identity, Policy, Verdict, compile, decide};

/// The rules of the benchmark's shop.
const POLICY: &str = include_str!("retail/policy.json");

/// A call as the files hold it.
#[derive(Clone, Debug, Deserialize)]
struct CallLine {
    name: String,
    arguments: Value,
}

#[derive(Debug, Deserialize)]
struct Task {
    task_id: String,
    actions: Vec<CallLine>,
}

#[derive(Debug, Deserialize)]
struct Session {
    authenticated_user_id: Option<String>,
    user_confirmed: bool,
}

#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    session: Session,
    setup: Vec<CallLine>,
    call: CallLine,
}

/// The benchmark's database and rules.
pub(super) struct Bench {
    files: Arc<Files>,
    policy: Arc<Policy>,
    clock: Clock,
}

impl Bench {
    /// Reads the database in a folder.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let plain = folder.join(format!("{name}.json"));
            let packed = folder.join(format!("{name}.json.gz"));
            read_text(if plain.exists() { &plain } else { &packed })
        };
        let files = Files::read(&text("orders")?, &text("users")?, &text("products")?);
        let files = files.with_context(|| format!("the database in {} cannot be read", folder.display()))?;
        let document: Value = serde_json::from_str(POLICY)?;
        let policy =
            compile(&document).map_err(|problems| anyhow::anyhow!("the policy does not hold: {problems:?}"))?;
        Ok(Self { files: Arc::new(files), policy: Arc::new(policy), clock: Clock::fixed(Ts(0)) })
    }

    /// The shop as the files hold it.
    fn open(&self) -> Open<'_> {
        let shop = Arc::new(FileShop::new(self.files.clone(), self.clock.clone()));
        let id: OrderSourceId = self.clock.new_id();
        let source: Arc<dyn OrderSource> = shop.clone();
        let listed = Shop { id, name: "Shop".to_owned(), asked: Asked::Always, source };
        Open { bench: self, shop, id, shops: Shops::new(vec![listed], self.clock.clone()) }
    }
}

/// One shop of its own, in which things are done.
struct Open<'a> {
    bench: &'a Bench,
    shop: Arc<FileShop>,
    id: OrderSourceId,
    shops: Shops,
}

/// What was decided about a call.
struct Decided {
    codes: Vec<&'static str>,
    changed: bool,
}

impl Open<'_> {
    fn now(&self) -> OffsetDateTime {
        self.bench.clock.now().datetime()
    }

    /// Does what a call says, as the shop itself would; why not, in its words.
    async fn replay(&self, line: &CallLine) -> Result<(), String> {
        let write = match read_call(line, &self.shop) {
            Call::Answer(answer) => return answer,
            Call::Read(known) => return known.is_there(),
            Call::Write(write) => write,
        };
        write.order.is_there()?;
        if let Some(code) = write.malformed {
            return Err(format!("The call cannot be read: {code}."));
        }
        let command = write.command(self.bench.clock.new_id());
        self.shop.perform(&command).await.map(drop).map_err(|failure| failure.to_string())
    }

    /// Decides about a call in a session, and does it where nothing stands against it.
    async fn decide(&self, line: &CallLine, session: &Session) -> anyhow::Result<Decided> {
        let before = self.shop.changed();
        let mut codes = Vec::new();
        match read_call(line, &self.shop) {
            Call::Answer(_) => {}
            Call::Read(known) => codes.extend(self.told(&known, session)),
            Call::Write(write) => {
                codes.extend(write.malformed);
                codes.extend(self.weighed(&write, session).await?);
                if codes.is_empty() {
                    let command = write.command(self.bench.clock.new_id());
                    let done = perform_command(self.id, command, &self.shops).await;
                    codes.extend((!matches!(done, Performance::Performed { .. })).then_some("shop"));
                }
            }
        }
        Ok(Decided { codes, changed: self.shop.changed() != before })
    }

    /// What stands against telling facts of a record.
    fn told(&self, known: &Known, session: &Session) -> Vec<&'static str> {
        let facts = Facts {
            intent: "where_is_my_order".to_owned(),
            tells: true,
            identity: identity(known, session),
            ..Facts::default()
        };
        let decision = decide(&self.bench.policy, &facts);
        let against = decision.reasons.iter().filter(|reason| reason.verdict > Verdict::Allow);
        against.map(|reason| codes::of_person(reason.code, reason.verdict)).chain(known.missing()).collect()
    }

    async fn weighed(&self, write: &Write, session: &Session) -> anyhow::Result<Vec<&'static str>> {
        let Known::Found(order) = &write.order else { return Ok(self.told(&write.order, session)) };
        let variants = self.variants(order).await?;
        let asker = Asker {
            identity: identity(&write.order, session),
            confirmed: session.user_confirmed,
            confidence: 100,
            now: self.now(),
        };
        let weighed = weigh(&self.bench.policy, order, &write.action, &variants, &asker);
        let against = weighed.decision.reasons.iter().filter(|reason| reason.verdict > Verdict::Allow);
        let codes = against.map(|reason| codes::of_person(reason.code, reason.verdict));
        Ok(codes.chain(weighed.refusal.iter().map(|refusal| refusal.code)).collect())
    }

    /// All variants of what an order holds.
    async fn variants(&self, order: &Order) -> anyhow::Result<Vec<Product>> {
        let mut titles: Vec<&str> = order.lines.iter().map(|line| line.title.as_str()).collect();
        titles.sort_unstable();
        titles.dedup();
        let mut found = Vec::new();
        for title in titles {
            found.extend(self.shop.variants(title).await?);
        }
        Ok(found)
    }
}

/// How sure it is that a record is that of the session's user. Of what is missing nobody is the owner.
fn identity(known: &Known, session: &Session) -> Identity {
    match (&session.authenticated_user_id, known) {
        (None, _) => Identity::Claimed,
        (Some(user), Known::Found(order)) if order.buyer.id != *user => Identity::Unknown,
        (Some(_), _) => Identity::Proved,
    }
}

fn lines<T: serde::de::DeserializeOwned>(file: &Path) -> anyhow::Result<Vec<T>> {
    let text = read_text(file)?;
    let rows = text.lines().filter(|line| !line.trim().is_empty());
    let rows: Result<Vec<T>, serde_json::Error> = rows.map(serde_json::from_str).collect();
    rows.with_context(|| format!("{} cannot be read", file.display()))
}

/// Does the calls of each task in a shop of its own, and says what became of the shop.
pub(super) async fn replay(db: &Path, tasks: &Path) -> anyhow::Result<Vec<Value>> {
    let bench = Bench::read(db)?;
    let mut results = Vec::new();
    for task in lines::<Task>(tasks)? {
        let open = bench.open();
        let mut steps = Vec::new();
        for call in &task.actions {
            steps.push(match open.replay(call).await {
                Ok(()) => json!({ "ok": true }),
                Err(error) => json!({ "ok": false, "error": error }),
            });
        }
        results.push(json!({ "task_id": task.task_id, "final_state": open.shop.changed(), "steps": steps }));
    }
    Ok(results)
}

/// Decides about the call of each case, in a shop in which its setup was done.
pub(super) async fn violations(db: &Path, cases: &Path) -> anyhow::Result<Vec<Value>> {
    let bench = Bench::read(db)?;
    let mut results = Vec::new();
    for case in lines::<Case>(cases)? {
        let open = bench.open();
        for call in &case.setup {
            open.replay(call).await.map_err(|reason| anyhow::anyhow!("the setup of {} failed: {reason}", case.id))?;
        }
        let decided = open.decide(&case.call, &case.session).await?;
        let mut result = json!({
            "id": case.id,
            "allowed": decided.codes.is_empty(),
            "state_changed": decided.changed,
        });
        if let (Some(code), Some(object)) = (codes::printed(&decided.codes), result.as_object_mut()) {
            object.insert("reason_code".to_owned(), json!(code));
        }
        results.push(result);
    }
    Ok(results)
}

#[cfg(test)]
mod tests;
