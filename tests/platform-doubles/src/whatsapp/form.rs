//! A file that is handed over as a form.

use bytes::Bytes;

use super::rules::error;
use crate::server::{Request, Response};

/// The type and the bytes of the file in a form.
pub(super) fn file_of(request: &Request) -> Result<(String, Bytes), Response> {
    let refused = |words: &str| error(400, 100, words);
    let boundary = request.header("content-type").strip_prefix("multipart/form-data; boundary=");
    let boundary = boundary.ok_or_else(|| refused("(#100) The parameter file is required."))?;
    let parts = parts(&request.body, boundary);
    let named = |name: &str| {
        let mark = format!("name=\"{name}\"");
        parts.iter().find(|(head, _)| head.contains(&mark))
    };
    let text = |name: &str| named(name).map(|(_, body)| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
    if text("messaging_product") != "whatsapp" {
        return Err(refused("(#100) The parameter messaging_product is required."));
    }
    let (head, content) = named("file").ok_or_else(|| refused("(#100) The parameter file is required."))?;
    let declared = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or_default();
    if declared != text("type") {
        return Err(refused("(#100) The type of the file is not the one that was said."));
    }
    Ok((declared.to_owned(), content.clone()))
}

/// Head and body of each part.
fn parts(body: &Bytes, boundary: &str) -> Vec<(String, Bytes)> {
    let mark = format!("--{boundary}");
    let ends: Vec<usize> = places(body, mark.as_bytes());
    let spans = ends.iter().zip(ends.iter().skip(1)).map(|(from, to)| (from + mark.len(), *to));
    let part = |(from, to): (usize, usize)| {
        // A line ends behind the mark, and one before the next.
        let part = body.get(from + 2..to.checked_sub(2)?)?;
        let head_ends = *places(part, b"\r\n\r\n").first()?;
        let head = String::from_utf8_lossy(part.get(..head_ends)?).into_owned();
        Some((head, Bytes::copy_from_slice(part.get(head_ends + 4..)?)))
    };
    spans.filter_map(part).collect()
}

fn places(within: &[u8], mark: &[u8]) -> Vec<usize> {
    let first = mark.first().copied().unwrap_or_default();
    let candidates = within.iter().enumerate().filter(|(_, byte)| **byte == first);
    candidates.map(|(at, _)| at).filter(|at| within.get(*at..).is_some_and(|rest| rest.starts_with(mark))).collect()
}
