//! Whose order it is, shown with a code that goes to its address.

use resolute::agent::Outcome;
use resolute::model::identity_check::{CheckState, IdentityCheck, Proof};
use resolute::model::message::Trust;
use resolute::model::order::Order;
use resolute::model::{MessageId, Ts};
use resolute::policy::When;
use uuid::Uuid;

use super::Case;
use super::fixture::{on_its_way, order};

const CANCEL: &str = "Please cancel my order PC-1001.";

/// Robin's order, which Sam asks about.
fn robins(mut order: Order) -> Order {
    order.buyer.email = "robin@other.example".into();
    order
}

/// A desk that sends codes.
fn case(text: &str, order: Order, when: When) -> Case {
    let mut case = Case::mail(text, vec![order]).policy(|policy| policy.proving.code = when);
    case.snapshot.codes.can_be_sent = true;
    case
}

fn check(state: CheckState, answer: MessageId) -> IdentityCheck {
    let nil = Uuid::nil();
    IdentityCheck {
        id: nil.into(),
        brand_id: nil.into(),
        conversation_id: nil.into(),
        contact_id: nil.into(),
        order_source_id: Uuid::from_u128(9).into(),
        order_id: "id-PC-1001".into(),
        order_number: "PC-1001".into(),
        address: String::new(),
        state,
        message_id: nil.into(),
        code_hash: String::new(),
        tries: 1,
        answer_id: Some(answer),
        created_at: Ts(0),
        sent_at: Some(Ts(0)),
    }
}

/// The agent asked for the code, and this came of it.
fn answered(mut case: Case, said: &str, state: CheckState) -> Case {
    let question = case.reply();
    case.asked_then(&question, said);
    let answer = case.snapshot.messages.last().unwrap().id;
    case.snapshot.codes.checks = vec![check(state, answer)];
    case
}

/// The same, and it was the right one.
fn proved(case: Case, by_mail: bool) -> Case {
    let mut case = answered(case, "my code is ••••••", CheckState::Proved);
    let last = case.snapshot.messages.last().unwrap();
    case.snapshot.codes.proofs = vec![Proof {
        order_source_id: Uuid::from_u128(9).into(),
        order_id: "id-PC-1001".into(),
        contact_id: last.contact_id.unwrap(),
        seq: last.seq,
        channel_id: last.channel_id,
        by_mail,
    }];
    case
}

#[test]
fn an_order_of_another_address_is_asked_for_a_code_where_the_policy_says_so() {
    for text in [
        "Where is my order PC-1001?",
        "Wo ist meine Bestellung PC-1001?",
        "Où est ma commande PC-1001 ?",
        "¿Dónde está mi pedido PC-1001?",
        "Dov'è il mio ordine PC-1001?",
        "Waar is mijn bestelling PC-1001?",
    ] {
        let reply = case(text, robins(on_its_way("PC-1001", 2)), When::AtOnce).reply();
        assert!(reply.text.contains("r…@o…") && !reply.text.contains("robin"), "{}", reply.text);
        assert!(!reply.text.contains("Nordpost") && reply.left_out().is_empty(), "{:?}", reply.left_out());
        assert_eq!(reply.draft.asks_for_code().map(|known| known.order.number.as_str()), Some("PC-1001"));
        assert!(reply.kinds().is_empty());
    }
    let reply = case(CANCEL, robins(order("PC-1001")), When::AtOnce).reply();
    assert_eq!(reply.asks(), Vec::<String>::new());
    let reply = case(CANCEL, robins(order("PC-1001")), When::AfterApproval).reply();
    assert_eq!(reply.asks(), ["a code to the order’s address is approved by a person"]);
    let mut alone = case(CANCEL, robins(order("PC-1001")), When::AtOnce);
    alone.snapshot.codes.can_be_sent = false;
    for never in [alone, case(CANCEL, robins(order("PC-1001")), When::Never)] {
        let reply = never.reply();
        assert_eq!((reply.draft.asks_back.as_deref(), reply.draft.asks_for_code()), (Some("ask_order_number"), None));
    }
}

