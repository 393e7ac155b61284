//! What is said so plainly that no person needs to read it first. Money leaves and orders end on these words, and there is
//! no end of ways to say the opposite; so it is not the doubt that is looked for, but a request in words that leave none.

use std::sync::LazyLock;

use crate::agent::clauses::{NEGATIONS, clauses};
use crate::agent::understand::phrases::{Phrases, plain_words};
use crate::model::order::Order;

/// How words of cancelling begin, folded.
pub(super) const CANCELLING: &[&str] =
    &["cancel", "stornier", "storno", "storn", "annul", "dannul", "lannul", "nannul", "anul", "abbestell"];

/// How a request is opened, folded; what these words mean elsewhere is no request.
const OPENINGS: &str = "can|could|will|would|may 0 you|i|we
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
    "please kindly hi hello hey dear team all there you i we want like need to still now immediately at once right away \
     asap my our the this whole entire complete full order purchase it for me us and yes thank thanks very much cancel \
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
    best|regards|cheers|cordialement|saludos|groeten|groet
    thank|thanks 0 you 3 much|help|advance|time
    sent 0 from 0 my
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
    doppelt 1 bestellt
    falsche|falschen|falsches 0 grosse|farbe|artikel|produkt|adresse|menge
    dauert 2 zu 0 lange
    mit 0 freundlichen|besten|vielen 0 grussen
    freundliche|liebe|viele|beste|schone 0 grusse
    habe|hab 1 mich 0 vertan|geirrt
    von 0 meinem 1 gesendet
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

/// How a line begins that greets, whoever is greeted; folded.
pub(super) const GREETING: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "dear",
    "good",
    "hallo",
    "guten",
    "liebe",
    "liebes",
    "lieber",
    "moin",
    "sehr",
    "bonjour",
    "bonsoir",
    "cher",
    "chere",
    "hola",
    "buenos",
    "buenas",
    "estimado",
    "estimada",
    "estimados",
    "ciao",
    "buongiorno",
    "salve",
    "gentile",
    "spettabile",
    "beste",
    "geachte",
    "goedemorgen",
    "goedendag",
];

/// Words that no name holds, folded: a line under the request with one of them is none.
const NO_NAME: &str = "the a an my your that and die das ein eine le une un los las una gli uno het een";

/// In a line under the request, which may be a name, these leave a doubt; folded.
const TURNING: &str = "if unless until but only or else except instead rather maybe perhaps later tomorrow tonight why what how \
    when where who keep leave stay stays want wants wait stop hold ignore forget undo revert both one two half joke joking \
    kidding fools haha lol scratch wenn falls aber nur oder sonst ausser vielleicht spater morgen warum was wie wann wo behalte \
    behalten bleibt warte warten stopp vergiss scherz spass doch si mais seulement ou sauf peut demain pourquoi quoi quand garde \
    attendez blague pero solo salvo quizas manana porque que cuando donde esperen broma se soltanto oppure forse domani perche \
    cosa quando dove monday tuesday wednesday thursday friday saturday sunday week month next after before day days ask first \
    then montag dienstag mittwoch donnerstag freitag samstag sonntag woche nachste erst zuerst dann lundi mardi mercredi jeudi \
    vendredi samedi dimanche semaine prochain apres avant lunes martes miercoles jueves viernes sabado domingo semana proximo \
    despues primero luego lunedi martedi mercoledi giovedi venerdi domenica settimana prossimo dopo prima maandag dinsdag \
    woensdag donderdag vrijdag zaterdag zondag volgende eerst tengo aspettate scherzo als maar alleen of misschien morgen waarom wat wanneer waar houd wacht grapje toch";

/// With these a reason speaks of a part of the order, or of a day, folded.
const PARTIAL: &str = "one two both half first second other others lid express delivery shipping wrapping monday tuesday wednesday \
    thursday friday saturday sunday christmas birthday eine einen zwei beide zweite zweiten andere express versand montag \
    dienstag mittwoch donnerstag freitag samstag sonntag weihnachten geburtstag deuxieme autre livraison noel segundo segunda \
    otro otra envio navidad secondo seconda altro altra spedizione natale tweede ander andere verzending kerst";

/// How thanks and a letter end, folded: a name may follow on the same line.
const SIGNING: &[&str] = &[
    "thanks",
    "thank",
    "you",
    "regards",
    "wishes",
    "best",
    "cheers",
    "danke",
    "dank",
    "grusse",
    "grussen",
    "gruss",
    "merci",
    "cordialement",
    "gracias",
    "saludo",
    "saludos",
    "grazie",
    "saluti",
    "bedankt",
    "groet",
    "groeten",
];

