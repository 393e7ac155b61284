//! Articles that are brought in from files and from pages of the web: drafts all of them, with a report.

use std::net::{IpAddr, Ipv4Addr};

use resolute::model::teammate::Role;
use resolute::pictures::Pictures;
use resolute::store::articles;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{desk, text};
use crate::composer_files::{form, post_multipart};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, taken, value_of};
use crate::support::http::{Answer, Client};
use crate::support::stores::execute;

const RETURNS: &str = "# Returns\n\nWithin **30 days**.";

/// Sends the form with these addresses and files.
async fn sent(browser: &mut Client, addresses: &str, files: &[(&str, &str)]) -> Answer {
    let csrf = value_of(&page(browser, "/articles/import").await, "csrf");
    let fields = [("csrf", csrf.as_str()), ("locale", "en"), ("addresses", addresses)];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, "text/markdown", text.as_bytes())).collect();
    post_multipart(browser, "/articles/import", &form(&fields, &files)).await
}

/// The same of a form that is taken; gives where its report is.
async fn imported(browser: &mut Client, addresses: &str, files: &[(&str, &str)]) -> String {
    let answer = sent(browser, addresses, files).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

/// The report of files that were brought in.
async fn report(browser: &mut Client, files: &[(&str, &str)]) -> String {
    let here = imported(browser, "", files).await;
    page(browser, &here).await
}

/// The newest text of the article of this name: its version, and the one that customers read.
async fn versions(desk: &TestDesk, slug: &str) -> (i64, Option<i64>) {
    let listed = articles::list(&desk.desk.db, desk.setup.brand).await.unwrap();
    let text = listed.iter().find(|text| text.slug == slug).expect("the article");
    (text.version, text.live)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_become_drafts_and_each_is_told_of() {
    for engine in Engine::all() {
        let (desk, brand, mut browser) = desk(engine).await;
        let files =
            [("returns.md", RETURNS), ("Gift-cards.md", "# Gift cards\n\nThey last."), ("notes.md", "No title")];
        let shown = report(&mut browser, &files).await;
        assert_eq!(shown.matches("begun as a draft").count(), 2, "{shown}");
        assert!(shown.contains("2 begun, 1 refused") && shown.contains("Write “# ” and the title"), "{shown}");
        assert_eq!(versions(&desk, "returns").await, (1, None));
        assert_eq!(versions(&desk, "gift-cards").await, (1, None));
        assert_eq!(desk.client().get(&format!("/help/{brand}")).await.unwrap().status, 404, "nothing is published");

        let shown = report(&mut browser, &files[..1]).await;
        assert!(shown.contains("left as it was") && shown.contains("The same text is there already."), "{shown}");
        let shown = report(&mut browser, &[("returns.md", "# Returns\n\nWithin 60 days.")]).await;
        assert!(shown.contains("version 2, a draft"), "{shown}");
        let shown = report(&mut browser, &[("returns.md", RETURNS), ("returns.md", "# Back\n\nAnother one.")]).await;
        assert!(shown.contains("version 3, a draft") && shown.contains("the article “returns” already"), "{shown}");

        let listed = articles::list(&desk.desk.db, desk.setup.brand).await.unwrap();
        let id = listed.iter().find(|text| text.slug == "returns").unwrap().id;
        let here = format!("/articles/{id}/en");
        taken(&mut browser, &here, &text("Returns", "Within 90 days.", "3", "publish")).await;
        report(&mut browser, &files[..1]).await;
        assert_eq!(versions(&desk, "returns").await, (5, Some(4)), "customers read what they read before");
        taken(&mut browser, &here, &text("Returns", "Half a", "5", "keep")).await;
        let shown = report(&mut browser, &files[..1]).await;
        assert!(shown.contains("A teammate has written a draft of it"), "{shown}");
        assert_eq!(versions(&desk, "returns").await, (6, Some(4)));

        let all = page(&mut browser, "/articles/import").await;
        assert!(all.contains("3 files and pages in English") && all.contains("2 drafts, 1 refused"), "{all}");
        let cards = listed.iter().find(|text| text.slug == "gift-cards").unwrap().id;
        taken(&mut browser, &format!("/articles/{cards}/deletion"), &[]).await;
        let shown = report(&mut browser, &files[1..2]).await;
        assert!(shown.contains("begun as a draft"), "what was thrown away is begun anew: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_name_that_each_folder_has_are_told_apart_by_their_titles() {
    for engine in Engine::all() {
        let (desk, _, mut browser) = desk(engine).await;
        report(&mut browser, &[("index.md", RETURNS)]).await;
        let shown = report(&mut browser, &[("index.md", "# Shipping\n\nIn two days.")]).await;
        assert!(shown.contains("begun as a draft"), "{shown}");
        assert_eq!(versions(&desk, "shipping").await, (1, None));
        assert_eq!(versions(&desk, "returns").await, (1, None));
        let two = [("README.md", "# Sizes\n\nThey fit."), ("README.md", "# Cards\n\nThey last.")];
        let shown = report(&mut browser, &two).await;
        assert_eq!(shown.matches("begun as a draft").count(), 2, "{shown}");
        let shown = report(&mut browser, &[("index.md", "# Returns\n\nWithin 60 days.")]).await;
        assert!(shown.contains("version 2, a draft"), "{shown}");
        assert_eq!(versions(&desk, "returns").await, (2, None));
    }
}

fn is_the_web(ip: IpAddr) -> bool {
    ip == IpAddr::V4(Ipv4Addr::LOCALHOST)
}

async fn answers(web: &MockServer, at: &str, html: &str) {
    let page = ResponseTemplate::new(200).set_body_raw(html, "text/html; charset=utf-8");
    Mock::given(path(at)).respond_with(page).mount(web).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_read_by_and_by_and_nothing_inside_is_asked() {
    for engine in Engine::all() {
        let web = MockServer::start().await;
        let pictures = Pictures::reaching(is_the_web);
        let desk = TestDesk::start(Wish { pictures, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        let main = "<nav>Shop</nav><main><h1>Returns</h1><p>Within <b>30 days</b>, see <a href=\"/terms\">our terms</a>.</main>";
        answers(&web, "/returns", main).await;
        answers(&web, "/app", "<div id=app></div>").await;
        let at = |path: &str| format!("{}{path}", web.uri());
        let addresses = [at("/returns"), at("/app"), at("/gone"), "http://127.0.0.2/secret".to_owned()].join("\n");
        let here = imported(&mut browser, &addresses, &[("sizes.md", "# Sizes\n\nThey fit.")]).await;
        let waits = page(&mut browser, &here).await;
        assert!(waits.contains("1 of 5") && waits.contains(&format!("data-progress=\"{here}/items\"")), "{waits}");

        desk.drain().await;
        let part = page(&mut browser, &format!("{here}/items")).await;
        assert!(!part.contains("data-progress") && part.contains("2 begun, 3 refused"), "{part}");
        for why in ["no text of its own", "not there any more", "an address that is not asked"] {
            assert!(part.contains(why), "{why}: {part}");
        }
        let listed = articles::list(&desk.desk.db, desk.setup.brand).await.unwrap();
        let id = listed.iter().find(|text| text.slug == "returns").unwrap().id;
        let kept = articles::find_version(&desk.desk.db, id, "en", 1).await.unwrap().unwrap();
        assert_eq!((kept.title.as_str(), kept.published), ("Returns", false));
        assert_eq!(kept.body, format!("Within **30 days**, see [our terms]({}).", at("/terms")));

        web.reset().await;
        answers(&web, "/returns", "<main><h1>Send it back</h1><p>Within 60 days.</main>").await;
        imported(&mut browser, &at("/returns"), &[]).await;
        desk.drain().await;
        let kept = articles::find_version(&desk.desk.db, id, "en", 2)
            .await
            .unwrap()
            .expect("the same page is the same article");
        assert_eq!((kept.title.as_str(), kept.body.as_str()), ("Send it back", "Within 60 days."));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_over_which_the_desk_was_killed_three_times_is_left_out() {
    for engine in Engine::all() {
        let web = MockServer::start().await;
        let pictures = Pictures::reaching(is_the_web);
        let desk = TestDesk::start(Wish { pictures, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        for at in ["/returns", "/sizes"] {
            answers(&web, at, &format!("<main><h1>About {at}</h1><p>Words.</main>")).await;
        }
        let addresses = format!("{0}/returns\n{0}/sizes", web.uri());
        let here = imported(&mut browser, &addresses, &[]).await;
        execute(&desk.desk.db, "update jobs set attempts = 3 where kind = 'import_pages'").await;
        desk.drain().await;
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains("1 begun, 1 refused") && shown.contains("It could not be read"), "{shown}");
        assert_eq!(versions(&desk, "about-sizes").await, (1, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_a_page_go_on_from_the_address_to_which_it_was_led() {
    let web = MockServer::start().await;
    let pictures = Pictures::reaching(is_the_web);
    let desk = TestDesk::start(Wish { pictures, ..Wish::exact(Engine::Sqlite) }).await;
    let mut browser = desk.browser().await;
    let on = ResponseTemplate::new(301).insert_header("location", "/help/returns/");
    Mock::given(path("/help/returns")).respond_with(on).mount(&web).await;
    let main = "<main><h1>Returns</h1><p>See <a href=\"../shipping/\">shipping</a>.</main>";
    answers(&web, "/help/returns/", main).await;
    imported(&mut browser, &format!("{}/help/returns", web.uri()), &[]).await;
    desk.drain().await;
    let listed = articles::list(&desk.desk.db, desk.setup.brand).await.unwrap();
    let kept = articles::find_version(&desk.desk.db, listed[0].id, "en", 1).await.unwrap().expect("the article");
    assert_eq!(kept.body, format!("See [shipping]({}/help/shipping/).", web.uri()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_brought_in_is_said_and_nothing_is_begun() {
    let (desk, _, mut browser) = desk(Engine::Sqlite).await;
    let many: Vec<_> = (0..51).map(|number| (format!("{number}.md"), "# A\n\nb")).collect();
    let many: Vec<_> = many.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let (none, one): ([(&str, &str); 0], _) = ([], [("a.md", "# A\n\nb")]);
    for (addresses, files, words) in [
        ("", &none[..], "Choose a file, or write the address"),
        ("not here", &one[..], "“not here” is no address of a page"),
        ("", &many[..], "is more than 50 files"),
    ] {
        let answer = sent(&mut browser, addresses, files).await;
        assert!(answer.status == 422 && answer.text().contains(words), "{words}: {}", answer.text());
        assert!(answer.text().contains(&format!("{addresses}</textarea>")), "what was typed is there");
    }
    let csrf = post_multipart(&mut browser, "/articles/import", &form(&[("csrf", "x"), ("locale", "en")], &[])).await;
    assert_eq!(csrf.status, 403);
    let here = imported(&mut browser, "", &[("a.md", "No title")]).await;
    let lee = desk.joined("Lee", Role::Teammate).await;
    let mut lee = desk.browser_of(lee).await;
    for path in ["/articles/import", &here, &format!("{here}/items")] {
        assert_eq!(lee.get(path).await.unwrap().status, 403, "{path}");
    }
    let theirs = form(&[("locale", "en")], &[("a.md", "", &b"# A\n\nb"[..])]);
    assert_eq!(post_multipart(&mut lee, "/articles/import", &theirs).await.status, 403);
    assert!(articles::list(&desk.desk.db, desk.setup.brand).await.unwrap().is_empty());
}
