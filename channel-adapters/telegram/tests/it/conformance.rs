//! A bot keeps the contract: every point of the checklist.

use std::time::Duration;

use channel_contract::testkit::{self, Part};

use crate::bot::{Bot, LACKS};

/// How long a silent double is waited for.
const SHORT: Duration = Duration::from_secs(2);
/// The same where a message is as large as can be.
const LONG: Duration = Duration::from_mins(2);

#[tokio::test]
async fn what_is_pushed_conforms() {
    let bot = Bot::start(SHORT).await;
    testkit::requests_are_authentic(&bot);
    testkit::reading_again_gives_the_same(&bot);
    testkit::repetitions_are_one(&bot);
    testkit::the_unknown_hides_nothing(&bot);
    testkit::claims_prove_nothing(&bot);
    testkit::has_none(&bot, Part::Grant);
    testkit::has_none(&bot, Part::Polling);
}

#[tokio::test]
async fn texts_and_files_conform() {
    let bot = Bot::start(LONG).await;
    testkit::limits_are_kept(&bot, &bot).await;
}

/// In one test, so that what is logged meanwhile is looked through.
#[tokio::test]
async fn sending_conforms_and_nothing_leaks_meanwhile() {
    let bot = Bot::start(SHORT).await;
    let secrets = ["bot-token", "hook-secret", "former-secret"];
    let private = ["jacket", "Saturday", "Lindqvist", "ana_l", "broken", "It is me", "91234567"];
    testkit::nothing_leaks(&[&secrets[..], &private[..]].concat(), bot.settings(), async {
        testkit::requests_are_authentic(&bot);
        testkit::reading_again_gives_the_same(&bot);
        testkit::the_unknown_hides_nothing(&bot);
        testkit::claims_prove_nothing(&bot);
        testkit::files_are_fetched(&bot).await;
        testkit::news_finds_its_message(&bot).await;
        testkit::trouble_says_what_to_do_next(&bot).await;
        testkit::refusals_have_their_class(&bot).await;
        testkit::own_and_automatic_messages_are_known(&bot, &bot).await;
        testkit::capabilities_are_true(&bot, &bot).await;
        testkit::facts_for_metrics_are_told(&bot, &bot).await;
    })
    .await;
}

#[test]
fn what_telegram_lacks_is_written_down() {
    testkit::lacks_are_written_down("Telegram", LACKS);
}
