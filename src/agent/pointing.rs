//! Words that point to one of a customer's orders: its goods, its day, “the other one”. Pure: what they point to is asked of
//! the shops elsewhere.

use std::sync::LazyLock;

use time::{Date, Duration};

use super::claims::{Claim, DayClaim, claims, day_holds, is_dated};
use super::clauses::{clauses, is_negated};
use super::products::{alike, content_words};
use super::understand::phrases::{Phrases, plain_words};
use crate::model::order::KnownOrder;
use crate::voice::format::day;
use crate::voice::has_words;

/// A correction has no more words than this.
const LONGEST_CORRECTION: usize = 8;

fn says(phrases: &Phrases<()>, text: &str) -> bool {
    !phrases.find(&plain_words(text)).is_empty()
}

/// An order beside the one that is spoken of.
static ANOTHER: LazyLock<Phrases<()>> = LazyLock::new(|| {
    Phrases::new(&[(
        (),
        "other|second order|orders|parcel|package|purchase
        another|different order
        wrong order
        andere|anderen|anderes|anderer|zweite|zweiten|zweites bestellung|bestellungen|auftrag|paket
        falsche|falschen bestellung
        autre|seconde|deuxieme commande|commandes|colis
        otro|otra|segundo|segunda pedido|paquete|compra
        altro|altra|secondo ordine|pacco
        andere|tweede bestelling|pakket|pakketje
        outro|outra|segundo|segunda pedido|encomenda|compra
        inne|innego|innym|drugie|drugiego|drugim|druga|drugiej zamowienie|zamowienia|zamowieniu|paczka|paczki|paczke
        andra|annan bestallning|bestallningen|paket|paketet|ordern
        anden|andet|andre ordre|bestilling|pakke",
    )])
});

/// The same without a word for the order: it may as well be another cup.
static OTHER_ONE: LazyLock<Phrases<()>> = LazyLock::new(|| {
    Phrases::new(&[(
        (),
        "the other|second
        die|das|den|dem|der|um|de|het andere|anderen
        lautre
        el|la|al otro|otra
        laltro|laltra
        o|a|ao outro|outra
        to|te|ta|tego|tym|o drugie|drugiego|drugim|druga|drugiej|inne
        den|det andra|anden|andet",
    )])
});

/// Whether a short message says that the order before is not the one that is meant.
pub(super) fn corrects(text: &str) -> bool {
    const NO: &[&str] = &["no", "nope", "nein", "non", "nee", "nao", "nie", "nej"];
    const MEAN: &[&str] = &[
        "mean",
        "meant",
        "meine",
        "meinte",
        "geht",
        "parle",
        "parlais",
        "agit",
        "sagit",
        "refiero",
        "referia",
        "intendo",
        "intendevo",
        "parlo",
        "bedoel",
        "bedoelde",
        "gaat",
        "refiro",
        "referia",
        "chodzi",
        "chodzilo",
        "menar",
        "menade",
        "mener",
        "mente",
        "galler",
    ];
    const ALONE: usize = 3;
    let words = plain_words(text);
    if words.len() > LONGEST_CORRECTION {
        return false;
    }
    let is_no = words.first().is_some_and(|first| NO.contains(&first.as_str()));
    let is_meant = words.iter().any(|word| MEAN.contains(&word.as_str()));
    let is_other_one = is_no || is_meant || words.len() <= ALONE;
    says(&ANOTHER, text) || (is_other_one && says(&OTHER_ONE, text))
}

/// Whether a text speaks of an order beside the one before, without saying only that.
pub(super) fn speaks_of_another(text: &str) -> bool {
    says(&ANOTHER, text)
}

