//! Whether an order is to be cancelled, the whole of it and now.

use std::sync::LazyLock;

use super::asking::is_courteous;
use super::{Clause, Said, holds, is_turning};
use crate::agent::clauses::NEGATIONS;
use crate::agent::understand::phrases::Phrases;
use crate::voice::has_words;

/// How words of cancelling begin, folded.
pub(in crate::agent::decide) const CANCELLING: &[&str] = &[
    "cancel",
    "stornier",
    "storno",
    "storn",
    "annul",
    "dannul",
    "lannul",
    "nannul",
    "dellannul",
    "allannul",
    "anul",
    "abbestell",
];

/// How a request is opened, folded; what these words mean elsewhere is no request.
pub(super) const OPENINGS: &str = "can|could|will|would|may 0 you|i|we
    i|we 0 would 0 like
    id|wed 0 like
    as 0 soon 0 as 0 possible
    konnen|konnt|kannst|konnten|konntest|konntet 0 sie|ihr|du
    kann|konnen 0 ich|wir
    pouvez|pourriez 0 vous
    puis 0 je
    pueden|puede|podeis|podrian
    puedo|podemos
    potete|potreste|posso|possiamo
    kunt|kunnen|kun 0 u|jullie|je|we
    kan 0 ik";

/// Of these words alone, folded, and of an opening, a sentence is made that asks to cancel one whole order.
const REQUEST: &[&str] = &[
    // English
    "please pls plz kindly hi hello hey dear team all there you i we want like need to still now immediately at once right away \
     asap my our the this whole entire complete full order purchase it for me us and yes thank thanks thx cheers very much cancel \
     request a cancellation of number",
    // German
    "bitte hallo guten tag liebes team ich wir mochte mochten moechte will wollen gern gerne hiermit meine unsere die diese \
     ganze gesamte komplette bestellung den meinen auftrag stornieren storniere storniert stornierung storno um der meiner \
     sie ihr noch sofort jetzt umgehend fur mich uns und danke vielen dank ja mit nummer bestellnummer abbestellen",
    // French
    "bonjour merci de d bien vouloir je nous veux voudrais voudrions souhaite souhaitons souhaiterais aimerais jaimerais s \
     svp il sil vous plait te ma notre la cette commande entiere toute numero annuler annulez annulation dannuler \
     lannulation tout suite et oui",
    // Spanish
    "hola buenos dias por favor quiero queremos quisiera quisieramos me nos gustaria deseo necesito cancelar cancelen \
     cancelad cancele cancelarme anular anulen anule cancelacion anulacion el mi nuestro pedido compra este orden entero todo \
     completo solicito ya ahora gracias del y si",
    // Italian
    "ciao buongiorno salve per favore vorrei vorremmo voglio vogliamo desidero annullare annullate annulli annullamento il \
     mio nostro l ordine lordine questo tutto intero completo subito ora grazie dellordine numero chiedo richiedo e",
    // Dutch
    "hallo beste graag wil willen ik wij we mijn onze de deze hele bestelling order annuleren annuleer annuleert annulering \
     alstublieft alsjeblieft nu meteen direct dank bedankt van nummer en ja",
];

