//! Whether a customer says that goods came broken or wrong: money is given back and goods are sent again on these words.

use std::sync::LazyLock;

use super::clauses::{clauses, is_negated};
use super::understand::phrases::{Phrases, plain_words};

/// Words of broken goods, folded.
const BROKEN: &str = "broken|broke|damage*|crack*|chipped|shatter*|smash*|snapped|torn|ripped|scratch*|dent|dented|bent|defect*|faulty|leaks|leaking|shards
    a 0 hole|crack|dent|scratch|chip|stain|leak
    kaputt*|zerbroch*|beschadig*|defekt*|gerissen*|zerkratz*|gesprungen*|zersplitt*|verbogen*|undicht*|scherben
    einen 0 sprung|riss|kratzer
    ein 0 loch
    casse|cassee|casses|cassees|brise|brisee|brises|brisees|abime|abimee|abimes|abimees|endommage*|defectueu*|fele|felee|fissure*|dechire*
    roto|rota|rotos|rotas|danado|danada|danados|danadas|defectuos*|agrietad*|rasgad*|rayad*
    rotto|rotta|rotti|rotte|dannegg*|difett*|crepat*|strappat*|graffiat*
    kapot|kapotte|gebroken|beschadigd*|gebarsten|gescheurd*|bekrast*|stuk";

/// Words of goods that fail; their denial is what is told.
const FAILING: &str = "not|doesnt|didnt|wont|never|isnt|stopped 1 work|works|working|turn|close
    funktioniert|geht|schliesst 1 nicht|nicht
    ne 1 fonctionne|marche
    no 0 funciona|funcionan
    non 0 funziona|funzionano
    werkt|werken 0 niet";

/// Words of goods that are not what was ordered, folded.
const WRONG: &str = "wrong|missing|incomplete|incorrect
    different 0 item|product|colour|color|size|model
    falsch*|fehlt|fehlen|unvollstandig*
    mauvais|mauvaise|manque|manquant*|incomplet*
    falta|faltan|equivocad*|incorrect*|incomplet*
    sbagliat*|manca|mancano|incomplet*
    verkeerd*|ontbreekt|ontbreken";

/// Who says so, or how, speaks of goods that broke later, or of somebody else's, folded.
const LATER: &str = "i|we|he|she 1 dropped|smashed|knocked|broke|threw|poured|sat|stepped
    dropped|dishwasher|microwave|accidentally|clumsy|toddler
    it|they|cup|mug|glass 0 fell
    scratch|scratches|scratched|cuts|hurts 0 me|us|my
    got|get|gets 0 broken|torn|damaged|cracked|scratched|ripped|dented|chipped
    my|our 1 cat|cats|dog|dogs|son|sons|daughter*|child*|kid|kids|baby|husband*|wife|wifes|brother*|sister*|friend*|neighbour*|neighbor*|mother*|father*
    moved 0 house
    only 0 if
    unless
    heruntergefallen|runtergefallen|hinuntergefallen|fallenlassen|spulmaschine|kulanz
    fallen 0 lassen|gelassen
    mein|meine|unser|unsere 1 katze|hund|sohn|tochter|kind|kinder|mann|frau|bruder|schwester|nachbar|nachbarin
    nur 0 wenn
    tomber|tombe|tombee|lave
    mon|ma|notre 1 chat|chien|fils|fille|enfant|mari|femme|frere|soeur|voisin|voisine
    seulement 0 si
    cayo|caido|caer|lavavajillas
    mi|nuestro 1 gato|perro|hijo|hija|marido|mujer|hermano|hermana|vecino|vecina
    solo 0 si
    caduta|caduto|cadere|lavastoviglie
    mio|mia 1 gatto|cane|figlio|figlia|marito|moglie|fratello|sorella|vicino|vicina
    solo 0 se
    gevallen|vallen|vaatwasser
    mijn|onze 1 kat|hond|zoon|dochter|kind|man|vrouw|broer|zus|buurman|buurvrouw
    alleen 0 als";

