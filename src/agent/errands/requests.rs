//! The requests of a message: each verb that asks for something, with what stands around it, and what holds only under a
//! condition.

use super::tokens::Token;

/// What is asked for, as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Cancel,
    Return,
    /// Money back, which a return or a cancellation may bring.
    Refund,
    Exchange,
    Change,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) verb: Verb,
    /// Everything from it to the next request, and what stands before the first one of a sentence.
    pub(super) tokens: Vec<Token>,
    /// Where its verb stands.
    pub(super) at: usize,
    /// What stands in brackets.
    pub(super) asides: Vec<Token>,
    /// What was spoken of just before.
    pub(super) before: Vec<Token>,
    /// Whether it stands in a question.
    pub(super) is_asked: bool,
}

/// A message in its parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Parted {
    pub(super) requests: Vec<Request>,
    /// Sentences that hold under a condition.
    pub(super) conditions: Vec<Vec<Token>>,
    /// What is asked for under a condition.
    pub(super) fallbacks: Vec<Request>,
    /// What says who writes.
    pub(super) selves: Vec<Vec<Token>>,
    /// What says neither who writes nor what is wanted.
    pub(super) rest: Vec<Vec<Token>>,
}

const CONDITIONS: &[&str] = &["if", "when", "once", "unless", "otherwise", "after", "should"];
const NEGATIONS: &[&str] = &["not", "never", "cannot", "no"];
/// So many words before a verb can deny it.
const FAR: usize = 6;
/// Before a noun, not a verb.
const ARTICLES: &[&str] =
    &["a", "an", "the", "my", "your", "any", "no", "of", "for", "this", "that", "full", "possible"];

/// A stretch of a message up to a mark that ends it.
struct Piece {
    tokens: Vec<Token>,
    asides: Vec<Token>,
    /// The mark that ends it.
    end: char,
}

impl Piece {
    fn new() -> Self {
        Self { tokens: Vec::new(), asides: Vec::new(), end: '.' }
    }
}

/// The parts of a message.
pub(super) fn part(tokens: &[Token]) -> Parted {
    let mut parted = Parted::default();
    let (mut goes_on, mut is_condition) = (false, false);
    for piece in pieces(tokens) {
        let first = piece.tokens.iter().find_map(Token::word).unwrap_or_default();
        is_condition = if goes_on { is_condition } else { CONDITIONS.contains(&first) };
        let continues = goes_on;
        goes_on = piece.end == ';';
        let is_asked = piece.end == '?';
        if is_condition {
            let before = parted.rest.last().cloned().unwrap_or_default();
            parted.fallbacks.extend(requests_of(&piece.tokens, &[], before));
            parted.conditions.push(piece.tokens);
            continue;
        }
        let (said, condition) = without_condition(piece.tokens);
        parted.conditions.extend(condition);
        let from = parted.requests.len();
        place(&mut parted, said, piece.asides, continues);
        for request in parted.requests.iter_mut().skip(from) {
            request.is_asked = is_asked;
        }
    }
    parted
}

