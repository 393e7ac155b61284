//! The shop on a marketplace keeps the contract: every point of the checklist.

use std::time::Duration;

use channel_contract::testkit::{self, Part};

use crate::marketplace::{KEY, LACKS, Marketplace};

/// How long a call may take where one of them is waited for in vain.
const SHORT: Duration = Duration::from_secs(3);
/// The same where nothing is.
const LONG: Duration = Duration::from_mins(2);

#[tokio::test]
async fn what_is_read_conforms() {
    let market = Marketplace::start(SHORT).await;
    testkit::requests_are_authentic(&market);
    testkit::reading_again_gives_the_same(&market);
    testkit::repetitions_are_one(&market);
    testkit::the_unknown_hides_nothing(&market);
    testkit::claims_prove_nothing(&market);
}

#[tokio::test]
async fn what_is_polled_conforms() {
    testkit::a_cursor_leaves_no_gap(&Marketplace::start(LONG).await).await;
}

#[tokio::test]
async fn texts_and_files_conform() {
    let market = Marketplace::start(LONG).await;
    testkit::limits_are_kept(&market, &market).await;
    testkit::files_are_fetched(&Marketplace::start(SHORT).await).await;
}

/// In one test, so that what is logged meanwhile is looked through.
#[tokio::test]
async fn sending_conforms_and_nothing_leaks_meanwhile() {
    let market = Marketplace::start(SHORT).await;
    testkit::has_none(&market, Part::Grant);
    let private = [KEY, "Ann", "It is me", "Where is my order", "It left on", "c-17", "cup.png"];
    testkit::nothing_leaks(&private, &market.settings, async {
        testkit::requests_are_authentic(&market);
        testkit::reading_again_gives_the_same(&market);
        testkit::the_unknown_hides_nothing(&market);
        testkit::claims_prove_nothing(&market);
        testkit::news_finds_its_message(&market).await;
        testkit::trouble_says_what_to_do_next(&market).await;
        testkit::refusals_have_their_class(&market).await;
        testkit::own_and_automatic_messages_are_known(&market, &market).await;
        testkit::capabilities_are_true(&market, &market).await;
        testkit::facts_for_metrics_are_told(&market, &market).await;
    })
    .await;
}

#[test]
fn what_marketplaces_lack_is_written_down() {
    testkit::lacks_are_written_down("marketplaces on Mirakl", LACKS);
}
