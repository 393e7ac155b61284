//! Words that state, promise or deny something, by language. Evidence holds the same as `#word`. What is only a rule,
//! “we refund within 5 days”, is `#word rule`: it says nothing of what was done.

use super::grammar::{DONE, JOINTS, MARKS, MYSELF, NEGATIONS, OPENERS};

/// A state and the beginnings of words that claim it, per language.
struct Topic {
    state: &'static str,
    /// Whether a negation beside it claims the contrary (`#not …`); if not, the claim is the same.
    turns: bool,
    words: [&'static [&'static str]; 6],
}

/// What a policy has rules for, beside returns: to say that it was done takes more than the rule.
const RULED: [&str; 2] = ["#refund", "#replace"];

const LANGUAGES: [&str; 6] = ["en", "de", "fr", "es", "it", "nl"];

const TOPICS: &[Topic] = &[
    Topic {
        state: "#refund",
        turns: true,
        words: [
            &["refund", "reimburs", "money back", "paid back", "your money", "goes back to your", "credited"],
            &["erstatt", "rückerstatt", "gutgeschrieben", "geld zurück", "zurückgezahlt", "überwiesen"],
            &["rembours"],
            &["reembols", "devuelto el dinero", "devolver el dinero", "hemos devuelto", "he devuelto"],
            &["rimbors", "accreditat"],
            &["terugbeta", "geld terug", "teruggestort", "vergoed"],
        ],
    },
    Topic {
        state: "#cancel",
        turns: true,
        words: [
            &["cancel"],
            &["stornier", "storno"],
            &["annul"],
            &["cancel", "anulad", "anular"],
            &["annull"],
            &["annule", "geannul"],
        ],
    },
    Topic {
        state: "#replace",
        turns: true,
        words: [
            &["replac", "sent another", "send another", "sent you a new", "send you a new", "again at no cost"],
            &["ersatz", "noch einmal", "erneut geschickt", "neu verschickt"],
            &["remplac", "renvoyé gratuit", "à nouveau"],
            &["reempla", "de nuevo", "otra vez"],
            &["sostitu", "di nuovo"],
            &["vervang", "opnieuw"],
        ],
    },
    Topic {
        state: "#return",
        turns: true,
        words: [
            &["a return", "the return", "return of", "returns are", "can return", "return unused", "your return"],
            &["rücksendung", "retoure", "zurückschick", "zurücksend", "zurückgeben"],
            &["retour", "renvoyer"],
            &["devolución", "devolver"],
            &["reso", "restitu"],
            &["retour", "terugstur"],
        ],
    },
    Topic {
        state: "#delivered",
        turns: true,
        words: [
            // Behind the apostrophe: “hasn’t arrived”.
            &[
                "was delivered",
                "been delivered",
                "has arrived",
                "already arrived",
                "is delivered",
                "not delivered",
                "not arrived",
                "arrived on",
                "t delivered",
                "t arrived",
            ],
            &["zugestellt", "angekommen", "geliefert worden"],
            &["été livré", "est arrivé", "pas arrivé"],
            &["entregado", "entregó", "ha llegado", "llegó"],
            &["consegnat", "è arrivat"],
            &["bezorgd", "afgeleverd", "aangekomen"],
        ],
    },
    Topic {
        state: "#shipped",
        turns: true,
        words: [
            &[
                "left us",
                "left on",
                "left our",
                "has left",
                "have left",
                "shipped",
                "dispatched",
                "on its way",
                "been sent",
                "was sent",
                "not left",
                "not sent",
                "t left",
                "t sent",
            ],
            &["verschickt", "versendet", "versandt", "unterwegs", "verlassen", "abgeschickt"],
            &["expédié", "parti", "en route"],
            &["enviado", "salió", "salido", "en camino"],
            &["spedit", "partit", "in viaggio"],
            &["verzonden", "onderweg", "vertrokken"],
        ],
    },
    Topic {
        state: "#out for delivery",
        turns: true,
        words: [
            &["out for delivery"],
            &["in zustellung"],
            &["en cours de livraison"],
            &["en reparto"],
            &["in consegna"],
            &["wordt vandaag bezorgd"],
        ],
    },
    Topic {
        state: "#expected",
        turns: true,
        words: [
            &[
                "will arrive",
                "will be delivered",
                "arrives",
                "expects to deliver",
                "should arrive",
                "will be with you",
                "is due by",
            ],
            &["wird ankommen", "kommt an", "soll ankommen", "wird zugestellt", "wird geliefert"],
            &["arrivera", "sera livré", "devrait arriver"],
            &["llegará", "será entregado", "debería llegar"],
            &["arriverà", "sarà consegnat", "dovrebbe arrivare"],
            &["zal aankomen", "wordt bezorgd", "komt aan"],
        ],
    },
    Topic {
        state: "#late",
        turns: true,
        words: [
            &["days late", "day late", "is late", "delayed"],
            &["verspät", "zu spät"],
            &["en retard", "jours de retard"],
            &["retraso", "retrasado"],
            &["ritardo"],
            &["te laat", "vertraag"],
        ],
    },
    Topic {
        state: "#on time",
        turns: true,
        words: [
            &["on time"],
            &["pünktlich", "im zeitplan"],
            &["à l’heure", "à l'heure", "dans les temps"],
            &["a tiempo"],
            &["in orario", "nei tempi"],
            &["op tijd"],
        ],
    },
    Topic {
        state: "#lost",
        turns: true,
        words: [
            &[
                "as lost",
                "is lost",
                "got lost",
                "was lost",
                "been lost",
                "lost it",
                "lost your",
                "went missing",
                "stolen",
            ],
            &["verloren", "verschwunden", "gestohlen"],
            &["perdu", "disparu", "volé"],
            &["perdid", "desaparecid", "robad"],
            // Not `pers…`: a person (“persona”) is not lost.
            &["smarrit", "andato perso", "è perso", "pacco perso", "per perso", "come perso", "scompars", "rubat"],
            &["verloren", "kwijt", "verdwenen", "gestolen"],
        ],
    },
    Topic {
        state: "#stock",
        turns: true,
        words: [
            &["in stock"],
            &["auf lager", "vorrätig"],
            &["en stock"],
            &["en stock", "en existencia"],
            &["disponibile"],
            &["op voorraad"],
        ],
    },
    Topic {
        state: "#no stock",
        turns: false,
        words: [
            &["out of stock", "sold out"],
            &["ausverkauft"],
            &["rupture", "épuisé"],
            &["agotado"],
            &["esaurit"],
            &["uitverkocht"],
        ],
    },
    Topic {
        state: "#free",
        turns: false,
        words: [
            &[
                "free of charge",
                "for free",
                "no cost",
                "no charge",
                "we pay",
                "paid by us",
                "need not pay",
                "costs you nothing",
                "free shipping",
                "is free",
            ],
            &[
                "kostenlos",
                "kostenfrei",
                "gratis",
                "wir übernehmen",
                "übernehmen wir",
                "kostet nichts",
                "kostet dich nichts",
                "kostet sie nichts",
                "wir zahlen",
                "porto zahlen wir",
                "wir tragen",
                "tragen wir",
            ],
            &["gratuit", "sans frais", "nous payons", "nous prenons en charge", "coûte rien", "à notre charge"],
            &["gratis", "sin coste", "sin costo", "pagamos nosotros", "lo pagamos", "cuesta nada", "a nuestro cargo"],
            &[
                "gratis",
                "gratuit",
                "senza costi",
                "paghiamo noi",
                "lo paghiamo",
                "costa nulla",
                "costa niente",
                "a nostro carico",
            ],
            &["gratis", "kosteloos", "wij betalen", "betalen wij", "kost niets", "kost je niets"],
        ],
    },
    Topic {
        state: "#customer pays",
        turns: false,
        words: [
            &["paid by you", "you pay"],
            &["du trägst", "sie tragen", "trägst du", "tragen sie"],
            &["à votre charge", "à ta charge"],
            &["corre por tu cuenta", "a tu cargo", "a su cargo"],
            &["a tuo carico", "a suo carico"],
            &["betaal je zelf", "betaalt u zelf"],
        ],
    },
    Topic {
        state: "#keep",
        turns: false,
        words: [
            &[
                "can keep",
                "may keep",
                "keep it",
                "keep them",
                "need to send it back",
                "need to return",
                "need not send",
            ],
            &["behalten"],
            &["garder"],
            &["quedártel", "quedártelo", "quedárselo", "quedarte con"],
            &["tenerl", "tenere"],
            &["houden"],
        ],
    },
    Topic {
        state: "#address",
        turns: true,
        words: [
            &[
                "changed the address",
                "address is changed",
                "new address is",
                "changed its address",
                "changed your address",
                "change its address",
            ],
            &["adresse geändert", "adresse ist geändert"],
            &["adresse modifiée", "modifié l’adresse", "modifié l'adresse", "changé l'adresse"],
            &["cambiado la dirección"],
            &["cambiato l’indirizzo", "cambiato l'indirizzo", "modificato l’indirizzo", "modificato l'indirizzo"],
            &["adres gewijzigd", "adres aangepast"],
        ],
    },
    Topic {
        state: "#offer",
        turns: false,
        words: [
            &["discount", "voucher", "coupon", "gift card worth", "compensat", "store credit"],
            &["rabatt", "gutschein", "nachlass", "preisnachlass", "entschädig"],
            &["remise", "bon d’achat", "bon d'achat", "réduction", "dédommag"],
            &["descuento", "cupón", "vale de", "compens"],
            &["sconto", "buono", "risarc"],
            &["korting", "tegoedbon", "vergoeding"],
        ],
    },
    Topic {
        state: "#promise",
        turns: false,
        words: [
            &[
                "guarantee",
                "promise you",
                "we promise",
                "i promise",
                "definitely",
                "certainly",
                "for sure",
                "will never",
                "without fail",
            ],
            &["garantier", "versprech", "versprochen", "ganz sicher", "auf jeden fall", "definitiv"],
            &["garanti", "promet", "à coup sûr"],
            &["garantiz", "promet", "con toda seguridad"],
            &["garant", "promett", "sicuramente"],
            &["garander", "garandeer", "beloof", "beloven", "zeker weten"],
        ],
    },
];

