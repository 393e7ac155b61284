//! A closed case is watched: what was promised must still show in the shop, and nobody may come back.

use std::time::Duration;

use resolute::inbox::care;
use resolute::jobs::check_resolutions;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::notification::NotificationKind;
use resolute::model::resolution::Outcome;
use resolute::model::{ConversationId, Ts};
use resolute::store::{notifications, resolutions};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::compensated::{opened, order};
use super::world::World;
use crate::support::cast::put;
use crate::support::desk::Engine;
use crate::support::forms::page;
use crate::support::stores::number_of;

/// A shop that opens a return, and shows it so many times.
async fn shop(shown: u64) -> MockServer {
    let shop = MockServer::start().await;
    let answers = |returns: &[&str]| {
        let answer = ResponseTemplate::new(200).set_body_json(order(returns, &["return"]));
        Mock::given(method("GET")).and(path("/orders/77")).respond_with(answer)
    };
    answers(&[]).up_to_n_times(1).mount(&shop).await;
    answers(&["b1"]).up_to_n_times(shown).mount(&shop).await;
    answers(&[]).mount(&shop).await;
    let taken = ResponseTemplate::new(200).set_body_json(json!({ "reference": "b1" }));
    Mock::given(method("POST")).and(path("/orders/77/actions/return")).respond_with(taken).mount(&shop).await;
    shop
}

/// A case in which a return was opened, and which Sam has closed.
async fn closed(engine: Engine, shown: u64) -> (World, MockServer, Conversation) {
    let world = World::new(engine).await;
    let shop = shop(shown).await;
    world.reach_shop(&shop.uri()).await;
    let (talk, _) = opened(&world).await;
    let (sam, noor) = (&world.cast.sam, &world.cast.noor);
    care::assign(&world.inbox, talk.id, Some(sam.id), noor).await.unwrap();
    care::resolve(&world.inbox, talk.id, sam, None).await.unwrap();
    (world, shop, talk)
}

/// So many days later it is looked at what is due.
async fn later(world: &World, days: u64) {
    world.desk.desk.clock.advance(Duration::from_hours(24 * days));
    check_resolutions::begin(&world.desk.desk).await.unwrap();
    world.desk.drain().await;
}

/// What became of all cases, with how many came to it.
async fn outcomes(world: &World) -> Vec<(Outcome, i64)> {
    let all = (Ts(0), Ts(i64::from(u32::MAX) * 1_000_000));
    let mut groups = resolutions::counts(&world.inbox.db, world.cast.brand.id, all).await.unwrap();
    groups.sort_by_key(|group| group.outcome);
    groups.iter().map(|group| (group.outcome, group.count)).collect()
}

/// Somebody on staff answers now.
async fn answers(world: &World, talk: ConversationId) {
    let row = world.cast.conversation(0);
    let mut answer = world.cast.message(&row, "It is on its way.");
    (answer.direction, answer.author) = (Direction::Outbound, MessageAuthor::Teammate);
    (answer.delivery, answer.contact_id) = (Some(Delivery::Sent), None);
    (answer.conversation_id, answer.created_at) = (talk, world.inbox.clock.now());
    put(&world.inbox.db, &[], &[answer]).await;
}

