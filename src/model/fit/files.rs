//! What is wrong with the files of a reply, and what can be done where a channel does not take them.

use channel_contract::capabilities::{AttachmentLimit, Capabilities, FileLimit, FileSort, FileTrouble};

use crate::model::attachment::{FileFacts, shown_limit, shown_size};

/// Which files a channel takes, and what is left where it takes one not.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileRules {
    /// What it takes; `None`: no files.
    pub limit: Option<AttachmentLimit>,
    /// Whether it would take some, if the desk could be reached.
    needs_address: bool,
    /// Whether a link may stand in the text.
    links: bool,
}

impl FileRules {
    /// Those of a channel.
    pub fn of(capabilities: &Capabilities) -> Self {
        Self {
            limit: capabilities.attachments,
            needs_address: capabilities.files_need_address,
            links: capabilities.links,
        }
    }

    /// What is wrong with these files in one message.
    pub fn wrong_with(&self, all: &[FileFacts<'_>]) -> Option<String> {
        if all.is_empty() {
            return None;
        }
        let Some(limit) = self.limit else { return Some(self.none()) };
        let most = i64::try_from(limit.total_bytes).unwrap_or(i64::MAX);
        let of_one =
            |one: &FileFacts<'_>| Some(format!("“{}” cannot go with it. {}", one.name, self.wrong_with_one(one)?));
        if let Some(words) = all.iter().find_map(of_one) {
            return Some(words);
        }
        if all.len() > limit.count {
            return Some(format!("At most {} files go with one message. Remove one first.", limit.count));
        }
        (all.iter().map(|one| one.size).sum::<i64>() > most).then(|| {
            let (most, instead) = (shown_limit(limit.total_bytes), self.instead());
            format!("All files of a message together have at most {most}. Remove one, or {instead}.")
        })
    }

    /// What is wrong with one file by itself, said of “it”; nothing where the channel takes no files at all.
    pub fn wrong_with_one(&self, one: &FileFacts<'_>) -> Option<String> {
        let limit = self.limit?;
        let bytes = usize::try_from(one.size).unwrap_or(usize::MAX);
        Some(match limit.trouble(one.content_type, bytes)? {
            FileTrouble::Empty => "It is empty, and this channel takes no empty files. Choose another one.".to_owned(),
            FileTrouble::Kind => {
                let taken: Vec<String> = limit.sorts().map(|taken| with_forms(taken.sort)).collect();
                let (taken, instead) = (taken.join(", "), self.instead());
                format!("This channel takes only these files: {taken}. Save it as one of them, or {instead}.")
            }
            FileTrouble::Large(FileLimit { sort, most }) => {
                let (size, most, words) = (shown_size(one.size), shown_limit(most), sort.words);
                format!("It has {size}, and this channel takes {words} up to {most}. {}", self.smaller())
            }
        })
    }

    /// That it takes no files, and what can be done.
    pub fn none(&self) -> String {
        let instead = self.instead();
        match self.out_of_reach() {
            Some(why) => format!("{why} Until then {instead}."),
            None => format!("This channel takes no files. Instead, {instead}."),
        }
    }

    /// Why it takes no files as the desk is set up, where that is all that is missing.
    pub fn out_of_reach(&self) -> Option<&'static str> {
        self.needs_address.then_some(
            "This channel fetches files from the desk, and this desk has no address on the web that begins with https://. \
             Whoever runs it can set one (`public_url`).",
        )
    }

    /// What can be done with a file that is too large.
    pub fn smaller(&self) -> String {
        format!("Make it smaller, or {}.", self.instead())
    }

    /// What can be done where files are more than a message takes.
    pub fn fewer(&self) -> String {
        format!("Leave one out, make it smaller, or {}.", self.instead())
    }

    /// What is left in place of a file.
    fn instead(&self) -> &'static str {
        if self.links { "put a link into the text" } else { "write what it says into the text" }
    }
}

/// `pictures (JPEG, PNG)`.
fn with_forms(sort: &FileSort) -> String {
    if sort.forms.is_empty() { sort.words.to_owned() } else { format!("{} ({})", sort.words, sort.forms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(limit: Option<AttachmentLimit>, links: bool) -> FileRules {
        FileRules::of(&Capabilities { attachments: limit, links, ..Capabilities::NOTHING })
    }

    fn text(size: i64) -> FileFacts<'static> {
        FileFacts { name: "a.txt", content_type: "text/plain", size }
    }

    #[test]
    fn files_are_counted_and_weighed_together() {
        let rules = rules(Some(AttachmentLimit::any(1, 1_000)), true);
        assert_eq!(rules.wrong_with(&[text(1_000)]), None);
        assert!(rules.wrong_with(&[text(1), text(1)]).unwrap().contains("At most 1 files"));
        assert!(rules.wrong_with(&[text(1_001)]).unwrap().contains("together have at most"));
    }

    #[test]
    fn nobody_is_sent_to_links_where_they_are_forbidden() {
        static PDF: FileSort = FileSort { words: "PDF", forms: "", types: &["application/pdf"] };
        let pdf = FileLimit { sort: &PDF, most: 10 };
        let limit = Some(AttachmentLimit::of([Some(pdf), None, None, None], 2, 15));
        let large = FileFacts { content_type: "application/pdf", ..text(11) };
        let two = [FileFacts { size: 10, ..large }; 2];
        for (links, way) in [(true, "put a link into the text."), (false, "write what it says into the text.")] {
            let (some, none) = (rules(limit, links), rules(None, links));
            let said =
                [some.wrong_with(&[text(1)]), some.wrong_with(&[large]), some.wrong_with(&two), none.wrong_with(&two)];
            for words in said.into_iter().map(Option::unwrap_or_default).chain([some.smaller(), some.fewer()]) {
                assert!(words.ends_with(way), "{words}");
            }
        }
    }

    #[test]
    fn a_desk_that_cannot_be_reached_says_what_is_missing() {
        let hidden = FileRules::of(&Capabilities { files_need_address: true, ..Capabilities::NOTHING });
        let words = hidden.wrong_with(&[text(1)]).unwrap();
        assert!(words.contains("https://") && words.contains("`public_url`"), "{words}");
        assert!(words.ends_with("Until then write what it says into the text."), "{words}");
        assert_eq!(rules(None, false).out_of_reach(), None);
    }
}
