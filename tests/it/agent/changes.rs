//! Orders that are cancelled or changed: before they leave and after, and only where it is wanted.

use resolute::agent::understand::intent::Intent;
use resolute::agent::{Mode, Outcome};
use resolute::model::order::{Entry, EntryKind, OrderAction, OrderStatus};
use resolute::policy::{Level, Times, When};

use super::fixture::{NOW, delivered, jacket, on_its_way, order, with_tent};
use super::languages::Knows;
use super::{Case, Reply};

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
fn the_opposite_of_what_is_asked_for_is_never_proposed() {
    for text in [
        "Please cancel everything except PC-1001.",
        "Bitte alles außer PC-1001 stornieren.",
        "Por favor cancelen todo menos PC-1001.",
        "Bitte stornieren Sie meine Bestellung PC-1001 nicht.",
        "I do not want PC-1001 to be cancelled.",
        "Please cancel my order PC-1001? No way, I want it!",
        "Please wait with cancelling PC-1001.",
        "I cancelled PC-1001 by mistake.",
        "Ich habe PC-1001 aus Versehen storniert.",
        "J'ai annulé PC-1001 par erreur.",
        "He cancelado PC-1001 por error.",
        "Ho annullato PC-1001 per errore.",
        "Ik heb PC-1001 per ongeluk geannuleerd.",
        "Cancelei PC-1001 por engano.",
        "Anulowałem PC-1001 przez pomyłkę.",
        "Please cancel only the cup of PC-1001.",
    ] {
        let reason = Case::mail(text, vec![order("PC-1001")]).hand_off();
        assert!(reason.starts_with("What is wanted may be the opposite: "), "{text}: {reason}");
    }
    for text in ["I no longer want PC-1001, cancel it.", "Do not send PC-1001, cancel it please."] {
        assert_eq!(Case::mail(text, vec![order("PC-1001")]).reply().kinds(), ["cancel"], "{text}");
    }
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
fn a_new_address_is_its_addressees() {
    let text = "Please change the delivery address of PC-1001 to:\n\nAnna Berg\nHafenweg 4\n20457 Hamburg";
    let reply = Case::mail(text, vec![order("PC-1001")]).reply();
    let OrderAction::ChangeAddress { address } = &reply.draft.actions[0].action else { panic!("{:?}", reply.draft) };
    assert_eq!((address.name.as_str(), address.line1.as_str()), ("Anna Berg", "Hafenweg 4"));
    let line = "Anna Berg, Hafenweg 4, 20457 Hamburg, DE";
    assert_eq!(reply.draft.actions[0].label, format!("Send to {line}"));
    assert!(reply.text.contains(line), "{} {:?}", reply.text, reply.left_out());
}

#[test]
fn items_of_a_sent_order_stay() {
    let text = "Can I add another cup to order PC-1001?";
    let reply = Case::mail(text, vec![on_its_way("PC-1001", 2)]).reply();
    assert!(reply.text.contains("I cannot change what is in it"), "{} {:?}", reply.text, reply.left_out());
    assert!(Case::mail(text, vec![order("PC-1001")]).hand_off().contains("other items"));
}

#[test]
fn an_address_in_another_country_shows_it() {
    let text = "Please change the delivery address of PC-1001 to:\nBahnhofstrasse 10, 8001 Zürich, Switzerland";
    let reply = Case::mail(text, vec![order("PC-1001")]).reply();
    assert!(reply.text.contains("Bahnhofstrasse 10, 8001 Zürich, CH"), "{} {:?}", reply.text, reply.left_out());
    assert!(reply.draft.actions[0].label.ends_with(", CH"), "{}", reply.draft.actions[0].label);
}

#[test]
fn where_items_are_changed_once_nothing_else_is_changed_afterwards() {
    let mut changed = order("PC-1001");
    changed.entries.push(Entry { id: "e1".into(), at: NOW, what: EntryKind::ItemsChanged });
    for text in [
        "Please cancel my order PC-1001.",
        "Please change the delivery address of PC-1001 to:\nHafenweg 4, 20457 Hamburg",
    ] {
        let often = Case::mail(text, vec![changed.clone()]);
        assert_eq!(often.reply().kinds().len(), 1, "{text}");
        let once = often.policy(|policy| policy.items.times = Times::Once);
        assert_eq!(once.hand_off(), "The policy refuses: its items were changed, and nothing else is afterwards.");
    }
}

#[test]
fn the_address_of_a_cancelled_order_is_a_persons() {
    let mut cancelled = order("PC-1001");
    cancelled.status = OrderStatus::Cancelled;
    let text = "Please change the delivery address of PC-1001 to:\nHafenweg 4, 20457 Hamburg";
    assert_eq!(Case::mail(text, vec![cancelled]).hand_off(), "The policy refuses: already cancelled.");
}

#[test]
fn a_reason_to_cancel_counts_where_the_customer_gives_it() {
    let case = |text: &str| {
        Case::mail(text, vec![order("PC-1001")])
            .policy(|policy| policy.cancel.reasons = vec!["no longer needed".into(), "ordered by mistake".into()])
    };
    let reason = |text: &str| {
        let reply = case(text).reply();
        let is_asked = reply.asks().iter().any(|ask| ask.starts_with("the reasons that count are"));
        let OrderAction::Cancel { reason } = &reply.draft.actions[0].action else { panic!("{:?}", reply.draft) };
        (reason.clone(), is_asked)
    };
    let told = reason("Please cancel my order PC-1001, I no longer need it.");
    assert_eq!(told, ("no longer needed".to_owned(), false));
    assert_eq!(reason("Please cancel my order PC-1001."), ("asked by the customer".to_owned(), true));
}

fn wants_others(text: &str) -> Case {
    Case::mail(text, vec![jacket("PC-1001")])
}

fn read_as_change(case: &Case) -> Outcome {
    case.run_with(&Knows(Intent::ChangeItems, "en", true)).outcome
}

#[test]
fn goods_of_an_order_that_was_not_sent_are_changed_after_approval() {
    let case = wants_others("Please change the jacket in PC-1001 from M to L.");
    let reply = Reply::of(case.run_with(&Knows(Intent::ChangeItems, "en", true)));
    let OrderAction::ChangeItems { changes, .. } = &reply.draft.actions[0].action else { panic!("{:?}", reply.draft) };
    assert_eq!((changes[0].line_id.as_str(), changes[0].quantity, changes[0].sku.as_str()), ("l1", 1, "JACKET-L"));
    assert!(
        reply.text.contains("I have changed your order PC-1001: Rain jacket, L instead of Rain jacket, M."),
        "{} {:?}",
        reply.text,
        reply.left_out()
    );
    let asks = reply.asks();
    for why in ["a change of items is approved by a person", "which goods are wanted instead is read from few words"] {
        assert!(asks.contains(&why.to_owned()), "{why}: {asks:?}");
    }
    assert_eq!(reply.draft.actions[0].problem, None);
}

#[test]
fn goods_that_are_not_told_apart_are_a_persons() {
    for text in [
        "Please change the jacket in PC-1001.",
        "Can I add a jacket in L to PC-1001?",
        "Please change the jacket in PC-1001 to XXL.",
    ] {
        let Outcome::HandOff { reason, .. } = read_as_change(&wants_others(text)) else { panic!("{text}") };
        assert!(reason.contains("other items"), "{text}: {reason}");
    }
    for text in [
        "Please do not change the jacket in PC-1001 from M to L.",
        "You changed the jacket in PC-1001 to L. Undo that.",
        "Please change the jacket in PC-1001 to anything but L.",
        "Why did you change the jacket in PC-1001 to L?",
    ] {
        let Outcome::HandOff { reason, .. } = read_as_change(&wants_others(text)) else { panic!("{text}") };
        assert!(reason.contains("may be the opposite"), "{text}: {reason}");
    }
    let mut two = jacket("PC-1001");
    two.lines[0].ordered = 2;
    two.lines[0].current = 2;
    let text = "Please change both jackets in PC-1001 from M to L.";
    let Outcome::HandOff { reason, .. } = read_as_change(&Case::mail(text, vec![two])) else { panic!("{text}") };
    assert_eq!(reason, "PC-1001: there are several pieces of Rain jacket, M.");
}

#[test]
fn a_subject_alone_cancels_only_where_the_words_below_it_ask_for_nothing() {
    let with = |text: &str, subject: &str| {
        let mut case = Case::mail(text, vec![jacket("PC-1001")]);
        case.snapshot.messages[0].subject = subject.into();
        case.run().outcome
    };
    for (subject, text) in
        [("Cancellation", "For PC-1001, change the jacket to L."), ("Cancel", "For PC-1001, change payment to PayPal.")]
    {
        let Outcome::Reply { draft, .. } = with(text, subject) else { continue };
        let cancels = draft.actions.iter().any(|proposed| matches!(proposed.action, OrderAction::Cancel { .. }));
        assert!(!cancels, "{subject} {text}: {draft:?}");
    }
    let Outcome::Reply { draft, .. } = with("It is about PC-1001. Thanks, Sam", "Cancellation") else {
        panic!("a reply")
    };
    assert!(matches!(draft.actions[0].action, OrderAction::Cancel { .. }), "{draft:?}");
}

#[test]
fn a_policy_that_changes_no_items_leaves_them_to_a_person() {
    let text = "Please change the jacket in PC-1001 from M to L.";
    let case = wants_others(text).policy(|policy| policy.items.before_shipping = When::Never);
    let Outcome::HandOff { reason, .. } = read_as_change(&case) else { panic!("{text}") };
    assert!(reason.starts_with("PC-1001: a change of items is not possible"), "{reason}");
}

#[test]
fn all_that_is_wanted_with_several_orders_is_one_draft() {
    let text = "Please cancel order PC-1001 and return the cup of order PC-1002.";
    let reply = Case::mail(text, vec![order("PC-1001"), delivered("PC-1002", 3)]).reply();
    assert_eq!(reply.kinds(), ["cancel", "return"]);
    let numbers: Vec<&str> = reply.draft.actions.iter().map(|action| action.order_number.as_str()).collect();
    assert_eq!(numbers, ["PC-1001", "PC-1002"]);
    assert!(reply.text.contains("I have cancelled your order PC-1001."), "{} {:?}", reply.text, reply.left_out());
    assert!(reply.text.contains("the return of Tin cup, blue from order PC-1002."), "{}", reply.text);
    assert!(reply.left_out().is_empty() && reply.draft.verified(), "{:?}", reply.left_out());
    assert_eq!(reply.draft.orders.len(), 2);
    assert!(reply.asks().contains(&"it is said in other words than those of a request".to_owned()));
}

#[test]
fn of_several_orders_all_is_done_or_nothing() {
    let late = vec![order("PC-1001"), delivered("PC-1002", 40)];
    let text = "Please cancel order PC-1001 and return the cup of order PC-1002.";
    let reason = Case::mail(text, late).hand_off();
    assert!(reason.starts_with("PC-1002: day 40, taken back until day 30"), "{reason}");
    let unread = "Please cancel order PC-1001 and exchange the cup of order PC-1002.";
    let orders = vec![order("PC-1001"), delivered("PC-1002", 3)];
    let named = "The customer names several orders: PC-1001, PC-1002.";
    assert_eq!(Case::mail(unread, orders).hand_off(), named);
}

#[test]
fn what_is_denied_doubted_or_asked_among_several_wishes_is_never_done() {
    for text in [
        "Please cancel order PC-1001, it is the same as order PC-1002.",
        "Please cancel order PC-1001 as I need order PC-1002.",
        "Please cancel order PC-1001 and order PC-1002 (I need it).",
        "Please cancel order PC-1001 and order PC-1002. I am joking.",
        "Please cancel order PC-1001 and order PC-1002. My email was hacked.",
        "If it has not left, please cancel order PC-1001 and order PC-1002.",
        "Can I still cancel order PC-1001 and order PC-1002?",
        "Please cancel order PC-1001 and order PC-1002 unless they leave today.",
        "Do not cancel order PC-1001, but cancel order PC-1002.",
        "Cancel order PC-1001 and order PC-1002? No, never!",
        "Cancel order PC-1001 and change the address of order PC-1002 to 5 Elm Street, Salem, OR, 97301? No, never!",
        "I cancelled order PC-1001 by mistake. Cancel order PC-1002.",
    ] {
        let outcome = Case::mail(text, vec![order("PC-1001"), order("PC-1002")]).run().outcome;
        let Outcome::Reply { draft, mode, .. } = outcome else { continue };
        assert!(draft.actions.is_empty(), "{text}: {mode:?} {draft:?}");
    }
    for text in [
        "Please cancel order PC-1001. I am joking.",
        "Cancel order PC-1001? No, never!",
        "Can I cancel order PC-1001 unless it leaves today?",
    ] {
        let outcome = Case::mail(text, vec![order("PC-1001"), order("PC-1002")]).run().outcome;
        let Outcome::Reply { draft, mode, .. } = outcome else { continue };
        assert!(mode != Mode::Send || draft.actions.is_empty(), "{text}: {draft:?}");
    }
}

#[test]
fn an_address_that_is_not_asked_for_plainly_is_never_changed_alone() {
    let place = "Hafenweg 4, 20457 Hamburg";
    for text in [
        format!("Please do not change the address of PC-1001 to {place}."),
        format!("Do not send PC-1001 to {place}. That is my old address."),
        format!("I moved from {place}. Please change the address of PC-1001."),
        format!("Please change the invoice address of PC-1001 to {place}. The delivery address stays."),
        format!("Did you change the address of PC-1001 to {place}?"),
        format!("I got a mail that says: change the address of PC-1001 to {place}"),
        format!("Please change the address of PC-1001 to {place}. Oh no, leave it."),
        format!("Bitte ändern Sie die Lieferadresse von PC-1001 nicht auf {place}."),
    ] {
        let case = Case::mail(&text, vec![order("PC-1001")]).policy(|policy| {
            policy.address.before_shipping = When::AtOnce;
            policy.autonomy.insert("change_address".to_owned(), Level::Auto);
        });
        let Outcome::Reply { draft, mode, .. } = case.run().outcome else { continue };
        assert!(mode != Mode::Send || draft.actions.is_empty(), "{text}: {draft:?}");
    }
}

#[test]
fn of_several_orders_one_that_is_kept_is_not_cancelled_with_the_other() {
    for text in [
        "I need PC-1002, cancel PC-1001.",
        "I want PC-1002 and cancel PC-1001.",
        "Cancel PC-1001 and then I want PC-1002.",
        "Please cancel order PC-1001 since PC-1002 is the same order.",
        "Keep PC-1002, cancel PC-1001.",
        "Cancel PC-1001, I ordered PC-1002 already.",
    ] {
        let outcome = Case::mail(text, vec![order("PC-1001"), order("PC-1002")]).run().outcome;
        let Outcome::Reply { draft, mode, .. } = outcome else { continue };
        let kept = draft.actions.iter().filter(|proposed| proposed.order_number == "PC-1002").count();
        assert!(kept == 0 && (mode != Mode::Send || draft.actions.is_empty()), "{text}: {mode:?} {draft:?}");
    }
    for dropped in ["Please cancel order PC-1001 (and PC-1002).", "Please cancel order PC-1001 and\nPC-1002."] {
        let orders = vec![order("PC-1001"), order("PC-1002")];
        assert!(matches!(Case::mail(dropped, orders).run().outcome, Outcome::HandOff { .. }), "{dropped}");
    }
    for beside in [
        "Cancel PC-1001. Send PC-1002 to Hafenweg 4, 20457 Hamburg.",
        "The cup of PC-1002 arrived broken, please send a new one. And cancel PC-1001.",
        "Please cancel PC-1001 and send my other order to Hafenweg 4, 20457 Hamburg.",
        "Please cancel PC-1001 and send the same with express.",
    ] {
        let orders = vec![order("PC-1001"), delivered("PC-1002", 3)];
        assert!(matches!(Case::mail(beside, orders).run().outcome, Outcome::HandOff { .. }), "{beside}");
    }
    let both = "Please cancel order PC-1001 and return the cup of order PC-1002.";
    let reply = Case::mail(both, vec![order("PC-1001"), delivered("PC-1002", 3)]).reply();
    assert!(reply.asks().contains(&"several things are wanted at once".to_owned()));
}
