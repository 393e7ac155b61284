//! Every request over the small shop: what is said, what is done, on which evidence, and who decides.

use resolute::agent::{Mode, Outcome, Spent};
use resolute::model::agent_run::Stage;
use resolute::model::draft::EvidenceSource::{Action, Order, Policy, Product, Shipment};
use resolute::model::order::{OrderStatus, Refund, Return, ReturnStatus};
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
fn who_declines_what_is_given_for_a_delay_is_given_nothing() {
    let late = "My order PC-1001 is late, it still hasn't arrived! I need no money back.";
    let reason = Case::mail(late, vec![on_its_way("PC-1001", -3)]).hand_off();
    assert_eq!(reason, "Declines the money that is given for the delay.");
    let lost = "My parcel PC-1001 seems lost, it never arrived. I need no replacement.";
    let reason = Case::mail(lost, vec![on_its_way("PC-1001", -20)]).hand_off();
    assert_eq!(reason, "Declines what is given for a lost parcel.");
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
        exchange: Vec::new(),
        opened_at: NOW - Duration::days(4),
    });
    let reply = Case::mail("Where is my refund for PC-1001?", vec![order]).reply();
    assert!(reply.text.contains("the refund has not been made yet"), "{} {:?}", reply.text, reply.left_out());
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
    assert!(
        reply.text.contains("I could not find PC-7777 among your orders.") && !reply.text.contains("PC-1001"),
        "{}",
        reply.text
    );
}

#[test]
fn caps_hold_over_every_rule() {
    let text = "The tin cup from PC-1001 arrived broken. I would like my money back.";
    let mut case = Case::mail(text, vec![delivered("PC-1001", 2)]);
    case.snapshot.spent.today = 99_000;
    let asks = case.reply().asks();
    assert_eq!(asks, ["more than 1000.00 EUR today", "a manager decides"]);
    case.snapshot.spent = Spent { alone: 49_000, ..Spent::default() };
    assert_eq!(case.reply().asks(), ["more than 500.00 EUR by the agent alone today"]);
}

