//! The life of an access.

use channel_contract::MessageChannel as _;
use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::Outbound;
use channel_contract::testkit::{Harness as _, SendHarness as _};
use channel_meta::MetaSettings;
use platform_doubles::Response;
use platform_doubles::meta::{Door, Renewal};
use time::Duration;

use crate::stage::{ACCESS, NOW, Stage};

#[tokio::test]
async fn messages_go_on_while_a_renewal_is_in_trouble_and_a_check_tells() {
    let stage = Stage::start(Door::Instagram, 5).await;
    stage.meta().renews(Renewal::Answers(Response::status(503)));
    stage.channel.send(&stage.message()).await.unwrap();
    stage.channel.send(&stage.message()).await.unwrap();
    assert_eq!(stage.meta().renewals(), 1, "not every message tries again");
    let checked = stage.channel.check().await;
    assert!(matches!(checked, Err(ChannelFailure::Retry { .. })), "{checked:?}");
    assert_eq!(stage.channel.renewed_secrets(), None);
    stage.meta().renews(Renewal::Grants(5_000_000));
    assert_eq!(stage.channel.check().await, Ok(()));
    let renewed = stage.channel.renewed_secrets().unwrap();
    assert_eq!(renewed["token_ends_at"], NOW.unix_timestamp() + 5_000_000);
    assert_eq!(renewed["token_granted_at"], NOW.unix_timestamp());
}

#[tokio::test]
async fn what_is_handed_on_is_what_the_next_process_begins_with() {
    let stage = Stage::start(Door::Instagram, 5).await;
    assert_eq!(stage.channel.check().await, Ok(()));
    let mut stored = serde_json::to_value(&stage.settings).unwrap();
    let renewed = stage.channel.renewed_secrets().unwrap();
    stored.as_object_mut().unwrap().extend(renewed.as_object().unwrap().clone());
    let settings: MetaSettings = serde_json::from_value(stored).unwrap();
    let before = stage.meta().renewals();
    let next = stage.over(settings);
    assert_eq!(next.health().token_ends_at, Some(NOW + Duration::days(60)));
    assert_eq!(next.check().await, Ok(()));
    assert_eq!(stage.meta().renewals(), before, "a new access is not renewed");
}

#[tokio::test]
async fn an_access_that_is_over_asks_for_a_person() {
    let stage = Stage::start(Door::Instagram, 5).await;
    stage.meta().set_now(NOW + Duration::days(6));
    stage.meta().wrote(crate::stage::CUSTOMER, NOW + Duration::days(6));
    stage.meta().grant(ACCESS, Some(NOW + Duration::days(5)));
    stage.meta().renews(Renewal::Refuses);
    let message = Outbound { last_inbound_at: Some(stage.meta().now()), ..stage.message() };
    let outcome = stage.restarted().send(&message).await;
    assert!(matches!(outcome, Err(ChannelFailure::Reconnect { .. })), "{outcome:?}");
}

#[tokio::test]
async fn the_end_of_an_access_that_is_not_renewed_is_told_before_it_comes() {
    for door in [Door::Page, Door::BehindPage] {
        let stage = Stage::start(door, 5).await;
        assert_eq!(stage.channel.health().token_ends_at, None);
        let (hour, week) = (NOW + Duration::hours(1), NOW + Duration::days(7));
        stage.meta().grant(ACCESS, Some(week));
        assert_eq!(stage.channel.check().await, Ok(()));
        assert_eq!(stage.channel.health().token_ends_at, Some(week));
        stage.meta().may_read_until(Some(hour));
        assert_eq!(stage.channel.check().await, Ok(()));
        assert_eq!(stage.channel.health().token_ends_at, Some(hour), "whatever ends first");
        let mut stored = serde_json::to_value(&stage.settings).unwrap();
        let told = stage.channel.renewed_secrets().unwrap();
        assert_eq!(told["access_token"], ACCESS);
        stored.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
        let restarted = stage.over(serde_json::from_value(stored).unwrap());
        assert_eq!(restarted.health().token_ends_at, Some(hour), "known without asking");
        stage.meta().grant(ACCESS, None);
        stage.meta().may_read_until(None);
        assert_eq!(restarted.check().await, Ok(()));
        assert_eq!(restarted.health().token_ends_at, None, "one that has no end");
        assert_eq!(stage.meta().renewals(), 0);
    }
}

#[tokio::test]
async fn the_access_of_a_page_is_never_renewed() {
    for door in [Door::Page, Door::BehindPage] {
        let stage = Stage::start(door, 5).await;
        assert_eq!(stage.channel.check().await, Ok(()));
        assert_eq!((stage.meta().renewals(), stage.channel.renewed_secrets()), (0, None));
    }
}
