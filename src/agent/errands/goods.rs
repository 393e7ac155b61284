//! Which goods of which order a request means, and what is wanted for them.

use super::Known;
use super::choose::{Wanted, holds, options};
use super::requests::Request;
use super::titles::{Mention, mentions, plain};
use super::tokens::{Pairs, Token};
use crate::model::order::{LineItem, Order, OrderStatus, ReturnStatus};

/// How people say sizes.
const SIZES: [(&str, &str); 3] = [("S", "small"), ("M", "medium"), ("L", "large")];

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing has left, and nothing was changed.
    NotSent,
    /// All of it came, and nothing comes back.
    Arrived,
}

/// Whether an order is there.
pub(super) fn is_at(order: &Order, stage: Stage) -> bool {
    match stage {
        Stage::NotSent => order.status == OrderStatus::Open && !order.was_changed(),
        Stage::Arrived => {
            let is_open = order.returns.iter().any(|back| back.status != ReturnStatus::Closed);
            order.status == OrderStatus::Delivered && !is_open
        }
    }
}

/// Goods that a request speaks of.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) mention: Mention,
    /// Options that they have, in braces.
    having: Option<Pairs>,
    /// What is said of them before their name.
    said: Vec<Token>,
    pub(super) wanted: Wanted,
    /// Whether another product is wanted for them.
    pub(super) other_product: bool,
    /// Whether they stay as they are.
    pub(super) is_kept: bool,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) order: usize,
    pub(super) line: String,
}

/// The titles of all that was ordered.
pub(super) fn titles(known: &Known) -> Vec<String> {
    let all = known.orders.iter().flat_map(|order| &order.lines).map(|line| line.title.clone());
    let mut titles: Vec<String> = all.collect();
    titles.sort();
    titles.dedup();
    titles
}

/// The goods of a request, in order. Where it only says “it”, those spoken of just before.
pub(super) fn items(request: &Request, known: &Known) -> Vec<Item> {
    let titles = titles(known);
    let found = read(&request.tokens, &titles);
    if found.iter().any(|item| !item.other_product) || !speaks_of_before(request) {
        return found;
    }
    let mut before = read(&request.before, &titles);
    if let Some(last) = before.last_mut() {
        let rest = request.tokens.get(request.at..).unwrap_or_default();
        last.wanted.words.extend(rest.iter().cloned());
        last.other_product = found.iter().any(|item| item.mention.titles != last.mention.titles);
    }
    before.split_off(before.len().saturating_sub(1))
}

fn speaks_of_before(request: &Request) -> bool {
    request.tokens.iter().filter_map(Token::word).any(|word| matches!(word, "it" | "them" | "these" | "its" | "one"))
}

/// The goods that tokens speak of.
pub(super) fn read(tokens: &[Token], titles: &[String]) -> Vec<Item> {
    let found = mentions(tokens, titles);
    let mut items: Vec<Item> = Vec::new();
    for (place, mention) in found.iter().enumerate() {
        let until = found.get(place.saturating_add(1)).map_or(tokens.len(), |next| next.from);
        let after = tokens.get(mention.to..until).unwrap_or_default();
        let start = place.checked_sub(1).and_then(|before| found.get(before)).map_or(0, |before| before.to);
        let before = tokens.get(start..mention.from).unwrap_or_default();
        let said = said_before(before);
        let is_kept = keeps(before) || (items.last().is_some_and(|last| last.is_kept) && only_lists(before));
        if is_target(before) {
            if let Some(last) = items.last_mut() {
                last.other_product |= last.mention.titles.iter().all(|title| !mention.titles.contains(title));
                last.wanted.words.extend(said.into_iter().chain(after.iter().cloned()));
                continue;
            }
            let wanted = Wanted { words: after.to_vec(), ..Wanted::default() };
            items.push(Item { mention: mention.clone(), having: None, said, wanted, other_product: true, is_kept });
            continue;
        }
        let (having, exact) = braces(after);
        let sku = after.iter().find_map(|token| if let Token::Sku(sku) = token { Some(sku.clone()) } else { None });
        let wanted = Wanted { sku, exact, words: after.to_vec(), ..Wanted::default() };
        items.push(Item { mention: mention.clone(), having, said, wanted, other_product: false, is_kept });
    }
    items
}

/// The words straight before a name.
fn said_before(before: &[Token]) -> Vec<Token> {
    const MOST: usize = 4;
    let near = before.iter().rev().take(MOST).take_while(|token| !matches!(token, Token::Mark(_)));
    let mut near: Vec<Token> = near.cloned().collect();
    near.reverse();
    near
}

/// Whether what follows is left out of the request.
fn keeps(before: &[Token]) -> bool {
    before.iter().filter_map(Token::word).any(|word| matches!(word, "keep" | "except" | "without" | "but"))
}

/// Whether nothing but a list goes on between two names.
fn only_lists(before: &[Token]) -> bool {
    before.iter().all(|token| match token {
        Token::Word(word) => matches!(word.as_str(), "and" | "the" | "my" | "your"),
        other => other.is_mark(","),
    })
}

/// `for a`, `to another`: what follows is wanted, not there.
fn is_target(before: &[Token]) -> bool {
    let words: Vec<&'static str> = said_before(before).iter().filter_map(Token::word).map(short).collect();
    words.windows(2).any(|pair| matches!(pair, ["for" | "to" | "into", "a" | "an" | "another"]))
}

/// Only the words that matter there, so that they outlive the tokens that they were copied from.
fn short(word: &str) -> &'static str {
    ["for", "to", "into", "a", "an", "another"].into_iter().find(|known| *known == word).unwrap_or_default()
}

