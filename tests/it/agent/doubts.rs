//! What a teammate writes is held against the case, so that they are warned.

use resolute::agent::{CaseFacts, doubts};
use resolute::model::Ts;
use resolute::model::order::{KnownOrder, Order};
use uuid::Uuid;

use super::fixture::{NOW, delivered, on_its_way, order};

fn known(order: Order) -> KnownOrder {
    KnownOrder {
        source_id: Uuid::from_u128(1).into(),
        source_name: "shop".to_owned(),
        order,
        read_at: Ts::from_datetime(NOW),
    }
}

fn doubted(text: &str, language: &str, orders: Vec<Order>, written: &[&str]) -> Vec<String> {
    let now = Ts::from_datetime(NOW);
    let orders: Vec<KnownOrder> = orders.into_iter().map(known).collect();
    let written: Vec<(&str, Ts)> = written.iter().map(|text| (*text, now)).collect();
    doubts(text, language, &CaseFacts { orders: &orders, written: &written, evidence: &[], now })
}

#[test]
fn what_the_order_says_and_what_was_written_is_not_doubted() {
    let said: &[&str] = &["I paid 24.80 EUR for FJ-99887, and 3.00 EUR of duty. It should be here on Friday."];
    for (text, order) in [
        (
            "Hi Sam,\n\nyour order PC-1001 has not left us.\nIt was 24.80 EUR, 4.90 EUR of it for shipping.",
            order("PC-1001"),
        ),
        ("The tin cup, 19.90 EUR, left us on Saturday 21 November. It is on its way.", on_its_way("PC-1001", 2)),
        ("Nordpost says that it was delivered on 21 November.", delivered("PC-1001", 2)),
        ("We have nothing named FJ-99887. The 3.00 EUR are duty. It will arrive on Friday.", on_its_way("PC-1001", 2)),
        ("I call you tomorrow, at 10 or on Tuesday. Wash it at 30 degrees.", order("PC-1001")),
        ("We refund within 5 days. You may keep it, and the parcel is free.", order("PC-1001")),
        ("Has it arrived?", order("PC-1001")),
    ] {
        assert_eq!(doubted(text, "en", vec![order], said), [""; 0], "{text}");
    }
}

#[test]
fn what_nothing_says_is_told_as_it_stands() {
    for (text, language, order, expected) in [
        ("You paid 42.80 EUR.", "en", order("PC-1001"), vec!["42.80 EUR"]),
        ("Your order PC-1002 is packed.", "en", order("PC-1001"), vec!["PC-1002"]),
        ("It will arrive on Thursday 31 December.", "en", on_its_way("PC-1001", 2), vec!["Thursday 31 December"]),
        ("Deine Bestellung PC-1001 wurde zugestellt.", "de", order("PC-1001"), vec!["zugestellt"]),
        ("Votre colis a été livré.", "fr", order("PC-1001"), vec!["été livré"]),
    ] {
        assert_eq!(doubted(text, language, vec![order], &[]), expected, "{text}");
    }
    for (text, order) in [
        ("It has not left us.", on_its_way("PC-1001", 2)),
        ("It was delivered on Saturday.", on_its_way("PC-1001", 2)),
        ("We have refunded you.", order("PC-1001")),
        ("Your order is cancelled.", order("PC-1001")),
    ] {
        assert!(!doubted(text, "en", vec![order], &[]).is_empty(), "{text}");
    }
    let text = "PC-2001, PC-2002, PC-2003, PC-2004, PC-2005, PC-2006 and PC-2001 are packed.";
    assert_eq!(doubted(text, "en", vec![order("PC-1001")], &[]).len(), 5, "each once, and not all");
}

#[test]
fn of_long_texts_the_beginning_is_read() {
    let behind = |words: usize| format!("{}You paid 42.80 EUR.", "and so on ".repeat(words));
    assert_eq!(doubted(&behind(100), "en", vec![order("PC-1001")], &[]), ["42.80 EUR"]);
    assert_eq!(doubted(&behind(100), "en", vec![order("PC-1001")], &[&behind(100)]), [""; 0], "it was written");
    assert_eq!(doubted(&behind(3_000), "en", vec![order("PC-1001")], &[]), [""; 0]);
    assert_eq!(doubted(&behind(100), "en", vec![order("PC-1001")], &[&behind(3_000)]), ["42.80 EUR"]);
}

#[test]
fn nothing_is_doubted_where_nothing_can_be_held_against_it() {
    assert_eq!(doubted("You paid 42.80 EUR.", "en", vec![], &[]), [""; 0], "no order");
    assert_eq!(doubted("42.80 EUR", "sv", vec![order("PC-1001")], &[]), [""; 0], "a language without words");
}
