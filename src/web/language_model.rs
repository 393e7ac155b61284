//! What the language model costs a brand in this month, and how much it may cost.

pub mod edit;

use askama::Template;

use crate::agent::call_label;
use crate::config::{LlmConfig, TaskModel};
use crate::llm::Models;
use crate::model::Ts;
use crate::model::llm_cost::{ALL_KINDS, KindCost, Limit, READING, spent};
use crate::model::order::{Currency, Money};
use crate::policy::INTENTS;
use crate::web::filters;
use crate::web::format::{count, decimal, money, typed_amount};
use crate::web::page::Page;
use crate::web::parts::{Badge, Notice};

/// Currencies are told apart to so many digits at most.
const DIGITS: u32 = 6;

/// What the form holds: each field by its name, as people wrote it.
#[derive(Clone, Debug, Default)]
pub struct Written(pub Vec<(String, String)>);

/// What is wrong, by field.
pub type Problems = Vec<(String, String)>;

/// Limits that are to hold, by kind, in millionths; nothing for no limit.
pub type NewLimits = Vec<(String, Option<i64>)>;

/// Every kind that calls are counted under; first that of all together.
fn kinds() -> impl Iterator<Item = &'static str> {
    [ALL_KINDS, READING].into_iter().chain(INTENTS.iter().map(|(word, ..)| *word))
}

fn field_of(kind: &str) -> String {
    format!("limit_{kind}")
}

/// How many millionths the smallest coin of a currency is.
fn coin(currency: Currency) -> i64 {
    10_i64.pow(DIGITS.saturating_sub(currency.exponent()))
}

/// Millionths in coins of the currency, rounded up.
fn in_coins(micros: i64, currency: Currency) -> Money {
    let (whole, rest) = (micros / coin(currency), micros % coin(currency));
    Money::new(whole + i64::from(rest > 0), currency)
}

