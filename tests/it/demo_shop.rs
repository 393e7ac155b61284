//! The demo's shop on both databases: seeding, reading, acting, and acting at once.

use std::time::Duration;

use channel_contract::Order;
use channel_contract::inbound::Automatic;
use channel_contract::money::Money;
use channel_contract::orders::{
    ActionCommand, ActionKind, Address, Discount, Document, EntryKind, LineChange, LineQuantity, OrderAction,
    OrderFailure, OrderQuery, OrderSource as _, OrderStatus,
};
use channel_contract::testkit_orders::{self, Seed};
use resolute::clock::Clock;
use resolute::commerce::demo_shop::{DemoShop, seed};
use resolute::demo::{conversations, orders::Orders, script};
use resolute::model::brand::Brand;
use resolute::model::{BrandId, OrderSourceId, Ts};
use resolute::store::{Db, brands, order_sources};

use crate::support::setup::demo_shop;
use crate::support::stores::on_both;

const NOW: Ts = Ts(1_795_435_200_000_000);

/// A freshly seeded shop in the database, and its clock.
async fn shop(db: &Db, clock: &Clock) -> DemoShop {
    let (brand_id, source): (BrandId, OrderSourceId) = (clock.new_id(), clock.new_id());
    let brand = Brand {
        id: brand_id,
        slug: format!("fjordline-{brand_id}"),
        name: "Fjordline".to_owned(),
        hue: 205,
        locale: "en".to_owned(),
        currency: "EUR".to_owned(),
        order_pattern: String::new(),
        agent_level: resolute::model::brand::AgentLevel::Approve,
        time_zone: String::new(),
        created_at: NOW,
    };
    let row = demo_shop(brand_id, source);
    let mut tx = db.begin().await.unwrap();
    brands::insert(&mut tx, &brand).await.unwrap();
    order_sources::insert(&mut tx, &row, Vec::new(), NOW).await.unwrap();
    seed::seed(&mut tx, source, NOW).await.unwrap();
    // A second start of the demo finds the shop filled.
    seed::seed(&mut tx, source, NOW.plus(Duration::from_mins(1))).await.unwrap();
    tx.commit().await.unwrap();
    DemoShop::new(db.clone(), clock.clone(), source)
}

async fn order(shop: &DemoShop, number: &str) -> Order {
    let found = shop.find(&OrderQuery::Number(number.to_owned())).await.unwrap();
    assert_eq!(found.len(), 1, "{number}");
    found.into_iter().next().unwrap()
}

fn command(order: &Order, key: &str, action: OrderAction) -> ActionCommand {
    ActionCommand { idempotency_key: key.to_owned(), order_id: order.id.clone(), action }
}

fn refund(minor: i64) -> OrderAction {
    OrderAction::Refund {
        amount: Money::new(minor, "EUR".parse().unwrap()),
        lines: Vec::new(),
        reason: "Broken.".to_owned(),
        gives_back: None,
    }
}

fn one_of(order: &Order, place: usize) -> Vec<LineQuantity> {
    vec![LineQuantity { line_id: order.lines[place].id.clone(), quantity: 1 }]
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, OrderFailure>) -> String {
    match answer {
        Err(OrderFailure::Refused { reason }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn it_keeps_every_promise_of_an_order_source() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        // One that may be returned and replaced, and one that may be cancelled and sent elsewhere.
        for number in ["FJ-20402", "FJ-20425"] {
            let breaches = testkit_orders::conformance(async || {
                let shop = shop(&db, &clock).await;
                let order = order(&shop, number).await;
                (shop, Seed { order, key_prefix: "kit".to_owned() })
            })
            .await;
            assert!(breaches.is_empty(), "{number}: {breaches:#?}");
        }
    })
    .await;
}