async fn writes(world: &World, talk: &Conversation, number: i64, body: &str) {
    let row = world.cast.conversation(number);
    let mut said = world.cast.message(&row, body);
    said.created_at = world.inbox.clock.now().plus(Duration::from_hours(1));
    if number == talk.number {
        said.conversation_id = talk.id;
        return put(&world.inbox.db, &[], &[said]).await;
    }
    put(&world.inbox.db, &[row], &[said]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_verified_once_its_time_is_over_and_the_shop_still_shows_the_promise() {
    for engine in Engine::all() {
        let (world, _shop, talk) = Box::pin(closed(engine, 99)).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Open, 1)]);
        later(&world, 1).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Open, 1)], "the customer may still come back");
        writes(&world, &talk, 7, "Thank you so much!").await;
        later(&world, 6).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Verified, 1)]);

        let mut browser = world.desk.browser().await;
        let shown = page(&mut browser, "/conversations/7?view=all").await;
        let words = "Verified: nobody came back for 7 days, and the shop shows it. Opened a return for order FJ-77";
        assert!(shown.contains(words), "{shown}");
        let report = page(&mut browser, "/resolutions?brand=fjell").await;
        assert!(report.contains("100 %") && report.contains("of 1 judged"), "{report}");
        let href = "/resolutions/conversations?brand=fjell&amp;outcome=verified";
        assert!(report.contains(href) || report.contains(&href.replace("&amp;", "&#38;")), "{report}");
        let listed = page(&mut browser, "/resolutions/conversations?brand=fjell&outcome=verified").await;
        assert!(listed.contains("<table class=\"acted\">"), "a case is a block on a narrow screen: {listed}");
        assert!(listed.contains("#7") && listed.contains("Sofie Keller"), "{listed}");
        let none = page(&mut browser, "/resolutions/conversations?brand=fjell&outcome=silent").await;
        assert!(none.contains("No such cases"), "{none}");
        let told = world.desk.api_get("/api/v1/resolutions?brand=fjell").await;
        assert_eq!(told["outcomes"]["verified"], json!({ "count": 1, "percent": 100 }));
        assert_eq!((&told["judged"], &told["items"][0]["by"]), (&json!(1), &json!("teammate")));
        let cases = world.desk.api_get("/api/v1/resolutions/conversations?brand=fjell&limit=1").await;
        assert_eq!((&cases["items"][0]["conversation"], &cases["next_cursor"]), (&json!(7), &json!(null)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_the_shop_does_not_show_opens_its_case_again_and_no_customer_hears_of_it() {
    for engine in Engine::all() {
        let (world, _shop, talk) = Box::pin(closed(engine, 1)).await;
        later(&world, 1).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Unmet, 1)]);
        let now = world.now(talk.id).await;
        assert_eq!((now.status, now.unread, now.resolved_at), (ConversationStatus::Open, true, None));
        let shown = page(&mut world.desk.browser().await, "/conversations/7?view=all").await;
        let words = "The shop does not show what was promised: return order FJ-77 (it shows no such return)";
        assert!(shown.contains(words), "{shown}");
        let told = notifications::list(&world.inbox.db, world.cast.sam.id, 9).await.unwrap();
        assert!(told.iter().any(|one| one.kind == NotificationKind::Unmet), "{told:?}");
        assert!(world.ours(&talk).await.is_empty());

        // Who closes it once more, and says or does nothing, closes the same case.
        care::resolve(&world.inbox, talk.id, &world.cast.sam, None).await.unwrap();
        later(&world, 8).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Unmet, 1)]);
        assert_eq!(world.now(talk.id).await.status, ConversationStatus::Resolved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_on_any_channel_is_not_helped() {
    for engine in Engine::all() {
        let (world, shop, talk) = Box::pin(closed(engine, 99)).await;
        writes(&world, &talk, 8, "Thanks! But where is the label?").await;
        let asked = shop.received_requests().await.unwrap().len();
        later(&world, 1).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Returned, 1)]);
        assert_eq!(shop.received_requests().await.unwrap().len(), asked, "what the shop shows says nothing any more");
        let shown = page(&mut world.desk.browser().await, "/conversations/7?view=all").await;
        assert!(shown.contains("Not solved: the customer came back within 7 days"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_looked_at_until_its_case_is_solved_however_often_its_customer_writes() {
    for engine in Engine::all() {
        let (world, _shop, talk) = Box::pin(closed(engine, 1)).await;
        writes(&world, &talk, 7, "Thanks. When will it be here?").await;
        later(&world, 1).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Returned, 1)]);
        care::reopen(&world.inbox, talk.id, &world.cast.sam).await.unwrap();
        answers(&world, talk.id).await;
        care::resolve(&world.inbox, talk.id, &world.cast.sam, None).await.unwrap();
        later(&world, 1).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Returned, 1), (Outcome::Unmet, 1)]);
        assert_eq!(world.now(talk.id).await.status, ConversationStatus::Open);

        // Whoever was told of it is not told again.
        answers(&world, talk.id).await;
        care::resolve(&world.inbox, talk.id, &world.cast.sam, None).await.unwrap();
        later(&world, 7).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Silent, 1), (Outcome::Returned, 1), (Outcome::Unmet, 1)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_in_an_order_at_a_look_is_news_for_its_customer() {
    for engine in Engine::all() {
        let (world, shop, _) = Box::pin(closed(engine, 1)).await;
        shop.reset().await;
        let mut refunded = order(&["b1"], &["return"]);
        let amount = json!({ "amount": "5.00", "currency": "EUR" });
        refunded["refunds"] =
            json!([{ "id": "r1", "amount": amount, "method": "card", "reason": "", "at": "2026-11-23T10:00:00Z" }]);
        let answer = ResponseTemplate::new(200).set_body_json(refunded);
        Mock::given(method("GET")).and(path("/orders/77")).respond_with(answer).mount(&shop).await;
        later(&world, 1).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Open, 1)]);
        assert_eq!(number_of(&world.inbox.db, "select count(*) from matters").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thanks_confirm_the_case_in_which_they_are_said() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        for number in [9, 10, 11] {
            let row = world.cast.open(&world.inbox.db, number).await;
            // In one of them nobody has answered.
            if number != 11 {
                answers(&world, row.id).await;
            }
            care::resolve(&world.inbox, row.id, &world.cast.sam, None).await.unwrap();
        }
        assert_eq!(outcomes(&world).await, [(Outcome::Open, 2)]);
        let thanked = world.desk.talk(9).await;
        writes(&world, &thanked, 9, "Thank you, Sam!").await;
        care::reopen(&world.inbox, thanked.id, &world.cast.sam).await.unwrap();
        care::resolve(&world.inbox, thanked.id, &world.cast.sam, None).await.unwrap();
        assert_eq!(outcomes(&world).await, [(Outcome::Open, 2)], "nothing was said since, so it is the same case");
        later(&world, 7).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Confirmed, 1), (Outcome::Silent, 1)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_not_verified_and_not_lost() {
    for engine in Engine::all() {
        let (world, shop, talk) = Box::pin(closed(engine, 1)).await;
        shop.reset().await;
        Mock::given(method("GET")).respond_with(ResponseTemplate::new(500)).mount(&shop).await;
        later(&world, 1).await;
        later(&world, 6).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Open, 1)], "the shop may answer tomorrow");
        later(&world, 4).await;
        assert_eq!(outcomes(&world).await, [(Outcome::Silent, 1)]);
        assert_eq!(world.now(talk.id).await.status, ConversationStatus::Resolved);
    }
}
