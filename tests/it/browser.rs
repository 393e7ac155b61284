//! The browser itself: a page with our sheet, icons and script, under the content policy that pages have.

use actix_web::{App, HttpResponse, HttpServer, web};
use fantoccini::Locator;
use resolute::web::assets;

use crate::support::chromium::{Browser, NARROW};

/// Serves one page and the embedded files on a free port, for as long as the test's runtime lives.
fn serve(body: &'static str) -> String {
    let page = move || async move {
        let page = format!(
            r#"<!doctype html><html lang="en"><head><title>Cups</title>
            <meta name="viewport" content="width=device-width"><link rel="icon" href="{icons}">
            <link rel="stylesheet" href="{sheet}"><script src="{htmx}" defer></script></head>
            <body><main><svg class="icon" aria-hidden="true"><use href="{icons}#mail"></use></svg>{body}</main></body></html>"#,
            icons = assets::asset_url("icons.svg"),
            sheet = assets::asset_url("app.css"),
            htmx = assets::asset_url("htmx.js"),
        );
        HttpResponse::Ok()
            .insert_header(("content-security-policy", "default-src 'self'"))
            .content_type("text/html; charset=utf-8")
            .body(page)
    };
    let app = move || App::new().configure(assets::configure).route("/", web::get().to(page));
    let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}/", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    address
}

const GOOD: &str =
    r#"<h1>Cups</h1><p><label for="q">Find</label> <input id="q"></p><noscript><p id="plain">No script</p></noscript>"#;

#[actix_web::test]
async fn a_page_with_our_files_is_drawn_and_accessible() {
    let Some(browser) = Browser::start().await else { return };
    browser.goto(&serve(GOOD)).await.unwrap();

    let margin = browser.execute("return getComputedStyle(document.body).margin", Vec::new()).await.unwrap();
    assert_eq!(margin, "0px", "the sheet is loaded");
    let icon = "return document.querySelector('use').getBBox().width > 1";
    assert_eq!(browser.execute(icon, Vec::new()).await.unwrap(), true, "the icon is found in the sprite");
    let library = browser.execute("return typeof htmx", Vec::new()).await.unwrap();
    assert_eq!(library, if assets::has_htmx() { "object" } else { "undefined" });
    browser.check_console().await;
    browser.check_accessibility().await;
}

const BUTTONS: &str = r#"<h1>Cups</h1><p><button class="button" disabled>Send</button>
    <button class="button quiet" disabled>Send and resolve</button><button class="button main" disabled>Approve</button></p>"#;

#[actix_web::test]
async fn buttons_that_cannot_be_pressed_all_look_so() {
    let Some(browser) = Browser::start().await else { return };
    browser.goto(&serve(BUTTONS)).await.unwrap();
    let looks = "return [...document.querySelectorAll('.button')].map(button => {
        const style = getComputedStyle(button);
        return [style.color, style.backgroundColor, style.borderTopColor].join();
    })";
    let looks = browser.execute(looks, Vec::new()).await.unwrap();
    assert_eq!((&looks[1], &looks[2]), (&looks[0], &looks[0]), "{looks}");
}

const WAYS: &str = r#"<h1>Cups</h1><p><button class="button quiet" aria-current="true">On WhatsApp</button>
    <button class="button quiet">By SMS</button></p>"#;

#[actix_web::test]
async fn the_way_that_is_chosen_looks_so() {
    let Some(browser) = Browser::start().await else { return };
    for dark in [false, true] {
        browser.set_dark(dark).await;
        browser.goto(&serve(WAYS)).await.unwrap();
        let borders = "return [...document.querySelectorAll('.button')].map(button => \
                       getComputedStyle(button).borderTopColor)";
        let borders = browser.execute(borders, Vec::new()).await.unwrap();
        assert_ne!(borders[0], borders[1], "dark: {dark}");
        browser.check_accessibility().await;
    }
}

#[actix_web::test]
async fn the_screen_can_be_narrow_and_dark() {
    let Some(browser) = Browser::start().await else { return };
    browser.resize(NARROW).await;
    browser.set_dark(true).await;
    browser.goto(&serve(GOOD)).await.unwrap();
    assert_eq!(browser.execute("return innerWidth", Vec::new()).await.unwrap(), 360);
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(browser.execute(dark, Vec::new()).await.unwrap(), true);
    let picture = std::fs::read(browser.save_screenshot("smoke-narrow-dark").await).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
}

#[actix_web::test]
async fn script_can_be_switched_off() {
    let Some(browser) = Browser::start().await else { return };
    browser.set_script(false).await;
    browser.goto(&serve(GOOD)).await.unwrap();
    let plain = browser.find(Locator::Id("plain")).await.unwrap();
    assert_eq!(plain.text().await.unwrap(), "No script");
}

#[actix_web::test]
async fn a_field_without_a_label_is_found() {
    let Some(browser) = Browser::start().await else { return };
    browser.goto(&serve("<h1>Cups</h1><input>")).await.unwrap();
    let Some(breaches) = browser.accessibility_breaches().await else { return };
    assert!(breaches.iter().any(|breach| breach.contains("label")), "{breaches:?}");
}

#[actix_web::test]
async fn what_the_content_policy_refuses_is_found() {
    let Some(browser) = Browser::start().await else { return };
    browser.goto(&serve("<h1>Cups</h1><script>let inline</script>")).await.unwrap();
    assert!(!browser.console_errors().await.is_empty());
}