/// Why somebody cancels, and how they take leave, folded: these may stand beside the request.
const BESIDE: &str = "changed 1 mind|minds
    by 0 mistake|accident|error
    accidentally|mistakenly
    wrong 0 size|colour|color|item|product|one|model|address|quantity
    no 0 longer 1 need|want|needed|wanted|required
    dont|not 1 need|want 3 more|anymore|longer
    found|bought|got 3 elsewhere|cheaper
    takes|taking 1 too 0 long
    thank|thanks 0 you 3 much|help|advance|time
    best|kind|warm|many 0 regards|wishes|thanks
    best|regards|cheers|cordialement|saludos|groeten|groet
    sorry|apologies|apologise|apologize
    refund 2 money|me|us|it|amount|order|please
    get 2 refund
    money 1 back
    geld 2 zuruck
    erstatten 1 sie|betrag
    rembours*
    reembols*
    rimbors*
    geld 1 terug
    anders uberlegt
    brauche|brauchen|benotige|benotigen|will|mochte 3 nicht|keine|keinen 1 mehr
    versehentlich|irrtumlich
    aus 0 versehen
    falsche|falschen|falsches 0 grosse|farbe|artikel|produkt|adresse|menge
    dauert 2 zu 0 lange
    mit 0 freundlichen|besten|vielen 0 grussen
    freundliche|liebe|viele|beste|schone 0 grusse
    habe|hab 1 mich 0 vertan|geirrt
    change 1 davis
    par 0 erreur
    nai|nen|plus 1 plus|besoin 2 besoin|plus
    trop 0 long
    bien 0 cordialement
    suis 0 trompe|trompee
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

/// Why somebody cancels what they have ordered more than once: whether all pieces are meant is open where there are several.
const TWICE: &str = "ordered|bought|placed 3 twice
    doppelt 1 bestellt";

/// Of these words alone, folded, a sentence beside the request says nothing: words of wishing are none of them.
const COURTESY: &str = "please pls plz kindly hi hello hey dear team all there thank thanks thx cheers very much you yes and the of my our order number asap \
    immediately now bitte hallo guten tag liebes danke vielen dank ja und meine unsere bestellung nummer bestellnummer sofort umgehend jetzt bonjour merci svp \
    sil vous plait et oui ma notre commande hola buenos dias por favor gracias y ya ahora mi pedido ciao buongiorno salve per favore grazie e subito ora il mio ordine beste \
    bedankt alstublieft alsjeblieft en nu direct meteen mijn bestelling";

/// Words that stand beside those of a reason and say nothing, folded.
const AROUND: &str = "i we you he she they my our me us it this that these the a an and as so because since just have had has was is am are \
    be by for of in on at to with ordered order bought placed found got item product one already unfortunately really very \
    elsewhere cheaper now all any more anymore longer it them trouble inconvenience your help time advance \
    ich wir sie es mir mich uns das die den der ein eine habe haben hat war ist bin sind leider schon bereits weil da denn und \
    bestellt gekauft artikel produkt mehr woanders gunstiger gefunden mir umstande entschuldigung \
    je nous ai avons suis cest cela le la les l un une des de du d mon ma et car parce que deja commande achete trouve ailleurs \
    moins cher plus malheureusement desole desolee \
    yo lo la los las un una de del he hemos es fue y porque que ya pedido comprado encontrado por error mas barato sitio otro \
    disculpe disculpen perdon \
    io lo la il le un una di del ho abbiamo e stato perche che gia ordinato comprato trovato piu altrove scusate purtroppo \
    ik wij we het de een heb hebben is was en omdat al besteld gekocht gevonden goedkoper elders helaas meer mijn van in";

/// With these a reason speaks of a part of the order, or of a day, folded.
const PARTIAL: &str = "one two both half first second other others lid express delivery shipping wrapping monday tuesday wednesday \
    thursday friday saturday sunday christmas birthday eine einen zwei beide zweite zweiten andere express versand montag \
    dienstag mittwoch donnerstag freitag samstag sonntag weihnachten geburtstag deuxieme autre livraison noel segundo segunda \
    otro otra envio navidad secondo seconda altro altra spedizione natale tweede ander andere verzending kerst";

/// What Spanish writes with an accent where it tells, and without one where it asks.
const TOLD_IN_SPANISH: [&str; 2] = ["cancelé", "anulé"];

/// Who does it in a clause that begins with them and tells, folded.
const OTHERS: &str = "you ihr sie du vous u jullie usted ustedes voi";

/// With these they are told to do it, folded.
const DEMANDED: &str =
    "need must mussen musst musset sollen sollt devez debe deben debeis deve dovete deveis moet moeten";

/// Of wishing it done, folded, beside a participle that is also how several are told to do it.
const WISHED: &str = "mochte mochten moechte will wollen konnt konntet";

