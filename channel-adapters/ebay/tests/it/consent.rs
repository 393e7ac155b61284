//! The seller says yes on a page of eBay, and the desk has access.

use std::time::Duration;

use channel_contract::channel::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_ebay::settings::{Access, EbaySettings, Secret};
use platform_doubles::ebay::{REFRESH_TOKEN, RU_NAME};
use time::Duration as Span;

use crate::shop::{BUYER, LISTING, Shop};

const PATIENCE: Duration = Duration::from_secs(30);

async fn not_let_in() -> Shop {
    Shop::with(PATIENCE, |settings| EbaySettings {
        access: Access { refresh_token: Secret::default(), ru_name: RU_NAME.to_owned(), ..settings.access },
        ..settings
    })
    .await
}

fn code_of(shop: &Shop, page: &str) -> String {
    shop.ebay.platform.consent(page).unwrap()
}

#[tokio::test]
async fn a_consent_becomes_access_whose_end_is_known() {
    let shop = not_let_in().await;
    let failure = shop.channel.check().await.unwrap_err();
    assert_eq!(failure.class(), FailureClass::Permission, "{failure}");
    let failure = shop.channel.poll(None).await.unwrap_err();
    assert!(matches!(&failure, ChannelFailure::Reconnect { reason } if reason.contains("not let the desk in yet")));
    let page = shop.channel.consent("channel.word").unwrap();
    assert!(
        page.starts_with("https://auth.ebay.com/oauth2/authorize?") && page.contains("&state=channel.word"),
        "{page}"
    );
    let code = code_of(&shop, &page);
    shop.channel.take_consent(&code).await.unwrap();

    let now = shop.ebay.platform.now();
    let access = shop.channel.renewed_secrets().unwrap()["access"].clone();
    assert_eq!(access["refresh_token"], REFRESH_TOKEN);
    let granted: Access = serde_json::from_value(access).unwrap();
    let access = Access { granted_at: granted.granted_at, ends_at: granted.ends_at, ..shop.settings.access.clone() };
    let access = Access { refresh_token: granted.refresh_token, ..access };
    let connected = shop.with_settings(&EbaySettings { access, ..shop.settings.clone() });
    connected.check().await.unwrap();
    assert_eq!(connected.health().token_ends_at, Some(now + Span::seconds(47_304_000)));
    shop.ebay.platform.write(BUYER, LISTING, "Hello");
    assert_eq!(connected.poll(None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_code_is_good_once_and_only_if_it_is_ebays() {
    let shop = not_let_in().await;
    let code = code_of(&shop, &shop.channel.consent("s").unwrap());
    shop.channel.take_consent(&code).await.unwrap();
    for used_or_made_up in [code.as_str(), "made-up", ""] {
        let failure = shop.channel.take_consent(used_or_made_up).await.unwrap_err();
        assert!(matches!(failure, ChannelFailure::Reconnect { .. }), "{failure}");
        assert!(!failure.to_string().contains("consent-"), "{failure}");
    }
}

#[tokio::test]
async fn nobody_is_led_away_without_what_ebay_needs_for_it() {
    let shop = not_let_in().await;
    let with = |access: Access| EbaySettings { access, ..shop.settings.clone() };
    let access = || shop.settings.access.clone();
    let lacking = [
        Access { ru_name: String::new(), ..access() },
        Access { client_id: String::new(), ..access() },
        Access { consent_url: "no address".to_owned(), ..access() },
    ];
    for access in lacking {
        assert_eq!(shop.with_settings(&with(access)).consent("s"), None);
    }
}
