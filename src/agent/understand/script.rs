//! Which language a text is in that is not written with Latin letters: its script tells, and where several languages share
//! one, letters that only some of them have.

use super::language::{Language, LanguageGuess};

/// A script tells its language, or a letter does.
const SURE: f32 = 0.95;
/// No letter tells which of several languages it is.
const LIKELY: f32 = 0.6;
/// A long mail tells its script in its first letters.
const MAX_LETTERS: usize = 400;

/// A script and the languages in it.
struct Script {
    /// The first and the last letter of each part.
    parts: &'static [(char, char)],
    /// Letters, and the language of a text that has one of them: the first row that fits tells.
    telling: &'static [(&'static str, Language)],
    /// The language where no letter tells.
    likely: Language,
    /// Codes of languages that can look like that one.
    alike: &'static [&'static str],
}

/// Hiragana and katakana.
const KANA: &str = "ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽ\
                    まみむめもゃやゅゆょよらりるれろわをんァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトド\
                    ナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロワヲンヴー";

const SCRIPTS: &[Script] = &[
    Script {
        parts: &[('\u{590}', '\u{5ff}'), ('\u{fb1d}', '\u{fb4f}')],
        telling: &[],
        likely: Language::He,
        alike: &["yi"],
    },
    Script {
        parts: &[('\u{600}', '\u{77f}'), ('\u{fb50}', '\u{fdff}'), ('\u{fe70}', '\u{feff}')],
        telling: &[
            // Kurdish, Pashto and Uyghur.
            ("\u{67c}\u{681}\u{685}\u{689}\u{693}\u{695}\u{69a}\u{6b5}\u{6c6}\u{6ce}\u{6d0}\u{6d5}", Language::Other),
            // Tte, ddal, rre, noon without a dot, goal he, and bari ye.
            ("\u{679}\u{688}\u{691}\u{6ba}\u{6c1}\u{6d2}", Language::Ur),
            // Te marbuta.
            ("\u{629}", Language::Ar),
            // Pe, che, zhe, gaf, and kaf and ye as Persian writes them.
            ("\u{67e}\u{686}\u{698}\u{6af}\u{6a9}\u{6cc}", Language::Fa),
        ],
        likely: Language::Ar,
        alike: &["fa", "ur", "ps", "ku", "ug"],
    },
    Script {
        parts: &[('\u{370}', '\u{3ff}'), ('\u{1f00}', '\u{1fff}')],
        telling: &[],
        likely: Language::El,
        alike: &[],
    },
    Script {
        parts: &[('\u{400}', '\u{52f}')],
        telling: &[
            // Serbian, Macedonian, Belarusian, and languages of Central Asia.
            ("ђјљњћџѓѕќўәқңғүұһө", Language::Other),
            ("ыэё", Language::Ru),
            ("іїєґ", Language::Uk),
            // Bulgarian has it in most sentences, Russian hardly ever without one of its own letters.
            ("ъ", Language::Other),
        ],
        likely: Language::Ru,
        alike: &["uk", "bg", "be", "sr", "mk"],
    },
    Script {
        parts: &[
            ('\u{3005}', '\u{3007}'),
            ('\u{3041}', '\u{30ff}'),
            ('\u{3400}', '\u{4dbf}'),
            ('\u{4e00}', '\u{9fff}'),
            ('\u{20000}', '\u{3134f}'),
        ],
        telling: &[(KANA, Language::Ja)],
        likely: Language::Zh,
        alike: &["ja"],
    },
    Script {
        parts: &[('\u{1100}', '\u{11ff}'), ('\u{3130}', '\u{318f}'), ('\u{ac00}', '\u{d7af}')],
        telling: &[],
        likely: Language::Ko,
        alike: &[],
    },
    Script { parts: &[('\u{e00}', '\u{e7f}')], telling: &[], likely: Language::Th, alike: &[] },
    Script { parts: &[('\u{900}', '\u{97f}')], telling: &[], likely: Language::Hi, alike: &["mr", "ne"] },
];

impl Script {
    fn has(&self, letter: char) -> bool {
        self.parts.iter().any(|&(first, last)| (first..=last).contains(&letter))
    }

