//! False sentences of every kind, and true drafts, in every language: nothing false leaves alone, and little of what is
//! true waits. `tests/fixtures/claims` holds the sentences; README.md there says how.
//!
//! Two checks stand before the words of a model: what a sentence states must stand in the evidence, and the words must be
//! those that were decided. They are measured apart, so that a hole in one does not hide behind the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use resolute::agent::understand::intent::Intent;
use resolute::agent::{
    Brief, BuiltIn, Engine, EngineError, LlmEngine, Mode, Reading, RunResult, Snapshot, Written, run,
};
use resolute::llm::Llm;
use resolute::model::agent_run::EngineKind;
use resolute::voice::locale::LOCALES;
use resolute::voice::templates::{Line, Templates};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fixture::{delivered, on_its_way, order};
use super::languages::{Knows, cases, in_voice};
use super::{Case, Reply};
use crate::support::openai::{OpenAi, Reply as Answer, repeated, said_by};

/// False in words that state nothing for the check of the evidence.
const HIDDEN: &str = "hidden";

/// Thanks that say nothing, by language.
const THANKS: [(&str, &str); 6] = [
    ("en", "Thank you for your message."),
    ("de", "Vielen Dank für die Nachricht."),
    ("fr", "Merci pour le message."),
    ("es", "Gracias por el mensaje."),
    ("it", "Grazie per il messaggio."),
    ("nl", "Bedankt voor het bericht."),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claimed {
    kind: String,
    case: String,
    keys: Vec<String>,
    text: String,
    truth: Option<String>,
}

impl Claimed {
    fn case(&self) -> Case {
        let order = match self.case.as_str() {
            "on_its_way" => on_its_way("PC-1001", 2),
            "open" => order("PC-1001"),
            "delivered" => delivered("PC-1001", 2),
            other => panic!("“{other}” is no case"),
        };
        Case::mail("PC-1001 ?", vec![order])
    }
}

fn claimed(language: &str) -> Vec<Claimed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/claims");
    let text = std::fs::read_to_string(folder.join(format!("{language}.jsonl"))).unwrap();
    let read = |(place, line): (usize, &str)| {
        serde_json::from_str::<Claimed>(line).unwrap_or_else(|error| panic!("{language}, line {}: {error}", place + 1))
    };
    text.lines().enumerate().map(read).collect()
}

fn asks_where(language: &'static str) -> Knows {
    Knows(Intent::WhereIsMyOrder, language, true)
}

/// Writes what was decided, and a sentence of its own behind it.
struct Adds<'a> {
    language: &'static str,
    text: &'a str,
    keys: &'a [String],
}

#[async_trait]
impl Engine for Adds<'_> {
    fn kind(&self) -> EngineKind {
        EngineKind::BuiltIn
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        asks_where(self.language).understand(snapshot).await
    }

    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError> {
        let mut written = BuiltIn.write(brief).await?;
        let own = Line { text: self.text.to_owned(), keys: self.keys.to_vec(), starts_paragraph: false };
        written.lines.push(own);
        Ok(written)
    }
}

/// Reads what it is told, and has it worded by a model.
struct Words {
    knows: Knows,
    llm: LlmEngine,
}

#[async_trait]
impl Engine for Words {
    fn kind(&self) -> EngineKind {
        EngineKind::Llm
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        self.knows.understand(snapshot).await
    }

    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError> {
        self.llm.write(brief).await
    }
}

async fn worded(case: &Case, knows: Knows, llm: &Llm) -> RunResult {
    let engine = Words { knows, llm: LlmEngine::new(llm.clone(), case.shops()) };
    run(&case.snapshot, &case.shops(), &engine).await
}

/// Whether the model's words were not taken at all.
fn is_built_in(result: &RunResult) -> bool {
    result.steps.iter().any(|step| step.summary.contains("built-in engine instead"))
}

/// Whether a person is asked because of the model's words.
fn departs(reply: &Reply) -> bool {
    reply.asks().iter().any(|ask| ask.starts_with("the model "))
}

#[test]
fn what_is_false_is_left_out_and_what_is_true_stays() {
    let (mut passed, mut held, mut true_ones) = (Vec::new(), Vec::new(), 0);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for language in LOCALES {
        for row in claimed(language).iter().filter(|row| row.kind != HIDDEN) {
            let case = row.case();
            let with = |text: &str| Reply::of(case.run_with(&Adds { language, text, keys: &row.keys }));
            *kinds.entry(row.kind.clone()).or_default() += 1;
            let reply = with(&row.text);
            if reply.mode == Mode::Send || reply.text.contains(&row.text) {
                passed.push(format!("{language}, {}: {}", row.kind, row.text));
            }
            if let Some(truth) = &row.truth {
                true_ones += 1;
                let reply = with(truth);
                if !reply.left_out().is_empty() {
                    held.push(format!("{language}, {}: {:?}", row.kind, reply.left_out()));
                }
            }
        }
    }
    eprintln!("{kinds:?}; of {true_ones} true ones {} left out", held.len());
    assert!(kinds.values().sum::<usize>() >= 200, "{kinds:?}");
    assert!(kinds.values().all(|count| *count >= 2 * LOCALES.len()), "each kind in each language: {kinds:?}");
    assert!(passed.is_empty(), "false and not found:\n{}", passed.join("\n"));
    assert!(held.len() * 100 <= true_ones * 3, "true and left out:\n{}", held.join("\n"));
}

