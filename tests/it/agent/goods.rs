//! Goods that are broken, come back or are exchanged: which of them, for what, and who decides.

use resolute::agent::{Mode, Outcome};
use resolute::model::draft::EvidenceSource::Policy;
use resolute::model::order::{
    LineItem, LineQuantity, Order, OrderAction, OrderStatus, Refund, ReturnStatus, Shipment, ShipmentStatus,
};
use resolute::policy::{Autonomy, LostRemedy};

use super::Case;
use super::fixture::{NOW, delivered, eur, on_its_way, order, with_tent};
use super::languages::returning;

#[test]
fn a_broken_item_is_refunded_alone_under_the_limit() {
    let text = "The tin cup from PC-1001 arrived broken. I would like my money back.";
    let reply = Case::mail(text, vec![delivered("PC-1001", 2)]).reply();
    assert_eq!(reply.kinds(), ["refund"]);
    assert!(
        matches!(&reply.draft.actions[0].action, OrderAction::Refund { amount, lines, .. } if *amount == eur(1_990) && lines.len() == 1)
    );
    assert_eq!(reply.draft.actions[0].label, "Refund 19.90 EUR to card ending 1111");
    assert!(reply.text.contains("I have refunded 19.90 EUR to your card ending 1111."), "{}", reply.text);
    assert!(reply.text.contains("You can keep what you have"));
    assert_eq!(reply.sources("You can keep what"), [Policy]);
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.left_out());
    assert_eq!(reply.draft.why, "broken on arrival, under 60.00 EUR");
}

#[test]
fn another_sum_than_the_one_given_back_is_put_before_a_person() {
    let asks = |wish: &str| {
        let text = format!("The tin cup from PC-1001 arrived broken. {wish}");
        Case::mail(&text, vec![delivered("PC-1001", 2)]).reply().asks()
    };
    for wish in [
        "I paid 19.90 EUR for it and would like my money back.",
        "I paid €24.80. 3 days later it came, I would like my money back.",
        "I would like my money back, that is 19,90 €.",
    ] {
        assert!(asks(wish).iter().all(|ask| !ask.contains("the customer writes of")), "{wish}");
    }
    for (wish, shown) in [
        ("I would like 10 EUR of my money back.", "10 eur"),
        ("I would like my money back, that is $25.", "$25"),
        ("I would like my money back, all of the 19,90 CHF.", "19,90 chf"),
        ("I would like my money back, but the 4.90 EUR of shipping are enough.", "4.90 eur"),
        ("I paid 19.90 EUR and would like my money back, all 24.80 EUR.", "24.80 eur"),
        ("I would like my money back, 10 Franken will do.", "10 franken"),
    ] {
        let ask = format!("the customer writes of {shown}, the refund is 19.90 EUR");
        assert!(asks(wish).contains(&ask), "{wish}");
    }
}

#[test]
fn of_many_lines_that_are_named_alike_the_number_of_the_goods_tells() {
    let many = || {
        let mut order = delivered("PC-1001", 2);
        let cup = order.lines[0].clone();
        order.lines = (1..=80)
            .map(|number| LineItem {
                id: format!("l{number}"),
                sku: format!("SKU-{number}"),
                title: format!("Thing SKU {number}"),
                ..cup.clone()
            })
            .collect();
        order.shipments[0].lines =
            order.lines.iter().map(|line| LineQuantity { line_id: line.id.clone(), quantity: 1 }).collect();
        order
    };
    for (named, meant) in [("Thing SKU 7", "l7"), ("SKU-77", "l77")] {
        let text = format!("From PC-1001 one {named} arrived broken. I would like my money back.");
        let reply = Case::mail(&text, vec![many()]).reply();
        assert!(
            matches!(&reply.draft.actions[0].action, OrderAction::Refund { lines, .. } if lines.len() == 1 && lines[0].line_id == meant),
            "{named}: {:?}",
            reply.draft.actions
        );
    }
}

#[test]
fn a_broken_item_above_the_limit_is_asked_for() {
    let mut order = delivered("PC-1001", 2);
    order.lines[0].unit_price = eur(4_200);
    order.payments[0].amount = eur(4_690);
    let reply = Case::mail("The cup from PC-1001 came broken, refund please", vec![order]).reply();
    assert_eq!(reply.asks(), ["refund over 25.00 EUR"]);
    assert_eq!(reply.kinds(), ["refund"]);
}

