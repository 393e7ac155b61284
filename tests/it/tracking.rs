//! Tracking providers: parcels of open conversations are followed, what carriers say is laid over what shops say, and whoever
//! sleeps until a parcel is seen is woken.

use std::time::Duration;

use platform_doubles::tracking::aftership::{AfterShip, SIGNATURE_HEADER};
use platform_doubles::tracking::easypost::EasyPost;
use platform_doubles::tracking::seventeen_track::SeventeenTrack;
use platform_doubles::{Delivery, Double, Fault, Response};
use resolute::inbox::care;
use resolute::jobs::read_parcels;
use resolute::model::TrackerId;
use resolute::model::conversation::ConversationStatus;
use resolute::model::order::{KnownOrder, MatchedBy, Shipment, ShipmentStatus};
use resolute::model::teammate::Role;
use resolute::model::tracker::TrackerKind;
use resolute::store::events::list_after;
use resolute::store::parcels::{OrderParcel, Said};
use resolute::store::{brands, orders, parcels, teammates, trackers};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::context::{self, order};
use crate::support::desk::{Engine, MONDAY, TestDesk};
use crate::support::forms::{page, said, send, taken};
use crate::support::stores::write;

const KEY: &str = "the-key";
const HOOK_SECRET: &str = "the-secret-of-webhooks";

/// The order, sent with this number and promised for the day before Monday.
fn sent(number: &str) -> Value {
    let mut document = order("shipped");
    document["shipments"] = json!([{
        "id": "s1", "carrier": "DHL", "tracking_number": number, "status": "in_transit", "lines": [],
        "promised": { "from": "2026-11-21T08:00:00Z", "to": "2026-11-22T20:00:00Z" },
    }]);
    document
}

/// A desk whose conversation 7 is about an order that was sent with this number.
async fn desk(engine: Engine, number: &str) -> (TestDesk, MockServer) {
    let (desk, shop, row) = context::desk(engine).await;
    let found = ResponseTemplate::new(200).set_body_json(sent(number));
    Mock::given(path("/orders/ord_1")).respond_with(found).mount(&shop).await;
    let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
    let known: KnownOrder = shops.get_order(row.id, "ord_1").await.unwrap().unwrap();
    let talk = desk.talk(7).await;
    write(&desk.desk.db, async |tx| {
        orders::save(tx, &known).await?;
        orders::link(tx, talk.id, &known, MatchedBy::Number, MONDAY).await
    })
    .await;
    (desk, shop)
}

/// The brand of the order, as forms name it.
async fn brand_of(desk: &TestDesk) -> String {
    brands::get(&desk.desk.db, desk.setup.brand).await.unwrap().slug
}

/// Connects a provider through its form; gives its id.
async fn connect(desk: &TestDesk, kind: &str, base: &str) -> TrackerId {
    let brand = brand_of(desk).await;
    let fields =
        [("brand", brand.as_str()), ("kind", kind), ("key", KEY), ("hook_secret", HOOK_SECRET), ("base_url", base)];
    taken(&mut desk.browser().await, "/trackers", &fields).await;
    trackers::list(&desk.desk.db).await.unwrap().pop().expect("it is connected").id
}

/// The same with AfterShip, which has read the parcel once.
async fn followed(engine: Engine) -> (TestDesk, MockServer, Double<AfterShip>, TrackerId) {
    let (desk, shop) = Box::pin(desk(engine, " rr 1")).await;
    let double = Double::start(AfterShip::new(KEY, HOOK_SECRET)).await.unwrap();
    double.platform.parcels.scan("RR1", "InTransit", "2026-11-21T08:00:00Z", "Collected", "Hamburg");
    let id = connect(&desk, "aftership", &double.url()).await;
    look(&desk).await;
    (desk, shop, double, id)
}

/// What upkeep puts down, done.
async fn look(desk: &TestDesk) {
    read_parcels::begin(&desk.desk).await.unwrap();
    desk.drain().await;
}

