//! Whether goods are sent back now.

use std::ops::Range;
use std::sync::LazyLock;

use super::asking::{asked_at, is_courteous, is_opened};
use super::cancel::is_of_request;
use super::{Clause, Said, holds};
use crate::agent::clauses::{NEGATIONS, clauses};
use crate::agent::decide::wishes::is_named;
use crate::agent::understand::phrases::{Phrases, plain_words};

/// Verbs of sending goods back, folded.
const SENDING_BACK: &str = "return|returning
    send|sending|give|giving|ship|shipping|bring|bringing|take|taking 4 back
    zuruckschick*|zuruckgeb*|zurucksend*|zuruckbring*|zuruckzu*|retournier*|widerruf*
    schick*|geb*|send*|bring* 6 zuruck
    renvoy*|renvoi|renvoie|renvoies|renverr*|retourn*|rend|rends|rendre|rendrai|rendrais|rendons
    devolv*|devuelv*|regresar
    restitu*|rimand*|rendere|rendo
    terugstur*|terugzend*|terugbreng*|retourneer*|retourneren|herroep*
    stuur*|stur*|zend* 6 terug
    zwrac*|zwroc*|odsyl*|odesl*|oddac|oddaje|odstap*|odstep*";

/// What goods are sent back as, folded: of a noun an article stands before, and it is not done but spoken of.
const SENT_AS: &str = "returns
    rucksend*|retoure*|ruckgabe|rucknahme
    retour|renvoi|retractation
    devoluc*|desistimiento
    reso|resi|restituzione|recesso
    retourzending|retourlabel|retourformulier|retourbon
    zwrot|zwrotu|zwrotow|zwrotem";

/// Behind these “return” is a noun, folded.
const ARTICLES: &str = "a an the my your this that any of for";

/// Of goods that were sent back, folded; within one clause.
const SENT_BACK: &str =
    "i|we|ive|weve|he|she|they|wife|husband|already|was|were|been 2 returned -want|like|have|get|wish
    has|have|had 1 returned -it|them
    i|we|ive|weve|already|was|were|been 2 sent 5 back
    zuruckgeschickt|zuruckgegeben|zuruckgesendet|zuruckgesandt|zuruckgebracht|retourniert
    jai|ai|avons|ete 2 renvoye|renvoyee|renvoyes|renvoyees|retourne|retournee|rendu|rendue -je|nous
    he|hemos|ha|habia 2 devuelto|devuelta|devueltos
    devolvi|devolvimos
    ho|abbiamo 3 restituito|restituita|rimandato|rimandata|rispedito|rispedita
    teruggestuurd|teruggezonden|geretourneerd|teruggebracht
    zwrocilem|zwrocilam|zwrocilismy|odeslalem|odeslalam|odeslalismy";

/// Of sending nothing back in other words than a denial beside the verb, folded; within one clause.
const KEEPING: &str = "dont|not 0 think|believe 1 i|we 5 return|back
    retournier*|retourneer|retourneert|renvoie|renvoies|rends|devuelvo|restituisco|devolvo 2 nichts|niets|rien|nada|nulla|niente";

/// The same where the clause ends with it, folded.
const KEEPING_AT_LAST: &str = "retournier*|retourneer|retourneert 8 nicht|niet -mochte|will|wil|gern|gerne|graag|weil|omdat|passt|past|gefallt|bevalt";

/// How near before a verb of sending back a denial stands.
const NEAR: usize = 5;
/// How near behind it.
const NEAR_BEHIND: usize = 2;

/// Denials that stand behind a verb, folded.
const BEHIND: &str = "nicht niet pas nothing nichts niets rien nada nulla niente";

/// Whoever is named behind a denial says something of their own, folded: “It does not fit I want to return it”.
const OWN: &str = "i we id wed ich wir je nous jai yo io ik wij eu";

/// What may stand between a denial and a noun that it denies, folded.
const SMALL: &str = "want need wish like require a an the any my de du d une un la le des den die eine einen ein een het il una uno uma \
    quiero queremos necesito deseo voglio vorrei veux souhaite besoin mochte brauche will wil hoef quero preciso chce potrzebuje \
    for of open start begin create make mehr more further longer plus mas piu mais meer";

/// A clause with one of these speaks of the papers of a return, folded.
const PAPERS: &str = "label labels slip form code rucksendeetikett rucksendeschein retourenlabel retourenetikett retourenschein retourschein \
    rucksendelabel etikett etiquette bordereau bon formulaire etiqueta formulario etichetta letichetta modulo retourlabel retourformulier \
    etykieta etykiete formularz portal address adresse policy";

/// What stands before a wish and says nothing, folded.
const BEFORE: &str = "hi hello hey dear team i we please kindly so and but also therefore hence now then unfortunately sadly hereby about regarding re \
    concerning order number of my the for from in to \
    hallo guten tag ich wir hiermit daher deshalb darum also und nun jetzt leider gerne gern wegen zu zur meiner der die das aus bestellung bestellnummer bitte \
    bonjour je nous j donc alors et ma la le commande malheureusement \
    hola buenos dias yo me nos y por lo tanto mi el la pedido lamentablemente \
    ciao buongiorno salve io mi quindi e il mio ordine lordine purtroppo \
    ik wij we dus en mijn de bestelling helaas hierbij \
    ola eu e por isso o meu a minha encomenda infelizmente \
    dzien dobry i niestety czy wiec zamowienie zamowienia";

