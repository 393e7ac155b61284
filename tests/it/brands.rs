//! Several brands in one desk: pages name theirs, and nothing crosses from one to the other.

use channel_contract::orders::OrderQuery;
use resolute::commerce::demo_shop::seed;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::order::KnownOrder;
use resolute::model::{BrandId, ChannelId, OrderSourceId};
use resolute::store::audit::{self, Filter};
use resolute::store::channels::{self, NewChannel};
use resolute::store::versions::{self, Kind};
use resolute::store::{approvals, brands, contacts, conversations, order_sources, orders};
use serde_json::json;

use crate::locks::until_somebody_waits;
use crate::mail_path::{receive, sofies_mail};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken, value_of};
use crate::support::http::Client;
use crate::support::setup::demo_shop;

const NUMBER: &str = "FJ-20394";

/// The second brand, as the form makes it.
pub(crate) const NORD: [(&str, &str); 7] = [
    ("name", "Nord Garden"),
    ("hue", "150"),
    ("locale", "de"),
    ("currency", "EUR"),
    ("time_zone", "Europe/Oslo"),
    ("order_pattern", ""),
    ("agent_level", "approve"),
];

pub(crate) async fn brand(desk: &TestDesk, slug: &str) -> Brand {
    brands::list(&desk.desk.db).await.unwrap().into_iter().find(|brand| brand.slug == slug).unwrap()
}

