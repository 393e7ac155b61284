//! What opens over a conversation and what changes on an open page, in a real browser.

use std::time::Duration;

use fantoccini::Locator;
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::store::intake::{self, NewEvent};
use resolute::store::jobs::{self, Lease};
use resolute::store::orders;
use serde_json::json;

use crate::context::{desk, order};
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, MONDAY, TestDesk};
use crate::support::stores::write;
use crate::support::visit::{sign_in, until};

/// Conversation 7 with a paid order of which the shop would give money back.
async fn paid(engine: Engine) -> TestDesk {
    let (desk, _, row) = desk(engine).await;
    let mut document = order("delivered");
    let money = json!({ "amount": "12.50", "currency": "EUR" });
    document["payments"] = json!([{ "id": "p1", "method": "card", "amount": money, "at": "2026-11-18T08:12:05Z" }]);
    document["actions_allowed"] = json!([{ "kind": "refund" }]);
    let shop = wiremock::MockServer::start().await;
    let found = wiremock::ResponseTemplate::new(200).set_body_json(document);
    wiremock::Mock::given(wiremock::matchers::path("/orders/ord_1")).respond_with(found).mount(&shop).await;
    let row = resolute::model::order::OrderSourceRow { settings: json!({ "base_url": shop.uri() }).into(), ..row };
    let sealed = desk.desk.shops.seal(row.id, &json!({ "secret": crate::context::SECRET })).unwrap();
    let talk = desk.talk(7).await;
    write(&desk.desk.db, async |tx| resolute::store::order_sources::update(tx, &row, sealed).await).await;
    desk.desk.shops.forget(desk.setup.brand);
    let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
    let known: KnownOrder = shops.get_order(row.id, "ord_1").await.unwrap().unwrap();
    write(&desk.desk.db, async |tx| {
        orders::save(tx, &known).await?;
        orders::link(tx, talk.id, &known, MatchedBy::Number, MONDAY).await
    })
    .await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_opens_over_the_conversation_keeps_what_was_typed_and_leads_back() {
    let Some(browser) = Browser::start().await else { return };
    let desk = Box::pin(paid(Engine::Sqlite)).await;
    sign_in(&browser, &desk).await;
    let here = format!("http://{}/conversations/7?view=all", desk.address);
    browser.goto(&here).await.unwrap();
    let open = async || {
        browser.find(Locator::Css("a[data-opens='sheet']")).await.unwrap().click().await.unwrap();
        until(&browser, "the form", "return !!document.querySelector('#sheet[open] form')").await;
    };
    open().await;
    browser.check_accessibility().await;
    // Leaving it changes nothing, and neither does Escape.
    browser.find(Locator::Css("#sheet .button[data-close]")).await.unwrap().click().await.unwrap();
    until(&browser, "the end of it", "return !document.getElementById('sheet').open").await;
    open().await;
    // What the chosen items cost stands there, until another amount is written.
    let costs = |amount: &str| format!("return document.querySelector('#sheet [name=amount]').value === '{amount}'");
    until(&browser, "the price of the one cup", &costs("12.50")).await;
    let choose = async |count: &str| {
        let line = browser.find(Locator::Css("#sheet [data-price]")).await.unwrap();
        line.clear().await.unwrap();
        line.send_keys(count).await.unwrap();
    };
    for (count, amount) in [("0", ""), ("1", "12.50")] {
        choose(count).await;
        until(&browser, count, &costs(amount)).await;
    }
    let amount = browser.find(Locator::Css("#sheet [name=amount]")).await.unwrap();
    amount.clear().await.unwrap();
    amount.send_keys("99.00").await.unwrap();
    choose("1").await;
    until(&browser, "what was written", &costs("99.00")).await;
    browser.find(Locator::Css("#sheet [name=reason]")).await.unwrap().send_keys("The handle broke").await.unwrap();
    browser.find(Locator::Css("#sheet .button.main")).await.unwrap().click().await.unwrap();
    until(
        &browser,
        "the refusal",
        "return document.querySelector('#sheet [role=alert]')?.textContent.includes('At most 12.50 EUR') ?? false",
    )
    .await;
    let kept = "return document.querySelector('#sheet [name=reason]').value === 'The handle broke'";
    until(&browser, "what was typed", kept).await;
    let amount = browser.find(Locator::Css("#sheet [name=amount]")).await.unwrap();
    amount.clear().await.unwrap();
    amount.send_keys("2.50").await.unwrap();
    browser.find(Locator::Css("#sheet .button.main")).await.unwrap().click().await.unwrap();
    until(
        &browser,
        "the word for it",
        "return document.getElementById('said').textContent.includes('The shop is being asked')",
    )
    .await;
    assert_eq!(browser.current_url().await.unwrap().as_str(), here);
    let asked =
        jobs::list_due(&desk.desk.db, JobKind::PerformAction, desk.desk.clock.now().plus(Duration::from_hours(1)), 9);
    assert_eq!(asked.await.unwrap().len(), 1);
    desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_grows_on_an_open_page() {
    let Some(browser) = Browser::start().await else { return };
    let desk = Box::pin(paid(Engine::Sqlite)).await;
    let (clock, channel) = (&desk.desk.clock, desk.setup.channel);
    let job = jobs::NewJob::about(clock.new_id(), JobKind::Poll, "channel", &channel, clock.now());
    let lease = Lease { id: clock.new_id(), until: clock.now().plus(Duration::from_hours(1)) };
    write(&desk.desk.db, async |tx| {
        jobs::enqueue(tx, std::slice::from_ref(&job)).await?;
        jobs::claim(tx, JobKind::Poll, lease, clock.now(), 1).await.map(drop)
    })
    .await;
    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/channels", desk.address)).await.unwrap();
    for done in [50, 100, 0] {
        write(&desk.desk.db, async |tx| {
            jobs::progress(tx, job.id, done, if done == 0 { 0 } else { 120 }).await?;
            let event = NewEvent {
                id: clock.new_id(),
                brand_id: desk.setup.brand,
                conversation_id: None,
                kind: EventKind::WorkProgressed,
                actor: "system".to_owned(),
                data: json!({ "done": done }),
                at: clock.now(),
            };
            intake::insert_events(tx, &[event]).await
        })
        .await;
        desk.desk.wake.event();
        let shown = match done {
            0 => "return !document.querySelector('main progress')".to_owned(),
            done => format!("return document.querySelector('main progress')?.value === {done}"),
        };
        until(&browser, &format!("{done} of 120"), &shown).await;
    }
    write(&desk.desk.db, async |tx| jobs::finish(tx, &[job.id], lease.id).await.map(drop)).await;
}
