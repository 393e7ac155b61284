//! Webhooks: whose they are, and which parcels they name.

use bytes::Bytes;
use channel_contract::ParcelTracker;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use channel_contract::secret::Secret;
use channel_tracking::{Access, AfterShip, EasyPost, SeventeenTrack};
use platform_doubles::{Delivery, tracking};
use time::OffsetDateTime;

use crate::{HOOK_SECRET, KEY, access};

fn request(delivery: &Delivery) -> WebhookRequest {
    WebhookRequest {
        headers: delivery.headers.clone(),
        query: Vec::new(),
        url: String::new(),
        body: delivery.body.clone(),
        received_at: OffsetDateTime::UNIX_EPOCH,
    }
}

/// A provider with a delivery of its own, one that somebody else signed, and itself without any secret.
type Heard = (Box<dyn ParcelTracker>, Delivery, Delivery, Box<dyn ParcelTracker>);

fn all() -> Vec<Heard> {
    let to = || access("https://provider.example", KEY);
    let none = || Access { key: Secret::default(), hook_secret: Secret::default(), ..to() };
    let hook_of = |secret: &str| tracking::aftership::AfterShip::new(KEY, secret).hook("RR1");
    let easypost = |secret: &str| tracking::easypost::EasyPost::new(KEY, secret).hook("RR1");
    let seventeen_track = |key: &str| tracking::seventeen_track::SeventeenTrack::new(key).hook("RR1");
    vec![
        (Box::new(AfterShip::new(to())), hook_of(HOOK_SECRET), hook_of(""), Box::new(AfterShip::new(none()))),
        (Box::new(EasyPost::new(to())), easypost(HOOK_SECRET), easypost(""), Box::new(EasyPost::new(none()))),
        (
            Box::new(SeventeenTrack::new(to())),
            seventeen_track(KEY),
            seventeen_track(""),
            Box::new(SeventeenTrack::new(none())),
        ),
    ]
}

#[test]
fn only_what_the_provider_signed_byte_for_byte_names_a_parcel() {
    for (tracker, own, foreign, without_secret) in all() {
        assert_eq!(tracker.verify(&request(&own)), Ok(vec!["RR1".to_owned()]));
        assert_eq!(tracker.verify(&request(&foreign)), Err(VerifyError::Mismatch));
        assert_eq!(without_secret.verify(&request(&foreign)), Err(VerifyError::Mismatch), "no secret is no signature");
        let mut changed = request(&own);
        changed.body = String::from_utf8(own.body.to_vec()).unwrap().replace("RR1", "RR2").into();
        assert_eq!(tracker.verify(&changed), Err(VerifyError::Mismatch));
        let mut longer = request(&own);
        longer.body = Bytes::from([own.body.as_ref(), b" "].concat());
        assert_eq!(tracker.verify(&longer), Err(VerifyError::Mismatch));
        let unsigned = WebhookRequest { headers: Vec::new(), ..request(&own) };
        assert_eq!(tracker.verify(&unsigned), Err(VerifyError::Missing));
        for odd in ["x", "hmac-sha256-hex=", "hmac-sha256-hex=zz", "=="] {
            let mut odder = request(&own);
            for (_, value) in &mut odder.headers {
                odd.clone_into(value);
            }
            assert_eq!(tracker.verify(&odder), Err(VerifyError::Mismatch), "{odd}");
        }
    }
}
