//! Searching for orders, returns, inquiries and cancellations.
//!
//! How far an offset leads is written differently of each search, so none is used: a search that brings a whole page is
//! made again for each half of its time.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect};
use channel_contract::wire::{list, text};
use serde_json::{Value, json};

use crate::failure::{self, WHO};
use crate::happenings::Subject;
use crate::progress::{Gathered, Progress, Searched};
use crate::purchases::Purchases;
use crate::talks::Reading;
use crate::wire::{millis, moment, person, stamp};

/// So many rows come with one call, which is the most that eBay gives.
const MOST_ROWS: usize = 200;
/// So many calls one search takes, and looking back in one poll.
const MOST_CALLS: usize = 128;
/// A time that is not halved any further, in milliseconds.
const SHORTEST: i64 = 2_000;
/// How long a search rests that eBay does not offer or does not allow, in milliseconds.
const REST: i64 = 86_400_000;
/// How long it rests after too many calls, if eBay does not say.
const SHORT_REST: i64 = 900_000;

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// What a search came to.
enum Outcome {
    Rows(Vec<Value>),
    /// It is not asked again before this many milliseconds have passed; a person should know why.
    Rests(i64, String),
}

impl Reading<'_> {
    /// Makes a search if it is time, and hands on what has happened since.
    pub(crate) async fn search(
        self,
        subject: Subject,
        progress: &mut Progress,
        out: &mut Gathered,
    ) -> Result<(), ChannelFailure> {
        let polling = &self.settings.polling;
        let mut searched = progress.searches.remove(subject.name()).unwrap_or_default();
        if searched.begun == 0 {
            searched.begun = self.now - i64::from(polling.first_days) * DAY;
            searched.since = searched.begun;
        }
        let from = match subject {
            Subject::Order => searched.since - i64::from(polling.overlap_seconds) * SECOND,
            Subject::Return | Subject::Inquiry | Subject::Cancellation => self.now - i64::from(polling.case_days) * DAY,
        };
        let outcome = if self.now < searched.next { Ok(None) } else { self.rows(subject, from, out).await.map(Some) };
        let outcome = outcome.map(|found| match found {
            Some(Outcome::Rows(rows)) => {
                take_rows(subject, &rows, &mut searched, progress, out);
                searched.next = self.now + i64::from(polling.orders_seconds) * SECOND;
            }
            Some(Outcome::Rests(long, words)) => {
                searched.next = self.now + long;
                out.warn(words);
            }
            None => {}
        });
        progress.searches.insert(subject.name().to_owned(), searched);
        outcome
    }

    /// Reads what was bought before the channel was there, once and the newest first: a message is handed on with the orders that
    /// are known by then, and waits for none.
    pub(crate) async fn look_back(self, progress: &mut Progress, out: &mut Gathered) -> Result<(), ChannelFailure> {
        let purchases = &mut progress.purchases;
        purchases.forget(self.now);
        for _ in 0..MOST_CALLS {
            let Some((from, to)) = purchases.next_span(self.now) else { break };
            let answer = self.ask(Subject::Order, from, Some(to)).await?;
            if let Some(Outcome::Rests(long, words)) = rests(Subject::Order, &answer) {
                purchases.rest_until(self.now + long);
                out.warn(words);
                break;
            }
            if !answer.is_success() {
                let failure = failure::of(&answer, Effect::Reads);
                if !matches!(failure, ChannelFailure::Refused { .. }) {
                    return Err(failure);
                }
                purchases.rest_until(self.now + REST);
                out.warn(format!("Earlier orders could not be read: {failure}"));
                break;
            }
            let document: Value = answer.json(WHO)?;
            let rows = list(&document, rows_name(Subject::Order));
            if rows.len() >= MOST_ROWS && purchases.read_less_at_once() {
                continue;
            }
            for row in rows {
                remember_purchase(row, purchases);
            }
            purchases.note_read(from, rows.len() < MOST_ROWS / 2);
        }
        Ok(())
    }

    /// All rows since then.
    async fn rows(self, subject: Subject, from: i64, out: &mut Gathered) -> Result<Outcome, ChannelFailure> {
        let mut found = Vec::new();
        let mut times: Vec<(i64, Option<i64>)> = vec![(from, None)];
        let mut calls = 0;
        while let Some((from, to)) = times.pop() {
            calls += 1;
            let answer = self.ask(subject, from, to).await?;
            if let Some(rests) = rests(subject, &answer) {
                return Ok(rests);
            }
            if !answer.is_success() {
                return Err(failure::of(&answer, Effect::Reads));
            }
            let document: Value = answer.json(WHO)?;
            let rows = list(&document, rows_name(subject));
            let end = to.unwrap_or(self.now);
            let is_cut = rows.len() >= MOST_ROWS;
            if is_cut && end - from > SHORTEST && calls + times.len() < MOST_CALLS {
                let middle = from + (end - from) / 2;
                times.extend([(middle, to), (from, Some(middle))]);
                continue;
            }
            if is_cut {
                out.warn(format!(
                    "More changed on {WHO} than one look takes; the rest is shown when it changes again."
                ));
            }
            found.extend_from_slice(rows);
        }
        Ok(Outcome::Rows(found))
    }

    async fn ask(self, subject: Subject, from: i64, to: Option<i64>) -> Result<Answer, ChannelFailure> {
        let (from, to) = (stamp(from), to.map(stamp));
        if subject == Subject::Order {
            let filter = format!("lastmodifieddate:[{from}..{}]", to.unwrap_or_default());
            return self.client.orders(&[("filter", filter.as_str()), ("limit", "200")]).await;
        }
        let (name, prefix) = match subject {
            Subject::Inquiry => ("inquiry", "inquiry_creation_date_range"),
            Subject::Cancellation => ("cancellation", "creation_date_range"),
            Subject::Return | Subject::Order => ("return", "creation_date_range"),
        };
        let (first, last) = (format!("{prefix}_from"), format!("{prefix}_to"));
        let mut query = vec![(first.as_str(), from.as_str()), ("limit", "200")];
        if subject != Subject::Inquiry {
            query.push(("role", "SELLER"));
        }
        if let Some(to) = &to {
            query.push((last.as_str(), to.as_str()));
        }
        self.client.cases(name, &query).await
    }
}