/// Options in braces behind a name: those that it has, and those that are wanted.
fn braces(after: &[Token]) -> (Option<Pairs>, Option<Pairs>) {
    let mut is_behind_words = false;
    let (mut having, mut exact) = (None, None);
    for token in after {
        match token {
            Token::Word(word) => is_behind_words |= word != "and",
            Token::Options(pairs) if is_behind_words || having.is_some() => {
                exact.get_or_insert_with(|| pairs.clone());
            }
            Token::Options(pairs) => having = Some(pairs.clone()),
            _ => {}
        }
    }
    (having, exact)
}

/// How an item is looked for.
pub(super) struct Search<'a> {
    pub(super) known: &'a Known,
    /// The orders that are named.
    pub(super) named: &'a [usize],
    /// What else the request speaks of.
    pub(super) beside: &'a [Item],
    /// Lines that were found for it before.
    pub(super) taken: &'a [Meant],
    /// What tells them apart where it is asked: “if you ask which, the large one”.
    pub(super) which: &'a [Token],
}

impl Search<'_> {
    /// The lines that an item means, at the first stage at which there are any.
    pub(super) fn find(&self, item: &Item, stages: &[Stage]) -> Result<Vec<Meant>, String> {
        let name = item.mention.titles.join(" or ");
        let is_again = |is_meant: &dyn Fn(usize) -> bool| {
            self.taken.iter().any(|taken| is_meant(taken.order) && self.is_titled(item, taken))
        };
        if !self.named.is_empty() {
            let candidates = self.candidates(item, |place, _| self.named.contains(&place));
            if candidates.is_empty() && is_again(&|place| self.named.contains(&place)) {
                return Ok(Vec::new());
            }
            return self.pick(item, candidates).ok_or_else(|| format!("Which {name} is meant is not clear."));
        }
        for stage in stages {
            let candidates = self.candidates(item, |_, order| is_at(order, *stage));
            let is_there = |place: usize| self.known.orders.get(place).is_some_and(|order| is_at(order, *stage));
            if candidates.is_empty() && is_again(&is_there) {
                return Ok(Vec::new());
            }
            if !candidates.is_empty() {
                return self.pick(item, candidates).ok_or_else(|| format!("Which {name} is meant is not clear."));
            }
        }
        Err(format!("No order with the {name} is so far that this can be done."))
    }

    /// Whether a line that was found before has the name of an item: it is spoken of again.
    fn is_titled(&self, item: &Item, taken: &Meant) -> bool {
        let line = self.known.orders.get(taken.order).and_then(|order| order.line(&taken.line));
        line.is_some_and(|line| item.mention.titles.contains(&line.title))
    }

    fn candidates(&self, item: &Item, is_meant: impl Fn(usize, &Order) -> bool) -> Vec<(usize, &LineItem)> {
        let mut found = Vec::new();
        for (place, order) in self.known.orders.iter().enumerate().filter(|(place, order)| is_meant(*place, order)) {
            for line in order.lines.iter().filter(|line| item.mention.titles.contains(&line.title)) {
                let is_taken = self.taken.iter().any(|taken| taken.order == place && taken.line == line.id);
                let fits = item.having.as_ref().is_none_or(|having| holds(&options(&line.variant), having));
                if fits && !is_taken {
                    found.push((place, line));
                }
            }
        }
        found
    }

    fn pick(&self, item: &Item, mut left: Vec<(usize, &LineItem)>) -> Option<Vec<Meant>> {
        for told in [item.said.as_slice(), self.which] {
            if left.len() > 1 {
                left = most(left, |(_, line)| told_of(line, told));
            }
        }
        if left.len() > 1 {
            left = most(left, |(place, _)| self.held_beside(*place));
        }
        let words: Vec<&str> = item.said.iter().chain(&item.wanted.words).filter_map(Token::word).collect();
        let says = |word: &str| words.contains(&word);
        if left.len() > 1 && says("expensive") {
            left = most(left, |(_, line)| usize::try_from(line.unit_price.minor).unwrap_or(0));
        }
        let is_all = item.mention.many || says("both") || says("all");
        let first = left.first().copied()?;
        let is_one = |(place, line): &(usize, &LineItem)| *place == first.0 && line.sku == first.1.sku;
        let meant = |(order, line): &(usize, &LineItem)| Meant { order: *order, line: line.id.clone() };
        if left.len() == 1 || (!is_all && left.iter().all(is_one)) {
            return Some(vec![meant(&first)]);
        }
        is_all.then(|| left.iter().map(meant).collect())
    }

    /// How much else of the request an order holds.
    fn held_beside(&self, place: usize) -> usize {
        let Some(order) = self.known.orders.get(place) else { return 0 };
        let is_held = |item: &&Item| order.lines.iter().any(|line| item.mention.titles.contains(&line.title));
        self.beside.iter().filter(is_held).count()
    }
}

/// Those of which the most is true.
fn most<'a>(
    candidates: Vec<(usize, &'a LineItem)>,
    score: impl Fn(&(usize, &'a LineItem)) -> usize,
) -> Vec<(usize, &'a LineItem)> {
    let best = candidates.iter().map(&score).max().unwrap_or(0);
    candidates.into_iter().filter(|candidate| score(candidate) == best).collect()
}

/// How many of a line's options stand in words.
fn told_of(line: &LineItem, told: &[Token]) -> usize {
    let words: Vec<String> = told.iter().filter_map(Token::word).map(plain).collect();
    let is_told = |value: &String| {
        if SIZES.iter().any(|(size, said)| value == size && words.iter().any(|word| word == said)) {
            return true;
        }
        let value: Vec<String> = value.split_whitespace().map(plain).collect();
        !value.is_empty()
            && value.iter().any(|part| part.len() > 1)
            && words.windows(value.len()).any(|part| part == value)
    };
    options(&line.variant).iter().map(|(_, value)| value).filter(|value| is_told(value)).count()
}
