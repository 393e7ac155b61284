//! Every request over the small shop: what is said, what is done, on which evidence, and who decides.

use resolute::agent::{Mode, Outcome};
use resolute::model::draft::EvidenceSource::{Action, Order, Policy, Product, Shipment};
use resolute::model::message::{Automatic, Delivery};
use resolute::model::order::{LineQuantity, OrderAction, OrderStatus, Refund, Return, ReturnStatus};
use time::Duration;

use super::Case;
use super::fixture::{NOW, delivered, eur, on_its_way, order, with_tent};

#[test]
fn where_is_my_order() {
    let reply = Case::mail("Hi, where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]).reply();
    assert_eq!(
        reply.text,
        "Hi Sam,\n\nYour order PC-1001 left on Saturday 21 November with Nordpost. It was last scanned in Hamburg on \
         Sunday 22 November. It is due by Wednesday 25 November. You can follow it here: \
         https://nordpost.example/PC-1001\n\nBest wishes, Ida"
    );
    assert_eq!(reply.mode, Mode::Send);
    assert_eq!(reply.sources("left on"), [Order, Shipment]);
    assert!(reply.draft.verified() && reply.draft.voice_score >= 95, "{:?}", reply.draft.checks);
}

#[test]
fn what_is_answered_needs_no_second_answer() {
    let mut case = Case::mail("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    case.answered_then("It is on its way.", "Where is my order PC-1001?");
    case.snapshot.messages.pop();
    let outcome = case.run().outcome;
    assert!(matches!(outcome, Outcome::Nothing { resolve: false, .. }), "{outcome:?}");
    // What was taken back answers nothing.
    case.snapshot.messages.last_mut().unwrap().delivery = Some(Delivery::Cancelled);
    assert!(case.reply().text.contains("PC-1001"));
}

#[test]
fn cases_are_alike_only_for_about_the_same_amount() {
    let likeness = |order| match Case::mail("My order PC-1001 is late, where is it?", vec![order]).run().outcome {
        Outcome::Reply { likeness, .. } => likeness,
        other => panic!("{other:?}"),
    };
    let shipping = |minor| {
        let mut order = on_its_way("PC-1001", -3);
        order.shipping_price = eur(minor);
        likeness(order)
    };
    assert_eq!(shipping(490), shipping(590));
    assert!(shipping(490).contains("refund up to 10.00 EUR"), "{}", shipping(490));
    assert_ne!(shipping(490), shipping(1_490));
}

#[test]
fn not_sent_yet() {
    let reply = Case::mail("Where is my order PC-1001?", vec![order("PC-1001")]).reply();
    assert!(reply.text.contains("has not left us yet"), "{}", reply.text);
    assert_eq!((reply.mode, reply.draft.actions.len()), (Mode::Send, 0));
}

#[test]
fn a_chat_has_no_letter_form() {
    let reply = Case::chat("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]).reply();
    assert!(reply.text.starts_with("Hi Sam, your order PC-1001 left"), "{}", reply.text);
    assert!(!reply.text.contains("Ida"));
}

#[test]
fn a_visitor_without_a_name_is_greeted_without_one() {
    let mut case = Case::chat("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    case.snapshot.contact.name = "Visitor ABCD".into();
    let reply = case.reply();
    assert!(reply.text.starts_with("Hi, your order PC-1001 left"), "{}", reply.text);
}

#[test]
fn large_sums_have_their_thousands_apart_and_are_proven() {
    for (text, shown) in [
        ("Please cancel my order PC-1001.", "1,284.50 EUR"),
        ("Bitte storniert meine Bestellung PC-1001.", "1.284,50 EUR"),
        ("Bonjour, je voudrais annuler ma commande PC-1001, merci.", "1\u{202f}284,50 EUR"),
    ] {
        let mut dear = order("PC-1001");
        dear.lines[0].unit_price = eur(127_960);
        (dear.total, dear.payments[0].amount) = (eur(128_450), eur(128_450));
        let reply = Case::mail(text, vec![dear]).reply();
        assert_eq!(reply.kinds(), ["cancel"], "{text}");
        assert!(reply.text.contains(shown), "{} {:?}", reply.text, reply.left_out());
        assert!(reply.draft.verified(), "{:?}", reply.draft.checks);
    }
}

#[test]
fn a_late_parcel_is_said_first_and_shipping_goes_back() {
    let reply =
        Case::mail("My order PC-1001 is late, it still hasn't arrived!", vec![on_its_way("PC-1001", -3)]).reply();
    assert!(reply.text.contains("Your order PC-1001 is 3 days late, and I am sorry"), "{}", reply.text);
    assert!(
        reply.text.contains("For the wait I have refunded the shipping cost of 4.90 EUR to your card ending 1111."),
        "{}",
        reply.text
    );
    assert_eq!(reply.kinds(), ["refund"]);
    assert_eq!(reply.sources("For the wait"), [Action, Policy]);
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.left_out());
    assert_eq!((reply.draft.why.as_str(), reply.draft.clause.as_str()), ("3 days late", "Policy v14, rule 6"));
    assert_eq!(reply.draft.proposal, "Refund 4.90");
}

#[test]
fn a_day_late_is_said_and_nothing_offered() {
    let reply = Case::mail("My order PC-1001 is late, where is it?", vec![on_its_way("PC-1001", -1)]).reply();
    assert!(reply.text.contains("is a day late") && reply.kinds().is_empty(), "{}", reply.text);
}

#[test]
fn shipping_is_not_given_back_twice() {
    let mut late = on_its_way("PC-1001", -3);
    late.refunds.push(Refund {
        id: "r".into(),
        amount: eur(490),
        method: "card".into(),
        reason: "late".into(),
        at: NOW,
    });
    let reply = Case::mail("My order PC-1001 is late!", vec![late]).reply();
    assert!(reply.kinds().is_empty(), "{}", reply.text);
}

#[test]
fn a_lost_parcel_is_sent_again_after_approval() {
    let reply = Case::mail("My parcel PC-1001 seems lost, it never arrived.", vec![on_its_way("PC-1001", -20)]).reply();
    assert_eq!(reply.kinds(), ["replace"]);
    assert!(reply.text.contains("have sent Tin cup, blue again at no cost"), "{}", reply.text);
    assert!(reply.asks().contains(&"a replacement for a lost parcel is approved by a person".to_owned()));
}

#[test]
fn a_lost_parcel_is_sent_again_whatever_is_asked_about_it() {
    let reply = Case::mail("When will my order PC-1001 be delivered?", vec![on_its_way("PC-1001", -20)]).reply();
    assert_eq!(reply.kinds(), ["replace"]);
    assert!(reply.asks().iter().all(|ask| !ask.contains("in stock")), "{:?}", reply.asks());
}

#[test]
fn stock_that_the_shop_does_not_tell_is_asked_for_not_refused() {
    let mut unknown = on_its_way("PC-1001", -20);
    unknown.lines[0].sku.clear();
    let reply = Case::mail("My parcel PC-1001 seems lost, it never arrived.", vec![unknown]).reply();
    assert_eq!(reply.kinds(), ["replace"]);
    let ask = "the shop does not say whether it is in stock".to_owned();
    assert!(reply.asks().contains(&ask), "{:?}", reply.asks());
}

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
    assert!(reply.text.contains("You can keep the one you have"));
    assert_eq!(reply.sources("You can keep the one"), [Policy]);
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.left_out());
    assert_eq!(reply.draft.why, "broken on arrival, under 60.00 EUR");
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
fn who_speaks_of_cancelling_and_does_not_want_it_gets_a_person() {
    for text in [
        "Under no circumstances cancel PC-1001.",
        "I don't want to cancel PC-1001, please cancel the newsletter instead.",
        "My husband asked you to cancel PC-1001. Please ignore that, I still want it.",
        "Please cancel PC-1001. Actually no, scrap that, keep it.",
    ] {
        match Case::mail(text, vec![order("PC-1001")]).run().outcome {
            Outcome::Reply { draft, .. } => assert!(draft.actions.is_empty(), "{text}: {draft:?}"),
            outcome => assert!(matches!(outcome, Outcome::HandOff { .. }), "{text}: {outcome:?}"),
        }
    }
    assert_eq!(Case::mail("Please cancel my order PC-1001.", vec![order("PC-1001")]).reply().kinds(), ["cancel"]);
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
fn refund_status() {
    let mut order = delivered("PC-1001", 10);
    order.refunds.push(Refund {
        id: "r".into(),
        amount: eur(1_990),
        method: "card ending 1111".into(),
        reason: String::new(),
        at: NOW - Duration::days(2),
    });
    let reply = Case::mail("Where is my refund for PC-1001?", vec![order]).reply();
    assert!(
        reply.text.contains("Your refund of 19.90 EUR for order PC-1001 was made on Saturday 21 November."),
        "{}",
        reply.text
    );
    assert!(reply.text.contains("Banks show it within 3 to 5 working days."), "{} {:?}", reply.text, reply.left_out());
    assert_eq!(reply.mode, Mode::Send, "{:?} {:?}", reply.asks(), reply.left_out());

    let mut order = delivered("PC-1001", 10);
    order.returns.push(Return {
        id: "b".into(),
        status: ReturnStatus::Received,
        lines: vec![],
        reason: String::new(),
        label_url: String::new(),
        opened_at: NOW - Duration::days(4),
    });
    let reply = Case::mail("Where is my refund for PC-1001?", vec![order]).reply();
    assert!(reply.text.contains("the refund has not been made yet"), "{} {:?}", reply.text, reply.left_out());
}

#[test]
fn an_order_is_cancelled_before_it_leaves_and_not_after() {
    let reply = Case::mail("Please cancel my order PC-1001.", vec![order("PC-1001")]).reply();
    assert_eq!(reply.kinds(), ["cancel"]);
    assert!(
        reply.text.contains("I have cancelled your order PC-1001. 24.80 EUR goes back to your card ending 1111."),
        "{} {:?}",
        reply.text,
        reply.left_out()
    );
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.asks());
    let reply = Case::mail("Please cancel my order PC-1001.", vec![on_its_way("PC-1001", 2)]).reply();
    assert!(reply.kinds().is_empty());
    assert!(reply.text.contains("has already left us, so I cannot cancel it"), "{} {:?}", reply.text, reply.left_out());
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.asks());
    let mut cancelled = order("PC-1001");
    cancelled.status = OrderStatus::Cancelled;
    let reply = Case::mail("Please cancel my order PC-1001.", vec![cancelled]).reply();
    assert!(reply.text.contains("is already cancelled") && reply.kinds().is_empty(), "{}", reply.text);
}

#[test]
fn a_dear_order_is_cancelled_after_approval() {
    let reply = Case::mail("Please cancel order PC-1001.", vec![with_tent(order("PC-1001"))]).reply();
    assert_eq!(reply.asks(), ["cancels more than 150.00 EUR"]);
}

#[test]
fn an_address_is_changed_after_approval() {
    let text = "Please change the delivery address of PC-1001 to:\nHafenweg 4, 20457 Hamburg";
    let reply = Case::mail(text, vec![order("PC-1001")]).reply();
    assert_eq!(reply.kinds(), ["change_address"], "{}", reply.text);
    assert!(reply.text.contains("to Hafenweg 4, 20457 Hamburg, DE."), "{} {:?}", reply.text, reply.left_out());
    assert!(reply.asks().contains(&"a new address is approved by a person".to_owned()));
    let reply = Case::mail("I need to change the address of PC-1001", vec![order("PC-1001")]).reply();
    assert!(reply.kinds().is_empty() && reply.text.contains("I need the whole new address"), "{}", reply.text);
    let reply = Case::mail(text, vec![on_its_way("PC-1001", 2)]).reply();
    assert!(
        reply.kinds().is_empty() && reply.text.contains("I cannot change its address"),
        "{} {:?}",
        reply.text,
        reply.left_out()
    );
}

#[test]
fn items_of_a_sent_order_stay() {
    let text = "Can I add another cup to order PC-1001?";
    let reply = Case::mail(text, vec![on_its_way("PC-1001", 2)]).reply();
    assert!(reply.text.contains("I cannot change what is in it"), "{} {:?}", reply.text, reply.left_out());
    assert!(Case::mail(text, vec![order("PC-1001")]).hand_off().contains("other items"));
}

#[test]
fn stock_and_products_are_read_from_the_shop() {
    let reply = Case::mail("Is the Fell tent in stock?", vec![]).reply();
    assert!(reply.text.contains("Fell tent, green is in stock and costs 249.00 EUR."), "{}", reply.text);
    assert_eq!(reply.sources("in stock"), [Product]);
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.asks());
    let reply = Case::mail("Do you have the camp lamp in stock?", vec![]).reply();
    assert!(reply.text.contains("Camp lamp is out of stock now."), "{}", reply.text);
    let reply = Case::mail("Question about the Fell tent: how heavy is it, and is it waterproof?", vec![]).reply();
    assert!(reply.text.contains("weighs 1.9 kg"), "{} {:?}", reply.text, reply.left_out());
    assert!(!reply.asks().is_empty(), "product questions are approved at first");
    assert!(Case::mail("Is the blue canoe in stock?", vec![]).hand_off().contains("No product fits"));
}