/// Whether the whole of the order is asked to be cancelled now, in words that are all known, and nothing beside it could
/// matter.
pub(in crate::agent::decide) fn cancels(said: &Said<'_>) -> bool {
    let mut is_asked = false;
    let is_turned = said.subject_words().iter().any(|word| is_turning(word));
    if is_turned || tells_in_spanish(&said.body) || tells_in_spanish(said.subject) {
        return false;
    }
    let Some(clauses) = said.clauses() else { return false };
    for Clause { words, asks, .. } in clauses {
        match words.iter().filter(|word| is_cancelling(word)).count() {
            0 if !said.names_goods(&words) && is_beside(&words, said.has_several_pieces) => {}
            1 if is_request(&words, asks) => is_asked = true,
            _ => return false,
        }
    }
    is_asked
}

/// Whether somebody tells in Spanish that they have cancelled: “ya cancelé” is no “cancele”.
pub(in crate::agent::decide) fn tells_in_spanish(text: &str) -> bool {
    let lower = text.to_lowercase().replace("e\u{301}", "é");
    TOLD_IN_SPANISH.iter().any(|word| has_words(&lower, word))
}

/// Whether a clause tells of cancelling in words that elsewhere ask for it: “Ihr storniert meine Bestellung!”, “Ya cancele mi
/// pedido”, “Meine Bestellung storniert!”.
pub(in crate::agent::decide) fn is_told(words: &[String]) -> bool {
    const JOINTS: &str = "and und et y e en but aber mais pero ma maar";
    let mut own = words.iter().map(String::as_str).skip_while(|word| holds(JOINTS, word));
    let first = own.next().unwrap_or_default();
    let rest: Vec<&str> = own.collect();
    let is_of_others = (holds(OTHERS, first) && !rest.first().is_some_and(|word| holds(DEMANDED, word)))
        || (first == "je" && rest.contains(&"annuleert"))
        || (first == "mi" && rest.iter().any(|word| ["annullate", "annulli"].contains(word)));
    let is_done = rest.contains(&"storniert") && !words.iter().any(|word| holds(WISHED, word));
    let is_done_already = words
        .windows(2)
        .any(|pair| matches!(pair, [ya, did] if ya == "ya" && ["cancele", "anule"].contains(&did.as_str())));
    !is_courteous(words) && (is_of_others || is_done || is_done_already)
}

fn is_cancelling(word: &str) -> bool {
    CANCELLING.iter().any(|start| word.starts_with(start))
}

/// Whether a clause is made of words of the request alone. English tells with “will” of another time, German wishes with it.
/// Whoever asks for it asks whether it can be done: “you cancel my order?” is no request.
fn is_request(words: &[String], asks: bool) -> bool {
    static OPENED: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), OPENINGS)]));
    if words.windows(2).any(|pair| matches!(pair, [who, will] if ["i", "we"].contains(&who.as_str()) && will == "will"))
    {
        return false;
    }
    if is_told(words) {
        return false;
    }
    // “Cancel my request” is about something else than the order.
    let cancelling = words.iter().position(|word| is_cancelling(word)).unwrap_or_default();
    if words.iter().skip(cancelling).any(|word| word == "request") {
        return false;
    }
    let opened = OPENED.find(words);
    let is_of_opening = |place: usize| opened.iter().any(|((), opening)| opening.contains(&place));
    (!asks || !opened.is_empty())
        && words.iter().enumerate().all(|(place, word)| is_of_request(word) || is_of_opening(place))
}

