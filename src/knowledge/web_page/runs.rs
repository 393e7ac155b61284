//! Words of a page with how they are shown, as a line of our Markdown. What means something there and was not meant is escaped.

use std::rc::Rc;

/// Longest line, in bytes; what comes behind it is left out.
pub(super) const LONGEST: usize = 4_000_000;
/// Longest words between two marks, in bytes: no end of a mark is looked for further away.
const MARKED: usize = 900;

/// Words that are shown alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) words: String,
    pub(super) look: Look,
}

/// How words are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) is_strong: bool,
    pub(super) is_slanted: bool,
    pub(super) is_code: bool,
    /// Where they lead.
    pub(super) address: Option<Rc<str>>,
}

/// The words alone, with single blanks.
pub(super) fn plain(runs: &[Run]) -> String {
    let words: String = runs.iter().map(|run| run.words.as_str()).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line of Markdown.
pub(super) fn markdown(runs: &[Run]) -> String {
    let mut line = String::new();
    for run in joined(runs) {
        let core = run.words.trim();
        let (before, after) = (run.words.starts_with(' '), run.words.ends_with(' '));
        if core.is_empty() {
            line.push(' ');
            continue;
        }
        line.push_str(if before { " " } else { "" });
        line.push_str(&marked(core, &run.look));
        line.push_str(if after { " " } else { "" });
        if line.len() > LONGEST {
            break;
        }
    }
    line.trim().to_owned()
}

/// The same words with single blanks, those of one look together.
fn joined(runs: &[Run]) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    let mut ends_blank = true;
    for run in runs {
        let mut words = String::with_capacity(run.words.len());
        for c in run.words.chars() {
            if !c.is_whitespace() {
                words.push(c);
            } else if !ends_blank {
                words.push(' ');
            }
            ends_blank = c.is_whitespace();
        }
        match joined.last_mut() {
            Some(last) if last.look == run.look => last.words.push_str(&words),
            _ if words.is_empty() => {}
            _ => joined.push(Run { words, look: run.look.clone() }),
        }
    }
    joined
}

/// Words with the marks of their look.
fn marked(words: &str, look: &Look) -> String {
    let core = match &look.address {
        // Words of a link are shown as they are.
        Some(address) if words.len() + address.len() < MARKED => {
            format!("[{}]({address})", words.replace('[', "(").replace(']', ")"))
        }
        _ if look.is_code && !words.contains('`') && words.len() < MARKED => format!("`{words}`"),
        _ => escaped(words),
    };
    if core.len() > MARKED {
        return core;
    }
    let is_slanted = look.is_slanted && !core.contains(['*', '_']);
    match (look.is_strong, is_slanted) {
        (true, true) => format!("**_{core}_**"),
        (true, false) => format!("**{core}**"),
        (false, true) => format!("*{core}*"),
        (false, false) => core,
    }
}

/// Words that mean nothing but themselves. An address that is written out stays as it is.
fn escaped(words: &str) -> String {
    let mut safe = String::with_capacity(words.len());
    let mut last = None;
    for word in words.split_inclusive(' ') {
        if word.starts_with("https://") || word.starts_with("http://") {
            safe.push_str(word);
            last = word.chars().next_back();
            continue;
        }
        let mut letters = word.chars().peekable();
        while let Some(c) = letters.next() {
            let is_mark = match c {
                '\\' | '`' | '[' => true,
                '*' => letters.peek().is_none_or(|next| !next.is_whitespace()),
                '_' => !last.is_some_and(char::is_alphanumeric),
                _ => false,
            };
            if is_mark {
                safe.push('\\');
            }
            safe.push(c);
            last = Some(c);
        }
    }
    safe
}

/// A line that begins a paragraph: what would make another block of it is escaped.
pub(super) fn paragraph(line: &str) -> String {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = line.strip_suffix(digits).unwrap_or_default();
    if !number.is_empty() && (digits.starts_with(". ") || digits.starts_with(") ")) {
        return format!("{number}\\{digits}");
    }
    let is_item = ["- ", "+ ", "* ", "---", ">"].iter().any(|mark| line.starts_with(mark));
    let is_heading = line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
    if is_item || is_heading { format!("\\{line}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::markdown;

    fn run(words: &str, look: Look) -> Run {
        Run { words: words.to_owned(), look }
    }

    fn bare(words: &str) -> Run {
        run(words, Look::default())
    }

    #[test]
    fn looks_become_marks_that_stand_close_to_their_words() {
        let strong = Look { is_strong: true, ..Look::default() };
        let slanted = Look { is_slanted: true, ..Look::default() };
        let both = Look { is_slanted: true, ..strong.clone() };
        let code = Look { is_code: true, ..Look::default() };
        let link = Look { address: Some("https://a.example/".into()), ..Look::default() };
        let runs = [
            bare("  Within\n"),
            run(" 30", strong.clone()),
            run(" days ", strong),
            run("for", slanted),
            bare(" "),
            run("all", both),
            bare(": "),
            run("a_b", code),
            bare(" or "),
            run("[our] form", link),
            bare("."),
        ];
        assert_eq!(markdown(&runs), "Within **30 days** *for* **_all_**: `a_b` or [(our) form](https://a.example/).");
        assert_eq!(plain(&runs), "Within 30 days for all: a_b or [our] form.");
    }

    #[test]
    fn what_was_not_meant_as_a_mark_is_none() {
        for text in [
            "2 * 3 and *no* and **no**",
            "_no_ but snake_case",
            "`no` \\ [no](https://a.example)",
            "1. no",
            "12) no",
            "- no",
            "+ no",
            "--- no",
            "> no",
            "# no",
            "### no",
            "#5 yes",
            "-5 degrees",
            "a <b> & c",
            "https://a.example/_x_*y",
        ] {
            let line = paragraph(&markdown(&[bare(text)]));
            let shown = markdown::html(&line).to_string();
            let escaped = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
            let shown =
                shown.replace("</a>", "").split("<a href").enumerate().fold(String::new(), |all, (at, part)| {
                    all + if at == 0 { part } else { part.split_once('>').map_or("", |(_, words)| words) }
                });
            assert_eq!(shown, format!("<p dir=\"auto\">{escaped}</p>"), "{line}");
        }
    }
}
