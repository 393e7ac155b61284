//! What is said so plainly that no person needs to read it first. Money leaves and orders end on these words, and there is
//! no end of ways to say the opposite; so it is not the doubt that is looked for, but a request in words that leave none.

use std::sync::LazyLock;

use super::clauses::{NEGATIONS, clauses, is_negated};
use crate::agent::understand::phrases::{Phrases, plain_words};

/// How words of cancelling begin, folded.
pub(super) const CANCELLING: &[&str] = &["cancel", "stornier", "storno", "storn", "annul", "anul", "abbestell"];

/// Of these words alone, folded, a sentence is made that asks to cancel one whole order.
const REQUEST: &[&str] = &[
    // English
    "please kindly hi hello hey dear team all there can could would will may you i we id like want need to still now \
     immediately at once right away asap as soon possible my our the this whole entire complete full order purchase it for \
     me us and yes thank thanks very much cancel cancellation request of number have be",
    // German
    "bitte hallo guten tag liebes team ich wir mochte mochten moechte wurde wurden will wollen gern gerne hiermit meine \
     unsere die diese ganze gesamte komplette bestellung den meinen auftrag stornieren storniere storniert stornierung storno \
     um der meiner sie konnen konnt ihr du kannst konnten konntest konntet noch sofort jetzt umgehend fur mich uns und danke \
     vielen dank ja mit nummer bestellnummer abbestellen",
    // French
    "bonjour merci de d bien vouloir je nous veux voudrais voudrions souhaite souhaitons souhaiterais aimerais jaimerais s \
     svp il sil vous plait te pouvez pourriez puis ma notre la cette commande entiere toute numero annuler annulez annulation \
     dannuler lannulation tout suite et oui",
    // Spanish
    "hola buenos dias por favor quiero queremos quisiera quisieramos me nos gustaria deseo necesito pueden puede podeis \
     podrian podria puedo cancelar cancelen cancelad cancele cancelarme anular anulen anule cancelacion anulacion el mi nuestro \
     pedido compra este orden entero todo completo solicito ya ahora gracias del y si",
    // Italian
    "ciao buongiorno salve per favore vorrei vorremmo voglio vogliamo desidero annullare annullate annulli annullamento il \
     mio nostro l ordine lordine questo tutto intero completo potete potreste puo potrebbe posso subito ora grazie dellordine \
     numero chiedo richiedo e",
    // Dutch
    "hallo beste graag wil willen ik wij we mijn onze de deze hele bestelling order annuleren annuleer annuleert annulering \
     alstublieft alsjeblieft kunt kunnen kun je jullie u zou zouden nu meteen direct dank bedankt van nummer en ja",
];

/// Why somebody cancels, and how they greet: a sentence that holds one of these may stand beside the request.
const BESIDE: &str = "changed 1 mind|minds
    by 0 mistake|accident|error
    accidentally|mistakenly
    ordered|bought|placed 3 twice
    wrong 0 size|colour|color|item|product|one|model|address|quantity
    no 0 longer 1 need|want|needed|wanted|required
    dont|not 1 need|want 3 more|anymore|longer
    found|bought|got 3 elsewhere|cheaper
    takes|taking 1 too 0 long
    best|kind|warm 0 regards|wishes
    thank|thanks 0 you 3 much|help|advance|time
    sent 0 from 0 my
    anders uberlegt
    brauche|brauchen|benotige|benotigen|will|mochte 3 nicht|keine|keinen 1 mehr
    versehentlich|irrtumlich
    aus 0 versehen
    doppelt 1 bestellt
    falsche|falschen|falsches 0 grosse|farbe|artikel|produkt|adresse|menge
    dauert 2 zu 0 lange
    mit 0 freundlichen|besten|vielen 0 grussen
    freundliche|liebe|viele|beste 0 grusse
    von 0 meinem 1 gesendet
    change 1 davis
    par 0 erreur
    nai|nen|plus 1 plus|besoin 2 besoin|plus
    trop 0 long
    bien 0 cordialement
    cambiado 0 de 0 opinion|idea
    por 0 error
    ya 0 no 2 necesito|quiero|necesitamos
    un 0 saludo
    cambiato 0 idea
    per 0 errore|sbaglio
    non 2 serve|servono 1 piu
    cordiali 0 saluti
    van 0 gedachten|mening
    per 0 ongeluk|abuis
    niet 0 meer 0 nodig
    verkeerde 0 maat|kleur|artikel|adres
    met 0 vriendelijke 0 groet|groeten";

