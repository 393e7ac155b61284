//! A connected chat is changed in the settings, and the shop's server gets another secret.

use std::time::Duration;

use resolute::model::channel::{Channel, ChannelState};
use resolute::model::teammate::Role;
use resolute::store::audit::{self, Filter};
use resolute::store::channels;
use serde_json::{Value, json};

use super::who::jwt_until;
use crate::support::chat::Chat;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::http::Client;
use crate::support::setup::IDENTITY_SECRET;
use crate::support::stores::write;

/// What the form sends; the chat of the tests is called otherwise and asks nothing.
const FIELDS: [(&str, &str); 6] = [
    ("name", "Shop"),
    ("domains", "https://Shop.example/, shop.example, *.fjord.example"),
    ("away_text", "Back at nine."),
    ("ask_email", "1"),
    ("privacy_url", "https://shop.example/privacy"),
    ("identity", "optional"),
];

/// The same with another value.
fn with<'a>(name: &'static str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = FIELDS.into_iter().filter(|(known, _)| *known != name).collect();
    fields.push((name, value));
    fields
}

async fn desk(engine: Engine) -> (TestDesk, Client, Chat, String) {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let browser = desk.browser().await;
    let chat = Chat::of(&desk).await;
    let path = format!("/channels/{}", chat.channel);
    (desk, browser, chat, path)
}

async fn stored(desk: &TestDesk, chat: Chat) -> Channel {
    channels::find(&desk.desk.db, chat.channel).await.unwrap().unwrap()
}

