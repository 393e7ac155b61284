//! Accounts of platforms as people connect and look after them, each against a double of its platform.

mod connecting;
mod extra;
mod subscribing;
mod watched;
mod webhooks;

use std::time::Duration;

use platform_doubles::ebay::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, SELLER};
use platform_doubles::line::BASIC_ID;
use platform_doubles::meta::{Account as Page, Door, Meta};
use platform_doubles::mirakl::Mirakl;
use platform_doubles::telegram::{Person, SECRET_HEADER, Telegram};
use platform_doubles::twilio::Twilio;
use platform_doubles::{Double, Fault};
use resolute::config::HttpConfig;
use resolute::model::ChannelId;
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::teammate::Role;
use resolute::store::channels;
use serde_json::json;

use crate::locks::{opened_elsewhere, until_somebody_waits};
use crate::mail_path::{answer, last_message, until};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::Answer;
use crate::support::stand::Stand;
use crate::support::stores::number_of;

const TOKEN: &str = "123456:bot-token";
const NUMBER: &str = "+4790000001";

type Fields = Vec<(&'static str, String)>;

async fn post(desk: &TestDesk, path: &str, fields: &Fields) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    send(&mut desk.browser().await, path, &fields).await
}

/// The fields with another value in one of them.
fn with(fields: &Fields, name: &'static str, value: &str) -> Fields {
    let mut fields: Fields = fields.iter().filter(|(known, _)| *known != name).cloned().collect();
    fields.push((name, value.to_owned()));
    fields
}

