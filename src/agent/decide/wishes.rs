//! What a customer wants for broken goods. Money and goods leave on these words, so they must be words of wishing:
//! “the new cup came broken” wishes for nothing, and neither does “I need no refund”.

use std::sync::LazyLock;

use crate::agent::clauses::{clauses, is_negated};
use crate::agent::understand::phrases::{Phrases, plain_words};

/// What can be given for broken goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The money back.
    Money,
    /// The same goods once more.
    Again,
}

/// A clause of so few words needs no word of wishing: “money back please”.
const FEW_WORDS: usize = 3;

/// Phrases of wishing, folded.
const WISHES: &[(Remedy, &str)] = &[
    (
        Remedy::Money,
        "want|like|need|prefer|rather|request|claim|demand|expect|get|give|choose 5 refund*|reimburs*
        want|like|need|prefer|rather|request|demand|expect|get|give|please 4 money 2 back
        can|could|may 0 i|we 4 refund*|reimburs*
        can|could|may 0 i|we 4 money 1 back
        can|could|will|would 0 you 2 refund|reimburse
        please 1 refund|reimburse
        refund|reimburse 0 me|us|it
        refund 3 please
        money 0 back 2 please
        mochte|mochten|moechte|will|wollen|hatte|hatten|bitte|wunsche|verlange|fordere|lieber|gern|gerne|bekomme|bekommen|brauche|kann|konnen|konnt 6 erstatt*|ruckerstatt*
        mochte|mochten|moechte|will|wollen|hatte|hatten|bitte|wunsche|verlange|fordere|lieber|gern|gerne|bekomme|bekommen|brauche|kann|konnen|konnt 6 geld 2 zuruck*|zurueck*|wieder*
        geld 1 zuruck|zurueck 2 bitte|haben|bekommen
        erstatten|erstattet|uberweisen|uberweist 0 sie|mir|uns
        veux|voudrais|voudrions|souhaite|souhaiterais|souhaitons|aimerais|jaimerais|prefere|prefererais|demande|exige|attends|pouvez|pourriez|puis|peux|obtenir|merci 5 rembours*
        veux|voudrais|voudrions|souhaite|souhaiterais|souhaitons|aimerais|jaimerais|prefere|prefererais|exige|rendez 4 argent
        remboursez 0 moi|nous
        rembours* 3 plait|svp|merci
        quiero|queremos|quisiera|gustaria|prefiero|preferiria|deseo|solicito|pido|exijo|necesito|puedo|pueden|puede|podeis|podrian|podria|favor 5 reembols*
        quiero|queremos|quisiera|gustaria|prefiero|preferiria|deseo|solicito|pido|exijo|necesito|devolver|devolverme|devuelvan|devuelvanme|devolvedme 5 dinero
        reembols* 2 favor
        vorrei|vorremmo|voglio|vogliamo|preferisco|preferirei|desidero|chiedo|richiedo|pretendo|posso|potete|potreste|gradirei 5 rimbors*
        vorrei|vorremmo|voglio|vogliamo|preferisco|preferirei|desidero|chiedo|pretendo|ridatemi|restituitemi 5 soldi|denaro
        rimborsatemi|rimborsami|rimborsateci
        rimbors* 2 favore
        wil|willen|graag|liever|verzoek|vraag|kunt|kunnen|kan|mag|zou 5 terugbeta*
        wil|willen|graag|liever|verzoek|vraag|kan|mag|zou|krijg|krijgen|ontvang|ontvangen 5 geld 1 terug
        geld 0 terug 1 graag|alstublieft|alsjeblieft",
    ),
    (
        Remedy::Again,
        "want|like|need|prefer|rather|request|get|give|choose 5 replace|replaced|replacement
        want|like|need|prefer|rather|request|get|give|send|choose 3 new|another 0 one
        send 3 another|replacement
        send 2 a 0 new
        send 2 again
        can|could|may 0 i|we 4 replacement
        can|could|may 0 i|we 3 new|another 0 one
        can|could|will|would 0 you 3 replace
        please 1 replace
        replace 0 it|them|the
        mochte|mochten|moechte|will|wollen|hatte|hatten|bitte|wunsche|lieber|gern|gerne|bekomme|bekommen|brauche|kann|konnen|konnt 5 ersatz|ersatzlieferung|ersetzen|ersetzt|umtausch|umtauschen
        mochte|mochten|moechte|will|wollen|lieber|gern|gerne|brauche|bekomme|bekommen 3 ein|eine|einen 0 neue|neues|neuen
        schick|schickt|schicken|sende|sendet|senden|liefert|liefern 4 ein|eine|einen 0 neue|neues|neuen
        schick|schickt|schicken|sende|sendet|senden|liefert|liefern 4 ersatz
        ein|eine|einen 0 neue|neues|neuen 1 schicken|zuschicken|senden|zusenden|liefern
        neu|nochmal|nochmals 0 schicken|zuschicken|senden|zusenden|liefern
        noch 0 einmal 0 schicken|zuschicken|senden|zusenden|liefern
        veux|voudrais|voudrions|souhaite|souhaiterais|souhaitons|aimerais|jaimerais|prefere|prefererais|demande|pouvez|pourriez|obtenir 5 remplac*
        veux|voudrais|voudrions|souhaite|souhaiterais|aimerais|jaimerais|prefere|prefererais|envoyer|envoyez|menvoyer|renvoyer|renvoyez 3 un|une 0 nouveau|nouvelle|nouvel|autre
        remplacez 0 le|la|moi
        quiero|queremos|quisiera|gustaria|prefiero|preferiria|deseo|solicito|pido|necesito|pueden|puede|podeis|podrian|podria 5 reemplaz*|sustituir*|sustitucion
        quiero|queremos|quisiera|gustaria|prefiero|preferiria|necesito 3 uno|una 0 nuevo|nueva
        enviar|enviarme|enviadme|envienme|enviame|envien|mandar|mandarme|mandadme|mandenme|manden 3 otro|otra|nuevo|nueva
        vorrei|vorremmo|voglio|vogliamo|preferisco|preferirei|desidero|chiedo|potete|potreste|gradirei 5 sostitu*
        vorrei|vorremmo|voglio|vogliamo|preferisco|preferirei 3 uno|una|un 0 nuovo|nuova
        inviare|inviarmi|inviarmene|inviatemi|inviatemene|mandare|mandarmi|mandarmene|mandatemi|mandatemene|spedire|spedirmi|speditemi 3 nuovo|nuova|altro|altra
        wil|willen|graag|liever|verzoek|vraag|kunt|kunnen|kan|mag|zou 5 vervang*|omruilen
        wil|willen|graag|liever 3 een 0 nieuw|nieuwe
        stuur|sturen|zend|zenden|lever|leveren 3 een 0 nieuw|nieuwe
        een 0 nieuw|nieuwe 2 sturen|opsturen|toesturen|zenden",
    ),
];

