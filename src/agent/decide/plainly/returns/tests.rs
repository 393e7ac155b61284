//! Who sends goods back, who does not, and who only speaks of it.

use super::{keeps_goods, leaves_return_open, sends_back, was_sent_back};
use crate::agent::decide::plainly::{Said, test_said as said};

#[test]
fn who_sets_conditions_sends_nothing_back_yet() {
    for text in [
        "About PC-1001: I keep the mugs after all.",
        "I want to return one mug. No wait, I keep it.",
        "I want to return one mug if you pay the postage.",
        "I want to return it in January.",
        "I want to return it. Let me know if that works, unless you pay.",
        "Falls sie nicht gefällt, möchte ich sie zurückschicken.",
        "Ik wilde de mok retourneren, maar ik hou hem toch.",
    ] {
        assert!(leaves_return_open(text), "{text}");
    }
    for text in [
        "I would like to return my order PC-1001.",
        "I would like to return my order PC-1001. Let me know if you need anything else.",
        "Ich möchte die Tasse zurückgeben, sie ist zu klein.",
        "Ich möchte die Tasse zurückgeben. Wenn Sie noch Fragen haben, schreiben Sie mir.",
    ] {
        assert!(!leaves_return_open(text), "{text}");
    }
}

#[test]
fn who_sends_nothing_back_says_so() {
    for text in [
        "I do not want to return PC-1001, I love it!",
        "Ich schicke nichts zurück, keine Rücksendung.",
        "Ich schicke nichts zurück.",
        "Ich schicke die Tasse nicht zurück.",
        "Ich retourniere die Tasse nicht.",
        "Ich möchte keine Rücksendung.",
        "I'm sending nothing back.",
        "No return please, I love the cup.",
        "I do not want a return.",
        "Do not open a return for PC-1001.",
        "I would rather not return it.",
        "Je ne renvoie pas la tasse.",
        "Je ne veux plus de retour, et pas de retour pour PC-1001.",
        "Sans retour, merci.",
        "No devuelvo la taza del pedido PC-1001.",
        "No la devuelvo.",
        "Non restituisco nulla.",
        "Ik stuur de mok niet terug.",
        "Ik retourneer bestelling PC-1001 niet.",
        "Não devolvo a caneca.",
        "Nie zwracam kubka.",
    ] {
        assert!(keeps_goods(text), "{text}");
    }
    for text in [
        "It does not fit, I want to return it.",
        "It does not fit I want to return it.",
        "I want to send it back because I do not like it.",
        "I would like to return the jacket since it does not fit.",
        "How do I return an item that doesn't fit?",
        "Je souhaite retourner l'article qui ne me convient pas.",
        "I have not got the return label.",
        "You have not confirmed the arrival of my return.",
        "Die Rücksendung ist noch nicht angekommen.",
        "Rendez-vous ? Non.",
    ] {
        assert!(!keeps_goods(text), "{text}");
    }
}

#[test]
fn who_wishes_to_send_goods_back_says_so() {
    for text in [
        "I want to return the cup",
        "I would like to return the tin cup from PC-1001.",
        "Hello Fjord & Pine team,\nI'd like to send my order PC-1001 back, it does not fit. How do I get a label?\nAnna",
        "I ordered two sizes. I want to return the jacket in L because it is too large.",
        "I would like to return the mug without its box, as it does not fit.",
        "Can I return the mug?",
        "Could you take the mug back, please?",
        "May we still send it back?",
        "Return request for order PC-1001. The mug is too small.",
        "Please return order PC-1001, it does not suit me.",
        "I need a return label for the mug.",
        "I want to return the mug. Please send the money back to my card.",
        "Ich möchte die Tasse zurückschicken, sie passt nicht",
        "Guten Tag, die Tasse möchte ich gern zurückgeben.",
        "Ich würde die Hose gerne zurückschicken, wie geht das?",
        "Ich will die Tasse aus PC-1001 zurücksenden.",
        "Kann ich die Tasse zurückgeben?",
        "Bitte schicken Sie mir ein Retourenlabel.",
        "Ich möchte widerrufen.",
        "Hiermit widerrufe ich den Kaufvertrag.",
        "Ich brauche einen Rücksendeschein.",
        "Retoure Bestellung PC-1001 bitte",
        "Bonjour, je souhaite retourner l'article qui ne me convient pas.",
        "Je voudrais renvoyer la tasse, elle est trop petite.",
        "Puis-je renvoyer la tasse ?",
        "Quisiera devolver el abrigo, no me gusta",
        "Hola, me gustaría hacer una devolución de la taza.",
        "Vorrei fare il reso di un articolo.",
        "Ik zou de mok graag terugsturen, hij bevalt niet.",
        "Ik wil hem retourneren.",
        "Quero devolver a caneca.",
        "Chcę zwrócić kubek, nie pasuje.",
    ] {
        assert!(sends_back(&said(text)), "{text}");
    }
}