impl Written {
    /// As the form shows what is set.
    pub fn of(limits: &[Limit], currency: Currency) -> Self {
        let field = |limit: &Limit| (field_of(&limit.kind), decimal(in_coins(limit.micros, currency)));
        Self(limits.iter().map(field).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// Reads the form. Kinds that it does not have keep their limit.
    pub fn read(&self, currency: Currency) -> Result<NewLimits, Problems> {
        let (mut limits, mut problems) = (Vec::new(), Vec::new());
        for kind in kinds() {
            match self.get(&field_of(kind)) {
                None => {}
                Some("") => limits.push((kind.to_owned(), None)),
                Some(text) => match micros(text, currency) {
                    Some(micros) => limits.push((kind.to_owned(), Some(micros))),
                    None => problems.push((field_of(kind), refusal(currency))),
                },
            }
        }
        if problems.is_empty() { Ok(limits) } else { Err(problems) }
    }
}

fn micros(text: &str, currency: Currency) -> Option<i64> {
    let amount = typed_amount(text, currency)?;
    amount.minor.checked_mul(coin(currency)).filter(|micros| *micros >= 0)
}

fn refusal(currency: Currency) -> String {
    let example = decimal(in_coins(20_000_000, currency));
    format!("Write an amount in {currency}, such as {example}, or nothing for no limit.")
}

/// What the page tells.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the operator set.
    pub llm: &'a LlmConfig,
    /// The models that it leads to.
    pub models: Option<&'a Models>,
    /// The month, by its first moment.
    pub month: Ts,
    /// What it came to.
    pub costs: &'a [KindCost],
    /// The limits that hold.
    pub limits: &'a [Limit],
}

/// `GET /language-model`, and `POST /language-model` when something is wrong.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "language_model/page.html")]
pub struct LanguageModelPage {
    page: Page,
    models: Vec<ModelLine>,
    trouble: Option<Notice>,
    refused: Option<Notice>,
    month: String,
    currency: Currency,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct ModelLine {
    task: &'static str,
    name: String,
    prices: String,
}

#[derive(Debug)]
struct Row {
    name: String,
    label: String,
    limit: String,
    error: String,
    badge: Option<Badge>,
    spent: String,
    calls: String,
    read: String,
    written: String,
}

impl LanguageModelPage {
    /// The month with the form, what is written in it and what is wrong.
    pub fn new(page: Page, facts: Facts<'_>, written: &Written, problems: &Problems) -> Self {
        let currency = currency_of(facts.llm);
        let first = facts.month.datetime();
        let row = |kind: &'static str| Row::new(kind, facts, currency, (written, problems));
        Self {
            models: models(facts.llm),
            trouble: trouble(facts.llm),
            refused: (!problems.is_empty())
                .then(|| Notice::bad("Not saved.", "Mend what is marked; everything you wrote is still here.")),
            month: format!("{} {}", first.month(), first.year()),
            currency,
            rows: kinds().map(row).collect(),
            page,
        }
    }
}

impl Row {
    fn new(
        kind: &'static str,
        facts: Facts<'_>,
        currency: Currency,
        (written, problems): (&Written, &Problems),
    ) -> Self {
        let (name, cost) = (field_of(kind), spent(facts.costs, kind));
        let error = problems.iter().find(|(known, _)| *known == name).map(|(_, words)| words.clone());
        let limit = facts.limits.iter().find(|limit| limit.kind == kind).map(|limit| limit.micros);
        Self {
            label: if kind == ALL_KINDS { "Everything".to_owned() } else { call_label(kind).to_owned() },
            limit: written.get(&name).unwrap_or_default().to_owned(),
            error: error.unwrap_or_default(),
            badge: limit.and_then(|limit| how_full(cost.micros, limit, dearest_call(facts.models, kind))),
            spent: money(in_coins(cost.micros, currency)),
            calls: count(cost.calls),
            read: count(cost.prompt_tokens),
            written: count(cost.completion_tokens),
            name,
        }
    }
}

/// What a call for a kind of request costs at its dearest, at least; nothing is known of it without a model.
fn dearest_call(models: Option<&Models>, kind: &str) -> Option<i64> {
    let models = models?;
    let (reads, words) = (models.reading.shortest_call().micros, models.wording.shortest_call().micros);
    Some(match kind {
        ALL_KINDS => reads.min(words),
        READING => reads,
        _ => words,
    })
}

/// How much of a limit is left, where that is little for a call that may cost so much. What is free needs no room.
fn how_full(spent: i64, limit: i64, dearest: Option<i64>) -> Option<Badge> {
    let left = limit.saturating_sub(spent);
    match dearest {
        Some(0) => None,
        _ if left < dearest.unwrap_or(1) => Some(Badge::new("bad", "no room for a call").with_icon("warn")),
        _ => (left <= limit / 10).then(|| Badge::new("warn", "nearly used up")),
    }
}

/// The currency of the prices; the configuration was checked to name one.
fn currency_of(llm: &LlmConfig) -> Currency {
    llm.currency.parse().unwrap_or(Currency::EUR)
}

fn models(llm: &LlmConfig) -> Vec<ModelLine> {
    let line = |task, model: TaskModel| ModelLine {
        task,
        prices: format!(
            "{} {currency} for a million tokens read, {} {currency} for a million written",
            model.prompt_price,
            model.completion_price,
            currency = llm.currency
        ),
        name: model.model,
    };
    let (reads, words) = (llm.reads(), llm.words());
    if llm.base_url.is_empty() {
        Vec::new()
    } else if reads == words {
        vec![line("Reads and words", reads)]
    } else {
        vec![line("Reads", reads), line("Words replies", words)]
    }
}

/// What keeps limits from counting.
fn trouble(llm: &LlmConfig) -> Option<Notice> {
    let is_free = |task: &TaskModel| task.prompt_price.micros() == 0 && task.completion_price.micros() == 0;
    if llm.base_url.is_empty() {
        let words = "The built-in engine answers alone, and costs nothing. Whoever runs this desk names a model under [llm] in \
             its configuration; limits can be set before.";
        return Some(Notice::info("No language model is set.", words));
    }
    let free = [llm.reads(), llm.words()].into_iter().find(is_free)?;
    let words = "Its calls are counted and cost nothing, so no limit stops them. Whoever runs this desk sets prompt_price and \
         completion_price under [llm] in its configuration.";
    Some(Notice::warn(format!("{} has no price.", free.model), words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn limits_are_read_as_they_are_shown() {
        for (code, micros, shown) in
            [("USD", 1_284_500_000, "1,284.50"), ("JPY", 500_000_000, "500"), ("KWD", 2_500_000, "2.500")]
        {
            let limits = [Limit { kind: "thanks".to_owned(), micros }];
            let written = Written::of(&limits, currency(code));
            assert_eq!(written.0, [("limit_thanks".to_owned(), shown.to_owned())]);
            assert_eq!(written.read(currency(code)).unwrap(), [("thanks".to_owned(), Some(micros))]);
        }
    }

    #[test]
    fn what_is_no_amount_is_named_and_nothing_is_no_limit() {
        let field = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let given = [("limit_", " "), ("limit_stock", "0"), ("limit_reading", "7,50"), ("limit_of_nobody", "1")];
        let written = Written(given.map(|(name, text)| field(name, text)).into());
        let read = written.read(Currency::EUR).unwrap();
        let wanted = [("", None), (READING, Some(7_500_000_i64)), ("stock", Some(0))];
        assert_eq!(read, wanted.map(|(kind, micros)| (kind.to_owned(), micros)));
        for text in ["-1", "much", "1.234", "99999999999999", "1,2"] {
            let problems = Written(vec![field("limit_stock", text)]).read(Currency::EUR).unwrap_err();
            assert_eq!(problems[0].0, "limit_stock", "{text}");
            assert!(problems[0].1.contains("in EUR, such as 20.00,"), "{}", problems[0].1);
        }
    }

    #[test]
    fn a_part_of_a_coin_is_shown_as_one() {
        let shown = |micros| money(in_coins(micros, Currency::EUR));
        assert_eq!(
            [shown(0), shown(1), shown(10_000), shown(10_001)],
            ["0.00 EUR", "0.01 EUR", "0.01 EUR", "0.02 EUR"]
        );
    }

    #[test]
    fn a_limit_that_is_near_says_so() {
        let words = |spent, dearest| how_full(spent, 100, dearest).map(|badge| badge.to_string()).unwrap_or_default();
        assert_eq!(words(89, None), "");
        assert!(words(90, None).contains("nearly used up") && words(90, Some(10)).contains("nearly used up"));
        assert!(words(100, None).contains("no room for a call") && words(90, Some(11)).contains("no room for a call"));
        assert!(words(0, Some(101)).contains("no room for a call"), "a limit below one call");
        assert_eq!(words(100, Some(0)), "", "what is free goes on");
    }

    #[test]
    fn models_are_told_with_their_prices_and_what_is_missing() {
        let read = |text: &str| serde_json::from_str::<LlmConfig>(text).unwrap();
        let none = read("{}");
        assert!(models(&none).is_empty() && trouble(&none).is_some_and(|notice| notice.tone().is_empty()));
        let one = read(r#"{"base_url": "https://x.example/v1", "model": "small", "prompt_price": 0.15}"#);
        let told = models(&one);
        assert_eq!((told.len(), told[0].name.as_str(), told[0].task), (1, "small", "Reads and words"));
        assert_eq!(told[0].prices, "0.15 EUR for a million tokens read, 0 EUR for a million written");
        assert!(trouble(&one).is_none());
        let wording = TaskModel { model: "large".to_owned(), ..TaskModel::default() };
        let two = LlmConfig { wording, ..one };
        assert_eq!(models(&two).len(), 2);
        assert_eq!(trouble(&two).unwrap().head(), "large has no price.");
    }
}
