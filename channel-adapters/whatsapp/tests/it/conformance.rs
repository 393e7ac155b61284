//! WhatsApp keeps the contract: every point of the checklist.

use channel_contract::testkit::{self, Part};

use crate::account::{LACKS, Number};

/// How long a call may take, in seconds.
const SHORT: u64 = 1;
/// The same where a file is as large as can be.
const LONG: u64 = 60;

#[tokio::test]
async fn what_is_pushed_conforms() {
    let number = Number::start(SHORT).await;
    testkit::requests_are_authentic(&number);
    testkit::reading_again_gives_the_same(&number);
    testkit::repetitions_are_one(&number);
    testkit::the_unknown_hides_nothing(&number);
    testkit::claims_prove_nothing(&number);
}

#[tokio::test]
async fn texts_and_files_conform() {
    let number = Number::start(LONG).await;
    testkit::limits_are_kept(&number, &number).await;
}

/// In one test, so that what is logged meanwhile is looked through.
#[tokio::test]
async fn sending_conforms_and_nothing_leaks_meanwhile() {
    let number = Number::start(SHORT).await;
    let secrets = ["the-app-secret", "the-former-secret", "the-access-token", "the-verify-token"];
    let private = ["4915112345678", "4915187654321", "my jacket", "left on Saturday", "Ana of Bergen", "cup.png"];
    testkit::nothing_leaks(&[&secrets[..], &private[..]].concat(), number.settings(), async {
        testkit::requests_are_authentic(&number);
        testkit::reading_again_gives_the_same(&number);
        testkit::the_unknown_hides_nothing(&number);
        testkit::claims_prove_nothing(&number);
        testkit::news_finds_its_message(&number).await;
        testkit::trouble_says_what_to_do_next(&number).await;
        testkit::refusals_have_their_class(&number).await;
        testkit::files_are_fetched(&number).await;
        testkit::own_and_automatic_messages_are_known(&number, &number).await;
        testkit::capabilities_are_true(&number, &number).await;
        testkit::facts_for_metrics_are_told(&number, &number).await;
        testkit::has_none(&number, Part::Grant);
        testkit::has_none(&number, Part::Polling);
    })
    .await;
}

#[test]
fn what_whatsapp_lacks_is_written_down() {
    testkit::lacks_are_written_down("WhatsApp", LACKS);
}