/// Whether a sentence only asks. Spanish marks where a question begins.
fn only_asks(sentence: &str, place: usize) -> bool {
    let sentence = sentence.trim();
    if !sentence.ends_with('?') {
        return false;
    }
    let first = sentence.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty()).map(str::to_lowercase);
    let opens = first.is_some_and(|word| OPENERS.get(place).is_some_and(|words| words.contains(&word.as_str())));
    opens || sentence.starts_with('¿')
}

/// What a sentence claims: the words and the state. What only asks claims nothing.
pub(super) fn topics(sentence: &str, language: &str) -> Vec<(String, String)> {
    let place = LANGUAGES.iter().position(|code| *code == language).unwrap_or_default();
    if only_asks(sentence, place) {
        return Vec::new();
    }
    let lower = sentence.to_lowercase();
    let mut found = Vec::new();
    for clause in clauses(&lower, place) {
        let negated = NEGATIONS.get(place).is_some_and(|words| words.iter().any(|word| denies(clause, word)));
        let says = |table: &[&[&str]; 6]| {
            table.get(place).is_some_and(|words| words.iter().any(|word| crate::voice::has_words(clause, word)))
        };
        let (is_done, is_mine) = (says(&DONE), says(&MYSELF));
        for topic in TOPICS {
            let Some(words) = topic.words.get(place) else { continue };
            let Some(word) = words.iter().find(|word| begins(clause, word)) else { continue };
            let state = match (topic.turns && negated, topic.state) {
                (true, state) => format!("#not {}", state.trim_start_matches('#')),
                // “Tell me, and I open the return” is how a return goes, not one that was opened.
                (false, "#return") if !is_done => "#return rule".to_owned(),
                (false, state) if RULED.contains(&state) && !is_done && !is_mine => format!("{state} rule"),
                (false, state) => state.to_owned(),
            };
            if !found.iter().any(|(_, known)| *known == state) {
                found.push(((*word).to_owned(), state));
            }
        }
    }
    found
}

