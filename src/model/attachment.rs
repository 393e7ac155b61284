//! A file that came or goes with a message, and one that waits in a half-written reply.

use channel_contract::inbound::FileReference;

use super::{AttachmentId, ComposerFileId, Json, MessageId, Ts};

/// The largest picture that is shown in place, in bytes; a larger one is a download.
pub const PICTURE_BYTES: i64 = 5_000_000;
/// Most pixels of a picture that is shown in place: few bytes may claim so many that whoever looks runs out of memory.
const PICTURE_PIXELS: u64 = 40_000_000;
/// What a file is called when nothing is left of its name.
const NAMELESS: &str = "file";
/// The longest name, in characters, ending included.
const NAME: usize = 120;
/// What is said of bytes that are not what they were declared to be.
const UNKNOWN: &str = "application/octet-stream";
/// Ends of names that tell the form of a file, beside those by which a type is known.
const OTHER_ENDS: [&str; 10] = ["png", "jpg", "jpeg", "gif", "webp", "heic", "svg", "zip", "html", "xml"];
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

/// A file of a reply, as far as its channel looks at it.
#[derive(Clone, Copy, Debug)]
pub struct FileFacts<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its media type.
    pub content_type: &'a str,
    /// Bytes.
    pub size: i64,
}

impl ComposerFile {
    /// What its channel looks at.
    pub fn facts(&self) -> FileFacts<'_> {
        FileFacts { name: &self.name, content_type: &self.content_type, size: self.size }
    }
}

impl Attachment {
    /// What its channel looks at.
    pub fn facts(&self) -> FileFacts<'_> {
        FileFacts { name: &self.name, content_type: &self.content_type, size: self.size }
    }

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

/// A limit for people, as platforms count: `5 MB` for so many times 1024 kB too.
pub fn shown_limit(bytes: u64) -> String {
    let whole =
        |megabyte: u64| (bytes > 0 && bytes.is_multiple_of(megabyte)).then(|| format!("{} MB", bytes / megabyte));
    whole(1_024 * 1_024)
        .or_else(|| whole(1_000_000))
        .unwrap_or_else(|| shown_size(i64::try_from(bytes).unwrap_or(i64::MAX)))
}

/// Whether a stored file can be shown in place.
pub fn is_picture(content_type: &str, size: i64) -> bool {
    PICTURES.contains(&content_type) && size <= PICTURE_BYTES
}

/// The type of a picture that a browser only paints, told by its first bytes. `None` where they say nothing of how large
/// it is, or that it is too large to be shown in place.
pub fn picture_type(content: &[u8]) -> Option<&'static str> {
    let (kind, (width, height)) = match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', rest @ ..] => ("image/png", png_sides(rest)?),
        [0xff, 0xd8, rest @ ..] => ("image/jpeg", jpeg_sides(rest)?),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', rest @ ..] => ("image/gif", gif_sides(rest)?),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', rest @ ..] => ("image/webp", webp_sides(rest)?),
        _ => return None,
    };
    let pixels = u64::from(width) * u64::from(height);
    (1..=PICTURE_PIXELS).contains(&pixels).then_some(kind)
}

/// Width and height, which stand first.
fn png_sides(rest: &[u8]) -> Option<(u32, u32)> {
    let (width, rest) = rest.strip_prefix(b"\0\0\0\rIHDR")?.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*rest.first_chunk()?)))
}

fn gif_sides(rest: &[u8]) -> Option<(u32, u32)> {
    let (width, rest) = rest.split_first_chunk()?;
    Some((u16::from_le_bytes(*width).into(), u16::from_le_bytes(*rest.first_chunk()?).into()))
}