/// A shop with the same orders in every brand: the same numbers, the same customers.
pub(crate) async fn shop(desk: &TestDesk, brand_id: BrandId) -> OrderSourceId {
    let row = demo_shop(brand_id, desk.desk.clock.new_id());
    let mut tx = desk.desk.db.begin().await.unwrap();
    order_sources::insert(&mut tx, &row, Vec::new(), desk.desk.clock.now()).await.unwrap();
    seed::seed(&mut tx, row.id, desk.desk.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    desk.desk.shops.forget(brand_id);
    row.id
}

/// A mailbox of a brand; gives the path that mail is posted to.
async fn mailbox(desk: &TestDesk, brand_id: BrandId) -> String {
    let id: ChannelId = desk.desk.clock.new_id();
    let channel = NewChannel {
        id,
        brand_id,
        kind: "email".to_owned(),
        name: "Nord mail".to_owned(),
        address: "help@nord.example".to_owned(),
        settings: json!({ "address": "help@nord.example", "authserv_id": "mx.fjord.example" }),
        secrets: desk.desk.connections.seal(id, &json!({ "thread_secret": "thread" })).unwrap(),
        webhook_secret: "nord-secret".to_owned(),
        created_at: desk.desk.clock.now(),
    };
    let mut tx = desk.desk.db.begin().await.unwrap();
    channels::insert(&mut tx, &channel).await.unwrap();
    tx.commit().await.unwrap();
    format!("/webhooks/email/{id}?secret=nord-secret")
}

fn mail(id: &str, from: &str, to: &str, text: &str) -> Vec<u8> {
    let domain = from.split_once('@').unwrap().1;
    format!(
        "Authentication-Results: mx.fjord.example; dkim=pass header.d={domain}; dmarc=pass header.from={domain}\r\n\
         From: {from}\r\nTo: {to}\r\nSubject: Where is my order?\r\nMessage-ID: <{id}@{domain}>\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

async fn post(desk: &TestDesk, webhook: &str, raw: &[u8]) {
    let answer = desk.client().post(webhook, "message/rfc822", raw).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    desk.drain().await;
}

/// A desk with two brands, each with its shop; the paths of their mailboxes and their shops.
async fn two(engine: Engine) -> (TestDesk, Client, [String; 2], [OrderSourceId; 2]) {
    let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, ..Wish::exact(engine) };
    let desk = TestDesk::start(wish).await;
    let mut browser = desk.browser().await;
    taken(&mut browser, "/brands", &NORD).await;
    let nord = brand(&desk, "nord-garden").await;
    let boxes = [desk.setup.webhook.clone(), mailbox(&desk, nord.id).await];
    let shops = [shop(&desk, desk.setup.brand).await, shop(&desk, nord.id).await];
    (desk, browser, boxes, shops)
}

async fn known(desk: &TestDesk, brand: BrandId) -> KnownOrder {
    let shops = desk.desk.shops.of_brand(brand).await.unwrap();
    shops.find(&OrderQuery::Number(NUMBER.to_owned())).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_customer_and_number_stay_apart_in_two_brands() {
    for engine in Engine::all() {
        let (desk, mut browser, boxes, shops) = two(engine).await;
        let nord = brand(&desk, "nord-garden").await;
        let email = known(&desk, nord.id).await.order.buyer.email.clone();
        for (at, (webhook, to)) in boxes.iter().zip(["help@fjord.example", "help@nord.example"]).enumerate() {
            post(&desk, webhook, &mail(&format!("m{at}"), &email, to, &format!("Where is my order {NUMBER}?"))).await;
        }
        let db = &desk.desk.db;
        let mut rows = conversations::list(db, conversations::View::All, None, 10).await.unwrap();
        rows.sort_by_key(|row| row.number);
        let [first, second] = rows.try_into().unwrap();
        assert_eq!((first.brand_id, second.brand_id), (desk.setup.brand, nord.id));
        assert_ne!(first.contact_id, second.contact_id, "the same address is another contact in another brand");
        assert_eq!(contacts::identities(db, second.contact_id).await.unwrap().len(), 1);
        for (row, shop) in [(&first, shops[0]), (&second, shops[1])] {
            let linked = orders::list_of(db, row.id).await.unwrap();
            assert!(!linked.is_empty() && linked.iter().all(|known| known.source_id == shop), "{}", row.number);
        }

        // Drafts that are alike stand under other policies: they are not decided together.
        let pending = approvals::list_pending(db, 10).await.unwrap();
        assert_eq!(pending.len(), 2);
        assert_eq!(pending[0].likeness, pending[1].likeness);
        let card = page(&mut browser, &format!("/approvals/{}", pending[0].id)).await;
        assert!(!card.contains("name=\"ids\""), "{card}");

        // An order of the other brand cannot be chosen by hand either.
        let foreign = known(&desk, desk.setup.brand).await;
        let chosen = format!("{}:{}", foreign.source_id, foreign.order.id);
        let path = format!("/conversations/{}/orders", second.number);
        send(&mut browser, &path, &[("order", &chosen), ("back", "/inbox")]).await;
        let linked = orders::list_of(db, second.id).await.unwrap();
        assert!(linked.iter().all(|known| known.source_id == shops[1]));

        let list = page(&mut browser, &format!("/inbox?brand={}", nord.id)).await;
        assert!(list.contains(&format!("id=\"row-{}\"", second.number)), "{list}");
        assert!(!list.contains(&format!("id=\"row-{}\"", first.number)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_and_voice_are_those_of_the_brand_that_is_named() {
    for engine in Engine::all() {
        let (desk, mut browser, ..) = two(engine).await;
        let db = &desk.desk.db;
        let nord = brand(&desk, "nord-garden").await;
        let of = async |kind, brand| versions::draft(db, kind, brand).await.unwrap();
        taken(
            &mut browser,
            "/voices/draft",
            &[("brand", "nord-garden"), ("warmth", "91"), ("greeting", "Hei {first name},")],
        )
        .await;
        assert!(of(Kind::Voice, nord.id).await.is_some() && of(Kind::Voice, desk.setup.brand).await.is_none());
        taken(&mut browser, "/voices/publication", &[("brand", "nord-garden"), ("summary", "Warmer")]).await;
        let voice = async |brand| versions::in_force(db, Kind::Voice, brand, desk.desk.clock.now()).await.unwrap();
        assert_eq!(voice(nord.id).await.unwrap().document.0["warmth"], 91);
        assert_eq!(voice(desk.setup.brand).await.unwrap().version, 1);

        let shown = page(&mut browser, "/policies?brand=nord-garden").await;
        assert!(shown.contains("Policy of Nord Garden") && shown.contains("/policies?brand=fjord"), "{shown}");
        assert!(page(&mut browser, "/policies").await.contains("Policy of Fjord Home"));
        assert_eq!(browser.get("/policies?brand=nobody").await.unwrap().status, 404);
        taken(&mut browser, "/policies/1/restoration", &[("brand", "nord-garden")]).await;
        let numbers = async |brand| versions::list(db, Kind::Policy, brand).await.unwrap().len();
        assert_eq!((numbers(nord.id).await, numbers(desk.setup.brand).await), (2, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn brands_are_added_and_changed_and_listed_once_there_are_two() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let alone = page(&mut browser, "/inbox").await;
        assert!(!alone.contains("<h2>Brands</h2>"));
        assert!(!page(&mut browser, "/policies").await.contains("popovertarget=\"brands\""));
        assert!(!page(&mut browser, "/order-sources/new").await.contains("name=\"brand\""));

        let wrong = [("name", ""), ("hue", "red"), ("currency", "EURO"), ("order_pattern", "("), ("time_zone", "Moon")];
        let refused = send(&mut browser, "/brands", &wrong).await;
        assert_eq!(refused.status, 422);
        for field in ["name", "hue", "currency", "order_pattern", "time_zone"] {
            assert!(refused.text().contains(&format!("{field}-error")), "{field}");
        }
        taken(&mut browser, "/brands", &NORD).await;
        assert_eq!(send(&mut browser, "/brands", &NORD).await.status, 422, "the name is taken");
        assert!(page(&mut browser, "/inbox").await.contains("Nord Garden"));
        assert!(page(&mut browser, "/channels/new?kind=email").await.contains("name=\"brand\""));

        let mut changed = NORD.to_vec();
        changed[0] = ("name", "Nord");
        changed[5] = ("order_pattern", "#N\\d{5}");
        changed[6] = ("agent_level", "off");
        taken(&mut browser, "/brands/nord-garden", &changed).await;
        let nord = brand(&desk, "nord-garden").await;
        assert_eq!((nord.name.as_str(), nord.agent_level, nord.hue), ("Nord", AgentLevel::Off, 150));
        assert_eq!((nord.order_pattern.as_str(), nord.time_zone.as_str()), ("#N\\d{5}", "Europe/Oslo"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_a_brand_the_second_is_shown_what_the_first_did_and_both_are_recorded() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (mut one, mut other) = (desk.browser().await, desk.browser().await);
        taken(&mut one, "/brands", &NORD).await;
        let drawn = value_of(&page(&mut other, "/brands/nord-garden").await, "seen");
        let mut off: Vec<(&str, &str)> = NORD.to_vec();
        off[6] = ("agent_level", "off");
        off.push(("seen", &drawn));
        taken(&mut one, "/brands/nord-garden", &off).await;

        let mut renamed: Vec<(&str, &str)> = NORD.to_vec();
        renamed[0] = ("name", "Nord");
        renamed.push(("seen", &drawn));
        let refused = send(&mut other, "/brands/nord-garden", &renamed).await;
        assert_eq!(refused.status, 422);
        let shown = refused.text();
        assert!(shown.contains("agent_level-error") && shown.contains("“off”"), "{shown}");
        let nord = brand(&desk, "nord-garden").await;
        assert_eq!((nord.name.as_str(), nord.agent_level), ("Nord Garden", AgentLevel::Off), "the switch holds");

        let drawn = value_of(&shown, "seen");
        renamed[6] = ("agent_level", "off");
        renamed[7] = ("seen", &drawn);
        for _ in 0..2 {
            taken(&mut other, "/brands/nord-garden", &renamed).await;
        }
        let filter = Filter { subject: "nord-garden".to_owned(), ..Filter::default() };
        let entries = audit::list(&desk.desk.db, &filter, None, 9).await.unwrap();
        let [second, first, added] = entries.try_into().expect("what changes nothing is not recorded");
        assert_eq!(
            [&second, &first, &added].map(|entry| entry.action.as_str()),
            ["brand_changed", "brand_changed", "brand_added"]
        );
        assert!(first.details.contains("\"agent_level\":\"approve to off\""), "{}", first.details);
        assert!(second.details.contains("\"renamed\":\"Nord Garden to Nord\""), "{}", second.details);
        assert!(!second.details.contains("agent_level"), "{}", second.details);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_time_zone_never_waits_crosswise_for_somebody_who_decides_about_money() {
    let Some(engine) = Engine::all().into_iter().find(|engine| *engine == Engine::Postgres) else { return };
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let number = receive(&desk, &sofies_mail()).await;
    let db = &desk.desk.db;
    let talk = desk.talk(number).await;
    let brand = brands::get(db, talk.brand_id).await.unwrap();
    let (path, hue) = (format!("/brands/{}", brand.slug), brand.hue.to_string());
    let fields = [
        ("name", brand.name.as_str()),
        ("hue", hue.as_str()),
        ("locale", brand.locale.as_str()),
        ("currency", brand.currency.as_str()),
        ("time_zone", "Asia/Tokyo"),
        ("order_pattern", brand.order_pattern.as_str()),
        ("agent_level", "off"),
    ];
    let mut browser = desk.browser().await;

    // Somebody decides: they hold the conversation, and the brand's money afterwards.
    let mut tx = db.begin().await.unwrap();
    conversations::lock(&mut tx, talk.id).await.unwrap();
    let deciding = async {
        until_somebody_waits(db).await;
        brands::hold_money(&mut tx, talk.brand_id).await.expect("nobody who waits for us has the brand");
        tx.commit().await.unwrap();
    };
    tokio::join!(taken(&mut browser, &path, &fields), deciding);
    assert_eq!(brands::get(db, talk.brand_id).await.unwrap().time_zone, "Asia/Tokyo");
}
