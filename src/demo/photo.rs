//! Small pictures drawn here, for mails that come with a photo: a PNG of a few kilobytes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

const WIDTH: u32 = 160;
const HEIGHT: u32 = 120;

/// What the picture shows, very roughly: a strap with a buckle, snapped or with a hole.
pub(super) fn png(name: &str) -> Vec<u8> {
    let shade = name.bytes().fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    let mut rows = Vec::new();
    for y in 0..HEIGHT {
        // Each row begins with its filter: none.
        rows.push(0);
        for x in 0..WIDTH {
            rows.extend(pixel(x, y, shade));
        }
    }
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&WIDTH.to_be_bytes()[..], &HEIGHT.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    chunk(&mut bytes, *b"IHDR", &header);
    chunk(&mut bytes, *b"IDAT", &deflated(&rows));
    chunk(&mut bytes, *b"IEND", &[]);
    bytes
}

fn pixel(x: u32, y: u32, shade: u8) -> [u8; 3] {
    let on_strap = (45..75).contains(&y);
    let crack = x.abs_diff(80 + (y % 7)) < 3;
    let buckle = (60..100).contains(&x) && (35..85).contains(&y);
    match (buckle, on_strap, crack) {
        (true, _, true) => [235, 232, 224],
        (true, ..) => [118, 124, 131],
        (_, true, _) => [38, 44_u8.saturating_add(shade / 6), 42],
        _ => [206, 196, 180_u8.saturating_sub(shade / 4)],
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; a picture that is cut off would only look so.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn chunk(bytes: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut sum = flate2::Crc::new();
    sum.update(&kind);
    sum.update(data);
    bytes.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    bytes.extend(kind);
    bytes.extend(data);
    bytes.extend(sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_size_and_its_end() {
        let picture = png("buckle.png");
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\xa0\0\0\0\x78"));
        // The checksum of the end is the same in every PNG.
        assert!(picture.ends_with(b"\0\0\0\0IEND\xaeB`\x82"));
        assert!(picture.len() < 8_192);
        assert_ne!(picture, png("mat.png"));
    }
}
