//! Puts training files together: reads labelled rows and pattern files, wraps sentences into mails, adds typos.

use serde::Deserialize;

use super::patterns::{PatternError, Sentence, expand};
use super::random::Random;
use super::train::Example;

/// What a training file holds; told by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// One JSON object with `text` and `intent` a line.
    Rows,
    /// A pattern file, see [`super::patterns`].
    Patterns,
}

/// Why a training file was refused.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A line is not a JSON object with `text` and `intent`.
    #[error("line {line} is not a labelled row")]
    Row {
        /// Counted from 1.
        line: usize,
        /// What the reader said.
        #[source]
        source: serde_json::Error,
    },
    /// A pattern does not parse.
    #[error("pattern file")]
    Pattern(#[from] PatternError),
}

/// The class of what stands around a request; the wrapping blocks are examples of it.
const CONTEXT: &str = "context";

#[derive(Deserialize)]
struct LabelledRow {
    text: String,
    intent: String,
}

/// Collects files, then gives the examples.
#[derive(Debug, Default)]
pub struct Corpus {
    rows: Vec<Sentence>,
    own: Vec<Sentence>,
    blocks: Vec<Sentence>,
    blocks_label: Option<String>,
}

impl Corpus {
    /// Adds the text of one file.
    pub fn add(&mut self, kind: FileKind, content: &str) -> Result<(), CorpusError> {
        match kind {
            FileKind::Rows => self.add_rows(content),
            FileKind::Patterns => {
                let is_block =
                    |sentence: &Sentence| matches!(sentence.label.as_str(), "greeting" | "story" | "closing");
                let (blocks, own): (Vec<_>, Vec<_>) = expand(content)?.into_iter().partition(is_block);
                self.blocks.extend(blocks);
                self.own.extend(own);
                Ok(())
            }
        }
    }

    fn add_rows(&mut self, content: &str) -> Result<(), CorpusError> {
        for (index, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let row: LabelledRow =
                serde_json::from_str(line).map_err(|source| CorpusError::Row { line: index + 1, source })?;
            let group = u64::try_from(index).unwrap_or(0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            self.rows.push(Sentence { label: row.intent, language: "en".to_owned(), group, text: row.text });
        }
        Ok(())
    }

    /// Gives every label that is not listed another one: `spam` is as harmless as `stock` to a model of risks.
    pub fn fold_labels(&mut self, kept: &[&str], other: &str) {
        for sentence in self.rows.iter_mut().chain(&mut self.own) {
            if !kept.contains(&sentence.label.as_str()) {
                other.clone_into(&mut sentence.label);
            }
        }
        self.blocks_label = Some(other.to_owned());
    }

    /// How many labelled sentences came from patterns, before copies.
    pub fn own_sentences(&self) -> usize {
        self.own.len()
    }

    /// All examples: each sentence as it is, and copies with typos or wrapped into a mail.
    pub fn examples(&self) -> Vec<Example> {
        let mut random = Random::new(7);
        let mut examples = Vec::new();
        for (sentences, wrapped, mistyped) in [(&self.rows, 15, 0), (&self.own, 40, 15)] {
            for sentence in sentences {
                examples.push(example(sentence, sentence.text.clone(), 1.0));
                if random.percent(wrapped) {
                    examples.push(example(sentence, self.wrap(sentence, &mut random), 0.7));
                }
                if random.percent(mistyped) {
                    examples.push(example(sentence, mistype(&sentence.text, &mut random), 0.7));
                }
            }
        }
        let label = self.blocks_label.as_deref().unwrap_or(CONTEXT);
        examples.extend(
            self.blocks
                .iter()
                .map(|block| Example { label: label.to_owned(), ..example(block, block.text.clone(), 1.0) }),
        );
        examples
    }

    fn wrap(&self, sentence: &Sentence, random: &mut Random) -> String {
        let greeting = self.block("greeting", &sentence.language, random);
        let story = if random.percent(40) { self.block("story", &sentence.language, random) } else { "" };
        let closing = self.block("closing", &sentence.language, random);
        let parts: [&str; 4] = match random.below(4) {
            0 => [greeting, &sentence.text, "", ""],
            1 => [&sentence.text, "", "", closing],
            2 => [greeting, &sentence.text, story, closing],
            _ => [greeting, story, &sentence.text, closing],
        };
        let mut text = String::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            if !text.is_empty() {
                text.push_str(if text.ends_with(['.', '!', '?', ',']) { " " } else { ". " });
            }
            text.push_str(part);
        }
        text
    }

    fn block(&self, label: &str, language: &str, random: &mut Random) -> &str {
        let fitting: Vec<&str> = self
            .blocks
            .iter()
            .filter(|block| block.label == label && block.language == language)
            .map(|block| block.text.as_str())
            .collect();
        random.pick(&fitting).unwrap_or("")
    }
}

fn example(sentence: &Sentence, text: String, weight: f32) -> Example {
    Example { text, label: sentence.label.clone(), group: sentence.group, weight }
}

/// One or two slips of the fingers: a letter dropped, doubled or swapped with its neighbour, or a lost space.
fn mistype(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(2) {
        if letters.len() < 8 {
            break;
        }
        let place = 1 + random.below(letters.len() - 2);
        match random.below(4) {
            0 => drop(letters.remove(place)),
            1 => letters.swap(place, place - 1),
            2 => letters.insert(place, letters.get(place).copied().unwrap_or('e')),
            _ => letters.retain({
                let mut spaces = 0;
                let unlucky = random.below(6);
                move |letter| {
                    spaces += usize::from(*letter == ' ');
                    !(*letter == ' ' && spaces == unlucky)
                }
            }),
        }
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_patterns_become_examples() {
        let mut corpus = Corpus::default();
        corpus.add(FileKind::Rows, "{\"text\":\"cancel it\",\"intent\":\"cancel_order\",\"id\":1}\n\n").unwrap();
        corpus.add(FileKind::Patterns, "[greeting en]\nhello,\n[stock en x3]\n{is it|are they} in stock").unwrap();
        let examples = corpus.examples();
        assert_eq!(corpus.own_sentences(), 2);
        assert!(examples.iter().any(|example| example.label == "cancel_order" && example.text == "cancel it"));
        assert!(examples.iter().all(|example| example.label != "greeting"));
        assert_eq!(examples, corpus.examples());
    }

    #[test]
    fn a_bad_row_names_its_line() {
        let mut corpus = Corpus::default();
        assert!(matches!(corpus.add(FileKind::Rows, "\n{}"), Err(CorpusError::Row { line: 2, .. })));
    }

    #[test]
    fn typos_never_panic_on_short_or_wide_text() {
        for seed in 0..200 {
            mistype("öäß 漢字", &mut Random::new(seed));
            mistype("where is my parcel please", &mut Random::new(seed));
        }
    }
}