fn rows_name(subject: Subject) -> &'static str {
    match subject {
        Subject::Return | Subject::Inquiry => "members",
        Subject::Cancellation => "cancellations",
        Subject::Order => "orders",
    }
}

/// Whether the search rests after this answer. Messages go on in any case.
fn rests(subject: Subject, answer: &Answer) -> Option<Outcome> {
    if answer.is_success() {
        return None;
    }
    let name = subject.name();
    let (long, words) = match (answer.status, failure::of(answer, Effect::Reads).class()) {
        (404 | 410, _) => (REST, format!("{WHO} offers no search for each {name}, so nothing is shown of them.")),
        (403, _) => (REST, format!("The account may not search for each {name}: connect it anew with that right.")),
        (_, FailureClass::Rate) => {
            let asked = answer.retry_after.and_then(|after| i64::try_from(after.as_millis()).ok());
            (asked.unwrap_or(SHORT_REST), format!("{WHO} takes no more searches for each {name} for now."))
        }
        _ => return None,
    };
    Some(Outcome::Rests(long, words))
}

/// Hands on what happened, and remembers where everything stands.
fn take_rows(subject: Subject, rows: &[Value], searched: &mut Searched, progress: &mut Progress, out: &mut Gathered) {
    let mut known = std::mem::take(&mut searched.known);
    for row in rows {
        let (id, state) = (subject.id(row), subject.state(row));
        let before = known.remove(&id).or_else(|| searched.known.get(&id).cloned());
        // What was over when it was first seen is no news.
        if before.as_ref() != Some(&state) && (before.is_some() || !subject.is_over(row)) {
            for happening in subject.happenings(row) {
                let at = happening.at.map(millis).unwrap_or_default();
                if subject == Subject::Order && happening.at.is_some() && at < searched.begun {
                    continue;
                }
                let piece = json!({ subject.name(): bare(subject, row), "as": happening.key });
                out.put(happening.key, at, &piece);
            }
        }
        if subject == Subject::Order {
            remember_purchase(row, &mut progress.purchases);
            let changed = moment(row, &["lastModifiedDate"]).map(millis).unwrap_or_default();
            searched.since = searched.since.max(changed);
        }
        if !id.is_empty() {
            searched.known.insert(id, state);
        }
    }
}

fn remember_purchase(row: &Value, purchases: &mut Purchases) {
    let (buyer, order) = (person(row, &["buyer"]), text(row, &["orderId"]));
    let Some(at) = moment(row, &["lastModifiedDate", "creationDate"]).map(millis) else { return };
    for line in list(row, "lineItems") {
        let listing = text(line, &["legacyItemId"]);
        purchases.remember((listing.as_str(), buyer.as_str()), &order, at);
    }
}

/// A row as it is stored. Of an order, nothing of the buyer's: only what says where it stands.
fn bare(subject: Subject, row: &Value) -> Value {
    if subject != Subject::Order {
        return row.clone();
    }
    let kept =
        ["orderId", "creationDate", "lastModifiedDate", "orderFulfillmentStatus", "orderPaymentStatus", "cancelStatus"];
    let lines = list(row, "lineItems")
        .iter()
        .map(|line| json!({ "lineItemFulfillmentInstructions": line.get("lineItemFulfillmentInstructions") }));
    let mut bare: serde_json::Map<String, Value> =
        kept.iter().filter_map(|name| Some(((*name).to_owned(), row.get(*name)?.clone()))).collect();
    bare.insert("lineItems".to_owned(), lines.collect());
    bare.into()
}
