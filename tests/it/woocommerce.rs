//! A shop on WooCommerce: how it is connected, what it tells by itself, and what is seen where that gets lost.

use std::time::Duration;

use channel_contract::orders::OrderStatus;
use platform_doubles::woocommerce::{HOOK_SECRET, KEY, SECRET, WooCommerce};
use platform_doubles::{Delivery, Double};
use resolute::jobs;
use resolute::model::order::{MatchedBy, OrderSourceRow};
use resolute::store::{order_sources, orders, sessions};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::context;
use crate::mail_path::until;
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::{Answer, Client};
use crate::support::stores::write;

const DESK: &str = "https://desk.example";

/// A shop beside the desk.
async fn shop() -> Double<WooCommerce> {
    Double::start(WooCommerce::new(MONDAY.datetime())).await.unwrap()
}

/// A desk whose conversation 7 is about an order of a shop on WooCommerce, as it was read.
async fn about_an_order(wish: Wish) -> (TestDesk, Double<WooCommerce>, OrderSourceRow, u64) {
    let (desk, _, other) = Box::pin(context::desk_with(wish)).await;
    let shop = shop().await;
    let order = shop.platform.buy("", "sofie@example.com");
    let row = OrderSourceRow {
        id: desk.desk.clock.new_id(),
        kind: "woocommerce".to_owned(),
        name: "Fjord".to_owned(),
        settings: json!({ "base_url": shop.url() }).into(),
        ..other
    };
    let secrets = json!({ "consumer_key": KEY, "consumer_secret": SECRET, "secret": HOOK_SECRET });
    let sealed = desk.desk.shops.seal(row.id, &secrets).unwrap();
    write(&desk.desk.db, async |tx| order_sources::insert(tx, &row, sealed, MONDAY).await).await;
    desk.desk.shops.forget(row.brand_id);
    let shops = desk.desk.shops.of_brand(row.brand_id).await.unwrap();
    let known = shops.get_order(row.id, &order.to_string()).await.unwrap().unwrap();
    let talk = desk.talk(7).await;
    write(&desk.desk.db, async |tx| {
        orders::save(tx, &known).await?;
        orders::link(tx, talk.id, &known, MatchedBy::Number, MONDAY).await
    })
    .await;
    (desk, shop, row, order)
}

/// Brings what the shop sends to the address of its webhooks.
async fn told(desk: &TestDesk, row: &OrderSourceRow, delivery: &Delivery) -> Answer {
    let mut client = desk.client();
    for (name, value) in delivery.headers.iter().filter(|(name, _)| name != "content-type") {
        client = client.with(name, value);
    }
    client.post(&format!("/hooks/orders/{}", row.id), "application/json", &delivery.body).await.unwrap()
}