fn holds(table: &'static Phrases<()>, words: &[String]) -> bool {
    !table.find(words).is_empty()
}

fn broken() -> &'static Phrases<()> {
    static BROKEN_PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), BROKEN)]));
    &BROKEN_PHRASES
}

fn failing() -> &'static Phrases<()> {
    static FAILING_PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), FAILING)]));
    &FAILING_PHRASES
}

fn wrong() -> &'static Phrases<()> {
    static WRONG_PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), WRONG)]));
    &WRONG_PHRASES
}

/// Whether broken goods are spoken of, be it to deny that they are.
pub(super) fn is_spoken_of(text: &str) -> bool {
    holds(broken(), &plain_words(text))
}

/// Whether a clause says that goods fail.
pub(super) fn fails(words: &[String]) -> bool {
    holds(failing(), words)
}

/// Whether a clause tells of broken, failing or wrong goods.
pub(super) fn tells(words: &[String]) -> bool {
    fails(words) || place_in(words).is_some()
}

/// Where in a clause broken or wrong goods are told of.
pub(super) fn place_in(words: &[String]) -> Option<usize> {
    let found = broken().find(words).into_iter().chain(wrong().find(words));
    found.map(|((), found)| found.start).min()
}

/// Whether a word is one of those with which broken, failing or wrong goods are told of.
pub(super) fn knows(word: &str) -> bool {
    [broken(), failing(), wrong()].iter().any(|table| table.knows(word))
}

/// Whether the text says that goods came broken or wrong, or fail, nowhere that they did not, and nothing of how they broke
/// later.
pub(super) fn is_told(text: &str) -> bool {
    static LATER_PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), LATER)]));
    if holds(&LATER_PHRASES, &plain_words(text)) {
        return false;
    }
    let mut is_told = false;
    for clause in clauses(text) {
        let words = plain_words(&clause);
        let is_bad = holds(broken(), &words) || holds(wrong(), &words);
        if is_bad && is_negated(&clause) {
            return false;
        }
        is_told |= is_bad || fails(&words);
    }
    is_told
}

#[cfg(test)]
mod tests {
    use super::{is_spoken_of, is_told};

    #[test]
    fn damage_is_told_in_every_language() {
        for text in [
            "The cup arrived broken.",
            "The shirt has a hole in it.",
            "The lamp does not work.",
            "Die Tasse kam zerbrochen an. Ich möchte mein Geld zurück.",
            "Die Lampe funktioniert nicht.",
            "La tasse est cassée.",
            "La taza llegó rota.",
            "La tazza è arrivata rotta.",
            "De mok is kapot.",
            "I got the wrong colour.",
        ] {
            assert!(is_told(text), "{text}");
        }
    }

    #[test]
    fn damage_that_is_denied_somewhere_is_not_told() {
        for text in [
            "It did not arrive broken, all is well. I want a refund anyway.",
            "Nothing is broken, but I want my money back for the cup.",
            "The cups weren't damaged, I would just like my money back.",
            "the lamp is not broken it works great but i want my money back",
            "Die Tasse ist nicht kaputt, ich will trotzdem mein Geld.",
            "Es ist nichts kaputt, ich will trotzdem mein Geld zurück.",
            "Rien n'est cassé, remboursez-moi.",
            "La taza no llegó rota.",
            "Niente è rotto, vorrei un rimborso.",
            "Er is niets kapot, ik wil mijn geld terug.",
            "I want my money back for the cup.",
            "I dropped one of the cups and it is broken, refund please.",
            "The cup broke in my dishwasher, please send a new one.",
            "My brother's cup arrived broken, please refund it.",
            "Mir ist die Tasse heruntergefallen, sie ist kaputt.",
            "Se me cayó la taza y está rota.",
        ] {
            assert!(!is_told(text), "{text}");
        }
    }

    #[test]
    fn what_is_spoken_of_may_be_denied() {
        assert!(is_spoken_of("it did not come broken") && !is_spoken_of("it came in the wrong size"));
    }
}
