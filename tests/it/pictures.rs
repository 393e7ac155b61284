//! Pictures on the web that a mail shows: fetched by the desk when somebody asks, and from nowhere inside.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use resolute::model::teammate::Role;
use resolute::pictures::Pictures;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::mail_path::{mail, receive, until};
use crate::support::desk::{Engine, TestDesk, Wish};

const PNG: &[u8] = include_bytes!("../fixtures/buckle.png");
/// Of this machine the address of the web's double, and another one, which stands for what is inside.
const WEB: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn is_the_web(ip: IpAddr) -> bool {
    ip == WEB
}

/// A mail that shows these pictures, read into the desk: the path of its page.
async fn shown_by(desk: &TestDesk, pictures: &[String]) -> String {
    mail_with(desk, "n1@post.example", pictures).await
}

/// The same of a mail with another id.
async fn mail_with(desk: &TestDesk, id: &str, pictures: &[String]) -> String {
    let pictures: Vec<String> =
        pictures.iter().map(|address| format!("<img alt=\"one\" src=\"{address}\">\r\n")).collect();
    let html = format!("<p>Our news</p>\r\n{}", pictures.concat());
    let head = "Content-Type: text/html; charset=utf-8\r\n";
    let number = receive(desk, &mail(id, "Ann <ann@post.example>", "News", head, &html)).await;
    let talk = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
    format!("/messages/{}/html", talk["messages"][0]["id"].as_str().unwrap())
}

/// A server that says what is at each path.
async fn answers(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(path(at)).respond_with(answer).mount(server).await;
}

