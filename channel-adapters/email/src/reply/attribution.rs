//! "On Monday, Ann <ann@a.example> wrote:" in many languages and layouts, on one line or wrapped over several.

/// Words that end an attribution, before the colon; in lower case.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "wrote", "writes", "said", "schrieb", "schrieb folgendes", "a écrit", "a ecrit", "écrit", "escribió",
    "escribio", "ha escrito", "escreveu", "ha scritto", "scrisse", "geschreven", "schreef", "heeft geschreven",
    "napisał", "napisał(a)", "napisała", "napisal", "napisal(a)", "napsal", "napsal(a)", "napsala", "napísal",
    "napísal(a)", "napísala", "пише", "написав", "написал", "написала", "написал(а)", "пишет", "написав(ла)",
    "skrev", "skrev följande", "skrev følgende", "kirjoitti", "写道", "寫道", "写到", "のメール", "書きました", "のメッセージ", "작성",
    "님이 작성", "님이 작성한 메시지", "yazdı", "şunu yazdı", "şunları yazdı", "a scris", "írta", "ezt írta", "έγραψε",
    "đã viết", "viết", "menulis", "כתב", "כתבה", "מאת", "كتب", "je napisao", "napisao", "va escriure",
    "ha escrit", "kirjutas", "rakstīja", "rašė", "skrifaði", "เขียนว่า", "pisze", "napisala", "napisao/la",
    "je napisala", "написа", "telah menulis", "نوشت", "ने लिखा", "odpisał", "odpisał(a)", "write", "respondió",
    "a répondu", "répondit", "antwortete", "hat geschrieben", "geschrieben",
];

/// Verbs that stand in the middle, before the name; in lower case with blanks around.
#[rustfmt::skip]
const MIDDLE: &[&str] = &[
    " schrieb ", " skrev ", " schreef ", " heeft ", " wrote ", " a écrit ", " escribió ", " pisze ", " от ",
    " kirjoitti ", " írta ", " yazdı ", " كتب ", " escreveu ", " ha scritto ", " napsal ", " napsal(a) ",
    " napisał ", " מאת ",
];

/// How many lines at the start of `lines` are an attribution.
pub(super) fn length(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim();
    if first.len() > 500 || !may_begin(first) {
        return None;
    }
    let mut joined = String::with_capacity(160);
    for (number, line) in lines.iter().take(5).enumerate() {
        let line = line.trim();
        // An attribution holds no empty line; a wrapped address may begin with its bracket.
        if line.is_empty() || line.starts_with('>') && !line.starts_with(">:") {
            return None;
        }
        if !joined.is_empty() && !joined.ends_with('<') {
            joined.push(' ');
        }
        joined.push_str(line);
        if joined.len() > 500 {
            return None;
        }
        if is_attribution(&joined) {
            // A single line below may still belong to it: `wrote` on one line, `:` on the next.
            return Some(number + 1);
        }
    }
    None
}

/// How attributions begin where nothing else in the line gives them away.
#[rustfmt::skip]
const LEADS: &[&str] = &[
    "On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "Den ", "Dnia ", "W dniu ", "På ", "At ", "Pada ", "Vào ", "Στις ", "Dne ", "Dňa ", "În ", "Pe ", "Fra ", "De ",
];

/// A cheap look at the first line: most lines of a mail end here.
fn may_begin(line: &str) -> bool {
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    line.contains('@')
        || line.contains('<')
        || line.ends_with([':', '：'])
        || digits >= 3
        || (digits > 0 && LEADS.iter().any(|lead| line.starts_with(lead)))
}

fn is_attribution(joined: &str) -> bool {
    let trimmed =
        joined.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '\u{200b}') || is_direction(c));
    let body = trimmed.trim_end_matches([':', '：']);
    let colon = body.len() < trimmed.len();
    let body = body.trim_end_matches(|c: char| c.is_whitespace() || is_direction(c));
    if !colon {
        return date_first(body, false);
    }
    let lower = body.to_lowercase();
    let facts = Facts::of(body);
    if ends_with_verb(&lower) {
        return facts.address || facts.digits >= 2 || lower.starts_with("on ");
    }
    let has_middle = MIDDLE.iter().any(|verb| lower.contains(verb) || lower.starts_with(verb.trim_start()));
    if has_middle && (facts.address || (facts.digits >= 4 && facts.time)) {
        return true;
    }
    date_first(body, true)
}

