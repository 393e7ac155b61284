//! The doors of the desk: signing in under guesses, forms of strangers, first runs at once, and what is said to those
//! who ask for what is not there.

use std::net::{Ipv4Addr, TcpListener};

use resolute::clock::Clock;
use resolute::setup::{FirstRun, set_up};
use resolute::store::{brands, teammates};
use resolute::web;
use serde_json::json;

use crate::support::cast::Cast;
use crate::support::desk::{Data, Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, signed_in};
use crate::support::http::Client;
use crate::support::setup::{EMAIL, PASSWORD, open};

async fn guess(client: &mut Client, email: &str, password: &str) -> u16 {
    client.post_form("/session", &[("email", email), ("password", password)]).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_guesses_sent_together_count_together_and_keep_nobody_else_out() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let guesses = (0..30).map(|_| async {
        let mut stranger = desk.client().with("x-forwarded-for", "203.0.113.9");
        guess(&mut stranger, EMAIL, "wrong horse battery").await
    });
    let outcomes = futures_util::future::join_all(guesses).await;
    assert_eq!(outcomes.iter().filter(|status| **status == 422).count(), 8, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|status| **status == 429).count(), 22, "{outcomes:?}");
    let mut stranger = desk.client().with("x-forwarded-for", "203.0.113.9");
    assert_eq!(guess(&mut stranger, EMAIL, PASSWORD).await, 429, "not even the right one");
    let mut person = desk.client().with("x-forwarded-for", "198.51.100.4");
    assert_eq!(guess(&mut person, EMAIL, PASSWORD).await, 303, "from home it is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_takes_no_form_of_another_page() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let own = format!("http://{}", desk.address);
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", own.as_str(), 303),
    ] {
        let mut client = desk.client().with(name, value);
        assert_eq!(guess(&mut client, EMAIL, PASSWORD).await, status, "{name}: {value}");
    }
    let mut client = desk.client().with("origin", "https://evil.example");
    assert_eq!(client.post_form("/setup", &[("name", "Eve")]).await.unwrap().status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_two_first_runs_make_one_admin() {
    for engine in Engine::all() {
        let data = Data::new(engine).await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let desk = open(data.config(listener.local_addr().unwrap()), Clock::fixed(MONDAY)).await;
        let first = |email: &str| FirstRun {
            name: "I\0da".into(),
            email: email.into(),
            password: PASSWORD.into(),
            brand: "Fjord\0".into(),
            hue: 205,
            locale: "en".into(),
            currency: "EUR".into(),
            time_zone: String::new(),
        };
        let (one, other) = (first("ida@fjord.example"), first("eve@fjord.example"));
        let (one, other) = tokio::join!(set_up(&desk, &one), set_up(&desk, &other));
        let made = [one.unwrap(), other.unwrap()];
        assert_eq!(made.iter().flatten().count(), 1, "{engine:?}");
        let [ida] = teammates::list(&desk.db).await.unwrap().try_into().expect("one of them");
        let [fjord] = brands::list(&desk.db).await.unwrap().try_into().expect("one brand");
        assert_eq!((ida.name.as_str(), fjord.name.as_str()), ("Ida", "Fjord"), "{engine:?}: no database keeps a NUL");
        let server = web::server(&desk, listener).unwrap();
        let address = desk.config.listen;
        let serving = tokio::spawn(async move { drop(server.await) });
        let late = Client::new(address).post_form("/setup", &[("name", "Eve")]).await.unwrap();
        assert_eq!(late.status, 409);
        serving.abort();
        desk.db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_a_new_desk_leads_to_its_first_channel() {
    let data = Data::new(Engine::Sqlite).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let desk = open(data.config(listener.local_addr().unwrap()), Clock::fixed(MONDAY)).await;
    let server = web::server(&desk, listener).unwrap();
    let address = desk.config.listen;
    let serving = tokio::spawn(async move { drop(server.await) });
    assert_eq!(Client::new(address).get("/setup/next").await.unwrap().header("location"), Some("/session/new"));
    let first = [("name", "Ida"), ("email", EMAIL), ("password", PASSWORD), ("brand", "Fjord"), ("hue", "205")];
    let fields: Vec<_> = first.into_iter().chain([("locale", "en"), ("currency", "EUR")]).collect();
    let made = Client::new(address).post_form("/setup", &fields).await.unwrap();
    assert_eq!(made.header("location"), Some("/setup/next"), "{}", made.text());
    let session = made.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap();
    let mut ida = Client::new(address).with("cookie", session);
    let next = page(&mut ida, "/setup/next").await;
    for way in ["/channels/new?kind=email", "/channels/new", "/order-sources/new", "/inbox"] {
        assert!(next.contains(&format!("href=\"{way}\"")), "{way}: {next}");
    }
    let empty = page(&mut ida, "/inbox?view=open").await;
    let leads = empty.contains("href=\"/channels/new?kind=email\">Connect mail");
    assert!(empty.contains("No mail comes in yet") && leads, "{empty}");
    assert!(!empty.contains("Every customer has an answer"), "{empty}");
    serving.abort();
    desk.db.close().await;
}

/// The names of the fields in which typing begins.
fn focused(page: &str) -> Vec<&str> {
    let tags = page.split('<').filter_map(|rest| rest.split('>').next()).filter(|tag| tag.contains(" autofocus"));
    // A button in a dialog has it too, for when the dialog opens.
    tags.filter_map(|tag| tag.split(" name=\"").nth(1).and_then(|rest| rest.split('"').next())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_typing_begins_in_the_first_field_or_in_the_first_wrong_one() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut stranger = desk.client();
    assert_eq!(focused(&page(&mut stranger, "/session/new").await), ["email"]);
    for (email, field) in [(EMAIL, "password"), ("", "email")] {
        let refused = stranger.post_form("/session", &[("email", email), ("password", "wrong")]).await.unwrap();
        assert_eq!((refused.status, focused(&refused.text())), (422, vec![field]), "{email}");
    }

    let data = Data::new(Engine::Sqlite).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let new = open(data.config(listener.local_addr().unwrap()), Clock::fixed(MONDAY)).await;
    let server = web::server(&new, listener).unwrap();
    let serving = tokio::spawn(async move { drop(server.await) });
    let mut first = Client::new(new.config.listen);
    assert_eq!(focused(&page(&mut first, "/setup").await), ["name"]);
    let right = [("name", "Ida"), ("email", EMAIL), ("password", PASSWORD), ("brand", "Fjord"), ("currency", "EUR")];
    for wrong in [vec!["password", "brand"], vec!["brand", "currency"], vec!["currency"], vec!["currency", "name"]] {
        let blank = |(name, value)| (name, if wrong.contains(&name) { "" } else { value });
        let fields: Vec<_> = right.into_iter().map(blank).chain([("hue", "205"), ("locale", "en")]).collect();
        let refused = first.post_form("/setup", &fields).await.unwrap();
        let expected = right.iter().map(|(name, _)| *name).find(|name| wrong.contains(name)).unwrap();
        assert_eq!((refused.status, focused(&refused.text())), (422, vec![expected]), "{wrong:?}");
    }
    serving.abort();
    new.db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_programs_hear_what_is_wrong_in_the_desks_words() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    for (path, words) in [
        ("/api/v1/search", "Say what to look for"),
        ("/api/v1/search?q=%20", "Say what to look for"),
        ("/api/v1/search?q=cup&limit=0", "from 1 to 200"),
        ("/api/v1/conversations?limit=201", "from 1 to 200"),
        ("/api/v1/conversations?limit=many", "from 1 to 200"),
    ] {
        let answer = desk.api().get(path).await.unwrap();
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["error"].as_str().unwrap().contains(words), "{path}: {}", answer.text());
    }
    for (body, words) in [
        (json!({}), "`body` is missing"),
        (json!({ "body": 7 }), "The field `body` has to hold the text"),
        (json!({ "text": "Hi" }), "There is no field `text`"),
    ] {
        let answer = desk.api().post_json("/api/v1/conversations/7/messages", &body).await.unwrap();
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["error"].as_str().unwrap().contains(words), "{body}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_programs_without_a_token_are_told_so_as_json() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    for mut client in [desk.client(), desk.client().with_token("not-one-of-ours")] {
        let answer = client.get("/api/v1/conversations").await.unwrap();
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert!(answer.json()["error"].as_str().unwrap().contains("token"));
    }
    for path in ["/api/v1/conversations?channel=zzz", "/api/v1/nothing", "/api/v1/conversations/x"] {
        let answer = desk.api().get(path).await.unwrap();
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(answer.json()["error"].is_string(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_a_program_asks_for_a_list_in_one_way() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (brand, channel) = (desk.setup.brand, desk.setup.channel);
    for (query, status) in [
        (format!("brand={brand}"), 200),
        (format!("view=all&channel={channel}"), 200),
        (format!("view=needs_approval&brand={brand}"), 422),
        (format!("view=mine&channel={channel}"), 422),
        (format!("channel={channel}&brand={brand}"), 422),
    ] {
        let answer = desk.api().get(&format!("/api/v1/conversations?{query}")).await.unwrap();
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_what_cannot_be_read_is_said_in_words() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut browser = desk.browser().await;
    for (path, status) in [
        ("/inbox?view=zzz", 400),
        ("/inbox?channel=zzz", 400),
        ("/policies?section=-1", 400),
        ("/conversations/abc", 404),
        ("/no/such/page", 404),
    ] {
        let answer = browser.get(path).await.unwrap();
        assert_eq!(answer.status, status, "{path}");
        let text = answer.text();
        assert!(text.contains("data-error-words") && !text.contains("deserialize"), "{path}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entrance_takes_forms_up_to_what_it_says() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (mut browser, _) = signed_in(&desk, EMAIL, PASSWORD, "").await;
    let csrf_and_text = |size: usize| "x".repeat(size);
    let taken = send(&mut browser, "/session/theme", &[("theme", &csrf_and_text(300_000))]).await;
    assert_eq!(taken.status, 303, "{}", taken.text());
    let refused = send(&mut browser, "/session/theme", &[("theme", &csrf_and_text(2_200_000))]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("at most 2 MB"), "{}", refused.text());
    page(&mut browser, "/account").await;
}
