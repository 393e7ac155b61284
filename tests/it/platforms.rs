//! Accounts of platforms as people connect and look after them, each against a double of its platform.

use std::time::Duration;

use bytes::Bytes;
use channel_contract::inbound::{RawItem, RawOrigin};
use futures_util::future::join_all;
use platform_doubles::Double;
use platform_doubles::amazon::{Amazon, CLIENT_ID as AMAZON_ID};
use platform_doubles::ebay::{CLIENT_ID, CLIENT_SECRET, Ebay, REFRESH_TOKEN, SELLER};
use platform_doubles::line::{BASIC_ID, Line};
use platform_doubles::meta::{Account as Page, Door, Meta};
use platform_doubles::mirakl::Mirakl;
use platform_doubles::telegram::{Person, SECRET_HEADER, Telegram};
use platform_doubles::twilio::Twilio;
use platform_doubles::whatsapp::{Account, Customer, Whatsapp};
use resolute::model::ChannelId;
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::teammate::Role;
use resolute::store::channels;
use serde_json::json;

use crate::brands::NORD;
use crate::mail_path::{answer, last_message};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::Answer;
use crate::support::stores::write;

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

/// Tries a form with a wrong secret, with one field less, and as it is: what is wrong stands at its field, and only the last
/// one is kept.
async fn connects(desk: &TestDesk, form: &Fields, key: &'static str, needed: &'static str) -> Channel {
    let kind = form.iter().find(|(name, _)| *name == "kind").map(|(_, kind)| kind.clone()).unwrap();
    let before = all(desk).await.len();
    let shown = page(&mut desk.browser().await, &format!("/channels/new?kind={kind}")).await;
    assert!(form.iter().all(|(name, _)| *name == "kind" || shown.contains(&format!("name=\"{name}\""))), "{shown}");

    let missing = post(desk, "/channels", &form.iter().filter(|(name, _)| *name != needed).cloned().collect()).await;
    assert_eq!(missing.status, 422, "{kind}");
    assert!(missing.text().contains(&format!("id=\"{needed}-error\"")), "{kind}: {}", missing.text());

    let wrong = post(desk, "/channels", &with(form, key, "wrong-secret")).await;
    let words = wrong.text();
    assert_eq!(wrong.status, 422, "{kind}: {words}");
    assert!(words.contains("Nothing was saved") && words.contains(&format!("id=\"{key}-error\"")), "{kind}: {words}");
    assert!(!words.contains("wrong-secret"), "{kind}: a secret never comes back");

    let tried = post(desk, "/channels", &with(form, "check", "1")).await;
    assert!(tried.text().contains("The account works."), "{kind}: {}", tried.text());
    assert_eq!(all(desk).await.len(), before, "{kind}: a test keeps nothing");

    let kept = post(desk, "/channels", form).await;
    assert_eq!(kept.status, 303, "{kind}: {}", kept.text());
    let twice = post(desk, "/channels", form).await;
    assert!(twice.status == 422 && twice.text().contains("connected already"), "{kind}: {}", twice.text());
    let rows = all(desk).await;
    assert_eq!(rows.len(), before + 1, "{kind}");
    let stored = if kind == "twilio" { "sms" } else { &kind };
    rows.into_iter().find(|row| row.kind == stored).unwrap()
}

/// A number of WhatsApp that is connected.
async fn with_number(desk: &TestDesk, double: &Double<Whatsapp>) -> ChannelId {
    assert_eq!(post(desk, "/channels", &whatsapp(&double.url())).await.status, 303);
    of_kind(desk, "whatsapp").await.id
}