#[test]
fn a_dear_broken_item_comes_back_at_our_cost() {
    let text = "The tent from order PC-1001 arrived damaged. I want a refund.";
    let reply = Case::mail(text, vec![with_tent(delivered("PC-1001", 2))]).reply();
    assert_eq!(reply.kinds(), ["return"]);
    assert!(reply.text.contains("and we pay for the parcel"), "{} {:?}", reply.text, reply.left_out());
}

#[test]
fn a_broken_item_is_sent_again_if_wished() {
    let text = "The tin cup from PC-1001 arrived broken. Please send me a new one.";
    let reply = Case::mail(text, vec![delivered("PC-1001", 2)]).reply();
    assert_eq!(reply.kinds(), ["replace"]);
    assert_eq!(reply.mode, Mode::Send, "{:?} {:?}", reply.asks(), reply.left_out());
}

/// The goods of the first parcel came in a second one.
fn sent_again(mut order: Order) -> Order {
    let again = Shipment {
        id: "again".into(),
        status: ShipmentStatus::Delivered,
        delivered_at: Some(NOW),
        ..order.shipments[0].clone()
    };
    order.shipments.push(again);
    order
}

fn given_back(mut order: Order, minor: i64) -> Order {
    let refund =
        Refund { id: "r1".into(), amount: eur(minor), method: "card".into(), reason: "broken".into(), at: NOW };
    order.refunds.push(refund);
    order
}

#[test]
fn what_the_shop_shows_as_given_before_is_weighed_by_a_person() {
    const AGAIN: &str = "was sent again before";
    const BACK: &str = "something of this order was given back already";
    let broken = |wish: &str, order: Order| {
        Case::mail(&format!("The tin cup from PC-1001 arrived broken. {wish}"), vec![order]).reply()
    };
    let lost = |remedy: LostRemedy, order: Order| {
        let case = Case::mail("My parcel PC-1001 seems lost, it never arrived.", vec![order]);
        case.policy(|policy| {
            policy.lost.autonomy = Autonomy::Alone;
            policy.lost.remedy = remedy;
        })
        .reply()
    };
    let late = |order: Order| Case::mail("My order PC-1001 is late, it still hasn't arrived!", vec![order]).reply();
    let (money, goods) = ("I would like my money back.", "Please send me a new one.");
    for (reply, kind, ask) in [
        (broken(money, sent_again(delivered("PC-1001", 2))), "refund", AGAIN),
        (broken(goods, sent_again(delivered("PC-1001", 2))), "replace", AGAIN),
        (lost(LostRemedy::Replacement, sent_again(on_its_way("PC-1001", -20))), "replace", AGAIN),
        (lost(LostRemedy::Refund, sent_again(on_its_way("PC-1001", -20))), "refund", AGAIN),
        (lost(LostRemedy::Replacement, given_back(on_its_way("PC-1001", -20), 100)), "replace", BACK),
        (lost(LostRemedy::Refund, given_back(on_its_way("PC-1001", -20), 100)), "refund", BACK),
        (late(given_back(on_its_way("PC-1001", -3), 100)), "refund", BACK),
    ] {
        assert_eq!(reply.kinds(), [kind]);
        assert!(reply.asks().iter().any(|one| one == ask), "{kind}, {ask}: {:?}", reply.asks());
    }
    for reply in [lost(LostRemedy::Replacement, on_its_way("PC-1001", -20)), late(on_its_way("PC-1001", -3))] {
        assert!(reply.asks().iter().all(|ask| ask != AGAIN && ask != BACK), "{:?}", reply.asks());
    }
    let mut free = delivered("PC-1001", 2);
    (free.lines[0].unit_price, free.shipping_price, free.total) = (eur(0), eur(0), eur(0));
    free.payments.clear();
    let asks = broken(goods, free).asks();
    let unpaid = "nothing was paid for this order: it may be a replacement itself";
    assert!(asks.iter().any(|ask| ask == unpaid), "{asks:?}");
}

#[test]
fn a_remedy_that_nobody_wished_for_is_asked_back() {
    let text = "Meine neue Tasse aus Bestellung PC-1001 kam leider zerbrochen an.";
    let reply = Case::mail(text, vec![delivered("PC-1001", 2)]).reply();
    assert!(reply.kinds().is_empty(), "{text}: {}", reply.text);
    // Who declines what could be given is asked nothing: a person reads it.
    for text in [
        "My cup from PC-1001 arrived broken. I don't need a refund, just tell me how to glue it.",
        "The cup from PC-1001 broke because I dropped it. Please do NOT send a replacement and do not refund.",
    ] {
        let outcome = Case::mail(text, vec![delivered("PC-1001", 2)]).run().outcome;
        assert!(matches!(outcome, Outcome::HandOff { .. }), "{text}: {outcome:?}");
    }
    // What was wished for before and is declined now is not done either.
    let mut case = Case::mail("The cup from PC-1001 arrived broken. I want a refund.", vec![delivered("PC-1001", 2)]);
    case.add("The cup from PC-1001 is broken, but I need no refund after all.");
    assert!(matches!(case.run().outcome, Outcome::HandOff { .. }));
}