#[tokio::test]
async fn orders_are_found_by_all_that_a_customer_may_name() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let sofie = order(&shop, "#fj-20417").await;
        assert_eq!((sofie.status, sofie.total.to_string()), (OrderStatus::Shipped, "331.00 EUR".to_owned()));
        let find = async |query| {
            let found = shop.find(&query).await.unwrap();
            found.into_iter().map(|order| order.number).collect::<Vec<_>>()
        };
        let hers = ["FJ-20417", "FJ-20296", "FJ-20251"];
        assert_eq!(find(OrderQuery::Email("Sofie.Keller@example.org".to_owned())).await, hers);
        assert_eq!(find(OrderQuery::Phone("+49 15117 147720".to_owned())).await, hers);
        let tracking = sofie.shipments[1].tracking_number.clone();
        assert_eq!(find(OrderQuery::Tracking(tracking)).await, ["FJ-20417"]);
        let shoes = shop.products("Rondane shoes 43").await.unwrap();
        assert_eq!((shoes[0].variant.as_str(), shoes[0].price.to_string()), ("43", "169.00 EUR".to_owned()));
        assert_eq!(shop.products("LYS-LONG").await.unwrap()[0].variant, "long");
    })
    .await;
}

#[tokio::test]
async fn many_calls_with_one_key_have_one_effect() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let sofie = order(&shop, "FJ-20417").await;
        let calls = (0..20).map(|_| {
            let (shop, command) = (shop.clone(), command(&sofie, "one", refund(4_200)));
            tokio::spawn(async move { shop.perform(&command).await.unwrap().reference })
        });
        let references = futures_util::future::join_all(calls.collect::<Vec<_>>()).await;
        assert!(references.into_iter().all(|reference| reference.unwrap() == "RF-20417-1"));
        assert_eq!(order(&shop, "FJ-20417").await.refunded().minor, 4_200);
    })
    .await;
}

#[tokio::test]
async fn refunds_at_once_never_give_back_more_than_was_paid() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let sofie = order(&shop, "FJ-20417").await;
        let calls = (0..20).map(|count| {
            let (shop, command) = (shop.clone(), command(&sofie, &format!("key {count}"), refund(10_000)));
            tokio::spawn(async move { shop.perform(&command).await.is_ok() })
        });
        let answers = futures_util::future::join_all(calls.collect::<Vec<_>>()).await;
        let taken = answers.into_iter().filter(|answer| *answer.as_ref().unwrap()).count();
        assert_eq!(taken, 3, "331.00 EUR were paid");
        assert_eq!(order(&shop, "FJ-20417").await.refundable().minor, 3_100);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_says_why_and_changes_nothing() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let (sofie, tom, felix) =
            (order(&shop, "FJ-20417").await, order(&shop, "FJ-17102").await, order(&shop, "FJ-20419").await);
        let cancel = || OrderAction::Cancel { reason: "Asked for.".to_owned() };
        let give_back = |order: &Order, place| OrderAction::Return {
            lines: one_of(order, place),
            reason: "Too small.".to_owned(),
            settled_by: None,
        };
        let grace = order(&shop, "FJ-20412").await;
        for (order, action, sentence) in [
            (&grace, cancel(), "Part of the order was shipped already"),
            (&sofie, refund(33_101), "331.01 EUR is more than the 331.00 EUR that can still be refunded."),
            (&sofie, give_back(&sofie, 0), "Skarv 3L shell jacket has not arrived yet."),
            (&tom, give_back(&tom, 0), "The 30 days for returns ended on"),
            (&felix, cancel(), "The order was shipped on"),
            (&felix, give_back(&felix, 0), "Nothing has arrived yet that could come back."),
        ] {
            let reason = refusal(shop.perform(&command(order, "no", action)).await);
            assert!(reason.starts_with(sentence), "{reason}");
        }
        let mut nowhere = order(&shop, "FJ-20421").await;
        nowhere.shipping_address.country = "US".to_owned();
        let there = OrderAction::ChangeAddress { address: nowhere.shipping_address.clone() };
        let reason = refusal(shop.perform(&command(&nowhere, "no", there)).await);
        assert_eq!(reason, "The shop does not deliver to this country (US).");
        assert_eq!(order(&shop, "FJ-20417").await, sofie);
        // A key that was refused is free; a key that was used is not.
        shop.perform(&command(&sofie, "no", refund(100))).await.unwrap();
        let reason = refusal(shop.perform(&command(&sofie, "no", refund(200))).await);
        assert_eq!(reason, "This key was used for another action before.");
    })
    .await;
}

