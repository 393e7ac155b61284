//! Whole messages: what a customer writes and what the desk must make of it.

use proptest::prelude::*;

use super::intent::Intent;
use super::*;

fn primary(text: &str) -> Intent {
    understand(text, &Options::default()).primary()
}

/// Written for this test; none of these sentences stands in a training file.
const MESSAGES: &[(Intent, &str)] = &[
    (Intent::WhereIsMyOrder, "Hi there, I placed order FJ-20417 last Tuesday and was wondering where it is now?"),
    (Intent::WhereIsMyOrder, "any idea when my shoes will get here"),
    (Intent::WhereIsMyOrder, "Guten Abend, können Sie mir bitte sagen, wo mein Paket gerade steckt? Danke, Ulla"),
    (Intent::WhereIsMyOrder, "Bonjour, pourriez-vous me dire où en est ma commande 8841203 ? Merci"),
    (Intent::WhereIsMyOrder, "Hola, ¿me podéis decir por dónde va mi paquete?"),
    (Intent::WhereIsMyOrder, "Buonasera, a che punto è il mio ordine 8841203?"),
    (Intent::WhereIsMyOrder, "Hoi, waar is mijn bestelling gebleven?"),
    (Intent::WhereIsMyOrder, "Bom dia, onde está a minha encomenda?"),
    (Intent::WhereIsMyOrder, "Dzień dobry, gdzie jest moja przesyłka?"),
    (Intent::LateOrLost, "It was meant to be here on Monday and there is still nothing. My parcel must be lost."),
    (Intent::LateOrLost, "The app says delivered but I never got it, nobody rang the bell"),
    (Intent::LateOrLost, "Mein Paket ist seit drei Wochen überfällig und immer noch nicht angekommen!"),
    (Intent::LateOrLost, "Je n'ai toujours pas reçu mon colis alors que le suivi indique livré"),
    (Intent::LateOrLost, "Mi pedido todavía no ha llegado y ya van tres semanas"),
    (Intent::LateOrLost, "Paczka nadal nie dotarła, czekam już miesiąc"),
    (Intent::DamagedOrWrongItem, "The vase was smashed to pieces when I opened the box"),
    (Intent::DamagedOrWrongItem, "You have sent me a green sweater but I ordered a black one"),
    (Intent::DamagedOrWrongItem, "Die Lampe kam zerbrochen an, Fotos im Anhang"),
    (Intent::DamagedOrWrongItem, "La montre que j'ai reçue est cassée"),
    (Intent::DamagedOrWrongItem, "Mi è arrivato un articolo sbagliato, avevo ordinato altro"),
    (Intent::DamagedOrWrongItem, "De lamp is kapot aangekomen"),
    (Intent::ReturnItem, "I would like to send the boots back, how do I get a return label?"),
    (Intent::ReturnItem, "Ich würde die Hose gerne zurückschicken, wie geht das?"),
    (Intent::ReturnItem, "Quisiera devolver el abrigo, no me gusta"),
    (Intent::ReturnItem, "Jak mogę odesłać sukienkę?"),
    (Intent::Exchange, "These are too tight, can I swap them for a size 43?"),
    (Intent::Exchange, "Kann ich die Jacke in Größe L umtauschen?"),
    (Intent::Exchange, "Queria trocar o casaco por um tamanho maior"),
    (Intent::RefundStatus, "I sent the lamp back two weeks ago, when do I finally get my refund?"),
    (Intent::RefundStatus, "Wo bleibt meine Rückerstattung? Die Retoure ist längst bei Ihnen."),
    (Intent::RefundStatus, "Où en est mon remboursement ?"),
    (Intent::RefundRequest, "I want all of my money back, please refund me"),
    (Intent::RefundRequest, "Quiero que me devuelvan el dinero"),
    (Intent::CancelOrder, "Please stop order FJ-20417, I bought the wrong one by accident"),
    (Intent::CancelOrder, "Bitte die Bestellung stornieren, ich brauche sie nicht mehr"),
    (Intent::CancelOrder, "Ik wil mijn bestelling graag annuleren"),
    (Intent::ChangeAddress, "We have just moved, could you ship the parcel to our new address instead?"),
    (Intent::ChangeAddress, "Ich habe die falsche Hausnummer angegeben, bitte ändern Sie die Lieferadresse"),
    (Intent::ChangeItems, "Can I still add a pair of socks to my open order?"),
    (Intent::Stock, "Will the blue backpack be back in stock soon?"),
    (Intent::Stock, "Gibt es den Mantel noch in Größe 40?"),
    (Intent::DeliveryTime, "How many days does shipping to Ireland take?"),
    (Intent::Invoice, "My accountant needs the VAT invoice for last month's purchase, please send it"),
    (Intent::Invoice, "Können Sie mir bitte noch eine Rechnung auf meine Firma ausstellen?"),
    (Intent::PaymentIssue, "My card was charged two times for the same basket"),
    (Intent::PaymentIssue, "Mir wurde der Betrag doppelt abgebucht"),
    (Intent::ProductQuestion, "Is the raincoat really waterproof and can I put it in the washing machine?"),
    (Intent::Complaint, "What a disgrace, I am extremely disappointed with how your staff treated me"),
    (Intent::Thanks, "Brilliant, that sorted it, thanks a lot!"),
    (Intent::Thanks, "Super, vielen Dank für die schnelle Hilfe!"),
    (Intent::TalkToPerson, "Can I please speak to a real human being?"),
    (Intent::TalkToPerson, "Ich möchte mit einem Menschen sprechen"),
    (Intent::Account, "I cannot remember my password, how can I reset it?"),
    (Intent::Discount, "The voucher code from your newsletter is not accepted at checkout"),
    (Intent::Spam, "We can boost your Google ranking in 30 days, guaranteed results for your website"),
    (Intent::OutOfScope, "what is the weather going to be like in Oslo tomorrow"),
    (Intent::OutOfScope, "Can you write my history essay about the Romans?"),
];