#[test]
fn what_is_wished_and_which_item_is_asked_back() {
    let reply = Case::mail("The tin cup from PC-1001 arrived broken.", vec![delivered("PC-1001", 2)]).reply();
    assert!(reply.text.contains("Would you like a new one or your money back?"), "{}", reply.text);
    assert!(reply.kinds().is_empty());
    let reply =
        Case::mail("My order PC-1001 arrived broken, I want my money back.", vec![with_tent(delivered("PC-1001", 2))])
            .reply();
    assert!(reply.text.contains("Which item") && reply.text.contains("Fell tent, green, 249.00 EUR"), "{}", reply.text);
    assert!(reply.kinds().is_empty());
}

#[test]
fn a_photo_is_asked_for_where_the_policy_wants_one() {
    let text = "The tin cup from PC-1001 arrived broken. Money back please.";
    let mut case = Case::mail(text, vec![delivered("PC-1001", 2)]).policy(|policy| policy.damaged.photo = true);
    assert!(case.reply().text.contains("photo"));
    case.snapshot.photos = 1;
    assert_eq!(case.reply().kinds(), ["refund"]);
}

#[test]
fn a_return_in_time_is_opened() {
    let reply = Case::mail("I would like to return the tin cup from PC-1001.", vec![delivered("PC-1001", 10)]).reply();
    assert_eq!(reply.kinds(), ["return"]);
    assert!(reply.text.contains("I have opened the return of your Tin cup from order PC-1001."), "{}", reply.text);
    assert!(reply.text.contains("The parcel back is paid by you."));
    assert_eq!(reply.mode, Mode::Send, "{:?} {:?}", reply.asks(), reply.left_out());
}

#[test]
fn a_return_too_late_is_refused_with_the_date() {
    let reply = Case::mail("I want to return the tin cup from PC-1001.", vec![delivered("PC-1001", 31)]).reply();
    assert!(reply.kinds().is_empty());
    assert!(reply.text.contains("That time ended on Sunday 22 November"), "{} {:?}", reply.text, reply.left_out());
    assert_eq!(reply.mode, Mode::Send, "{:?} {:?}", reply.asks(), reply.left_out());
}

#[test]
fn an_exchange_takes_the_goods_back_and_asks_a_person() {
    let text = "Can I exchange the tin cup from PC-1001 for a red one?";
    let reply = Case::mail(text, vec![delivered("PC-1001", 5)]).reply();
    assert_eq!(reply.kinds(), ["return"]);
    assert!(reply.asks().contains(&"a person sends the other item".to_owned()));
}

#[test]
fn the_terms_of_a_return_need_no_order() {
    let text = "I want to return something I may order. What does a return cost and how long do I have?";
    let reply = Case::mail(text, vec![delivered("PC-1001", 2), delivered("PC-1002", 3)]).reply();
    assert!(reply.text.contains("within 30 days of delivery"), "{}", reply.text);
    assert!(!reply.text.contains("Which of your orders"), "{}", reply.text);
}

#[test]
fn the_terms_of_a_return_are_answered_without_an_order_in_every_language() {
    for text in [
        "Hello, what does a return cost, and how long do I have? I am thinking of ordering two sizes.",
        "Hallo zusammen,\n\nkostet mich die Rücksendung etwas, und wie lange habe ich Zeit? Ich überlege, zwei Größen zu \
         bestellen.\n\nLG Katrin Wolff",
        "Bonjour, combien coûte un retour, et quel est le délai de retour ? Je pense commander deux tailles.",
        "Hola, ¿cuánto cuesta una devolución y cuál es el plazo de devolución? Quiero pedir dos tallas.",
        "Buongiorno, quanto costa un reso e quanti giorni ho per il reso? Vorrei ordinare due taglie.",
        "Hallo, wat kost een retour en hoeveel dagen heb ik om te retourneren? Ik wil twee maten bestellen.",
    ] {
        let reply = Case::mail(text, vec![delivered("PC-1001", 2), delivered("PC-1002", 3)]).reply();
        assert_eq!(reply.draft.proposal, "Return terms", "{text}");
        assert!(reply.text.contains("30") && !reply.text.contains("PC-100"), "{}", reply.text);
        assert!(reply.draft.orders.is_empty() && reply.draft.verified(), "{text}");
    }
}

