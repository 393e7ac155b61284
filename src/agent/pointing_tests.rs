//! What points to an order, and what only looks so, in the languages that customers write.

use time::macros::date;

use super::*;
use crate::commerce::test_order::order;
use crate::model::{OrderSourceId, Ts};

const TODAY: Date = date!(2026 - 11 - 23);
const RECENT: Duration = Duration::days(60);

/// An order of these goods, placed on a day of November.
fn known(title: &str, placed: u8) -> KnownOrder {
    let mut order = order();
    order.id = format!("{title} {placed}");
    order.placed_at = Date::from_calendar_date(2026, time::Month::November, placed).unwrap().midnight().assume_utc();
    order.lines.truncate(1);
    title.clone_into(&mut order.lines[0].title);
    KnownOrder { source_id: OrderSourceId(uuid::Uuid::nil()), source_name: "Shop".to_owned(), order, read_at: Ts(0) }
}

fn ids(orders: &[KnownOrder]) -> Vec<&str> {
    orders.iter().map(|known| known.order.id.as_str()).collect()
}

#[test]
fn the_other_one_is_another_order_only_where_nothing_else_is_said() {
    for text in [
        "No, the other one.",
        "the other one",
        "I mean the other one",
        "Where is my other order?",
        "Nein, die andere",
        "Non, l’autre.",
        "No, el otro",
        "No, intendo l’altro",
        "Nee, de andere",
        "Não, a outra",
        "Nie, to drugie",
    ] {
        assert!(corrects(text), "{text}");
    }
    for text in [
        "One cup is broken, the other one is fine.",
        "Die andere Tasse ist ganz.",
        "Please send it to another address",
        "No, it has not come.",
        "No, I never got the cup, and nobody at the other door has seen a parcel of yours",
    ] {
        assert!(!corrects(text) && !speaks_of_another(text), "{text}");
    }
    assert!(speaks_of_another("Thank you. And when does my other order come, the one with the tent?"));
}

#[test]
fn goods_point_to_the_order_that_alone_has_them() {
    let orders = [known("Tin cup", 18), known("Fell tent", 20), known("Tin cup", 21)];
    let named = |text: &str| with_named_goods(text, &orders).len();
    assert_eq!(ids(&with_named_goods("Where is my tent?", &orders)), ["Fell tent 20"]);
    assert_eq!((named("Where is my cup?"), named("I do not mean the tent"), named("Where is it?")), (3, 3, 3));
    assert_eq!(named_apart("The cup came, but where is the tent?", &orders).len(), 3);
    assert!(named_apart("Where is my cup?", &orders).is_empty());
    let other = |text: &str| {
        let [before, tent, _] = orders.clone();
        with_other_goods(text, &before, vec![tent])
    };
    assert_eq!(ids(&other("When will the tent be here?")), ["Fell tent 20"]);
    assert_eq!(other("The cup came, and the tent?").len(), 2, "it may be either");
    assert!(other("When will it be here?").is_empty() && other("Is the cup blue?").is_empty());
}

#[test]
fn the_newest_is_meant_where_nothing_before_it_is() {
    for text in ["Where is my last order?", "Wo ist meine letzte Bestellung?", "¿Dónde está mi último pedido?"] {
        assert!(means_the_newest(text), "{text}");
    }
    for text in [
        "My last order came, but where is the order before it?",
        "Not my last order, the one before.",
        "Nicht meine letzte Bestellung, die davor.",
    ] {
        assert!(!means_the_newest(text), "{text}");
    }
}

#[test]
fn the_day_of_buying_is_the_day_of_the_order() {
    let orders = [known("Tin cup", 14), known("Fell tent", 20)];
    let found = |text: &str, language: &str| bought_on(text, language, TODAY).map(|day| bought_then(day, &orders));
    for (text, language) in [
        ("I ordered on 14 November and nothing came.", "en"),
        ("I bought it on 15 November.", "en"),
        ("Ich habe am 14. November bestellt", "de"),
        ("Meine Bestellung vom 14.11.2026 fehlt", "de"),
        ("J’ai commandé le 14 novembre", "fr"),
        ("Lo compré el 14 de noviembre", "es"),
        ("Ho ordinato il 14 novembre", "it"),
        ("Ik heb op 14 november besteld", "nl"),
    ] {
        let found = found(text, language).unwrap_or_default();
        assert_eq!(ids(&found), ["Tin cup 14"], "{text}");
    }
    for text in [
        "I ordered a cup, it should arrive on 20 November.",
        "The order was to be delivered by 20 November",
        "Ordered on 14 November, and again ordered on 20 November",
        "Where is it?",
    ] {
        assert_eq!(bought_on(text, "en", TODAY), None, "{text}");
    }
}

#[test]
fn what_was_bought_long_ago_is_none_of_the_recent_orders() {
    let long_ago = |text: &str| bought_long_ago(text, bought_on(text, "en", TODAY), (TODAY, RECENT));
    for text in ["I ordered on 3 May and it never came.", "I bought it four months ago", "Vor drei Monaten gekauft"] {
        assert!(long_ago(text), "{text}");
    }
    for text in ["I ordered on 14 November", "I ordered it for 24 December", "Where is it?"] {
        assert!(!long_ago(text), "{text}");
    }
}

#[test]
fn what_somebody_else_bought_is_told_apart_from_what_was_bought_for_them() {
    for text in ["Where is my mother's order?", "die Bestellung meiner Frau", "la commande de ma femme"] {
        assert!(is_somebody_elses(text), "{text}");
    }
    for text in ["I bought it for my mother, where is my order?", "Meine Frau wartet auf das Zelt", "my order"] {
        assert!(!is_somebody_elses(text), "{text}");
    }
}

#[test]
fn a_parcel_that_shows_as_delivered_is_one_that_was_to_come_before() {
    for text in ["Tracking says delivered, it is not here", "Laut DHL zugestellt", "Le suivi indique livré"] {
        assert!(says_delivered(text), "{text}");
    }
    for text in ["DHL says it will be delivered on Monday", "Not delivered yet", "When is it delivered?"] {
        assert!(!says_delivered(text), "{text}");
    }
}
