//! How the shop is entered, and what a check finds.

use std::time::Duration;

use channel_contract::orders::{OrderFailure, OrderQuery, OrderSource as _};
use platform_doubles::shopify::{CLIENT_ID, VERSION};

use crate::shop::{MARA, client, double, source, source_with, wish};

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_token_for_the_app_is_kept_and_had_anew_when_it_ended() {
    let double = double().await;
    let id = double.platform.buy(&wish(MARA));
    let source = source_with(&double, client(), PATIENCE);
    for _ in 0..3 {
        assert!(source.get(&id).await.unwrap().is_some());
    }
    assert_eq!(double.platform.granted(), 1);
    double.platform.end_tokens();
    assert!(source.get(&id).await.unwrap().is_some(), "a token that ended early is no trouble");
    assert_eq!(double.platform.granted(), 2);
}

#[tokio::test]
async fn a_shop_that_the_app_left_needs_a_person() {
    let double = double().await;
    for access in [client(), crate::shop::token()] {
        let source = source_with(&double, access, PATIENCE);
        assert_eq!(source.check().await, Ok(()));
        double.platform.uninstall();
        let checked = source.check().await;
        let Err(OrderFailure::Reconnect { reason }) = checked else { panic!("{checked:?}") };
        assert!(reason.contains("nothing is lost") && !reason.contains(CLIENT_ID), "{reason}");
        double.platform.install();
    }
}

#[tokio::test]
async fn another_version_than_was_asked_is_said_and_keeps_nothing_from_being_read() {
    let double = double().await;
    double.platform.buy(&wish(MARA));
    let source = source(&double);
    double.platform.fall_forward("2027-01");
    let checked = source.check().await;
    assert!(
        matches!(&checked, Err(OrderFailure::Refused { reason }) if reason.contains("2027-01") && reason.contains(VERSION)),
        "{checked:?}"
    );
    assert_eq!(source.find(&OrderQuery::Email(MARA.to_owned())).await.unwrap().len(), 1);
    double.platform.fall_forward(VERSION);
    assert_eq!(source.check().await, Ok(()));
}
