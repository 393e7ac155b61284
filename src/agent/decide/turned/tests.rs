//! What turns a wish, and what does not, in the languages of the desk.

use super::{turned, wants_more};
use crate::model::order::ActionKind::{self, Cancel, ChangeAddress, ChangeItems, Return};

#[track_caller]
fn is_turned(kind: ActionKind, text: &str, is_so: bool) {
    let why = turned(text, kind);
    assert_eq!(why.is_some(), is_so, "{text}: {why:?}");
}

#[test]
fn who_wants_it_cancelled_leaves_no_doubt() {
    for text in [
        "Please cancel my order PC-1001.",
        "Can I still cancel order PC-1001?",
        "I don't need it any more, please cancel the order.",
        "I changed my mind, cancel PC-1001 please.",
        "I no longer want PC-1001, cancel it.",
        "Do not send PC-1001, cancel it please.",
        "I want PC-1001 cancelled.",
        "I would like my order to be cancelled, I ordered it by mistake.",
        "I just want to cancel my order.",
        "It will not arrive when I need it, please cancel the order.",
        "I can't wait any longer, please cancel my order.",
        "Please cancel my order and refund me.",
        "I ordered everything twice but please cancel PC-1001.",
        "No, please cancel it.",
        "Bitte stornieren Sie meine Bestellung, ich brauche sie nicht mehr.",
        "Ich habe mich vertan, bitte storniert die Bestellung.",
        "Ich möchte nur meine Bestellung stornieren.",
        "Können Sie die Bestellung bitte rückgängig machen?",
        "Merci d'annuler ma commande.",
        "J'ai changé d'avis, annulez ma commande.",
        "Quiero cancelar mi pedido.",
        "Solo quiero cancelar mi pedido, lo pedí por error.",
        "Espero que cancelen mi pedido.",
        "Vorrei annullare l'ordine.",
        "Ik wil mijn bestelling annuleren.",
        "Quero cancelar a minha encomenda.",
        "Proszę anulować moje zamówienie.",
    ] {
        is_turned(Cancel, text, false);
    }
}

#[test]
fn who_denies_asks_or_takes_it_back_does() {
    for text in [
        "Under no circumstances cancel PC-1001.",
        "I don't want to cancel PC-1001, please cancel the newsletter instead.",
        "What is the deadline to cancel order PC-1001? I might cancel it next week.",
        "My husband asked you to cancel PC-1001. Please ignore that, I still want it.",
        "Please cancel PC-1001. Actually no, scrap that, keep it.",
        "Why did you cancel my order?",
        "What would happen if I cancelled PC-1001?",
        "Please cancel the socks in PC-1001 and keep everything else.",
        "Bitte stornieren Sie die Bestellung nicht.",
        "N'annulez pas ma commande.",
        "No cancelen mi pedido.",
        "Non annullate l'ordine.",
        "Annuleer mijn bestelling niet.",
        "Não cancelem a minha encomenda.",
        "Nie anulujcie mojego zamówienia.",
        "Bitte stornieren Sie meine Bestellung PC-1001 nicht.",
        "I do not want PC-1001 to be cancelled.",
        "Ich möchte nicht, dass PC-1001 storniert wird.",
        "Je ne veux pas que ma commande soit annulée.",
        "No quiero que cancelen mi pedido.",
        "Cancel my order PC-1001? No way, I want it!",
        "Cancel my order PC-1001? No!",
        "PC-1001 stornieren? Ich brauche sie.",
    ] {
        is_turned(Cancel, text, true);
    }
}

#[test]
fn what_is_excepted_is_not_what_is_cancelled() {
    for text in [
        "Cancel everything except PC-1001.",
        "Please cancel all but PC-1001.",
        "Cancel everything but PC-1001, please.",
        "Cancel all orders other than PC-1001.",
        "Bitte alles außer PC-1001 stornieren.",
        "Stornieren Sie alles bis auf PC-1001.",
        "Annulez tout sauf PC-1001.",
        "Cancelen todo menos PC-1001.",
        "Annullate tutto tranne PC-1001.",
        "Annuleer alles behalve PC-1001.",
        "Cancelem tudo exceto PC-1001.",
        "Proszę anulować wszystko oprócz PC-1001.",
        "Please cancel only the mug.",
        "Stornieren Sie bitte nur die Tasse.",
        "Annulez seulement la tasse.",
        "Cancelen solo la taza.",
        "Annullate solo la tazza.",
        "Annuleer alleen de mok.",
    ] {
        is_turned(Cancel, text, true);
    }
}