#[test]
fn what_needs_an_order_beside_the_terms_is_still_asked() {
    let text = "What does a return cost? And where is my order? It should have been here on Monday already.";
    let reply = Case::mail(text, vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]).reply();
    assert!(reply.text.contains("PC-1001") && reply.text.contains("PC-1002"), "{}", reply.text);
}

#[test]
fn what_the_customer_keeps_is_not_what_they_send_back() {
    for text in [
        "I want to return the cup of order PC-1001, I keep the tent. How do I get a label?",
        "I'd like to return the tin cup from order PC-1001 and I'm keeping the tent.",
        "Return of order PC-1001: I want to keep the tent and send the cup back.",
    ] {
        let reply = Case::mail(text, vec![with_tent(delivered("PC-1001", 3))]).reply();
        let [action] = reply.draft.actions.as_slice() else { panic!("{text}: {}", reply.text) };
        let OrderAction::Return { lines, .. } = &action.action else { panic!("{text}: {:?}", action.action) };
        assert_eq!(lines.iter().map(|line| line.line_id.as_str()).collect::<Vec<_>>(), ["l1"], "{text}");
    }
}

/// Ids of the lines that a request takes back or replaces; none where it is asked which are meant.
fn lines_of(text: &str, order: resolute::model::order::Order) -> Vec<String> {
    let reply = Case::mail(text, vec![order]).reply();
    let Some(action) = reply.draft.actions.first() else {
        assert!(reply.text.contains("Which item") || reply.text.contains("Artikel"), "{text}: {}", reply.text);
        return Vec::new();
    };
    match &action.action {
        OrderAction::Return { lines, .. } | OrderAction::Refund { lines, .. } | OrderAction::Replace { lines, .. } => {
            lines.iter().map(|line| line.line_id.clone()).collect()
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn everything_means_all_lines_only_where_it_is_wanted() {
    let german = || {
        let mut order = with_tent(delivered("PC-1001", 3));
        order.lines[0].title = "Tasse".into();
        order.lines[1].title = "Zelt".into();
        order
    };
    let english = || with_tent(delivered("PC-1001", 3));
    for (text, order, meant) in [
        ("I want to return the tent of order PC-1001 and keep everything else.", english(), &["l2"][..]),
        ("I want to return the tent of order PC-1001, everything else is great.", english(), &["l2"]),
        ("Danke für alles. Ich möchte die Tasse aus Bestellung PC-1001 zurückgeben.", german(), &["l1"]),
        ("Ich möchte die Tasse aus Bestellung PC-1001 zurückgeben, sonst ist alles super.", german(), &["l1"]),
        ("Thanks for everything! I would like to return something from order PC-1001.", english(), &[]),
        ("I don't want to return everything of order PC-1001.", english(), &[]),
        ("I would like to return everything from order PC-1001.", english(), &["l1", "l2"]),
        ("Ich möchte alles aus Bestellung PC-1001 zurückgeben.", german(), &["l1", "l2"]),
        ("I would like to return my order PC-1001. Everything, please.", english(), &["l1", "l2"]),
        ("I would like to return everything from order PC-1001, but I keep the cup.", english(), &["l2"]),
        ("I would like to return everything but the cup of order PC-1001.", english(), &["l2"]),
    ] {
        assert_eq!(lines_of(text, order), meant, "{text}");
    }
}

/// The cup came `cup` days ago; the tent in a parcel of its own, `tent` days ago or not yet.
fn in_parcels(cup: i64, tent: Option<i64>) -> resolute::model::order::Order {
    let mut order = with_tent(delivered("PC-1001", cup));
    order.shipments[0].lines.truncate(1);
    let mut second = match tent {
        Some(days) => delivered("PC-1001", days).shipments.remove(0),
        None => on_its_way("PC-1001", 2).shipments.remove(0),
    };
    second.id = "s-2".into();
    second.lines = vec![LineQuantity { line_id: "l2".into(), quantity: 1 }];
    if tent.is_none() {
        order.status = OrderStatus::PartlyShipped;
    }
    order.shipments.push(second);
    order
}

#[test]
fn days_are_counted_from_the_parcel_that_held_the_goods() {
    let cup = "I want to return the tin cup from PC-1001.";
    let reply = Case::mail(cup, vec![in_parcels(31, Some(3))]).reply();
    assert!(reply.kinds().is_empty(), "{}", reply.text);
    assert!(reply.text.contains("That time ended on Sunday 22 November"), "{} {:?}", reply.text, reply.left_out());
    let tent = "I want to return the fell tent from PC-1001.";
    assert_eq!(Case::mail(tent, vec![in_parcels(31, Some(3))]).reply().kinds(), ["return"]);
    // Of what has not come there is nothing to count.
    let waits = Case::mail(tent, vec![in_parcels(3, None)]);
    assert_eq!(waits.hand_off(), "Wants to send back goods that were not delivered yet.");
    let broken = "The fell tent from PC-1001 arrived damaged. I want a refund.";
    let waits = Case::mail(broken, vec![in_parcels(3, None)]);
    assert_eq!(waits.hand_off(), "Reports damage of goods that were not delivered yet.");
    // A shop that does not list what a parcel held.
    let mut unlisted = delivered("PC-1001", 10);
    unlisted.shipments[0].lines.clear();
    assert_eq!(Case::mail(cup, vec![unlisted]).reply().kinds(), ["return"]);
}

#[test]
fn goods_that_are_excepted_are_not_taken_back_alone() {
    let both = with_tent(delivered("PC-1001", 3));
    let reply = Case::mail("I would like to return the tin cup of PC-1001.", vec![both.clone()]).reply();
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.asks());
    let asks = Case::mail("I would like to return the tin cup of PC-1001, not the tent.", vec![both]).reply().asks();
    assert!(asks.iter().any(|ask| ask.contains("not said plainly")), "{asks:?}");
}

#[test]
fn what_is_kept_is_not_taken_back() {
    for text in [
        "I would like to return everything but the cup of order PC-1001.",
        "I do not want to return the cup of PC-1001.",
        "Please cancel the return of the cup of PC-1001.",
    ] {
        let outcome = Case::mail(text, vec![delivered("PC-1001", 3)]).run().outcome;
        let Outcome::Reply { draft, .. } = outcome else { continue };
        assert!(draft.actions.is_empty(), "{text}: {draft:?}");
    }
}

#[test]
fn who_denies_calls_off_or_has_done_a_return_is_a_persons() {
    for text in [
        "Ich schicke die Tasse aus PC-1001 nicht zurück.",
        "Hi, I refuse to return the cup from PC-1001. Anna",
        "Hi, I have already returned the cup from PC-1001. Anna",
        "Bonjour, oubliez le retour de ma commande PC-1001. Merci.",
        "Hallo, ik retourneer bestelling PC-1001 niet. Groeten, Anna",
        "Hola, no devuelvo la taza del pedido PC-1001. Gracias",
    ] {
        let outcome = Case::mail(text, vec![delivered("PC-1001", 3)]).run().outcome;
        assert!(matches!(outcome, Outcome::HandOff { .. }), "{text}: {outcome:?}");
    }
    let outcome = Case::mail("Please stop the return of PC-1001.", vec![returning(ReturnStatus::Open)]).run().outcome;
    assert!(matches!(outcome, Outcome::HandOff { .. }), "an open return that is to stop: {outcome:?}");
}

#[test]
fn a_return_that_is_only_spoken_of_waits_for_a_person() {
    for text in [
        "Hi, do I have to return the cup from PC-1001? Thanks, Anna",
        "Guten Tag, muss ich die Tasse aus PC-1001 zurückschicken?",
        "You asked me to return the cup from PC-1001, why?",
    ] {
        let asks = Case::mail(text, vec![delivered("PC-1001", 3)]).reply().asks();
        assert!(asks.contains(&"that goods are to be sent back is not said plainly".to_owned()), "{text}: {asks:?}");
    }
    let text = "Hallo, ich möchte die Tasse aus PC-1001 zurückschicken, sie passt nicht. Viele Grüße, Anna";
    let asks = Case::mail(text, vec![delivered("PC-1001", 3)]).reply().asks();
    assert!(asks.iter().all(|ask| !ask.contains("not said plainly")), "{asks:?}");
}

#[test]
fn what_has_not_left_is_cancelled_and_not_taken_back() {
    let reply = Case::mail("I want to return my order PC-1001.", vec![order("PC-1001")]).reply();
    assert_eq!(reply.kinds(), ["cancel"]);
    assert!(reply.asks().iter().any(|ask| ask.contains("has not left")), "{:?}", reply.asks());
}

#[test]
fn goods_of_an_order_are_looked_for_in_its_own_shop() {
    let text = "The tin cup from PC-1001 arrived broken. Please send me a new one.";
    let result = Case::mail(text, vec![delivered("PC-1001", 2)]).run_beside_another_shop();
    let steps: Vec<String> = result.steps.into_iter().map(|step| step.summary).collect();
    assert!(steps.contains(&"order PC-1001, 1 parcel, 1 product".to_owned()), "{steps:?}");
}