/// Who wishes where the verb comes first, folded: “Die Tasse möchte ich zurückgeben”.
const INVERTED: &str = "ich wir ik wij we";

/// Between a wish and what is wished for these make it something else, folded.
const TURNING: &str = "know understand find say tell told asked whether if that why how what when where who must should could able have you believe imagine avoid stop prevent refuse \
    cancel \
    wissen erfahren fragen sagen ob dass warum wieso wie was wann wo wer muss mussen soll sollen konnte glauben \
    savoir dire si pourquoi comment quoi quand dois pouvais \
    saber decir si como cuando donde debo \
    sapere dire se perche come quando devo \
    weten zeggen of waarom hoe wat wanneer waar moet \
    dizer se porque quando devo \
    wiedziec dlaczego jak kiedy musze";

/// It is these that are to come back, and no goods, folded.
const MONEY: &str = "money refund geld erstattung argent remboursement dinero reembolso soldi denaro rimborso terugbetaling dinheiro \
    pieniadze pieniedzy";

/// A question with one of these is about the terms, folded.
const TERMS: &str = "after within without free until long store shop opened worn used sale \
    nach ohne innerhalb kostenlos umsonst bis \
    laden filiale apres sans gratuitement magasin despues sin gratis tienda dopo senza negozio na zonder winkel depois sem loja po bez";

/// Of calling off the purchase, by whoever may, folded.
const DECLARING: &str = "widerrufe widerrufen herroep herroepen";

/// Of asking for the papers, folded.
const SENDING_PAPERS: &str = "please|pls|kindly|bitte 2 send|mail|email|schick*|senden|sendet
    envoyez|envien|enviadme|manden|mandatemi|inviatemi|stuur|enviem|wyslijcie";

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
    toch|feestdagen
    talvez|natal
    moze|jesli|jezeli|zatrzymam|zatrzymuje";

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

fn going_back() -> &'static Phrases<bool> {
    static PHRASES: LazyLock<Phrases<bool>> = LazyLock::new(|| Phrases::new(&[(true, SENDING_BACK), (false, SENT_AS)]));
    &PHRASES
}

/// Whether it is plainly said that goods are to be sent back: somebody wishes it for themselves in known words, and whatever
/// else is said of sending back is no denial, no question and no deed that is done.
pub(in crate::agent::decide) fn sends_back(said: &Said<'_>) -> bool {
    let mut is_asked = false;
    for clause in said.parts() {
        if going_back().find(&clause.words).is_empty() && !tells_of_return(&clause.words) {
            continue;
        }
        if asks_for_return(said, &clause) {
            is_asked = true;
        } else if !is_heading(said, &clause) && !speaks_of_papers(&clause.words) && !is_named(&clause.words) {
            return false;
        }
    }
    is_asked
}

/// Whether a clause asks to send goods back, or is made of nothing but that: “Retour, graag”.
fn asks_for_return(said: &Said<'_>, clause: &Clause) -> bool {
    let words = clause.words.as_slice();
    let found = going_back().find(words);
    let Some(back) = found.iter().map(|(_, found)| found.clone()).min_by_key(|found| found.end) else { return false };
    let reach = words.get(..words.len().min(back.end + NEAR_BEHIND)).unwrap_or_default();
    if tells_of_return(words) || reach.iter().any(|word| NEGATIONS.contains(&word.as_str())) {
        return false;
    }
    if reach.iter().any(|word| holds(MONEY, word)) || is_question(clause) {
        return false;
    }
    let Some(wish) = asked_at(words).filter(|wish| wish.start < back.start) else {
        return asks_without_wish(said, clause);
    };
    let before = words.get(..wish.start).unwrap_or_default();
    let is_turning = |word: &String| holds(TURNING, word);
    let is_inverted =
        words.get(wish.start + 1).is_some_and(|who| holds(INVERTED, who)) && !before.iter().any(is_turning);
    let is_turned = words.iter().take(back.end).skip(wish.end).any(is_turning)
        // “I want to return to …” sends nothing.
        || words.get(back.end).is_some_and(|next| next == "to");
    (is_inverted || before.iter().all(|word| said.stands_before(word))) && !is_turned
}

/// Whether a clause asks about it. “Can I send it back?” asks for it; “you want it back?” and “can I return it after a month?”
/// do not.
fn is_question(clause: &Clause) -> bool {
    let is_opened = is_opened(&clause.words);
    (clause.is_asked && !is_opened) || (is_opened && clause.words.iter().any(|word| holds(TERMS, word)))
}

