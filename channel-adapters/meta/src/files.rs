//! Files that lie at Meta: their names and types as far as a message tells them. Pure.

use channel_contract::inbound::{FileContent, FileReference, InboundAttachment, safe_name};
use url::Url;

/// A file by its address; `what` is the platform's word.
pub(crate) fn elsewhere(what: &str, address: &str) -> InboundAttachment {
    let segment = last_segment(address);
    let extension = extension(&segment);
    InboundAttachment {
        name: name(what, &segment, extension.as_deref()),
        content_type: content_type(what, extension.as_deref()).to_owned(),
        content_id: None,
        inline: false,
        content: FileContent::Elsewhere(FileReference { key: address.to_owned(), sha256: None, size: None }),
    }
}

/// The end of the path of an address, decoded.
fn last_segment(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return String::new() };
    let last = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    // What a form decodes is what stands in a path, but for the plus.
    let pair = format!("n={}", last.replace('+', "%2B"));
    let decoded = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, name)| name.into_owned());
    safe_name(&decoded.unwrap_or_default())
}

fn extension(segment: &str) -> Option<String> {
    let (_, end) = segment.rsplit_once('.')?;
    let is_one = (2..=5).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric());
    is_one.then(|| end.to_ascii_lowercase())
}

fn name(what: &str, segment: &str, extension: Option<&str>) -> String {
    if what == "file" && !segment.is_empty() {
        return segment.to_owned();
    }
    let name = match what {
        "image" => "picture",
        "video" => "video",
        "audio" => "recording",
        "sticker" => "sticker",
        "story_mention" | "ig_story" | "story" => "story",
        "reel" | "ig_reel" => "reel",
        "share" | "post" | "ig_post" => "post",
        _ => "file",
    };
    extension.map_or_else(|| name.to_owned(), |extension| format!("{name}.{extension}"))
}

fn content_type(what: &str, extension: Option<&str>) -> &'static str {
    match (extension, what) {
        (Some("png"), _) => "image/png",
        (Some("gif"), _) => "image/gif",
        (Some("webp"), _) => "image/webp",
        (Some("jpg" | "jpeg"), _) | (None, "image" | "sticker") => "image/jpeg",
        (Some("mp4"), "audio") | (Some("m4a"), _) => "audio/mp4",
        (Some("mp4"), _) | (None, "video" | "reel" | "ig_reel") => "video/mp4",
        (Some("mov"), _) => "video/quicktime",
        (Some("mp3"), _) => "audio/mpeg",
        (Some("aac"), _) => "audio/aac",
        (Some("ogg"), _) => "audio/ogg",
        (Some("wav"), _) => "audio/wav",
        (Some("pdf"), _) => "application/pdf",
        (Some("txt"), _) => "text/plain",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_are_those_of_the_address() {
        for (what, address, name, content_type) in [
            ("file", "https://cdn.example/v/Invoice%20No.%207+a.pdf?sig=x", "Invoice No. 7+a.pdf", "application/pdf"),
            ("image", "https://cdn.example/v/1_n.PNG?x", "picture.png", "image/png"),
            ("image", "https://lookaside.example/ig?asset_id=1", "picture", "image/jpeg"),
            ("audio", "https://cdn.example/a.mp4", "recording.mp4", "audio/mp4"),
            ("ig_reel", "https://cdn.example/r", "reel", "video/mp4"),
            ("file", "https://cdn.example/%2e%2e%2fetc", "etc", "application/octet-stream"),
            ("file", "not an address", "file", "application/octet-stream"),
            ("file", "https://cdn.example/a%E2%80%AEfdp.exe", "afdp.exe", "application/octet-stream"),
            ("hologram", "https://cdn.example/", "file", "application/octet-stream"),
        ] {
            let file = elsewhere(what, address);
            assert_eq!((file.name.as_str(), file.content_type.as_str()), (name, content_type), "{address}");
        }
    }
}
