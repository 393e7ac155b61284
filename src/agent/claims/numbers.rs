//! Numbers in words. One is an article in most languages, so counting begins with two.

/// From two to nineteen, then the tens from twenty on, then a hundred and a thousand.
struct Words {
    small: [&'static [&'static str]; 18],
    tens: [&'static [&'static str]; 8],
    large: [&'static [&'static str]; 2],
    /// Between ones and tens, where they are one word: `einundzwanzig`.
    and: &'static [&'static str],
    /// The word for one inside such a word.
    one: &'static str,
    /// Words that mean something else as often.
    ordinary: &'static [&'static str],
}

#[rustfmt::skip]
const ENGLISH: Words = Words {
    small: [&["two"], &["three"], &["four"], &["five"], &["six"], &["seven"], &["eight"], &["nine"], &["ten"], &["eleven"], &["twelve", "dozen"], &["thirteen"], &["fourteen"], &["fifteen"], &["sixteen"], &["seventeen"], &["eighteen"], &["nineteen"]],
    tens: [&["twenty"], &["thirty"], &["forty"], &["fifty"], &["sixty"], &["seventy"], &["eighty"], &["ninety"]],
    large: [&["hundred", "hundreds"], &["thousand", "thousands"]],
    and: &[], one: "one", ordinary: &[],
};
#[rustfmt::skip]
const GERMAN: Words = Words {
    small: [&["zwei"], &["drei"], &["vier"], &["fünf"], &["sechs"], &["sieben"], &["acht"], &["neun"], &["zehn"], &["elf"], &["zwölf", "dutzend"], &["dreizehn"], &["vierzehn"], &["fünfzehn"], &["sechzehn"], &["siebzehn"], &["achtzehn"], &["neunzehn"]],
    tens: [&["zwanzig"], &["dreißig", "dreissig"], &["vierzig"], &["fünfzig"], &["sechzig"], &["siebzig"], &["achtzig"], &["neunzig"]],
    large: [&["hundert", "einhundert"], &["tausend", "eintausend"]],
    and: &["und"], one: "ein", ordinary: &[],
};
#[rustfmt::skip]
const FRENCH: Words = Words {
    small: [&["deux"], &["trois"], &["quatre"], &["cinq"], &["six"], &["sept"], &["huit"], &["neuf"], &["dix"], &["onze"], &["douze", "douzaine"], &["treize"], &["quatorze"], &["quinze", "quinzaine"], &["seize"], &["dix-sept"], &["dix-huit"], &["dix-neuf"]],
    tens: [&["vingt"], &["trente"], &["quarante"], &["cinquante"], &["soixante"], &["septante"], &["huitante", "octante"], &["nonante"]],
    large: [&["cent", "cents"], &["mille"]],
    // “Neuf” is also new.
    and: &[], one: "un", ordinary: &["neuf"],
};
#[rustfmt::skip]
const SPANISH: Words = Words {
    small: [&["dos"], &["tres"], &["cuatro"], &["cinco"], &["seis"], &["siete"], &["ocho"], &["nueve"], &["diez"], &["once"], &["doce", "docena"], &["trece"], &["catorce"], &["quince"], &["dieciséis"], &["diecisiete"], &["dieciocho"], &["diecinueve"]],
    tens: [&["veinte", "veinti"], &["treinta"], &["cuarenta"], &["cincuenta"], &["sesenta"], &["setenta"], &["ochenta"], &["noventa"]],
    large: [&["cien", "ciento"], &["mil"]],
    and: &[""], one: "uno", ordinary: &[],
};
#[rustfmt::skip]
const ITALIAN: Words = Words {
    small: [&["due"], &["tre"], &["quattro"], &["cinque"], &["sei"], &["sette"], &["otto"], &["nove"], &["dieci"], &["undici"], &["dodici", "dozzina"], &["tredici"], &["quattordici"], &["quindici"], &["sedici"], &["diciassette"], &["diciotto"], &["diciannove"]],
    tens: [&["venti", "vent"], &["trenta", "trent"], &["quaranta"], &["cinquanta"], &["sessanta"], &["settanta"], &["ottanta"], &["novanta"]],
    large: [&["cento"], &["mille", "mila"]],
    // “Sei” is also “you are”.
    and: &[""], one: "uno", ordinary: &["sei"],
};
#[rustfmt::skip]
const DUTCH: Words = Words {
    small: [&["twee"], &["drie"], &["vier"], &["vijf"], &["zes"], &["zeven"], &["acht"], &["negen"], &["tien"], &["elf"], &["twaalf", "dozijn"], &["dertien"], &["veertien"], &["vijftien"], &["zestien"], &["zeventien"], &["achttien"], &["negentien"]],
    tens: [&["twintig"], &["dertig"], &["veertig"], &["vijftig"], &["zestig"], &["zeventig"], &["tachtig"], &["negentig"]],
    large: [&["honderd"], &["duizend"]],
    and: &["en", "ën"], one: "een", ordinary: &[],
};

