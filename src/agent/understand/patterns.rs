//! Hand-written sentence patterns, expanded to training sentences.
//!
//! A pattern file has slot definitions, sections and one pattern a line:
//!
//! ```text
//! # comment
//! @item = jacket | pair of <colour> shoes
//! [late_or_lost en x6]
//! {where is|i am still waiting for} my <item>{| please}?
//! ```
//!
//! `{a|b}` picks one, `<slot>` takes a value of the slot, `x6` asks for up to six different sentences a line. The
//! sections `greeting`, `story` and `closing` are the blocks that mails are wrapped in.

use std::collections::{BTreeMap, BTreeSet};

use super::random::Random;

/// A sentence made from a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Section label: a class of the model or a wrapping block.
    pub label: String,
    /// ISO code of the section.
    pub language: String,
    /// The pattern it came from, so that siblings stay on one side of a split.
    pub group: u64,
    /// The sentence.
    pub text: String,
}

/// Why a pattern file was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {what}")]
pub struct PatternError {
    line: usize,
    what: &'static str,
}

/// How deep slots may contain slots.
const MAX_DEPTH: usize = 8;

/// Expands a pattern file; the same text always gives the same sentences.
pub fn expand(source: &str) -> Result<Vec<Sentence>, PatternError> {
    let mut slots: BTreeMap<&str, &str> = BTreeMap::new();
    let mut section: Option<(&str, &str, usize)> = None;
    let mut sentences = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let line = line.trim();
        let error = |what| PatternError { line: index + 1, what };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(definition) = line.strip_prefix('@') {
            let (name, values) = definition.split_once('=').ok_or(error("a slot needs `= values`"))?;
            slots.insert(name.trim(), values.trim());
        } else if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = Some(section_head(head).ok_or(error("a section is `[label language xN]`"))?);
        } else {
            let (label, language, copies) = section.ok_or(error("a pattern stands before the first section"))?;
            let group = fingerprint(line);
            let texts = expand_line(line, copies, &slots, group).map_err(error)?;
            sentences.extend(texts.into_iter().map(|text| Sentence {
                label: label.to_owned(),
                language: language.to_owned(),
                group,
                text,
            }));
        }
    }
    Ok(sentences)
}

fn section_head(head: &str) -> Option<(&str, &str, usize)> {
    let mut parts = head.split_whitespace();
    let (label, language) = (parts.next()?, parts.next()?);
    let copies = parts.next().map_or(Some(4), |copies| copies.strip_prefix('x')?.parse().ok())?;
    Some((label, language, copies))
}

fn expand_line(
    line: &str,
    copies: usize,
    slots: &BTreeMap<&str, &str>,
    seed: u64,
) -> Result<BTreeSet<String>, &'static str> {
    let mut random = Random::new(seed);
    let mut texts = BTreeSet::new();
    // Few patterns have as many variants as asked for: twice the tries are enough.
    for _ in 0..copies * 2 {
        if texts.len() < copies {
            let mut text = String::new();
            fill(line, slots, &mut random, &mut text, 0)?;
            texts.insert(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    Ok(texts)
}

fn fill(
    pattern: &str,
    slots: &BTreeMap<&str, &str>,
    random: &mut Random,
    text: &mut String,
    depth: usize,
) -> Result<(), &'static str> {
    if depth > MAX_DEPTH {
        return Err("slots are nested too deep");
    }
    let mut rest = pattern;
    while let Some(position) = rest.find(['{', '<']) {
        let (before, marked) = rest.split_at(position);
        text.push_str(before);
        let end = closing(marked).ok_or("a bracket is not closed")?;
        let inner = marked.get(1..end).unwrap_or_default();
        let alternatives =
            if marked.starts_with('{') { inner } else { slots.get(inner).copied().ok_or("an unknown slot")? };
        fill(random.pick(&alternatives_of(alternatives)).unwrap_or(""), slots, random, text, depth + 1)?;
        rest = marked.get(end + 1..).unwrap_or_default();
    }
    text.push_str(rest);
    Ok(())
}

/// Byte position of the bracket that closes the first one of the text.
fn closing(text: &str) -> Option<usize> {
    let close = if text.starts_with('{') { ('{', '}') } else { ('<', '>') };
    let mut depth = 0_usize;
    for (position, letter) in text.char_indices() {
        if letter == close.0 {
            depth += 1;
        } else if letter == close.1 {
            depth -= 1;
            if depth == 0 {
                return Some(position);
            }
        }
    }
    None
}

/// Splits at the bars that stand outside inner brackets.
fn alternatives_of(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == '|' && depth == 0
    })
    .collect()
}

fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_slots_and_nesting_expand() {
        let source =
            "@item = hat | pair of {red|blue} socks\n[stock en x20]\nis the <item> {in stock|available {now|today}}?";
        let sentences = expand(source).unwrap();
        assert!(sentences.len() > 5);
        let allowed =
            regex::Regex::new(r"^is the (hat|pair of (red|blue) socks) (in stock|available (now|today))\?$").unwrap();
        assert!(sentences.iter().all(|sentence| allowed.is_match(&sentence.text)), "{sentences:?}");
        assert_eq!(sentences, expand(source).unwrap());
    }

    #[test]
    fn spaces_inside_brackets_count() {
        let sentences = expand("[stock en x9]\nstop{| now} {one |}two").unwrap();
        let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        assert_eq!(texts, ["stop now one two", "stop now two", "stop one two", "stop two"]);
    }

    #[test]
    fn mistakes_name_their_line() {
        assert_eq!(expand("hello").unwrap_err().to_string(), "line 1: a pattern stands before the first section");
        assert_eq!(expand("[a en]\n<nobody>").unwrap_err().line, 2);
        assert_eq!(expand("[a en]\n{open").unwrap_err().what, "a bracket is not closed");
        assert!(expand("@a = <a>\n[a en]\n<a>").is_err());
    }
}
