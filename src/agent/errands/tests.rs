//! What messages ask for, in the shop of the fixtures.

use super::*;
use crate::commerce::file_shop::tests::{shop, variants};
use crate::model::order::{LineChange, LineQuantity};

pub(crate) async fn known(buyer: &str) -> Known {
    let shop = shop();
    let variants = variants(&shop).await;
    Known {
        orders: shop.orders_of(buyer),
        account: shop.read(buyer),
        variants,
        reasons: vec!["no longer needed".to_owned(), "ordered by mistake".to_owned()],
    }
}

/// In few words: order, kind, lines with what is wanted for them, and who settles it.
fn short(errand: &Errand) -> String {
    let lines = |lines: &[LineQuantity]| lines.iter().map(|line| line.line_id.clone()).collect::<Vec<_>>().join("+");
    let changes = |changes: &[LineChange]| {
        changes.iter().map(|change| format!("{}>{}", change.line_id, change.sku)).collect::<Vec<_>>().join("+")
    };
    let what = match &errand.action {
        OrderAction::Cancel { reason } => reason.clone(),
        OrderAction::Return { lines: what, .. } => lines(what),
        OrderAction::Exchange { changes: what, .. } | OrderAction::ChangeItems { changes: what, .. } => changes(what),
        OrderAction::ChangeAddress { address } => format!("{}, {}", address.line1, address.city),
        other => other.kind().as_str().to_owned(),
    };
    let settled_by = errand.action.settled_by().unwrap_or("-");
    format!("{} {} {what} {settled_by}", errand.order_id, errand.action.kind().as_str())
}

#[track_caller]
fn reads(known: &Known, text: &str, wanted: &[&str], is_plain: bool) {
    let read = read(text, known);
    assert_eq!(read.hand_off, None, "{text}");
    assert_eq!(read.wanted.iter().map(short).collect::<Vec<_>>(), wanted, "{text}");
    assert_eq!(read.doubts.is_empty(), is_plain, "{text}: {:?}", read.doubts);
}

#[tokio::test]
async fn plain_requests_are_read_whole() {
    let lena = known("lena_hart_1001").await;
    for (text, wanted) in [
        ("Please cancel order #A10001, it is no longer needed.", "#A10001 cancel no longer needed -"),
        ("Cancel order A10001 because ordered by mistake.", "#A10001 cancel ordered by mistake -"),
        ("Return #A10002 via gift_card_73: Travel Mug;", "#A10002 return 2 gift_card_73"),
        ("I would like to return the Trail Shoes of order #A10002.", "#A10002 return 1 credit_card_71"),
        (
            "For #A10001, modify Rain Jacket {'color': 'green', 'hood': 'yes', 'size': 'M'} to {'size': 'L'}; via paypal_72.",
            "#A10001 change_items 1>50102 paypal_72",
        ),
        (
            "For #A10002, exchange Trail Shoes {'size': '9'} to {'size': '10'}; via paypal_72.",
            "#A10002 exchange 1>50302 paypal_72",
        ),
        ("For #A10001, change payment to paypal_72.", "#A10001 change_payment change_payment paypal_72"),
        (
            "For #A10001, change address to {'address1': '1 Hill St', 'address2': '', 'city': 'Salem', 'state': 'OR', \
             'zip': '97301', 'country': 'USA'} (same as #A10002).",
            "#A10001 change_address 1 Hill St, Salem -",
        ),
    ] {
        reads(&lena, &format!("My name is Lena Hart and my zip code is 97201. {text}"), &[wanted], true);
    }
}

#[tokio::test]
async fn several_requests_stand_in_one_message() {
    let lena = known("lena_hart_1001").await;
    let text = "Your name is Lena Hart. You are busy, polite. Return #A10002 via credit_card_71: Trail Shoes; Travel Mug; \
        For #A10001, modify Travel Mug {'capacity': '300ml', 'color': 'white'} to {'capacity': '500ml'}; via paypal_72. \
        For #A10001, change payment to paypal_72.";
    let wanted = [
        "#A10002 return 1+2 credit_card_71",
        "#A10001 change_payment change_payment paypal_72",
        "#A10001 change_items 2>50202 paypal_72",
    ];
    reads(&lena, text, &wanted, true);
    let milo = known("milo_reed_1002").await;
    let text = "Return #A10004 via gift_card_81: Travel Mug; Travel Mug;";
    reads(&milo, text, &["#A10004 return 1+2 gift_card_81"], true);
}

