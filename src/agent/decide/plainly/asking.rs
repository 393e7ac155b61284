//! With which words somebody says that they want a thing themselves. In the languages of the desk.

use std::sync::LazyLock;

use super::cancel::OPENINGS;
use super::holds;
use crate::agent::understand::phrases::Phrases;

/// Words of wishing, folded.
const WISHING: &str = "want|wish|need
    would|should|id|wed 0 like|love|prefer
    requesting|request|demand
    mochte|mochten|moechte|moechten|will|wollen
    wurde|wurden 8 gern|gerne
    darf|durfen 0 ich|wir
    beantrage|beantragen|verlange|wunsche
    veux|voulons|voudrais|voudrions|souhaite|souhaitons|souhaiterais|souhaiterions|aimerais|jaimerais|aimerions|desire|desirons|demande|demandons
    quiero|queremos|quisiera|quisieramos|gustaria|deseo|deseamos|solicito|solicitamos|pido|necesito
    vorrei|vorremmo|voglio|vogliamo|desidero|desideriamo|chiedo|richiedo
    wil|willen|graag|verzoek
    zou|zouden 8 graag
    quero|queria|queriamos|gostaria|gostariamos|desejo|pretendo|peco
    chce|chcemy|chcialbym|chcialabym|chcielibysmy|prosze|poprosze
    moge|mozemy";

/// Words of courtesy with which something is asked for, folded.
const COURTEOUS: &str = "please pls plz bitte bitten svp plait merci favor favore graag alstublieft alsjeblieft aub prosze poprosze prosba prosbe";

/// Where in a clause its first words of wishing or asking stand.
pub(super) fn asked_at(words: &[String]) -> Option<usize> {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), WISHING), ((), OPENINGS)]));
    PHRASES.find(words).into_iter().map(|((), found)| found.start).min()
}

/// Whether a clause wishes for something, or asks for it with courtesy.
pub(in crate::agent::decide) fn is_asked(words: &[String]) -> bool {
    asked_at(words).is_some() || is_courteous(words)
}

/// Whether something is asked for with courtesy.
pub(super) fn is_courteous(words: &[String]) -> bool {
    words.iter().any(|word| holds(COURTEOUS, word))
}