/// Whether a clause asks for a return, or for its papers, with courtesy alone, or declares it. “Please send it back” asks the
/// shop to send.
fn asks_without_wish(said: &Said<'_>, clause: &Clause) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), SENDING_PAPERS)]));
    let words = clause.words.as_slice();
    let says = |wanted: &str| words.iter().any(|word| word == wanted);
    let is_noun = going_back().find(words).iter().any(|(is_verb, _)| !is_verb) || says("return");
    let is_bare = is_noun && !says("me") && !says("us") && is_heading(said, clause);
    let declared = words.iter().position(|word| holds(DECLARING, word));
    let is_declared = declared.is_some_and(|at| words.iter().take(at).all(|word| said.stands_before(word)));
    is_declared
        || (is_bare && (is_courteous(words) || says("request")))
        || (speaks_of_papers(words) && !PHRASES.find(words).is_empty())
}

/// Whether a clause has no other words than those of a return, of an order and of its goods.
fn is_heading(said: &Said<'_>, clause: &Clause) -> bool {
    let found = going_back().find(&clause.words);
    let is_of_return = |place: usize| found.iter().any(|(_, found)| found.contains(&place));
    let is_known = |word: &str| is_of_request(word) || said.stands_before(word);
    let mut words = clause.words.iter().enumerate();
    !clause.is_asked && words.all(|(place, word)| is_of_return(place) || is_known(word))
}

fn speaks_of_papers(words: &[String]) -> bool {
    words.iter().any(|word| holds(PAPERS, word))
}

impl Said<'_> {
    /// Whether a word before a wish says nothing: a greeting, a name, a number, the goods.
    fn stands_before(&self, word: &str) -> bool {
        let is_own = |list: &[String]| list.iter().any(|own| own == word);
        holds(BEFORE, word)
            || is_own(&self.names)
            || is_own(&self.titles)
            || word.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Whether the text leaves open that goods are sent back now.
pub(in crate::agent::decide) fn leaves_return_open(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), UNSETTLED)]));
    static POLITE: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), COURTESY)]));
    let said = clauses(text).into_iter().map(|clause| plain_words(&clause));
    said.filter(|words| POLITE.find(words).is_empty()).any(|words| !PHRASES.find(&words).is_empty())
}

/// Whether the text tells that goods were sent back already.
pub(in crate::agent::decide) fn was_sent_back(text: &str) -> bool {
    clauses(text).into_iter().any(|clause| tells_of_return(&plain_words(&clause)))
}

fn tells_of_return(words: &[String]) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), SENT_BACK)]));
    !PHRASES.find(words).is_empty()
}

/// Whether the text says of going back that it is not meant.
pub(in crate::agent::decide) fn keeps_goods(text: &str) -> bool {
    static KEPT: LazyLock<Phrases<bool>> = LazyLock::new(|| Phrases::new(&[(false, KEEPING), (true, KEEPING_AT_LAST)]));
    clauses(text).into_iter().map(|clause| plain_words(&clause)).any(|words| {
        // Who does not send all of it back sends back a part, and who has no label does send it.
        if speaks_of_all(&words) || speaks_of_papers(&words) {
            return false;
        }
        let mut found = going_back().find(&words).into_iter();
        let is_denied = found.any(|(is_verb, found)| {
            let article = found.start.checked_sub(1).and_then(|before| words.get(before));
            let is_verb = is_verb && !article.is_some_and(|word| holds(ARTICLES, word));
            if is_verb { is_verb_denied(&words, &found) } else { is_noun_denied(&words, found.start) }
        });
        let is_kept = |(is_last, found): (bool, Range<usize>)| !is_last || found.end == words.len();
        is_denied || KEPT.find(&words).into_iter().any(is_kept)
    })
}

/// Whether a denial stands before a verb, within it or right behind it, and nobody says something of their own in between.
fn is_verb_denied(words: &[String], found: &Range<usize>) -> bool {
    let is_denial = |word: &String| NEGATIONS.contains(&word.as_str());
    let before = words.get(found.start.saturating_sub(NEAR)..found.start).unwrap_or_default();
    let own = before.iter().rev().take_while(|word| !is_denial(word)).any(|word| holds(OWN, word));
    let inside = words.get(found.clone()).unwrap_or_default();
    let mut behind = words.iter().skip(found.end).take(NEAR_BEHIND);
    (before.iter().any(is_denial) && !own) || inside.iter().any(is_denial) || behind.any(|word| holds(BEHIND, word))
}

/// Whether a denial stands before a noun, with nothing but small words and wishes in between.
fn is_noun_denied(words: &[String], place: usize) -> bool {
    let before = words.get(..place).unwrap_or_default();
    let nearest = before.iter().rev().find(|word| !holds(SMALL, word));
    nearest.is_some_and(|word| NEGATIONS.contains(&word.as_str()))
}

/// Whether a clause speaks of everything.
fn speaks_of_all(words: &[String]) -> bool {
    words.iter().any(|word| EVERYTHING.contains(&word.as_str()))
}

const EVERYTHING: &[&str] = &["everything", "all", "alles", "tout", "tous", "todo", "todos", "tutto", "tutti"];

#[cfg(test)]
mod tests;
