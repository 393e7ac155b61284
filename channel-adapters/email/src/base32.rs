//! Base32 in lower case without padding: the only compact form that survives mail systems which change the case of
//! addresses.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Writes bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let mut gathered: u32 = 0;
    let mut bits = 0_u32;
    let mut push = |value: u32| {
        let index = usize::try_from(value & 31).unwrap_or_default();
        out.extend(ALPHABET.get(index).map(|&byte| char::from(byte)));
    };
    for &byte in bytes {
        gathered = (gathered << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(gathered >> bits);
        }
        gathered &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(gathered << (5 - bits));
    }
    out
}

/// Reads what [`encode`] wrote, in any case; `None` if it is something else.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let mut gathered: u32 = 0;
    let mut bits = 0_u32;
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte.to_ascii_lowercase())?;
        gathered = (gathered << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(gathered >> bits).ok()?);
            gathered &= (1 << bits) - 1;
        }
    }
    // Left-over bits are zero in what we wrote: one token has one spelling.
    (gathered == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37)).collect();
            let text = encode(&bytes);
            assert_eq!(decode(&text), Some(bytes.clone()));
            assert_eq!(decode(&text.to_uppercase()), Some(bytes));
        }
        assert_eq!(encode(b"hello"), "nbswy3dp");
        assert_eq!(decode("a1"), None);
    }
}
