//! Whether goods came broken, and nothing is said beside it.

use std::sync::LazyLock;

use super::{Said, is_turning};
use crate::agent::broken;
use crate::agent::clauses::NEGATIONS;
use crate::agent::decide::wishes;
use crate::agent::plain::PLAIN;
use crate::agent::understand::phrases::plain_words;

/// Plain words that tie what they stand in to something, or choose, folded.
const TYING: &str = "if or then may might should what which who when where how than also just question questions any more further message \
    oder wenn dann wer wann wo wie welche welcher frage fragen noch weitere auch nachricht \
    ou si alors quel quelle qui quand comment question questions autre aussi message \
    o entonces cual quien cuando donde como pregunta preguntas tambien mensaje \
    se allora quale chi quando dove come domanda domande altre anche messaggio \
    als dan welke wie wanneer waar hoe vraag vragen verder ook bericht";

/// How goods came, and what is sent along, folded.
const ARRIVING: &str = "arrived came come got received delivered order ordered unpacked opened attached photo \
    photos picture pictures see enclosed unfortunately sadly paid eur euro euros completely totally badly very really \
    bezahlt angekommen kam kamen ankam geliefert erhalten bekommen bestellung bestellt anbei foto fotos bild bilder siehe \
    ausgepackt leider komplett vollig total sehr ganz stark anhang \
    paye payee arrive arrivee arrives arrivees recu recue recus commande photo photos jointe jointes joint ci voici \
    malheureusement livre livree livres completement tres \
    pague pagado llego llegado llegaron llegada recibi recibido recibida pedido foto fotos adjunta adjunto adjuntas \
    lamentablemente completamente muy \
    pagato arrivato arrivata arrivati arrivate ricevuto ricevuta ordine allegata allegato allego purtroppo completamente \
    molto vedi \
    betaald aangekomen ontvangen kreeg bestelling bijgevoegd bijlage zie helaas kwam kwamen helemaal volledig erg \
    heel";

/// How goods are got, folded.
const GOT: &str = "received got unpacked opened erhalten bekommen ausgepackt recu recue recus recibi recibido recibida ricevuto ricevuta \
    ontvangen kreeg gekregen";

/// With these beside broken goods it is only supposed that they are, folded.
const SUPPOSING: &str = "could would can will may konnte konnten wurde kann wird pourrait peut sera serait podria puede sera seria potrebbe puo sara sarebbe \
    zou zouden kan zal";

/// Whether it is said that goods came broken or wrong, in words that are all known, so that nothing stands beside it.
pub(in crate::agent::decide) fn reports(said: &Said<'_>) -> bool {
    let is_turned = said.subject_words().iter().any(|word| is_turning(word));
    let Some(clauses) = said.clauses() else { return false };
    !is_turned && broken::is_told(&said.body) && clauses.iter().all(|clause| says_only_so(said, &clause.words))
}

/// Whether a clause is made of known words, and tells of goods only that they came broken.
fn says_only_so(said: &Said<'_>, words: &[String]) -> bool {
    let holds = |list: &str| words.iter().any(|word| list.split_whitespace().any(|known| known == word));
    let denies = words.iter().any(|word| NEGATIONS.contains(&word.as_str()));
    let tells = broken::tells(words);
    words.iter().all(|word| is_known(said, word))
        && (!denies || broken::fails(words))
        && (tells || wishes::is_wish(words) || !said.names_goods(words))
        && !(tells && (holds(SUPPOSING) || is_own_doing(words)))
        && !(wishes::is_named(words) && holds(GOT))
}

/// Whether somebody is named before the broken goods who did not get them so: “I have broken the mug”.
fn is_own_doing(words: &[String]) -> bool {
    const WHO: &str =
        "i we he she ive weve ich wir er habe haben je nous jai ai avons yo hemos io ho abbiamo ik wij we heb hebben";
    let holds =
        |list: &str, words: &[String]| words.iter().any(|word| list.split_whitespace().any(|known| known == word));
    let before = broken::place_in(words).and_then(|place| words.get(..place)).unwrap_or_default();
    holds(WHO, before) && !holds(GOT, words)
}

fn is_known(said: &Said<'_>, word: &String) -> bool {
    static PLAIN_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let ties = |word: &String| TYING.split_whitespace().any(|tie| tie == word);
        PLAIN.iter().flat_map(|(_, words)| plain_words(words)).filter(|word| !ties(word)).collect()
    });
    PLAIN_WORDS.contains(word)
        || said.titles.contains(word)
        || broken::knows(word)
        || wishes::knows(word)
        || word.bytes().all(|byte| byte.is_ascii_digit())
        || ARRIVING.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::reports;
    use crate::agent::decide::plainly::test_said as said;
    use crate::agent::decide::wishes::{Remedy, wish};
    use crate::voice::locale::LOCALES;

    #[test]
    fn who_says_nothing_else_needs_no_reader() {
        for text in [
            "The mug arrived broken. I would like my money back.",
            "Hello,\nthe stoneware mug of my order PC-1001 came broken, please send me a new one.\nThanks, Anna",
            "Die Tasse kam leider zerbrochen an. Ich möchte bitte mein Geld zurück.\nAnna Berg"
                .replace("Tasse", "Mug")
                .as_str(),
            "I received the mug broken. Refund please.",
            "The mug does not work. I want a refund, please see the attached photo.",
        ] {
            assert!(reports(&said(text)), "{text}");
        }
    }

    #[test]
    fn what_we_give_to_choose_from_says_nothing_else() {
        for language in LOCALES {
            for remedy in [Remedy::Again, Remedy::Money] {
                let chosen = wish(remedy, language);
                assert!(reports(&said(&format!("The mug arrived broken.\n{chosen}"))), "{chosen}");
            }
        }
    }

    #[test]
    fn who_says_anything_else_has_a_reader() {
        for text in [
            "After one hike over scree the mug is broken. Refund please.",
            "The box was dented, the mug itself looks good. Refund please.",
            "Suppose the mug arrives broken: could I get a refund?",
            "The mug came broken. Refund please, after I have sent it back.",
            "The mug came broken. Please refund to a different account: IBAN DE12.",
            "The mug came broken. Please send me a new one, but in size L.",
            "The mug came broken, not the stoneware one. Money back please.",
            "The mug came broken. Can I get a refund or a voucher?",
            "The mug came broken and cut my shin open. Money back please.",
            "My colleague's mug came broken. Money back please.",
            "The mug is very good. They sent one more, broken. Money back please.",
            "The mug could come broken. Can I get my money back?",
            "The mug broke today. I would like my money back.",
            "The mug scratches me. I want a refund.",
            "It got broken. I would like my money back.",
            "The mug came broken. I got a refund. Please refund it.",
            "I ordered the wrong mug, sorry. Please send me a new one.",
            "Sorry, I have broken the mug. I would like my money back.",
            "Ich habe den Mug zerbrochen. Ich möchte mein Geld zurück.",
            "He roto mi mug. Quiero un reembolso.",
            "The parcel of PC-1001 is dented. I would like my money back.",
        ] {
            assert!(!reports(&said(text)), "{text}");
        }
    }
}