fn fields(all: &[(&'static str, &str)]) -> Fields {
    all.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

async fn all(desk: &TestDesk) -> Vec<Channel> {
    channels::list(&desk.desk.db).await.unwrap()
}

/// The only channel of a kind.
async fn of_kind(desk: &TestDesk, kind: &str) -> Channel {
    let mut found: Vec<Channel> = all(desk).await.into_iter().filter(|channel| channel.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

fn whatsapp(url: &str) -> Fields {
    fields(&[
        ("kind", "whatsapp"),
        ("phone_number_id", "800001"),
        ("account_id", "700001"),
        ("app_id", "600001"),
        ("access_token", " the-access-token\n"),
        ("app_secret", "the-app-secret"),
        ("api_url", url),
    ])
}

fn telegram(url: &str) -> Fields {
    fields(&[("kind", "telegram"), ("name", "The bot"), ("bot", "@fjord_bot"), ("token", TOKEN), ("api_url", url)])
}

fn line(url: &str) -> Fields {
    fields(&[
        ("kind", "line"),
        ("basic_id", BASIC_ID),
        ("channel_secret", "channel-secret"),
        ("access_token", "line-access"),
        ("api_url", url),
        ("data_url", url),
    ])
}

fn twilio(url: &str) -> Fields {
    fields(&[
        ("kind", "twilio"),
        ("provider.account_sid", "AC00aa"),
        ("provider.auth_token", "auth-secret"),
        ("number", NUMBER),
        ("provider.api_url", url),
    ])
}

fn messenger(url: &str) -> Fields {
    fields(&[
        ("kind", "messenger"),
        ("page_id", "1001"),
        ("access_token", "page-access"),
        ("app_id", "3001"),
        ("app_secret", "app-secret"),
        ("api_url", url),
    ])
}

fn instagram(url: &str) -> Fields {
    fields(&[
        ("kind", "instagram"),
        ("login", "instagram"),
        ("instagram_id", "2001"),
        ("access_token", "account-access"),
        ("app_id", "3001"),
        ("app_secret", "app-secret"),
        ("api_url", url),
    ])
}

fn mirakl(url: &str) -> Fields {
    fields(&[("kind", "mirakl"), ("api_url", url), ("marketplace", "Market"), ("api_key", "shop-key")])
}

fn ebay(url: &str) -> Fields {
    fields(&[
        ("kind", "ebay"),
        ("access.client_id", CLIENT_ID),
        ("access.client_secret", CLIENT_SECRET),
        ("access.refresh_token", REFRESH_TOKEN),
        ("usernames", SELLER),
        ("marketplace", "EBAY_DE"),
        ("api_url", url),
    ])
}

fn meta(door: Door, access: &str) -> Meta {
    let account = Page {
        door,
        page_id: "1001".to_owned(),
        instagram_id: "2001".to_owned(),
        app_id: "3001".to_owned(),
        app_secret: "app-secret".to_owned(),
    };
    let meta = Meta::new(account, MONDAY.datetime());
    meta.grant(access, None);
    meta
}

fn ana() -> Person {
    Person { id: 7001, first_name: "Ana".to_owned(), last_name: "Lindqvist".to_owned() }
}

/// A bot that is connected, and the word by which Telegram is known.
async fn with_bot(desk: &TestDesk, double: &Double<Telegram>) -> (ChannelId, String) {
    assert_eq!(post(desk, "/channels", &telegram(&double.url())).await.status, 303);
    let id = of_kind(desk, "telegram").await.id;
    let secrets = desk.desk.connections.secrets(id).await.unwrap();
    (id, secrets["webhook_secret"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_replies_leave_in_order_once_the_account_is_connected_again() {
    for engine in Engine::all() {
        let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (id, word) = with_bot(&desk, &double).await;
        let body = double.platform.message(&ana(), &json!({ "text": "Where is my parcel?" })).body;
        let mut platform = desk.client().with(SECRET_HEADER, &word);
        let pushed = platform.post(&format!("/webhooks/telegram/{id}"), "application/json", &body).await.unwrap();
        assert_eq!(pushed.status, 200, "{}", pushed.text());
        desk.drain().await;
        let number = desk.newest().await.number;

        double.platform.revoke(true);
        answer(&desk, number, "It left on Saturday.").await;
        answer(&desk, number, "It comes tomorrow.").await;
        for _ in 0..4 {
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(
            (last_message(&desk, number).await["delivery"].as_str(), double.platform.sent().len()),
            (Some("queued"), 0)
        );
        let mut browser = desk.browser().await;
        let inbox = page(&mut browser, "/inbox").await;
        assert!(
            inbox.contains("Connect “The bot” again") && inbox.contains(&format!("href=\"/channels/{id}\"")),
            "{inbox}"
        );
        let sam = desk.joined("Sam", Role::Teammate).await;
        let theirs = page(&mut desk.browser_of(sam).await, "/inbox").await;
        assert!(!theirs.contains("Connect “The bot” again"), "nobody else can mend it");

        double.platform.revoke(false);
        let kept = with(&telegram(&double.url()), "token", "");
        assert_eq!(post(&desk, &format!("/channels/{id}"), &kept).await.status, 303, "the saved token stays");
        assert!(!page(&mut browser, "/inbox").await.contains("Connect “The bot” again"));
        for _ in 0..4 {
            desk.desk.clock.advance(Duration::from_mins(1));
            desk.drain().await;
        }
        let texts: Vec<String> = double.platform.sent().into_iter().map(|sent| sent.text).collect();
        assert_eq!(texts, ["It left on Saturday.", "It comes tomorrow."]);
        let word_now = desk.desk.connections.secrets(id).await.unwrap()["webhook_secret"].clone();
        assert_eq!(word_now, json!(word), "Telegram goes on with the same word");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stays_when_a_setting_is_saved_and_ends_where_lost_access_is_given_again() {
    for engine in Engine::all() {
        let double = Double::start(Mirakl::new("shop-key", MONDAY.datetime())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let form = mirakl(&double.url());
        assert_eq!(post(&desk, "/channels", &form).await.status, 303);
        let path = format!("/channels/{}", of_kind(&desk, "mirakl").await.id);
        let mut browser = desk.browser().await;
        taken(&mut browser, &format!("{path}/pause"), &[("back", &path)]).await;
        let resumed = "select count(*) from audit_log where action = 'channel_resumed'";

        let saved = post(&desk, &path, &with(&form, "name", "The market")).await;
        assert!(saved.status == 303 && said(&saved).contains("stays paused"), "{}", said(&saved));
        let market = of_kind(&desk, "mirakl").await;
        assert_eq!((market.state, market.name.as_str()), (ChannelState::Paused, "The market"));
        assert!(market.state_reason.starts_with("Paused by "), "{}", market.state_reason);
        assert_eq!(number_of(&desk.desk.db, resumed).await, 0);
        assert!(page(&mut browser, &path).await.contains("paused until somebody presses “Go on”"));

        double.platform.renew_key("another-key");
        let saved = post(&desk, &path, &with(&form, "api_key", "another-key")).await;
        assert!(saved.status == 303 && said(&saved).contains("ends the pause"), "{}", said(&saved));
        assert_eq!(of_kind(&desk, "mirakl").await.state, ChannelState::Connected);
        assert_eq!(number_of(&desk.desk.db, resumed).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_were_stored_while_an_account_was_tried_stay() {
    for engine in Engine::all() {
        let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (id, _) = with_bot(&desk, &double).await;
        let (path, form) = (format!("/channels/{id}"), with(&telegram(&double.url()), "token", ""));
        let (connections, mut browser) = (&desk.desk.connections, desk.browser().await);
        let mut secrets = connections.secrets(id).await.unwrap();
        secrets["webhook_secret"] = json!("given-meanwhile");
        let sealed = connections.seal(id, &secrets).unwrap();
        let connected_at = channels::sealed(&desk.desk.db, id).await.unwrap().connected_at;

        let elsewhere = opened_elsewhere(&desk).await;
        let mut tx = elsewhere.begin().await.unwrap();
        channels::lock(&mut tx, id).await.unwrap();
        channels::set_secrets(&mut tx, id, sealed, connected_at).await.unwrap();
        let saving = tokio::spawn(async move {
            let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            send(&mut browser, &path, &fields).await.status
        });
        until_somebody_waits(&desk.desk.db).await;
        tx.commit().await.unwrap();
        assert_eq!(saving.await.unwrap(), 303);
        let kept = connections.secrets(id).await.unwrap();
        assert_eq!((&kept["webhook_secret"], &kept["token"]), (&json!("given-meanwhile"), &json!(TOKEN)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_ends_soon_is_an_alarm_before_anything_is_lost() {
    let double = Double::start(meta(Door::Instagram, "account-access")).await.unwrap();
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }).await;
    assert_eq!(post(&desk, "/channels", &instagram(&double.url())).await.status, 303);
    let mut browser = desk.browser().await;
    let days = |number: u64| Duration::from_hours(24 * number);
    let alarm = "The access to “Instagram” ends";
    for (passed, is_there) in [(50, false), (2, false), (2, true), (3, true)] {
        desk.desk.clock.advance(days(passed));
        // A session lasts two weeks.
        browser = if passed == 50 { desk.browser().await } else { browser };
        assert_eq!(page(&mut browser, "/inbox").await.contains(alarm), is_there, "{passed} days later");
    }
    assert!(page(&mut browser, "/channels").await.contains("Access ends"));
    assert_eq!(of_kind(&desk, "instagram").await.state, ChannelState::Connected);

    desk.desk.clock.advance(days(4));
    let shown = page(&mut browser, "/inbox").await;
    assert!(shown.contains("The access to “Instagram” has ended."), "{shown}");
    assert!(shown.contains("until then replies wait") && !shown.contains("Connect it again before"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_leaves_where_the_channel_may_write_first() {
    let double = Double::start(Twilio::new("AC00aa", "auth-secret", NUMBER, "")).await.unwrap();
    let bot = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    assert_eq!(post(&desk, "/channels", &twilio(&double.url())).await.status, 303);
    let (bot, _) = with_bot(&desk, &bot).await;
    let id = of_kind(&desk, "sms").await.id;
    let path = format!("/channels/{id}/test-messages");
    let sent = post(&desk, &path, &fields(&[("to", " +4791234567 ")])).await;
    assert!(sent.status == 303 && said(&sent).starts_with('i'), "{}", said(&sent));
    let taken: Vec<(String, String)> = double.platform.sent().into_iter().map(|sent| (sent.to, sent.text)).collect();
    assert_eq!(taken, [("+4791234567".to_owned(), "A test from Fjord Home: this channel works.".to_owned())]);
    for wrong in ["", "nobody"] {
        let refused = post(&desk, &path, &fields(&[("to", wrong)])).await;
        assert!(said(&refused).starts_with('b'), "{wrong}: {}", said(&refused));
    }
    assert_eq!(double.platform.sent().len(), 1);
    let never = post(&desk, &format!("/channels/{bot}/test-messages"), &fields(&[("to", "7001")])).await;
    assert_eq!(never.status, 404, "a bot cannot write first");
    assert!(
        page(&mut desk.browser().await, &format!("/channels/{bot}")).await.contains("press Start"),
        "so a person does"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_checks_an_account_is_answered_though_its_platform_is_silent() {
    for engine in Engine::all() {
        let http = HttpConfig { account_seconds: 1, answer_seconds: 4, ..HttpConfig::default() };
        let stand = Stand::start(Wish { http, ..Wish::exact(engine) }, &["telegram"]).await;
        let before = stand.channel(stand.line()).await;
        assert!(stand.platforms.together.misbehave("telegram", "", "", Fault::HangBeforeBody, 10));
        let mut browser = stand.desk.browser().await;
        let answer = send(&mut browser, &format!("/channels/{}/checks", before.id), &[("back", "/channels")]).await;
        let words = said(&answer);
        assert!(words.contains("The platform has not answered within 1 second,"), "{words}");
        let after = stand.channel(stand.line()).await;
        assert_eq!((after.state, after.state_reason), (before.state, before.state_reason), "nobody knows yet");
        // The look ends when the desk waits no longer for the platform itself.
        assert!(words.contains("Load this page again in a moment"), "{words}");
        until(async || stand.channel(stand.line()).await.state == ChannelState::NeedsAttention).await;
        let shown = page(&mut browser, "/channels").await;
        assert!(shown.contains("needs you."), "{shown}");
    }
}
