//! Signatures: the lines that telephones and mail programs add, and rules with a business card below.

/// How "sent from my telephone" begins, in lower case, where nothing else begins so.
#[rustfmt::skip]
const SENT_FROM: &[&str] = &[
    "sent from ", "from my iphone", "from my ipad", "from my android", "from my mobile", "get outlook for", "get [outlook", "download outlook",
    "envoyé depuis", "envoyé de mon", "envoyé à partir", "télécharger outlook", "obtenez outlook", "von meinem ", "von meiner ",
    "diese nachricht wurde von mein", "holen sie sich outlook", "outlook für ios", "outlook für android", "verstuurd vanaf", "enviado desde mi",
    "enviado do meu", "obtener outlook", "obter o outlook", "ottieni outlook", "从我的", "從我的", "发自我的", "發自我的",
];

/// Beginnings that a parcel may have too: only with the name of a device or program.
#[rustfmt::skip]
const WEAK: &[&str] = &[
    "sent via ", "sent with ", "sent by ", "sent using ", "envoyé de ", "envoyé avec", "envoyé via", "gesendet mit", "gesendet von", "gesendet über",
    "gesendet aus", "verzonden ", "enviado ", "enviada ", "inviato ", "inviata ", "отправлено ", "надіслано ", "изпратено ", "wysłane ", "wysłano ", "skickat ",
    "sendt ", "lähetetty ", "odesláno ", "odoslané ", "poslano ", "poslané ", "trimis ", "στάλθηκε ", "saadetud ", "enviat ", "von ",
];

/// Devices and programs, in lower case.
#[rustfmt::skip]
const DEVICES: &[&str] = &[
    "iphone", "ipad", "ipod", "ios", "android", "samsung", "galaxy", "huawei", "xiaomi", "nokia", "blackberry", "mobil", "handy", "phone", "telefon", "téléphone",
    "teléfono", "móvil", "celular", "telemóvel", "cellulare", "smartphone", "tablet", "mail", "outlook", "yahoo", "gmail", "app", "windows", "mac", "proton", "телефон",
];

/// Words that stand at the end of the line instead of the beginning; with the name of a device before them.
const SENT_FROM_END: &[&str] = &["から送信", "에서 보냄", "gönderildi", " gesendet", " küldve", "发送", "傳送"];

/// Whether a line is "sent from my telephone" in one of its forms, and not a sentence that begins so.
pub(super) fn is_sent_from(line: &str) -> bool {
    if line.len() > 250 || !line.chars().any(char::is_alphabetic) {
        return false;
    }
    let lower = line.trim_matches(|c: char| matches!(c, '<' | '>' | '(' | '[' | '*' | '_' | ' ')).to_lowercase();
    let has = |leads: &[&str]| leads.iter().any(|lead| lower.starts_with(lead));
    if has(SENT_FROM) {
        return is_short(&lower);
    }
    let ends = SENT_FROM_END.iter().any(|tail| lower.ends_with(tail)) && lower.split_whitespace().count() <= 8;
    (ends || (has(WEAK) && is_short(&lower) && ends_without_sentence(&lower)))
        && DEVICES.iter().any(|device| lower.contains(device))
}

fn ends_without_sentence(lower: &str) -> bool {
    lower.split_whitespace().count() <= 9 && !lower.ends_with(['?', '!', ','])
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
            "Von Samsung Mobile gesendet",
            "Verzonden met BlackBerry Work",
            "Get Outlook for iOS<https://aka.ms/o0ukef>",
            "Sent from my cell, please excuse any typos.",
        ] {
            assert!(is_sent_from(line), "{line}");
        }
        for line in [
            "Sent from my desk, is much easier then my mobile phone.",
            "I sent from my bank the money",
            "gesendet",
            "Verzonden op 5 mei",
            "Sent by DHL on Monday",
            "Von Berlin nach Hamburg",
            "",
        ] {
            assert!(!is_sent_from(line), "{line}");
        }
    }
}
