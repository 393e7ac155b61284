//! Reply trimming: what the sender wrote this time, without the history, the client's words around it and the
//! signature. When in doubt, text is kept; when nothing would be left, all of it is.

mod attribution;
mod header_block;
mod signature;

use crate::html;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Blank,
    /// The sender's words, as far as one can tell.
    Text,
    /// A line of an older mail, marked as quoted.
    Quote,
    /// "On ... wrote:".
    Attribution,
    /// A row of dashes or the like.
    Delimiter,
    /// "-- ": what follows is a signature.
    SignatureMark,
    /// "Sent from my telephone".
    SentFrom,
    /// Here begins an older mail that is not marked as quoted.
    Cut,
}

struct Line<'a> {
    text: &'a str,
    kind: Kind,
}

/// What is shown of a mail.
#[derive(Default)]
pub(crate) struct Shown {
    /// The words.
    pub(crate) text: String,
    /// Whether none of them was written this time.
    pub(crate) only_quoted: bool,
}

/// What the sender wrote in a plain text.
pub(crate) fn shown(text: &str) -> Shown {
    let mut lines = classify(text);
    keep_code(&mut lines);
    adopt_wrapped_quotes(&mut lines);
    let own = own_words(&lines);
    let only_quoted = own.is_empty() || begins_with_history(&lines);
    Shown { text: if own.is_empty() { join_all(&lines) } else { own }, only_quoted }
}

