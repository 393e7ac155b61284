//! Which variant is meant: what is said of it holds, and what is not said stays as it was. Never a guess between two.

use std::cmp::Ordering;

use super::tokens::{Pairs, Token};
use crate::model::order::{LineItem, Product};

/// What is wanted in the place of goods.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// The unit itself.
    pub(super) sku: Option<String>,
    /// Options as they are written in braces.
    pub(super) exact: Option<Pairs>,
    /// What is said of it.
    pub(super) words: Vec<Token>,
    /// What is liked where there is a choice.
    pub(super) liked: Vec<Token>,
    /// What is taken where nothing else would stay as it was.
    pub(super) else_liked: Vec<Token>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// This unit, with all that was not spoken of as it was.
    Exactly(String),
    /// This unit, though more than was spoken of changes.
    Nearest(String),
    /// None, or more than one: a person looks.
    Unclear,
}

/// Name and value of each option: `color: black, size: M`.
pub(super) fn options(variant: &str) -> Pairs {
    let pair =
        |part: &str| part.split_once(": ").map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    variant.split(", ").filter_map(pair).collect()
}

fn value<'a>(options: &'a Pairs, name: &str) -> Option<&'a str> {
    options.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Whether all of these options are among those.
pub(super) fn holds(options: &Pairs, wanted: &Pairs) -> bool {
    wanted.iter().all(|(name, wanted)| value(options, name).is_some_and(|is| is.eq_ignore_ascii_case(wanted)))
}

/// A variant with its options apart.
struct Candidate<'a> {
    product: &'a Product,
    options: Pairs,
}

impl Candidate<'_> {
    fn is_there(&self) -> bool {
        self.product.in_stock.is_none_or(|left| left > 0)
    }
}

/// The variant of a line's product that is wanted.
pub(super) fn choose(line: &LineItem, wanted: &Wanted, variants: &[Product]) -> Choice {
    let current = options(&line.variant);
    let own = variants.iter().filter(|product| product.title == line.title);
    let all: Vec<Candidate<'_>> =
        own.map(|product| Candidate { product, options: options(&product.variant) }).collect();
    if let Some(sku) = &wanted.sku {
        return Choice::Exactly(sku.clone());
    }
    if let Some(exact) = &wanted.exact {
        return exactly(&all, &current, exact);
    }
    by_words(line, &current, wanted, &all)
}

/// The one variant with these options and the others as they were, whether it is there or not.
fn exactly(all: &[Candidate<'_>], current: &Pairs, exact: &Pairs) -> Choice {
    let name_of =
        |(name, was): &(String, String)| (name.clone(), value(exact, name).map_or_else(|| was.clone(), str::to_owned));
    let wished: Pairs = current.iter().map(name_of).collect();
    let is_known = exact.iter().all(|(name, _)| value(current, name).is_some());
    let mut fitting = all.iter().filter(|candidate| holds(&candidate.options, &wished));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) if is_known => Choice::Exactly(only.product.sku.clone()),
        _ => Choice::Unclear,
    }
}

/// Something that is said of what is wanted.
#[derive(Clone, Debug, PartialEq)]
enum Want {
    Is(String, String),
    Not(String, String),
    /// More or less of an option than now.
    Beside(String, Ordering),
    /// The most or the least of an option that there is.
    Utmost(String, Ordering),
    /// By price: less is the cheapest.
    Price(Ordering),
}