fn clauses(text: &str, place: usize) -> Vec<&str> {
    let mut clauses = vec![text];
    for joint in MARKS.iter().chain(JOINTS.get(place).into_iter().copied().flatten()) {
        clauses = clauses.into_iter().flat_map(|clause| clause.split(joint)).collect();
    }
    clauses
}

fn denies(clause: &str, word: &str) -> bool {
    if word.starts_with("n'") || word.starts_with("n’") {
        return clause.contains(word);
    }
    // “At no cost” gives, it does not deny.
    crate::voice::has_words(&clause.replace("no cost", "").replace("no charge", "").replace("no need", ""), word)
}

/// Whether a word of the clause begins so.
fn begins(clause: &str, start: &str) -> bool {
    clause.match_indices(start).any(|(at, _)| {
        clause.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_their_denials_are_told_apart() {
        for (text, language, expected) in [
            ("I have refunded it.", "en", &["#refund"][..]),
            ("Your refund was made.", "en", &["#refund"]),
            ("I refund you now.", "en", &["#refund"]),
            ("Once it is back with us, we refund you within 5 working days.", "en", &["#refund rule"]),
            ("Returns are open for 30 days.", "en", &["#return rule"]),
            ("Just tell me, and I open the return.", "en", &["#return rule"]),
            ("I have opened a return.", "en", &["#return"]),
            ("Wir erstatten innerhalb von 5 Werktagen.", "de", &["#refund rule"]),
            ("Ich habe das Geld erstattet.", "de", &["#refund"]),
            ("Nous te remboursons sous 5 jours ouvrés.", "fr", &["#refund rule"]),
            ("Te reembolsamos en 5 días hábiles.", "es", &["#refund rule"]),
            ("Hemos reembolsado el importe.", "es", &["#refund"]),
            ("Ti rimborsiamo entro 5 giorni lavorativi.", "it", &["#refund rule"]),
            ("Abbiamo rimborsato l'importo.", "it", &["#refund"]),
            ("Ik heb het terugbetaald.", "nl", &["#refund"]),
            ("The refund has not been made yet.", "en", &["#not refund"]),
            ("It was cancelled, so no parcel is on its way.", "en", &["#cancel", "#not shipped"]),
            ("I have sent it again at no cost.", "en", &["#replace", "#free"]),
            ("You can keep it.", "en", &["#keep"]),
            ("Would you like a refund?", "en", &[]),
            ("I have refunded it, right?", "en", &["#refund"]),
            ("Wir haben es erstattet, oder?", "de", &["#refund"]),
            ("I guarantee that.", "en", &["#promise"]),
            ("Das Paket wurde nicht verschickt.", "de", &["#not shipped"]),
            ("Nous avons remboursé la somme.", "fr", &["#refund"]),
            ("El pedido no se ha enviado.", "es", &["#not shipped"]),
            ("Your parcel was not delivered.", "en", &["#not delivered"]),
            ("It hasn’t arrived, and it wasn't sent.", "en", &["#not delivered", "#not shipped"]),
            ("Votre colis n’est pas arrivé.", "fr", &["#not delivered"]),
            ("Je pakket is niet aangekomen.", "nl", &["#not delivered"]),
            ("Wir haben den Betrag zurückgezahlt.", "de", &["#refund"]),
            ("Te hemos devuelto el importe.", "es", &["#refund"]),
            ("We hebben het bedrag teruggestort.", "nl", &["#refund"]),
            ("Das Porto übernehmen wir.", "de", &["#free"]),
            ("Ik garandeer dat.", "nl", &["#promise"]),
            ("Votre colis est en route.", "fr", &["#shipped"]),
            ("Il est en retard, et l’article est en stock.", "fr", &["#late", "#stock"]),
            ("Está en camino.", "es", &["#shipped"]),
            ("Het is niet verzonden en nu op voorraad.", "nl", &["#not shipped", "#stock"]),
            ("Llegó el sábado.", "es", &["#delivered"]),
            ("Het pakket is gestolen.", "nl", &["#lost"]),
            ("El paquete no ha llegado.", "es", &["#not delivered"]),
            ("No te cuesta nada.", "es", &["#free"]),
            ("Banks are slow.", "en", &[]),
        ] {
            let states: Vec<String> = topics(text, language).into_iter().map(|(_, state)| state).collect();
            assert_eq!(states, expected, "{text}");
        }
    }
}
