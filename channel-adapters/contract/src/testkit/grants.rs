//! Point 6: access that is renewed, and taken back.

use std::time::Duration;

use futures_util::future::join_all;

use super::harness::{GrantHarness, Provider, numbered};
use super::secrecy::seen;
use crate::failure::{ChannelFailure, FailureClass};

/// How many use the connection at the same time.
const TOGETHER: usize = 8;

/// Point 6: access is renewed once for all who wait for it, again when it is over, and never for a grant that was taken
/// back: that asks for a person, and what waits meanwhile is sent once afterwards.
pub async fn grants_are_renewed(harness: &dyn GrantHarness) {
    one_renewal_serves_all(harness).await;
    access_that_is_over_is_renewed(harness).await;
    a_new_secret_is_handed_on(harness).await;
    a_grant_taken_back_loses_nothing(harness).await;
    a_provider_in_trouble_is_asked_again(harness).await;
    harness.provider(Provider::Grants).await;
}

async fn one_renewal_serves_all(harness: &dyn GrantHarness) {
    harness.provider(Provider::Grants).await;
    let channel = harness.restarted();
    for outcome in join_all((0..TOGETHER).map(|_| channel.check())).await {
        assert_eq!(outcome, Ok(()), "access that was granted opens the connection");
    }
    assert_eq!(harness.renewals().await, 1, "who comes while access is renewed waits for the same one");
}

async fn access_that_is_over_is_renewed(harness: &dyn GrantHarness) {
    harness.provider(Provider::GrantsBriefly).await;
    let channel = harness.restarted();
    assert_eq!(channel.check().await, Ok(()));
    let once = harness.renewals().await;
    assert_eq!(channel.check().await, Ok(()), "access that is over is renewed");
    assert!(harness.renewals().await > once, "nobody goes on with access that is over");
    // It may be taken back before its time.
    harness.provider(Provider::GrantsInVain).await;
    let channel = harness.restarted();
    let refused = channel.check().await;
    seen(&refused);
    assert!(matches!(refused, Err(ChannelFailure::Reconnect { .. })), "access that is not taken: {refused:?}");
    harness.provider(Provider::Grants).await;
    assert_eq!(channel.check().await, Ok(()), "access that was not taken is not used again");
}

async fn a_new_secret_is_handed_on(harness: &dyn GrantHarness) {
    harness.provider(Provider::Replaces).await;
    let channel = harness.restarted();
    assert_eq!(channel.check().await, Ok(()));
    assert!(channel.renewed_secrets().is_some(), "a new secret is handed on to be kept");
    assert_eq!(channel.renewed_secrets(), None, "once");
}

async fn a_grant_taken_back_loses_nothing(harness: &dyn GrantHarness) {
    harness.provider(Provider::Refuses).await;
    let (channel, message) = (harness.restarted(), numbered(harness, 10));
    let before = harness.taken().await;
    for _ in 0..2 {
        let outcome = channel.send(&message).await;
        seen(&outcome);
        assert!(matches!(outcome, Err(ChannelFailure::Reconnect { .. })), "a person is asked for: {outcome:?}");
    }
    let checked = channel.check().await;
    assert!(matches!(checked, Err(ChannelFailure::Reconnect { .. })), "a check says the same: {checked:?}");
    assert_eq!(harness.taken().await, before, "nothing leaves without access");
    harness.provider(Provider::Grants).await;
    assert!(channel.send(&message).await.is_ok(), "what waited leaves when access is back");
    assert_eq!(harness.taken().await, before + 1, "once");
}

async fn a_provider_in_trouble_is_asked_again(harness: &dyn GrantHarness) {
    let wait = Duration::from_secs(7);
    for trouble in [Provider::Limits(wait), Provider::Fails, Provider::Garbles, Provider::Hangs] {
        harness.provider(trouble).await;
        let outcome = harness.restarted().check().await;
        seen(&outcome);
        let Err(ChannelFailure::Retry { class, after, .. }) = outcome else {
            panic!("{trouble:?} passes, but gave {outcome:?}")
        };
        if trouble == Provider::Limits(wait) {
            assert_eq!((class, after), (FailureClass::Rate, Some(wait)), "the time that was named is kept");
        }
    }
}
