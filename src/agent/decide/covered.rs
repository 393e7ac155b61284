//! Whether what the shop says of its goods answers what is asked about them: a stock count is no answer to “is it lead-free?”.

use super::plainly::GREETING;
use crate::agent::products::alike;
use crate::agent::understand::phrases::plain_words;
use crate::model::order::Product;

/// Of these words, folded, and of the goods' own, questions are made that stock, price and description answer.
const ASKED: &[&str] = &[
    // English
    "do you have has is are there the a an any some of in on it its this that these those still again back now currently \
     stock available availability get buy can could i we will would be when if whether me us tell know let please your my for \
     sell offer carry left size one more and or to at what price how much does cost costs out restocked come coming soon about \
     shop yet anything say more details description",
    // German
    "habt haben sie ihr hat gibt es ist sind das der die den dem ein eine einen einem noch wieder momentan aktuell derzeit \
     gerade jetzt auf lager verfugbar verfugbarkeit lieferbar vorratig da bestellen kaufen kann konnte konnen konnt ich wir man \
     mir sagen ob bitte eure ihre und oder von wann kommt was wieviel wie viel kostet kosten preis zu in grosse im shop",
    // French
    "avez vous est ce que qu le la les l un une des du de d en encore stock disponible disponibles dispo toujours actuellement \
     maintenant puis je peux pouvez me dire si commander acheter quand sera seront combien coute coutent prix il y a t elle ils \
     elles sont nouveau taille et ou votre vos mon cet cette",
    // Spanish
    "teneis tienen tiene tienes hay esta estan el la los las un una unos unas disponible disponibles en stock todavia aun ahora \
     actualmente puedo comprar pedir podeis pueden puede decirme si cuando volvera volveran estara estaran cuanto cuesta cuestan \
     precio de talla y o su sus este queda quedan",
    // Italian
    "avete ha hai c ce ci sono e il lo la i gli le un una uno disponibile disponibili in stock magazzino ancora adesso ora \
     attualmente posso comprare ordinare potete puo dirmi se quando tornera torneranno sara quanto costa costano prezzo di del \
     della dello taglia o vostro vostra questo questa",
    // Dutch
    "hebben jullie heeft u heb is zijn er de het een nog weer op voorraad leverbaar beschikbaar nu momenteel kan ik kunt kunnen \
     mij zeggen of bestellen kopen wanneer komt wat kost kosten prijs maat van en dit deze in",
];

/// Numbers with so many digits are no number of pieces.
const TELEPHONE: usize = 5;

/// Whether every question of the text is made of words that these products' data answers. A text without a question mark
/// is one question.
pub(super) fn covers(products: &[Product], text: &str) -> bool {
    let own: Vec<String> = products
        .iter()
        .flat_map(|product| {
            plain_words(&format!("{} {} {} {}", product.title, product.variant, product.sku, product.description))
        })
        .collect();
    let is_answered = |word: &String| {
        let is_asked = ASKED.iter().any(|words| words.split_whitespace().any(|known| known == word));
        is_asked || own.iter().any(|known| alike(known, word))
    };
    let greets = |words: &[String]| words.first().is_some_and(|first| GREETING.contains(&first.as_str()));
    let counts = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit()) && word.len() < TELEPHONE;
    if plain_words(text).iter().any(|word| counts(word) && !own.contains(word)) {
        return false;
    }
    let mut asked = questions(text).into_iter().flat_map(|question| {
        let parts: Vec<Vec<String>> = question.split(',').map(plain_words).collect();
        parts.into_iter().filter(|words| !greets(words)).flatten().collect::<Vec<_>>()
    });
    asked.all(|word| is_answered(&word))
}

/// The sentences that end with a question mark; the whole text if there is none.
fn questions(text: &str) -> Vec<&str> {
    let ends = ['.', '!', '?', '\n'];
    let sentences = text.split_inclusive(ends);
    let questions: Vec<&str> = sentences.filter(|sentence| sentence.ends_with('?')).collect();
    if questions.is_empty() { vec![text] } else { questions }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::order::{Currency, Money};

    fn cup() -> Product {
        Product {
            sku: "CUP".to_owned(),
            title: "Tin cup".to_owned(),
            variant: "blue".to_owned(),
            description: "Holds 300 ml and weighs 90 g.".to_owned(),
            price: Money::new(1_990, Currency::EUR),
            in_stock: Some(12),
            restock_at: None,
        }
    }

    #[test]
    fn stock_price_and_description_answer_what_they_say() {
        for text in [
            "Is the tin cup in stock?",
            "Hello,\ndo you have the blue tin cup again? Thanks, Kim",
            "Hi team, is the cup still available?",
            "How much does the tin cup cost, and how much does it hold?",
            "Ist die Tin cup noch auf Lager?",
            "La Tin cup est-elle disponible ?",
            "We leave on Friday. Do you have the tin cup?",
        ] {
            assert!(covers(&[cup()], text), "{text}");
        }
    }

    #[test]
    fn what_they_do_not_say_is_not_answered() {
        for text in [
            "Do you have the tin cup in green?",
            "Is the tin cup lead-free?",
            "Do you have 50 of the tin cup?",
            "Is the tin cup in stock? I need 50 of them by Friday.",
            "Is the tin cup in stock? And is it safe in a dishwasher?",
            "Gibt es die Tin cup auch in Rot?",
            "Tin cup for wholesale",
        ] {
            assert!(!covers(&[cup()], text), "{text}");
        }
    }
}
