//! Deals outside of eBay, which it forbids, found in a text. Who says no to one, or warns of one, offers none: that is told by
//! clauses, for an offer may say of something else that it is not so. Pure.

mod words;

use channel_contract::clauses::{Clause, IMPERATIVES, INVITING, clauses, plain, sentences};

use self::words::{DEALS, MEANS, OFFERS, ONLY_HERE, OUTSIDE, PORTUGUESE};

/// What is said to whoever writes of one.
const WORDS: &str = "eBay forbids deals outside of it in messages, also what leads to one. Leave that out.";
/// What follows `PayPal me` where somebody is asked for money: in French and Spanish a sentence goes on there.
const BEHIND_PAYPAL_ME: &[&str] =
    &["the", "at", "please", "now", "for", "to", "directly", "your", "here", "instead", "back"];

/// Why eBay forbids a text.
pub(crate) fn objection(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let is_found = names_paypal_me(&lower) || sentences(&lower).any(is_deal);
    is_found.then_some(WORDS)
}

fn is_deal(sentence: &str) -> bool {
    let whole = plain(sentence);
    let is_outside = OUTSIDE.are_in(&whole) && DEALS.are_in(&whole);
    // What is bought of the shop on eBay is bought there.
    let is_offer = (MEANS.are_in(&whole) || OFFERS.are_in(&whole)) && !whole.contains(" ebay");
    if !(is_outside || is_offer || asks_by_paypal(&whole)) {
        return false;
    }
    let clauses = clauses(sentence, &ONLY_HERE, PORTUGUESE.are_in(&whole));
    let Some(first_no) = clauses.iter().position(|clause| clause.refuses) else { return true };
    let offers = |(place, clause): (usize, &Clause)| {
        !clause.refuses && !clause.tells && invites(&clause.words, place < first_no || clause.contrasts)
    };
    clauses.iter().enumerate().any(offers)
}

