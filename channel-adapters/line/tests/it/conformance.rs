//! An account keeps the contract: every point of the checklist.

use std::time::Duration;

use channel_contract::testkit::{self, Part};

use crate::account::{LACKS, Shop};

/// How long a silent double is waited for.
const SHORT: Duration = Duration::from_secs(2);
/// The same where a message is as large as can be.
const LONG: Duration = Duration::from_mins(2);

#[tokio::test]
async fn what_is_pushed_conforms() {
    let shop = Shop::start(SHORT).await;
    testkit::requests_are_authentic(&shop);
    testkit::reading_again_gives_the_same(&shop);
    testkit::repetitions_are_one(&shop);
    testkit::the_unknown_hides_nothing(&shop);
    testkit::claims_prove_nothing(&shop);
    testkit::has_none(&shop, Part::Grant);
    testkit::has_none(&shop, Part::Polling);
}

#[tokio::test]
async fn texts_and_files_conform() {
    let shop = Shop::start(LONG).await;
    testkit::limits_are_kept(&shop, &shop).await;
}

/// In one test, so that what is logged meanwhile is looked through.
#[tokio::test]
async fn sending_conforms_and_nothing_leaks_meanwhile() {
    let shop = Shop::start(SHORT).await;
    let secrets = ["the-access-token", "channel-secret", "former-secret"];
    let private = ["jacket", "Saturday", "Lindqvist", "Bergen", "broken", "It is me", "Quay"];
    testkit::nothing_leaks(&[&secrets[..], &private[..]].concat(), shop.settings(), async {
        testkit::requests_are_authentic(&shop);
        testkit::reading_again_gives_the_same(&shop);
        testkit::the_unknown_hides_nothing(&shop);
        testkit::claims_prove_nothing(&shop);
        testkit::files_are_fetched(&shop).await;
        testkit::news_finds_its_message(&shop).await;
        testkit::trouble_says_what_to_do_next(&shop).await;
        testkit::refusals_have_their_class(&shop).await;
        testkit::own_and_automatic_messages_are_known(&shop, &shop).await;
        testkit::capabilities_are_true(&shop, &shop).await;
        testkit::facts_for_metrics_are_told(&shop, &shop).await;
    })
    .await;
}

#[test]
fn what_line_lacks_is_written_down() {
    testkit::lacks_are_written_down("LINE", LACKS);
}