/// They stand behind parts of any length: words about the picture, colours, a smaller picture.
fn jpeg_sides(mut rest: &[u8]) -> Option<(u32, u32)> {
    loop {
        rest = match rest {
            // What fills, and marks that stand alone.
            [0xff, behind @ ..] if behind.first() == Some(&0xff) => behind,
            [0xff, 0x01 | 0xd0..=0xd7, behind @ ..] => behind,
            // The picture itself begins before anybody said how large it is, or it ends.
            [0xff, 0xd8..=0xda, ..] => return None,
            [0xff, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf, _, _, _, sides @ ..] => {
                let (height, sides) = sides.split_first_chunk()?;
                return Some((u16::from_be_bytes(*sides.first_chunk()?).into(), u16::from_be_bytes(*height).into()));
            }
            [0xff, _, behind @ ..] => behind.get(usize::from(u16::from_be_bytes(*behind.first_chunk()?))..)?,
            _ => return None,
        };
    }
}

fn webp_sides(rest: &[u8]) -> Option<(u32, u32)> {
    match rest {
        [b'V', b'P', b'8', b' ', _, _, _, _, _, _, _, 0x9d, 0x01, 0x2a, sides @ ..] => {
            let sides = u32::from_le_bytes(*sides.first_chunk()?);
            Some((sides & 0x3fff, (sides >> 16) & 0x3fff))
        }
        [b'V', b'P', b'8', b'L', _, _, _, _, 0x2f, sides @ ..] => {
            let sides = u32::from_le_bytes(*sides.first_chunk()?);
            Some(((sides & 0x3fff) + 1, ((sides >> 14) & 0x3fff) + 1))
        }
        [b'V', b'P', b'8', b'X', _, _, _, _, _, _, _, _, sides @ ..] => {
            let (width, sides) = sides.split_first_chunk()?;
            Some((of_three(*width) + 1, of_three(*sides.first_chunk()?) + 1))
        }
        _ => None,
    }
}

fn of_three([low, middle, high]: [u8; 3]) -> u32 {
    u32::from_le_bytes([low, middle, high, 0])
}

/// The type to keep of a file that is to be sent: where nothing is said of it, its name counts.
pub fn sent_type(declared: &str, content: &[u8], name: &str) -> String {
    let kept = kept_type(declared, content);
    let says_nothing = declared.is_empty() || declared == UNKNOWN;
    let named = if says_nothing && kept == UNKNOWN { type_by_name(name) } else { None };
    named.map_or(kept, str::to_owned)
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

/// What a file is by the end of its name, where nobody said more of it. Pictures are told by their bytes alone.
fn type_by_name(name: &str) -> Option<&'static str> {
    let (_, end) = name.rsplit_once('.')?;
    Some(match end.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "mp4" => "video/mp4",
        "3gp" => "video/3gpp",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "aac" => "audio/aac",
        "amr" => "audio/amr",
        "ogg" => "audio/ogg",
        _ => return None,
    })
}

