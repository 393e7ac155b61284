//! Several messages in one conversation: what was asked first, last and in between, and what needs no answer.

use resolute::agent::{Mode, Outcome, Question};
use resolute::model::message::{Automatic, Delivery, Message};
use resolute::model::order::{Order, OrderAction};

use super::Case;
use super::fixture::{delivered, on_its_way, order, with_tent};

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
fn the_number_may_come_in_a_later_message() {
    let mut case = Case::mail("Where is my parcel?", vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]);
    case.answered_then("Which of your orders is it about?", "PC-1002, where is it?");
    let reply = case.reply();
    assert!(reply.text.contains("PC-1002") && !reply.text.contains("PC-1001"), "{}", reply.text);
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

/// What a message of ours asked with a template, without answers to choose from.
fn asking(message: &Message, template: &str) -> Question {
    Question { message: message.id, template: template.to_owned(), choices: Vec::new() }
}

/// A case in which the agent asked something and got a short answer.
fn asked(request: &str, question: &str, answer: &str, order: Order) -> Case {
    let mut case = Case::mail(request, vec![order]);
    case.answered_then(question, answer);
    case.snapshot.asked_back = vec![asking(&case.snapshot.messages[1], "ask_which_item")];
    case.snapshot.photos = 1;
    case
}

#[test]
fn a_short_answer_to_a_question_belongs_to_its_request() {
    let request = "The cup of my order PC-1001 came broken.";
    let case = asked(request, "A new one or the money back?", "Money back please.", delivered("PC-1001", 2));
    assert_eq!(case.reply().kinds(), ["refund"]);
    let case = asked(request, "A new one or the money back?", "A new one.", delivered("PC-1001", 2));
    assert_eq!(case.reply().kinds(), ["replace"]);
    let mut two = delivered("PC-1001", 2);
    (two.lines[0].ordered, two.lines[0].current, two.lines[0].fulfilled) = (2, 2, 2);
    two.shipments[0].lines[0].quantity = 2;
    let request = "I would like to return the cup of order PC-1001.";
    let how_many = Case::mail(&format!("{request} It does not fit."), vec![two.clone()]).reply();
    assert!(how_many.text.contains("How many pieces of Tin cup, blue"), "{}", how_many.text);
    assert_eq!(how_many.draft.asks_back.as_deref(), Some("ask_which_item"));
    for (answer, quantity) in [("Both.", 2), ("2", 2), ("Just one of them", 1)] {
        let reply = asked(request, "How many pieces is it about?", answer, two.clone()).reply();
        let [proposed] = reply.draft.actions.as_slice() else { panic!("{answer}: {:?}", reply.draft) };
        let OrderAction::Return { lines, .. } = &proposed.action else { panic!("{answer}: {proposed:?}") };
        assert_eq!(lines[0].quantity, quantity, "{answer}");
    }
}

#[test]
fn only_a_short_message_is_an_answer() {
    for (said, is_answer) in [
        ("Both.", true),
        ("Money back please.", true),
        ("Thank you so much!", false),
        ("I want to talk to a person.", false),
        ("Well, that depends on what you can do about the other parcel too.", false),
    ] {
        let case = asked("I want to return it.", "Which item is it about?", said, delivered("PC-1001", 2));
        assert_eq!(case.snapshot.spoken().len(), if is_answer { 2 } else { 1 }, "{said}");
    }
}

#[test]
fn thanks_for_a_question_end_nothing() {
    let case = asked("Please cancel my order.", "Which order is it about?", "Thank you!", order("PC-1001"));
    let outcome = case.run().outcome;
    assert!(matches!(outcome, Outcome::Nothing { resolve: false, .. }), "{outcome:?}");
}

#[test]
fn what_we_listed_is_no_choice() {
    let (mut cup, tent) = (order("PC-1001"), with_tent(order("PC-1002")));
    cup.lines[0].title = "Camp lamp".into();
    let mut tent = tent;
    tent.lines.remove(0);
    for (answer, number) in [("the tent", Some("PC-1002")), ("the second one", None), ("both please", None)] {
        let mut case = Case::mail("Please cancel my order.", vec![cup.clone(), tent.clone()]);
        case.answered_then("Which one: PC-1001, Camp lamp, or PC-1002, Fell tent?", answer);
        case.snapshot.asked_back = vec![asking(&case.snapshot.messages[1], "ask_which_order")];
        match (number, case.run().outcome) {
            (Some(number), Outcome::Reply { draft, .. }) => assert_eq!(draft.actions[0].order_number, number),
            (None, Outcome::HandOff { reason, .. }) => {
                assert_eq!(reason, "What the customer answers to our question is not clear.", "{answer}");
            }
            (_, other) => panic!("{answer}: {other:?}"),
        }
    }
}
