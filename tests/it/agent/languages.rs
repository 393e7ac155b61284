//! The same cases in every language with texts: every shipped sentence is proven in its own language.

use async_trait::async_trait;
use resolute::agent::understand::intent::Intent;
use resolute::agent::{Brief, BuiltIn, Engine, EngineError, Mode, Outcome, Reading, Snapshot, Written};
use resolute::model::agent_run::EngineKind;
use resolute::model::order::{LineQuantity, OrderStatus, Refund, Return, ReturnStatus, ShipmentStatus, Window};
use resolute::policy::{Offer, Paid};
use resolute::voice::locale::LOCALES;
use time::Duration;

use super::fixture::{NOW, delivered, eur, on_its_way, order, with_tent};
use super::{Case, Reply};

/// Understands what it is told, writes like the built-in engine.
struct Knows(Intent, &'static str, bool);

#[async_trait]
impl Engine for Knows {
    fn kind(&self) -> EngineKind {
        EngineKind::BuiltIn
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        let language = self.1.to_owned();
        let numbers = if self.2 { vec!["PC-1001".to_owned()] } else { Vec::new() };
        let read = BuiltIn.understand(snapshot).await?;
        Ok(Reading { intents: vec![(self.0, 0.99)], language, order_numbers: numbers, ..read })
    }

    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError> {
        BuiltIn.write(brief).await
    }
}

fn refunded(days: i64) -> resolute::model::order::Order {
    let mut order = delivered("PC-1001", 20);
    let at = NOW - Duration::days(days);
    order.refunds.push(Refund { id: "r".into(), amount: eur(1_990), method: "card".into(), reason: String::new(), at });
    order
}

fn returning(status: ReturnStatus) -> resolute::model::order::Order {
    let mut order = delivered("PC-1001", 10);
    let opened_at = NOW - Duration::days(4);
    let lines = vec![LineQuantity { line_id: "l1".into(), quantity: 1 }];
    order.returns.push(Return {
        id: "b".into(),
        status,
        lines,
        reason: String::new(),
        label_url: String::new(),
        opened_at,
    });
    order
}

fn with_status(status: ShipmentStatus) -> resolute::model::order::Order {
    let mut order = on_its_way("PC-1001", 2);
    order.shipments[0].status = status;
    order
}

fn estimated(days: i64) -> resolute::model::order::Order {
    let mut order = on_its_way("PC-1001", -1);
    let to = NOW + Duration::days(days);
    order.shipments[0].estimated = Some(Window { from: to, to });
    order
}

fn cancelled() -> resolute::model::order::Order {
    let mut order = order("PC-1001");
    order.status = OrderStatus::Cancelled;
    order
}

fn in_two_parcels() -> resolute::model::order::Order {
    let mut order = with_tent(on_its_way("PC-1001", 2));
    order.status = OrderStatus::PartlyShipped;
    let mut second = order.shipments[0].clone();
    second.id = "s2".into();
    second.status = ShipmentStatus::Packed;
    second.shipped_at = None;
    second.events.clear();
    second.lines = vec![LineQuantity { line_id: "l2".into(), quantity: 1 }];
    order.shipments[0].lines.truncate(1);
    order.shipments.push(second);
    order
}

/// Intent, words that tell what is wished, order.
fn cases() -> Vec<(Intent, &'static str, resolute::model::order::Order)> {
    use Intent::{CancelOrder, DamagedOrWrongItem, LateOrLost, RefundStatus, ReturnItem, WhereIsMyOrder};
    vec![
        (WhereIsMyOrder, "?", on_its_way("PC-1001", 2)),
        (WhereIsMyOrder, "?", order("PC-1001")),
        (WhereIsMyOrder, "?", delivered("PC-1001", 3)),
        (WhereIsMyOrder, "?", cancelled()),
        (WhereIsMyOrder, "?", in_two_parcels()),
        (WhereIsMyOrder, "?", with_status(ShipmentStatus::OutForDelivery)),
        (WhereIsMyOrder, "?", with_status(ShipmentStatus::AvailableForPickup)),
        (WhereIsMyOrder, "?", with_status(ShipmentStatus::AttemptFailed)),
        (LateOrLost, "?", on_its_way("PC-1001", -1)),
        (LateOrLost, "?", on_its_way("PC-1001", -5)),
        (LateOrLost, "?", on_its_way("PC-1001", 2)),
        (LateOrLost, "?", estimated(2)),
        (LateOrLost, "?", on_its_way("PC-1001", -20)),
        (LateOrLost, "?", delivered("PC-1001", 2)),
        (DamagedOrWrongItem, "refund", delivered("PC-1001", 2)),
        (DamagedOrWrongItem, "replacement", delivered("PC-1001", 2)),
        (DamagedOrWrongItem, "?", delivered("PC-1001", 2)),
        (DamagedOrWrongItem, "refund", with_tent(delivered("PC-1001", 2))),
        (DamagedOrWrongItem, "tent refund", with_tent(delivered("PC-1001", 2))),
        (ReturnItem, "cup", delivered("PC-1001", 2)),
        (ReturnItem, "cup", delivered("PC-1001", 40)),
        (ReturnItem, "cup", on_its_way("PC-1001", 2)),
        (RefundStatus, "?", refunded(2)),
        (RefundStatus, "?", refunded(12)),
        (RefundStatus, "?", returning(ReturnStatus::Received)),
        (RefundStatus, "?", returning(ReturnStatus::Open)),
        (RefundStatus, "?", delivered("PC-1001", 2)),
        (CancelOrder, "?", order("PC-1001")),
        (CancelOrder, "?", on_its_way("PC-1001", 2)),
        (CancelOrder, "?", cancelled()),
    ]
}

/// What is wrong with the reply in this language, if anything.
fn fault(case: &Case, engine: &Knows, what: &str) -> Option<String> {
    let reply = Reply::of(case.run_with(engine));
    let failed: Vec<_> = reply.draft.checks.iter().filter(|check| check.problem.is_some()).collect();
    let untidy = reply.text.contains("  ") || reply.text.contains(['{', '[']);
    let fine = reply.left_out().is_empty()
        && failed.is_empty()
        && reply.language == engine.1
        && reply.draft.voice_score >= 85
        && !untidy;
    (!fine).then(|| {
        format!(
            "{what}: {:?} {failed:?} {} {}\n{}",
            reply.left_out(),
            reply.language,
            reply.draft.voice_score,
            reply.text
        )
    })
}

#[test]
fn every_shipped_sentence_is_proven_in_its_language() {
    let mut faults = Vec::new();
    for language in LOCALES {
        for (intent, wish, order) in cases() {
            for formality in [20, 80] {
                for (offer, paid) in [(Offer::ShippingBack, Paid::Us), (Offer::Credit, Paid::Customer)] {
                    let mut case = Case::mail(&format!("PC-1001 {wish}"), vec![order.clone()]).policy(|policy| {
                        policy.late.offer = offer;
                        policy.returns.parcel_paid_by = paid;
                    });
                    let mut voice = resolute::voice::Voice::clone(&case.snapshot.voice);
                    voice.formality = formality;
                    // French texts are formal only.
                    for (code, own) in &mut voice.locales {
                        own.formality = (code == "fr").then_some(80);
                    }
                    case.snapshot.voice = std::sync::Arc::new(voice);
                    let what = format!("{language} {intent:?} {wish} {:?}", order.status);
                    faults.extend(fault(&case, &Knows(intent, language, true), &what));
                }
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn questions_back_are_asked_in_every_language() {
    for language in LOCALES {
        let open = Knows(Intent::WhereIsMyOrder, language, false);
        let named = Knows(Intent::WhereIsMyOrder, language, true);
        let two = Case::mail("?", vec![on_its_way("PC-1001", 2), on_its_way("PC-1002", 3)]);
        let text = Reply::of(two.run_with(&open)).text;
        assert!(text.contains("PC-1001") && text.contains("PC-1002"), "{text}");
        let mut foreign = on_its_way("PC-1001", 2);
        foreign.buyer.email = "robin@other.example".into();
        for (case, engine) in [
            (&two, &open),
            (&Case::mail("?", vec![]), &open),
            (&Case::mail("PC-1001", vec![]), &named),
            (&Case::mail("PC-1001", vec![foreign]), &named),
        ] {
            assert_eq!(fault(case, engine, language), None);
        }
    }
}

#[test]
fn customers_are_understood_and_answered_in_their_language() {
    for (text, language, expected) in [
        (
            "Hallo, wo bleibt meine Bestellung PC-1001?",
            "de",
            "Das Paket ist seit Samstag, 21. November mit Nordpost unterwegs.",
        ),
        ("Bonjour, où est ma commande PC-1001 ?", "fr", "Le colis est parti le samedi 21 novembre avec Nordpost."),
        ("Hola, ¿dónde está mi pedido PC-1001?", "es", "El paquete salió el sábado 21 de noviembre con Nordpost."),
        ("Ciao, dov’è il mio ordine PC-1001?", "it", "Il pacco è partito sabato 21 novembre con Nordpost."),
        (
            "Hallo, waar blijft mijn bestelling PC-1001?",
            "nl",
            "Het pakket is sinds zaterdag 21 november met Nordpost onderweg.",
        ),
    ] {
        let reply = Case::mail(text, vec![on_its_way("PC-1001", 2)]).reply();
        assert!(reply.text.contains(expected), "{}", reply.text);
        assert_eq!((reply.language.as_str(), &reply.mode), (language, &Mode::Send), "{:?}", reply.asks());
    }
}

#[test]
fn a_language_without_texts_is_answered_after_approval() {
    let result = Case::mail("Gdzie jest moja paczka? Numer zamówienia PC-1001", vec![on_its_way("PC-1001", 2)]).run();
    if let Outcome::Reply { mode, language, .. } = result.outcome {
        assert_eq!(language, "en");
        assert!(matches!(mode, Mode::Approve(reasons) if reasons.iter().any(|reason| reason.contains("(pl)"))));
    }
}
