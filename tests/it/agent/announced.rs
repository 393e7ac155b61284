//! What customers are told before they ask: proven in every language, and told to nobody who is not proved to have bought.

use std::sync::Arc;

use resolute::agent::{Announced, Mode, Outcome, RunResult, announce};
use resolute::model::Ts;
use resolute::model::draft::DraftDocument;
use resolute::model::matter::MatterKind;
use resolute::model::message::Trust;
use resolute::model::order::{KnownOrder, Order, Product, Refund, ShipmentStatus, Window};
use resolute::policy::Told;
use resolute::voice::Voice;
use resolute::voice::locale::LOCALES;
use time::Duration;
use uuid::Uuid;

use super::Case;
use super::fixture::{NOW, delivered, eur, on_its_way, order};

const PARCEL: &str = "s-PC-1001";

fn with_status(status: ShipmentStatus) -> Order {
    let mut order = on_its_way("PC-1001", 2);
    order.shipments[0].status = status;
    order
}

/// Promised in two days, and expected in four.
fn expected_later() -> Order {
    let mut order = on_its_way("PC-1001", 2);
    let to = NOW + Duration::days(4);
    order.shipments[0].estimated = Some(Window { from: to, to });
    order
}

/// Refunded twice: the matter is the first one.
fn refunded() -> Order {
    let mut order = delivered("PC-1001", 3);
    let refund = |id: &str, minor: i64| Refund {
        id: id.into(),
        amount: eur(minor),
        method: "card ending 1111".into(),
        reason: String::new(),
        at: NOW,
    };
    order.refunds = vec![refund("r1", 1_990), refund("r2", 490)];
    order
}

fn cases() -> Vec<(MatterKind, &'static str, Order)> {
    vec![
        (MatterKind::Late, PARCEL, on_its_way("PC-1001", -1)),
        (MatterKind::Late, PARCEL, on_its_way("PC-1001", -5)),
        (MatterKind::Late, PARCEL, expected_later()),
        (MatterKind::Failed, PARCEL, with_status(ShipmentStatus::AttemptFailed)),
        (MatterKind::SentBack, PARCEL, with_status(ShipmentStatus::Returning)),
        (MatterKind::Refunded, "r1", refunded()),
        (MatterKind::Restocked, "l1", order("PC-1001")),
    ]
}

/// Nobody has written yet.
fn quiet() -> Case {
    let mut case = Case::mail("", Vec::new());
    case.snapshot.messages.clear();
    case
}

fn told(case: &Case, (kind, subject, order): (MatterKind, &str, Order)) -> Result<RunResult, &'static str> {
    let known = KnownOrder {
        source_id: Uuid::from_u128(9).into(),
        source_name: "Shop".into(),
        order,
        read_at: Ts::from_datetime(NOW),
    };
    let cup = Product {
        sku: "CUP".into(),
        title: "Tin cup".into(),
        variant: "blue".into(),
        description: String::new(),
        price: eur(1_990),
        in_stock: Some(3),
        restock_at: None,
    };
    announce(&case.snapshot, Announced { known: &known, kind, subject, product: Some(&cup) })
}

fn draft(result: RunResult) -> (DraftDocument, Mode, String) {
    match result.outcome {
        Outcome::Reply { draft, mode, language, .. } => (*draft, mode, language),
        other => panic!("expected a reply, got {other:#?}"),
    }
}

#[test]
fn every_matter_is_proven_in_every_language() {
    let mut faults = Vec::new();
    for language in LOCALES {
        for (kind, subject, order) in cases() {
            for formality in [20, 80] {
                let mut case = quiet();
                language.clone_into(&mut case.snapshot.conversation.language);
                let mut voice = Voice::clone(&case.snapshot.voice);
                voice.formality = formality;
                // French texts are formal only.
                for (code, own) in &mut voice.locales {
                    own.formality = (code == "fr").then_some(80);
                }
                case.snapshot.voice = Arc::new(voice);
                let (draft, _, written) = draft(told(&case, (kind, subject, order.clone())).unwrap());
                let text = draft.text();
                let left_out = draft.sentences.iter().filter(|sentence| sentence.left_out.is_some()).count();
                let is_tidy = !text.contains("  ") && !text.contains(['{', '[']);
                if left_out > 0 || !draft.verified() || written != language || draft.voice_score < 85 || !is_tidy {
                    faults.push(format!("{language} {kind} {written} {}\n{draft:#?}\n{text}", draft.voice_score));
                }
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn a_message_is_about_its_own_matter_and_says_that_it_is_proactive() {
    let case = quiet();
    let (draft, mode, _) = draft(told(&case, (MatterKind::Refunded, "r1", refunded())).unwrap());
    assert!(draft.text().contains("19.90 EUR"), "{}", draft.text());
    assert_eq!(draft.orders[0].order.refunds.len(), 2, "the whole order is read again before it leaves");
    assert_eq!(draft.why, "proactive: a refund for PC-1001 was posted");
    assert_eq!((draft.proposal.as_str(), draft.actions.len()), ("Proactive: refund posted", 0));
    assert!(draft.clause.starts_with("Policy v14, rule "), "{}", draft.clause);
    assert_eq!(
        mode,
        Mode::Approve(vec![draft.why.clone()]),
        "a person reads it first unless the policy says otherwise"
    );
}

#[test]
fn the_policy_says_what_goes_out_alone() {
    let case = quiet().policy(|policy| policy.proactive.late = Told::Auto);
    let mode = |kind, subject, order| draft(told(&case, (kind, subject, order)).unwrap()).1;
    assert_eq!(mode(MatterKind::Late, PARCEL, on_its_way("PC-1001", -1)), Mode::Send);
    assert_ne!(mode(MatterKind::Refunded, "r1", refunded()), Mode::Send);
}

#[test]
fn only_who_is_proved_to_have_bought_is_told() {
    let late = || (MatterKind::Late, PARCEL, on_its_way("PC-1001", -1));
    let mut strange = on_its_way("PC-1001", -1);
    strange.buyer.email = "robin@other.example".into();
    let refused = "it is not proved that the order is theirs";
    assert_eq!(told(&quiet(), (MatterKind::Late, PARCEL, strange)), Err(refused));
    let mut claimed = quiet();
    claimed.snapshot.identities[0].proved = false;
    assert_eq!(told(&claimed, late()), Err(refused));
    let mut forged = quiet();
    forged.add("Where is it?").trust = Trust::Failed;
    assert_eq!(told(&forged, late()), Err(refused));
    for trust in [Trust::Claimed, Trust::Proved] {
        let mut answered = quiet();
        answered.add("Where is it?").trust = trust;
        answered.answered_then("It is on its way.", "Thanks!");
        answered.snapshot.messages.pop();
        assert_eq!(told(&answered, late()).is_ok(), trust == Trust::Proved, "who wrote last tells whose the case is");
    }

    let mut market = quiet();
    market.snapshot.conversation.channel_kind = "ebay".into();
    assert_eq!(told(&market, late()), Err("the marketplace does not name the order there"));
    assert!(told(&quiet(), late()).is_ok());
}

#[test]
fn what_the_order_does_not_hold_is_not_said() {
    for (kind, subject) in [(MatterKind::Late, "another"), (MatterKind::Refunded, "another")] {
        assert!(told(&quiet(), (kind, subject, refunded())).is_err(), "{kind}");
    }
}
