//! Plain text as it comes out of a part: line ends and soft line breaks (RFC 3676).

/// Line feeds only, and no characters that cannot be shown.
pub(crate) fn normalise(text: String) -> String {
    let clean = !text.bytes().any(|byte| matches!(byte, b'\r' | 0 | 0x1b));
    if clean { text } else { text.replace("\r\n", "\n").replace('\r', "\n").replace(['\0', '\u{1b}'], "") }
}

/// Joins the lines that were only broken to fit.
pub(crate) fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The quote depth of the open line, if it goes on.
    let mut open: Option<usize> = None;
    for (number, line) in text.split('\n').enumerate() {
        let quotes = line.bytes().take_while(|&byte| byte == b'>').count();
        let content = line.get(quotes..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if open != Some(quotes) || signature {
            if number > 0 {
                out.push('\n');
            }
            if quotes > 0 {
                out.push_str(&">".repeat(quotes.min(64)));
                out.push(' ');
            }
        }
        let soft = content.ends_with(' ') && !signature;
        let kept = if soft && delete_space { content.strip_suffix(' ').unwrap_or(content) } else { content };
        out.push_str(kept);
        open = soft.then_some(quotes);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_breaks_are_joined_within_one_quote_depth() {
        assert_eq!(unflow("a \nb\n> c \n> d\n-- \nsig", false), "a b\n> c d\n-- \nsig");
        assert_eq!(unflow("wo \nrd", true), "word");
        assert_eq!(unflow(" From x", false), "From x");
    }
}