#[test]
fn delivery_time_and_invoice_of_an_order() {
    let reply = Case::mail("When will my order PC-1001 be delivered?", vec![on_its_way("PC-1001", 2)]).reply();
    assert!(reply.text.contains("Wednesday 25 November"), "{}", reply.text);
    let reply = Case::mail("Could you send me the invoice for order PC-1001?", vec![order("PC-1001")]).reply();
    assert!(reply.text.contains("https://shop.example/invoice/1"), "{}", reply.text);
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.asks());
}

#[test]
fn thanks_and_automatic_mail_are_answered_by_silence() {
    for (text, automatic) in [
        ("Thank you so much, that was perfect!", Automatic::No),
        ("I am on holiday.", Automatic::AutoReply),
        ("Big sale", Automatic::Bulk),
    ] {
        let mut case = Case::mail("x", vec![]);
        case.snapshot.messages.clear();
        case.add(text).automatic = automatic;
        let result = case.run();
        assert!(matches!(result.outcome, Outcome::Nothing { .. }), "{text}: {:?}", result.outcome);
        assert_eq!(result.notice, None);
    }
}

#[test]
fn a_question_after_thanks_is_never_met_with_silence() {
    for text in [
        "Vielen Dank für die schnelle Antwort! Wann kommt das Zelt?",
        "Thank you so much for the quick reply! And the cup？",
        "Muchas gracias por la respuesta tan rápida. ¿Y la taza",
    ] {
        let outcome = Case::mail(text, vec![on_its_way("PC-1001", 2)]).run().outcome;
        assert!(!matches!(outcome, Outcome::Nothing { .. }), "{text}: {outcome:?}");
    }
    let mut case = Case::mail("Thanks a lot for your help!", vec![on_its_way("PC-1001", 2)]);
    assert!(matches!(case.run().outcome, Outcome::Nothing { resolve: true, .. }));
    case.add("Could you also send me the invoice for order PC-1001?");
    assert!(case.reply().text.contains("https://shop.example/invoice/1"));
}