#[tokio::test]
async fn actions_show_in_the_order_and_on_the_shelf() {
    on_both(async |db| {
        let clock = Clock::fixed(NOW);
        let shop = shop(&db, &clock).await;
        let in_stock = async |sku: &str| shop.products(sku).await.unwrap()[0].in_stock.unwrap();
        let etienne = order(&shop, "FJ-20402").await;
        let before = in_stock("RON-42").await;
        let replace = OrderAction::Replace { lines: one_of(&etienne, 0), reason: "Torn.".to_owned() };
        let reference = shop.perform(&command(&etienne, "replace", replace)).await.unwrap().reference;
        let new = order(&shop, &reference).await;
        assert_eq!((new.number.as_str(), new.total.minor, new.status), ("FJ-20432", 0, OrderStatus::Open));
        assert_eq!(in_stock("RON-42").await, before - 1);

        let jeroen = order(&shop, "FJ-20425").await;
        let moved = Address { line1: "Nieuwe Gracht 9".to_owned(), ..jeroen.shipping_address.clone() };
        let elsewhere = OrderAction::ChangeAddress { address: moved.clone() };
        shop.perform(&command(&jeroen, "address", elsewhere)).await.unwrap();
        let before = in_stock("FJ30-BLUE").await;
        let cancel = OrderAction::Cancel { reason: "Wrong colour.".to_owned() };
        shop.perform(&command(&jeroen, "cancel", cancel)).await.unwrap();
        let jeroen = order(&shop, "FJ-20425").await;
        assert_eq!((jeroen.status, jeroen.refunded().minor), (OrderStatus::Cancelled, 11_900));
        assert_eq!((jeroen.lines[0].current, jeroen.shipping_address), (0, moved));
        assert_eq!(in_stock("FJ30-BLUE").await, before + 1);

        // A bank takes a moment: the refund counts at once and shows later.
        let hartmann = order(&shop, "FJ-20333").await;
        let receipt = shop.perform(&command(&hartmann, "bank", refund(14_900))).await.unwrap();
        assert!(!receipt.complete && order(&shop, "FJ-20333").await.refunds.is_empty());
        let rest = hartmann.total.minor - 14_900;
        refusal(shop.perform(&command(&hartmann, "rest", refund(rest + 1))).await);
        clock.advance(Duration::from_secs(5));
        assert_eq!(order(&shop, "FJ-20333").await.refunds[0].id, receipt.reference);
        assert!(order(&shop, "FJ-20333").await.refusal(ActionKind::Return).is_none());
    })
    .await;
}

fn wanted(order: &Order, place: usize, quantity: u32, sku: &str) -> Vec<LineChange> {
    vec![LineChange { line_id: order.lines[place].id.clone(), quantity, sku: sku.to_owned() }]
}

