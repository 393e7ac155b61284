//! The name under which a browser saves a file.

/// The value of `Content-Disposition`: shown in place or saved, with the name in the form that every browser reads
/// (RFC 5987).
pub fn disposition(in_place: bool, name: &str) -> String {
    let shown = if in_place { "inline" } else { "attachment" };
    let name = if name.is_empty() { "file" } else { name };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let coded: String = name
        .bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    format!("{shown}; filename*=UTF-8''{coded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_break_out_of_their_header() {
        let hostile = "attachment; filename*=UTF-8''a%22b%0D%0Ac%20%C3%A9.png";
        assert_eq!(disposition(false, "a\"b\r\nc é.png"), hostile);
        assert_eq!(disposition(true, "Grüße 1.png"), "inline; filename*=UTF-8''Gr%C3%BC%C3%9Fe%201.png");
        assert_eq!(disposition(false, ""), "attachment; filename*=UTF-8''file");
    }
}