/// WhatsApp pushes this to the address of a channel, signed.
async fn pushed(desk: &TestDesk, double: &Double<Whatsapp>, id: ChannelId, body: Bytes) -> Answer {
    let delivery = double.platform.signed(body);
    let (name, signature) = delivery.headers.iter().find(|(name, _)| name.contains("signature")).unwrap();
    let mut platform = desk.client().with(name, signature);
    let path = format!("/webhooks/whatsapp/{id}");
    platform.post(&path, "application/json", &delivery.body).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_platform_is_connected_by_its_page() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;

        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let number = connects(&desk, &whatsapp(&double.url()), "access_token", "phone_number_id").await;
        assert_eq!((number.state, number.address.as_str()), (ChannelState::Connected, "800001"));

        let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
        let bot = connects(&desk, &telegram(&double.url()), "token", "bot").await;
        let address = format!("http://{}/webhooks/telegram/{}", desk.address, bot.id);
        assert_eq!(double.platform.webhook().0, address, "the desk told Telegram where it is");
        assert_eq!((bot.state, bot.name.as_str()), (ChannelState::Connected, "The bot"));

        let double = Double::start(Line::new("line-access", "channel-secret")).await.unwrap();
        let account = connects(&desk, &line(&double.url()), "access_token", "channel_secret").await;
        assert_eq!((account.state, account.address.as_str()), (ChannelState::Connected, BASIC_ID));
        let address = format!("http://{}/webhooks/line/{}", desk.address, account.id);
        assert_eq!(double.platform.webhook(), address, "the desk told LINE where it is");

        let double = Double::start(meta(Door::Page, "page-access")).await.unwrap();
        assert_eq!(connects(&desk, &messenger(&double.url()), "access_token", "page_id").await.address, "1001");
        let double = Double::start(meta(Door::Instagram, "account-access")).await.unwrap();
        connects(&desk, &instagram(&double.url()), "access_token", "instagram_id").await;

        let double = Double::start(Mirakl::new("shop-key", MONDAY.datetime())).await.unwrap();
        connects(&desk, &mirakl(&double.url()), "api_key", "api_url").await;

        let double = Double::start(Ebay::default()).await.unwrap();
        double.platform.set_now(MONDAY.datetime());
        assert_eq!(connects(&desk, &ebay(&double.url()), "access.refresh_token", "usernames").await.address, SELLER);

        let double =
            Double::start(Twilio::new("AC00aa", "auth-secret", NUMBER, "https://elsewhere.example")).await.unwrap();
        let number = connects(&desk, &twilio(&double.url()), "provider.auth_token", "number").await;
        assert_eq!(number.state, ChannelState::NeedsAttention, "its messages still go elsewhere");
        let address = format!("http://{}/webhooks/sms/{}", desk.address, number.id);
        let mut browser = desk.browser().await;
        assert!(
            page(&mut browser, &format!("/channels/{}", number.id)).await.contains(&address),
            "it is shown to copy"
        );
        double.platform.set_hook(&address);
        taken(&mut browser, &format!("/channels/{}/checks", number.id), &[("back", "/channels")]).await;
        assert_eq!(of_kind(&desk, "sms").await.state, ChannelState::Connected);

        let listed = page(&mut browser, "/channels").await;
        for secret in
            ["the-access-token", TOKEN, "auth-secret", "line-access", "page-access", "shop-key", REFRESH_TOKEN]
        {
            assert!(all(&desk).await.iter().all(|row| !row.settings.0.to_string().contains(secret)), "{secret}");
            assert!(!listed.contains(secret), "{secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_of_amazons_says_which_side_does_not_work() {
    let amazon = Double::start(Amazon::default()).await.unwrap();
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut form = fields(&[
        ("kind", "amazon"),
        ("address", "amazon@fjord.example"),
        ("imap.host", "127.0.0.1"),
        ("imap.port", &closed),
        ("imap.tls", "plain"),
        ("imap.auth.kind", "password"),
        ("imap.auth.password", "word"),
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", &closed),
        ("smtp.tls", "plain"),
        ("smtp.auth.kind", "none"),
        ("spapi.client_id", AMAZON_ID),
        ("spapi.api_url", &amazon.url()),
    ]);
    let refused = post(&desk, "/channels", &form).await;
    let words = refused.text();
    assert!(refused.status == 422 && words.contains(&format!("from 127.0.0.1:{closed} failed")), "{words}");
    assert!(words.contains("value=\"amazon@fjord.example\""), "what was typed stands below");
    assert_eq!(
        words.matches("Not at all, only on this machine").count(),
        1,
        "nobody fetches without signing in: {words}"
    );
    for (name, value) in &mut form {
        if *name == "imap.auth.kind" {
            "none".clone_into(value);
        }
    }
    let refused = post(&desk, "/channels", &form).await;
    assert!(refused.status == 422 && refused.text().contains("Choose one of these."), "{}", refused.text());
    assert_eq!(all(&desk).await.len(), 1);
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
async fn a_button_on_telegram_hears_that_its_press_is_stored() {
    let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (id, word) = with_bot(&desk, &double).await;
    let pressed = double.platform.pressed(&ana(), "FJ-1077").body;
    let path = format!("/webhooks/telegram/{id}");
    let mut stranger = desk.client().with(SECRET_HEADER, "other");
    let refused = stranger.post(&path, "application/json", &pressed).await.unwrap();
    assert_eq!(refused.status, 401);
    double.platform.heard(refused.text().as_bytes());
    assert_eq!(double.platform.turning().len(), 1, "what is not stored is not said to be");
    let mut platform = desk.client().with(SECRET_HEADER, &word);
    let stored = platform.post(&path, "application/json", &pressed).await.unwrap();
    assert_eq!(stored.status, 200, "{}", stored.text());
    double.platform.heard(stored.text().as_bytes());
    assert_eq!(double.platform.turning(), Vec::<String>::new());
    desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platforms_question_is_answered_with_the_right_word_alone() {
    let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
    let wish = Wish { public_url: "https://desk.example/".to_owned(), ..Wish::exact(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let id = with_number(&desk, &double).await;
    let word = desk.desk.connections.secrets(id).await.unwrap()["verify_token"].as_str().unwrap().to_owned();
    let shown = page(&mut desk.browser().await, &format!("/channels/{id}")).await;
    assert!(
        shown.contains(&word) && shown.contains(&format!("https://desk.example/webhooks/whatsapp/{id}")),
        "{shown}"
    );

    let ask = |kind: &str, word: &str| {
        format!("/webhooks/{kind}/{id}?hub.mode=subscribe&hub.verify_token={word}&hub.challenge=4711")
    };
    let mut platform = desk.client();
    let right = platform.get(&ask("whatsapp", &word)).await.unwrap();
    assert_eq!((right.status, right.text().as_str()), (200, "4711"));
    assert!(right.header("content-type").unwrap().starts_with("text/plain"));
    for (wrong, status) in
        [(ask("whatsapp", "other"), 403), (format!("/webhooks/whatsapp/{id}"), 403), (ask("messenger", &word), 404)]
    {
        assert_eq!(platform.get(&wrong).await.unwrap().status, status, "{wrong}");
    }
    let nobody = format!("/webhooks/whatsapp/{}", desk.desk.clock.new_id::<uuid::Uuid>());
    assert_eq!(platform.get(&nobody).await.unwrap().status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn ebay_is_answered_for_the_address_that_it_knows() {
    let double = Double::start(Ebay::default()).await.unwrap();
    double.platform.set_now(MONDAY.datetime());
    let wish =
        Wish { public_url: "https://desk.example".to_owned(), may_leave_work: true, ..Wish::exact(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    assert_eq!(post(&desk, "/channels", &ebay(&double.url())).await.status, 303);
    let id = of_kind(&desk, "ebay").await.id;
    let secrets = desk.desk.connections.secrets(id).await.unwrap();
    let word = secrets["notifications"]["verification_token"].as_str().unwrap();
    let answer = desk.client().get(&format!("/webhooks/ebay/{id}?challenge_code=c0de")).await.unwrap();
    let expected = {
        use sha2::{Digest as _, Sha256};
        hex::encode(Sha256::digest(format!("c0de{word}https://desk.example/webhooks/ebay/{id}")))
    };
    assert_eq!(answer.json(), json!({ "challengeResponse": expected }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_several_connect_at_once_is_one_channel() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let form = whatsapp(&double.url());
        let answers = join_all((0..6).map(|_| post(&desk, "/channels", &form))).await;
        let (kept, refused): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 303);
        assert_eq!(kept.len(), 1);
        for answer in refused {
            let words = answer.text();
            assert!(answer.status == 422 && words.contains("connected already, as “WhatsApp”"), "{words}");
        }
        let id = of_kind(&desk, "whatsapp").await.id;

        let double =
            Double::start(Whatsapp::new(Account { phone_number_id: "800002".to_owned(), ..Account::default() }));
        let double = double.await.unwrap();
        let other = with(&whatsapp(&double.url()), "phone_number_id", "800002");
        let path = format!("/channels/{id}");
        let (moved, added) = tokio::join!(post(&desk, &path, &other), post(&desk, "/channels", &other));
        assert!((moved.status == 303) != (added.status == 303), "{} {}", moved.text(), added.text());
        let rows = all(&desk).await;
        let named = rows.iter().filter(|row| row.setting("phone_number_id") == "800002");
        assert_eq!(named.count(), 1, "nor does a channel that changes its account take another’s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_hear_why_a_channel_cannot_be_used() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        assert_eq!(post(&desk, "/channels", &whatsapp(&double.url())).await.status, 303);
        let row = of_kind(&desk, "whatsapp").await;
        // As with a data folder whose key is another one's.
        write(&desk.desk.db, async |tx| {
            channels::renew_secrets(tx, row.id, &row.settings.0, b"sealed elsewhere".to_vec(), desk.desk.clock.now())
                .await
        })
        .await;
        desk.desk.connections.forget(row.id);
        let path = format!("/webhooks/whatsapp/{}", row.id);
        let asked = desk.client().get(&path).await.unwrap();
        let pushed = desk.client().post(&path, "application/json", b"{}").await.unwrap();
        for answer in [asked, pushed] {
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(answer.header("retry-after").is_some());
            assert_eq!(
                answer.text(),
                "{\"error\":\"nothing was kept: the database does not answer, or the channel has to be looked at; send it again\"}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_serves_all_numbers_of_an_app() {
    for engine in Engine::all() {
        let account = |number: &str| Account { phone_number_id: number.to_owned(), ..Account::default() };
        let first = Double::start(Whatsapp::new(account("800001"))).await.unwrap();
        let second = Double::start(Whatsapp::new(account("800002"))).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let id = with_number(&desk, &first).await;
        let other = with(&whatsapp(&second.url()), "phone_number_id", "800002");
        assert_eq!(post(&desk, "/channels", &other).await.status, 303);
        let foreign = with(&with(&other, "phone_number_id", "800001"), "app_secret", "of-another-app");
        assert_eq!(post(&desk, "/channels", &foreign).await.status, 422, "one number is one channel");
        desk.desk.clock.advance(Duration::from_secs(5));

        let ben = Customer {
            phone: "4915187654321".to_owned(),
            user_id: "DE.90001".to_owned(),
            name: "Ben".to_owned(),
            shows_phone: true,
        };
        second.platform.join(ben.clone());
        let said = second.platform.said(&ben, "wamid.1", &json!({ "type": "text", "text": { "body": "Hello" } }));
        let envelope = second.platform.envelope(&[said]);
        for _ in 0..2 {
            assert_eq!(pushed(&desk, &second, id, envelope.clone()).await.status, 200);
        }
        desk.drain().await;
        let talk = desk.newest().await;
        assert_ne!(talk.channel_id, id, "it came in at the first number’s address, and is the second’s");
        assert_eq!(desk.api_get("/api/v1/conversations/count").await["count"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_delivery_without_anything_in_it_is_refused_and_one_odd_sign_takes_nothing_along() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let id = with_number(&desk, &double).await;
        let refused = pushed(&desk, &double, id, Bytes::new()).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(refused.text().contains("the delivery is empty"), "{}", refused.text());
        // What is fetched comes past no door: nothing in it is kept as nothing, and keeps nobody else's out.
        let empty = RawItem { external_id: "empty".to_owned(), origin: RawOrigin::Inbox, body: Bytes::new() };
        desk.desk.intake.record(id, vec![empty], None).await.unwrap();

        let ana = Customer {
            phone: "4915187654321".to_owned(),
            user_id: "DE.90001".to_owned(),
            name: "Ana".to_owned(),
            shows_phone: true,
        };
        double.platform.join(ana.clone());
        let said =
            |id: &str, text: &str| double.platform.said(&ana, id, &json!({ "type": "text", "text": { "body": text } }));
        let told = [said("wamid.1", "First"), said("wamid.2", "cut HERE"), said("wamid.3", "Third")];
        let whole = double.platform.envelope(&told).to_vec();
        let body = String::from_utf8(whole).unwrap().replace("HERE", r"\ud83d");
        assert_eq!(pushed(&desk, &double, id, body.into()).await.status, 200);
        desk.drain().await;
        let number = desk.newest().await.number;
        let thread = desk.api_get(&format!("/api/v1/conversations/{number}")).await.to_string();
        for text in ["First", "cut \u{fffd}", "Third"] {
            assert!(thread.contains(text), "{text}: {thread}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_says_of_an_account_is_shown_until_it_is_read() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let id = with_number(&desk, &double).await;
        let push = async |value: serde_json::Value| {
            let change = json!({ "field": "account_update", "value": value });
            assert_eq!(pushed(&desk, &double, id, double.platform.envelope(&[change])).await.status, 200);
            desk.drain().await;
            of_kind(&desk, "whatsapp").await
        };
        let restriction = json!([{ "restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION" }]);
        let restricted = push(json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": restriction })).await;
        assert_eq!(restricted.state, ChannelState::Connected, "a restriction ends nothing");
        let mut browser = desk.browser().await;
        let words = "RESTRICTED_ADD_PHONE_NUMBER_ACTION";
        for path in ["/channels".to_owned(), format!("/channels/{id}")] {
            assert!(page(&mut browser, &path).await.contains(words), "{path}");
        }
        taken(&mut browser, &format!("/channels/{id}/news/deletion"), &[("back", "/channels")]).await;
        assert!(!page(&mut browser, "/channels").await.contains(words));

        let gone = push(json!({ "event": "PARTNER_REMOVED" })).await;
        assert_eq!(gone.state, ChannelState::NeedsAttention);
        assert!(page(&mut browser, "/inbox").await.contains("Access to the WhatsApp account was taken back."));
        let again = push(json!({ "event": "ACCOUNT_RECONNECTED" })).await;
        assert_eq!((again.state, again.state_reason.as_str()), (ChannelState::Connected, ""));
        let log = page(&mut browser, "/audit").await;
        assert!(log.matches("Changed a channel").count() >= 3, "{log}");
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
async fn only_admins_connect_and_a_brand_has_its_own_channels() {
    for engine in Engine::all() {
        let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (id, _) = with_bot(&desk, &double).await;
        let manager = desk.joined("Noor", Role::Manager).await;
        let mut browser = desk.browser_of(manager).await;
        for path in ["/channels/new".to_owned(), "/channels/new?kind=telegram".to_owned(), format!("/channels/{id}")] {
            assert_eq!(browser.get(&path).await.unwrap().status, 403, "{path}");
        }
        let form: Vec<(&str, &str)> = vec![("kind", "telegram"), ("bot", "@other"), ("token", TOKEN)];
        for path in [
            "/channels".to_owned(),
            format!("/channels/{id}"),
            format!("/channels/{id}/news/deletion"),
            format!("/channels/{id}/test-messages"),
        ] {
            assert_eq!(send(&mut browser, &path, &form).await.status, 403, "{path}");
        }
        let mut admin = desk.browser().await;
        taken(&mut admin, "/brands", &NORD).await;
        let second = Double::start(Telegram::new("9:other", "word")).await.unwrap();
        let form = with(&with(&telegram(&second.url()), "token", "9:other"), "bot", "@nord_bot");
        let form = with(&with(&form, "brand", "nord-garden"), "name", "Nord bot");
        assert_eq!(post(&desk, "/channels", &form).await.status, 303);
        assert!(!page(&mut admin, "/channels?brand=fjord").await.contains("Nord bot"));
        assert!(page(&mut admin, "/channels?brand=nord-garden").await.contains("Nord bot"));
    }
}
