//! Files that leave: what WhatsApp shows them as, and the form in which they are handed over.

use channel_contract::capabilities::{AttachmentLimit, FileLimit, FileSort};
use channel_contract::http;
use channel_contract::outbound::OutboundAttachment;
use uuid::Uuid;

const MEGABYTE: u64 = 1024 * 1024;
/// What is shown as a picture.
static PICTURES: FileSort = FileSort { words: "pictures", forms: "JPEG, PNG", types: &["image/jpeg", "image/png"] };
/// What is played as video.
static VIDEO: FileSort = FileSort { words: "video", forms: "MP4, 3GP", types: &["video/mp4", "video/3gpp"] };
/// What is played as sound.
static SOUND: FileSort = FileSort {
    words: "sound",
    forms: "AAC, AMR, MP3, M4A, OGG",
    types: &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
};
/// What is handed on as a file.
static DOCUMENTS: FileSort = FileSort {
    words: "documents",
    forms: "PDF, text, Word, Excel, PowerPoint",
    types: &[
        "application/pdf",
        "text/plain",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ],
};
/// The files that WhatsApp takes: each is a message of its own there.
pub(crate) const LIMIT: AttachmentLimit = AttachmentLimit::of(
    [
        Some(FileLimit { sort: &PICTURES, most: 5 * MEGABYTE }),
        Some(FileLimit { sort: &VIDEO, most: 16 * MEGABYTE }),
        Some(FileLimit { sort: &SOUND, most: 16 * MEGABYTE }),
        Some(FileLimit { sort: &DOCUMENTS, most: 100 * MEGABYTE }),
    ],
    10,
    100 * MEGABYTE,
);
/// The longest text below a file, in characters.
pub(crate) const LONGEST_CAPTION: usize = 1024;

/// What a file is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Image,
    Video,
    Audio,
    Document,
}

impl Form {
    /// What WhatsApp shows the file as: what it cannot play is a document.
    pub(crate) fn of(file: &OutboundAttachment) -> Self {
        let forms = [(&PICTURES, Self::Image), (&VIDEO, Self::Video), (&SOUND, Self::Audio)];
        let played = forms.into_iter().find(|(sort, _)| sort.has(&file.content_type));
        played.map_or(Self::Document, |(_, form)| form)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
        }
    }

    /// Whether a text can stand below it.
    pub(crate) fn has_caption(self) -> bool {
        self != Self::Audio
    }
}

/// A file of a message as it is handed over.
pub(crate) fn form(command_id: Uuid, file: &OutboundAttachment) -> http::Form {
    let fields = http::Form::of(command_id).field("messaging_product", "whatsapp");
    fields.field("type", http::media_type(&file.content_type)).file("file", file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_shown_as_what_it_is() {
        for (content_type, form, is_taken) in [
            ("image/png", Form::Image, true),
            ("image/gif", Form::Document, false),
            ("video/mp4", Form::Video, true),
            ("audio/ogg; codecs=opus", Form::Audio, true),
            ("text/plain", Form::Document, true),
            ("application/zip", Form::Document, false),
            ("no type\r\nat all", Form::Document, false),
        ] {
            let content_type = content_type.to_owned();
            let file = OutboundAttachment { name: "a".to_owned(), content_type, content: "x".into() };
            assert_eq!(Form::of(&file), form, "{}", file.content_type);
            assert_eq!(LIMIT.trouble(&file.content_type, 1).is_none(), is_taken, "{}", file.content_type);
        }
    }
}
