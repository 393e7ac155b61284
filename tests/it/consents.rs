//! The owner of an account lets the desk in on a page of the platform, which leads back.

use std::time::Duration;

use platform_doubles::Double;
use platform_doubles::ebay::{CLIENT_ID, CLIENT_SECRET, Ebay, Granting, REFRESH_TOKEN, RU_NAME, SELLER};
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::teammate::Role;
use resolute::store::channels;
use url::Url;

use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::Client;

struct Shop {
    desk: TestDesk,
    double: Double<Ebay>,
}

impl Shop {
    /// An account whose keys are typed in, and into which nobody has let the desk.
    async fn start(engine: Engine) -> Self {
        let double = Double::start(Ebay::default()).await.unwrap();
        double.platform.set_now(MONDAY.datetime());
        let wish = Wish { public_url: "https://desk.example".to_owned(), may_leave_work: true, ..Wish::exact(engine) };
        let desk = TestDesk::start(wish).await;
        let url = double.url();
        let fields = [
            ("kind", "ebay"),
            ("access.client_id", CLIENT_ID),
            ("access.client_secret", CLIENT_SECRET),
            ("access.ru_name", RU_NAME),
            ("usernames", SELLER),
            ("marketplace", "EBAY_DE"),
            ("notifications.alert_email", "ops@fjord.example"),
            ("notifications.wanted", "yes"),
            ("api_url", url.as_str()),
        ];
        let saved = send(&mut desk.browser().await, "/channels", &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        Self { desk, double }
    }

    async fn channel(&self) -> Channel {
        let all = channels::list(&self.desk.desk.db).await.unwrap();
        all.into_iter().find(|channel| channel.kind == "ebay").unwrap()
    }

    /// Where the page of the account leads the owner.
    async fn led(&self, browser: &mut Client) -> String {
        let path = format!("/channels/{}/consents/new", self.channel().await.id);
        let answer = browser.get(&path).await.unwrap();
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.header("location").unwrap().to_owned()
    }
}

/// The address to which the platform leads back.
fn back(code: &str, led: &str) -> String {
    let led = Url::parse(led).unwrap();
    let state = led.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned()).unwrap();
    let mut url = Url::parse("https://desk.example/channels/consents").unwrap();
    url.query_pairs_mut().append_pair("code", code).append_pair("state", &state).append_pair("expires_in", "299");
    format!("{}?{}", url.path(), url.query().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_lets_the_desk_in_and_again_when_access_was_taken_back() {
    for engine in Engine::all() {
        let shop = Shop::start(engine).await;
        let (desk, ebay) = (&shop.desk, &shop.double.platform);
        let id = shop.channel().await.id;
        assert_eq!(shop.channel().await.state, ChannelState::NeedsAttention);
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, &format!("/channels/{id}")).await;
        assert!(shown.contains(&format!("href=\"/channels/{id}/consents/new\"")), "{shown}");
        assert!(shown.contains("https://desk.example/channels/consents"), "{shown}");

        for _ in 0..2 {
            desk.desk.clock.advance(Duration::from_mins(1));
            let led = shop.led(&mut browser).await;
            let code = ebay.consent(&led).unwrap();
            let answer = browser.get(&back(&code, &led)).await.unwrap();
            assert_eq!(answer.status, 303, "{}", answer.text());
            assert_eq!(answer.header("location"), Some(format!("/channels/{id}").as_str()));
            let channel = shop.channel().await;
            assert_eq!((channel.state, channel.state_reason.as_str()), (ChannelState::Connected, ""));
            let access = desk.desk.connections.secrets(id).await.unwrap()["access"].clone();
            assert_eq!(access["refresh_token"], REFRESH_TOKEN);
            let granted_at = desk.desk.clock.now().datetime().unix_timestamp();
            assert_eq!(access["granted_at"], granted_at);
            assert_eq!(access["ends_at"], granted_at + 47_304_000);
            assert_eq!(access["client_secret"], CLIENT_SECRET, "what was there stays");
            let pushed = ebay.pushed_to(&format!("https://desk.example/webhooks/ebay/{id}"));
            assert_eq!(pushed.len(), 4, "{pushed:?}");

            ebay.set_granting(Granting::Refuses);
            // Longer than what it has from eBay counts.
            desk.desk.clock.advance(Duration::from_hours(3));
            taken(&mut browser, &format!("/channels/{id}/checks"), &[("back", "/channels")]).await;
            assert_eq!(shop.channel().await.state, ChannelState::NeedsAttention);
            ebay.set_granting(Granting::Grants);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_while_the_platform_is_asked_stays() {
    for engine in Engine::all() {
        let shop = Shop::start(engine).await;
        let (desk, db) = (&shop.desk, &shop.desk.desk.db);
        let id = shop.channel().await.id;
        let mut browser = desk.browser().await;
        let led = shop.led(&mut browser).await;
        let address = back(&shop.double.platform.consent(&led).unwrap(), &led);

        let mut secrets = desk.desk.connections.secrets(id).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        channels::lock(&mut tx, id).await.unwrap();
        let mut coming = tokio::spawn(async move { browser.get(&address).await.unwrap().status });
        let waited = tokio::time::timeout(Duration::from_secs(1), &mut coming).await;
        assert!(waited.is_err(), "it waits for who holds the channel");
        secrets["noted"] = "meanwhile".into();
        let sealed = desk.desk.connections.seal(id, &secrets).unwrap();
        channels::set_secrets(&mut tx, id, sealed, None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(coming.await.unwrap(), 303);

        let kept = desk.desk.connections.secrets(id).await.unwrap();
        assert_eq!(kept["noted"], "meanwhile");
        assert_eq!(kept["access"]["refresh_token"], REFRESH_TOKEN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_nobody_here_asked_for_changes_nothing() {
    let shop = Shop::start(Engine::Sqlite).await;
    let desk = &shop.desk;
    let id = shop.channel().await.id;
    let mut browser = desk.browser().await;
    let led = shop.led(&mut browser).await;
    let code = shop.double.platform.consent(&led).unwrap();

    let forged = led.replace(&format!("{id}."), &format!("{id}.0"));
    let mut others = desk.browser().await;
    let sam = desk.joined("Sam", Role::Teammate).await;
    let mut sams = desk.browser_of(sam).await;
    for (who, address) in [(&mut browser, back(&code, &forged)), (&mut others, back(&code, &led))] {
        assert_eq!(who.get(&address).await.unwrap().status, 403, "{address}");
    }
    assert_eq!(sams.get(&back(&code, &led)).await.unwrap().status, 403);
    assert_eq!(sams.get(&format!("/channels/{id}/consents/new")).await.unwrap().status, 403);
    let nobody = desk.client().get(&back(&code, &led)).await.unwrap();
    assert_ne!(nobody.header("location"), Some(format!("/channels/{id}").as_str()));
    let saved = async || desk.desk.connections.secrets(id).await.unwrap()["access"]["refresh_token"].clone();
    assert!(saved().await.is_null());

    for (code, words) in [("", "Nobody said yes"), ("made-up", "Nothing was changed")] {
        let answer = browser.get(&back(code, &led)).await.unwrap();
        assert_eq!(answer.status, 303);
        assert!(said(&answer).contains(words), "{}", said(&answer));
    }
    assert!(saved().await.is_null());
}
