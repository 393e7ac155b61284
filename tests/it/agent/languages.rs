//! The same cases in every language with texts: every shipped sentence is proven in its own language.

use async_trait::async_trait;
use resolute::agent::understand::intent::Intent;
use resolute::agent::understand::language::detect;
use resolute::agent::{Brief, BuiltIn, Engine, EngineError, Mode, Outcome, Reading, Snapshot, Written};
use resolute::model::agent_run::EngineKind;
use resolute::model::order::{LineQuantity, OrderStatus, Refund, Return, ReturnStatus, ShipmentStatus, Window};
use resolute::policy::{Offer, Paid, Start};
use resolute::voice::locale::LOCALES;
use time::Duration;

use super::fixture::{NOW, delivered, eur, jacket, on_its_way, order, with_tent};
use super::{Case, Reply};

/// Understands what it is told, writes like the built-in engine.
pub(super) struct Knows(pub(super) Intent, pub(super) &'static str, pub(super) bool);

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

pub(super) fn returning(status: ReturnStatus) -> resolute::model::order::Order {
    let mut order = delivered("PC-1001", 10);
    let opened_at = NOW - Duration::days(4);
    let lines = vec![LineQuantity { line_id: "l1".into(), quantity: 1 }];
    order.returns.push(Return {
        id: "b".into(),
        status,
        lines,
        reason: String::new(),
        label_url: String::new(),
        exchange: Vec::new(),
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
pub(super) fn cases() -> Vec<(Intent, &'static str, resolute::model::order::Order)> {
    use Intent::{CancelOrder, DamagedOrWrongItem, LateOrLost, RefundStatus, ReturnItem, WhereIsMyOrder};
    use Intent::{ChangeAddress, ChangeItems, DeliveryTime, Exchange, Invoice, ProductQuestion, RefundRequest, Stock};
    let mut unpaid = with_tent(delivered("PC-1001", 2));
    unpaid.payments[0].method.clear();
    let mut labelled = returning(ReturnStatus::Open);
    labelled.returns[0].label_url = "https://shop.example/label/1".into();
    vec![
        (DamagedOrWrongItem, "tent refund", unpaid),
        (RefundStatus, "?", labelled),
        (ReturnItem, "lamp", order("PC-1001")),
        (ReturnItem, "lamp", on_its_way("PC-1001", 2)),
        (Exchange, "cup", delivered("PC-1001", 5)),
        (Exchange, "cup", delivered("PC-1001", 40)),
        (RefundRequest, "cup", delivered("PC-1001", 5)),
        (RefundRequest, "cup", delivered("PC-1001", 40)),
        (ChangeAddress, "to:\nHafenweg 4, 20457 Hamburg", order("PC-1001")),
        (ChangeAddress, "?", order("PC-1001")),
        (ChangeAddress, "?", on_its_way("PC-1001", 2)),
        (ChangeItems, "?", on_its_way("PC-1001", 2)),
        (ChangeItems, "change M to L", jacket("PC-1001")),
        (DeliveryTime, "?", on_its_way("PC-1001", 2)),
        (DeliveryTime, "?", estimated(2)),
        (Invoice, "?", order("PC-1001")),
        (Stock, "Fell tent", order("PC-1001")),
        (Stock, "Camp lamp", order("PC-1001")),
        (ProductQuestion, "Fell tent", order("PC-1001")),
        (ProductQuestion, "Camp lamp", order("PC-1001")),
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
        (CancelOrder, "cancel", cancelled()),
    ]
}

/// The case in a voice of this formality. French texts are formal only.
pub(super) fn in_voice(mut case: Case, formality: i64) -> Case {
    let mut voice = resolute::voice::Voice::clone(&case.snapshot.voice);
    voice.formality = formality;
    for (code, own) in &mut voice.locales {
        own.formality = (code == "fr").then_some(80);
    }
    case.snapshot.voice = std::sync::Arc::new(voice);
    case
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
                    let case = Case::mail(&format!("PC-1001 {wish}"), vec![order.clone()]).policy(|policy| {
                        policy.late.offer = offer;
                        policy.returns.parcel_paid_by = paid;
                        policy.exchange.parcel_paid_by = paid;
                        policy.refunds.starts = if paid == Paid::Us { Start::Received } else { Start::Scanned };
                    });
                    let case = in_voice(case, formality);
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
fn a_photo_and_a_wait_for_a_person_are_worded_in_every_language() {
    let mut notices = std::collections::BTreeSet::new();
    for language in LOCALES {
        let broken =
            Case::mail("PC-1001 refund", vec![delivered("PC-1001", 2)]).policy(|policy| policy.damaged.photo = true);
        assert_eq!(fault(&broken, &Knows(Intent::DamagedOrWrongItem, language, true), language), None);
        for intent in [Intent::TalkToPerson, Intent::Complaint] {
            let result = Case::mail("?", vec![]).run_with(&Knows(intent, language, false));
            let notice = result.notice.unwrap_or_else(|| panic!("{language} {intent:?}: {:?}", result.outcome));
            assert!(!notice.contains(['{', '[']) && !notice.contains("  "), "{notice}");
            notices.insert(notice);
        }
    }
    assert_eq!(notices.len(), LOCALES.len() * 2, "each language has words of its own");
}

#[test]
fn where_another_language_answers_its_dates_and_amounts_are_in_it_too() {
    for (brand, day, amount) in [("en", "Sunday 22 November", "4.90 EUR"), ("de", "Sonntag, 22. November", "4,90 EUR")]
    {
        let mut case = Case::mail("PC-1001 ?", vec![on_its_way("PC-1001", -5)]);
        case.snapshot.brand.locale = brand.into();
        let reply = Reply::of(case.run_with(&Knows(Intent::LateOrLost, "pl", true)));
        assert_eq!(reply.language, brand);
        assert_eq!(reply.left_out(), []);
        assert!(reply.text.contains(day) && reply.text.contains(amount), "{}", reply.text);
    }
}

#[test]
fn customers_are_understood_and_answered_in_their_language() {
    for (text, language, expected) in [
        (
            "Hallo, wo bleibt meine Bestellung PC-1001?",
            "de",
            "Die Bestellung PC-1001 ist seit Samstag, 21. November mit Nordpost unterwegs.",
        ),
        (
            "Bonjour, où est ma commande PC-1001 ?",
            "fr",
            "Votre commande PC-1001 est partie le samedi 21 novembre avec Nordpost.",
        ),
        (
            "Hola, ¿dónde está mi pedido PC-1001?",
            "es",
            "Tu pedido PC-1001 salió el sábado 21 de noviembre con Nordpost.",
        ),
        (
            "Ciao, dov’è il mio ordine PC-1001?",
            "it",
            "Il tuo ordine PC-1001 è partito sabato 21 novembre con Nordpost.",
        ),
        (
            "Hallo, waar blijft mijn bestelling PC-1001?",
            "nl",
            "Je bestelling PC-1001 is sinds zaterdag 21 november met Nordpost onderweg.",
        ),
    ] {
        let reply = Case::mail(text, vec![on_its_way("PC-1001", 2)]).reply();
        assert!(reply.text.contains(expected), "{}", reply.text);
        assert_eq!((reply.language.as_str(), &reply.mode), (language, &Mode::Send), "{:?}", reply.asks());
    }
}

#[test]
fn a_language_without_texts_is_never_taken_for_another_and_waits_for_a_person() {
    for (code, text) in [
        ("pl", "Gdzie jest moja paczka? Numer zamówienia PC-1001"),
        (
            "sv",
            "Hej, jackan i PC-1001 är försenad. Om den inte kommer den här veckan vill jag hellre ha pengarna tillbaka.",
        ),
        ("da", "Hvornår kommer min pakke PC-1001? Jeg har ikke modtaget noget endnu."),
        ("ru", "Где моя посылка PC-1001? Я жду уже две недели."),
        ("other", "სად არის ჩემი ამანათი PC-1001? უკვე ორი კვირაა ველოდები."),
    ] {
        for brand in ["en", "de"] {
            let mut case = Case::mail(text, vec![on_its_way("PC-1001", 2)]);
            case.snapshot.brand.locale = brand.to_owned();
            let result = case.run();
            assert_eq!(result.seen.language, code, "{text}");
            match result.outcome {
                Outcome::Reply { mode: Mode::Approve(reasons), language, .. } => {
                    assert_eq!(language, brand);
                    assert!(reasons.iter().any(|reason| reason.contains(&format!("({code})"))), "{reasons:?}");
                }
                Outcome::HandOff { .. } => {
                    let notice = result.notice.expect("the customer is told");
                    assert_eq!(detect(&notice).language.code(), brand, "{notice}");
                }
                other => panic!("{text}: {other:#?}"),
            }
        }
    }
}

#[test]
fn a_second_message_in_an_unknown_language_does_not_name_it_anew() {
    let asked =
        || Case::mail("სად არის ჩემი ამანათი PC-1001? უკვე ორი კვირაა ველოდები.", vec![on_its_way("PC-1001", 2)]);
    for kept in ["other", "ot"] {
        let mut case = asked();
        case.snapshot.conversation.language = kept.to_owned();
        assert_eq!(case.run().seen.language, "other", "kept as {kept}");
    }
    let mut case = asked();
    case.snapshot.contact.locale = "ka-GE".to_owned();
    assert_eq!(case.run().seen.language, "ka", "what the customer's own program says");
}

#[test]
fn a_language_that_its_script_tells_is_named_and_a_short_message_keeps_it() {
    for (text, kept, told) in [
        ("Где моя посылка PC-1001?", "other", "ru"),
        ("Где моя посылка PC-1001?", "uk", "ru"),
        // No letter of it tells Ukrainian from Russian.
        ("Де моя посилка PC-1001?", "uk", "uk"),
    ] {
        let mut case = Case::mail(text, vec![on_its_way("PC-1001", 2)]);
        case.snapshot.conversation.language = kept.to_owned();
        assert_eq!(case.run().seen.language, told, "{text}, kept as {kept}");
    }
}

/// Reads like the built-in engine, whatever language it is told.
struct Writes(&'static str);

#[async_trait]
impl Engine for Writes {
    fn kind(&self) -> EngineKind {
        EngineKind::BuiltIn
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        Ok(Reading { language: self.0.to_owned(), ..BuiltIn.understand(snapshot).await? })
    }

    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError> {
        BuiltIn.write(brief).await
    }
}

#[test]
fn what_is_done_with_several_orders_is_proven_in_every_language() {
    let text = "Please cancel order PC-1001 and return the cup of order PC-1002.";
    let case = Case::mail(text, vec![order("PC-1001"), delivered("PC-1002", 3)]);
    for language in LOCALES {
        let reply = Reply::of(case.run_with(&Writes(language)));
        assert!(reply.left_out().is_empty() && reply.language == language, "{language}: {:?}", reply.left_out());
        assert!(reply.text.contains("PC-1001") && reply.text.contains("Tin cup, blue"), "{}", reply.text);
    }
}