/// A line of so few words may be a name, and one of so few may greet somebody.
const NAME: usize = 3;
const GREETED: usize = 7;

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
pub(super) fn leaves_return_open(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), UNSETTLED)]));
    static POLITE: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), COURTESY)]));
    let said = clauses(text).into_iter().map(|clause| plain_words(&clause));
    said.filter(|words| POLITE.find(words).is_empty()).any(|words| !PHRASES.find(&words).is_empty())
}

/// Whether words that were cut off below a message can turn what it asks for.
pub(super) fn turns(below: &str) -> bool {
    plain_words(below).iter().any(|word| is_turning(word))
}

/// Whether the text says of going back that it is not meant.
pub(super) fn keeps_goods(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), GOING_BACK)]));
    clauses(text).into_iter().map(|clause| plain_words(&clause)).any(|words| {
        let denied = |place: usize| {
            let before = words.get(place.saturating_sub(NEAR)..place).unwrap_or_default();
            before.iter().any(|word| NEGATIONS.contains(&word.as_str()))
        };
        // Who does not send all of it back sends back a part.
        let is_all = words.iter().any(|word| EVERYTHING.contains(&word.as_str()));
        !is_all && PHRASES.find(&words).into_iter().any(|((), found)| denied(found.start))
    })
}

/// How near before it a denial stands.
const NEAR: usize = 5;

const EVERYTHING: &[&str] = &["everything", "all", "alles", "tout", "tous", "todo", "todos", "tutto", "tutti"];

/// Whether the text asks to cancel this order, the whole of it and now, and says nothing else that could matter.
pub(super) fn cancels(text: &str, order: &Order) -> bool {
    let number = plain_words(&order.number);
    let titles: Vec<String> = order.lines.iter().flat_map(|line| plain_words(&line.title)).collect();
    let mut is_asked = false;
    for line in text.lines() {
        let words = without(&plain_words(line), &number);
        let greets = words.first().is_some_and(|first| GREETING.contains(&first.as_str())) && words.len() <= GREETED;
        let is_name =
            is_asked && words.len() <= NAME && !words.iter().any(|word| is_no_name(word) || titles.contains(word));
        let speaks_of_it = words.iter().any(|word| is_cancelling(word));
        if !speaks_of_it && (greets && !is_asked || is_name) {
            continue;
        }
        let mut signs = false;
        for clause in clauses(line) {
            let words = without(&plain_words(&clause), &number);
            let is_part = words.iter().any(|word| titles.contains(word));
            let is_name = signs && words.len() <= NAME && !is_part && !words.iter().any(|word| is_no_name(word));
            signs = words.last().is_some_and(|last| SIGNING.contains(&last.as_str()));
            match words.iter().filter(|word| is_cancelling(word)).count() {
                0 if is_name || !is_part && is_beside(&words) => {}
                1 if is_request(&words) => is_asked = true,
                _ => return false,
            }
        }
    }
    is_asked
}

fn is_cancelling(word: &str) -> bool {
    CANCELLING.iter().any(|start| word.starts_with(start))
}

/// Whether a clause is made of words of the request alone. English tells with “will” of another time, German wishes with it.
fn is_request(words: &[String]) -> bool {
    static OPENED: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), OPENINGS)]));
    if words.windows(2).any(|pair| matches!(pair, [who, will] if ["i", "we"].contains(&who.as_str()) && will == "will"))
    {
        return false;
    }
    let opened = OPENED.find(words);
    let is_of_opening = |place: usize| opened.iter().any(|((), opening)| opening.contains(&place));
    words.iter().enumerate().all(|(place, word)| is_of_request(word) || is_of_opening(place))
}

/// Why it is cancelled, thanks, or words of the request without the request.
fn is_beside(words: &[String]) -> bool {
    static REASONS: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), BESIDE)]));
    let is_partial = |word: &String| PARTIAL.split_whitespace().any(|known| known == word);
    !REASONS.find(words).is_empty() && !words.iter().any(is_partial)
        || words.iter().all(|word| is_of_request(word) && !is_turning(word))
}

fn is_no_name(word: &str) -> bool {
    is_turning(word)
        || word.bytes().any(|byte| byte.is_ascii_digit())
        || NO_NAME.split_whitespace().any(|known| known == word)
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
    use super::{Order, cancels, keeps_goods, leaves_return_open};
    use crate::commerce::test_order::order;

    fn mug() -> Order {
        let mut order = Order { number: "PC-1001".to_owned(), ..order() };
        "Stoneware mug".clone_into(&mut order.lines[0].title);
        order
    }

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
            "Vorrei annullare l'ordine.",
            "Ik wil mijn bestelling annuleren.",
        ] {
            assert!(cancels(text, &mug()), "{text}");
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
            assert!(!cancels(text, &mug()), "{text}");
        }
    }

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
