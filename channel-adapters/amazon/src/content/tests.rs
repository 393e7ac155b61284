use super::{asks_to_change_a_review, coupon, leads_elsewhere};

/// What a text does of these: a coupon, another way, a review.
fn found(text: &str) -> [bool; 3] {
    [coupon(text).is_some(), leads_elsewhere(text), asks_to_change_a_review(text)]
}

#[test]
fn coupons_and_discounts_on_what_is_bought_next_are_found() {
    for text in [
        "Use coupon WELCOME10 for 10% off",
        "Here is a coupon for your next order: SAVE10",
        "We give you 10% off your next purchase.",
        "Get 5 EUR off another order.",
        "Use code SAVE10 on your next order.",
        "Verwenden Sie bei der nächsten Bestellung den Code SAVE10.",
        "Use the discount code SUMMER, no minimum.",
        "We are sorry, so here's a voucher for you.",
        "We cannot repair it, but here is a voucher for you.",
        "On your next order, you pay less: 15 % discount.",
        "Hier ist ein Gutschein für die nächste Bestellung",
        "Rabatt von 10 % auf die nächste Bestellung",
        "Als Entschädigung senden wir Ihnen einen Gutschein über 5 EUR.",
        "Sie erhalten beim nächsten Einkauf 10 % Preisnachlass.",
        "Voici un bon d'achat de 5 EUR.",
        "Vous aurez une remise de 10 % sur votre prochaine commande.",
        "Nous vous offrons un coupon pour vous remercier.",
        "Aquí tiene un cupón de 5 EUR.",
        "Tendrá un descuento del 10 % en su próxima compra.",
        "Ecco un buono sconto per Lei.",
        "Avrà uno sconto del 10% sul prossimo ordine.",
        "Hierbij een kortingsbon van 5 euro.",
        "U krijgt 10% korting op uw volgende bestelling.",
        "Aqui está um cupão de 5 EUR.",
        "Terá um desconto de 10% na próxima encomenda.",
        "Oto kupon na 20 zł.",
        "Otrzyma Pan rabat 10% na następne zamówienie.",
    ] {
        assert_eq!(found(text), [true, false, false], "{text}");
    }
}

#[test]
fn other_ways_to_buy_and_to_pay_are_found() {
    for text in [
        "Next time order in our own shop, it is cheaper there.",
        "You can buy the spare part directly from us.",
        "Order directly from us, there is no rush.",
        "It is cheaper in our online shop than on Amazon.",
        "You can buy it outside of Amazon.",
        "We do not charge more, you can buy it outside of Amazon.",
        "Please visit our website.",
        "Please pay by PayPal instead.",
        "We cannot refund you here but pay us by PayPal instead.",
        "We cannot take cards here so you can pay us by PayPal.",
        "You can pay by bank transfer, it is no problem.",
        "Please pay by PayPal and we will refund the order.",
        "Bestellen Sie das nächste Mal direkt bei uns",
        "In unserem Shop ist es günstiger als bei Amazon.",
        "Sie können außerhalb von Amazon kaufen, das ist kein Problem.",
        "Bitte zahlen Sie per PayPal.",
        "Bitte überweisen Sie den Betrag auf unser Konto.",
        "Commandez directement chez nous la prochaine fois.",
        "C'est moins cher dans notre boutique.",
        "Vous pouvez payer par virement.",
        "Compre directamente con nosotros la próxima vez.",
        "En nuestra tienda es más barato.",
        "Puede pagar por transferencia, no hay problema.",
        "Ordini direttamente da noi la prossima volta, può comprare dal nostro sito.",
        "Sul nostro sito costa meno.",
        "Può pagare con PayPal.",
        "Bestel de volgende keer rechtstreeks bij ons.",
        "In onze webshop is het goedkoper.",
        "U kunt per overschrijving betalen.",
        "Compre no nosso site, é mais barato.",
        "Pode pagar por transferência.",
        "Proszę zamówić bezpośrednio u nas.",
        "W naszym sklepie jest taniej.",
        "Proszę zapłacić przelewem.",
    ] {
        assert_eq!(found(text), [false, true, false], "{text}");
    }
}

#[test]
fn asking_to_change_a_review_is_found() {
    for text in [
        "Could you take back your bad review?",
        "Please delete your negative feedback",
        "Delete your review, please, no questions asked.",
        "We would be glad about you changing your rating.",
        "Would you take your bad review back?",
        "We cannot say sorry enough, could you remove the review?",
        "Könnten Sie Ihre Bewertung löschen?",
        "Bitte nehmen Sie Ihre negative Bewertung zurück.",
        "Wir bitten Sie, Ihre Bewertung noch einmal zu überdenken.",
        "Bitte ändern Sie Ihre Bewertung, das ist kein Problem.",
        "Pourriez-vous supprimer votre avis ?",
        "Merci de modifier votre commentaire.",
        "¿Podría eliminar su reseña?",
        "Por favor, cambie su valoración.",
        "Potrebbe rimuovere la recensione?",
        "La preghiamo di modificare il suo feedback.",
        "Kunt u uw beoordeling verwijderen?",
        "Wilt u uw recensie aanpassen?",
        "Poderia apagar a sua avaliação?",
        "Por favor altere o seu comentário.",
        "Proszę usunąć negatywną opinię.",
        "Czy może Pan zmienić ocenę?",
    ] {
        assert_eq!(found(text), [false, false, true], "{text}");
    }
}