/// In a short sentence beside the request, which may be a name, these leave a doubt; folded.
const TURNING: &str = "if unless until but only or else except instead rather maybe perhaps later tomorrow tonight why what how \
    when where who keep leave stay stays want wants wait stop hold ignore forget undo revert both one two half joke joking \
    kidding fools haha lol scratch wenn falls aber nur oder sonst ausser vielleicht spater morgen warum was wie wann wo behalte \
    behalten bleibt warte warten stopp vergiss scherz spass doch si mais seulement ou sauf peut demain pourquoi quoi quand garde \
    attendez blague pero solo salvo quizas manana porque que cuando donde esperen broma se ma soltanto oppure forse domani perche \
    cosa quando dove tengo aspettate scherzo als maar alleen of misschien morgen waarom wat wanneer waar houd wacht grapje toch";

/// A sentence of so few words may be a name.
const FEW_WORDS: usize = 3;

/// Words of goods that came broken or wrong, folded.
const BROKEN: &str = "broken|broke|damage*|crack*|chipped|shatter*|smash*|torn|ripped|scratch*|dent|dented|bent|defect*|faulty|leak*|missing|wrong|incomplete|stain*|different|shards|pieces
    not|doesnt|didnt|wont|never|isnt 2 work|works|working|turn|close|fit
    kaputt*|zerbroch*|beschadig*|defekt*|gerissen*|zerkratz*|gesprungen*|zersplitt*|falsch*|fehlt|fehlen|verbogen*|undicht|scherben|bruch
    funktioniert|geht|schliesst 2 nicht
    casse|cassee|casses|cassees|brise*|abime*|endommage*|defectueu*|fele*|fissure*|dechir*|manque|manquant*|mauvais*|erreur
    ne 1 fonctionne|marche 0 pas
    roto|rota|rotos|rotas|danad*|defectuos*|agrietad*|rasgad*|rayad*|falta|faltan|equivocad*|incorrect*|incomplet*
    no 0 funciona|funcionan
    rotto|rotta|rotti|rotte|dannegg*|difett*|crepat*|strappat*|graffiat*|manca|mancano|sbagliat*|incomplet*
    non 0 funziona|funzionano
    kapot|kapotte|gebroken|beschadigd*|defect|gebarsten|gescheurd*|bekrast*|ontbreekt|ontbreken|verkeerd*|stuk
    werkt|werken 1 niet";

/// Of [`BROKEN`], what a denial is part of.
const FAILING: &[&str] = &[
    "work",
    "works",
    "working",
    "turn",
    "close",
    "fit",
    "funktioniert",
    "geht",
    "schliesst",
    "fonctionne",
    "marche",
    "funciona",
    "funcionan",
    "funziona",
    "funzionano",
    "werkt",
    "werken",
];

/// Words of sending goods back, folded.
const GOING_BACK: &str = "return|returns|returned|returning
    send|sending|give|giving|ship 4 back
    zuruckschick*|zuruckgeb*|zurucksend*|zuruckzu*|rucksend*|retour*|rucknahme
    schick*|geb*|send* 6 zuruck
    renvoy*|retourn*|rend*
    devolv*|devoluc*
    restitu*|rimand*|reso
    terugstur*|terugzend*|retourn*|stuur*|stur* 6 terug";

/// Whether the text says of going back that it is not meant.
pub(super) fn keeps_goods(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), GOING_BACK)]));
    let denied = clauses(text).into_iter().filter(|clause| is_negated(clause));
    denied.into_iter().any(|clause| !PHRASES.find(&plain_words(&clause)).is_empty())
}

/// Whether the text asks to cancel the order with this number, and says nothing else that could matter.
pub(super) fn cancels(text: &str, number: &str) -> bool {
    static REASONS: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), BESIDE)]));
    let number = plain_words(number);
    let mut is_asked = false;
    for clause in clauses(text) {
        let words = without(&plain_words(&clause), &number);
        if words.iter().any(|word| CANCELLING.iter().any(|start| word.starts_with(start))) {
            if !words.iter().all(|word| is_of_request(word)) {
                return false;
            }
            is_asked = true;
            continue;
        }
        let is_beside = !REASONS.find(&words).is_empty()
            || words.iter().all(|word| is_of_request(word)) && !words.iter().any(|word| is_turning(word))
            || words.len() <= FEW_WORDS && !words.iter().any(|word| is_turning(word));
        if !is_beside {
            return false;
        }
    }
    is_asked
}

/// Whether the text says that goods came broken or wrong, and nowhere that they did not.
pub(super) fn reports_damage(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), BROKEN)]));
    let mut is_reported = false;
    for clause in clauses(text) {
        let words = plain_words(&clause);
        if PHRASES.find(&words).is_empty() {
            continue;
        }
        let is_failing = words.iter().any(|word| FAILING.contains(&word.as_str()));
        if is_negated(&clause) && !is_failing {
            return false;
        }
        is_reported = true;
    }
    is_reported
}