fn bytes(content: &[u8], kind: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(content.to_vec(), kind)
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_fetches_pictures_when_asked_and_the_page_asks_nobody() {
    let web = MockServer::start().await;
    let inside = MockServer::builder().listener(TcpListener::bind((INSIDE, 0)).unwrap()).start().await;
    let mut huge = PNG.to_vec();
    huge.resize(5_000_001, 0);
    let secret = format!("{}/tent.png", inside.uri());
    let led = |to: &str| ResponseTemplate::new(302).insert_header("location", to);
    answers(&inside, "/tent.png", bytes(PNG, "image/png")).await;
    // What a picture is, its bytes say, and not its server.
    answers(&web, "/tent.png", bytes(PNG, "text/html")).await;
    answers(&web, "/drawing.png", bytes(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/png")).await;
    answers(&web, "/huge.png", bytes(&huge, "image/png")).await;
    answers(&web, "/moved.png", led("/tent.png")).await;
    answers(&web, "/in.png", led(&secret)).await;
    answers(&web, "/round.png", led("/round.png")).await;
    let at = |path: &str| format!("{}{path}", web.uri());
    let pictures = [
        at("/tent.png?a=1&amp;b=2"),
        at("/moved.png"),
        at("/drawing.png"),
        at("/huge.png"),
        at("/gone.png"),
        at("/in.png"),
        at("/round.png"),
        secret,
    ];

    let desk = TestDesk::start(Wish { pictures: Pictures::reaching(is_the_web), ..Wish::exact(Engine::Sqlite) }).await;
    let there = shown_by(&desk, &pictures).await;
    let mut browser = desk.browser().await;
    let plain = browser.get(&there).await.unwrap().text();
    assert!(plain.contains("Our news") && !plain.contains(" src=\""), "{plain}");
    let with_pictures = format!("{there}?images=1");
    assert_eq!(desk.client().get(&with_pictures).await.unwrap().status, 303, "only for the team");
    assert_eq!(asked(&web).await, 0, "nothing is fetched before somebody of the team asks");

    let page = browser.get(&with_pictures).await.unwrap();
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src data:;") && policy.contains("sandbox allow-popups"), "{policy}");
    let html = page.text();
    let tent = format!(" src=\"data:image/png;base64,{}\"", STANDARD.encode(PNG));
    assert_eq!(html.matches(&tent).count(), 2, "the tent, and where it was before");
    assert_eq!(html.matches(" src=\"").count(), 2);
    assert!(html.contains("Not shown: 6 of 8 pictures from the web."), "{html:.500}");
    assert_eq!(asked(&inside).await, 0, "neither by its address nor by a way that leads there");

    let requests = web.received_requests().await.unwrap();
    assert!(requests.iter().any(|request| request.url.query() == Some("a=1&b=2")), "the address as it was written");
    for request in requests {
        for name in ["cookie", "referer", "authorization"] {
            assert!(!request.headers.contains_key(name), "{name}: {:?}", request.headers);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_beyond_a_hundred_are_said_not_to_be_asked_for() {
    let web = MockServer::start().await;
    Mock::given(path("/gone.png")).respond_with(ResponseTemplate::new(404)).with_priority(1).mount(&web).await;
    Mock::given(method("GET")).respond_with(bytes(PNG, "image/png")).mount(&web).await;
    let desk = TestDesk::start(Wish { pictures: Pictures::reaching(is_the_web), ..Wish::exact(Engine::Sqlite) }).await;
    let mut pictures: Vec<String> = (1..103).map(|place| format!("{}/{place}.png", web.uri())).collect();
    let mut browser = desk.browser().await;
    let html = browser.get(&format!("{}?images=1", shown_by(&desk, &pictures).await)).await.unwrap().text();
    assert_eq!((asked(&web).await, html.matches(" src=\"data:").count()), (100, 100));
    assert!(html.contains("Not asked for: 2 more.") && !html.contains("Load this page again"), "{html:.500}");

    pictures.insert(0, format!("{}/gone.png", web.uri()));
    let again = mail_with(&desk, "n2@post.example", &pictures).await;
    let html = browser.get(&format!("{again}?images=1")).await.unwrap().text();
    assert!(html.contains("Not shown: 1 of 100 pictures") && html.contains("Not asked for: 3 more."), "{html:.500}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_lets_the_desk_ask_its_own_machine() {
    let here = MockServer::start().await;
    answers(&here, "/tent.png", bytes(PNG, "image/png")).await;
    let port = here.address().port();
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let hosts = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"];
    let there = shown_by(&desk, &hosts.map(|host| format!("http://{host}:{port}/tent.png"))).await;
    let html = desk.browser().await.get(&format!("{there}?images=1")).await.unwrap().text();
    assert!(html.contains("Not shown: 4 of 4") && !html.contains(" src=\""), "{html:.500}");
    assert_eq!(asked(&here).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_lets_the_desk_ask_itself() {
    let own = MockServer::start().await;
    answers(&own, "/tent.png", bytes(PNG, "image/png")).await;
    // The port does not matter: what stands at the desk's own address is never asked.
    let wish = Wish {
        pictures: Pictures::reaching(is_the_web),
        public_url: format!("http://{WEB}"),
        ..Wish::exact(Engine::Sqlite)
    };
    let desk = TestDesk::start(wish).await;
    let there = shown_by(&desk, &[format!("{}/tent.png", own.uri())]).await;
    let html = desk.browser().await.get(&format!("{there}?images=1")).await.unwrap().text();
    assert!(html.contains("Not shown: 1 of 1") && !html.contains(" src=\""), "{html:.500}");
    assert_eq!(asked(&own).await, 0);
}

/// A web that answers everything with a picture, as soon as it may.
struct HeldWeb {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    may_answer: watch::Sender<bool>,
}

impl HeldWeb {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind((WEB, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<AtomicUsize>::default();
        let (may_answer, held) = watch::channel(false);
        let count = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answered_later(stream, count.clone(), held.clone()));
            }
        });
        Self { address, asked, may_answer }
    }
}

async fn answered_later(mut stream: TcpStream, asked: Arc<AtomicUsize>, mut held: watch::Receiver<bool>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.unwrap_or_default() == 0 {
            return;
        }
    }
    asked.fetch_add(1, Ordering::SeqCst);
    if held.wait_for(|may_answer| *may_answer).await.is_err() {
        return;
    }
    let length = PNG.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // Whoever has gone is told nothing.
    let _ = stream.write_all(&[answer.as_bytes(), PNG].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teammate_has_few_mails_fetched_at_once_and_keeps_nobody_else_waiting() {
    let web = HeldWeb::start().await;
    let desk = TestDesk::start(Wish { pictures: Pictures::reaching(is_the_web), ..Wish::exact(Engine::Sqlite) }).await;
    let page = format!("{}?images=1", shown_by(&desk, &[format!("http://{}/tent.png", web.address)]).await);
    let other = desk.joined("Ida", Role::Teammate).await;
    let mut waiting = Vec::new();
    for who in [desk.setup.teammate, desk.setup.teammate, other] {
        let (mut browser, page) = (desk.browser_of(who).await, page.clone());
        waiting.push(tokio::spawn(async move { browser.get(&page).await }));
    }
    // Two of one teammate and one of another are fetched.
    until(async || web.asked.load(Ordering::SeqCst) == 3).await;

    let refused = desk.browser().await.get(&page).await.unwrap();
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());
    assert!(refused.text().contains("Load this page again in a moment."), "{:.500}", refused.text());
    web.may_answer.send(true).expect("three wait for it");
    for page in waiting {
        let page = page.await.unwrap().unwrap();
        assert!(page.text().contains(" src=\"data:image/png"), "{:.500}", page.text());
    }
}