#[test]
fn a_machine_that_writes_after_the_customer_hides_no_question() {
    for (text, automatic) in
        [("I am on holiday until Monday. Please cancel nothing.", Automatic::AutoReply), ("Big sale", Automatic::Bulk)]
    {
        let mut case = Case::mail("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
        case.add(text).automatic = automatic;
        let reply = case.reply();
        assert!(reply.text.contains("left on Saturday 21 November"), "{text}: {}", reply.text);
        assert_eq!(reply.mode, Mode::Send, "{text}: {:?}", reply.asks());
        // Once the question is answered, only the machine is left.
        case.answered_then("It left on Saturday.", text);
        case.snapshot.messages.last_mut().unwrap().automatic = automatic;
        let outcome = case.run().outcome;
        assert!(matches!(outcome, Outcome::Nothing { .. }), "{text}: {outcome:?}");
    }
}

#[test]
fn a_person_is_called_with_a_packet_and_the_customer_is_told() {
    for text in ["I want to talk to a real person please.", "I forgot my password and cannot sign in."] {
        let result = Case::mail(text, vec![]).run();
        assert!(matches!(result.outcome, Outcome::HandOff { .. }), "{text}: {:?}", result.outcome);
        let notice = result.notice.unwrap();
        assert!(notice.starts_with("Hi Sam,\n\nThank you for your message."), "{notice}");
    }
    let case = Case::mail("Where is PC-1001? Otherwise I call my lawyer.", vec![on_its_way("PC-1001", 2)]);
    assert_eq!(case.hand_off(), "The customer writes “lawyer”.");
}

#[test]
fn a_shop_that_is_down_is_a_hand_over_not_a_missing_order() {
    let mut case = Case::mail("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    case.down = true;
    assert!(case.hand_off().starts_with("The shop could not be read"));
}

#[test]
fn what_the_shop_refuses_goes_to_a_person() {
    let mut refused = order("PC-1001");
    refused.actions[0].refused_because = Some("Already printed.".into());
    assert_eq!(
        Case::mail("Please cancel order PC-1001.", vec![refused]).hand_off(),
        "The shop refuses: Already printed."
    );
}

#[test]
fn the_order_is_found_without_its_number_if_only_one_fits() {
    let reply = Case::mail("Where is my parcel?", vec![on_its_way("PC-1001", 2), delivered("PC-0900", 30)]).reply();
    assert!(reply.text.contains("PC-1001") && !reply.text.contains("PC-0900"), "{}", reply.text);
    let reply = Case::mail("Where is my parcel?", vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]).reply();
    assert!(reply.text.contains("Which of your orders"), "{}", reply.text);
    assert!(reply.text.contains("PC-1001") && reply.text.contains("PC-1002"));
    assert!(reply.kinds().is_empty());
    let reply = Case::mail("Where is my parcel?", vec![]).reply();
    assert!(reply.text.contains("Which order is it about?"), "{}", reply.text);
    let reply = Case::mail("Where is order PC-7777?", vec![on_its_way("PC-1001", 2)]).reply();
    assert!(reply.text.contains("I could not find PC-7777.") && !reply.text.contains("PC-1001"), "{}", reply.text);
}

#[test]
fn the_number_may_come_in_a_later_message() {
    let mut case = Case::mail("Where is my parcel?", vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]);
    case.answered_then("Which of your orders is it about?", "PC-1002, where is it?");
    let reply = case.reply();
    assert!(reply.text.contains("PC-1002") && !reply.text.contains("PC-1001"), "{}", reply.text);
}