/// Whether it is about what somebody else bought: their order is under an address of their own.
pub(super) fn is_somebody_elses(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| {
        Phrases::new(&[(
            (),
            "mothers|mums|moms|fathers|dads|wifes|husbands|sisters|brothers|sons|daughters|friends|neighbours|neighbors|colleagues|girlfriends|boyfriends|partners order|orders|parcel|package|purchase
            order|parcel|package of my mother|mum|mom|father|dad|wife|husband|sister|brother|son|daughter|friend|neighbour|neighbor|colleague
            bestellung|paket|auftrag|sendung meiner|meines mutter|frau|tochter|schwester|freundin|nachbarin|kollegin|vaters|mannes|sohnes|bruders|freundes|nachbarn|kollegen
            bestellung|paket|auftrag|sendung von meiner|meinem mutter|frau|tochter|schwester|freundin|nachbarin|kollegin|vater|mann|sohn|bruder|freund|nachbarn|kollegen
            commande|colis de|du ma|mon mere|femme|fille|soeur|amie|voisine|collegue|pere|mari|fils|frere|ami|voisin
            pedido|paquete de mi madre|mujer|esposa|hija|hermana|amiga|vecina|padre|marido|hijo|hermano|amigo|vecino
            ordine|pacco di|del|della mia|mio madre|moglie|figlia|sorella|amica|vicina|padre|marito|figlio|fratello|amico|vicino
            bestelling|pakket|pakje van mijn moeder|vrouw|dochter|zus|vriendin|buurvrouw|vader|man|zoon|broer|vriend|buurman|collega
            pedido|encomenda da|do minha|meu mae|mulher|esposa|filha|irma|amiga|vizinha|pai|marido|filho|irmao|amigo|vizinho
            zamowienie|zamowienia|paczka|paczki mojej|mojego mamy|matki|zony|corki|siostry|kolezanki|taty|ojca|meza|syna|brata|kolegi
            mammas|pappas|frus|mans|systers|brors|vans bestallning|paket",
        )])
    });
    says(&PHRASES, text)
}

/// Whether it is said that the parcel shows as delivered.
pub(super) fn says_delivered(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| {
        Phrases::new(&[(
            (),
            "marked|shown|shows|says|said|listed|status|supposedly|apparently|allegedly 4 delivered -will|be|not|soon
            delivered but
            als|laut|angeblich|status 4 zugestellt|geliefert|ausgeliefert -wird|werden|nicht
            zugestellt|geliefert|ausgeliefert aber
            marque|marquee|indique|indiquee|indiquait|affiche|comme|statut 4 livre|livree -sera|pas
            pone|figura|consta|aparece|dice|como|estado 4 entregado|entregada -sera|no
            risulta|segnato|segna|indicato|come|stato 4 consegnato|consegnata -sara|non
            staat|als|volgens|status|zegt 4 bezorgd|afgeleverd|geleverd -wordt|niet
            consta|aparece|diz|como|estado 4 entregue -sera|nao
            status|oznaczona|oznaczone|jako|wedlug|pisze 4 doreczona|doreczone|doreczono|dostarczona|dostarczone|dostarczono -bedzie|nie
            star|som|enligt|status 4 levererat|levererad -inte|blir",
        )])
    });
    says(&PHRASES, text)
}

/// The one of these orders whose goods alone are named, where something is; else all of them.
pub(super) fn with_named_goods(text: &str, orders: &[KnownOrder]) -> Vec<KnownOrder> {
    let said = said_words(text);
    let named: Vec<&KnownOrder> = orders.iter().filter(|known| names_any(&said, &titles_of(known))).collect();
    match named.as_slice() {
        [only] => vec![(*only).clone()],
        _ => orders.to_vec(),
    }
}

/// The orders of which each has other goods that are named, where there are several. Goods that all of them have tell nothing.
pub(super) fn named_apart(text: &str, orders: &[KnownOrder]) -> Vec<KnownOrder> {
    let said = said_words(text);
    let named: Vec<&KnownOrder> = orders.iter().filter(|known| names_any(&said, &titles_of(known))).collect();
    let is_in_all = |word: &String| named.iter().all(|known| titles_of(known).iter().any(|title| alike(word, title)));
    if named.len() < 2 || said.iter().any(is_in_all) {
        return Vec::new();
    }
    named.into_iter().cloned().collect()
}