#[test]
fn who_waits_is_told_what_the_run_is_at() {
    use Stage::{LookingUp, Reading, Writing};
    let told = |text: &str, order| Case::mail(text, vec![order]).told();
    let answered = told("Where is my order PC-1001?", on_its_way("PC-1001", 2));
    assert_eq!(answered, [Some(Reading), Some(LookingUp), Some(Writing)]);
    // What a person reads first, or answers, is no answer that is under way.
    let asked = told("Can I exchange the tin cup from PC-1001 for a red one?", delivered("PC-1001", 5));
    assert_eq!(asked, [Some(Reading), Some(LookingUp), None]);
    let handed_over = told("Where is PC-1001? Otherwise I call my lawyer.", on_its_way("PC-1001", 2));
    assert_eq!(handed_over, [Some(Reading)]);
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
fn the_last_order_is_the_newest() {
    let mut older = on_its_way("PC-0900", 3);
    older.placed_at -= Duration::days(9);
    let reply = Case::mail("Where is my last order?", vec![older, on_its_way("PC-1001", 2)]).reply();
    assert!(reply.text.contains("PC-1001") && !reply.text.contains("PC-0900"), "{}", reply.text);
}

#[test]
fn an_invoice_in_another_name_goes_to_a_person() {
    let text = "Please send me the invoice for PC-1001, made out to Larch Joinery Ltd.";
    assert_eq!(Case::mail(text, vec![delivered("PC-1001", 2)]).hand_off(), "Wants the invoice in another name.");
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
fn who_is_hurt_or_goes_to_law_meets_a_person() {
    for text in [
        "My order PC-1001 is late. I will sue you.",
        "Where is PC-1001? I will take you to court, this is my last mail.",
        "Si ma commande PC-1001 n'arrive pas, je vais porter plainte.",
        "Wo ist PC-1001? Ich werde Anzeige erstatten.",
        "The cup of PC-1001 came broken and I cut my finger. I want my money back.",
        "Die Tasse aus PC-1001 kam zerbrochen an, mein Sohn hat sich geschnitten. Geld zurück bitte.",
    ] {
        let mut case = Case::mail(text, vec![delivered("PC-1001", 2)]);
        case.snapshot.photos = 1;
        let reason = case.hand_off();
        assert!(reason.contains("hurt") || reason.contains("law") || reason.contains("court"), "{text}: {reason}");
    }
    let case = Case::mail("Where is my order PC-1001? Thanks, Sue", vec![on_its_way("PC-1001", 2)]);
    assert_eq!(case.reply().mode, Mode::Send);
}

#[test]
fn a_late_parcel_that_came_all_the_same_is_looked_at() {
    let reply = Case::mail("My order PC-1001 is here now, a few days late.", vec![on_its_way("PC-1001", -3)]).reply();
    assert_eq!(reply.asks(), ["the customer says that it came"]);
}

#[test]
fn words_below_a_signature_are_not_passed_over() {
    let mut case = Case::mail("Please cancel my order PC-1001.", vec![order("PC-1001")]);
    assert_eq!(case.reply().mode, Mode::Send);
    for (below, is_asked) in [
        ("\n-- \nNo, keep it", true),
        ("\n-- \nSam Lee\n+49 30 5557812", false),
        ("\n\nOn 23 November Pinecone wrote:\n> Do you want to keep it?", false),
    ] {
        let message = case.snapshot.messages.last_mut().unwrap();
        message.full_text = format!("{}{below}", message.body);
        let asks = case.reply().asks();
        assert_eq!(asks.iter().any(|ask| ask.contains("below the signature")), is_asked, "{below}: {asks:?}");
    }
}

#[test]
fn the_wrong_goods_ordered_are_cancelled_and_not_broken() {
    let text = "I ordered the wrong colour by mistake, please cancel my order PC-1001.";
    assert_eq!(Case::mail(text, vec![order("PC-1001")]).reply().kinds(), ["cancel"]);
}

#[test]
fn what_the_shop_does_not_say_of_its_goods_is_not_answered_alone() {
    let sent = Case::mail("Is the tin cup in stock?", vec![]).reply();
    assert_eq!(sent.mode, Mode::Send, "{:?}", sent.asks());
    for text in ["Do you have the tin cup in green?", "Do you have 50 of the tin cup in stock?"] {
        let asks = Case::mail(text, vec![]).reply().asks();
        assert!(asks.iter().any(|ask| ask.contains("may not answer")), "{text}: {asks:?}");
    }
}

#[test]
fn goods_go_to_another_address_only_with_a_person() {
    let text = "The cup of PC-1001 came broken. Please send me a new one, to Hafenweg 4, 20457 Hamburg.";
    let mut case = Case::mail(text, vec![delivered("PC-1001", 2)]);
    case.snapshot.photos = 1;
    let asks = case.reply().asks();
    assert!(asks.iter().any(|ask| ask.contains("an address is named")), "{asks:?}");
}

#[test]
fn whoever_does_not_want_the_cancellation_is_not_told_that_it_is_done() {
    let mut cancelled = order("PC-1001");
    cancelled.status = OrderStatus::Cancelled;
    for text in ["Stop, I want PC-1001 after all! Why was it cancelled?", "Can you undo the cancellation of PC-1001?"] {
        assert!(Case::mail(text, vec![cancelled.clone()]).hand_off().contains("is cancelled"), "{text}");
    }
    let reply = Case::mail("Please cancel my order PC-1001.", vec![cancelled]).reply();
    assert_eq!((reply.kinds().len(), reply.mode), (0, Mode::Send));
}

#[test]
fn the_subject_of_an_answer_is_no_wish_of_its_writer() {
    let mut case = Case::mail("Wann kommt das Paket?", vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]);
    case.snapshot.messages[0].subject = "Re: Your order PC-1002 is on its way".into();
    let reply = case.reply();
    assert_eq!(reply.language, "de");
    assert!(reply.text.contains("PC-1002") && !reply.text.contains("PC-1001"), "{}", reply.text);
}

#[test]
fn a_title_that_the_platform_words_names_no_order_of_its_writer() {
    let mut case = Case::mail("Where is my parcel?", vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]);
    case.snapshot.messages[0].subject = "Order PC-1002".into();
    let asked_about = |case: &Case| case.reply().draft.choices;
    assert!(asked_about(&case).is_empty(), "a title of one's own says which order is meant");
    case.snapshot.capabilities.own_titles = true;
    assert_eq!(asked_about(&case), ["PC-1001", "PC-1002"]);
}

#[test]
fn several_orders_of_whoever_is_not_proved_are_a_persons_who_sees_what_is_asked_of_each() {
    let orders = vec![order("PC-1001"), delivered("PC-1002", 3)];
    let mut case = Case::mail("Please cancel order PC-1001 and return the cup of order PC-1002.", orders);
    case.snapshot.identities[0].proved = false;
    let Outcome::HandOff { packet, reason } = case.run().outcome else { panic!("expected a hand-over") };
    assert_eq!(reason, "The customer names several orders: PC-1001, PC-1002.");
    let told = "reads as: cancel PC-1001; take back Tin cup of PC-1002".to_owned();
    assert!(packet.tried.contains(&told), "{:?}", packet.tried);
}
