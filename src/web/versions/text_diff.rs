//! How a text differs from another, line by line.

use askama::Template;

use crate::web::parts::fragments;

fragments!(TextDiff);

/// The lines of both texts, each once.
#[derive(Debug, Template)]
#[template(
    source = r#"<pre class="diff lines">{% for line in lines %}{% match line %}{% when Line::Same(text) %}<span>  {{ text }}</span>{% when Line::Gone(text) %}<del>− {{ text }}</del>{% when Line::New(text) %}<ins>+ {{ text }}</ins>{% endmatch %}{% endfor %}</pre>"#,
    ext = "html"
)]
pub struct TextDiff {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Same(String),
    Gone(String),
    New(String),
}

impl TextDiff {
    /// What leads from one text to another.
    pub fn new(before: &str, after: &str) -> Self {
        let before: Vec<&str> = before.lines().collect();
        let after: Vec<&str> = after.lines().collect();
        Self { lines: lines(&before, &after) }
    }

    /// Whether the texts are the same.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| matches!(line, Line::Same(_)))
    }
}

/// The longest lines in common stay; texts have at most a few hundred lines.
fn lines(before: &[&str], after: &[&str]) -> Vec<Line> {
    let shared = shared(before, after);
    let length = |i: usize, j: usize| shared.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    loop {
        match (before.get(i), after.get(j)) {
            (Some(old), Some(new)) if old == new => {
                found.push(Line::Same((*old).to_owned()));
                (i, j) = (i + 1, j + 1);
            }
            (Some(old), new) if new.is_none() || length(i + 1, j) >= length(i, j + 1) => {
                found.push(Line::Gone((*old).to_owned()));
                i += 1;
            }
            (_, Some(new)) => {
                found.push(Line::New((*new).to_owned()));
                j += 1;
            }
            (_, None) => return found,
        }
    }
}

/// How many lines are common from place `i` of one and `j` of the other on.
fn shared(before: &[&str], after: &[&str]) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = vec![vec![0; after.len() + 1]];
    for old in before.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0];
        for (place, new) in after.iter().enumerate().rev() {
            let at = |place: usize| below.get(place).copied().unwrap_or_default();
            let right = row.last().copied().unwrap_or_default();
            row.push(if old == new { at(place + 1) + 1 } else { right.max(at(place)) });
        }
        row.reverse();
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let marked = TextDiff::new(before, after).lines.into_iter().map(|line| match line {
            Line::Same(text) => format!(" {text}"),
            Line::Gone(text) => format!("-{text}"),
            Line::New(text) => format!("+{text}"),
        });
        marked.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_stays_goes_and_comes_is_told_apart() {
        assert_eq!(shown("a\nb\nc", "a\nx\nc\nd"), " a|-b|+x| c|+d");
        assert_eq!(shown("", "a"), "+a");
        assert_eq!(shown("a\nb", ""), "-a|-b");
        assert_eq!(shown("a\nb\na", "b\na\nb"), "-a| b| a|+b");
        assert!(TextDiff::new("a\nb", "a\nb").is_empty() && !TextDiff::new("a", "b").is_empty());
    }
}