#[tokio::test]
async fn an_exchange_keeps_the_other_goods_until_it_is_called_off() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let in_stock = async |sku: &str| shop.products(sku).await.unwrap()[0].in_stock.unwrap();
        let reason = || "Too small.".to_owned();
        let etienne = order(&shop, "FJ-20402").await;
        let before = in_stock("RON-43").await;
        for (sku, sentence) in [
            ("RON-99", "RON-99 is no variant of what was ordered."),
            ("SK45-BLK", "SK45-BLK is no variant of what was ordered."),
        ] {
            let exchange =
                OrderAction::Exchange { changes: wanted(&etienne, 0, 1, sku), reason: reason(), settled_by: None };
            assert_eq!(refusal(shop.perform(&command(&etienne, "no", exchange)).await), sentence);
        }
        let exchange =
            OrderAction::Exchange { changes: wanted(&etienne, 0, 1, "RON-43"), reason: reason(), settled_by: None };
        let opened = shop.perform(&command(&etienne, "exchange", exchange)).await.unwrap().reference;
        let [back] = order(&shop, "FJ-20402").await.returns.try_into().unwrap();
        assert_eq!((&back.id, back.exchange[0].sku.as_str(), back.exchange[0].quantity), (&opened, "RON-43", 1));
        assert_eq!(in_stock("RON-43").await, before - 1);

        let off = OrderAction::CancelReturn { return_id: opened.clone(), reason: reason() };
        shop.perform(&command(&etienne, "off", off.clone())).await.unwrap();
        assert!(order(&shop, "FJ-20402").await.returns.is_empty());
        assert_eq!(in_stock("RON-43").await, before);
        assert_eq!(refusal(shop.perform(&command(&etienne, "again", off)).await), "The order has no return.");
        let anew = OrderAction::Return { lines: one_of(&etienne, 0), reason: reason(), settled_by: None };
        let second = shop.perform(&command(&etienne, "anew", anew)).await.unwrap().reference;
        assert_ne!(second, opened, "one that was called off keeps its name for itself");
    })
    .await;
}

#[tokio::test]
async fn items_change_before_they_leave_and_what_they_cost_less_goes_back() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let noor = order(&shop, "FJ-20421").await;
        let reason = || "Wrong one.".to_owned();
        let items = |place, quantity, sku: &str| OrderAction::ChangeItems {
            changes: wanted(&noor, place, quantity, sku),
            reason: reason(),
            settled_by: None,
        };
        for (action, sentence) in [
            (items(0, 2, "FJ30-RUST"), "The change costs 119.00 EUR more, which only a new order can take."),
            (items(0, 1, "SK45-MOSS"), "SK45-MOSS is no variant of what was ordered."),
        ] {
            assert_eq!(refusal(shop.perform(&command(&noor, "no", action)).await), sentence);
        }
        shop.perform(&command(&noor, "colour", items(0, 1, "FJ30-BLUE"))).await.unwrap();
        let blue = order(&shop, "FJ-20421").await;
        assert_eq!((blue.lines[0].sku.as_str(), blue.lines[0].variant.as_str()), ("FJ30-BLUE", "blue"));
        assert!(blue.total == noor.total && blue.refunds.is_empty());
        shop.perform(&command(&noor, "less", items(1, 0, "GLD-STD"))).await.unwrap();
        let less = order(&shop, "FJ-20421").await;
        assert_eq!((less.lines[1].current, less.refunded().minor), (0, 6_400));
        assert_eq!(less.total.minor, noor.total.minor - 6_400);
        let rest = refusal(shop.perform(&command(&noor, "nothing", items(0, 0, "FJ30-BLUE"))).await);
        assert_eq!(rest, "Nothing would be left of the order: cancel it.");
        let sofie = order(&shop, "FJ-20419").await;
        assert!(sofie.refusal(ActionKind::ChangeItems).is_some_and(|reason| reason.contains("cannot be changed")));
    })
    .await;
}

