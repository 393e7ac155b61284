//! What each provider is asked, and what becomes of its answers.

use std::time::Duration;

use channel_contract::ParcelTracker;
use channel_contract::orders::{OrderFailure, ShipmentStatus};
use channel_contract::tracking::{Parcel, ParcelNews};
use channel_tracking::{AfterShip, EasyPost, SeventeenTrack};
use platform_doubles::server::Platform;
use platform_doubles::tracking::{self, Parcels};
use platform_doubles::{Double, Fault, Response};
use time::macros::datetime;

use crate::{HOOK_SECRET, KEY, access};

fn parcel(number: &str) -> Parcel {
    Parcel { number: number.to_owned(), carrier: "DHL".to_owned() }
}

/// What the providers call a parcel that is on its way, and one that arrived.
#[derive(Clone, Copy)]
struct Words {
    on_its_way: &'static str,
    arrived: &'static str,
}

/// Follows a parcel from before anybody has seen it to its arrival; then refusals and trouble.
async fn follows_parcels<P: Platform>(
    double: &Double<P>,
    parcels: &Parcels,
    words: Words,
    tracker: impl Fn(&str) -> Box<dyn ParcelTracker>,
) {
    let known = tracker(KEY);
    assert_eq!(known.check().await, Ok(()));
    assert!(known.read(&[parcel("RR1")]).await.unwrap().is_empty(), "nobody follows it");
    assert_eq!(known.register(&[parcel("RR1")]).await, Ok(Vec::new()));
    assert_eq!(known.register(&[parcel("RR1")]).await, Ok(Vec::new()), "once more is the same");
    assert_eq!(parcels.followed(), ["RR1"]);
    let unseen = known.read(&[parcel("RR1")]).await.unwrap();
    assert_eq!(unseen, [ParcelNews { number: "RR1".to_owned(), ..ParcelNews::default() }]);

    parcels.scan("RR1", words.on_its_way, "2026-11-22T08:00:00Z", "In the depot", "Bremen");
    parcels.expect("RR1", "2026-11-24");
    let [moves]: [ParcelNews; 1] = known.read(&[parcel("RR1")]).await.unwrap().try_into().unwrap();
    assert_eq!(moves.status, Some(ShipmentStatus::InTransit));
    let scans: Vec<(&str, &str)> = moves.events.iter().map(|scan| (scan.text.as_str(), scan.place.as_str())).collect();
    assert_eq!(scans, [("In the depot", "Bremen")]);
    let expected = moves.estimated.unwrap();
    assert_eq!((expected.from, expected.to), (datetime!(2026-11-24 0:00 UTC), datetime!(2026-11-24 23:59:59 UTC)));
    assert_eq!(moves.estimated_by, "the carrier");

    parcels.scan("RR1", words.arrived, "2026-11-23T08:00:00Z", "Handed over", "Bremen");
    let [arrived]: [ParcelNews; 1] = known.read(&[parcel("RR1")]).await.unwrap().try_into().unwrap();
    assert_eq!(arrived.status, Some(ShipmentStatus::Delivered));
    assert_eq!(arrived.delivered_at, Some(datetime!(2026-11-23 8:00 UTC)));

    let refused = known.register(&[parcel("BAD1")]).await.unwrap();
    assert!(matches!(refused.as_slice(), [one] if one.number == "BAD1" && !one.reason.is_empty()), "{refused:?}");

    assert!(matches!(tracker("another").check().await, Err(OrderFailure::Reconnect { .. })));
    let slower = Fault::Answer(Response::status(429).with("retry-after", "7"));
    double.misbehave("", "", slower, 1);
    let asked = known.read(&[parcel("RR1")]).await;
    assert!(matches!(asked, Err(OrderFailure::Retry { after: Some(wait), .. }) if wait == Duration::from_secs(7)));
    for fault in [
        Fault::ResetBeforeBody,
        Fault::ResetAfterBody,
        Fault::BreakOffAfterBody,
        Fault::Answer(Response::status(500)),
        Fault::Answer(Response { body: "<html>".into(), ..Response::status(200) }),
    ] {
        double.misbehave("", "", fault.clone(), 1);
        let asked = known.register(&[parcel("RR2")]).await;
        let is_fine = matches!(asked, Err(OrderFailure::Retry { .. }))
            // Who only says that it is done says enough.
            || (asked == Ok(Vec::new()) && matches!(fault, Fault::Answer(_)));
        assert!(is_fine, "{fault:?} {asked:?}");
        assert_eq!(known.register(&[parcel("RR2")]).await, Ok(Vec::new()), "it may be asked again: {fault:?}");
    }
}

#[tokio::test]
async fn aftership_follows_parcels() {
    let double = Double::start(tracking::aftership::AfterShip::new(KEY, HOOK_SECRET)).await.unwrap();
    let base = double.url();
    let words = Words { on_its_way: "InTransit", arrived: "Delivered" };
    let tracker = |key: &str| -> Box<dyn ParcelTracker> { Box::new(AfterShip::new(access(&base, key))) };
    follows_parcels(&double, &double.platform.parcels, words, tracker).await;

    // It names the second in which it takes more, where it names no time to wait.
    double.misbehave("", "", Fault::Answer(Response::status(429).with("x-ratelimit-reset", "1795424409")), 1);
    let asked = AfterShip::new(access(&base, KEY)).check().await;
    assert!(matches!(asked, Err(OrderFailure::Retry { after: Some(wait), .. }) if wait == Duration::from_secs(9)));
}

#[tokio::test]
async fn easypost_follows_parcels() {
    let double = Double::start(tracking::easypost::EasyPost::new(KEY, HOOK_SECRET)).await.unwrap();
    let base = double.url();
    let words = Words { on_its_way: "in_transit", arrived: "delivered" };
    let tracker = |key: &str| -> Box<dyn ParcelTracker> { Box::new(EasyPost::new(access(&base, key))) };
    follows_parcels(&double, &double.platform.parcels, words, tracker).await;
}

#[tokio::test]
async fn seventeen_track_follows_parcels_forty_at_once() {
    let double = Double::start(tracking::seventeen_track::SeventeenTrack::new(KEY)).await.unwrap();
    let base = double.url();
    let words = Words { on_its_way: "InTransit", arrived: "Delivered" };
    let tracker = |key: &str| -> Box<dyn ParcelTracker> { Box::new(SeventeenTrack::new(access(&base, key))) };
    follows_parcels(&double, &double.platform.parcels, words, tracker).await;

    let many: Vec<Parcel> = (0..40).map(|number| parcel(&format!("NN{number}"))).collect();
    let known = SeventeenTrack::new(access(&base, KEY));
    assert_eq!(known.pace().at_once, many.len());
    let before = double.calls().len();
    assert_eq!(known.register(&many).await, Ok(Vec::new()));
    assert_eq!(known.read(&many).await.unwrap().len(), many.len());
    assert_eq!(double.calls().len() - before, 2);
}