/// What the shop's server says of its customer now.
fn vouched(desk: &TestDesk, secret: &str) -> Value {
    let ends = desk.desk.clock.now().0 / 1_000_000 + 300;
    json!({ "identity": { "jwt": jwt_until(secret, "17", "sofie@post.example", ends) } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_chat_is_changed_and_those_who_write_go_on() {
    for engine in Engine::all() {
        let (desk, mut browser, chat, path) = desk(engine).await;
        let token = chat.begin(&desk, &json!({})).await;
        let list = page(&mut browser, "/channels").await;
        assert!(list.contains(&format!("href=\"{path}\"")), "the list leads there: {list}");
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains("value=\"shop.example\"") && shown.contains("/widget.js"), "{shown}");

        taken(&mut browser, &path, &FIELDS).await;
        let changed = stored(&desk, chat).await;
        assert_eq!((changed.name.as_str(), changed.address.as_str()), ("Shop", "shop.example, *.fjord.example"));
        assert_eq!(changed.settings.0["pre_chat"], json!(["email"]));
        assert_eq!(changed.settings.0["away_text"], "Back at nine.");
        assert_eq!(chat.ask(&desk, &json!({})).await.json()["fields"], json!(["email"]), "it holds at once");
        chat.join(&desk, &token, 0).await;
        let frame = page(&mut desk.client(), &chat.path("?origin=https://shop.example")).await;
        assert!(frame.contains("https://shop.example/privacy"), "{frame}");
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains("value=\"Back at nine.\"") && shown.contains("name=\"ask_email\" value=\"1\" checked"));

        taken(&mut browser, &path, &FIELDS).await;
        let filter = Filter { subject: chat.channel.to_string(), ..Filter::default() };
        let entries = audit::list(&desk.desk.db, &filter, None, 9).await.unwrap();
        let [entry] = entries.try_into().expect("what changes nothing is not recorded");
        assert_eq!(entry.action, "channel_changed");
        assert!(entry.details.contains("shop.example to shop.example, *.fjord.example"), "{}", entry.details);
        assert!(!entry.details.contains("Back at nine"), "no texts: {}", entry.details);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    for engine in Engine::all() {
        let (desk, mut browser, chat, path) = desk(engine).await;
        let long = "x".repeat(301);
        for (fields, wrong) in [
            (with("domains", "shop.example; script-src *"), "domains"),
            (with("domains", " , "), "domains"),
            (with("domains", "shop.example, *.com"), "domains"),
            (with("domains", "127.0.0.1:99999"), "domains"),
            (with("away_text", &long), "away_text"),
            (with("privacy_url", "http://shop.example/privacy"), "privacy_url"),
        ] {
            let refused = send(&mut browser, &path, &fields).await;
            let shown = refused.text();
            assert_eq!(refused.status, 422, "{shown}");
            assert!(shown.contains(&format!("aria-describedby=\"{wrong}-error\"")), "{shown}");
            let field = shown.split("<input ").find(|input| input.starts_with(&format!("id=\"{wrong}\""))).unwrap();
            let field = field.split('>').next().unwrap();
            let typed = fields.iter().find(|(name, _)| *name == wrong).unwrap().1;
            assert!(field.contains(" autofocus") && field.contains(&format!("value=\"{typed}\"")), "{field}");
            assert!(shown.contains("name=\"ask_email\" value=\"1\" checked"), "{shown}");
        }
        assert_eq!(stored(&desk, chat).await.settings.0, json!({ "domains": ["shop.example"] }), "nothing was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_changes_a_chat_and_a_pause_stays() {
    for engine in Engine::all() {
        let (desk, mut browser, chat, path) = desk(engine).await;
        let lee = desk.joined("Lee", Role::Manager).await;
        let mut lee = desk.browser_of(lee).await;
        assert_eq!(lee.get(&path).await.unwrap().status, 403);
        let secrets = format!("{path}/secrets");
        for (path, fields) in [(&path, &FIELDS[..]), (&secrets, &[("former", "now")][..])] {
            assert_eq!(send(&mut lee, path, fields).await.status, 403, "{path}");
        }
        assert_eq!(stored(&desk, chat).await.name, "Shop chat");

        let paused = send(&mut browser, &format!("{path}/pause"), &[("back", &path)]).await;
        assert_eq!((paused.status, paused.header("location")), (303, Some(path.as_str())));
        assert!(page(&mut browser, &path).await.contains(&format!("action=\"{path}/pause/deletion\"")));
        taken(&mut browser, &path, &FIELDS).await;
        let ready = send(&mut browser, &secrets, &[("former", "now")]).await;
        assert_eq!(ready.status, 200);
        assert_eq!(stored(&desk, chat).await.state, ChannelState::Paused);
        let mailbox = format!("/channels/{}/secrets", desk.setup.channel);
        assert_eq!(
            send(&mut browser, &mailbox, &[("former", "now")]).await.status,
            404,
            "a mailbox has no such secret"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_a_chat_the_second_is_shown_what_the_first_did() {
    for engine in Engine::all() {
        let (desk, mut one, chat, path) = desk(engine).await;
        let mut other = desk.browser().await;
        let drawn = value_of(&page(&mut other, &path).await, "seen");
        let mut first = with("domains", "shop.example, new.example");
        first.push(("seen", &drawn));
        taken(&mut one, &path, &first).await;

        let mut second = with("ask_email", "1");
        second.retain(|(name, _)| *name != "ask_email");
        second.extend([("ask_topic", "1"), ("seen", drawn.as_str())]);
        let refused = send(&mut other, &path, &second).await;
        let shown = refused.text();
        assert_eq!(refused.status, 422, "{shown}");
        assert!(shown.contains("“shop.example, new.example” now"), "{shown}");
        assert!(shown.contains("id=\"asked-error\"") && shown.contains("“Address for answers” now"), "{shown}");
        assert!(shown.contains("name=\"ask_topic\" value=\"1\" checked"), "what was ticked stands there: {shown}");
        assert_eq!(stored(&desk, chat).await.settings.0["domains"], json!(["shop.example", "new.example"]));

        let drawn = value_of(&shown, "seen");
        second.retain(|(name, _)| *name != "seen");
        second.push(("seen", &drawn));
        taken(&mut other, &path, &second).await;
        assert_eq!(stored(&desk, chat).await.settings.0["pre_chat"], json!(["topic"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_closed_to_strangers_is_closed_to_those_who_began_before() {
    for engine in Engine::all() {
        let (desk, mut browser, chat, path) = desk(engine).await;
        let stranger = chat.begin(&desk, &json!({})).await;
        let sofie = chat.begin(&desk, &vouched(&desk, IDENTITY_SECRET)).await;
        taken(&mut browser, &path, &with("identity", "mandatory")).await;
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": stranger, "last_seq": 0 })).await;
        assert_eq!(line.end().await, Some(4001), "the session counts no more");
        assert_eq!(chat.ask(&desk, &json!({ "token": stranger })).await.status, 401);
        chat.join(&desk, &sofie, 0).await;
        taken(&mut browser, &path, &FIELDS).await;
        assert_eq!(chat.ask(&desk, &json!({ "token": stranger })).await.status, 201, "it was closed, not forgotten");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_new_secret_the_one_before_counts_for_a_day_or_ends_and_sessions_go_on() {
    for engine in Engine::all() {
        let (desk, mut browser, chat, path) = desk(engine).await;
        let token = chat.begin(&desk, &vouched(&desk, IDENTITY_SECRET)).await;
        let secrets = format!("{path}/secrets");
        assert_eq!(send(&mut browser, &secrets, &[]).await.status, 422, "what becomes of the one before?");

        let drawn = value_of(&page(&mut browser, &path).await, "made");
        let asks = [("former", "day"), ("made", drawn.as_str())];
        let second = shown_in(&send(&mut browser, &secrets, &asks).await.text());
        let vouches = async |secret: &str| chat.ask(&desk, &vouched(&desk, secret)).await.status;
        assert_eq!((vouches(IDENTITY_SECRET).await, vouches(&second).await), (201, 201));
        let again = send(&mut browser, &secrets, &asks).await;
        assert_eq!(again.status, 303, "pressed twice");
        assert!(said(&again).starts_with('b'), "{}", said(&again));
        assert_eq!((vouches(IDENTITY_SECRET).await, vouches(&second).await), (201, 201), "one new secret");
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains("The one before counts until 24 November 2026, 09:00:00."), "{shown}");
        assert!(!shown.contains(&second), "shown once");

        desk.desk.clock.advance(Duration::from_hours(24));
        assert_eq!((vouches(IDENTITY_SECRET).await, vouches(&second).await), (401, 201), "the day is over");
        let third = shown_in(&send(&mut browser, &secrets, &[("former", "now")]).await.text());
        assert_eq!((vouches(&second).await, vouches(&third).await), (401, 201), "ended at once");
        chat.join(&desk, &token, 0).await;

        let filter = Filter { subject: chat.channel.to_string(), ..Filter::default() };
        let entries = audit::list(&desk.desk.db, &filter, None, 9).await.unwrap();
        let told: Vec<&str> = entries.iter().map(|entry| entry.details.as_str()).collect();
        assert!(told.len() == 2 && told[0].contains("ended") && told[1].contains("counts until"), "{told:?}");
        assert!(!told.iter().any(|details| details.contains(&second) || details.contains(&third)), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_before_that_still_counts_is_ended_at_once_where_it_leaked() {
    for engine in Engine::all() {
        let (desk, mut browser, chat, path) = desk(engine).await;
        let second = shown_in(&send(&mut browser, &format!("{path}/secrets"), &[("former", "day")]).await.text());
        let drawn = value_of(&page(&mut browser, &path).await, "until");
        taken(&mut browser, &format!("{path}/former-secret/deletion"), &[("until", drawn.as_str())]).await;
        let vouches = async |secret: &str| chat.ask(&desk, &vouched(&desk, secret)).await.status;
        assert_eq!((vouches(IDENTITY_SECRET).await, vouches(&second).await), (401, 201));
        assert!(!page(&mut browser, &path).await.contains("The one before counts"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_whose_secret_cannot_be_opened_says_so_and_is_given_a_new_one() {
    for engine in Engine::all() {
        let (desk, mut browser, chat, path) = desk(engine).await;
        let kept = channels::find(&desk.desk.db, chat.channel).await.unwrap().unwrap();
        desk.desk.clock.advance(Duration::from_mins(1));
        let now = desk.desk.clock.now();
        write(&desk.desk.db, async |tx| {
            channels::renew_secrets(tx, kept.id, &kept.settings.0, b"sealed elsewhere".to_vec(), now).await
        })
        .await;
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains("cannot be opened with this desk’s key"), "{shown}");
        assert!(shown.contains("value=\"shop.example\""), "the settings are there: {shown}");
        assert!(!shown.contains("counts for another 24 hours"), "it cannot: {shown}");
        assert_eq!(send(&mut browser, &path, &FIELDS).await.status, 303, "and can be changed");

        // A page that was drawn before asked for another day.
        let ready = send(&mut browser, &format!("{path}/secrets"), &[("former", "day")]).await;
        let words = ready.text();
        assert!(words.contains("so it has ended"), "{words}");
        let made = shown_in(&words);
        assert_eq!(chat.ask(&desk, &vouched(&desk, &made)).await.status, 201);
        assert_eq!(chat.ask(&desk, &vouched(&desk, IDENTITY_SECRET)).await.status, 401);
        let shown = page(&mut browser, &path).await;
        assert!(!shown.contains("cannot be opened") && !shown.contains("The one before counts until"), "{shown}");
    }
}

/// The secret on the page that shows it.
fn shown_in(page: &str) -> String {
    let secret = page.split("id=\"secret\">").nth(1).and_then(|rest| rest.split('<').next());
    let secret = secret.unwrap_or_else(|| panic!("no secret in:\n{page}"));
    assert_eq!(secret.len(), 64);
    secret.to_owned()
}