fn is_of_request(word: &str) -> bool {
    REQUEST.iter().any(|words| words.split_whitespace().any(|known| known == word))
}

fn is_turning(word: &str) -> bool {
    NEGATIONS.contains(&word) || TURNING.split_whitespace().any(|turning| turning == word)
}

/// The words without an order's number; of one with letters before its digits, the digits alone are the number as well.
fn without(words: &[String], number: &[String]) -> Vec<String> {
    let digits = number.last().filter(|last| last.chars().all(|c| c.is_ascii_digit()));
    let mut left = Vec::new();
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        if !number.is_empty() && rest.starts_with(number) {
            at += number.len();
        } else {
            left.extend(rest.first().filter(|word| Some(*word) != digits).cloned());
            at += 1;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::{cancels, keeps_goods, reports_damage};

    #[test]
    fn who_asks_plainly_needs_no_reader() {
        for text in [
            "Please cancel my order PC-1001.",
            "Hi team,\n\nplease cancel order PC-1001. I ordered it by mistake.\n\nKind regards\nAnna Berg",
            "Can I still cancel order PC-1001?",
            "I don't need it any more, please cancel the order.",
            "I changed my mind, cancel PC-1001 please.",
            "Please cancel #1001, thank you.",
            "Bitte stornieren Sie meine Bestellung PC-1001, ich brauche sie nicht mehr.",
            "Merci d'annuler ma commande.",
            "Quiero cancelar mi pedido PC-1001. Gracias.",
            "Vorrei annullare l'ordine.",
            "Ik wil mijn bestelling annuleren.",
        ] {
            assert!(cancels(text, "PC-1001"), "{text}");
        }
    }

    #[test]
    fn whoever_says_anything_else_has_a_reader() {
        for text in [
            "How do I cancel an order? PC-1001 is fine.",
            "If it has not left by Monday, cancel PC-1001. If it has, I want it.",
            "My sister cancelled hers. When does PC-1001 arrive?",
            "I nearly cancelled PC-1001.",
            "I would have cancelled PC-1001 had there been a button.",
            "Please stop PC-1001 from being cancelled.",
            "Please stop cancelling my order.",
            "I refuse to cancel PC-1001.",
            "Hold off cancelling PC-1001, my wife decides tonight.",
            "I changed my mind about cancelling PC-1001.",
            "Please cancel one cup of PC-1001.",
            "Please cancel the gift wrapping of PC-1001.",
            "Please cancel my message about PC-1001.",
            "Please cancel the cancellation of PC-1001. It is to come.",
            "Please cancel order 2 of the year, not PC-1001.",
            "Please cancel PC-1001 and send the same with express.",
            "Please cancel PC-1001 next Friday.",
            "Cancel PC-1001? Why would I?",
            "Please cancel PC-1001. Oh wait, keep it.",
            "Please cancel PC-1001. My order stays.",
            "Please cancel PC-1001. April fools!",
            "You keep asking me to cancel PC-1001. Just ship it.",
            "Stornieren Sie PC-1001 nur, wenn sie heute nicht mehr rausgeht.",
            "Cancelad el pedido PC-1001 solo si no llega antes del viernes.",
            "N'annulez pas ma commande.",
            "Annuleer mijn bestelling niet.",
            "Where is my order PC-1001?",
        ] {
            assert!(!cancels(text, "PC-1001"), "{text}");
        }
    }

    #[test]
    fn who_sends_nothing_back_says_so() {
        for text in ["I do not want to return PC-1001, I love it!", "Ich schicke nichts zurück, keine Rücksendung."] {
            assert!(keeps_goods(text), "{text}");
        }
        for text in ["It does not fit, I want to return it.", "I want to send it back because I do not like it."] {
            assert!(!keeps_goods(text), "{text}");
        }
    }

    #[test]
    fn damage_is_told_and_not_denied() {
        for text in [
            "The cup arrived broken.",
            "The lamp does not work.",
            "Die Tasse kam zerbrochen an. Ich möchte mein Geld zurück.",
            "Die Lampe funktioniert nicht.",
            "La tasse est cassée.",
            "La taza llegó rota.",
            "La tazza è arrivata rotta.",
            "De mok is kapot.",
            "I got the wrong colour.",
        ] {
            assert!(reports_damage(text), "{text}");
        }
        for text in [
            "It did not arrive broken, all is well. I want a refund anyway.",
            "I want my money back for the cup.",
            "Die Tasse ist nicht kaputt, ich will trotzdem mein Geld.",
            "La taza no llegó rota.",
        ] {
            assert!(!reports_damage(text), "{text}");
        }
    }
}