/// Marks that turn the direction of writing, which Hebrew and Arabic clients put around everything.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn ends_with_verb(lower: &str) -> bool {
    let lower = lower.trim_end_matches([',', '.', ')']);
    ENDINGS.iter().any(|verb| {
        let Some(before) = lower.strip_suffix(verb.trim_end_matches(')')) else { return false };
        // The verb is a word of its own; scripts without blanks need none.
        before.is_empty()
            || before.ends_with([' ', '>', '"', ')', ']', '\u{a0}', ','])
            || !verb.is_ascii() && before.chars().next_back().is_some_and(|c| !c.is_alphabetic() || !c.is_ascii())
    })
}

/// A date, then a sender: `2016-03-03 17:21 GMT+01:00 Ann <ann@a.example>`.
fn date_first(body: &str, colon: bool) -> bool {
    let facts = Facts::of(body);
    let address_last = body.ends_with(['>', ']']) && facts.address;
    let starts_with_digit = body.trim_start_matches(['*', '"', '[']).starts_with(|c: char| c.is_ascii_digit());
    if starts_with_digit && facts.iso_date && (facts.time || address_last) && (address_last || body.contains(" GMT")) {
        return true;
    }
    colon && address_last && facts.year && facts.time
}

/// What an attribution is made of.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent observation")]
struct Facts {
    address: bool,
    digits: usize,
    year: bool,
    time: bool,
    iso_date: bool,
}

impl Facts {
    fn of(text: &str) -> Self {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
        let bytes = text.as_bytes();
        // A digit counts as one sign, so that the shape of a date can be compared.
        let shape: Vec<u8> = bytes.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
        Self {
            address: text.contains('@'),
            digits: bytes.iter().filter(|byte| byte.is_ascii_digit()).count(),
            year: numbers.any(|number| number.len() == 4 && (number.starts_with("19") || number.starts_with("20"))),
            time: shape.windows(4).any(|four| matches!(four, [b'0', b':' | b'.' | b'h', b'0', b'0'])),
            iso_date: shape.windows(6).any(|six| matches!(six, [b'0', b'0', b'0', b'0', b'-' | b'/' | b'.', b'0'])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributions_of_many_languages() {
        for text in [
            "On Mon, Aug 19, 2013 at 2:36 AM, Ann via Forum < ann@a.example> wrote:",
            "On Mon, Aug 26, 2019 at 4:37 PM The Engine <\na-really-long@humans.example> wrote:",
            "Le 4 janv. 2016 19:03, \"Ann\" <ann@a.example> a écrit :",
            "Am 03.02.2016 3:35 nachm. schrieb Max <max@a.example>:",
            "ann via Forum <ann@a.example> schrieb:",
            "Am Mo., 5. Juni schrieb\nMax <max@a.example>:",
            "Op 2 feb. 2015 om 05:28 heeft Sky <sky@a.example> het volgende geschreven:",
            "Dnia 14 lip 2015 o godz. 00:25 Ann <ann@a.example> napisał(a):",
            "tir. 18. apr. 2017 kl. 13:09 skrev Test user <test@a.example\n>:",
            "2013/7/20 sam via Forum <info@a.example>",
            "2016-03-03 17:21 GMT+01:00 Some One",
            "11:00 AM, November 17, 2021, \"John - Acme\" <john@a.example>:",
            "ср, 30 апр. 2025 г. в 15:19, John Doe <doe@a.example>:",
            "понедельник, 6 октября 2014 г. пользователь lidel написал:",
            "At 6/16/2016 08:32 PM, you wrote:",
            "Em 10 de julho de 2017 às 16:32:35, John (\ncontact@a.example) escreveu:",
            "2024年3月5日(火) 10:00 Ann <ann@a.example>:",
            "\u{202b}בתאריך יום ו׳, 24 בנוב׳ 2017 ב-16:32 מאת \u{202a}Ann\u{202c}\u{200f} <\u{202a}ann@a.example\u{202c}\u{200f}>:\u{202c}",
            "Ann <ann@a.example> ezt írta (időpont: 2017. nov. 24., P, 16:32):",
            "Le ven. 24 nov. 2017 à 16:32, Ann <ann@a.example> a\nécrit\u{a0}:",
            "في الجمعة، ٢٤ نوفمبر، كتب Ann <ann@a.example>:",
            "2014/05/12 10:00、Ann <ann@a.example> のメール：",
            "26.06.2014, 14:41, \"Ann\" <ann@a.example>:",
            "在 2024年3月5日，10:00，Ann <ann@a.example> 写道：",
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(length(&lines), Some(lines.len()), "{text}");
        }
    }

    #[test]
    fn sentences_are_no_attributions() {
        for text in [
            "On the surface, this looks like a quote header but it's not.",
            "I have ordered these 3 things in 2024:",
            "My address is ann@a.example",
            "See https://a.example/2024/03/what-she-wrote",
            "Order 2024-03-05 has not come",
        ] {
            assert_eq!(length(&[text]), None, "{text}");
        }
    }
}
