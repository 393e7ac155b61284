//! Blocks of copied header lines, as Outlook and others put them above an older mail, and "original message" rules.

/// Labels of the first line of a block, in lower case.
#[rustfmt::skip]
const FROM: &[&str] = &[
    "from", "von", "de", "da", "van", "från", "fra", "od", "от", "від", "lähettäjä", "kimden", "gönderen",
    "発信元", "差出人", "送信元", "发件人", "寄件者", "寄件人", "發件人", "보낸 사람", "보낸사람", "feladó", "expéditeur", "absender",
    "remitente", "mittente", "remetente", "afzender", "avsändare", "nadawca", "odesílatel", "de la", "from/de",
    "pošiljatelj", "from name",
];

/// Labels of the further lines, in lower case.
#[rustfmt::skip]
const OTHER: &[&str] = &[
    "sent", "date", "to", "subject", "cc", "reply-to", "importance", "gesendet", "datum", "an", "betreff",
    "kopie", "antwort an", "priorität", "envoyé", "envoyé le", "envoyé par", "à", "objet", "répondre à",
    "enviado", "enviado el", "enviada em", "enviado em", "enviada", "fecha", "para", "asunto", "assunto",
    "data", "cópia", "inviato", "oggetto", "a", "risposta", "verzonden", "verzonden op", "aan", "onderwerp",
    "skickat", "till", "ämne", "kopia", "sendt", "til", "emne", "dato", "wysłano", "do", "temat", "dw",
    "отправлено", "дата", "кому", "тема", "копия", "надіслано", "odesláno", "komu", "předmět", "předmet",
    "predmet", "lähetetty", "vastaanottaja", "aihe", "päivämäärä", "gönderildi", "kime", "konu", "tarih",
    "发送时间", "收件人", "主题", "抄送", "日期", "寄件日期", "收件者", "主旨", "副本", "送信日時", "宛先", "件名", "日付", "보낸 날짜", "받는 사람",
    "제목", "elküldve", "címzett", "tárgy", "trimis", "către", "subiect",
];

/// Whether a block of header lines begins at the first line: three known labels, one of them a sender's, and either a
/// subject or an address, so that a list like "From: Berlin, To: Hamburg" stays.
pub(super) fn starts(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|line| label(line)) else { return false };
    if !is_from(&first) && !is_other(&first) {
        return false;
    }
    let mut seen = Seen::default();
    let mut unknown = 0;
    for line in lines.iter().take(14) {
        match label(line) {
            Some(found) if is_from(&found) => seen.add(true, &found, line),
            Some(found) if is_other(&found) => seen.add(false, &found, line),
            // An empty line or the wrapped half of an address.
            _ => unknown += 1,
        }
        if seen.is_block() {
            return true;
        }
        if unknown > if is_from(&first) { 4 } else { 1 } {
            return false;
        }
    }
    false
}

fn is_from(label: &str) -> bool {
    FROM.contains(&label)
}

fn is_other(label: &str) -> bool {
    OTHER.contains(&label)
}

/// What was found of a block so far.
#[derive(Default)]
struct Seen {
    from: usize,
    others: usize,
    proof: bool,
}

impl Seen {
    fn add(&mut self, from: bool, label: &str, line: &str) {
        if from {
            self.from += 1;
        } else {
            self.others += 1;
        }
        self.proof |= line.contains('@') || SUBJECTS.contains(&label);
    }

    fn is_block(&self) -> bool {
        self.from > 0 && self.others >= 2 && self.proof
    }
}

/// Labels of the subject and of the time of sending, which no other list has.
#[rustfmt::skip]
const SUBJECTS: &[&str] = &[
    "sent", "subject", "gesendet", "betreff", "envoyé", "objet", "enviado", "enviado el", "asunto", "assunto",
    "inviato", "oggetto", "verzonden", "onderwerp", "skickat", "ämne", "sendt", "emne", "wysłano", "temat",
    "отправлено", "тема", "předmět", "aihe", "konu", "主题", "主旨", "件名", "제목", "tárgy", "发送时间",
];