/// What is wished for or declined, by its name alone.
const NAMES: &[(Remedy, &str)] = &[
    (
        Remedy::Money,
        "refund|refunds|reimburse|reimbursement|erstatt*|ruckerstatt*|rembours*|reembols*|rimbors*|terugbeta*|dinero|soldi
        money 0 back
        geld 1 zuruck|zurueck|terug",
    ),
    (
        Remedy::Again,
        "replace|replacement|ersatz|ersatzlieferung|umtausch|umtauschen|remplacer|remplacement|reemplazo|reemplazar|sostituzione|sostituire|sustitucion|vervanging|vervangen
        new|another 0 one
        send 2 again
        neu|nochmal 0 schicken|senden
        bitte 1 neue|neues|neuen
        neue|neues|neuen 0 bitte
        un|une 0 nouveau|nouvelle|autre
        uno|una 0 nuevo|nueva|nuovo|nuova
        otro|otra 1 favor
        een 0 nieuwe",
    ),
];

/// Of these another piece can be wished for, and that gives no goods away.
const PAPERS: &[&str] = &[
    "invoice",
    "receipt",
    "label",
    "link",
    "mail",
    "email",
    "photo",
    "rechnung",
    "beleg",
    "etikett",
    "foto",
    "facture",
    "etiquette",
    "lien",
    "factura",
    "etiqueta",
    "enlace",
    "correo",
    "fattura",
    "etichetta",
    "factuur",
];

