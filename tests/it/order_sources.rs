//! Shops over HTTP: what they tell by themselves, and how their connection is changed.

use std::time::Duration;

use channel_http_orders::{Secret, signature};
use resolute::model::numbering::Numbering;
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::model::teammate::Role;
use resolute::model::{BrandId, Ts};
use resolute::store::audit::{self, Filter};
use resolute::store::channels::{self, NewChannel};
use resolute::store::events::list_after;
use resolute::store::{brands, conversations, order_sources, orders};
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::context::{SECRET, desk, order};
use crate::locks::{opened_elsewhere, until_somebody_waits};
use crate::support::desk::{Engine, MONDAY, TestDesk};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::http::{Answer, Client};
use crate::support::stores::write;

const HOOK: &str = r#"{"event_id":"evt_1","type":"order.updated","order_id":"ord_1"}"#;

/// A hook as a shop sends it, signed with a secret at a moment.
async fn told(desk: &TestDesk, address: &str, body: &str, secret: &str, at: Ts) -> Answer {
    let signed = signature::sign(&Secret::new(secret).unwrap(), body.as_bytes(), at.datetime());
    let mut shop = desk.client().with("x-signature", &signed);
    shop.post(address, "application/json", body.as_bytes()).await.expect("an answer")
}

/// A conversation with order `ord_1`, read three hours ago; the shop says from now on that it is cancelled.
async fn told_desk(engine: Engine) -> (TestDesk, MockServer, String) {
    let (desk, shop, row) = desk(engine).await;
    let answers = |status: &str| {
        Mock::given(path("/orders/ord_1")).respond_with(ResponseTemplate::new(200).set_body_json(order(status)))
    };
    answers("open").up_to_n_times(1).mount(&shop).await;
    answers("cancelled").mount(&shop).await;
    let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
    let known: KnownOrder = shops.get_order(row.id, "ord_1").await.unwrap().unwrap();
    let talk = desk.talk(7).await;
    write(&desk.desk.db, async |tx| {
        orders::save(tx, &known).await?;
        orders::link(tx, talk.id, &known, MatchedBy::Number, MONDAY).await
    })
    .await;
    desk.desk.clock.advance(Duration::from_hours(3));
    (desk, shop, format!("/hooks/orders/{}", row.id))
}

/// The shop lets itself be tried.
async fn answers_when_tried(shop: &MockServer) {
    Mock::given(path("/orders"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "orders": [] })))
        .mount(shop)
        .await;
}

