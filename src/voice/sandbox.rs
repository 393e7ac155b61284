//! What a reply template may contain: known variables, a few filters, `if` and `for` over given lists; nothing that
//! reads files, calls functions or grows without bound. Read before the template engine sees the text.

use serde_json::Value;

use crate::model::document::{Problem, at};

/// The most a template may hold, in bytes.
pub(super) const MOST_SOURCE: usize = 6_000;
const MOST_LINES: usize = 200;
const MOST_LOOPS: usize = 4;
/// A shop may list many parcels: loops in loops in loops would take their third power.
const MOST_DEPTH: usize = 2;
const TAGS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];
const WORDS: [&str; 9] = ["in", "and", "or", "not", "is", "true", "false", "none", "defined"];
const FILTERS: [&str; 8] = ["default", "upper", "lower", "capitalize", "join", "first", "last", "length"];

/// A variable as used, with the line that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) path: String,
    pub(super) line: usize,
    /// Printed into the text, rather than only asked about.
    pub(super) printed: bool,
}

/// The variables of a template, or everything in it that is not allowed. `sample` has every variable.
pub(super) fn inspect(source: &str, sample: &Value) -> Result<Vec<Used>, Vec<Problem>> {
    if source.len() > MOST_SOURCE {
        return Err(vec![Problem::new("", format!("A template may have at most {MOST_SOURCE} bytes."))]);
    }
    if source.lines().count() > MOST_LINES {
        return Err(vec![Problem::new("", format!("A template may have at most {MOST_LINES} lines."))]);
    }
    let mut reader = Reader { sample, aliases: Vec::new(), loops: 0, depth: 0, used: Vec::new(), problems: Vec::new() };
    for (index, region) in regions(source, &mut reader.problems) {
        reader.region(index, &region);
    }
    if reader.loops > MOST_LOOPS {
        reader.problem(1, format!("At most {MOST_LOOPS} loops."));
    }
    if reader.problems.is_empty() { Ok(reader.used) } else { Err(reader.problems) }
}

enum Region {
    Print(String),
    Tag(String),
}

/// Code in braces with the line it stands on.
fn regions(source: &str, problems: &mut Vec<Problem>) -> Vec<(usize, Region)> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        line += before.matches('\n').count();
        let close = match from.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => {
                problems.push(Problem::new(format!("line {line}"), "Comments are not allowed."));
                return found;
            }
            _ => {
                rest = from.get(1..).unwrap_or_default();
                continue;
            }
        };
        let inside = from.get(2..).unwrap_or_default();
        let Some(end) = end_of(inside, close) else {
            problems.push(Problem::new(format!("line {line}"), format!("“{close}” is missing.")));
            return found;
        };
        let code = inside.get(..end).unwrap_or_default().to_owned();
        let region = if close == "}}" { Region::Print(code) } else { Region::Tag(code) };
        found.push((line, region));
        line += inside.get(..end).unwrap_or_default().matches('\n').count();
        rest = inside.get(end + 2..).unwrap_or_default();
    }
    found
}

/// Where the code ends; a closing mark inside quotes does not count.
fn end_of(code: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in code.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if code.get(at..).is_some_and(|rest| rest.starts_with(close)) => return Some(at),
            Some(_) | None => {}
        }
    }
    None
}

#[derive(Debug, PartialEq)]
enum Token {
    Path(String),
    Text,
    Number,
    Sign(char),
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '"' | '\'' | '`' => {
                for inside in chars.by_ref() {
                    if inside == c {
                        break;
                    }
                }
                tokens.push(Token::Text);
            }
            c if c.is_ascii_digit() => {
                while chars.next_if(|c| c.is_ascii_digit() || *c == '.').is_some() {}
                tokens.push(Token::Number);
            }
            c if c.is_alphabetic() || c == '_' => {
                let mut path = String::from(c);
                while let Some(next) = chars.next_if(|c| c.is_alphanumeric() || *c == '_' || *c == '.') {
                    path.push(next);
                }
                tokens.push(Token::Path(path));
            }
            sign => tokens.push(Token::Sign(sign)),
        }
    }
    tokens
}