#[test]
fn who_only_speaks_of_sending_back_has_a_reader() {
    for text in [
        "Do I have to return the cup?",
        "Why should I return the cup?",
        "How do I return the cup?",
        "You asked me to return the cup, why?",
        "You want me to return the cup.",
        "You asked me whether I would like to return the cup.",
        "My sister wants to return hers, mine is fine.",
        "I want to know how returning works.",
        "I want to return the cup?",
        "I want to stop the return.",
        "I will return the cup some day.",
        "I want to return the cup. Do I have to return the lid?",
        "Can I return the cup after a month?",
        "How long do I have to return it?",
        "Who pays for the return?",
        "The return label does not work.",
        "I have already returned the cup.",
        "Please send it back to me.",
        "Please return my money.",
        "The parcel with the return is on its way to you.",
        "I never want to return it.",
        "I want to return to your shop soon.",
        "I want you to return my cup.",
        "I wish I could return the cup.",
        "Can you believe my wife wants to return the cup?",
        "May I return a worn cup",
        "Wie lange kann ich die Tasse zurückgeben",
        "Tot wanneer kan ik hem retourneren?",
        "Hoe kan ik hem terugsturen?",
        "Muss ich die Tasse zurückschicken?",
        "Ich möchte wissen, ob ich die Tasse zurückschicken muss.",
        "Ich schicke die Tasse nicht zurück.",
        "Ich habe die Tasse gestern zurückgeschickt.",
        "Die Rücksendung ist unterwegs.",
        "Dois-je renvoyer la tasse ?",
        "Oubliez le retour de ma commande PC-1001.",
        "¿Tengo que devolver la taza?",
        "No devuelvo la taza.",
        "Devo restituire la tazza?",
        "Moet ik de mok terugsturen?",
        "Ik heb de mok teruggestuurd.",
        "Não devolvo a caneca.",
        "Czy muszę zwrócić kubek?",
        "Nie zwracam kubka.",
        "I love the cup.",
    ] {
        assert!(!sends_back(&said(text)), "{text}");
    }
    let heading = Said { subject: "Return of PC-1001", ..said("I love the cup. Thank you.") };
    assert!(!sends_back(&heading), "a subject alone wishes for nothing");
}

#[test]
fn what_was_sent_back_already_is_told() {
    for text in [
        "I have already returned the cup.",
        "I returned my order PC-1001 last week.",
        "I sent the cup back yesterday.",
        "My wife returned the cup, please ignore it.",
        "Ich habe die Tasse gestern zurückgeschickt.",
        "J'ai renvoyé la tasse hier.",
        "He devuelto la taza.",
        "Ho restituito la tazza.",
        "Ik heb de mok teruggestuurd.",
        "Devolvi a caneca.",
        "Odesłałam kubek wczoraj.",
    ] {
        assert!(was_sent_back(text), "{text}");
    }
    for text in [
        "I would like to return the cup that I got from you.",
        "I have two mugs and want to return one.",
        "J'ai reçu la tasse, je la retourne.",
        "Ich habe die Tasse erhalten und möchte sie zurückgeben.",
        "He recibido la taza y quiero devolverla.",
        "I would like to have it returned.",
    ] {
        assert!(!was_sent_back(text), "{text}");
    }
}
