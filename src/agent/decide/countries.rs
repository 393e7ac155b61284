//! Countries as customers write them below an address.

/// ISO code, the letters before a postal code, the digits of one (0: not counted), and names in the desk's languages.
const COUNTRIES: &[(&str, &str, usize, &[&str])] = &[
    ("DE", "D", 5, &["germany", "deutschland", "allemagne", "alemania", "germania", "duitsland"]),
    ("AT", "A", 4, &["austria", "österreich", "autriche", "oostenrijk"]),
    ("CH", "CH", 4, &["switzerland", "schweiz", "suisse", "suiza", "svizzera", "zwitserland"]),
    ("LI", "FL", 4, &["liechtenstein"]),
    ("FR", "F", 5, &["france", "frankreich", "francia", "frankrijk"]),
    ("ES", "E", 5, &["spain", "spanien", "espagne", "españa", "spagna", "spanje"]),
    ("IT", "I", 5, &["italy", "italien", "italie", "italia", "italië"]),
    (
        "NL",
        "NL",
        4,
        &["netherlands", "the netherlands", "niederlande", "pays-bas", "países bajos", "paesi bassi", "nederland"],
    ),
    ("BE", "B", 4, &["belgium", "belgien", "belgique", "bélgica", "belgio", "belgië"]),
    ("LU", "L", 4, &["luxembourg", "luxemburg", "luxemburgo", "lussemburgo"]),
    ("DK", "DK", 4, &["denmark", "dänemark", "danemark", "dinamarca", "danimarca", "denemarken", "danmark"]),
    ("NO", "N", 4, &["norway", "norwegen", "norvège", "noruega", "norvegia", "noorwegen", "norge"]),
    ("SE", "S", 5, &["sweden", "schweden", "suède", "suecia", "svezia", "zweden", "sverige"]),
    ("FI", "FI", 5, &["finland", "finnland", "finlande", "finlandia", "suomi"]),
    ("PL", "PL", 0, &["poland", "polen", "pologne", "polonia", "polska"]),
    ("CZ", "CZ", 5, &["czech republic", "czechia", "tschechien", "tchéquie", "chequia", "cechia", "tsjechië"]),
    ("PT", "P", 0, &["portugal", "portogallo"]),
    ("IE", "IE", 0, &["ireland", "irland", "irlande", "irlanda", "ierland"]),
    (
        "GB",
        "GB",
        0,
        &[
            "united kingdom",
            "uk",
            "great britain",
            "england",
            "scotland",
            "wales",
            "großbritannien",
            "royaume-uni",
            "reino unido",
            "regno unito",
            "verenigd koninkrijk",
        ],
    ),
    (
        "US",
        "US",
        5,
        &[
            "usa",
            "united states",
            "united states of america",
            "états-unis",
            "estados unidos",
            "stati uniti",
            "verenigde staten",
        ],
    ),
];

/// The country that a text begins with, behind marks of a list: a name that ends its line, or its sentence.
pub(super) fn country_at_the_start(text: &str) -> Option<&'static str> {
    let marks = [',', ' ', '\n', '\r', '(', '-'];
    // A full stop ends the address: what follows it is about something else.
    let text = text.replace("U.S.A.", "USA");
    let line = text.trim_start_matches(marks).split(['\n', ',', '.', ')', ';', '!']).next()?;
    country(line)
}

/// A town without the country behind it, and that country.
pub(super) fn country_at_the_end(town: String) -> (String, Option<&'static str>) {
    for (at, _) in town.match_indices(' ') {
        let found = town.get(at..).and_then(country);
        if let (Some(found), Some(rest)) = (found, town.get(..at)) {
            return (rest.trim().to_owned(), Some(found));
        }
    }
    (town, None)
}

/// The country of the letters before a postal code: `CH-8001`.
pub(super) fn country_of_prefix(prefix: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|(_, letters, ..)| *letters == prefix).map(|(code, ..)| *code)
}

/// Whether a postal code is written as in this country, as far as that is known.
pub(super) fn code_fits(code: &str, country: &str) -> bool {
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let letters = code.chars().any(|c| c.is_ascii_alphabetic());
    match COUNTRIES.iter().find(|(known, ..)| *known == country) {
        Some((_, _, wanted, _)) => *wanted == 0 || (digits == *wanted && letters == (country == "NL")),
        None => true,
    }
}

fn country(words: &str) -> Option<&'static str> {
    let written = words.trim();
    let words = written.to_lowercase();
    let named = |names: &&[&str]| names.contains(&words.as_str());
    COUNTRIES.iter().find(|(code, .., names)| *code == written || named(names)).map(|(code, ..)| *code)
}
