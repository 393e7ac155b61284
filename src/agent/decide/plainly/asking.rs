//! With which words somebody says that they want a thing themselves. In the languages of the desk.

use std::ops::Range;
use std::sync::LazyLock;

use super::cancel::OPENINGS;
use super::holds;
use crate::agent::understand::phrases::Phrases;

/// Words of wishing, folded.
const WISHING: &str = "want|wish|need
    would|should|id|wed 0 like|love|prefer
    requesting|request|demand
    mochte|mochten|moechte|moechten|wollen
    ich 0 will
    will 0 ich
    wurde|wurden 8 gern|gerne
    beantrage|beantragen|verlange|wunsche|brauche|brauchen|benotige|benotigen
    me 0 faut
    mi 0 serve
    heb|hebben 5 nodig
    potrzebuje|potrzebujemy
    veux|voulons|voudrais|voudrions|souhaite|souhaitons|souhaiterais|souhaiterions|aimerais|jaimerais|aimerions|desire|desirons|demande|demandons
    quiero|queremos|quisiera|quisieramos|gustaria|deseo|deseamos|solicito|solicitamos|pido|necesito
    vorrei|vorremmo|voglio|vogliamo|desidero|desideriamo|chiedo|richiedo
    wil|willen|graag|verzoek
    zou|zouden 8 graag
    quero|queria|queriamos|gostaria|gostariamos|desejo|pretendo|peco
    chce|chcemy|chcialbym|chcialabym|chcielibysmy|prosze|poprosze";

/// How it is asked whether something can be done, beside how a cancellation is asked for, folded.
const PERMITTED: &str = "darf|durfen 0 ich|wir
    mag 0 ik
    podem|poderiam
    moge|mozemy";

/// Words of courtesy with which something is asked for, folded.
const COURTEOUS: &str = "please pls plz bitte bitten svp plait merci favor favore graag alstublieft alsjeblieft aub prosze poprosze prosba prosbe";

/// The first words of wishing or asking in a clause.
pub(super) fn asked_at(words: &[String]) -> Option<Range<usize>> {
    phrases().find(words).into_iter().map(|(_, found)| found).min_by_key(|found| found.start)
}

/// Whether a clause asks for something as a question does, and says no word of wishing: “can I”, “könnten Sie”.
pub(super) fn is_opened(words: &[String]) -> bool {
    let found = phrases().find(words);
    !found.is_empty() && !found.iter().any(|(is_wish, _)| *is_wish)
}

/// Words of wishing, and how a question is opened that asks for something.
fn phrases() -> &'static Phrases<bool> {
    static PHRASES: LazyLock<Phrases<bool>> =
        LazyLock::new(|| Phrases::new(&[(true, WISHING), (false, OPENINGS), (false, PERMITTED)]));
    &PHRASES
}

/// Whether a clause wishes for something, or asks for it with courtesy.
pub(in crate::agent::decide) fn is_asked(words: &[String]) -> bool {
    asked_at(words).is_some() || is_courteous(words)
}

/// Whether something is asked for with courtesy.
pub(super) fn is_courteous(words: &[String]) -> bool {
    words.iter().any(|word| holds(COURTEOUS, word))
}
