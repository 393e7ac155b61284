//! Deals outside of eBay, which it forbids, found in a text. A sentence that says no to one is none. Pure.

/// What is said to whoever writes of one.
const WORDS: &str = "eBay forbids deals outside of it in messages, also what leads to one. Leave that out.";

/// That something is done elsewhere, as [`sentences`] writes it; the words may go on behind it.
const OUTSIDE: &[&str] = &[
    " outside ebay",
    " outside of ebay",
    " without ebay",
    " außerhalb ebay",
    " außerhalb von ebay",
    " ausserhalb von ebay",
    " ohne ebay",
    " an ebay vorbei",
    " en dehors d ebay",
    " en dehors de ebay",
    " hors ebay",
    " hors d ebay",
    " sans ebay",
    " fuera de ebay",
    " sin ebay",
    " fuori da ebay",
    " al di fuori di ebay",
    " senza ebay",
    " fora do ebay",
    " fora da ebay",
    " sem o ebay",
    " buiten ebay",
    " zonder ebay",
    " poza ebay",
    " bez ebay",
    " utanför ebay",
    " utenfor ebay",
    " uden om ebay",
];
/// What is done there; words that begin so.
const DEALS: &[&str] = &[
    " buy",
    " pay",
    " sell",
    " purchas",
    " deal",
    " order",
    " price",
    " cheap",
    " kauf",
    " verkauf",
    " zahl",
    " bezahl",
    " überweis",
    " bestell",
    " günstig",
    " billig",
    " achet",
    " vend",
    " command",
    " règl",
    " compr",
    " pag",
    " pedi",
    " barat",
    " acquist",
    " ordin",
    " kop",
    " koop",
    " verko",
    " betaal",
    " betal",
    " goedko",
    " kup",
    " zapła",
    " płac",
    " sprzeda",
    " taniej",
    " köp",
    " sälj",
    " kjøp",
    " køb",
];
/// What is such a deal in itself.
const OFFERS: &[&str] = &[
    " paypal friends ",
    " as friends and family ",
    " paypal freunde ",
    " western union ",
    " buy directly from us ",
    " order directly from us ",
    " buy direct from us ",
    " order direct from us ",
    " direkt bei uns bestellen ",
    " direkt bei uns kaufen ",
    " bestellen sie direkt bei uns ",
    " kaufen sie direkt bei uns ",
    " commandez directement chez nous ",
    " achetez directement chez nous ",
    " compre directamente con nosotros ",
    " compra directamente con nosotros ",
    " acquista direttamente da noi ",
    " acquisti direttamente da noi ",
    " bestel rechtstreeks bij ons ",
    " koop rechtstreeks bij ons ",
];
/// What follows `PayPal me` where somebody is asked for money: in French and Spanish a sentence goes on there.
const BEHIND_PAYPAL_ME: &[&str] =
    &["the", "at", "please", "now", "for", "to", "directly", "your", "here", "instead", "back"];
/// How a sentence says no; words that begin so.
const REFUSING: &[&str] = &[
    " not ",
    " cannot ",
    " can t ",
    " don t ",
    " won t ",
    " isn t ",
    " aren t ",
    " never ",
    " forbid",
    " prohibit",
    " unable ",
    " nicht",
    " kein",
    " niemals ",
    " verbiet",
    " verbot",
    " untersag",
    " pas ",
    " jamais ",
    " interdi",
    " no podemos ",
    " no vend",
    " no se ",
    " no está",
    " no acept",
    " no pued",
    " nunca ",
    " prohíb",
    " prohib",
    " non ",
    " viet",
    " não ",
    " proíb",
    " proib",
    " niet ",
    " geen ",
    " nooit ",
    " verbied",
    " verbod",
    " nie ",
    " zabron",
    " zakaz",
    " inte ",
    " ikke ",
    " förbj",
    " forbud",
];
/// What costs something at eBay: that there is none of it refuses nothing. Words that begin so.
const FEES: &[&str] = &[
    " fee",
    " gebühr",
    " frais",
    " comisi",
    " commissi",
    " comiss",
    " kosten",
    " prowizj",
    " opłat",
    " avgift",
    " gebyr",
];

