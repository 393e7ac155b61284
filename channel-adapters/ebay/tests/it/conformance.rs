//! eBay keeps the contract: every point of the checklist.

use std::time::Duration;

use channel_contract::testkit;

use crate::harness::LACKS;
use crate::shop::Shop;

/// How long a call waits for an answer where some never come.
const SHORT: Duration = Duration::from_secs(1);
/// The same where an answer always comes, on a slow machine too.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_is_pushed_conforms() {
    let shop = Shop::start(LONG).await;
    testkit::requests_are_authentic(&shop);
    testkit::reading_again_gives_the_same(&shop);
    testkit::repetitions_are_one(&shop);
    testkit::the_unknown_hides_nothing(&shop);
    testkit::claims_prove_nothing(&shop);
}

#[tokio::test]
async fn what_is_polled_conforms() {
    testkit::a_cursor_leaves_no_gap(&Shop::start(LONG).await).await;
}

#[tokio::test]
async fn texts_and_files_conform() {
    let shop = Shop::start(LONG).await;
    testkit::limits_are_kept(&shop, &shop).await;
    testkit::files_are_fetched(&shop).await;
}

/// In one test, so that what is logged meanwhile is looked through.
#[tokio::test]
async fn sending_conforms_and_nothing_leaks_meanwhile() {
    let shop = Shop::start(SHORT).await;
    let secrets = ["client-secret", "refresh-secret", "verification-word", "v^1.1#", "wrong-secret"];
    let private = ["ann_b", "It left today", "Where is my order", "It is me", "too small for my kitchen"];
    testkit::nothing_leaks(&[&secrets[..], &private[..]].concat(), &shop.settings, async {
        testkit::requests_are_authentic(&shop);
        testkit::reading_again_gives_the_same(&shop);
        testkit::the_unknown_hides_nothing(&shop);
        testkit::claims_prove_nothing(&shop);
        testkit::news_finds_its_message(&shop).await;
        testkit::grants_are_renewed(&shop).await;
        testkit::trouble_says_what_to_do_next(&shop).await;
        testkit::refusals_have_their_class(&shop).await;
        testkit::own_and_automatic_messages_are_known(&shop, &shop).await;
        testkit::capabilities_are_true(&shop, &shop).await;
        testkit::facts_for_metrics_are_told(&shop, &shop).await;
    })
    .await;
}

#[test]
fn what_ebay_lacks_is_written_down() {
    testkit::lacks_are_written_down("eBay", LACKS);
}