#[test]
fn a_claimed_address_is_asked_for_a_code_before_anything_is_done_and_told_facts_as_before() {
    let mut claims = case(CANCEL, order("PC-1001"), When::AtOnce);
    claims.snapshot.messages[0].trust = Trust::Claimed;
    let reply = claims.reply();
    assert_eq!((reply.kinds(), reply.draft.asks_back.as_deref()), (Vec::new(), Some("ask_code")));
    assert!(reply.text.contains("s…@p…") && reply.left_out().is_empty(), "{}", reply.text);
    claims = case("Where is my order PC-1001?", on_its_way("PC-1001", 2), When::AtOnce);
    claims.snapshot.messages[0].trust = Trust::Claimed;
    assert_eq!(claims.reply().draft.asks_back, None);
    claims = case(CANCEL, order("PC-1001"), When::AtOnce);
    claims.snapshot.messages[0].trust = Trust::Failed;
    assert_eq!(claims.reply().kinds(), ["cancel"], "nobody is asked whose address is forged; a person looks");
}

#[test]
fn who_brings_the_code_is_served_without_being_asked_again() {
    for trust in [Trust::Proved, Trust::Claimed] {
        let mut case = proved(case(CANCEL, robins(order("PC-1001")), When::AtOnce), true);
        for message in &mut case.snapshot.messages {
            message.trust = trust;
        }
        let reply = case.reply();
        assert_eq!((reply.kinds(), reply.asks()), (vec!["cancel"], Vec::<String>::new()), "{trust}");
    }
    let other = || proved(case(CANCEL, robins(order("PC-1001")), When::AtOnce), true);
    let mut elsewhere = other();
    elsewhere.snapshot.codes.proofs[0].order_id = "id-PC-1002".into();
    let mut somebodys = other();
    somebodys.snapshot.codes.proofs[0].contact_id = Uuid::from_u128(77).into();
    let mut forged = other();
    forged.snapshot.messages.last_mut().unwrap().trust = Trust::Failed;
    for case in [elsewhere, somebodys, forged] {
        assert!(!format!("{:?}", case.run().outcome).contains("Cancel {"), "nothing is done");
    }
}

#[test]
fn a_later_mail_that_proves_nothing_is_not_covered_by_the_code() {
    for (by_mail, trust, is_done) in
        [(true, Trust::Claimed, false), (true, Trust::Proved, true), (false, Trust::Claimed, true)]
    {
        let mut case = proved(case("Where is my order PC-1001?", robins(order("PC-1001")), When::AtOnce), by_mail);
        case.answered_then("It is being packed.", CANCEL);
        case.snapshot.messages.last_mut().unwrap().trust = trust;
        let outcome = case.run().outcome;
        let is_cancelled = matches!(&outcome, Outcome::Reply { draft, .. } if !draft.actions.is_empty());
        assert_eq!(is_cancelled, is_done, "{by_mail} {trust}: {outcome:?}");
    }
}

#[test]
fn a_wrong_code_is_told_so_once_and_then_a_person_goes_on() {
    let wrong = || answered(case(CANCEL, robins(order("PC-1001")), When::AtOnce), "••••••", CheckState::Sent);
    let reply = wrong().reply();
    assert_eq!(reply.draft.asks_back.as_deref(), Some("ask_code_again"));
    assert!(reply.text.contains("not the code") && reply.left_out().is_empty(), "{:?}", reply.left_out());
    assert!(reply.draft.asks_for_code().is_none(), "no other code goes out");
    let mut again = wrong();
    again.asked_then(&reply, "Then it is ••••••");
    again.snapshot.codes.checks[0].answer_id = Some(again.snapshot.messages.last().unwrap().id);
    assert!(again.hand_off().contains("is not clear"));
    for state in [CheckState::Failed, CheckState::Expired] {
        let case = answered(case(CANCEL, robins(order("PC-1001")), When::AtOnce), "••••••", state);
        assert!(case.hand_off().contains("too often, or came too late"), "{state}");
    }
    let mut silent = case(CANCEL, robins(order("PC-1001")), When::AtOnce);
    let unanswered = IdentityCheck { answer_id: None, ..check(CheckState::Expired, Uuid::nil().into()) };
    silent.snapshot.codes.checks = vec![unanswered];
    assert_eq!(silent.reply().draft.asks_back.as_deref(), Some("ask_code"), "one that never came says nothing");
}
