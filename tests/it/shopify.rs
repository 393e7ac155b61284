//! A shop at Shopify: connected on its page, read, and heard when it tells something.

use platform_doubles::shopify::{CLIENT_ID, CLIENT_SECRET, Line, Shopify, TOKEN, Wish as Purchase};
use platform_doubles::{Delivery, Double};
use resolute::model::order::MatchedBy;
use resolute::store::{order_sources, orders};
use serde_json::json;

use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::stores::write;

/// A desk with a shop at a double that was connected on its page, and the page of the shop.
async fn connected(engine: Engine) -> (TestDesk, Double<Shopify>, String) {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let shop = Double::start(Shopify::default()).await.unwrap();
    let mut browser = desk.browser().await;
    let url = shop.url();
    let fields = [
        ("kind", "shopify"),
        ("name", "Fjord at Shopify"),
        ("shop", url.as_str()),
        ("client_id", CLIENT_ID),
        ("secret", CLIENT_SECRET),
    ];
    taken(&mut browser, "/order-sources", &fields).await;
    let all = order_sources::list(&desk.desk.db).await.unwrap();
    let row = all.into_iter().find(|row| row.kind == "shopify").unwrap();
    (desk, shop, format!("/order-sources/{}", row.id))
}

/// Gives a delivery to the desk; the status of the answer.
async fn told(desk: &TestDesk, here: &str, delivery: &Delivery) -> u16 {
    let mut client = desk.client();
    for (name, value) in &delivery.headers {
        if name != "content-type" {
            client = client.with(name, value);
        }
    }
    let address = here.replace("/order-sources/", "/hooks/orders/");
    client.post(&address, "application/json", &delivery.body).await.expect("an answer").status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_connected_on_its_page_and_says_what_is_wrong() {
    for engine in Engine::all() {
        let (desk, shop, here) = Box::pin(connected(engine)).await;
        let mut browser = desk.browser().await;
        let form = page(&mut browser, "/order-sources/new?kind=shopify").await;
        assert!(form.contains("Dev Dashboard") && form.contains("name=\"client_id\""), "{form}");
        let shown = page(&mut browser, &here).await;
        assert!(
            shown.contains("/hooks/orders/") && shown.contains(CLIENT_ID) && !shown.contains(CLIENT_SECRET),
            "{shown}"
        );
        assert!(page(&mut browser, "/order-sources").await.contains("Shopify"));

        let url = shop.url();
        let elsewhere = [("kind", "shopify"), ("shop", "fjord.example"), ("access_token", TOKEN)];
        let refused = send(&mut browser, "/order-sources", &elsewhere).await;
        assert!(refused.status == 422 && refused.text().contains("name.myshopify.com"), "{}", refused.text());
        let wrong = [("kind", "shopify"), ("shop", url.as_str()), ("access_token", "shpat_another")];
        let refused = send(&mut browser, "/order-sources", &wrong).await;
        assert!(refused.status == 422 && refused.text().contains("no longer takes the access"), "{}", refused.text());
        // Empty secrets stay what they are.
        taken(&mut browser, &here, &[("name", "Ours"), ("shop", &url), ("client_id", CLIENT_ID)]).await;
        let before = shop.platform.granted();
        taken(&mut browser, &format!("{here}/checks"), &[("back", "/order-sources")]).await;
        taken(&mut browser, &format!("{here}/checks"), &[("back", "/order-sources")]).await;
        assert!(shop.platform.granted() <= before + 1, "a token is kept while nothing about the shop changes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shopify_tells_lets_the_order_be_read_again() {
    for engine in Engine::all() {
        let (desk, shop, here) = Box::pin(connected(engine)).await;
        let db = &desk.desk.db;
        let lines = vec![Line { sku: "CUP", quantity: 1, cents: 1_250 }];
        let id = shop.platform.buy(&Purchase { email: "sofie@example.com".into(), phone: String::new(), lines });
        let source = here.rsplit('/').next().unwrap().parse().unwrap();
        let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
        let known = shops.get_order(source, &id).await.unwrap().unwrap();
        let cast = Cast::stored(db).await;
        let mut talk = cast.conversation(7);
        (talk.brand_id, talk.channel_id) = (desk.setup.brand, desk.setup.channel);
        let message = cast.message(&talk, "Where is my order?");
        put(db, std::slice::from_ref(&talk), &[message]).await;
        let talk = desk.talk(7).await;
        write(db, async |tx| {
            orders::save(tx, &known).await?;
            orders::link(tx, talk.id, &known, MatchedBy::Number, MONDAY).await
        })
        .await;

        shop.platform.ship(&id, "00340434161094");
        let update = shop.platform.order_updated(&id);
        let forged = Delivery { body: update.body.slice(1..), ..update.clone() };
        assert_eq!(told(&desk, &here, &forged).await, 401);
        let asked = shop.calls().len();
        assert_eq!(told(&desk, &here, &update).await, 200);
        desk.drain().await;
        assert!(shop.calls().len() > asked, "the order is read");
        let shown = page(&mut desk.browser().await, "/conversations/7/context").await;
        assert!(shown.contains("00340434161094"), "{shown}");
        let asked = shop.calls().len();
        assert_eq!(told(&desk, &here, &update).await, 200, "the same once more");
        for topic in ["customers/data_request", "customers/redact", "shop/redact", "products/update"] {
            assert_eq!(told(&desk, &here, &shop.platform.webhook(topic, &json!({ "id": 1 }))).await, 200, "{topic}");
        }
        desk.drain().await;
        assert_eq!(shop.calls().len(), asked, "nothing more is read");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_was_removed_needs_attention_until_it_is_back() {
    for engine in Engine::all() {
        let (desk, shop, here) = Box::pin(connected(engine)).await;
        let mut browser = desk.browser().await;
        let removed = shop.platform.webhook("app/uninstalled", &json!({ "id": 1 }));
        shop.platform.uninstall();
        assert_eq!(told(&desk, &here, &removed).await, 200);
        let listed = page(&mut browser, "/order-sources").await;
        assert!(listed.contains("Connect again") && listed.contains("The app was removed"), "{listed}");
        shop.platform.install();
        taken(&mut browser, &format!("{here}/checks"), &[("back", "/order-sources")]).await;
        assert_eq!(told(&desk, &here, &removed).await, 200, "it is known already");
        let listed = page(&mut browser, "/order-sources").await;
        assert!(!listed.contains("The app was removed"), "{listed}");
    }
}