async fn status(desk: &TestDesk, row: &OrderSourceRow, order: u64) -> OrderStatus {
    orders::find(&desk.desk.db, row.id, &order.to_string()).await.unwrap().unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_lets_the_order_be_read_again() {
    for engine in Engine::all() {
        let (desk, shop, row, order) = Box::pin(about_an_order(Wish::exact(engine))).await;
        assert_eq!(told(&desk, &row, &WooCommerce::ping()).await.status, 200, "it is not signed and says nothing");
        let line =
            |id: u32| json!({ "id": id, "name": "Cup ".repeat(40), "quantity": 1, "total": "1.00", "total_tax": "0" });
        let lines: Vec<_> = (1..=500).map(line).collect();
        shop.platform.change(order, &json!({ "status": "cancelled", "line_items": lines }));
        let delivery = shop.platform.told("order.updated", order);
        assert!(delivery.body.len() > 64 * 1024, "the whole order comes");
        let answer = told(&desk, &row, &delivery).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let forged = Delivery { body: b"{\"id\":1}".to_vec().into(), ..delivery.clone() };
        let unsigned = Delivery { headers: Vec::new(), ..delivery.clone() };
        assert_eq!((told(&desk, &row, &forged).await.status, told(&desk, &row, &unsigned).await.status), (401, 401));
        assert_eq!(status(&desk, &row, order).await, OrderStatus::Open, "nothing in it is taken for a fact");
        desk.drain().await;
        assert_eq!(status(&desk, &row, order).await, OrderStatus::Cancelled);
        let asked = shop.calls().len();
        assert_eq!(told(&desk, &row, &delivery).await.status, 200, "the same once more");
        desk.drain().await;
        assert_eq!(shop.calls().len(), asked, "it is known");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_webhooks_do_not_bring_is_seen_all_the_same_and_so_is_that_they_stopped() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
        let (desk, shop, row, order) = Box::pin(about_an_order(wish)).await;
        let address = format!("{DESK}/hooks/orders/{}", row.id);
        shop.platform.put_webhook(&address, "disabled");
        shop.platform.change(order, &json!({ "status": "cancelled" }));
        let token = CancellationToken::new();
        let tasks = jobs::start(&desk.desk, &token).await.unwrap();
        let stands = async || order_sources::find(&desk.desk.db, row.id).await.unwrap().unwrap();
        until(async || status(&desk, &row, order).await == OrderStatus::Cancelled).await;
        until(async || stands().await.state == "needs_attention").await;
        assert!(stands().await.state_reason.contains("order.updated"), "{}", stands().await.state_reason);
        shop.platform.put_webhook(&address, "active");
        desk.desk.clock.advance(Duration::from_mins(5));
        until(async || stands().await.state == "connected").await;
        token.cancel();
        for task in tasks {
            task.await.unwrap();
        }
        let looked = async || stands().await.settings.0.get("changes_looked_until").cloned();
        let until_then = looked().await;
        let base = shop.url();
        let fields = [("kind", "woocommerce"), ("name", "Ours"), ("base_url", base.as_str())];
        taken(&mut desk.browser().await, &format!("/order-sources/{}", row.id), &fields).await;
        assert!(
            until_then.is_some() && looked().await == until_then,
            "whoever changes the shop loses nothing that changed there"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_connected_with_keys_that_were_typed_and_keeps_them() {
    for engine in Engine::all() {
        let (desk, shop) = (TestDesk::start(Wish::exact(engine)).await, shop().await);
        let (mut browser, base) = (desk.browser().await, shop.url());
        let shown = page(&mut browser, "/order-sources/new?kind=woocommerce").await;
        assert!(shown.contains("name=\"consumer_key\"") && shown.contains("Read/Write"), "{shown}");
        let fields = |secret: &'static str| {
            [
                ("kind", "woocommerce"),
                ("name", "Fjord"),
                ("base_url", base.as_str()),
                ("consumer_key", KEY),
                ("consumer_secret", secret),
            ]
        };
        let refused = send(&mut browser, "/order-sources", &fields("cs_of_another")).await;
        assert!(refused.status == 422 && refused.text().contains("make new ones"), "{}", refused.text());
        taken(&mut browser, "/order-sources", &fields(SECRET)).await;
        let row = kept(&desk).await.unwrap();
        let here = format!("/order-sources/{}", row.id);
        let shown = page(&mut browser, &here).await;
        let secrets = desk.desk.shops.secrets(row.id).await.unwrap();
        let word = secrets["secret"].as_str().unwrap();
        assert!(shown.contains(word) && shown.contains(&format!("/hooks/orders/{}", row.id)), "{shown}");
        assert!(!shown.contains(KEY) && !shown.contains(SECRET), "{shown}");
        // What is left empty stays what it is.
        taken(&mut browser, &here, &[("kind", "woocommerce"), ("name", "Ours"), ("base_url", &base)]).await;
        assert_eq!(desk.desk.shops.secrets(row.id).await.unwrap(), secrets);
        let new = [("kind", "woocommerce"), ("name", "Ours"), ("base_url", base.as_str()), ("secret", "another word")];
        taken(&mut browser, &here, &new).await;
        let replaced = json!({ "consumer_key": KEY, "consumer_secret": SECRET, "secret": "another word", "previous_secret": word });
        assert_eq!(desk.desk.shops.secrets(row.id).await.unwrap(), replaced);
    }
}

/// The shop that was connected.
async fn kept(desk: &TestDesk) -> Option<OrderSourceRow> {
    order_sources::list(&desk.desk.db).await.unwrap().into_iter().find(|row| row.kind == "woocommerce")
}

/// Asks the shop for keys, and gives its page with what goes along.
async fn asked(browser: &mut Client, base: &str) -> Url {
    let fields = [("kind", "woocommerce"), ("name", "Fjord"), ("base_url", base), ("ask", "1")];
    let answer = send(browser, "/order-sources", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    let link = text.split("id=\"ask\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    link.replace("&#38;", "&").replace("&amp;", "&").parse().unwrap()
}

fn given(page: &Url, name: &str) -> String {
    page.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_makes_its_keys_for_who_asked() {
    for engine in Engine::all() {
        let wish = Wish { public_url: DESK.to_owned(), ..Wish::exact(engine) };
        let (desk, shop) = (TestDesk::start(wish).await, shop().await);
        let mut browser = desk.browser().await;
        let page = asked(&mut browser, &shop.url()).await;
        assert!(page.as_str().starts_with(&format!("{}/wc-auth/v1/authorize", shop.url())), "{page}");
        assert_eq!(given(&page, "callback_url"), format!("{DESK}/hooks/order-keys"));
        let back = given(&page, "return_url").replace(DESK, "");
        let word = given(&page, "user_id");
        let bring =
            async |keys: serde_json::Value| desk.client().post_json("/hooks/order-keys", &keys).await.unwrap().status;
        let refused = browser.get(&format!("{back}?success=0&user_id={word}")).await.unwrap();
        assert!(said(&refused).contains("Nobody said yes"), "{}", said(&refused));
        let early = browser.get(&format!("{back}?success=1&user_id={word}")).await.unwrap();
        assert!(said(&early).contains("sent no keys"), "{}", said(&early));

        let mut only_read = WooCommerce::keys_for(&word);
        only_read["key_permissions"] = json!("read");
        assert_eq!(bring(only_read).await, 403);
        assert_eq!(bring(WooCommerce::keys_for(&format!("{word}x"))).await, 403);
        assert_eq!(bring(json!({ "user_id": word })).await, 400);
        assert!(kept(&desk).await.is_none());
        assert_eq!(bring(WooCommerce::keys_for(&word)).await, 200);
        assert_eq!(bring(WooCommerce::keys_for(&word)).await, 403, "a word counts once");
        let row = kept(&desk).await.unwrap();
        assert_eq!(back, format!("/order-sources/{}/keys", row.id));
        let returned = browser.get(&format!("{back}?success=1&user_id={word}")).await.unwrap();
        assert!(said(&returned).starts_with("iThe shop is connected"), "{}", said(&returned));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_nobody_waits_for_any_more_are_not_taken() {
    for engine in Engine::all() {
        let wish = Wish { public_url: DESK.to_owned(), ..Wish::exact(engine) };
        let (desk, shop) = (TestDesk::start(wish).await, shop().await);
        let mut browser = desk.browser().await;
        let bring = async |page: &Url| {
            let keys = WooCommerce::keys_for(&given(page, "user_id"));
            desk.client().post_json("/hooks/order-keys", &keys).await.unwrap().status
        };
        let late = asked(&mut browser, &shop.url()).await;
        desk.desk.clock.advance(Duration::from_mins(15));
        assert_eq!(bring(&late).await, 403);
        let signed_out = asked(&mut browser, &shop.url()).await;
        let who = desk.setup.teammate;
        write(&desk.desk.db, async |tx| sessions::delete_of(tx, who).await).await;
        assert_eq!(bring(&signed_out).await, 403);
        assert!(kept(&desk).await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_no_shop_can_send_to_says_so() {
    let (desk, shop) = (TestDesk::start(Wish::exact(Engine::Sqlite)).await, shop().await);
    let (mut browser, base) = (desk.browser().await, shop.url());
    let fields = [("kind", "woocommerce"), ("name", "Fjord"), ("base_url", base.as_str()), ("ask", "1")];
    let refused = send(&mut browser, "/order-sources", &fields).await;
    assert!(refused.status == 422 && refused.text().contains("begins with https://"), "{}", refused.text());
}