#[test]
fn messages_in_eight_languages_are_understood() {
    let wrong: Vec<String> = MESSAGES
        .iter()
        .filter(|(intent, text)| primary(text) != *intent)
        .map(|(intent, text)| {
            format!("{text}: wanted {intent:?}, got {:?}", understand(text, &Options::default()).intents)
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_mail_with_greeting_and_story_keeps_its_request() {
    let mail = "Dear team,\n\nI hope you are all well. My sister recommended your lovely shop to me and I bought a kettle \
                for our new flat, we move in next month.\nUnfortunately the kettle does not switch on at all.\n\
                The order number is FJ-20417.\n\nKind regards,\nMarta";
    let understood = understand(mail, &Options::default());
    assert_eq!(understood.primary(), Intent::DamagedOrWrongItem, "{:?}", understood.intents);
    assert!(understood.entities.iter().any(|entity| entity.value == "FJ-20417"));
}

#[test]
fn two_requests_are_both_seen() {
    let text = "Please cancel order FJ-20417. Also, I still have not got the refund for the boots I sent back.";
    let understood = understand(text, &Options::default());
    let intents: Vec<_> = understood.intents.iter().map(|ranked| ranked.intent).collect();
    assert!(
        intents.contains(&Intent::CancelOrder) && intents.contains(&Intent::RefundStatus),
        "{:?}",
        understood.intents
    );
}

#[test]
fn the_whole_is_one_json_document() {
    let understood = understand("URGENT!! Wo ist meine Bestellung 8841203?", &Options::default());
    let json = serde_json::to_value(&understood).unwrap();
    assert_eq!(json["language"]["language"], "de");
    assert_eq!(json["entities"][0]["type"], "order_id");
    assert_eq!(json["intents"][0]["intent"], "where_is_my_order");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_understood_the_same_way_twice(text in any::<String>()) {
        let options = Options::default();
        prop_assert_eq!(understand(&text, &options), understand(&text, &options));
    }

    #[test]
    fn pieces_of_real_messages_never_panic(
        picks in prop::collection::vec((0..MESSAGES.len(), 0_usize..60), 1..5),
        noise in "[\\PC\n\t]{0,12}",
    ) {
        let mut text = String::new();
        for (message, length) in picks {
            text.extend(MESSAGES[message].1.chars().skip(length / 3).take(length));
            text.push_str(&noise);
        }
        let understood = understand(&text, &Options::default());
        prop_assert!(!understood.intents.is_empty());
        prop_assert!((0.0..=1.0).contains(&understood.confidence));
        for entity in &understood.entities {
            prop_assert!(text.get(entity.start..entity.end).is_some());
        }
    }
}
