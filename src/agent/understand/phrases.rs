//! A small phrase matcher over folded words, for word lists that need gaps and vetoes but no regular expressions.
//!
//! A rule is groups of alternatives; a number between two groups allows so many words in between, and a last group
//! after `-` names words that void the match when they stand inside it:
//!
//! `ignore|disregard 4 instruct*|rules -my|delivery`

use std::collections::HashMap;
use std::ops::Range;

use super::features::fold_into;

/// Words of a text, folded (lower case, no accents), punctuation dropped, digits kept.
pub(crate) fn plain_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in text.chars().chain(std::iter::once(' ')) {
        match letter {
            '\'' | '’' | '`' | '´' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{ad}' | '\u{feff}' => {}
            letter if letter.is_alphanumeric() => fold_into(letter, &mut word),
            _ if !word.is_empty() => words.push(std::mem::take(&mut word)),
            _ => {}
        }
    }
    words
}

#[derive(Debug, Clone)]
struct Group {
    gap: usize,
    words: Vec<&'static str>,
}

#[derive(Debug, Clone)]
struct Rule<T> {
    mark: T,
    groups: Vec<Group>,
    vetoes: Vec<&'static str>,
}

/// Compiled rules, found by their first word.
#[derive(Debug)]
pub(crate) struct Phrases<T> {
    rules: Vec<Rule<T>>,
    by_word: HashMap<&'static str, Vec<usize>>,
    by_prefix: Vec<(&'static str, usize)>,
}

impl<T: Copy> Phrases<T> {
    /// Compiles `(mark, rules)` pairs; a text holds one rule a line.
    pub(crate) fn new(tables: &[(T, &'static str)]) -> Self {
        let mut phrases = Self { rules: Vec::new(), by_word: HashMap::new(), by_prefix: Vec::new() };
        for (mark, table) in tables {
            for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
                phrases.add(*mark, line);
            }
        }
        phrases
    }

    fn add(&mut self, mark: T, line: &'static str) {
        let mut groups = Vec::new();
        let mut vetoes = Vec::new();
        let mut gap = 0;
        for part in line.split_whitespace() {
            if let Some(words) = part.strip_prefix('-') {
                vetoes.extend(words.split('|'));
            } else if let Ok(number) = part.parse() {
                gap = number;
            } else {
                groups.push(Group { gap: std::mem::take(&mut gap), words: part.split('|').collect() });
            }
        }
        let index = self.rules.len();
        for word in groups.first().map(|group| group.words.as_slice()).unwrap_or_default() {
            match word.strip_suffix('*') {
                Some(prefix) => self.by_prefix.push((prefix, index)),
                None => self.by_word.entry(word).or_default().push(index),
            }
        }
        self.rules.push(Rule { mark, groups, vetoes });
    }

    /// Whether some rule holds this word.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.rules.iter().flat_map(|rule| &rule.groups).any(|group| group.holds(word))
    }

    /// The marks of all rules that match, each rule once, with the words from its first to its last.
    pub(crate) fn find(&self, words: &[String]) -> Vec<(T, Range<usize>)> {
        let mut seen: Vec<usize> = Vec::new();
        let mut found = Vec::new();
        for (position, word) in words.iter().enumerate() {
            let exact = self.by_word.get(word.as_str()).into_iter().flatten().copied();
            let prefixed =
                self.by_prefix.iter().filter(|(prefix, _)| word.starts_with(prefix)).map(|(_, index)| *index);
            for index in exact.chain(prefixed) {
                let Some(rule) = self.rules.get(index).filter(|_| !seen.contains(&index)) else { continue };
                if let Some(length) = rule.matches(words.get(position..).unwrap_or_default()) {
                    seen.push(index);
                    found.push((rule.mark, position..position + length));
                }
            }
        }
        found
    }
}

impl<T> Rule<T> {
    /// How many of the words it takes, when it matches from the first one on.
    fn matches(&self, words: &[String]) -> Option<usize> {
        let mut end = 1;
        for group in self.groups.iter().skip(1) {
            let window = words.get(end..).unwrap_or_default();
            end += window.iter().take(group.gap + 1).position(|word| group.holds(word))? + 1;
        }
        let inside = words.get(..end).unwrap_or_default();
        (!inside.iter().any(|word| self.vetoes.contains(&word.as_str()))).then_some(end)
    }
}

impl Group {
    fn holds(&self, word: &str) -> bool {
        self.words.iter().any(|own| match own.strip_suffix('*') {
            Some(prefix) => word.starts_with(prefix),
            None => *own == word,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(rule: &'static str, text: &str) -> bool {
        !Phrases::new(&[((), rule)]).find(&plain_words(text)).is_empty()
    }

    #[test]
    fn gaps_prefixes_and_vetoes() {
        let rule = "ignore|forget 3 instruct*|rules -my";
        assert!(hits(rule, "Please IGNORE all of the instructions."));
        assert!(hits(rule, "forget rules"));
        assert!(!hits(rule, "ignore my instructions"));
        assert!(!hits(rule, "ignore one two three four rules"));
        assert!(!hits(rule, "ignore"));
    }

    #[test]
    fn what_is_found_goes_from_the_first_word_of_its_rule_to_the_last() {
        let phrases = Phrases::new(&[("asked", "can|could 1 you"), ("polite", "please")]);
        let found = phrases.find(&plain_words("So, could perhaps you help, please?"));
        assert_eq!(found, [("asked", 1..4), ("polite", 5..6)]);
    }

    #[test]
    fn the_words_of_rules_are_known_one_by_one() {
        let phrases = Phrases::new(&[((), "ignore|forget 3 instruct*|rules -my")]);
        assert!(["ignore", "rules", "instructions"].into_iter().all(|word| phrases.knows(word)));
        assert!(!["my", "3", "ignored"].into_iter().any(|word| phrases.knows(word)));
    }

    #[test]
    fn words_are_folded() {
        assert_eq!(plain_words("Don’t stop, Größe! 42"), ["dont", "stop", "grosse", "42"]);
        assert!(hits("geld zuruck", "Geld zurück!"));
    }
}
