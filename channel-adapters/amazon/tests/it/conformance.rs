//! Amazon keeps the contract: every point of the checklist.

use channel_contract::testkit;

use crate::account::{Account, LACKS};

/// How long a step with a server may take, in seconds.
const SHORT: u64 = 1;
/// The same where a mail is as large as can be.
const LONG: u64 = 30;

#[tokio::test]
async fn what_is_pushed_conforms() {
    let account = Account::start(SHORT).await;
    testkit::requests_are_authentic(&account);
    testkit::reading_again_gives_the_same(&account);
    testkit::repetitions_are_one(&account);
    testkit::the_unknown_hides_nothing(&account);
    testkit::claims_prove_nothing(&account);
}

#[tokio::test]
async fn what_is_polled_conforms() {
    testkit::a_cursor_leaves_no_gap(&Account::start(SHORT).await).await;
}

#[tokio::test]
async fn texts_and_files_conform() {
    let account = Account::start(LONG).await;
    testkit::limits_are_kept(&account, &account).await;
}

/// In one test, so that what is logged meanwhile is looked through.
#[tokio::test]
async fn sending_conforms_and_nothing_leaks_meanwhile() {
    let account = Account::start(SHORT).await;
    let api = Account::with_api(SHORT).await;
    let secrets = ["hook-secret", "thread-secret", "double-secret", "double-refresh", "Atza|"];
    let private = ["k3x9vq2", "Mara", "left today", "mein Paket", "A-to-z claim", "I am away"];
    testkit::nothing_leaks(&[&secrets[..], &private[..]].concat(), api.settings(), async {
        testkit::requests_are_authentic(&account);
        testkit::the_unknown_hides_nothing(&account);
        testkit::claims_prove_nothing(&account);
        testkit::news_finds_its_message(&account).await;
        testkit::grants_are_renewed(&api).await;
        testkit::trouble_says_what_to_do_next(&account).await;
        testkit::refusals_have_their_class(&account).await;
        testkit::own_and_automatic_messages_are_known(&account, &account).await;
        testkit::capabilities_are_true(&account, &account).await;
        testkit::facts_for_metrics_are_told(&account, &account).await;
    })
    .await;
}

#[test]
fn what_amazon_lacks_is_written_down() {
    testkit::lacks_are_written_down("Amazon", LACKS);
}