#[tokio::test]
async fn what_is_said_in_other_words_is_proposed() {
    let lena = known("lena_hart_1001").await;
    for (text, wanted) in [
        ("I want to swap my rain jacket for the same one but in red.", "#A10001 change_items 1>50103 credit_card_71"),
        ("The shoes are too tight. I'd like to exchange them for size 10.", "#A10002 exchange 1>50302 credit_card_71"),
        (
            "I want to change the mug that I have not got yet to a bigger one.",
            "#A10001 change_items 2>50202 credit_card_71",
        ),
        ("Please return everything of my delivered order but the mug.", "#A10002 return 1 credit_card_71"),
        ("I want to cancel all pending orders, they were ordered by mistake.", "#A10001 cancel ordered by mistake -"),
        ("Can I cancel order #A10001?", "#A10001 cancel no longer needed -"),
        ("Please cancel order #A10001, it is no longer needed?", "#A10001 cancel no longer needed -"),
        ("The shoes came broken, I want to get a refund.", "#A10002 return 1 credit_card_71"),
        (
            "Change the address of my pending order to my Duluth address.",
            "#A10001 change_address 8 Lake Lane, Duluth -",
        ),
        (
            "Please change the address of #A10001 to 5 Elm St, Apt 4, Salem, OR, 97301.",
            "#A10001 change_address 5 Elm St, Salem -",
        ),
        (
            "I want to change my default address to my Duluth address.",
            "lena_hart_1001 change_address 8 Lake Lane, Duluth -",
        ),
    ] {
        reads(&lena, text, &[wanted], false);
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_a_persons() {
    let lena = known("lena_hart_1001").await;
    for text in [
        "What did I pay for my last order?",
        "Cancel order #A10001. If you ask me to confirm it, I would rather keep it.",
        "Do not cancel order #A10001.",
        "I no longer want to cancel order #A10001.",
        "Cancel order #A10004.",
        "Cancel order #Z99999.",
        "Cancel the mug.",
        "I want to exchange the shoes.",
        "I want to exchange the shoes for a rain jacket.",
        "For #A10001, modify Rain Jacket {'size': 'M'} to {'size': 'XL'}; via paypal_72.",
        "For #A10001, change payment to visa or mastercard.",
        "Return #A10002 via paypal_99: Teapot;",
        "",
    ] {
        let read = read(text, &lena);
        assert!(read.hand_off.is_some() && read.wanted.is_empty(), "{text}: {read:?}");
    }
}

#[test]
fn a_reason_counts_that_is_given_alone() {
    let reasons = ["no longer needed", "ordered by mistake", "zu alt"].map(str::to_owned);
    for (text, given) in [
        ("Please cancel order A1, I no longer need it.", Some("no longer needed")),
        ("Cancel it, I ordered it by mistake!", Some("ordered by mistake")),
        ("Bitte stornieren, die Sache ist zu alt.", Some("zu alt")),
        ("I ordered it by mistake and no longer need it.", None),
        ("Please cancel order A1, it is too slow.", None),
        ("Please cancel order A1.", None),
        ("I need to cancel my order A1, it takes too long.", None),
        ("I ordered two, your mistake.", None),
        ("I did not order it by mistake.", None),
        ("No longer needed?", None),
        ("Can I cancel order A1, I no longer need it?", Some("no longer needed")),
        ("Please cancel, the order is no longer really needed.", Some("no longer needed")),
    ] {
        assert_eq!(reason_given(text, &reasons), given, "{text}");
    }
    assert_eq!(reason_given("Please cancel it.", &[]), None);
}