#[test]
fn what_was_done_already_is_not_asked_for() {
    for text in [
        "I cancelled PC-1001 by mistake.",
        "I have accidentally cancelled PC-1001.",
        "Ich habe PC-1001 aus Versehen storniert.",
        "J'ai annulé PC-1001 par erreur.",
        "He cancelado PC-1001 por error.",
        "Cancelé PC-1001 por error.",
        "Ho annullato PC-1001 per errore.",
        "Ik heb PC-1001 per ongeluk geannuleerd.",
        "Cancelei PC-1001 por engano.",
        "Ya cancelé mi pedido PC-1001.",
        "Ya anule este pedido.",
        "Ihr storniert meine Bestellung PC-1001!",
        "Und Sie stornieren meine Bestellung.",
        "Meine Bestellung PC-1001 storniert!",
        "Vous annulez ma commande PC-1001 !",
        "Anulowałem PC-1001 przez pomyłkę.",
        "Please wait with cancelling PC-1001.",
        "Bitte warten Sie noch mit der Stornierung.",
        "Please cancel the return of PC-1001.",
        "Bitte die Rücksendung von PC-1001 stornieren.",
        "Annulez le retour de PC-1001.",
        "Please undo the cancellation of PC-1001.",
        "You changed the mug to red. Undo that.",
    ] {
        is_turned(Cancel, text, true);
    }
}

#[test]
fn what_is_called_off_refused_or_only_named_is_not_wanted() {
    for text in [
        "I refuse to cancel PC-1001.",
        "Please stop PC-1001 from being cancelled.",
        "Please disregard my request to cancel PC-1001.",
        "I requested cancellation of PC-1001 by accident.",
        "I have decided against cancelling PC-1001.",
        "Forget the cancellation.",
        "What about the cancellation that I got a mail of yesterday?",
        "Has PC-1001 been cancelled?",
        "My order PC-1001 shows as cancelled, please send it.",
        "I got a mail that PC-1001 is cancelled. What happened?",
        "Ma commande est annulée !",
        "Mi pedido PC-1001 aparece cancelado, ¿qué pasó?",
        "Ya cancelamos el pedido PC-1001 con tarjeta.",
        "Il mio ordine risulta annullato, cosa è successo?",
        "Mijn bestelling staat op geannuleerd, wat is er gebeurd?",
        "Moje zamówienie PC-1001 zostało anulowane, dlaczego?",
        "Bitte ignorieren Sie meine Stornierung von PC-1001.",
        "Die Stornierung von PC-1001 war ein Versehen.",
        "Die Stornierung hat sich erledigt, bitte liefern.",
        "Ich verzichte auf die Stornierung von PC-1001.",
        "Ignorez ma demande d'annulation.",
        "Oubliez l'annulation de PC-1001.",
        "L'annulation de PC-1001 était une erreur.",
        "Je renonce à l'annulation de ma commande PC-1001.",
        "La cancelación de PC-1001 fue un error.",
        "Desisto de la cancelación de mi pedido.",
        "L'annullamento è stato un errore.",
        "Rinuncio all'annullamento dell'ordine.",
        "Vergeet de annulering van PC-1001.",
        "De annulering was een vergissing.",
        "Esqueçam o cancelamento da encomenda PC-1001.",
        "Desisto do cancelamento.",
        "Rezygnuję z anulowania zamówienia PC-1001.",
        "Anulowanie zamówienia było pomyłką.",
    ] {
        is_turned(Cancel, text, true);
    }
    for text in [
        "Cancellation of order PC-1001",
        "Cancellation of my order PC-1001\nPlease cancel it, it takes far too long.",
        "I hereby request the immediate cancellation of this purchase.",
        "Bitte um Stornierung wegen der langen Lieferzeit.",
        "Stornierung PC-1001",
        "Je demande l'annulation de ma commande passée hier.",
        "Solicito la cancelación del pedido hecho ayer.",
        "Chiedo l'annullamento dell'ordine fatto ieri.",
        "Graag annulering van mijn bestelling van gisteren.",
        "Rezygnuję z zamówienia, proszę o anulowanie.",
        "Sie müssen meine Bestellung stornieren, bitte.",
        "You need to cancel my order.",
        "Please stop the delivery of my order and cancel it.",
        "I refuse to wait and want to cancel.",
    ] {
        is_turned(Cancel, text, false);
    }
}

