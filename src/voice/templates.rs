//! Reply templates: compiled once, rendered in bounds, and read as lines that name their evidence.
//!
//! One sentence a line; a blank line begins a paragraph. A line that states a fact ends with the keys of its evidence:
//! `Your parcel left on {{ parcel.shipped }}. [[parcel]]`. Lines that hold only a tag are not part of the text.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use tera::{Context, Tera};

use super::locale::LOCALES;
use super::sandbox::{Used, inspect};
use super::template_variables::SAMPLE;
pub use super::template_variables::{MEANINGS, sample_for, sample_in};
use super::templates_list::DEFAULTS;
pub use super::templates_list::{FORMER, NAMES};
use crate::model::document::Problem;

/// The most that a template may write, in bytes.
const MOST_OUTPUT: usize = 8_000;

/// Variables that carry no fact of an order, a product or the policy.
const NO_FACTS: [&str; 8] = ["customer", "brand", "teammate", "formal", "warm", "brief", "wants", "asks"];

/// Keys that evidence can have; a number may follow: `parcel.1`.
const KEYS: [&str; 11] =
    ["order", "orders", "parcel", "item", "items", "refund", "return", "policy", "action", "product", "customer"];

/// A sentence as written, with the keys of its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// Keys of its evidence, as written.
    pub keys: Vec<String>,
    /// Whether a new paragraph begins with it.
    pub starts_paragraph: bool,
}

/// A template that could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// No such name in this language.
    #[error("there is no template “{0}”")]
    Missing(String),
    /// The engine failed: a value of another kind, or too much text.
    #[error("the template “{name}” could not be filled in: {reason}")]
    Failed {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
}

/// All templates of a brand, compiled. Cheap to share.
#[derive(Clone)]
pub struct Templates {
    tera: Tera,
    names: BTreeSet<String>,
    /// By language, the words of its texts that begin with a capital letter.
    capitals: BTreeMap<String, Arc<BTreeSet<String>>>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("names", &self.names.len()).finish_non_exhaustive()
    }
}

impl Templates {
    fn empty() -> Self {
        Self { tera: engine(), names: BTreeSet::new(), capitals: BTreeMap::new() }
    }

    /// The shipped texts, compiled once.
    pub fn defaults() -> Arc<Self> {
        static SHIPPED: LazyLock<Arc<Templates>> = LazyLock::new(|| {
            let mut shipped = Templates::empty();
            for (locale, name, source) in DEFAULTS {
                // A shipped text that does not compile is missing; a test holds all of them to it.
                let _ = shipped.add(locale, name, source);
            }
            Arc::new(shipped)
        });
        Arc::clone(&SHIPPED)
    }

    /// The shipped texts with a brand's own (name, language, text) in their place. A text that does not compile is left
    /// out, so the shipped one answers.
    pub fn with<'a>(own: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> (Arc<Self>, Vec<Problem>) {
        let mut templates = Self::clone(&Self::defaults());
        let mut problems = Vec::new();
        for (name, locale, source) in own {
            match compile(source) {
                Ok(_) => problems.extend(templates.add(locale, name, source).err()),
                Err(found) => problems.extend(found.into_iter().map(|problem| Problem {
                    path: format!("{locale}/{name}, {}", problem.path),
                    message: problem.message,
                })),
            }
        }
        (Arc::new(templates), problems)
    }

    /// The same with one text in place of another, if it holds.
    pub fn with_text(&self, locale: &str, name: &str, source: &str) -> Result<Arc<Self>, Vec<Problem>> {
        compile(source)?;
        let mut templates = self.clone();
        templates.add(locale, name, source).map_err(|problem| vec![problem])?;
        Ok(Arc::new(templates))
    }

    fn add(&mut self, locale: &str, name: &str, source: &str) -> Result<(), Problem> {
        let key = key(locale, name);
        self.tera.add_raw_template(&key, &prepared(source)).map_err(|error| engine_problem(&error))?;
        self.names.insert(key);
        let words = words(source).filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned);
        Arc::make_mut(self.capitals.entry(locale.to_owned()).or_default()).extend(words);
        Ok(())
    }

    /// The words of all texts in a language that begin with a capital letter.
    pub fn capitals(&self, locale: &str) -> impl Iterator<Item = &str> {
        self.capitals.get(locale).into_iter().flat_map(|words| words.iter().map(String::as_str))
    }

    /// Whether the texts in a language hold a word with a capital letter.
    pub fn has_capital(&self, locale: &str, word: &str) -> bool {
        self.capitals.get(locale).is_some_and(|known| words(word).all(|part| known.contains(part)))
    }

    /// Whether there is a text in this language.
    pub fn has(&self, locale: &str, name: &str) -> bool {
        self.names.contains(&key(locale, name))
    }

    /// The language that a reply is written in: the customer's if there are texts in it, else the brand's, else
    /// English. Dates and amounts are written in the same one, so it is settled before anything is worded.
    pub fn language(&self, customer: &str, brand: &str) -> &'static str {
        let has_all = |code: &str| NAMES.iter().all(|(name, _)| self.has(code, name));
        let known = |wanted: &str| LOCALES.into_iter().find(|code| *code == wanted && has_all(code));
        known(customer).or_else(|| known(brand)).unwrap_or("en")
    }

    /// Fills in a template of a language.
    pub fn render(&self, locale: &str, name: &str, variables: &Context) -> Result<Vec<Line>, TemplateError> {
        let key = key(locale, name);
        if !self.names.contains(&key) {
            return Err(TemplateError::Missing(key));
        }
        let failed = |reason: String| TemplateError::Failed { name: key.clone(), reason };
        let mut output = Capped(Vec::new());
        self.tera.render_to(&key, variables, &mut output).map_err(|error| failed(error.to_string()))?;
        let text = String::from_utf8(output.0).map_err(|error| failed(error.to_string()))?;
        Ok(lines(&text))
    }
}

