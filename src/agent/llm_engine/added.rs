//! What a model adds to what was decided. The checks know what promises and tells of deeds look like, and a lie can look
//! otherwise (“your neighbour has it”); so what goes out without a person is made of the words that were decided, and of
//! such as say nothing by themselves.

use crate::agent::engine::Written;
use crate::agent::understand::phrases::plain_words;
use crate::voice::templates::Line;

/// Words that carry no fact, by language. None denies, promises, or tells of a deed or a time.
const PLAIN: [(&str, &str); 6] = [
    (
        "en",
        "a an the this that these those it its is are was were be been being am i im ive ill me my we our us you your yours \
         youre they their them he she and or but so as if then than there here of in on at to for from with by about \
         into out up via per has have had do does did will would can could may might should what which who when where how \
         please thank thanks sorry happy glad hello hi dear kind kindly regards let know tell write reply answer \
         question questions any more further help message hear also just good news",
    ),
    (
        "de",
        "der die das den dem des ein eine einen einem einer eines dies diese dieser dieses es ist sind war waren sein bin \
         ich mir mich mein meine wir uns unser unsere du dir dich dein deine deinen deiner deinem sie ihr ihre ihren ihrer \
         ihnen ihrem und oder aber so als wenn dann da dass hier von vom im in am an auf zu zum zur fuer für mit bei über \
         aus hat habe haben hatte wird werden wurde würde kann kannst können könnte was welche welcher wer wann wo wie bitte \
         danke dank vielen tut leid gern gerne hallo liebe lieber grüße gruß sag schreib schreiben antworte antworten frage \
         fragen noch weitere auch nachricht melde melden",
    ),
    (
        "fr",
        "le la les l un une des du de d ce cet cette ces il elle ils elles est sont était être suis je j me m mon ma mes \
         nous notre nos vous votre vos et ou mais que qu si alors en dans sur à au aux pour avec par chez y a ont avait sera \
         peut pouvez quel quelle qui quand où comment merci désolé désolée navré bonjour cher chère volontiers plaisir dites \
         écrivez répondez question questions autre aussi message c s n",
    ),
    (
        "es",
        "el la los las un una unos unas de del este esta estos estas eso lo es son era ser soy yo me mi mis nos nuestro \
         nuestra tu tus te su sus le les y o pero que si entonces en a al para por con sobre ha han había será puede puedes \
         podría qué cuál quién cuándo dónde cómo gracias siento hola estimado estimada gusto encantado dime díganos escríbanos \
         escríbenos responde pregunta preguntas más también mensaje se",
    ),
    (
        "it",
        "il lo la i gli le l un una uno di del della dei delle degli dello questo questa questi queste è sono era essere io \
         mi mio mia ci nostro nostra tu tuo tua ti suo sua e o ma che se allora in nel nella a al alla per con su da dal \
         dalla ha hanno aveva sarà può puoi potrebbe cosa quale chi quando dove come grazie spiace dispiace ciao gentile \
         volentieri piacere scrivi scrivici risponda domanda domande altre anche messaggio si",
    ),
    (
        "nl",
        "de het een dit dat deze die is zijn was waren ben ik mij me mijn wij we ons onze je jij jou jouw u uw en of maar zo \
         als dan er hier van in op aan te voor met bij over uit door heeft heb hebben had wordt worden zal kan kunt kunnen \
         wat welke wie wanneer waar hoe alsjeblieft alstublieft dank bedankt spijt sorry hallo beste graag laat weten schrijf \
         antwoord vraag vragen nog verder ook bericht",
    ),
];

/// From so many letters on, words that begin alike are forms of one word.
const STEM: usize = 5;

/// The first word of the model's lines that stands in none of what was decided and is no plain one.
pub(super) fn word(decided: &Written, lines: &[Line], language: &str) -> Option<String> {
    let plain = PLAIN.iter().find(|(code, _)| *code == language).map_or("", |(_, words)| *words);
    let said: Vec<String> = decided.lines.iter().flat_map(|line| plain_words(&line.text)).collect();
    let plain = plain_words(plain);
    let is_known = |word: &String| plain.contains(word) || said.iter().any(|known| is_form_of(known, word));
    lines.iter().flat_map(|line| plain_words(&line.text)).find(|word| !is_known(word))
}

fn is_form_of(known: &str, word: &str) -> bool {
    let stem = |word: &str| word.chars().take(STEM).collect::<String>();
    known == word || known.chars().count() >= STEM && stem(known) == stem(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line { text: text.to_owned(), keys: Vec::new(), starts_paragraph: false }
    }

    fn added(decided: &str, worded: &str) -> Option<String> {
        let decided = Written { lines: vec![line(decided)], ..Written::default() };
        word(&decided, &[line(worded)], "en")
    }

    #[test]
    fn what_was_decided_may_be_worded_anew() {
        let decided = "PC-1001 is out for delivery with DPD now. You can follow it at https://dpd.example/1.";
        for worded in [
            decided,
            "Your PC-1001 is out for delivery now, with DPD: follow it at https://dpd.example/1.",
            "Thank you for your message. DPD is delivering it now.",
        ] {
            assert_eq!(added(decided, worded), None, "{worded}");
        }
    }

    #[test]
    fn what_was_not_decided_is_named() {
        let decided = "PC-1001 is out for delivery with DPD now.";
        for (worded, word) in [
            ("Your new address has been saved.", "new"),
            ("DPD has lost it.", "lost"),
            ("It was handed to your neighbour.", "handed"),
            ("You will get your money back.", "get"),
            ("Returns are free.", "returns"),
            ("It is not out for delivery.", "not"),
            ("Keep the cup as a gift.", "keep"),
            ("Nothing will be charged.", "nothing"),
        ] {
            assert_eq!(added(decided, worded).as_deref(), Some(word), "{worded}");
        }
    }
}
