//! What Amazon forbids in messages to buyers, found in a text: whoever sends it all the same loses the right to write. Pure;
//! what is found says why in a sentence for a person, and quotes of the text only a forbidden word, and what may be the end of a
//! sentence.

use channel_contract::contact::{self, Found, Way};

use crate::content;

/// Words of advertising and of begging for reviews, in lower case, in the languages of the marketplaces.
const ADVERTISING: &[&str] = &[
    "special offer",
    "our newsletter",
    "follow us on",
    "five stars",
    "5 stars",
    "5-star",
    "five-star",
    "5 star",
    "five star",
    "positive review",
    "positive feedback",
    "good review",
    "sonderangebot",
    "unser newsletter",
    "unseren newsletter",
    "folgen sie uns",
    "5 sterne",
    "fünf sterne",
    "positive bewertung",
    "gute bewertung",
    "offre spéciale",
    "notre newsletter",
    "suivez-nous",
    "5 étoiles",
    "cinq étoiles",
    "avis positif",
    "offerta speciale",
    "la nostra newsletter",
    "seguici su",
    "5 stelle",
    "cinque stelle",
    "recensione positiva",
    "oferta especial",
    "nuestro boletín",
    "síguenos en",
    "5 estrellas",
    "cinco estrellas",
    "reseña positiva",
    "speciale aanbieding",
    "onze nieuwsbrief",
    "volg ons op",
    "5 sterren",
    "vijf sterren",
    "positieve beoordeling",
    "rabattkod",
    "specialerbjudande",
    "vårt nyhetsbrev",
    "5 stjärnor",
    "nasz newsletter",
    "5 gwiazdek",
    "pozytywną opinię",
    "nossa newsletter",
    "avaliação positiva",
    "クーポンコード",
    "割引コード",
    "高評価",
    "indirim kodu",
];

/// With what somebody is asked for a review, in lower case; words that begin so.
const ASKING: &[&str] = &[
    "leav", "write", "writing", "submit", "shar", "schreib", "hinterl", "abgeb", "geb", "laiss", "écri", "donn",
    "lasc", "scriv", "dej", "escrib", "schrijf", "laat", "achterla", "skriv", "lämna", "napisz", "zostaw", "deix",
    "escrev",
];
/// What a review is called; words that begin so.
const REVIEWS: &[&str] = &[
    "review",
    "rating",
    "feedback",
    "bewertung",
    "rezension",
    "avis",
    "évaluation",
    "recension",
    "reseña",
    "valoración",
    "beoordeling",
    "omdöme",
    "opini",
    "avaliaç",
];
/// What is given for it; words that begin so.
const REWARDS: &[&str] = &[
    "voucher",
    "coupon",
    "discount",
    "reward",
    "cashback",
    "giftcard",
    "gutschein",
    "belohnung",
    "prämie",
    "réduction",
    "remise",
    "récompense",
    "sconto",
    "buono",
    "premio",
    "descuento",
    "cupón",
    "korting",
    "tegoedbon",
    "rabat",
    "desconto",
];
/// How the receiving of money is said; words that begin so.
const RECEIVING: &[&str] =
    &["get", "receiv", "earn", "bekomm", "erhalt", "recev", "ricev", "recib", "krijg", "ontvang", "otrzym", "receb"];
/// Money, as words and signs.
const MONEY: &[&str] = &["eur", "euro", "euros", "usd", "gbp", "sek", "pln", "€", "$", "£"];

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A way to reach people elsewhere.
    Contact(Way),
    /// Advertising with coupons too, or begging for a good review.
    Advertising,
    /// Another way to buy or to pay.
    Elsewhere,
    /// Asking for a review to be changed or removed.
    Review,
    /// Something given for a review.
    Incentive,
    /// Little pictures.
    Emoji,
}

/// Something that Amazon forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// Why, in a sentence for a person.
    pub words: String,
}

/// What a text may hold beside the common rules.
#[derive(Clone, Copy, Debug)]
pub struct Allowance<'a> {
    /// Hosts that links may lead to, with all that is below them.
    pub hosts: &'a [String],
    /// Further words that are taken for advertising.
    pub words: &'a [String],
    /// Little pictures.
    pub emoji: bool,
}