/// The orders whose goods a text names where these are no goods of the order before; with that one, where its own are named
/// as well.
pub(super) fn with_other_goods(text: &str, before: &KnownOrder, others: Vec<KnownOrder>) -> Vec<KnownOrder> {
    let (said, own) = (said_words(text), titles_of(before));
    let is_other = |known: &KnownOrder| {
        let titles: Vec<String> =
            titles_of(known).into_iter().filter(|title| !own.iter().any(|word| alike(word, title))).collect();
        names_any(&said, &titles)
    };
    let mut named: Vec<KnownOrder> = others.into_iter().filter(is_other).collect();
    if !named.is_empty() && names_any(&said, &own) {
        named.push(before.clone());
    }
    named
}

/// The words of a text that can name goods, without what is said not to be so.
fn said_words(text: &str) -> Vec<String> {
    let said: Vec<String> = clauses(text).into_iter().filter(|clause| !is_negated(clause)).collect();
    content_words(&said.join("\n"))
}

fn titles_of(known: &KnownOrder) -> Vec<String> {
    known.order.lines.iter().flat_map(|line| content_words(&line.title)).collect()
}

fn names_any(said: &[String], titles: &[String]) -> bool {
    titles.iter().any(|title| said.iter().any(|word| alike(word, title)))
}

/// Whether the text speaks of the newest of several orders, and of none before it.
pub(super) fn means_the_newest(text: &str) -> bool {
    const NEWEST: &[&str] = &[
        "my last order",
        "my latest order",
        "my most recent order",
        "my newest order",
        "meine letzte bestellung",
        "meiner letzten bestellung",
        "meine neueste bestellung",
        "ma dernière commande",
        "mi último pedido",
        "mi ultimo pedido",
        "il mio ultimo ordine",
        "mio ultimo ordine",
        "mijn laatste bestelling",
        "meu último pedido",
        "minha última encomenda",
        "moje ostatnie zamówienie",
        "mojego ostatniego zamówienia",
        "min senaste beställning",
    ];
    static BEFORE_IT: LazyLock<Phrases<()>> = LazyLock::new(|| {
        Phrases::new(&[(
            (),
            "not|nicht|pas|non|niet|nao|nie|inte|no 1 last|latest|recent|newest|letzte|letzten|neueste|derniere|ultimo|ultima|laatste|ostatnie|ostatniego|senaste
            one|order before
            previous|earlier|older|first order
            bestellung|die|der davor
            vorherige|vorherigen|vorletzte|vorletzten|fruhere bestellung
            davant
            avant derniere
            commande precedente
            pedido|el anterior
            ordine|quello precedente
            vorige|eerdere bestelling
            die|bestelling daarvoor
            encomenda|pedido anterior
            poprzednie|poprzedniego|wczesniejsze zamowienie|zamowienia
            bestallningen|den innan",
        )])
    });
    let lower = text.to_lowercase();
    NEWEST.iter().any(|words| has_words(&lower, words)) && !says(&BEFORE_IT, text)
}