async fn asked(shop: &MockServer) -> usize {
    shop.received_requests().await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_lets_the_order_be_read_again_where_it_is_shown() {
    for engine in Engine::all() {
        let (desk, shop, address) = Box::pin(told_desk(engine)).await;
        let now = desk.desk.clock.now();
        // The same hook again, while the first still waits, is one reading.
        for _ in 0..3 {
            let answer = told(&desk, &address, HOOK, SECRET, now).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        desk.drain().await;
        assert_eq!(asked(&shop).await, 2);
        let shown = page(&mut desk.browser().await, "/conversations/7/context").await;
        assert!(shown.contains("cancelled") && shown.contains("just now") && !shown.contains("badge warn"), "{shown}");
        let kinds: Vec<String> = list_after(&desk.desk.db, 0, 50)
            .await
            .unwrap()
            .iter()
            .map(|event| event.kind.as_str().to_owned())
            .filter(|kind| kind == "order_read")
            .collect();
        assert_eq!(kinds.len(), 1, "open pages are told once");
        let row = order_sources::list(&desk.desk.db).await.unwrap().remove(0);
        assert_eq!(row.last_read_at, Some(now));
        // Of orders that no open conversation shows nothing is read.
        let other = HOOK.replace("ord_1", "ord_2");
        assert_eq!(told(&desk, &address, &other, SECRET, now).await.status, 200);
        desk.drain().await;
        assert_eq!(asked(&shop).await, 2);
    }
}

/// On a server numbers of events that are given out beside the lock of their conversation come to light out of order: a chat
/// that goes on behind the higher one never hears of the lower one.
#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_noted_under_the_lock_of_its_conversation() {
    let Some(engine) = Engine::all().into_iter().find(|engine| *engine == Engine::Postgres) else { return };
    let (desk, _shop, address) = Box::pin(told_desk(engine)).await;
    let (db, talk) = (&desk.desk.db, desk.talk(7).await);
    assert_eq!(told(&desk, &address, HOOK, SECRET, desk.desk.clock.now()).await.status, 200);
    let mut held = db.begin().await.unwrap();
    conversations::lock(&mut held, talk.id).await.unwrap();
    let mut reading = Box::pin(desk.drain());
    tokio::select! {
        () = &mut reading => panic!("it waits for nobody"),
        () = until_somebody_waits(db) => {}
    }
    held.commit().await.unwrap();
    reading.await;
    let last = list_after(db, 0, 50).await.unwrap().pop().expect("an event");
    assert_eq!((last.kind.as_str(), last.conversation_id), ("order_read", Some(talk.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_did_not_sign_now_is_refused() {
    for engine in Engine::all() {
        let (desk, shop, address) = Box::pin(told_desk(engine)).await;
        let now = desk.desk.clock.now();
        let minutes = |count: i64| Ts(now.0 + count * 60_000_000);
        let refused = async |address: &str, body: &str, secret: &str, at: Ts, status: u16| {
            let answer = told(&desk, address, body, secret, at).await;
            assert_eq!(answer.status, status, "{body} {}", answer.text());
            assert!(!answer.text().contains(SECRET));
        };
        refused(&address, HOOK, "another-secret-of-16", now, 401).await;
        refused(&address, HOOK, SECRET, minutes(-6), 401).await;
        refused(&address, HOOK, SECRET, minutes(6), 401).await;
        refused(&address, "{}", SECRET, now, 400).await;
        refused(&address, "not json", SECRET, now, 400).await;
        refused(&address, &" ".repeat(65 * 1024), SECRET, now, 413).await;
        refused(&format!("/hooks/orders/{}", desk.setup.channel), HOOK, SECRET, now, 404).await;
        refused("/hooks/orders/x", HOOK, SECRET, now, 404).await;
        let signed = signature::sign(&Secret::new(SECRET).unwrap(), HOOK.as_bytes(), now.datetime());
        let changed = HOOK.replace("ord_1", "ord_9");
        for (header, body, status) in
            [("", HOOK, 401), ("t=1", HOOK, 401), ("nonsense", HOOK, 400), (signed.as_str(), changed.as_str(), 401)]
        {
            let mut client = desk.client();
            if !header.is_empty() {
                client = client.with("x-signature", header);
            }
            let answer = client.post(&address, "application/json", body.as_bytes()).await.unwrap();
            assert_eq!(answer.status, status, "{header}: {}", answer.text());
        }
        desk.drain().await;
        assert_eq!(asked(&shop).await, 1, "nothing was read again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_has_a_shop_once() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        answers_when_tried(&shop).await;
        let other = MockServer::start().await;
        answers_when_tried(&other).await;
        let mut browser = desk.browser().await;
        let brands = brands::list(&desk.desk.db).await.unwrap();
        let slug = |is_ours: bool| {
            let brand = brands.iter().find(|brand| (brand.id == row.brand_id) == is_ours).unwrap();
            brand.slug.clone()
        };
        let (ours, theirs) = (slug(true), slug(false));
        let connect = async |browser: &mut Client, brand: &str, base: &str| {
            let fields =
                [("kind", "http"), ("brand", brand), ("name", "Another"), ("base_url", base), ("secret", SECRET)];
            send(browser, "/order-sources", &fields).await
        };
        let spelled = format!("{}/", shop.uri());
        let refused = connect(&mut browser, &ours, &spelled).await;
        let words = "This shop is connected already, as “Counting shop”.";
        assert!(refused.status == 422 && refused.text().contains(words), "{}", refused.text());
        assert_eq!(order_sources::list_of(&desk.desk.db, row.brand_id).await.unwrap().len(), 1);
        assert_eq!(connect(&mut browser, &theirs, &spelled).await.status, 303, "one shop may sell for two brands");

        let taken = connect(&mut browser, &ours, &other.uri()).await;
        assert_eq!(taken.status, 303);
        let here = taken.header("location").unwrap().split('#').next().unwrap().to_owned();
        let base = shop.uri();
        let refused = send(&mut browser, &here, &[("name", "Another"), ("base_url", &base), ("secret", "")]).await;
        assert!(refused.status == 422 && refused.text().contains(words), "{}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_goes_as_long_as_nothing_came_of_it() {
    for engine in Engine::all() {
        let (desk, _shop, address) = Box::pin(told_desk(engine)).await;
        let mut browser = desk.browser().await;
        let used = address.replace("/hooks/orders/", "/order-sources/");
        let kept = send(&mut browser, &format!("{used}/deletion"), &[]).await;
        assert!(said(&kept).starts_with('b') && said(&kept).contains("was not removed"), "{}", said(&kept));

        let other = MockServer::start().await;
        answers_when_tried(&other).await;
        let base = other.uri();
        let fields = [("kind", "http"), ("name", "Wrong"), ("base_url", base.as_str()), ("secret", SECRET)];
        let connected = send(&mut browser, "/order-sources", &fields).await;
        let wrong = connected.header("location").unwrap().split('#').next().unwrap().to_owned();
        assert!(page(&mut browser, &wrong).await.contains("Remove this shop"));
        let manager = desk.joined("Noor", Role::Manager).await;
        let refused = send(&mut desk.browser_of(manager).await, &format!("{wrong}/deletion"), &[]).await;
        assert_eq!(refused.status, 403);
        let gone = send(&mut browser, &format!("{wrong}/deletion"), &[]).await;
        assert_eq!(said(&gone), "i“Wrong” is removed.");
        assert_eq!(browser.get(&wrong).await.unwrap().status, 404);
        let left = order_sources::list(&desk.desk.db).await.unwrap();
        assert!(left.iter().all(|row| row.name != "Wrong") && !left.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_says_whose_orders_it_has() {
    for engine in Engine::all() {
        let (desk, shop, row) = desk(engine).await;
        let (db, brand) = (&desk.desk.db, desk.setup.brand);
        answers_when_tried(&shop).await;
        let (mut browser, here, base) = (desk.browser().await, format!("/order-sources/{}", row.id), shop.uri());
        let shown = page(&mut browser, &here).await;
        assert!(!shown.contains("name=\"market\""), "the brand sells on no marketplace: {shown}");

        let market = |brand_id: BrandId, name: &str| NewChannel {
            id: desk.desk.clock.new_id(),
            brand_id,
            kind: "mirakl".into(),
            name: name.into(),
            address: name.into(),
            settings: json!({}),
            secrets: b"sealed".to_vec(),
            webhook_secret: String::new(),
            created_at: MONDAY,
        };
        let brands = brands::list(db).await.unwrap();
        let another = brands.iter().find(|known| known.id != brand).unwrap().id;
        let (ours, theirs) = (market(brand, "Galaxus"), market(another, "Nord market"));
        write(db, async |tx| {
            channels::insert(tx, &ours).await?;
            channels::insert(tx, &theirs).await
        })
        .await;
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains("Those of Galaxus") && !shown.contains("Those of Nord market"), "{shown}");

        let (ours, theirs) = (ours.id, theirs.id);
        let post = async |browser: &mut Client, market: String| {
            let fields = [("name", "Ours"), ("base_url", base.as_str()), ("secret", ""), ("market", market.as_str())];
            send(browser, &here, &fields).await
        };
        let numbering = async || {
            let all = order_sources::list_numberings(db, brand).await.unwrap();
            all.into_iter().find(|(id, _)| *id == row.id).unwrap().1
        };
        let refused = post(&mut browser, theirs.to_string()).await;
        assert!(refused.status == 422 && refused.text().contains("no marketplace of the brand"), "{}", refused.text());
        assert_eq!(numbering().await, Numbering::Own);
        assert_eq!(post(&mut browser, ours.to_string()).await.status, 303);
        assert_eq!(numbering().await, Numbering::Market(ours));
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains(&format!("value=\"{ours}\" selected")), "{shown}");
        assert_eq!(post(&mut browser, String::new()).await.status, 303);
        assert_eq!(numbering().await, Numbering::Own);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_given_while_a_shop_was_tried_still_counts() {
    const OTHER: &str = "given-by-somebody-else";
    const OWN: &str = "given-on-this-page";
    let cases = [("", json!({ "secret": OTHER })), (OWN, json!({ "secret": OWN, "previous_secret": OTHER }))];
    for (engine, (typed, kept)) in Engine::all().into_iter().flat_map(|engine| cases.clone().map(|case| (engine, case)))
    {
        let (desk, shop, row) = desk(engine).await;
        answers_when_tried(&shop).await;
        let (db, here, base) = (&desk.desk.db, format!("/order-sources/{}", row.id), shop.uri());
        let mut browser = desk.browser().await;
        let given = json!({ "secret": OTHER });
        let elsewhere = opened_elsewhere(&desk).await;
        let mut tx = elsewhere.begin().await.unwrap();
        order_sources::update(&mut tx, &row, desk.desk.shops.seal(row.id, &given).unwrap()).await.unwrap();
        let saving = tokio::spawn(async move {
            let fields = [("name", "Ours"), ("base_url", base.as_str()), ("secret", typed)];
            send(&mut browser, &here, &fields).await.status
        });
        until_somebody_waits(db).await;
        tx.commit().await.unwrap();
        assert_eq!(saving.await.unwrap(), 303);
        assert_eq!(desk.desk.shops.secrets(row.id).await.unwrap(), kept);
        assert_eq!(order_sources::find(db, row.id).await.unwrap().unwrap().name, "Ours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_changed_and_hooks_with_the_secret_before_still_count() {
    for engine in Engine::all() {
        let (desk, shop, address) = Box::pin(told_desk(engine)).await;
        let now = desk.desk.clock.now();
        answers_when_tried(&shop).await;
        let id = address.rsplit('/').next().unwrap().parse().unwrap();
        let row = order_sources::find(&desk.desk.db, id).await.unwrap().unwrap();
        let here = format!("/order-sources/{}", row.id);
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains(&address) && shown.contains(&shop.uri()) && !shown.contains(SECRET), "{shown}");
        let base = shop.uri();
        let weak = send(&mut browser, &here, &[("name", "Ours"), ("base_url", &base), ("secret", "short")]).await;
        assert_eq!(weak.status, 422);
        assert!(weak.text().contains("at least 16"), "{}", weak.text());
        let new = "the-next-secret-of-ours";
        // Pressed twice it is one change.
        for _ in 0..2 {
            taken(&mut browser, &here, &[("name", "Ours"), ("base_url", &base), ("secret", new)]).await;
        }
        for secret in [SECRET, new] {
            assert_eq!(told(&desk, &address, HOOK, secret, now).await.status, 200, "{secret}");
        }
        // Without a new secret both stay; with another one the first is forgotten.
        taken(&mut browser, &here, &[("name", "Ours too"), ("base_url", &base), ("secret", "")]).await;
        assert_eq!(told(&desk, &address, HOOK, SECRET, now).await.status, 200);
        taken(&mut browser, &here, &[("name", "Ours"), ("base_url", &base), ("secret", "the-third-secret-of-ours")])
            .await;
        assert_eq!(told(&desk, &address, HOOK, SECRET, now).await.status, 401);
        assert_eq!(told(&desk, &address, HOOK, new, now).await.status, 200);
        assert_eq!(order_sources::find(&desk.desk.db, id).await.unwrap().unwrap().name, "Ours");
        desk.drain().await;
    }
}

/// The secret in the place of [`SECRET`].
const NEXT: &str = "the-next-secret-of-ours";

/// A shop whose secret was replaced at noon, and its page.
async fn replaced(engine: Engine) -> (TestDesk, MockServer, String, String) {
    let (desk, shop, address) = Box::pin(told_desk(engine)).await;
    answers_when_tried(&shop).await;
    let (here, base) = (address.replace("/hooks/orders/", "/order-sources/"), shop.uri());
    let fields = [("name", "Ours"), ("base_url", base.as_str()), ("secret", NEXT)];
    taken(&mut desk.browser().await, &here, &fields).await;
    (desk, shop, address, here)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_a_shop_that_was_replaced_counts_for_a_day() {
    for engine in Engine::all() {
        let (desk, shop, address, here) = Box::pin(replaced(engine)).await;
        let (mut browser, base) = (desk.browser().await, shop.uri());
        let until = "The one before counts until 24 November 2026, 12:00:00.";
        let hook = async |secret: &str| told(&desk, &address, HOOK, secret, desk.desk.clock.now()).await.status;
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains(until) && !shown.contains(NEXT), "{shown}");
        assert_eq!((hook(SECRET).await, hook(NEXT).await), (200, 200));

        desk.desk.clock.advance(Duration::from_hours(1));
        for secret in ["", NEXT] {
            let fields = [("name", "Ours too"), ("base_url", base.as_str()), ("secret", secret)];
            taken(&mut browser, &here, &fields).await;
            assert!(page(&mut browser, &here).await.contains(until), "nothing was replaced: “{secret}”");
        }
        desk.drain().await;

        desk.desk.clock.advance(Duration::from_hours(23));
        assert_eq!((hook(SECRET).await, hook(NEXT).await), (401, 200), "the day is over");
        assert!(!page(&mut browser, &here).await.contains("The one before counts"));
        desk.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_a_shop_that_was_replaced_is_ended_at_once_where_it_leaked() {
    for engine in Engine::all() {
        let (desk, _shop, address, here) = Box::pin(replaced(engine)).await;
        let mut browser = desk.browser().await;
        let hook = async |secret: &str| told(&desk, &address, HOOK, secret, desk.desk.clock.now()).await.status;
        let drawn = value_of(&page(&mut browser, &here).await, "until");
        let end = format!("{here}/former-secret/deletion");
        let manager = desk.joined("Noor", Role::Manager).await;
        let refused = send(&mut desk.browser_of(manager).await, &end, &[("until", drawn.as_str())]).await;
        assert_eq!(refused.status, 403);
        let other = send(&mut browser, &end, &[("until", "7")]).await;
        assert!(said(&other).starts_with('b'), "{}", said(&other));
        assert_eq!(hook(SECRET).await, 200, "it is not the one that was shown");

        for _ in 0..2 {
            let ended = send(&mut browser, &end, &[("until", drawn.as_str())]).await;
            assert!(said(&ended).starts_with('i'), "{}", said(&ended));
            assert_eq!((hook(SECRET).await, hook(NEXT).await), (401, 200));
        }
        assert!(!page(&mut browser, &here).await.contains("The one before counts"));
        let subject = here.rsplit('/').next().unwrap().to_owned();
        let entries = audit::list(&desk.desk.db, &Filter { subject, ..Filter::default() }, None, 9).await.unwrap();
        let told: Vec<&str> = entries.iter().map(|entry| entry.details.as_str()).collect();
        assert!(told[0].contains("ended") && told[1].contains("counts until"), "{told:?}");
        assert!(!told.iter().any(|details| details.contains(SECRET) || details.contains(NEXT)), "{told:?}");
        desk.drain().await;
    }
}
