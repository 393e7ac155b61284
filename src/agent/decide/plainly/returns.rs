//! Whether goods are sent back now.

use std::sync::LazyLock;

use crate::agent::clauses::{NEGATIONS, clauses};
use crate::agent::understand::phrases::{Phrases, plain_words};

/// Words of sending goods back, folded.
const GOING_BACK: &str = "return|returns|returned|returning
    send|sending|give|giving|ship 4 back
    zuruckschick*|zuruckgeb*|zurucksend*|zuruckzu*|rucksend*|retour*|rucknahme
    schick*|geb*|send* 6 zuruck
    renvoy*|retourn*|rend*
    devolv*|devoluc*
    restitu*|rimand*|reso
    terugstur*|terugzend*|retourn*|stuur*|stur* 6 terug";

/// What sets a condition for sending back, puts it off, or takes it back, folded.
const UNSETTLED: &str = "if|unless|until|maybe|perhaps|thinking
    wait|first|january|february|march|april|june|july|august|september|october|november|december|christmas
    keep|kept 0 it|them|the|both
    falls|vielleicht|erst|weihnachten
    wenn|nur 3 kostenlos|bezahlt|zahlt|gefallt|gratis
    behalte|behalten|uberlegt
    si 2 payez|est|cest|vous
    finalement|garde|peut
    solo 0 si|se
    quedo|navidad
    solo|ma 3 gratis|idea|natale
    dopo
    alleen|maar 1 als|pas
    toch|feestdagen";

/// What sets no condition, though it begins like one, folded.
const COURTESY: &str = "let|tell 1 me|us 0 know|if
    please 0 advise
    if 0 you 0 need|have|require|want
    if 2 questions|possible|ok|okay
    falls|wenn 3 fragen|brauchen|brauchst|braucht|benotigen|moglich
    si 1 vous 1 avez|besoin
    si 1 possible
    si 1 necesitais|necesitan|posible|teneis
    se 1 avete|serve|possibile
    als 2 vragen|nodig|mogelijk";

/// Whether the text leaves open that goods are sent back now.
pub(in crate::agent::decide) fn leaves_return_open(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), UNSETTLED)]));
    static POLITE: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), COURTESY)]));
    let said = clauses(text).into_iter().map(|clause| plain_words(&clause));
    said.filter(|words| POLITE.find(words).is_empty()).any(|words| !PHRASES.find(&words).is_empty())
}

/// Whether the text says of going back that it is not meant.
pub(in crate::agent::decide) fn keeps_goods(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), GOING_BACK)]));
    clauses(text).into_iter().map(|clause| plain_words(&clause)).any(|words| {
        let denied = |place: usize| {
            let before = words.get(place.saturating_sub(NEAR)..place).unwrap_or_default();
            before.iter().any(|word| NEGATIONS.contains(&word.as_str()))
        };
        // Who does not send all of it back sends back a part.
        !speaks_of_all(&words) && PHRASES.find(&words).into_iter().any(|((), found)| denied(found.start))
    })
}

/// Whether a clause speaks of everything.
pub(in crate::agent::decide) fn speaks_of_all(words: &[String]) -> bool {
    words.iter().any(|word| EVERYTHING.contains(&word.as_str()))
}

/// How near before it a denial stands.
const NEAR: usize = 5;

const EVERYTHING: &[&str] = &["everything", "all", "alles", "tout", "tous", "todo", "todos", "tutto", "tutti"];

#[cfg(test)]
mod tests {
    use super::{keeps_goods, leaves_return_open};

    #[test]
    fn who_sets_conditions_sends_nothing_back_yet() {
        for text in [
            "About PC-1001: I keep the mugs after all.",
            "I want to return one mug. No wait, I keep it.",
            "I want to return one mug if you pay the postage.",
            "I want to return it in January.",
            "I want to return it. Let me know if that works, unless you pay.",
            "Falls sie nicht gefällt, möchte ich sie zurückschicken.",
            "Ik wilde de mok retourneren, maar ik hou hem toch.",
        ] {
            assert!(leaves_return_open(text), "{text}");
        }
        for text in [
            "I would like to return my order PC-1001.",
            "I would like to return my order PC-1001. Let me know if you need anything else.",
            "Ich möchte die Tasse zurückgeben, sie ist zu klein.",
            "Ich möchte die Tasse zurückgeben. Wenn Sie noch Fragen haben, schreiben Sie mir.",
        ] {
            assert!(!leaves_return_open(text), "{text}");
        }
    }

    #[test]
    fn who_sends_nothing_back_says_so() {
        for text in ["I do not want to return PC-1001, I love it!", "Ich schicke nichts zurück, keine Rücksendung."] {
            assert!(keeps_goods(text), "{text}");
        }
        for text in [
            "It does not fit, I want to return it.",
            "I want to send it back because I do not like it.",
            "I would like to return the jacket since it does not fit.",
            "How do I return an item that doesn't fit?",
            "Je souhaite retourner l'article qui ne me convient pas.",
        ] {
            assert!(!keeps_goods(text), "{text}");
        }
    }
}