/// What was written this time, as far as one can tell; `""` if nothing was.
fn own_words(lines: &[Line<'_>]) -> String {
    // A mail that begins with an older one is a forwarded mail without a word to it: all of it is the content.
    if first_of(lines) == Some(Kind::Cut) {
        return String::new();
    }
    let end = history_start(lines);
    let kept = lines.get(..end).unwrap_or(lines);
    let kept = without_signature(kept);
    let kept = without_tail(kept);
    let kept = without_leading_quote(kept);
    join(kept)
}

fn first_of(lines: &[Line<'_>]) -> Option<Kind> {
    lines.iter().map(|line| line.kind).find(|kind| *kind != Kind::Blank)
}

/// Whether an older mail is announced at the top and follows without quote marks: nobody can tell where it ends.
fn begins_with_history(lines: &[Line<'_>]) -> bool {
    let mut announced = lines.iter().zip(unmarked_announcements(lines));
    let first = announced.find(|(line, _)| line.kind != Kind::Blank);
    first.is_some_and(|(_, unmarked)| unmarked)
}

/// What the sender wrote in HTML; `text` is the same HTML as plain text.
pub(crate) fn shown_of_html(source: &str, text: &str) -> Shown {
    let marked = shown(&html::to_marked_text(source));
    let own_marks = |c: char| html::CUT_MARK.contains(c) || html::ATTRIBUTION_MARK.contains(c);
    let words = &marked.text;
    if words.trim().is_empty() || words.starts_with(own_marks) || words.lines().all(is_quoted) {
        return Shown { text: text.trim().to_owned(), only_quoted: true };
    }
    marked
}

fn classify(text: &str) -> Vec<Line<'_>> {
    let raw: Vec<&str> = text.lines().collect();
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(line) = raw.get(at).copied() {
        let rest = raw.get(at..).unwrap_or_default();
        let kind = kind_of(line);
        if kind == Kind::Text || kind == Kind::Delimiter {
            if header_block::starts(rest) {
                lines.push(Line { text: line, kind: Kind::Cut });
                at += 1;
                continue;
            }
            if let Some(length) = attribution::length(rest) {
                lines.extend(rest.iter().take(length).map(|text| Line { text, kind: Kind::Attribution }));
                at += length;
                continue;
            }
        }
        lines.push(Line { text: line, kind });
        at += 1;
    }
    lines
}

fn kind_of(line: &str) -> Kind {
    let trimmed = line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{a0}'));
    if trimmed.is_empty() {
        Kind::Blank
    } else if trimmed == html::CUT_MARK || header_block::is_original_mark(trimmed) {
        Kind::Cut
    } else if trimmed == html::ATTRIBUTION_MARK {
        Kind::Attribution
    } else if is_quoted(line) {
        Kind::Quote
    } else if matches!(trimmed, "--" | "—" | "––") {
        Kind::SignatureMark
    } else if is_delimiter(trimmed) {
        Kind::Delimiter
    } else if signature::is_sent_from(trimmed) {
        Kind::SentFrom
    } else {
        Kind::Text
    }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// A line of one sort of ruling characters.
fn is_delimiter(trimmed: &str) -> bool {
    trimmed.chars().all(|c| matches!(c, '-' | '_' | '=' | '+' | '~' | '#' | '*' | '—' | '–' | '―' | '─' | '━' | 'ᐧ'))
}

/// What stands between code fences is the sender's own, whatever it looks like.
fn keep_code(lines: &mut [Line<'_>]) {
    let is_fence = |line: &Line<'_>| line.text.trim_start().starts_with("```");
    let fences = lines.iter().filter(|line| is_fence(line)).count();
    let mut left = fences - fences % 2;
    let mut inside = false;
    for line in lines {
        if is_fence(line) && left > 0 {
            left -= 1;
            inside = !inside;
            line.kind = Kind::Text;
        } else if inside {
            line.kind = Kind::Text;
        }
    }
}

/// Mail programs wrap long quoted lines and forget the mark on the second half.
fn adopt_wrapped_quotes(lines: &mut [Line<'_>]) {
    for at in 1..lines.len().saturating_sub(1) {
        let kind = |at: usize| lines.get(at).map(|line| line.kind);
        let between = kind(at - 1) == Some(Kind::Quote) && kind(at + 1) == Some(Kind::Quote);
        let previous_is_long = lines.get(at - 1).is_some_and(|line| line.text.len() > 60);
        let short = lines.get(at).is_some_and(|line| line.text.len() < 40);
        if between
            && previous_is_long
            && short
            && let Some(line) = lines.get_mut(at).filter(|line| line.kind == Kind::Text)
        {
            line.kind = Kind::Quote;
        }
    }
}

/// Where the history begins that goes on to the end.
fn history_start(lines: &[Line<'_>]) -> usize {
    let unmarked = unmarked_announcements(lines);
    let mut seen_text = false;
    for (at, (line, unmarked)) in lines.iter().zip(unmarked).enumerate() {
        match line.kind {
            Kind::Text => seen_text = true,
            Kind::Cut if seen_text => return at,
            Kind::Attribution if seen_text && unmarked => return at,
            _ => {}
        }
    }
    lines.len()
}

/// For each line, whether it is an attribution whose older mail follows without quote marks.
fn unmarked_announcements(lines: &[Line<'_>]) -> Vec<bool> {
    let mut following = None;
    let mut found: Vec<bool> = lines
        .iter()
        .rev()
        .map(|line| {
            let announces = line.kind == Kind::Attribution;
            if !announces && line.kind != Kind::Blank {
                following = Some(line.kind);
            }
            announces && following != Some(Kind::Quote)
        })
        .collect();
    found.reverse();
    found
}

/// Cuts a signature and what follows it, unless answers between quotes follow.
fn without_signature<'l, 'a>(lines: &'l [Line<'a>]) -> &'l [Line<'a>] {
    let mut seen_text = false;
    let answered = last_answered_quote(lines);
    for (at, line) in lines.iter().enumerate() {
        let rest = lines.get(at + 1..).unwrap_or_default();
        let ends = match line.kind {
            Kind::Text => {
                seen_text = true;
                false
            }
            Kind::SignatureMark | Kind::SentFrom => answered.is_none_or(|quote| quote < at),
            Kind::Delimiter => {
                signature::is_rule(line.text.trim()) && signature::may_follow_rule(rest.iter().map(|line| line.text))
            }
            _ => false,
        };
        if ends && seen_text {
            return lines.get(..at).unwrap_or(lines);
        }
    }
    lines
}

/// The last quote below which the sender goes on writing.
fn last_answered_quote(lines: &[Line<'_>]) -> Option<usize> {
    let last_text = lines.iter().rposition(|line| line.kind == Kind::Text)?;
    lines.get(..last_text)?.iter().rposition(|line| line.kind == Kind::Quote)
}

/// Takes quotes, attributions, rules and blanks off the end.
fn without_tail<'l, 'a>(lines: &'l [Line<'a>]) -> &'l [Line<'a>] {
    let end = lines.iter().rposition(|line| line.kind == Kind::Text).map_or(0, |last| last + 1);
    let kept = lines.get(..end).unwrap_or_default();
    // A name behind a dash in the last paragraph: "-Ann".
    match kept.split_last() {
        Some((last, before))
            if signature::is_dashed_name(last.text) && before.last().is_some_and(|line| line.kind == Kind::Blank) =>
        {
            without_tail(before)
        }
        _ => kept,
    }
}

/// An answer written below the whole history: the history goes, if nothing else was quoted later on.
fn without_leading_quote<'l, 'a>(lines: &'l [Line<'a>]) -> &'l [Line<'a>] {
    let first_text = lines.iter().position(|line| line.kind == Kind::Text).unwrap_or(0);
    let rest = lines.get(first_text..).unwrap_or(lines);
    if rest.iter().any(|line| line.kind == Kind::Quote) { lines } else { rest }
}

fn join(lines: &[Line<'_>]) -> String {
    join_filtered(lines, |kind| !matches!(kind, Kind::Attribution | Kind::Cut | Kind::SentFrom))
}

fn join_all(lines: &[Line<'_>]) -> String {
    join_filtered(lines, |_| true)
}

fn join_filtered(lines: &[Line<'_>], keep: impl Fn(Kind) -> bool) -> String {
    let mut out = String::new();
    for line in lines.iter().filter(|line| keep(line.kind)) {
        out.push_str(line.text.trim_end());
        out.push('\n');
    }
    out.trim_matches(|c: char| c == '\n' || c == '\u{200b}').trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visible(text: &str) -> String {
        shown(text).text
    }

    #[test]
    fn history_goes_and_answers_stay() {
        let cases = [
            ("Yes.\n\nOn 2 Nov 2026, Ann <a@a.example> wrote:\n> Really?\n", "Yes."),
            ("Yes.\n\nOn 2 Nov 2026, Ann <a@a.example> wrote:\nReally?\n", "Yes."),
            ("On 2 Nov 2026, Ann <a@a.example> wrote:\n> Really?\n\nYes.\n", "Yes."),
            ("> Red?\nYes.\n> Blue?\nNo.\n", "> Red?\nYes.\n> Blue?\nNo."),
            ("Yes.\n\n-----Original Message-----\nReally?\n", "Yes."),
            ("Yes.\n-- \nAnn\n", "Yes."),
            ("Yes.\n\n-Ann\n", "Yes."),
            ("Yes.\n\nSent from my iPhone\n\nOn 2 Nov 2026, A wrote:\n> Really?\n", "Yes."),
            ("Yes.\n________________________________\nFrom: A\nSent: today\nTo: B\nSubject: x\n\nReally?\n", "Yes."),
            ("See\n```\n> kept\n```\nabove\n", "See\n```\n> kept\n```\nabove"),
        ];
        for (text, expected) in cases {
            assert_eq!(visible(text), expected, "{text}");
        }
    }

    #[test]
    fn where_nothing_would_be_left_all_is_shown() {
        for text in [
            "> only a quote",
            "---------- Forwarded message ---------\nFrom: a@a.example\nDate: d\nSubject: s\n\nbody",
            "On 2 Nov 2026, Ann <a@a.example> wrote:\n> x",
        ] {
            assert_eq!(visible(text), text);
        }
        assert_eq!(visible(""), "");
    }

    #[test]
    fn what_is_quoted_or_handed_on_without_a_word_is_known_for_it() {
        for text in [
            "> 482913",
            "\n\nOn Sat, 28 Nov 2026, Olga <o@o.example> wrote:\n> Your code: 482913\n",
            "On Sat, 28 Nov 2026, Olga <o@o.example> wrote:\nYour code: 482913\n",
            "---------- Forwarded message ---------\nFrom: o@o.example\nDate: d\nSubject: s\n\nYour code: 482913",
        ] {
            assert!(shown(text).only_quoted, "{text}");
        }
        for text in [
            "482913",
            "482913\n\nOn Sat, 28 Nov 2026, Olga <o@o.example> wrote:\n> Your code?\n",
            "On Sat, 28 Nov 2026, Olga <o@o.example> wrote:\n> Your code?\n\n482913\n",
            "> Your code?\n482913",
        ] {
            assert!(!shown(text).only_quoted, "{text}");
        }
        let quoted = "<div>On Sat, 28 Nov 2026, Olga wrote:<blockquote>Your code: 482913</blockquote></div>";
        assert!(shown_of_html(quoted, "").only_quoted);
        assert!(!shown_of_html("<p>482913</p>", "482913").only_quoted);
    }
}