    fn guess(&self, letters: &[char]) -> LanguageGuess {
        let is_there = |own: &str| letters.iter().any(|letter| own.contains(*letter));
        let told = self.telling.iter().find(|(own, _)| is_there(own));
        let confidence = if told.is_some() || self.alike.is_empty() { SURE } else { LIKELY };
        LanguageGuess { language: told.map_or(self.likely, |(_, language)| *language), confidence }
    }
}

/// The language of a text most of whose letters are not Latin, [`Language::Other`] where nothing here knows it; nothing of
/// any other text.
pub(super) fn detect(text: &str) -> Option<LanguageGuess> {
    let letters = text.chars().flat_map(char::to_lowercase).filter(|letter| letter.is_alphabetic()).take(MAX_LETTERS);
    let (latin, foreign): (Vec<char>, Vec<char>) = letters.partition(|letter| is_latin(*letter));
    if foreign.len() <= latin.len() {
        return None;
    }
    let is_most = |script: &&Script| foreign.iter().filter(|letter| script.has(**letter)).count() * 2 > foreign.len();
    let script = SCRIPTS.iter().find(is_most);
    Some(script.map_or(LanguageGuess { language: Language::Other, confidence: SURE }, |script| script.guess(&foreign)))
}

fn is_latin(letter: char) -> bool {
    letter < '\u{250}' || ('\u{1e00}'..='\u{1eff}').contains(&letter)
}

/// Whether a text for which this was guessed may as well be in the language with this code: no letter told them apart.
pub(in crate::agent) fn may_be(guess: LanguageGuess, code: &str) -> bool {
    let is_alike = |script: &Script| script.likely == guess.language && script.alike.contains(&code);
    guess.language.code() == code || (guess.confidence < SURE && SCRIPTS.iter().any(is_alike))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_or_its_letters_tell_the_language() {
        for (language, text) in [
            (Language::He, "איפה החבילה שלי?"),
            (Language::Ar, "أين طردي"),
            (Language::Ar, "الشحنة لم تصل، اسم الشارع چ"),
            (Language::Fa, "بسته من کجاست؟"),
            (Language::Ur, "میرا پارسل کہاں ہے؟"),
            (Language::Other, "کەی پاکێتەکەم دەگات؟"),
            (Language::El, "Πού είναι το δέμα μου;"),
            (Language::Ru, "ГДЕ МОЯ ПОСЫЛКА?"),
            (Language::Ru, "Где мой заказ? Адрес: улица Київська, второй подъезд, вход со двора, этаж 3"),
            (Language::Uk, "Де моя посилка? Досі нічого не прийшло."),
            (Language::Other, "Где је мој пакет?"),
            (Language::Other, "Къде е пратката ми?"),
            (Language::Zh, "我的包裹在哪里"),
            (Language::Ja, "注文した商品がまだ届きません"),
            (Language::Ja, "キャンセル"),
            (Language::Ko, "제 택배는 어디에 있나요?"),
            (Language::Th, "พัสดุของฉันอยู่ที่ไหน"),
            (Language::Hi, "मेरा पार्सल कहाँ है?"),
            (Language::Other, "სად არის ჩემი ამანათი?"),
        ] {
            let guess = detect(text).expect(text);
            assert_eq!(guess.language, language, "{text}");
            assert!(guess.confidence > 0.5, "{text}: {guess:?}");
        }
        assert_eq!(detect("Where is my parcel? Я жду"), None, "most of it is Latin");
        assert_eq!(detect("12345 ???"), None);
    }

    #[test]
    fn what_no_letter_tells_apart_may_be_either() {
        let guessed = |text: &str, code: &str| may_be(detect(text).unwrap(), code);
        assert!(guessed("Дякую", "ru") && guessed("Дякую", "uk") && !guessed("Дякую", "he"));
        assert!(guessed("Спасибо вы очень помогли", "ru") && !guessed("Спасибо вы очень помогли", "uk"));
        assert!(guessed("注文確認", "ja") && !guessed("שלום", "ar"));
    }
}