#[test]
fn what_a_german_brand_calls_its_own_is_no_name() {
    let mut case = Case::mail("PC-1001 ?", vec![order("PC-1001")]);
    let own = "Die Bestellung {{ order.number }} liegt im Leuchtturm. [[order]]";
    let (templates, problems) = Templates::with([("where_is_my_order", "de", own)]);
    assert!(problems.is_empty(), "{problems:?}");
    case.snapshot.templates = templates;
    let voice = Arc::make_mut(&mut case.snapshot.voice);
    voice.locales.get_mut("de").unwrap().sign_off = Some("Dein Bergfest-Team, {teammate}".into());
    assert_eq!(Reply::of(case.run_with(&asks_where("de"))).left_out(), []);
    let told = Reply::of(case.run_with(&Adds { language: "de", text: "Es liegt im Kirchturm.", keys: &[] }));
    assert_eq!(told.left_out(), [("Es liegt im Kirchturm.", "“Kirchturm”: no source.")]);
}

#[test]
fn names_of_two_letters_are_known_too() {
    let mut order = on_its_way("PC-1001", 2);
    order.shipments[0].carrier = "DX".into();
    let mut case = Case::mail("PC-1001 ?", vec![order]);
    case.snapshot.contact.name = "Jo Lee".into();
    for language in LOCALES {
        let reply = Reply::of(case.run_with(&asks_where(language)));
        assert_eq!(reply.left_out(), [], "{language}");
        assert!(reply.text.contains("Jo") && reply.text.contains("DX"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_model_that_slips_something_false_in_sends_none_of_it() {
    let slipped = Arc::new(Mutex::new(Value::Null));
    let own = Arc::clone(&slipped);
    let server = OpenAi::smart(move |body| {
        let mut worded = repeated(body);
        worded["sentences"].as_array_mut().unwrap().push(own.lock().unwrap().clone());
        Answer::json(&worded)
    })
    .await;
    let llm = server.llm();
    let (mut sent, mut unseen) = (Vec::new(), Vec::new());
    for language in LOCALES {
        for row in claimed(language) {
            let own = json!({"text": row.text, "evidence": row.keys, "starts_paragraph": false});
            *slipped.lock().unwrap() = own;
            let result = worded(&row.case(), asks_where(language), &llm).await;
            let built_in = is_built_in(&result);
            let reply = Reply::of(result);
            let shown = format!("{language}, {}: {}", row.kind, row.text);
            if !built_in && !departs(&reply) {
                unseen.push(shown.clone());
            }
            if reply.mode == Mode::Send && reply.text.contains(&row.text) {
                sent.push(shown);
            }
        }
    }
    assert!(sent.is_empty(), "left alone:\n{}", sent.join("\n"));
    assert!(unseen.is_empty(), "taken for decided words:\n{}", unseen.join("\n"));
}

#[tokio::test]
async fn true_drafts_of_a_model_wait_for_nobody_because_of_their_words() {
    let server = OpenAi::smart(|body| {
        let user = said_by(body, "user");
        let thanks = THANKS.iter().find(|(code, _)| user.ends_with(&format!("“{code}”."))).expect("a language");
        let mut worded = repeated(body);
        let first = json!({"text": thanks.1, "evidence": [], "starts_paragraph": false});
        worded["sentences"].as_array_mut().unwrap().insert(0, first);
        Answer::json(&worded)
    })
    .await;
    let llm = server.llm();
    let (mut all, mut by_model, mut held) = (0, 0, Vec::new());
    for language in LOCALES {
        // French texts are formal only.
        let formalities: &[i64] = if language == "fr" { &[80] } else { &[20, 80] };
        for formality in formalities {
            for (intent, wish, order) in cases() {
                let case = in_voice(Case::mail(&format!("PC-1001 {wish}"), vec![order]), *formality);
                let result = worded(&case, Knows(intent, language, true), &llm).await;
                all += 1;
                by_model += usize::from(!is_built_in(&result));
                let reply = Reply::of(result);
                let failed: Vec<_> = reply.draft.checks.iter().filter(|check| check.problem.is_some()).collect();
                if departs(&reply) || !failed.is_empty() {
                    held.push(format!("{language} {intent:?} {wish}: {failed:?} {:?}", reply.asks()));
                }
            }
        }
    }
    eprintln!("{} of {all} true drafts held, {by_model} worded by the model", held.len());
    assert!(all >= 500, "{all} drafts");
    assert!(by_model * 2 > all, "the model worded {by_model} of {all}");
    assert!(held.len() * 100 <= all * 3, "{} of {all} held:\n{}", held.len(), held.join("\n"));
}
