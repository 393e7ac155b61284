//! The clauses of a text: what one of them says is not said of the next.

use crate::agent::understand::phrases::plain_words;

/// Words that begin a clause.
const JOINTS: &[&str] = &[
    " and ",
    " but ",
    " because ",
    " as i ",
    " as we ",
    " since i ",
    " since we ",
    " so i ",
    " so please ",
    " und ",
    " aber ",
    " weil ",
    " denn ",
    " da ich ",
    " da wir ",
    " et ",
    " mais ",
    " parce que ",
    " car ",
    " y ",
    " pero ",
    " porque ",
    " e ",
    " ma ",
    " perché ",
    " en ",
    " maar ",
    " omdat ",
];

/// Words that turn a clause into its opposite, folded.
pub(super) const NEGATIONS: &[&str] = &[
    "not", "no", "never", "without", "neither", "nor", "none", "nothing", "nobody", "cannot", "cant", "couldnt",
    "dont", "doesnt", "didnt", "wont", "wouldnt", "shouldnt", "isnt", "arent", "aint", "wasnt", "werent", "havent",
    "hasnt", "hadnt", "hardly", "nicht", "nichts", "nix", "kein", "keine", "keinen", "keinem", "keiner", "keines",
    "nie", "niemals", "ohne", "weder", "niemand", "kaum", "ne", "pas", "jamais", "aucun", "aucune", "sans", "rien",
    "personne", "ni", "nunca", "nada", "nadie", "sin", "tampoco", "ningun", "ninguna", "ninguno", "non", "mai",
    "senza", "nessun", "nessuna", "nessuno", "niente", "nulla", "niet", "niets", "geen", "nooit", "zonder", "niemand",
    "nao", "nenhum", "nenhuma", "nigdy", "bez", "zaden", "zadna", "zadnej", "zadnego",
];

/// The clauses of a text, in small letters.
pub(super) fn clauses(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let parted = JOINTS.iter().fold(lower, |text, joint| text.replace(joint, &format!("\n{}", joint.trim_start())));
    let ends = |c: char| ['.', ',', ';', '!', '?', '\n', '(', ')', '–', '—'].contains(&c);
    let mut clauses = vec![String::new()];
    let mut letters = parted.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(clause) = clauses.last_mut() else { break };
        let in_number = matches!(letter, '.' | ',')
            && clause.ends_with(|c: char| c.is_ascii_digit())
            && letters.peek().is_some_and(char::is_ascii_digit);
        if ends(letter) && !in_number {
            clauses.push(String::new());
        } else {
            clause.push(letter);
        }
    }
    clauses.iter().map(|clause| clause.trim().to_owned()).filter(|clause| !clause.is_empty()).collect()
}

/// Words that begin a question, mark or no mark, folded.
const ASKING: &[&str] = &[
    "is", "are", "has", "have", "can", "did", "do", "ist", "sind", "hat", "habt", "kann", "est", "ha", "heeft", "kan",
    "zijn",
];

/// Whether a clause begins like a question.
pub(super) fn asks(clause: &str) -> bool {
    plain_words(clause).first().is_some_and(|first| ASKING.contains(&first.as_str()))
}

/// Whether a clause says that something is not so, or not wanted.
pub(super) fn is_negated(clause: &str) -> bool {
    plain_words(clause).iter().any(|word| NEGATIONS.contains(&word.as_str()))
}

/// Words that only say no, folded.
const REFUSALS: &[&str] = &["nein", "nee", "nope"];

/// Whether a clause says no, and nothing else.
pub(super) fn is_refusal(clause: &str) -> bool {
    let words = plain_words(clause);
    let says_no = |word: &String| NEGATIONS.contains(&word.as_str()) || REFUSALS.contains(&word.as_str());
    !words.is_empty() && words.iter().all(says_no)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_ends_at_its_mark_or_before_the_next_one() {
        let parted = clauses("I keep the tent, but the cup is broken because it fell. Danke!");
        assert_eq!(parted, ["i keep the tent", "but the cup is broken", "because it fell", "danke"]);
        assert_eq!(clauses("19,90 EUR. 3 Tage, 2.5 kg"), ["19,90 eur", "3 tage", "2.5 kg"]);
    }

    #[test]
    fn a_clause_that_only_says_no_is_a_refusal() {
        for text in ["no", "Never", "Nein", "non", "nee", "no no"] {
            assert!(is_refusal(text), "{text}");
        }
        for text in ["", "no longer needed", "not the blue one", "yes"] {
            assert!(!is_refusal(text), "{text}");
        }
    }

    #[test]
    fn negations_are_whole_words() {
        for text in [
            "I don’t need it",
            "kein Geld",
            "je n’en veux pas",
            "no quiero",
            "non lo voglio",
            "geen geld",
            "não quero",
            "nie chcę",
            "bez zwrotu",
        ] {
            assert!(is_negated(text), "{text}");
        }
        for text in ["I want a notebook", "eine nette Tasse", "la passe", "nota", "nonna"] {
            assert!(!is_negated(text), "{text}");
        }
    }
}