fn by_words(line: &LineItem, current: &Pairs, wanted: &Wanted, all: &[Candidate<'_>]) -> Choice {
    let wants = wants(&wanted.words, current, all);
    let liked = wants_in(&wanted.liked, current, all);
    if wants.is_empty() && liked.is_empty() {
        return Choice::Unclear;
    }
    let other = |candidate: &&Candidate<'_>| candidate.product.sku != line.sku && candidate.is_there();
    let fits = |candidate: &Candidate<'_>| wants.iter().all(|want| meets(candidate, want, current));
    let mut fitting: Vec<&Candidate<'_>> = all.iter().filter(other).filter(|candidate| fits(candidate)).collect();
    for want in &wants {
        match want {
            Want::Utmost(name, most) => keep_utmost(&mut fitting, *most, |one| rank(value(&one.options, name)?)),
            Want::Price(most) => keep_utmost(&mut fitting, *most, |one| Some(one.product.price.minor)),
            _ => {}
        }
    }
    let spoken: Vec<&str> = wants.iter().filter_map(named).collect();
    let kept = |candidate: &Candidate<'_>| {
        let same = current.iter().filter(|(name, was)| {
            !spoken.contains(&name.as_str()) && value(&candidate.options, name).is_some_and(|is| is == was)
        });
        same.count()
    };
    let all_kept = current.iter().filter(|(name, _)| !spoken.contains(&name.as_str())).count();
    let by_price = wants.iter().any(|want| matches!(want, Want::Price(_)));
    let suits =
        |candidate: &Candidate<'_>, wants: &[Want]| wants.iter().filter(|want| meets(candidate, want, current)).count();
    let best = |score: &dyn Fn(&Candidate<'_>) -> (usize, usize)| {
        let most = fitting.iter().map(|candidate| score(candidate)).max()?;
        let mut best = fitting.iter().filter(|candidate| score(candidate) == most);
        let only = best.next()?;
        if best.next().is_some() { None } else { Some(*only) }
    };
    let first = best(&|candidate| (suits(candidate, &liked), kept(candidate)));
    let exact = first.filter(|candidate| kept(candidate) == all_kept || by_price);
    if let Some(candidate) = exact {
        return Choice::Exactly(candidate.product.sku.clone());
    }
    let else_liked = wants_in(&wanted.else_liked, current, all);
    let second = best(&|candidate| (suits(candidate, &liked) + suits(candidate, &else_liked), kept(candidate)));
    second.map_or(Choice::Unclear, |candidate| Choice::Nearest(candidate.product.sku.clone()))
}

/// The option that a want speaks of.
fn named(want: &Want) -> Option<&str> {
    match want {
        Want::Is(name, _) | Want::Not(name, _) | Want::Beside(name, _) | Want::Utmost(name, _) => Some(name),
        Want::Price(_) => None,
    }
}

fn meets(candidate: &Candidate<'_>, want: &Want, current: &Pairs) -> bool {
    let is = |name: &str| value(&candidate.options, name);
    match want {
        Want::Is(name, wanted) => is(name) == Some(wanted.as_str()),
        Want::Not(name, other) => is(name) != Some(other.as_str()),
        Want::Beside(name, than) => {
            let ranks = is(name).and_then(rank).zip(value(current, name).and_then(rank));
            ranks.is_some_and(|(is, was)| is.cmp(&was) == *than)
        }
        Want::Utmost(..) | Want::Price(_) => true,
    }
}

fn keep_utmost(fitting: &mut Vec<&Candidate<'_>>, most: Ordering, rank: impl Fn(&Candidate<'_>) -> Option<i64>) {
    let ranks = fitting.iter().filter_map(|candidate| rank(candidate));
    let utmost = ranks.reduce(|one, other| if other.cmp(&one) == most { other } else { one });
    fitting.retain(|candidate| rank(candidate).is_some_and(|rank| Some(rank) == utmost));
}

/// Where a value stands among its like; `None` where nothing tells.
fn rank(value: &str) -> Option<i64> {
    const SCALES: &[&[&str]] = &[
        &["xs", "s", "m", "l", "xl", "xxl"],
        &["mini", "small", "medium", "large", "extra large"],
        &["low", "medium", "high"],
        &["beginner", "intermediate", "expert"],
        &["basic", "professional"],
    ];
    let lower = value.to_lowercase();
    for scale in SCALES {
        if let Some(place) = scale.iter().position(|known| *known == lower) {
            return i64::try_from(place).ok();
        }
    }
    let digits: String = lower.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
    let thousandths: i64 = format!("{whole}{:0<3}", part.get(..part.len().min(3)).unwrap_or_default()).parse().ok()?;
    let unit = lower.get(digits.len()..).unwrap_or_default().trim();
    let times = if unit == "l" || unit.starts_with("liter") || unit.starts_with("tb") { 1_000 } else { 1 };
    thousandths.checked_mul(times)
}

