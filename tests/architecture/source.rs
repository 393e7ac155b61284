//! Reads Rust files just far enough to see which modules and crates they name: code apart from comments and texts.

use std::{fs, path::Path};

/// One file below `src/`.
pub(crate) struct Source {
    /// With slashes, from `src/` on: `inbox/settle.rs`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text with comments, string and character literals taken out.
    pub(crate) code: String,
    /// What stands in string literals.
    pub(crate) strings: Vec<String>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, strings) = split(text);
        Self { path: path.to_owned(), text: text.to_owned(), code, strings }
    }

    /// The module of the crate root that the file belongs to: `inbox` for `inbox.rs` and `inbox/settle.rs`.
    pub(crate) fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Whether the file is `place.rs` or lies in the folder `place`.
    pub(crate) fn is_in(&self, place: &str) -> bool {
        self.path.strip_prefix(place).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }

    /// How many `super` lead from the file to the crate root.
    fn depth(&self) -> usize {
        self.path.trim_end_matches("/mod.rs").split('/').count()
    }

    /// Every name of the crate root that the file uses, written as `crate::` or, in the binary, `resolute::`.
    pub(crate) fn root_names(&self) -> Vec<String> {
        ["crate::", "resolute::"].iter().flat_map(|prefix| names_after(&self.code, prefix)).collect()
    }

    /// Every name that enough `super::` reach from the file; inside a module of the file they reach one less.
    pub(crate) fn names_above(&self) -> Vec<String> {
        names_after(&self.code, &"super::".repeat(self.depth()))
    }

    /// Whether the code names a crate or module.
    pub(crate) fn names(&self, word: &str) -> bool {
        let mut words = self.code.split(|c: char| !is_word(c));
        words.any(|found| found == word)
    }
}

/// All Rust files below a folder, sorted by path.
pub(crate) fn read_all(folder: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    read_into(folder, "", &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn read_into(folder: &Path, prefix: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            read_into(&entry.path(), &format!("{path}/"), sources);
        } else if entry.path().extension().is_some_and(|ending| ending == "rs") {
            sources.push(Source::new(&path, &fs::read_to_string(entry.path()).expect("sources are UTF-8")));
        }
    }
}

/// The first name after each `prefix`, or the first names of the group: `a` and `b` of `crate::{a, b::{c, d}}`.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in code.match_indices(prefix) {
        // `my_crate::` is another path, and `super::super::` leads further up than `super::`.
        let before = &code[..start];
        if before.ends_with(is_word) || (prefix.starts_with("super") && before.ends_with("::")) {
            continue;
        }
        let rest = &code[start + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_names(group)),
            None => names.extend(first_name(rest)),
        }
    }
    names.retain(|name| name != "super" && name != "self");
    names
}

/// The first name of each member of a `use` group, given the text after its opening brace.
fn group_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut member) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => names.extend(first_name(&std::mem::take(&mut member))),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                member.push(c);
            }
        }
    }
    names.extend(first_name(&member));
    names
}

/// The leading name, unless it is a macro's: those live in the module that defines them, whatever their path says.
fn first_name(text: &str) -> Option<String> {
    let text = text.trim_start();
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match rest.chars().next() {
        Some('*') if name.is_empty() => Some("*".to_owned()),
        Some('!') => None,
        _ => (!name.is_empty()).then(|| name.to_owned()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Parts a file into its code and the contents of its string literals; comments are in neither.
fn split(text: &str) -> (String, Vec<String>) {
    let (mut code, mut strings, mut rest) = (String::new(), Vec::new(), text);
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((content, length)) = string_literal(rest, code.ends_with(is_word)) {
            strings.push(content.to_owned());
            length
        } else if let Some(length) = character_literal(rest) {
            length
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skipped..];
    }
    (code, strings)
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let Some(next) = text[at..].find(['/', '*']) {
        at += next;
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Content and length of the literal that the text starts with, plain or raw (`r`, `br`, `cr`, with hashes).
fn string_literal(text: &str, inside_word: bool) -> Option<(&str, usize)> {
    if let Some(content) = text.strip_prefix('"') {
        let mut escaped = false;
        let end = content.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = end.unwrap_or(content.len());
        return Some((&content[..end], (end + 2).min(text.len())));
    }
    let raw = ["r", "br", "cr"].iter().find_map(|prefix| text.strip_prefix(prefix)).filter(|_| !inside_word)?;
    let content = raw.trim_start_matches('#');
    let hashes = "#".repeat(raw.len() - content.len());
    let content = content.strip_prefix('"')?;
    let closing = format!("\"{hashes}");
    let end = content.find(&closing).unwrap_or(content.len());
    let length = text.len() - content.len() + end + closing.len();
    Some((&content[..end], length.min(text.len())))
}

/// The length of a character literal; none for a lifetime such as `'a`.
fn character_literal(text: &str) -> Option<usize> {
    let content = text.strip_prefix('\'')?;
    if let Some(escape) = content.strip_prefix('\\') {
        let skipped = escape.chars().next()?.len_utf8();
        return Some(escape[skipped..].find('\'')? + skipped + 3);
    }
    let c = content.chars().next()?;
    content[c.len_utf8()..].starts_with('\'').then_some(c.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_names(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(path, text);
        source.root_names().into_iter().chain(source.names_above()).collect()
    }

    #[test]
    fn a_path_and_every_member_of_a_group_count() {
        assert_eq!(root_names("inbox.rs", "use crate::store; fn f() { crate::model::Id::new() }"), ["store", "model"]);
        let group = "use crate::{\n    store::{Db, jobs::{Claim, Lease}},\n    model::*, events,\n};";
        assert_eq!(root_names("inbox.rs", group), ["store", "model", "events"]);
        assert_eq!(root_names("main.rs", "resolute::app::run()"), ["app"]);
        assert_eq!(root_names("inbox.rs", "use crate::*;"), ["*"]);
    }

    #[test]
    fn the_way_up_counts_only_when_it_reaches_the_root() {
        assert_eq!(root_names("agent.rs", "use super::store::Db;"), ["store"]);
        assert_eq!(root_names("agent/mod.rs", "use super::{store, model};"), ["store", "model"]);
        assert_eq!(root_names("agent/draft.rs", "use super::super::store::Db;"), ["store"]);
        assert!(root_names("agent/draft.rs", "use super::gather;").is_empty());
        assert!(root_names("agent.rs", "mod tests { mod deep { use super::super::helper; } }").is_empty());
    }

    #[test]
    fn comments_texts_macros_and_other_crates_do_not_count() {
        let text = r##"
            //! See crate::store.
            /* crate::store /* nested crate::web */ crate::web */
            fn f<'a>(c: &'a str) -> bool { c == "crate::store \" crate::store" || c == r#"crate::"store" too"# }
            const QUOTES: [char; 3] = ['"', '\'', '\\'];
            fn g() { crate::assert_sorted!(); my_crate::store::x(); crate::model::x() }
        "##;
        assert_eq!(root_names("inbox.rs", text), ["model"]);
    }

    #[test]
    fn strings_are_kept_apart() {
        let source =
            Source::new("a.rs", "let (a, b) = (\"one \\\" two\", br##\"three \"# four\"##); sqlx::query(a) // \"no\"");
        assert_eq!(source.strings, ["one \\\" two", "three \"# four"]);
        assert!(source.names("sqlx") && !source.names("one") && !source.names("sql"));
    }

    #[test]
    fn a_file_belongs_to_the_module_of_the_root() {
        assert_eq!(Source::new("llm.rs", "").module(), "llm");
        assert_eq!(Source::new("web/api/search.rs", "").module(), "web");
    }
}
