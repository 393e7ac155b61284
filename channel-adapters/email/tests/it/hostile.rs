//! Mutated mails: whatever the bytes are, reading ends with something and in time.

use proptest::prelude::*;

use crate::fixtures;

/// A fixture with pieces cut out, doubled, swapped with another mail's, and bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let mails: Vec<Vec<u8>> = fixtures().into_iter().map(|(_, body)| body).collect();
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_u8, any::<u8>());
    (prop::sample::select(mails.clone()), prop::sample::select(mails), prop::collection::vec(edit, 0..12)).prop_map(
        |(mut mail, other, edits)| {
            for (one, two, what, byte) in edits {
                if mail.is_empty() {
                    break;
                }
                let (from, to) = (one.index(mail.len()), two.index(mail.len()));
                let (from, to) = (from.min(to), from.max(to));
                match what {
                    0 => mail[from] = byte,
                    1 => drop(mail.drain(from..to)),
                    2 => {
                        let piece = mail[from..to].to_vec();
                        mail.splice(to..to, piece);
                    }
                    3 => drop(mail.splice(from..to, other.iter().copied())),
                    _ => drop(mail.splice(from..from, [0, 0xff, b'\n', b'=', b'?', b'<', b'(', b'"'])),
                }
            }
            mail
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics(mail in mutated()) {
        let read = channel_email::parse(&mail);
        if let Some(html) = &read.html {
            let safe = channel_email::html::sanitise::sanitise(html);
            prop_assert!(!safe.to_ascii_lowercase().contains("<script"));
        }
        prop_assert!(!channel_email::key::external_id(&mail).is_empty());
        prop_assert_eq!(read.clone(), channel_email::parse(&mail));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        channel_email::parse(&bytes);
    }
}

/// Each of these costs a careless parser minutes; a linear one reads them in far less than the test's patience.
#[test]
fn bombs_are_read_in_one_pass() {
    let level = |level: usize| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    let nested = (0..3_000).map(level).collect::<Vec<_>>().concat();
    let unfound = format!(
        "Content-Type: multipart/mixed; boundary=a\n\n{}",
        "--a\nContent-Type: multipart/mixed; boundary=x\n\n".repeat(40_000)
    );
    let bombs = [
        nested,
        unfound,
        "Content-Type: message/rfc822\n\n".repeat(50_000),
        format!("Subject: {}\n\nx", "=?utf-8?Q?a?= ".repeat(50_000)),
        format!("To: {}\n\nx", "(((((\"<".repeat(50_000)),
        "X: y\n".repeat(300_000),
        format!("Content-Type: text/html\n\n{}", "<div>".repeat(200_000)),
        format!("Content-Type: text/html\n\n{}", "<!--".repeat(200_000)),
        format!("Content-Type: text/html\n\n{}", "<a href=\"".repeat(100_000)),
        format!("Content-Type: text/html\n\n{}", "<script>".repeat(100_000)),
        format!("\n{}", "--\n".repeat(300_000)),
        format!("\nHi\n{}", "On Mon 1, 2026 a@b.example wrote:\n".repeat(30_000)),
        format!("\n{}", "From: a@b.example\n".repeat(100_000)),
        format!("\n{}", "&#".repeat(300_000)),
        format!("\n{}", "Sent from my iPhone\n".repeat(50_000)),
    ];
    for bomb in bombs {
        let mail = channel_email::parse(bomb.as_bytes());
        if let Some(html) = mail.html {
            channel_email::html::sanitise::sanitise(&html);
        }
    }
}
