//! Signatures: the lines that telephones and mail programs add, and rules with a business card below.

/// How "sent from my telephone" begins, in lower case.
#[rustfmt::skip]
const SENT_FROM: &[&str] = &[
    "sent from ", "sent via ", "sent with ", "sent by ", "sent using ", "from my iphone", "from my ipad",
    "from my android", "from my mobile", "get outlook for", "get [outlook", "download outlook", "envoyé depuis",
    "envoyé de ", "envoyé à partir", "envoyé avec", "télécharger outlook", "obtenez outlook", "von meinem ",
    "von meiner ", "gesendet mit", "gesendet von", "gesendet über", "diese nachricht wurde von mein",
    "holen sie sich outlook", "outlook für ios", "outlook für android", "verzonden ", "verstuurd vanaf",
    "enviado desde", "enviado do", "enviado de", "enviado via", "enviado a partir", "enviado por",
    "obtener outlook", "obter o outlook", "inviato da", "inviato con", "inviato dal", "ottieni outlook",
    "отправлено ", "надіслано ", "wysłane ", "wysłano ", "skickat från", "sendt fra", "lähetetty ", "odesláno ",
    "trimis de pe", "从我的", "從我的",
];

/// Words that stand at the end of the line instead of the beginning.
#[rustfmt::skip]
const SENT_FROM_END: &[&str] = &[
    "から送信", "에서 보냄", "'dan gönderildi", "’dan gönderildi", "gönderildi", "发自我的 iphone", "发自我的iphone",
    " gesendet", " küldve",
];

/// Whether a line is "sent from my telephone" in one of its forms, and not a sentence that begins so.
pub(super) fn is_sent_from(line: &str) -> bool {
    if line.len() > 250 || !line.chars().any(char::is_alphabetic) {
        return false;
    }
    let bare = line.trim_matches(|c: char| matches!(c, '<' | '>' | '(' | '[' | '*' | '_' | ' '));
    let lower = bare.get(..bare.len().min(250)).unwrap_or(bare).to_lowercase();
    let starts = SENT_FROM.iter().any(|lead| lower.starts_with(lead))
        || lower.starts_with("发自我的")
        || lower.starts_with("發自我的");
    let ends = SENT_FROM_END.iter().any(|tail| lower.ends_with(tail)) && lower.split_whitespace().count() <= 8;
    (starts && is_short(&lower))
        || (ends
            && (lower.contains("iphone")
                || lower.contains("ipad")
                || lower.contains("handy")
                || lower.contains("mobil")
                || lower.contains("android")
                || lower.contains("samsung")))
}

/// A device has few words; a sentence has more. Excuses for typing errors are part of the line.
fn is_short(lower: &str) -> bool {
    if ["excuse", "typo", "brevity", "please forgive"].iter().any(|word| lower.contains(word)) {
        return true;
    }
    let words = lower.split_whitespace().filter(|word| !word.contains("://")).count();
    let sentence = lower.contains(", ") || lower.contains('?') || lower.contains('!');
    words <= 12 && !(sentence && words > 7)
}

/// A name behind a dash: `-Ann Lee`, not an item of a list.
pub(super) fn is_dashed_name(line: &str) -> bool {
    let Some(name) = line.trim().strip_prefix(['-', '–', '—']) else { return false };
    let words = name.split(' ').count();
    words <= 3
        && name.len() <= 40
        && name.split(' ').all(|word| word.starts_with(char::is_uppercase))
        && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '\''))
}

/// Rules under which people put a business card.
pub(super) fn is_rule(line: &str) -> bool {
    line.chars().count() >= 2 && line.chars().all(|c| matches!(c, '-' | '_' | '—' | '–' | '―' | '─' | '━'))
}

/// Whether what follows a rule is a card or a footer, not the next paragraph of the mail.
pub(super) fn may_follow_rule<'a>(rest: impl Iterator<Item = &'a str>) -> bool {
    let mut count = 0;
    for line in rest.map(str::trim).filter(|line| !line.is_empty()) {
        count += 1;
        if count > 10 || line.len() > 120 {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_signatures_and_sentences_are_not() {
        for line in [
            "Sent from my iPhone",
            "Von meinem Mobilgerät gesendet",
            "<<sent by galaxy>>",
            "從我的 iPhone 傳送",
            "iPhoneから送信",
            "Get Outlook for iOS<https://aka.ms/o0ukef>",
            "Sent from my cell, please excuse any typos.",
        ] {
            assert!(is_sent_from(line), "{line}");
        }
        for line in
            ["Sent from my desk, is much easier then my mobile phone.", "I sent from my bank the money", "gesendet", ""]
        {
            assert!(!is_sent_from(line), "{line}");
        }
    }
}