#[test]
fn a_change_that_is_denied_asked_about_or_told_of_is_not_wanted() {
    for text in [
        "Do I have to change the mug and the address?",
        "Forget the exchange, please.",
        "Please change the mug to red. Scrap that.",
        "No change of address, please.",
        "I have already changed the address.",
        "Leave it as it is.",
        "Muss ich die Adresse ändern?",
        "Ich habe die Adresse schon geändert.",
        "Den Umtausch bitte vergessen.",
        "Lassen Sie die Adresse, wie sie ist, und lassen Sie alles wie bisher.",
        "Dois-je changer l'adresse ?",
        "J'ai déjà modifié l'adresse.",
        "He cambiado la dirección yo mismo.",
        "Ho già cambiato l'indirizzo.",
        "Ik heb het adres al gewijzigd.",
        "Mudei a morada ontem.",
        "Już zmieniłem adres.",
        "You changed the mug to red. Undo that.",
        "Change the mug to anything but red.",
        "Change the mug to any colour but red.",
        "Why did you change the mug to red?",
        "Please do not change the mug to red.",
        "I do not want the mug to be changed.",
        "Bitte ändern Sie die Tasse nicht auf rot.",
        "Warum haben Sie die Tasse geändert?",
        "Pourquoi avez-vous changé la tasse ?",
        "No cambien la taza.",
        "Perché avete cambiato la tazza?",
        "Waarom hebben jullie de mok gewijzigd?",
    ] {
        is_turned(ChangeItems, text, true);
        is_turned(ChangeAddress, text, true);
    }
    for text in [
        "Please change the mug to red.",
        "Please do not forget the exchange.",
        "I have changed my address, please send it to the new one.",
        "Ich habe meine Adresse geändert, bitte schickt es an die neue.",
        "J'ai changé d'adresse, envoyez-la à la nouvelle.",
        "Mudei de morada, enviem para a nova.",
        "I have to change the address, please.",
        "Tengo que cambiar la dirección.",
        "J'ai changé d'avis, changez l'adresse.",
        "He cambiado de opinión, cambien la talla.",
        "Ich habe meine Meinung geändert, bitte die Adresse ändern.",
        "I changed my mind, please change the mug to red, it has not been sent yet.",
        "Could you change the jacket from M to L?",
        "I don't like blue, please change it to red.",
        "Ich möchte die Tasse lieber in rot, bitte ändern.",
        "Pouvez-vous changer la tasse, je préfère le rouge ?",
    ] {
        is_turned(ChangeItems, text, false);
    }
}

#[test]
fn who_sends_nothing_back_wants_no_return() {
    for text in [
        "I do not want to return PC-1001, I love it!",
        "Don't return it.",
        "Ich möchte die Tasse nicht zurückgeben.",
        "Je ne veux pas renvoyer la tasse.",
        "No quiero devolver la taza.",
        "Please cancel the return of PC-1001.",
        "I would like to return the cup. Actually no.",
        "I would like to return the cup. Never mind.",
        "Ich möchte die Tasse zurückschicken. Hat sich erledigt.",
        "Je souhaite retourner la tasse. Finalement non.",
        "I refuse to return the cup.",
        "Please stop the return of PC-1001.",
        "I have decided against returning the cup.",
        "I changed my mind about the return.",
        "The return of PC-1001 was a mistake.",
        "Ich schicke die Tasse nicht zurück.",
        "Bitte vergessen Sie die Rücksendung von PC-1001.",
        "Die Rücksendung von PC-1001 hat sich erledigt.",
        "Ich verzichte auf die Rückgabe der Tasse.",
        "Oubliez le retour de ma commande PC-1001.",
        "Je renonce au retour de la tasse.",
        "No devuelvo la taza.",
        "Desisto de la devolución de mi pedido.",
        "Dimenticate il reso dell'ordine.",
        "Rinuncio al reso dell'ordine.",
        "Ik retourneer de mok niet.",
        "Laat de retour van mijn bestelling maar zitten.",
        "Ik zie af van de retour van mijn bestelling.",
        "Não vou mais devolver a caneca.",
        "Esqueçam a devolução da encomenda.",
        "Nie zwracam kubka.",
        "Rezygnuję ze zwrotu zamówienia.",
    ] {
        is_turned(Return, text, true);
    }
    for text in [
        "It does not fit I want to return it.",
        "I want to return it because I do not like it.",
        "I don't want to return everything of order PC-1001.",
        "I would like to return everything but the mug.",
        "Ich möchte die Tasse zurückschicken, sie passt nicht",
        "Please do not forget to tell me how the return works.",
        "I ordered it by mistake and would like to return it.",
        "Die Tasse gefällt mir doch nicht, ich möchte sie zurückgeben.",
        "Forget it, I want to return it.",
        "Where is the label of my return?",
    ] {
        is_turned(Return, text, false);
    }
}

#[test]
fn what_else_is_wanted_beside_a_cancellation_is_heard() {
    for text in [
        "Please cancel PC-1001 and send the same with express.",
        "Cancel PC-1001. Send the mug to my mother.",
        "Cancel it. And can you please send me a new one.",
        "Bitte stornieren. Schicken Sie die Tasse an meine Mutter.",
        "Annulez la commande et envoyez la tasse à ma mère.",
    ] {
        assert!(wants_more(text), "{text}");
    }
    for text in [
        "Please cancel PC-1001.",
        "Do not send it, cancel it please.",
        "Please cancel it before you send it.",
        "Please cancel PC-1001 and send me a confirmation.",
        "Cancel it, and please send the money back.",
        "Bitte stornieren und schicken Sie mir eine Bestätigung.",
    ] {
        assert!(!wants_more(text), "{text}");
    }
}