/// Whether a clause offers such a deal. One that begins by asking for it does where nobody said no before, or in place of what was said
/// no to: else it may be one of several things that are not to be done.
fn invites(clause: &str, may_ask: bool) -> bool {
    let is_offer = OFFERS.are_in(clause) && !clause.contains(" ebay");
    let is_asked = may_ask && IMPERATIVES.begin(clause);
    let is_named = OUTSIDE.are_in(clause) || MEANS.are_in(clause);
    is_offer || asks_by_paypal(clause) || (is_named && (is_asked || INVITING.are_in(clause)))
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
    fn an_offer_is_found_whatever_else_is_not_so() {
        for text in [
            "You can buy it outside of eBay, it is not a problem.",
            "Buy outside eBay, we do not charge more.",
            "Bestellen Sie direkt bei uns, das ist kein Problem.",
            "Don’t worry, buy it outside of eBay.",
            "We do not mind, you can pay outside eBay.",
            "Why not buy it outside of eBay?",
            "Don't use the checkout, please pay outside of eBay.",
            "If you like, you can pay outside eBay, we do not tell eBay.",
            "It is against the rules of eBay, but we can sell it outside of eBay.",
            "No, you can pay outside of eBay.",
            "Buy outside of eBay and pay no fees.",
            "Pay outside eBay with no extra fees.",
            "Do not hesitate to pay outside of eBay.",
            "Sie können außerhalb von eBay zahlen, das macht uns nichts aus.",
            "Kaufen Sie es außerhalb von eBay, wir sagen es niemandem, keine Sorge.",
            "Normalerweise nicht, aber wir können es auch außerhalb von eBay verkaufen.",
            "Zögern Sie nicht, außerhalb von eBay zu bestellen.",
            "Vous pouvez payer en dehors d'eBay, ce n'est pas un problème.",
            "N'hésitez pas à acheter en dehors d'eBay.",
            "Puede pagar fuera de eBay, no hay problema.",
            "Compre fuera de eBay, no cobramos comisiones.",
            "Può acquistare al di fuori di eBay, non ci sono problemi.",
            "Pode comprar no nosso site, fora do eBay.",
            "U kunt buiten eBay om betalen, dat is geen probleem.",
            "Może Pan kupić poza eBayem, nie ma problemu.",
            "Du kan köpa utanför eBay, det är inga problem.",
            "Du kan kjøpe utenfor eBay, det er ikke noe problem.",
            "Du kan købe uden om eBay, det er ikke noget problem.",
            "Not only cheaper: pay outside of eBay.",
            "Order directly from us, there is no rush.",
            "We take no cards, you can pay by Western Union.",
            "PayPal me now, not later.",
            "I can sell it outside of eBay for 20 EUR, no taxes.",
            "We cannot refund here but pay outside of eBay instead.",
            "We cannot refund here, pay outside of eBay instead.",
            "We can’t lower the price here so you can pay outside of eBay.",
            "Hier geht das nicht, aber zahlen Sie außerhalb von eBay.",
            "Hier geht das nicht, zahlen Sie stattdessen außerhalb von eBay.",
            "Ce n'est pas possible ici mais payez en dehors d'eBay.",
            "Ce n'est pas possible ici et vous pouvez payer en dehors d'eBay.",
            "Aquí no es posible pero pague fuera de eBay.",
            "Qui non è possibile però paghi fuori da eBay.",
            "Aqui não é possível, mas pague fora do eBay.",
            "Dat kan hier niet maar betaal buiten eBay om.",
            "Tutaj to niemożliwe, ale proszę zapłacić poza eBayem.",
            "Det går inte här men betala utanför eBay.",
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

    #[test]
    fn a_deal_is_refused_in_many_words() {
        for text in [
            "Sorry, we cannot sell outside of eBay to save fees.",
            "No payments outside eBay, please.",
            "Paying outside of eBay is against eBay's rules.",
            "We must decline to sell outside of eBay.",
            "Außerhalb von eBay verkaufen wir nicht, auch wenn Gebühren anfallen.",
            "No es posible pagar fuera de eBay.",
            "Please beware: whoever asks you to pay outside of eBay is a fraud.",
            "If somebody says you can pay outside of eBay, that is a scam.",
            "There are no fees to save, and we do not sell outside of eBay.",
            "Thank you, but selling outside of eBay is not allowed, even without fees.",
            "eBay's policy does not let us sell outside of eBay.",
            "We only sell on eBay, never outside of eBay.",
            "For your safety avoid paying outside of eBay.",
            "Please pay only on eBay: paying outside of eBay loses your protection.",
            "We have to refuse payments outside eBay.",
            "Selling outside of eBay would violate eBay's terms.",
            "Unfortunately it isn’t possible to buy outside of eBay.",
            "We can only sell here, not outside of eBay.",
            "We do not accept cheques, Western Union or cash.",
            "You can order directly from us here on eBay; we never sell outside of eBay.",
            "Es ist nicht erlaubt, außerhalb von eBay zu verkaufen.",
            "Leider dürfen wir außerhalb von eBay nichts verkaufen, um Gebühren zu sparen.",
            "Vorsicht: Wer Sie bittet, außerhalb von eBay zu zahlen, ist ein Betrüger.",
            "Verkäufe außerhalb von eBay verstoßen gegen die Grundsätze von eBay.",
            "Wir lehnen Zahlungen außerhalb von eBay ab.",
            "Wir verkaufen ausschließlich hier, kein Verkauf außerhalb von eBay.",
            "Ein Kauf außerhalb von eBay ist leider unmöglich.",
            "Zahlen Sie bitte niemals außerhalb von eBay.",
            "Bitte zahlen Sie nur über eBay, außerhalb von eBay verlieren Sie den Käuferschutz.",
            "Nous ne vendons pas en dehors d'eBay, même sans frais.",
            "Il est impossible d'acheter en dehors d'eBay.",
            "Nous devons refuser tout paiement en dehors d'eBay.",
            "Payer en dehors d'eBay est contraire aux règles d'eBay.",
            "Attention aux arnaques : ne payez jamais en dehors d'eBay.",
            "Aucun paiement en dehors d'eBay, s'il vous plaît.",
            "No vendemos fuera de eBay para ahorrar comisiones.",
            "Está prohibido pagar fuera de eBay.",
            "Debemos rechazar pagos fuera de eBay.",
            "Pagar fuera de eBay va contra las normas.",
            "Nunca pague fuera de eBay.",
            "Lo sentimos, la venta fuera de eBay es imposible.",
            "Non è possibile pagare fuori da eBay.",
            "È vietato vendere al di fuori di eBay.",
            "Dobbiamo rifiutare i pagamenti fuori da eBay.",
            "Vendere fuori da eBay è contro le regole.",
            "Nessun pagamento fuori da eBay, per favore.",
            "Não podemos vender fora do eBay.",
            "É proibido pagar fora do eBay.",
            "Vender fora do eBay é contra as regras.",
            "Temos de recusar pagamentos fora do eBay.",
            "Nenhum pagamento fora do eBay, por favor.",
            "Geen betalingen buiten eBay om, alstublieft.",
            "Betalen buiten eBay is verboden.",
            "Wij weigeren verkopen buiten eBay, ook om kosten te besparen.",
            "Verkopen buiten eBay is tegen de regels.",
            "Nie sprzedajemy poza eBayem.",
            "Sprzedaż poza eBayem jest zabroniona.",
            "Płatność poza eBayem jest niezgodna z zasadami.",
            "Nigdy proszę nie płacić poza eBayem.",
            "Vi säljer inte utanför eBay.",
            "Det är förbjudet att sälja utanför eBay.",
            "Ingen betalning utanför eBay, tack.",
            "Vi selger ikke utenfor eBay.",
            "Det er forbudt å selge utenfor eBay, du kan ikke betale der.",
            "Vi sælger aldrig uden om eBay.",
            "Det er forbudt at købe uden om eBay.",
            "I am afraid we do not do deals outside of eBay.",
            "We're not able to accept a payment outside of eBay.",
            "Selling outside of eBay isn't something we do.",
            "Our account could be suspended if we sell outside of eBay.",
            "There is no way for us to take an order outside of eBay.",
            "We would lose our account if we sold outside of eBay.",
            "We prefer to keep all orders on eBay rather than outside of eBay.",
            "Please understand that sales outside of eBay are out of the question.",
            "We stick to eBay and pass on deals outside of eBay.",
            "Wir müssen einen Kauf außerhalb von eBay ablehnen.",
            "Das ist leider nicht möglich, da eBay Verkäufe außerhalb von eBay untersagt.",
            "Einen Verkauf außerhalb von eBay können wir Ihnen nicht anbieten.",
            "Wir dürfen Ihnen außerhalb von eBay leider keinen günstigeren Preis machen.",
            "Wir bitten um Verständnis, dass ein Kauf außerhalb von eBay ausgeschlossen ist.",
            "Nous n'acceptons aucun paiement en dehors d'eBay.",
            "Nous ne pouvons malheureusement pas vendre hors eBay.",
            "Les ventes en dehors d'eBay ne sont pas autorisées.",
            "Lamentablemente no aceptamos pagos fuera de eBay.",
            "Las ventas fuera de eBay no están permitidas.",
            "Purtroppo non accettiamo pagamenti al di fuori di eBay.",
            "Le vendite fuori da eBay non sono consentite.",
            "Helaas kunnen we niet buiten eBay om verkopen.",
            "Niestety nie możemy sprzedać poza eBayem.",
            "Tyvärr får vi inte sälja utanför eBay.",
            "Infelizmente não é permitido vender fora do eBay.",
            "We do not give feedback for payments outside of eBay.",
            "We never accept Western Union.",
            "Sorry, no PayPal friends and family.",
        ] {
            assert_eq!(objection(text), None, "{text}");
        }
    }
}
