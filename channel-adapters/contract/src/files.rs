//! Which files a channel takes, as data.

use crate::outbound::Outbound;

/// Files that a channel treats alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSort {
    /// What people call them: `pictures`.
    pub words: &'static str,
    /// Their forms, for people: `JPEG, PNG`; `""` where the words say it.
    pub forms: &'static str,
    /// Their media types in small letters; `video/*` is every one of a family.
    pub types: &'static [&'static str],
}

impl FileSort {
    /// Whether files of this media type are of the sort.
    pub fn has(&self, content_type: &str) -> bool {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_of = |family: &str| {
            kind.strip_prefix(family).is_some_and(|form| !form.is_empty() && form.bytes().all(|b| b.is_ascii_graphic()))
        };
        self.types.iter().any(|known| known.strip_suffix('*').map_or(kind == *known, is_of))
    }
}

/// How large one file of a sort may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimit {
    /// The sort.
    pub sort: &'static FileSort,
    /// The most bytes of one.
    pub most: u64,
}

/// Why a channel does not take a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileTrouble {
    /// It has no bytes.
    Empty,
    /// It is of no sort that is taken.
    Kind,
    /// It is larger than one of its sort may be.
    Large(FileLimit),
}

impl FileTrouble {
    /// What is said where nobody knows the file's name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Empty => "A file is empty, and this channel takes none such.",
            Self::Kind => "A file is of a kind that this channel does not take.",
            Self::Large(_) => "A file is larger than this channel takes one of its kind.",
        }
    }
}

/// What may be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachmentLimit {
    /// How many in one message.
    pub count: usize,
    /// The greatest total size in bytes, as the platform counts it.
    pub total_bytes: u64,
    /// What is taken, and how large one may be; files of any kind where nothing stands here.
    pub sorts: [Option<FileLimit>; 4],
    /// Whether a file may have no bytes.
    pub empty: bool,
}

impl AttachmentLimit {
    /// Files of any kind, also empty ones.
    pub const fn any(count: usize, total_bytes: u64) -> Self {
        Self { count, total_bytes, sorts: [None; 4], empty: true }
    }

    /// Files of these sorts, none of them empty.
    pub const fn of(sorts: [Option<FileLimit>; 4], count: usize, total_bytes: u64) -> Self {
        Self { count, total_bytes, sorts, empty: false }
    }

    /// The sorts that are taken; none where files of any kind are.
    pub fn sorts(&self) -> impl Iterator<Item = FileLimit> {
        self.sorts.into_iter().flatten()
    }

    /// Why a file by itself is not taken.
    pub fn trouble(&self, content_type: &str, bytes: usize) -> Option<FileTrouble> {
        if bytes == 0 && !self.empty {
            return Some(FileTrouble::Empty);
        }
        let mut sorts = self.sorts().peekable();
        sorts.peek()?;
        match sorts.find(|limit| limit.sort.has(content_type)) {
            None => Some(FileTrouble::Kind),
            Some(limit) if u64::try_from(bytes).map_or(true, |bytes| bytes > limit.most) => {
                Some(FileTrouble::Large(limit))
            }
            Some(_) => None,
        }
    }

    /// Whether the files of `message` fit.
    pub fn allows(&self, message: &Outbound) -> bool {
        let files = &message.attachments;
        let bytes: usize = files.iter().map(|file| file.content.len()).sum();
        files.len() <= self.count
            && u64::try_from(bytes).is_ok_and(|bytes| bytes <= self.total_bytes)
            && files.iter().all(|file| self.trouble(&file.content_type, file.content.len()).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURES: FileSort = FileSort { words: "pictures", forms: "PNG", types: &["image/png"] };
    const VIDEO: FileSort = FileSort { words: "video", forms: "", types: &["video/*"] };

    #[test]
    fn a_file_is_taken_by_its_kind_and_size() {
        let sorts =
            [Some(FileLimit { sort: &PICTURES, most: 5 }), Some(FileLimit { sort: &VIDEO, most: 9 }), None, None];
        let limit = AttachmentLimit::of(sorts, 2, 20);
        for (content_type, bytes) in [("image/png", 5), ("IMAGE/PNG; name=a", 1), ("video/mp4", 9)] {
            assert_eq!(limit.trouble(content_type, bytes), None, "{content_type}");
        }
        assert_eq!(limit.trouble("image/png", 6), sorts[0].map(FileTrouble::Large));
        for odd in
            ["image/gif", "videos/mp4", "video/", "video/a b", "", "no type\r\nat all", "application/octet-stream"]
        {
            assert_eq!(limit.trouble(odd, 1), Some(FileTrouble::Kind), "{odd:?}");
        }
        assert_eq!(limit.trouble("image/png", 0), Some(FileTrouble::Empty));
        let any = AttachmentLimit::any(1, 3);
        assert_eq!((any.trouble("x", 0), any.trouble("x", 9)), (None, None), "all together is another question");
        assert_eq!(AttachmentLimit { empty: false, ..any }.trouble("x", 0), Some(FileTrouble::Empty));
    }
}