/// The label at the start of a line, in lower case and without the marks that clients put around it.
fn label(line: &str) -> Option<String> {
    let marks = |c: char| c.is_whitespace() || matches!(c, '*' | '_' | '>' | '|' | '-');
    let line = line.trim_start_matches(marks);
    let colon = line.find([':', '：']).filter(|at| (1..=40).contains(at))?;
    let label = line.get(..colon)?.trim_matches(marks);
    let proper = !label.is_empty() && label.chars().count() <= 16;
    proper.then(|| label.to_lowercase())
}

/// Phrases of a rule that announces an older mail, in lower case.
#[rustfmt::skip]
const ORIGINAL: &[&str] = &[
    "original message", "original mail", "original email", "original e-mail", "originalmessage",
    "forwarded message", "forwarded by", "forwarded mail", "ursprüngliche nachricht", "originalnachricht",
    "original-nachricht", "original nachricht", "urspr. nachricht", "weitergeleitete nachricht",
    "message d'origine", "message d’origine", "message original", "message transféré", "mensaje original",
    "mensaje reenviado", "mensagem original", "mensagem encaminhada", "messaggio originale",
    "messaggio inoltrato", "oorspronkelijk bericht", "doorgestuurd bericht", "oprindelig meddelelse",
    "originalmeddelelse", "opprinnelig melding", "ursprungligt meddelande", "originalmeddelande",
    "alkuperäinen viesti", "исходное сообщение", "пересылаемое сообщение", "oryginalna wiadomość",
    "původní zpráva", "原始邮件", "原始郵件", "元のメッセージ", "original ileti", "reply message", "message initial",
    "courriel original", "mail original", "message originale", "message d´origine", "исходное письмо",
    "переадресованное сообщение", "reenviado", "eredeti üzenet", "mesaj original", "izvorna poruka",
    "původní e-mail", "pôvodná správa", "원본 메시지", "original meddelelse", "původní mail", "転送メッセージ", "转发邮件",
    "转发的邮件", "邮件原件",
];

/// Lines that stand alone and announce an older mail, in lower case.
#[rustfmt::skip]
const ALONE: &[&str] = &[
    "begin forwarded message", "anfang der weitergeleiteten nachricht", "début du message réexpédié",
    "début du message transféré", "inicio del mensaje reenviado", "início da mensagem reencaminhada",
    "inizio messaggio inoltrato", "begin doorgestuurd bericht", "reply above this line",
    "type your reply above this line", "please reply above this line", "reply to this email above this line",
    "bitte antworten sie oberhalb dieser linie", "написано выше этой линии",
    "please do not write below this line", "write above this line",
];

/// Whether the line says that an older mail follows.
pub(super) fn is_original_mark(line: &str) -> bool {
    if line.len() > 160 {
        return false;
    }
    let rule = |c: char| {
        c.is_whitespace() || matches!(c, '-' | '_' | '=' | '*' | '#' | '>' | '+' | '~' | '—' | '–' | ':' | '.')
    };
    let bare = line.trim_matches(rule);
    if bare.is_empty() {
        return false;
    }
    let lower = bare.to_lowercase();
    // With its rules around it the phrase may have more words; without them it has to be the whole line.
    let ruled = line.trim_start().starts_with(['-', '_', '=', '*', '#', '—', '–']) && line.len() - bare.len() >= 4;
    (ruled && (lower == "original" || ORIGINAL.iter().any(|phrase| lower.starts_with(phrase))))
        || ALONE.iter().any(|phrase| lower == *phrase || (ruled && lower.contains(phrase)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_header_lines() {
        assert!(starts(&["From: A", "Sent: today", "To: B", "Subject: x"]));
        assert!(starts(&["*Von:* A [mailto:a@a.example]", "*Gesendet:* heute", "", "*An:* B", "*Betreff:* x"]));
        assert!(starts(&["发件人：A", "发送时间：B", "收件人：C"]));
        assert!(!starts(&["From: Berlin", "I want to go", "to Hamburg", "Thanks", "a", "b"]));
        assert!(!starts(&["Order: 1", "Date: 2", "To: 3"]));
    }

    #[test]
    fn original_marks() {
        for line in [
            "-----Original Message-----",
            "----- Ursprüngliche Nachricht -----",
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "##- Please type your reply above this line -##",
            "------------------ 原始邮件 ------------------",
        ] {
            assert!(is_original_mark(line), "{line}");
        }
        for line in ["The original message was nice", "original message", "---", "-- \u{20}"] {
            assert!(!is_original_mark(line), "{line}");
        }
    }
}