/// Everything in a text that Amazon forbids, each rule once.
pub fn lint(text: &str, allowance: &Allowance<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |rule: Rule, words: &str| found.push(Finding { rule, words: words.to_owned() });
    let hosts: Vec<&str> = allowance.hosts.iter().map(String::as_str).collect();
    for Found { way, place } in contact::found(text, &hosts) {
        let words = match (way, place) {
            (Way::Link, Some(place)) => &format!(
                "Amazon forbids links in messages to buyers that do not lead to Amazon or to the parcel's carrier, and \
                 “{place}” looks like one. Leave it out, or put a blank behind the point."
            ),
            (Way::Link, None) => {
                "Amazon forbids links in messages to buyers that do not lead to Amazon or to the parcel's carrier."
            }
            (Way::MailAddress, _) => "Amazon forbids mail addresses in messages to buyers. Leave it out.",
            (Way::Phone, _) => "Amazon forbids phone numbers in messages to buyers. Leave it out.",
            (Way::Handle, _) => "Amazon forbids names on other networks in messages to buyers. Leave it out.",
            (Way::Account, _) => "Amazon forbids numbers of bank accounts in messages to buyers. Leave it out.",
        };
        add(Rule::Contact(way), words);
    }
    let lower = text.to_lowercase();
    let own = allowance.words.iter().map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty());
    let known = ADVERTISING.iter().map(|word| (*word).to_owned());
    if let Some(word) = known.chain(own).find(|word| holds_word(&lower, word)) {
        let words = format!("Amazon forbids advertising and asking for good reviews: “{word}”. Say it without.");
        add(Rule::Advertising, &words);
    } else if let Some(word) = content::coupon(text) {
        let words =
            format!("Amazon forbids coupons, and discounts on what somebody buys next: “{word}”. Leave that out.");
        add(Rule::Advertising, &words);
    }
    if content::leads_elsewhere(text) {
        add(Rule::Elsewhere, "Amazon forbids leading buyers to other ways to buy or to pay. Leave that out.");
    }
    if content::asks_to_change_a_review(text) {
        add(Rule::Review, "Amazon forbids asking for a review to be changed or removed. Leave that out.");
    }
    if lower.split(['.', '!', '?', '\n']).any(pays_for_a_review) {
        add(Rule::Incentive, "Amazon forbids giving anything for a review. Leave that out.");
    }
    if !allowance.emoji && has_emoji(text) {
        add(Rule::Emoji, "Amazon forbids little pictures in messages to buyers. Leave them out.");
    }
    found
}

/// Whether a sentence asks for a review and says what is given for it.
fn pays_for_a_review(sentence: &str) -> bool {
    let words: Vec<&str> = sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |known: &[&str]| words.iter().any(|word| known.iter().any(|start| word.starts_with(start)));
    let pays = || has(RECEIVING) && MONEY.iter().any(|money| holds_word(sentence, money));
    has(REVIEWS) && has(ASKING) && (has(REWARDS) || pays())
}

/// Whether a text holds a word or words that do not go on before or behind.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + found.len()..).and_then(|behind| behind.chars().next());
        // Japanese writes no blanks between words.
        let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && u32::from(c) < 0x3000);
        !goes_on(before) && !goes_on(behind)
    })
}

/// Whether a text holds little pictures. Signs that are older than those (✓ ★ ☎) are ones where the text asks for it.
fn has_emoji(text: &str) -> bool {
    let next = text.chars().skip(1).map(Some).chain([None]);
    text.chars().zip(next).any(|(sign, next)| {
        let is_asked_for = next == Some('\u{fe0f}') && matches!(sign, '\u{2600}'..='\u{27bf}');
        is_asked_for || is_emoji(sign)
    })
}

