//! A file that came or goes with a message, and one that waits in a half-written reply.

use channel_contract::inbound::FileReference;

use super::{AttachmentId, ComposerFileId, Json, MessageId, Ts};

/// The largest picture that is shown in place, in bytes; a larger one is a download.
pub const PICTURE_BYTES: i64 = 5_000_000;
/// What a file is called when nothing is left of its name.
const NAMELESS: &str = "file";
/// The longest name, in characters, ending included.
const NAME: usize = 120;
/// What is said of bytes that are not what they were declared to be.
const UNKNOWN: &str = "application/octet-stream";
/// Types that a browser only paints. SVG is none of them: it can hold script.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A file. Its bytes lie in the file store under `storage_key`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attachment {
    /// Id.
    pub id: AttachmentId,
    /// The message.
    pub message_id: MessageId,
    /// Place among the message's files, from 0.
    pub position: i64,
    /// Name as given, safe to show.
    pub name: String,
    /// Media type: of a picture by its content, else as declared.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Id by which HTML refers to it.
    pub content_id: Option<String>,
    /// Whether the HTML shows it in place.
    pub inline: bool,
    /// Where the bytes are; `""` while they lie on the platform.
    pub storage_key: String,
    /// Where they lie on the platform, until they are fetched.
    pub reference: Option<Json<FileReference>>,
    /// Why they could not be fetched; `""` while that is tried.
    pub trouble: String,
}

/// A file of a reply that is not sent yet. Its bytes are stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ComposerFile {
    /// Id.
    pub id: ComposerFileId,
    /// Name, safe to show and to send.
    pub name: String,
    /// Media type: of a picture by its content, else as declared.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Where the bytes are.
    pub storage_key: String,
    /// When it was attached.
    pub created_at: Ts,
}

impl Attachment {
    /// The size for people: `1.2 MB`.
    pub fn shown_size(&self) -> String {
        shown_size(self.size)
    }

    /// Whether it can be shown in place.
    pub fn is_picture(&self) -> bool {
        self.reference.is_none() && is_picture(&self.content_type, self.size)
    }
}

/// A size for people: `1.2 MB`.
pub fn shown_size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Whether a stored file can be shown in place.
pub fn is_picture(content_type: &str, size: i64) -> bool {
    PICTURES.contains(&content_type) && size <= PICTURE_BYTES
}

/// The type of a picture that a browser only paints, told by its first bytes.
pub fn picture_type(content: &[u8]) -> Option<&'static str> {
    match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The type to keep of a file: a picture is what its bytes say, and what only claims to be one is not.
pub fn kept_type(declared: &str, content: &[u8]) -> String {
    let declared = declared.trim();
    let claims = PICTURES.iter().any(|known| known.eq_ignore_ascii_case(declared)) || declared.is_empty();
    match picture_type(content) {
        Some(picture) => picture.to_owned(),
        None if claims => UNKNOWN.to_owned(),
        None => declared.to_owned(),
    }
}

/// A file name that is safe to show, to send and to save: no path, nothing unseen, nothing that turns the line around,
/// not too long; the ending stays.
pub fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last
        .chars()
        .filter(|c| !is_unseen(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = words.trim_matches(['.', ' ']);
    if name.is_empty() { NAMELESS.to_owned() } else { shortened(name) }
}

/// Controls, and marks that change the direction or take no room.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| ending.chars().count() <= 16);
    let ending = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let start: String = name.chars().take(NAME - ending.chars().count()).collect();
    format!("{}{ending}", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_unseen_marks_and_length_but_not_their_ending() {
        let cases = [
            ("Rücksendung.pdf", "Rücksendung.pdf"),
            ("C:\\Users\\mara\\photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            ("invoice\u{202e}gpj.exe", "invoicegpj.exe"),
            ("a\r\nb\tc\0.txt", "a b c.txt"),
            ("\u{feff}  .hidden. ", "hidden"),
            ("a\"b<c>:d|e?f*.png", "a_b_c__d_e_f_.png"),
            ("写真.webp", "写真.webp"),
            ("..", "file"),
            ("", "file"),
            ("x/", "file"),
        ];
        for (given, clean) in cases {
            assert_eq!(clean_name(given), clean, "{given:?}");
        }
        let long = clean_name(&format!("{}.jpeg", "ä".repeat(500)));
        assert_eq!((long.chars().count(), long.ends_with("ä.jpeg")), (NAME, true));
        assert_eq!(clean_name(&"x".repeat(500)).len(), NAME);
    }

    #[test]
    fn a_picture_is_told_by_its_bytes() {
        let png = b"\x89PNG\r\n\x1a\n...";
        assert_eq!(kept_type("text/html", png), "image/png");
        assert_eq!(kept_type("", b"\xff\xd8\xff\xe0"), "image/jpeg");
        assert_eq!(kept_type("image/png", b"RIFF\0\0\0\0WEBPVP8 "), "image/webp");
        assert_eq!(kept_type("image/x", b"GIF89a"), "image/gif");
        assert_eq!(kept_type(" IMAGE/PNG", b"<script>"), UNKNOWN);
        assert_eq!(kept_type("", b"?"), UNKNOWN);
        assert_eq!(kept_type("image/svg+xml", b"<svg/>"), "image/svg+xml");
        assert!(is_picture("image/png", PICTURE_BYTES) && !is_picture("image/png", PICTURE_BYTES + 1));
        assert!(!is_picture("image/svg+xml", 10));
    }

    #[test]
    fn sizes_are_short() {
        let shown = [0, 999, 1_000, 999_999, 1_240_000, 15_728_640].map(shown_size);
        assert_eq!(shown, ["0 B", "999 B", "1 kB", "999 kB", "1.2 MB", "15.7 MB"]);
    }
}