struct Reader<'a> {
    sample: &'a Value,
    /// Loop variable and what it stands for.
    aliases: Vec<(String, String)>,
    loops: usize,
    depth: usize,
    used: Vec<Used>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem::new(format!("line {line}"), message));
    }

    fn region(&mut self, line: usize, region: &Region) {
        match region {
            Region::Print(code) => self.expression(line, &tokens(code), true),
            Region::Tag(code) => self.tag(line, code.trim_matches('-')),
        }
    }

    fn tag(&mut self, line: usize, code: &str) {
        let tokens = tokens(code);
        let Some((Token::Path(tag), rest)) = tokens.split_first() else {
            return self.problem(line, "A tag is empty.");
        };
        if !TAGS.contains(&tag.as_str()) {
            return self.problem(line, format!("“{tag}” is not allowed; only {} are.", TAGS.join(", ")));
        }
        if tag == "endfor" {
            self.depth = self.depth.saturating_sub(1);
        }
        if tag != "for" {
            return self.expression(line, rest, false);
        }
        match rest {
            [Token::Path(name), Token::Path(word), Token::Path(list)] if word == "in" => {
                self.loops += 1;
                self.depth += 1;
                if self.depth > MOST_DEPTH {
                    self.problem(line, "A loop may hold one other loop, not more. Take this one out.");
                }
                let list = self.resolved(list);
                if at(self.sample, &list).is_some_and(Value::is_array) {
                    self.aliases.push((name.clone(), format!("{list}.0")));
                    self.used.push(Used { path: list, line, printed: false });
                } else {
                    self.problem(line, format!("“{list}” is not a list."));
                }
            }
            _ => self.problem(line, "A loop reads “for one in list”."),
        }
    }

    fn expression(&mut self, line: usize, tokens: &[Token], printed: bool) {
        let mut after_pipe = false;
        for (place, token) in tokens.iter().enumerate() {
            let next = tokens.get(place + 1);
            match token {
                Token::Path(word) if after_pipe => {
                    if !FILTERS.contains(&word.as_str()) {
                        self.problem(line, format!("There is no filter “{word}”; there are {}.", FILTERS.join(", ")));
                    }
                }
                Token::Path(word) if WORDS.contains(&word.as_str()) => {}
                // An argument of a filter: `default(value=`, `join(sep=`.
                Token::Path(word) if next == Some(&Token::Sign('=')) && ["value", "sep"].contains(&word.as_str()) => {}
                Token::Path(word) if next == Some(&Token::Sign('(')) => {
                    self.problem(line, format!("“{word}(…)” is not allowed."));
                }
                Token::Path(path) => self.variable(line, path, printed),
                Token::Sign(sign) if "[]{}:;@$*^".contains(*sign) => {
                    self.problem(line, format!("“{sign}” is not allowed."));
                }
                Token::Text | Token::Number | Token::Sign(_) => {}
            }
            after_pipe = *token == Token::Sign('|');
        }
    }

    fn variable(&mut self, line: usize, path: &str, printed: bool) {
        if let Some(member) = path.strip_prefix("loop.") {
            if !["index", "first", "last"].contains(&member) {
                self.problem(line, format!("There is no “{path}”."));
            }
            return;
        }
        let resolved = self.resolved(path);
        if at(self.sample, &resolved).is_some() {
            self.used.push(Used { path: resolved, line, printed });
        } else {
            let known = self.near(&resolved);
            self.problem(line, format!("There is no “{path}”{known}."));
        }
    }

    fn resolved(&self, path: &str) -> String {
        let (head, tail) = path.split_once('.').map_or((path, ""), |(head, tail)| (head, tail));
        match self.aliases.iter().rev().find(|(name, _)| name == head) {
            Some((_, list)) if tail.is_empty() => list.clone(),
            Some((_, list)) => format!("{list}.{tail}"),
            None => path.to_owned(),
        }
    }

    /// What there is instead, for the message.
    fn near(&self, path: &str) -> String {
        let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
        let group = if parent.is_empty() { Some(self.sample) } else { at(self.sample, parent) };
        let Some(Value::Object(members)) = group else { return String::new() };
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        format!("; there are {}", names.join(", "))
    }
}