async fn parcel(desk: &TestDesk) -> Shipment {
    let known = orders::list_of(&desk.desk.db, desk.talk(7).await.id).await.unwrap().remove(0);
    known.order.shipments.into_iter().next().expect("a parcel")
}

async fn pushed(desk: &TestDesk, id: TrackerId, delivery: &Delivery) -> u16 {
    let mut provider = desk.client();
    for (name, value) in &delivery.headers {
        provider = provider.with(name, value);
    }
    let answer = provider.post(&format!("/hooks/tracking/{id}"), "application/json", &delivery.body).await;
    answer.expect("an answer").status
}

async fn kinds(desk: &TestDesk) -> Vec<String> {
    let events = list_after(&desk.desk.db, 0, 100).await.unwrap();
    events.iter().map(|event| event.kind.as_str().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_while_a_parcel_is_read_is_read_next() {
    for engine in Engine::all() {
        let (desk, _shop, _double, tracker) = Box::pin(followed(engine)).await;
        let (db, clock, brand) = (&desk.desk.db, &desk.desk.clock, desk.setup.brand);
        let all = parcels::list_of_number(db, brand, "RR1").await.unwrap();
        let [known]: [OrderParcel; 1] = all.try_into().expect("one parcel");
        let news = known.news.expect("it was read once").0;
        for (is_known, is_pushed) in [(true, true), (true, false), (false, true), (false, false)] {
            clock.advance(Duration::from_secs(1));
            let asked_at = clock.now();
            clock.advance(Duration::from_secs(1));
            // Behind the answer, and before it is kept.
            let (at, due_at) = (clock.now(), clock.now().plus(Duration::from_hours(3)));
            clock.advance(Duration::from_secs(1));
            let pushed_at = clock.now();
            write(db, async |tx| {
                if is_pushed {
                    parcels::hurry(tx, brand, &["RR1".to_owned()], pushed_at).await?;
                }
                if is_known {
                    let kind = TrackerKind::AfterShip;
                    let said = Said { tracker, kind, news: &news, asked_at, at, due_at: Some(due_at) };
                    parcels::keep(tx, (known.order_source_id, &known.order_id), &said).await.map(drop)
                } else {
                    parcels::lose(tx, brand, "RR1", asked_at, due_at).await
                }
            })
            .await;
            let due = parcels::list_due(db, (brand, tracker), clock.now(), 9).await.unwrap();
            assert_eq!(!due.is_empty(), is_pushed, "known: {is_known}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_carrier_says_is_laid_over_what_the_shop_says_with_its_age_and_source() {
    for engine in Engine::all() {
        let (desk, _shop, double, _) = Box::pin(followed(engine)).await;
        assert_eq!(double.platform.parcels.followed(), ["RR1"]);
        assert!(!kinds(&desk).await.contains(&"parcel_news".to_owned()), "the shop said the same");
        let known = &double.platform.parcels;
        known.scan("RR1", "OutForDelivery", "2026-11-23T07:00:00Z", "In the van", "Bremen");
        known.expect("RR1", "2026-11-24");
        look(&desk).await;
        assert_eq!(parcel(&desk).await.status, ShipmentStatus::InTransit, "it is not due yet");

        desk.desk.clock.advance(Duration::from_hours(3));
        look(&desk).await;
        let now = parcel(&desk).await;
        assert_eq!(now.status, ShipmentStatus::OutForDelivery);
        let to = |window: Option<resolute::model::order::Window>| window.map(|window| window.to.to_string());
        assert!(to(now.promised).unwrap().starts_with("2026-11-22 20:00"), "the shop’s promise stays");
        assert!(to(now.estimated).unwrap().starts_with("2026-11-24 23:59"));
        // So it is when the shop is asked once more, for the agent and before a reply leaves.
        let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
        let source = orders::list_of(&desk.desk.db, desk.talk(7).await.id).await.unwrap().remove(0).source_id;
        let read = shops.get_order(source, "ord_1").await.unwrap().unwrap();
        assert_eq!(read.order.shipments, [now]);

        desk.desk.clock.advance(Duration::from_mins(4));
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/conversations/7/context").await;
        for words in ["1 day late", "Expected", "says the carrier", "In the van Bremen", "AfterShip, 4 min ago"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let timeline = page(&mut browser, "/conversations/7/timeline").await;
        let words = "Parcel of FJ-20417: out for delivery (In the van, Bremen), says AfterShip";
        assert_eq!(timeline.matches(words).count(), 1, "{timeline}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_is_connected_read_and_heard() {
    for engine in Engine::all() {
        let easypost = Double::start(EasyPost::new(KEY, HOOK_SECRET)).await.unwrap();
        let seventeen_track = Double::start(SeventeenTrack::new(KEY)).await.unwrap();
        for (kind, base) in [("easypost", easypost.url()), ("seventeen_track", seventeen_track.url())] {
            let (desk, _shop) = Box::pin(desk(engine, "RR1")).await;
            let id = connect(&desk, kind, &base).await;
            let word = if kind == "easypost" { "out_for_delivery" } else { "OutForDelivery" };
            for known in [&easypost.platform.parcels, &seventeen_track.platform.parcels] {
                known.scan("RR1", word, "2026-11-23T07:00:00Z", "In the van", "Bremen");
            }
            look(&desk).await;
            assert_eq!(parcel(&desk).await.status, ShipmentStatus::OutForDelivery, "{kind}");
            let hook =
                if kind == "easypost" { easypost.platform.hook("RR1") } else { seventeen_track.platform.hook("RR1") };
            assert_eq!(pushed(&desk, id, &hook).await, 200, "{kind}");
            desk.drain().await;
            let heard = parcel(&desk).await.heard.expect("it is heard");
            assert_eq!(heard.by, if kind == "easypost" { "EasyPost" } else { "17TRACK" });
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_a_hint_however_late_and_often_it_comes() {
    for engine in Engine::all() {
        let (desk, _shop, double, id) = Box::pin(followed(engine)).await;
        let known = &double.platform.parcels;
        let on_its_way = double.platform.hook("RR1");
        known.scan("RR1", "Delivered", "2026-11-23T08:00:00Z", "Handed over", "Bremen");
        let arrived = double.platform.hook("RR1");
        let before = double.calls().len();
        // Twice, and the older one behind the newer one.
        for delivery in [&arrived, &arrived, &on_its_way] {
            assert_eq!(pushed(&desk, id, delivery).await, 200);
        }
        desk.drain().await;
        assert_eq!(double.calls().len() - before, 1, "they are one reading");
        assert_eq!(parcel(&desk).await.status, ShipmentStatus::Delivered);
        assert_eq!(pushed(&desk, id, &on_its_way).await, 200);
        desk.drain().await;
        assert_eq!(parcel(&desk).await.status, ShipmentStatus::Delivered);
        assert_eq!(kinds(&desk).await.iter().filter(|kind| *kind == "parcel_news").count(), 1);

        let before = double.calls().len();
        // Another's signature, none, a number that nobody here knows, and no provider at all.
        let foreign = AfterShip::new(KEY, "another-secret").hook("RR1");
        assert_eq!(pushed(&desk, id, &foreign).await, 401);
        let changed = Delivery { body: b"{}".as_slice().into(), ..arrived.clone() };
        assert_eq!(pushed(&desk, id, &changed).await, 401);
        assert_eq!(pushed(&desk, id, &Delivery { headers: Vec::new(), ..arrived.clone() }).await, 401);
        assert_eq!(pushed(&desk, id, &double.platform.hook("RR9")).await, 200);
        let large = Delivery { body: vec![b' '; 512 * 1024 + 1].into(), ..arrived.clone() };
        assert_eq!(pushed(&desk, id, &large).await, 413);
        assert_eq!(pushed(&desk, desk.desk.clock.new_id(), &arrived).await, 404);
        assert!(arrived.headers.iter().any(|(name, _)| name == SIGNATURE_HEADER));
        desk.drain().await;
        assert_eq!(double.calls().len(), before, "nothing was read");

        desk.desk.clock.advance(Duration::from_hours(24));
        look(&desk).await;
        assert_eq!(double.calls().len(), before, "what arrived is not asked for by itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_sleeps_until_its_parcel_is_seen() {
    const SNOOZE: &str = "/conversations/7/snooze";
    for engine in Engine::all() {
        let (desk, _shop, double, id) = Box::pin(followed(engine)).await;
        let known = &double.platform.parcels;
        let mut browser = desk.browser().await;
        let status = async || desk.talk(7).await.status;
        let again = async || {
            assert_eq!(pushed(&desk, id, &double.platform.hook("RR1")).await, 200);
            desk.drain().await;
        };
        assert!(page(&mut browser, "/conversations/7").await.contains("Until the parcel is scanned"));
        taken(&mut browser, SNOOZE, &[("until", "parcel_scanned")]).await;
        again().await;
        assert_eq!(status().await, ConversationStatus::Snoozed, "nobody has seen it since");
        known.scan("RR1", "InTransit", "2026-11-23T08:00:00Z", "In the depot", "Bremen");
        again().await;
        assert_eq!(status().await, ConversationStatus::Open);
        let timeline = page(&mut browser, "/conversations/7/timeline").await;
        assert!(timeline.contains("put it to sleep until the parcel is scanned"), "{timeline}");
        assert!(timeline.contains("on the way (In the depot, Bremen), says AfterShip"), "{timeline}");

        taken(&mut browser, SNOOZE, &[("until", "parcel_delivered")]).await;
        known.scan("RR1", "OutForDelivery", "2026-11-23T08:30:00Z", "In the van", "Bremen");
        again().await;
        assert_eq!(status().await, ConversationStatus::Snoozed, "it has not arrived");
        // Who is put to sleep anew sleeps for another reason.
        taken(&mut browser, "/conversations/7/snooze/deletion", &[]).await;
        taken(&mut browser, SNOOZE, &[("until", "1w")]).await;
        known.scan("RR1", "AttemptFail", "2026-11-23T08:40:00Z", "Nobody there", "Bremen");
        again().await;
        assert_eq!(status().await, ConversationStatus::Snoozed, "it sleeps until a time");
        taken(&mut browser, "/conversations/7/snooze/deletion", &[]).await;
        taken(&mut browser, SNOOZE, &[("until", "parcel_delivered")]).await;
        known.scan("RR1", "Delivered", "2026-11-23T08:50:00Z", "Handed over", "Bremen");
        again().await;
        assert_eq!(status().await, ConversationStatus::Open);

        // It has arrived: there is nothing to wait for.
        let refused = send(&mut browser, SNOOZE, &[("until", "parcel_scanned")]).await;
        assert!(said(&refused).contains("No parcel of this conversation is followed"), "{}", said(&refused));
        assert_eq!(status().await, ConversationStatus::Open);
        assert!(!page(&mut browser, "/conversations/7").await.contains("Until the parcel is scanned"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_parcels_of_open_conversations_are_asked_for_and_a_refused_number_once() {
    for engine in Engine::all() {
        let (desk, _shop) = Box::pin(desk(engine, "BAD1")).await;
        let double = Double::start(AfterShip::new(KEY, HOOK_SECRET)).await.unwrap();
        let id = connect(&desk, "aftership", &double.url()).await;
        let asked = double.calls().len();
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let me = teammates::find(db, desk.setup.teammate).await.unwrap().expect("the teammate");
        let talk = desk.talk(7).await;
        care::resolve(&inbox, talk.id, &me, None).await.unwrap();
        look(&desk).await;
        assert_eq!(double.calls().len(), asked, "nobody asks for it");

        care::reopen(&inbox, talk.id, &me).await.unwrap();
        look(&desk).await;
        desk.desk.clock.advance(Duration::from_hours(24));
        look(&desk).await;
        assert_eq!(double.calls().len() - asked, 1, "it was refused, and is not asked for again");
        let counts = parcels::counts(db, desk.setup.brand, id).await.unwrap();
        assert_eq!((counts.followed, counts.refused), (0, 1));
        let shown = page(&mut desk.browser().await, "/trackers").await;
        assert!(shown.contains("Numbers that it does not take"), "{shown}");
        assert_eq!(parcel(&desk).await.heard, None, "the shop’s word stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_of_a_provider_is_waited_for_or_shown_and_nothing_is_lost() {
    for engine in Engine::all() {
        let (desk, _shop, double, id) = Box::pin(followed(engine)).await;
        let known = &double.platform.parcels;
        known.scan("RR1", "OutForDelivery", "2026-11-23T08:00:00Z", "In the van", "Bremen");
        let slower = Fault::Answer(Response::status(429).with("retry-after", "120"));
        double.misbehave("GET", "", slower, 1);
        desk.desk.clock.advance(Duration::from_hours(3));
        look(&desk).await;
        let calls = double.calls().len();
        // Whatever is pushed meanwhile, the time that it named is kept.
        assert_eq!(pushed(&desk, id, &double.platform.hook("RR1")).await, 200);
        desk.drain().await;
        assert_eq!(double.calls().len(), calls);
        assert!(page(&mut desk.browser().await, "/trackers").await.contains("takes no more calls"));
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        assert_eq!(parcel(&desk).await.status, ShipmentStatus::OutForDelivery);

        double.misbehave("", "", Fault::Answer(Response::status(401)), 1);
        desk.desk.clock.advance(Duration::from_hours(3));
        look(&desk).await;
        let row = trackers::find(&desk.desk.db, id).await.unwrap().unwrap();
        assert_eq!(row.state, "needs_attention");
        let calls = double.calls().len();
        look(&desk).await;
        assert_eq!(double.calls().len(), calls, "a person mends it first");
        let mut browser = desk.browser().await;
        taken(&mut browser, &format!("/trackers/{id}/checks"), &[]).await;
        // Another account, which follows nothing: the parcel is given to it.
        known.forget();
        known.scan("RR1", "Delivered", "2026-11-23T14:00:00Z", "Handed over", "Bremen");
        look(&desk).await;
        assert_eq!(parcel(&desk).await.status, ShipmentStatus::OutForDelivery);
        desk.desk.clock.advance(Duration::from_hours(12));
        look(&desk).await;
        assert_eq!(parcel(&desk).await.status, ShipmentStatus::Delivered);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_provider_a_brand_is_connected_changed_and_taken_off_by_admins() {
    for engine in Engine::all() {
        let (desk, _shop, double, id) = Box::pin(followed(engine)).await;
        let (mut browser, here, base) = (desk.browser().await, format!("/trackers/{id}"), double.url());
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains(&format!("/hooks/tracking/{id}")) && shown.contains(&base), "{shown}");
        assert!(!shown.contains(KEY) && !shown.contains(HOOK_SECRET), "{shown}");
        let brand = brand_of(&desk).await;
        let second = [("brand", brand.as_str()), ("kind", "aftership"), ("key", KEY), ("base_url", base.as_str())];
        let refused = send(&mut browser, "/trackers", &second).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        let wrong = send(&mut browser, &here, &[("key", "wrong"), ("base_url", &base)]).await;
        assert!(wrong.status == 422 && wrong.text().contains("does not answer as it should"), "{}", wrong.text());
        // Nothing that is typed keeps what is there.
        taken(&mut browser, &here, &[("base_url", &base)]).await;
        assert_eq!(pushed(&desk, id, &double.platform.hook("RR1")).await, 200);
        desk.drain().await;

        let manager = desk.joined("Noor", Role::Manager).await;
        let remove = format!("{here}/deletion");
        assert_eq!(send(&mut desk.browser_of(manager).await, &remove, &[]).await.status, 403);
        assert!(parcel(&desk).await.heard.is_some());
        taken(&mut browser, &remove, &[]).await;
        assert!(trackers::list(&desk.desk.db).await.unwrap().is_empty());
        assert_eq!(parcel(&desk).await.heard, None, "what it said counts no more");
        assert_eq!(pushed(&desk, id, &double.platform.hook("RR1")).await, 404);
    }
}