/// The words of a text, each cut at dashes, and one way to write a colour.
fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty());
    parts.map(|word| if word == "gray" { "grey".to_owned() } else { word.to_owned() }).collect()
}

/// What is said, with what is said of the whole.
fn wants(tokens: &[Token], current: &Pairs, all: &[Candidate<'_>]) -> Vec<Want> {
    let mut wants = wants_in(tokens, current, all);
    let words = spoken(tokens);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if says(&["cheapest"]) {
        wants.push(Want::Price(Ordering::Less));
    }
    if says(&["expensive", "priciest"]) && says(&["most", "priciest"]) {
        wants.push(Want::Price(Ordering::Greater));
    }
    for (place, word) in words.iter().enumerate() {
        let near = words.get(place.saturating_sub(3)..).unwrap_or_default();
        let near = near.get(..near.len().min(7)).unwrap_or_default();
        if let Some(want) = compared(word, near, current)
            && !wants.contains(&want)
        {
            wants.push(want);
        }
    }
    wants
}

/// Options that are compared, by the word that compares them.
fn compared(word: &str, near: &[String], current: &Pairs) -> Option<Want> {
    const SIZES: &[&str] =
        &["size", "capacity", "screen size", "frame size", "height", "length", "diameter", "room size"];
    let of = |names: &[&str]| current.iter().map(|(name, _)| name).find(|name| names.contains(&name.as_str())).cloned();
    let spoken_of = || {
        let is_near = |name: &&String| words_of(name).iter().any(|part| near.contains(part));
        current.iter().map(|(name, _)| name).find(is_near).cloned()
    };
    let less = near.iter().any(|word| word == "less");
    Some(match word {
        "bigger" | "larger" => Want::Beside(of(SIZES)?, Ordering::Greater),
        "smaller" => Want::Beside(of(SIZES)?, Ordering::Less),
        "biggest" | "largest" => Want::Utmost(of(SIZES)?, Ordering::Greater),
        "smallest" => Want::Utmost(of(SIZES)?, Ordering::Less),
        "bright" if less => Want::Beside(of(&["brightness"])?, Ordering::Less),
        "brighter" => Want::Beside(of(&["brightness"])?, Ordering::Greater),
        "easiest" => Want::Utmost(of(&["difficulty level"])?, Ordering::Less),
        "hardest" => Want::Utmost(of(&["difficulty level"])?, Ordering::Greater),
        "maximum" | "max" | "highest" | "maximized" => Want::Utmost(spoken_of()?, Ordering::Greater),
        "fewest" | "minimum" | "lowest" | "least" => Want::Utmost(spoken_of()?, Ordering::Less),
        _ => return None,
    })
}

/// The words among tokens, and the commas between them.
fn spoken(tokens: &[Token]) -> Vec<String> {
    let words = tokens.iter().flat_map(|token| match token {
        Token::Word(word) => words_of(word),
        Token::Mark(',') => vec![",".to_owned()],
        _ => Vec::new(),
    });
    words.collect()
}

/// Values of options that stand in a text.
fn wants_in(tokens: &[Token], current: &Pairs, all: &[Candidate<'_>]) -> Vec<Want> {
    let words = spoken(tokens);
    let mut wants: Vec<Want> = Vec::new();
    for (name, _) in current {
        let mut values: Vec<&str> = all.iter().filter_map(|candidate| value(&candidate.options, name)).collect();
        values.sort_unstable();
        values.dedup();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let mut found: Vec<(usize, usize, &str)> = Vec::new();
        for value in values.iter().copied() {
            let mut found_at = places(&words, name, value);
            if found_at.is_empty() {
                found_at.extend(distinctive(&words, value, &values));
            }
            for (from, to) in found_at {
                let is_inside = found.iter().any(|(start, end, _)| *start <= from && to <= *end);
                if !is_inside && !found.iter().any(|(.., known)| *known == value) {
                    found.push((from, to, value));
                }
            }
        }
        let (declined, wished): (Vec<_>, Vec<_>) = found.into_iter().partition(|(from, ..)| is_declined(&words, *from));
        // Two values of one option say nothing.
        if let [(_, _, value)] = wished.as_slice() {
            wants.push(Want::Is(name.clone(), (*value).to_owned()));
        } else if wished.is_empty() {
            wants.extend(declined.iter().map(|(_, _, value)| Want::Not(name.clone(), (*value).to_owned())));
        }
    }
    wants
}

/// Where a value of an option stands in words.
fn places(words: &[String], name: &str, value: &str) -> Vec<(usize, usize)> {
    let name = words_of(name);
    let value = words_of(value);
    let is_named = |from: usize, to: usize| {
        let before = words.get(from.saturating_sub(2)..from).unwrap_or_default();
        let after = words.get(to..to.saturating_add(2).min(words.len())).unwrap_or_default();
        before.iter().chain(after).any(|word| name.contains(word))
    };
    let [only] = value.as_slice() else {
        let at = |from: usize| words.get(from..).is_some_and(|rest| rest.starts_with(&value));
        return (0..words.len())
            .filter(|from| at(*from))
            .map(|from| (from, from.saturating_add(value.len())))
            .collect();
    };
    // “No” and “yes” are values only beside the option's name.
    if matches!(only.as_str(), "no" | "none") {
        let denied = |from: &usize| {
            let word = words.get(*from).map_or("", String::as_str);
            matches!(word, "no" | "without")
                && words.get(from.saturating_add(1)).is_some_and(|next| name.contains(next))
        };
        return (0..words.len()).filter(denied).map(|from| (from, from.saturating_add(2))).collect();
    }
    if only == "yes" {
        let said = |from: &usize| {
            let before = from.checked_sub(1).and_then(|before| words.get(before)).map_or("", String::as_str);
            words.get(*from).is_some_and(|word| name.contains(word))
                && !matches!(before, "no" | "not" | "about" | "without")
        };
        return (0..words.len()).filter(said).map(|from| (from, from.saturating_add(1))).collect();
    }
    let is_short = only.len() <= 2;
    let is_it = |from: &usize| {
        let to = from.saturating_add(1);
        words.get(*from).is_some_and(|word| word == only) && (!is_short || is_named(*from, to))
    };
    (0..words.len()).filter(is_it).map(|from| (from, from.saturating_add(1))).collect()
}

/// Where a word stands that no other value of the option has: “Google” for “Google Assistant”.
fn distinctive(words: &[String], value: &str, values: &[&str]) -> Option<(usize, usize)> {
    const SHORTEST: usize = 4;
    let parts = words_of(value);
    let is_own = |part: &&String| {
        let others = values.iter().filter(|other| **other != value);
        part.len() >= SHORTEST && others.into_iter().all(|other| !words_of(other).contains(part))
    };
    let several = parts.len() > 1;
    let found = parts.iter().filter(is_own).find_map(|part| words.iter().position(|word| word == part));
    found.filter(|_| several).map(|at| (at, at.saturating_add(1)))
}

/// Whether a value is named as what it shall no longer be.
fn is_declined(words: &[String], at: usize) -> bool {
    let before = words.get(at.saturating_sub(3)..at).unwrap_or_default();
    before.windows(2).any(|pair| matches!(pair, [one, other] if one == "instead" && other == "of"))
        || before.windows(2).any(|pair| matches!(pair, [one, other] if one == "rather" && other == "than"))
}