/// Why it is cancelled, or courtesy; each word is known.
fn is_beside(words: &[String], has_several_pieces: bool) -> bool {
    static REASONS: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), BESIDE)]));
    static MORE: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), BESIDE), ((), TWICE)]));
    let reasons = if has_several_pieces { &REASONS } else { &MORE };
    let is_known = |word: &String| reasons.knows(word) || is_of_request(word) || holds(AROUND, word);
    let found = reasons.find(words);
    let is_of_reason = |place: usize| found.iter().any(|((), reason)| reason.contains(&place));
    let denies = |(place, word): (usize, &String)| NEGATIONS.contains(&word.as_str()) && !is_of_reason(place);
    let gives_reason = !found.is_empty()
        && words.iter().all(|word| is_known(word) && !holds(PARTIAL, word))
        && !words.iter().enumerate().any(denies);
    gives_reason || words.iter().all(|word| holds(COURTESY, word))
}

/// Whether a word is one of those of which a request to cancel is made.
pub(in crate::agent::decide) fn is_of_request(word: &str) -> bool {
    REQUEST.iter().any(|words| holds(words, word))
}

#[cfg(test)]
mod tests {
    use super::cancels;
    use crate::agent::decide::plainly::{Said, test_said as said};

    #[test]
    fn who_asks_plainly_needs_no_reader() {
        for text in [
            "Please cancel my order PC-1001.",
            "Hi team,\n\nplease cancel order PC-1001. I ordered it by mistake.\n\nKind regards\nAnna Berg",
            "Can I still cancel order PC-1001?",
            "I don't need it any more, please cancel the order.",
            "I changed my mind, cancel PC-1001 please.",
            "Please cancel #1001, thank you.",
            "Hello Fjord & Pine team,\nplease cancel\nmy order PC-1001 and refund my money.\nAnna",
            "I would like to cancel my order PC-1001, as I ordered it twice.",
            "Kann ich die Bestellung noch stornieren?",
            "Hi, I would like to cancel order PC-1001, I found it cheaper elsewhere. Thanks, Kim",
            "Hallo, bitte stornieren Sie meine Bestellung PC-1001. Viele Grüße, Kim",
            "Merci d'annuler ma commande PC-1001. Cordialement, Kim",
            "Bitte stornieren Sie meine Bestellung PC-1001, ich brauche sie nicht mehr.",
            "Merci d'annuler ma commande.",
            "Quiero cancelar mi pedido PC-1001. Gracias.",
            "Cancele mi pedido PC-1001, por favor.",
            "Cancele mi pedido PC-1001 ya.",
            "Storniert bitte meine Bestellung PC-1001.",
            "Sie stornieren bitte meine Bestellung PC-1001.",
            "Annulez ma commande PC-1001 !",
            "No longer needed, cancel it please.",
            "You need to cancel my order PC-1001.",
            "Vorrei annullare l'ordine.",
            "Ik wil mijn bestelling annuleren.",
        ] {
            assert!(cancels(&said(text)), "{text}");
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
            "I may need to cancel my order PC-1001.",
            "I could cancel my order PC-1001.",
            "I will cancel my order PC-1001.",
            "Please cancel my cancellation request.",
            "Bitte stornieren Sie die Stornierung meiner Bestellung PC-1001.",
            "Please cancel PC-1001 (the blue mug).",
            "Please cancel PC-1001, just the mug.",
            "Cancel order: PC-1001\nThe socks",
            "Cancel order PC-1001\nStoneware mug",
            "Please cancel PC-1001, next Friday.",
            "Please cancel my order PC-1001, I no longer need the second one.",
            "Please cancel my order PC-1001, I no longer need the lid.",
            "Please cancel my order PC-1001, I no longer need one of the mugs.",
            "Bitte stornieren Sie PC-1001, ich brauche die zweite Tasse nicht mehr.",
            "Please cancel PC-1001.\nNext Friday.",
            "Please cancel PC-1001. Ask me first.",
            "Annulez la commande PC-1001 (la tasse)",
        ] {
            assert!(!cancels(&said(text)), "{text}");
        }
    }

