//! German nouns that are no names. German writes every noun with a capital letter, so a name is what is none of these.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::agent::plain::PLAIN;
use crate::agent::understand::phrases::plain_words;
use crate::voice::templates::Templates;

/// What replies of a shop speak of beside the words of the shipped texts: no person, no firm and no place.
const EVERYDAY: &str = "Abend Abholung Absprache Anfang Anfrage Angabe Anhang Ankunft Anleitung Anliegen Anschrift Antwort \
    Augenblick Ausland Auswahl Beleg Bestätigung Betrag Bild Blick Breite Briefkasten Code Dame Datei Daten Depot Dienst Dinge \
    Einkauf Ende Entschuldigung Erfahrung Ersatz Fall Farbe Feedback Fehler Feiertag Filiale Formular Foto Frage Frau Freude Frist \
    Gebühr Gedanken Geduld Geschenk Gewicht Grund Größe Haus Herr Hilfe Hinweis Höhe Idee Information Inhalt Interesse Jahr Karte \
    Karton Kauf Kenntnis Kleidung Kollege Kollegin Kosten Kreditkarte Kunde Kundin Kundendienst Kürze Lager Lagerung Land \
    Lieferschein Link Länge Lösung Mail Mailadresse Marke Material Menge Minute Mitarbeiter Mitte Modell Moment Monat Mühe \
    Möglichkeit Nachfrage Nachname Ordnung Ort Paar Person Preis Problem Produkt Prüfung Quittung Recht Reihe Rest Retoure \
    Ruhe Rückfrage Rückmeldung Rückruf Sache Schaden Schritt Seite Sendung Sicherheit Sortiment Stadt Stand Status Stelle \
    Stunde Suche Summe Tag Teil Telefon Termin Text Thema Tür Uhr Unterlagen Ursache Verfolgung Verfügung Verpackung Verspätung \
    Verständnis Vertrauen Verzögerung Vorname Vorteil Wahl Weise Werkstatt Woche Wochenende Wort Wunsch Zahlung Zeit Zeitraum \
    Ziel Zubehör Zufriedenheit Zukunft Zustand Ärger Öffnungszeiten Überblick Übersicht";

/// From so many letters on, words that begin alike are forms of one word.
const STEM: usize = 5;

struct Nouns {
    words: HashSet<String>,
    stems: HashSet<String>,
}

static NOUNS: LazyLock<Nouns> = LazyLock::new(|| {
    let shipped = Templates::defaults();
    let mut words: HashSet<String> = shipped.capitals("de").chain([EVERYDAY]).flat_map(plain_words).collect();
    let stems = words.iter().filter_map(|word| stem(word)).collect();
    let plain = PLAIN.iter().find(|(code, _)| *code == "de").map_or("", |(_, plain)| *plain);
    words.extend(plain_words(plain));
    Nouns { words, stems }
});

/// Whether a German word with a capital letter is a common one, or a form of one.
pub(super) fn is_noun(word: &str) -> bool {
    let nouns = &*NOUNS;
    let is_known =
        |part: &String| nouns.words.contains(part) || stem(part).is_some_and(|stem| nouns.stems.contains(&stem));
    plain_words(word).iter().all(is_known)
}

fn stem(word: &str) -> Option<String> {
    (word.chars().count() >= STEM).then(|| word.chars().take(STEM).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_nouns_in_all_their_forms_are_no_names() {
        for noun in ["Paket", "Pakete", "Bestellungen", "Sendungsverfolgung", "E-Mail-Adresse", "Ihnen", "Umstände"] {
            assert!(is_noun(noun), "{noun}");
        }
        for name in ["Fastship", "Robert", "München", "Müller", "Zoll", "Nordlicht-Paket"] {
            assert!(!is_noun(name), "{name}");
        }
    }
}
