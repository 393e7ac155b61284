//! Orders that are cancelled or changed: before they leave and after, and only where it is wanted.

use resolute::agent::{Mode, Outcome};
use resolute::model::order::{Entry, EntryKind, OrderAction, OrderStatus};
use resolute::policy::Times;

use super::Case;
use super::fixture::{NOW, on_its_way, order, with_tent};

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