/// Whether a sign is shown as a little picture by itself. Faces and hearts are by most programs, though none has to.
fn is_emoji(sign: char) -> bool {
    matches!(
        u32::from(sign),
        0x1f300..=0x1faff | 0x1f000..=0x1f2ff | 0x2614 | 0x2615 | 0x2639 | 0x263a | 0x2648..=0x2653 | 0x267f | 0x2693
        | 0x26a1 | 0x26aa | 0x26ab | 0x26bd | 0x26be | 0x26c4 | 0x26c5 | 0x26ce | 0x26d4 | 0x26ea | 0x26f2 | 0x26f3
        | 0x26f5 | 0x26fa | 0x26fd | 0x2705 | 0x270a | 0x270b | 0x2728 | 0x274c | 0x274e | 0x2753..=0x2755 | 0x2757
        | 0x2763 | 0x2764 | 0x2795..=0x2797 | 0x27b0 | 0x27bf
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<Rule> {
        let hosts = ["amazon.de".to_owned(), "dhl.example".to_owned()];
        let words = ["Wundertüte".to_owned()];
        lint(text, &Allowance { hosts: &hosts, words: &words, emoji: false })
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn plain_answers_pass() {
        for text in [
            "Your order 303-1234567-7654321 left on 05.11.2026 at 10:30 and arrives by Friday.",
            "Die Sendungsnummer ist 00340434161094042557. Sie erhalten 12,99 EUR zurück, z.B. am 1.12.2026.",
            "You can follow it at https://www.amazon.de/track?id=1 or www.track.dhl.example/12.",
            "We are sorry.It was late, but e.g. Monday is fine. No.1 of 2.",
            "Der Newsletter-Ständer kommt aus Essen. Bewertung ist Ihre Sache.",
            "注文番号は250-1234567-7654321です。",
            "Size 42/44, item B0ABCDEF12, 2 x 10.5 cm, voucher of Amazon's.",
        ] {
            assert_eq!(rules(text), [], "{text}");
        }
    }

    #[test]
    fn ways_out_are_refused_but_those_to_amazon_or_a_carrier() {
        for (text, way) in [
            ("See https://shop.example/returns", Way::Link),
            ("See HTTPS://AMAZON.DE.EVIL.EXAMPLE/x", Way::Link),
            ("help[at]shop[dot]example", Way::MailAddress),
            ("Tel. 0151 2345678", Way::Phone),
        ] {
            assert_eq!(rules(text), [Rule::Contact(way)], "{text}");
        }
    }

    #[test]
    fn advertising_is_found_as_words() {
        for text in [
            "Use the discount code SUMMER.",
            "Bitte geben Sie uns 5 Sterne!",
            "Wir bitten um eine positive Bewertung.",
            "Laissez un avis positif",
            "高評価をお願いします",
            "Eine WUNDERTÜTE für Sie",
        ] {
            assert_eq!(rules(text), [Rule::Advertising], "{text}");
        }
        assert_eq!(rules("Wundertüten sind aus."), [], "a longer word is another one");
    }

    #[test]
    fn coupons_other_ways_and_changed_reviews_are_found_and_a_no_is_none() {
        for (text, wanted) in [
            ("Here is a coupon for your next order: SAVE10", Rule::Advertising),
            ("Next time order in our own shop, it is cheaper there.", Rule::Elsewhere),
            ("Please delete your negative feedback", Rule::Review),
        ] {
            assert_eq!(rules(text), [wanted], "{text}");
        }
        for text in ["We cannot send you a discount code.", "We cannot change your review.", "Sorry, no PayPal."] {
            assert_eq!(rules(text), [], "{text}");
        }
    }

    #[test]
    fn nothing_is_given_for_a_review() {
        for text in [
            "Please leave a review and get 10 EUR.",
            "Write us a review, and you receive a voucher!",
            "Leave feedback to get 5€",
            "Schreiben Sie eine Bewertung, dann erhalten Sie 10 Euro.",
            "Laissez un avis et recevez une remise",
        ] {
            assert_eq!(rules(text), [Rule::Incentive], "{text}");
        }
        assert_eq!(rules("please leave a 5 star review and get 10 EUR"), [Rule::Advertising, Rule::Incentive]);
        for text in [
            "Feel free to leave a review.",
            "We have refunded 10 EUR. You may leave a review on Amazon.",
            "Your return is under review, and you get 10 EUR back.",
            "Thank you for your feedback. You receive 12,99 EUR within five days.",
            "If the gift arrived well, you are welcome to write a review.",
        ] {
            assert_eq!(rules(text), [], "{text}");
        }
    }

    #[test]
    fn signs_of_a_text_are_no_little_pictures() {
        for text in ["Yes ✓ it is in the box ✔", "★ Size M", "☎ is not needed", "✉ ☐ ☑ ♥ ✗ → ½"] {
            assert_eq!(rules(text), [], "{text}");
        }
        for text in ["Yes ✔\u{fe0f}", "❤\u{fe0f}", "✅ Done", "✨", "☀\u{fe0f} today", "🇩🇪", "great ☺ day", "❤"]
        {
            assert_eq!(rules(text), [Rule::Emoji], "{text}");
        }
    }

    #[test]
    fn little_pictures_are_forbidden_and_reasons_quote_nothing() {
        let found =
            lint("Thanks 🙏 call +49 151 23456789 or a@b.example", &Allowance { hosts: &[], words: &[], emoji: false });
        let rules: Vec<Rule> = found.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, [Rule::Contact(Way::MailAddress), Rule::Contact(Way::Phone), Rule::Emoji]);
        assert!(found.iter().all(|finding| !finding.words.contains("b.example") && !finding.words.contains("151")));
    }
}