fn pieces(tokens: &[Token]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut piece = Piece::new();
    let mut depth = 0_usize;
    for token in tokens {
        match token {
            Token::Mark('(') => depth = depth.saturating_add(1),
            Token::Mark(')') => depth = depth.saturating_sub(1),
            _ if depth > 0 => piece.asides.push(token.clone()),
            Token::Mark(mark @ ('.' | '!' | '?' | ';' | '\n')) => {
                piece.end = *mark;
                let done = std::mem::replace(&mut piece, Piece::new());
                pieces.push(done);
            }
            _ => piece.tokens.push(token.clone()),
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.tokens.is_empty() || !piece.asides.is_empty());
    pieces
}

/// What is said, and what holds only if something else does.
fn without_condition(mut tokens: Vec<Token>) -> (Vec<Token>, Option<Vec<Token>>) {
    let place = tokens.iter().position(|token| matches!(token.word(), Some("if" | "unless")));
    match place {
        Some(place) => {
            let condition = tokens.split_off(place);
            (tokens, Some(condition))
        }
        None => (tokens, None),
    }
}

fn place(parted: &mut Parted, tokens: Vec<Token>, asides: Vec<Token>, continues: bool) {
    let before = parted.rest.last().cloned().unwrap_or_default();
    let requests = requests_of(&tokens, &asides, before);
    if !requests.is_empty() {
        parted.requests.extend(requests);
        return;
    }
    match parted.requests.last_mut() {
        Some(request) if continues || tokens.is_empty() => {
            request.tokens.push(Token::Mark(';'));
            request.tokens.extend(tokens);
            request.asides.extend(asides);
        }
        _ if is_about_self(&tokens) => parted.selves.push(tokens),
        _ => parted.rest.push(tokens),
    }
}

/// The requests of a piece, each up to the next one.
fn requests_of(tokens: &[Token], asides: &[Token], mut before: Vec<Token>) -> Vec<Request> {
    let verbs: Vec<(usize, Verb)> = (0..tokens.len()).filter_map(|at| Some((at, verb_at(tokens, at)?))).collect();
    let mut requests = Vec::new();
    for (place, (at, verb)) in verbs.iter().enumerate() {
        let from = if place == 0 { 0 } else { *at };
        let to = verbs.get(place.saturating_add(1)).map_or(tokens.len(), |(next, _)| *next);
        let own = tokens.get(from..to).unwrap_or_default().to_vec();
        requests.push(Request {
            verb: *verb,
            at: at.saturating_sub(from),
            asides: if to == tokens.len() { asides.to_vec() } else { Vec::new() },
            before: std::mem::replace(&mut before, own.clone()),
            tokens: own,
            is_asked: false,
        });
    }
    requests
}

fn verb_at(tokens: &[Token], at: usize) -> Option<Verb> {
    let word = |at: Option<usize>| at.and_then(|at| tokens.get(at)).and_then(Token::word).unwrap_or_default();
    let verb = match word(Some(at)) {
        "cancel" => Verb::Cancel,
        "return" => Verb::Return,
        "refund" => Verb::Refund,
        "exchange" | "swap" => Verb::Exchange,
        "modify" | "change" | "switch" | "update" | "adjust" | "upgrade" | "correct" => Verb::Change,
        _ => return None,
    };
    if verb != Verb::Refund && ARTICLES.contains(&word(at.checked_sub(1))) {
        return None;
    }
    let next = word(at.checked_add(2));
    if verb == Verb::Change && next == "mind" {
        return None;
    }
    let before = tokens.get(at.saturating_sub(FAR)..at).unwrap_or_default();
    let before = before.iter().rev().take_while(|token| !matches!(token, Token::Mark(_))).filter_map(Token::word);
    let is_denied = before.into_iter().any(|word| NEGATIONS.contains(&word) || word.ends_with("n't"));
    if is_denied { None } else { Some(verb) }
}

/// Whether it only says who writes, and how they are: `My name is …`, `I am busy, polite`.
fn is_about_self(tokens: &[Token]) -> bool {
    const LONGEST: usize = 16;
    const LONGEST_TRAIT: usize = 2;
    const SAYS_MORE: &[&str] = &["but", "want", "wish", "need", "keep", "only", "except", "not"];
    let words: Vec<&str> = tokens.iter().filter_map(Token::word).collect();
    let is_name = |word: &str| matches!(word, "name" | "mail" | "email" | "emails" | "zip" | "zipcode" | "user");
    let is_short = words.len() <= LONGEST && !words.iter().any(|word| SAYS_MORE.contains(word));
    let is_said = tokens.iter().all(|token| matches!(token, Token::Word(_) | Token::Mark(',' | ':')));
    match words.as_slice() {
        ["you" | "i", "are" | "am", ..] => {
            let traits = tokens.get(2..).unwrap_or_default().split(|token| token.is_mark(","));
            is_said && is_short && traits.into_iter().all(|part| part.len() <= LONGEST_TRAIT)
        }
        ["your" | "my" | "you", second, ..] => is_said && is_short && is_name(second),
        [] => true,
        _ => false,
    }
}
