//! Asking back with answers to choose from: which are given, and what follows a chosen one.

use resolute::agent::Mode;
use resolute::model::order::OrderAction;

use super::Case;
use super::fixture::{delivered, on_its_way, with_tent};

#[test]
fn a_chosen_order_is_the_one_that_the_question_was_about() {
    let mut case = Case::mail("Where is my parcel?", vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]);
    let question = case.reply();
    assert_eq!(question.draft.choices, ["PC-1001", "PC-1002"]);
    assert_eq!(question.mode, Mode::Send, "{:?}", question.asks());
    case.asked_then(&question, "PC-1002");
    let reply = case.reply();
    assert!(reply.text.contains("PC-1002") && !reply.text.contains("PC-1001"), "{}", reply.text);
    assert!(reply.draft.choices.is_empty());
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.asks());
    assert_eq!(case.run().seen.gist, "Where is my parcel?", "a number says nothing of what is wanted");
    // Whoever says thanks below it has answered all the same.
    case.add("Thank you!");
    assert_eq!(case.snapshot.spoken().len(), 3);
}

#[test]
fn a_chosen_item_and_a_chosen_remedy_lead_to_what_is_done() {
    let mut case = Case::mail("My order PC-1001 arrived broken.", vec![with_tent(delivered("PC-1001", 2))]);
    let which = case.reply();
    assert_eq!(which.draft.choices, ["Tin cup, blue", "Fell tent, green"], "{}", which.text);
    case.asked_then(&which, "Tin cup, blue");
    let what = case.reply();
    assert_eq!(what.draft.choices, ["I would like a new one.", "I would like my money back."], "{}", what.text);
    case.asked_then(&what, "I would like my money back.");
    let reply = case.reply();
    assert_eq!(reply.kinds(), ["refund"], "{}", reply.text);
    let OrderAction::Refund { lines, .. } = &reply.draft.actions[0].action else { panic!("it is a refund") };
    assert_eq!(lines.iter().map(|line| line.line_id.as_str()).collect::<Vec<_>>(), ["l1"]);
}

#[test]
fn one_of_two_alike_is_told_by_its_very_name() {
    let mut order = with_tent(delivered("PC-1001", 2));
    for (place, size) in ["M", "L"].into_iter().enumerate() {
        "Trail shirt".clone_into(&mut order.lines[place].title);
        size.clone_into(&mut order.lines[place].variant);
    }
    let mut case = Case::mail("I would like to return the shirt from PC-1001.", vec![order]);
    let which = case.reply();
    assert_eq!(which.draft.choices, ["Trail shirt, M", "Trail shirt, L"], "{}", which.text);
    case.asked_then(&which, "Trail shirt, L");
    let reply = case.reply();
    let [action] = reply.draft.actions.as_slice() else { panic!("{}", reply.text) };
    let OrderAction::Return { lines, .. } = &action.action else { panic!("{:?}", action.action) };
    assert_eq!(lines.iter().map(|line| line.line_id.as_str()).collect::<Vec<_>>(), ["l2"]);
}

#[test]
fn what_cannot_be_told_apart_is_not_given_to_choose_from() {
    let mut order = with_tent(delivered("PC-1001", 2));
    for line in &mut order.lines {
        "Tin cup".clone_into(&mut line.title);
        "blue".clone_into(&mut line.variant);
        line.sku.clear();
    }
    let reply = Case::mail("I would like to return the tin cup from PC-1001.", vec![order]).reply();
    assert!(reply.text.contains("Which item"), "{}", reply.text);
    assert!(reply.draft.choices.is_empty(), "{:?}", reply.draft.choices);
}

#[test]
fn the_answers_are_in_the_language_of_the_customer() {
    let text = "Meine neue Tasse aus Bestellung PC-1001 kam leider zerbrochen an.";
    let reply = Case::mail(text, vec![delivered("PC-1001", 2)]).reply();
    let wanted = ["Ich möchte Ersatz.", "Ich möchte mein Geld zurück."];
    assert_eq!(reply.draft.choices, wanted, "{}", reply.text);
}

#[test]
fn what_is_chosen_may_be_longer_than_an_answer_in_own_words() {
    let mut order = with_tent(delivered("PC-1001", 2));
    "Tin cup with a lid, a sleeve and a handle that folds away".clone_into(&mut order.lines[0].title);
    let mut case = Case::mail("My order PC-1001 arrived broken.", vec![order]);
    let which = case.reply();
    let [cup, _] = which.draft.choices.as_slice() else { panic!("{:?}", which.draft.choices) };
    case.asked_then(&which, cup);
    assert_eq!(case.snapshot.spoken().len(), 2);
    assert_eq!(case.snapshot.request(), "My order PC-1001 arrived broken.", "a name asks for nothing");
    assert_eq!(case.reply().draft.asks_back.as_deref(), Some("ask_remedy"));
}

#[test]
fn of_a_few_pieces_the_number_is_chosen_and_it_holds() {
    let pieces = |count| {
        let mut order = delivered("PC-1001", 2);
        (order.lines[0].ordered, order.lines[0].current, order.lines[0].fulfilled) = (count, count, count);
        order.shipments[0].lines[0].quantity = count;
        order
    };
    let mut case = Case::mail("My order PC-1001 arrived broken.", vec![pieces(3)]);
    let how_many = case.reply();
    assert_eq!(how_many.draft.choices, ["1", "2", "3"], "{}", how_many.text);
    case.asked_then(&how_many, "2");
    let what = case.reply();
    assert_eq!(what.draft.asks_back.as_deref(), Some("ask_remedy"), "{}", what.text);
    case.asked_then(&what, "I would like a new one.");
    let reply = case.reply();
    let [proposed] = reply.draft.actions.as_slice() else { panic!("{}", reply.text) };
    let OrderAction::Replace { lines, .. } = &proposed.action else { panic!("{proposed:?}") };
    assert_eq!(lines[0].quantity, 2);

    let many = Case::mail("My order PC-1001 arrived broken.", vec![pieces(12)]).reply();
    assert!(many.text.contains("How many pieces") && many.draft.choices.is_empty(), "{:?}", many.draft.choices);
}

#[test]
fn beside_an_answer_there_is_nothing_to_choose() {
    let text = "What does a return cost? And where is my order? It should have been here on Monday already.";
    let reply = Case::mail(text, vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]).reply();
    assert!(reply.text.contains("Which of your orders") && reply.text.contains("30 days"), "{}", reply.text);
    assert!(reply.draft.choices.is_empty(), "{:?}", reply.draft.choices);
}
