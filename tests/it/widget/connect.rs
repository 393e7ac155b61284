//! Connecting a chat in the settings.

use serde_json::json;

use crate::brands::NORD;
use crate::support::chat::{Chat, SHOP};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_connected_and_its_secret_is_shown_once() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let form = page(&mut browser, "/channels/chats/new").await;
        assert!(!form.contains("Nobody who leaves the chat"), "the brand has a mailbox: {form}");
        for domains in ["", "shop.example; script-src *"] {
            let refused = send(&mut browser, "/channels/chats", &[("domains", domains)]).await;
            assert_eq!(refused.status, 422, "{domains}");
        }
        let fields = [
            ("name", "Shop"),
            ("domains", "https://Shop.example/, *.fjord.example"),
            ("ask_email", "1"),
            ("identity", "optional"),
        ];
        let ready = send(&mut browser, "/channels/chats", &fields).await;
        assert_eq!(ready.status, 200);
        let page = ready.text();
        let secret = page.split("id=\"secret\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
        assert_eq!(secret.len(), 64);

        let list = browser.get("/channels").await.unwrap().text();
        assert!(!list.contains(&secret), "the secret is shown once");
        assert!(list.contains("/widget.js"), "the line for the shop's pages is there");
        let id = page.split("data-channel=&#34;").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let chat = Chat { channel: id.parse().unwrap() };
        assert_eq!(chat.ask(&desk, &json!({})).await.json()["fields"], json!(["email"]));
        let form = json!({ "form": { "email": "ana@a.example" } });
        assert_eq!(chat.ask(&desk, &form).await.status, 201, "{SHOP} is allowed");

        let script = desk.client().get("/widget.js").await.unwrap();
        assert_eq!((script.status, script.header("cache-control")), (200, Some("public, max-age=300")));
        assert!(script.text().contains("Chat öffnen"), "the launcher speaks the languages of the chat");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_gets_the_words_of_one_language() {
    const OPEN: [(&str, &str, &str); 10] = [
        ("en", "ltr", "Open the chat"),
        ("de", "ltr", "Chat öffnen"),
        ("fr", "ltr", "Ouvrir le chat"),
        ("ar", "rtl", "افتح المحادثة"),
        ("es", "ltr", "Abrir el chat"),
        ("it", "ltr", "Apri la chat"),
        ("nl", "ltr", "Chat openen"),
        ("pt", "ltr", "Abrir o chat"),
        ("pl", "ltr", "Otwórz czat"),
        ("he", "rtl", "פתיחת הצ׳אט"),
    ];
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let chat = Chat::of(&desk).await;
    for (language, direction, _) in OPEN {
        let path = chat.path(&format!("?origin=https%3A%2F%2Fshop.example&lang={language}"));
        let page = desk.client().get(&path).await.unwrap();
        let html = page.text();
        assert_eq!(page.status, 200, "{html}");
        assert!(html.contains(&format!("<html lang=\"{language}\" dir=\"{direction}\"")), "{html}");
        let spoken: Vec<&str> =
            OPEN.iter().filter(|(_, _, words)| html.contains(words)).map(|(known, ..)| *known).collect();
        assert_eq!(spoken, [language]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_mailbox_stands_behind_a_chat_people_are_told_what_to_do() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        taken(&mut browser, "/brands", &NORD).await;
        let warns = |shown: &str| {
            shown.contains("Nobody who leaves the chat gets the answer by mail.")
                && (shown.contains("href=\"/channels/new?kind=email&#38;brand=nord-garden\"")
                    || shown.contains("href=\"/channels/new?kind=email&amp;brand=nord-garden\""))
        };
        let form = page(&mut browser, "/channels/chats/new?brand=nord-garden").await;
        assert!(warns(&form), "{form}");
        let fields = [("brand", "nord-garden"), ("domains", "nord.example")];
        let ready = send(&mut browser, "/channels/chats", &fields).await;
        assert!(ready.status == 200 && warns(&ready.text()), "{}", ready.text());
        assert!(warns(&page(&mut browser, "/channels?brand=nord-garden").await));

        // One that is paused takes letters, and keeps them.
        Chat::of(&desk).await;
        assert!(!page(&mut browser, "/channels?brand=fjord").await.contains("gets the answer by mail"));
        taken(&mut browser, &format!("/channels/{}/pause", desk.setup.channel), &[("back", "/channels")]).await;
        let listed = page(&mut browser, "/channels?brand=fjord").await;
        assert!(listed.contains("The mailbox of this brand is paused"), "{listed}");
    }
}