/// What the name of a file says as a text: without the end that tells its form, and with blanks for `_`.
pub fn name_in_words(name: &str) -> String {
    let stem = name.rsplit_once('.').filter(|(_, end)| {
        let end = end.to_ascii_lowercase();
        type_by_name(name).is_some() || OTHER_ENDS.contains(&end.as_str())
    });
    stem.map_or(name, |(stem, _)| stem).replace('_', " ")
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
    fn a_name_says_what_stands_before_the_end_that_tells_its_form() {
        for (name, words) in [
            ("Hannah_Cole FJ-20410.PDF", "Hannah Cole FJ-20410"),
            ("buckle.png", "buckle"),
            ("ida@fjordline.example.pdf", "ida@fjordline.example"),
            ("fjordline.no", "fjordline.no"),
            ("label", "label"),
        ] {
            assert_eq!(name_in_words(name), words);
        }
    }

    /// The beginnings of pictures of this size, as programs write them.
    fn pictures(width: u16, height: u16) -> [(&'static str, Vec<u8>); 7] {
        let (wide, high) = (u32::from(width), u32::from(height));
        let (less_wide, less_high) = (wide - 1, high - 1);
        let three = |side: u32| side.to_le_bytes()[..3].to_vec();
        let frame = [&b"\xff\xc2\0\x11\x08"[..], &height.to_be_bytes(), &width.to_be_bytes(), b"\x03"].concat();
        let words = b"\xff\xd8\xff\xe1\0\x0cExif\0\0\xff\xc0\0\0\xff\xff\xfe\0\x03x";
        let webp = |form: &[u8]| [&b"RIFF\x20\0\0\0WEBPVP8"[..], form].concat();
        let packed = (less_wide | (less_high << 14)).to_le_bytes();
        [
            ("image/png", [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &wide.to_be_bytes(), &high.to_be_bytes()].concat()),
            ("image/jpeg", [&b"\xff\xd8"[..], &frame].concat()),
            ("image/jpeg", [&words[..], &frame].concat()),
            ("image/gif", [&b"GIF89a"[..], &width.to_le_bytes(), &height.to_le_bytes()].concat()),
            (
                "image/webp",
                webp(&[&b" \0\0\0\0\0\0\0\x9d\x01\x2a"[..], &width.to_le_bytes(), &height.to_le_bytes()].concat()),
            ),
            ("image/webp", webp(&[&b"L\0\0\0\0\x2f"[..], &packed].concat())),
            ("image/webp", webp(&[&b"X\x0a\0\0\0\x10\0\0\0"[..], &three(less_wide), &three(less_high)].concat())),
        ]
    }

    #[test]
    fn a_picture_is_told_by_its_bytes() {
        for (kind, picture) in pictures(640, 480) {
            assert_eq!(kept_type("text/html", &picture), kind);
            assert_eq!(kept_type("", &picture), kind);
        }
        assert_eq!(kept_type("text/html", include_bytes!("../../tests/fixtures/buckle.png")), "image/png");
        assert_eq!(kept_type(" IMAGE/PNG", b"<script>"), UNKNOWN);
        assert_eq!(kept_type("", b"?"), UNKNOWN);
        assert_eq!(kept_type("image/svg+xml", b"<svg/>"), "image/svg+xml");
        assert!(is_picture("image/png", PICTURE_BYTES) && !is_picture("image/png", PICTURE_BYTES + 1));
        assert!(!is_picture("image/svg+xml", 10));
    }

    #[test]
    fn what_claims_too_many_pixels_or_does_not_say_how_many_is_a_file() {
        for (kind, picture) in pictures(8_000, 5_000) {
            assert_eq!(picture_type(&picture), Some(kind), "40 million");
        }
        for (kind, picture) in pictures(8_000, 5_001) {
            assert_eq!(picture_type(&picture), None, "{kind}");
            assert_eq!(kept_type(kind, &picture), UNKNOWN);
        }
        for (kind, picture) in pictures(640, 480) {
            let header = if kind == "image/jpeg" { picture.len() - 1 } else { picture.len() };
            for length in 0..header {
                assert_eq!(picture_type(&picture[..length]), None, "{kind}, cut after {length}");
            }
        }
        let nothing = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\x01\0";
        for other in
            [&b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>"[..], nothing, b"\xff\xd8\xff\xda\0\x02"]
        {
            assert_eq!(picture_type(other), None);
        }
    }

    #[test]
    fn the_name_counts_where_nothing_else_is_said() {
        let pdf = |declared: &str| sent_type(declared, b"%PDF", "Label.PDF");
        assert_eq!((pdf("").as_str(), pdf(UNKNOWN).as_str()), ("application/pdf", "application/pdf"));
        assert_eq!(pdf("text/html"), "text/html", "what is said counts");
        assert_eq!(sent_type("", b"<script>", "cup.png"), UNKNOWN, "no name makes a picture");
        assert_eq!(sent_type("image/png", b"x", "cup.pdf"), UNKNOWN, "and none mends a lie");
        assert_eq!(sent_type("", include_bytes!("../../tests/fixtures/buckle.png"), "cup.pdf"), "image/png");
    }

    #[test]
    fn sizes_are_short() {
        let shown = [0, 999, 1_000, 999_999, 1_240_000, 15_728_640].map(shown_size);
        assert_eq!(shown, ["0 B", "999 B", "1 kB", "999 kB", "1.2 MB", "15.7 MB"]);
        let limits = [0, 500_000, 5 * 1_024 * 1_024, 104_857_600, 20_000_000, 1_240_000].map(shown_limit);
        assert_eq!(limits, ["0 B", "500 kB", "5 MB", "100 MB", "20 MB", "1.2 MB"]);
    }
}