#[test]
fn caps_hold_over_every_rule() {
    let text = "The tin cup from PC-1001 arrived broken. I would like my money back.";
    let mut case = Case::mail(text, vec![delivered("PC-1001", 2)]);
    case.snapshot.spent.today = 99_000;
    let asks = case.reply().asks();
    assert_eq!(asks, ["more than 1000.00 EUR today", "a manager decides"]);
}

#[test]
fn a_lower_level_of_brand_or_channel_asks() {
    let mut case = Case::mail("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    case.snapshot.brand.agent_level = resolute::model::brand::AgentLevel::Approve;
    assert_eq!(case.reply().asks(), ["the brand has every reply approved"]);
    let mut case = Case::mail("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    case.snapshot.conversation.channel_kind = "amazon".into();
    assert_eq!(case.reply().asks(), ["Where is my order on this channel is approved by a person"]);
}

#[test]
fn a_request_between_two_others_is_never_lost() {
    let mut case = Case::mail("Where is my order PC-1001?", vec![order("PC-1001")]);
    case.add("Please change the delivery address of PC-1001 to Hafenweg 4.");
    case.add("Where is my order PC-1001?");
    let reply = case.reply();
    let served = reply.text.contains("address");
    let asked = reply.asks().iter().any(|ask| ask.contains("new address"));
    assert!(served || asked, "{} {:?}", reply.text, reply.mode);
}

#[test]
fn what_was_asked_last_leads() {
    let mut case = Case::mail("My order PC-1001 is late, where is it?", vec![on_its_way("PC-1001", -6)]);
    case.add(
        "Right. I'd rather have the money back then, I can't wait any longer. 24.80 to my PayPal, please confirm.",
    );
    assert_eq!(case.hand_off(), "Wants money back while the parcel is on its way.");
    // The same with the order that the customer may still cancel: nobody waits for its parcel any more.
    let mut case = Case::mail("Where is my order PC-1001?", vec![order("PC-1001")]);
    case.add("Please cancel my order PC-1001.");
    let reply = case.reply();
    assert_eq!(reply.kinds(), ["cancel"]);
    assert!(!reply.text.contains("has not left us"), "{}", reply.text);
    assert_eq!(reply.draft.proposal, "Cancel 24.80");
}

#[test]
fn what_was_asked_before_and_still_holds_is_answered_after_it() {
    let mut case = Case::mail("Could you send me the invoice for order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    case.add("And where is my order PC-1001 now?");
    let reply = case.reply();
    let at = |part: &str| reply.text.find(part).unwrap_or_else(|| panic!("“{part}” is not in {}", reply.text));
    assert!(at("left on Saturday") < at("https://shop.example/invoice/1"), "{}", reply.text);
    // What would move something is left to a person.
    let mut case = Case::mail("Please cancel my order PC-1001.", vec![order("PC-1001")]);
    case.add("Where is my order PC-1001?");
    let reply = case.reply();
    assert!(reply.kinds().is_empty() && reply.text.contains("has not left us yet"), "{}", reply.text);
    assert!(reply.asks().contains(&"also asks: cancel".to_owned()), "{:?}", reply.asks());
}

#[test]
fn the_newest_wish_and_the_newest_address_count() {
    let broken = "The tin cup from PC-1001 arrived broken. Please send me a new one.";
    let mut case = Case::mail(broken, vec![delivered("PC-1001", 2)]);
    assert_eq!(case.reply().kinds(), ["replace"]);
    case.add("Thinking about it, I would rather have a refund for the tin cup.");
    assert_eq!(case.reply().kinds(), ["refund"]);
    let first = "Please change the delivery address of PC-1001 to:\nHafenweg 4, 20457 Hamburg";
    let mut case = Case::mail(first, vec![order("PC-1001")]);
    case.add("Sorry, please change the delivery address of PC-1001 to:\nAhornweg 9, 10115 Berlin");
    let reply = case.reply();
    assert!(reply.text.contains("to Ahornweg 9, 10115 Berlin"), "{}", reply.text);
}

#[test]
fn a_draft_says_once_how_sure_it_is() {
    let asked = "About order PC-1001: the invoice, or at least the tracking.";
    let mut case = Case::mail(asked, vec![order("PC-1001")]);
    case.add("Anything new?");
    let Outcome::Reply { confidence, mode, .. } = case.run().outcome else { panic!("a reply") };
    let Mode::Approve(reasons) = mode else { panic!("what may be one or the other is read less surely") };
    assert!(confidence < 0.75, "{confidence}");
    let of_sureness: Vec<&String> = reasons.iter().filter(|reason| reason.contains(" sure")).collect();
    assert_eq!(of_sureness, ["less than 75 % sure what is wanted"], "the figure of the draft is the only one");
}

#[test]
fn a_person_who_takes_over_sees_the_order_that_was_named() {
    let text = "Hello,\n\nI want to speak to a person about my order PC-1001, please.\n\nSam";
    let named = |order| {
        let result = Case::mail(text, vec![order]).run();
        assert!(matches!(result.outcome, Outcome::HandOff { .. }), "{:?}", result.outcome);
        result.seen.orders.iter().map(|(known, _)| known.order.number.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named(on_its_way("PC-1001", -2)), ["PC-1001"]);
    let mut foreign = on_its_way("PC-1001", -2);
    foreign.buyer.email = "bob@post.example".into();
    assert!(named(foreign).is_empty(), "an order of another address is not shown");
    let mut down = Case::mail(text, vec![on_its_way("PC-1001", -2)]);
    down.down = true;
    assert!(!down.hand_off().contains("shop"), "the reason stays what it is about");
}

#[test]
fn an_answered_conversation_is_left_alone() {
    let mut case = Case::mail("Where is my order PC-1001?", vec![order("PC-1001")]);
    let ours = case.add("It has not left us yet.");
    ours.direction = resolute::model::message::Direction::Outbound;
    ours.author = resolute::model::message::MessageAuthor::Agent;
    assert!(matches!(case.run().outcome, Outcome::Nothing { resolve: false, .. }));
}

#[test]
fn an_empty_mail_waits_for_a_person_without_a_notice() {
    let result = Case::mail("", vec![order("PC-1001")]).run();
    assert!(matches!(result.outcome, Outcome::HandOff { .. }) && result.notice.is_none());
}

#[test]
fn the_last_order_is_the_newest() {
    let mut older = on_its_way("PC-0900", 3);
    older.placed_at -= Duration::days(9);
    let reply = Case::mail("Where is my last order?", vec![older, on_its_way("PC-1001", 2)]).reply();
    assert!(reply.text.contains("PC-1001") && !reply.text.contains("PC-0900"), "{}", reply.text);
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
fn an_invoice_in_another_name_goes_to_a_person() {
    let text = "Please send me the invoice for PC-1001, made out to Larch Joinery Ltd.";
    assert_eq!(Case::mail(text, vec![delivered("PC-1001", 2)]).hand_off(), "Wants the invoice in another name.");
}

#[test]
fn an_address_in_another_country_shows_it() {
    let text = "Please change the delivery address of PC-1001 to:\nBahnhofstrasse 10, 8001 Zürich, Switzerland";
    let reply = Case::mail(text, vec![order("PC-1001")]).reply();
    assert!(reply.text.contains("Bahnhofstrasse 10, 8001 Zürich, CH"), "{} {:?}", reply.text, reply.left_out());
    assert!(reply.draft.actions[0].label.ends_with(", CH"), "{}", reply.draft.actions[0].label);
}

/// The cup has left, the tent has not.
fn partly_sent() -> resolute::model::order::Order {
    let mut order = with_tent(on_its_way("PC-1001", 2));
    order.status = OrderStatus::PartlyShipped;
    order.shipments[0].lines.truncate(1);
    order
}

#[test]
fn what_is_true_of_the_part_that_left_is_not_said_of_the_rest() {
    for text in [
        "Please send order PC-1001 to Hafenweg 4, 20457 Hamburg instead, the tent has not left yet.",
        "Please cancel my order PC-1001.",
        "Where is the tent of order PC-1001? When does it follow?",
    ] {
        let outcome = Case::mail(text, vec![partly_sent()]).run().outcome;
        assert!(matches!(outcome, Outcome::HandOff { .. }), "{text}: {outcome:?}");
    }
    // Of what did leave it is said as always.
    let reply = Case::mail("Where is the cup of order PC-1001?", vec![partly_sent()]).reply();
    assert!(reply.text.contains("left on Saturday 21 November"), "{}", reply.text);
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