/// How a customer wishes for a remedy, by language.
pub(super) fn wish(remedy: Remedy, language: &str) -> &'static str {
    match (language, remedy) {
        ("de", Remedy::Again) => "Ich möchte Ersatz.",
        ("de", Remedy::Money) => "Ich möchte mein Geld zurück.",
        ("fr", Remedy::Again) => "Je souhaite un remplacement.",
        ("fr", Remedy::Money) => "Je souhaite un remboursement.",
        ("es", Remedy::Again) => "Quiero uno nuevo.",
        ("es", Remedy::Money) => "Quiero un reembolso.",
        ("it", Remedy::Again) => "Vorrei una sostituzione.",
        ("it", Remedy::Money) => "Vorrei un rimborso.",
        ("nl", Remedy::Again) => "Ik wil graag een vervanging.",
        ("nl", Remedy::Money) => "Ik wil graag mijn geld terug.",
        (_, Remedy::Again) => "I would like a new one.",
        (_, Remedy::Money) => "I would like my money back.",
    }
}

/// The remedy that a customer asks for; nothing if they ask for none, for either, or decline it somewhere.
pub(super) fn wished(text: &str) -> Option<Remedy> {
    let declined = declined(text);
    let said = clauses(text).into_iter().filter(|clause| !is_negated(clause));
    let wishes = said.flat_map(|clause| in_clause(&plain_words(&clause)));
    only(wishes.filter(|remedy| !declined.contains(remedy)))
}

/// Whether a customer plainly asks for their money back: “Do I get a refund?” and “when will it come?” do not.
pub(super) fn asks_for_money(text: &str) -> bool {
    const ASKING: &[&str] = &[
        "do", "does", "did", "is", "are", "was", "has", "have", "when", "where", "why", "how", "muss", "bekomme",
        "bekommt", "wann", "wo", "warum", "wie", "ist", "quand", "ou", "pourquoi", "comment", "cuando", "donde",
        "porque", "como", "quando", "dove", "perche", "come", "wanneer", "waar", "waarom", "hoe", "krijg",
    ];
    let is_question = |clause: String| {
        let words = plain_words(&clause);
        is_named(&words) && words.first().is_some_and(|first| ASKING.contains(&first.as_str()))
    };
    wished(text) == Some(Remedy::Money) && !clauses(text).into_iter().any(is_question)
}

/// What the customer says that they do not want.
pub(super) fn declined(text: &str) -> Vec<Remedy> {
    let denied = clauses(text).into_iter().filter(|clause| is_negated(clause));
    denied.flat_map(|clause| named(&plain_words(&clause))).collect()
}

/// The remedy that a teammate names: an instruction needs no word of wishing.
pub(super) fn instructed(text: &str) -> Option<Remedy> {
    let told = clauses(text).into_iter().filter(|clause| !is_negated(clause));
    only(told.flat_map(|clause| named(&plain_words(&clause))))
}

fn in_clause(words: &[String]) -> Vec<Remedy> {
    if words.iter().any(|word| PAPERS.contains(&word.as_str())) {
        return Vec::new();
    }
    let mut found: Vec<Remedy> = wishes().find(words).into_iter().map(|(remedy, _)| remedy).collect();
    if words.len() <= FEW_WORDS {
        found.extend(named(words));
    }
    found
}

/// Whether a clause wishes for something.
pub(super) fn is_wish(words: &[String]) -> bool {
    !wishes().find(words).is_empty()
}

/// Whether a clause names what could be given.
pub(super) fn is_named(words: &[String]) -> bool {
    !named(words).is_empty()
}

/// Whether a word is one of those with which something is wished for.
pub(super) fn knows(word: &str) -> bool {
    wishes().knows(word)
}

fn wishes() -> &'static Phrases<Remedy> {
    static PHRASES: LazyLock<Phrases<Remedy>> = LazyLock::new(|| Phrases::new(WISHES));
    &PHRASES
}

fn named(words: &[String]) -> Vec<Remedy> {
    static PHRASES: LazyLock<Phrases<Remedy>> = LazyLock::new(|| Phrases::new(NAMES));
    PHRASES.find(words).into_iter().map(|(remedy, _)| remedy).collect()
}