/// The day on which a text says that something was bought, if it names one day.
pub(super) fn bought_on(text: &str, language: &str, today: Date) -> Option<DayClaim> {
    static BOUGHT: LazyLock<Phrases<()>> = LazyLock::new(|| {
        Phrases::new(&[(
            (),
            "ordered|bought|placed|purchased
            order|purchase of|from|dated
            bestellt|bestellte|gekauft|kaufte
            bestellung|auftrag vom|von
            jai|ai|avons|avait 1 commande|passe
            achete|achetee
            commande du|passee
            pedi|compre|encargue|hice
            pedido|compra del|de
            ordinato|acquistato|comprato
            ordine del|di
            besteld|bestelde|gekocht
            bestelling van
            encomendei|comprei
            encomenda de
            zamowilam|zamowilem|kupilam|kupilem
            bestallde|kopte",
        )])
    });
    // A day in the same breath may be that of the delivery.
    const COMES: &[&str] = &[
        "arrive",
        "arrives",
        "arriving",
        "deliver",
        "delivered",
        "delivery",
        "by",
        "until",
        "kommen",
        "kommt",
        "ankommen",
        "geliefert",
        "lieferung",
        "bis",
        "livre",
        "livree",
        "livraison",
        "avant",
        "llegar",
        "llegaria",
        "entrega",
        "antes",
        "arrivare",
        "consegna",
        "entro",
        "aankomen",
        "komen",
        "levering",
        "voor",
    ];
    let is_said = |sentence: &&str| {
        let comes = plain_words(sentence).iter().any(|word| COMES.contains(&word.as_str()));
        says(&BOUGHT, sentence) && !comes
    };
    let said: Vec<&str> = sentences(text).into_iter().filter(is_said).collect();
    let dated = said.iter().flat_map(|sentence| claims(sentence, &[], language, today));
    let dated: Vec<DayClaim> = dated
        .filter_map(|claim| match claim {
            Claim::Day(_, claim) if is_dated(claim) => Some(claim),
            _ => None,
        })
        .collect();
    if let [only] = dated.as_slice() { Some(*only) } else { None }
}

/// The sentences of a text and their halves. “18. November” is one.
fn sentences(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut before) = (Vec::new(), 0, ' ');
    for (place, letter) in text.char_indices() {
        if matches!(letter, ',' | '!' | '?' | ';' | '\n') || (letter == '.' && !before.is_ascii_digit()) {
            parts.push(text.get(start..place).unwrap_or_default());
            start = place + letter.len_utf8();
        }
        before = letter;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// The orders that were bought on a day, or, where none was, on the day before or after it.
pub(super) fn bought_then(bought: DayClaim, orders: &[KnownOrder]) -> Vec<KnownOrder> {
    let within = |days: i64| -> Vec<KnownOrder> {
        let holds = |placed: Date| {
            (-days..=days)
                .any(|off| placed.checked_add(Duration::days(off)).is_some_and(|near| day_holds(bought, near)))
        };
        orders.iter().filter(|known| holds(day(known.order.placed_at))).cloned().collect()
    };
    let exact = within(0);
    if exact.is_empty() { within(1) } else { exact }
}

/// Whether it is said that something was bought longer ago than `recent`: on a day that lies before, or months ago.
pub(super) fn bought_long_ago(text: &str, bought: Option<DayClaim>, (today, recent): (Date, Duration)) -> bool {
    /// Days ahead are days of a delivery.
    const AHEAD: Duration = Duration::days(90);
    const YEAR: Duration = Duration::days(365);
    static MONTHS_AGO: LazyLock<Phrases<()>> = LazyLock::new(|| {
        Phrases::new(&[(
            (),
            "months ago
            last year
            vor 2 monaten
            letztes|letzten jahr
            il y a 2 mois
            lannee derniere
            hace 2 meses
            ano pasado
            mesi fa
            lanno scorso
            maanden geleden
            vorig jaar
            ha 2 meses
            ano passado
            miesiecy|miesiace temu
            manader sedan",
        )])
    });
    let holds = |from: Duration, to: Duration| {
        let first = today.checked_add(from);
        let days = (to - from).whole_days();
        let day_at = |off: i64| first.and_then(|first| first.checked_add(Duration::days(off)));
        bought.is_some_and(|bought| (0..=days).any(|off| day_at(off).is_some_and(|day| day_holds(bought, day))))
    };
    says(&MONTHS_AGO, text) || (holds(-YEAR, -recent) && !holds(-recent, AHEAD))
}

#[cfg(test)]
#[path = "pointing_tests.rs"]
mod tests;