    #[test]
    fn who_tells_that_it_is_cancelled_does_not_ask_for_it() {
        for text in [
            "Ya cancelé mi pedido PC-1001.",
            "Hola, ya cancelé mi pedido PC-1001. Gracias.",
            "Ya cancele\u{301} mi pedido PC-1001.",
            "Ya cancele mi pedido PC-1001.",
            "Ya anulé este pedido.",
            "Ihr storniert meine Bestellung PC-1001!",
            "Und Sie stornieren meine Bestellung PC-1001!",
            "Meine Bestellung PC-1001 storniert!",
            "Vous annulez ma commande PC-1001 !",
            "You cancel my order PC-1001!",
            "Mi annullate l'ordine PC-1001!",
            "Je annuleert mijn bestelling PC-1001!",
        ] {
            assert!(!cancels(&said(text)), "{text}");
        }
        assert!(!cancels(&Said { subject: "Ya cancelé", ..said("Cancele mi pedido PC-1001.") }));
    }

    #[test]
    fn what_stands_by_itself_is_a_name_only_where_it_is_one() {
        for below in
            ["Hat sich erledigt!", "Disregard please", "Oubliez ça, désolé", "Laat zitten!", "Once Karl agrees"]
        {
            let text = format!("Please cancel my order PC-1001.\n{below}");
            assert!(!cancels(&said(&text)), "{below}");
        }
        for below in ["Anna Berg", "Thanks Anna", "Anna\n+49 171 5557812\nanna@post.example", "Sorry for the trouble"] {
            let text = format!("Please cancel my order PC-1001.\n{below}");
            assert!(cancels(&said(&text)), "{below}");
        }
    }

    #[test]
    fn whoever_wants_it_after_all_has_a_reader() {
        for beside in [
            "Sorry, I changed my mind and need it.",
            "I still need it.",
            "Ich möchte meine Bestellung noch.",
            "Je veux ma commande.",
            "Quiero mi pedido.",
            "Voglio il mio ordine.",
            "Ik wil mijn bestelling.",
            "Not my money back please.",
            "You want to cancel my order?",
            "Please cancel my request for the order.",
            "One only. Tel +49 171 5557812",
            "Von meinem Mann aus soll sie erst am Montag weg.",
        ] {
            let text = format!("Please cancel my order PC-1001.\n{beside}");
            assert!(!cancels(&said(&text)), "{beside}");
        }
    }

    #[test]
    fn what_is_asked_or_stands_in_the_subject_is_no_request() {
        for text in ["You want to cancel my order PC-1001?", "Ihr storniert meine ganze Bestellung PC-1001?"] {
            assert!(!cancels(&said(text)), "{text}");
        }
        assert!(!cancels(&Said { subject: "Cancel PC-1001", ..said("Thank you very much.") }));
        assert!(!cancels(&Said { is_added_to: true, ..said("Please cancel PC-1001.\nSorry, I changed my mind!") }));
    }

    #[test]
    fn a_name_that_turns_the_wish_is_no_name() {
        let text = "Please cancel my order PC-1001 not";
        assert!(!cancels(&Said { names: vec!["not".to_owned()], ..said(text) }));
    }

    #[test]
    fn a_wish_inside_the_reason_has_a_reader() {
        for text in [
            "Annuleer mijn bestelling PC-1001, verkeerde maat, L graag",
            "Cancelen el pedido PC-1001, he cambiado de opinión con la talla: L",
            "Cancel PC-1001, wrong size, 42 please",
        ] {
            assert!(!cancels(&said(text)), "{text}");
        }
    }

    #[test]
    fn of_several_pieces_ordered_twice_one_may_be_meant() {
        let text = "Please cancel my order PC-1001, I ordered it twice by mistake.";
        assert!(cancels(&said(text)));
        assert!(!cancels(&Said { has_several_pieces: true, ..said(text) }));
    }

    #[test]
    fn a_subject_that_says_nothing_of_it_changes_nothing() {
        let asked = said("Please cancel my order PC-1001.");
        assert!(cancels(&Said { subject: "Urgent", ..asked }));
        assert!(!cancels(&Said { subject: "Maybe later", ..said("Please cancel my order PC-1001.") }));
    }
}
