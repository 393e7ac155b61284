//! Messenger and Instagram keep the contract: every point of the checklist.

use channel_contract::testkit::{self, Part};
use platform_doubles::meta::Door;

use crate::lacks::{INSTAGRAM_LACKS, MESSENGER_LACKS};
use crate::stage::{ACCESS, Stage};

/// How long a call may take, in seconds.
const SHORT: u64 = 2;
/// The same where a file is as large as can be.
const LONG: u64 = 60;

const PRIVATE: [&str; 11] = [
    "app-secret",
    "former-secret",
    "verify-word",
    ACCESS,
    "EAA-old",
    "IGAA-",
    "jacket",
    "Saturday",
    "Ana of Bergen",
    "Words of the platform",
    "the picture of",
];

fn what_is_pushed_conforms(stage: &Stage) {
    testkit::requests_are_authentic(stage);
    testkit::reading_again_gives_the_same(stage);
    testkit::repetitions_are_one(stage);
    testkit::the_unknown_hides_nothing(stage);
    testkit::claims_prove_nothing(stage);
}

async fn the_sending_side_conforms(stage: &Stage) {
    testkit::news_finds_its_message(stage).await;
    testkit::trouble_says_what_to_do_next(stage).await;
    testkit::refusals_have_their_class(stage).await;
    testkit::own_and_automatic_messages_are_known(stage, stage).await;
    testkit::capabilities_are_true(stage, stage).await;
    testkit::facts_for_metrics_are_told(stage, stage).await;
    testkit::files_are_fetched(stage).await;
    testkit::has_none(stage, Part::Polling);
}

#[tokio::test]
async fn messenger_conforms_and_nothing_leaks_meanwhile() {
    let stage = Stage::start(Door::Page, SHORT).await;
    testkit::nothing_leaks(&PRIVATE, &stage.settings, async {
        what_is_pushed_conforms(&stage);
        the_sending_side_conforms(&stage).await;
        testkit::has_none(&stage, Part::Grant);
    })
    .await;
}

#[tokio::test]
async fn an_instagram_account_behind_a_page_conforms() {
    let stage = Stage::start(Door::BehindPage, SHORT).await;
    what_is_pushed_conforms(&stage);
    the_sending_side_conforms(&stage).await;
}

#[tokio::test]
async fn an_instagram_account_by_itself_conforms_and_nothing_leaks_meanwhile() {
    let stage = Stage::start(Door::Instagram, SHORT).await;
    testkit::nothing_leaks(&PRIVATE, &stage.settings, async {
        what_is_pushed_conforms(&stage);
        the_sending_side_conforms(&stage).await;
        testkit::grants_are_renewed(&stage).await;
    })
    .await;
}

#[tokio::test]
async fn texts_and_files_conform() {
    for door in [Door::Page, Door::Instagram] {
        let stage = Stage::start(door, LONG).await;
        testkit::limits_are_kept(&stage, &stage).await;
    }
}

#[test]
fn what_both_lack_is_written_down() {
    testkit::lacks_are_written_down("Messenger", MESSENGER_LACKS);
    testkit::lacks_are_written_down("Instagram", INSTAGRAM_LACKS);
}