/// Checks a template and gives the variables that it uses.
pub fn compile(source: &str) -> Result<Vec<String>, Vec<Problem>> {
    let used = inspect(source, &SAMPLE)?;
    let mut problems = unproven_lines(source, &used);
    let mut tera = engine();
    if let Err(error) = tera.add_raw_template("template", &prepared(source)) {
        problems.push(engine_problem(&error));
    }
    if problems.is_empty() {
        problems.extend(preview(source, &SAMPLE).err().into_iter().flatten());
    }
    if problems.is_empty() {
        let names: BTreeSet<String> = used.into_iter().map(|used| used.path).collect();
        return Ok(names.into_iter().collect());
    }
    Err(problems)
}

/// A template filled in with these variables (the shape of [`sample_in`]).
pub fn preview(source: &str, variables: &Value) -> Result<Vec<Line>, Vec<Problem>> {
    inspect(source, &SAMPLE)?;
    let single = |message: String| vec![Problem::new("", message)];
    let context = Context::from_serialize(variables).map_err(|error| single(error.to_string()))?;
    let mut templates = Templates::empty();
    templates.add("en", "preview", source).map_err(|problem| vec![problem])?;
    let lines = templates.render("en", "preview", &context).map_err(|error| single(error.to_string()))?;
    let keys = lines.iter().flat_map(|line| &line.keys);
    let unknown: Vec<Problem> = keys
        .filter(|key| !KEYS.contains(&key.split('.').next().unwrap_or_default()))
        .map(|key| Problem::new("", format!("“[[{key}]]” names no evidence; there are {}.", KEYS.join(", "))))
        .collect();
    if unknown.is_empty() { Ok(lines) } else { Err(unknown) }
}

/// The text that ships with the desk.
pub fn shipped(locale: &str, name: &str) -> Option<&'static str> {
    DEFAULTS.iter().find(|(code, known, _)| *code == locale && *known == name).map(|(.., source)| *source)
}

pub(super) fn engine() -> Tera {
    let mut tera = Tera::default();
    // The texts are plain; what shows them as HTML escapes them there.
    tera.autoescape_on(Vec::<&'static str>::new());
    tera
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

fn key(locale: &str, name: &str) -> String {
    format!("{locale}/{name}")
}

pub(super) fn engine_problem(error: &tera::Error) -> Problem {
    let message = error.to_string();
    Problem::new("", message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
}

/// A line that prints a fact must name evidence.
fn unproven_lines(source: &str, used: &[Used]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let facts = used.iter().filter(|used| used.line == index + 1 && used.printed);
        let fact = facts.into_iter().find(|used| !NO_FACTS.contains(&used.path.split('.').next().unwrap_or_default()));
        if let Some(fact) = fact.filter(|_| !line.contains("[[")) {
            let message = format!("This sentence states “{}”, but names no evidence: end it with [[…]].", fact.path);
            problems.push(Problem::new(format!("line {}", index + 1), message));
        }
    }
    problems
}

/// Without the line ends of lines that hold only tags, so that they leave no blank line.
fn prepared(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.lines() {
        let line = line.trim();
        text.push_str(line);
        if line.is_empty() || !only_tags(line) {
            text.push('\n');
        }
    }
    text
}

fn only_tags(line: &str) -> bool {
    let mut rest = line;
    while let Some(inside) = rest.strip_prefix("{%") {
        let Some((_, after)) = inside.split_once("%}") else { return false };
        rest = after.trim_start();
    }
    rest.is_empty()
}

/// The sentences of a rendered text.
pub fn lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut starts_paragraph = true;
    for written in text.lines() {
        let (text, keys) = split_keys(written);
        if text.is_empty() {
            starts_paragraph = true;
            continue;
        }
        lines.push(Line { text, keys, starts_paragraph });
        starts_paragraph = false;
    }
    lines
}

fn split_keys(written: &str) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut keys = Vec::new();
    let mut rest = written;
    while let Some((before, from)) = rest.split_once("[[") {
        let Some((inside, after)) = from.split_once("]]") else { break };
        text.push_str(before);
        keys.extend(inside.split_whitespace().map(str::to_owned));
        rest = after;
    }
    text.push_str(rest);
    // What is no-break stays: it stands inside of amounts.
    (text.split_ascii_whitespace().collect::<Vec<_>>().join(" "), keys)
}

/// Takes no more than [`MOST_OUTPUT`] bytes.
pub(super) struct Capped(pub(super) Vec<u8>);

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_OUTPUT {
            return Err(io::Error::other("the text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
