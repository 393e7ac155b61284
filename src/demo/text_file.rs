//! The form of the files below `texts/`: blocks that begin with `=== name`, then `Key: value` lines, an empty line, and
//! the text up to the next block. Lines that were only broken to fit the file flow together again, as a customer's
//! program sends them. Pure.

/// The columns of the files: a line is broken where the next word would not fit any more.
const COLUMNS: usize = 116;

/// One block of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// What stands after `===`.
    pub(super) name: String,
    /// The keys and values.
    pub(super) heads: Vec<(String, String)>,
    /// The text without empty lines around it.
    pub(super) text: String,
}

impl Block {
    /// The value of a key, `""` if it is not there.
    pub(super) fn head(&self, key: &str) -> &str {
        self.heads.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value.as_str())
    }
}

/// All blocks of a file. What stands before the first one is a comment.
pub(super) fn blocks(file: &str) -> Vec<Block> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for line in file.lines() {
        match (line.strip_prefix("=== "), found.last_mut()) {
            (Some(name), _) => found.push((name.trim().to_owned(), Vec::new())),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    found.into_iter().map(|(name, lines)| block(name, &lines)).collect()
}

fn block(name: String, lines: &[&str]) -> Block {
    let head_lines = lines.iter().take_while(|line| !line.is_empty());
    let heads =
        head_lines.filter_map(|line| line.split_once(": ")).map(|(key, value)| (key.to_owned(), value.to_owned()));
    let heads: Vec<_> = heads.collect();
    let text: Vec<&str> = lines.iter().skip_while(|line| !line.is_empty()).copied().collect();
    Block { name, heads, text: flowing(&text).trim_matches('\n').to_owned() }
}

fn flowing(lines: &[&str]) -> String {
    let mut text = String::new();
    for (place, line) in lines.iter().enumerate() {
        text.push_str(line);
        let Some(next) = lines.get(place + 1) else { break };
        let word = next.split(' ').next().unwrap_or_default();
        let is_broken =
            !word.is_empty() && !line.starts_with('>') && line.chars().count() + 1 + word.chars().count() > COLUMNS;
        text.push(if is_broken { ' ' } else { '\n' });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_broken_to_fit_flow_together() {
        let long = "word ".repeat(23);
        let file = format!("=== one\n\nHi,\n\n{}\nend.\nTalstraße 18\n79102 Freiburg\n> {}\n> end", long.trim(), long);
        let text = blocks(&file)[0].text.clone();
        assert!(text.starts_with(&format!("Hi,\n\n{long}end.\nTalstraße 18\n79102 Freiburg\n> word")), "{text}");
        assert!(text.ends_with("\n> end"), "{text}");
    }

    #[test]
    fn a_file_is_read_block_by_block() {
        let found = blocks("About this file.\n\n=== one\nFrom: a\nSubject: b: c\n\nHello\n\nBye\n\n=== two\n\nText\n");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].head("Subject"), found[0].head("No")), ("one", "b: c", ""));
        assert_eq!((found[0].text.as_str(), found[1].text.as_str()), ("Hello\n\nBye", "Text"));
        assert!(found[1].heads.is_empty() && blocks("").is_empty());
    }
}
