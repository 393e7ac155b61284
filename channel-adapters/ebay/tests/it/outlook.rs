//! How the connection will stand: until when the seller has allowed it, and how many calls are left.

use std::time::Duration;

use channel_contract::channel::{MessageChannel as _, Quota};
use channel_ebay::settings::{Access, EbaySettings, Secret};
use platform_doubles::{Fault, Response};
use time::Duration as Span;

use crate::shop::{BUYER, LISTING, Shop};

const PATIENCE: Duration = Duration::from_secs(30);

fn quota(used: u64) -> Vec<Quota> {
    vec![
        Quota { name: "Calls for messages", used, of: 5_000 },
        Quota { name: "Calls for orders", used: 0, of: 100_000 },
    ]
}

#[tokio::test]
async fn what_is_left_of_the_calls_is_asked_once_an_hour() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    assert!(shop.channel.health().quota.is_empty(), "nothing is known before it was asked");
    let (_, cursor) = shop.poll(None).await;
    assert_eq!(shop.channel.health().quota, quota(0));
    ebay.set_calls_left(900);
    let (_, cursor) = shop.poll(Some(cursor)).await;
    assert_eq!(shop.channel.health().quota, quota(0));
    ebay.set_now(ebay.now() + Span::hours(1));
    let (_, cursor) = shop.poll(Some(cursor)).await;
    assert_eq!(shop.channel.health().quota, quota(4_100));

    // No message waits for an answer to this.
    shop.ebay.misbehave("GET", "/rate_limit", Fault::Answer(Response::status(500)), 1);
    ebay.set_now(ebay.now() + Span::hours(1));
    ebay.write(BUYER, LISTING, "Hello");
    let (items, _) = shop.poll(Some(cursor)).await;
    assert!(items.iter().any(|item| item.external_id.starts_with("message:")));
    assert_eq!(shop.channel.health().quota, quota(4_100), "what was told last stands");
}

#[tokio::test]
async fn the_end_of_the_grant_is_foretold() {
    let shop = Shop::start(PATIENCE).await;
    assert_eq!(shop.channel.health().token_ends_at, None, "nobody knows when it was granted");
    let now = shop.ebay.platform.now();
    let granted = Access { granted_at: now.unix_timestamp(), ..shop.settings.access.clone() };
    let settings = |access: &Access| EbaySettings { access: access.clone(), ..shop.settings.clone() };
    let ends = |access: &Access| shop.with_settings(&settings(access)).health().token_ends_at;
    assert_eq!(ends(&granted), Some(now + Span::days(547)));
    let told = Access { ends_at: (now + Span::days(3)).unix_timestamp(), ..granted.clone() };
    assert_eq!(ends(&told), Some(now + Span::days(3)));
    assert_eq!(ends(&Access { refresh_token: Secret::default(), ..granted }), None);
}

#[tokio::test]
async fn another_grant_that_ebay_gives_begins_anew() {
    let shop = Shop::start(PATIENCE).await;
    shop.ebay.platform.set_granting(platform_doubles::ebay::Granting::Replaces);
    shop.poll(None).await;
    let now = shop.ebay.platform.now().unix_timestamp();
    let access = shop.channel.renewed_secrets().unwrap()["access"].clone();
    assert_eq!((&access["granted_at"], &access["ends_at"]), (&now.into(), &0.into()));
}