fn only(mut remedies: impl Iterator<Item = Remedy>) -> Option<Remedy> {
    let first = remedies.next()?;
    remedies.all(|remedy| remedy == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_heard_in_every_language() {
        for text in [
            "It came broken. I would like my money back.",
            "Broken on arrival, refund please",
            "Could I get a refund?",
            "I’d rather have a refund.",
            "Please refund me the amount.",
            "Die Tasse ist kaputt. Ich möchte mein Geld zurück.",
            "Bitte erstatten Sie mir den Betrag.",
            "Ich hätte lieber das Geld zurück.",
            "Je voudrais être remboursé.",
            "Remboursement, s’il vous plaît.",
            "Quiero un reembolso.",
            "Prefiero que me devuelvan el dinero.",
            "Vorrei un rimborso.",
            "Voglio indietro i soldi.",
            "Ik wil graag mijn geld terug.",
            "Graag een terugbetaling.",
            "I do not want a replacement, I want a refund.",
        ] {
            assert_eq!(wished(text), Some(Remedy::Money), "{text}");
        }
        for text in [
            "It came broken. Please send me a new one.",
            "Can you replace it?",
            "I want a replacement because I need it on Friday.",
            "Replacement, please",
            "Schickt mir bitte eine neue.",
            "Könnt ihr mir eine neue Tasse schicken?",
            "Ich hätte gern Ersatz.",
            "Eine neue bitte",
            "Pouvez-vous m’en envoyer un nouveau ?",
            "Je souhaite un remplacement.",
            "¿Podrían enviarme otra?",
            "Quiero uno nuevo.",
            "Potete mandarmene una nuova?",
            "Vorrei una sostituzione.",
            "Stuur me alsjeblieft een nieuwe.",
            "Ik wil graag een vervanging.",
            "No refund, please. Please send me a new one.",
        ] {
            assert_eq!(wished(text), Some(Remedy::Again), "{text}");
        }
    }

    #[test]
    fn the_wishes_that_are_given_to_choose_from_are_heard() {
        for remedy in [Remedy::Again, Remedy::Money] {
            let english = wish(remedy, "en");
            for language in crate::voice::locale::LOCALES {
                let words = wish(remedy, language);
                assert_eq!(wished(words), Some(remedy), "{words}");
                assert_eq!(words == english, language == "en", "{language} has words of its own");
            }
        }
    }

    #[test]
    fn what_is_declined_or_only_named_is_no_wish() {
        for text in [
            "My cup arrived broken. I don't need a refund, just tell me how to glue it.",
            "Meine neue Tasse kam leider zerbrochen an.",
            "Ihr habt mir eine neue Tasse geschickt, und sie ist kaputt.",
            "Ich brauche keine Erstattung.",
            "Ma nouvelle tasse est arrivée cassée.",
            "Je ne veux pas de remboursement.",
            "J’ai à nouveau un problème.",
            "Mi taza nueva llegó rota, otra vez.",
            "No quiero un reembolso.",
            "La mia nuova tazza è arrivata rotta.",
            "Non voglio un rimborso.",
            "Mijn nieuwe beker kwam kapot aan.",
            "Ik hoef geen geld terug.",
            "A refund was made for the other cup that I bought.",
            "Please send me a new invoice.",
            "Do I get a refund or a replacement?",
            "I wanted a refund. I want a refund. No, I need no refund.",
        ] {
            assert_eq!(wished(text), None, "{text}");
        }
    }

    #[test]
    fn money_that_is_only_asked_about_is_not_asked_for() {
        for text in ["I want my money back.", "Could I get a refund?", "Ich möchte mein Geld zurück."] {
            assert!(asks_for_money(text), "{text}");
        }
        for text in [
            "Do I get a refund?",
            "When do I get my refund?",
            "Wann bekomme ich mein Geld zurück?",
            "I do not want a refund.",
            "The cup is nice.",
        ] {
            assert!(!asks_for_money(text), "{text}");
        }
    }

    #[test]
    fn a_teammate_says_it_shortly() {
        assert_eq!(instructed("Refund the cup and say sorry"), Some(Remedy::Money));
        assert_eq!(instructed("do not refund, offer her a replacement"), Some(Remedy::Again));
        assert_eq!(instructed("Make it shorter"), None);
    }
}
