//! Pictures drawn here, for messages that come with a photo: a PNG of a few kilobytes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

const WIDTH: u16 = 480;
const HEIGHT: u16 = 360;

type Colour = [i32; 3];

/// A picture of what its name says: a mat with a hole, a stove with a snapped igniter, else a strap with a broken buckle.
pub(super) fn png(name: &str) -> Vec<u8> {
    let draw = match name {
        _ if name.contains("hole") => mat,
        _ if name.contains("stove") => stove,
        _ => strap,
    };
    let mut rows = Vec::new();
    for y in 0..HEIGHT {
        // Each row begins with its filter: none.
        rows.push(0);
        for x in 0..WIDTH {
            let colour = draw(x.into(), y.into());
            rows.extend(colour.map(|part| u8::try_from(part.clamp(0, 255)).unwrap_or(0)));
        }
    }
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&u32::from(WIDTH).to_be_bytes()[..], &u32::from(HEIGHT).to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    chunk(&mut bytes, *b"IHDR", &header);
    chunk(&mut bytes, *b"IDAT", &deflated(&rows));
    chunk(&mut bytes, *b"IEND", &[]);
    bytes
}

fn grey(light: i32) -> Colour {
    [light, light + 5, light + 11]
}

fn darker(colour: Colour, by: i32) -> Colour {
    colour.map(|part| part - by)
}

/// A wooden table, darker towards its near edge.
fn table(y: i32) -> Colour {
    darker([206, 196, 165], y / 14 + if (y / 9) % 2 == 1 { 3 } else { 0 })
}

fn strap(x: i32, y: i32) -> Colour {
    const BREAK: i32 = 262;
    // The right half of the buckle hangs a little lower.
    let y_here = if x > BREAK { y - 9 } else { y };
    let off = y_here - 180 + (x - 240) / 7;
    let (from_middle, from_axis) = ((x - 240).abs(), off.abs());
    let jag = (x - BREAK - off / 4 - (y_here / 8).rem_euclid(3) * 5).abs();
    let frame = from_middle < 96 && from_axis < 84 && (from_middle >= 70 || from_axis >= 60);
    let corner = from_middle > 84 && from_axis > 72;
    let prong = from_axis < 7 && (170..330).contains(&x);
    if (frame && !corner) || prong {
        let edge = from_middle >= 92 || from_axis >= 80 || (from_middle < 73 && from_axis < 60);
        return match jag {
            0..5 => darker(table(y), 70),
            5 => grey(232),
            _ => grey(150 - off / 3 + if edge { 18 } else { 0 }),
        };
    }
    let weave = (x / 4 + y_here / 4).rem_euclid(2) * 7;
    match from_axis {
        42..45 if x % 14 < 8 => [120, 126, 118],
        0..51 => [38 + weave, 54 + weave, 42 + weave],
        51..54 => [26, 42, 30],
        54..62 => darker(table(y), 38),
        _ => table(y),
    }
}

fn mat(x: i32, y: i32) -> Colour {
    let square = |dx: i32, dy: i32| dx * dx + dy * dy;
    let valve = square(x - 372, y - 96);
    let hole = square(x - 236, (y - 196) * 3 / 2) + (x * 7 + y * 11).rem_euclid(60);
    let wave = (y % 48 - 24).abs();
    let cloth = darker([206, 104, 62], wave + if (x + y) % 6 < 2 { 5 } else { 0 });
    match (valve, hole) {
        (0..400, _) => grey(58),
        (400..1_300, _) => grey(96 - valve / 40),
        (_, 0..420) => [30, 20, 16],
        (_, 420..700) => darker(cloth, 58),
        (_, 700..1_500) => darker(cloth, 22),
        _ => cloth,
    }
}

fn stove(x: i32, y: i32) -> Colour {
    let square = |dx: i32, dy: i32| dx * dx + dy * dy;
    let ring = square(x - 220, y - 190);
    let slot = (x - 220) * (y - 190) % 17 == 0;
    let leg = (y - 190).abs() < 9 && (60..400).contains(&x);
    let stump = (344..356).contains(&x) && (150..206).contains(&y);
    let snapped = (x - 384 - (y - 90) / 3).abs() < 6 && (52..118).contains(&y);
    match ring {
        _ if stump || snapped => [222, 222, 214],
        0..2_500 => grey(74),
        2_500..9_000 if slot => grey(48),
        2_500..9_000 => grey(120 + (x - y) / 12),
        9_000..10_600 => grey(168),
        _ if leg => grey(104),
        10_600..12_400 => darker(table(y), 34),
        _ => table(y),
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
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\xe0\0\0\x01\x68"));
        // The checksum of the end is the same in every PNG.
        assert!(picture.ends_with(b"\0\0\0\0IEND\xaeB`\x82"));
        assert!(picture.len() < 16_384);
        assert_ne!(picture, png("mat-hole.png"));
        assert_ne!(picture, png("stove-igniter.png"));
    }
}