/// The numbers that stand in words, as written.
pub(super) fn number_words(text: &str, language: &str) -> Vec<(String, i64)> {
    let words = match language {
        "de" => &GERMAN,
        "fr" => &FRENCH,
        "es" => &SPANISH,
        "it" => &ITALIAN,
        "nl" => &DUTCH,
        _ => &ENGLISH,
    };
    let pieces = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let number = |word: &str| Some((word.to_owned(), words.number(&word.to_lowercase())?));
    pieces.filter_map(number).collect()
}

impl Words {
    fn number(&self, word: &str) -> Option<i64> {
        if self.ordinary.contains(&word) {
            return None;
        }
        let large = place(&self.large, word).map(|at| if at == 0 { 100 } else { 1_000 });
        self.small(word).or_else(|| self.tens(word)).or(large).or_else(|| self.joined(word))
    }

    fn small(&self, word: &str) -> Option<i64> {
        place(&self.small, word).map(|at| at + 2)
    }

    fn tens(&self, word: &str) -> Option<i64> {
        place(&self.tens, word).map(|at| at * 10 + 20)
    }

    /// Ones and tens in one word, in either order.
    fn joined(&self, word: &str) -> Option<i64> {
        let ones = |rest: &str| if rest == self.one { Some(1) } else { self.small(rest).filter(|ones| *ones < 10) };
        let all = self.tens.iter().flat_map(|names| names.iter());
        all.copied().find_map(|tens| {
            let value = self.tens(tens)?;
            let behind = word.strip_prefix(tens).filter(|_| self.and.contains(&"")).and_then(ones);
            let before = word.strip_suffix(tens).and_then(|rest| {
                let joint = self.and.iter().filter(|and| !and.is_empty());
                joint.filter_map(|and| rest.strip_suffix(*and)).find_map(ones)
            });
            behind.or(before).map(|ones| value + ones)
        })
    }
}

fn place(table: &[&[&str]], word: &str) -> Option<i64> {
    table.iter().position(|names| names.contains(&word)).and_then(|at| i64::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_language() {
        for (text, language, expected) in [
            ("six refunds and fifteen days", "en", &[6, 15][..]),
            ("a hundred euros", "en", &[100]),
            ("acht Tage, fünfunddreißig Euro", "de", &[8, 35]),
            ("six jours, un article neuf, cinquante euros", "fr", &[6, 50]),
            ("once días, veintidós", "es", &[11]),
            ("veintidos y treinta", "es", &[22, 30]),
            ("sei gentile, ventuno giorni", "it", &[21]),
            ("eenentwintig dagen, honderd euro", "nl", &[21, 100]),
            ("one of them at once", "en", &[]),
        ] {
            let found: Vec<i64> = number_words(text, language).into_iter().map(|(_, number)| number).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