/// Why eBay forbids a text.
pub(crate) fn objection(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let is_found = names_paypal_me(&lower) || sentences(&lower).iter().any(|sentence| is_deal(sentence));
    is_found.then_some(WORDS)
}

/// The sentences of a text, each as its words with a blank around them.
fn sentences(text: &str) -> Vec<String> {
    let parts = text.split(['!', '?', '\n']).flat_map(|part| part.split(". "));
    let words = |part: &str| {
        let words: Vec<&str> = part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        format!(" {} ", words.join(" "))
    };
    parts.map(words).collect()
}

fn is_deal(sentence: &str) -> bool {
    let has = |known: &[&str]| known.iter().any(|words| sentence.contains(words));
    let refuses = has(REFUSING) && !has(FEES);
    let is_outside = has(OUTSIDE) && has(DEALS);
    // What is bought of the shop on eBay is bought there.
    let is_offer = has(OFFERS) && !sentence.contains(" ebay");
    (is_outside || is_offer || asks_by_paypal(sentence)) && !refuses
}

/// Whether a text names the pages on which people are paid.
fn names_paypal_me(text: &str) -> bool {
    text.match_indices("paypal.me").any(|(at, found)| {
        let behind = text.get(at + found.len()..).and_then(|behind| behind.chars().next());
        behind.is_none_or(|behind| !behind.is_alphanumeric())
    })
}

/// Whether somebody is asked to `PayPal me`.
fn asks_by_paypal(sentence: &str) -> bool {
    sentence.split_once(" paypal me ").is_some_and(|(_, behind)| {
        let next = behind.split_whitespace().next();
        next.is_none_or(|next| BEHIND_PAYPAL_ME.contains(&next) || next.starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::objection;

    #[test]
    fn deals_outside_are_found() {
        for text in [
            "Buy it outside of eBay, it is cheaper.",
            "You can pay 12.50 EUR outside eBay. It left today.",
            "Pay outside eBay: no fees!",
            "Kaufen Sie außerhalb von eBay, dann fallen keine Gebühren an.",
            "Wir verkaufen es auch ohne eBay-Gebühren.",
            "Payez en dehors d'eBay, c'est moins cher.",
            "Puede comprar fuera de eBay.",
            "Può pagare al di fuori di eBay.",
            "U kunt buiten eBay om betalen.",
            "Proszę zapłacić poza eBayem.",
            "Order directly from us next time.",
            "Bestellen Sie direkt bei uns!",
            "PayPal me, please",
            "PayPal me 10 EUR",
            "Just PayPal me.",
            "Our paypal.me is known",
            "Send it as friends and family",
            "Western Union is fine, too",
        ] {
            assert_eq!(objection(text), Some(super::WORDS), "{text}");
        }
    }

    #[test]
    fn who_says_no_to_one_and_who_speaks_of_other_things_does_not_offer_one() {
        for text in [
            "We cannot sell outside of eBay.",
            "We don't take payments outside eBay; please pay there.",
            "eBay forbids deals outside of eBay.",
            "Außerhalb von eBay verkaufen wir nicht.",
            "Ein Kauf ohne eBay ist uns verboten.",
            "eBay interdit de payer en dehors d'eBay.",
            "No podemos vender fuera de eBay.",
            "Non possiamo vendere al di fuori di eBay.",
            "Wij verkopen niet buiten eBay.",
            "The box outside is for eBay returns.",
            "Your order ships directly from us and arrives on Friday.",
            "You can order directly from us here on eBay.",
            "PayPal has refunded you. Me and my colleague are sorry.",
            "You paid 12.50 EUR with PayPal.Melden Sie sich gern.",
            "PayPal me rembourse lundi, puis vous.",
            "PayPal me devolvió el importe.",
            "We refund to your PayPal account within five days.",
            "Sie haben mit PayPal bezahlt, das Geld geht dorthin zurück.",
            "Vous avez payé avec PayPal, le remboursement suit.",
            "Ha pagado con PayPal y recibirá el dinero allí.",
            "Please pay at the checkout; we ship combined orders together.",
            "It is a gift for friends and family.",
        ] {
            assert_eq!(objection(text), None, "{text}");
        }
    }
}
