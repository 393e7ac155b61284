//! Whether a message is made of thanks and praise alone: silence answers it, so each word must be known.

use super::clauses::{asks, clauses};
use super::triage::{QUESTION_MARKS, is_applause};
use super::understand::phrases::plain_words;

/// Words that say that it is well, folded: without one of them the others are a greeting.
const THANKS: &str = "thank thanks thankyou thx ty cheers solved resolved sorted works perfect danke dank geklappt perfekt merci parfait \
    gracias agradezco perfecto grazie perfetto bedankt dankjewel dankuwel";

/// Words of thanks, praise and leave, folded.
const WORDS: &str = "thank thanks thankyou thx ty cheers you very much so a lot lots many million bunch all for your the that this it its is was were \
    great perfect super wonderful lovely amazing brilliant excellent awesome fantastic good nice kind quick fast prompt help helping \
    helpful service support reply answer response got received arrived everything works fine now well done have had day weekend week \
    evening morning best regards wishes kindly again appreciate appreciated i we really my me and to of with team job solved \
    resolved sorted ok okay yes happy glad just wanted say hi hello dear in advance always rock both guys customer delivery \
    danke dank vielen lieben herzlichen besten tausend sehr schon schonen fur die das den der ihre ihren eure deine deinen schnelle \
    schnellen nette freundliche tolle hilfe antwort lieferung ruckmeldung unterstutzung bearbeitung toll perfekt klasse prima \
    wunderbar alles gut hat geklappt angekommen ist da jetzt wieder und ich wir mich uns freue freuen viele liebe beste grusse gruss \
    mit freundlichen tag abend wochenende noch einen ein schones euch ihnen dir ganz wirklich top spitze hallo guten liebes \
    merci beaucoup bien infiniment mille votre ta la le les l reponse aide rapide rapidite parfait genial tres gentil gentille \
    efficace vous toi toute equipe bonne bon journee soiree cordialement tout est arrive recu je nous suis content contente ravi ravie \
    c cest bonjour et de pour \
    gracias muchas mil muchisimas por su tu respuesta ayuda rapida rapido rapidez servicio perfecto excelente estupendo todo ha llegado \
    recibido un saludo saludos buen dia todos muy amable amables hola y equipo os lo agradezco \
    grazie molte tante il vostra tua risposta aiuto veloce servizio perfetto ottimo eccellente tutto bene arrivato ricevuto saluti \
    cordiali buona giornata serata molto gentili ciao salve e di voi mille gentile \
    bedankt dankjewel dankuwel je u jullie wel hartelijk voor de het snelle antwoord reactie hulp fijn geweldig goed aangekomen \
    ontvangen groet groeten met vriendelijke fijne dag avond heel erg veel beste en";

/// Whether a customer's message says thanks and nothing else; names may be said in it.
pub fn says_thanks(text: &str, names: &[&str]) -> bool {
    let says = |word: &String| THANKS.split_whitespace().any(|known| known == word);
    let names: Vec<String> = names.iter().copied().flat_map(plain_words).collect();
    is_applause(text)
        || (!text.contains(QUESTION_MARKS) && plain_words(text).iter().any(says) && holds_nothing_else(text, &names))
}

/// Whether every word of a text is one of thanks, or of the names given, which are folded, and no clause begins like a
/// question.
pub(super) fn holds_nothing_else(text: &str, names: &[String]) -> bool {
    let is_thanks = |word: &String| WORDS.split_whitespace().any(|known| known == word) || names.contains(word);
    // “Hat geklappt” leaves out its subject.
    let is_question = |clause: &String| asks(clause) && !clause.ends_with("geklappt");
    plain_words(text).iter().all(is_thanks) && !clauses(text).iter().any(is_question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_confirms_with_thanks_alone() {
        for text in ["Thanks a lot, Ida!", "Danke, hat alles geklappt.", "👍", "It works now, perfect."] {
            assert!(says_thanks(text, &["Ida Holm"]), "{text}");
        }
        for text in ["", "Hello", "Hi Ida", "Thanks, but where is it?", "Thanks. One leg wobbles a bit.", "👍?"] {
            assert!(!says_thanks(text, &["Ida Holm"]), "{text}");
        }
    }

    #[test]
    fn what_is_no_thanks_is_not_passed_over() {
        let names = plain_words("Sam Lee Pinecone");
        for text in [
            "Thank you so much, that was perfect! Sam",
            "Got it, thanks a lot! Great service.\nSam Lee",
            "Vielen Dank für die schnelle Antwort, liebes Pinecone Team!",
            "Merci beaucoup, tout est bien arrivé.",
        ] {
            assert!(holds_nothing_else(text, &names), "{text}");
        }
        for text in [
            "Great, thanks. The stove hisses and smells of gas.",
            "Danke, super Kocher. Der Zünder zündet erst beim zehnten Mal.",
            "Thanks, but no thanks.",
            "Hello, thanks. Have you got my reply",
            "Danke, ist das schon angekommen",
            "Great, thanks. One leg wobbles a bit.",
        ] {
            assert!(!holds_nothing_else(text, &names), "{text}");
        }
    }
}