#[test]
fn who_says_no_to_it_does_none_of_it() {
    for text in [
        "Your voucher cannot be used on Amazon.",
        "No discount is possible on your next order.",
        "We cannot send you a discount code.",
        "Amazon does not let us give coupons, discounts on the next order or vouchers.",
        "Unfortunately we do not offer vouchers for another purchase.",
        "Ihr Gutschein kann bei Amazon leider nicht eingelöst werden.",
        "Wir dürfen keinen Rabatt auf die nächste Bestellung geben.",
        "Rabattcodes sind bei Amazon nicht möglich.",
        "Nous ne pouvons pas vous donner de code promo.",
        "Aucune remise n'est possible sur la prochaine commande.",
        "No podemos ofrecer un descuento en su próxima compra.",
        "Non possiamo dare un buono sconto.",
        "Wij geven geen korting op de volgende bestelling.",
        "Não podemos dar um desconto na próxima encomenda.",
        "Nie możemy dać rabatu na następne zamówienie.",
        "We cannot take orders outside of Amazon, please pay there.",
        "We never sell directly from us, cheaper or not.",
        "Please never pay by PayPal or bank transfer.",
        "Whoever asks you to pay by bank transfer is a fraud.",
        "Bitte zahlen Sie niemals per Überweisung.",
        "Wir dürfen Ihnen nichts außerhalb von Amazon verkaufen.",
        "Nous ne pouvons pas vendre hors d'Amazon.",
        "No puede pagar con PayPal.",
        "Non può pagare con PayPal.",
        "U kunt niet met PayPal betalen.",
        "Não pode pagar com PayPal.",
        "Nie można zapłacić przelewem.",
        "We cannot change your review, and nobody here may ask you to.",
        "You need not change your feedback.",
        "Wir können Ihre Bewertung nicht löschen.",
        "Nous ne pouvons pas supprimer votre avis.",
        "No podemos eliminar su reseña.",
        "Non possiamo rimuovere la recensione.",
        "Wij kunnen uw beoordeling niet verwijderen.",
        "Não podemos apagar a sua avaliação.",
        "Nie możemy usunąć opinii.",
    ] {
        assert_eq!(found(text), [false; 3], "{text}");
    }
}

#[test]
fn who_speaks_of_other_things_does_none_of_it() {
    for text in [
        "The refund goes back by the way you paid.",
        "10% of the price was refunded.",
        "We can give you a discount of 10% on this order if you keep it.",
        "The voucher you used was refunded to your account.",
        "You get the value of your gift card back.",
        "We will add the missing part to your next order.",
        "Switch it off before the next use, at 10 degrees.",
        "We pay the money back by bank transfer.",
        "Did you pay by bank transfer?",
        "You can pay by bank transfer on Amazon.",
        "Your order ships directly from us and arrives on Friday.",
        "Your order has left our shop.",
        "You bought it in our shop on Amazon.",
        "Please send it back to our store in Essen.",
        "Next time please write to us first.",
        "You find the manual in the box, not on our website.",
        "We received your feedback.",
        "Thank you for your feedback, we have changed the box.",
        "We will change the packaging because of your feedback.",
        "We are sorry about your review and send your money back.",
        "Your return is under review, and we change the address.",
        "Please remove the battery and review the guide.",
        "Sie erhalten 10 % des Preises zurück.",
        "Wir gewähren Ihnen 10 % Rabatt auf diese Bestellung.",
        "Der Gutscheinbetrag wird erstattet.",
        "Das Geld kommt auf dem Weg zurück, auf dem Sie bezahlt haben.",
        "Wir erstatten den Betrag per Überweisung.",
        "Die Bestellung kommt direkt von uns.",
        "Bitte melden Sie sich direkt bei uns, bevor Sie etwas Neues kaufen.",
        "Ihre Bestellung in unserem Amazon-Shop ist unterwegs.",
        "Danke für Ihre Bewertung, wir ändern die Verpackung.",
        "Dank Ihrer Bewertung können wir die Verpackung ändern.",
        "Wir haben Ihre Bewertung gelesen und schicken Ihnen das Geld zurück.",
        "Le remboursement suit par le moyen de paiement utilisé.",
        "Votre commande part de notre magasin demain.",
        "Merci pour votre avis, nous changeons la boîte.",
        "Vous pouvez changer d'avis dans les 14 jours.",
        "Le reembolsamos el 10 % del precio.",
        "Su pedido sale de nuestra tienda hoy.",
        "Gracias por su reseña.",
        "Puede cambiar de opinión en 14 días.",
        "Le rimborsiamo il 10% del prezzo.",
        "Il suo ordine parte dal nostro negozio.",
        "Grazie per la recensione.",
        "U krijgt 10% van de prijs terug.",
        "Uw bestelling komt uit onze winkel.",
        "Bedankt voor uw beoordeling, wij wijzigen de doos.",
        "Devolvemos 10% do preço.",
        "A sua encomenda sai da nossa loja hoje.",
        "Obrigado pela avaliação.",
        "Zwracamy 10% ceny.",
        "Zamówienie wychodzi z naszego sklepu.",
        "Dziękujemy za opinię, zmienimy pudełko.",
    ] {
        assert_eq!(found(text), [false; 3], "{text}");
    }
}