#[tokio::test]
async fn documents_codes_and_notes_stand_in_the_order() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let tom = order(&shop, "FJ-17102").await;
        let until = |days: i64| NOW.datetime() + time::Duration::days(days);
        let code = |days| OrderAction::DiscountCode {
            discount: Discount::Percent(10),
            expires_at: until(days),
            reason: "For the trouble.".to_owned(),
        };
        let act = async |key: &str, action| shop.perform(&command(&tom, key, action)).await;
        assert_eq!(refusal(act("no", code(-1)).await), "A code counts for up to 366 days.");
        let label = OrderAction::Resend { document: Document::ReturnLabel };
        assert_eq!(refusal(act("no", label).await), "The order has no return.");
        act("invoice", OrderAction::Resend { document: Document::Invoice }).await.unwrap();
        let made = act("code", code(30)).await.unwrap().reference;
        act("note", OrderAction::Note { text: "Called twice.".to_owned() }).await.unwrap();
        let told: Vec<EntryKind> = order(&shop, "FJ-17102").await.entries.into_iter().map(|entry| entry.what).collect();
        let expected = [
            EntryKind::Sent { document: Document::Invoice },
            EntryKind::Code { code: made.clone(), discount: Discount::Percent(10), expires_at: until(30) },
            EntryKind::Note { text: "Called twice.".to_owned() },
        ];
        assert!(expected.iter().all(|one| told.contains(one)) && told.len() == 3, "{told:?}");
        let end = OrderAction::VoidCode { entry_id: made, reason: "A mistake.".to_owned() };
        act("end", end).await.unwrap();
        let after = order(&shop, "FJ-17102").await;
        assert_eq!(after.entries.len(), 2);
        assert!(after.refusal(ActionKind::VoidCode).is_some(), "none is left that could be ended");
    })
    .await;
}

#[tokio::test]
async fn the_demos_texts_find_their_facts_in_the_shop() {
    on_both(async |db| {
        let shop = shop(&db, &Clock::fixed(NOW)).await;
        let orders = Orders::read(&shop).await.unwrap();
        for one in conversations::all(NOW, &orders) {
            let unfilled = one.messages.iter().find(|message| message.text.contains(['{', '}']));
            assert_eq!(unfilled, None, "{}", one.name);
            if let Some(number) = &one.order_number {
                assert!(orders.get(number).is_some(), "{}: {number}", one.name);
            }
        }
        for place in ["{promised FJ-20417}", "{tracking FJ-20415}", "{carrier FJ-20366}", "{promised FJ-20397}"] {
            assert!(!orders.fill(place, "en").contains('{'), "{place}");
        }
        for mail in script::mails(NOW, &orders) {
            let read = channel_email::parse(&mail.raw);
            assert!(!read.text.contains(['{', '}']) && !read.text.is_empty(), "{}: {}", mail.name, read.text);
        }
    })
    .await;
}

#[test]
fn the_demos_mails_are_read_as_their_writers_meant_them() {
    let mails = script::mails(NOW, &Orders::default());
    let read = |name: &str| channel_email::parse(&mails.iter().find(|mail| mail.name == name).unwrap().raw);
    let etienne = read("etienne-echange");
    assert_eq!(etienne.from[0].name, "Étienne Marchal");
    assert_eq!(etienne.subject, "Échange pointure 42 contre 43");
    assert!(etienne.text.contains("échanger la taille 42 contre une 43"));
    assert!(read("noor-adres").text.starts_with("مرحبا"));

    let thanks = read("hannah-thanks");
    assert!(thanks.visible_text.ends_with("Hannah") && !thanks.visible_text.contains('>'), "{}", thanks.visible_text);
    assert_eq!(thanks.in_reply_to, [read("hannah-where").message_id]);

    let broken = read("paolo-broken");
    let photo = &broken.attachments[0];
    assert_eq!((photo.name.as_str(), photo.content_type.as_str()), ("stove-igniter.png", "image/png"));
    assert_eq!(read("spam-ranking").automatic, Automatic::Bulk);
    assert_eq!(read("away-priya").automatic, Automatic::AutoReply);
    assert_eq!(broken.automatic, Automatic::No);
    let proof = |name: &str| read(name).authentication_results.join("\n");
    assert!(proof("paolo-broken").starts_with("mx.fjordline.example; dmarc=pass header.from=example.net"));
    assert!(proof("phish-parcel").contains("dmarc=fail"));
}
